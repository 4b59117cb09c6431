"""A copy of a PostgreSQL database, and the way back, by PostgreSQL's own pg_dump and pg_restore (12 or later).

Source: https://www.postgresql.org/docs/current/app-pgrestore.html
"""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from pipeline.errors import StoreError
from pipeline.store import open_engine
from pipeline.store.engines import say_what_fails

SECONDS = 3600
"""For one call of the two programs."""
OURS = "alembic_version"
"""A table that every database of this program has."""


def dump(url: str, target: Path) -> None:
    """Writes the database as it is at one instant to this file, also while it is written to."""
    _run(url, "pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={target}")


def check_dump(source: Path) -> None:
    """StoreError unless this is a whole dump of a database of this program."""
    if not source.is_file():
        raise StoreError(f"{source}: there is no such file")
    _run(None, "pg_restore", f"--file={os.devnull}", str(source))  # reads all of it
    if f" {OURS} " not in _run(None, "pg_restore", "--list", str(source)):
        raise StoreError(f"{source}: this is no backup of this program")


def load(url: str, source: Path) -> None:
    """Puts what was dumped in the place of all tables of the database."""
    with _connected(url) as connection:
        tables = sa.MetaData()
        tables.reflect(connection)
        tables.drop_all(connection)
    _run(url, "pg_restore", "--no-owner", "--no-privileges", "--single-transaction", str(source))


def has_tables(url: str) -> bool:
    """Whether there is anything in the database."""
    with _connected(url) as connection:
        return bool(sa.inspect(connection).get_table_names())


def is_in_use(url: str) -> bool:
    """Whether another process is connected to the database."""
    others = sa.text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
        "AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
    )
    with _connected(url) as connection:
        return bool(connection.scalar(others))


@contextmanager
def _connected(url: str) -> Iterator[sa.Connection]:
    engine = open_engine(url)
    say_what_fails(engine, "DATABASE_URL")
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


def _run(url: str | None, program: str, *arguments: str) -> str:
    """What the program prints; StoreError with its last line if it fails. The password is not among its arguments."""
    environment, words = dict(os.environ), list(arguments)
    if url is not None:
        address = sa.make_url(url).set(drivername="postgresql")
        if address.password:
            environment["PGPASSWORD"] = str(address.password)
        words = [f"--dbname={address.set(password=None).render_as_string()}", *words]
    try:
        done = subprocess.run(  # noqa: S603 - no shell, and no word of it from outside
            [program, *words], env=environment, capture_output=True, text=True, timeout=SECONDS, check=False
        )
    except FileNotFoundError:
        raise StoreError(
            f"{program} is not installed here; it comes with PostgreSQL's client programs (Debian: postgresql-client)"
        ) from None
    except subprocess.TimeoutExpired:
        raise StoreError(f"{program} took longer than an hour and was ended") from None
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["failed"])[-1]
        raise StoreError(f"{program}: {last.removeprefix(f'{program}: ')}")
    return done.stdout
