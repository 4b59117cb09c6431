"""The HTML that arXiv makes of a paper's source -> headings and paragraphs.

arXiv converts with LaTeXML, whose classes say what an element is: https://math.nist.gov/~BMiller/LaTeXML/manual/.
Left out are front matter, bibliography, tables, listings, and text that a reader of the page does not see.
"""

import re
from collections.abc import Iterator
from typing import Any

from pipeline.fulltext.document import Block, Heading, NotReadable, Paragraph, heading

LONGEST_FORMULA = 120
_DROPPED = (
    "ltx_bibliography ltx_authors ltx_abstract ltx_dates ltx_keywords ltx_classification ltx_TOC ltx_ERROR "
    "ltx_page_navbar ltx_page_header ltx_page_footer ltx_pagination ltx_listing ltx_tabular ltx_picture ltx_rdf "
    "ltx_role_refnum ltx_note_mark ltx_note_type ltx_tag_note ltx_tag_item ltx_tag_itemize ltx_tag_enumerate "
    "ltx_tag_equation ltx_transformed_outer"
).split()
_SECTIONS = frozenset(
    "ltx_title_part ltx_title_chapter ltx_title_section ltx_title_subsection ltx_title_subsubsection "
    "ltx_title_appendix ltx_title_acknowledgements".split()
)
_RUN_IN = frozenset("ltx_title_paragraph ltx_title_subparagraph".split())
_UNSEEN = re.compile(
    r"display:none|visibility:hidden|(?<![\w-])color:(?:white|#fff(?:fff)?)(?![0-9a-f])|font-size:[0-2](?:\.\d+)?(?:%|px|pt)"
    r"|opacity:0(?:\.0+)?(?![.\d])",
    re.I,
)
_PLAIN_FORMULA = re.compile(r"[\w.,:+=<>/%° ×≥≤±≈~-]+")


def blocks_of(body: bytes) -> tuple[str, list[Block]]:
    """The title and what the document consists of, in reading order; NotReadable if it is no paper's HTML."""
    from lxml import etree, html  # type: ignore[import-untyped]

    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True)
    try:
        root = html.document_fromstring(body, parser=parser)
    except (etree.ParserError, ValueError):
        raise NotReadable("the page is empty") from None
    papers = root.xpath("//*[contains(concat(' ', normalize-space(@class), ' '), ' ltx_document ')]")
    if not papers:
        raise NotReadable("the page is not a paper's HTML")
    paper = papers[0]
    title = "".join(_said(t) for t in _having(paper, "ltx_title_document")[:1])
    _prune(paper)
    return title, list(_blocks(paper))


def _having(root: Any, name: str) -> list[Any]:
    return [e for e in root.iter() if name in _classes(e)]


def _classes(element: Any) -> frozenset[str]:
    return frozenset((element.get("class") or "").split()) if isinstance(element.tag, str) else frozenset()


def _prune(paper: Any) -> None:
    """Takes out what is no running text, and what is not shown."""
    dropped = frozenset(_DROPPED)
    for element in list(paper.iter()):
        if element is paper or not isinstance(element.tag, str) or element.getparent() is None:
            continue
        style = (element.get("style") or "").replace(" ", "")
        unseen = element.get("hidden") is not None or _UNSEEN.search(style)
        if unseen or element.tag in ("script", "style", "svg", "nav") or dropped & _classes(element):
            element.drop_tree()


def _blocks(paper: Any) -> Iterator[Block]:
    """Headings, paragraphs with what stands in their notes after them, and captions."""
    run_in = ""
    for element in paper.iter():
        classes = _classes(element)
        if "ltx_title" in classes:
            if classes & _SECTIONS:
                run_in = ""
                yield _heading(element)
            elif classes & _RUN_IN:
                run_in = _plain(_said(element))
        elif "ltx_caption" in classes:
            yield Paragraph(_said(element))
        elif "ltx_p" in classes and not _inside(element, "ltx_caption", paper):
            text = _said(element)
            yield Paragraph(
                f"{run_in.rstrip('.:')}. {text}" if run_in and not _in_note(element, paper) else text
            )
            run_in = ""
        elif "ltx_note_content" in classes and not _having(element, "ltx_p"):
            yield Paragraph(_said(element))


def _heading(element: Any) -> Heading:
    tags = [e for e in element if "ltx_tag" in _classes(e)]
    if not tags:
        return heading(_said(element))
    number = re.sub(r"^(?:appendix|chapter|part|section)\s+|[\s.:]+$", "", _plain(_said(tags[0])), flags=re.I)
    whole, tag = _plain(_said(element)), _plain(_said(tags[0]))
    return Heading(number, whole.removeprefix(tag).strip(" .:"))


def _inside(element: Any, name: str, root: Any) -> bool:
    while (element := element.getparent()) is not None and element is not root:
        if name in _classes(element):
            return True
    return False


def _in_note(element: Any, root: Any) -> bool:
    return _inside(element, "ltx_note_content", root)


def _plain(text: str) -> str:
    return " ".join(text.split())


def _said(element: Any) -> str:
    """The text of an element; a formula as its source, a note left to its own paragraph."""
    pieces = [element.text or ""]
    for child in element:
        if isinstance(child.tag, str):
            pieces.append(_inner(child))
        pieces.append(child.tail or "")
    return "".join(pieces)


def _inner(child: Any) -> str:
    if child.tag.rpartition("}")[2] == "math" or "ltx_Math" in _classes(child):
        return _formula(child.get("alttext") or child.text_content())
    if "ltx_note" in _classes(child):
        return ""
    return " " if child.tag == "br" else _said(child)


def _formula(source: str) -> str:
    """A formula's source between dollar signs; one that needs no typesetting as plain text, a long one left out."""
    plain = _plain(source).replace("\\%", "%").replace("\\,", " ").replace("\\times", "×").replace("{,}", ",")
    if len(plain) <= LONGEST_FORMULA and _PLAIN_FORMULA.fullmatch(plain):
        return plain
    return f"${_plain(source)}$" if len(source) <= LONGEST_FORMULA else "(formula)"
