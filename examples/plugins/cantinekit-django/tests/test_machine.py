"""Random changes and reads, each on the store and on the one in memory, with the same outcome."""

from __future__ import annotations

from hypothesis import HealthCheck, Phase, settings

from cantinekit.testing import StorageMachine
from cantinekit_django.store import DjangoStorage

STEPS = settings(
    max_examples=25,
    stateful_step_count=25,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.generate,),
    report_multiple_bugs=False,
)
MET = {"created", "updated", "removed", "guarded", "stale", "found", "paged", "recorded"}


def test_it_does_what_memory_does(fresh, database):
    """The store and the one in memory answer alike, change by change, and the steps met every case."""

    class Machine(StorageMachine):
        def open_storage(self):
            return DjangoStorage(fresh(database))

    Machine.TestCase.settings = STEPS
    Machine.TestCase("runTest").runTest()
    assert {name for name in MET if not Machine.seen[name]} == set(), Machine.seen
