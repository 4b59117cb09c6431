"""What models were asked and what they answered, in the store: for limits, for replays, and so as not to pay twice.

Answers are stored, and of what was sent the hashes alone; the texts can be put together again from a run's inputs.
"""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from pydantic import TypeAdapter

from pipeline.llm.budget import Spent
from pipeline.llm.calls import Call
from pipeline.llm.replies import Reply
from pipeline.prompts import Prompt, parse_prompt
from pipeline.store.tables import model_calls, prompts, to_iso

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The present instant. Money is spent now, whatever day a replay or a backfill takes as now."""
    return datetime.now(UTC)


class Journal:
    """The stored calls, written on behalf of one channel (none: the command line)."""

    def __init__(
        self, engine: sa.Engine, channel: str = "", *, keep_days: int = 30, clock: Clock = utc_now
    ) -> None:
        self.channel = channel
        self._engine = engine
        self._writer = engine.execution_options(write=True)
        self._keep = timedelta(days=keep_days)
        self._clock = clock

    def now(self) -> datetime:
        """The present instant."""
        return self._clock()

    def add(self, call: Call, prompt: Prompt | None) -> None:
        """Stores a call that ended, and its prompt if it had one and that is new."""
        row = {
            "id": call.id,
            "channel": self.channel,
            "at": to_iso(call.at),
            "key": call.key,
            "tokens": call.tokens_in + call.tokens_out,
            "cost_usd": call.cost_usd or 0.0,
            "good": call.error is None and not call.cached,
            "data": _dumped(call),
        }
        with self._writer.begin() as connection:
            connection.execute(sa.insert(model_calls).values(row))
            if prompt is not None:
                connection.execute(_kept(call, prompt))

    def recall(self, key: str) -> Reply | None:
        """What the same call answered within the days that answers are kept; none if it was not asked then."""
        earliest = to_iso(self.now() - self._keep)
        query = (
            sa.select(model_calls.c.data)
            .where(model_calls.c.key == key, model_calls.c.good, model_calls.c.at > earliest)
            .order_by(model_calls.c.at.desc())
            .limit(1)
        )
        with self._engine.connect() as connection:
            data = connection.scalar(query)
        return _loaded(data).reply if data else None

    def outcomes(self, prefix: str, days: int = 1) -> tuple[int, int]:
        """How many calls of the last days have keys that begin like this, and how many of them failed."""
        query = (
            sa.select(model_calls.c.good, sa.func.count())
            .where(model_calls.c.key.startswith(prefix, autoescape=True))
            .where(model_calls.c.at > to_iso(self.now() - timedelta(days=days)))
            .group_by(model_calls.c.good)
        )
        with self._engine.connect() as connection:
            found = {bool(good): count for good, count in connection.execute(query)}
        return sum(found.values()), found.get(False, 0)

    def spent(self, channel: str | None = None) -> Spent:
        """What this UTC day has cost so far, in all or for one channel."""
        today = self.now().astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        return self.spent_since(today, None if channel is None else [channel])

    def spent_since(self, since: datetime, channels: Collection[str] | None = None) -> Spent:
        """What was spent from then on, in all or for these channels."""
        query = sa.select(sa.func.sum(model_calls.c.tokens), sa.func.sum(model_calls.c.cost_usd)).where(
            model_calls.c.at >= to_iso(since)
        )
        if channels is not None:
            query = query.where(model_calls.c.channel.in_(channels))
        with self._engine.connect() as connection:
            tokens, usd = connection.execute(query).one()
        return Spent(int(tokens or 0), float(usd or 0.0))

    def finish(
        self, run: int, calls: Sequence[Call], verdicts: Mapping[str, Mapping[str, Sequence[str]]]
    ) -> None:
        """Says to which run these calls belong, and what became of the sentences of each."""
        with self._writer.begin() as connection:
            for call in calls:
                found = {slot: tuple(reasons) for slot, reasons in verdicts.get(call.id, {}).items()}
                values = {"run": run, "data": _dumped(replace(call, verdicts=found))}
                connection.execute(sa.update(model_calls).where(model_calls.c.id == call.id).values(values))

    def calls_of(self, run: int) -> list[Call]:
        """The calls of a run, in the order in which they began."""
        query = sa.select(model_calls.c.data).where(model_calls.c.run == run)
        with self._engine.connect() as connection:
            calls = [_loaded(data) for data in connection.scalars(query)]
        return sorted(calls, key=lambda call: (call.at, call.id))

    def costs(self) -> dict[int, tuple[int, Spent]]:
        """Of each run that asked a model: how many calls, and what they cost."""
        columns = (
            model_calls.c.run,
            sa.func.count(),
            sa.func.sum(model_calls.c.tokens),
            sa.func.sum(model_calls.c.cost_usd),
        )
        query = sa.select(*columns).where(model_calls.c.run.is_not(None)).group_by(model_calls.c.run)
        with self._engine.connect() as connection:
            return {run: (count, Spent(tokens, usd)) for run, count, tokens, usd in connection.execute(query)}

    def prompt(self, name: str, fingerprint: str) -> Prompt | None:
        """The prompt of this fingerprint, if it was ever used."""
        query = sa.select(prompts.c.content).where(
            prompts.c.name == name, prompts.c.fingerprint == fingerprint
        )
        with self._engine.connect() as connection:
            content = connection.scalar(query)
        return parse_prompt(content, name) if content else None


def _kept(call: Call, prompt: Prompt) -> sa.Insert:
    is_known = sa.exists().where(prompts.c.name == call.prompt, prompts.c.fingerprint == call.fingerprint)
    new = sa.select(*map(sa.literal, (call.prompt, call.fingerprint, prompt.content))).where(~is_known)
    return sa.insert(prompts).from_select(["name", "fingerprint", "content"], new)


def _dumped(call: Call) -> Any:
    return json.loads(TypeAdapter(Call).dump_json(call))


def _loaded(data: Any) -> Call:
    return TypeAdapter(Call).validate_python(data)
