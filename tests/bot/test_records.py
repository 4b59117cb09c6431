from datetime import timedelta

import sqlalchemy as sa

from bot.records import metadata
from pipeline.store import Store


def shape(engine, tables):
    inspector = sa.inspect(engine)
    return {
        table: {
            "columns": [
                (c["name"], str(c["type"]), c["nullable"] and not c["primary_key"])
                for c in inspector.get_columns(table)
            ],
            "key": inspector.get_pk_constraint(table)["constrained_columns"],
            "unique": sorted(
                (u["name"], tuple(u["column_names"])) for u in inspector.get_unique_constraints(table)
            ),
            "indexes": sorted((i["name"], tuple(i["column_names"])) for i in inspector.get_indexes(table)),
            "foreign": [
                (tuple(f["constrained_columns"]), f["referred_table"])
                for f in inspector.get_foreign_keys(table)
            ],
        }
        for table in tables
    }


def test_the_migration_creates_the_tables_that_the_program_uses(tmp_path):
    made = sa.create_engine("sqlite://")
    metadata.create_all(made)
    store = Store.open(tmp_path / "brief.db")
    try:
        assert shape(store.engine, metadata.tables) == shape(made, metadata.tables)
    finally:
        store.close()


def test_a_key_is_claimed_once_and_forgotten_after_its_time(records, now):
    assert records.claim(["a", "b"], now)
    assert not records.claim(["b", "c"], now)
    assert not records.claim(["c"], now), "a duplicate's other keys are remembered too"
    assert records.forget_events(now + timedelta(seconds=1)) == 3
    assert records.claim(["a"], now)
