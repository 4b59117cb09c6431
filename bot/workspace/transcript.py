"""A channel as plain text, as a reader would see it: for golden files and for the terminal."""

import re

from bot.workspace.shapes import unescape
from bot.workspace.state import Json, Message, State

MARK = re.compile(r"<([@#!]?)([^>|]*)(?:\|([^>]*))?>")


def transcript(state: State, channel_id: str) -> str:
    """Each message under its author's name, replies indented below their parent. No time stamps."""
    lines: list[str] = []
    for message in state.top_level(channel_id):
        if message.thread_ts is not None:
            continue
        lines += message_lines(state, message)
        for reply in state.replies(channel_id, message.ts):
            lines += [f"    {line}".rstrip() for line in message_lines(state, reply)]
    return "\n".join(lines) + "\n" if lines else ""


def message_lines(state: State, message: Message) -> list[str]:
    """One message: author, remarks, then its text or blocks, line by line."""
    author = state.users.get(message.user)
    remarks = [f"only visible to {state.users[message.visible_to].name}"] if message.visible_to else []
    remarks += ["edited"] if message.edited_ts else []
    name = author.real_name if author else "Slackbot"
    head = name + (f" ({', '.join(remarks)})" if remarks else "") + ":"
    body = "\n".join(block_text(state, block) for block in message.blocks or []) or plain(state, message.text)
    if not message.by_app:
        body = plain(state, message.text)
    body = "\n".join([body, *(f"[file: {file['title']}]" for file in message.files or [])]).strip("\n")
    reactions = " ".join(f":{key}: {len(users)}" for key, users in message.reactions.items())
    lines = [head, *(f"  {line}".rstrip() for line in body.splitlines())]
    return [*lines, f"  {reactions}"] if reactions else lines


def block_text(state: State, block: Json) -> str:
    """A block's text with its links written out; buttons in brackets."""
    kind = block.get("type")
    if kind in ("section", "context", "header"):
        parts = [block.get("text"), *(block.get("fields") or []), *(block.get("elements") or [])]
        parts.append(block.get("accessory"))
        texts = [_object_text(state, part) for part in parts if part]
        return ("# " if kind == "header" else "") + ("  ·  " if kind == "context" else "\n").join(texts)
    if kind == "divider":
        return "---"
    if kind in ("actions", "context_actions"):
        return " ".join(_object_text(state, element) for element in block["elements"])
    if kind == "task_card":
        return f"[{block.get('status', 'pending')}: {block['title']}]"
    if kind == "markdown":
        return str(block["text"])
    if kind == "rich_text":
        return "\n".join(_rich(state, part) for part in block["elements"])
    return f"({kind}: {block['alt_text']})" if block.get("alt_text") else f"({kind})"


def plain(state: State, text: str) -> str:
    """Mrkdwn with its marks resolved: names for ids, labels with addresses, entities decoded."""

    def resolve(found: re.Match[str]) -> str:
        sign, target, label = found.groups()
        if sign == "@":
            return "@" + (state.users[target].name if target in state.users else label or target)
        if sign == "#":
            return "#" + (state.channels[target].name if target in state.channels else label or target)
        if sign == "!":
            return "@" + (label or target)
        return f"{label} ({target})" if label and label != target else target

    return unescape(MARK.sub(resolve, text))


def _object_text(state: State, thing: Json) -> str:
    if thing.get("type") == "image":
        return f"({thing.get('alt_text', 'image')})"
    text = thing.get("text")
    if isinstance(text, dict):
        label = str(text.get("text", ""))
        return f"[{label}]({thing['url']})" if thing.get("url") else f"[{label}]"
    if thing.get("type") == "mrkdwn":
        return plain(state, str(text))
    return str(text or f"[{thing.get('type')}]")


def _rich(state: State, part: Json) -> str:
    if part["type"] == "rich_text_list":
        numbered = part.get("style") == "ordered"
        indent = "  " * int(part.get("indent") or 0)
        items = enumerate(part["elements"], start=1)
        return "\n".join(indent + (f"{n}. " if numbered else "• ") + _rich(state, item) for n, item in items)
    text = "".join(_inline(state, item) for item in part["elements"])
    return "\n".join(f"> {line}" for line in text.splitlines()) if part["type"] == "rich_text_quote" else text


def _inline(state: State, item: Json) -> str:
    kind = item["type"]
    if kind == "user":
        return plain(state, f"<@{item['user_id']}>")
    if kind == "channel":
        return plain(state, f"<#{item['channel_id']}>")
    if kind == "link":
        return f"{item['text']} ({item['url']})" if item.get("text") else str(item["url"])
    if kind == "broadcast":
        return f"@{item['range']}"
    return f":{item['name']}:" if kind == "emoji" else str(item.get("text", ""))
