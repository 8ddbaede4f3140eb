"""A period that is closed takes no more entries, whatever comes later, and it can be proved that nothing changed."""

from __future__ import annotations

from datetime import timedelta

import attrs
import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.backends.memory import MemoryStorage
from cantinekit.domain.books import dating
from cantinekit.errors import ContentionError, TooEarlyError, WrongStateError
from cantinekit.money import Money
from cantinekit.plugins.ports import Change
from cantinekit.reads import Reader
from cantinekit.reads.books import sealing
from cantinekit.runtime import codec
from support.houses.lending_house import charge, open_lending, with_keys
from support.houses.on_both_stores import on_both_stores
from support.houses.small_house import START, TODAY
from support.races.steps import every_order, twin
from support.races.two_at_once import later, run_all
from support.stores.around import Around, WithoutGuards

MIDNIGHT = timedelta(hours=14, minutes=30)
"""From ``START`` to midnight in Paris and Brest."""


house = on_both_stores(open_lending)


def carnet(place="paris"):
    return c.SellPass(product_id="carnet", place_id=place, holder_id="zoe", account="desk")


def closed(house, day=TODAY):
    return house.do(c.ClosePeriod("asso", until=day)).value


def intact(house):
    return [one.intact for one in house.cantine.read.verify_closings("asso")]


def entries(house):
    return sorted(house.all(m.LedgerEntry), key=lambda one: (one.at, one.id))


def balance(closing):
    sums = {one.account: one.debit - one.credit for one in closing.totals}
    return {account: amount for account, amount in sums.items() if amount}


# --- closing ---------------------------------------------------------------------------------------------------------


def test_a_closed_period_knows_its_totals(house):
    """It is sealed at once: it has the number of its entries, and its totals are the trial balance of its last day."""
    house.do(with_keys())
    house.do(carnet())
    house.wait(days=1)
    one = closed(house)
    assert (one.first, one.until, one.entries) == (None, TODAY, len(entries(house)))
    told = house.cantine.read.trial_balance("asso", TODAY)
    assert balance(one) == {account: amount.amount for account, amount in told}
    assert sum(total.debit for total in one.totals) == sum(total.credit for total in one.totals) > 0
    assert house.get(m.LegalEntity, "asso").closed_until == TODAY
    assert intact(house) == [True]


def test_days_to_come_are_sealed_too(house):
    """A plan of thirty days that is sold and had for one: what is owed of it at the end stays what was sealed."""
    house.do(c.SellPass(product_id="lend/plan", place_id="paris", holder_id="zoe", account="desk"))
    house.wait(days=1)
    one = closed(house)
    assert one.owed == (m.DaysOwed("lend/plan", Money(967, "EUR"), Money(161, "EUR")),)
    before = house.cantine.read.trial_balance("asso", TODAY)
    house.wait(days=3)
    sold = house.all(m.Pass)[0]
    house.do(c.CancelPass(sold.id, reason="moved away", refund="all"))
    assert house.cantine.read.trial_balance("asso", TODAY) == before
    assert intact(house) == [True]


def test_a_day_that_is_not_over_stays_open(house):
    """A day ends at midnight of its place; until then it cannot be closed."""
    house.clock.set(START + MIDNIGHT - timedelta(seconds=1))
    with pytest.raises(TooEarlyError, match="not over yet"):
        closed(house)
    house.clock.set(START + MIDNIGHT)
    assert closed(house).until == TODAY


def test_closing_is_for_good_and_goes_on(house):
    """The same day, or an earlier one, is refused; a later one closes what lies between."""
    house.wait(days=3)
    closed(house, TODAY + timedelta(days=1))
    for day in (TODAY, TODAY + timedelta(days=1)):
        with pytest.raises(WrongStateError, match="closed up to"):
            closed(house, day)
    later = closed(house, TODAY + timedelta(days=2))
    assert later.first == later.until == TODAY + timedelta(days=2)
    assert [one.until.day for one in house.cantine.read.closings("asso")] == [25, 26]


def test_another_legal_entity_stays_open(house):
    """Only the places of the legal entity are closed."""
    house.do(c.AddEntity(name="Scop", accounts=("desk",), id="scop"))
    house.do(c.AddPlace(name="Quimper", entity_id="scop", zone="Europe/Paris", currency="EUR", id="quimper"))
    house.wait(days=1)
    closed(house)
    assert house.get(m.Place, "quimper").entries_from is None
    assert house.get(m.Place, "paris").entries_from == START + MIDNIGHT


# --- what comes later ------------------------------------------------------------------------------------------------


def test_what_comes_later_is_of_the_day_on_which_it_comes(house):
    """A refund, a visit that is entered for a closed day, a cancellation: all are posted today, and it stays intact."""
    one = charge(house, with_keys())
    house.wait(days=1)
    sealed = closed(house)
    before = len(entries(house))
    house.do(c.RefundCharge(one.id, amount=Money(500, "EUR"), reason="noisy"))
    house.do(c.ReturnDeposit(one.id))
    late = c.CheckIn(
        place_id="paris", product_id="half-day", person_id="zoe", account="desk", at=START + timedelta(hours=1)
    )
    house.do(late)
    new = entries(house)[before:]
    assert len(new) >= 4
    assert {entry.at for entry in new} == {house.clock.now()}
    assert house.cantine.read.closings("asso") == (sealed,)
    assert intact(house) == [True]


def test_a_clock_that_goes_back_posts_on_the_first_open_day(house):
    """The clock of a server stands in the closed period: the entry is of the first instant after it."""
    house.wait(days=1)
    closed(house)
    house.clock.set(START + timedelta(hours=2))
    house.do(carnet())
    assert {entry.at for entry in entries(house)} == {START + MIDNIGHT}
    assert intact(house) == [True]


def test_the_control_of_the_clock(monkeypatch):
    """Control: where entries are not looked at, a clock that goes back writes in the closed period, and it is seen."""
    monkeypatch.setattr(dating, "_dated", lambda event, places: event)
    house = open_lending(storage="memory://")
    house.wait(days=1)
    closed(house)
    house.clock.set(START + timedelta(hours=2))
    house.do(carnet())
    assert intact(house) == [False]


def test_a_place_in_another_zone_keeps_what_is_closed(house):
    """A place is given a zone in which the closed day ends later: its entries stay in their periods."""
    house.do(with_keys())
    house.wait(days=1)
    house.clock.set(START + MIDNIGHT + timedelta(minutes=30))
    closed(house)
    house.do(c.MovePlace("paris", zone="Atlantic/Azores"))
    house.do(carnet())  # there it is the evening of the closed day
    closing_of_today = house.cantine.read.closings("asso")[0]
    assert intact(house) == [True]
    first = list(house.cantine.read.accounting_entries("asso", TODAY, TODAY))
    assert len(first) == closing_of_today.entries
    second = list(house.cantine.read.accounting_entries("asso", TODAY + timedelta(days=1), TODAY + timedelta(days=9)))
    assert {entry.day for entry in second} == {TODAY + timedelta(days=1)}
    assert len(first) + len(second) == len(entries(house))
    both = list(house.cantine.read.accounting_entries("asso", TODAY, TODAY + timedelta(days=9)))
    assert [one.day for one in both] == [one.day for one in (*first, *second)]


def test_a_place_that_comes_later_has_nothing_in_the_period(house):
    """A place is added in the west, where the closed day is not over yet: it takes entries from its end on."""
    house.clock.set(START + MIDNIGHT + timedelta(minutes=30))
    closed(house)
    place = c.AddPlace(name="Fort", entity_id="asso", zone="America/Martinique", currency="EUR", id="fort")
    added = house.do(place).value
    assert added.entries_from == START + MIDNIGHT + timedelta(hours=5)
    house.do(carnet("fort"))
    assert {entry.at for entry in entries(house)} == {added.entries_from}
    days = {one.day for one in house.cantine.read.accounting_entries("asso", TODAY, TODAY + timedelta(days=3))}
    assert days == {TODAY + timedelta(days=1)}


# --- proof -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("change", ["amount", "account", "gone"])
def test_a_change_is_seen(house, change):
    """An entry of a closed period is altered, or removed, in the store: it shows there, and in each later period."""
    house.do(with_keys())
    house.wait(days=1)
    closed(house)
    house.do(carnet())
    house.wait(days=1)
    closed(house, TODAY + timedelta(days=1))
    assert intact(house) == [True, True]
    tampered = twin_of(house.storage)
    key = codec.key_of(m.Subject("ledger", entries(house)[0].id))
    row = tampered.load([key])[0]
    entry = codec.decode(row)
    if change == "gone":
        lines, at = entry.lines, entry.at + timedelta(days=30)
    elif change == "amount":
        lines, at = tuple(attrs.evolve(line, amount=2 * line.amount) for line in entry.lines), entry.at
    else:
        lines, at = tuple(attrs.evolve(line, account=f"{line.account}x") for line in entry.lines), entry.at
    tampered.apply(Change(rows=(codec.encode(attrs.evolve(entry, lines=lines, at=at), row.version + 1),)))
    assert intact(later(tampered, timedelta(days=2))) == [False, False]


def twin_of(storage):
    """A copy in memory of what a store holds of the books."""
    copy = MemoryStorage()
    read = Reader(storage, lambda: START)
    for cls, field in ((m.LegalEntity, "all"), (m.Place, "all"), (m.LedgerEntry, "place"), (m.Closing, "entity")):
        copy.apply(Change(rows=tuple(codec.encode(one, 1) for one in read.find(cls, field))))
    return copy


def test_periods_are_sealed_in_order():
    """A period waits until the one before it is sealed, since its chain goes on from there."""
    house = open_lending(storage="memory://")
    house.do(carnet())
    house.wait(days=1)
    house.do(carnet())
    house.wait(days=2)
    engine = house.cantine._engine
    for days in (0, 1):
        engine.run(c.ClosePeriod("asso", until=TODAY + timedelta(days=days)), "ana")
    first, second = house.cantine.read.closings("asso")
    assert [one.intact for one in house.cantine.read.verify_closings("asso")] == [False, False]
    with pytest.raises(ContentionError, match="not sealed yet"):
        sealing(house.cantine.read, second.id)
    house.wait(minutes=5)
    run_all(house)
    house.wait(minutes=5)
    run_all(house)
    assert intact(house) == [True, True]
    assert house.get(m.Closing, first.id).digest != house.get(m.Closing, second.id).digest


# --- races -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", [Around, WithoutGuards])
def test_a_payment_races_a_closing(fault):
    """Money comes in a second before midnight while the books are closed a second after it, in every order of their
    calls: it is in the closed period, or after it. Control: without guards it is written in a period that was sealed.
    """
    base = MemoryStorage()
    house = open_lending(storage=base)
    one = charge(house, attrs.evolve(with_keys(None), on_account=True))
    asked = (
        (c.Pay(one.id, account="desk"), MIDNIGHT - timedelta(seconds=1)),
        (c.ClosePeriod("asso", until=TODAY), MIDNIGHT + timedelta(seconds=1)),
    )

    def doing(command, after):
        return lambda storage: later(storage, after).cantine.execute(command, actor="race")

    ends = []

    def run(schedule):
        store = fault(twin(base))
        ends.append((schedule.run(store, [doing(*one) for one in asked]), store))

    found = set()
    for _ in every_order(run, {"ledger"}):
        results, store = ends.pop()
        assert not [one for one in results if isinstance(one, Exception)]
        after = later(store, MIDNIGHT + timedelta(minutes=5))
        run_all(after)
        taken = {entry.at < START + MIDNIGHT for entry in entries(after) if "taken" in entry.what}
        found.add((*taken, *intact(after)))
    assert found == {(True, True), (False, True)} if fault is Around else (True, False) in found
