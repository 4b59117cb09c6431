"""Third use case: an answer from the index, or an honest no.

    question → what is asked → the works it is about → the sentences that answer → claims, anchored and numbered

No language model: what is said are the sources' own sentences, or the stored record of a work.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from time import perf_counter

from pipeline.answering.about_brief import about_brief
from pipeline.answering.asking import LONGEST_QUESTION, asked
from pipeline.answering.desk import reply_to
from pipeline.answering.library import Library, ReadInFull, Rerank
from pipeline.answering.periods import Period, period_of
from pipeline.answering.saying import REFUSAL, Reply, day_of, numbers_for, text_of, unknown
from pipeline.answering.threads import Turn, turns_of
from pipeline.answering.works import Found
from pipeline.claims import supported
from pipeline.draft import DraftClaim, numbered_claim, reference
from pipeline.index import SearchIndex
from pipeline.models import Answer, Article, Brief, Nearest, Profile, Question, Scope
from pipeline.store import Store

Tell = Callable[[str, Sequence[DraftClaim], Mapping[str, Article]], Sequence[DraftClaim]]
"""Question, claims and their works to claims."""

__all__ = ["LONGEST_QUESTION", "REFUSAL", "Tell", "answer", "asked"]


def answer(
    question: Question,
    index: SearchIndex,
    store: Store,
    *,
    brief: Brief | None = None,
    profile: Profile | None = None,
    now: datetime | None = None,
    tell: Tell | None = None,
    read_in_full: ReadInFull | None = None,
    rerank: Rerank | None = None,
) -> Answer:
    """The answer with its citations, in the numbers of brief and thread; QuestionError if it cannot be asked.

    `tell` puts the claims of an answer into connected prose, checked, or gives them back as they are.
    `read_in_full` reads the full text of a work that is asked about and whose abstract does not say.
    `rerank` says which of the works found answer the question best, beside what words and meaning say.
    Times such as "last week" are seen from `now`, by default from the last day on which a stored work appeared.
    """
    started = perf_counter()
    text = asked(question.text)
    turns = turns_of(question)
    period = period_of(text, _today(store, now), brief.window if brief else None)
    library = Library(index, store, brief, profile, period, question.numbers, read_in_full, rerank)
    reply = _of_brief(library, text) or _replied(library, text, turns, period)
    if tell is not None and reply.status == "answered" and not reply.in_lines:
        reply = _told(reply, text, library, tell)
    return _published(question, reply, library, started)


def _of_brief(library: Library, text: str) -> Reply | None:
    """The reply to a question about the brief itself."""
    reply = about_brief(text, library.brief)
    if reply is not None:
        library.articles(work for claim in reply.claims for work in claim.works)
    return reply


def _told(reply: Reply, text: str, library: Library, tell: Tell) -> Reply:
    """The reply in other words, if all that it says rests on sources."""
    claims = tuple(c for c in reply.claims if supported(c, library.known))
    if not claims or not all(c.asserts for c in claims):
        return reply
    return replace(reply, claims=tuple(tell(text, claims, library.known)))


def _today(store: Store, now: datetime | None) -> date:
    return now.astimezone(UTC).date() if now else store.last_day() or date.max


def _replied(library: Library, text: str, turns: Sequence[Turn], period: Period | None) -> Reply:
    """The reply; a time that a question names limits it, and is said where nothing of that time answers."""
    if period is None:
        return reply_to(library, text, turns)
    reply = reply_to(library, period.rest, turns)
    if reply.status != "not_in_index":
        return reply
    days = f"{day_of(max(period.since, date(1990, 1, 1)))} to {day_of(period.until)}"
    library.period = None
    return replace(unknown(f"nothing of {days} does"), near=reply.near)


def _published(question: Question, reply: Reply, library: Library, started: float) -> Answer:
    """The reply with numbers and references; what is not supported byte for byte is left out."""
    claims = [c for c in reply.claims if supported(c, library.known)]
    if reply.status == "answered" and not claims and (reply.claims or not reply.lead):
        reply = unknown(near=reply.near)
    numbers = numbers_for(claims, library.numbers)
    made = tuple(numbered_claim(c, numbers) for c in claims)
    works = {n: work for work, n in numbers.items()}
    table = reply.grid.filled({c: m.text for c, m in zip(claims, made, strict=True)}) if reply.grid else None
    return Answer(
        question=question.text,
        status=reply.status,
        text=text_of(made, reply, table),
        claims=made,
        table=table,
        references=tuple(
            reference(n, library.known[works[n]]) for n in sorted({n for c in made for n in c.citations})
        ),
        searched=0 if reply.status == "refused" else library.index.count(),
        scope=_scope(reply, library, {work for c in claims for work in c.works}),
        nearest=tuple(_nearest(f) for f in reply.near) if reply.status == "not_in_index" else (),
        seconds=round(perf_counter() - started, 3),
    )


def _scope(reply: Reply, library: Library, works: Collection[str]) -> Scope | None:
    """The narrowest scope that has all works cited."""
    if not works:
        return None
    if reply.named:
        return "works"
    if library.inside.issuperset(works):
        return "brief"
    return "profile" if all(library.follows(library.known[work]) for work in works) else "everything"


def _nearest(found: Found) -> Nearest:
    article = found.article
    return Nearest(
        article_id=article.id,
        title=article.title,
        url=article.url,
        score=round(max(0.0, found.similarity), 3),
    )
