"""Instants, zones, periods, wall times and clocks."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cantinekit import records as m
from cantinekit.clock import (
    MAX_INSTANT,
    MIN_INSTANT,
    ManualClock,
    Period,
    SystemClock,
    WallTime,
    day_bounds,
    format_instant,
    instant,
    local,
    parse_instant,
    widened,
    zone,
)
from cantinekit.errors import InputError, NaiveDatetimeError

ZONES = ["Europe/Paris", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "America/St_Johns", "UTC"]
INSTANTS = st.datetimes(datetime(1970, 1, 1), datetime(9997, 12, 31), timezones=st.just(UTC))
MODERN = st.dates(date(1990, 1, 1), date(2036, 12, 31))


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


# --- instants ---


def test_instant_is_utc():
    """An aware datetime of any zone becomes the same instant in UTC."""
    paris = datetime(2026, 7, 1, 9, tzinfo=zone("Europe/Paris"))
    assert instant(paris) == paris
    assert instant(paris).tzinfo is UTC
    assert instant(paris).hour == 7
    assert instant(datetime(2026, 7, 1, 9, tzinfo=timezone(timedelta(hours=-9, minutes=-30)))) == utc(
        2026, 7, 1, 18, 30
    )


class Nowhere(tzinfo):
    """A time zone that does not know its offset."""

    def utcoffset(self, moment):
        return None

    def dst(self, moment):
        return None

    def tzname(self, moment):
        return None


@pytest.mark.parametrize("value", [datetime(2026, 1, 1), datetime(2026, 1, 1, tzinfo=Nowhere())])
def test_naive(value):
    """A datetime without an offset is refused, never read in some zone."""
    with pytest.raises(NaiveDatetimeError):
        instant(value)
    with pytest.raises(NaiveDatetimeError):
        format_instant(value)
    with pytest.raises(NaiveDatetimeError):
        local(value, "UTC")
    with pytest.raises(NaiveDatetimeError):
        ManualClock(value)
    with pytest.raises(NaiveDatetimeError):
        Period(value, utc(2027, 1, 1))


@pytest.mark.parametrize("value", [None, "2026-01-01T00:00:00Z", date(2026, 1, 1), 0, 1767225600.0])
def test_not_a_datetime(value):
    """What is no datetime is refused, a date and a number included."""
    with pytest.raises(InputError):
        instant(value)


@pytest.mark.parametrize(
    "value",
    [
        MIN_INSTANT - timedelta(microseconds=1),
        MAX_INSTANT,
        datetime.min.replace(tzinfo=UTC),
        datetime.max.replace(tzinfo=UTC),
        datetime.min.replace(tzinfo=timezone(timedelta(hours=14))),
        datetime.max.replace(tzinfo=timezone(timedelta(hours=-12))),
    ],
)
def test_out_of_range(value):
    """An instant before 1970 or after 9997 is refused, also where the arithmetic itself would overflow."""
    with pytest.raises(InputError, match="out of range"):
        instant(value)


def test_edges():
    """The first and the last instant are accepted."""
    assert instant(MIN_INSTANT) == MIN_INSTANT
    last = MAX_INSTANT - timedelta(microseconds=1)
    assert instant(last) == last


@given(INSTANTS)
def test_text_round_trip(moment):
    """The text of an instant is read back as the same instant."""
    assert parse_instant(format_instant(moment)) == moment


@given(INSTANTS, INSTANTS)
def test_text_order(one, other):
    """The byte order of the texts is the order in time, whatever zone the datetimes had."""
    texts = [format_instant(one.astimezone(timezone(timedelta(hours=5, minutes=45)))), format_instant(other)]
    assert (texts[0].encode() < texts[1].encode()) == (one < other)
    assert len(texts[0]) == len(texts[1]) == 27


@pytest.mark.parametrize(
    "text", ["", "now", "2026-01-01", "2026-01-01T00:00:00", "2026-13-01T00:00:00Z", None, 5, b"x"]
)
def test_bad_texts(text):
    """A text that is no instant is refused, also one without a zone."""
    with pytest.raises(InputError):
        parse_instant(text)


# --- zones ---


@pytest.mark.parametrize("name", [*ZONES, "America/Argentina/Buenos_Aires", "Etc/GMT+12", "EST5EDT"])
def test_zone(name):
    """An IANA name gives its zone, the same object each time."""
    assert zone(name) is zone(name)
    assert zone(name).key == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        "Europe/Nowhere",
        "Europe",
        "europe paris",
        "/etc/localtime",
        "../etc/passwd",
        "Europe/../../etc/passwd",
        "Europe/Paris\0",
        "Europe/Paris/",
        "tzdata.zi",
        "zone.tab",
        "A" * 5000,
        "Éurope/Paris",
        None,
        5,
        [],
        b"Europe/Paris",
    ],
)
def test_no_zone(name):
    """What is no zone name is refused with our error, whatever the zone database would make of it."""
    with pytest.raises(InputError):
        zone(name)


@pytest.mark.parametrize("name", ["localtime", "posixrules", "Factory", "right/Europe/Paris", "posix/Europe/Paris"])
def test_machine_zones(name):
    """The machine's own zone is not to be had by a name, nor are zones that count leap seconds."""
    with pytest.raises(InputError, match="not a time zone name"):
        zone(name)


# --- periods ---


@given(st.lists(INSTANTS, min_size=2, max_size=2, unique=True).map(sorted))
def test_period(edges):
    """A period is half-open: it contains its start and not its end."""
    period = Period(*edges)
    assert period.contains(period.start)
    assert not period.contains(period.end)
    assert period.contains(period.end - timedelta(microseconds=1))
    assert period.length == edges[1] - edges[0]


def test_period_is_never_empty():
    """A period that ends when it starts, or before, is refused."""
    for end in (utc(2026, 1, 1), utc(2025, 12, 31)):
        with pytest.raises(InputError, match="must end after it starts"):
            Period(utc(2026, 1, 1), end)


def test_period_in_any_zone():
    """The edges of a period may be given in any zone and are kept in UTC."""
    paris = zone("Europe/Paris")
    period = Period(datetime(2026, 7, 1, 9, tzinfo=paris), datetime(2026, 7, 1, 10, tzinfo=paris))
    assert period == Period(utc(2026, 7, 1, 7), utc(2026, 7, 1, 8))
    assert period.start.tzinfo is UTC
    assert hash(period) == hash(Period(utc(2026, 7, 1, 7), utc(2026, 7, 1, 8)))


def test_contains_needs_an_instant():
    """A naive datetime is neither inside nor outside."""
    with pytest.raises(NaiveDatetimeError):
        Period(utc(2026, 1, 1), utc(2026, 1, 2)).contains(datetime(2026, 1, 1))


SHORT = st.tuples(st.integers(0, 20), st.integers(1, 20)).map(
    lambda t: Period(utc(2026, 1, 1) + timedelta(hours=t[0]), utc(2026, 1, 1) + timedelta(hours=t[0] + t[1]))
)


@given(SHORT, SHORT)
def test_overlap(one, other):
    """Two periods overlap exactly when some hour lies in both; touching is not overlapping."""
    hours = [utc(2026, 1, 1) + timedelta(hours=h) for h in range(45)]
    assert one.overlaps(other) == any(one.contains(h) and other.contains(h) for h in hours)
    assert one.overlaps(other) == other.overlaps(one)
    assert one.overlaps(one)


@pytest.mark.parametrize(
    ("length", "minutes"),
    [
        (timedelta(microseconds=1), 1),
        (timedelta(seconds=60), 1),
        (timedelta(seconds=61), 2),
        (timedelta(hours=1), 60),
        (timedelta(days=366), 527_040),
    ],
)
def test_minutes(length, minutes):
    """A minute that was begun counts as one."""
    assert Period(utc(2026, 1, 1), utc(2026, 1, 1) + length).minutes == minutes


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        (utc(2026, 1, 1), utc(2026, 1, 2), [1]),
        (utc(2026, 1, 1), utc(2026, 1, 2, 0, 0, 1), [1, 2]),
        (utc(2026, 1, 1, 23, 59), utc(2026, 1, 2, 0, 1), [1, 2]),
        (utc(2026, 1, 1, 12), utc(2026, 1, 4), [1, 2, 3]),
    ],
)
def test_days(start, end, days):
    """The days are the UTC days that the period touches; one that begins at its end is not among them."""
    assert list(Period(start, end).days()) == [date(2026, 1, d) for d in days]


def test_widened_ends_where_instants_end():
    """A period is widened no further than the first and the last instant that there is."""
    first = Period(MIN_INSTANT + timedelta(minutes=5), MIN_INSTANT + timedelta(hours=1))
    assert widened(first, timedelta(hours=1), timedelta(0)).start == MIN_INSTANT
    last = Period(MAX_INSTANT - timedelta(hours=1), MAX_INSTANT - timedelta(minutes=5))
    assert widened(last, timedelta(0), timedelta(hours=1)).end <= MAX_INSTANT
    assert widened(first, timedelta(minutes=2), timedelta(minutes=3)) == Period(
        first.start - timedelta(minutes=2), first.end + timedelta(minutes=3)
    )


def test_days_at_the_end_of_time():
    """The last day that there is can be listed."""
    assert list(Period(utc(9997, 12, 31), utc(9997, 12, 31, 23)).days()) == [date(9997, 12, 31)]


# --- wall times ---


@pytest.mark.parametrize(
    ("wall", "expected", "resolution"),
    [
        (("2026-07-01", "09:00", "Europe/Paris"), utc(2026, 7, 1, 7), "exact"),
        (("2026-03-29", "02:30", "Europe/Paris"), utc(2026, 3, 29, 1, 30), "gap"),
        (("2026-03-29", "03:00", "Europe/Paris"), utc(2026, 3, 29, 1), "exact"),
        (("2026-10-25", "02:30", "Europe/Paris"), utc(2026, 10, 25, 0, 30), "fold"),
        (("2026-10-25", "03:00", "Europe/Paris"), utc(2026, 10, 25, 2), "exact"),
        (("2026-11-01", "01:30", "America/New_York"), utc(2026, 11, 1, 5, 30), "fold"),
        (("2026-10-04", "02:15", "Australia/Lord_Howe"), utc(2026, 10, 3, 15, 45), "gap"),
        (("2026-04-05", "01:45", "Australia/Lord_Howe"), utc(2026, 4, 4, 14, 45), "fold"),
        (("2018-11-04", "00:00", "America/Sao_Paulo"), utc(2018, 11, 4, 3), "gap"),
        (("2026-01-01", "00:00", "Asia/Kathmandu"), utc(2025, 12, 31, 18, 15), "exact"),
    ],
)
def test_resolve(wall, expected, resolution):
    """A skipped time is read with the offset before the change, a repeated one is the first (RFC 5545, 3.3.5)."""
    day, at, name = wall
    value = WallTime(date.fromisoformat(day), time.fromisoformat(at), name)
    assert value.resolve() == (expected, resolution)
    assert value.instant == expected
    assert value.instant.tzinfo is UTC


def test_fold_is_ignored():
    """The ``fold`` of a time of day has no say: a schedule says what the clock shows, not which time around."""
    plain = WallTime(date(2026, 10, 25), time(2, 30), "Europe/Paris")
    assert WallTime(date(2026, 10, 25), time(2, 30, fold=1), "Europe/Paris").instant == plain.instant


@given(MODERN, st.times(), st.sampled_from(ZONES))
def test_wall_time_and_back(day, at, name):
    """An exact or repeated wall time, resolved, shows the same on the wall; a skipped one shows a later time."""
    value = WallTime(day, at, name)
    moment, resolution = value.resolve()
    shown = local(moment, name).replace(tzinfo=None, fold=0)
    wanted = datetime.combine(day, at.replace(fold=0))
    assert shown > wanted if resolution == "gap" else shown == wanted


@given(INSTANTS.filter(lambda m: m.year < 2037), st.sampled_from(ZONES))
def test_local_is_the_same_instant(moment, name):
    """The local form of an instant is the same instant, with the offset of the zone."""
    assert local(moment, name) == moment
    assert local(moment, name).tzinfo is zone(name)


@pytest.mark.parametrize(
    "parts",
    [
        (datetime(2026, 1, 1), time(9), "UTC"),
        ("2026-01-01", time(9), "UTC"),
        (date(2026, 1, 1), time(9, tzinfo=UTC), "UTC"),
        (date(2026, 1, 1), "09:00", "UTC"),
        (date(2026, 1, 1), time(9), "Europe/Nowhere"),
        (date(2026, 1, 1), time(9), None),
    ],
)
def test_bad_wall_times(parts):
    """A wall time is a date, a time of day without a zone, and the name of a zone; anything else is refused."""
    with pytest.raises(InputError):
        WallTime(*parts)


@given(st.dates(), st.times(), st.sampled_from(ZONES))
def test_any_wall_time(day, at, name):
    """Any day can be written down; one out of range is refused when it is resolved, with our error."""
    value = WallTime(day, at, name)
    try:
        moment = value.instant
    except InputError:
        assert day < date(1970, 1, 3) or day > date(9997, 12, 30)
    else:
        assert MIN_INSTANT <= moment < MAX_INSTANT


# --- local days ---


@pytest.mark.parametrize(
    ("day", "name", "hours"),
    [
        ("2026-07-01", "Europe/Paris", 24),
        ("2026-03-29", "Europe/Paris", 23),
        ("2026-10-25", "Europe/Paris", 25),
        ("2026-10-04", "Australia/Lord_Howe", 23.5),
        ("2018-11-04", "America/Sao_Paulo", 23),
        ("2018-02-17", "America/Sao_Paulo", 25),
        ("2026-03-29", "UTC", 24),
    ],
)
def test_day_bounds(day, name, hours):
    """A local day is as long as the clocks of its zone make it."""
    assert day_bounds(date.fromisoformat(day), name).length == timedelta(hours=hours)


@given(MODERN, st.sampled_from([*ZONES, "America/Sao_Paulo", "America/Havana", "Asia/Beirut"]))
def test_days_tile(day, name):
    """A local day ends exactly where the next one begins, in zones that change their clocks at midnight too."""
    assert day_bounds(day, name).end == day_bounds(day + timedelta(days=1), name).start


def test_a_day_that_never_was():
    """A day that its zone skipped has no bounds."""
    with pytest.raises(InputError):
        day_bounds(date(2011, 12, 30), "Pacific/Apia")
    assert day_bounds(date(2011, 12, 29), "Pacific/Apia").end == day_bounds(date(2011, 12, 31), "Pacific/Apia").start


@pytest.mark.parametrize("day", [date.min, date.max, date(1969, 12, 30), date(9998, 1, 2)])
def test_days_out_of_range(day):
    """A day out of range is refused with our error."""
    with pytest.raises(InputError):
        day_bounds(day, "Europe/Paris")


# --- clocks ---


def test_system_clock():
    """The system clock tells the present instant, in UTC."""
    before = datetime.now(UTC)
    now = SystemClock().now()
    assert before <= now <= datetime.now(UTC)
    assert now.tzinfo is UTC


def test_manual_clock():
    """A manual clock stands still until it is set or advanced, backwards too."""
    clock = ManualClock(datetime(2026, 7, 1, 9, tzinfo=zone("Europe/Paris")))
    assert clock.now() == clock.now() == utc(2026, 7, 1, 7)
    clock.advance(timedelta(hours=2))
    assert clock.now() == utc(2026, 7, 1, 9)
    clock.advance(timedelta(days=-1))
    assert clock.now() == utc(2026, 6, 30, 9)
    clock.set(utc(2027, 1, 1))
    assert clock.now() == utc(2027, 1, 1)
    with pytest.raises(NaiveDatetimeError):
        clock.set(datetime(2027, 1, 1))
    assert clock.now() == utc(2027, 1, 1)


# --- local time as people write it -----------------------------------------------------------------------------------


def paris(**more):
    return m.Place("paris", "Paris", "asso", "Europe/Paris", "EUR", **more)


@pytest.mark.parametrize(
    ("starts", "ends", "hours"),
    [
        ("14:00", "15:30", (13, 14.5)),
        ("9:00", time(10), (8, 9)),
        ("22:00", "24:00", (21, 23)),
        ("23:00", "1:00", (22, 24)),
    ],
)
def test_a_period_of_a_place_is_written_by_its_wall_clock(starts, ends, hours):
    """Times of day are texts or times in the zone of the place; an end at or before the start is on the next day."""
    day = date(2026, 3, 2)
    midnight = datetime(2026, 3, 2, tzinfo=UTC)
    expected = Period(midnight + timedelta(hours=hours[0]), midnight + timedelta(hours=hours[1]))
    assert paris().period(day, starts, ends) == expected


def test_a_period_over_a_clock_change_has_the_hours_that_passed():
    """On the night on which an hour is skipped, 1:00 to 4:00 is two hours; where one comes twice it is four."""
    assert paris().period(date(2026, 3, 29), "1:00", "4:00").length == timedelta(hours=2)
    assert paris().period(date(2026, 10, 25), "1:00", "4:00").length == timedelta(hours=4)


def test_a_period_that_the_clock_change_skips_is_refused():
    """Nothing is left of 2:00 to 2:00 sharp an hour on: both are the same instant."""
    with pytest.raises(InputError):
        paris().period(date(2026, 3, 29), "2:00", "3:00")


@pytest.mark.parametrize("wrong", ["14", "25:00", "24:30", "14:60", " 14:00", "14h00", "", 14, None, "١٤:٠٠"])
def test_what_is_no_time_of_day_is_refused(wrong):
    """A text that is no time of day is named in the refusal."""
    with pytest.raises(InputError, match="a time of day is"):
        paris().period(date(2026, 3, 2), wrong, "18:00")


def test_a_time_of_day_has_no_zone():
    """The place has the zone: a time with one of its own is refused."""
    with pytest.raises(InputError, match="no time zone"):
        paris().period(date(2026, 3, 2), time(14, tzinfo=UTC), "18:00")


def test_a_period_does_not_start_at_the_end_of_its_day():
    """24:00 is the midnight that ends a day: as a start it is refused, and not taken for the one that begins it."""
    day = date(2026, 3, 2)
    with pytest.raises(InputError, match="not start then"):
        paris().period(day, "24:00", "1:00")
    assert paris().period(day, "0:00", "24:00").length == timedelta(hours=24)
