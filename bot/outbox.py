"""The outbox in SQL: deliveries with their parts, each write under the lease of whoever completes the delivery.

A brief reaches a channel once because the tables say so: (brief, channel), (content, channel) and slot are
unique.
"""

import json
import time
from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from itertools import zip_longest
from typing import Any, Literal

import sqlalchemy as sa

from bot.leases import (
    GIVEN_BACK,
    LEASE,
    Hold,
    Lease,
    LeaseLost,
    guard,
    holding,
    new_lease,
    new_owner,
    take,
    write,
)
from bot.tables import deliveries, delivery_files, delivery_parts, iso

DeliveryState = Literal["pending", "sending", "posted", "failed", "unknown"]
PartState = Literal["pending", "sending", "posted", "unknown", "changed", "leaving"]
"""`changed` stands in the channel in other words, `leaving` stands there and is to be taken away."""
FileState = Literal["pending", "ready", "sharing", "shared", "without"]


@dataclass(frozen=True)
class NewFile:
    """What goes with a brief: `chart`, a picture in its parent message, or `full`, its whole text."""

    name: Literal["chart", "full"]
    filename: str
    title: str
    alt: str
    """What the picture shows; for the document what its button says."""
    body: bytes


@dataclass(frozen=True)
class File(NewFile):
    """As stored. `ready` says that it can be shown, `without` that the brief goes without it, `note` why."""

    delivery_id: str
    state: FileState
    file_id: str | None
    url: str | None
    note: str | None


# The statements of every message, put together once.
DELIVERY = sa.select(deliveries).where(deliveries.c.id == sa.bindparam("id"))
OF_SLOTS = sa.select(deliveries).where(deliveries.c.slot.in_(sa.bindparam("slots", expanding=True)))
TO_COMPLETE = DELIVERY.where(deliveries.c.state.not_in(("posted", "unknown")))
HERE = deliveries.c.channel == sa.bindparam("channel")
ALIKE = HERE & (
    (deliveries.c.brief_id == sa.bindparam("brief")) | (deliveries.c.content == sa.bindparam("content"))
)
SAME = sa.select(deliveries).where(ALIKE)
SAME_OR_SLOT = sa.select(deliveries).where(ALIKE | (deliveries.c.slot == sa.bindparam("slot")))
PARTS = (
    sa.select(delivery_parts)
    .where(delivery_parts.c.delivery_id == sa.bindparam("id"))
    .order_by(delivery_parts.c.part)
)
FILES = (
    sa.select(delivery_files)
    .where(delivery_files.c.delivery_id == sa.bindparam("id"))
    .order_by(delivery_files.c.name)
)
INSERT_DELIVERY = sa.insert(deliveries)
INSERT_PART = sa.insert(delivery_parts)
CHANGE_PART = sa.update(delivery_parts).where(
    delivery_parts.c.delivery_id.in_(sa.select(deliveries.c.id).where(guard(deliveries))),
    delivery_parts.c.part == sa.bindparam("its_part"),
    delivery_parts.c.state == sa.bindparam("its_state"),
)
DROP_PART = sa.delete(delivery_parts).where(
    delivery_parts.c.delivery_id.in_(sa.select(deliveries.c.id).where(guard(deliveries))),
    delivery_parts.c.part == sa.bindparam("its_part"),
    delivery_parts.c.state == "leaving",
)
CHANGE_FILE = sa.update(delivery_files).where(
    delivery_files.c.delivery_id.in_(sa.select(deliveries.c.id).where(guard(deliveries))),
    delivery_files.c.name == sa.bindparam("its_name"),
    delivery_files.c.state == sa.bindparam("its_state"),
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
    files: tuple[NewFile, ...] = ()
    labels: tuple[str, ...] = ()
    """What each message is about, such as one section, by which it is known in another version of the brief."""


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
    label: str | None = None


@dataclass(frozen=True)
class Taken:
    """A delivery that this process completes now."""

    delivery: Delivery
    lease: Lease
    parts: tuple[Part, ...]
    files: tuple[File, ...]


class Outbox:
    """Deliveries. Methods block; asynchronous callers use a thread."""

    def __init__(
        self,
        engine: sa.Engine,
        *,
        owner: str | None = None,
        lease_seconds: float = LEASE,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.engine = engine
        self.writer = engine.execution_options(write=True)
        self.owner = owner or new_owner()
        self.lease_seconds = lease_seconds
        self.clock = clock

    def holding(self, lease: Lease) -> AbstractAsyncContextManager[Hold]:
        """Keeps a lease while its holder works."""
        return holding(self.writer, lease)

    def open_delivery(self, new: NewDelivery, at: datetime) -> Taken | Delivery:
        """Stores the delivery with all its parts and takes it; or returns the one that already has its place.

        The place is taken by the same slot, or by the same brief or content in the same channel.
        """
        try:
            return self._opened(new, at)
        except sa.exc.IntegrityError:  # another process was first
            return self._opened(new, at)

    def _opened(self, new: NewDelivery, at: datetime) -> Taken | Delivery:
        with self.writer.begin() as connection:
            query, names = _same_place(new)
            known = connection.execute(query, names).mappings().all()
            if known:
                row = min(known, key=lambda row: row["slot"] != new.slot)
                return _fulfils(connection, _delivery(row), new.slot)
            made = _delivery_values(new, at)
            lease, held = new_lease(deliveries, made["id"], self.owner, self.clock, self.lease_seconds)
            labelled = enumerate(zip_longest(new.payloads, new.labels))
            parts = [_part_values(made["id"], n, payload, label) for n, (payload, label) in labelled]
            files = [_file_values(made["id"], file) for file in new.files]
            connection.execute(INSERT_DELIVERY, {**made, **held})
            connection.execute(INSERT_PART, parts)
            if files:
                connection.execute(sa.insert(delivery_files), files)
        return Taken(
            _delivery(made),
            lease,
            tuple(Part(**part) for part in parts),
            tuple(File(**file) for file in files),
        )

    def delivery(self, delivery_id: str) -> Delivery | None:
        """The delivery of this id."""
        return self._one(DELIVERY, id=delivery_id)

    def by_slot(self, slot: str) -> Delivery | None:
        """The delivery that was made for this slot."""
        with self.engine.connect() as connection:
            return of_slots(connection, [slot]).get(slot)

    def unfinished(self) -> list[Delivery]:
        """Deliveries still to be completed that no slot sees to, oldest first."""
        rewritten = sa.select(delivery_parts.c.delivery_id).where(
            delivery_parts.c.state.in_(("changed", "leaving"))
        )
        query = sa.select(deliveries).where(
            deliveries.c.state.in_(("pending", "sending")),
            deliveries.c.slot.is_(None) | deliveries.c.id.in_(rewritten),
        )
        with self.engine.connect() as connection:
            rows = connection.execute(query.order_by(deliveries.c.created_at)).mappings()
            return [_delivery(row) for row in rows]

    def parts(self, delivery_id: str) -> list[Part]:
        """The delivery's messages in order."""
        with self.engine.connect() as connection:
            return [Part(**row) for row in connection.execute(PARTS, {"id": delivery_id}).mappings()]

    def take_delivery(self, delivery_id: str) -> Taken | None:
        """The delivery with the right to complete it; it counts as being sent from then on.

        None if another process is at it, or nothing can be sent any more.
        """
        also, names = {"state": "sending", "error": None}, {"id": delivery_id}
        with self.writer.begin() as connection:
            taken = self.take(connection, TO_COMPLETE, names, deliveries, also=also)
            if not taken:
                return None
            parts = tuple(Part(**row) for row in connection.execute(PARTS, names).mappings())
            files = tuple(File(**row) for row in connection.execute(FILES, names).mappings())
        lease, row = taken[0]
        return Taken(_delivery(row), lease, parts, files)

    def take(
        self,
        connection: sa.Connection,
        query: "sa.Select[Any]",
        names: Mapping[str, Any],
        table: sa.Table,
        **options: Any,
    ) -> list[tuple[Lease, sa.RowMapping]]:
        """`leases.take` for this process."""
        how = (names, table, self.owner, self.clock, self.lease_seconds)
        return take(connection, query, *how, **options)

    def set_state(self, lease: Lease, state: DeliveryState, error: str | None = None) -> None:
        """Gives the delivery back, with how it stands and in words what keeps it; LeaseLost as in all that follow."""
        with self.writer.begin() as connection:
            write(connection, lease, {"state": state, "error": error, **GIVEN_BACK})

    def start_part(self, part: Part, started: float, lease: Lease) -> Part:
        """Marks a part as being sent that is pending, or known not to have been posted; returns it as it is then."""
        with self.writer.begin() as connection:
            return _start(connection, part, started, lease)

    def part_posted(
        self, part: Part, ts: str, lease: Lease, following: Part | None = None, started: float = 0.0
    ) -> Part | None:
        """Remembers the message's time stamp, and in the same write marks a pending part as being sent next."""
        with self.writer.begin() as connection:
            _change_part(connection, part, "sending", {"state": "posted", "ts": ts}, lease)
            return _start(connection, following, started, lease) if following else None

    def all_posted(self, last: Part, ts: str, lease: Lease) -> None:
        """Remembers the last message's time stamp, and in the same write gives the delivery back as posted."""
        with self.writer.begin() as connection:
            _change_part(connection, last, "sending", {"state": "posted", "ts": ts}, lease)
            write(connection, lease, {"state": "posted", "error": None, **GIVEN_BACK})

    def part_not_sent(self, part: Part, lease: Lease) -> None:
        """Puts a part back that is known not to have been posted."""
        self._change(part, {"state": "pending"}, lease)

    def part_unknown(self, part: Part, lease: Lease) -> None:
        """Marks a part of which nobody can say whether it was posted."""
        self._change(part, {"state": "unknown"}, lease)

    def part_changed(self, part: Part, lease: Lease) -> None:
        """Remembers that the message stands in its new words."""
        with self.writer.begin() as connection:
            _change_part(connection, part, "changed", {"state": "posted"}, lease)

    def part_left(self, part: Part, lease: Lease) -> None:
        """Forgets a message that was taken away."""
        with self.writer.begin() as connection:
            if connection.execute(DROP_PART, {"its_part": part.part, **lease.names}).rowcount != 1:
                raise LeaseLost

    def _change(self, part: Part, values: dict[str, Any], lease: Lease) -> None:
        with self.writer.begin() as connection:
            _change_part(connection, part, "sending", values, lease)

    def change_file(self, file: File, lease: Lease, **values: Any) -> File:
        """The file with these columns changed; LeaseLost if its state is another by now."""
        which = {"its_name": file.name, "its_state": file.state, **lease.names}
        with self.writer.begin() as connection:
            if connection.execute(CHANGE_FILE, {**values, **which}).rowcount != 1:
                raise LeaseLost
        return replace(file, **values)

    def settle(self, delivery_id: str, ts: str | None) -> bool:
        """Stores what a person found out about the part of unknown outcome: its time stamp, or that it is not there.

        The delivery can be completed then. False if no part of it waits for an answer.
        """
        waiting = (delivery_parts.c.delivery_id == delivery_id) & (delivery_parts.c.state == "unknown")
        values = {"state": "posted" if ts else "pending", "ts": ts}
        with self.writer.begin() as connection:
            if not connection.execute(sa.update(delivery_parts).where(waiting).values(values)).rowcount:
                return False
            again = {"state": "pending", "error": None}
            connection.execute(sa.update(deliveries).where(deliveries.c.id == delivery_id).values(again))
        return True

    def part_at(self, channel: str, ts: str) -> tuple[str, dict[str, Any]] | None:
        """The brief of which this is a message below the parent, and the message as it was posted."""
        joined = deliveries.join(delivery_parts, delivery_parts.c.delivery_id == deliveries.c.id)
        query = (
            sa.select(deliveries.c.brief_id, delivery_parts.c.payload)
            .select_from(joined)
            .where(deliveries.c.channel == channel, delivery_parts.c.ts == ts, delivery_parts.c.part > 0)
        )
        with self.engine.connect() as connection:
            row = connection.execute(query.limit(1)).first()
        return (row[0], row[1]) if row else None

    def thread(self, channel: str, ts: str) -> Delivery | None:
        """The delivery whose parent message this is."""
        return self._one(_with_parent(channel, ts).limit(1))

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
        with self.engine.connect() as connection:
            rows = connection.execute(query).mappings().all()
        return [(_delivery(row), str(row["ts"])) for row in rows]

    def latest_in(self, channel: str) -> Delivery | None:
        """The newest brief that can be seen in this channel."""
        posted = sa.select(delivery_parts.c.delivery_id).where(
            delivery_parts.c.part == 0, delivery_parts.c.ts.is_not(None)
        )
        return self._one(
            sa.select(deliveries)
            .where(deliveries.c.channel == channel, deliveries.c.id.in_(posted))
            .order_by(deliveries.c.created_at.desc())
            .limit(1)
        )

    def deliveries(self, limit: int = 20) -> list[dict[str, Any]]:
        """The newest deliveries: id, brief_id, channel, state, error, parts_posted, parts, without.

        `without` says in words what a brief had to go without, such as its chart.
        """
        posted = sa.func.sum(sa.case((delivery_parts.c.state == "posted", 1), else_=0))
        query = (
            sa.select(
                deliveries.c.id,
                deliveries.c.brief_id,
                deliveries.c.channel,
                deliveries.c.state,
                deliveries.c.error,
                posted.label("parts_posted"),
                sa.func.count().label("parts"),
            )
            .join_from(deliveries, delivery_parts)
            .group_by(deliveries.c.id)
            .order_by(deliveries.c.created_at.desc())
            .limit(limit)
        )
        with self.engine.connect() as connection:
            rows = [dict(row) for row in connection.execute(query).mappings()]
            lacking = _lacking(connection, [row["id"] for row in rows])
        return [row | {"without": lacking.get(row["id"], [])} for row in rows]

    def _one(self, query: "sa.Select[Any]", **names: Any) -> Delivery | None:
        with self.engine.connect() as connection:
            row = connection.execute(query, names).mappings().first()
        return _delivery(row) if row else None


def of_slots(connection: sa.Connection, keys: Collection[str]) -> dict[str, Delivery]:
    """The deliveries that were made for these slots, by slot."""
    rows = connection.execute(OF_SLOTS, {"slots": list(keys)}).mappings()
    return {str(row["slot"]): _delivery(row) for row in rows}


def is_briefs_thread(connection: sa.Connection, channel: str, ts: str) -> bool:
    """Whether this message is the parent of a brief."""
    return connection.execute(_with_parent(channel, ts).limit(1)).first() is not None


def _lacking(connection: sa.Connection, ids: Collection[str]) -> dict[str, list[str]]:
    """What each of these deliveries had to go without, in words."""
    query = (
        sa.select(delivery_files.c.delivery_id, delivery_files.c.note)
        .where(delivery_files.c.delivery_id.in_(ids), delivery_files.c.note.is_not(None))
        .order_by(delivery_files.c.name)
    )
    found: dict[str, list[str]] = {}
    for delivery_id, note in connection.execute(query):
        found.setdefault(delivery_id, []).append(note)
    return found


def _with_parent(channel: str, ts: str) -> sa.Select[Any]:
    joined = deliveries.join(delivery_parts, delivery_parts.c.delivery_id == deliveries.c.id)
    return (
        sa.select(deliveries)
        .select_from(joined)
        .where(deliveries.c.channel == channel, delivery_parts.c.part == 0, delivery_parts.c.ts == ts)
    )


def _same_place(new: NewDelivery) -> tuple["sa.Select[Any]", dict[str, Any]]:
    names = {"channel": new.channel, "brief": new.brief_id, "content": new.content}
    return (SAME, names) if new.slot is None else (SAME_OR_SLOT, {**names, "slot": new.slot})


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
        "state": "sending",
        "error": None,
        "created_at": iso(at),
    }


def _part_values(delivery_id: str, number: int, payload: dict[str, Any], label: str | None) -> dict[str, Any]:
    return {
        "delivery_id": delivery_id,
        "part": number,
        "payload": payload,
        "hash": digest_of(payload),
        "state": "pending",
        "ts": None,
        "started": None,
        "attempts": 0,
        "label": label,
    }


def _file_values(delivery_id: str, file: NewFile) -> dict[str, Any]:
    nothing = {"file_id": None, "url": None, "note": None}
    return {**vars(file), "delivery_id": delivery_id, "state": "pending", **nothing}


def _start(connection: sa.Connection, part: Part, started: float, lease: Lease) -> Part:
    marked: dict[str, Any] = {"state": "sending", "started": started, "attempts": part.attempts + 1}
    _change_part(connection, part, "sending" if part.state == "sending" else "pending", marked, lease)
    return replace(part, **marked)


def _change_part(
    connection: sa.Connection, part: Part, expected: PartState, values: dict[str, Any], lease: Lease
) -> None:
    """Changes a part that is in a state; LeaseLost if it is in another by now."""
    which = {"its_part": part.part, "its_state": expected, **lease.names}
    if connection.execute(CHANGE_PART, {**values, **which}).rowcount != 1:
        raise LeaseLost


def digest_of(payload: dict[str, Any]) -> str:
    """What tells a message from any other."""
    canonical = json.dumps(payload, sort_keys=True, ensure_ascii=False)
    return sha256(canonical.encode()).hexdigest()


def _delivery(row: "sa.RowMapping | dict[str, Any]") -> Delivery:
    values = {name: row[name] for name in Delivery.__dataclass_fields__}
    return Delivery(**{**values, "created_at": datetime.fromisoformat(row["created_at"])})
