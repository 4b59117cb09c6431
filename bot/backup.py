"""A copy of the database while the bot runs, and the way back. The index is made from the database anew."""

import os
import shutil
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from bot.dumps import check_dump, dump, has_tables, is_in_use, load
from bot.settings import Settings
from bot.tables import deliveries, slots, subscriptions
from bot.tables import iso as to_text
from pipeline.errors import SettingsError, StoreError
from pipeline.index import Claim
from pipeline.store import Store

RESTORED = (
    "The database was restored from a backup made before this was posted or not; nothing is sent again."
)


def backup(settings: Settings, target: Path) -> int:
    """Writes a whole copy of the database to this file, also while it is written to; returns its size in bytes."""
    unfinished = target.with_name(f"{target.name}.unfinished")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        unfinished.unlink(missing_ok=True)
        if settings.is_shared:
            dump(settings.database_url, unfinished)
        else:
            _copy(settings.home / "brief.db", unfinished)
        _check(settings, unfinished)
        with unfinished.open("rb") as written:
            os.fsync(written.fileno())
        unfinished.replace(target)
    except (OSError, sqlite3.Error) as error:
        raise StoreError(f"{target}: the backup could not be written ({error})") from error
    finally:
        unfinished.unlink(missing_ok=True)
    return target.stat().st_size


def _copy(source: Path, target: Path) -> None:
    if not source.exists():
        raise StoreError(f"{source}: there is no database yet")
    with closing(sqlite3.connect(source, timeout=30)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)  # all pages in one step: one state, whoever writes meanwhile
        new.execute("PRAGMA journal_mode=DELETE")


def restore(settings: Settings, source: Path, now: datetime) -> Path | None:
    """Puts a backup in the place of the database; returns where the old one lies, if there was one.

    The bot must not run: IndexInUse or SettingsError if it does. What was due or under way when the backup was made is
    not posted: it may have been posted since, and the backup does not know.
    """
    _check(settings, source)
    kept = settings.home / f"brief.before-restore-{now:%Y%m%dT%H%M%S}.db"
    return (
        _restore_shared(settings, source, kept, now)
        if settings.is_shared
        else _restore_file(settings, source, kept, now)
    )


def _restore_shared(settings: Settings, source: Path, kept: Path, now: datetime) -> Path | None:
    had, url = has_tables(settings.database_url), settings.database_url
    if is_in_use(url):
        raise SettingsError("DATABASE_URL: another process uses this database; end the bot everywhere first")
    if had:
        backup(settings, kept)
    try:
        load(url, source)
    except StoreError as error:
        what = f"what was there is kept as {kept}, for `brief restore`" if had else "it was empty before"
        raise StoreError(f"the database could not be filled ({error}); {what}") from error
    _begin_anew(settings, now)
    return kept if had else None


def _restore_file(settings: Settings, source: Path, kept: Path, now: datetime) -> Path | None:
    database = settings.home / "brief.db"
    claim = Claim(settings.index_folder)
    claim.take()
    try:
        had = database.exists()
        if had:
            backup(settings, kept)
            for leftover in ("", "-wal", "-shm"):
                database.with_name(database.name + leftover).unlink(missing_ok=True)
        shutil.copyfile(source, database)
        _begin_anew(settings, now)
        claim.clear()
        return kept if had else None
    except OSError as error:
        raise StoreError(f"{database}: the backup could not be put in place ({error})") from error
    finally:
        claim.release()


def _begin_anew(settings: Settings, now: datetime) -> None:
    store = Store.open(settings.database_url)  # migrates
    try:
        _forget_what_is_due(store.engine, now)
    finally:
        store.close()


def _forget_what_is_due(engine: sa.Engine, now: datetime) -> None:
    with engine.execution_options(write=True).begin() as connection:
        open_slots = slots.c.state == "open"
        connection.execute(sa.update(slots).where(open_slots).values(state="skipped", reason=RESTORED))
        unfinished = deliveries.c.state.in_(("pending", "sending"))
        connection.execute(sa.update(deliveries).where(unfinished).values(state="failed", error=RESTORED))
        connection.execute(sa.update(subscriptions).values(since=to_text(now)))


def _check(settings: Settings, path: Path) -> None:
    """StoreError unless this is a whole backup of this program's database, of the kind that the settings name."""
    if settings.is_shared:
        check_dump(path)
        return
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            found = connection.execute("PRAGMA integrity_check").fetchone()[0]
            connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.Error as error:
        raise StoreError(f"{path}: this is no backup of this program ({error})") from error
    if found != "ok":
        raise StoreError(f"{path}: the backup is damaged ({found})")
