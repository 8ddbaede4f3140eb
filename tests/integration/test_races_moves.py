"""Moves, cancellations, check-ins and releases at the same time, in every order of their storage calls."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.commands import Expire
from cantinekit.errors import ConflictError, WrongStateError
from support.houses import small_house
from support.houses.small_house import START, House, period
from support.laws import house_laws
from support.races.two_at_once import both_at_once
from support.stores.around import Around, WithoutVersions

EARLY = timedelta(minutes=5)
LATE = timedelta(hours=1, minutes=45)
"""From ``START`` to a quarter of an hour after the start of the booking."""


def booked(*more: c.Command) -> tuple[House, str]:
    """A house with a paid booking from 10 to 11, of a room that is released when nobody comes."""
    house = small_house.open_house()
    house.do(c.ChangeTerms("b", terms=m.Terms(release_after=timedelta(minutes=15))))
    asked = c.Book(space_id="b", product_id="room", period=period(10, 11), person_id="zoe", account="desk")
    booking = house.do(asked).value.id
    for command in more:
        house.do(command)
    return house, booking


def ends(house: House, commands: list[c.Command], fault: type[Around] = Around, after: timedelta = EARLY):
    """What each order came to: the answers, the booking, and what is wrong in the store."""
    base = house.storage
    for _, answers, store in both_at_once(base, commands, fault, after=(after, after)):
        records = small_house.records(store.inner)
        (booking,) = [one for one in records.values() if isinstance(one, m.Booking) and one.person_id == "zoe"]
        yield answers, booking, broken(store.inner, after)


def broken(storage, after: timedelta) -> str:
    try:
        house_laws.hold(storage, START + after)
        house_laws.folds(storage)
    except AssertionError as wrong:
        return str(wrong) or "a law"
    return ""


def refusals(answers: list) -> list[type]:
    return [type(one) for one in answers if isinstance(one, Exception)]


AFTERNOON = c.Book(space_id="b", product_id="room", period=period(14, 15), account="desk")


def test_move_against_book():
    """One of a move and a booking gets the time; the other is told that it is taken, and nothing of it is stored."""
    house, booking = booked()
    seen = set()
    for answers, one, wrong in ends(house, [c.MoveBooking(booking, period=period(14, 15)), AFTERNOON]):
        assert refusals(answers) == [ConflictError]
        assert wrong == ""
        seen.add(one.period)
    assert seen == {period(10, 11), period(14, 15)}


def test_move_against_book_control():
    """The control: on a store that compares no versions the time is had twice."""
    house, booking = booked()
    found = list(ends(house, [c.MoveBooking(booking, period=period(14, 15)), AFTERNOON], WithoutVersions))
    assert any(not refusals(answers) and wrong for answers, _, wrong in found)


def test_cancel_against_check_in():
    """Whoever is checked in first was there; a booking that is cancelled first takes nobody in."""
    house, booking = booked()
    seen = set()
    for answers, one, wrong in ends(house, [c.CancelBooking(booking), c.CheckInBooking(booking)], after=LATE):
        assert one.state == "cancelled"
        assert refusals(answers) in ([], [WrongStateError])
        assert (one.arrived_at is None) == bool(refusals(answers))
        assert wrong == ""
        seen.add(one.arrived_at is None)
    assert seen == {True, False}


def test_cancel_against_check_in_control():
    """The control: on a store that compares no versions somebody is checked in to what was cancelled."""
    house, booking = booked()
    found = list(ends(house, [c.CancelBooking(booking), c.CheckInBooking(booking)], WithoutVersions, LATE))
    assert any(not refusals(answers) and wrong for answers, _, wrong in found)


def test_release_against_check_in():
    """Either somebody was there, or the room is free: never both."""
    house, booking = booked()
    seen = set()
    commands = [Expire(m.Subject("booking", booking)), c.CheckInBooking(booking)]
    for answers, one, wrong in ends(house, commands, after=LATE):
        assert (one.state == "released") == (one.arrived_at is None)
        assert bool(refusals(answers)) == (one.state == "released")
        assert wrong == ""
        seen.add(one.state)
    assert seen == {"released", "confirmed"}


def test_release_against_check_in_control():
    """The control: on a store that compares no versions somebody is there whose room was given away."""
    house, booking = booked()
    commands = [Expire(m.Subject("booking", booking)), c.CheckInBooking(booking)]
    found = list(ends(house, commands, WithoutVersions, LATE))
    assert any(not refusals(answers) and wrong for answers, _, wrong in found)


@pytest.mark.parametrize("fault", [Around, WithoutVersions], ids=["", "control"])
def test_the_last_of_three_is_had_once(fault):
    """Of two bookings at once by somebody who may have one more, one is refused; the control gives both."""
    house = small_house.open_house()
    for space in ("a1", "b"):
        house.do(c.ChangeTerms(space, terms=m.Terms(at_most_ahead=1)))
    wanted = [
        c.Book(space_id="b", product_id="room", period=period(hour, hour + 1), person_id="zoe", account="desk")
        for hour in (10, 14)
    ]
    had = set()
    for _, _, store in both_at_once(house.storage, wanted, fault, after=(EARLY, EARLY)):
        records = small_house.records(store.inner)
        had.add(sum(isinstance(one, m.Booking) for one in records.values()))
    assert (max(had) == 1) == (fault is Around)
