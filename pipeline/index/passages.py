"""How an article becomes passages."""

from collections.abc import Iterator
from typing import Literal

from pipeline.models import Article, FullText, Passage, TextSection

WHOLE = 1600
"""Characters of title and abstract that still make one passage."""
PIECE = 1200


def passages_of(article: Article) -> list[Passage]:
    """The passages of an article: one for a short text, else pieces cut between paragraphs or sentences."""
    if not article.abstract.strip():
        return [_passage(article, "title", 0, len(article.title))] if article.title.strip() else []
    if len(article.title) + len(article.abstract) <= WHOLE:
        return [_passage(article, "abstract", 0, len(article.abstract))]
    return [_passage(article, "abstract", start, end) for start, end in _pieces(article.abstract)]


def _passage(article: Article, part: Literal["title", "abstract"], start: int, end: int) -> Passage:
    piece = article.text_of(part)[start:end]
    text = piece if part == "title" or not article.title else f"{article.title}\n{piece}"
    return Passage(
        id=f"{article.id}#{part}-{start}",
        article_id=article.id,
        field=part,
        start=start,
        end=end,
        text=text,
    )


def passages_of_full_text(article: Article, full: FullText) -> list[Passage]:
    """The passages of a full text: paragraphs of one section together up to a piece's length, longer ones cut."""
    made = []
    for section in full.sections:
        head = f"{article.title}\n{' '.join(filter(None, (section.number, section.name)))}"
        for start, end in _within(full, section):
            made.append(
                Passage(
                    id=f"{article.id}#fulltext-{start}",
                    article_id=article.id,
                    field="fulltext",
                    start=start,
                    end=end,
                    text=f"{head}\n{full.text[start:end]}",
                )
            )
    return made


def _within(full: FullText, section: TextSection) -> Iterator[tuple[int, int]]:
    """Spans of a section's paragraphs, short ones that follow each other taken together."""
    held: tuple[int, int] | None = None
    for start, end in full.paragraphs:
        if not section.start <= start < section.end:
            continue
        if held and end - held[0] <= PIECE:
            held = held[0], end
            continue
        if held:
            yield held
        held = start, end
        if end - start > PIECE:
            yield from ((start + a, start + b) for a, b in _pieces(full.text[start:end]))
            held = None
    if held:
        yield held


def _pieces(text: str) -> list[tuple[int, int]]:
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    splitter = RecursiveCharacterTextSplitter(
        chunk_size=PIECE,
        chunk_overlap=0,
        separators=["\n\n", "\n", ". ", "? ", "! ", "; ", ", ", " ", ""],
        keep_separator="end",
        add_start_index=True,
    )
    spans = []
    for document in splitter.create_documents([text]):
        start = document.metadata["start_index"]
        spans.append((start, start + len(document.page_content)))
    return spans
