"""The address guard against every spelling of an address that it has to refuse, asked directly and behind redirects.

    .venv/bin/python -m benchmarks.guard

Connections are recorded where they would be made and nothing leaves the machine: one host on loopback, allowed by name,
does the redirecting; what else is connected to is a leak if it is not public, and counts as accepted if it is.
"""

import asyncio
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any
from urllib.parse import quote, unquote

import httpcore

from pipeline.errors import AddressRefused, FeedError
from pipeline.fetch import Fetcher
from pipeline.fetch.body import Limits

ORIGIN = "origin.test"
PRIVATE = (
    *("127.0.0.1", "127.1.2.3", "10.0.0.1", "172.16.0.1", "172.31.255.254", "192.168.1.1", "169.254.169.254"),
    *(
        "169.254.170.2",
        "100.64.0.1",
        "100.100.100.200",
        "0.0.0.0",
        "168.63.129.16",
        "192.0.0.192",
        "198.18.0.1",
    ),
    *("224.0.0.1", "255.255.255.255", "240.0.0.1", "192.0.2.1", "203.0.113.9"),
)
PRIVATE_6 = (
    *(
        "::1",
        "::",
        "fe80::1",
        "fc00::1",
        "fd00:ec2::254",
        "fec0::1",
        "ff02::1",
        "2001:db8::1",
        "100::1",
        "5f00::1",
    ),
    *("2001:2::1", "3fff::1", "64:ff9b:1::1"),
)
PUBLIC = (
    *(
        "1.1.1.1",
        "8.8.8.8",
        "151.101.1.69",
        "104.16.0.1",
        "172.15.0.1",
        "172.32.0.1",
        "192.167.0.1",
        "169.253.0.1",
    ),
    *(
        "100.63.0.1",
        "100.128.0.1",
        "11.0.0.1",
        "9.9.9.9",
        "126.0.0.1",
        "128.84.4.1",
        "198.17.0.1",
        "198.20.0.1",
    ),
    *("223.255.255.1", "192.0.1.1", "203.0.112.9", "168.63.129.17"),
)
PUBLIC_6 = ("2606:4700::1111", "2001:4860:4860::8888", "2a00:1450:4001::1", "2620:fe::fe", "2400:cb00::1")


@dataclass
class Wire:
    """What would have been connected to."""

    port: int = 0
    reached: list[str] = field(default_factory=list)

    def leaks(self) -> list[str]:
        """Reached addresses that are not public IPv4 ones; no forbidden spelling stands for a public IPv6 address."""
        return [a for a in self.reached if ":" in a or a in PRIVATE or not ip_address(a).is_global]


def spellings(address: str) -> list[str]:
    """The ways to write an IPv4 address as a host, some of which only some programs understand."""
    a, b, c, d = (int(part) for part in address.split("."))
    number = int(IPv4Address(address))
    wide = address.translate({ord(str(i)): chr(0xFF10 + i) for i in range(10)})
    six = f"{a:02x}{b:02x}:{c:02x}{d:02x}"
    teredo = f"{~(a << 8 | b) & 0xFFFF:x}:{~(c << 8 | d) & 0xFFFF:x}"
    return [
        *(address, f"{address}.", str(number), hex(number), f"0{number:o}", wide, address.replace(".", "。")),
        *(f"{a:#x}.{b:#x}.{c:#x}.{d:#x}", f"0{a:o}.0{b:o}.0{c:o}.0{d:o}", f"{a}.{b}.{c * 256 + d}"),
        *(f"{a}.{b * 65536 + c * 256 + d}", f"{a:03d}.{b:03d}.{c:03d}.{d:03d}", address.replace(".", "%2E")),
        *(
            f"[::ffff:{address}]",
            f"[::ffff:{six}]",
            f"[::{address}]",
            f"[64:ff9b::{six}]",
            f"[2002:{six}::1]",
        ),
        *(f"[2001:0:4136:e378:8000:63bf:{teredo}]", f"[fe80::5efe:{address}]", f"{address}.nip.test"),
        *(f"user@{address}", f"example.org@{address}", f"{address}:80", f"{address}:22"),
    ]


def forbidden() -> list[str]:
    """Addresses that must not be reached, each once."""
    made = [f"http://{host}/feed" for address in PRIVATE for host in spellings(address)]
    made += [f"http://[{address}]/feed" for address in PRIVATE_6]
    made += [f"http://[{IPv6Address(address).exploded}]:8080/feed" for address in PRIVATE_6]
    names = ("localhost", "LOCALHOST", "localhost.", "private.test", "mixed.test", "six.test", "mapped.test")
    made += [f"{scheme}://{name}/feed" for name in names for scheme in ("http", "https", "HTTP")]
    schemes = (
        "file:///etc/passwd",
        "ftp://1.1.1.1/",
        "gopher://1.1.1.1:70/",
        "dict://1.1.1.1:11211/",
        "unix:/run/x",
    )
    made += [
        *schemes,
        "javascript:alert(1)",
        "data:text/xml,<rss/>",
        "//10.0.0.1/",
        "http:///feed",
        "http://",
        "jar:http://1.1.1.1!/",
    ]
    return list(dict.fromkeys(made))


def public() -> list[str]:
    """Addresses that look public and must not be refused."""
    made = [f"http://{address}/feed" for address in PUBLIC] + [
        f"http://[{address}]/feed" for address in PUBLIC_6
    ]
    hosts = (
        "rss.arxiv.org",
        "www.nature.com",
        "openai.com",
        "localhost.example.org",
        "10.example.org",
        "xn--bcher-kva.example",
    )
    made += [
        f"https://{host}{path}"
        for host in hosts
        for path in ("/", "/feed?x=127.0.0.1", ":443/feed", "/a@b", "/#10.0.0.1")
    ]
    made += [f"https://journal{i}.example/feed" for i in range(50)]
    return made


async def resolver(host: str, port: int) -> list[str]:
    """Numbers as the system reads them, names by a table: no name server is asked."""
    name = host.lower().rstrip(".")
    table = {
        ORIGIN: ["127.0.0.1"],
        "localhost": ["127.0.0.1", "::1"],
        "private.test": ["10.0.0.8"],
        "mixed.test": ["93.184.215.14", "192.168.0.9"],
        "six.test": ["2606:4700::1111", "fd00::1"],
        "mapped.test": ["::ffff:127.0.0.1"],
    }
    if name in table:
        return table[name]
    if name.endswith(".nip.test"):
        return [name.removesuffix(".nip.test")]
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except OSError:
        if name.endswith((".example", ".org", ".com")):
            return ["151.101.1.69"]
        raise
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class Rebinding:
    """Gives a public address first, and a private one to whoever asks again."""

    def __init__(self) -> None:
        self.asked = 0

    async def __call__(self, host: str, port: int) -> list[str]:
        self.asked += 1
        return ["151.101.1.69"] if self.asked == 1 else ["127.0.0.1"]


@asynccontextmanager
async def recorded() -> AsyncIterator[Wire]:
    """Records connections in place of making them, except those to the redirecting host."""
    wire = Wire()
    true_connect = httpcore.AnyIOBackend.connect_tcp

    async def connect(self: Any, host: str, port: int, *more: Any, **options: Any) -> Any:
        if (host, port) == ("127.0.0.1", wire.port):
            return await true_connect(self, host, port, *more, **options)
        wire.reached.append(host)
        raise httpcore.ConnectTimeout("recorded")

    async def redirect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = (await reader.readuntil(b"\r\n\r\n")).split(b" ")[1].decode()
        code, _, target = line.lstrip("/").partition("/")
        target = unquote(target)
        head = f"HTTP/1.1 {code} x\r\nLocation: {target}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        writer.write(head.encode("utf-8"))
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(redirect, "127.0.0.1", 0)
    wire.port = server.sockets[0].getsockname()[1]
    httpcore.AnyIOBackend.connect_tcp = connect  # type: ignore[method-assign]
    try:
        yield wire
    finally:
        httpcore.AnyIOBackend.connect_tcp = true_connect  # type: ignore[method-assign]
        server.close()


def hops(url: str, wire: Wire) -> list[str]:
    """The address itself, and behind one and two redirects of an allowed host."""
    origin = f"http://{ORIGIN}:{wire.port}"
    once = f"{origin}/302/{quote(url, safe='')}"
    return [url, once, f"{origin}/308/{quote(once, safe='')}"]


async def main() -> int:
    """Asks all, prints the counts; 1 if anything leaked or was refused without reason."""
    async with recorded() as wire:
        limits = Limits(connect=2, read=2, total=5, retry_wait=(0, 0))
        allowed = [f"{ORIGIN}:{wire.port}"]
        async with Fetcher(allowed, limits=limits, resolver=resolver) as fetcher:
            bad = [hop for url in forbidden() for hop in hops(url, wire)]
            outcomes = [await outcome(fetcher, url) for url in bad]
            leaks, silent = wire.leaks(), [u for u, o in zip(bad, outcomes, strict=True) if o == "answered"]
            wire.reached.clear()
            good = public()
            refused = [url for url in good if await outcome(fetcher, url) == "refused"]
            connected = len(wire.reached)
        rebinding = Rebinding()
        wire.reached.clear()
        async with Fetcher(limits=limits, resolver=rebinding) as fetcher:
            await outcome(fetcher, "http://rebinding.test/feed")
        leaks += wire.leaks()
    print(f"{len(forbidden())} spellings x 3 ways = {len(bad)} requests: {len(leaks)} forbidden connections")
    print(
        f"  {outcomes.count('refused')} refused by the guard, {outcomes.count('failed')} failed, {len(silent)} answered"
    )
    print(f"{len(good)} public addresses: {len(refused)} refused, {connected} connections tried")
    print(f"rebinding: asked {rebinding.asked} time(s), connected to {wire.reached}")
    for line in (*leaks, *silent, *refused):
        print(" ", line)
    return 1 if leaks or silent or refused else 0


async def outcome(fetcher: Fetcher, url: str) -> str:
    """What became of the request."""
    try:
        await fetcher.get(url)
    except AddressRefused:
        return "refused"
    except FeedError:
        return "failed"
    return "answered"


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
