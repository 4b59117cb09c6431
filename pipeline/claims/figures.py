"""Figures that stand in the source but belong to something else there: counts of other things, exchanged results."""

import re
from collections.abc import Mapping
from functools import lru_cache
from itertools import combinations
from typing import NamedTuple

from pipeline.claims.contexts import BEYOND, BOUNDARY, likeness
from pipeline.claims.numbers import Quantity, agrees, quantities
from pipeline.claims.reading import Reading, Word, words_of

REACH = 110
"""Characters on either side of a figure that are read."""


class Placed(NamedTuple):
    """A figure, what it counts (the first words after it), and the words around it by nearness."""

    quantity: Quantity
    head: frozenset[str]
    around: Mapping[str, float]


class Exchange(NamedTuple):
    """A figure of the claim, the source's figure that belongs there, and how clearly."""

    claimed: Quantity
    given: Quantity
    margin: float


@lru_cache(maxsize=8192)
def placed(sentence: str) -> tuple[Placed, ...]:
    """The figures of a sentence with their surroundings."""
    return tuple(_placed(sentence, quantity) for quantity in quantities(sentence))


def _placed(sentence: str, quantity: Quantity) -> Placed:
    end = quantity.start + len(quantity.text)
    after, before = sentence[end : end + REACH], sentence[max(quantity.start - REACH, 0) : quantity.start]
    around: dict[str, float] = {}
    for text, backward in ((after, False), (before, True)):
        for stem, value in _near(text, backward):
            around[stem] = max(around.get(stem, 0.0), value)
    counted = [word.stem for word in words_of(re.split(r"[,;:.()]|\band\b", after)[0]) if word.weight > 0]
    return Placed(quantity, frozenset(counted[:3]), around)


def _near(text: str, backward: bool) -> list[tuple[str, float]]:
    parts = BOUNDARY.split(text)
    parts = parts[::-1] if backward else parts
    found, distance = [], 0
    for depth, part in enumerate(parts):
        words: tuple[Word, ...] = words_of(part)
        for word in reversed(words) if backward else words:
            distance += 1
            if word.weight > 0:
                found.append((word.stem, BEYOND ** min(depth, 3) / (1 + distance / 4)))
    return found


def _likeness(first: Placed, second: Placed) -> float:
    return likeness(first.around, second.around)


def _given(source: Reading) -> list[Placed]:
    return [figure for sentence in source.plain for figure in placed(sentence)]


def miscounted(claim: str, source: Reading) -> list[Exchange]:
    """Counts of the claim for which the source counts the same things differently, and never so."""
    given, found = _given(source), []
    for mine in placed(claim):
        if mine.quantity.kind or mine.quantity.decimals or not mine.head or mine.quantity.value < 2:
            continue
        same = [o for o in given if o.head & mine.head and not o.quantity.kind and not o.quantity.decimals]
        if same and not any(agrees(mine.quantity, other.quantity) for other in same):
            nearest = max(same, key=lambda other: _likeness(mine, other))
            found.append(Exchange(mine.quantity, nearest.quantity, _likeness(mine, nearest)))
    return found


def crossed(claim: str, source: Reading) -> list[Exchange]:
    """Pairs of figures that fit the source better with the two exchanged."""
    given, found = _given(source), []
    for first, second in combinations(placed(claim), 2):
        own, other = _of(first, given), _of(second, given)
        if not own or not other or agrees(first.quantity, second.quantity):
            continue
        straight = _best(first, own) + _best(second, other)
        cross = _best(first, other) + _best(second, own)
        if cross > straight:
            found.append(Exchange(first.quantity, second.quantity, cross - straight))
    return found


def misplaced(claim: str, source: Reading) -> list[Exchange]:
    """Single figures whose surroundings in the source belong to another figure of the same kind."""
    given, found = _given(source), []
    for mine in placed(claim):
        own = _of(mine, given)
        rest = [
            other
            for other in given
            if other.quantity.kind == mine.quantity.kind and not agrees(mine.quantity, other.quantity)
        ]
        if own and rest:
            best = max(rest, key=lambda other: _likeness(mine, other))
            margin = _likeness(mine, best) - _best(mine, own)
            if margin > 0:
                found.append(Exchange(mine.quantity, best.quantity, margin))
    return found


def rebounded(claim: str, source: Reading) -> list[Exchange]:
    """Figures that the claim gives as a lower bound and the source as an upper one, or the reverse."""
    found = []
    for mine in placed(claim):
        own = [other.quantity for other in _of(mine, _given(source))]
        ways = {quantity.rough for quantity in own}
        if (
            mine.quantity.rough in ("more", "less")
            and own
            and ways <= {"more", "less"} - {mine.quantity.rough}
        ):
            found.append(Exchange(mine.quantity, own[0], 1.0))
    return found


def _of(mine: Placed, given: list[Placed]) -> list[Placed]:
    return [other for other in given if agrees(mine.quantity, other.quantity)]


def _best(mine: Placed, others: list[Placed]) -> float:
    return max((_likeness(mine, other) for other in others), default=0.0)
