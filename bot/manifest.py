"""The app's manifest, and what does not work without each of its scopes. Pure but for the shipped file.

Source: https://docs.slack.dev/reference/app-manifest
"""

import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("manifest.json")

USES = {
    "app_mentions:read": "mentions are not seen",
    "assistant:write": "no questions are suggested in direct messages",
    "channels:history": "questions in the threads of public channels are not seen, and a post that Slack did not "
    "confirm cannot be looked up",
    "channels:read": "public channels cannot be named in brief.toml, and the Home tab shows none",
    "chat:write": "nothing can be posted",
    "commands": "/brief does not work",
    "groups:history": "questions in the threads of private channels are not seen",
    "groups:read": "private channels cannot be named in brief.toml, and the Home tab shows none",
    "im:history": "direct messages are not seen",
    "im:write": "previews cannot be sent as direct messages",
    "users:read": "nobody is answered: nobody can say who is a guest",
}
"""Scope to what is missed without it."""

OPTIONAL = {
    "canvases:write": "the full brief is a file in its thread and not a canvas",
    "files:write": "a brief is posted without the week's chart, and without a file of its whole text",
    "reactions:read": "reactions are not seen: they teach no channel's taste, and add no work to a brief",
    "usergroups:read": "user groups in slack.managers and slack.writers let nobody in",
}
"""The same for those that an administrator may leave out."""


EVENTS = "/slack/events"
"""Where Slack posts events, commands and interactions over HTTP."""
REDIRECT = "/slack/oauth_redirect"
"""Where Slack sends a browser back that installs the app."""
STEP = "create_brief"
"""The step of Workflow Builder."""
OF_INSTALLING = ("app_uninstalled", "tokens_revoked")


def manifest(
    url: str | None = None, *, installs: bool = False, workflow_step: bool = False
) -> dict[str, Any]:
    """The manifest as it is pasted where an app is made: for Socket Mode, or for HTTP at this address.

    With `installs` for an app that is installed by a link in several workspaces, and whose tokens are renewed; with
    `workflow_step` it offers a step in Workflow Builder, which Slack allows in paid plans only.
    """
    read: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    if workflow_step:
        _add_step(read)
    if url is None:
        return read
    base, settings = url.rstrip("/"), read["settings"]
    settings["socket_mode_enabled"] = False
    settings["event_subscriptions"]["request_url"] = f"{base}{EVENTS}"
    settings["interactivity"]["request_url"] = f"{base}{EVENTS}"
    for command in read["features"]["slash_commands"]:
        command["url"] = f"{base}{EVENTS}"
    if installs:
        settings["token_rotation_enabled"] = True
        events = settings["event_subscriptions"]
        events["bot_events"] = sorted([*events["bot_events"], *OF_INSTALLING])
        read["oauth_config"]["redirect_urls"] = [f"{base}{REDIRECT}"]
    return read


def _add_step(read: dict[str, Any]) -> None:
    """The step, and what Slack wants of an app that has one: to be ready for a whole organisation."""
    settings = read["settings"]
    settings["function_runtime"] = "remote"
    settings["org_deploy_enabled"] = True
    events = settings["event_subscriptions"]
    events["bot_events"] = sorted([*events["bot_events"], "function_executed"])
    read["functions"] = {
        STEP: {
            "title": "Create research brief",
            "description": "Writes a brief and posts it in a channel",
            "input_parameters": {
                "properties": {
                    "channel": _parameter("slack#/types/channel_id", "Channel", "Where the brief is posted"),
                    "topic": _parameter("string", "Topic", "In plain words; by default the channel's own"),
                    "since": _parameter("string", "Since", "A day such as 2026-05-01; by default seven days"),
                },
                "required": ["channel"],
            },
            "output_parameters": {
                "properties": {
                    "title": _parameter("string", "Title", "Of the brief"),
                    "link": _parameter("string", "Link", "To its message"),
                },
                "required": ["title", "link"],
            },
        }
    }


def _parameter(kind: str, title: str, description: str) -> dict[str, str]:
    return {"type": kind, "title": title, "description": description}


def missing(granted: Collection[str]) -> list[str]:
    """For each scope of the manifest that was not granted, a sentence of what will not work."""
    return [f"without {scope} {lost}" for scope, lost in USES.items() if scope not in granted]


def left_out(granted: Collection[str]) -> list[str]:
    """The same for the optional scopes."""
    return [f"without {scope} {lost}" for scope, lost in OPTIONAL.items() if scope not in granted]
