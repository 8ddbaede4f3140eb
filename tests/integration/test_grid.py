"""The grid of a booking page: what it shows, how it is asked, and what it costs to read."""

from __future__ import annotations

from collections import Counter
from datetime import date, time, timedelta
from typing import Any

import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.backends.memory import MemoryStorage
from cantinekit.backends.payments import ManualGateway
from cantinekit.cantine import Cantine
from cantinekit.clock import Period
from cantinekit.common.evolve import evolve
from cantinekit.domain.spaces.slots import FixedSlot
from cantinekit.domain.spaces.terms import Terms
from cantinekit.errors import (
    ClosedError,
    ConflictError,
    IncompleteError,
    InputError,
    NotForSaleError,
    NotFoundError,
    PriceChangedError,
    TermsError,
    TooLateError,
    UnsuitableError,
    WrongStateError,
)
from cantinekit.money import Money
from cantinekit.pricing import Tariff
from cantinekit.reads import Grid, GridRow
from support.houses import small_house
from support.houses.small_house import TODAY, period, utc
from support.stores.counting import Counting

HOUR = timedelta(hours=1)
TOMORROW = TODAY + timedelta(days=1)


@pytest.fixture
def house():
    """The small house, with rooms that have a product of their own."""
    house = small_house.open_house()
    for id in ("a1", "a2", "a", "b", "n"):
        house.do(c.ChangeSpace(id, product_id="room"))
    return house


def row(grid: Grid, id: str) -> GridRow:
    return next(one for one in grid.rows if one.space.id == id)


def told(row: GridRow) -> dict[str, str]:
    """What the cells of a room say, by their start in UTC."""
    return {f"{one.period.start:%H:%M}": str(one.price) if one.free else one.why for one in row.cells}


def test_a_day_of_all_rooms_in_one_call(house):
    """A row for each room, by name, a time each half hour while the place is open; what is taken is taken for rooms
    that share a part, and what goes on after closing is closed. The refusal says what is in the way."""
    house.do(c.Book(space_id="a1", period=period(10, 12), person_id="bob", account="desk"))
    grid = house.cantine.read.grid("paris", TODAY, length=HOUR, begun=True)
    assert [one.space.id for one in grid.rows] == ["a", "a1", "a2", "b"]
    assert (grid.starts[0], grid.starts[-1], len(grid.starts)) == (utc(8), utc(16, 30), 18)
    for id in ("a", "a1"):
        taken = [start for start, said in told(row(grid, id)).items() if said == "taken"]
        assert taken == ["09:30", "10:00", "10:30", "11:00", "11:30"]
    assert set(told(row(grid, "a2")).values()) == {"15.00 EUR", "closed"}
    refusal = row(grid, "a1").refusal(row(grid, "a1").cells[4])
    assert isinstance(refusal, ConflictError)
    assert refusal.clashes == (period(10, 12),)
    assert isinstance(row(grid, "b").refusal(row(grid, "b").cells[-1]), ClosedError)
    assert row(grid, "b").refusal(row(grid, "b").cells[0]) is None
    assert row(grid, "a1").quote(row(grid, "a1").cells[4]) is None
    assert row(grid, "a1").refused is None
    assert row(grid, "a1").free[0].price == Money(1500, "EUR")


def test_a_time_is_booked_at_the_price_of_its_cell(house):
    """The quote of a time is a promise: ``Book`` carries it, and is refused once the price is another."""
    room = row(house.cantine.read.grid("paris", TODAY, length=HOUR, person_id="zoe"), "b")
    cell, later = room.cells[4], room.cells[8]
    quote = room.quote(cell)
    done = house.do(c.Book(space_id="b", period=cell.period, person_id="zoe", quote=quote, account="desk"))
    assert (done.value.state, done.charges[0].amount) == ("confirmed", cell.price)
    before = room.quote(later)
    house.do(c.PublishTariff(small_house.TARIFF.replace("15.00", "16.00")))
    with pytest.raises(PriceChangedError):
        house.do(c.Book(space_id="b", period=later.period, person_id="zoe", quote=before, account="desk"))


def test_each_room_goes_by_its_own_grid_and_length(house):
    """Without a length a room is shown the shortest booking that its terms allow, and without a step the starts of its
    own grid; of a step that is given only the starts that are on that grid."""
    house.do(c.ChangeTerms("b", terms=Terms(grid=2 * HOUR, shortest=90 * timedelta(minutes=1))))
    grid = house.cantine.read.grid("paris", TODAY)
    assert {one.period.length for one in row(grid, "a1").cells} == {timedelta(minutes=30)}
    shown = row(grid, "b").cells
    assert {one.period.length for one in shown} == {timedelta(minutes=90)}
    assert [one.period.start for one in shown] == [utc(9), utc(11), utc(13), utc(15)]
    finer = row(house.cantine.read.grid("paris", TODAY, step=HOUR, length=90 * timedelta(minutes=1)), "b")
    assert [one.period for one in finer.cells] == [one.period for one in shown]


def test_who_takes_slots_is_shown_slots(house):
    """A room with slots shows each by itself; with a length the fewest in a row that are as long; and any time to whom
    no slot binds."""
    slots = [FixedSlot(time(9), time(12)), FixedSlot(time(12), time(14)), FixedSlot(time(20), time(22))]
    house.do(c.ChangeTerms("b", terms=Terms(slots=slots, any_time={"members"})))
    read = house.cantine.read
    assert [one.period for one in row(read.grid("paris", TODAY), "b").cells] == [
        period(8, 11),
        period(11, 13),
        period(19, 21),
    ]
    assert told(row(read.grid("paris", TODAY), "b")) == {"08:00": "45.00 EUR", "11:00": "30.00 EUR", "19:00": "closed"}
    longer = row(read.grid("paris", TODAY, length=4 * HOUR), "b")
    assert [one.period for one in longer.cells] == [period(8, 13)]
    members = row(read.grid("paris", TODAY, length=HOUR, groups=["members"]), "b")
    assert len(members.cells) == 17, "18 less the one that has begun"
    nothing = row(read.grid("paris", TODAY, length=6 * HOUR), "b")
    assert nothing.cells == ()
    assert isinstance(nothing.refused, TermsError)


def test_a_time_that_has_begun_is_shown_to_whom_asks_for_it(house):
    """At 09:30 in Paris the times from 09:00 on are left out, with ``begun`` they can be booked; a room whose only time
    of the day has begun says so."""
    read = house.cantine.read
    assert told(row(read.grid("paris", TODAY, length=HOUR), "b")).keys() == told(
        row(read.grid("paris", TODAY, length=HOUR, begun=True), "b")
    ).keys() - {"08:00"}
    begun = row(read.grid("paris", TODAY, length=HOUR, begun=True), "b").cells[0]
    assert house.do(c.Book(space_id="b", period=begun.period, person_id="zoe", account="desk")).charges[0].paid
    house.do(c.ChangeTerms("a1", terms=Terms(grid=9 * HOUR)))
    whole = row(read.grid("paris", TODAY, length=9 * HOUR), "a1")
    assert whole.cells == ()
    assert isinstance(whole.refused, TooLateError)


def test_a_day_on_which_it_is_closed_says_so(house):
    """A place that is closed all day has rows without times, each with the reason."""
    closed = m.Openings(closed=[m.ClosedDays.on("public holiday", "Fête", TOMORROW)])
    house.do(c.ChangeOpenings(place_id="paris", hours=small_house.HOURS, openings=closed))
    grid = house.cantine.read.grid("paris", TOMORROW)
    assert grid.starts == ()
    assert {str(one.refused) for one in grid.rows} == {"Paris is closed: public holiday: Fête"}


def test_why_no_time_is_free_is_said_by_the_nearest(house):
    """Of a room that is free at no time the refusal is told that is the nearest to free: what is taken before what is
    closed or over."""
    house.do(c.Book(space_id="b", period=period(8, 17), person_id="bob", account="desk"))
    house.wait(hours=2)
    full = row(house.cantine.read.grid("paris", TODAY, length=HOUR), "b")
    assert {one.why for one in full.cells} == {"over", "taken", "closed"}
    assert isinstance(full.refused, ConflictError)
    house.do(c.ChangeTerms("a1", terms=Terms(notice=timedelta(days=2))))
    assert isinstance(row(house.cantine.read.grid("paris", TODAY, length=HOUR), "a1").refused, TermsError)


def test_a_room_that_is_not_sold_says_why(house):
    """A room without a product, or whose price list is not in force yet, is refused as its booking is."""
    house.do(c.ChangeSpace("b", product_id=""))
    bare = row(house.cantine.read.grid("paris", TODAY, length=HOUR), "b")
    assert {one.why for one in bare.cells} == {"unsuitable"}
    assert isinstance(bare.refused, UnsuitableError)
    early = house.cantine.read.grid("paris", TODAY, length=HOUR, now=small_house.START - timedelta(days=300))
    assert {one.why for one in row(early, "a1").cells} == {"no price"}
    assert isinstance(row(early, "a1").refused, NotForSaleError)


def test_a_room_that_goes_is_shown_until_then(house):
    """A retired room is on no grid of a day after its end."""
    house.do(c.RetireSpace("n", day=TOMORROW))
    assert [one.space.id for one in house.cantine.read.grid("nuit", TODAY).rows] == ["n"]
    assert house.cantine.read.grid("nuit", TOMORROW).rows == ()


@pytest.mark.parametrize("day", [date(2026, 10, 25), date(2027, 3, 28)], ids=["25 hours", "23 hours"])
def test_a_day_on_which_the_clock_changes(house, day):
    """The place that is always open shows a time each hour of 25, or of 23."""
    grid = house.cantine.read.grid("nuit", day, length=HOUR, step=HOUR, now=small_house.START - timedelta(days=60))
    hours = grid.period.length // HOUR
    assert hours in (23, 25)
    assert len(grid.rows[0].cells) == hours
    assert grid.rows[0].cells[-1].period.end == grid.period.end


def drawn(row: GridRow) -> list[tuple[str, int, str]]:
    """The bars of a room: from when in UTC, how many steps, and why they cannot be had."""
    return [(f"{bar.period.start:%H:%M}", bar.steps, bar.why) for bar in row.bars]


def test_a_day_as_bars_on_an_axis(house):
    """The day is one axis for all rooms in whole hours, and each room has it without a gap: over, taken, free to be
    picked step by step, closed; a slot is picked as it is, and where it is closed all day there is no axis. What is
    left and is shorter than is wanted is not free."""
    house.do(c.Book(space_id="a1", period=period(13, 15), product_id="room"))
    house.do(c.CloseSpace("b", period=period(16, 17), reason="paint"))
    grid = house.cantine.read.grid("paris", TODAY)
    assert {bar.steps for bar in grid.hours} == {2}
    spans = {id: drawn(row(grid, id)) for id in ("a1", "b")}
    assert spans == {
        "a1": [("08:00", 1, "over"), ("08:30", 9, ""), ("13:00", 4, "taken"), ("15:00", 4, "")],
        "b": [("08:00", 1, "over"), ("08:30", 15, ""), ("16:00", 2, "closed")],
    }
    free = row(grid, "b").bars[1]
    assert (free.picks[0], free.picks[-1], len(free.picks)) == (period(8.5, 9), period(15.5, 16), 15)
    longer = row(house.cantine.read.grid("paris", TODAY, length=4 * HOUR), "a1")
    assert drawn(longer) == [
        ("08:00", 1, "over"),
        ("08:30", 9, ""),
        ("13:00", 4, "taken"),
        ("15:00", 4, "wrong length"),
    ]
    house.do(c.ChangeTerms("b", terms=Terms(slots=(FixedSlot(time(13), time(16)),))))
    slots = row(house.cantine.read.grid("paris", TODAY), "b").bars
    assert [(one.why, one.picks) for one in slots][1:3] == [("slot", ()), ("", (period(12, 15),))]
    closed = m.Openings(closed=[m.ClosedDays.on("public holiday", "Fête", TOMORROW)])
    house.do(c.ChangeOpenings(place_id="paris", hours=small_house.HOURS, openings=closed))
    empty = house.cantine.read.grid("paris", TOMORROW)
    assert (empty.hours, row(empty, "b").bars) == ((), ())


def test_a_week_of_a_room_has_one_axis(house):
    """Each day of a week from Monday on is a line on the axis of the week, a day that is closed too; a room that goes
    has no line after its last day. What the days share is asked for once: 11 questions at the first time, not 18."""
    closed = m.Openings(closed=[m.ClosedDays.on("public holiday", "Fête", TODAY)])
    house.do(c.ChangeOpenings(place_id="paris", hours=small_house.HOURS, openings=closed))
    week = house.cantine.read.room_week("b", TODAY)
    assert [one.day.isoweekday() for one in week] == [1, 2, 3, 4, 5, 6, 7]
    assert {tuple(bar.steps for bar in one.hours) for one in week} == {(2,) * 9}
    assert [drawn(one.rows[0]) for one in week][:3] == [
        [("08:00", 18, "over")],
        [("08:00", 1, "over"), ("08:30", 17, "closed")],
        [("08:00", 6, ""), ("11:00", 4, "taken"), ("13:00", 8, "")],
    ]
    store = Counting(house.storage)
    reading = Cantine.open(store, payments={"desk": ManualGateway()}, clock=house.clock)
    reading.read.room_week("b", TODAY)
    assert sum(store.calls.values()) <= 11
    house.do(c.RetireSpace("b", day=TODAY + timedelta(days=2)))
    assert [len(one.rows) for one in house.cantine.read.room_week("b", TODAY)] == [1, 1, 1, 0, 0, 0, 0]
    for day in (date.min, date.max):
        with pytest.raises(InputError):
            house.cantine.read.room_week("b", day)
    with pytest.raises(NotFoundError):
        house.cantine.read.room_week("nowhere", TODAY)


@pytest.mark.parametrize("day", [date(2026, 10, 25), date(2027, 3, 28)])
def test_an_axis_on_which_the_clock_changes(house, day):
    """The axis is that of the wall clock: an hour that is skipped is not on it, one that is shown twice is longer."""
    asked = {"length": HOUR, "step": HOUR, "now": small_house.START - timedelta(days=60)}
    grid = house.cantine.read.grid("nuit", day, **asked)
    lengths = [bar.period.length // HOUR for bar in grid.hours]
    assert (len(lengths), sum(lengths)) == ((24, 25) if day.month == 10 else (23, 23))


def test_a_day_out_of_range_is_refused(house):
    """The first and the last day of the calendar are refused by name, whether the place is known by then or not."""
    for day in (date.min, date.max, date.min):
        with pytest.raises(InputError):
            house.cantine.read.grid("paris", day)
        house.cantine.read.grid("paris", TODAY)


def test_who_is_sponsored_takes_five_round_trips_too():
    """Sponsors of a person, and of what the person belongs to, are read along with what is held."""
    storage = Counting(MemoryStorage())
    house = small_house.open_house(storage)
    house.do(c.ChangeSpace("b", product_id="room"))
    house.do(c.AddOrganisation(name="Works", id="works"))
    house.do(c.Affiliate(organisation_id="works", person_id="zoe", role="member", first_day=TODAY))
    for whom in ("zoe", "works"):
        house.do(
            c.AgreeSponsorship(entity_id="asso", sponsor_id="bob", beneficiary_id=whom, share="1/4", first_day=TODAY)
        )
    house.cantine.read.grid("paris", TODAY, person_id="zoe")
    before = storage.trips
    grid = house.cantine.read.grid("paris", TODAY, person_id="zoe")
    assert storage.trips - before <= 5
    quote = row(grid, "b").quote(row(grid, "b").free[0])
    assert quote is not None
    assert [one.amount.amount for one in quote.sponsored] == [188, 188]


def test_a_grid_takes_five_round_trips_and_equal_prices_are_asked_once(monkeypatch):
    """With 40 rooms, for a person who holds units, with limits on what a person has, a cap that counts, and products of
    the catalogue: at most five round trips once the place is known, two more before; and the price list is asked once
    for each time, not for each room."""
    storage = Counting(MemoryStorage())
    house = small_house.open_house(storage)
    house.do(c.SellPass(product_id="carnet", place_id="paris", holder_id="zoe", account="desk"))
    for number in range(40):
        house.do(c.AddSpace(place_id="paris", name=f"R{number}", product_id="desk", id=f"r{number}"))
    house.do(c.ChangeTerms("r1", terms=Terms(at_most_ahead=2, in_a_row=2 * HOUR)))
    house.do(c.Book(space_id="r1", period=period(9, 11), person_id="zoe", account="desk"))
    ids, trips = [f"r{number}" for number in range(40)], []
    asked = Counter[str]()
    quote = Tariff.quote
    monkeypatch.setattr(Tariff, "quote", lambda self, *about: asked.update(["quote"]) or quote(self, *about))
    for _ in range(2):
        before = storage.trips
        grid = house.cantine.read.grid("paris", TODAY, length=HOUR, person_id="zoe", space_ids=ids)
        trips.append(storage.trips - before)
    assert trips[0] <= 7
    assert trips[1] <= 5
    assert len(grid.rows) == 40
    assert asked["quote"] == 2 * 16
    assert {one.why for one in row(grid, "r1").cells} >= {"", "in a row", "taken"}
    assert [str(one.price) for one in row(grid, "r2").free][:2] == ["3.00 EUR", "3.00 EUR"]


def test_a_place_that_moved_to_another_zone_is_read_by_it(house):
    """A zone that was known from the time before is looked at again: the day is that of today's zone."""
    before = house.cantine.read.grid("nuit", TODAY)
    place = house.get(m.Place, "nuit")
    house.cantine.read._along.put("nuit", (evolve(place, zone="Pacific/Auckland"), ()))
    assert house.cantine.read.grid("nuit", TODAY) == before


def test_a_person_who_is_forgotten_has_no_grid(house):
    """It is refused as a booking of theirs is."""
    house.do(c.ForgetPerson("ida"))
    with pytest.raises(WrongStateError):
        house.cantine.read.grid("paris", TODAY, person_id="ida")


def test_too_large_a_grid_is_refused(house):
    """A grid of more cells than anybody could show is refused, not made."""
    for number in range(400):
        house.do(c.AddSpace(place_id="nuit", name=f"R{number}", product_id="room", id=f"x{number}"))
    with pytest.raises(InputError, match="at most 100000 cells"):
        house.cantine.read.grid("nuit", TODAY, step=timedelta(minutes=5))


def test_a_space_that_is_asked_for_is_on_the_grid_or_refused(house):
    """A space of another use is refused by its id, as one that is not there: no grid leaves it out without a word."""
    read = house.cantine.read
    assert [row.space.id for row in read.grid("paris", TODAY, space_ids=["b"]).rows] == ["b"]
    assert [row.space.id for row in read.grid("paris", TODAY, use=None, space_ids=["open", "b"]).rows] == ["open", "b"]
    with pytest.raises(InputError, match="space_ids: 'open' is of another use"):
        read.grid("paris", TODAY, space_ids=["open", "b"])
    with pytest.raises(NotFoundError):
        read.grid("paris", TODAY, space_ids=["n"])


def test_the_price_of_something_for_a_page(house):
    """``read.price`` says what a command would cost, with a promise that it may carry; nobody need be known."""
    read = house.cantine.read
    assert read.price("day", "paris").total == Money(1000, "EUR")
    assert read.price("room", "paris", period=period(10, 12)).total == Money(3000, "EUR")
    assert read.price("net/seat", "paris", count=3, extras={"materials": 1}).total == Money(3800, "EUR")
    house.do(c.SellPass(product_id="carnet", place_id="paris", holder_id="zoe", account="desk"))
    mine = read.price("day", "paris", person_id="zoe")
    assert (mine.total.amount, len(mine.price.uses)) == (0, 1)
    command = c.SellPass(product_id="carnet", place_id="paris", holder_id="zoe", account="desk")
    assert read.price("carnet", "paris", person_id="zoe") == house.cantine.quote(command)
    done = house.do(c.SellPass(**{**_fields(command), "quote": read.price("carnet", "paris", person_id="zoe")}))
    assert done.value.state == "active"
    with pytest.raises(IncompleteError) as missing:
        read.price("room", "paris")
    assert missing.value.facets == ("period",)


def _fields(command: c.SellPass) -> dict[str, Any]:
    return {name: getattr(command, name) for name in ("product_id", "place_id", "holder_id", "account")}


def test_a_price_of_nothing_and_of_two_times_is_refused(house):
    """A count out of range, and a period beside a day, are refused by name."""
    with pytest.raises(InputError, match="count"):
        house.cantine.read.price("day", "paris", count=0)
    with pytest.raises(InputError, match="either a period or a day"):
        house.cantine.read.price("room", "paris", period=Period(utc(9), utc(10)), day=TODAY)
