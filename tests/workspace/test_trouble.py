"""Faults by script, and response URLs that wear out."""

import asyncio
import time
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient

from bot.workspace import Fault, Workspace


async def post(client: AsyncWebClient, text: str = "x") -> Any:
    return await client.chat_postMessage(channel="C0RESEARCH", text=text)


async def test_a_rate_limit_names_the_seconds_to_wait(client, workspace):
    workspace.fail("chat.postMessage", Fault.rate_limited(7))
    with pytest.raises(SlackApiError) as caught:
        await post(client)
    assert caught.value.response.status_code == 429
    assert caught.value.response.headers["Retry-After"] == "7"
    assert caught.value.response["error"] == "ratelimited"
    assert workspace.messages("research") == []
    await post(client)
    assert len(workspace.messages("research")) == 1


async def test_the_sdks_own_handler_waits_and_repeats(client, workspace):
    client.retry_handlers.append(AsyncRateLimitErrorRetryHandler(max_retry_count=1))
    workspace.fail("chat.postMessage", Fault.rate_limited(1))
    started = time.monotonic()
    await post(client)
    assert time.monotonic() - started >= 1.0
    assert [call.ok for call in workspace.calls("chat.postMessage")] == [False, True]


@pytest.mark.parametrize("status", [500, 503])
async def test_a_server_error_is_an_http_error(client, workspace, status):
    workspace.fail("*", Fault(status=status))
    with pytest.raises(SlackApiError) as caught:
        await post(client)
    assert caught.value.response.status_code == status
    assert workspace.messages("research") == []


async def test_a_named_refusal_and_a_fault_for_some_calls_only(client, workspace):
    workspace.fail("chat.postMessage", Fault(error="restricted_action", skip=1, times=1))
    workspace.fail("chat.postMessage", Fault(status=500, match=lambda payload: payload["text"] == "bad"))
    await post(client, "first")
    for text in ("second", "bad"):
        with pytest.raises(SlackApiError):
            await post(client, text)
    await post(client, "last")
    assert [message.text for message in workspace.messages("research")] == ["first", "last"]


async def test_a_connection_dropped_before_the_post_leaves_nothing(client, workspace):
    client.retry_handlers.clear()
    workspace.fail("chat.postMessage", Fault.dropped(accepted=False))
    with pytest.raises(aiohttp.ClientError):
        await post(client)
    assert workspace.messages("research") == []
    assert [call.accepted for call in workspace.calls("chat.postMessage")] == [False]


async def test_a_connection_dropped_after_the_post_leaves_a_message_nobody_confirmed(client, workspace):
    client.retry_handlers.clear()
    workspace.fail("chat.postMessage", Fault.dropped(accepted=True))
    with pytest.raises(aiohttp.ClientError):
        await post(client)
    assert [message.text for message in workspace.messages("research")] == ["x"]
    assert [call.accepted for call in workspace.calls("chat.postMessage")] == [True]


async def test_the_sdks_default_retry_posts_again_what_was_not_confirmed(client, workspace):
    workspace.fail("chat.postMessage", Fault.dropped(accepted=True))
    await post(client)
    assert [message.text for message in workspace.messages("research")] == ["x", "x"]


async def test_a_call_can_hang_and_still_be_carried_out(workspace):
    client = AsyncWebClient(
        token=workspace.bot_token, base_url=workspace.api_url, timeout=1, retry_handlers=[]
    )
    workspace.fail("chat.postMessage", Fault(hang=1.4, accept=True))
    with pytest.raises(asyncio.TimeoutError):
        await post(client)
    assert len(workspace.messages("research")) == 1


async def test_a_slow_answer_is_still_an_answer(client, workspace):
    workspace.fail("chat.postMessage", Fault(hang=0.2))
    started = time.monotonic()
    assert (await post(client))["ok"]
    assert time.monotonic() - started >= 0.2


# response URLs


async def answer(url: str, **payload: Any) -> tuple[int, dict[str, Any]]:
    async with aiohttp.ClientSession() as session, session.post(url, json=payload) as response:
        return response.status, await response.json()


async def url_of(workspace: Workspace) -> str:
    delivery = workspace.slash("ada", "research", "/brief")
    return str(delivery.payload["response_url"])


async def test_a_response_url_is_good_for_five_answers(workspace):
    url = await url_of(workspace)
    for number in range(5):
        assert await answer(url, text=str(number)) == (200, {"ok": True})
    assert await answer(url, text="six") == (404, {"ok": False, "error": "used_url"})
    assert [m.text for m in workspace.messages("research")] == ["0", "1", "2", "3", "4"]
    assert all(m.visible_to == "U0ADA" for m in workspace.messages("research"))


async def test_a_response_url_is_good_for_half_an_hour(workspace, clock):
    workspace.state.now = clock
    url = await url_of(workspace)
    clock.now += 30 * 60
    assert (await answer(url, text="just in time"))[0] == 200
    clock.now += 1
    assert await answer(url, text="late") == (404, {"ok": False, "error": "expired_url"})


async def test_an_answer_is_checked_and_a_refused_one_does_not_count(workspace):
    url = await url_of(workspace)
    assert await answer(url) == (400, {"ok": False, "error": "no_text"})
    assert (await answer(url, text="x", blocks=[{"type": "divider"}] * 51))[1]["error"] == "invalid_blocks"
    for _ in range(5):
        assert (await answer(url, text="x"))[0] == 200
    errors = [call.error for call in workspace.calls("response_url", ok=False)]
    assert errors == ["no_text", "invalid_blocks"]


async def test_an_answer_replaces_or_deletes_the_clicked_message(client, workspace):
    button = {"type": "button", "action_id": "a", "text": {"type": "plain_text", "text": "Go"}}
    blocks = [{"type": "actions", "elements": [button]}]
    ts = (await client.chat_postMessage(channel="research", text="old", blocks=blocks))["ts"]
    url = workspace.click("ada", ts, "a").payload["response_url"]
    await answer(url, text="new", replace_original=True)
    assert [(m.ts, m.text, m.blocks) for m in workspace.messages("research")] == [(ts, "new", None)]
    await answer(url, delete_original=True)
    assert workspace.messages("research") == []


async def test_an_unknown_response_url_is_refused(workspace, client_of):
    assert (await answer(f"{workspace.url}hooks/commands/T0LOCAL/1/guess", text="x"))[0] == 404
