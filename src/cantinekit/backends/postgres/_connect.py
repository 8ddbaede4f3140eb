"""From a backend URL to what libpq takes."""

from __future__ import annotations

import re

from cantinekit.errors import UrlError
from cantinekit.urls import BackendUrl

_LIBPQ = (
    "host",
    "port",
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "target_session_attrs",
    "application_name",
)
_SCHEMA = re.compile(r"(?!pg_)[a-z_][a-z0-9_]{0,62}")


def conninfo_of(url: BackendUrl) -> tuple[dict[str, str], str, float]:
    """The parameters for libpq (with the password), the schema, and the timeout in seconds.

    Raises:
        UrlError: an unknown option, or a value that is none.
    """
    url.check_options((*_LIBPQ, "schema", "timeout"))
    schema = check_schema(url.option("schema", "cantinekit") or "")
    try:
        timeout = float(url.option("timeout", "30") or "")
    except ValueError:
        timeout = -1.0
    if not 1 <= timeout <= 3600:
        raise UrlError("the option timeout of postgresql:// is a number of seconds from 1 to 3600")
    conninfo = {
        "host": url.host,
        "port": str(url.port or ""),
        "user": url.user,
        "password": url.password.reveal() if url.password else "",
        "dbname": url.path[1:],
        "application_name": "cantinekit",
    }
    conninfo.update({name: value for name, value in url.options if name in _LIBPQ})
    return {name: value for name, value in conninfo.items() if value}, schema, timeout


def check_schema(name: str) -> str:
    """The name, if it can stand in SQL as it is: not quoted, not reserved for the server."""
    if not _SCHEMA.fullmatch(name):
        raise UrlError("the schema of postgresql:// is a name of at most 63 small letters, digits and underscores")
    return name
