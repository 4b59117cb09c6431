"""What the score is made of: a few numbers for a claim against its sources."""

import re
from collections.abc import Sequence
from itertools import pairwise

from pipeline.claims.alignment import align
from pipeline.claims.certainty import AUTHORS_SAY, HEDGE
from pipeline.claims.direction import negated_at, sides_of
from pipeline.claims.evidence import Evidence
from pipeline.claims.figures import Exchange
from pipeline.claims.lexicon import NEGATIONS
from pipeline.claims.names import names_of
from pipeline.claims.novelty import novelties
from pipeline.claims.numbers import quantities
from pipeline.claims.reading import Word, clauses, words_of

_PRICE = re.compile(
    r"\b(?:(?:cost|expense|price) of|at the cost|though|although|but|however|paid for|sacrific\w+|in order to"
    r"|ha(?:s|ve|d) to|must|needed|requires?|required|depends?)\b",
    re.I,
)
_JOINED = re.compile(r"\b(?:both|and|as well as|also|or)\b", re.I)
_CONTRAST = re.compile(r"\b(?:but|whereas|while|though|although|not|only|rather)\b", re.I)
_TURNING = NEGATIONS | frozenset(
    "but merely only just alone solely even few enough any each every all still already rather although though despite "
    "however yet too unless until except".split()
)
"""Words that turn or bound a statement."""
FAMILIAR = 0.95
"""The rarity below which a word is one that many abstracts use."""
_ALONE = re.compile(r"\b(?:only|alone|solely|merely|just|enough|remains?|still)\b", re.I)


def features_of(found: Evidence) -> dict[str, float]:
    """The features of a claim by name; each about 0 to 1."""
    parts = (_coverage, _familiar, _faults, _certainty, _shape, novelties)
    return {name: value for part in parts for name, value in part(found).items()}


def _upto(count: int, most: int) -> float:
    return min(count, most) / most


def _coverage(found: Evidence) -> dict[str, float]:
    alignment = found.alignment
    heavy = [*sorted((word.weight for word in alignment.uncovered), reverse=True), 0.0, 0.0]
    content = [word for word in found.words if word.weight > 0]
    lost = {word.low for word in alignment.uncovered}
    parts = [align(words_of(part), found.source) for part in clauses(found.claim)]
    return {
        "whole": alignment.whole,
        "best": alignment.best,
        "pair": alignment.pair,
        "least clause whole": min(part.whole for part in parts),
        "least clause best": min(part.best for part in parts),
        "least clause familiar": min(part.familiar for part in parts),
        "uncovered": _upto(len(alignment.uncovered), 12),
        "rarest uncovered": heavy[0],
        "second uncovered": heavy[1],
        "uncovered at the start": sum(w.low in lost for w in content[:4]) / max(len(content[:4]), 1),
        "uncovered at the end": sum(w.low in lost for w in content[-4:]) / max(len(content[-4:]), 1),
        "rests on the title": float(alignment.at == 0),
        "place": alignment.at / max(len(found.source.sentences) - 1, 1),
    } | _neighbours(found)


def _familiar(found: Evidence) -> dict[str, float]:
    """Words of the trade that the source lacks: a rare new word is often a paraphrase, a common one another thing."""
    alignment = found.alignment
    content = max(sum(word.weight > 0 for word in found.words), 1)
    lost = [word.weight for word in alignment.uncovered]
    turning = [word for word in found.words if _turns(word) and word.low not in found.source.words]
    return {
        "familiar": alignment.familiar,
        "familiar best": alignment.familiar_best,
        "familiar uncovered": sum(weight < FAMILIAR for weight in lost) / content,
        "familiarity uncovered": sum(1 - weight for weight in lost) / content,
        "turning": 10 * len(turning) / max(len(found.words), 1),
    }


def _turns(word: Word) -> bool:
    return word.low in _TURNING or word.low.endswith("n't")


def _neighbours(found: Evidence) -> dict[str, float]:
    """How many neighbouring words of the claim the source knows, and knows the other way round."""
    stems = [word.stem for word in found.words if word.weight > 0]
    pairs = list(pairwise(stems))
    known = [pair for pair in pairs if found.source.stems.issuperset(pair)]
    given = {
        (first.stem, second.stem)
        for sentence in found.source.sentences
        for first, second in pairwise([word for word in sentence if word.weight > 0])
    }
    turned = sum((b, a) in given and (a, b) not in given for a, b in known)
    return {"known pairs": len(known) / max(len(pairs), 1), "turned pairs": _upto(turned, 1)}


def _faults(found: Evidence) -> dict[str, float]:
    sided = [word for word in found.words if sides_of(word)]
    return {
        "numbers missing": _upto(len(found.numbers), 2),
        "miscounted": float(bool(found.miscounted)),
        "crossed": _largest(found.crossed),
        "misplaced": _largest(found.misplaced),
        "rebounded": float(bool(found.rebounded or found.remeasured or found.reversed)),
        "names missing": _upto(len(found.names), 2),
        "swapped": _upto(len(found.swapped), 2),
        "roles": float(bool(found.roles)),
        "sided": _upto(len(sided), 6),
        "sided alone": _upto(sum(word.stem not in found.source.stems for word in sided), 4),
        "negation added": max((n.margin for n in found.negations if n.added), default=0.0),
        "negation lost": max((n.margin for n in found.negations if not n.added), default=0.0),
        "order": found.order,
        "fit": found.places.fit,
        "worst fit": found.places.worst,
        "changed places": found.places.exchange,
        "all changed places": found.places.total,
    } | _conflicts(found)


def _conflicts(found: Evidence) -> dict[str, float]:
    firm = [c.margin for c in found.conflicts if not c.loose]
    loose = [c.margin for c in found.conflicts if c.loose]
    return {
        "conflict": max(firm, default=0.0),
        "loose conflict": max(loose, default=0.0),
        "conflicts": sum(max(margin, 0.0) for margin in firm),
        "least conflict": min(firm, default=0.0),
        "mean conflict": sum(firm) / len(firm) if firm else 0.0,
        "agreeing": max((c.agree for c in found.conflicts), default=0.0),
    }


def _largest(exchanges: Sequence[Exchange]) -> float:
    return min(max((exchange.margin for exchange in exchanges), default=0.0), 0.6)


def _certainty(found: Evidence) -> dict[str, float]:
    shift = found.shift
    return {
        "full": _upto(len(shift.full), 2),
        "absolute": _upto(len(shift.absolute), 2),
        "strong": _upto(len(shift.strong), 2),
        "superlative": _upto(len(shift.superlative), 2),
        "plural": float(bool(shift.plural)),
        "lost hedge": float(bool(shift.lost_hedge)),
        "hedged": float(bool(HEDGE.search(found.claim))),
        "attributed": float(bool(AUTHORS_SAY.search(found.claim))),
    }


def _shape(found: Evidence) -> dict[str, float]:
    source = found.source.text.lower()
    prices = [match for match in _PRICE.finditer(found.claim) if match.group().lower() not in source]
    return {
        "numbers": _upto(len(quantities(found.claim)), 2),
        "names": _upto(len(names_of(found.claim)), 3),
        "negated": float(any(negated_at(found.words, n) for n in range(len(found.words)))),
        "length": _upto(len(found.words), 50),
        "contrast": float(bool(_CONTRAST.search(found.claim))),
        "price": _upto(len(prices), 2),
        "compared": float(" than " in found.claim and " than " not in source),
        "joined": _upto(len(_JOINED.findall(found.claim)), 3),
        "alone": float(bool(_ALONE.search(found.claim))),
    }
