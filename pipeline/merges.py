"""What was merged into a work, and the ways to undo it: a person may set entries apart, and join them again."""

from collections.abc import Collection
from datetime import datetime

from pipeline.addresses import arxiv_ref
from pipeline.errors import QuestionError
from pipeline.identity import key_of
from pipeline.index import passages_of
from pipeline.models import Article, Entry
from pipeline.store import Store


def find_work(store: Store, name: str) -> Article:
    """The work of this arXiv id, article id or address; QuestionError if none or several are stored by it."""
    name = name.strip()
    ref = arxiv_ref(name) or arxiv_ref(f"arXiv:{name}")
    found = [article for article in [store.article(f"arxiv:{ref[0]}" if ref else name)] if article]
    if not found and (key := key_of(name)) is not None:
        found = store.articles_with(key)
    if not found:
        raise QuestionError(f"no work is stored as {name!r}: give an arXiv id, an article's id or an address")
    if len(found) > 1:
        ids = ", ".join(article.id for article in found)
        raise QuestionError(f"several works are stored as {name!r}: give one of {ids}")
    return found[0]


def entries_behind(store: Store, article: Article) -> list[Entry]:
    """The entries that were merged into a work, in a fixed order; one that was read several times counts once."""
    found = store.entries_of([article.id]).get(article.id, [])
    distinct = {(entry.feed, entry.guid): entry for entry in found}
    return [distinct[name] for name in sorted(distinct)]


def split(store: Store, article: Article, numbers: Collection[int], now: datetime) -> tuple[Article, Article]:
    """Makes the entries of these numbers (from 1 on) a work of their own; returns the work that is left, and theirs.

    It stays so when the feeds are read again. Raises QuestionError if there is no such entry, or none would be left.
    """
    entries = entries_behind(store, article)
    if unknown := sorted(set(numbers) - set(range(1, len(entries) + 1))):
        raise QuestionError(f"there is no entry {unknown[0]}: the work has {len(entries)}")
    if len(set(numbers)) == len(entries):
        raise QuestionError("at least one entry must be left in the work")
    chosen = [entries[number - 1] for number in sorted(set(numbers))]
    store.set_apart(chosen, now, passages_of)
    rest = next(entry for n, entry in enumerate(entries, 1) if n not in numbers)
    return _work_of(store, rest), _work_of(store, chosen[0])


def join(store: Store, article: Article, now: datetime) -> Article:
    """Undoes a split: the entries of this work are merged by the rules again; returns the work they are now."""
    entries = entries_behind(store, article)
    if not any(entry.apart for entry in entries):
        raise QuestionError(f"“{article.title}” was not split from another work")
    store.join(entries, now, passages_of)
    return _work_of(store, entries[0])


def _work_of(store: Store, entry: Entry) -> Article:
    found = store.article_of(entry)
    if found is None:
        raise QuestionError("the entry has been removed meanwhile")
    return found
