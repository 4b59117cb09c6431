"""Each kind of request as Slack's public SDKs show it, with the fields that the local workspace leaves out.

The shapes follow the samples of slack-sdk, bolt-python and java-slack-sdk: older and newer fields side by side, ids of
an Enterprise organisation, null where something is absent, elements of the rich text editor. They are sent over HTTP as
Slack does, signed, and every one has to be acknowledged with 200 at once and end without an error.
"""

import asyncio
import json
import time
from urllib.parse import urlencode

import pytest
from pydantic import SecretStr
from slack_bolt.async_app import AsyncBoltRequest

from bot.app import build_app
from bot.workspace.requests import signed

SECRET = "samples"
FORM = "application/x-www-form-urlencoded"
TEAM, ADA, BOT, ROOM = "T0LOCAL", "U0ADA", "U0BRIEF", "C0RESEARCH"


def event(number, **inner):
    """The body around an event, with its deprecated and its newer fields."""
    return {
        "token": "verification-token",
        "team_id": TEAM,
        "context_team_id": TEAM,
        "context_enterprise_id": None,
        "api_app_id": "A0LOCAL",
        "event": {"event_ts": "1779094800.000100", **inner},
        "type": "event_callback",
        "event_id": f"EvSAMPLE{number}",
        "event_time": 1779094800,
        "authed_users": [BOT],
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": TEAM,
                "user_id": BOT,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": False,
        "event_context": "4-eyJldCI6Im1lc3NhZ2UifQ",
    }


def rich(*elements):
    section = {"type": "rich_text_section", "elements": list(elements)}
    return [{"type": "rich_text", "block_id": "Vjk", "elements": [section]}]


MENTION = {"type": "user", "user_id": BOT}
WORDS = {"type": "text", "text": " what holds?"}
SAID = {
    "client_msg_id": "b6d1e1b4-0000-4000-8000-000000000001",
    "user": ADA,
    "text": f"<@{BOT}> what holds?",
    "ts": "1779094800.000100",
    "team": TEAM,
    "user_team": TEAM,
    "source_team": TEAM,
    "user_profile": {"display_name": "ada", "is_restricted": False, "is_ultra_restricted": False},
    "blocks": rich(MENTION, WORDS),
    "channel": ROOM,
    "channel_type": "channel",
}
FILE = {
    "id": "F0SAMPLE",
    "name": "figure.png",
    "mimetype": "image/png",
    "url_private": "https://files.slack.com/x",
    "mode": "hosted",
}
PERSON = {"id": ADA, "username": "ada", "name": "ada", "team_id": TEAM}
INTERACTION = {
    "user": PERSON,
    "api_app_id": "A0LOCAL",
    "token": "verification-token",
    "team": {"id": TEAM, "domain": "local"},
    "enterprise": None,
    "is_enterprise_install": False,
}
MESSAGE = {
    "type": "message",
    "subtype": "bot_message",
    "text": "A brief",
    "ts": "1779094700.000100",
    "bot_id": "B0LOCAL",
    "user": BOT,
    "team": TEAM,
    "blocks": [],
    "edited": {"user": BOT, "ts": "1779094701.000000"},
}
VIEW = {
    "id": "V0SAMPLE",
    "team_id": TEAM,
    "type": "modal",
    "blocks": [],
    "private_metadata": "",
    "callback_id": "unknown_form",
    "state": {"values": {}},
    "hash": "1779094800.h",
    "title": {"type": "plain_text", "text": "Form", "emoji": True},
    "clear_on_close": False,
    "notify_on_close": False,
    "close": None,
    "submit": None,
    "previous_view_id": None,
    "root_view_id": "V0SAMPLE",
    "app_id": "A0LOCAL",
    "external_id": "",
    "app_installed_team_id": TEAM,
    "bot_id": "B0LOCAL",
}

ASKING = {
    "app_mention": {**SAID, "type": "app_mention"},
    "message in a public channel, the same mention": {**SAID, "type": "message"},
    "message in a direct conversation": {
        **SAID,
        "type": "message",
        "channel": "D0ADA",
        "channel_type": "im",
        "text": "what holds?",
    },
    "message in a direct conversation, with the agent's context": {
        **SAID,
        "type": "message",
        "channel": "D0ADA",
        "channel_type": "im",
        "text": "what holds?",
        "assistant_thread": {"action_token": "1.2.x"},
        "app_context": {"entities": [{"type": "slack#/types/channel_id", "value": ROOM, "team_id": TEAM}]},
    },
    "message with a file": {
        **SAID,
        "type": "message",
        "subtype": "file_share",
        "files": [FILE],
        "upload": False,
        "display_as_bot": False,
    },
    "message that a thread sends to its channel": {
        **SAID,
        "type": "message",
        "subtype": "thread_broadcast",
        "thread_ts": "1779094700.000100",
        "root": {"user": ADA, "type": "message", "ts": "1779094700.000100", "text": "root"},
    },
    "message in an Enterprise organisation": {
        **SAID,
        "type": "message",
        "user_team": "E0ORG",
        "source_team": "E0ORG",
        "user_profile": None,
    },
    "message whose text is escaped": {
        **SAID,
        "type": "message",
        "text": f"<@{BOT}|brief> is 3 &lt; 4 &amp; 5?",
    },
}
IGNORED = {
    "message_changed": {
        "type": "message",
        "subtype": "message_changed",
        "hidden": True,
        "channel": ROOM,
        "ts": "1779094801.000100",
        "message": {**SAID, "type": "message", "edited": {"user": ADA, "ts": "1"}},
        "previous_message": {**SAID, "type": "message"},
    },
    "message_deleted": {
        "type": "message",
        "subtype": "message_deleted",
        "hidden": True,
        "channel": ROOM,
        "ts": "1779094801.000100",
        "deleted_ts": "1779094800.000100",
        "previous_message": {**SAID, "type": "message"},
    },
    "bot_message": {
        "type": "message",
        "subtype": "bot_message",
        "text": f"<@{BOT}> hello?",
        "bot_id": "B0OTHER",
        "username": "other",
        "channel": ROOM,
        "channel_type": "channel",
        "ts": "1779094802.000100",
    },
    "message of another app": {
        **SAID,
        "type": "message",
        "bot_id": "B0OTHER",
        "app_id": "A0OTHER",
        "bot_profile": {"id": "B0OTHER", "name": "other", "deleted": False},
    },
    "channel_join": {
        "type": "message",
        "subtype": "channel_join",
        "user": ADA,
        "text": f"<@{ADA}> has joined the channel",
        "channel": ROOM,
        "channel_type": "channel",
        "ts": "1779094803.000100",
        "inviter": "U0KOFI",
    },
    "message_replied": {
        "type": "message",
        "subtype": "message_replied",
        "channel": ROOM,
        "ts": "1779094804.000100",
        "message": {"type": "message", "user": ADA, "text": "root", "thread_ts": "1", "reply_count": 1},
    },
    "reaction_added": {
        "type": "reaction_added",
        "user": ADA,
        "reaction": "thumbsup::skin-tone-3",
        "item": {"type": "message", "channel": ROOM, "ts": "1779094700.000100"},
        "item_user": BOT,
    },
    "reaction to a file": {
        "type": "reaction_removed",
        "user": ADA,
        "reaction": "eyes",
        "item": {"type": "file", "file": "F0SAMPLE"},
        "item_user": None,
    },
    "member_joined_channel": {
        "type": "member_joined_channel",
        "user": BOT,
        "channel": ROOM,
        "channel_type": "C",
        "team": TEAM,
        "inviter": ADA,
    },
    "app_home_opened, the first time": {
        "type": "app_home_opened",
        "user": ADA,
        "channel": "D0ADA",
        "tab": "home",
    },
    "app_home_opened, messages": {
        "type": "app_home_opened",
        "user": ADA,
        "channel": "D0ADA",
        "tab": "messages",
    },
    "app_context_changed": {
        "type": "app_context_changed",
        "user": ADA,
        "channel": "D0ADA",
        "context": {"entities": []},
    },
    "agent_session_stopped": {
        "type": "agent_session_stopped",
        "user": ADA,
        "channel": "D0ADA",
        "thread_ts": "1779094700.000100",
        "stopped_streams": [],
    },
    "assistant_thread_started": {
        "type": "assistant_thread_started",
        "assistant_thread": {
            "user_id": ADA,
            "context": {"channel_id": ROOM, "team_id": TEAM, "enterprise_id": None},
            "channel_id": "D0ADA",
            "thread_ts": "1779094700.000100",
        },
    },
    "channel_rename": {"type": "channel_rename", "channel": {"id": ROOM, "name": "papers", "created": 1}},
    "app_uninstalled": {"type": "app_uninstalled"},
    "tokens_revoked": {"type": "tokens_revoked", "tokens": {"oauth": [ADA], "bot": []}},
    "app_rate_limited, inside": {"type": "app_rate_limited", "minute_rate_limited": 1779094800},
    "an event that does not exist yet": {"type": "something_new", "payload": [1, {"deep": None}]},
}
CLICK = {
    **INTERACTION,
    "type": "block_actions",
    "container": {
        "type": "message",
        "message_ts": "1779094700.000100",
        "channel_id": ROOM,
        "is_ephemeral": False,
    },
    "trigger_id": "1.2.click",
    "channel": {"id": ROOM, "name": "research"},
    "message": MESSAGE,
    "state": {"values": {}},
    "actions": [
        {
            "action_id": "unknown_button",
            "block_id": "b1",
            "text": {"type": "plain_text", "text": "Old", "emoji": True},
            "value": "v",
            "style": "primary",
            "type": "button",
            "action_ts": "1779094800.000200",
        }
    ],
}
INTERACTIONS = {
    "a click on a button of an older version": CLICK,
    "a vote for an answer that is not stored": {
        **CLICK,
        "trigger_id": "1.2.vote",
        "actions": [
            {
                "type": "feedback_buttons",
                "action_id": "answer_good",
                "block_id": "b2",
                "value": "not a number",
                "text": {"type": "plain_text", "text": "Helpful"},
                "action_ts": "1",
            }
        ],
    },
    "a click on an ephemeral message": {
        **{key: value for key, value in CLICK.items() if key != "message"},
        "trigger_id": "1.2.ephemeral",
        "container": {
            "type": "message",
            "message_ts": "1779094700.000100",
            "channel_id": ROOM,
            "is_ephemeral": True,
        },
    },
    "a click on a tab that has gone": {
        **INTERACTION,
        "type": "block_actions",
        "container": {"type": "view", "view_id": "V0SAMPLE"},
        "trigger_id": "1.2.home",
        "view": {**VIEW, "type": "home"},
        "actions": [{**CLICK["actions"][0], "action_id": "gone"}],
    },
    "a form of an older version": {
        **INTERACTION,
        "type": "view_submission",
        "trigger_id": "1.2.form",
        "view": VIEW,
        "response_urls": [],
    },
    "a form that was closed": {**INTERACTION, "type": "view_closed", "view": VIEW, "is_cleared": True},
    "a shortcut of a message that is unknown": {
        **INTERACTION,
        "type": "message_action",
        "callback_id": "older_shortcut",
        "trigger_id": "1.2.shortcut",
        "response_url": "https://hooks.slack.com/app/T0LOCAL/1/x",
        "message_ts": "1779094700.000100",
        "channel": {"id": ROOM, "name": "research"},
        "message": MESSAGE,
        "action_ts": "1779094800.000300",
    },
    "a global shortcut": {
        **INTERACTION,
        "type": "shortcut",
        "callback_id": "anything",
        "trigger_id": "1.2.global",
        "action_ts": "1779094800.000400",
    },
    "options for a menu": {
        **INTERACTION,
        "type": "block_suggestion",
        "action_id": "menu",
        "block_id": "b3",
        "value": "wor",
        "container": {"type": "view", "view_id": "V0SAMPLE"},
        "view": VIEW,
    },
}


@pytest.fixture
async def send(services):
    secrets = services.settings.secrets.model_copy(update={"slack_signing_secret": SecretStr(SECRET)})
    services.settings = services.settings.model_copy(update={"secrets": secrets})
    app = build_app(services)

    async def dispatch(body, kind="application/json", **headers):
        given = {"Content-Type": kind, **signed(SECRET, body, time.time()), **headers}
        return await app.async_dispatch(AsyncBoltRequest(body=body, headers=given))

    return dispatch


async def posted(workspace, where):
    return await workspace.until(lambda: [m for m in workspace.messages(where) if m.by_app])


@pytest.mark.parametrize("name", ASKING)
async def test_a_question_in_each_shape_is_taken_and_answered_once(workspace, services, send, name, caplog):
    body = json.dumps(event(1, **ASKING[name]))
    again = {"X-Slack-Retry-Num": "1", "X-Slack-Retry-Reason": "http_timeout"}
    for headers in ({}, again):
        answer = await send(body, **headers)
        assert answer.status == 200
    await workspace.until(lambda: services.asked)
    await asyncio.sleep(0.1)
    assert len(services.asked) == 1
    assert services.asked[0][0].text in ("what holds?", "is 3 < 4 & 5?")
    assert not [record for record in caplog.records if record.levelname == "ERROR" and "bot." in record.name]


@pytest.mark.parametrize("name", IGNORED)
async def test_what_asks_nothing_is_acknowledged_and_leaves_no_error(workspace, services, send, name, caplog):
    answer = await send(json.dumps(event(2, **IGNORED[name])))
    await asyncio.sleep(0.1)
    assert answer.status == 200
    assert services.asked == []
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


@pytest.mark.parametrize("name", INTERACTIONS)
async def test_what_people_click_on_is_acknowledged_whatever_it_is(services, send, name, caplog):
    answer = await send(urlencode({"payload": json.dumps(INTERACTIONS[name])}), FORM)
    await asyncio.sleep(0.05)
    assert answer.status == 200
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


async def test_a_command_with_all_its_fields_is_answered_at_its_address(workspace, services, send):
    path = workspace.hooks.new_url("commands", ROOM, ADA)
    form = {
        "token": "verification-token",
        "team_id": TEAM,
        "team_domain": "local",
        "enterprise_id": "",
        "enterprise_name": "",
        "channel_id": ROOM,
        "channel_name": "privategroup",
        "user_id": ADA,
        "user_name": "ada",
        "command": "/brief",
        "text": "help <@U0KOFI|kofi>",
        "api_app_id": "A0LOCAL",
        "is_enterprise_install": "false",
        "response_url": workspace.url.rstrip("/") + path,
        "trigger_id": "1.2.command",
    }
    answer = await send(urlencode(form), FORM)
    assert answer.status == 200
    (told,) = await workspace.until(
        lambda: [m for m in workspace.messages("research") if m.visible_to == ADA]
    )
    assert "What I do" in str(told.blocks)


async def test_slacks_own_checks_of_the_address_are_answered(send):
    challenge = {"token": "x", "challenge": "3eZbrw1aB10FEMAGAZd4FyFQ", "type": "url_verification"}
    answer = await send(json.dumps(challenge))
    assert (answer.status, "3eZbrw1aB10FEMAGAZd4FyFQ" in answer.body) == (200, True)
    answer = await send(urlencode({"ssl_check": "1", "token": "x"}), FORM)
    assert answer.status == 200
