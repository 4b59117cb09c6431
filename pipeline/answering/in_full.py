"""Answers from the full text of works, where their abstracts do not say.

The passages of a work that are nearest to the question are read as an abstract is, more sceptically: among so many
sentences there is always one that shares words with a question.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from pipeline.answering.kinds import Kind, answers_of, focus_of, has_figure, needs_unit, wants_figure
from pipeline.answering.library import Library, spelled_both_ways
from pipeline.answering.question import Asked
from pipeline.answering.saying import CODE, Reply, quoted_in_full
from pipeline.answering.sentences import LONGEST_SENTENCE, Sentence, own_sentences, pick
from pipeline.answering.terms import Term, coverage, vocabulary_of
from pipeline.answering.trust import speaks
from pipeline.answering.works import Found, Judged
from pipeline.models import Article, FullText, Passage
from pipeline.writing.cues import RELEASE
from pipeline.writing.orders import is_stray
from pipeline.writing.roles import open_questions
from pipeline.writing.sentences import Span, split_sentences

SILENT = "The abstract does not state it; the full text does:"
PASSAGES = 8
"""Of one work that are read for a question."""
WORKS = 3
MOST = 2
"""Sentences that are said."""
HERE = 0.4
"""Of the question's words besides the title's, what the sentence that answers has at least ..."""
ADDRESSED = 0.65
"""... and what it has together with the sentence before it, on which it may rest."""
MEANT = 0.2
"""The least cosine of the question and that sentence, where the work is known to be meant ..."""
FOUND = 0.35
"""... and where it was only found."""
CLEARLY = 0.8
"""What a sentence of the full text has at least to be said in place of what the abstract has to offer ..."""
LITTLE = 0.6
"""... if all of that has less than so much."""
FEW = 2
"""A question with no more words of its own needs one of them to stand in the sentence as it is."""
_PLAIN: frozenset[Kind] = frozenset({"number", "plain", "find"})
_POINTS_BACK = re.compile(r"(?:They|It|He|She|Its|Their|Them|This|These|Those|Such|Both)\b")
_LIMITS = re.compile(r"limitation|future work|threats? to validity|open (?:questions|problems)", re.I)
_ADDRESS = re.compile(r"https?://|\b(?:github|gitlab|huggingface|zenodo|osf)\.(?:com|co|org|io)\b", re.I)
_CODE_QUERY = "code, data and models are available, released or open source at this address"


@dataclass(frozen=True)
class Excerpt:
    """Passages of a full text as one text, in the order of the work."""

    text: str
    pieces: tuple[tuple[int, int], ...]
    """Where each piece begins in this text, and in the full text."""

    def original(self, span: Span) -> Span:
        """The span in the full text."""
        here, there = max(piece for piece in self.pieces if piece[0] <= span.start)
        return Span(span.start - here + there, span.end - here + there)


def excerpt_of(full: FullText, spans: Sequence[tuple[int, int]]) -> Excerpt:
    """These spans of the full text, a blank line between them."""
    text, pieces = "", []
    for start, end in sorted(spans):
        text += "\n\n" if text else ""
        pieces.append((len(text), start))
        text += full.text[start:end]
    return Excerpt(text, tuple(pieces))


def from_full_text(
    library: Library, asked: Asked, works: Sequence[Article], context: str = ""
) -> Reply | None:
    """The answer from the full text of works that are known to be meant; none if it does not say either.

    A single work is read in full now if that was not done before.
    """
    known = (library.in_full(work, now=len(works) == 1) for work in works[:WORKS])
    replies = (_from(library, asked, work, context) for work in known if work is not None)
    return next((reply for reply in replies if reply), None)


def from_any_full_text(library: Library, asked: Asked) -> Reply | None:
    """The answer from the work whose full text fits a question best; none if no stored one answers it."""
    if not asked.terms or asked.kind not in _PLAIN:
        return None
    hits = library.index.search(spelled_both_ways(asked.text), PASSAGES, part="fulltext")
    ids = list(dict.fromkeys(hit.passage.article_id for hit in hits))[:WORKS]
    known = (library.in_full(work) for work in library.articles(ids).values() if library.is_meant(work))
    found = [told for work in known if work and (told := _found(library, asked, work, "", FOUND))]
    best = max(found, key=lambda told: told.worth, default=None)
    return best.reply if best else None


def rather_in_full(
    library: Library, asked: Asked, offered: Judged, works: Sequence[Article], context: str = ""
) -> Reply | None:
    """The answer from a stored full text where the offered abstract has the subject, but not what is asked of it."""
    if asked.kind not in _PLAIN:
        return None
    said = vocabulary_of(" ".join(s.text for s in pick(offered.sentences)))
    for work in works[:WORKS]:
        full = library.in_full(work)
        if full is None or coverage(_own_terms(asked, full), said) >= LITTLE:
            continue
        told = _found(library, asked, full, context, MEANT)
        if told and told.covered >= CLEARLY:
            return told.reply
    return None


def on_full_text(library: Library, work: Article) -> str:
    """What to add to the sentence that an abstract does not say: what became of looking into the full text."""
    if work.id in library.not_read:
        return f", and its full text could not be read ({library.not_read[work.id]})"
    return ", nor was it found in the full text" if library.known.get(work.id, work).fulltext else ""


def _from(library: Library, asked: Asked, work: Article, context: str) -> Reply | None:
    full = work.fulltext
    if full is None:
        return None
    if asked.kind == "limits":
        return _told(work, _limitations(full))
    if asked.kind == "code":
        return _told(work, _releases(library, work, full))
    told = _found(library, asked, work, context, MEANT)
    return told.reply if told else None


def _told(work: Article, spans: Iterable[Span]) -> Reply | None:
    """The first of the spans that may be quoted: the authors' own telling, none that is endless."""
    text = work.text_of("fulltext")
    fit = (s for s in spans if s.end - s.start <= LONGEST_SENTENCE and not is_stray(text[s.start : s.end]))
    chosen = list(islice(fit, MOST))
    return Reply("answered", SILENT, quoted_in_full(work, chosen)) if chosen else None


def _limitations(full: FullText) -> Iterator[Span]:
    """What a work says of its limits: the beginning of the section on them, else its open questions."""
    section = next((s for s in full.sections if _LIMITS.search(s.name)), None)
    if section is None:
        yield from open_questions(full.text)
        return
    for start, end in split_sentences(full.text[section.start : section.end]):
        yield Span(section.start + start, section.start + end)


def _releases(library: Library, work: Article, full: FullText) -> Iterator[Span]:
    """Sentences that say where code is."""
    excerpt = _excerpt(library, _CODE_QUERY, work, full)
    for sentence in own_sentences(work.model_copy(update={"abstract": excerpt.text})):
        if CODE.search(sentence.text) and (_ADDRESS.search(sentence.text) or RELEASE.search(sentence.text)):
            yield excerpt.original(sentence.span)


def _excerpt(library: Library, question: str, work: Article, full: FullText) -> Excerpt:
    hits = library.index.search(question, PASSAGES, article_ids=[work.id], part="fulltext")
    return excerpt_of(full, [_span(hit.passage) for hit in hits if _is_of(hit.passage, full)])


def _span(passage: Passage) -> tuple[int, int]:
    return passage.start, passage.end


def _is_of(passage: Passage, full: FullText) -> bool:
    """Whether a passage is one of this text: it may have been replaced by that of a newer version meanwhile."""
    return passage.text.endswith(full.text[passage.start : passage.end]) and passage.end <= len(full.text)


@dataclass(frozen=True)
class _Answer:
    """An answer from one full text."""

    reply: Reply
    covered: float
    """Of the question's own words, what it has."""
    worth: float


def _found(library: Library, asked: Asked, work: Article, context: str, least: float) -> _Answer | None:
    """The best answer among the work's passages that are nearest to the question; none if none is one.

    They are read with the question in mind as if they were the work's abstract.
    """
    full = work.fulltext
    question = spelled_both_ways(f"{context} {asked.text}" if context else asked.text)
    excerpt = _excerpt(library, question, work, full) if full else None
    if excerpt is None or not excerpt.text:
        return None
    shadow = work.model_copy(update={"abstract": excerpt.text})
    (judged,) = library.read(asked, [Found(shadow, 1.0, 0.5, work.id in library.inside)], context)
    if not speaks(asked, judged, elliptical=bool(context)):
        return None
    before = {s.place: _before(s, shadow) for s in judged.sentences}
    own = _own_terms(asked, work)
    covered = {s.place: _coverage(own, s, before[s.place]) for s in judged.sentences}
    fitting = [
        s
        for s in judged.sentences
        if covered[s.place] >= ADDRESSED and s.meaning >= least and _answers(asked, own, s, before[s.place])
    ]
    best = max(fitting, key=lambda s: (covered[s.place] + s.meaning, -s.place), default=None)
    if best is None:
        return None
    earlier = before[best.place] if _POINTS_BACK.match(best.text) else None
    reply = _told(work, [excerpt.original(s.span) for s in (earlier, best) if s])
    worth = covered[best.place] + best.meaning
    return _Answer(reply, covered[best.place], worth) if reply else None


def _own_terms(asked: Asked, work: Article) -> tuple[Term, ...]:
    """The question's terms without those that only name the work."""
    named = vocabulary_of(work.title)
    return tuple(t for t in asked.terms if not named.has(t)) or asked.terms


def _before(sentence: Sentence, shadow: Article) -> Sentence | None:
    """The sentence before one, in the same paragraph."""
    earlier = next((s for s in own_sentences(shadow) if s.place == sentence.place - 1), None)
    if earlier is None or "\n\n" in shadow.abstract[earlier.span.end : sentence.span.start]:
        return None
    return earlier


def _coverage(terms: Sequence[Term], sentence: Sentence, before: Sentence | None) -> float:
    return coverage(terms, vocabulary_of(f"{before.text} {sentence.text}" if before else sentence.text))


def _answers(asked: Asked, own: Sequence[Term], sentence: Sentence, before: Sentence | None) -> bool:
    """Whether a sentence has what is asked for, and not only the subject."""
    text = sentence.text
    unit, patterns, focus = needs_unit(asked.text), answers_of(asked.text), focus_of(asked.text)
    if (wants_figure(asked.text) and not has_figure(text)) or (unit and not unit.search(text)):
        return False
    if focus and _coverage(focus, sentence, before) < ADDRESSED:
        return False
    is_named_figure = bool(focus) and coverage(focus, vocabulary_of(text)) == 1.0 and re.search(r"\d", text)
    if patterns and not patterns[0].search(text) and not is_named_figure:
        return False
    if len(own) <= FEW and not any(_is_literal(term, text) for term in own):
        return False  # "optimizer" is not answered by "optimization"
    return coverage(own, vocabulary_of(text)) >= HERE


def _is_literal(term: Term, text: str) -> bool:
    """Whether the very word stands in a text, whatever its ending."""
    return re.search(rf"\b{re.escape(term.word.rstrip('s'))}\w{{0,3}}\b", text, re.I) is not None
