"""Which of the found works answers a question best, and how sure that is."""

from collections.abc import Sequence

from pipeline.answering.kinds import RECORDED
from pipeline.answering.library import Library
from pipeline.answering.question import Asked
from pipeline.answering.terms import coverage
from pipeline.answering.trust import confidence, lacking, lacks_figure, only_mentions
from pipeline.answering.works import Found, Judged, first_look, meant_by_name

READ_CLOSELY = 3
"""Works whose sentences are compared with the question."""
LISTED = 6
NEVER = -9.0
FIRST_READ = 2
"""Works of the brief, and of the profile's feeds, that are read closely wherever they stand."""
PREFERRED_BY = {"brief": 0.3, "profile": 0.1}
"""How much less a work of a nearer scope may be worth than the best of all, and is answered from nevertheless."""


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
    """The work that answers best, and how sure that is: below 0, it does not.

    The scope widens in order: a work of the brief that answers goes before others, then one of the profile's feeds.
    """
    called = meant_by_name(asked, ranked)
    read = library.read(asked, _to_read(called or _by_title(asked, ranked)), contest=True)
    order = sorted(read, key=lambda j: (-_worth(asked, j), j.article.id))
    if not order:
        return None, NEVER
    for scope, less in PREFERRED_BY.items():
        within = (j for j in order if (j.found.inside if scope == "brief" else j.found.followed))
        nearer = next(within, None)
        if nearer is None or _worth(asked, nearer) < _worth(asked, order[0]) - less:
            continue
        if (sure := _sure(asked, nearer, order)) >= 0:
            return nearer, sure
    return order[0], _sure(asked, order[0], order)


def _to_read(ranked: Sequence[Found]) -> list[Found]:
    """The works to read closely: the first ones, and the first of the brief and of the profile's feeds."""
    nearer = [f for f in ranked if f.inside][:FIRST_READ] + [f for f in ranked if f.followed][:FIRST_READ]
    chosen = {f.article.id: f for f in (*ranked[:READ_CLOSELY], *nearer)}
    return list(chosen.values())


def _sure(asked: Asked, work: Judged, order: Sequence[Judged]) -> float:
    """How sure it is that a work answers, beside the others."""
    if not work.sentences or lacking(asked, work.found) or only_mentions(asked, work):
        return NEVER
    if lacks_figure(asked, work):
        return NEVER
    others = [_worth(asked, j) for j in order if j is not work]
    margin = max(0.0, _worth(asked, work) - max(others)) if others else 0.5
    if asked.kind == "list":
        margin = max(margin, 0.4)
    return confidence(asked, work, margin)


def _by_title(asked: Asked, ranked: Sequence[Found]) -> list[Found]:
    """For questions that the record answers, who wrote it and when, works are told by what their titles say."""
    if asked.kind not in RECORDED:
        return list(ranked)
    return sorted(ranked, key=lambda f: -(first_look(asked.terms, f) + coverage(asked.terms, f.title)))


def _worth(asked: Asked, work: Judged) -> float:
    return work.worth + (coverage(asked.terms, work.found.title) if asked.kind in RECORDED else 0.0)
