"""Two at once about the money of one charge: in every order no more leaves, and no more comes in, than there is."""

from __future__ import annotations

from datetime import timedelta

import attrs
import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.backends.memory import MemoryStorage
from cantinekit.money import Money
from support.houses.lending_house import a_gift, charge, open_lending, the_hall, with_keys
from support.houses.small_house import TODAY, period
from support.laws import house_laws
from support.races.two_at_once import both_at_once, later, run_all
from support.stores.around import Around, WithoutVersions


def eur(cents):
    return Money(cents, "EUR")


def race(sale, commands, fault, before=()):
    """The charge of a sale after two commands at once, in every order of their storage calls."""
    base = MemoryStorage()
    house = open_lending(storage=base)
    for command in before:
        house.do(command)
    one = charge(house, sale)
    for _, ends, store in both_at_once(base, commands(one), fault):
        after = later(store)
        run_all(after)
        if fault is Around:
            house_laws.hold(store, after.clock.now())
        yield after.get(m.Charge, one.id), ends, after


def refusals(ends):
    return [type(one).__name__ for one in ends if isinstance(one, Exception)]


@pytest.mark.parametrize("fault", [Around, WithoutVersions])
def test_a_deposit_goes_once(fault):
    """One returns it while another keeps it: it is either, never both. Control: without versions both have it."""

    def both(one):
        return [c.ReturnDeposit(one.id), c.KeepDeposit(one.id, amount=eur(10000), reason="a key was lost")]

    found = set()
    for one, ends, after in race(with_keys(), both, fault):
        found.add((one.kept_deposit, bool(after.all(m.Refund)), len(refusals(ends))))
    if fault is Around:
        assert found == {(10000, False, 1), (0, True, 1)}
    else:
        assert any(refused == 0 for _, _, refused in found)


@pytest.mark.parametrize("fault", [Around, WithoutVersions])
def test_a_line_goes_back_once(fault):
    """Two give the same line back: one does. Control: without versions it is given back twice."""

    def both(one):
        return [c.RefundLines(one.id, lines=(0,), reason=reason) for reason in ("cold", "late")]

    most = 0
    for _, ends, after in race(with_keys(), both, fault):
        most = max(most, len(after.all(m.Refund)))
        assert fault is not Around or refusals(ends) == ["WrongStateError"]
    assert most == (1 if fault is Around else 2)


@pytest.mark.parametrize("fault", [Around, WithoutVersions])
def test_two_parts_are_no_more_than_the_whole(fault):
    """Two pay parts that are too much together: one does. Control: without versions more is taken than is owed."""

    def both(one):
        return [c.Pay(one.id, account="desk", amount=eur(cents)) for cents in (6000, 5000)]

    most = 0
    for _, ends, after in race(with_keys(None), both, fault):
        most = max(most, sum(one.captured for one in after.all(m.Attempt)))
        assert fault is not Around or refusals(ends) in ([], ["WrongStateError"])
    assert most <= 11500

    def too_much(one):
        return [c.Pay(one.id, account="desk", amount=eur(cents)) for cents in (6000, 6000)]

    most = 0
    for _, ends, after in race(with_keys(None), too_much, fault):
        most = max(most, sum(one.captured for one in after.all(m.Attempt)))
        assert fault is not Around or refusals(ends) == ["WrongStateError"]
    assert most == (6000 if fault is Around else 12000)


@pytest.mark.parametrize("fault", [Around, WithoutVersions])
def test_a_voucher_pays_once(fault):
    """Two sales want the last 50.00 of a voucher: together they get them once. Control: without versions twice."""

    def both(_):
        later_day = TODAY + timedelta(days=1)
        sale = attrs.evolve(with_keys(None), product_id="hall", period=period(14, 16, later_day))
        return [sale, attrs.evolve(sale, space_id="a1")]

    most = 0
    for _, _, after in race(the_hall(person_id="bob"), both, fault, [a_gift()]):
        paid = sum(one.captured - one.refunded for one in after.all(m.Attempt) if one.account == "voucher")
        most = max(most, paid)
    assert most == (5000 if fault is Around else 10000)


def test_the_day_of_an_instalment_and_its_payment_agree():
    """The reminder runs while the instalment is paid: whoever is first, it is paid once and the booking stands."""
    base = MemoryStorage()
    house = open_lending(storage=base)
    one = charge(house, the_hall())
    due = timedelta(days=17)
    commands = [c.Pay(one.id, account="desk"), c.Expire(m.Subject("charge", one.id))]
    for _, ends, store in both_at_once(base, commands, after=(due, due)):
        after = later(store, due)
        assert refusals(ends) == []
        assert after.get(m.Charge, one.id).paid == eur(10000)
        assert after.get(m.Booking, one.subject.id).state == "confirmed"
        house_laws.folds(store)
