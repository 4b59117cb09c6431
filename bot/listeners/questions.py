"""Questions: in a brief's thread, in a direct message, or by mention. Each is answered once, where it was asked."""

import asyncio
import logging
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.context.async_context import AsyncBoltContext
from slack_sdk.web.async_client import AsyncWebClient

from bot.listeners import incoming
from bot.listeners.desk import Desk
from bot.listeners.incoming import Asked
from bot.records import Delivery
from bot.views.answer import answer_message
from bot.views.help import EMPTY_QUESTION, TOO_LONG
from bot.views.message import Message, short
from pipeline.models import Answer, Question

log = logging.getLogger(__name__)

LONGEST = 2000


def register(app: AsyncApp, desk: Desk) -> None:
    """Listens to messages and mentions."""

    async def on_message(event: dict[str, Any], context: AsyncBoltContext, client: AsyncWebClient) -> None:
        asked = incoming.read(event, context.bot_user_id or "")
        with desk.at_work():
            async with desk.thread(asked.channel, asked.conversation):
                await _handle(desk, client, asked)

    app.event("message")(on_message)
    app.event("app_mention")(on_message)


async def _handle(desk: Desk, client: AsyncWebClient, asked: Asked) -> None:
    records = desk.services.records
    thread = None
    if asked.thread_ts:
        thread = await asyncio.to_thread(records.thread, asked.channel, asked.thread_ts)
    followed_up = thread is not None and not asked.to_someone_else and incoming.is_asking(asked.text)
    if not (asked.direct or asked.mentions_bot or followed_up):
        return
    if not asked.text:
        await _reply(client, asked, short(EMPTY_QUESTION))
    elif len(asked.text) > LONGEST:
        await _reply(client, asked, short(TOO_LONG))
    else:
        about = thread or await asyncio.to_thread(records.latest_in, asked.channel)
        await _show_work(client, asked)
        await _reply(client, asked, answer_message(await _answer(desk, asked, about)))


async def _answer(desk: Desk, asked: Asked, about: Delivery | None) -> Answer:
    services, records = desk.services, desk.services.records
    brief_id = about.brief_id if about and await services.brief(about.brief_id) else None
    before = await asyncio.to_thread(records.conversation, asked.channel, asked.conversation, brief_id)
    number = await asyncio.to_thread(
        records.add_question,
        asked.channel,
        asked.conversation,
        asked.user,
        asked.text,
        brief_id,
        services.now(),
    )
    profile = about.profile if about and about.profile in services.settings.config.profiles else None
    question = Question(
        text=asked.text,
        brief_id=brief_id,
        history=before.questions,
        cited=before.cited,
        numbers=before.numbers,
    )
    answer = await services.ask(question, profile)
    await asyncio.to_thread(records.save_answer, number, answer)
    return answer


async def _show_work(client: AsyncWebClient, asked: Asked) -> None:
    """Slack shows this under the thread until the answer is posted; some plans and scopes refuse it."""
    try:
        await client.assistant_threads_setStatus(
            channel_id=asked.channel,
            thread_ts=asked.thread_ts or asked.ts,
            status="is searching the indexed articles…",
        )
    except Exception as error:
        log.debug("no status shown: %s", type(error).__name__)


async def _reply(client: AsyncWebClient, asked: Asked, message: Message) -> None:
    await client.chat_postMessage(channel=asked.channel, thread_ts=asked.answer_in, **message.payload())
