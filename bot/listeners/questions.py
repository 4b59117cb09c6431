"""Questions: in a brief's thread, in a direct message, or by mention. Each is answered once, where it was asked."""

import asyncio
import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.context.async_context import AsyncBoltContext
from slack_sdk.web.async_client import AsyncWebClient

from bot.arrivals import Received
from bot.clients import posting_client
from bot.conversations import Pending
from bot.delivery import ClientOf
from bot.listeners.desk import Desk
from bot.listeners.doors import Refused
from bot.listeners.errors import sentence_for
from bot.listeners.incoming import Asked
from bot.listeners.live import shown
from bot.listeners.replies import post_answer, take_back, was_posted
from bot.listeners.versions import numbers_of
from bot.records import Delivery
from bot.views.answer import answer_message, numbers_note
from bot.views.help import EMPTY_QUESTION, GAVE_UP, TOO_LONG, TOO_MANY, stopped
from bot.views.message import Message, short
from bot.views.stream import LOADING, SEARCHING, STOPPED
from pipeline.models import Answer, Brief, Question
from pipeline.steps import step

if TYPE_CHECKING:
    from pipeline.writing.model import Draft

log = logging.getLogger(__name__)

ATTEMPTS = 3
"""A question under which the process died so often is not tried again."""
TOO_OLD_SECONDS = 24 * 3600.0


def register(app: AsyncApp, desk: Desk) -> None:
    """Listens to messages and mentions."""

    async def on_message(context: AsyncBoltContext, client: AsyncWebClient) -> None:
        with desk.at_work():
            await _handle(desk, client, context["asked"], context["received"])

    app.event("message")(on_message)
    app.event("app_mention")(on_message)

    @app.event("agent_session_stopped")
    async def on_stop_button(event: dict[str, Any]) -> None:
        place = (str(event["channel"]), str(event["thread_ts"]))
        await asyncio.to_thread(desk.services.conversations.stop, *place)
        desk.stop_work(*place)


async def resume(desk: Desk, client_of: ClientOf) -> None:
    """Answers what an earlier run of the program left behind, each conversation in its order."""
    known = await asyncio.to_thread(desk.services.conversations.unfinished)
    if known:
        log.info("%d questions of an earlier run are answered now", len(known))
    await asyncio.gather(*(_resumed(desk, client_of, pending) for pending in known))
    for pending in await asyncio.to_thread(desk.services.conversations.half_open):
        client = posting_client(await client_of(pending.channel))
        await take_back(desk, client, pending, STOPPED if pending.state == "cancelled" else GAVE_UP)


async def _resumed(desk: Desk, client_of: ClientOf, pending: Pending) -> None:
    conversations = desk.services.conversations
    with desk.at_work():
        try:
            if (desk.services.now() - pending.at).total_seconds() > TOO_OLD_SECONDS:
                await asyncio.to_thread(conversations.give_up, pending.id)
                await asyncio.to_thread(conversations.not_posted, pending.id, "failed")
                return
            client = await client_of(pending.channel)
            if pending.state == "posting":
                await _post_again(desk, client, pending)
            else:
                await answer_next(desk, client, pending.channel, pending.thread)
        except Exception as error:
            log.error("question %d could not be resumed: %s", pending.id, type(error).__name__)


async def _post_again(desk: Desk, client: AsyncWebClient, pending: Pending) -> None:
    """Posts a stored answer, unless Slack shows that it is there."""
    async with desk.thread(pending.channel, pending.thread):
        if pending.answer and not await was_posted(desk, posting_client(client), pending):
            about = await _delivery_for(desk, client, pending)
            if about is not None and about.brief_id != pending.brief_id:
                about = None  # a newer brief came since
            note = await _numbers_note(desk, pending, pending.answer, about)
            message = answer_message(pending.answer, pending.id, note)
            await post_answer(desk, posting_client(client), pending, message)


async def _handle(desk: Desk, client: AsyncWebClient, asked: Asked, received: Received) -> None:
    match received.outcome:
        case "question":
            await answer_next(desk, client, asked.channel, asked.conversation)
        case "too many":
            await _tell_alone(client, asked, short(TOO_MANY))
        case "stop":
            stopped_now = desk.stop_work(asked.channel, asked.conversation, asked.user)
            if stopped_now or received.stopped or asked.direct or asked.mentions_bot:
                await _tell_alone(client, asked, short(stopped(received.stopped)))
        case "empty":
            await _reply(client, asked, short(EMPTY_QUESTION))
        case "too long":
            await _reply(client, asked, short(TOO_LONG))


async def answer_next(desk: Desk, client: AsyncWebClient, channel: str, thread: str) -> None:
    """Answers the first question of a conversation that waits: whoever comes, the order stays that of the questions."""
    await desk.requests.all_acknowledged()
    async with desk.thread(channel, thread):
        pending = await asyncio.to_thread(desk.services.conversations.take_next, channel, thread)
        if pending is None or not await _is_served(desk, client, pending):
            return
        with step("question", question=pending.id):
            await _show_work(client, pending)
            posting = posting_client(client)
            async with shown(desk, posting, pending) as draft:
                message = await _answered(desk, client, pending, draft)
            ts = await asyncio.to_thread(desk.services.conversations.stream_of, pending.id)
            pending = replace(pending, stream_ts=ts)
            if message is not None:
                await post_answer(desk, posting, pending, message)
            elif ts is not None:
                await take_back(desk, posting, pending, STOPPED)


async def _is_served(desk: Desk, client: AsyncWebClient, pending: Pending) -> bool:
    """Whether this person is answered here; who is not is told so, alone."""
    try:
        await desk.doors.check_served(client, pending.channel, pending.user)
    except Refused as error:
        if await asyncio.to_thread(desk.services.conversations.give_up, pending.id):
            await _tell_in(client, pending.channel, pending.user, pending.reply_in, short(error.user_message))
        return False
    return True


async def _answered(desk: Desk, client: AsyncWebClient, pending: Pending, draft: "Draft") -> Message | None:
    """The message to post, its answer stored; a failure is told in words; none if the question was taken back."""
    conversations = desk.services.conversations
    try:
        if pending.attempts > ATTEMPTS:
            return await _failed(desk, pending, GAVE_UP)
        answer, brief, about = await _asked(desk, client, pending, draft)
        versions = await asyncio.to_thread(desk.services.versions)
        brief_id = brief.id if brief else None
        kept = await asyncio.to_thread(conversations.save_answer, pending.id, answer, brief_id, versions)
        note = await _numbers_note(desk, pending, answer, about)
        return answer_message(answer, pending.id, note) if kept else None
    except Exception as error:
        return await _failed(desk, pending, sentence_for(error))


async def _numbers_note(desk: Desk, pending: Pending, answer: Answer, about: Delivery | None) -> str:
    """Whose numbers the answer has, if they are of another channel's brief."""
    if about is None or about.channel == pending.channel:
        return ""
    brief = await desk.services.brief(about.brief_id)
    return numbers_note(answer, brief, about.channel) if brief else ""


async def _failed(desk: Desk, pending: Pending, sentence: str) -> Message | None:
    kept = await asyncio.to_thread(desk.services.conversations.give_up, pending.id)
    return short(sentence) if kept else None


async def _asked(
    desk: Desk, client: AsyncWebClient, pending: Pending, draft: "Draft"
) -> tuple[Answer, Brief | None, Delivery | None]:
    """The answer, the brief in whose numbers it is, and where that was posted."""
    services = desk.services
    about = await _delivery_for(desk, client, pending)
    brief = await services.brief(about.brief_id) if about else None
    brief_id = brief.id if brief else None
    family = await asyncio.to_thread(desk.versions.family, brief_id) if brief_id else ()
    before = await asyncio.to_thread(
        services.conversations.conversation,
        pending.channel,
        pending.thread,
        pending.user,
        set(family) or {None},
    )
    others = await numbers_of(desk, [one for one in family if one != brief_id])
    profile = about.profile if about and about.profile in services.settings.config.profiles else None
    question = Question(
        text=pending.text,
        brief_id=brief_id,
        channel=pending.channel,
        history=before.questions,
        cited=before.cited,
        numbers={**before.numbers, **others},
    )
    return await services.ask(question, profile, draft, desk.requests.all_acknowledged), brief, about


async def _delivery_for(desk: Desk, client: AsyncWebClient, pending: Pending) -> Delivery | None:
    """The brief in whose thread the question stands, else the latest of the channel.

    In a direct message that is the latest brief of the channels in which the person is.
    """
    records = desk.services.records
    thread = None
    if pending.reply_in:
        thread = await asyncio.to_thread(records.thread, pending.channel, pending.reply_in)
    if thread or not pending.channel.startswith("D"):
        return thread or await asyncio.to_thread(records.latest_in, pending.channel)
    # By id: a name may be that of a channel in another workspace.
    ids = {name for name in await desk.doors.channels(client, pending.user) if not name.startswith("#")}
    seen_in = {pending.channel, *ids}
    latest = await asyncio.to_thread(records.posted, sorted(seen_in), 1)
    return latest[0][0] if latest else None


async def _show_work(client: AsyncWebClient, pending: Pending) -> None:
    """Slack shows this under the thread until the answer is posted; some plans and scopes refuse it."""
    try:
        await client.assistant_threads_setStatus(
            channel_id=pending.channel,
            thread_ts=pending.reply_in or pending.message_ts,
            status=SEARCHING,
            loading_messages=list(LOADING),
        )
    except Exception as error:
        log.debug("no status shown: %s", type(error).__name__)


async def _tell_alone(client: AsyncWebClient, asked: Asked, message: Message) -> None:
    """Tells the person something that nobody else needs to see."""
    await _tell_in(client, asked.channel, asked.user, asked.thread_ts, message)


async def _tell_in(
    client: AsyncWebClient, channel: str, user: str, thread: str | None, message: Message
) -> None:
    await client.chat_postEphemeral(
        channel=channel, user=user, thread_ts=thread, text=message.text, blocks=list(message.blocks)
    )


async def _reply(client: AsyncWebClient, asked: Asked, message: Message) -> None:
    await client.chat_postMessage(channel=asked.channel, thread_ts=asked.answer_in, **message.payload())
