"""A renewal is carried out once, whatever is killed and whoever is at it at the same time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial

import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.backends.memory import MemoryStorage
from support.houses.lasting_house import hold_plan, subscribe
from support.houses.small_house import START, House, open_house
from support.laws import house_laws
from support.races.two_at_once import both_at_once, later, run_all
from support.stores.around import Around, WithoutVersions
from support.stores.dying import Cut, DiesAt, ForgetsTasks

DECEMBER = timedelta(days=8)
JANUARY = timedelta(days=40)


def prepared() -> tuple[MemoryStorage, str]:
    """A house in which somebody has a desk since today, 24 November."""
    storage = MemoryStorage()
    desk = subscribe(open_house(storage=storage))
    return storage, desk


def charges(house: House, desk: str) -> list[int]:
    """What was charged for a pass, in cents."""
    return sorted(one.amount.amount for one in house.all(m.Charge) if one.subject.id == desk)


def units(house: House) -> dict[str, int]:
    """What is left on each account."""
    return {one.account: int(one.left) for one in house.cantine.read.balance("zoe")}


def prepared_change(day: date, product: str, old: str = "desk") -> tuple[MemoryStorage, str]:
    """The same, and its plan changes on a day."""
    storage = MemoryStorage()
    house = open_house(storage=storage)
    plan = hold_plan(house, old)
    house.do(c.ChangePass(plan, product_id=f"plans/{product}", day=day))
    return storage, plan


def cut(
    kind: type[DiesAt],
    step: int,
    *,
    after: bool,
    prepare: Callable[[], tuple[MemoryStorage, str]] = prepared,
    late: timedelta = DECEMBER,
) -> tuple[House, str, bool]:
    """What another process finds and runs on after a first one died in what is due then; whether it died.

    Left out: in the renewal of December.
    """
    storage, desk = prepare()
    died = False
    try:
        later(kind(storage, step, after=after), late).cantine.run_due()
    except Cut:
        died = True
    second = later(storage, late + timedelta(hours=1))
    run_all(second)
    return second, desk, died


def test_a_renewal_is_carried_out_once_wherever_it_is_cut():
    """Cut before and after each change of the worker: December is charged once, with its units, and January follows."""
    step, died = 0, True
    while died:
        for after in (False, True):
            house, desk, died = cut(DiesAt, step, after=after)
            assert charges(house, desk) == [7000, 30000]
            assert (house.get(m.Pass, desk).last_day, units(house)) == (date(2026, 12, 31), {"hours": 8, "prints": 50})
            house_laws.hold(house.storage, house.clock.now())
            house_laws.folds(house.storage)
            house.clock.set(START + JANUARY)
            run_all(house)
            assert charges(house, desk) == [7000, 30000, 30000]
        step += 1
    assert step > 2


@pytest.mark.parametrize(
    ("old", "new", "day", "stands", "hours"),
    [
        ("desk", "office", date(2026, 12, 1), [7000, 45000], 14),
        ("desk", "office", date(2026, 12, 11), [7000, 10161, 30000], 14),
        ("office", "desk", date(2026, 12, 11), [10500, 34839], 4),
    ],
    ids=["with the period", "dearer", "cheaper"],
)
def test_a_change_of_plan_is_carried_out_once_wherever_it_is_cut(old, new, day, stands, hours):
    """Cut before and after each change of the worker: the difference is charged, or goes back, once, and units too."""
    prepare, late = partial(prepared_change, day, new, old), timedelta(days=20)
    step, died = 0, True
    while died:
        for after in (False, True):
            house, plan, died = cut(DiesAt, step, after=after, prepare=prepare, late=late)
            charges = [one for one in house.all(m.Charge) if one.subject.id == plan]
            assert sorted(one.billed.amount for one in charges) == stands
            sold = house.get(m.Pass, plan)
            assert (sold.tariff_product, sold.planned, len(sold.changes)) == (new, (), 1)
            assert units(house)["hours"] == hours
            house_laws.hold(house.storage, house.clock.now())
            house_laws.folds(house.storage)
        step += 1
    assert step > 2


def test_a_change_whose_task_is_forgotten_is_seen():
    """The control: where the next task is lost with the renewal, the plan never changes."""
    prepare = partial(prepared_change, date(2026, 12, 11), "office")
    house, plan, _ = cut(ForgetsTasks, 10**6, after=True, prepare=prepare)
    house.clock.set(START + timedelta(days=20))
    run_all(house)
    assert house.get(m.Pass, plan).tariff_product == "desk"


def test_a_worker_that_forgets_what_follows_is_seen():
    """The control: where the next task is lost with a cut, January is never charged."""
    house, desk, _ = cut(ForgetsTasks, 10**6, after=True)
    house.clock.set(START + JANUARY)
    run_all(house)
    assert charges(house, desk) == [7000, 30000]


def renewals(fault: type[Around]) -> list[list[int]]:
    """What is charged by two workers that renew the same pass at once, in every order of their storage calls."""
    storage, desk = prepared()
    renew = c.Expire(m.Subject("pass", desk))
    found = []
    for _, results, store in both_at_once(storage, [renew, renew], fault, after=(DECEMBER, DECEMBER)):
        assert fault is WithoutVersions or not any(isinstance(one, Exception) for one in results)
        found.append(charges(later(store, DECEMBER), desk))
    return found


def test_two_workers_renew_a_pass_once():
    """Two workers at the same renewal, in every order of their steps: one period is charged."""
    found = renewals(Around)
    assert len(found) > 2
    assert all(one == [7000, 30000] for one in found)


def test_two_workers_on_a_store_without_versions_are_seen():
    """The control: a store that compares no versions charges the period twice."""
    assert [7000, 30000, 30000] in renewals(WithoutVersions)


def test_notice_and_renewal_at_once():
    """Notice of an end before the next period, given while that is renewed: in every order of their steps both hold.

    The period is charged if it was renewed first; after an end before it, nothing is.
    """
    storage = MemoryStorage()
    locker = subscribe(open_house(storage=storage), "locker")
    house = later(storage, timedelta(days=61))
    run_all(house)
    at = timedelta(days=92)
    ends = c.EndPass(locker, day=date(2027, 2, 23), reason="she moves away")
    found = set()
    for _, _, store in both_at_once(storage, [c.Expire(m.Subject("pass", locker)), ends], after=(at, at)):
        after = later(store, at)
        sold = after.get(m.Pass, locker)
        stands = [one for one in after.all(m.Charge) if one.subject.id == locker and one.state != "void"]
        assert (sold.state, sold.end) == ("cancelled", date(2027, 2, 23))
        found.add((len(stands), len(sold.periods)))
    assert found == {(3, 2), (3, 3)}
