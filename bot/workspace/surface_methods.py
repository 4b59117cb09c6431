"""views.* and assistant.threads.*"""

import json

from bot.workspace import shapes
from bot.workspace.calls import ApiError, Args, Desk, Method
from bot.workspace.limits import check_blocks
from bot.workspace.state import Change, Json

MAX_VIEW_BLOCKS = 100
MAX_VIEW_BYTES = 250_000
MAX_STATUS_MESSAGES = 10


def open_view(desk: Desk, args: Args) -> Json:
    view = _view(args, "modal")
    user_id, error = desk.hooks.use_trigger(args.need("trigger_id"))
    if error:
        raise ApiError(error)
    return {"view": _keep(desk, view, user_id)}


def update_view(desk: Desk, args: Args) -> Json:
    old = desk.state.views.get(args.text("view_id")) or _by_external_id(desk, args.text("external_id"))
    if old is None:
        raise ApiError("not_found")
    if args.text("hash") not in ("", old["hash"]):
        raise ApiError("hash_conflict")
    return {"view": _keep(desk, _view(args, "modal"), old["user"], view_id=old["id"])}


def publish_view(desk: Desk, args: Args) -> Json:
    user_id = args.need("user_id")
    if user_id not in desk.state.users:
        raise ApiError("user_not_found")
    old = desk.state.homes.get(user_id)
    if old is not None and args.text("hash") not in ("", old["hash"]):
        raise ApiError("hash_conflict")
    return {"view": _keep(desk, _view(args, "home"), user_id)}


def _by_external_id(desk: Desk, external_id: str) -> Json | None:
    views = desk.state.views.values()
    return next((view for view in views if external_id and view.get("external_id") == external_id), None)


def _view(args: Args, kind: str) -> Json:
    view = args.values.get("view")
    if not isinstance(view, dict) or view.get("type") != kind:
        raise ApiError(
            "invalid_arguments", response_metadata={"messages": [f"[ERROR] view must be a {kind}"]}
        )
    if len(json.dumps(view)) > MAX_VIEW_BYTES:
        raise ApiError("view_too_large")
    refusal = check_blocks(view.get("blocks"), limit=MAX_VIEW_BLOCKS)
    if refusal is not None:
        raise ApiError("invalid_arguments", **ApiError.of(refusal).fields)
    _check_modal(view)
    return view


def _check_modal(view: Json) -> None:
    limits = {"private_metadata": 3000, "callback_id": 255, "external_id": 255}
    wrong = [name for name, limit in limits.items() if len(str(view.get(name) or "")) > limit]
    for name in ("title", "submit", "close"):
        label = view.get(name)
        text = label.get("text") if isinstance(label, dict) else label
        if text is not None and not (isinstance(text, str) and 1 <= len(text) <= 24):
            wrong.append(name)
    if view["type"] == "modal" and not view.get("title"):
        wrong.append("title")
    has_input = any(block.get("type") == "input" for block in view["blocks"])
    if view["type"] == "modal" and has_input and not view.get("submit"):
        wrong.append("submit")
    if wrong:
        remarks = [f"[ERROR] failed to match the schema [json-pointer:/view/{name}]" for name in wrong]
        raise ApiError("invalid_arguments", response_metadata={"messages": remarks})


def _keep(desk: Desk, view: Json, user_id: str, *, view_id: str = "") -> Json:
    state, me = desk.state, desk.state.identity
    kept = {
        **view,
        "blocks": shapes.with_block_ids(state, view["blocks"]) or [],
        "id": view_id or f"V{state.serial():06d}",
        "team_id": me.team_id,
        "app_id": me.app_id,
        "bot_id": me.bot_id,
        "hash": f"{state.next_ts()}.h",
        "state": {"values": {}},
        "private_metadata": view.get("private_metadata", ""),
        "callback_id": view.get("callback_id", ""),
        "user": user_id,
    }
    kept["root_view_id"] = kept["id"]
    box, key = (state.homes, user_id) if view["type"] == "home" else (state.views, kept["id"])
    box[key] = kept
    state.notify(Change("view", detail={"view": kept["id"], "user": user_id, "type": view["type"]}))
    return shapes.view(kept)


def set_status(desk: Desk, args: Args) -> Json:
    channel = desk.channel(args.need("channel_id", "channel_not_found"))
    thread_ts = args.need("thread_ts")
    if desk.state.find(channel.id, thread_ts) is None:
        raise ApiError("thread_not_found")
    loading = args.words("loading_messages")
    if len(loading) > MAX_STATUS_MESSAGES:
        raise ApiError("invalid_arguments")
    desk.state.set_status(channel.id, thread_ts, args.text("status"), loading)
    return {}


def set_title(desk: Desk, args: Args) -> Json:
    desk.channel(args.need("channel_id", "channel_not_found"))
    args.need("thread_ts")
    args.need("title")
    return {}


def set_prompts(desk: Desk, args: Args) -> Json:
    channel = desk.channel(args.need("channel_id", "channel_not_found"))
    prompts = args.values.get("prompts")
    if not isinstance(prompts, list) or not 1 <= len(prompts) <= 4:
        raise ApiError("invalid_arguments")
    if not all(isinstance(p, dict) and p.get("title") and p.get("message") for p in prompts):
        raise ApiError("invalid_arguments")
    desk.state.prompts[channel.id] = prompts
    desk.state.notify(Change("prompts", detail={"channel": channel.id}))
    return {}


METHODS = {
    "views.open": Method(open_view),
    "views.update": Method(update_view),
    "views.publish": Method(publish_view),
    "assistant.threads.setStatus": Method(set_status, "chat:write"),
    "assistant.threads.setTitle": Method(set_title, "assistant:write"),
    "assistant.threads.setSuggestedPrompts": Method(set_prompts, "assistant:write"),
}
