"""Which sentences of a work answer a question. Pure: the cosines of meaning are given."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from math import exp

from pipeline.answering.kinds import answers_of, focus_of, has_figure, wants_figure, wants_method
from pipeline.answering.question import Asked
from pipeline.answering.terms import Term, coverage, terms_of, vocabulary_of
from pipeline.models import Article
from pipeline.writing.orders import quotable
from pipeline.writing.role_model import Roles, sentence_roles
from pipeline.writing.sentences import Span, split_sentences

LONGEST_SENTENCE = 700
READ = 12_000
"""Characters of a text that are read: abstracts are shorter, long posts are cut."""
SENTENCES = 9
"""Sentences of one work whose words are compared with a question."""
REACH = 2.0
"""How much of a score meaning makes up for: sentences farther behind by their words are not embedded."""
MOST = 3
"""Sentences of one work that are said at most."""
SURE = 0.85
"""How likely the answer must be among the sentences that are said."""
WEIGHTS = {
    "fresh words": 1.54, "words": 0.91, "focus": 1.07, "meaning": 0.68, "meaning in thread": 0.74, "kind wanted": 1.6,
    "kind near": 0.41, "digits": 1.15, "figure": 0.95, "background": -0.7, "method": 0.28, "result": 0.56,
    "points back": -0.48, "place": 0.25, "first": -0.47, "length": 0.49, "question": -0.6,
}  # fmt: skip
"""Of a conditional logit over the sentences of the right work, fitted to 107 questions on three weeks."""
_UNSPACED = re.compile(r"(?<=[a-z)%][a-zA-Z)%])\.(?=[A-Z][a-z]+,? [a-z])")
_POINTS_BACK = re.compile(r"(?:They|It|He|She|Them|Its|Their|This|These)\b")


@dataclass(frozen=True)
class Sentence:
    """A sentence of a work, with how near it is to the question."""

    span: Span
    text: str
    place: int
    """Its number in the work."""
    words: float = 0.0
    """Coverage of the question's telling words."""
    meaning: float = 0.0
    """Cosine with the question."""
    near_thread: float = 0.0
    """Cosine with the question and the one before it."""
    role: Roles | None = None
    share: float = 0.0
    """How far down in the text, 0 to 1."""
    score: float = 0.0
    has: frozenset[str] = frozenset()
    """Stems of the question that it has."""


@lru_cache(maxsize=512)
def _quotable(text: str) -> tuple[Sentence, ...]:
    places = {span: place for place, span in enumerate(_apart(text))}
    found = (
        Sentence(span, " ".join(text[span.start : span.end].split()), places[span])
        for span in quotable(text, list(places))
    )
    return tuple(s for s in found if len(s.text) <= LONGEST_SENTENCE)


def _apart(text: str) -> list[Span]:
    """The sentences, those apart as well that are written without a space between them."""
    spans: list[Span] = []
    for start, end in split_sentences(text):
        for found in _UNSPACED.finditer(text, start, end):
            spans.append(Span(start, found.end()))
            start = found.end()
        spans.append(Span(start, end))
    return spans


def own_sentences(article: Article) -> tuple[Sentence, ...]:
    """The sentences that may be quoted: those that are the authors' own telling, none that is endless."""
    return _quotable(article.abstract[:READ])


def to_read(asked: Asked, article: Article, most: int = SENTENCES) -> list[Sentence]:
    """At most so many sentences of a work in the order of the text: those with the question's words first."""
    known = [_with_words(asked.terms, s) for s in own_sentences(article)]
    if len(known) > most:
        patterns = answers_of(asked.text)
        known.sort(key=lambda s: (-s.words - 0.3 * any(p.search(s.text) for p in patterns), s.place))
    return sorted(known[:most], key=lambda s: s.place)


def _with_words(terms: Sequence[Term], sentence: Sentence) -> Sentence:
    vocabulary = vocabulary_of(sentence.text)
    has = frozenset(t.stem for t in terms if vocabulary.has(t))
    return replace(sentence, words=coverage(terms, vocabulary), has=has)


def weighed(asked: Asked, title: str, sentences: Sequence[Sentence]) -> list[Sentence]:
    """The sentences with all that their words say for them as answers; what they mean is not looked at yet."""
    measure = _Measure(asked, title)
    roles = sentence_roles([s.text for s in sentences])
    made = []
    for s, role in zip(sentences, roles, strict=True):
        read = replace(s, role=role, share=s.place / max(1, sentences[-1].place + 1))
        made.append(replace(read, score=measure.score(read)))
    return made


def competing(sentences: Sequence[Sentence]) -> list[Sentence]:
    """The weighed sentences for which it matters what they mean: those that their words do not leave too far behind."""
    best = max((s.score for s in sentences), default=0.0)
    return [s for s in sentences if s.score >= best - REACH]


def with_meaning(sentence: Sentence, near: float, near_thread: float) -> Sentence:
    """The weighed sentence with its cosine with the question, and with the question after the one before it."""
    more = WEIGHTS["meaning"] * near + WEIGHTS["meaning in thread"] * near_thread
    return replace(sentence, meaning=near, near_thread=near_thread, score=round(sentence.score + more, 6))


class _Measure:
    """How a question weighs sentences of one work: words of the title tell less about where the answer is."""

    def __init__(self, asked: Asked, title: str) -> None:
        named = vocabulary_of(title)
        self.terms = asked.terms
        self.fresh = tuple(t for t in asked.terms if not named.has(t)) or asked.terms
        self.patterns = answers_of(asked.text)
        self.focus = focus_of(asked.text)
        self.wants_figure = wants_figure(asked.text)
        self.wants_method = wants_method(asked.text)

    def score(self, s: Sentence) -> float:
        """The weighted sum of what speaks for the sentence, its meaning left out."""
        vocabulary = vocabulary_of(s.text)
        background = s.role.background if s.role else 0.0
        found = {
            "words": coverage(self.terms, vocabulary),
            "fresh words": coverage(self.fresh, vocabulary),
            "focus": coverage(self.focus, vocabulary),
            "kind wanted": bool(self.patterns[:1] and self.patterns[0].search(s.text)),
            "kind near": any(pattern.search(s.text) for pattern in self.patterns[1:]),
            "digits": self.wants_figure and bool(re.search(r"\d", s.text)),
            "figure": self.wants_figure and has_figure(s.text),
            "background": background,
            "method": (s.role.method if s.role else 0.0) * (3.0 if self.wants_method else 1.0),
            "result": s.role.result if s.role else 0.0,
            "points back": bool(_POINTS_BACK.match(s.text)),
            "place": s.share,
            "first": s.place == 0,
            "length": min(len(s.text) / 300, 2.0),
            "question": s.text[-1] in "?:",
        }
        return round(sum(WEIGHTS[name] * float(value) for name, value in found.items()), 6)


def pick(sentences: Sequence[Sentence], most: int = MOST, sure: float = SURE) -> list[Sentence]:
    """The fewest sentences among which the answer is likely to be, best first."""
    order = sorted(sentences, key=lambda s: (-s.score, s.place))
    if not order:
        return []
    odds = [exp(s.score - order[0].score) for s in order]
    chosen, reached = 0, 0.0
    while chosen < min(most, len(order)) and reached < sure * sum(odds):
        reached += odds[chosen]
        chosen += 1
    return order[:chosen]


def best_for(clause: str, asked: Asked, title: str, sentences: Sequence[Sentence]) -> Sentence | None:
    """The sentence that answers one part of a question best; none if none shares anything with that part."""
    part = replace(asked, text=clause, terms=terms_of(clause))
    measure = _Measure(part, title)

    def fits(s: Sentence) -> bool:
        return coverage(part.terms, vocabulary_of(s.text)) > 0 or any(
            p.search(s.text) for p in measure.patterns
        )

    def order(s: Sentence) -> tuple[float, int]:
        own = with_meaning(replace(s, score=measure.score(s)), s.meaning, s.near_thread)
        return own.score + 0.25 * s.score, -s.place

    return max(filter(fits, sentences), key=order, default=None)
