"""A chat model by its name in the settings, as LangChain's init_chat_model takes it. Keys come from the environment."""

import os
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pipeline.llm.prices import LOCAL
from pipeline.llm.problems import ModelError, ModelMissing, problem_of

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

EXTRAS = {"openai": "openai", "anthropic": "anthropic", "google_genai": "google", "ollama": "ollama"}
"""Provider: the extra of this project that installs its package."""


def connect(name: str, base_url: str | None = None, seconds: float = 90.0) -> "BaseChatModel":
    """The chat model `provider:model`; ModelError says which package or key is missing. Sends nothing."""
    provider, colon, model = name.partition(":")
    if not colon or not provider.strip() or not model.strip():
        raise ModelMissing(
            f"[model] name: {name!r} is not of the form provider:model, such as openai:gpt-4.1-mini"
        )
    from langchain.chat_models import init_chat_model

    try:
        chat: BaseChatModel = init_chat_model(
            model, model_provider=provider, **_options(provider, base_url, seconds)
        )
    except ImportError:
        raise ModelMissing(f"[model] name: {_not_installed(provider)}") from None
    except ValueError as error:
        if "nsupported" in str(error):
            raise ModelMissing(f"[model] name: there is no provider {provider!r}") from None
        raise _no_key(provider, error, name) from None
    except Exception as error:
        raise _no_key(provider, error, name) from None
    return chat


def _options(provider: str, base_url: str | None, seconds: float) -> dict[str, Any]:
    """Retries are the gate's own affair: a client's would be hidden from the count and the deadline."""
    options: dict[str, Any] = {"base_url": base_url} if base_url else {}
    if provider == "ollama":
        return options | {"client_kwargs": {"timeout": seconds}}
    options |= {"timeout": seconds, "max_retries": 0}
    if provider == "openai" and urlsplit(base_url or "").hostname in LOCAL:
        # Local servers ask for no key, but the client insists on one.
        options["api_key"] = os.environ.get("OPENAI_API_KEY") or "none"
    return options


def _not_installed(provider: str) -> str:
    extra = EXTRAS.get(provider)
    if extra is None:
        return f"LangChain's package for {provider!r} is not installed"
    return f'LangChain\'s package for {provider} is not installed: pip install "research-brief[{extra}]"'


def _no_key(provider: str, error: Exception, name: str) -> ModelError:
    said = str(error).lower()
    if "api_key" in said or "api key" in said or "credentials" in said:
        return ModelMissing(f"{provider.upper()}_API_KEY: no key for {name} is set in the environment")
    return problem_of(error, name)
