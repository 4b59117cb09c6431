"""`/brief status`: feeds, index, next and latest deliveries in a few lines."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from bot.views import mrkdwn
from bot.views.message import Message, fallback, header, lines, messages

SHOWN = 10
INDEX = {
    "ok": "ready",
    "rebuilding": "being rebuilt; answers may be incomplete",
    "stale": "behind the store; it catches up with the next reading",
}


def status_message(status: dict[str, Any]) -> Message:
    """The document of `brief status --json` as a message."""
    groups = [list(_index(status)), list(_feeds(status)), list(_next(status)), list(_latest(status))]
    text = [mrkdwn.escape(mrkdwn.one_line(line)) if line else "" for group in groups for line in group]
    failing = [feed for feed in status["feeds"] if feed["consecutive_failures"]]
    summary = f"{len(failing)} of {len(status['feeds'])} feeds failing" if failing else "all feeds read"
    return messages(fallback("Status", summary), [header("Status"), *lines(text)])[0]


def _index(status: dict[str, Any]) -> Iterator[str]:
    state = str(status["index"])
    yield f"Index: {INDEX.get(state, state)} ({status['articles']:,} works, {status['passages']:,} passages)"


def _feeds(status: dict[str, Any]) -> Iterator[str]:
    for feed in _first(status["feeds"]):
        if feed["consecutive_failures"]:
            yield f"• {feed['name']}: not read ({feed['last_error']}); last success {_day(feed['last_success'])}"
        else:
            yield f"• {feed['name']}: read {_day(feed['last_success'])}, {feed['entries_last']} entries"
    yield from _more(status["feeds"])


def _next(status: dict[str, Any]) -> Iterator[str]:
    for subscription in _first(status["subscriptions"]):
        when = _day(subscription["next_due"])
        yield f"Next brief: {when} for {subscription['channel']} ({subscription['profile']})"
    if not status["subscriptions"]:
        yield "No weekly brief is scheduled: add [[subscriptions]] to brief.toml."


def _latest(status: dict[str, Any]) -> Iterator[str]:
    for delivery in status["deliveries"][:3]:
        parts = f"{delivery['parts_posted']} of {delivery['parts']} messages"
        yield f"Delivery to {delivery['channel']}: {delivery['state']}, {parts}"


def _first(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return rows[:SHOWN]


def _more(rows: list[dict[str, Any]]) -> Iterator[str]:
    if len(rows) > SHOWN:
        yield f"and {len(rows) - SHOWN} more"


def _day(moment: str | None) -> str:
    if not moment:
        return "never"
    return f"{datetime.fromisoformat(moment):%a %d %b %Y %H:%M} UTC"
