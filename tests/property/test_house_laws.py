"""The laws of a house, whatever is done to it and in whatever order."""

from __future__ import annotations

import itertools
import subprocess
import sys
from collections import Counter
from pathlib import Path

import _house_machine
import pytest
from _soak import SOAK, scaled
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test


def _report(machine: type[_house_machine.HouseMachine]) -> str:
    return ", ".join(f"{name} {machine.seen[name]}" for name in _house_machine.MUST_SEE)


@pytest.mark.timeout(3600 if SOAK else 300)
def test_laws_hold_in_memory(capsys):
    """Units, money, seats, spaces and pages stay right, previews leave no trace, the journal makes the rows."""

    class InMemory(_house_machine.HouseMachine):
        seen = Counter()

    run_state_machine_as_test(
        InMemory,
        settings=settings(
            max_examples=scaled(60),
            stateful_step_count=50,
            derandomize=True,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    with capsys.disabled():
        print(f"\nlaws in memory: {_report(InMemory)}")
    assert not [name for name in _house_machine.MUST_SEE if not InMemory.seen[name]]
