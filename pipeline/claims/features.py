"""What the score is made of: a few numbers for a claim against its sources, with and without an embedding."""

import re
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

from pipeline.claims.alignment import align
from pipeline.claims.certainty import AUTHORS_SAY, HEDGE
from pipeline.claims.direction import negated_at, sides_of
from pipeline.claims.evidence import Evidence
from pipeline.claims.figures import Exchange
from pipeline.claims.flips import turned_round
from pipeline.claims.names import names_of
from pipeline.claims.numbers import quantities
from pipeline.claims.reading import clauses, words_of

Embed = Callable[[Sequence[str]], Any]
"""Texts to vectors of length 1, one row a text."""

_PRICE = re.compile(
    r"\b(?:(?:cost|expense|price) of|at the cost|though|although|but|however|paid for|sacrific\w+|in order to"
    r"|ha(?:s|ve|d) to|must|needed|requires?|required|depends?)\b",
    re.I,
)
_JOINED = re.compile(r"\b(?:both|and|as well as|also|or)\b", re.I)
_CONTRAST = re.compile(r"\b(?:but|whereas|while|though|although|not|only|rather)\b", re.I)
_ALONE = re.compile(r"\b(?:only|alone|solely|merely|just|enough|remains?|still)\b", re.I)


def plain_features(found: Evidence) -> dict[str, float]:
    """The features that need no embedding, by name; each about 0 to 1."""
    return _coverage(found) | _faults(found) | _certainty(found) | _shape(found)


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
        "uncovered": _upto(len(alignment.uncovered), 12),
        "rarest uncovered": heavy[0],
        "second uncovered": heavy[1],
        "uncovered at the start": sum(w.low in lost for w in content[:4]) / max(len(content[:4]), 1),
        "uncovered at the end": sum(w.low in lost for w in content[-4:]) / max(len(content[-4:]), 1),
        "rests on the title": float(alignment.at == 0),
        "place": alignment.at / max(len(found.source.sentences) - 1, 1),
    } | _neighbours(found)


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
        "rebounded": float(bool(found.rebounded)),
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


def embedded_features(found: Evidence, embed: Embed) -> dict[str, float]:
    """What an embedding adds: likeness to the source, clause by clause, and whether the claim's opposite is liker."""
    plain = found.source.plain
    parts, turned = clauses(found.claim), turned_round(found.claim)
    texts = [*plain, *(f"{first} {second}" for first, second in pairwise(plain))]
    rows = embed([found.claim, *parts, *turned, *texts])
    start, end = 1 + len(parts), 1 + len(parts) + len(turned)
    source = rows[end:]
    whole = source @ rows[0]
    each = (rows[1:start] @ source.T).max(axis=1)
    nearest = whole.argsort()[-3:]
    opposite = [float((source[nearest] @ row - whole[nearest]).max()) for row in rows[start:end]]
    return {
        "likeness": float(whole.max()),
        "mean likeness": float(whole.mean()),
        "least clause likeness": float(each.min()),
        "mean clause likeness": float(each.mean()),
        "opposite likeness": 10 * max(opposite, default=-0.02),
        "mean opposite likeness": 10 * sum(opposite) / len(opposite) if opposite else -0.2,
        "opposites": _upto(len(opposite), 4),
    }
