"""Everything that the checks find for one claim, before it is weighed or put into words."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from pipeline.claims.alignment import Alignment, align
from pipeline.claims.certainty import Shift, beyond
from pipeline.claims.direction import (
    Conflict,
    Negation,
    Places,
    conflicts,
    negation_shifts,
    order_shift,
    places,
    swapped_words,
)
from pipeline.claims.figures import (
    Exchange,
    crossed,
    miscounted,
    misplaced,
    rebounded,
    remeasured,
    reversed_courses,
)
from pipeline.claims.names import missing_names
from pipeline.claims.numbers import Quantity, missing
from pipeline.claims.reading import Reading, Word, read, without_marks
from pipeline.claims.roles import Swap, swaps
from pipeline.terms import words as plain_words

_AFTER_TITLE = re.compile(r"[\s:.–—-]+")


class Evidence(NamedTuple):
    """What a claim says, what its sources say nearest to it, and where they part."""

    claim: str
    words: tuple[Word, ...]
    source: Reading
    alignment: Alignment
    near: str
    """The one or two sentences of the source on which the claim rests."""
    numbers: tuple[tuple[Quantity, Quantity | None], ...]
    miscounted: tuple[Exchange, ...]
    crossed: tuple[Exchange, ...]
    misplaced: tuple[Exchange, ...]
    rebounded: tuple[Exchange, ...]
    remeasured: tuple[Exchange, ...]
    reversed: tuple[Exchange, ...]
    names: tuple[str, ...]
    conflicts: tuple[Conflict, ...]
    swapped: tuple[tuple[str, str], ...]
    negations: tuple[Negation, ...]
    places: Places
    order: float
    roles: tuple[Swap, ...]
    shift: Shift
    works: int


def gather(claim: str, sources: Sequence[tuple[str, str]], works: int) -> Evidence:
    """Runs every check of a claim against its sources, each a title and a text, taken together as so many works."""
    said = read(without_title(without_marks(claim), [title for title, _ in sources]))
    source = joined(tuple(sources))
    words = tuple(word for sentence in said.sentences for word in sentence)
    found = align(words, source)
    near = " ".join(source.plain[n] for n in sorted({found.at, found.second})) if source.plain else ""
    return Evidence(
        claim=said.text,
        words=words,
        source=source,
        alignment=found,
        near=near,
        numbers=tuple(missing(said.text, source.text)),
        miscounted=tuple(miscounted(said.text, source)),
        crossed=tuple(crossed(said.text, source)),
        misplaced=tuple(misplaced(said.text, source)),
        rebounded=tuple(rebounded(said.text, source)),
        remeasured=tuple(remeasured(said.text, source)),
        reversed=tuple(reversed_courses(said.text, source)),
        names=tuple(missing_names(said.text, source)),
        conflicts=tuple(conflicts(said, source)),
        swapped=tuple(swapped_words(said, source)),
        negations=tuple(negation_shifts(said, source)),
        places=places(said, source),
        order=order_shift(words, source.sentences[found.at] if source.sentences else ()),
        roles=tuple(swaps(words, source)),
        shift=beyond(said.text, source.text, near, works),
        works=works,
    )


@lru_cache(maxsize=512)
def joined(sources: tuple[tuple[str, str], ...]) -> Reading:
    """One reading of all sources, each a title and a text; a title is a sentence of its own."""
    parts = [part.strip() for title, text in sources for part in (_ended(title.strip()), text)]
    return read("\n\n".join(part for part in parts if part))


def _ended(title: str) -> str:
    return title if not title or title[-1] in ".!?" else f"{title}."


def without_title(claim: str, titles: Sequence[str]) -> str:
    """The claim without a source's title in front of it, if something is said after the title."""
    for title in titles:
        pattern = r"\W+".join(re.escape(word) for word in plain_words(title))
        match = re.match(rf"\W*{pattern}\W*", claim, re.I) if pattern else None
        rest = claim[match.end() :].strip() if match else ""
        if match and len(rest.split()) >= 3 and _AFTER_TITLE.search(claim[: match.end()][-3:]):
            return rest
    return claim
