"""A second opinion: another model sees a sentence and its sources, and may refuse what the other checks let pass.

It can only take away: what the checks refused stays refused, whatever it says.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from pydantic import BaseModel, Field

from pipeline.llm import Gate, Piece
from pipeline.prompts import CLOSE, OPEN, unfenced
from pipeline.writing.model.evidence import Evidence, shown


class Opinion(BaseModel):
    """Whether the sources say what one sentence says, and if not, what differs."""

    slot: str = Field(max_length=40)
    supported: bool
    why: str = Field(default="", max_length=2_000)


class Opinions(BaseModel):
    """One opinion a sentence."""

    opinions: list[Opinion] = Field(max_length=300)


class Passed(NamedTuple):
    """A sentence that the checks let pass, and the works that it cites."""

    text: str
    works: tuple[Evidence, ...]


def doubts(judge: Gate, passed: Mapping[str, Passed]) -> dict[str, str]:
    """What the judge has against sentences, by slot; ModelError if it cannot be asked.

    A sentence on which it says nothing is not refused.
    """
    if not passed:
        return {}
    works = {work.key: replace(work, notes=None) for one in passed.values() for work in one.works}
    values = {"works": shown(list(works.values())), "sentences": _sentences(passed)}
    opinions = judge.ask(judge.prompt("judge_sentences"), values, Opinions).opinions
    against = {o.slot.strip(): " ".join(o.why.split())[:200] for o in opinions if not o.supported}
    return {
        slot: against[slot] or "a second model does not find it in the source"
        for slot in passed
        if slot in against
    }


def _sentences(passed: Mapping[str, Passed]) -> Sequence[Piece]:
    pieces: list[Piece] = []
    for slot, one in passed.items():
        keys = ", ".join(work.key for work in one.works)
        pieces += [
            Piece(f"{OPEN}{slot}\n"),
            Piece(unfenced(one.text), "derived"),
            Piece(f"\n{CLOSE} works {keys}\n"),
        ]
    return pieces
