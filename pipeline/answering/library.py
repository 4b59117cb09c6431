"""Where works are looked up for one question: by search, by name, by number, and read sentence by sentence."""

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from pipeline.answering.periods import Period
from pipeline.answering.question import Asked, understood
from pipeline.answering.sentences import READ, scored, to_read
from pipeline.answering.terms import Vocabulary, american, coverage
from pipeline.answering.works import Found, Judged, in_order
from pipeline.index import SearchIndex
from pipeline.models import Article, Brief, Profile
from pipeline.store import Store
from pipeline.terms import words

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vector = NDArray[np.float32]

HITS = 50
HITS_IN_PERIOD = 300
WORKS = 20
"""Works that are looked at for one question."""
_SOUNDS_ALIKE = ({*"aeiouy"}, {*"sz"}, {*"ck"}, {*"fv"}, {*"mn"})
_TEXT_WORD = re.compile(r"[A-Za-z][A-Za-z-]{3,}")


class Library:
    """The index, the store, the thread's brief and the channel's profile, and what was looked up for one question."""

    def __init__(
        self,
        index: SearchIndex,
        store: Store,
        brief: Brief | None,
        profile: Profile | None,
        period: Period | None,
    ) -> None:
        self.index, self.store, self.brief, self.period = index, store, brief, period
        self.feeds = frozenset(profile.feeds) if profile else frozenset[str]()
        self.known: dict[str, Article] = {}
        self._vectors: dict[str, Vector] = {}
        self._searched: dict[str, list[Found]] = {}

    @cached_property
    def numbers(self) -> dict[int, str]:
        """The brief's references: number to article."""
        return {r.n: r.article_id for r in self.brief.references} if self.brief else {}

    @cached_property
    def inside(self) -> frozenset[str]:
        """The works that the brief cites."""
        return frozenset(self.numbers.values())

    def articles(self, ids: Iterable[str]) -> dict[str, Article]:
        """The stored articles of these ids."""
        wanted = list(dict.fromkeys(ids))
        missing = [i for i in wanted if i not in self.known]
        if missing:
            self.known.update(self.store.articles(missing))
        return {i: self.known[i] for i in wanted if i in self.known}

    def named(self, asked: Asked) -> list[Article]:
        """The works that a question names by number, arXiv id or address."""
        ids = [self.numbers[n] for n in asked.numbers if n in self.numbers] + list(asked.works)
        known = self.articles(ids)
        return [known[i] for i in dict.fromkeys(ids) if i in known]

    def by_authors(self, asked: Asked) -> list[Article]:
        """Works whose authors a question names; empty if it names none that is stored."""
        found: list[Article] = []
        for name in asked.authors[:2]:
            found += self.store.articles_by(name, WORKS)
        self.known.update((a.id, a) for a in found)
        return [a for a in {a.id: a for a in found}.values() if self._is_meant(a)]

    def search(self, asked: Asked) -> list[Found]:
        """Works near the question, best first; those of the brief among them where there is one."""
        text = spelled_both_ways(asked.text)
        if text not in self._searched:
            self._searched[text] = self._found(text)
        return in_order(asked.terms, self._searched[text], self.feeds)[:WORKS]

    def _found(self, text: str) -> list[Found]:
        best: dict[str, tuple[float, float]] = {}
        for hit in self.index.search(text, HITS_IN_PERIOD if self.period else HITS):
            best.setdefault(hit.passage.article_id, (hit.score, hit.similarity))
        if self.inside:
            for hit in self.index.search(text, WORKS, article_ids=self.inside):
                best.setdefault(hit.passage.article_id, (0.6 * hit.score, hit.similarity))
        known = self.articles(best)
        return [
            Found(known[i], *scores, inside=i in self.inside)
            for i, scores in best.items()
            if i in known and self._is_meant(known[i])
        ]

    def _is_meant(self, article: Article) -> bool:
        """Whether a work lies in the period that the question names, if it names one."""
        return self.period is None or self.period.holds(article)

    def read(self, asked: Asked, works: Sequence[Found], context: str = "") -> list[Judged]:
        """The works with their sentences compared with the question; `context` is the question before it."""
        sentences = [to_read(asked, w.article) for w in works]
        texts = [s.text for row in sentences for s in row]
        near, wide = self._cosines([asked.text, f"{context} {asked.text}" if context else asked.text], texts)
        judged, at = [], 0
        for work, row in zip(works, sentences, strict=True):
            here = slice(at, at + len(row))
            made = scored(asked, work.article.title, row, near[here], wide[here])
            judged.append(Judged(work, coverage(asked.terms, work.vocabulary), made))
            at += len(row)
        return judged

    def _cosines(self, questions: Sequence[str], texts: Sequence[str]) -> list[list[float]]:
        """For each question the cosines of all texts; texts that were compared before are not embedded again."""
        fresh = [t for t in dict.fromkeys([*questions, *texts]) if t not in self._vectors]
        if fresh:
            self._vectors.update(zip(fresh, self.index.embedder.embed(fresh), strict=True))
        return [[round(float(self._vectors[q] @ self._vectors[t]), 6) for t in texts] for q in questions]

    def spelled(self, asked: Asked, ranked: Sequence[Found]) -> tuple[Asked, str]:
        """The question with slips of the pen mended, and a note where a name was read differently."""
        near: dict[str, str] = {}
        for term in asked.terms:
            word = term.word.lower()
            if len(word) < 5 or not word.isalpha() or any(w.vocabulary.has(term) for w in ranked[:10]):
                continue
            if not self.store.lexical_search(word, 1) and (right := self._likest(word, ranked[:10])):
                near[term.word] = right
        if not near:
            return asked, ""
        text = asked.text
        for wrong, right in near.items():
            text = re.sub(rf"\b{re.escape(wrong)}\b", right, text)
        names = [f"“{t.word}” as “{near[t.word]}”" for t in asked.terms if t.word in near and t.is_name]
        mended = replace(understood(text), kind=asked.kind)
        return mended, f"(Reading {' and '.join(names)}.)" if names else ""

    def _likest(self, word: str, works: Sequence[Found]) -> str | None:
        """The word of these works, else of the whole index, of which this one is a misspelling."""
        known: dict[str, str] = {}
        for work in works:
            for own in _TEXT_WORD.findall(f"{work.article.title} {work.article.abstract[:READ]}"):
                known.setdefault(own.lower(), own)
        near = [w for w in difflib.get_close_matches(word, known, n=3, cutoff=0.8) if is_slip(word, w)]
        if near:
            return known[near[0]]
        common = self.store.indexed_words(word[:2], at_least=3)
        close = [w for w in difflib.get_close_matches(word, common, n=5, cutoff=0.8) if is_slip(word, w)]
        return max(close, key=lambda other: (common[other], other), default=None)

    def vocabulary_of(self, works: Sequence[Article]) -> Vocabulary:
        """The words of several works together."""
        return Vocabulary("\n".join(f"{a.title}\n{a.abstract[:READ]}" for a in works))


def spelled_both_ways(text: str) -> str:
    """The text, followed by its British words in American spelling: full text knows words by their letters."""
    other = [american(word) for word in words(text) if american(word) != word]
    return f"{text} {' '.join(other)}" if other else text


def is_slip(typed: str, meant: str) -> bool:
    """Whether a word may be typed for another: a letter too many or too few, two swapped, one that sounds alike."""
    edits = [
        op
        for op in difflib.SequenceMatcher(None, typed, meant, autojunk=False).get_opcodes()
        if op[0] != "equal"
    ]
    if sorted(typed) == sorted(meant):
        return True
    if len(edits) > (1 if len(typed) < 9 else 2):
        return False
    for kind, a, b, c, d in edits:
        if kind == "replace" and not (b - a == d - c == 1 and _alike(typed[a], meant[c])):
            return False
        if max(b - a, d - c) > 1:
            return False
    return True


def _alike(first: str, second: str) -> bool:
    return any(first in group and second in group for group in _SOUNDS_ALIKE)
