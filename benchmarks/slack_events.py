"""Events of Slack in numbers: how soon each is acknowledged, and whether each is handled once, whatever Slack repeats.

    python -m benchmarks.slack_events                 200 events of all kinds at one moment, by Socket Mode and by HTTP
    python -m benchmarks.slack_events --again 1000    so many events, each sent one to four times in random order, with
                                                      the bot ended and started again on the way

The bot is the real one in a process of its own, the local workspace stands for Slack. Beside its times stand those of
a Bolt app without any listener that is sent the same. Exit status 1 if the 95th of 100 acknowledgements takes more than
a second, or if a question is answered twice or not at all.
"""

import argparse
import asyncio
import random
import shutil
import socket
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_server import AsyncSlackAppServer
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from benchmarks.questions_at_once import STARTING, fill, one_alone, settings
from bot.app import run
from bot.manifest import EVENTS
from bot.services import Services
from bot.workspace import User, Workspace
from bot.workspace.sockets import Delivery

PEOPLE = 40
WITHIN = 1.0
PATIENCE = 300.0
SECRET = "local-signing-secret"


def main() -> None:
    """Prints the figures; with `--bot` or `--bare` it is the process that is measured."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--events", type=int, default=200)
    parser.add_argument("--again", type=int, metavar="N")
    for kind in ("--bot", "--bare"):
        parser.add_argument(kind, nargs=3, metavar=("HOME", "URL", "PORT"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.bot:
        home, url, port = given.bot
        with Services(of_transport(Path(home), url, int(port))) as services:
            asyncio.run(run(services))
    elif given.bare:
        asyncio.run(bare(given.bare[1], int(given.bare[2])))
    else:
        with tempfile.TemporaryDirectory() as folder:
            home = Path(folder) / "home"
            fill(home)
            work = once(home, given.again) if given.again else at_once(home, given.events)
            sys.exit(asyncio.run(work))


def of_transport(home: Path, url: str, port: int) -> Any:
    """The bot's settings: over HTTP on this port, or by Socket Mode for port 0."""
    found = settings(home, url)
    if not port:
        return found
    table = found.config.http.model_copy(update={"host": "127.0.0.1", "port": port})
    secrets = found.secrets.model_copy(update={"slack_signing_secret": SecretStr(SECRET)})
    config = found.config.model_copy(update={"http": table})
    return found.model_copy(update={"config": config, "secrets": secrets}).over_http()


async def bare(url: str, port: int) -> None:
    """A Bolt app that acknowledges and does nothing."""
    client = AsyncWebClient(token="xoxb-local-bot", base_url=url)
    app = AsyncApp(client=client, signing_secret=SECRET)

    @app.middleware
    async def nothing(ack: Any) -> Any:
        return await ack()

    if port:
        server = AsyncSlackAppServer(port=port, path=EVENTS, app=app, host="127.0.0.1")
        from aiohttp import web

        runner = web.AppRunner(server.web_app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
    else:
        await AsyncSocketModeHandler(app, "xapp-local-app").connect_async()  # type: ignore[no-untyped-call]
    await asyncio.Event().wait()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@asynccontextmanager
async def slack(port: int) -> Any:
    """A workspace with many people, that calls the port or is called for port 0."""
    people = [User(id=f"U{n:04d}", name=f"person{n}", real_name=f"Person {n}") for n in range(PEOPLE)]
    url = f"http://127.0.0.1:{port}{EVENTS}" if port else ""
    async with Workspace(
        people=people, ack_timeout=3.0, retry_delays=(0.0, 5.0, 10.0), request_url=url
    ) as workspace:
        yield workspace


@asynccontextmanager
async def process(kind: str, home: Path, workspace: Workspace, port: int) -> Any:
    """The program under test, connected; it is told to end afterwards."""
    command = ["-m", "benchmarks.slack_events", kind, str(home), workspace.api_url, str(port)]
    started = await asyncio.create_subprocess_exec(sys.executable, *command)
    try:
        await workspace.connected(60)
        yield started
    finally:
        with suppress(ProcessLookupError):
            started.terminate()
        await started.wait()


# How soon


async def at_once(home: Path, count: int) -> int:
    """Sends the events at one moment to each program by each way, and prints the times."""
    late = False
    for port, way in ((0, "Socket Mode"), (free_port(), "HTTP")):
        for kind, what in (("--bare", "Bolt alone"), ("--bot", "the bot")):
            own = shutil.copytree(home, home.with_name(f"{home.name}{kind}{port}"))  # nothing waits in it
            async with slack(port) as workspace, process(kind, own, workspace, port):
                if kind == "--bot":
                    await one_alone(workspace)  # what is loaded with the first question is loaded then
                    await asyncio.sleep(STARTING)
                sent = await act(workspace, count)
                times = await acknowledged(sent)
            p95 = times[int(0.95 * (len(times) - 1))]
            print(
                f"{way}, {what}: {len(times)} events, acknowledged: median {times[len(times) // 2]:.3f} s, "
                f"p95 {p95:.3f} s, last {times[-1]:.3f} s",
                flush=True,
            )
            late |= kind == "--bot" and p95 > WITHIN
    return int(late)


async def act(workspace: Workspace, count: int) -> list[Delivery]:
    """Lets people do all that they can do, at one moment; returns what was sent to the app."""
    roots = [workspace.say(f"person{n}", "general", f"hello {n}") for n in range(PEOPLE)]
    await workspace.settled(60)
    deliveries = (workspace.requests or workspace.hub).deliveries
    known = len(deliveries)
    for n in range(count):
        person, root = f"person{n % PEOPLE}", roots[n % PEOPLE]
        match n % 8:
            case 0 | 1:
                workspace.mention(person, "research", f"what was found about agents in case {n}?")
            case 2:
                workspace.say(person, "dm", f"which works tell about tools in case {n}?")
            case 3:
                workspace.slash(
                    person, "research", "/brief", ("help", "status", "last", "search agents")[n % 4]
                )
            case 4:
                workspace.open_home(person)
            case 5:
                workspace.react(person, root.ts, f"eyes{n}")
            case 6:
                workspace.shortcut(person, root.ts, "ask_about")
            case _:
                workspace.say(person, "general", f"a remark {n}", root.ts)
    return deliveries[known:]


async def acknowledged(sent: Sequence[Delivery]) -> list[float]:
    """Seconds until each was acknowledged, in order; without end for those that never were."""
    with suppress(TimeoutError):
        async with asyncio.timeout(60):
            while not all(one.done for one in sent):  # noqa: ASYNC110 - a command not acknowledged is given up
                await asyncio.sleep(0.05)
    return sorted((one.acked_at or float("inf")) - (one.sent_at or 0.0) for one in sent)


# Once


@dataclass
class Recorder:
    """Takes the place of the line to the app and keeps what would be sent."""

    payloads: list[Any] = field(default_factory=list)

    def send(self, kind: str, payload: Any, **_: Any) -> Delivery:
        """Keeps a payload."""
        self.payloads.append(payload)
        return Delivery(kind, payload)


async def once(home: Path, count: int) -> int:
    """Sends each of the events one to four times, ends the bot on the way, and counts the answers."""
    chance = random.Random(7)
    async with slack(0) as workspace:
        payloads = recorded(workspace, count // 2)
        order = [one for one in payloads for _ in range(chance.randint(1, 4))]
        chance.shuffle(order)
        half, enough = len(order) // 2, count // 2
        for part, answered in ((order[:half], enough // 4), (order[half:], enough)):
            async with process("--bot", home, workspace, 0):
                for payload in part:
                    workspace.hub.send("events_api", payload)
                    await asyncio.sleep(0)
                await workspace.until(partial(_has, workspace, answered), PATIENCE)
                if answered == enough:
                    await workspace.settled(60)
                    await asyncio.sleep(3.0)
    asked = {one["event"]["ts"] for one in payloads}
    found = Counter(message.thread_ts for message in answers(workspace))
    missing, twice = len(asked - set(found)), sum(number > 1 for number in found.values())
    print(
        f"{len(payloads)} events of {len(asked)} questions, sent {len(order)} times in random order, the bot started "
        f"twice: {missing} not answered, {twice} answered more than once"
    )
    return int(bool(missing or twice))


def _has(workspace: Workspace, count: int) -> bool:
    return len(answers(workspace)) >= count


def recorded(workspace: Workspace, count: int) -> list[Any]:
    """So many mentions, each as the two events that Slack makes of it."""
    line, workspace.events.sender = workspace.events.sender, Recorder()
    recorder = workspace.events.sender
    for n in range(count):
        workspace.mention(f"person{n % PEOPLE}", "research", f"what was found about agents in case {n}?")
    workspace.events.sender = line
    return list(recorder.payloads)


def answers(workspace: Workspace) -> list[Any]:
    """The bot's messages in threads."""
    return [m for m in workspace.messages("research") if m.by_app and m.thread_ts and not m.visible_to]


if __name__ == "__main__":
    main()
