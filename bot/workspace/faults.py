"""Trouble by script, and the record of every call: what a test sets up beforehand and reads afterwards."""

from collections.abc import Callable
from dataclasses import dataclass, field

from bot.workspace.state import Json


@dataclass
class Fault:
    """What goes wrong with calls of one method.

    `hang` seconds pass first. Then, with `accept`, the call is carried out; after that the answer is
    `status` (with `retry_after`), the Slack error `error`, the text `body`, a closed connection (`drop`, with
    `body` after these beginnings of an answer), or, when none of these is given, the method's own answer, after
    `change` if that is given. The first `skip` calls are let through, `times` calls
    are hit, and with `match` only the calls whose payload it likes.
    """

    status: int | None = None
    error: str | None = None
    retry_after: int | None = None
    hang: float = 0.0
    body: str | None = None
    drop: bool = False
    accept: bool = False
    change: Callable[[Json], Json] | None = None
    times: int = 1
    skip: int = 0
    match: Callable[[Json], bool] | None = None

    @classmethod
    def rate_limited(cls, retry_after: int = 1, *, times: int = 1, skip: int = 0) -> "Fault":
        """HTTP 429 with Retry-After, in whole seconds."""
        return cls(status=429, error="ratelimited", retry_after=retry_after, times=times, skip=skip)

    @classmethod
    def dropped(cls, *, accepted: bool, times: int = 1, skip: int = 0) -> "Fault":
        """The connection closes without an answer, before or after the call has been carried out."""
        return cls(drop=True, accept=accepted, times=times, skip=skip)

    def hits(self, payload: Json) -> bool:
        """Whether this call is hit; counts it."""
        if self.times <= 0 or (self.match is not None and not self.match(payload)):
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        self.times -= 1
        return True

    @property
    def answers(self) -> bool:
        """Whether the fault replaces the method's own answer."""
        return self.drop or any(given is not None for given in (self.status, self.error, self.body))


@dataclass
class FaultScript:
    """The faults that still wait for a call, by method ("*" is any method)."""

    waiting: list[tuple[str, Fault]] = field(default_factory=list)

    def add(self, method: str, fault: Fault) -> None:
        self.waiting.append((method, fault))

    def next(self, method: str, payload: Json) -> Fault | None:
        """The fault that hits this call, if any."""
        for name, fault in self.waiting:
            if name in (method, "*") and fault.hits(payload):
                return fault
        return None

    def clear(self) -> None:
        self.waiting.clear()


@dataclass(frozen=True)
class Call:
    """One call the workspace received. `accepted` says whether it took effect, whatever the answer was."""

    method: str
    payload: Json
    ok: bool
    error: str | None
    time: float
    accepted: bool


@dataclass
class Ledger:
    """Every call, in order of arrival of the answer. Tokens are never kept."""

    calls: list[Call] = field(default_factory=list)

    def of(self, method: str, *, ok: bool | None = None) -> list[Call]:
        """The calls of one method, all of them or only those that succeeded or failed."""
        return [c for c in self.calls if c.method == method and ok in (None, c.ok)]

    def refused(self) -> list[Call]:
        return [call for call in self.calls if not call.ok]
