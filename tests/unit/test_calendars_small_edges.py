"""Edges of series and of files: where a rule of exclusions ends, which day a midnight is of, what a file may cost."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from cantinekit.clock import Period
from cantinekit.scheduling.calendars import CalendarEvent, read_busy, read_programme, write_feed
from cantinekit.scheduling.recurrence import Length, Series
from support.calendars.texts import FEED, NOW

PARIS = ZoneInfo("Europe/Paris")
SPRING = Period(datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 5, 1, tzinfo=UTC))


def calendar(*events: str) -> str:
    """A calendar with these events, each without its first and last lines and DTSTAMP."""
    body = "".join(f"BEGIN:VEVENT\nDTSTAMP:20260101T000000Z\n{one}\nEND:VEVENT\n" for one in events)
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//x\n{body}END:VCALENDAR\n".replace("\n", "\r\n")


def shown(series: Series) -> list[str]:
    return [one.start.astimezone(PARIS).strftime("%d %H") for one in series.between(SPRING)]


@pytest.mark.parametrize(
    ("until", "first"), [("20260305T165959Z", "05 18"), ("20260305T170000Z", "06 18"), ("20260305", "06 18")]
)
def test_a_rule_of_exclusions_ends_with_its_until(until: str, first: str) -> None:
    """What begins after the UNTIL of an EXRULE takes place; what begins at it, or on its day, does not."""
    start = datetime(2026, 3, 1, 18, tzinfo=PARIS)
    series = Series("s", start, Length(0, 3600), ["FREQ=DAILY;COUNT=8"], exrules=[f"FREQ=DAILY;UNTIL={until}"])
    assert shown(series)[0] == first


def test_midnight_is_of_the_day_that_begins_with_it() -> None:
    """A day that is excluded, of a series at midnight, takes no midnight of the next day with it, nor does the feed."""
    start = datetime(2026, 3, 2, tzinfo=PARIS)
    series = Series("s@example.org", start, Length(0, 3600), ["FREQ=DAILY;COUNT=4"], exdates=[date(2026, 3, 3)])
    assert shown(series) == ["02 00", "04 00", "05 00"]
    written = b"".join(write_feed(FEED, [CalendarEvent(series, NOW)]))
    (read,) = read_programme(written, zone="Europe/Paris").events
    assert shown(read.series) == shown(series)
    weekly = Series("w", start, Length(0, 3600), ["FREQ=WEEKLY;COUNT=4"])
    assert weekly.occurrence(date(2026, 3, 8)) is None
    assert weekly.occurrence(date(2026, 3, 9)) is not None


def test_events_that_cost_little_leave_what_a_file_may_cost_to_others() -> None:
    """Thirty series with 150 dates that are left out are all read: a file is charged for what they take, not more."""
    start = datetime(2026, 3, 1, 8, tzinfo=UTC)
    off = ",".join((start + timedelta(hours=n)).strftime("%Y%m%dT%H%M%SZ") for n in range(150))
    rule = "DTSTART:20260301T080000Z\nDURATION:PT10M\nRRULE:FREQ=HOURLY;COUNT=152"
    text = calendar(*(f"UID:{n}@example.org\n{rule}\nEXDATE:{off}" for n in range(30)))
    assert read_busy(text, SPRING, zone="UTC").refused == 0
    assert read_programme(text, zone="UTC").refused == 0


def test_a_change_behind_one_that_is_only_cancelled_is_looked_at_too() -> None:
    """A cancelled change that cannot be read hides nothing of what the next one says that is not taken."""
    when = "DTSTART;TZID=Europe/Paris:202603{day}T080000\nDURATION:PT1H"
    series = f"UID:s@example.org\n{when.format(day='01')}\nRRULE:FREQ=DAILY;COUNT=5"
    name = "UID:s@example.org\nRECURRENCE-ID;TZID=Europe/Paris:202603{day}T080000"
    bare = f"{name.format(day='02')}\nDTSTART;TZID=Europe/Paris:nothing\nSTATUS:CANCELLED"
    other = f"{name.format(day='03')}\n{when.format(day='03')}\nCLASS:PRIVATE"
    found = read_programme(calendar(series, bare, other), zone="Europe/Paris")
    assert [one.code for one in found.problems if one.code.startswith("override")] == [
        *("override-cancelled", "override-part"),
    ]


@pytest.mark.parametrize(("summer", "refused", "said"), [(4, 0, "73 days"), (5, 1, "")])
def test_one_day_in_ten_is_still_near_enough(summer: int, refused: int, said: str) -> None:
    """A clock that goes over to summer on 4 May shows another time than Paris on 73 of 730 days: a series of it is read
    in Paris. From 5 May on it would be 75 days, and the series is refused.
    """
    zone = (
        "BEGIN:VTIMEZONE\nTZID:House of Paris\nBEGIN:STANDARD\nDTSTART:20201025T030000\nTZOFFSETFROM:+0200\n"
        "TZOFFSETTO:+0100\nRRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\nEND:STANDARD\nBEGIN:DAYLIGHT\n"
        f"DTSTART:2020050{summer}T020000\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0200\n"
        f"RRULE:FREQ=YEARLY;BYMONTH=5;BYMONTHDAY={summer}\nEND:DAYLIGHT\nEND:VTIMEZONE\n"
    ).replace("\n", "\r\n")
    one = "UID:z@example.org\nDTSTART;TZID=House of Paris:20260301T080000\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=3"
    text = calendar(one).replace("BEGIN:VEVENT", zone + "BEGIN:VEVENT")
    found = read_programme(text, zone="America/New_York")
    assert found.refused == refused
    assert [each.series.zone for each in found.events] == [PARIS] * (1 - refused)
    assert any(said in problem.message and problem.code == "zone-inexact" for problem in found.problems)
