"""Messages are stored before they are acknowledged: those that wait at one moment in one transaction."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from bot.conversations import Arrival, Conversations, Limits, Received


class Intake:
    """Takes messages in for all listeners of an app.

    It has a thread of its own: those that are shared may all be busy with answers.
    """

    def __init__(self, conversations: Conversations, limits: Limits) -> None:
        self._conversations, self._limits = conversations, limits
        self._waiting: list[tuple[Arrival, asyncio.Future[Received]]] = []
        self._storing = asyncio.Lock()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="intake")

    async def take(self, arrival: Arrival) -> Received:
        """What became of the message, once that is stored."""
        mine: asyncio.Future[Received] = asyncio.get_running_loop().create_future()
        self._waiting.append((arrival, mine))
        async with self._storing:
            if not mine.done():
                await self._store()
        return mine.result()

    async def _store(self) -> None:
        batch, self._waiting = self._waiting, []
        try:
            arrivals = [arrival for arrival, _ in batch]
            outcomes = await asyncio.get_running_loop().run_in_executor(
                self._thread, self._conversations.receive, arrivals, self._limits
            )
        except Exception as error:
            for _, future in batch:
                future.set_exception(error)
            return
        for (_, future), outcome in zip(batch, outcomes, strict=True):
            future.set_result(outcome)
