"""Groups of a week's works that are about one thing."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from math import log, log1p
from typing import TYPE_CHECKING, Any

from pipeline.models import Article
from pipeline.terms import rarity, stems
from pipeline.terms.vocabulary import Term, found_in, groups, index_of
from pipeline.trends.counting import distinct
from pipeline.trends.naming import Carried, Phrase, carries, name_of, phrases_of, speaks_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.floating[Any]]
    Numbers = NDArray[np.float64]

_MEANING, _WORDS, _INTERESTS = 0.5, 2.0, 0.5
"""What the three likenesses of two works count: vectors, words they share, interests of the thesaurus they share."""
_ALIKE = 0.26
"""Mean likeness from which two groups become one."""
_MOST_COMPARED = 800
"""Works compared with each other; of more, a fixed draw of as many, and the others join the nearest group."""
_NEAR_TITLE, _NEAR_TEXT, _NEAR_WORDS, _NEAR_ALONE = 0.3, 0.5, 0.68, 0.68
"""Cosine with a theme's centre a work needs with the name in its title, in its abstract, in other words, nowhere."""
_UNUSUAL = 1.6
"""Standard deviations above the week's usual cosine that a work without the name needs at least."""
_NAMED = 0.34
"""Share of a group's works that must carry its name."""


@dataclass(frozen=True, eq=False)
class Theme:
    """Two or more distinct works about one thing. `members` are article ids; `centroid` is a unit vector."""

    name: str
    members: tuple[str, ...]
    centroid: "NDArray[np.float64]" = field(repr=False)
    phrase: Phrase = ()
    reach: float = 1.0
    """Cosine with the centroid from which a work belongs without the name."""


def themes(articles: Sequence[Article], vectors: "Vectors", *, most: int = 5) -> list[Theme]:
    """The week's themes, largest and most alike first; the order of the articles does not matter.

    Groups by average linkage (Sokal and Michener 1958). Give the works on topic; raises ValueError if rows and
    articles do not fit.
    """
    import numpy as np

    if len(articles) != len(vectors):
        raise ValueError(f"{len(articles)} articles came with {len(vectors)} vectors")
    order = sorted(range(len(articles)), key=lambda i: articles[i].id)
    works = [articles[i] for i in order]
    if len(works) < 2 or most < 1:
        return []
    rows = np.asarray(vectors, dtype=np.float64)[order]
    likeness = _likeness(works, rows)
    found = sorted(_groups(likeness), key=lambda g: (-_weight(g, likeness), g))
    carried = [phrases_of(work.title, work.abstract) for work in works]
    named: list[Theme] = []
    for group in found:
        theme = _theme(group, works, rows, carried, {t.name for t in named})
        if theme and (members := _untaken(theme, works, rows, named)):
            named.append(replace(theme, members=members))
        if len(named) == most:
            break
    return named


def _untaken(
    theme: Theme, works: Sequence[Article], rows: "Numbers", before: Sequence[Theme]
) -> tuple[str, ...]:
    """The distinct works that belong to the theme and to none before it; none if fewer than two are left."""
    taken = {member for other in before for member in other.members}
    by_id = {work.id: work for work in works}
    left = distinct(by_id[i] for i in _belonging(theme, works, rows) if i not in taken)
    return tuple(sorted(work.id for work in left)) if len(left) > 1 else ()


def _belonging(theme: Theme, articles: Sequence[Article], vectors: "Vectors") -> tuple[str, ...]:
    """Ids of the works that belong to the theme.

    A work belongs if it carries the name in its title, or in its abstract and lies near, or speaks of it in other
    words and lies nearer, or lies at its centre.
    """
    near = _cosines(theme, vectors)
    return tuple(sorted(a.id for a, s in zip(articles, near, strict=True) if s >= _needed(theme, a)))


def _likeness(works: Sequence[Article], rows: "Numbers") -> "Numbers":
    """How alike each two works are; 0 is the usual likeness of this week's works."""
    import numpy as np

    centred = _unit(rows - rows.mean(0))
    words = _unit(_weighted([_term_counts(w) for w in works]))
    interests = _unit(_weighted([_interests(w) for w in works]))
    kin = interests @ interests.T
    total = _MEANING * (centred @ centred.T) + _WORDS * (words @ words.T) + _INTERESTS * (kin - kin.mean())
    return np.asarray(np.round(total, 6))


def _unit(rows: "Numbers") -> "Numbers":
    import numpy as np

    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9))


def _weighted(counts: Sequence[dict[str, float]]) -> "Numbers":
    """One row a work, one column for each word that two works share, rarer words heavier."""
    import numpy as np

    spread = Counter(word for row in counts for word in row)
    column = {word: i for i, word in enumerate(sorted(w for w, n in spread.items() if n > 1))}
    matrix = np.zeros((len(counts), max(1, len(column))))
    for i, row in enumerate(counts):
        for word, n in row.items():
            if word in column:
                matrix[i, column[word]] = log1p(n) * log(len(counts) / spread[word])
    return matrix


def _term_counts(work: Article) -> dict[str, float]:
    """Telling words and word pairs of a work; the title counts three times."""
    counts: defaultdict[str, float] = defaultdict(float)
    for listed, weight in ((stems(work.title), 3.0), (stems(work.abstract)[:400], 1.0)):
        weights = [rarity(word) for word in listed]
        for i, word in enumerate(listed):
            if weights[i] > 0.3:
                counts[word] += weight * weights[i]
            if i and weights[i] > 0.3 and weights[i - 1] > 0.3:
                counts[f"{listed[i - 1]} {word}"] += weight
    return dict(counts)


def _interests(work: Article) -> dict[str, float]:
    """How much of each interest of the thesaurus is in a work."""
    index, by_term = _interest_index()
    hits = found_in(stems(work.title), index) + found_in(stems(work.abstract)[:400], index)
    found: defaultdict[str, float] = defaultdict(float)
    for term, n in hits.items():
        for name in by_term[term]:
            found[name] += log1p(n)
    return dict(found)


@cache
def _interest_index() -> tuple[dict[str, tuple[Term, ...]], dict[Term, tuple[str, ...]]]:
    by_term: dict[Term, tuple[str, ...]] = {}
    for group in groups():
        for term in group.terms:
            by_term[term] = (*by_term.get(term, ()), " ".join(group.names[0]))
    return index_of(by_term), by_term


def _groups(likeness: "Numbers") -> list[tuple[int, ...]]:
    """Groups of two or more rows by average linkage; rows left out of the comparison join the nearest group."""
    import numpy as np

    n = len(likeness)
    compared = sorted(np.random.default_rng(0).permutation(n)[:_MOST_COMPARED].tolist())
    merged = _merged(likeness, compared)
    taken = set(compared)
    for i in (i for i in range(n) if i not in taken):
        means = [(float(likeness[i, g].mean()), -k) for k, g in enumerate(merged) if len(g) > 1]
        if means and max(means)[0] >= _ALIKE:
            merged[-max(means)[1]].append(i)
    return [tuple(sorted(g)) for g in merged if len(g) > 1]


def _merged(likeness: "Numbers", compared: Sequence[int]) -> list[list[int]]:
    """The two most alike groups become one until none are alike enough."""
    import numpy as np

    means = likeness[np.ix_(compared, compared)].copy()
    np.fill_diagonal(means, -np.inf)
    members = [[i] for i in compared]
    while len(compared) > 1:
        i, j = sorted(divmod(int(np.argmax(means)), len(compared)))
        if means[i, j] < _ALIKE:
            break
        a, b = len(members[i]), len(members[j])
        means[i] = (a * means[i] + b * means[j]) / (a + b)
        means[:, i] = means[i]
        means[i, i] = -np.inf
        means[j] = means[:, j] = -np.inf
        members[i] += members[j]
        members[j] = []
    return [group for group in members if group]


def _weight(group: Sequence[int], likeness: "Numbers") -> float:
    """Larger and closer groups first."""
    inside = likeness[list(group)][:, list(group)]
    n = len(group)
    mean = float((inside.sum() - inside.trace()) / (n * (n - 1)))
    return round(float(max(mean, 0.0) ** 0.5) * n, 6)


def _theme(
    group: Sequence[int],
    works: Sequence[Article],
    rows: "Numbers",
    carried: Sequence[dict[Phrase, Carried]],
    taken: Iterable[str],
) -> Theme | None:
    """The group as a theme; None if fewer than two distinct works are left or no name fits them."""
    kept = {work.id for work in distinct(works[i] for i in group)}
    group = [i for i in group if works[i].id in kept]
    inside = [carried[i] for i in group]
    chosen = set(group)
    outside = [carried[i] for i in range(len(works)) if i not in chosen]
    found = (
        name_of(inside, outside, least=max(2, round(_NAMED * len(group))), taken=taken)
        if len(group) > 1
        else None
    )
    if found is None:
        return None
    phrase, name = found
    centroid = _unit(rows[list(group)].mean(0, keepdims=True))[0]
    near = rows @ centroid
    reach = max(_NEAR_ALONE, float(near.mean() + _UNUSUAL * near.std()))
    return Theme(name, tuple(works[i].id for i in group), centroid, phrase, round(reach, 6))


def _cosines(theme: Theme, vectors: "Vectors") -> list[float]:
    import numpy as np

    rows = np.asarray(vectors, dtype=np.float64)
    return [round(float(x), 6) for x in rows @ theme.centroid] if len(rows) else []


def _needed(theme: Theme, article: Article) -> float:
    """The cosine with the centroid that the article needs to belong."""
    if carries(theme.phrase, article.title):
        return _NEAR_TITLE
    if carries(theme.phrase, article.abstract):
        return _NEAR_TEXT
    spoken = speaks_of(theme.phrase, f"{article.title} {article.abstract}")
    return _NEAR_WORDS if spoken else theme.reach
