"""Second use case: a brief over the works of a window.

    store (articles) → ranking (decisions) → trends, gaps → writer (draft) → claims (checked) → numbers → store

Nothing here depends on the order in which feeds were read, and nothing is said that the stored works do not say.
"""

import hashlib
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from pipeline.claims import checked
from pipeline.draft import AMOUNTS, Material, numbered
from pipeline.embedding import Embedder
from pipeline.following import came_late, following
from pipeline.health import FeedHealth, read_health
from pipeline.material import material_of, missing_parts, revisions_of
from pipeline.models import (
    Article,
    Brief,
    Decision,
    Feed,
    InFull,
    Profile,
    Reference,
    Section,
    Tally,
    Window,
)
from pipeline.ranking import BORDER, Scored, parse_topic, relevance, select, significance, worth
from pipeline.receipts import receipt
from pipeline.rendering import frame_of
from pipeline.snapshots import Inputs, packed
from pipeline.steps import step
from pipeline.store import Store
from pipeline.taste import Taste, taste_of
from pipeline.weeks import View, Week, past_tallies, read_week, tally_of, without_instructions
from pipeline.writing import extractive
from pipeline.writing.model import ModelWriter, Written

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]

log = logging.getLogger(__name__)

BESIDE = 6
"""Works chosen beyond the mentions, for the trends; the writer says where each is told."""


class Remembering:
    """An embedder that embeds each text once: titles and phrases come up many times in one brief."""

    def __init__(self, embedder: Embedder) -> None:
        self.name, self.dimension = embedder.name, embedder.dimension
        self._embedder = embedder
        self._known: dict[str, NDArray[np.float32]] = {}

    def embed(self, texts: Sequence[str]) -> "Vectors":
        """The unit vectors of the texts, one row each."""
        import numpy as np

        fresh = [text for text in dict.fromkeys(texts) if text not in self._known]
        if fresh:
            self._known.update(zip(fresh, self._embedder.embed(fresh), strict=True))
        return np.stack([self._known[text] for text in texts])


@dataclass(frozen=True)
class BriefRequest:
    """What a brief is to be about, and for whom."""

    profile: Profile
    feeds: Sequence[Feed]
    """All that are read; the profile says which of them count."""
    window: Window
    channel: str | None = None
    after: Sequence[str] | None = None
    """The ids of the briefs that this one follows: it has as candidates what they did not have, of earlier days too,
    and what they featured or told of is not told as new. None: it follows no one's, and what the profile's briefs
    before it featured counts."""
    suggested: Sequence[Article] = ()
    """Works that the channel's people asked for: told of whatever their days and topic, under the same checks."""
    judged: Sequence[tuple[Article, int]] = ()
    """Works that they liked (1) or not (-1)."""


def write_brief(
    store: Store,
    embedder: Embedder,
    request: BriefRequest,
    clock: Callable[[], datetime],
    writer: ModelWriter | None = None,
    read_in_full: Callable[[Sequence[Article]], Sequence[InFull]] | None = None,
) -> Brief:
    """The brief that is asked for, checked and stored with what a replay of it needs.

    Without a model the same store gives the same brief. `read_in_full` is given the works that it considers for
    citing, the best first; questions about them are answered from their full text too.
    """
    started = clock()
    found = _find(store, Remembering(embedder), request, started)
    with step("select") as here:
        chosen = _choose(store, found, request)
        here.note(works=len(found.articles), considered=len(chosen))
    in_full = read_in_full(_to_cite(found.articles, chosen, request.suggested)) if read_in_full else ()
    material = _material(store, found, chosen, request)
    written = writer.write(material) if writer else Written(extractive.write(material))
    brief = _checked(store, found, request, chosen, material, written)
    brief = _dated(brief, started, clock(), in_full)
    store.save_brief(brief, found.view.basis(embedder.name), found.tally)
    run = _note_run(store, brief, started, request.channel, Inputs(material, written.models))
    if writer:
        writer.keep(run, written)
    return brief


@dataclass(frozen=True)
class _Found:
    """What the store has for a brief."""

    view: View
    feeds: list[tuple[Feed, FeedHealth]]
    week: Week
    late: Week
    """Works of earlier days that came too late for the briefs before."""
    tally: Tally
    past: Sequence[Tally]

    @cached_property
    def articles(self) -> dict[str, Article]:
        return {article.id: article for article in (*self.week.articles, *self.late.articles)}


def _find(store: Store, embedder: Embedder, request: BriefRequest, now: datetime) -> _Found:
    before = request.after or ()
    window = following(request.window, store.windows_of(before))
    names = frozenset(request.profile.feeds or [feed.name for feed in request.feeds])
    feeds = [feed for feed in request.feeds if feed.name in names]
    view = View(parse_topic(request.profile.topic), names)
    week = read_week(store, embedder, view, window)
    return _Found(
        view,
        list(zip(feeds, read_health(store, feeds, now), strict=True)),
        week,
        came_late(store, embedder, view, window, before),
        tally_of(week, view, embedder),
        past_tallies(store, embedder, view, window),
    )


def _material(store: Store, found: _Found, chosen: Sequence[Decision], request: BriefRequest) -> Material:
    gaps = missing_parts(store, found.tally, found.past)
    amounts = AMOUNTS[request.profile.length]
    told = store.told_before(request.profile.name, found.week.window.until, request.after)
    return replace(
        material_of(found.articles, found.week, found.tally, found.past, chosen, gaps, amounts),
        late=sum(found.late.new),
        late_on_topic=len(found.late.on_topic),
        revisions=revisions_of(store, told, found.view.feeds, found.week.window),
        failed_feeds=tuple(one.name for _, one in found.feeds if one.last_error and one.state != "off"),
        suggested=tuple(request.suggested),
    )


def _checked(
    store: Store,
    found: _Found,
    request: BriefRequest,
    chosen: Sequence[Decision],
    material: Material,
    written: Written,
) -> Brief:
    """The brief of what was written, as far as the claims stand; with its receipt."""
    others = (*material.suggested, *(r.article for r in material.revisions), *(g.last for g in material.gaps))
    known = found.articles | {article.id: article for article in others if article}
    draft, removed = checked(written.sections, known)
    sections, references = numbered(draft, known)
    on_topic = {work.id for week in (found.week, found.late) for work in week.works_on_topic}
    new, window = sum(found.week.new) + sum(found.late.new), found.week.window
    works = list(found.articles.values())
    counted = receipt(store, works, new, window, on_topic, found.feeds, sections, references, removed)
    return Brief(
        id=brief_id(request.profile.name, window, sections),
        title=title_of(request.profile, window),
        profile=request.profile.name,
        window=window,
        generated_at=datetime.min.replace(tzinfo=UTC),
        language=request.profile.language,
        sections=sections,
        references=references,
        receipt=counted.model_copy(update=written.receipt_fields(removed)),
        decisions=_settled(chosen, references),
    )


def title_of(profile: Profile, window: Window) -> str:
    """The brief's title in its language; the days stand last."""
    f = frame_of(profile.language)
    kind = f.gettext("Weekly Brief")
    return f"{profile.title} - {kind}: {f.days(window.since, window.until)}"


def _note_run(store: Store, brief: Brief, started: datetime, channel: str | None, inputs: Inputs) -> int:
    """The id of the run, which is stored with what the brief was written from."""
    return store.add_run(
        "write",
        started,
        brief.receipt.seconds,
        f"{brief.id}: {len(brief.references)} works cited",
        subject=brief.id,
        channel=channel,
        inputs=packed(inputs),
    )


def rank_texts(topic: str, texts: Sequence[tuple[str, str]], embedder: Embedder) -> list[float]:
    """What each (title, abstract) is worth to a topic in words, 0 to 1: relevance, and on topic also significance."""
    texts = [(title, without_instructions(abstract)) for title, abstract in texts]
    vectors = embedder.embed([f"{title}\n{abstract}" for title, abstract in texts])
    fits = relevance(parse_topic(topic), texts, vectors, embedder.embed)
    return [
        worth(float(fit), significance(*text, None, "paper")[0])
        for fit, text in zip(fits, texts, strict=True)
    ]


def _choose(store: Store, found: _Found, request: BriefRequest) -> list[Decision]:
    """A decision for every work of the window, and of those that came late, the shown ones first."""
    weeks, taste = (found.week, found.late), taste_of(request.judged)
    until = found.week.window.until
    decisions = select(
        [one for week in weeks for one in _scored(week, taste)],
        top=request.profile.top_papers,
        mentions=AMOUNTS[request.profile.length].mentions + BESIDE,
        featured_before=frozenset(store.featured_before(request.profile.name, until, request.after)),
        revisions=frozenset(
            a.id for week in weeks for a, new in zip(week.articles, week.new, strict=True) if not new
        ),
    )
    return _with_suggested(decisions, request.suggested)


def _scored(week: Week, taste: Taste) -> Iterator[Scored]:
    rows = zip(week.articles, week.vectors, week.relevance, week.kept_out, strict=True)
    for article, vector, score, out in rows:
        on_topic = score >= BORDER
        strength, reasons = _claimed(article) if on_topic else (0.0, ())
        liking = taste.of(article) if on_topic and taste.terms else (0.0, "")
        yield Scored(article, score, strength, vector, reasons, out, *liking)


def _claimed(article: Article) -> tuple[float, tuple[str, ...]]:
    text = without_instructions(article.abstract)
    return significance(article.title, text, article.comment, article.kind)


def _with_suggested(decisions: Sequence[Decision], suggested: Sequence[Article]) -> list[Decision]:
    """The decisions with those for the suggested works: what would not be a top paper is cited."""
    wanted = {article.id for article in suggested}
    known = {decision.article_id: decision for decision in decisions}
    first = [
        Decision(
            article_id=article.id,
            decision="top" if (was := known.get(article.id)) and was.decision == "top" else "cited",
            score=was.score if was else 0.0,
            reason=f"suggested by the team; {was.reason if was else 'not a work of these days'}",
        )
        for article in suggested
    ]
    top = [d for d in first if d.decision == "top"]
    places = {d.article_id: d for d in top}
    kept = [
        places.get(d.article_id, d) for d in decisions if d.article_id not in wanted or d.article_id in places
    ]
    shown = sum(d.decision == "top" for d in kept)
    return [*kept[:shown], *(d for d in first if d.decision == "cited"), *kept[shown:]]


def _to_cite(
    by_id: Mapping[str, Article], decisions: Sequence[Decision], suggested: Sequence[Article]
) -> list[Article]:
    """The works that are considered for citing: suggested ones, top papers, then mentions, the best first."""
    known = {**by_id, **{article.id: article for article in suggested}}
    ids = [d.article_id for kind in ("top", "cited") for d in decisions if d.decision == kind]
    return [known[i] for i in dict.fromkeys([*(article.id for article in suggested), *ids])]


# What is kept with the brief


def _settled(decisions: Sequence[Decision], references: Sequence[Reference]) -> tuple[Decision, ...]:
    """The decisions as the text turned out: what it cites is cited, and only that."""
    cited = {r.article_id for r in references}
    return tuple(_settled_one(decision, decision.article_id in cited) for decision in decisions)


def _settled_one(decision: Decision, is_cited: bool) -> Decision:
    if decision.decision == "considered" and is_cited:
        return decision.model_copy(
            update={"decision": "cited", "reason": f"{decision.reason}; cited for its theme or advice"}
        )
    if decision.decision == "cited" and not is_cited:
        return decision.model_copy(
            update={"decision": "considered", "reason": f"{decision.reason}; no room was left for it"}
        )
    return decision


def brief_id(profile: str, window: Window, sections: Sequence[Section]) -> str:
    """Profile, last day, and a fingerprint of the content: the same content has the same id."""
    text = "".join([str(window.since), *(s.model_dump_json() for s in sections)])
    return f"{profile}-{window.until}-{hashlib.sha256(text.encode()).hexdigest()[:6]}"


def _dated(brief: Brief, started: datetime, done: datetime, in_full: Sequence[InFull]) -> Brief:
    seconds = round((done - started).total_seconds(), 3)
    receipt = brief.receipt.model_copy(update={"seconds": seconds, "in_full": tuple(in_full)})
    moment = started.astimezone(UTC).replace(microsecond=0)
    return brief.model_copy(update={"generated_at": moment, "receipt": receipt})
