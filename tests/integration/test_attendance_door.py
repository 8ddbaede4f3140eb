"""Who comes without a registration; certificates of attendance; figures that tell registered from present."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta

import attrs
import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.clock import Period
from cantinekit.errors import (
    DuplicateError,
    NotFoundError,
    SoldOutError,
    TooEarlyError,
    TooLateError,
    UnsuitableError,
    WrongStateError,
)
from cantinekit.reads.attendance import Certificate
from support.houses.at_the_door import at_door, nothing_stored, over, seated, trained
from support.houses.small_house import TODAY
from support.laws import house_laws

TOMORROW = TODAY + timedelta(days=1)


# --- at the door -----------------------------------------------------------------------------------------------------


def test_somebody_without_a_registration_is_registered_at_the_door():
    """From an hour before until the sheet is closed, while seats are free: confirmed, present, and trained at once."""
    house, _ = seated("zoe")
    nothing_stored(house, c.Register(session_id="free", person_id="bob", at_door=True), TooEarlyError)
    at_door(house, minutes=15)
    nothing_stored(house, c.Register(session_id="free", person_id="bob"), TooLateError)
    bob = house.do(c.Register(session_id="free", person_id="bob", at_door=True)).value
    assert (bob.state, bob.marks) == ("confirmed", (m.Mark(1, house.clock.now()),))
    assert trained(house, "bob")
    full = nothing_stored(house, c.Register(session_id="free", person_id="eve", at_door=True), SoldOutError)
    assert (full.wanted, full.left) == (1, 0)
    nothing_stored(house, c.Register(session_id="free", person_id="bob", at_door=True), DuplicateError)
    over(house)
    house.do(c.CloseSheet("free"))
    nothing_stored(house, c.Register(session_id="free", person_id="eve", at_door=True), WrongStateError, "closed")
    house_laws.hold(house.storage, house.clock.now())
    house_laws.folds(house.storage)


def test_a_party_at_the_door_is_all_there():
    """Whoever comes with a guest has two seats, and both are marked present."""
    house, _ = seated()
    at_door(house)
    assert house.do(c.Register(session_id="free", person_id="bob", seats=2, at_door=True)).value.present == 2
    assert house.cantine.read.sheet("free").present == 2


def test_at_the_door_a_seat_is_paid_at_once():
    """Cash at the desk gives the seat; owing it, or a card that may yet decline, does not, and nothing is charged."""
    house, _ = seated()
    at_door(house, "paid", 10)
    for account in (None, "card"):
        nothing_stored(
            house,
            c.Register(session_id="paid", person_id="bob", account=account, at_door=True),
            UnsuitableError,
            "at once",
        )
    assert house.card.charges == ()
    paid = house.do(
        c.Register(session_id="paid", person_id="bob", option_ids=("materials",), account="desk", at_door=True)
    )
    assert (paid.value.state, str(paid.charges[0].paid), paid.value.present) == ("confirmed", "18.00 EUR", 1)
    house.do(c.SellPass(product_id="carnet", place_id="paris", holder_id="eve", account="desk"))
    assert house.do(c.Register(session_id="paid", person_id="eve", at_door=True)).value.present == 1
    house_laws.hold(house.storage, house.clock.now())


def test_before_the_start_nobody_is_overtaken_at_the_door():
    """While a party waits for more seats than are free, one at the door is refused; once it has begun nobody waits."""
    house, _ = seated("zoe")
    house.do(c.Register(session_id="free", person_id="bob", seats=2))
    at_door(house)
    door = c.Register(session_id="free", person_id="max", at_door=True)
    assert nothing_stored(house, door, SoldOutError).left == 0
    at_door(house, minutes=1)
    assert house.do(door).value.present == 1


def test_who_waited_gets_a_seat_at_the_door():
    """A rank ends when the session begins: whoever had one is registered at the door like anybody, before or after
    the task that ends it."""
    house, _ = seated("zoe", "bob")
    house.do(c.Register(session_id="free", person_id="eve"))
    at_door(house, minutes=1)
    nothing_stored(house, c.Register(session_id="free", person_id="max", at_door=True), SoldOutError)
    house, _ = seated("zoe", session="paid")
    house.do(c.Register(session_id="paid", person_id="bob", seats=1))  # held, and never paid
    house.do(c.Register(session_id="paid", person_id="eve"))
    at_door(house, "paid", 1)
    assert house.do(c.Register(session_id="paid", person_id="eve", account="desk", at_door=True)).value.present == 1
    assert [one.state for one in house.cantine.read.registrations("paid") if one.person_id == "eve"] == [
        "expired",
        "confirmed",
    ]


# --- certificates ----------------------------------------------------------------------------------------------------


def test_a_certificate_says_who_was_where_and_how_long():
    """Names, times and minutes as the records have them, when the sheet was closed; the same each time it is asked."""
    house, (zoe, _) = seated("zoe", "bob")
    at_door(house)
    house.do(c.MarkAttendance(zoe))
    over(house)
    house.do(c.CloseSheet("free"))
    closed = house.clock.now()
    found = house.cantine.read.certificate(zoe)
    period = house.get(m.Session, "free").period
    assert found == Certificate(
        zoe, "Canary-Zoe", "Conférence", "Paris", "Asso", (period,), "Europe/Paris", 120, closed
    )
    house.wait(days=30)
    assert house.cantine.read.certificate(zoe) == found
    said = json.loads(found.to_json())
    assert said == found.data()
    assert said["meetings"] == [["2026-11-25T11:00:00.000000Z", "2026-11-25T13:00:00.000000Z"]]
    assert (said["minutes"], said["seal"]) == (120, found.seal)


@pytest.mark.parametrize("field", [field.name for field in attrs.fields(Certificate)])
def test_the_seal_covers_every_field(field):
    """Whatever is changed in a certificate, its seal is another."""
    at = datetime(2026, 11, 25, 11, tzinfo=UTC)
    one = Certificate("reg", "Zoé", "W", "P", "E", (Period(at, at + timedelta(hours=2)),), "Europe/Paris", 120, at)
    other = {"meetings": (), "minutes": 121, "issued_at": at + timedelta(microseconds=1)}
    assert attrs.evolve(one, **{field: other.get(field, "else")}).seal != one.seal
    assert len(one.seal) == 64


def test_no_certificate_for_who_was_not_there():
    """Refused while the sheet is open, for the absent, for a seat that was given up, and for the forgotten."""
    house, (zoe, bob) = seated("zoe", "bob")
    house.do(c.CancelRegistration(bob))
    ida = house.do(c.Register(session_id="free", person_id="ida")).value.id
    at_door(house)
    house.do(c.MarkAttendance(zoe))
    over(house)

    def refused(id, match):
        with pytest.raises(WrongStateError, match=match):
            house.cantine.read.certificate(id)

    refused(zoe, "open")
    house.do(c.CloseSheet("free"))
    refused(ida, "absent")
    refused(bob, "cancelled")
    with pytest.raises(NotFoundError):
        house.cantine.read.certificate("nothing")
    house.do(c.ReopenSheet("free", reason="look again"))
    refused(zoe, "open")
    house.do(c.CloseSheet("free"))
    house.cantine.forget("zoe", actor="ana")
    refused(zoe, "forgotten")


# --- figures ---------------------------------------------------------------------------------------------------------


def test_figures_tell_registered_from_present():
    """Seats that were taken stay what they were; beside them stand those that are known to be there, and walk-ins."""
    house, (zoe, _) = seated("zoe", "bob")
    at_door(house)
    house.do(c.MarkAttendance(zoe))
    read = house.cantine.read
    figures = read.attendance("paris", TOMORROW)
    assert (figures.seats_taken, figures.seats_present) == (2, 1)
    over(house, "paid")
    month = read.events(["paris"], 2026)[0]
    assert (month.month, month.sessions, month.seats, month.sheets, month.present) == (date(2026, 11, 1), 2, 2, 0, 0)
    house.do(c.CloseSheet("free", walk_ins=5))
    figures = read.attendance("paris", TOMORROW)
    assert (figures.seats_taken, figures.seats_present) == (2, 6)
    month = read.events(["paris"], 2026)[0]
    assert (month.sessions, month.seats, month.sheets, month.present) == (2, 2, 1, 6)
