"""An answer is posted once: tagged with its question's number, looked for where the outcome is unknown."""

import asyncio
import logging
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.conversations import Pending
from bot.listeners.desk import Desk
from bot.listeners.live import closed_stream
from bot.refusals import Outcome, outcome_of
from bot.views.message import Message, short

log = logging.getLogger(__name__)

EVENT_TYPE = "brief_answer"


async def post_answer(desk: Desk, client: AsyncWebClient, pending: Pending, message: Message) -> None:
    """Posts the message where the question was asked, and remembers how that went.

    `client` repeats no call by itself. Where Slack asks for a wait, the other messages to the channel wait as well.
    """
    conversations = desk.services.conversations
    async with desk.posting(pending.channel):
        ts = await closed_stream(desk, client, pending)
        if ts is not None and await _became(desk, client, pending, message, ts):
            return
        for _ in range(desk.limits.attempts):
            outcome = await _try(desk, client, pending, message)
            if isinstance(outcome, str):
                await asyncio.to_thread(conversations.posted, pending.id, outcome)
                return
            log.info("the answer to question %d: %s", pending.id, outcome.code)
            if outcome.kind == "refused":
                await asyncio.to_thread(conversations.not_posted, pending.id, "failed")
                return
            await asyncio.sleep(desk.limits.settle)
            if await was_posted(desk, client, pending):
                return
    log.error("the answer to question %d could not be posted", pending.id)


async def _became(desk: Desk, client: AsyncWebClient, pending: Pending, message: Message, ts: str) -> bool:
    """Makes the half message the answer; False if Slack refuses that, then it is taken away as far as may be."""
    conversations, outcome = desk.services.conversations, Outcome("unknown")
    for _ in range(desk.limits.attempts):
        try:
            await client.chat_update(
                channel=pending.channel, ts=ts, metadata=_tag(pending), **message.payload()
            )
        except Exception as error:
            outcome = outcome_of(error)
        else:
            await asyncio.to_thread(conversations.posted, pending.id, ts)
            await asyncio.to_thread(conversations.stream, pending.id, None)
            return True
        log.info("the half answer to question %d: %s", pending.id, outcome.code)
        if outcome.code == "streaming_state_conflict":
            await closed_stream(desk, client, pending)
        elif outcome.kind == "refused":
            await _taken_away(client, pending, ts)
            await asyncio.to_thread(conversations.stream, pending.id, None)
            return False
        await asyncio.sleep(max(outcome.wait, desk.limits.settle))
    if outcome.kind == "refused":  # it cannot be closed
        return False
    log.error("the answer to question %d could not be posted", pending.id)
    return True


async def _taken_away(client: AsyncWebClient, pending: Pending, ts: str) -> None:
    try:
        await client.chat_delete(channel=pending.channel, ts=ts)
    except Exception as error:
        log.info("the half answer to question %d stays: %s", pending.id, outcome_of(error).code)


async def take_back(desk: Desk, client: AsyncWebClient, pending: Pending, sentence: str) -> None:
    """Closes the half message of a question that is not answered any more, with a sentence in its place."""
    ts = await closed_stream(desk, client, pending)
    if ts is not None:
        try:
            await client.chat_update(channel=pending.channel, ts=ts, **short(sentence).payload())
        except Exception as error:
            log.info("the half answer to question %d stays: %s", pending.id, outcome_of(error).code)
    await asyncio.to_thread(desk.services.conversations.stream, pending.id, None)


async def _try(desk: Desk, client: AsyncWebClient, pending: Pending, message: Message) -> str | Outcome:
    """The message's time stamp, or what became of the call; waits as Slack asks, within the limits."""
    waited = 0.0
    while True:
        try:
            response = await client.chat_postMessage(
                channel=pending.channel,
                thread_ts=pending.reply_in,
                metadata=_tag(pending),
                **message.payload(),
            )
            return str(response["ts"])
        except Exception as error:
            outcome = outcome_of(error)
        waited += outcome.wait
        if outcome.kind != "wait" or waited > desk.limits.overall:
            return outcome
        await asyncio.sleep(outcome.wait)


async def was_posted(desk: Desk, client: AsyncWebClient, pending: Pending) -> bool:
    """Whether nothing is to be posted now: the history shows the answer, or cannot be read, which is not risked."""
    conversations = desk.services.conversations
    for _ in range(desk.limits.attempts):
        try:
            found = await _find(client, pending)
            break
        except Exception as error:
            outcome = outcome_of(error)
        if outcome.kind == "refused":
            log.error("nobody can say whether the answer to question %d was posted", pending.id)
            await asyncio.to_thread(conversations.not_posted, pending.id, "unknown")
            return True
        await asyncio.sleep(max(outcome.wait, desk.limits.settle))
    else:
        log.error("whether the answer to question %d was posted is looked up at the next start", pending.id)
        return True
    if found:
        await asyncio.to_thread(conversations.posted, pending.id, found)
    return found is not None


async def _find(client: AsyncWebClient, pending: Pending) -> str | None:
    """The time stamp of the message with this question's tag."""
    cursor: str | None = None
    while True:
        options: dict[str, Any] = {
            "channel": pending.channel,
            "oldest": pending.message_ts,
            "include_all_metadata": True,
            "limit": 15,
            "cursor": cursor,
        }
        if pending.reply_in:
            page = await client.conversations_replies(ts=pending.reply_in, **options)
        else:
            page = await client.conversations_history(**options)
        for message in page["messages"]:
            if message.get("metadata") == _tag(pending):
                return str(message["ts"])
        cursor = (page.get("response_metadata") or {}).get("next_cursor")
        if not cursor:
            return None


def _tag(pending: Pending) -> dict[str, Any]:
    return {"event_type": EVENT_TYPE, "event_payload": {"question": pending.id}}
