"""Bytes of a feed -> entries, whatever its format. The one user of feedparser."""

import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pipeline.errors import FeedTooLarge, NotAFeed
from pipeline.models import Entry, Feed
from pipeline.parse.cleaning import MAX_ATTRIBUTES, one_line
from pipeline.parse.entries import RawFeed, entries_of, title_text
from pipeline.parse.json_feed import is_json, read_json

MAX_ENTRIES = 2_000
MAX_ITEMS_READ = 20_000
MAX_TAGS = 250_000
MAX_TAG = 65_536

_ITEM = re.compile(rb"<(?:[A-Za-z][\w.-]*:)?(?:item|entry)[\s>/]")
_ITEM_END = re.compile(rb"</(?:[A-Za-z][\w.-]*:)?(?:item|entry)\s*>")
_LONG_TAG = re.compile(rb"<(?!!\[CDATA\[|!--)[^<>]{4096,}")
_VERBATIM = re.compile(rb"<!\[CDATA\[.*?(?:\]\]>|\Z)|<!--.*?(?:-->|\Z)", re.S)
_PAGE = re.compile(rb"<(?:!doctype\s+html|html)[\s>]", re.I)


@dataclass(frozen=True)
class ParsedFeed:
    """What a feed holds: its entries in the feed's order, and what was repaired or left out, in words."""

    entries: tuple[Entry, ...]
    notes: tuple[str, ...] = ()
    title: str = ""
    total: int | None = None
    """Of an answer to a search: how many results there are in all (OpenSearch `totalResults`), if it says so."""


def parse_feed(
    body: bytes, feed: Feed, *, content_type: str = "", url: str | None = None, now: datetime
) -> ParsedFeed:
    """The entries of an RSS, Atom or JSON feed, at most 2,000; `url` is where it was read, for relative links.

    Raises NotAFeed when nothing can be read as a feed, FeedTooLarge when it has more elements than the limits
    allow. A feed without entries is one; a broken one that yields none is not.
    """
    if not body.strip(b" \t\r\n\x00"):
        raise NotAFeed("the answer is empty")
    if body.startswith(b"\x1f\x8b"):
        raise NotAFeed("the answer is compressed twice or not declared as compressed")
    raw = read_json(body) if is_json(body) else _read(body, content_type)
    kept = RawFeed(raw.fields, raw.items[:MAX_ENTRIES], raw.is_broken, raw.authors_stand_in)
    found, entries = entries_of(kept, feed, base=url or feed.url, now=now)
    notes = tuple(_feed_notes(raw, found, entries))
    return ParsedFeed(entries, notes, one_line(title_text(raw.fields)), _total(raw))


def _refuse_early(body: bytes) -> None:
    """What a parser would need minutes or gigabytes for is refused by counting first."""
    markup = _VERBATIM.sub(b"", body)
    if markup.count(b"<") > MAX_TAGS or sum(1 for _ in _ITEM.finditer(markup)) > MAX_ITEMS_READ:
        raise FeedTooLarge(f"the feed has more than {MAX_ITEMS_READ:,} entries or {MAX_TAGS:,} tags")
    for tag in _LONG_TAG.finditer(markup):
        if len(tag[0]) > MAX_TAG or tag[0].count(b"=") > MAX_ATTRIBUTES:
            raise NotAFeed("the feed has an element with too many or too long attributes")


def _read(body: bytes, content_type: str) -> RawFeed:
    """An RSS or Atom feed."""
    _refuse_early(body)
    raw = _parsed(body, content_type)
    broken = _is_broken(raw)
    if not raw.entries and (not raw.version or broken):
        raise NotAFeed(_why_not(body))
    # Plain dictionaries: feedparser's own look for every name under its older names as well.
    items = [dict(item) for item in raw.entries]
    if broken and _is_cut(raw, body):
        items.pop()
    return RawFeed(raw.feed, items, broken, raw.version.startswith("atom"))


def _parsed(body: bytes, content_type: str) -> Any:
    import feedparser  # type: ignore[import-untyped]

    try:
        # feedparser opens a string, and even bytes, that happen to name a file or an address: give it a stream.
        return feedparser.parse(
            io.BytesIO(body),
            response_headers={"content-type": content_type} if content_type else {},
            resolve_relative_uris=False,
            sanitize_html=False,
        )
    except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError) as error:
        # Its lenient parser fails on some broken input, for example on a character number that does not exist.
        raise NotAFeed("the feed is too broken to be read") from error


def _is_broken(raw: Any) -> bool:
    from xml.sax import SAXException

    return isinstance(raw.get("bozo_exception"), SAXException)


def _is_cut(raw: Any, body: bytes) -> bool:
    """Whether a broken feed ends inside its last item, of which there is then only a part."""
    closed = sum(1 for _ in _ITEM_END.finditer(_VERBATIM.sub(b"", body)))
    return 0 < closed == len(raw.entries) - 1


def _why_not(body: bytes) -> str:
    start = body[:2048].lstrip(b"\xef\xbb\xbf \t\r\n")
    return (
        "the answer is a web page instead of a feed"
        if _PAGE.search(start)
        else "the answer is not a feed that can be read"
    )


def _total(raw: RawFeed) -> int | None:
    value = str(raw.fields.get("opensearch_totalresults") or "").strip()
    return int(value) if value.isascii() and value.isdigit() and len(value) < 12 else None


def _feed_notes(raw: RawFeed, found: Sequence[Entry], entries: Sequence[Entry]) -> Iterator[str]:
    if raw.is_broken:
        yield "the feed is not well-formed; what could be read of it was taken"
    if len(raw.items) > MAX_ENTRIES:
        yield f"only the first {MAX_ENTRIES:,} of {len(raw.items):,} entries were read"
    if skipped := min(len(raw.items), MAX_ENTRIES) - len(found):
        yield f"{skipped} {_entries(skipped)} without title and text skipped"
    if repeated := len(found) - len(entries):
        yield f"{repeated} repeated {_entries(repeated)} skipped"


def _entries(count: int) -> str:
    return "entry" if count == 1 else "entries"
