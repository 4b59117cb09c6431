"""A work on a card: by the button beside it, by the menu below its brief, or by `/brief paper`."""

import asyncio
import logging
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from bot.listeners.desk import Desk
from bot.views import paper
from bot.views.ask_form import Target, target_of
from bot.views.message import ephemeral, short
from pipeline.errors import BriefError
from pipeline.models import Article, Brief, Decision

log = logging.getLogger(__name__)

Body = dict[str, Any]
READ = 20_000
"""Characters of a text that are looked through: a card shows fewer."""


def register(app: AsyncApp, desk: Desk) -> None:
    """Listens to the button, and to the dialog that asks which work is meant."""

    @app.action(paper.DETAILS)
    async def on_details(
        ack: AsyncAck, body: Body, action: Body, respond: AsyncRespond, client: AsyncWebClient
    ) -> None:
        await ack()
        place, user = body["container"], str(body["user"]["id"])
        channel, ts = str(place["channel_id"]), str(place["message_ts"])
        with desk.at_work():
            await desk.doors.check_served(client, channel, user)
            known = await asyncio.to_thread(desk.services.records.part_at, channel, ts)
            if known is None:
                await respond(replace_original=False, **ephemeral(short(paper.NO_WORK)))
                return
            thread = str(place.get("thread_ts") or body["message"].get("thread_ts") or ts)
            trigger = str(body["trigger_id"])
            await open_card(desk, client, trigger, str(action["value"]), known[0], (channel, thread))

    @app.view(paper.CHOOSE)
    async def on_chosen(ack: AsyncAck, body: Body, view: Body, client: AsyncWebClient) -> None:
        target = target_of(view)
        number = view["state"]["values"]["work"]["work"]["selected_option"]["value"]
        with desk.at_work():
            found = await asyncio.to_thread(desk.services.records.thread, target.channel, target.thread)
            if found is None:
                await ack(response_action="errors", errors={"work": paper.NO_WORK})
                return
            brief, work, decision = await _looked_up(desk, str(number), found.brief_id)
            if work is None:
                await ack(response_action="errors", errors={"work": paper.NO_WORK})
                return
            about = Target(target.channel, target.thread, work.url)
            await ack(response_action="update", view=paper.card(work, brief, decision, about))
            await _with_similar(desk, client, str(view["id"]), work, brief, decision, about)


async def open_choice(client: AsyncWebClient, trigger: str, channel: str, thread: str, brief: Brief) -> None:
    """Asks which work of a brief is meant."""
    form = paper.choose_form(Target(channel, thread, None), brief)
    await client.views_open(trigger_id=trigger, view=form)


async def open_card(
    desk: Desk,
    client: AsyncWebClient,
    trigger: str,
    name: str,
    brief_id: str,
    place: tuple[str, str],
) -> None:
    """Opens the card of a work of a brief, whose thread is at the place; BriefError if there is no such work."""
    brief, work, decision = await _looked_up(desk, name, brief_id)
    if work is None:
        raise BriefError(paper.NO_WORK)
    target = Target(*place, work.url)
    opened = await client.views_open(trigger_id=trigger, view=paper.card(work, brief, decision, target))
    await _with_similar(desk, client, str(opened["view"]["id"]), work, brief, decision, target)


async def _looked_up(desk: Desk, name: str, brief_id: str) -> tuple[Brief, Article | None, Decision | None]:
    brief, work, decision = await asyncio.to_thread(desk.services.why, name, brief_id)
    return brief, await asyncio.to_thread(_quotable, work) if work else None, decision


def _quotable(work: Article) -> Article:
    """The work without those sentences of its text that are never quoted, such as orders to its reader."""
    from pipeline.writing.orders import quotable
    from pipeline.writing.sentences import split_sentences

    text, told, end = work.abstract[:READ], "", 0
    for span in quotable(text, split_sentences(text)):
        glue = "\n\n" if "\n\n" in text[end : span.start] else " "
        told += glue + text[span.start : span.end]
        end = span.end
    return work.model_copy(update={"abstract": told.strip()})


async def _with_similar(
    desk: Desk,
    client: AsyncWebClient,
    view_id: str,
    work: Article,
    brief: Brief,
    decision: Decision | None,
    target: Target,
) -> None:
    """Adds what is like the work once that is found; the dialog may be closed by then."""
    similar = await desk.services.find(work.title)
    view = paper.card(work, brief, decision, target, similar)
    try:
        await client.views_update(view_id=view_id, view=view)
    except Exception as error:
        log.info("a card was not added to: %s", type(error).__name__)
