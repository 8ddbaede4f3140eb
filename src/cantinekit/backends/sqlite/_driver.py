"""The two ways to SQLite: ``sqlite3`` of the standard library, and ``apsw``, which brings a newer SQLite with it.

Both give connections that are used in the same way, each statement on its own unless a transaction was begun.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, Protocol, cast

import attrs

from cantinekit.errors import InputError
from cantinekit.errors.shown import shown

Mode = Literal["ro", "rw", "rwc"]


class Cursor(Protocol):
    """The rows of one statement."""

    def fetchone(self) -> Any: ...

    def fetchall(self) -> list[Any]: ...

    def __iter__(self) -> Iterator[Any]: ...


class SqliteConnection(Protocol):
    """A connection."""

    def execute(self, statement: str, values: Any = ..., /) -> Cursor: ...

    def executemany(self, statement: str, values: Iterable[Any], /) -> object: ...

    def close(self) -> None: ...


@attrs.frozen
class Driver:
    """One of the two. ``open`` takes a ``file:`` URI and seconds to wait; ``copy`` a source and a new database."""

    name: str
    version: tuple[int, int, int]
    error: type[Exception]
    names: Mapping[int, str]
    open: Callable[[str, float], SqliteConnection]
    copy: Callable[[Any, Any], None]

    def connect(self, path: Path, timeout: float, mode: Mode = "rwc") -> SqliteConnection:
        """A connection to a file; ``rwc`` makes it if it is not there."""
        return self.open(f"{path.absolute().as_uri()}?mode={mode}", timeout)

    def result(self, error: Exception) -> tuple[int, str]:
        """SQLite's primary result code and the name of the extended one; 0 and the error's class where it has none."""
        code = getattr(error, "sqlite_errorcode", None) or getattr(error, "extendedresult", None) or 0
        name = getattr(error, "sqlite_errorname", None) or (self.names.get(code) if code else None)
        return code & 0xFF, name or type(error).__name__


def driver_of(name: str) -> Driver:
    """The driver of this name: ``sqlite3``, or ``apsw`` (the extra of that name).

    Raises:
        InputError: another name.
        ImportError: apsw is not installed.
    """
    if name == "sqlite3":
        return Driver("sqlite3", sqlite3.sqlite_version_info, sqlite3.Error, {}, _open, _copy)
    if name == "apsw":
        return _apsw()
    raise InputError(f"there is no driver {shown(name)} for SQLite: write sqlite3 or apsw")


def _open(uri: str, timeout: float) -> SqliteConnection:
    return sqlite3.connect(uri, uri=True, timeout=timeout, isolation_level=None, check_same_thread=False)


def _copy(source: sqlite3.Connection, target: sqlite3.Connection) -> None:
    source.backup(target)


def _apsw() -> Driver:
    import apsw

    flags = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE | apsw.SQLITE_OPEN_URI  # the URI narrows them

    def open_(uri: str, timeout: float) -> SqliteConnection:
        db = apsw.Connection(uri, flags=flags)
        db.set_busy_timeout(int(timeout * 1000))
        return cast(SqliteConnection, db)

    def copy(source: apsw.Connection, target: apsw.Connection) -> None:
        with target.backup("main", source, "main") as work:
            while not work.done:
                work.step(-1)

    names = {
        code: name
        for codes in (apsw.mapping_result_codes, apsw.mapping_extended_result_codes)
        for code, name in codes.items()
        if isinstance(code, int) and isinstance(name, str)
    }
    major, minor, patch = map(int, apsw.sqlite_lib_version().split("."))
    return Driver("apsw", (major, minor, patch), apsw.Error, names, open_, copy)
