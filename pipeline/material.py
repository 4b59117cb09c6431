"""What the writer of a brief is given: works by decision, themes that moved, gaps, works that were revised."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date

from pipeline.draft import Amounts, Gap, Material, ThemeReport
from pipeline.models import Article, Decision, Tally, Window
from pipeline.revisions import Revision, revision
from pipeline.store import Store
from pipeline.trends import Movement, Series, carries, key_of, key_of_name, movements
from pipeline.weeks import Week

GAPS = 4
REVISIONS = 3
LARGE = 3
"""Works a week from which a theme of the stored weeks is worth the question whether it fades."""
FADING_TESTED = 12


def material_of(
    by_id: Mapping[str, Article],
    week: Week,
    tally: Tally,
    past: Sequence[Tally],
    decisions: Sequence[Decision],
    gaps: Sequence[Gap],
    amounts: Amounts,
) -> Material:
    """The works by their decisions, the themes that moved, and the gaps."""
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


def missing_parts(store: Store, tally: Tally, past: Sequence[Tally]) -> tuple[Gap, ...]:
    """Phrases of the topic that no new work on topic is about, with the last stored work that is."""
    missing = [phrase for phrase, count in tally.parts.items() if count == 0][:GAPS]
    last = {phrase: next((t.latest[phrase] for t in past if phrase in t.latest), None) for phrase in missing}
    known = store.articles([i for i in last.values() if i])
    return tuple(Gap(phrase, known.get(last[phrase] or "")) for phrase in missing)


def revisions_of(
    store: Store, told: Mapping[str, date], feeds: frozenset[str], window: Window
) -> tuple[Revision, ...]:
    """Works that an earlier brief told of, by its last day, and that say something new since, by id."""
    articles = {i: a for i, a in store.articles(sorted(told)).items() if not feeds.isdisjoint(a.feeds)}
    entries = store.entries_of(sorted(articles))
    found = (revision(a, entries.get(i, ()), window, told[i]) for i, a in sorted(articles.items()))
    return tuple(r for r in found if r)[:REVISIONS]
