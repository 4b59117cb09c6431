"""What a week's works have in common, and what is said about its change."""

import math
import random
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from pipeline.models import Article, Window
from pipeline.trends import PastWeek, Theme, belonging, history, movement, themes
from pipeline.trends.naming import name_of, phrases_of, same_report

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
WEEK = Window(since=date(2025, 11, 10), until=date(2025, 11, 16))


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
    assert name_of(works, [], least=2) == (("watermarking",), "watermarking")
    gui = [phrases_of("Training GUI Agents", ""), phrases_of("GUI Agents on Phones", "")]
    assert name_of(gui, [], least=2) == (("gui", "agent"), "GUI agents")


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


def test_a_long_run_of_shared_words_shows_one_work() -> None:
    assert same_report("A B c d e f", "", "X: b c d e f", "")
    assert not same_report("Prompt injection in agents", "", "Prompt injection in mail", "")


# History


def test_earlier_weeks_are_counted_by_the_same_rule_as_this_one() -> None:
    articles, rows = week()
    theme = next(t for t in themes(articles, rows) if t.name == "prompt injection")
    earlier = [
        article("e1", "Prompt Injections by Calendar", "…"),
        article("e2", "Tidal Energy", "We forecast tides."),
        article("e3", "Stopping Hijacks", "A defence against prompt injection for agents."),
    ]
    before = PastWeek(WEEK, tuple(earlier), np.stack([vector(0, 40), vector(9, 41), vector(0, 42)]))
    now = PastWeek(WEEK.before(-1), tuple(articles), rows)
    counts = history(theme, [before, now, PastWeek(WEEK, (), np.zeros((0, 80)))])
    assert [(c.count, c.total) for c in counts] == [(2, 3), (3, 8), (0, 0)]
    assert belonging(theme, now.articles, now.vectors) == theme.members


def test_the_name_alone_does_not_make_a_far_work_belong() -> None:
    theme = Theme("steering", ("a", "b"), vector(0, 0), ("steering",))
    car = article("car", "Steering of Trucks", "A truck steers.")
    assert belonging(theme, [car], vector(9, 40)[None]) == ()


# Movement


@pytest.mark.parametrize(
    ("now", "past", "kind"),
    [
        (12, (3, 2, 4, 3), "growing"),
        (5, (0, 0, 0, 0), "new"),
        (0, (9, 8, 10, 9), "fading"),
        (4, (3, 5, 4, 3), "steady"),
        (1, (0, 0, 0, 0), "steady"),
        (12, (3, 2, 14, 3), "steady"),
    ],
)
def test_a_change_is_named_only_when_the_counts_carry_it(now: int, past: tuple[int, ...], kind: str) -> None:
    found = movement(now, 90, past, [90] * len(past))
    assert found is not None
    assert found.kind == kind


def test_a_larger_week_alone_is_no_growth() -> None:
    found = movement(12, 360, [3, 2, 4, 3], [90] * 4)
    assert found is not None
    assert (found.kind, found.ratio) == ("steady", 1.0)


@pytest.mark.parametrize(
    ("now", "past", "totals"), [((3, 90), [], []), ((0, 90), [0], [90]), ((3, 90), [0], [0])]
)
def test_without_history_nothing_is_said(
    now: tuple[int, int], past: Sequence[int], totals: Sequence[int]
) -> None:
    assert movement(*now, past, totals) is None


def test_the_test_and_interval_are_the_exact_ones() -> None:
    found = movement(7, 50, [3], [50])
    assert found is not None
    p = 2 * sum(math.comb(10, k) for k in range(7, 11)) / 2**10
    assert found.p == pytest.approx(p, abs=1e-6)
    # Clopper and Pearson for 7 of 10: 0.3475 to 0.9333, here as odds.
    assert found.low == pytest.approx(0.3475 / 0.6525, abs=0.001)
    assert found.high == pytest.approx(0.9333 / 0.0667, abs=0.02)
    assert found.counts["past"] == [3]


def test_the_interval_of_something_new_has_no_upper_end() -> None:
    found = movement(6, 90, [0, 0], [90, 90])
    assert found is not None
    assert (found.ratio, found.high) == (None, None)
    assert found.low > 1


@pytest.mark.parametrize("bad", [(-1, 9, [1], [9]), (3, 2, [1], [9]), (1, 9, [10], [9]), (1, 9, [1], [9, 9])])
def test_impossible_counts_are_refused(bad: Any) -> None:
    with pytest.raises(ValueError, match="count"):
        movement(*bad)


def test_weeks_without_change_seldom_look_like_one() -> None:
    rng = np.random.default_rng(4)
    kinds = []
    for _ in range(300):
        now, *past = (int(n) for n in rng.poisson(4, 5))
        found = movement(now, 90, past, [90] * 4)
        kinds.append(found.kind if found else "steady")
    assert kinds.count("steady") > 285


def test_a_tenfold_burst_is_nearly_always_seen() -> None:
    rng = np.random.default_rng(5)
    seen = 0
    for _ in range(100):
        found = movement(int(rng.poisson(30)), 90, [int(n) for n in rng.poisson(3, 4)], [90] * 4)
        seen += found is not None and found.kind == "growing"
    assert seen > 95


def test_of_many_themes_tested_together_each_needs_stronger_counts() -> None:
    alone, together = movement(9, 90, [3] * 4, [90] * 4), movement(9, 90, [3] * 4, [90] * 4, compared=5)
    assert alone is not None
    assert together is not None
    assert (alone.kind, together.kind) == ("growing", "steady")
    assert alone.p == together.p
