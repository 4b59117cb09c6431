"""Vectors of PostgreSQL in each process's memory, as the program has them, beside the extension pgvector.

    BRIEF_TEST_DATABASE_URL=postgresql://... .venv/bin/python -m benchmarks.pgvector [PASSAGES ...]

The server must have the extension (`CREATE EXTENSION vector`). Vectors are made: 384 numbers around 300 centres, as
texts of 300 themes would lie. Printed are, for each number of passages: what a process needs to begin, the 50 nearest
of 200 questions (median and 95th of 100), how many of the true 50 are among them, and the room in memory or on disk.
"""

import argparse
import os
import sys
from collections.abc import Callable, Iterator
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np
import sqlalchemy as sa

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Matrix = NDArray[np.float32]

DIMENSION = 384
THEMES = 300
QUESTIONS = 200
NEAREST = 50
EF_SEARCH = 200
"""As the embedded index has it."""


def unit(rows: "Matrix") -> "Matrix":
    """Each row with length 1."""
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


def made(count: int, seed: int) -> "Matrix":
    """So many vectors around the same centres."""
    centres = np.random.default_rng(1).standard_normal((THEMES, DIMENSION))
    random = np.random.default_rng(seed)
    near = centres[random.integers(0, THEMES, count)]
    return unit(np.asarray(near + 0.9 * random.standard_normal((count, DIMENSION)), dtype=np.float32))


def literal(row: "Matrix") -> str:
    """A vector as pgvector reads it."""
    return "[" + ",".join(f"{number:.7g}" for number in row) + "]"


def stored(connection: sa.Connection, rows: "Matrix") -> None:
    """Two tables: the bytes, as the program keeps them, and the extension's type."""
    connection.exec_driver_sql("DROP TABLE IF EXISTS bench_bytes, bench_vectors")
    connection.exec_driver_sql("CREATE TABLE bench_bytes (id int PRIMARY KEY, v bytea NOT NULL)")
    connection.exec_driver_sql(
        f"CREATE TABLE bench_vectors (id int PRIMARY KEY, v vector({DIMENSION}) NOT NULL)"
    )
    raw = connection.connection.dbapi_connection
    assert raw is not None
    with raw.cursor() as cursor:
        with cursor.copy("COPY bench_bytes FROM STDIN") as copy:
            for n, row in enumerate(rows):
                copy.write_row((n, row.tobytes()))
        with cursor.copy("COPY bench_vectors FROM STDIN") as copy:
            for n, row in enumerate(rows):
                copy.write_row((n, literal(row)))


def in_memory(connection: sa.Connection) -> "Matrix":
    """All vectors, read as a process does when it begins."""
    query = "SELECT v FROM bench_bytes ORDER BY id"
    rows = connection.exec_driver_sql(query, execution_options={"yield_per": 4000})
    return np.frombuffer(b"".join(bytes(row[0]) for row in rows), dtype=np.float32).reshape(-1, DIMENSION)


def exact(matrix: "Matrix", question: "Matrix") -> list[int]:
    """The nearest by comparing all."""
    cosines = matrix @ question
    best = np.argpartition(-cosines, NEAREST - 1)[:NEAREST]
    return [int(n) for n in best[np.argsort(-cosines[best], kind="stable")]]


def asked(connection: sa.Connection, question: "Matrix") -> list[int]:
    """The nearest as the extension finds them."""
    query = sa.text(f"SELECT id FROM bench_vectors ORDER BY v <=> CAST(:q AS vector) LIMIT {NEAREST}")
    return [row[0] for row in connection.execute(query, {"q": literal(question)})]


def timed(
    search: Callable[["Matrix"], list[int]], questions: "Matrix"
) -> tuple[list[list[int]], float, float]:
    """What was found, and the median and 95th of 100 in milliseconds."""
    found, took = [], []
    for question in questions:
        started = perf_counter()
        found.append(search(question))
        took.append(1000 * (perf_counter() - started))
    return found, float(np.percentile(took, 50)), float(np.percentile(took, 95))


def recall(found: list[list[int]], true: list[list[int]]) -> float:
    """The share of the true ones that were found."""
    return float(np.mean([len(set(a) & set(b)) / NEAREST for a, b in zip(found, true, strict=True)]))


def figures(connection: sa.Connection, count: int) -> Iterator[str]:
    """The lines of one number of passages."""
    rows, questions = made(count, 2), made(QUESTIONS, 3)
    stored(connection, rows)
    started = perf_counter()
    matrix = in_memory(connection)
    seconds = perf_counter() - started
    true, p50, p95 = timed(lambda q: exact(matrix, q), questions)
    yield (
        f"{count:,} passages, in memory: {seconds:.1f} s to begin; p50 {p50:.1f}, p95 {p95:.1f} ms; "
        f"recall 1.00; {matrix.nbytes / 1e6:.0f} MB a process"
    )
    _, p50, p95 = timed(lambda q: asked(connection, q), questions[:20])
    yield f"{count:,} passages, pgvector comparing all: p50 {p50:.1f}, p95 {p95:.1f} ms"
    started = perf_counter()
    connection.exec_driver_sql("CREATE INDEX bench_hnsw ON bench_vectors USING hnsw (v vector_cosine_ops)")
    seconds = perf_counter() - started
    connection.exec_driver_sql(f"SET hnsw.ef_search = {EF_SEARCH}")
    found, p50, p95 = timed(lambda q: asked(connection, q), questions)
    size = connection.exec_driver_sql("SELECT pg_relation_size('bench_hnsw')").scalar_one()
    yield (
        f"{count:,} passages, pgvector's HNSW: {seconds:.0f} s to build; p50 {p50:.1f}, p95 {p95:.1f} ms; "
        f"recall {recall(found, true):.2f}; {size / 1e6:.0f} MB on disk"
    )


def main() -> int:
    """Prints the figures of each number of passages."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("passages", type=int, nargs="*", default=[10_000, 100_000])
    given = arguments.parse_args()
    url = os.environ.get("BRIEF_TEST_DATABASE_URL")
    if not url:
        print(
            "BRIEF_TEST_DATABASE_URL is not set: a PostgreSQL with the extension pgvector is needed",
            file=sys.stderr,
        )
        return 1
    engine = sa.create_engine(f"postgresql+psycopg://{url.partition('://')[2]}")
    with engine.connect() as connection:
        connection.exec_driver_sql("CREATE EXTENSION IF NOT EXISTS vector")
        for count in given.passages:
            for line in figures(connection, count):
                print(line, flush=True)
        connection.rollback()
    return 0


if __name__ == "__main__":
    sys.exit(main())
