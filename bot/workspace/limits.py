"""Slack's limits for a message, as pure checks: a payload goes in, the error Slack would give comes out."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bot.workspace.state import Json

MAX_BLOCKS = 50
MAX_TEXT = 40_000
MAX_UPDATE_TEXT = 4_000
MAX_MARKDOWN = 12_000
MAX_BLOCKS_TEXT = 13_200
MAX_METADATA = 4_000
MAX_ATTACHMENTS = 100

ACTION_ELEMENTS = frozenset(
    "button static_select external_select users_select conversations_select channels_select overflow "
    "datepicker timepicker datetimepicker checkboxes radio_buttons multi_static_select multi_external_select "
    "multi_users_select multi_conversations_select multi_channels_select workflow_button".split()
)
INPUT_ELEMENTS = (ACTION_ELEMENTS - {"button", "overflow", "workflow_button"}) | frozenset(
    "plain_text_input email_text_input url_text_input number_input rich_text_input file_input".split()
)
RICH_TEXT_PARTS = frozenset("rich_text_section rich_text_list rich_text_quote rich_text_preformatted".split())
RICH_TEXT_INLINE = frozenset("text link user usergroup channel emoji broadcast date color team".split())


@dataclass(frozen=True)
class Refusal:
    """Slack's error name, and the pointed remarks it puts beside `invalid_blocks`."""

    error: str
    messages: tuple[str, ...] = ()


@dataclass
class Findings:
    """What is wrong so far, each remark with a JSON pointer."""

    remarks: list[str] = field(default_factory=list)

    def add(self, remark: str, pointer: str) -> None:
        self.remarks.append(f"{remark} [json-pointer:{pointer}]")

    def keys(self, thing: Json, allowed: str, required: str, pointer: str) -> None:
        known = {"type", "block_id", *allowed.split(), *required.split()}
        for key in sorted(set(thing) - known):
            self.add(f"invalid additional property: {key}", pointer)
        for key in required.split():
            if thing.get(key) in (None, "", []):
                self.add(f"missing required field: {key}", pointer)

    def length(self, value: Any, limit: int, pointer: str, *, least: int = 0) -> None:
        if value is None:
            return
        if not isinstance(value, str):
            self.add("must be a string", pointer)
        elif len(value) > limit:
            self.add(f"must be less than {limit + 1} characters", pointer)
        elif len(value) < least:
            self.add(f"must be more than {least - 1} characters", pointer)

    def count(self, items: Any, limit: int, pointer: str, *, least: int = 1) -> list[Any]:
        if not isinstance(items, list):
            self.add("must be an array", pointer)
            return []
        if len(items) > limit:
            self.add(f"no more than {limit} items allowed", pointer)
        elif len(items) < least:
            self.add(f"no less than {least} items allowed", pointer)
        return items


def check_message(payload: Json, *, method: str = "chat.postMessage") -> Refusal | None:
    """What Slack would answer to this message payload: a refusal, or None when it would take it."""
    text, blocks = payload.get("text"), payload.get("blocks")
    markdown = payload.get("markdown_text")
    if not all(isinstance(value, str | None) for value in (text, markdown)):
        return Refusal("invalid_arguments")
    if markdown is not None and (text is not None or blocks is not None):
        return Refusal("markdown_text_conflict")
    if not (text or blocks or markdown or payload.get("attachments")):
        return Refusal("no_text")
    text_limit = MAX_UPDATE_TEXT if method == "chat.update" else MAX_TEXT
    if len(text or "") > text_limit or len(markdown or "") > MAX_MARKDOWN:
        return Refusal("msg_too_long")
    if len(payload.get("attachments") or []) > MAX_ATTACHMENTS:
        return Refusal("too_many_attachments")
    refusal = check_metadata(payload.get("metadata")) or check_blocks(blocks or [])
    if refusal or method == "response_url":
        return refusal
    return Refusal("msg_blocks_too_long") if too_long(blocks or []) else None


def check_metadata(metadata: Any) -> Refusal | None:
    """Message metadata must name an event type, carry an object, and stay small."""
    if metadata in (None, {}):
        return None
    if not isinstance(metadata, dict) or not isinstance(metadata.get("event_payload"), dict):
        return Refusal("invalid_metadata_format")
    if not isinstance(metadata.get("event_type"), str) or not metadata["event_type"]:
        return Refusal("invalid_metadata_format")
    return Refusal("metadata_too_large") if len(json.dumps(metadata)) > MAX_METADATA else None


def check_blocks(blocks: Any, *, limit: int = MAX_BLOCKS) -> Refusal | None:
    """Checks a list of blocks for one surface, of which `limit` is the number of blocks it takes."""
    if not isinstance(blocks, list) or not all(isinstance(block, dict) for block in blocks):
        return Refusal("invalid_blocks_format")
    findings = Findings()
    findings.count(blocks, limit, "/blocks", least=0)
    if expanded(blocks) > limit >= len(blocks):
        findings.add(f"no more than {limit} items allowed after expanding markdown", "/blocks")
    _check_unique(blocks, "block_id", "/blocks", findings)
    for index, block in enumerate(blocks):
        _check_block(block, f"/blocks/{index}", findings)
    return Refusal("invalid_blocks", tuple(findings.remarks)) if findings.remarks else None


def expanded(blocks: list[Json]) -> int:
    """How many blocks these count as once Slack has expanded the markdown ones (a cautious estimate)."""
    return sum(markdown_blocks(b.get("text")) if b.get("type") == "markdown" else 1 for b in blocks)


def markdown_blocks(text: Any) -> int:
    """How many blocks a markdown text becomes: one for each heading, rule, fence and run of lines."""
    if not isinstance(text, str):
        return 1
    count, fenced, inside = 0, False, False
    for line in text.splitlines():
        bare = line.strip()
        if bare.startswith("```"):
            count, fenced, inside = (count if fenced else count + 1), not fenced, False
        elif fenced:
            continue
        elif re.match(r"#{1,6}\s|([-*_])(\s*\1){2,}\s*$", bare):
            count, inside = count + 1, False
        else:
            count += bool(bare) and not inside
            inside = bool(bare)
    return max(count, 1)


def too_long(blocks: list[Json]) -> bool:
    """Whether the texts of these blocks together are more than Slack stores in one message."""
    markdown = sum(len(b.get("text") or "") for b in blocks if b.get("type") == "markdown")
    return markdown > MAX_MARKDOWN or text_total(blocks) > MAX_BLOCKS_TEXT


def text_total(thing: Any) -> int:
    """The number of characters in every text, label and address of a block structure."""
    if isinstance(thing, list):
        return sum(text_total(item) for item in thing)
    if not isinstance(thing, dict):
        return 0
    own = sum(len(thing[key]) for key in ("text", "url", "alt_text") if isinstance(thing.get(key), str))
    return own + sum(text_total(value) for value in thing.values() if isinstance(value, dict | list))


def _check_unique(items: list[Json], key: str, pointer: str, findings: Findings) -> None:
    seen: set[str] = set()
    for item in items:
        value = item.get(key)
        if isinstance(value, str) and value in seen:
            findings.add(f"`{key}` {value} already exists", pointer)
        elif isinstance(value, str):
            seen.add(value)


def _check_block(block: Json, at: str, findings: Findings) -> None:
    findings.length(block.get("block_id"), 255, f"{at}/block_id")
    check = BLOCKS.get(str(block.get("type")))
    if check is None:
        findings.add(f"unsupported type: {block.get('type')}", f"{at}/type")
    else:
        check(block, at, findings)


def _text(
    thing: Any, at: str, findings: Findings, *, limit: int = 3000, only: str = "plain_text mrkdwn"
) -> None:
    if thing is None:
        return
    if not isinstance(thing, dict) or thing.get("type") not in only.split():
        findings.add(f"must be a text object of type {only.replace(' ', ' or ')}", at)
        return
    findings.keys(thing, "emoji" if thing["type"] == "plain_text" else "verbatim", "text", at)
    findings.length(thing.get("text"), limit, f"{at}/text")


def _plain(thing: Any, at: str, findings: Findings, limit: int) -> None:
    _text(thing, at, findings, limit=limit, only="plain_text")


def _section(block: Json, at: str, findings: Findings) -> None:
    findings.keys(block, "text fields accessory expand", "", at)
    if block.get("text") is None and not block.get("fields"):
        findings.add("missing required field: text or fields", at)
    _text(block.get("text"), f"{at}/text", findings)
    if block.get("fields") is not None:
        for index, item in enumerate(findings.count(block["fields"], 10, f"{at}/fields")):
            _text(item, f"{at}/fields/{index}", findings, limit=2000)
    if block.get("accessory") is not None:
        _element(block["accessory"], f"{at}/accessory", findings, ACTION_ELEMENTS | {"image"})


def _header(block: Json, at: str, findings: Findings) -> None:
    findings.keys(block, "level", "text", at)
    _plain(block.get("text"), f"{at}/text", findings, 150)


def _divider(block: Json, at: str, findings: Findings) -> None:
    findings.keys(block, "", "", at)


def _context(block: Json, at: str, findings: Findings) -> None:
    findings.keys(block, "", "elements", at)
    for index, item in enumerate(findings.count(block.get("elements"), 10, f"{at}/elements")):
        where = f"{at}/elements/{index}"
        if isinstance(item, dict) and item.get("type") == "image":
            _image(item, where, findings)
        else:
            _text(item, where, findings)


def _actions(block: Json, at: str, findings: Findings) -> None:
    findings.keys(block, "", "elements", at)
    items = findings.count(block.get("elements"), 25, f"{at}/elements")
    _check_unique([i for i in items if isinstance(i, dict)], "action_id", f"{at}/elements", findings)
    for index, item in enumerate(items):
        _element(item, f"{at}/elements/{index}", findings, ACTION_ELEMENTS)


def _markdown(block: Json, at: str, findings: Findings) -> None:
    findings.keys(block, "", "text", at)
    findings.length(block.get("text"), MAX_MARKDOWN, f"{at}/text")


def _image(block: Json, at: str, findings: Findings) -> None:
    findings.keys(block, "image_url slack_file title", "alt_text", at)
    findings.length(block.get("image_url"), 3000, f"{at}/image_url")
    findings.length(block.get("alt_text"), 2000, f"{at}/alt_text")
    if bool(block.get("image_url")) == bool(block.get("slack_file")):
        findings.add("exactly one of image_url and slack_file is required", at)
    file = block.get("slack_file")
    if file is not None and not re.fullmatch(
        r"F[A-Z0-9]{8,}", str(file.get("id") if isinstance(file, dict) else "")
    ):
        findings.add("input must match regex pattern: ^[F][A-Z0-9]{8,}$", f"{at}/slack_file/id")
    if block.get("title") is not None:
        _plain(block["title"], f"{at}/title", findings, 2000)


def _input(block: Json, at: str, findings: Findings) -> None:
    findings.keys(block, "hint optional dispatch_action", "label element", at)
    _plain(block.get("label"), f"{at}/label", findings, 2000)
    _plain(block.get("hint"), f"{at}/hint", findings, 2000)
    _element(block.get("element"), f"{at}/element", findings, INPUT_ELEMENTS)


def _rich_text(block: Json, at: str, findings: Findings) -> None:
    findings.keys(block, "", "elements", at)
    for index, part in enumerate(findings.count(block.get("elements"), 1000, f"{at}/elements")):
        where = f"{at}/elements/{index}"
        if not isinstance(part, dict) or str(part.get("type")) not in RICH_TEXT_PARTS:
            findings.add("unsupported rich text element", where)
            continue
        if part["type"] == "rich_text_list" and part.get("style") not in ("bullet", "ordered"):
            findings.add("must be bullet or ordered", f"{where}/style")
        nested = part["type"] == "rich_text_list"
        allowed = {"rich_text_section"} if nested else RICH_TEXT_INLINE
        for number, item in enumerate(findings.count(part.get("elements"), 10_000, where, least=0)):
            if not isinstance(item, dict) or str(item.get("type")) not in allowed:
                findings.add("unsupported rich text element", f"{where}/elements/{number}")


def _table(block: Json, at: str, findings: Findings) -> None:
    findings.keys(block, "column_settings", "rows", at)
    rows = findings.count(block.get("rows"), 100, f"{at}/rows")
    for index, row in enumerate(rows):
        findings.count(row, 20, f"{at}/rows/{index}")
    if text_total(rows) > 10_000:
        findings.add("must be less than 10001 characters", f"{at}/rows")


def _context_actions(block: Json, at: str, findings: Findings) -> None:
    findings.keys(block, "", "elements", at)
    for index, item in enumerate(findings.count(block.get("elements"), 5, f"{at}/elements")):
        if not isinstance(item, dict) or item.get("type") not in ("feedback_buttons", "icon_button"):
            findings.add("unsupported type in context_actions", f"{at}/elements/{index}")
        elif item["type"] == "feedback_buttons":
            _feedback_buttons(item, f"{at}/elements/{index}", findings)


def _feedback_buttons(item: Json, at: str, findings: Findings) -> None:
    findings.keys(item, "action_id", "positive_button negative_button", at)
    for name in ("positive_button", "negative_button"):
        button = item.get(name)
        if isinstance(button, dict):
            findings.keys(button, "accessibility_label", "text value", f"{at}/{name}")
            _plain(button.get("text"), f"{at}/{name}/text", findings, 75)
            findings.length(button.get("value"), 2000, f"{at}/{name}/value")
            findings.length(button.get("accessibility_label"), 75, f"{at}/{name}/accessibility_label")


def _task_card(block: Json, at: str, findings: Findings) -> None:
    findings.keys(block, "status details output sources", "task_id title", at)


def _anything(block: Json, at: str, findings: Findings) -> None:
    """For block types that the app does not build: known to Slack, their inside is not checked here."""


def _element(thing: Any, at: str, findings: Findings, allowed: frozenset[str]) -> None:
    kind = str(thing.get("type")) if isinstance(thing, dict) else ""
    if kind not in allowed:
        findings.add(f"unsupported type: {kind}", f"{at}/type")
        return
    if kind == "image":
        _image(thing, at, findings)
        return
    findings.length(thing.get("action_id"), 255, f"{at}/action_id")
    if kind == "button":
        _button(thing, at, findings)
    if kind == "overflow":
        findings.keys(thing, "action_id confirm", "options", at)
        _confirm_of(thing, at, findings)
    _plain(thing.get("placeholder"), f"{at}/placeholder", findings, 150)
    _options(thing, kind, at, findings)


def _button(thing: Json, at: str, findings: Findings) -> None:
    findings.keys(thing, "action_id url value style confirm accessibility_label agent_prompt", "text", at)
    _plain(thing.get("text"), f"{at}/text", findings, 75)
    findings.length(thing.get("value"), 2000, f"{at}/value")
    findings.length(thing.get("url"), 3000, f"{at}/url")
    findings.length(thing.get("accessibility_label"), 75, f"{at}/accessibility_label")
    if thing.get("url") is not None and not re.match(r"[a-z][a-z0-9+.-]*:\S+$", str(thing["url"]), re.I):
        findings.add("must be a valid URL", f"{at}/url")
    if thing.get("style") not in (None, "primary", "danger"):
        findings.add("must be primary or danger", f"{at}/style")
    _confirm_of(thing, at, findings)


def _confirm_of(thing: Json, at: str, findings: Findings) -> None:
    if thing.get("confirm") is not None:
        _confirm(thing["confirm"], f"{at}/confirm", findings)


def _confirm(thing: Any, at: str, findings: Findings) -> None:
    if not isinstance(thing, dict):
        findings.add("must be an object", at)
        return
    findings.keys(thing, "style", "title text confirm deny", at)
    for key, limit in (("title", 100), ("confirm", 30), ("deny", 30)):
        _plain(thing.get(key), f"{at}/{key}", findings, limit)
    _text(thing.get("text"), f"{at}/text", findings, limit=300)


def _options(thing: Json, kind: str, at: str, findings: Findings) -> None:
    options = thing.get("options")
    if options is None:
        return
    limit = {"overflow": 5, "checkboxes": 10, "radio_buttons": 10}.get(kind, 100)
    for index, option in enumerate(findings.count(options, limit, f"{at}/options")):
        where = f"{at}/options/{index}"
        if not isinstance(option, dict):
            findings.add("must be an object", where)
            continue
        findings.keys(option, "description url", "text value", where)
        _text(option.get("text"), f"{where}/text", findings, limit=75)
        findings.length(option.get("value"), 150, f"{where}/value")


BLOCKS: dict[str, Callable[[Json, str, Findings], None]] = {
    "section": _section,
    "header": _header,
    "divider": _divider,
    "context": _context,
    "actions": _actions,
    "markdown": _markdown,
    "image": _image,
    "input": _input,
    "rich_text": _rich_text,
    "table": _table,
    "context_actions": _context_actions,
    "task_card": _task_card,
    **dict.fromkeys("video file call plan alert card carousel container".split(), _anything),
    **dict.fromkeys("data_table data_visualization".split(), _anything),
}
