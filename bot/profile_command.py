"""`brief profile suggest`: from a topic in words to a profile that can be pasted into brief.toml."""

import argparse
import json
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bot.console import ServicesOf, print_lines
from bot.feeds_command import catalogue
from pipeline.errors import SettingsError

if TYPE_CHECKING:
    from bot.services import Services
    from pipeline.embedding import Embedder
    from pipeline.models import Article
    from pipeline.ranking import Topic

FEEDS = 5
WORKS = 3
DAYS = 28


def add_profile_command(commands: Any, common: argparse.ArgumentParser, services_of: ServicesOf) -> None:
    """Adds `profile suggest` to the program's parser."""
    verbs = commands.add_parser("profile", help="what a channel cares about").add_subparsers(required=True)
    text = "shows how a topic in words is understood, feeds that fit it, and what is stored about it"
    suggest = verbs.add_parser("suggest", parents=[common], help=text, description=text)
    suggest.add_argument("topic", metavar="TOPIC", help="in plain words; what follows NOT is kept out")
    suggest.set_defaults(command=lambda arguments: _suggest(arguments, services_of))


def _suggest(arguments: argparse.Namespace, services_of: ServicesOf) -> int:
    from pipeline.ranking import parse_topic

    try:
        topic = parse_topic(arguments.topic)
    except ValueError as error:
        raise SettingsError(f"TOPIC: {error}") from error
    with services_of(arguments) as services:
        feeds = _fitting(topic, catalogue(), services.embedder)
        about, seen = _stored(services, topic)
    print_lines([f"Looked for: {'; '.join(topic.phrases)}"])
    if topic.excluded:
        print_lines([f"Kept out: {'; '.join(topic.excluded)}"])
    print_lines(["", "Feeds of the catalogue that fit (`brief feeds add NAME`):"])
    print_lines([f"  {row['name']}: {row['about']}" for row in feeds])
    print_lines(["", f"Of {seen} stored works of the last {DAYS} days, {len(about)} are about it:"])
    print_lines([f"  {article.title}" for article in about[:WORKS]] or ["  none"])
    print_lines(["", "For brief.toml:", "", *_table(arguments.topic)])
    return 0


def _fitting(topic: "Topic", rows: Sequence[dict[str, str]], embedder: "Embedder") -> list[dict[str, str]]:
    """The feeds whose description lies nearest to the topic or to one of its phrases."""
    texts = [f"{row['field']}: {row['name']}. {row['about']}" for row in rows]
    near = (embedder.embed(texts) @ embedder.embed([", ".join(topic.phrases), *topic.phrases]).T).max(1)
    order = sorted(range(len(rows)), key=lambda i: (-round(float(near[i]), 6), rows[i]["name"]))
    return [rows[i] for i in order[:FEEDS]]


def _stored(services: "Services", topic: "Topic") -> tuple[list["Article"], int]:
    """The works of the last weeks that are on the topic, best first, and how many there are in all."""
    from pipeline.brief import on_topic
    from pipeline.models import Window

    today = services.now().date()
    window = Window(since=today - timedelta(days=DAYS - 1), until=today)
    return on_topic(services.store, services.embedder, topic, window)


def _table(topic: str) -> list[str]:
    name = "-".join("".join(c if c.isalnum() else " " for c in topic.lower()).split()[:3]) or "topic"
    title = " ".join(topic.split()[:4]).strip(" ,.;:")
    return [
        f"[profiles.{json.dumps(name, ensure_ascii=False)}]",
        f"title = {json.dumps(title, ensure_ascii=False)}",
        f"topic = {json.dumps(topic, ensure_ascii=False)}",
    ]
