"""Due slots in SQL: what each subscription is owed, and how far the work on it is.

A slot has a unique key (channel, profile, local day), so that any number of processes may write down what is due:
the first one does, for the others it is there already. Who works on a slot holds its lease.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal

import sqlalchemy as sa

from bot.leases import GIVEN_BACK, Lease, write
from bot.outbox import Delivery, Outbox, of_slots
from bot.schedule import LATE, Slot, is_due
from bot.settings import Subscription
from bot.suggestions import special_channels
from bot.tables import deliveries, delivery_parts, iso, leases, slots, subscriptions
from bot.tastes import tasting_channels
from pipeline.store import insert_missing, one_of

SlotState = Literal["open", "done", "skipped", "failed", "asking"]
"""`asking`: a person has to look whether a message was posted."""

OPEN = (
    sa.select(slots)
    .where(slots.c.state == "open", slots.c.not_before <= sa.bindparam("now"))
    .order_by(slots.c.not_before, slots.c.due, slots.c.key)
)
READY = slots.c.brief_id.is_not(None) & (slots.c.due <= sa.bindparam("now"))
CLAIMS = {None: OPEN, True: OPEN.where(READY), False: OPEN.where(~READY)}
OTHERS = slots.alias("others")
TURN = sa.select(leases).where(leases.c.name == sa.bindparam("name"))

WITHDRAWN = "It was paused, taken out or moved before its hour."
SAME_HOUR = timedelta(minutes=59)


@dataclass(frozen=True)
class SlotRow:
    """A slot with its progress, and the lease under which it was read."""

    slot: Slot
    brief_id: str | None
    """The brief that is ready for it."""
    complete: bool
    """Whether that brief lacks nothing, so that it need not be written again."""
    noted: datetime
    """When it began to count: its hour, or the moment at which it was written down, whichever is later."""
    lease: Lease
    begun: Delivery | None = None
    """Its messages, once they are in the outbox."""


@dataclass(frozen=True)
class Counts:
    """How the work stands, in numbers."""

    states: dict[str, int]
    deliveries: dict[str, int]
    late_seconds: float


class Slots:
    """The tables of slots and subscriptions. Methods block; asynchronous callers use a thread."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self._engine = outbox.engine
        self._writer = outbox.writer

    def note_subscriptions(
        self, wanted: Sequence[Subscription], now: datetime
    ) -> dict[Subscription, datetime]:
        """From when on each active subscription is owed its briefs; remembers new, changed and paused ones.

        One that is new in its channel is owed what was due within the last day; one that was changed, or paused and
        resumed, what becomes due from now on.
        """
        by_key = {key_of(one): one for one in wanted}
        with self._writer.begin() as connection:
            known = {row["key"]: row for row in connection.execute(sa.select(subscriptions)).mappings()}
            fresh = [
                {"key": key, "since": self._since(connection, one, now), "paused": one.paused}
                for key, one in by_key.items()
                if key not in known
            ]
            insert_missing(connection, subscriptions, fresh)
            for key in known.keys() - by_key.keys():
                connection.execute(sa.delete(subscriptions).where(subscriptions.c.key == key))
            for key in known.keys() & by_key.keys():
                _note_pause(connection, known[key], by_key[key].paused, now)
            stored = {
                row[0]: row[1]
                for row in connection.execute(sa.select(subscriptions.c.key, subscriptions.c.since))
            }
        return {one: datetime.fromisoformat(stored[k]) for k, one in by_key.items() if not one.paused}

    def _since(self, connection: sa.Connection, subscription: Subscription, now: datetime) -> str:
        had = connection.scalar(
            sa.select(slots.c.key)
            .where(slots.c.channel == subscription.channel, slots.c.profile == subscription.profile)
            .limit(1)
        )
        return iso(now if had or subscription.paused else now - LATE)

    def note_slots(self, owed: Collection[Slot], now: datetime) -> None:
        """Writes down slots that are not known yet, or were moved or withdrawn, to be worked on from now on."""
        by_key = {slot.key: slot for slot in owed}
        with self._writer.begin() as connection:
            these = one_of(self._engine, slots.c.key, by_key)
            known = connection.execute(sa.select(slots.c.key, slots.c.due, slots.c.state).where(these)).all()
            fresh = by_key.keys() - {row.key for row in known}
            insert_missing(connection, slots, [_slot_values(by_key[key], now) for key in fresh])
            for key, due, state in known:
                moved = iso(by_key[key].due)
                if state == "skipped" or (state == "open" and due != moved):
                    again = {"state": "open", "reason": None, "noted_at": iso(now), "not_before": iso(now)}
                    waiting = (slots.c.key == key) & (_waits() | _is_withdrawn())
                    connection.execute(sa.update(slots).where(waiting).values(**again, due=moved))

    def withdraw(self, active: Collection[Subscription], now: datetime) -> None:
        """Closes the slots that no active subscription wants any more and of which nothing is posted yet."""
        wanted: dict[tuple[str, str], list[Subscription]] = {}
        for one in active:
            wanted.setdefault((one.channel, one.profile), []).append(one)
        with self._writer.begin() as connection:
            columns = (slots.c.key, slots.c.channel, slots.c.profile, slots.c.day, slots.c.due)
            for key, channel, profile, day, due in connection.execute(
                sa.select(*columns).where(_waits())
            ).all():
                moment = date.fromisoformat(day), datetime.fromisoformat(due)
                if not any(is_due(one, *moment) for one in wanted.get((channel, profile), ())):
                    values = {"state": "skipped", "reason": WITHDRAWN, "not_before": iso(now)}
                    connection.execute(sa.update(slots).where(slots.c.key == key).values(values))

    def claim(self, now: datetime, most: int = 1, *, ready: bool | None = None) -> list[SlotRow]:
        """Open slots that wait for work and that nobody works on, those first that have waited longest.

        With `ready`, only those whose hour has come and whose brief is written (True), or only the others (False).
        """
        query, take = CLAIMS[ready], self._outbox.take
        with self._writer.begin() as connection:
            taken = take(connection, query, {"now": iso(now)}, slots, most=most)
            begun = of_slots(connection, [lease.id for lease, _ in taken]) if taken else {}
        return [_row(lease, row, begun.get(lease.id)) for lease, row in taken]

    def keep_brief(self, row: SlotRow, brief_id: str | None, complete: bool) -> None:
        """Remembers the brief that is ready for the slot; LeaseLost as in all that follow."""
        self._change(row, {"brief_id": brief_id, "complete": complete})

    def put_back(self, row: SlotRow, not_before: datetime, reason: str | None = None) -> None:
        """Gives the slot back, to be left until a moment, and says what keeps it."""
        self._change(row, {"not_before": iso(not_before), "reason": reason, **GIVEN_BACK})

    def finish(self, row: SlotRow, state: SlotState, reason: str | None = None) -> None:
        """Ends the work on the slot, and gives it back."""
        self._change(row, {"state": state, "reason": reason, **GIVEN_BACK})

    def _change(self, row: SlotRow, values: dict[str, Any]) -> None:
        with self._writer.begin() as connection:
            write(connection, row.lease, values)

    def hurry(self, now: datetime) -> None:
        """What failed before is tried again at once: whoever starts the program may have mended it."""
        failed = (slots.c.state == "open") & slots.c.reason.is_not(None)
        with self._writer.begin() as connection:
            connection.execute(sa.update(slots).where(failed).values(not_before=iso(now)))

    def reopen(self, key: str, now: datetime) -> None:
        """Lets the work on a slot go on that waited for a person."""
        asking = (slots.c.key == key) & (slots.c.state == "asking")
        with self._writer.begin() as connection:
            values = {"state": "open", "reason": None, "not_before": iso(now)}
            connection.execute(sa.update(slots).where(asking).values(values))

    def brief_ready(self, slot: Slot) -> str | None:
        """A complete brief that is ready for another channel's slot of the same profile, day and hour.

        None where one of the two channels has wishes of its own, or had a brief in the days that the other's tells of.
        """
        query = sa.select(slots.c.brief_id).where(
            slots.c.profile == slot.profile,
            slots.c.due.between(iso(slot.due - SAME_HOUR), iso(slot.due + SAME_HOUR)),
            slots.c.due.startswith(slot.due.date().isoformat()),
            slots.c.complete,
        )
        begin = datetime.combine(slot.window.since, time(), UTC)
        had = sa.select(sa.func.substr(sa.func.max(OTHERS.c.due), 1, 10)).where(
            OTHERS.c.profile == slot.profile,
            _was_posted(OTHERS),
            OTHERS.c.due.between(iso(begin), iso(slot.due - SAME_HOUR)),
        )
        with self._engine.connect() as connection:
            apart = special_channels(connection) | tasting_channels(connection)
            if slot.channel in apart:
                return None
            mine = connection.scalar(had.where(OTHERS.c.channel == slot.channel))
            theirs = had.where(OTHERS.c.channel == slots.c.channel).scalar_subquery()
            alike = sa.func.coalesce(theirs, "") == (mine or "")
            return connection.scalar(query.where(slots.c.channel.not_in(apart), alike).limit(1))

    def briefs_before(self, slot: Slot) -> list[str]:
        """The briefs of the channel's earlier slots of this profile, the oldest first."""
        query = sa.select(slots.c.brief_id).where(
            slots.c.channel == slot.channel,
            slots.c.profile == slot.profile,
            slots.c.due < iso(slot.due),
            _was_posted(slots),
        )
        with self._engine.connect() as connection:
            return list(connection.scalars(query.order_by(slots.c.due)))

    def listing(self, limit: int = 20) -> list[dict[str, Any]]:
        """The latest slots: key, channel, profile, due, state, reason, brief_id, not_before."""
        names = ("key", "channel", "profile", "due", "state", "reason", "brief_id", "not_before")
        query = (
            sa.select(*(slots.c[name] for name in names))
            .order_by(slots.c.due.desc(), slots.c.key)
            .limit(limit)
        )
        with self._engine.connect() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def counts(self) -> "Counts":
        """How many slots and deliveries there are in each state, and how late the oldest open slot is."""
        now = datetime.now(UTC)
        with self._engine.connect() as connection:
            by_state = [_counted(connection, table) for table in (slots, deliveries)]
            oldest = connection.scalar(sa.select(sa.func.min(slots.c.due)).where(slots.c.state == "open"))
        late = (now - datetime.fromisoformat(oldest)).total_seconds() if oldest else 0.0
        return Counts(by_state[0], by_state[1], max(0.0, late))

    def take_turn(self, name: str) -> Lease | None:
        """The right to do what one process of all may do at a time; none if another is at it."""
        with self._writer.begin() as connection:
            insert_missing(connection, leases, [{"name": name, "fence": 0}])
            taken = self._outbox.take(connection, TURN, {"name": name}, leases)
        return taken[0][0] if taken else None


def key_of(subscription: Subscription) -> str:
    """What makes a subscription the same: another day or hour is another one."""
    one = subscription
    return f"{one.channel}|{one.profile}|{one.day} {one.time:%H:%M} {one.timezone}"


def _waits() -> sa.ColumnElement[bool]:
    """Open slots of which nothing was sent yet."""
    sent = (
        sa.select(deliveries.c.id)
        .join_from(deliveries, delivery_parts)
        .where(
            deliveries.c.slot == slots.c.key, delivery_parts.c.part == 0, delivery_parts.c.state != "pending"
        )
    )
    return (slots.c.state == "open") & ~sent.exists()


def _was_posted(table: sa.FromClause) -> sa.ColumnElement[bool]:
    """Slots whose channel has their brief, as far as can be known."""
    return table.c.state.in_(("done", "asking")) & table.c.brief_id.is_not(None)


def _is_withdrawn() -> sa.ColumnElement[bool]:
    return (slots.c.state == "skipped") & (slots.c.reason == WITHDRAWN)


def _slot_values(slot: Slot, now: datetime) -> dict[str, Any]:
    return {
        "key": slot.key,
        "channel": slot.channel,
        "profile": slot.profile,
        "day": slot.day.isoformat(),
        "due": iso(slot.due),
        "state": "open",
        "complete": False,
        "noted_at": iso(now),
        "not_before": iso(now),
        "fence": 0,
    }


def _counted(connection: sa.Connection, table: sa.Table) -> dict[str, int]:
    query = sa.select(table.c.state, sa.func.count()).group_by(table.c.state)
    return {state: int(count) for state, count in connection.execute(query)}


def _note_pause(connection: sa.Connection, known: sa.RowMapping, paused: bool, now: datetime) -> None:
    if bool(known["paused"]) != paused:
        values = {"paused": paused, "since": iso(now)}
        connection.execute(sa.update(subscriptions).where(subscriptions.c.key == known["key"]).values(values))


def _row(lease: Lease, row: sa.RowMapping, begun: Delivery | None) -> SlotRow:
    due = datetime.fromisoformat(row["due"])
    slot = Slot(row["channel"], row["profile"], date.fromisoformat(row["day"]), due)
    noted = max(due, datetime.fromisoformat(row["noted_at"]))
    return SlotRow(slot, row["brief_id"], bool(row["complete"]), noted, lease, begun)
