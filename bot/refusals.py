"""What Slack's errors mean: refused for good, to be repeated after a wait, or unknown whether it was done."""

from dataclasses import dataclass
from typing import Any, Literal

from slack_sdk.errors import SlackApiError

REFUSALS = {
    "channel_not_found": "Slack knows no such channel, or I am not in it: invite me with /invite @brief.",
    "not_in_channel": "I am not in the channel: invite me with /invite @brief.",
    "is_archived": "The channel is archived: unarchive it, or choose another in brief.toml.",
    "restricted_action": "A workspace setting keeps me from posting in the channel: ask an administrator.",
    "invalid_auth": "Slack does not accept SLACK_BOT_TOKEN: copy it again from the app's settings.",
    "not_authed": "Slack got no token: set SLACK_BOT_TOKEN.",
    "account_inactive": "The app was removed from the workspace: install it again.",
    "token_revoked": "SLACK_BOT_TOKEN was revoked: install the app again and copy the new token.",
    "missing_scope": "The app lacks a permission: install it again with the scopes of bot/manifest.json.",
}
ASK_LATER = (
    "channel_not_found",
    "not_in_channel",
    "is_archived",
    "invalid_auth",
    "not_authed",
    "account_inactive",
    "token_revoked",
)
"""Refusals of the history that end with what somebody does about the token or the channel: it can be asked then."""
UNSURE = ("internal_error", "fatal_error", "request_timeout", "service_unavailable", "team_added_to_org")
"""Slack's errors after which a part of the work may have been done all the same."""


@dataclass(frozen=True)
class Outcome:
    """What a failed call means: refused for good, to be repeated after a wait, or unknown."""

    kind: Literal["refused", "wait", "unknown"]
    code: str = ""
    wait: float = 0.0


def outcome_of(error: Exception) -> Outcome:
    """What a failed Web API call says about whether the message was posted."""
    if not isinstance(error, SlackApiError):
        return Outcome("unknown", type(error).__name__)
    response: Any = error.response
    status = int(getattr(response, "status_code", 0) or getattr(response, "status", 0))
    data = getattr(response, "data", None)
    code = str(data.get("error") or "") if isinstance(data, dict) else ""
    if status == 429 or code in ("ratelimited", "rate_limited"):
        return Outcome("wait", "ratelimited", _seconds(getattr(response, "headers", {}).get("Retry-After")))
    if not code or code in UNSURE or status >= 500:
        return Outcome("unknown", code or f"http_{status}")
    return Outcome("refused", code)


def _seconds(value: object) -> float:
    try:
        return max(0.0, float(str(value)))
    except ValueError:
        return 1.0


def advice(code: str) -> str:
    """What a person can do about a refusal."""
    return REFUSALS.get(code, f"Slack refused the message ({code}).")
