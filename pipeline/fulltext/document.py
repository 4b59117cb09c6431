"""What an extraction found, laid out as one text: paragraphs with offsets, under sections. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from pipeline.models import TextSection
from pipeline.parse.cleaning import one_line

MOST_TEXT = 400_000
"""Characters of a document that are kept: a long thesis is cut, a paper with its appendices is not."""
MOST_SECTIONS = 400
LONGEST_NAME = 160
SEPARATOR = "\n\n"

_NUMBERED = re.compile(
    r"(?:(?P<word>section|appendix|chapter)\s+)?"
    r"(?P<number>\d{1,2}(?:\.\d{1,2}){0,3}|[A-Z](?:\.\d{1,2}){1,3}|(?P<letter>[A-Z]|[IVX]{1,5}))"
    r"(?P<stop>[.:)])?\s+(?P<name>\S.*)",
    re.I | re.S,
)


@dataclass(frozen=True)
class Heading:
    """Where a section begins."""

    number: str
    name: str


@dataclass(frozen=True)
class Paragraph:
    """A paragraph, a list item, a caption or a footnote; line breaks within it mean nothing."""

    text: str


Block = Heading | Paragraph


@dataclass(frozen=True)
class Document:
    """A document's text in paragraphs, a blank line between them; headings stand in the sections alone.

    Sections and paragraphs are in order and do not overlap; every paragraph is `text[start:end]`.
    """

    title: str
    text: str
    sections: tuple[TextSection, ...]
    paragraphs: tuple[tuple[int, int], ...]


class NotReadable(Exception):
    """The document is not what was asked for, or holds no text; the message is one clause for people."""


def heading(text: str, *, lettered: bool = False) -> Heading:
    """The heading that a line is: `4.2 Ablations`, `Appendix B: Prompts`, `III. Method` or without a number.

    A letter is a number if a stop or "Appendix" says so, or with `lettered`; else `A note on X` would be appendix A.
    """
    line = one_line(text)
    found = _NUMBERED.fullmatch(line)
    if found and (lettered or not found["letter"] or found["stop"] or found["word"]):
        return Heading(found["number"], found["name"].strip(" .:"))
    return Heading("", line.strip(" .:"))


def laid_out(title: str, blocks: Iterable[Block], most: int = MOST_TEXT) -> Document:
    """The blocks as one text of at most so many characters; sections without a paragraph are left out."""
    parts: list[str] = []
    paragraphs: list[tuple[int, int]] = []
    sections: list[TextSection] = []
    current = Heading("", "")
    at = 0
    for block in blocks:
        if isinstance(block, Heading):
            current = Heading(one_line(block.number)[:20], one_line(block.name)[:LONGEST_NAME])
            continue
        text = one_line(block.text)
        start = at + len(SEPARATOR) * bool(parts)
        if not text:
            continue
        if start + len(text) > most:
            break
        parts.append(text)
        at = start + len(text)
        paragraphs.append((start, at))
        _extend(sections, current, start, at)
    return Document(one_line(title)[:1000], SEPARATOR.join(parts), tuple(sections), tuple(paragraphs))


def _extend(sections: list[TextSection], current: Heading, start: int, end: int) -> None:
    """The last section grown by a paragraph, or a new one where the heading has changed."""
    last = sections[-1] if sections else None
    if last and (
        len(sections) >= MOST_SECTIONS or (last.number, last.name) == (current.number, current.name)
    ):
        sections[-1] = last.model_copy(update={"end": end})
    else:
        sections.append(TextSection(number=current.number, name=current.name, start=start, end=end))
