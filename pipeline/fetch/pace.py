"""What all fetchers of a process keep to together: arXiv's terms allow one request every three seconds.

Source: https://info.arxiv.org/help/api/tou.html ("no more than one request every three seconds", "a single connection
at a time"); all its hosts count as one.
"""

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from time import monotonic

LOOK_AGAIN = 0.02
"""Seconds. Fetchers may live in different event loops, which cannot wake each other."""


class Pace:
    """The turns of requests to arXiv; share one between fetchers, or each keeps to its own alone."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last: float | None = None

    @asynccontextmanager
    async def turn(
        self, host: str, gap: float, sleep: Callable[[float], Awaitable[None]]
    ) -> AsyncIterator[None]:
        """While this is open no other request goes to arXiv, and none began less than `gap` seconds before.

        Other hosts are let through.
        """
        host = host.lower().rstrip(".")
        if host != "arxiv.org" and not host.endswith(".arxiv.org"):
            yield
            return
        while not self._lock.acquire(blocking=False):  # noqa: ASYNC110 - held in another loop's thread
            await asyncio.sleep(LOOK_AGAIN)
        try:
            if self._last is not None and (wait := self._last + gap - monotonic()) > 0:
                await sleep(wait)
            self._last = monotonic()
            yield
        finally:
            self._lock.release()
