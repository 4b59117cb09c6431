"""What a model answered: why it stopped, its JSON, its tokens. Strict where parsers are lenient."""

import json
import re
from collections.abc import Sequence
from typing import Any, NamedTuple, TypeVar

from pydantic import BaseModel, ValidationError

from pipeline.llm.problems import ModelAnswerCutOff, ModelAnswerMalformed, ModelRefusal

LONGEST_ANSWER = 200_000
"""Characters; a longer answer is not looked at."""

_ENDED = frozenset(
    "stop end_turn stop_sequence tool_use tool_calls function_call eos complete completed".split()
)
_CUT_OFF = frozenset(
    "length max_tokens max_output_tokens model_length incomplete model_context_window_exceeded".split()
)
_THOUGHT = re.compile(r"\A\s*<(think|thinking|reasoning|thought)>.*?</\1>", re.DOTALL | re.IGNORECASE)
_FENCED = re.compile(r"\A```(?:json)?[ \t]*\n(.*)\n```\Z", re.DOTALL | re.IGNORECASE)

Output = TypeVar("Output", bound=BaseModel)


class Reply(NamedTuple):
    """A model's message, reduced to what is looked at."""

    text: str
    arguments: tuple[Any, ...]
    """Of its tool calls; structured output comes as one."""
    broken_calls: int
    reason: str | None
    refusal: bool
    usage: tuple[int, int] | None
    """Tokens in and out, where the provider reports them."""


def reply_of(answer: Any) -> Reply:
    """The reply in what LangChain returns: a message, or a mapping that holds it under `raw`."""
    message = answer.get("raw") if isinstance(answer, dict) else answer
    extra = getattr(message, "additional_kwargs", None) or {}
    calls = getattr(message, "tool_calls", None) or ()
    return Reply(
        text=_text(getattr(message, "content", None)),
        arguments=tuple(call.get("args") for call in calls),
        broken_calls=len(getattr(message, "invalid_tool_calls", None) or ()),
        reason=_reason(getattr(message, "response_metadata", None) or {}),
        refusal=bool(extra.get("refusal")),
        usage=_usage(getattr(message, "usage_metadata", None)),
    )


def parsed(reply: Reply, output: type[Output], model: str) -> Output:
    """The answer as a value of its class; why the model stopped is looked at before the answer is parsed."""
    if reply.refusal or reply.reason in ("content_filter", "refusal", "safety", "recitation", "blocklist"):
        raise ModelRefusal(f"{model} refused to answer")
    if reply.reason in _CUT_OFF:
        raise ModelAnswerCutOff(f"{model} was cut off before the end of its answer")
    if reply.reason is not None and reply.reason not in _ENDED:
        raise ModelAnswerMalformed(f"{model} stopped for an unknown reason")
    try:
        return output.model_validate(_object(reply, model))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])[:60] or "the whole"
        raise ModelAnswerMalformed(
            f"{model} answered in another form than asked ({where}: {first['type']})"
        ) from None


def _object(reply: Reply, model: str) -> Any:
    if reply.broken_calls or len(reply.arguments) > 1:
        raise ModelAnswerMalformed(f"{model} answered with more than one object, or a broken one")
    if reply.arguments:
        return reply.arguments[0]
    text = _THOUGHT.sub("", reply.text[:LONGEST_ANSWER]).strip()
    fence = _FENCED.match(text)
    text = fence[1].strip() if fence else text
    start = text.find("{")
    if start < 0:
        raise ModelAnswerMalformed(f"{model} answered without the JSON that was asked for")
    try:
        found, end = json.JSONDecoder(object_pairs_hook=_once, parse_constant=_refuse).raw_decode(text, start)
    except (ValueError, RecursionError):
        raise ModelAnswerMalformed(f"{model} answered with broken JSON") from None
    if "{" in text[end:] or "}" in text[end:]:
        raise ModelAnswerMalformed(f"{model} answered with more than one object")
    return found


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name is given twice")
    return found


def _refuse(name: str) -> Any:
    raise ValueError(name)


def _text(content: Any) -> str:
    """The text of a message's content: a string, or a list of blocks of which only text counts."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return ""
    parts = [part if isinstance(part, str) else _block(part) for part in content]
    return "".join(parts)


def _block(part: Any) -> str:
    if isinstance(part, dict) and part.get("type", "text") == "text" and isinstance(part.get("text"), str):
        return str(part["text"])
    return ""


def _reason(metadata: dict[str, Any]) -> str | None:
    for name in ("finish_reason", "stop_reason", "done_reason"):
        value = metadata.get(name)
        if isinstance(value, str) and value:
            return value.lower()
    return None


def _usage(found: Any) -> tuple[int, int] | None:
    if not isinstance(found, dict):
        return None
    tokens_in, tokens_out = found.get("input_tokens"), found.get("output_tokens")
    if isinstance(tokens_in, int) and isinstance(tokens_out, int) and tokens_in > 0:
        return tokens_in, max(tokens_out, 0)
    return None
