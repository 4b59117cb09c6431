"""Pure: who may do what, and in which channels the bot works. Sentences are escaped mrkdwn unless said otherwise."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from bot.views import mrkdwn

OUTSIDERS = (
    "I work for full members of this workspace only, not for guests and people of other organisations."
)
SHARED = "the channel is shared with another organisation, and briefs stay in the house"
MANAGE = "change what a channel gets"
ORDER = "have briefs written on demand"


def is_outsider(user: Mapping[str, Any], team: str = "") -> bool:
    """Whether this person (of users.info) is a guest or, by the workspace's id, of another organisation."""
    if user.get("is_restricted") or user.get("is_ultra_restricted") or user.get("is_stranger"):
        return True
    other = bool(team and user.get("team_id") and user["team_id"] != team)
    return other and not user.get(
        "enterprise_user"
    )  # a colleague in another workspace of an Enterprise organisation


def is_shared(channel: Mapping[str, Any]) -> bool:
    """Whether this channel (of conversations.info) is open to another organisation, or is about to be."""
    return bool(channel.get("is_ext_shared") or channel.get("is_pending_ext_shared"))


def why_not_person(
    user: Mapping[str, Any],
    allowed: Sequence[str],
    what: str = MANAGE,
    members: Collection[str] = (),
    team: str = "",
) -> str | None:
    """Why this person (of users.info) may not do `what`; none if they may.

    `allowed` are ids of people and user groups, `members` the people in those groups; without any `allowed` every full
    member may.
    """
    if is_outsider(user, team):
        return f"Guests and people of other organisations cannot {what}."
    if allowed and user.get("id") not in {*allowed, *members}:
        named = ", ".join(map(_named, allowed))
        return f"Only {named} may {what}."
    return None


def why_not_channel(channel: Mapping[str, Any]) -> str | None:
    """Why no brief may be set up in this channel (of conversations.info), as plain text; none if it may."""
    if is_shared(channel):
        return SHARED
    if channel.get("is_archived"):
        return "the channel is archived"
    if not channel.get("is_member"):
        return "I am not in that channel: invite me there first with /invite @brief"
    return None


def is_group(name: str) -> bool:
    """Whether an id of the settings is one of a user group."""
    return name.startswith("S")


def _named(name: str) -> str:
    sign = "!subteam^" if is_group(name) else "@"
    return f"<{sign}{mrkdwn.escape(name)}>"
