"""files.* for uploads, and canvases.*: a file is private until it is shared or stands in a message."""

import json
import re
import secrets
from typing import Any

from bot.workspace.calls import ApiError, Args, Desk, Method
from bot.workspace.state import Canvas, Json, Message, StoredFile

MAX_ALT = 1000
MAX_CANVAS = 1_048_576
MAX_TITLE = 255


def get_upload_url(desk: Desk, args: Args) -> Json:
    """A one-time address for the bytes of a file."""
    length = args.text("length")
    if not length.isdigit() or not int(length):
        raise ApiError(
            "invalid_arguments", response_metadata={"messages": ["[ERROR] length must be positive"]}
        )
    if len(args.text("alt_txt")) > MAX_ALT:
        raise ApiError("alt_txt_too_large")
    file = StoredFile(
        id=desk.state.new_file_id(),
        name=args.need("filename", "no_file_name"),
        length=int(length),
        alt=args.text("alt_txt"),
        ticket=secrets.token_urlsafe(18),
    )
    desk.state.files[file.id] = file
    return {"upload_url": f"{desk.base}/upload/v1/{file.ticket}", "file_id": file.id}


def complete_upload(desk: Desk, args: Args) -> Json:
    """Ends uploads, each once, and shares the files where a channel is named."""
    files = [_uploaded(desk, one) for one in _listed(args)]
    place = args.text("channel_id")
    if place:
        channel = desk.joined(place)
        if channel.archived:
            raise ApiError("is_archived")
        thread = args.text("thread_ts") or None
        if thread and desk.state.find(channel.id, thread) is None:
            raise ApiError("invalid_thread_ts")
    for file, title in files:
        file.title = title or file.name
        file.ready_at = desk.state.now() + desk.file_delay
    if place:
        _share(desk, [file for file, _ in files], channel.id, thread, args.text("initial_comment"))
    return {"files": [{"id": file.id, "title": file.title} for file, _ in files]}


def _listed(args: Args) -> list[Json]:
    given: Any = args.values.get("files")
    if isinstance(given, str):
        try:
            given = json.loads(given)
        except ValueError:
            given = None
    if not isinstance(given, list) or not given or not all(isinstance(one, dict) for one in given):
        raise ApiError("invalid_arguments")
    return given


def _uploaded(desk: Desk, one: Json) -> tuple[StoredFile, str]:
    file = desk.state.files.get(str(one.get("id")))
    if file is None or file.body is None or file.ready_at is not None:
        raise ApiError("file_not_found")
    return file, str(one.get("title") or "")


def _share(desk: Desk, files: list[StoredFile], channel: str, thread: str | None, comment: str) -> None:
    me = desk.state.identity
    shown = [
        {"id": f.id, "name": f.name, "title": f.title, "permalink": permalink(desk.base, me.bot_user_id, f)}
        for f in files
    ]
    message = Message(
        desk.state.next_ts(), channel, me.bot_user_id, comment, thread_ts=thread, by_app=True, files=shown
    )
    desk.state.add(message)


def permalink(base: str, user: str, file: StoredFile) -> str:
    """The address at which the page shows a file (in Slack: the client)."""
    return f"{base}/files/{user}/{file.id}/{file.name}"


def create_canvas(desk: Desk, args: Args) -> Json:
    """A canvas of its own, which free teams may not have."""
    if desk.plan == "free":
        raise ApiError("free_teams_cannot_create_non_tabbed_canvases")
    content: Any = args.values.get("document_content") or {"type": "markdown", "markdown": ""}
    if isinstance(content, str):
        try:
            content = json.loads(content)
        except ValueError:
            raise ApiError("invalid_arguments") from None
    if not isinstance(content, dict) or content.get("type") != "markdown":
        raise ApiError("invalid_arguments")
    text = content.get("markdown")
    if not isinstance(text, str) or len(text) > MAX_CANVAS or len(args.text("title")) > MAX_TITLE:
        raise ApiError("canvas_creation_failed")
    canvas = Canvas(desk.state.new_file_id(), args.text("title"), text)
    desk.state.canvases[canvas.id] = canvas
    return {"canvas_id": canvas.id}


def set_canvas_access(desk: Desk, args: Args) -> Json:
    """Lets channels, or people, read or write a canvas."""
    canvas = desk.state.canvases.get(args.need("canvas_id", "canvas_not_found"))
    if canvas is None:
        raise ApiError("canvas_not_found")
    if args.need("access_level") not in ("read", "write", "owner"):
        raise ApiError("invalid_arguments")
    channels, people = _names(args, "channel_ids"), _names(args, "user_ids")
    if bool(channels) == bool(people):
        raise ApiError("invalid_parameters")
    for channel in channels:
        if desk.channel(channel).kind == "im":
            raise ApiError("channel_not_found")
    for person in people:
        if person not in desk.state.users:
            raise ApiError("user_not_found")
    canvas.channels |= set(channels)
    canvas.people |= set(people)
    return {}


def _names(args: Args, name: str) -> list[str]:
    """A list, also one that is written as JSON."""
    return [word for word in re.split(r'[\s,"\[\]]+', ",".join(args.words(name))) if word]


METHODS = {
    "files.getUploadURLExternal": Method(get_upload_url, "files:write"),
    "files.completeUploadExternal": Method(complete_upload, "files:write"),
    "canvases.create": Method(create_canvas, "canvases:write"),
    "canvases.access.set": Method(set_canvas_access, "canvases:write"),
}
