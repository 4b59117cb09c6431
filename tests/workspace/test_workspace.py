"""Starting, stopping, waiting, and reading back what happened."""

import asyncio

import aiohttp
import pytest

from bot.workspace import PortInUseError, User, Workspace, WorkspaceError


async def test_a_taken_port_is_said_in_a_sentence(workspace):
    with pytest.raises(PortInUseError, match=rf"Port {workspace.port} on 127.0.0.1 is taken"):
        await Workspace(port=workspace.port).start()


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "example.org", "::"])
def test_only_this_machine_may_connect(host):
    with pytest.raises(WorkspaceError, match="does not listen on"):
        Workspace(host)


async def test_it_can_be_stopped_twice_and_its_port_is_free_again(workspace):
    port = workspace.port
    await workspace.stop()
    await workspace.stop()
    async with Workspace(port=port) as again:
        assert again.url == f"http://127.0.0.1:{port}/"
        assert again.api_url == f"http://127.0.0.1:{port}/api/"


async def test_it_stops_promptly_with_a_page_and_an_app_connected(workspace, app, running):
    async with (
        aiohttp.ClientSession() as session,
        running(app, workspace),
        session.get(f"{workspace.url}_workspace/events") as stream,
    ):
        await stream.content.readline()
        async with asyncio.timeout(1.5):
            await workspace.stop()


async def test_waiting_in_vain_shows_what_is_there(workspace, client):
    workspace.say("ada", "research", "hello")
    with pytest.raises(TimeoutError, match="Ada Moreno:\n  hello"):
        await workspace.until(lambda: False, timeout=0.05)


def test_people_and_channels_can_be_chosen():
    workspace = Workspace(channels=("Secure Reasoning", "team"), people=[User("U1", "noor", "Noor Haddad")])
    assert [channel.name for channel in workspace.state.channels.values()] == ["secure-reasoning", "team", ""]
    assert workspace.say("Noor Haddad", "#team", "hi").user == "U1"
    with pytest.raises(LookupError, match="There is nobody called 'zoe'"):
        workspace.say("zoe", "team", "hi")
    with pytest.raises(LookupError, match="no channel 'random'"):
        workspace.say("noor", "random", "hi")


async def test_a_transcript_shows_blocks_links_and_buttons_as_text(client, workspace):
    button = {"type": "button", "action_id": "a", "text": {"type": "plain_text", "text": "Shorter"}}
    link = {"type": "mrkdwn", "text": "See <https://e.org/1|[1]> &amp; <@U0KOFI>"}
    elements = [{"type": "rich_text_section", "elements": [{"type": "text", "text": "point"}]}]
    rich = {"type": "rich_text_list", "style": "bullet", "elements": elements}
    blocks = [
        {"type": "header", "text": {"type": "plain_text", "text": "Weekly brief"}},
        {"type": "section", "text": link, "accessory": button},
        {"type": "divider"},
        {"type": "rich_text", "elements": [rich]},
        {
            "type": "context",
            "elements": [{"type": "mrkdwn", "text": "214 read"}, {"type": "mrkdwn", "text": "9"}],
        },
    ]
    await client.chat_postMessage(channel="research", text="fallback", blocks=blocks)
    assert workspace.transcript("research") == (
        "brief:\n  # Weekly brief\n  See [1] (https://e.org/1) & @kofi\n  [Shorter]\n  ---\n"
        "  • point\n  214 read  ·  9\n"
    )
