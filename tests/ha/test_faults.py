"""The primary of a Patroni cluster is killed, frozen and cut off while clients book: ``make test-ha``.

Each test has a cluster of its own, of three nodes. Whatever the fault: no acknowledged booking is lost, no room is
booked twice, each request was done once, the money adds up, documents are numbered without a gap and as they were
told, the journal folds to the rows, and in the end all three nodes have the same rows. The control is the same fault
under asynchronous replication, which loses acknowledged ones.
"""

from __future__ import annotations

import pytest

from support.high_availability.cluster_faults import (
    freeze_node,
    kill_node,
    kill_server,
    kill_standby,
    lag_and_kill,
    run,
)

pytestmark = pytest.mark.timeout(420)


@pytest.mark.parametrize("fault", [kill_node, kill_server, freeze_node, kill_standby, lag_and_kill])
def test_nothing_is_lost(fault):
    """With a synchronous standby nothing acknowledged is lost, nothing is booked twice and no number is left out."""
    result = run(fault, synchronous=True)
    assert (result.lost, result.double, result.gaps, result.wrong) == (0, 0, 0, ())
    assert result.documents == result.stored > result.acked


def test_asynchronous_replication_loses():
    """Control: the same clients and comparison see bookings and documents lost where no standby is waited for."""
    result = run(lag_and_kill, synchronous=False)
    assert result.lost > 0
    assert any(found.startswith(("documents_kept: ", "documents_as_told: ")) for found in result.wrong)
