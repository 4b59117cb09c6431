"""How Slack spells things: messages, channels, users, events and interactions as JSON."""

import re
from typing import Any

from bot.workspace.state import Channel, Json, Message, State, User

TOKEN = re.compile(
    r"<@(?P<user>[UW]\w+)>|<#(?P<channel>C\w+)(?:\|[^>]*)?>|<(?P<url>https?://[^>|]+)(?:\|[^>]*)?>"
)
BARE_URL = re.compile(r"https?://[^\s<>|]+[^\s<>|.,;:!?'\")\]]")


def escape(text: str) -> str:
    """Slack's three escapes."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def unescape(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def typed(state: State, text: str) -> str:
    """What a person typed, as Slack sends it on: escaped, with mentions, channels and addresses marked.

    `@name` and `#channel` become marks when they exist here, as do `<@ID>` and `<#ID>` written out.
    """
    people = {f"@{user.name}": f"<@{user.id}>" for user in state.users.values()}
    people |= {f"&lt;@{user.id}&gt;": f"<@{user.id}>" for user in state.users.values()}
    for channel in state.channels.values():
        if channel.name:
            mark = f"<#{channel.id}|{channel.name}>"
            people |= {f"#{channel.name}": mark, f"&lt;#{channel.id}&gt;": mark}
    words = "|".join(re.escape(word) for word in sorted(people, key=len, reverse=True))
    marked = re.sub(rf"(?<![\w&/])(?:{words})(?![\w-])", lambda found: people[found[0]], escape(text))
    return BARE_URL.sub(lambda found: f"<{found[0]}>", marked)


def rich_text(text: str) -> list[Json]:
    """The rich_text block that Slack's own client makes of a typed message."""
    elements: list[Json] = []
    end = 0
    for found in TOKEN.finditer(text):
        if found.start() > end:
            elements.append({"type": "text", "text": unescape(text[end : found.start()])})
        elements.append(_inline(found.groupdict()))
        end = found.end()
    if end < len(text):
        elements.append({"type": "text", "text": unescape(text[end:])})
    return [{"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": elements}]}]


def _inline(found: dict[str, Any]) -> Json:
    if found["user"]:
        return {"type": "user", "user_id": found["user"]}
    if found["channel"]:
        return {"type": "channel", "channel_id": found["channel"]}
    return {"type": "link", "url": unescape(found["url"])}


def user(state: State, person: User) -> Json:
    """users.info's user."""
    profile = {"real_name": person.real_name, "display_name": person.name, "team": state.identity.team_id}
    if person.is_bot:
        profile |= {"bot_id": state.identity.bot_id, "api_app_id": state.identity.app_id}
    return {
        "id": person.id,
        "team_id": "T0OTHER" if person.stranger else state.identity.team_id,
        "name": person.name,
        "real_name": person.real_name,
        "deleted": False,
        "tz": person.tz,
        "tz_label": person.tz,
        "profile": profile,
        "is_restricted": person.guest,
        "is_ultra_restricted": False,
        "is_stranger": person.stranger,
        "is_admin": person.id == state.person.id,
        "is_bot": person.is_bot,
        "is_app_user": False,
    }


def channel(state: State, place: Channel) -> Json:
    """conversations.info's channel."""
    base: Json = {"id": place.id, "created": place.created, "is_archived": place.archived}
    base |= {"is_im": place.kind == "im", "is_mpim": False, "is_group": False}
    if place.kind == "im":
        return base | {"user": place.members[0], "is_user_deleted": False, "is_org_shared": False}
    return base | {
        "name": place.name,
        "name_normalized": place.name,
        "is_channel": True,
        "is_general": place.name == "general",
        "is_private": place.private,
        "is_shared": place.shared,
        "is_ext_shared": place.shared,
        "is_org_shared": False,
        "is_member": state.identity.bot_user_id in place.members,
        "num_members": len(place.members),
        "topic": {"value": "", "creator": "", "last_set": 0},
        "purpose": {"value": "", "creator": "", "last_set": 0},
    }


def message(state: State, item: Message, *, metadata: bool = False) -> Json:
    """A message as the Web API returns it; its metadata only when asked for."""
    me = state.identity
    shape: Json = {"type": "message", "user": item.user, "ts": item.ts, "text": item.text}
    shape |= {"team": me.team_id}
    if item.subtype:
        shape["subtype"] = item.subtype
    if item.client_msg_id:
        shape["client_msg_id"] = item.client_msg_id
    if item.by_app:
        shape |= {"bot_id": me.bot_id, "app_id": me.app_id, "bot_profile": bot_profile(state)}
    if item.blocks:
        shape["blocks"] = item.blocks
    if item.attachments:
        shape["attachments"] = item.attachments
    if item.stream:
        shape["streaming_state"] = item.stream.state
    if item.files:
        shape["files"] = item.files
    if item.edited_ts:
        shape["edited"] = {"user": item.user, "ts": item.edited_ts}
    if metadata and item.metadata:
        shape["metadata"] = item.metadata
    if item.reactions:
        shape["reactions"] = [
            {"name": name, "users": list(users), "count": len(users)}
            for name, users in item.reactions.items()
        ]
    return shape | _threading(state, item)


def _threading(state: State, item: Message) -> Json:
    if item.thread_ts is not None:
        parent = state.find(item.channel, item.thread_ts)
        return {"thread_ts": item.thread_ts} | ({"parent_user_id": parent.user} if parent else {})
    replies = [reply for reply in state.replies(item.channel, item.ts) if reply.visible_to is None]
    if not replies:
        return {}
    users = list(dict.fromkeys(reply.user for reply in replies))
    return {
        "thread_ts": item.ts,
        "reply_count": len(replies),
        "reply_users_count": len(users),
        "latest_reply": replies[-1].ts,
        "reply_users": users,
        "is_locked": False,
        "subscribed": True,
    }


def bot_profile(state: State) -> Json:
    me = state.identity
    return {
        "id": me.bot_id,
        "app_id": me.app_id,
        "user_id": me.bot_user_id,
        "name": me.bot_name,
        "deleted": False,
        "updated": 0,
        "icons": {},
        "team_id": me.team_id,
    }


def event_callback(state: State, event: Json, event_id: str) -> Json:
    """The body around every event. The event's `event_ts` gives its time."""
    me = state.identity
    return {
        "token": "local-verification-token",
        "team_id": me.team_id,
        "context_team_id": me.team_id,
        "context_enterprise_id": None,
        "api_app_id": me.app_id,
        "event": event,
        "type": "event_callback",
        "event_id": event_id,
        "event_time": int(float(event["event_ts"])),
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": me.team_id,
                "user_id": me.bot_user_id,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": False,
        "event_context": f"4-local-{event_id}",
    }


def slash_command(state: State, *, person: User, place: Channel, command: str, text: str) -> Json:
    """The payload of a slash command, without its trigger_id and response_url."""
    me = state.identity
    return {
        "token": "local-verification-token",
        "team_id": me.team_id,
        "team_domain": me.team_domain,
        "channel_id": place.id,
        "channel_name": place.name or "directmessage",
        "user_id": person.id,
        "user_name": person.name,
        "command": command,
        "text": escape(text),
        "api_app_id": me.app_id,
        "is_enterprise_install": "false",
    }


def interaction(state: State, person: User, kind: str) -> Json:
    """What every interactive payload begins with."""
    me = state.identity
    return {
        "type": kind,
        "user": {"id": person.id, "username": person.name, "name": person.name, "team_id": me.team_id},
        "api_app_id": me.app_id,
        "token": "local-verification-token",
        "team": {"id": me.team_id, "domain": me.team_domain},
        "enterprise": None,
        "is_enterprise_install": False,
    }


def clicked(state: State, item: Message) -> Json:
    """The message part of a click's payload: where it was, and the message itself."""
    place = state.channels[item.channel]
    container: Json = {"type": "message", "message_ts": item.ts, "channel_id": item.channel}
    container["is_ephemeral"] = item.visible_to is not None
    if item.thread_ts:
        container["thread_ts"] = item.thread_ts
    body: Json = {"container": container, "channel": {"id": place.id, "name": place.name or "directmessage"}}
    if item.visible_to is None:
        body["message"] = message(state, item, metadata=True)
    return body


def with_block_ids(state: State, blocks: list[Json] | None) -> list[Json] | None:
    """The blocks as Slack stores them: each with a block_id, each interactive element with an action_id."""
    if not blocks:
        return None
    stored: list[Json] = []
    for block in blocks:
        kept = {**block, "block_id": block.get("block_id") or f"b{state.serial()}"}
        if block.get("type") in ("actions", "context_actions"):
            kept["elements"] = [_with_action_id(state, item) for item in block["elements"]]
        for key in ("accessory", "element"):
            if isinstance(block.get(key), dict):
                kept[key] = _with_action_id(state, block[key])
        stored.append(kept)
    return stored


def _with_action_id(state: State, item: Json) -> Json:
    return {**item, "action_id": item.get("action_id") or f"a{state.serial()}"}


def view(kept: Json) -> Json:
    """A view as the app sees it: without what the workspace notes beside it."""
    return {name: value for name, value in kept.items() if name not in ("user", "errors")}
