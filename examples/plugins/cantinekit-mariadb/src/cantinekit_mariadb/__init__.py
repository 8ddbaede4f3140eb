"""A store for cantinekit on MariaDB, behind ``mariadb://`` URLs.

This module only registers it: the driver is imported when a URL opens a store.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from cantinekit import hookimpl
from cantinekit.errors import UrlError
from cantinekit.plugins.hookspecs import StorageBackend
from cantinekit.urls import BackendUrl

if TYPE_CHECKING:
    from cantinekit.plugins.sql import SqlStore

_DATABASE = re.compile(r"[a-z_][a-z0-9_]{0,62}")


def open_mariadb(url: BackendUrl) -> SqlStore:
    """Open ``mariadb://user:password@host:port/database``; the database is made when it is not there.

    ``pool``: the most connections at once, 1 to 1000 (10). ``deadline``: how many seconds the server may take for an
    answer, 1 to 3600 (60). ``socket``: in place of host and port, the socket of the server.

    Raises:
        UrlError: no database, several hosts, an unknown option, or a value that is none.
        StorageError: the server cannot be reached, or does not keep what it commits.
        SchemaError: the tables are newer than this package, or belong to something else.
    """
    from cantinekit.plugins.sql import Limits, SqlStore
    from cantinekit_mariadb.database import MariaDb

    url.check_options(["pool", "deadline", "socket"])
    socket = url.option("socket")
    if len(url.hosts) > 1 or bool(url.host) == bool(socket) or not _DATABASE.fullmatch(url.path[1:]):
        raise UrlError("write mariadb://user:password@host:port/database, with small letters, digits and underscores")
    target: dict[str, str | int] = {"unix_socket": socket} if socket else {"host": url.host, "port": url.port or 3306}
    target |= {"user": url.user, "password": url.password.reveal() if url.password else ""}
    deadline = _number(url, "deadline", 60, 3600)
    limits = Limits(most=_number(url, "pool", 10, 1000), keep=1, idle=300.0, lifetime=3600.0)
    return SqlStore(MariaDb(target, url.path[1:], deadline), pool=limits, deadline=deadline)


def _number(url: BackendUrl, name: str, default: int, most: int) -> int:
    text = url.option(name, str(default)) or ""
    if not re.fullmatch("[0-9]{1,9}", text) or not 1 <= int(text) <= most:
        raise UrlError(f"the option {name} of mariadb:// is a whole number from 1 to {most}")
    return int(text)


@hookimpl
def cantinekit_storage_backends() -> Iterable[StorageBackend]:
    """The store of this package."""
    return [StorageBackend("mariadb", open=open_mariadb, summary="MariaDB 10.6 or later")]
