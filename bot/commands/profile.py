"""`brief profile suggest`: from a topic in words to a profile that can be pasted into brief.toml."""

import argparse
import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bot.commands.console import ServicesOf, print_lines
from bot.commands.feeds import catalogue
from pipeline.errors import SettingsError

if TYPE_CHECKING:
    from bot.services import Services
    from pipeline.embedding import Embedder
    from pipeline.ranking import Topic
    from pipeline.weeks import Week

FEEDS = 5
WORKS = 3
DAYS = 28
THEMES = 8


def add_profile_command(commands: Any, common: argparse.ArgumentParser, services_of: ServicesOf) -> None:
    """Adds `profile suggest` to the program's parser."""
    verbs = commands.add_parser("profile", help="what a channel cares about").add_subparsers(required=True)
    text = "shows how a topic in words is understood, feeds that fit it, and what is stored about it"
    suggest = verbs.add_parser("suggest", parents=[common], help=text, description=text)
    suggest.add_argument("topic", metavar="TOPIC", help="in plain words; what follows NOT is kept out")
    suggest.set_defaults(command=lambda arguments: _suggest(arguments, services_of))


def _suggest(arguments: argparse.Namespace, services_of: ServicesOf) -> int:
    from pipeline.ranking import parse_topic
    from pipeline.weeks import View, tally_of

    try:
        topic = parse_topic(arguments.topic)
    except ValueError as error:
        raise SettingsError(f"TOPIC: {error}") from error
    with services_of(arguments) as services:
        feeds = _fitting(topic, catalogue(), services.embedder)
        week = _stored(services, topic)
        tally = tally_of(week, View(topic, _feed_names(services)), services.embedder)
    print_lines([f"Looked for: {'; '.join(topic.phrases)}"])
    if topic.excluded:
        print_lines([f"Kept out: {'; '.join(topic.excluded)}"])
    print_lines(["", "Feeds of the catalogue that fit (`brief feeds add NAME`):"])
    print_lines([f"  {row['name']}: {row['about']}" for row in feeds])
    about = sorted(week.on_topic, key=lambda i: (-week.relevance[i], week.articles[i].id))
    print_lines(
        ["", f"Of {len(week.articles)} stored works of the last {DAYS} days, {len(about)} are about it:"]
    )
    print_lines([f"  {week.articles[i].title}" for i in about[:WORKS]] or ["  none"])
    if about:
        print_lines([f"By phrase: {_counted(tally.parts)}"])
    if tally.themes:
        print_lines([f"Themes among them: {_counted(dict(list(tally.themes.items())[:THEMES]))}"])
    print_lines(["", "For brief.toml:", "", *_table(arguments.topic)])
    return 0


def _fitting(topic: "Topic", rows: Sequence[dict[str, str]], embedder: "Embedder") -> list[dict[str, str]]:
    """The feeds whose description lies nearest to the topic or to one of its phrases."""
    texts = [f"{row['field']}: {row['name']}. {row['about']}" for row in rows]
    near = (embedder.embed(texts) @ embedder.embed([", ".join(topic.phrases), *topic.phrases]).T).max(1)
    order = sorted(range(len(rows)), key=lambda i: (-round(float(near[i]), 6), rows[i]["name"]))
    return [rows[i] for i in order[:FEEDS]]


def _stored(services: "Services", topic: "Topic") -> "Week":
    """The stored works of the last weeks, scored against the topic."""
    from pipeline.models import Window
    from pipeline.weeks import View, read_week

    today = services.now().date()
    window = Window(since=today - timedelta(days=DAYS - 1), until=today)
    return read_week(services.store, services.embedder, View(topic, _feed_names(services)), window)


def _feed_names(services: "Services") -> frozenset[str]:
    return frozenset(feed.name for feed in services.settings.config.feeds)


def _counted(counts: Mapping[str, int]) -> str:
    return "; ".join(f"{name} ({n})" for name, n in counts.items())


def _table(topic: str) -> list[str]:
    name = "-".join("".join(c if c.isalnum() else " " for c in topic.lower()).split()[:3]) or "topic"
    title = " ".join(topic.split()[:4]).strip(" ,.;:")
    return [
        f"[profiles.{json.dumps(name, ensure_ascii=False)}]",
        f"title = {json.dumps(title, ensure_ascii=False)}",
        f"topic = {json.dumps(topic, ensure_ascii=False)}",
    ]
