"""A workspace that removes the app, or takes its token back, is forgotten."""

from typing import Any

from slack_bolt.async_app import AsyncApp

from bot.listeners.desk import Desk


def register(app: AsyncApp, desk: Desk) -> None:
    """Listens to the two events, where the app is installed in several workspaces."""
    workspaces = desk.workspaces
    if workspaces is None:
        return

    @app.event("app_uninstalled")
    async def on_uninstalled(body: dict[str, Any]) -> None:
        await workspaces.forget(str(body["team_id"]))

    @app.event("tokens_revoked")
    async def on_revoked(body: dict[str, Any], event: dict[str, Any]) -> None:
        if event.get("tokens", {}).get("bot"):
            await workspaces.forget(str(body["team_id"]))
