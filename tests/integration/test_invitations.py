"""Invitations from a booking to a mail that calendars read: real server, and the mail as three parsers read it."""

from __future__ import annotations

import email
import email.policy
import logging
from datetime import UTC, date, time, timedelta

import icalendar
import pytest
from ical.calendar_stream import IcsCalendarStream

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.backends.notices import RecordingNotifier, Sender, SmtpNotifier
from cantinekit.errors import InputError
from cantinekit.plugins.ports import Invitation, Invites, Message
from cantinekit.scheduling.calendars import newer, read_messages
from support.houses.small_house import House, open_house, period
from support.servers.mail_server import MailServer

ORGANIZER = "agenda@cantine.example.org"


class Inviting(RecordingNotifier):
    """Records, and wants invitations."""

    organizer: str | None = ORGANIZER


def inviting() -> tuple[House, Inviting]:
    mail = Inviting()
    return open_house(notify=[mail]), mail


def booked(house: House, **options) -> m.Booking:
    command = c.Book(
        space_id="b", product_id="room", period=period(12.5, 14), person_id="zoe", account="desk", **options
    )
    booking = house.do(command).value
    assert booking.state == "confirmed"
    return booking


def read(message: Message):
    assert message.invitation is not None
    (found,), problems = read_messages(message.invitation.calendar, zone="Europe/Paris")
    assert problems == ()
    return found


# --- what is made ---


def test_a_booking_and_its_cancellation():
    """What is confirmed is a REQUEST at the time and place of the booking; its cancellation is newer."""
    house, mail = inviting()
    booking = booked(house)
    house.do(c.CancelBooking(booking.id))
    told = {one.template: one for one in mail.messages}
    request, cancelled = read(told["booking confirmed"]), read(told["booking cancelled"])
    assert (request.method, cancelled.method) == ("REQUEST", "CANCEL")
    series = request.event.series
    assert (series.start.astimezone(UTC), series.length.seconds) == (booking.period.start, 90 * 60)
    assert str(series.start.tzinfo) == "Europe/Paris"
    assert (request.event.text("title"), request.event.text("location")) == ("Salle B", "Paris")
    assert request.event.organizer.address == f"mailto:{ORGANIZER}"
    (who,) = request.event.attendees
    assert (who.address, who.name, who.answer, who.rsvp) == (
        "mailto:canary-zoe@example.org",
        "Canary-Zoe",
        "ACCEPTED",
        False,
    )
    assert series.uid == cancelled.event.series.uid == f"booking-{booking.id}@cantine.example.org"
    assert newer(cancelled, than=request)
    assert cancelled.off


def test_a_seat_and_its_cancellation():
    """The same for a seat at a workshop, of somebody who waited for it too."""
    house, mail = inviting()
    seats = [house.do(c.Register(session_id="free", person_id=id)).value for id in ("zoe", "bob", "eve")]
    assert seats[2].state == "waiting"
    house.do(c.CancelRegistration(seats[0].id))
    told = [(one.to.partition("@")[0], one.template, one.invitation and one.invitation.method) for one in mail.messages]
    assert told == [
        ("canary-zoe", "seat confirmed", "REQUEST"),
        ("canary-bob", "seat confirmed", "REQUEST"),
        ("canary-eve", "waiting list joined", None),
        ("canary-zoe", "seat cancelled", "CANCEL"),
        ("canary-eve", "seat promoted", "REQUEST"),
    ]
    first, off = read(mail.messages[0]), read(mail.messages[3])
    assert newer(off, than=first)
    assert first.event.text("title") == "Conférence"


def test_a_move_is_a_newer_request():
    """What was moved is a REQUEST with the same UID, the new time and the next SEQUENCE."""
    house, mail = inviting()
    booking = booked(house)
    later = house.do(c.MoveBooking(booking.id, period=period(15, 16), space_id="a1")).value
    before, moved = (read(one) for one in mail.messages if one.template in ("booking confirmed", "booking moved"))
    assert moved.method == "REQUEST"
    assert moved.event.series.uid == before.event.series.uid
    assert moved.event.series.sequence == before.event.series.sequence + 1
    assert moved.event.series.start.astimezone(UTC) == later.period.start
    assert moved.event.text("title") == "Salle A1"


def test_a_seat_that_is_moved_there_and_back():
    """The event of the new session is a REQUEST, that of the session before is cancelled; back again it is newer."""
    house, mail = inviting()
    later = c.AddSession(
        workshop_id="talk", day=date(2026, 11, 27), starts=time(12), ends=time(14), seats=2, id="later"
    )
    house.do(later)
    seat = house.do(c.Register(session_id="free", person_id="zoe")).value.id
    told = [mail.messages[-1]]
    for session in ("later", "free"):
        house.do(c.MoveRegistration(registration_id=seat, session_id=session))
        told.append(mail.messages[-1])
    methods = [[one.invitation.method, *(more.method for more in one.more_invitations)] for one in told]
    assert methods == [["REQUEST"], ["REQUEST", "CANCEL"], ["REQUEST", "CANCEL"]]

    def also(message: Message):
        ((found,), _) = read_messages(message.more_invitations[0].calendar, zone="Europe/Paris")
        return found

    first, there, back = (read(one) for one in told)
    assert also(told[1]).event.series.uid == first.event.series.uid == back.event.series.uid
    assert also(told[2]).event.series.uid == there.event.series.uid != first.event.series.uid
    assert newer(also(told[1]), than=first)
    assert newer(back, than=also(told[1]))
    assert newer(also(told[2]), than=there)


def test_a_session_that_is_moved_and_cancelled():
    """Who has a seat gets the new time as a newer REQUEST of the same UID, then a CANCEL; who waits gets no REQUEST."""
    house, mail = inviting()
    for id in ("zoe", "bob", "eve"):
        house.do(c.Register(session_id="free", person_id=id))
    house.do(c.MoveSession("free", starts=time(14), ends=time(16)))
    house.do(c.CancelSession("free", reason="painters"))
    house.cantine.run_due()
    house.wait(minutes=5)
    house.cantine.run_due()
    mine = [one for one in mail.messages if one.to.startswith("canary-zoe")]
    assert [(one.template, one.invitation and one.invitation.method) for one in mine] == [
        ("seat confirmed", "REQUEST"),
        ("session moved", "REQUEST"),
        ("session cancelled", "CANCEL"),
    ]
    first, moved, off = (read(one) for one in mine)
    assert moved.event.series.start.hour == 14
    assert first.event.series.start.hour == 12
    assert newer(moved, than=first)
    assert newer(off, than=moved)
    theirs = [one.invitation for one in mail.messages if one.to.startswith("canary-eve")]
    assert "REQUEST" not in [one.method for one in theirs if one is not None]


def test_a_message_that_is_late_brings_nothing_back():
    """A confirmation that goes out after the cancellation carries no invitation: nothing reappears in a calendar."""
    mail = Inviting(["outage"])
    house = open_house(notify=[mail])
    booking = booked(house)
    house.do(c.CancelBooking(booking.id))
    house.wait(hours=1)
    house.cantine.run_due()
    told = {one.template: one.invitation and one.invitation.method for one in mail.messages}
    assert told == {"booking cancelled": "CANCEL", "booking confirmed": None}


def test_a_try_again_has_the_same_sequence():
    """A second try of a message has the same UID and SEQUENCE as the first."""
    mail = Inviting(["lost"])
    house = open_house(notify=[mail])
    booked(house)
    house.wait(hours=1)
    house.cantine.run_due()
    first, again = (read(one).event.series for one in mail.received)
    assert (first.uid, first.sequence) == (again.uid, again.sequence)


def test_a_whole_series_has_none():
    """A message on a whole series goes out, and carries no invitation."""
    house, mail = inviting()
    weekly = c.BookSeries(
        space_id="b",
        product_id="room",
        day=date(2026, 12, 1),
        starts=time(10),
        ends=time(12),
        rule="FREQ=WEEKLY;COUNT=3",
        person_id="zoe",
        account="desk",
    )
    house.do(weekly)
    assert [(one.template, one.invitation) for one in mail.messages] == [("series booked", None)]


def test_only_who_asks_gets_them():
    """A notifier that does not invite, or invites in nobody's name, gets the message alone."""
    silent = Inviting()
    silent.organizer = None
    plain = RecordingNotifier()
    assert not isinstance(plain, Invites)
    house = open_house(notify=[plain, silent])
    booked(house)
    assert [one.messages[0].invitation for one in (plain, silent)] == [None, None]


def test_what_a_calendar_cannot_say(caplog):
    """Where no invitation can be made the message goes out without it; a warning says of which record, not whose."""
    mail = Inviting()
    house = open_house(notify=[mail])
    mail.organizer = f"agenda@{'x' * 200}.example.org"  # the UID would be too long
    with caplog.at_level(logging.WARNING, "cantinekit"):
        booked(house)
    assert [one.invitation for one in mail.messages] == [None]
    assert "goes without an invitation: TextError" in caplog.text
    assert "example.org" not in caplog.text


@pytest.mark.parametrize("calendar", [b"", b"BEGIN:VCALENDAR\r\nMETHOD:CANCEL\r\n", b"X-METHOD:REQUEST\r\n"])
def test_an_invitation_says_one_method(calendar):
    """An invitation whose calendar says another method than itself, or none, cannot be made."""
    with pytest.raises(InputError):
        Invitation("REQUEST", calendar)
    with pytest.raises(InputError):
        Invitation("PUBLISH", b"\r\nMETHOD:PUBLISH\r\n")


# --- the mail as programs read it ---


@pytest.fixture(scope="module")
def mails() -> dict[str, bytes]:
    """The mails of a booking and of its cancellation, as the server got them."""
    with MailServer() as server:
        sender = Sender("bonjour@cantine.example.org", "La Cantine")
        notifier = SmtpNotifier("localhost", sender, port=server.port, tls="none", organizer=ORGANIZER)
        house = open_house(notify=[notifier])
        booking = booked(house)
        house.do(c.CancelBooking(booking.id))
        return {one.mail["Subject"].partition(":")[0]: one.content for one in server.taken}


WANTED = {"Booking confirmed": ("REQUEST", "CONFIRMED"), "Booking cancelled": ("CANCEL", "CANCELLED")}


@pytest.mark.parametrize("subject", WANTED)
def test_the_parts(mails, subject):
    """The text and the calendar are alternatives, the file is attached; the method is the same in all places."""
    mail = email.message_from_bytes(mails[subject], policy=email.policy.default)
    assert mail.defects == []
    assert [part.get_content_type() for part in mail.walk()] == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "text/calendar",
        "application/ics",
    ]
    method, _ = WANTED[subject]
    calendar, attached = list(mail.walk())[4:]
    assert calendar["Content-Type"].params["method"] == attached["Content-Type"].params["method"] == method
    assert calendar.get_content_charset() == "utf-8"
    assert attached.get_filename() == "invite.ics"
    assert "Salle B" in mail.get_body(("plain",)).get_content()
    raw = calendar.get_payload(decode=True)
    assert raw == attached.get_payload(decode=True)
    assert f"\r\nMETHOD:{method}\r\n".encode() in raw
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert max(map(len, raw.split(b"\r\n"))) <= 75


@pytest.mark.parametrize("subject", WANTED)
def test_icalendar_reads_the_mail(mails, subject):
    """icalendar finds the event with its method, people, times and zone, and no error."""
    mail = email.message_from_bytes(mails[subject], policy=email.policy.default)
    read = icalendar.Calendar.from_ical(mail.get_body(("calendar",)).get_payload(decode=True))
    method, status = WANTED[subject]
    (found,) = read.walk("VEVENT")
    assert read.errors == found.errors == []
    assert (str(read["METHOD"]), str(found["STATUS"])) == (method, status)
    assert str(found["ORGANIZER"]) == f"mailto:{ORGANIZER}"
    assert str(found["ATTENDEE"]) == "mailto:canary-zoe@example.org"
    assert found["ATTENDEE"].params["PARTSTAT"] == "ACCEPTED"
    assert found["DTSTART"].dt.astimezone(UTC) == period(12.5, 14).start
    assert found["DTEND"].dt - found["DTSTART"].dt == timedelta(minutes=90)
    assert [str(one["TZID"]) for one in read.walk("VTIMEZONE")] == ["Europe/Paris"]


def test_ical_reads_the_mails(mails):
    """ical (pydantic) finds the same event in both, the second with the higher SEQUENCE."""
    found = {}
    for subject in WANTED:
        mail = email.message_from_bytes(mails[subject], policy=email.policy.default)
        text = mail.get_body(("calendar",)).get_payload(decode=True).decode()
        (calendar,) = IcsCalendarStream.from_ics(text).calendars
        (found[subject],) = calendar.events
        assert (calendar.method or "").upper() == WANTED[subject][0]
    request, cancelled = (found[subject] for subject in WANTED)
    assert request.uid == cancelled.uid
    assert cancelled.sequence > request.sequence
    assert request.dtstart.astimezone(UTC) == period(12.5, 14).start
    assert (request.status.value, cancelled.status.value) == ("CONFIRMED", "CANCELLED")
