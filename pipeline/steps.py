"""Steps of the work, by name: what log lines and traces say about what was being done.

    with step("write", run=new_run(), profile="secure-reasoning") as here:
        ...
        here.note(works=12)

The ids of a step are in every log line that is written within it, in threads that `asyncio.to_thread` starts too. Where
a tracer is set, each step is a span. Ids and notes are names, numbers and hashes, never a text.
"""

import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar, copy_context
from typing import ParamSpec, Protocol, TypeVar

Value = str | int | float | bool
Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


class Here(Protocol):
    """The step that is being done."""

    def note(self, **what: object) -> None:
        """Adds what came out of it."""


class _Nowhere:
    def note(self, **what: object) -> None:
        pass


Tracer = Callable[[str, Mapping[str, Value]], AbstractContextManager[Here]]
"""Opens a span of this name with these attributes."""

_NOWHERE = _Nowhere()
_ids: ContextVar[Mapping[str, Value]] = ContextVar("ids", default={})  # noqa: B039 - never changed, only replaced
_tracer: Tracer | None = None


def trace_with(tracer: Tracer | None) -> None:
    """From now on each step is a span of this tracer; none: of no one's."""
    global _tracer
    _tracer = tracer


def is_traced() -> bool:
    """Whether steps are spans."""
    return _tracer is not None


def ids() -> Mapping[str, Value]:
    """The ids of the steps that are being done."""
    return _ids.get()


def new_run() -> str:
    """An id for one attempt at a use case."""
    return secrets.token_hex(4)


@contextmanager
def step(name: str, **given: Value) -> Iterator[Here]:
    """What is done in this block is a step of this name; its ids are added to those of the steps around it."""
    token = _ids.set({**_ids.get(), **given})
    try:
        if _tracer is None:
            yield _NOWHERE
        else:
            with _tracer(name, given) as here:
                yield here
    finally:
        _ids.reset(token)


def carried(work: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """The same work for a pool's threads, within the steps of whoever hands it out."""
    around = copy_context()

    def within(*args: Arguments.args, **options: Arguments.kwargs) -> Result:
        return around.copy().run(work, *args, **options)

    return within
