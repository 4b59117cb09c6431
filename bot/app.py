"""The Slack app: Bolt with its listeners, the line to Slack (Socket Mode or HTTP), the schedule, and the outbox."""

import asyncio
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.utils import parsedate_to_datetime
from typing import Any, Protocol

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.delivery import CLOCK_SKEW, ClientOf, Limits, always, resume
from bot.listeners import questions, register_listeners, resuming
from bot.listeners.desk import Desk, Services
from bot.listeners.doors import only_served
from bot.manifest import left_out, missing
from bot.open_requests import CountingApp
from bot.refusals import outcome_of
from bot.schedule import Waker
from bot.settings import Settings
from bot.vitals import Vitals, listening
from bot.web import WebLine
from bot.worker import Worker
from pipeline.errors import BriefError, SettingsError

__all__ = ["Services", "build_app", "check_tokens", "run", "slack_client"]

log = logging.getLogger(__name__)

RESUME_EVERY = 600.0
"""Seconds after which deliveries that Slack held up are tried again."""
READ_EVERY = 600.0
"""Seconds between two looks whether the feeds are due."""
FORGET_EVERY = 6 * 3600.0
"""Seconds between two looks whether something is older than it is to be kept."""

PATIENCE = 12.0
"""Seconds for answers and briefs under way at the end."""
TURN = 0.001
"""Seconds for which a thread at work on an answer or a brief keeps the interpreter, by default 0.005: acknowledgements
of what comes meanwhile wait so long for each of them, many times over."""
NO_SIGNING = "SLACK_SIGNING_SECRET: is not set; copy it from Basic Information of the app's settings"
LIMIT = 19.0
"""Seconds from the signal to the end, whatever threads are still at: hosts kill after 30. Leases lead others on."""


def build_app(services: Services, *, client: AsyncWebClient | None = None) -> AsyncApp:
    """The Bolt app with all its listeners, not yet connected."""
    return _build(_desk(services, client := client or slack_client(services.settings)), client)


def slack_client(settings: Settings) -> AsyncWebClient:
    """A client that repeats a call only where Slack asks for it (429); with the bot token, if there is only one."""
    token = settings.secrets.slack_bot_token
    if token is None and not settings.installs:
        raise SettingsError(
            "SLACK_BOT_TOKEN: is not set; copy the Bot User OAuth Token from the app's settings"
        )
    return AsyncWebClient(
        token=None if token is None or settings.installs else token.get_secret_value(),
        base_url=settings.slack_api_url,
        retry_handlers=[AsyncRateLimitErrorRetryHandler(max_retry_count=3)],
    )


def _desk(services: Services, client: AsyncWebClient, limits: Limits | None = None) -> Desk:
    settings = services.settings
    if not settings.installs:
        return Desk(services, limits or Limits())
    if settings.config.slack.transport != "http":
        raise SettingsError("slack.transport: must be http where SLACK_CLIENT_ID is set")
    from bot.oauth import Workspaces

    return Desk(services, limits or Limits(), workspaces=Workspaces(settings, services.records, client))


def _build(desk: Desk, client: AsyncWebClient) -> AsyncApp:
    settings = desk.services.settings
    secret = settings.secrets.slack_signing_secret
    if secret is None and settings.config.slack.transport == "http":
        raise SettingsError(NO_SIGNING)
    many: dict[str, Any] = {}
    if desk.workspaces is not None:
        many = {"authorize": desk.workspaces, "oauth_flow": desk.workspaces.flow()}
    app = CountingApp(
        desk.requests,
        name="brief",  # without one, Bolt reads the sources of all callers to find it
        client=client,
        signing_secret=secret.get_secret_value() if secret else "",
        request_verification_enabled=secret is not None,
        **many,
    )
    register_listeners(app, desk)
    return app


async def run(services: Services, stop: asyncio.Event | None = None, *, limits: Limits | None = None) -> None:
    """Connects and works until `stop` is set, or the process is told to end; SettingsError for a refused token."""
    import aiohttp

    sys.setswitchinterval(TURN)
    client = slack_client(services.settings)
    # Connections are kept for the next call, but never for a message: a kept one may have ended unnoticed.
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=client.timeout)) as client.session:
        await _work(services, client, _desk(services, client, limits), stop)


async def _work(services: Services, client: AsyncWebClient, desk: Desk, stop: asyncio.Event | None) -> None:
    client_of = desk.workspaces.client_of if desk.workspaces else always(client)
    client_of = only_served(client_of, desk.doors, desk.limits.places)
    worker = Worker(services, client, desk.limits, at_work=desk.at_work, client_of=client_of)
    vitals = Vitals(worker.slots, client, lambda: worker.looked)
    line = _line(_build(desk, client), services.settings, vitals)
    if desk.workspaces is None:
        await _check_bot_token(client)
    waker = Waker(worker.look)
    resuming: asyncio.Task[None] | None = None
    reading: asyncio.Task[None] | None = None
    forgetting: asyncio.Task[None] | None = None
    answering: asyncio.Task[None] | None = None
    try:
        # Before anything new comes in: what was asked first is answered first.
        answering = asyncio.create_task(_answer_what_waits(desk, client_of))
        await line.open()
        resuming = asyncio.create_task(_keep_resuming(desk, client_of))
        reading = asyncio.create_task(_keep_reading(desk))
        forgetting = asyncio.create_task(_keep_forgetting(desk))
        await waker.start()
        table = services.settings.config.health
        async with listening(vitals, table.host, table.port):
            with _told_to_end(stop) as end:
                await end.wait()
    finally:
        waker.stop()
        worker.stop_taking()
        await line.close()
        await desk.finish(PATIENCE)
        await worker.finish()
        for task in (resuming, reading, forgetting, answering):
            if task is not None:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
        log.info("disconnected")


async def check_tokens(settings: Settings) -> str:
    """Who the tokens belong to, in words.

    Raises SettingsError if Slack refuses one or a scope is missing, BriefError if it cannot be asked or the clocks
    differ too much.
    """
    over_http = settings.config.slack.transport == "http"
    client = slack_client(settings)
    if over_http and settings.secrets.slack_signing_secret is None:
        raise SettingsError(NO_SIGNING)
    app_token = "" if over_http else _app_token(settings)
    me = await _check_bot_token(client)
    if app_token:
        with _refusals("SLACK_APP_TOKEN"):
            await client.apps_connections_open(app_token=app_token)
    headers = {name.lower(): value for name, value in me.headers.items()}
    if skew := _skew(str(headers.get("date", ""))):
        raise BriefError(
            f"this machine's clock is {abs(skew):.0f} s {'ahead of' if skew > 0 else 'behind'} Slack's: have it set "
            "by NTP, or messages of unknown outcome are looked for at the wrong time"
        )
    granted = {scope.strip() for scope in str(headers.get("x-oauth-scopes", "")).split(",") if scope.strip()}
    if granted and (lacking := missing(granted)):
        raise SettingsError(
            f"SLACK_BOT_TOKEN: {'; '.join(lacking)}. Add what is missing under OAuth & Permissions, "
            "or paste `brief slack manifest` under App Manifest, and install the app again"
        )
    told = f"@{me['user']} in the workspace {me['team']}"
    return "; ".join([told, *(left_out(granted) if granted else ())])


def _skew(date: str) -> float:
    """By how many seconds this machine's clock is ahead of a Date header; 0 if the difference does no harm."""
    try:
        difference = time.time() - parsedate_to_datetime(date).timestamp()
    except ValueError:
        return 0.0
    return difference if abs(difference) > CLOCK_SKEW / 2 else 0.0


def _app_token(settings: Settings) -> str:
    token = settings.secrets.slack_app_token
    if token is None:
        raise SettingsError(
            "SLACK_APP_TOKEN: is not set; make an app-level token with the scope connections:write"
        )
    return token.get_secret_value()


async def _check_bot_token(client: AsyncWebClient) -> AsyncSlackResponse:
    with _refusals("SLACK_BOT_TOKEN"):
        return await client.auth_test()


class Line(Protocol):
    """The way by which events come from Slack."""

    async def open(self) -> None:
        """Begins to receive; SettingsError or BriefError where that is not possible."""

    async def close(self) -> None:
        """Receives no more."""


def _line(app: AsyncApp, settings: Settings, vitals: Vitals) -> Line:
    if settings.config.slack.transport == "http":
        return WebLine(app, vitals, *settings.listens_on)
    return SocketLine(app, _app_token(settings))


class SocketLine:
    """Socket Mode: the bot calls Slack."""

    def __init__(self, app: AsyncApp, app_token: str) -> None:
        self._app, self._token = app, app_token
        self._handler: AsyncSocketModeHandler | None = None

    async def open(self) -> None:
        """Connects."""
        self._handler = handler = AsyncSocketModeHandler(self._app, self._token)
        with _refusals("SLACK_APP_TOKEN"):
            # The client itself would try a refused token again and again, without a word to the caller.
            handler.client.wss_uri = await handler.client.issue_new_wss_url()
        await handler.connect_async()  # type: ignore[no-untyped-call]
        log.info("connected to Slack")

    async def close(self) -> None:
        """Disconnects."""
        if self._handler is not None:
            await self._handler.close_async()  # type: ignore[no-untyped-call]


@contextmanager
def _refusals(field: str) -> Iterator[None]:
    """Turns Slack's refusal of a token into a SettingsError, and silence into a BriefError."""
    try:
        yield
    except SlackApiError as error:
        outcome = outcome_of(error)
        if outcome.kind != "refused":
            raise BriefError(
                f"Slack did not answer as it should ({outcome.code}); try again later."
            ) from error
        raise SettingsError(
            f"{field}: Slack says {outcome.code}; copy it again from the app's settings"
        ) from error
    except Exception as error:
        raise BriefError(f"Slack cannot be reached ({type(error).__name__}); check the network.") from error


async def _answer_what_waits(desk: Desk, client_of: ClientOf) -> None:
    try:
        await questions.resume(desk, client_of)
    except Exception as error:
        log.error("questions of an earlier run could not be answered: %s", type(error).__name__)


async def _keep_resuming(desk: Desk, client_of: ClientOf) -> None:
    while True:
        await _resume(desk, client_of)
        await asyncio.sleep(RESUME_EVERY)


async def _keep_reading(desk: Desk) -> None:
    """A listing of arXiv is in its feed for one day only: the feeds are read all week, not when a brief is due."""
    while True:
        try:
            await desk.services.refresh()
        except Exception:
            log.exception("the feeds could not be read")
        await asyncio.sleep(READ_EVERY)


async def _keep_forgetting(desk: Desk) -> None:
    while True:
        try:
            await asyncio.to_thread(desk.services.forget_old)
        except Exception as error:
            log.error("what is old could not be forgotten: %s", type(error).__name__)
        await asyncio.sleep(FORGET_EVERY)


async def _resume(desk: Desk, client_of: ClientOf) -> None:
    with desk.at_work():
        try:
            await resume(desk.services.records, client_of, now=desk.services.now(), limits=desk.limits)
        except Exception as error:
            log.error("deliveries of an earlier run could not be completed: %s", type(error).__name__)
    await resuming.resume(desk, client_of)


def _end(told: asyncio.Event) -> None:
    """Ends the work; and the process, should a thread not come to an end."""
    told.set()
    last = threading.Timer(LIMIT, os._exit, [0])
    last.daemon = True
    last.start()


@contextmanager
def _told_to_end(stop: asyncio.Event | None) -> Iterator[asyncio.Event]:
    """The caller's event, or one that SIGINT and SIGTERM set, where the platform and the thread allow it."""
    if stop is not None:
        yield stop
        return
    end, loop, handled = asyncio.Event(), asyncio.get_running_loop(), []
    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError, ValueError, RuntimeError):
            loop.add_signal_handler(number, _end, end)
            handled.append(number)
    try:
        yield end
    finally:
        for number in handled:
            loop.remove_signal_handler(number)
