"""One call of a model: what it is known by, what it cost, and how it ended."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pipeline.llm.outgoing import Sent
from pipeline.llm.replies import Reply
from pipeline.prompts import Prompt, Rendered

CHARACTERS_PER_TOKEN = 4
"""Rough, for English; used ahead of a call, and where a provider reports nothing."""


@dataclass(frozen=True)
class Call:
    """What one call was, what it cost and how it ended."""

    id: str
    at: datetime
    model: str
    """`provider:model`, as the settings name it."""
    prompt: str
    fingerprint: str
    key: str
    """Of the model, the prompt and all that it was filled in with: equal calls have equal keys."""
    temperature: float
    max_tokens: int
    tokens_in: int
    tokens_out: int
    counted: bool
    """Whether the provider reported the tokens; else they are estimated from the characters."""
    cost_usd: float | None
    """None where no price is known."""
    seconds: float
    attempts: int
    """0 if nothing was sent: the answer was stored, or a limit or a policy did not allow it."""
    finish_reason: str | None
    error_kind: str | None
    error: str | None
    cached: bool = False
    reply: Reply | None = None
    sent: tuple[Sent, ...] = ()
    verdicts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By slot what was wrong with the sentence of this call; empty if it passed."""

    def attributes(self) -> dict[str, Any]:
        """The call under OpenTelemetry's names, with `brief.` before names of our own.

        https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/
        """
        provider, _, model = self.model.partition(":")
        refused = {slot: list(reasons) for slot, reasons in self.verdicts.items() if reasons}
        return {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": provider,
            "gen_ai.request.model": model,
            "gen_ai.request.temperature": self.temperature,
            "gen_ai.request.max_tokens": self.max_tokens,
            "gen_ai.prompt.name": self.prompt,
            "gen_ai.response.finish_reasons": [self.finish_reason] if self.finish_reason else [],
            "gen_ai.usage.input_tokens": self.tokens_in,
            "gen_ai.usage.output_tokens": self.tokens_out,
            "error.type": self.error_kind,
            "brief.call.id": self.id,
            "brief.call.started_at": self.at.isoformat(),
            "brief.call.seconds": self.seconds,
            "brief.call.attempts": self.attempts,
            "brief.call.cached": self.cached,
            "brief.call.error": self.error,
            "brief.call.tokens_reported": self.counted,
            "brief.call.cost_usd": self.cost_usd,
            "brief.prompt.fingerprint": self.fingerprint,
            "brief.sentences.judged": len(self.verdicts),
            "brief.sentences.refused": refused,
            "brief.sent": [line._asdict() for line in self.sent],
        }

    def measured(self) -> dict[str, Any]:
        """The same without anything that a source or a model said, for traces."""
        left_out = ("brief.call.error", "brief.sentences.judged", "brief.sentences.refused", "brief.sent")
        return {name: value for name, value in self.attributes().items() if name not in left_out}


def key_of(model: str, base_url: str | None, prompt: Prompt, rendered: Rendered, schema: Any) -> str:
    """The key of a call: SHA-256 over all that its answer may depend on."""
    header = prompt.header
    parts = [
        model,
        base_url or "",
        prompt.fingerprint,
        *rendered,
        header.temperature,
        header.max_tokens,
        schema,
    ]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode("utf-8", "surrogatepass")).hexdigest()


def tokens_of(rendered: Rendered) -> int:
    """About how many tokens a prompt has."""
    return (len(rendered.system) + len(rendered.user)) // CHARACTERS_PER_TOKEN
