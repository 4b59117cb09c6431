"""Lists of feeds as other readers exchange them: OPML 2.0 in and out.

Source: http://opml.org/spec2.opml, sections "What is an <outline>?" and "Subscription lists".
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from typing import Any
from xml.sax.saxutils import quoteattr

from pipeline.addresses import web_address
from pipeline.errors import BriefError
from pipeline.models import Feed, FeedKind

MAX_BYTES = 5 * 1024 * 1024
MAX_FEEDS = 5_000
NAME_LENGTH = 120
_KINDS: tuple[FeedKind, ...] = ("arxiv", "rss")


class OpmlError(BriefError):
    """The file is not an OPML list."""


@dataclass(frozen=True)
class Listed:
    """What an OPML file holds: its feeds in order, each address once, and what was left out, in words."""

    feeds: tuple[Feed, ...]
    notes: tuple[str, ...] = ()


def read_opml(data: bytes, taken: Iterable[str] = ()) -> Listed:
    """The feeds of an OPML file; names are made unique among themselves and those already `taken`.

    Entities and document types are not read, nothing is loaded from elsewhere. Raises OpmlError.
    """
    root = _root(data)
    names = set(taken)
    feeds: dict[str, Feed] = {}
    notes = []
    for outline in root.iter("outline", "{*}outline"):
        given = _attribute(outline, "xmlUrl")
        if given is None:
            continue
        address = web_address(given)
        if address is None:
            notes.append(f"{_title(outline) or 'an entry'}: not an http(s) address")
            continue
        if address in feeds:
            notes.append(f"{_title(outline) or address}: given twice")
            continue
        if len(feeds) == MAX_FEEDS:
            notes.append(f"only the first {MAX_FEEDS:,} feeds were read")
            break
        name = unique_name(_title(outline) or address, names)
        names.add(name)
        is_on = (_attribute(outline, "isComment") or "").lower() != "true"
        feeds[address] = Feed(name=name, url=address, kind=_kind(outline, address), enabled=is_on)
    return Listed(tuple(feeds.values()), tuple(notes))


def write_opml(feeds: Sequence[Feed], now: datetime, title: str = "Research feeds") -> str:
    """The feeds as an OPML 2.0 document; a feed that is switched off carries the comment mark of the format."""
    lines = "".join(f"    {line}\n" for line in map(_outline, feeds))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<opml version="2.0">\n  <head>\n'
        f"    <title>{_text(title)}</title>\n    <dateCreated>{format_datetime(now)}</dateCreated>\n  </head>\n"
        f"  <body>\n{lines}  </body>\n</opml>\n"
    )


def unique_name(wanted: str, taken: Iterable[str]) -> str:
    """The name on one line, at most 120 characters, with a number behind it if it is already taken."""
    plain = "".join(char if char.isprintable() else " " for char in wanted)
    name = " ".join(plain.split())[:NAME_LENGTH].strip() or "Feed"
    used = frozenset(taken)
    number, made = 2, name
    while made in used:
        mark = f" ({number})"
        made, number = name[: NAME_LENGTH - len(mark)] + mark, number + 1
    return made


def kind_of(address: str) -> FeedKind:
    """`arxiv` for a feed or query of arXiv itself, by its host."""
    from urllib.parse import urlsplit

    host = (urlsplit(address).hostname or "").rstrip(".")
    return "arxiv" if host == "arxiv.org" or host.endswith(".arxiv.org") else "rss"


def _root(data: bytes) -> Any:
    from lxml import etree  # type: ignore[import-untyped]

    if len(data) > MAX_BYTES:
        raise OpmlError(f"the file is larger than {MAX_BYTES // 2**20} MiB")
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        recover=True,
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise OpmlError("the file is not XML") from error
    if root is None or str(root.tag).rpartition("}")[2].lower() != "opml":
        raise OpmlError("the file is not an OPML list of feeds")
    return root


def _attribute(outline: Any, name: str) -> str | None:
    """An attribute whatever its case, since programs disagree on it; none if it is empty."""
    for key, value in outline.attrib.items():
        if str(key).lower() == name.lower() and str(value).strip():
            return str(value).strip()
    return None


def _title(outline: Any) -> str:
    return _attribute(outline, "title") or _attribute(outline, "text") or ""


def _kind(outline: Any, address: str) -> FeedKind:
    marks = (_attribute(outline, "category") or "").lower().replace("/", ",").split(",")
    return next((kind for kind in _KINDS if kind in marks), kind_of(address))


def _outline(feed: Feed) -> str:
    fields = {
        "text": feed.name,
        "title": feed.name,
        "type": "rss",
        "xmlUrl": feed.url,
        "category": feed.kind,
        **({} if feed.enabled else {"isComment": "true"}),
    }
    return f"<outline {' '.join(f'{name}={quoteattr(_valid(value))}' for name, value in fields.items())}/>"


def _valid(text: str) -> str:
    """Without the characters that XML 1.0 cannot hold."""
    return "".join(_valid_chars(text))


def _valid_chars(text: str) -> Iterator[str]:
    for char in text:
        if char in "\t\n\r" or (
            char >= " " and not "\ud800" <= char <= "\udfff" and char not in "\ufffe\uffff"
        ):
            yield char


def _text(value: str) -> str:
    from xml.sax.saxutils import escape

    return escape(_valid(value))
