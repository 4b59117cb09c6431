"""chat.* and reactions.*"""

from dataclasses import replace
from typing import Any

from bot.workspace import shapes
from bot.workspace.calls import ApiError, Args, Desk, Method
from bot.workspace.limits import Refusal, check_message
from bot.workspace.state import Channel, Json, Message, UnknownNameError

RECORDED = ("unfurl_links", "unfurl_media", "mrkdwn", "parse", "link_names", "username", "icon_emoji")


def post_message(desk: Desk, args: Args) -> Json:
    channel = _open_for_posting(desk, args.need("channel", "channel_not_found"))
    _checked(desk, args, "chat.postMessage")
    message = _new_message(desk, args, channel)
    desk.state.add(message)
    shape = shapes.message(desk.state, message, metadata=True)
    return {"channel": channel.id, "ts": message.ts, "message": shape}


def post_ephemeral(desk: Desk, args: Args) -> Json:
    channel = _open_for_posting(desk, args.need("channel", "channel_not_found"))
    if args.need("user", "user_not_in_channel") not in channel.members:
        raise ApiError("user_not_in_channel")
    _checked(desk, args, "chat.postEphemeral")
    message = _new_message(desk, args, channel)
    message.visible_to, message.metadata = args.text("user"), None
    desk.state.add(message)
    return {"message_ts": message.ts}


def update(desk: Desk, args: Args) -> Json:
    """A text without blocks removes the blocks; blocks without a text keep the text."""
    channel = desk.channel(args.need("channel", "channel_not_found"))
    message = desk.message(channel, args.need("ts", "message_not_found"))
    if not message.by_app:
        raise ApiError("cant_update_message")
    if message.stream is not None and message.stream.state == "in_progress":
        raise ApiError("streaming_state_conflict")
    if channel.archived:
        raise ApiError("is_inactive")
    _checked(desk, args, "chat.update")
    before = replace(message)
    values = args.values
    message.text = (
        args.text("text", message.text) if "markdown_text" not in values else args.text("markdown_text")
    )
    if "blocks" in values or "text" in values or "markdown_text" in values:
        message.blocks = _blocks(desk, args)
    if "attachments" in values:
        message.attachments = values["attachments"] or None
    if "metadata" in values:
        message.metadata = values["metadata"] or None
    message.edited_ts = None if values.get("blocks") else desk.state.next_ts()
    desk.state.change(message, before)
    shape = shapes.message(desk.state, message, metadata=True)
    return {"channel": channel.id, "ts": message.ts, "text": message.text, "message": shape}


def delete(desk: Desk, args: Args) -> Json:
    channel = desk.channel(args.need("channel", "channel_not_found"))
    message = desk.message(channel, args.need("ts", "message_not_found"))
    if not message.by_app or (message.stream is not None and message.stream.state == "in_progress"):
        raise ApiError("cant_delete_message")
    desk.state.delete(message)
    return {"channel": channel.id, "ts": message.ts}


def get_permalink(desk: Desk, args: Args) -> Json:
    channel = desk.channel(args.need("channel", "channel_not_found"))
    message = desk.message(channel, args.need("message_ts", "message_not_found"))
    return {"channel": channel.id, "permalink": permalink(desk.base, message)}


def permalink(base: str, message: Message) -> str:
    """The address at which the page shows this message (in Slack: the client)."""
    parent = message.thread_ts or message.ts
    return f"{base}/#/{message.channel}/{parent}"


def add_reaction(desk: Desk, args: Args) -> Json:
    message, name = _reaction(desk, args)
    if not desk.state.react(message, desk.state.identity.bot_user_id, name):
        raise ApiError("already_reacted")
    return {}


def remove_reaction(desk: Desk, args: Args) -> Json:
    message, name = _reaction(desk, args)
    if not desk.state.unreact(message, desk.state.identity.bot_user_id, name):
        raise ApiError("no_reaction")
    return {}


def get_reactions(desk: Desk, args: Args) -> Json:
    channel = desk.joined(args.need("channel", "channel_not_found"))
    message = desk.message(channel, args.need("timestamp", "bad_timestamp"))
    return {"type": "message", "channel": channel.id, "message": shapes.message(desk.state, message)}


def _reaction(desk: Desk, args: Args) -> tuple[Message, str]:
    channel = desk.joined(args.need("channel", "channel_not_found"))
    name = args.need("name", "invalid_name").strip(":")
    return desk.message(channel, args.need("timestamp", "bad_timestamp")), name


def _open_for_posting(desk: Desk, key: str) -> Channel:
    """The channel with this id or name, or a person's direct messages, if the app may post there."""
    state = desk.state
    if key in state.users and not state.users[key].is_bot:
        return state.open_dm(key)
    try:
        channel = state.channel(key)
    except UnknownNameError:
        raise ApiError("channel_not_found") from None
    if channel.archived:
        raise ApiError("is_archived")
    return desk.joined(channel.id)


def _checked(desk: Desk, args: Args, method: str) -> None:
    refusal = check_message(args.values, method=method) or _check_pictures(desk, args)
    if refusal is not None:
        raise ApiError.of(refusal)


def _check_pictures(desk: Desk, args: Args) -> Refusal | None:
    """A picture by its file's id is refused until Slack has taken the file in."""
    wrong = [
        f"invalid slack file [json-pointer:/blocks/{index}/slack_file]"
        for index, block in enumerate(args.values.get("blocks") or [])
        if block.get("slack_file") and not desk.state.file_shown(block["slack_file"].get("id"))
    ]
    return Refusal("invalid_blocks", tuple(wrong)) if wrong else None


def _blocks(desk: Desk, args: Args) -> list[Json] | None:
    markdown = args.text("markdown_text")
    blocks: Any = [{"type": "markdown", "text": markdown}] if markdown else args.values.get("blocks")
    return shapes.with_block_ids(desk.state, blocks)


def _new_message(desk: Desk, args: Args, channel: Channel) -> Message:
    return Message(
        desk.state.next_ts(),
        channel.id,
        desk.state.identity.bot_user_id,
        args.text("text") or args.text("markdown_text"),
        blocks=_blocks(desk, args),
        attachments=args.values.get("attachments") or None,
        thread_ts=_parent(desk, args, channel),
        by_app=True,
        metadata=args.values.get("metadata") or None,
        broadcast=args.flag("reply_broadcast"),
        options={key: args.values[key] for key in RECORDED if key in args.values},
    )


def _parent(desk: Desk, args: Args, channel: Channel) -> str | None:
    ts = args.text("thread_ts")
    if not ts:
        return None
    parent = desk.state.find(channel.id, ts)
    if parent is None or parent.visible_to is not None:
        if desk.missing_parent == "unthread":
            return None
        raise ApiError("thread_not_found")
    if parent.thread_ts is not None:
        raise ApiError("cannot_reply_to_message")
    return ts


METHODS = {
    "chat.postMessage": Method(post_message, "chat:write"),
    "chat.postEphemeral": Method(post_ephemeral, "chat:write"),
    "chat.update": Method(update, "chat:write"),
    "chat.delete": Method(delete, "chat:write"),
    "chat.getPermalink": Method(get_permalink),
    "reactions.add": Method(add_reaction, "reactions:write"),
    "reactions.remove": Method(remove_reaction, "reactions:write"),
    "reactions.get": Method(get_reactions, "reactions:read"),
}
