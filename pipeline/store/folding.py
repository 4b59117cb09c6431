"""How entries become articles in the database, inside one transaction.

Entries are kept as they came. New and edited ones are grouped with the entries of all articles that share a key
with them, or with one of those, and so on; each group is folded anew into one article (identity.merge). Since the
fold sees all entries at once, the order in which they arrived leaves no trace.
"""

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa

from pipeline.identity import group, keys, merge, title_key
from pipeline.models import Article, Entry, Passage
from pipeline.store.apart import marked
from pipeline.store.engines import insert_missing
from pipeline.store.tables import (
    Json,
    article_keys,
    articles,
    chunks,
    entries,
    from_iso,
    full_texts,
    passage_of,
    passages,
    removed_passages,
    text_of,
    to_iso,
    vectors,
)


@dataclass(frozen=True)
class Added:
    """What a batch of entries did: entries not seen before, works not known before, the rest were merged."""

    fresh: frozenset[str] = frozenset()
    """Keys of the entries that were not stored before."""
    new_articles: int = 0

    @property
    def new_entries(self) -> int:
        """How many entries were not stored before."""
        return len(self.fresh)

    @property
    def merged(self) -> int:
        """New entries that turned out to be works already known."""
        return self.new_entries - self.new_articles


@dataclass(frozen=True)
class WorkOf:
    """The work that an entry belongs to."""

    article_id: str
    is_new: bool


def entry_id(entry: Entry) -> str:
    """The entry's key: its feed, guid and announcement. Not its text: an edit replaces the entry."""
    announced = entry.announced.isoformat() if entry.announced else ""
    parts = f"{entry.feed}\x1f{entry.guid}\x1f{entry.announce_type or ''}\x1f{announced}"
    return hashlib.sha256(parts.encode()).hexdigest()[:24]


def changed_entries(connection: sa.Connection, batch: Sequence[Entry]) -> tuple[dict[str, Entry], set[str]]:
    """Entries by id that are new or edited, and the ids of the new ones."""
    by_id = {entry_id(entry): entry for entry in marked(connection, batch)}
    stored: dict[str, str] = {}
    for chunk in chunks(list(by_id)):
        query = sa.select(entries.c.id, text_of(entries.c.data)).where(entries.c.id.in_(chunk))
        stored.update((row[0], row[1]) for row in connection.execute(query))
    changed = {key: entry for key, entry in by_id.items() if key not in stored}
    for key in by_id.keys() & stored.keys():
        if stored[key] != by_id[key].model_dump_json():
            edited = _first_published(by_id[key], stored[key])
            if stored[key] != edited.model_dump_json():
                changed[key] = edited
    return changed, changed.keys() - stored.keys()


def _first_published(entry: Entry, stored: str) -> Entry:
    """An entry that is dated anew at every reading was published when it was first said to be."""
    before = Entry.model_validate_json(stored).published
    if before is None or (entry.published is not None and entry.published <= before):
        return entry
    return entry.model_copy(update={"published": before})


def fold(
    connection: sa.Connection,
    changed: dict[str, Entry],
    fresh: set[str],
    seen_at: datetime,
    passages_of: Callable[[Article], list[Passage]],
) -> Added:
    """Groups the changed entries with what they may belong to, and writes the articles that result."""
    touched = _articles_sharing_keys(connection, changed.values())
    touched |= _articles_of_entries(connection, changed.keys() - fresh)
    touched |= _linked(connection, touched)
    known = {entry_id(e): (e, a, s) for e, a, s in load_entries(connection, sorted(touched))}
    pool = {key: e for key, (e, _, _) in known.items()} | changed
    ids = {id(entry): key for key, entry in pool.items()}
    written = [
        _folded([(ids[id(e)], e) for e in work], known, seen_at) for work in group(list(pool.values()))
    ]
    present = {one.article.id for one in written}
    is_new = [not one.former for one in written]
    written = [replace(one, former=one.former - present) for one in written]
    _delete_articles(connection, touched)
    _write_articles(connection, written)
    _write_entries(connection, written, lambda key: known[key][2] if key in known else to_iso(seen_at))
    _write_keys(connection, written)
    _write_passages(
        connection,
        {name for one in written for name in (one.article.id, *one.former)},
        [passage for one in written for passage in passages_of(one.article)],
    )
    forget_full_texts(connection, {name for one in written for name in one.former})
    return Added(frozenset(fresh), sum(is_new))


@dataclass(frozen=True)
class _Written:
    """One work on its way into the tables."""

    article: Article
    entries: Sequence[tuple[str, Entry]]
    """Each with its key."""
    former: frozenset[str]
    """Articles that these entries belonged to."""


def _folded(
    members: Sequence[tuple[str, Entry]], known: Mapping[str, tuple[Entry, str, str]], seen_at: datetime
) -> _Written:
    """The work that these entries make; it was first seen when the first of them was."""
    former = [known[key] for key, _ in members if key in known]
    seen = [moment for _, _, text in former if (moment := from_iso(text))]
    seen += [seen_at] * (len(former) < len(members))
    article = merge([entry for _, entry in members], min(seen))
    return _Written(article, members, frozenset(article_id for _, article_id, _ in former))


def _articles_sharing_keys(connection: sa.Connection, batch: Iterable[Entry]) -> set[str]:
    wanted = sorted({key for entry in batch for key in _all_keys(entry)})
    found: set[str] = set()
    for chunk in chunks(wanted):
        query = sa.select(article_keys.c.article_id).where(article_keys.c.key.in_(chunk))
        found.update(connection.scalars(query))
    return found


def _linked(connection: sa.Connection, touched: Collection[str]) -> set[str]:
    """Further articles that share a key with these, or with one that does, and so on.

    They were told apart when they were folded, but with other entries beside them they may not be; without them the
    outcome would depend on which came first.
    """
    own, other = article_keys.alias(), article_keys.alias()
    found: set[str] = set()
    latest = set(touched)
    while latest:
        reached: set[str] = set()
        for chunk in chunks(sorted(latest)):
            query = (
                sa.select(other.c.article_id)
                .distinct()
                .join_from(own, other, own.c.key == other.c.key)
                .where(
                    own.c.article_id.in_(chunk),
                    other.c.article_id != own.c.article_id,
                    ~own.c.key.startswith("id:"),
                )
            )
            reached.update(connection.scalars(query))
        latest = reached - found - set(touched)
        found |= latest
    return found


def _articles_of_entries(connection: sa.Connection, ids: Collection[str]) -> set[str]:
    found: set[str] = set()
    for chunk in chunks(sorted(ids)):
        found.update(connection.scalars(sa.select(entries.c.article_id).where(entries.c.id.in_(chunk))))
    return found


def _all_keys(entry: Entry) -> Iterator[str]:
    yield from keys(entry)
    title = title_key(entry)
    if title:
        yield title


def load_entries(connection: sa.Connection, article_ids: Sequence[str]) -> Iterator[tuple[Entry, str, str]]:
    """(entry, article id, when first seen) of these articles."""
    for chunk in chunks(article_ids):
        query = sa.select(text_of(entries.c.data), entries.c.article_id, entries.c.seen_at).where(
            entries.c.article_id.in_(chunk)
        )
        for data, article_id, seen in connection.execute(query):
            yield Entry.model_validate_json(data), article_id, seen


def works_of(connection: sa.Connection, fresh: Collection[str]) -> dict[str, WorkOf]:
    """The works of these entries, by entry key; a work is new if all its entries are among them."""
    known = frozenset(fresh)
    owners: dict[str, str] = {}
    old: set[str] = set()
    for chunk in chunks(sorted(known)):
        mine = sa.select(entries.c.article_id).where(entries.c.id.in_(chunk))
        query = sa.select(entries.c.id, entries.c.article_id).where(entries.c.article_id.in_(mine))
        for key, article_id in connection.execute(query):
            if key in known:
                owners[key] = article_id
            else:
                old.add(article_id)
    return {key: WorkOf(article_id, article_id not in old) for key, article_id in owners.items()}


def _delete_articles(connection: sa.Connection, ids: Collection[str]) -> None:
    for chunk in chunks(sorted(ids)):
        connection.execute(sa.delete(articles).where(articles.c.id.in_(chunk)))
        connection.execute(sa.delete(entries).where(entries.c.article_id.in_(chunk)))
        connection.execute(
            sa.delete(article_keys).where(
                article_keys.c.article_id.in_(chunk), ~article_keys.c.key.startswith("id:")
            )
        )


def _write_articles(connection: sa.Connection, written: Iterable[_Written]) -> None:
    rows = [
        {
            "id": article.id,
            "appeared": article.appeared.isoformat() if article.appeared else None,
            "revised": article.revised.isoformat() if article.revised else None,
            "data": Json(article.model_dump_json()),
        }
        for article in (one.article for one in written)
    ]
    connection.execute(sa.insert(articles), rows)


def _write_entries(
    connection: sa.Connection, written: Iterable[_Written], seen_at: Callable[[str], str | None]
) -> None:
    rows = [
        {
            "id": key,
            "feed": entry.feed,
            "article_id": one.article.id,
            "seen_at": seen_at(key),
            "data": Json(entry.model_dump_json()),
        }
        for one in written
        for key, entry in one.entries
    ]
    connection.execute(sa.insert(entries), rows)


def _write_keys(connection: sa.Connection, written: Iterable[_Written]) -> None:
    """The keys of each work, and the ids that it had, which lead to it from now on."""
    rows = []
    for one in written:
        name = one.article.id
        if one.former:
            connection.execute(
                sa.update(article_keys)
                .where(
                    article_keys.c.article_id.in_(sorted(one.former)), article_keys.c.key.startswith("id:")
                )
                .values(article_id=name)
            )
        wanted = {key for _, entry in one.entries for key in _all_keys(entry)} | {
            f"id:{old}" for old in one.former
        }
        rows += [{"key": key, "article_id": name} for key in sorted(wanted)]
    insert_missing(connection, article_keys, rows)


def forget_full_texts(connection: sa.Connection, article_ids: Collection[str]) -> None:
    """Drops the full texts of works that have become another work: what was read may not be the merged work's."""
    for chunk in chunks(sorted(article_ids)):
        own = passages.c.article_id.in_(chunk) & (passages.c.field == "fulltext")
        rows = connection.execute(sa.select(passages).where(own)).mappings()
        replace_passages(connection, {row["id"]: row for row in rows}, [])
        connection.execute(sa.delete(full_texts).where(full_texts.c.article_id.in_(chunk)))


def _write_passages(connection: sa.Connection, owners: Collection[str], wanted: Sequence[Passage]) -> None:
    """Replaces the passages of the articles where their text changed; the others keep place and vector.

    Those of full texts stay: they follow from what was fetched, not from entries.
    """
    stored: dict[str, sa.RowMapping] = {}
    for chunk in chunks(sorted(owners)):
        own = (passages.c.article_id.in_(chunk)) & (passages.c.field != "fulltext")
        rows = connection.execute(sa.select(passages).where(own)).mappings()
        stored.update((row["id"], row) for row in rows)
    replace_passages(connection, stored, wanted)


def replace_passages(
    connection: sa.Connection, stored: Mapping[str, sa.RowMapping], wanted: Sequence[Passage]
) -> None:
    """Puts these passages in the place of the stored ones, given by id; equal ones stay as they are."""
    keep = {p.id for p in wanted if p.id in stored and passage_of(stored[p.id]) == p}
    gone = [key for key in stored if key not in keep]
    for chunk in chunks(gone):
        connection.execute(sa.delete(passages).where(passages.c.id.in_(chunk)))
        connection.execute(sa.delete(vectors).where(vectors.c.passage_id.in_(chunk)))
    in_index = [
        {"id": key, "generation": stored[key]["generation"]} for key in gone if stored[key]["generation"]
    ]
    insert_missing(connection, removed_passages, in_index)
    fresh = [p.model_dump() for p in wanted if p.id not in keep]
    if fresh:
        connection.execute(sa.insert(passages), fresh)
    for chunk in chunks([p["id"] for p in fresh]):
        connection.execute(sa.delete(removed_passages).where(removed_passages.c.id.in_(chunk)))
