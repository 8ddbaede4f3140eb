"""Processes that open an empty database at once, and one that is killed in the middle of a migration."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from contextlib import suppress
from threading import Timer

import pytest

from cantinekit.backends.postgres import _schema, open_postgres
from cantinekit.errors import SchemaError
from cantinekit.plugins.ports import Key
from cantinekit.plugins.sql.migrations import Migration, read_migrations
from cantinekit.urls import BackendUrl
from support.postgres.cluster import eventually
from support.postgres.postgres_stores import SOURCE, opened, put, schema_of, together

STEPS = read_migrations("cantinekit.backends.postgres")
NUMBERS = [step.version for step in STEPS]
NEXT = NUMBERS[-1] + 1
SECOND = Migration.of(NEXT, "CREATE TABLE extra (x integer);\nSELECT pg_sleep(0);\n")
PROCESSES = 4
OPEN = """
    import os, sys
    from cantinekit.backends.postgres import _schema, open_postgres
    from cantinekit.plugins.ports import Change, Row
    from cantinekit.urls import BackendUrl
    sys.stdin.read(1)
    storage = open_postgres(BackendUrl.parse(os.environ["STORE"]))
    storage.apply(Change(rows=(Row("k", str(os.getpid()), 1, "{}"),)))
    storage.close()
"""
MIGRATE = """
    import os
    from cantinekit.plugins.sql.migrations import Migration, read_migrations
    from cantinekit.backends.postgres import PostgresStorage
    from cantinekit.backends.postgres._connect import settings_of
    from cantinekit.urls import BackendUrl
    wanted = settings_of(BackendUrl.parse(os.environ["STORE"]))
    steps = read_migrations("cantinekit.backends.postgres")
    slow = Migration.of(steps[-1].version + 1, "CREATE TABLE extra (x integer);\\nSELECT pg_sleep(60);\\n")
    PostgresStorage(wanted.conninfo, schema=wanted.schema, migrations=[*steps, slow])
"""


def process(script, url):
    command = [sys.executable, "-c", textwrap.dedent(script)]
    environment = {**os.environ, "PYTHONPATH": SOURCE, "STORE": url}
    return subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.fixture
def migrating(pg_url, pg_admin):
    """A process that is in the middle of the second migration, and the server's process that works for it."""
    open_postgres(BackendUrl.parse(pg_url)).close()
    child = process(MIGRATE, pg_url)
    asleep = (
        "SELECT pid FROM pg_stat_activity WHERE application_name = 'cantinekit' AND wait_event = 'PgSleep' "
        "AND query LIKE '%%CREATE TABLE extra%%'"
    )
    ((pid,),) = eventually(lambda: pg_admin.execute(asleep).fetchall())
    yield child, pid
    child.kill()
    child.communicate()
    with suppress(Exception):
        pg_admin.execute("SELECT pg_terminate_backend(%s)", (pid,))


def versions(pg_admin, url):
    rows = pg_admin.execute(f"SELECT version FROM {schema_of(url)}.schema_version ORDER BY version").fetchall()
    return [version for (version,) in rows]


def test_processes_that_open_an_empty_database_at_once(pg_url, pg_admin):
    """Of several processes that open an empty database at the same moment all succeed, and it is migrated once."""
    children = [process(OPEN, pg_url) for _ in range(PROCESSES)]
    for child in children:
        child.stdin.write("x")
        child.stdin.flush()
    assert [(child.communicate(timeout=300)[1], child.returncode) for child in children] == [("", 0)] * PROCESSES
    assert versions(pg_admin, pg_url) == NUMBERS
    ((rows,),) = pg_admin.execute(f"SELECT count(*) FROM {schema_of(pg_url)}.record").fetchall()
    assert rows == PROCESSES


def test_without_the_lock_they_get_in_each_others_way(pg_fresh_url, monkeypatch):
    """Control: without the advisory lock some of those that open an empty database at once fail."""
    monkeypatch.setattr(_schema, "_lock", lambda db, schema: None)
    for _ in range(20):
        url, stores = pg_fresh_url(), []
        outcomes = together(*[lambda url=url, stores=stores: stores.append(opened(url))] * 6)
        for store in stores:
            store.close()
        if any(outcomes):
            return
    pytest.fail("nobody failed")


def test_a_process_killed_in_a_migration_leaves_nothing(pg_url, pg_admin, migrating):
    """A process that is killed in the middle of a migration leaves nothing of it: the old library opens the schema, and
    a new one migrates it."""
    child, pid = migrating
    child.send_signal(signal.SIGKILL)
    child.wait(20)
    pg_admin.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))  # the server would notice when it wakes up
    assert versions(pg_admin, pg_url) == NUMBERS
    assert pg_admin.execute("SELECT to_regclass(%s)", (f"{schema_of(pg_url)}.extra",)).fetchone() == (None,)
    storage = open_postgres(BackendUrl.parse(pg_url))
    storage.apply(put("a"))
    storage.close()
    upgraded = opened(pg_url, migrations=[*STEPS, SECOND])
    assert versions(pg_admin, pg_url) == [*NUMBERS, NEXT]
    assert upgraded.load([Key("k", "a")])[0].version == 1
    upgraded.close()
    with pytest.raises(SchemaError, match="upgrade cantinekit"):
        open_postgres(BackendUrl.parse(pg_url))


def test_a_second_process_waits_for_the_migration(pg_url, pg_admin, migrating):
    """Whoever has a migration to make waits while another process makes one, also beyond the deadline of its calls,
    and then finds what is left to do."""
    _, pid = migrating
    timer = Timer(1.5, lambda: pg_admin.execute("SELECT pg_terminate_backend(%s)", (pid,)))
    timer.start()
    storage = opened(pg_url, deadline=1.0, migrations=[*STEPS, SECOND])
    timer.join()
    assert timer.finished.is_set()
    assert versions(pg_admin, pg_url) == [*NUMBERS, NEXT]
    storage.close()
