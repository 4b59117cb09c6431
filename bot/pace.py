"""The pace of all messages of one process: each delivery asks for a turn for each of its messages, so that many
deliveries at the same minute share what Slack allows, one message of each in turn.
"""

import asyncio
import time


class Pace:
    """Gives out turns in the order in which they are asked for."""

    def __init__(self) -> None:
        self._next = 0.0

    async def turn(self, spacing: float) -> None:
        """Waits until a message may be sent; the next one may be sent `spacing` seconds later."""
        now = time.monotonic()
        start = max(now, self._next)
        self._next = start + spacing
        if start > now:
            await asyncio.sleep(start - now)

    def hold_back(self, seconds: float) -> None:
        """No turn begins before this many seconds have passed: Slack asked for it."""
        self._next = max(self._next, time.monotonic() + seconds)
