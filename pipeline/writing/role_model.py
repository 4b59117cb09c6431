"""Role probabilities of sentences: background, objective, method, result or other.

Logistic regression over tf-idf words, cues and position, smoothed over the chain of sentences, trained on
CSAbstruct (Cohan et al., EMNLP 2019). `benchmarks/train_roles.py` makes the coefficients; the notice of
their origin stands in `role_weights.json`.
"""

import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from pipeline.writing import cues

WEIGHTS_FILE = Path(__file__).with_name("role_weights.json")
TOKEN = re.compile(r"[a-z]+(?:[-'][a-z]+)*|\d[\d.,]*|[%?:]")
CUES: dict[str, re.Pattern[str]] = {
    name.lower(): getattr(cues, name)
    for name in (
        "NAMING STUDY NAMED_THING RESULT OWN_RESULT EFFECT FIGURE CONTRAST GAP STAKES CONSEQUENCE "
        "POINTER RELEASE CLOSING IMPLIED SETUP BACK_REFERENCE FURTHER SUMMING_UP VAGUE OPEN_QUESTION"
    ).split()
}
# Cues of the sentence before and after that say where in the abstract's course a sentence stands.
NEIGHBOUR_CUES = ("naming", "study", "result", "contrast", "gap", "setup", "figure", "closing")
# What stands further back in a sentence says nothing about its role, and patterns stay fast.
SENTENCE_LIMIT = 1000


class Roles(NamedTuple):
    """Probabilities that sum to one."""

    background: float
    objective: float
    method: float
    result: float
    other: float


class Weights(NamedTuple):
    words: dict[str, tuple[float, tuple[float, ...]]]
    features: dict[str, tuple[float, ...]]
    intercept: tuple[float, ...]
    transitions: tuple[tuple[float, ...], ...]


def words_of(sentence: str) -> list[str]:
    """Lower-case words and adjacent pairs of words; every number is `#`."""
    words = ["#" if word[0].isdigit() else word for word in TOKEN.findall(sentence.lower())]
    return words + [f"{first} {second}" for first, second in pairwise(words)]


@lru_cache(maxsize=4096)
def cues_in(sentence: str) -> frozenset[str]:
    """Names of the cues that occur in a sentence, in lower case."""
    return frozenset(name for name, pattern in CUES.items() if pattern.search(sentence))


def features_of(sentences: Sequence[str]) -> list[dict[str, float]]:
    """Cue and position features of each sentence of one text, by name."""
    found = [cues_in(sentence) for sentence in sentences]
    return [_features_at(index, sentences, found) for index in range(len(sentences))]


def _features_at(index: int, sentences: Sequence[str], found: Sequence[frozenset[str]]) -> dict[str, float]:
    count = len(sentences)
    place = index / max(count - 1, 1)
    features = {f"cue {name}": 1.0 for name in sorted(found[index])}
    for side, other in (("before", index - 1), ("after", index + 1)):
        if 0 <= other < count:
            features |= {f"{side} {name}": 1.0 for name in NEIGHBOUR_CUES if name in found[other]}
    if any("naming" in names or "study" in names for names in found[:index]):
        features["after the contribution"] = 1.0
    if any("result" in names for names in found[:index]):
        features["after a result"] = 1.0
    features[f"tenth {min(int(place * 10), 9)}"] = 1.0
    features[f"from start {min(index, 4)}"] = 1.0
    features[f"from end {min(count - 1 - index, 4)}"] = 1.0
    features["place"] = place
    features["length"] = math.log1p(len(sentences[index])) - 5.0
    return features


def load_weights(path: Path = WEIGHTS_FILE) -> Weights:
    """The trained coefficients. Raises OSError or ValueError if the file is missing or damaged."""
    data = json.loads(path.read_text(encoding="utf-8"))
    if tuple(data["classes"]) != Roles._fields:
        raise ValueError(f"{path.name} was trained for other roles: {data['classes']}")
    return Weights(
        words={word: (row[0], tuple(row[1:])) for word, row in data["words"].items()},
        features={name: tuple(row) for name, row in data["features"].items()},
        intercept=tuple(data["intercept"]),
        transitions=tuple(tuple(row) for row in data["transitions"]),
    )


@lru_cache(maxsize=1)
def _weights() -> Weights:
    return load_weights()


def sentence_roles(sentences: Sequence[str], weights: Weights | None = None) -> list[Roles]:
    """Role probabilities of the sentences of one text, in order; the shipped coefficients by default."""
    if not sentences:
        return []
    weights = weights or _weights()
    sentences = [sentence[:SENTENCE_LIMIT] for sentence in sentences]
    named = features_of(sentences)
    scores = [_scores(words_of(text), row, weights) for text, row in zip(sentences, named, strict=True)]
    return [Roles(*_softmax(row)) for row in _smoothed(scores, weights.transitions)]


def _scores(words: Iterable[str], features: dict[str, float], weights: Weights) -> list[float]:
    known = [(weights.words[word], count) for word, count in Counter(words).items() if word in weights.words]
    norm = math.sqrt(sum((idf * count) ** 2 for (idf, _), count in known)) or 1.0
    terms = [(coefficients, idf * count / norm) for (idf, coefficients), count in known]
    terms += [(weights.features[name], value) for name, value in features.items() if name in weights.features]
    return [
        base + sum(coefficients[n] * value for coefficients, value in terms)
        for n, base in enumerate(weights.intercept)
    ]


def _smoothed(scores: list[list[float]], transitions: Sequence[Sequence[float]]) -> list[list[float]]:
    """Scores plus what the neighbours' roles imply (forward-backward over a chain of roles)."""
    columns = list(zip(*transitions, strict=True))
    forward = _pass(scores, columns)
    backward = _pass(scores[::-1], transitions)[::-1]
    return [
        [own + left + right for own, left, right in zip(*rows, strict=True)]
        for rows in zip(scores, forward, backward, strict=True)
    ]


def _pass(scores: list[list[float]], arriving: Sequence[Sequence[float]]) -> list[list[float]]:
    """Messages along the chain: `arriving[j][i]` is the weight of going from role i to role j."""
    messages = [[0.0] * len(scores[0])]
    for row in scores[:-1]:
        held = [own + message for own, message in zip(row, messages[-1], strict=True)]
        held = [math.log(value + 1e-12) for value in _softmax(held)]
        messages.append([_log_sum(a + b for a, b in zip(held, into, strict=True)) for into in arriving])
    return messages


def _log_sum(values: Iterable[float]) -> float:
    known = list(values)
    top = max(known)
    return top + math.log(sum(math.exp(value - top) for value in known))


def _softmax(scores: Sequence[float]) -> list[float]:
    total = _log_sum(scores)
    return [math.exp(score - total) for score in scores]
