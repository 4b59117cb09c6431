"""A language model that does as it is told by a test: as a LangChain chat model, and behind a local HTTP server.

Both take a script: a function from the user's message (and the number of the call, from 0) to an `Answer`. Every
request is recorded. `faithful` is a script that writes well: the source's sentence in the third person.
"""

import asyncio
import json
import re
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from pydantic import PrivateAttr

from pipeline.writing.phrasing import attribute


@dataclass(frozen=True)
class Answer:
    """What the model answers: text and why it stopped, or an HTTP status with headers and a body."""

    text: str | None = ""
    finish: str | None = "stop"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    refusal: str | None = None
    usage: bool = True
    cut: bool = False
    """Whether the connection breaks in the middle of the body."""
    between: float = 0.0
    """Seconds between two pieces of a stream."""


Script = Callable[[str, int], Answer]


class Failure(Exception):
    """An error as a provider's client raises it: with a status and headers, and a text that holds a secret."""

    def __init__(self, status: int, headers: dict[str, str] | None = None, said: str = "") -> None:
        super().__init__(f"{said} sk-secret-0123456789")
        self.status_code = status
        self.response = type("Response", (), {"status_code": status, "headers": headers or {}})()


class ScriptedChat(BaseChatModel):
    """A LangChain chat model that follows a script and records what it is sent."""

    max_tokens: int = 0
    temperature: float | None = None
    _script: Script = PrivateAttr()
    _sent: list[tuple[str, str]] = PrivateAttr(default_factory=list)

    def __init__(self, script: Script) -> None:
        super().__init__()
        self._script = script

    @property
    def sent(self) -> list[tuple[str, str]]:
        """System and user message of every call."""
        return self._sent

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: Any = None,
        **kwargs: Any,
    ) -> ChatResult:
        system, user, answer = self._asked(messages)
        message = AIMessage(
            answer.text or "",
            additional_kwargs={"refusal": answer.refusal} if answer.refusal else {},
            response_metadata={"finish_reason": answer.finish} if answer.finish else {},
            usage_metadata=_usage(system + user, answer.text or "") if answer.usage else None,
        )
        return ChatResult(generations=[ChatGeneration(message=message)])

    def _asked(self, messages: list[BaseMessage]) -> tuple[str, str, Answer]:
        system, user = (str(message.content) for message in messages)
        self._sent.append((system, user))
        answer = self._script(user, len(self._sent) - 1)
        time.sleep(answer.seconds)
        if answer.status != 200:
            raise Failure(answer.status, answer.headers, answer.text or "")
        return system, user, answer

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: Any = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        system, user, answer = self._asked(messages)
        for piece in pieces(answer.text or ""):
            yield ChatGenerationChunk(message=AIMessageChunk(piece))
            time.sleep(answer.between)
        if answer.cut:
            raise ConnectionError("the connection broke")
        last = AIMessageChunk(
            "",
            response_metadata={"finish_reason": answer.finish} if answer.finish else {},
            usage_metadata=_usage(system + user, answer.text or "") if answer.usage else None,
        )
        yield ChatGenerationChunk(message=last)


def pieces(text: str) -> list[str]:
    """A text in the pieces in which a stream brings it."""
    return [text[n : n + 24] for n in range(0, len(text), 24)]


def _usage(asked: str, said: str) -> Any:
    tokens_in, tokens_out = len(asked) // 4, len(said) // 4
    return {"input_tokens": tokens_in, "output_tokens": tokens_out, "total_tokens": tokens_in + tokens_out}


# Reading a prompt, as a model would

_SLOT = re.compile(r"^(s\d+): works? ([\w, ]+);(.*)$", re.MULTILINE)
_WORK = re.compile(r"<<<(k\w+)\n(?:title: .*\n)?((?:\d+\| .*\n)*)>>>")


@dataclass(frozen=True)
class Wanted:
    """A slot of a prompt, with the sentences of its works by their names (`kabc.2`)."""

    slot: str
    about: str
    sentences: dict[str, str]


def wanted(user: str) -> list[Wanted]:
    """The slots of a user message."""
    works = {
        key: {f"{key}.{n}": text for n, text in re.findall(r"^(\d+)\| (.*)$", lines, re.MULTILINE)}
        for key, lines in _WORK.findall(user)
    }
    asked = user.rpartition("Slots:")[2]
    return [
        Wanted(slot, about, {n: t for key in keys.split(", ") for n, t in works[key].items()})
        for slot, keys, about in _SLOT.findall(asked)
    ]


def said(sentences: Sequence[dict[str, Any]]) -> str:
    """The JSON that the prompts ask for."""
    return json.dumps({"sentences": list(sentences)})


def sentence(slot: str, text: Any, support: Sequence[str]) -> dict[str, Any]:
    """One sentence of an answer."""
    return {"slot": slot, "text": text, "support": list(support)}


def each(write: Callable[[Wanted], dict[str, Any] | None]) -> Script:
    """A script that writes every slot of a prompt with this function."""

    def script(user: str, number: int) -> Answer:
        return Answer(said([found for slot in wanted(user) if (found := write(slot))]))

    return script


def own_words(slot: Wanted) -> dict[str, Any] | None:
    """The sentence that the slot points at, in the third person."""
    hint = re.search(r"see (k\w+\.\d+)", slot.about)
    if hint is None:
        return None
    return sentence(slot.slot, attribute(slot.sentences[hint[1]]), [hint[1]])


faithful = each(own_words)


# The same behind HTTP


class ChatServer:
    """An OpenAI-compatible server on a free port of the loopback, in a thread of its own."""

    def __init__(self, script: Script) -> None:
        self.requests: list[dict[str, Any]] = []
        self.keys: list[str] = []
        self.left = 0
        """Streams whose reader went away."""
        self.port = 0
        self._script = script
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()

    @property
    def url(self) -> str:
        """The base_url for a client."""
        return f"http://127.0.0.1:{self.port}/v1"

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.requests.append(body)
        self.keys.append(request.headers.get("Authorization", ""))
        user = str(body["messages"][-1]["content"])
        answer = self._script(user, len(self.requests) - 1)
        await asyncio.sleep(answer.seconds)
        if answer.status != 200:
            return web.json_response(
                {"error": {"message": answer.text}}, status=answer.status, headers=answer.headers
            )
        if body.get("stream"):
            return await self._streamed(request, body, answer)
        whole = json.dumps(_completion(body, answer)).encode()
        if not answer.cut:
            return web.Response(body=whole, content_type="application/json")
        response = web.StreamResponse(
            headers={"Content-Length": str(len(whole)), "Content-Type": "application/json"}
        )
        await response.prepare(request)
        await response.write(whole[: len(whole) // 2])
        assert request.transport is not None
        request.transport.close()
        return response

    async def _streamed(
        self, request: web.Request, body: dict[str, Any], answer: Answer
    ) -> web.StreamResponse:
        """The answer as server-sent events, https://html.spec.whatwg.org/multipage/server-sent-events.html."""
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        whole = _completion(body, answer)
        parts: list[dict[str, Any]] = [{"delta": {"content": piece}} for piece in pieces(answer.text or "")]
        parts = (
            parts[: len(parts) // 2]
            if answer.cut
            else [*parts, {"delta": {}, "finish_reason": answer.finish}]
        )
        for part in parts:
            chunk = {**whole, "object": "chat.completion.chunk", "usage": None}
            chunk["choices"] = [{"index": 0, "finish_reason": None, **part}]
            try:
                await response.write(f"data: {json.dumps(chunk)}\n\n".encode())
            except ConnectionError:
                self.left += 1
                return response
            await asyncio.sleep(answer.between)
        if answer.cut:
            assert request.transport is not None
            request.transport.close()
            return response
        last = {**whole, "object": "chat.completion.chunk", "choices": []}
        await response.write(f"data: {json.dumps(last)}\n\ndata: [DONE]\n\n".encode())
        return response

    async def _serve(self, stop: asyncio.Event) -> None:
        app = web.Application()
        app.router.add_post("/v1/chat/completions", self._answer)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.port = site._server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
        self._ready.set()
        await stop.wait()
        await runner.cleanup()
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    @contextmanager
    def running(self) -> Iterator["ChatServer"]:
        """The server, while the block runs."""
        stop = asyncio.Event()
        thread = threading.Thread(
            target=self._loop.run_until_complete, args=(self._serve(stop),), daemon=True
        )
        thread.start()
        self._ready.wait(10)
        try:
            yield self
        finally:
            self._loop.call_soon_threadsafe(stop.set)
            thread.join(10)


def _completion(body: dict[str, Any], answer: Answer) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": answer.text, "refusal": answer.refusal}
    asked = "".join(str(m["content"]) for m in body["messages"])
    usage = _usage(asked, answer.text or "")
    return {
        "id": "scripted",
        "object": "chat.completion",
        "created": 0,
        "model": body["model"],
        "choices": [{"index": 0, "message": message, "finish_reason": answer.finish, "logprobs": None}],
        "usage": {
            "prompt_tokens": usage["input_tokens"],
            "completion_tokens": usage["output_tokens"],
            "total_tokens": usage["total_tokens"],
        }
        if answer.usage
        else None,
    }
