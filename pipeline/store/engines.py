"""Engines for SQLite and PostgreSQL, and what the two say differently."""

import json
import sqlite3
import time
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from pipeline.errors import StoreError
from pipeline.store.tables import to_json

ALONE = 7_221_903
"""The number of the advisory lock under which the research tables are written on PostgreSQL."""
RESTED = 2.0
"""Seconds after which a connection that nobody used may have been closed by the server."""
WIPE_TRIES = 100
"""A tenth of a second apart."""


def open_engine(url: str) -> sa.Engine:
    """An engine for this SQLAlchemy address, SQLite's or PostgreSQL's.

    A transaction of an engine with the execution option `write` takes SQLite's write lock at once and waits up to
    30 s for it. With `write="alone"` there is one such transaction at a time on PostgreSQL, too.
    """
    return _open_postgres(url) if url.startswith("postgresql") else _open_sqlite(url)


def _open_sqlite(url: str) -> sa.Engine:
    engine = sa.create_engine(
        url,
        connect_args={"timeout": 30, "check_same_thread": False},
        json_serializer=to_json,
        hide_parameters=True,  # values do not belong into errors, nor those into logs
    )

    @sa.event.listens_for(engine, "connect")
    def _connected(connection: sqlite3.Connection, _: object) -> None:
        connection.isolation_level = None  # the driver must not begin transactions behind our back
        connection.execute("PRAGMA journal_mode=WAL")
        # After a power cut, too, what was committed must be known: that a message was about to be posted.
        connection.execute("PRAGMA synchronous=FULL")

    @sa.event.listens_for(engine, "begin")
    def _begun(connection: sa.Connection) -> None:
        write = connection.get_execution_options().get("write")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    return engine


def _open_postgres(url: str) -> sa.Engine:
    engine = sa.create_engine(
        url,
        pool_size=10,
        connect_args={"connect_timeout": 10},
        json_serializer=to_json,
        hide_parameters=True,
    )
    _ask_after_a_rest(engine)

    @sa.event.listens_for(engine, "begin")
    def _begun(connection: sa.Connection) -> None:
        if connection.get_execution_options().get("write") == "alone":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({ALONE})")

    return engine


def _ask_after_a_rest(engine: sa.Engine) -> None:
    """A connection that rested for a while is asked whether the server is there before it is used again.

    SQLAlchemy's `pool_pre_ping` asks before each use, which is as much work for both sides as many a statement.
    """

    @sa.event.listens_for(engine, "checkin")
    def _rests(_: object, record: sa.pool.ConnectionPoolEntry) -> None:
        record.info["rests_since"] = time.monotonic()

    @sa.event.listens_for(engine, "checkout")
    def _is_there(connection: Any, record: sa.pool.ConnectionPoolEntry, _: object) -> None:
        since = record.info.get("rests_since")
        if since is None or time.monotonic() - since < RESTED:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise sa.exc.InvalidatePoolError from error  # the pool connects anew


def say_what_fails(engine: sa.Engine, name: str) -> None:
    """From now on damage, a full disk and a lock or server that is not there are raised as StoreError."""

    @sa.event.listens_for(engine, "handle_error")
    def _failed(context: sa.engine.ExceptionContext) -> None:
        cause = context.original_exception
        # A wrong statement or a broken constraint is a mistake of this program and shows as such.
        if _is_outside(cause):
            raise StoreError(f"{name}: the database cannot be used ({first_line(cause)})") from cause


def _is_outside(cause: BaseException) -> bool:
    if isinstance(cause, sqlite3.Error):
        code = getattr(cause, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
        return code not in (sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CONSTRAINT)
    return type(cause).__module__.startswith("psycopg") and type(cause).__name__ == "OperationalError"


def first_line(cause: BaseException) -> str:
    """What an error says, without details that go on."""
    return (str(cause).splitlines() or [type(cause).__name__])[0]


def wipe(engine: sa.Engine, *, whole: bool = True) -> None:
    """Sees to it that what was deleted is in no file of the database any more; `whole` writes all of it anew.

    On SQLite the write-ahead file is emptied as well. PostgreSQL frees the space; its own write-ahead log and backups
    pass away as its operator has set. StoreError if another process kept the files busy: what was deleted is deleted,
    but may be legible in a file until this is done again. Source: https://www.sqlite.org/pragma.html#pragma_wal_checkpoint
    """
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM")
        return
    raw = engine.raw_connection()
    try:
        cursor = raw.cursor()
        if whole:
            cursor.execute("VACUUM")
        for _ in range(WIPE_TRIES):
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            if (row := cursor.fetchone()) is None or not row[0]:
                return
            time.sleep(0.1)
        raise sqlite3.OperationalError("another process is reading")
    except sqlite3.Error as error:
        raise StoreError(
            f"deleted, but the file could not be written anew ({first_line(error)}); "
            "repeat the command when nobody uses the database"
        ) from error
    finally:
        raw.close()


def insert_missing(connection: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Inserts the rows whose keys are not in the table, and leaves the others as they are."""
    if rows:
        connection.execute(_dialect(connection).insert(table).on_conflict_do_nothing(), list(rows))


def insert_if_missing(connection: sa.Connection, table: sa.Table, row: Mapping[str, Any]) -> bool:
    """Inserts the row unless its key is in the table; whether it was missing."""
    insert = _dialect(connection).insert(table).values(**row).on_conflict_do_nothing()
    return bool(connection.execute(insert).rowcount)


def put(connection: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Inserts the rows; those whose keys are in the table replace what is there."""
    if not rows:
        return
    insert = _dialect(connection).insert(table)
    key = [column.name for column in table.primary_key]
    changed = {name: insert.excluded[name] for name in rows[0] if name not in key}
    connection.execute(insert.on_conflict_do_update(index_elements=key, set_=changed), list(rows))


def one_of(engine: sa.Engine, column: sa.Column[str], values: Collection[str]) -> sa.ColumnElement[bool]:
    """Whether the column has one of many values, given as one parameter."""
    if engine.dialect.name == "postgresql":
        from sqlalchemy.dialects import postgresql

        return column == sa.any_(sa.literal(sorted(values), postgresql.ARRAY(sa.String)))
    listed = sa.func.json_each(json.dumps(sorted(values))).table_valued("value")
    return column.in_(sa.select(listed.c.value))


def _dialect(connection: sa.Connection) -> Any:
    if connection.dialect.name != "postgresql":
        return sqlite
    from sqlalchemy.dialects import postgresql

    return postgresql
