"""Passages in SQL: their texts, vectors and words, and which of them the search index holds."""

import json
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from heapq import nlargest
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from pipeline.models import Part, Passage
from pipeline.store import postgres
from pipeline.store.engines import one_of, put
from pipeline.store.tables import chunks, passage_of, passages, removed_passages, vectors

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PART = 4_000
"""Vectors compared at a time: six megabytes."""

_OF_ARTICLES = "SELECT number FROM passages WHERE article_id IN (SELECT value FROM json_each(:articles))"
_LEXICAL = """
WITH scored AS MATERIALIZED (
    SELECT rowid AS number, -bm25({table}) AS score FROM {table} WHERE {table} MATCH :expression{within}
), chosen AS (
    SELECT * FROM (SELECT number, score FROM scored ORDER BY score DESC, number LIMIT :limit)
    UNION
    SELECT number, score FROM scored WHERE number IN (
        SELECT number FROM passages WHERE id IN (SELECT value FROM json_each(:also))
    )
)
SELECT p.id, score FROM chosen JOIN passages p USING (number) ORDER BY score DESC, p.id
"""
STOP_WORDS = frozenset(
    """
    a about all also am an and any are as at be been but by can could did do does for from had has have how i if
    in into is it its many me more most much my no not of on or our say says said should show shows so some such
    tell than that the their them then there these they this those to us was we were what when where which who
    whom why will with would you your
    """.split()
)


class Passages:
    """The tables of passages and vectors. Methods block; asynchronous callers use a thread."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._writer = engine.execution_options(write="alone")

    def count(self) -> int:
        """How many passages are stored."""
        return self._count(sa.select(sa.func.count()).select_from(passages))

    def pending(
        self, generation: str, embedding: str, limit: int
    ) -> "list[tuple[Passage, NDArray[np.float32] | None]]":
        """Passages not yet in this generation of the index, with their vector where one is stored."""
        query = (
            sa.select(passages, vectors.c.vector)
            .outerjoin(
                vectors,
                (vectors.c.passage_id == passages.c.id) & (vectors.c.embedding == embedding),
            )
            .where(passages.c.generation.is_distinct_from(generation))
            .order_by(passages.c.number)
            .limit(limit)
        )
        with self._engine.connect() as connection:
            rows = connection.execute(query).mappings().all()
        return [(passage_of(row), _vector(row["vector"]) if row["vector"] else None) for row in rows]

    def count_pending(self, generation: str) -> int:
        """How many passages are not yet in this generation of the index."""
        return self._count(
            sa.select(sa.func.count())
            .select_from(passages)
            .where(passages.c.generation.is_distinct_from(generation))
        )

    def count_indexed(self, generation: str) -> int:
        """How many passages are in this generation of the index."""
        return self._count(
            sa.select(sa.func.count()).select_from(passages).where(passages.c.generation == generation)
        )

    def save_vectors(self, embedding: str, rows: "Sequence[tuple[Passage, NDArray[np.float32]]]") -> None:
        """Keeps the vectors of passages that still have this text, so that none is computed again."""
        with self._writer.begin() as connection:
            present = _unchanged(connection, [passage for passage, _ in rows])
            values = [
                {"passage_id": passage.id, "embedding": embedding, "vector": vector.tobytes()}
                for passage, vector in rows
                if passage.id in present
            ]
            put(connection, vectors, values)

    def count_vectors(self, embedding: str) -> int:
        """How many passages have a vector of this embedding."""
        return self._count(
            sa.select(sa.func.count()).select_from(vectors).where(vectors.c.embedding == embedding)
        )

    def lack_vectors(self, embedding: str) -> bool:
        """Whether some passage has no vector of this embedding."""
        return self.count_vectors(embedding) < self.count()

    def nearest(
        self,
        embedding: str,
        vector: "NDArray[np.float32]",
        limit: int,
        article_ids: Collection[str] | None = None,
        part: Part = "abstract",
    ) -> dict[str, float]:
        """The passages of a part nearest to a vector of length 1, with their cosines, by comparing all; best first.

        Reads the stored vectors a few thousand at a time, 1.5 kB each; only those of these articles, if given.
        """
        marked = vectors.c.passage_id.contains("#fulltext-", autoescape=True)
        is_of_part = marked if part == "fulltext" else ~marked
        query = sa.select(vectors.c.passage_id, vectors.c.vector).where(
            vectors.c.embedding == embedding, is_of_part
        )
        if article_ids is not None:
            query = query.join(passages, passages.c.id == vectors.c.passage_id).where(
                one_of(self._engine, passages.c.article_id, article_ids)
            )
        best: list[tuple[float, str]] = []
        with self._engine.connect() as connection:
            for rows in connection.execute(query).partitions(PART):
                best = nlargest(limit, [*best, *_cosines(rows, vector, limit)])
        return {key: cosine for cosine, key in best}

    def numbers(self, generation: str) -> list[int]:
        """The numbers of the passages in this generation, in order.

        PostgreSQL gives no number twice, so a passage that changes gets a new one.
        """
        query = sa.select(passages.c.number).where(passages.c.generation == generation)
        with self._engine.connect() as connection:
            return list(connection.scalars(query.order_by(passages.c.number)))

    def vectors_between(self, embedding: str, first: int, last: int) -> Iterator[tuple[int, str, str, bytes]]:
        """Number, id, article id and vector (float32) of the passages with these numbers that have one, in order."""
        query = (
            sa.select(passages.c.number, passages.c.id, passages.c.article_id, vectors.c.vector)
            .join(vectors, vectors.c.passage_id == passages.c.id)
            .where(vectors.c.embedding == embedding, passages.c.number.between(first, last))
            .order_by(passages.c.number)
        )
        with self._engine.connect() as connection:
            for row in connection.execution_options(yield_per=PART).execute(query):
                yield row[0], row[1], row[2], row[3]

    def mark(self, generation: str) -> tuple[int, int]:
        """Two numbers that change when a passage comes into this generation, changes, or goes."""
        query = sa.select(sa.func.count(), sa.func.coalesce(sa.func.max(passages.c.number), 0))
        with self._engine.connect() as connection:
            row = connection.execute(query.where(passages.c.generation == generation)).one()
        return int(row[0]), int(row[1])

    def mark_indexed(self, generation: str, given: Sequence[Passage]) -> list[str]:
        """Notes that these passages are in this generation; returns ids of those that changed or went meanwhile."""
        with self._writer.begin() as connection:
            present = _unchanged(connection, given)
            for chunk in chunks(sorted(present)):
                connection.execute(
                    sa.update(passages).where(passages.c.id.in_(chunk)).values(generation=generation)
                )
        return [passage.id for passage in given if passage.id not in present]

    def removed(self, generation: str, limit: int) -> list[str]:
        """Ids that are gone from the store but still in this generation of the index."""
        query = sa.select(removed_passages.c.id).where(removed_passages.c.generation == generation)
        with self._engine.connect() as connection:
            return list(connection.scalars(query.order_by(removed_passages.c.id).limit(limit)))

    def forget_removed(self, generation: str, passage_ids: Sequence[str]) -> None:
        """Notes that the index no longer holds these passages; other generations are forgotten as well."""
        with self._writer.begin() as connection:
            connection.execute(sa.delete(removed_passages).where(removed_passages.c.generation != generation))
            for chunk in chunks(passage_ids):
                connection.execute(sa.delete(removed_passages).where(removed_passages.c.id.in_(chunk)))

    def get(self, ids: Sequence[str]) -> list[Passage]:
        """The passages of these ids that exist, in the order of the ids."""
        found: dict[str, Passage] = {}
        with self._engine.connect() as connection:
            for chunk in chunks(ids):
                rows = connection.execute(sa.select(passages).where(passages.c.id.in_(chunk))).mappings()
                found.update((row["id"], passage_of(row)) for row in rows)
        return [found[i] for i in ids if i in found]

    def of_articles(self, ids: Sequence[str]) -> dict[str, list[Passage]]:
        """All passages of these articles in reading order, by article id."""
        found: dict[str, list[Passage]] = {}
        with self._engine.connect() as connection:
            for chunk in chunks(ids):
                query = (
                    sa.select(passages)
                    .where(passages.c.article_id.in_(chunk))
                    .order_by(passages.c.article_id, passages.c.field, passages.c.start)
                )
                for row in connection.execute(query).mappings():
                    found.setdefault(row["article_id"], []).append(passage_of(row))
        return found

    def vectors(self, embedding: str, ids: Sequence[str]) -> "dict[str, NDArray[np.float32]]":
        """The stored vectors of these passages under this embedding, by passage id."""
        found: dict[str, NDArray[np.float32]] = {}
        with self._engine.connect() as connection:
            for chunk in chunks(ids):
                query = sa.select(vectors.c.passage_id, vectors.c.vector).where(
                    vectors.c.embedding == embedding, vectors.c.passage_id.in_(chunk)
                )
                for key, blob in connection.execute(query):
                    found[key] = _vector(blob)
        return found

    def search(
        self,
        query: str,
        limit: int,
        article_ids: Collection[str] | None = None,
        part: Part = "abstract",
        also: Collection[str] = (),
    ) -> list[tuple[str, float]]:
        """Passage ids and BM25 scores (higher is better), best first: SQLite's FTS5, or PostgreSQL's text search.

        The passages in `also` are among them, however low they score, if they share a word with the query.
        Source: https://www.sqlite.org/fts5.html, sections 3 (query syntax) and 5.1.1 (bm25).
        """
        words = query_words(query)
        if not words or limit <= 0:
            return []
        with self._engine.connect() as connection:
            if postgres.is_postgres(connection):
                return postgres.matches(connection, words, limit, part, article_ids, also)
            table = "fulltext_fts" if part == "fulltext" else "passages_fts"
            within = "" if article_ids is None else f" AND {table}.rowid IN ({_OF_ARTICLES})"
            values = {
                "expression": fts_expression(query),
                "limit": limit,
                "articles": json.dumps(sorted(article_ids or ())),
                "also": json.dumps(sorted(also)),
            }
            # What is asked for is scored once, in one pass over all that match: the pass is what takes time.
            rows = connection.execute(sa.text(_LEXICAL.format(table=table, within=within)), values)
            return [(row[0], float(row[1])) for row in rows]

    def words(self, beginning: str, at_least: int) -> dict[str, int]:
        """Words of passages, as the full text holds them, that begin so; each with its number of passages.

        Source: https://www.sqlite.org/fts5.html, section 9 (fts5vocab).
        """
        made = "CREATE VIRTUAL TABLE IF NOT EXISTS temp.passage_words USING fts5vocab('main', 'passages_fts', 'row')"
        sql = sa.text(
            "SELECT term, doc FROM temp.passage_words WHERE term >= :low AND term < :high AND doc >= :least"
        )
        with self._engine.connect() as connection:
            if postgres.is_postgres(connection):
                return postgres.words_beginning(connection, beginning, at_least)
            connection.exec_driver_sql(made)
            values = {"low": beginning, "high": beginning + "\uffff", "least": at_least}
            return {row[0]: int(row[1]) for row in connection.execute(sql, values)}

    def _count(self, query: sa.Select[int]) -> int:
        with self._engine.connect() as connection:
            return int(connection.scalar(query) or 0)


def query_words(query: str) -> list[str]:
    """The query's content words; all its words if it has no others."""
    words = re.findall(r"[^\W_]+(?:[.][^\W_]+)*", query.lower())
    kept = [w for w in dict.fromkeys(words) if w not in STOP_WORDS]
    return (kept or words)[:64]


def fts_expression(query: str) -> str:
    """The query's content words as an FTS5 expression that matches any of them; empty if there are none."""
    return " OR ".join(f'"{word}"' for word in query_words(query))


def _unchanged(connection: sa.Connection, given: Sequence[Passage]) -> set[str]:
    """The ids of those passages that are stored with the same text."""
    stored: dict[str, str] = {}
    for chunk in chunks([passage.id for passage in given]):
        query = sa.select(passages.c.id, passages.c.text).where(passages.c.id.in_(chunk))
        stored.update((row[0], row[1]) for row in connection.execute(query))
    return {passage.id for passage in given if stored.get(passage.id) == passage.text}


def _cosines(
    rows: "Iterable[sa.Row[Any, Any]]", vector: "NDArray[np.float32]", limit: int
) -> Iterator[tuple[float, str]]:
    """The best of these rows of id and vector; what has another length or is no direction is left out."""
    import numpy as np

    pairs = [(key, blob) for key, blob in rows if len(blob) == vector.nbytes]
    values = np.frombuffer(b"".join(blob for _, blob in pairs), dtype=np.float32)
    cosines = np.nan_to_num(values.reshape(len(pairs), len(vector)) @ vector, nan=-1.0)
    for place in np.argsort(-cosines, kind="stable")[:limit]:
        yield float(cosines[place]), pairs[place][0]


def _vector(blob: bytes) -> "NDArray[np.float32]":
    import numpy as np

    return np.frombuffer(blob, dtype=np.float32)
