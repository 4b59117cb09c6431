"""The page of a post -> headings and paragraphs, by trafilatura: navigation, comments and notices are left out."""

from typing import Any

from pipeline.fulltext.document import Block, Heading, NotReadable, Paragraph, heading


def blocks_of(body: bytes) -> tuple[str, list[Block]]:
    """The title and the main text of a page, in reading order; NotReadable if it has none."""
    import trafilatura
    from trafilatura.settings import Document as Extracted

    tree = trafilatura.load_html(body)
    if tree is None:
        raise NotReadable("the page is empty")
    found = trafilatura.bare_extraction(
        tree, include_comments=False, include_tables=False, include_images=False, include_links=False
    )
    if not isinstance(found, Extracted) or found.body is None:
        raise NotReadable("the page has no main text")
    title = found.title or " ".join(t.text_content() for t in tree.xpath("//title")[:1])
    blocks = [block for element in found.body.iter() if (block := _block(element))]
    return title, [Heading("", "") if isinstance(b, Heading) and b.name in title else b for b in blocks]


def _block(element: Any) -> Block | None:
    """An element of trafilatura's tree that holds text of its own, as a block."""
    if element.tag == "head":
        return heading("".join(element.itertext()))
    if element.tag in ("p", "item", "quote") and not any(
        e.tag in ("p", "item") for e in element.iterdescendants()
    ):
        text = "".join(element.itertext())
        return Paragraph(text) if text.strip() else None
    return None
