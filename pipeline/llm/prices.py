"""What a model costs: the user's own table, else the list of prices that the package genai-prices ships."""

from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple
from urllib.parse import urlsplit

MILLION = 1_000_000
USUAL = 1_000
"""Tokens of a call: some models cost more a token from a length that no call here has."""
LOCAL = ("localhost", "127.0.0.1", "::1")
FREE = ("ollama",)
"""Providers that run on the user's own machine."""
_KNOWN_AS: Mapping[str, str] = {
    "google_genai": "google",
    "google_vertexai": "google",
    "azure_openai": "azure",
    "mistralai": "mistral",
    "bedrock": "aws",
    "bedrock_converse": "aws",
    "xai": "x-ai",
}
"""LangChain's name of a provider to that of the list."""


class Price(NamedTuple):
    """Dollars for a million tokens in and out."""

    input: float
    output: float

    def of(self, tokens_in: int, tokens_out: int) -> float:
        """Dollars for so many tokens."""
        return (tokens_in * self.input + tokens_out * self.output) / MILLION


def price_of(name: str, base_url: str | None = None, own: Mapping[str, Price] | None = None) -> Price | None:
    """The price of `provider:model`: the user's own, nothing for a local server, else the listed one, if any."""
    if own and name in own:
        return own[name]
    provider, _, model = name.partition(":")
    if provider in FREE or urlsplit(base_url or "").hostname in LOCAL:
        return Price(0.0, 0.0)
    return None if base_url else _listed(_KNOWN_AS.get(provider, provider), model)


def _listed(provider: str, model: str) -> Price | None:
    from genai_prices import Usage, calc_price

    try:
        into = calc_price(Usage(input_tokens=USUAL), model_ref=model, provider_id=provider).input_price
        out = calc_price(Usage(output_tokens=USUAL), model_ref=model, provider_id=provider).output_price
    except LookupError:
        return None
    return Price(_a_million(into), _a_million(out))


def _a_million(amount: Decimal) -> float:
    return float(amount * (MILLION // USUAL))
