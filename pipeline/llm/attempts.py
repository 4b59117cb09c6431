"""One attempt at a chat model through LangChain: within its time, in the form asked for, whole or as it is said."""

import contextlib
import threading
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotInTime
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel

from pipeline.llm.outgoing import Policy
from pipeline.llm.problems import ModelCancelled, problem_of
from pipeline.llm.replies import Reply, reply_of
from pipeline.prompts import Header, Rendered

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

LOOK_EVERY = 0.05
"""Seconds between two looks at whether the answer is still wanted."""

Result = TypeVar("Result")


@dataclass(frozen=True)
class Listener:
    """Someone who reads an answer while it is written, and may stop it."""

    hears: Callable[[str], None] | None = None
    """Is given all the text so far, again and again."""
    stopped: threading.Event | None = None

    def is_gone(self) -> bool:
        """Whether no answer is wanted any more."""
        return self.stopped is not None and self.stopped.is_set()


@dataclass(frozen=True)
class Attempt:
    """What is sent, to which model, and how."""

    name: str
    chat: "BaseChatModel"
    header: Header
    rendered: Rendered
    schema: dict[str, Any]
    policy: Policy
    listener: Listener

    def reply(self, seconds: float, plainly: bool) -> Reply:
        """The model's reply; ModelError if there is none in so many seconds.

        `plainly` leaves out all that a server may not know: temperature and a schema for the answer.
        """
        plainly = plainly or self.listener.hears is not None
        chat = _tuned(self.chat, None if plainly else self.header.temperature, self.header.max_tokens)
        messages = [("system", self.rendered.system), ("human", self.rendered.user)]

        def invoke() -> Any:
            with _tracing(self.policy):
                if self.listener.hears is not None:
                    return self._listened(chat, messages)
                return (chat if plainly else _structured(chat, self.schema)).invoke(messages)

        try:
            return reply_of(_within(seconds, invoke, self.listener, self.name))
        except Exception as error:
            raise problem_of(error, self.name) from None

    def _listened(self, chat: "BaseChatModel", messages: list[tuple[str, str]]) -> Any:
        """The whole message, said aloud as it comes; leaving the loop closes the connection."""
        whole: Any = None
        for chunk in chat.stream(messages):
            if self.listener.is_gone():
                raise _cancelled(self.name)
            whole = chunk if whole is None else whole + chunk
            if self.listener.hears is not None:
                self.listener.hears(reply_of(whole).text)
        return whole


def _cancelled(name: str) -> ModelCancelled:
    return ModelCancelled(f"the answer of {name} is not wanted any more", worked=True)


def _tuned(chat: "BaseChatModel", temperature: float | None, max_tokens: int) -> "BaseChatModel":
    """The model with these settings, under the names that its class has for them."""
    fields = type(chat).model_fields
    room = next((n for n in ("max_tokens", "max_output_tokens", "num_predict") if n in fields), None)
    changed: dict[str, Any] = {room: max_tokens} if room else {}
    if "temperature" in fields:
        changed["temperature"] = temperature
    if "stream_usage" in fields:
        changed["stream_usage"] = True
    return chat.model_copy(update=changed)


def _structured(chat: "BaseChatModel", schema: dict[str, Any]) -> Any:
    """The model bound to answer in the form of this schema; as it is where it cannot.

    A schema is given instead of the class: with a class, clients parse the answer before its reason is looked at.
    """
    try:
        return chat.with_structured_output(schema, include_raw=True)
    except (NotImplementedError, TypeError, ValueError):
        return chat


def schema_of(output: type[BaseModel]) -> dict[str, Any]:
    """The JSON schema of an answer without limits of length: a local engine that samples by grammar crawls with them.

    The limits are held when the answer is validated.
    """
    found = _without_lengths(output.model_json_schema())
    assert isinstance(found, dict)  # noqa: S101 - what a dictionary becomes is one
    return found


def _without_lengths(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _without_lengths(v) for k, v in value.items() if k not in ("maxLength", "maxItems")}
    return [_without_lengths(item) for item in value] if isinstance(value, list) else value


def _tracing(policy: Policy) -> contextlib.AbstractContextManager[None]:
    """Tracing to LangSmith is the user's own setting, but a policy that withholds texts withholds them there too."""
    if policy == "full":
        return contextlib.nullcontext()
    from langsmith import tracing_context

    return tracing_context(enabled=False)


def _within(seconds: float, call: Callable[[], Result], listener: Listener, name: str) -> Result:
    """The result of a call in a thread of its own; TimeoutError when it takes longer. A late result is dropped."""
    future: Future[Result] = Future()

    def run() -> None:
        try:
            future.set_result(call())
        except BaseException as error:
            future.set_exception(error)

    threading.Thread(target=run, name="model-call", daemon=True).start()
    if listener.stopped is None:
        return future.result(timeout=seconds)
    while seconds > 0:
        if listener.is_gone():
            raise _cancelled(name)
        with contextlib.suppress(NotInTime):
            return future.result(timeout=min(LOOK_EVERY, seconds))
        seconds -= LOOK_EVERY
    raise TimeoutError
