"""Two series that want one and the same day at once: one is had whole, of the other nothing is stored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, time, timedelta
from functools import partial

import attrs
import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.cantine import Cantine
from cantinekit.errors import RefusedError
from cantinekit.plugins.ports import Storage
from support.houses import small_house
from support.races.crossing_series import BACKENDS, DAILY, THIRD, race, racing, round_of
from support.races.house_races import NOW, house_broken
from support.races.steps import Schedule, every_order, twin
from support.stores.around import Around, WithoutGuards, WithoutVersions

ROUNDS = 8


def crossing(turn: int) -> tuple[c.BookSeries, c.BookSeries]:
    """Every day of ten, and every third day from the last of them on: they share one day."""
    first, *_, last = round_of(turn)[:10]
    daily = c.BookSeries(
        space_id="small",
        product_id="room",
        day=first,
        starts=time(10),
        ends=time(12),
        rule=DAILY,
        person_id="p1",
        account="desk",
    )
    return daily, c.BookSeries(
        space_id="small",
        product_id="room",
        day=last,
        starts=time(11),
        ends=time(13),
        rule=THIRD,
        person_id="p2",
        account="desk",
    )


def stored(house: Cantine, turn: int) -> tuple[int, Counter[date]]:
    """How many series there are of this round, and how many live bookings of each day."""
    window = round_of(turn)
    series = [one for one in house.read.find(m.BookingSeries, "space") if one.day in window]
    bookings = [one for one in house.read.find(m.Booking, "space") if one.period.start.date() in window]
    assert {one.id for one in bookings} == {id for one in series for id in one.booking_ids}
    return len(series), Counter(one.period.start.date() for one in bookings)


@pytest.mark.parametrize("backend", BACKENDS)
def test_of_two_series_that_cross_one_is_had_whole(backend):
    """One wins all its dates; the other is told which day is taken, and no date, charge or event of it is stored."""
    with racing(backend) as (store, house):
        winners = Counter()
        for turn in range(ROUNDS):
            assert race(store, house, crossing(turn), turn) == ["SeriesClashError", "won"]
            count, days = stored(house, turn)
            assert count == 1
            assert max(days.values()) == 1
            assert len(days) in (10, 5)
            winners[len(days)] += 1
        print(f"{backend}: {ROUNDS} rounds, {store.counts['stale']} clashes, dates of the winners: {dict(winners)}")
        assert store.counts["stale"] >= ROUNDS
        assert sum(len(list(house.read.statement(person))) for person in ("p1", "p2")) == ROUNDS
        assert house_broken(store, NOW) == []


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_control_without_versions_books_the_day_twice(backend):
    """The control: on a store that does not compare versions both win, and one day is booked twice."""
    with racing(backend, WithoutVersions) as (store, house):
        assert race(store, house, crossing(0), 0) == ["won", "won"]
        count, days = stored(house, 0)
        assert (count, max(days.values())) == (2, 2)
        assert house_broken(store, NOW) != []


# --- consent ---------------------------------------------------------------------------------------------------------

WEEK = c.BookSeries(
    space_id="b",
    product_id="room",
    day=small_house.TODAY + timedelta(days=2),
    starts=time(10),
    ends=time(12),
    rule="FREQ=DAILY;COUNT=3",
)
LEFT_OUT = small_house.TODAY + timedelta(days=3)


def consents(fault: type[Around]) -> Iterator[tuple[list[str], list[str]]]:
    """A series that leaves out a taken date, and that date coming free: all orders of their calls.

    Gives what the journal has of both, and what each was answered.
    """
    ready = small_house.open_house()
    taken = ready.do(
        c.Book(space_id="b", product_id="room", period=small_house.period(9, 10, LEFT_OUT), account="desk")
    ).value
    commands = attrs.evolve(WEEK, skip=(LEFT_OUT,), account="desk"), c.CancelBooking(taken.id)
    begun, ends = len(small_house.journal(ready.storage)), list[tuple[list[str], list[str]]]()

    def execute(storage: Storage, command: c.Command) -> str:
        try:
            house = Cantine(storage, gateways=ready.cantine._gateways, clock=ready.clock, effects="none")
            house._engine.run(command, "race:starter")
        except RefusedError as refusal:
            return type(refusal).__name__
        return "done"

    def run(schedule: Schedule) -> None:
        core = twin(ready.storage)
        answers = schedule.run(fault(core), [partial(execute, command=command) for command in commands])
        types = [entry.type for entry in small_house.journal(core)[begun:]]
        ends.append(([name for name in types if name in ("SeriesBooked", "BookingEnded")], answers))

    for _ in every_order(run):
        yield ends.pop()


def test_a_date_is_left_out_only_while_it_is_taken():
    """In every order of the calls: the series is stored before the date comes free, or it is refused after it."""
    found = Counter((*journal, *answers) for journal, answers in consents(Around))
    print(dict(found))
    assert set(found) == {
        ("SeriesBooked", "BookingEnded", "done", "done"),
        ("BookingEnded", "SeriesClashError", "done"),
    }


def test_the_control_without_guards_leaves_out_a_free_date():
    """The control: the page of the date that is left out is only compared, and without that a free one is left out."""
    found = {tuple(journal) for journal, _ in consents(WithoutGuards)}
    assert ("BookingEnded", "SeriesBooked") in found
