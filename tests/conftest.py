"""For all tests: property tests draw the same examples every time, and there may be a PostgreSQL."""

import itertools
import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests import postgres

COUNTER = itertools.count()

settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    if not postgres.is_there():
        pytest.skip(postgres.WHY_NOT)
    with postgres.server() as url:
        yield url


@pytest.fixture
def postgres_database(postgres_server: str) -> Iterator[str]:
    """The address of an empty database on PostgreSQL."""
    with postgres.database(postgres_server, f"brief_test_{os.getpid()}_{next(COUNTER)}") as url:
        yield url
