"""`brief demo`: the main job on the sample feeds, in the local workspace. No account, no key.

Three servers of one process on loopback: the sample feeds, the local workspace, and the bot, which reaches
both over HTTP as it reaches real feeds and Slack. Three weeks of feeds are read day by day, then the bot's own
schedule posts the brief of the last week to #research.
"""

import asyncio
import contextlib
import shutil
import signal
import socket
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from time import monotonic

from pydantic import SecretStr

from bot.app import run
from bot.commands.console import complain, print_lines, write_output
from bot.manifest import EVENTS
from bot.sample import DAYS, IN_FULL_TEXT, LAST_DAY, QUESTIONS, UNANSWERABLE, instant, sample_config
from bot.sample.server import SampleFeeds
from bot.services import Services
from bot.settings import Secrets, Settings, read_config
from bot.workspace.server import Workspace, WorkspaceError
from bot.workspace.state import Message
from bot.workspace.transcript import message_lines
from pipeline.errors import BriefError, SettingsError
from pipeline.models import Window
from pipeline.rendering import markdown

CHANNEL = "research"
POST_WITHIN = 120.0
ANSWER_WITHIN = 60.0


class DemoClock:
    """An instant of the sample weeks that goes on from where it was set, at the speed of real time."""

    def __init__(self, moment: datetime) -> None:
        self.set(moment)

    def set(self, moment: datetime) -> None:
        """Takes this instant as now."""
        self._moment, self._since = moment, monotonic()

    def __call__(self) -> datetime:
        return self._moment + timedelta(seconds=monotonic() - self._since)


async def run_demo(
    home: Path | None = None, *, port: int = 8080, once: bool = False, http: bool = False
) -> int:
    """The demo until Ctrl-C, or once through; returns the exit status. With `http` the workspace calls the bot."""
    folder = (home or Path(".brief")).expanduser().absolute() / "demo"
    shutil.rmtree(folder, ignore_errors=True)  # ours alone: the demo always shows the whole way
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    listens_on = free_port() if http else None
    async with _workspace(0 if once else port, listens_on) as workspace, SampleFeeds() as feeds:
        clock = DemoClock(instant(DAYS[0]))
        with Services(_settings(folder, feeds, workspace, listens_on), clock) as services:
            await _read_three_weeks(services, feeds, clock)
            bot = asyncio.create_task(run(services, stop))
            try:
                return await _show(services, workspace, bot, stop, once=once)
            finally:
                stop.set()
                await bot


@contextlib.asynccontextmanager
async def _workspace(port: int, bot_port: int | None) -> AsyncIterator[Workspace]:
    request_url = f"http://127.0.0.1:{bot_port}{EVENTS}" if bot_port else ""
    workspace = Workspace(port=port, channels=(CHANNEL, "general"), request_url=request_url)
    try:
        await workspace.start()
    except WorkspaceError as error:
        raise SettingsError(f"--port: {error}") from error
    try:
        yield workspace
    finally:
        await workspace.stop()


def free_port() -> int:
    """A port of this machine that nobody listens on at present."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _settings(folder: Path, feeds: SampleFeeds, workspace: Workspace, port: int | None) -> Settings:
    """What a real installation gets from brief.toml and .env; over HTTP if there is a port to listen on."""
    folder.mkdir(parents=True)
    config_file = folder / "brief.toml"
    subscription = (
        f'\n[[subscriptions]]\nchannel = "#{CHANNEL}"\nprofile = "secure-reasoning"\n'
        f'day = "{LAST_DAY:%a}"\ntime = 18:00:00\ntimezone = "UTC"\n'.lower()
    )
    listening = f'\n[http]\nhost = "127.0.0.1"\nport = {port}\n' if port else ""
    config_file.write_text(
        sample_config(feeds.url) + subscription.replace('"utc"', '"UTC"') + listening, encoding="utf-8"
    )
    settings = Settings(
        home=folder,
        config=read_config(config_file),
        config_file=config_file,
        secrets=Secrets(
            slack_bot_token=SecretStr(workspace.bot_token),
            slack_app_token=SecretStr(workspace.app_token),
            slack_signing_secret=SecretStr(workspace.signing_secret),
        ),
        slack_api_url=workspace.api_url,
    )
    return settings.over_http() if port else settings


async def _read_three_weeks(services: Services, feeds: SampleFeeds, clock: DemoClock) -> None:
    """Each day is ingested as it was; at the end of a week its brief is written and stored."""
    print_lines(["Reading three weeks of sample feeds (invented works), day by day:"])
    for day in DAYS:
        feeds.day = day
        clock.set(instant(day))
        report = await services.ingest()
        if day.weekday() == 6:
            failed = [f.name for f in report.feeds if f.status == "failed"]
            print_lines(
                [f"  week to {day}: {report.articles_total} works stored; not readable: {', '.join(failed)}"]
            )
            if day != LAST_DAY:
                window = Window(since=day - timedelta(days=6), until=day)
                await asyncio.to_thread(services.write_stored, None, window)
    clock.set(_posting_time(LAST_DAY))


def _posting_time(day: date) -> datetime:
    return datetime.combine(day, time(18), UTC) + timedelta(seconds=1)


async def _show(
    services: Services, workspace: Workspace, bot: asyncio.Task[None], stop: asyncio.Event, *, once: bool
) -> int:
    parent = await _posted(services, workspace, bot)
    if parent is None:
        return complain("the brief was not posted; see the log above", 1)
    if once:
        return await _print_once(services, workspace, parent)
    print_lines(
        [
            f"\nThe brief stands in #{CHANNEL}: {workspace.url}",
            "Open it in a browser, read the thread, type /brief help, and ask in the brief's thread. Three to try:",
            *(f"  - {question}" for question in QUESTIONS),
            f"One that only a full text answers: {IN_FULL_TEXT}",
            f"One that the indexed articles do not answer: {UNANSWERABLE}",
            "Ctrl-C ends the demo.",
        ]
    )
    await asyncio.wait({bot, asyncio.create_task(stop.wait())}, return_when=asyncio.FIRST_COMPLETED)
    return 0


async def _posted(services: Services, workspace: Workspace, bot: asyncio.Task[None]) -> Message | None:
    """The brief's parent message, once all parts of its delivery are in the channel."""
    posted = asyncio.create_task(_delivery_complete(services, workspace))
    await asyncio.wait({posted, bot}, timeout=POST_WITHIN, return_when=asyncio.FIRST_COMPLETED)
    if bot.done():
        bot.result()  # raises what ended it
    if not posted.done():
        posted.cancel()
        return None
    return posted.result()


async def _delivery_complete(services: Services, workspace: Workspace) -> Message:
    while True:
        deliveries = await asyncio.to_thread(services.records.deliveries)
        if any(d["state"] == "posted" for d in deliveries):
            return next(m for m in workspace.messages(CHANNEL) if m.by_app and m.thread_ts is None)
        await asyncio.sleep(0.1)


async def _print_once(services: Services, workspace: Workspace, parent: Message) -> int:
    """The brief as Markdown, then a question asked in its thread and the bot's answer there."""
    stored = await asyncio.to_thread(services.store.briefs, 1)
    brief = await services.brief(str(stored[0]["id"]))
    if brief is None:
        raise BriefError("the brief that was posted is not in the store")
    write_output(markdown(brief))
    before = len(workspace.messages(CHANNEL))
    asked = workspace.say(workspace.state.person.id, CHANNEL, QUESTIONS[0], thread_ts=parent.ts)
    with contextlib.suppress(TimeoutError):
        await workspace.until(lambda: len(workspace.messages(CHANNEL)) > before + 1, timeout=ANSWER_WITHIN)
    replies = [m for m in workspace.messages(CHANNEL) if m.by_app and m.ts > asked.ts]
    if not replies:
        return complain("the question in the thread was not answered; see the log above", 1)
    for message in (asked, *replies):
        print_lines(["", *message_lines(workspace.state, message)])
    return 0
