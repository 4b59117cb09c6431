"""Backups while the database is written to, restored each; and what is left of people who were forgotten.

    .venv/bin/python -m benchmarks.upkeep [ROUNDS] [PEOPLE]

A thread stores batches of 20 works, up to 20 a second. Each round takes a backup, restores it in an empty home, and
looks whether it is whole: no page damaged, only whole batches, all that was committed before, every work found by its
words. The baseline copies the database's file at the same moments, as `cp` would. Then people ask 20 questions each,
half of them are forgotten one by one, and every file of the home is searched for what they wrote; the baseline deletes
their rows in SQL.
"""

import argparse
import shutil
import sqlite3
import sys
import tempfile
import threading
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

import sqlalchemy as sa

from bot.backup import backup, restore
from bot.forgetting import Whose, forget
from bot.settings import Config, Settings
from bot.tables import iso, questions
from pipeline.index import passages_of
from pipeline.models import Entry
from pipeline.store import Store

NOW = datetime(2026, 5, 18, 9, tzinfo=UTC)
BATCH = 20
PAUSE = 0.05
"""Seconds between two batches, so that the database does not outgrow the test."""
ASKED = 20
CONFIG = Config.model_validate(
    {
        "feeds": [{"name": "f", "url": "https://example.org/feed"}],
        "profiles": {"p": {"title": "P", "topic": "anything"}},
    }
)


def settings_for(home: Path) -> Settings:
    """Settings of a home."""
    return Settings(home=home, config=CONFIG, config_file=home / "brief.toml")


def write(store: Store, n: int) -> None:
    """One batch, in one transaction."""
    works = [
        Entry(
            feed="f", guid=f"{n}-{m}", title=f"Study {n} of part{m}", text=f"Guards number{n}x{m} hold. " * 20
        )
        for m in range(BATCH)
    ]
    store.add_entries(works, NOW, passages_of)


def problem(path: Path, least: int) -> str | None:
    """What is wrong with a database that should hold at least so many works; none if it is whole."""
    try:
        with closing(sqlite3.connect(path)) as connection:
            found = connection.execute("PRAGMA integrity_check").fetchone()[0]
            works = connection.execute("SELECT count(*) FROM articles").fetchone()[0]
            worded = connection.execute(
                "SELECT count(*) FROM passages_fts WHERE passages_fts MATCH 'guards'"
            ).fetchone()[0]
    except sqlite3.Error as error:
        return f"cannot be read ({error})"
    if found != "ok":
        return f"damaged ({found.splitlines()[0]})"
    if works % BATCH or works < least or worded != works:
        return f"{works} works, {worded} of them found by their words, where {least} had been stored"
    return None


def restored(home: Path, saved: Path) -> Path:
    """The database of an empty home after a restore."""
    restore(settings_for(home), saved, NOW)
    return home / "brief.db"


def copied(settings: Settings, target: Path) -> None:
    """The database's file as it lies there."""
    shutil.copyfile(settings.home / "brief.db", target)


def backups(folder: Path, rounds: int) -> None:
    """Prints how many of each kind were whole."""
    settings = settings_for(folder / "home")
    store, stop, count = Store.open(settings.home / "brief.db"), threading.Event(), [0]

    def keep_writing() -> None:
        while not stop.is_set():
            write(store, count[0])
            count[0] += 1
            stop.wait(PAUSE)

    write(store, 0)
    count[0] = 1
    writer = threading.Thread(target=keep_writing)
    writer.start()
    whole, plain, seconds, size = 0, 0, 0.0, 0
    try:
        for n in range(rounds):
            before, started = count[0] * BATCH, perf_counter()
            size = backup(settings, folder / "saved.db")
            seconds += perf_counter() - started
            wrong = problem(restored(folder / f"home-{n}", folder / "saved.db"), before)
            whole += wrong is None
            if wrong:
                print(f"round {n}: {wrong}")
            shutil.rmtree(folder / f"home-{n}")
            before = count[0] * BATCH
            with suppress(OSError):
                copied(settings, folder / "plain.db")
            plain += problem(folder / "plain.db", before) is None
    finally:
        stop.set()
        writer.join()
        store.close()
    print(
        f"{count[0]} batches written meanwhile; the last backup {size / 1e6:.1f} MB, each {seconds / rounds:.2f} s",
        flush=True,
    )
    print(
        f"backups under load, restored and whole: {whole} of {rounds}; the file copied: {plain} of {rounds}"
    )


def ask(engine: sa.Engine, person: int) -> None:
    """A person's questions."""
    rows = [
        {
            "channel": "C1", "thread_ts": f"{person}.{n}", "user": f"U{person:04d}", "at": iso(NOW), "attempts": 1,
            "text": f"canary-{person:04d}-{n} sings?", "answer": {"text": f"canary-{person:04d} sings."},
        }
        for n in range(ASKED)
    ]  # fmt: skip
    with engine.begin() as connection:
        connection.execute(sa.insert(questions), rows)


def left_of(home: Path, people: range) -> int:
    """Bytes of these people's marks in all files of a home."""
    everything = b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())
    return sum(everything.count(f"canary-{n:04d}".encode()) * len(f"canary-{n:04d}") for n in people)


def deleted(engine: sa.Engine, person: str) -> None:
    """The baseline: the rows alone."""
    with engine.begin() as connection:
        connection.execute(sa.delete(questions).where(questions.c.user == person))


def forgotten(folder: Path, people: int) -> None:
    """Prints the bytes that are left of those who were forgotten, and of those who stay."""
    ways: dict[str, Callable[[sa.Engine, str], object]] = {
        "brief forget": lambda engine, person: forget(engine, Whose("user", (person,)), NOW),
        "rows deleted": deleted,
    }
    for name, way in ways.items():
        home = folder / name.replace(" ", "-")
        store = Store.open(home / "brief.db")
        for n in range(people):
            ask(store.engine, n)
        gone, stay = range(people // 2), range(people // 2, people)
        started = perf_counter()
        for n in gone:
            way(store.engine, f"U{n:04d}")
        seconds = (perf_counter() - started) / max(1, len(gone))
        print(
            f"{name}: {left_of(home, gone)} bytes left of {len(gone)} people, {seconds:.2f} s each; "
            f"{left_of(home, stay)} of the {len(stay)} who stay"
        )
        store.close()


def main() -> int:
    """Runs both."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("rounds", type=int, nargs="?", default=50)
    arguments.add_argument("people", type=int, nargs="?", default=50)
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        backups(Path(folder), given.rounds)
        forgotten(Path(folder), given.people)
    return 0


if __name__ == "__main__":
    sys.exit(main())
