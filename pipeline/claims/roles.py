"""Who does what to whom: relations of a claim whose two sides stand the other way round in its source."""

from collections.abc import Iterator
from functools import cache, lru_cache
from typing import NamedTuple

from pipeline.claims.contexts import weight
from pipeline.claims.direction import sides_of
from pipeline.claims.lexicon import NEGATIONS, axis_sides, opposites, same_meaning
from pipeline.claims.reading import Reading, Word
from pipeline.terms import STOP

REACH = 7

ACTIVE = {
    "harm": "attack jailbreak break fool deceive target exploit compromise mislead hijack threaten steal outsmart",
    "win": "outperform beat surpass exceed outdo overtake",
    "teach": "teach supervise guide instruct steer",
    "judge": "judge verify evaluate validate grade approve inspect",
    "make": "generate produce create propose supply",
}
"""Family: verbs whose subject acts and whose object undergoes it."""

UNDERGOING = {"harm": "susceptible vulnerable prone"}
"""Family: adjectives whose subject undergoes it."""

NOUNS = frozenset(
    "attack attacks target targets break breaks exploit exploits compromise compromises guide guides".split()
)
"""Forms that are verbs only after `to` or an auxiliary."""

_AUXILIARY = frozenset("to can could may might will would does do did not".split())
_BACKWARD = frozenset(
    "less lower smaller fewer worse weaker behind below poorer slower shorter narrower".split()
)
FORWARD = frozenset("more higher larger greater better bigger stronger faster longer wider".split())
_BEING = frozenset("is are was were be been being get gets got".split())
_FIRST = frozenset("before then afterwards precedes preceding".split())
_STARTING = frozenset("from begin begins beginning start starts starting".split())
_ONWARD = frozenset("to into toward towards becomes ends ending turns".split())
_SURE = 0.8
"""The margin from which two sides count as exchanged."""


class Relation(NamedTuple):
    """One side acts on the other: stems of either, and the word that says so."""

    family: str
    actor: frozenset[str]
    other: frozenset[str]
    said: str


class Swap(NamedTuple):
    """A relation of the claim that the source has the other way round, with the margin."""

    said: str
    margin: float


@cache
def _families() -> dict[str, tuple[str, bool]]:
    table: dict[str, tuple[str, bool]] = {}
    for family, verbs in ACTIVE.items():
        for verb in verbs.split():
            table |= dict.fromkeys(_forms(verb), (family, True))
    return table | {word: (family, False) for family, words in UNDERGOING.items() for word in words.split()}


def _forms(verb: str) -> tuple[str, ...]:
    past = {"break": "broken", "beat": "beaten", "steal": "stolen", "teach": "taught"}.get(verb)
    bare = verb.removesuffix("e")
    return (verb, f"{verb}s", past or f"{bare}ed", f"{verb[:-1]}ied" if verb.endswith("y") else f"{bare}ing")


def _is_verb(words: tuple[Word, ...], at: int) -> bool:
    if words[at].low not in NOUNS:
        return True
    return any(word.low in _AUXILIARY for word in words[max(at - 2, 0) : at])


@lru_cache(maxsize=4096)
def relations(words: tuple[Word, ...]) -> tuple[Relation, ...]:
    """The relations of a sentence, passives and "less than" turned into the active."""
    return tuple(_relations(words))


def _relations(words: tuple[Word, ...]) -> Iterator[Relation]:
    yield from _coursed(words)
    for at, word in enumerate(words):
        if word.low == "than":
            if not words[at + 1 : at + 2] or not words[at + 1].low[0].isdigit():
                yield from _compared(words, at)
            continue
        family, acts = _families().get(word.low, ("", True))
        if not family or not _is_verb(words, at):
            continue
        left, right = _stems(words[max(at - REACH, 0) : at]), _stems(words[at + 1 : at + 1 + REACH])
        by = next((n for n in range(at + 1, min(at + 4, len(words))) if words[n].low == "by"), None)
        if not acts or (_is_passive(words, at) and by is None):
            yield Relation(family, frozenset(), left, word.low)
        elif by is not None and word.low.endswith(("ed", "en", "t")):
            yield Relation(family, _stems(words[by + 1 : by + 1 + REACH]), left, word.low)
        else:
            yield Relation(family, left, right, word.low)


def _is_passive(words: tuple[Word, ...], at: int) -> bool:
    return words[at].low.endswith(("ed", "en", "ght")) and any(
        word.low in _BEING for word in words[max(at - 3, 0) : at]
    )


def _compared(words: tuple[Word, ...], at: int) -> Iterator[Relation]:
    """Who is ahead of whom by a `than`; what is compared ("higher accuracy") belongs to neither side."""
    before = words[max(at - REACH - 2, 0) : at]
    back = [word for word in before if word.low in _BACKWARD]
    if back and len([word for word in before if word.low in FORWARD]) > 0:
        return
    turned = (len(back[:1]) + sum(word.low in NEGATIONS for word in before)) % 2 == 1
    degree = max((n for n, word in enumerate(before) if _is_degree(word)), default=len(before))
    left, right = _stems(before[:degree]), _stems(words[at + 1 : at + 1 + REACH]) - _stems(before[degree:])
    yield Relation("win", right if turned else left, left if turned else right, "than")


def _is_degree(word: Word) -> bool:
    return (
        word.low in FORWARD or word.low in _BACKWARD or (word.low.endswith("er") and word.low in axis_sides())
    )


def _coursed(words: tuple[Word, ...]) -> Iterator[Relation]:
    """What comes first and what comes after it: `from X to Y`, `X before Y`, `X, then Y`."""
    for at, word in enumerate(words):
        left, right = _stems(words[max(at - REACH, 0) : at]), _stems(words[at + 1 : at + 1 + REACH])
        if word.low in _FIRST and left and right:
            yield Relation("course", left, right, word.low)
        elif word.low == "after" and at > 2 and right:
            yield Relation("course", right, left, word.low)
        elif word.low in _STARTING:
            end = next((n for n in range(at + 2, min(at + 9, len(words))) if words[n].low in _ONWARD), None)
            if end is not None:
                joint = next((n for n in range(at + 2, end) if words[n].low == "and"), end)
                first, last = _stems(words[at + 1 : joint]), _stems(words[end + 1 : end + 5])
                yield Relation("course", first, last, f"{word.low} … {words[end].low}")


def _stems(words: tuple[Word, ...]) -> frozenset[str]:
    return frozenset(word.stem for word in words if word.low not in STOP or sides_of(word))


def swaps(claim: tuple[Word, ...], source: Reading) -> list[Swap]:
    """The claim's relations that fit a relation of the source better with the sides exchanged."""
    given = [relation for sentence in source.sentences for relation in relations(sentence)]
    found = []
    for relation in relations(claim):
        margins = [(_margin(relation, other), other) for other in given if other.family == relation.family]
        if margins:
            best = max(margins, key=lambda pair: abs(pair[0]))
            if best[0] >= _SURE:
                found.append(Swap(relation.said, best[0]))
    return found


def _margin(claim: Relation, source: Relation) -> float:
    """How much better the sides fit crosswise than straight."""
    straight = _fit(claim.actor, source.actor) + _fit(claim.other, source.other)
    cross = _fit(claim.actor, source.other) + _fit(claim.other, source.actor)
    return cross - straight


def _fit(first: frozenset[str], second: frozenset[str]) -> float:
    shared = sum(weight(s) for s in first & second)
    kin = sum(0.5 * weight(s) for s in first - second if same_meaning().get(s, frozenset()) & second)
    against = sum(0.5 for s in first if opposites().get(s, frozenset()) & second and s not in second)
    return shared + kin - against
