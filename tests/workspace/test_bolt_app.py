"""A real Bolt app, connected over Socket Mode, as it would be to Slack."""

import asyncio
from typing import Any

import pytest
from aiohttp import ClientSession, WSMsgType, WSServerHandshakeError
from slack_bolt.async_app import AsyncApp
from slack_bolt.response import BoltResponse
from slack_sdk.errors import SlackApiError

from bot.workspace import Workspace

BUTTON = {"type": "button", "action_id": "more", "value": "7", "text": {"type": "plain_text", "text": "More"}}
MODAL = {
    "type": "modal",
    "callback_id": "topic",
    "title": {"type": "plain_text", "text": "Topic"},
    "submit": {"type": "plain_text", "text": "Save"},
    "blocks": [
        {
            "type": "input",
            "block_id": "t",
            "label": {"type": "plain_text", "text": "Topic"},
            "element": {"type": "plain_text_input", "action_id": "v"},
        }
    ],
}


def collect(app: AsyncApp, *names: str) -> list[dict[str, Any]]:
    """The bodies of every event of these types that reaches the app's listeners."""
    seen: list[dict[str, Any]] = []
    for name in names:

        @app.event(name)
        async def listener(body: dict[str, Any]) -> None:
            seen.append(body)

    return seen


async def test_a_mention_arrives_twice_with_different_event_ids_and_the_same_ts(app, workspace, running):
    seen = collect(app, "app_mention", "message")
    async with running(app, workspace):
        said = workspace.mention("ada", "#research", "what is new?")
        await workspace.until(lambda: len(seen) == 2)
    assert {body["event"]["type"] for body in seen} == {"app_mention", "message"}
    assert {body["event"]["ts"] for body in seen} == {said.ts}
    assert len({body["event_id"] for body in seen}) == 2
    assert {body["event"]["text"] for body in seen} == {"<@U0BRIEF> what is new?"}
    assert {body["event"].get("channel_type") for body in seen} == {"channel", None}
    assert all(body["authorizations"][0]["user_id"] == "U0BRIEF" for body in seen)
    assert all(body["team_id"] == "T0LOCAL" and body["type"] == "event_callback" for body in seen)


async def test_a_direct_message_arrives_once_as_im_and_is_answered_there(app, workspace, running):
    seen = collect(app, "app_mention")

    @app.event("message")
    async def answer(event: dict[str, Any], say: Any) -> None:
        seen.append(event)
        await say(f"You said: {event['text']}")

    async with running(app, workspace):
        workspace.say("ada", "dm", "hello @brief")
        await workspace.until(lambda: len(workspace.messages("dm")) == 2)
        await workspace.settled()
    assert [event["channel_type"] for event in seen] == ["im"]
    assert workspace.transcript("dm") == ("Ada Moreno:\n  hello @brief\nbrief:\n  You said: hello @brief\n")


async def test_a_reply_in_a_thread_carries_its_parent(app, workspace, running):
    seen = collect(app, "message")
    async with running(app, workspace):
        parent = await app.client.chat_postMessage(channel="#research", text="The brief")
        workspace.say("mina", "research", "and [9]?", thread_ts=parent["ts"])
        await workspace.until(lambda: seen)
    event = seen[0]["event"]
    assert (event["thread_ts"], event["parent_user_id"]) == (parent["ts"], "U0BRIEF")
    assert workspace.transcript("research") == ("brief:\n  The brief\n    Mina Okafor:\n      and [9]?\n")


async def test_the_apps_own_messages_are_delivered_with_its_bot_id(app, workspace, running):
    async with running(app, workspace):
        await app.client.chat_postMessage(channel="C0RESEARCH", text="hello")
        await workspace.settled()
    event = workspace.hub.deliveries[0].payload["event"]
    assert (event["type"], event["bot_id"], event["user"]) == ("message", "B0LOCAL", "U0BRIEF")


async def test_a_slash_command_is_acknowledged_and_answered_only_to_the_one_who_asked(
    app, workspace, running
):
    commands: list[dict[str, Any]] = []

    @app.command("/brief")
    async def brief(ack: Any, command: dict[str, Any], respond: Any) -> None:
        commands.append(command)
        await ack("On it.")
        await respond("Done.")
        await respond(text="For everybody.", response_type="in_channel")

    async with running(app, workspace):
        workspace.slash("kofi", "research", "/brief", "now <topic> & more")
        await workspace.until(lambda: len(workspace.messages("research")) == 3)
    assert commands[0]["text"] == "now &lt;topic&gt; &amp; more"
    assert (commands[0]["channel_name"], commands[0]["user_id"]) == ("research", "U0KOFI")
    # The acknowledgement and the answers travel on different ways: any of them may arrive first.
    shown = {(message.text, message.visible_to) for message in workspace.messages("research")}
    assert shown == {("On it.", "U0KOFI"), ("Done.", "U0KOFI"), ("For everybody.", None)}
    history = await app.client.conversations_history(channel="C0RESEARCH")
    assert [message["text"] for message in history["messages"]] == ["For everybody."]


async def test_a_click_carries_the_message_and_its_answer_may_replace_it(app, workspace, running):
    bodies: list[dict[str, Any]] = []

    @app.action("more")
    async def more(ack: Any, body: dict[str, Any], respond: Any) -> None:
        await ack()
        bodies.append(body)
        await respond(text="Longer now.", replace_original=True)

    async with running(app, workspace):
        blocks = [{"type": "actions", "elements": [BUTTON]}]
        posted = await app.client.chat_postMessage(channel="research", text="Short", blocks=blocks)
        workspace.click("ada", posted["ts"], "more")
        await workspace.until(lambda: workspace.messages("research")[0].text == "Longer now.")
    body = bodies[0]
    assert (body["container"]["message_ts"], body["message"]["ts"]) == (posted["ts"], posted["ts"])
    assert (body["actions"][0]["value"], body["actions"][0]["type"]) == ("7", "button")
    assert body["actions"][0]["block_id"] == posted["message"]["blocks"][0]["block_id"]


async def test_an_event_without_acknowledgement_comes_again_with_the_same_event_id(app, workspace, running):
    tries: list[tuple[str, str, str]] = []

    @app.middleware
    async def deaf_twice(req: Any, body: dict[str, Any], next: Any) -> Any:
        number, reason = (req.headers.get(f"x-slack-retry-{key}", [""])[0] for key in ("num", "reason"))
        tries.append((body["event_id"], number, reason))
        if len(tries) < 3:
            return BoltResponse(status=500)
        return await next()

    seen = collect(app, "message")
    async with running(app, workspace):
        workspace.say("ada", "research", "hello?")
        await workspace.until(lambda: seen)
        await workspace.settled()
    delivery = workspace.hub.deliveries[0]
    assert {event_id for event_id, _, _ in tries} == {delivery.payload["event_id"]}
    assert [(number, reason) for _, number, reason in tries] == [
        ("0", ""),
        ("1", "timeout"),
        ("2", "timeout"),
    ]
    assert len(set(delivery.envelope_ids)) == 3


async def test_an_event_that_is_never_acknowledged_is_given_up_after_three_repetitions(client_of, running):
    async with Workspace(ack_timeout=0.05) as workspace:
        app = AsyncApp(client=client_of(workspace))  # It listens to nothing, so it acknowledges nothing.
        async with running(app, workspace):
            workspace.say("ada", "research", "anybody?")
            await workspace.settled()
        assert [d.attempts for d in workspace.hub.deliveries] == [4]
        assert workspace.hub.deliveries[0].failed == "operation_timeout"


async def test_events_wait_while_no_app_is_connected(app, workspace, running):
    seen = collect(app, "message")
    for text in ("one", "two"):
        workspace.say("ada", "research", text)
    async with running(app, workspace):
        await workspace.until(lambda: len(seen) == 2)
    assert [body["event"]["text"] for body in seen] == ["one", "two"]


async def test_reconnecting_when_slack_asks_for_it_loses_nothing(app, workspace, running):
    seen = collect(app, "message")
    async with running(app, workspace):
        for number in range(12):
            workspace.say("ada", "research", f"{number}")
            if number in (3, 7):
                await workspace.disconnect(grace=1.0)
            await asyncio.sleep(0.01)
        await workspace.until(lambda: len({body["event"]["text"] for body in seen}) == 12)
        await workspace.settled()
    assert len(workspace.calls("apps.connections.open", ok=True)) == 3


async def test_a_socket_closed_without_warning_is_replaced(app, workspace, running):
    seen = collect(app, "message")
    async with running(app, workspace):
        await workspace.hub.drop()
        workspace.say("ada", "research", "still there?")
        await workspace.until(lambda: seen)


async def test_each_payload_goes_to_one_of_several_sockets(app, workspace, running):
    seen = collect(app, "message")
    async with running(app, workspace), running(app, workspace):
        for number in range(6):
            workspace.say("ada", "research", f"{number}")
        await workspace.until(lambda: len(seen) == 6)
        await workspace.settled()
    assert len({body["event_id"] for body in seen}) == 6


@pytest.mark.parametrize(("connected", "error"), [(False, "dispatch_failed"), (True, "operation_timeout")])
async def test_a_command_that_fails_says_so_to_the_one_who_typed_it(
    app, workspace, running, connected, error
):
    if connected:
        async with running(app, workspace):
            delivery = workspace.slash("ada", "research", "/brief")
            await workspace.settled()
    else:
        delivery = workspace.slash("ada", "research", "/brief")
        await workspace.settled()
    assert delivery.failed == error
    assert workspace.transcript("research") == (
        f"Slackbot (only visible to ada):\n  /brief failed with the error “{error}”\n"
    )


async def test_a_dialog_opens_refuses_and_closes(app, workspace, running):
    @app.command("/brief")
    async def brief(ack: Any, body: dict[str, Any], client: Any) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=MODAL)

    @app.view("topic")
    async def save(ack: Any, view: dict[str, Any]) -> None:
        text = view["state"]["values"]["t"]["v"]["value"]
        await (ack(response_action="errors", errors={"t": "Too short."}) if len(text) < 3 else ack())

    async with running(app, workspace):
        workspace.slash("ada", "research", "/brief")
        view_id = await workspace.until(lambda: next(iter(workspace.state.views), ""))
        workspace.submit("ada", view_id, {"t": {"v": {"type": "plain_text_input", "value": "ai"}}})
        await workspace.until(lambda: workspace.state.views[view_id].get("errors") == {"t": "Too short."})
        workspace.submit("ada", view_id, {"t": {"v": {"type": "plain_text_input", "value": "evals"}}})
        await workspace.until(lambda: not workspace.state.views)


async def test_a_trigger_opens_one_dialog_within_three_seconds(app, workspace, running, clock):
    triggers: list[str] = []
    workspace.state.now = clock

    @app.command("/brief")
    async def brief(ack: Any, body: dict[str, Any]) -> None:
        await ack()
        triggers.append(body["trigger_id"])

    async def open_with(trigger: str) -> str:
        try:
            return str((await app.client.views_open(trigger_id=trigger, view=MODAL))["ok"])
        except SlackApiError as error:
            return str(error.response["error"])

    async with running(app, workspace):
        for _ in range(2):
            workspace.slash("ada", "research", "/brief")
        await workspace.until(lambda: len(triggers) == 2)
        assert await open_with(triggers[0]) == "True"
        assert await open_with(triggers[0]) == "exchanged_trigger_id"
        clock.now += 3.5
        assert await open_with(triggers[1]) == "expired_trigger_id"
        assert await open_with("1.2.3") == "invalid_trigger_id"


async def test_the_home_tab_and_reactions_reach_the_app(app, workspace, running):
    seen = collect(app, "reaction_added")

    @app.event("app_home_opened")
    async def home(event: dict[str, Any], client: Any) -> None:
        text = {"type": "plain_text", "text": "Welcome"}
        view = {"type": "home", "blocks": [{"type": "header", "text": text}]}
        await client.views_publish(user_id=event["user"], view=view)

    async with running(app, workspace):
        workspace.open_home("mina")
        await workspace.until(lambda: "U0MINA" in workspace.state.homes)
        posted = await app.client.chat_postMessage(channel="research", text="hello")
        workspace.react("ada", posted["ts"], "eyes")
        await workspace.until(lambda: seen)
    event = seen[0]["event"]
    assert (event["reaction"], event["user"], event["item"]["ts"]) == ("eyes", "U0ADA", posted["ts"])


async def test_hello_tells_the_app_who_it_is_and_a_ticket_works_once(workspace, client_of):
    opened = await client_of(workspace).apps_connections_open(app_token=workspace.app_token)
    async with ClientSession() as session:
        async with session.ws_connect(opened["url"]) as socket:
            hello = await socket.receive_json()
            await socket.ping(b"x")
        with pytest.raises(WSServerHandshakeError):
            await session.ws_connect(opened["url"])
    assert hello["type"] == "hello"
    assert hello["num_connections"] == 1
    assert hello["connection_info"] == {"app_id": "A0LOCAL"}
    assert hello["debug_info"]["approximate_connection_time"] > 0


async def test_a_socket_told_to_leave_is_sent_nothing_more_and_then_closed(workspace, client_of):
    opened = await client_of(workspace).apps_connections_open(app_token=workspace.app_token)
    async with ClientSession() as session, session.ws_connect(opened["url"]) as socket:
        assert (await socket.receive_json())["type"] == "hello"
        await workspace.disconnect(reason="warning")
        workspace.say("ada", "research", "one")
        await workspace.disconnect(grace=0.05)
        workspace.say("ada", "research", "two")
        frames = [await socket.receive() for _ in range(4)]
    kinds = [frame.json()["type"] for frame in frames[:3]]
    assert kinds == ["disconnect", "events_api", "disconnect"]
    assert frames[3].type is WSMsgType.CLOSE
    assert [delivery.attempts for delivery in workspace.hub.deliveries] == [1, 0]


async def test_only_subscribed_events_are_sent(client_of, running):
    async with Workspace(bot_events=("app_mention",), ack_timeout=0.3) as workspace:
        app = AsyncApp(client=client_of(workspace))
        seen = collect(app, "app_mention", "message")
        async with running(app, workspace):
            workspace.say("ada", "research", "not for you")
            workspace.mention("ada", "research", "for you")
            await workspace.until(lambda: seen)
            await workspace.settled()
    assert [body["event"]["type"] for body in seen] == ["app_mention"]
