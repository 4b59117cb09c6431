"""The entries of one work -> the article that they make, whatever their order. Pure."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import get_args

from pipeline.addresses import arxiv_ref, canonical
from pipeline.identity.keys import article_id, entry_order, in_order, journal_doi
from pipeline.models import AnnounceType, Article, Entry

_SHOWN = (None, "new", "cross")
_STRENGTH = {kind: rank for rank, kind in enumerate(get_args(AnnounceType))}


def merge(entries: Sequence[Entry], first_seen: datetime) -> Article:
    """The article that the entries of one work make, whatever their order.

    Title and abstract come from the newest version (arXiv's own before a page about it), or from the fullest text;
    authors from the longest list. Raises ValueError if there is no entry.
    """
    if not entries:
        raise ValueError("a work has at least one entry")
    ordered = in_order(entries)
    ranked = sorted(_latest(ordered), key=_rank, reverse=True) if len(ordered) > 1 else ordered
    name = article_id(ordered)
    is_paper = not name.startswith("post:")
    arxiv_id = name.removeprefix("arxiv:") if name.startswith("arxiv:") else None
    url, other_urls = _urls(ranked, arxiv_id)
    return Article(
        id=name,
        kind="paper" if is_paper else "post",
        title=ranked[0].title,
        authors=max((entry.authors for entry in ranked), key=len),
        abstract=next((entry.text for entry in ranked if entry.text), ""),
        source=_source(ranked, arxiv_id, url),
        feeds=tuple(sorted({entry.feed for entry in ordered})),
        categories=_all_categories(ranked, arxiv_id),
        url=url,
        other_urls=other_urls,
        version=max((entry.version for entry in ordered if entry.version is not None), default=None),
        first_seen=first_seen,
        announce_type=_strongest(ordered),
        doi=next((doi for entry in ranked if (doi := journal_doi(entry))), None),
        comment=next((entry.comment for entry in ranked if entry.comment), None),
        journal_ref=next((entry.journal_ref for entry in ranked if entry.journal_ref), None),
        entries=len({(entry.feed, entry.guid) for entry in ordered}),
        **_dates(ordered, arxiv_id),
    )


def _is_arxiv_own(entry: Entry) -> bool:
    """An entry of arXiv itself (listing or API), not a page elsewhere that shows or links the paper."""
    return entry.announce_type is not None or arxiv_ref(entry.guid, mirrors=False) is not None


def _changed(entry: Entry) -> datetime:
    """The last moment that the entry carries."""
    announced = datetime.combine(entry.announced, datetime.min.time(), UTC) if entry.announced else None
    moments = [moment for moment in (entry.updated, entry.published, announced) if moment is not None]
    return max(moments, default=datetime.min.replace(tzinfo=UTC))


def _latest(ordered: Sequence[Entry]) -> list[Entry]:
    """The last state of each entry, where one was read several times."""
    latest: dict[tuple[str, str], Entry] = {}
    for entry in ordered:
        known = latest.get((entry.feed, entry.guid))
        if known is None or _changed(entry) >= _changed(known):
            latest[entry.feed, entry.guid] = entry
    return list(latest.values())


def _rank(entry: Entry) -> tuple[bool, float, int, datetime, tuple[str, str, str]]:
    """Which entry speaks for the work: arXiv's own, the newest version, the fullest text, the last change."""
    is_replacement = entry.announce_type in ("replace", "replace-cross")
    version = float(entry.version) if entry.version is not None else 1.5 if is_replacement else 0.0
    return _is_arxiv_own(entry), version, len(entry.text), _changed(entry), entry_order(entry)


def _urls(ranked: Sequence[Entry], arxiv_id: str | None) -> tuple[str | None, tuple[str, ...]]:
    """The address to show, and the others, each page once."""
    pages: dict[str, str] = {}
    for url in sorted((entry.url for entry in ranked if entry.url), key=_plainness):
        pages.setdefault(_page(url), url)
    shown = (
        f"arxiv:{arxiv_id}" if arxiv_id else next((_page(entry.url) for entry in ranked if entry.url), None)
    )
    own = f"https://arxiv.org/abs/{arxiv_id}" if arxiv_id else pages.get(shown or "")
    return own, tuple(sorted(url for page, url in pages.items() if page != shown))


def _page(url: str) -> str:
    ref = arxiv_ref(url, mirrors=False)
    return f"arxiv:{ref[0]}" if ref else canonical(url) or url


def _plainness(url: str) -> tuple[bool, int, str]:
    return not url.startswith("https:"), len(url), url


def _source(ranked: Sequence[Entry], arxiv_id: str | None, url: str | None) -> str:
    if arxiv_id:
        own = (entry for entry in ranked if entry.categories and _is_arxiv_own(entry))
        primary = next((entry.categories[0] for entry in own), "")
        return f"arXiv {primary}".strip()
    return next((entry.feed for entry in ranked if entry.url == url), ranked[0].feed)


def _all_categories(ranked: Sequence[Entry], arxiv_id: str | None) -> tuple[str, ...]:
    """Those of the entry that speaks for the work, then what others add; for arXiv only its own."""
    own = [entry for entry in ranked if not arxiv_id or _is_arxiv_own(entry)] or list(ranked)
    first = next((entry.categories for entry in own if entry.categories), ())
    others = {category for entry in own for category in entry.categories}
    return (*first, *sorted(others - set(first)))


def _strongest(entries: Iterable[Entry]) -> AnnounceType | None:
    kinds = {entry.announce_type for entry in entries if entry.announce_type is not None}
    return min(kinds, key=_STRENGTH.__getitem__, default=None)


def _dates(ordered: Sequence[Entry], arxiv_id: str | None) -> dict[str, date | None]:
    own = [entry for entry in ordered if _is_arxiv_own(entry)]
    if arxiv_id and own:
        return _paper_dates(own)
    submitted = _first_day(entry.published for entry in ordered)
    changed = max((entry.updated for entry in ordered if entry.updated), default=None)
    revised = _first_day([changed])
    is_later = revised is not None and submitted is not None and revised > submitted
    return {
        # A page about a paper does not say when the paper was submitted.
        "submitted": None if arxiv_id else submitted,
        "revised": revised if is_later and not arxiv_id else None,
        "announced": submitted,
    }


def _paper_dates(own: Sequence[Entry]) -> dict[str, date | None]:
    """The first listing counts: a feed that repeats yesterday's listing does not move the work to today."""
    shown = [entry.announced for entry in own if entry.announce_type in _SHOWN and entry.announced]
    return {
        "submitted": _first_day(entry.published for entry in own),
        "revised": _revised(own),
        "announced": min(shown, default=None),
    }


def _revised(own: Sequence[Entry]) -> date | None:
    """The day of the newest version after the first: the API's `updated`, else the first day it was announced."""
    known: list[tuple[int, int, date]] = []
    for entry in own:
        if entry.announce_type in ("replace", "replace-cross") and entry.announced:
            known.append((entry.version or 0, 0, entry.announced))
        elif entry.updated and (entry.version or 1) > 1:
            known.append((entry.version or 0, 1, entry.updated.astimezone(UTC).date()))
    if not known:
        return None
    newest = max(known)[:2]
    return min(day for version, is_api, day in known if (version, is_api) == newest)


def _first_day(moments: Iterable[datetime | None]) -> date | None:
    return min((moment.astimezone(UTC).date() for moment in moments if moment is not None), default=None)
