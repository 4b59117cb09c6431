"""What a new version of a work says that the one before did not. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher

from pipeline.models import Article, Entry, Window
from pipeline.writing.orders import quotable
from pipeline.writing.sentences import Span, split_sentences

SAME = 0.9
"""Likeness of two sentences from which a change is one of wording alone."""


@dataclass(frozen=True)
class Revision:
    """A work that an earlier brief told of, with the sentences that its abstract has gained and lost."""

    article: Article
    revised: date
    told_on: date
    """The last day of the brief that told of it."""
    gained: tuple[Span, ...]
    """In the present abstract."""
    lost: int


def revision(article: Article, entries: Sequence[Entry], window: Window, told_on: date) -> Revision | None:
    """How a work changed within the window; None if it was not revised then, or only reworded."""
    if article.revised is None or not window.since <= article.revised <= window.until:
        return None
    earlier = _text_before(article, entries)
    if earlier is None:
        return None
    gained, lost = changes(earlier, article.abstract)
    return Revision(article, article.revised, told_on, gained, lost) if gained or lost else None


def _text_before(article: Article, entries: Sequence[Entry]) -> str | None:
    """The abstract of the latest version before the present one."""
    versions: Mapping[int, str] = {
        e.version: e.text
        for e in sorted(entries, key=lambda e: (e.feed, e.guid))
        if e.version is not None and e.text and e.version < (article.version or 0)
    }
    return versions[max(versions)] if versions else None


def changes(before: str, after: str) -> tuple[tuple[Span, ...], int]:
    """The sentences of `after` that may be quoted and `before` does not have, and how many of `before` are gone."""
    old = [_plain(before, span) for span in split_sentences(before)]
    new = split_sentences(after)
    gained = tuple(span for span in quotable(after, new) if not _held(_plain(after, span), old))
    kept = [_plain(after, span) for span in new]
    return gained, sum(not _held(sentence, kept) for sentence in old)


def _plain(text: str, span: Span) -> str:
    return " ".join(text[span.start : span.end].split()).lower()


def _held(sentence: str, others: Sequence[str]) -> bool:
    """Whether one of the others says it in nearly the same letters and with the same figures."""
    if sentence in others:
        return True
    figures = _figures(sentence)
    return any(
        _figures(other) == figures and SequenceMatcher(None, sentence, other, autojunk=False).ratio() >= SAME
        for other in others
    )


def _figures(sentence: str) -> list[str]:
    return [word.strip(".,;:()%") for word in sentence.split() if any(c.isdigit() for c in word)]
