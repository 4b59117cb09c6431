"""Figures that stand in the source but belong to something else there: counts of other things, exchanged results."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import combinations, pairwise
from typing import NamedTuple

from pipeline.claims.contexts import BEYOND, BOUNDARY, likeness
from pipeline.claims.numbers import Quantity, agrees, quantities
from pipeline.claims.reading import Reading, Word, words_of

REACH = 110
"""Characters on either side of a figure that are read."""

_MEAN = re.compile(r"\b(?:averag\w+|mean|typical(?:ly)?|usual(?:ly)?|overall)\b", re.I)
_PEAK = re.compile(
    r"\b(?:up to|at most|as (?:much|many|high|low) as|max\w*|peak\w*|best|highest|lowest)\b", re.I
)
_ROUGHLY = (
    r"(?:about|around|roughly|nearly|almost|some|only|just|over|under|at least|at most|more than|less than|up to"
    r"|an? (?:average|total|mean) of|~|≈)?\s*$"
)
_BY = re.compile(
    r"\b(?:by|(?:improvement|reduction|increase|decrease|gain|drop|saving|boost|decline)s? (?:of|is|was))\s+"
    + _ROUGHLY,
    re.I,
)
_LESS_OR_MORE = re.compile(
    r"^\s*(?:points? )?(?:absolute |relative |average )?(?:[\w-]+ )?(?:improvement|reduction|increase|decrease|gain"
    r"|drop|saving|boost|decline|less|fewer|lower|higher|more|faster|slower|better|worse|cheaper|smaller|larger|shorter)s?\b",
    re.I,
)
_TO = re.compile(
    r"\b(?:f[ae]ll\w*|drop\w*|reduc\w+|cut\w*|lower\w*|ris\w+|rose|increas\w+|gr[eo]w\w*|shrink\w*|shrank|decreas\w+"
    r"|improv\w+|boost\w*|rais\w+|br(?:ing|ought)\w*)\b(?:\W+(?!by\b|up\b)[\w-]+){0,5}?\W+to\s+"
    + _ROUGHLY
    + r"|\b(?:only|just|merely|wins?|won|reach(?:es|ed|ing)?)\s+"
    + _ROUGHLY,
    re.I,
)
_RATE = re.compile(
    r"^\s*(?:of (?:the |its |what )?(?:baseline|original)|(?:[\w-]+ )?(?:rate|accuracy|precision|recall|coverage)\b)",
    re.I,
)
_ONWARD = re.compile(r"^\s*(?:\w{1,8}\s+)?(?:to|→|->)\s+" + _ROUGHLY, re.I)
_BRACKET = re.compile(r"^\s*\(([^()]*)\)")
_RESPECTIVELY = re.compile(
    r"\b(?:on|for|in|to|with|of|at|under|over|across|from|by)\s+((?:[^,;]|,(?!\s*respectively)){0,200}?),?\s+respectively\b",
    re.I,
)
_ITEM = re.compile(r",\s*(?:(?:and|or)\s+)?|\s+(?:and|or|&)\s+")
_PIECE = re.compile(r"[,;:()]|\b(?:and|but|while|whereas|versus|against|than)\b")


class Placed(NamedTuple):
    """A figure, what it counts (the first words after it), and the words around it by nearness."""

    quantity: Quantity
    head: frozenset[str]
    around: Mapping[str, float]
    extent: str
    """`mean` or `peak` where the text says so, else empty."""
    measure: str
    """`change` for a share by which something changes, `level` for one that it has, empty where that is open."""


class Exchange(NamedTuple):
    """A figure of the claim, the source's figure that belongs there, and how clearly."""

    claimed: Quantity
    given: Quantity
    margin: float


@lru_cache(maxsize=8192)
def placed(sentence: str) -> tuple[Placed, ...]:
    """The figures of a sentence with their surroundings."""
    found = quantities(sentence)
    if "respectively" not in sentence:
        return tuple(_placed(sentence, quantity) for quantity in found)
    owners = _owners(sentence, found)
    return tuple(_placed(sentence, quantity)._replace(around=owners.get(quantity, {})) for quantity in found)


def _owners(sentence: str, found: Sequence[Quantity]) -> dict[Quantity, dict[str, float]]:
    """What each figure belongs to where a sentence lists figures and their owners "respectively", if that is clear."""
    match = _RESPECTIVELY.search(sentence)
    before = [quantity for quantity in found if match and quantity.start < match.start()]
    items = [item for item in _ITEM.split(match[1]) if item.strip()] if match else []
    figures = [quantity for quantity in before if quantity.kind == before[-1].kind][-len(items) :]
    if len(items) < 2 or len(figures) != len(items):
        return {}
    return {
        figure: {word.stem: 1.0 for word in words_of(item) if word.weight > 0}
        for figure, item in zip(figures, items, strict=True)
    }


def _placed(sentence: str, quantity: Quantity) -> Placed:
    end = quantity.start + len(quantity.text)
    after, before = sentence[end : end + REACH], sentence[max(quantity.start - REACH, 0) : quantity.start]
    around: dict[str, float] = {}
    for text, backward in ((_open(after), False), (_closed(before), True)):
        for stem, value in _near(text, backward):
            around[stem] = max(around.get(stem, 0.0), value)
    counted = [word.stem for word in words_of(re.split(r"[,;:.()]|\band\b", after)[0]) if word.weight > 0]
    return Placed(
        quantity,
        frozenset(counted[:3]),
        around,
        _extent(sentence, quantity),
        _measure(quantity, before, after),
    )


def _open(after: str) -> str:
    """What follows a figure, where brackets right behind it hold its label: `40% (mean) of` and `(40%) of`."""
    return _BRACKET.sub(r" \1,", after, count=1)


def _closed(before: str) -> str:
    """What precedes a figure, where the label of the figure before stands in brackets, or the figure itself does."""
    before = re.sub(r"\s*\([^()\d]{0,3}$", " ", before)
    return re.sub(r"(?<=[\d%x×])\s*\([^()]*\)|(?<=percent)\s*\([^()]*\)", ",", before)


def _measure(quantity: Quantity, before: str, after: str) -> str:
    if quantity.kind not in ("share", "points"):
        return ""
    if _TO.search(before) or _RATE.search(after):
        return "level"
    return "change" if _BY.search(before) or _LESS_OR_MORE.search(after) else ""


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
    given = [[other for other in placed(sentence) if _is_count(other)] for sentence in source.plain]
    found = []
    for mine in placed(claim):
        if not _is_count(mine) or mine.quantity.value < 2:
            continue
        near = [counts for counts in given if any(other.head & mine.head for other in counts)]
        same = [other for counts in near for other in counts if other.head & mine.head]
        known = mine.quantity.value in _sums(near) or any(agrees(mine.quantity, o.quantity) for o in same)
        if same and not known:
            nearest = max(same, key=lambda other: _likeness(mine, other))
            found.append(Exchange(mine.quantity, nearest.quantity, _likeness(mine, nearest)))
    return found


def _sums(sentences: Sequence[Sequence[Placed]]) -> set[float]:
    """What two counts of one sentence are together: six cameras and two microphones are eight."""
    return {a.quantity.value + b.quantity.value for counts in sentences for a, b in combinations(counts, 2)}


def _is_count(figure: Placed) -> bool:
    return not figure.quantity.kind and not figure.quantity.decimals


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
    """Figures that are one kind of value in the claim and another in the source: lower or upper bound, best, mean."""
    found = []
    for mine in placed(claim):
        own = _of(mine, _given(source))
        bounds = {other.quantity.rough for other in own}
        kinds = {other.extent for other in own}
        if own and (
            (mine.quantity.rough in ("more", "less") and bounds <= {"more", "less"} - {mine.quantity.rough})
            or (mine.extent and kinds <= {"mean", "peak"} - {mine.extent})
        ):
            found.append(Exchange(mine.quantity, own[0].quantity, 1.0))
    return found


def remeasured(claim: str, source: Reading) -> list[Exchange]:
    """Shares that are a change in one of claim and source ("20% less") and a level in the other ("only 20% of")."""
    found = []
    for mine in placed(claim):
        own = _of(mine, _given(source)) if mine.measure else []
        if own and all(other.measure and other.measure != mine.measure for other in own):
            found.append(Exchange(mine.quantity, own[0].quantity, 1.0))
    return found


def reversed_courses(claim: str, source: Reading) -> list[Exchange]:
    """Pairs of figures between which something moves one way in the claim and the other way in the source."""
    given = [course for sentence in source.plain for course in _courses(sentence)]
    return [
        Exchange(first, last, 1.0)
        for first, last in _courses(claim)
        if any(agrees(first, end) and agrees(last, start) for start, end in given)
        and not any(agrees(first, start) and agrees(last, end) for start, end in given)
    ]


def _courses(sentence: str) -> list[tuple[Quantity, Quantity]]:
    """Figures that a sentence gives as a start and an end: `from 86% to 84%`."""
    return [
        (first, last)
        for first, last in pairwise(quantities(sentence))
        if _ONWARD.search(sentence[first.start + len(first.text) : last.start])
    ]


def _extent(sentence: str, quantity: Quantity) -> str:
    """`mean` or `peak` where the words of the same part of a sentence say so of a figure, else empty."""
    start = max((m.end() for m in _PIECE.finditer(sentence, 0, quantity.start)), default=0)
    end = quantity.start + len(quantity.text)
    after = _PIECE.search(sentence, end)
    part = sentence[start : after.start() if after else len(sentence)]
    mean, peak = bool(_MEAN.search(part)), bool(_PEAK.search(part))
    return "" if mean == peak else "mean" if mean else "peak"


def _of(mine: Placed, given: list[Placed]) -> list[Placed]:
    return [other for other in given if agrees(mine.quantity, other.quantity)]


def _best(mine: Placed, others: list[Placed]) -> float:
    return max((_likeness(mine, other) for other in others), default=0.0)
