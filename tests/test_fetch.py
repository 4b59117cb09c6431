"""The fetcher against a host of raw sockets on loopback: what it sends, takes, follows and refuses."""

import asyncio
import gzip
import shutil
import socket
import ssl
import subprocess
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.errors import AddressRefused, FeedTooLarge, FeedUnavailable, NotAFeed
from pipeline.fetch import Fetcher, Validators, retry_after, user_agent
from pipeline.fetch.body import Limits, looks_like_page, read_body
from pipeline.fetch.guard import is_public

FEED = b'<?xml version="1.0"?><rss version="2.0"><channel><title>t</title></channel></rss>'
NOW = datetime(2025, 11, 20, 12, 0, tzinfo=UTC)
Answer = bytes | Callable[[asyncio.StreamWriter], Awaitable[None]]


def answer(status: str = "200 OK", body: bytes = FEED, **headers: str) -> bytes:
    """A whole HTTP answer; header names are given with underscores."""
    lines = {"content-length": str(len(body))} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"HTTP/1.1 {status}\r\n{head}connection: close\r\n\r\n".encode() + body


@dataclass
class Host:
    """Answers each path with its list of answers in turn (the last one again and again), and records what came."""

    routes: dict[str, list[Answer]] = field(default_factory=dict)
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    port: int = 0
    open_now: int = 0
    most_open: int = 0

    @property
    def name(self) -> str:
        return f"127.0.0.1:{self.port}"

    def url(self, path: str) -> str:
        return f"http://{self.name}{path}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open_now += 1
        self.most_open = max(self.most_open, self.open_now)
        try:
            lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            path = lines[0].split(" ")[1]
            headers = dict(line.split(": ", 1) for line in lines[1:] if line)
            self.requests.append((path, {name.lower(): value for name, value in headers.items()}))
            answers = self.routes[path]
            made = answers.pop(0) if len(answers) > 1 else answers[0]
            if isinstance(made, bytes):
                writer.write(made)
                await writer.drain()
            else:
                await made(writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.open_now -= 1
            writer.close()


@pytest.fixture
async def host() -> AsyncIterator[Host]:
    host = Host()
    server = await asyncio.start_server(host.serve, "127.0.0.1", 0)
    host.port = server.sockets[0].getsockname()[1]
    yield host
    server.close()


@dataclass
class Naps:
    """Records how long the fetcher would have slept."""

    taken: list[float] = field(default_factory=list)

    async def __call__(self, seconds: float) -> None:
        self.taken.append(seconds)


@pytest.fixture
def naps() -> Naps:
    return Naps()


@pytest.fixture
async def fetcher(host: Host, naps: Naps) -> AsyncIterator[Fetcher]:
    async with Fetcher([host.name], contact="ops@example.org", sleep=naps, now=lambda: NOW) as fetcher:
        yield fetcher


class TestAnswers:
    @pytest.mark.parametrize(
        ("encoding", "pack"),
        [
            ("gzip", gzip.compress),
            ("x-gzip", lambda body: gzip.compress(body[:20]) + gzip.compress(body[20:])),
            ("deflate", zlib.compress),
            ("deflate", lambda body: zlib.compress(body)[2:-4]),
            ("identity", bytes),
        ],
    )
    async def test_a_packed_feed_arrives_unpacked_with_its_validators(
        self, host: Host, fetcher: Fetcher, encoding: str, pack: Callable[[bytes], bytes]
    ) -> None:
        packed = answer(body=pack(FEED), content_encoding=encoding, etag='W/"a"', last_modified="then")
        host.routes["/f"] = [packed]

        fetched = await fetcher.get(host.url("/f"))

        assert (fetched.status, fetched.body) == ("ok", FEED)
        assert fetched.validators == Validators('W/"a"', "then")
        assert (fetched.url, fetched.permanent_url) == (host.url("/f"), None)

    async def test_a_gzip_file_is_unpacked_even_if_the_host_does_not_say_so(
        self, host: Host, fetcher: Fetcher
    ) -> None:
        host.routes["/f.gz"] = [answer(body=gzip.compress(FEED), content_type="application/gzip")]
        assert (await fetcher.get(host.url("/f.gz"))).body == FEED

    async def test_the_request_says_who_asks_and_carries_no_cookie(
        self, host: Host, fetcher: Fetcher
    ) -> None:
        host.routes["/f"] = [answer(set_cookie="a=b")]
        await fetcher.get(host.url("/f"))
        await fetcher.get(host.url("/f"))

        sent = host.requests[-1][1]
        assert sent["user-agent"].startswith("research-brief/")
        assert sent["user-agent"].endswith("(+ops@example.org)")
        assert sent["host"] == host.name
        assert "cookie" not in sent
        assert "br" not in sent["accept-encoding"]

    async def test_validators_go_back_verbatim_and_304_means_not_modified(
        self, host: Host, fetcher: Fetcher
    ) -> None:
        host.routes["/f"] = [answer("304 Not Modified", b"", last_modified="later")]
        known = Validators('W/"odd "quotes""', "Thu, 20 Nov 2025 00:00:00 GMT")

        fetched = await fetcher.get(host.url("/f"), known)

        assert (fetched.status, fetched.body) == ("not_modified", b"")
        assert fetched.validators == Validators(known.etag, "later")
        assert host.requests[0][1]["if-none-match"] == known.etag
        assert host.requests[0][1]["if-modified-since"] == known.last_modified

    async def test_304_without_having_asked_is_an_error(self, host: Host, fetcher: Fetcher) -> None:
        host.routes["/f"] = [answer("304 Not Modified", b"")]
        with pytest.raises(FeedUnavailable, match="without having been asked"):
            await fetcher.get(host.url("/f"))

    @pytest.mark.parametrize("body", [b"", b" \r\n"])
    async def test_an_empty_answer_is_not_a_feed(self, host: Host, fetcher: Fetcher, body: bytes) -> None:
        host.routes["/f"] = [answer(body=body)]
        with pytest.raises(NotAFeed, match="nothing"):
            await fetcher.get(host.url("/f"))

    async def test_a_captcha_page_is_not_a_feed_but_is_an_answer_where_pages_are_wanted(
        self, host: Host, fetcher: Fetcher
    ) -> None:
        page = b"<!DOCTYPE html><html><title>Just a moment...</title>"
        host.routes["/f"] = [answer(body=page, content_type="text/html; charset=utf-8")]
        with pytest.raises(NotAFeed, match="a web page instead of a feed"):
            await fetcher.get(host.url("/f"))
        assert (await fetcher.get(host.url("/f"), expect="any")).body == page

    @pytest.mark.parametrize(
        ("body", "content_type", "is_page"),
        [
            (FEED, "text/html", False),
            (b"\xef\xbb\xbf\n <!-- x --><HTML lang='en'>", "application/rss+xml", True),
            (b"please enable JavaScript", "text/html", True),
            (b"<feed xmlns='http://www.w3.org/2005/Atom'/>", "text/plain", False),
        ],
    )
    def test_a_page_is_told_by_how_it_starts(self, body: bytes, content_type: str, is_page: bool) -> None:
        assert looks_like_page(body, content_type) is is_page

    def test_the_contact_cannot_break_the_header(self) -> None:
        assert user_agent("a)\r\nX: y").count("(") == 1
        assert "\r" not in user_agent("a\r\nb")
        assert "(" not in user_agent(" ")


class TestRedirects:
    async def test_a_permanent_move_is_reported(self, host: Host, fetcher: Fetcher) -> None:
        host.routes["/old"] = [answer("301 Moved Permanently", b"", location="/mid")]
        host.routes["/mid"] = [answer("308 Permanent Redirect", b"", location=host.url("/new"))]
        host.routes["/new"] = [answer()]

        fetched = await fetcher.get(host.url("/old"), Validators("e"))

        assert fetched.url == fetched.permanent_url == host.url("/new")
        assert [sent["if-none-match"] for _, sent in host.requests] == ["e", "e", "e"]

    async def test_only_the_permanent_hops_at_the_start_count(self, host: Host, fetcher: Fetcher) -> None:
        host.routes["/old"] = [answer("301 Moved Permanently", b"", location="/new")]
        host.routes["/new"] = [answer("302 Found", b"", location="/today")]
        host.routes["/today"] = [answer()]
        assert (await fetcher.get(host.url("/old"))).permanent_url == host.url("/new")
        assert (await fetcher.get(host.url("/new"))).permanent_url is None

    async def test_circles_and_long_chains_end(self, host: Host, fetcher: Fetcher) -> None:
        host.routes["/a"] = [answer("302 Found", b"", location="/b")]
        host.routes["/b"] = [answer("302 Found", b"", location="/a")]
        with pytest.raises(FeedUnavailable, match="in a circle"):
            await fetcher.get(host.url("/a"))
        for step in range(9):
            host.routes[f"/{step}"] = [answer("302 Found", b"", location=f"/{step + 1}")]
        host.requests.clear()
        with pytest.raises(FeedUnavailable, match="more than 5 times"):
            await fetcher.get(host.url("/0"))
        assert len(host.requests) == 6

    @pytest.mark.parametrize(
        "location",
        [
            "file:///etc/passwd",
            "ftp://127.0.0.1/x",
            "http://localhost:{port}/secret",
            "http://127.0.0.2:{port}/secret",
            "http://[::ffff:127.0.0.1]:{port}/secret",
            "//2130706433:{port}/secret",
            "http://user:hunter2@127.0.0.1:{port}/secret",
            "http://169.254.169.254/latest/meta-data",
        ],
    )
    async def test_a_redirect_is_checked_like_a_first_address(
        self, host: Host, fetcher: Fetcher, location: str
    ) -> None:
        host.routes["/f"] = [answer("302 Found", b"", location=location.format(port=host.port))]
        host.routes["/secret"] = [answer()]
        with pytest.raises(AddressRefused) as caught:
            await fetcher.get(host.url("/f"))
        assert [path for path, _ in host.requests] == ["/f"]
        assert "hunter2" not in str(caught.value)

    async def test_a_redirect_to_nowhere_is_an_error(self, host: Host, fetcher: Fetcher) -> None:
        host.routes["/f"] = [answer("301 Moved Permanently", b"")]
        with pytest.raises(FeedUnavailable, match="without saying where"):
            await fetcher.get(host.url("/f"))


class TestErrors:
    @pytest.mark.parametrize(
        ("status", "sentence"),
        [
            ("404 Not Found", r"the host answered 404 \(not found\)"),
            ("410 Gone", r"the host answered 410 \(gone\)"),
            ("403 No", r"the host answered 403 \(forbidden\), asking for a browser"),
            ("799 Odd", "the host answered 799$"),
        ],
    )
    async def test_a_refusal_is_a_sentence_with_the_status(
        self, host: Host, fetcher: Fetcher, status: str, sentence: str
    ) -> None:
        challenge = {"cf_mitigated": "challenge"} if status.startswith("403") else {}
        host.routes["/f"] = [answer(status, b"<html>", **challenge)]
        with pytest.raises(FeedUnavailable, match=sentence) as caught:
            await fetcher.get(host.url("/f"))
        assert caught.value.status == int(status[:3])
        assert caught.value.retryable
        assert len(host.requests) == 1

    @pytest.mark.parametrize("value", ["120", "Thu, 20 Nov 2025 12:02:00 GMT"])
    @pytest.mark.parametrize("status", ["429 Too Many Requests", "503 Service Unavailable"])
    async def test_a_wish_to_wait_is_reported_and_not_retried(
        self, host: Host, fetcher: Fetcher, naps: Naps, status: str, value: str
    ) -> None:
        host.routes["/f"] = [answer(status, b"", retry_after=value)]
        with pytest.raises(FeedUnavailable, match=rf"asks to wait 120 s \({status[:3]}\)") as caught:
            await fetcher.get(host.url("/f"))
        assert caught.value.retry_after == 120
        assert (len(host.requests), naps.taken) == (1, [])

    @pytest.mark.parametrize(
        ("value", "seconds"),
        [("0", 0), ("-5", None), ("soon", None), ("", None), ("9" * 40, 604_800), ("²", None)],
    )
    def test_odd_wishes_are_bounded_or_ignored(self, value: str, seconds: float | None) -> None:
        assert retry_after(value, NOW) == seconds

    def test_a_date_in_the_past_means_now(self) -> None:
        assert retry_after("Thu, 20 Nov 2025 11:00:00 GMT", NOW) == 0

    @pytest.mark.parametrize("status", ["502 Bad Gateway", "503 Service Unavailable", "504 Gateway Timeout"])
    async def test_a_passing_failure_is_retried_once(
        self, host: Host, fetcher: Fetcher, naps: Naps, status: str
    ) -> None:
        host.routes["/f"] = [answer(status, b""), answer()]
        assert (await fetcher.get(host.url("/f"))).body == FEED
        assert len(naps.taken) == 1
        assert 1 <= naps.taken[0] <= 2

        host.routes["/f"] = [answer(status, b"")]
        host.requests.clear()
        with pytest.raises(FeedUnavailable, match=status[:3]):
            await fetcher.get(host.url("/f"))
        assert len(host.requests) == 2

    async def test_a_broken_connection_is_retried_once(self, host: Host, fetcher: Fetcher) -> None:
        host.routes["/f"] = [answer()[:-10], answer()]
        assert (await fetcher.get(host.url("/f"))).body == FEED
        host.routes["/f"] = [b""]
        with pytest.raises(FeedUnavailable, match="connection broke"):
            await fetcher.get(host.url("/f"))
        assert len(host.requests) == 4

    async def test_a_cut_or_damaged_gzip_is_an_error_and_not_half_a_feed(
        self, host: Host, fetcher: Fetcher
    ) -> None:
        host.routes["/cut"] = [answer(body=gzip.compress(FEED)[:-12], content_encoding="gzip")]
        host.routes["/bad"] = [answer(body=FEED, content_encoding="gzip")]
        with pytest.raises(FeedUnavailable, match="connection broke"):
            await fetcher.get(host.url("/cut"))
        with pytest.raises(FeedUnavailable, match="damaged"):
            await fetcher.get(host.url("/bad"))

    async def test_an_encoding_that_was_not_asked_for_is_refused(self, host: Host, fetcher: Fetcher) -> None:
        host.routes["/f"] = [answer(content_encoding="br")]
        with pytest.raises(NotAFeed, match="encoding"):
            await fetcher.get(host.url("/f"))

    async def test_nobody_listening_and_unknown_names_are_told_apart(self, naps: Naps) -> None:
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            name = f"127.0.0.1:{unused.getsockname()[1]}"
        async with Fetcher([name], sleep=naps) as fetcher:
            with pytest.raises(FeedUnavailable, match="refused the connection"):
                await fetcher.get(f"http://{name}/f")
        assert len(naps.taken) == 1

        async def unknown(host: str, port: int) -> list[str]:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

        async with Fetcher(resolver=unknown, sleep=naps) as fetcher:
            with pytest.raises(FeedUnavailable, match="host name cannot be resolved"):
                await fetcher.get("http://no-such-host.example/")

    async def test_a_silent_host_and_an_endless_one_run_into_their_limits(
        self, host: Host, naps: Naps
    ) -> None:
        async def silent(writer: asyncio.StreamWriter) -> None:
            await asyncio.sleep(2)

        async def drip(writer: asyncio.StreamWriter) -> None:
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n")
            for _ in range(100):
                writer.write(b"<")
                await writer.drain()
                await asyncio.sleep(0.03)

        host.routes |= {"/silent": [silent], "/drip": [drip]}
        limits = Limits(read=0.1, total=0.4)
        async with Fetcher([host.name], limits=limits, sleep=naps) as fetcher:
            with pytest.raises(FeedUnavailable, match=r"sent nothing for 0\.1 s"):
                await fetcher.get(host.url("/silent"))
            with pytest.raises(FeedUnavailable, match=r"took longer than 0\.4 s"):
                await fetcher.get(host.url("/drip"))
        assert naps.taken == []

    async def test_a_host_that_does_not_accept_in_time_is_reported(self, naps: Naps) -> None:
        async def slow(host: str, port: int) -> list[str]:
            await asyncio.sleep(2)
            return []

        async with Fetcher(resolver=slow, limits=Limits(connect=0.05), sleep=naps) as fetcher:
            with pytest.raises(FeedUnavailable, match=r"did not answer within 0\.05 s"):
                await fetcher.get("http://slow.example/")

    async def test_it_must_be_opened_first(self) -> None:
        with pytest.raises(RuntimeError, match="async with"):
            await Fetcher().get("http://example.org/")


class TestSizes:
    async def test_a_declared_size_over_the_limit_is_not_read(self, host: Host) -> None:
        host.routes["/f"] = [answer(content_length="99999999999")]
        async with Fetcher([host.name]) as fetcher:
            with pytest.raises(FeedTooLarge, match="larger than 10 MiB"):
                await fetcher.get(host.url("/f"))

    async def test_an_undeclared_size_is_stopped_at_the_limit(self, host: Host) -> None:
        sent = 0

        async def endless(writer: asyncio.StreamWriter) -> None:
            nonlocal sent
            writer.write(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n")
            while sent < 50_000_000:
                writer.write(b"x" * 100_000)
                await writer.drain()
                sent += 100_000

        host.routes["/f"] = [endless]
        async with Fetcher([host.name], limits=Limits(wire=1_000_000)) as fetcher:
            with pytest.raises(FeedTooLarge):
                await fetcher.get(host.url("/f"))
        assert sent < 20_000_000

    @pytest.mark.parametrize("layers", [1, 2])
    async def test_a_bomb_is_unpacked_no_further_than_the_limit(self, layers: int) -> None:
        bomb = gzip.compress(bytes(300 * 1024 * 1024), 1)
        packed = bomb if layers == 1 else gzip.compress(bomb)
        produced = 0

        async def chunks() -> AsyncIterator[bytes]:
            nonlocal produced
            for start in range(0, len(packed), 65_536):
                produced += 1
                yield packed[start : start + 65_536]

        import tracemalloc

        tracemalloc.start()
        with pytest.raises(FeedTooLarge, match="unpacks to more than"):
            await read_body(chunks(), {"content-encoding": "gzip"}, Limits())
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 60 * 1024 * 1024

    async def test_the_ratio_counts_only_from_a_mebibyte_on(self) -> None:
        async def chunks(size: int) -> AsyncIterator[bytes]:
            yield gzip.compress(b" " * size)

        gzipped = {"content-encoding": "gzip"}
        assert len(await read_body(chunks(900_000), gzipped, Limits())) == 900_000
        with pytest.raises(FeedTooLarge):
            await read_body(chunks(2_000_000), gzipped, Limits())


class TestAddresses:
    @pytest.mark.parametrize(
        "url",
        [
            "http://127.0.0.1/",
            "http://127.1/",
            "http://2130706433/",
            "http://0x7f000001/",
            "http://0x7f.0.0.1/",
            "http://0177.0.0.1/",
            "http://127.0.0.1./",
            "http://localhost/",
            "http://LOCALHOST./",
            "http://0.0.0.0/",
            "http://10.1.2.3/",
            "http://172.16.0.1/",
            "http://192.168.1.1/",
            "http://100.64.0.1/",
            "http://169.254.169.254/",
            "http://168.63.129.16/",
            "http://224.0.0.1/",
            "http://240.0.0.1/",
            "http://255.255.255.255/",
            "http://198.18.0.1/",
            "http://[::1]/",
            "http://[::]/",
            "http://[::ffff:127.0.0.1]/",
            "http://[::ffff:7f00:1]/",
            "http://[::127.0.0.1]/",
            "http://[fe80::1]/",
            "http://[fc00::1]/",
            "http://[fd00:ec2::254]/",
            "http://[ff02::1]/",
            "http://[2002:7f00:1::]/",
            "http://[64:ff9b::7f00:1]/",
            "http://[64:ff9b::a9fe:a9fe]/",
            "http://[2001:0:7f00:1::]/",
            "http://[2001:db8::1]/",
            "http://example.org@127.0.0.1/",
            "http://user:secret@example.org/",
            "file:///etc/passwd",
            "gopher://example.org/",
            "javascript:alert(1)",
            "//example.org/feed",
            "feed.xml",
            "http:///feed",
            "http://[::1",
            "http://exa mple.org:port/",
            "",
        ],
    )
    async def test_private_addresses_in_every_spelling_are_refused(self, url: str) -> None:
        async with Fetcher() as fetcher:
            with pytest.raises(AddressRefused) as caught:
                await fetcher.get(url)
        assert "secret" not in str(caught.value)
        assert not caught.value.retryable

    @pytest.mark.parametrize(
        "address", ["1.1.1.1", "151.101.131.42", "2606:4700::6810:84e5", "::ffff:1.1.1.1", "64:ff9b::101:101"]
    )
    def test_public_addresses_pass(self, address: str) -> None:
        assert is_public(address)

    @pytest.mark.parametrize(
        "address",
        ["", "nonsense", "fe80::1%eth0", "2002:a00:1::1", "fe80::5efe:101:101", "fe80::5efe:7f00:1"],
    )
    def test_other_addresses_do_not(self, address: str) -> None:
        assert not is_public(address)

    async def test_only_the_allowed_port_of_an_allowed_host_is_reached(self, host: Host) -> None:
        host.routes["/f"] = [answer()]
        async with Fetcher([f"127.0.0.1:{host.port + 1}"]) as fetcher:
            with pytest.raises(AddressRefused):
                await fetcher.get(host.url("/f"))
        async with Fetcher(["127.0.0.1"]) as fetcher:
            assert (await fetcher.get(host.url("/f"))).body == FEED
        assert len(host.requests) == 1

    async def test_a_name_is_resolved_once_and_the_checked_address_is_used(self, host: Host) -> None:
        """A second look at the name would give a private address (DNS rebinding)."""
        asked: list[str] = []

        async def rebinding(name: str, port: int) -> list[str]:
            asked.append(name)
            return ["192.0.2.1"] if len(asked) > 1 else ["127.0.0.1"]

        host.routes["/f"] = [answer()]
        allowed = f"feeds.example:{host.port}"
        async with Fetcher([allowed], resolver=rebinding) as fetcher:
            await fetcher.get(f"http://{allowed}/f")
        assert asked == ["feeds.example"]
        assert host.requests[0][1]["host"] == allowed

    async def test_one_private_address_among_public_ones_is_enough_to_refuse(self) -> None:
        async def mixed(name: str, port: int) -> list[str]:
            return ["1.1.1.1", "10.0.0.1"]

        async with Fetcher(resolver=mixed) as fetcher:
            with pytest.raises(AddressRefused):
                await fetcher.get("http://mixed.example/")

    async def test_the_next_address_is_tried_if_the_first_is_dead(self, host: Host) -> None:
        async def two(name: str, port: int) -> list[str]:
            return ["127.0.0.3", "127.0.0.1"]

        host.routes["/f"] = [answer()]
        async with Fetcher([f"two.example:{host.port}"], resolver=two) as fetcher:
            assert (await fetcher.get(f"http://two.example:{host.port}/f")).body == FEED


async def slowly(writer: asyncio.StreamWriter) -> None:
    """Answers after a moment."""
    await asyncio.sleep(0.05)
    writer.write(answer())
    await writer.drain()


class TestPoliteness:
    async def test_one_request_at_a_time_for_a_host(
        self, host: Host, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def local(name: str, port: int) -> list[str]:
            return ["127.0.0.1"]

        monkeypatch.setattr("pipeline.fetch.guard.is_public", lambda address: True)
        host.routes["/f"] = [slowly]
        async with Fetcher(resolver=local) as fetcher:
            address = f"http://feeds.example:{host.port}/f"
            await asyncio.gather(*(fetcher.get(address) for _ in range(6)))
        assert (len(host.requests), host.most_open) == (6, 1)

    async def test_an_own_host_is_asked_for_several_at_a_time_once_it_has_answered(
        self, host: Host, fetcher: Fetcher
    ) -> None:
        host.routes["/f"] = [slowly]
        await asyncio.gather(*(fetcher.get(host.url("/f")) for _ in range(9)))
        assert (len(host.requests), host.most_open) == (9, 4)

    async def test_a_host_that_nobody_reached_is_not_tried_for_its_other_feeds(self, naps: Naps) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))  # bound and not listening: refuses connections
            name = f"127.0.0.1:{taken.getsockname()[1]}"
            async with Fetcher([name], sleep=naps) as fetcher:
                failures = await asyncio.gather(
                    *(fetcher.get(f"http://{name}/{n}") for n in range(9)), return_exceptions=True
                )
        assert all(isinstance(failure, FeedUnavailable) for failure in failures)
        assert "could not be reached for other feeds" in str(failures[-1])
        assert len(naps.taken) < 9  # each that was tried waited once

    async def test_after_an_answer_that_did_not_come_the_host_gets_less_time(self, host: Host) -> None:
        async def silent(writer: asyncio.StreamWriter) -> None:
            await asyncio.sleep(30)

        host.routes |= {"/dead": [silent], "/well": [answer()]}
        async with Fetcher([host.name], limits=Limits(read=0.4, hurried=0.2)) as fetcher:
            for path, seconds in (("/dead", "0.4"), ("/dead", "0.2"), ("/well", ""), ("/dead", "0.4")):
                if seconds:
                    with pytest.raises(FeedUnavailable, match=rf"nothing for {seconds} s"):
                        await fetcher.get(host.url(path))
                else:
                    assert (await fetcher.get(host.url(path))).body == FEED

    async def test_arxiv_gets_three_seconds_between_requests_over_all_its_hosts(
        self, host: Host, naps: Naps
    ) -> None:
        async def local(name: str, port: int) -> list[str]:
            return ["127.0.0.1"]

        host.routes["/f"] = [answer()]
        names = [f"{name}:{host.port}" for name in ("rss.arxiv.org", "export.arxiv.org", "other.example")]
        async with Fetcher(names, resolver=local, sleep=naps) as fetcher:
            for name in names:
                await fetcher.get(f"http://{name}/f")
        assert len(naps.taken) == 1
        assert 2.5 < naps.taken[0] <= 3


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl to make a certificate")
class TestCertificates:
    @pytest.fixture
    def identity(self, tmp_path: Path) -> tuple[Path, Path]:
        cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
        command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2"
        subject = "-subj /CN=feeds.example -addext subjectAltName=DNS:feeds.example"
        made = f"{command} {subject} -keyout {key} -out {cert}".split()
        subprocess.run(made, check=True, capture_output=True)
        return cert, key

    @pytest.fixture
    async def secure(
        self, host: Host, identity: tuple[Path, Path]
    ) -> AsyncIterator[tuple[Path, int, list[str | None]]]:
        cert, key = identity
        names: list[str | None] = []
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(cert, key)
        context.sni_callback = lambda _socket, name, _context: names.append(name)
        server = await asyncio.start_server(host.serve, "127.0.0.1", 0, ssl=context)
        host.routes["/f"] = [answer()]
        yield cert, server.sockets[0].getsockname()[1], names
        server.close()

    async def test_the_name_is_kept_for_the_certificate_though_an_address_is_connected(
        self, host: Host, secure: tuple[Path, int, list[str | None]]
    ) -> None:
        async def local(name: str, port: int) -> list[str]:
            return ["127.0.0.1"]

        cert, port, names = secure
        trusting = ssl.create_default_context(cafile=str(cert))
        async with Fetcher(["feeds.example"], resolver=local, ssl_context=trusting) as fetcher:
            assert (await fetcher.get(f"https://feeds.example:{port}/f")).body == FEED
        assert names == ["feeds.example"]
        assert host.requests[0][1]["host"] == f"feeds.example:{port}"

    async def test_a_certificate_of_another_name_or_unknown_issuer_is_reported_and_not_retried(
        self, host: Host, naps: Naps, secure: tuple[Path, int, list[str | None]]
    ) -> None:
        async def local(name: str, port: int) -> list[str]:
            return ["127.0.0.1"]

        cert, port, _ = secure
        trusting = ssl.create_default_context(cafile=str(cert))
        async with Fetcher(["other.example"], resolver=local, ssl_context=trusting, sleep=naps) as fetcher:
            with pytest.raises(FeedUnavailable, match="certificate of the host is not accepted .*mismatch"):
                await fetcher.get(f"https://other.example:{port}/f")
        async with Fetcher(["feeds.example"], resolver=local, sleep=naps) as fetcher:
            with pytest.raises(
                FeedUnavailable, match="certificate of the host is not accepted .*self.signed"
            ):
                await fetcher.get(f"https://feeds.example:{port}/f")
        assert (host.requests, naps.taken) == ([], [])
