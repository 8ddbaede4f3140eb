"""Roles of people at a legal entity: given, ended, read by day, forgotten; and who was there on enough days."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from cantinekit import commands as c
from cantinekit import errors as e
from cantinekit import records as m
from cantinekit.clock import day_bounds
from cantinekit.plugins.ports import Change
from cantinekit.runtime import codec
from support.houses import small_house
from support.houses.small_house import TODAY, open_house
from support.laws import house_laws
from support.races.two_at_once import both_at_once, later
from support.stores.around import Around, WithoutVersions

DAY = timedelta(days=1)


@pytest.fixture
def house():
    """A house, whose rows follow from its journal in the end."""
    found = open_house()
    yield found
    house_laws.hold(found.storage, found.clock.now())
    house_laws.folds(found.storage)


def give(house, role="volunteer", first=TODAY, last=None, person="zoe", entity="asso"):
    made = c.GiveRole(entity_id=entity, person_id=person, role=role, first_day=first, last_day=last)
    return house.do(made).value


def end(house, last, role="volunteer", person="zoe", entity="asso"):
    return house.do(c.EndRole(entity_id=entity, person_id=person, role=role, last_day=last)).value


def at(house, day, role=None, entity="asso"):
    return {one.person_id: one.on(day) for one in house.cantine.read.roles_at(entity, day, role=role)}


def test_roles_are_had_from_a_day_to_a_day(house):
    """Several at a time, at several legal entities; each day says who has which."""
    give(house)
    give(house, "board", TODAY + 2 * DAY, TODAY + 4 * DAY)
    give(house, "voting member", person="bob")
    give(house, "volunteer", entity="coop")
    assert at(house, TODAY - DAY) == {}
    assert at(house, TODAY) == {"bob": ("voting member",), "zoe": ("volunteer",)}
    assert at(house, TODAY + 4 * DAY)["zoe"] == ("volunteer", "board")
    assert at(house, TODAY + 5 * DAY)["zoe"] == ("volunteer",)
    assert at(house, TODAY + 4 * DAY, "board") == {"zoe": ("board",)}
    assert [one.entity_id for one in house.cantine.read.roles("zoe")] == ["asso", "coop"]
    assert [one.on(TODAY) for one in house.cantine.read.roles("zoe", TODAY)] == [("volunteer",), ("volunteer",)]


def test_a_role_is_had_once_on_a_day(house):
    """Days that overlap are refused, those after the end are not; one that never counted stands in nobody's way."""
    give(house, first=TODAY, last=TODAY + 9 * DAY)
    for first, last in [(TODAY, None), (TODAY - DAY, TODAY), (TODAY + 9 * DAY, TODAY + 9 * DAY)]:
        with pytest.raises(e.DuplicateError):
            give(house, first=first, last=last)
    give(house, first=TODAY + 10 * DAY)
    end(house, TODAY + 9 * DAY)  # the second one never counts
    give(house, first=TODAY + 10 * DAY)
    assert at(house, TODAY + 10 * DAY) == {"zoe": ("volunteer",)}
    assert len(house.get(m.Roles, "asso|zoe").given) == 3


def test_an_end_is_of_the_role_that_is_had(house):
    """It may be earlier than was agreed and not later; the same end again changes nothing."""
    give(house, last=TODAY + 9 * DAY)
    assert end(house, TODAY + 5 * DAY).given[0].last_day == TODAY + 5 * DAY
    before = small_house.snapshot(house.storage)
    end(house, TODAY + 5 * DAY)
    assert small_house.snapshot(house.storage) == before
    for last in (TODAY + 6 * DAY, TODAY - 2 * DAY):
        with pytest.raises(e.UnsuitableError):
            end(house, last)
    end(house, TODAY - DAY)
    assert at(house, TODAY) == {}


def test_the_other_of_two_with_one_first_day_stays(house):
    """One that was taken back and one that was given anew begin on the same day: ending it ends the new one."""
    give(house)
    end(house, TODAY - DAY)
    give(house)
    end(house, TODAY + DAY)
    assert [one.last_day for one in house.get(m.Roles, "asso|zoe").given] == [TODAY - DAY, TODAY + DAY]


def two_desks(fault):
    """What two desks are told that give the same role at once, and how many roles there are then; in each order."""
    asked = c.GiveRole(entity_id="asso", person_id="zoe", role="board", first_day=TODAY)
    for _, results, store in both_at_once(open_house().storage, [asked, asked], fault):
        given = later(store, timedelta()).get(m.Roles, "asso|zoe").given
        yield sorted(type(one).__name__ for one in results if isinstance(one, Exception)), len(given)


def test_two_desks_give_a_role_at_once():
    """Whatever the order of the storage calls: one gives it, the other is told that the person has it."""
    assert set(map(str, two_desks(Around))) == {"(['DuplicateError'], 1)"}


def test_a_store_that_does_not_compare_versions_tells_both_that_they_did():
    """The control: in some order nobody is refused."""
    assert "([], 1)" in set(map(str, two_desks(WithoutVersions)))


def test_an_audience_are_the_people_who_have_a_role(house):
    """Those to write to on a day, without whoever was forgotten."""
    for person in ("zoe", "bob"):
        give(house, "voting member", person=person)
    assert [one.id for one in house.cantine.read.audience("asso", "voting member", TODAY)] == ["bob", "zoe"]
    house.cantine.forget("bob", actor="desk:ana")
    assert [one.id for one in house.cantine.read.audience("asso", "voting member", TODAY)] == ["zoe"]


def test_roles_end_with_whoever_is_forgotten(house):
    """Past and present ones stay with the id; one that goes on ends today, one to come never counts."""
    give(house, "volunteer", TODAY - 9 * DAY, TODAY - DAY)
    give(house, "volunteer", TODAY)
    give(house, "board", TODAY + DAY)
    erasure = house.cantine.forget("zoe", actor="desk:ana").value
    assert ("roles", 1, "names nobody") in [(one.kind, one.count, one.why) for one in erasure.kept]
    given = house.get(m.Roles, "asso|zoe").given
    assert [one.last_day for one in given] == [TODAY - DAY, TODAY, TODAY]
    with pytest.raises(e.WrongStateError):
        give(house)


def test_roles_are_handed_over(house):
    """The copy of what is known of somebody has their roles."""
    give(house)
    records = house.cantine.export("zoe").records
    assert [one.given[0].role for one in records[m.Roles.kind]] == ["volunteer"]


# --- who was there ---------------------------------------------------------------------------------------------------


def came(person, *days, place="nuit", hour=10, state="closed"):
    for number, day in enumerate(days):
        begun = day_bounds(day, "Europe/Paris").start + timedelta(hours=hour)
        over = begun + timedelta(hours=1)
        id = f"{person}-{place}-{day}-{hour}-{number}"
        yield m.Visit(id, place, "n", "day", begun, over, person, state, over)


def store(storage, visits):
    storage.apply(Change(rows=tuple(codec.encode(one, 1) for one in visits)))


def test_who_was_there_on_enough_days():
    """Different local days count, at all of the places together: not visits, nor those that were taken back."""
    house = open_house()
    days = [date(2026, 10, 1) + n * DAY for n in range(31)]
    store(house.storage, came("zoe", *days[:20]))
    store(house.storage, came("bob", *days[:19]))
    store(house.storage, came("bob", *days[:19], hour=15))
    store(house.storage, came("eve", *days[:10]))
    store(house.storage, came("eve", *days[8:20], place="brest"))
    store(house.storage, came("bob", days[25], state="cancelled"))
    october = days[0], days[-1]
    read = house.cantine.read
    assert [(one.person_id, one.days) for one in read.regulars(["nuit", "brest"], *october)] == [
        ("eve", 20),
        ("zoe", 20),
    ]
    assert [one.person_id for one in read.regulars(["nuit"], *october)] == ["zoe"]
    assert [one.person_id for one in read.regulars(["nuit"], *october, at_least=19)] == ["bob", "zoe"]
    before = small_house.snapshot(house.storage)
    read.regulars(["nuit"], *october)
    assert small_house.snapshot(house.storage) == before
    house.clock.set(datetime(2026, 12, 1, tzinfo=UTC))
    house.cantine.forget("zoe", actor="desk:ana")
    assert read.regulars(["nuit"], *october) == ()


def test_a_day_is_that_of_the_place():
    """23:30 UTC is the next day in Paris; the first and the last day are whole."""
    house = open_house()
    store(house.storage, came("zoe", date(2026, 10, 24), hour=0))
    store(house.storage, came("zoe", date(2026, 10, 25), hour=24))  # a day of 25 hours
    found = house.cantine.read.regulars(["nuit"], date(2026, 10, 24), date(2026, 10, 25), at_least=2)
    assert [one.days for one in found] == [2]


@pytest.mark.parametrize(("last", "at_least"), [(TODAY - DAY, 20), (TODAY, 0)])
def test_what_cannot_be_answered_is_refused(last, at_least):
    """A period that ends before it begins, and no day at all."""
    house = open_house()
    with pytest.raises(e.InputError):
        house.cantine.read.regulars(["nuit"], TODAY, last, at_least=at_least)


def test_who_or_what_is_not_there_is_refused():
    """Each read names who or what is not there."""
    read = open_house().cantine.read
    for ask in (
        lambda: read.roles("nobody"),
        lambda: read.roles_at("nothing", TODAY),
        lambda: read.audience("nothing", "board", TODAY),
        lambda: read.regulars(["nowhere"], TODAY, TODAY),
    ):
        with pytest.raises(e.NotFoundError):
            ask()
