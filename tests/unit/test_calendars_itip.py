"""Invitations: REQUEST, CANCEL, REPLY written and read, which is the newer, and answers put together (RFC 5546)."""

from __future__ import annotations

from datetime import timedelta
from email.message import EmailMessage

import attrs
import pytest

from cantinekit.errors import CalendarError, InputError
from cantinekit.scheduling.calendars import (
    CalendarMessage,
    Participant,
    answered,
    cancel,
    newer,
    one_date,
    read_messages,
    reply,
    request,
)
from cantinekit.scheduling.recurrence import Override
from support.calendars.texts import NOW, calendar, event, paris, plain, utc, vevent

BOSS = Participant("mailto:o@example.org", "La Cantine")
ZOE, ALI = Participant("mailto:zoe@example.org", "Zoé", rsvp=True), Participant("mailto:ali@example.org")
LATER = NOW + timedelta(hours=1)
MEETING = event(
    "meeting@example.org",
    rules=["FREQ=WEEKLY;COUNT=5"],
    sequence=2,
    fields={"title": "Conseil"},
    overrides=[Override(paris(2026, 12, 3, 18), start=paris(2026, 12, 4, 18), sequence=3)],
    organizer=BOSS,
    attendees=[ZOE, ALI],
)


def back(message: CalendarMessage) -> CalendarMessage:
    """The message after it was written and read."""
    (found,), problems = read_messages(message.write(), zone="Europe/Paris")
    assert problems == ()
    return found


def lines(message: CalendarMessage) -> list[str]:
    return message.write().replace(b"\r\n ", b"").decode().split("\r\n")


def test_a_request():
    """METHOD stands in VCALENDAR, the attendees and the changed dates go along, DTSTAMP is that of the message."""
    message = request(MEETING, LATER)
    text = lines(message)
    assert text.index("METHOD:REQUEST") < text.index("BEGIN:VEVENT")
    assert text.count("METHOD:REQUEST") == 1
    assert text.count("BEGIN:VEVENT") == 2
    assert "ATTENDEE;CN=Zoé;PARTSTAT=NEEDS-ACTION;ROLE=REQ-PARTICIPANT;RSVP=TRUE:mailto:zoe@example.org" in text
    assert "DTSTAMP:20261126T130000Z" in text
    found = back(message)
    assert (found.method, found.stamp, found.event.attendees) == ("REQUEST", LATER, (ZOE, ALI))
    want = attrs.evolve(plain(MEETING), modified=LATER)
    overrides = [attrs.evolve(one, stamp=LATER) for one in want.series.overrides]
    want = attrs.evolve(want, series=attrs.evolve(want.series, overrides=overrides))
    assert plain(found.event) == want
    body = EmailMessage()
    body["Content-Type"] = message.media_type
    assert body["Content-Type"].params["method"] == "REQUEST"


def test_a_cancellation():
    """CANCEL: STATUS CANCELLED, the next SEQUENCE, and it counts where the REQUEST was taken in."""
    message = cancel(MEETING, LATER)
    text = lines(message)
    assert "METHOD:CANCEL" in text
    assert "STATUS:CANCELLED" in text
    assert "SEQUENCE:3" in text
    assert text.count("BEGIN:VEVENT") == 1
    assert newer(back(message), than=back(request(MEETING, LATER)))
    assert back(message).off


def test_one_date_is_cancelled():
    """One VEVENT with RECURRENCE-ID for one date; the series is not touched."""
    date = one_date(MEETING, paris(2026, 12, 3, 18), zone="Europe/Paris")
    message = cancel(date, LATER)
    text = lines(message)
    assert "RECURRENCE-ID;TZID=Europe/Paris:20261203T180000" in text
    assert "DTSTART;TZID=Europe/Paris:20261204T180000" in text
    assert not [line for line in text if line.startswith("RRULE") and "BYDAY" not in line]
    assert "SEQUENCE:4" in text
    found = back(message)
    assert found.event.instance == paris(2026, 12, 3, 18)
    with pytest.raises(InputError, match="not about the same"):
        newer(found, than=request(MEETING, NOW))
    with pytest.raises(InputError, match="no occurrence"):
        one_date(MEETING, paris(2026, 12, 5, 18), zone="Europe/Paris")


def test_somebody_is_not_invited_any_more():
    """A removed attendee gets a CANCEL alone, which says nothing of a status: the event goes on (RFC 5546, 3.2.5)."""
    message = cancel(MEETING, LATER, [ALI])
    text = lines(message)
    assert not [line for line in text if line.startswith("STATUS")]
    assert [line for line in text if line.startswith("ATTENDEE")] == [
        "ATTENDEE;PARTSTAT=NEEDS-ACTION;ROLE=REQ-PARTICIPANT:mailto:ali@example.org"
    ]
    found = back(message)
    assert not found.off
    assert found.event.attendees == (ALI,)
    assert found.event.series.sequence == 3


def test_an_answer():
    """REPLY: one attendee, the SEQUENCE of the REQUEST; the organizer's list then has the answer."""
    asked = back(request(MEETING, NOW))
    answer = back(reply(asked, attrs.evolve(ZOE, answer="ACCEPTED"), LATER))
    assert (answer.method, answer.event.series.sequence) == ("REPLY", 2)
    assert [one.answer for one in answer.event.attendees] == ["ACCEPTED"]
    taken = answered(asked, answer)
    assert [(one.address, one.answer) for one in taken.event.attendees] == [
        ("mailto:zoe@example.org", "ACCEPTED"),
        ("mailto:ali@example.org", "NEEDS-ACTION"),
    ]


def test_answers_that_do_not_count():
    """To an older version, from somebody who was not invited, to another event, or no answer at all."""
    asked = request(MEETING, NOW)
    answer = reply(asked, attrs.evolve(ZOE, answer="DECLINED"), LATER)
    moved = request(attrs.evolve(MEETING, series=attrs.evolve(MEETING.series, sequence=3)), LATER)
    with pytest.raises(InputError, match="SEQUENCE 2, not to 3"):
        answered(moved, answer)
    stranger = attrs.evolve(
        answer, event=attrs.evolve(answer.event, attendees=(Participant("mailto:eve@example.org"),))
    )
    with pytest.raises(InputError, match="was not invited"):
        answered(asked, stranger)
    with pytest.raises(InputError, match="was not invited"):
        reply(asked, Participant("mailto:eve@example.org"), LATER)
    with pytest.raises(InputError, match="not a REPLY"):
        answered(asked, asked)
    with pytest.raises(InputError, match="a REQUEST is answered"):
        reply(answer, ZOE, LATER)


@pytest.mark.parametrize(
    ("first", "second", "found"),
    [
        ((2, 0), (3, 0), False),
        ((3, 0), (2, 5), True),
        ((2, 0), (2, 5), False),
        ((2, 5), (2, 0), True),
        ((2, 0), (2, 0), False),
    ],
)
def test_which_is_the_newer(first, second, found):
    """The higher SEQUENCE, then the later DTSTAMP; one that came twice is no news (RFC 5546, 2.1.5)."""

    def message(sequence: int, minutes: int) -> CalendarMessage:
        series = attrs.evolve(MEETING.series, sequence=sequence)
        return request(attrs.evolve(MEETING, series=series), NOW + timedelta(minutes=minutes))

    assert newer(message(*first), than=message(*second)) is found


def test_answers_of_two_people_are_apart():
    """Two people's answers to one REQUEST do not push each other out; capitals in an address make no other person."""
    asked = request(MEETING, NOW)
    one, two = (reply(asked, attrs.evolve(who, answer="ACCEPTED"), LATER) for who in (ZOE, ALI))
    with pytest.raises(InputError, match="not about the same"):
        newer(one, than=two)
    loud = attrs.evolve(ZOE, address="MAILTO:ZOE@example.org", answer="DECLINED")
    assert newer(reply(asked, loud, LATER + timedelta(minutes=1)), than=one)


@pytest.mark.parametrize(
    ("method", "changes"),
    [
        ("REQUEST", {"organizer": None}),
        ("REQUEST", {"attendees": ()}),
        ("REPLY", {}),
        ("CANCEL", {"attendees": ()}),
        ("COUNTER", {}),
    ],
)
def test_messages_that_are_none(method, changes):
    """A message without an organizer, to nobody, from two people, or of another method is a typed error."""
    with pytest.raises(InputError):
        CalendarMessage(method, attrs.evolve(MEETING, **changes), NOW)


# --- from others ---

HEAD = ("ORGANIZER:mailto:o@example.org", "ATTENDEE;PARTSTAT=ACCEPTED:mailto:zoe@example.org")


@pytest.mark.parametrize("method", ["CANCEL", "REPLY"])
def test_a_message_without_a_start(method):
    """A cancellation or an answer need not say when; what stands in its place is told."""
    text = calendar(f"METHOD:{method}", *vevent(*HEAD, "SEQUENCE:3", "STATUS:CANCELLED", start=""))
    (found,), problems = read_messages(text, zone="UTC")
    assert [(one.code, one.done) for one in problems] == [("no-start", "changed")]
    assert (found.method, found.event.series.sequence, found.stamp) == (method, 3, utc(2026, 1, 1))


def test_several_dates_in_one_message():
    """Several dates of a series are cancelled in one text: a message for each."""
    dates = [
        vevent(*HEAD, "STATUS:CANCELLED", f"RECURRENCE-ID:202612{n:02}T090000Z", start=f"DTSTART:202612{n:02}T090000Z")
        for n in (3, 10)
    ]
    found, problems = read_messages(calendar("METHOD:CANCEL", *dates[0], *dates[1]), zone="UTC")
    assert [one.event.instance for one in found] == [utc(2026, 12, 3, 9), utc(2026, 12, 10, 9)]
    assert problems == ()


@pytest.mark.parametrize(
    "text",
    [
        calendar(*vevent(*HEAD)),
        calendar("METHOD:PUBLISH", *vevent(*HEAD)),
        calendar("METHOD:REQUEST", *vevent(*HEAD), *vevent(*HEAD, uid="two")),
        calendar("METHOD:REQUEST", *vevent(*HEAD), *vevent(*HEAD, "DTEND:nonsense", uid="two")),
        calendar("METHOD:REQUEST", *vevent("ATTENDEE:mailto:a@x")),
        calendar("METHOD:REQUEST", *vevent(*HEAD, start="")[:2]),
        calendar("METHOD:REPLY", *vevent(*HEAD, "ATTENDEE:mailto:b@x")),
        calendar("METHOD:REQUEST", *vevent(*HEAD)) + calendar("METHOD:CANCEL", *vevent(*HEAD)),
    ],
    ids=[
        "no method",
        "publish",
        "two events",
        "one cannot be read",
        "no organizer",
        "cut",
        "two answers",
        "two methods",
    ],
)
def test_what_is_no_message(text):
    """What is not one message about one event is refused whole, with all that is wrong with it."""
    with pytest.raises(CalendarError) as caught:
        read_messages(text, zone="UTC")
    assert caught.value.problems[-1].code == "message"
    assert caught.value.problems[-1].done == "refused"
