"""Sightings at the same time, and a program that ends between what was seen and what is charged for it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import attrs
import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.errors import WrongStateError
from cantinekit.plugins.ports import Change, Storage
from support.crashes.crash_walk import Crash
from support.houses.clock_house import clock_house, earned, local
from support.houses.small_house import START, House, records
from support.laws import house_laws
from support.races.two_at_once import both_at_once, later, run_all
from support.stores.around import Around, WithoutVersions

AFTERNOON = local(17) - START
"""How long after the beginning of the house it is five in the afternoon."""


def checked_in() -> House:
    """Zoe is there since nine, and pays 4.00 an hour."""
    house = clock_house(local(9))
    house.do(c.CheckIn(place_id="paris", product_id="hour", person_id="zoe"))
    return house


def ends(base: House, commands: list[c.Command], fault: type[Around] = Around) -> set[tuple[int, int, bool]]:
    """What is earned, how many stays are on the tab, and whether the laws hold, after each order of two commands."""
    found = set()
    for _, results, store in both_at_once(base.storage, commands, fault, after=(AFTERNOON, AFTERNOON)):
        assert not [result for result in results if isinstance(result, Exception)], results
        house = later(store.inner, AFTERNOON)
        run_all(house)
        (tab,) = house_laws.of(records(store.inner), m.Tab)
        found.add((earned(house), len(tab.stays), lawful(house)))
    return found


def lawful(house: House) -> bool:
    """Whether what is stored obeys the laws of a house."""
    try:
        house_laws.hold(house.storage, house.clock.now())
    except AssertionError:
        return False
    return True


def a_check_out_and_a_correction(house: House) -> list[c.Command]:
    """She leaves at noon; somebody else corrects that she came at ten."""
    (visit,) = house.all(m.Visit)
    return [
        c.CheckOut(visit.id, at=local(12), account="desk"),
        c.CorrectVisit(visit.id, opened_at=local(10), reason="came at ten"),
    ]


def two_late_sightings(house: House) -> list[c.Command]:
    """Her morning and her afternoon of three hours each, noted by two desks at once."""
    (visit,) = house.all(m.Visit)
    house.do(c.CancelVisit(visit.id, reason="is noted again"))
    return [
        c.CheckIn(place_id="paris", product_id="hour", person_id="zoe", at=local(a), left_at=local(b), account="desk")
        for a, b in ((9, 12), (13, 16))
    ]


@pytest.mark.parametrize(
    ("both", "end"), [(a_check_out_and_a_correction, (800, 1, True)), (two_late_sightings, (1600, 2, True))]
)
def test_sightings_at_the_same_time(both, end):
    """In every order of their storage calls, a check-out and a correction, and two late sightings, come to one sum."""
    house = checked_in()
    commands = both(house)
    assert ends(house, commands) == {end}


@pytest.mark.parametrize(
    ("both", "end"), [(a_check_out_and_a_correction, (800, 1, True)), (two_late_sightings, (1600, 2, True))]
)
def test_the_races_bite(both, end):
    """Control: where the store forgets what a change was made from, there is an order in which they come to another."""
    house = checked_in()
    commands = both(house)
    assert ends(house, commands, WithoutVersions) - {end}


# --- the program ends ------------------------------------------------------------------------------------------------


class Ending(Around):
    """The program ends at the next change that notes a sighting: before it is stored, or right after."""

    when = ""

    def apply(self, change: Change) -> None:
        seen = any(row.key.kind == m.Sighting.kind for row in change.rows)
        if seen and self.when == "before":
            raise Crash
        super().apply(change)
        if seen and self.when == "after":
            raise Crash


class InTwo(Ending):
    """The fault: what was seen is stored in a change of its own, and the program ends before the charge."""

    def apply(self, change: Change) -> None:
        kinds = {m.Sighting.kind, m.Visit.kind}
        if self.when and any(row.key.kind == m.Sighting.kind for row in change.rows):
            rows = tuple(row for row in change.rows if row.key.kind in kinds)
            self.inner.apply(attrs.evolve(change, rows=rows, events=(), guards=(), removes=()))
            raise Crash
        self.inner.apply(change)


def leaving(store: type[Ending], when: str) -> House:
    """Zoe leaves at noon; the program ends there, and another one does the same command again, by its key."""
    first = checked_in()
    (visit,) = first.all(m.Visit)
    faulty = store(first.storage)
    faulty.when = when
    command = c.CheckOut(visit.id, account="desk")
    with pytest.raises(Crash):
        later(faulty, local(12) - START).do(command, key="out")
    again = later(first.storage, local(12) - START + timedelta(minutes=5))
    again.do(command, key="out")
    run_all(again)
    return again


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_sighting_is_stored_with_its_charge(when):
    """A program that ends before or after the change leaves neither of both, or both: done again, she pays once."""
    house = leaving(Ending, when)
    at = local(12) if when == "after" else local(12, 5)
    assert earned(house) == {local(12): 1200, local(12, 5): 1233}[at]
    assert [one.way for one in house.cantine.read.sightings(house.all(m.Visit)[0].id)] == ["in", "out"]
    house_laws.hold(house.storage, house.clock.now())


def test_a_sighting_without_its_charge_is_noticed():
    """Control: where the two are stored one after the other, she has left, owes nothing, and the laws notice."""
    with pytest.raises(WrongStateError):
        leaving(InTwo, "between")
    first = checked_in()
    (visit,) = first.all(m.Visit)
    faulty = InTwo(first.storage)
    faulty.when = "between"
    with pytest.raises(Crash):
        later(faulty, local(12) - START).do(c.CheckOut(visit.id))
    assert not lawful(first)


def test_a_worker_and_a_desk_end_a_visit_at_once():
    """At closing time the sweep and a late check-out both end the visit: it is charged once, for what was seen."""
    house = checked_in()
    (visit,) = house.all(m.Visit)
    after = local(18) - START
    commands: list[Any] = [
        c.Expire(m.Subject("visit", visit.id)),
        c.CheckOut(visit.id, at=local(11), account="desk"),
    ]
    sums = set()
    for _, _, store in both_at_once(house.storage, commands, after=(after, after)):
        found: Storage = store.inner
        done = later(found, after)
        run_all(done)
        house_laws.hold(found, done.clock.now())
        sums.add(earned(done))
    assert sums == {800}
