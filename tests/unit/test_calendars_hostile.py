"""Calendars that mean harm, or are broken: each is answered with a typed error or a problem, with bounded work.

For each protection there is a control: with the limit raised, or the protection switched off, it would go through.
"""

from __future__ import annotations

import itertools
import re
import tracemalloc
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from cantinekit.clock import Period
from cantinekit.errors import CalendarError, InputError, TextError
from cantinekit.scheduling.calendars import (
    CalendarLimits,
    Feed,
    Participant,
    Programme,
    read_busy,
    read_messages,
    read_programme,
    write_csv,
    write_feed,
)
from cantinekit.scheduling.calendars import _content as content
from cantinekit.scheduling.calendars import _emit as emit
from cantinekit.scheduling.calendars import _programme as programme
from cantinekit.scheduling.calendars import _split as splitting
from cantinekit.scheduling.calendars import _write as writing
from cantinekit.scheduling.calendars import _zones as zones
from cantinekit.scheduling.calendars import web as web
from cantinekit.scheduling.recurrence.effort import Effort
from support.calendars.texts import FEED, NOW, calendar, event, utc, vevent

WINDOW = Period(utc(2026, 11, 1), utc(2027, 1, 1))
WIDE = CalendarLimits(
    octets=10**9, line=10**9, depth=10**6, components=10**7, properties=10**7, dates=10**7, values=10**7
)


def read(text: bytes | str, limits: CalendarLimits | None = None) -> Programme:
    return read_programme(text, zone="Europe/Paris", limits=limits)


def codes(text: bytes | str, limits: CalendarLimits | None = None) -> dict[str, str]:
    return {one.code: one.done for one in read(text, limits).problems}


def peak(text: bytes | str, limits: CalendarLimits | None = None) -> float:
    """The most memory that reading takes, in sizes of the text."""
    tracemalloc.start()
    try:
        read(text, limits)
        return tracemalloc.get_traced_memory()[1] / len(text)
    finally:
        tracemalloc.stop()


# --- size ---


def test_a_text_over_the_limit():
    """100 MB in one line: refused before anything is looked at; nothing of that size is made."""
    text = b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:" + b"x" * 100_000_000
    tracemalloc.start()
    with pytest.raises(CalendarError) as caught:
        read(text)
    assert tracemalloc.get_traced_memory()[1] < 1_000_000
    tracemalloc.stop()
    assert [(one.code, one.done) for one in caught.value.problems] == [("too-large", "refused")]


def test_a_long_line_is_not_held():
    """A line over its limit inside of a text that is not: it is left out, its event is read, no copy of it is made."""
    text = calendar(*vevent("DESCRIPTION:" + "x" * 5_000_000, "SUMMARY:here"))
    found = read(text)
    assert [(one.code, one.line, one.done) for one in found.problems] == [("line-too-long", 8, "left-out")]
    assert found.events[0].text("title") == "here"
    assert found.events[0].text("description") == ""
    assert peak(text) < 0.2
    assert peak(text, WIDE) > 1  # the control: without the limit the line is held


def test_a_long_line_that_says_when():
    """Where the line says when, the event is refused: to leave it out would be to say another time."""
    text = calendar(*vevent("RRULE:FREQ=DAILY", "EXDATE:" + ",".join(["20261127T090000Z"] * 20_000)), *vevent(uid="b"))
    found = read(text)
    assert [one.series.uid for one in found.events] == ["b"]
    assert ("line-too-long", "refused") in {(one.code, one.done) for one in found.problems}
    assert found.refused == 1


def test_endless_folding():
    """Half a million folds of one octet are one line over the limit."""
    text = calendar(*vevent("SUMMARY:" + "\r\n x" * 500_000))
    assert codes(text) == {"line-too-long": "left-out"}
    assert peak(text) < 3
    assert codes(text, WIDE) == {"text-cut": "changed"}


def test_a_binary_attachment():
    """20 MB of base64 in an event: over the limit of a text, and with that raised, left out by its name."""
    attachment = "ATTACH;ENCODING=BASE64;VALUE=BINARY:" + "QUJD" * 5_000_000
    text = calendar(*vevent(attachment, "SUMMARY:here"))
    with pytest.raises(CalendarError, match="octets"):
        read(text)
    found = read(text, CalendarLimits(octets=30_000_000))
    assert found.events[0].text("title") == "here"
    assert found.unread["VEVENT/ATTACH"] == 1


# --- numbers ---


def test_half_a_million_left_out_dates():
    """500,000 EXDATE values in lines that are each short enough: the event is refused, its neighbour read."""
    lines = ["EXDATE:" + ",".join(["20261127T090000Z"] * 1_000)] * 500
    text = calendar(*vevent("RRULE:FREQ=DAILY", *lines), *vevent(uid="b"))
    found = read(text)
    assert [one.series.uid for one in found.events] == ["b"]
    assert [(one.code, one.done) for one in found.problems] == [("too-many-dates", "refused")]
    few = calendar(*vevent("RRULE:FREQ=DAILY", *lines[:9]))
    assert codes(few) == {}  # the control


def test_a_property_bomb():
    """An event with more lines than the limit is refused; so are its lines beyond, however many."""
    lines = [f"RELATED-TO:{n}" for n in range(30_000)]
    text = calendar(*vevent(*lines), *vevent(uid="b"))
    found = read(text)
    assert [one.series.uid for one in found.events] == ["b"]
    assert [(one.code, one.done) for one in found.problems] == [("too-many-properties", "refused")]
    assert len(read(text, WIDE).events) == 2


def test_lines_that_nobody_reads_are_counted():
    """Unknown names do not fill the memory: 200 of them are counted by name, the rest together."""
    found = read(calendar(*vevent(*(f"X-{n}:1" for n in range(10_000)))))
    assert len(found.unread) <= 201
    assert sum(found.unread.values()) >= 10_000
    assert len(found.events) == 1


def test_too_many_components():
    """Beyond the limit of components the rest is not read, which is told; what came before is kept."""
    text = calendar(*itertools.chain.from_iterable(vevent(uid=str(n)) for n in range(60)))
    found = read(text, CalendarLimits(components=50))
    assert len(found.events) == 49
    assert [(one.code, one.done) for one in found.problems] == [("too-many-components", "refused")]
    assert len(read(text).events) == 60


def test_deep_nesting():
    """100,000 components inside each other: the outermost is refused, the next event is read, nothing recurses."""
    deep = ("BEGIN:X-A",) * 100_000 + ("END:X-A",) * 100_000
    text = calendar(*vevent(*deep), *vevent(uid="b"))
    found = read(text, CalendarLimits(components=10**6))
    assert [one.series.uid for one in found.events] == ["b"]
    assert {one.code for one in found.problems} == {"too-deep"}
    assert found.refused == 1


def test_a_million_commas():
    """CATEGORIES of 10^6 commas: its line is too long; with that raised, as many as the limit are kept, and told."""
    text = calendar(*vevent("CATEGORIES:" + "a," * 1_000_000))
    assert codes(text) == {"line-too-long": "left-out"}
    found = read(text, CalendarLimits(line=10**7))
    assert [(one.code, one.done) for one in found.problems] == [("too-many-values", "changed")]
    assert found.events[0].text("categories") == "a"


@pytest.mark.parametrize(
    "line",
    [
        "CATEGORIES:" + "a" * 200_000 + "\\",
        "ATTENDEE;CN=" + "a" * 200_000 + '"',
        "ATTENDEE;" + "A" * 200_000,
        "ATTENDEE;" + "A=;" * 60_000 + ":x",
        "ATTENDEE;A" + " " * 200_000 + ":x",
        "SUMMARY:" + "\\" * 200_001,
        "URL:a" + "-" * 200_000 + " ",
        "COLOR:" + "a" * 200_000,
        "RRULE:" + "FREQ=DAILY;" * 20_000,
        "DTEND:" + "2" * 200_000,
        "DURATION:P" + "1" * 200_000,
    ],
    ids=lambda line: line[:14],
)
@pytest.mark.timeout(60)
def test_long_lines_are_looked_at_once(line):
    """Lines within the limit at which a careless pattern would look again and again, for minutes."""
    found = read(calendar(*vevent(line), *vevent(uid="b")))
    assert found.events[-1].series.uid == "b"


def test_attendees_beyond_the_limit():
    """More attendees than the limit: so many are kept, and it is told."""
    text = calendar(*vevent(*(f"ATTENDEE:mailto:{n}@example.org" for n in range(1_000))))
    found = read(text)
    assert len(found.events[0].attendees) == 500
    assert [(one.code, one.done) for one in found.problems] == [("too-many-values", "changed")]


def test_more_problems_than_anybody_reads():
    """10,000 bad events: as many problems as the limit, and the number of the others; all count as refused."""
    text = calendar(*itertools.chain.from_iterable(vevent(uid=str(n), start="DTSTART:nonsense") for n in range(10_000)))
    found = read(text)
    assert len(found.problems) == 1_001
    assert found.problems[-1].code == "too-many-problems"
    assert found.problems[-1].message == "9000 more problems"
    assert found.refused == 10_000


# --- rules and times ---


@pytest.mark.parametrize(
    "rule", ["FREQ=SECONDLY", "FREQ=MINUTELY;BYSECOND=0,1,2,3", "FREQ=HOURLY;BYMINUTE=0,1,2,3,4,5,6,7,8,9"]
)
def test_rules_within_a_day(rule):
    """A rule of seconds over two months: more occurrences than the limit; told and refused, the others are there."""
    text = calendar(*vevent(f"RRULE:{rule}", "DURATION:PT1S"), *vevent("DURATION:PT1H", uid="b"))
    found = read_busy(text, WINDOW, zone="UTC", limits=CalendarLimits(occurrences=5_000))
    assert ("too-many-occurrences", "refused") in {(one.code, one.done) for one in found.problems}
    assert found.refused == 1
    assert any(one.start <= utc(2026, 11, 26, 9) and utc(2026, 11, 26, 10) <= one.end for one in found.periods)


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY;COUNT=1000000000",
        "FREQ=DAILY;UNTIL=99999999",
        "FREQ=DAILY;BYHOUR=99",
    ],
)
def test_rules_that_cost_or_never_come(rule):
    """Rules that count to 10^9, end on no day or have no such hour: the event is refused, its neighbour read."""
    found = read(calendar(*vevent(f"RRULE:{rule}"), *vevent(uid="b")))
    assert [one.series.uid for one in found.events] == ["b"]
    assert found.refused == 1
    assert found.problems[0].done == "refused"


@pytest.mark.parametrize("rule", ["YEARLY;BYMONTH=2;BYMONTHDAY=30", "DAILY;INTERVAL=7;BYDAY=SU"])
def test_rules_without_dates(rule):
    """A rule that never comes about is told and takes no time; the extra dates beside it are read, and so is its
    neighbour.
    """
    lines = f"RRULE:FREQ={rule}", "RDATE:20261202T090000Z"
    text = calendar(*vevent("DURATION:PT1H", *lines), *vevent("DURATION:PT1H", uid="b"))
    found = read(text)
    assert [one.series.uid for one in found.events][1:] == ["b"]
    assert [(one.code, one.done) for one in found.problems] == [("rule-start", "noted")]
    assert "has no date from DTSTART on" in found.problems[0].message
    assert [one.start for one in found.events[0].series.after(utc(2026, 1, 1))] == [utc(2026, 12, 2, 9)]
    busy = read_busy(text, WINDOW, zone="UTC")
    assert {one.start for one in busy.periods} == {utc(2026, 11, 26, 9), utc(2026, 12, 2, 9)}


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("DURATION:P99999999999999999999W", "value-invalid"),
        ("DURATION:-PT1H", "value-invalid"),
        ("DURATION:PT999999999H", "value-invalid"),
        ("DTEND:99970101T000000Z", "too-long"),
        ("DTEND:20261126T080000Z", "end-before-start"),
        ("DTEND:20261399T080000Z", "value-invalid"),
        ("RDATE:99991231T235959Z", "year-out-of-range"),
        ("EXDATE:00000101T000000Z", "value-invalid"),
        ("RDATE;VALUE=PERIOD:20261126T090000Z/P", "value-invalid"),
        ("RECURRENCE-ID:nonsense", "value-invalid"),
    ],
)
def test_times_that_are_none(line, code):
    """Lengths and dates beyond all bounds are refused with their line."""
    found = read(calendar(*vevent(line)))
    assert found.events == ()
    assert [(one.code, one.line, one.done) for one in found.problems] == [(code, 8, "refused")]


@pytest.mark.parametrize(
    "start", ["DTSTART:00000101T000000", "DTSTART:99991231T235959Z", "DTSTART;VALUE=DATE:00010101"]
)
def test_years_at_the_ends(start):
    """The years 0, 1 and 9999 are refused, not crashed on."""
    found = read(calendar(*vevent(start=start)))
    assert found.events == ()
    assert found.problems[0].code in {"value-invalid", "year-out-of-range"}
    assert found.problems[0].done == "refused"


def test_an_alarm_bomb():
    """VALARM with REPEAT of 10^9: alarms are not read, and are counted."""
    alarm = ("BEGIN:VALARM", "TRIGGER:-PT1M", "REPEAT:1000000000", "DURATION:PT1S", "END:VALARM")
    found = read(calendar(*vevent(*alarm * 10)))
    assert len(found.events) == 1
    assert found.unread["VEVENT/VALARM"] == 10


# --- zones ---


@pytest.mark.parametrize(
    "tzid",
    [
        "../../etc/passwd",
        "/etc/passwd",
        "/x/../../etc/localtime",
        "localtime",
        "posixrules",
        "right/Europe/Paris",
        "Europe\\Paris",
        "~/x",
        "C:/Windows/win.ini",
        "x" * 10_000,
        "%2e%2e/etc/passwd",
    ],
)
def test_zone_names_that_are_paths(tzid, monkeypatch):
    """A path as a TZID opens nothing: it is an unknown zone, and the reader's is taken, which is told."""
    import zoneinfo

    opened: list[str] = []
    real = zoneinfo.ZoneInfo
    monkeypatch.setattr("cantinekit.clock.ZoneInfo", lambda name: opened.append(name) or real(name))
    found = read(calendar(*vevent(start=f'DTSTART;TZID="{tzid}":20261126T090000')))
    assert [name for name in opened if not re.fullmatch(r"\w[\w+-]{0,99}(/\w[\w+-]{0,99}){0,2}", name)] == []
    assert {(one.code, one.done) for one in found.problems} <= {("zone-unknown", "changed"), ("zone-prefixed", "noted")}
    assert found.events[0].series.zone.key == "Europe/Paris"


def test_zone_names_that_are_paths_without_protection(monkeypatch):
    """The control: without the look at the name, a path would have reached the zone database."""
    seen: list[str] = []
    monkeypatch.setattr(zones, "iana", lambda name: seen.append(name))
    read(calendar(*vevent(start='DTSTART;TZID="../../etc/passwd":20261126T090000')))
    assert "../../etc/passwd" in seen


def test_a_zone_of_one_file_is_not_that_of_another():
    """What a file defines under a name has no meaning in the next file, as it has in libraries that remember zones."""
    definition = (
        "BEGIN:VTIMEZONE",
        "TZID:Evil Tokyo",
        "BEGIN:STANDARD",
        "DTSTART:19700101T000000",
        "TZOFFSETFROM:+0900",
        "TZOFFSETTO:+0900",
        "END:STANDARD",
        "END:VTIMEZONE",
    )
    one = vevent(start="DTSTART;TZID=Evil Tokyo:20261126T090000")
    assert read(calendar(*definition, *one)).events[0].series.zone.key == "Asia/Tokyo"
    found = read(calendar(*one))
    assert found.events[0].series.zone.key == "Europe/Paris"
    assert codes(calendar(*one)) == {"zone-unknown": "changed"}


@pytest.mark.parametrize(
    "line",
    [
        "RRULE:FREQ=SECONDLY",
        "RRULE:FREQ=YEARLY;INTERVAL=3",
        "RDATE:" + ",".join(["19700101T000000"] * 5_000),
        "TZOFFSETTO:+9900",
        "DTSTART:00010101T000000",
        "DTSTART:nonsense",
        "RRULE:nonsense",
    ],
)
def test_a_zone_definition_that_is_none(line):
    """A VTIMEZONE that no zone can have is left out, told, and its times are read in the zone of the reader."""
    definition = [
        "BEGIN:VTIMEZONE",
        "TZID:Odd",
        "BEGIN:STANDARD",
        "DTSTART:19700101T000000",
        "TZOFFSETFROM:+0100",
        "TZOFFSETTO:+0900",
        line,
        "END:STANDARD",
        "END:VTIMEZONE",
    ]
    found = codes(calendar(*definition, *vevent(start="DTSTART;TZID=Odd:20261126T090000")))
    assert found == {"zone-definition": "left-out", "zone-unknown": "changed"}


def test_a_thousand_zone_definitions(monkeypatch):
    """Clocks are compared a bounded number of times, however many a file defines; times stay exact."""
    looked: list[str] = []
    real = zones.Embedded.iana
    monkeypatch.setattr(zones.Embedded, "iana", lambda self, *given: looked.append(self.tzid) or real(self, *given))
    lines = [
        line
        for n in range(1_000)
        for line in (
            *("BEGIN:VTIMEZONE", f"TZID:Z{n}", "BEGIN:STANDARD", "DTSTART:19700101T000000"),
            *("TZOFFSETFROM:+0100", "TZOFFSETTO:+0100", "END:STANDARD", "END:VTIMEZONE"),
            *vevent(uid=str(n), start=f"DTSTART;TZID=Z{n}:20260126T090000"),
        )
    ]
    found = read(calendar(*lines))
    assert len(looked) == zones.LOOKS
    assert {one.series.start for one in found.events} == {utc(2026, 1, 26, 8)}
    assert len(found.events) == 1_000


# --- encodings and characters ---

PLAIN = calendar(*vevent("SUMMARY:Été"))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_wide_encodings(encoding):
    """UTF-16 and UTF-32 are read, with a mark or without, and it is told."""
    found = read(PLAIN.decode().encode(encoding))
    assert found.events[0].text("title") == "Été"
    assert [(one.code, one.done) for one in found.problems] == [("encoding", "changed")]


def test_a_mark_and_latin_1():
    """The mark of UTF-8 is nothing; a line that is not UTF-8 is read as Windows-1252, which is told with its line."""
    assert read(b"\xef\xbb\xbf" + PLAIN).problems == ()
    found = read(PLAIN.replace("Été".encode(), "Été".encode("latin-1")))
    assert found.events[0].text("title") == "Été"
    assert [(one.code, one.line, one.done) for one in found.problems] == [("encoding", 8, "changed")]


def test_a_fold_inside_of_a_character():
    """Other programs fold between the octets of a character; it is read all the same."""
    assert read(PLAIN.replace(b"\xc3\x89", b"\xc3\r\n \x89")).events[0].text("title") == "Été"


def test_nul_and_lone_surrogates():
    """NUL and other controls are taken out of texts, lone surrogates of a str are marked; both are told."""
    found = read(calendar(*vevent("SUMMARY:a\x00b\x1bc")))
    assert found.events[0].text("title") == "abc"
    assert [(one.code, one.done) for one in found.problems] == [("text-controls", "changed")]
    found = read(PLAIN.decode().replace("Été", "a\ud800b"))
    assert found.events[0].text("title") == "a?b"
    assert [(one.code, one.done) for one in found.problems] == [("encoding", "changed")]


def test_controls_are_taken_out_control(monkeypatch):
    """The control: without the cleaning a NUL would have come in; the type of a series refuses it even then."""
    monkeypatch.setattr(content, "_CONTROLS", re.compile("(?!)"))
    found = read(calendar(*vevent("SUMMARY:a\x00b")))
    assert found.events == ()
    assert found.refused == 1


def test_lone_cr():
    """A lone CR in a text that has LF begins no line; where all lines end so, it is read, and told."""
    found = read(calendar(*vevent("SUMMARY:a\rEND:VEVENT\rBEGIN:VEVENT")))
    assert len(found.events) == 1
    assert found.events[0].text("title") == "a\nEND:VEVENT\nBEGIN:VEVENT"
    found = read(PLAIN.replace(b"\r\n", b"\r"))
    assert len(found.events) == 1
    assert [(one.code, one.done) for one in found.problems] == [("line-ends", "changed")]


def test_quoted_printable():
    """vCalendar 1.0: its texts and its line breaks are read, its rules refused, its version told."""
    text = (
        "BEGIN:VCALENDAR\nVERSION:1.0\nBEGIN:VEVENT\nUID:a\nDTSTART:20261126T090000Z\n"
        "SUMMARY;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:=C3=89t=C3=\n=A9\nEND:VEVENT\n"
        "BEGIN:VEVENT\nUID:b\nDTSTART:20261126T090000Z\nRRULE:W2 TU TH #4\nEND:VEVENT\nEND:VCALENDAR\n"
    )
    found = read(text)
    assert [one.text("title") for one in found.events] == ["Été"]
    assert {(one.code, one.done) for one in found.problems} == {("version", "noted"), ("rule-unreadable", "refused")}


@pytest.mark.parametrize(
    ("charset", "title"), [("ISO-8859-1", "Été"), ("windows-1252", "Été"), ("IDNA", "Été"), ("rot13", "Été")]
)
def test_charsets(charset, title):
    """The charset of a quoted-printable text is one of a few; another is not looked up, whatever it is."""
    text = f"SUMMARY;ENCODING=QUOTED-PRINTABLE;CHARSET={charset}:=C9t=E9"
    assert read(calendar(*vevent(text))).events[0].text("title") == title


# --- structure ---


def test_an_event_without_end():
    """An event whose END is missing may not be whole: it is refused, and the next is read."""
    first = vevent("RRULE:FREQ=DAILY")[:-1]
    found = read(calendar(*first, *vevent(uid="b")))
    assert [one.series.uid for one in found.events] == ["b"]
    assert [(one.code, one.done) for one in found.problems] == [("end-missing", "refused")]


@pytest.mark.parametrize("middle", [(), ("BEGIN:X-A",) * 50, ("BEGIN:VALARM",), ("BEGIN:VTIMEZONE", "TZID:x")])
def test_nothing_swallows_its_neighbours(middle):
    """However much is open when the next event begins: that event is read, of whatever kind it is."""
    lines = ("BEGIN:VEVENT", "UID:a", "DTSTART:20261126T090000Z", *middle)
    busy = ("BEGIN:VFREEBUSY", "FREEBUSY:20261126T200000Z/PT1H", "END:VFREEBUSY")
    text = calendar(*lines, *busy, *vevent("DURATION:PT1H", uid="b"))
    found = read_busy(text, WINDOW, zone="UTC")
    assert [one.start.hour for one in found.periods] == [9, 20]
    assert {one.code for one in found.problems} <= {"end-missing", "too-deep", "zone-definition"}
    assert found.refused >= 1


def test_a_text_that_stops():
    """A text that was cut off keeps the events before the cut."""
    whole = calendar(*vevent(uid="a"), *vevent(uid="b"))
    cut = whole[: whole.rindex(b"END:VEVENT")]
    found = read(cut)
    assert [one.series.uid for one in found.events] == ["a"]
    assert {(one.code, one.done) for one in found.problems} == {("end-missing", "refused"), ("end-missing", "noted")}


def test_begin_and_end_of_others():
    """END of something else is left out; END of an outer component ends the inner ones, which are refused."""
    found = read(calendar("END:VEVENT", *vevent(uid="a"), "BEGIN:VEVENT", "UID:x", "END:VCALENDAR", *vevent(uid="b")))
    assert [one.series.uid for one in found.events][1:] == ["b"]
    assert [(one.code, one.done) for one in found.problems] == [
        ("end-stray", "left-out"),
        ("end-missing", "refused"),
        ("outside-calendar", "noted"),
        ("end-stray", "left-out"),
    ]


def test_a_broken_event_takes_no_other_with_it():
    """One bad event among many: the others are read. (icalendar refuses the whole file.)"""
    bad = vevent(uid="bad", start="DTSTART:nonsense")
    good: Iterator[tuple[str, ...]] = (vevent(uid=str(n)) for n in range(20))
    found = read(calendar(*bad, *itertools.chain.from_iterable(good)))
    assert len(found.events) == 20
    assert found.refused == 1


def test_the_same_event_twice():
    """Of two events with one UID the higher SEQUENCE counts, of two changes of one date too; the other is told."""
    old, new = vevent("SEQUENCE:1", "SUMMARY:old"), vevent("SEQUENCE:2", "SUMMARY:new")
    for lines in ((*old, *new), (*new, *old)):
        found = read(calendar(*lines))
        assert [one.text("title") for one in found.events] == ["new"]
        assert [(one.code, one.done) for one in found.problems] == [("duplicate", "left-out")]
    change = (
        ("RECURRENCE-ID:20261127T090000Z", "SUMMARY:first"),
        ("RECURRENCE-ID:20261127T090000Z", "SEQUENCE:3", "SUMMARY:second"),
    )
    for one, two in (change, reversed(change)):
        found = read(calendar(*vevent("RRULE:FREQ=DAILY"), *vevent(*one), *vevent(*two)))
        assert [dict(o.fields)["title"] for o in found.events[0].series.overrides] == ["second"]
        assert [(one.code, one.done) for one in found.problems] == [("duplicate", "left-out")]


@pytest.mark.parametrize(
    "text", ["", "\r\n", "nonsense", "<html>no calendar</html>", "\x00" * 100, "BEGIN:", b"\xff\xfe\x00"]
)
def test_no_calendar(text):
    """A text that is no calendar is an error that says so, or a programme of nothing with problems."""
    try:
        found = read(text)
    except CalendarError as error:
        problems = error.problems
    else:
        assert found.events == ()
        problems = found.problems
    assert {one.done for one in problems} & {"refused", "left-out"}


@pytest.mark.parametrize("source", [None, 1, ["BEGIN:VCALENDAR"], Path("x.ics")])
def test_no_text(source):
    """What is neither bytes nor str is a mistake of the caller."""
    with pytest.raises(InputError):
        read(source)


def test_problems_are_one_line():
    """What others wrote is shown without controls and not at length."""
    found = read(calendar(*vevent("DTEND:\x1b[31mred\x07" + "x" * 1_000)))
    (problem,) = found.problems
    assert str(problem).isprintable()
    assert len(str(problem)) < 500


# --- out ---

INJECTED = "a\r\nATTENDEE:mailto:evil@example.org\nEND:VEVENT\r\rBEGIN:VEVENT\u2028X:\x85Y"


def lines_of(text: bytes) -> list[str]:
    return [line.decode() for line in text.replace(b"\r\n ", b"").split(b"\r\n")]


def test_no_text_makes_a_line():
    """Line ends in titles, names, categories and labels begin no line."""
    one = event(
        fields={
            "title": INJECTED,
            "location": INJECTED,
            "categories": INJECTED,
            "conference": "https://x.org",
            "conference_label": INJECTED,
        },
        organizer=Participant("mailto:o@example.org", "a\nATTENDEE:x"),
    )
    lines = lines_of(b"".join(write_feed(Feed(INJECTED.replace("\x85", "")), [one])))
    assert lines.count("BEGIN:VEVENT") == 1
    assert not any(line.startswith(("ATTENDEE", "X:")) for line in lines)


def test_no_text_makes_a_line_control(monkeypatch):
    """The control: without the escapes, the same text makes an attendee."""
    monkeypatch.setattr(
        writing,
        "put_text",
        lambda one, name, text, params=None: text and emit.put(one, name, text.replace("\r\n", "\r"), params),
    )
    one = event(fields={"title": "a\rATTENDEE:mailto:evil@example.org"})
    assert b"\rATTENDEE" in b"".join(write_feed(FEED, [one]))


@pytest.mark.parametrize(
    "link", ["https://x.org/\r\nATTENDEE:x", "javascript", "https://x y", "x" * 3_000, "https://\ud800", "", 5]
)
def test_links_that_are_none(link):
    """A link is an absolute URI without a blank or a line end, or a typed error."""
    with pytest.raises(InputError):
        Participant(link)
    if link:
        with pytest.raises(InputError):
            event(fields={"url": link})


def test_texts_that_cannot_be_written():
    """A NUL or a lone surrogate in a field is a typed error, as everywhere in the library."""
    for text in ("a\x00b", "a\ud800b"):
        with pytest.raises(TextError):
            event(fields={"title": text})
        with pytest.raises(TextError):
            Feed(text)


FORMULAS = [
    "=1+1",
    "+1+1",
    "-1-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    " =1",
    "\n=1",
    "＝1",
    "-1\n",
    "+1e9",
    "--1",
    "-",
    "-1.",
    "-=1",
]
FORMULAS += ["-２", "-1 000", "+33 6 12", "=cmd|' /C calc'!A0", "\xa0=1", "-1;=1"]


@pytest.mark.parametrize("title", FORMULAS)
def test_cells_are_no_formulas(title, monkeypatch):
    """No cell of the CSV begins as a formula does; without the apostrophe (control) it would."""
    import csv
    import io

    def cell() -> str:
        table = b"".join(write_csv([event(fields={"title": title})], WINDOW, zone="UTC")).decode("utf-8-sig")
        return next(csv.DictReader(io.StringIO(table, newline="")))["title"]

    assert cell() == f"'{title}"
    monkeypatch.setattr(web, "neutral", lambda text: text)
    assert cell() == title


UNSEEN = [
    "\u200b",
    "\ufeff",
    "\u2060",
    "\u00ad",
    "\u200e",
    "\u202e",
    "\u180e",
    "\u3164",
    "\u115f",
    "\uffa0",
    "\u2800",
    "\ufe0f",
]
UNSEEN += [
    "\u034f",
    "\u3000",
    "\u2003",
    "\u00a0",
    "\u1680",
    "\u2028",
    "\u2029",
    "\x0b",
    "\x0c",
    "\x85",
    "\x00",
    "\U000e0020",
]


@pytest.mark.parametrize("before", ["", *UNSEEN, " \u200b\ufeff "])
@pytest.mark.parametrize("sign", "=+-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b\u207c\u207a\u207b\u2212")
def test_nothing_unseen_hides_a_formula(before, sign):
    """What nobody sees, however many and of whatever kind, does not hide a sign that begins a formula, nor does the
    width or the height of the sign."""
    assert web.neutral(f"{before}{sign}1+1") == f"'{before}{sign}1+1"


@pytest.mark.parametrize("text", ["", " ", "\u200b", "\u200bAna", "é=1", "1-2", "(=1", "“=1”", "…", "½", "日本=1"])
def test_what_is_no_formula_stays_as_it_is(text):
    """Control: a text that begins otherwise gets no apostrophe, whatever is in it further on."""
    assert web.neutral(text) == text


@pytest.mark.parametrize("number", ["-1", "+1", "0", "-12.50", "-12,50", "+33612345678"])
def test_numbers_stay_numbers(number):
    """A cell that is a plain number stays as it is: a spreadsheet can add it up, and computes nothing by it."""
    assert web.neutral(number) == number


def test_messages_that_mean_harm():
    """METHOD inside of VEVENT is none; a message about two events, or none, is refused."""
    inner = calendar(*vevent("METHOD:CANCEL", "ORGANIZER:mailto:o@example.org", "STATUS:CANCELLED"))
    two = calendar("METHOD:CANCEL", *vevent("ORGANIZER:mailto:o@example.org"), *vevent(uid="b"))
    for text in (inner, two, calendar("METHOD:REPLY"), calendar("METHOD:COUNTER", *vevent())):
        with pytest.raises(CalendarError) as caught:
            read_messages(text, zone="UTC")
        assert caught.value.problems[-1].code == "message"


def test_recursion_is_never_used():
    """A thousand levels inside of the limit of depth need no stack: the reader keeps its own."""
    text = calendar(*vevent(*("BEGIN:X-A",) * 1_000, *("END:X-A",) * 1_000))
    assert len(read(text, CalendarLimits(depth=5_000)).events) == 1
    assert splitting.CALENDAR == "VCALENDAR"


def test_the_window_of_a_question_is_its_bound():
    """Busy time beyond the window costs nothing and is not given."""
    text = calendar(*vevent("RRULE:FREQ=DAILY", "DURATION:PT1H", start="DTSTART:19800101T090000Z"))
    found = read_busy(text, Period(NOW, NOW + timedelta(days=2)), zone="UTC")
    assert len(found.periods) == 2
    assert found.problems == ()


# --- dates that are left out ---

GONE = ("RRULE:FREQ=SECONDLY", "EXRULE:FREQ=SECONDLY")


def test_every_second_and_none_of_them():
    """A file of 162 octets whose dates are all left out: refused after a bounded number of steps, its neighbour is not;
    with more steps allowed it would be read.
    """
    text = calendar(*vevent(*GONE), *vevent("DURATION:PT1H", uid="b"))
    found = read_busy(text, WINDOW, zone="UTC")
    assert [(one.code, one.done) for one in found.problems if one.done == "refused"] == [("rule-unreadable", "refused")]
    assert len(found.periods) == 1
    day = Period(utc(2026, 11, 27), utc(2026, 11, 28))
    assert read_busy(text, day, zone="UTC").refused == 0  # the control


def test_many_events_that_take_long():
    """The steps of all events together are bounded, so that a thousand such events cost little more than ten; events
    that find what they look for are read all the same.
    """
    text = calendar(
        *itertools.chain.from_iterable(vevent(*GONE, uid=f"x{n}") for n in range(300)),
        *vevent("DURATION:PT1H", uid="b"),
    )
    counted: list[Effort] = []

    class Counting(Effort):
        def __init__(self, steps: int) -> None:
            super().__init__(steps)
            counted.append(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(programme, "Effort", Counting)
        found = read_busy(text, WINDOW, zone="UTC")
    assert found.refused == 300
    assert len(found.periods) == 1
    assert sum(one.most - max(one.left, 0) for one in counted) < 1_100_000


def test_dates_that_stand_for_days_of_seconds():
    """Thirty changes that name days of which every second is left out are refused after as many steps as may be."""
    changes = [vevent(f"RECURRENCE-ID;VALUE=DATE:2026120{n % 9 + 1}", f"SEQUENCE:{n}") for n in range(30)]
    text = calendar(*vevent(*GONE), *itertools.chain.from_iterable(changes), *vevent(uid="b"))
    found = read(text, CalendarLimits(steps=50_000))
    assert [one.series.uid for one in found.events] == ["b"]
    assert found.refused == 1
