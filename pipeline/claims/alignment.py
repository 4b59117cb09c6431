"""Which sentence of a source a claim rests on, and which of its words no sentence covers."""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from pipeline.claims.lexicon import same_meaning
from pipeline.claims.reading import Reading, Word

SAME, SYNONYM, RELATED = 1.0, 0.8, 0.7
EMPTY = "we our ours author paper studi work show find result report say claim present describ".split()


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
    total = sum(word.weight for word in content)
    if not content or not source.sentences:
        return Alignment(1.0 if not content else 0.0, 0.0, 0.0, 0, 0, tuple(content))
    rows = []
    for sentence in source.sentences:
        stems = frozenset(word.stem for word in sentence)
        prefixes = frozenset(_prefix(stem) for stem in stems if len(stem) >= 5)
        rows.append([_near(word, stems, prefixes) for word in content])
    weights = [word.weight for word in content]
    scores = [sum(w * v for w, v in zip(weights, row, strict=True)) / total for row in rows]
    at = max(range(len(rows)), key=lambda n: scores[n])
    pairs = [
        sum(w * max(a, b) for w, a, b in zip(weights, rows[at], row, strict=True)) / total for row in rows
    ]
    second = max(range(len(rows)), key=lambda n: pairs[n])
    top = [max(column) for column in zip(*rows, strict=True)]
    uncovered = tuple(word for word, value in zip(content, top, strict=True) if value == 0.0)
    whole = sum(w * v for w, v in zip(weights, top, strict=True)) / total
    return Alignment(whole, scores[at], pairs[second], at, second, uncovered)
