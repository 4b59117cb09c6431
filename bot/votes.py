"""What people think of answers and of briefs: votes, and why they were given."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any, Literal

import sqlalchemy as sa

from bot.conversations import turns_before
from bot.tables import brief_votes, iso, questions, votes
from pipeline.models import Answer

Vote = Literal["good", "bad"]


@dataclass(frozen=True)
class Told:
    """Why people voted as they did: how often each reason was given, and what they wrote."""

    reasons: Mapping[str, int] = field(default_factory=dict)
    comments: tuple[str, ...] = ()


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
    told: Told = field(default_factory=Told)


@dataclass(frozen=True)
class RatedBrief:
    """What people think of a brief."""

    brief_id: str
    good: int
    bad: int
    told: Told


class Votes:
    """The tables of votes. Methods block; asynchronous callers use a thread."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._writer = engine.execution_options(write=True)

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
        query = sa.select(brief_votes).order_by(brief_votes.c.brief_id, brief_votes.c.at)
        with self._engine.connect() as connection:
            rows = connection.execute(query).all()
        briefs = [(key, list(group)) for key, group in groupby(rows, key=lambda r: str(r.brief_id))]
        return [
            RatedBrief(key, _counted(group, "good"), _counted(group, "bad"), _told(group))
            for key, group in briefs
        ]

    def rated(self) -> list[Rated]:
        """All answers that somebody voted on, in the order of the questions."""
        voted_on = questions.c.id.in_(sa.select(votes.c.question_id))
        with self._engine.connect() as connection:
            rows = connection.execute(
                sa.select(questions).where(voted_on).order_by(questions.c.id)
            ).mappings()
            return [
                _rated(row, turns_before(connection, row), _votes_on(connection, row["id"]))
                for row in rows.all()
            ]


def _votes_on(connection: sa.Connection, number: int) -> Sequence[Any]:
    return connection.execute(
        sa.select(votes).where(votes.c.question_id == number).order_by(votes.c.at)
    ).all()


def _told(rows: Sequence[Any]) -> Told:
    """What stands in the rows of votes besides the votes."""
    reasons = Counter(reason for row in rows for reason in row.reasons or ())
    return Told(dict(sorted(reasons.items())), tuple(row.comment for row in rows if row.comment))


def _counted(rows: Sequence[Any], vote: Vote) -> int:
    return sum(row.vote == vote for row in rows)


def _rated(row: sa.RowMapping, history: tuple[str, ...], given: Sequence[Any]) -> Rated:
    return Rated(
        id=row["id"],
        text=row["text"],
        answer=Answer.model_validate(row["answer"]),
        brief_id=row["brief_id"],
        history=history,
        good=_counted(given, "good"),
        bad=_counted(given, "bad"),
        versions=row["versions"] or {},
        told=_told(given),
    )
