"""Works are read in full once, politely, from the first place that has them; what fails is said and tried later."""

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic

import pytest

from bot.sample.papers import as_pdf, load_papers
from pipeline.errors import FeedError, FeedTooLarge, FeedUnavailable
from pipeline.fetch import Fetched, Fetcher, Pace, Validators
from pipeline.fulltext.reading import FullTextReader, places
from pipeline.index import passages_of, passages_of_full_text
from pipeline.models import Article, Entry, InFull
from pipeline.store import Store
from tests.fulltext.documents import LONG, latexml, post

NOW = datetime(2026, 6, 10, 12, tzinfo=UTC)
ARXIV = "https://papers.example"
KELP = latexml(("1", "Introduction", [LONG, "Second."]), ("2", "Ropes", ["We used red ropes."]))
GONE = FeedUnavailable("the host answered 404 (not found)", status=404)


@dataclass
class Host:
    """Answers as told, and notes what it was asked."""

    answers: dict[str, bytes | FeedError] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    async def get(self, url: str, *, expect: str) -> Fetched:
        assert expect == "any"
        self.asked.append(url)
        answer = self.answers.get(url, GONE)
        if isinstance(answer, FeedError):
            raise answer
        return Fetched("ok", answer, "text/html", url, Validators(), None)

    @asynccontextmanager
    async def connect(self) -> AsyncIterator["Host"]:
        yield self


@pytest.fixture
def host() -> Host:
    return Host()


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path / "brief.db")


def added(
    store: Store, number: str = "2606.90001", version: int = 1, title: str = "Kelp: A Paper on Kelp"
) -> Article:
    """A stored paper."""
    entry = Entry(
        feed="arXiv",
        guid=f"oai:arXiv.org:{number}v{version}",
        title=title,
        url=f"https://arxiv.org/abs/{number}",
        text="An abstract.",
        announced=NOW.date(),
        announce_type="new" if version == 1 else "replace",
        arxiv_id=number,
        version=version,
    )
    store.add_entries([entry], NOW, passages_of)
    found = store.article(f"arxiv:{number}")
    assert found is not None
    return found


def post_of(store: Store, text: str, url: str = "https://quay.example/kelp") -> Article:
    """A stored post."""
    entry = Entry(feed="Quay", guid=url, title="Ropes in cold water", url=url, text=text, published=NOW)
    store.add_entries([entry], NOW, passages_of)
    return next(a for a in store.articles([_only_id(store)]).values())


def _only_id(store: Store) -> str:
    import sqlalchemy as sa

    with store.engine.connect() as connection:
        return str(connection.scalar(sa.text("SELECT id FROM articles")))


def read(
    store: Store, host: Host, works: Sequence[Article], now: datetime = NOW, seconds: float = 60
) -> list[InFull]:
    reader = FullTextReader(host.connect, store.full_texts, passages_of_full_text, arxiv=ARXIV)
    return reader.read(works, now, seconds)


def test_arxiv_html_is_read_stored_and_cut_into_passages(store: Store, host: Host) -> None:
    work = added(store)
    host.answers[f"{ARXIV}/html/2606.90001v1"] = KELP
    assert read(store, host, [work]) == [InFull(article_id=work.id, source="html")]
    text = store.full_texts.of(work.id)
    assert text is not None
    assert [s.label for s in text.sections] == ["section 1 (Introduction)", "section 2 (Ropes)"]
    passages = [p for p in store.passages.of_articles([work.id])[work.id] if p.field == "fulltext"]
    assert passages
    with_text = work.model_copy(update={"fulltext": text})
    for passage in passages:
        assert passage.text.endswith(with_text.text_of("fulltext")[passage.start : passage.end])
    assert "Ropes" in passages[-1].text
    assert store.full_texts.counts() == {"read": 1, "failed": 0, "passages": len(passages)}


def test_a_version_is_asked_for_once_and_the_next_one_again(store: Store, host: Host) -> None:
    host.answers = {f"{ARXIV}/html/2606.90001v{n}": KELP for n in (1, 2)}
    for _ in range(3):
        read(store, host, [added(store)], NOW + timedelta(days=30))
    assert len(host.asked) == 1
    assert read(store, host, [added(store, version=2)])[0].source == "html"
    assert host.asked[1:] == [f"{ARXIV}/html/2606.90001v2"]
    stored = store.full_texts.of("arxiv:2606.90001")
    assert stored is not None
    assert stored.version == 2


def test_the_pdf_is_read_where_there_is_no_html(store: Store, host: Host) -> None:
    paper = load_papers()["2605.90049"]
    work = added(store, title=paper.title)
    host.answers[f"{ARXIV}/pdf/2606.90001v1"] = as_pdf(paper)
    assert read(store, host, [work])[0].source == "pdf"
    assert host.asked == [f"{ARXIV}/html/2606.90001v1", f"{ARXIV}/pdf/2606.90001v1"]


def test_a_post_is_read_on_its_page_if_the_feed_gives_only_its_beginning(store: Store, host: Host) -> None:
    work = post_of(store, "Ropes get stiff in cold water. Read more")
    host.answers["https://quay.example/kelp"] = post("Ropes in cold water", LONG, LONG.lower())
    assert read(store, host, [work])[0].source == "page"


@pytest.mark.parametrize(
    ("text", "is_elsewhere"),
    [(LONG, False), (LONG + "…", True), (LONG + "Continue reading", True), ("Short.", True)],
)
def test_a_post_that_its_feed_gives_whole_is_not_asked_for(text: str, is_elsewhere: bool) -> None:
    work = Article(
        id="post:1",
        kind="post",
        title="T",
        abstract=text,
        source="Q",
        url="https://q.example/1",
        first_seen=NOW,
    )
    assert bool(places(work)) is is_elsewhere
    assert not places(work, pages=False)


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        ({}, "HTML and PDF: the host answered 404 (not found)"),
        (
            {"html": b"<html><title>Just a moment...</title></html>"},
            "HTML: the page is not a paper's HTML; PDF: ",
        ),
        ({"html": latexml(("1", "One", [LONG]), title="Another work on whales")}, "is not the work"),
        (
            {"html": FeedTooLarge("the answer is larger than 10 MiB")},
            "HTML: the answer is larger than 10 MiB",
        ),
        ({"pdf": b"<html>Please sign in</html>"}, "PDF: the host did not answer with a PDF"),
        ({"pdf": b"%PDF-1.4 garbage"}, "PDF: the PDF is damaged or locked"),
    ],
)
def test_why_a_work_could_not_be_read_is_stored_and_said(
    store: Store, host: Host, answers: dict[str, bytes | FeedError], reason: str
) -> None:
    work = added(store)
    host.answers = {f"{ARXIV}/{kind}/2606.90001v1": answer for kind, answer in answers.items()}
    (outcome,) = read(store, host, [work])
    assert outcome.source is None
    assert reason in (outcome.reason or "")
    assert store.full_texts.attempts([work.id])[work.id].error == outcome.reason
    asked = len(host.asked)
    read(store, host, [work], NOW + timedelta(days=2))
    assert len(host.asked) == asked
    read(store, host, [work], NOW + timedelta(days=4))
    assert len(host.asked) > asked


@pytest.mark.parametrize("status", [None, 403, 429, 503])
def test_a_host_that_does_not_answer_is_left_alone_for_an_hour(
    store: Store, host: Host, status: int | None
) -> None:
    works = [added(store, f"2606.9000{n}") for n in range(3)]
    host.get = _always(FeedUnavailable("the host says no", status=status), host)  # type: ignore[method-assign]
    outcomes = read(store, host, works)
    assert len(host.asked) == 1
    assert {o.reason for o in outcomes} == {"papers.example: the host says no"}
    read(store, host, [added(store, "2606.90009")], NOW + timedelta(minutes=30))
    assert len(host.asked) == 1
    read(store, host, works[:1], NOW + timedelta(minutes=61))
    assert len(host.asked) == 2


def _always(error: FeedError, host: Host) -> object:
    async def get(url: str, *, expect: str) -> Fetched:
        host.asked.append(url)
        raise error

    return get


def test_a_new_version_that_cannot_be_read_leaves_the_stored_text(store: Store, host: Host) -> None:
    host.answers[f"{ARXIV}/html/2606.90001v1"] = KELP
    read(store, host, [added(store)])
    (outcome,) = read(store, host, [added(store, version=2)])
    assert outcome.source == "html"
    assert outcome.reason is not None
    assert outcome.reason.startswith("the stored full text is not of v2")
    stored = store.full_texts.of("arxiv:2606.90001")
    assert stored is not None
    assert stored.version == 1


def test_no_work_is_begun_when_the_time_is_up(store: Store, host: Host) -> None:
    (outcome,) = read(store, host, [added(store)], seconds=0)
    assert outcome.reason == "no time was left"
    assert not host.asked
    assert not store.full_texts.attempts(["arxiv:2606.90001"])


def test_an_edited_entry_leaves_the_full_text_and_a_merged_work_loses_it(store: Store, host: Host) -> None:
    host.answers["https://quay.example/kelp"] = post("Ropes in cold water", LONG, LONG.lower())
    work = post_of(store, "Ropes get stiff.")
    read(store, host, [work])
    before = store.full_texts.counts()
    assert before["passages"] > 0
    post_of(store, "Ropes get stiff, and we know why.")
    assert store.full_texts.counts() == before
    assert store.full_texts.of(work.id) is not None
    link = Entry(
        feed="Other", guid="x", title="Ropes in cold water", url="https://quay.example/kelp", text="Ropes.",
        doi="10.1000/kelp", published=NOW,
    )  # fmt: skip
    store.add_entries([link], NOW, passages_of)
    assert store.article(work.id) is not None
    assert store.article(work.id).id != work.id  # type: ignore[union-attr]
    assert store.full_texts.counts() == {"read": 0, "failed": 0, "passages": 0}


def test_all_fetchers_of_a_pace_wait_for_each_other_in_whatever_thread_they_live() -> None:
    pace = Pace()
    begun: list[float] = []
    inside = 0

    async def ask(_: int) -> None:
        nonlocal inside
        async with pace.turn("export.arxiv.org", 0.05, asyncio.sleep):
            begun.append(monotonic())
            inside += 1
            assert inside == 1
            await asyncio.sleep(0.01)
            inside -= 1

    async def some() -> None:
        await asyncio.gather(*map(ask, range(3)))

    threads = [threading.Thread(target=asyncio.run, args=(some(),)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(begun) == 6
    assert min(b - a for a, b in zip(begun, begun[1:], strict=False)) >= 0.049


async def test_arxiv_is_asked_every_three_seconds_across_feeds_html_and_pdf() -> None:
    """Requests and pauses as the fetchers ask for them; nothing is slept, and no host is reached."""
    pace = Pace()
    pauses: list[float] = []

    async def nap(seconds: float) -> None:
        pauses.append(seconds)

    async def nowhere(_host: str, _port: int) -> list[str]:
        raise OSError

    paths = ("https://rss.arxiv.org/rss/cs.AI", "https://export.arxiv.org/html/1", "https://arxiv.org/pdf/1")
    for path in paths:  # three fetchers, as the feeds' reading, a brief and an answer have
        async with Fetcher(resolver=nowhere, sleep=nap, pace=pace) as fetcher:
            with pytest.raises(FeedUnavailable):
                await fetcher.get(path, expect="any")
    waited = [pause for pause in pauses if pause > 2.1]  # the others are those before a retry
    assert len(waited) == 2 * len(paths) - 1
    assert all(2.5 < pause <= 3.0 for pause in waited)
