"""Whether the sources say the opposite of what a question takes for granted. Pure; English."""

import re
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
_SOUND = frozenset(
    map(stem, "robust resilient resist resists resistant safe safer secure immune reliable stable".split())
)
_FRAIL = frozenset(
    map(stem, "susceptible vulnerable fragile unsafe insecure brittle unreliable unstable".split())
)
_SIDES = (
    (_UP, _DOWN), (_DOWN, _UP), (_GOOD, _BAD), (_BAD, _GOOD), (_SOUND, _FRAIL), (_FRAIL, _SOUND),
)  # fmt: skip
_SIZES = frozenset(map(stem, "higher lower more less highest lowest best better worst".split()))
SAME = 0.4
"""Of a statement's telling words, the share that another sentence on the same thing has."""
_REACH = 8
"""Words between a word of direction and what it is said of."""
_YES_OR_NO = re.compile(
    r"^\W*(?:(?:and|but|so|ok|really|wait)\b\W*)*(?:does|do|did|is|are|was|were|can|could|has|have|will|would)(?:n['’]t)?"
    r" (?!there\b|(?:we|you|i|us|me)\b|any\w*\b|some\w*\b|(?:papers?|works?|articles?)\b)",
    re.I,
)
_NEGATED = re.compile(r"\b(?:not|cannot|without|never|nor|neither|no longer|avoid\w*)\b|n['’]t\b", re.I)
_AHEAD = (
    r"(?:out-?perform\w*|beat\w*|surpass\w*|exceed\w*|outscor\w*|superior to|ahead of"
    r"|(?:better|faster|stronger|safer|more (?:accurate|robust|efficient|effective|reliable|capable)) than)"
)
_BEHIND = (
    r"(?:under-?perform\w*|lag\w* behind|falls? short of|inferior to"
    r"|(?:worse|slower|weaker|less (?:accurate|robust|efficient|effective|reliable|capable)) than)"
)
_SETTING = re.compile(r"[,;:(]|\b(?:on|in|for|at|with|under|across|when|while|by|over|to)\b")
"""Where what is compared ends, and where it was compared begins."""
_ORDER = re.compile(rf"\b(?:(?P<ahead>{_AHEAD})|(?P<behind>{_BEHIND}))(?P<by> by)?\b", re.I)
_PERCENT = r"\s?(?:\\?%|per ?cent)"
_FIGURE = re.compile(rf"(?<![\w.-])(\d[\d,]*(?:\.\d+)?)(?P<percent>{_PERCENT})?(?![\w-])", re.I)


def is_yes_or_no(text: str) -> bool:
    """Whether a question says something and asks whether it is so."""
    return bool(_YES_OR_NO.search(text))


def is_negated(sentence: str) -> bool:
    """Whether a sentence says of something that it is not so."""
    return bool(_NEGATED.search(sentence))


def turned_round(statement: str, other: str) -> bool:
    """Whether one text has A ahead of B and the other B ahead of A."""
    claimed = _ranked(statement)
    if claimed is None:
        return False
    first, second = (terms_of(side) for side in claimed)
    found = _ranked(other)
    if found is None or not first or not second:
        return False
    ahead, behind = (vocabulary_of(side) for side in found)
    swapped = coverage(second, ahead) >= SAME and coverage(first, behind) >= SAME
    return swapped and coverage(first, ahead) < SAME and coverage(second, behind) < SAME


def _ranked(text: str) -> tuple[str, str] | None:
    """What a text has ahead, and what behind; none if it ranks nothing."""
    found = _ORDER.search(text)
    if found is None:
        return None
    before = " ".join(text[: found.start()].split()[-_REACH:])
    after = " ".join(_SETTING.split(text[found.end() :], maxsplit=1)[0].split()[:_REACH])
    return (after, before) if bool(found["behind"]) != bool(found["by"]) else (before, after)


def other_figure(question: str, sentence: str) -> bool:
    """Whether a sentence gives a figure of the question's kind, and not the question's own."""
    asked, given = (
        [(m[1], bool(m["percent"])) for m in _FIGURE.finditer(text)] for text in (question, sentence)
    )
    kinds = {percent for _, percent in asked}
    return any(percent in kinds for _, percent in given) and not {n for n, _ in asked} & {n for n, _ in given}


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
