"""Terms that are stored: what a question shows as free a booking takes, and no other; no buffer is fallen into."""

from __future__ import annotations

from calendar import monthrange
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from typing import Any

import attrs
import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.clock import Period, WallTime, local
from cantinekit.domain.occupancy import claims as _claims
from cantinekit.domain.rules import terms as _terms
from cantinekit.errors import CantineError, InputError
from cantinekit.scheduling.availability.rules import latest_start
from support.commands.booking_answers import fresh, say_the_same
from support.houses import small_house
from support.houses.small_house import House, period
from support.laws import house_laws
from support.run import soak

TOMORROW = date(2026, 11, 25)
SPACES = ("a1", "a2", "a", "b", "open", "beamer")
GROUPS = ("members", "staff")
MINUTES = [timedelta(minutes=n) for n in range(0, 61, 15)]
MANY = settings(max_examples=soak.scaled(50), deadline=None, suppress_health_check=list(HealthCheck))


def few(*values: Any) -> st.SearchStrategy[Any]:
    """One of these, and mostly none: of many terms at once nothing would ever be free."""
    return st.sampled_from([*[values[0]] * 3, *values[1:]])


SLOTS = st.sampled_from(
    [
        *[{}] * 4,
        {"slots": [m.FixedSlot(time(9), time(10)), m.FixedSlot(time(10), time(12)), m.FixedSlot(time(14), time(18))]},
        {"slots": [m.FixedSlot(time(9), time(12), range(5), ["staff"])], "any_time": ["members"]},
    ]
)
TERMS = st.builds(
    lambda slots, **others: m.Terms(**others, **slots),
    SLOTS,
    before=st.sampled_from(MINUTES[:3]),
    after=st.sampled_from(MINUTES[:3]),
    notice=few(timedelta(0), timedelta(hours=20)),
    horizon=few(None, timedelta(hours=30), timedelta(hours=22)),
    shortest=few(None, timedelta(minutes=30)),
    longest=few(None, timedelta(hours=2)),
    step=few(None, timedelta(minutes=30)),
    grid=few(None, timedelta(minutes=30), timedelta(hours=2)),
    audience=few((), GROUPS[:1]),
    approval=few(False, True),
    in_a_row=few(None, timedelta(hours=2)),
)
TIMES = st.builds(
    lambda start, length, day: period(7.5 + start / 4, 7.5 + (start + length) / 4, TOMORROW + timedelta(days=day)),
    st.integers(0, 32),
    st.integers(1, 9),
    st.sampled_from([-1, *[0] * 8, 1]),
)
ASKED = st.builds(
    c.Book,
    space_id=st.sampled_from([*SPACES, "b", "a1"]),
    product_id=st.just("room"),
    period=TIMES,
    units=st.sampled_from([1, 1, 2]),
    account=st.just("desk"),
    groups=st.sampled_from([(), GROUPS]),
)
EXTRAS = st.sampled_from([{}, {}, {"beamer": 1}, {"beamer": 2}])


@attrs.frozen
class Next:
    """A booking as near behind another as the buffers allow."""

    asked: c.Book
    which: int

    def command(self, house: House) -> c.Book:
        near = next_to(house, self.asked, self.which)
        before = house.get(m.Space, near.space_id).terms.before
        period = Period(near.period.start + before, near.period.end + before)
        return attrs.evolve(near, period=period, override="a feast")


@st.composite
def deeds(draw: st.DrawFn) -> c.Command | timedelta | Next:
    kind = draw(
        st.sampled_from(
            ["book"] * 4 + ["next"] * 4 + ["hold", "terms", "terms", "close", "session", "cancel", "less", "wait"]
        )
    )
    space = draw(st.sampled_from(SPACES))
    if kind == "next":
        return Next(draw(ASKED), draw(st.integers(0, 9)))
    if kind in ("book", "hold"):
        asked = draw(ASKED)
        extras = draw(EXTRAS) if asked.space_id != "beamer" else {}
        asked = attrs.evolve(asked, override=draw(st.sampled_from([None, "a feast", "a feast"])), with_units=extras)
        if kind == "book":
            return asked
        return c.HoldSpace(
            space_id=space, product_id="room", period=asked.period, override="a feast", minutes=draw(st.integers(1, 60))
        )
    if kind == "terms":
        return c.ChangeTerms(space, terms=draw(TERMS))
    if kind == "close":
        return c.CloseSpace(space, period=draw(TIMES), reason="painting")
    if kind == "session":
        start = datetime.combine(TOMORROW, datetime.min.time()) + timedelta(minutes=15 * draw(st.integers(32, 60)))
        return c.AddSession(
            workshop_id="talk",
            day=TOMORROW,
            starts=start.time(),
            ends=(start + timedelta(hours=1)).time(),
            seats=2,
            space_id=space,
        )
    if kind == "less":
        return c.ChangeCapacity(space, capacity=draw(st.integers(0, 3)))
    return timedelta(minutes=draw(st.integers(1, 50))) if kind == "wait" else c.CancelBooking("bkg_1")


BEGUN = st.tuples(TERMS, TERMS, TERMS, TERMS).map(
    lambda found: [
        c.ChangeTerms(space, terms=terms) for space, terms in zip(("a1", "a", "b", "open"), found, strict=True)
    ]
)


def do(house: House, deed: c.Command | timedelta | Next) -> Any:
    deed = deed.command(house) if isinstance(deed, Next) else deed
    if isinstance(deed, timedelta):
        house.clock.advance(deed)
        return None
    with suppress(CantineError):
        return house.do(deed).value
    return None


def next_to(house: House, asked: c.Book, which: int) -> c.Book:
    """Half an hour right behind what is taken with some booking: where its space has a buffer before, within that."""
    there = [one for one in house.all(m.Booking) if one.state in ("confirmed", "requested")]
    if not there:
        return asked
    booking = there[which % len(there)]
    end = booking.placed[0].claim.end
    within = Period(end, end + timedelta(minutes=30))
    return attrs.evolve(asked, space_id=booking.space_id, period=within, groups=GROUPS)


CODES = {"notice", "horizon", "wrong length", "grid", "not yours", "closed", "full", "buffer", "one unit", "slot"}


def compare(seen: Counter[str], how: Callable[[Any], Any] = MANY) -> Any:
    """The law, which counts what it has seen."""

    @given(
        BEGUN,
        st.lists(deeds(), min_size=8, max_size=12),
        st.lists(ASKED, min_size=6, max_size=6),
        st.lists(st.tuples(ASKED, st.integers(0, 9)), min_size=8, max_size=8),
    )
    @how
    def law(terms: list[Any], done: list[Any], questions: list[c.Book], beside: list[tuple[c.Book, int]]) -> None:
        house = fresh()
        for deed in (*terms, *done):
            do(house, deed)
        house_laws.claims(small_house.records(house.storage), house.clock.now())
        near = [next_to(house, asked, which) for asked, which in beside]
        for asked in (*questions, *near):
            say_the_same(house, asked, seen)

    return law


def test_a_question_and_a_booking_say_the_same() -> None:
    """Whatever terms, bookings, closures and sessions there are: a space is free exactly when it can be booked, each
    refusal has the reason of the answer, and what it proposes instead can be booked."""
    seen: Counter[str] = Counter()
    soak.until_seen(lambda how: compare(seen, how)(), MANY, seen, (*CODES, "free", "proposal"))
    print(dict(seen))


@pytest.mark.parametrize("fault", ["terms", "buffers"])
def test_control_of_the_comparison(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Control: where bookings do not look at the terms, or claim no buffers, the law is broken."""
    if fault == "terms":
        monkeypatch.setattr(_terms, "broken_terms", lambda *args, **kwargs: ())
    else:
        usual = _claims.place_claims
        monkeypatch.setattr(_terms, "place_claims", lambda *args: usual(*args, buffers=False))
    with pytest.raises(AssertionError):
        seed(1)(compare(Counter(), settings(MANY, database=None, phases=[Phase.generate])))()


# --- buffers ---------------------------------------------------------------------------------------------------------


def apart(house: House, kept: dict[str, m.Terms], single: set[str]) -> int:
    """Each two bookings of a leaf of one unit are apart by their buffers; how many were as near as they can be."""
    spaces = {space.id: space for space in house.all(m.Space)}
    live = [one for one in house.all(m.Booking) if one.state in ("confirmed", "requested") and one.id in kept]
    near = 0
    for first in live:
        for second in live:
            if first is second or not set(spaces[first.space_id].leaves) & set(spaces[second.space_id].leaves) & single:
                continue
            if first.period.start <= second.period.start:
                gap = second.period.start - first.period.end
                needed = kept[first.id].after + kept[second.id].before
                assert gap >= needed, (first, second)
                near += timedelta(0) < needed == gap
    return near


def test_nothing_falls_into_a_buffer() -> None:
    """Between two bookings of one leaf, whichever space they are of, lie the buffers of both as they were when each was
    made; terms that change later take nothing away, and cancelling gives all of it back."""
    seen: Counter[str] = Counter()

    def law(terms: list[Any], done: list[Any]) -> None:
        house, kept, single = fresh(), dict[str, m.Terms](), {"a1", "a2", "b"}
        for one in (*terms, *done):
            deed = one.command(house) if isinstance(one, Next) else one
            asked_for = house.get(m.Space, deed.space_id).terms if isinstance(deed, c.Book) else m.Terms()
            made = do(house, deed)
            if isinstance(deed, c.ChangeCapacity) and deed.capacity > 1:
                single.discard(deed.space_id)
            if isinstance(deed, c.Book) and made is not None:
                kept[made.id] = asked_for
                assert made.period == deed.period
                assert {one.claim.booked for one in made.placed} == {deed.period}
                seen["with equipment"] += bool(made.with_units)
        seen["apart"] += apart(house, kept, single)
        house_laws.hold(house.storage, house.clock.now())
        assert house.cantine.read.busy_index()._said().keys()
        for booking in house.all(m.Booking):
            do(house, c.CancelBooking(booking.id))
            seen["cancelled"] += 1
        house_laws.hold(house.storage, house.clock.now())
        house_laws.folds(house.storage)
        claimed = {claim.id for page in house.all(m.OccupancyPage) for claim in page.claims}
        over = {one.id for one in house.all(m.Booking) if one.state in ("cancelled", "expired")}
        assert not claimed & over

    drawn = given(BEGUN, st.lists(deeds(), min_size=10, max_size=18))
    soak.until_seen(lambda how: how(drawn(law))(), MANY, seen, ("apart", "with equipment", "cancelled"))
    print(dict(seen))


@given(st.lists(deeds(), max_size=8), TERMS, TERMS, ASKED, EXTRAS)
@MANY
def test_booked_then_cancelled_leaves_the_pages_as_they_were(done, first, then, asked, extras) -> None:
    """With buffers and equipment, and terms that change between: what is taken is as before once it is cancelled."""
    house = fresh()
    for deed in done:
        do(house, deed)
    house.do(c.ChangeTerms(asked.space_id, terms=first))
    index = house.cantine.read.busy_index()
    before = index._said()
    extras = {} if asked.space_id == "beamer" else extras
    booking = do(house, attrs.evolve(asked, override="a feast", with_units=extras))
    if booking is None:
        return
    assert house.cantine.read.busy_index(index)._said() != before
    house.do(c.ChangeTerms(asked.space_id, terms=then))
    house.do(c.CancelBooking(booking.id))
    assert house.cantine.read.busy_index(index)._said() == before
    house_laws.claims(small_house.records(house.storage), house.clock.now())


def test_a_period_at_the_end_of_the_calendar_keeps_what_buffer_there_is() -> None:
    """Buffers end where instants do: nothing runs over, and the booked time stays what it was."""
    space = m.Space("x", "p", "e", "X", "room", (), ("x",), terms=m.Terms(after=timedelta(days=31)))
    last = Period(small_house.utc(0, day=date(9997, 12, 31)), small_house.utc(23, day=date(9997, 12, 31)))
    (one,) = _claims.place_claims(space, "c", last, 1, None)
    assert one.claim.booked == last
    assert one.claim.end > last.end


DATES = st.dates(date(2024, 1, 1), date(2032, 12, 31))
MONTH_ENDS = DATES.map(lambda day: day.replace(day=monthrange(day.year, day.month)[1]))


@given(
    st.one_of(DATES, MONTH_ENDS),  # of 100 days only three are the last of a month
    st.integers(1, 24),
    st.sampled_from(["Europe/Paris", "Pacific/Apia"]),
)
def test_months_ahead_are_those_of_the_calendar(today, months, zone):
    """The last day that can be booked today is the last whose day so many months before, or the end of that month, has
    come."""

    def opens(day: date) -> date:
        year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
        return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))

    now = WallTime(today, time(12), zone).instant
    last = latest_start(m.Terms(months=months), zone, now)
    day = local(last, zone).date()
    assert opens(day) <= today < opens(day + timedelta(days=1))
    assert local(last + timedelta.resolution, zone).date() == day + timedelta(days=1)


@given(
    st.dates(date(2024, 1, 1), date(2032, 12, 31)),
    st.integers(0, 3660),
    st.sampled_from(["Europe/Paris", "Pacific/Apia"]),
    st.sampled_from([time(0), time(12), time(23, 59)]),
)
def test_days_ahead_are_those_of_the_calendar(today, days, zone, clock):
    """The whole of the local day so many days ahead can be booked at any time of today, and nothing of the next one."""
    last = latest_start(m.Terms(days=days), zone, WallTime(today, clock, zone).instant)
    assert local(last, zone).date() == today + timedelta(days=days)
    assert local(last + timedelta.resolution, zone).date() == today + timedelta(days=days + 1)


def test_the_nearest_horizon_counts():
    """Of days, months and a length of time the first that ends; days that end before the notice allow nothing."""
    now = WallTime(date(2026, 11, 24), time(12), "Europe/Paris").instant
    ends = [latest_start(terms, "Europe/Paris", now) for terms in (
        m.Terms(days=3), m.Terms(days=3, months=1), m.Terms(days=3, horizon=timedelta(days=30)),
    )]  # fmt: skip
    assert len(set(ends)) == 1
    assert latest_start(m.Terms(days=3, horizon=timedelta(hours=1)), "Europe/Paris", now) == now + timedelta(hours=1)
    assert latest_start(m.Terms(days=3660), "Europe/Paris", WallTime(date(9995, 1, 1), time(), "UTC").instant) is None
    with pytest.raises(InputError, match="nearer than the notice"):
        m.Terms(days=0, notice=timedelta(days=2))
