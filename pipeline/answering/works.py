"""Which works a question is about: found works in order, read works in order, and what they are called. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from pipeline.answering.question import Asked
from pipeline.answering.sentences import READ, Sentence, own_sentences
from pipeline.answering.terms import Term, Vocabulary, coverage, vocabulary_of, weight_of
from pipeline.models import Article
from pipeline.titles import plain_title
from pipeline.writing import cues

_GIVES = (
    "introduc\\w*|propos\\w*|present\\w*|develop\\w*|call(?:ed)?|named?|construct\\w*|creat\\w*|release\\w*"
)


HEAD = 3
"""Words before a title's colon from which on they stand for the whole title."""
RERANKED = 1.0
"""Weight of a reranker's word in the order of works: about that of having all of the question's telling words."""
COINED = 5
"""A name that more of the found works have is common knowledge, not a name that one of them gave."""


@dataclass(frozen=True)
class Found:
    """A work that a search found."""

    article: Article
    fused: float
    """Score of its best passage, 0 to 1 within the search."""
    similarity: float
    """Cosine of the question and that passage."""
    inside: bool = False
    """Whether the thread's brief cites it."""
    followed: bool = False
    """Whether it came from a feed that the channel's profile names."""
    reranked: float = 0.0
    """What a reranker says, from 0 for the worst of the works that it read to 1; 0 without one."""

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The words of title and text."""
        return vocabulary_of(f"{self.article.title}\n{self.article.abstract[:READ]}")

    @cached_property
    def title(self) -> Vocabulary:
        """The words of the title."""
        return vocabulary_of(self.article.title)


@dataclass(frozen=True)
class Judged:
    """A found work, read with the question in mind."""

    found: Found
    coverage: float
    sentences: tuple[Sentence, ...]
    """In the order of the text."""

    @property
    def article(self) -> Article:
        """The work."""
        return self.found.article

    @cached_property
    def meaning(self) -> float:
        """The best cosine of a sentence."""
        return max((s.meaning for s in self.sentences), default=0.0)

    @cached_property
    def together(self) -> float:
        """The best sum of words and meaning in one sentence."""
        return max((s.words + s.meaning for s in self.sentences), default=0.0)

    @property
    def worth(self) -> float:
        """The order of works for a question."""
        return (
            0.5 * self.found.fused
            + 0.5 * self.found.similarity
            + self.coverage
            + 0.7 * self.meaning
            + 0.1 * self.found.inside
            + RERANKED * self.found.reranked
        )


def first_look(terms: Sequence[Term], found: Found) -> float:
    """The order of works before their sentences are read."""
    missing = weight_of(t for t in terms if t.is_name and not found.vocabulary.has(t))
    return (
        0.5 * found.fused
        + 0.5 * found.similarity
        + coverage(terms, found.vocabulary)
        + 0.1 * found.inside
        + RERANKED * found.reranked
        - 0.2 * missing
    )


def in_order(terms: Sequence[Term], found: Sequence[Found]) -> list[Found]:
    """Works by first look; those of the profile's feeds before others that are as good."""

    def order(work: Found) -> tuple[float, str]:
        bonus = 0.03 if work.followed else 0.0
        return -round(first_look(terms, work) + bonus, 6), work.article.id

    return sorted(found, key=order)


def names_title(text: str, title: str) -> bool:
    """Whether a text has the title, most of it, or all that stands before its colon, in a row."""
    wanted, there = plain_title(title).split(), f" {plain_title(text)} "
    head = plain_title(title.partition(":")[0]) if ":" in title else ""
    if len(head.split()) >= HEAD and f" {head} " in there:
        return True
    least = max(4, -(-3 * len(wanted) // 5))
    return any(f" {' '.join(wanted[i : i + least])} " in there for i in range(len(wanted) - least + 1))


def own_name(title: str) -> str:
    """The name that a title like "Name: what it does" gives to its work, or nothing."""
    name, colon, _ = title.partition(":")
    return name.strip() if colon and len(name.split()) <= 2 else ""


def is_called(asked: Asked, article: Article) -> bool:
    """Whether the question calls the work by the name that its title gives it."""
    name = own_name(article.title)
    flags = re.IGNORECASE if len(name) > 4 else 0
    return (
        len(name) > 2 and re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", asked.text, flags) is not None
    )


def meant_by_name(asked: Asked, ranked: Sequence[Found]) -> list[Found]:
    """The works that introduce a thing which the question names, such as a model; empty where that is no clear sign."""
    coined = [name for name in asked.names if sum(name in f.vocabulary.text for f in ranked) <= COINED]
    meant = [f for f in ranked if is_called(asked, f.article) or _introduces(coined, f.article)]
    # Two works may have one name for different things: the title says which of them is known by it.
    entitled = [f for f in meant if own_name(f.article.title) in coined]
    meant = entitled or meant
    return meant if len(meant) <= 2 else []


def _introduces(names: Sequence[str], article: Article) -> bool:
    """Whether the work is the one that a made-up name, or a name of several words, stands for."""
    for name in names:
        here = rf"(?<![\w-]){re.escape(name)}(?![\w-])"
        if " " in name and re.search(here, article.title):
            return True
        # An acronym in brackets is often explained where it is only used.
        bracketed = "" if name.isupper() and name.isalpha() else rf"|\({re.escape(name)}\)"
        given = re.compile(rf"\b(?:{_GIVES})\s+(?:\w+\s+){{0,2}}{here}{bracketed}")
        if any(given.search(s.text) and cues.NAMING.search(s.text) for s in own_sentences(article)):
            return True
    return False


def is_central(term: Term, article: Article) -> bool:
    """Whether a work is about a named thing and does not just mention it."""
    if vocabulary_of(article.title).has(term):
        return True
    naming = [s for s in own_sentences(article) if vocabulary_of(s.text).has(term)]
    return len(naming) > 1 or any(cues.NAMING.search(s.text) for s in naming)


def in_one(parts: Sequence[Sequence[Term]], ranked: Sequence[Found]) -> bool:
    """Whether one of the best works has all the names that stand beside each other in a question."""
    return any(all(f.vocabulary.has(t) for part in parts for t in part) for f in ranked[:2])


def narrowed_to(asked: Asked, part: str, own: Sequence[Term], others: frozenset[str]) -> Asked:
    """The question asked of one compared work alone: its own words count most, the others' not at all."""
    topic = tuple(t for t in asked.terms if t.stem not in others and t.stem not in {o.stem for o in own})
    heavy = tuple(replace(t, weight=3 * t.weight) for t in own)
    return replace(asked, text=f"{part} {' '.join(t.word for t in topic)}", terms=(*heavy, *topic))
