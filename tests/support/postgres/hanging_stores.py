"""What the tests of a PostgreSQL that hangs, dies or is full share: stores on a cluster, and calls that end in time."""

from __future__ import annotations

import time
from contextlib import contextmanager

import pytest

from cantinekit.backends.postgres import open_postgres
from cantinekit.errors import BackendError
from cantinekit.urls import BackendUrl

DEADLINE = 2.0
"""Seconds: enough for a connection and a change on a machine that has much else to do."""
MARGIN = 15.0
"""What a call may take beyond its deadline, in seconds, on a busy machine. What hangs, hangs longer."""
LONG_SINCE = 2 * DEADLINE
"""Seconds after which a call with that deadline would have ended."""


@contextmanager
def opened(cluster, options=f"deadline={DEADLINE}&pool_max=4", **place):
    storage = open_postgres(BackendUrl.parse(cluster.url(f"schema=s{time.monotonic_ns()}&{options}", **place)))
    try:
        yield storage
    finally:
        storage.close()


def backends(cluster):
    """The processes of the server that serve the stores."""
    with cluster.connect() as db:
        rows = db.execute("SELECT pid FROM pg_stat_activity WHERE application_name = 'cantinekit'").fetchall()
    return [pid for (pid,) in rows]


def ends_in_time(call, seconds=DEADLINE):
    """The call is refused in a retryable way by its deadline."""
    begun = time.monotonic()
    with pytest.raises(BackendError) as refusal:
        call()
    took = time.monotonic() - begun
    assert refusal.value.retryable
    assert took < seconds + MARGIN
    return took, refusal.value
