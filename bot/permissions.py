"""Pure: who may change what a channel gets, and in which channels a brief may be set up."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.views import mrkdwn


def why_not_person(user: Mapping[str, Any], managers: Sequence[str]) -> str | None:
    """Why this person (of users.info) may not change a subscription, as escaped mrkdwn; none if they may.

    Without managers in the settings every full member may.
    """
    if user.get("is_restricted") or user.get("is_ultra_restricted") or user.get("is_stranger"):
        return "Guests and people of other organisations cannot change what a channel gets."
    if managers and user.get("id") not in managers:
        named = ", ".join(f"<@{mrkdwn.escape(manager)}>" for manager in managers)
        return f"Only {named} may change what a channel gets."
    return None


def why_not_channel(channel: Mapping[str, Any]) -> str | None:
    """Why no brief may be set up in this channel (of conversations.info), as plain text; none if it may."""
    if channel.get("is_ext_shared") or channel.get("is_pending_ext_shared"):
        return "the channel is shared with another organisation, and briefs stay in the house"
    if channel.get("is_archived"):
        return "the channel is archived"
    if not channel.get("is_member"):
        return "I am not in that channel: invite me there first with /invite @brief"
    return None
