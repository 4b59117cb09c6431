"""Briefs that somebody waits for: begun at once, gone on with after a restart, and the end is told in any case."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from slack_sdk.web.async_client import AsyncWebClient

from bot.errands import Errand, NewErrand
from bot.leases import Lease, LeaseLost
from bot.listeners.alone import Tell
from bot.listeners.desk import Desk
from bot.listeners.errors import sentence_for
from bot.views.message import short
from pipeline.errors import BriefError
from pipeline.models import Brief

log = logging.getLogger(__name__)

ATTEMPTS = 3
"""What a process died under so often is not tried again."""
TOO_OLD = timedelta(hours=24)
GAVE_UP = "I was stopped while I wrote your brief, and could not go on with it. Please ask for it again."


@dataclass
class Work:
    """An errand under way."""

    desk: Desk
    client: AsyncWebClient
    errand: Errand
    lease: Lease
    tell: Tell

    @property
    def is_resumed(self) -> bool:
        """Whether somebody was at it before."""
        return self.errand.attempts > 1

    async def written(self, write: Callable[[], Awaitable[Brief]]) -> Brief:
        """The brief that was written for it before, or is written now; it is remembered before anything is posted."""
        before = self.errand.brief_id
        known = await self.desk.services.brief(before) if before else None
        if known is not None:
            return known
        brief = await write()
        await asyncio.to_thread(self.desk.errands.wrote, self.lease, brief.id)
        return brief


Do = Callable[[Work], Awaitable[None]]


Fail = Callable[[str], Awaitable[None]]
"""Tells in a sentence why an errand came to nothing."""


async def begin(
    desk: Desk, client: AsyncWebClient, new: NewErrand, do: Do, tell: Tell, fail: Fail | None = None
) -> None:
    """Writes down what was asked for, and does it; what goes wrong is told in words."""
    await asyncio.to_thread(desk.errands.add, new, desk.services.now())
    await go_on(desk, client, new.key, do, tell, fail)


async def go_on(
    desk: Desk, client: AsyncWebClient, key: str, do: Do, tell: Tell, fail: Fail | None = None
) -> None:
    """Does what is left of an errand, unless another process is at it."""
    taken = await asyncio.to_thread(desk.errands.take, key)
    if taken is None:
        return
    lease, errand = taken
    try:
        async with desk.services.records.holding(lease) as hold:
            await _tried(Work(desk, client, errand, lease, tell), do, fail)
            await asyncio.to_thread(desk.errands.done, lease)
            hold.given_back = True
    except LeaseLost:
        log.info("an errand is in other hands")


async def _tried(work: Work, do: Do, fail: Fail | None) -> None:
    errand = work.errand
    try:
        if errand.attempts > ATTEMPTS or work.desk.services.now() - errand.at > TOO_OLD:
            raise BriefError(GAVE_UP)
        await do(work)
    except LeaseLost:
        raise
    except Exception as error:
        sentence = sentence_for(error)
        await (fail(sentence) if fail else work.tell(short(sentence)))
