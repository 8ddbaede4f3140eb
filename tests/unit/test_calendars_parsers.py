"""Two parsers that nobody here wrote read what is written: icalendar, and ical (pydantic); they find what was meant."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, date, datetime, timedelta

import icalendar
import pytest
from ical.calendar_stream import IcsCalendarStream

from cantinekit.clock import Period
from cantinekit.records import OpenHours
from cantinekit.scheduling.calendars import (
    BusyPeriod,
    CalendarEvent,
    Feed,
    Participant,
    json_ld,
    write_availability,
    write_csv,
    write_feed,
    write_free_busy,
)
from cantinekit.scheduling.recurrence import Length, Override
from support.calendars.texts import FEED, day, event, paris, utc

NEW = int(icalendar.__version__.partition(".")[0]) >= 7
"""Before version 7, icalendar took an escaped backslash before an n for a line end, and did not know RFC 6868."""
NASTY = 'Été \\ ; , : "guillemets" ^n\nligne 2 \\n pas une ligne 😀 ' + "é" * 200
EVENTS = [
    event(
        "plain@example.org",
        fields={"title": NASTY, "description": NASTY, "location": NASTY, "url": "https://x.org/a;b"},
    ),
    event("days@example.org", day("2026-12-24"), length=Length(3), fields={"title": "Fermé"}, status="cancelled"),
    event("weekly@example.org", rules=["FREQ=WEEKLY;BYDAY=TH;COUNT=8"], exdates=[paris(2026, 12, 24, 18)], sequence=3),
    event(
        "changed@example.org",
        rules=["FREQ=WEEKLY;UNTIL=20270228"],
        fields={"title": "Atelier"},
        overrides=[Override(paris(2026, 12, 3, 18), paris(2026, 12, 4, 19), fields={"title": "Déplacé"})],
    ),
    event("utc@example.org", utc(2026, 11, 26, 17), organizer=Participant("mailto:o@example.org", 'La "Cantine", Zoé')),
]
WHOLE = b"".join(write_feed(Feed("Cantine; atelier, programme", zone="Europe/Paris", color="tomato"), EVENTS))
WINDOW = Period(utc(2026, 11, 1), utc(2027, 4, 1))


def moments(one: CalendarEvent) -> list[tuple[datetime, datetime]]:
    return [(found.start, found.end) for found in one.series.between(WINDOW, zone="Europe/Paris")]


def texts_of(name: str, one: CalendarEvent) -> str:
    return one.text(name)


def test_icalendar_reads_it():
    """icalendar finds each component, without an error, with its text, times and zone."""
    read = icalendar.Calendar.from_ical(WHOLE)
    assert read.errors == []
    assert str(read["NAME"]).replace("\\", "") == "Cantine; atelier, programme"  # its escapes are left
    found = list(read.walk("VEVENT"))
    assert [one for each in found for one in each.errors] == []
    assert [str(one["UID"]) for one in found] == [
        "plain@example.org",
        "days@example.org",
        "weekly@example.org",
        "changed@example.org",
        "changed@example.org",
        "utc@example.org",
    ]
    plain, days, weekly, master, changed, in_utc = found
    for name in ("SUMMARY", "DESCRIPTION", "LOCATION"):
        assert str(plain[name]) == (NASTY if NEW else NASTY.replace("\\n", "\n"))
    assert plain["DTSTART"].dt == paris(2026, 11, 26, 18)
    assert plain["DTEND"].dt == paris(2026, 11, 26, 20)
    assert (days["DTSTART"].dt, days["DTEND"].dt) == (date(2026, 12, 24), date(2026, 12, 27))
    assert str(days["STATUS"]) == "CANCELLED"
    assert weekly["RRULE"] == {"FREQ": ["WEEKLY"], "COUNT": [8], "BYDAY": ["TH"]}
    assert weekly["SEQUENCE"] == 3
    assert [one.dt for one in weekly["EXDATE"].dts] == [paris(2026, 12, 24, 18)]
    assert master["RRULE"]["UNTIL"] == [datetime(2027, 2, 28, 22, 59, 59, tzinfo=UTC)]
    assert changed["RECURRENCE-ID"].dt == paris(2026, 12, 3, 18)
    assert changed["DTSTART"].dt == paris(2026, 12, 4, 19)
    assert in_utc["DTSTART"].dt == utc(2026, 11, 26, 17)
    assert in_utc["ORGANIZER"].params["CN"] == ('La "Cantine", Zoé' if NEW else "La ^'Cantine^', Zoé")
    assert [str(one["TZID"]) for one in read.walk("VTIMEZONE")] == ["Europe/Paris"]


def test_ical_reads_it():
    """ical finds the same events and expands them to the same instants, cancelled ones too."""
    read = IcsCalendarStream.calendar_from_ics(WHOLE.decode())
    assert {one.uid for one in read.events} == {one.uid for one in EVENTS}
    plain = next(one for one in read.events if one.uid == "plain@example.org")
    assert (plain.summary, plain.description, plain.location) == (NASTY, NASTY, NASTY)
    expected = sorted((at, one.uid) for one in EVENTS for at, _ in moments(one) if one.uid != "days@example.org")
    found = sorted(
        (one.dtstart.astimezone(UTC), one.uid)
        for one in read.timeline.overlapping(WINDOW.start, WINDOW.end)
        if isinstance(one.dtstart, datetime)
    )
    assert found == expected
    days = next(one for one in read.events if one.uid == "days@example.org")
    assert (days.dtstart, days.dtend) == (date(2026, 12, 24), date(2026, 12, 27))


@pytest.mark.parametrize(
    "zone", ["Europe/Paris", "America/New_York", "Africa/Casablanca", "Australia/Lord_Howe", "Asia/Tehran"]
)
def test_a_definition_of_a_zone_is_the_zone(zone):
    """What icalendar makes of our VTIMEZONE shows the time of the IANA zone, summer and winter, for 30 years."""
    from zoneinfo import ZoneInfo

    from cantinekit.scheduling.calendars._vtimezone import vtimezone

    made = icalendar.Timezone.from_ical(vtimezone(zone)).to_tz(lookup_tzid=False)
    for month in range(12 * 30):
        local = datetime(1995 + month // 12, month % 12 + 1, 15, 12)
        wanted = local.replace(tzinfo=ZoneInfo(zone)).utcoffset()
        assert local.replace(tzinfo=made).utcoffset() == wanted, local


def test_free_and_busy_is_read():
    """Both read the VFREEBUSY: merged periods in UTC, the kinds apart."""
    window = Period(utc(2026, 11, 26, 8), utc(2026, 11, 26, 20))
    periods = [
        BusyPeriod(utc(2026, 11, 26, 9), utc(2026, 11, 26, 11)),
        BusyPeriod(utc(2026, 11, 26, 10), utc(2026, 11, 26, 12)),
        BusyPeriod(utc(2026, 11, 26, 19), utc(2026, 11, 26, 23), "tentative"),
    ]
    text = write_free_busy("fb@example.org", window, periods, utc(2026, 11, 1), organizer="mailto:o@example.org")
    (found,) = icalendar.Calendar.from_ical(text).walk("VFREEBUSY")
    lines = found["FREEBUSY"]
    assert [(one.params["FBTYPE"], one.start, one.end) for one in lines] == [
        ("BUSY", utc(2026, 11, 26, 9), utc(2026, 11, 26, 12)),
        ("BUSY-TENTATIVE", utc(2026, 11, 26, 19), utc(2026, 11, 26, 20)),
    ]
    read = IcsCalendarStream.calendar_from_ics(text.decode())
    assert len(read.freebusy) == 1


def test_opening_hours_are_read():
    """icalendar reads the VAVAILABILITY with an AVAILABLE for each kind of day."""
    hours = OpenHours.weekly(range(5), datetime(2026, 1, 1, 9).time(), datetime(2026, 1, 1, 18).time())
    text = write_availability("open@example.org", hours, "Europe/Paris", date(2026, 11, 28), utc(2026, 11, 1))
    (found,) = icalendar.Calendar.from_ical(text).walk("VAVAILABILITY")
    (inner,) = found.subcomponents
    assert inner.name == "AVAILABLE"
    assert inner["DTSTART"].dt == paris(2026, 11, 30, 9)  # the first Monday, so that the rule has its start
    assert inner["DTEND"].dt == paris(2026, 11, 30, 18)


def test_csv_and_json_are_read():
    """The table has a row for each occurrence; the JSON has the same times."""
    table = b"".join(write_csv(EVENTS, WINDOW, zone="Europe/Paris"))
    rows = list(csv.DictReader(io.StringIO(table.decode("utf-8-sig"), newline="")))
    assert len(rows) == sum(len(moments(one)) for one in EVENTS)
    assert rows[0]["title"] == NASTY
    assert datetime.fromisoformat(rows[0]["start"]) == paris(2026, 11, 26, 18)
    value = json.loads(json.dumps(json_ld(EVENTS[2], WINDOW, zone="Europe/Paris")))
    assert value["eventSchedule"]["byDay"] == ["https://schema.org/Thursday"]
    starts = [datetime.fromisoformat(one["startDate"]) for one in value["subEvent"]]
    assert starts == [at for at, _ in moments(EVENTS[2])]
    assert timedelta(hours=2) == moments(EVENTS[2])[0][1] - moments(EVENTS[2])[0][0]
    assert FEED.name == "Cantine"
