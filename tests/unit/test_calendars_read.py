"""What a calendar says, read as a programme: times, rules, changed dates, texts, people, and what is told of each."""

from __future__ import annotations

from datetime import date

import pytest

from cantinekit.clock import Period
from cantinekit.errors import InputError
from cantinekit.scheduling.calendars import CalendarLimits, CalendarProblem, Events, Programme, read_programme
from cantinekit.scheduling.recurrence import Length, Rule
from support.calendars.texts import calendar, paris, utc, vevent


def read(*lines: str) -> Programme:
    return read_programme(calendar(*lines), zone="Europe/Paris")


def told(found: Programme) -> list[tuple[str, str]]:
    return [(one.code, one.done) for one in found.problems]


def one(*lines: str, **more: str) -> object:
    found = read(*vevent(*lines, **more))
    assert len(found.events) == 1, found.problems
    return found.events[0]


# --- times ---


@pytest.mark.parametrize(
    ("start", "lines", "length", "codes"),
    [
        ("DTSTART:20261126T090000Z", ("DTEND:20261126T103000Z",), Length(0, 5_400), []),
        ("DTSTART:20261126T090000Z", ("DURATION:P1DT1H",), Length(1, 3_600), []),
        ("DTSTART:20261126T090000Z", (), Length(), []),
        ("DTSTART;VALUE=DATE:20261126", (), Length(1), []),
        ("DTSTART;VALUE=DATE:20261126", ("DTEND;VALUE=DATE:20261129",), Length(3), []),
        ("DTSTART;VALUE=DATE:20261126", ("DTEND;VALUE=DATE:20261126",), Length(1), [("length-zero", "changed")]),
        ("DTSTART;VALUE=DATE:20261126", ("DURATION:PT36H",), Length(2), [("value-invalid", "changed")]),
        ("DTSTART;VALUE=DATE:20261126", ("DTEND:20261127T120000Z",), Length(2), [("value-invalid", "changed")]),
        ("DTSTART:20261126T090000Z", ("DTEND;VALUE=DATE:20261127",), Length(0, 54_000), [("value-invalid", "changed")]),
        (
            "DTSTART:20261126T090000Z",
            ("DTEND:20261126T100000Z", "DURATION:PT5H"),
            Length(0, 3_600),
            [("end-and-duration", "left-out")],
        ),
        # RFC 5545, 3.8.5.3: an end makes an exact length, even over a clock change.
        (
            "DTSTART;TZID=Europe/Paris:20270327T220000",
            ("DTEND;TZID=Europe/Paris:20270328T060000",),
            Length(0, 25_200),
            [],
        ),
        ("DTSTART:20261126T235960Z", ("DTEND:20261127T000000Z",), Length(0, 1), []),
    ],
)
def test_lengths(start, lines, length, codes):
    """DTEND is exclusive, DURATION tells days from hours, what is missing is a day or nothing; odd ones are told."""
    found = read(*vevent(*lines, start=start))
    assert found.events[0].series.length == length
    assert told(found) == codes


def test_birthdays():
    """A date long ago is read: birthdays start in the year of birth."""
    found = one("RRULE:FREQ=YEARLY", start="DTSTART;VALUE=DATE:19550703")
    assert found.series.start == date(1955, 7, 3)
    window = Period(utc(2026, 7, 1), utc(2026, 7, 31))
    assert [each.recurrence_id for each in found.series.between(window, zone="Europe/Paris")] == [date(2026, 7, 3)]


def test_rules():
    """RRULE with what programs add to it: a semicolon too many, blanks, UNTIL of another type; each is told."""
    found = read(
        *vevent("RRULE:FREQ=WEEKLY;BYDAY=MO, TU;UNTIL=20270101;", start="DTSTART;TZID=Europe/Paris:20261123T090000")
    )
    assert found.events[0].series.rules == (Rule.parse("FREQ=WEEKLY;BYDAY=MO,TU;UNTIL=20270101"),)
    assert set(told(found)) == {("rule-contested", "noted"), ("rule-until", "noted")}
    assert found.refused == 0


def test_several_rules_and_dates():
    """RRULE twice is a union, EXRULE is read and told, RDATE takes periods, EXDATE is taken in other zones."""
    found = read(
        *vevent(
            "RRULE:FREQ=WEEKLY;COUNT=3",
            "RRULE:FREQ=MONTHLY;COUNT=2",
            "EXRULE:FREQ=MONTHLY;INTERVAL=2;COUNT=1",
            "RDATE;VALUE=PERIOD:20261201T090000Z/PT2H,20261202T090000Z/20261202T093000Z",
            "EXDATE;TZID=Europe/Paris:20261203T100000",
            "DURATION:PT1H",
        )
    )
    series = found.events[0].series
    window = Period(utc(2026, 11, 1), utc(2027, 2, 1))
    assert [(each.start, each.end - each.start) for each in series.between(window)] == [
        (utc(2026, 12, 1, 9), utc(2026, 12, 1, 11) - utc(2026, 12, 1, 9)),
        (utc(2026, 12, 2, 9), utc(2026, 12, 2, 9, 30) - utc(2026, 12, 2, 9)),
        (utc(2026, 12, 10, 9), utc(2026, 12, 10, 10) - utc(2026, 12, 10, 9)),
        (utc(2026, 12, 26, 9), utc(2026, 12, 26, 10) - utc(2026, 12, 26, 9)),
    ]
    assert ("exrule", "noted") in told(found)


# --- changed dates ---


@pytest.mark.parametrize("first", [True, False])
def test_a_changed_date(first):
    """A changed date says only what is different, whether it stands before or after its series."""
    series = vevent("RRULE:FREQ=WEEKLY", "SUMMARY:Atelier", "LOCATION:Salle A", "DURATION:PT1H")
    change = vevent(
        "RECURRENCE-ID:20261203T090000Z",
        "SUMMARY:Déplacé",
        "DURATION:PT1H",
        "STATUS:TENTATIVE",
        "SEQUENCE:4",
        start="DTSTART:20261204T100000Z",
    )
    found = read(*(change + series if first else series + change))
    assert told(found) == []
    (event,) = found.events
    (override,) = event.series.overrides
    assert override.recurrence_id == utc(2026, 12, 3, 9)
    assert override.start == utc(2026, 12, 4, 10)
    assert override.length is None
    assert override.status == "tentative"
    assert dict(override.fields) == {"title": "Déplacé", "location": None}
    assert (override.sequence, override.stamp) == (4, utc(2026, 1, 1))


def test_changed_dates_of_another_type():
    """A day in a series with times begins at midnight; a time in a series of days is a whole day. Both are told."""
    series = vevent("RRULE:FREQ=WEEKLY", "DURATION:PT1H", start="DTSTART;TZID=Europe/Paris:20261126T090000")
    change = vevent("RECURRENCE-ID;TZID=Europe/Paris:20261203T090000", start="DTSTART;VALUE=DATE:20261204")
    found = read(*series, *change)
    assert told(found) == [("override-type", "changed")]
    (override,) = found.events[0].series.overrides
    assert (override.start, override.length) == (paris(2026, 12, 4), Length(1))
    days = vevent("RRULE:FREQ=WEEKLY", start="DTSTART;VALUE=DATE:20261126")
    change = vevent("RECURRENCE-ID;VALUE=DATE:20261203", "DURATION:PT1H", start="DTSTART:20261204T090000Z")
    found = read(*days, *change)
    assert told(found) == [("override-type", "changed")]
    assert found.events[0].series.overrides[0].start == date(2026, 12, 4)


def test_a_bad_changed_date_takes_no_other_with_it(monkeypatch):
    """A changed date that cannot be laid on its series is refused alone; the series and the others are read."""
    from cantinekit.scheduling.calendars import _programme as programme

    real = programme.override

    def odd(series, change):
        if change.sequence == 9:
            raise InputError("odd")
        return real(series, change)

    monkeypatch.setattr(programme, "override", odd)
    found = read(
        *vevent("RRULE:FREQ=WEEKLY", "DURATION:PT1H"),
        *vevent("RECURRENCE-ID:20261203T090000Z", "SEQUENCE:9", "DURATION:PT1H"),
        *vevent("RECURRENCE-ID:20261210T090000Z", "DURATION:PT2H"),
    )
    assert [one.recurrence_id for one in found.events[0].series.overrides] == [utc(2026, 12, 10, 9)]
    assert told(found) == [("override-bad", "refused")]


@pytest.mark.parametrize("line", ["TRANSP:TRANSPARENT", "CLASS:PRIVATE", "ORGANIZER:mailto:o@x", "ATTENDEE:mailto:a@x"])
def test_what_a_changed_date_cannot_say(line):
    """A changed date has times, a state and texts of its own; what else it says otherwise is told."""
    series = vevent("RRULE:FREQ=WEEKLY", "DURATION:PT1H")
    found = read(*series, *vevent("RECURRENCE-ID:20261203T090000Z", "DURATION:PT1H", line))
    assert told(found) == [("override-part", "left-out")]


def test_a_changed_date_alone():
    """A changed date whose series is not in the file stands for itself, and says of which date it is."""
    found = read(*vevent("RECURRENCE-ID:20261203T090000Z", start="DTSTART:20261204T100000Z"))
    assert told(found) == [("override-alone", "noted")]
    assert found.events[0].instance == utc(2026, 12, 3, 9)
    assert found.events[0].series.start == utc(2026, 12, 4, 10)


def test_all_later_dates():
    """RANGE=THISANDFUTURE moves the later dates too; it is told."""
    series = vevent("RRULE:FREQ=WEEKLY", "DURATION:PT1H")
    change = vevent(
        "RECURRENCE-ID;RANGE=THISANDFUTURE:20261203T090000Z", "DURATION:PT1H", start="DTSTART:20261203T110000Z"
    )
    found = read(*series, *change)
    window = Period(utc(2026, 11, 26), utc(2026, 12, 12))
    assert [each.start.hour for each in found.events[0].series.between(window)] == [9, 11, 11]
    assert told(found) == [("override-range", "noted")]


def test_a_changed_date_that_repeats():
    """A changed date with a rule of its own is one date; the rule is left out and told."""
    found = read(*vevent("RRULE:FREQ=WEEKLY"), *vevent("RECURRENCE-ID:20261203T090000Z", "RRULE:FREQ=DAILY"))
    assert len(found.events[0].series.overrides) == 1
    assert told(found) == [("override-repeats", "left-out")]


def test_dates_that_do_not_go_together():
    """A start that its rule does not have is told; a change of a date that the series does not have is refused and
    counted, unless all that it says is that the date is off.
    """
    found = read(*vevent("RRULE:FREQ=WEEKLY;BYDAY=MO"), *vevent("RECURRENCE-ID:20261127T090000Z"))
    assert told(found) == [("rule-start", "noted"), ("override-unknown", "refused")]
    assert found.refused == 1
    assert found.events[0].series.overrides == ()
    off = vevent("RECURRENCE-ID:20261127T090000Z", "STATUS:CANCELLED")
    assert told(read(*vevent("RRULE:FREQ=WEEKLY;BYDAY=MO"), *off))[1:] == [("override-unknown", "noted")]
    monday = vevent("RRULE:FREQ=WEEKLY;BYDAY=MO", start="DTSTART:20261123T090000Z")
    assert told(read(*monday, *vevent("RECURRENCE-ID:20261130T090000Z"))) == []  # the control


SOON = Period(utc(2026, 11, 1), utc(2026, 12, 20))


def shown(found: Programme) -> list[tuple[str, str]]:
    return [(f"{each.start:%m-%d %H}", each.status) for event in found.events for each in event.series.between(SOON)]


@pytest.mark.parametrize("change", ["RECURRENCE-ID:20261126T090000Z", "RECURRENCE-ID;VALUE=DATE:20261126"])
def test_a_change_of_a_start_that_no_rule_has(change):
    """A changed date that names DTSTART, which its rule does not have, says that it takes place: it is read as a date
    of the series, which is told; where it is left out by EXDATE it stays out. Without a change it is none.
    """
    series = ("RRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=2", "DURATION:PT1H")
    moved = vevent(change, "DURATION:PT1H", start="DTSTART:20261127T140000Z")
    found = read(*vevent(*series), *moved)
    assert shown(found) == [("11-27 14", "confirmed"), ("11-30 09", "confirmed"), ("12-07 09", "confirmed")]
    assert told(found) == [("rule-start", "changed")]
    found = read(*vevent(*series, "EXDATE:20261126T090000Z"), *moved)
    assert shown(found) == [("11-30 09", "confirmed"), ("12-07 09", "confirmed")]
    assert ("override-unknown", "refused") in told(found)
    assert shown(read(*vevent(*series))) == [("11-30 09", "confirmed"), ("12-07 09", "confirmed")]  # the control


@pytest.mark.parametrize("status", ["CANCELLED", "canceled"])
@pytest.mark.parametrize(
    "broken",
    [
        ("DTEND:20261203T080000Z",),
        ("DTEND:never",),
        ("DURATION:PT1H", "DURATION:PT2H"),
        ("RRULE:FREQ=SOMETIMES",),
        ("EXDATE: no",),
        ("RDATE;broken",),
        ("DTEND:" + "2" * 300_000,),
    ],
)
def test_a_broken_change_that_is_cancelled(broken, status):
    """A change that cannot be read, and says that its date is cancelled, cancels it, and keeps its texts; one that does
    not say so is refused and counted.
    """
    series = vevent("RRULE:FREQ=WEEKLY;COUNT=2", "DURATION:PT1H", "SUMMARY:Atelier")
    found = read(
        *series,
        *vevent("RECURRENCE-ID:20261203T090000Z", f"STATUS:{status}", *broken, start="DTSTART:20261203T090000Z"),
    )
    assert shown(found) == [("11-26 09", "confirmed"), ("12-03 09", "cancelled")]
    assert ("override-cancelled", "changed") in told(found)
    assert found.refused == 0
    assert found.events[0].series.overrides[0].fields == ()
    found = read(*series, *vevent("RECURRENCE-ID:20261203T090000Z", *broken, start="DTSTART:20261203T090000Z"))
    assert (shown(found)[1], found.refused) == (("12-03 09", "confirmed"), 1)  # the control


def test_a_cancelled_change_that_cannot_be_laid_on_its_series(monkeypatch):
    """It cancels its date all the same."""
    from cantinekit.scheduling.calendars import _programme as programme

    def odd(series, change):
        raise InputError("odd")

    monkeypatch.setattr(programme, "override", odd)
    found = read(*vevent("RRULE:FREQ=WEEKLY;COUNT=2"), *vevent("RECURRENCE-ID:20261203T090000Z", "STATUS:CANCELLED"))
    assert shown(found)[1] == ("12-03 09", "cancelled")
    assert told(found) == [("override-cancelled", "changed")]


def test_canceled():
    """STATUS:CANCELED, with one L, is CANCELLED, and told."""
    found = read(*vevent("STATUS:CANCELED"))
    assert found.events[0].series.status == "cancelled"
    assert told(found) == [("status-unknown", "changed")]


@pytest.mark.parametrize("line", ["RRULE:", "EXRULE: ", "RRULE;X-A=b:"])
def test_an_empty_rule(line):
    """A rule without any part is left out and told, and does not make the event one that repeats."""
    found = read(*vevent(line, "DURATION:PT1H"))
    assert shown(found) == [("11-26 09", "confirmed")]
    assert told(found) == [("rule-empty", "left-out")]


@pytest.mark.parametrize(
    ("start", "hour"), [("DTSTART;TZID=America/New_York:20261126T090000", 14), ("DTSTART:20261126T090000Z", 9)]
)
def test_times_without_a_zone_beside_a_start_with_one(start, hour):
    """DTEND, EXDATE, RDATE and RECURRENCE-ID that say no zone are read in that of DTSTART, and told."""
    series = vevent(
        "DTEND:20261126T100000",
        "RRULE:FREQ=DAILY;COUNT=4",
        "EXDATE:20261127T090000",
        "RDATE:20261205T090000",
        start=start,
    )
    change = vevent("RECURRENCE-ID:20261128T090000", "DURATION:PT1H", start="DTSTART:20261128T200000Z")
    found = read(*series, *change)
    days = ("11-26", "11-28", "11-29", "12-05")
    assert [when for when, _ in shown(found)] == [f"{day} {20 if day == '11-28' else hour:02}" for day in days]
    assert found.events[0].series.length == Length(0, 3_600)
    assert {code for code, _ in told(found)} == {"zone-start"}
    assert {done for _, done in told(found)} == {"changed"}


def test_a_change_without_any_zone():
    """A change whose start says no zone either is in the zone of its series, not in that of the reader."""
    series = vevent("RRULE:FREQ=DAILY;COUNT=2", "DURATION:PT1H", start="DTSTART;TZID=America/New_York:20261126T090000")
    change = vevent("RECURRENCE-ID:20261127T090000", "DURATION:PT1H", start="DTSTART:20261127T100000")
    assert shown(read(*series, *change)) == [("11-26 14", "confirmed"), ("11-27 15", "confirmed")]


@pytest.mark.parametrize(
    ("lines", "counts"),
    [
        (((), ()), "first"),
        ((("SEQUENCE:1",), ()), "first"),
        (((), ("SEQUENCE:1",)), "second"),
        (((), ("LAST-MODIFIED:20260201T000000Z",)), "second"),
        ((("LAST-MODIFIED:20260201T000000Z",), ("LAST-MODIFIED:20260115T000000Z",)), "first"),
    ],
)
@pytest.mark.parametrize("of", ["event", "change"])
def test_which_of_two_counts(lines, counts, of):
    """Of two events with one UID, and of two changes of one date, the higher SEQUENCE counts, then the later
    LAST-MODIFIED or DTSTAMP, then the first; the other is told.
    """
    about = ("RECURRENCE-ID:20261203T090000Z",) if of == "change" else ()
    two = [vevent(*about, *more, f"SUMMARY:{name}") for name, more in zip(("first", "second"), lines, strict=True)]
    found = read(*(vevent("RRULE:FREQ=WEEKLY;COUNT=2") if of == "change" else ()), *two[0], *two[1])
    (event,) = found.events
    titles = [
        dict(each.fields).get("title") for each in event.series.between(Period(utc(2026, 11, 1), utc(2027, 1, 1)))
    ]
    assert titles[-1] == counts
    assert told(found) == [("duplicate", "left-out")]


def test_one_uid_in_two_calendars():
    """The key of an import is calendar, UID and RECURRENCE-ID: the same UID in another VCALENDAR is another event."""
    text = calendar(*vevent("SUMMARY:a")) + calendar(*vevent("SUMMARY:b"))
    found = read_programme(text, zone="UTC")
    assert [each.text("title") for each in found.events] == ["a", "b"]
    assert found.problems == ()


# --- texts and people ---


def test_texts():
    """Escapes are undone from left to right; what is no escape stays what it is."""
    found = one(
        r"SUMMARY:a\\nb\nc\;d\,e\Nf\\\\,g;h\x",
        "CATEGORIES:a\\,b,c",
        "CATEGORIES:c,d",
        "COLOR:Tomato",
        "CLASS:CONFIDENTIAL",
    )
    assert found.text("title") == "a\\nb\nc;d,e\nf\\\\,g;hx"
    assert found.text("categories").split("\n") == ["a,b", "c", "d"]
    assert found.text("color") == "tomato"
    assert found.private


def test_parameters():
    """Quotes, carets, several values, blanks, and parameters without a value."""
    name, member = "Zoé; ^'la patronne^', a:b", 'MEMBER="mailto:a@x","mailto:b@x"'
    line = f'ATTENDEE;CN="{name}";{member}; ROLE = CHAIR ;PARTSTAT=ACCEPTED;RSVP=TRUE;X:mailto:z@x'
    (found,) = one(line).attendees
    assert found.name == 'Zoé; "la patronne", a:b'
    assert (found.role, found.answer, found.rsvp, found.address) == ("CHAIR", "ACCEPTED", True, "mailto:z@x")


def test_what_is_not_understood_is_told():
    """Bad links, states, numbers and addresses are left out one by one; the event is read."""
    found = read(
        *vevent(
            "URL:nothing",
            "COLOR:#ff0000",
            "IMAGE;VALUE=BINARY:AAAA",
            "STATUS:PERHAPS",
            "SEQUENCE:-4",
            "CREATED:yesterday",
            "ORGANIZER:nobody",
            "ATTENDEE:zoe@example.org",
            "SUMMARY:here",
            "SUMMARY:twice",
            "CONFERENCE:https://a.org",
            "CONFERENCE:https://b.org",
        )
    )
    (event,) = found.events
    assert dict(event.series.fields) == {"title": "here", "conference": "https://a.org"}
    assert [each.address for each in event.attendees] == ["mailto:zoe@example.org"]
    assert sorted(told(found)) == sorted(
        [
            ("link-invalid", "left-out"),
            ("link-invalid", "left-out"),
            ("link-invalid", "left-out"),
            ("status-unknown", "left-out"),
            ("value-invalid", "left-out"),
            ("value-invalid", "left-out"),
            ("link-invalid", "left-out"),
            ("link-invalid", "changed"),
            ("value-twice", "left-out"),
            ("too-many-values", "left-out"),
        ]
    )
    assert found.refused == 0


def test_a_uid_of_another_system():
    """A UID that is no id here gets one made from it, always the same; what it was is kept and written again."""
    from cantinekit.scheduling.calendars import write_event

    long = "x" * 300 + "|company"
    found = read(*vevent("SUMMARY:a", uid=long))
    (event,) = found.events
    assert event.series.uid == read(*vevent(uid=long)).events[0].series.uid != long
    assert told(found) == [("uid-changed", "changed")]
    assert event.uid == long
    assert f"UID:{long}".encode() in write_event(event).replace(b"\r\n ", b"")


def test_an_event_without_uid():
    """Without a UID one is made from start, length and title: the same text gives the same again."""
    lines = vevent("SUMMARY:a", uid=None)
    found = read(*lines)
    assert found.events[0].series.uid == read(*lines).events[0].series.uid
    assert found.events[0].series.uid != read(*vevent("SUMMARY:b", uid=None)).events[0].series.uid
    assert told(found) == [("no-uid", "changed")]


def test_states():
    """CANCELLED, TRANSPARENT and what Outlook says instead."""
    assert one("STATUS:CANCELLED").series.status == "cancelled"
    assert not one("TRANSP:TRANSPARENT").busy
    assert not one("X-MICROSOFT-CDO-BUSYSTATUS:FREE").busy
    assert one("X-MICROSOFT-CDO-BUSYSTATUS:TENTATIVE").series.status == "tentative"
    assert one("X-MICROSOFT-CDO-BUSYSTATUS:FREE", "TRANSP:OPAQUE").busy


# --- the whole ---


def test_heads_and_what_is_not_read():
    """What calendars say of themselves, and which components and lines nobody reads, with their numbers."""
    found = read(
        "METHOD:PUBLISH",
        "X-WR-CALNAME:Chez\\, nous",
        "X-WR-TIMEZONE:Europe/Paris",
        "X-OTHER:1",
        *vevent("GEO:1;2"),
        "BEGIN:VTODO",
        "UID:t",
        "END:VTODO",
    )
    (head,) = found.heads
    assert (head.name, head.method, head.zone, head.version) == ("Chez, nous", "PUBLISH", "Europe/Paris", "2.0")
    assert dict(found.unread) == {"VCALENDAR/X-OTHER": 1, "VEVENT/GEO": 1, "VTODO": 1, "VTODO/UID": 1}
    assert told(found) == [("component-unread", "left-out")]


def test_one_event_at_a_time():
    """Events come one after the other, before the rest of the text was looked at for what is wrong with it."""
    reading = Events(calendar(*vevent(), *vevent(uid="2", start="DTSTART:nonsense")), zone="UTC")
    first = next(iter(reading))
    assert first.series.uid == "one@example.org"
    assert reading.problems == ()
    list(reading)
    assert [each.code for each in reading.problems][-1] == "value-invalid"


def test_lines_are_counted_as_they_stand():
    """The line of a problem is that of the text as it was given, whatever was folded before."""
    text = calendar(*vevent("DESCRIPTION:a\r\n b\r\n c", "", "DTEND:nonsense"))
    assert [each.line for each in read_programme(text, zone="UTC").problems] == [12]
    assert text.decode().split("\r\n")[11] == "DTEND:nonsense"


@pytest.mark.parametrize("wrong", [{"octets": 0}, {"line": -1}, {"depth": True}, {"problems": "9"}])
def test_limits_are_numbers(wrong):
    """A limit is a positive integer."""
    with pytest.raises(InputError):
        CalendarLimits(**wrong)


def test_the_zone_of_the_reader():
    """The reader's zone must be one."""
    with pytest.raises(InputError):
        read_programme(calendar(), zone="Nowhere")


def test_a_problem_says_where_and_what():
    """A problem in one line: where, of what, why, its code and what was done."""
    assert (
        str(CalendarProblem("no-start", 4, "VEVENT", "no DTSTART", "refused"))
        == "line 4: VEVENT: no DTSTART (no-start, refused)"
    )


def test_paris_is_paris():
    """The control of the helpers: the wall time in Paris is what was meant."""
    assert one(start="DTSTART;TZID=Europe/Paris:20261126T180000").series.start == paris(2026, 11, 26, 18)


def test_icalendar_is_imported_late():
    """Importing the module does not import icalendar; reading does (control)."""
    import subprocess
    import sys

    def loaded(code: str) -> str:
        script = f"import sys; from cantinekit.scheduling import calendars; {code}; print('icalendar' in sys.modules)"
        return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.strip()

    assert loaded("0") == "False"
    assert loaded("calendars.read_programme('BEGIN:VEVENT\\nDTSTART:20261126\\nEND:VEVENT', zone='UTC')") == "True"
