"""What a thread is about: the works that its earlier answers cited, and what was asked of them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from pipeline.answering.asking import LONGEST_QUESTION, cleaned, is_command, is_errand
from pipeline.answering.comparing import compared
from pipeline.answering.exploring import wish_of
from pipeline.answering.judging import LISTED, best_of, rivals_of
from pipeline.answering.library import Library
from pipeline.answering.question import Asked, understood
from pipeline.answering.terms import weight_of
from pipeline.answering.works import meant_by_name, names_title
from pipeline.models import Article, Question

_WHOLE = re.compile(
    r"\b(?:how|why|what|which|who)\b.{0,60}\b(?:do|does|did|is|are|was|were|has|have|can|could)\b"
    r".{0,40}\b(?:it|they|this|that|these|those)\b.{0,40}\w{4}",
    re.I,
)
"""A follow-up that has a verb of its own and says what it asks of: "and how does it compare to Tidewall?"."""
TURNS = 4
"""Earlier questions of a thread that are looked at."""
MOST_BORROWING = 2.5
"""Weight of a follow-up's own words above which it asks for itself."""


@dataclass(frozen=True)
class Turn:
    """An earlier question of a thread."""

    text: str
    works: tuple[str, ...] | None = None
    """Ids of the works that its answer cited, by first citation; empty if it cited none, none if that is not known."""


def turns_of(question: Question) -> list[Turn]:
    """The earlier questions of a thread with what their answers cited, oldest first."""
    texts = [cleaned(text)[:LONGEST_QUESTION] for text in question.history]
    unknown: list[tuple[str, ...] | None] = [None] * (len(texts) - len(question.cited))
    return [
        Turn(text, works) for text, works in zip(texts, [*unknown, *question.cited], strict=False) if text
    ]


def subjects(library: Library, turns: Sequence[Turn], least: int = 1) -> list[Article]:
    """The works that a thread is about, by its latest turn that says so; at least so many if there is such a turn."""
    known: list[Article] = []
    for n in range(len(turns) - 1, max(-1, len(turns) - 1 - TURNS), -1):
        works = _subjects_of(library, turns[n], is_first=n == 0)
        if len(works) >= least:
            return works
        known = known or works
    return known


def _subjects_of(library: Library, turn: Turn, *, is_first: bool) -> list[Article]:
    """The works that one turn was about: cited in its answer, named by it, or else those that fit it."""
    if cited := list(library.articles(turn.works or ()).values()):
        return cited
    asked = understood(turn.text)
    if named := library.named(asked):
        return named
    if not asked.terms or is_command(turn.text) or is_errand(turn.text):
        return []
    if not is_first and (asked.points_back or asked.goes_on) and weight_of(asked.terms) < MOST_BORROWING:
        return []
    if turn.works is None:
        return _found_for(library, asked)
    # It was not answered, but may name the work that it was about.
    ranked = library.search(asked)
    titled = [f for f in ranked if names_title(turn.text, f.article.title)]
    return [f.article for f in titled or meant_by_name(asked, ranked)]


def _found_for(library: Library, asked: Asked) -> list[Article]:
    """The works that an earlier question is about where its answer is not known, as far as one can tell."""
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


def borrowed(asked: Asked, turns: Sequence[Turn]) -> Asked:
    """ "What about [7]?" asks of another work what was asked before, "what about recall?" of another part."""
    if not turns or not asked.goes_on or asked.kind not in ("summary", "plain", "find"):
        return asked
    if _WHOLE.search(asked.text) or wish_of(turns[-1].text):
        return asked
    before = understood(turns[-1].text)
    if not before.terms or before.kind in ("list", "find") or weight_of(asked.terms) > MOST_BORROWING:
        return asked
    elsewhere = bool(asked.numbers or asked.works or asked.ordinal is not None)
    # A name in the earlier question is that of the earlier work.
    own = tuple(t for t in before.terms if not (elsewhere and t.is_name))
    if not asked.terms:
        return replace(asked, kind=before.kind, terms=own, text=before.text)
    known = {t.stem for t in asked.terms}
    terms = (*asked.terms, *(replace(t, weight=t.weight / 2) for t in own if t.stem not in known))
    return replace(asked, kind=before.kind, terms=terms, text=f"{asked.text} {before.text}")
