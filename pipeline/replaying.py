"""A stored run once more: byte for byte from its record and without a network, or with another prompt or model.

run (inputs, calls, prompts) → the same writer, the same checks → the same brief, or sentences beside each other
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import TypeAdapter

from pipeline.brief import brief_id
from pipeline.claims import checked
from pipeline.draft import DraftClaim, Material, numbered
from pipeline.errors import BriefError
from pipeline.llm import Call, Gate, Journal, ModelNotRecorded, Named
from pipeline.models import Article, Brief
from pipeline.prompts import Prompt, load_prompt
from pipeline.snapshots import AnswerInputs, Inputs, unpacked
from pipeline.store import Store
from pipeline.writing import extractive
from pipeline.writing.model import ModelWriter, Written, tell
from pipeline.writing.model.slots import works_of

OpenGate = Callable[[Named, Callable[[str], Prompt]], Gate]
"""Opens a gate to a model, with prompts by their names."""


class ReplayError(BriefError):
    """A run cannot be replayed; the text says why."""


class Line(NamedTuple):
    """A sentence that only one side has: `-` the recorded one, `+` the new one."""

    side: str
    section: str
    text: str


@dataclass(frozen=True)
class Replayed:
    """What a replay came to."""

    run: int
    subject: str
    identical: bool
    """Whether every byte of the document is the recorded one."""
    size: int
    """Bytes of the document."""
    calls: int
    missing: int
    """Calls that were not recorded, as when this version of the program asks in other words."""
    lines: tuple[Line, ...]


class Recording:
    """The recorded calls of a run; each is given out once, in the order in which they were made."""

    def __init__(self, calls: Sequence[Call]) -> None:
        self.missed: set[str] = set()
        self._left = list(calls)

    def take(self, key: str, model: str) -> Call:
        """The recorded call of this key; ModelNotRecorded if there is none."""
        found = next((call for call in self._left if call.key == key and call.model == model), None)
        if found is None:
            self.missed.add(key)
            raise ModelNotRecorded(f"the run made no such call of {model}")
        self._left.remove(found)
        return found

    @property
    def left(self) -> int:
        """How many calls were not asked for again."""
        return len(self._left)


@dataclass(frozen=True)
class Changes:
    """What is to be other than in the recorded run: the folder of prompts, the model that writes."""

    prompts: Path | None = None
    writer: Named | None = None

    @property
    def is_none(self) -> bool:
        """Whether nothing is, so that no model need be asked."""
        return self.prompts is None and self.writer is None


def replay(
    store: Store,
    journal: Journal,
    name: str,
    changes: Changes | None = None,
    open_gate: OpenGate | None = None,
) -> Replayed:
    """The run of this number, or the last one that wrote the brief of this id, once more; ReplayError if it cannot be.

    With `changes` models are asked, through `open_gate`; what is written is not stored.
    """
    run = store.run(name)
    if run is None:
        raise ReplayError(f"there is no run {name!r}: see `brief runs`")
    if not run["inputs"]:
        raise ReplayError(f"run {run['number']} ({run['use_case']}) wrote nothing that could be replayed")
    again = _Again(journal, run, changes or Changes(), open_gate)
    try:
        if run["use_case"] == "write":
            return _brief_again(store, again, unpacked(run["inputs"], Inputs))
        return _answer_again(again, unpacked(run["inputs"], AnswerInputs))
    except ValueError:
        raise ReplayError(f"run {run['number']} was stored in another form by another version") from None


class _Again:
    """The models of a recorded run, as they are to be asked once more."""

    def __init__(
        self, journal: Journal, run: Mapping[str, Any], changes: Changes, open_gate: OpenGate | None
    ) -> None:
        self.run = int(run["number"])
        self.subject = str(run["subject"])
        self.calls = journal.calls_of(self.run)
        self.recording = Recording(self.calls)
        self._journal = journal
        self._changes = changes
        self._open_gate = open_gate

    def gate(self, role: str, named: Named) -> Gate:
        """The gate of a role: the recorded answers, or a model where something is to be other."""
        if self._changes.is_none or self._open_gate is None:
            return self._recorded(named)
        if role == "writer" and self._changes.writer is not None:
            named = replace(self._changes.writer, policy=named.policy)
        return self._open_gate(named, self.prompt)

    def _recorded(self, named: Named) -> Gate:
        return Gate(
            named.name,
            None,
            named.policy,
            base_url=named.base_url,
            played=self.recording,
            fallback=self._recorded(named.fallback) if named.fallback else None,
            closed=named.closed,
            prompt=self.prompt,
        )

    def prompt(self, name: str) -> Prompt:
        """The prompt that the run used, or the one of the given folder."""
        if self._changes.prompts is not None:
            return load_prompt(name, self._changes.prompts)
        used = next((call.fingerprint for call in self.calls if call.prompt == name), "")
        return self._journal.prompt(name, used) or load_prompt(name)

    def result(self, before: str, after: str, lines: Iterable[Line]) -> Replayed:
        """What came of it: two documents, and the sentences in which they differ."""
        return Replayed(
            run=self.run,
            subject=self.subject,
            identical=before == after,
            size=len(after.encode()),
            calls=len(self.calls),
            missing=len(self.recording.missed) if self._changes.is_none else 0,
            lines=tuple(lines),
        )


# Briefs


def _brief_again(store: Store, again: _Again, inputs: Inputs) -> Replayed:
    stored = store.brief(again.subject)
    if stored is None:
        raise ReplayError(f"the brief {again.subject!r} of run {again.run} is not stored any more")
    fresh = rewritten(stored, inputs.material, _written(again, inputs, stored))
    return again.result(
        stored.model_dump_json(indent=2), fresh.model_dump_json(indent=2), _differences(stored, fresh)
    )


def _written(again: _Again, inputs: Inputs, stored: Brief) -> Written:
    """What the writer writes now; a run in which no model was opened is told as it was."""
    if "writer" not in inputs.models:
        return Written(extractive.write(inputs.material), notes=stored.receipt.notes)
    gates = {role: again.gate(role, named) for role, named in inputs.models.items()}
    writer = ModelWriter(
        lambda: gates["writer"],
        open_reader=(lambda: gates["reader"]) if "reader" in gates else None,
        open_judge=(lambda: gates["judge"]) if "judge" in gates else None,
    )
    return writer.write(inputs.material)


def rewritten(
    stored: Brief, material: Material, written: Written, numbers: Mapping[str, int] | None = None
) -> Brief:
    """The stored brief with these sections: references, receipt and id follow from them.

    `numbers` are those that works have already, by their ids.
    """
    known = {article.id: article for article in _articles(material)}
    draft, removed = checked(written.sections, known)
    sections, references = numbered(draft, known, numbers)
    claims = [c for s in sections for item in s.items for c in item.claims if c.asserts]
    receipt = {
        **written.receipt_fields(removed),
        "cited": len({r.article_id for r in references}),
        "claims": len(claims),
        "anchored": sum(bool(c.anchors) for c in claims),
    }
    changed = {
        "id": brief_id(stored.profile, stored.window, sections),
        "sections": sections,
        "references": references,
        "receipt": stored.receipt.model_copy(update=receipt),
    }
    return stored.model_copy(update=changed)


def _articles(material: Material) -> Iterable[Article]:
    """Every work that a brief over this material may cite."""
    last = (gap.last for gap in material.gaps if gap.last)
    return chain(works_of(material), last, (r.article for r in material.revisions))


def _differences(before: Brief, after: Brief) -> Iterable[Line]:
    headings = {s.kind: s.heading for s in (*before.sections, *after.sections)}
    for kind, heading in headings.items():
        yield from _lines(heading, _texts(before, kind), _texts(after, kind))


def _texts(brief: Brief, kind: Any) -> list[str]:
    return [claim.text for item in brief.section(kind).items for claim in item.claims]


def _lines(section: str, before: Sequence[str], after: Sequence[str]) -> Iterable[Line]:
    for what, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if what != "equal":
            yield from (Line("-", section, text) for text in before[a:b])
            yield from (Line("+", section, text) for text in after[c:d])


# Answers


def _answer_again(again: _Again, inputs: AnswerInputs) -> Replayed:
    gates = {role: again.gate(role, named) for role, named in inputs.models.items()}
    told = tell(gates["writer"], inputs.question, inputs.claims, inputs.articles, judge=gates.get("judge"))
    texts = [[claim.text for claim in claims] for claims in (inputs.told, told.claims)]
    return again.result(_document(inputs.told), _document(told.claims), _lines("Answer", *texts))


def _document(claims: Sequence[DraftClaim]) -> str:
    return TypeAdapter(tuple[DraftClaim, ...]).dump_json(tuple(claims), indent=2).decode()
