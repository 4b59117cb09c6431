"""The honest worst case: a brief written by a small model, and how much of its text stands.

    python -m benchmarks.weak_model --home .brief --config brief.toml --week-ending 2026-03-08 \\
        --model openai:qwen --base-url http://127.0.0.1:8080/v1 [--seconds 3600] [--show]

The server is any that speaks OpenAI's protocol, such as one of llama.cpp with a model of half a billion parameters. The
home must hold ingested works of that week. Beside the model's brief stands the extractive one; `--show` prints the
model's sentences that stand, each with the sentence it rests on, for a person to judge.
"""

import argparse
import json
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any

from bot.services import Services
from bot.settings import ModelTable, Settings, load_settings
from pipeline.claims import Source, faults, holds, verify
from pipeline.models import Brief, Window
from pipeline.writing.phrasing import readable


def main() -> None:
    """Prints one JSON document."""
    arguments = argparse.ArgumentParser(prog="python -m benchmarks.weak_model", description=__doc__)
    arguments.add_argument("--home", type=Path, required=True)
    arguments.add_argument("--config", type=Path)
    arguments.add_argument("--week-ending", type=date.fromisoformat, required=True)
    arguments.add_argument("--model", required=True)
    arguments.add_argument("--base-url", required=True)
    arguments.add_argument("--seconds", type=float, default=3600.0)
    arguments.add_argument("--show", action="store_true")
    given = arguments.parse_args()
    settings = load_settings(given.home, given.config)
    window = Window(since=given.week_ending - timedelta(days=6), until=given.week_ending)
    table = ModelTable(name=given.model, base_url=given.base_url, seconds=given.seconds)
    found = measured(settings, window, table, show=given.show)
    print(json.dumps(found, indent=2, ensure_ascii=False))


def measured(settings: Settings, window: Window, table: ModelTable, *, show: bool = False) -> dict[str, Any]:
    """What a model's brief of this window came to, beside the extractive one."""
    plain = settings.model_copy(update={"config": settings.config.model_copy(update={"model": ModelTable()})})
    with Services(plain) as services:
        extractive = services.write_stored(window=window)
    asked = settings.model_copy(update={"config": settings.config.model_copy(update={"model": table})})
    with Services(asked) as services:
        started = perf_counter()
        brief = services.write_stored(window=window)
        seconds = perf_counter() - started
        run = services.store.run(brief.id)
        assert run is not None
        calls = services.journal.calls_of(run["number"])
        found = _checked(services, brief)
    verdicts = [reasons for call in calls for reasons in call.verdicts.values()]
    refused = Counter(_kind(reasons[0]) for reasons in verdicts if reasons)
    own = _sentences(brief) - _sentences(extractive)
    return {
        "window": f"{window.since} to {window.until}",
        "model": table.name,
        "seconds": round(seconds, 1),
        "calls": len(calls),
        "calls_failed": Counter(call.error_kind for call in calls if call.error),
        "tokens": [brief.receipt.tokens_in, brief.receipt.tokens_out],
        "sentences_judged": len(verdicts),
        "sentences_refused": sum(refused.values()),
        "refused_because": dict(refused.most_common()),
        "model_sentences_standing": len(own),
        "repaired": brief.receipt.repaired,
        "removed_or_replaced": brief.receipt.removed + brief.receipt.replaced,
        "sections": [len(s.items) for s in brief.sections],
        "extractive_sections": [len(s.items) for s in extractive.sections],
        **found,
        **({"standing": [_shown(brief, text) for text in sorted(own)]} if show else {}),
    }


def _checked(services: Services, brief: Brief) -> dict[str, int]:
    """Of all that the brief asserts: how much has no span in its source, or is unsupported by the checker."""
    claims = [c for s in brief.sections for item in s.items for c in item.claims if c.asserts]
    works = services.store.articles([a.article_id for c in claims for a in c.anchors])
    unanchored = sum(not c.anchors or not all(holds(a, works) for a in c.anchors) for c in claims)
    unsupported = 0
    for claim in claims:
        cited = {a.article_id: works[a.article_id] for a in claim.anchors}
        sources = [Source(i, readable(w.title), w.abstract) for i, w in cited.items()]
        text = claim.text.rpartition(" [")[0] or claim.text
        unsupported += bool(faults(text, sources)) or verify(text, sources).verdict == "contradicted"
    return {"claims": len(claims), "without_a_span": unanchored, "unsupported_by_the_checker": unsupported}


def _kind(reason: str) -> str:
    """A reason without the words that it quotes."""
    return reason.split("“")[0].split("'")[0].strip()[:60]


def _sentences(brief: Brief) -> set[str]:
    return {c.text for s in brief.sections for item in s.items for c in item.claims if c.asserts}


def _shown(brief: Brief, text: str) -> dict[str, Any]:
    claim = next(
        c for s in brief.sections for item in s.items for c in item.claims if c.asserts and c.text == text
    )
    return {"text": text, "rests_on": [a.quote for a in claim.anchors]}


if __name__ == "__main__":
    main()
