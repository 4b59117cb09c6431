"""Commands for whoever runs the bot."""

import argparse
import asyncio
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bot.commands.console import ServicesOf, complain, print_json, print_lines
from pipeline.errors import SettingsError


def add_operations_commands(commands: Any, common: argparse.ArgumentParser, services: ServicesOf) -> None:
    """Adds `brief doctor`, `brief alive`, `brief migrate`, `brief settle`, `brief backup` and `brief restore`."""

    def add(name: str, run: Callable[[argparse.Namespace, ServicesOf], int | None], text: str) -> Any:
        sub = commands.add_parser(name, parents=[common], help=text, description=text)
        sub.set_defaults(command=lambda arguments: run(arguments, services))
        return sub

    doctor = add("doctor", _doctor, "what is wrong, why it matters, and what to do about it")
    doctor.add_argument("--offline", action="store_true", help="ask neither feeds nor Slack nor a model")
    doctor.add_argument("--json", action="store_true")

    add(
        "alive",
        _alive,
        "whether the bot of these settings runs and turns, for the health check of a container",
    )
    add("migrate", _migrate, "brings the database up to date, as every start does; for a release step")

    settle = add(
        "settle", _settle, "tells whether a message stands in Slack, where the bot could not find out"
    )
    settle.add_argument("delivery", metavar="DELIVERY", help="as `brief status` names it")
    settle.add_argument("message", metavar="MESSAGE", help="its link (in Slack: Copy link), or: missing")

    saved = add("backup", _backup, "copies the database to a file, also while the bot runs")
    saved.add_argument("file", type=Path, metavar="COPY")
    restored = add("restore", _restore, "puts a backup in the place of the database; the bot must not run")
    restored.add_argument("file", type=Path, metavar="COPY")


def _doctor(arguments: argparse.Namespace, services: ServicesOf) -> int:
    from bot.commands.doctor import diagnose

    with services(arguments) as opened:
        found = asyncio.run(diagnose(opened, offline=arguments.offline))
    if arguments.json:
        print_json(found.as_json())
    else:
        lines = [", ".join(f"{name} {value}" for name, value in found.about.items())]
        for finding in found.findings:
            lines += ["", *finding.lines()]
        print_lines([*lines, "", f"As it should be: {', '.join(found.well) or 'nothing'}."])
    return 1 if found.broken else 0


def _alive(arguments: argparse.Namespace, services: ServicesOf) -> int:
    from bot.vitals import ask_alive

    with services(arguments) as opened:
        wrong = ask_alive(opened.settings)
    return complain(wrong, 1) if wrong else 0


def _migrate(arguments: argparse.Namespace, services: ServicesOf) -> None:
    from pipeline.store import SCHEMA

    with services(arguments) as opened:
        opened.store.count_articles()
    print_lines([f"the database has schema {SCHEMA}"])


def _backup(arguments: argparse.Namespace, services: ServicesOf) -> None:
    from bot.backup import backup

    with services(arguments) as opened:
        size = backup(opened.settings, arguments.file)
    print_lines([f"{arguments.file}: {size / 1e6:.1f} MB, checked"])


def _restore(arguments: argparse.Namespace, services: ServicesOf) -> None:
    from bot.backup import restore

    with services(arguments) as opened:
        kept = restore(opened.settings, arguments.file, opened.now())
    lines = ["Restored. What was due before now is not posted; the index is made anew at the next start."]
    print_lines([*lines, f"The database that was there is kept as {kept}"] if kept else lines)


def _settle(arguments: argparse.Namespace, services: ServicesOf) -> None:
    ts = None if arguments.message == "missing" else _time_stamp(arguments.message)
    with services(arguments) as opened:
        delivery = opened.records.delivery(arguments.delivery)
        if delivery is None or not opened.records.settle(delivery.id, ts):
            raise SettingsError(f"DELIVERY: no message of {arguments.delivery!r} waits to be looked for")
        if delivery.slot:
            opened.slots.reopen(delivery.slot, opened.now())
    print_lines(
        [
            "Noted. A running bot goes on with the delivery within ten minutes; `brief run` does so at its start."
        ]
    )


def _time_stamp(link: str) -> str:
    """The time stamp in a message's link, such as https://team.slack.com/archives/C012AB3CD/p1716019200123456."""
    found = re.search(r"/p(\d{10})(\d{6})(?:\?|$)", link)
    if found is None:
        raise SettingsError(
            "MESSAGE: give `missing`, or the link of a message in Slack, which ends in p and sixteen digits"
        )
    return f"{found[1]}.{found[2]}"
