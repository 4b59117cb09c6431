"""What of a work may be shown to a model and may carry its sentences: whole sentences that state something.

Sentences that address a reader or a machine, hold a link or hidden characters, or are in another language than
English, are no evidence: they are neither sent nor may a sentence rest on them. To leave out too much costs little,
since the source's own sentence, chosen without a model, stands wherever a model has nothing to rest on.
"""

import base64
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from pipeline.llm import Kind, Piece
from pipeline.models import Article
from pipeline.prompts import CLOSE, OPEN, unfenced
from pipeline.writing.cues import INSTRUCTION
from pipeline.writing.orders import ADDRESS, ENGLISH, MARKUP, ORDER, is_foreign, is_hidden, is_latin
from pipeline.writing.phrasing import readable
from pipeline.writing.sentences import Span, split_sentences

MOST_SENTENCES = 30
"""Of one work; an abstract has about eight."""
LONGEST = 800
"""Characters of a sentence; beyond it is a table or a list."""
EXAMPLE = "k3fz"
"""The key in the prompts' examples; no work has it."""


@dataclass(frozen=True)
class Evidence:
    """A work under its key, with the sentences of its text that may be used."""

    key: str
    article: Article
    numbered: Mapping[int, Span]
    """The sentences by the number under which a model knows them, from 1, in the order of the text."""
    notes: Mapping[int, str] | None = None
    """What another model wrote of the sentences; if there are notes, they are shown and the sentences are not."""

    @cached_property
    def text(self) -> str:
        """The usable sentences in order; what is claimed of the work is held against them alone."""
        return " ".join(self.sentence(n) for n in self.numbered)

    def sentence(self, number: int) -> str:
        """The sentence of this number, as the source has it."""
        span = self.numbered[number]
        return self.article.abstract[span.start : span.end]

    def number_of(self, span: Span) -> int | None:
        """The number of the sentence that holds this span."""
        return next(
            (n for n, s in self.numbered.items() if s.start <= span.start and span.end <= s.end), None
        )

    def only(self, numbers: Iterable[int]) -> "Evidence":
        """The same work with these sentences alone."""
        kept = set(numbers)
        return replace(self, numbered={n: s for n, s in self.numbered.items() if n in kept})

    def joined(self, other: "Evidence") -> "Evidence":
        """The same work with the sentences of both."""
        return replace(self, numbered=dict(sorted({**self.numbered, **other.numbered}.items())))

    @property
    def names(self) -> Mapping[str, int]:
        """The names under which sentences are shown, such as `kabc.2`, each with the sentence's number."""
        return {f"{self.key}.{n}": n for n in self.numbered if self.notes is None or n in self.notes}

    def pieces(self) -> list[Piece]:
        """The work as a model is shown it, fenced under its key: title and numbered sentences, or the notes alone."""
        found = [Piece(f"{OPEN}{self.key}")]
        if self.notes is None:
            found += [Piece("\ntitle: "), self._piece(self.article.title, "title")]
        for number in self.names.values():
            found += [Piece(f"\n{number}| "), self._shown(number)]
        return [*found, Piece(f"\n{CLOSE}")]

    def originals(self) -> list[Piece]:
        """Title and sentences as they stand in the source."""
        return [self._piece(self.article.title, "title"), *(self._original(n) for n in self.numbered)]

    def _shown(self, number: int) -> Piece:
        if self.notes is None:
            return self._original(number)
        return Piece(unfenced(" ".join(self.notes[number].split())), "derived", self.article.id)

    def _original(self, number: int) -> Piece:
        return self._piece(self.sentence(number), "abstract" if self.article.kind == "paper" else "fulltext")

    def _piece(self, text: str, kind: Kind) -> Piece:
        return Piece(unfenced(readable(text)), kind, self.article.id)


def evidence_of(articles: Iterable[Article], salt: str) -> dict[str, Evidence]:
    """The evidence of each work that has any, by the work's id; keys are short, opaque, and follow from the salt."""
    found: dict[str, Evidence] = {}
    taken = {EXAMPLE}
    for article in articles:
        if article.id in found or not is_usable_title(article.title):
            continue
        numbered = _numbered(article.abstract)
        if numbered:
            key = _key(f"{salt} {article.id}", taken)
            taken.add(key)
            found[article.id] = Evidence(key, article, numbered)
    return found


def _numbered(text: str) -> dict[int, Span]:
    usable = [span for span in split_sentences(text) if is_evidence(text[span.start : span.end])]
    return dict(enumerate(usable[:MOST_SENTENCES], start=1))


def is_evidence(sentence: str) -> bool:
    """Whether a sentence states something that may be told on; never raises."""
    line = " ".join(sentence.split())
    return len(line) <= LONGEST and line.count(" ") >= 3 and _is_plain(line) and bool(ENGLISH.search(line))


def is_usable_title(title: str) -> bool:
    """Whether a title may be shown to a model."""
    return bool(title.strip()) and len(title) <= LONGEST and _is_plain(title)


def _is_plain(line: str) -> bool:
    if any(is_hidden(c) for c in line) or not is_latin(line) or is_foreign(line):
        return False
    return not any(pattern.search(line) for pattern in (INSTRUCTION, ORDER, ADDRESS, MARKUP))


def _key(text: str, taken: set[str]) -> str:
    """`k` and three letters or digits, different for each work."""
    digest = base64.b32encode(hashlib.sha256(text.encode()).digest()).decode().lower().strip("=")
    keys = (f"k{digest[n : n + 3]}" for n in range(len(digest) - 2))
    return next((key for key in keys if key not in taken), f"k{digest[:12]}")


def shown(evidence: Sequence[Evidence]) -> list[Piece]:
    """Several works, one after the other."""
    found: list[Piece] = []
    for work in evidence:
        found += [Piece("\n")] * bool(found) + work.pieces()
    return found
