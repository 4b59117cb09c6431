"""conversations.*, users.*, team.info, bots.info, auth.test and apps.connections.open"""

import base64
import binascii
from collections.abc import Sequence
from typing import TypeVar

from bot.workspace import shapes
from bot.workspace.calls import ApiError, Args, Desk, Method
from bot.workspace.state import Channel, Json, Message

T = TypeVar("T")


def auth_test(desk: Desk, args: Args) -> Json:
    me = desk.state.identity
    return {
        "url": f"{desk.base}/",
        "team": me.team_name,
        "user": me.bot_name,
        "team_id": me.team_id,
        "user_id": me.bot_user_id,
        "bot_id": me.bot_id,
        "is_enterprise_install": False,
    }


def open_connection(desk: Desk, args: Args) -> Json:
    """A one-time WebSocket address."""
    if len(desk.hub.usable) >= 10:
        raise ApiError("too_many_websockets")
    host = desk.base.replace("http", "ws", 1)
    return {"url": f"{host}/link/?ticket={desk.hub.new_ticket()}&app_id={desk.state.identity.app_id}"}


def info(desk: Desk, args: Args) -> Json:
    channel = desk.channel(args.need("channel", "channel_not_found"))
    if channel.private and desk.state.identity.bot_user_id not in channel.members:
        raise ApiError("channel_not_found")
    return {"channel": shapes.channel(desk.state, channel)}


def list_conversations(desk: Desk, args: Args) -> Json:
    wanted = args.words("types") or ["public_channel"]
    me = desk.state.identity.bot_user_id
    channels = [
        channel
        for channel in desk.state.channels.values()
        if _of_type(channel, wanted) and (not channel.private or me in channel.members)
    ]
    if args.flag("exclude_archived"):
        channels = [channel for channel in channels if not channel.archived]
    page, more = _page(channels, args, 100)
    return {"channels": [shapes.channel(desk.state, channel) for channel in page]} | _cursor(more)


def user_conversations(desk: Desk, args: Args) -> Json:
    user_id = args.text("user") or desk.state.identity.bot_user_id
    wanted = args.words("types") or ["public_channel"]
    me = desk.state.identity.bot_user_id
    channels = [
        channel
        for channel in desk.state.channels.values()
        if user_id in channel.members
        and _of_type(channel, wanted)
        and (not channel.private or me in channel.members)
    ]
    page, more = _page(channels, args, 100)
    return {"channels": [shapes.channel(desk.state, channel) for channel in page]} | _cursor(more)


def _of_type(channel: Channel, wanted: list[str]) -> bool:
    kind = "private_channel" if channel.private else "public_channel"
    return ("im" if channel.kind == "im" else kind) in wanted


def history(desk: Desk, args: Args) -> Json:
    """What stands in a channel, newest first."""
    channel = desk.joined(args.need("channel", "channel_not_found"))
    messages = [m for m in desk.state.top_level(channel.id) if m.visible_to is None and _within(m, args)]
    page, more = _page(messages[::-1], args, 100)
    return _messages(desk, page, args) | {"pin_count": 0, "has_more": more is not None} | _cursor(more)


def replies(desk: Desk, args: Args) -> Json:
    """A parent and its replies, oldest first; `ts` may be any message's of the thread."""
    channel = desk.joined(args.need("channel", "channel_not_found"))
    first = desk.state.find(channel.id, args.need("ts", "thread_not_found"))
    if first is None or first.visible_to is not None:
        raise ApiError("thread_not_found")
    parent = desk.state.find(channel.id, first.thread_ts) or first
    thread = [reply for reply in desk.state.replies(channel.id, parent.ts) if reply.visible_to is None]
    page, more = _page([parent, *(reply for reply in thread if _within(reply, args))], args, 1000)
    return _messages(desk, page, args) | {"has_more": more is not None} | _cursor(more)


def _within(message: Message, args: Args) -> bool:
    oldest, latest, inclusive = args.text("oldest"), args.text("latest"), args.flag("inclusive")
    try:
        ts, low, high = float(message.ts), float(oldest or 0), float(latest or "inf")
    except ValueError:
        raise ApiError("invalid_ts_oldest" if oldest else "invalid_ts_latest") from None
    return (low < ts or (inclusive and message.ts == oldest) or not oldest) and (
        ts < high or (inclusive and message.ts == latest)
    )


def _messages(desk: Desk, page: Sequence[Message], args: Args) -> Json:
    metadata = args.flag("include_all_metadata")
    return {"messages": [shapes.message(desk.state, message, metadata=metadata) for message in page]}


def _page(items: Sequence[T], args: Args, default: int) -> tuple[Sequence[T], int | None]:
    """The items of the wanted page, and where the next page begins if there is one."""
    start, limit = 0, args.number("limit", default, 1000)
    if args.text("cursor"):
        try:
            start = int(base64.b64decode(args.text("cursor"), validate=True).decode().removeprefix("next:"))
        except (ValueError, binascii.Error):
            raise ApiError("invalid_cursor") from None
    end = start + limit
    return items[start:end], end if end < len(items) else None


def _cursor(more: int | None) -> Json:
    cursor = "" if more is None else base64.b64encode(f"next:{more}".encode()).decode()
    return {"response_metadata": {"next_cursor": cursor}}


def open_conversation(desk: Desk, args: Args) -> Json:
    if args.text("channel"):
        channel = desk.channel(args.text("channel"))
    else:
        people = args.words("users")
        if not people:
            raise ApiError("users_list_not_supplied")
        if len(people) != 1 or people[0] not in desk.state.users or desk.state.users[people[0]].is_bot:
            raise ApiError("user_not_found")
        channel = desk.state.open_dm(people[0])
    return {"channel": shapes.channel(desk.state, channel) if args.flag("return_im") else {"id": channel.id}}


def join(desk: Desk, args: Args) -> Json:
    channel = desk.channel(args.need("channel", "channel_not_found"))
    if channel.archived:
        raise ApiError("is_archived")
    if channel.kind == "im":
        raise ApiError("method_not_supported_for_channel_type")
    desk.state.join(channel, desk.state.identity.bot_user_id)
    return {"channel": shapes.channel(desk.state, channel)}


def members(desk: Desk, args: Args) -> Json:
    page, more = _page(desk.channel(args.need("channel", "channel_not_found")).members, args, 100)
    return {"members": list(page)} | _cursor(more)


def user_info(desk: Desk, args: Args) -> Json:
    user = desk.state.users.get(args.need("user", "user_not_found"))
    if user is None:
        raise ApiError("user_not_found")
    return {"user": shapes.user(desk.state, user)}


def list_users(desk: Desk, args: Args) -> Json:
    page, more = _page(list(desk.state.users.values()), args, 1000)
    return {"members": [shapes.user(desk.state, user) for user in page]} | _cursor(more)


def team_info(desk: Desk, args: Args) -> Json:
    me = desk.state.identity
    return {
        "team": {"id": me.team_id, "name": me.team_name, "domain": me.team_domain, "url": f"{desk.base}/"}
    }


def bot_info(desk: Desk, args: Args) -> Json:
    if args.text("bot") not in ("", desk.state.identity.bot_id):
        raise ApiError("bot_not_found")
    return {"bot": shapes.bot_profile(desk.state)}


def api_test(desk: Desk, args: Args) -> Json:
    return {"args": args.values}


def group_members(desk: Desk, args: Args) -> Json:
    group = args.need("usergroup", "no_such_subteam")
    if group not in desk.state.groups:
        raise ApiError("no_such_subteam")
    return {"users": list(desk.state.groups[group])}


METHODS = {
    "api.test": Method(api_test),
    "auth.test": Method(auth_test),
    "apps.connections.open": Method(open_connection, "connections:write"),
    "conversations.info": Method(info, "channels:read"),
    "conversations.list": Method(list_conversations, "channels:read"),
    "conversations.history": Method(history, "channels:history"),
    "conversations.replies": Method(replies, "channels:history"),
    "conversations.open": Method(open_conversation, "im:write"),
    "conversations.join": Method(join, "channels:join"),
    "conversations.members": Method(members, "channels:read"),
    "users.info": Method(user_info, "users:read"),
    "users.list": Method(list_users, "users:read"),
    "users.conversations": Method(user_conversations, "channels:read"),
    "team.info": Method(team_info, "team:read"),
    "bots.info": Method(bot_info, "users:read"),
    "usergroups.users.list": Method(group_members, "usergroups:read"),
}
