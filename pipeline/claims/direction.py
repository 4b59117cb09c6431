"""Whether a claim turns its source round: opposite words, negation, and things that change places."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from pipeline.claims.contexts import Spot, likeness, spots
from pipeline.claims.lexicon import LOOSE, NEGATIONS, axis_sides, opposites
from pipeline.claims.reading import Reading, Word

SCOPE = 3
"""How many words after a negation it turns round."""
SAME_WORD = 0.15
"""What it adds to the likeness of two uses that the word itself is the same."""
MOST = 24
"""How many words of a claim are compared for having changed places."""

Sides = tuple[tuple[str, int], ...]


class Use(NamedTuple):
    """A word with a side on an axis, after negations, and the words around it."""

    axis: str
    side: int
    word: Word
    negated: bool
    around: Mapping[str, float]


class Conflict(NamedTuple):
    """A claim's word, the word of the other side that the source has in like surroundings, and both likenesses."""

    axis: str
    word: str
    instead: str
    against: float
    agree: float

    @property
    def margin(self) -> float:
        """How much liker the source's opposite use is than its best agreeing one."""
        return self.against - self.agree

    @property
    def loose(self) -> bool:
        """Whether the axis holds words so general that they say little."""
        return self.axis in LOOSE


def negated_at(words: Sequence[Word], at: int) -> bool:
    """Whether an odd number of negations stands within three words before a word, or a `no` right after it."""
    count = sum(_negates(word) for word in words[max(at - SCOPE, 0) : at])
    count += any(word.low in ("no", "nothing", "none", "neither") for word in words[at + 1 : at + 2])
    return count % 2 == 1


def _negates(word: Word) -> bool:
    return word.low in NEGATIONS or word.low.endswith("n't")


def sides_of(word: Word) -> Sides:
    """The axes on which a word lies: as a compound, or as it is written."""
    table = axis_sides()
    return table.get(word.whole) or table.get(word.low) or ()


@lru_cache(maxsize=4096)
def uses(sentence: str) -> tuple[Use, ...]:
    """All words of a sentence that lie on an axis."""
    return tuple(_uses(spots(sentence)))


def _uses(found: Sequence[Spot]) -> Iterator[Use]:
    words = [spot.word for spot in found]
    for at, spot in enumerate(found):
        for axis, side in sides_of(spot.word):
            negated = negated_at(words, at)
            yield Use(axis, -side if negated else side, spot.word, negated, spot.around)


def conflicts(claim: Reading, source: Reading) -> list[Conflict]:
    """For each word of the claim that lies on an axis: how well the source has it, and how well its opposite."""
    given = [use for sentence in source.plain for use in uses(sentence)]
    found = []
    for use in (use for sentence in claim.plain for use in uses(sentence)):
        same = [other for other in given if other.axis == use.axis]
        agree, _ = _best(use, (other for other in same if other.side == use.side))
        against, instead = _best(use, (other for other in same if other.side != use.side))
        found.append(Conflict(use.axis, _said(use), instead, against, agree))
    return sorted(found, key=lambda conflict: -conflict.margin)


def _best(use: Use, others: Iterable[Use]) -> tuple[float, str]:
    best = (0.0, "")
    for other in others:
        value = likeness(use.around, other.around) + SAME_WORD * (other.word.stem == use.word.stem)
        if value > best[0]:
            best = (value, _said(other))
    return best


def _said(use: Use) -> str:
    return f"not {use.word.low}" if use.negated else use.word.low


def swapped_words(claim: Reading, source: Reading) -> list[tuple[str, str]]:
    """Words of the claim that the source does not have, while it has the opposite in like surroundings."""
    found = []
    for spot in (spot for sentence in claim.plain for spot in spots(sentence)):
        others = opposites().get(spot.word.stem, frozenset()) & source.stems
        if not others or spot.word.stem in source.stems:
            continue
        for other in (other for sentence in source.plain for other in spots(sentence)):
            if other.word.stem in others and likeness(spot.around, other.around) >= 0.15:
                found.append((spot.word.low, other.word.low))
    return list(dict.fromkeys(found))


class Negation(NamedTuple):
    """A word that only one of claim and source negates, the strength of that, and which of them does."""

    word: str
    margin: float
    added: bool


def negation_shifts(claim: Reading, source: Reading) -> list[Negation]:
    """Words that the claim negates and the source does not in like surroundings, or the reverse; strongest first."""
    given = _by_stem(source)
    found = []
    for sentence in claim.plain:
        mine = spots(sentence)
        words = [spot.word for spot in mine]
        for at, spot in enumerate(mine):
            others = given.get(spot.word.stem, ()) if spot.word.weight >= 0.3 else ()
            if not others:
                continue
            negated = negated_at(words, at)
            like = [0.0, 0.0]
            for other, other_negated in others:
                like[other_negated] = max(like[other_negated], 0.2 + likeness(spot.around, other.around))
            margin = like[not negated] - like[negated]
            if margin > 0:
                found.append(Negation(spot.word.low, margin, negated))
    return sorted(found, key=lambda negation: -negation.margin)


@lru_cache(maxsize=256)
def _by_stem(source: Reading) -> dict[str, tuple[tuple[Spot, bool], ...]]:
    """The uses of each content word of a source, with whether it is negated there."""
    table: dict[str, list[tuple[Spot, bool]]] = {}
    for sentence in source.plain:
        found = spots(sentence)
        words = [spot.word for spot in found]
        for at, spot in enumerate(found):
            if spot.word.weight > 0:
                table.setdefault(spot.word.stem, []).append((spot, negated_at(words, at)))
    return {stem: tuple(listed) for stem, listed in table.items()}


class Places(NamedTuple):
    """How the claim's words fit their places in the source: on average, at worst, and the clearest exchange."""

    fit: float
    worst: float
    exchange: float
    total: float
    pair: tuple[str, str]


def places(claim: Reading, source: Reading) -> Places:
    """How well the words that claim and source share stand in the same surroundings, and which two changed places."""
    given = _by_stem(source)
    mine = [
        spot
        for sentence in claim.plain
        for spot in spots(sentence)
        if spot.word.weight >= 0.3 and spot.word.stem in given
    ][:MOST]
    if not mine:
        return Places(0.0, 0.0, 0.0, 0.0, ("", ""))
    fits = [
        [max(likeness(a.around, o.around, b.word.stem) for o, _ in given[b.word.stem]) for b in mine]
        for a in mine
    ]
    own = sorted(fits[n][n] for n in range(len(mine)))
    margins = sorted(_exchanges(mine, fits), reverse=True)
    worst = own[: max(1, len(own) // 4)]
    return Places(
        fit=sum(own) / len(own),
        worst=sum(worst) / len(worst),
        exchange=margins[0][0] if margins else 0.0,
        total=min(sum(margin for margin, _ in margins if margin > 0.1), 3.0),
        pair=margins[0][1] if margins else ("", ""),
    )


def _exchanges(
    mine: Sequence[Spot], fits: Sequence[Sequence[float]]
) -> Iterator[tuple[float, tuple[str, str]]]:
    for i, first in enumerate(mine):
        for j in range(i + 1, len(mine)):
            second = mine[j]
            if first.word.stem == second.word.stem:
                continue
            margin = fits[i][j] + fits[j][i] - fits[i][i] - fits[j][j]
            if margin > 0:
                yield margin * min(first.word.weight, second.word.weight), (first.word.low, second.word.low)


def order_shift(claim: Sequence[Word], sentence: Sequence[Word]) -> float:
    """The share of the claim's word pairs, by rarity, that stand in the source's sentence in the other order."""
    place: dict[str, int] = {}
    for at, word in enumerate(sentence):
        if word.weight > 0:
            place[word.stem] = -1 if word.stem in place else at
    mine = [word for word in claim if word.weight > 0 and place.get(word.stem, -1) >= 0]
    same = other = 0.0
    for n, first in enumerate(mine):
        for second in mine[n + 1 : n + 5]:
            value = first.weight * second.weight
            if place[first.stem] < place[second.stem]:
                same += value
            elif place[first.stem] > place[second.stem]:
                other += value
    return other / (same + other) if same + other > 1 else 0.0
