"""A bill is closed once, whatever is killed and whoever is at it at the same time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import cache

import attrs
import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.backends.memory import MemoryStorage
from cantinekit.backends.payments import FakeGateway
from cantinekit.errors import ContentionError
from cantinekit.plugins.registry import Registry
from support.houses.billing_house import CLOSE, billing, booked, booking
from support.houses.billing_house import TERMS as BILL_TERMS
from support.houses.small_house import START, House
from support.laws import house_laws
from support.races.steps import twin
from support.races.two_at_once import both_at_once, later, run_all
from support.stores.around import Around, Gathering, WithoutVersions
from support.stores.dying import Cut, DiesAt, ForgetsTasks

SOON = timedelta(minutes=5)
DECEMBER = timedelta(days=7)
JANUARY = timedelta(days=38)
TERMS = m.Subject("billing_terms", "asso|works")


@cache
def _prepared(charges: int) -> MemoryStorage:
    storage = MemoryStorage()
    house = billing(storage=storage)
    for n in range(charges):
        booked(house, 1 + n)
    return storage


def prepared(charges: int = 2) -> MemoryStorage:
    """A house in which an organisation has so many charges that are not billed yet."""
    return twin(_prepared(charges))


def bills(house: House) -> list[tuple[str, ...]]:
    """The charges of each bill, in the order of their numbers; the numbers have no gap."""
    assert all(one.whole for one in house.cantine.read.numbering("asso", "invoices"))
    return [one.charge_ids for one in house.cantine.read.documents("asso", "invoices")]


def every_charge(house: House) -> list[str]:
    """The charges that are on account, the oldest first."""
    found = [one for one in house.all(m.Charge) if one.on_account]
    return [one.id for one in sorted(found, key=lambda one: (one.raised_at, one.id))]


def hold(house: House) -> None:
    house_laws.hold(house.storage, house.clock.now())
    house_laws.folds(house.storage)


# --- killed ----------------------------------------------------------------------------------------------------------


def cut(kind: type[DiesAt], step: int, *, after: bool) -> tuple[House, bool]:
    """What another process finds and runs on after a first one died on the billing day; whether it died."""
    storage, died = prepared(), False
    try:
        later(kind(storage, step, after=after), DECEMBER).cantine.run_due()
    except Cut:
        died = True
    second = later(storage, DECEMBER + timedelta(hours=1))
    run_all(second)
    return second, died


def test_a_bill_is_closed_once_wherever_it_is_cut():
    """Cut before and after each change of the worker: one bill of December with all charges, and January follows."""
    step, died = 0, True
    while died:
        for after in (False, True):
            house, died = cut(DiesAt, step, after=after)
            assert bills(house) == [tuple(every_charge(house))]
            hold(house)
            late = booked(house)
            house.clock.set(START + JANUARY)
            run_all(house)
            assert bills(house)[1:] == [(late.id,)]
        step += 1
    assert step > 2


def test_a_worker_that_forgets_what_follows_is_seen():
    """The control: where the next task is lost with a cut, January is never billed."""
    house, _ = cut(ForgetsTasks, 10**6, after=True)
    booked(house)
    house.clock.set(START + JANUARY)
    run_all(house)
    assert len(bills(house)) == 1


# --- at once ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", [CLOSE, c.Expire(TERMS)], ids=["by hand", "by two workers"])
def test_two_close_a_bill_once(command):
    """Two close the same bill, in every order of their steps: there is one, and both get it."""
    tried = 0
    for _, results, store in both_at_once(prepared(), [command] * 2, after=(DECEMBER, DECEMBER)):
        house = later(store, DECEMBER)
        assert not any(isinstance(one, Exception) for one in results)
        assert bills(house) == [tuple(every_charge(house))]
        assert len({one.value.id for one in results}) == 1
        tried += 1
    assert tried > 2


def test_two_on_a_store_without_versions_are_seen():
    """The control: a store that compares no versions gives both of them the same number, or a bill each."""
    wrong = 0
    for _, _, store in both_at_once(prepared(), [CLOSE] * 2, WithoutVersions, after=(DECEMBER, DECEMBER)):
        issued = [entry for entry in store.inner.journal(limit=1000) if entry.type == "DocumentIssued"]
        wrong += len(issued) == 2
    assert wrong


def against(other: c.Command) -> set[tuple[int, ...]]:
    """A command against the closing of a bill, in every order: how many charges each bill has, once all is billed."""
    found, base = set[tuple[int, ...]](), prepared()
    for _, results, store in both_at_once(base, [CLOSE, other], after=(SOON, SOON)):
        assert not any(isinstance(one, Exception) for one in results), results
        house = later(store, SOON + timedelta(hours=1))
        if any(one.unbilled for one in house.all(m.Charge)):
            house.do(CLOSE)
        stand = {one.id for one in house.all(m.Charge) if one.on_account and one.state != "void"}
        billed = [id for bill in bills(house) for id in bill]
        assert len(billed) == len(set(billed))
        assert stand <= set(billed)
        hold(house)
        found.add(tuple(len(bill) for bill in bills(house)))
    return found


def test_a_sale_against_a_bill():
    """What is sold while a bill is closed is on it or on the next one, never on both and never on none."""
    house = later(prepared())
    assert against(booking(house)) == {(2, 1), (3,)}


def test_a_payment_against_a_bill():
    """What is paid while a bill is closed is stated as paid, or paid afterwards; it is billed once."""
    first = every_charge(later(prepared()))[0]
    assert against(c.Pay(first, account="desk")) == {(2,)}


def test_a_cancellation_against_a_bill():
    """What is cancelled while a bill is closed is not on it, or has to be corrected by a credit note."""
    house = later(prepared())
    first = house.get(m.Charge, every_charge(house)[0])
    assert against(c.CancelBooking(first.subject.id)) == {(1,), (2,)}


def test_an_invoice_of_one_charge_against_a_bill():
    """An invoice that is asked for while a bill is closed: the charge is on one of the two."""
    first = every_charge(later(prepared()))[0]
    assert against(c.IssueDocument(charge_id=first, series="invoices")) == {(1, 1), (2,)}


def test_eight_close_a_bill_on_sqlite(tmp_path):
    """Eight connections to one SQLite file close the same bill at once: there is one, and the numbers go on."""
    url = f"sqlite:///{tmp_path / 'house.db'}"
    house = billing(storage=url)
    for _ in range(3):
        booked(house)
    house.cantine.close()
    store = Gathering(Registry.load().storage(url))
    store.gather(8)

    def close(_: int) -> str:
        while True:
            try:
                return later(store, DECEMBER).cantine._engine.run(CLOSE, "race").value.id
            except ContentionError:
                continue

    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(close, range(8)))
    after = later(store, DECEMBER)
    assert len(found) == 1
    assert bills(after) == [tuple(every_charge(after))]
    assert store.counts["stale"]
    hold(after)
    store.close()


# --- asked for again -------------------------------------------------------------------------------------------------

RETRY_DAY = DECEMBER + timedelta(days=3)
REMINDER_DAY = DECEMBER + timedelta(days=20)
BILL = m.Subject("bill_chase", "asso|F2026-000001")


@cache
def _chased() -> MemoryStorage:
    """A bill of December whose card was declined, to be collected again once, with one reminder."""
    storage = MemoryStorage()
    house = billing(storage=storage, outcomes=["declined"])
    house.do(c.ChangeOrganisation("works", email="bills@example.org"))
    house.do(attrs.evolve(BILL_TERMS, account="card", retries=(3,), reminders=(5,)))
    booked(house)
    house.clock.set(START + DECEMBER)
    run_all(house)
    return storage


def asked(house: House) -> tuple[int, int]:
    """How many days asked for the bill: by the account, by a reminder."""
    bodies = [entry.body for entry in house.storage.journal(limit=1000) if entry.type == "BillChased"]
    return sum("charge_ids" in body for body in bodies), sum("reminded" in body for body in bodies)


def declining() -> FakeGateway:
    return FakeGateway(["declined"])


def chased(kind: type[DiesAt], step: int, *, after: bool) -> tuple[tuple[int, ...], bool]:
    """How often a bill was collected again, reminded of and left to staff by workers that die on each day, and others
    that go on; whether one died.
    """
    storage, died = twin(_chased()), False
    for day in (RETRY_DAY, RETRY_DAY + timedelta(days=1), REMINDER_DAY):
        try:
            later(kind(storage, step, after=after), day, declining()).cantine.run_due()
        except Cut:
            died = True
        run_all(later(storage, day + timedelta(hours=1), declining()))
    house = later(storage, REMINDER_DAY + timedelta(hours=2), declining())
    hold(house)
    told = [entry for entry in storage.journal(limit=1000) if entry.type == "BillLeftUnpaid"]
    attempts = [one for one in house.all(m.Attempt) if one.account == "card"]
    return (*asked(house), len(attempts) - 1, len(told)), died


def test_a_bill_is_asked_for_once_wherever_it_is_cut():
    """Cut before and after each change of the worker on each day: one retry, one reminder, staff are told once."""
    step, died = 0, True
    while died:
        for after in (False, True):
            found, died = chased(DiesAt, step, after=after)
            assert found == (1, 1, 1, 1)
        step += 1
    assert step > 2


def test_a_worker_that_forgets_the_next_day_is_seen():
    """The control: where the next task is lost with a cut, nobody is reminded, and staff are not told."""
    found, _ = chased(ForgetsTasks, 10**6, after=True)
    assert found[1] == found[3] == 0


def paid_against(day: timedelta, fault: type[Around] = Around) -> set[tuple[str, int, int]]:
    """A payment at the desk against a day of the plan, in every order: what was asked, and what was taken by then."""
    found, base = set(), _chased()
    charge = every_charge(later(twin(base)))[0]
    commands = [c.Pay(charge, account="desk"), c.Expire(BILL)]
    for _, results, store in both_at_once(twin(base), commands, fault, after=(day, day)):
        now = later(store, day).get(m.Charge, charge)
        entries = [entry.type for entry in store.inner.journal(limit=1000)]
        paid = len(entries) - entries[::-1].index("ChargePaid") if "ChargePaid" in entries else 0
        begun = len(entries) - entries[::-1].index("BillChased") if "BillChased" in entries else 0
        refused = isinstance(results[0], Exception)
        found.add(("refused" if refused else now.state, len(now.attempt_ids), int(begun > paid > 0)))
    return found


@pytest.mark.parametrize("day", [RETRY_DAY, REMINDER_DAY], ids=["retry", "reminder"])
def test_a_payment_against_a_day_of_the_plan(day):
    """Nothing is asked for once it is paid, and while it is collected again nobody pays it at the desk."""
    assert {late for _, _, late in paid_against(day)} == {0}


@pytest.mark.parametrize("day", [RETRY_DAY, REMINDER_DAY], ids=["retry", "reminder"])
def test_a_payment_on_a_store_without_versions_is_seen(day):
    """The control: a store that compares no versions has it asked for after it was paid."""
    assert 1 in {late for _, _, late in paid_against(day, WithoutVersions)}
