"""Whether the sources of a claim say what it says: one pure function, for every writer and for answers alike."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

from pipeline.claims.evidence import Evidence, gather
from pipeline.claims.faults import Fault, Found, faults, named, works_of
from pipeline.claims.features import features_of
from pipeline.claims.quoting import quoted
from pipeline.claims.reading import Source
from pipeline.claims.scoring import SUPPORTED, chances
from pipeline.errors import SettingsError

BALANCED = 0.55
"""The score from which a claim counts as supported.

The balanced accuracy is flat between 0.45 and 0.6. A false alarm costs only a sentence that is put in other words or
left to the source, a miss puts something false before readers: so the threshold lies at the upper end of that stretch.
Sentences of the sources themselves are never weighed (see `quoted`): who only quotes does not pay for it.
"""
STRICT = 0.7
"""The threshold of who would rather lose two of five supported claims than believe more than one of six wrong ones."""
AS_IS = 0.98
"""The score of a sentence that is the source's own."""
FAULTY = 0.3
"""The highest score of a claim with a clear fault."""
ON_TOPIC = 0.4
"""The share of a claim's words that its source must cover for its nearest sentence to be shown."""
CAPPING = frozenset({"number", "name", "direction", "role", "plural"})
CONTRADICTING = ("number", "name", "turned", "role")
"""Kinds of claims that say otherwise than their source; the other wrong ones say more than it."""
LIKELY = {
    "number": "A figure seems to belong to something else in the source.",
    "name": "It seems to put something else in the place of what the source names.",
    "turned": "It seems to turn round what the source says.",
    "role": "It seems to exchange who does something and to whom it is done.",
    "overstated": "It seems to say more surely, or more generally, what the source says.",
    "elsewhere": "It seems to speak of something that the source does not report.",
}
"""What to say of a claim without a clear fault, by the kind that it most likely is."""

Outcome = Literal["supported", "unsupported", "contradicted"]


class Verdict(NamedTuple):
    """The outcome, the probability of support (0 to 1), and the reasons in sentences for people."""

    verdict: Outcome
    score: float
    reasons: tuple[str, ...]


def verify(claim: str, sources: Sequence[Source], threshold: float = BALANCED) -> Verdict:
    """Whether the sources support a claim, with a score and reasons.

    A claim is read as one statement over all its sources together. The score is calibrated for a mix in which
    half of the claims are supported; `threshold` is where support begins.
    """
    sources = [source for source in sources if source.title.strip() or source.text.strip()]
    if not sources:
        return Verdict("unsupported", 0.0, ("No source with a text is cited.",))
    if not claim.strip():
        return Verdict("unsupported", 0.0, ("The claim is empty.",))
    if quoted(claim, sources):
        return Verdict("supported", AS_IS, ("The sentence is the source's own.",))
    found = gather(claim, [(source.title, source.text) for source in sources], works_of(sources))
    clear = tuple(named(_statements(found)))
    kinds = chances(features_of(found))
    score = round(min(kinds.pop(SUPPORTED), _cap(clear)), 4)
    if score >= threshold:
        return Verdict("supported", score, (_basis(found),))
    return Verdict(_failed(kinds), score, _reasons(found, clear, kinds))


def _statements(found: Evidence) -> Found:
    return Found(
        numbers=found.numbers,
        miscounted=found.miscounted,
        crossed=found.crossed,
        misplaced=found.misplaced,
        rebounded=found.rebounded,
        remeasured=found.remeasured,
        reversed=found.reversed,
        names=found.names,
        conflicts=found.conflicts,
        negations=found.negations,
        roles=found.roles,
        shift=found.shift,
    )


def _cap(clear: Sequence[Fault]) -> float:
    return FAULTY if any(fault.kind in CAPPING for fault in clear) else 1.0


def capped_at(claim: str, sources: Sequence[Source]) -> float:
    """The highest score that the clear faults of a claim leave it."""
    return _cap(faults(claim, sources))


def _failed(kinds: Mapping[str, float]) -> Outcome:
    """Whether a claim that is wrong in one of these ways more likely contradicts its source or goes beyond it."""
    against = sum(kinds[kind] for kind in CONTRADICTING)
    return "contradicted" if against > sum(kinds.values()) - against else "unsupported"


def _basis(found: Evidence) -> str:
    return f"It rests on “{_nearest(found)}”"


def _nearest(found: Evidence) -> str:
    sentence = found.source.plain[found.alignment.at] if found.source.plain else ""
    return sentence if len(sentence) <= 160 else f"{sentence[:157].rstrip()}…"


def _reasons(found: Evidence, clear: Sequence[Fault], kinds: Mapping[str, float]) -> tuple[str, ...]:
    """What is wrong for certain, else what likely is; then which words are new, and what the source says instead."""
    reasons = [fault.reason for fault in clear] or [LIKELY[max(kinds, key=lambda kind: kinds[kind])]]
    if found.alignment.whole < ON_TOPIC:
        return (*reasons, "Most of what the claim speaks of does not occur in the source.")
    if found.shift.lost_hedge:
        reasons.append(f"The source says it less surely: “{found.shift.lost_hedge}”.")
    if found.places.exchange >= 0.3:
        first, second = found.places.pair
        reasons.append(f"“{first}” and “{second}” seem to have changed places.")
    if found.alignment.uncovered:
        heaviest = sorted(found.alignment.uncovered, key=lambda word: -word.weight)
        listed = ", ".join(dict.fromkeys(f"“{word.text}”" for word in heaviest[:3]))
        reasons.append(f"No sentence of the source speaks of {listed}.")
    return (*reasons, f"The nearest sentence of the source is “{_nearest(found)}”")


def verify_line(row: Mapping[str, Any]) -> dict[str, Any]:
    """One input line of `brief lab verify` to its output line. Raises SettingsError that names the wrong field."""
    sources = row.get("sources")
    if not isinstance(row.get("claim"), str):
        raise SettingsError("claim: a text is needed")
    if not isinstance(sources, list):
        raise SettingsError("sources: a list of objects with id, title and text is needed")
    verdict = verify(row["claim"], [_source(n, source) for n, source in enumerate(sources)])
    return {
        "id": row.get("id"),
        "verdict": verdict.verdict,
        "score": verdict.score,
        "reasons": list(verdict.reasons),
    }


def _source(number: int, given: object) -> Source:
    if not isinstance(given, Mapping):
        raise SettingsError(f"sources[{number}]: an object with id, title and text is needed")
    for field in ("title", "text"):
        if not isinstance(given.get(field, ""), str):
            raise SettingsError(f"sources[{number}].{field}: a text is needed")
    return Source(str(given.get("id", number)), given.get("title", ""), given.get("text", ""))
