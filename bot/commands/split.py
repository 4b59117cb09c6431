"""`brief split`: shows what was merged into a work, and undoes it."""

import argparse
from typing import TYPE_CHECKING, Any

from bot.commands.console import ServicesOf, print_lines

if TYPE_CHECKING:
    from pipeline.models import Article, Entry


def add_split_command(commands: Any, common: argparse.ArgumentParser, services_of: ServicesOf) -> None:
    """Adds `split` to the program's parser; it gets its services by `services_of`."""
    text = "shows what was merged into a work; with numbers, makes these entries a work of their own"
    split = commands.add_parser("split", parents=[common], help=text, description=text)
    split.add_argument("article", metavar="ARTICLE", help="arXiv id, article's id, or address")
    split.add_argument(
        "numbers", metavar="N", nargs="*", type=int, help="entries to take out, as they are shown"
    )
    split.add_argument("--join", action="store_true", help="undo an earlier split of this work")
    split.set_defaults(command=lambda arguments: _split(arguments, services_of))


def _split(arguments: argparse.Namespace, services_of: ServicesOf) -> int:
    from pipeline.merges import entries_behind, find_work, join, split

    with services_of(arguments) as services:
        article = find_work(services.store, arguments.article)
        if arguments.join:
            joined = join(services.store, article, services.now())
            print_lines([f"One work again, if the rules find so: {_named(joined)}"])
        elif arguments.numbers:
            rest, own = split(services.store, article, arguments.numbers, services.now())
            print_lines(
                [
                    f"Two works now: {_named(rest)}",
                    f"           and {_named(own)}",
                    f"It stays so when the feeds are read again; `brief split {own.id} --join` undoes it.",
                ]
            )
        else:
            entries = entries_behind(services.store, article)
            print_lines([_named(article), *(_line(n, entry) for n, entry in enumerate(entries, 1))])
    return 0


def _named(article: "Article") -> str:
    return f"“{article.title}” ({article.id})"


def _line(number: int, entry: "Entry") -> str:
    day = entry.announced or (entry.published.date() if entry.published else None)
    parts = (f"  {number}  {entry.feed}", entry.title, entry.url or entry.guid, str(day) if day else "")
    return ": ".join(part for part in parts[:2]) + "".join(f", {part}" for part in parts[2:] if part)
