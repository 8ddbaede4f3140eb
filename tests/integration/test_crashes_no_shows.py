"""A crash before and after each I/O step of a sheet that is closed, opened again, corrected and closed once more."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import attrs
import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.backends.sqlite import SqliteStorage
from cantinekit.plugins.ports import Change
from cantinekit.reads import Reader
from cantinekit.runtime.engine import Effects
from support.crashes.crash_walk import ACTOR, HOLD_OVER, Crashes, Cut, Steps, Walk, cuts
from support.races.house_races import NOW, house_broken, set_up
from support.run import soak
from support.stores.around import Around
from support.stores.quick_folder import quick_folder

pytestmark = pytest.mark.timeout(3600 if soak.SOAK else 900)
LIST = """
[tariff]
id = "missed"
name = "Missed"
currency = "EUR"
timezone = "Europe/Paris"
prices = "incl"
price_date = "purchase"
[product.seat]
rate = { price = 20.00 }
cancel = { delay = { unit = "day" }, keep = [{ from = 0, percent = "100%" }], no_show = "50%" }
"""
DAY = date(2026, 12, 5)
OVER = datetime(2026, 12, 5, 19, tzinfo=UTC)
PRICE, FEE = 2000, 1000


class SheetWalk(Walk):
    """Two people who paid by card and were not marked: both are missed, and one was there after all."""

    def __init__(
        self, folder: Path, *, steps: Steps | None = None, later: timedelta = timedelta(), effects: Effects = "all"
    ) -> None:
        super().__init__(folder, steps=steps, later=later + (OVER - NOW), effects=effects)

    @classmethod
    def prepare(cls, folder: Path) -> None:
        walk = cls(folder, later=NOW - OVER)
        set_up(walk.cantine, people=2, accounts=("desk", "card"))
        commands = [
            c.PublishTariff(LIST),
            c.AddWorkshop(place_id="paris", title="Couture", product_id="missed/seat", id="sewing"),
            c.AddSession(workshop_id="sewing", day=DAY, starts=time(18), ends=time(20), seats=2, id="ses"),
        ]
        for command in commands:
            walk.cantine.execute(command, actor="setup")
        for person in ("p0", "p1"):
            seat = c.Register(session_id="ses", person_id=person, account="card")
            made = walk.cantine.execute(seat, actor="setup")
            if made.value.state == "held":  # the first try is declined
                walk.cantine.execute(c.Pay(made.charges[0].id, account="card"), actor="setup")
        walk.recover(HOLD_OVER)
        walk.storage.close()
        (folder / "messages").unlink()

    def client(self) -> None:
        first, _ = self.seats()
        commands = [
            c.CloseSheet("ses"),
            c.ReopenSheet("ses", reason="she was there"),
            c.MarkAttendance(first.id),
            c.CloseSheet("ses", walk_ins=1),
        ]
        for number, command in enumerate(commands):
            self.cantine.execute(command, actor=ACTOR, idempotency_key=f"sheet {number}")
            self.run_due()

    def seats(self) -> list[m.Registration]:
        """The seats, that of the person who was there first."""
        found = Reader(self.storage, self.clock.now).find(m.Registration, "session", "ses|", "ses}")
        return sorted(found, key=lambda one: one.person_id)

    def broken(self) -> list[str]:
        """What is wrong whatever became of the sheet: each seat costs what the sheet says, and so says the card."""
        reader = Reader(self.storage, self.clock.now)
        wrong, sheet = house_broken(self.storage, self.clock.now()), reader.need(m.Session, "ses").sheet
        back = 0
        for one in self.seats():
            charges = [reader.need(m.Charge, id) for id in one.charges]
            earned, cost = sum(charge.earned.amount for charge in charges), PRICE if one.missed is None else FEE
            back += sum(charge.refunded.amount for charge in charges)
            if earned != cost:
                wrong.append(f"the seat of {one.person_id} costs {cost}, and {earned} stand of its charges")
            if sheet is not None and (one.missed is None) != bool(one.present):
                wrong.append(f"{one.person_id} was {'' if one.present else 'not '}there, and missed is {one.missed}")
            if len(charges) > 2 or sum(charge.refunded.amount for charge in charges) > FEE:
                wrong.append(f"{one.person_id} got {[charge.refunded for charge in charges]} back")
        if back != sum(charge.refunded for charge in self.card.charges):
            wrong.append(f"{back} went back by the charges, the gateway has another sum")
        return wrong

    def incomplete(self) -> list[str]:
        first, second = self.seats()
        reader = Reader(self.storage, self.clock.now)
        found = {
            "who is missed": ((first.missed is None, second.missed is None), (True, False)),
            "what is owed again": (reader.need(m.Charge, first.charges[-1]).outstanding.amount, FEE),
            "refunds at the gateway": ([one.amount for one in self.card.refunds], [FEE, FEE]),
        }
        return [f"{what}: {is_} instead of {wanted}" for what, (is_, wanted) in found.items() if is_ != wanted]


@pytest.fixture(scope="module")
def prepared() -> Iterator[Path]:
    with quick_folder() as folder:
        SheetWalk.prepare(folder)
        yield folder


@pytest.mark.parametrize(
    ("effects", "comes_back"),
    [pytest.param("all", False, id="at once, client stays away"), pytest.param("none", True, id="by a worker")],
)
def test_every_crash_ends_consistent(prepared, effects, comes_back):
    """Cut at any step, restarted and run on: each seat costs what the sheet says, and nothing goes back twice."""
    with quick_folder() as home:
        crashes = Crashes(prepared, home, SheetWalk, effects=effects)
        names = crashes.steps()
        wrong = crashes.wrong(names, cuts(names), comes_back=comes_back)
    assert {"load", "find", "apply", "refund"} <= set(names)
    assert wrong == []


class ForgetsTasks(Around):
    """Stores a sheet without what is to follow from it."""

    def __init__(self, path: Path) -> None:
        super().__init__(SqliteStorage(path))

    def apply(self, change: Change) -> None:
        sheet = any(row.kind == m.Session.kind for row in change.rows)
        rows = tuple(row for row in change.rows if not sheet or row.kind != m.Task.kind)
        super().apply(attrs.evolve(change, rows=rows))


def test_a_sheet_that_is_stored_without_its_tasks_is_seen(prepared):
    """The control: a store that keeps the sheet and loses its tasks settles nothing after a crash, which is seen."""
    with quick_folder() as home:
        at = Crashes(prepared, home, SheetWalk).steps().index("apply")
        half = Crashes(prepared, home / "half", type("HalfWalk", (SheetWalk,), {"store_type": ForgetsTasks}))
        folder = half.folder("cut")
        assert half.begin(folder, Cut(at, "after"))
        wrong = half.recover(folder, comes_back=False)
    assert any("was not there" in problem for problem in wrong), wrong
