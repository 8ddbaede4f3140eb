"""The bench of availability: its peers know nothing of the library, and all sides give the same answers."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "bench"))

import availability as bench

from cantinekit.scheduling.availability import BusyIndex


class Quiet(bench.Race):
    """A race that keeps its ratios, and prints nothing."""

    def add(self, name, ratio, bare):
        self.ratios[name] = ratio


@pytest.fixture(scope="module")
def race():
    every = bench.bookings(12)
    index, race = BusyIndex.from_rows(bench.rows(every)), Quiet(1)
    bench.ask_index(race, every, index, 6)
    bench.ask_everything(race, every, index, 6)
    bench.change_index(race, every, index, 1)
    pytest.importorskip("intervaltree")
    bench.weigh(race, every)
    return race


def test_all_sides_agree(race):
    """Bare loops, interval trees, the index, its columns and whole questions give the same answers."""
    assert race.wrong == []


def test_every_goal_is_measured(race):
    """Each goal has a ratio, and each ratio a goal."""
    assert race.ratios.keys() == bench.GOALS.keys()


def test_a_wrong_answer_is_seen():
    """Control: a side that answers otherwise is reported."""
    race = Quiet(1)
    race.run("which are free", lambda: 1, lambda: 2, [((), ())], lambda theirs, mine: theirs == mine)
    assert race.wrong == ["which are free: 1 of 1 answers differ"]


@pytest.mark.parametrize("name", ["busy_arrays.py", "busy_trees.py"])
def test_peers_know_nothing_of_the_library(name):
    """A peer imports nothing of cantinekit."""
    tree = ast.parse((Path(bench.__file__).parent / "peers" / name).read_text())
    modules = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert not [module for module in modules if module.startswith("cantinekit")]
