"""JSON Feed 1.0 and 1.1, and RSS written as JSON -> items as the other formats give them. Pure.

Sources: https://www.jsonfeed.org/version/1.1/ and https://github.com/scripting/Scripting-News (rss-in-json).
"""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from time import struct_time
from typing import Any

from pipeline.errors import FeedTooLarge, NotAFeed
from pipeline.parse.entries import RawFeed

MAX_BYTES = 32 * 1024 * 1024
MAX_VALUES = 500_000
MAX_DEPTH = 64

_BOM = b"\xef\xbb\xbf\xfe\xff"
_STRING = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)', re.S)
_VERSION = re.compile(r"https?://(?:www\.)?jsonfeed\.org/version/1(?:\.\d+)?/?", re.I)
_ADDRESS = re.compile(r"https?://\S+", re.I)


def is_json(body: bytes) -> bool:
    """Whether an answer is JSON, by its first character."""
    return body[:64].replace(b"\x00", b"").lstrip(_BOM + b" \t\r\n")[:1] in (b"{", b"[")


def read_json(body: bytes) -> RawFeed:
    """The feed in a JSON document.

    Raises NotAFeed if it is broken or some other JSON, FeedTooLarge if it has more values than the limits allow.
    """
    if len(body) > MAX_BYTES:
        raise FeedTooLarge(f"the feed is larger than {MAX_BYTES // 2**20} MiB")
    found = _loaded(_text(body))
    table = found if isinstance(found, dict) else {}
    if _VERSION.fullmatch(_word(table.get("version")).strip()) and isinstance(table.get("items"), list):
        return RawFeed(_fields(table), [_item(one) for one in table["items"]], authors_stand_in=True)
    channel = _table(_table(table.get("rss")).get("channel"))
    if isinstance(channel.get("item"), list):
        return RawFeed(_rss_item(channel), [_rss_item(one) for one in channel["item"]])
    raise NotAFeed("the answer is JSON, but no JSON Feed")


def _text(body: bytes) -> str:
    try:
        return body.decode(json.detect_encoding(body))
    except UnicodeDecodeError:
        return body.decode("cp1252", "replace")


def _loaded(text: str) -> Any:
    """The document, after counting what it would cost."""
    bare = _STRING.sub("", text)
    if sum(map(bare.count, ",:[{")) > MAX_VALUES:
        raise FeedTooLarge(f"the feed has more than {MAX_VALUES:,} values")
    if _depth(bare) > MAX_DEPTH:
        raise NotAFeed(f"the feed is nested deeper than {MAX_DEPTH} levels")
    try:
        # Line breaks inside a string are an error that some publishers make.
        return json.loads(text.removeprefix("\ufeff"), strict=False)
    except (ValueError, RecursionError):
        raise NotAFeed("the answer is JSON that is broken or breaks off") from None


def _depth(bare: str) -> int:
    depth = deepest = 0
    for mark in re.findall(r"[\[\]{}]", bare):
        depth += 1 if mark in "[{" else -1
        deepest = max(deepest, depth)
    return deepest


def _fields(table: Mapping[str, Any]) -> dict[str, Any]:
    return {"title": _word(table.get("title")), "authors": list(_authors(table))}


def _item(given: Any) -> dict[str, Any]:
    """An item of a JSON Feed; one that is no object has nothing."""
    item = _table(given)
    name, url, elsewhere = (_word(item.get(key)).strip() for key in ("id", "url", "external_url"))
    own = url or (name if _ADDRESS.fullmatch(name) else elsewhere)
    contents = (_word(item.get(key)) for key in ("content_html", "content_text"))
    made: dict[str, Any] = {
        "id": name,
        "link": own,
        "links": [{"rel": "related", "href": elsewhere}] if elsewhere else [],
        "title": _word(item.get("title")),
        "summary": _word(item.get("summary")),
        "content": [{"value": text} for text in contents if text],
        "authors": list(_authors(item)),
        "tags": [{"term": _word(tag)} for tag in _list(item.get("tags"))],
    }
    return made | _dates(item, published="date_published", updated="date_modified")


def _rss_item(given: Any) -> dict[str, Any]:
    """An item, or the channel, of RSS in JSON: the names of RSS, a value with attributes in `#value`."""
    item = {key: _inner(value) for key, value in _table(given).items()}
    name, link = _word(item.get("guid")).strip(), _word(item.get("link")).strip()
    content = _word(item.get("content:encoded"))
    made: dict[str, Any] = {
        "id": name,
        "link": link or (name if _ADDRESS.fullmatch(name) else ""),
        "title": _word(item.get("title")),
        "summary": _word(item.get("description")),
        "content": [{"value": content}] if content else [],
        "author": _word(item.get("author")) or _word(item.get("dc:creator")),
        "tags": [{"term": _word(_inner(tag))} for tag in _list(item.get("category"))],
    }
    return made | _dates(item, published="pubDate")


def _dates(item: Mapping[str, Any], **names: str) -> dict[str, struct_time | None]:
    """The dates that are there; none for one that cannot be read."""
    present = {key: _word(item.get(name)).strip() for key, name in names.items()}
    return {f"{key}_parsed": _date(value) for key, value in present.items() if value}


def _date(value: str) -> struct_time | None:
    """RFC 3339, or the form of mail; without a zone UTC."""
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = read(value)
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).utctimetuple()
        except (ValueError, TypeError, OverflowError):
            continue
    return None


def _authors(item: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    """Version 1.1 has a list, 1.0 one author."""
    for author in _list(item.get("authors")) or _list(item.get("author")):
        yield {"name": _word(author.get("name")) if isinstance(author, dict) else _word(author)}


def _word(value: Any) -> str:
    """A text, or a number as one; publishers write both for identifiers."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _table(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _inner(value: Any) -> Any:
    return value.get("#value") if isinstance(value, dict) else value
