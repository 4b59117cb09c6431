"""A loopback web server for the sample feeds, with the conditional requests and compression of a real one."""

import gzip
import hashlib
from datetime import UTC, date, datetime
from types import TracebackType
from typing import Self

from aiohttp import ETag, hdrs, web

from bot.sample.feeds import Rendered, render
from bot.sample.settings import LAST_DAY, instant


class SampleFeeds:
    """Serves the sample feeds as they stood on `day`, and under /asof/<date or time>/ as they stood then."""

    def __init__(self, host: str = "127.0.0.1", port: int = 0) -> None:
        self.day: date = LAST_DAY
        self._host, self._port = host, port
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        """The address of the running server, without a final slash; RuntimeError before `start`."""
        if self._runner is None:
            raise RuntimeError("The sample feeds have not been started.")
        port = self._runner.addresses[0][1]
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{port}"

    async def start(self) -> None:
        """Begins to listen; port 0 takes any free port. OSError if the port is taken."""
        app = web.Application()
        app.router.add_get("/asof/{moment}/{path:.*}", self._answer)
        app.router.add_get("/{path:.*}", self._answer)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        try:
            await web.TCPSite(runner, self._host, self._port).start()
        except OSError:
            await runner.cleanup()
            raise
        self._runner = runner

    async def stop(self) -> None:
        """Stops listening; does nothing if the server is not running."""
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def _answer(self, request: web.Request) -> web.Response:
        asked = request.match_info.get("moment")
        try:
            moment = instant(self.day) if asked is None else _moment(asked)
        except ValueError:
            return web.Response(status=400, text=f"Not a date or time: {asked}\n")
        rendered = render("/" + request.match_info["path"], moment)
        if rendered is None:
            return web.Response(status=404, text="The sample web has no such page.\n")
        return _response(request, rendered)


def _moment(text: str) -> datetime:
    """A date stands for the instant at which it is read; a time without an offset is UTC."""
    if len(text) == len("2026-05-04"):
        return instant(date.fromisoformat(text))
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _response(request: web.Request, rendered: Rendered) -> web.Response:
    if rendered.status != 200:
        return web.Response(
            status=rendered.status, body=rendered.body, headers={hdrs.CONTENT_TYPE: rendered.content_type}
        )
    tag = hashlib.sha256(rendered.body).hexdigest()[:32]
    unchanged = _unchanged(request, tag, rendered.last_modified)
    response = web.Response(status=304 if unchanged else 200)
    # Weak, because the compressed and the plain answer share it.
    response.etag = ETag(value=tag, is_weak=True)
    response.last_modified = rendered.last_modified
    response.headers[hdrs.VARY] = hdrs.ACCEPT_ENCODING
    if unchanged:
        return response
    response.headers[hdrs.CONTENT_TYPE] = rendered.content_type
    response.body = rendered.body
    if "gzip" in request.headers.get(hdrs.ACCEPT_ENCODING, ""):
        response.headers[hdrs.CONTENT_ENCODING] = "gzip"
        response.body = gzip.compress(rendered.body, mtime=0)
    return response


def _unchanged(request: web.Request, tag: str, last_modified: datetime) -> bool:
    """If-None-Match decides where it is sent, If-Modified-Since otherwise (RFC 9110, section 13.2.2)."""
    if request.if_none_match is not None:
        return any(known.value in (tag, "*") for known in request.if_none_match)
    since = request.if_modified_since
    return since is not None and last_modified.replace(microsecond=0) <= since
