"""A PostgreSQL for tests: the one of BRIEF_TEST_DATABASE_URL, or one started from the system's binaries."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from glob import glob
from pathlib import Path

import sqlalchemy as sa

WHY_NOT = "no PostgreSQL: set BRIEF_TEST_DATABASE_URL, or install its server (initdb, pg_ctl)"


def binaries() -> Path | None:
    """The folder of initdb and pg_ctl; none if there is none."""
    found = shutil.which("initdb")
    folders = [str(Path(found).resolve().parent)] if found else []
    folders += sorted(glob("/usr/lib/postgresql/*/bin"), reverse=True)
    return next((Path(f) for f in folders if Path(f, "pg_ctl").exists()), None)


def is_there() -> bool:
    """Whether tests can have a PostgreSQL."""
    return bool(os.environ.get("BRIEF_TEST_DATABASE_URL") or binaries())


@contextmanager
def server() -> Iterator[str]:
    """The address of a server, without a database's name; the one that was started here is stopped at the end."""
    given = os.environ.get("BRIEF_TEST_DATABASE_URL")
    if given:
        yield given
        return
    folder = binaries()
    assert folder is not None, WHY_NOT
    # The server refuses to run as root, so it gets a user of its own there.
    user = "postgres" if os.geteuid() == 0 else None
    home = Path(tempfile.mkdtemp(prefix="brief-pg-"))
    if user:
        shutil.chown(home, user)
    data, log = str(home / "data"), str(home / "log")
    options = f"-k {home} -c listen_addresses= -c fsync=off -c max_connections=200"
    try:
        _run(
            user, home, folder / "initdb", "-D", data, "-U", "brief", "-A", "trust", "-E", "UTF8", "--no-sync"
        )
        _run(user, home, folder / "pg_ctl", "-D", data, "-l", log, "-w", "-o", options, "start")
        yield f"postgresql+psycopg://brief@/postgres?host={home}"
    finally:
        with suppress(subprocess.SubprocessError):
            _run(user, home, folder / "pg_ctl", "-D", data, "-m", "immediate", "stop")
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def database(of_server: str, name: str) -> Iterator[str]:
    """The address of a new, empty database; dropped at the end."""
    engine = sa.create_engine(of_server, isolation_level="AUTOCOMMIT")
    url = engine.url.set(database=name).render_as_string(hide_password=False)
    with engine.connect() as connection:
        connection.execute(sa.text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
        connection.execute(sa.text(f'CREATE DATABASE "{name}"'))
    try:
        yield url
    finally:
        with engine.connect() as connection:
            connection.execute(sa.text(f'DROP DATABASE "{name}" WITH (FORCE)'))
        engine.dispose()


def _run(user: str | None, home: Path, *command: object) -> None:
    subprocess.run(
        [str(word) for word in command],
        check=True,
        capture_output=True,
        user=user,
        cwd=home,
        timeout=60,
        env={**os.environ, "LC_ALL": "C"},
    )
