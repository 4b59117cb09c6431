"""The Home tab: when the next briefs are due, the latest ones, the feeds that need a look, and how to ask."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bot.settings import Config, Subscription
from bot.views import mrkdwn
from bot.views.controls import plain_text
from bot.views.found import Posted
from bot.views.help import help_message
from bot.views.message import Block, contexts, header, lines
from bot.views.subscribe_form import change_button
from bot.views.taste import learned_blocks
from pipeline.models import Brief
from pipeline.rendering import frame_of
from pipeline.titles import short_title
from pipeline.writing.phrasing import readable

if TYPE_CHECKING:
    from pipeline.llm import Spent
    from pipeline.taste import Learned

ORDER = "open_order_form"
RUNS = 20
QUESTIONS = 4
"""Slack shows no more."""
TROUBLED = 10


@dataclass(frozen=True)
class Used:
    """What a person's channels, and they themselves, made use of in the last days."""

    days: int
    answered: int
    """Questions."""
    spent: "Spent"
    """On models, in those channels."""


@dataclass(frozen=True)
class Seen:
    """What one person may see: of channels, only those that they are in."""

    runs: Sequence[tuple[Subscription, datetime]]
    """By the time at which they are due."""
    posted: Sequence[tuple[str, Posted]]
    """Channel id and brief, the newest first."""
    learned: "Sequence[tuple[str, Sequence[Learned]]]" = ()
    """Channel id and what its people liked, for channels that taught something."""
    used: "Used | None" = None


def closed_view(sentence: str) -> dict[str, Any]:
    """The Home tab for those whom the bot does not serve."""
    return {"type": "home", "blocks": lines([mrkdwn.escape(sentence)])}


def home_view(
    config: Config, seen: Seen, status: Mapping[str, Any], offered: Config | None = None
) -> dict[str, Any]:
    """The Home tab for one person; `status` is the document of `brief status --json`.

    `offered` are the settings whose profiles everybody may order.
    """
    button = {"type": "button", "action_id": ORDER, "style": "primary", "text": plain_text("Write a brief")}
    next_briefs = [_run(config.profiles, subscription, due) for subscription, due in seen.runs[:RUNS]]
    blocks: list[Block] = [header("Next briefs")]
    blocks += lines(next_briefs or ["None is scheduled in a channel that you are in."])
    blocks.append({"type": "actions", "elements": [button, change_button(None)]})
    if seen.posted:
        blocks += [
            header("Latest briefs"),
            *lines([_posted(channel, brief) for channel, brief in seen.posted]),
        ]
    if seen.used:
        blocks += [header("What was used"), *lines([_used(seen.used)])]
    blocks += learned_blocks(seen.learned)
    blocks += [header("Feeds"), *lines(_feeds(status)), *contexts([_index(status)])]
    return {"type": "home", "blocks": [*blocks, {"type": "divider"}, *help_message(offered or config).blocks]}


def suggested_questions(brief: Brief) -> list[dict[str, str]]:
    """At most four questions about a brief's works, each with the short title of its button."""
    works = [readable(item.title) for item in brief.section("top_papers").items if item.title]
    found = [
        {"title": f"What does “{short_title(work)}” find?", "message": f"What does “{work}” find?"}
        for work in works[: QUESTIONS - 1]
    ]
    return [
        *found,
        {"title": "Which of these have code?", "message": "Which works of the latest brief have code?"},
    ]


def _run(profiles: Mapping[str, Any], subscription: Subscription, due: datetime) -> str:
    title = profiles[subscription.profile].title
    local = mrkdwn.local_time(due)
    return f"*{local}*  {mrkdwn.escape(title)} in {mrkdwn.channel(subscription.channel)}"


def _posted(channel: str, posted: Posted) -> str:
    brief = posted.brief
    days = frame_of(brief.language).days(brief.window.since, brief.window.until)
    link = mrkdwn.link(posted.permalink, brief.title.removesuffix(f": {days}"))
    return f"• {link}, {mrkdwn.escape(days)}, in {mrkdwn.channel(channel)}"


def _feeds(status: Mapping[str, Any]) -> list[str]:
    feeds = status["feeds"]
    troubled = [feed for feed in feeds if feed.get("alarm") or feed["consecutive_failures"]]
    well = f"{len(feeds) - len(troubled)} of {len(feeds)} feeds are read as usual."
    told = [
        f"• *{_line(feed['name'])}*  {_line(feed.get('sentence') or feed['last_error'])}" for feed in troubled
    ]
    more = [f"and {len(told) - TROUBLED} more"] if len(told) > TROUBLED else []
    return [well, *told[:TROUBLED], *more]


def _used(used: Used) -> str:
    asked = f"{used.answered:,} {'question' if used.answered == 1 else 'questions'}"
    told = f"In the last {used.days} days I answered {asked} of yours and of your channels."
    if not used.spent.tokens:
        return f"{told} No language model was paid for."
    return f"{told} Language models took {used.spent.tokens:,} tokens there, for about ${used.spent.usd:.2f}."


def _index(status: Mapping[str, Any]) -> str:
    return f"{status['articles']:,} works are stored, {status['passages']:,} passages can be searched."


def _line(text: object) -> str:
    return mrkdwn.escape(mrkdwn.one_line(str(text)))
