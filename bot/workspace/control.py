"""The page and what drives it. Only the page itself may: Host and Origin are checked on every request."""

import asyncio
import json
from collections.abc import Callable, Collection
from importlib import resources
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from bot.workspace import shapes, workflows
from bot.workspace.actors import Actors, NoSuchControlError
from bot.workspace.state import Change, Json, Message, State, UnknownNameError, User

LOOPBACK = ("127.0.0.1", "localhost", "::1")
PAGE = {
    "/": ("index.html", "text/html"),
    "/app.js": ("app.js", "text/javascript"),
    "/render.js": ("render.js", "text/javascript"),
    "/suggest.js": ("suggest.js", "text/javascript"),
    "/style.css": ("style.css", "text/css"),
    "/canvas.js": ("canvas.js", "text/javascript"),
}
SECURITY = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def refusal_of(request: web.Request, hosts: Collection[str]) -> str | None:
    """Why this request must not be served: a foreign Host (DNS rebinding) or Origin, or None."""
    host = request.headers.get("Host", "")
    if hostname(host) not in hosts:
        return "This address is not this workspace's own. Open it as http://127.0.0.1 with its port."
    if not request.path.startswith("/_workspace/"):
        return None
    origin = request.headers.get("Origin")
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    if origin not in (None, f"http://{host}") or site not in ("same-origin", "none"):
        return "Only the workspace's own page may do this."
    if request.method == "POST" and request.content_type != "application/json":
        return "This takes JSON only."
    return None


def hostname(host: str) -> str:
    """The name in a Host header, without its port; empty when it is malformed."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def guard(hosts: Collection[str]) -> Middleware:
    """A middleware that refuses foreign pages with 403."""

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        reason = refusal_of(request, hosts)
        if reason is not None:
            return web.json_response({"error": reason}, status=403)
        return await handler(request)

    return check


class Control:
    """Serves the page, its live state, and the actions of the person who looks at it."""

    def __init__(self, state: State, actors: Actors, is_connected: Callable[[], bool]) -> None:
        self.state = state
        self.actors = actors
        self.is_connected = is_connected
        self._listeners: set[asyncio.Queue[Json | None]] = set()
        state.observers.append(self.on_change)

    def routes(self) -> list[web.RouteDef]:
        return [
            *(web.get(path, self.page) for path in PAGE),
            web.get("/_workspace/state", self.get_state),
            web.get("/_workspace/events", self.stream),
            web.get("/_workspace/canvas/{id}", self.canvas),
            web.get("/docs/{team}/{id}", self.document),
            web.get("/files/{user}/{id}/{name}", self.file),
            web.post("/_workspace/{action}", self.act),
        ]

    async def page(self, request: web.Request) -> web.Response:
        name, kind = PAGE[request.path]
        body = resources.files("bot.workspace").joinpath("page", name).read_bytes()
        return web.Response(body=body, content_type=kind, charset="utf-8", headers=SECURITY)

    async def document(self, request: web.Request) -> web.Response:
        """The page that shows a canvas."""
        body = resources.files("bot.workspace").joinpath("page", "canvas.html").read_bytes()
        return web.Response(body=body, content_type="text/html", charset="utf-8", headers=SECURITY)

    async def canvas(self, request: web.Request) -> web.Response:
        """What a canvas says, if the person at the page may read it."""
        found, me = self.state.canvases.get(request.match_info["id"]), self.state.person.id
        shared = found and any(me in self.state.channels[channel].members for channel in found.channels)
        if found is None or not (shared or me in found.people):
            return web.json_response({"error": "There is no such canvas, or it is not shared."}, status=404)
        return web.json_response({"title": found.title, "markdown": found.markdown}, headers=SECURITY)

    async def file(self, request: web.Request) -> web.Response:
        """The bytes of a file: a picture as such, anything else as plain text."""
        found = self.state.files.get(request.match_info["id"])
        if found is None or found.ready_at is None:
            return web.json_response({"error": "There is no such file."}, status=404)
        is_picture = (found.body or b"").startswith(b"\x89PNG")
        kind: Json = (
            {"content_type": "image/png"}
            if is_picture
            else {"content_type": "text/plain", "charset": "utf-8"}
        )
        return web.Response(body=found.body, headers=SECURITY, **kind)

    async def get_state(self, request: web.Request) -> web.Response:
        return web.json_response(self.snapshot(), headers=SECURITY)

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """Server-sent events: a snapshot first, then each change."""
        response = web.StreamResponse(headers={**SECURITY, "Content-Type": "text/event-stream"})
        await response.prepare(request)
        queue: asyncio.Queue[Json | None] = asyncio.Queue()
        self._listeners.add(queue)
        queue.put_nowait({"kind": "snapshot", **self.snapshot()})
        try:
            while (item := await queue.get()) is not None:
                await response.write(f"data: {json.dumps(item)}\n\n".encode())
        except ConnectionError:
            return response
        finally:
            self._listeners.discard(queue)
        return response

    def close(self) -> None:
        """Ends the open streams."""
        for queue in self._listeners:
            queue.put_nowait(None)

    # what the page sees

    def snapshot(self) -> Json:
        """Everything the person at the page may see."""
        me = self.state.person
        channels = [c for c in self.state.channels.values() if me.id in c.members]
        return {
            "team": self.state.identity.team_name,
            "me": me.id,
            "bot": self.state.identity.bot_user_id,
            "commands": [{"name": name, "hint": hint} for name, hint in sorted(self.actors.commands.items())],
            "shortcuts": [{"id": key, "name": name} for key, name in sorted(self.actors.shortcuts.items())],
            "steps": [
                {"id": key, "title": step.title, "inputs": step.inputs}
                for key, step in workflows.STEPS.items()
            ],
            "executions": [
                {name: value for name, value in one.items() if name != "token"}
                for one in self.state.executions.values()
            ],
            "connected": self.is_connected(),
            "users": {u.id: self._face(u) for u in self.state.users.values()},
            "channels": [{"id": c.id, "name": c.name, "kind": c.kind} for c in channels],
            "messages": [self.message(m) for c in channels for m in self._visible(c.id)],
            "statuses": [self._status(key, text) for key, text in self.state.statuses.items()],
            "sessions": [self._session(key, text) for key, text in self.state.sessions.items()],
            "prompts": self.state.prompts,
            "home": self.state.homes.get(me.id),
            "views": [view for view in self.state.views.values() if view["user"] == me.id],
        }

    def _face(self, user: User) -> Json:
        return {"name": user.name, "real_name": user.real_name, "is_bot": user.is_bot}

    def _status(self, key: tuple[str, str], text: str) -> Json:
        loading = self.state.loading.get(key, [])
        return {"channel": key[0], "thread_ts": key[1], "status": text, "loading": loading}

    def _session(self, key: tuple[str, str], text: str) -> Json:
        return {"channel": key[0], "thread_ts": key[1], "session": text}

    def _visible(self, channel_id: str) -> list[Message]:
        me = self.state.person.id
        return [m for m in self.state.messages[channel_id].values() if m.visible_to in (None, me)]

    def message(self, item: Message) -> Json:
        shape = shapes.message(self.state, item)
        shape |= {"channel": item.channel, "ephemeral": item.visible_to is not None, "by_app": item.by_app}
        return shape | {"broadcast": item.broadcast}

    def on_change(self, change: Change) -> None:
        if not self._listeners:
            return
        item = self._news(change)
        for queue in self._listeners if item else ():
            queue.put_nowait(item)

    def connection_changed(self) -> None:
        for queue in self._listeners:
            queue.put_nowait({"kind": "connected", "connected": self.is_connected()})

    def _news(self, change: Change) -> Json | None:
        me, message = self.state.person.id, change.message
        if message is not None and message.visible_to not in (None, me):
            return None
        if message is None:
            own = change.detail.get("user", me) == me
            whole = change.kind in ("channel", "joined", "prompts", "view", "workflow") and own
            return (
                {"kind": "snapshot", **self.snapshot()} if whole else {"kind": change.kind, **change.detail}
            )
        if change.kind == "deleted" and self.state.find(message.channel, message.ts) is None:
            return {"kind": "deleted", "channel": message.channel, "ts": message.ts}
        return {"kind": "message", "message": self.message(message)}

    # what the page does

    async def act(self, request: web.Request) -> web.Response:
        """One action of the person at the page; 400 with a sentence when it cannot be done."""
        actions = {
            "say": self._say,
            "slash": self._slash,
            "click": self._click,
            "react": self._react,
            "shortcut": self._shortcut,
            "stop": self._stop,
            "submit": self._submit,
            "close": self._close,
            "home": self._home,
            "step": self._step,
        }
        action = actions.get(request.match_info["action"])
        if action is None:
            return web.json_response({"error": "There is no such action."}, status=404)
        try:
            action(await request.json())
        except (UnknownNameError, NoSuchControlError, ValueError, KeyError, TypeError) as error:
            reason = (
                "That request is not complete." if isinstance(error, KeyError | TypeError) else str(error)
            )
            return web.json_response({"error": reason}, status=400)
        return web.json_response({"ok": True})

    def _say(self, body: Json) -> None:
        self.actors.say(self.state.person.id, body["channel"], body["text"], body.get("thread_ts"))

    def _slash(self, body: Json) -> None:
        command, _, text = str(body["text"]).strip().partition(" ")
        self.actors.slash(self.state.person.id, body["channel"], command, text)

    def _click(self, body: Json) -> None:
        me, action_id, value = self.state.person.id, body["action_id"], body.get("value")
        if body.get("view"):
            self.actors.press(me, body["view"], action_id, value=value)
        else:
            self.actors.click(me, body["ts"], action_id, value=value)

    def _react(self, body: Json) -> None:
        self.actors.react(self.state.person.id, body["ts"], body["name"])

    def _stop(self, body: Json) -> None:
        self.actors.stop(self.state.person.id, body["channel"], body["thread_ts"])

    def _shortcut(self, body: Json) -> None:
        self.actors.shortcut(self.state.person.id, body["ts"], body["callback_id"])

    def _submit(self, body: Json) -> None:
        self.actors.submit(self.state.person.id, body["view"], body["values"])

    def _close(self, body: Json) -> None:
        self.actors.close_view(self.state.person.id, body["view"])

    def _step(self, body: Json) -> None:
        self.actors.run_step(body["step"], dict(body["inputs"]))

    def _home(self, body: Json) -> None:
        self.actors.open_home(self.state.person.id, body.get("tab", "home"))
