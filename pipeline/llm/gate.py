"""The gate: every call of a model goes through `Gate.ask`, under a policy, a deadline and the limits of a budget."""

import random
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from pydantic import BaseModel

from pipeline.llm.attempts import Attempt, Listener, schema_of
from pipeline.llm.budget import Budget, Cap, Purse, Spent
from pipeline.llm.calls import CHARACTERS_PER_TOKEN, Call, key_of, tokens_of
from pipeline.llm.outgoing import Boundary, Piece, Policy, Sent
from pipeline.llm.prices import Price
from pipeline.llm.problems import (
    ModelAnswerMalformed,
    ModelBudgetSpent,
    ModelCancelled,
    ModelError,
    ModelInputTooLong,
    ModelKeyRefused,
    ModelMissing,
    ModelNoCredit,
    ModelNotFound,
    ModelNotRecorded,
    ModelRequestRefused,
    ModelTimeout,
    ModelUnavailable,
    PolicyError,
    recorded_problem,
)
from pipeline.llm.replies import Reply, parsed
from pipeline.prompts import Prompt, Rendered, load_prompt
from pipeline.steps import step

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

FIRST_PAUSE = 0.5
OWN_FAULT = (PolicyError, ModelBudgetSpent, ModelCancelled, ModelAnswerMalformed)
"""Problems that another model would not mend, or that are asked about once more anyway."""
LASTING = (ModelMissing, ModelKeyRefused, ModelNoCredit, ModelNotFound, ModelUnavailable)
"""Problems after which a model is not asked again for the same brief, if there is another."""

Output = TypeVar("Output", bound=BaseModel)


@dataclass(frozen=True)
class Limits:
    """Seconds for one attempt and for all calls together, attempts a call, and tokens in all."""

    attempt_seconds: float = 90.0
    deadline_seconds: float = 240.0
    attempts: int = 3
    tokens: int | None = 200_000
    """In and out together, for a gate that is given no budget. None: no limit."""


@dataclass(frozen=True)
class Named:
    """Which model a gate led to, so that a replay can stand in its place."""

    name: str
    base_url: str | None
    policy: Policy
    closed: str | None = None
    """Why it could not be asked at all."""
    fallback: "Named | None" = None


class Book(Protocol):
    """Where calls are written down, and answers looked up that were paid for before."""

    def add(self, call: Call, prompt: Prompt) -> None:
        """Writes down a call that ended."""

    def recall(self, key: str) -> Reply | None:
        """The stored answer to the same call."""


class Played(Protocol):
    """The calls of a run that is replayed."""

    def take(self, key: str, model: str) -> Call:
        """The recorded call of this key; ModelNotRecorded if there is none."""


@dataclass
class _Going:
    """A call while it goes on."""

    prompt: Prompt
    schema: dict[str, Any]
    started: float
    at: datetime
    id: str = field(default_factory=lambda: uuid.uuid4().hex[:12])
    rendered: Rendered = field(default_factory=lambda: Rendered("", ""))
    sent: tuple[Sent, ...] = ()
    key: str = ""
    attempts: int = 0
    reserved: Spent = field(default_factory=Spent)
    lost: int = 0
    """Attempts that brought no answer and may be on the bill."""
    cached: bool = False
    reply: Reply | None = None
    error: ModelError | None = None


class Gate:
    """The way to one model for the length of one brief or answer; safe to use from several threads.

    `fallback` is asked where this model cannot answer; its calls, tokens and ledger count with this gate's. `closed`
    says why this model cannot be asked at all.
    """

    def __init__(
        self,
        name: str,
        chat: "BaseChatModel | None",
        policy: Policy = "full",
        limits: Limits | None = None,
        *,
        base_url: str | None = None,
        price: Price | None = None,
        budget: Budget | None = None,
        book: Book | None = None,
        played: Played | None = None,
        fallback: "Gate | None" = None,
        closed: str | None = None,
        prompt: Callable[[str], Prompt] = load_prompt,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = name
        self.boundary = Boundary(name, policy)
        self.fallback = fallback
        self.prompt = prompt
        self.turned_from: list[str] = [closed] if closed else []
        """Why the fallback was asked instead, in words."""
        self._chat = chat
        self._base_url = base_url
        self._limits = limits or Limits()
        self._price = price
        self._budget = budget or Budget([Purse(Cap(self._limits.tokens), "a brief")])
        self._book = book
        self._played = played
        self._sleep, self._clock = sleep, clock
        self._ends = clock() + self._limits.deadline_seconds
        self._lock = threading.Lock()
        self._plainly = False
        self._never = closed
        self._closed = closed is not None
        self._calls: list[Call] = []

    @property
    def named(self) -> Named:
        """Which model this gate leads to."""
        fallback = self.fallback.named if self.fallback else None
        return Named(self.name, self._base_url, self.boundary.policy, self._never, fallback)

    @property
    def calls(self) -> list[Call]:
        """The calls so far, the fallback's after this model's."""
        return [*self._calls, *(self.fallback.calls if self.fallback else ())]

    @property
    def ledger(self) -> list[Sent]:
        """What went out so far."""
        return [*self.boundary.ledger, *(self.fallback.ledger if self.fallback else ())]

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

    @property
    def answered_by(self) -> str:
        """The model that gave the answers: this one unless only the fallback did."""
        if self.fallback is None or any(call.error is None for call in self._calls):
            return self.name
        return self.fallback.answered_by if self.fallback.calls else self.name

    @property
    def stand_in(self) -> str:
        """The model that is asked where this one cannot answer."""
        return self.fallback.name if self.fallback else self.name

    def withhold(self, pieces: Iterable[Piece]) -> None:
        """Keeps the words of pieces that may not leave from leaving under another name."""
        known = list(pieces)
        self.boundary.withhold(known)
        if self.fallback:
            self.fallback.withhold(known)

    def ask(self, prompt: Prompt, values: Mapping[str, Sequence[Piece]], output: type[Output]) -> Output:
        """The model's answer to a prompt, validated; ModelError says in words what went wrong.

        PolicyError if a piece may not leave, ModelBudgetSpent if a limit could be passed: nothing was sent then.
        """
        return self.asked(prompt, values, output)[0]

    def asked(
        self,
        prompt: Prompt,
        values: Mapping[str, Sequence[Piece]],
        output: type[Output],
        listener: Listener | None = None,
    ) -> tuple[Output, str]:
        """As `ask`, with the id of the call; a listener hears the text while it is written, and may stop it."""
        listener = listener or Listener()
        if self.fallback is None:
            return self._asked(prompt, values, output, listener)
        if not self._closed:
            try:
                return self._asked(prompt, values, output, listener)
            except ModelError as error:
                if isinstance(error, OWN_FAULT):
                    raise
                self._turn_from(error)
        return self.fallback.asked(prompt, values, output, listener)

    def _turn_from(self, error: ModelError) -> None:
        if isinstance(error, ModelNotRecorded):
            return  # it was closed when the run came to this call
        with self._lock:
            self._closed = self._closed or (self._played is None and isinstance(error, LASTING))
            if error.user_message not in self.turned_from:
                self.turned_from.append(error.user_message)

    def _asked(
        self,
        prompt: Prompt,
        values: Mapping[str, Sequence[Piece]],
        output: type[Output],
        listener: Listener,
    ) -> tuple[Output, str]:
        going = _Going(prompt, schema_of(output), self._clock(), datetime.now(UTC))
        with step(f"chat {self.name.partition(':')[2]}", call=going.id) as here:
            try:
                texts, going.sent = self.boundary.released(prompt.header.id, values)
                going.rendered = prompt.render(texts)
                going.key = key_of(self.name, self._base_url, prompt, going.rendered, going.schema)
                if self._played is not None:
                    return self._played_again(going, output)
                going.reply = self._known(going, listener) or self._answered(going, listener)
                return parsed(going.reply, output, self.name), going.id
            except ModelError as error:
                going.error = error
                raise
            except Exception as error:
                going.error = ModelError(f"the program failed at the call ({type(error).__name__})")
                raise
            finally:
                if self._played is None:
                    here.note(**self._account(going).measured())

    def _played_again(self, going: _Going, output: type[Output]) -> tuple[Output, str]:
        """What a recorded run was answered to the same words."""
        assert self._played is not None  # noqa: S101 - asked for only then
        call = self._played.take(going.key, self.name)
        with self._lock:
            self._calls.append(call)
        return parsed_again(call, output), call.id

    def _known(self, going: _Going, listener: Listener) -> Reply | None:
        """The stored answer to the same call."""
        found = self._book.recall(going.key) if self._book else None
        if found is not None:
            going.cached = True
            if listener.hears is not None:
                listener.hears(found.text)
        return found

    def _answered(self, going: _Going, listener: Listener) -> Reply:
        """The reply of the first attempt that reaches the model; tries again only where that can help."""
        while True:
            try:
                return self._attempted(going, listener)
            except ModelError as problem:
                self._pause_or_raise(problem, going.attempts, listener)

    def _attempted(self, going: _Going, listener: Listener) -> Reply:
        """One attempt; a server that refuses structured output is asked for plain JSON, now and from then on."""
        plainly = self._plainly
        try:
            return self._invoked(going, listener, plainly)
        except ModelInputTooLong:
            raise
        except ModelRequestRefused:
            if plainly:
                raise
            self._plainly = True
            return self._invoked(going, listener, plainly=True)

    def _invoked(self, going: _Going, listener: Listener, plainly: bool) -> Reply:
        assert self._chat is not None  # noqa: S101 - only a replay has none
        left = min(self._limits.attempt_seconds, self._ends - self._clock())
        if left <= 0:
            raise ModelTimeout(f"{self.name} did not answer in the time that there is")
        attempt = Attempt(
            self.name,
            self._chat,
            going.prompt.header,
            going.rendered,
            going.schema,
            self.boundary.policy,
            listener,
        )
        most = self._most(going)
        self._budget.reserve(most)
        if going.attempts == 0:
            self.boundary.enter(going.sent)
        going.attempts += 1
        try:
            reply = attempt.reply(left, plainly)
        except ModelError as problem:
            if problem.worked:
                going.reserved = going.reserved.plus(most)
                going.lost += 1
            else:
                self._budget.settle(most, Spent())
            raise
        going.reserved = going.reserved.plus(most)
        return reply

    def _most(self, going: _Going) -> Spent:
        """The most that one attempt may cost; ModelBudgetSpent if there is a limit in dollars and no price."""
        tokens_in, tokens_out = tokens_of(going.rendered), going.prompt.header.max_tokens
        if self._price is None and self._budget.counts_money:
            raise ModelBudgetSpent(
                f"a limit in dollars needs the price of {self.name}: give it under [model.prices]"
            )
        usd = self._price.of(tokens_in, tokens_out) if self._price else 0.0
        return Spent(tokens_in + tokens_out, usd)

    def _pause_or_raise(self, problem: ModelError, attempts: int, listener: Listener) -> None:
        turns = self.fallback is not None and isinstance(problem, ModelTimeout)
        if not problem.retryable or turns or attempts >= self._limits.attempts or listener.is_gone():
            raise problem
        pause = FIRST_PAUSE * 2 ** (attempts - 1) * (1 + random.random())  # noqa: S311 (no secret)
        pause = max(problem.retry_after or 0.0, pause)
        if self._clock() + pause >= self._ends:
            raise problem
        self._sleep(pause)

    def _account(self, going: _Going) -> Call:
        tokens_in, tokens_out, counted = self._tokens(going)
        header, reply = going.prompt.header, going.reply
        call = Call(
            id=going.id,
            at=going.at,
            model=self.name,
            prompt=header.id,
            fingerprint=going.prompt.fingerprint,
            key=going.key,
            temperature=header.temperature,
            max_tokens=header.max_tokens,
            tokens_in=tokens_in,
            tokens_out=tokens_out,
            counted=counted,
            cost_usd=round(self._price.of(tokens_in, tokens_out), 8) if self._price else None,
            seconds=round(self._clock() - going.started, 3),
            attempts=going.attempts,
            finish_reason=reply.reason if reply else None,
            error_kind=type(going.error).__name__ if going.error else None,
            error=going.error.user_message if going.error else None,
            cached=going.cached,
            reply=reply,
            sent=going.sent if going.attempts else (),
        )
        try:
            if self._book is not None:
                self._book.add(call, going.prompt)
        finally:
            with self._lock:
                self._calls.append(call)
            self._budget.settle(going.reserved, Spent(tokens_in + tokens_out, call.cost_usd or 0.0))
        return call

    def _tokens(self, going: _Going) -> tuple[int, int, bool]:
        """Tokens in and out, and whether the provider counted them.

        An attempt that was broken off counts as if the model had read and written all: the provider may say so.
        """
        if going.cached:
            return 0, 0, True
        reply = going.reply
        asked = tokens_of(going.rendered)
        estimated = (asked, len(reply.text) // CHARACTERS_PER_TOKEN) if reply else (0, 0)
        tokens_in, tokens_out = (reply.usage if reply else None) or estimated
        lost = going.lost
        counted = not lost and bool(reply and reply.usage)
        return tokens_in + lost * asked, tokens_out + lost * going.prompt.header.max_tokens, counted


def parsed_again(call: Call, output: type[Output]) -> Output:
    """The answer of a recorded call, or the problem that it ended with."""
    if call.error is not None or call.reply is None:
        raise recorded_problem(call.error_kind or "", call.error or "")
    return parsed(call.reply, output, call.model)
