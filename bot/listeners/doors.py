"""Who is served, where, and who may do what: Slack is asked, and it is remembered for some minutes."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.delivery import ClientOf
from bot.permissions import MANAGE, ORDER, OUTSIDERS, SHARED, is_group, is_outsider, is_shared, why_not_person
from bot.places import Places, memberships
from pipeline.errors import BriefError, DeliveryError

if TYPE_CHECKING:
    from bot.listeners.desk import Services

log = logging.getLogger(__name__)

REMEMBERED = 600.0
"""Seconds after which a person, a channel or a group is looked up again."""
MOST = 10_000
NOT_A_WRITER = "Only those whom the settings name may have briefs written on demand."
WORKFLOW = "workflow"
"""What stands for all workflows among the writers, and in the place of a person."""
UNKNOWN = "I could not find out from Slack who you are. Please try again in a little while."
A_DAY = timedelta(days=1)

Known = dict[str, tuple[Any, float]]


class Refused(BriefError):
    """A person may not do what they asked for."""


class Doors:
    """Asks Slack about people, channels and user groups. One for each running app."""

    def __init__(self, services: "Services") -> None:
        self._services = services
        self._known: Known = {}
        self._asked: dict[str, asyncio.Future[Any]] = {}

    async def check_served(self, client: AsyncWebClient, channel: str, user: str) -> None:
        """Refused if this person, or this channel, is not served."""
        if self._services.settings.config.slack.outsiders:
            return
        if is_outsider(await self.person(client, user), await self.team(client)):
            raise Refused(OUTSIDERS)
        await self.check_channel(client, channel)

    async def check_channel(self, client: AsyncWebClient, channel: str) -> None:
        """Refused if this channel is shared with another organisation; direct messages are not."""
        if self._services.settings.config.slack.outsiders or channel.startswith("D"):
            return
        if is_shared(await self._channel(client, channel)):
            raise Refused(f"I do not work here: {SHARED}.")

    async def is_closed(self, client: AsyncWebClient, channel: str) -> bool:
        """Whether this channel is known to be one in which the bot does not work."""
        try:
            await self.check_channel(client, channel)
        except Refused as error:
            return error.user_message != UNKNOWN
        return False

    async def why_not_manage(self, client: AsyncWebClient, user: str) -> str | None:
        """Why this person may not change what channels get, as escaped mrkdwn; none if they may."""
        return await self._why_not(client, user, "managers", MANAGE)

    async def check_order(self, client: AsyncWebClient, channel: str, user: str, what: str) -> None:
        """Refused if this person may not have a brief written there, or has had enough of them; else notes it down."""
        await self.check_writer(client, channel, user)
        await self._note_order(channel, user, what)

    async def check_writer(self, client: AsyncWebClient, channel: str, user: str) -> None:
        """Refused if this person may not have a brief written there."""
        await self.check_served(client, channel, user)
        if await self._why_not(client, user, "writers", ORDER):
            raise Refused(NOT_A_WRITER)

    async def check_workflow(self, client: AsyncWebClient, channel: str, what: str) -> None:
        """The same for a workflow, of which nobody knows whose it is: where writers are named, it has to be one."""
        await self.check_channel(client, channel)
        writers = self._services.settings.config.slack.writers
        if writers and WORKFLOW not in writers:
            raise Refused(NOT_A_WRITER)
        await self._note_order(channel, WORKFLOW, what)

    async def _note_order(self, channel: str, user: str, what: str) -> None:
        services, now = self._services, self._services.now()
        most = services.settings.config.slack.briefs_per_person_day
        noted = await asyncio.to_thread(
            services.choices.note_order, channel, user, what, now, now - A_DAY, most
        )
        if not noted:
            raise Refused(f"You may have {most} briefs written within 24 hours, and you have had them.")

    async def person(self, client: AsyncWebClient, user: str) -> Mapping[str, Any]:
        """users.info's user; a stranger where Slack knows nobody of that id. Refused if Slack does not tell."""

        async def look() -> Mapping[str, Any]:
            try:
                return dict((await client.users_info(user=user))["user"])
            except SlackApiError as error:
                if error.response.get("error") in ("user_not_found", "user_not_visible"):
                    return {"id": user, "is_stranger": True}
                raise

        found: Mapping[str, Any] = await self._remembered(f"user {user}", look)
        return found

    async def channels(self, client: AsyncWebClient, user: str) -> frozenset[str]:
        """The channels in which both this person and the bot are, by id and #name; none where Slack does not tell."""

        async def look() -> frozenset[str]:
            return frozenset(await channels_of(client, user))

        try:
            found: frozenset[str] = await self._remembered(f"channels of {user}", look)
        except Refused:
            return frozenset()
        return found

    async def _channel(self, client: AsyncWebClient, channel: str) -> Mapping[str, Any]:
        async def look() -> Mapping[str, Any]:
            return dict((await client.conversations_info(channel=channel))["channel"])

        found: Mapping[str, Any] = await self._remembered(f"channel {channel}", look)
        return found

    async def _members(self, client: AsyncWebClient, group: str) -> list[str]:
        async def look() -> list[str]:
            return list((await client.usergroups_users_list(usergroup=group))["users"])

        found: list[str] = await self._remembered(f"group {group}", look)
        return found

    async def _why_not(
        self,
        client: AsyncWebClient,
        user: str,
        role: Literal["managers", "writers"],
        what: str,
    ) -> str | None:
        allowed: tuple[str, ...] = getattr(self._services.settings.config.slack, role)
        members: set[str] = set()
        if allowed and user not in allowed:
            for group in filter(is_group, allowed):
                members |= set(await self._members(client, group))
        person, team = await self.person(client, user), await self.team(client)
        return why_not_person(person, allowed, what, members, team)

    async def team(self, client: AsyncWebClient) -> str:
        """The workspace that the client's token is for."""

        async def look() -> str:
            return str((await client.auth_test())["team_id"])

        return str(await self._remembered(f"workspace {client.token}", look))

    async def _remembered(self, key: str, look: Callable[[], Awaitable[Any]]) -> Any:
        found, until = self._known.get(key, (None, 0.0))
        if found is not None and time.monotonic() < until:
            return found
        try:
            found = await self._looked(key, look)
        except Exception as error:
            code = error.response.get("error") if isinstance(error, SlackApiError) else type(error).__name__
            log.warning("Slack did not tell about a %s: %s", key.partition(" ")[0], code)
            raise Refused(UNKNOWN) from error
        if len(self._known) >= MOST:
            self._known.clear()
        self._known[key] = found, time.monotonic() + REMEMBERED
        return found

    async def _looked(self, key: str, look: Callable[[], Awaitable[Any]]) -> Any:
        """What Slack says; those who ask the same at the same time share one call."""
        if key not in self._asked:
            self._asked[key] = asyncio.ensure_future(look())
            self._asked[key].add_done_callback(lambda _: self._asked.pop(key, None))
        return await asyncio.shield(self._asked[key])


def only_served(client_of: ClientOf, doors: Doors, places: Places) -> ClientOf:
    """The clients for channels in which the bot works; DeliveryError for the others."""

    async def of(channel: str) -> AsyncWebClient:
        client = await client_of(channel)
        if await doors.is_closed(client, await places.id_of(client, channel)):
            raise DeliveryError(f"{channel}: {SHARED}.")
        return client

    return of


async def channels_of(client: AsyncWebClient, user: str) -> set[str]:
    """The channels in which this person and the bot are, each by its id and by #name."""
    names: set[str] = set()
    async for channel in memberships(client, user):
        names |= {str(channel["id"]), f"#{channel.get('name')}"}
    return names
