"""The writer with a language model: better prose in the places of the extractive draft, under the project's checks.

The extractive draft is made first. A model is asked for sentences in its slots, a few calls at once; each sentence is
checked against its sources, asked for again once with the reasons, and otherwise the source's own sentence stays. So
nothing that a model does, or fails to do, can leave a brief without text or put an unchecked sentence into it.
"""

import logging
import math
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from pipeline.draft import HEADINGS, DraftClaim, DraftSection, Material
from pipeline.llm import (
    Call,
    Gate,
    Journal,
    ModelAnswerMalformed,
    ModelError,
    Named,
    Piece,
    PolicyError,
    Sent,
)
from pipeline.prompts import fenced, unfenced
from pipeline.steps import carried
from pipeline.writing import extractive
from pipeline.writing.model.checks import Check, Judged, Sentences, by_rules, judged, reasons_of
from pipeline.writing.model.evidence import evidence_of, shown
from pipeline.writing.model.judging import Passed, doubts
from pipeline.writing.model.reading import noted
from pipeline.writing.model.slots import CALLS, Group, Place, filled, groups_of, works_of

log = logging.getLogger(__name__)

AT_ONCE = 4
"""Calls at the same time."""
TRUSTED = 0.5
"""Share of a call's sentences that must pass. No check catches every false sentence: the fewer of a model's sentences
are right, the more of those that pass are wrong all the same, so below this none of them is taken."""


Verdicts = Mapping[str, Mapping[str, Sequence[str]]]
"""By call and slot what was wrong with a sentence; empty if it passed."""


@dataclass(frozen=True)
class Written:
    """A draft, and what its writing took: for the receipt and the record of the run."""

    sections: tuple[DraftSection, ...]
    writer: str = "extractive"
    """`provider:model` if at least one sentence is the model's."""
    model_sentences: int = 0
    """Sentences of the model that stand in the draft."""
    repaired: int = 0
    """Of these, how many passed only when written again."""
    replaced: int = 0
    """Sentences of the model that did not pass; the source's own stand there, or nothing."""
    left_out: int = 0
    """Of these, how many have nothing in their place."""
    notes: tuple[str, ...] = ()
    """What went wrong, in words for people."""
    tokens_in: int = 0
    tokens_out: int = 0
    cost_usd: float | None = None
    prompts: Mapping[str, str] = field(default_factory=dict)
    """Name and fingerprint of each prompt used."""
    calls: tuple[Call, ...] = ()
    ledger: tuple[Sent, ...] = ()
    verdicts: Verdicts = field(default_factory=dict)
    models: Mapping[str, Named] = field(default_factory=dict)
    """The models that were opened, by what they did: writer, reader, judge."""

    def receipt_fields(self, removed: int) -> dict[str, Any]:
        """The receipt's fields that tell how it was written; `removed` are claims that were taken out afterwards."""
        return {
            "writer": self.writer,
            "notes": self.notes,
            "tokens_in": self.tokens_in,
            "tokens_out": self.tokens_out,
            "cost_usd": self.cost_usd,
            "repaired": self.repaired,
            "replaced": self.replaced - self.left_out,
            "removed": removed + self.left_out,
            "prompts": dict(self.prompts),
        }


@dataclass
class _Told:
    """What a group of slots came to."""

    group: Group
    accepted: dict[Place, DraftClaim] = field(default_factory=dict)
    repaired: set[Place] = field(default_factory=set)
    refused: dict[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    """By slot: the last sentence, and what is wrong with it."""
    error: str | None = None
    unjudged: str | None = None
    """Why the second opinion is missing."""
    distrusted: set[Place] = field(default_factory=set)
    """Where sentences passed that are not taken, since too many others did not pass."""
    verdicts: dict[str, dict[str, Sequence[str]]] = field(default_factory=dict)


class ModelWriter:
    """Writes briefs with the model behind a gate; each brief opens gates of its own.

    Where the writer's policy is `derived`, `open_reader` opens the gate to a second model, which may see the sources:
    it restates their sentences, and the writer is shown nothing else. `open_judge` opens one to a model that sees the
    sources too and gives a second opinion on each sentence.
    """

    def __init__(
        self,
        open_gate: Callable[[], Gate],
        check: Check | None = None,
        open_reader: Callable[[], Gate] | None = None,
        open_judge: Callable[[], Gate] | None = None,
        journal: Journal | None = None,
    ) -> None:
        self._open_gate = open_gate
        self._open_reader = open_reader
        self._open_judge = open_judge
        self._journal = journal
        self._check = check or by_rules()

    def write(self, material: Material) -> Written:
        """The seven sections over this material, and what they took; never raises for what a model does."""
        draft = extractive.write(material)
        evidence = evidence_of(works_of(material), f"{material.window.since} {material.window.until}")
        if not groups_of(draft, material, evidence):
            return Written(draft)
        gates: dict[str, Gate] = {}
        try:
            gates["writer"] = gate = self._open_gate()
            if gate.boundary.policy == "derived":
                needed = {w.article.id for g in groups_of(draft, material, evidence) for w in g.works}
                gate.withhold(p for work in evidence.values() for p in work.originals())
                gates["reader"] = self._reader()
                evidence = noted(gates["reader"], gate, [evidence[i] for i in evidence if i in needed])
            if self._open_judge:
                gates["judge"] = self._open_judge()
        except ModelError as error:
            return Written(
                draft, notes=(f"Written without the model: {error.user_message}.",), **_cost(gates)
            )
        check = _one_at_a_time(self._check)
        groups = groups_of(draft, material, evidence)
        with ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="writing") as pool:
            tell = carried(lambda group: _tell(gate, gates.get("judge"), group, check))
            told = list(pool.map(tell, groups))
        return _put_together(draft, gates, told)

    def keep(self, run: int, written: Written) -> None:
        """Says to which stored run the calls belong."""
        if self._journal is not None:
            self._journal.finish(run, written.calls, written.verdicts)

    def _reader(self) -> Gate:
        if self._open_reader is None:
            raise PolicyError(
                "[model.writer] may see only what [model.reader] writes, and there is no reader"
            )
        return self._open_reader()


def _one_at_a_time(check: Check) -> Check:
    """The checker for several threads."""
    lock = threading.Lock()

    def guarded(claim: str, sources: Sequence[object]) -> Sequence[str]:
        with lock:
            return check(claim, sources)  # type: ignore[arg-type]

    return guarded


def _tell(gate: Gate, judge: Gate | None, group: Group, check: Check) -> _Told:
    """Asks for a group's sentences, checks them, and asks once more for those that did not pass."""
    told = _Told(group)
    try:
        try:
            answer, call = gate.asked(gate.prompt(group.prompt), _values(group), Sentences)
            _judge(told, answer, call, check, judge)
        except ModelAnswerMalformed as error:
            told.refused = {slot.key: ("", (error.user_message,)) for slot in group.slots}
        if told.refused:
            _repair(gate, judge, told, check)
    except ModelError as error:
        told.error = error.user_message
    except Exception as error:
        log.error("a call of the model failed unexpectedly: %s", type(error).__name__)
        told.error = f"the program failed to use the model's answer ({type(error).__name__})"
    _distrust(told)
    return told


def _values(group: Group) -> dict[str, list[Piece]]:
    return {"works": shown(group.works), "slots": [Piece("\n".join(slot.line for slot in group.slots))]}


def _judge(told: _Told, answer: Sentences, call: str, check: Check, judge: Gate | None) -> None:
    """Sorts an answer's sentences: the first one for each known slot counts, others are not looked at."""
    slots = {slot.key: slot for slot in told.group.slots if slot.place not in told.accepted}
    judged_ones = {}
    for sentence in answer.sentences:
        slot = slots.pop(sentence.slot.strip(), None)
        if slot is not None:
            judged_ones[slot.key] = (slot, sentence.text, judged(sentence, slot, check))
    against = _second_opinion(told, judge, {key: v for key, (_, _, v) in judged_ones.items() if v.claim})
    for key, (slot, text, verdict) in judged_ones.items():
        reasons = (against[key],) if key in against else verdict.reasons
        told.verdicts.setdefault(call, {})[key] = reasons
        if verdict.claim is not None and key not in against:
            told.accepted[slot.place] = verdict.claim
            told.refused.pop(key, None)
        else:
            told.refused[key] = (text, reasons)


def _second_opinion(told: _Told, judge: Gate | None, passed: Mapping[str, Judged]) -> Mapping[str, str]:
    """What the second model has against sentences, by slot; nothing where it cannot be asked."""
    if judge is None:
        return {}
    try:
        return doubts(judge, {k: Passed(v.claim.text, v.works) for k, v in passed.items() if v.claim})
    except ModelError as error:
        told.unjudged = error.user_message
        return {}


def _repair(gate: Gate, judge: Gate | None, told: _Told, check: Check) -> None:
    """Asks once more for the refused sentences, with the reasons."""
    before = set(told.accepted)
    again = Group(
        told.group.name, told.group.prompt, tuple(s for s in told.group.slots if s.key in told.refused)
    )
    faults: list[Piece] = []
    for slot, text, reasons in reasons_of(told.refused):
        if gate.boundary.policy == "derived":
            reasons = "its source does not say this"  # reasons quote the source
        faults += [
            Piece(f"{fenced(slot, text)}\n", "derived"),
            Piece(f"refused because: {unfenced(reasons)}\n", "derived"),
        ]
    values = {**_values(again), "faults": faults}
    answer, call = gate.asked(gate.prompt("repair_sentences"), values, Sentences)
    _judge(told, answer, call, check, judge)
    told.repaired = set(told.accepted) - before


def _distrust(told: _Told) -> None:
    """Takes none of the sentences where too few of them passed."""
    passed, refused = len(told.accepted), len(told.refused)
    if passed and passed < TRUSTED * (passed + refused):
        told.distrusted = set(told.accepted)
        told.accepted, told.repaired = {}, set()
        told.error = told.error or "too few of its sentences passed the checks"


def _put_together(draft: Sequence[DraftSection], gates: Mapping[str, Gate], told: Sequence[_Told]) -> Written:
    accepted = {place: claim for part in told for place, claim in part.accepted.items()}
    sections = filled(draft, accepted)
    kept = {place for place, claim in accepted.items() if _stands(sections, place, claim)}
    replaced = sum(len(part.refused) + len(part.distrusted) for part in told)
    return Written(
        sections,
        writer=gates["writer"].answered_by if kept else "extractive",
        model_sentences=len(kept),
        repaired=len(kept & {place for part in told for place in part.repaired}),
        replaced=replaced,
        left_out=sum(_left_out(part) for part in told),
        notes=tuple(_notes(gates["writer"], told, kept, replaced)),
        verdicts={call: found for part in told for call, found in part.verdicts.items()},
        **_cost(gates),
    )


def _left_out(told: _Told) -> int:
    """How many refused sentences were only the model's, so that no sentence of a source stands in their place."""
    slots = [slot for slot in told.group.slots if slot.claim is None]
    return sum(slot.key in told.refused or slot.place in told.distrusted for slot in slots)


def _cost(gates: Mapping[str, Gate]) -> dict[str, Any]:
    """What the calls of all gates took, as fields of `Written`."""
    calls = tuple(call for gate in gates.values() for call in gate.calls)
    costs = [call.cost_usd for call in calls if call.tokens_in or call.tokens_out]
    known = [cost for cost in costs if cost is not None]
    return {
        "tokens_in": sum(call.tokens_in for call in calls),
        "tokens_out": sum(call.tokens_out for call in calls),
        "cost_usd": round(math.fsum(known), 6) if len(known) == len(costs) else None,
        "prompts": dict(sorted((call.prompt, call.fingerprint) for call in calls)),
        "calls": calls,
        "ledger": tuple(line for gate in gates.values() for line in gate.ledger),
        "models": {role: gate.named for role, gate in gates.items()},
    }


def _stands(sections: Sequence[DraftSection], place: Place, claim: DraftClaim) -> bool:
    claims = sections[place.section].items[place.item].claims
    return place.claim < len(claims) and claims[place.claim] == claim


def _notes(gate: Gate, told: Sequence[_Told], kept: set[Place], replaced: int) -> list[str]:
    """What went wrong, one sentence a reason."""
    sections: dict[str, list[str]] = {}
    for part in told:
        if part.error:
            names = [HEADINGS[kind] for kind in CALLS[part.group.name]]
            sections.setdefault(part.error, []).extend(
                n for n in names if n not in sections.get(part.error, [])
            )
    notes = [
        f"Without the model in {', '.join(names)}: {error}."
        if kept
        else f"Written without the model: {error}."
        for error, names in sections.items()
    ]
    if kept:
        notes += [f"{reason}: {gate.stand_in} was asked instead." for reason in sorted(gate.turned_from)]
    missing = dict.fromkeys(part.unjudged for part in told if part.unjudged)
    notes += [f"Without a second opinion on some sentences: {reason}." for reason in missing]
    if replaced:
        said = "sentence" if replaced == 1 else "sentences"
        did = "was" if replaced == 1 else "were"
        notes.append(
            f"{replaced} {said} of {gate.answered_by} did not pass the checks and {did} replaced or left out."
        )
    return notes
