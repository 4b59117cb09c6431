"""How a question is answered: the works it is about first, then their sentences; or that the index does not say."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from pipeline.answering.asking import is_command, is_errand
from pipeline.answering.comparing import compare, compared
from pipeline.answering.exploring import explored, wish_of
from pipeline.answering.in_full import from_any_full_text, from_full_text, on_full_text, rather_in_full
from pipeline.answering.judging import LISTED, best_of, rivals_of
from pipeline.answering.kinds import RECORDED
from pipeline.answering.known import about, from_work, telling, which_of, with_other_figure
from pipeline.answering.library import Library
from pipeline.answering.question import Asked, described, understood, without_words
from pipeline.answering.saying import (
    ELSEWHERE,
    REFUSAL,
    RESERVED,
    Reply,
    cell,
    day_of,
    said,
    summaries,
    tabled,
    titled,
    unknown,
)
from pipeline.answering.sentences import pick
from pipeline.answering.tables import NOTHING, WORK, Cell
from pipeline.answering.terms import coverage, terms_of, weight_of
from pipeline.answering.threads import Turn, borrowed, subjects
from pipeline.answering.trust import lacking, lacks_figure, unmentioned
from pipeline.answering.works import Found, Judged, first_look, is_called, meant_by_name, names_title
from pipeline.models import Article
from pipeline.titles import plain_title
from pipeline.writing.roles import choose_finding

AS_GOOD = 0.15
"""By how much less of a question's words another work of an author fits as well."""
AS_NEAR = 0.8
"""Of the best work's first look, what another one has that fits as well."""
NAMED_BESIDE = 2
LIGHT = 1.5
"""Weight of the words of a question that cannot stand by itself."""
FAINT = 0.6
"""Weight of one common word, by which no work is told from others: "how accurate is it?"."""
HEARD = 0.3
"""A question of which the thread's works have less of its words brings up something of its own."""
STANDS_ALONE = 0.5
"""A full question that does not point back is about the thread's work if that has at least so much of its words."""
_OF_THESE = re.compile(r"\b(?:which|any|do any|what) of (?:these|those|them|the (?:papers|works))\b", re.I)


def reply_to(library: Library, text: str, turns: Sequence[Turn]) -> Reply:
    """The reply to a cleaned question, after the earlier turns of its thread."""
    if is_command(text) or is_errand(text):
        return Reply("refused", REFUSAL)
    asked = understood(text)
    if why := _not_there(library, asked):
        return unknown(why)
    named = library.named(asked) or _in_its_place(library, asked, turns)
    if wish := wish_of(text):
        works = named or _called(library, asked) or _pointed_at(library, asked, turns)
        if works:
            return replace(explored(library, wish, works[0]), named=wish in ("plainly", "matters"))
    if named and asked.kind == "compare" and len(named) == 1 and turns:
        named = [*subjects(library, turns)[:1], *named]
    if named:
        works = list({a.id: a for a in named}.values())
        again = borrowed(asked, turns)
        reply = about(library, again, works, turns[-1].text if again is not asked else "")
        return replace(reply, named=True)
    if _OF_THESE.search(text) and (works := _these(library, turns)):
        return which_of(library, asked, works)
    return in_thread(library, asked, turns) if turns else alone(library, asked)


def _called(library: Library, asked: Asked) -> list[Article]:
    """The works that a question calls by their name or title."""
    if not asked.terms:
        return []
    found = (f.article for f in library.search(asked))
    return [a for a in found if is_called(asked, a) or names_title(asked.text, a.title)]


def _in_its_place(library: Library, asked: Asked, turns: Sequence[Turn]) -> list[Article]:
    """ "The second one" of a brief in whose thread nothing was asked yet."""
    order = list(library.articles(i for _, i in sorted(library.numbers.items())).values())
    if turns or asked.ordinal is None or weight_of(asked.terms) > LIGHT or not order:
        return []
    return order[asked.ordinal :][:1]


def _pointed_at(library: Library, asked: Asked, turns: Sequence[Turn]) -> list[Article]:
    """The works that "this" or "the second one" means in a thread."""
    if not (turns and asked.points_back):
        return []
    if asked.ordinal is None:
        return subjects(library, turns)
    works = subjects(library, turns, least=_needed(asked.ordinal))
    return [works[min(asked.ordinal, len(works) - 1)]] if works else []


def _needed(ordinal: int) -> int:
    """How many works an answer must have named for one of them to be the first, the second or the last."""
    return max(2, ordinal + 1)


def _these(library: Library, turns: Sequence[Turn]) -> list[Article]:
    """What "these" are: several works of the last answers, else the brief's."""
    listed = subjects(library, turns, least=2)
    if len(listed) > 1 or library.brief is None:
        return listed
    return list(library.articles(i for i in library.numbers.values() if i in library.inside).values())


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
    if asked.points_back and asked.kind != "list" and weight_of(asked.terms) < FAINT:
        return unknown("it does not say which work is meant")
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
    named = [f.article for f in ranked if is_called(asked, f.article)] or [
        f.article for f in meant_by_name(asked, ranked)
    ]
    if best is not None and sure >= 0 and not unmentioned(asked, best.found):
        rather = rather_in_full(library, asked, best, named or [best.article])
        reply = rather or from_work(asked, best) or unknown(near=ranked)
        if not named:
            reply = _beside(reply, *_as_well(asked, ranked, best))
    else:
        is_meant = best is not None and (sure >= 0 or bool(meant_by_name(asked, [best.found])))
        corrected = with_other_figure(asked, best) if best and is_meant else None
        reply = corrected or unknown(_why_not(asked, best, sure), ranked)
    is_said = reply.status == "answered" and reply.lead != RESERVED
    return reply if is_said else _deeper(library, asked, named, reply)


def _as_well(asked: Asked, ranked: Sequence[Found], best: Judged) -> tuple[str, list[Article]]:
    """What the question calls its work, and which others that fits: all telling words, and the work is near."""
    called = described(asked.text)
    own, least = terms_of(called), AS_NEAR * first_look(asked.terms, best.found)
    fitting = [
        f.article
        for f in ranked
        if own
        and f.article.id != best.article.id
        and first_look(asked.terms, f) >= least
        and all(f.title.has(t) >= 0.7 for t in own)
    ]
    return f"that “{called}” fits", fitting


def _deeper(library: Library, asked: Asked, named: Sequence[Article], silent: Reply) -> Reply:
    """The answer from the full text of the work that the question names, else from any stored one."""
    if named and (reply := from_full_text(library, asked, named[:1])):
        return reply
    if silent.status == "answered":
        return silent
    if reply := from_any_full_text(library, asked):
        return reply
    more = on_full_text(library, named[0]) if named and titled(named[0]) in silent.lead else ""
    return replace(silent, lead=f"{silent.lead.removesuffix('.')}{more}.")


def _why_not(asked: Asked, best: Judged | None, sure: float) -> str:
    """The reason for a refusal where the work that was meant is known."""
    if best is None or (sure < 0 and not meant_by_name(asked, [best.found])):
        return ""
    missing = (lacking(asked, best.found) if sure < 0 else None) or unmentioned(asked, best.found)
    if missing:
        return _does_not_mention(best, missing)
    gone = lacks_figure(asked, best)
    return f"the abstract of {titled(best.article)} does not give {gone}" if gone else ""


def _does_not_mention(work: Judged, word: str) -> str:
    return f"the abstract of {titled(work.article)} does not mention “{word}”"


def several(library: Library, asked: Asked, ranked: Sequence[Found]) -> Reply:
    """A row for each work that fits about as well as the best; for days that are named with the day, latest first."""
    best, sure = best_of(library, replace(asked, kind="find"), ranked)
    if best is None or sure < 0:
        return unknown(near=ranked)
    rivals = sorted(rivals_of(asked, ranked, best), key=lambda f: not f.inside)
    works = [best, *library.read(asked, rivals)]
    if library.period is not None:
        works.sort(key=lambda w: _day(w) or date.min, reverse=True)
        return tabled(("Day", WORK, "Finding"), [_dated(work) for work in works])
    if len(works) == 1:
        return Reply("answered", claims=said(best.article, pick(best.sentences, 1)))
    rows = [(titled(w.article), cell(w.article, telling(w))) for w in works]
    return tabled((WORK, "What it says"), rows)


def _day(work: Judged) -> date | None:
    return work.article.appeared or work.article.revised


def _dated(work: Judged) -> tuple[Cell, ...]:
    """A work of a list of days: its day, its name, and what it found."""
    spans = choose_finding(work.article.title, work.article.abstract).finding[:1] or [
        s.span for s in pick(work.sentences, 1)
    ]
    day = _day(work)
    return day_of(day) if day else NOTHING, titled(work.article), cell(work.article, spans)


def _scoped(library: Library, reply: Reply, note: str) -> Reply:
    """The reply, saying so if it comes from outside the brief or from a word read differently."""
    if reply.status != "answered":
        return reply
    works = {w for c in reply.claims for w in c.works}
    outside = bool(library.inside) and bool(works) and works.isdisjoint(library.inside)
    lead = " ".join(filter(None, (note, ELSEWHERE if outside else "", reply.lead)))
    return replace(reply, lead=lead)


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
    reply = about(library, rest, [ranked[0].article])
    top = coverage(rest.terms, ranked[0].vocabulary)
    rivals = [f.article for f in ranked[1:] if coverage(rest.terms, f.vocabulary) >= top - AS_GOOD]
    return _beside(reply, f"by {' and '.join(asked.authors)}", rivals)


def _beside(reply: Reply, called: str, rivals: Sequence[Article]) -> Reply:
    """An answer that says which other works fit as well what the question calls its work."""
    if reply.status != "answered" or not rivals:
        return reply
    names = " and ".join(titled(a) for a in rivals[:NAMED_BESIDE])
    more = f" and {len(rivals) - NAMED_BESIDE} more" if len(rivals) > NAMED_BESIDE else ""
    note = f"(One of {len(rivals) + 1} works {called}; also {names}{more}.)"
    return replace(reply, lead=f"{note} {reply.lead}".strip())


# Threads


def in_thread(library: Library, asked: Asked, turns: Sequence[Turn]) -> Reply:
    """A follow-up is about the works of the thread, unless others fit a full question clearly better."""
    works = subjects(library, turns, least=1 if asked.ordinal is None else _needed(asked.ordinal))
    context = turns[-1].text
    if not works:
        return alone(library, _together(asked, context))
    if asked.ordinal is not None:
        place = min(asked.ordinal, len(works) - 1)
        return about(library, borrowed(asked, turns), [works[place]], context)
    if _turns_to_something_else(library, asked, works):
        return _elsewhere_or_here(library, asked, works, context)
    if _is_about_thread(library, asked, works):
        first = about(library, borrowed(asked, turns), works, context)
        if first.status == "answered" or weight_of(asked.terms) < 2.0:
            return first
        other = alone(library, asked)
        return other if other.status == "answered" and not asked.points_back else first
    return _elsewhere_or_here(library, asked, works, context)


def _together(asked: Asked, earlier: str) -> Asked:
    """A follow-up that cannot stand by itself, to a question that found nothing, with that question's words."""
    if weight_of(asked.terms) >= LIGHT or not asked.points_back or is_command(earlier) or is_errand(earlier):
        return asked
    return replace(understood(f"{asked.text} {earlier}"), kind=asked.kind)


def _turns_to_something_else(library: Library, asked: Asked, works: Sequence[Article]) -> bool:
    """Whether a question has words of its own of which the thread's works have next to nothing."""
    if not asked.terms or (asked.kind in RECORDED and asked.points_back):
        return False
    heard = max(coverage(asked.terms, library.vocabulary_of([work])) for work in works)
    if weight_of(asked.terms) >= LIGHT:
        return heard < HEARD
    return heard == 0.0 and asked.kind == "list" and not asked.goes_on


def _elsewhere_or_here(library: Library, asked: Asked, works: Sequence[Article], context: str) -> Reply:
    """The answer to a question by itself; a question that points back may also be answered from the thread."""
    other = alone(library, asked)
    if other.status == "answered" or not (asked.points_back or asked.goes_on):
        return other
    later = about(library, asked, works, context)
    return later if later.status == "answered" else other


def _is_about_thread(library: Library, asked: Asked, works: Sequence[Article]) -> bool:
    """Whether a question goes on about the thread's works rather than turning to something else."""
    weight = weight_of(asked.terms)
    if weight < LIGHT or any(is_called(asked, work) for work in works):
        return True
    own = max(coverage(asked.terms, library.vocabulary_of([work])) for work in works)
    ranked = library.search(asked)
    others = max((coverage(asked.terms, f.vocabulary) for f in ranked[:3]), default=0.0)
    if asked.points_back or asked.goes_on:
        return own >= others - 0.45 or weight < 3.0
    return own >= max(others - 0.1, STANDS_ALONE)
