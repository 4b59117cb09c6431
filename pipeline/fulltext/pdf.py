"""A paper's PDF -> headings and paragraphs.

PDFium finds the characters and lines; what they are is told from their size and place. The order of the text is that of
the file, which for papers set by TeX is the order of reading, in two columns as well.
"""

import re
import statistics
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from itertools import pairwise, zip_longest
from typing import Any

from pipeline.fulltext.document import Block, Heading, NotReadable, Paragraph, heading

MOST_PAGES = 80
MOST_CHARACTERS = 20_000
"""Of one page; a page of dense text has about 6,000."""
SMALLEST = 4.0
"""Points; nobody reads what is set smaller."""
BOLD = 600
SHORT = 0.7
"""Of a column's width, the length up to which a line that ends a sentence ends its paragraph too."""
HYPHENS = "\x02\ufffe\u00ad"
"""What PDFium puts where a word is broken at the end of a line."""
_LIGATURES = {
    "\ufb00": "ff",
    "\ufb01": "fi",
    "\ufb02": "fl",
    "\ufb03": "ffi",
    "\ufb04": "ffl",
    "\ufb05": "st",
}
_NUMBERED = re.compile(
    r"(?:\d{1,2}(?:\.\d{1,2}){0,3}|[A-Z](?:\.\d{1,2}){0,2}|[IVX]{1,5}\.)[.)]?\s+[^\W\d_].{1,90}"
)
_NAMED = re.compile(
    r"(?:abstract|introduction|background|related works?|preliminaries|methods?|methodology|experiments?"
    r"|(?:experimental )?results|evaluation|discussion|limitations?|conclusions?|future work|ethics statement"
    r"|ethical considerations|broader impacts?|impact statement|acknowledge?ments?|references|bibliography"
    r"|appendix|appendices|supplementary material)",
    re.I,
)
_BACK_MATTER = re.compile(r"references|bibliography|acknowledge?ments?", re.I)
_STAMP = re.compile(r"arXiv:\S+\s+\[[\w.-]+\]\s+\d{1,2} \w{3} \d{4}")
_ENDS = re.compile(r"[.!?:;][)\]\"”’]*$")


@dataclass(frozen=True)
class Line:
    """A printed line: its text, left and right edge, height on the page in points, and type."""

    text: str
    page: int
    left: float
    right: float
    base: float
    size: float
    bold: bool = False


def blocks_of(body: bytes) -> tuple[str, list[Block]]:
    """The title and what the document consists of, in reading order; NotReadable if it is no PDF or holds no text."""
    lines = _lines(body)
    if not lines:
        raise NotReadable("the PDF holds no text, perhaps only pictures of its pages")
    return _title(lines), list(structured(_without_furniture(lines)))


def _lines(body: bytes) -> list[Line]:
    import pypdfium2 as pdfium  # type: ignore[import-untyped]

    try:
        document = pdfium.PdfDocument(body)
    except pdfium.PdfiumError:
        raise NotReadable("the PDF is damaged or locked") from None
    found: list[Line] = []
    for number in range(min(len(document), MOST_PAGES)):
        try:
            page = document[number]
        except pdfium.PdfiumError:
            continue  # one damaged page is not the document
        found += _page_lines(page, number)
        page.close()
    return found


def _page_lines(page: Any, number: int) -> Iterator[Line]:
    import pypdfium2.raw as raw  # type: ignore[import-untyped]

    text = page.get_textpage()
    start = 0
    letters: list[str] = []
    count = min(text.count_chars(), MOST_CHARACTERS)
    for i in range(count + 1):
        code = raw.FPDFText_GetUnicode(text, i) if i < count else 10
        if code not in (10, 13):
            letters.append(chr(code) if 0 < code < 0x110000 else " ")
        if code in (10, 13, 2, 0xFFFE):  # PDFium leaves out the line break after a broken word
            if line := _line(text, "".join(letters), start, number):
                yield line
            start, letters = i + 1, []
    text.close()


def _line(page: Any, letters: str, start: int, number: int) -> Line | None:
    """The line of these characters; none if nothing of it can be seen."""
    import pypdfium2.raw as raw

    clean = re.sub("[\ufb00-\ufb05]", lambda found: _LIGATURES[found[0]], letters)
    clean = re.sub(r"[^\S\n]+", " ", clean).strip()
    first = next((i for i, c in enumerate(letters) if not c.isspace()), None)
    last = next((i for i in range(len(letters) - 1, -1, -1) if letters[i] not in HYPHENS + " "), None)
    if not clean or first is None or last is None:
        return None
    middle = start + (first + last) // 2
    size = max(raw.FPDFText_GetFontSize(page, i) for i in (start + first, middle))
    left, base, _, top = page.get_charbox(start + first, loose=True)
    right = page.get_charbox(start + last, loose=True)[2]
    height = top - base
    if max(size, height) < SMALLEST or _is_white(page, middle):
        return None
    weight = max(raw.FPDFText_GetFontWeight(page, start + first), raw.FPDFText_GetFontWeight(page, middle))
    # A font size of 1 is scaled by the text matrix; the box has the size on the page.
    return Line(clean, number, left, right, base, round(size if size > 1.5 else height, 1), weight >= BOLD)


def _is_white(page: Any, index: int) -> bool:
    import ctypes

    import pypdfium2.raw as raw

    shades = [ctypes.c_uint() for _ in range(4)]
    known = raw.FPDFText_GetFillColor(page, index, *(ctypes.byref(shade) for shade in shades))
    return bool(known) and (min(s.value for s in shades[:3]) >= 250 or shades[3].value < 10)


# What the lines are: pure


def _title(lines: Sequence[Line]) -> str:
    """The lines of the largest type on the first page."""
    first = [line for line in lines if line.page == 0 and not _STAMP.search(line.text)]
    largest = max((line.size for line in first), default=0.0)
    return _joined([line for line in first if line.size >= largest - 0.2])[:500]


def _without_furniture(lines: Sequence[Line]) -> list[Line]:
    """The lines without what stands on page after page: running heads, page and line numbers, the archive's stamp."""
    pages = len({line.page for line in lines})

    def place(line: Line) -> tuple[str, int]:
        return re.sub(r"\d+", "#", line.text), round(line.base / 4)

    seen = Counter(place(line) for line in lines)
    often = max(2, pages // 3)
    return [
        line
        for line in lines
        if seen[place(line)] < often
        and not re.fullmatch(r"[\d\s.–-]+", line.text)
        and not _STAMP.search(line.text)
    ]


def structured(lines: Sequence[Line]) -> Iterator[Block]:
    """Headings and paragraphs from the introduction on, without references and acknowledgements."""
    lines = list(lines)
    if not lines:
        return
    sizes = Counter[float]()
    for line in lines:
        sizes[line.size] += len(line.text)
    body = sizes.most_common(1)[0][0]
    headings = [_heading(line, body) for line in lines]
    begins = next((i for i, h in enumerate(headings) if h and _opens(h)), None)
    left_out = False
    held: list[Line] = []
    pitch = _pitch(lines)
    for line, found in list(zip(lines, headings, strict=True))[begins or 0 :]:
        if found is None:
            if not left_out:
                held.append(line)
            continue
        yield from _paragraphs(held, pitch)
        held = []
        left_out = bool(_BACK_MATTER.fullmatch(found.name)) or (left_out and not _is_appendix(found))
        if not left_out:
            yield found
    yield from _paragraphs(held, pitch)


def _opens(found: Heading) -> bool:
    return found.name.lower() == "introduction" or found.number.rstrip(".") in ("1", "I")


def _is_appendix(found: Heading) -> bool:
    return bool(re.fullmatch(r"[A-Z](?:\.\d+)*", found.number)) or found.name.lower().startswith(
        ("appendi", "supplem")
    )


def _heading(line: Line, body: float) -> Heading | None:
    """The heading that a line is: larger or bold, and numbered or of a usual name; none for running text."""
    stands_out = line.size >= body * 1.05 or line.bold or (line.text.isupper() and len(line.text) > 4)
    if not stands_out or len(line.text) > 100:
        return None
    made = heading(line.text, lettered=True)
    if _NUMBERED.fullmatch(line.text) and not line.text.rstrip().endswith((".", ",", ";")):
        return _in_case(made)
    return _in_case(made) if _NAMED.fullmatch(made.name) else None


def _in_case(found: Heading) -> Heading:
    """A name that is set in capitals, as people write it."""
    return (
        replace(found, name=found.name.capitalize())
        if found.name.isupper() and len(found.name) > 4
        else found
    )


def _pitch(lines: Sequence[Line]) -> float:
    """The usual distance from one line to the next."""
    steps = [a.base - b.base for a, b in pairwise(lines) if a.page == b.page and 4 < a.base - b.base < 40]
    return statistics.median(steps) if steps else 12.0


def _paragraphs(lines: Sequence[Line], pitch: float) -> Iterator[Paragraph]:
    held: list[Line] = []
    for line, following in zip_longest(lines, lines[1:]):
        if held and _begins(held, line, following, pitch):
            yield Paragraph(_joined(held))
            held = []
        held.append(line)
    if held:
        yield Paragraph(_joined(held))


def _begins(held: Sequence[Line], line: Line, following: Line | None, pitch: float) -> bool:
    """Whether a line begins a paragraph: after a gap or a short last line, with an indent, or by its type."""
    before = held[-1]
    if abs(line.size - before.size) > 0.6:
        return True
    is_below = line.page == before.page and before.base > line.base
    if is_below and before.base - line.base > 1.45 * pitch:
        return True
    if not _ENDS.search(before.text):
        return False
    if not is_below:  # at the top of a column only the next line tells where its edge is
        return following is not None and line.left - following.left > 0.5 * line.size
    edge = min(other.left for other in held[-3:])
    if line.left - edge > 0.5 * line.size:
        return True
    width = max(other.right for other in held) - edge
    return before.right < edge + SHORT * width


def _joined(lines: Sequence[Line]) -> str:
    """The lines as running text, words that were broken at their ends made whole."""
    text = ""
    for line in lines:
        broken = re.search(rf"(\S*?)[-{HYPHENS}]$", text)
        if broken is None:
            text = f"{text} {line.text}" if text else line.text
        else:
            text = text[: broken.start()] + broken[1] + _hyphen(broken[1], line.text) + line.text
    return re.sub(f"[{HYPHENS}]", "", text)


def _hyphen(before: str, after: str) -> str:
    """The hyphen of a compound that was broken at it, or nothing: PDFium does not tell it from a divided word's.

    Both parts of a compound are words; those of a divided word seldom are, or the whole is a word too.
    """
    head = re.split(r"[^\w]", before)[-1].casefold()
    found = re.match(r"\w+", after)
    tail = found[0].casefold() if found else ""
    is_compound = "-" in before or not after[:1].islower() or not head.isalpha()
    if is_compound or (head in _words() and tail in _words() and head + tail not in _words()):
        return "-"
    return ""


@cache
def _words() -> frozenset[str]:
    """English words, those of the embedding's vocabulary."""
    lines = files("pipeline").joinpath("minilm/vocab.txt").read_text(encoding="utf-8").split("\n")
    return frozenset(line for line in lines if line.isalpha())
