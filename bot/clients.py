"""Clients of Slack's Web API that are like another one."""

from slack_sdk.web.async_client import AsyncWebClient


def with_token(client: AsyncWebClient, token: str | None) -> AsyncWebClient:
    """The same with another token: time-out, repeats and kept connections stay."""
    return AsyncWebClient(
        token=token,
        base_url=client.base_url,
        timeout=client.timeout,
        session=client.session,
        trust_env_in_session=client.trust_env_in_session,
        retry_handlers=client.retry_handlers,
    )


def posting_client(client: AsyncWebClient) -> AsyncWebClient:
    """The same, but it never repeats a call by itself, as slack_sdk's default does, nor uses a kept connection."""
    return AsyncWebClient(
        token=client.token,
        base_url=client.base_url,
        timeout=client.timeout,
        trust_env_in_session=client.trust_env_in_session,
        retry_handlers=[],
    )
