"""What arrives is stored before it is acknowledged: what waits at one moment in one transaction."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Generic, TypeVar

from bot.arrivals import Arrival, Limits, Received
from bot.conversations import Conversations
from bot.records import Records

One = TypeVar("One")
Outcome = TypeVar("Outcome")


class Batches(Generic[One, Outcome]):
    """Hands to a blocking function all that waits at one moment, one such list at a time, in order."""

    def __init__(
        self, thread: ThreadPoolExecutor, work: Callable[[Sequence[One]], Sequence[Outcome]]
    ) -> None:
        self._thread, self._work = thread, work
        self._waiting: list[tuple[One, asyncio.Future[Outcome]]] = []
        self._working = asyncio.Lock()

    async def add(self, one: One) -> Outcome:
        """What became of it, once it is done."""
        mine: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._waiting.append((one, mine))
        async with self._working:
            if not mine.done():
                await self._work_off()
        return mine.result()

    async def _work_off(self) -> None:
        batch, self._waiting = self._waiting, []
        try:
            outcomes = await asyncio.get_running_loop().run_in_executor(
                self._thread, self._work, [one for one, _ in batch]
            )
        except Exception as error:
            for _, future in batch:
                future.set_exception(error)
            return
        for (_, future), outcome in zip(batch, outcomes, strict=True):
            future.set_result(outcome)


class Intake:
    """Takes in messages, and the keys of everything else, for all listeners of an app.

    It has a thread of its own: those that are shared may all be busy with answers.
    """

    def __init__(
        self, conversations: Conversations, limits: Limits, records: Records, now: Callable[[], datetime]
    ) -> None:
        thread = ThreadPoolExecutor(1, thread_name_prefix="intake")
        self._messages: Batches[Arrival, Received] = Batches(
            thread, lambda arrivals: conversations.receive(arrivals, limits)
        )
        self._keys: Batches[list[str], bool] = Batches(thread, lambda keys: records.claim_each(keys, now()))

    async def take(self, arrival: Arrival) -> Received:
        """What became of the message, once that is stored."""
        return await self._messages.add(arrival)

    async def claim(self, keys: list[str]) -> bool:
        """True for whoever comes first with these keys; False if any of them was seen before."""
        return await self._keys.add(keys)
