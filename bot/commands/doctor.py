"""`brief doctor`: what is wrong, why it matters, and what to do about it.

`brief status` tells what the database knows; `brief check` tries what is configured; this takes what both know, looks
at the machine and the database as well, and explains only what is not as it should be.
"""

import asyncio
import platform
import shutil
import sqlite3
import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.commands.checks import Check, outside_checks
from bot.schedule import latest_slot
from bot.slots import key_of
from bot.tables import deliveries, iso, leases, questions, slots, subscriptions
from pipeline.errors import BriefError
from pipeline.health import FeedHealth, read_health
from pipeline.store import SCHEMA

if TYPE_CHECKING:
    from bot.services import Services
    from bot.settings import Subscription

GIGABYTE = 10**9
SOON = timedelta(minutes=30)
"""How late a brief, and how long unanswered a question, may be without a word."""
RECENT = timedelta(days=14)
SHOWN = 10
"""Findings of one kind."""


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it should be."""

    about: str
    what: str
    why: str
    do: str
    broken: bool = False
    """Whether the bot cannot do its work because of it; else it only may."""

    def lines(self) -> list[str]:
        """For a terminal."""
        mark = "WRONG" if self.broken else "LOOK "
        return [
            f"{mark} {self.about}: {self.what}",
            f"      why it matters: {self.why}",
            f"      do: {self.do}",
        ]


@dataclass(frozen=True)
class Diagnosis:
    """What was looked at, and what was found."""

    about: dict[str, str]
    findings: tuple[Finding, ...]
    well: tuple[str, ...]
    """What was looked at and is as it should be."""

    @property
    def broken(self) -> bool:
        """Whether something keeps the bot from its work."""
        return any(finding.broken for finding in self.findings)

    def as_json(self) -> dict[str, Any]:
        """The document of `brief doctor --json`."""
        return {
            "about": self.about,
            "broken": self.broken,
            "findings": [asdict(finding) for finding in self.findings],
            "well": list(self.well),
        }


async def diagnose(services: "Services", *, offline: bool = False) -> Diagnosis:
    """Looks at everything; `offline` leaves out what needs the network."""
    looks: list[tuple[str, Callable[[Services], Sequence[Finding]]]] = [
        ("files", _files),
        ("database", _database),
        ("index", _index),
        ("feeds", _feeds),
        ("schedule", _schedule),
        ("deliveries", _deliveries),
        ("leases", _leases),
        ("questions", _questions),
    ]
    found: list[Finding] = []
    well = []
    problem = await asyncio.to_thread(_unusable, services)
    if problem:
        looks, found = looks[:1], [problem]
    for name, look in looks:
        some = await asyncio.to_thread(_looked, look, services)
        found += some
        well += [] if some else [name]
    if not offline and not problem:
        checks = await outside_checks(services)
        known = {finding.about for finding in found}
        found += [of_check(check) for check in checks if not check.ok and check.name not in known]
        well += [check.name for check in checks if check.ok]
    unlike = {(finding.about, finding.what): finding for finding in found}.values()
    return Diagnosis(about(services), tuple(sorted(unlike, key=lambda one: not one.broken)), tuple(well))


def _looked(look: "Callable[[Services], Sequence[Finding]]", services: "Services") -> Sequence[Finding]:
    """What a look found; a database that cannot be read is a finding too."""
    try:
        return look(services)
    except BriefError as error:
        return [_broken_database(services, error)]


def about(services: "Services") -> dict[str, str]:
    """What a report of a fault should begin with."""
    shared = services.settings.is_shared
    return {
        "program": services.program,
        "python": platform.python_version(),
        "system": platform.platform(terse=True),
        "database": "PostgreSQL" if shared else f"SQLite {sqlite3.sqlite_version}",
        "schema": SCHEMA,
        "home": str(services.settings.home),
        "settings": str(services.settings.config_file),
    }


# What the checks found

CHECKS = {
    "embedding": ("nothing can be indexed, written or asked", "mend [embedding] in brief.toml"),
    "model": (
        "briefs and answers go out in the sources' own words",
        "mend [model] in brief.toml, or the key in .env",
    ),
    "reranker": (
        "works are ordered by words and meaning alone, and questions may wait for it in vain",
        "mend [reranker] in brief.toml, or RERANKER_API_KEY in .env; start its server",
    ),
    "slack": ("no brief is posted and no question arrives", "follow the sentence above; then `brief check`"),
    "feeds": ("there is nothing new to write about", "check the network; then `brief ingest`"),
    "subscriptions": (
        "nobody gets a brief by itself",
        "add [[subscriptions]] to brief.toml, or `/brief schedule` in a channel",
    ),
}


def of_check(check: Check) -> Finding:
    """A failed check as a finding."""
    if check.name.startswith("feed "):
        why = "its new works are missing from the briefs, which say so"
        return Finding(
            check.name, check.sentence, why, "`brief feeds list`; if it lasts, mend its url in brief.toml"
        )
    why, do = CHECKS[check.name]
    return Finding(check.name, check.sentence, why, do, check.required)


# The machine


def _files(services: "Services") -> list[Finding]:
    settings = services.settings
    size = 0 if settings.is_shared else _size(settings.home / "brief.db")
    free = shutil.disk_usage(_existing(settings.home)).free
    secret_mode = Path(".env").stat().st_mode if Path(".env").is_file() else 0
    return [*disk(free, size), *secrets_file(secret_mode)]


def disk(free: int, database: int) -> Iterator[Finding]:
    """Of the bytes that are free, and those of the database: a backup or a rebuilt index needs room."""
    wanted = max(GIGABYTE, 2 * database)
    if free < wanted:
        yield Finding(
            "disk",
            f"{free / GIGABYTE:.1f} GB are free where the home folder lies",
            "a full disk stops reading, writing and backups; a rebuilt index takes as much again as the database",
            f"make room for {wanted / GIGABYTE:.0f} GB, or move the home folder (--home, BRIEF_HOME)",
            broken=free < GIGABYTE / 10,
        )


def secrets_file(mode: int) -> Iterator[Finding]:
    """Of the file mode of `.env`, 0 if there is none."""
    if mode & (stat.S_IRGRP | stat.S_IROTH) and platform.system() != "Windows":
        why = "whoever has an account on this machine can act as the bot"
        yield Finding(".env", "others on this machine may read it", why, "chmod 600 .env")


def _existing(folder: Path) -> Path:
    return next(path for path in (folder, *folder.parents) if path.exists())


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


# The database and the index


def _unusable(services: "Services") -> Finding | None:
    """What keeps the database from being opened."""
    try:
        services.store.count_articles()
    except BriefError as error:
        return _broken_database(services, error)
    return None


def _broken_database(services: "Services", error: BriefError) -> Finding:
    do = "if the file is damaged: stop the bot, `brief restore COPY` with your last good backup"
    if services.settings.is_shared:
        do = "check DATABASE_URL and the server; if it answers, its log"
    return Finding("database", error.user_message, "nothing works without it", do, broken=True)


def _database(services: "Services") -> list[Finding]:
    if services.settings.is_shared:
        return []  # PostgreSQL checks its pages itself
    with services.store.engine.connect() as connection:
        damage = [str(row[0]) for row in connection.exec_driver_sql("PRAGMA integrity_check(3)")]
        orphans = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    found = []
    if damage != ["ok"]:
        do = "stop the bot, copy the home folder, then `brief restore COPY` with your last good backup"
        why = "what is stored may be lost or wrong, and grows worse with each write"
        found.append(Finding("database", f"it is damaged: {'; '.join(damage)}", why, do, broken=True))
    if orphans:
        why = "rows refer to others that are gone: something else than this program wrote here"
        what = f"{len(orphans)} rows refer to nothing"
        found.append(Finding("database", what, why, "`brief restore COPY` with a backup of before"))
    return found


def _index(services: "Services") -> list[Finding]:
    if services.store.passages.count() == 0:
        why = "no brief can be written and nothing can be answered"
        return [Finding("index", "nothing has been read yet", why, "`brief ingest`")]
    state = services.index_state()
    if state == "ok":
        return []
    why = "until it is whole, answers are found by comparing all stored vectors, which is slower"
    do = "nothing, if the bot runs: it mends itself; else `brief ingest`, or `brief index rebuild` with the bot stopped"
    return [Finding("index", f"it is {state}: it lacks passages that the database has", why, do)]


# The feeds, by what was remembered of them

MEND_FEED = {
    "gone": "give its new address in brief.toml, or `brief feeds remove NAME`",
    "moved": "put the new address into brief.toml",
    "failing": "open its address in a browser; mend or switch it off in brief.toml",
    "waiting": "nothing: the host asked for a pause, which is kept",
}


def _feeds(services: "Services") -> list[Finding]:
    config = services.settings.config
    return [of_feed(one) for one in read_health(services.store, config.feeds, services.now()) if is_odd(one)]


def is_odd(health: FeedHealth) -> bool:
    """Whether a feed's state asks for somebody; one failure passes by itself."""
    return health.alarm or health.state == "moved"


def of_feed(health: FeedHealth) -> Finding:
    """What is odd about a feed, and since when."""
    since = f"; last read {health.last_success:%Y-%m-%d %H:%M}" if health.last_success else "; never read"
    why = "what it would have brought is missing from the briefs, which say so"
    do = MEND_FEED.get(
        health.state, "look at its page: has it ended, or moved? `brief feeds add URL` finds its feed"
    )
    return Finding(f"feed {health.name}", f"{health.sentence or health.state}{since}", why, do)


# What is due


def _schedule(services: "Services") -> list[Finding]:
    services.reload()
    now = services.now()
    latest = [latest_slot(one, now).key for one in services.settings.config.subscriptions]
    with services.store.engine.connect() as connection:
        query = sa.select(subscriptions.c.key, subscriptions.c.since)
        since = {row[0]: str(row[1]) for row in connection.execute(query)}
        rows = connection.execute(sa.select(slots).where(slots.c.key.in_(latest))).mappings()
        known = {row["key"]: row for row in rows}
    found: list[Finding] = []
    for one in services.settings.config.subscriptions:
        if not one.paused:
            row = known.get(latest_slot(one, now).key)
            found += late_brief(one, since.get(key_of(one)), row, now)
    return found


def late_brief(
    one: "Subscription", since: str | None, row: sa.RowMapping | None, now: datetime
) -> Iterator[Finding]:
    """The latest brief that a subscription was owed, if it was not posted."""
    slot = latest_slot(one, now)
    due = f"{slot.due:%A %d %B, %H:%M} UTC"
    about, why = f"brief for {one.channel}", "the channel waits for it"
    if since is None:
        do = "start `brief run`, and keep it running"
        yield Finding(about, "the bot has never run with this subscription", "nothing is posted", do)
    elif row is None:
        if iso(slot.due) >= since and now - slot.due > SOON:
            do = "start `brief run`: within 24 hours it is posted late, after that the latest is made good once"
            yield Finding(about, f"it was due on {due}, and nobody looked", why, do, broken=True)
    elif row["state"] == "failed" or (row["state"] == "open" and now - slot.due > SOON):
        said = f": {row['reason']}" if row["reason"] else ""
        do = "do what the reason says; the bot tries again every ten minutes, and at once when it is started"
        if row["state"] == "failed":
            do = "do what the reason says; then `/brief now` in the channel"
        yield Finding(about, f"due on {due}, {row['state']}{said}", why, do, broken=True)


def _deliveries(services: "Services") -> list[Finding]:
    table = deliveries.c
    recent = table.created_at >= iso(services.now() - RECENT)
    query = sa.select(deliveries).where((table.state == "unknown") | ((table.state == "failed") & recent))
    with services.store.engine.connect() as connection:
        rows = connection.execute(query.order_by(table.created_at.desc()).limit(SHOWN)).mappings().all()
    return [_of_delivery(row) for row in rows]


def _of_delivery(row: sa.RowMapping) -> Finding:
    about = f"delivery {row['id']} to {row['channel']}"
    if row["state"] == "failed":
        return Finding(
            about, row["error"] or "it failed", "the channel did not get it", "`/brief now` in the channel"
        )
    name = row["id"]
    do = f"look into the channel: if it is there `brief settle {name} LINK`, else `brief settle {name} missing`"
    why = "nothing more of it is posted until somebody says, lest it be posted twice"
    return Finding(about, "nobody knows whether a message was posted", why, do, broken=True)


def _leases(services: "Services") -> list[Finding]:
    """Work that was begun and left: a lease ran out and nobody took it over."""
    now = services.records.clock()
    patience = 4 * services.records.lease_seconds
    found = []
    with services.store.engine.connect() as connection:
        for table, name in ((slots, "key"), (deliveries, "id"), (leases, "name")):
            left = table.c.owner.is_not(None) & (table.c.lease_until < now - patience)
            if "state" in table.c:
                left &= table.c.state.in_(("open", "pending", "sending"))
            count = connection.scalar(sa.select(sa.func.count(table.c[name])).where(left))
            if count:
                what = f"{count} {table.name} were left in the middle of the work"
                why = "the process that worked on them died, and no other runs"
                found.append(
                    Finding("leases", what, why, "start `brief run`: it goes on where that one ended")
                )
    return found


def _questions(services: "Services") -> list[Finding]:
    before = iso(services.now() - SOON)
    waiting = questions.c.state.in_(("waiting", "posting")) & (questions.c.at < before)
    with services.store.engine.connect() as connection:
        count = connection.scalar(sa.select(sa.func.count()).select_from(questions).where(waiting))
    if not count:
        return []
    what = f"{count} have waited for more than half an hour"
    return [
        Finding("questions", what, "people wait", "start `brief run`; if it runs, its log says what keeps it")
    ]
