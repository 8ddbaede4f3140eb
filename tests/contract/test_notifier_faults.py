"""The notifier contract against planted faults: each is caught by the promise about it, and each promise bites."""

from __future__ import annotations

from functools import partial
from importlib import metadata

import pytest

from cantinekit.testing import NotifierContract, NotifierStage, notifier_promises, run_notifier_contract
from support.faults.notifiers import CAUGHT, Good, Stage

PAIRS = [(broken, f"test_{promise}") for broken, promises in CAUGHT.items() for promise in promises]


def test_the_good_notifier_keeps_every_promise():
    """A notifier without a fault keeps all promises, and none is skipped."""
    reported = []
    results = run_notifier_contract(partial(Stage, Good), report=reported.append)
    assert [(one.name, one.problem, one.skipped) for one in results if not one.ok or one.skipped] == []
    assert [one.name for one in results] == [name for name, _ in notifier_promises()]
    assert tuple(reported) == results


@pytest.mark.parametrize(("broken", "promise"), PAIRS, ids=lambda one: getattr(one, "__name__", one))
def test_a_fault_is_caught(broken, promise):
    """A notifier with a planted fault breaks the promise that is about it."""
    (result,) = run_notifier_contract(partial(Stage, broken), only=[promise])
    assert not result.ok
    assert result.problem


def test_every_promise_can_be_broken():
    """Each promise is broken by one of the faults, and no fault is in the table that the module does not have."""
    assert {name for name, _ in notifier_promises()} - {promise for _, promise in PAIRS} == set()
    assert {promise for _, promise in PAIRS} <= {name for name, _ in notifier_promises()}
    assert len(CAUGHT) >= 25


def test_what_the_far_end_cannot_play_is_skipped():
    """Where the far end can play no fault, the promises that need one are skipped with the reason, and hold nothing."""

    class Quiet(Stage):
        faults = ()

    skipped = {one.name: one.skipped for one in run_notifier_contract(partial(Quiet, Good)) if one.skipped}
    assert skipped["test_a_hang_ends"] == "the far end cannot play hang"
    assert len(skipped) == 9


def test_what_has_to_be_overridden():
    """A contract without a stage, and a stage without a far end, say what to write."""
    (result,) = run_notifier_contract(NotifierStage, only=["test_a_message_arrives"])
    assert "notifier" in result.problem
    with pytest.raises(NotImplementedError, match="override open_stage"):
        NotifierContract().open_stage()
    with pytest.raises(NotImplementedError, match="override arrived"):
        NotifierStage().arrived()
    with pytest.raises(NotImplementedError, match="override play"):
        NotifierStage().play("outage")


pytest_plugins = ["pytester"]


def test_the_plug_in_of_pytest(pytester):
    """Who names the plug-in gets its fixtures, and a test that fails with the promises that are broken."""
    pytester.makeconftest('pytest_plugins = ["cantinekit.testing.plugin"]')
    pytester.makepyfile(
        """
        from cantinekit.plugins.ports import Message
        from cantinekit.testing import Arrived, NotifierStage

        class Stage(NotifierStage):
            def __init__(self, notifier):
                self.notifier = notifier

            def arrived(self):
                return [Arrived(one.to, one.subject, one.text, one.key) for one in self.notifier.received]

        def test_good(check_notifier):
            from cantinekit.backends.notices import RecordingNotifier
            check_notifier(lambda: Stage(RecordingNotifier()))

        def test_broken(check_notifier, recording_notifier):
            check_notifier(lambda: Stage(recording_notifier))
        """
    )
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*Messages that were sent once each arrive once each*"])


def test_no_plug_in_of_pytest_comes_by_itself():
    """The distribution has no entry point for pytest: who does not name the plug-in has none of its fixtures."""
    assert not metadata.distribution("cantinekit").entry_points.select(group="pytest11")
