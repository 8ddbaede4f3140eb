"""Several seats of one registration: what they cost, when they are had, and when they come free."""

from __future__ import annotations

from collections import Counter
from datetime import date, time, timedelta

import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.backends.memory import MemoryStorage
from cantinekit.errors import InputError, PriceChangedError, UnsuitableError
from cantinekit.money import Money
from cantinekit.plugins.ports import Row
from cantinekit.runtime import codec, engine
from support.houses.small_house import START, House, open_house
from support.laws import house_laws
from support.races.two_at_once import both_at_once, later, run_all
from support.stores.around import Around, WithoutVersions

DAY = date(2026, 11, 28)


def add(house: House, workshop: str, seats: int) -> str:
    return house.do(
        c.AddSession(workshop_id=workshop, day=DAY, starts=time(18), ends=time(20), seats=seats, id="ses")
    ).value.id


def session(house: House) -> m.Session:
    return house.get(m.Session, "ses")


def euros(amount: int) -> Money:
    return Money(amount, "EUR")


# --- what they cost --------------------------------------------------------------------------------------------------


def test_each_seat_costs_and_each_has_its_options():
    """Three seats with materials are three times a seat with materials; given up, all of it goes back."""
    house = open_house()
    add(house, "welding", 4)
    command = c.Register(session_id="ses", person_id="zoe", option_ids=("materials",), account="card", seats=3)
    assert house.cantine.quote(command).total == euros(3 * 1800)
    outcome = house.do(command)
    assert (outcome.value.state, outcome.value.seats, session(house).confirmed) == ("confirmed", 3, 3)
    assert [charge.paid for charge in outcome.charges] == [euros(5400)]
    assert house.mail.messages[-1].subject.endswith(" × 3")
    back = house.do(c.CancelRegistration(outcome.value.id))
    assert (back.charges[0].held, session(house).confirmed) == (euros(0), 0)
    house_laws.hold(house.storage, house.clock.now())


def test_a_carnet_covers_a_party_with_as_many_entries():
    """Three seats take three entries and give three back; a carnet of two covers no part, by this price list."""
    house = open_house()
    add(house, "welding", 4)
    house.do(c.SellPass(product_id="carnet", place_id="paris", holder_id="zoe", account="desk"))
    seat = house.do(c.Register(session_id="ses", person_id="zoe", seats=3))
    assert (seat.value.state, [spend.units for spend in seat.value.spends], seat.charges) == ("confirmed", [3], ())
    house.do(c.CancelRegistration(seat.value.id))
    assert [one.left for one in house.cantine.read.balance("zoe")] == [10]
    house.do(c.SellPass(product_id="mini", place_id="paris", holder_id="bob", account="desk"))
    paid = house.do(c.Register(session_id="ses", person_id="bob", account="desk", seats=3))
    assert (paid.value.spends, [charge.paid for charge in paid.charges]) == ((), [euros(3000)])
    house_laws.hold(house.storage, house.clock.now())


def test_a_promised_price_is_that_of_the_party():
    """The quote for two seats holds for two; it is no promise for three."""
    house = open_house()
    add(house, "welding", 4)
    promise = house.cantine.quote(c.Register(session_id="ses", person_id="zoe", seats=2))
    with pytest.raises(PriceChangedError, match="what is bought"):
        house.do(c.Register(session_id="ses", person_id="zoe", account="desk", seats=3, quote=promise))
    assert house.do(c.Register(session_id="ses", person_id="zoe", account="desk", seats=2, quote=promise)).charges[
        0
    ].paid == euros(2000)


def test_an_offer_is_for_all_of_them():
    """A party that is promoted is offered all its seats, pays all of them, and loses all when it does not answer."""
    house = open_house()
    add(house, "welding", 2)
    full = house.do(c.Register(session_id="ses", person_id="zoe", account="desk", seats=2)).value
    party = house.do(c.Register(session_id="ses", person_id="bob", seats=2)).value
    last = house.do(c.Register(session_id="ses", person_id="eve", seats=2)).value
    house.do(c.CancelRegistration(full.id))
    assert (house.get(m.Registration, party.id).state, session(house).free(house.clock.now())) == ("held", 0)
    house.wait(hours=24)
    run_all(house)
    assert [house.get(m.Registration, one.id).state for one in (party, last)] == ["expired", "held"]
    assert house.do(c.TakeSeat(last.id, account="desk")).charges[0].paid == euros(2000)
    assert session(house).confirmed == 2
    house_laws.hold(house.storage, house.clock.now())
    house_laws.folds(house.storage)


def test_money_that_comes_late_needs_all_the_seats():
    """Paid after the hold: had again where all seats of the party are free, else it goes back."""
    for taken, state in ((False, "confirmed"), (True, "expired")):
        house = open_house(outcomes=("pending",))
        add(house, "welding", 2)
        seat = house.do(c.Register(session_id="ses", person_id="zoe", account="card", seats=2)).value
        house.wait(minutes=16)
        if taken:
            house.do(c.Register(session_id="ses", person_id="bob", account="desk"))
        house.cantine._outbox.observe("card", house.card.settle(house.all(m.Attempt)[0].id))
        run_all(house)
        assert house.get(m.Registration, seat.id).state == state
        held = house.get(m.Charge, seat.charge_id).held
        assert held == euros(0 if taken else 2000)
        house_laws.hold(house.storage, house.clock.now())


# --- how many --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seats", [0, -1, True, 1.0, "2", None, 10_001], ids=ascii)
def test_a_number_of_seats_is_a_number(seats):
    """Anything but an integer from one on is no command."""
    with pytest.raises(InputError):
        c.Register(session_id="ses", person_id="zoe", seats=seats)


def test_a_party_that_can_never_fit_does_not_wait():
    """More seats than the session has are refused, full or not; where it has none for now, one person may wait."""
    house = open_house()
    add(house, "talk", 3)
    with pytest.raises(UnsuitableError, match="has 3 seats, not 4"):
        house.do(c.Register(session_id="ses", person_id="zoe", seats=4))
    house.do(c.ChangeSeats("ses", seats=0))
    with pytest.raises(UnsuitableError, match="has 0 seats, not 2"):
        house.do(c.Register(session_id="ses", person_id="zoe", seats=2))
    assert house.do(c.Register(session_id="ses", person_id="zoe")).value.state == "waiting"
    house.do(c.ChangeSeats("ses", seats=1))
    assert session(house).confirmed == 1


def test_guests_make_up_the_minimum():
    """A party of three is three people: with it, the minimum of three is reached."""
    house = open_house()
    due = START + timedelta(hours=1)
    house.do(
        c.AddSession(
            workshop_id="talk", day=DAY, starts=time(18), ends=time(20), seats=5, id="ses", minimum=3, decide_at=due
        )
    )
    house.do(c.Register(session_id="ses", person_id="zoe", seats=3))
    house.clock.set(due)
    run_all(house)
    assert session(house).state == "confirmed"


def test_figures_count_seats():
    """The agenda and the attendance count the guests too."""
    house = open_house()
    house.do(c.ChangeSeats("free", seats=5))
    house.do(c.Register(session_id="free", person_id="zoe", seats=3))
    tomorrow = START.date() + timedelta(days=1)
    (item,) = (one for one in house.cantine.read.agenda("paris", tomorrow) if one.id == "free")
    assert (item.state, item.units) == ("3/5", 3)
    assert house.cantine.read.attendance("paris", tomorrow).seats_taken == 3


def test_rows_of_before_are_read_as_one_seat():
    """Registrations, held seats and sessions that were stored before there were parties are read as they were meant."""
    house = open_house()
    add(house, "talk", 2)
    for person in ("zoe", "bob", "eve"):
        house.do(c.Register(session_id="ses", person_id=person))
    for record in (session(house), *house.all(m.Registration)):
        row = codec.encode(record, 1)
        assert '"seats"' not in row.body
        assert '"parties"' not in row.body
        assert codec.decode(Row(row.kind, row.id, 1, row.body)) == record
    assert session(house).line == (("reg_3", 1),)


# --- at the same instant ---------------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def without_pauses(monkeypatch):
    """Whoever has to start again does so at once: the schedule says who goes on."""
    monkeypatch.setattr(engine, "FIRST_PAUSE", 0)


def three_seats() -> MemoryStorage:
    storage = MemoryStorage()
    add(open_house(storage), "talk", 3)
    return storage


PARTIES = [
    c.Register(session_id="ses", person_id="zoe", seats=2),
    c.Register(session_id="ses", person_id="bob", seats=2),
]


def seated(store: Around) -> list[int]:
    house = later(store)
    return [one.seats for one in house.cantine.read.registrations("ses") if one.state == "confirmed"]


def test_two_parties_of_two_never_share_three_seats():
    """In every order one party has its seats and the other waits."""
    winners = Counter[str]()
    for schedule, results, store in both_at_once(three_seats(), PARTIES):
        assert not [one for one in results if isinstance(one, Exception)], schedule.names
        assert seated(store) == [2], schedule.names
        house_laws.seats(house_laws.hold(store, START), START)
        winners[later(store).get(m.Session, "ses").waiting[0]] += 1
    assert sum(winners.values()) > 1


def test_without_versions_both_parties_are_seated():
    """Control: on a store that forgets versions there are four people on three seats in some order."""
    assert any(sum(seated(store)) > 3 for _, _, store in both_at_once(three_seats(), PARTIES, WithoutVersions))
