"""Where the sentences of an abstract or a post begin and end."""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

ABBREVIATIONS = frozenset(
    "e.g i.e vs cf al fig figs eq eqs sec secs tab ref refs resp approx no dr prof st w.r.t a.k.a inc viz ca "
    "mr mrs ms u.s u.k ph.d alg thm def ver dept univ max min avg std".split()
)
MARKS = ".!?。！？"
CLOSERS = "\"'”’»)]}"
OPENERS = "\"'([{\\$*-`"
BULLET = re.compile(r"(?:[-*+•‣–]|\d{1,2}[.)]|#{1,6})[ \t]")
WORD = re.compile(r"\S+")
HEADING_LIMIT = 60


class Span(NamedTuple):
    """Character offsets into a text, end exclusive: `text[start:end]` is the sentence."""

    start: int
    end: int


def split_sentences(text: str) -> list[Span]:
    """The sentences of a text in order, trimmed, none empty; together they cover all but white space.

    A sentence ends at `.`, `!` or `?` (closing quotes and brackets included) before white space and a
    plausible beginning, unless the mark belongs to an initial or an abbreviation. A blank line, a list
    item and a heading always begin a new one. Time is linear in the length of the text.
    """
    return [span for block in _blocks(text) for span in _sentences_in(text, block)]


def _blocks(text: str) -> Iterator[Span]:
    """Runs of lines that belong to one paragraph, one list item or one heading."""
    start: int | None = None
    lines = list(_lines(text))
    for index, line in enumerate(lines):
        if line.start == line.end:
            if start is not None:
                yield Span(start, lines[index - 1].end)
            start = None
            continue
        if start is None:
            start = line.start
        elif _begins_block(text, lines[index - 1], line, start):
            yield Span(start, lines[index - 1].end)
            start = line.start
    if start is not None:
        yield Span(start, lines[-1].end)


def _lines(text: str) -> Iterator[Span]:
    """Every line, trimmed; an empty one has equal offsets."""
    position = 0
    for raw in text.splitlines(keepends=True):
        body = raw.strip()
        start = position + (len(raw) - len(raw.lstrip()) if body else 0)
        yield Span(start, start + len(body))
        position += len(raw)


def _begins_block(text: str, previous: Span, line: Span, block_start: int) -> bool:
    if BULLET.match(text, line.start, line.end) or text.startswith("#", previous.start):
        return True
    # A short first line without closing punctuation, above a much longer one, is a heading; in
    # hard-wrapped prose the first line of a paragraph is as long as the others.
    length = previous.end - previous.start
    return (
        previous.start == block_start
        and length <= HEADING_LIMIT
        and 2 * length < line.end - line.start
        and text[previous.end - 1].isalnum()
        and text[line.start].isupper()
    )


def _sentences_in(text: str, block: Span) -> Iterator[Span]:
    words = [Span(*match.span()) for match in WORD.finditer(text, block.start, block.end)]
    start = block.start
    for word, following in pairwise(words):
        if word.start == block.start and BULLET.match(text, word.start):
            continue
        if _ends_sentence(text[word.start : word.end], text[following.start]):
            yield Span(start, word.end)
            start = following.start
    yield Span(start, block.end)


def _ends_sentence(word: str, following: str) -> bool:
    """Whether a sentence ends with this word, given the first character after the white space."""
    bare = word.rstrip(CLOSERS)
    if not bare or bare[-1] not in MARKS or not _may_begin(following):
        return False
    stem = bare.rstrip(MARKS).lstrip(OPENERS)
    if not bare.endswith(".") or bare.endswith(".."):
        return True
    if len(stem) == 1 and stem.isupper():
        return False
    name = stem.lower()
    if name == "etc":
        return following.isupper()
    return name not in ABBREVIATIONS


def _may_begin(following: str) -> bool:
    return following.isupper() or following.isdigit() or following in OPENERS or not following.isascii()
