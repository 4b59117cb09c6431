"""Telling one person something that nobody else needs to see."""

from collections.abc import Awaitable, Callable

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.views.message import Message

Tell = Callable[[Message], Awaitable[None]]
"""Shows a message to one person, and to nobody else."""


async def direct_channel(client: AsyncWebClient, user: str) -> str:
    """The id of the person's direct messages with the bot."""
    opened = await client.conversations_open(users=user)
    return str(opened["channel"]["id"])


def tell_alone(client: AsyncWebClient, channel: str, user: str) -> Tell:
    """Tells a person alone: in the channel, or where that is not possible by a direct message."""

    async def tell(message: Message) -> None:
        try:
            await client.chat_postEphemeral(
                channel=channel, user=user, text=message.text, blocks=list(message.blocks)
            )
        except SlackApiError:  # I am not in the channel, or the person is not
            await client.chat_postMessage(channel=await direct_channel(client, user), **message.payload())

    return tell
