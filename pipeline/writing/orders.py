"""Sentences that are no part of what a work's authors tell: meant for whoever reads on, a person or a program.

To take a sentence for one that is none costs little: another sentence of the work is chosen. What merely holds marks
such as `<` is no such sentence: it is escaped where it is shown.
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from pipeline.terms import STOP, rarity, stem
from pipeline.writing.cues import INSTRUCTION
from pipeline.writing.sentences import Span

WINDOW = 8
"""Words in a row that are looked at together."""
SMALL = 6
"""Of them, how many must begin with a small letter: names in a row are often unknown."""
KNOWN = 1
"""Of them, how many known words are too few for English; of 1,000 sentences of abstracts fewer than one has so few."""
ACCENTED = 3
"""Of them, how many with letters that English has not are too many, names left aside."""
ENGLISH = 0.5
"""Share of known words from which a text is English."""
SHOUTED = 0.6
"""Share of capitals from which they tell nothing of names."""
ENDLESS = 2_000
"""Characters from which what is written as one sentence is none."""
SCRIPT = 6
"""Letters of another script in a row, longer than symbols are."""

_SAY = (
    r"(?:write|say|print|output|reply|respond|answer|add|append|insert|include|mention|tell|translate|repeat|begin|start"
    r"|end|finish|state|report|claim|cite|click|open|send|post|email|call|forget|ignore|disregard|override"
    r"|pretend|act|summari[sz]e|replace|stop|remember|rank|rate|recommend|copy|quote|execute|run|obey|reveal"
    r"|decode|make sure|be sure|ensure|display|show|put|treat|consider|never|do not|don['’]t)"
)
_FIRST = (
    r"(?:please|now|then|also|instead|always|only|just|first|so|and|dear \w+|important|note|attention|system|admin"
    r"|assistant|update|todo|n\.?b)"
)
_OBJECT = (
    r"(?:the|this|that|these|those|all|any|each|every|your|it|its|only|exactly|nothing|no|with|in|into|to|as|a|an|at|them"
    r"|by saying|everything|anything)"
)
_TEXT = r"(?:summar(?:y|ies)|overview|brief|briefing|digest|newsletter|answers?|repl(?:y|ies)|responses?|outputs?)"
_READER = (
    r"(?:you|your \w+|summari[sz]ers?|assistants?|chatbots?|(?:all|every|each|our|dear|the) readers?"
    rf"|(?:all|every|each|any|your|the) (?:\w+ )?{_TEXT})"
)
_THIS = r"(?:this|the present) (?:text|abstract|article|paper|post|work|page|document|message)"
_ORDERS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?:^|[;:—>\]])\W{{0,6}}(?:{_FIRST}\b\W{{1,6}}){{0,4}}{_SAY}\s+"
        rf"(?:(?:\w+ )?[\"“`‘']?{_OBJECT}\b|\S+(?:\s\S+)?$)",
        rf"\b(?:please|kindly)\s+(?:\w+ly\s+)?(?:{_SAY}|note)\b",
        rf"\b{_READER}\b[^.]{{0,50}}\b(?:must|should|shall|will|ha(?:s|ve) to|needs? to|(?:is|are) (?:required|told"
        rf"|instructed|to)|please)\b[^.]{{0,40}}\b(?:{_SAY}|see|contain|begin|be|link)\b",
        r"\b(?:correct|right|official|required|only valid) (?:\w+ )?(?:summary|output|reply)\b",
        rf"\b(?:summari[sz]|process|read|index|pars|quot|cit)(?:e|es|s|ing) {_THIS}\b",
        rf"\b(?:summar\w+|digests?|briefs?|overviews?) of {_THIS}\b",
        r"\bfrom now on\b|\band obey\b|\bverbatim\b[^.]{0,40}\b(?:output|summary|brief|answer)\b",
        r"\{\{|#{2,}\s*(?:instructions?|response|system)\b|[\[{<|]/?(?:system|inst|instructions?|assistant)\b",
    )
)
"""What asks a reader, or a program that reads, to do or to write something; in small letters, one pattern at a time,
which is a good deal faster than all of them in one."""
_INTO_TEXT = re.compile(
    rf"\b(?:in|to|into|at) (?:the|this|your|every|each|any|all) (?:\w+ ){{0,2}}?(?:{_TEXT}|sections?)\b"
)
_OF_ONESELF = r"(?:run|execute|ensure|make sure|show|display)"
_WRITTEN = re.compile(
    rf"\b(?!{_OF_ONESELF}\b){_SAY}\b[^.]{{0,80}}$"
    rf"|(?<!\bto )(?<!\bwe )(?<!\bcan )(?<!\bwill )(?<!\bare )(?<!\bis )\b{_OF_ONESELF}\b[^.]{{0,80}}$"
)
"""What is to be put into a text; "we show", "are run" and "to ensure" tell what authors do themselves."""
_CHAINED = re.compile(r"[^\W_]+(?:[-_.][^\W_]+){5,}")
_ENCODED = re.compile(
    r"[A-Za-z0-9+/=]{36,}"
    r"|(?:(?:\\[uUx]|%|&#x?|0x)[0-9A-Fa-f]{2,8};?[ ,]?){6,}"
    r"|(?:(?<!\S)[.\-·−–]{1,5} ){6,}|(?:(?<!\S)[^\W\d_] ){8,}"
)
"""Base64 and hexadecimal, escaped characters in a row, Morse code, and words spelt letter by letter."""
_ABROAD = frozenset(
    "und der das dem des nicht eine einen einem einer alle allen jede jeden jeder mit für ist auf von zu bei le la"
    " les et dans une est que qui toutes tous tout toute aux du el los las y del para todas todos todo por con il lo"
    " gli che di della ogni tutte tutti em uma um não na het een van voor och att som w się nie en de".split()
)
"""Small words of other languages."""
_LINK = re.compile(r"https?://\S+")
_LETTER = re.compile(r"\w")
_FORMULA = re.compile(r"</?\w+(?:\s+[\w-]+=[^\s<>]+)*\s*/?>|\$[^$]{1,300}\$|\\[A-Za-z]+|\\\[.*?\\\]")
_WORD = re.compile(r"[^\W_]+(?:['’][a-z]+)?")
_OTHER_SCRIPT = re.compile(
    r"(?:[\u0400-\u1cff\u2c00-\u2fff\u3040-\ud7ff\uf900-\ufdff\ufe70-\ufefc][\s\u3000-\u3002]?)"
    rf"{{{SCRIPT},}}"
)


def quotable(text: str, spans: Sequence[Span]) -> list[Span]:
    """Those of a text's sentences that may be quoted: none gives an order, is encoded, or in another language."""
    english = _is_english(text)
    return [span for span in spans if not is_stray(text[span.start : span.end], english=english)]


def is_stray(sentence: str, *, english: bool = True) -> bool:
    """Whether a sentence is no part of what its authors tell; `english` is what the whole text is."""
    if len(sentence) > ENDLESS:
        return True
    line = _LINK.sub("", unicodedata.normalize("NFKC", " ".join(sentence.split())))
    if (_LETTER.search(line) and not line.isprintable()) or _ENCODED.search(line) or INSTRUCTION.search(line):
        return True
    line = _CHAINED.sub(lambda chain: re.sub(r"[-_.]", " ", chain[0]), line)
    return _gives_an_order(line.lower()) or (
        english and bool(_OTHER_SCRIPT.search(line) or not _reads_english(line))
    )


def _gives_an_order(line: str) -> bool:
    if any(pattern.search(line) for pattern in _ORDERS):
        return True
    place = _INTO_TEXT.search(line)
    return place is not None and bool(_WRITTEN.search(line[: place.start()]))


@lru_cache(maxsize=512)
def _is_english(text: str) -> bool:
    known = [_known(word) for word in re.findall(r"[^\W\d_]{3,}", text)]
    return sum(known) >= ENGLISH * len(known)


def _reads_english(line: str) -> bool:
    """Whether no run of words is of another language, or of none: turned round, enciphered or made up."""
    line = _FORMULA.sub(" ", line)
    words = [w for w in _WORD.findall(line.lower() if _is_shouted(line) else line) if len(w) > 1 or w in "aI"]
    known = [_known(word) for word in words]
    if len(words) < WINDOW:
        return len(words) < 2 or sum(known) > 0
    if line.isascii() and len(words) - sum(known) < WINDOW - KNOWN:
        return True  # there is no such run
    small = [not word[0].isupper() for word in words]
    accented = [is_small and not word.isascii() for is_small, word in zip(small, words, strict=True)]
    return not any(
        sum(small[n : n + WINDOW]) >= SMALL
        and (sum(known[n : n + WINDOW]) <= KNOWN or sum(accented[n : n + WINDOW]) >= ACCENTED)
        for n in range(len(words) - WINDOW + 1)
    )


def _is_shouted(line: str) -> bool:
    letters = [letter for letter in line if letter.isalpha()]
    return sum(letter.isupper() for letter in letters) > SHOUTED * len(letters)


@lru_cache(maxsize=50_000)
def _known(word: str) -> int:
    """1 for a word that research texts in English have, -1 for a small word of another language, else 0."""
    plain = word.lower().replace("’", "'").partition("'")[0]
    if plain in _ABROAD:
        return -1
    if plain.isdecimal() or plain in STOP:
        return 1
    stemmed = stem(plain)
    return int(len(plain) > 1 and stemmed not in STOP and rarity(stemmed) < 1)
