"""Acronyms are written out where a brief first uses them, as the work itself does."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from pipeline.claims import anchor
from pipeline.draft import DraftClaim, DraftItem, DraftSection
from pipeline.models import Article
from pipeline.writing.acronyms import FAMILIAR, definitions, in_use, written_out


def with_acronyms_written_out(
    draft: Sequence[DraftSection], articles: Mapping[str, Article]
) -> tuple[DraftSection, ...]:
    """The draft with each acronym of a source once in full, anchored in the source's own definition."""
    known: set[tuple[str, str]] = set()
    return tuple(
        replace(section, items=tuple(_item(item, articles, known) for item in section.items))
        for section in draft
    )


def _item(item: DraftItem, articles: Mapping[str, Article], known: set[tuple[str, str]]) -> DraftItem:
    claims = tuple(
        _claim(c, articles[c.works[0]], known) if c.asserts and len(c.works) == 1 else c for c in item.claims
    )
    return replace(item, claims=claims)


def _claim(claim: DraftClaim, article: Article, known: set[tuple[str, str]]) -> DraftClaim:
    """The claim with its unknown acronyms in full, which are added to `known`."""
    defined = definitions(article.abstract)
    for short in in_use(claim.text):
        meaning = defined.get(short)
        if meaning is None or short in FAMILIAR or (short, meaning.long.lower()) in known:
            continue
        known.add((short, meaning.long.lower()))
        if meaning.long.lower() not in claim.text.lower():
            found = anchor(article, "abstract", meaning.start, meaning.end)
            text = written_out(claim.text, short, meaning)
            claim = replace(claim, text=text, anchors=(*claim.anchors, found))
    for short, meaning in defined.items():
        if f"({short}" in claim.text:
            known.add((short, meaning.long.lower()))
    return claim
