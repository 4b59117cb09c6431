"""The outbox: a brief's messages to a channel, each exactly once.

Slack's chat.postMessage takes no idempotency key. So every message is stored before the first call, marked before its
own call and tagged with metadata; when a call's outcome is unknown, the channel's history tells whether it got through.
"""

import asyncio
import html
import json
import logging
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, NoReturn
from weakref import WeakValueDictionary

from slack_sdk.web.async_client import AsyncWebClient

from bot.attachments import Attaching, files_of
from bot.clients import posting_client
from bot.guard import guarded
from bot.leases import Hold, LeaseLost
from bot.pace import Pace, Ration
from bot.places import DeliveryDelayed, Places
from bot.records import Delivery, DeliveryState, NewDelivery, Part, Records, Taken
from bot.refusals import ASK_LATER, Outcome, advice, outcome_of
from bot.views.brief import brief_messages
from pipeline.errors import DeliveryError
from pipeline.models import Brief
from pipeline.steps import step

log = logging.getLogger(__name__)

EVENT_TYPE = "brief_part"
TOO_OLD = timedelta(hours=24)

CLOCK_SKEW = 120.0
"""Seconds by which this machine's clock may differ from Slack's."""


CANVASES = (20, 60.0)
"""How many canvases within how many seconds Slack lets an app make in a workspace. A brief does not wait for one."""


class _HistoryClosedError(Exception):
    """Nobody can say whether a message was posted: the history may not be read."""


@dataclass(frozen=True)
class Limits:
    """How patient the outbox is, all in seconds but `attempts`; and what all deliveries of a process share."""

    interval: float = 1.0
    """Between two messages to a channel; Slack allows about one a second."""
    longest_wait: float = 60.0
    """The longest Retry-After that is honoured in full."""
    overall: float = 600.0
    """For one message, all its attempts together."""
    settle: float = 2.0
    """Before the second look into the history, and before a failed call is repeated."""
    attempts: int = 5
    spacing: float = 0.2
    """Between any two messages of this process to a workspace; Slack allows a workspace several hundred a minute."""
    pace: Pace = field(default_factory=Pace, compare=False)
    canvases: Ration = field(default_factory=lambda: Ration(*CANVASES), compare=False)
    places: Places = field(default_factory=Places, compare=False)
    show_after: float = 1.5
    """An answer that takes longer is shown while it is made."""
    show_every: float = 1.0
    """Between two additions to it."""
    show_patience: float = 5.0
    """For the last addition, once the answer is there."""


@dataclass(frozen=True)
class DeliveryResult:
    """How a delivery stands. `already` says that the brief had been in the channel before."""

    delivery_id: str
    channel: str
    state: DeliveryState
    parts_posted: int
    parts: int
    parent_ts: str | None
    error: str | None = None
    already: bool = False


_running: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
"""One delivery at a time for each channel: keeps the pace, and each delivery in one hand."""


ClientOf = Callable[[str], Awaitable[AsyncWebClient]]
"""The client for a channel: each workspace has its own token. DeliveryError if there is none."""


def always(client: AsyncWebClient) -> ClientOf:
    """The same client for every channel."""

    async def of(_: str) -> AsyncWebClient:
        return client

    return of


def content_of(brief: Brief) -> str:
    """A digest of what readers see of a brief, apart from its counts and the moment of writing."""
    seen = brief.model_dump(mode="json", include={"title", "profile", "window", "sections", "references"})
    return sha256(json.dumps(seen, sort_keys=True).encode()).hexdigest()[:32]


def rendered(brief: Brief, was_due: datetime | None = None, version: str = "") -> NewDelivery:
    """The brief as a delivery that has no channel yet; blocks while it draws.

    A late brief says when it `was_due`; `version` is mrkdwn that tells of a changed one.
    """
    parts = brief_messages(brief, was_due, version)
    payloads, labels = tuple(part.payload() for part in parts), tuple(part.label for part in parts)
    files = files_of(brief)
    return NewDelivery(brief.id, content_of(brief), brief.profile, "", payloads, files=files, labels=labels)


async def deliver(
    records: Records,
    client: AsyncWebClient,
    brief: Brief | NewDelivery,
    channel: str,
    *,
    slot: str | None = None,
    now: datetime,
    limits: Limits | None = None,
) -> DeliveryResult:
    """Posts the brief to the channel (id, or name with `#`) unless it is there already; DeliveryError says why not.

    The same brief, the same content, or the same slot is posted once, whoever asks and however often.
    """
    client, limits = posting_client(client), limits or Limits()
    place = await limits.places.id_of(client, channel)
    made = await asyncio.to_thread(rendered, brief) if isinstance(brief, Brief) else brief
    new = replace(made, channel=place, slot=slot)
    async with _alone(place):
        opened = await asyncio.to_thread(records.open_delivery, new, now)
        if isinstance(opened, Delivery):
            return await _go_on(records, client, opened, limits)
        return await _complete(records, client, opened, limits)


async def resume(
    records: Records,
    client_of: ClientOf,
    *,
    now: datetime,
    limits: Limits | None = None,
) -> list[DeliveryResult]:
    """Completes what an earlier run left behind, apart from slots; what was not begun within 24 hours is given up."""
    results = []
    for delivery in await asyncio.to_thread(records.unfinished):
        try:
            if not await _given_up(records, delivery, now):
                client = await client_of(delivery.channel)
                results.append(await continue_delivery(records, client, delivery, limits))
        except LeaseLost:
            continue  # another process is at it
        except DeliveryError as error:
            log.warning("delivery %s to %s: %s", delivery.id, delivery.channel, error)
    return results


async def _given_up(records: Records, delivery: Delivery, now: datetime) -> bool:
    parts = await asyncio.to_thread(records.parts, delivery.id)
    if parts[0].state != "pending" or now - delivery.created_at <= TOO_OLD:
        return False
    if (taken := await asyncio.to_thread(records.take_delivery, delivery.id)) is None:
        raise LeaseLost
    await asyncio.to_thread(records.set_state, taken.lease, "failed", "It is more than 24 hours old.")
    log.warning("delivery %s to %s is too old and was given up", delivery.id, delivery.channel)
    return True


async def continue_delivery(
    records: Records,
    client: AsyncWebClient,
    delivery: Delivery,
    limits: Limits | None = None,
) -> DeliveryResult:
    """Posts what is missing of a stored delivery; DeliveryError says why that is not possible."""
    async with _alone(delivery.channel):
        return await _go_on(records, posting_client(client), delivery, limits or Limits())


def _alone(channel: str) -> asyncio.Lock:
    return _running.setdefault(channel, asyncio.Lock())


async def _go_on(
    records: Records, client: AsyncWebClient, delivery: Delivery, limits: Limits
) -> DeliveryResult:
    taken = await asyncio.to_thread(records.take_delivery, delivery.id)
    if taken is not None:
        return await _complete(records, client, taken, limits)
    result = await result_of(records, delivery, already=True)
    if result.state in ("posted", "unknown"):
        return result
    raise LeaseLost  # another process is at it


async def _complete(records: Records, client: AsyncWebClient, taken: Taken, limits: Limits) -> DeliveryResult:
    with step("deliver", delivery=taken.delivery.id, brief=taken.delivery.brief_id):
        async with records.holding(taken.lease) as hold, guarded(client, hold):
            return await _Run(records, client, taken, limits, hold).complete()


async def result_of(records: Records, delivery: Delivery, *, already: bool = False) -> DeliveryResult:
    """How a delivery stands now."""
    now = await asyncio.to_thread(records.delivery, delivery.id) or delivery
    parts = await asyncio.to_thread(records.parts, delivery.id)
    posted, count, parent = sum(p.state == "posted" for p in parts), len(parts), parts[0].ts
    return DeliveryResult(now.id, now.channel, now.state, posted, count, parent, now.error, already)


@dataclass
class _Run:
    """One attempt at completing one delivery."""

    records: Records
    client: AsyncWebClient
    taken: Taken
    limits: Limits
    hold: Hold
    posted: list[str] = field(default_factory=list)
    """The time stamps of the parts that stand in the channel, in their order."""
    marked: Part | None = None
    """The part that was marked by this run as being sent, and was not sent yet."""

    def __post_init__(self) -> None:
        self.delivery = self.taken.delivery
        self.attaching = Attaching(
            self.records,
            self.client,
            self.delivery,
            lambda: self.hold.lease,
            self.limits.settle,
            list(self.taken.files),
            self.limits.canvases,
        )

    async def complete(self) -> DeliveryResult:
        await self.attaching.prepare()
        for part in [part for part in self.taken.parts if part.state == "leaving"]:
            await self._take_away(part)
        for part in self.taken.parts:
            try:
                ts = await self._standing(part) or await self._get_posted(part)
            except _HistoryClosedError:
                return self._result("unknown", await self._unknown(part))
            self.posted.append(str(ts))
        if not self.hold.given_back:
            await self.attaching.share(self.posted[0])
            await self._state("posted")
        return self._result("posted")

    def _result(self, state: DeliveryState, error: str | None = None) -> DeliveryResult:
        here, parts = self.delivery, len(self.taken.parts)
        return DeliveryResult(here.id, here.channel, state, len(self.posted), parts, self._parent, error)

    @property
    def _parent(self) -> str | None:
        return self.posted[0] if self.posted else None

    async def _standing(self, part: Part) -> str | None:
        """The time stamp of a part that stands in the channel, in its new words if it has got some."""
        if part.state == "changed":
            payload = part.payload if part.part else self.attaching.dressed(part.payload)
            await self._edited(part, self.client.chat_update, ts=part.ts, metadata=self._tag(part), **payload)
            await asyncio.to_thread(self.records.part_changed, part, self.hold.lease)
        return part.ts if part.state in ("posted", "changed") else None

    async def _take_away(self, part: Part) -> None:
        """Deletes a message that the brief has no more."""
        await self._edited(part, self.client.chat_delete, ts=part.ts)
        await asyncio.to_thread(self.records.part_left, part, self.hold.lease)
        left = tuple(one for one in self.taken.parts if one.part != part.part)
        self.taken = replace(self.taken, parts=left)

    async def _edited(self, part: Part, call: Callable[..., Awaitable[Any]], **options: Any) -> None:
        """Changes a message that stands in the channel: what may be repeated as often as need be."""
        for _ in range(self.limits.attempts):
            await self.limits.pace.turn(self.client.token or "", self.limits.spacing)
            try:
                await call(channel=self.delivery.channel, **options)
                return
            except LeaseLost:
                raise
            except Exception as error:
                outcome = outcome_of(error)
            log.info("delivery %s part %d: %s", self.delivery.id, part.part, outcome.code)
            if outcome.code == "message_not_found":  # somebody has deleted it
                return
            if outcome.kind == "refused":
                await self._state("failed", advice(outcome.code))
                raise DeliveryError(advice(outcome.code))
            if outcome.wait > self.limits.longest_wait:
                break
            await asyncio.sleep(max(outcome.wait, self.limits.settle))
        await self._delay()

    async def _get_posted(self, part: Part) -> str:
        """The time stamp of the part once it is posted."""
        end, parent_ts = self.records.clock() + self.limits.overall, self._parent
        for attempt in range(self.limits.attempts):
            if self.marked is not None:
                part, self.marked = self.marked, None
            else:
                if part.state == "sending" and (found := await self._look_twice(part, parent_ts)):
                    return found
                started = self.records.clock()
                part = await asyncio.to_thread(self.records.start_part, part, started, self.hold.lease)
            if attempt or part.part:
                await asyncio.sleep(self.limits.interval)
            await self.limits.pace.turn(self.client.token or "", self.limits.spacing)
            with step("post", part=part.part):
                ts = await self._post(part, parent_ts, end)
            if ts is not None:
                await self._note(part, ts)
                return ts
        await self._delay()

    async def _note(self, part: Part, ts: str) -> None:
        """Remembers that a part is posted, and in the same write what comes next: a part, or that nothing does."""
        records, lease = self.records, self.hold.lease
        following = [one for one in self.taken.parts if one.part > part.part][:1]
        if not following and not self.attaching.to_share:
            await asyncio.to_thread(records.all_posted, part, ts, lease)
            self.hold.given_back = True
            return
        pending = next((one for one in following if one.state == "pending"), None)
        self.marked = await asyncio.to_thread(records.part_posted, part, ts, lease, pending, records.clock())

    async def _post(self, part: Part, parent_ts: str | None, end: float) -> str | None:
        """Calls Slack; the time stamp, or None when the outcome is unknown."""
        while True:
            payload = part.payload if part.part else self.attaching.dressed(part.payload)
            try:
                response = await self.client.chat_postMessage(
                    channel=self.delivery.channel,
                    thread_ts=parent_ts,
                    metadata=self._tag(part),
                    **payload,
                )
                if response["ts"]:
                    return str(response["ts"])
                outcome = Outcome("unknown", "no time stamp")
            except LeaseLost:
                raise
            except Exception as error:
                outcome = outcome_of(error)
            log.info("delivery %s part %d: %s", self.delivery.id, part.part, outcome.code)
            if outcome.kind == "unknown":
                return None
            if outcome.kind == "refused":
                if not part.part and await self.attaching.picture_refused(outcome.code):
                    continue
                await self._refused(part, outcome.code)
            await self._wait(part, outcome.wait, end)

    async def _wait(self, part: Part, seconds: float, end: float) -> None:
        """Waits as Slack asks, if the time for this message allows it."""
        if seconds > self.limits.longest_wait or self.records.clock() + seconds > end:
            await asyncio.to_thread(self.records.part_not_sent, part, self.hold.lease)
            await self._delay()
        self.limits.pace.hold_back(self.client.token or "", seconds)
        await asyncio.sleep(seconds)

    async def _look_twice(self, part: Part, parent_ts: str | None) -> str | None:
        """The part's time stamp if the history shows it, now or after a moment."""
        outcome: Outcome | None = None
        for wait in (0.0, self.limits.settle):
            await asyncio.sleep(max(wait, min(outcome.wait, self.limits.longest_wait) if outcome else 0.0))
            try:
                found, outcome = await self._find(part, parent_ts), None
            except LeaseLost:
                raise
            except Exception as error:
                found, outcome = None, outcome_of(error)
            if outcome and outcome.kind == "refused":
                if outcome.code not in ASK_LATER:
                    raise _HistoryClosedError
                await self._state("failed", advice(outcome.code))
                raise DeliveryError(advice(outcome.code))
            if found:
                await self._note(part, found)
                return found
        if outcome:
            await self._delay()
        return None

    async def _find(self, part: Part, parent_ts: str | None) -> str | None:
        oldest = f"{(part.started or self.delivery.created_at.timestamp()) - CLOCK_SKEW:.6f}"
        cursor: str | None = None
        while True:
            options: dict[str, Any] = {
                "channel": self.delivery.channel,
                "oldest": oldest,
                "include_all_metadata": True,
                "limit": 15,
                "cursor": cursor,
            }
            if parent_ts:
                page = await self.client.conversations_replies(ts=parent_ts, **options)
            else:
                page = await self.client.conversations_history(**options)
            for message in page["messages"]:
                if message.get("metadata") == self._tag(part) or self._reads_alike(message, part):
                    return str(message["ts"])
            cursor = (page.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return None

    def _reads_alike(self, message: dict[str, Any], part: Part) -> bool:
        """Whether a bot's message whose metadata did not come with it has the part's words."""
        if message.get("metadata") or not message.get("bot_id") or message["ts"] in self.posted:
            return False
        return _words(str(message.get("text", ""))) == _words(part.payload["text"])

    def _tag(self, part: Part) -> dict[str, Any]:
        return {
            "event_type": EVENT_TYPE,
            "event_payload": {"delivery": self.delivery.id, "part": part.part},
        }

    async def _state(self, state: DeliveryState, error: str | None = None) -> None:
        """The last write of a run."""
        await asyncio.to_thread(self.records.set_state, self.hold.lease, state, error)
        self.hold.given_back = True

    async def _refused(self, part: Part, code: str) -> NoReturn:
        await asyncio.to_thread(self.records.part_not_sent, part, self.hold.lease)
        await self._state("failed", advice(code))
        raise DeliveryError(advice(code))

    async def _delay(self) -> NoReturn:
        sentence = "Slack does not take messages at the moment; what is missing will be posted later."
        await self._state("pending", sentence)
        raise DeliveryDelayed(sentence)

    async def _unknown(self, part: Part) -> str:
        """Rather an incomplete brief than one twice: nothing is sent again, and a person is told."""
        sentence = (
            "Slack did not say whether a message was posted, and I may not read the channel's history: "
            f"please look, and tell me by `brief settle {self.delivery.id} LINK` (or `missing`). "
            "With the history scopes of bot/manifest.json I can look myself."
        )
        await asyncio.to_thread(self.records.part_unknown, part, self.hold.lease)
        await self._state("unknown", sentence)
        log.error(
            "delivery %s to %s, part %d: %s", self.delivery.id, self.delivery.channel, part.part, sentence
        )
        return sentence


def _words(text: str) -> str:
    """What stays of a text whatever Slack does to its markup."""
    return re.sub(r"[\W_]+", "", html.unescape(text))
