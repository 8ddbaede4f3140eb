"""The primary of a Patroni cluster is killed, frozen and cut off while clients book: ``make test-ha``.

Each test has a cluster of its own, of three nodes. Whatever the fault: no acknowledged booking is lost, no room is
booked twice, each request was done once, the money adds up, the journal folds to the rows, and in the end all three
nodes have the same rows. The control is the same fault under asynchronous replication, which loses acknowledged ones.
"""

from __future__ import annotations

import pytest

from _faults import freeze_node, kill_node, kill_server, kill_standby, lag_and_kill, run

pytestmark = pytest.mark.timeout(420)


@pytest.mark.parametrize("fault", [kill_node, kill_server, freeze_node, kill_standby, lag_and_kill])
def test_nothing_is_lost(fault):
    """With a synchronous standby nothing that was acknowledged is lost, and nothing is booked twice."""
    result = run(fault, synchronous=True)
    assert (result.lost, result.double, result.wrong) == (0, 0, ())


def test_asynchronous_replication_loses():
    """Control: the same clients and the same comparison see bookings that are lost where no standby is waited for."""
    result = run(lag_and_kill, synchronous=False)
    assert result.lost > 0
