"""The items of one feed -> entries: clean text, http(s) links, plausible dates. Pure.

An item is a mapping with the names that feedparser uses, whatever format it was read from.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from time import struct_time
from typing import Any, cast, get_args
from zoneinfo import ZoneInfo

from pipeline.addresses import MAX_ADDRESS, arxiv_ref, canonical, doi_of, web_address
from pipeline.models import AnnounceType, Entry, Feed
from pipeline.parse.cleaning import (
    Cleaned,
    cut,
    decoded,
    has_markup,
    html_to_text,
    one_line,
    opening,
    plain_to_text,
    visible,
)
from pipeline.titles import split_if_people, split_names

MAX_FIELD = 65_536
"""Characters of a text field."""
MAX_TITLE = 300
"""Characters: the longest titles of papers have some 250."""
MAX_LINKS = 40
MAX_AUTHORS = 5_000
TITLE_LENGTH = 80
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
AHEAD = timedelta(hours=24)

_EASTERN = "America/New_York"
_ANNOUNCED = re.compile(
    r"\s*arXiv:(?P<id>\S+?)(?:v(?P<version>\d+))?\s+Announce Type:\s*(?P<type>[a-z-]+)\s*(?:Abstract:\s*)?",
    re.I,
)
_FORUM_DATE = re.compile(r"Published on [A-Z][a-z]+ \d{1,2}, \d{4}(?: \d{1,2}:\d\d (?:[AP]M )?GMT)?")
_INDENTED = re.compile(r"(?<=[.!?:])\n {2}(?=\S)")
_EMAIL = re.compile(r"<?\b[\w.+-]+@[\w-]+\.[\w.-]+\b>?")


@dataclass(frozen=True)
class RawFeed:
    """A feed as its format gives it, before anything is cleaned."""

    fields: Mapping[str, Any]
    """What the feed says of itself."""
    items: Sequence[Mapping[str, Any]]
    is_broken: bool = False
    authors_stand_in: bool = False
    """Whether the format means the feed's authors for items that name none."""


@dataclass(frozen=True)
class _Reading:
    """What all entries of one feed have in common while it is read."""

    feed: Feed
    now: datetime
    base: str
    listed: datetime | None
    """The date that the feed itself carries."""
    authors: tuple[str, ...]


@dataclass
class _Draft:
    """One entry on its way: the raw item, and the notes about it."""

    item: Any
    notes: list[str] = field(default_factory=list)


def entries_of(
    raw: RawFeed, feed: Feed, *, base: str, now: datetime
) -> tuple[list[Entry], tuple[Entry, ...]]:
    """The items that have a title or a text, as entries; and those entries without repeats, each with its own guid."""
    reading = _Reading(
        feed=feed,
        now=now,
        base=base,
        listed=_moment(raw.fields, "published_parsed") or _moment(raw.fields, "updated_parsed"),
        authors=_names(raw.fields, is_paper=False) if raw.authors_stand_in else (),
    )
    drafts = [_entry(_Draft(item), reading) for item in raw.items]
    found = [entry for entry in drafts if entry is not None]
    return found, _apart(found)


def _entry(draft: _Draft, reading: _Reading) -> Entry | None:
    """The item as an entry, or none if it has neither title nor text."""
    guid = str(draft.item.get("id") or "").strip()
    link = _link(draft, reading)
    # An identifier of arXiv makes an entry arXiv's own; a link alone is a post that points to a paper.
    own = arxiv_ref(guid, mirrors=False)
    if own is None and reading.feed.kind == "arxiv":
        own = arxiv_ref(link or "", mirrors=False)
    made = _paper(draft, reading, own) if own else _post(draft, reading, link)
    if not made["title"]:
        return None
    made["guid"] = _guid(guid, draft) or made["url"] or _digest(made["title"], made["text"])
    return Entry(feed=reading.feed.name, notes=tuple(draft.notes), **made)


def _paper(draft: _Draft, reading: _Reading, own: tuple[str, int | None]) -> dict[str, Any]:
    """The fields of an entry of arXiv: of a day's listing (RSS or Atom), or an answer of its API."""
    item, (name, version) = draft.item, own
    summary = _joined_lines(str(item.get("summary") or ""))
    head = _ANNOUNCED.match(summary)
    kind = _announce_type(item, head)
    if version is None and head and head["version"]:
        version = int(head["version"])
    text = plain_to_text(summary[head.end() :] if head else summary, max_links=MAX_LINKS)
    links = dict.fromkeys((*_alternates(item, reading.base), *text.links))
    fields: dict[str, Any] = {
        "title": _title(draft, text.text, is_paper=True),
        "url": f"https://arxiv.org/abs/{name}",
        "text": _limited(text.text, draft, "text"),
        "authors": _names(item, is_paper=True),
        "categories": _categories(item),
        "links": tuple(link for link in links if (arxiv_ref(link) or ("",))[0] != name)[:MAX_LINKS],
        "arxiv_id": name,
        "version": version,
        "doi": doi_of(_field(item, "arxiv_doi")),
        "comment": _field(item, "arxiv_comment") or None,
        "journal_ref": _field(item, "arxiv_journal_ref") or None,
    }
    return fields | _paper_dates(draft, reading, kind, bool(head or kind))


def _paper_dates(
    draft: _Draft, reading: _Reading, kind: AnnounceType | None, is_listing: bool
) -> dict[str, Any]:
    """A listing knows only its own day, the API only the dates of the versions."""
    if not is_listing and not str(draft.item.get("id") or "").lower().startswith("oai:"):
        return {"published": _date(draft, reading, "published"), "updated": _date(draft, reading, "updated")}
    moment = _date(draft, reading, "published")
    if moment is None and reading.listed is not None:
        moment = _clamped(reading.listed, draft, reading.now)
    return {"announced": _eastern_day(moment), "announce_type": kind}


def _post(draft: _Draft, reading: _Reading, link: str | None) -> dict[str, Any]:
    """The fields of an entry of any other feed."""
    item = draft.item
    content = _without_forum_frame(_fullest(item, reading.base))
    ref = arxiv_ref(link or "", mirrors=False)
    links = dict.fromkeys((*_alternates(item, reading.base), *content.links))
    own = canonical(link) if link else None
    title = _title(draft, content.text, is_paper=False)
    whole = one_line(title_text(item))
    # Some feeds put the whole of a short post into its title.
    text = content.text or (whole if len(whole) > len(title) else "")
    return {
        "title": title,
        "url": link,
        "text": _limited(text.removeprefix(f"{title}\n\n"), draft, "text"),
        "authors": _names(item, is_paper=ref is not None) or reading.authors,
        "categories": _categories(item),
        "links": tuple(other for other in links if canonical(other) != own)[:MAX_LINKS],
        "published": _date(draft, reading, "published") or _date(draft, reading, "created", quiet=True),
        "updated": _date(draft, reading, "updated"),
        "arxiv_id": ref[0] if ref else None,
        "version": ref[1] if ref else None,
        "doi": doi_of(_field(item, "prism_doi") or _field(item, "dc_identifier") or link or ""),
    }


def _announce_type(item: Any, head: re.Match[str] | None) -> AnnounceType | None:
    value = _field(item, "arxiv_announce_type").lower() or (head["type"].lower() if head else "")
    return cast(AnnounceType, value) if value in get_args(AnnounceType) else None


def _joined_lines(text: str) -> str:
    """Lines joined as arXiv means them: a line that starts with two spaces begins a paragraph."""
    return _INDENTED.sub("\n\n", text)


def _field(item: Any, name: str) -> str:
    """A plain field of an item on one line; empty if it is absent or has no text."""
    value = item.get(name)
    return cut(one_line(decoded(value)), MAX_FIELD) if isinstance(value, str) else ""


def _link(draft: _Draft, reading: _Reading) -> str | None:
    value = str(draft.item.get("link") or "").strip()
    if not value:
        return None
    address = web_address(value, reading.base)
    if address is None:
        draft.notes.append("a link that is not a usable http(s) address was dropped")
    return address


def _alternates(item: Any, base: str) -> Iterator[str]:
    for link in item.get("links") or ():
        if link.get("rel") in ("alternate", "related", "via") and (href := link.get("href")):
            address = web_address(str(href), base)
            if address is not None:
                yield address


def _guid(guid: str, draft: _Draft) -> str | None:
    if not guid:
        return None
    if len(guid) > MAX_ADDRESS or guid != visible(guid):
        draft.notes.append("an identifier that cannot be stored was replaced by its digest")
        return _digest(guid)
    return guid


def _digest(*parts: str) -> str:
    return "sha256:" + hashlib.sha256("\x1f".join(parts).encode("utf-8", "replace")).hexdigest()


def title_text(item: Any) -> str:
    title = decoded(str(item.get("title") or ""))
    return html_to_text(title).text if has_markup(title) else title


def _title(draft: _Draft, text: str, *, is_paper: bool) -> str:
    title = one_line(decoded(str(draft.item.get("title") or "")) if is_paper else title_text(draft.item))
    if title:
        return _limited(title, draft, "title", MAX_TITLE)
    if text:
        draft.notes.append("the title was missing; the first words of the text stand for it")
    return opening(text, TITLE_LENGTH)


def _limited(text: str, draft: _Draft, name: str, limit: int = MAX_FIELD) -> str:
    if len(text) > limit:
        draft.notes.append(f"the {name} was cut from {len(text):,} to at most {limit:,} characters")
    return cut(text, limit)


def _fullest(item: Any, base: str) -> Cleaned:
    """The longest readable text among summary and contents."""
    details = [*(item.get("content") or ()), item.get("summary_detail") or {"value": item.get("summary")}]
    values = {str(detail.get("value") or ""): detail for detail in details}
    texts = [_readable(value, detail, base) for value, detail in values.items() if value.strip()]
    return max(texts, key=lambda text: len(text.text), default=Cleaned(""))


def _readable(value: str, detail: Any, base: str) -> Cleaned:
    base = web_address(str(detail.get("base") or ""), base) or base
    if not has_markup(value):
        # Markup that was escaped once too often is still markup.
        value = decoded(value)
        if not has_markup(value):
            return plain_to_text(value, base, max_links=MAX_LINKS)
    return html_to_text(value, base, max_links=MAX_LINKS)


def _without_forum_frame(content: Cleaned) -> Cleaned:
    """Without the date line and the link to the comments that forums put around a post."""
    paragraphs = content.text.split("\n\n")
    if not _FORUM_DATE.fullmatch(paragraphs[0]):
        return content
    end = -1 if paragraphs[-1] == "Discuss" else None
    return Cleaned("\n\n".join(paragraphs[1:end]), content.links)


def _categories(item: Any) -> tuple[str, ...]:
    """The terms in the feed's order, arXiv's primary category first."""
    primary = item.get("arxiv_primary_category")
    first = [str(primary.get("term") or "")] if isinstance(primary, dict) else []
    terms = first + [str(tag.get("term") or tag.get("label") or "") for tag in item.get("tags") or ()]
    return tuple(dict.fromkeys(name for term in terms if (name := one_line(decoded(term))[:200])))


def _names(item: Any, *, is_paper: bool) -> tuple[str, ...]:
    raw = [str(author.get("name") or "") for author in item.get("authors") or ()]
    if not any(raw):
        raw = [str(item.get("author") or "")]
    lines = [one_line(_EMAIL.sub(" ", decoded(value[:MAX_FIELD]))) for value in raw]
    split = split_names if is_paper else split_if_people
    # Two authors of one paper may have the same name; the same line twice is an error of the feed.
    return tuple(name for line in dict.fromkeys(lines) for name in split(line))[:MAX_AUTHORS]


def _moment(item: Any, name: str) -> datetime | None:
    value = item.get(name)
    if not isinstance(value, struct_time | tuple):
        return None
    try:
        return datetime(*value[:6]).replace(tzinfo=UTC)  # noqa: DTZ001
    except (ValueError, TypeError):
        return None


def _date(draft: _Draft, reading: _Reading, name: str, *, quiet: bool = False) -> datetime | None:
    # Asked for a missing `updated`, feedparser would answer with `published`: look only at what is there.
    present = f"{name}_parsed" in draft.item.keys()  # noqa: SIM118
    moment = _moment(draft.item, f"{name}_parsed") if present else None
    if moment is None:
        if present and not quiet:
            draft.notes.append(f"a date ({name}) could not be read")
        return None
    return _clamped(moment, draft, reading.now)


def _clamped(moment: datetime, draft: _Draft, now: datetime) -> datetime | None:
    if moment < EARLIEST:
        draft.notes.append(f"a date before {EARLIEST.year} was dropped")
        return None
    if moment > now + AHEAD:
        draft.notes.append(f"a date in the future ({moment:%Y-%m-%d}) was replaced by the time of reading")
        return now
    return moment


def _eastern_day(moment: datetime | None) -> date | None:
    return moment.astimezone(ZoneInfo(_EASTERN)).date() if moment else None


def _apart(found: Sequence[Entry]) -> tuple[Entry, ...]:
    """Repeats left out; different entries under one identifier told apart by link, then by title."""
    distinct = list({(entry.guid, entry.url, entry.title): entry for entry in reversed(found)}.values())[::-1]
    for extra in ("url", "title"):
        uses = Counter(entry.guid for entry in distinct)
        links = Counter((entry.guid, getattr(entry, extra)) for entry in distinct)
        distinct = [
            _renamed(entry, str(getattr(entry, extra)))
            if uses[entry.guid] > 1 and uses[entry.guid] > links[entry.guid, getattr(entry, extra)]
            else entry
            for entry in distinct
        ]
    return tuple(distinct)


def _renamed(entry: Entry, extra: str) -> Entry:
    note = "several entries of the feed have this identifier; link or title was added to it"
    return entry.model_copy(update={"guid": f"{entry.guid} {extra}", "notes": (*entry.notes, note)})
