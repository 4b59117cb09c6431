"""Whether a host lets programs read a page: its robots.txt.

Feeds are published for programs, and somebody subscribed to each: they are read without asking. arXiv's HTML and PDF
are read from its host for programs within its terms. The pages of other hosts are asked for under this rule.
Source: RFC 9309 (a missing file allows all; a host that fails allows nothing; at most a day from memory).
"""

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Literal, Protocol
from urllib.parse import urlsplit

from pipeline.errors import FeedError, FeedUnavailable
from pipeline.fetch import Fetched

if TYPE_CHECKING:
    from protego import Protego

PRODUCT = "research-brief"
"""The name by which robots.txt may speak of this program; its User-Agent begins with it."""
KEPT = 24 * 3600.0
CLOSED_KEPT = 3600.0
"""Seconds after which a host that failed is asked again."""
LONGEST = 500 * 1024
"""Bytes that are read of a robots.txt, the least that the RFC allows for."""
MOST = 500
"""Hosts that are remembered."""

FORBIDDEN = "its host asks programs not to read it (robots.txt)"
UNKNOWN = "its host did not say whether programs may read it (robots.txt)"


class Host(Protocol):
    """What fetches bytes: `pipeline.fetch.Fetcher`, or a fake that records."""

    async def get(self, url: str, *, expect: Literal["any"]) -> Fetched:
        """The answer, or a FeedError."""


@dataclass(frozen=True)
class _Told:
    until: float
    rules: "Protego | None" = None
    """None: everything, or nothing if the host failed."""
    failed: bool = False


class Robots:
    """What hosts allow, remembered for a day."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._told: dict[str, _Told] = {}

    async def refusal(self, host: Host, url: str) -> str | None:
        """Why a page may not be read, or none; asks its host if that was not done today."""
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        told = self._told.get(origin)
        if told is None or told.until < self._clock():
            told = await self._ask(host, origin)
            if len(self._told) >= MOST:
                self._told.clear()
            self._told[origin] = told
        if told.failed:
            return UNKNOWN
        return FORBIDDEN if told.rules is not None and not told.rules.can_fetch(url, PRODUCT) else None

    async def _ask(self, host: Host, origin: str) -> _Told:
        now = self._clock()
        try:
            answer = await host.get(f"{origin}/robots.txt", expect="any")
        except FeedUnavailable as error:
            is_missing = error.status is not None and 400 <= error.status < 500 and error.status != 429
            return _Told(now + KEPT) if is_missing else _Told(now + CLOSED_KEPT, failed=True)
        except FeedError:
            return _Told(now + CLOSED_KEPT, failed=True)
        from protego import Protego

        return _Told(now + KEPT, Protego.parse(answer.body[:LONGEST].decode("utf-8", "replace")))
