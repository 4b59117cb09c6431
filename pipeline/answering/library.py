"""Where works are looked up for one question: by search, by name, by number, and read sentence by sentence."""

import difflib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from pipeline.answering.periods import Period
from pipeline.answering.question import Asked, understood
from pipeline.answering.sentences import READ, Sentence, competing, to_read, weighed, with_meaning
from pipeline.answering.terms import Vocabulary, american, coverage, vocabulary_of
from pipeline.answering.vectors import vectors_of
from pipeline.answering.works import Found, Judged, in_order
from pipeline.index import SearchIndex
from pipeline.models import Article, Brief, InFull, Profile
from pipeline.store import Store
from pipeline.terms import words

if TYPE_CHECKING:
    from pipeline.answering.vectors import Vector

ReadInFull = Callable[[Article], InFull | None]
"""Reads a work in full now; none if it has no full text elsewhere."""
Rerank = Callable[[str, Sequence[Article]], Sequence[float] | None]
"""Question and works to a number from 0 to 1 for each, higher is better; none where no reranker answers."""
HITS = 30
HITS_IN_PERIOD = 300
WORKS = 20
"""Works that are looked at for one question."""
RERANKED = 20
"""Found works that a reranker reads, the best first."""
RERANKINGS = 2
"""Texts for which a reranker is asked in one answer: the question, and the same without slips of the pen."""
NEAR_BY = 400
"""Characters of an abstract by which works like it are looked for."""
AHEAD = 0.4
"""A lead that the meaning of sentences, at most 0.7 of a work's worth, does not make up for."""
GUESS = 0.6
"""Of a work's cosine with a question, the cosine of a sentence that its words leave behind."""
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
        given: Mapping[int, str] | None = None,
        read_in_full: ReadInFull | None = None,
        rerank: Rerank | None = None,
    ) -> None:
        self.index, self.store, self.brief, self.period = index, store, brief, period
        self.feeds = frozenset(profile.feeds) if profile else frozenset[str]()
        self.topic = profile.topic if profile else ""
        self._given = given or {}
        self.known: dict[str, Article] = {}
        self._searched: dict[str, list[Found]] = {}
        self._read_in_full = read_in_full
        self._rerank = rerank
        self._rerankings = RERANKINGS
        self.not_read: dict[str, str] = {}
        """Works whose full text was asked for and could not be read, each with why."""

    @cached_property
    def numbers(self) -> dict[int, str]:
        """Number to article: the brief's references, and the numbers that the thread gave to other works."""
        own = {r.n: r.article_id for r in self.brief.references} if self.brief else {}
        works = set(own.values())
        return own | {n: i for n, i in self._given.items() if n not in own and i not in works}

    @cached_property
    def inside(self) -> frozenset[str]:
        """The works that the brief cites."""
        return frozenset(r.article_id for r in self.brief.references) if self.brief else frozenset()

    def articles(self, ids: Iterable[str]) -> dict[str, Article]:
        """The stored articles of these ids."""
        wanted = list(dict.fromkeys(ids))
        missing = [i for i in wanted if i not in self.known]
        if missing:
            self.known.update(self.store.articles(missing))
        return {i: self.known[i] for i in wanted if i in self.known}

    def in_full(self, work: Article, *, now: bool = False) -> Article | None:
        """The work with its full text; none if that is not stored. With `now` it is read first where that is due."""
        text = self.store.full_texts.of(work.id)
        if now and self._read_in_full and (text is None or text.version != work.version):
            outcome = self._read_in_full(work)
            if outcome is not None and outcome.source is None:
                self.not_read[work.id] = outcome.reason or ""
            text = self.store.full_texts.of(work.id)
        if text is None:
            return None
        self.known[work.id] = work.model_copy(update={"fulltext": text})
        return self.known[work.id]

    def named(self, asked: Asked) -> list[Article]:
        """The works that a question names by number, arXiv id or address."""
        ids = [self.numbers[n] for n in asked.numbers if n in self.numbers] + list(asked.works)
        known = self.articles(ids)
        return [known[i] for i in dict.fromkeys(ids) if i in known]

    def by_authors(self, asked: Asked) -> list[Article]:
        """Works by all the authors that a question names; empty if there is no such work."""
        each = [{a.id: a for a in self.store.articles_by(name, WORKS)} for name in asked.authors[:2]]
        found = [work for key, work in each[0].items() if all(key in works for works in each)] if each else []
        self.known.update((a.id, a) for a in found)
        return [a for a in found if self.is_meant(a)]

    def search(self, asked: Asked) -> list[Found]:
        """Works near the question, best first; those of the brief among them where there is one."""
        return in_order(asked.terms, self._found(asked.text))[:WORKS]

    def _found(self, text: str) -> list[Found]:
        if text not in self._searched:
            self._searched[text] = self._reranked(text, self._looked_up(text))
        return self._searched[text]

    def _reranked(self, text: str, found: list[Found]) -> list[Found]:
        """The same works, the best of them with what a reranker says of them, where there is one and it answers."""
        if self._rerank is None or not self._rerankings:
            return found
        self._rerankings -= 1
        order = sorted(found, key=lambda f: (-f.fused, f.article.id))
        scores = self._rerank(text, [f.article for f in order[:RERANKED]]) or ()
        return [replace(f, reranked=score) for f, score in zip(order, scores, strict=False)] + order[
            len(scores) :
        ]

    def _looked_up(self, text: str) -> list[Found]:
        best: dict[str, tuple[float, float]] = {}
        meaning, words_ = self._vectors([text])[text], spelled_both_ways(text)
        for hit in self.index.search(words_, HITS_IN_PERIOD if self.period else HITS, vector=meaning):
            best.setdefault(hit.passage.article_id, (hit.score, hit.similarity))
        if self.inside:
            for hit in self.index.search(words_, WORKS, article_ids=self.inside, vector=meaning):
                best.setdefault(hit.passage.article_id, (0.6 * hit.score, hit.similarity))
        known = self.articles(best)
        return [
            Found(known[i], *scores, inside=i in self.inside, followed=self.follows(known[i]))
            for i, scores in best.items()
            if i in known and self.is_meant(known[i])
        ]

    def near(self, work: Article) -> list[Found]:
        """The other works that are nearest to one in words and meaning, the nearest in meaning first."""
        found = self._looked_up(f"{work.title}. {work.abstract[:NEAR_BY]}")
        others = (f for f in found if f.article.id != work.id)
        return sorted(others, key=lambda f: (-f.similarity, f.article.id))

    def follows(self, work: Article) -> bool:
        """Whether a work came from a feed that the profile names."""
        return not self.feeds.isdisjoint(work.feeds)

    def is_meant(self, article: Article) -> bool:
        """Whether a work lies in the period that the question names, if it names one."""
        return self.period is None or self.period.holds(article)

    def read(
        self, asked: Asked, works: Sequence[Found], context: str = "", *, contest: bool = False
    ) -> list[Judged]:
        """The works with their sentences compared with the question; `context` is the question before it.

        In a contest only the best work counts: those that are too far behind are not read for their meaning.
        """
        rows = [weighed(asked, w.article.title, to_read(asked, w.article)) for w in works]
        covered = [coverage(asked.terms, w.vocabulary) for w in works]
        bases = [Judged(w, c, ()).worth for w, c in zip(works, covered, strict=True)]
        least = max(bases, default=0.0) - AHEAD if contest else float("-inf")
        looked_at = [competing(row) if b >= least else [] for row, b in zip(rows, bases, strict=True)]
        cosines = self._cosines(
            [asked.text, f"{context} {asked.text}" if context else asked.text],
            [s.text for row in looked_at for s in row],
        )
        return [Judged(w, c, _meant(row, cosines, w)) for w, c, row in zip(works, covered, rows, strict=True)]

    def _cosines(self, questions: Sequence[str], texts: Sequence[str]) -> dict[str, list[float]]:
        """For each text its cosines with the questions."""
        vectors = self._vectors([*questions, *texts])
        return {t: [round(float(vectors[q] @ vectors[t]), 6) for q in questions] for t in texts}

    def _vectors(self, texts: Sequence[str]) -> "dict[str, Vector]":
        """The vector of each text; a question is embedded once, however often it is compared."""
        return vectors_of(self.index.embedder).of(texts, self.index.embedder)

    def spelled(self, asked: Asked, ranked: Sequence[Found]) -> tuple[Asked, str]:
        """The question with slips of the pen mended, and a note where a name was read differently."""
        near: dict[str, str] = {}
        for term in asked.terms:
            word = term.word.lower()
            if len(word) < 5 or not word.isalpha() or any(w.vocabulary.has(term) for w in ranked[:10]):
                continue
            if not self.store.passages.search(word, 1) and (right := self._likest(word, ranked[:10])):
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
        common = self.store.passages.words(word[:2], at_least=3)
        close = [w for w in difflib.get_close_matches(word, common, n=5, cutoff=0.8) if is_slip(word, w)]
        return max(close, key=lambda other: (common[other], other), default=None)

    def vocabulary_of(self, works: Sequence[Article]) -> Vocabulary:
        """The words of several works together."""
        return vocabulary_of("\n".join(f"{a.title}\n{a.abstract[:READ]}" for a in works))


def _meant(
    row: Sequence[Sentence], cosines: Mapping[str, Sequence[float]], work: Found
) -> tuple[Sentence, ...]:
    """The sentences of a work with their meaning, guessed from the whole work's where it was not looked at."""
    guess = [GUESS * work.similarity] * 2
    return tuple(with_meaning(s, *cosines.get(s.text, guess)) for s in row)


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
