"""`/brief status`: feeds, index, next and latest deliveries in a few lines."""

from collections.abc import Collection, Iterable, Iterator
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


def status_for(status: dict[str, Any], channels: Collection[str]) -> dict[str, Any]:
    """The same document with what concerns these channels alone, each by its id and by #name."""
    kept = {
        name: [one for one in status[name] if one["channel"] in channels]
        for name in ("subscriptions", "deliveries")
    }
    return {**status, **kept}


def status_message(status: dict[str, Any]) -> Message:
    """The document of `brief status --json` as a message."""
    troubled = [feed for feed in status["feeds"] if feed["consecutive_failures"] or feed.get("alarm")]
    fact = f"{len(troubled)} of {len(status['feeds'])} need a look" if troubled else "all read"
    groups = [
        ("Feeds", fact, _feeds(status)),
        ("Index", _index(status), ()),
        ("Next briefs", "", _next(status)),
        ("Latest briefs", "", _latest(status)),
    ]
    blocks = [block for title, fact, rows in groups for block in lines(_group(title, fact, rows))]
    return messages(fallback("Status", f"feeds: {fact}"), [header("Status"), *blocks])[0]


def _group(title: str, fact: str, rows: Iterable[str]) -> list[str]:
    """A bold title with its fact, and the (escaped) rows; nothing when there is neither."""
    shown = [f"• {row}" for row in rows]
    return [f"*{title}*" + (f"  {_line(fact)}" if fact else ""), *shown] if fact or shown else []


def _index(status: dict[str, Any]) -> str:
    state = str(status["index"])
    read = status.get("full_texts", {}).get("read", 0)
    in_full = f", {read:,} works read in full" if read else ""
    return (
        f"{INDEX.get(state, state)}: {status['articles']:,} works, {status['passages']:,} passages{in_full}"
    )


def _feeds(status: dict[str, Any]) -> Iterator[str]:
    for feed in status["feeds"][:SHOWN]:
        if feed.get("sentence") and feed.get("alarm"):
            yield _line(f"{feed['name']}: {feed['sentence']}")
        elif feed["consecutive_failures"]:
            last = f"last read {_day(feed['last_success'])}" if feed["last_success"] else "never read"
            yield _line(f"{feed['name']}: {feed['last_error']}; {last}")
        else:
            count = feed["entries_last"]
            entries = f"{count:,} {'entry' if count == 1 else 'entries'}" if count else "no entries"
            yield _line(f"{feed['name']}: read {_day(feed['last_success'])}, {entries}")
    if len(status["feeds"]) > SHOWN:
        yield f"and {len(status['feeds']) - SHOWN} more"


def _next(status: dict[str, Any]) -> Iterator[str]:
    for subscription in status["subscriptions"][:SHOWN]:
        when = _day(subscription["next_due"]) if subscription["next_due"] else "Paused"
        yield f"{when} in {mrkdwn.channel(subscription['channel'])} ({_line(subscription['profile'])})"
    if not status["subscriptions"]:
        yield "None is scheduled in a channel that you are in. `/brief schedule` sets one up."


def _latest(status: dict[str, Any]) -> Iterator[str]:
    for delivery in status["deliveries"][:3]:
        parts = f"{delivery['parts_posted']} of {delivery['parts']} messages"
        told = "; ".join([delivery["state"], parts, *delivery.get("without", ())])
        yield f"{mrkdwn.channel(delivery['channel'])}: {_line(told)}"


def _line(text: str) -> str:
    return mrkdwn.escape(mrkdwn.one_line(str(text)))


def _day(moment: str | None) -> str:
    return f"{datetime.fromisoformat(moment):%a %d %b %Y %H:%M} UTC" if moment else "never"
