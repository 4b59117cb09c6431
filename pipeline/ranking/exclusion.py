"""Which texts are about something that a topic excludes: said by name, or nearer to it than to anything wanted."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from pipeline.ranking.topic import Topic
from pipeline.terms import STOP, stems
from pipeline.terms.vocabulary import Term, groups, holds

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.floating[Any]]
    Embed = Callable[[Sequence[str]], Vectors]

_READ = 400
"""Words of an abstract that are looked at."""
_OFTEN = 2
"""Times that an abstract names an excluded thing from which it may be about it."""
_MUCH_NEARER = 0.12
"""How much nearer than to every wanted phrase a text is that is about the excluded one without naming it."""
_NEAR, _NAMED_NEAR = 0.4, 0.25
"""Cosine below which nearness says nothing, and below which a title means something else by a single word."""
_QUALIFIERS = frozenset(stems("plain generic general pure mere ordinary classical traditional any all"))
_LOOSE = frozenset(stems("system method model technique approach paper work research task application"))


def kept_out(
    topic: Topic, texts: Sequence[tuple[str, str]], vectors: "Vectors", embed: "Embed"
) -> tuple[str, ...]:
    """For each (title, abstract) the excluded phrase that it is about; empty where there is none.

    `vectors` are the texts' unit rows from the same model as `embed`.
    """
    import numpy as np

    if not topic.excluded or not texts:
        return ("",) * len(texts)
    rows = np.asarray(vectors, dtype=np.float64)
    against = (rows @ np.asarray(embed(topic.excluded), dtype=np.float64).T).round(6)
    wanted = (rows @ np.asarray(embed(topic.phrases), dtype=np.float64).T).max(1).round(6)
    names = [_names(phrase, topic) for phrase in topic.excluded]
    return tuple(
        _about(topic.excluded, names, text, near, float(best))
        for text, near, best in zip(texts, against.tolist(), wanted, strict=True)
    )


def _about(
    excluded: Sequence[str],
    names: Sequence[Sequence[Term]],
    text: tuple[str, str],
    near: Sequence[float],
    best: float,
) -> str:
    head, body = stems(text[0]), stems(text[1])[:_READ]
    for phrase, called, cosine in zip(excluded, names, near, strict=True):
        if any(holds(head, name) and (len(name) > 1 or cosine >= _NAMED_NEAR) for name in called):
            return phrase
        often = sum(_times(body, name) for name in called) >= _OFTEN
        if (often and cosine >= best) or (cosine >= _NEAR and cosine - best > _MUCH_NEARER):
            return phrase
    return ""


def _times(stemmed: Sequence[str], term: Term) -> int:
    n = len(term)
    return sum(tuple(stemmed[i : i + n]) == term for i, word in enumerate(stemmed) if word == term[0])


def _names(phrase: str, topic: Topic) -> list[Term]:
    """What the excluded thing is called: the phrase without its qualifiers, and the thesaurus' names for it.

    A name that a wanted phrase holds as well keeps nothing out.
    """
    words = stems(phrase)
    while words and (words[0] in _QUALIFIERS or words[0] in STOP):
        words = words[1:]
    telling = tuple(w for w in words if w not in _LOOSE)
    found = {tuple(words)} if telling and words else set()
    for group in groups():
        if group.use and telling in group.names:
            found |= set(group.names)
    wanted = [stems(p) for p in topic.phrases]
    return sorted(name for name in found if not any(holds(p, name) for p in wanted))
