"""Events over HTTP: signed requests to the app's address, its answers, redelivery with Slack's headers."""

import asyncio
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Callable, Coroutine, Sequence
from urllib.parse import urlencode

import aiohttp

from bot.workspace.sockets import Delivery, OnAck, OnFailure
from bot.workspace.state import Json

VERIFY_EVERY = 0.1
FORM = "application/x-www-form-urlencoded"
Headers = dict[str, str]


class RequestHub:
    """Posts each payload to the app's address and takes an answer of 200 within `ack_timeout` as its acknowledgement.

    An event without one is posted again, once for each of `retry_delays`, unless the app forbids that. A command or a
    click is not repeated: it fails, as in Slack, with `dispatch_failed` or `operation_timeout`.
    """

    def __init__(
        self, url: str, signing_secret: str, *, ack_timeout: float, retry_delays: Sequence[float]
    ) -> None:
        self.url, self.signing_secret = url, signing_secret
        self.ack_timeout, self.retry_delays = ack_timeout, tuple(retry_delays)
        self.deliveries: list[Delivery] = []
        self.on_change: Callable[[], None] = lambda: None
        self.verified = False
        self._session: aiohttp.ClientSession | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    # life

    async def start(self) -> None:
        """Asks the app's address for the challenge until it answers."""
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=self.ack_timeout))
        self._run(self._verify())

    async def stop(self) -> None:
        """Gives up what is under way."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    async def _verify(self) -> None:
        while not self.verified:
            challenge = secrets.token_hex(12)
            body = {"token": "local-verification-token", "challenge": challenge, "type": "url_verification"}
            try:
                status, _, answer = await self._post(json.dumps(body), "application/json", {})
                self.verified = status == 200 and challenge in answer
            except (TimeoutError, aiohttp.ClientError):
                self.verified = False
            await asyncio.sleep(0 if self.verified else VERIFY_EVERY)
        self.on_change()

    # delivery

    @property
    def pending(self) -> list[Delivery]:
        """What has been neither acknowledged nor given up."""
        return [delivery for delivery in self.deliveries if not delivery.done]

    def send(
        self, kind: str, payload: Json, *, on_ack: OnAck | None = None, on_failure: OnFailure | None = None
    ) -> Delivery:
        """Hands a payload over for delivery and returns at once."""
        delivery = Delivery(kind, payload, on_ack, on_failure)
        self.deliveries.append(delivery)
        self._run(self._deliver(delivery))
        return delivery

    async def _deliver(self, delivery: Delivery) -> None:
        for wait in (0.0, *(self.retry_delays if delivery.type == "events_api" else ())):
            await asyncio.sleep(wait)
            if await self._attempt(delivery):
                break
        if not delivery.done:
            lost = delivery.retry_reason == "http_timeout"
            delivery.failed = "operation_timeout" if lost else "dispatch_failed"
            if delivery.on_failure is not None:
                delivery.on_failure(delivery.failed)
        self.on_change()

    async def _attempt(self, delivery: Delivery) -> bool:
        """Posts once; whether that was the last time."""
        body, kind = encoded(delivery)
        headers: Headers = {}
        if delivery.attempts:
            headers = {
                "X-Slack-Retry-Num": str(delivery.attempts),
                "X-Slack-Retry-Reason": delivery.retry_reason,
            }
        delivery.attempts += 1
        clock = asyncio.get_running_loop().time
        delivery.sent_at = delivery.sent_at or clock()
        try:
            status, answered, answer = await self._post(body, kind, headers)
        except TimeoutError:
            delivery.retry_reason = "http_timeout"
            return False
        except aiohttp.ClientError:
            delivery.retry_reason = "connection_failed"
            return False
        if status == 200:
            delivery.acked.set()
            delivery.acked_at = clock()
            if delivery.on_ack is not None:
                delivery.on_ack(_payload(answer))
            return True
        delivery.retry_reason = "http_error"
        return answered.get("X-Slack-No-Retry") == "1"

    async def _post(self, body: str, kind: str, more: Headers) -> tuple[int, Headers, str]:
        if self._session is None:
            raise aiohttp.ClientConnectionError
        headers = {"Content-Type": kind, **signed(self.signing_secret, body, time.time()), **more}
        async with self._session.post(self.url, data=body.encode(), headers=headers) as response:
            return response.status, dict(response.headers), await response.text()

    def _run(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def encoded(delivery: Delivery) -> tuple[str, str]:
    """The body of the request and its content type: events as JSON, commands as a form, clicks in a form's field."""
    if delivery.type == "events_api":
        return json.dumps(delivery.payload), "application/json"
    form = (
        delivery.payload if delivery.type == "slash_commands" else {"payload": json.dumps(delivery.payload)}
    )
    return urlencode(form), FORM


def signed(secret: str, body: str, moment: float) -> Headers:
    """The headers by which the app knows that a request comes from this workspace.

    Source: https://docs.slack.dev/authentication/verifying-requests-from-slack
    """
    stamp = str(int(moment))
    digest = hmac.new(secret.encode(), f"v0:{stamp}:{body}".encode(), hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest}"}


def _payload(answer: str) -> Json | None:
    """What an acknowledgement brings back: JSON, or a text to show."""
    if not answer.strip():
        return None
    try:
        read = json.loads(answer)
    except ValueError:
        return {"text": answer}
    return read if isinstance(read, dict) else None
