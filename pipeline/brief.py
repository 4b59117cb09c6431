"""Second use case: a brief over the works of a window.

    store (articles) → ranking (decisions) → trends, gaps → writer (draft) → claims (checked) → numbers → store

Nothing here depends on the order in which feeds were read, and nothing is said that the stored works do not say.
"""

import hashlib
import logging
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pipeline.claims import checked
from pipeline.draft import AMOUNTS, Amounts, Gap, Material, ThemeReport, numbered
from pipeline.embedding import Embedder
from pipeline.following import came_late, following
from pipeline.health import read_health
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
from pipeline.revisions import Revision, revision
from pipeline.snapshots import Inputs, packed
from pipeline.steps import step
from pipeline.store import Store
from pipeline.taste import Taste, taste_of
from pipeline.trends import Movement, Series, carries, key_of, key_of_name, movements
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
GAPS = 4
REVISIONS = 3
LARGE = 3
"""Works a week from which a theme of the stored weeks is worth the question whether it fades."""
FADING_TESTED = 12


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
    after: Sequence[str] = (),
    suggested: Sequence[Article] = (),
    judged: Sequence[tuple[Article, int]] = (),
) -> Brief:
    """The brief of these days for this profile, checked and stored with what a replay of it needs.

    Without a model the same store gives the same brief. `read_in_full` is given the works that it considers for
    citing, the best first; questions about them are answered from their full text too. `after` are the ids of the
    briefs that this one follows: it has as candidates what they did not have, of earlier days too. `suggested` are
    works that the channel's people asked for: they are told of whatever their days and topic, under the same checks.
    `judged` are works that they liked (1) or not (-1).
    """
    started = clock()
    window = following(window, store.windows_of(after))
    embedder = Remembering(embedder)
    names = frozenset(profile.feeds or [feed.name for feed in feeds])
    feeds = [feed for feed in feeds if feed.name in names]
    well = read_health(store, feeds, started)
    view = View(parse_topic(profile.topic), names)
    week = read_week(store, embedder, view, window)
    late = came_late(store, embedder, view, window, after)
    articles = {article.id: article for article in (*week.articles, *late.articles)}
    tally = tally_of(week, view, embedder)
    past = past_tallies(store, embedder, view, window)
    with step("select") as here:
        chosen = _with_suggested(_choose(store, (week, late), profile, taste_of(judged)), suggested)
        here.note(works=len(articles), considered=len(chosen))
    in_full = tuple(read_in_full(_to_cite(articles, chosen, suggested))) if read_in_full else ()
    gaps = _gaps(store, tally, past)
    material = _material(articles, week, tally, past, chosen, gaps, AMOUNTS[profile.length])
    material = replace(
        material,
        late=sum(late.new),
        late_on_topic=len(late.on_topic),
        revisions=_revisions(store, profile, names, window),
        failed_feeds=tuple(one.name for one in well if one.last_error and one.state != "off"),
        suggested=tuple(suggested),
    )
    known = articles | {a.id: a for a in suggested} | {r.article.id: r.article for r in material.revisions}
    known |= {gap.last.id: gap.last for gap in gaps if gap.last}
    written = writer.write(material) if writer else Written(extractive.write(material))
    draft, removed = checked(written.sections, known)
    sections, references = numbered(draft, known)
    counted = receipt(
        store,
        list(articles.values()),
        sum(week.new) + sum(late.new),
        window,
        {work.id for work in (*week.works_on_topic, *late.works_on_topic)},
        list(zip(feeds, well, strict=True)),
        sections,
        references,
        removed,
    )
    brief = Brief(
        id=brief_id(profile.name, window, sections),
        title=title_of(profile, window),
        profile=profile.name,
        window=window,
        generated_at=started.astimezone(UTC).replace(microsecond=0),
        language=profile.language,
        sections=sections,
        references=references,
        receipt=counted.model_copy(update={**written.receipt_fields(removed), "in_full": in_full}),
        decisions=_settled(chosen, references),
    )
    brief = _timed(brief, (clock() - started).total_seconds())
    store.save_brief(brief, view.basis(embedder.name), tally)
    run = _note_run(store, brief, started, channel, Inputs(material, written.models))
    if writer:
        writer.keep(run, written)
    return brief


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


def _choose(store: Store, weeks: Sequence[Week], profile: Profile, taste: Taste) -> list[Decision]:
    """A decision for every work of the window, and of those that came late, the shown ones first."""
    return select(
        [one for week in weeks for one in _scored(week, taste)],
        top=profile.top_papers,
        mentions=AMOUNTS[profile.length].mentions + BESIDE,
        featured_before=frozenset(store.featured_before(profile.name, weeks[0].window.until)),
        revisions=frozenset(
            a.id for week in weeks for a, new in zip(week.articles, week.new, strict=True) if not new
        ),
    )


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


# What the writer is given


def _material(
    by_id: Mapping[str, Article],
    week: Week,
    tally: Tally,
    past: Sequence[Tally],
    decisions: Sequence[Decision],
    gaps: Sequence[Gap],
    amounts: Amounts,
) -> Material:
    chosen = {
        kind: tuple(by_id[d.article_id] for d in decisions if d.decision == kind and d.article_id in by_id)
        for kind in ("top", "cited", "considered")
    }
    return Material(
        window=week.window,
        works=tally.works,
        on_topic=tally.on_topic,
        top=chosen["top"],
        mentions=chosen["cited"],
        also=chosen["considered"],
        themes=_themes(week, tally, past, decisions, amounts.themes),
        named={i: t.name for t in reversed(week.themes) for i in week.carriers[key_of(t.phrase)]},
        gaps=tuple(gaps),
        parts=tuple(sorted(tally.parts.items(), key=lambda part: part[1])),
        past_on_topic=tuple(t.on_topic for t in past),
        themes_before=tuple(past[0].themes.items()) if past else (),
        amounts=amounts,
    )


def _themes(
    week: Week, tally: Tally, past: Sequence[Tally], decisions: Sequence[Decision], most: int
) -> tuple[ThemeReport, ...]:
    """The themes that moved, then the largest others; of those that fade, one at most.

    Only works that speak of a theme by name are counted, by one rule for every week, so that a reader can check it.
    """
    score = {d.article_id: d.score for d in decisions}
    by_id = {article.id: article for article in week.works_on_topic}
    names = {key_of(theme.phrase): theme.name for theme in week.themes}
    before = _large_before(tally, past, names)
    series = [_series(key, tally, past, large_before=key in before) for key in (*names, *before)]
    reports = []
    for (key, name), moved in zip((names | before).items(), movements(series), strict=True):
        works = [by_id[i] for i in week.carriers.get(key, ())]
        works.sort(key=lambda a: (not carries(tuple(key.split()), a.title), -score[a.id], a.id))
        if key in names or (moved and moved.kind == "fading"):
            reports.append(_report(name, key, works, tally, past, moved))
    growing = [r for r in reports if r.change in ("new", "growing")]
    fading = [r for r in reports if r.change == "fading"][:1]
    steady = [r for r in reports if r.change not in ("new", "growing", "fading")]
    return (*[*growing, *steady][: most - len(fading)], *fading)


def _large_before(tally: Tally, past: Sequence[Tally], names: Mapping[str, str]) -> dict[str, str]:
    """The themes of the stored weeks that are no group now, the largest first: they may have faded."""
    found: Counter[str] = Counter()
    for week in past:
        found.update(week.themes)
    large = sorted(found, key=lambda name: (-found[name], name))
    keys = {key_of_name(name): name for name in reversed(large)}
    faded = [
        key for key in reversed(keys) if key not in names and _past_count(key, past) >= LARGE * len(past)
    ]
    return {key: keys[key] for key in faded[:FADING_TESTED]}


def _past_count(key: str, past: Sequence[Tally]) -> int:
    return sum(tally.terms.get(key, 0) for tally in past)


def _series(key: str, tally: Tally, past: Sequence[Tally], *, large_before: bool) -> Series:
    counts = tuple(t.terms.get(key, 0) for t in past)
    totals = tuple(t.on_topic for t in past)
    return Series(tally.terms.get(key, 0), tally.on_topic, counts, totals, large_before)


def _report(
    name: str,
    key: str,
    works: Sequence[Article],
    tally: Tally,
    past: Sequence[Tally],
    moved: Movement | None,
) -> ThemeReport:
    return ThemeReport(
        name=name,
        works=tuple(works),
        on_topic=tally.on_topic,
        past=tuple(t.terms.get(key, 0) for t in past),
        past_on_topic=tuple(t.on_topic for t in past),
        change=moved.kind if moved else None,
        interval=moved.interval if moved else None,
    )


def _gaps(store: Store, tally: Tally, past: Sequence[Tally]) -> tuple[Gap, ...]:
    """Phrases of the topic that no new work on topic is about, with the last stored work that is."""
    missing = [phrase for phrase, count in tally.parts.items() if count == 0][:GAPS]
    last = {phrase: next((t.latest[phrase] for t in past if phrase in t.latest), None) for phrase in missing}
    known = store.articles([i for i in last.values() if i])
    return tuple(Gap(phrase, known.get(last[phrase] or "")) for phrase in missing)


def _revisions(store: Store, profile: Profile, names: frozenset[str], window: Window) -> tuple[Revision, ...]:
    """Works that an earlier brief of this profile told of and that say something new since, by id."""
    told = store.told_before(profile.name, window.until)
    articles = {i: a for i, a in store.articles(sorted(told)).items() if not names.isdisjoint(a.feeds)}
    entries = store.entries_of(sorted(articles))
    found = (revision(a, entries.get(i, ()), window, told[i]) for i, a in sorted(articles.items()))
    return tuple(r for r in found if r)[:REVISIONS]


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
