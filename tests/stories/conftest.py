"""The program as its users have it: a command line, a few small feeds on loopback, and files.

The feeds are made of `works.toml`. One home folder is filled once, day by day, as `brief ingest` would be run by
a person; each test that needs articles works on a copy of it.
"""

import asyncio
import contextlib
import hashlib
import html
import http.server
import io
import json
import os
import shutil
import subprocess
import sys
import threading
import tomllib
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest

import pipeline.embedding
from bot.cli import main
from bot.workspace import Workspace

WORKS = tomllib.loads(Path(__file__).with_name("works.toml").read_text(encoding="utf-8"))
DAYS = tuple(date(2026, 6, day) for day in (1, 2, 8, 9, 10))
LISTINGS = {"arXiv cs.AI": "cs.AI", "arXiv cs.CR": "cs.CR"}
POSTS = {"Reef Forum": "forum", "Quay Lab": "lab"}
TOPIC = (
    "Jailbreaks and adversarial robustness of LLMs and agents, prompt injection, interpretability and faithfulness "
    "of reasoning, formal verification of AI systems, AI control and oversight, privacy of models. "
    "NOT protein folding."
)


@dataclass(frozen=True)
class Done:
    """What a command left: its exit status and what it printed."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as the one JSON document that it has to be."""
        return json.loads(self.out)

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()


@dataclass
class Reply:
    """What the host answers under a path."""

    body: bytes
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


class FeedHost(http.server.ThreadingHTTPServer):
    """A web server on loopback that answers as told, knows ETags, and notes what it was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.replies: dict[str, Reply] = {}
        self.asked: list[tuple[str, Mapping[str, str]]] = []
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"

    @property
    def names(self) -> list[str]:
        """Under which it may be asked: two hosts, as far as a client can tell."""
        return [self.address, self.address.replace("127.0.0.1", "localhost")]

    def url(self, path: str) -> str:
        return f"http://{self.address}/{path}"

    def serve(self, path: str, body: str | bytes, status: int = 200, **headers: str) -> str:
        """Answers under this path from now on; returns the address."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        raw = body.encode() if isinstance(body, str) else body
        self.replies[f"/{path}"] = Reply(raw, status, {"Content-Type": "application/rss+xml", **named})
        return self.url(path)

    def serve_posts(self, path: str, *posts: Mapping[str, str] | str, **headers: str) -> str:
        """An RSS feed of these items (fields, or XML as it stands) under this path; returns the address."""
        items = [post if isinstance(post, str) else item(**post) for post in posts]
        return self.serve(path, rss(path, items), **headers)

    def show_day(self, day: date) -> None:
        """The feeds of `works.toml` as they stand on a day."""
        for category in LISTINGS.values():
            self.serve(category, listing(category, day))
        for name in POSTS.values():
            self.serve(name, blog(name, day))


class _Handler(http.server.BaseHTTPRequestHandler):
    server: FeedHost

    def do_GET(self) -> None:
        self.server.asked.append((self.path, dict(self.headers.items())))
        reply = self.server.replies.get(self.path, Reply(b"no such page", 404))
        tag = f'"{hashlib.sha256(reply.body).hexdigest()[:16]}"'
        unchanged = reply.status == 200 and self.headers.get("If-None-Match") == tag
        self.send_response(304 if unchanged else reply.status)
        self.send_header("ETag", tag)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        body = b"" if unchanged else reply.body
        if not unchanged:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


def rss(title: str, items: Sequence[str], more: str = "") -> str:
    """An RSS document around items that are XML already."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<rss version="2.0" xmlns:arxiv="http://arxiv.org/schemas/atom" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>'
        f"<title>{html.escape(title)}</title><link>https://quay.example/</link>{more}"
        f"{''.join(items)}</channel></rss>"
    )


def item(**fields: str) -> str:
    """An RSS item; the fields are text, not markup."""
    inner = "".join(f"<{name}>{html.escape(text)}</{name}>" for name, text in fields.items())
    return f"<item>{inner}</item>"


def listing(category: str, day: date) -> str:
    """An arXiv listing: the works announced on a day, as new, crossed or replaced."""
    items = []
    papers = {paper["number"]: paper for paper in WORKS["papers"]}
    for work in (*WORKS["papers"], *WORKS["revisions"]):
        shown = {work["listing"]: "new" if "version" not in work else "replace", work.get("crossed"): "cross"}
        if day.isoformat() in work["days"] and category in shown:
            items.append(_paper({**papers[work["number"]], **work}, shown[category], day))
    return rss(f"{category} updates on arXiv.org", items, f"<pubDate>{_rfc(day)}</pubDate>")


def _paper(work: Mapping[str, Any], announce: str, day: date) -> str:
    name = f"{work['number']}v{work.get('version', 1)}"
    categories = [c for c in (work["listing"], work.get("crossed")) if c]
    return (
        f"<item><title>{html.escape(work['title'])}</title><link>https://arxiv.org/abs/{work['number']}</link>"
        f"<description>arXiv:{name} Announce Type: {announce} \nAbstract: {html.escape(work['abstract'])}"
        f'</description><guid isPermaLink="false">oai:arXiv.org:{name}</guid>'
        f"{''.join(f'<category>{c}</category>' for c in categories)}<pubDate>{_rfc(day)}</pubDate>"
        f"<arxiv:announce_type>{announce}</arxiv:announce_type>"
        f"<dc:creator>{html.escape(', '.join(work['authors']))}</dc:creator></item>"
    )


def blog(name: str, day: date) -> str:
    """A blog's or forum's feed: all its posts up to a day."""
    posts = [p for p in WORKS["posts"] if name in p["feeds"] and p["day"] <= day.isoformat()]
    items = [
        item(
            title=post["title"],
            link=f"https://quay.example{post['path']}",
            guid=f"https://quay.example{post['path']}",
            description=post["text"],
            pubDate=f"{date.fromisoformat(post['day']):%a, %d %b %Y} 09:00:00 GMT",
            **{"dc:creator": post["author"]},
        )
        for post in posts
    ]
    return rss(name, items)


def _rfc(day: date) -> str:
    return f"{day:%a, %d %b %Y} 00:00:00 -0400"


def at(day: date) -> str:
    """The instant at which a day's feeds are read, as an argument."""
    return f"{day}T14:00:00Z"


def settings_text(
    feeds: Mapping[str, str],
    *,
    hosts: Sequence[str],
    more: str = "",
    topic: str = TOPIC,
    kinds: str = "arXiv",
) -> str:
    """A brief.toml with these feeds (name to address)."""
    tables = [
        f'[[feeds]]\nname = {json.dumps(name)}\nurl = "{url}"\nkind = "{"arxiv" if kinds in name else "rss"}"\n'
        for name, url in feeds.items()
    ]
    profile = f'[profiles.team]\ntitle = "Team Reading"\ntopic = """{topic}"""\ntop_papers = 3\n'
    network = f"[network]\nallow_private_hosts = {json.dumps(list(hosts))}\n"
    full = "" if "[fulltext]" in more else "[fulltext]\nenabled = false\n"
    return "\n".join([*tables, profile, network, full, more])


def week_feeds(host: FeedHost) -> dict[str, str]:
    return {name: host.url(path) for name, path in (LISTINGS | POSTS).items()}


def run(*arguments: object) -> Done:
    """Runs one command line in this process."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            status = main([str(argument) for argument in arguments])
        except SystemExit as end:  # argparse leaves this way
            status = int(end.code or 0)
    return Done(status, out.getvalue(), err.getvalue())


@pytest.fixture(scope="session", autouse=True)
def _loaded_once() -> Iterator[None]:
    """The shipped embedding and the certificates are loaded once for all commands of this process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pipeline.embedding, "load_embedder", cache(pipeline.embedding.load_embedder))
        patch.setattr(httpx, "create_ssl_context", cache(httpx.create_ssl_context))
        yield


@pytest.fixture(autouse=True)
def _no_pause_before_a_retry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.fetch.fetcher.random.uniform", lambda low, high: 0.0)


@pytest.fixture(autouse=True)
def _clean_surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of the person who runs the tests reaches them."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    for name in list(os.environ):
        if name.startswith(("SLACK_", "BRIEF_")):
            monkeypatch.delenv(name)


class Slack:
    """The local workspace in a thread of its own, as a program would meet Slack."""

    def __init__(self) -> None:
        self.workspace = Workspace()
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        self._do(self.workspace.start())

    def stop(self) -> None:
        self._do(self.workspace.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)


@pytest.fixture
def slack(monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    """A workspace whose tokens and address stand in the environment."""
    running = Slack()
    monkeypatch.setenv("SLACK_API_URL", running.workspace.api_url)
    monkeypatch.setenv("SLACK_BOT_TOKEN", running.workspace.bot_token)
    monkeypatch.setenv("SLACK_APP_TOKEN", running.workspace.app_token)
    yield running.workspace
    running.stop()


@pytest.fixture
def brief() -> Callable[..., Done]:
    """The command line: `brief("ingest", "--json")`."""
    return run


@pytest.fixture
def shell() -> Callable[..., Done]:
    """The command line in a process of its own."""

    def start(*arguments: object, stdin: bytes = b"", **env: str) -> Done:
        done = subprocess.run(
            [sys.executable, "-m", "bot.cli", *map(str, arguments)],
            input=stdin,
            capture_output=True,
            timeout=120,
            check=False,
            env={**os.environ, "PYTHONPATH": str(Path(main.__code__.co_filename).parents[1]), **env},
        )
        return Done(done.returncode, done.stdout.decode(), done.stderr.decode())

    return start


@pytest.fixture
def feeds() -> Iterator[FeedHost]:
    """A feed server of this test's own."""
    host = FeedHost()
    yield host
    host.shutdown()
    host.server_close()


@pytest.fixture
def config(tmp_path: Path, feeds: FeedHost) -> Callable[..., Path]:
    """Writes a brief.toml with these feeds (name to address); `text` replaces the whole of it."""

    def write(addresses: Mapping[str, str] | None = None, *, text: str | None = None, **more: Any) -> Path:
        path = tmp_path / "brief.toml"
        addresses = week_feeds(feeds) if addresses is None else addresses
        made = settings_text(addresses, hosts=feeds.names, **more) if text is None else text
        path.write_text(made, encoding="utf-8")
        return path

    return write


@dataclass(frozen=True)
class Week:
    """A home in which five days were ingested, its settings, and the server of its feeds."""

    home: Path
    config: Path
    host: FeedHost

    @property
    def options(self) -> tuple[str, ...]:
        return ("--home", str(self.home), "--config", str(self.config))

    def run(self, *arguments: object) -> Done:
        """Runs one command in this home."""
        return run(*arguments, *self.options)

    def write(self, *arguments: object) -> Done:
        """Writes the brief of the week, as of its last evening, unless told otherwise."""
        moment = () if "--as-of" in arguments else ("--as-of", "2026-06-14T18:00:00Z")
        return self.run("write", *arguments, *moment)

    def copied(self, folder: Path) -> "Week":
        """The same home and settings in another folder."""
        shutil.copytree(self.home, folder / "home")
        return Week(folder / "home", Path(shutil.copy(self.config, folder / "brief.toml")), self.host)


def read_days(home: Path, config: Path, host: FeedHost, days: Sequence[date] = DAYS) -> list[Done]:
    """Reads the feeds once on each day."""
    done = []
    for day in days:
        host.show_day(day)
        done.append(run("ingest", "--json", "--home", home, "--config", config, "--as-of", at(day)))
    return done


@pytest.fixture
def five_days() -> Callable[..., list[Done]]:
    """Reads the feeds of the works once on each day: `five_days(home, config, host)`."""
    return read_days


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Week]:
    """The home that is filled once; tests take `week`, a copy of it."""
    host = FeedHost()
    folder = tmp_path_factory.mktemp("filled")
    config = folder / "brief.toml"
    config.write_text(settings_text(week_feeds(host), hosts=[host.address]), encoding="utf-8")
    for done in read_days(folder / "home", config, host):
        assert done.status == 0, done.err
    yield Week(folder / "home", config, host)
    host.shutdown()
    host.server_close()


@pytest.fixture(scope="session")
def turned(filled: Week, tmp_path_factory: pytest.TempPathFactory) -> Week:
    """The same days read with the feeds of the settings in reverse order."""
    folder = tmp_path_factory.mktemp("turned")
    tables = week_feeds(filled.host)
    text = settings_text({name: tables[name] for name in reversed(tables)}, hosts=[filled.host.address])
    (folder / "brief.toml").write_text(text, encoding="utf-8")
    read_days(folder / "home", folder / "brief.toml", filled.host)
    return Week(folder / "home", folder / "brief.toml", filled.host)


@pytest.fixture(scope="session")
def _blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which nothing was read: the tables and an empty index."""
    folder = tmp_path_factory.mktemp("blank")
    config = folder / "brief.toml"
    config.write_text(settings_text({"None": "https://quay.example/none"}, hosts=[]), encoding="utf-8")
    run("ask", "Is there anything?", "--home", folder / "home", "--config", config)
    return folder / "home"


@pytest.fixture
def home(_blank: Path, tmp_path: Path) -> Path:
    """A home of this test's own in which nothing was read."""
    return Path(shutil.copytree(_blank, tmp_path / "h"))


@pytest.fixture
def week(filled: Week, tmp_path: Path) -> Week:
    """A copy of the filled home, for this test alone."""
    filled.host.show_day(DAYS[-1])
    return filled.copied(tmp_path)
