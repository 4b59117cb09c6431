"""The step “Create research brief” of Workflow Builder: a brief is written and posted when a workflow comes to it.

Source: https://docs.slack.dev/workflows/workflow-steps
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC
from typing import Any

from slack_bolt.async_app import AsyncApp, AsyncBoltContext
from slack_bolt.context.complete.async_complete import AsyncComplete
from slack_bolt.context.fail.async_fail import AsyncFail
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.choices import offered, profile_name
from bot.clients import with_token
from bot.delivery import deliver
from bot.errands import NewErrand
from bot.listeners import errands
from bot.listeners.desk import Desk
from bot.listeners.doors import WORKFLOW
from bot.listeners.errands import Work
from bot.listeners.ordering import ALREADY_WRITING, UNCONFIRMED
from bot.listeners.orders import Order, read_order
from bot.manifest import STEP
from bot.views.message import Message
from pipeline.errors import BriefError, DeliveryError

ENDED = (
    "execution_not_in_running_state",
    "function_execution_not_in_running_state",
    "function_execution_not_found",
)
"""Slack's answers about a step of which nothing more can be told."""


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
        number, channel = str(context["function_execution_id"]), str(inputs.get("channel") or "")
        own = with_token(client, context.bot_token)  # the token of the step ends with the step

        async def do(work: Work) -> None:
            await complete(await _outputs(work))

        async def failed(sentence: str) -> None:
            await fail(sentence)

        with desk.at_work():
            new = NewErrand(number, "step", channel, WORKFLOW, inputs)
            await errands.begin(desk, own, new, do, nobody_to_tell, failed)


async def resume(desk: Desk, client: AsyncWebClient, number: str) -> None:
    """Goes on with a step that a process left behind; the bot's own token tells how it ended."""

    async def do(work: Work) -> None:
        outputs = await _outputs(work)
        await _end(client.functions_completeSuccess, function_execution_id=number, outputs=outputs)

    async def failed(sentence: str) -> None:
        await _end(client.functions_completeError, function_execution_id=number, error=sentence)

    await errands.go_on(desk, client, number, do, nobody_to_tell, failed)


async def nobody_to_tell(message: Message) -> None:
    """A step was begun by nobody in particular."""


async def _end(call: Callable[..., Awaitable[Any]], **about: Any) -> None:
    try:
        await call(**about)
    except SlackApiError as error:
        if error.response.get("error") not in ENDED:
            raise


async def _outputs(work: Work) -> dict[str, str]:
    """Writes and posts the brief that a workflow asks for; the outputs of the step."""
    desk, channel = work.desk, work.errand.channel
    services = desk.services
    order = _order(desk, channel, work.errand.inputs)
    if not work.is_resumed:
        await desk.doors.check_workflow(work.client, channel, order.profile.title)
    if channel in desk.writing:
        raise BriefError(ALREADY_WRITING)
    desk.writing.add(channel)
    try:
        brief = await work.written(lambda: services.write(order.profile, order.window, channel))
        result = await deliver(
            services.records, work.client, brief, channel, now=services.now(), limits=desk.limits
        )
    finally:
        desk.writing.discard(channel)
    if result.state == "unknown" or result.parent_ts is None:
        raise DeliveryError(result.error or UNCONFIRMED)
    return {"title": brief.title, "link": await _link(work.client, result.channel, result.parent_ts)}


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
