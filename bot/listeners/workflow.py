"""The step “Create research brief” of Workflow Builder: a brief is written and posted when a workflow comes to it.

Source: https://docs.slack.dev/workflows/workflow-steps
"""

from collections.abc import Mapping
from datetime import UTC
from typing import Any

from slack_bolt.async_app import AsyncApp, AsyncBoltContext
from slack_bolt.context.complete.async_complete import AsyncComplete
from slack_bolt.context.fail.async_fail import AsyncFail
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.choices import offered, profile_name
from bot.delivery import deliver
from bot.listeners.desk import Desk
from bot.listeners.errors import sentence_for
from bot.listeners.ordering import ALREADY_WRITING, UNCONFIRMED
from bot.listeners.orders import Order, read_order
from bot.manifest import STEP
from pipeline.errors import BriefError, DeliveryError


def register(app: AsyncApp, desk: Desk) -> None:
    """Listens to the step."""

    @app.function(STEP)
    async def on_step(
        inputs: dict[str, Any],
        context: AsyncBoltContext,
        client: AsyncWebClient,
        complete: AsyncComplete,
        fail: AsyncFail,
    ) -> None:
        with desk.at_work():
            try:
                outputs = await _brief(desk, _bots_own(context, client), inputs)
            except Exception as error:  # a workflow waits until it is told something
                await fail(sentence_for(error))
            else:
                await complete(outputs)


def _bots_own(context: AsyncBoltContext, client: AsyncWebClient) -> AsyncWebClient:
    """A client with the bot's token: the one of the step ends with the step."""
    return AsyncWebClient(
        token=context.bot_token, base_url=client.base_url, retry_handlers=client.retry_handlers
    )


async def _brief(desk: Desk, client: AsyncWebClient, inputs: Mapping[str, Any]) -> dict[str, str]:
    """Writes and posts the brief that a workflow asks for; the outputs of the step."""
    services, channel = desk.services, str(inputs.get("channel") or "")
    order = _order(desk, channel, inputs)
    await desk.doors.check_workflow(client, channel, order.profile.title)
    if channel in desk.writing:
        raise BriefError(ALREADY_WRITING)
    desk.writing.add(channel)
    try:
        brief = await services.write(order.profile, order.window, channel)
        result = await deliver(
            services.records, client, brief, channel, now=services.now(), limits=desk.limits
        )
    finally:
        desk.writing.discard(channel)
    if result.state == "unknown" or result.parent_ts is None:
        raise DeliveryError(result.error or UNCONFIRMED)
    return {"title": brief.title, "link": await _link(client, result.channel, result.parent_ts)}


def _order(desk: Desk, channel: str, inputs: Mapping[str, Any]) -> Order:
    config = offered(desk.services.settings.config, channel)
    today = desk.services.now().astimezone(UTC).date()
    since = str(inputs.get("since") or "").strip()
    words = str(inputs.get("topic") or "").strip()
    own = profile_name(channel) if profile_name(channel) in config.profiles else config.profile_of([channel])
    return read_order(f"{words} since {since.removeprefix('since ')}" if since else words, config, own, today)


async def _link(client: AsyncWebClient, channel: str, ts: str) -> str:
    try:
        found = await client.chat_getPermalink(channel=channel, message_ts=ts)
    except (TimeoutError, SlackApiError):
        return ""
    return str(found["permalink"])
