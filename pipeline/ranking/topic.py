"""What a person cares about, in plain words, taken apart into phrases that can be looked for."""

import re
from dataclasses import dataclass

_EXCLUSION = re.compile(
    r"\bNOT\b|\bnot\b(?! only)|\b(?:except|excluding|but no|other than)\b(?: for)?|(?:(?<=[,;(])\s*|\bbut )without\b",
)
_LEAD = re.compile(
    r"^(?:(?:we|i|our team) (?:follow|want|need|care about|are interested in|am interested in)|"
    r"(?:papers?|research|works?|articles?|posts?|news|anything|everything) (?:on|about|in)|"
    r"interested in|topics? (?:such as|like)|including|especially|and|or|also|plus|about|but|e\.g\.|the)\s+",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"(?<=[^.\s]{2})[.!?]\s+|[.!?]\s*$|\n\s*\n")
_BREAK = re.compile(r"\s*[,;\n•|]\s*|\s+[-–—]\s+")
_PARTED = re.compile(r"[^\n][,;:]\s")
_WRAP = re.compile(r"(?<![\n.!?])[ \t]*\n[ \t]*(?![\n•*\-–—\s])")
"""A line break inside running text; not before a list's mark, not between paragraphs."""
_LONGEST = 20_000


@dataclass(frozen=True)
class Topic:
    """A topic in words. `phrases` are wanted, `excluded` are not; both read well inside a sentence."""

    text: str
    phrases: tuple[str, ...]
    excluded: tuple[str, ...] = ()


def parse_topic(text: str) -> Topic:
    """The phrases of a topic in plain words; what follows NOT, not, except or "without" is excluded.

    Commas, semicolons, colons and dashes part phrases, and line breaks in a list without any of these; "and" joins
    words of one phrase.
    Raises ValueError when no wanted phrase is left.
    """
    wanted: list[str] = []
    excluded: list[str] = []
    text = text[:_LONGEST]
    if _PARTED.search(text):
        text = _WRAP.sub(" ", text)
    for sentence in _SENTENCE.split(text):
        before, after = _cut(sentence)
        wanted += _phrases(before)
        excluded += [phrase for part in after for phrase in _phrases(part)]
    phrases = tuple(dict.fromkeys(wanted))
    if not phrases:
        raise ValueError(
            "the topic names nothing to look for; write what the channel cares about in plain words"
        )
    return Topic(
        " ".join(text.split()), phrases, tuple(dict.fromkeys(e for e in excluded if e not in phrases))
    )


def _cut(sentence: str) -> tuple[str, list[str]]:
    """What a sentence asks for, and what it excludes."""
    before, *after = _EXCLUSION.split(sentence or "")
    return before, after


def _phrases(part: str) -> list[str]:
    """The phrases of a part; a list of adjectives before a colon ("safe, verifiable AI:") stays one phrase."""
    head, colon, rest = part.partition(":")
    listed = [head, *_BREAK.split(rest)] if colon and rest.strip() else _BREAK.split(part)
    return [phrase for phrase in (_tidy(p) for p in listed) if len(phrase) > 1]


def _tidy(phrase: str) -> str:
    phrase = " ".join(phrase.strip(" .!?()[]\"'*-–—•").split())
    while (shorter := _LEAD.sub("", phrase, count=1)) != phrase:
        phrase = shorter
    return phrase
