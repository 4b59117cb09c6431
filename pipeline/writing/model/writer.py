"""The writer with a language model: better prose in the places of the extractive draft, under the project's checks.

The extractive draft is made first. A model is asked for sentences in its slots, a few calls at once; each sentence is
checked against its sources, asked for again once with the reasons, and otherwise the source's own sentence stays. So
nothing that a model does, or fails to do, can leave a brief without text or put an unchecked sentence into it.
"""

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from pipeline.draft import HEADINGS, DraftClaim, DraftSection, Material
from pipeline.llm import Call, Gate, ModelAnswerMalformed, ModelError, Piece, PolicyError, Sent
from pipeline.models import Article
from pipeline.prompts import fenced, load_prompt
from pipeline.writing import extractive
from pipeline.writing.model.answers import tell
from pipeline.writing.model.checks import Check, Embed, Sentences, by_rules, judged, reasons_of
from pipeline.writing.model.evidence import evidence_of, shown
from pipeline.writing.model.reading import noted
from pipeline.writing.model.slots import CALLS, Group, Place, filled, groups_of, works_of

log = logging.getLogger(__name__)

AT_ONCE = 4
"""Calls at the same time."""


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
    notes: tuple[str, ...] = ()
    """What went wrong, in words for people."""
    tokens_in: int = 0
    tokens_out: int = 0
    cost_usd: float | None = None
    prompts: Mapping[str, str] = field(default_factory=dict)
    """Name and fingerprint of each prompt used."""
    calls: tuple[Call, ...] = ()
    ledger: tuple[Sent, ...] = ()

    def receipt_fields(self, removed: int) -> dict[str, Any]:
        """The receipt's fields that tell how it was written; `removed` are claims that were taken out afterwards."""
        return {
            "writer": self.writer,
            "notes": self.notes,
            "tokens_in": self.tokens_in,
            "tokens_out": self.tokens_out,
            "cost_usd": self.cost_usd,
            "repaired": self.repaired,
            "removed": removed + self.replaced,
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


def told_by(
    open_gate: Callable[[], Gate] | None,
    question: str,
    claims: Sequence[DraftClaim],
    works: Mapping[str, Article],
    embed: Embed | None = None,
) -> tuple[DraftClaim, ...]:
    """The claims of an answer in the model's words, or as they are if there is no model or it does not pass."""
    if open_gate is None:
        return tuple(claims)
    try:
        found = tell(open_gate(), question, claims, works, by_rules(embed))
    except ModelError as error:
        log.warning("answered without the model: %s", error.user_message)
        return tuple(claims)
    if found.note:
        log.warning("%s", found.note)
    return found.claims


def try_model(gate: Gate) -> str:
    """Asks for one word and says in a sentence that the model answered; ModelError says what is wrong."""
    gate.ask(load_prompt("try_model"), {"word": [Piece("ready")]}, Sentences)
    call = gate.calls[-1]
    return f"{gate.name} answered in {call.seconds:.1f} s ({call.tokens_in} tokens in, {call.tokens_out} out)"


class ModelWriter:
    """Writes briefs with the model behind a gate; each brief opens gates of its own.

    Where the writer's policy is `derived`, `open_reader` opens the gate to a second model, which may see the sources:
    it restates their sentences, and the writer is shown nothing else.
    """

    def __init__(
        self,
        open_gate: Callable[[], Gate],
        check: Check | None = None,
        open_reader: Callable[[], Gate] | None = None,
    ) -> None:
        self._open_gate = open_gate
        self._open_reader = open_reader
        self._check = check or by_rules()

    def write(self, material: Material, embed: Embed | None = None) -> Written:
        """The seven sections over this material, and what they took; never raises for what a model does.

        `embed` turns texts into vectors of length 1, one row a text; the checks use it where it is given.
        """
        draft = extractive.write(material)
        evidence = evidence_of(works_of(material), f"{material.window.since} {material.window.until}")
        if not groups_of(draft, material, evidence):
            return Written(draft)
        gates: list[Gate] = []
        try:
            gates.append(self._open_gate())
            if gates[0].boundary.policy == "derived":
                needed = {w.article.id for g in groups_of(draft, material, evidence) for w in g.works}
                gates[0].boundary.withhold(p for work in evidence.values() for p in work.originals())
                gates.append(self._reader())
                evidence = noted(gates[1], gates[0], [evidence[i] for i in evidence if i in needed])
        except ModelError as error:
            return Written(
                draft, notes=(f"Written without the model: {error.user_message}.",), **_cost(gates)
            )
        check = _one_at_a_time(by_rules(embed) if embed else self._check)
        groups = groups_of(draft, material, evidence)
        with ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="writing") as pool:
            told = list(pool.map(lambda group: _tell(gates[0], group, check), groups))
        return _put_together(draft, gates, told)

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


def _tell(gate: Gate, group: Group, check: Check) -> _Told:
    """Asks for a group's sentences, checks them, and asks once more for those that did not pass."""
    told = _Told(group)
    try:
        try:
            answer = gate.ask(load_prompt(group.prompt), _values(group), Sentences)
            _judge(told, answer, check)
        except ModelAnswerMalformed as error:
            told.refused = {slot.key: ("", (error.user_message,)) for slot in group.slots}
        if told.refused:
            _repair(gate, told, check)
    except ModelError as error:
        told.error = error.user_message
    except Exception as error:
        log.error("a call of the model failed unexpectedly: %s", type(error).__name__)
        told.error = f"the program failed to use the model's answer ({type(error).__name__})"
    return told


def _values(group: Group) -> dict[str, list[Piece]]:
    return {"works": shown(group.works), "slots": [Piece("\n".join(slot.line for slot in group.slots))]}


def _judge(told: _Told, answer: Sentences, check: Check) -> None:
    """Sorts an answer's sentences: the first one for each known slot counts, others are not looked at."""
    slots = {slot.key: slot for slot in told.group.slots if slot.place not in told.accepted}
    for sentence in answer.sentences:
        slot = slots.pop(sentence.slot.strip(), None)
        if slot is None:
            continue
        verdict = judged(sentence, slot, check)
        if verdict.claim is not None:
            told.accepted[slot.place] = verdict.claim
            told.refused.pop(slot.key, None)
        else:
            told.refused[slot.key] = (sentence.text, verdict.reasons)


def _repair(gate: Gate, told: _Told, check: Check) -> None:
    """Asks once more for the refused sentences, with the reasons."""
    before = set(told.accepted)
    again = Group(
        told.group.name, told.group.prompt, tuple(s for s in told.group.slots if s.key in told.refused)
    )
    faults: list[Piece] = []
    for slot, text, reasons in reasons_of(told.refused):
        if gate.boundary.policy == "derived":
            reasons = "its source does not say this"  # reasons quote the source
        faults += [Piece(f"{fenced(slot, text)}\n", "derived"), Piece(f"refused because: {reasons}\n")]
    answer = gate.ask(load_prompt("repair_sentences"), {**_values(again), "faults": faults}, Sentences)
    _judge(told, answer, check)
    told.repaired = set(told.accepted) - before


def _put_together(draft: Sequence[DraftSection], gates: Sequence[Gate], told: Sequence[_Told]) -> Written:
    accepted = {place: claim for part in told for place, claim in part.accepted.items()}
    sections = filled(draft, accepted)
    kept = {place for place, claim in accepted.items() if _stands(sections, place, claim)}
    replaced = sum(len(part.refused) for part in told)
    return Written(
        sections,
        writer=gates[0].name if kept else "extractive",
        model_sentences=len(kept),
        repaired=len(kept & {place for part in told for place in part.repaired}),
        replaced=replaced,
        notes=tuple(_notes(gates[0], told, kept, replaced)),
        **_cost(gates),
    )


def _cost(gates: Sequence[Gate]) -> dict[str, Any]:
    """What the calls of all gates took, as fields of `Written`."""
    return {
        "tokens_in": sum(gate.tokens_in for gate in gates),
        "tokens_out": sum(gate.tokens_out for gate in gates),
        "prompts": {name: mark for gate in gates for name, mark in gate.prompts.items()},
        "calls": tuple(call for gate in gates for call in gate.calls),
        "ledger": tuple(line for gate in gates for line in gate.ledger),
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
    if replaced:
        notes.append(
            f"{replaced} sentences of {gate.name} did not pass the checks and were replaced or left out."
        )
    return notes
