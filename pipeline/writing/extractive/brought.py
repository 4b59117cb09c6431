"""What works bring, counted over many of them: so many propose a method or a defence, so many study what is there."""

from collections import Counter
from collections.abc import Iterable, Mapping

from pipeline.models import Article
from pipeline.writing.contributions import Contribution, contributions
from pipeline.writing.extractive.plain import in_words, listed

_PROPOSED: Mapping[Contribution, str] = {"method": "a method", "defence": "a defence", "attack": "an attack"}
_DONE: Mapping[Contribution, tuple[str, str]] = {
    "study": ("studies or measures what is there", "study or measure what is there"),
    "benchmark": ("brings a benchmark or data set", "bring a benchmark or data set"),
    "survey": ("reviews a field", "review a field"),
    "proof": ("gives a proof", "give a proof"),
}


def brought(works: Iterable[Article], least: int = 1) -> dict[str, int]:
    """How many of the works say that they bring each kind of thing, the commonest first; without rare kinds."""
    found = Counter(kind for work in works for kind in contributions(work.title, work.abstract))
    return {kind: n for kind, n in sorted(found.items(), key=lambda one: (-one[1], one[0])) if n >= least}


def brought_in_words(counts: Mapping[str, int]) -> str:
    """`68 propose a method, 20 a defence and 14 an attack, 35 study or measure what is there`; empty for nothing."""
    proposed = [(counts[kind], thing) for kind, thing in _PROPOSED.items() if kind in counts]
    proposed.sort(key=lambda one: -one[0])
    parts = []
    if proposed:
        (first, thing), *others = proposed
        verb = "proposes" if first == 1 else "propose"
        rest = (f"{in_words(n)} {what}" for n, what in others)
        parts.append(listed([f"{in_words(first)} {verb} {thing}", *rest]))
    done = [(counts[kind], words) for kind, words in _DONE.items() if kind in counts]
    parts += [
        f"{in_words(n)} {one if n == 1 else many}" for n, (one, many) in sorted(done, key=lambda d: -d[0])
    ]
    return ", ".join(parts)
