"""A process that is told to end while a model writes or Slack does not answer: it ends in time, another goes on.

The patience is a tenth of the program's own, so that the tests are quick.
"""

import asyncio
import signal
import sys
import time

import pytest

from bot import app
from bot.settings import Subscription
from bot.tables import deliveries, slots
from bot.workspace import Fault

PROCESS = """
import asyncio, sys, time
from pathlib import Path
from pydantic import SecretStr
from bot import app
from bot.conversations import Conversations
from bot.records import Records
from bot.settings import Config, Secrets, Settings
from pipeline.store import open_engine
from tests.bot.conftest import QUICK, FakeServices

home, url, bot_token, app_token, profile, busy = sys.argv[1:]
app.PATIENCE, app.LIMIT = app.PATIENCE / 10, app.LIMIT / 10
config = Config.model_validate({
    "feeds": [{"name": "f", "url": "https://example.org/feed"}],
    "profiles": {profile: {"title": "P", "topic": "anything"}},
    "subscriptions": [{"channel": "#research", "profile": profile, "day": "mon", "time": "09:00:00"}],
})
secrets = Secrets(slack_bot_token=SecretStr(bot_token), slack_app_token=SecretStr(app_token))
settings = Settings(home=Path(home), config=config, config_file=Path(home, "brief.toml"), secrets=secrets,
                    slack_api_url=url)
engine = open_engine(f"sqlite:///{home}/brief.db")
services = FakeServices(settings, Records(engine), Conversations(engine))

async def never(*_, **__):
    print("busy", flush=True)
    await asyncio.to_thread(time.sleep, 600)

if busy == "model":
    services.write = never
asyncio.run(app.run(services, limits=QUICK))
"""


def test_the_program_ends_before_hosts_kill_it():
    assert app.PATIENCE < app.LIMIT < 20


@pytest.mark.skipif(sys.platform == "win32", reason="SIGTERM cannot be handled there")
@pytest.mark.parametrize("busy", ["model", "slack"])
async def test_a_process_told_to_end_hands_its_work_over_in_time(workspace, services, records, start, busy):
    if busy == "slack":
        workspace.fail("chat.postMessage", Fault(hang=600, accept=True, skip=1))
    arguments = [str(services.settings.home), workspace.api_url, workspace.bot_token, workspace.app_token]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROCESS, *arguments, "agents", busy, stdout=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(60):
        if busy == "model":
            await process.stdout.readline()
        else:
            while len(workspace.calls("chat.postMessage")) < 2:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(process.wait(), 20) == 0
    assert time.monotonic() - began < app.LIMIT / 10 + 4, "the margin is for a busy machine"
    with records.engine.connect() as connection:
        assert [row.owner for row in connection.execute(slots.select())] == [None]
        assert all(row.owner is None for row in connection.execute(deliveries.select()))

    workspace.faults.clear()
    wanted = Subscription.model_validate(
        {"channel": "#research", "profile": "agents", "day": "mon", "time": "09:00:00"}
    )
    config = services.settings.config.model_copy(update={"subscriptions": (wanted,)})
    services.settings = services.settings.model_copy(update={"config": config})
    async with start(), asyncio.timeout(30):
        while [row["state"] for row in records.deliveries()] != ["posted"]:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    parts = [m.metadata["event_payload"]["part"] for m in workspace.messages("research") if m.by_app]
    assert parts == list(range(len(parts)))
    assert len(parts) > 1
