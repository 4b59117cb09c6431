"""The body of an answer: read and unpacked within limits, and told apart from a web page."""

import zlib
from collections.abc import AsyncIterable, Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.errors import FeedTooLarge, FeedUnavailable, NotAFeed

MIB = 1024 * 1024
_PAGE_STARTS = (b"<!doctype html", b"<html")
_FEED_ROOTS = (b"<rss", b"<feed", b"<rdf:rdf", b":feed", b"<rdf")


@dataclass(frozen=True)
class Limits:
    """How long to wait, in seconds, and how much to take, in bytes."""

    connect: float = 10.0
    read: float = 20.0
    total: float = 45.0
    hurried: float = 5.0
    """To connect or to send something, for a host whose last answer took too long; three times that in all."""
    wire: int = 10 * MIB
    decoded: int = 20 * MIB
    ratio: int = 100
    """Decoded over received bytes; looked at from 1 MiB decoded on."""
    redirects: int = 5
    retry_wait: tuple[float, float] = (1.0, 2.0)
    arxiv_gap: float = 3.0
    """arXiv's terms of use: one request every three seconds, over all its hosts together."""


class ConnectionLost(FeedUnavailable):
    """The connection could not be made or broke: worth one more try."""


def looks_like_page(body: bytes, content_type: str) -> bool:
    """Whether an answer is a web page: by how it starts, whatever its declared type, unless a feed follows."""
    start = body[:4096].replace(b"\x00", b"").lower()
    if any(root in start for root in _FEED_ROOTS) or start.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")[:1] == b"{":
        return False
    is_declared = content_type.partition(";")[0].strip().lower() in ("text/html", "application/xhtml+xml")
    return is_declared or any(mark in start[:1024] for mark in _PAGE_STARTS)


async def read_body(chunks: AsyncIterable[bytes], headers: Mapping[str, str], limits: Limits) -> bytes:
    """The decoded body, read no further than the limits; a gzip file sent without saying so is unpacked too."""
    declared = headers.get("content-length", "")
    if declared.isdigit() and int(declared[:18]) > limits.wire:
        raise FeedTooLarge(f"the answer is larger than {limits.wire / MIB:g} MiB")
    decoder = _Decoder(headers.get("content-encoding", ""), limits)
    async for chunk in chunks:
        decoder.feed(chunk)
    body = decoder.finish()
    if not body.startswith(b"\x1f\x8b"):
        return body
    inner = _Decoder("gzip", limits)
    inner.feed(body)
    return inner.finish()


class _Decoder:
    """Unpacks gzip and deflate piece by piece, and stops at the first byte over a limit."""

    def __init__(self, encoding: str, limits: Limits) -> None:
        self._encoding = encoding.strip().lower().removeprefix("x-") or "identity"
        if self._encoding not in ("identity", "gzip", "deflate"):
            raise NotAFeed("the host answered in an encoding that it was not asked for")
        self._limits = limits
        self._received = 0
        self._parts: list[bytes] = []
        self._size = 0
        self._inflater: Any = None

    def feed(self, chunk: bytes) -> None:
        self._received += len(chunk)
        if self._received > self._limits.wire:
            raise FeedTooLarge(f"the answer is larger than {self._limits.wire / MIB:g} MiB")
        if self._encoding == "identity":
            self._keep(chunk)
            return
        try:
            self._inflate(chunk)
        except zlib.error:
            raise FeedUnavailable("what the host sent is damaged and cannot be unpacked") from None

    def finish(self) -> bytes:
        if self._inflater is not None and not self._inflater.eof:
            raise ConnectionLost("the connection broke before the answer was complete")
        return b"".join(self._parts)

    def _inflate(self, chunk: bytes) -> None:
        while chunk:
            if self._inflater is None:
                self._inflater = zlib.decompressobj(self._window(chunk))
            elif self._inflater.eof:
                if self._encoding != "gzip" or not chunk.strip(b"\x00"):
                    return
                self._inflater = zlib.decompressobj(31)
            self._keep(self._inflater.decompress(chunk, self._room() + 1))
            chunk = self._inflater.unused_data

    def _window(self, chunk: bytes) -> int:
        """zlib's number for the format; "deflate" is sent with and without a header."""
        if self._encoding == "gzip":
            return 31
        has_header = chunk[0] & 0x0F == 8 and (len(chunk) < 2 or int.from_bytes(chunk[:2], "big") % 31 == 0)
        return 15 if has_header else -15

    def _room(self) -> int:
        """How many more bytes may come out."""
        by_ratio = max(MIB, self._limits.ratio * self._received)
        return max(min(self._limits.decoded, by_ratio) - self._size, 0)

    def _keep(self, part: bytes) -> None:
        if len(part) > self._room():
            raise FeedTooLarge(
                f"the answer unpacks to more than {self._limits.decoded / MIB:g} MiB or "
                f"{self._limits.ratio} times its size"
            )
        self._size += len(part)
        self._parts.append(part)
