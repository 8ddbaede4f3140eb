"""Two sales at once that are priced together: the loser is decided again, and the scope is charged once."""

from __future__ import annotations

from datetime import timedelta

import attrs
import pytest

from cantinekit import commands as c
from cantinekit import records as m
from support.houses import small_house
from support.houses.scoped_house import HEAD, scoped_house
from support.houses.small_house import START, TODAY, period
from support.laws import house_laws
from support.races.two_at_once import both_at_once
from support.stores.around import Around, WithoutVersions

EARLY, TOMORROW = timedelta(minutes=5), TODAY + timedelta(days=1)
LIST = (
    HEAD.format(id="scoped")
    + """
[product.hour]
choose = { take = "cheapest", compare = "rate", same = ["person", "day"] }
offer = [{ id = "time", price = 5.00, per = "1h" }, { id = "day", price = 12.00 }]
"""
)


def book(space: str, start: int, end: int) -> c.Book:
    when = period(start, end, TOMORROW)
    return c.Book(space_id=space, product_id="s-hour", period=when, person_id="zoe", account="desk")


def outcomes(commands: list[c.Command], base, fault: type[Around]) -> set[int]:
    """What is charged in the end, in minor units, over every order of the calls; an unlawful end is -1."""
    found = set[int]()
    for _, answers, store in both_at_once(base, commands, fault, after=(EARLY, EARLY)):
        assert not any(isinstance(one, Exception) for one in answers), answers
        records = small_house.records(store.inner).values()
        charges = [one for one in records if isinstance(one, m.Charge)]
        try:
            house_laws.hold(store.inner, START + EARLY)
        except AssertionError:
            found.add(-1)
            continue
        found.add(sum(one.billed.amount for one in charges if one.state != "void"))
    return found


@pytest.mark.parametrize("fault", [Around, WithoutVersions], ids=["", "control"])
def test_two_bookings_of_one_scope(fault):
    """Two bookings of a day at once cost the day together, whoever was first; the control charges both in full."""
    house = scoped_house(LIST)
    ends = outcomes([book("open", 8, 10), book("a1", 13, 15)], house.storage, fault)
    assert (ends == {1200}) == (fault is Around)


@pytest.mark.parametrize("fault", [Around, WithoutVersions], ids=["", "control"])
def test_one_is_cancelled_while_another_is_booked(fault):
    """What is left costs what the list says of it, whichever of a cancellation and a booking came first."""
    house = scoped_house(LIST)
    first = house.do(book("open", 8, 10)).value
    house.do(book("open", 11, 12))
    ends = outcomes([c.CancelBooking(first.id), book("a1", 13, 15)], house.storage, fault)
    assert (ends == {1200}) == (fault is Around)


@pytest.mark.parametrize("fault", [Around, WithoutVersions], ids=["", "control"])
def test_a_visit_and_a_booking_of_one_scope(fault):
    """Who comes for an hour while an afternoon of theirs is booked pays for the day together."""
    house = scoped_house(LIST.replace("[product.hour]", '[product.hour]\nstay = "1h"'))
    visit = c.CheckIn(place_id="paris", product_id="scoped/hour", person_id="zoe", account="desk")
    afternoon = attrs.evolve(book("a1", 13, 15), period=period(13, 15, TODAY))
    ends = outcomes([visit, afternoon], house.storage, fault)
    assert (ends == {1200}) == (fault is Around)
