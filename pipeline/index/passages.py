"""How an article becomes passages, and what a store of passages does for the search index."""

from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Literal, Protocol

from pipeline.models import Article, FullText, Part, Passage, TextSection

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vector = NDArray[np.float32]

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


class PassageStore(Protocol):
    """What the index asks of the store."""

    def pending_passages(
        self, generation: str, embedding: str, limit: int
    ) -> "list[tuple[Passage, Vector | None]]":
        """Passages not yet in this generation, each with its vector if one of this embedding is stored."""

    def save_vectors(self, embedding: str, vectors: "Sequence[tuple[Passage, Vector]]") -> None:
        """Keeps the vectors of passages that still have this text."""

    def count_vectors(self, embedding: str) -> int:
        """How many passages have a vector of this embedding."""

    def lacks_vectors(self, embedding: str) -> bool:
        """Whether some passage has no vector of this embedding."""

    def nearest(
        self,
        embedding: str,
        vector: "Vector",
        limit: int,
        article_ids: Collection[str] | None = None,
        part: Part = "abstract",
    ) -> dict[str, float]:
        """The passages of a part nearest to a vector with their cosines, by comparing all; of these articles only."""

    def all_vectors(self, embedding: str) -> Iterator[tuple[str, str, bytes]]:
        """Id, article id and vector (float32) of every passage that has one of this embedding."""

    def passages_mark(self, generation: str) -> tuple[int, int]:
        """Two numbers that change when a passage comes into this generation, changes, or goes."""

    def mark_indexed(self, generation: str, passages: Sequence[Passage]) -> list[str]:
        """Records that these passages are in this generation; the ids of those that have changed or gone meanwhile."""

    def count_pending(self, generation: str) -> int:
        """How many passages are not yet in this generation."""

    def indexed_count(self, generation: str) -> int:
        """How many passages of the store are recorded as being in this generation."""

    def removed_passages(self, generation: str, limit: int) -> list[str]:
        """Ids that are recorded in this generation but deleted from the store."""

    def forget_removed(self, generation: str, passage_ids: Sequence[str]) -> None:
        """Drops the record of deleted passages."""

    def passages(self, ids: Sequence[str]) -> list[Passage]:
        """The passages of these ids that exist, in the order of the ids."""

    def vectors(self, embedding: str, ids: Sequence[str]) -> "dict[str, Vector]":
        """The stored vectors of these ids."""

    def lexical_search(
        self,
        query: str,
        limit: int,
        article_ids: Collection[str] | None = None,
        part: Part = "abstract",
        also: Collection[str] = (),
    ) -> list[tuple[str, float]]:
        """Passage ids with a score for the query's words, higher is better: the best, and those in `also`.

        Those without any of the words may be left out.
        """
