"""Counting distinct works by the terms that they carry: one rule for every week, so that weeks can be compared."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from pipeline.models import Article
from pipeline.terms import singular, words
from pipeline.trends.naming import Phrase, key_for, phrases_of, runs_of


def carriers(articles: Sequence[Article]) -> dict[str, tuple[str, ...]]:
    """The ids of the distinct works that carry each term in title or abstract, sorted, by the term's key."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for article in sorted(distinct(articles), key=lambda a: a.id):
        for phrase in phrases_of(article.title, article.abstract):
            found[key_of(phrase)].append(article.id)
    return {key: tuple(ids) for key, ids in found.items()}


def key_of(phrase: Phrase) -> str:
    """The key under which a phrase is counted."""
    return " ".join(phrase)


def key_of_name(name: str) -> str:
    """The key of a theme by its name."""
    return key_of(key_for([singular(word) for word in words(name)]))


def distinct(articles: Iterable[Article]) -> list[Article]:
    """The articles without posts that report a paper or another post; the order given does not matter.

    A post reports a work if it shares the title with it or a long run of its words. Two papers are two works, since
    entries of one paper have been merged before.
    """
    seen: set[Phrase] = set()
    kept = []
    for article in sorted(articles, key=lambda a: (a.kind != "paper", a.id)):
        runs = runs_of(article.title)
        if article.kind == "paper" or seen.isdisjoint(runs):
            kept.append(article)
        seen |= runs
    return kept
