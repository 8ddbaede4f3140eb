"""A place that changes its openings: what is booked from then on, what stays, who is told why, and what is stored."""

from __future__ import annotations

import json
from datetime import date, time

import attrs
import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.errors import ClosedError, NotFoundError, UnsuitableError
from cantinekit.plugins.ports import Guard, Key, Row
from cantinekit.runtime import codec
from cantinekit.scheduling.availability import Filter, Question
from support.houses.small_house import HOURS, START, House, open_house, period
from support.laws import house_laws

TOMORROW = date(2026, 11, 25)
MORNINGS = m.OpenHours.weekly(range(7), time(9), time(12))


def closed_on(day: date, why: str = "public holiday", name: str = "Sainte Catherine") -> m.Openings:
    return m.Openings(closed=[m.ClosedDays.on(why, name, day)])


def test_new_hours_bind_what_is_booked_from_now_on():
    """A booking of the afternoon stays when the house goes over to mornings; another is refused, and it is listed."""
    house = open_house()
    kept = house.do(c.Book(space_id="b", product_id="room", period=period(14, 15, TOMORROW), account="desk")).value
    house.do(c.ChangeOpenings(place_id="paris", hours=MORNINGS))
    with pytest.raises(ClosedError, match="outside its opening hours"):
        house.do(c.Book(space_id="b", product_id="room", period=period(15, 16, TOMORROW), account="desk"))
    house.do(c.Book(space_id="b", product_id="room", period=period(8, 9, TOMORROW), account="desk"))
    assert house.get(m.Booking, kept.id).state == "confirmed"
    ((outside, verdict),) = house.cantine.read.booked_outside("paris", period(0, 24, TOMORROW))
    assert (outside.id, str(verdict)) == (kept.id, "outside hours")
    house.do(c.CancelBooking(kept.id))
    assert house.cantine.read.booked_outside("paris", period(0, 24, TOMORROW)) == ()


@pytest.mark.parametrize("why", m.CLOSED_FOR)
def test_a_refusal_says_for_what_it_is_closed(why):
    """A booking, a visit and an answer on a closed day give the reason and its name."""
    house = open_house()
    house.do(c.ChangeOpenings(place_id="paris", hours=HOURS, openings=closed_on(START.date(), why)))
    for command in (
        c.Book(space_id="b", product_id="room", period=period(10, 11), account="desk"),
        c.CheckIn(place_id="paris", product_id="half-day", account="desk"),
        c.HoldSpace(space_id="a", product_id="room", period=period(10, 11)),
    ):
        with pytest.raises(ClosedError) as refused:
            house.do(command)
        assert refused.value.reason == f"{why}: Sainte Catherine"
    found = house.cantine.find_free(Question(period(10, 11), filter=Filter(place_ids=("paris",))))
    assert {str(reason.verdict) for reason in found.reasons.values()} == {f"{why}: Sainte Catherine"}
    assert house.cantine.availability("b", period(8, 17)) == ()
    house.do(c.Book(space_id="b", product_id="room", period=period(10, 11), account="desk", override="inventory"))


def test_an_extra_opening_can_be_booked():
    """On a closed day that has an extra opening, what lies within it can be booked, and is shown as free."""
    house = open_house()
    extra = m.ExtraOpening.between("market", TOMORROW, time(20), time(1))
    house.do(
        c.ChangeOpenings(place_id="paris", hours=HOURS, openings=attrs.evolve(closed_on(TOMORROW), extra=(extra,)))
    )
    assert house.cantine.availability("b", period(0, 30, TOMORROW)) == (period(19, 24, TOMORROW),)
    house.do(c.Book(space_id="b", product_id="room", period=period(22, 24, TOMORROW), account="desk"))
    with pytest.raises(ClosedError):
        house.do(c.Book(space_id="b", product_id="room", period=period(23, 25, TOMORROW), account="desk"))
    house_laws.hold(house.storage, house.clock.now())


def test_a_space_may_be_open_for_less_than_its_place():
    """The hours of a space narrow those of its place, for it alone; without hours it has the place's again."""
    house = open_house()
    house.do(c.ChangeOpenings(place_id="paris", hours=MORNINGS, space_id="b"))
    with pytest.raises(ClosedError):
        house.do(c.Book(space_id="b", product_id="room", period=period(14, 15, TOMORROW), account="desk"))
    house.do(c.Book(space_id="a1", product_id="room", period=period(14, 15, TOMORROW), account="desk"))
    assert house.cantine.availability("b", period(0, 24, TOMORROW)) == (period(8, 11, TOMORROW),)
    house.do(c.ChangeOpenings(place_id="paris", space_id="b"))
    house.do(c.Book(space_id="b", product_id="room", period=period(14, 15, TOMORROW), account="desk"))


def test_what_is_proposed_lies_within_the_openings():
    """The nearest free times of a refused booking are within the openings as they are now."""
    house = open_house()
    house.do(c.ChangeOpenings(place_id="paris", hours=MORNINGS))
    house.do(c.Book(space_id="b", product_id="room", period=period(8, 9, TOMORROW), account="desk"))
    with pytest.raises(Exception, match="taken") as refused:
        house.do(c.Book(space_id="b", product_id="room", period=period(8, 9, TOMORROW), account="desk"))
    assert refused.value.nearest == (period(9, 10, TOMORROW), period(10, 11, TOMORROW))


def test_each_change_is_in_the_journal():
    """The history of a place tells each of its openings, and the journal makes the rows; no change is no entry."""
    house = open_house()
    for hours in (MORNINGS, HOURS, HOURS):
        house.do(c.ChangeOpenings(place_id="paris", hours=hours, openings=closed_on(TOMORROW)))
    entries = [entry for entry in house.cantine.read.history(m.Place, "paris") if entry.type == "OpeningsChanged"]
    assert [codec.decode_event(entry).hours for entry in entries] == [MORNINGS, HOURS]
    house.do(c.ChangeOpenings(place_id="paris", hours=MORNINGS, space_id="b"))
    assert [e.type for e in house.cantine.read.history(m.Space, "b")][-1] == "OpeningsChanged"
    house_laws.folds(house.storage)


def test_what_is_not_there_is_refused():
    """A place or space that does not exist, or a space of another place."""
    house = open_house()
    for command in (c.ChangeOpenings(place_id="nowhere"), c.ChangeOpenings(place_id="paris", space_id="nowhere")):
        with pytest.raises(NotFoundError):
            house.do(command)
    with pytest.raises(UnsuitableError, match="is not in"):
        house.do(c.ChangeOpenings(place_id="paris", space_id="n"))


def test_rows_of_before_are_read():
    """A place and a space that were stored before there were openings load, with none, and are written as they were."""
    house = open_house()
    for key in (Key("place", "paris"), Key("space", "b")):
        row = house.storage.load([key])[0]
        assert row is not None
        body = json.loads(row.body)
        assert "openings" not in body
        assert codec.decode(row).openings == m.Openings()
        assert codec.encode(codec.decode(row), row.version) == row
    hours = [{"weekday": 0, "opens": 540, "closes": 1080}]
    body = {"v": 1, "id": "p", "name": "P", "entity_id": "e", "zone": "Europe/Paris", "currency": "EUR", "hours": hours}
    old = codec.decode(Row("place", "p", 1, json.dumps(body)))
    assert old == m.Place("p", "P", "e", "Europe/Paris", "EUR", (m.OpenHours(0, 540, 1080),))


class Between:
    """A store in which, before the first change that books something, the openings change."""

    def __init__(self, house: House, *, guarded: bool = True) -> None:
        self.inner, self.house, self.guarded, self.done = house.storage, house, guarded, False

    def __getattr__(self, name):
        return getattr(self.inner, name)

    def apply(self, change):
        if not self.done and any(row.kind == "booking" for row in change.rows):
            self.done = True
            self.house.do(c.ChangeOpenings(place_id="paris", hours=MORNINGS))
        if not self.guarded:
            kept = tuple(guard for guard in change.guards if Guard(*guard).key.kind != "place")
            change = attrs.evolve(change, guards=kept)
        self.inner.apply(change)


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "control"])
def test_no_booking_slips_in_by_the_hours_of_before(guarded):
    """A booking that was decided by the hours of before, and stored after they changed, is decided again and refused.

    Control: without the guard on the place it is stored, outside of the openings.
    """
    house = open_house()
    other = open_house(Between(house, guarded=guarded), furnished=False, ids=lambda prefix: f"{prefix}_x")
    command = c.Book(space_id="b", product_id="room", period=period(14, 15, TOMORROW), account="desk")
    if guarded:
        with pytest.raises(ClosedError):
            other.do(command)
        assert house.all(m.Booking) == []
    else:
        booking = other.do(command).value
        (found,) = house.cantine.read.booked_outside("paris", period(0, 24, TOMORROW))
        assert found[0].id == booking.id
    assert house.get(m.Place, "paris").hours == MORNINGS
