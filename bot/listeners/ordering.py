"""Briefs on demand: written and posted in a channel, or shown to one person first."""

from slack_sdk.web.async_client import AsyncWebClient

from bot.delivery import DeliveryResult, deliver
from bot.listeners.alone import Tell, direct_channel
from bot.listeners.desk import Desk
from bot.listeners.errands import Work
from bot.listeners.orders import Order
from bot.views import mrkdwn
from bot.views.message import Message, fallback, lines, short
from bot.views.order_form import share_message
from pipeline.models import Brief

WRITING = "Reading the feeds and writing the brief. It will appear here in about a minute."
WRITING_PREVIEW = "Reading the feeds and writing the brief. I will send it to you as a direct message."
ALREADY_WRITING = "A brief for this channel is being written already. It will appear here shortly."
UNCONFIRMED = "Slack did not confirm that the brief was posted."


async def post(work: Work) -> None:
    """Writes the brief that was ordered and posts it in the channel; one at a time for each."""
    desk, channel = work.desk, work.errand.channel
    if channel in desk.writing:
        await work.tell(short(ALREADY_WRITING))
        return
    desk.writing.add(channel)
    try:
        if not work.is_resumed:
            await work.tell(short(WRITING))
        result = await _delivered(work, await _written(work), channel)
    finally:
        desk.writing.discard(channel)
    if result.state == "unknown":
        await work.tell(short(result.error or UNCONFIRMED))
    elif result.already and not work.is_resumed:
        words = "This brief is here already: nothing has changed since it was posted."
        await work.tell(await with_link(work.client, words, result))


async def preview(work: Work) -> None:
    """Writes the brief that was ordered and sends it to the person, with a button that posts it in the channel."""
    channel, user = work.errand.channel, work.errand.user
    if not work.is_resumed:
        await work.tell(short(WRITING_PREVIEW))
    own = await direct_channel(work.client, user)
    brief = await _written(work)
    result = await _delivered(work, brief, own)
    if result.state == "unknown":
        await work.tell(short(result.error or UNCONFIRMED))
        return
    await work.client.chat_postMessage(
        channel=own, thread_ts=result.parent_ts, **share_message(brief.id, channel).payload()
    )
    words = "The preview is in your direct messages with me."
    await work.tell(await with_link(work.client, words, result))


async def share(desk: Desk, client: AsyncWebClient, brief_id: str, channel: str, tell: Tell) -> None:
    """Posts a stored brief in the channel."""
    brief = await desk.services.brief(brief_id)
    if brief is None:
        await tell(short("That brief is no longer stored. `/brief now` writes a new one."))
        return
    services = desk.services
    result = await deliver(services.records, client, brief, channel, now=services.now(), limits=desk.limits)
    if result.state == "unknown":
        await tell(short(result.error or UNCONFIRMED))
    else:
        words = "It is there already." if result.already else "Posted."
        await tell(await with_link(client, words, result))


async def _written(work: Work) -> Brief:
    order = Order.of_json(work.errand.inputs)
    return await work.written(
        lambda: work.desk.services.write(order.profile, order.window, work.errand.channel)
    )


async def _delivered(work: Work, brief: Brief, channel: str) -> DeliveryResult:
    services, limits = work.desk.services, work.desk.limits
    return await deliver(services.records, work.client, brief, channel, now=services.now(), limits=limits)


async def with_link(client: AsyncWebClient, words: str, result: DeliveryResult) -> Message:
    """The words, and a link to what was delivered."""
    if result.parent_ts is None:
        return short(words)
    found = await client.chat_getPermalink(channel=result.channel, message_ts=result.parent_ts)
    link = mrkdwn.link(str(found["permalink"]), "Show it")
    return Message(fallback(words), tuple(lines([f"{mrkdwn.escape(words)} {link}"])))
