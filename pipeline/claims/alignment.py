"""Which sentence of a source a claim rests on, and which of its words no sentence covers."""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from pipeline.claims.lexicon import same_meaning
from pipeline.claims.reading import Reading, Word
from pipeline.terms import stem

SAME, SYNONYM, RELATED = 1.0, 0.8, 0.7
EMPTY = frozenset(
    "we our ours author paper studi work show find result report say claim present describ".split()
) | {
    stem(word)
    for word in (
        "offer highlight represent leverage utilize employ emphasize underscore promising significant significantly "
        "thereby address aim investigate examine explore introduce propose take takes took taken come comes came make "
        "makes made making give gives gave given look looks looked see seen get gets keep keeps kept run runs hold "
        "holds held turn turns turned bring brings set sets put puts thing things way ways kind kinds well far along "
        "really clearly according side place part one two three four five six seven eight nine ten eleven twelve "
        "twenty fifty hundred thousand million"
    ).split()
}
"""Stems of words that tell nothing of what is reported: words of reporting, light verbs, and number words."""


class Alignment(NamedTuple):
    """How a claim lies on its source: shares of the claim's weight, the sentence it rests on, what is left."""

    whole: float
    """The share of the claim's words, by rarity, that the source covers anywhere."""
    best: float
    """The same within the best sentence."""
    pair: float
    """The same within the best two sentences together."""
    at: int
    """The best sentence's number."""
    second: int
    """The sentence that adds most to it."""
    uncovered: tuple[Word, ...]
    familiar: float
    """The share of the claim's words that research abstracts often use, by how often, that the source covers."""
    familiar_best: float
    """The same within one sentence."""


@lru_cache(maxsize=65536)
def _prefix(stem: str) -> str:
    return stem[:5]


def _near(word: Word, stems: frozenset[str], prefixes: frozenset[str]) -> float:
    """How well one of these stems stands for a word: 0 to 1."""
    if word.stem in stems:
        return SAME
    if same_meaning().get(word.stem, frozenset()) & stems:
        return SYNONYM
    if len(word.stem) >= 5 and _prefix(word.stem) in prefixes:
        return RELATED
    return 0.0


def align(claim: Sequence[Word], source: Reading) -> Alignment:
    """The alignment of a claim's words; a title counts as a sentence of the source."""
    content = [word for word in claim if word.weight > 0 and word.stem not in EMPTY]
    if not content or not source.sentences:
        share = 0.0 if content else 1.0
        return Alignment(share, 0.0, 0.0, 0, 0, tuple(content), share, share)
    rows = _covered(content, source)
    rare = [word.weight for word in content]
    scores = [_share(rare, row) for row in rows]
    at = max(range(len(rows)), key=lambda n: scores[n])
    pairs = [_share(rare, list(map(max, rows[at], row))) for row in rows]
    second = max(range(len(rows)), key=lambda n: pairs[n])
    top = [max(column) for column in zip(*rows, strict=True)]
    familiar = [1 - word.weight for word in content]
    return Alignment(
        whole=_share(rare, top),
        best=scores[at],
        pair=pairs[second],
        at=at,
        second=second,
        uncovered=tuple(word for word, value in zip(content, top, strict=True) if value == 0.0),
        familiar=_share(familiar, top),
        familiar_best=max(_share(familiar, row) for row in rows),
    )


def _covered(content: Sequence[Word], source: Reading) -> list[list[float]]:
    """For each sentence of the source: how well it covers each word."""
    rows = []
    for sentence in source.sentences:
        stems = frozenset(word.stem for word in sentence)
        prefixes = frozenset(_prefix(stem) for stem in stems if len(stem) >= 5)
        rows.append([_near(word, stems, prefixes) for word in content])
    return rows


def _share(weights: Sequence[float], values: Sequence[float]) -> float:
    total = sum(weights)
    return sum(w * v for w, v in zip(weights, values, strict=True)) / total if total else 1.0
