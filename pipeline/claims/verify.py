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

BALANCED = 0.45
"""The score from which a claim counts as supported: misses and false alarms weigh the same.

Below one half, because the claims with a clear fault are refused whatever their score."""
STRICT = 0.65
"""The threshold of a writer for whom a false alarm costs only a replaced sentence."""
AS_IS = 0.98
"""The score of a sentence that is the source's own."""
FAULTY = 0.3
"""The highest score of a claim with a clear fault."""
ON_TOPIC = 0.4
"""The share of a claim's words that its source must cover before it can contradict it."""
CONTRADICTING = frozenset({"number", "direction", "polarity", "role"})
CAPPING = frozenset({"number", "name", "role", "plural"})

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
    score = _score(found, clear)
    if score >= threshold:
        return Verdict("supported", score, (_basis(found),))
    return Verdict(_failed(found, clear), score, _reasons(found, clear))


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


def _score(found: Evidence, clear: Sequence[Fault]) -> float:
    return round(min(chances(features_of(found))[SUPPORTED], _cap(clear)), 4)


def _cap(clear: Sequence[Fault]) -> float:
    return FAULTY if any(fault.kind in CAPPING for fault in clear) else 1.0


def capped_at(claim: str, sources: Sequence[Source]) -> float:
    """The highest score that the clear faults of a claim leave it."""
    return _cap(faults(claim, sources))


def _failed(found: Evidence, clear: Sequence[Fault]) -> Outcome:
    against = any(fault.kind in CONTRADICTING for fault in clear)
    return "contradicted" if against and found.alignment.whole >= ON_TOPIC else "unsupported"


def _basis(found: Evidence) -> str:
    sentence = found.source.plain[found.alignment.at]
    shown = sentence if len(sentence) <= 160 else f"{sentence[:157].rstrip()}…"
    return f"It rests on “{shown}”"


def _reasons(found: Evidence, clear: Sequence[Fault]) -> tuple[str, ...]:
    reasons = [fault.reason for fault in clear]
    if found.alignment.whole < ON_TOPIC:
        reasons.append("Most of what the claim speaks of does not occur in the source.")
    elif found.alignment.uncovered:
        heaviest = sorted(found.alignment.uncovered, key=lambda word: -word.weight)
        listed = ", ".join(dict.fromkeys(f"“{word.text}”" for word in heaviest[:3]))
        reasons.append(f"No sentence of the source speaks of {listed}.")
    if found.shift.lost_hedge:
        reasons.append(f"The source says it less surely: “{found.shift.lost_hedge}”.")
    if found.places.exchange >= 0.3:
        first, second = found.places.pair
        reasons.append(f"“{first}” and “{second}” seem to have changed places.")
    return tuple(reasons or ["Its words are the source's, but they do not fit together as they do there."])


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
