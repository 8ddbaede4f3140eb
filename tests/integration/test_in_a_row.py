"""How long one person may have a space without a gap: by example, as a law, and when two bookings come at once."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, time, timedelta

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.clock import Period
from cantinekit.errors import CantineError, SeriesClashError, TermsError
from cantinekit.scheduling.availability import Filter, Question, TooLongInARow
from support.houses import small_house
from support.houses.small_house import House, open_house, period
from support.laws import house_laws
from support.run import soak

DAY = date(2026, 11, 26)
HOUR = timedelta(hours=1)
ROW = m.Terms(in_a_row=2 * HOUR)


@pytest.fixture
def house() -> House:
    """A house whose room n, always open, nobody has for more than two hours in a row."""
    made = open_house()
    made.do(c.ChangeTerms("n", terms=ROW))
    return made


def asked(start: float, end: float, person: str | None = "zoe", **how) -> c.Book:
    return c.Book(
        space_id="n", product_id="room", period=period(start, end, DAY), person_id=person, account="desk", **how
    )


def refused(house: House, command: c.Command) -> TooLongInARow:
    with pytest.raises(TermsError) as caught:
        house.do(command)
    return caught.value.reason


def test_two_bookings_that_touch_are_one_stretch(house):
    """Two hours may be had as one or as two; a third hour on either side, or between, is too long; a gap ends it."""
    house.do(asked(10, 11))
    house.do(asked(12.5, 13.5))
    assert refused(house, asked(11, 12.5)) == TooLongInARow(2 * HOUR, 3.5 * HOUR)
    assert refused(house, asked(8.5, 10)) == TooLongInARow(2 * HOUR, 2.5 * HOUR)
    house.do(asked(11, 12))
    assert refused(house, asked(9.5, 10)) == TooLongInARow(2 * HOUR, 2.5 * HOUR)
    house.do(asked(9, 9.5))
    assert "at most, not" in str(refused(house, asked(13.5, 14.75)))


def test_others_and_other_spaces_do_not_count(house):
    """Somebody else may go on; a walk-in is nobody, and so is never in a row with anybody."""
    house.do(asked(10, 12))
    house.do(asked(12, 14, "bob"))
    house.do(asked(14, 16, None))
    house.do(asked(16, 18, None))
    house.do(c.Book(space_id="b", product_id="room", period=period(12, 14, DAY), person_id="zoe", account="desk"))
    assert refused(house, asked(18, 20.5, None)) == TooLongInARow(2 * HOUR, 2.5 * HOUR)


def test_what_is_given_up_or_ran_out_does_not_count(house):
    """A cancelled booking and a hold whose time is over are gaps."""
    first = house.do(asked(10, 12)).value
    refused(house, asked(12, 13))
    house.do(c.CancelBooking(first.id))
    house.do(c.HoldSpace(space_id="n", product_id="room", period=period(10, 12, DAY), person_id="zoe", minutes=10))
    refused(house, asked(12, 13))
    house.wait(minutes=10)
    house.do(asked(12, 13))


def test_a_gap_of_buffers_is_none(house):
    """Where cleaning alone lies between two bookings they are in a row; what counts is the time that is booked."""
    house.do(c.ChangeTerms("n", terms=attrs.evolve(ROW, before=HOUR / 2, after=HOUR / 2)))
    house.do(asked(10, 11))
    assert refused(house, asked(12, 13)) == TooLongInARow(2 * HOUR, 3 * HOUR)
    house.do(asked(12.25, 13.25))


def test_over_midnight_and_beside_a_long_booking(house):
    """Pages of the next day, and what stands for months, are looked at too."""
    house.do(asked(22, 24))
    refused(house, asked(24, 25))
    start = small_house.utc(0, day=DAY + timedelta(days=3))
    months = m.Terms(in_a_row=timedelta(days=31))
    house.do(c.ChangeTerms("n", terms=months))
    long = Period(start, start + timedelta(days=70))
    house.do(c.Book(space_id="n", product_id="room", period=long, person_id="zoe", account="desk", override="the fair"))
    after = Period(long.end, long.end + HOUR)
    assert refused(house, c.Book(space_id="n", product_id="room", period=after, person_id="zoe")).wanted == timedelta(
        days=70, hours=1
    )


def test_staff_may_and_a_question_knows_what_is_too_long_for_anybody(house):
    """With an override it is had, and kept by its name. A question tells what is too long by itself."""
    house.do(asked(10, 12))
    house.do(asked(12, 13, override="the mayor asks"))
    assert [one.rule for one in house.all(m.Override)] == ["in a row"]
    found = house.cantine.find_free(Question(period(14, 17, DAY), filter=Filter(space_ids=("n",))))
    assert found.reasons == {"n": TooLongInARow(2 * HOUR, 3 * HOUR)}


def test_dates_of_a_series_are_in_a_row_too(house):
    """Nights that touch, or touch what is there, are told as dates that the terms do not allow."""
    house.do(c.ChangeTerms("n", terms=m.Terms(in_a_row=30 * HOUR)))
    nights = c.BookSeries(
        space_id="n",
        product_id="room",
        day=DAY,
        starts=time(12),
        ends=time(12),
        rdates=[DAY + timedelta(days=1)],
        person_id="zoe",
    )
    with pytest.raises(SeriesClashError) as caught:
        house.do(nights)
    assert [(one.day, one.why) for one in caught.value.clashes] == [(DAY + timedelta(days=1), "terms")]
    series = house.do(attrs.evolve(nights, skip=caught.value.skip, account="desk")).value
    refused(house, asked(35, 42))
    with pytest.raises(SeriesClashError):
        house.do(c.RetrySkipped(series.id))
    house_laws.folds(house.storage)


def test_it_takes_no_more_round_trips(house):
    """What is theirs comes with the price list: at most five reads, for a series of 40 dates and for skipped ones."""
    for day in range(40):
        house.do(asked(10 + 24 * day, 11 + 24 * day))
    reads, storage = Counter[str](), house.storage

    class Counting:
        def __getattr__(self, name):
            reads[name] += 1
            return getattr(storage, name)

    dates = [DAY + timedelta(days=n) for n in range(40)]
    series = c.BookSeries(
        space_id="n",
        product_id="room",
        day=DAY,
        starts=time(12),
        ends=time(13),
        rdates=dates[1:],
        person_id="zoe",
        account="desk",
    )
    engine = house.cantine._make_engine(Counting(), effects="none")
    engine.run(series, "ana")
    assert reads["load"] <= 5
    assert refused(house, asked(10 + 24 * 7 - 1, 10 + 24 * 7)).wanted == 3 * HOUR
    (kept,) = house.all(m.BookingSeries)
    house.do(asked(11 + 24 * 50, 12 + 24 * 50))
    more = c.BookSeries(
        space_id="n",
        product_id="room",
        day=DAY + timedelta(days=50),
        starts=time(13),
        ends=time(14, 30),
        rdates=[DAY + timedelta(days=60)],
        skip=[DAY + timedelta(days=50)],
        person_id="zoe",
        account="desk",
    )
    house.do(more)
    found = next(one for one in house.all(m.BookingSeries) if one.id != kept.id)
    reads.clear()
    engine.run(c.RetrySkipped(found.id, override="the mayor asks"), "ana")
    assert reads["load"] <= 5


# --- at once ---------------------------------------------------------------------------------------------------------


class AtOnce:
    """A store in which, before a booking is stored, the same person books the time after it, on another day's page."""

    def __init__(self, house: House, *, rows: bool) -> None:
        self.inner, self.house, self.rows, self.done = house.storage, house, rows, False

    def __getattr__(self, name):
        return getattr(self.inner, name)

    def apply(self, change):
        if not self.done and any(row.kind == "booking" for row in change.rows):
            self.done = True
            self.house.do(asked(24, 26))
            if not self.rows:
                rows = tuple(row for row in change.rows if not row.id.startswith("in a row|"))
                change = attrs.evolve(change, rows=rows, guards=())
        self.inner.apply(change)


@pytest.mark.parametrize("before", [True, False], ids=["row there", "first booking"])
@pytest.mark.parametrize("rows", [True, False], ids=["with the row", "control"])
def test_two_at_once_are_never_too_long_together(house, rows, before):
    """Two bookings of one person on both sides of midnight, whose pages are not there yet: the second is decided again
    and refused. Control: without the row both are had, four hours in a row."""
    if before:
        house.do(asked(2, 3))
    other = open_house(AtOnce(house, rows=rows), furnished=False, ids=lambda prefix: f"{prefix}_x")
    if rows:
        assert refused(other, asked(22, 24)) == TooLongInARow(2 * HOUR, 4 * HOUR)
        assert stretches(house, "zoe") == [HOUR, 2 * HOUR][not before :]
        house_laws.hold(house.storage, house.clock.now())
    else:
        other.do(asked(22, 24))
        assert stretches(house, "zoe")[-1] == 4 * HOUR


# --- a law -----------------------------------------------------------------------------------------------------------


def stretches(house: House, person: str, also: Period | None = None) -> list[timedelta]:
    """How long a person has room n in a row, each time, by joining what touches, one by one; with one booking more."""
    now, after = house.clock.now(), house.get(m.Space, "n").terms.after
    live = [one for one in house.all(m.Booking) if one.person_id == person and one.space_id == "n"]
    live = [one for one in live if one.state == "confirmed" or (one.state == "held" and now < one.expires)]
    times = [(one.period.start, one.period.end, one.placed[0].claim.end) for one in live]
    times += [(also.start, also.end, also.end + after)] if also else []
    found: list[tuple[datetime, datetime, datetime]] = []
    for start, end, until in sorted(times):
        if found and start <= found[-1][2]:
            found[-1] = (found[-1][0], max(found[-1][1], end), max(found[-1][2], until))
        else:
            found.append((start, end, until))
    return [end - start for start, end, _ in found]


DEEDS = st.tuples(
    st.sampled_from(["book"] * 4 + ["hold", "cancel", "wait"]),
    st.integers(38, 56),
    st.integers(1, 4),
    st.sampled_from(["zoe", "zoe", "bob"]),
)


def test_nobody_ever_has_it_for_longer() -> None:
    """Whatever is booked, held, given up and runs out around midnight: no stretch is longer than the term allows, and a
    booking is refused for it exactly where it would make one that is."""
    seen: Counter[str] = Counter()

    @given(st.sampled_from([timedelta(0), timedelta(minutes=30)]), st.lists(DEEDS, min_size=6, max_size=14))
    @settings(max_examples=soak.scaled(25), deadline=None, suppress_health_check=list(HealthCheck))
    def law(buffer: timedelta, deeds: list[tuple[str, int, int, str]]) -> None:
        house = open_house()
        house.do(c.ChangeTerms("n", terms=attrs.evolve(ROW, after=buffer)))
        for kind, start, length, person in deeds:
            within = period(start / 2, (start + length) / 2, DAY)
            command: c.Command = c.Book(
                space_id="n", product_id="room", period=within, person_id=person, account="desk"
            )
            if kind == "wait":
                house.wait(minutes=6)
                continue
            if kind == "hold":
                command = c.HoldSpace(space_id="n", product_id="room", period=within, person_id=person, minutes=10)
            if kind == "cancel":
                live = [one for one in house.all(m.Booking) if one.state == "confirmed"]
                if live:
                    house.do(c.CancelBooking(live[start % len(live)].id))
                continue
            expected = max(stretches(house, person, within)) > 2 * HOUR
            error: CantineError | None = None
            try:
                house.do(command)
            except CantineError as caught:
                error = caught
            assert isinstance(error, TermsError) is expected
            seen["had" if error is None else "in a row" if expected else "taken"] += 1
            joined = stretches(house, person)
            seen["joined"] += len(joined) < sum(one.person_id == person for one in house.all(m.Booking))
            assert max([*joined, timedelta(0)]) <= 2 * HOUR

    law()
    print(dict(seen))
    assert all(seen[what] for what in ("had", "in a row", "taken", "joined")), seen
