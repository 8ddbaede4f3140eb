"""PostgreSQL 15 or later, through psycopg 3, which is imported when a store is opened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cantinekit.errors import StorageError
from cantinekit.urls import BackendUrl

if TYPE_CHECKING:
    from cantinekit.backends.postgres._store import PostgresStorage

__all__ = ["PostgresStorage", "drop_schema", "open_postgres", "raise_journal"]


def open_postgres(url: BackendUrl) -> PostgresStorage:
    """Open ``postgresql://user:password@host:port/database``; what is left out comes from libpq's own defaults.

    The password may be a reference (``env%3ANAME``, ``file%3A/path``), and there may be several hosts:
    ``h1:5432,h2:5432``. The options, such as ``schema``, ``deadline`` and ``pool_max``, are those of the reference of
    URLs.

    Args:
        url: the parsed URL.

    Raises:
        UrlError: an unknown option, or a value of one that is none.
        StorageError: psycopg is not installed, or the server does not answer.
        SchemaError: the schema is newer than this library, or the database does not use UTF-8.
    """
    from cantinekit.backends.postgres._connect import settings_of

    store = _module("_store")
    wanted = settings_of(url)
    opened: PostgresStorage = store.PostgresStorage(
        wanted.conninfo, schema=wanted.schema, timeout=wanted.timeout, deadline=wanted.deadline, pool=wanted.pool
    )
    return opened


def drop_schema(url: BackendUrl) -> None:
    """Delete the schema that the URL names, with everything in it. Nothing happens if it does not exist.

    Args:
        url: the parsed URL.
    """
    from cantinekit.backends.postgres._connect import settings_of

    wanted = settings_of(url)
    _module("_schema").drop(wanted.conninfo, wanted.schema)


def raise_journal(url: BackendUrl) -> None:
    """Raise the numbers of the journal far above those that were given, after a file system was restored to an earlier
    state.

    The server does not know that a snapshot of its disks was restored, and would give numbers again that followers of
    the journal have seen. A restored dump, a recovered backup and a promoted standby are noticed without this.

    Args:
        url: the parsed URL.
    """
    from cantinekit.backends.postgres._connect import settings_of

    wanted = settings_of(url)
    _module("_schema").raise_journal(wanted.conninfo, wanted.schema)


def _module(name: str) -> Any:
    """An inner module that needs psycopg."""
    from importlib import import_module

    try:
        return import_module(f"cantinekit.backends.postgres.{name}")
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != "psycopg":
            raise
    raise StorageError("postgresql:// needs psycopg: pip install 'cantinekit[postgres]'")


def __getattr__(name: str) -> Any:
    if name == "PostgresStorage":
        return _module("_store").PostgresStorage
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
