"""A clock that leaps and a Slack in this process: what the simulations of a year and of a herd share.

Everything of `bot` that works on slots runs as it is. Only the edges are others: waiting takes no real time, what is
blocking runs where it is called, and Slack is a recorder that keeps Slack's rate for each channel and fails at random.
"""

import asyncio
import random
import selectors
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any
from unittest import mock

from slack_sdk.errors import SlackApiError

from bot.leases import Hold

LATENCY = 0.15
"""Seconds that a call of Slack takes."""
LEAST = 1e-6
"""Seconds that count as none: late in a year, a float cannot tell the loop's own billionths apart."""
PER_CHANNEL = 0.99
"""Seconds between two messages that a channel takes."""


class _Leaping(selectors.DefaultSelector):
    """Instead of waiting it tells the loop how long it would have waited."""

    leap: Callable[[float], None]

    def select(self, timeout: float | None = None) -> Any:
        events = super().select(0)
        if not events:
            assert timeout is not None, "everything waits for something that never comes"
            self.leap(max(timeout, 0.0))
        return events


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop whose time passes by waiting, which takes none, and by the seconds that count as `spent`."""

    def __init__(self, spent: Callable[[], float] | None = None) -> None:
        self._leapt = 0.0
        self._spent = spent or (lambda: 0.0)
        self._began = self._spent()
        selector = _Leaping()
        selector.leap = self._leap
        super().__init__(selector)
        self._clock_resolution = LEAST

    def _leap(self, seconds: float) -> None:
        self._leapt += seconds

    def time(self) -> float:
        """Seconds since the loop was made."""
        return self._leapt + self._spent() - self._began

    def both(self) -> tuple[float, float]:
        """In the place of the time of day and the monotonic clock."""
        return self.time(), self.time()


async def _here(work: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
    return work(*arguments, **options)


def run(main: Callable[[], Coroutine[Any, Any, None]], spent: Callable[[], float] | None = None) -> None:
    """Runs to the end in virtual time, with the outbox's calls given to `Slack`, and no files beside messages."""
    loop = VirtualLoop(spent)
    with (
        mock.patch("asyncio.to_thread", _here),
        mock.patch("bot.leases.both_clocks", new=loop.both),
        mock.patch("bot.delivery.posting_client", new=Slack.fresh),
        mock.patch("bot.delivery.guarded", _guarded),
        mock.patch("bot.delivery.files_of", new=_no_files),
    ):
        try:
            asyncio.set_event_loop(loop)
            loop.run_until_complete(main())
        finally:
            asyncio.set_event_loop(None)
            loop.close()


def _no_files(_: Any) -> tuple[()]:
    return ()  # a mock would keep every brief that it was called with


@asynccontextmanager
async def _guarded(client: "Slack", hold: Hold) -> AsyncIterator[None]:
    client.hold = hold
    yield


@dataclass
class Ledger:
    """What stands in the channels, and what went wrong on the way."""

    now: Callable[[], datetime]
    rate: float
    """The share of calls that fail."""
    draw: random.Random
    messages: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    last: dict[str, float] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)
    calls: int = 0
    failed: int = 0
    too_fast: int = 0


KINDS = (
    "reset before",
    "reset after",
    "500 after",
    "503",
    "429",
    "cut after",
    "ratelimited",
    "not_in_channel",
)


class Slack:
    """As much of slack_sdk's client as the outbox uses."""

    base_url = "virtual:"

    def __init__(self, ledger: Ledger, token: str = "xoxb-virtual") -> None:
        self.ledger = ledger
        self.token = token
        self.hold: Hold | None = None

    def fresh(self) -> "Slack":
        """A client of its own for one delivery, as the outbox makes one."""
        return Slack(self.ledger, self.token)

    async def chat_postMessage(self, **call: Any) -> dict[str, Any]:
        """Takes a message, or fails before or after it did."""
        kind = await self._begin()
        if self.hold is not None:
            self.hold.check()
        here, now = self.ledger, asyncio.get_running_loop().time()
        if kind in ("reset before", "503", "429", "ratelimited", "not_in_channel"):
            raise _failure(kind)
        if now - here.last.get(call["channel"], float("-inf")) < PER_CHANNEL:
            here.too_fast += 1
            raise _failure("429")
        here.last[call["channel"]] = now
        ts = f"{here.now().timestamp():.6f}"
        kept = {name: call[name] for name in ("thread_ts", "metadata", "text")}
        here.messages[call["channel"]].append({"ts": ts, "bot_id": "B", **kept})
        await asyncio.sleep(LATENCY / 2)
        if kind is not None:
            raise _failure(kind)
        return {"ok": True, "ts": ts}

    async def conversations_history(self, **call: Any) -> dict[str, Any]:
        """The channel's latest messages."""
        if kind := await self._begin():
            raise _failure(kind)
        return {"messages": [m for m in self.ledger.messages[call["channel"]] if m["ts"] >= call["oldest"]]}

    async def conversations_replies(self, **call: Any) -> dict[str, Any]:
        """A thread's latest messages."""
        return await self.conversations_history(**call)

    async def users_conversations(self, **_: Any) -> dict[str, Any]:
        """All channels on one page."""
        if kind := await self._begin():
            raise _failure(kind)
        return {"channels": [{"name": name, "id": f"C-{name}"} for name in self.ledger.names]}

    async def _begin(self) -> str | None:
        here = self.ledger
        here.calls += 1
        await asyncio.sleep(LATENCY / 2)
        if here.draw.random() >= here.rate:
            return None
        here.failed += 1
        return here.draw.choice(KINDS)


def _failure(kind: str) -> Exception:
    if kind.startswith(("reset", "cut")):
        return ConnectionResetError(kind)
    status = {"500 after": 500, "503": 503, "429": 429}.get(kind, 200)
    code = {"500 after": "internal_error", "503": "", "429": "ratelimited"}.get(kind, kind)
    response = SimpleNamespace(status_code=status, data={"error": code}, headers={"Retry-After": "1"})
    return SlackApiError(kind, response)


def clock(start: datetime) -> Callable[[], datetime]:
    """The instants of the running virtual loop, which began at `start`."""
    return lambda: start + timedelta(seconds=asyncio.get_running_loop().time())
