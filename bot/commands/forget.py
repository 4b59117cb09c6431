"""`brief forget`: what a channel, a person, a thread or everybody left here is deleted."""

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.commands.console import ServicesOf, print_json, print_lines

if TYPE_CHECKING:
    from bot.forgetting import Whose
    from bot.services import Services

WORDS = {
    "delivery_parts": "posted messages",
    "handled_events": "marks of messages that were handled",
    "changes": "notes of who changed what a channel gets",
    "choices": "what channels chose",
    "decisions": "decisions of briefs",
    "tallies": "counts of briefs",
    "runs": "records of briefs and answers",
    "model_calls": "calls of models, answers in the cache among them",
    "full_texts": "full texts",
}
"""What the rows of a table are, where its name does not say it."""

ELSEWHERE = (
    "Not touched: what stands in Slack, copies made by `brief backup` (and, of PostgreSQL, by `brief restore`), "
    "what a model's provider keeps, and logs that your host keeps (they hold ids, no texts)."
)

INDEX_IN_USE = (
    "The bot runs, so its search index stays: with the bot stopped, repeat this to have the index made anew; its files "
    "can hold scraps of the bot's memory."
)


def add_forget_command(commands: Any, common: argparse.ArgumentParser, services: ServicesOf) -> None:
    """Adds `brief forget` with its kinds."""
    text = (
        "deletes what was left here, by channel, person, thread, age, or all of it; says first what would go"
    )
    kinds = commands.add_parser("forget", help=text, description=text).add_subparsers(required=True)

    def add(name: str, text: str) -> argparse.ArgumentParser:
        sub: argparse.ArgumentParser = kinds.add_parser(name, parents=[common], help=text, description=text)
        sub.add_argument("--yes", action="store_true", help="delete it; without, nothing is changed")
        sub.add_argument("--json", action="store_true")
        sub.set_defaults(command=lambda arguments: _forget(arguments, services), kind=name)
        return sub

    workspace = add("workspace", "all of the Slack side, all briefs and records; works and feeds stay")
    workspace.add_argument(
        "name",
        metavar="TEAM",
        nargs="?",
        help="one of several by its id, such as T012AB3CD: its channels' alone",
    )
    channel = add("channel", "a channel's questions, briefs, settings and records")
    channel.add_argument("name", metavar="CHANNEL", help="its id, or #name as brief.toml has it")
    user = add("user", "a person's questions, answers and votes")
    user.add_argument("name", metavar="USER", help="the person's id, such as U012AB3CD")
    thread = add("thread", "the questions and answers of a thread")
    thread.add_argument("name", metavar="LINK", help="of any message in it (in Slack: Copy link)")
    add("old", "what is older than [retention] keeps it; a running bot does this by itself")


def _forget(arguments: argparse.Namespace, services_of: ServicesOf) -> None:
    with services_of(arguments) as services:
        copies: list[Path] = []
        if arguments.kind == "old":
            found = services.forget_old(only_count=not arguments.yes)
        else:
            found, copies = services.forget(_whose(arguments), only_count=not arguments.yes)
        notes = _notes(services, arguments)
        if arguments.yes and arguments.kind != "old" and not services.drop_index():
            notes.append(INDEX_IN_USE)
    if arguments.json:
        print_json({"forgotten": found, "done": arguments.yes, "copies": [str(path) for path in copies]})
        return
    print_lines(_lines(found, copies, done=arguments.yes) + notes)


def _whose(arguments: argparse.Namespace) -> "Whose":
    from bot.forgetting import Whose, thread_of

    if arguments.kind == "thread":
        channel, thread = thread_of(arguments.name)
        return Whose("thread", (channel,), thread)
    names = (arguments.name,) if getattr(arguments, "name", None) else ()
    return Whose(arguments.kind, names)


def _lines(found: Mapping[str, int], copies: list[Path], *, done: bool) -> list[str]:
    """What went, or would go."""
    if not found and not copies:
        return ["Nothing of that is stored."]
    lines = ["Deleted:" if done else "Would be deleted:"]
    lines += [f"  {count} {WORDS.get(name, name.replace('_', ' '))}" for name, count in found.items()]
    lines += [f"  the same in {path}" for path in copies]
    return lines if done else [*lines, "Nothing is changed yet; repeat this with --yes."]


def _notes(services: "Services", arguments: argparse.Namespace) -> list[str]:
    config = services.settings.config
    notes = [ELSEWHERE] if arguments.kind != "old" else []
    if arguments.kind == "channel" and config.profile_of([arguments.name]):
        notes.append(f"brief.toml still subscribes {arguments.name}: its next brief comes as before.")
    if arguments.kind == "user" and arguments.name in config.slack.managers:
        notes.append(f"brief.toml still names {arguments.name} among [slack] managers.")
    return notes
