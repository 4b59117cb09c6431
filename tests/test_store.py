"""The store: what arrives in any order gives the same articles, and nothing is lost on the way."""

import random
import sqlite3
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa

from pipeline.errors import StoreError
from pipeline.index import passages_of
from pipeline.models import Entry, Window
from pipeline.store import SCHEMA, Store, fts_expression, tables

SEEN = datetime(2026, 5, 18, 14, tzinfo=UTC)
ABSTRACT = "Agents obey injected text. We find that a small guard stops 91 % of the attacks."


def listing(number: str, announce: str = "new", version: int = 1, feed: str = "arXiv cs.CR", **more) -> Entry:
    values = {
        "feed": feed,
        "guid": f"oai:arXiv.org:{number}v{version}",
        "title": f"Guarding agents against injection, part {number}",
        "url": f"https://arxiv.org/abs/{number}",
        "text": ABSTRACT,
        "authors": ("Ann Lee", "Bo Chen"),
        "categories": ("cs.CR", "cs.AI"),
        "announced": date(2026, 5, 18),
        "announce_type": announce,
        "arxiv_id": number,
        "version": version,
    }
    return Entry(**{**values, **more})


def post(**more) -> Entry:
    values = {
        "feed": "Forum",
        "guid": "p1",
        "title": "Guarding agents against injection, part 2605.90001",
        "url": "https://forum.example/p1",
        "text": "We wrote a paper about this: a small guard helps.",
        "authors": ("Ann Lee",),
        "published": datetime(2026, 5, 17, tzinfo=UTC),
        "links": ("https://arxiv.org/abs/2605.90001",),
    }
    return Entry(**{**values, **more})


@pytest.fixture
def store(tmp_path: Path):
    opened = Store.open(tmp_path / "brief.db")
    yield opened
    opened.close()


def add(store: Store, *entries: Entry, seen: datetime = SEEN):
    return store.add_entries(entries, seen, passages_of)


def test_cross_lists_versions_and_copies_are_one_article(store):
    first = add(store, listing("2605.90001"), listing("2605.90001", "cross", feed="arXiv cs.AI"))
    later = add(store, listing("2605.90001", "replace", 2, announced=date(2026, 5, 20)), post())
    assert (first.new_articles, first.merged) == (1, 1)
    assert (later.new_articles, later.merged) == (0, 2)
    (article,) = store.articles_in(Window(since=date(2026, 5, 11), until=date(2026, 5, 24)))
    assert article.id == "arxiv:2605.90001"
    assert (article.version, article.announced, article.revised) == (2, date(2026, 5, 18), date(2026, 5, 20))
    assert article.feeds == ("Forum", "arXiv cs.AI", "arXiv cs.CR")
    assert article.entries == 4


def test_the_same_entries_again_change_nothing(store):
    add(store, listing("2605.90001"), post())
    again = add(store, listing("2605.90001"), post(), seen=datetime(2026, 6, 1, tzinfo=UTC))
    assert (again.new_entries, again.new_articles) == (0, 0)
    assert store.article("arxiv:2605.90001").first_seen == SEEN


def test_any_order_of_arrival_gives_the_same_store(tmp_path):
    entries = [
        listing("2605.90001"),
        listing("2605.90001", "replace", 2, text=ABSTRACT + " Code is available."),
        listing("2605.90001", "cross", feed="arXiv cs.AI"),
        listing("2605.90002", title="Another work about verified planners", authors=("Cy Dow",)),
        post(),
    ]
    seen = set()
    for order in range(12):
        shuffled = random.Random(order).sample(entries, len(entries))
        store = Store.open(tmp_path / f"{order}.db")
        for entry in shuffled:
            add(store, entry)
        found = [store.article(key) for key in ("arxiv:2605.90001", "arxiv:2605.90002")]
        passages = store.passages.of_articles([a.id for a in found])
        seen.add((tuple(a.model_dump_json() for a in found), repr(passages), store.count_articles()))
        store.close()
    assert len(seen) == 1


def test_a_work_that_gets_a_better_id_is_found_by_its_old_one(store):
    add(store, post())
    old = store.articles_in(Window(since=date(2026, 5, 11), until=date(2026, 5, 24)))[0].id
    assert old.startswith("post:")
    add(store, listing("2605.90001"))
    assert store.count_articles() == 1
    assert store.article(old).id == "arxiv:2605.90001"
    assert set(store.passages.of_articles([old])) == set()


def test_an_edited_text_replaces_its_passages_and_leaves_the_others(store):
    add(store, listing("2605.90001"), listing("2605.90002", title="Another work about verified planners"))
    _index_all(store, "g1")
    add(store, listing("2605.90001", text="An edited abstract about tidal turbines."))
    pending = store.passages.pending("g1", "e", 10)
    assert [p.article_id for p, _ in pending] == ["arxiv:2605.90001"]
    assert pending[0][1] is None, "the vector of the old text must not stay"
    assert store.passages.search("tidal", 5)[0][0].startswith("arxiv:2605.90001")
    assert [key for key, _ in store.passages.search("attacks", 5)] == ["arxiv:2605.90002#abstract-0"]


def test_passages_that_are_gone_are_remembered_until_the_index_drops_them(store):
    add(store, post())
    _index_all(store, "g1")
    add(store, listing("2605.90001"))
    gone = store.passages.removed("g1", 10)
    assert len(gone) == 1
    assert gone[0].startswith("post:")
    store.passages.forget_removed("g1", gone)
    assert store.passages.removed("g1", 10) == []


def _index_all(store: Store, generation: str) -> None:
    passages = [p for p, _ in store.passages.pending(generation, "e", 100)]
    store.passages.save_vectors("e", [(passage, np.ones(3, dtype=np.float32)) for passage in passages])
    assert store.passages.mark_indexed(generation, passages) == []
    assert store.passages.count_indexed(generation) == len(passages)


def test_another_generation_needs_everything_again_but_keeps_the_vectors(store):
    add(store, listing("2605.90001"))
    _index_all(store, "g1")
    (passage, vector), *_ = store.passages.pending("g2", "e", 10)
    assert vector.tolist() == [1.0, 1.0, 1.0]
    assert store.passages.pending("g2", "another", 10)[0][1] is None
    assert store.passages.vectors("e", [passage.id])[passage.id].dtype == np.float32


def test_what_people_type_is_never_a_full_text_expression(store):
    add(store, listing("2605.90001"))
    for text in ('guard"', "guard AND NOT (", "guard*", "col:guard", "guard OR", "NEAR(guard", "'; DROP"):
        assert isinstance(store.passages.search(text, 5), list)
    assert store.passages.search('"guard*', 5)
    assert store.passages.search("?!", 5) == []


def test_passages_that_are_asked_for_are_scored_however_low_they_stand(store):
    add(
        store,
        listing("2605.90001", text="Guards guard guards against attacks."),
        listing("2605.90002", title="Another work about verified planners"),
        listing("2605.90003", title="Tides", text="Tidal turbines turn."),
    )
    everything = dict(store.passages.search("guard attacks", 9))
    assert len(everything) == 2
    best, last = everything
    tides = "arxiv:2605.90003#abstract-0"
    assert store.passages.search("guard attacks", 1) == [(best, everything[best])]
    assert dict(store.passages.search("guard attacks", 1, also=[last, tides])) == everything
    of_one = store.passages.search("guard attacks", 9, [last.partition("#")[0]], also=[best])
    assert [key for key, _ in of_one] == [last]


def test_stop_words_are_left_out_unless_there_is_nothing_else():
    assert fts_expression("What is the guard?") == '"guard"'
    assert fts_expression("what is it") == '"what" OR "is" OR "it"'


def test_the_tables_are_what_the_migrations_make(store):
    inspector = sa.inspect(store.engine)
    for table in tables.metadata.tables.values():
        made = {c["name"]: c["nullable"] for c in inspector.get_columns(table.name)}
        assert made == {c.name: bool(c.nullable) for c in table.columns}, table.name


def test_the_schema_number_is_the_newest_migration():
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(Path(tables.__file__).parent.with_name("migrations")))
    assert ScriptDirectory.from_config(config).get_current_head() == SCHEMA


def test_a_newer_database_is_refused_in_words(tmp_path):
    path = tmp_path / "brief.db"
    Store.open(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreError, match="newer than this program's"):
        Store.open(path)


def test_a_file_that_is_no_database_is_refused_in_words(tmp_path):
    path = tmp_path / "brief.db"
    path.write_bytes(b"not a database" * 100)
    with pytest.raises(StoreError, match=r"brief\.db: the database cannot be opened"):
        Store.open(path)


def test_a_power_cut_undoes_no_commit(store):
    with store.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert (
            connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        )  # FULL: in the log before it is done
