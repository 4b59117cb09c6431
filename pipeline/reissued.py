"""Items that a feed gives again under new identifiers, as some do at every reading, or once when they move. Pure.

A feed's items of the last reading are remembered by what they are: title and address, title and text, or a specific
title that stands alone. If nearly all items that a feed repeats have a new identifier, the feed renames its items, and
each keeps the identifier under which it is stored. Otherwise a new identifier is a new item: a weekly post may have
the title of the last one.
"""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence

from pipeline.addresses import canonical
from pipeline.models import Entry
from pipeline.titles import plain_title, title_words

LEAST = 3
SHARE = 0.8
"""At least so many items, and this share of those that are repeated, must have new identifiers."""
MOST = 500
"""Items of a feed that are remembered; a larger feed is not looked at."""
TEXT = 300

Names = Mapping[str, Sequence[str]]
"""Marks of items, each with the identifier that it is stored under and the one that the feed gave it last."""


def recognised(entries: Sequence[Entry], names: Names) -> tuple[tuple[Entry, ...], Names, int]:
    """The entries under the identifiers that they are stored under, what to remember, and how many were renamed now."""
    if len(entries) > MOST or any(entry.announced for entry in entries):
        return tuple(entries), {}, 0
    marks = _marks(entries)
    known = [next((names[mark] for mark in own if mark in names), None) for own in marks]
    renamed = sum(
        name is not None and entry.guid not in name for entry, name in zip(entries, known, strict=True)
    )
    repeated = sum(name is not None for name in known)
    if renamed < LEAST or renamed < SHARE * repeated:
        renamed = 0
        known = [name if name and e.guid in name else None for e, name in zip(entries, known, strict=True)]
    kept = tuple(
        entry.model_copy(update={"guid": name[0]}) if name and name[0] != entry.guid else entry
        for entry, name in zip(entries, known, strict=True)
    )
    given = zip(entries, kept, marks, strict=True)
    return kept, {mark: [now.guid, was.guid] for was, now, own in given for mark in own}, renamed


def _marks(entries: Sequence[Entry]) -> list[list[str]]:
    """For each entry the marks that it alone has in this reading."""
    found = [_marks_of(entry) for entry in entries]
    uses = Counter(mark for own in found for mark in own)
    return [[mark for mark in own if uses[mark] == 1] for own in found]


def _marks_of(entry: Entry) -> list[str]:
    title = plain_title(entry.title)
    parts = []
    if entry.url and (address := canonical(entry.url)):
        parts.append(("address", address))
    if entry.text:
        parts.append(("text", entry.text[:TEXT]))
    elif words := title_words(entry.title):
        parts.append(("title", words))
    return [
        hashlib.blake2b("\x1f".join((title, *part)).encode("utf-8", "replace"), digest_size=6).hexdigest()
        for part in parts
    ]
