"""PostgreSQL 15 or later, through psycopg 3, which is imported when a store is opened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cantinekit.errors import StorageError
from cantinekit.urls import BackendUrl

if TYPE_CHECKING:
    from cantinekit.backends.postgres._store import PostgresStorage

__all__ = ["PostgresStorage", "drop_schema", "open_postgres"]


def open_postgres(url: BackendUrl) -> PostgresStorage:
    """Open ``postgresql://user:password@host:port/database``; what is left out comes from libpq's own defaults.

    The password may be a reference (``env%3ANAME``, ``file%3A/path``). Options: ``schema`` (of the tables, made when it
    is missing; ``cantinekit``), ``timeout`` (seconds to connect and to wait for a lock; 30), and of libpq ``host``,
    ``port``, ``sslmode``, ``sslrootcert``, ``sslcert``, ``sslkey``, ``target_session_attrs``, ``application_name``.

    Raises:
        UrlError: an unknown option, or a value of one that is none.
        StorageError: psycopg is not installed, or the server does not answer.
        SchemaError: the schema is newer than this library, or the database does not use UTF-8.
    """
    from cantinekit.backends.postgres._connect import conninfo_of

    store = _module("_store")
    conninfo, schema, timeout = conninfo_of(url)
    opened: PostgresStorage = store.PostgresStorage(conninfo, schema=schema, timeout=timeout)
    return opened


def drop_schema(url: BackendUrl) -> None:
    """Delete the schema that the URL names, with everything in it. Nothing happens where there is none."""
    from cantinekit.backends.postgres._connect import conninfo_of

    conninfo, schema, timeout = conninfo_of(url)
    _module("_schema").drop(conninfo, schema, timeout)


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
