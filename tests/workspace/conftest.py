from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.workspace import Workspace

Running = Callable[[AsyncApp, Workspace], AbstractAsyncContextManager[AsyncSocketModeHandler]]


class Clock:
    """A clock that a test moves by hand."""

    def __init__(self, now: float = 1_790_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def workspace() -> AsyncIterator[Workspace]:
    async with Workspace(ack_timeout=0.3) as local:
        yield local


@pytest.fixture
def client_of() -> Callable[..., AsyncWebClient]:
    def make(workspace: Workspace, token: str | None = None) -> AsyncWebClient:
        bearer = workspace.bot_token if token is None else token
        return AsyncWebClient(token=bearer, base_url=workspace.api_url)

    return make


@pytest.fixture
def client(workspace: Workspace, client_of: Callable[..., AsyncWebClient]) -> AsyncWebClient:
    return client_of(workspace)


@pytest.fixture
def app(client: AsyncWebClient) -> AsyncApp:
    """A Bolt app as a bot makes it: a token and an address, nothing special."""
    return AsyncApp(client=client)


@pytest.fixture
def running() -> Running:
    @asynccontextmanager
    async def connected(app: AsyncApp, workspace: Workspace) -> AsyncIterator[AsyncSocketModeHandler]:
        before = len(workspace.hub.usable)
        handler = AsyncSocketModeHandler(app, workspace.app_token)
        await handler.connect_async()
        await workspace.until(lambda: len(workspace.hub.usable) > before)
        try:
            yield handler
        finally:
            await handler.close_async()

    return connected
