"""A crash before and after each I/O step of a basket that is declined, paid by two payments and cancelled."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest

from cantinekit.backends.sqlite import SqliteStorage
from cantinekit.plugins.ports import Change
from cantinekit.records import Charge, Pass
from support.crashes.crash_basket import BasketWalk
from support.crashes.crash_walk import Crashes, cuts
from support.races.house_races import SEED
from support.run import soak
from support.stores.around import Around
from support.stores.quick_folder import quick_folder

pytestmark = pytest.mark.timeout(3600 if soak.SOAK else 300)


@pytest.fixture(scope="module")
def prepared() -> Iterator[Path]:
    with quick_folder() as folder:
        BasketWalk.prepare(folder)
        yield folder


@pytest.fixture
def home() -> Iterator[Path]:
    with quick_folder() as folder:
        yield folder


@pytest.mark.parametrize("comes_back", [True, False], ids=["client comes back", "client stays away"])
def test_every_crash_ends_consistent(prepared, home, comes_back):
    """Cut at any step, restarted and run on: all is done where the client comes back, and all adds up if not."""
    crashes, wrong = Crashes(prepared, home, BasketWalk), list[str]()
    names = crashes.steps()
    assert {"load", "apply", "charge", "refund", "send"} <= set(names)
    every = list(cuts(names))
    for cut in every if soak.SOAK else random.Random(SEED).sample(every, len(every) // 2):
        folder = crashes.folder(f"{cut.at} {cut.when}")
        assert crashes.begin(folder, cut), f"the walk was not cut {cut.when} step {cut.at}"
        problems = crashes.recover(folder, comes_back=comes_back)
        wrong += [f"cut {cut.when} step {cut.at} ({names[cut.at]}): {problem}" for problem in problems]
    print(f"{len(names)} steps, {len(wrong)} ended inconsistent")
    assert wrong == []


class HalfStored(Around):
    """Stores the charges of a change, and forgets the passes that were sold with them."""

    def __init__(self, path: Path) -> None:
        super().__init__(SqliteStorage(path))

    def apply(self, change: Change) -> None:
        kinds = {row.kind for row in change.rows}
        rows = tuple(row for row in change.rows if row.kind != Pass.kind or Charge.kind not in kinds)
        super().apply(attrs.evolve(change, rows=rows))


class HalfWalk(BasketWalk):
    store_type = HalfStored


def test_a_basket_that_is_stored_in_part_is_seen(prepared, home):
    """The control: a store that is not atomic loses what was paid for, and the checks of this walk say so."""
    crashes = Crashes(prepared, home, HalfWalk)
    walk = HalfWalk(crashes.folder("half"))
    try:
        walk.client()
    except Exception as error:
        found = [repr(error)]
    else:
        found = walk.broken()
    finally:
        walk.close()
    assert any("pass" in problem for problem in found)
