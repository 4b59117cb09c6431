"""A bot whose use cases are recorded fakes, connected to the local workspace as it would be to Slack."""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from pydantic import SecretStr

import bot
from bot.app import run
from bot.choice_store import ChoiceStore
from bot.choices import overlaid
from bot.conversations import Conversations
from bot.delivery import Limits
from bot.forgetting import Whose, forget, would_forget
from bot.pace import Ration
from bot.records import Records, metadata
from bot.settings import Config, Secrets, Settings
from bot.suggestions import Suggestions
from bot.tastes import Tastes
from bot.votes import Votes
from bot.workspace import Workspace
from pipeline.llm import Journal
from pipeline.models import (
    Anchor,
    Answer,
    Article,
    Brief,
    Claim,
    Decision,
    FeedCount,
    Item,
    Length,
    Profile,
    Question,
    Receipt,
    Reference,
    Section,
    VersionKind,
    Window,
)
from pipeline.store import open_engine, tables
from pipeline.taste import Learned, taste_of
from pipeline.versions import VersionError

NOW = datetime(2026, 5, 18, 9, 0, tzinfo=UTC)
MANIFEST = json.loads(Path(bot.__file__).with_name("manifest.json").read_text())
QUICK = Limits(
    interval=0.0,
    longest_wait=2.0,
    overall=5.0,
    settle=0.01,
    attempts=3,
    spacing=0.0,
    canvases=Ration(10_000, 1.0),
)


def reference(n: int, **changes: Any) -> Reference:
    given: dict[str, Any] = {
        "n": n,
        "article_id": f"arxiv:2605.{n:05d}",
        "title": f"Paper number {n}",
        "authors": ("Ada Moreno", "Kofi Lindqvist"),
        "source": "arXiv cs.AI",
        "kind": "paper",
        "version": "v1",
        "announced": date(2026, 5, 14),
        "url": f"https://arxiv.org/abs/2605.{n:05d}",
    }
    return Reference(**(given | changes))


def claim(text: str, *citations: int) -> Claim:
    return Claim(text=text, citations=citations, asserts=bool(citations))


def make_brief(brief_id: str = "b-1", **changes: Any) -> Brief:
    papers = tuple(
        Item(title=f"Paper number {n}", claims=(claim(f"The authors find thing {n} [{n}].", n),))
        for n in (1, 2, 3)
    )
    given: dict[str, Any] = {
        "id": brief_id,
        "title": "Secure Reasoning - Weekly Brief",
        "profile": "secure-reasoning",
        "window": Window(since=date(2026, 5, 11), until=date(2026, 5, 17)),
        "generated_at": NOW,
        "sections": (
            Section(
                kind="overview",
                heading="Overview",
                items=(Item(claims=(claim("The feeds showed 40 new works."),)),),
            ),
            Section(kind="top_papers", heading="Top Papers of the Week", items=papers),
            Section(
                kind="trends",
                heading="Emerging Trends",
                items=(Item(title="Oversight", claims=(claim("Two works this week [1, 2].", 1, 2),)),),
            ),
            Section(kind="mentions", heading="Notable Mentions"),
            Section(kind="missing", heading="What's Missing"),
            Section(kind="recommendations", heading="Weekly Recommendations"),
            Section(kind="outlook", heading="Looking Ahead"),
        ),
        "references": tuple(reference(n) for n in (1, 2, 3)),
        "receipt": Receipt(
            entries_seen=44,
            works=40,
            duplicates_merged=4,
            considered=12,
            cited=3,
            per_feed=(
                FeedCount(name="arXiv cs.AI", entries=40, works=36, considered=10, cited=3, status="ok"),
                FeedCount(
                    name="Lab blog", entries=0, works=0, considered=0, cited=0, status="did not answer"
                ),
            ),
        ),
    }
    return Brief(**(given | changes))


def make_answer(question: str, **changes: Any) -> Answer:
    quote = "We find that thing 1 holds."
    anchor = Anchor(
        article_id="arxiv:2605.00001", n=1, field="abstract", start=0, end=len(quote), quote=quote
    )
    given: dict[str, Any] = {
        "question": question,
        "status": "answered",
        "text": f"It holds [1]. (asked: {question})",
        "claims": (Claim(text="It holds [1].", citations=(1,), asserts=True, anchors=(anchor,)),),
        "references": (reference(1),),
        "searched": 214,
    }
    return Answer(**(given | changes))


async def _no_draft(draft: Any) -> None:
    pass


class FakeServices:
    """Use cases that record what they were asked for and give what the test put in."""

    def __init__(self, settings: Settings, records: Records, conversations: Conversations) -> None:
        self.settings = settings
        self.from_file = settings
        self.records = records
        self.choices = ChoiceStore(records.engine)
        self.conversations = conversations
        self.votes = Votes(records.engine)
        self.suggestions = Suggestions(records.engine)
        self.tastes = Tastes(records.engine)
        self.journal = Journal(records.engine)
        self.clock: Callable[[], datetime] = lambda: NOW
        self.next_brief: Callable[[], Brief] = make_brief
        self.on_ask: Callable[[Question], Answer] = lambda question: make_answer(question.text)
        self.on_draft: Callable[[Any], Any] = _no_draft
        self.pause: Callable[[Question], float] = lambda question: 0.0
        self.writing = asyncio.Event()
        self.writing.set()
        self.written: list[Profile | str | None] = []
        self.windows: list[Window | None] = []
        self.works: list[Article] = []
        self.kinds: dict[VersionKind, Length] = {"shorter": "short", "deeper": "long"}
        self.wished: list[tuple[str, str, VersionKind, dict[str, int]]] = []
        self.next_version: Callable[[VersionKind], Brief] = lambda kind: make_brief(f"b-{kind}")
        self.asked: list[tuple[Question, str | None]] = []
        self.known: dict[str, Brief] = {}

    def now(self) -> datetime:
        return self.clock()

    def reload(self) -> None:
        if chosen := self.choices.all():
            config = overlaid(self.from_file.config, chosen)
            self.settings = self.from_file.model_copy(update={"config": config})

    def versions(self) -> dict[str, str]:
        return {"program": "0", "embedding": "none", "model": "none"}

    async def write(
        self,
        profile: Profile | str | None = None,
        window: Window | None = None,
        channel: str = "",
        after: Sequence[str] | None = None,
    ) -> Brief:
        self.written.append(profile)
        self.windows.append(window)
        await self.writing.wait()
        brief = self.next_brief()
        self.known[brief.id] = brief
        return brief

    async def version_kinds(self, brief_id: str) -> dict[VersionKind, Length]:
        if not self.kinds:
            raise VersionError("What this brief was written from is no longer kept.")
        return self.kinds

    async def write_version(
        self, brief_id: str, first: str, kind: VersionKind, numbers: Mapping[str, int], channel: str
    ) -> Brief:
        self.wished.append((brief_id, first, kind, dict(numbers)))
        await self.writing.wait()
        brief = self.next_version(kind)
        self.known[brief.id] = brief
        return brief

    def forget(self, whose: Whose, *, only_count: bool = False) -> tuple[dict[str, int], list[Path]]:
        if only_count:
            return would_forget(self.records.engine, whose), []
        return forget(self.records.engine, whose, self.now()), []

    async def refresh(self) -> None:
        pass

    def forget_old(self) -> dict[str, int]:
        return {}

    async def brief(self, brief_id: str) -> Brief | None:
        return self.known.get(brief_id)

    async def ask(
        self, question: Question, profile: str | None = None, draft: Any = None, lull: Any = None
    ) -> Answer:
        if lull is not None:
            await lull()
        self.asked.append((question, profile))
        if draft is not None:
            draft.begins()
        await asyncio.sleep(self.pause(question))
        await self.on_draft(draft)
        return self.on_ask(question)

    def learned(self, channel: str) -> list[Learned]:
        signs = self.tastes.judged(channel)
        return taste_of([(w, signs[w.id]) for w in self.works if w.id in signs]).strongest(10)

    async def work_at(self, address: str) -> Article | None:
        return next((work for work in self.works if work.url == address), None)

    async def find(self, words: str) -> list[Article]:
        return [work for work in self.works if any(word in work.title.casefold() for word in words.split())]

    def why(self, name: str, brief_id: str | None = None) -> tuple[Brief, Article | None, Decision | None]:
        brief = self.known[brief_id or next(iter(self.known))]
        work = next((work for work in self.works if name in work.title), None)
        decision = work and next((d for d in brief.decisions if d.article_id == work.id), None)
        return brief, work, decision

    async def status(self) -> dict[str, Any]:
        return {
            "feeds": [
                {
                    "name": "arXiv cs.AI",
                    "last_success": NOW.isoformat(),
                    "last_error": None,
                    "consecutive_failures": 0,
                    "entries_last": 40,
                }
            ],
            "articles": 40,
            "passages": 80,
            "index": "ok",
            "briefs": [],
            "subscriptions": [],
            "deliveries": self.records.deliveries(),
        }


@pytest.fixture(name="make_brief")
def _make_brief() -> Callable[..., Brief]:
    return make_brief


@pytest.fixture(name="make_answer")
def _make_answer() -> Callable[..., Answer]:
    return make_answer


@pytest.fixture
def quick() -> Limits:
    return QUICK


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def manifest() -> dict[str, Any]:
    return dict(MANIFEST)


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the tables and without rows, to be copied: making them takes longer than most tests."""
    path = tmp_path_factory.mktemp("empty") / "brief.db"
    engine = open_engine(f"sqlite:///{path}")
    metadata.create_all(engine)
    for table in (tables.decisions, tables.runs, tables.model_calls):
        table.create(engine)
    engine.dispose()
    return path


@pytest.fixture
def engine(tmp_path: Path, empty_database: Path) -> Iterator[sa.Engine]:
    shutil.copy(empty_database, tmp_path / "brief.db")
    engine = open_engine(f"sqlite:///{tmp_path / 'brief.db'}")
    yield engine
    engine.dispose()


@pytest.fixture
def records(engine: sa.Engine) -> Records:
    return Records(engine)


@pytest.fixture
def conversations(records: Records) -> Conversations:
    return Conversations(records.engine)


@pytest.fixture
async def workspace() -> AsyncIterator[Workspace]:
    """Grants and sends exactly what the manifest asks for."""
    granted = MANIFEST["oauth_config"]["scopes"]
    scopes = [*granted["bot"], *granted["bot_optional"], "connections:write"]
    events = MANIFEST["settings"]["event_subscriptions"]["bot_events"]
    async with Workspace(scopes=scopes, bot_events=events, ack_timeout=1.0) as started:
        yield started


@pytest.fixture
def services(
    workspace: Workspace, records: Records, conversations: Conversations, tmp_path: Path
) -> FakeServices:
    config = Config.model_validate(
        {
            "feeds": [{"name": "arXiv cs.AI", "url": "https://rss.arxiv.org/rss/cs.AI", "kind": "arxiv"}],
            "profiles": {
                "secure-reasoning": {"title": "Secure Reasoning", "topic": "alignment"},
                "agents": {"title": "Agents", "topic": "agents that act"},
            },
        }
    )
    settings = Settings(
        home=tmp_path,
        config=config,
        config_file=tmp_path / "brief.toml",
        secrets=Secrets(
            slack_bot_token=SecretStr(workspace.bot_token), slack_app_token=SecretStr(workspace.app_token)
        ),
        slack_api_url=workspace.api_url,
    )
    return FakeServices(settings, records, conversations)


@asynccontextmanager
async def running(workspace: Workspace, services: FakeServices) -> AsyncIterator[None]:
    stop = asyncio.Event()
    task = asyncio.create_task(run(services, stop, limits=QUICK))
    try:
        await workspace.connected()
        yield
    finally:
        stop.set()
        await asyncio.wait_for(task, 10)


@pytest.fixture
def start(workspace: Workspace, services: FakeServices) -> Callable[[], Any]:
    """Starts the bot for the length of a `with` block: a test may do it twice, as a restart."""
    return lambda: running(workspace, services)


@pytest.fixture
async def started(workspace: Workspace, services: FakeServices) -> AsyncIterator[FakeServices]:
    async with running(workspace, services):
        yield services
