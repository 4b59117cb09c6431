"""Anchors: the spans of a source on which a claim rests, and the check that they are really there.

A claim that asserts something of a source without an anchor that matches byte for byte is not published.
"""

from collections.abc import Mapping, Sequence

from pipeline.draft import DraftClaim, DraftItem, DraftSection
from pipeline.models import Anchor, Article, TextField


def anchor(article: Article, field: TextField, start: int, end: int) -> Anchor:
    """The anchor for this span of the article's text."""
    return Anchor(
        article_id=article.id, field=field, start=start, end=end, quote=article.text_of(field)[start:end]
    )


def holds(candidate: Anchor, articles: Mapping[str, Article]) -> bool:
    """Whether the quote equals the stored text between its offsets, byte for byte, and is not empty."""
    article = articles.get(candidate.article_id)
    if article is None or not candidate.quote.strip():
        return False
    return 0 <= candidate.start < candidate.end and (
        article.text_of(candidate.field)[candidate.start : candidate.end] == candidate.quote
    )


def supported(claim: DraftClaim, articles: Mapping[str, Article]) -> bool:
    """Whether a claim may be published: its works exist, and what it asserts is anchored in each of them."""
    if any(work not in articles for work in claim.works):
        return False
    if not claim.asserts:
        return all(holds(a, articles) for a in claim.anchors)
    anchored = {a.article_id for a in claim.anchors if holds(a, articles)}
    return bool(claim.works) and anchored == set(claim.works) and len(claim.anchors) >= len(anchored)


def checked(
    draft: Sequence[DraftSection], articles: Mapping[str, Article]
) -> tuple[tuple[DraftSection, ...], int]:
    """The draft without its unsupported claims, and how many were removed; an emptied item goes as well."""
    removed = 0
    sections = []
    for section in draft:
        items = []
        for item in section.items:
            kept = tuple(claim for claim in item.claims if supported(claim, articles))
            removed += len(item.claims) - len(kept)
            if kept:
                items.append(DraftItem(claims=kept, title=item.title))
        sections.append(DraftSection(kind=section.kind, items=tuple(items)))
    return tuple(sections), removed
