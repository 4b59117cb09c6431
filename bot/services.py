"""The composition root: settings in, everything built out. The command line and the Slack app share it."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import cached_property, partial
from threading import Lock, RLock
from typing import TYPE_CHECKING, Any, Self

from bot.settings import Settings
from pipeline.errors import BriefError, IndexInUse, SettingsError
from pipeline.models import (
    Answer,
    Article,
    Brief,
    Decision,
    InFull,
    IngestReport,
    Profile,
    Question,
    Window,
)
from pipeline.steps import new_run, step

if TYPE_CHECKING:
    from pathlib import Path

    from bot.choice_store import ChoiceStore
    from bot.conversations import Conversations
    from bot.forgetting import Forgotten, Whose
    from bot.models import Models
    from bot.records import Records
    from bot.slots import Slots
    from bot.suggestions import Suggestions
    from bot.tastes import Tastes
    from bot.votes import Votes
    from pipeline.answering import Tell
    from pipeline.answering.library import ReadInFull
    from pipeline.embedding import Embedder
    from pipeline.fetch import Fetcher, Pace
    from pipeline.fulltext.reading import FullTextReader
    from pipeline.index import SearchIndex
    from pipeline.ingest import Progress
    from pipeline.llm import Journal
    from pipeline.readings import FeedReader
    from pipeline.store import Store
    from pipeline.taste import Learned
    from pipeline.writing.model import Draft, ModelWriter

log = logging.getLogger(__name__)

Clock = Callable[[], datetime]

ON_DEMAND_SECONDS = 60.0
"""In which the full text of a work that somebody asks about is begun to be read, waiting for others included."""

ANSWERS_AT_A_TIME = 2
"""Answers that are looked for at once: more would keep the threads from storing what arrives."""

INGEST_AGAIN_AFTER = timedelta(minutes=30)
"""A brief on demand reads the feeds first when the last reading is older than this."""


KEPT_BY_RESTORE = "brief.before-restore-*.db"
TERMS_TOLD = 10
WORKS_FOUND = 8


def utc_now() -> datetime:
    """The present instant."""
    return datetime.now(UTC)


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


class Services:
    """Everything built from settings, each part when it is first used; close it at the end."""

    def __init__(
        self, settings: Settings, clock: Clock = utc_now, reader: "FeedReader | None" = None
    ) -> None:
        self.settings = settings
        self._from_file = settings
        self._clock = clock
        self._reader = reader
        self._working = asyncio.Lock()
        """One ingestion or brief at a time: they share the feeds' hosts and the index."""
        self._building = RLock()
        self._index: SearchIndex | None = None
        self._reading_in_full = Lock()
        self._asking_for_full_texts = asyncio.Lock()
        self._answering = asyncio.Semaphore(ANSWERS_AT_A_TIME)

    def now(self) -> datetime:
        """The present instant, or the one that the program was told to take as now."""
        return self._clock()

    @cached_property
    def store(self) -> "Store":
        """The database, opened and migrated."""
        from pipeline.store import Store

        return Store.open(self.settings.database_url)

    @cached_property
    def records(self) -> "Records":
        """What the Slack side remembers, in the same database."""
        from bot.records import Records

        return Records(self.store.engine)

    @cached_property
    def conversations(self) -> "Conversations":
        """Questions, in the same database."""
        from bot.conversations import Conversations

        return Conversations(self.store.engine)

    @cached_property
    def votes(self) -> "Votes":
        """What people think of answers and briefs, in the same database."""
        from bot.votes import Votes

        return Votes(self.store.engine)

    @cached_property
    def slots(self) -> "Slots":
        """What is due, in the same database."""
        from bot.slots import Slots

        return Slots(self.records)

    @cached_property
    def choices(self) -> "ChoiceStore":
        """What channels chose in Slack, in the same database."""
        from bot.choice_store import ChoiceStore

        return ChoiceStore(self.store.engine)

    @cached_property
    def suggestions(self) -> "Suggestions":
        """What people want in their channels' next briefs, in the same database."""
        from bot.suggestions import Suggestions

        return Suggestions(self.store.engine)

    @cached_property
    def tastes(self) -> "Tastes":
        """What channels' people liked, in the same database."""
        from bot.tastes import Tastes

        return Tastes(self.store.engine)

    def learned(self, channel: str) -> "list[Learned]":
        """What a channel's people liked, the strongest first; blocks."""
        from pipeline.taste import taste_of

        return taste_of(self._judged(channel)).strongest(TERMS_TOLD)

    def _judged(self, channel: str) -> list[tuple[Article, int]]:
        signs = self.tastes.judged(channel) if channel else {}
        return [(work, signs[key]) for key, work in self.store.articles(sorted(signs)).items()]

    def reload(self) -> None:
        """Takes over what channels chose in Slack; blocks."""
        from bot.choices import overlaid

        config = overlaid(self._from_file.config, self.choices.all())
        if config != self.settings.config:
            self.settings = self._from_file.model_copy(update={"config": config})

    @cached_property
    def embedder(self) -> "Embedder":
        """The embedding of the settings, loaded."""
        from pipeline.embedding import load_embedder

        return load_embedder(self.settings.config.embedding.name)

    @property
    def index(self) -> "SearchIndex":
        """The search index; it is opened, by one process at a time, when it is filled."""
        from pipeline.index import SearchIndex, SharedIndex

        with self._building:
            if self._index is None:
                kind = SharedIndex if self.settings.is_shared else SearchIndex
                self._index = kind(self.settings.index_folder, self.store, self.embedder)
            return self._index

    @cached_property
    def pace(self) -> "Pace":
        """The pauses that hosts ask for, kept by everything that fetches."""
        from pipeline.fetch import Pace

        return Pace()

    def connect(self) -> "Fetcher":
        """Fetches within the settings; use it in an `async with` block."""
        from pipeline.fetch import Fetcher

        network = self.settings.config.network
        return Fetcher(network.allow_private_hosts, contact=network.contact, pace=self.pace)

    @cached_property
    def full_text_reader(self) -> "FullTextReader | None":
        """Reads works in full; none where the settings switch that off."""
        from pipeline.fulltext.reading import FullTextReader
        from pipeline.index import passages_of_full_text

        table = self.settings.config.fulltext
        if not table.enabled:
            return None
        return FullTextReader(
            self.connect,
            self.store.full_texts,
            passages_of_full_text,
            arxiv=table.arxiv,
            pages=table.pages,
            index=self._index_full_texts,
        )

    def read_in_full(self, works: Sequence[Article], seconds: float) -> list[InFull]:
        """Reads these works in full where that is due, and indexes what was read; blocks, also for hosts' pauses."""
        if self.full_text_reader is None:
            return []
        with self._reading_in_full:
            return self.full_text_reader.read(works, self.now(), seconds)

    def _read_on_demand(self, work: Article, draft: "Draft | None" = None) -> InFull | None:
        if draft is not None:
            draft.reads(work.title, work.url)
        return next(iter(self.read_in_full([work], ON_DEMAND_SECONDS)), None)

    def _index_full_texts(self) -> None:
        try:
            self.index.fill()
        except BriefError as error:  # the process that has the index, or the next reading, catches up
            log.info("full texts are not indexed yet: %s", error.user_message)

    @cached_property
    def models(self) -> "Models | None":
        """The language models of the settings; none where they name none."""
        from bot.models import Models

        table = self.settings.config.model
        return Models(table, self.store.engine) if table.is_set else None

    @cached_property
    def journal(self) -> "Journal":
        """What models were asked and what they answered."""
        from pipeline.llm import Journal

        return Journal(self.store.engine)

    def _writer(self, channel: str) -> "ModelWriter | None":
        """The writer with a model, for one brief; none where the settings name no model."""
        from pipeline.writing.model import ModelWriter

        if self.models is None:
            return None
        found = self.models.opened(channel)
        return ModelWriter(
            found.writer, open_reader=found.reader, open_judge=found.judge, journal=found.journal
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes what was opened."""
        if self._index is not None:
            self._index.close()
            self._index = None
        if (store := self.__dict__.pop("store", None)) is not None:
            store.close()

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
        async with self._open_reader() as reader:
            with step("ingest", run=new_run()) as here:
                report = await ingest(feeds, reader, self.store, self.index, self.now(), told, **how)
                here.note(works=report.articles_total, passages=report.indexed)
                return report

    @asynccontextmanager
    async def _open_reader(self) -> "AsyncIterator[FeedReader]":
        if self._reader is not None:
            yield self._reader
            return
        async with self.connect() as reader:
            yield reader

    async def write(
        self,
        profile: Profile | str | None = None,
        window: Window | None = None,
        channel: str = "",
        after: Sequence[str] = (),
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
        after: Sequence[str] = (),
    ) -> Brief:
        """A brief over what has been ingested, written and stored; blocks."""
        from pipeline.brief import write_brief

        chosen = profile if isinstance(profile, Profile) else self.settings.config.profile(profile)
        now = self.now()
        if window is None:
            today = now.astimezone(UTC).date()
            window = Window(since=today - timedelta(days=6), until=today)
        feeds = self.settings.config.feeds
        table = self.settings.config.fulltext
        read = (
            partial(self._read_for_brief, most=table.works, seconds=table.seconds) if table.enabled else None
        )
        writer = self._writer(channel)
        suggested = self.store.articles(self.suggestions.waiting(channel)) if channel else {}
        with step("write", run=new_run(), profile=chosen.name) as here:
            brief = write_brief(
                self.store,
                self.embedder,
                chosen,
                feeds,
                window,
                self.now,
                writer,
                channel,
                read_in_full=read,
                after=after,
                suggested=list(suggested.values()),
                judged=self._judged(channel),
            )
            here.note(brief=brief.id, cited=brief.receipt.cited, writer=brief.receipt.writer)
            log.info("brief %s is written", brief.id)
        return brief

    def _read_for_brief(self, works: Sequence[Article], *, most: int, seconds: float) -> list[InFull]:
        return self.read_in_full(works[:most], seconds)

    async def brief(self, brief_id: str) -> Brief | None:
        """The stored brief of this id."""
        return await asyncio.to_thread(self.store.brief, brief_id)

    async def ask(
        self,
        question: Question,
        profile: str | None = None,
        draft: "Draft | None" = None,
    ) -> Answer:
        """An answer from the index; QuestionError if the question cannot be asked.

        A work that the question names by its arXiv id is fetched first if no feed brought it.
        With a model, `draft` follows the answer while it is written, and may stop it: ModelCancelled then.
        """
        await self._read_linked(question.text)
        read: dict[str, InFull | None] = {}
        while True:
            looked_up = partial(self._answer, question, profile, draft, partial(_already, read))
            try:
                async with self._answering:
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
        async with self._open_reader() as reader:
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

        brief = self._brief_of(question)
        within = self.settings.config.profile(profile) if profile else None
        tell = self._teller(question.channel, draft)
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
        return answer(question, self.index, self.store, brief=brief, now=self.now())

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

    def _teller(self, channel: str, draft: "Draft | None") -> "Tell | None":
        """Puts an answer's claims into a model's words, where the settings name a model."""
        if self.models is None:
            return None
        from bot.telling import Teller

        return Teller(self.store, self.models.opened(channel), self.now, channel, draft)

    def _brief_of(self, question: Question) -> Brief | None:
        return self.stored_brief(question.brief_id) if question.brief_id is not None else None

    def stored_brief(self, brief_id: str) -> Brief:
        """The stored brief of this id; SettingsError if there is none."""
        brief = self.store.brief(brief_id)
        if brief is None:
            raise SettingsError(f"--brief: there is no brief {brief_id!r}")
        return brief

    @property
    def program(self) -> str:
        """The program's version."""
        from importlib.metadata import version

        return version("research-brief")

    def versions(self) -> dict[str, str]:
        """What an answer is made with, to be stored beside it: program, embedding, model."""
        model = self.settings.config.model
        return {
            "program": self.program,
            "embedding": self.embedder.name,
            "model": model.writer.name if model.writer else model.name,
        }

    def forget(self, whose: "Whose", *, only_count: bool = False) -> "tuple[Forgotten, list[Path]]":
        """Deletes what is theirs here, and in databases that a restore kept; returns what went, and those; blocks."""
        from bot import forgetting
        from pipeline.store import Store

        self.reload()
        now, subscribed = self.now(), self._from_file.config.subscriptions
        kept = [] if self.settings.is_shared else sorted(self.settings.home.glob(KEPT_BY_RESTORE))
        if only_count:
            return forgetting.would_forget(self.store.engine, whose), kept
        done = forgetting.forget(self.store.engine, whose, now, subscribed)
        for path in kept:
            copy = Store.open(path)
            forgetting.forget(copy.engine, whose, now)
            copy.close()
        return done, kept

    def drop_index(self) -> bool:
        """Removes the index's files, to be filled again when they are needed; false if another process has them.

        Chroma writes memory into them as it finds it, scraps of what the process had read before among it.
        """
        from pipeline.index import Claim

        if self.settings.is_shared:
            return True
        claim = Claim(self.settings.index_folder)
        try:
            claim.take()
            claim.clear()
        except IndexInUse:
            return False
        finally:
            claim.release()
        return True

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
        passages = self.store.count_passages()
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

    def index_state(self) -> str:
        """How the index is, without opening it: `ok`, `rebuilding` or `stale`."""
        from pipeline.embedding import identity_of
        from pipeline.index import stored_state

        name = self.settings.config.embedding.name
        if self.settings.is_shared:
            return "stale" if self.store.lacks_vectors(identity_of(name)) else "ok"
        return stored_state(self.settings.index_folder, self.store, name)

    def _reading_is_due(self) -> bool:
        from pipeline.health import read_again_after, read_health

        found = read_health(self.store, self.settings.config.feeds, self.now())
        return self._feeds_are_old(read_again_after(found))

    def _feeds_are_old(self, age: timedelta = INGEST_AGAIN_AFTER) -> bool:
        last = next((run for run in self.store.runs(50) if run["use_case"] == "ingest"), None)
        if last is None:
            return True
        return datetime.fromisoformat(last["as_of"]) < self.now() - age
