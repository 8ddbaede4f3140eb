"""Zones of calendars: which IANA zone a name is read as, and VTIMEZONE definitions in and out."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest

from cantinekit.clock import zone
from cantinekit.errors import InputError
from cantinekit.scheduling.calendars import read_programme
from cantinekit.scheduling.calendars._embedded import KINDS, LINES, Embedded, embedded
from cantinekit.scheduling.calendars._problems import CalendarLimits, Problems
from cantinekit.scheduling.calendars._split import Unread, split
from cantinekit.scheduling.calendars._vtimezone import vtimezone
from support.calendars.texts import calendar, utc, vevent

NAMES = (
    "Europe/Paris",
    "Europe/London",
    "Europe/Dublin",
    "Europe/Lisbon",
    "Europe/Moscow",
    "America/New_York",
    "America/Sao_Paulo",
    "America/St_Johns",
    "America/Santiago",
    "America/Havana",
    "Africa/Casablanca",
    "Africa/Cairo",
    "Asia/Tehran",
    "Asia/Kathmandu",
    "Asia/Tokyo",
    "Asia/Gaza",
    "Australia/Lord_Howe",
    "Australia/Sydney",
    "Pacific/Apia",
    "Pacific/Chatham",
    "Etc/GMT-3",
    "UTC",
)


def clock(text: bytes) -> Embedded | None:
    known = {"VTIMEZONE": LINES, **dict.fromkeys(KINDS, LINES)}
    (block,) = split(text, CalendarLimits(), Problems(10), known, Unread())
    return embedded(block)


def definition(tzid: str, *observances: str) -> tuple[str, ...]:
    return ("BEGIN:VTIMEZONE", f"TZID:{tzid}", *observances, "END:VTIMEZONE")


def observance(
    before: str, after: str, *lines: str, start: str = "16010101T020000", kind: str = "STANDARD"
) -> tuple[str, ...]:
    offsets = (f"TZOFFSETFROM:{before}", f"TZOFFSETTO:{after}")
    return (f"BEGIN:{kind}", f"DTSTART:{start}", *offsets, *lines, f"END:{kind}")


CENTRAL = (
    *observance("+0200", "+0100", "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU", start="16010101T030000"),
    *observance("+0100", "+0200", "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU", kind="DAYLIGHT"),
)
ODD = (
    *observance("+0200", "+0117", "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU", start="16010101T030000"),
    *observance("+0117", "+0200", "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU", kind="DAYLIGHT"),
)


# --- out ---


@pytest.mark.parametrize("name", NAMES)
def test_a_definition_is_its_zone(name):
    """A written VTIMEZONE has the clock of its zone from 1970 to 2050, to the hour around each change."""
    made = clock(vtimezone(name))
    there = zone(name)
    moments = [datetime(1971, 1, 10, 12) + timedelta(days=30 * n) for n in range(960)]
    for at in moments:
        assert made.offset(at) == at.replace(tzinfo=there).utcoffset(), at
    for year in (1995, 2010, 2026, 2049):
        for change, _, _ in made._onsets(year):
            for hours in (-30, -2, 2, 30):
                local = (change + timedelta(hours=hours)).astimezone(there).replace(tzinfo=None)
                assert made.offset(local) == local.replace(tzinfo=there).utcoffset(), local


def test_a_definition_says_what_is_regular_as_a_rule():
    """Changes of today are rules without end; a zone without changes is one observance; UTC times name no zone."""
    text = vtimezone("Europe/Paris").decode()
    assert "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU" in text
    assert "UNTIL" not in text
    assert vtimezone("Asia/Tokyo").count(b"BEGIN:STANDARD") == 1
    assert vtimezone("Europe/Paris") is vtimezone("Europe/Paris")
    with pytest.raises(InputError):
        vtimezone("../etc/passwd")


@pytest.mark.parametrize("name", NAMES)
def test_a_definition_is_found_again(name):
    """A definition under a name that nobody knows is read as a zone with the same clock."""
    made = clock(vtimezone(name).replace(f"TZID:{name}".encode(), b"TZID:Nobody knows"))
    found = made.iana(2026)
    assert found is not None
    for month in range(1, 13):
        at = utc(2026, month, 15)
        assert at.astimezone(zone(found)).utcoffset() == at.astimezone(zone(name)).utcoffset()


# --- in ---


def read_at(tzid: str, *lines: str, time: str = "20260726T090000", rule: str | None = None, head: tuple[str, ...] = ()):
    more = () if rule is None else (f"RRULE:{rule}",)
    found = read_programme(
        calendar(*head, *lines, *vevent(*more, start=f"DTSTART;TZID={tzid}:{time}")), zone="Pacific/Auckland"
    )
    return found, [(one.code, one.done) for one in found.problems]


@pytest.mark.parametrize(
    ("tzid", "name", "codes"),
    [
        ("Europe/Paris", "Europe/Paris", []),
        ("Romance Standard Time", "Europe/Paris", [("zone-windows", "noted")]),
        ('"w. europe standard time"', "Europe/Berlin", [("zone-windows", "noted")]),
        ("/freeassociation.sourceforge.net/Tzfile/America/New_York", "America/New_York", [("zone-prefixed", "noted")]),
        ("/x/America/Argentina/Buenos_Aires", "America/Argentina/Buenos_Aires", [("zone-prefixed", "noted")]),
        ("/x/UTC", "UTC", [("zone-prefixed", "noted")]),
        ("Nowhere", "Pacific/Auckland", [("zone-unknown", "changed")]),
        ("", "Pacific/Auckland", [("zone-unknown", "changed")]),
    ],
)
def test_names(tzid, name, codes):
    """IANA, then Windows, then a prefix before an IANA name, then the reader's zone; all but the first are told."""
    found, told = read_at(tzid)
    assert found.events[0].series.zone.key == name
    assert found.events[0].series.start.replace(tzinfo=None) == datetime(2026, 7, 26, 9)
    assert told == codes


def test_what_the_file_defines():
    """A name that only the file defines is read as the zone with the same clock, before X-WR-TIMEZONE is thought of."""
    head = ("X-WR-TIMEZONE:Asia/Tokyo",)
    found, told = read_at('"Amsterdam, Berlin"', *definition("Amsterdam\\, Berlin", *CENTRAL), head=head)
    assert found.events[0].series.zone.key in ("Europe/Berlin", "Europe/Amsterdam")
    assert told == [("zone-embedded", "noted")]
    found, told = read_at("Nowhere", head=head)
    assert found.events[0].series.zone.key == "Asia/Tokyo"
    assert told == [("zone-default", "changed")]


def test_a_definition_may_come_after_its_use():
    """VTIMEZONE behind the event that names it."""
    lines = (*vevent(start="DTSTART;TZID=Ours:20260726T090000"), *definition("Ours", *CENTRAL))
    found = read_programme(calendar(*lines), zone="Pacific/Auckland")
    assert [one.code for one in found.problems] == ["zone-embedded"]


def test_a_name_that_lies():
    """A zone named GMT that is British time is read as what it is named, and told."""
    british = (
        *observance("+0100", "+0000", "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU"),
        *observance("+0000", "+0100", "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU", kind="DAYLIGHT"),
    )
    found, told = read_at("GMT", *definition("GMT", *british))
    assert found.events[0].series.zone.key == "GMT"
    assert told == [("zone-differs", "noted")]
    assert read_at("Europe/Paris", *definition("Europe/Paris", *CENTRAL))[1] == []  # the control


def test_a_clock_that_nobody_has():
    """No IANA zone has the clock: single times are read to the instant, by the definition; series are refused."""
    found, told = read_at("Odd", *definition("Odd", *ODD), time="20260126T090000")
    assert found.events[0].series.start == utc(2026, 1, 26, 7, 43)
    assert told == [("zone-inexact", "changed")]
    found, told = read_at("Odd", *definition("Odd", *ODD), rule="FREQ=WEEKLY")
    assert found.events == ()
    assert told == [("zone-inexact", "changed"), ("zone-inexact", "refused")]


def test_a_clock_that_nearly_everybody_has():
    """A series in a clock that differs on some days is read in the zone that is nearest, which is told."""
    changed = ("TZOFFSETTO:+0100", "RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU", "END:STANDARD")
    late = (*CENTRAL[:3], *changed, *CENTRAL[6:])
    found, told = read_at("Nearly", *definition("Nearly", *late), rule="FREQ=WEEKLY")
    assert found.events[0].series.zone is not None
    assert found.events[0].series.start.utcoffset() == timedelta(hours=2)
    assert told == [("zone-inexact", "changed")]


def test_a_fixed_clock_repeats():
    """A definition without changes is a zone without changes, also in a series."""
    found, told = read_at("Fixed", *definition("Fixed", *observance("+0517", "+0517")), rule="FREQ=DAILY")
    assert found.events[0].series.start == utc(2026, 7, 26, 3, 43)
    assert told == [("zone-inexact", "changed")]


EASTERN = (
    *observance("-0400", "-0500", "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU", start="19671029T020000"),
    *observance("-0500", "-0400", "RRULE:FREQ=YEARLY;BYMONTH=4;BYDAY=1SU", start="19870405T020000", kind="DAYLIGHT"),
)


@pytest.mark.parametrize("year", range(2007, 2035))
def test_the_rules_of_another_year(year):
    """A definition with the American rules from before 2007 agrees on nine days of ten with those of today: a series in
    it is read in New York, and told on how many days they differ.
    """
    found, told = read_at(
        "US-Eastern", *definition("US-Eastern", *EASTERN), time=f"{year}0701T090000", rule="FREQ=WEEKLY"
    )
    assert found.events[0].series.zone.key == "America/New_York"
    assert told == [("zone-inexact", "changed")]
    assert re.search("differs on [5-7][0-9] days of two years", found.problems[0].message)


def test_more_than_one_day_in_ten():
    """A definition that differs on more days is refused for a series; on exactly one in ten it is read."""
    for last, read in (("1", True), ("2", False)):
        changed = f"RRULE:FREQ=YEARLY;BYMONTH={'11' if read else '12'};BYDAY={last}SU"
        late = (*CENTRAL[:4], changed, *CENTRAL[5:])
        found, told = read_at("Nearly", *definition("Nearly", *late), rule="FREQ=WEEKLY")
        assert bool(found.events) is read, told


@pytest.mark.parametrize(
    ("tzid", "name"),
    [
        ("europe/paris", "Europe/Paris"),
        ("EUROPE/PARIS", "Europe/Paris"),
        ("/example.org/2026/europe/paris", "Europe/Paris"),
        ("america/argentina/buenos_aires", "America/Argentina/Buenos_Aires"),
    ],
)
def test_names_in_any_case(tzid, name):
    """An IANA name is known in any case, and told; so are X-WR-TIMEZONE and the name of a zone that the file has."""
    found, told = read_at(tzid)
    assert found.events[0].series.zone.key == name
    assert told == [("zone-prefixed" if tzid.startswith("/") else "zone-case", "noted")]
    found, told = read_at("CET OF OURS", *definition("Cet of Ours", *CENTRAL))
    assert (found.events[0].series.start.utcoffset(), told) == (timedelta(hours=2), [("zone-embedded", "noted")])
    text = calendar(f"X-WR-TIMEZONE:{tzid}", *vevent(start="DTSTART:20260726T090000"))
    assert read_programme(text, zone="Asia/Tokyo").events[0].series.zone.key == name


def test_times_without_a_zone_in_a_calendar_that_says_one():
    """Floating times are those of the calendar, where X-WR-TIMEZONE says its zone, and else of the reader."""
    lines = vevent("EXDATE:20260727T090000", "RRULE:FREQ=DAILY;COUNT=2", start="DTSTART:20260726T090000")
    found = read_programme(calendar("X-WR-TIMEZONE:America/New_York", *lines), zone="Europe/Paris")
    assert [one.start for one in found.events[0].series.after(utc(2026, 1, 1))] == [utc(2026, 7, 26, 13)]
    assert [(one.code, one.done) for one in found.problems] == [("zone-floating", "noted")]
    assert "America/New_York" in found.problems[0].message


def test_times_without_a_zone():
    """Floating times are those of the reader, dates have none; a zone on a date or on UTC has no meaning. Told once."""
    lines = vevent(start="DTSTART:20260726T090000"), vevent(uid="2", start="DTSTART:20260726T090000")
    found = read_programme(calendar(*lines[0], *lines[1]), zone="Europe/Paris")
    assert [one.series.zone.key for one in found.events] == ["Europe/Paris"] * 2
    assert [(one.code, one.done) for one in found.problems] == [("zone-floating", "noted")]
    found, told = read_at("Europe/Paris", time="20260726")
    assert found.events[0].series.all_day
    assert told == [("zone-ignored", "noted")]
    found, told = read_at("Europe/Paris", time="20260726T090000Z")
    assert found.events[0].series.start == utc(2026, 7, 26, 9)
    assert told == [("zone-ignored", "noted")]


@pytest.mark.parametrize(
    ("local", "offset"),
    [
        (datetime(2026, 3, 29, 1, 59), 1),
        (datetime(2026, 3, 29, 2, 30), 1),  # skipped: the offset before the gap
        (datetime(2026, 3, 29, 3, 0), 2),
        (datetime(2026, 10, 25, 1, 59), 2),
        (datetime(2026, 10, 25, 2, 30), 2),  # twice: the first
        (datetime(2026, 10, 25, 3, 0), 1),
    ],
)
def test_the_hours_of_a_change(local, offset):
    """Around a change, a defined clock is read as RFC 5545, section 3.3.5, has it."""
    made = clock("\r\n".join(definition("X", *CENTRAL)).encode())
    assert made.offset(local) == timedelta(hours=offset)
    assert made.offset(local) == local.replace(tzinfo=zone("Europe/Paris")).utcoffset()


def test_old_rules_end():
    """COUNT and UNTIL of an observance end it; RDATE adds to it; a weekday among days of a month is read."""
    lines = (
        *observance(
            "+0100",
            "+0200",
            "RRULE:FREQ=YEARLY;BYMONTH=4;BYDAY=1SU;UNTIL=20010401T000000Z",
            start="19990404T020000",
            kind="DAYLIGHT",
        ),
        *observance(
            "+0200",
            "+0100",
            "RRULE:FREQ=YEARLY;BYMONTH=10;BYMONTHDAY=25,26,27,28,29,30,31;BYDAY=SU;COUNT=3",
            start="19991031T030000",
        ),
        *observance("+0100", "+0300", "RDATE:20050701T000000", start="20040701T000000", kind="DAYLIGHT"),
    )
    made = clock("\r\n".join(definition("X", *lines)).encode())
    offsets = {
        at: made.offset(datetime(*at)).total_seconds() / 3600 for at in ((1999, 7, 1), (1999, 12, 1), (2001, 7, 1))
    }
    assert offsets == {(1999, 7, 1): 2, (1999, 12, 1): 1, (2001, 7, 1): 2}
    assert made.offset(datetime(2003, 7, 1)) == timedelta(hours=1)
    assert made.offset(datetime(2004, 8, 1)) == timedelta(hours=3)
