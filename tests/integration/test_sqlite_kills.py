"""Writers on one SQLite file that are killed at any moment: nothing acknowledged is lost, nothing is half there."""

from __future__ import annotations

import random
import time

import pytest

from support.run.soak import scaled
from support.stores.sqlite_writers import Found, first, killed, look, start

DELETE = {"driver": "sqlite3", "wal": False, "pause": 0.004}  # a pause lets the other writer in
WAYS = [DELETE, {"driver": "apsw", "wal": True, "pause": 0.001}]
ROUNDS = 6


def kill_writers(path, options, rounds, seed=1, writers="ab") -> Found:
    """Writers at once, killed after any while, round after round on one file; what was found at the end."""
    chance = random.Random(seed)
    acknowledged = {}
    for turn in range(rounds):
        processes = {f"{who}{turn}": start(path, f"{who}{turn}", options) for who in writers}
        read = {who: first(process) for who, process in processes.items()}
        time.sleep(chance.random() * 0.3)
        for who, process in processes.items():
            acknowledged[who] = killed(process, read[who])
        found = look(path, {who: acknowledged[who] for who in processes})
        if found.lost or found.odd:
            return found
    found = look(path, acknowledged)
    print(f"{rounds} rounds, {len(writers) * rounds} kills: {sum(acknowledged.values())} acknowledged, {found}")
    return found


@pytest.mark.parametrize("options", WAYS, ids=["delete", "wal"])
def test_killed_writers(tmp_path, options):
    """What apply has returned for is there after the process was killed, each change whole or not at all."""
    found = kill_writers(tmp_path / "cantine.db", options, scaled(ROUNDS))
    assert (found.lost, found.odd) == (0, ())
    assert found.stored > 2 * scaled(ROUNDS)


@pytest.mark.parametrize("options", WAYS, ids=["delete", "wal"])
def test_an_acknowledgement_that_comes_too_early_is_found(tmp_path, options):
    """The control: where a change is acknowledged before apply has returned, the kills find one that is lost."""
    for seed in range(20):
        found = kill_writers(tmp_path / f"{seed}.db", {**options, "early": True}, 2, seed)
        if found.lost:
            break
    assert found.lost


def test_half_a_change_is_found(tmp_path):
    """The control: without the transaction the kills find a change of which only a part is there.

    One writer at a time: two without transactions give one number of the journal twice, and end by themselves.
    """
    for seed in range(20):
        found = kill_writers(tmp_path / f"{seed}.db", {**DELETE, "no_transaction": True}, 2, seed, writers="a")
        if found.odd:
            break
    assert found.odd
