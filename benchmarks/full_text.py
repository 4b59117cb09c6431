"""Full texts out of generated documents: paragraphs and sections recovered, seconds and peak memory of each reading.

    .venv/bin/python -m benchmarks.full_text [--documents 20]

Papers are drawn up in LaTeXML's HTML, as PDF in two columns with running heads, page numbers and broken words, and as
the page of a weblog. Beside it: the HTML with its tags stripped, a paragraph for each block, and the PDF's text as
PDFium gives it, cut at blank lines. A paragraph counts as recovered if it stands there word for word; what is
printed but no paragraph of the text (navigation, references, captions' tables, heads) counts against precision. Seconds
include the start of the confined process. The words are random, so nothing here can be known by heart.
"""

import argparse
import random
import resource
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

from bot.sample.papers import pdf_of
from pipeline.fulltext import Document, NotReadable, extract
from pipeline.models import FullTextSource
from pipeline.parse.cleaning import html_to_text

SYLLABLES = "ba ce di fo gu ha je ki lo mu na pe ri so tu va we xi yo zu al en is or un".split()
BOTTOM, TOP, PITCH, WIDTH = 72, 720, 12, 46


@dataclass(frozen=True)
class Made:
    """A document, and what it says: (number, name, paragraphs) of each section."""

    title: str
    sections: tuple[tuple[str, str, tuple[str, ...]], ...]

    @property
    def paragraphs(self) -> list[str]:
        return [p for _, _, paragraphs in self.sections for p in paragraphs]


def made(seed: int) -> Made:
    """A paper of random words: six to ten sections with two to five paragraphs."""
    draw = random.Random(seed)

    def word() -> str:
        return "".join(draw.choices(SYLLABLES, k=draw.randint(1, 4)))

    def sentence() -> str:
        words = [word() for _ in range(draw.randint(6, 22))]
        words[draw.randrange(len(words))] = f"{draw.randint(1, 99)}%"
        return " ".join(words).capitalize() + "."

    def paragraph() -> str:
        return " ".join(sentence() for _ in range(draw.randint(2, 6)))

    sections = []
    for n in range(1, draw.randint(6, 10)):
        sections.append((str(n), word().capitalize(), tuple(paragraph() for _ in range(draw.randint(2, 5)))))
        if draw.random() < 0.4:
            sections.append((f"{n}.1", word().capitalize(), (paragraph(), paragraph())))
    first = ("1", "Introduction", sections[0][2])
    return Made(" ".join(word().capitalize() for _ in range(7)), (first, *sections[1:]))


def as_latexml(doc: Made) -> bytes:
    """As arXiv converts it, with contents, a table, a display formula, notes and references around the text."""
    body = ""
    for number, name, paragraphs in doc.sections:
        level = "subsection" if "." in number else "section"
        body += (
            f"<section class='ltx_{level}'><h2 class='ltx_title ltx_title_{level}'>"
            f"<span class='ltx_tag ltx_tag_{level}'>{number} </span>{name}</h2>"
            + "".join(f"<div class='ltx_para'><p class='ltx_p'>{escape(p)}</p></div>" for p in paragraphs)
            + "<figure class='ltx_table'><table class='ltx_tabular'><tr><td>1.0</td><td>2.0</td></tr></table></figure>"
            "<table class='ltx_equation'><tr><td><math alttext='x=y'><mi>x</mi></math></td></tr></table></section>"
        )
    entries = "".join(f"<li class='ltx_bibitem'>A. Nobody {n}. A title. 1999.</li>" for n in range(30))
    contents = "".join(f"<li class='ltx_tocentry'>{n} {name}</li>" for n, name, _ in doc.sections)
    return (
        f"<html><body><nav class='ltx_page_navbar'><ol>{contents}</ol></nav><article class='ltx_document'>"
        f"<h1 class='ltx_title ltx_title_document'>{doc.title}</h1><div class='ltx_authors'>A. Nobody</div>{body}"
        f"<section class='ltx_bibliography'><h2>References</h2><ul>{entries}</ul></section></article></body></html>"
    ).encode()


def as_page(doc: Made) -> bytes:
    """As a weblog's page, with a menu, other posts and notices around the text."""
    body = "".join(
        f"<h2>{name}</h2>" + "".join(f"<p>{escape(p)}</p>" for p in paragraphs)
        for _, name, paragraphs in doc.sections
    )
    menu = "".join(f"<li><a href='/{n}'>Topic {n}</a></li>" for n in range(20))
    others = "".join(
        f"<div class='card'><a href='/p{n}'>Another post, {n} min read</a></div>" for n in range(12)
    )
    return (
        f"<html><head><title>{doc.title} | Lab</title></head><body><header><nav><ul>{menu}</ul></nav></header>"
        f"<main><article><h1>{doc.title}</h1>{body}</article></main><aside><h3>Related</h3>{others}</aside>"
        "<footer><p>We use cookies to improve your experience.</p><p>All rights reserved.</p></footer></body></html>"
    ).encode()


def as_columns(doc: Made) -> bytes:
    """As a PDF of two columns: words broken at line ends, indents, running heads and page numbers."""
    pages: list[list[str]] = []
    place = {"x": 50, "y": 0, "column": 1}

    def put(text: str, font: str, size: int, indent: int = 0, gap: int = PITCH) -> None:
        place["y"] -= gap
        if place["y"] < BOTTOM:
            place["column"] = 1 - place["column"] if pages else 0
            if place["column"] == 0:
                pages.append([f"/F1 8 Tf 1 0 0 1 50 760 Tm ({doc.title[:40]}) Tj"])
                pages[-1].append(f"/F1 8 Tf 1 0 0 1 300 30 Tm ({len(pages)}) Tj")
            place["x"], place["y"] = (50, 320)[place["column"]], TOP
        at = f"1 0 0 1 {place['x'] + indent} {place['y']} Tm"
        pages[-1].append(f"/{font} {size} Tf {at} ({text}) Tj")

    put(doc.title, "F2", 16)
    put("Abstract", "F2", 12, gap=24)
    put("It is stored elsewhere.", "F1", 10, gap=16)
    for number, name, paragraphs in doc.sections:
        put(f"{number} {name}", "F2", 12, gap=24)
        for n, paragraph in enumerate(paragraphs):
            for m, line in enumerate(broken(paragraph)):
                put(line, "F1", 10, indent=10 if n and not m else 0, gap=16 if not n and not m else PITCH)
    put("References", "F2", 12, gap=24)
    for n in range(20):
        put(f"[{n}] A. Nobody. A title of a work. 1999.", "F1", 9)
    return pdf_of(pages)


def broken(text: str) -> list[str]:
    """Lines of one width; a long word at an end is divided, as TeX does."""
    lines, line = [], ""
    for word in text.split():
        if len(line) + len(word) < WIDTH:
            line = f"{line} {word}".strip()
            continue
        room = WIDTH - len(line) - 2
        if word.isalpha() and 3 <= room <= len(word) - 3:
            lines.append(f"{line} {word[:room]}-")
            line = word[room:]
        else:
            lines.append(line)
            line = word
    return [*lines, line]


def stripped(body: bytes) -> list[str]:
    """The blocks of an HTML page, tags stripped."""
    return html_to_text(body.decode()).text.split("\n\n")


def raw_pdf(body: bytes) -> list[str]:
    """PDFium's text, cut at blank lines."""
    import pypdfium2

    pages = (page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(body))
    return [" ".join(block.split()) for block in "\n\n".join(pages).replace("\r\n", "\n").split("\n\n")]


KINDS: Sequence[tuple[FullTextSource, Callable[[Made], bytes], Callable[[bytes], list[str]]]] = (
    ("html", as_latexml, stripped),
    ("pdf", as_columns, raw_pdf),
    ("page", as_page, stripped),
)


def main() -> int:
    """Prints a line a kind; exit status 1 if less than 95 in 100 paragraphs are recovered."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--documents", type=int, default=20)
    count = arguments.parse_args().documents
    good = True
    before = processor_seconds()
    subprocess.run([sys.executable, "-c", ""], check=True)
    print(f"an empty interpreter: {processor_seconds() - before:.2f} processor seconds")
    for kind, draw, baseline in KINDS:
        good = measured(kind, [made(seed) for seed in range(count)], draw, baseline) and good
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"peak memory of a reading: {peak:.0f} MB")
    return 0 if good else 1


def measured(
    kind: FullTextSource,
    documents: Sequence[Made],
    draw: Callable[[Made], bytes],
    baseline: Callable[[bytes], list[str]],
) -> bool:
    """Reads the documents of one kind, and prints what was recovered beside the baseline."""
    wanted = found = right = plain_found = plain_right = named = names = 0
    seconds = []
    for doc in documents:
        body = draw(doc)
        before = processor_seconds()
        text = read(kind, body)
        seconds.append(processor_seconds() - before)
        paragraphs = [text.text[a:b] for a, b in text.paragraphs] if text else []
        plain = baseline(body)
        wanted, found, plain_found = (
            wanted + len(doc.paragraphs),
            found + len(paragraphs),
            plain_found + len(plain),
        )
        right += len(set(doc.paragraphs) & set(paragraphs))
        plain_right += len(set(doc.paragraphs) & set(plain))
        labels = {s.name for s in text.sections} if text else set()
        names += len(doc.sections)
        named += sum(name in labels for _, name, _ in doc.sections)
    recall, plain_recall = right / wanted, plain_right / wanted
    print(
        f"{kind}: paragraphs recall {recall:.2f}, precision {right / max(found, 1):.2f} "
        f"(stripped: {plain_recall:.2f}, {plain_right / max(plain_found, 1):.2f}); sections named {named / names:.2f}; "
        f"{sorted(seconds)[len(seconds) // 2]:.2f} processor seconds a document (median of {len(seconds)})"
    )
    return recall >= 0.95


def processor_seconds() -> float:
    """What all child processes that have ended took, which other work on the machine does not change."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def read(kind: FullTextSource, body: bytes) -> Document | None:
    """The document's text; none if it cannot be read."""
    try:
        return extract(kind, body)
    except NotReadable as reason:
        print(f"  not read: {reason}")
        return None


if __name__ == "__main__":
    sys.exit(main())
