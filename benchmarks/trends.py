"""How well a week's works are grouped, and how often a change is named rightly, missed, or made up.

    python -m benchmarks.trends [LABELS CORPUS [VECTORS.npz]]

LABELS is a folder with `trends_dev.json` (groups with members and loose_members); CORPUS as for
benchmarks.relevance. By default the folders in BRIEF_LABELS and BRIEF_CORPUS. Pairs of works are scored: same group
or not, without loose members. The second part needs no data: weeks with Poisson counts, with a planted change of
rate and without.
"""

import json
import sys
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from benchmarks.labelled import Rows, cache_of, embedded, folders, works
from pipeline.embedding import load_embedder
from pipeline.models import Article
from pipeline.trends import movement, themes

RATIOS = (2, 3, 5, 10)
WEEKS, WORKS, USUAL, TRIES = 4, 90, 3.0, 2000


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


def planted(ratio: float, rng: np.random.Generator) -> str:
    """What is said of a week whose rate is `ratio` times that of the four before."""
    past = [int(n) for n in rng.poisson(USUAL, WEEKS)]
    totals = [WORKS] * WEEKS
    found = movement(
        min(WORKS, int(rng.poisson(USUAL * ratio))), WORKS, [min(p, WORKS) for p in past], totals
    )
    return found.kind if found else "steady"


def changes() -> None:
    """Print how often planted growth is found, and how often growth or fading is made up."""
    rng = np.random.default_rng(1)
    print(f"\n{TRIES} weeks each, {USUAL:g} works of {WORKS} usual, {WEEKS} stored weeks")
    null = [planted(1, rng) for _ in range(TRIES)]
    false = sum(kind in ("growing", "new") for kind in null)
    print(f"no change: growth made up {false / TRIES:.3f}, fading made up {null.count('fading') / TRIES:.3f}")
    print(f"{'ratio':>6}{'found':>8}{'F1':>8}")
    for ratio in RATIOS:
        hit = sum(planted(ratio, rng) in ("growing", "new") for _ in range(TRIES))
        print(f"{ratio:6}{hit / TRIES:8.3f}{2 * hit / (TRIES + hit + false):8.3f}")


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
