"""A copy of the database while the bot runs, and the way back. The index is made from the database anew."""

import os
import shutil
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from bot.settings import Settings
from bot.tables import deliveries, slots, subscriptions
from bot.tables import iso as to_text
from pipeline.errors import SettingsError, StoreError
from pipeline.index import Claim
from pipeline.store import Store, open_engine

RESTORED = (
    "The database was restored from a backup made before this was posted or not; nothing is sent again."
)


def backup(settings: Settings, target: Path) -> int:
    """Writes a whole copy of the database to this file, also while it is written to; returns its size in bytes."""
    source = _file(settings)
    if not source.exists():
        raise StoreError(f"{source}: there is no database yet")
    unfinished = target.with_name(f"{target.name}.unfinished")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        unfinished.unlink(missing_ok=True)
        with closing(sqlite3.connect(source, timeout=30)) as old, closing(sqlite3.connect(unfinished)) as new:
            old.backup(new)  # all pages in one step: one state, whoever writes meanwhile
            new.execute("PRAGMA journal_mode=DELETE")
        _check(unfinished)
        with unfinished.open("rb") as written:
            os.fsync(written.fileno())
        unfinished.replace(target)
    except (OSError, sqlite3.Error) as error:
        raise StoreError(f"{target}: the backup could not be written ({error})") from error
    finally:
        unfinished.unlink(missing_ok=True)
    return target.stat().st_size


def restore(settings: Settings, source: Path, now: datetime) -> Path | None:
    """Puts a backup in the place of the database; returns where the old one lies, if there was one.

    The bot must not run: IndexInUse if it does. What was due or under way when the backup was made is not posted: it
    may have been posted since, and the backup does not know.
    """
    database = _file(settings)
    _check(source)
    claim = Claim(settings.index_folder)
    claim.take()
    try:
        kept = None
        if database.exists():
            kept = database.with_name(f"brief.before-restore-{now:%Y%m%dT%H%M%S}.db")
            backup(settings, kept)
            for leftover in ("", "-wal", "-shm"):
                database.with_name(database.name + leftover).unlink(missing_ok=True)
        shutil.copyfile(source, database)
        Store.open(database).close()  # migrates
        _forget_what_is_due(database, now)
        claim.clear()
        return kept
    except OSError as error:
        raise StoreError(f"{database}: the backup could not be put in place ({error})") from error
    finally:
        claim.release()


def _forget_what_is_due(database: Path, now: datetime) -> None:
    engine = open_engine(f"sqlite:///{database}")
    with engine.execution_options(write=True).begin() as connection:
        open_slots = slots.c.state == "open"
        connection.execute(sa.update(slots).where(open_slots).values(state="skipped", reason=RESTORED))
        unfinished = deliveries.c.state.in_(("pending", "sending"))
        connection.execute(sa.update(deliveries).where(unfinished).values(state="failed", error=RESTORED))
        connection.execute(sa.update(subscriptions).values(since=to_text(now)))
    engine.dispose()


def _file(settings: Settings) -> Path:
    if settings.is_shared:
        raise SettingsError("DATABASE_URL: is set; use pg_dump and pg_restore for PostgreSQL")
    return settings.home / "brief.db"


def _check(path: Path) -> None:
    """StoreError unless this is a whole database of this program."""
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            found = connection.execute("PRAGMA integrity_check").fetchone()[0]
            connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.Error as error:
        raise StoreError(f"{path}: this is no backup of this program ({error})") from error
    if found != "ok":
        raise StoreError(f"{path}: the backup is damaged ({found})")
