"""The workspace as one object: start it, let an app connect, act as people, look at what happened."""

import asyncio
import errno
import ipaddress
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from types import TracebackType
from typing import Literal, Self, TypeVar

from aiohttp import web

from bot.workspace.actors import Actors
from bot.workspace.calls import ApiError, Desk
from bot.workspace.control import LOOPBACK, Control, guard
from bot.workspace.events import EventFeed
from bot.workspace.faults import Call, Fault, FaultScript, Ledger
from bot.workspace.hooks import Hooks
from bot.workspace.oauth import OAuth, OAuthPages
from bot.workspace.requests import RequestHub
from bot.workspace.sockets import Delivery, Sender, SocketHub
from bot.workspace.state import PEOPLE, Change, Channel, Identity, Json, Message, State, User
from bot.workspace.transcript import transcript
from bot.workspace.web_api import WebApi, failure, read_payload

MAX_BODY = 4 * 1024 * 1024
COMMANDS = {
    "/brief": "now [topic] | preview [topic] | last | search [words] | why [work] | paper [work] | topics | feeds"
    " | schedule | status | help"
}
"""The slash commands with their usage hints, as the app's manifest has them."""
SHORTCUTS = {"ask_about": "Ask about this", "add_to_brief": "Add to next brief"}
"""The shortcuts of messages, likewise."""
T = TypeVar("T")


class WorkspaceError(Exception):
    """The workspace cannot run as asked; the message says why, in a person's words."""


class PortInUseError(WorkspaceError):
    """Another program listens on the wanted port."""


class Workspace:
    """A strict local Slack. Use it as `async with Workspace() as workspace:`, or call start() and stop().

    `port` 0 takes any free port. `scopes` and `bot_events` restrict what the app may call and receives
    (None: no restriction). `ack_timeout` and `retry_delays` are seconds. `missing_parent` says what a
    reply to a parent that is gone becomes: "refuse" (`thread_not_found`) or "unthread" (a message in the
    channel, which Slack has been seen to do). With a `request_url` events are posted there, signed with
    `signing_secret`, and not sent over sockets. With `oauth` the app gets its
    tokens by being installed. `plan` "free" has no canvases of their own; `file_delay` is
    how many seconds pass until an uploaded picture can be shown in a message. Raises WorkspaceError for a
    host that is not this machine.
    """

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        channels: Iterable[str] = ("research", "general"),
        people: Iterable[User] = PEOPLE,
        identity: Identity | None = None,
        bot_token: str = "xoxb-local-bot",  # noqa: S107 - opens nothing but this workspace
        app_token: str = "xapp-local-app",  # noqa: S107
        scopes: Collection[str] | None = None,
        bot_events: Collection[str] | None = None,
        ack_timeout: float = 3.0,
        retry_delays: Sequence[float] = (0.0, 0.0, 0.0),
        missing_parent: str = "refuse",
        plan: Literal["paid", "free"] = "paid",
        file_delay: float = 0.0,
        now: Callable[[], float] = time.time,
        request_url: str = "",
        signing_secret: str = "local-signing-secret",  # noqa: S107
        oauth: OAuth | None = None,
    ) -> None:
        if not is_loopback(host):
            raise WorkspaceError(
                f"The local workspace does not listen on {host}: anybody who reaches that address could "
                "use it. Take 127.0.0.1."
            )
        self.host, self.port = host, port
        self.bot_token, self.app_token = bot_token, app_token
        self.signing_secret = signing_secret
        self.state = State(identity=identity, people=people, channels=channels, now=now)
        self.hub = SocketHub(self.state.identity, ack_timeout=ack_timeout, retry_delays=retry_delays)
        self.requests: RequestHub | None = None
        if request_url:
            self.requests = RequestHub(
                request_url, signing_secret, ack_timeout=ack_timeout, retry_delays=retry_delays
            )
        self.hooks = Hooks(self.state)
        self.faults, self.ledger = FaultScript(), Ledger()
        self.desk = Desk(self.state, self.hooks, self.hub, missing_parent=missing_parent)
        self.desk.plan, self.desk.file_delay = plan, file_delay
        self.api = WebApi(self.desk, bot_token, app_token, scopes, self.faults, self.ledger, oauth)
        self.oauth = oauth
        sender: Sender = self.requests or self.hub
        self.events = EventFeed(self.state, sender, bot_events)
        self.people = Actors(self.state, sender, self.hooks, self.events, COMMANDS, SHORTCUTS)
        self.control = Control(self.state, self.people, lambda: self.is_connected)
        self._hosts = {*LOOPBACK, host}
        self._runner: web.AppRunner | None = None
        self._waiters: set[asyncio.Event] = set()
        self.state.observers.append(self._wake)
        self.hub.on_change = self._socket_changed
        if self.requests is not None:
            self.requests.on_change = self._socket_changed

    # life

    async def start(self) -> None:
        """Begins to listen. Raises PortInUseError or WorkspaceError when that is not possible."""
        runner = web.AppRunner(self._application(), access_log=None, shutdown_timeout=0.5)
        await runner.setup()
        try:
            site = web.TCPSite(runner, self.host, self.port)
            await site.start()
        except OSError as error:
            await runner.cleanup()
            raise _cannot_listen(self.host, self.port, error) from error
        self._runner = runner
        self.port = int(runner.addresses[0][1])
        self.desk.base = self.people.base = self.url.rstrip("/")
        if self.requests is not None:
            await self.requests.start()

    async def stop(self) -> None:
        """Closes every connection. Does nothing when the workspace is not running."""
        runner, self._runner = self._runner, None
        if runner is not None:
            self.control.close()
            await self.hub.stop()
            if self.requests is not None:
                await self.requests.stop()
            await runner.cleanup()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    @property
    def is_connected(self) -> bool:
        """Whether an app can be reached."""
        return self.requests.verified if self.requests is not None else bool(self.hub.usable)

    @property
    def url(self) -> str:
        """The page's address."""
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(self.host, self.host)  # noqa: S104
        return (
            f"http://[{host}]:{self.port}/"
            if ":" in host and "[" not in host
            else f"http://{host}:{self.port}/"
        )

    @property
    def api_url(self) -> str:
        """The Web API's root, for SLACK_API_URL."""
        return f"{self.url}api/"

    def _application(self) -> web.Application:
        app = web.Application(client_max_size=MAX_BODY, middlewares=[guard(self._hosts)])
        app.add_routes(
            [
                web.get("/api/{method}", self.api.handle),
                web.post("/api/{method}", self.api.handle),
                web.get("/link/", self.hub.connect),
                web.post("/upload/v1/{ticket}", self.api.take_upload),
                web.post("/hooks/{tail:.+}", self._respond),
                *self.control.routes(),
                *(OAuthPages(self.oauth, self.state).routes() if self.oauth else ()),
            ]
        )
        return app

    async def _respond(self, request: web.Request) -> web.Response:
        """A post to a response URL."""
        try:
            payload = await read_payload(request)
        except ApiError as error:
            return web.json_response(failure(error), status=400)
        refusal = self.hooks.respond(request.path, payload)
        error_name = refusal.error if refusal else None
        call = Call("response_url", payload, refusal is None, error_name, self.state.now(), refusal is None)
        self.ledger.calls.append(call)
        if refusal is None:
            return web.json_response({"ok": True})
        status = 404 if refusal.error in ("used_url", "expired_url") else 400
        return web.json_response(failure(ApiError.of(refusal)), status=status)

    # people

    def say(self, user: str, channel: str, text: str, thread_ts: str | None = None) -> Message:
        """A person writes in a channel, or with "dm" to the app. `thread_ts` makes it a reply."""
        return self.people.say(user, channel, text, thread_ts)

    def mention(self, user: str, channel: str, text: str, thread_ts: str | None = None) -> Message:
        """A person writes to the app by its name: arrives as `message` and as `app_mention`."""
        return self.people.mention(user, channel, text, thread_ts)

    def slash(self, user: str, channel: str, command: str, text: str = "") -> Delivery:
        """A person types a slash command."""
        return self.people.slash(user, channel, command, text)

    def click(self, user: str, message_ts: str, action_id: str, *, value: str | None = None) -> Delivery:
        """A person clicks a button."""
        return self.people.click(user, message_ts, action_id, value=value)

    def press(self, user: str, view_id: str, action_id: str, *, value: str | None = None) -> Delivery:
        """The same in a dialog or on the Home tab."""
        return self.people.press(user, view_id, action_id, value=value)

    def shortcut(self, user: str, message_ts: str, callback_id: str) -> Delivery:
        """A person takes a shortcut from the menu of a message."""
        return self.people.shortcut(user, message_ts, callback_id)

    def submit(self, user: str, view_id: str, values: Json) -> Delivery:
        """A person submits a modal; `values` as in Slack's `view.state.values`."""
        return self.people.submit(user, view_id, values)

    def react(self, user: str, message_ts: str, name: str) -> None:
        """A person adds a reaction, or takes it back."""
        self.people.react(user, message_ts, name)

    def press_stop(self, user: str, channel: str, thread_ts: str) -> None:
        """A person clicks the Stop button of a thread in which the app is at work."""
        self.people.stop(user, channel, thread_ts)

    def open_home(self, user: str, tab: str = "home") -> None:
        """A person opens the app's Home tab."""
        self.people.open_home(user, tab)

    def run_step(self, step: str, **inputs: str) -> str:
        """A workflow comes to a step of the app; returns the number of the execution."""
        return self.people.run_step(step, inputs)

    def uninstall(self) -> None:
        """A person removes the app: its tokens end, and it is told."""
        if self.oauth is not None:
            self.oauth.revoke_all()
        self.events.emit(
            {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [self.state.identity.bot_user_id]}}
        )
        self.events.emit({"type": "app_uninstalled"})

    # the workspace itself

    def channel(self, key: str) -> Channel:
        """The channel with this id or name; "dm" is the page's person's direct messages."""
        return self.state.open_dm(self.state.person.id) if key == "dm" else self.state.channel(key)

    def messages(self, channel: str) -> list[Message]:
        """Every message of a channel, replies and ephemeral ones included, oldest first."""
        return list(self.state.messages[self.channel(channel).id].values())

    def transcript(self, channel: str) -> str:
        """The channel as plain text, replies indented below their parent."""
        return transcript(self.state, self.channel(channel).id)

    def fail(self, method: str, fault: Fault) -> None:
        """Lets a fault strike the coming calls of this method ("*": of any)."""
        self.faults.add(method, fault)

    def calls(self, method: str, *, ok: bool | None = None) -> list[Call]:
        """The recorded calls of one method ("response_url" for answers to response URLs)."""
        return self.ledger.of(method, ok=ok)

    async def disconnect(self, *, reason: str = "refresh_requested", grace: float = 10.0) -> None:
        """Asks the app's sockets to reconnect, as Slack does every few hours."""
        await self.hub.disconnect(reason=reason, grace=grace)

    async def until(self, predicate: Callable[[], T], timeout: float = 5.0) -> T:  # noqa: ASYNC109
        """Waits until the predicate is true and returns its value. Raises TimeoutError with what is there."""
        event = asyncio.Event()
        self._waiters.add(event)
        end = asyncio.get_running_loop().time() + timeout
        try:
            while not (value := predicate()):
                left = end - asyncio.get_running_loop().time()
                if left <= 0:
                    raise TimeoutError(f"Waited {timeout:g} s in vain. The workspace shows:\n{self._all()}")
                await _wait(event, min(left, 0.05))
        finally:
            self._waiters.discard(event)
        return value

    async def connected(self, timeout: float = 5.0) -> None:  # noqa: ASYNC109
        """Waits until an app has an open socket, or has answered at its address."""
        await self.until(lambda: self.is_connected, timeout)

    async def settled(self, timeout: float = 5.0) -> None:  # noqa: ASYNC109
        """Waits until everything sent to the app is acknowledged or given up."""
        await self.until(lambda: not (self.requests or self.hub).pending, timeout)

    def _all(self) -> str:
        rooms = self.state.channels.values()
        shown = [f"== {room.name or room.id}\n{transcript(self.state, room.id)}" for room in rooms]
        refused = [f"refused: {call.method} {call.error}" for call in self.ledger.refused()]
        return "\n".join(shown + refused)

    def _wake(self, change: Change) -> None:
        for waiter in self._waiters:
            waiter.set()

    def _socket_changed(self) -> None:
        self.control.connection_changed()
        self._wake(Change("socket"))


async def _wait(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return
    event.clear()


def is_loopback(host: str) -> bool:
    """Whether only programs on this machine can reach this host."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _cannot_listen(host: str, port: int, error: OSError) -> WorkspaceError:
    if error.errno == errno.EADDRINUSE:
        return PortInUseError(
            f"Port {port} on {host} is taken by another program. Stop that program or choose another port."
        )
    if error.errno == errno.EACCES:
        return WorkspaceError(f"Port {port} on {host} may not be used: choose one above 1023.")
    return WorkspaceError(f"The workspace cannot listen on {host}, port {port}: {error.strerror or error}.")
