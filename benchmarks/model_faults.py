"""What a language model may do wrong, over HTTP: a brief or an answer always, and never more spent than allowed.

    python -m benchmarks.model_faults --home .brief --week-ending 2026-03-08 [--config FILE] [--kinds N]

The home must hold ingested works of that week. A local server speaks OpenAI's protocol and does one thing wrong at one
stage: while works are noted, told, joined in themes, repaired, judged, or while a question is answered. Each kind and
stage is run under three limits of tokens; the server keeps its own account. Exit status 1 if a brief is missing or
unsound, is not marked where the fault cost sentences, or if more was spent than the limit and one call.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal

from benchmarks.written import Ground, ground
from pipeline.draft import DraftClaim
from pipeline.llm import Budget, Cap, Gate, Limits, Policy, Purse, connect
from pipeline.models import Anchor, Article, Brief
from pipeline.writing.model import ModelWriter, Told, Written, tell
from tests.scripted_model import Answer, ChatServer, Script, faithful, said, sentence, wanted

Stage = Literal["note", "tell", "join", "repair", "judge", "answer"]
STAGES: tuple[Stage, ...] = ("note", "tell", "join", "repair", "judge", "answer")
PATIENCE = 0.5
"""Seconds for one attempt."""
CAPS = (7_000, 20_000, 200_000)
LIE = "The authors show beyond doubt that whales sing louder than 940 submarines in Norway."
TEN_TIMES = "The authors find that the method works in every case that was ever looked at by anyone. " * 60


def lying(text: str, support: str | None = None) -> Script:
    """Writes this in every slot."""

    def script(user: str, number: int) -> Answer:
        return Answer(
            said(
                [
                    sentence(s.slot, text, [support] if support else list(s.sentences)[:1])
                    for s in wanted(user)
                ]
            )
        )

    return script


def around(before: str, after: str) -> Script:
    """The right answer with something around it."""

    def script(user: str, number: int) -> Answer:
        return Answer(f"{before}{right(user, number).text}{after}")

    return script


KINDS: Mapping[str, Answer | Script] = {
    "time-out": Answer("{}", seconds=3 * PATIENCE),
    "429": Answer("slow down", status=429),
    "429, wait two hours": Answer("slow down", status=429, headers={"Retry-After": "7200"}),
    "429, at once": Answer("slow down", status=429, headers={"Retry-After": "0"}),
    "500": Answer("oops", status=500),
    "503": Answer("down", status=503),
    "529": Answer("overloaded", status=529),
    "cut stream": Answer('{"sentences": []}', cut=True),
    "cut at the limit": Answer('{"sentences": [{"slot": "s1", "text": "On', finish="length"),
    "cut but whole": Answer('{"sentences": []}', finish="length"),
    "refusal": Answer("", refusal="I cannot help with that."),
    "filtered": Answer('{"sentences": []}', finish="content_filter"),
    "empty": Answer(""),
    "none": Answer(None),
    "wrong types": Answer('{"sentences": "none", "opinions": 3}'),
    "two objects": Answer('{"sentences": []} {"sentences": []}'),
    "prose": Answer("The week was quiet, and I have nothing to report."),
    "thinking around it": around("<think>Let me {see} …</think>\n", "\nI hope this helps."),
    "unknown keys": lying("The authors describe a method and find that it works well in tests.", "kzzz.1"),
    "foreign address": lying("The results are at https://evil.invalid/x for all who want to read them."),
    "ten times too long": lying(TEN_TIMES),
    "wrong language": lying(
        "Die Arbeit zeigt, dass das Verfahren in allen Fällen besser ist als die anderen."
    ),
    "a lie": lying(LIE),
    "too long a request": Answer("This model's maximum context length is 8192 tokens", status=400),
    "no such model": Answer("no such model", status=404),
    "no credit": Answer("insufficient_quota", status=429),
    "no key": Answer("Incorrect API key provided", status=401),
    "parameters refused": Answer("unknown parameter", status=400),
}
HARMLESS = frozenset({"thinking around it"})
"""Kinds that cost nothing: the answer is read all the same."""


def stage_of(user: str) -> Stage:
    """What a prompt asks for."""
    if user.startswith("Question:"):
        return "answer"
    if "What was refused, and why:" in user:
        return "repair"
    if "\nSentences:\n" in user:
        return "judge"
    if not wanted(user):
        return "note"
    return "join" if "in common" in user else "tell"


def right(user: str, number: int) -> Answer:
    """What a good model answers at any stage."""
    stage = stage_of(user)
    if stage == "judge":
        return Answer('{"opinions": []}')
    if stage == "note":
        return Answer(said(_notes(user)))
    if stage == "answer":
        return Answer(said(_answer(user)))
    return faithful(user, number)


def _shown(user: str) -> dict[str, str]:
    """Every sentence of a prompt by its name."""
    found, key = {}, ""
    for line in user.splitlines():
        if line.startswith("<<<"):
            key = line[3:]
        number, bar, text = line.partition("| ")
        if bar and number.isdecimal():
            found[f"{key}.{number}"] = text
    return found


def _notes(user: str) -> list[dict[str, Any]]:
    """Each sentence with a word after every five, so that no run of it is the source's."""
    notes = []
    for name, text in _shown(user).items():
        words = text.split()
        cut = [" ".join(words[n : n + 5]) for n in range(0, len(words), 5)]
        notes.append(sentence(name, " indeed ".join(cut), [name]))
    return notes


def _answer(user: str) -> list[dict[str, Any]]:
    return [sentence(f"s{n}", text, [name]) for n, (name, text) in enumerate(_shown(user).items(), start=1)][
        :2
    ]


@dataclass
class Case:
    """One fault at one stage under one limit, and what the server counted."""

    kind: str
    stage: Stage
    cap: int
    spent: int = 0
    largest: int = 0

    def script(self, user: str, number: int) -> Answer:
        """The fault at its stage, the right answer elsewhere; a lie first where a repair is to be asked for."""
        found = self._answer(user, number)
        if found.status == 200:  # other answers are not billed
            tokens = (len(user) + len(found.text or "")) // 4
            self.spent += tokens
            self.largest = max(self.largest, tokens)
        return found

    def _answer(self, user: str, number: int) -> Answer:
        stage = stage_of(user)
        if stage == self.stage:
            fault = KINDS[self.kind]
            return fault if isinstance(fault, Answer) else fault(user, number)
        if self.stage == "repair" and stage == "tell":
            return lying(LIE)(user, number)
        return right(user, number)


class Bench:
    """One server for all cases, and the brief that they are held against."""

    def __init__(self, base: Ground) -> None:
        self.base = base
        self.case = Case("empty", "tell", 0)
        self.server = ChatServer(lambda user, number: self.case.script(user, number))

    def run(self, case: Case, chat: Any) -> list[str]:
        """What is wrong with what came out; nothing if all is well."""
        self.case = case
        budget = Budget([Purse(Cap(case.cap), "a brief")])

        def gate(policy: Policy = "full") -> Gate:
            limits = Limits(attempt_seconds=PATIENCE, deadline_seconds=60)
            return Gate("openai:scripted", chat, policy, limits, budget=budget, sleep=lambda seconds: None)

        problems = self._answered(case, gate) if case.stage == "answer" else self._written(case, gate)
        if case.spent > case.cap + case.largest:
            problems.append(f"spent {case.spent} of {case.cap}")
        return [f"{case.kind} at {case.stage} with {case.cap:,} tokens: {problem}" for problem in problems]

    def _answered(self, case: Case, gate: Callable[..., Gate]) -> list[str]:
        claims, works = _question(self.base)
        return _wrong_answer(case, tell(gate(), "What did they find?", claims, works), claims)

    def _written(self, case: Case, gate: Callable[..., Gate]) -> list[str]:
        derived = case.stage == "note"
        writer = ModelWriter(
            lambda: gate("derived" if derived else "full"),
            open_reader=gate if derived else None,
            open_judge=gate if case.stage == "judge" else None,
        )
        written = writer.write(self.base.material)
        return _wrong_brief(case, written, self.base.brief_of(written), self.base.brief)


def _question(base: Ground) -> tuple[tuple[DraftClaim, ...], dict[str, Article]]:
    """The extractive claims on the first top paper, as an answer has them."""
    work = base.material.top[0]
    own = [
        DraftClaim(
            c.text.rpartition(" [")[0], (work.id,), tuple(_in_a_draft(a) for a in c.anchors), asserts=True
        )
        for item in base.brief.section("top_papers").items
        for c in item.claims
        if c.asserts and c.anchors and c.anchors[0].article_id == work.id
    ]
    return tuple(own[:2]), {work.id: work}


def _in_a_draft(anchor: Anchor) -> Anchor:
    return anchor.model_copy(update={"n": None})


def _wrong_answer(case: Case, told: Told, claims: tuple[DraftClaim, ...]) -> list[str]:
    problems = [] if told.claims else ["no answer"]
    if told.claims != claims and case.kind not in HARMLESS:
        problems.append("the fault changed the answer")
    if told.claims == claims and told.note is None and case.kind not in HARMLESS:
        problems.append("not marked")
    return problems


def _wrong_brief(case: Case, written: Written, brief: Brief, extractive: Brief) -> list[str]:
    problems = []
    if [s.kind for s in brief.sections] != [s.kind for s in extractive.sections]:
        problems.append("other sections")
    asserting = [c for s in brief.sections for item in s.items for c in item.claims if c.asserts]
    if not asserting or any(not c.anchors for c in asserting):
        problems.append("a claim without a span")
    if any(word in brief.model_dump_json() for word in ("whales", "evil.invalid", "sk-")):
        problems.append("a lie, an address or a key is in it")
    if not (written.notes or written.repaired) and case.kind not in HARMLESS:
        problems.append("not marked")
    return problems


def measured(base: Ground, kinds: tuple[str, ...], caps: tuple[int, ...] = CAPS) -> dict[str, Any]:
    """Runs every kind at every stage under every limit."""
    cases = [Case(kind, stage, cap) for kind in kinds for stage in STAGES for cap in caps]
    bench = Bench(base)
    with bench.server.running() as server:
        chat = connect("openai:scripted", server.url)
        problems = []
        for number, case in enumerate(cases, start=1):
            problems += bench.run(case, chat)
            print(f"{number} of {len(cases)}, {len(problems)} problems", file=sys.stderr)
    return {
        "kinds": len(kinds),
        "stages": len(STAGES),
        "limits": len(caps),
        "cases": len(cases),
        "problems": len(problems),
        "spent_at_most_of_the_limit": round(max(case.spent / case.cap for case in cases), 3),
        "which": problems,
    }


def main() -> int:
    """Prints one JSON document."""
    arguments = argparse.ArgumentParser(prog="python -m benchmarks.model_faults", description=__doc__)
    arguments.add_argument("--home", type=Path, required=True)
    arguments.add_argument("--config", type=Path)
    arguments.add_argument("--week-ending", type=date.fromisoformat)
    arguments.add_argument("--kinds", type=int, default=len(KINDS))
    given = arguments.parse_args()
    os.environ.pop("OPENAI_API_KEY", None)
    with ground(given.home, given.week_ending, given.config) as base:
        found = measured(base, tuple(KINDS)[: given.kinds])
    print(json.dumps(found, indent=2))
    return 1 if found["problems"] else 0


if __name__ == "__main__":
    sys.exit(main())
