"""Runs of a model that does right and wrong at random, stored and replayed byte for byte with no model at hand.

    python -m benchmarks.replays --home .brief --week-ending 2026-03-08 [--config FILE] [--runs 100]

The home must hold ingested works of that week. Each run has its own random model: good answers, lies, broken answers,
errors, a fallback, a second opinion, tight limits. Exit status 1 if one replay differs.
"""

import argparse
import json
import random
import sys
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from benchmarks.model_faults import KINDS, right
from benchmarks.written import Ground, ground
from pipeline.llm import Budget, Cap, Gate, Journal, Limits, Price, Purse
from pipeline.replaying import replay
from pipeline.snapshots import Inputs, packed
from pipeline.writing.model import ModelWriter
from tests.scripted_model import Answer, Script, ScriptedChat

FAULTY = 0.4
"""The share of calls in which a model does something wrong."""
QUICK = tuple(kind for kind in KINDS if kind != "time-out")


def random_script(seed: int) -> Script:
    """A model that does right or wrong by the words it is given, so that threads change nothing."""

    def script(user: str, number: int) -> Answer:
        chance = random.Random(f"{seed} {user}")
        if chance.random() >= FAULTY:
            return right(user, number)
        fault = KINDS[chance.choice(QUICK)]
        found = fault if isinstance(fault, Answer) else fault(user, number)
        return replace(found, cut=False)

    return script


def stored(base: Ground, seed: int) -> int:
    """Writes and stores one brief with a random model; the run's number."""
    chance = random.Random(seed)
    journal = Journal(base.store.engine, keep_days=0)
    budget = Budget([Purse(Cap(chance.choice([8_000, 25_000, None])), "a brief")])

    def gate(name: str, more: int, fallback: Gate | None = None) -> Gate:
        return Gate(
            name,
            ScriptedChat(random_script(seed * 7 + more)),
            limits=Limits(attempts=2),
            price=Price(1.0, 4.0),
            budget=budget,
            book=journal,
            fallback=fallback,
            sleep=lambda seconds: None,
        )

    def open_writer() -> Gate:
        return gate("scripted:one", 1, gate("scripted:two", 2) if chance.random() < 0.5 else None)

    judged = chance.random() < 0.5
    writer = ModelWriter(open_writer, open_judge=(lambda: gate("scripted:judge", 3)) if judged else None)
    written = writer.write(base.material)
    brief = base.brief_of(written)
    base.store.save_brief(brief)
    inputs = packed(Inputs(base.material, written.models))
    run = base.store.add_run("write", datetime.now(UTC), 0.0, brief.id, subject=brief.id, inputs=inputs)
    journal.finish(run, written.calls, written.verdicts)
    return run


def measured(base: Ground, runs: int) -> dict[str, Any]:
    """Stores and replays so many runs."""
    journal = Journal(base.store.engine)
    done = []
    for seed in range(runs):
        done.append(replay(base.store, journal, str(stored(base, seed))))
        print(f"{seed + 1} of {runs}", file=sys.stderr)
    return {
        "runs": runs,
        "identical": sum(one.identical for one in done),
        "calls": sum(one.calls for one in done),
        "bytes": sum(one.size for one in done),
        "different": [one.run for one in done if not one.identical],
    }


def main() -> int:
    """Prints one JSON document."""
    arguments = argparse.ArgumentParser(prog="python -m benchmarks.replays", description=__doc__)
    arguments.add_argument("--home", type=Path, required=True)
    arguments.add_argument("--config", type=Path)
    arguments.add_argument("--week-ending", type=date.fromisoformat)
    arguments.add_argument("--runs", type=int, default=100)
    given = arguments.parse_args()
    with ground(given.home, given.week_ending, given.config) as base:
        found = measured(base, given.runs)
    print(json.dumps(found, indent=2))
    return 1 if found["different"] else 0


if __name__ == "__main__":
    sys.exit(main())
