"""What a writer is given, and what it hands over: sections whose claims name works, not yet numbers.

A writer decides what is said; numbers, marks and references follow from it by rule (see `numbered`), the same
for every writer: references are counted 1..n by first citation, each work once.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

from pipeline.models import Anchor, Article, Claim, Item, Length, Reference, Section, SectionKind, Window
from pipeline.revisions import Revision

HEADINGS: Mapping[SectionKind, str] = {
    "overview": "Overview",
    "top_papers": "Top Papers of the Week",
    "trends": "Emerging Trends",
    "mentions": "Notable Mentions",
    "missing": "What's Missing",
    "recommendations": "Weekly Recommendations",
    "outlook": "Looking Ahead",
}


@dataclass(frozen=True)
class ThemeReport:
    """A group of distinct works of the window, with its counts in the stored weeks before."""

    name: str
    works: tuple[Article, ...]
    """The most telling first."""
    on_topic: int
    """How many works of the window are on topic, this group's among them."""
    past: tuple[int, ...] = ()
    """Works of this theme in each stored week before, the latest first."""
    past_on_topic: tuple[int, ...] = ()
    change: str | None = None
    """new, growing, fading or steady; none without history."""
    interval: tuple[float, float | None] | None = None
    """Of its share against that of the weeks before, 90 %; the second is none without an upper end."""


@dataclass(frozen=True)
class Gap:
    """A part of the profile's topic without a new work, and the last work on it that is stored."""

    phrase: str
    last: Article | None = None


@dataclass(frozen=True)
class Amounts:
    """How much a brief says of each kind, at most."""

    themes: int = 4
    stories: int = 2
    """Works of a theme whose finding is told there; what is told in one section is not told again in the next."""
    mentions: int = 8
    recommendations: int = 5
    open_questions: int = 4


AMOUNTS: Mapping[Length, Amounts] = {
    "short": Amounts(themes=3, stories=1, mentions=4, recommendations=3, open_questions=2),
    "standard": Amounts(),
    "long": Amounts(themes=6, stories=3, mentions=14, recommendations=8, open_questions=6),
}


@dataclass(frozen=True)
class Material:
    """All that a writer may use: chosen works, counts, groups and gaps. It decides words, not facts."""

    window: Window
    works: int
    on_topic: int
    top: tuple[Article, ...] = ()
    mentions: tuple[Article, ...] = ()
    also: tuple[Article, ...] = ()
    """Other works on topic, best first: for recommendations and open questions."""
    themes: tuple[ThemeReport, ...] = ()
    named: Mapping[str, str] = field(default_factory=dict)
    """For works that carry one, the name of the largest theme of the week, told of or not, by the work's id."""
    gaps: tuple[Gap, ...] = ()
    parts: tuple[tuple[str, int], ...] = ()
    """Each phrase of the topic with its number of new works, the fewest first."""
    past_on_topic: tuple[int, ...] = ()
    """Works on topic in each stored week before, the latest first; empty if none is stored."""
    themes_before: tuple[tuple[str, int], ...] = ()
    """The themes of the latest stored week before, each with its number of works."""
    revisions: tuple[Revision, ...] = ()
    late: int = 0
    """Works of earlier days that came too late for the briefs before; they are counted in no theme."""
    late_on_topic: int = 0
    failed_feeds: tuple[str, ...] = ()
    suggested: tuple[Article, ...] = ()
    """Works that people of the channel asked for, of whatever days."""
    amounts: Amounts = Amounts()

    def articles(self) -> dict[str, Article]:
        """Every work that a writer may name, by id."""
        groups = (self.top, self.mentions, self.also, self.suggested, *(theme.works for theme in self.themes))
        found = {article.id: article for group in groups for article in group}
        found |= {gap.last.id: gap.last for gap in self.gaps if gap.last}
        return found | {revision.article.id: revision.article for revision in self.revisions}


@dataclass(frozen=True)
class DraftClaim:
    """One sentence and the works it cites, in the order in which they are to be cited."""

    text: str
    works: tuple[str, ...] = ()
    anchors: tuple[Anchor, ...] = ()
    asserts: bool = False
    counts: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class DraftItem:
    """A bullet or paragraph."""

    claims: tuple[DraftClaim, ...]
    title: str | None = None


@dataclass(frozen=True)
class DraftSection:
    """One of the seven sections."""

    kind: SectionKind
    items: tuple[DraftItem, ...]


def numbered(
    draft: Sequence[DraftSection], articles: Mapping[str, Article], given: Mapping[str, int] | None = None
) -> tuple[tuple[Section, ...], tuple[Reference, ...]]:
    """Sections with `[n]` marks, and the references 1..n by first citation, each work once.

    Works that have a number already, by `given`, keep it; others get those that follow.
    """
    given = given or {}
    cited = dict.fromkeys(w for s in draft for item in s.items for claim in item.claims for w in claim.works)
    fresh = (work for work in cited if work not in given)
    order = {work: n for work, n in given.items() if work in cited}
    order |= {work: n for n, work in enumerate(fresh, max(given.values(), default=0) + 1)}
    sections = tuple(
        Section(
            kind=section.kind,
            heading=HEADINGS[section.kind],
            items=tuple(
                Item(title=item.title, claims=tuple(numbered_claim(c, order) for c in item.claims))
                for item in section.items
            ),
        )
        for section in draft
    )
    return sections, tuple(
        reference(n, articles[work]) for work, n in sorted(order.items(), key=itemgetter(1))
    )


def numbered_claim(claim: DraftClaim, numbers: Mapping[str, int]) -> Claim:
    """The claim with its marks: `[3]`, or `[3, 7]`, before the sentence's last full stop."""
    citations = tuple(numbers[work] for work in claim.works)
    return Claim(
        text=with_marks(claim.text, citations),
        citations=citations,
        asserts=claim.asserts,
        counts=dict(claim.counts) if claim.counts is not None else None,
        anchors=tuple(a.model_copy(update={"n": numbers[a.article_id]}) for a in claim.anchors),
    )


def with_marks(text: str, citations: Sequence[int]) -> str:
    """The sentence with its citation marks; bracketed numbers of the source's own become round."""
    text = re.sub(r"\[(\d+(?:\s*[,–-]\s*\d+)*)\]", r"(\1)", text)
    if not citations:
        return text
    mark = f"[{', '.join(map(str, sorted(citations)))}]"
    body, end = re.fullmatch(r"(.*?)([.!?:;]*[\"”’»)]*)", text.rstrip(), re.DOTALL).groups()  # type: ignore[union-attr]
    if end.startswith((")", "”", "’", "»", '"')):  # a closing bracket or quote belongs to the sentence
        body, end = body + end, ""
    return f"{body} {mark}{end or '.'}"


def reference(n: int, article: Article) -> Reference:
    """Line n of the list of references."""
    return Reference(
        n=n,
        article_id=article.id,
        title=article.title,
        authors=article.authors,
        source=article.source,
        kind=article.kind,
        version=f"v{article.version}" if article.version else None,
        submitted=article.submitted,
        revised=article.revised,
        announced=article.announced,
        url=article.url,
        other_urls=article.other_urls,
    )
