"""A text as its checks see it: sentences of words with stems, and the plain text behind them."""

import re
from functools import lru_cache
from typing import NamedTuple

from pipeline.claims.lexicon import NEGATIONS
from pipeline.terms import STOP, rarity, stem
from pipeline.writing.phrasing import readable
from pipeline.writing.sentences import split_sentences

LONGEST = 20_000
"""Characters of a source that are read; an abstract has about 1,500."""

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?(?:[-‐–/][^\W_]+)*")
_PART = re.compile(r"[-‐–/]")
_MARK = re.compile(r"\s*\[\d+(?:,\s*\d+)*\]")
_CLAUSE = re.compile(
    r"[,;:()]|\s[–—-]\s|\b(?:and|but|whereas|while|although|though|which|that|because|so|then|yet)\b"
)


class Source(NamedTuple):
    """A work that a claim cites: its title and the text that is known of it."""

    id: str
    title: str
    text: str


class Word(NamedTuple):
    """One word: as written, in lower case, its stem, the compound it is part of, and its rarity (0 to 1)."""

    text: str
    low: str
    stem: str
    whole: str
    weight: float


class Reading(NamedTuple):
    """A text taken apart once and used by every check."""

    text: str
    sentences: tuple[tuple[Word, ...], ...]
    plain: tuple[str, ...]
    """The sentences as text."""
    stems: frozenset[str]
    words: frozenset[str]
    """Lower-case words, the compounds among them."""


def without_marks(text: str) -> str:
    """The text without citation marks such as `[3, 7]`, without Markdown's stars."""
    return _MARK.sub("", text).replace("**", "").strip()


@lru_cache(maxsize=2048)
def read(text: str) -> Reading:
    """The reading of a text; LaTeX is made plain, and what lies beyond 20,000 characters is not read."""
    text = readable(text[:LONGEST]).replace("{,}", ",").replace("’", "'")
    plain = tuple(text[start:end] for start, end in split_sentences(text))
    sentences = tuple(words_of(sentence) for sentence in plain)
    every = [word for sentence in sentences for word in sentence]
    return Reading(
        text=text,
        sentences=sentences,
        plain=plain,
        stems=frozenset(word.stem for word in every),
        words=frozenset(word.low for word in every) | frozenset(word.whole for word in every),
    )


def words_of(sentence: str) -> tuple[Word, ...]:
    """The words of a sentence in order, compounds opened."""
    found = []
    for match in _WORD.finditer(sentence):
        whole = match.group().lower()
        for part in _PART.split(match.group()):
            low = part.lower().removesuffix("'s")
            root = stem(low)
            found.append(Word(part, low, root, whole, weight_of(low, root)))
    return tuple(found)


def weight_of(low: str, root: str) -> float:
    """How much a word tells: nothing for a stop word or a negation, up to one for a rare word."""
    if low in STOP or low in NEGATIONS or low.isdigit():
        return 0.0
    return rarity(root)


def clauses(sentence: str) -> list[str]:
    """The parts of a sentence between commas and conjunctions that hold at least three words."""
    parts = [part.strip() for part in _CLAUSE.split(sentence)]
    return [part for part in parts if len(part.split()) >= 3] or [sentence]
