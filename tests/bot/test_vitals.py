"""Health and figures over HTTP, and the end that a host asks for."""

import asyncio
import os
import re
import signal
import socket
import sys
import time

import aiohttp
import pytest

from bot.slots import Slots
from bot.vitals import Vitals, ask_alive, listening
from bot.workspace import Fault, Workspace
from pipeline.errors import SettingsError


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


async def get(port, path):
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{port}{path}") as answer,
    ):
        return answer.status, await answer.text()


@pytest.fixture
def looked():
    return [time.monotonic()]


@pytest.fixture
async def port(workspace, records, looked):
    from slack_sdk.web.async_client import AsyncWebClient

    client = AsyncWebClient(token=workspace.bot_token, base_url=workspace.api_url, retry_handlers=[])
    chosen = free_port()
    async with listening(Vitals(Slots(records), client, lambda: looked[0]), "127.0.0.1", chosen):
        yield chosen


async def test_a_working_bot_is_alive_and_ready(port):
    assert await get(port, "/healthz") == (200, "ok\n")
    assert await get(port, "/readyz") == (200, "ok\n")


async def test_a_loop_that_stands_still_is_told(port, looked):
    looked[0] -= 90
    status, text = await get(port, "/healthz")
    assert status == 503
    assert "90 s" in text
    assert (await get(port, "/readyz"))[0] == 503


async def test_a_slack_that_refuses_makes_it_not_ready_but_alive(port, workspace):
    workspace.fail("auth.test", Fault(error="invalid_auth"))
    status, text = await get(port, "/readyz")
    assert (status, "Slack" in text) == (503, True)
    assert (await get(port, "/healthz"))[0] == 200
    assert (await get(port, "/readyz"))[0] == 200


async def test_a_database_that_is_gone_makes_it_not_ready(port, records, monkeypatch):
    monkeypatch.setattr(Slots, "counts", lambda self: 1 / 0)
    assert (await get(port, "/readyz"))[0] == 503


async def test_the_figures_count_slots_and_deliveries_by_state(port, records):
    status, text = await get(port, "/metrics")
    assert status == 200
    assert "brief_idle_seconds" in text
    assert "brief_latest_open_slot_seconds 0.0" in text


@pytest.mark.slow
async def test_a_bot_that_is_told_to_end_does_so_in_time(tmp_path):
    config = tmp_path / "brief.toml"
    config.write_text(
        '[[feeds]]\nname = "none"\nurl = "https://example.invalid/feed"\nenabled = false\n'
        f'[profiles.p]\ntitle = "P"\ntopic = "anything"\n[health]\nport = {(port := free_port())}\n'
    )
    async with Workspace() as workspace:
        tokens = {
            "SLACK_BOT_TOKEN": workspace.bot_token,
            "SLACK_APP_TOKEN": workspace.app_token,
            "SLACK_API_URL": workspace.api_url,
        }
        command = ["-m", "bot.cli", "run", "--home", str(tmp_path / "home"), "--config", str(config)]
        process = await asyncio.create_subprocess_exec(
            sys.executable, *command, env={**os.environ, **tokens}, stderr=asyncio.subprocess.PIPE
        )
        await workspace.connected(60)
        async with asyncio.timeout(20):
            while True:
                try:
                    assert (await get(port, "/healthz"))[0] == 200
                    break
                except aiohttp.ClientConnectorError:
                    await asyncio.sleep(0.1)
        started = time.monotonic()
        process.send_signal(signal.SIGTERM)
        _, complaint = await asyncio.wait_for(process.communicate(), 25)
        assert (process.returncode, b"Traceback" in complaint) == (0, False)
        assert time.monotonic() - started < 20


async def test_a_container_asks_whether_the_bot_is_alive(port, services, looked):
    from bot.settings import HealthTable

    config = services.settings.config.model_copy(update={"health": HealthTable(port=port)})
    settings = services.settings.model_copy(update={"config": config})
    assert await asyncio.to_thread(ask_alive, settings) is None
    looked[0] -= 90
    complaint = await asyncio.to_thread(ask_alive, settings) or ""
    assert re.search(r"nothing was looked at for (9\d|1\d\d) s", complaint)
    nobody = config.model_copy(update={"health": HealthTable(port=free_port())})
    settings = settings.model_copy(update={"config": nobody})
    assert "does not answer" in await asyncio.to_thread(ask_alive, settings)
    with pytest.raises(SettingsError, match=r"health\.port"):
        ask_alive(services.settings)
