"""Seats at their edge: holds that ran out, options, who waits when a session begins, dead holds in figures."""

from __future__ import annotations

from datetime import date, time, timedelta

import attrs
import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.commands import Expire
from cantinekit.errors import DuplicateError, TooLateError, UnsuitableError, WrongStateError
from cantinekit.money import Money
from cantinekit.plugins.ports import Change, Key
from cantinekit.runtime import codec
from support.houses.small_house import START, House, open_house, period, utc
from support.laws import house_laws

TOMORROW = date(2026, 11, 25)
BEGINS = utc(17, day=TOMORROW)
"""When the session of the welding workshop begins: at six in Paris."""


def session(house: House, id: str = "paid") -> m.Session:
    return house.get(m.Session, id)


def full(house: House, *, paid: bool = True) -> None:
    """Both seats of the paid session are taken, for good or as holds."""
    for person_id in ("ida", "max"):
        house.do(c.Register(session_id="paid", person_id=person_id, account="desk" if paid else None))


def templates(house: House, person: str | None = None) -> list[str]:
    return [one.template for one in house.mail.messages if person is None or one.to.startswith(f"canary-{person}")]


# --- what had to be ended first --------------------------------------------------------------------------------------


def test_what_a_prerequisite_causes_is_done_at_once_and_shown():
    """A registration that first ends a hold that ran out sends the offer at once, and its outcome shows it all."""
    house = open_house()
    house.do(c.ChangeSeats("paid", seats=1))
    house.do(c.Register(session_id="paid", person_id="zoe"))
    waiting = house.do(c.Register(session_id="paid", person_id="bob")).value
    house.wait(minutes=16)
    sent = len(house.mail.messages)
    outcome = house.do(c.Register(session_id="paid", person_id="eve"))
    assert outcome.value.state == "waiting"
    assert house.get(m.Registration, waiting.id).state == "held"
    shown = [("seat expired", "zoe"), ("seat offered", "bob"), ("waiting list joined", "eve")]
    assert list(outcome.messages) == shown
    assert [message.template for message in house.mail.messages[sent:]] == [template for template, _ in shown]
    assert [event.type for event in outcome.events].count("SeatPromoted") == 1
    assert not [task for task in house.cantine.read.tasks() if task.work == "message"]
    house.wait(minutes=3)
    house.cantine.run_due()
    assert len(house.mail.received) == len(house.mail.messages) == sent + 3


def test_units_that_a_prerequisite_frees_can_be_spent_at_once():
    """A hold that an entry of a carnet had paid in part gives it back to the command that comes upon it."""
    house = open_house()
    house.do(c.SellPass(product_id="carnet", place_id="paris", holder_id="zoe", account="desk"))
    held = house.do(c.Register(session_id="paid", person_id="zoe", option_ids=("materials",))).value
    assert held.state == "held"
    house.wait(minutes=16)
    again = house.do(c.Register(session_id="paid", person_id="zoe", option_ids=("materials",), account="desk"))
    assert again.value.state == "confirmed"
    assert house.get(m.Registration, held.id).state == "expired"
    assert [one.left for one in house.cantine.read.balance("zoe")] == [9]
    house_laws.hold(house.storage, house.clock.now())


def test_one_registers_again_after_ones_own_hold_ran_out():
    """A hold of one's own that ran out is no second registration; one that still runs is."""
    house = open_house()
    first = house.do(c.Register(session_id="paid", person_id="zoe")).value
    house.wait(minutes=14)
    with pytest.raises(DuplicateError):
        house.do(c.Register(session_id="paid", person_id="zoe", account="desk"))
    house.wait(minutes=2)
    second = house.do(c.Register(session_id="paid", person_id="zoe", account="desk")).value
    assert (second.state, house.get(m.Registration, first.id).state) == ("confirmed", "expired")
    assert (session(house).confirmed, session(house).held) == (1, ())
    house.cantine.run_due()
    assert house.get(m.Registration, second.id).state == "confirmed"
    house_laws.hold(house.storage, house.clock.now())
    house_laws.folds(house.storage)


# --- options ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("chosen", "kept", "amount"), [(None, ("materials",), 1800), (("materials",), ("materials",), 1800), ((), (), 1000)]
)
def test_who_takes_an_offered_seat_keeps_the_options_asked_for(chosen, kept, amount):
    """A seat from the waiting list comes with the options that were asked for, unless others, or none, are named."""
    house = open_house()
    full(house)
    waiting = house.do(c.Register(session_id="paid", person_id="zoe", option_ids=("materials",))).value
    house.do(c.ChangeSeats("paid", seats=3))
    offered = house.get(m.Registration, waiting.id)
    assert (offered.state, offered.option_ids) == ("held", ("materials",))
    outcome = house.do(c.TakeSeat(waiting.id, option_ids=chosen, account="desk"))
    assert (outcome.value.state, outcome.value.option_ids) == ("confirmed", kept)
    assert [charge.amount for charge in outcome.charges] == [Money(amount, "EUR")]


def test_an_option_asked_of_a_free_session_is_refused():
    """A free session has no options: asking for one is refused, whether there is a seat or not."""
    house = open_house()
    for person_id in ("ida", "max", "zoe"):
        with pytest.raises(UnsuitableError, match="does not go with this workshop"):
            house.do(c.Register(session_id="free", person_id="lou", option_ids=("materials",)))
        assert house.do(c.Register(session_id="free", person_id=person_id)).value.state == (
            "waiting" if person_id == "zoe" else "confirmed"
        )


def test_an_option_of_a_free_workshop_is_paid():
    """Where a free workshop has an option, a seat is free and the option costs; a seat that comes late is an offer."""
    house = open_house()
    house.do(
        c.AddWorkshop(place_id="paris", title="Open forge", product_id=None, option_ids=("materials",), id="forge")
    )
    house.do(c.AddSession(workshop_id="forge", day=TOMORROW, starts=time(18), ends=time(19), seats=1, id="forging"))
    plain = house.do(c.Register(session_id="forging", person_id="zoe"))
    assert (plain.value.state, plain.charges) == ("confirmed", ())
    waits = house.do(c.Register(session_id="forging", person_id="bob", option_ids=("materials",))).value
    house.do(c.CancelRegistration(plain.value.id))
    assert house.get(m.Registration, waits.id).state == "held"
    outcome = house.do(c.TakeSeat(waits.id, account="desk"))
    assert [charge.amount for charge in outcome.charges] == [Money(800, "EUR")]


@pytest.mark.parametrize("how", ["seat", "option"])
def test_a_workshop_sells_no_product_of_another_operator(how):
    """Neither the seat nor an option of a workshop may be a product whose money goes to somebody else."""
    house = open_house()
    tariff = "seat" if how == "seat" else "materials"
    house.do(
        c.AddProduct(name="theirs", entity_id="coop", pricelist_id="net", tariff_product=tariff, sells=how, id="theirs")
    )
    product, options = ("theirs", ()) if how == "seat" else ("seat", ("theirs",))
    with pytest.raises(UnsuitableError, match="not sold by the operator of Paris"):
        house.do(c.AddWorkshop(place_id="paris", title="Theirs", product_id=product, option_ids=options, id="wks"))
    assert house.cantine.read.get(m.Workshop, "wks") is None


# --- figures ---------------------------------------------------------------------------------------------------------


def test_dead_holds_are_counted_nowhere():
    """A hold that ran out is no seat taken: not in the agenda, not in the attendance, ended or not."""
    house = open_house()

    def figures() -> tuple[str, int, int]:
        (item,) = (one for one in house.cantine.read.agenda("paris", TOMORROW) if one.id == "paid")
        return item.state, item.units, house.cantine.read.attendance("paris", TOMORROW).seats_taken

    house.do(c.Register(session_id="paid", person_id="ida", account="desk"))
    held = house.do(c.Register(session_id="paid", person_id="max")).value
    assert figures() == ("2/2", 2, 2)
    house.wait(minutes=16)
    assert figures() == ("1/2", 1, 1)
    house.do(c.Register(session_id="paid", person_id="zoe", account="desk"))
    assert figures() == ("2/2", 2, 2)
    house.cantine._engine.run(Expire(m.Subject("registration", held.id)), "system")
    assert figures() == ("2/2", 2, 2)


def test_promotion_past_a_dead_hold_never_shows_more_seats_than_there_are():
    """Two holds that ran out while two waited: after one of them is ended, the figures show two of two."""
    house = open_house()
    full(house, paid=False)
    for person_id in ("zoe", "bob"):
        assert house.do(c.Register(session_id="paid", person_id=person_id)).value.state == "waiting"
    house.wait(minutes=16)
    first = session(house).held[0].registration_id
    house.cantine._engine.run(Expire(m.Subject("registration", first)), "system")
    assert session(house).free(house.clock.now()) == 0
    (item,) = (one for one in house.cantine.read.agenda("paris", TOMORROW) if one.id == "paid")
    assert (item.state, house.cantine.read.attendance("paris", TOMORROW).seats_taken) == ("2/2", 2)
    house.cantine.run_due()
    house_laws.hold(house.storage, house.clock.now())


def test_a_booking_whose_hold_ran_out_is_not_in_the_agenda():
    """The agenda shows a hold as long as it runs, ended by somebody or not."""
    house = open_house()
    held = house.do(c.HoldSpace(space_id="a1", product_id="room", period=period(9, 10), minutes=5)).value

    def shown() -> list[str]:
        return [one.id for one in house.cantine.read.agenda("paris", START.date()) if one.kind == "booking"]

    assert shown() == [held.id]
    house.wait(minutes=5)
    assert shown() == []
    assert house.get(m.Booking, held.id).state == "held"


# --- once it begins --------------------------------------------------------------------------------------------------


def test_who_waits_when_a_session_begins_is_told_and_waits_no_more():
    """At its beginning the waiting list of a session is closed: each on it is told so, once, and is on no list."""
    house = open_house()
    full(house)
    waits = [house.do(c.Register(session_id="paid", person_id=person_id)).value for person_id in ("zoe", "bob")]
    house.clock.set(BEGINS - timedelta(seconds=1))
    house.cantine.run_due()
    assert [house.get(m.Registration, one.id).state for one in waits] == ["waiting", "waiting"]
    house.clock.set(BEGINS)
    for _ in range(3):
        house.cantine.run_due()
        house.wait(hours=1)
    assert [house.get(m.Registration, one.id).state for one in waits] == ["expired", "expired"]
    assert session(house).waiting == ()
    assert templates(house, "zoe") == templates(house, "bob") == ["waiting list joined", "waiting list closed"]
    house_laws.hold(house.storage, house.clock.now())
    house_laws.folds(house.storage)


def test_who_got_a_seat_is_not_told_that_the_list_is_closed():
    """Control: who was promoted, or gave the rank up, hears nothing when the session begins."""
    house = open_house()
    house.do(c.Register(session_id="free", person_id="ida"))
    taken = house.do(c.Register(session_id="free", person_id="max")).value
    promoted, gone = [
        house.do(c.Register(session_id="free", person_id=person_id)).value for person_id in ("zoe", "bob")
    ]
    house.do(c.CancelRegistration(gone.id))
    house.do(c.CancelRegistration(taken.id))
    house.clock.set(BEGINS)
    house.cantine.run_due()
    assert house.get(m.Registration, promoted.id).state == "confirmed"
    assert "waiting list closed" not in templates(house)


def test_seats_are_not_changed_once_a_session_has_begun():
    """After its beginning a session keeps its seats; until then they change, but not below what is taken."""
    house = open_house()
    full(house)
    house.clock.set(BEGINS - timedelta(seconds=1))
    assert house.do(c.ChangeSeats("paid", seats=5)).value.capacity == 5
    with pytest.raises(WrongStateError, match="taken by 2"):
        house.do(c.ChangeSeats("paid", seats=1))
    house.clock.set(BEGINS)
    with pytest.raises(TooLateError, match="began at"):
        house.do(c.ChangeSeats("paid", seats=6))
    assert session(house).capacity == 5


def test_nobody_overtakes_who_waits():
    """Where somebody waits beside a free seat, whatever made it so, who comes now is behind them."""
    house = open_house()
    house.do(c.Register(session_id="free", person_id="zoe"))
    row = house.storage.load([Key("session", "free")])[0]
    crowded = attrs.evolve(codec.decode(row), waiting=("reg_of_old",))
    house.storage.apply(Change(rows=(codec.encode(crowded, row.version + 1),)))
    assert crowded.free(house.clock.now()) == 1
    assert house.do(c.Register(session_id="free", person_id="bob")).value.state == "waiting"
