"""Which entries are the same work. Pure; what names a work is in `keys`, the work that entries make in `merging`.

A missed duplicate beats a false merge: a work listed twice costs a line, two works merged into one cost a wrong
citation. Known exceptions, accepted for that reason:
- A paper submitted twice under two arXiv ids stays two works.
- A preprint and its journal version, with different DOIs and no arXiv id in common, stay two works.
- A post that appears under another title and another address stays a work of its own.
- A link post whose own link is a paper's page counts as an entry of that paper.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, timedelta
from itertools import combinations, pairwise

from pipeline.addresses import fragment
from pipeline.identity.keys import APART, NUMBERED, article_id, in_order, key_of, keys, title_key
from pipeline.identity.merging import merge
from pipeline.models import Entry
from pipeline.titles import person, plain_title

__all__ = ["article_id", "group", "keys", "merge", "same_work", "title_key"]

FAR = timedelta(days=120)
"""Entries with the same title that are further apart are taken for different works."""
SHARED_TEXT = 0.5
ENOUGH_WORDS = 20
LARGEST_BLOCK = 200


def same_work(a: Entry, b: Entry) -> bool:
    """Whether two entries are the same work, judged by these two alone.

    0. What a person has set apart is a work of its own, whatever else is said here.
    1. The same arXiv id: always. Two different ones: never, and so for DOIs, whatever title or address says.
    2. The same identifier in the same feed, the same DOI, or the same canonical address: yes, unless one feed uses
       the address for several things: same feed, other identifier, other title.
    3. The same specific title, at most 120 days apart, and nothing against it. One links to the other, or they
       have an author in common; or a side names no person, and the two are not posts of different text. Two
       entries of one feed with different identifiers must have the same text.
    """
    first, second = _numbers(a, "arxiv:"), _numbers(b, "arxiv:")
    if first and second:
        return bool(first & second)
    if (a.feed, a.guid) == (b.feed, b.guid):
        return True
    first, second = _numbers(a, "doi:"), _numbers(b, "doi:")
    if first and second and not first & second:
        return False
    if _share_key(a, b):
        return True
    key = title_key(a)
    return key is not None and key == title_key(b) and _title_supported(a, b)


def group(entries: Sequence[Entry]) -> list[tuple[Entry, ...]]:
    """The entries as works: connected through `same_work`, in an order that does not depend on the input's.

    No work holds two arXiv ids or two DOIs: where a chain would join them, what joins by title is not used, and if
    that is not enough, what joins by address. An address that one feed gives to several things joins only those
    with the same title.
    """
    ordered = in_order(entries)
    works = _components(ordered, _pairs(ordered, with_titles=True), same_work)
    parts = [part for work in works for part in _without_conflict(work)]
    place = {id(entry): n for n, entry in enumerate(ordered)}
    return sorted((tuple(part) for part in parts), key=lambda part: place[id(part[0])])


# Pairs


def _numbers(entry: Entry, kind: str) -> frozenset[str]:
    return frozenset(key for key in keys(entry) if key.startswith(kind))


def _share_key(a: Entry, b: Entry) -> bool:
    shared = set(keys(a)) & set(keys(b))
    if any(key.startswith((*NUMBERED, APART)) for key in shared):
        return True
    return bool(shared) and not _share_page_only(a, b)


def _share_page_only(a: Entry, b: Entry) -> bool:
    """Different things on one page: one feed tells them apart, or their addresses point to different parts."""
    if plain_title(a.title) == plain_title(b.title):
        return False
    parts = {fragment(a.url or ""), fragment(b.url or "")} - {""}
    return a.feed == b.feed or len(parts) == 2


def _title_supported(a: Entry, b: Entry) -> bool:
    if (gap := _distance(a, b)) is not None and gap > FAR:
        return False
    if a.feed == b.feed:
        return _share_text(a, b)
    if _links_to(a, b) or _links_to(b, a):
        return True
    first, second = _people(a), _people(b)
    if first and second:
        return bool(first & second)
    return _is_paper(a) != _is_paper(b) or _common_words(a, b) is None or _share_text(a, b)


def _distance(a: Entry, b: Entry) -> timedelta | None:
    """How far apart their days are; none if a side has no day."""
    first, second = _days(a), _days(b)
    return min((abs(x - y) for x in first for y in second), default=None)


def _days(entry: Entry) -> list[date]:
    moments = (entry.published, entry.updated)
    days = [moment.astimezone(UTC).date() for moment in moments if moment is not None]
    return [*days, entry.announced] if entry.announced else days


def _links_to(a: Entry, b: Entry) -> bool:
    own = set(keys(b))
    return any(key_of(link) in own for link in a.links)


def _people(entry: Entry) -> frozenset[str]:
    """Last name and first initial of each author; a single word is a handle or an institution and says nothing."""
    return frozenset(known for name in entry.authors if (known := person(name)))


def _is_paper(entry: Entry) -> bool:
    return any(key.startswith(NUMBERED) for key in keys(entry))


def _share_text(a: Entry, b: Entry) -> bool:
    common = _common_words(a, b)
    return common is not None and common >= SHARED_TEXT


def _common_words(a: Entry, b: Entry) -> float | None:
    """The share of the shorter text's words that the longer one has; none if a text is too short to tell."""
    first, second = (set(re.findall(r"\w{4,}", entry.text[:8000].casefold())) for entry in (a, b))
    smaller = min(len(first), len(second))
    return len(first & second) / smaller if smaller >= ENOUGH_WORDS else None


# Components


def _pairs(entries: Sequence[Entry], *, with_titles: bool) -> list[tuple[int, int]]:
    """Pairs worth comparing: those with a key in common; where all under a key are one work, each with the next."""
    blocks: defaultdict[str, list[int]] = defaultdict(list)
    for place, entry in enumerate(entries):
        blocks[f"entry:{entry.feed}\x1f{entry.guid}"].append(place)
        for key in keys(entry):
            blocks[key].append(place)
        if with_titles and (title := title_key(entry)):
            blocks[title].append(place)
    pages = _shared_pages(entries, blocks)
    pairs: set[tuple[int, int]] = set()
    for key, places in blocks.items():
        if key.startswith("url:"):
            pairs.update(_chained_by_title(entries, places))
        if key.startswith(("arxiv:", "entry:")) or len(places) > LARGEST_BLOCK:
            pairs.update(pairwise(places))
        elif key not in pages:
            pairs.update(combinations(places, 2))
    return sorted(pairs)


def _chained_by_title(entries: Sequence[Entry], places: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Entries with the same address and the same title, which are one work however many share the address."""
    last: dict[str, int] = {}
    for place in places:
        title = plain_title(entries[place].title)
        if title in last:
            yield last[title], place
        last[title] = place


def _shared_pages(entries: Sequence[Entry], blocks: dict[str, list[int]]) -> set[str]:
    """The addresses that one feed gives to things with different titles: pages, not works."""
    pages = set()
    for key, places in blocks.items():
        if key.startswith("url:") and len(places) > 1:
            titles = {(entries[p].feed, entries[p].guid): plain_title(entries[p].title) for p in places}
            uses = Counter(feed for feed, _ in {(feed, title) for (feed, _), title in titles.items()})
            if max(uses.values()) > 1:
                pages.add(key)
    return pages


def _components(
    entries: Sequence[Entry], pairs: Iterable[tuple[int, int]], joined: Callable[[Entry, Entry], bool]
) -> list[list[Entry]]:
    parent = list(range(len(entries)))

    def root(place: int) -> int:
        while parent[place] != place:
            parent[place] = parent[parent[place]]
            place = parent[place]
        return place

    for first, second in pairs:
        if root(first) != root(second) and joined(entries[first], entries[second]):
            parent[root(second)] = root(first)
    parts: defaultdict[int, list[Entry]] = defaultdict(list)
    for place, entry in enumerate(entries):
        parts[root(place)].append(entry)
    return list(parts.values())


def _without_conflict(work: list[Entry]) -> list[list[Entry]]:
    """The work itself, or its parts if it would hold two arXiv ids or two DOIs."""
    if not _conflicts(work):
        return [work]
    parts = _components(work, _pairs(work, with_titles=False), _share_key)
    return [kept for part in parts for kept in (_by_number(part) if _conflicts(part) else [part])]


def _conflicts(work: Iterable[Entry]) -> bool:
    named = {key for entry in work for key in keys(entry)}
    return any(sum(key.startswith(kind) for key in named) > 1 for kind in NUMBERED)


def _by_number(work: Sequence[Entry]) -> list[list[Entry]]:
    """One part for each arXiv id or DOI, and the entries without one joined among themselves."""
    parts: defaultdict[str, list[Entry]] = defaultdict(list)
    rest: list[Entry] = []
    for entry in work:
        number = next((key for key in keys(entry) if key.startswith(NUMBERED)), None)
        (rest if number is None else parts[number]).append(entry)
    return [*parts.values(), *_components(rest, _pairs(rest, with_titles=False), _share_key)]
