"""Acronyms are written out where a brief first uses them, as the work itself does."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from pipeline.claims import anchor
from pipeline.draft import DraftClaim, DraftItem, DraftSection
from pipeline.models import Article
from pipeline.writing.acronyms import FAMILIAR, Definition, contracted, definitions, in_use, written_out

Meaning = tuple[str, str]
"""A short form with what it stands for."""


def with_acronyms_written_out(
    draft: Sequence[DraftSection], articles: Mapping[str, Article]
) -> tuple[DraftSection, ...]:
    """The draft with each acronym of a source once in full, anchored in the source's own definition."""
    known: set[Meaning] = set()
    return tuple(
        replace(section, items=tuple(_item(item, articles, known) for item in section.items))
        for section in draft
    )


def _item(item: DraftItem, articles: Mapping[str, Article], known: set[Meaning]) -> DraftItem:
    claims = tuple(
        _claim(c, articles[c.works[0]], known) if c.asserts and len(c.works) == 1 else c for c in item.claims
    )
    return replace(item, claims=claims)


def _claim(claim: DraftClaim, article: Article, known: set[Meaning]) -> DraftClaim:
    """The claim with its new acronyms in full, which are added to `known`, and the known ones in short."""
    defined = definitions(article.abstract)
    told = {short: meaning for short, meaning in defined.items() if _meaning(short, meaning) in known}
    text, anchors = contracted(claim.text, told), claim.anchors
    for short in in_use(text):
        meaning = defined.get(short)
        if meaning is None or short in told or short in FAMILIAR or meaning.long.lower() in text.lower():
            continue
        text = written_out(text, short, meaning)
        anchors = (*anchors, anchor(article, "abstract", meaning.start, meaning.end))
    known |= {_meaning(short, meaning) for short, meaning in defined.items() if f"({short}" in text}
    return replace(claim, text=text, anchors=anchors)


def _meaning(short: str, definition: Definition) -> Meaning:
    return short, definition.long.lower().removesuffix("s")
