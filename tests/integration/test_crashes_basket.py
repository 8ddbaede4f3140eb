"""A crash before and after each I/O step of a basket, or of an order with seats, that is declined, paid by two payments
and cancelled.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest

from cantinekit.backends.sqlite import SqliteStorage
from cantinekit.plugins.ports import Change
from cantinekit.records import Charge, Pass, Registration
from support.crashes.crash_basket import BasketWalk
from support.crashes.crash_seats import SeatsWalk
from support.crashes.crash_walk import Crashes, Walk, cuts
from support.run import soak
from support.stores.around import Around
from support.stores.quick_folder import quick_folder

pytestmark = pytest.mark.timeout(3600 if soak.SOAK else 900)


@pytest.fixture(scope="module", params=[BasketWalk, SeatsWalk], ids=["a basket", "an order with seats"])
def walk(request) -> type[Walk]:
    return request.param


@pytest.fixture(scope="module")
def prepared(walk) -> Iterator[Path]:
    with quick_folder() as folder:
        walk.prepare(folder)
        yield folder


@pytest.fixture
def home() -> Iterator[Path]:
    with quick_folder() as folder:
        yield folder


@pytest.mark.parametrize("comes_back", [True, False], ids=["client comes back", "client stays away"])
def test_every_crash_ends_consistent(walk, prepared, home, comes_back):
    """Cut at any step, restarted and run on: all is done where the client comes back, and all adds up if not."""
    crashes = Crashes(prepared, home, walk)
    names = crashes.steps()
    assert {"load", "apply", "charge", "refund", "send"} <= set(names)
    wrong = crashes.wrong(names, cuts(names), comes_back=comes_back)
    print(f"{len(names)} steps, {len(wrong)} ended inconsistent")
    assert wrong == []


class HalfStored(Around):
    """Stores the charges of a change, and forgets the passes and the seats that were sold with them."""

    def __init__(self, path: Path) -> None:
        super().__init__(SqliteStorage(path))

    def apply(self, change: Change) -> None:
        kinds = {row.kind for row in change.rows}
        sold = (Pass.kind, Registration.kind)
        rows = tuple(row for row in change.rows if row.kind not in sold or Charge.kind not in kinds)
        super().apply(attrs.evolve(change, rows=rows))


def test_a_basket_that_is_stored_in_part_is_seen(walk, prepared, home):
    """The control: a store that is not atomic loses what was paid for, and the checks of these walks say so."""
    half = type("HalfWalk", (walk,), {"store_type": HalfStored})
    crashes = Crashes(prepared, home, half)
    one = half(crashes.folder("half"))
    try:
        one.client()
    except Exception as error:
        found = [repr(error)]
    else:
        found = one.broken()
    finally:
        one.close()
    assert any("pass" in problem or "registration" in problem for problem in found)
