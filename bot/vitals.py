"""Whether the bot lives and is ready, and its figures, over HTTP: /healthz, /readyz, /metrics.

Nothing of what people wrote, and no channel, is in any answer.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from slack_sdk.web.async_client import AsyncWebClient

from bot.settings import Settings
from bot.slots import Slots
from pipeline.errors import SettingsError

LOOKS_WITHIN = 60.0
"""Seconds; the bot looks every fifteen whether something is due."""
SLACK_WITHIN = 600.0


@dataclass
class Vitals:
    """What a look at the running bot tells."""

    slots: Slots
    client: AsyncWebClient
    looked: Callable[[], float]
    """When the bot last looked whether something is due, by the monotonic clock."""
    _slack_until: float = 0.0
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    def alive(self) -> str | None:
        """What is wrong with the process itself; none if it works."""
        idle = time.monotonic() - self.looked()
        return f"nothing was looked at for {idle:.0f} s" if idle > LOOKS_WITHIN else None

    async def ready(self) -> str | None:
        """What keeps the bot from working at present; none if nothing does."""
        try:
            await asyncio.to_thread(self.slots.counts)
        except Exception as error:
            return f"the database does not answer ({type(error).__name__})"
        async with self._lock:
            if time.monotonic() > self._slack_until:
                try:
                    # Where each workspace has its own token, Slack can still be asked whether it is there.
                    await (self.client.auth_test() if self.client.token else self.client.api_test())
                except Exception as error:
                    return f"Slack does not answer as it should ({type(error).__name__})"
                self._slack_until = time.monotonic() + SLACK_WITHIN
        return self.alive()

    def metrics(self) -> tuple[bytes, str]:
        """The figures in Prometheus's text format, and its content type; blocks."""
        from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest

        registry = CollectorRegistry()
        counts = self.slots.counts()
        slots = Gauge("brief_slots", "Due briefs by state", ["state"], registry=registry)
        for state, count in counts.states.items():
            slots.labels(state).set(count)
        sent = Gauge("brief_deliveries", "Deliveries by state", ["state"], registry=registry)
        for state, count in counts.deliveries.items():
            sent.labels(state).set(count)
        late = Gauge("brief_latest_open_slot_seconds", "Lateness of the oldest open slot", registry=registry)
        late.set(counts.late_seconds)
        idle = Gauge("brief_idle_seconds", "Since the bot looked whether something is due", registry=registry)
        idle.set(time.monotonic() - self.looked())
        return generate_latest(registry), CONTENT_TYPE_LATEST


def ask_alive(settings: Settings) -> str | None:
    """What a running bot on this machine says is wrong with it; none if it is alive. Blocks, for 5 s at most.

    SettingsError where the settings make it listen nowhere.
    """
    import httpx

    table = settings.config.health
    host, port = (table.host, table.port) if table.port else settings.listens_on
    if not table.port and settings.config.slack.transport != "http" and settings.port is None:
        raise SettingsError("health.port: is not set, so nobody can be asked")
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - a wildcard is no address to ask
    try:
        answer = httpx.get(
            f"http://{f'[{host}]' if ':' in host else host}:{port}/healthz", timeout=5, trust_env=False
        )
    except httpx.HTTPError as error:
        return f"the bot does not answer on port {port} ({type(error).__name__})"
    return None if answer.status_code == 200 else answer.text.strip()


@asynccontextmanager
async def listening(vitals: Vitals, host: str, port: int | None) -> AsyncIterator[None]:
    """Answers on this port for the length of a block; does nothing without a port."""
    if port is None:
        yield
        return
    app = web.Application()
    app.add_routes(health_routes(vitals))

    async def metrics(_: web.Request) -> web.Response:
        body, kind = await asyncio.to_thread(vitals.metrics)
        return web.Response(body=body, headers={"Content-Type": kind})

    app.add_routes([web.get("/metrics", metrics)])
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError as error:
            raise SettingsError(
                f"health.port: {host}, port {port} cannot be listened on ({error.strerror})"
            ) from error
        yield
    finally:
        await runner.cleanup()


def health_routes(vitals: Vitals) -> list[web.RouteDef]:
    """/healthz and /readyz."""
    return [web.get("/healthz", _said(vitals.alive)), web.get("/readyz", _said(vitals.ready))]


def _said(
    what_is_wrong: Callable[[], Awaitable[str | None] | str | None],
) -> Callable[[web.Request], Awaitable[web.Response]]:
    """An answer of 200 with `ok`, or 503 with what is wrong."""

    async def answer(_: web.Request) -> web.Response:
        found: Any = what_is_wrong()
        wrong = await found if asyncio.iscoroutine(found) else found
        return web.Response(text=f"{wrong or 'ok'}\n", status=503 if wrong else 200)

    return answer
