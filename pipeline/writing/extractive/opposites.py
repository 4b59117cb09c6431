"""Works that report opposite findings: shown side by side, so that neither is taken for the whole."""

import re
from collections.abc import Sequence
from itertools import combinations

from pipeline.claims.direction import conflicts, negation_shifts
from pipeline.claims.reading import Reading, read
from pipeline.draft import DraftClaim, DraftItem
from pipeline.models import Article
from pipeline.writing.extractive.quotes import headline, named_quote
from pipeline.writing.sentences import Span

COMPARED = 60
"""Works whose findings are compared with each other."""
SHOWN = 2
ALIKE = 0.5
"""Share of the telling words of two findings that both have, from which they are about one thing."""
MARGIN = 0.15
"""How much liker a word's opposite use must be than the use that agrees."""
TELLING = 0.25
"""Rarity from which a word is telling."""
_MADE = re.compile(r"\b(?:propos|introduc|present|develop|design|build)\w*", re.I)
"""What a sentence says that tells what was made: an attack and a defence do not contradict each other."""


def opposites(articles: Sequence[Article]) -> tuple[DraftItem, ...]:
    """The first pairs of works, best first, whose findings are about one thing and turn each other round."""
    found = [(a, span) for a in articles[:COMPARED] if (span := headline(a))]
    texts = {a.id: read(a.abstract[span.start : span.end]) for a, span in found}
    pairs = (p for p in combinations(found, 2) if opposed(texts[p[0][0].id], texts[p[1][0].id]))
    return tuple(_item(*pair) for _, pair in zip(range(SHOWN), pairs, strict=False))


def opposed(one: Reading, other: Reading) -> bool:
    """Whether two sentences use the same telling words and one says the contrary of the other."""
    mine, theirs = _telling(one), _telling(other)
    if _MADE.search(one.text) or _MADE.search(other.text):
        return False
    if not mine or not theirs or len(mine & theirs) < ALIKE * len(mine | theirs):
        return False
    turned = any(not c.loose and c.instead and c.margin >= MARGIN for c in conflicts(one, other))
    return turned or bool(negation_shifts(one, other))


def _telling(reading: Reading) -> set[str]:
    return {word.stem for sentence in reading.sentences for word in sentence if word.weight > TELLING}


def _item(one: tuple[Article, Span], other: tuple[Article, Span]) -> DraftItem:
    text = "Two works report opposite findings; the abstracts do not tell which of them holds."
    both = DraftClaim(text, works=(one[0].id, other[0].id), counts={"works": 2})
    return DraftItem((both, named_quote(*one), named_quote(*other)), title="Opposite findings")
