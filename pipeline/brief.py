"""Second use case: a brief over the works of a window.

    store (articles) → ranking (decisions) → trends, gaps → writer (draft) → claims (checked) → numbers → store

Nothing here depends on the order in which feeds were read, and nothing is said that the stored works do not say.
"""

import hashlib
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from pipeline.claims import checked
from pipeline.draft import AMOUNTS, Amounts, Gap, Material, ThemeReport, numbered
from pipeline.embedding import Embedder
from pipeline.index import passages_of
from pipeline.models import (
    Article,
    Brief,
    Decision,
    Feed,
    InFull,
    Profile,
    Reference,
    Section,
    Window,
)
from pipeline.ranking import BORDER, Scored, Topic, parse_topic, relevance, select, significance, worth
from pipeline.receipts import receipt
from pipeline.rendering import days_covered
from pipeline.revisions import Revision, revision
from pipeline.snapshots import Inputs, packed
from pipeline.store import Store
from pipeline.trends import PastWeek, Theme, WeekCount, belonging, carries, history, movement, themes
from pipeline.writing import extractive
from pipeline.writing.model import ModelWriter, Written

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]

log = logging.getLogger(__name__)

BESIDE = 6
"""Works chosen beyond the mentions, for the trends; the writer says where each is told."""
NAMED_ONLY = 2.0
"""A cosine that no work reaches."""
ABOUT = 0.35
"""Relevance to one phrase of the topic from which a work on topic is about it; a missed gap beats a false one."""
SURELY = 0.7
"""Relevance of the works that themes are looked for in; then all works on topic are counted."""
WEEKS_OF_HISTORY = 4
GAPS = 4
REVISIONS = 3


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
class Week:
    """The works of one window that belong to the profile's feeds, scored against its topic."""

    window: Window
    articles: tuple[Article, ...]
    vectors: "Vectors"
    relevance: tuple[float, ...]

    @cached_property
    def new(self) -> tuple[bool, ...]:
        """For each article, whether it is new in this window and not an older work shown again."""
        return tuple(not is_older(article, self.window) for article in self.articles)

    @cached_property
    def on_topic(self) -> list[int]:
        """Places of the new works on topic."""
        return [i for i, r in enumerate(self.relevance) if r >= BORDER and self.new[i]]


def write_brief(
    store: Store,
    embedder: Embedder,
    profile: Profile,
    feeds: Sequence[Feed],
    window: Window,
    clock: Callable[[], datetime],
    writer: ModelWriter | None = None,
    channel: str | None = None,
    read_in_full: Callable[[Sequence[Article]], Sequence[InFull]] | None = None,
) -> Brief:
    """The brief of these days for this profile, checked and stored with what a replay of it needs.

    Without a model the same store gives the same brief. `read_in_full` is given the works that it considers for
    citing, the best first; questions about them are answered from their full text too.
    """
    started = clock()
    embedder = Remembering(embedder)
    topic = parse_topic(profile.topic)
    names = frozenset(profile.feeds or [feed.name for feed in feeds])
    week = _week(store, embedder, topic, names, window)
    past = _past_weeks(store, embedder, topic, names, window)
    chosen = _choose(store, week, profile)
    in_full = tuple(read_in_full(_to_cite(week, chosen))) if read_in_full else ()
    amounts = AMOUNTS[profile.length]
    material = _material(week, past, chosen, topic, embedder, amounts)
    material = replace(
        material,
        revisions=_revisions(store, profile, names, window),
        failed_feeds=_failed_feeds(store, feeds, names),
    )
    known = _cited_articles(week, past) | {r.article.id: r.article for r in material.revisions}
    written = writer.write(material, embedder.embed) if writer else Written(extractive.write(material))
    draft, removed = checked(written.sections, known)
    sections, references = numbered(draft, known)
    on_topic = {week.articles[i].id for i in week.on_topic}
    title = f"{profile.title} - Weekly Brief: {days_covered(window.since, window.until)}"
    brief = Brief(
        id=brief_id(profile.name, window, sections),
        title=title,
        profile=profile.name,
        window=window,
        generated_at=started.astimezone(UTC).replace(microsecond=0),
        sections=sections,
        references=references,
        receipt=receipt(
            store,
            week.articles,
            sum(week.new),
            on_topic,
            [f for f in feeds if f.name in names],
            sections,
            references,
            removed,
            started,
        ).model_copy(update={**written.receipt_fields(removed), "in_full": in_full}),
        decisions=_settled(chosen, references),
    )
    brief = _timed(brief, (clock() - started).total_seconds())
    store.save_brief(brief)
    run = store.add_run(
        "write",
        started,
        brief.receipt.seconds,
        f"{brief.id}: {len(references)} works cited",
        subject=brief.id,
        channel=channel,
        inputs=packed(Inputs(material, written.models)),
    )
    if writer:
        writer.keep(run, written)
    return brief


def rank_texts(topic: str, texts: Sequence[tuple[str, str]], embedder: Embedder) -> list[float]:
    """What each (title, abstract) is worth to a topic in words, 0 to 1: relevance, and on topic also significance."""
    vectors = embedder.embed([f"{title}\n{abstract}" for title, abstract in texts])
    fits = relevance(parse_topic(topic), texts, vectors, embedder.embed)
    return [
        worth(float(fit), significance(*text, None, "paper")[0])
        for fit, text in zip(fits, texts, strict=True)
    ]


def on_topic(store: Store, embedder: Embedder, topic: Topic, window: Window) -> tuple[list[Article], int]:
    """The stored works of these days that are on the topic, the most relevant first, and how many works there are."""
    works = store.articles_in(window)
    texts = [(a.title, a.abstract) for a in works]
    fits = relevance(topic, texts, _vectors(store, embedder, works), embedder.embed)
    found = [(float(fit), a) for fit, a in zip(fits, works, strict=True) if fit >= BORDER]
    return [a for _, a in sorted(found, key=lambda pair: (-pair[0], pair[1].id))], len(works)


def is_older(article: Article, window: Window) -> bool:
    """Whether a work is not new in these days: seen only as a revision, or a late cross-list of an older paper.

    An arXiv id begins with the year and month of submission (https://info.arxiv.org/help/arxiv_identifier.html);
    a cross-list counts as new if that month is the window's or the one before.
    """
    if article.appeared is None:
        return True
    if article.announce_type != "cross" or not article.id.startswith("arxiv:"):
        return False
    number = article.id.removeprefix("arxiv:")
    if not number[:4].isdigit():
        return True  # the scheme used until March 2007
    earliest = window.since.replace(day=1) - timedelta(days=1)
    return number[:4] < f"{earliest:%y%m}"


# The works of a window


def _week(store: Store, embedder: Embedder, topic: Topic, names: frozenset[str], window: Window) -> Week:
    articles = tuple(a for a in store.articles_in(window) if not names.isdisjoint(a.feeds))
    vectors = _vectors(store, embedder, articles)
    texts = [(a.title, a.abstract) for a in articles]
    scores = relevance(topic, texts, vectors, embedder.embed)
    return Week(window, articles, vectors, tuple(float(s) for s in scores))


def _vectors(store: Store, embedder: Embedder, articles: Sequence[Article]) -> "Vectors":
    """One row an article: the stored vector of its first passage, or one made now."""
    import numpy as np

    first = [passages_of(article)[0] for article in articles]
    stored = store.vectors(embedder.name, [p.id for p in first])
    missing = [p for p in first if p.id not in stored]
    made = embedder.embed([p.text for p in missing]) if missing else ()
    stored |= {p.id: row for p, row in zip(missing, made, strict=True)}
    if not first:
        return np.zeros((0, embedder.dimension), dtype=np.float32)
    return np.stack([stored[p.id] for p in first])


def _past_weeks(
    store: Store, embedder: Embedder, topic: Topic, names: frozenset[str], window: Window
) -> list[Week]:
    """The windows before that were watched on all their weekdays, the latest first."""
    read = _days_read(store, names, window.before(WEEKS_OF_HISTORY).since)
    weeks = []
    for number in range(1, WEEKS_OF_HISTORY + 1):
        earlier = window.before(number)
        if any(day not in read for day in earlier.days if day.weekday() < 5):
            break
        weeks.append(_week(store, embedder, topic, names, earlier))
    return weeks


def _days_read(store: Store, names: frozenset[str], since: date) -> set[date]:
    """Days on which a feed answered: of the others it is not known what there was, so nothing is counted."""
    return {day.day for day in store.feed_days(sorted(names), since) if day.read}


def _choose(store: Store, week: Week, profile: Profile) -> list[Decision]:
    """A decision for every work of the window, the shown ones first."""
    candidates = []
    for article, vector, score in zip(week.articles, week.vectors, week.relevance, strict=True):
        strength, reasons = significance(article.title, article.abstract, article.comment, article.kind)
        candidates.append(Scored(article, score, strength, vector, reasons))
    return select(
        candidates,
        top=profile.top_papers,
        mentions=AMOUNTS[profile.length].mentions + BESIDE,
        featured_before=frozenset(store.featured_before(profile.name, week.window.until)),
        revisions=frozenset(a.id for a, new in zip(week.articles, week.new, strict=True) if not new),
    )


def _to_cite(week: Week, decisions: Sequence[Decision]) -> list[Article]:
    """The works that are considered for citing: top papers, then mentions, the best first."""
    by_id = {article.id: article for article in week.articles}
    return [by_id[d.article_id] for kind in ("top", "cited") for d in decisions if d.decision == kind]


# What the writer is given


def _material(
    week: Week,
    past: Sequence[Week],
    decisions: Sequence[Decision],
    topic: Topic,
    embedder: Embedder,
    amounts: Amounts,
) -> Material:
    by_id = {article.id: article for article in week.articles}
    parts = _parts(week, topic, embedder)
    chosen = {
        kind: tuple(by_id[d.article_id] for d in decisions if d.decision == kind)
        for kind in ("top", "cited", "considered")
    }
    return Material(
        window=week.window,
        works=sum(week.new),
        on_topic=len(week.on_topic),
        top=chosen["top"],
        mentions=chosen["cited"],
        also=chosen["considered"],
        themes=_themes(week, past, decisions, amounts.themes),
        gaps=_gaps(week, past, parts, embedder),
        parts=tuple(parts.items()),
        past_on_topic=tuple(len(w.on_topic) for w in past),
        amounts=amounts,
    )


def _themes(
    week: Week, past: Sequence[Week], decisions: Sequence[Decision], most: int
) -> tuple[ThemeReport, ...]:
    score = {d.article_id: d.score for d in decisions}
    now, earlier = _on_topic(week), [_on_topic(w) for w in past]
    by_id = {article.id: article for article in now.articles}
    reports = []
    sure = [i for i in week.on_topic if week.relevance[i] >= SURELY]
    found = themes([week.articles[i] for i in sure], week.vectors[sure], most=most)
    for theme in found:
        # One rule for every week, so that the counts can be compared; only works that speak of the theme by
        # name are counted, so that a reader can check them.
        spoken = replace(theme, reach=NAMED_ONLY)
        members = belonging(spoken, now.articles, now.vectors)
        works = sorted(
            (by_id[m] for m in members), key=lambda a: (not _in_title(theme, a), -score[a.id], a.id)
        )
        if len(works) > 1:
            past_counts = history(spoken, earlier)
            reports.append(_theme_report(theme, works, len(now.articles), past_counts, len(found)))
    return tuple(reports)


def _in_title(theme: Theme, article: Article) -> bool:
    return carries(theme.phrase, article.title)


def _on_topic(week: Week) -> PastWeek:
    articles = tuple(week.articles[i] for i in week.on_topic)
    return PastWeek(week.window, articles, week.vectors[week.on_topic])


def _theme_report(
    theme: Theme, works: Sequence[Article], on_topic: int, past: Sequence[WeekCount], compared: int
) -> ThemeReport:
    counts, totals = tuple(w.count for w in past), tuple(w.total for w in past)
    moved = movement(len(works), on_topic, counts, totals, compared=compared)
    return ThemeReport(
        name=theme.name,
        works=tuple(works),
        on_topic=on_topic,
        past=counts,
        past_on_topic=totals,
        change=moved.kind if moved else None,
        interval=(moved.low, moved.high) if moved else None,
    )


def _parts(week: Week, topic: Topic, embedder: Embedder) -> dict[str, int]:
    """How many new works are about each phrase of the topic, the fewest first; none on a week without works."""
    if not week.on_topic:
        return {}
    counts = {phrase: len(_about(phrase, week, embedder)) for phrase in topic.phrases}
    return dict(sorted(counts.items(), key=lambda part: part[1]))


def _gaps(week: Week, past: Sequence[Week], parts: Mapping[str, int], embedder: Embedder) -> tuple[Gap, ...]:
    """Phrases of the topic that no new work on topic is about, with the last stored work that is."""
    missing = [phrase for phrase, count in parts.items() if count == 0][:GAPS]
    return tuple(
        Gap(phrase, next((found[0] for w in past if (found := _about(phrase, w, embedder))), None))
        for phrase in missing
    )


def _about(phrase: str, week: Week, embedder: Embedder) -> list[Article]:
    """The works on topic that are about this phrase, the latest first."""
    articles = [week.articles[i] for i in week.on_topic]
    texts = [(a.title, a.abstract) for a in articles]
    scores = relevance(parse_topic(phrase), texts, week.vectors[week.on_topic], embedder.embed)
    found = [
        a
        for a, s in zip(articles, scores, strict=True)
        if s >= ABOUT or phrase.casefold() in f"{a.title} {a.abstract}".casefold()
    ]
    return sorted(found, key=lambda a: (a.appeared or date.min, a.id), reverse=True)


def _revisions(store: Store, profile: Profile, names: frozenset[str], window: Window) -> tuple[Revision, ...]:
    """Works that an earlier brief of this profile told of and that say something new since, by id."""
    told = store.told_before(profile.name, window.until)
    articles = {i: a for i, a in store.articles(sorted(told)).items() if not names.isdisjoint(a.feeds)}
    entries = store.entries_of(sorted(articles))
    found = (revision(a, entries.get(i, ()), window, told[i]) for i, a in sorted(articles.items()))
    return tuple(r for r in found if r)[:REVISIONS]


def _failed_feeds(store: Store, feeds: Sequence[Feed], names: frozenset[str]) -> tuple[str, ...]:
    watched = [f for f in feeds if f.name in names and f.enabled]
    return tuple(f.name for f in watched if store.feed_state(f.name, f.url).last_error)


def _cited_articles(week: Week, past: Sequence[Week]) -> dict[str, Article]:
    return {article.id: article for w in (*past, week) for article in w.articles}


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


def _timed(brief: Brief, seconds: float) -> Brief:
    receipt = brief.receipt.model_copy(update={"seconds": round(seconds, 3)})
    return brief.model_copy(update={"receipt": receipt})
