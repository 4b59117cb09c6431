"""What all listeners share: the use cases, and who is at work on what."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol
from weakref import WeakValueDictionary

from bot import arrivals
from bot.choice_store import ChoiceStore
from bot.conversations import Conversations, Pending
from bot.delivery import Limits
from bot.errands import Errands
from bot.listeners.doors import Doors
from bot.listeners.intake import Intake
from bot.open_requests import OpenRequests
from bot.records import Records
from bot.settings import Settings
from bot.suggestions import Suggestions
from bot.tastes import Tastes
from bot.versions import Versions
from bot.votes import Votes
from pipeline.models import Answer, Article, Brief, Decision, Length, Profile, Question, VersionKind, Window

if TYPE_CHECKING:
    from pathlib import Path

    from bot.forgetting import Whose
    from bot.oauth import Workspaces
    from pipeline.llm import Journal
    from pipeline.taste import Learned
    from pipeline.writing.model import Draft


class Services(Protocol):
    """The use cases that the listeners call."""

    @property
    def settings(self) -> Settings:
        """The settings."""

    @property
    def records(self) -> Records:
        """What the Slack side remembers."""

    @property
    def conversations(self) -> Conversations:
        """Questions."""

    @property
    def votes(self) -> Votes:
        """What people think of answers and briefs."""

    @property
    def choices(self) -> ChoiceStore:
        """What channels chose."""

    @property
    def suggestions(self) -> Suggestions:
        """What people want in their channels' next briefs."""

    @property
    def tastes(self) -> Tastes:
        """What channels' people liked."""

    @property
    def journal(self) -> "Journal":
        """The calls of models, and what they cost."""

    async def version_kinds(self, brief_id: str) -> dict[VersionKind, Length]:
        """The other versions that there can be of a stored brief; VersionError if none."""

    async def write_version(
        self, brief_id: str, first: str, kind: VersionKind, numbers: Mapping[str, int], channel: str
    ) -> Brief:
        """Another version of a stored brief, stored; works keep these numbers."""

    def forget(self, whose: "Whose", *, only_count: bool = False) -> "tuple[dict[str, int], list[Path]]":
        """Deletes what is theirs, or only counts it; returns how many rows of each table, and copies; blocks."""

    def learned(self, channel: str) -> "list[Learned]":
        """The same in words, the strongest first; blocks."""

    def reload(self) -> None:
        """Takes over what channels chose in Slack; blocks."""

    def now(self) -> datetime:
        """The present instant, with a time zone."""

    def versions(self) -> dict[str, str]:
        """What an answer is made with: program, embedding, model, index."""

    async def write(
        self,
        profile: Profile | str | None = None,
        window: Window | None = None,
        channel: str = "",
        after: Sequence[str] | None = None,
    ) -> Brief:
        """Reads the feeds if need be, writes a brief for a profile or the one of that name, and stores it."""

    async def refresh(self) -> None:
        """Reads the feeds if that is due."""

    def forget_old(self) -> dict[str, int]:
        """Deletes what is older than the settings keep it; blocks."""

    async def brief(self, brief_id: str) -> Brief | None:
        """A stored brief."""

    async def ask(
        self,
        question: Question,
        profile: str | None = None,
        draft: "Draft | None" = None,
        lull: Callable[[], Awaitable[None]] | None = None,
    ) -> Answer:
        """An answer from the index; `draft` follows it while it is made, and may stop it.

        `lull` is awaited before a processor is put to work.
        """

    async def work_at(self, address: str) -> Article | None:
        """The work of this address, fetched from arXiv if need be."""

    async def find(self, words: str) -> list[Article]:
        """The indexed works about some words, best first; none if there are only others."""

    def why(self, name: str, brief_id: str | None = None) -> tuple[Brief, Article | None, Decision | None]:
        """A brief, the work of this name, and what the brief decided about it; blocks."""

    async def status(self) -> dict[str, Any]:
        """The document of `brief status --json`."""


@dataclass
class Desk:
    """One for each running app."""

    services: Services
    limits: Limits = field(default_factory=Limits)
    workspaces: "Workspaces | None" = None
    """Where the app is installed in several workspaces: their clients."""
    writing: set[str] = field(default_factory=set)
    """Channels for which `/brief now` is at work."""
    drafts: dict[int, tuple[Pending, threading.Event]] = field(default_factory=dict)
    """Questions that are being answered, each with the event that stops this."""
    _channels: WeakValueDictionary[str, asyncio.Lock] = field(default_factory=WeakValueDictionary)
    _threads: WeakValueDictionary[tuple[str, str], asyncio.Lock] = field(default_factory=WeakValueDictionary)
    requests: OpenRequests = field(default_factory=OpenRequests)
    _working: int = 0
    _idle: asyncio.Event = field(default_factory=asyncio.Event)

    def thread(self, channel: str, ts: str) -> asyncio.Lock:
        """The lock that keeps a thread's answers in the order of its questions."""
        return self._threads.setdefault((channel, ts), asyncio.Lock())

    def stop_work(self, channel: str, thread: str, user: str | None = None) -> int:
        """Ends the work on what was asked there (by this person), as far as it is under way; returns on how much."""
        found = [
            stopped
            for pending, stopped in self.drafts.values()
            if pending.channel == channel
            and thread in (pending.thread, pending.reply_in)
            and user in (None, pending.user)
        ]
        for stopped in found:
            stopped.set()
        return len(found)

    def posting(self, channel: str) -> asyncio.Lock:
        """The lock of those who post answers to a channel: a wait that Slack asks of one is asked of all."""
        return self._channels.setdefault(channel, asyncio.Lock())

    @cached_property
    def intake(self) -> Intake:
        """Where messages are stored when they arrive."""
        table = self.services.settings.config.answers
        limits = arrivals.Limits(table.waiting_per_person, table.hourly_per_person)
        services = self.services
        return Intake(services.conversations, limits, services.records, services.now)

    @cached_property
    def errands(self) -> Errands:
        """Briefs that somebody waits for."""
        return Errands(self.services.records)

    @cached_property
    def versions(self) -> Versions:
        """Which briefs are versions of which."""
        return Versions(self.services.records.engine)

    @cached_property
    def doors(self) -> Doors:
        """Who is served, and who may do what."""
        return Doors(self.services)

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Marks a piece of work that is to be waited for before the end."""
        self._working += 1
        self._idle.clear()
        try:
            yield
        finally:
            self._working -= 1
            if not self._working:
                self._idle.set()

    async def finish(self, patience: float) -> None:
        """Waits this many seconds at most for what is under way."""
        if self._working:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._idle.wait(), patience)
