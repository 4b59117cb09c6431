"""What goes with a brief: the week's chart in its parent message, and its whole text as a canvas or else as a file.

Nothing here can double a post. A picture, a canvas and a file are seen by nobody until a message or a share names
their id, and the id is stored before that; what a kill leaves behind unseen is made again. A file that may have been
shared is looked for in the thread first. None of this holds a brief back: what Slack refuses is left out and noted.

Sources: https://docs.slack.dev/messaging/working-with-files and https://docs.slack.dev/surfaces/canvases
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bot.leases import Lease, LeaseLost
from bot.outbox import Delivery, File, NewFile, Outbox
from bot.pace import Ration
from bot.refusals import outcome_of
from bot.views.full import full_markdown
from bot.views.parent import full_button
from pipeline.models import Brief
from pipeline.rendering import chart_png, chart_text, frame_of

log = logging.getLogger(__name__)

TRIES = 3
"""Of each call."""
LONGEST_WAIT = 20.0
"""Seconds that Slack may ask for before a brief goes on without."""
SECONDS = 30.0
"""For sending a file's bytes."""
LOOKS = 5
"""How often the parent is tried until Slack has taken in its picture, which it does in its own time."""
ALT = 1000
"""Characters of a picture's description; Slack takes no more with a file."""
LACKS: dict[str, str] = {
    "chart": "the week's chart is not in the post",
    "full": "the full brief is not there as one document; the thread has all of it",
}
RATIONED = "Slack allows no more canvases in this minute"
NO_CANVAS = "the app may not make canvases here: the full brief is a file in the thread"


def files_of(brief: Brief) -> tuple[NewFile, ...]:
    """What goes with this brief; blocks while it draws. A brief goes without what cannot be made."""
    try:
        return tuple(_made(brief))
    except Exception:
        log.exception("the chart and the document of brief %s could not be made", brief.id)
        return ()


def _made(brief: Brief) -> Iterator[NewFile]:
    name, f = f"brief-{brief.window.until}", frame_of(brief.language)
    document = full_markdown(brief).encode()
    picture = chart_png(brief)
    if picture is not None:
        alt = chart_text(brief)
        alt = alt if len(alt) <= ALT else alt[: ALT - 1] + "…"
        yield NewFile("chart", f"{name}.png", f.gettext("Works a week by theme"), alt, picture)
    yield NewFile("full", f"{name}.md", brief.title, f.gettext("Full brief"), document)


def dressed(payload: dict[str, Any], files: Sequence[File]) -> dict[str, Any]:
    """The parent's payload with the chart above the small print, and the button that opens the full brief."""
    ready = {file.name: file for file in files if file.state in ("ready", "sharing", "shared")}
    blocks = list(payload["blocks"])
    if (chart := ready.get("chart")) and chart.file_id:
        picture = {"type": "image", "slack_file": {"id": chart.file_id}, "alt_text": chart.alt}
        blocks.insert(_above_small_print(blocks), picture)
    if (full := ready.get("full")) and full.url:
        blocks = [_with_button(block, full_button(full.url, full.alt or "Full brief")) for block in blocks]
    return {**payload, "blocks": blocks}


def _above_small_print(blocks: Sequence[dict[str, Any]]) -> int:
    small = [n for n, block in enumerate(blocks) if block["type"] in ("context", "actions")]
    end = len(blocks)
    while end - 1 in small:
        end -= 1
    return end


def _with_button(block: dict[str, Any], button: dict[str, Any]) -> dict[str, Any]:
    if block["type"] != "actions":
        return block
    first, *others = block["elements"]
    return {**block, "elements": [first, button, *others]}


class _Refused(Exception):
    """Slack does not take it; the code says why."""


@dataclass
class Attaching:
    """The files of one delivery, under its lease. Raises LeaseLost where another process has taken over."""

    records: Outbox
    client: AsyncWebClient
    delivery: Delivery
    lease: Callable[[], Lease]
    pause: float
    """Seconds between two tries."""
    files: list[File]
    canvases: Ration
    _looks: int = 0

    async def prepare(self) -> None:
        """Uploads the chart and makes the canvas, or uploads the file that takes its place."""
        for file in [one for one in self.files if one.state == "pending"]:
            make = self._picture if file.name == "chart" else self._document
            try:
                await make(file)
            except _Refused as error:
                await self._change(file, state="without", note=f"{LACKS[file.name]} ({error})", body=b"")

    def dressed(self, payload: dict[str, Any]) -> dict[str, Any]:
        """The parent's payload with what is ready."""
        return dressed(payload, self.files)

    async def picture_refused(self, code: str) -> bool:
        """Whether the parent is to be sent again after this refusal: later, in the end without its picture."""
        chart = next((file for file in self.files if file.name == "chart" and file.state == "ready"), None)
        if code != "invalid_blocks" or chart is None:
            return False
        self._looks += 1
        if self._looks < LOOKS:
            await asyncio.sleep(self.pause)
        else:
            await self._change(chart, state="without", note=f"{LACKS['chart']} (Slack did not take it in)")
        return True

    @property
    def to_share(self) -> list[File]:
        """What is to be shared in the thread once all messages are posted."""
        states = ("ready", "sharing")
        return [file for file in self.files if file.name == "full" and file.state in states and file.body]

    async def share(self, parent_ts: str | None) -> None:
        """Shares the file in the brief's thread, where no canvas could be made."""
        for file in self.to_share:
            if file.state == "sharing" and await self._is_shared(file, parent_ts):
                await self._change(file, state="shared", body=b"")
                continue
            if file.state == "ready":
                file = await self._change(file, state="sharing")
            await self._shared(file, parent_ts)

    # The calls

    async def _picture(self, file: File) -> None:
        file_id = await self._uploaded(file)
        await self._complete(file, file_id)
        await self._change(file, state="ready", file_id=file_id, body=b"")

    async def _document(self, file: File) -> None:
        me = await self._call(self.client.auth_test)
        try:
            if self.delivery.channel.startswith("D"):
                raise _Refused("not in direct messages")
            if not self.canvases.take(self.client.token or ""):
                raise _Refused(RATIONED)
            canvas = await self._canvas(file)
            url = f"{me['url']}docs/{me['team_id']}/{canvas}"
            await self._change(file, state="ready", file_id=canvas, url=url, body=b"")
        except _Refused as error:
            log.info("delivery %s: no canvas (%s)", self.delivery.id, error)
            file_id = await self._uploaded(file)
            url = f"{me['url']}files/{me['user_id']}/{file_id}/{file.filename}"
            note = f"{NO_CANVAS} ({error})" if str(error) == "missing_scope" else None
            await self._change(file, state="ready", file_id=file_id, url=url, note=note)

    async def _canvas(self, file: File) -> str:
        """The id of a canvas that the channel may read; it shows its title by itself."""
        _, _, text = file.body.decode().partition("\n\n")
        content = {"type": "markdown", "markdown": text}
        made = await self._call(self.client.canvases_create, title=file.title, document_content=content)
        canvas, channels = str(made["canvas_id"]), [self.delivery.channel]
        await self._call(
            self.client.canvases_access_set, canvas_id=canvas, access_level="read", channel_ids=channels
        )
        return canvas

    async def _uploaded(self, file: File) -> str:
        """The id of the file once Slack has its bytes; it is still private."""
        about = {"filename": file.filename, "length": len(file.body), "alt_txt": file.alt or None}
        place = await self._call(self.client.files_getUploadURLExternal, **about)
        await self._call(self._send, str(place["upload_url"]), file.body)
        return str(place["file_id"])

    async def _send(self, url: str, body: bytes) -> None:
        timeout = aiohttp.ClientTimeout(total=SECONDS)
        trust = self.client.trust_env_in_session
        async with (
            aiohttp.ClientSession(timeout=timeout, trust_env=trust) as session,
            session.post(
                url, data=body, headers={"Content-Type": "application/octet-stream"}, allow_redirects=False
            ) as response,
        ):
            if response.status != 200:
                raise _Refused(f"upload answered {response.status}")

    async def _complete(self, file: File, file_id: str, **where: str) -> None:
        files: list[dict[str, str | None]] = [{"id": file_id, "title": file.title}]
        await self._call(self.client.files_completeUploadExternal, files=files, **where)

    async def _shared(self, file: File, parent_ts: str | None) -> None:
        where = {"channel_id": self.delivery.channel, **({"thread_ts": parent_ts} if parent_ts else {})}
        try:
            for _ in range(TRIES):
                try:
                    await self._complete(file, str(file.file_id), **where)
                    break
                except _Unknown:
                    await asyncio.sleep(self.pause)
                    if await self._is_shared(file, parent_ts):
                        break
            else:
                raise _Refused("Slack did not answer")
        except _Refused as error:
            await self._change(file, state="without", note=f"{LACKS['full']} ({error})", body=b"")
        else:
            await self._change(file, state="shared", body=b"")

    async def _is_shared(self, file: File, parent_ts: str | None) -> bool:
        """Whether the thread shows the file; also where that cannot be found out: rather missing than twice."""
        cursor: str | None = None
        while True:
            try:
                page = await self._call(
                    self.client.conversations_replies,
                    channel=self.delivery.channel,
                    ts=parent_ts,
                    limit=200,
                    cursor=cursor,
                )
            except _Refused:
                return True
            named = [one.get("id") for message in page["messages"] for one in message.get("files") or ()]
            cursor = (page.get("response_metadata") or {}).get("next_cursor")
            if file.file_id in named or not cursor:
                return file.file_id in named

    async def _call(self, call: Callable[..., Awaitable[Any]], *args: Any, **options: Any) -> Any:
        """What Slack answers, after a few tries; _Refused with the reason, _Unknown where sharing may have happened."""
        reason = "Slack did not answer"
        # A file can take a canvas's place at once.
        longest_wait = 0.0 if call == self.client.canvases_create else LONGEST_WAIT
        for attempt in range(TRIES):
            try:
                return await call(*args, **options)
            except (LeaseLost, _Refused):
                raise
            except Exception as error:
                outcome = outcome_of(error)
            if outcome.kind == "refused" or outcome.wait > longest_wait:
                raise _Refused(outcome.code)
            if outcome.kind == "unknown" and options.get("channel_id"):
                raise _Unknown(outcome.code)
            reason = outcome.code
            if attempt + 1 < TRIES:
                await asyncio.sleep(max(outcome.wait, self.pause))
        raise _Refused(reason)

    async def _change(self, file: File, **values: Any) -> File:
        changed = await asyncio.to_thread(self.records.change_file, file, self.lease(), **values)
        self.files = [changed if one.name == file.name else one for one in self.files]
        if values.get("state") == "without":
            log.warning("delivery %s: %s", self.delivery.id, changed.note)
        return changed


class _Unknown(_Refused):
    """Nobody knows whether a file was shared."""
