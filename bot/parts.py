"""The composition root: settings in, everything built out, each part when it is first used."""

import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import cached_property, partial
from threading import Lock, RLock
from typing import TYPE_CHECKING, Self

from bot.settings import Settings
from pipeline.errors import BriefError, IndexInUse, RerankerError
from pipeline.models import Article, InFull

if TYPE_CHECKING:
    from bot.choice_store import ChoiceStore
    from bot.conversations import Conversations
    from bot.models import Models
    from bot.records import Records
    from bot.slots import Slots
    from bot.suggestions import Suggestions
    from bot.tastes import Tastes
    from bot.votes import Votes
    from pipeline.answering import Tell
    from pipeline.answering.library import Rerank
    from pipeline.embedding import Embedder
    from pipeline.fetch import Fetcher, Pace
    from pipeline.fulltext.reading import FullTextReader
    from pipeline.index import SearchIndex
    from pipeline.llm import Call, Journal
    from pipeline.readings import FeedReader
    from pipeline.reranking import Reranker, Reranking
    from pipeline.store import Store
    from pipeline.writing.model import Draft, ModelWriter

log = logging.getLogger(__name__)

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The present instant."""
    return datetime.now(UTC)


class Parts:
    """What the command line and the Slack app are made of, one of each; close it at the end."""

    def __init__(
        self, settings: Settings, clock: Clock = utc_now, reader: "FeedReader | None" = None
    ) -> None:
        self.settings = settings
        self.from_file = settings
        self._clock = clock
        self._reader = reader
        self._building = RLock()
        self._index: SearchIndex | None = None
        self._reading_in_full = Lock()

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

    def reload(self) -> None:
        """Takes over what channels chose in Slack; blocks."""
        from bot.choices import overlaid

        config = overlaid(self.from_file.config, self.choices.all())
        if config != self.settings.config:
            self.settings = self.from_file.model_copy(update={"config": config})

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

    def index_state(self) -> str:
        """How the index is, without opening it: `ok`, `rebuilding` or `stale`."""
        from pipeline.embedding import identity_of
        from pipeline.index import stored_state

        name = self.settings.config.embedding.name
        if self.settings.is_shared:
            return "stale" if self.store.passages.lack_vectors(identity_of(name)) else "ok"
        return stored_state(self.settings.index_folder, self.store, name)

    @asynccontextmanager
    async def open_reader(self) -> "AsyncIterator[FeedReader]":
        """What reads feeds: the one that was given, or one over HTTP."""
        if self._reader is not None:
            yield self._reader
            return
        async with self.connect() as reader:
            yield reader

    def read_in_full(self, works: Sequence[Article], seconds: float) -> list[InFull]:
        """Reads these works in full where that is due, and indexes what was read; blocks, also for hosts' pauses."""
        if self.full_text_reader is None:
            return []
        with self._reading_in_full:
            return self.full_text_reader.read(works, self.now(), seconds)

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

    @cached_property
    def reranker(self) -> "Reranker | None":
        """The reranker of the settings, loaded; none where they name none, RerankerError if it cannot be loaded."""
        table = self.settings.config.reranker
        if table.folder is not None:
            from pipeline.reranking.cross_encoder import CrossEncoder

            return CrossEncoder(table.folder.expanduser(), table.seconds)
        if table.url is None:
            return None
        from pipeline.reranking.served import Served

        key = self.settings.secrets.reranker_api_key
        return Served(
            table.url,
            model=table.model,
            form=table.form,
            policy=table.policy,
            key=key.get_secret_value() if key else None,
            seconds=table.seconds,
            allowed=self.settings.config.network.allow_private_hosts,
            enter=self._enter_call,
        )

    def _enter_call(self, call: "Call", channel: str) -> None:
        from pipeline.llm import Journal

        Journal(self.store.engine, channel).add(call, None)

    @cached_property
    def _reranking(self) -> "Reranking | None":
        from pipeline.reranking import Reranking

        try:
            return Reranking(self.reranker) if self.reranker else None
        except RerankerError as error:
            log.warning("works keep their own order: %s", error.user_message)
            return None

    def rerank(self, channel: str) -> "Rerank | None":
        """Says which works answer a channel's questions best; none without a reranker that can be used."""
        if not self.settings.config.reranker.is_set or self._reranking is None:
            return None
        return partial(self._reranking.scores, channel=channel)

    def writer(self, channel: str, *, anew: bool = False) -> "ModelWriter | None":
        """Writes one brief of a channel with a model; none where the settings name no model.

        With `anew` it asks again what was answered before.
        """
        from pipeline.writing.model import ModelWriter

        if self.models is None:
            return None
        found = self.models.opened(channel, anew=anew)
        return ModelWriter(
            found.writer, open_reader=found.reader, open_judge=found.judge, journal=found.journal
        )

    def teller(self, channel: str, draft: "Draft | None") -> "Tell | None":
        """Puts an answer's claims into a model's words, where the settings name a model."""
        if self.models is None:
            return None
        from bot.telling import Teller

        return Teller(self.store, self.models.opened(channel), self.now, channel, draft)

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
        } | ({"reranker": self._reranking.reranker.name} if self.rerank("") and self._reranking else {})

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
