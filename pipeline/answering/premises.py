"""Whether the sources say the opposite of what a question takes for granted. Pure; English."""

from collections.abc import Sequence

from pipeline.answering.terms import coverage, terms_of, vocabulary_of
from pipeline.terms import stem, words

_UP = frozenset(
    map(
        stem,
        "increase increases increased raise raises grow grows rise rises boost double doubles doubled triple amplify "
        "worsen worsens exacerbate higher more".split(),
    )
)
_DOWN = frozenset(
    map(
        stem,
        "decrease decreases decreased reduce reduces reduced lower lowers drop drops fall falls shrink cut cuts "
        "mitigate mitigates diminish decline declines less prevent prevents".split(),
    )
)
_GOOD = frozenset(
    map(stem, "best better improve improves outperform outperforms highest succeed help helps".split())
)
_BAD = frozenset(
    map(stem, "worst worse degrade degrades underperform lowest fail fails harm harms hurt".split())
)
_SIDES = ((_UP, _DOWN), (_DOWN, _UP), (_GOOD, _BAD), (_BAD, _GOOD))
_SIZES = frozenset(map(stem, "higher lower more less highest lowest best better worst".split()))
SAME = 0.4
"""Of a statement's telling words, the share that another sentence on the same thing has."""
_REACH = 8
"""Words between a word of direction and what it is said of."""


def opposed(statement: str, other: str) -> bool:
    """Whether another sentence speaks of the same things and moves them in the opposite direction."""
    row, its = [[stem(w) for w in words(text)] for text in (other, statement)]
    if coverage([t for t in terms_of(statement) if not t.word[0].isdigit()], vocabulary_of(other)) < SAME:
        return False
    shared = {t.stem for t in terms_of(statement)} & {t.stem for t in terms_of(other)}
    for own, opposite in _SIDES:
        # A name such as "High Tide" and a size such as "larger" are no movement.
        own, opposite = own - _SIZES, opposite - _SIZES
        topic = shared - own - opposite
        if not _near(its, own, topic) or _near(its, opposite, topic):
            continue
        if _near(row, opposite, topic) and not _near(row, own, topic):
            return True
    return False


def contradicted(question: str, sentences: Sequence[str]) -> bool:
    """Whether a sentence moves what the question speaks of in the opposite direction, and none in the same one."""
    asked = {stem(w) for w in words(question)}
    about = {t.stem for t in terms_of(question)}
    rows = [[stem(w) for w in words(s)] for s in sentences]
    for own, opposite in _SIDES:
        if own.isdisjoint(asked) or not opposite.isdisjoint(asked):
            continue
        topic = about - own - opposite
        if any(_near(row, opposite, topic) for row in rows) and not any(
            _near(row, own, topic) for row in rows
        ):
            return True
    return False


def _near(row: Sequence[str], side: frozenset[str], topic: set[str]) -> bool:
    """Whether a word of this side stands close to a word of the topic."""
    return any(
        word in side and not topic.isdisjoint(row[max(0, n - _REACH) : n + _REACH + 1])
        for n, word in enumerate(row)
    )
