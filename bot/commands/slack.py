"""`brief slack`: the app's manifest, a key for its tokens, and who changed what in Slack."""

import argparse
from collections.abc import Callable
from typing import Any

from bot.commands.console import ServicesOf, print_json, print_lines, whole_number
from pipeline.errors import SettingsError


def add_slack_commands(commands: Any, common: argparse.ArgumentParser, services_of: ServicesOf) -> None:
    """Adds the subcommands."""
    slack = commands.add_parser("slack", help="the Slack app").add_subparsers(required=True)

    def add(name: str, command: Callable[[argparse.Namespace], int], text: str) -> argparse.ArgumentParser:
        sub: argparse.ArgumentParser = slack.add_parser(name, parents=[common], help=text, description=text)
        sub.set_defaults(command=command)
        return sub

    made = add("manifest", _manifest, "prints the app's manifest, to be pasted where Slack makes an app")
    made.add_argument(
        "--url", metavar="URL", help="for HTTP: where Slack reaches the bot (default: http.public_url)"
    )
    made.add_argument(
        "--workflow-step", action="store_true", help="with a step for Workflow Builder (paid plans of Slack)"
    )
    add("key", _key, "prints a new key for SLACK_TOKENS_KEY")
    listed = add(
        "changes", lambda a: _changes(a, services_of), "who changed what channels get, or had a brief written"
    )
    listed.add_argument("--last", type=whole_number(1, 100_000), default=20, metavar="N")
    listed.add_argument("--json", action="store_true")


def _manifest(arguments: argparse.Namespace) -> int:
    from bot.manifest import manifest
    from bot.settings import load_settings

    settings = load_settings(arguments.home, arguments.config)
    over_http = settings.config.slack.transport == "http"
    url = arguments.url or (settings.config.http.public_url if over_http else None)
    if over_http and not url:
        raise SettingsError("http.public_url: is not set; Slack has to know where it reaches the bot")
    if url and not url.startswith("https://"):
        raise SettingsError("--url: must begin with https://")
    print_json(manifest(url, installs=settings.installs, workflow_step=arguments.workflow_step))
    return 0


def _key(arguments: argparse.Namespace) -> int:
    from cryptography.fernet import Fernet

    print_lines([Fernet.generate_key().decode()])
    return 0


def _changes(arguments: argparse.Namespace, services_of: ServicesOf) -> int:
    with services_of(arguments) as services:
        found = services.choices.changes(arguments.last)
    if arguments.json:
        print_json(found)
        return 0
    print_lines([_line(one) for one in found] or ["nothing was changed or ordered in Slack yet"])
    return 0


def _line(one: dict[str, Any]) -> str:
    data = one["data"] or {}
    more = data.get("topic") or data.get("by") or ""
    return f"{str(one['at'])[:16]} {one['user']} {one['what']} {one['channel']}  {more}".rstrip()
