"""Where messages go: the ids of channels that the settings give by name."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.refusals import REFUSALS, advice, outcome_of
from pipeline.errors import DeliveryError

PAGE = 999
"""Channels of one page, the most that Slack gives: it allows few such calls a minute."""
KNOWN_FOR = 300.0
"""Seconds for which a channel's id is taken from memory: many briefs are due at the same minute, and Slack allows few
lists of channels in one."""


class DeliveryDelayed(DeliveryError):
    """Slack could not be reached for long enough; what is missing will be posted later."""

    retryable = True


@dataclass
class _Known:
    """The channels of one workspace."""

    ids: dict[str, str]
    read_at: float
    reading: "asyncio.Task[None] | None" = None


class Places:
    """Channels' ids by name; everything that posts in one process shares one."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str | None], _Known] = {}

    async def id_of(self, client: AsyncWebClient, channel: str) -> str:
        """The id of a channel given by id or by name with `#`; the bot must be a member to know the name.

        DeliveryError says what to do if it is not known, DeliveryDelayed that Slack could not be asked.
        """
        if not channel.startswith("#"):
            return channel
        here = self._known.setdefault((client.base_url, client.token), _Known({}, float("-inf")))
        name, clock = channel.removeprefix("#"), asyncio.get_running_loop().time
        if name not in here.ids or clock() - here.read_at > KNOWN_FOR:
            await _read(here, client, channel)
        if name not in here.ids:
            raise DeliveryError(f"{channel}: {REFUSALS['not_in_channel']}")
        return here.ids[name]


async def _read(here: _Known, client: AsyncWebClient, channel: str) -> None:
    """Reads the list of channels; those who ask at the same time share one reading."""
    if here.reading is None or here.reading.done():
        here.reading = asyncio.create_task(_keep_memberships(here, client))
    try:
        await asyncio.shield(here.reading)
    except SlackApiError as error:
        outcome = outcome_of(error)
        if outcome.kind != "refused":
            raise DeliveryDelayed(f"{channel}: Slack could not be asked for the channel.") from error
        if outcome.code == "missing_scope":
            raise DeliveryError(
                f"{channel}: I may not look up channels by name. Give the channel's id in brief.toml, "
                "or install the app again with the scopes of bot/manifest.json."
            ) from error
        raise DeliveryError(f"{channel}: {advice(outcome.code)}") from error
    except Exception as error:
        raise DeliveryDelayed(f"{channel}: Slack could not be asked for the channel.") from error


async def _keep_memberships(here: _Known, client: AsyncWebClient) -> None:
    """Keeps the list before the reading counts as done: who asks next finds it."""
    here.ids = {str(known["name"]): str(known["id"]) async for known in memberships(client)}
    here.read_at = asyncio.get_running_loop().time()


async def memberships(client: AsyncWebClient, user: str | None = None) -> AsyncIterator[dict[str, Any]]:
    """The channels in which the bot is; with a person's id, those in which both are."""
    cursor = ""
    while True:
        page = await client.users_conversations(
            user=user,
            types="public_channel,private_channel",
            exclude_archived=True,
            limit=PAGE,
            cursor=cursor or None,
        )
        for known in page["channels"]:
            yield known
        cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
        if not cursor:
            return
