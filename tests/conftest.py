"""Fixtures for all tests: a fresh schema on a real PostgreSQL, which is started when the first test asks for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from support.postgres import postgres_server
from support.processes import installed
from support.run import garbage, shared_material, soak

if TYPE_CHECKING:
    from cantinekit.plugins.ports import Storage

EXAMPLES = Path(__file__).parents[1] / "examples" / "plugins"
shared = shared_material.shared
pytest_report_header = soak.pytest_report_header
pytest_collection_finish = garbage.pytest_collection_finish
garbage.wait()


@pytest.fixture(scope="session")
def pg_server() -> Iterator[str]:
    """The DSN of a PostgreSQL server, one for each worker; stopped at the end of the session."""
    yield postgres_server.server_dsn()
    for stop in postgres_server.stopping:
        stop()
    postgres_server.stopping.clear()


@pytest.fixture
def pg_fresh_url(pg_server: str) -> Iterator[Callable[[], str]]:
    """Gives at each call a postgresql:// URL with a schema of its own; all are dropped afterwards."""
    urls: list[str] = []

    def fresh_url() -> str:
        urls.append(postgres_server.fresh_url())
        return urls[-1]

    yield fresh_url
    for url in urls:
        postgres_server.drop(url)


@pytest.fixture
def pg_url(pg_fresh_url: Callable[[], str]) -> str:
    """A postgresql:// URL with a schema of its own, dropped afterwards."""
    return pg_fresh_url()


@pytest.fixture
def pg_storage(pg_url: str) -> Iterator[Storage]:
    """A PostgreSQL store in a schema of its own."""
    from cantinekit.backends.postgres import open_postgres
    from cantinekit.urls import BackendUrl

    storage = open_postgres(BackendUrl.parse(pg_url))
    yield storage
    storage.close()


@pytest.fixture
def pg_admin(pg_server: str) -> Iterator[Any]:
    """A plain psycopg connection, for a look behind the scenes."""
    with postgres_server.connect() as db:
        yield db


@pytest.fixture(scope="session")
def django_wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The plug-in for Django, built as a wheel."""
    folder = tmp_path_factory.mktemp("django-wheel")
    return installed.build_wheel(EXAMPLES / "cantinekit-django", folder)


@pytest.fixture(scope="session")
def django_environment(django_wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh virtual environment in which that wheel is installed."""
    environment = installed.fresh_environment(tmp_path_factory.mktemp("django") / "fresh")
    installed.pip(environment, "--no-deps", django_wheel, cwd=django_wheel.parent)
    return environment


@pytest.fixture(scope="session")
def example_wheels(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The smaller plug-ins of the examples, built as wheels, by the name of the distribution."""
    folder = tmp_path_factory.mktemp("example-wheels")
    projects = [path for path in sorted(EXAMPLES.iterdir()) if path.name != "cantinekit-django"]
    return {project.name: installed.build_wheel(project, folder) for project in projects}


@pytest.fixture(scope="session")
def example_environment(example_wheels: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh virtual environment in which those wheels are installed."""
    environment = installed.fresh_environment(tmp_path_factory.mktemp("examples") / "fresh")
    installed.pip(environment, "--no-deps", *example_wheels.values(), cwd=environment)
    return environment
