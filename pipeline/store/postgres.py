"""What the store asks of PostgreSQL in its own words: full text with BM25, words, authors."""

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa

from pipeline.models import Part

POOL = 400
"""Passages that PostgreSQL's own ranking lets through to be scored by BM25."""

BM25 = """
WITH terms AS (
    SELECT DISTINCT unnest(tsvector_to_array(to_tsvector('english', :words))) AS lexeme
), query AS (
    SELECT string_agg(quote_literal(lexeme), ' | ')::tsquery AS any_term FROM terms
), found AS (
    SELECT p.id, p.words, length(p.words) AS size FROM passages p, query
    WHERE p.words @@ query.any_term AND (p.field = 'fulltext') = :full {within}
    ORDER BY ts_rank(p.words, query.any_term, 1) DESC, p.id LIMIT :pool
), weights AS (
    SELECT lexeme, ln(1 + (total.n - own.n + 0.5) / (own.n + 0.5)) AS idf
    FROM terms,
        LATERAL (
            SELECT count(*)::float AS n FROM passages p
            WHERE p.words @@ quote_literal(lexeme)::tsquery AND (p.field = 'fulltext') = :full
        ) own,
        (SELECT count(*)::float AS n FROM passages p WHERE (p.field = 'fulltext') = :full) total
), middle AS (
    SELECT avg(size)::float AS size FROM found
)
SELECT found.id, sum(
    idf * coalesce(array_length(u.positions, 1), 1) * 2.2
    / (coalesce(array_length(u.positions, 1), 1) + 1.2 * (0.25 + 0.75 * found.size / middle.size))
) AS score
FROM middle, found, unnest(found.words) AS u(lexeme, positions, marks) JOIN weights USING (lexeme)
GROUP BY found.id ORDER BY score DESC, found.id LIMIT :limit
"""
"""BM25 with k1 = 1.2 and b = 0.75, the lengths in different words. S. Robertson and H. Zaragoza, "The Probabilistic
Relevance Framework: BM25 and Beyond", 2009."""


def is_postgres(connection: sa.Connection) -> bool:
    """Whether this is a connection to PostgreSQL."""
    return connection.dialect.name == "postgresql"


def matches(
    connection: sa.Connection,
    words: Collection[str],
    limit: int,
    part: Part = "abstract",
    article_ids: Collection[str] | None = None,
    also: Collection[str] = (),
) -> list[tuple[str, float]]:
    """Passage ids with BM25 scores, best first, of passages of the part with any of the words, of these articles only.

    The passages in `also` are among them, however low they score.
    """
    values: dict[str, Any] = {"words": " ".join(words), "full": part == "fulltext"}
    found: dict[str, float] = {}
    for column, ids, most in (("article_id", article_ids, limit), ("id", also, len(also))):
        if ids is None or ids:
            within = "" if ids is None else f"AND p.{column} = ANY(:ids)"
            values |= {"pool": max(POOL, most), "limit": most} | ({"ids": sorted(ids)} if ids else {})
            rows = connection.execute(sa.text(BM25.format(within=within)), values)
            found |= {row[0]: float(row[1]) for row in rows if row[0] not in found}
    return sorted(found.items(), key=lambda item: (-item[1], item[0]))


def words_beginning(connection: sa.Connection, beginning: str, at_least: int) -> dict[str, int]:
    """Words of passages, as the full text holds them, that begin so; each with its number of passages."""
    sql = sa.text(
        "SELECT word, ndoc FROM ts_stat('SELECT words FROM passages') "
        "WHERE starts_with(word, :beginning) AND ndoc >= :least"
    )
    values = {"beginning": beginning, "least": at_least}
    return {row[0]: int(row[1]) for row in connection.execute(sql, values)}


def by_author(connection: sa.Connection, name: str, limit: int) -> list[Any]:
    """The data of articles with an author of this name or surname, the latest first."""
    sql = sa.text(
        "SELECT data FROM articles WHERE EXISTS ("
        "SELECT 1 FROM json_array_elements_text(data->'authors') AS author "
        "WHERE strpos(' ' || author || ' ', ' ' || :name || ' ') > 0) "
        "ORDER BY appeared DESC NULLS LAST, id LIMIT :limit"
    )
    return list(connection.scalars(sql, {"name": name, "limit": limit}))
