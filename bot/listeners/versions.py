"""Another version of a brief: written on demand, seen by one person first, then put in the place of what was posted."""

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any, cast

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.delivery import continue_delivery, deliver, rendered
from bot.errands import NewErrand
from bot.listeners import errands
from bot.listeners.alone import Tell, direct_channel, tell_alone
from bot.listeners.desk import Desk
from bot.listeners.errands import Work
from bot.listeners.ordering import UNCONFIRMED, with_link
from bot.records import Delivery, NewDelivery
from bot.versions import Version, change
from bot.views import version_form
from bot.views.message import Message, short
from bot.views.version_form import Target, Wish
from pipeline.models import Brief, VersionKind
from pipeline.versions import VersionError

Body = dict[str, Any]


def register(app: AsyncApp, desk: Desk) -> None:
    """Listens to the dialog, and to the button below a version."""

    @app.view(version_form.CALLBACK)
    async def on_wish(ack: AsyncAck, body: Body, view: Body, client: AsyncWebClient) -> None:
        await ack()
        target, kind = version_form.given(view)
        user = str(body["user"]["id"])
        with desk.at_work():
            await desk.doors.check_order(client, target.channel, user, f"{kind}: {target.brief}")
            inputs = {"kind": kind, "brief": target.brief, "thread": target.thread}
            new = NewErrand(f"view:{view['id']}", "version", target.channel, user, inputs)
            await errands.begin(desk, client, new, make, tell_alone(client, target.channel, user))

    @app.action(version_form.REPLACE)
    async def on_replace(ack: AsyncAck, body: Body, action: Body, client: AsyncWebClient) -> None:
        await ack()
        wish, user = version_form.wish_of(str(action["value"])), str(body["user"]["id"])
        with desk.at_work():
            await desk.doors.check_writer(client, wish.channel, user)
            place = str(body["channel"]["id"])
            await _replace(desk, client, wish, user, tell_alone(client, place, user))


async def open_form(desk: Desk, client: AsyncWebClient, trigger: str, place: Delivery, thread: str) -> None:
    """Opens the dialog for a brief; VersionError if there is no other version of it."""
    services = desk.services
    kinds = await services.version_kinds(place.brief_id)
    settings = services.settings.config
    writer = settings.model.name if settings.model.is_set else ""
    target = Target(place.channel, thread, place.brief_id)
    form = version_form.version_form(target, kinds, writer, settings.slack.briefs_per_person_day)
    await client.views_open(trigger_id=trigger, view=form)


async def make(work: Work) -> None:
    """Writes the version and sends it to the person, with the button that puts it in the brief's place."""
    desk, errand = work.desk, work.errand
    wanted, thread = str(errand.inputs["brief"]), str(errand.inputs["thread"])
    kind = cast(VersionKind, errand.inputs["kind"])
    if not work.is_resumed:
        await work.tell(short(version_form.WRITING))
    standing = await asyncio.to_thread(desk.services.records.thread, errand.channel, thread)
    if standing is None or standing.brief_id != wanted:
        raise VersionError(version_form.CHANGED_MEANWHILE)
    brief = await work.written(lambda: _write(work, wanted, kind, thread))
    if brief.id == wanted:
        await work.tell(short(version_form.SAME))
        return
    await _show(work, brief, Wish(errand.channel, standing.id, wanted, brief.id, kind))


async def _write(work: Work, wanted: str, kind: VersionKind, thread: str) -> Brief:
    desk, errand = work.desk, work.errand
    family = await asyncio.to_thread(desk.versions.family, wanted)
    numbers = await numbers_of(desk, family)
    given = await asyncio.to_thread(desk.services.conversations.numbers, errand.channel, thread, set(family))
    first = family[0]
    by_work = {article: n for n, article in {**given, **numbers}.items()}
    brief = await desk.services.write_version(wanted, first, kind, by_work, errand.channel)
    if brief.id != first:
        version = Version(brief.id, first, kind, errand.channel, errand.user)
        await asyncio.to_thread(desk.versions.add, version, desk.services.now())
    return brief


async def numbers_of(desk: Desk, family: Collection[str]) -> dict[int, str]:
    """The works that a brief and its versions cite, by their numbers, which are the same in all of them."""
    briefs = [await desk.services.brief(one) for one in family]
    return {r.n: r.article_id for brief in briefs if brief for r in brief.references}


async def _show(work: Work, brief: Brief, wish: Wish) -> None:
    services, user = work.desk.services, work.errand.user
    own = await direct_channel(work.client, user)
    made = await _rendered(work.desk, brief, wish.kind, user)
    button = version_form.replace_message(wish).payload()
    made = replace(made, payloads=(*made.payloads, button), labels=(*made.labels, "replace"))
    result = await deliver(
        services.records, work.client, made, own, now=services.now(), limits=work.desk.limits
    )
    if result.state == "unknown":
        await work.tell(short(result.error or UNCONFIRMED))
        return
    if result.already and not work.is_resumed:  # it was sent before, perhaps without this button
        await work.client.chat_postMessage(channel=own, thread_ts=result.parent_ts, **button)
    words = "The version is in your direct messages with me."
    await work.tell(await with_link(work.client, words, result))


async def _rendered(desk: Desk, brief: Brief, kind: VersionKind, user: str) -> NewDelivery:
    note = version_form.note(kind, user, desk.services.now().date(), brief.language)
    return await asyncio.to_thread(rendered, brief, version=note)


async def _replace(desk: Desk, client: AsyncWebClient, wish: Wish, user: str, tell: Tell) -> None:
    records = desk.services.records
    delivery = await asyncio.to_thread(records.delivery, wish.delivery)
    brief = await desk.services.brief(wish.brief)
    if delivery is None or brief is None:
        await tell(short(version_form.CHANGED_MEANWHILE))
        return
    if delivery.brief_id != wish.brief:
        if (refused := await _written_down(desk, delivery, brief, wish, user)) is not None:
            await tell(refused)
            return
        delivery = await asyncio.to_thread(records.delivery, wish.delivery) or delivery
    result = await continue_delivery(records, client, delivery, desk.limits)
    await tell(await with_link(client, "The brief is replaced.", result))


async def _written_down(
    desk: Desk, delivery: Delivery, brief: Brief, wish: Wish, user: str
) -> Message | None:
    """Writes down what is to be changed in the channel; what stands in the way is returned in words."""
    parts = await asyncio.to_thread(desk.services.records.parts, delivery.id)
    family = await asyncio.to_thread(desk.versions.family, wish.instead_of)
    given = await asyncio.to_thread(
        desk.services.conversations.numbers, delivery.channel, str(parts[0].ts), set(family)
    )
    new = await _rendered(desk, brief, wish.kind, user)
    todo = change(parts, new)
    if todo is None:
        return short(version_form.OTHERWISE)
    is_as_it_was = delivery.brief_id == wish.instead_of and _agree(brief, given)
    document = next((file for file in new.files if file.name == "full" and wish.kind != "shorter"), None)
    if is_as_it_was and await asyncio.to_thread(desk.versions.replace, delivery, new, todo, document):
        return None
    return short(version_form.CHANGED_MEANWHILE)


def _agree(brief: Brief, given: Mapping[int, str]) -> bool:
    """Whether the brief's numbers mean what they mean in the answers of the thread."""
    numbers = {reference.n: reference.article_id for reference in brief.references}
    works = {article: n for n, article in numbers.items()}
    return all(
        numbers.get(n, article) == article and works.get(article, n) == n for n, article in given.items()
    )
