"""Reading works in full: where their text is, whether to ask for it now, and what became of it.

    work → places (arXiv's HTML, its PDF, the page of a post) → fetch → extract, confined → store → passages

One work after the other. What was read is never asked for again in the same version; what failed is tried again later.
"""

import asyncio
import logging
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Literal, Protocol
from urllib.parse import urlsplit

from pipeline.errors import FeedError, FeedUnavailable
from pipeline.fetch import Fetched
from pipeline.fulltext.confined import extract
from pipeline.fulltext.document import Document, NotReadable
from pipeline.fulltext.robots import UNKNOWN, Robots
from pipeline.models import Article, FullText, FullTextSource, InFull, Passage
from pipeline.steps import step
from pipeline.store import Attempt, FullTexts
from pipeline.titles import plain_title

log = logging.getLogger(__name__)

ARXIV = "https://export.arxiv.org"
"""arXiv's host for programs (https://info.arxiv.org/help/bulk_data.html)."""
WHOLE_POST = 500
"""Characters; a feed that gives a post at such length gives it whole, unless its last words say otherwise."""
ASK_AGAIN = timedelta(days=3)
"""arXiv's HTML may appear some days after the paper."""
HOST_AGAIN = timedelta(hours=1)
NAMES: Mapping[FullTextSource, str] = {"html": "HTML", "pdf": "PDF", "page": "its page"}
_CUT_OFF = re.compile(
    r"(?:…|\.\.\.|\[…\]|\[\.\.\.\]|\b(?:read|continue|see|full) (?:more|reading|article|post|story))\W*$",
    re.I,
)
_SAME = 0.6
"""Of the title's words, what a document that is the work has at its beginning."""
_BEGINNING = 4000
_MORE = 1.1


class Host(Protocol):
    """What fetches bytes: `pipeline.fetch.Fetcher`, or a fake that records."""

    async def get(self, url: str, *, expect: Literal["any"]) -> Fetched:
        """The answer, or a FeedError."""


@dataclass(frozen=True)
class Place:
    """Where a full text may be found."""

    source: FullTextSource
    url: str

    @property
    def host(self) -> str:
        """The host's name, with its port if it has one."""
        return urlsplit(self.url).netloc


def places(article: Article, arxiv: str = ARXIV, *, pages: bool = True) -> tuple[Place, ...]:
    """Where to look, in order; empty for a work whose record already is the whole text, or that has no known place."""
    if article.id.startswith("arxiv:"):
        name = article.id.removeprefix("arxiv:") + (f"v{article.version}" if article.version else "")
        return Place("html", f"{arxiv}/html/{name}"), Place("pdf", f"{arxiv}/pdf/{name}")
    if pages and article.kind == "post" and article.url and is_beginning(article.abstract):
        return (Place("page", article.url),)
    return ()


def is_beginning(text: str) -> bool:
    """Whether a feed's text is only the beginning of a post, or about it."""
    return len(text) < WHOLE_POST or _CUT_OFF.search(text[-60:]) is not None


def is_due(article: Article, last: Attempt | None, now: datetime) -> bool:
    """Whether to ask for a work's text: not if this version is stored, nor soon after it could not be had."""
    if last is None or last.version != article.version:
        return True
    if last.error is None:
        return False
    return now - last.at >= (HOST_AGAIN if last.host else ASK_AGAIN)


def is_the_work(article: Article, document: Document) -> bool:
    """Whether a document is the work and not, for example, a page that asks for a browser."""
    wanted = {word for word in plain_title(article.title).split() if len(word) > 3}
    there = set(plain_title(f"{document.title} {document.text[:_BEGINNING]}").split())
    return len(wanted & there) >= _SAME * len(wanted)


class FullTextReader:
    """Reads works in full for briefs and answers. Calls block, also for the pauses that hosts ask for.

    `index` is called after texts were stored, so that their passages are found.
    """

    def __init__(
        self,
        connect: Callable[[], AbstractAsyncContextManager[Host]],
        store: FullTexts,
        passages_of: Callable[[Article, FullText], list[Passage]],
        *,
        arxiv: str = ARXIV,
        pages: bool = True,
        index: Callable[[], object] = lambda: None,
        extract: Callable[[FullTextSource, bytes], Document] = extract,
    ) -> None:
        self._connect = connect
        self._store = store
        self._passages_of = passages_of
        self._arxiv, self._pages = arxiv.rstrip("/"), pages
        self._index = index
        self._extract = extract
        self._robots = Robots()

    def read(self, works: Sequence[Article], now: datetime, seconds: float) -> list[InFull]:
        """What became of each of these works that has a full text elsewhere; after so many seconds none is begun."""
        elsewhere = [work for work in works if self._places(work)]
        last = self._store.attempts([work.id for work in elsewhere])
        due = [work for work in elsewhere if is_due(work, last.get(work.id), now)]
        put_off: dict[str, str] = {}
        if due:
            put_off, stored = asyncio.run(self._read_all(due, now, seconds))
            last = self._store.attempts([work.id for work in elsewhere])
            if stored:
                self._index()
        return [_outcome(work, last.get(work.id), put_off.get(work.id)) for work in elsewhere]

    def _places(self, work: Article) -> tuple[Place, ...]:
        return places(work, self._arxiv, pages=self._pages)

    async def _read_all(
        self, works: Sequence[Article], now: datetime, seconds: float
    ) -> tuple[dict[str, str], int]:
        """Reads them in order; returns why some were not asked for, by id, and how many were stored."""
        closed = await asyncio.to_thread(self._store.unreachable, now - HOST_AGAIN)
        end = monotonic() + seconds
        put_off: dict[str, str] = {}
        stored = 0
        async with self._connect() as host:
            for work in works:
                first = self._places(work)[0].host
                if monotonic() >= end:
                    put_off[work.id] = "no time was left"
                elif first in closed:
                    put_off[work.id] = closed[first]
                else:
                    with step("fetch full text", work=work.id):
                        stored += await self._read_one(host, work, now, closed)
        return put_off, stored

    async def _read_one(self, host: Host, work: Article, now: datetime, closed: dict[str, str]) -> bool:
        """Looks in each place until the work is found; what went wrong is stored too."""
        reasons: dict[str, str] = {}
        shut: str | None = None
        for place in self._places(work):
            try:
                document = await self._document(host, work, place)
                return await asyncio.to_thread(self._keep, work, place, document, now)
            except _Shut as problem:
                reasons, shut = {"": str(problem)}, place.host
                closed[place.host] = str(problem)
                break
            except NotReadable as problem:
                reasons[NAMES[place.source]] = str(problem)
        log.info("%s is not read in full: %s", work.id, _in_words(reasons))
        failed = Attempt(work.id, now, work.version, _in_words(reasons), shut)
        await asyncio.to_thread(self._store.fail, failed)
        return False

    async def _fetched(self, host: Host, place: Place) -> Fetched:
        """The answer of a place; NotReadable if the host of a page, or of where it leads, forbids that to programs."""
        if place.source != "page":
            return await host.get(place.url, expect="any")
        await self._may_be_read(host, place, place.url)
        fetched = await host.get(place.url, expect="any")
        if fetched.url != place.url:
            await self._may_be_read(host, place, fetched.url)
        return fetched

    async def _may_be_read(self, host: Host, place: Place, url: str) -> None:
        reason = await self._robots.refusal(host, url)
        if reason == UNKNOWN:
            raise _Shut(f"{place.host}: {reason}")
        if reason:
            raise NotReadable(reason)

    async def _document(self, host: Host, work: Article, place: Place) -> Document:
        try:
            fetched = await self._fetched(host, place)
        except FeedUnavailable as error:
            if error.status in (400, 404, 406, 410, 415):
                raise NotReadable(error.user_message) from None
            raise _Shut(f"{place.host}: {error.user_message}") from None
        except FeedError as error:
            raise NotReadable(error.user_message) from None
        if place.source == "pdf" and b"%PDF-" not in fetched.body[:1024]:
            raise NotReadable("the host did not answer with a PDF")
        document = await asyncio.to_thread(self._extract, place.source, fetched.body)
        if not is_the_work(work, document):
            raise NotReadable("what the host answered is not the work")
        if place.source == "page" and len(document.text) < _MORE * len(work.abstract):
            raise NotReadable("the page says no more than the feed")
        return document

    def _keep(self, work: Article, place: Place, document: Document, now: datetime) -> bool:
        text = FullText(
            article_id=work.id,
            version=work.version,
            source=place.source,
            url=place.url,
            text=document.text,
            sections=document.sections,
            paragraphs=document.paragraphs,
        )
        return self._store.save(text, self._passages_of(work, text), now)


class _Shut(Exception):
    """A host that cannot be reached, or does not want to be asked now: it is left alone for the rest of the run."""


def _in_words(reasons: Mapping[str, str]) -> str:
    """Why each place did not give the text, the same reason once."""
    if len(reasons) > 1 and len(set(reasons.values())) == 1:
        return f"{' and '.join(reasons)}: {next(iter(reasons.values()))}"
    return "; ".join(f"{name}: {reason}" if name else reason for name, reason in reasons.items())


def _outcome(work: Article, last: Attempt | None, put_off: str | None) -> InFull:
    error = put_off or (last.error if last else None)
    if last is not None and last.source is not None:
        earlier = f"the stored full text is not of v{work.version}: {error}" if error else None
        return InFull(article_id=work.id, source=last.source, reason=earlier)
    return InFull(article_id=work.id, reason=error)
