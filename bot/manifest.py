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
    "users:read": "what a channel gets cannot be changed in Slack: nobody can say who is a guest",
}
"""Scope to what is missed without it."""

OPTIONAL = {
    "canvases:write": "the full brief is a file in its thread and not a canvas",
    "files:write": "a brief is posted without the week's chart, and without a file of its whole text",
}
"""The same for those that an administrator may leave out."""


def manifest() -> dict[str, Any]:
    """The manifest for Socket Mode, as it is pasted where an app is made."""
    read: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return read


def missing(granted: Collection[str]) -> list[str]:
    """For each scope of the manifest that was not granted, a sentence of what will not work."""
    return [f"without {scope} {lost}" for scope, lost in USES.items() if scope not in granted]


def left_out(granted: Collection[str]) -> list[str]:
    """The same for the optional scopes."""
    return [f"without {scope} {lost}" for scope, lost in OPTIONAL.items() if scope not in granted]
