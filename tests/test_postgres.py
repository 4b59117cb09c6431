"""The store and the index on PostgreSQL: the same answers as on SQLite, for any number of processes."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime

import numpy as np
import pytest
import sqlalchemy as sa

from bot.records import metadata as bot_tables
from bot.tables import questions
from pipeline.errors import StoreError
from pipeline.index import SharedIndex, passages_of
from pipeline.models import Entry, Window
from pipeline.store import Store
from pipeline.store.tables import metadata as research_tables

NOW = datetime(2026, 5, 18, tzinfo=UTC)


class Words:
    """A vector for each text from the words in it: the same words, the same direction."""

    name = "words/1"
    dimension = 64

    def __init__(self):
        self.embedded = 0

    def embed(self, texts):
        self.embedded += len(texts)
        rows = np.zeros((len(texts), 64), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in text.lower().split():
                row[sum(word.encode()) % 64] += 1
        return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6)


def entry(n, title, text, *authors):
    return Entry(
        feed="f",
        guid=f"g{n}",
        title=title,
        text=text,
        url=f"https://example.org/{n}",
        published=datetime(2026, 5, 10 + n % 7, tzinfo=UTC),
        authors=authors,
    )


ENTRIES = [
    entry(1, "Guards against jailbreaks", "A guard refuses jailbreaks of language models.", "Ada Moreno"),
    entry(2, "Robots that grasp", "Grasping with soft hands and one camera.", "Kofi Lindqvist"),
    entry(3, "Jailbreaks by translation", "Translation into rare languages evades a guard.", "Jo O'Neil"),
    entry(4, "A census of ponds", "Ponds were counted; the water was green.", "Ada Moreno", "Li Wei"),
]


@pytest.fixture
def store(postgres_database):
    store = Store.open(postgres_database)
    yield store
    store.close()


def fill(store):
    store.add_entries(ENTRIES, NOW, passages_of)
    return store


def test_the_migrations_make_the_tables_that_the_program_uses(store):
    assert questions.metadata is bot_tables
    inspector = sa.inspect(store.engine)
    for metadata in (research_tables, bot_tables):
        for table in metadata.tables.values():
            columns = {column["name"] for column in inspector.get_columns(table.name)}
            assert {column.name for column in table.columns} <= columns, table.name


def test_connections_that_the_server_closed_while_they_rested_are_replaced(store, monkeypatch):
    with store.engine.connect() as one, store.engine.connect() as other:
        pids = [connection.scalar(sa.text("SELECT pg_backend_pid()")) for connection in (one, other)]
    end = sa.text("SELECT pg_terminate_backend(pid, 5000) FROM unnest(CAST(:pids AS integer[])) AS pid")
    aside = sa.create_engine(store.engine.url, poolclass=sa.pool.NullPool)
    with aside.connect() as connection:
        assert all(connection.scalars(end, {"pids": pids}))
    monkeypatch.setattr("pipeline.store.engines.RESTED", 0.0)
    with store.engine.connect() as one, store.engine.connect() as other:
        assert [connection.scalar(sa.text("SELECT 1")) for connection in (one, other)] == [1, 1]


def test_processes_that_start_together_migrate_once(postgres_database):
    with ThreadPoolExecutor(4) as threads:
        stores = list(threads.map(lambda _: Store.open(postgres_database), range(4)))
    assert [store.count_articles() for store in stores] == [0] * 4
    for store in stores:
        store.close()


def test_both_databases_give_the_same(store, tmp_path):
    other = fill(Store.open(tmp_path / "brief.db"))
    fill(store)
    try:
        for one in (store, other):
            assert one.count_articles() == 4
        week = Window(since=date(2026, 5, 11), until=date(2026, 5, 17))
        assert store.articles_in(week) == other.articles_in(week)
        for asked in ("guard jailbreak", "who counted ponds?", "soft grasping camera"):
            ours, theirs = (dict(one.passages.search(asked, 3)) for one in (store, other))
            assert ours.keys() == theirs.keys(), asked
            assert list(ours)[:1] == list(theirs)[:1], asked
        for name in ("Moreno", "O'Neil", "Nobody"):
            found = [[a.id for a in one.articles_by(name, 5)] for one in (store, other)]
            assert sorted(found[0]) == sorted(found[1]), name
        for one in (store, other):
            best, *_, last = dict(one.passages.search("guard water camera", 9))
            assert set(dict(one.passages.search("guard water camera", 1, also=[last]))) == {best, last}
        wanted = [article.id for article in store.articles_in(week)][:2]
        assert {key.partition("#")[0] for key, _ in store.passages.search("guard water", 9, wanted)} <= set(
            wanted
        )
        assert store.passages.words("jailb", 2).keys() == other.passages.words("jailb", 2).keys()
    finally:
        other.close()


def test_the_same_entries_from_many_processes_are_stored_once(store):
    with ThreadPoolExecutor(6) as threads:
        added = list(threads.map(lambda _: store.add_entries(ENTRIES, NOW, passages_of), range(6)))
    assert sum(one.new_articles for one in added) == 4
    assert store.count_articles() == 4


def read_for(store, monkeypatch, search):
    """The titles of the passages whose vectors a search reads into memory."""
    read, between = [], store.passages.vectors_between

    def recorded(*given):
        for row in between(*given):
            read.append(row[1])
            yield row

    with monkeypatch.context() as patched:
        patched.setattr(store.passages, "vectors_between", recorded)
        search()
    return [passage.text.partition("\n")[0] for passage in store.passages.get(read)]


def test_what_goes_and_comes_between_two_searches_is_all_that_is_read(store, tmp_path, monkeypatch):
    fill(store)
    index = SharedIndex(tmp_path, store, Words())
    index.fill()
    assert len(read_for(store, monkeypatch, lambda: index.search("guards against jailbreaks"))) == 4
    gone = next(iter(store.articles_in(Window(since=date(2026, 1, 1), until=date(2026, 12, 31)))))
    with store.engine.begin() as connection:
        own = {"id": gone.id}
        connection.execute(sa.text("DELETE FROM vectors WHERE passage_id LIKE :id || '#%'"), own)
        connection.execute(sa.text("DELETE FROM passages WHERE article_id = :id"), own)
    store.add_entries([entry(9, "A newcomer", "Something about lighthouses.")], NOW, passages_of)
    index.fill()
    assert read_for(store, monkeypatch, lambda: index.search("lighthouses")) == ["A newcomer"]
    assert index.search("lighthouses", 1)[0].passage.text.startswith("A newcomer")
    assert gone.id not in {hit.passage.article_id for hit in index.search(gone.title, 9)}
    vector = index.embedder.embed(["lighthouses"])[0]
    assert index.nearest(vector, 9).keys() == store.passages.nearest(index.embedder.name, vector, 9).keys()


def test_an_index_that_one_process_filled_is_searched_by_another(store, tmp_path, monkeypatch):
    fill(store)
    first, second = (SharedIndex(tmp_path, store, Words()) for _ in range(2))
    assert second.search("guards against jailbreaks") != [], "words are found before vectors are there"
    assert first.fill() == 4
    with monkeypatch.context() as patched:
        patched.setattr(
            store.passages, "nearest", None
        )  # the vectors are compared in memory, not in the database
        hits = second.search("guards against jailbreaks", 2)
    assert hits[0].passage.text.startswith("Guards against")
    assert first.state() == second.state() == "ok"
    assert first.fill() == 0
    changed = ENTRIES[0].model_copy(update={"text": "A guard against floods of ponds."})
    store.add_entries([changed], NOW, passages_of)
    assert second.state() == "stale"
    first.fill()
    assert read_for(store, monkeypatch, lambda: second.search("floods of ponds", 1)) == [changed.title]
    assert "floods" in second.search("floods of ponds", 1)[0].passage.text
    assert first.embedder.embedded == 5
    only = hits[0].passage.article_id
    assert {hit.passage.article_id for hit in second.search("ponds", 5, [only])} == {only}


def test_a_server_that_is_not_there_is_told_in_a_sentence_without_the_password():
    with pytest.raises(StoreError, match="DATABASE_URL: the database cannot be opened") as caught:
        Store.open("postgresql+psycopg://brief:secretword@127.0.0.1:9/none")
    assert "secretword" not in str(caught.value)
    assert "\n" not in str(caught.value)
