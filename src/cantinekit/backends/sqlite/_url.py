"""What a ``sqlite://`` URL says."""

from __future__ import annotations

from pathlib import Path

import attrs

from cantinekit.errors import UrlError
from cantinekit.urls import BackendUrl

_DRIVERS = ("sqlite3", "apsw")


@attrs.frozen
class SqliteUrl:
    """What a ``sqlite://`` URL says.

    Attributes:
        path: the file.
        timeout: how long to wait for other writers, in seconds, from 0 to 3600.
        driver: ``sqlite3`` or ``apsw``.
    """

    path: Path
    timeout: float
    driver: str


def read_sqlite_url(url: BackendUrl) -> SqliteUrl:
    """Read ``sqlite:///relative.db`` or ``sqlite:////absolute/path.db``, with the options ``timeout`` and ``driver``.

    Args:
        url: the parsed URL.

    Raises:
        UrlError: a host where the path should be, no path, an unknown option or a value that is none.
    """
    url.check_options(("driver", "timeout"))
    path = url.path[1:]
    if url.host or url.port or not path:
        raise UrlError("write sqlite:///relative.db or sqlite:////absolute/path.db")
    if path.startswith(":memory:"):
        raise UrlError("for a store in memory use memory://")
    try:
        timeout = float(url.option("timeout", "30") or "")
    except ValueError:
        timeout = -1.0
    if not 0 <= timeout <= 3600:
        raise UrlError("the option timeout of sqlite:// is a number of seconds from 0 to 3600")
    driver = url.option("driver", "sqlite3") or ""
    if driver not in _DRIVERS:
        raise UrlError("the option driver of sqlite:// is sqlite3 or apsw")
    return SqliteUrl(Path(path), timeout, driver)
