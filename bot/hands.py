"""Hands: tasks that work on slots, so many at a time, which take up what waits until nothing does."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from bot.slots import SlotRow
from pipeline.errors import BriefError

log = logging.getLogger(__name__)

AT_ONCE = 25
"""Slots taken by one write: the other processes shall find some, too."""
TOGETHER = 0.25
"""Seconds in which hands that become free wait for others, to take up the next slots by one write."""


class Hands:
    """At most so many tasks, each working on a slot."""

    def __init__(
        self,
        most: int,
        claim: Callable[[int], Awaitable[list[SlotRow]]],
        work: Callable[[SlotRow], Coroutine[Any, Any, None]],
    ) -> None:
        """`claim` takes up to so many slots; `work` ends with a slot given back."""
        self._most = most
        self._claim = claim
        self._work = work
        self._busy: set[asyncio.Task[None]] = set()
        self._taking: asyncio.Task[None] | None = None
        self._asked = False
        """Whether something may have come up since the last look."""
        self._ending = False

    def set_to_work(self) -> None:
        """Takes up what waits, in the background."""
        self._asked = True
        if not self._ending and (self._taking is None or self._taking.done()):
            self._taking = asyncio.create_task(self._take())

    def stop_taking(self) -> None:
        """Takes up nothing new from now on."""
        self._ending = True

    @property
    def under_way(self) -> list[asyncio.Task[None]]:
        """The tasks that are not done."""
        return [task for task in (self._taking, *self._busy) if task is not None and not task.done()]

    async def _take(self) -> None:
        while not self._ending:
            self._asked = False
            asked = min(self._most - len(self._busy), AT_ONCE)
            try:
                rows = await self._claim(asked) if asked else []
            except BriefError as error:
                log.error("what is due could not be taken up: %s", error.user_message)
                return
            for row in rows:
                self._begin(row)
            if len(rows) < asked and not self._asked:
                return  # nothing waits
            if len(self._busy) >= self._most:
                await asyncio.wait(self._busy, return_when=asyncio.FIRST_COMPLETED)
                await asyncio.sleep(TOGETHER)

    def _begin(self, row: SlotRow) -> None:
        hand = asyncio.create_task(self._work(row))
        self._busy.add(hand)
        hand.add_done_callback(self._done)

    def _done(self, hand: asyncio.Task[None]) -> None:
        self._busy.discard(hand)
        if not hand.cancelled() and (error := hand.exception()) is not None:
            log.error("a slot was left as it is: %s", type(error).__name__)
