"""Socket Mode: connections, envelopes, acknowledgements, redelivery."""

import asyncio
import json
import secrets
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol

from aiohttp import WSCloseCode, WSMsgType, web

from bot.workspace.state import Identity, Json

OnAck = Callable[[Json | None], None]
OnFailure = Callable[[str], None]


@dataclass
class Delivery:
    """One payload on its way to the app.

    `attempts` counts how often it was sent; `acked` is set by the first acknowledgement, and `failed`
    holds Slack's name for the failure once it has been given up.
    """

    type: str
    payload: Json
    on_ack: OnAck | None = None
    on_failure: OnFailure | None = None
    attempts: int = 0
    retry_reason: str = ""
    envelope_ids: list[str] = field(default_factory=list)
    acked: asyncio.Event = field(default_factory=asyncio.Event)
    failed: str | None = None
    timer: asyncio.TimerHandle | None = None
    sent_at: float | None = None
    """By the loop's clock, the first time."""
    acked_at: float | None = None

    @property
    def done(self) -> bool:
        return self.acked.is_set() or self.failed is not None


class Sender(Protocol):
    """What hands payloads over to the app: sockets, or requests to its address."""

    def send(
        self, kind: str, payload: Json, *, on_ack: OnAck | None = None, on_failure: OnFailure | None = None
    ) -> Delivery:
        """Hands a payload over for delivery and returns at once."""


@dataclass(eq=False)
class Connection:
    """One open socket. What is put into its outbox is sent in that order."""

    number: int
    ws: web.WebSocketResponse
    leaving: bool = False
    outbox: asyncio.Queue[Json] = field(default_factory=asyncio.Queue)

    @property
    def usable(self) -> bool:
        return not self.leaving and not self.ws.closed

    async def write(self) -> None:
        """Sends until the socket closes; a missing acknowledgement brings the redelivery of what was lost."""
        with suppress(ConnectionError):
            while True:
                await self.ws.send_json(await self.outbox.get())


class SocketHub:
    """Delivers each payload to one of the open sockets and waits for the app's acknowledgement.

    An event without an acknowledgement after `ack_timeout` seconds is delivered again, once for each
    of `retry_delays`, and waits while no socket is open. A command or a click is not repeated: it
    fails, as in Slack, with `dispatch_failed` or `operation_timeout`.
    """

    def __init__(self, identity: Identity, *, ack_timeout: float, retry_delays: Sequence[float]) -> None:
        self.identity = identity
        self.ack_timeout = ack_timeout
        self.retry_delays = tuple(retry_delays)
        self.connections: list[Connection] = []
        self.deliveries: list[Delivery] = []
        self.late_acks: list[str] = []
        self.on_change: Callable[[], None] = lambda: None
        self._queue: list[Delivery] = []
        self._tickets: set[str] = set()
        self._by_envelope: dict[str, Delivery] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._turn = 0
        self._count = 0

    # tickets and connections

    def new_ticket(self) -> str:
        ticket = secrets.token_urlsafe(18)
        self._tickets.add(ticket)
        return ticket

    @property
    def usable(self) -> list[Connection]:
        return [connection for connection in self.connections if connection.usable]

    async def connect(self, request: web.Request) -> web.StreamResponse:
        """GET /link/: a WebSocket, for a ticket that has not been used yet."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            return web.Response(status=408, text="This ticket is unknown or has been used.")
        self._tickets.discard(ticket)
        ws = web.WebSocketResponse()
        await ws.prepare(request)
        self._count += 1
        connection = Connection(self._count, ws)
        self.connections.append(connection)
        connection.outbox.put_nowait(self._hello(connection))
        writer = asyncio.create_task(connection.write())
        self.on_change()
        self._flush()
        try:
            await self._read(connection)
        finally:
            writer.cancel()
            self.connections.remove(connection)
            self.on_change()
        return ws

    def _hello(self, connection: Connection) -> Json:
        return {
            "type": "hello",
            "num_connections": len(self.usable),
            "debug_info": self._debug(connection) | {"approximate_connection_time": 18060},
            "connection_info": {"app_id": self.identity.app_id},
        }

    def _debug(self, connection: Connection) -> Json:
        return {"host": f"local-{connection.number}", "build_number": 1}

    async def _read(self, connection: Connection) -> None:
        async for frame in connection.ws:
            if frame.type is not WSMsgType.TEXT:
                continue
            try:
                body = json.loads(frame.data)
            except ValueError:
                continue
            if isinstance(body, dict):
                self._acknowledge(str(body.get("envelope_id")), body.get("payload"))

    # delivery

    def send(
        self,
        kind: str,
        payload: Json,
        *,
        on_ack: OnAck | None = None,
        on_failure: OnFailure | None = None,
    ) -> Delivery:
        """Hands a payload over for delivery and returns at once."""
        delivery = Delivery(kind, payload, on_ack, on_failure)
        self.deliveries.append(delivery)
        self._queue.append(delivery)
        self._flush()
        if delivery.timer is None and kind != "events_api":
            loop = asyncio.get_running_loop()
            delivery.timer = loop.call_later(self.ack_timeout, self._overdue, delivery)
        return delivery

    @property
    def pending(self) -> list[Delivery]:
        """What has been neither acknowledged nor given up."""
        return [delivery for delivery in self.deliveries if not delivery.done]

    def _flush(self) -> None:
        while self._queue and self.usable:
            self._dispatch(self._queue.pop(0))

    def _dispatch(self, delivery: Delivery) -> None:
        if delivery.done:
            return
        usable = self.usable
        connection = usable[self._turn % len(usable)]
        self._turn += 1
        envelope_id = f"{secrets.token_hex(4)}-{secrets.token_hex(2)}-{secrets.token_hex(6)}"
        envelope: Json = {
            "envelope_id": envelope_id,
            "payload": delivery.payload,
            "type": delivery.type,
            "accepts_response_payload": delivery.type != "events_api",
        }
        if delivery.type == "events_api":
            envelope |= {"retry_attempt": delivery.attempts, "retry_reason": delivery.retry_reason}
        delivery.attempts += 1
        delivery.envelope_ids.append(envelope_id)
        self._by_envelope[envelope_id] = delivery
        if delivery.timer is not None:
            delivery.timer.cancel()
        loop = asyncio.get_running_loop()
        delivery.sent_at = delivery.sent_at or loop.time()
        delivery.timer = loop.call_later(self.ack_timeout, self._overdue, delivery)
        connection.outbox.put_nowait(envelope)

    def _acknowledge(self, envelope_id: str, payload: Json | None) -> None:
        delivery = self._by_envelope.get(envelope_id)
        if delivery is None:
            return
        if delivery.done:
            self.late_acks.append(envelope_id)
            return
        delivery.acked.set()
        delivery.acked_at = asyncio.get_running_loop().time()
        if delivery.timer is not None:
            delivery.timer.cancel()
        if delivery.on_ack is not None:
            delivery.on_ack(payload)
        self.on_change()

    def _overdue(self, delivery: Delivery) -> None:
        delivery.timer = None
        retries = delivery.attempts - 1
        if delivery.done:
            return
        if delivery.type == "events_api" and retries < len(self.retry_delays):
            delivery.retry_reason = "timeout"
            loop = asyncio.get_running_loop()
            delivery.timer = loop.call_later(self.retry_delays[retries], self._again, delivery)
            return
        self._give_up(delivery)

    def _again(self, delivery: Delivery) -> None:
        delivery.timer = None
        self._queue.append(delivery)
        self._flush()

    def _give_up(self, delivery: Delivery) -> None:
        delivery.failed = "operation_timeout" if delivery.attempts else "dispatch_failed"
        if delivery in self._queue:
            self._queue.remove(delivery)
        if delivery.on_failure is not None:
            delivery.on_failure(delivery.failed)
        self.on_change()

    # trouble and the end

    async def disconnect(self, *, reason: str = "refresh_requested", grace: float = 10.0) -> None:
        """Tells every open socket to reconnect, sends it no more, and closes it `grace` seconds later."""
        for connection in self.usable:
            body = {"type": "disconnect", "reason": reason, "debug_info": self._debug(connection)}
            connection.outbox.put_nowait(body)
            if reason != "warning":
                connection.leaving = True
                task = asyncio.create_task(self._close_later(connection, grace))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
        self.on_change()

    async def _close_later(self, connection: Connection, grace: float) -> None:
        await asyncio.sleep(grace)
        await connection.ws.close()

    async def drop(self) -> None:
        """Cuts every socket without a word."""
        for connection in list(self.connections):
            connection.leaving = True
            await connection.ws.close(code=WSCloseCode.GOING_AWAY)

    async def stop(self) -> None:
        for delivery in self.deliveries:
            if delivery.timer is not None:
                delivery.timer.cancel()
        for task in list(self._tasks):
            task.cancel()
        for connection in list(self.connections):
            connection.leaving = True
            await asyncio.wait_for(connection.ws.close(code=WSCloseCode.GOING_AWAY), 2)
