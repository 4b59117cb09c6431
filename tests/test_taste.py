"""What a channel's reactions teach: counts, bounded, in words, and nothing where nobody reacted."""

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.models import Article
from pipeline.ranking import Scored, select
from pipeline.taste import BOUND, Learned, taste_of

MOMENT = datetime(2026, 6, 1, tzinfo=UTC)


def work(number: int, title: str, abstract: str = "") -> Article:
    return Article(
        id=f"arxiv:2606.{number:05d}",
        title=title,
        abstract=abstract,
        source="S",
        kind="paper",
        first_seen=MOMENT,
    )


INJECTION = [
    work(n, f"{name} prompt injection of agents")
    for n, name in enumerate(("Quiet", "Staged", "Nested", "Delayed", "Hidden"))
]
WHEAT = [work(50 + n, f"Wheat yield in {place}") for n, place in enumerate(("Norfolk", "Kansas"))]


def test_five_works_liked_on_a_thing_raise_what_speaks_of_it_and_say_so() -> None:
    taste = taste_of([(one, 1) for one in INJECTION])
    effect, why = taste.of(work(90, "A benchmark of prompt injections"))
    assert effect == 0.06
    assert why == "this channel liked 5 works on prompt injection: +0.06"
    assert taste.of(work(91, "Laser beams")) == (0.0, "")
    assert taste.strongest(1)[0].sentence == "liked 5 works on prompt injection: +0.06"


def test_what_was_not_liked_lowers_and_both_are_told() -> None:
    taste = taste_of([*((one, 1) for one in INJECTION), *((one, -1) for one in WHEAT)])
    effect, why = taste.of(work(92, "Prompt injection into wheat yield models"))
    assert effect == pytest.approx(0.06 - BOUND * 2 / 7, abs=1e-3)
    assert why == (
        "this channel liked 5 works on prompt injection: +0.06; "
        "this channel did not like 2 works on wheat yield: -0.03"
    )


def test_common_words_teach_nothing() -> None:
    taste = taste_of([(work(n, "A large language model method"), 1) for n in range(3)])
    assert taste.of(work(9, "Another large language model")) == (0.0, "")


def test_what_most_judged_works_have_is_the_topic_and_no_taste() -> None:
    many = [work(n, f"Prompt injection by {name}") for n, name in enumerate("abcdefghijkl")]
    assert taste_of([(one, 1) for one in many]).of(work(99, "Prompt injection")) == (0.0, "")


def test_nothing_judged_is_no_taste() -> None:
    assert taste_of([]).terms == {}
    assert taste_of([]).strongest(5) == []


@given(liked=st.integers(0, 10_000), disliked=st.integers(0, 10_000))
def test_the_effect_is_bounded_and_grows_with_what_is_liked(liked: int, disliked: int) -> None:
    effect = Learned("x", liked, disliked).effect
    assert abs(effect) < BOUND
    assert (effect > 0) == (liked > disliked)
    assert Learned("x", liked + 1, disliked).effect >= effect
    assert Learned("x", disliked, liked).effect == -effect


def scored(number: int, relevance: float, taste: float = 0.0) -> Scored:
    vector = np.zeros(64)
    vector[number] = 1.0
    why = f"this channel liked it: {taste:+.2f}" if taste else ""
    return Scored(work(number, f"Work {number}"), relevance, 0.5, vector, taste=taste, liking=why)


def test_taste_moves_a_work_a_little_and_one_place_of_five_is_free_of_it() -> None:
    plain = [scored(n, 0.94 - n / 100) for n in range(12)]
    liked = [scored(n, 0.94 - n / 100, 0.1 if n >= 6 else 0.0) for n in range(12)]
    before = [d.article_id for d in select(plain, top=5, mentions=0) if d.decision == "top"]
    decisions = select(liked, top=5, mentions=0)
    after = [d for d in decisions if d.decision == "top"]
    assert before == [f"arxiv:2606.{n:05d}" for n in range(5)]
    raised = [d for d in after if "liked it" in d.reason]
    assert len(raised) == 4
    (free,) = [d for d in after if "does not decide" in d.reason]
    assert free.article_id == "arxiv:2606.00000"
    assert all(0 <= d.score <= 1 for d in decisions)


def test_works_that_nobody_judged_are_chosen_as_if_there_were_no_taste() -> None:
    plain = [scored(n, 0.94 - n / 100) for n in range(12)]
    assert "decide" not in str(select(plain, top=5, mentions=5))
