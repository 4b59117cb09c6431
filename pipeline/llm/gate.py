"""The gate: every call of a model goes through `Gate.ask`, under a policy, a deadline and a limit of tokens."""

import contextlib
import random
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel

from pipeline.llm.outgoing import Boundary, Piece, Policy, Sent
from pipeline.llm.problems import (
    ModelBudgetSpent,
    ModelError,
    ModelInputTooLong,
    ModelRequestRefused,
    ModelTimeout,
    problem_of,
)
from pipeline.llm.replies import Reply, parsed, reply_of
from pipeline.prompts import Prompt, Rendered

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

CHARACTERS_PER_TOKEN = 4
"""Rough, for English; used ahead of a call, and where a provider reports nothing."""
FIRST_PAUSE = 0.5

Output = TypeVar("Output", bound=BaseModel)
Result = TypeVar("Result")


@dataclass(frozen=True)
class Limits:
    """Seconds for one attempt and for all calls together, attempts a call, and tokens in all."""

    attempt_seconds: float = 90.0
    deadline_seconds: float = 240.0
    attempts: int = 3
    tokens: int | None = 200_000
    """In and out together; a call that could go beyond is not made. None: no limit."""


@dataclass(frozen=True)
class Call:
    """What one call cost and how it ended."""

    prompt: str
    fingerprint: str
    tokens_in: int
    tokens_out: int
    counted: bool
    """Whether the provider reported the tokens; else they are estimated from the characters."""
    seconds: float
    attempts: int
    finish_reason: str | None
    error: str | None


@dataclass
class _Going:
    """A call while it goes on."""

    prompt: Prompt
    rendered: Rendered
    reserved: int
    started: float
    attempts: int = 0
    reply: Reply | None = None
    error: ModelError | None = None


class Gate:
    """The way to one model for the length of one brief or answer; safe to use from several threads."""

    def __init__(
        self,
        name: str,
        chat: "BaseChatModel",
        policy: Policy = "full",
        limits: Limits | None = None,
        *,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = name
        self.boundary = Boundary(name, policy)
        self.calls: list[Call] = []
        self._chat = chat
        self._limits = limits or Limits()
        self._sleep, self._clock = sleep, clock
        self._ends = clock() + self._limits.deadline_seconds
        self._lock = threading.Lock()
        self._reserved = 0
        self._plainly = False

    @property
    def ledger(self) -> list[Sent]:
        """What went out so far."""
        return self.boundary.ledger

    @property
    def tokens_in(self) -> int:
        """Tokens sent so far."""
        return sum(call.tokens_in for call in self.calls)

    @property
    def tokens_out(self) -> int:
        """Tokens received so far."""
        return sum(call.tokens_out for call in self.calls)

    @property
    def prompts(self) -> dict[str, str]:
        """Name and fingerprint of each prompt used so far."""
        return dict(sorted((call.prompt, call.fingerprint) for call in self.calls))

    def ask(self, prompt: Prompt, values: Mapping[str, Sequence[Piece]], output: type[Output]) -> Output:
        """The model's answer to a prompt, validated; ModelError says in words what went wrong.

        PolicyError if a piece may not leave, ModelBudgetSpent if the limit would be passed: nothing was sent then.
        """
        rendered = prompt.render(self.boundary.released(prompt.header.id, values))
        going = _Going(prompt, rendered, self._reserve(prompt, rendered), self._clock())
        try:
            going.reply = self._answered(going, output)
            return parsed(going.reply, output, self.name)
        except ModelError as error:
            going.error = error
            raise
        finally:
            self._account(going)

    def _reserve(self, prompt: Prompt, rendered: Rendered) -> int:
        """Sets tokens aside for a call; ModelBudgetSpent if the limit would be passed."""
        wanted = _estimate(rendered) + prompt.header.max_tokens
        with self._lock:
            spent = self.tokens_in + self.tokens_out + self._reserved
            if self._limits.tokens is not None and spent + wanted > self._limits.tokens:
                raise ModelBudgetSpent(
                    f"the limit of {self._limits.tokens:,} tokens does not allow another call"
                )
            self._reserved += wanted
        return wanted

    def _answered(self, going: _Going, output: type[BaseModel]) -> Reply:
        """The reply of the first attempt that reaches the model; tries again only where that can help."""
        while True:
            going.attempts += 1
            try:
                return self._attempt(going, output)
            except ModelError as problem:
                self._pause_or_raise(problem, going.attempts)

    def _attempt(self, going: _Going, output: type[BaseModel]) -> Reply:
        """One attempt; a server that refuses structured output is asked for plain JSON, now and from then on."""
        plainly = self._plainly
        try:
            return self._invoked(going, output, plainly)
        except ModelInputTooLong:
            raise
        except ModelRequestRefused:
            if plainly:
                raise
            self._plainly = True
            return self._invoked(going, output, plainly=True)

    def _invoked(self, going: _Going, output: type[BaseModel], plainly: bool) -> Reply:
        left = min(self._limits.attempt_seconds, self._ends - self._clock())
        if left <= 0:
            raise ModelTimeout(f"{self.name} did not answer in the time that there is")
        header = going.prompt.header
        chat = _tuned(self._chat, None if plainly else header.temperature, header.max_tokens)
        messages = [("system", going.rendered.system), ("human", going.rendered.user)]

        def invoke() -> Any:
            with _tracing(self.boundary.policy):
                return (chat if plainly else _structured(chat, output)).invoke(messages)

        try:
            return reply_of(_within(left, invoke))
        except Exception as error:
            raise problem_of(error, self.name) from None

    def _pause_or_raise(self, problem: ModelError, attempts: int) -> None:
        if not problem.retryable or attempts >= self._limits.attempts:
            raise problem
        pause = FIRST_PAUSE * 2 ** (attempts - 1) * (1 + random.random())  # noqa: S311 (no secret)
        pause = max(problem.retry_after or 0.0, pause)
        if self._clock() + pause >= self._ends:
            raise problem
        self._sleep(pause)

    def _account(self, going: _Going) -> None:
        reply = going.reply
        estimated = (_estimate(going.rendered), len(reply.text) // CHARACTERS_PER_TOKEN) if reply else (0, 0)
        tokens_in, tokens_out = (reply.usage if reply else None) or estimated
        call = Call(
            prompt=going.prompt.header.id,
            fingerprint=going.prompt.fingerprint,
            tokens_in=tokens_in,
            tokens_out=tokens_out,
            counted=bool(reply and reply.usage),
            seconds=round(self._clock() - going.started, 3),
            attempts=going.attempts,
            finish_reason=reply.reason if reply else None,
            error=going.error.user_message if going.error else None,
        )
        with self._lock:
            self._reserved -= going.reserved
            self.calls.append(call)


def _estimate(rendered: Rendered) -> int:
    return (len(rendered.system) + len(rendered.user)) // CHARACTERS_PER_TOKEN


def _tuned(chat: "BaseChatModel", temperature: float | None, max_tokens: int) -> "BaseChatModel":
    """The model with these settings, under the names that its class has for them."""
    fields = type(chat).model_fields
    room = next((n for n in ("max_tokens", "max_output_tokens", "num_predict") if n in fields), None)
    changed: dict[str, Any] = {room: max_tokens} if room else {}
    if "temperature" in fields:
        changed["temperature"] = temperature
    return chat.model_copy(update=changed)


def _structured(chat: "BaseChatModel", output: type[BaseModel]) -> Any:
    """The model bound to answer in the form of this class; as it is where it cannot.

    A schema is given instead of the class: with a class, clients parse the answer before its reason is looked at.
    """
    try:
        return chat.with_structured_output(output.model_json_schema(), include_raw=True)
    except (NotImplementedError, TypeError, ValueError):
        return chat


def _tracing(policy: Policy) -> contextlib.AbstractContextManager[None]:
    """Tracing to LangSmith is the user's own setting, but a policy that withholds texts withholds them there too."""
    if policy == "full":
        return contextlib.nullcontext()
    from langsmith import tracing_context

    return tracing_context(enabled=False)


def _within(seconds: float, call: Callable[[], Result]) -> Result:
    """The result of a call in a thread of its own; TimeoutError when it takes longer. A late result is dropped."""
    future: Future[Result] = Future()

    def run() -> None:
        try:
            future.set_result(call())
        except BaseException as error:
            future.set_exception(error)

    threading.Thread(target=run, name="model-call", daemon=True).start()
    return future.result(timeout=seconds)
