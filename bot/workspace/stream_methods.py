"""chat.*Stream and agents.sessions.*: a message that grows, until it is stopped or Slack gives it up.

As recorded of Slack: an open stream refuses chat.update and chat.delete, a closed one any more text.
"""

from dataclasses import replace
from typing import Any

from bot.workspace import shapes
from bot.workspace.calls import ApiError, Args, Desk, Method
from bot.workspace.limits import MAX_BLOCKS, MAX_MARKDOWN, Refusal, check_blocks, check_metadata
from bot.workspace.state import Json, Message, Stream

MAX_TASK_TEXT = 256
TASK_STATES = ("pending", "in_progress", "complete", "error")
SESSION_STATES = ("processing", "active", "suspended", "closed")


def start(desk: Desk, args: Args) -> Json:
    """Begins a message in a thread; in a channel it is for one person."""
    channel = desk.joined(args.need("channel", "channel_not_found"))
    if channel.archived:
        raise ApiError("is_archived")
    parent = desk.state.find(channel.id, args.need("thread_ts", "thread_ts_required"))
    if parent is None or parent.thread_ts is not None:
        raise ApiError("thread_not_found")
    if channel.kind != "im":
        args.need("recipient_team_id", "missing_recipient_team_id")
        person = args.need("recipient_user_id", "missing_recipient_user_id")
        if person not in channel.members:
            raise ApiError("user_not_in_channel")
    if args.text("task_display_mode", "timeline") not in ("timeline", "plan"):
        raise ApiError("invalid_arguments")
    parts = _parts(args)
    message = Message(
        desk.state.next_ts(),
        channel.id,
        desk.state.identity.bot_user_id,
        "",
        thread_ts=parent.ts,
        by_app=True,
        stream=Stream(desk.state.now()),
    )
    _grow(desk, message, parts)
    desk.state.add(message)
    return {"channel": channel.id, "ts": message.ts}


def append(desk: Desk, args: Args) -> Json:
    """Adds text and tasks."""
    message, before = _open(desk, args)
    parts = _parts(args)
    if not parts:
        raise ApiError("no_text")
    _grow(desk, message, parts)
    desk.state.change(message, before)
    return {"channel": message.channel, "ts": message.ts}


def stop(desk: Desk, args: Args) -> Json:
    """Ends the message, with last words and blocks below."""
    message, before = _open(desk, args)
    blocks = args.values.get("blocks") or []
    refusal = check_blocks(blocks) or check_metadata(args.values.get("metadata"))
    if refusal is not None:
        raise ApiError.of(refusal)
    _grow(desk, message, _parts(args))
    if message.stream:
        message.stream.state = "completed"
    message.blocks = [*(message.blocks or []), *(shapes.with_block_ids(desk.state, blocks) or [])] or None
    message.metadata = args.values.get("metadata") or None
    if args.text("session_status"):
        _set_session(desk, message.channel, message.thread_ts or "", args.text("session_status"))
    desk.state.change(message, before)
    shape = shapes.message(desk.state, message, metadata=True)
    return {"channel": message.channel, "ts": message.ts, "message": shape}


def _open(desk: Desk, args: Args) -> tuple[Message, Message]:
    """The growing message, and a copy of it as it was."""
    channel = desk.channel(args.need("channel", "channel_not_found"))
    message = desk.message(channel, args.need("ts", "message_not_found"))
    stream = message.stream
    if (
        stream is not None
        and stream.state == "in_progress"
        and desk.state.now() - stream.since > desk.stream_seconds
    ):
        stream.state = "errored"
        desk.state.change(message, replace(message))
    if stream is None or stream.state != "in_progress":
        raise ApiError("message_not_in_streaming_state")
    return message, replace(message)


def _parts(args: Args) -> list[Json]:
    """The chunks of a call, checked."""
    chunks: Any = args.values.get("chunks") or []
    text = args.text("markdown_text")
    if not isinstance(chunks, list) or (chunks and text):
        raise ApiError("invalid_arguments")
    found = [{"type": "markdown_text", "text": text}] if text else list(chunks)
    for chunk in found:
        if not _is_fit(chunk):
            raise ApiError("invalid_chunks")
    return found


def _is_fit(chunk: Any) -> bool:
    kind = chunk.get("type") if isinstance(chunk, dict) else None
    if kind == "markdown_text":
        return isinstance(chunk.get("text"), str)
    if kind == "task_update":
        texts = [chunk.get(name) or "" for name in ("title", "details", "output")]
        named = bool(chunk.get("id") and chunk.get("title")) and chunk.get("status") in TASK_STATES
        sources = chunk.get("sources") or []
        linked = all(s.get("type") == "url" and s.get("url") and s.get("text") for s in sources)
        return named and linked and all(isinstance(t, str) and len(t) <= MAX_TASK_TEXT for t in texts)
    if kind == "plan_update":
        return bool(chunk.get("title")) and len(chunk["title"]) <= MAX_TASK_TEXT
    return kind == "blocks" and check_blocks(chunk.get("blocks")) is None


def _grow(desk: Desk, message: Message, parts: list[Json]) -> None:
    blocks = [dict(block) for block in message.blocks or []]
    for part in parts:
        if part["type"] == "markdown_text":
            message.text += part["text"]
            if blocks and blocks[-1]["type"] == "markdown":
                blocks[-1]["text"] += part["text"]
            else:
                blocks.append({"type": "markdown", "text": part["text"]})
        elif part["type"] == "task_update":
            _set_task(blocks, part)
        elif part["type"] == "blocks":
            blocks += part["blocks"]
    if sum(len(b["text"]) for b in blocks if b["type"] == "markdown") > MAX_MARKDOWN:
        raise ApiError("msg_too_long")
    if len(blocks) > MAX_BLOCKS:
        raise ApiError.of(
            Refusal("invalid_blocks", ("no more than 50 items allowed [json-pointer:/blocks]",))
        )
    message.blocks = shapes.with_block_ids(desk.state, blocks)


def _set_task(blocks: list[Json], part: Json) -> None:
    card = {key: part[key] for key in ("title", "status", "details", "output", "sources") if part.get(key)}
    card = {"type": "task_card", "task_id": part["id"], **card}
    for index, block in enumerate(blocks):
        if block["type"] == "task_card" and block["task_id"] == part["id"]:
            blocks[index] = {**block, **card}
            return
    blocks.append(card)


def set_session(desk: Desk, args: Args) -> Json:
    """What the app says of its work in a thread; while it is `processing` people see a Stop button."""
    channel = desk.channel(args.need("channel_id", "channel_not_found"))
    _set_session(desk, channel.id, args.need("thread_ts"), args.need("status"))
    return {}


def _set_session(desk: Desk, channel: str, thread_ts: str, status: str) -> None:
    if status not in SESSION_STATES:
        raise ApiError("invalid_arguments")
    if desk.state.find(channel, thread_ts) is None:
        raise ApiError("thread_not_found")
    desk.state.set_session(channel, thread_ts, status)


METHODS = {
    "chat.startStream": Method(start, "chat:write"),
    "chat.appendStream": Method(append, "chat:write"),
    "chat.stopStream": Method(stop, "chat:write"),
    "agents.sessions.setStatus": Method(set_session, "chat:write"),
}
