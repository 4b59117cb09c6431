"""The faults of a claim that need no weighing: each names what the claim says and the source does not.

A sentence taken from its source has none, whatever form of address it was given (see `quoted`).
"""

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from pipeline.claims.certainty import Shift, beyond
from pipeline.claims.direction import Conflict, Negation, conflicts, negation_shifts
from pipeline.claims.evidence import joined, without_title
from pipeline.claims.figures import (
    Exchange,
    crossed,
    miscounted,
    misplaced,
    rebounded,
    remeasured,
    reversed_courses,
)
from pipeline.claims.names import missing_names
from pipeline.claims.numbers import Quantity, missing
from pipeline.claims.quoting import quoted
from pipeline.claims.reading import Reading, Source, read, without_marks
from pipeline.claims.roles import Swap, swaps

Kind = Literal["number", "name", "direction", "polarity", "role", "plural", "certainty"]

CLEARLY_CROSSED = 0.16
CLEARLY_MISPLACED = 0.25
CLEARLY_TURNED = 0.35
CLEARLY_NEGATED = 0.5


class Fault(NamedTuple):
    """What is wrong with a claim, by kind and in one sentence for people."""

    kind: Kind
    reason: str


class Found(NamedTuple):
    """What the checks of single statements found in a claim."""

    numbers: Sequence[tuple[Quantity, Quantity | None]]
    miscounted: Sequence[Exchange]
    crossed: Sequence[Exchange]
    misplaced: Sequence[Exchange]
    rebounded: Sequence[Exchange]
    remeasured: Sequence[Exchange]
    reversed: Sequence[Exchange]
    names: Sequence[str]
    conflicts: Sequence[Conflict]
    negations: Sequence[Negation]
    roles: Sequence[Swap]
    shift: Shift


def faults(claim: str, sources: Sequence[Source]) -> tuple[Fault, ...]:
    """The clear faults of a claim against its sources, none for a sentence of theirs; it needs no embedding."""
    if quoted(claim, sources):
        return ()
    source = joined(tuple((source.title, source.text) for source in sources))
    said = read(without_title(without_marks(claim), [source.title for source in sources]))
    return tuple(named(_look(said, source, works_of(sources))))


def works_of(sources: Sequence[Source]) -> int:
    """How many distinct works the sources are."""
    return len({source.id for source in sources})


def _look(said: Reading, source: Reading, works: int) -> Found:
    words = tuple(word for sentence in said.sentences for word in sentence)
    return Found(
        numbers=missing(said.text, source.text),
        miscounted=miscounted(said.text, source),
        crossed=crossed(said.text, source),
        misplaced=misplaced(said.text, source),
        rebounded=rebounded(said.text, source),
        remeasured=remeasured(said.text, source),
        reversed=reversed_courses(said.text, source),
        names=missing_names(said.text, source),
        conflicts=conflicts(said, source),
        negations=negation_shifts(said, source),
        roles=swaps(words, source),
        shift=beyond(said.text, source.text, "", works),
    )


def named(found: Found) -> Iterator[Fault]:
    """The clear faults among what was found, in words."""
    yield from _wrong_numbers(found)
    for name in found.names:
        yield Fault("name", f"The source does not mention {name}.")
    for conflict in found.conflicts[:2]:
        if not conflict.loose and conflict.margin >= CLEARLY_TURNED:
            yield Fault(
                "direction",
                f"The claim says “{conflict.word}” where the source says “{conflict.instead}”.",
            )
    for negation in found.negations[:1]:
        if negation.margin >= CLEARLY_NEGATED:
            who = "The claim negates" if negation.added else "The source negates, but the claim does not,"
            yield Fault("polarity", f"{who} what is said about “{negation.word}”.")
    for swap in found.roles[:1]:
        yield Fault("role", f"The two sides of “{swap.said}” stand the other way round in the source.")
    yield from _too_sure(found.shift)


def _wrong_numbers(found: Found) -> Iterator[Fault]:
    for quantity, other in found.numbers:
        instead = f"; the nearest figure there is “{other.text}”" if other else ""
        yield Fault("number", f"The source does not give “{quantity.text}”{instead}.")
    lost = {quantity.start for quantity, _ in found.numbers}
    for exchange in found.miscounted:
        if exchange.claimed.start not in lost:
            yield Fault(
                "number",
                f"The source counts “{exchange.given.text}”, not “{exchange.claimed.text}”, of these.",
            )
    for exchange in found.crossed:
        if exchange.margin >= CLEARLY_CROSSED:
            pair = f"“{exchange.claimed.text}” and “{exchange.given.text}”"
            yield Fault("number", f"The figures {pair} seem to be exchanged.")
    for exchange in found.misplaced[:1]:
        if exchange.margin >= CLEARLY_MISPLACED:
            yield Fault(
                "number",
                f"Where the claim gives “{exchange.claimed.text}”, the source gives “{exchange.given.text}”.",
            )
    for exchange in found.remeasured:
        yield Fault(
            "number",
            f"“{exchange.claimed.text}” is a change in one of claim and source, and a level in the other.",
        )
    for exchange in found.reversed:
        yield Fault(
            "number",
            f"The source goes from “{exchange.given.text}” to “{exchange.claimed.text}”, not the other way.",
        )
    for exchange in found.rebounded:
        yield Fault(
            "number",
            f"The source gives “{exchange.claimed.text}” otherwise: as a bound, a best or a mean value.",
        )


def _too_sure(shift: Shift) -> Iterator[Fault]:
    if shift.plural:
        yield Fault("plural", f"“{shift.plural}” needs more than the one work that is cited.")
    for word in (*shift.strong[:1], *shift.superlative[:1]):
        yield Fault("certainty", f"The source does not say “{word}”.")
