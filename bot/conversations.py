"""Questions as they are remembered: stored before Slack gets its acknowledgement, answered once.

A question waits until its answer is stored, is posted in the next step, and is done when Slack has given the message's
time stamp. What a kill leaves in between is known by its state.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import sqlalchemy as sa

from bot.arrivals import USUAL, Arrival, Limits, Received, take_in
from bot.tables import iso, questions
from pipeline.models import Answer

QuestionState = Literal["waiting", "posting", "answered", "cancelled", "failed", "unknown"]
HISTORY = 10
"""Turns of a thread that a question may refer to."""
HISTORY_CHARACTERS = 4_000
"""All of these turns together, some 1,000 tokens; the oldest are left out first."""
REMEMBERED_TURNS = 200
"""Answers whose numbers are kept; a direct message is one thread for ever."""


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
    brief_id: str | None = None
    """Of the brief in whose numbers the answer is."""
    stream_ts: str | None = None
    """Of the half message that shows how the answer is made."""


@dataclass(frozen=True)
class Conversation:
    """What was asked in a thread, oldest first, what each answer cited, and the numbers that works have there."""

    questions: tuple[str, ...]
    cited: tuple[tuple[str, ...], ...]
    """Ids of articles, for each question by first citation."""
    numbers: dict[int, str]


class Conversations:
    """The table of questions. Methods block; asynchronous callers use a thread."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._writer = engine.execution_options(write=True)

    # Arrivals

    def receive(self, arrivals: Sequence[Arrival], limits: Limits = USUAL) -> list[Received]:
        """Stores what is new of these messages, all in one transaction, and says what became of each."""
        with self._writer.begin() as connection:
            return take_in(connection, arrivals, limits)

    # Answers

    def unfinished(self) -> list[Pending]:
        """Questions without a posted answer, in the order in which they were asked."""
        query = sa.select(questions).where(questions.c.state.in_(("waiting", "posting")))
        with self._engine.connect() as connection:
            rows = connection.execute(query.order_by(questions.c.message_ts, questions.c.id)).mappings()
            return [_pending(dict(row)) for row in rows]

    def answered(self, channels: Collection[str], user: str, since: datetime) -> int:
        """How many questions were answered from then on, in these channels or asked by this person."""
        theirs = questions.c.channel.in_(channels) | (questions.c.user == user)
        query = sa.select(sa.func.count()).select_from(questions).where(theirs)
        query = query.where(questions.c.state == "answered", questions.c.at >= iso(since))
        with self._engine.connect() as connection:
            return connection.scalar(query) or 0

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
        """Takes back what was asked in a conversation, or is answered in this thread, and waits; returns how much."""
        where = (
            questions.c.channel == channel,
            (questions.c.thread_ts == thread) | (questions.c.reply_in == thread),
            questions.c.state == "waiting",
        )
        with self._writer.begin() as connection:
            return connection.execute(sa.update(questions).where(*where).values(state="cancelled")).rowcount

    def _step(self, number: int, expected: QuestionState, **values: Any) -> bool:
        with self._writer.begin() as connection:
            return _update(connection, number, expected, **values)

    def conversation(
        self, channel: str, thread: str, user: str, briefs: Collection[str | None]
    ) -> Conversation:
        """What a person's next words may refer to: own turns of the thread, else the others'; and its numbers.

        `briefs` are the brief of the thread and its other versions: numbers mean the same in all of them.
        """
        rows = self._turns(channel, thread)
        given = _numbers(rows, briefs)
        latest = _within_budget([row for row in rows if row.user == user] or rows)
        return Conversation(
            questions=tuple(row.text for row in latest),
            cited=tuple(_cited(row.answer) for row in latest),
            numbers=given,
        )

    def numbers(self, channel: str, thread: str, briefs: Collection[str | None]) -> dict[int, str]:
        """The works that the answers of a thread cite, by their numbers there."""
        return _numbers(self._turns(channel, thread), briefs)

    def _turns(self, channel: str, thread: str) -> Sequence[Any]:
        """The answered questions of a thread, the latest first."""
        query = sa.select(questions.c.user, questions.c.text, questions.c.answer, questions.c.brief_id).where(
            questions.c.channel == channel,
            questions.c.thread_ts == thread,
            questions.c.answer.is_not(None),
        )
        with self._engine.connect() as connection:
            return connection.execute(query.order_by(questions.c.id.desc()).limit(REMEMBERED_TURNS)).all()


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
        brief_id=row["brief_id"],
        stream_ts=row["stream_ts"],
    )


def _numbers(rows: Sequence[Any], briefs: Collection[str | None]) -> dict[int, str]:
    given: dict[int, str] = {}
    for row in rows:
        if row.brief_id in briefs:
            # The latest first: an older answer's numbers stand, whatever a later one says.
            given |= {r["n"]: r["article_id"] for r in row.answer["references"]}
    return given


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


def turns_before(connection: sa.Connection, row: sa.RowMapping) -> tuple[str, ...]:
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


def _cited(answer: Mapping[str, Any]) -> tuple[str, ...]:
    """The works that a stored answer cites, by first citation."""
    works = {reference["n"]: reference["article_id"] for reference in answer["references"]}
    order = [works[n] for claim in answer["claims"] for n in claim["citations"] if n in works]
    return tuple(dict.fromkeys(order))
