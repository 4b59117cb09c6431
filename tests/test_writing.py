"""The writer without a model: what a person reads, from material of a made-up week."""

import os
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from pipeline.claims import checked
from pipeline.draft import AMOUNTS, Gap, Material, ThemeReport, numbered
from pipeline.models import Article, Brief, Receipt, Window
from pipeline.rendering import markdown
from pipeline.titles import short_title
from pipeline.writing import extractive

GOLDEN = Path(__file__).parent / "golden" / "brief.md"
WINDOW = Window(since=date(2026, 3, 2), until=date(2026, 3, 8))


def article(number: int, title: str, abstract: str, kind: str = "paper") -> Article:
    return Article(
        id=f"arxiv:2603.0000{number}" if kind == "paper" else f"post:00000000000{number}",
        kind=kind,
        title=title,
        authors=("Wilhelmina Osei", "Tadeusz Lindqvist"),
        abstract=abstract,
        source="arXiv cs.CR" if kind == "paper" else "Fernhill Safety Blog",
        feeds=("arXiv cs.CR",) if kind == "paper" else ("Fernhill Safety Blog",),
        url=f"https://example.org/{number}",
        version=1 if kind == "paper" else None,
        announced=date(2026, 3, 1 + number),
        first_seen=datetime(2026, 3, 1 + number, 6, tzinfo=UTC),
    )


TIDEGATE = article(
    1,
    "Tidegate: Taint Tracking against Prompt Injection",
    "Agents that read web pages follow instructions hidden in them. In this paper, we present Tidegate, "
    "a taint tracker for tool calls. On 640 tasks, Tidegate lowers the attack success rate from 48% to 3%, "
    "while utility falls by 2 points. How to track taint through images remains an open question.",
)
LANTERN = article(
    2,
    "Lantern Audits: What Monitors Miss",
    "Monitors read the reasoning of a model before it acts. We study 12 monitors on 900 transcripts. "
    "We find that monitors miss 31% of the sabotage when the reasoning is shorter than 50 words. "
    "We recommend that teams log the length of reasoning beside each verdict.",
)
SEDGE = article(
    3,
    "Sedge Attacks on Retrieval Agents",
    "Retrieval agents trust the passages that they fetch. We introduce Sedge, a prompt injection attack that "
    "hides in footnotes. Experiments on 5 agents show that Sedge succeeds in 62% of the runs.",
)
POST = article(
    4,
    "Why we stopped grading our own monitors",
    "For two years we graded our own monitors. We found that outside graders see twice as many misses as we did. "
    "Labs should let others grade their monitors.",
    kind="post",
)
MATERIAL = Material(
    window=WINDOW,
    works=41,
    on_topic=9,
    top=(TIDEGATE, LANTERN),
    mentions=(SEDGE, POST),
    themes=(
        ThemeReport(
            "prompt injection",
            (TIDEGATE, SEDGE),
            on_topic=9,
            past=(1, 0),
            past_on_topic=(8, 7),
            change="steady",
            interval=(0.4, 9.0),
        ),
    ),
    gaps=(Gap("AI control", last=None),),
    parts=(("AI control", 0), ("monitoring", 2), ("prompt injection", 3)),
    past_on_topic=(8, 7),
    failed_feeds=("Gone Weekly",),
)
ALL = {a.id: a for a in (TIDEGATE, LANTERN, SEDGE, POST)}


def written(material: Material) -> Brief:
    draft, removed = checked(extractive.write(material), ALL)
    assert removed == 0
    sections, references = numbered(draft, ALL)
    return Brief(
        id="golden",
        title="Fernhill Reading - Weekly Brief: March 2 - March 8, 2026",
        profile="fernhill",
        window=material.window,
        generated_at=datetime(2026, 3, 8, 18, tzinfo=UTC),
        sections=sections,
        references=references,
        receipt=Receipt(
            entries_seen=50,
            works=41,
            duplicates_merged=9,
            considered=9,
            cited=len(references),
            per_feed=(),
            claims=0,
            anchored=0,
            removed=removed,
            covered_days=(date(2026, 3, 2),),
        ),
        decisions=(),
    )


def text_of(brief: Brief, kind: str) -> str:
    section = next(s for s in brief.sections if s.kind == kind)
    return " ".join(claim.text for item in section.items for claim in item.claims)


def test_the_brief_of_a_made_up_week_reads_as_in_the_golden_file() -> None:
    """Set BRIEF_GOLDEN=write to take the present text as right, after reading it."""
    text = markdown(written(MATERIAL))
    if os.environ.get("BRIEF_GOLDEN") == "write":
        GOLDEN.write_text(text, encoding="utf-8")
    assert text == GOLDEN.read_text(encoding="utf-8")


def test_a_finding_told_in_a_theme_is_not_told_again_in_the_mentions() -> None:
    brief = written(MATERIAL)
    assert "62% of the runs" in text_of(brief, "trends")
    assert "62% of the runs" not in text_of(brief, "mentions")
    assert POST.title in [item.title for s in brief.sections if s.kind == "mentions" for item in s.items]


def test_a_theme_does_not_repeat_what_a_top_paper_says() -> None:
    assert "from 48% to 3%" not in text_of(written(MATERIAL), "trends")


def test_the_last_mention_is_for_a_kind_that_would_have_none() -> None:
    papers = [
        article(n % 8 + 1, f"Paper number {n} about locks", f"We find that lock {n} opens.")
        for n in range(12)
    ]
    papers = [p.model_copy(update={"id": f"arxiv:2603.1{n:04}"}) for n, p in enumerate(papers)]
    known = {a.id: a for a in (*papers, POST)}
    draft = extractive.write(Material(window=WINDOW, works=13, on_topic=13, mentions=(*papers, POST)))
    mentions = next(s for s in draft if s.kind == "mentions")
    assert len(mentions.items) == AMOUNTS["standard"].mentions
    assert mentions.items[-1].title == POST.title
    assert all(work in known for item in mentions.items for claim in item.claims for work in claim.works)


def test_a_short_brief_says_less_and_a_long_one_more() -> None:
    papers = [article(1, f"Paper {n} about locks", f"We find that lock {n} opens.") for n in range(20)]
    papers = [p.model_copy(update={"id": f"arxiv:2603.1{n:04}"}) for n, p in enumerate(papers)]
    shown = {}
    for length, amounts in AMOUNTS.items():
        material = Material(window=WINDOW, works=20, on_topic=20, mentions=tuple(papers), amounts=amounts)
        shown[length] = len(next(s for s in extractive.write(material) if s.kind == "mentions").items)
    assert shown["short"] < shown["standard"] < shown["long"] < 20


def test_a_week_without_works_says_so_in_every_section() -> None:
    brief = written(Material(window=WINDOW, works=0, on_topic=0))
    assert "A quiet week: the feeds showed no new work between 2 and 8 March 2026." in text_of(
        brief, "overview"
    )
    assert len(brief.sections) == 7
    assert all(text_of(brief, section.kind) for section in brief.sections)
    assert not brief.references


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("High Water: Adaptive Attacks on Agents", "High Water"),
        ("What Was Proved? An Audit of Claims", "What Was Proved?"),
        ("Position: Monitors Need Outside Graders", "Position: Monitors Need Outside Graders"),
        ("SoK: Locks and Keys", "SoK: Locks and Keys"),
        ("Sedge Attacks on Retrieval Agents", "Sedge Attacks on Retrieval Agents"),
        (
            "A very long first part of a title that names nothing at all: the rest",
            "A very long first part of a title that names nothing at all: the rest",
        ),
    ],
)
def test_a_work_goes_by_the_name_before_the_colon(title: str, name: str) -> None:
    assert short_title(title) == name


def of_one(paper: Article, **more: Any) -> dict[str, str]:
    """The sections of a brief over one work, by kind."""
    material = Material(window=WINDOW, works=1, on_topic=1, top=(paper,), **more)
    draft, removed = checked(extractive.write(material), material.articles())
    assert removed == 0
    return {
        s.kind: " ".join(c.text for item in s.items for c in item.claims)
        for s in numbered(draft, {paper.id: paper})[0]
    }


def test_a_sentence_that_points_back_is_told_only_after_the_one_it_points_to() -> None:
    paper = article(
        1,
        "Quill: Fast Monitors",
        "Monitors are slow. We present Quill, a monitor that reads only summaries. "
        "It catches 91% of the sabotage at a tenth of the cost. Agents act often.",
    )
    told = of_one(paper)["top_papers"]
    assert told.index("The authors present Quill") < told.index("It catches 91%")
    other = paper.model_copy(
        update={"abstract": paper.abstract.replace("summaries. ", "summaries. Data matter. ")}
    )
    assert "It catches 91%" not in of_one(other)["top_papers"]


def test_a_superlative_is_the_authors_and_their_own_voice_is_quoted() -> None:
    best = article(1, "Quill: Fast Monitors", "Quill achieves state-of-the-art accuracy of 91% on sabotage.")
    assert of_one(best)["top_papers"].startswith("The authors report that Quill achieves state-of-the-art")
    post = article(
        4, "Small monitors", "What changed my mind is that monitors catch 81% of sabotage.", kind="post"
    )
    assert (
        "The authors write: “What changed my mind is that monitors catch 81% of sabotage"
        in (of_one(post)["top_papers"])
    )


def test_an_acronym_is_written_out_once_and_anchored_where_the_source_defines_it() -> None:
    paper = article(
        1,
        "Quill: Fast Monitors",
        "Reading is hard for multi-agent systems (MAS) at work. We find that Quill halves the leaks of MAS. "
        "We recommend that MAS log every call.",
    )
    sections = of_one(paper)
    assert " ".join(sections.values()).count("multi-agent systems (MAS)") == 1
    material = Material(window=WINDOW, works=1, on_topic=1, top=(paper,))
    for section in extractive.write(material):
        for item in section.items:
            for claim in item.claims:
                for found in claim.anchors:
                    assert paper.abstract[found.start : found.end] == found.quote
                if "multi-agent systems (MAS)" in claim.text:
                    assert any("(MAS)" in found.quote for found in claim.anchors)


@pytest.mark.parametrize(
    ("change", "past", "told"),
    [
        ("growing", (1, 2), "Growing: 5 works this week, against 2 and then 1 in the two weeks before, 1.5 to 6.0"),
        ("new", (0, 0), "New: 5 works this week, none in the two weeks before"),
        ("steady", (4, 5), "No clear change against the two weeks before: monitors (5 after 5 and then 4)."),
    ],
)  # fmt: skip
def test_what_changed_is_told_first_with_its_numbers(change: str, past: tuple[int, ...], told: str) -> None:
    papers = tuple(
        article(1, f"Monitors {n}", f"We find that monitor {n} works.").model_copy(
            update={"id": f"arxiv:2603.2{n:04}"}
        )
        for n in range(5)
    )
    theme = ThemeReport(
        "monitors", papers, on_topic=9, past=past, past_on_topic=(9, 9), change=change, interval=(1.5, 6.0)
    )
    other = ThemeReport("agents", papers[:2], on_topic=9, past=(2, 2), past_on_topic=(9, 9), change="steady")
    draft = extractive.write(
        Material(window=WINDOW, works=9, on_topic=9, themes=(other, theme), past_on_topic=(9, 9))
    )
    trends = next(s for s in draft if s.kind == "trends")
    assert told in " ".join(c.text for item in trends.items for c in item.claims).replace(
        "agents (2 after 2 and then 2) and ", ""
    )
    assert trends.items[0].title == ("Agents" if change == "steady" else "Monitors")


def test_advice_names_whom_it_is_for_and_public_code_is_named_without_its_address() -> None:
    paper = article(
        1,
        "Auditing Leaks in Federated Learning",
        "We audit federated learning on 12 tasks and find that leaks double. "
        "We recommend that operators log every update. Our code is available at https://example.org/code.",
    )
    told = of_one(paper)["recommendations"]
    assert (
        "If you work on federated learning, read “Auditing Leaks in Federated Learning”: the authors recommend"
        in told
    )
    assert "To try “Auditing Leaks in Federated Learning”: the authors' code is available [1]." in told
    assert "https" not in told


def test_a_question_that_a_work_takes_up_is_not_told_as_left_open() -> None:
    paper = article(
        1,
        "Quill: Fast Monitors",
        "How monitors scale remains unclear. We study 12 monitors and find that they scale. "
        "Whether attackers adapt remains an open question.",
    )
    assert of_one(paper)["outlook"] == "In “Quill”, whether attackers adapt remains an open question [1]."
    half = paper.model_copy(update={"abstract": paper.abstract.rpartition(" Whether")[0]})
    assert of_one(half)["outlook"].startswith("“Quill” takes up an open question: how monitors scale")
