"""Works that a question names by their arXiv id and that no feed brought: asked for at arXiv's query API.

Source: https://info.arxiv.org/help/api/user-manual.html (search by id_list).
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime

from pipeline.announcements import listing_after
from pipeline.answering.question import understood
from pipeline.errors import FeedError, QuestionError
from pipeline.index import passages_of
from pipeline.listings import API
from pipeline.models import Entry, Feed
from pipeline.parse import parse_feed
from pipeline.readings import FeedReader
from pipeline.store import Store

FEED = Feed(name="linked by readers", url=API, kind="arxiv")
MOST = 5
"""Works of one question; more are left to the feeds."""


def unknown_works(text: str, store: Store) -> tuple[str, ...]:
    """The arXiv ids that a question names, as addresses or bare, and that are not stored."""
    named = understood(text).works
    return tuple(work.removeprefix("arxiv:") for work in named if store.article(work) is None)[:MOST]


async def read_linked(
    names: Sequence[str], reader: FeedReader, store: Store, now: datetime, *, api: str = API
) -> int:
    """Fetches the works of these arXiv ids and stores them; returns how many were found.

    Each gets the day of the listing that announced it, so that an old work is not taken for this week's.
    Raises QuestionError, with the reason in words, if arXiv cannot be asked.
    """
    try:
        fetched = await reader.get(f"{api}?id_list={','.join(names)}&max_results={len(names)}")
        page = await asyncio.to_thread(
            parse_feed, fetched.body, FEED, content_type=fetched.content_type, url=fetched.url, now=now
        )
    except FeedError as error:
        raise QuestionError(
            f"I have not read {' and '.join(names)}, and arXiv could not be asked: {error.user_message}"
        ) from error
    works = [_as_listed(entry) for entry in page.entries if entry.arxiv_id in names]
    await asyncio.to_thread(store.add_entries, works, now, passages_of)
    return len(works)


def _as_listed(work: Entry) -> Entry:
    day = listing_after(work.published) if work.published else None
    changes = {"guid": f"oai:arXiv.org:{work.arxiv_id}v1", "announced": day, "announce_type": "new"}
    return work.model_copy(update=changes)
