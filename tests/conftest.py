"""Fixtures for all tests: a fresh schema on a real PostgreSQL, which is started when the first test asks for it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import _postgres


@pytest.fixture(scope="session")
def pg_server() -> Iterator[str]:
    """The DSN of a PostgreSQL server, one for each worker; stopped at the end of the session."""
    yield _postgres.server_dsn()
    for stop in _postgres.stopping:
        stop()
    _postgres.stopping.clear()


@pytest.fixture
def pg_url(pg_server: str) -> Iterator[str]:
    """A postgresql:// URL with a schema of its own, dropped afterwards."""
    url = _postgres.fresh_url()
    yield url
    _postgres.drop(url)
