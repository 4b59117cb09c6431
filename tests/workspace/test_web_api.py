"""The Web API, called as slack_sdk calls it: what Slack takes and what it refuses, under Slack's names."""

import json
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError

from bot.workspace import Workspace

SECTION = {"type": "section", "text": {"type": "mrkdwn", "text": "x"}}


async def error_of(call: Any) -> str:
    with pytest.raises(SlackApiError) as caught:
        await call
    return str(caught.value.response["error"])


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"text": "x", "blocks": [SECTION] * 51}, "invalid_blocks"),
        (
            {"text": "x", "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}]},
            "invalid_blocks",
        ),
        ({"text": "x", "blocks": [{"type": "markdown", "text": "x" * 12_001}]}, "invalid_blocks"),
        ({"text": "x", "blocks": [{"type": "marquee"}]}, "invalid_blocks"),
        ({}, "no_text"),
        ({"text": ""}, "no_text"),
        ({"text": "x" * 40_001}, "msg_too_long"),
        ({"text": "x", "markdown_text": "y"}, "markdown_text_conflict"),
        ({"text": "x", "thread_ts": "1.000001"}, "thread_not_found"),
        ({"text": "x", "metadata": {"event_type": "brief"}}, "invalid_metadata_format"),
    ],
)
@pytest.mark.filterwarnings("ignore:The top-level `text` argument is missing")
async def test_a_refused_post_has_slacks_error_name_and_leaves_no_trace(client, workspace, arguments, error):
    assert await error_of(client.chat_postMessage(channel="C0RESEARCH", **arguments)) == error
    assert workspace.messages("research") == []
    assert [call.error for call in workspace.calls("chat.postMessage")] == [error]


async def test_a_refused_block_is_pointed_at(client):
    blocks = [SECTION, {"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}]
    with pytest.raises(SlackApiError) as caught:
        await client.chat_postMessage(channel="research", text="x", blocks=blocks)
    expected = "must be less than 3001 characters [json-pointer:/blocks/1/text/text]"
    assert caught.value.response["errors"] == [expected]
    assert caught.value.response["response_metadata"]["messages"] == [f"[ERROR] {expected}"]


@pytest.mark.parametrize("channel", ["C0NOWHERE", "#nowhere", "D0KOFI0"])
async def test_an_unknown_channel_is_refused(client, channel):
    assert await error_of(client.chat_postMessage(channel=channel, text="x")) == "channel_not_found"


async def test_channels_the_app_is_not_in_or_that_are_archived_are_refused(client, workspace):
    outside = workspace.state.add_channel("outside", members=["ada"])
    assert await error_of(client.chat_postMessage(channel=outside.id, text="x")) == "not_in_channel"
    assert await error_of(client.conversations_history(channel=outside.id)) == "not_in_channel"
    await client.conversations_join(channel=outside.id)
    await client.chat_postMessage(channel=outside.id, text="x")
    workspace.channel("general").archived = True
    assert await error_of(client.chat_postMessage(channel="general", text="x")) == "is_archived"


@pytest.mark.parametrize("channel", ["C0RESEARCH", "#research", "research"])
async def test_a_channel_may_be_given_by_id_or_by_name(client, channel):
    assert (await client.chat_postMessage(channel=channel, text="x"))["channel"] == "C0RESEARCH"


async def test_a_person_as_channel_is_their_direct_messages(client, workspace):
    posted = await client.chat_postMessage(channel="U0KOFI", text="hello")
    opened = await client.conversations_open(users="U0KOFI")
    assert posted["channel"] == opened["channel"]["id"]
    assert workspace.state.channels[posted["channel"]].kind == "im"


async def test_tokens_are_checked(workspace, client_of):
    assert await error_of(client_of(workspace, token="xoxb-other").auth_test()) == "invalid_auth"
    assert await error_of(client_of(workspace, token="").api_call("auth.test")) == "not_authed"
    wrong = client_of(workspace).apps_connections_open(app_token=workspace.bot_token)
    assert await error_of(wrong) == "not_allowed_token_type"
    assert workspace.bot_token not in repr(workspace.ledger)


async def test_a_missing_scope_is_named(client_of):
    async with Workspace(scopes=("chat:write",)) as workspace:
        client = client_of(workspace)
        await client.chat_postMessage(channel="research", text="x")
        with pytest.raises(SlackApiError) as caught:
            await client.users_info(user="U0ADA")
    assert caught.value.response["error"] == "missing_scope"
    assert caught.value.response["needed"] == "users:read"


async def test_an_unknown_method_is_refused(client):
    assert await error_of(client.api_call("chat.shout")) == "unknown_method"


@pytest.mark.parametrize("style", ["json", "form", "multipart", "query"])
async def test_arguments_may_come_as_json_form_multipart_or_query(workspace, style):
    blocks = json.dumps([SECTION])
    arguments = {"channel": "C0RESEARCH", "text": "x", "blocks": blocks, "token": workspace.bot_token}
    multipart = aiohttp.FormData(arguments, default_to_multipart=True)
    body: dict[str, Any] = {
        "json": {"json": {**arguments, "blocks": [SECTION]}},
        "form": {"data": arguments},
        "multipart": {"data": multipart},
        "query": {"params": arguments},
    }[style]
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{workspace.api_url}chat.postMessage", **body) as response,
    ):
        assert (await response.json())["message"]["blocks"][0]["type"] == "section"


async def test_history_is_newest_first_without_replies_or_ephemeral_messages(client, workspace):
    first = await client.chat_postMessage(channel="research", text="one")
    await client.chat_postMessage(channel="research", text="reply", thread_ts=first["ts"])
    await client.chat_postEphemeral(channel="C0RESEARCH", user="U0ADA", text="psst")
    workspace.say("ada", "research", "two")
    history = await client.conversations_history(channel="C0RESEARCH")
    assert [message["text"] for message in history["messages"]] == ["two", "one"]
    assert history["messages"][1]["reply_count"] == 1
    assert history["messages"][1]["thread_ts"] == first["ts"]


async def test_history_is_cut_by_time_and_read_in_pages(client, workspace):
    posted = [await client.chat_postMessage(channel="research", text=str(number)) for number in range(5)]
    since = await client.conversations_history(channel="C0RESEARCH", oldest=posted[2]["ts"])
    assert [message["text"] for message in since["messages"]] == ["4", "3"]
    both = await client.conversations_history(
        channel="C0RESEARCH", oldest=posted[2]["ts"], latest=posted[3]["ts"], inclusive=True
    )
    assert [message["text"] for message in both["messages"]] == ["3", "2"]
    page = await client.conversations_history(channel="C0RESEARCH", limit=3)
    cursor = page["response_metadata"]["next_cursor"]
    rest = await client.conversations_history(channel="C0RESEARCH", limit=3, cursor=cursor)
    assert [m["text"] for m in [*page["messages"], *rest["messages"]]] == ["4", "3", "2", "1", "0"]
    assert (page["has_more"], rest["has_more"]) == (True, False)
    wrong = client.conversations_history(channel="C0RESEARCH", cursor="?")
    assert await error_of(wrong) == "invalid_cursor"


async def test_replies_come_parent_first_with_metadata_only_when_asked(client):
    metadata = {"event_type": "brief", "event_payload": {"part": 2}}
    parent = await client.chat_postMessage(channel="research", text="parent")
    await client.chat_postMessage(channel="research", text="a", thread_ts=parent["ts"], metadata=metadata)
    plain = await client.conversations_replies(channel="C0RESEARCH", ts=parent["ts"])
    tagged = await client.conversations_replies(
        channel="C0RESEARCH", ts=parent["ts"], include_all_metadata=True
    )
    assert [message["text"] for message in plain["messages"]] == ["parent", "a"]
    assert "metadata" not in plain["messages"][1]
    assert tagged["messages"][1]["metadata"] == metadata
    assert await error_of(client.conversations_replies(channel="C0RESEARCH", ts="1.1")) == "thread_not_found"


async def test_a_reply_to_a_reply_is_refused(client):
    parent = await client.chat_postMessage(channel="research", text="parent")
    reply = await client.chat_postMessage(channel="research", text="a", thread_ts=parent["ts"])
    wrong = client.chat_postMessage(channel="research", text="b", thread_ts=reply["ts"])
    assert await error_of(wrong) == "cannot_reply_to_message"


async def test_a_vanished_parent_may_also_unthread_the_reply(client_of):
    async with Workspace(missing_parent="unthread") as workspace:
        posted = await client_of(workspace).chat_postMessage(channel="research", text="x", thread_ts="1.1")
        assert "thread_ts" not in posted["message"]


async def test_update_keeps_metadata_and_drops_blocks_for_a_text(client, workspace):
    metadata = {"event_type": "brief", "event_payload": {}}
    posted = await client.chat_postMessage(
        channel="research", text="a", blocks=[SECTION], metadata=metadata, unfurl_links=False
    )
    at = {"channel": "C0RESEARCH", "ts": posted["ts"]}
    updated = await client.chat_update(**at, text="b")
    assert "blocks" not in updated["message"]
    assert updated["message"]["metadata"] == metadata
    assert "edited" in updated["message"]
    assert workspace.messages("research")[0].options == {"unfurl_links": False}
    assert await error_of(client.chat_update(**at, text="x" * 4001)) == "msg_too_long"
    assert await error_of(client.chat_update(**{**at, "ts": "1.1"}, text="x")) == "message_not_found"


async def test_only_the_apps_own_messages_can_be_changed(client, workspace):
    said = workspace.say("ada", "research", "mine")
    at = {"channel": "C0RESEARCH", "ts": said.ts}
    assert await error_of(client.chat_update(**at, text="x")) == "cant_update_message"
    assert await error_of(client.chat_delete(**at)) == "cant_delete_message"


async def test_a_deleted_parent_leaves_a_stone_and_a_deleted_reply_nothing(client, workspace):
    parent = await client.chat_postMessage(channel="research", text="parent")
    reply = await client.chat_postMessage(channel="research", text="a", thread_ts=parent["ts"])
    await client.chat_delete(channel="C0RESEARCH", ts=parent["ts"])
    assert workspace.messages("research")[0].subtype == "tombstone"
    await client.chat_delete(channel="C0RESEARCH", ts=reply["ts"])
    assert len(workspace.messages("research")) == 1


async def test_ephemeral_messages_need_a_member_and_cannot_be_updated(client, workspace):
    posted = await client.chat_postEphemeral(channel="C0RESEARCH", user="U0ADA", text="psst")
    at = {"channel": "C0RESEARCH", "ts": posted["message_ts"]}
    assert await error_of(client.chat_update(**at, text="x")) == "message_not_found"
    wrong = client.chat_postEphemeral(channel="C0RESEARCH", user="U0NOBODY", text="x")
    assert await error_of(wrong) == "user_not_in_channel"


async def test_time_stamps_grow_even_when_the_clock_stands_still(clock, client_of):
    async with Workspace(now=clock) as workspace:
        client = client_of(workspace)
        stamps = [(await client.chat_postMessage(channel="research", text="x"))["ts"] for _ in range(4)]
    assert stamps == sorted(set(stamps))
    assert stamps[0] == "1790000000.000000"


async def test_who_and_where_can_be_looked_up(client, workspace):
    me = await client.auth_test()
    assert (me["user_id"], me["bot_id"], me["team"]) == ("U0BRIEF", "B0LOCAL", "Local Workspace")
    assert (await client.users_info(user="U0ADA"))["user"]["tz"] == "Europe/London"
    assert {user["name"] for user in (await client.users_list())["members"]} == {
        "ada",
        "kofi",
        "mina",
        "brief",
    }
    names = [channel["name"] for channel in (await client.conversations_list())["channels"]]
    assert names == ["research", "general"]
    direct = (await client.users_conversations(types="im"))["channels"]
    assert [channel["user"] for channel in direct] == ["U0ADA"]
    assert (await client.conversations_info(channel="C0RESEARCH"))["channel"]["is_member"] is True
    assert "U0BRIEF" in (await client.conversations_members(channel="C0RESEARCH"))["members"]
    assert (await client.team_info())["team"]["id"] == "T0LOCAL"
    posted = await client.chat_postMessage(channel="research", text="x")
    link = await client.chat_getPermalink(channel="C0RESEARCH", message_ts=posted["ts"])
    assert link["permalink"] == f"{workspace.url}#/C0RESEARCH/{posted['ts']}"


async def test_a_reaction_counts_once(client):
    posted = await client.chat_postMessage(channel="research", text="x")
    at = {"channel": "C0RESEARCH", "timestamp": posted["ts"], "name": "eyes"}
    await client.reactions_add(**at)
    assert await error_of(client.reactions_add(**at)) == "already_reacted"
    got = await client.reactions_get(channel="C0RESEARCH", timestamp=posted["ts"])
    assert got["message"]["reactions"] == [{"name": "eyes", "users": ["U0BRIEF"], "count": 1}]
    await client.reactions_remove(**at)
    assert await error_of(client.reactions_remove(**at)) == "no_reaction"


async def test_a_status_lasts_until_the_app_answers_in_the_thread(client, workspace):
    said = workspace.say("ada", "research", "question")
    await client.assistant_threads_setStatus(
        channel_id="C0RESEARCH", thread_ts=said.ts, status="is searching"
    )
    assert workspace.state.statuses == {("C0RESEARCH", said.ts): "is searching"}
    await client.chat_postMessage(channel="research", text="answer", thread_ts=said.ts)
    assert workspace.state.statuses == {}
