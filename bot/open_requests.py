"""What comes from Slack is acknowledged before anything else is worked on: Slack waits three seconds, people longer."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_bolt.response import BoltResponse

LULL = 0.01
"""Seconds in which nothing has come when all has come: of what was sent at one moment, the first is read first."""
LONGEST = 2.0
"""Seconds for which work waits at most, so that it goes on under a steady stream as well."""


class OpenRequests:
    """How many requests are under way to their acknowledgement."""

    def __init__(self) -> None:
        self._open = 0
        self._none = asyncio.Event()
        self._none.set()

    @contextmanager
    def one(self) -> Iterator[None]:
        """Counts a request until it is acknowledged."""
        self._open += 1
        self._none.clear()
        try:
            yield
        finally:
            self._open -= 1
            if not self._open:
                self._none.set()

    async def all_acknowledged(self) -> None:
        """Returns when all that has come is acknowledged, or soon in any case."""
        with suppress(TimeoutError):
            async with asyncio.timeout(LONGEST):
                while True:
                    await self._none.wait()
                    await asyncio.sleep(LULL)
                    if self._none.is_set():
                        return


class CountingApp(AsyncApp):
    """A Bolt app that counts its requests, by whatever way they come."""

    def __init__(self, requests: OpenRequests, **options: object) -> None:
        super().__init__(**options)  # type: ignore[arg-type]
        self._requests = requests

    async def async_dispatch(self, req: AsyncBoltRequest) -> BoltResponse:
        """As Bolt's; its answer is the acknowledgement."""
        with self._requests.one():
            return await super().async_dispatch(req)
