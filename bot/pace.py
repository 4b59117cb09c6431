"""The pace of one process's messages to each workspace: each delivery asks for a turn for each of its messages, so
that many deliveries at the same minute share what Slack allows, one message of each in turn.
"""

import asyncio
from collections import deque
from dataclasses import dataclass


class Pace:
    """Gives out the turns of each workspace in the order in which they are asked for."""

    def __init__(self) -> None:
        self._lines: dict[str, _Line] = {}

    async def turn(self, workspace: str, spacing: float) -> None:
        """Waits until a message may be sent to the workspace; the next may be sent `spacing` seconds later."""
        clock = asyncio.get_running_loop().time
        line = self._lines.setdefault(workspace, _Line())
        while True:
            start, pauses = max(clock(), line.next), line.pauses
            line.next = start + spacing
            if (wait := start - clock()) > 0:
                await asyncio.sleep(wait)
            if pauses == line.pauses:
                return  # else Slack asked for a pause meanwhile, and the turns are given out anew

    def hold_back(self, workspace: str, seconds: float) -> None:
        """No turn of the workspace begins before this many seconds have passed: Slack asked for it."""
        line = self._lines.setdefault(workspace, _Line())
        line.pauses += 1
        line.next = asyncio.get_running_loop().time() + seconds


class Ration:
    """So many of a thing for each workspace within so many seconds; who comes too late goes without."""

    def __init__(self, most: int, seconds: float) -> None:
        self._most, self._seconds = most, seconds
        self._taken: dict[str, deque[float]] = {}

    def take(self, workspace: str) -> bool:
        """Whether there is one left, which is then taken."""
        now = asyncio.get_running_loop().time()
        taken = self._taken.setdefault(workspace, deque(maxlen=self._most))
        if len(taken) == self._most and now - taken[0] < self._seconds:
            return False
        taken.append(now)
        return True


@dataclass
class _Line:
    """Those who wait for one workspace."""

    next: float = 0.0
    pauses: int = 0
