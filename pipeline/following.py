"""Briefs that follow each other: each work is a candidate of one of them, however late it was read.

A brief is written before its last day is over, a feed may not answer for days, and a channel may change its day. So a
brief that follows others begins where the last of them ended, and takes up what came too late for them.
"""

from collections.abc import Sequence
from datetime import timedelta

from pipeline.embedding import Embedder
from pipeline.models import Window
from pipeline.store import Store
from pipeline.weeks import View, Week, read_week

LOOKED_BACK = timedelta(days=28)
"""How long before a window a work may have appeared that is still taken up; what is older is no news."""


def following(window: Window, earlier: Sequence[Window]) -> Window:
    """The window without the days of the earlier ones; its last day stays."""
    ends = [one.until + timedelta(days=1) for one in earlier if one.until < window.until]
    return Window(since=max([window.since, *ends]), until=window.until)


def came_late(store: Store, embedder: Embedder, view: View, window: Window, briefs: Sequence[str]) -> Week:
    """The works of the days before the window, from the first of these briefs on, that none of them considered."""
    since = max(
        min((one.since for one in store.windows_of(briefs)), default=window.since), window.since - LOOKED_BACK
    )
    until = window.since - timedelta(days=1)
    if since > until:
        return read_week(store, embedder, view, window, [])
    days = Window(since=since, until=until)
    return read_week(store, embedder, view, days, store.undecided_in(days, briefs))
