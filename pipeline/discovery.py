"""From the address of a page to its feed: what a person pastes is rarely the feed itself.

The page's own word comes first (link rel="alternate"), then links on it that look like feeds, then the places where
feeds usually lie. Every address is asked through the guarded reader, a few at most, and only what parses counts.
"""

import asyncio
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal, Protocol
from urllib.parse import urljoin, urlsplit

from pipeline.addresses import web_address
from pipeline.errors import AddressRefused, FeedError, NotAFeed
from pipeline.fetch import Fetched
from pipeline.models import Entry, Feed
from pipeline.opml import kind_of
from pipeline.parse import ParsedFeed, parse_feed

MOST_NAMED = 5
"""Feeds named by the page that are asked."""
MOST_PLACES = 8
"""Usual places that are asked after them."""
MAX_PAGE = 2 * 1024 * 1024
_TYPES = ("application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/feed+json")
_PLACES = ("feed", "feed.xml", "rss.xml", "atom.xml", "index.xml", "rss")
_LOOKS_LIKE_FEED = re.compile(r"(?:^|[/._-])(?:rss|atom|feeds?|index\.xml)(?:$|[/._?-])", re.I)
_ARXIV_PAGE = re.compile(r"/(?:list|archive|rss|atom)/([a-z-]+(?:\.[A-Za-z-]{2,})?)(?:/|$)")


class PageReader(Protocol):
    """What fetches: `pipeline.fetch.Fetcher`, or a fake that records."""

    async def get(self, url: str, *, expect: Literal["any"]) -> Fetched:
        """The answer, be it a page or a feed, or a FeedError."""


@dataclass(frozen=True)
class Discovered:
    """A feed that was found, read once."""

    feed: Feed
    """Named by its own title; the name is not checked against others."""
    entries: tuple[Entry, ...]
    notes: tuple[str, ...]
    others: tuple[str, ...] = ()
    """Further feeds that the page names, not read."""


async def discover(given: str, reader: PageReader, now: datetime) -> Discovered:
    """The feed at this address, or the one that the page there leads to.

    Raises AddressRefused, FeedUnavailable or FeedTooLarge for the address itself, NotAFeed when none is found.
    """
    address = _address(given)
    page: Fetched | None = None
    try:
        page = await reader.get(address, expect="any")
        return await _read(page, address, now)
    except NotAFeed as error:
        if page is None:
            raise NotAFeed(f"{address}: {error}") from error
    candidates = list(dict.fromkeys(await asyncio.to_thread(_named, page)))
    places = [place for place in _usual_places(page.url) if place not in candidates]
    for candidate in [*candidates[:MOST_NAMED], *places[:MOST_PLACES]]:
        found = await _tried(candidate, reader, now)
        if found is not None:
            return replace(found, others=tuple(other for other in candidates if other != candidate))
    raise NotAFeed(f"no feed was found at {address}, nor where such a page usually has one")


def _address(given: str) -> str:
    """The address as it can be asked; a page of arXiv's lists stands for its feed."""
    text = given.strip()
    if "://" not in text:
        text = f"https://{text}"
    address = web_address(text)
    if address is None:
        raise AddressRefused(f"{given.strip()[:200]!r} is not an http(s) address")
    parts = urlsplit(address)
    host = (parts.hostname or "").removeprefix("www.")
    match = _ARXIV_PAGE.match(parts.path) if host in ("arxiv.org", "export.arxiv.org") else None
    return f"https://rss.arxiv.org/rss/{match[1]}" if match else address


async def _tried(address: str, reader: PageReader, now: datetime) -> Discovered | None:
    try:
        return await _read(await reader.get(address, expect="any"), address, now)
    except FeedError:
        return None


async def _read(fetched: Fetched, address: str, now: datetime) -> Discovered:
    """The answer as a feed; NotAFeed if it is none."""
    url = fetched.permanent_url or address
    kind = kind_of(url)
    feed = Feed(name="Feed", url=url, kind=kind)
    parsed = await asyncio.to_thread(_parsed, fetched, feed, now)
    if kind == "rss" and _is_listing(parsed):
        feed = feed.model_copy(update={"kind": "arxiv"})
        parsed = await asyncio.to_thread(_parsed, fetched, feed, now)
    name = parsed.title[:120].strip() or (urlsplit(url).hostname or "Feed")
    return Discovered(feed.model_copy(update={"name": name}), parsed.entries, parsed.notes)


def _parsed(fetched: Fetched, feed: Feed, now: datetime) -> ParsedFeed:
    return parse_feed(fetched.body, feed, content_type=fetched.content_type, url=fetched.url, now=now)


def _is_listing(parsed: ParsedFeed) -> bool:
    return any(entry.announce_type is not None for entry in parsed.entries)


def _named(page: Fetched) -> list[str]:
    """The feeds that a page names, its own declarations first; none if it cannot be read as HTML."""
    from lxml import etree  # type: ignore[import-untyped]
    from lxml.html import HTMLParser, document_fromstring  # type: ignore[import-untyped]

    try:
        root = document_fromstring(page.body[:MAX_PAGE], parser=HTMLParser(no_network=True, huge_tree=False))
    except (etree.ParserError, etree.XMLSyntaxError, ValueError, AssertionError):
        return []
    base = next((str(href) for href in root.xpath("//base/@href")), "")
    base = web_address(base, page.url) or page.url
    found = [*_declared(root), *_linked(root)]
    return [address for href in found if (address := web_address(href, base)) is not None]


def _declared(root: Any) -> Iterator[str]:
    """`link rel="alternate"` with a feed's type; feeds of comments come last."""
    declared = []
    for link in root.xpath("//link[@href]"):
        rel = str(link.get("rel") or "").lower().split()
        kind = str(link.get("type") or "").partition(";")[0].strip().lower()
        if "alternate" in rel and kind in _TYPES:
            about = f"{link.get('title') or ''} {link.get('href')}".lower()
            declared.append(("comment" in about, str(link.get("href"))))
    yield from (href for _, href in sorted(declared, key=lambda pair: pair[0]))


def _linked(root: Any) -> Iterator[str]:
    """Links whose address looks like that of a feed."""
    for link in root.xpath("//a[@href]"):
        href = str(link.get("href"))
        if _LOOKS_LIKE_FEED.search(href.partition("#")[0]):
            yield href


def _usual_places(url: str) -> Iterator[str]:
    """Where feeds usually lie: beside the page, then at the host's root."""
    parts = urlsplit(url)
    page = f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}/"
    root = f"{parts.scheme}://{parts.netloc}/"
    if page != root:
        yield from (urljoin(page, place) for place in _PLACES[:2])
    yield from (urljoin(root, place) for place in _PLACES)
