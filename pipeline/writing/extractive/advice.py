"""Recommendations and open questions: what the works themselves advise and leave open."""

import re
from collections.abc import Iterator, Sequence

from pipeline.claims import anchor
from pipeline.draft import DraftClaim, DraftItem, Material
from pipeline.models import Article
from pipeline.writing.extractive.plain import listed, small
from pipeline.writing.extractive.quotes import first_fit, named_quote, shown_name
from pipeline.writing.extractive.subjects import subject
from pipeline.writing.roles import first_contribution, open_questions, recommendations
from pipeline.writing.sentences import Span, split_sentences

_OFFERED = (
    r"(?:code|codebase|source code|data|data ?sets?|benchmarks?|models?|weights|checkpoints|implementation|toolkit|demo"
    r"|project page|artifacts?|framework|prompts|scripts)"
)
_PUBLIC = re.compile(
    rf"\b{_OFFERED}\b[^.;]{{0,80}}\b(?:is|are|has been|have been) (?:\w+ ){{0,3}}?(?:available|released|open[- ]sourced"
    r"|accessible|provided|published|found at)\b"
    rf"|\b{_OFFERED}\b[^.;]{{0,30}}(?:\bat|:) ?<?\\?(?:url\{{)?https?://"
    rf"|\bwe (?:\w+ )?(?:release|open[- ]source|publish)\b[^.;]{{0,60}}\b{_OFFERED}\b"
    rf"|\bwe (?:\w+ )?make\b[^.;]{{0,60}}\b{_OFFERED}\b[^.;]{{0,40}}\bavailable\b",
    re.I,
)
_NOT_YET = re.compile(
    r"\b(?:will|upon|after|once|soon|later|request|if accepted|to be (?:released|made))\b", re.I
)
_STRONG = re.compile(
    r"\b(?:recommend|should|must|ought to|urge|advis|advocat|caution|need(?:s)? to|call(?:s|ing)? (?:for|on)|warn)\w*",
    re.I,
)
TRIED = 4
"""Works whose public code or data is named."""


def advice(material: Material) -> tuple[DraftItem, ...]:
    """What works advise, plain advice before mere hints, then where code or data can be had; empty if neither."""
    works = _by_worth(material)
    found = [(a, span) for a in works if (span := first_fit(a, recommendations(a.abstract)))]
    plain = [pair for pair in found if _STRONG.search(pair[0].abstract[slice(*pair[1])])]
    hints = [pair for pair in found if pair not in plain]
    chosen = [*plain, *hints][: material.amounts.recommendations]
    items = [DraftItem((_advised(article, span, material),)) for article, span in chosen]
    offered = [(a, span) for a in _shown(material) if (span := public_release(a.abstract))][:TRIED]
    return (*items, DraftItem((_to_try(offered),))) if offered else tuple(items)


def _advised(article: Article, span: Span, material: Material) -> DraftClaim:
    """`If you work on X, read “T”: …`, where the work's title names an X that few others share."""
    works = _by_worth(material)
    field = subject(article, [w.abstract for w in works])
    theme = next((t.name for t in material.themes if article.id in {w.id for w in t.works}), None)
    topic = field or (small(theme) if theme else None)
    lead = f"If you work on {topic}, read “{shown_name(article)}”" if topic else ""
    return named_quote(article, span, lead=lead)


def public_release(text: str) -> Span | None:
    """The sentence in which a source says that its code or data is public already."""
    for span in split_sentences(text):
        sentence = text[span.start : span.end]
        if _PUBLIC.search(sentence) and not _NOT_YET.search(sentence):
            return span
    return None


def _to_try(offered: Sequence[tuple[Article, Span]]) -> DraftClaim:
    names = listed([f"“{shown_name(article)}”" for article, _ in offered])
    theirs = "its" if len(offered) == 1 else "their"
    return DraftClaim(
        f"To try for yourself: the authors of {names} say that {theirs} code, data or models are public.",
        works=tuple(article.id for article, _ in offered),
        anchors=tuple(anchor(article, "abstract", *span) for article, span in offered),
        asserts=True,
    )


def questions(material: Material) -> tuple[DraftItem, ...]:
    """What works leave open, then what they say was open when they began; one sentence a work."""
    left: list[DraftItem] = []
    begun: list[DraftItem] = []
    most = material.amounts.open_questions
    for article in _by_worth(material):
        asked = open_questions(article.abstract)
        if asked and (span := first_fit(article, asked)):
            begins = first_contribution(article.abstract)
            taken_up = begins is not None and span.start < begins
            lead = f"“{shown_name(article)}” takes up an open question" if taken_up else ""
            (begun if taken_up else left).append(DraftItem((named_quote(article, span, lead=lead),)))
        if len(left) == most:
            break
    return (*left, *begun)[:most]


def _by_worth(material: Material) -> tuple[Article, ...]:
    return (*material.top, *material.mentions, *material.also)


def _shown(material: Material) -> Iterator[Article]:
    yield from material.top
    yield from material.mentions[: material.amounts.mentions]

