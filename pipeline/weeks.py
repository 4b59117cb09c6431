"""The works of a window as one profile sees them, and what was counted of them: the memory that trends rest on."""

import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from pipeline.embedding import Embedder
from pipeline.index import passages_of
from pipeline.models import Article, Tally, Window
from pipeline.ranking import BORDER, Topic, kept_out, parse_topic, relevance
from pipeline.store import Store
from pipeline.terms import rarity, stems
from pipeline.trends import Theme, carriers, carries, key_of, themes
from pipeline.writing.cues import INSTRUCTION
from pipeline.writing.sentences import split_sentences

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]

WEEKS_OF_HISTORY = 8
READ_ENOUGH = 0.75
"""Share of a window's weekdays on which a feed must have been read for its counts to be compared."""
SURELY, ENOUGH, MOSTLY = 0.7, 80, 0.6
"""Relevance of the works that themes are looked for in, where there are so many or so large a share; all works on
topic are counted."""
ABOUT, SURELY_ABOUT = 0.35, 0.9
"""Relevance to one phrase of the topic from which a work on topic is about it, if it has a telling word of the phrase
or without; a missed gap beats a false one."""
TELLING = 0.6
"""Rarity of a phrase's telling words, as a share of that of its rarest."""
MOST_THEMES = 24
IN_ABSTRACT = 0.3
"""What a work that names a theme in its abstract alone counts where themes are ordered by size."""
SHARED = 0.7
"""Share of a theme's works that a larger one has too, from which the two are one."""
_JOINS = re.compile(r"\s+(?:and|or|&)\s+", re.IGNORECASE)
_COMPLEMENT = re.compile(r"\s+(?:of|for|in|to|from|against|with|by|on|under)\s+", re.IGNORECASE)
_COUNTING = "3"
"""Changes with the rules of counting, so that counts of other rules are not compared."""


@dataclass(frozen=True)
class View:
    """What one profile looks at: its topic, taken apart, and the names of its feeds."""

    topic: Topic
    feeds: frozenset[str]

    def basis(self, embedding: str) -> str:
        """What a count depends on besides the window, as a short fingerprint."""
        text = "\n".join([_COUNTING, embedding, self.topic.text, *sorted(self.feeds)])
        return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Week:
    """The works of one window that belong to a view's feeds, scored against its topic; one place a work."""

    window: Window
    articles: tuple[Article, ...]
    vectors: "Vectors"
    relevance: tuple[float, ...]
    kept_out: tuple[str, ...]
    """The excluded phrase that each work is about, or nothing."""
    stored: int
    """How many works of the window are stored, of whatever feed."""

    @cached_property
    def new(self) -> tuple[bool, ...]:
        """For each article, whether it is new in this window and not an older work shown again."""
        return tuple(not is_older(article, self.window) for article in self.articles)

    @cached_property
    def on_topic(self) -> list[int]:
        """Places of the new works on topic."""
        return [i for i, r in enumerate(self.relevance) if r >= BORDER and self.new[i]]

    @cached_property
    def works_on_topic(self) -> tuple[Article, ...]:
        """The new works on topic, by id."""
        return tuple(self.articles[i] for i in self.on_topic)

    @cached_property
    def carriers(self) -> dict[str, tuple[str, ...]]:
        """The ids of the distinct new works on topic that carry each term, by the term's key."""
        return carriers(self.works_on_topic)

    @cached_property
    def themes(self) -> list[Theme]:
        """The groups of works on topic, with names that at least two works carry.

        The largest come first; a work that has the name in its title counts for more than one that has it inside, and
        a name that works off topic carry as well counts for less. A theme most of whose works a larger one has as
        well is no theme of its own.
        """
        sure = [i for i in self.on_topic if self.relevance[i] >= SURELY]
        sure = sure if len(sure) >= min(ENOUGH, MOSTLY * len(self.on_topic)) else self.on_topic
        found = themes([self.articles[i] for i in sure], self.vectors[sure], most=MOST_THEMES)
        named = [t for t in found if len(self.carriers.get(key_of(t.phrase), ())) > 1]
        titles = {a.id: a.title for a in self.works_on_topic}

        def size(theme: Theme) -> float:
            ids = self.carriers[key_of(theme.phrase)]
            own = sum(1.0 if carries(theme.phrase, titles[i]) else IN_ABSTRACT for i in ids)
            return float(own * (len(ids) / (len(ids) + self._off_topic(theme))) ** 0.5)

        return self._apart(sorted(named, key=lambda t: (-round(size(t), 6), t.name)))

    def _off_topic(self, theme: Theme) -> int:
        """How many new works off topic carry the theme's name."""
        on = set(self.on_topic)
        others = (a for i, a in enumerate(self.articles) if self.new[i] and i not in on)
        return sum(carries(theme.phrase, f"{a.title}. {a.abstract}") for a in others)

    def _apart(self, ordered: Sequence[Theme]) -> list[Theme]:
        kept: list[Theme] = []
        for theme in ordered:
            own = set(self.carriers[key_of(theme.phrase)])
            before = (set(self.carriers[key_of(other.phrase)]) for other in kept)
            if all(len(own & other) < SHARED * len(own) for other in before):
                kept.append(theme)
        return kept


def read_week(
    store: Store, embedder: Embedder, view: View, window: Window, stored: Sequence[Article] | None = None
) -> Week:
    """The works of the window in this view: all that are stored, or those given."""
    stored = store.articles_in(window) if stored is None else stored
    articles = tuple(a for a in stored if not view.feeds.isdisjoint(a.feeds))
    vectors = vectors_of(store, embedder, articles)
    texts = [(a.title, without_instructions(a.abstract)) for a in articles]
    out = kept_out(view.topic, texts, vectors, embedder.embed)
    fits = relevance(view.topic, texts, vectors, embedder.embed, out)
    return Week(window, articles, vectors, tuple(float(f) for f in fits), out, len(stored))


def without_instructions(text: str) -> str:
    """The text without sentences that tell its reader what to do: they speak for no work."""
    if not INSTRUCTION.search(text):
        return text
    sentences = (text[start:end] for start, end in split_sentences(text))
    return " ".join(s for s in sentences if not INSTRUCTION.search(" ".join(s.split())))


def vectors_of(store: Store, embedder: Embedder, articles: Sequence[Article]) -> "Vectors":
    """One row an article: the stored vector of its first passage, or one made now."""
    import numpy as np

    first = [passages_of(article)[0] for article in articles]
    stored = store.passages.vectors(embedder.name, [p.id for p in first])
    missing = [p for p in first if p.id not in stored]
    made = embedder.embed([p.text for p in missing]) if missing else ()
    stored |= {p.id: row for p, row in zip(missing, made, strict=True)}
    if not first:
        return np.zeros((0, embedder.dimension), dtype=np.float32)
    return np.stack([stored[p.id] for p in first])


def is_older(article: Article, window: Window) -> bool:
    """Whether a work is not new in these days: seen only as a revision, or a late cross-list of an older paper.

    An arXiv id begins with the year and month of submission (https://info.arxiv.org/help/arxiv_identifier.html);
    a cross-list counts as new if that month is the window's or the one before.
    """
    if article.appeared is None:
        return True
    if article.announce_type != "cross" or not article.id.startswith("arxiv:"):
        return False
    number = article.id.removeprefix("arxiv:")
    if not number[:4].isdigit():
        return True  # the scheme used until March 2007
    earliest = window.since.replace(day=1) - timedelta(days=1)
    return number[:4] < f"{earliest:%y%m}"


# Counting


def tally_of(week: Week, view: View, embedder: Embedder) -> Tally:
    """What there is of everything in the week."""
    works = week.works_on_topic
    about = {phrase: _about(phrase, week, embedder) for phrase in view.topic.phrases} if works else {}
    feeds = Counter(name for work in works for name in work.feeds if name in view.feeds)
    return Tally(
        window=week.window,
        stored=week.stored,
        works=sum(week.new),
        on_topic=len(works),
        themes={t.name: len(week.carriers[key_of(t.phrase)]) for t in week.themes},
        feeds=dict(sorted(feeds.items())),
        parts={phrase: len(found) for phrase, found in about.items()},
        latest={phrase: found[0].id for phrase, found in about.items() if found},
        terms={term: len(ids) for term, ids in sorted(week.carriers.items())},
    )


def _about(phrase: str, week: Week, embedder: Embedder) -> list[Article]:
    """The works on topic that are about this phrase, the latest first."""
    works = week.works_on_topic
    texts = [(a.title, a.abstract) for a in works]
    scores = relevance(parse_topic(phrase), texts, week.vectors[week.on_topic], embedder.embed)
    telling = telling_stems(phrase)
    found = [
        a
        for a, s in zip(works, scores, strict=True)
        if phrase.casefold() in f"{a.title} {a.abstract}".casefold()
        or s >= SURELY_ABOUT
        or (s >= ABOUT and not telling.isdisjoint(stems(f"{a.title} {a.abstract}")))
    ]
    return sorted(found, key=lambda a: (a.appeared or date.min, a.id), reverse=True)


def telling_stems(phrase: str) -> set[str]:
    """The words of a phrase, as stems, one of which a work about it has: `antibody` of `antibody engineering`.

    What "and" joins before a preposition stands for itself: a work on formal verification is one on `formal
    verification and assurance of AI systems`.
    """
    joined = _JOINS.split(_COMPLEMENT.split(phrase, maxsplit=1)[0])
    return set().union(*(_rarest(part) for part in (phrase, *joined)))


def _rarest(words: str) -> set[str]:
    weight = {stem: rarity(stem) for stem in stems(words)}
    return {stem for stem, w in weight.items() if w >= TELLING * max(weight.values())}


def past_tallies(store: Store, embedder: Embedder, view: View, window: Window) -> list[Tally]:
    """What was counted in the windows before, the latest first, as far back as they were read without a break.

    Counts that a brief left behind are taken as they are; the others are made now, and kept.
    """
    basis = view.basis(embedder.name)
    read = days_read(store, view.feeds, window.before(WEEKS_OF_HISTORY).since)
    found = []
    for number in range(1, WEEKS_OF_HISTORY + 1):
        earlier = window.before(number)
        if not was_read(earlier, read):
            break
        tally = store.tally(basis, earlier)
        if tally is None:
            tally = tally_of(read_week(store, embedder, view, earlier), view, embedder)
            store.save_tally(basis, tally)
        found.append(tally)
    return found


def days_read(store: Store, feeds: frozenset[str], since: date) -> set[date]:
    """Days on which a feed answered: of the others it is not known what there was, so nothing is counted."""
    return {day.day for day in store.feed_days(sorted(feeds), since) if day.read}


def was_read(window: Window, read: set[date]) -> bool:
    """Whether the feeds were read on enough of the window's weekdays for its counts to mean something."""
    weekdays = [day for day in window.days if day.weekday() < 5]
    return sum(day in read for day in weekdays) >= READ_ENOUGH * len(weekdays) and not read.isdisjoint(
        window.days
    )
