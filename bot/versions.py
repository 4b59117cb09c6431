"""Other versions of briefs: which are versions of which, and how one takes the place of another in a channel.

A version takes over the messages of the one that stands, each by its label. What is to be done is written down in one
transaction, then done like any delivery: messages are edited, which may be repeated, added once, or taken away.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.outbox import Delivery, NewDelivery, NewFile, Part, digest_of
from bot.tables import deliveries, delivery_files, delivery_parts, iso, versions
from pipeline.models import VersionKind


@dataclass(frozen=True)
class Version:
    """A brief that was made of another one: of which, how, for whom and where."""

    brief_id: str
    first: str
    kind: VersionKind
    channel: str
    user: str


@dataclass(frozen=True)
class Change:
    """What one version in the place of another means for the messages in the channel."""

    rewritten: Mapping[int, dict[str, Any]]
    """New words for parts, by their numbers."""
    leaving: tuple[int, ...]
    added: tuple[tuple[str, dict[str, Any]], ...]
    """Labels and messages for which there is no place: they follow at the end of the thread."""


def change(parts: Sequence[Part], new: NewDelivery) -> Change | None:
    """How the messages that stand become those of another version; None where nobody knows what each is about."""
    standing = {part.label: part for part in parts if part.label}
    if len(standing) < len(parts):
        return None
    wanted = dict(zip(new.labels, new.payloads, strict=True))
    return Change(
        {part.part: wanted[label] for label, part in standing.items() if label in wanted},
        tuple(part.part for label, part in standing.items() if label not in wanted),
        tuple((label, payload) for label, payload in wanted.items() if label not in standing),
    )


class Versions:
    """The table of versions, and their changes to deliveries. Methods block; asynchronous callers use a thread."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._writer = engine.execution_options(write=True)

    def add(self, version: Version, at: datetime) -> None:
        """Keeps that this brief was made of another one."""
        row = {**vars(version), "at": iso(at)}
        same = versions.c.brief_id == version.brief_id
        with self._writer.begin() as connection:
            connection.execute(sa.delete(versions).where(same))
            connection.execute(sa.insert(versions).values(row))

    def find(self, brief_id: str) -> Version | None:
        """What is known of this brief as a version; none if it is the first."""
        columns = (versions.c[name] for name in Version.__dataclass_fields__)
        with self._engine.connect() as connection:
            row = connection.execute(sa.select(*columns).where(versions.c.brief_id == brief_id)).first()
        return Version(*row) if row else None

    def family(self, brief_id: str) -> tuple[str, ...]:
        """The ids of a brief and of all its versions, the first one first."""
        known = self.find(brief_id)
        first = known.first if known else brief_id
        query = sa.select(versions.c.brief_id).where(versions.c.first == first).order_by(versions.c.at)
        with self._engine.connect() as connection:
            return (first, *connection.scalars(query))

    def replace(self, delivery: Delivery, new: NewDelivery, todo: Change, document: NewFile | None) -> bool:
        """Writes down that a version takes the place of what was delivered; False if that is not as it was any more.

        With a `document`, the full brief is made anew; without, the one that is there stays.
        """
        mine = deliveries.c.id == delivery.id
        as_it_was = mine & (deliveries.c.state == "posted") & (deliveries.c.brief_id == delivery.brief_id)
        values = {"brief_id": new.brief_id, "content": new.content, "state": "pending", "error": None}
        try:
            with self._writer.begin() as connection:
                if not connection.execute(sa.update(deliveries).where(as_it_was).values(values)).rowcount:
                    return False
                _change_parts(connection, delivery.id, todo)
                if document is not None:
                    of_it = (delivery_files.c.delivery_id == delivery.id) & (delivery_files.c.name == "full")
                    row = {**vars(document), "delivery_id": delivery.id, "state": "pending"}
                    connection.execute(sa.delete(delivery_files).where(of_it))
                    connection.execute(sa.insert(delivery_files).values(row))
        except sa.exc.IntegrityError:  # it stands in the channel already
            return False
        return True


def _change_parts(connection: sa.Connection, delivery_id: str, todo: Change) -> None:
    mine = delivery_parts.c.delivery_id == delivery_id
    for number, payload in todo.rewritten.items():
        words = {"payload": payload, "hash": digest_of(payload), "state": "changed"}
        is_it = mine & (delivery_parts.c.part == number)
        connection.execute(sa.update(delivery_parts).where(is_it).values(words))
    going = mine & delivery_parts.c.part.in_(todo.leaving)
    connection.execute(sa.update(delivery_parts).where(going).values(state="leaving"))
    last = connection.scalar(sa.select(sa.func.max(delivery_parts.c.part)).where(mine)) or 0
    rows = [
        {"delivery_id": delivery_id, "part": n, "payload": payload, "hash": digest_of(payload)}
        | {"state": "pending", "attempts": 0, "label": label}
        for n, (label, payload) in enumerate(todo.added, last + 1)
    ]
    if rows:
        connection.execute(sa.insert(delivery_parts), rows)
