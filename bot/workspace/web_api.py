"""The Web API's front: reads a call, checks its token, lets a scripted fault strike, runs it, records it."""

import asyncio
import base64
import json
from collections.abc import Collection
from dataclasses import dataclass

from aiohttp import web

from bot.workspace import (
    chat_methods,
    conversation_methods,
    file_methods,
    stream_methods,
    surface_methods,
    workflows,
)
from bot.workspace.calls import ApiError, Args, Desk, Method
from bot.workspace.faults import Call, Fault, FaultScript, Ledger
from bot.workspace.oauth import OAuth
from bot.workspace.state import Json

METHODS: dict[str, Method] = {
    **chat_methods.METHODS,
    **conversation_methods.METHODS,
    **file_methods.METHODS,
    **stream_methods.METHODS,
    **surface_methods.METHODS,
    **workflows.METHODS,
}
STRUCTURED = {"blocks": "invalid_blocks_format", "metadata": "invalid_metadata_format"}
STRUCTURED |= dict.fromkeys(("outputs", "attachments", "view", "prompts"), "invalid_arguments")
Result = tuple[Json, bool]


@dataclass
class WebApi:
    """The handler of /api/METHOD."""

    desk: Desk
    bot_token: str
    app_token: str
    scopes: Collection[str] | None
    faults: FaultScript
    ledger: Ledger
    oauth: OAuth | None = None
    """Where the app is installed by a link: its tokens then take the place of `bot_token`."""

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answers one call: HTTP 200 with `ok` true or false, unless a scripted fault says otherwise."""
        method = request.match_info["method"]
        try:
            payload = await read_payload(request)
        except ApiError as error:
            return self._answer(method, {}, failure(error), False)
        token = take_token(request, payload)
        fault = self.faults.next(method, payload)
        if method == "oauth.v2.access":
            return self._answer(method, {}, *self._exchanged(request, payload))
        if fault is None:
            body, accepted = self.run(method, payload, token)
            return self._answer(method, payload, body, accepted)
        return await self._trouble(request, fault, method, payload, token)

    def run(self, method: str, payload: Json, token: str) -> Result:
        """The answer to a call, and whether it took effect."""
        try:
            entry = METHODS.get(method)
            if entry is None:
                raise ApiError("unknown_method", req_method=method)
            self._authorize(method, entry, token)
            return {"ok": True} | entry.run(self.desk, Args(payload)), True
        except ApiError as error:
            return failure(error), False

    def _exchanged(self, request: web.Request, payload: Json) -> Result:
        """The answer to oauth.v2.access, which takes no token; nothing of it is recorded but the outcome."""
        try:
            if self.oauth is None:
                raise ApiError("invalid_client_id")
            return {"ok": True} | self.oauth.access(self.desk.state, payload, _client(request)), True
        except ApiError as error:
            return failure(error), False

    def _is_bots(self, token: str) -> bool:
        if workflows.is_token(self.desk.state, token):
            return True
        if self.oauth is not None:
            return self.oauth.is_valid(token, self.desk.state.now())
        return token == self.bot_token

    def _authorize(self, method: str, entry: Method, token: str) -> None:
        if method == "api.test":
            return
        if not token:
            raise ApiError("not_authed")
        bots = self._is_bots(token)
        if not bots and token != self.app_token:
            raise ApiError("invalid_auth")
        for_app = method == "apps.connections.open"
        if for_app == bots:
            raise ApiError("not_allowed_token_type")
        if for_app or entry.scope is None or self.scopes is None:
            return
        if entry.scope not in self.scopes:
            provided = ",".join(sorted(self.scopes))
            raise ApiError("missing_scope", needed=entry.scope, provided=provided)

    async def take_upload(self, request: web.Request) -> web.Response:
        """The bytes of a file, at the address that was given out for it."""
        ticket, body = request.match_info["ticket"], await request.read()
        file = next((f for f in self.desk.state.files.values() if f.ticket == ticket), None)
        fault = self.faults.next("upload", {})
        if fault is not None and fault.answers:
            return web.Response(status=fault.status or 500)
        if file is None or len(body) != file.length:
            return web.Response(status=404 if file is None else 400)
        file.body = body
        return web.Response(text=f"OK - {len(body)}")

    async def _trouble(
        self, request: web.Request, fault: Fault, method: str, payload: Json, token: str
    ) -> web.StreamResponse:
        if fault.accept or not fault.answers:
            if not fault.accept:
                await asyncio.sleep(fault.hang)
            body, accepted = self.run(method, payload, token)
            if fault.accept:
                self._record(method, payload, body, accepted=accepted)
                await asyncio.sleep(fault.hang)
        else:
            await asyncio.sleep(fault.hang)
            body, accepted = {"ok": False, "error": fault.error or f"http_{fault.status}"}, False
        if fault.drop:
            return await self._drop(request, fault, method, payload)
        if fault.change is not None:
            body = fault.change(body)
        if fault.answers:
            body = {"ok": False, "error": fault.error or "internal_error"}
        headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
        if not fault.accept:
            self._record(method, payload, body, accepted=accepted)
        text = json.dumps(body) if fault.body is None else fault.body
        kind = "text/html" if text.startswith("<") else "application/json"
        return web.Response(text=text, content_type=kind, status=fault.status or 200, headers=headers)

    async def _drop(
        self, request: web.Request, fault: Fault, method: str, payload: Json
    ) -> web.StreamResponse:
        if not fault.accept:
            self._record(method, payload, {"ok": False, "error": "connection_dropped"}, accepted=False)
        if fault.body is not None:
            cut = web.StreamResponse(headers={"Content-Type": "application/json", "Content-Length": "4096"})
            await cut.prepare(request)
            await cut.write(fault.body.encode())
        if request.transport is not None:
            request.transport.abort()
        return web.Response()

    def _answer(self, method: str, payload: Json, body: Json, accepted: bool) -> web.Response:
        self._record(method, payload, body, accepted=accepted)
        granted = {} if self.scopes is None else {"X-OAuth-Scopes": ",".join(sorted(self.scopes))}
        return web.json_response(body, headers=granted)

    def _record(self, method: str, payload: Json, body: Json, *, accepted: bool) -> None:
        now = self.desk.state.now()
        self.ledger.calls.append(Call(method, payload, bool(body["ok"]), body.get("error"), now, accepted))


def _client(request: web.Request) -> tuple[str, str]:
    """The app's id and secret, of HTTP's basic authentication."""
    _, _, given = request.headers.get("Authorization", "").partition(" ")
    try:
        name, _, password = base64.b64decode(given, validate=True).decode().partition(":")
    except ValueError:
        raise ApiError("invalid_client_id") from None
    return name, password


def failure(error: ApiError) -> Json:
    return {"ok": False, "error": error.error} | error.fields


async def read_payload(request: web.Request) -> Json:
    """The arguments of a call, from the query, a form or JSON; structured ones are decoded."""
    payload: Json = dict(request.query)
    kind = request.content_type
    if request.method == "POST" and kind == "application/json":
        payload |= await _read_json(request)
    elif request.method == "POST" and kind.startswith(("application/x-www-form", "multipart/form-data")):
        payload |= {key: value for key, value in (await request.post()).items() if isinstance(value, str)}
    for name, error in STRUCTURED.items():
        if isinstance(payload.get(name), str):
            payload[name] = _decode(payload[name], error)
    return {key: value for key, value in payload.items() if value is not None}


async def _read_json(request: web.Request) -> Json:
    text = await request.text()
    body = _decode(text, "invalid_json") if text else {}
    if not isinstance(body, dict):
        raise ApiError("json_not_object")
    return body


def _decode(text: str, error: str) -> object:
    try:
        return json.loads(text) if text else None
    except ValueError:
        raise ApiError(error) from None


def take_token(request: web.Request, payload: Json) -> str:
    """The token of the header, or of the arguments, from which it is removed."""
    given = str(payload.pop("token", ""))
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else given
