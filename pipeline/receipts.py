"""The receipt under a brief: counts and checks that a reader can hold it to."""

from collections.abc import Collection, Mapping, Sequence

from pipeline.health import FeedHealth
from pipeline.models import Article, Feed, FeedCount, Receipt, Reference, Section, Window
from pipeline.store import Store


def receipt(
    store: Store,
    articles: Sequence[Article],
    new: int,
    window: Window,
    on_topic: Collection[str],
    feeds: Sequence[tuple[Feed, FeedHealth]],
    sections: Sequence[Section],
    references: Sequence[Reference],
    removed: int,
) -> Receipt:
    """What was seen, merged, considered and cited, in all and by feed.

    `articles` are the works of the window and those that came too late for the briefs before, `new` how many of them
    are new.
    """
    claims = [c for s in sections for item in s.items for c in item.claims if c.asserts]
    cited = {r.article_id for r in references}
    per_feed = _entries_per_feed(store, articles)
    names = {feed.name for feed, _ in feeds}
    entries = sum(per_feed.get(name, 0) for name in names)
    return Receipt(
        entries_seen=entries,
        works=len(articles),
        new_works=new,
        duplicates_merged=entries - len(articles),
        considered=len(on_topic),
        cited=len(cited),
        per_feed=tuple(
            _feed_count(feed, health, articles, names, per_feed.get(feed.name, 0), on_topic, cited)
            for feed, health in feeds
        ),
        claims=len(claims),
        anchored=sum(bool(c.anchors) for c in claims),
        removed=removed,
        covered_days=tuple(sorted({a.appeared for a in articles if a.appeared} & set(window.days))),
    )


def _entries_per_feed(store: Store, articles: Sequence[Article]) -> Mapping[str, int]:
    counts: dict[str, int] = {}
    for found in store.entries_of([a.id for a in articles]).values():
        for entry in found:
            counts[entry.feed] = counts.get(entry.feed, 0) + 1
    return counts


def _feed_count(
    feed: Feed,
    health: FeedHealth,
    articles: Sequence[Article],
    names: Collection[str],
    entries: int,
    on_topic: Collection[str],
    cited: Collection[str],
) -> FeedCount:
    own = {a.id for a in articles if feed.name in a.feeds}
    if not feed.enabled:
        status = "switched off"
    elif health.last_error:
        status = f"failed: {health.last_error}"
    elif health.sentence and health.state != "moved":
        status = health.sentence
    else:
        status = "ok" if own else "nothing new"
    return FeedCount(
        name=feed.name,
        entries=entries,
        works=len(own),
        shared=sum(len(set(names) & set(a.feeds)) > 1 for a in articles if a.id in own),
        considered=len(own & set(on_topic)),
        cited=len(own & set(cited)),
        status=status,
    )
