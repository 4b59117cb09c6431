"""What `/brief last`, `search`, `why` and `topics` show."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.settings import Config, Subscription
from bot.views import mrkdwn
from bot.views.message import Block, Message, contexts, fallback, header, lines, messages, paragraphs
from pipeline.models import Article, Brief, Decision
from pipeline.rendering import frame_of, short_authors
from pipeline.writing.phrasing import readable

FEEDS_NAMED = 12
BRIEFS_FOUND = 5
"""Past briefs that a search lists, the newest first."""


@dataclass(frozen=True)
class Posted:
    """A brief of this channel and the address of its message."""

    brief: Brief
    permalink: str


def briefs_message(posted: Sequence[Posted]) -> Message:
    """The latest briefs of the channel, the newest first: the newest with its papers, the others in a line."""
    newest, *older = posted
    papers = [readable(item.title) for item in newest.brief.section("top_papers").items if item.title]
    blocks = [header("Latest brief"), *lines([_brief_line(newest)])]
    blocks += lines([f"• {mrkdwn.escape(title)}" for title in papers])
    if older:
        blocks += lines(["*Earlier*", *map(_brief_line, older)])
    return messages(fallback("Latest brief", newest.brief.title), blocks)[0]


def _brief_line(posted: Posted) -> str:
    brief = posted.brief
    days = frame_of(brief.language).days(brief.window.since, brief.window.until)
    return f"{mrkdwn.link(posted.permalink, brief.title)}\n{mrkdwn.escape(days)}, {brief.receipt.cited} works cited"


def matching(
    words: str, briefs: Sequence[tuple[Brief, str]], works: Collection[str]
) -> list[tuple[Brief, str]]:
    """Of a channel's briefs, each with its message: those that say all these words or cite one of the works."""
    wanted = set(re.findall(r"\w+", words.casefold()))
    found = [pair for pair in briefs if wanted and (wanted <= _words(pair[0]) or _cites(pair[0], works))]
    return found[:BRIEFS_FOUND]


def _words(brief: Brief) -> set[str]:
    items = [item for section in brief.sections for item in section.items]
    told = [claim.text for item in items for claim in item.claims]
    titles = [item.title or "" for item in items] + [reference.title for reference in brief.references]
    return set(re.findall(r"\w+", " ".join([*told, *titles]).casefold()))


def _cites(brief: Brief, works: Collection[str]) -> bool:
    return any(reference.article_id in works for reference in brief.references)


def found_message(words: str, works: Sequence[Article], posted: Sequence[Posted]) -> Message:
    """The works that were found, each with the number it has in one of these briefs, and the briefs themselves."""
    told = mrkdwn.shorten(mrkdwn.one_line(words), 80)
    if not works and not posted:
        return messages(
            fallback(f"Nothing is indexed about {told}."),
            lines([mrkdwn.escape(f"Nothing is indexed about “{told}”.")]),
        )[0]
    title = f"Indexed works nearest to “{told}”"
    blocks = (
        [header(title), *paragraphs("\n".join(_work_lines(work, posted)) for work in works)] if works else []
    )
    if posted:
        blocks += [header("In this channel’s briefs"), *paragraphs(map(_brief_line, posted))]
    return messages(fallback(title), blocks)[0]


def _work_lines(work: Article, posted: Sequence[Posted]) -> Iterator[str]:
    yield mrkdwn.link(work.url, readable(work.title))
    day = work.appeared
    facts = [short_authors(work.authors), ", ".join(work.feeds), day.isoformat() if day else ""]
    yield mrkdwn.escape(" · ".join(mrkdwn.one_line(fact) for fact in facts if fact))
    for one in posted:
        number = next((r.n for r in one.brief.references if r.article_id == work.id), None)
        if number is not None:
            yield f"[{number}] in {mrkdwn.link(one.permalink, one.brief.title)}"


def why_message(name: str, brief: Brief, article: Article | None, decision: Decision | None) -> Message:
    """Why a work is in the brief, or is not."""
    if article is None:
        told = mrkdwn.shorten(mrkdwn.one_line(name), 80)
        words = f"No work of the days of this channel’s latest brief is called “{told}”."
        return Message(fallback(words), tuple(lines([mrkdwn.escape(words)])))
    title = mrkdwn.link(article.url, readable(article.title))
    if decision is None:
        words = f"was not among the works of the days of {brief.title}."
    else:
        words = f"{decision.decision}, worth {decision.score:.2f}: {decision.reason}"
    blocks = [*lines([title, mrkdwn.escape(words)]), *contexts([mrkdwn.escape(f"In {brief.title}")])]
    return messages(fallback(readable(article.title), words), blocks)[0]


def settings_message(
    config: Config, runs: Sequence[tuple[Subscription, datetime]], buttons: Sequence[Block], changed: str
) -> Message:
    """What a channel gets by these subscriptions, each with its next run: profiles with topic, feeds, next brief.

    `changed` says as mrkdwn who changed it last, if anybody did in Slack.
    """
    wanted = dict.fromkeys(s.profile for s, _ in runs) or dict.fromkeys([config.profile().name])
    blocks = [header("What this channel gets")]
    for name in wanted:
        profile = config.profile(name)
        feeds = profile.feeds or tuple(feed.name for feed in config.feeds if feed.enabled)
        more = f" and {len(feeds) - FEEDS_NAMED} more" if len(feeds) > FEEDS_NAMED else ""
        named = ", ".join(feeds[:FEEDS_NAMED]) + more
        rows = [
            f"*{mrkdwn.escape(profile.title)}*",
            f"*Topic* {_escaped(profile.topic)}",
            f"*Feeds* {_escaped(named)}",
        ]
        due = [when for s, when in runs if s.profile == name]
        rows.append(
            f"*Next brief* {', '.join(map(mrkdwn.local_time, due))}"
            if due
            else "No weekly brief is scheduled here."
        )
        blocks += lines(rows)
    blocks += [*contexts([changed]), {"type": "actions", "elements": list(buttons)}]
    return messages(fallback("What this channel gets"), blocks)[0]


def _escaped(text: str) -> str:
    return mrkdwn.escape(mrkdwn.one_line(text))
