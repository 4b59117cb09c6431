"""Sample feeds for trying the bot out: three weeks of invented research works, served the way publishers do.

Nothing in this package is a real work, author or result; feed titles and the demo's settings say so.
"""

from bot.sample.feeds import Rendered, feed_paths, render
from bot.sample.settings import (
    ANNOUNCEMENT_DAYS,
    DAYS,
    IN_FULL_TEXT,
    LAST_DAY,
    QUESTIONS,
    UNANSWERABLE,
    instant,
    sample_config,
)
from bot.sample.works import Post, Work, load_posts, load_works

__all__ = [
    "ANNOUNCEMENT_DAYS",
    "DAYS",
    "IN_FULL_TEXT",
    "LAST_DAY",
    "QUESTIONS",
    "UNANSWERABLE",
    "Post",
    "Rendered",
    "Work",
    "feed_paths",
    "instant",
    "load_posts",
    "load_works",
    "render",
    "sample_config",
]
