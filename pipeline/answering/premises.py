"""Whether the sources say the opposite of what a question takes for granted. Pure; English."""

import re
from collections.abc import Sequence
from math import inf

from pipeline.answering.terms import coverage, terms_of, vocabulary_of
from pipeline.claims.direction import Conflict, conflicts
from pipeline.claims.figures import misplaced
from pipeline.claims.lexicon import axis_sides
from pipeline.claims.reading import read
from pipeline.claims.roles import swaps
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
_AUXILIARY = r"(?:does|do|did|is|are|was|were|has|have|had|can|could|will|would|should)"
_ASKING = re.compile(
    r"^\W*(?:(?:and|but|so|ok|really|wait|then)\b\W*)*(?:(?:(?:why|how come|how)\s+)?"
    r"(?:is it (?:true|so|right|the case|correct) that\b"
    rf"|{_AUXILIARY}(?:n['’]t|not)?(?= )(?! there\b)|cannot\b)(?:\s+not\b)?"
    r"|why\b(?! not\b)|how come\b|what (?:explains|causes|makes) (?:it )?(?:that )?)\s*",
    re.I,
)
"""How a question begins that says something and asks why, how or whether it is so."""
_TAG = re.compile(
    r"(?:,\s*(?:right|correct|true|yes|no)"
    r"|,?\s+(?:is(?: that|n['’]t (?:it|that)) (?:so|right|true|correct)"
    rf"|{_AUXILIARY}(?:n['’]t|\s?not) (?:it|they|he|she|this|that)))\s*\?+\W*$",
    re.I,
)
"""How a statement ends that asks to be confirmed."""
_NOT = re.compile(r"n['’]t|\bnot\b|cannot", re.I)
_BOTH = re.compile(r"\bor\b|\bwhether\b", re.I)
_PLAINLY = {
    "highest": "higher", "lowest": "lower", "largest": "larger", "smallest": "smaller", "fastest": "faster",
    "slowest": "slower", "enlarge": "increase", "enlarges": "increases", "escalate": "increase",
    "escalates": "increases", "inflate": "increase", "inflates": "increases", "curb": "reduce", "curbs": "reduces",
    "slash": "cut", "slashes": "cuts", "hinder": "harm", "hinders": "harms", "hamper": "harm", "hampers": "harms",
    "impair": "harm", "impairs": "harms", "damage": "harm", "damages": "harms", "help": "benefit", "helps": "benefits",
}  # fmt: skip
"""Words that the lists of opposites do not have, and such as they have for them."""
_ALIKE = re.compile(rf"\b(?:{'|'.join(_PLAINLY)})\b", re.I)
_NO_CLAIM = frozenset({"order", "frequency", "knowledge"})
"""Axes on which abstracts seldom state a result."""
CLEARLY = 0.2
"""By how much better the opposite of a statement must fit the text than the statement itself."""
LOOSELY = 0.45
"""The same on axes of words so general that they say little."""
MISPLACED = 0.25
"""By how much a figure's surroundings must fit another figure better."""
MOSTLY = 0.6
"""Of the words of what a sentence sets aside, the share that a statement has if it is meant."""
TOUCHED = 0.5
"""Weight of the words of a statement that a sentence has before it says what it is instead."""
_RATHER = re.compile(
    r"\b(?P<instead>(?:[\w-]+ )?[\w-]+),? (?:rather than|instead of|and not|as opposed to) "
    r"(?P<other>(?:[\w-]+ ){0,5}[\w-]+)",
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
    return bool(_YES_OR_NO.search(text) or _TAG.search(text))


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


def misplaced_figure(question: str, sentences: Sequence[str]) -> int | None:
    """The place of the sentence that gives another figure for what a question says of one that stands elsewhere."""
    statement = statement_of(question)
    if not statement or _BOTH.search(statement):
        return None
    found = [x for x in misplaced(statement, read(" ".join(sentences))) if x.margin >= MISPLACED]
    for exchange in sorted(found, key=lambda x: -x.margin):
        for place, sentence in enumerate(sentences):
            if (
                exchange.given.text in sentence
                and coverage(terms_of(statement), vocabulary_of(sentence)) >= SAME
            ):
                return place
    return None


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


def disputed(question: str, title: str, sentences: Sequence[str]) -> list[int]:
    """The places of a work's sentences that say the opposite of what a question takes for granted, clearest first.

    None if title and sentences together say as much for it as against it, or the question leaves both open.
    """
    statement = statement_of(question)
    if not statement or _BOTH.search(statement):
        return []
    plainly = [place for place, text in enumerate(sentences) if _says_otherwise(statement, text)]
    if plainly:
        return plainly
    told = [_plainer(sentence) for sentence in sentences]
    said, source = read(_plainer(statement)), read(" ".join([f"{title}.", *told]))
    turned = {(c.axis, c.word) for c in conflicts(said, source) if c.margin >= _least(c)}
    words_said = tuple(word for sentence in said.sentences for word in sentence)
    swapped = {swap.said for swap in swaps(words_said, source)}
    if not turned and not swapped:
        return []
    clear = {}
    for place, sentence in enumerate(map(read, told)):
        own = [c.against for c in conflicts(said, sentence) if (c.axis, c.word) in turned and c.margin > 0]
        own += [swap.margin for swap in swaps(words_said, sentence) if swap.said in swapped]
        if max(own, default=0.0) >= CLEARLY:
            clear[place] = max(own)
    return sorted(clear, key=lambda place: (-clear[place], place))


def _says_otherwise(statement: str, sentence: str) -> bool:
    """Whether a sentence exchanges the sides of a statement, or says that it is something else."""
    return (turned_round(statement, sentence) and not is_negated(sentence)) or set_aside(statement, sentence)


def set_aside(statement: str, sentence: str) -> bool:
    """Whether a sentence says that it is something else rather than what a statement says it is."""
    found = _RATHER.search(sentence)
    if found is None:
        return False
    instead, other = (terms_of(found[name] or "") for name in ("instead", "other"))
    if not other or not instead:
        return False
    said, own = vocabulary_of(statement), terms_of(statement)
    named = {term.stem for term in other}
    rest = [term for term in own if term.stem not in named]
    before = vocabulary_of(sentence[: found.start("instead")])
    about = sum(term.weight * before.has(term) for term in rest)
    return coverage(other, said) >= MOSTLY and coverage(instead, said) < SAME and about >= TOUCHED


def _least(conflict: Conflict) -> float:
    """By how much the opposite must fit better than what is said, to be taken for what the source says."""
    if conflict.axis in _NO_CLAIM:
        return inf
    return LOOSELY if conflict.loose else CLEARLY


def statement_of(question: str) -> str:
    """What a question takes for granted, or asks to be confirmed, as a statement; empty for other questions."""
    found = _ASKING.match(question)
    tag = _TAG.search(question)
    if found is None and tag is None:
        return ""
    text = question[found.end() if found else 0 : tag.start() if tag else None].strip(" ?.!")
    # "Why doesn't it?" takes for granted that it does not, "doesn't it?" that it does.
    if found and _NOT.search(found[0]) and re.search(r"\b(?:why|how)\b", found[0], re.I):
        text = _negated(text)
    return f"{text}."


def without_tag(question: str) -> str:
    """The question without an "isn't it?" or ", right?" at its end."""
    return _TAG.sub("?", question)


def _plainer(text: str) -> str:
    return _ALIKE.sub(lambda match: _PLAINLY[match[0].lower()], text)


def _negated(text: str) -> str:
    """The text with a `not` before its first word of direction: "X improve Y" of "why does not X improve Y"."""
    for word in re.finditer(r"[\w-]+", text):
        if axis_sides().get(word[0].lower()):
            return f"{text[: word.start()]}not {text[word.start() :]}"
    return text


def _near(row: Sequence[str], side: frozenset[str], topic: set[str]) -> bool:
    """Whether a word of this side stands close to a word of the topic."""
    return any(
        word in side and not topic.isdisjoint(row[max(0, n - _REACH) : n + _REACH + 1])
        for n, word in enumerate(row)
    )
