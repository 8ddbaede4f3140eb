"""Reminders before a booking, a session and the end of a pass: once, in time, and only of what stands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import attrs
import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.backends.memory import MemoryStorage
from cantinekit.commands import Remind
from cantinekit.domain.bookings.events import BookingConfirmed
from cantinekit.domain.draft import Draft
from cantinekit.domain.reminders import handlers
from cantinekit.domain.reminders.planning import due_at, due_by
from cantinekit.domain.state import State
from cantinekit.errors import InputError, NotFoundError, NotifierError
from cantinekit.plugins.ports import Change, Key, Message
from cantinekit.runtime import codec
from cantinekit.runtime import engine as runtime_engine
from support.houses.facilitated_house import asked, furnished
from support.houses.small_house import START, TODAY, House, open_house, period
from support.houses.tuesday_course import course_house, tuesdays
from support.laws import house_laws
from support.races.two_at_once import both_at_once, later, run_all
from support.stores.around import Around, WithoutVersions

BEFORE = timedelta(hours=2)
DAY = timedelta(days=1)
TOMORROW = TODAY + DAY
SECOND = timedelta(seconds=1)


def reminding(before: timedelta = BEFORE, **options: Any) -> House:
    """A house that reminds of bookings and sessions so long before, and of the end of a pass a week before."""
    house = open_house(**options)
    house.do(c.SetReminders("paris", booking=before, session=before, end=7 * DAY))
    run_all(house)
    return house


def book(house: House, day: date = TODAY, start: float = 12, **more: Any) -> m.Booking:
    values = {"person_id": "zoe", "account": "desk", **more}
    found: m.Booking = house.do(
        c.Book(space_id="b", product_id="room", period=period(start, start + 1, day), **values)
    ).value
    return found


def at(house: House, moment: datetime) -> list[tuple[str, str]]:
    """Go to an instant and do what is due: which reminders were sent in all, each with its text."""
    house.clock.set(moment)
    run_all(house)
    return reminders(house)


def reminders(house: House) -> list[tuple[str, str]]:
    return [(one.template, one.text) for one in house.mail.messages if one.template.endswith("reminder")]


def tasks(house: House, kind: str = "booking") -> list[m.Task]:
    """The reminders of a kind of record that are planned."""
    waiting = [one for one in house.all(m.Task) if one.work == "remind" and one.state == "waiting"]
    return [one for one in waiting if one.subject.kind == kind or not kind]


def sound(house: House) -> None:
    house_laws.hold(house.storage, house.clock.now())
    house_laws.folds(house.storage)


# --- bookings --------------------------------------------------------------------------------------------------------


def test_a_booking_is_reminded_of_once_and_in_time() -> None:
    """Nothing a second before it is due, one message when it is, none after; it is due by the place's wall clock."""
    house = reminding()
    booking = book(house)
    due = booking.period.start - BEFORE
    assert at(house, due - SECOND) == []
    said = (
        "booking reminder",
        "Hello Canary-Zoe,\n\nwe look forward to seeing you: Salle B, 2026-11-24 13:00, Paris.\n",
    )
    assert at(house, due) == [said]
    assert at(house, booking.period.end) == [said]
    assert house.get(m.Booking, booking.id).reminded == booking.period.start
    sound(house)


def test_nobody_is_reminded_unless_it_is_set() -> None:
    """A house that says nothing of reminders plans none and sends none; nor does one that takes them back."""
    house = open_house()
    booking = book(house)
    assert tasks(house, "") == []
    assert at(house, booking.period.start - SECOND) == []
    house = reminding()
    booking = book(house)
    assert house.do(c.SetReminders("paris")).value.reminders == m.Reminders()
    assert at(house, booking.period.start - SECOND) == []


def test_another_place_is_another_matter() -> None:
    """What one place reminds of says nothing of the bookings of another."""
    house = reminding()
    house.do(c.Book(space_id="n", product_id="room", period=period(12, 13), person_id="zoe", account="desk"))
    assert tasks(house) == []


@pytest.mark.parametrize("how", ["cancelled", "held", "nobody", "released"])
def test_what_does_not_stand_is_not_reminded_of(how: str) -> None:
    """What was cancelled or released meanwhile, a hold, and what is nobody's: no reminder."""
    house = reminding()
    if how == "held":
        house.do(c.HoldSpace(space_id="b", product_id="room", period=period(12, 13), person_id="zoe"))
    elif how == "nobody":
        book(house, person_id=None)
    else:
        if how == "released":
            house.do(c.ChangeTerms("b", terms=m.Terms(release_after=timedelta(minutes=10))))
        booking = book(house)
        if how == "cancelled":
            house.do(c.CancelBooking(booking.id))
    wanted = 1 if how == "released" else 0
    assert len(at(house, period(12, 13).start - SECOND)) == wanted
    assert len(at(house, period(12, 13).end)) == wanted


def test_what_is_moved_is_reminded_of_before_its_new_time() -> None:
    """Moved before its reminder: the reminder comes before the new time only. Moved after it: again, for the new."""
    house = reminding()
    booking = book(house)
    house.do(c.MoveBooking(booking.id, period=period(16, 17)))
    assert at(house, period(12, 13).start) == []
    assert ["17:00" in text for _, text in at(house, period(16, 17).start - BEFORE)] == [True]
    house.do(c.MoveBooking(booking.id, period=period(10, 11, TOMORROW)))
    assert len(at(house, period(16, 17).end)) == 1
    assert ["2026-11-25 11:00" in text for _, text in at(house, period(10, 11, TOMORROW).start)] == [False]
    house = reminding()
    booking = book(house)
    at(house, period(12, 13).start - BEFORE)
    house.do(c.MoveBooking(booking.id, period=period(10, 11, TOMORROW)))
    assert len(at(house, period(10, 11, TOMORROW).start - BEFORE)) == 2
    sound(house)


def test_what_is_moved_there_and_back_is_reminded_of_once() -> None:
    """Two plans for one time come to one message."""
    house = reminding()
    booking = book(house)
    house.do(c.MoveBooking(booking.id, period=period(16, 17)))
    house.do(c.MoveBooking(booking.id, period=period(12, 13)))
    assert len(tasks(house)) == 3
    assert len(at(house, period(17, 18).end)) == 0  # late: everything is over
    house = reminding()
    booking = book(house)
    house.do(c.MoveBooking(booking.id, period=period(16, 17)))
    house.do(c.MoveBooking(booking.id, period=period(12, 13)))
    assert len(at(house, period(12, 13).start - BEFORE)) == 1
    assert len(at(house, period(17, 18).end)) == 1


def test_what_is_made_after_its_reminder_gets_none() -> None:
    """Booked, or moved to a time, so late that the time for its reminder is over: the confirmation is enough."""
    house = reminding()
    house.clock.set(period(10, 11).start + SECOND)
    booking = book(house)
    assert at(house, booking.period.start - SECOND) == []
    house = reminding()
    booking = book(house, start=16)
    house.clock.set(period(11, 12).start)
    house.do(c.MoveBooking(booking.id, period=period(12, 13)))
    assert at(house, period(12, 13).start - SECOND) == []
    assert at(house, period(16, 17).start) == []


def test_a_late_worker_reminds_as_long_as_it_is_ahead() -> None:
    """A worker that comes late sends what is still ahead, and nothing about what has begun."""
    for late, sent in ((timedelta(hours=1), 1), (BEFORE, 0)):
        house = reminding()
        booking = book(house)
        assert len(at(house, booking.period.start - BEFORE + late)) == sent


@pytest.mark.parametrize(
    ("start", "before", "due"),
    [
        (datetime(2026, 10, 25, 9, tzinfo=UTC), DAY, datetime(2026, 10, 24, 8, tzinfo=UTC)),
        (datetime(2026, 10, 25, 9, tzinfo=UTC), timedelta(hours=23), datetime(2026, 10, 24, 10, tzinfo=UTC)),
        (datetime(2026, 10, 25, 9, tzinfo=UTC), DAY + BEFORE, datetime(2026, 10, 24, 6, tzinfo=UTC)),
        (datetime(2026, 3, 29, 8, tzinfo=UTC), DAY, datetime(2026, 3, 28, 9, tzinfo=UTC)),
        (datetime(2026, 3, 30, 0, 30, tzinfo=UTC), DAY, datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
        (datetime(2026, 10, 26, 1, 30, tzinfo=UTC), DAY, datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
    ],
)
def test_a_day_before_is_a_day_of_the_calendar(start: datetime, before: timedelta, due: datetime) -> None:
    """A day before ten o'clock is ten o'clock, across both clock changes; hours are elapsed ones."""
    assert due_at(start, before, "Europe/Paris") == due


def test_a_reminder_across_a_clock_change() -> None:
    """A booking after the night of the clock change is reminded of at the same time of the day before."""
    house = reminding(DAY, now=datetime(2026, 10, 20, 8, tzinfo=UTC))
    booking = book(house, date(2026, 10, 26), 9)
    assert at(house, datetime(2026, 10, 25, 9, tzinfo=UTC) - SECOND) == []
    assert len(at(house, datetime(2026, 10, 25, 9, tzinfo=UTC))) == 1
    assert booking.period.start == datetime(2026, 10, 26, 9, tzinfo=UTC)


def test_each_date_of_a_series_is_reminded_of() -> None:
    """Each booking of a series has a reminder of its own."""
    house = reminding()
    house.do(
        c.BookSeries(
            space_id="b",
            product_id="room",
            day=date(2026, 12, 1),
            starts=time(13),
            ends=time(14),
            rule="FREQ=WEEKLY;COUNT=3",
            person_id="zoe",
            account="desk",
        )
    )
    for number in range(3):
        assert len(at(house, datetime(2026, 12, 1 + 7 * number, 10, tzinfo=UTC))) == number + 1


def test_a_payment_that_comes_later_is_what_confirms() -> None:
    """A hold that is paid at a page is reminded of from the moment on at which it is confirmed."""
    house = reminding(outcomes=("pending",))
    hold = house.do(c.HoldSpace(space_id="b", product_id="room", period=period(16, 17), person_id="zoe")).value
    assert tasks(house) == []
    house.do(c.ConfirmBooking(hold.id, account="desk"))
    assert len(at(house, period(16, 17).start - BEFORE)) == 1


# --- sessions --------------------------------------------------------------------------------------------------------


def test_everybody_with_a_seat_is_reminded_of_a_session() -> None:
    """Who has a seat gets it; who waits, gave it up, or registered after it was due does not, however late it runs."""
    house = reminding()
    start = house.get(m.Session, "free").period.start
    seat = house.do(c.Register(session_id="free", person_id="zoe")).value
    house.do(c.Register(session_id="free", person_id="bob"))
    house.do(c.Register(session_id="free", person_id="eve"))
    house.do(c.CancelRegistration(seat.id))
    house.clock.set(start - BEFORE + SECOND)
    house.do(c.ChangeSeats("free", seats=4))
    house.do(c.Register(session_id="free", person_id="ida"))
    run_all(house)
    names = {house.get(m.Person, id).email: id for id in ("zoe", "bob", "eve", "ida")}
    told = sorted(names[one.to] for one in house.mail.messages if one.template == "seat reminder")
    assert told == ["bob", "eve"]
    assert len(at(house, start + DAY)) == 2
    assert house.get(m.Session, "free").reminded == start
    sound(house)


def test_a_session_that_moves_or_is_called_off() -> None:
    """Moved: before its new time only. Called off: not at all."""
    house = reminding()
    house.do(c.Register(session_id="free", person_id="zoe"))
    start = house.get(m.Session, "free").period.start
    house.do(c.MoveSession("free", day=TODAY + 3 * DAY, starts=time(12), ends=time(14)))
    assert at(house, start) == []
    assert ["2026-11-27 12:00" in text for _, text in at(house, start + 2 * DAY - BEFORE)] == [True]
    house = reminding()
    house.do(c.Register(session_id="free", person_id="zoe"))
    house.do(c.CancelSession("free", reason="the oven is broken"))
    assert at(house, start - SECOND) == []


def test_each_meeting_of_a_course_is_reminded_of() -> None:
    """Every meeting that takes place has its reminder, once; one that is cancelled has none, and the next one has."""
    house = course_house()
    house.do(c.SetReminders("paris", session=BEFORE))
    course = house.do(tuesdays("choir")).value
    house.do(c.Register(session_id="crs", person_id="zoe"))
    house.do(c.CancelMeeting(session_id="crs", meeting_id=course.meetings[1].id, reason="a holiday"))
    starts = [one.period.start for one in course.meetings]
    for number, start in enumerate(starts):
        sent = at(house, start - BEFORE)
        assert len(sent) == number + 1 - (number >= 1)
    assert len(at(house, starts[-1] + DAY)) == len(starts) - 1
    sound(house)


# --- those who facilitate --------------------------------------------------------------------------------------------


def led(*facilitators: str, **options: Any) -> tuple[House, datetime]:
    """A house that reminds two hours before, with the session ``s`` in room B on a Thursday from 14:00 to 16:00."""
    house = furnished(**options)
    house.do(c.SetReminders("paris", session=BEFORE))
    house.do(asked(14, 16, "b", id="s", facilitator_ids=facilitators))
    return house, house.get(m.Session, "s").period.start


def of_leading(house: House) -> list[tuple[str, str]]:
    """Whom the house has reminded that they facilitate, each with the text."""
    names = {one.email: one.id for one in house.all(m.Person)}
    sent = [one for one in house.mail.messages if one.template == "facilitation reminder"]
    return [(names[one.to], one.text) for one in sent]


def test_who_facilitates_reads_the_room_and_the_seats_taken() -> None:
    """They are reminded once, when those with a seat are, in their own words and language: text and HTML."""
    house, start = led("ada", "bea")
    house.do(c.ChangePerson("bob", lang="fr"))
    house.do(c.Register(session_id="s", person_id="eve", seats=3))
    at(house, start - BEFORE - SECOND)
    assert reminders(house) == []
    house.do(c.Register(session_id="s", person_id="ida"))
    at(house, start - BEFORE)
    sent = dict(of_leading(house))
    assert sent["zoe"] == (
        "Hello Canary-Zoe,\n\nwe look forward to seeing you, to facilitate Conférence: 2026-11-26 14:00, Paris.\n\n"
        "Room: Salle B\nSeats taken: 4 of 5\n"
    )
    assert "pour animer Conférence\u00a0: 26/11/2026 14:00, Paris.\n\nSalle\u00a0: Salle B\n" in sent["bob"]
    assert "Places prises\u00a0: 4 sur 5" in sent["bob"]
    html = next(one.html for one in house.mail.messages if one.template == "facilitation reminder" and one.lang == "en")
    assert "<p>Room: Salle B<br>\nSeats taken: 4 of 5</p>" in html
    at(house, start + DAY)
    assert Counter(who for who, _ in of_leading(house)) == {"zoe": 1, "bob": 1}
    sound(house)


def test_what_no_facilitator_is_reminded_of() -> None:
    """Of a session that was called off, at the time before it was moved, of what is somebody else's by then, and where
    the place reminds of no session: nothing. Without a room there is none, and with no seat taken they are reminded.
    """
    house, start = led("ada")
    house.do(c.MoveSession("s", starts=time(17), ends=time(19), facilitator_ids=["bea"]))
    at(house, start)
    assert of_leading(house) == []
    at(house, start + timedelta(hours=3) - BEFORE)
    assert [who for who, _ in of_leading(house)] == ["bob"]
    house, start = led("ada")
    house.do(c.CancelSession("s", reason="the oven is broken"))
    at(house, start)
    assert of_leading(house) == []
    house, start = led("ada")
    house.do(c.SetReminders("paris", booking=BEFORE))
    at(house, start)
    assert of_leading(house) == []
    house, start = led()
    house.do(asked(14, 16, facilitator_ids=["ada"]))
    at(house, start - BEFORE)
    assert ["Room: none\nSeats taken: 0 of 5" in text for _, text in of_leading(house)] == [True]


def test_who_leaves_while_their_reminder_waits_gets_none() -> None:
    """Another one facilitates it by the time that the mail server is there again: who left is not reminded. The
    control: who stays is.
    """
    for stays in (True, False):
        mail = Away()
        house, start = led("ada", notify=[mail])
        mail.away = True
        at(house, start - BEFORE)
        if not stays:
            house.do(c.MoveSession("s", facilitator_ids=["bea"]))
        mail.away = False
        mail.sent.clear()
        at(house, start - SECOND)
        assert ("facilitation reminder" in [one.template for one in mail.sent]) == stays


def test_who_facilitates_what_has_begun_is_not_reminded() -> None:
    """Where the mail server comes back when the session has begun, nobody is reminded any more. The control: a second
    before, who facilitates it is.
    """
    for late, sent in ((-SECOND, 1), (timedelta(), 0)):
        mail = Away()
        house, start = led("ada", notify=[mail])
        mail.away = True
        at(house, start - BEFORE)
        mail.away = False
        mail.sent.clear()
        at(house, start + late)
        assert [one.template for one in mail.sent] == ["facilitation reminder"] * sent


def test_who_leads_an_earlier_meeting_is_reminded_when_the_mail_is_there_again() -> None:
    """While the mail server is away, people are reminded of two meetings of a day, each with another facilitator: both
    read of theirs afterwards. Where the first one has begun by then, the control, only the other one does.
    """
    day = TODAY + timedelta(weeks=1)
    for comes_back, who in ((-SECOND, ["10:00", "11:00"]), (timedelta(), ["11:00"])):
        mail = Away()
        house = furnished(notify=[mail])
        house.do(c.SetReminders("paris", session=BEFORE))
        meetings = [(day, time(hour), time(hour + 1), "b") for hour in (10, 11)]
        asking = c.AddCourse(workshop_id="talk", meetings=meetings, seats=5, id="crs", facilitator_ids=["ada"])
        first, second = house.do(asking).value.meetings
        house.do(c.MoveMeeting(session_id="crs", meeting_id=second.id, facilitator_ids=["bea"]))
        mail.away = True
        for one in (first, second):
            at(house, one.period.start - BEFORE)
        mail.away = False
        at(house, first.period.start + comes_back)
        sent = [one.text for one in mail.sent if one.template == "facilitation reminder"]
        assert sorted(text.partition(", Paris.")[0][-5:] for text in sent) == who


def test_of_a_course_each_is_reminded_of_their_meetings() -> None:
    """Before each meeting that is theirs, with its time and room; not before those of others."""
    house = furnished()
    house.do(c.SetReminders("paris", session=BEFORE))
    days = [TODAY + timedelta(weeks=n) for n in range(1, 4)]
    meetings = [(day, time(10), time(12), "b") for day in days]
    course = house.do(
        c.AddCourse(workshop_id="talk", meetings=meetings, seats=5, id="crs", facilitator_ids=["ada"])
    ).value
    second = course.meetings[1].id
    house.do(c.MoveMeeting(session_id="crs", meeting_id=second, facilitator_ids=["bea"], space_id="a1"))
    for one in course.meetings:
        at(house, one.period.start - BEFORE)
    at(house, course.meetings[-1].period.end)
    read = [(who, " ".join(text.split())) for who, text in of_leading(house)]
    said = [
        ("zoe", "2026-12-01 10:00, Paris. Room: Salle B Seats"),
        ("bob", "2026-12-08 10:00, Paris. Room: Salle A1 Seats"),
        ("zoe", "2026-12-15 10:00, Paris. Room: Salle B Seats"),
    ]
    assert len(read) == len(said)
    for (who, text), (whom, told) in zip(read, said, strict=True):
        assert (who, told in text) == (whom, True), text
    sound(house)


# --- a course, and a worker that comes late --------------------------------------------------------------------------

HOUR = timedelta(hours=1)
SEAT_ENGLISH = "we look forward to seeing you: Conférence, 2026-11-26 {}, Paris."
SEAT_FRENCH = "nous vous attendons\u00a0: Conférence, 26/11/2026 {}, Paris."
LEADS_ENGLISH = "we look forward to seeing you, to facilitate Conférence: 2026-11-26 {}, Paris. Room: {}"
LEADS_FRENCH = "nous vous attendons pour animer Conférence\u00a0: 26/11/2026 {}, Paris. Salle\u00a0: {}"
SAID = {
    (0, "eve"): SEAT_ENGLISH.format("14:00"),
    (0, "ida"): SEAT_FRENCH.format("14:00"),
    (0, "zoe"): LEADS_ENGLISH.format("14:00", "Salle B"),
    (1, "eve"): SEAT_ENGLISH.format("15:00"),
    (1, "ida"): SEAT_FRENCH.format("15:00"),
    (1, "bob"): LEADS_FRENCH.format("15:00", "Salle A1"),
}
"""What is said of the meeting with this number to whom: two who have a seat, and who facilitates it."""


def afternoon(seats: Sequence[str] = ("eve", "ida"), **options: Any) -> tuple[House, list[datetime]]:
    """A course of two meetings of one afternoon, by Zoé in room B and by Bob in room A1, with the seats of some people,
    in a place that reminds two hours before. Bob and Ida read French.
    """
    house = furnished(**options)
    house.do(c.SetReminders("paris", session=BEFORE))
    for id in ("bob", "ida"):
        house.do(c.ChangePerson(id, lang="fr"))
    day = TODAY + 2 * DAY
    meetings = [(day, time(hour), time(hour + 1), "b") for hour in (14, 15)]
    adding = c.AddCourse(workshop_id="talk", meetings=meetings, seats=5, id="crs", facilitator_ids=["ada"])
    first, second = house.do(adding).value.meetings
    house.do(c.MoveMeeting(session_id="crs", meeting_id=second.id, facilitator_ids=["bea"], space_id="a1"))
    for id in seats:
        house.do(c.Register(session_id="crs", person_id=id))
    run_all(house)
    return house, [first.period.start, second.period.start]


def told(house: House, sent: Iterable[Message]) -> Counter[tuple[int, str]]:
    """Who was reminded of which meeting, and how often; each text names one of them, in the language of the reader."""
    ids = {one.email: one.id for one in house.all(m.Person)}
    found = Counter[tuple[int, str]]()
    for one in sent:
        if one.template in ("seat reminder", "facilitation reminder"):
            flat = one.text.replace("\n\n", " ")
            found[next(key for key, said in SAID.items() if key[1] == ids[one.to] and said in flat)] += 1
    return found


LATE = pytest.mark.parametrize(
    ("comes", "meetings"),
    [
        (-BEFORE, {0}),  # in time for the first
        (-HOUR - SECOND, {0}),  # late for the first, the second is not due
        (-HOUR, {0, 1}),  # late for the first, in time for the second
        (-SECOND, {0, 1}),
        (timedelta(), {1}),  # the first has begun
        (HOUR - SECOND, {1}),
        (HOUR, set()),  # both have
    ],
)


@LATE
def test_a_late_worker_reminds_of_each_meeting_that_is_ahead(comes: timedelta, meetings: set[int]) -> None:
    """A worker that comes late reminds everybody of each meeting whose time has come and that has not begun, once, in a
    message that names that meeting; however often it works afterwards, of the first never, of the second once.
    """
    house, starts = afternoon()
    at(house, starts[0] + comes)
    assert told(house, house.mail.messages) == {key: 1 for key in SAID if key[0] in meetings}
    at(house, starts[1] - SECOND)
    later_on = meetings | {1} if comes < HOUR else meetings
    assert told(house, house.mail.messages) == {key: 1 for key in SAID if key[0] in later_on}
    at(house, starts[1] + DAY)
    assert told(house, house.mail.messages) == {key: 1 for key in SAID if key[0] in later_on}
    assert [entry.type for entry in house.storage.journal(limit=1000)].count("Reminded") == len(later_on)
    sound(house)


def test_who_reminds_only_of_what_was_planned_forgets_a_meeting(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: a worker that looks only at the meeting that its task is about never comes to the second one."""
    monkeypatch.setattr(
        handlers, "due_by", lambda uow, record, start: [one for one in due_by(uow, record, start) if one[0] == start]
    )
    house, starts = afternoon()
    at(house, starts[0] - SECOND)
    at(house, starts[1] - SECOND)
    assert {number for number, _ in told(house, house.mail.messages)} == {0}


@pytest.mark.parametrize("kept", [True, False])
def test_reminders_that_wait_for_the_mail_are_each_of_their_meeting(kept: bool) -> None:
    """While the mail server is away the reminders of both meetings wait. When it is there again, everybody reads of
    each that has not begun. Of messages that an earlier version stored, without their meeting, all are of the last one.
    """
    for back, meetings in ((-SECOND, {0, 1}), (timedelta(), {1}), (HOUR, set[int]())):
        mail = Away()
        house, starts = afternoon(notify=[mail])
        mail.away = True
        for start in starts:
            at(house, start - BEFORE)
        if not kept:
            forget_the_moment(house)
        mail.away = False
        mail.sent.clear()
        at(house, starts[0] + back)
        if kept:
            assert told(house, mail.sent) == {key: 1 for key in SAID if key[0] in meetings}
        else:
            sent = Counter(one.template for one in mail.sent)
            assert sent == ({"seat reminder": 4, "facilitation reminder": 1} if meetings else {})


def forget_the_moment(house: House) -> None:
    """Store the messages that wait as a version did that kept no moment with them."""
    waiting = [one for one in house.all(m.Task) if one.work == "message" and one.state == "waiting"]
    assert all(one.start is not None for one in waiting)
    rows = [attrs.evolve(one, start=None, writes=one.writes + 1) for one in waiting]
    house.storage.apply(Change(rows=tuple(codec.encode(one, one.writes) for one in rows)))


def test_who_registers_between_two_reminders_is_reminded_of_the_second() -> None:
    """Who registered once the reminder of the first meeting was due is reminded only of the second."""
    house, starts = afternoon(seats=["eve"])
    house.clock.set(starts[0] - BEFORE)
    house.do(c.Register(session_id="crs", person_id="ida"))
    at(house, starts[0] - SECOND)
    assert told(house, house.mail.messages) == {key: 1 for key in SAID if key != (0, "ida")}


def test_a_meeting_that_is_overtaken_by_the_next_is_reminded_of() -> None:
    """Where the reminder of the second meeting is carried out before that of the first, both are reminded of, once; but
    not of a first meeting that was moved once the time for its reminder was over.
    """
    for late in (False, True):
        house, starts = afternoon()
        if late:
            house.clock.set(starts[0] - BEFORE - timedelta(minutes=15))
            first = house.get(m.Session, "crs").meetings[0]
            house.do(c.MoveMeeting(session_id="crs", meeting_id=first.id, starts=time(13, 30), ends=time(14, 30)))
        house.clock.set(starts[1] - BEFORE)
        remind(house, starts[1], *starts)
        run_all(house)
        sent = Counter(one.template for one in house.mail.messages if one.template.endswith("reminder"))
        meetings = 1 if late else 2
        assert sent == {"seat reminder": 2 * meetings, "facilitation reminder": meetings}


def remind(house: House, *starts: datetime) -> None:
    """Carry out these reminders of the course, as workers do whose tasks are about them; then their leases are over."""
    for start in starts:
        house.cantine._engine.run(Remind(m.Subject("session", "crs"), start), "system")
    house.wait(minutes=6)


def test_two_late_workers_remind_of_each_meeting_once(without_pauses: None) -> None:
    """One worker has the reminder of the first meeting, one that of the second, both late: in every order there is one
    message to each about each. The control: on a store without versions there are more.
    """
    storage = MemoryStorage()
    _, starts = afternoon(storage=storage)
    late = starts[0] - SECOND - START
    both = [Remind(m.Subject("session", "crs"), start) for start in starts]
    wanted = Counter({(start, "seat reminder"): 2 for start in starts})
    wanted.update((start, "facilitation reminder") for start in starts)

    def messages(store: Around) -> Counter[tuple[datetime | None, str]]:
        every = later(store, late).all(m.Task)
        return Counter((one.start, one.template) for one in every if one.template.endswith("reminder"))

    for schedule, results, store in both_at_once(storage, both, after=(late, late)):
        assert not [one for one in results if isinstance(one, Exception)], schedule.names
        assert messages(store) == wanted, schedule.names
    assert any(
        messages(store) > wanted for _, _, store in both_at_once(storage, both, WithoutVersions, after=(late, late))
    )


def test_a_late_worker_that_dies_is_followed_by_another() -> None:
    """A worker dies with the late reminder in its hands, another one once it is stored and before it says so: who comes
    after them reminds of both meetings, once.
    """
    house, starts = afternoon()
    house.clock.set(starts[0] - timedelta(minutes=30))
    outbox = house.cantine._outbox
    work = outbox._work

    def dies(task: m.Task) -> None:
        raise KeyboardInterrupt

    def dies_after(task: m.Task) -> None:
        work["remind"](task)
        raise KeyboardInterrupt

    for dying in (dies, dies_after):
        outbox._work = {**work, "remind": dying}
        with pytest.raises(KeyboardInterrupt):
            house.cantine.run_due()
        house.wait(minutes=6)
    outbox._work = work
    remind(house, *starts)
    run_all(house)
    assert told(house, house.mail.messages) == dict.fromkeys(SAID, 1)


# --- passes ----------------------------------------------------------------------------------------------------------


def test_the_end_of_a_pass_is_reminded_of() -> None:
    """Days before the end of its last day the holder is told; of one that is cancelled or has no end, not."""
    house = reminding()
    sold = house.do(c.SellPass(product_id="carnet", place_id="paris", holder_id="zoe", account="desk")).value
    gone = house.do(c.SellPass(product_id="carnet", place_id="paris", holder_id="bob", account="desk")).value
    house.do(c.SellPass(product_id="mini", place_id="paris", holder_id="eve", account="desk"))
    house.do(c.CancelPass(gone.id))
    assert sold.last_day is not None
    midnight = datetime.combine(sold.last_day - 6 * DAY, time(), UTC) - timedelta(hours=2)  # summer time by then
    assert at(house, midnight - SECOND) == []
    said = f"Hello Canary-Zoe,\n\ncarnet is valid until {sold.last_day.isoformat()}, Paris.\n"
    assert at(house, midnight) == [("pass reminder", said)]
    assert len(at(house, midnight + 10 * DAY)) == 1
    sound(house)


# --- turned on later -------------------------------------------------------------------------------------------------


def test_what_was_there_before_is_reminded_of_too() -> None:
    """A place that begins to remind does so of all that is to come and has the time for it, in one change."""
    house = open_house()
    booking = book(house)
    book(house, start=9.5)
    house.do(c.Register(session_id="free", person_id="zoe"))
    sold = house.do(c.SellPass(product_id="carnet", place_id="paris", holder_id="zoe", account="desk")).value
    house.do(c.SetReminders("paris", booking=BEFORE, session=BEFORE, end=7 * DAY))
    run_all(house)
    subjects = Counter(one.subject for one in tasks(house, ""))
    assert subjects == {
        m.Subject("booking", booking.id): 1,
        m.Subject("session", "free"): 1,
        m.Subject("session", "paid"): 1,
        m.Subject("pass", sold.id): 1,
    }
    assert len(at(house, booking.period.start - BEFORE)) == 1
    assert len(at(house, house.get(m.Session, "free").period.start - BEFORE)) == 2


def test_another_time_counts_for_all_that_is_to_come() -> None:
    """A place that reminds at another time, earlier or later than before, does so from then on, once for each."""
    for before in (timedelta(hours=1), timedelta(hours=3)):
        house = reminding()
        booking = book(house)
        house.do(c.SetReminders("paris", booking=before))
        run_all(house)
        for hours in (4, 3, 2, 1, 0):
            ahead = timedelta(hours=hours)
            assert len(at(house, booking.period.start - ahead)) == (1 if ahead <= before else 0)


@pytest.mark.parametrize("what", ["booking", "session"])
def test_a_shorter_time_counts_for_what_was_planned_before_it(what: str) -> None:
    """A place that reminds later than it did reminds of what was planned before at the new time, and not at the old."""
    house = reminding()
    start = book(house).period.start
    if what == "session":
        house.do(c.Register(session_id="free", person_id="zoe"))
        start = house.get(m.Session, "free").period.start
    hour = timedelta(hours=1)
    house.do(c.SetReminders("paris", **{what: hour}))
    run_all(house)
    assert at(house, start - BEFORE) == []
    assert at(house, start - hour - SECOND) == []
    assert len(at(house, start - hour)) == 1
    assert len(at(house, start)) == 1
    sound(house)


@pytest.mark.parametrize("what", ["booking", "session"])
def test_what_moves_to_an_earlier_time_is_reminded_of_again(what: str) -> None:
    """Reminded of, and moved to an earlier time for whose reminder there is time yet, since the place reminds later by
    now: there is another reminder, of the time that counts.
    """
    house = reminding(2 * DAY)
    if what == "booking":
        booking = book(house, TODAY + 5 * DAY)
    else:
        house.do(c.Register(session_id="free", person_id="zoe"))
        house.do(c.MoveSession("free", day=TODAY + 5 * DAY, starts=time(13), ends=time(14)))
    start = period(12, 13, TODAY + 5 * DAY).start
    assert len(at(house, start - 2 * DAY)) == 1
    house.do(c.SetReminders("paris", booking=BEFORE, session=BEFORE))
    if what == "booking":
        house.do(c.MoveBooking(booking.id, period=period(12, 13, TODAY + 4 * DAY)))
    else:
        house.do(c.MoveSession("free", day=TODAY + 4 * DAY, starts=time(13), ends=time(14)))
    assert len(at(house, start - DAY - BEFORE - SECOND)) == 1
    assert "2026-11-28 13:00" in at(house, start - DAY - BEFORE)[-1][1]
    assert len(at(house, start)) == 2
    sound(house)


def test_a_pass_that_lasts_longer_is_reminded_of_at_its_new_end() -> None:
    """Given days before its reminder, or after it: there is one before the end that counts, and none at the old one."""
    house = reminding()
    ids = [
        house.do(c.SellPass(product_id="carnet", place_id="paris", holder_id=who, account="desk")).value.id
        for who in ("zoe", "bob")
    ]
    house.do(c.ExtendPass(ids[0], days=30, reason="the works"))
    last_day = house.get(m.Pass, ids[1]).last_day
    assert last_day is not None
    midnight = datetime.combine(last_day - 6 * DAY, time(), UTC) - timedelta(hours=2)  # summer time by then
    assert [last_day.isoformat() in text for _, text in at(house, midnight)] == [True]
    house.do(c.ExtendPass(ids[1], days=30, reason="the works"))
    later = (last_day + 30 * DAY).isoformat()
    assert len(at(house, midnight + 30 * DAY - SECOND)) == 1
    assert [later in text for _, text in at(house, midnight + 30 * DAY)] == [False, True, True]
    sound(house)


def test_another_zone_is_another_time_for_a_reminder_of_days() -> None:
    """A place that moves to another zone reminds by the calendar of that one of what is planned already."""
    house = reminding(DAY, now=datetime(2026, 10, 20, 8, tzinfo=UTC))
    house.do(c.MovePlace("paris", zone="UTC"))
    booking = book(house, date(2026, 10, 25), 9)
    house.do(c.MovePlace("paris", zone="Europe/Paris"))  # where the clock goes back that night
    run_all(house)
    due = booking.period.start - DAY - timedelta(hours=1)
    assert at(house, due - SECOND) == []
    assert len(at(house, due)) == 1
    assert len(at(house, due + DAY)) == 1


def test_a_setting_makes_sense() -> None:
    """From a minute to 366 days; the same again changes nothing; a place that there is not is not found."""
    house = open_house()
    for wrong in (timedelta(0), -DAY, timedelta(seconds=59), 367 * DAY, 2):
        with pytest.raises(InputError):
            c.SetReminders("paris", booking=wrong)  # type: ignore[arg-type]
    assert house.do(c.SetReminders("paris", end=366 * DAY)).events != ()
    assert house.do(c.SetReminders("paris", end=366 * DAY)).events == ()
    with pytest.raises(NotFoundError):
        house.do(c.SetReminders("nowhere", end=DAY))


def test_where_a_decision_does_not_know_the_place_it_is_looked_at() -> None:
    """A decision that confirms a booking without reading its place leaves the planning to a task of its own."""
    house = reminding()
    hold = house.do(c.HoldSpace(space_id="b", product_id="room", period=period(16, 17), person_id="zoe")).value
    before = attrs.evolve(hold, placed=())
    draft = Draft(State({Key("booking", hold.id): before}), START, lambda prefix: f"{prefix}_1")
    draft.add(BookingConfirmed(hold.id, (), START))
    assert [(one.work, one.subject, one.due) for one in draft._effects] == [
        ("remind", m.Subject("booking", hold.id), None)
    ]
    booking = book(house)
    planned = len(tasks(house))
    house.cantine._engine.run(Remind(m.Subject("booking", booking.id)), "system")
    assert len(tasks(house)) == planned + 1
    assert len(at(house, booking.period.start - BEFORE)) == 1


# --- once, whatever happens ------------------------------------------------------------------------------------------


class Away:
    """A notifier that is away for a while."""

    def __init__(self) -> None:
        self.away = False
        self.sent: list[Message] = []

    def send(self, message: Message) -> None:
        if self.away:
            raise NotifierError("away")
        self.sent.append(message)


def test_a_reminder_that_cannot_be_sent_in_time_is_not_sent_late() -> None:
    """While the mail server is away it is tried again; what has begun by then is not reminded of any more."""
    for comes_back, sent in ((timedelta(minutes=30), 1), (timedelta(hours=3), 0)):
        mail = Away()
        house = reminding(notify=[mail])
        booking = book(house)
        mail.sent.clear()
        mail.away = True
        at(house, booking.period.start - BEFORE)
        mail.away = False
        at(house, booking.period.start - BEFORE + comes_back)
        assert [one.template for one in mail.sent] == ["booking reminder"] * sent


def test_what_is_cancelled_while_it_waits_is_not_sent() -> None:
    """Cancelled or moved between the decision and the sending: no reminder of what is not so any more."""
    for change in (c.CancelBooking, lambda id: c.MoveBooking(id, period=period(16, 17))):
        mail = Away()
        house = reminding(notify=[mail])
        booking = book(house)
        mail.away = True
        at(house, booking.period.start - BEFORE)
        house.do(change(booking.id))
        mail.away = False
        mail.sent.clear()
        at(house, booking.period.start - SECOND)
        assert "booking reminder" not in [one.template for one in mail.sent]


@pytest.fixture
def without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever has to start again does so at once: the schedule says who goes on."""
    monkeypatch.setattr(runtime_engine, "FIRST_PAUSE", 0)


DUE = period(12, 13).start - BEFORE - START


def due_now() -> tuple[MemoryStorage, str]:
    """A booking whose reminder is due ``DUE`` after the start."""
    storage = MemoryStorage()
    house = reminding(storage=storage)
    return storage, book(house).id


def sent_in(store: Around) -> int:
    """How many reminders are waiting to be sent or were, once all that is due is done."""
    house = later(store, DUE + timedelta(minutes=10))
    run_all(house)
    return sum(one.template == "booking reminder" for one in house.all(m.Task))


def test_two_workers_remind_once(without_pauses: None) -> None:
    """Two workers are at one reminder: one message, in every order; and the control, on a store without versions."""
    storage, id = due_now()
    twice = [Remind(m.Subject("booking", id), period(12, 13).start)] * 2
    for schedule, results, store in both_at_once(storage, twice, after=(DUE, DUE)):
        assert not [one for one in results if isinstance(one, Exception)], schedule.names
        assert sent_in(store) == 1, schedule.names
    assert any(sent_in(store) > 1 for _, _, store in both_at_once(storage, twice, WithoutVersions, after=(DUE, DUE)))


def test_a_cancellation_at_the_same_instant(without_pauses: None) -> None:
    """Somebody cancels while they are reminded: in every order, what was cancelled first is not reminded of."""
    storage, id = due_now()
    both = [Remind(m.Subject("booking", id), period(12, 13).start), c.CancelBooking(id)]
    ends = Counter[bool]()
    for schedule, results, store in both_at_once(storage, both, after=(DUE, DUE)):
        assert not [one for one in results if isinstance(one, Exception)], schedule.names
        types = [entry.type for entry in store.journal(limit=1000)]
        if "Reminded" in types:
            assert types.index("Reminded") < types.index("BookingEnded"), schedule.names
        ends["Reminded" in types] += 1
        house = later(store, DUE + timedelta(minutes=10))
        run_all(house)
        assert reminders(house) == [], schedule.names  # it is cancelled by the time that it is sent
    assert set(ends) == {True, False}


def test_a_worker_that_dies_is_followed_by_another() -> None:
    """A worker that dies with the reminder in its hands: another one takes it over when the lease is over, once."""
    house = reminding()
    booking = book(house)
    house.clock.set(booking.period.start - BEFORE)

    def dies(task: m.Task) -> None:
        raise KeyboardInterrupt

    outbox = house.cantine._outbox
    work, outbox._work = outbox._work, {**outbox._work, "remind": dies}
    with pytest.raises(KeyboardInterrupt):
        house.cantine.run_due()
    outbox._work = work
    run_all(house)
    assert reminders(house) == []  # the lease of the dead one is not over
    assert len(at(house, booking.period.start - BEFORE + timedelta(minutes=5))) == 1
    assert len(at(house, booking.period.start - SECOND)) == 1
