"""How a question is answered: the works it is about first, then their sentences; or that the index does not say."""

import re
from collections.abc import Sequence
from dataclasses import replace

from pipeline.answering.asking import is_command, is_errand
from pipeline.answering.comparing import compare, compared
from pipeline.answering.kinds import RECORDED, wants_cause
from pipeline.answering.library import Library
from pipeline.answering.premises import contradicted
from pipeline.answering.question import Asked, clauses, understood, without_words
from pipeline.answering.saying import (
    ELSEWHERE,
    OTHERWISE,
    REFUSAL,
    Reply,
    record,
    recorded,
    said,
    summaries,
    titled,
    unknown,
)
from pipeline.answering.sentences import MOST, Sentence, best_for, pick
from pipeline.answering.terms import coverage, weight_of
from pipeline.answering.trust import confidence, lacking, only_mentions, speaks
from pipeline.answering.works import Found, Judged, first_look, is_called, meant_by_name, names_title
from pipeline.draft import DraftClaim
from pipeline.models import Article
from pipeline.titles import plain_title

READ_CLOSELY = 3
"""Works whose sentences are compared with the question."""
LISTED = 6
TURNS = 4
"""Earlier questions of a thread that are looked at."""
NEVER = -9.0
MOST_BORROWING = 2.5
"""Weight of a follow-up's own words above which it asks for itself."""
_OF_BRIEF = re.compile(r"\b(?:which|any|do any|what) of (?:these|those|them|the (?:papers|works))\b", re.I)
_MANY = re.compile(r"\b(?:they|both|each|them|all|these|those|two|three)\b", re.I)


def reply_to(library: Library, text: str, history: Sequence[str]) -> Reply:
    """The reply to a cleaned question, after the earlier questions of its thread."""
    if is_command(text) or is_errand(text):
        return Reply("refused", REFUSAL)
    asked = understood(text)
    if why := _not_there(library, asked):
        return unknown(why)
    named = library.named(asked)
    if named and asked.kind == "compare" and len(named) == 1 and history:
        named = [*subjects(library, history)[:1], *named]
    if named:
        works = list({a.id: a for a in named}.values())
        again = borrowed(asked, history)
        return about(library, again, works, history[-1] if again is not asked else "")
    if library.brief and asked.numbers == () and _OF_BRIEF.search(text) and not history:
        return about(library, asked, list(library.articles(library.numbers.values()).values())[:LISTED])
    if history:
        return in_thread(library, asked, history)
    return alone(library, asked)


def _not_there(library: Library, asked: Asked) -> str:
    """In words, what a question names that is not there."""
    missing = [n for n in asked.numbers if n not in library.numbers]
    if missing and library.brief:
        return f"the brief has no reference [{missing[0]}]"
    if missing and not asked.terms:
        return "there is no brief here whose references have numbers"
    known = library.articles(asked.works)
    gone = [w for w in asked.works if w not in known]
    if gone and len(gone) == len(asked.works):
        return f"{gone[0].replace('arxiv:', 'arXiv ', 1)} is not among them"
    return ""


# A question by itself


def alone(library: Library, asked: Asked) -> Reply:
    """The answer to a question that stands by itself."""
    if asked.authors and (by := library.by_authors(asked)):
        return _by_author(library, asked, by)
    if not asked.terms:
        return unknown("it names nothing to look for")
    ranked = library.search(asked)
    mended, note = library.spelled(asked, ranked)
    if mended is not asked:
        asked, ranked = mended, library.search(mended)
    if titled_ := [f.article for f in ranked if names_title(asked.text, f.article.title)][:2]:
        words = [w for a in titled_ for w in plain_title(a.title).split()]
        return about(library, without_words(asked, words), titled_)
    if works := compared(library, asked, ranked):
        reply = compare(library, asked, works)
    elif asked.kind == "list":
        reply = several(library, asked, ranked)
    else:
        reply = one(library, asked, ranked)
    return _scoped(library, reply, note)


def one(library: Library, asked: Asked, ranked: Sequence[Found]) -> Reply:
    """The answer from the one work that fits best, or that there is none."""
    best, sure = best_of(library, asked, ranked)
    if best is None or sure < 0:
        return unknown(_why_not(asked, best), ranked)
    return from_work(asked, best) or unknown(near=ranked)


def _why_not(asked: Asked, best: Judged | None) -> str:
    """The reason for a refusal where the work that was meant is known."""
    if best is None or not meant_by_name(asked, [best.found]):
        return ""
    missing = lacking(asked, best.found)
    return f"the abstract of {titled(best.article)} does not speak of “{missing}”" if missing else ""


def several(library: Library, asked: Asked, ranked: Sequence[Found]) -> Reply:
    """A line for each work that fits about as well as the best."""
    best, sure = best_of(library, replace(asked, kind="find"), ranked)
    if best is None or sure < 0:
        return unknown(near=ranked)
    rivals = library.read(asked, rivals_of(asked, ranked, best))
    claims: list[DraftClaim] = []
    for work in (best, *rivals):
        claims += said(work.article, pick(work.sentences, 1))
    return Reply("answered", claims=tuple(claims), in_lines=True)


def rivals_of(asked: Asked, ranked: Sequence[Found], best: Judged) -> list[Found]:
    """The other works that fit about as well as the best."""
    top, least = first_look(asked.terms, best.found), max(0.6, 0.85 * best.coverage)
    return [
        f
        for f in ranked
        if f.article.id != best.article.id
        and coverage(asked.terms, f.vocabulary) >= least
        and first_look(asked.terms, f) >= 0.62 * top
    ][: LISTED - 1]


def best_of(library: Library, asked: Asked, ranked: Sequence[Found]) -> tuple[Judged | None, float]:
    """The work that answers best, and how sure that is: below 0, it does not."""
    called = meant_by_name(asked, ranked)
    read = library.read(asked, (called or ranked)[:READ_CLOSELY])
    order = sorted(read, key=lambda j: (-j.worth, j.article.id))
    if not order:
        return None, NEVER
    best = order[0]
    margin = best.worth - order[1].worth if len(order) > 1 else 0.5
    if asked.kind == "list":
        margin = max(margin, 0.4)
    if not best.sentences or lacking(asked, best.found) or only_mentions(asked, best):
        return best, NEVER
    return best, confidence(asked, best, margin)


def from_work(asked: Asked, work: Judged) -> Reply | None:
    """The answer from one work, by the kind of question; none if it has no sentence."""
    if made := recorded(asked.kind, work.article, (work.found,)):
        return made
    if asked.kind == "summary":
        return summaries([work.article], (work.found,))
    chosen = _chosen(asked, work)
    if not chosen:
        return None
    contrary = _contrary(asked, work) if wants_cause(asked.text) else None
    if contrary is None:
        return Reply("answered", claims=said(work.article, chosen))
    chosen = list(dict.fromkeys([contrary, *chosen]))[:MOST]
    return Reply("answered", lead=OTHERWISE, claims=said(work.article, chosen))


def _contrary(asked: Asked, work: Judged) -> Sentence | None:
    """The sentence that says the opposite of what a question takes for granted, if nothing in the work agrees."""
    if not contradicted(asked.text, [s.text for s in work.sentences]):
        return None
    against = [s for s in work.sentences if contradicted(asked.text, [s.text])]
    return max(against, key=lambda s: (s.score, -s.place), default=None)


def _chosen(asked: Asked, work: Judged) -> list[Sentence]:
    """The sentence or two that answer, and one for each part of a question that has parts."""
    parts = clauses(asked.text)
    each = [s for part in parts if (s := best_for(part, asked, work.article.title, work.sentences))]
    whole = pick(work.sentences)
    return list(dict.fromkeys([*whole[:1], *each, *whole[1:]]))[:MOST]


def _scoped(library: Library, reply: Reply, note: str) -> Reply:
    """The reply, saying so if it comes from outside the brief or from a word read differently."""
    if reply.status != "answered":
        return reply
    works = {w for c in reply.claims for w in c.works}
    outside = library.brief is not None and bool(works) and works.isdisjoint(library.inside)
    lead = " ".join(filter(None, (note, ELSEWHERE if outside else "", reply.lead)))
    return replace(reply, lead=lead)


# Works that are known


def about(library: Library, asked: Asked, works: Sequence[Article], context: str = "") -> Reply:
    """The answer from these works, or that they do not give it; `context` is the question before it."""
    found = [Found(a, 1.0, 0.5, a.id in library.inside) for a in works]
    if len(works) > 1 and asked.kind in ("code", "limits"):
        return _each(asked, works, found)
    if len(works) == 1 and (made := recorded(asked.kind, works[0], found)):
        return made
    if asked.kind in RECORDED:
        claims = tuple(c for a in works if (c := record(asked.kind, a)))
        return Reply("answered", claims=claims, in_lines=True)
    if not asked.terms or (asked.kind == "summary" and not context):
        return summaries(works, found)
    if len(works) > 1 and (asked.kind == "compare" or _MANY.search(asked.text)):
        return compare(library, asked, found)
    elliptical = bool(context) and weight_of(asked.terms) < 2.5
    read = [j for j in library.read(asked, found, context) if speaks(asked, j, elliptical=elliptical)]
    best = max(read, key=lambda j: j.worth, default=None)
    if best is None:
        return unknown(_silent(asked, works), found)
    return from_work(asked, best) or unknown(near=found)


def _each(asked: Asked, works: Sequence[Article], found: Sequence[Found]) -> Reply:
    """Of several works those that say something of their code, or their limitations."""
    replies = [made for a in works if (made := recorded(asked.kind, a)) and made.status == "answered"]
    claims = tuple(c for made in replies for c in made.claims[:1])
    return Reply("answered", claims=claims, in_lines=True) if claims else unknown(near=found)


def _silent(asked: Asked, works: Sequence[Article]) -> str:
    if len(works) != 1:
        return ""
    return f"the abstract of {titled(works[0])} does not state it"


def _by_author(library: Library, asked: Asked, works: Sequence[Article]) -> Reply:
    """The author's works that fit the question; all of them where it asks for nothing else."""
    names = [word for name in asked.authors for word in plain_title(name).split()]
    rest = without_words(asked, names)
    if not rest.terms or asked.kind == "list":
        return summaries(list(works)[:LISTED])
    if len(works) == 1 or asked.kind in RECORDED:
        return about(library, rest, works[:1])
    found = [Found(a, 1.0, 0.5, a.id in library.inside) for a in works]
    ranked = sorted(found, key=lambda f: (-coverage(rest.terms, f.vocabulary), f.article.id))
    return about(library, rest, [ranked[0].article])


# Threads


def in_thread(library: Library, asked: Asked, history: Sequence[str]) -> Reply:
    """A follow-up is about the works of the thread, unless others fit a full question clearly better."""
    works = subjects(library, history)
    if not works:
        return alone(library, asked)
    context = history[-1]
    if asked.ordinal is not None:
        place = min(asked.ordinal, len(works) - 1)
        return about(library, borrowed(asked, history), [works[place]], context)
    if _is_about_thread(library, asked, works):
        first = about(library, borrowed(asked, history), works, context)
        if first.status == "answered" or weight_of(asked.terms) < 2.0:
            return first
        other = alone(library, asked)
        return other if other.status == "answered" and not asked.points_back else first
    other = alone(library, asked)
    if other.status == "answered":
        return other
    later = about(library, asked, works, context)
    return later if later.status == "answered" else other


def _is_about_thread(library: Library, asked: Asked, works: Sequence[Article]) -> bool:
    """Whether a question goes on about the thread's works rather than turning to something else."""
    weight = weight_of(asked.terms)
    if weight < 1.5 or any(is_called(asked, work) for work in works):
        return True
    own = max(coverage(asked.terms, library.vocabulary_of([work])) for work in works)
    ranked = library.search(asked)
    others = max((coverage(asked.terms, f.vocabulary) for f in ranked[:3]), default=0.0)
    if asked.points_back or asked.goes_on:
        return own >= others - 0.45 or weight < 3.0
    return own >= others - 0.1


def subjects(library: Library, history: Sequence[str]) -> list[Article]:
    """The works that a thread is about, by its latest question that says so."""
    for n in range(len(history) - 1, max(-1, len(history) - 1 - TURNS), -1):
        asked = understood(history[n])
        if named := library.named(asked):
            return named
        if not asked.terms or is_command(history[n]) or is_errand(history[n]):
            continue
        if n and (asked.points_back or asked.goes_on) and weight_of(asked.terms) < 2.5:
            continue
        if works := _found_for(library, asked):
            return works
    return []


def _found_for(library: Library, asked: Asked) -> list[Article]:
    """The works that an earlier question was answered with, as far as one can tell."""
    if asked.authors and (by := library.by_authors(asked)):
        return by[:LISTED]
    ranked = library.search(asked)
    mended, _ = library.spelled(asked, ranked)
    if mended is not asked:
        asked, ranked = mended, library.search(mended)
    if works := compared(library, asked, ranked):
        return [f.article for f in works]
    best, sure = best_of(library, asked, ranked)
    if best is None or sure < -1.5:
        return []
    others = rivals_of(asked, ranked, best) if asked.kind == "list" else []
    return [best.article, *(f.article for f in others)]


def borrowed(asked: Asked, history: Sequence[str]) -> Asked:
    """ "What about [7]?" asks of another work what was asked before, "what about recall?" of another part."""
    if not history or not asked.goes_on or asked.kind not in ("summary", "plain", "find"):
        return asked
    before = understood(history[-1])
    if not before.terms or before.kind in ("list", "find") or weight_of(asked.terms) > MOST_BORROWING:
        return asked
    if not asked.terms:
        return replace(asked, kind=before.kind, terms=before.terms, text=before.text)
    known = {t.stem for t in asked.terms}
    terms = (*asked.terms, *(replace(t, weight=t.weight / 2) for t in before.terms if t.stem not in known))
    return replace(asked, kind=before.kind, terms=terms, text=f"{asked.text} {before.text}")
