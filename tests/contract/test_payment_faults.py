"""The payment contract against planted faults: each is caught by the promise about it, and each promise bites."""

from __future__ import annotations

from functools import cache

import pytest

from cantinekit.testing import payment_promises, run_payment_contract
from support.faults import gateway_webhooks  # enters its faults into the table
from support.faults.gateways import BREAKS, Broken, BrokenStage

FAULTS = {fault.__name__: fault for fault in BREAKS}
PAIRS = [(name, f"test_{promise}") for name, fault in FAULTS.items() for promise in BREAKS[fault]]


WIDE = {"TakesLess"}
"""Faults that nearly every promise meets."""


@cache
def results_of(fault):
    return run_payment_contract(lambda: BrokenStage(fault()), deadline=20)


def test_the_good_gateway_keeps_every_promise():
    """The gateway from which the faults are made keeps all promises, and none is skipped."""
    for good in (Broken, gateway_webhooks.Reads):
        results = results_of(good)
        assert [(r.name, r.problem, r.skipped) for r in results if not r.ok or r.skipped] == []
        assert len(results) == len(payment_promises())


@pytest.mark.parametrize(("name", "promise"), PAIRS)
def test_a_fault_is_caught(name, promise):
    """A gateway with a planted fault breaks the promise that is about it."""
    (result,) = [result for result in results_of(FAULTS[name]) if result.name == promise]
    assert not result.ok, result
    assert not result.skipped


def test_every_promise_can_be_broken():
    """Each promise is broken by a planted fault."""
    assert len(FAULTS) >= 50
    assert {name for name, _ in payment_promises()} - {promise for _, promise in PAIRS} == set()


@pytest.mark.parametrize("name", sorted(FAULTS.keys() - WIDE))
def test_a_broken_promise_says_what_is_wrong(name):
    """A fault breaks few promises: whoever reads which are broken knows where to look."""
    broken = [result.name for result in results_of(FAULTS[name]) if not result.ok]
    assert 1 <= len(broken) <= 12, broken
