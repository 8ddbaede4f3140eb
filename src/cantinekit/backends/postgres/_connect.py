"""From a backend URL to the parameters of libpq and the settings of a store."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

import attrs

from cantinekit.errors import UrlError
from cantinekit.plugins.sql import Limits
from cantinekit.urls import BackendUrl

_TEXTS = (
    "host",
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "target_session_attrs",
    "application_name",
)
_NUMBERS = {
    "connect_timeout": (10, 2, 600),
    "keepalives": (1, 0, 1),
    "keepalives_idle": (30, 1, 86_400),
    "keepalives_interval": (10, 1, 3600),
    "keepalives_count": (3, 1, 100),
    "tcp_user_timeout": (30_000, 0, 3_600_000),
}
"""libpq's options that are whole numbers: default, least, most. The default of libpq itself is to wait for hours."""
_PORTS = re.compile(r"\d{1,5}(,\d{1,5})*")
_SCHEMA = re.compile(r"[a-z_][a-z0-9_]{0,62}")
POOL = Limits(most=10, keep=1, idle=300.0, lifetime=3600.0)


@attrs.frozen
class Settings:
    """What a URL says. ``conninfo`` is what libpq takes, with the password; times are in seconds."""

    conninfo: Mapping[str, str] = attrs.field(repr=False)
    schema: str = "cantinekit"
    timeout: float = 30.0
    deadline: float | None = 60.0
    pool: Limits = POOL


def settings_of(url: BackendUrl) -> Settings:
    """Read the URL.

    Raises:
        UrlError: an unknown option, or a value that is none.
    """
    own = ("schema", "timeout", "deadline", "pool_max", "pool_min", "pool_idle", "pool_lifetime")
    url.check_options((*_TEXTS, *_NUMBERS, "port", *own))
    most, keep = int(_number(url, "pool_max", 10, 1, 10_000)), int(_number(url, "pool_min", 1, 0, 10_000))
    if keep > most:
        raise UrlError("pool_min of postgresql:// is more than pool_max")
    return Settings(
        conninfo=_conninfo(url),
        schema=check_schema(url.option("schema", "cantinekit") or ""),
        timeout=_number(url, "timeout", 30, 1, 3600),
        deadline=_number(url, "deadline", 60, 1, 86_400, off=True) or None,
        pool=Limits(
            most,
            keep,
            idle=_number(url, "pool_idle", 300, 1, 86_400, off=True) or None,
            lifetime=_number(url, "pool_lifetime", 3600, 1, 864_000, off=True) or None,
        ),
    )


def check_schema(name: str) -> str:
    """The name, if it can stand in SQL as it is and is not one of the server's own."""
    if name == "information_schema" or name.startswith("pg_"):
        raise UrlError(f"the schema {name[:63]} belongs to PostgreSQL itself: choose another for postgresql://")
    if not _SCHEMA.fullmatch(name):
        raise UrlError("the schema of postgresql:// is a name of at most 63 small letters, digits and underscores")
    return name


def _conninfo(url: BackendUrl) -> dict[str, str]:
    ports = ["" if port is None else str(port) for _, port in url.hosts]
    conninfo = {
        "host": url.host,
        "port": ",".join(ports) if any(ports) else "",
        "user": url.user,
        "password": url.password.reveal() if url.password else "",
        "dbname": url.path[1:],
        "application_name": "cantinekit",
    }
    for name, (default, least, most) in _NUMBERS.items():
        conninfo[name] = str(int(_number(url, name, default, least, most)))
    conninfo.update({name: value for name, value in url.options if name in _TEXTS})
    port = url.option("port")
    if port is not None:
        if not _PORTS.fullmatch(port):
            raise UrlError("the option port of postgresql:// is a number, or several with commas")
        conninfo["port"] = port
    return {name: value for name, value in conninfo.items() if value}


def _number(url: BackendUrl, name: str, default: float, least: float, most: float, *, off: bool = False) -> float:
    """The value of an option. ``off``: whether 0 stands for "not at all"."""
    try:
        value = float(url.option(name, str(default)) or "")
    except ValueError:
        value = math.nan
    whole = name in (*_NUMBERS, "pool_max", "pool_min")
    if not (least <= value <= most or (off and value == 0)) or (whole and value != int(value)):
        kind = "a whole number" if whole else "a number of seconds"
        raise UrlError(f"the option {name} of postgresql:// is {kind} from {least} to {most}{', or 0' if off else ''}")
    return value
