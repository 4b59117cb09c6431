"""The bot over HTTP: what Slack posts to it, and whether it lives and is ready.

Bolt's adapter for aiohttp checks each request's signature and age, and answers the challenge by which Slack verifies
the address. Source: https://docs.slack.dev/authentication/verifying-requests-from-slack
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.manifest import EVENTS
from bot.vitals import Vitals, health_routes
from pipeline.errors import SettingsError

log = logging.getLogger(__name__)

LARGEST = 2 * 1024 * 1024
"""Bytes of a request. A view holds at most 250 kB, which a form triples at most; a click brings its message as well."""
SLOWEST = 10.0
"""Seconds for a request's body."""


class WebLine:
    """Listens for Slack's requests. `open` raises SettingsError where the port is taken."""

    def __init__(self, app: AsyncApp, vitals: Vitals, host: str, port: int) -> None:
        self._app, self._host, self._port = app, host, port
        application = web.Application(client_max_size=LARGEST)
        application.add_routes([web.post(EVENTS, self._receive), *health_routes(vitals), *self._pages()])
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.5)

    async def open(self) -> None:
        """Begins to listen."""
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self._host, self._port).start()
        except OSError as error:
            await self._runner.cleanup()
            raise SettingsError(
                f"http.port: {self._host}, port {self._port} cannot be listened on ({error.strerror})"
            ) from error
        log.info("listening for Slack on %s, port %d", self._host, self._port)

    async def close(self) -> None:
        """Takes no more requests."""
        await self._runner.cleanup()

    def _pages(self) -> list[web.RouteDef]:
        """Where the app is installed by a link: its first page, and the one to which Slack sends the browser back."""
        flow = self._app.oauth_flow
        if flow is None:
            return []
        return [
            web.get(flow.install_path, _page(flow.handle_installation)),
            web.get(flow.redirect_uri_path, _page(flow.handle_callback)),
        ]

    async def _receive(self, request: web.Request) -> web.Response:
        try:
            async with asyncio.timeout(SLOWEST):
                body = (await request.read()).decode()
            asked = AsyncBoltRequest(body=body, query=request.query_string, headers=dict(request.headers))
        except TimeoutError:
            return web.Response(status=408)
        except (ValueError, TypeError, AttributeError, RecursionError):  # Slack sends nothing of the kind
            return web.Response(status=400)
        return await to_aiohttp_response(await self._app.async_dispatch(asked))


def _page(
    show: Callable[[AsyncBoltRequest], Awaitable[BoltResponse]],
) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def answer(request: web.Request) -> web.Response:
        return await to_aiohttp_response(await show(await to_bolt_request(request)))

    return answer
