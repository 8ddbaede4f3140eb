"""Series of bookings with equipment: what each date takes, what is told where it cannot be had, what gives it back."""

from __future__ import annotations

from datetime import time, timedelta

import attrs
import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.domain.booking_series import selling as series_selling
from cantinekit.errors import InputError, NotFoundError, SoldOutError, UnsuitableError
from support.houses import small_house
from support.houses.small_house import period
from support.houses.thursdays import THURSDAY, refused, week
from support.laws import house_laws

SERIES = c.BookSeries(
    space_id="a",
    product_id="room",
    day=THURSDAY,
    starts=time(10),
    ends=time(12),
    rule="FREQ=WEEKLY;COUNT=4",
    person_id="zoe",
    account="desk",
    with_units={"beamer": 2, "flip": 1},
)
POOLS = (("beamer", "Beamers", 3), ("flip", "Flip charts", 1))


@pytest.fixture
def house():
    opened = small_house.open_house()
    for id, name, units in POOLS:
        opened.do(c.AddSpace(place_id="paris", name=name, use="equipment", capacity=units, id=id))
    yield opened
    house_laws.hold(opened.storage, opened.clock.now())
    house_laws.folds(opened.storage)


def take(house, number, space, units=1, hours=(9, 10)):
    """Somebody else has it in that week, from ten to eleven."""
    return house.do(
        c.Book(space_id=space, product_id="room", period=period(*hours, week(number)), units=units, account="desk")
    ).value


def claimed(house) -> dict[str, int]:
    """On how many days something of each space is claimed."""
    found: dict[str, int] = {}
    for page in house.all(m.OccupancyPage):
        if any(claim.live(house.clock.now()) for claim in page.claims):
            found[page.space_id] = found.get(page.space_id, 0) + 1
    return {id: n for id, n in found.items() if id in ("a1", "a2", "beamer", "flip")}


EVERYTHING = {"a1": 4, "a2": 4, "beamer": 4, "flip": 4}

# --- booking ---------------------------------------------------------------------------------------------------------


def test_each_date_takes_the_equipment_in_the_same_change(house):
    """All dates of the room and of both pools are claimed by one event; each booking and the series say so."""
    made = house.do(SERIES)
    series = made.value
    assert series.with_units == (("beamer", 2), ("flip", 1))
    assert [entry.type for entry in made.events].count("SeriesBooked") == 1
    assert claimed(house) == EVERYTHING
    for id in series.booking_ids:
        booking = house.get(m.Booking, id)
        assert booking.with_units == series.with_units
        assert {(one.space_id, one.claim.units) for one in booking.placed if one.space_id not in ("a1", "a2")} == {
            ("beamer", 2),
            ("flip", 1),
        }
    with pytest.raises(SoldOutError) as error:
        house.do(
            c.Book(
                space_id="b", product_id="room", period=period(9, 10, week(2)), account="desk", with_units={"beamer": 2}
            )
        )
    assert (error.value.what, error.value.left) == ("Beamers", 1)


def test_a_clash_names_what_is_taken_and_when_all_of_it_is_free(house):
    """The room, a pool that is short, a pool that is closed, and its terms: each date names which; what is proposed has
    room for all of it, and can be booked."""
    take(house, 0, "a2")
    take(house, 1, "beamer", 2)
    take(house, 1, "a1", hours=(11, 12))  # free for the beamers, but not the room
    house.do(c.CloseSpace("flip", period=period(8, 17, week(2)), reason="repair"))
    room, pool, closed = refused(house, SERIES).clashes
    assert (room.day, room.why, room.space_id, room.reason) == (week(0), "taken", "a", "Grande salle is taken")
    assert (pool.day, pool.why, pool.space_id, "Beamers" in pool.reason) == (week(1), "sold out", "beamer", True)
    assert (closed.day, closed.why, closed.space_id, closed.nearest) == (week(2), "closed", "flip", ())
    assert room.nearest[0] == period(10, 12, week(0))
    assert pool.nearest == (period(12, 14, week(1)), period(14, 16, week(1)))
    for clash in (room, pool):
        for near in clash.nearest:
            asked = c.Book(space_id="a", product_id="room", period=near, account="desk", with_units=SERIES.with_units)
            assert house.cantine.preview(asked, actor="ana").value.period == near
    house.do(c.ChangeTerms("flip", terms=m.Terms(notice=timedelta(days=30))))
    clash = refused(house, attrs.evolve(SERIES, rule="FREQ=WEEKLY;COUNT=7"))
    terms = [one for one in clash.clashes if one.why == "terms"]
    assert {one.space_id for one in terms} == {"flip"}
    override = attrs.evolve(SERIES, skip=[week(0), week(1), week(2)], override="a promise")
    house.do(override)
    assert {one.rule for one in house.all(m.Override)} == {"notice"}


def test_a_date_that_is_over_is_a_clash_of_the_space(house):
    """A series whose first date is over already is refused for that date, which can be left out."""
    past = attrs.evolve(SERIES, day=week(-1))
    (clash,) = refused(house, past).clashes
    assert (clash.day, clash.why, clash.space_id) == (week(-1), "over", "a")
    assert house.do(attrs.evolve(past, skip=[week(-1)])).value.dates[0].state == "skipped"


def test_what_is_proposed_for_terms_has_room_for_the_equipment(house):
    """Where the terms of the space refuse a time, what is proposed instead is free with all that goes with it, and is
    a slot of those who book."""
    morning, noon, members = m.FixedSlot(time(9), time(11)), m.FixedSlot(time(12), time(14)), ["members"]
    house.do(
        c.ChangeTerms("a", terms=m.Terms(slots=[morning, noon, m.FixedSlot(time(15), time(17), audience=members)]))
    )
    take(house, 0, "flip", hours=(8, 9))  # nine o'clock in Paris
    for groups, proposed in (((), {(11, 13)}), (members, {(11, 13), (14, 16)})):
        first = refused(house, attrs.evolve(SERIES, groups=groups)).clashes[0]
        assert (first.why, first.space_id) == ("terms", "a")
        assert {(one.start.hour, one.end.hour) for one in first.nearest} == proposed


def test_hours_in_a_row_are_those_of_the_space_alone(house):
    """Equipment that is let for few hours in a row goes with a date beside another booking of the space."""
    house.do(c.ChangeTerms("a", terms=m.Terms(in_a_row=timedelta(hours=8))))
    house.do(c.ChangeTerms("flip", terms=m.Terms(in_a_row=timedelta(hours=2))))
    house.do(c.Book(space_id="a", product_id="room", period=period(11, 13, week(0)), person_id="zoe", account="desk"))
    assert house.do(SERIES).value.state == "confirmed"


def test_a_rule_that_a_skipped_date_breaks_is_kept_with_the_reason(house):
    """A date that is tried again with an override notes the rule, as the series would have."""
    taken = take(house, 2, "flip")
    series = house.do(attrs.evolve(SERIES, skip=[week(2)])).value
    house.do(c.CancelBooking(taken.id))
    house.do(c.ChangeTerms("a", terms=m.Terms(notice=timedelta(days=60))))
    house.do(c.RetrySkipped(series.id, account="desk", override="a promise"))
    (kept,) = house.all(m.Override)
    assert (kept.rule, kept.reason, kept.subject.id) == ("notice", "a promise", series.id)


def test_the_dates_of_a_series_compete_for_the_equipment_among_themselves(house):
    """A buffer of a pool that reaches the next date: what a series takes itself counts, for equipment as for rooms."""
    house.do(c.ChangeTerms("flip", terms=m.Terms(after=timedelta(hours=23))))
    daily = attrs.evolve(SERIES, rule="FREQ=DAILY;COUNT=4")
    clash = refused(house, daily)
    assert [(one.day - THURSDAY).days for one in clash.clashes] == [1, 3]
    assert {(one.why, one.space_id) for one in clash.clashes} == {("sold out", "flip")}
    assert house.do(attrs.evolve(daily, skip=clash.skip)).value.state == "confirmed"


def test_equipment_that_cannot_go_with_it_is_refused(house):
    """A room, a pool of another place, one that is not there, none of it, and more than there is."""
    house.do(c.AddSpace(place_id="brest", name="Screens", use="equipment", capacity=1, id="screen"))
    for extras in ({"b": 1}, {"screen": 1}):
        refused(house, attrs.evolve(SERIES, with_units=extras), UnsuitableError)
    refused(house, attrs.evolve(SERIES, with_units={"nowhere": 1}), NotFoundError)
    with pytest.raises(InputError):
        attrs.evolve(SERIES, with_units={"beamer": 0})
    clash = refused(house, attrs.evolve(SERIES, with_units={"beamer": 4}))
    assert {(one.why, one.space_id) for one in clash.clashes} == {("sold out", "beamer")}


def test_equipment_that_asks_for_a_training_asks_it_of_each_date(house):
    """A pool with a training in its terms is refused to somebody without one, and had by whoever has it."""
    house.do(c.AddWorkshop(place_id="paris", title="How to hang a beamer", id="hanging"))
    house.do(c.ChangeTerms("beamer", terms=m.Terms(trainings=["hanging"])))
    clash = refused(house, SERIES)
    assert [(one.why, one.space_id, one.nearest) for one in clash.clashes] == [("terms", "beamer", ())] * 4
    house.do(c.GrantTraining(person_id="zoe", workshop_id="hanging", reason="hangs one every day"))
    assert house.do(SERIES).value.state == "confirmed"


# --- giving it back --------------------------------------------------------------------------------------------------


def test_cancelling_gives_the_equipment_back(house):
    """One date by its booking, and the rest of the series: what each had of the pools is free again."""
    series = house.do(SERIES).value
    house.do(c.CancelBooking(series.booking_ids[1]))
    assert claimed(house) == dict.fromkeys(EVERYTHING, 3)
    take(house, 1, "flip")
    house.do(c.CancelSeries(series.id, from_date=week(2)))
    assert claimed(house) == {"a1": 1, "a2": 1, "beamer": 1, "flip": 2}
    house.do(c.CancelSeries(series.id))
    assert claimed(house) == {"flip": 1}


def test_what_is_not_paid_gives_it_back_and_what_is_paid_keeps_it(house):
    """A held series has the equipment for a quarter of an hour; paid, it keeps it."""
    unpaid = attrs.evolve(SERIES, account=None)
    series = house.do(unpaid).value
    assert claimed(house) == EVERYTHING
    house.wait(minutes=15)
    house.cantine.run_due()
    assert house.get(m.BookingSeries, series.id).state == "expired"
    assert claimed(house) == {}
    series = house.do(unpaid).value
    house.do(c.Pay(series.charge_id, account="desk"))
    house.wait(hours=1)
    house.cantine.run_due()
    assert claimed(house) == EVERYTHING


@pytest.mark.parametrize("gone", [False, True])
def test_a_late_payment_needs_the_equipment_too(gone):
    """Paid after the hold: had if all of it is still free; with the flip chart of one date gone nothing is."""
    house = small_house.open_house(outcomes=("pending",))
    for id, name, units in POOLS:
        house.do(c.AddSpace(place_id="paris", name=name, use="equipment", capacity=units, id=id))
    series = house.do(attrs.evolve(SERIES, account="card")).value
    charge = house.get(m.Charge, series.charge_id)
    house.wait(minutes=20)
    if gone:
        take(house, 2, "flip")
    house.cantine._engine.run(
        c.ObserveCharge(charge.attempt_ids[0], state="settled", captured=charge.amount.amount), "system"
    )
    house.cantine.run_due()
    assert house.get(m.BookingSeries, series.id).state == ("expired" if gone else "confirmed")
    assert claimed(house) == ({"flip": 1} if gone else EVERYTHING)
    house_laws.hold(house.storage, house.clock.now())


def test_a_skipped_date_is_tried_again_with_its_equipment(house):
    """A date that was left out for a flip chart is booked with all of it once that is free, and not before."""
    other = take(house, 1, "flip")
    clash = refused(house, SERIES)
    assert [(one.day, one.why, one.space_id) for one in clash.clashes] == [(week(1), "sold out", "flip")]
    series = house.do(attrs.evolve(SERIES, skip=clash.skip)).value
    assert claimed(house) == {"a1": 3, "a2": 3, "beamer": 3, "flip": 4}
    again = c.RetrySkipped(series.id, account="desk")
    assert refused(house, again).clashes[0].space_id == "flip"
    house.do(c.CancelBooking(other.id))
    house.do(again)
    assert claimed(house) == EVERYTHING
    assert {one.with_units for one in house.all(m.Booking) if one.series_id} == {series.with_units}


def test_control_of_the_equipment(house, monkeypatch):
    """Control: where only the room is looked at and claimed, a date is booked whose flip chart somebody else has."""
    take(house, 1, "flip")
    usual = series_selling.split_claims
    monkeypatch.setattr(series_selling, "split_claims", lambda asked, *rest: usual(asked[:1], *rest))
    assert house.do(SERIES).value.state == "confirmed"
    assert claimed(house) == {"a1": 4, "a2": 4, "flip": 1}
