"""Works that a question links to are fetched from arXiv's query API, stored and indexed."""

import asyncio
import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from bot.services import ANSWERS_AT_A_TIME, Services
from bot.settings import Config, Secrets, Settings
from pipeline.errors import FeedUnavailable, QuestionError
from pipeline.fetch import Fetched, Validators
from pipeline.models import Article, InFull, Question, Window

NOW = datetime(2026, 6, 13, 16, tzinfo=UTC)
ATOM = """<?xml version='1.0' encoding='UTF-8'?><feed xmlns='http://www.w3.org/2005/Atom'
xmlns:arxiv='http://arxiv.org/schemas/atom' xmlns:opensearch='http://a9.com/-/spec/opensearch/1.1/'>
<title>arXiv Query</title><opensearch:totalResults>{n}</opensearch:totalResults>{entries}</feed>"""
ENTRY = """<entry><id>http://arxiv.org/abs/2401.01234v3</id><published>2024-01-02T12:00:00Z</published>
<updated>2025-05-05T12:00:00Z</updated><title>Tidal Probes of Language Models</title>
<summary>We measure tidal probes. Tidal probes find 41 percent of the planted triggers in twelve models.</summary>
<author><name>Ann Arbor</name></author><category term='cs.CR'/><arxiv:primary_category term='cs.CR'/></entry>"""


class Arxiv:
    """The query API: knows one work, records what it is asked for, and fails when told to."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.down = False

    async def get(self, url: str, validators: Validators = Validators()) -> Fetched:  # noqa: B008
        self.asked.append(url)
        if self.down:
            raise FeedUnavailable("the host did not answer")
        entries = ENTRY if "2401.01234" in url else ""
        body = ATOM.format(n=len(entries) and 1, entries=entries).encode()
        return Fetched("ok", body, "application/atom+xml", url, Validators(), None)


@pytest.fixture
def arxiv() -> Arxiv:
    return Arxiv()


@pytest.fixture
def services(tmp_path: Path, arxiv: Arxiv) -> Iterator[Services]:
    config = Config.model_validate(
        {
            "feeds": [{"name": "arXiv cs.CR", "url": "https://rss.arxiv.org/rss/cs.CR", "kind": "arxiv"}],
            "profiles": {"probes": {"title": "Probes", "topic": "probes of language models"}},
        }
    )
    settings = Settings(home=tmp_path, config=config, config_file=tmp_path / "b.toml", secrets=Secrets())
    with Services(settings, clock=lambda: NOW, reader=arxiv) as opened:
        yield opened


@pytest.mark.parametrize(
    "text",
    [
        "How many of the planted triggers do the probes of https://arxiv.org/abs/2401.01234v3 find?",
        "How many planted triggers are found in 2401.01234?",
        "How many planted triggers are found, see https://huggingface.co/papers/2401.01234",
    ],
)
async def test_a_linked_work_is_fetched_and_answered_on(services: Services, arxiv: Arxiv, text: str) -> None:
    answer = await services.ask(Question(text=text))
    assert answer.status == "answered"
    assert "41 percent" in answer.text
    assert answer.references[0].url == "https://arxiv.org/abs/2401.01234"
    assert len(arxiv.asked) == 1
    await services.ask(Question(text=text))
    assert len(arxiv.asked) == 1  # it is stored now


async def test_an_old_work_that_is_linked_is_not_taken_for_this_weeks(services: Services) -> None:
    await services.ask(Question(text="What does 2401.01234 find?"))
    (work,) = services.store.articles(["arxiv:2401.01234"]).values()
    assert work.announced == date(2024, 1, 3)
    assert work.first_seen == NOW
    assert not services.store.articles_in(Window(since=date(2026, 6, 7), until=date(2026, 6, 13)))


async def test_a_work_that_arxiv_does_not_know_is_not_answered_on(services: Services) -> None:
    answer = await services.ask(Question(text="What does 2401.99999 find?"))
    assert answer.status == "not_in_index"


async def test_an_arxiv_that_is_down_is_told_in_words(services: Services, arxiv: Arxiv) -> None:
    arxiv.down = True
    with pytest.raises(QuestionError, match="arXiv could not be asked: the host did not answer"):
        await services.ask(Question(text="What does 2401.01234 find?"))


async def test_questions_without_a_link_ask_nobody(services: Services, arxiv: Arxiv) -> None:
    await services.ask(Question(text="What do tidal probes find in 2024?"))
    assert not arxiv.asked


async def test_a_link_alone_gets_what_the_work_says(services: Services) -> None:
    answer = await services.ask(Question(text="https://arxiv.org/abs/2401.01234"))
    assert answer.status == "answered"
    assert "41 percent" in answer.text


async def test_others_questions_go_on_while_a_publisher_is_waited_for(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    await services.ask(Question(text="What does 2401.01234 find?"))
    answers, slow = threading.Event(), Question(text="What GPU hours did 2401.01234 need?")
    begun: list[str] = []

    def wait(works: Sequence[Article], seconds: float) -> list[InFull]:
        begun.append(works[0].id)
        answers.wait(20)
        return [InFull(article_id=works[0].id, reason="papers.example: the host says no")]

    monkeypatch.setattr(services, "read_in_full", wait)
    waiting = [asyncio.ensure_future(services.ask(slow)) for _ in range(ANSWERS_AT_A_TIME + 4)]
    try:
        quick = Question(text="How many of the planted triggers do tidal probes find?")
        assert "41 percent" in (await asyncio.wait_for(services.ask(quick), 10)).text
        assert not any(task.done() for task in waiting)
        assert len(begun) <= 1, "one thread waits, however many ask"
    finally:
        answers.set()
    told = await asyncio.gather(*waiting)
    assert all("could not be read (papers.example: the host says no)" in answer.text for answer in told)


async def test_an_answer_is_worked_out_when_there_is_a_lull(services: Services) -> None:
    lull = asyncio.Event()

    async def wait() -> None:
        await lull.wait()

    asked = asyncio.create_task(services.ask(Question(text="What do probes find?"), lull=wait))
    await asyncio.sleep(0.2)
    assert not asked.done()
    lull.set()
    await asked
