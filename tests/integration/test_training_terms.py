"""Spaces that only people who have learnt something may have: bookings, holds, series, equipment, questions."""

from __future__ import annotations

from datetime import date, time, timedelta
from itertools import product

import attrs
import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.errors import SeriesClashError, TermsError, WrongStateError
from cantinekit.scheduling.availability import Filter, NotTrained, Question
from support.houses import small_house
from support.houses.small_house import House, open_house, period
from support.laws import house_laws
from support.races.two_at_once import both_at_once
from support.stores.around import Around, WithoutGuards

THURSDAY = date(2026, 11, 26)
SLOT = period(10, 12, THURSDAY)


def house_of(*trainings: str, space: str = "b") -> House:
    """A house in which a room asks for trainings."""
    house = open_house()
    house.do(c.ChangeTerms(space, terms=m.Terms(trainings=trainings or ("talk",))))
    return house


def book(person: str | None = "zoe", **how) -> c.Book:
    return c.Book(space_id="b", product_id="room", period=SLOT, person_id=person, account="desk", **how)


def refused(house: House, command: c.Command, missing: tuple[str, ...] = ("talk",)) -> TermsError:
    before = small_house.snapshot(house.storage)
    with pytest.raises(TermsError) as caught:
        house.do(command)
    assert caught.value.reason == NotTrained(missing)
    assert small_house.snapshot(house.storage) == before
    return caught.value


def test_a_space_is_refused_without_the_training():
    """Booked and held only by who has learnt all of it; by nobody in particular not at all; with a reason by staff."""
    house = house_of("talk", "welding")
    for person in ("zoe", None):
        both = ("talk", "welding")
        refused(house, book(person), both)
        refused(house, c.HoldSpace(space_id="b", product_id="room", period=SLOT, person_id=person), both)
    house.do(c.GrantTraining(person_id="zoe", workshop_id="talk", reason="at school"))
    house.do(c.GrantTraining(person_id="bob", workshop_id="welding", reason="at school"))
    error = refused(house, book(), ("welding",))
    assert str(error) == "Salle B cannot be booked like that: something has to be learnt first: welding"
    refused(house, book("bob"))
    house.do(c.GrantTraining(person_id="zoe", workshop_id="welding", reason="at school"))
    assert house.do(book()).value.state == "confirmed"
    eve = c.Book(
        space_id="b",
        product_id="room",
        period=period(12, 13, THURSDAY),
        person_id="eve",
        account="desk",
        override="Zoe helps her",
    )
    house.do(eve)
    assert [one.rule for one in house.all(m.Override)] == ["not trained"]
    house_laws.folds(house.storage)


def test_it_asks_of_equipment_that_goes_with_a_booking():
    """A room that anybody may have with a machine that not everybody may have is refused for the machine."""
    house = open_house()
    house.do(c.AddSpace(place_id="paris", name="Scie", use="equipment", capacity=2, id="saw"))
    house.do(c.ChangeTerms("saw", terms=m.Terms(trainings=("talk",))))
    with_saw = book(with_units={"saw": 1})
    refused(house, with_saw)
    house.do(c.GrantTraining(person_id="zoe", workshop_id="talk", reason="at school"))
    assert house.do(with_saw).value.state == "confirmed"


def test_a_series_is_refused_on_the_dates_for_which_it_does_not_hold():
    """A training that runs out between two Thursdays lets the first be booked, and names the others as clashes."""
    house = house_of()
    house.do(
        c.GrantTraining(
            person_id="zoe",
            workshop_id="talk",
            reason="for a week",
            until=period(0, 12, THURSDAY + timedelta(days=7)).end,
        )
    )
    weekly = c.BookSeries(
        space_id="b",
        product_id="room",
        day=THURSDAY,
        starts=time(11),
        ends=time(13),
        rule="FREQ=WEEKLY;COUNT=3",
        person_id="zoe",
        account="desk",
    )
    with pytest.raises(SeriesClashError) as caught:
        house.do(weekly)
    last = THURSDAY + timedelta(days=14)
    assert [(clash.day, clash.why, clash.nearest) for clash in caught.value.clashes] == [(last, "terms", ())]
    series = house.do(attrs.evolve(weekly, skip=(last,))).value
    with pytest.raises(SeriesClashError):
        house.do(c.RetrySkipped(series.id, account="desk"))
    house.do(c.GrantTraining(person_id="zoe", workshop_id="talk", reason="for good"))
    house.do(c.RetrySkipped(series.id, account="desk"))
    assert [one.state for one in house.get(m.BookingSeries, series.id).dates] == ["booked"] * 3


def test_the_question_and_the_booking_agree():
    """Whatever the space asks for and the person has: the question that knows what holds for the time says what the
    booking comes to, with the same reason."""
    ends = (None, SLOT.end, SLOT.end - timedelta(seconds=1))
    seen = set()
    for asks, (first, second) in product(((), ("talk",), ("talk", "welding")), product((False, *ends), repeat=2)):
        house = open_house()
        house.do(c.ChangeTerms("b", terms=m.Terms(trainings=asks)))
        for workshop, until in (("talk", first), ("welding", second)):
            if until is not False:
                house.do(c.GrantTraining(person_id="zoe", workshop_id=workshop, reason="at school", until=until))
        held = {one.workshop_id for one in house.cantine.read.trainings("zoe") if one.covers(SLOT)}
        answer = house.cantine.find_free(Question(SLOT, filter=Filter(space_ids=("b",)), trainings=held))
        reason = answer.reasons.get("b")
        seen.add(reason)
        if reason is None:
            assert house.do(book()).value.state == "confirmed"
        else:
            assert refused(house, book(), reason.missing).reason == reason
        assert (reason is None) == (set(asks) <= held)
    assert len(seen) == 4


def test_a_question_without_trainings_knows_of_none():
    """Asked by nobody in particular a space with trainings is not free, and the answer says what is missing."""
    house = house_of()
    within = Question(SLOT, filter=Filter(space_ids=("b",)))
    assert house.cantine.find_free(within).reasons == {"b": NotTrained(("talk",))}
    two = Question(SLOT, filter=Filter(space_ids=("b",)), trainings=("talk", "welding"))
    assert [slot.space_id for slot in house.cantine.find_free(two).free] == ["b"]


def test_a_booking_that_has_begun_asks_for_the_rest_of_it():
    """Granted at the machine, five minutes into the hour: it can be booked."""
    house = house_of()
    house.clock.set(SLOT.start + timedelta(minutes=5))
    refused(house, book())
    house.do(c.GrantTraining(person_id="zoe", workshop_id="talk", reason="shown a minute ago"))
    assert house.do(book()).value.state == "confirmed"


def test_the_training_is_not_asked_for_again():
    """What is booked stays booked when the training is taken back or the terms change."""
    house = house_of()
    house.do(c.GrantTraining(person_id="zoe", workshop_id="talk", reason="at school"))
    booking = house.do(book()).value
    house.do(c.RevokeTraining(person_id="zoe", workshop_id="talk", reason="misused"))
    assert house.get(m.Booking, booking.id).state == "confirmed"
    with pytest.raises(WrongStateError):
        house.do(c.RevokeTraining(person_id="zoe", workshop_id="talk", reason="twice"))


@pytest.mark.parametrize("fault", [Around, WithoutGuards])
def test_a_booking_and_a_revocation(fault):
    """One after the other in every order: never is a booking made once the training is gone. Control: it is, where
    what was read is not compared."""
    house = house_of()
    house.do(c.GrantTraining(person_id="zoe", workshop_id="talk", reason="at school"))
    late = 0
    commands = [book(), c.RevokeTraining(person_id="zoe", workshop_id="talk", reason="misused")]
    for _, _, store in both_at_once(house.storage, commands, fault):
        types = [entry.type for entry in small_house.journal(store.inner)]
        late += "BookingMade" in types and types.index("BookingMade") > types.index("TrainingRevoked")
    assert bool(late) == (fault is WithoutGuards)
