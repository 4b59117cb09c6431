"""Comparisons: which works are meant, and what each of them says."""

import re
from collections.abc import Sequence
from dataclasses import replace

from pipeline.answering.kinds import answers_of
from pipeline.answering.library import Library
from pipeline.answering.question import Asked, clauses
from pipeline.answering.saying import Reply, cell, said, tabled, titled, unknown
from pipeline.answering.sentences import Sentence, best_for, own_sentences, pick
from pipeline.answering.tables import WORK, Cell
from pipeline.answering.terms import coverage, terms_of, weight_of
from pipeline.answering.trust import lacking
from pipeline.answering.works import Found, Judged, in_one, in_order, is_called, narrowed_to, own_name
from pipeline.writing.cues import NAMING, STUDY
from pipeline.writing.role_model import sentence_roles
from pipeline.writing.roles import choose_finding
from pipeline.writing.sentences import Span

MOST_OF_EACH = 3
BACKGROUND = 0.5
"""How surely a sentence tells what was known before, to be left out."""
PARTICULAR = 1.0
"""Weight of one telling word."""
_DATA = "on which data was it tested"
_EVALUATED = re.compile(
    r"\b(?:evaluat\w*|tested|tests? on|experiments?|trained on|fine-tuned on|benchmarks?)\b", re.I
)
_OPEN = re.compile(
    r"\b(?:what (?:do|does|did) (?:they|each|both)\b|find\b|found\b|say\b|about\b|differ\w*|difference|compare\b)",
    re.I,
)


def compared(library: Library, asked: Asked, ranked: Sequence[Found]) -> list[Found]:
    """The works that a comparison is about, in the order of the question; empty if it compares none."""
    parts = [terms_of(part) for part in asked.parts]
    if asked.kind != "compare" and not (parts and not in_one(parts, ranked)):
        return []
    chosen: dict[str, Found] = {}
    for part in asked.parts or _one_each(asked):
        if work := _meant(library, asked, part, ranked, frozenset(chosen)):
            chosen[work.article.id] = work
    if len(chosen) < asked.wanted:
        topic = _topic(asked)
        chosen |= {f.article.id: f for f in ranked if is_called(asked, f.article)}
        for work in library.search(topic) if topic is not asked else ranked:
            if len(chosen) >= asked.wanted:
                break
            if coverage(topic.terms, work.vocabulary) >= 0.25:
                chosen.setdefault(work.article.id, work)
    return sorted(chosen.values(), key=lambda f: _mentioned(asked, f)) if len(chosen) > 1 else []


def _one_each(asked: Asked) -> Sequence[str]:
    """The parts of a question after its topic, where each asks of another work: "two papers: is ..., is ...?"."""
    parts = clauses(asked.text) if _topic(asked) is not asked else []
    return parts if len(parts) == asked.wanted else ()


def _mentioned(asked: Asked, work: Found) -> int:
    """Where the question first says the name that the work's title gives it; after everything else if nowhere."""
    at = asked.text.find(own_name(work.article.title) or "\0")
    return at if at >= 0 else len(asked.text)


def _topic(asked: Asked) -> Asked:
    """What all compared works are about, where the question begins by saying so: "threat modelling: how ...?"."""
    head, colon, _ = asked.text.partition(":")
    terms = terms_of(head)
    return replace(asked, text=head, terms=terms) if colon and terms and len(head) < 60 else asked


def _meant(
    library: Library, asked: Asked, part: str, ranked: Sequence[Found], taken: frozenset[str]
) -> Found | None:
    """The work that a part such as "the attention-head paper" means."""
    own = terms_of(part)
    others = frozenset(t.stem for p in asked.parts if p != part for t in terms_of(p))
    narrowed = narrowed_to(asked, part, own, others)
    found = {f.article.id: f for f in (*ranked, *library.search(narrowed))}
    order = in_order(narrowed.terms, list(found.values()))
    for work in sorted(order, key=lambda f: own_name(f.article.title) != part):
        if work.article.id in taken:
            continue
        if (
            lacking(replace(asked, text="", terms=own), work) is None
            and coverage(own, work.vocabulary) >= 0.3
        ):
            return work
    return None


def compare(library: Library, asked: Asked, works: Sequence[Found]) -> Reply:
    """What each compared work says, a row a work."""
    read = [work for work in library.read(asked, works) if work.sentences]
    if not read:
        return unknown(near=works)
    sides = [_side(asked, work) for work in read]
    if len(read) == 1:
        return Reply("answered", claims=said(read[0].article, sides[0]))
    if _OPEN.search(asked.text) and _only_names(asked, read):
        return tabled((WORK, "What it is", "Finding", "Tested on"), [_overview(work) for work in read])
    rows = [
        (titled(work.article), cell(work.article, _told(asked, work, side)))
        for work, side in zip(read, sides, strict=True)
    ]
    return tabled((WORK, "What it says"), rows)


def _only_names(asked: Asked, works: Sequence[Judged]) -> bool:
    """Whether a question has hardly a word besides those of the works' titles: it asks for nothing in particular."""
    return weight_of(t for t in asked.terms if not any(w.found.title.has(t) for w in works)) < PARTICULAR


def _side(asked: Asked, work: Judged) -> list[Sentence]:
    """The sentences of one work that answer."""
    wanted = [c for c in clauses(asked.text) if _concerns(c, asked, work)]
    best = [s for c in wanted if (s := best_for(c, asked, work.article.title, work.sentences))]
    return list(dict.fromkeys([*best, *pick(work.sentences, 2)]))[:MOST_OF_EACH]


def _told(asked: Asked, work: Judged, side: Sequence[Sentence]) -> list[Span]:
    """The sentences that answer, beside what the work found where it does not surely answer an open question."""
    if not _OPEN.search(asked.text) or _is_sure(side, asked):
        return [s.span for s in side]
    return sorted({*(s.span for s in side[:2]), *_finding(work)})[:MOST_OF_EACH]


def _overview(work: Judged) -> tuple[Cell, ...]:
    """A work by its name, what it introduces or studies, what it found, and on what it was tested."""
    article, sentences = work.article, own_sentences(work.article)
    named = [s.span for s in sentences if NAMING.search(s.text) or STUDY.search(s.text)][:1]
    finding = [span for span in _finding(work) if span not in named]
    on_data = answers_of(_DATA)
    roles = sentence_roles([s.text for s in sentences])
    own = [s for s, role in zip(sentences, roles, strict=True) if role.background < BACKGROUND]
    tests = [
        s.span
        for s in own
        if s.span not in (*named, *finding)
        and _EVALUATED.search(s.text)
        and any(p.search(s.text) for p in on_data)
    ]
    return titled(article), cell(article, named), cell(article, finding), cell(article, tests[:1])


def _finding(work: Judged) -> list[Span]:
    return list(choose_finding(work.article.title, work.article.abstract).finding[:2])


def _is_sure(chosen: Sequence[Sentence], asked: Asked) -> bool:
    return any(s.words >= 0.5 for s in chosen)


def _concerns(clause: str, asked: Asked, work: Judged) -> bool:
    """Whether a part of the question is put to this work and not only to another one."""
    called = [part for part in asked.parts if part in clause]
    if not called:
        return True
    own = [coverage(terms_of(part), work.found.vocabulary) for part in called]
    return max(own) >= 0.5 or is_called(replace(asked, text=clause), work.article)
