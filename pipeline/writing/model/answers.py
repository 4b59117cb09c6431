"""An answer in connected prose: the sentences that answer were chosen without a model, a model only joins them.

The same checks hold as for a brief. Unless every sentence passes, after one repair, the extractive answer stands.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline.draft import DraftClaim
from pipeline.llm import Gate, ModelError, Piece
from pipeline.models import Article
from pipeline.prompts import CLOSE, OPEN, load_prompt, unfenced
from pipeline.writing.model.checks import Check, Sentence, Sentences, by_rules, judged
from pipeline.writing.model.evidence import Evidence, evidence_of, shown
from pipeline.writing.model.slots import Place, Slot
from pipeline.writing.sentences import Span

MOST = 4
"""Sentences of an answer."""
LONGEST = 800
"""Characters of a refused sentence that are shown again."""


@dataclass(frozen=True)
class Told:
    """The claims of an answer, whose they are, and what went wrong, in words."""

    claims: tuple[DraftClaim, ...]
    writer: str = "extractive"
    note: str | None = None


def tell(
    gate: Gate,
    question: str,
    claims: Sequence[DraftClaim],
    articles: Mapping[str, Article],
    check: Check | None = None,
) -> Told:
    """The answer that these claims give, in a model's words if all of them pass; never raises for what a model does.

    `claims` are the extractive answer's, anchored; only the sentences that they rest on are shown.
    """
    extractive = tuple(claims)
    evidence = _evidence(question, extractive, articles)
    if {work.article.id for work in evidence} != {w for claim in extractive for w in claim.works}:
        return Told(extractive)  # something that it rests on may not be shown
    try:
        made = _asked(gate, question, evidence, extractive[0], check or by_rules())
    except ModelError as error:
        return Told(extractive, note=f"Answered without the model: {error.user_message}.")
    if not made or {w for claim in made for w in claim.works} != {w.article.id for w in evidence}:
        return Told(extractive, note=f"An answer of {gate.name} did not pass the checks.")
    return Told(made, writer=gate.name)


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


def _asked(
    gate: Gate, question: str, evidence: Sequence[Evidence], basis: DraftClaim, check: Check
) -> tuple[DraftClaim, ...]:
    """The model's sentences as claims, all of them checked; empty if one does not pass."""
    asked = [Piece(f"{OPEN}question\n"), Piece(unfenced(question), "question"), Piece(f"\n{CLOSE}")]
    values = {"question": asked, "works": shown(evidence)}
    answer = gate.ask(load_prompt("answer_question"), values, Sentences)
    numbered = dict(enumerate(answer.sentences[:MOST], start=1))
    verdicts = {n: judged(s, _slot(s, evidence, basis), check) for n, s in numbered.items()}
    refused = {n: verdict.reasons for n, verdict in verdicts.items() if verdict.claim is None}
    if refused:
        for n, sentence in _repaired(gate, numbered, refused, evidence).items():
            verdicts[n] = judged(sentence, _slot(sentence, evidence, basis), check)
    claims = {verdict.claim.text: verdict.claim for verdict in verdicts.values() if verdict.claim is not None}
    return tuple(claims.values()) if len(claims) == len(verdicts) else ()


def _slot(sentence: Sentence, evidence: Sequence[Evidence], basis: DraftClaim) -> Slot:
    """Each sentence may rest on any of the works that were shown."""
    return Slot(
        sentence.slot,
        Place(0, 0, 0),
        "part of the answer",
        tuple(evidence),
        claim=basis,
        names_work=len(evidence) > 1,
    )


def _repaired(
    gate: Gate,
    sentences: Mapping[int, Sentence],
    refused: Mapping[int, Sequence[str]],
    evidence: Sequence[Evidence],
) -> dict[int, Sentence]:
    """The refused sentences that were written again, by number."""
    keys = ", ".join(work.key for work in evidence)
    faults: list[Piece] = []
    for n, reasons in refused.items():
        faults += [
            Piece(f"{OPEN}s{n}\n"),
            Piece(unfenced(sentences[n].text[:LONGEST]), "derived"),
            Piece(f"\n{CLOSE}\nrefused because: {'; '.join(reasons[:3])}\n"),
        ]
    slots = Piece("\n".join(f"s{n}: works {keys}; part of an answer" for n in refused))
    values = {"works": shown(evidence), "slots": [slots], "faults": faults}
    answer = gate.ask(load_prompt("repair_sentences"), values, Sentences)
    again = {sentence.slot.strip(): sentence for sentence in reversed(answer.sentences)}
    return {n: again[f"s{n}"] for n in refused if f"s{n}" in again}
