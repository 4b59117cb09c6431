"""A message leaves under its lease only, however late the process was stopped."""

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.guard import guarded
from bot.leases import LeaseLost


class Holds:
    """A lease that runs out after so many looks."""

    def __init__(self, looks):
        self.looks = looks

    def check(self):
        self.looks -= 1
        if self.looks < 0:
            raise LeaseLost


@pytest.mark.parametrize("looks", [0, 1])
async def test_nothing_leaves_once_the_lease_has_run_out(workspace, looks):
    """0: while it connected; 1: after it had connected, before the bytes went out."""
    client = AsyncWebClient(token=workspace.bot_token, base_url=workspace.api_url, retry_handlers=[])
    async with guarded(client, Holds(looks)):
        with pytest.raises(Exception) as caught:  # noqa: PT011
            await client.chat_postMessage(channel=workspace.channel("research").id, text="late")
    assert isinstance(caught.value, LeaseLost) or isinstance(caught.value.__cause__, LeaseLost)
    assert workspace.messages("research") == []
    assert workspace.calls("chat.postMessage") == []


async def test_calls_under_the_lease_are_as_any_other(workspace):
    client = AsyncWebClient(token=workspace.bot_token, base_url=workspace.api_url, retry_handlers=[])
    text = "x" * 30_000
    async with guarded(client, Holds(99)):
        for _ in range(3):
            await client.chat_postMessage(channel=workspace.channel("research").id, text=text)
    assert [message.text for message in workspace.messages("research")] == [text] * 3
