"""Tokens of a brief with a model, beside the plain way: four calls for each candidate, and one over what they say.

    python -m benchmarks.tokens --home .brief --week-ending 2026-03-08 [--profile NAME] [--config FILE]

The home must hold ingested works of that week. No model is called: prompts are the real ones, answers are the sources'
own sentences in the third person, and a token is taken as four characters on both sides. Prices are examples, in
dollars for a million tokens in and out.
"""

import argparse
import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from bot.services import Services
from bot.settings import load_settings
from pipeline.brief import BriefRequest, write_brief
from pipeline.draft import Material
from pipeline.llm import Gate
from pipeline.models import Article, Window
from pipeline.writing.model import ModelWriter, Written
from tests.scripted_model import ScriptedChat, faithful

CHARACTERS = 4
CALLS = 4
"""Of the plain way for each article: classify, summarise, judge, place."""
RULES = 150
ANSWER = 150
"""Tokens of the rules in each such call, and of its answer; the last call reads all answers and writes the brief."""
BRIEF = 2_500
PRICES = {"small": (0.15, 0.60), "middle": (1.00, 4.00), "large": (3.00, 15.00)}


class Recording(ModelWriter):
    """A writer that keeps what it wrote."""

    written: Written | None = None

    def write(self, material: Material) -> Written:
        """As the writer, and kept."""
        self.written = super().write(material)
        return self.written


def main() -> None:
    """Prints one JSON document with both ways and their ratio."""
    arguments = argparse.ArgumentParser(prog="python -m benchmarks.tokens", description=__doc__)
    arguments.add_argument("--home", type=Path, required=True)
    arguments.add_argument("--config", type=Path)
    arguments.add_argument("--profile")
    arguments.add_argument("--week-ending", type=date.fromisoformat, required=True)
    given = arguments.parse_args()
    window = Window(since=given.week_ending - timedelta(days=6), until=given.week_ending)
    with Services(load_settings(given.home, given.config)) as services:
        print(json.dumps(measured(services, given.profile, window), indent=2))


def measured(services: Services, profile: str | None, window: Window) -> dict[str, Any]:
    """Tokens and example prices of this week, ours and the plain way over the works on topic and over all works."""
    config = services.settings.config
    chat = ScriptedChat(faithful)
    writer = Recording(lambda: Gate("scripted:one", chat))
    request = BriefRequest(config.profile(profile), config.feeds, window)
    brief = write_brief(services.store, services.embedder, request, services.now, writer)
    assert writer.written is not None
    ours = (writer.written.tokens_in, writer.written.tokens_out)
    considered = [d.article_id for d in brief.decisions if d.decision != "rejected"]
    on_topic = list(services.store.articles(considered).values())
    everything = services.store.articles_in(window)
    return {
        "window": f"{window.since} to {window.until}",
        "ours": _row(ours) | {"calls": len(chat.sent), "model_sentences": writer.written.model_sentences},
        "plain_on_topic": _row(plain(on_topic)) | {"articles": len(on_topic)} | _ratio(ours, plain(on_topic)),
        "plain_all": _row(plain(everything))
        | {"articles": len(everything)}
        | _ratio(ours, plain(everything)),
    }


def plain(articles: list[Article]) -> tuple[int, int]:
    """Tokens in and out of the plain way over these articles."""
    texts = sum((len(a.title) + len(a.abstract)) // CHARACTERS for a in articles)
    answers = CALLS * ANSWER * len(articles)
    return CALLS * (texts + RULES * len(articles)) + answers + RULES, answers + BRIEF


def _row(tokens: tuple[int, int]) -> dict[str, Any]:
    prices = {
        name: round((tokens[0] * into + tokens[1] * out) / 1e6, 4) for name, (into, out) in PRICES.items()
    }
    return {"tokens_in": tokens[0], "tokens_out": tokens[1], "usd": prices}


def _ratio(ours: tuple[int, int], other: tuple[int, int]) -> dict[str, float]:
    return {"ours_is": round(sum(ours) / max(sum(other), 1), 4)}


if __name__ == "__main__":
    main()
