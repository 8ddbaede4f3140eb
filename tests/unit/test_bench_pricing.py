"""The kernel with trace of the pricing benchmark: what is timed there has done the work."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "bench"))

import pricing as bench
from peers.hand_int import quote as by_hand
from peers.workload import fold, usages

from cantinekit.pricing import Tariff
from cantinekit.pricing.compiled import _adjusting

CALLS, _ = fold(usages(200), by_hand)


def test_the_trace_says_what_the_reasons_say() -> None:
    """Each rule that acted stands in the trace with what it brought, and no other rule does."""
    assert bench.untold(Tariff.load(bench.FILE), CALLS) == 0


def test_another_trace_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """With another amount behind each rule in the trace, most rows differ (control)."""
    tariff = Tariff.load(bench.FILE)
    for call in CALLS:
        tariff.quote(*bench.order_of(call)).explanation()
        assert tariff.quote(*bench.order_of(call)).trace
    shown = _adjusting.ExactAmount.shown
    monkeypatch.setattr(_adjusting.ExactAmount, "shown", lambda self: shown(self) + 1)
    assert bench.untold(tariff, CALLS) > len(CALLS) // 2
