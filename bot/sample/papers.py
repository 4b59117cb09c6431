"""Invented full texts of some sample works, as arXiv would serve them: HTML of LaTeXML's shape, or a PDF."""

import textwrap
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from importlib.resources import files
from typing import Literal

from bot.sample.works import load_works

PREFIX = "/arxiv"
"""Under which the sample web has arXiv's HTML and PDF."""
_LEVELS = ("section", "subsection", "subsubsection")
_WIDTH, _HEIGHT, _MARGIN = 612, 792, 72
"""Of a page, in points."""
_LINE = 88
"""Characters of a printed line."""


@dataclass(frozen=True, slots=True)
class Section:
    """A numbered section with its paragraphs."""

    number: str
    name: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Paper:
    """The full text of one sample work, and the one form in which it can be had."""

    id: str
    format: Literal["html", "pdf"]
    title: str
    authors: tuple[str, ...]
    abstract: str
    sections: tuple[Section, ...]


@cache
def load_papers() -> dict[str, Paper]:
    """All sample papers, by the id of their work."""
    works = {work.id: work for work in load_works()}
    found = {}
    for entry in files(__package__).joinpath("papers").iterdir():
        if not entry.name.endswith(".toml"):
            continue
        row = tomllib.loads(entry.read_text(encoding="utf-8"))
        work = works[row["id"]]
        sections = tuple(Section(s["number"], s["name"], tuple(s["paragraphs"])) for s in row["sections"])
        found[work.id] = Paper(work.id, row["format"], work.title, work.authors, work.abstract, sections)
    return found


def paper_at(path: str) -> tuple[bytes, str] | None:
    """Body and content type for a path such as /arxiv/html/2605.90047v1; none if the sample web has no such paper."""
    kind, _, name = path.removeprefix(f"{PREFIX}/").partition("/")
    paper = load_papers().get(name.partition("v")[0])
    if paper is None or paper.format != kind or not path.startswith(f"{PREFIX}/"):
        return None
    return (
        (as_html(paper), "text/html; charset=utf-8") if kind == "html" else (as_pdf(paper), "application/pdf")
    )


def as_html(paper: Paper) -> bytes:
    """The paper as arXiv's conversion writes it."""
    parts = [
        f"<!DOCTYPE html>\n<html lang='en'><head><title>{escape(paper.title)} (sample data)</title></head><body>",
        "<nav class='ltx_page_navbar'><a href='#S1'>Contents</a></nav>",
        "<div class='ltx_page_content'><article class='ltx_document ltx_authors_1line'>",
        f"<h1 class='ltx_title ltx_title_document'>{escape(paper.title)}</h1>",
        f"<div class='ltx_authors'>{escape(', '.join(paper.authors))}</div>",
        "<div class='ltx_abstract'><h6 class='ltx_title ltx_title_abstract'>Abstract</h6>"
        f"<p class='ltx_p'>{escape(paper.abstract)}</p></div>",
        *(_section_html(section) for section in paper.sections),
        "<section class='ltx_bibliography'><h2 class='ltx_title ltx_title_bibliography'>References</h2></section>",
        "</article></div></body></html>\n",
    ]
    return "\n".join(parts).encode()


def _section_html(section: Section) -> str:
    is_appendix = section.number.isalpha()
    level = "appendix" if is_appendix else _LEVELS[section.number.count(".")]
    tag = f"<span class='ltx_tag ltx_tag_{level}'>{'Appendix ' * is_appendix}{section.number} </span>"
    paragraphs = "".join(
        f"<div class='ltx_para'><p class='ltx_p'>{_with_formulas(text)}</p></div>"
        for text in section.paragraphs
    )
    heading = f"<h2 class='ltx_title ltx_title_{level}'>{tag}{escape(section.name)}</h2>"
    return f"<section class='ltx_{level}'>{heading}{paragraphs}</section>"


def _with_formulas(text: str) -> str:
    pieces = text.split("$")
    return "".join(
        f"<math class='ltx_Math' alttext='{escape(piece)}'><mi>{escape(piece)}</mi></math>"
        if n % 2
        else escape(piece)
        for n, piece in enumerate(pieces)
    )


# A plain PDF: two built-in typefaces, one line of text after the other (ISO 32000-1, section 9.4)


def as_pdf(paper: Paper) -> bytes:
    """The paper as a PDF of a few pages."""
    pages: list[list[str]] = [[]]
    height = _HEIGHT - _MARGIN
    for bold, size, indent, text, gap in _printed(paper):
        height -= gap
        if height < _MARGIN:
            pages.append([])
            height = _HEIGHT - _MARGIN
        shown = text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
        pages[-1].append(f"/F{1 + bold} {size} Tf 1 0 0 1 {_MARGIN + indent} {height} Tm ({shown}) Tj")
    return pdf_of(pages)


def _printed(paper: Paper) -> Iterator[tuple[bool, int, int, str, int]]:
    """Lines in order: whether bold, size, indent, text, and distance from the line before."""
    for line in textwrap.wrap(paper.title, 60):
        yield True, 16, 0, line, 20
    yield False, 10, 0, ", ".join(paper.authors), 24
    yield from _set("Abstract", [paper.abstract])
    for section in paper.sections:
        yield from _set(f"{section.number} {section.name}", section.paragraphs)


def _set(heading: str, paragraphs: Sequence[str]) -> Iterator[tuple[bool, int, int, str, int]]:
    yield True, 12, 0, heading, 28
    for n, paragraph in enumerate(paragraphs):
        for m, line in enumerate(textwrap.wrap(paragraph, _LINE)):
            yield False, 10, 12 if n and not m else 0, line, 18 if not n and not m else 12


def pdf_of(pages: Sequence[Sequence[str]]) -> bytes:
    """A document of pages, each given by its text operators."""
    font = "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica{} /Encoding /WinAnsiEncoding >>"
    kids = " ".join(f"{5 + 2 * n} 0 R" for n in range(len(pages)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Count {len(pages)} /Kids [{kids}] >>".encode(),
        font.format("").encode(),
        font.format("-Bold").encode(),
    ]
    for n, lines in enumerate(pages):
        page = (
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {_WIDTH} {_HEIGHT}] /Contents {6 + 2 * n} 0 R "
            "/Resources << /Font << /F1 3 0 R /F2 4 0 R >> >> >>"
        )
        content = "\n".join(["BT", *lines, "ET"]).encode("cp1252", "replace")
        objects += [page.encode(), b"<< /Length %d >>\nstream\n%b\nendstream" % (len(content), content)]
    return _file(objects)


def _file(objects: Sequence[bytes]) -> bytes:
    out = b"%PDF-1.4\n"
    places = []
    for number, content in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    return out + (
        b"xref\n0 %d\n0000000000 65535 f \n%btrailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
        % (size, table, size, len(out))
    )
