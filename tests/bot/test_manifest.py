import copy
import json
import re

import pytest

from bot import cli
from bot.manifest import OPTIONAL, USES
from bot.manifest import manifest as made
from bot.views import ask_form, suggestion
from bot.workspace.server import SHORTCUTS
from bot.workspace.workflows import STEPS
from tests.bot.slacks_rules import broken


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
    shortcuts = manifest["features"]["shortcuts"]
    assert [s["callback_id"] for s in shortcuts] == [ask_form.SHORTCUT, suggestion.SHORTCUT]
    assert {s["callback_id"]: s["name"] for s in shortcuts} == SHORTCUTS
    for shortcut in shortcuts:
        assert shortcut["type"] == "message"
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
    assert events == {
        *needed,
        "app_home_opened",
        "agent_session_stopped",
        "reaction_added",
        "reaction_removed",
    }
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


@pytest.mark.parametrize("url", [None, "https://brief.example", "https://brief.example/"])
@pytest.mark.parametrize("installs", [False, True])
@pytest.mark.parametrize("step", [False, True])
def test_slack_accepts_it_for_every_way_of_running(url, installs, step):
    found = made(url, installs=installs, workflow_step=step)
    assert broken(found) == []
    assert len(json.dumps(found)) < 20_000
    events = found["settings"]["event_subscriptions"]["bot_events"]
    scopes = found["oauth_config"]["scopes"]
    assert len(events) == len(set(events))
    assert not set(scopes["bot"]) & set(scopes["bot_optional"])


def test_the_rules_refuse_what_slack_refuses():
    for change in (
        lambda m: m["display_information"].update(name="x" * 36),
        lambda m: m["features"]["slash_commands"][0].update(command="brief"),
        lambda m: m["settings"].update(socket_mode="yes"),
        lambda m: m["settings"]["interactivity"].update(request_url="brief.example"),
        lambda m: m["features"]["shortcuts"][0].update(name="x" * 25),
        lambda m: m["settings"].update(org_deploy_enabled="false"),
    ):
        worse = copy.deepcopy(made())
        change(worse)
        assert len(broken(worse)) == 1


def test_over_http_every_address_is_the_bots_own():
    found = made("https://brief.example/", installs=True)
    address = "https://brief.example/slack/events"
    assert found["settings"]["socket_mode_enabled"] is False
    assert found["settings"]["event_subscriptions"]["request_url"] == address
    assert found["settings"]["interactivity"]["request_url"] == address
    assert [command["url"] for command in found["features"]["slash_commands"]] == [address]
    assert found["oauth_config"]["redirect_urls"] == ["https://brief.example/slack/oauth_redirect"]
    assert found["settings"]["token_rotation_enabled"] is True
    assert {"app_uninstalled", "tokens_revoked"} <= set(
        found["settings"]["event_subscriptions"]["bot_events"]
    )
    assert made()["settings"]["token_rotation_enabled"] is False


@pytest.fixture
def printed(tmp_path, capsys, monkeypatch):
    for name in ("SLACK_CLIENT_ID", "PORT", "BRIEF_CONFIG"):
        monkeypatch.delenv(name, raising=False)

    def run(*words, more=""):
        file = tmp_path / "brief.toml"
        file.write_text(
            '[[feeds]]\nname = "a"\nurl = "https://a.example"\n[profiles.p]\ntitle = "P"\ntopic = "anything"\n'
            + more
        )
        status = cli.main(["slack", "manifest", "--config", str(file), "--home", str(tmp_path), *words])
        told = capsys.readouterr()
        return status, told.out, told.err

    return run


def test_it_is_printed_as_the_settings_want_it(printed):
    status, out, _ = printed()
    assert (status, json.loads(out)) == (0, made())
    http = '[slack]\ntransport = "http"\n'
    assert json.loads(printed("--url", "https://b.example")[1]) == made("https://b.example")
    told = printed(more=http + '[http]\npublic_url = "https://c.example"\n')
    assert json.loads(told[1]) == made("https://c.example")
    status, _, err = printed(more=http)
    assert (status, "http.public_url: is not set" in err) == (2, True)
    status, _, err = printed("--url", "http://b.example")
    assert (status, "must begin with https://" in err) == (2, True)


def test_a_step_for_workflows_is_offered_where_it_is_wanted():
    assert "functions" not in made()
    found = made(workflow_step=True)
    assert found["settings"]["function_runtime"] == "remote"
    assert found["settings"]["org_deploy_enabled"] is True
    assert "function_executed" in found["settings"]["event_subscriptions"]["bot_events"]
    ((name, step),) = found["functions"].items()
    assert (STEPS[name].title, STEPS[name].inputs) == (
        step["title"],
        {key: one["title"] for key, one in step["input_parameters"]["properties"].items()},
    )
