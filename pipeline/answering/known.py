"""Answers from works that are known to be meant: named by the question, or what its thread is about."""

import re
from collections.abc import Sequence
from dataclasses import replace

from pipeline.answering.comparing import BACKGROUND, compare
from pipeline.answering.in_full import from_full_text, on_full_text, rather_in_full
from pipeline.answering.judging import LISTED
from pipeline.answering.kinds import RECORDED
from pipeline.answering.library import Library
from pipeline.answering.premises import (
    SAME,
    disputed,
    is_yes_or_no,
    misplaced_figure,
    other_figure,
)
from pipeline.answering.question import Asked, clauses, without_figures
from pipeline.answering.saying import (
    OTHER_FIGURE,
    OTHERWISE,
    RESERVED,
    Reply,
    cell,
    record,
    recorded,
    said,
    summaries,
    tabled,
    titled,
    unknown,
)
from pipeline.answering.sentences import MOST, Sentence, best_for, pick
from pipeline.answering.tables import WORK, Cell
from pipeline.answering.terms import coverage, vocabulary_of, weight_of
from pipeline.answering.trust import lacks_figure, speaks, unmentioned
from pipeline.answering.works import Found, Judged
from pipeline.models import Article
from pipeline.writing.roles import choose_finding
from pipeline.writing.sentences import Span

_MANY = re.compile(r"\b(?:they|both|each|them|all|these|those|two|three)\b", re.I)
COVERED = 0.6
"""Of a question's telling words, what a work has that is one of those asked for."""


def from_work(asked: Asked, work: Judged) -> Reply | None:
    """The answer from one work, by the kind of question; none if it has no sentence."""
    if made := recorded(asked.kind, work.article, (work.found,)):
        return made
    if asked.kind == "summary":
        return summaries([work.article], (work.found,))
    chosen = _chosen(asked, work)
    if not chosen:
        return None
    if contrary := _contrary(asked, work):
        return Reply("answered", lead=OTHERWISE, claims=said(work.article, [contrary]))
    place = misplaced_figure(asked.text, [s.text for s in work.sentences])
    if place is not None:
        return Reply("answered", lead=OTHER_FIGURE, claims=said(work.article, [work.sentences[place]]))
    return Reply("answered", claims=said(work.article, chosen))


def _contrary(asked: Asked, work: Judged) -> Sentence | None:
    """The sentence that says the opposite of what a question takes for granted, if nothing in the work agrees."""
    places = disputed(asked.text, work.article.title, [s.text for s in work.sentences])
    if not places:
        return None
    best = work.sentences[places[0]]
    # What others did before corrects nothing.
    return best if best.role is None or best.role.background < BACKGROUND else None


def with_other_figure(asked: Asked, work: Judged) -> Reply | None:
    """The sentence that gives another figure than the one that a question asks to be confirmed; none if none does."""
    if not is_yes_or_no(asked.text) or unmentioned(without_figures(asked), work.found):
        return None
    plain = without_figures(asked).terms
    rest = [t for t in plain if not work.found.title.has(t)] or plain
    fitting = [
        s
        for s in work.sentences
        if other_figure(asked.text, s.text) and coverage(rest, vocabulary_of(s.text)) >= SAME
    ]
    best = max(fitting, key=lambda s: (s.score, -s.place), default=None)
    return Reply("answered", lead=OTHER_FIGURE, claims=said(work.article, [best])) if best else None


def _chosen(asked: Asked, work: Judged) -> list[Sentence]:
    """The sentence or two that answer, and one for each part of a question that has parts."""
    parts = clauses(asked.text)
    each = [s for part in parts if (s := best_for(part, asked, work.article.title, work.sentences))]
    whole = pick(work.sentences)
    return list(dict.fromkeys([*whole[:1], *each, *whole[1:]]))[:MOST]


def about(library: Library, asked: Asked, works: Sequence[Article], context: str = "") -> Reply:
    """The answer from these works, or that they do not give it; `context` is the question before it."""
    found = [Found(a, 1.0, 0.5, a.id in library.inside) for a in works]
    if len(works) > 1 and asked.kind in ("code", "limits"):
        return _each(asked, works, found)
    if len(works) == 1 and (made := recorded(asked.kind, works[0], found)):
        is_said = made.status == "answered" and made.lead != RESERVED
        return made if is_said else _deeper(library, asked, works[0], made)
    if asked.kind in RECORDED:
        claims = tuple(c for a in works if (c := record(asked.kind, a)))
        return Reply("answered", claims=claims, in_lines=True)
    if len(works) > 1 and asked.kind == "compare":
        return compare(library, asked, found)
    if not asked.terms or (asked.kind == "summary" and not context):
        return summaries(works, found)
    if len(works) > 1 and _MANY.search(asked.text):
        return compare(library, asked, found)
    elliptical = bool(context) and weight_of(asked.terms) < 2.5
    read = [j for j in library.read(asked, found, context) if speaks(asked, j, elliptical=elliptical)]
    best = max(read, key=lambda j: j.worth, default=None)
    if best is None:
        corrected = (with_other_figure(asked, j) for j in library.read(asked, found, context))
        if reply := next(filter(None, corrected), None):
            return reply
        return from_full_text(library, asked, works, context) or unknown(
            _silent(library, asked, works), found
        )
    rather = rather_in_full(library, asked, best, [best.article], context)
    return rather or from_work(asked, best) or unknown(near=found)


def _each(asked: Asked, works: Sequence[Article], found: Sequence[Found]) -> Reply:
    """Of several works those that say something of their code, or their limitations."""
    telling = {a.id: made for a in works if (made := recorded(asked.kind, a)) and made.status == "answered"}
    about_code = asked.kind == "code"
    what = "that there is code" if about_code else "what the limitations are"
    if not telling:
        return unknown(f"none of the {len(works)} abstracts says {what}", found)
    lead = f"{len(telling)} of {len(works)} abstracts say {what}:"
    rows = [(titled(a), _beside(a, telling[a.id])) for a in works if a.id in telling]
    return tabled((WORK, "Code" if about_code else "Limitations"), rows, lead)


def _beside(article: Article, made: Reply) -> Cell:
    """What is said of a work, without its name where it is quoted: that stands beside it."""
    spans = [Span(a.start, a.end) for c in made.claims[:1] for a in c.anchors]
    return cell(article, spans) if spans else made.claims[:1]


def _silent(library: Library, asked: Asked, works: Sequence[Article]) -> str:
    if len(works) != 1:
        return ""
    (work,) = works
    found = Found(work, 1.0, 0.5)
    missing = unmentioned(asked, found)
    said_not = f"mention “{missing}”" if missing else "state it"
    if not missing and (gone := lacks_figure(asked, Judged(found, 0.0, ()))):
        said_not = f"give {gone}"
    return f"the abstract of {titled(work)} does not {said_not}{on_full_text(library, work)}"


def _deeper(library: Library, asked: Asked, work: Article, silent: Reply) -> Reply:
    """What the full text says of code or limitations, where the abstract is silent."""
    reply = from_full_text(library, asked, [work])
    if reply or silent.status == "answered":
        return reply or silent
    return replace(silent, lead=silent.lead.removesuffix(".") + on_full_text(library, work) + ".")


def telling(work: Judged) -> list[Span]:
    """The sentence of a listed work that answers; its finding where that only tells what was known before."""
    best = pick(work.sentences, 1)
    if best and best[0].role is not None and best[0].role.background >= BACKGROUND:
        return list(choose_finding(work.article.title, work.article.abstract).finding[:1]) or [best[0].span]
    return [s.span for s in best]


def which_of(library: Library, asked: Asked, works: Sequence[Article]) -> Reply:
    """Of works that lie before the asker those of which the question is true, a line each."""
    found = [Found(a, 1.0, 0.5, a.id in library.inside) for a in works]
    if asked.kind in ("code", "limits"):
        return _each(asked, works, found)
    if not asked.terms:
        return summaries(works[:LISTED], found)
    fitting = [f for f in found if coverage(asked.terms, f.vocabulary) >= COVERED][:LISTED]
    if not fitting:
        return unknown(f"none of the {len(works)} abstracts speaks of it")
    if len(fitting) == 1:
        (only,) = library.read(asked, fitting)
        return Reply("answered", claims=said(only.article, pick(only.sentences, 1)))
    lead = f"{len(fitting)} of {len(works)}:"
    rows = [(titled(w.article), cell(w.article, telling(w))) for w in library.read(asked, fitting)]
    return tabled((WORK, "What it says"), rows, lead)
