"""`/brief` and its subcommands. All answers to the command itself are seen by its sender alone."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import Any, Literal

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from bot.choices import offered, profile_name
from bot.errands import NewErrand
from bot.forgetting import thread_of
from bot.listeners import errands, forgetting, incoming, ordering, papers
from bot.listeners.desk import Desk
from bot.listeners.doors import channels_of
from bot.listeners.orders import Order, read_order
from bot.schedule import next_due
from bot.settings import Config
from bot.views import forget_form, mrkdwn, paper
from bot.views.forget_form import Place
from bot.views.found import (
    Posted,
    briefs_message,
    found_message,
    matching,
    settings_message,
    why_message,
)
from bot.views.help import help_message
from bot.views.message import Message, ephemeral, fallback, lines, short
from bot.views.order_form import order_form
from bot.views.status import status_for, status_message
from bot.views.subscribe_form import change_button, file_again_button
from pipeline.models import Brief

NOTHING_HERE = "No brief has been posted in this channel yet. `/brief now` writes one."
LISTED = 5
"""Briefs that `last` lists."""
SEARCHED = 60
"""Briefs of a channel that `search` looks through: more than a year of weekly ones."""


@dataclass(frozen=True)
class Call:
    """One `/brief` with the words after its subcommand."""

    desk: Desk
    respond: AsyncRespond
    client: AsyncWebClient
    channel: str
    names: tuple[str, str]
    """How settings may call the channel: its id, and #name."""
    user: str
    trigger: str
    words: str

    async def tell(self, message: Message) -> None:
        """Shows a message to the sender alone."""
        await self.respond(**ephemeral(message))

    def order(self) -> Order:
        """The brief that the words ask for; SettingsError if they cannot be understood."""
        services = self.desk.services
        today = services.now().astimezone(UTC).date()
        return read_order(self.words, self.config, self.own_profile(), today)

    @property
    def config(self) -> Config:
        """The settings as this channel may see them."""
        return offered(self.desk.services.settings.config, self.channel)

    async def begin(self, kind: Literal["post", "preview"], order: Order, do: errands.Do) -> None:
        """Has the brief written."""
        new = NewErrand(f"trigger:{self.trigger}", kind, self.channel, self.user, order.as_json())
        await errands.begin(self.desk, self.client, new, do, self.tell)

    async def check_order(self) -> None:
        """Refused if the sender may not have a brief written here."""
        await self.desk.doors.check_order(self.client, self.channel, self.user, self.words)

    def own_profile(self) -> str | None:
        """The profile that the channel subscribes to."""
        return self.desk.services.settings.config.profile_of(self.names)


def register(app: AsyncApp, desk: Desk) -> None:
    """Listens to `/brief`."""

    @app.command("/brief")
    async def on_brief(
        ack: AsyncAck, body: dict[str, Any], respond: AsyncRespond, client: AsyncWebClient
    ) -> None:
        await ack()
        subcommand, _, words = incoming.plain_text(str(body.get("text") or ""), "").partition(" ")
        channel = str(body["channel_id"])
        call = Call(
            desk,
            respond,
            client,
            channel,
            (channel, f"#{body.get('channel_name')}"),
            str(body["user_id"]),
            str(body.get("trigger_id")),
            words.strip(),
        )
        handle = SUBCOMMANDS.get(subcommand.casefold())
        with desk.at_work():
            if handle is not _form:  # whose trigger is good for three seconds
                await desk.requests.all_acknowledged()
            if handle is None:
                await call.tell(_unknown(call.config, f"{subcommand} {words}"))
            else:
                if handle is not _help:
                    await desk.doors.check_served(client, channel, call.user)
                await handle(call)


async def _form(call: Call) -> None:
    here = None if call.channel.startswith("D") else call.channel
    form = order_form(call.config, call.own_profile(), here)
    await call.client.views_open(trigger_id=call.trigger, view=form)


async def _help(call: Call) -> None:
    await call.tell(help_message(call.config))


async def _status(call: Call) -> None:
    seen = await channels_of(call.client, call.user)
    await call.tell(status_message(status_for(await call.desk.services.status(), seen)))


async def _now(call: Call) -> None:
    order = call.order()
    if call.channel not in call.desk.writing:  # which counts for nothing
        await call.check_order()
    await call.begin("post", order, ordering.post)


async def _preview(call: Call) -> None:
    order = call.order()
    await call.check_order()
    await call.begin("preview", order, ordering.preview)


async def _last(call: Call) -> None:
    records, services = call.desk.services.records, call.desk.services
    posted = []
    for delivery, ts in await asyncio.to_thread(records.posted, [call.channel], LISTED):
        brief = await services.brief(delivery.brief_id)
        if brief is not None:
            posted.append(Posted(brief, await _link(call, ts)))
    await call.tell(briefs_message(posted) if posted else short(NOTHING_HERE))


async def _search(call: Call) -> None:
    if not call.words:
        await call.tell(short("Search for what? For example: `/brief search jailbreak detection`."))
        return
    works = await call.desk.services.find(call.words)
    chosen = matching(call.words, await _briefs_of(call), {work.id for work in works})
    posted = [Posted(brief, await _link(call, ts)) for brief, ts in chosen]
    await call.tell(found_message(call.words, works, posted))


async def _briefs_of(call: Call) -> list[tuple[Brief, str]]:
    """The channel's briefs with their messages, the newest first."""
    services = call.desk.services
    found = await asyncio.to_thread(services.records.posted, [call.channel], SEARCHED)
    briefs = [(await services.brief(delivery.brief_id), ts) for delivery, ts in found]
    return [(brief, ts) for brief, ts in briefs if brief is not None]


async def _link(call: Call, ts: str) -> str:
    found = await call.client.chat_getPermalink(channel=call.channel, message_ts=ts)
    return str(found["permalink"])


async def _why(call: Call) -> None:
    latest = await asyncio.to_thread(call.desk.services.records.latest_in, call.channel)
    if latest is None:
        await call.tell(short(NOTHING_HERE))
    elif not call.words:
        await call.tell(
            short("Which work? Give its number in the latest brief, an arXiv id, or words of its title.")
        )
    else:
        brief, article, decision = await asyncio.to_thread(
            call.desk.services.why, call.words, latest.brief_id
        )
        await call.tell(why_message(call.words, brief, article, decision))


async def _paper(call: Call) -> None:
    latest = await asyncio.to_thread(call.desk.services.records.posted, [call.channel], 1)
    if not latest:
        await call.tell(short(NOTHING_HERE))
    elif not call.words:
        await call.tell(short(f"Which work? {paper.NO_WORK}"))
    else:
        (delivery, ts), place = latest[0], call.channel
        await papers.open_card(
            call.desk, call.client, call.trigger, call.words, delivery.brief_id, (place, ts)
        )


async def _forget(call: Call) -> None:
    if call.words:
        channel, thread = thread_of(call.words)
        if channel != call.channel:
            await call.tell(short("That message stands elsewhere: use the command in its channel."))
            return
        place = Place(channel, "" if channel.startswith("D") else thread)
    elif call.channel.startswith("D"):
        place = Place(call.channel)
    else:
        await call.tell(Message(fallback(forget_form.WHERE), tuple(lines([forget_form.WHERE]))))
        return
    await forgetting.open_form(call.desk, call.client, call.trigger, call.user, place)


async def _settings(call: Call) -> None:
    config, now = call.desk.services.settings.config, call.desk.services.now()
    here = [(s, next_due(s, now)) for s in config.subscriptions if s.channel in call.names]
    change = await asyncio.to_thread(call.desk.services.choices.last_change, call.channel)
    told = f"Last changed by <@{change[0]}> on {change[1]:%d %b %Y}" if change else ""
    chosen = any(s.profile == profile_name(call.channel) for s, _ in here)
    buttons = [change_button(call.channel), *([file_again_button(call.channel)] if chosen else [])]
    await call.tell(settings_message(config, here, buttons, told))


def _unknown(config: Config, text: str) -> Message:
    told = help_message(config)
    sorry = f"I do not know “{mrkdwn.shorten(mrkdwn.one_line(text), 80)}”."
    return Message(fallback(sorry), (*lines([mrkdwn.escape(sorry)]), *told.blocks))


SUBCOMMANDS: Mapping[str, Callable[[Call], Awaitable[None]]] = {
    "": _form,
    "help": _help,
    "status": _status,
    "now": _now,
    "preview": _preview,
    "last": _last,
    "search": _search,
    "why": _why,
    "paper": _paper,
    "forget": _forget,
    "topics": _settings,
    "feeds": _settings,
    "schedule": _settings,
}
