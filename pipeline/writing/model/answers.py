"""An answer in connected prose: the sentences that answer were chosen without a model, a model only joins them.

The same checks hold as for a brief. Unless every sentence passes, after one repair, the extractive answer stands.
Whoever listens hears each sentence when it is finished and has passed the checks, as a draft: the answer is what comes
in the end.
"""

import json
import logging
import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import ValidationError

from pipeline.draft import DraftClaim
from pipeline.llm import Call, Gate, Listener, ModelCancelled, ModelError, Piece
from pipeline.models import Article
from pipeline.prompts import CLOSE, OPEN, unfenced
from pipeline.writing.model.checks import Check, Judged, Sentence, Sentences, by_rules, judged
from pipeline.writing.model.evidence import Evidence, evidence_of, shown
from pipeline.writing.model.judging import Passed, doubts
from pipeline.writing.model.slots import Place, Slot
from pipeline.writing.sentences import Span

log = logging.getLogger(__name__)

MOST = 4
"""Sentences of an answer."""
LONGEST = 800
"""Characters of a refused sentence that are shown again."""


@dataclass(frozen=True)
class Draft:
    """Someone who follows an answer while it is written, and may stop it."""

    says: Callable[[str], None]
    """Is given each finished sentence that passed the checks, once: a draft until the answer is there."""
    stopped: threading.Event = field(default_factory=threading.Event)
    """Set by whoever wants no answer any more."""
    reads: Callable[[str, str | None], None] = lambda title, url: None
    """Is given title and address of a work that is read in full for the answer."""
    begins: Callable[[], None] = lambda: None
    """Is called when work on the answer begins: until then it waits for others'."""


@dataclass(frozen=True)
class Told:
    """The claims of an answer, whose they are, what went wrong, in words, and what was asked of a model."""

    claims: tuple[DraftClaim, ...]
    writer: str = "extractive"
    note: str | None = None
    calls: tuple[Call, ...] = ()
    verdicts: Mapping[str, Mapping[str, Sequence[str]]] = field(default_factory=dict)


def tell(
    gate: Gate,
    question: str,
    claims: Sequence[DraftClaim],
    articles: Mapping[str, Article],
    check: Check | None = None,
    judge: Gate | None = None,
    draft: Draft | None = None,
) -> Told:
    """The answer that these claims give, in a model's words if all of them pass.

    `claims` are the extractive answer's, anchored; only the sentences that they rest on are shown. Raises for nothing
    that a model does; ModelCancelled if the draft was stopped.
    """
    extractive = tuple(claims)
    evidence = _evidence(question, extractive, articles)
    if {work.article.id for work in evidence} != {w for claim in extractive for w in claim.works}:
        return Told(extractive)  # something that it rests on may not be shown
    telling = _Telling(gate, judge, check or by_rules(), evidence, extractive[0])
    note = None
    try:
        made = telling.told(question, draft)
    except ModelCancelled:
        raise
    except ModelError as error:
        made, note = (), f"Answered without the model: {error.user_message}."
    calls = (*gate.calls, *(judge.calls if judge else ()))
    if made and {w for claim in made for w in claim.works} == {w.article.id for w in evidence}:
        return Told(made, gate.answered_by, calls=calls, verdicts=telling.verdicts)
    note = note or f"An answer of {gate.answered_by} did not pass the checks."
    return Told(extractive, note=note, calls=calls, verdicts=telling.verdicts)


def _evidence(
    question: str, claims: Sequence[DraftClaim], articles: Mapping[str, Article]
) -> tuple[Evidence, ...]:
    """The works of the claims with the sentences that hold their anchors."""
    known = evidence_of((articles[w] for claim in claims for w in claim.works if w in articles), question)
    anchors = [anchor for claim in claims for anchor in claim.anchors if anchor.field == "abstract"]
    found = []
    for work in known.values():
        own = (work.number_of(Span(a.start, a.end)) for a in anchors if a.article_id == work.article.id)
        numbers = [n for n in own if n is not None]
        if numbers:
            found.append(work.only(numbers))
    return tuple(found)


@dataclass
class _Telling:
    """One answer while it is written: who writes, who checks, and what was found."""

    gate: Gate
    judge: Gate | None
    check: Check
    evidence: Sequence[Evidence]
    basis: DraftClaim
    verdicts: dict[str, dict[str, Sequence[str]]] = field(default_factory=dict)

    def told(self, question: str, draft: Draft | None) -> tuple[DraftClaim, ...]:
        """The model's sentences as claims, all of them checked; empty if one does not pass."""
        asked = [Piece(f"{OPEN}question\n"), Piece(unfenced(question), "question"), Piece(f"\n{CLOSE}")]
        values = {"question": asked, "works": shown(self.evidence)}
        prompt = self.gate.prompt("answer_question")
        answer, call = self.gate.asked(prompt, values, Sentences, self._listener(draft))
        numbered = dict(enumerate(answer.sentences[:MOST], start=1))
        found = self._judged(numbered, call)
        refused = {n: verdict.reasons for n, verdict in found.items() if verdict.claim is None}
        if refused:
            found |= self._repaired(numbered, refused, draft)
        claims = {verdict.claim.text: verdict.claim for verdict in found.values() if verdict.claim}
        return tuple(claims.values()) if len(claims) == len(found) else ()

    def _listener(self, draft: Draft | None) -> Listener | None:
        if draft is None:
            return None
        said: set[str] = set()

        def hears(text: str) -> None:
            for sentence in finished(text):
                if sentence.text in said:
                    continue
                said.add(sentence.text)
                verdict = judged(sentence, self._slot(sentence), self.check)
                if verdict.claim is not None:
                    draft.says(verdict.claim.text)

        return Listener(hears, draft.stopped)

    def _slot(self, sentence: Sentence) -> Slot:
        """Each sentence may rest on any of the works that were shown."""
        return Slot(
            sentence.slot,
            Place(0, 0, 0),
            "part of the answer",
            tuple(self.evidence),
            claim=self.basis,
            names_work=len(self.evidence) > 1,
        )

    def _judged(self, sentences: Mapping[int, Sentence], call: str) -> dict[int, Judged]:
        found = {n: judged(s, self._slot(s), self.check) for n, s in sentences.items()}
        passed = {f"s{n}": Passed(v.claim.text, v.works) for n, v in found.items() if v.claim}
        for slot, reason in self._doubts(passed).items():
            found[int(slot[1:])] = Judged(None, (reason,))
        self.verdicts[call] = {f"s{n}": verdict.reasons for n, verdict in found.items()}
        return found

    def _doubts(self, passed: Mapping[str, Passed]) -> Mapping[str, str]:
        """What the second model has against sentences; nothing where it cannot be asked."""
        try:
            return doubts(self.judge, passed) if self.judge else {}
        except ModelError as error:
            log.warning("answered without a second opinion: %s", error.user_message)
            return {}

    def _repaired(
        self, sentences: Mapping[int, Sentence], refused: Mapping[int, Sequence[str]], draft: Draft | None
    ) -> dict[int, Judged]:
        """What became of the refused sentences that were written again, by number."""
        keys = ", ".join(work.key for work in self.evidence)
        faults: list[Piece] = []
        for n, reasons in refused.items():
            faults += [
                Piece(f"{OPEN}s{n}\n"),
                Piece(unfenced(sentences[n].text[:LONGEST]), "derived"),
                Piece(f"\n{CLOSE}\nrefused because: {unfenced('; '.join(reasons[:3]))}\n"),
            ]
        slots = Piece("\n".join(f"s{n}: works {keys}; part of an answer" for n in refused))
        values = {"works": shown(self.evidence), "slots": [slots], "faults": faults}
        listener = Listener(stopped=draft.stopped) if draft else None
        answer, call = self.gate.asked(self.gate.prompt("repair_sentences"), values, Sentences, listener)
        again = {sentence.slot.strip(): sentence for sentence in reversed(answer.sentences)}
        return self._judged({n: again[f"s{n}"] for n in refused if f"s{n}" in again}, call)


_LIST = re.compile(r"\A[^{]*\{\s*\"sentences\"\s*:\s*\[")


def finished(text: str) -> Iterator[Sentence]:
    """The whole sentences in an answer that is still being written."""
    start = _LIST.search(text)
    at = start.end() if start else len(text)
    while (at := text.find("{", at)) >= 0:
        try:
            found, at = json.JSONDecoder().raw_decode(text, at)
            yield Sentence.model_validate(found)
        except (ValueError, RecursionError, ValidationError):
            return
