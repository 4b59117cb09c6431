"""HTTP for feeds and pages: conditional GET, limits, one request at a time per host -> bytes.

Every address is checked before a connection is made (see `pipeline.fetch.guard`); httpx and httpcore are imported when
a Fetcher is opened.
"""

import asyncio
import random
import ssl
from collections.abc import Awaitable, Callable, Collection, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from importlib.metadata import PackageNotFoundError, version
from time import monotonic
from typing import TYPE_CHECKING, Literal, Self
from urllib.parse import urlsplit

from pipeline.errors import AddressRefused, FeedError, FeedUnavailable, NotAFeed
from pipeline.fetch.body import ConnectionLost, Limits, looks_like_page, read_body
from pipeline.fetch.pace import Pace

if TYPE_CHECKING:
    import httpcore
    import httpx

    from pipeline.fetch.guard import Resolver

ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, text/xml;q=0.9, "
    "*/*;q=0.5"
)
_REDIRECTS = (301, 302, 303, 307, 308)
_LONGEST_WAIT = 7 * 86_400.0
ARXIV = "arxiv.org"
CONNECTIONS = 64
OWN_HOST_TURNS = 4
"""Requests at a time to a host that the settings allow by name; one at a time is a courtesy to the others."""
TRIES_TO_REACH = 2
UNREACHED_FOR = 60.0
"""After so many addresses of a host that could not be connected to, the others are not tried for so many seconds."""


@dataclass(frozen=True)
class Validators:
    """What a host said about the version it sent, to be sent back byte for byte."""

    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True)
class Fetched:
    """An answer: the bytes, or that nothing changed."""

    status: Literal["ok", "not_modified"]
    body: bytes
    content_type: str
    url: str
    """The address that answered, after redirects."""
    validators: Validators
    permanent_url: str | None
    """Where the host says the feed has moved for good (301 or 308 from the first hop on), or none."""


@dataclass
class _Gate:
    """How many requests at a time a host gets, and how it has answered so far."""

    more: int
    """Further requests at a time, once the first answer has not been that the host wants fewer."""
    turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))
    closed_until: float | None = None
    """After a 429: the host has asked not to be asked, whatever the address."""
    unreached: int = 0
    """Addresses in a row for which no connection could be made."""
    unreached_at: float = 0.0
    is_slow: bool = False
    """Whether the last answer took too long: the next one gets less time, so that a dead host holds up nobody."""


@dataclass
class _Budget:
    """What is left of the whole time of one `get`; waiting for other requests to the host does not count."""

    left: float
    total: float


@dataclass(frozen=True)
class _Answer:
    """One hop's answer, read."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Fetcher:
    """Fetches over one pool of connections; use it as `async with Fetcher() as fetcher`."""

    def __init__(
        self,
        allow_private_hosts: Collection[str] = (),
        *,
        contact: str = "",
        limits: Limits = Limits(),  # noqa: B008
        ssl_context: ssl.SSLContext | None = None,
        resolver: "Resolver | None" = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        pace: Pace | None = None,
    ) -> None:
        self._allowed = frozenset(host.lower() for host in allow_private_hosts)
        self._limits = limits
        self._ssl_context = ssl_context
        self._resolver = resolver
        self._sleep = sleep
        self._now = now
        self._agent = user_agent(contact)
        self._gates: dict[str, _Gate] = {}
        self._pace = pace or Pace()
        self._stack = AsyncExitStack()
        self._pool: httpcore.AsyncConnectionPool | None = None

    async def __aenter__(self) -> Self:
        import httpcore
        import httpx

        from pipeline.fetch.guard import GuardedBackend

        backend = GuardedBackend(self._allowed, self._resolver)
        pool = httpcore.AsyncConnectionPool(
            ssl_context=self._ssl_context or httpx.create_ssl_context(),
            max_connections=CONNECTIONS,
            max_keepalive_connections=CONNECTIONS,
            keepalive_expiry=15.0,
            network_backend=backend,
        )
        self._pool = await self._stack.enter_async_context(pool)
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        self._pool = None
        await self._stack.aclose()

    async def get(
        self,
        url: str,
        validators: Validators = Validators(),
        *,
        expect: Literal["feed", "any"] = "feed",
    ) -> Fetched:
        """The answer of an address, after at most 5 redirects, each checked like the first.

        Retried once after 1 to 2 s: a connection that cannot be made or breaks (time-outs excepted), and 502, 503
        or 504 without Retry-After. A Retry-After, with 429 or 503, is not waited for but reported in the error; after
        a 429 other addresses of the host are not asked either until then.
        With `expect="any"` a web page is an answer too.

        Raises AddressRefused, FeedUnavailable (status, retry_after in seconds), FeedTooLarge, NotAFeed.
        """
        limits = self._limits
        budget = _Budget(limits.total, limits.total)
        target = _target(url)
        permanent: str | None = None
        is_permanent = True
        seen = {str(target)}
        for _ in range(limits.redirects + 1):
            answer = await self._ask(target, validators, budget)
            if answer.status not in _REDIRECTS:
                return _fetched(answer, str(target), validators, permanent, expect)
            target = _next_target(target, answer)
            is_permanent = is_permanent and answer.status in (301, 308)
            permanent = str(target) if is_permanent else permanent
            if str(target) in seen:
                raise FeedUnavailable("the host redirects in a circle", status=answer.status)
            seen.add(str(target))
        raise FeedUnavailable(f"the host redirects more than {limits.redirects} times", status=answer.status)

    async def refusal(self, url: str) -> str | None:
        """Why an address may not be fetched, or none; nothing is connected to.

        A host name that is not known at present is not refused: it is checked again when it is fetched.
        """
        import httpcore

        from pipeline.fetch.guard import GuardedBackend

        try:
            target = _target(url)
            port = target.port or (443 if target.scheme == "https" else 80)
            backend = GuardedBackend(self._allowed, self._resolver)
            await backend.check(target.host, port, self._limits.connect)
        except AddressRefused as error:
            return error.user_message
        except (httpcore.ConnectError, httpcore.ConnectTimeout):
            return None
        return None

    async def _ask(self, target: "httpx.URL", validators: Validators, budget: _Budget) -> _Answer:
        """One hop, tried once more where that may help."""
        gate = self._gate(target)
        try:
            return await self._in_turn(gate, target, validators, budget)
        except FeedUnavailable as error:
            is_passing = error.status in (502, 503, 504) and error.retry_after is None
            if not isinstance(error, ConnectionLost) and not is_passing:
                raise
        await self._sleep(random.uniform(*self._limits.retry_wait))  # noqa: S311  (jitter)
        return await self._in_turn(gate, target, validators, budget)

    async def _in_turn(
        self, gate: _Gate, target: "httpx.URL", validators: Validators, budget: _Budget
    ) -> _Answer:
        async with gate.turns, self._pace.turn(target.host, self._limits.arxiv_gap, self._sleep):
            started = monotonic()
            _refuse_if_closed(gate, started)
            limits = _hurried(self._limits) if gate.is_slow else self._limits
            try:
                async with asyncio.timeout(max(min(budget.left, limits.total), 0.0)):
                    return await self._exchange(gate, target, validators, limits)
            except FeedUnavailable as error:
                if error.status == 429 and error.retry_after is not None:
                    gate.closed_until = monotonic() + error.retry_after
                raise
            except TimeoutError:
                gate.is_slow = True
                waited = min(budget.total, limits.total)
                raise FeedUnavailable(f"the answer took longer than {waited:g} s") from None
            finally:
                budget.left -= monotonic() - started
                _widen(gate)

    def _gate(self, target: "httpx.URL") -> _Gate:
        host = host_of(str(target))
        if host not in self._gates:
            is_own = not self._allowed.isdisjoint({host, host.rpartition(":")[0]})
            self._gates[host] = _Gate(OWN_HOST_TURNS - 1 if is_own else 0)
        return self._gates[host]

    async def _exchange(
        self, gate: _Gate, target: "httpx.URL", validators: Validators, limits: Limits
    ) -> _Answer:
        import httpcore

        if self._pool is None:
            raise RuntimeError("the fetcher is not open; use it in an `async with` block")
        times = {"connect": limits.connect, "read": limits.read, "write": limits.read, "pool": limits.total}
        address = httpcore.URL(
            scheme=target.raw_scheme, host=target.raw_host, port=target.port, target=target.raw_path
        )
        headers = _request_headers(target, self._agent, validators)
        try:
            request = self._pool.stream("GET", address, headers=headers, extensions={"timeout": times})
            async with request as response:
                _note_answer(gate)
                return await self._read(response)
        except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError) as error:
            _note_failure(gate, error)
            raise _explained(error, limits) from error

    async def _read(self, response: "httpcore.Response") -> _Answer:
        headers = {
            name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers
        }
        if response.status in _REDIRECTS or response.status == 304:
            return _Answer(response.status, headers, b"")
        if not 200 <= response.status < 300:
            raise _refusal(response.status, headers, self._now())
        body = await read_body(response.aiter_stream(), headers, self._limits)
        return _Answer(response.status, headers, body)


def _hurried(limits: Limits) -> Limits:
    """What a host gets whose last answer took too long."""
    short = limits.hurried
    return replace(limits, connect=min(limits.connect, short), read=min(limits.read, short), total=3 * short)


def _widen(gate: _Gate) -> None:
    while gate.more and gate.closed_until is None:
        gate.turns.release()
        gate.more -= 1


def _refuse_if_closed(gate: _Gate, now: float) -> None:
    if gate.closed_until is not None and now < gate.closed_until:
        raise _asks_to_wait(429, gate.closed_until - now)
    if gate.unreached >= TRIES_TO_REACH and now < gate.unreached_at + UNREACHED_FOR:
        raise FeedUnavailable("the host could not be reached for other feeds a moment ago")


def _note_answer(gate: _Gate) -> None:
    """The host answers: a status that tells of an error is an answer too."""
    gate.unreached, gate.is_slow = 0, False


def _note_failure(gate: _Gate, error: Exception) -> None:
    import httpcore

    if isinstance(error, httpcore.ConnectError | httpcore.ConnectTimeout):
        gate.unreached, gate.unreached_at = gate.unreached + 1, monotonic()
    gate.is_slow = isinstance(error, httpcore.ReadTimeout | httpcore.ConnectTimeout)


def host_of(url: str) -> str:
    """Whose turn a request to this address takes: its host and port; all of arXiv's hosts are one."""
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return ""
    if host == ARXIV or host.endswith(f".{ARXIV}"):
        return ARXIV
    return f"{host}:{port or (443 if parts.scheme == 'https' else 80)}"


def user_agent(contact: str) -> str:
    """The program's name and version, and where its operator can be reached if that is set."""
    try:
        number = version("research-brief")
    except PackageNotFoundError:
        number = "0"
    clean = "".join(char for char in contact if char.isascii() and char.isprintable() and char not in "()")
    return f"research-brief/{number} (+{clean.strip()})" if clean.strip() else f"research-brief/{number}"


def _target(url: str, base: "httpx.URL | None" = None) -> "httpx.URL":
    """The address to ask, checked for what can be told from its text."""
    import httpx

    try:
        target = httpx.URL(url) if base is None else base.join(url)
    except (httpx.InvalidURL, ValueError, TypeError):
        raise AddressRefused("the address is not valid") from None
    if target.scheme not in ("http", "https"):
        raise AddressRefused("only http and https addresses are fetched")
    if not target.host:
        raise AddressRefused("the address names no host")
    if target.userinfo:
        raise AddressRefused("an address with a user name or password in it is not fetched")
    return target.copy_with(fragment=None)


def _next_target(target: "httpx.URL", answer: _Answer) -> "httpx.URL":
    location = answer.headers.get("location", "").strip()
    if not location:
        raise FeedUnavailable("the host redirects without saying where", status=answer.status)
    return _target(location, base=target)


def _request_headers(target: "httpx.URL", agent: str, validators: Validators) -> list[tuple[bytes, bytes]]:
    pairs = [
        ("Host", target.netloc.decode("ascii")),
        ("User-Agent", agent),
        ("Accept", ACCEPT),
        ("Accept-Encoding", "gzip, deflate"),
        ("If-None-Match", validators.etag),
        ("If-Modified-Since", validators.last_modified),
    ]
    return [(name.encode(), value.encode("latin-1", "replace")) for name, value in pairs if value]


def _fetched(
    answer: _Answer, url: str, sent: Validators, permanent: str | None, expect: Literal["feed", "any"]
) -> Fetched:
    validators = Validators(answer.headers.get("etag"), answer.headers.get("last-modified"))
    content_type = answer.headers.get("content-type", "")
    if answer.status == 304:
        if sent == Validators():
            raise FeedUnavailable(
                "the host answered 304 (not modified) without having been asked", status=304
            )
        merged = Validators(validators.etag or sent.etag, validators.last_modified or sent.last_modified)
        return Fetched("not_modified", b"", content_type, url, merged, permanent)
    if not answer.body.strip():
        raise NotAFeed("the host answered with nothing")
    if expect == "feed" and looks_like_page(answer.body, content_type):
        raise NotAFeed("the host answered with a web page instead of a feed")
    return Fetched("ok", answer.body, content_type, url, validators, permanent)


def _refusal(status: int, headers: Mapping[str, str], now: datetime) -> FeedUnavailable:
    """An answer that is neither the feed nor a redirect, in a sentence."""
    wait = retry_after(headers.get("retry-after", ""), now) if status in (429, 503) else None
    if wait is not None:
        return _asks_to_wait(status, wait)
    try:
        phrase = f" ({HTTPStatus(status).phrase.lower()})"
    except ValueError:
        phrase = ""
    asks = ", asking for a browser" if headers.get("cf-mitigated") == "challenge" else ""
    return FeedUnavailable(f"the host answered {status}{phrase}{asks}", status=status)


def _asks_to_wait(status: int, seconds: float) -> FeedUnavailable:
    return FeedUnavailable(
        f"the host asks to wait {seconds:.0f} s ({status})", status=status, retry_after=seconds
    )


def retry_after(value: str, now: datetime) -> float | None:
    """Seconds that a Retry-After header (seconds or HTTP date) asks to wait, 0 to 7 days; none if unreadable."""
    value = value.strip()
    if value.isascii() and value.isdigit():
        return min(float(value[:12]), _LONGEST_WAIT)
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, TypeError):
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return min(max((aware - now).total_seconds(), 0.0), _LONGEST_WAIT)


def _explained(error: Exception, limits: Limits) -> FeedError:
    """A failure of the connection, in a sentence."""
    import httpcore

    if isinstance(error, httpcore.ConnectTimeout | httpcore.PoolTimeout):
        return FeedUnavailable(f"the host did not answer within {limits.connect:g} s")
    if isinstance(error, httpcore.TimeoutException):
        return FeedUnavailable(f"the host sent nothing for {limits.read:g} s")
    if (reason := _certificate_problem(error)) is not None:
        return FeedUnavailable(f"the certificate of the host is not accepted ({reason})")
    if isinstance(error, httpcore.ConnectError):
        return ConnectionLost(str(error) or "the host cannot be reached")
    if isinstance(error, httpcore.LocalProtocolError):
        return FeedUnavailable("the request could not be sent as it is")
    return ConnectionLost("the connection broke before the answer was complete")


def _certificate_problem(error: BaseException) -> str | None:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return cause.verify_message or "verification failed"
        cause = cause.__cause__ or cause.__context__
    return None
