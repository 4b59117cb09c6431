"""A database of any earlier version is brought to today's, and nothing that it held is lost."""

import base64
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.records import Records
from bot.slots import Slots
from bot.votes import Votes
from pipeline.store import SCHEMA, Store, open_engine

HERE = Path(__file__).with_name("schemas")
ROWS = json.loads((HERE / "rows.json").read_text(encoding="utf-8"))
NOW = datetime(2026, 5, 19, tzinfo=UTC)
KINDS = ("sqlite", "postgresql")
REVISIONS = sorted({file.name[:4] for file in HERE.glob("*.sql")})


def put_back(engine, revision):
    """Makes the database of a revision, with what was stored in those of its columns that are known."""
    text = (HERE / f"{revision}.{engine.dialect.name}.sql").read_text(encoding="utf-8")
    with engine.begin() as connection:
        for statement in text.split(";\n\n"):
            connection.exec_driver_sql(statement)
        connection.exec_driver_sql(f"INSERT INTO alembic_version VALUES ('{revision}')")
    return {
        table: _insert(engine, table, rows)
        for table, rows in ROWS.items()
        if sa.inspect(engine).has_table(table)
    }


def _insert(engine, name, rows):
    """The rows in the columns that the table has; the values as they were stored."""
    columns = {c["name"]: c["type"] for c in sa.inspect(engine).get_columns(name)}
    kept = [
        {key: _value(value, columns[key]) for key, value in row.items() if key in columns} for row in rows
    ]
    names, marks = ", ".join(f'"{k}"' for k in kept[0]), ", ".join(f":{k}" for k in kept[0])
    with engine.begin() as connection:
        connection.execute(sa.text(f'INSERT INTO "{name}" ({names}) VALUES ({marks})'), kept)
        if engine.dialect.name == "postgresql":
            for key in {"number", "id"} & columns.keys():
                if isinstance(columns[key], sa.Integer):
                    next_one = f"pg_get_serial_sequence('{name}', '{key}')"
                    connection.exec_driver_sql(f"SELECT setval({next_one}, 1000)")
    return kept


def _value(value, kind):
    if isinstance(value, dict):
        return base64.b64decode(value["base64"])
    return bool(value) if isinstance(kind, sa.Boolean) and value is not None else value


@pytest.fixture(params=KINDS)
def url(request, tmp_path):
    if request.param == "postgresql":
        return request.getfixturevalue("postgres_database")
    return f"sqlite:///{tmp_path / 'brief.db'}"


def shape(engine):
    """Tables with their columns and indexes."""
    inspector = sa.inspect(engine)
    tables = [name for name in inspector.get_table_names() if "_fts" not in name]
    return {
        name: (
            {(c["name"], str(c["type"]), c["nullable"]) for c in inspector.get_columns(name)},
            {(i["name"], tuple(i["column_names"]), bool(i["unique"])) for i in inspector.get_indexes(name)},
        )
        for name in tables
    }


def test_there_is_a_fixture_for_every_migration_up_to_the_last_one_stored():
    assert [f"{n + 1:04d}" for n in range(len(REVISIONS))] == REVISIONS
    for revision in REVISIONS:
        for kind in KINDS:
            assert (HERE / f"{revision}.{kind}.sql").exists()


@pytest.mark.parametrize("revision", REVISIONS)
def test_an_older_database_is_upgraded_and_keeps_what_it_held(revision, url, tmp_path):
    engine = open_engine(url)
    before = put_back(engine, revision)
    engine.dispose()
    store = Store.open(url)
    try:
        with store.engine.connect() as connection:
            assert connection.scalar(sa.text("SELECT version_num FROM alembic_version")) == SCHEMA
            for table, rows in before.items():
                names = ", ".join(f'"{key}"' for key in rows[0])
                found = connection.execute(sa.text(f'SELECT {names} FROM "{table}"')).mappings().all()
                assert sorted(map(_told, found)) == sorted(map(_told, rows)), table
        check(store, set(before))
        if store.engine.dialect.name == "sqlite":
            fresh = Store.open(tmp_path / "fresh.db")
            assert shape(store.engine) == shape(fresh.engine)
            fresh.close()
    finally:
        store.close()


def _told(row):
    """A row's values, however the database gives JSON, bytes and truth."""
    return [_plain(row[key]) for key in sorted(row)]


def _plain(value):
    if isinstance(value, str) and value[:1] in '{["':
        return json.dumps(json.loads(value), sort_keys=True)
    if isinstance(value, dict | list):
        return json.dumps(value, sort_keys=True)
    return str(int(value) if isinstance(value, bool) else value)


def check(store, tables):
    """The program works with what was there."""
    assert store.count_articles() == 3
    assert len(store.passages.search("guards hold", 5)) == 3
    assert store.feed_state("Forum", "https://a.example/feed").etag == '"kept"'
    assert [run["use_case"] for run in store.runs()] == ["ingest"]
    assert store.add_run("ingest", NOW, 1.0, "again") > 1
    records = Records(store.engine)
    if "deliveries" in tables:
        kept = records.deliveries()[0]
        assert (kept["channel"], kept["state"], kept["parts"]) == ("C1", "pending", 1)
        assert records.by_slot("#kept|p|2026-05-18").id == kept["id"]
        assert records.take_delivery(kept["id"]) is not None
    if "slots" in tables:
        assert [slot["state"] for slot in Slots(records).listing()] == ["open"]
    if "votes" in tables:
        rated = Votes(store.engine).rated()
        assert [(one.text, one.good, one.answer.text) for one in rated] == [("kept?", 1, "kept")]
