"""The surroundings of every word of a sentence, by nearness, and how well two surroundings fit."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from pipeline.claims.lexicon import same_meaning
from pipeline.claims.reading import Word, words_of
from pipeline.terms import rarity

BOUNDARY = re.compile(
    r"[,;:()]|\s[–—-]\s|\b(?:and|but|whereas|while|against|versus|though|although|which|that|because)\b"
)
BEYOND = 0.35
"""What a word counts that lies beyond a comma or a conjunction."""


class Spot(NamedTuple):
    """A word of a sentence with the stems around it, each by nearness (0 to 1)."""

    word: Word
    around: Mapping[str, float]


@lru_cache(maxsize=65536)
def weight(stem: str) -> float:
    """What a shared stem counts: its rarity and a little, so that common words count too."""
    return 0.15 + rarity(stem)


@lru_cache(maxsize=4096)
def spots(sentence: str) -> tuple[Spot, ...]:
    """All words of a sentence with their surroundings; content words alone are part of a surrounding."""
    parts = [(word, depth) for depth, part in enumerate(BOUNDARY.split(sentence)) for word in words_of(part)]
    content = [(n, word.stem, depth) for n, (word, depth) in enumerate(parts) if word.weight > 0]
    found = []
    for at, (word, depth) in enumerate(parts):
        around: dict[str, float] = {}
        for n, stem, other in content:
            distance = abs(n - at)
            if n != at and distance <= 14 and stem != word.stem:
                value = BEYOND ** min(abs(other - depth), 3) / (1 + distance / 4)
                around[stem] = max(around.get(stem, 0.0), value)
        found.append(Spot(word, around))
    return tuple(found)


def likeness(first: Mapping[str, float], second: Mapping[str, float], without: str = "") -> float:
    """The share of the first surroundings that the second has too, by nearness and rarity; kin words count."""
    total = shared = 0.0
    for stem, value in first.items():
        if stem == without:
            continue
        heavy = weight(stem)
        total += value * heavy
        shared += min(value, _held(stem, second)) * heavy
    return shared / total if total else 0.0


def _held(stem: str, around: Mapping[str, float]) -> float:
    if stem in around:
        return around[stem]
    kin = same_meaning().get(stem)
    return max((0.8 * around[other] for other in kin if other in around), default=0.0) if kin else 0.0
