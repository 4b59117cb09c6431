"""The page: what it serves, what it shows, and that only it may drive the workspace."""

import json
import re
from importlib import resources
from typing import Any

import aiohttp
import pytest

from bot.workspace import Workspace, server

CONTROL = ["state", "events"]


async def get(workspace: Workspace, path: str, **headers: str) -> tuple[int, str, Any]:
    async with (
        aiohttp.ClientSession() as session,
        session.get(workspace.url + path, headers=headers) as response,
    ):
        return response.status, await response.text(), response.headers


async def act(workspace: Workspace, action: str, body: dict[str, Any], **headers: str) -> tuple[int, Any]:
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{workspace.url}_workspace/{action}", json=body, headers=headers) as response,
    ):
        return response.status, await response.json()


COMMANDS = [{"name": name, "hint": hint} for name, hint in server.COMMANDS.items()]
SAY = {"channel": "C0RESEARCH", "text": "hello"}


@pytest.mark.parametrize("path", ["", "app.js", "_workspace/state", "api/auth.test"])
async def test_a_foreign_host_is_refused(workspace, path):
    status, _, _ = await get(workspace, path, Host="evil.example")
    assert status == 403
    assert (await get(workspace, path, Host="["))[0] == 403
    assert (await get(workspace, path, Host=f"localhost:{workspace.port}"))[0] == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Host": "evil.example", "Origin": "http://evil.example"},
        {"Content-Type": "text/plain"},
    ],
)
async def test_another_websites_page_cannot_act(workspace, headers):
    status, _ = await act(workspace, "say", SAY, **headers)
    assert status == 403
    assert workspace.messages("research") == []


@pytest.mark.parametrize("path", ["_workspace/state", "_workspace/events"])
async def test_another_websites_page_cannot_read(workspace, path):
    status, _, headers = await get(workspace, path, Origin="https://evil.example")
    assert status == 403
    assert "Access-Control-Allow-Origin" not in headers


async def test_the_page_itself_can_act(workspace):
    origin = workspace.url.rstrip("/")
    assert await act(workspace, "say", SAY, Origin=origin) == (200, {"ok": True})
    parent = workspace.messages("research")[0].ts
    await act(workspace, "say", {**SAY, "text": "reply", "thread_ts": parent})
    await act(workspace, "react", {"ts": parent, "name": "eyes"})
    status, _ = await act(workspace, "slash", {"channel": "C0RESEARCH", "text": "/brief now"})
    assert status == 200
    assert workspace.transcript("research") == (
        "Ada Moreno:\n  hello\n  :eyes: 1\n    Ada Moreno:\n      reply\n"
    )
    assert workspace.hub.deliveries[-1].payload["text"] == "now"


@pytest.mark.parametrize(
    ("action", "body", "reason"),
    [
        ("slash", {"channel": "C0RESEARCH", "text": "/nope"}, "/nope is not a command of this workspace."),
        ("say", {"channel": "C0RESEARCH"}, "That request is not complete."),
        ("say", {"channel": "C0RESEARCH", "text": "  "}, "There is nothing to send: the message is empty."),
        ("click", {"ts": "1.1", "action_id": "a"}, "That message does not exist (any more)."),
    ],
)
async def test_what_cannot_be_done_is_said_in_a_sentence(workspace, action, body, reason):
    assert await act(workspace, action, body) == (400, {"error": reason})


async def test_the_page_is_served_under_a_strict_policy_and_loads_nothing_from_elsewhere(workspace):
    for path in ("", "app.js", "render.js", "suggest.js", "style.css"):
        status, text, headers = await get(workspace, path)
        assert status == 200
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert not re.search(r"(?:src|href|url)\s*[=(]\s*[\"']?(?:https?:)?//", text)


def test_the_page_never_turns_data_into_markup():
    page = resources.files("bot.workspace").joinpath("page")
    for name in ("app.js", "render.js", "suggest.js"):
        script = page.joinpath(name).read_text()
        for way in (
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "eval(",
            "new Function",
        ):
            assert way not in script
    assert "<script>" not in page.joinpath("index.html").read_text()
    assert " on" not in re.sub(r">[^<]*<", "><", page.joinpath("index.html").read_text())


def test_the_page_offers_the_commands_that_the_manifest_names(workspace):
    manifest = json.loads(resources.files("bot").joinpath("manifest.json").read_text())
    named = [{"name": c["command"], "hint": c["usage_hint"]} for c in manifest["features"]["slash_commands"]]
    assert workspace.control.snapshot()["commands"] == named


async def test_what_a_person_types_reaches_the_app_escaped(workspace):
    said = workspace.say(
        "ada", "research", "<script>alert(1)</script> & <!channel> @kofi #general https://e.org/a?b=1."
    )
    assert said.text == (
        "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &lt;!channel&gt; <@U0KOFI> <#C0GENERAL|general> "
        "<https://e.org/a?b=1>."
    )
    state = json.loads((await get(workspace, "_workspace/state"))[1])
    assert state["messages"][0]["text"] == said.text


async def test_the_page_follows_what_happens_and_sees_only_its_persons_own(workspace, client):
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{workspace.url}_workspace/events") as stream,
    ):

        async def news() -> dict[str, Any]:
            while not (line := await stream.content.readline()).startswith(b"data:"):
                pass
            return dict(json.loads(line[5:]))

        first = await news()
        assert (first["kind"], first["me"], first["commands"]) == ("snapshot", "U0ADA", COMMANDS)
        await client.chat_postEphemeral(channel="C0RESEARCH", user="U0KOFI", text="for kofi")
        await client.chat_postEphemeral(channel="C0RESEARCH", user="U0ADA", text="for ada")
        shown = (await news())["message"]
        assert (shown["text"], shown["ephemeral"]) == ("for ada", True)
        posted = await client.chat_postMessage(channel="research", text="soon gone")
        assert (await news())["message"]["text"] == "soon gone"
        await client.chat_delete(channel="C0RESEARCH", ts=posted["ts"])
        assert await news() == {"kind": "deleted", "channel": "C0RESEARCH", "ts": posted["ts"]}
    workspace.say("kofi", "@brief", "private")
    snapshot = json.loads((await get(workspace, "_workspace/state"))[1])
    assert [message["text"] for message in snapshot["messages"]] == ["for ada"]
