"""A sheet that is closed while people are marked, and seats that are settled meanwhile: nobody is missed by mistake."""

from __future__ import annotations

from datetime import time, timedelta

import pytest

from cantinekit import commands as c
from cantinekit import events as ev
from cantinekit import records as m
from cantinekit.backends.memory import MemoryStorage
from cantinekit.domain.base import Subject
from cantinekit.domain.life_cycles.commands import Expire
from cantinekit.errors import WrongStateError
from support.houses.small_house import START, TODAY, journal, open_house
from support.laws import house_laws
from support.races.steps import twin
from support.races.two_at_once import both_at_once, later, run_all
from support.stores.around import Around, WithoutGuards, WithoutVersions

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
DOOR, ENDED = timedelta(days=1, hours=2), timedelta(days=1, hours=5)
"""How long after ``START`` the doors are open, and the session is over."""
CLOSE = c.CloseSheet("ses")


@pytest.fixture(scope="module")
def ready() -> tuple[MemoryStorage, str, str]:
    """A house in which Zoe and Bob have paid seats, and Bob was marked present; and the ids of their registrations."""
    storage = MemoryStorage()
    house = open_house(storage)
    house.do(c.PublishTariff(LIST))
    house.do(c.AddWorkshop(place_id="paris", title="Couture", product_id="missed/seat", id="sewing"))
    day = TODAY + timedelta(days=1)
    house.do(c.AddSession(workshop_id="sewing", day=day, starts=time(12), ends=time(14), seats=5, id="ses"))
    zoe, bob = (
        house.do(c.Register(session_id="ses", person_id=who, account="desk")).value.id for who in ("zoe", "bob")
    )
    house.clock.set(START + DOOR)
    house.do(c.MarkAttendance(bob))
    return storage, zoe, bob


def settled(storage: MemoryStorage, *, check: bool = True) -> dict[str, tuple[bool, int]]:
    """Once all that follows is done: of each person whether their seat is missed, and what stands of its price."""
    house = later(storage, ENDED + timedelta(hours=1))
    run_all(house)
    if check:
        house_laws.hold(storage, house.clock.now())
        house_laws.folds(storage)
    found = {}
    for one in house.all(m.Registration):
        if one.session_id == "ses":
            earned = sum(house.get(m.Charge, id).earned.amount for id in one.charges)
            found[one.person_id] = (one.missed is not None, earned)
    return found


MISSED, CAME = (True, 1000), (False, 2000)


def ends(base: MemoryStorage, commands: list[c.Command], fault: type[Around] = Around):
    for _, answers, store in both_at_once(base, commands, fault, after=(ENDED, ENDED)):
        yield answers, store.inner


def test_a_mark_against_the_closing(ready):
    """Zoe is marked while the sheet is closed: she is there and pays all, or the mark is refused as too late."""
    base, zoe, _ = ready
    seen = set()
    for answers, storage in ends(base, [c.MarkAttendance(zoe), CLOSE]):
        late = isinstance(answers[0], WrongStateError)
        assert late or not isinstance(answers[0], Exception)
        assert settled(storage) == {"zoe": MISSED if late else CAME, "bob": CAME}
        seen.add(late)
    assert seen == {True, False}


def test_a_correction_against_the_closing(ready):
    """Bob is marked absent while the sheet is closed: where the mark is stored he has missed it, else he was there."""
    base, _, bob = ready
    seen = set()
    for answers, storage in ends(base, [c.MarkAttendance(bob, present=False), CLOSE]):
        late = isinstance(answers[0], WrongStateError)
        assert settled(storage) == {"zoe": MISSED, "bob": CAME if late else MISSED}
        seen.add(late)
    assert seen == {True, False}


def test_without_guards_a_correction_is_not_settled(ready):
    """Control: where the marks are not compared, in some order Bob is absent on a closed sheet and pays all."""
    base, _, bob = ready
    wrong = 0
    for answers, storage in ends(base, [c.MarkAttendance(bob, present=False), CLOSE], WithoutGuards):
        late = isinstance(answers[0], Exception)
        wrong += settled(storage, check=False)["bob"] != (CAME if late else MISSED)
    assert wrong


def test_closed_by_two_at_once(ready):
    """Two desks close the sheet: it is closed once, each seat is settled once, and nobody is told it failed."""
    base, *_ = ready
    for answers, storage in ends(base, [CLOSE, CLOSE]):
        assert not [answer for answer in answers if isinstance(answer, Exception)]
        assert settled(storage) == {"zoe": MISSED, "bob": CAME}
        types = [entry.type for entry in journal(storage)]
        assert (types.count(ev.SheetClosed.__name__), types.count(ev.SeatMissed.__name__)) == (1, 1)


def closed(base: MemoryStorage, *more: c.Command) -> MemoryStorage:
    """The house with the sheet closed, and what follows from it left undone."""
    storage = twin(base)
    engine = later(storage, ENDED).cantine._engine
    for command in (CLOSE, *more):
        engine.run(command, "desk")
    return storage


def test_settled_by_two_workers(ready):
    """Two workers settle the same seat: it is settled once."""
    base, zoe, _ = ready
    task = Expire(Subject(m.Registration.kind, zoe))
    for answers, storage in ends(closed(base), [task, task]):
        assert not [answer for answer in answers if isinstance(answer, Exception)]
        assert settled(storage) == {"zoe": MISSED, "bob": CAME}
        assert [entry.type for entry in journal(storage)].count(ev.SeatMissed.__name__) == 1


def test_without_versions_a_seat_is_settled_twice(ready):
    """Control: where the last write wins, in some order two workers give the half of the price back twice."""
    base, zoe, _ = ready
    task, wrong = Expire(Subject(m.Registration.kind, zoe)), 0
    for _, storage in ends(closed(base), [task, task], WithoutVersions):
        wrong += [entry.type for entry in journal(storage)].count(ev.SeatMissed.__name__) > 1
    assert wrong


def test_settled_while_the_mark_is_corrected(ready):
    """Zoe is marked present at the reopened sheet while a worker settles her seat: in the end she pays all of it."""
    base, zoe, _ = ready
    reopened = closed(base, c.ReopenSheet("ses", reason="she was there"))
    commands = [Expire(Subject(m.Registration.kind, zoe)), c.MarkAttendance(zoe)]
    for answers, storage in ends(reopened, commands):
        assert not [answer for answer in answers if isinstance(answer, Exception)]
        assert settled(storage)["zoe"] == CAME


def test_settled_while_the_sheet_is_reopened(ready):
    """A sheet that is opened again while a worker settles a seat: the seat is missed or not, and closing settles it."""
    base, zoe, _ = ready
    commands = [Expire(Subject(m.Registration.kind, zoe)), c.ReopenSheet("ses", reason="walk-ins")]
    for _, storage in ends(closed(base), commands):
        house = later(storage, ENDED)
        run_all(house)
        house.do(CLOSE)
        assert settled(storage) == {"zoe": MISSED, "bob": CAME}
