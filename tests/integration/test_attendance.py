"""The door and the sheet: who is marked when, how a sheet is closed, printed and read, who did not come."""

from __future__ import annotations

import csv
import io
from datetime import datetime, time, timedelta

import pytest

from cantinekit import commands as c
from cantinekit import events as ev
from cantinekit import records as m
from cantinekit.clock import Period
from cantinekit.errors import (
    InputError,
    NaiveDatetimeError,
    NotFoundError,
    TooEarlyError,
    UnsuitableError,
    WrongStateError,
)
from cantinekit.money import Money
from cantinekit.runtime import codec
from support.houses import small_house
from support.houses.at_the_door import at_door, nothing_stored, over, seated, starts, trained
from support.houses.small_house import TODAY
from support.laws import house_laws

TOMORROW = TODAY + timedelta(days=1)


# --- marks -----------------------------------------------------------------------------------------------------------


def test_the_door_opens_an_hour_before_and_closes_with_the_sheet():
    """Attendance is marked from an hour before the session until its sheet is closed, and again once it is reopened."""
    house, (zoe,) = seated("zoe")
    mark = c.MarkAttendance(zoe)
    house.clock.set(starts(house) - timedelta(hours=1, microseconds=1))
    nothing_stored(house, mark, TooEarlyError)
    at_door(house, minutes=-60)
    assert house.do(mark).value.marks == (m.Mark(1, house.clock.now()),)
    over(house)
    house.wait(days=3)
    house.do(c.MarkAttendance(zoe, present=False))
    house.do(c.CloseSheet("free"))
    nothing_stored(house, mark, WrongStateError, "closed")
    house.do(c.ReopenSheet("free", reason="she was there"))
    assert house.do(mark).value.present == 1


def test_every_mark_is_in_the_journal_with_who_and_when():
    """A mark and its correction are two entries, each with its actor and its instant; whoever is there has arrived
    when it was first said."""
    house, (zoe,) = seated("zoe", seats=2)
    at_door(house)
    first = house.clock.now()
    house.do(c.MarkAttendance(zoe, seats=1), actor="door:left")
    house.wait(minutes=10)
    house.do(c.MarkAttendance(zoe), actor="door:right")
    assert house.get(m.Registration, zoe).marks == (m.Mark(2, first),)
    entries = [one for one in house.cantine.read.history(m.Registration, zoe) if one.type == "AttendanceMarked"]
    assert [(one.actor, one.at - first) for one in entries] == [
        ("door:left", timedelta()),
        ("door:right", timedelta(minutes=10)),
    ]
    assert [codec.decode_event(one) for one in entries] == [
        ev.AttendanceMarked(zoe, 1, first),
        ev.AttendanceMarked(zoe, 2, first),
    ]


def test_the_same_mark_again_writes_nothing():
    """Two desks that say the same leave one mark, and the first arrival."""
    house, (zoe,) = seated("zoe")
    at_door(house)
    house.do(c.MarkAttendance(zoe))
    before = small_house.snapshot(house.storage)
    house.wait(minutes=5)
    assert house.do(c.MarkAttendance(zoe), actor="door:right").events == ()
    assert small_house.snapshot(house.storage) == before


def test_a_mark_writes_the_registration_and_not_the_session():
    """Whoever is at the door does not queue behind the others: the row of the session is only compared."""
    house, (zoe, bob) = seated("zoe", "bob")
    at_door(house)
    version = {key: row.version for key, row in small_house.rows(house.storage).items()}
    house.do(c.MarkAttendance(zoe))
    changed = {key.kind for key, row in small_house.rows(house.storage).items() if row.version != version.get(key)}
    assert changed == {"registration", "training"}
    house.do(c.MarkAttendance(bob, present=False))
    assert house.get(m.Registration, bob).marks == (m.Mark(0),)


@pytest.mark.parametrize("seats", [0, -1, 3, True, "2", 10**9])
def test_impossible_seats_at_the_door(seats):
    """More seats than the registration has, none, or no number are refused, and nothing is stored."""
    house, (zoe,) = seated("zoe", seats=2)
    at_door(house)
    before = small_house.snapshot(house.storage)
    with pytest.raises((InputError, UnsuitableError)):
        house.do(c.MarkAttendance(zoe, seats=seats))
    assert small_house.snapshot(house.storage) == before


def test_whoever_is_not_there_has_no_seats():
    """Absent with seats, or present that is no yes or no, is malformed."""
    for bad in ({"present": False, "seats": 1}, {"present": 1}, {"present": None}):
        with pytest.raises(InputError):
            c.MarkAttendance("reg", **bad)
    for bad in ({"seats": 0, "arrived": small_house.START}, {"seats": 1}):
        with pytest.raises(InputError):
            m.Mark(**bad)


def test_only_confirmed_seats_are_marked():
    """A seat that is not paid, a rank, and one that was given up cannot be marked; nor can anything of a cancelled
    session, or of somebody who is to be forgotten."""
    house, (zoe, _) = seated("zoe", "bob")
    waiting = house.do(c.Register(session_id="free", person_id="eve")).value.id
    at_door(house)
    nothing_stored(house, c.MarkAttendance(waiting), WrongStateError, "waiting")
    house.do(c.CancelRegistration(zoe))
    nothing_stored(house, c.MarkAttendance(zoe), WrongStateError, "cancelled")
    house.do(c.CancelSession("free", reason="a power cut"))
    nothing_stored(house, c.MarkAttendance(waiting), WrongStateError, "cancelled")
    nothing_stored(house, c.MarkAttendance("nobody"), NotFoundError)
    house, (bob,) = seated("bob")
    over(house)
    house.cantine._engine.run(c.ForgetPerson("bob"), "ana")
    nothing_stored(house, c.MarkAttendance(bob), WrongStateError, "leaving")


def test_giving_a_marked_seat_up_takes_the_mark_back():
    """Between the door and the start a seat can still be given up: the mark goes with it, and what it had taught."""
    house, (zoe,) = seated("zoe")
    at_door(house)
    house.do(c.MarkAttendance(zoe))
    assert trained(house, "zoe")
    house.do(c.CancelRegistration(zoe))
    assert house.get(m.Registration, zoe).marks == ()
    assert not trained(house, "zoe")
    house_laws.folds(house.storage)


def test_a_session_that_is_broken_off_leaves_no_marks():
    """A session that is cancelled while it runs has nobody present, no sheet to close and teaches nothing."""
    house, ids = seated("zoe", "bob")
    at_door(house)
    for one in ids:
        house.do(c.MarkAttendance(one))
    at_door(house, minutes=20)
    house.do(c.CancelSession("free", reason="a power cut"))
    assert [house.get(m.Registration, one).marks for one in ids] == [(), ()]
    assert not trained(house, "zoe")
    over(house)
    nothing_stored(house, c.CloseSheet("free"), WrongStateError, "cancelled")
    assert house.cantine.read.sheet("free").rows == ()
    house_laws.hold(house.storage, house.clock.now())


def test_a_session_is_not_moved_from_under_people():
    """Once somebody is present it keeps its time; another room is possible, and another time before anybody came."""
    house, (zoe,) = seated("zoe")
    at_door(house)
    begins = house.get(m.Session, "free").starts
    earlier = c.MoveSession("free", starts=begins.at.replace(hour=begins.at.hour + 1))
    house.do(c.MarkAttendance(zoe))
    nothing_stored(house, earlier, WrongStateError, "people are present")
    house.do(c.MoveSession("free", space_id="a"))
    house.do(c.MarkAttendance(zoe, present=False))
    house.do(earlier)
    assert house.get(m.Session, "free").starts.at == earlier.starts


# --- the sheet -------------------------------------------------------------------------------------------------------


def test_a_closed_sheet_says_who_did_not_come_and_writes_one_row():
    """Closing 300 seats writes the session alone: who was not marked did not come, without a row for each."""
    house = small_house.open_house()
    house.do(c.ChangeSeats("free", seats=300))
    for n in range(60):
        house.do(c.AddPerson(name=f"Person {n}", id=f"p{n}"))
        house.do(c.Register(session_id="free", person_id=f"p{n}", seats=5))
    ids = [one.id for one in house.cantine.read.registrations("free")]
    at_door(house)
    for one in ids[:20]:
        house.do(c.MarkAttendance(one, seats=4))
    over(house)
    sheet = house.cantine.read.sheet("free")
    assert (sheet.confirmed, sheet.present, sheet.absent, sheet.unmarked) == (300, 80, 20, 200)
    before = small_house.rows(house.storage)
    outcome = house.do(c.CloseSheet("free", walk_ins=7))
    after = small_house.rows(house.storage)
    assert [key.kind for key in after if after[key] != before.get(key)] == ["session"]
    assert outcome.value.sheet == m.Sheet(house.clock.now(), 7)
    sheet = house.cantine.read.sheet("free")
    assert (sheet.confirmed, sheet.present, sheet.absent, sheet.unmarked, sheet.walk_ins) == (300, 80, 220, 0, 7)
    assert len(house.cantine.read.no_shows_at("paris", Period(starts(house), house.clock.now()))) == 60


NO_SHOW = """
[tariff]
id = "strict"
name = "Strict"
currency = "EUR"
timezone = "Europe/Paris"
prices = "incl"
[product.evening]
rate = { price = 10.00 }
[product.evening.cancel]
delay = { unit = "hour" }
keep = [{ from = 0, percent = "50%" }]
no_show = { percent = "50%", fee = 5.00 }
"""


def test_marks_and_sheets_move_no_money():
    """A seat keeps its price whoever came, also where the price list says what is kept of whoever did not; staff give
    back and charge by hand, and a sheet that is opened again undoes none of that.
    """
    house = small_house.open_house()
    house.do(c.PublishTariff(NO_SHOW))
    house.do(c.AddWorkshop(place_id="paris", title="Evening", product_id="strict/evening", id="evening"))
    evening = c.AddSession(workshop_id="evening", day=TOMORROW, starts=time(18), ends=time(20), seats=2, id="strict")
    house.do(evening)
    seat = house.do(c.Register(session_id="strict", person_id="zoe", account="desk")).value
    over(house, "strict")
    house.do(c.MarkAttendance(seat.id, present=False))
    house.do(c.CloseSheet("strict"))
    (charge,) = house.all(m.Charge)
    assert (charge.state, charge.held, house.get(m.Registration, seat.id).state) == (
        "settled",
        charge.amount,
        "confirmed",
    )
    half = Money(500, "EUR")
    house.do(c.RefundCharge(charge.id, amount=half, reason="did not come: half of it stays"))
    house.do(c.ReopenSheet("strict", reason="she was there"))
    house.do(c.MarkAttendance(seat.id))
    assert house.get(m.Charge, charge.id).held == half
    house_laws.hold(house.storage, house.clock.now())


def test_a_sheet_is_closed_once_and_after_the_session():
    """Not before the session ends; the same again changes nothing, other walk-ins are refused; it opens again with a
    reason, and the marks are as they were."""
    house, (zoe,) = seated("zoe")
    nothing_stored(house, c.CloseSheet("free"), TooEarlyError)
    at_door(house)
    house.do(c.MarkAttendance(zoe))
    at_door(house, minutes=119)
    nothing_stored(house, c.CloseSheet("free"), TooEarlyError)
    over(house)
    house.do(c.CloseSheet("free", walk_ins=2))
    house.wait(hours=1)
    before = small_house.snapshot(house.storage)
    house.do(c.CloseSheet("free", walk_ins=2))
    assert small_house.snapshot(house.storage) == before
    nothing_stored(house, c.CloseSheet("free", walk_ins=3), WrongStateError)
    house.do(c.ReopenSheet("free", reason="one more"), actor="desk:bea")
    sheet = house.cantine.read.sheet("free")
    assert (sheet.closed_at, sheet.walk_ins, sheet.present) == (None, 0, 1)
    nothing_stored(house, c.ReopenSheet("free", reason="again"), WrongStateError, "open")
    for reason in ("", "  ", None, "x" * 501):
        with pytest.raises(InputError):
            c.ReopenSheet("free", reason=reason)
    for walk_ins in (-1, True, 1.5, "2"):
        with pytest.raises(InputError):
            c.CloseSheet("free", walk_ins=walk_ins)


def named_house(*names: str):
    house = small_house.open_house()
    house.do(c.ChangeSeats("free", seats=100))
    ids = {}
    for number, name in enumerate(names):
        house.do(c.AddPerson(name=name, id=f"p{number}"))
        ids[name] = house.do(c.Register(session_id="free", person_id=f"p{number}")).value.id
    return house, ids


NAMES = ("zoé", "Bob", "Élodie", "émile", "=2+3", "a|b\n<b>*c*</b>", "Eva")


def test_the_sheet_is_in_the_order_of_names():
    """Alphabetical, whatever the accents and the size of the letters; with who arrived when and in which state."""
    house, ids = named_house(*NAMES)
    house.do(c.Register(session_id="free", person_id="zoe", seats=50))
    at_door(house, minutes=5)
    house.do(c.MarkAttendance(ids["Bob"]))
    house.do(c.MarkAttendance(ids["Eva"], present=False))
    rows = house.cantine.read.sheet("free").rows
    people = [row.name for row in rows]
    assert people == ["=2+3", NAMES[5], "Bob", "Canary-Zoe", "Élodie", "émile", "Eva", "zoé"]
    states = {row.name: (row.state, row.present, row.arrived) for row in rows}
    assert states["Bob"] == ("present", 1, house.clock.now())
    assert states["Eva"] == ("absent", 0, None)
    assert states["zoé"] == ("unmarked", 0, None)


def test_a_sheet_in_a_spreadsheet_holds_no_formula():
    """The table has every row and name; what a spreadsheet would take for a formula is text."""
    house, ids = named_house(*NAMES)
    at_door(house, minutes=5)
    house.do(c.MarkAttendance(ids["=2+3"]))
    text = house.cantine.read.sheet("free").to_csv().decode("utf-8-sig")
    head, *lines = csv.reader(io.StringIO(text))
    assert head == ["registration", "person", "name", "seats", "present", "arrived", "state"]
    assert len(lines) == len(NAMES)
    assert lines[0][2:] == ["'=2+3", "1", "1", "2026-11-25T12:05:00+01:00", "present"]
    assert lines[1][2] == NAMES[5]
    assert not any(cell.startswith(("=", "+", "-", "@")) for line in lines for cell in line)


def test_a_sheet_is_printed_to_be_signed():
    """In French and English, with a line for each name and a column to sign in; no name is a mark or breaks a row."""
    house, ids = named_house(*NAMES)
    blank = house.cantine.read.sheet("free").to_markdown()
    assert blank.startswith("# Feuille d’émargement\n\n**Conférence**\n\n- Lieu\u00a0: Paris\n")
    assert "- Le 25/11/2026, de 12:00 à 14:00\n" in blank
    assert "| Nom | Places | Présents | Arrivée | Signature |" in blank
    assert "| Bob | 1 |  |  |  |" in blank
    assert "| a\\|b \\<b\\>\\*c\\*\\</b\\> | 1 |" in blank
    assert len([line for line in blank.splitlines() if line.startswith("| ")]) == 2 + len(NAMES)
    at_door(house, minutes=3)
    house.do(c.MarkAttendance(ids["Bob"]))
    over(house)
    house.do(c.CloseSheet("free", walk_ins=4))
    printed = house.cantine.read.sheet("free").to_markdown("en")
    assert "| Bob | 1 | 1 | 12:03 |  |" in printed
    assert (
        "- Registered: 7; present: 1; absent: 6\n- Without registration: 4\n- Closed on 2026-11-25 at 14:00\n"
        in printed
    )
    with pytest.raises(InputError):
        house.cantine.read.sheet("free").to_markdown("de")
    with pytest.raises(NotFoundError):
        house.cantine.read.sheet("nothing")


def test_a_sheet_is_read_in_few_round_trips():
    """However many people: a sheet is a handful of questions to the store."""
    house, _ = named_house(*(f"P{n}" for n in range(40)))
    loads = []
    original = house.storage.load
    house.storage.load = lambda keys: loads.append(len(keys)) or original(keys)
    house.cantine.read.sheet("free")
    assert len(loads) <= 5
    house.storage.load = original


def test_no_shows_of_a_person_and_of_a_place():
    """Only of closed sheets, since an instant, and only the seats that stayed empty."""
    house, (zoe,) = seated("zoe", seats=2)
    paid = house.do(c.Register(session_id="paid", person_id="zoe", account="desk")).value.id
    at_door(house)
    house.do(c.MarkAttendance(zoe, seats=1))
    over(house, "paid")
    assert house.cantine.read.no_shows("zoe") == ()
    house.do(c.CloseSheet("free"))
    house.do(c.CloseSheet("paid"))
    first, second = house.cantine.read.no_shows("zoe")
    assert (first.registration_id, first.seats, first.at) == (zoe, 1, starts(house))
    assert (second.registration_id, second.seats, second.at) == (paid, 1, starts(house, "paid"))
    assert house.cantine.read.no_shows("zoe", since=second.at) == (second,)
    assert house.cantine.read.no_shows("bob") == ()
    day = house.cantine.read.day("paris", TOMORROW)
    assert house.cantine.read.no_shows_at("paris", day) == (first, second)
    assert house.cantine.read.no_shows_at("brest", day) == ()
    with pytest.raises(NaiveDatetimeError):
        house.cantine.read.no_shows("zoe", since=datetime(2026, 1, 1))
