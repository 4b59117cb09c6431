"""The use cases, as the command line and the Slack app call them: over the parts that the settings make."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from bot.parts import Clock, Parts, utc_now
from bot.settings import Settings
from pipeline.errors import SettingsError
from pipeline.models import (
    Answer,
    Article,
    Brief,
    Decision,
    InFull,
    IngestReport,
    Length,
    Profile,
    Question,
    VersionKind,
    Window,
)
from pipeline.steps import new_run, step

if TYPE_CHECKING:
    from pathlib import Path

    from bot.forgetting import Forgotten, Whose
    from pipeline.answering.library import ReadInFull
    from pipeline.ingest import Progress
    from pipeline.readings import FeedReader
    from pipeline.taste import Learned
    from pipeline.writing.model import Draft

log = logging.getLogger(__name__)

ON_DEMAND_SECONDS = 60.0
"""In which the full text of a work that somebody asks about is begun to be read, waiting for others included."""

ANSWERS_AT_A_TIME = 2
"""Answers that are looked for at once: more would keep the threads from storing what arrives."""

INGEST_AGAIN_AFTER = timedelta(minutes=30)
"""A brief on demand reads the feeds first when the last reading is older than this."""


KEPT_BY_RESTORE = "brief.before-restore-*.db"
TERMS_TOLD = 10
WORKS_FOUND = 8


class _NotRead(Exception):
    """An answer needs a work in full that was not asked for yet."""

    def __init__(self, work: Article) -> None:
        super().__init__(work.id)
        self.work = work


def _already(read: "Mapping[str, InFull | None]", work: Article) -> "InFull | None":
    """What became of reading a work in full; raises _NotRead if that was not tried."""
    if work.id not in read:
        raise _NotRead(work)
    return read[work.id]


class Services(Parts):
    """What can be done: feeds read, briefs written, questions answered, things found and forgotten."""

    def __init__(
        self, settings: Settings, clock: Clock = utc_now, reader: "FeedReader | None" = None
    ) -> None:
        super().__init__(settings, clock, reader)
        self._working = asyncio.Lock()
        """One ingestion or brief at a time: they share the feeds' hosts and the index."""
        self._asking_for_full_texts = asyncio.Lock()
        self._answering = asyncio.Semaphore(ANSWERS_AT_A_TIME)

    def learned(self, channel: str) -> "list[Learned]":
        """What a channel's people liked, the strongest first; blocks."""
        from pipeline.taste import taste_of

        return taste_of(self._judged(channel)).strongest(TERMS_TOLD)

    def _judged(self, channel: str) -> list[tuple[Article, int]]:
        signs = self.tastes.judged(channel) if channel else {}
        return [(work, signs[key]) for key, work in self.store.articles(sorted(signs)).items()]

    def _read_on_demand(self, work: Article, draft: "Draft | None" = None) -> InFull | None:
        if draft is not None:
            draft.reads(work.title, work.url)
        return next(iter(self.read_in_full([work], ON_DEMAND_SECONDS)), None)

    async def ingest(self, progress: "Progress | None" = None) -> IngestReport:
        """Reads all feeds once, by hand, and indexes what is new."""
        async with self._working, self._turn_to_read():
            return await self._ingest(progress, by_hand=True)

    async def refresh(self) -> None:
        """Opens the index, and reads the feeds if that is due: every six hours, hourly while a listing is late."""
        async with self._working:
            await asyncio.to_thread(lambda: self.index.open())
            async with self._turn_to_read():
                if await asyncio.to_thread(self._reading_is_due):
                    await self._ingest()

    @asynccontextmanager
    async def _turn_to_read(self) -> "AsyncIterator[None]":
        """One process at a time reads the feeds: what hosts ask for holds for all machines together."""
        if not self.settings.is_shared:
            yield
            return
        while (lease := await asyncio.to_thread(self.slots.take_turn, "feeds")) is None:  # noqa: ASYNC110
            await asyncio.sleep(1)
        async with self.records.holding(lease):
            yield

    async def _ingest(self, progress: "Progress | None" = None, *, by_hand: bool = False) -> IngestReport:
        from pipeline.ingest import Progress, ingest

        await asyncio.to_thread(lambda: self.index.take())
        feeds = self.settings.config.feeds
        how = {"by_hand": by_hand, "fill_gaps": self.settings.config.network.fill_gaps}
        told = progress or Progress()
        async with self.open_reader() as reader:
            with step("ingest", run=new_run()) as here:
                report = await ingest(feeds, reader, self.store, self.index, self.now(), told, **how)
                here.note(works=report.articles_total, passages=report.indexed)
                return report

    async def write(
        self,
        profile: Profile | str | None = None,
        window: Window | None = None,
        channel: str = "",
        after: Sequence[str] | None = None,
    ) -> Brief:
        """A brief over what the feeds hold now: reads them first unless that was done shortly before.

        `channel` is the one for which it is written, and whose limits pay for it; `after` the briefs that it follows.
        """
        async with self._working:
            async with self._turn_to_read():
                if await asyncio.to_thread(self._feeds_are_old):
                    await self._ingest()
            return await asyncio.to_thread(self.write_stored, profile, window, channel, after)

    def write_stored(
        self,
        profile: Profile | str | None = None,
        window: Window | None = None,
        channel: str = "",
        after: Sequence[str] | None = None,
    ) -> Brief:
        """A brief over what has been ingested, written and stored; blocks."""
        from pipeline.brief import BriefRequest, write_brief

        chosen = profile if isinstance(profile, Profile) else self.settings.config.profile(profile)
        now = self.now()
        if window is None:
            today = now.astimezone(UTC).date()
            window = Window(since=today - timedelta(days=6), until=today)
        table = self.settings.config.fulltext
        read = (
            partial(self._read_for_brief, most=table.works, seconds=table.seconds) if table.enabled else None
        )
        suggested = self.store.articles(self.suggestions.waiting(channel)) if channel else {}
        request = BriefRequest(
            chosen,
            self.settings.config.feeds,
            window,
            channel,
            after,
            list(suggested.values()),
            self._judged(channel),
        )
        writer = self.writer(channel)
        with step("write", run=new_run(), profile=chosen.name) as here:
            brief = write_brief(self.store, self.embedder, request, self.now, writer, read)
            here.note(brief=brief.id, cited=brief.receipt.cited, writer=brief.receipt.writer)
            log.info("brief %s is written", brief.id)
        return brief

    def _read_for_brief(self, works: Sequence[Article], *, most: int, seconds: float) -> list[InFull]:
        return self.read_in_full(works[:most], seconds)

    async def brief(self, brief_id: str) -> Brief | None:
        """The stored brief of this id."""
        return await asyncio.to_thread(self.store.brief, brief_id)

    async def version_kinds(self, brief_id: str) -> dict[VersionKind, Length]:
        """The other versions that there can be of a stored brief, each with its length; VersionError if none."""
        return await asyncio.to_thread(self._version_kinds, brief_id)

    def _version_kinds(self, brief_id: str) -> dict[VersionKind, Length]:
        from pipeline.versions import basis_of, offered

        return offered(basis_of(self.store, brief_id).length, worded=self.models is not None)

    async def write_version(
        self, brief_id: str, first: str, kind: VersionKind, numbers: Mapping[str, int], channel: str
    ) -> Brief:
        """Another version of a stored brief, made from what its first version was written from, and stored.

        `numbers` are those that works have already. VersionError if there can be none.
        """
        async with self._working:
            return await asyncio.to_thread(self._write_version, brief_id, first, kind, numbers, channel)

    def _write_version(
        self, brief_id: str, first: str, kind: VersionKind, numbers: Mapping[str, int], channel: str
    ) -> Brief:
        from pipeline.versions import VersionError, basis_of, write_version

        length = self._version_kinds(brief_id).get(kind)
        if length is None:
            raise VersionError("There is no such version of this brief.")
        basis, writer = basis_of(self.store, first), self.writer(channel, anew=kind == "again")
        with step("write", run=new_run(), profile=basis.first.profile) as here:
            brief = write_version(self.store, basis, length, numbers, self.now, writer, channel)
            here.note(brief=brief.id, cited=brief.receipt.cited, writer=brief.receipt.writer)
        return brief

    async def ask(
        self,
        question: Question,
        profile: str | None = None,
        draft: "Draft | None" = None,
        lull: Callable[[], Awaitable[None]] | None = None,
    ) -> Answer:
        """An answer from the index; QuestionError if the question cannot be asked.

        A work that the question names by its arXiv id is fetched first if no feed brought it. `lull` is awaited before
        a processor is put to work.
        With a model, `draft` follows the answer while it is written, and may stop it: ModelCancelled then.
        """
        await self._read_linked(question.text)
        read: dict[str, InFull | None] = {}
        while True:
            looked_up = partial(self._answer, question, profile, draft, partial(_already, read))
            try:
                async with self._answering:
                    if lull is not None:
                        await lull()
                    if draft is not None:
                        draft.begins()
                    return await asyncio.to_thread(looked_up)
            except _NotRead as wanted:
                # Others' questions go on while a publisher is waited for, by one thread however many ask.
                async with self._asking_for_full_texts:
                    read[wanted.work.id] = await asyncio.to_thread(self._read_on_demand, wanted.work, draft)

    async def _read_linked(self, text: str) -> None:
        from pipeline.linked import read_linked, unknown_works

        names = await asyncio.to_thread(unknown_works, text, self.store)
        if not names:
            return
        async with self.open_reader() as reader:
            found = await read_linked(names, reader, self.store, self.now())
        if found and not self._working.locked():
            async with self._working:  # who holds it brings the index up to date at the end
                index = await asyncio.to_thread(lambda: self.index)
                await asyncio.to_thread(index.fill)

    def answer(
        self,
        question: Question,
        profile: str | None = None,
        draft: "Draft | None" = None,
        *,
        read_now: bool = True,
    ) -> Answer:
        """As `ask`, blocking; without `read_now` no full text is fetched for it."""
        return self._answer(
            question, profile, draft, partial(self._read_on_demand, draft=draft) if read_now else None
        )

    def _answer(
        self,
        question: Question,
        profile: str | None,
        draft: "Draft | None",
        read_in_full: "ReadInFull | None",
    ) -> Answer:
        """The answer; raises _NotRead if that stands in the way and `read_in_full` does so."""
        from pipeline.answering import answer

        brief = None if question.brief_id is None else self.stored_brief(question.brief_id)
        within = self.settings.config.profile(profile) if profile else None
        tell = self.teller(question.channel, draft)
        found: Answer | _NotRead
        with step("answer", run=new_run()) as here:
            try:
                found = answer(
                    question,
                    self.index,
                    self.store,
                    brief=brief,
                    profile=within,
                    now=self.now(),
                    tell=tell,
                    read_in_full=read_in_full,
                    rerank=self.rerank(question.channel),
                )
                here.note(status=found.status, searched=found.searched, cited=len(found.references))
            except _NotRead as wanted:
                found = wanted
                here.note(status="reads first")
        if isinstance(found, _NotRead):
            raise found
        return found

    def answer_within(self, question: Question, numbers: Mapping[int, str]) -> Answer | None:
        """The answer in a thread whose brief gave these numbers to these articles; none if one is not stored."""
        from pipeline.answering import answer
        from pipeline.evaluation import thread_brief

        known = self.store.articles(list(numbers.values()))
        if len(known) < len(set(numbers.values())):
            return None
        brief = thread_brief({n: known[article_id] for n, article_id in numbers.items()})
        rerank = self.rerank(question.channel)
        return answer(question, self.index, self.store, brief=brief, now=self.now(), rerank=rerank)

    async def work_at(self, address: str) -> Article | None:
        """The work of this address; one of arXiv is fetched if no feed brought it, QuestionError if that fails."""
        from pipeline.identity.keys import key_of

        key = key_of(address)
        if key is None:
            return None
        await self._read_linked(address)
        return await asyncio.to_thread(self.store.article_named, key)

    async def find(self, words: str) -> list[Article]:
        """The indexed works about some words, best first; none if there are only others."""
        from pipeline.answering.finding import works_about

        return await asyncio.to_thread(works_about, words, self.index, self.store, WORKS_FOUND)

    def why(
        self, name: str, brief_id: str | None = None, profile: str | None = None
    ) -> tuple[Brief, Article | None, Decision | None]:
        """A brief, by default the latest (of the profile), the work of this name, and what was decided about it."""
        from pipeline.reasons import why

        if profile is not None:
            profile = self.settings.config.profile(profile).name
        latest = [{"id": brief_id}] if brief_id else self.store.briefs(1, profile)
        if not latest:
            raise SettingsError(f"--brief: no brief is stored yet{f' for {profile}' if profile else ''}")
        brief = self.stored_brief(str(latest[0]["id"]))
        return brief, *why(self.store, brief, name)

    def stored_brief(self, brief_id: str) -> Brief:
        """The stored brief of this id; SettingsError if there is none."""
        brief = self.store.brief(brief_id)
        if brief is None:
            raise SettingsError(f"--brief: there is no brief {brief_id!r}")
        return brief

    def forget(self, whose: "Whose", *, only_count: bool = False) -> "tuple[Forgotten, list[Path]]":
        """Deletes what is theirs here, and in databases that a restore kept; returns what went, and those; blocks."""
        from bot import forgetting
        from pipeline.store import Store

        self.reload()
        now, subscribed = self.now(), self.from_file.config.subscriptions
        kept = [] if self.settings.is_shared else sorted(self.settings.home.glob(KEPT_BY_RESTORE))
        if only_count:
            return forgetting.would_forget(self.store.engine, whose), kept
        done = forgetting.forget(self.store.engine, whose, now, subscribed)
        for path in kept:
            copy = Store.open(path)
            forgetting.forget(copy.engine, whose, now)
            copy.close()
        return done, kept

    def forget_old(self, *, only_count: bool = False) -> "Forgotten":
        """Deletes what is older than [retention] keeps it; returns what went; blocks."""
        from bot import forgetting

        table = self.settings.config.retention
        if table == type(table)():
            return {}
        return forgetting.forget_old(self.store.engine, table, self.now(), only_count=only_count)

    async def status(self) -> dict[str, Any]:
        """Feeds' health, index state, briefs and deliveries, as `brief status --json` prints them."""
        return await asyncio.to_thread(self.status_now)

    def status_now(self) -> dict[str, Any]:
        """As `status`, blocking; does not open the index, so that it works beside a running bot."""
        from bot.schedule import next_due
        from pipeline.health import read_health

        self.reload()
        config = self.settings.config
        passages = self.store.passages.count()
        return {
            "feeds": [one.as_json() for one in read_health(self.store, config.feeds, self.now())],
            "articles": self.store.count_articles(),
            "passages": passages,
            "full_texts": self.store.full_texts.counts(),
            "index": self.index_state(),
            "briefs": self.store.briefs(),
            "subscriptions": [
                {
                    "channel": s.channel,
                    "profile": s.profile,
                    "next_due": None if s.paused else next_due(s, self.now()).isoformat(),
                }
                for s in config.subscriptions
            ],
            "slots": self.slots.listing(),
            "deliveries": self.records.deliveries(),
            "runs": self.store.runs(),
        }

    def _reading_is_due(self) -> bool:
        from pipeline.health import read_again_after, read_health

        found = read_health(self.store, self.settings.config.feeds, self.now())
        return self._feeds_are_old(read_again_after(found))

    def _feeds_are_old(self, age: timedelta = INGEST_AGAIN_AFTER) -> bool:
        last = next((run for run in self.store.runs(50) if run["use_case"] == "ingest"), None)
        if last is None:
            return True
        return datetime.fromisoformat(last["as_of"]) < self.now() - age
