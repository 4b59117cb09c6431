"""The Home tab: what the bot does, and when the next briefs are due."""

from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.listeners.desk import Desk
from bot.schedule import next_due
from bot.views.help import home_view


def register(app: AsyncApp, desk: Desk) -> None:
    """Publishes the Home tab whenever it is opened."""

    @app.event("app_home_opened")
    async def on_home(event: dict[str, Any], client: AsyncWebClient) -> None:
        if event.get("tab", "home") != "home":
            return
        config, now = desk.services.settings.config, desk.services.now()
        runs = [(subscription, next_due(subscription, now)) for subscription in config.subscriptions]
        view = home_view(config, sorted(runs, key=lambda run: run[1]))
        await client.views_publish(user_id=event["user"], view=view)
