"""How much a text is about a topic: meaning (vectors) and words (terms) together, on a scale with a fixed border.

The score of a text depends on the text, the topic and fixed tables only, never on the texts beside it.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from pipeline.ranking.exclusion import kept_out
from pipeline.ranking.topic import Topic
from pipeline.terms import rarity, stems
from pipeline.terms.vocabulary import ARTIFICIAL, BACKGROUND, Term, found_in, groups, holds, index_of, terms

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.floating[Any]]
    Numbers = NDArray[np.float64]
    Embed = Callable[[Sequence[str]], Vectors]

BORDER = 0.5
"""Scores from here on are on topic."""
KEPT_OUT = 0.4
"""The most that a text gets which is about something that the topic excludes."""

_READ = 400
"""Words of a text that are looked at for terms; what a text is about stands at its start."""
_WORTH_A_LOOK = -1.2
"""Below this sum the title's vector cannot lift a text over the border; it is not computed."""

_OF_MODELS_ALONE = "alignment, memory, tool, monitoring"
"""Names that call up an interest only in a topic about today's models; elsewhere they mean something else."""
_LEARNING = "machine learning, machine, learning, language, model, deep learning, neural network"
_COMMON = 0.45
"""Rarity up to which a word is common."""
_TELLING = 0.7
"""Rarity from which a word of a phrase says what the phrase is about."""
_MODERN = 0.3
"""Share of a topic's phrases that name AI, language models or agents, from which a text must be about these."""

WITH_CONTEXT = {
    "phrase": 0.60,
    "whole": 0.15,
    "title": 0.35,
    "terms_title": 0.75,
    "terms_text": 0.80,
    "terms_density": 0.55,
    "facet": 1.35,
    "context_title": 0.90,
    "context": 0.45,
    "elsewhere_title": -0.80,
    "elsewhere": -1.05,
    "excluded": -1.10,
}
"""Weights for a topic about today's models: its words (`alignment`, `memory`) mean something else in other fields, so
that the context decides."""
WITH_CONTEXT_OFFSET = -3.10

PLAIN = {
    "phrase": 0.55,
    "whole": 0.85,
    "terms_title": 0.35,
    "terms_text": 0.70,
    "terms_density": 1.75,
    "facet": 0.70,
    "elsewhere": -0.10,
    "excluded": -1.10,
}
"""Weights for every other topic: a logistic regression over 27 fields of research and 15 narrower topics, where an
arXiv category or a telling word stands for being on topic; the offset is that of the best mean F1."""
PLAIN_OFFSET = -3.1


@dataclass(frozen=True)
class _Wanted:
    """The terms of a topic: each with its weight, by phrase, with the context they need and the fields they do not."""

    weights: dict[Term, float]
    facets: tuple[frozenset[Term], ...]
    context: frozenset[Term]
    elsewhere: tuple[frozenset[Term], ...]


def relevance(
    topic: Topic,
    texts: Sequence[tuple[str, str]],
    vectors: "Vectors",
    embed: "Embed",
    excluded: Sequence[str] | None = None,
) -> "Numbers":
    """The relevance of each (title, abstract) to the topic, 0 to 1; from 0.5 on it is on topic.

    `vectors` are the texts' unit rows from the same model as `embed`; `excluded` is what `kept_out` says of the texts,
    if that is known. Raises ValueError if they do not fit.
    """
    import numpy as np

    if len(vectors) != len(texts):
        raise ValueError(f"{len(texts)} texts came with {len(vectors)} vectors")
    if not texts:
        return np.zeros(0)
    wanted = _wanted(topic)
    total = score(features(topic, wanted, texts, vectors, embed), needs_context=bool(wanted.context))
    fits = np.round(1 / (1 + np.exp(-total)), 6)
    if excluded is None:
        excluded = kept_out(topic, texts, vectors, embed)
    out = np.array([bool(phrase) for phrase in excluded])
    return np.where(out, np.minimum(fits, KEPT_OUT), fits)


def score(found: "dict[str, Numbers]", *, needs_context: bool) -> "Numbers":
    """The weighted sum of the features; 0 is the border."""
    import numpy as np

    weights, offset = (WITH_CONTEXT, WITH_CONTEXT_OFFSET) if needs_context else (PLAIN, PLAIN_OFFSET)
    return np.asarray(offset + sum(w * found[name] for name, w in weights.items()), dtype=np.float64)


def features(
    topic: Topic, wanted: _Wanted, texts: Sequence[tuple[str, str]], vectors: "Vectors", embed: "Embed"
) -> "dict[str, Numbers]":
    """What speaks for and against each text, by the names of the weights, each an array of n numbers."""
    import numpy as np

    found = _of_words(wanted, texts) | _of_meaning(topic, vectors, embed)
    if not wanted.context:
        return found
    found["title"] = np.minimum(found["phrase"], 0.0)
    near: list[int] = np.flatnonzero(score(found, needs_context=True) > _WORTH_A_LOOK).tolist()
    titles = sorted({texts[i][0] for i in near})
    if titles:
        row = dict(zip(titles, _of_meaning(topic, embed(titles), embed)["phrase"], strict=True))
        found["title"][near] = [row[texts[i][0]] for i in near]
    return found


def _of_meaning(topic: Topic, vectors: "Vectors", embed: "Embed") -> "dict[str, Numbers]":
    """Nearness to the topic, counted in standard deviations of its nearness to fields of research at large."""
    import numpy as np

    probes = np.asarray(embed([", ".join(topic.phrases), *topic.phrases]), dtype=np.float64)
    fields = np.asarray(embed(BACKGROUND), dtype=np.float64)
    rows = np.asarray(vectors, dtype=np.float64)
    near, usual = rows @ probes.T, fields @ probes.T
    excluded = np.zeros(len(rows))
    if topic.excluded:
        against = rows @ np.asarray(embed(topic.excluded), dtype=np.float64).T
        excluded = np.maximum(against.max(1) - near[:, 1:].max(1), 0.0) * 10
    return {
        "phrase": _standard(near[:, 1:].max(1), usual[:, 1:].max(1)),
        "whole": _standard(near[:, 0], usual[:, 0]),
        "excluded": excluded,
    }


def _standard(values: "Numbers", usual: "Numbers") -> "Numbers":
    import numpy as np

    return np.asarray((values - usual.mean()) / max(float(usual.std()), 0.02))


def _of_words(wanted: _Wanted, texts: Sequence[tuple[str, str]]) -> "dict[str, Numbers]":
    import numpy as np

    index = index_of(
        {*wanted.weights, *wanted.context, *(term for field in wanted.elsewhere for term in field)},
    )
    rows = [_row(wanted, index, title, abstract) for title, abstract in texts]
    return {name: np.array([row[name] for row in rows], dtype=np.float64) for name in rows[0]}


def _row(wanted: _Wanted, index: dict[str, tuple[Term, ...]], title: str, abstract: str) -> dict[str, float]:
    import numpy as np

    head, body = stems(title), stems(abstract)[:_READ]
    in_title, in_body = found_in(head, index), found_in(body, index)
    weights, size = wanted.weights, len(body) + 70
    dense = 100 * sum(weights.get(t, 0) * n for t, n in in_body.items()) / size
    context = 100 * sum(n for t, n in in_body.items() if t in wanted.context) / size
    return {
        "terms_title": 1 - _product(1 - 0.5 * weights.get(t, 0) for t in in_title),
        "terms_text": 1 - _product(1 - 0.3 * weights.get(t, 0) * (1 - 0.5**n) for t, n in in_body.items()),
        "terms_density": float(np.log1p(dense)),
        "facet": max(_facet(facet, weights, in_title, in_body) for facet in wanted.facets),
        "context_title": 1 - _product(0.5 for t in in_title if t in wanted.context),
        "context": float(np.log1p(context)),
        "elsewhere_title": float(any(t in field for field in wanted.elsewhere for t in in_title)),
        "elsewhere": max(
            (1 - 0.75 ** sum(n for t, n in in_body.items() if t in field) for field in wanted.elsewhere),
            default=0.0,
        ),
    }


def _facet(
    facet: frozenset[Term], weights: dict[Term, float], in_title: Counter[Term], in_body: Counter[Term]
) -> float:
    """How fully one phrase of the topic is met."""
    here = (t for t in facet if t in in_title or t in in_body)
    return 1 - _product(
        1 - 0.35 * weights.get(t, 0) * max(float(t in in_title), 0.8 * (1 - 0.5 ** in_body[t])) for t in here
    )


def _product(numbers: Iterable[float]) -> float:
    result = 1.0
    for number in numbers:
        result *= number
    return result


_LOOSE = frozenset(
    stems("AI system model LLM learning generic based method approach technique research work paper")
)
"""Words that say too little alone to be looked for."""


def _wanted(topic: Topic) -> _Wanted:
    """The topic's own words and word pairs, widened by the thesaurus."""
    phrases = [stems(phrase) for phrase in topic.phrases]
    context = _context(phrases)
    named = [_names(phrase, modern=bool(context)) for phrase in phrases]
    facets = [_facet_terms(phrase, names, context) for phrase, names in zip(phrases, named, strict=True)]
    weights: dict[Term, float] = {}
    for facet in facets:
        for term, weight in facet.items():
            weights[term] = max(weights.get(term, 0.0), weight)
    called = [group for group in groups() if set().union(*named).intersection(group.names)]
    own = {term for group in called for term in group.terms} | weights.keys() | context
    elsewhere = [frozenset(g.terms) - own for g in groups() if g.use and g not in called]
    return _Wanted(weights, tuple(frozenset(f) for f in facets), context, tuple(f for f in elsewhere if f))


def _names(phrase: Sequence[str], *, modern: bool) -> set[Term]:
    """The names of groups that stand in the phrase and not inside a longer one: `multi-agent` is not `agent`.

    Where no context decides, a common word beside a telling one calls nothing: `enzyme design` is no kind of design.
    """
    held = {name for group in groups() for name in group.names if holds(phrase, name)}
    if not modern:
        held -= set(terms(_OF_MODELS_ALONE))
        if max(map(rarity, phrase), default=0.0) >= _TELLING:
            held = {name for name in held if len(name) > 1 or rarity(name[0]) > _COMMON}
    return {name for name in held if not any(name != longer and holds(longer, name) for longer in held)}


def _context(phrases: Sequence[Sequence[str]]) -> frozenset[Term]:
    """What a text must be about for the terms to count, if the topic is about today's models; else nothing.

    These are terms of such models, and telling words that several phrases repeat, with their kin.
    """
    modern = {("ai",), ("llm",), ("language", "model"), ("agent",)}
    saying_so = sum(any(holds(phrase, term) for term in modern) for phrase in phrases)
    if saying_so < _MODERN * len(phrases):
        return frozenset()
    repeated = Counter(word for phrase in phrases for word in set(phrase))
    core = {(word,) for word, n in repeated.items() if n > 1 and rarity(word) > 0.3}
    kin = {term for group in groups() if group.names[0] in core for term in group.terms}
    return frozenset(core | kin | set(terms(ARTIFICIAL)))


def _pair(first: float, second: float) -> float:
    """What two neighbouring words weigh: together more than each, unless both are common (`language model`)."""
    return min(1.0, first + second) if max(first, second) > _COMMON else (first + second) / 2


def _facet_terms(phrase: Sequence[str], names: set[Term], context: frozenset[Term]) -> dict[Term, float]:
    """The terms of one phrase, each with a weight up to 1."""
    found: dict[Term, float] = {}
    for group in groups():
        if names.intersection(group.names):
            found |= {t: max(map(rarity, t)) * (1.0 if len(t) > 1 else 0.8) for t in group.terms}
    spoken_for = {word for name in names if len(name) > 1 for word in name}
    for word in phrase:
        if rarity(word) > 0 and word not in _LOOSE and (word,) not in found:
            found[(word,)] = (0.3 if word in spoken_for else 0.8) * rarity(word)
    found |= {(a, b): _pair(rarity(a), rarity(b)) for a, b in pairwise(phrase) if rarity(a) and rarity(b)}
    alone = {term: weight for term, weight in found.items() if term not in context}
    if context:
        return alone
    others = {term: weight for term, weight in alone.items() if not _of_models(term)}
    return others or alone  # what all models share tells nothing in a topic about something else


@cache
def _common_to_models() -> frozenset[Term]:
    """Terms of learning machines of any kind."""
    return frozenset({*terms(ARTIFICIAL), *terms(_LEARNING)})


def _of_models(term: Term) -> bool:
    return term in _common_to_models() or all((word,) in _common_to_models() for word in term)
