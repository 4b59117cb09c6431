"""Which addresses may be connected to, checked where the connection is made.

A host name is resolved once and the connection goes to an address that was checked, so that a name which
resolves differently a moment later (DNS rebinding) reaches nothing private.
"""

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable, Collection, Iterable
from concurrent.futures import Future
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import httpcore

from pipeline.errors import AddressRefused

Resolver = Callable[[str, int], Awaitable[list[str]]]
"""Host and port -> the addresses of the host, in the order to try them."""

_SocketOption = tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]
_TRIES = 4
_NAT64 = ip_network("64:ff9b::/96")
# Beyond what the registries mark as not global: relays and tunnels into other networks, old site-local and
# IPv4-compatible addresses, and the metadata service of one cloud, which has a public address.
_REFUSED = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8",
        "100.64.0.0/10",
        "168.63.129.16/32",
        "192.0.0.0/24",
        "192.88.99.0/24",
        "198.18.0.0/15",
        "240.0.0.0/4",
        "::/96",
        "64:ff9b:1::/48",
        "100::/64",
        "2001::/23",
        "2001:db8::/32",
        "3fff::/20",
        "5f00::/16",
        "fc00::/7",
        "fe80::/10",
        "fec0::/10",
    )
)


def is_public(address: str) -> bool:
    """Whether an IP address may be fetched from: globally routable, and so is any IPv4 address inside it."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(parsed, IPv6Address) and (inner := _embedded(parsed)) is not None:
        is_transparent = parsed.ipv4_mapped is not None or parsed in _NAT64
        return _is_global(inner) and (is_transparent or _is_global(parsed))
    return _is_global(parsed)


def _is_global(address: IPv4Address | IPv6Address) -> bool:
    if any(address.version == network.version and address in network for network in _REFUSED):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def _embedded(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that a mapped, 6to4, Teredo, NAT64 or ISATAP address wraps, or none."""
    if address.ipv4_mapped or address.sixtofour:
        return address.ipv4_mapped or address.sixtofour
    if address.teredo:
        return address.teredo[1]
    packed = address.packed
    is_isatap = packed[8:12] in (b"\x00\x00\x5e\xfe", b"\x02\x00\x5e\xfe")
    return IPv4Address(packed[12:]) if address in _NAT64 or is_isatap else None


async def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host as the system knows them; raises OSError or UnicodeError.

    Each question has a thread of its own: the loop's few threads, in which feeds are read and stored, would all be
    taken by names whose servers do not answer.
    """
    answer: Future[list[str]] = Future()
    answer.set_running_or_notify_cancel()

    def look() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
            answer.set_result(list(dict.fromkeys(str(entry[4][0]) for entry in found)))
        except Exception as error:
            answer.set_exception(error)

    threading.Thread(target=look, name=f"resolve {host}", daemon=True).start()
    return await asyncio.wrap_future(answer)


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Makes the connections of a pool, to checked addresses only.

    `allowed` holds the hosts (`host` or `host:port`, as they are written in the feeds' addresses) that may be
    private.
    """

    def __init__(self, allowed: Collection[str] = (), resolver: Resolver | None = None) -> None:
        self._allowed = frozenset(allowed)
        self._resolve = resolver or resolve
        self._backend = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  (the interface of the pool)
        local_address: str | None = None,
        socket_options: Iterable[_SocketOption] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        addresses = await self._checked(host, port, timeout)
        options = tuple(socket_options or ())
        share = timeout / len(addresses) if timeout is not None else None
        for address in addresses[:-1]:
            try:
                return await self._backend.connect_tcp(address, port, share, local_address, options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        try:
            return await self._backend.connect_tcp(addresses[-1], port, share, local_address, options)
        except httpcore.ConnectError as error:
            raise httpcore.ConnectError("the host refused the connection or cannot be reached") from error

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109  (the interface of the pool)
        socket_options: Iterable[_SocketOption] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        raise AddressRefused("only http and https addresses are fetched")

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def check(self, host: str, port: int, seconds: float) -> None:
        """Resolves the host and connects to nothing; AddressRefused, or httpcore's errors for a name not known."""
        await self._checked(host, port, seconds)

    async def _checked(self, host: str, port: int, seconds: float | None) -> list[str]:
        """The addresses to try; refused as a whole if one of them is private."""
        try:
            async with asyncio.timeout(seconds):
                # With a trailing dot some systems do not know a name or number that they know without it.
                addresses = await self._resolve(host.rstrip("."), port)
        except TimeoutError:
            raise httpcore.ConnectTimeout("the host name was not resolved in time") from None
        except (OSError, UnicodeError):
            addresses = []
        if not addresses:
            raise httpcore.ConnectError("the host name cannot be resolved")
        if not self._is_allowed(host, port) and not all(is_public(address) for address in addresses):
            raise AddressRefused("the address is private or reserved; such hosts must be allowed by name")
        return addresses[:_TRIES]

    def _is_allowed(self, host: str, port: int) -> bool:
        name = host.lower()
        bracketed = f"[{name}]" if ":" in name else name
        return not self._allowed.isdisjoint({name, bracketed, f"{bracketed}:{port}"})
