"""Laws of series of bookings: pages, prices and money are those of single bookings, and the wall clock is kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.clock import Period, WallTime
from cantinekit.domain.dates.repeats import find_days, period_of
from cantinekit.domain.sales import shares
from cantinekit.errors import RefusedError, SeriesClashError
from cantinekit.money import Money
from support.houses import series_house as houses
from support.houses.series_house import ALONE, PRODUCTS, START, claims
from support.laws import house_laws
from support.run.soak import examples, scaled

RULES = st.sampled_from(
    ["FREQ=DAILY;COUNT=5", "FREQ=DAILY;INTERVAL=2;COUNT=4", "FREQ=WEEKLY;COUNT=4", "FREQ=DAILY;COUNT=9"]
)
HOURS = st.tuples(st.sampled_from([9, 10, 11, 12, 14, 16]), st.sampled_from([1, 2, 3]))
SPACES = st.sampled_from(["a", "a1", "b", "open"])


@st.composite
def taken(draw: st.DrawFn) -> c.Book:
    """Something that somebody else has on one of the first days."""
    day, hour = draw(st.integers(0, 4)), draw(st.integers(8, 13))
    start = datetime.combine(START + timedelta(days=day), time(hour), UTC)
    space = draw(SPACES | st.just("beamer"))
    units = draw(st.integers(1, {"open": 3, "beamer": 2}.get(space, 1)))
    return c.Book(
        space_id=space,
        product_id="room",
        period=Period(start, start + timedelta(hours=draw(st.integers(1, 3)))),
        units=units,
        account="desk",
    )


@st.composite
def asked(draw: st.DrawFn, product: str) -> c.BookSeries:
    """A series of a few dates at any hour, some of them outside the opening hours."""
    (hour, length), space = draw(HOURS), draw(SPACES)
    units = draw(st.integers(1, 2)) if space == "open" else 1
    return c.BookSeries(
        space_id=space,
        product_id=product,
        day=START,
        starts=time(hour),
        ends=time(hour + length),
        rule=draw(RULES),
        units=units,
        person_id="zoe",
        account="desk",
        with_units=draw(st.sampled_from([{}, {"beamer": 1}, {"beamer": 2}])),
    )


def with_consent(house, command: c.BookSeries) -> tuple[c.BookSeries, m.BookingSeries | None]:
    """The command as it names what is to be left out, and what it makes; nothing where no date can be had."""
    try:
        return command, house.do(command).value
    except SeriesClashError as clash:
        command = attrs.evolve(command, skip=clash.skip)
        return command, house.do(command).value if clash.free else None


def fill(house, others: list[c.Book]) -> None:
    """Book what can be had of these."""
    for other in others:
        try:
            house.do(other)
        except RefusedError:
            continue


def test_a_series_with_consent_is_its_dates_one_by_one() -> None:
    """The same pages, the same total, the same units and meters, and the same dates refused, as single bookings, with
    equipment too."""
    seen: Counter[str] = Counter()

    def law(product: str) -> Callable[[], None]:
        values = given(st.lists(taken(), min_size=3, max_size=8), asked(product))
        return values(lambda others, command: one_by_one(others, command, seen))

    run(law, ALONE, seen, ("booked", "left out", "equipment", *ALONE))


def run(
    law: Callable[[str], Callable[[], None]], products: Sequence[str], seen: Counter[str], names: Sequence[str]
) -> None:
    """Try a law with each product until all that it is about was seen: the same examples first, then others."""
    for more in range(6):
        for product in products:
            examples(more)(settings(max_examples=scaled(8), database=None, deadline=None)(law(product)))()
        if all(seen[name] for name in names):
            break
    print(dict(seen))
    assert min(seen[name] for name in names) > 0, seen


def one_by_one(others: list[c.Book], command: c.BookSeries, seen: Counter[str]) -> None:
    together, alone = houses.open_house(), houses.open_house()
    for house in (together, alone):
        fill(house, others)
    command, series = with_consent(together, command)
    refused, total = [], Money(0, "EUR")
    for day in find_days(command, "Europe/Paris"):
        period = period_of(day, command.starts, command.ends, "Europe/Paris")
        single = c.Book(
            space_id=command.space_id,
            product_id=command.product_id,
            period=period,
            units=command.units,
            person_id="zoe",
            account="desk",
        )
        single = attrs.evolve(single, with_units=command.with_units)
        try:
            total += sum((charge.amount for charge in alone.do(single).charges), Money(0, "EUR"))
        except RefusedError:
            refused.append(day)
    if series is not None:
        seen.update(["booked", command.product_id, *(["left out"] if command.skip else [])])
        seen["equipment"] += bool(command.with_units)
    seen["nothing left"] += series is None
    assert claims(together) == claims(alone)
    assert refused == list(command.skip)
    paid = together.get(m.Charge, series.charge_id).amount if series and series.charge_id else Money(0, "EUR")
    assert paid == total
    for cls in (m.Meter, m.Entitlement):
        assert together.all(cls) == alone.all(cls)
    house_laws.hold(together.storage, together.clock.now())
    house_laws.folds(together.storage)


def test_booked_and_cancelled_in_any_order_nothing_is_left() -> None:
    """However it is cancelled, date by date or from a day on: pages, meters and units are as before, all money is back.

    At each step what is held of the charge is what the dates that stay have of it, to the cent (see ``_laws.series``).
    """
    seen: Counter[str] = Counter()

    def law(product: str) -> Callable[[], None]:
        values = given(st.lists(taken(), min_size=3, max_size=8), asked(product), st.data())
        return values(lambda others, command, data: back_to_before(others, command, data, seen))

    run(law, PRODUCTS, seen, ("one date", "from a day on", "meters", "units", "money", "left out"))


def back_to_before(others: list[c.Book], command: c.BookSeries, data: st.DataObject, seen: Counter[str]) -> None:
    house = houses.open_house()
    fill(house, others)
    before = claims(house), [(one.id, one.left, one.used) for one in house.all(m.Entitlement)]
    command, series = with_consent(house, command)
    if series is None:
        return
    seen["left out"] += bool(command.skip)
    charge = house.get(m.Charge, series.charge_id).amount if series.charge_id else Money(0, "EUR")
    parts = [one.part.amount for one in house.all(m.Booking) if one.series_id == series.id and one.part is not None]
    assert sum(parts, Money(0, "EUR")) == charge
    seen["money"] += bool(charge)
    seen["meters"] += any(meter.used for meter in house.all(m.Meter))
    seen["units"] += any(one.used for one in house.all(m.Entitlement))
    while series.state != "cancelled":
        booked = series.of_state("booked")
        one = data.draw(st.sampled_from(booked)) if booked else None
        if one is None or data.draw(st.integers(0, 3), "from a day on") == 0:
            from_date = one.day if one and data.draw(st.booleans(), "not all") else None
            house.do(c.CancelSeries(series.id, from_date=from_date))
            seen["from a day on"] += from_date is not None
        else:
            seen["one date"] += 1
            house.do(c.CancelBooking(one.booking_id))
        series = house.get(m.BookingSeries, series.id)
        house_laws.hold(house.storage, house.clock.now())
    assert (claims(house), [(one.id, one.left, one.used) for one in house.all(m.Entitlement)]) == before
    assert {meter.used for meter in house.all(m.Meter)} <= {0}
    assert sum((one.amount for one in house.all(m.Refund)), Money(0, "EUR")) == charge
    house_laws.folds(house.storage)


def test_the_control_sees_a_cent_that_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: where the parts are rounded each for itself, the law above sees that they are not the whole."""
    monkeypatch.setattr(shares, "_whole", lambda amounts, due: [due // len(amounts)] * len(amounts))
    house = houses.open_house()
    series = house.do(
        c.BookSeries(
            space_id="a",
            product_id="together",
            day=START,
            starts=time(10),
            ends=time(12),
            rule="FREQ=DAILY;COUNT=5",
            account="desk",
        )
    ).value
    assert house.get(m.Charge, series.charge_id).amount == Money(2001, "EUR")
    with pytest.raises(AssertionError):
        house_laws.hold(house.storage, house.clock.now())


ZONES = ["Europe/Paris", "America/New_York", "Australia/Lord_Howe", "Africa/Cairo", "America/Santiago", "Asia/Tokyo"]


@given(
    st.sampled_from(ZONES),
    st.dates(date(2024, 1, 1), date(2030, 12, 31)),
    st.times().map(lambda at: at.replace(second=0, microsecond=0, fold=0)),
    st.integers(1, 24 * 60 - 1),
    st.sampled_from(["FREQ=WEEKLY;COUNT=60", "FREQ=DAILY;COUNT=220", "FREQ=MONTHLY;BYMONTHDAY=28;COUNT=14"]),
)
@settings(max_examples=scaled(40))
def test_the_wall_time_is_kept_over_both_clock_changes(
    zone: str, first: date, starts: time, minutes: int, rule: str
) -> None:
    """For a year on end each date begins and ends when the wall clock says so; what it skips is read by RFC 5545.

    The oracle is the clock itself: it shows the time that was asked for, or one later by the gap.
    """
    if "MONTHLY" in rule:
        first = first.replace(day=28)
    ends = (datetime.combine(first, starts) + timedelta(minutes=minutes)).time()
    days = find_days(
        c.BookSeries(space_id="a", product_id="room", day=first, starts=starts, ends=ends, rule=rule), zone
    )
    assert len(days) == int(rule.rpartition("=")[2])
    assert days[0] == first
    tz = ZoneInfo(zone)
    for day in days:
        period = period_of(day, starts, ends, zone)
        after = day + timedelta(days=ends <= starts)
        begin, end = WallTime(day, starts, zone).instant, WallTime(after, ends, zone).instant
        assert period == (Period(begin, end) if begin < end else None)
        for moment, wanted in ((begin, datetime.combine(day, starts)), (end, datetime.combine(after, ends))):
            shown = moment.astimezone(tz)
            late = shown.replace(tzinfo=None) - wanted
            assert timedelta(0) <= late <= timedelta(hours=1)
            there = wanted.replace(tzinfo=tz).astimezone(UTC).astimezone(tz).replace(tzinfo=None) == wanted
            assert (late == timedelta(0)) == there
            assert shown.fold == 0
