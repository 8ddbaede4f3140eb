"""Feeds: what stands in them, how they are streamed, what is kept, their ETags, and the tokens that open them."""

from __future__ import annotations

import re
import secrets
import tracemalloc
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import attrs
import pytest

from cantinekit.clock import Period
from cantinekit.errors import InputError
from cantinekit.records import Subject
from cantinekit.scheduling.calendars import (
    CalendarEvent,
    Feed,
    FeedToken,
    Participant,
    WrittenComponents,
    etag,
    events_of,
    feed_token_id,
    feed_token_opens,
    matches,
    new_feed_token,
    read_programme,
    revoked,
    veiled,
    write_event,
    write_feed,
)
from cantinekit.scheduling.calendars import _tokens as tokens
from cantinekit.scheduling.recurrence import Length, Override, RDate, Rule, Series
from support.calendars.texts import FEED, NOW, PARIS, day, event, paris, there_and_back, utc

PLACE, ROOM, ZOE = Subject("place", "nantes"), Subject("space", "a"), Subject("person", "zoe")


def lines(text: bytes) -> list[str]:
    return text.replace(b"\r\n ", b"").decode().split("\r\n")


def many(count: int, changed: frozenset[int] = frozenset()) -> list[CalendarEvent]:
    def one(n: int) -> CalendarEvent:
        title = f"Atelier {n}{' déplacé' if n in changed else ''}"
        start = datetime(2026, 1, 1, 9, tzinfo=PARIS) + timedelta(days=n % 300)
        return event(f"{n}@example.org", start, fields={"title": title}, sequence=int(n in changed))

    return [one(n) for n in range(count)]


# --- what stands in it ---


def test_the_head():
    """RFC 7986 and what clients knew before it: names, colour, refresh, source, image; METHOD is PUBLISH."""
    feed = Feed(
        "Chez nous, à Nantes",
        description="Ateliers; visites",
        zone="Europe/Paris",
        color="tomato",
        refresh=Length(0, 7_200),
        source="https://example.org/feed.ics",
        url="https://example.org/",
        image="https://example.org/logo.png",
    )
    assert lines(b"".join(write_feed(feed, []))) == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//cantinekit//calendars//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        "NAME:Chez nous\\, à Nantes",
        "X-WR-CALNAME:Chez nous\\, à Nantes",
        "DESCRIPTION:Ateliers\\; visites",
        "X-WR-CALDESC:Ateliers\\; visites",
        "X-WR-TIMEZONE:Europe/Paris",
        "COLOR:tomato",
        "REFRESH-INTERVAL;VALUE=DURATION:PT2H",
        "X-PUBLISHED-TTL:PT2H",
        "SOURCE;VALUE=URI:https://example.org/feed.ics",
        "URL:https://example.org/",
        "IMAGE;DISPLAY=BADGE;VALUE=URI:https://example.org/logo.png",
        "END:VCALENDAR",
        "",
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        {"color": "#ff0000"},
        {"zone": "Nowhere"},
        {"refresh": Length()},
        {"refresh": 3600},
        {"source": "x"},
        {"url": "x"},
    ],
)
def test_a_head_that_cannot_be_said(wrong):
    """A feed that cannot be written is a typed error when it is made."""
    with pytest.raises(InputError):
        Feed("x", **wrong)


def test_an_event():
    """UID, SEQUENCE, DTSTAMP and LAST-MODIFIED of the change, times with their zone, texts, links; no attendees."""
    one = event(
        "a@example.org",
        fields={
            "title": "Été",
            "url": "https://example.org/a;b",
            "conference": "https://meet.example.org",
            "conference_label": 'Salle "A"',
            "image": "https://example.org/i.png",
            "host": "stays",
        },
        rules=["FREQ=WEEKLY;UNTIL=20261231"],
        sequence=3,
        private=True,
        busy=False,
        created=utc(2026, 1, 1),
        organizer=Participant("mailto:o@example.org", "La Cantine"),
        attendees=[Participant("mailto:a@example.org")],
    )
    assert lines(write_event(one)) == [
        "BEGIN:VEVENT",
        "UID:a@example.org",
        "DTSTAMP:20261126T120000Z",
        "LAST-MODIFIED:20261126T120000Z",
        "CREATED:20260101T000000Z",
        "SEQUENCE:3",
        "DTSTART;TZID=Europe/Paris:20261126T180000",
        "DTEND;TZID=Europe/Paris:20261126T200000",
        "STATUS:CONFIRMED",
        "TRANSP:TRANSPARENT",
        "CLASS:PRIVATE",
        "SUMMARY:Été",
        "URL:https://example.org/a;b",
        "IMAGE;DISPLAY=BADGE;VALUE=URI:https://example.org/i.png",
        "CONFERENCE;LABEL=Salle ^'A^';VALUE=URI:https://meet.example.org",
        "ORGANIZER;CN=La Cantine:mailto:o@example.org",
        "RRULE:FREQ=WEEKLY;UNTIL=20261231T225959Z",
        "END:VEVENT",
        "",
    ]


@pytest.mark.parametrize(
    ("start", "length", "line"),
    [
        (paris(2026, 11, 26, 18), Length(0, 7_200), "DTEND;TZID=Europe/Paris:20261126T200000"),
        (paris(2026, 11, 26, 18), Length(1), "DURATION:P1D"),
        (paris(2026, 11, 26, 18), Length(1, 60), "DURATION:P1DT1M"),
        (utc(2026, 11, 26, 18), Length(0, 7_200), "DTEND:20261126T200000Z"),
        (day("2026-12-24"), Length(2), "DTEND;VALUE=DATE:20261226"),
        (paris(2026, 10, 25, 1, 30), Length(0, 3_600), "DTEND;TZID=Europe/Paris:20261025T023000"),
        (paris(2026, 10, 25, 1, 30), Length(0, 7_200), "DURATION:PT2H"),  # it ends in the second 02:30 of that night
        (paris(2027, 3, 28, 1, 30), Length(0, 3_600), "DTEND;TZID=Europe/Paris:20270328T033000"),
    ],
)
def test_how_an_end_is_said(start, length, line):
    """DTEND where it says it exactly, DURATION where only that does."""
    assert line in lines(write_event(event(start=start, length=length)))


def test_an_event_without_length():
    """No time at all needs no end."""
    assert not [one for one in lines(write_event(event(length=Length()))) if one.startswith(("DTEND", "DURATION"))]


def test_changed_dates():
    """Each changed date is a VEVENT with the UID of its series, its original start, and no lower SEQUENCE."""
    one = event(
        rules=["FREQ=WEEKLY"],
        sequence=2,
        fields={"title": "a", "location": "b"},
        overrides=[
            Override(paris(2026, 12, 3, 18), start=paris(2026, 12, 4, 19), fields={"location": None}),
            Override(day("2026-12-10"), status="cancelled", sequence=5, stamp=utc(2026, 12, 1)),
        ],
        rdates=[RDate(paris(2026, 12, 5, 9), Length(0, 60))],
        exdates=[day("2026-12-17")],
    )
    text = lines(write_event(one))
    assert [line for line in text if line.startswith(("RECURRENCE-ID", "SEQUENCE", "EXDATE", "RDATE", "STATUS"))] == [
        "SEQUENCE:2",
        "STATUS:CONFIRMED",
        "RDATE;TZID=Europe/Paris:20261205T090000",
        "EXDATE;TZID=Europe/Paris:20261217T180000",
        "RECURRENCE-ID;TZID=Europe/Paris:20261203T180000",
        "SEQUENCE:2",
        "STATUS:CONFIRMED",
        "RECURRENCE-ID;TZID=Europe/Paris:20261210T180000",
        "SEQUENCE:5",
        "STATUS:CANCELLED",
        "RECURRENCE-ID;TZID=Europe/Paris:20261205T090000",
        "SEQUENCE:2",
        "STATUS:CONFIRMED",
    ]
    assert text.count("LOCATION:b") == 3
    assert "DTSTAMP:20261201T000000Z" in text


def test_a_change_of_all_later_dates_is_not_written():
    """RANGE=THISANDFUTURE is never written: the series has to be split first."""
    one = event(rules=["FREQ=WEEKLY"], overrides=[Override(paris(2026, 12, 3, 18), following=True)])
    with pytest.raises(InputError, match="split"):
        list(write_feed(FEED, [one]))


def test_zones_of_a_feed():
    """Each zone is defined once, before the first event in it; UTC and whole days need none."""
    from cantinekit.clock import zone

    york = utc(2026, 11, 26, 17).astimezone(zone("America/New_York"))
    events = [
        event("1@x", day("2026-11-26"), length=Length(1)),
        event("2@x", utc(2026, 11, 26)),
        event("3@x"),
        event("4@x"),
        event("5@x", york),
    ]
    text = lines(b"".join(write_feed(FEED, events)))
    marks = [line for line in text if line.startswith(("TZID:", "UID:"))]
    assert marks == [
        "UID:1@x",
        "UID:2@x",
        "TZID:Europe/Paris",
        "UID:3@x",
        "UID:4@x",
        "TZID:America/New_York",
        "UID:5@x",
    ]


def test_two_events_of_one_uid():
    """Two events with one UID would be one to a client: refused."""
    with pytest.raises(InputError, match="two events"):
        list(write_feed(FEED, [event(), event()]))


@pytest.mark.parametrize(
    "wrong",
    [
        {"series": 1},
        {"fields": {"color": "#fff"}},
        {"attendees": [1]},
        {"attendees": [Participant("mailto:a@x")] * 501},
    ],
)
def test_events_that_cannot_be_written(wrong):
    """What a calendar cannot say is a typed error when the event is made."""
    with pytest.raises(InputError):
        CalendarEvent(wrong.get("series", 1), NOW) if "series" in wrong else event(**wrong)
    with pytest.raises(InputError, match="does not repeat"):
        event(rules=["FREQ=DAILY"], instance=paris(2026, 12, 3, 18))
    for role, answer in (("BOSS", "ACCEPTED"), ("CHAIR", "PERHAPS")):
        with pytest.raises(InputError):
            Participant("mailto:a@x", role=role, answer=answer)


# --- streaming and what is kept ---


def test_a_feed_is_a_stream():
    """Pieces come as events do; what is held does not grow with their texts."""
    asked = 0

    def events():
        nonlocal asked
        for one in many(400):
            asked += 1
            yield one

    pieces = write_feed(FEED, events())
    next(pieces)
    assert asked == 0
    next(pieces)
    assert asked == 1
    tracemalloc.start()
    size = sum(map(len, write_feed(FEED, (event(f"{n}@x", fields={"description": "x" * 9_000}) for n in range(200)))))
    assert tracemalloc.get_traced_memory()[1] < size / 4
    tracemalloc.stop()


def test_the_same_again_is_the_same():
    """Equal events give equal bytes and an equal ETag, with what was kept and without."""
    kept = WrittenComponents()
    first = b"".join(write_feed(FEED, many(50), kept=kept))
    assert kept.written == 50
    again = b"".join(write_feed(FEED, many(50), kept=kept))
    assert kept.written == 0
    assert first == again == b"".join(write_feed(FEED, many(50)))
    assert etag([first]) == etag([again[:100], again[100:]])
    assert re.fullmatch(r'"[0-9a-f]{43}"', etag([first]))


def test_only_what_changed_is_written():
    """Of 200 events two are others: two are written, the rest are the bytes they were; the ETag is another."""
    kept = WrittenComponents()
    first = list(write_feed(FEED, many(200), kept=kept))
    second = list(write_feed(FEED, many(200, frozenset({3, 77})), kept=kept))
    assert kept.written == 2
    assert second == list(write_feed(FEED, many(200, frozenset({3, 77}))))
    assert sum(a is b for a, b in zip(first, second, strict=True)) >= 198
    assert etag(first) != etag(second)


def test_what_is_not_asked_for_is_forgotten():
    """What a whole run did not ask for is not kept for ever; a run that was broken off forgets nothing."""
    kept = WrittenComponents()
    list(write_feed(FEED, many(10), kept=kept))
    half = write_feed(FEED, many(10), kept=kept)
    next(half)
    half.close()
    assert len(kept) == 10
    list(write_feed(FEED, many(4), kept=kept))
    assert len(kept) == 4


def test_a_kept_event_that_changed_without_saying_so():
    """What is kept is compared whole: a changed title is written although nobody said when it was changed."""
    kept = WrittenComponents()
    one = event(fields={"title": "a"})
    list(write_feed(FEED, [one], kept=kept))
    other = attrs.evolve(one, series=attrs.evolve(one.series, fields={"title": "b"}))
    assert other.modified == one.modified
    assert b"SUMMARY:b" in b"".join(write_feed(FEED, [other], kept=kept))


@pytest.mark.parametrize(
    ("header", "found"), [(None, False), ("", False), ("*", True), ('"a"', True), ('"b", W/"a"', True), ('"ab"', False)]
)
def test_not_modified(header, found):
    """If-None-Match names the tag, alone or among others, weak or strong (RFC 9110, 13.1.2)."""
    assert matches(header, '"a"') is found


# --- whose feed ---


def test_whose_feed():
    """A place, a room, a member: each feed has the events that belong to it, what is private only behind a secret."""
    public = event("1@x", subjects=[PLACE, ROOM], fields={"title": "Atelier"})
    secret = event(
        "2@x",
        subjects=[PLACE, ZOE],
        fields={"title": "Entretien", "uid": "was|else"},
        private=True,
        organizer=Participant("mailto:o@x"),
    )
    everything = [public, secret]
    assert list(events_of(ROOM, everything, private=False)) == [public]
    assert list(events_of(ZOE, everything, private=True)) == [secret]
    assert list(events_of(Subject("space", "b"), everything, private=True)) == []
    open_to_all = b"".join(write_feed(FEED, events_of(PLACE, everything, private=False)))
    assert b"Atelier" in open_to_all
    assert b"Entretien" not in open_to_all
    assert b"ORGANIZER" not in open_to_all
    assert b"UID:was|else" in open_to_all
    assert b"Entretien" in b"".join(write_feed(FEED, events_of(PLACE, everything, private=True)))  # the control


def test_a_veiled_event_keeps_its_times():
    """Without its texts an event still says when, with its changed dates."""
    one = event(
        rules=["FREQ=WEEKLY"],
        fields={"title": "a"},
        overrides=[Override(paris(2026, 12, 3, 18), fields={"title": "b"})],
    )
    hidden = veiled(one)
    assert hidden.series.fields == ()
    assert hidden.series.overrides[0].fields == ()
    assert hidden.series.rules == one.series.rules
    assert read_programme(write_event(hidden), zone="UTC").events[0].series.start == one.series.start


# --- tokens ---


def numbered(size: int) -> bytes:
    return bytes(range(size))


def test_a_token():
    """Made from the randomness given, shown once, stored as a hash, found by its id, and it opens one feed."""
    text, stored = new_feed_token(ZOE, NOW, numbered)
    assert text == "ckf_AAECAwQFBgcI_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
    assert feed_token_id(text) == stored.id == "AAECAwQFBgcI"
    assert feed_token_opens(text, stored, ZOE)
    assert not feed_token_opens(text, stored, PLACE)
    assert text.rpartition("_")[2] not in repr(stored)
    assert stored.digest.hex() not in repr(stored)
    assert new_feed_token(ZOE, NOW, secrets.token_bytes)[0] != new_feed_token(ZOE, NOW, secrets.token_bytes)[0]


def test_a_wrong_token():
    """One character less, another, none, a revoked one, and one without a record open nothing."""
    text, stored = new_feed_token(ZOE, NOW, numbered)
    for wrong in (text[:-1], text[:-1] + "9", text + "x", "", text.upper(), None, 7, "ckf_" + "é" * 12 + "_x"):
        assert not feed_token_opens(wrong, stored, ZOE)
    assert feed_token_id("nonsense") is None
    assert not feed_token_opens(text, None, ZOE)
    gone = revoked(stored, NOW)
    assert not feed_token_opens(text, gone, ZOE)
    assert revoked(gone, NOW + timedelta(days=1)).revoked == NOW


def test_the_hash_of_nothing_is_no_key():
    """Where there is no record the digest that stands in for it opens nothing either."""
    record = FeedToken("AAECAwQFBgcI", ZOE, bytes(32), NOW)
    assert not feed_token_opens(new_feed_token(ZOE, NOW, numbered)[0], record, ZOE)


def test_tokens_are_compared_in_constant_time(monkeypatch):
    """Every question goes through compare_digest once, whatever is wrong; a comparison by == is seen (control)."""
    calls: list[tuple[int, int]] = []
    real = tokens.hmac.compare_digest
    monkeypatch.setattr(tokens.hmac, "compare_digest", lambda a, b: calls.append((len(a), len(b))) or real(a, b))
    text, stored = new_feed_token(ZOE, NOW, numbered)
    for given, record in ((text, stored), ("x", stored), (text, None), (text, revoked(stored, NOW)), (None, None)):
        feed_token_opens(given, record, ZOE)
    assert calls == [(32, 32)] * 5
    monkeypatch.setattr(tokens, "feed_token_opens", lambda given, record, subject: given == text)
    tokens.feed_token_opens(text, stored, ZOE)
    assert len(calls) == 5


@pytest.mark.parametrize("random", [lambda size: b"", lambda size: "x" * size, lambda size: bytes(size + 1)])
def test_randomness_that_is_none(random):
    """Too few bytes, or no bytes, make no token."""
    with pytest.raises(InputError):
        new_feed_token(ZOE, NOW, random)
    with pytest.raises(InputError):
        FeedToken("x", ZOE, b"short", NOW)


# --- another zone ---


@pytest.mark.parametrize("zone_name", ["Europe/Brussels", "Europe/London", "America/New_York"])
def test_a_kept_event_in_another_zone_is_written_anew(zone_name):
    """An event that moves to another zone is written with it, though its first occurrence is at the same instant: its
    later ones follow other clock changes. With its bytes comes the VTIMEZONE of the new zone."""
    kept = WrittenComponents()
    start = datetime(2026, 11, 26, 18, tzinfo=ZoneInfo("Europe/Paris"))
    exdate = datetime(2026, 12, 3, 18, tzinfo=ZoneInfo("Europe/Paris"))
    for more in ({}, {"exdates": [exdate]}):
        rules = {"rules": [Rule.parse("FREQ=WEEKLY;COUNT=5")]}
        one = event(start=start, **rules, **more)
        list(write_feed(FEED, [one], kept=kept))
        moved = {name: [when.astimezone(ZoneInfo(zone_name)) for when in found] for name, found in more.items()}
        other = event(start=start.astimezone(ZoneInfo(zone_name)), **rules, **moved)
        text = b"".join(write_feed(FEED, [other], kept=kept))
        assert text == b"".join(write_feed(FEED, [other]))
        assert f"DTSTART;TZID={zone_name}".encode() in text
        assert b"TZID=Europe/Paris" not in text
        assert kept.written == 1


def test_the_control_keeps_the_old_zone(monkeypatch):
    """Control: where two moments are the same because they are the same instant, the old zone is written again."""
    from cantinekit.scheduling.calendars import _feed

    kept = WrittenComponents()
    start = datetime(2026, 11, 26, 18, tzinfo=ZoneInfo("Europe/Paris"))
    list(write_feed(FEED, [event(start=start)], kept=kept))
    monkeypatch.setattr(_feed, "same", lambda one, other: one.series.start == other.series.start)
    text = b"".join(write_feed(FEED, [event(start=start.astimezone(ZoneInfo("Europe/Brussels")))], kept=kept))
    assert b"DTSTART;TZID=Europe/Paris" in text


# --- dates that stand for days ---

TWICE = "FREQ=DAILY;COUNT=6;BYHOUR=9,18"


def taking_place(series: Series) -> list[tuple[str, str, str]]:
    window = Period(utc(2026, 1, 1), utc(2027, 12, 1))
    return [(f"{one.start:%d %H}", one.status, dict(one.fields).get("title", "")) for one in series.between(window)]


def test_a_left_out_day_is_left_out_of_the_feed():
    """An exclusion that is a date takes out all that is on that day, also what is not at the time of DTSTART; whoever
    reads the feed is told the same.
    """
    made = event(start=paris(2026, 11, 26, 9), rules=[TWICE], exdates=[day("2026-11-27")])
    assert [when for when, _, _ in taking_place(made.series)] == ["26 08", "26 17", "28 08", "28 17"]
    (back,) = there_and_back([made])
    assert taking_place(back.series) == taking_place(made.series)
    assert write_event(made).count(b"EXDATE;TZID=Europe/Paris:20261127T090000,20261127T180000\r\n") == 1


def test_a_changed_day_is_changed_in_the_feed():
    """An override that names a day changes each start of that day, in the feed as in the library; one that names a
    start counts before it.
    """
    own = Override(paris(2026, 11, 27, 18), fields={"title": "late"})
    made = event(
        start=paris(2026, 11, 26, 9), rules=[TWICE], overrides=[own, Override(day("2026-11-27"), status="cancelled")]
    )
    assert taking_place(made.series)[2:4] == [("27 08", "cancelled", ""), ("27 17", "confirmed", "late")]
    (back,) = there_and_back([made])
    assert taking_place(back.series) == taking_place(made.series)


def test_a_day_moved_from_outside_the_window():
    """All starts of a day that an override moves are found where they were moved to, not only the first."""
    series = event(
        start=paris(2026, 11, 26, 9), rules=[TWICE], overrides=[Override(day("2026-11-27"), paris(2026, 12, 24, 9))]
    ).series
    assert [when for when, _, _ in taking_place(series)][-2:] == ["24 08", "24 08"]
    window = Period(utc(2026, 12, 24), utc(2026, 12, 25))
    assert len(list(series.between(window))) == 2


def test_a_change_of_no_date_is_not_written():
    """A change of a date that the series does not have shows nothing here, and is not in the feed, where other programs
    would show it.
    """
    gone = [Override(paris(2026, 11, 27, 9), fields={"title": "ghost"}), Override(paris(2026, 11, 27, 7))]
    made = event(start=paris(2026, 11, 26, 9), rules=[TWICE], overrides=gone, exdates=[paris(2026, 11, 27, 9)])
    assert b"RECURRENCE-ID" not in write_event(made)
    (back,) = there_and_back([made])
    assert taking_place(back.series) == taking_place(made.series)


def test_the_second_pass_of_an_hour():
    """What takes place in the second pass of an hour that comes twice is written in UTC, which says so."""
    second = paris(2026, 10, 25, 2).replace(fold=1)
    made = event(
        start=paris(2026, 10, 24, 2),
        length=Length(0, 600),
        rules=["FREQ=DAILY;COUNT=3"],
        rdates=[RDate(second, Length(0, 1200))],
        overrides=[Override(paris(2026, 10, 24, 2), second)],
    )
    assert [when for when, _, _ in taking_place(made.series)] == ["25 00", "25 01", "25 01", "26 01"]
    assert b"RDATE:20261025T010000Z\r\n" in write_event(made)
    (back,) = there_and_back([made])
    assert taking_place(back.series) == taking_place(made.series)


def test_a_cancelled_series_is_cancelled_on_each_date():
    """An override does not bring back a date of a series that is cancelled, in the feed neither."""
    made = event(rules=["FREQ=DAILY;COUNT=2"], status="cancelled", overrides=[Override(paris(2026, 11, 27, 18))])
    sure = attrs.evolve(made.series.overrides[0], status="confirmed")
    made = attrs.evolve(made, series=attrs.evolve(made.series, overrides=[sure]))
    assert {one.status for one in made.series.between(Period(utc(2026, 1, 1), utc(2027, 1, 1)))} == {"cancelled"}
    assert b"CONFIRMED" not in write_event(made)


def test_whole_days_last_whole_days():
    """A changed or extra date of whole days lasts whole days too: a calendar can say nothing else."""
    for more in (
        {"overrides": [Override(day("2026-11-27"), length=Length(0, 60))]},
        {"rdates": [RDate(day("2026-11-27"), Length())]},
    ):
        with pytest.raises(InputError, match="lasts whole days"):
            event(start=day("2026-11-26"), length=Length(1), **more)
