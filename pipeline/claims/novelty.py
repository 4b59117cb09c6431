"""What a claim brings in that its source lacks: subjects, qualifiers, counts, and evidence or order of its own."""

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from pipeline.claims.alignment import EMPTY
from pipeline.claims.evidence import Evidence
from pipeline.claims.lexicon import same_meaning
from pipeline.claims.numbers import agrees, quantities
from pipeline.claims.reading import Reading, Word
from pipeline.terms import subjecthood

PLAIN = 0.15
"""Below this a word is one of telling rather than a subject."""
_NONE: frozenset[str] = frozenset()
_TURN = re.compile(
    r"\b(?:but|yet|though|although|whereas|while|and)\b[^,;.]{0,25}?\b(?:not|no|never|none|cannot|fails?|failed|only"
    r"|neither|nobody|hardly|without|nothing)\b|n't",
    re.I,
)
_EVIDENCE = re.compile(
    r"\bas (?:the )?[\w ]{2,25}? (?:confirm|establish|prove|show|demonstrate)\w*|\b(?:has|have) (?:already )?\w+ed\b",
    re.I,
)
_ORDER = re.compile(r"\b(?:first|then|afterwards|before|after|finally|once|later|earlier|beforehand)\b", re.I)


class Pairs(NamedTuple):
    """Neighbouring content words of a source: the pairs, and for each word those that stand right before it."""

    pairs: frozenset[tuple[str, str]]
    before: dict[str, frozenset[str]]


def novelties(found: Evidence) -> dict[str, float]:
    """Features of what is new in a claim, by name; each about 0 to 1."""
    return _subjects(found) | _qualifiers(found) | _framing(found)


def _subjects(found: Evidence) -> dict[str, float]:
    content = [word for word in found.words if word.weight > 0]
    lost = {word.low: subjecthood(word.stem) for word in found.alignment.uncovered}
    known = sum(subjecthood(word.stem) for word in content if word.stem in found.source.stems)
    first, second = [*sorted(lost.values(), reverse=True), 0.0, 0.0][:2]
    return {
        "new subject": first,
        "second new subject": second,
        "new subjects": sum(lost.values()) / max(len(content), 1),
        "new among subjects": sum(lost.values()) / (sum(lost.values()) + known + 0.1),
        "known subjects": min(known, 6.0) / 6,
        "plain new words": min(sum(value < PLAIN for value in lost.values()), 6) / 6,
        "new subject at the end": sum(lost.get(word.low, 0.0) for word in content[-3:]) / 3,
    }


@lru_cache(maxsize=256)
def _pairs_of(source: Reading) -> Pairs:
    pairs = frozenset(
        (first.stem, second.stem) for sentence in source.sentences for first, second in _neighbours(sentence)
    )
    before: dict[str, set[str]] = {}
    for first, second in pairs:
        before.setdefault(second, set()).add(first)
    return Pairs(pairs, {word: frozenset(others) for word, others in before.items()})


def _neighbours(words: Sequence[Word]) -> list[tuple[Word, Word]]:
    return [(a, b) for a, b in pairwise(words) if a.weight > 0 and b.weight > 0]


def _qualifiers(found: Evidence) -> dict[str, float]:
    """Words before a word of the source that do not stand there in the source, be they new or from elsewhere in it."""
    given, stems = _pairs_of(found.source), found.source.stems
    lost = {word.stem for word in found.alignment.uncovered}
    new = moved = 0
    for first, second in _neighbours(found.words):
        others = given.before.get(second.stem, _NONE)
        if not others or first.stem in EMPTY or second.stem in EMPTY:
            continue
        new += first.stem in lost
        akin = first.stem in others or not same_meaning().get(first.stem, _NONE).isdisjoint(others)
        moved += first.stem in stems and not akin
    alone = sum(
        word.stem in lost and _stands_alone(found.words, at) for at, word in enumerate(found.words) if at
    )
    return {
        "new qualifier": min(new, 3) / 3,
        "moved qualifier": min(moved, 3) / 3,
        "new word alone": min(alone, 3) / 3,
    }


def _stands_alone(words: Sequence[Word], at: int) -> bool:
    """Whether a word has no content word beside it, like the noun in "on radar, the"."""
    return words[at - 1].weight == 0 and (at + 1 == len(words) or words[at + 1].weight == 0)


def _framing(found: Evidence) -> dict[str, float]:
    claim, source = found.claim, found.source.text
    given = quantities(source)
    small = [
        quantity
        for quantity in quantities(claim)
        if not quantity.kind and not quantity.text[:1].isdigit() and 2 <= quantity.value <= 4
    ]
    return {
        "small count": float(any(not any(agrees(q, other) for other in given) for q in small)),
        "turn": min(len(_TURN.findall(claim)), 2) / 2,
        "evidence": float(bool(_EVIDENCE.search(claim)) and not _EVIDENCE.search(source)),
        "order told": float(bool(_ORDER.search(claim)) and not _ORDER.search(source)),
    }
