"""Messages as they arrive: known again by their keys, held against each person's limits, and stored if they ask."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import sqlalchemy as sa

from bot.records import claim_keys, is_briefs_thread, known_keys
from bot.tables import iso, questions

Intent = Literal["ignored", "empty", "too long", "stop", "question"]
"""What a message wants of the bot."""
Outcome = Intent | Literal["seen before", "too many"]

AN_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Limits:
    """How many questions of one person are taken."""

    waiting: int = 5
    """At once."""
    hourly: int = 60


USUAL = Limits()


@dataclass(frozen=True)
class Arrival:
    """A message as it came from Slack."""

    keys: tuple[str, ...]
    """By which it is known again."""
    intent: Intent
    in_briefs_thread: Intent
    """The same if the thread is one of a brief, where nobody needs to name the bot."""
    channel: str
    thread: str
    """The conversation that it is a turn of, within its channel."""
    user: str
    text: str
    message_ts: str
    reply_in: str | None
    """The thread in which the answer belongs; none: straight into the channel."""
    at: datetime


@dataclass(frozen=True)
class Received:
    """What became of a message that arrived."""

    outcome: Outcome
    stopped: int = 0
    """How many questions a stop request took back."""


def take_in(connection: sa.Connection, arrivals: Sequence[Arrival], limits: Limits) -> list[Received]:
    """Stores what is new of these messages, and says what became of each, in order."""
    return _Reception(connection, arrivals, limits).outcomes()


class _Reception:
    """Messages taken in together: a few statements for all of them, however many they are."""

    def __init__(self, connection: sa.Connection, arrivals: Sequence[Arrival], limits: Limits) -> None:
        self._connection, self._arrivals, self._limits = connection, arrivals, limits
        self._seen = known_keys(connection, (key for arrival in arrivals for key in arrival.keys))
        self._taken = self._taken_before()
        self._new: list[Arrival] = []

    def outcomes(self) -> list[Received]:
        """What becomes of each, in order."""
        before = frozenset(self._seen)
        found = [self._received(arrival) for arrival in self._arrivals]
        self._store()
        if self._arrivals:
            claim_keys(self._connection, self._seen - before, self._arrivals[0].at)
        return found

    def _received(self, arrival: Arrival) -> Received:
        again = not self._seen.isdisjoint(arrival.keys)
        self._seen.update(arrival.keys)
        if again:
            return Received("seen before")
        intent = self._intent_of(arrival)
        if intent == "stop":
            self._store()
            return Received("stop", self._stop(arrival))
        if intent != "question":
            return Received(intent)
        recent, waiting = self._taken.get(arrival.user, (0, 0))
        if recent >= self._limits.hourly or waiting >= self._limits.waiting:
            return Received("too many")
        self._taken[arrival.user] = recent + 1, waiting + 1
        self._new.append(arrival)
        return Received("question")

    def _intent_of(self, arrival: Arrival) -> Intent:
        if arrival.intent == arrival.in_briefs_thread:
            return arrival.intent
        in_thread = is_briefs_thread(self._connection, arrival.channel, arrival.thread)
        return arrival.in_briefs_thread if in_thread else arrival.intent

    def _taken_before(self) -> dict[str, tuple[int, int]]:
        """For each person the questions of the last hour, and how many of them wait."""
        if not self._arrivals:
            return {}
        waiting = sa.func.sum(sa.case((questions.c.state == "waiting", 1), else_=0))
        query = (
            sa.select(questions.c.user, sa.func.count(), waiting)
            .where(questions.c.user.in_({arrival.user for arrival in self._arrivals}))
            .where(questions.c.at > iso(max(arrival.at for arrival in self._arrivals) - AN_HOUR))
            .group_by(questions.c.user)
        )
        return {row[0]: (int(row[1]), int(row[2])) for row in self._connection.execute(query)}

    def _stop(self, arrival: Arrival) -> int:
        """Takes back what this person asked here and is not answered yet."""
        mine = (
            (questions.c.channel == arrival.channel)
            & (questions.c.thread_ts == arrival.thread)
            & (questions.c.user == arrival.user)
            & (questions.c.state == "waiting")
        )
        return self._connection.execute(sa.update(questions).where(mine).values(state="cancelled")).rowcount

    def _store(self) -> None:
        new, self._new = self._new, []
        if new:
            self._connection.execute(sa.insert(questions), [_values(arrival) for arrival in new])


def _values(arrival: Arrival) -> dict[str, Any]:
    return {
        "channel": arrival.channel,
        "thread_ts": arrival.thread,
        "user": arrival.user,
        "text": arrival.text,
        "message_ts": arrival.message_ts,
        "reply_in": arrival.reply_in,
        "at": iso(arrival.at),
        "state": "waiting",
        "attempts": 0,
    }
