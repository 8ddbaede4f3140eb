"""Laws of calendars: what is written is read as it was, lines are folded as they must be, ETags tell of changes."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

import attrs
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cantinekit.clock import Period, zone
from cantinekit.errors import CalendarError, CantineError
from cantinekit.scheduling.calendars import (
    CalendarEvent,
    Participant,
    WrittenComponents,
    etag,
    read_busy,
    read_messages,
    read_programme,
    write_feed,
)
from cantinekit.scheduling.calendars._content import taken_apart
from cantinekit.scheduling.calendars._emit import Value, escaped, parameter
from cantinekit.scheduling.calendars._feed import same as quickly
from cantinekit.scheduling.recurrence import Length, Override, RDate, Rule, Series
from support.calendars.texts import FEED, NOW, event, plain, there_and_back
from support.run.soak import half

ZONES = ("Europe/Paris", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Casablanca", "UTC")
NASTY = st.text(
    st.one_of(
        st.sampled_from(list('\\;,:"^\n\r\tNn=%é€😀\u0301\u200d\u2028\x85\u00a0 ')),
        st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")),
    ),
    max_size=300,
)
TEXTS = NASTY.map(lambda text: re.sub("\r\n?", "\n", text)).filter(
    lambda text: not re.search("[\x80-\x9f\u2028\u2029]", text)
)
FIELDS = st.fixed_dictionaries(
    {"title": TEXTS},
    optional={
        "description": TEXTS,
        "location": TEXTS,
        "url": st.just("https://example.org/a?b=c,d;e"),
        "categories": st.lists(TEXTS, max_size=3).map(
            lambda some: "\n".join(dict.fromkeys(" ".join(one[:200].split()) for one in some if one[:200].split()))
        ),
        "color": st.sampled_from(["tomato", "navy"]),
        "conference": st.just("https://meet.example.org/x"),
        "elsewhere": st.just("stays with the host"),
    },
)
RULES = st.sampled_from(
    [
        "FREQ=DAILY",
        "FREQ=DAILY;INTERVAL=3;COUNT=20",
        "FREQ=WEEKLY;BYDAY=MO,WE,FR",
        "FREQ=WEEKLY;INTERVAL=2;COUNT=9;WKST=SU",
        "FREQ=MONTHLY;BYDAY=-1FR",
        "FREQ=MONTHLY;BYMONTHDAY=31",
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
        "FREQ=YEARLY;BYMONTH=3,9;BYDAY=1SU",
    ]
)


@st.composite
def events(draw: st.DrawFn, uid: str = "law@example.org") -> CalendarEvent:
    days = draw(st.booleans())
    first = draw(st.datetimes(datetime(1990, 1, 1), datetime(2036, 12, 31)).map(lambda at: at.replace(microsecond=0)))
    where = zone(draw(st.sampled_from(ZONES)))
    start = first.date() if days else first.replace(tzinfo=where)
    if days:
        length = Length(draw(st.integers(1, 40)))
    else:
        length = Length(draw(st.sampled_from([0, 0, 0, 1, 8])), draw(st.sampled_from([0, 60, 5_400, 7_200, 90_000])))
    rules = [Rule.parse(text) for text in draw(st.lists(RULES, max_size=1))]
    if rules and rules[0].count is None and draw(st.booleans()):
        rules = [attrs.evolve(rules[0], until=(first + timedelta(days=draw(st.integers(0, 400)))).date())]

    def moments() -> st.SearchStrategy[date]:
        return (
            st.integers(-3, 400)
            .map(lambda n: first + timedelta(days=n))
            .map(lambda at: at.date() if days else at.replace(tzinfo=where))
        )

    statuses = st.sampled_from(["confirmed", "tentative", "cancelled"])
    overrides = []
    for moment in draw(st.lists(moments(), max_size=3, unique=True)):
        moved = draw(st.none() | moments())
        other = draw(st.none() | st.just(Length(2) if days else Length(0, 60)))
        fields = draw(st.just({}) | FIELDS)
        overrides.append(
            Override(moment, moved, other, draw(st.none() | statuses), fields, sequence=draw(st.integers(0, 3)))
        )
    series = Series(
        uid,
        start,
        length,
        rules,
        draw(st.lists(moments(), max_size=3)),
        draw(st.lists(moments(), max_size=3)),
        gap=draw(st.sampled_from(["shift", "skip"])),
        sequence=draw(st.integers(0, 5)),
        overrides=overrides,
        status=draw(statuses),
        fields=draw(FIELDS),
        related_to=draw(st.none() | st.just("before@example.org")),
    )
    organizer = draw(st.none() | TEXTS.map(lambda name: Participant("mailto:o@example.org", " ".join(name.split()))))
    return CalendarEvent(
        series, NOW, busy=draw(st.booleans()), private=draw(st.booleans()), organizer=organizer, created=NOW
    )


@settings(max_examples=half(150))
@given(st.data())
def test_written_and_read(data: st.DataObject) -> None:
    """Series with rules, changed and left out dates, nasty texts, whole days and zones come back as they were."""
    try:
        made = data.draw(events())
    except CantineError:
        assume(False)
    (back,) = there_and_back([made])
    assert plain(back) == plain(made)


HOURS = ("", ";BYHOUR=9,18", ";BYHOUR=2;BYMINUTE=15,45", ";BYHOUR=1,2,3")


@st.composite
def programmes(draw: st.DrawFn) -> Series:
    """Series in which dates stand for days, several start on one day, and the clock changes on it."""
    where = zone(draw(st.sampled_from(ZONES)))
    change = draw(st.sampled_from([datetime(2026, 3, 29), datetime(2026, 10, 25), datetime(2026, 11, 1)]))
    first = change + timedelta(days=draw(st.integers(-9, 2)), hours=draw(st.sampled_from([1, 2, 18])), minutes=15)
    rule = f"FREQ=DAILY{draw(st.sampled_from(HOURS))};INTERVAL={draw(st.integers(1, 3))}"
    moments = (
        st.integers(-2, 12)
        .map(lambda n: first + timedelta(days=n))
        .flatmap(
            lambda at: st.sampled_from(
                [at.date(), *(at.replace(tzinfo=where, hour=hour, fold=fold) for hour in (1, 2, 9) for fold in (0, 1))]
            )
        )
    )
    times = moments.filter(lambda one: isinstance(one, datetime))
    lasts = st.sampled_from([None, Length(0, 600), Length(1), Length(1, 60)])
    statuses = st.sampled_from([None, "cancelled", "tentative", "confirmed"])
    patches = st.builds(Override, moments, st.none() | times, lasts, statuses, st.just({}) | st.just({"title": "x"}))
    return Series(
        "p",
        first.replace(tzinfo=where),
        draw(st.sampled_from([Length(), Length(0, 3600), Length(1), Length(0, 90_000)])),
        [rule] * draw(st.integers(0, 1)),
        draw(st.lists(st.builds(RDate, times, lasts), max_size=3)),
        draw(st.lists(moments, max_size=3)),
        overrides=draw(st.lists(patches, max_size=3)),
        gap=draw(st.sampled_from(["shift", "skip"])),
        status=draw(st.sampled_from(["confirmed", "tentative", "cancelled"])),
        fields={"title": "t"},
    )


def told(series: Series) -> list[tuple[object, ...]]:
    """What takes place, as a reader of a feed is told it."""
    window = Period(datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 12, 31, tzinfo=UTC))
    return [
        (one.start, one.end, one.recurrence_id.astimezone(UTC), one.status, one.fields)
        for one in series.between(window)
    ]


@settings(max_examples=half(200), deadline=None)
@given(st.data())
def test_what_was_written_takes_place(data: st.DataObject) -> None:
    """What a feed says, read back, are the occurrences of the series: each start and end, its name, status and texts;
    also where a date stands for a day, and where an hour is skipped or comes twice.
    """
    try:
        series = data.draw(programmes())
    except CantineError:
        assume(False)
    (back,) = there_and_back([CalendarEvent(series, NOW)])
    assert told(back.series) == told(series)


@settings(max_examples=half(150))
@given(NASTY, NASTY)
def test_lines_are_folded_between_characters(title: str, name: str) -> None:
    """No line is longer than 75 octets, each is UTF-8 by itself, and no text makes a line of its own."""
    assume(not re.search("[\x80-\x9f\u2028\u2029]", name))
    one = event(fields={"title": title, "description": title * 3}, organizer=Participant("mailto:o@example.org", name))
    whole = b"".join(write_feed(FEED, [one]))
    assert whole.endswith(b"END:VCALENDAR\r\n")
    lines = whole.removesuffix(b"\r\n").split(b"\r\n")
    for line in lines:
        assert len(line) <= 75
        line.decode()
        assert not re.search(rb"[\x00-\x08\x0a-\x1f\x7f]", line)
        assert re.match(rb"[A-Z-]+[:;]| ", line)


@given(NASTY)
def test_parameters_come_back(text: str) -> None:
    """The value of a parameter is read as it was written, with quotes, carets and line ends (RFC 6868)."""
    clean = re.sub("[\x80-\x9f]", "", re.sub("\r\n?", "\n", text))
    assert taken_apart(1, f"X;P={parameter(clean)};Q=1:v;:").params == {"P": (clean,), "Q": ("1",)}


@given(NASTY)
def test_texts_are_one_line(text: str) -> None:
    """An escaped text has no line end in it, whatever it holds."""
    assert not re.search("[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]", escaped(text))
    assert b"\n" not in Value(escaped(text)).to_ical()


@settings(max_examples=half(80))
@given(st.data())
def test_an_etag_tells_of_a_change(data: st.DataObject) -> None:
    """The ETag of a feed is another exactly when what is written is another; kept components change nothing."""
    try:
        before = [data.draw(events(f"{n}@example.org")) for n in range(2)]
        after = list(before)
        if data.draw(st.booleans()):
            after[0] = data.draw(events("0@example.org"))
    except CantineError:
        assume(False)
    kept = WrittenComponents()
    first = list(write_feed(FEED, before, kept=kept))
    second = list(write_feed(FEED, after, kept=kept))
    assert second == list(write_feed(FEED, after))
    assert (etag(first) == etag(second)) == (b"".join(first) == b"".join(second))
    same = [plain(one) for one in before] == [plain(one) for one in after]
    assert (etag(first) == etag(second)) == same
    assert all(quickly(one, two) == (one == two) for one, two in zip(before, after, strict=True))


PIECES = st.sampled_from(
    [
        "BEGIN:VCALENDAR", "END:VCALENDAR", "BEGIN:VEVENT", "END:VEVENT", "BEGIN:VTIMEZONE", "END:VTIMEZONE",
        "BEGIN:STANDARD", "END:STANDARD", "BEGIN:VFREEBUSY", "END:VFREEBUSY", "BEGIN:VAVAILABILITY",
        "END:VAVAILABILITY", "BEGIN:AVAILABLE", "END:AVAILABLE", "UID:a", "UID:b|c", "METHOD:REQUEST",
        "METHOD:CANCEL", "TZID:X", "TZID:Europe/Paris", "DTSTART:20261126T090000Z", "DTSTART;VALUE=DATE:20261126",
        "DTSTART;TZID=X:20261126T090000", "DTSTART:99991231T235959Z", "DTSTART:00000101T000000",
        "DTEND:20261126T080000Z", "DURATION:P1D", "DURATION:-PT1H", "DURATION:P99999999999D", "RRULE:FREQ=SECONDLY",
        "RRULE:FREQ=DAILY;COUNT=5", "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "RDATE:20261201T090000Z",
        "RDATE;VALUE=PERIOD:20261201T090000Z/PT1H", "EXDATE:20261127T090000Z", "EXDATE;VALUE=DATE:20261127",
        "RECURRENCE-ID:20261127T090000Z", "RECURRENCE-ID;RANGE=THISANDFUTURE:20261127T090000Z", "SEQUENCE:-1",
        "SEQUENCE:7", "TZOFFSETFROM:+0100", "TZOFFSETTO:+0200", "TZOFFSETTO:+9999", "FREEBUSY:20261126T090000Z/PT1H",
        "FREEBUSY:20261126T090000Z/P", "ORGANIZER:mailto:a@example.org", "ATTENDEE;CN=\"x:mailto:b@example.org",
        "ATTENDEE:b@example.org", "SUMMARY:a\\nb\\", " folded", "\tfolded", ";", ":", "", "PRIORITY:1",
        "BUSYTYPE:BUSY", "STATUS:CANCELLED", "STATUS:?", "CATEGORIES:a,,b\\,c", "URL:nothing",
    ]
)  # fmt: skip


@settings(max_examples=half(300))
@given(st.lists(PIECES | NASTY, max_size=25), st.sampled_from(["\r\n", "\n"]))
def test_nothing_breaks_a_reader(lines: list[str], end: str) -> None:
    """Whatever stands in a text: it is read, or refused with a typed error; what was refused is told."""
    from cantinekit.clock import Period

    text = end.join(lines)
    for read in (
        lambda: read_programme(text, zone="Europe/Paris"),
        lambda: read_busy(
            text.encode("utf-8", "surrogatepass"), Period(NOW, NOW + timedelta(days=60)), zone="Europe/Paris"
        ),
        lambda: read_messages(text, zone="Europe/Paris"),
    ):
        try:
            found = read()
        except CalendarError as error:
            problems, refused = error.problems, 1
        else:
            problems = found[1] if isinstance(found, tuple) else found.problems
            refused = sum(one.done == "refused" for one in problems)
            if not isinstance(found, tuple):
                assert found.refused == refused
        assert refused <= len(problems)


@pytest.mark.parametrize("pieces", [["BEGIN:VEVENT", "UID:a", "DTSTART:20261126T090000Z", "END:VEVENT"]])
def test_pieces_make_events(pieces: list[str]) -> None:
    """The control: the pieces can make an event that is read."""
    assert len(read_programme("\n".join(pieces), zone="UTC").events) == 1
