"""The bench of recurrence: it compares before it measures, and its peers find what we find."""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "bench"))

import recurrence as bench
from peers import recurring

FEW = ["--series", "12", "--rounds", "1"]


def test_it_prints_a_ratio_for_each_question(capsys, monkeypatch):
    """Each question has a time of ours and a ratio for each peer, with the goal where there is one; a peer that cannot
    be imported is named, and the others are measured."""

    class Absent(recurring.Peer):
        name, package = "no such thing", "no_such_package"

    monkeypatch.setattr(bench, "PEERS", (recurring.Dateutil, Absent))
    assert bench.main([*FEW, "--all"]) == 1
    capsys.readouterr()
    assert bench.main(FEW) == 0
    out = capsys.readouterr().out
    assert out.endswith("no such thing: not installed\n")
    lines = out.splitlines()
    assert sum(line.endswith(" ms") for line in lines) == 7
    assert sum(" x" in line for line in lines) == 7
    assert sum("goal" in line for line in lines) == 4


def test_other_occurrences_are_noticed(capsys, monkeypatch):
    """A peer that is a minute off is named, and no time is printed."""

    class Late(recurring.Dateutil):
        name = "late"

        def between(self, first, last):
            return [[one + timedelta(minutes=1) for one in of] for of in super().between(first, last)]

    monkeypatch.setattr(bench, "PEERS", (recurring.Dateutil, Late))
    assert bench.main(FEW) == 1
    printed = capsys.readouterr().out
    assert printed.startswith("late finds other occurrences")
    assert " x" not in printed


def test_rare_rules_are_rare():
    """Of the rules of the bench that seldom come about some have no date in the window, and some have one."""
    asked = recurring.rare(24)
    assert asked == recurring.rare(24)
    found = recurring.Dateutil(asked).between(asked[0].start, asked[0].start + timedelta(days=34 * 365))
    assert 0 < sum(not one for one in found) < len(asked)


def test_the_workload_is_the_same_each_time():
    """The same seed gives the same series, and each start is one that its rule has."""
    asked = recurring.workload(50)
    assert asked == recurring.workload(50)
    assert asked != recurring.workload(50, seed=2)
    assert {one.rule.partition(";")[0] for one in asked} == {"FREQ=WEEKLY", "FREQ=MONTHLY"}
    for one, starts in zip(asked, recurring.Dateutil(asked).between(asked[0].start, asked[0].start), strict=True):
        assert all(start == one.start for start in starts if start <= one.start)
