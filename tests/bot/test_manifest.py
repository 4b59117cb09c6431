import re

from bot.manifest import OPTIONAL, USES
from bot.views.ask_form import SHORTCUT
from bot.workspace.server import SHORTCUTS


def test_the_manifest_keeps_slacks_rules(manifest):
    shown = manifest["display_information"]
    assert 1 <= len(shown["name"]) <= 35
    assert len(shown["description"]) <= 140
    assert re.fullmatch(r"#[0-9a-f]{6}", shown["background_color"])
    assert 1 <= len(manifest["features"]["bot_user"]["display_name"]) <= 80
    (command,) = manifest["features"]["slash_commands"]
    assert re.fullmatch(r"/[a-z0-9_-]{1,31}", command["command"])
    assert len(command["description"]) <= 2000
    assert "now [topic]" in command["usage_hint"]


def test_shortcuts_are_those_that_the_bot_knows_and_the_workspace_offers(manifest):
    (shortcut,) = manifest["features"]["shortcuts"]
    assert (shortcut["callback_id"], shortcut["type"]) == (SHORTCUT, "message")
    assert {shortcut["callback_id"]: shortcut["name"]} == SHORTCUTS
    assert len(shortcut["name"]) <= 24
    assert len(shortcut["description"]) <= 150


def test_what_is_missed_without_a_scope_is_said_for_each(manifest):
    scopes = manifest["oauth_config"]["scopes"]
    assert set(USES) == set(scopes["bot"])
    assert set(OPTIONAL) == set(scopes["bot_optional"])
    assert not set(USES) & set(OPTIONAL)


def test_the_app_needs_no_public_address(manifest):
    settings = manifest["settings"]
    assert settings["socket_mode_enabled"] is True
    assert settings["interactivity"] == {"is_enabled": True}
    assert "url" not in str(manifest)


def test_people_can_write_to_the_app(manifest):
    home = manifest["features"]["app_home"]
    assert home["messages_tab_enabled"] is True
    assert home["messages_tab_read_only_enabled"] is False


def test_every_event_has_its_scope_and_no_scope_is_without_use(manifest):
    needed = {
        "app_mention": "app_mentions:read",
        "message.channels": "channels:history",
        "message.groups": "groups:history",
        "message.im": "im:history",
    }
    scopes = set(manifest["oauth_config"]["scopes"]["bot"])
    events = set(manifest["settings"]["event_subscriptions"]["bot_events"])
    assert events == {*needed, "app_home_opened"}
    # channels by name, and direct messages opened for previews
    calls = {
        "chat:write",
        "commands",
        "channels:read",
        "groups:read",
        "im:write",
        "assistant:write",
        "users:read",
    }
    assert scopes == {*needed.values(), *calls}
