"""What the Slack side remembers: deliveries with their parts, and handled events; questions: `conversations`.

A brief reaches a channel once because the tables say so: (brief, channel), (content, channel) and slot are
unique.
"""

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any, Literal

import sqlalchemy as sa

DeliveryState = Literal["pending", "sending", "posted", "failed", "unknown"]
PartState = Literal["pending", "sending", "posted", "unknown"]

metadata = sa.MetaData()

deliveries = sa.Table(
    "deliveries",
    metadata,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("brief_id", sa.String, nullable=False),
    sa.Column("content", sa.String, nullable=False),
    sa.Column("profile", sa.String, nullable=False),
    sa.Column("channel", sa.String, nullable=False),
    sa.Column("slot", sa.String),
    sa.Column("state", sa.String, nullable=False, index=True),
    sa.Column("error", sa.String),
    sa.Column("created_at", sa.String, nullable=False),
    sa.UniqueConstraint("brief_id", "channel", name="uq_deliveries_brief_channel"),
    sa.UniqueConstraint("content", "channel", name="uq_deliveries_content_channel"),
    sa.UniqueConstraint("slot", name="uq_deliveries_slot"),
)

delivery_parts = sa.Table(
    "delivery_parts",
    metadata,
    sa.Column("delivery_id", sa.String, sa.ForeignKey("deliveries.id"), primary_key=True),
    sa.Column("part", sa.Integer, primary_key=True),
    sa.Column("payload", sa.JSON, nullable=False),
    sa.Column("hash", sa.String, nullable=False),
    sa.Column("state", sa.String, nullable=False),
    sa.Column("ts", sa.String, index=True),
    sa.Column("started", sa.Float),
    sa.Column("attempts", sa.Integer, nullable=False),
)

handled_events = sa.Table(
    "handled_events",
    metadata,
    sa.Column("key", sa.String, primary_key=True),
    sa.Column("at", sa.String, nullable=False, index=True),
)


@dataclass(frozen=True)
class NewDelivery:
    """A delivery to be stored: where to, what, and the messages in their order."""

    brief_id: str
    content: str
    profile: str
    channel: str
    payloads: tuple[dict[str, Any], ...]
    slot: str | None = None


@dataclass(frozen=True)
class Delivery:
    """A brief in a channel, as stored."""

    id: str
    brief_id: str
    content: str
    profile: str
    channel: str
    slot: str | None
    state: DeliveryState
    error: str | None
    created_at: datetime


@dataclass(frozen=True)
class Part:
    """One message of a delivery: number 0 is the parent. `started` is the last attempt, in Unix seconds."""

    delivery_id: str
    part: int
    payload: dict[str, Any]
    hash: str
    state: PartState
    ts: str | None
    started: float | None
    attempts: int


class Records:
    """The Slack tables. Methods block; asynchronous callers use a thread."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._writer = engine.execution_options(write=True)

    # Deliveries

    def open_delivery(self, new: NewDelivery, at: datetime) -> Delivery:
        """Stores the delivery with all its parts, or returns the one that already has its place.

        The place is taken by the same slot, or by the same brief or content in the same channel.
        """
        with self._writer.begin() as connection:
            known = connection.execute(sa.select(deliveries).where(_same_place(new))).mappings().all()
            if known:
                row = min(known, key=lambda row: row["slot"] != new.slot)
                return _fulfils(connection, _delivery(row), new.slot)
            values = _delivery_values(new, at)
            connection.execute(sa.insert(deliveries).values(values))
            connection.execute(
                sa.insert(delivery_parts),
                [_part_values(values["id"], n, payload) for n, payload in enumerate(new.payloads)],
            )
        return _delivery(values)

    def delivery(self, delivery_id: str) -> Delivery | None:
        """The delivery of this id."""
        return self._one(sa.select(deliveries).where(deliveries.c.id == delivery_id))

    def by_slot(self, slot: str) -> Delivery | None:
        """The delivery that was made for this slot."""
        return self._one(sa.select(deliveries).where(deliveries.c.slot == slot))

    def unfinished(self) -> list[Delivery]:
        """Deliveries still to be completed, oldest first."""
        query = sa.select(deliveries).where(deliveries.c.state.in_(("pending", "sending")))
        with self._engine.connect() as connection:
            rows = connection.execute(query.order_by(deliveries.c.created_at)).mappings()
            return [_delivery(row) for row in rows]

    def parts(self, delivery_id: str) -> list[Part]:
        """The delivery's messages in order."""
        query = sa.select(delivery_parts).where(delivery_parts.c.delivery_id == delivery_id)
        with self._engine.connect() as connection:
            rows = connection.execute(query.order_by(delivery_parts.c.part)).mappings()
            return [Part(**row) for row in rows]

    def set_state(self, delivery_id: str, state: DeliveryState, error: str | None = None) -> None:
        """Remembers how the delivery stands, and in words what keeps it back."""
        with self._writer.begin() as connection:
            connection.execute(
                sa.update(deliveries).where(deliveries.c.id == delivery_id).values(state=state, error=error)
            )

    def start_part(self, part: Part, started: float) -> bool:
        """Marks a pending part as being sent; False if someone else has taken it meanwhile."""
        values = {"state": "sending", "started": started, "attempts": delivery_parts.c.attempts + 1}
        return self._change_part(part, "pending", values)

    def part_posted(self, part: Part, ts: str) -> None:
        """Remembers the message's time stamp."""
        self._change_part(part, "sending", {"state": "posted", "ts": ts})

    def part_not_sent(self, part: Part) -> None:
        """Puts a part back that is known not to have been posted."""
        self._change_part(part, "sending", {"state": "pending"})

    def part_unknown(self, part: Part) -> None:
        """Marks a part of which nobody can say whether it was posted."""
        self._change_part(part, "sending", {"state": "unknown"})

    def _change_part(self, part: Part, expected: PartState, values: dict[str, Any]) -> bool:
        table = delivery_parts.c
        where = (
            (table.delivery_id == part.delivery_id) & (table.part == part.part) & (table.state == expected)
        )
        with self._writer.begin() as connection:
            return connection.execute(sa.update(delivery_parts).where(where).values(values)).rowcount == 1

    def thread(self, channel: str, ts: str) -> Delivery | None:
        """The delivery whose parent message this is."""
        return self._one(_with_parent(channel, ts))

    def latest_in(self, channel: str) -> Delivery | None:
        """The newest brief that can be seen in this channel."""
        posted = sa.select(delivery_parts.c.delivery_id).where(
            delivery_parts.c.part == 0, delivery_parts.c.ts.is_not(None)
        )
        return self._one(
            sa.select(deliveries)
            .where(deliveries.c.channel == channel, deliveries.c.id.in_(posted))
            .order_by(deliveries.c.created_at.desc())
        )

    def posted(self, channels: Collection[str], limit: int) -> list[tuple[Delivery, str]]:
        """The newest briefs that can be seen in these channels, each with the time stamp of its parent message."""
        joined = deliveries.join(delivery_parts, delivery_parts.c.delivery_id == deliveries.c.id)
        query = (
            sa.select(deliveries, delivery_parts.c.ts)
            .select_from(joined)
            .where(
                deliveries.c.channel.in_(channels),
                delivery_parts.c.part == 0,
                delivery_parts.c.ts.is_not(None),
            )
            .order_by(deliveries.c.created_at.desc())
            .limit(limit)
        )
        with self._engine.connect() as connection:
            rows = connection.execute(query).mappings().all()
        return [(_delivery({key: row[key] for key in deliveries.c.keys()}), str(row["ts"])) for row in rows]  # noqa: SIM118

    def last_slot_day(self, prefix: str) -> date | None:
        """The latest local day whose slot, of those that begin with this prefix, is done with."""
        query = sa.select(deliveries.c.slot).where(
            deliveries.c.slot.startswith(prefix, autoescape=True),
            deliveries.c.state.in_(("posted", "unknown")),
        )
        with self._engine.connect() as connection:
            days = [date.fromisoformat(slot.removeprefix(prefix)) for slot in connection.scalars(query)]
        return max(days, default=None)

    def deliveries(self, limit: int = 20) -> list[dict[str, Any]]:
        """The newest deliveries: brief_id, channel, state, parts_posted, parts."""
        posted = sa.func.sum(sa.case((delivery_parts.c.state == "posted", 1), else_=0))
        query = (
            sa.select(
                deliveries.c.brief_id,
                deliveries.c.channel,
                deliveries.c.state,
                posted.label("parts_posted"),
                sa.func.count().label("parts"),
            )
            .join_from(deliveries, delivery_parts)
            .group_by(deliveries.c.id)
            .order_by(deliveries.c.created_at.desc())
            .limit(limit)
        )
        with self._engine.connect() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def _one(self, query: sa.Select[Any]) -> Delivery | None:
        with self._engine.connect() as connection:
            row = connection.execute(query.limit(1)).mappings().first()
        return _delivery(row) if row else None

    # Events

    def claim(self, keys: Iterable[str], at: datetime) -> bool:
        """True for whoever comes first with these keys; False if any of them was seen before."""
        with self._writer.begin() as connection:
            return claim_keys(connection, keys, at)

    def forget_events(self, before: datetime) -> int:
        """Drops the keys of older events; returns how many."""
        with self._writer.begin() as connection:
            return connection.execute(
                sa.delete(handled_events).where(handled_events.c.at < iso(before))
            ).rowcount


def claim_keys(connection: sa.Connection, keys: Iterable[str], at: datetime) -> bool:
    """`Records.claim` within a transaction that writes more."""
    wanted = sorted(set(keys))
    seen = set(connection.scalars(sa.select(handled_events.c.key).where(handled_events.c.key.in_(wanted))))
    fresh = [{"key": key, "at": iso(at)} for key in wanted if key not in seen]
    if fresh:
        connection.execute(sa.insert(handled_events), fresh)
    return not seen


def is_briefs_thread(connection: sa.Connection, channel: str, ts: str) -> bool:
    """Whether this message is the parent of a brief."""
    return connection.execute(_with_parent(channel, ts).limit(1)).first() is not None


def _with_parent(channel: str, ts: str) -> sa.Select[Any]:
    joined = deliveries.join(delivery_parts, delivery_parts.c.delivery_id == deliveries.c.id)
    return (
        sa.select(deliveries)
        .select_from(joined)
        .where(deliveries.c.channel == channel, delivery_parts.c.part == 0, delivery_parts.c.ts == ts)
    )


def _same_place(new: NewDelivery) -> sa.ColumnElement[bool]:
    here = deliveries.c.channel == new.channel
    same = here & ((deliveries.c.brief_id == new.brief_id) | (deliveries.c.content == new.content))
    return same if new.slot is None else same | (deliveries.c.slot == new.slot)


def _fulfils(connection: sa.Connection, found: Delivery, slot: str | None) -> Delivery:
    """A brief that was asked for earlier also counts for the slot that is due now."""
    if slot is None or found.slot is not None:
        return found
    connection.execute(sa.update(deliveries).where(deliveries.c.id == found.id).values(slot=slot))
    return Delivery(**{**found.__dict__, "slot": slot})


def _delivery_values(new: NewDelivery, at: datetime) -> dict[str, Any]:
    identity = f"{new.brief_id}|{new.content}|{new.channel}|{new.slot}"
    return {
        "id": sha256(identity.encode()).hexdigest()[:16],
        "brief_id": new.brief_id,
        "content": new.content,
        "profile": new.profile,
        "channel": new.channel,
        "slot": new.slot,
        "state": "pending",
        "error": None,
        "created_at": iso(at),
    }


def _part_values(delivery_id: str, number: int, payload: dict[str, Any]) -> dict[str, Any]:
    canonical = json.dumps(payload, sort_keys=True, ensure_ascii=False)
    return {
        "delivery_id": delivery_id,
        "part": number,
        "payload": payload,
        "hash": sha256(canonical.encode()).hexdigest(),
        "state": "pending",
        "attempts": 0,
    }


def _delivery(row: "sa.RowMapping | dict[str, Any]") -> Delivery:
    return Delivery(**{**row, "created_at": datetime.fromisoformat(row["created_at"])})


def iso(moment: datetime) -> str:
    """An instant as the tables keep it: text whose order is that of time."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
