"""An answer that takes longer is shown while it is made: its steps, and each sentence that has passed the checks.

The stream is a draft and never the answer: in the end its message becomes the answer by chat.update, which may be
repeated as often as need be. Its time stamp is stored, so that after a kill the half message becomes the answer too.
What Slack refuses on the way only ends the show.
"""

import asyncio
import logging
import threading
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.conversations import Pending
from bot.listeners.desk import Desk
from bot.refusals import outcome_of
from bot.views.stream import Chunk, sentence, task, task_id

if TYPE_CHECKING:
    from pipeline.writing.model import Draft

log = logging.getLogger(__name__)

BEGUN = "begun"
"""In the place of a stream's time stamp: Slack was asked for one."""


@dataclass
class Show:
    """What is to be shown of one answer; written to by the thread that answers, read by the loop."""

    question: int
    waiting: deque[Chunk] = field(default_factory=deque)
    _read: list[tuple[str, str | None]] = field(default_factory=list)
    _writing: bool = False

    def begin(self) -> list[Chunk]:
        """The first step, with all that came before it is shown."""
        first = task(self.question, "search", "Searching the indexed articles", "in_progress")
        return [first, *self.take()]

    def reads(self, title: str, url: str | None) -> None:
        """A work is read in full for the answer."""
        self._read.append((title, url))
        step = f"read-{len(self._read)}"
        self.waiting.append(task(self.question, step, f"Reading “{title}”", "in_progress", url))

    def says(self, text: str) -> None:
        """A sentence of the answer has passed the checks."""
        if not self._writing:
            self._writing = True
            self._finish_steps()
            self.waiting.append(task(self.question, "write", "Writing the answer", "in_progress"))
        self.waiting.append(sentence(text))

    def take(self) -> list[Chunk]:
        """What has not been shown yet."""
        found = []
        while self.waiting:
            found.append(self.waiting.popleft())
        return found

    def _finish_steps(self) -> None:
        self.waiting.append(task(self.question, "search", "Searched the indexed articles", "complete"))
        for number, (title, url) in enumerate(self._read, 1):
            step = f"read-{number}"
            self.waiting.append(task(self.question, step, f"Read “{title}”", "complete", url))


@asynccontextmanager
async def shown(desk: Desk, client: AsyncWebClient, pending: Pending) -> AsyncIterator["Draft"]:
    """Follows an answer while the block makes it, and shows it once that takes long; gives the draft to fill.

    `client` repeats no call by itself. At the end nothing is under way, and the stream's time stamp is stored.
    """
    from pipeline.writing.model import Draft

    show, stopped, begun, done = Show(pending.id), threading.Event(), asyncio.Event(), asyncio.Event()
    draft = Draft(show.says, stopped, show.reads, begun.set)
    desk.drafts[pending.id] = (pending, stopped)
    pump = None
    if pending.reply_in is not None and pending.stream_ts is None:
        pump = asyncio.create_task(_Pump(desk, client, pending, show, begun, done).run())
    try:
        yield draft
    finally:
        begun.set()
        done.set()
        desk.drafts.pop(pending.id, None)
        if pump is not None:
            await asyncio.wait({pump}, timeout=desk.limits.show_patience)
            pump.cancel()


@dataclass
class _Pump:
    """Starts the stream of one answer, and adds to it."""

    desk: Desk
    client: AsyncWebClient
    pending: Pending
    show: Show
    begun: asyncio.Event
    done: asyncio.Event

    async def run(self) -> None:
        """Until the answer is there, or Slack wants no more."""
        limits = self.desk.limits
        await self.begun.wait()  # until then a status is enough: Slack allows few streams
        if await self._is_done(limits.show_after):
            return
        try:
            ts = await self._start()
            while not await self._is_done(limits.show_every):
                if chunks := self.show.take():
                    await self.client.chat_appendStream(channel=self.pending.channel, ts=ts, chunks=chunks)
        except Exception as error:
            log.info("question %d is not shown any more: %s", self.pending.id, outcome_of(error).code)

    async def _start(self) -> str:
        conversations = self.desk.services.conversations
        thread, team = str(self.pending.reply_in), await self.desk.doors.team(self.client)
        await asyncio.to_thread(conversations.stream, self.pending.id, BEGUN)
        try:
            response = await self.client.chat_startStream(
                channel=self.pending.channel,
                thread_ts=thread,
                recipient_team_id=team,
                recipient_user_id=self.pending.user,
                chunks=self.show.begin(),
            )
        except Exception as error:
            if outcome_of(error).kind != "unknown":
                await asyncio.to_thread(conversations.stream, self.pending.id, None)
            raise
        ts = str(response["ts"])
        await asyncio.to_thread(conversations.stream, self.pending.id, ts)
        await _set_session(self.client, self.pending, "processing")
        return ts

    async def _is_done(self, seconds: float) -> bool:
        try:
            await asyncio.wait_for(self.done.wait(), seconds)
        except TimeoutError:
            return False
        return True


async def _set_session(client: AsyncWebClient, pending: Pending, status: str) -> None:
    """Slack shows a Stop button while a session is processing; an app that is no agent has none."""
    try:
        await client.agents_sessions_setStatus(
            channel_id=pending.channel, thread_ts=pending.reply_in, status=status
        )
    except Exception as error:
        log.debug("the session is not %s: %s", status, type(error).__name__)


async def closed_stream(desk: Desk, client: AsyncWebClient, pending: Pending) -> str | None:
    """The time stamp of the question's half message, closed so that it can become the answer; none without one."""
    if pending.stream_ts is None:
        return None
    ts = pending.stream_ts if pending.stream_ts != BEGUN else await _half_message(client, pending)
    if ts is None:
        return None
    for _ in range(desk.limits.attempts):
        try:
            await client.chat_stopStream(channel=pending.channel, ts=ts, session_status="active")
            return ts
        except Exception as error:
            outcome = outcome_of(error)
        if outcome.kind == "refused" or outcome.wait > desk.limits.longest_wait:
            await _set_session(client, pending, "active")
            return ts
        await asyncio.sleep(max(outcome.wait, desk.limits.settle))
    return ts


async def _half_message(client: AsyncWebClient, pending: Pending) -> str | None:
    """A message in the thread that shows the first step of this question, if the thread may be read."""
    try:
        return await _showing(client, pending)
    except Exception as error:
        log.warning("a half message of question %d may stay: %s", pending.id, outcome_of(error).code)
        return None


async def _showing(client: AsyncWebClient, pending: Pending) -> str | None:
    first, cursor = task_id(pending.id, "search"), None
    while pending.reply_in is not None:
        options: dict[str, Any] = {"oldest": pending.message_ts, "limit": 200, "cursor": cursor}
        page = await client.conversations_replies(channel=pending.channel, ts=pending.reply_in, **options)
        for message in page["messages"]:
            if any(block.get("task_id") == first for block in message.get("blocks") or ()):
                return str(message["ts"])
        cursor = (page.get("response_metadata") or {}).get("next_cursor")
        if not cursor:
            break
    return None
