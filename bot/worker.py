"""From a due slot to a posted brief: a chain of committed steps that any process can take up where another fell.

    slot written down → feeds read → brief written and stored → parts in the outbox → part 1 … n posted → slot done

Each arrow ends in a commit. Whoever takes a slot looks which steps are done and goes on with the next one; a lease
keeps two from working on the same slot, and its fence number refuses a holder that comes back late.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

from slack_sdk.web.async_client import AsyncWebClient

from bot.delivery import (
    ClientOf,
    DeliveryResult,
    Limits,
    always,
    continue_delivery,
    deliver,
    rendered,
)
from bot.hands import Hands
from bot.leases import LeaseLost
from bot.records import NewDelivery, Records
from bot.schedule import LATE, Calendar, Slot
from bot.settings import Settings, Subscription
from bot.slots import SlotRow, Slots, SlotState
from pipeline.errors import BriefError
from pipeline.models import Brief, Window
from pipeline.steps import step

log = logging.getLogger(__name__)

WRITERS = 4
"""Slots for which one process has briefs written at a time."""
POSTERS = 500
"""Slots that one process posts at a time: most of that is waiting for Slack's pace, and each gets a message in turn."""
REMEMBERED = 32
"""Briefs kept as messages while many channels get the same ones."""
RETRY = timedelta(minutes=10)
"""After a failure."""
BETTER = timedelta(minutes=30)
"""Until a brief that lacks something is tried again, as long as its hour has not come."""
FOREVER = timedelta(days=7)
"""How long the rest of a brief is tried of which a part is posted."""
NOTABLE = timedelta(minutes=30)
"""From this lateness on, a brief says that it is late."""


class Services(Protocol):
    """What the worker needs of the use cases."""

    @property
    def settings(self) -> Settings:
        """The settings."""

    @property
    def records(self) -> Records:
        """The outbox."""

    def now(self) -> datetime:
        """The present instant."""

    def reload(self) -> None:
        """Takes over what channels chose in Slack; blocks."""

    async def write(
        self,
        profile: str | None = None,
        window: Window | None = None,
        channel: str = "",
        after: Sequence[str] | None = None,
    ) -> Brief:
        """Reads the feeds if need be, writes a brief for a channel that follows others, and stores it."""

    async def brief(self, brief_id: str) -> Brief | None:
        """A stored brief."""


class Worker:
    """Does what is due, and what comes near; any number of them may work on one database."""

    def __init__(
        self,
        services: Services,
        client: AsyncWebClient,
        limits: Limits,
        *,
        posters: int = POSTERS,
        at_work: Callable[[], AbstractContextManager[None]] = nullcontext,
        client_of: ClientOf | None = None,
    ) -> None:
        self._services = services
        self._client_of = client_of or always(client)
        self._limits = limits
        self._at_work = at_work
        self.slots = Slots(services.records)
        self._calendar: Calendar | None = None
        self._noted: Sequence[Subscription] = ()
        self._writers = Hands(WRITERS, partial(self._claim, ready=False), self._handle)
        self._posters = Hands(posters, partial(self._claim, ready=True), self._handle)
        self._messages: dict[tuple[str, datetime | None], NewDelivery] = {}
        self._rendering = asyncio.Lock()
        self.looked = time.monotonic()
        """When the last look was, by the monotonic clock."""

    async def look(self) -> timedelta | None:
        """Writes down what is owed and sets hands to work; returns how long it is until something is due."""
        now = self._services.now()
        self.looked = time.monotonic()
        try:
            await asyncio.to_thread(self._note_due, now)
        except BriefError as error:
            log.error("what is due could not be written down: %s", error.user_message)
            return None
        if not self._posters.under_way:
            self._messages.clear()
        self._posters.set_to_work()
        self._writers.set_to_work()
        wake = self._calendar.wake_at(now) if self._calendar else None
        return wake - now if wake else None

    async def finish(self) -> None:
        """Takes up nothing new; cancels what is under way, which gives its leases back."""
        self.stop_taking()
        under_way = self._under_way()
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)

    def stop_taking(self) -> None:
        """Takes up nothing new from now on."""
        self._writers.stop_taking()
        self._posters.stop_taking()

    async def idle(self) -> None:
        """Waits until nothing is under way."""
        while under_way := self._under_way():
            await asyncio.wait(under_way)

    def _under_way(self) -> list[asyncio.Task[None]]:
        return self._writers.under_way + self._posters.under_way

    def _note_due(self, now: datetime) -> None:
        self._services.reload()
        wanted = self._services.settings.config.subscriptions
        if self._calendar is None:
            self.slots.hurry(now)
        if self._calendar is None or wanted != self._noted:
            active = self.slots.note_subscriptions(wanted, now)
            self.slots.withdraw(active, now)
            self._calendar = Calendar(active)
            self._noted = wanted
        due = self._calendar.owed(now)
        try:
            if due:
                self.slots.note_slots(due, now)
        except BaseException:
            self._calendar = None  # it does not give them again
            raise

    async def _claim(self, most: int, *, ready: bool) -> list[SlotRow]:
        """The next slots to work on; those taken while this task is told to end are given back at once."""
        claim = partial(self.slots.claim, self._services.now(), most, ready=ready)
        taking = asyncio.ensure_future(asyncio.to_thread(claim))
        try:
            return await asyncio.shield(taking)
        except asyncio.CancelledError:
            for row in await taking:
                async with self._services.records.holding(row.lease):
                    pass
            raise

    async def _handle(self, row: SlotRow) -> None:
        try:
            with self._at_work(), step("slot", slot=row.slot.key):
                async with self._services.records.holding(row.lease) as hold:
                    await self._advance(row)
                    hold.given_back = True
        except LeaseLost:
            log.info("slot %s is in other hands", row.slot.key)

    async def _advance(self, row: SlotRow) -> None:
        """The next steps of a slot; what fails is told, and tried again later."""
        try:
            await self._go_on(row)
        except (
            LeaseLost
        ):  # of the slot, then this fails too; or of its delivery, which another process completes
            wait = timedelta(seconds=self._services.records.lease_seconds)
            await asyncio.to_thread(self.slots.put_back, row, self._services.now() + wait)
        except BriefError as error:
            log.warning("slot %s: %s Trying again in ten minutes.", row.slot.key, error.user_message)
            await self._failed(row, error.user_message)
        except Exception as error:
            log.exception("slot %s failed; trying again in ten minutes", row.slot.key)
            await self._failed(row, f"an error in this program ({type(error).__name__}); see the log")

    async def _go_on(self, row: SlotRow) -> None:
        slot, now, begun = row.slot, self._services.now(), row.begun
        if begun is not None and now >= slot.due:
            client = await self._client_of(begun.channel)
            result = await continue_delivery(self._services.records, client, begun, self._limits)
            await self._settle(row, result)
        elif begun is None and (row.brief_id is None or (not row.complete and now < slot.due)):
            row = await self._prepare(row)
            now = self._services.now()
            again = slot.due if row.complete else min(slot.due, now + BETTER)
            await asyncio.to_thread(self.slots.put_back, row, max(now, again))
            self._posters.set_to_work()
        elif now < slot.due:  # it was moved, or the clock was put back
            await asyncio.to_thread(self.slots.put_back, row, slot.due)
        else:
            await self._settle(row, await self._post(row, now))

    async def _prepare(self, row: SlotRow) -> SlotRow:
        """A brief for the slot: one that is ready for another channel, or written now; the better of two stays."""
        services, slot = self._services, row.slot
        if row.brief_id is None and (ready := await asyncio.to_thread(self.slots.brief_ready, slot)):
            return await self._keep(row, ready, complete=True)
        after = await asyncio.to_thread(self.slots.briefs_before, slot)
        fresh = await services.write(slot.profile, slot.window, slot.channel, after)
        before = await services.brief(row.brief_id) if row.brief_id else None
        model = services.settings.config.model.is_set
        best = before if before and lacks(before, model=model) < lacks(fresh, model=model) else fresh
        return await self._keep(row, best.id, complete=not any(lacks(best, model=model)))

    async def _keep(self, row: SlotRow, brief_id: str, *, complete: bool) -> SlotRow:
        await asyncio.to_thread(self.slots.keep_brief, row, brief_id, complete)
        return replace(row, brief_id=brief_id, complete=complete)

    async def _post(self, row: SlotRow, now: datetime) -> DeliveryResult:
        made = await self._rendered(row.brief_id or "", late(row.slot, now))
        if made is None:
            await asyncio.to_thread(self.slots.keep_brief, row, None, False)
            raise BriefError("The brief that was written is not stored any more.")
        return await deliver(
            self._services.records,
            await self._client_of(row.slot.channel),
            made,
            row.slot.channel,
            slot=row.slot.key,
            now=now,
            limits=self._limits,
        )

    async def _rendered(self, brief_id: str, was_due: datetime | None) -> NewDelivery | None:
        """A stored brief as messages; many channels may get the same at the same minute."""
        async with self._rendering:
            if (brief_id, was_due) not in self._messages:
                if (brief := await self._services.brief(brief_id)) is None:
                    return None
                made = await asyncio.to_thread(rendered, brief, was_due)
                self._messages = {
                    **dict(list(self._messages.items())[1 - REMEMBERED :]),
                    (brief_id, was_due): made,
                }
            return self._messages[brief_id, was_due]

    async def _settle(self, row: SlotRow, result: DeliveryResult) -> None:
        if result.state not in ("posted", "unknown"):
            raise BriefError(result.error or "The brief is not posted yet.")
        state: SlotState = "done" if result.state == "posted" else "asking"
        await asyncio.to_thread(self.slots.finish, row, state, result.error)
        log.info("slot %s is %s", row.slot.key, state)

    async def _failed(self, row: SlotRow, reason: str) -> None:
        now, begun = self._services.now(), await self._is_begun(row.slot)
        if now - row.noted > (FOREVER if begun else LATE):
            log.error("slot %s is given up: %s", row.slot.key, reason)
            await asyncio.to_thread(self.slots.finish, row, "failed", reason)
            return
        again = now + RETRY
        if now < row.slot.due < again:
            again = row.slot.due
        await asyncio.to_thread(self.slots.put_back, row, again, reason)

    async def _is_begun(self, slot: Slot) -> bool:
        found = await asyncio.to_thread(self._services.records.by_slot, slot.key)
        if found is None:
            return False
        parts = await asyncio.to_thread(self._services.records.parts, found.id)
        return parts[0].state != "pending"


def lacks(brief: Brief, *, model: bool) -> tuple[bool, int]:
    """What a brief lacks, the worse the greater: that no model wrote it though one is set, and feeds not read."""
    failed = sum(feed.status.startswith("failed") for feed in brief.receipt.per_feed)
    return model and brief.receipt.writer == "extractive", failed


def late(slot: Slot, now: datetime) -> datetime | None:
    """When the brief was due, if it comes notably late."""
    return slot.due if now - slot.due >= NOTABLE else None
