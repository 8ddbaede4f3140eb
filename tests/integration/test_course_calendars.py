"""What shows a course shows its meetings: agenda, programme, figures, pictures, the busy index, invitations."""

from __future__ import annotations

import email
import email.policy
from datetime import UTC, date, datetime, time

import attrs
import icalendar
import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.backends.notices import RecordingNotifier, Sender
from cantinekit.backends.notices._mail import compose
from cantinekit.clock import Period, WallTime
from cantinekit.pictures import month_of, week_of
from cantinekit.plugins.ports import Change
from cantinekit.runtime import codec
from cantinekit.scheduling.calendars import newer, read_messages
from support.houses import small_house
from support.houses.tuesday_course import DAYS, after, course_house, due, ids, seat, tuesdays

CHRISTMAS = Period(datetime(2026, 12, 14, tzinfo=UTC), datetime(2026, 12, 21, tzinfo=UTC))


class Inviting(RecordingNotifier):
    organizer: str | None = "agenda@cantine.example.org"


# --- the programme and the figures ---


def test_the_agenda_shows_each_meeting_on_its_day():
    """A day of a course has that meeting, with the room and the time that it has; the days between have nothing."""
    house = course_house()
    house.do(tuesdays())
    seat(house, "zoe")
    third, fourth = ids(house)[2:4]
    house.do(c.MoveMeeting(session_id="crs", meeting_id=third, starts=time(9), ends=time(10), space_id="a"))
    house.do(c.CancelMeeting(session_id="crs", meeting_id=fourth, reason="ill"))
    read = house.cantine.read
    (item,) = read.agenda("paris", DAYS[2])
    assert (item.kind, item.id, item.meeting_id, item.space_id, item.state) == ("session", "crs", third, "a", "1/3")
    assert item.period.start == datetime(2026, 12, 15, 8, tzinfo=UTC)
    assert [one.state for one in read.agenda("paris", DAYS[3])] == ["cancelled"]
    assert read.agenda("paris", date(2026, 12, 16)) == ()
    assert [one.meeting_id for one in read.agenda("paris", date(2026, 11, 25))] == [None, None]


@pytest.mark.parametrize("store", ["memory://", "sqlite:///{}/house.db"])
def test_the_programme_has_a_course_once(store, tmp_path):
    """A period that several meetings touch has the course once; one between two meetings does not have it."""
    house = course_house(storage=store.format(tmp_path))
    house.do(tuesdays())
    programme = house.cantine.read.programme
    assert [one.id for one in programme("paris", Period(CHRISTMAS.start, datetime(2027, 3, 1, tzinfo=UTC)))] == ["crs"]
    assert [one.id for one in programme("paris", CHRISTMAS)] == ["crs"]
    between = Period(datetime(2026, 12, 16, tzinfo=UTC), datetime(2026, 12, 21, tzinfo=UTC))
    assert programme("paris", between) == ()
    house.do(c.MoveMeeting(session_id="crs", meeting_id=ids(house)[2], day=date(2026, 12, 17)))
    assert [one.id for one in programme("paris", between)] == ["crs"]
    house.cantine.close()


def test_each_meeting_that_was_held_is_an_event():
    """The count of events has each meeting that was held, in its month; also of a course that ended early."""
    house = course_house()
    house.do(tuesdays())
    seat(house, "zoe")
    seat(house, "bob")
    house.do(c.CancelMeeting(session_id="crs", meeting_id=ids(house)[4], reason="holidays"))
    after(house, 7)
    read = house.cantine.read
    ours = {one.month: (one.sessions, one.seats) for one in read.events(["paris"], 2026)}
    assert ours[date(2026, 12, 1)] == (4, 8)  # five Tuesdays, one of them cancelled
    assert [(one.month, one.sessions, one.seats) for one in read.events(["paris"], 2027)] == [(date(2027, 1, 1), 2, 4)]
    assert (read.attendance("paris", DAYS[2]).sessions, read.attendance("paris", DAYS[2]).seats_taken) == (1, 2)
    assert read.attendance("paris", DAYS[4]).sessions == 0
    house.do(c.CancelSession("crs", reason="fire"))
    assert [one.sessions for one in read.events(["paris"], 2027)] == [2]


def test_pictures_draw_the_meetings():
    """A week shows the meeting that is in it, in its room, and the month each one; a cancelled one is not drawn."""
    house = course_house()
    house.do(tuesdays())
    read = house.cantine.read
    week = week_of(read, "paris", date(2026, 12, 14), lang="en").svg()
    assert "Poterie" in week
    assert "Poterie" not in week_of(read, "paris", date(2026, 12, 16), days=3, lang="en").svg()
    drawn = month_of(read, "paris", date(2026, 12, 1), lang="en").svg().count("Poterie")
    house.do(c.CancelMeeting(session_id="crs", meeting_id=ids(house)[1], reason="ill"))
    assert month_of(read, "paris", date(2026, 12, 1), lang="en").svg().count("Poterie") < drawn
    assert "Poterie" not in week_of(read, "paris", date(2026, 12, 7), lang="en").svg()


def test_a_meeting_that_drifted_is_named():
    """A new edition of the zone data shows in the meeting that it concerns."""
    house = course_house()
    house.do(tuesdays())
    assert house.cantine.read.drifted("paris", CHRISTMAS) == ()
    (row,) = house.storage.load([codec.key_of(m.Subject("session", "crs"))])
    course = codec.decode(row)
    third = attrs.evolve(course.meetings[2], starts=WallTime(DAYS[2], time(18), "Europe/London"))
    meetings = (*course.meetings[:2], third, *course.meetings[3:])
    house.storage.apply(Change(rows=(codec.encode(attrs.evolve(course, meetings=meetings), row.version + 1),)))
    (found,) = house.cantine.read.drifted("paris", CHRISTMAS)
    assert (found.meeting_id, found.starts.hour) == (third.id, 18)


def test_the_busy_index_follows_the_meetings():
    """An index that is fed by the journal has the claims of the live meetings, as the pages do."""
    house = course_house()
    house.do(tuesdays())
    index = house.cantine.read.busy_index()
    meetings = ids(house)
    house.do(c.MoveMeeting(session_id="crs", meeting_id=meetings[2], day=date(2026, 12, 16), space_id="a1"))
    house.do(c.CancelMeeting(session_id="crs", meeting_id=meetings[3], reason="ill"))
    index = house.cantine.read.busy_index(index)
    assert [len(index.claims(id)) for id in meetings[:5]] == [1, 1, 1, 0, 1]
    assert not index.fits("a1", small_house.period(17, 18, date(2026, 12, 16)))
    assert index.fits("b", small_house.period(17, 18, DAYS[2]))
    after(house, 1)
    house.do(c.CancelSession("crs", reason="fire"))
    index = house.cantine.read.busy_index(index)
    assert [len(index.claims(id)) for id in meetings] == [1, *[0] * 7]


# --- invitations ---


def told(mail: Inviting, who: str = "zoe") -> list[tuple[str, list[tuple[str, str, int]]]]:
    """The messages of a person with what their invitations say: method, which meeting, SEQUENCE."""
    found = []
    for message in mail.messages:
        if message.to.startswith(f"canary-{who}"):
            sent = [one for one in (message.invitation, *message.more_invitations) if one is not None]
            lines = [(one.method, *_said(one.calendar)) for one in sent]
            found.append((message.template, lines))
    return found


def _said(calendar: bytes) -> tuple[str, int]:
    (message,), problems = read_messages(calendar, zone="Europe/Paris")
    assert problems == ()
    return message.event.series.uid.partition("@")[0].rpartition("-")[2], message.event.series.sequence


def test_each_meeting_is_an_event_of_its_own():
    """A seat brings a REQUEST for each meeting; a move raises the SEQUENCE of one; a cancelled one gets its CANCEL."""
    mail = Inviting()
    house = course_house(notify=[mail])
    house.do(tuesdays(days=DAYS[:3], seats=1))
    seat(house, "zoe")
    house.do(c.Register(session_id="crs", person_id="bob"))
    one, two, three = ids(house)
    house.do(c.MoveMeeting(session_id="crs", meeting_id=two, starts=time(17)))
    house.do(c.CancelMeeting(session_id="crs", meeting_id=three, reason="ill"))
    house.clock.set(datetime(2026, 12, 2, tzinfo=UTC))
    house.do(c.CancelRegistration(house.cantine.read.registrations("crs")[0].id))
    assert told(mail) == [
        ("seat confirmed", [("REQUEST", one, 0), ("REQUEST", two, 0), ("REQUEST", three, 0)]),
        ("meeting moved", [("REQUEST", one, 0), ("REQUEST", two, 1), ("REQUEST", three, 0)]),
        ("meeting cancelled", [("CANCEL", three, 2)]),
        ("seat cancelled", [("CANCEL", two, 2), ("CANCEL", three, 2)]),
    ]
    assert [lines for _, lines in told(mail, "bob")] == [[], [], []]


def test_the_invitation_to_a_moved_meeting_is_newer():
    """The same UID, the new time, a higher SEQUENCE: calendars take it in the place of the old one."""
    mail = Inviting()
    house = course_house(notify=[mail])
    house.do(tuesdays(days=DAYS[:2]))
    seat(house, "zoe")
    house.do(c.MoveMeeting(session_id="crs", meeting_id=ids(house)[1], starts=time(17)))
    first, then = (
        read_messages(message.more_invitations[0].calendar, zone="Europe/Paris")[0][0] for message in mail.messages
    )
    assert newer(then, than=first)
    assert (first.event.series.start.hour, then.event.series.start.hour) == (18, 17)


def test_the_mail_of_a_course():
    """The mail has the first meeting as its calendar object and each as a file; other programs read them all."""
    mail = Inviting()
    house = course_house(notify=[mail])
    house.do(tuesdays(days=DAYS[:3]))
    seat(house, "zoe")
    sent = compose(mail.messages[-1], Sender("bonjour@cantine.example.org"), house.clock.now())
    read = email.message_from_bytes(sent.content, policy=email.policy.default)
    files = [part for part in read.walk() if part.get_filename()]
    assert [part.get_filename() for part in files] == ["invite.ics", "invite-2.ics", "invite-3.ics"]
    events = [icalendar.Calendar.from_ical(part.get_payload(decode=True)).walk("VEVENT") for part in files]
    assert [one["DTSTART"].dt.date() for (one,) in events] == list(DAYS[:3])
    assert len({str(one["UID"]) for (one,) in events}) == 3


def test_a_course_that_is_cancelled_leaves_the_calendars():
    """Whoever has a seat gets a CANCEL for each meeting that is not over."""
    mail = Inviting()
    house = course_house(notify=[mail])
    house.do(tuesdays(days=DAYS[:3]))
    seat(house, "zoe")
    after(house, 1)
    house.do(c.CancelSession("crs", reason="fire"))
    due(house)
    found = dict(told(mail))
    assert [method for method, *_ in found["course cut short"]] == ["CANCEL", "CANCEL"]
