"""How well a week's works are grouped, and how often a change is named rightly, missed, or made up.

    python -m benchmarks.trends [LABELS CORPUS [VECTORS.npz]]

LABELS is a folder with `trends_dev.json` (groups with members and loose_members); CORPUS as for
benchmarks.relevance. By default the folders in BRIEF_LABELS and BRIEF_CORPUS. Pairs of works are scored: same group
or not, without loose members. The first part needs no data: weeks with Poisson counts, with planted changes of rate
and without.
"""

import json
import sys
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from benchmarks.labelled import Rows, cache_of, embedded, folders, works
from pipeline.embedding import load_embedder
from pipeline.models import Article
from pipeline.trends import Series, movements, themes

RATIOS = (2, 3, 4, 5, 6, 7, 8, 9, 10)
THEMES, CHANGED, TRIES = 12, 3, 200
USUAL, WEEKS = (3, 6, 10), (4, 8)


class Week(NamedTuple):
    """The labelled works of a week, and which group each belongs to; -1 is not scored."""

    articles: Sequence[Article]
    vectors: Rows
    truth: Sequence[int]


def one_group(week: Week) -> list[int]:
    """Everything is one group."""
    return [0] * len(week.articles)


def by_category(week: Week) -> list[int]:
    """The primary category, or the source of a post."""
    names = sorted({a.source for a in week.articles})
    return [names.index(a.source) for a in week.articles]


def k_means(week: Week) -> list[int]:
    """k-means with the right number of groups, the best of 20 starts."""
    k, rng = len({t for t in week.truth if t >= 0}), np.random.default_rng(0)
    best: tuple[float, list[int]] = (-np.inf, [])
    for _ in range(20):
        centres = week.vectors[rng.choice(len(week.vectors), k, replace=False)]
        for _ in range(30):
            near = (week.vectors @ centres.T).argmax(1)
            centres = np.stack(
                [week.vectors[near == c].mean(0) if (near == c).any() else centres[c] for c in range(k)]
            )
            centres /= np.linalg.norm(centres, axis=1, keepdims=True)
        fit = float((week.vectors * centres[near]).sum())
        best = max(best, (fit, near.tolist()))
    return best[1]


def ours(week: Week) -> list[int]:
    """The project's themes."""
    found = themes(week.articles, week.vectors, most=50)
    place = {member: n for n, theme in enumerate(found) for member in theme.members}
    return [place.get(a.id, -1 - i) for i, a in enumerate(week.articles)]


METHODS: dict[str, Callable[[Week], list[int]]] = {
    "one group": one_group,
    "primary category": by_category,
    "k-means, right k": k_means,
    "themes (this)": ours,
}


def pairs(truth: Sequence[int], found: Sequence[int]) -> tuple[float, float, float]:
    """Precision, recall and F1 of pairs that are put together."""
    t, f = np.array(truth), np.array(found)
    scored = np.triu((t[:, None] >= 0) & (t >= 0), 1)
    same, said = (t[:, None] == t) & scored, (f[:, None] == f) & scored
    hit = float((same & said).sum())
    precision, recall = hit / max(1.0, float(said.sum())), hit / max(1.0, float(same.sum()))
    return precision, recall, 2 * precision * recall / max(1e-9, precision + recall)


def drawn(themes: int, changed: int, weeks: int, usual: float, rng: np.random.Generator) -> list[Series]:
    """A week's themes with Poisson counts; the rates of the first `changed` are 2 to 10 times those of before."""
    ratios = [*rng.choice(RATIOS, changed), *[1.0] * (themes - changed)]
    total = round(3 * usual * themes)
    return [
        Series(
            min(total, int(rng.poisson(usual * ratio))),
            total,
            tuple(int(n) for n in rng.poisson(usual, weeks)),
            (total,) * weeks,
        )
        for ratio in ratios
    ]


def ours_of(series: Sequence[Series]) -> list[bool]:
    """The project's test over all themes of a week."""
    return [m is not None and m.kind in ("growing", "new") for m in movements(series)]


def by_threshold(series: Sequence[Series]) -> list[bool]:
    """Three works and twice the mean of the weeks before."""
    return [s.now >= 3 and s.now >= 2 * sum(s.past) / len(s.past) for s in series]


def one_by_one(series: Sequence[Series]) -> list[bool]:
    """The same test at 0.05 for each theme, as if it were the only one."""
    return [ours_of([s])[0] for s in series]


RULES: dict[str, Callable[[Sequence[Series]], list[bool]]] = {
    "threshold: twice the mean": by_threshold,
    "each theme at 0.05": one_by_one,
    "movements (this)": ours_of,
}


def changes() -> None:
    """Print how often planted growth is found, and in how many weeks without change growth is made up."""
    print(
        f"\n{TRIES} weeks of {THEMES} themes, {CHANGED} of which grow by {RATIOS[0]} to {RATIOS[-1]}; null weeks: none"
    )
    print(
        f"{'rule':28}{'a week':>7}{'stored':>8}{'false, a null week':>20}{'a theme':>9}{'P':>7}{'R':>7}{'F1':>7}"
    )
    for usual in USUAL:
        for weeks in WEEKS:
            for name, rule in RULES.items():
                rng = np.random.default_rng(1)
                null = [rule(drawn(THEMES, 0, weeks, usual, rng)) for _ in range(TRIES)]
                said = [rule(drawn(THEMES, CHANGED, weeks, usual, rng)) for _ in range(TRIES)]
                hit = sum(sum(week[:CHANGED]) for week in said)
                false = sum(sum(week[CHANGED:]) for week in said)
                precision, recall = hit / max(1, hit + false), hit / (TRIES * CHANGED)
                both = 2 * precision * recall / max(1e-9, precision + recall)
                weekly = sum(any(week) for week in null) / TRIES
                each = sum(map(sum, null)) / (TRIES * THEMES)
                print(
                    f"{name:28}{usual:7}{weeks:8}{weekly:20.3f}{each:9.3f}{precision:7.2f}{recall:7.2f}{both:7.3f}"
                )


def main(arguments: Sequence[str]) -> int:
    changes()
    found = folders(arguments)
    if not found:
        return 0
    labels, corpus = found
    marked = json.loads((labels / "trends_dev.json").read_text(encoding="utf-8"))
    group = {m: n for n, g in enumerate(marked["groups"]) for m in g["members"]}
    loose = {m for g in marked["groups"] for m in g["loose_members"]}
    known = works(corpus, [*group, *marked["ungrouped"]])
    articles = [known[i] for i in sorted(known)]
    vectors = embedded(load_embedder(), articles, cache_of(arguments))
    week = Week(articles, vectors, [-1 if a.id in loose else group.get(a.id, -1) for a in articles])
    print(
        f"\n{len(articles)} works, {len(marked['groups'])} groups\n{'method':22}{'P':>8}{'R':>8}{'F1':>8}{'ratio':>8}"
    )
    first = 0.0
    for name, method in METHODS.items():
        precision, recall, both = pairs(week.truth, method(week))
        first = first or both
        print(f"{name:22}{precision:8.3f}{recall:8.3f}{both:8.3f}{both / first:8.2f}")
    for theme in themes(articles, vectors, most=12):
        print(f"  {len(theme.members):3} works: {theme.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
