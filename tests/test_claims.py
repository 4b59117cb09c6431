"""Numbering, citation marks, anchors."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from pipeline.claims import anchor, checked, holds, supported
from pipeline.draft import DraftClaim, DraftItem, DraftSection, numbered, with_marks
from pipeline.models import Article

SEEN = datetime(2026, 5, 18, tzinfo=UTC)


def article(key: str, abstract: str = "We find that it works. It costs 3 % more.") -> Article:
    return Article(
        id=key,
        kind="paper",
        title=f"Title of {key}",
        abstract=abstract,
        source="arXiv cs.AI",
        first_seen=SEEN,
    )


def claim(work: Article, start: int = 0, end: int = 22) -> DraftClaim:
    return DraftClaim(
        "It works.", works=(work.id,), anchors=(anchor(work, "abstract", start, end),), asserts=True
    )


def section(*claims: DraftClaim) -> DraftSection:
    return DraftSection("mentions", tuple(DraftItem((c,)) for c in claims))


def test_references_are_numbered_by_first_citation_each_work_once():
    works = {key: article(key) for key in ("arxiv:a", "arxiv:b", "arxiv:c")}
    draft = [section(claim(works["arxiv:c"]), claim(works["arxiv:a"])), section(claim(works["arxiv:c"]))]
    sections, references = numbered(draft, works)
    assert [(r.n, r.article_id) for r in references] == [(1, "arxiv:c"), (2, "arxiv:a")]
    assert [c.text for s in sections for i in s.items for c in i.claims] == [
        "It works [1].",
        "It works [2].",
        "It works [1].",
    ]
    assert sections[1].items[0].claims[0].anchors[0].n == 1


def test_a_claim_without_a_true_anchor_is_removed_and_counted():
    good, other = article("arxiv:a"), article("arxiv:b", "Another text entirely, and long enough.")
    stolen = DraftClaim("x", works=("arxiv:b",), anchors=claim(good).anchors, asserts=True)
    moved = DraftClaim(
        "x",
        works=("arxiv:a",),
        anchors=(anchor(good, "abstract", 0, 22).model_copy(update={"start": 1, "end": 23}),),
        asserts=True,
    )
    bare = DraftClaim("x", works=("arxiv:a",), asserts=True)
    unknown = DraftClaim("x", works=("arxiv:z",))
    works = {a.id: a for a in (good, other)}
    kept, removed = checked([section(claim(good), stolen, moved, bare, unknown)], works)
    assert removed == 4
    assert [i.claims for i in kept[0].items] == [(claim(good),)]


def test_an_empty_quote_is_no_anchor():
    work = article("arxiv:a")
    assert not holds(anchor(work, "abstract", 3, 3), {work.id: work})


def test_a_sentence_of_ours_needs_no_anchor():
    assert supported(DraftClaim("3 works this week.", counts={"works": 3}), {})


def test_marks_stand_before_the_full_stop_and_foreign_brackets_become_round():
    assert with_marks("It works.", (3, 7)) == "It works [3, 7]."
    assert with_marks("As [12] shows, it works", (3,)) == "As (12) shows, it works [3]."
    assert with_marks("Why?", (1,)) == "Why [1]?"
    assert with_marks("It works (see [1]).", (2,)) == "It works (see (1)) [2]."
    assert with_marks("No mark.", ()) == "No mark."


@given(st.text(max_size=200), st.lists(st.integers(1, 99), min_size=1, max_size=4, unique=True))
def test_every_mark_is_ours_whatever_the_source_says(text, numbers):
    import re

    marked = with_marks(text, tuple(numbers))
    found = re.findall(r"\[(\d+(?:, \d+)*)\]", marked)
    assert found == [", ".join(map(str, sorted(numbers)))]
