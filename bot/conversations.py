"""Questions as they are remembered: stored before Slack gets its acknowledgement, answered once, voted on.

A question waits until its answer is stored, is posted in the next step, and is done when Slack has given the message's
time stamp. What a kill leaves in between is known by its state.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any, Literal

import sqlalchemy as sa

from bot.records import claim_keys, is_briefs_thread, iso, known_keys, metadata
from pipeline.models import Answer

QuestionState = Literal["waiting", "posting", "answered", "cancelled", "failed", "unknown"]
Vote = Literal["good", "bad"]
Intent = Literal["ignored", "empty", "too long", "stop", "question"]
"""What a message wants of the bot."""
Outcome = Intent | Literal["seen before", "too many"]

HISTORY = 10
"""Turns of a thread that a question may refer to."""
HISTORY_CHARACTERS = 4_000
"""All of these turns together, some 1,000 tokens; the oldest are left out first."""
REMEMBERED_TURNS = 200
"""Answers whose numbers are kept; a direct message is one thread for ever."""
AN_HOUR = timedelta(hours=1)

questions = sa.Table(
    "questions",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("channel", sa.String, nullable=False),
    sa.Column("thread_ts", sa.String, nullable=False),
    sa.Column("user", sa.String, nullable=False),
    sa.Column("text", sa.String, nullable=False),
    sa.Column("answer", sa.JSON(none_as_null=True)),
    sa.Column("brief_id", sa.String),
    sa.Column("at", sa.String, nullable=False),
    sa.Column("message_ts", sa.String),
    sa.Column("reply_in", sa.String),
    sa.Column("answer_ts", sa.String),
    sa.Column("state", sa.String, nullable=False, server_default="answered"),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("versions", sa.JSON(none_as_null=True)),
    sa.Column("stream_ts", sa.String),
    sa.Index("ix_questions_thread", "channel", "thread_ts"),
    sa.Index("ix_questions_state", "state"),
    sa.Index("ix_questions_user", "user", "at"),
    sa.Index("uq_questions_message", "channel", "message_ts", unique=True),
)

votes = sa.Table(
    "votes",
    metadata,
    sa.Column("question_id", sa.Integer, sa.ForeignKey("questions.id"), primary_key=True),
    sa.Column("user", sa.String, primary_key=True),
    sa.Column("vote", sa.String, nullable=False),
    sa.Column("at", sa.String, nullable=False),
    sa.Column("reasons", sa.JSON(none_as_null=True)),
    sa.Column("comment", sa.String),
)

brief_votes = sa.Table(
    "brief_votes",
    metadata,
    sa.Column("brief_id", sa.String, primary_key=True),
    sa.Column("channel", sa.String, primary_key=True),
    sa.Column("user", sa.String, primary_key=True),
    sa.Column("vote", sa.String, nullable=False),
    sa.Column("reasons", sa.JSON(none_as_null=True)),
    sa.Column("comment", sa.String),
    sa.Column("at", sa.String, nullable=False),
)


@dataclass(frozen=True)
class Limits:
    """How many questions of one person are taken."""

    waiting: int = 5
    """At once."""
    hourly: int = 60


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


@dataclass(frozen=True)
class Pending:
    """A stored question that is to be answered."""

    id: int
    channel: str
    thread: str
    user: str
    text: str
    message_ts: str
    reply_in: str | None
    at: datetime
    state: QuestionState
    attempts: int
    answer: Answer | None
    stream_ts: str | None = None
    """Of the half message that shows how the answer is made."""


@dataclass(frozen=True)
class Conversation:
    """What was asked in a thread, oldest first, what each answer cited, and the numbers that works have there."""

    questions: tuple[str, ...]
    cited: tuple[tuple[str, ...], ...]
    """Ids of articles, for each question by first citation."""
    numbers: dict[int, str]


@dataclass(frozen=True)
class Rated:
    """An answer that people voted on, with the turns before it."""

    id: int
    text: str
    answer: Answer
    brief_id: str | None
    history: tuple[str, ...]
    good: int
    bad: int
    versions: Mapping[str, str] = field(default_factory=dict)
    told: "Told" = field(default_factory=lambda: Told())


@dataclass(frozen=True)
class Told:
    """Why people voted as they did: how often each reason was given, and what they wrote."""

    reasons: Mapping[str, int] = field(default_factory=dict)
    comments: tuple[str, ...] = ()


@dataclass(frozen=True)
class RatedBrief:
    """What people think of a brief."""

    brief_id: str
    good: int
    bad: int
    told: Told


class Conversations:
    """The tables of questions and votes. Methods block; asynchronous callers use a thread."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._writer = engine.execution_options(write=True)

    # Arrivals

    def receive(self, arrivals: Sequence[Arrival], limits: Limits = Limits()) -> list[Received]:
        """Stores what is new of these messages, all in one transaction, and says what became of each."""
        with self._writer.begin() as connection:
            return _Reception(connection, arrivals, limits).outcomes()

    # Answers

    def unfinished(self) -> list[Pending]:
        """Questions without a posted answer, in the order in which they were asked."""
        query = sa.select(questions).where(questions.c.state.in_(("waiting", "posting")))
        with self._engine.connect() as connection:
            rows = connection.execute(query.order_by(questions.c.message_ts, questions.c.id)).mappings()
            return [_pending(dict(row)) for row in rows]

    def take_next(self, channel: str, thread: str) -> Pending | None:
        """The first question of a conversation that waits, one more attempt counted; none if none waits."""
        query = (
            sa.select(questions)
            .where(questions.c.channel == channel, questions.c.thread_ts == thread)
            .where(questions.c.state == "waiting")
            .order_by(questions.c.message_ts, questions.c.id)
            .limit(1)
        )
        with self._writer.begin() as connection:
            row = connection.execute(query).mappings().first()
            if row is None:
                return None
            attempts = row["attempts"] + 1
            _update(connection, row["id"], attempts=attempts)
            return _pending({**row, "attempts": attempts})

    def save_answer(
        self, number: int, answer: Answer, brief_id: str | None, versions: Mapping[str, str]
    ) -> bool:
        """Stores the answer, which is posted next; False if the question was taken back meanwhile."""
        values = {"answer": answer.model_dump(mode="json"), "brief_id": brief_id, "versions": dict(versions)}
        return self._step(number, "waiting", state="posting", **values)

    def give_up(self, number: int) -> bool:
        """Marks a question that cannot be answered; False if it was taken back meanwhile."""
        return self._step(number, "waiting", state="failed")

    def posted(self, number: int, ts: str) -> None:
        """Remembers the answer's message."""
        self._step(number, "posting", state="answered", answer_ts=ts)

    def not_posted(self, number: int, state: Literal["failed", "unknown"]) -> None:
        """Marks an answer that Slack refused, or of which nobody can say whether it was posted."""
        self._step(number, "posting", state=state)

    def stream(self, number: int, ts: str | None) -> None:
        """Remembers the half message that shows how an answer is made, or that there is none any more."""
        with self._writer.begin() as connection:
            _update(connection, number, stream_ts=ts)

    def stream_of(self, number: int) -> str | None:
        """The time stamp of a question's half message."""
        with self._engine.connect() as connection:
            return connection.scalar(sa.select(questions.c.stream_ts).where(questions.c.id == number))

    def half_open(self) -> list[Pending]:
        """Questions that are not answered any more, but whose half message may stand."""
        over = questions.c.state.in_(("cancelled", "failed"))
        query = sa.select(questions).where(over, questions.c.stream_ts.is_not(None))
        with self._engine.connect() as connection:
            return [_pending(dict(row)) for row in connection.execute(query).mappings()]

    def stop(self, channel: str, thread: str) -> int:
        """Takes back what was asked in a conversation and is not answered yet; returns how much."""
        where = (
            questions.c.channel == channel,
            questions.c.thread_ts == thread,
            questions.c.state == "waiting",
        )
        with self._writer.begin() as connection:
            return connection.execute(sa.update(questions).where(*where).values(state="cancelled")).rowcount

    def _step(self, number: int, expected: QuestionState, **values: Any) -> bool:
        with self._writer.begin() as connection:
            return _update(connection, number, expected, **values)

    def conversation(self, channel: str, thread: str, user: str, brief_id: str | None) -> Conversation:
        """What a person's next words may refer to: own turns of the thread, else the others'; and its numbers."""
        query = sa.select(questions.c.user, questions.c.text, questions.c.answer, questions.c.brief_id).where(
            questions.c.channel == channel,
            questions.c.thread_ts == thread,
            questions.c.answer.is_not(None),
        )
        with self._engine.connect() as connection:
            rows = connection.execute(query.order_by(questions.c.id.desc()).limit(REMEMBERED_TURNS)).all()
        given: dict[int, str] = {}
        for row in rows:
            if row.brief_id == brief_id:
                # The latest first: an older answer's numbers stand, whatever a later one says.
                given |= {r["n"]: r["article_id"] for r in row.answer["references"]}
        latest = _within_budget([row for row in rows if row.user == user] or rows)
        return Conversation(
            questions=tuple(row.text for row in latest),
            cited=tuple(_cited(row.answer) for row in latest),
            numbers=given,
        )

    # Votes

    def vote(self, number: int, user: str, vote: Vote, at: datetime) -> bool:
        """Stores what a person thinks of an answer, in place of an earlier vote; False if there is no such answer."""
        with self._writer.begin() as connection:
            known = connection.scalar(
                sa.select(questions.c.id).where(questions.c.id == number, questions.c.answer.is_not(None))
            )
            if known is None:
                return False
            mine = (votes.c.question_id == number) & (votes.c.user == user)
            connection.execute(sa.delete(votes).where(mine))
            connection.execute(sa.insert(votes).values(question_id=number, user=user, vote=vote, at=iso(at)))
        return True

    def explain(self, number: int, user: str, reasons: Sequence[str], comment: str) -> bool:
        """Adds to a person's vote on an answer why it was given; False if there is no such vote."""
        mine = (votes.c.question_id == number) & (votes.c.user == user)
        values = {"reasons": list(reasons), "comment": comment or None}
        with self._writer.begin() as connection:
            return connection.execute(sa.update(votes).where(mine).values(values)).rowcount == 1

    def rate_brief(
        self,
        brief_id: str,
        channel: str,
        user: str,
        vote: Vote,
        reasons: Sequence[str],
        comment: str,
        at: datetime,
    ) -> None:
        """Stores what a person thinks of a brief in a channel, in place of what they thought before."""
        key = {"brief_id": brief_id, "channel": channel, "user": user}
        told = {"vote": vote, "reasons": list(reasons), "comment": comment or None, "at": iso(at)}
        with self._writer.begin() as connection:
            table = brief_votes.c
            same = (table.brief_id == brief_id) & (table.channel == channel) & (table.user == user)
            connection.execute(sa.delete(brief_votes).where(same))
            connection.execute(sa.insert(brief_votes).values({**key, **told}))

    def rated_briefs(self) -> list[RatedBrief]:
        """All briefs that somebody voted on, by id."""
        with self._engine.connect() as connection:
            rows = connection.execute(
                sa.select(brief_votes).order_by(brief_votes.c.brief_id, brief_votes.c.at)
            ).all()
        return [
            RatedBrief(
                brief_id,
                sum(row.vote == "good" for row in group),
                sum(row.vote == "bad" for row in group),
                _told(group),
            )
            for brief_id, group in (
                (key, list(of)) for key, of in groupby(rows, key=lambda r: str(r.brief_id))
            )
        ]

    def rated(self) -> list[Rated]:
        """All answers that somebody voted on, in the order of the questions."""
        good = sa.func.sum(sa.case((votes.c.vote == "good", 1), else_=0)).label("good")
        bad = sa.func.sum(sa.case((votes.c.vote == "bad", 1), else_=0)).label("bad")
        query = (
            sa.select(questions, good, bad)
            .join_from(questions, votes)
            .group_by(questions.c.id)
            .order_by(questions.c.id)
        )
        with self._engine.connect() as connection:
            rows = connection.execute(query).mappings().all()
            return [
                _rated(dict(row), _before(connection, dict(row)), _told(_votes_on(connection, row["id"])))
                for row in rows
            ]


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


def _update(
    connection: sa.Connection, number: int, expected: QuestionState | None = None, **values: Any
) -> bool:
    where = questions.c.id == number
    if expected is not None:
        where &= questions.c.state == expected
    return connection.execute(sa.update(questions).where(where).values(values)).rowcount == 1


def _pending(row: Mapping[str, Any]) -> Pending:
    return Pending(
        id=row["id"],
        channel=row["channel"],
        thread=row["thread_ts"],
        user=row["user"],
        text=row["text"],
        message_ts=row["message_ts"],
        reply_in=row["reply_in"],
        at=datetime.fromisoformat(row["at"]).astimezone(UTC),
        state=row["state"],
        attempts=row["attempts"],
        answer=Answer.model_validate(row["answer"]) if row["answer"] else None,
        stream_ts=row["stream_ts"],
    )


def _within_budget(rows: Sequence[Any]) -> list[Any]:
    """Of turns, the latest first, those that may be looked back to, oldest first."""
    kept: list[Any] = []
    size = 0
    for row in rows[:HISTORY]:
        size += len(row.text)
        if kept and size > HISTORY_CHARACTERS:
            break
        kept.append(row)
    return kept[::-1]


def _before(connection: sa.Connection, row: Mapping[str, Any]) -> tuple[str, ...]:
    """The turns that this question could refer to."""
    query = (
        sa.select(questions.c.user, questions.c.text)
        .where(questions.c.channel == row["channel"], questions.c.thread_ts == row["thread_ts"])
        .where(questions.c.id < row["id"], questions.c.answer.is_not(None))
        .order_by(questions.c.id.desc())
        .limit(REMEMBERED_TURNS)
    )
    rows = connection.execute(query).all()
    return tuple(r.text for r in _within_budget([r for r in rows if r.user == row["user"]] or rows))


def _votes_on(connection: sa.Connection, number: int) -> Sequence[Any]:
    return connection.execute(
        sa.select(votes).where(votes.c.question_id == number).order_by(votes.c.at)
    ).all()


def _told(rows: Sequence[Any]) -> Told:
    """What stands in the rows of votes besides the votes."""
    reasons = Counter(reason for row in rows for reason in row.reasons or ())
    return Told(dict(sorted(reasons.items())), tuple(row.comment for row in rows if row.comment))


def _rated(row: Mapping[str, Any], history: tuple[str, ...], told: Told) -> Rated:
    return Rated(
        id=row["id"],
        text=row["text"],
        answer=Answer.model_validate(row["answer"]),
        brief_id=row["brief_id"],
        history=history,
        good=int(row["good"]),
        bad=int(row["bad"]),
        versions=row["versions"] or {},
        told=told,
    )


def _cited(answer: Mapping[str, Any]) -> tuple[str, ...]:
    """The works that a stored answer cites, by first citation."""
    works = {reference["n"]: reference["article_id"] for reference in answer["references"]}
    order = [works[n] for claim in answer["claims"] for n in claim["citations"] if n in works]
    return tuple(dict.fromkeys(order))
