"""What Slack sends: acknowledge, read, call a use case, show the result."""

import re

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.listeners import (
    commands,
    errors,
    forgetting,
    forms,
    gate,
    home,
    leaving,
    menu,
    papers,
    parent,
    questions,
    reactions,
    shortcuts,
    subscribing,
    suggesting,
    tasting,
    versions,
    votes,
    workflow,
)
from bot.listeners.desk import Desk


def register_listeners(app: AsyncApp, desk: Desk) -> None:
    """Registers all listeners; the last ones acknowledge whatever else comes, or Slack would send it again."""
    errors.register(app)
    gate.register(app, desk)
    leaving.register(app, desk)
    questions.register(app, desk)
    commands.register(app, desk)
    forms.register(app, desk)
    home.register(app, desk)
    menu.register(app, desk)
    papers.register(app, desk)
    versions.register(app, desk)
    forgetting.register(app, desk)
    parent.register(app, desk)
    reactions.register(app, desk)
    shortcuts.register(app, desk)
    subscribing.register(app, desk)
    suggesting.register(app, desk)
    tasting.register(app, desk)
    votes.register(app, desk)
    workflow.register(app, desk)
    _catch_all(app)


def _catch_all(app: AsyncApp) -> None:
    anything = re.compile(".*", re.DOTALL)

    async def nothing_to_do() -> None:
        return None

    async def acknowledge(ack: AsyncAck) -> None:
        await ack()

    app.event(anything)(nothing_to_do)
    for kind in (app.command, app.action, app.shortcut, app.view, app.view_closed):
        kind(anything)(acknowledge)

    async def nothing_to_choose(ack: AsyncAck) -> None:
        await ack(options=[])

    app.options(anything)(nothing_to_choose)
