"""What a week's works have in common, and what is said about its change."""

import random
from datetime import UTC, datetime
from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from pipeline.models import Article
from pipeline.trends import Series, carriers, key_of_name, movements, themes
from pipeline.trends.counting import distinct
from pipeline.trends.naming import carries, name_of, phrases_of

INJECTION = (
    (
        "Prompt Injection in Browser Agents",
        "A web page can hijack an agent. We study prompt injection and a filter.",
    ),
    (
        "A Filter against Prompt Injections",
        "Agents read untrusted pages. Our filter stops prompt injection attacks.",
    ),
    (
        "Who Gave the Order? Prompt Injection in Mail Assistants",
        "Mail hijacks assistants by prompt injection.",
    ),
)
UNLEARNING = (
    (
        "Unlearning Names in LLMs",
        "We make a language model forget a person. Unlearning is checked by probing.",
    ),
    (
        "What Unlearning Leaves Behind",
        "Forgotten facts return after fine-tuning; unlearning only hides them.",
    ),
    ("Fast Unlearning with Low-Rank Edits", "Machine unlearning of copyrighted text in minutes."),
)
REWARD = (
    ("Reward Hacking in Code Models", "Models pass tests by cheating. Reward hacking grows with training."),
    ("Detecting Reward Hacking Early", "A monitor sees reward hacking before the score shows it."),
)
TOPICS = (INJECTION, UNLEARNING, REWARD)


def article(name: str, title: str, abstract: str = "", kind: Literal["paper", "post"] = "paper") -> Article:
    seen = datetime(2025, 11, 17, tzinfo=UTC)
    return Article(
        id=f"arxiv:{name}", kind=kind, title=title, abstract=abstract, source="arXiv cs.CR", first_seen=seen
    )


def vector(topic: int, own: int) -> NDArray[np.float64]:
    """A unit vector near its topic's axis, with a part of its own."""
    row = np.zeros(80)
    row[topic], row[20 + own % 60] = 1.0, 0.5
    return np.asarray(row / np.linalg.norm(row))


def week() -> tuple[list[Article], NDArray[np.float64]]:
    articles: list[Article] = []
    rows: list[NDArray[np.float64]] = []
    for topic, texts in enumerate(TOPICS):
        for title, abstract in texts:
            articles.append(article(f"{topic}{len(articles)}", title, abstract))
            rows.append(vector(topic, len(rows)))
    return articles, np.stack(rows)


# Themes


def test_works_about_one_thing_are_a_theme_with_the_name_they_use() -> None:
    found = {theme.name: theme.members for theme in themes(*week())}
    assert found == {
        "prompt injection": ("arxiv:00", "arxiv:01", "arxiv:02"),
        "unlearning": ("arxiv:13", "arxiv:14", "arxiv:15"),
        "reward hacking": ("arxiv:26", "arxiv:27"),
    }


def test_larger_themes_come_first_and_no_more_than_asked_for() -> None:
    articles, rows = week()
    sizes = [len(theme.members) for theme in themes(articles, rows)]
    assert sizes == sorted(sizes, reverse=True)
    assert len(themes(articles, rows, most=1)) == 1
    assert themes(articles, rows, most=0) == []


def test_a_single_work_is_no_theme() -> None:
    articles, rows = week()
    lone = article("99", "Tidal Energy Forecasts", "We forecast tides for power plants.")
    found = themes([*articles, lone], np.vstack([rows, vector(9, 50)]))
    assert all("arxiv:99" not in theme.members for theme in found)
    assert all(len(set(theme.members)) == len(theme.members) >= 2 for theme in found)
    assert themes([lone], vector(9, 50)[None]) == []
    assert themes([], np.zeros((0, 80))) == []


def test_works_with_nothing_in_common_give_no_theme() -> None:
    titles = (
        "Winter Wheat",
        "Laser Links",
        "Court Rulings",
        "Coral Bleaching",
        "Chess Endings",
        "Bridge Sensors",
    )
    articles = [article(str(i), title, f"{title} are measured.") for i, title in enumerate(titles)]
    assert themes(articles, np.stack([vector(i, i) for i in range(6)])) == []


def test_two_reports_of_one_work_count_once() -> None:
    paper = article(
        "1", "Natural emergent misalignment from reward hacking in training", "Reward hacking spreads."
    )
    post = article(
        "2", "From shortcuts to sabotage: natural emergent misalignment from reward hacking", kind="post"
    )
    others = [article(str(9 + i), title, text) for i, (title, text) in enumerate(REWARD)]
    filler, rows = week()
    found = themes(
        [*filler[:6], paper, post, *others], np.vstack([rows[:6], [vector(2, 30 + i) for i in range(4)]])
    )
    (hacking,) = (theme for theme in found if "reward hacking" in theme.name)
    assert hacking.members == ("arxiv:1", "arxiv:10", "arxiv:9")


@settings(max_examples=15, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_order_of_the_articles_does_not_matter(rng: random.Random) -> None:
    articles, rows = week()
    order = rng.sample(range(len(articles)), len(articles))
    mixed = themes([articles[i] for i in order], rows[order])
    assert [(t.name, t.members) for t in mixed] == [(t.name, t.members) for t in themes(articles, rows)]


def test_a_large_week_is_grouped_too() -> None:
    rng = np.random.default_rng(0)
    names = [
        f"{a}{b}" for a in ("quar", "zeb", "mol", "trin", "vex") for b in ("ling", "tron", "phage", "dyne")
    ]
    articles, rows = [], []
    for n in range(1000):
        topic = n % 20
        articles.append(
            article(f"{n:05}", f"{names[topic]}s, part {n}", f"A {names[topic]} is studied, number {n}.")
        )
        rows.append(np.eye(64)[topic] + 0.05 * rng.standard_normal(64))
    stacked = np.stack(rows)
    found = themes(articles, stacked / np.linalg.norm(stacked, axis=1, keepdims=True), most=20)
    assert sum(len(theme.members) for theme in found) == 1000


def test_vectors_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="8 articles came with 7 vectors"):
        themes(week()[0], week()[1][:7])


# Names


def test_names_keep_acronyms_and_write_the_rest_small() -> None:
    works = [phrases_of("Watermarking of LLM Outputs", ""), phrases_of("Robust Watermarking for Text", "")]
    assert name_of(works, [], least=2) == (("watermark",), "watermarking")
    gui = [phrases_of("Training GUI Agents", ""), phrases_of("GUI Agents on Phones", "")]
    assert name_of(gui, [], least=2) == (("gui", "agent"), "GUI agents")


def test_forms_of_one_word_are_counted_as_one_and_the_activity_gives_the_name() -> None:
    titles = (
        "Jailbreaks of Chat Models",
        "Jailbreaking Phones",
        "A Jailbreak Prompt",
        "Jailbreak Prompts, Sorted",
    )
    works = [phrases_of(title, "") for title in titles]
    assert name_of(works, [], least=3) == (("jailbreak",), "jailbreaking")
    assert carries(("jailbreak",), "They were jailbroken.")
    assert key_of_name("jailbreaking") == key_of_name("Jailbreaks") == "jailbreak"


def test_a_name_is_widened_where_many_more_works_carry_its_first_noun() -> None:
    inside = [phrases_of(f"Jailbreak Attacks on {thing}", "") for thing in ("Cars", "Ships", "Phones")]
    more = [
        phrases_of(t, "") for t in ("Jailbreak Prompts, Sorted", "Jailbreak Templates", "Jailbreaks in Song")
    ]
    others = [phrases_of(f"On Bread {n}", "") for n in range(20)]
    assert name_of(inside, [*more, *others], least=3) == (("jailbreak",), "jailbreak")
    assert name_of(inside, others, least=3) == (("jailbreak", "attack"), "jailbreak attacks")


def test_a_name_is_not_widened_to_a_word_that_its_works_only_write_with_a_hyphen() -> None:
    inside = [phrases_of(f"Jailbreak-Attacks on {thing}", "") for thing in ("Cars", "Ships")]
    more = [
        phrases_of(t, "") for t in ("Jailbreak Prompts, Sorted", "Jailbreak Templates", "Jailbreaks in Song")
    ]
    others = [phrases_of(f"On Bread {n}", "") for n in range(20)]
    assert name_of(inside, [*more, *others], least=2) == (("jailbreak", "attack"), "jailbreak-attacks")


def test_an_acronym_in_parentheses_parts_no_words() -> None:
    assert ("vision", "language", "action", "model") in phrases_of("Vision-Language-Action (VLA) Models", "")
    assert carries(("action", "model"), "Vision-Language-Action (VLA) models grasp.")


def test_singular_and_plural_are_one_name_in_the_commoner_form() -> None:
    works = [
        phrases_of(t, "")
        for t in ("Backdoor Attacks in Mail", "A Backdoor Attack", "Backdoor Attacks, Again")
    ]
    assert name_of(works, [], least=3) == (("backdoor", "attack"), "backdoor attacks")


def test_what_all_works_of_the_week_say_is_no_name() -> None:
    works = [phrases_of("Quick Checks for Language Models", ""), phrases_of("Language Models and Checks", "")]
    outside = [phrases_of("A Study of Language Models", "")] * 3
    assert name_of(works, outside, least=2) != (("language", "model"), "language models")


@pytest.mark.parametrize("part", ["of the", "towards", "novel", "we show", "2025"])
def test_scraps_are_no_names(part: str) -> None:
    found = phrases_of(f"Towards a Novel Way of the Future 2025: {part}", "")
    assert tuple(part.split()) not in found


def test_a_post_with_a_long_run_of_a_papers_title_reports_it() -> None:
    paper = article("1", "A B c d e f")
    post = article("2", "X: b c d e f", kind="post")
    other = article("3", "Prompt injection in mail", kind="post")
    assert [a.id for a in distinct([post, other, paper])] == [paper.id, other.id]


def test_two_papers_are_two_works_whatever_their_titles_share() -> None:
    one = article("1", "Large Language Models for Code Review")
    two = article("2", "Large language models for code repair")
    assert distinct([two, one]) == [one, two]


# Counting


def test_works_are_counted_by_the_terms_that_they_carry() -> None:
    found = carriers(
        [
            article("1", "Prompt Injections by Calendar", "Calendars carry prompt injection."),
            article("2", "Stopping Hijacks", "A defence against prompt injection for agents."),
            article("3", "Tidal Energy", "We forecast tides."),
        ]
    )
    assert found["prompt injection"] == ("arxiv:1", "arxiv:2")
    assert found[key_of_name("Prompt injections")] == ("arxiv:1", "arxiv:2")
    assert "arxiv:3" in found["tidal energy"]


def test_the_name_of_a_theme_leads_to_its_count() -> None:
    articles, rows = week()
    found = carriers(articles)
    for theme in themes(articles, rows):
        assert key_of_name(theme.name) == " ".join(theme.phrase)
        assert len(found[key_of_name(theme.name)]) > 1


# Change


def change(now: int, past: tuple[int, ...], **fields: Any) -> str:
    (found,) = movements([Series(now, 90, past, (90,) * len(past), **fields)])
    assert found is not None
    return found.kind


@pytest.mark.parametrize(
    ("now", "past", "kind"),
    [
        (12, (3, 2, 4, 3), "growing"),
        (5, (0, 0, 0, 0), "new"),
        (4, (3, 5, 4, 3), "steady"),
        (1, (0, 0, 0, 0), "steady"),
        (12, (3, 2, 14, 3), "steady"),
        (0, (9, 8, 10, 9), "steady"),
    ],
)
def test_a_change_is_named_only_when_the_counts_carry_it(now: int, past: tuple[int, ...], kind: str) -> None:
    assert change(now, past) == kind


def test_a_theme_of_the_stored_weeks_fades() -> None:
    assert change(0, (9, 8, 10, 9), large_before=True) == "fading"
    assert change(8, (9, 8, 10, 9), large_before=True) == "steady"


def test_a_larger_week_alone_is_no_growth() -> None:
    (found,) = movements([Series(12, 360, (3, 2, 4, 3), (90,) * 4)])
    assert found is not None
    assert (found.kind, found.ratio) == ("steady", 1.0)


@pytest.mark.parametrize(
    "series", [Series(3, 90, (), ()), Series(0, 90, (0,), (90,)), Series(3, 90, (0,), (0,))]
)
def test_without_history_nothing_is_said(series: Series) -> None:
    assert movements([series]) == [None]


def test_the_test_and_its_interval_are_those_of_the_literature() -> None:
    (found,) = movements([Series(7, 50, (3,), (50,))])
    assert found is not None
    # At least 7 of 10 with a share of one half, the 7 counted half: (45 + 10 + 1 + 120 / 2) / 1024.
    assert found.p == pytest.approx(116 / 1024, abs=1e-6)
    low, high = found.interval
    assert high is not None
    assert low < 1 < 7 / 3 < high
    (sure,) = movements([Series(9, 50, (1,), (50,))])
    assert sure is not None
    assert sure.kind == "growing"
    assert sure.interval[0] > 1


def test_the_interval_of_something_new_has_no_upper_end() -> None:
    (found,) = movements([Series(6, 90, (0, 0), (90, 90))])
    assert found is not None
    assert (found.ratio, found.interval[1]) == (None, None)
    assert found.interval[0] > 1


@pytest.mark.parametrize(
    "bad", [(-1, 9, (1,), (9,)), (3, 2, (1,), (9,)), (1, 9, (10,), (9,)), (1, 9, (1,), (9, 9))]
)
def test_impossible_counts_are_refused(bad: Any) -> None:
    with pytest.raises(ValueError, match="count"):
        Series(*bad)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 40), st.lists(st.integers(0, 40), min_size=1, max_size=8))
def test_what_is_called_a_change_has_an_interval_that_says_so(now: int, past: list[int]) -> None:
    for large_before in (False, True):
        (found,) = movements([Series(now, 90, tuple(past), (90,) * len(past), large_before)])
        if found and found.kind in ("new", "growing"):
            assert found.interval[0] >= 1
        elif found and found.kind == "fading":
            assert found.interval[1] is not None
            assert found.interval[1] <= 1


def drawn(rng: np.random.Generator, rates: list[float]) -> list[Series]:
    """A week of themes that had a rate of 4 in each of four weeks before."""
    return [
        Series(int(rng.poisson(rate)), 90, tuple(rng.poisson(4, 4).tolist()), (90,) * 4) for rate in rates
    ]


def test_weeks_without_change_seldom_look_like_one() -> None:
    rng = np.random.default_rng(4)
    weeks = [movements(drawn(rng, [4.0] * 12)) for _ in range(200)]
    assert sum(any(m is not None and m.kind != "steady" for m in week) for week in weeks) <= 16


def test_a_burst_is_nearly_always_seen_among_themes_that_do_not_change() -> None:
    rng = np.random.default_rng(5)
    weeks = [movements(drawn(rng, [20.0, *[4.0] * 11])) for _ in range(100)]
    assert sum(week[0] is not None and week[0].kind == "growing" for week in weeks) > 90


def test_of_many_themes_tested_together_each_needs_stronger_counts() -> None:
    one, others = Series(7, 90, (3,) * 4, (90,) * 4), [Series(3, 90, (3,) * 4, (90,) * 4)] * 12
    alone, together = movements([one])[0], movements([one, *others])[0]
    assert alone is not None
    assert together is not None
    assert (alone.kind, together.kind) == ("growing", "steady")
    assert alone.p == together.p


def test_themes_too_small_to_change_do_not_make_it_harder_for_the_others() -> None:
    one, small = Series(7, 90, (3,) * 4, (90,) * 4), [Series(1, 90, (0,) * 4, (90,) * 4)] * 12
    found = movements([one, *small])[0]
    assert found is not None
    assert found.kind == "growing"
