"""Which of the found works answers a question best, and how sure that is."""

from collections.abc import Sequence

from pipeline.answering.library import Library
from pipeline.answering.question import Asked
from pipeline.answering.terms import coverage
from pipeline.answering.trust import confidence, lacking, only_mentions
from pipeline.answering.works import Found, Judged, first_look, meant_by_name

READ_CLOSELY = 3
"""Works whose sentences are compared with the question."""
LISTED = 6
NEVER = -9.0


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
    read = library.read(asked, (called or ranked)[:READ_CLOSELY], contest=True)
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
