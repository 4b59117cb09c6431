"""Forgetting: what people asked and what channels got leaves the database, the caches of models with it.

Whose a row of the Slack side is follows from its columns: `channel` and `user`, its own or those of the row that it
refers to. So a new table is covered as soon as it has them. Articles, feeds and the index hold nothing of people.
"""

import logging
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import sqlalchemy as sa

from bot.records import handled_events
from bot.settings import RetentionTable, Subscription
from bot.slots import key_of
from bot.tables import (
    choices,
    deliveries,
    installations,
    iso,
    leases,
    metadata,
    oauth_states,
    questions,
    slots,
    subscriptions,
    team_channels,
)
from pipeline.errors import SettingsError
from pipeline.store import forget_full_texts, put, wipe
from pipeline.store.tables import briefs, chunks, decisions, full_texts, model_calls, runs, tallies, to_iso

log = logging.getLogger(__name__)

Kind = Literal["workspace", "channel", "user", "thread"]

STAYS = (leases, installations, oauth_states)
"""Tables of the Slack side that say nothing of anybody; tokens end when the app is removed."""
NOTHING_SAID: dict[str, Any] = {"run": None, "key": "", "channel": "", "good": False, "data": {}}
"""What is left of a call of a model: when it was, its tokens and its cost, so that the day's limits still hold."""


@dataclass(frozen=True)
class Whose:
    """What is to be forgotten: a workspace's, a channel's (by all its names), a person's, or a thread's questions."""

    kind: Kind
    names: tuple[str, ...] = ()
    """Of the channel, or the id of the person or of one of several workspaces; a workspace without one is everybody."""
    thread: str = ""
    """The time stamp of its first message, or empty for all threads; the channel is in `names`."""


@dataclass(frozen=True)
class Rows:
    """Some rows of a table, which are deleted, or blanked where `values` are given."""

    table: sa.Table
    where: sa.ColumnElement[bool]
    values: dict[str, Any] | None = None

    def count(self, connection: sa.Connection) -> int:
        """How many there are."""
        query = sa.select(sa.func.count()).select_from(self.table).where(self.where)
        return int(connection.scalar(query) or 0)

    def remove(self, connection: sa.Connection) -> int:
        """Deletes or blanks them; returns how many there were."""
        if self.values is None:
            return connection.execute(sa.delete(self.table).where(self.where)).rowcount
        return connection.execute(sa.update(self.table).where(self.where).values(self.values)).rowcount


Forgotten = dict[str, int]
"""How many rows of each table."""


def would_forget(engine: sa.Engine, whose: Whose) -> Forgotten:
    """What `forget` would take; nothing is changed."""
    with engine.connect() as connection:
        whole = _with_aliases(connection, whose)
        return _tally((rows, rows.count(connection)) for rows in _rows_of(connection, whole))


def forget(
    engine: sa.Engine, whose: Whose, now: datetime, subscribed: Sequence[Subscription] = ()
) -> Forgotten:
    """Deletes what is theirs, and sees to it that the database's files hold none of it; returns what went.

    `subscribed` are the subscriptions of the settings: what was due before now is not owed to a channel that has
    forgotten that it was posted.
    """
    with engine.execution_options(write="alone").begin() as connection:
        _overwrite_what_goes(connection)
        whose = _with_aliases(connection, whose)
        done = _tally((rows, rows.remove(connection)) for rows in _rows_of(connection, whose))
        if whose.kind in ("workspace", "channel"):
            kept = [one for one in subscribed if whose.kind == "workspace" or one.channel in whose.names]
            put(connection, subscriptions, [_from_now_on(one, now) for one in kept])
    wipe(engine)
    return done


def forget_old(
    engine: sa.Engine, keep: RetentionTable, now: datetime, *, only_count: bool = False
) -> Forgotten:
    """Deletes what is older than the settings keep it; returns what went. Unanswered questions stay."""
    with engine.execution_options(write="alone").begin() as connection:
        _overwrite_what_goes(connection)
        works = _old_full_texts(connection, keep, now)
        rows = list(_old_rows(keep, now))
        done = _tally((one, one.count(connection) if only_count else one.remove(connection)) for one in rows)
        if not only_count:
            forget_full_texts(connection, works)
    done |= {full_texts.name: len(works)} if works else {}
    if done and not only_count:
        wipe(engine, whole=False)
        log.info("forgotten by age: %s", ", ".join(f"{n} {name}" for name, n in done.items()))
    return done


def _with_aliases(connection: sa.Connection, whose: Whose) -> Whose:
    """The same by all names of its channels; one of several workspaces is the channels that are known to be its own."""
    names = whose.names
    if whose.kind == "workspace" and names:
        own = sa.select(team_channels.c.channel).where(team_channels.c.team.in_(names))
        names = tuple(connection.scalars(own))
    elif whose.kind != "channel":
        return whose
    return Whose("channel", aliases(connection, names))


def _rows_of(connection: sa.Connection, whose: Whose) -> list[Rows]:
    """The rows that are theirs, those that refer to others first."""
    return [*_of_research(connection, whose), *_of_slack(whose)]


def aliases(connection: sa.Connection, names: Sequence[str]) -> tuple[str, ...]:
    """A channel's names, with those that the tables know to be the same channel's: its id, and #name.

    Nothing follows from a name that was found: channels of different workspaces may have the same.
    """
    joined = sa.select(deliveries.c.channel, slots.c.channel).join(slots, slots.c.key == deliveries.c.slot)
    pairs = [tuple(row) for row in connection.execute(joined.distinct())]
    chosen = connection.scalars(sa.select(choices.c.data))
    pairs += [(str(data["channel"]), f"#{data['channel_name']}") for data in chosen]
    same = {name for pair in pairs if not set(names).isdisjoint(pair) for name in pair}
    return tuple(sorted({*names, *same}))


def thread_of(link: str) -> tuple[str, str]:
    """Channel and first message of the thread that a message's link points into."""
    found = re.search(r"/archives/(\w+)/p(\d{10})(\d{6})(?:\?(?:.*&)?thread_ts=(\d+\.\d+))?", link)
    if found is None:
        raise SettingsError("LINK: give the link of a message in Slack, with /archives/ in it")
    if found[1].startswith("D"):
        return found[1], "direct"  # a direct message is one conversation
    return found[1], found[4] or f"{found[2]}.{found[3]}"


# The Slack side


def _of_slack(whose: Whose) -> Iterator[Rows]:
    yield from _events(whose)
    for table in reversed(metadata.sorted_tables):
        where = None if table in (*STAYS, handled_events) else _theirs(table, whose)
        if where is not None:
            yield Rows(table, where)


def _theirs(table: sa.Table, whose: Whose) -> sa.ColumnElement[bool] | None:
    """Which rows of a table are theirs; none if by its columns it has nothing of anybody."""
    if whose.kind == "workspace":
        return sa.true()
    found = _own(table, whose)
    for key in table.foreign_keys:
        above = _theirs(key.column.table, whose)
        if above is not None:
            found.append(key.parent.in_(sa.select(key.column).where(above)))
    return sa.or_(*found) if found else None


def _own(table: sa.Table, whose: Whose) -> list[sa.ColumnElement[bool]]:
    if whose.kind == "user":
        return [table.c.user.in_(whose.names)] if "user" in table.c else []
    if whose.kind == "thread":
        if "thread_ts" not in table.c:
            return []
        there = table.c.channel.in_(whose.names)
        return [there & (table.c.thread_ts == whose.thread) if whose.thread else there]
    if table is subscriptions:  # its key begins with the channel
        return [table.c.key.startswith(f"{name}|", autoescape=True) for name in whose.names]
    return [table.c.channel.in_(whose.names)] if "channel" in table.c else []


def _events(whose: Whose) -> Iterator[Rows]:
    """The keys of messages that were handled: they name channel and time stamp."""
    if whose.kind == "workspace":
        yield Rows(handled_events, sa.true())
        return
    if whose.kind == "channel":
        begins = [handled_events.c.key.startswith(f"message:{n}:", autoescape=True) for n in whose.names]
        yield Rows(handled_events, sa.or_(sa.false(), *begins))
        return
    theirs = _theirs(questions, whose)
    assert theirs is not None  # noqa: S101 - questions have a channel, a thread and a user
    key = sa.literal("message:") + questions.c.channel + ":" + questions.c.message_ts
    yield Rows(handled_events, handled_events.c.key.in_(sa.select(key).where(theirs)))


# Briefs, runs, and calls of models


def _of_research(connection: sa.Connection, whose: Whose) -> list[Rows]:
    if whose.kind == "workspace":
        everything = [Rows(table, sa.true()) for table in (decisions, tallies, briefs)]
        of_people = runs.c.use_case != "ingest"
        return [*everything, Rows(runs, of_people), Rows(model_calls, _says_something(), NOTHING_SAID)]
    if whose.kind == "channel":
        gone = _briefs_of(connection, whose.names)
        return [*_of_briefs(connection, gone), *_runs_of(whose.names, gone)]
    return list(_answers_beside(connection, whose))


def _says_something() -> sa.ColumnElement[bool]:
    return model_calls.c.key != ""


def _briefs_of(connection: sa.Connection, names: Sequence[str]) -> list[str]:
    """The briefs that were written for a channel, or posted there, and nowhere else."""
    got: set[str] = set()
    others: set[str] = set()
    for table in (deliveries, slots):
        has_one = table.c.brief_id.is_not(None)
        for brief, channel in connection.execute(sa.select(table.c.brief_id, table.c.channel).where(has_one)):
            (got if channel in names else others).add(brief)
    written = sa.select(runs.c.subject).where(runs.c.use_case == "write", runs.c.channel.in_(names))
    got.update(subject for subject in connection.scalars(written) if subject)
    return sorted(got - others)


def _of_briefs(connection: sa.Connection, gone: Sequence[str]) -> Iterator[Rows]:
    """The briefs, their decisions, and counts under the topic that nobody else's briefs share."""
    bases: dict[bool, set[str]] = {True: set(), False: set()}
    for basis, brief in connection.execute(sa.select(tallies.c.basis, tallies.c.brief_id)):
        if brief is not None:
            bases[brief in gone].add(basis)
    for chunk in chunks(gone):
        yield Rows(decisions, decisions.c.brief_id.in_(chunk))
        yield Rows(briefs, briefs.c.id.in_(chunk))
    for chunk in chunks(sorted(bases[True] - bases[False])):
        yield Rows(tallies, tallies.c.basis.in_(chunk))


def _runs_of(names: Sequence[str], gone: Sequence[str]) -> Iterator[Rows]:
    """A channel's runs and calls; those of a brief that stays lose the channel's name and nothing else."""
    kept = (runs.c.use_case == "write") & sa.func.coalesce(runs.c.subject, "").not_in(gone)
    mine, calls = runs.c.channel.in_(names), model_calls.c.channel.in_(names)
    numbers = sa.select(runs.c.number).where(mine & kept).scalar_subquery()
    stay = sa.func.coalesce(model_calls.c.run, -1).in_(numbers)
    yield Rows(model_calls, calls & ~stay, NOTHING_SAID)
    yield Rows(model_calls, calls & stay, {"channel": ""})
    yield Rows(runs, mine & ~kept)
    yield Rows(runs, mine & kept, {"channel": None})


def _answers_beside(connection: sa.Connection, whose: Whose) -> Iterator[Rows]:
    """Recorded answers of the channels in which a person asked: others' may repeat that person's words."""
    theirs = _theirs(questions, whose)
    assert theirs is not None  # noqa: S101 - as above
    channels = list(connection.scalars(sa.select(questions.c.channel).where(theirs).distinct()))
    told = (runs.c.use_case == "answer") & runs.c.channel.in_(channels)
    numbers = list(connection.scalars(sa.select(runs.c.number).where(told)))
    for some in _portions(numbers):
        yield Rows(model_calls, model_calls.c.run.in_(some), NOTHING_SAID)
        yield Rows(runs, runs.c.number.in_(some))
    broken_off = model_calls.c.run.is_(None) & model_calls.c.channel.in_(channels) & _says_something()
    yield Rows(model_calls, broken_off, NOTHING_SAID)


def _portions(numbers: Sequence[int], size: int = 500) -> Iterator[Sequence[int]]:
    for start in range(0, len(numbers), size):
        yield numbers[start : start + size]


# By age


def _old_rows(keep: RetentionTable, now: datetime) -> Iterator[Rows]:
    if keep.questions_days is not None:
        before = now - timedelta(days=keep.questions_days)
        old = (questions.c.at < iso(before)) & questions.c.state.not_in(("waiting", "posting"))
        for table in reversed(metadata.sorted_tables):
            for key in table.foreign_keys:
                if key.column.table is questions:
                    yield Rows(table, key.parent.in_(sa.select(questions.c.id).where(old)))
        yield Rows(questions, old)
        yield from _old_runs(before, runs.c.use_case == "answer")
    if keep.runs_days is not None:
        yield from _old_runs(now - timedelta(days=keep.runs_days), sa.true())


def _old_full_texts(connection: sa.Connection, keep: RetentionTable, now: datetime) -> list[str]:
    if keep.full_texts_days is None:
        return []
    old = full_texts.c.tried_at < to_iso(now - timedelta(days=keep.full_texts_days))
    return list(connection.scalars(sa.select(full_texts.c.article_id).where(old)))


def _old_runs(before: datetime, which: sa.ColumnElement[bool]) -> Iterator[Rows]:
    """Runs before an instant, apart from the last reading of the feeds, and the calls that they made."""
    last = sa.select(sa.func.max(runs.c.number)).where(runs.c.use_case == "ingest").scalar_subquery()
    old = which & (runs.c.as_of < to_iso(before)) & (runs.c.number != sa.func.coalesce(last, -1))
    at = model_calls.c.at < to_iso(before)
    of_old = model_calls.c.run.in_(sa.select(runs.c.number).where(old))
    yield Rows(model_calls, at & (of_old | model_calls.c.run.is_(None)))
    yield Rows(runs, old)


def _from_now_on(one: Subscription, now: datetime) -> dict[str, Any]:
    return {"key": key_of(one), "since": iso(now), "paused": one.paused}


def _tally(counted: Iterator[tuple[Rows, int]]) -> Forgotten:
    found: Forgotten = {}
    for rows, count in counted:
        if count:
            found[rows.table.name] = found.get(rows.table.name, 0) + count
    return found


def _overwrite_what_goes(connection: sa.Connection) -> None:
    """Deleted content is overwritten with zeros (https://www.sqlite.org/pragma.html#pragma_secure_delete)."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA secure_delete=ON")
