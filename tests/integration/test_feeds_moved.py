"""Feeds of what something has left: it is there as cancelled, so that no calendar keeps what is not there any more."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any

import attrs
import icalendar
import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.clock import Period
from cantinekit.domain.occupancy.leaving import left_by
from cantinekit.errors import CantineError
from cantinekit.plugins.ports import Change, Key
from cantinekit.reads.feeds import FeedItem, FeedKind
from cantinekit.runtime import codec
from support.houses import small_house
from support.houses.facilitated_house import asked, furnished
from support.houses.small_house import CANARIES, House, period
from support.laws import house_laws

DAY = date(2026, 11, 26)
FAR = DAY + timedelta(weeks=40)
FEEDS: tuple[tuple[FeedKind, str], ...] = (
    ("place", "paris"),
    ("workshop", "talk"),
    ("space", "a"),
    ("space", "a1"),
    ("space", "a2"),
    ("space", "b"),
    ("space", "projector"),
    ("facilitator", "ada"),
    ("facilitator", "bea"),
    ("member", "zoe"),
)


def entries(house: House, kind: FeedKind, id: str, **more: Any) -> dict[str, FeedItem]:
    return {one.uid: one for one in house.cantine.read.feed(kind, id, **more).items}


def meeting(space_id: str | None = "b", **more: Any) -> tuple[House, str]:
    """A house with the session ``s`` in a room, and the name of its entry."""
    house = furnished()
    house.do(asked(10, 12, space_id, id="s", **more))
    return house, "session-s"


def booked(house: House, space_id: str, start: float = 14, day: date = DAY, **more: Any) -> m.Booking:
    asking = c.Book(
        space_id=space_id,
        product_id="room",
        period=period(start, start + 1, day),
        person_id="zoe",
        account="desk",
        **more,
    )
    return house.do(asking).value


def busy(house: House, space_id: str) -> list[tuple[str, datetime, str]]:
    """What a feed of a space says of bookings."""
    found = entries(house, "space", space_id).values()
    return [(one.uid, one.period.start, one.state) for one in found if one.busy_only]


def sound(house: House) -> None:
    house_laws.hold(house.storage, house.clock.now())
    house_laws.folds(house.storage)


def stored_as(storage: Any, kind: str, id: str, **values: Any) -> None:
    """Store a record with other values."""
    row = small_house.rows(storage)[Key(kind, id)]
    storage.apply(Change(rows=(codec.encode(attrs.evolve(codec.decode(row), **values), row.version + 1),)))


# --- sessions --------------------------------------------------------------------------------------------------------


def test_a_session_that_moves_to_another_room_is_cancelled_in_the_old_one() -> None:
    """The same UID, a higher SEQUENCE, the time that it had there; in the new room it is confirmed. Where it comes back
    it is confirmed with a higher one still, and so on.
    """
    house, uid = meeting()
    first = entries(house, "space", "b")[uid]
    house.wait(hours=1)
    house.do(c.MoveSession("s", space_id="a1", starts=time(15), ends=time(16)))
    gone = entries(house, "space", "b")[uid]
    assert (gone.state, gone.period, gone.changed_at) == ("cancelled", first.period, house.clock.now())
    assert gone.sequence > first.sequence
    for other in ("a1", "a"):
        assert entries(house, "space", other)[uid].state == "confirmed"
    body = house.cantine.read.feed("space", "b").ical()
    (event,) = [one for one in icalendar.Calendar.from_ical(body).walk("VEVENT") if one["UID"] == uid]
    assert (str(event["STATUS"]), event["DTSTART"].dt) == ("CANCELLED", first.period.start)
    last = gone
    for space_id, state in (("b", "confirmed"), ("a2", "cancelled"), ("b", "confirmed")):
        house.wait(minutes=5)
        house.do(c.MoveSession("s", space_id=space_id))
        now = entries(house, "space", "b")[uid]
        assert now.state == state
        assert now.sequence > last.sequence
        assert (now.changed_at or now.period.end) > (last.changed_at or last.period.end)
        last = now
    sound(house)


def test_it_is_there_as_long_as_the_feed_goes_back() -> None:
    """Until the time that it had is before the window; what an earlier version stored left no trace: the control."""
    house, uid = meeting()
    house.do(c.MoveSession("s", space_id="a1"))
    house.clock.set(datetime(2026, 12, 20, tzinfo=UTC))
    assert uid in entries(house, "space", "b")
    house.clock.set(datetime(2026, 12, 29, tzinfo=UTC))
    assert uid not in entries(house, "space", "b")
    assert uid in entries(house, "space", "b", weeks_before=8)
    stored_as(house.storage, "session", "s", left=())
    assert uid not in entries(house, "space", "b", weeks_before=8)


def test_who_no_longer_facilitates_it_has_it_cancelled() -> None:
    """SEQUENCE rises for who leaves, though it does not for others; one meeting of a course is one entry."""
    house, uid = meeting(facilitator_ids=("ada",))
    at_place = entries(house, "place", "paris")[uid]
    first = entries(house, "facilitator", "ada")[uid]
    house.wait(hours=1)
    house.do(c.MoveSession("s", facilitator_ids=("bea",)))
    gone = entries(house, "facilitator", "ada")[uid]
    assert (gone.state, gone.sequence > first.sequence) == ("cancelled", True)
    assert gone.changed_at == house.clock.now()
    assert entries(house, "facilitator", "bea")[uid].state == "confirmed"
    assert entries(house, "place", "paris")[uid] == at_place
    house.do(c.MoveSession("s", facilitator_ids=("ada", "bea")))
    back = entries(house, "facilitator", "ada")[uid]
    assert (back.state, back.sequence > gone.sequence) == ("confirmed", True)
    days = [DAY + timedelta(weeks=n) for n in (1, 2)]
    course = c.AddCourse(
        workshop_id="talk",
        meetings=[(day, time(10), time(12), "b") for day in days],
        seats=5,
        id="crs",
        facilitator_ids=["ada"],
    )
    ids = [one.id for one in house.do(course).value.meetings]
    house.do(c.MoveMeeting(session_id="crs", meeting_id=ids[1], facilitator_ids=["bea"], space_id="a1"))
    states = {uid: one.state for uid, one in entries(house, "facilitator", "ada").items()}
    assert states[f"session-crs-{ids[0]}"] == "confirmed"
    assert states[f"session-crs-{ids[1]}"] == "cancelled"
    assert entries(house, "space", "b")[f"session-crs-{ids[1]}"].state == "cancelled"
    sound(house)


def test_what_moves_beyond_the_window_is_told() -> None:
    """A session and a booking that move to a day that no feed reaches are there at their new time, not at the old."""
    house, uid = meeting(facilitator_ids=("ada",))
    seat = house.do(c.Register(session_id="s", person_id="zoe")).value
    booking = booked(house, "a1")
    house.do(c.MoveSession("s", day=FAR))
    house.do(c.MoveBooking(booking.id, period=period(14, 15, FAR), override="the works"))
    feeds: list[tuple[FeedKind, str, str]] = [
        ("place", "paris", uid),
        ("workshop", "talk", uid),
        ("space", "b", uid),
        ("facilitator", "ada", uid),
        ("member", "zoe", f"seat-{seat.id}-s"),
        ("member", "zoe", f"booking-{booking.id}"),
    ]
    for kind, id, name in feeds:
        entry = entries(house, kind, id)[name]
        assert (entry.state, entry.period.start.date()) == ("confirmed", FAR), (kind, id)
    assert [(start.date(), state) for _, start, state in busy(house, "a1")] == [(FAR, "confirmed")]
    assert entries(house, "member", "bob") == {}


def test_a_cancelled_session_stays_in_the_feeds_of_what_shares_its_room() -> None:
    """What is cancelled has no claims any more: its room and equipment say where it was, and no other feed has it."""
    house, uid = meeting("a1", with_units={"projector": 1})
    house.do(c.CancelSession("s", reason="ill"))
    for id, there in (("a1", True), ("a", True), ("projector", True), ("a2", False), ("b", False)):
        assert [one.state for one in entries(house, "space", id).values() if one.uid == uid] == ["cancelled"] * there, (
            id
        )


# --- bookings --------------------------------------------------------------------------------------------------------


def test_what_left_a_space_before_it_was_called_off_stays_in_its_feed() -> None:
    """In the feed of the room, and of the equipment, that it had before: cancelled, at the time that it had there, and
    with a higher SEQUENCE. The control: in a room in which it never was it is not.
    """
    house, uid = meeting(with_units={"projector": 1})
    first = entries(house, "space", "b")[uid]
    house.do(c.MoveSession("s", space_id="a1", starts=time(15), ends=time(16), with_units={}))
    gone = {id: entries(house, "space", id)[uid] for id in ("b", "projector")}
    house.do(c.CancelSession("s", reason="the oven is broken"))
    for id, before in gone.items():
        now = entries(house, "space", id)[uid]
        assert (now.state, now.period, now.location) == ("cancelled", first.period, before.location)
        assert now.sequence > before.sequence > first.sequence
    assert entries(house, "space", "a1")[uid].period.start > first.period.start
    assert uid not in entries(house, "space", "a2")
    sound(house)


def test_a_space_that_was_left_is_no_place_and_nobody() -> None:
    """A place and a person may have the id of a space: what left the space is not in their feeds. The control: it is in
    that of the place where it is, and of whom it is.
    """
    house, uid = meeting()
    house.do(
        c.AddPlace(
            name="B", entity_id=house.get(m.Place, "paris").entity_id, zone="Europe/Paris", currency="EUR", id="b"
        )
    )
    house.do(c.AddPerson(name="B", email="b@example.org", id="b"))
    booking = booked(house, "b")
    house.do(c.MoveSession("s", space_id="a1"))
    house.do(c.MoveBooking(booking.id, space_id="a2"))
    assert (entries(house, "place", "b"), entries(house, "member", "b")) == ({}, {})
    assert uid in entries(house, "place", "paris")
    assert [one.id for one in entries(house, "member", "zoe").values()] == [booking.id]


def test_what_is_only_asked_for_is_in_no_feed_of_a_space() -> None:
    """A request is nothing that others see, where it is and where it was; once it is granted it is: the control."""
    house = furnished()
    booking = booked(house, "b")
    house.do(c.MoveBooking(booking.id, space_id="a1"))
    for state, seen in (("requested", 0), ("confirmed", 1)):
        stored_as(house.storage, "booking", booking.id, state=state)
        assert [len(busy(house, id)) for id in ("b", "a1", "a")] == [seen] * 3


def test_a_booking_that_moves_is_cancelled_where_it_was() -> None:
    """In the feed of its room, and of what shares that; only when, without a text. A hold is, a request never was."""
    house = furnished()
    booking = booked(house, "a")
    before = {id: busy(house, id) for id in ("a", "a1", "a2")}
    sequence = entries(house, "space", "a1")[before["a1"][0][0]].sequence
    house.do(c.MoveBooking(booking.id, space_id="b", period=period(16, 17, DAY)))
    for id, was in before.items():
        assert busy(house, id) == [(*was[0][:2], "cancelled")], id
        assert entries(house, "space", id)[was[0][0]].sequence > sequence
    assert busy(house, "b") == [(before["a"][0][0], period(16, 17, DAY).start, "confirmed")]
    house.do(c.MoveBooking(booking.id, space_id="a1"))
    states = {id: [state for *_, state in busy(house, id)] for id in ("a", "a1", "a2", "b")}
    assert states == {"a": ["confirmed"], "a1": ["confirmed"], "a2": ["cancelled"], "b": ["cancelled"]}
    text = house.cantine.read.feed("space", "b").ical().decode()
    assert not any(word in text for word in (*CANARIES, booking.id, "zoe"))
    sound(house)


def test_a_booking_that_ends_stays_in_the_feeds_of_what_shares_its_room() -> None:
    """Of the whole room that is cancelled, each half says so; a hold that ran out leaves no trace in any."""
    house = furnished()
    booking = booked(house, "a", with_units={"projector": 1})
    house.do(c.HoldSpace(space_id="a", product_id="room", period=period(9, 10, DAY), person_id="zoe", id="held"))
    house.do(c.MoveBooking("held", space_id="b"))
    assert [state for *_, state in busy(house, "a1")] == ["cancelled", "confirmed"]
    house.do(c.CancelBooking(booking.id))
    house.wait(hours=3)
    house.cantine.run_due()
    for id in ("a", "a1", "a2", "projector"):
        assert [(start, state) for _, start, state in busy(house, id)] == [(booking.period.start, "cancelled")], id
    assert busy(house, "b") == []


def test_the_dates_of_a_series_that_move() -> None:
    """Each is cancelled in the feed of the room that it left."""
    house = furnished()
    series = house.do(
        c.BookSeries(
            space_id="b",
            product_id="room",
            day=date(2026, 12, 1),
            starts=time(10),
            ends=time(11),
            rule="FREQ=WEEKLY;COUNT=2",
            person_id="zoe",
            account="desk",
        )
    ).value
    house.do(c.MoveBookingSeries(series.id, space_id="a1"))
    for id, state in (("b", "cancelled"), ("a1", "confirmed"), ("a", "confirmed")):
        assert [found for *_, found in busy(house, id)] == [state] * 2, id
    sound(house)


def test_each_space_is_kept_once() -> None:
    """However often it moves, a row has one entry for each space that it was in, and one for the time."""
    house, _ = meeting()
    for turn in range(6):
        house.do(c.MoveSession("s", space_id=("a1", "b")[turn % 2], starts=time(9 + turn), ends=time(20)))
    left = house.get(m.Session, "s").left
    assert sorted((str(one.space_id), one.times) for one in left) == [("None", 0), ("a1", 3), ("b", 3)]


# --- a calendar that forgets nothing ---------------------------------------------------------------------------------


class Merging:
    """A calendar that keeps each entry of a feed for ever, and takes another one only with a higher SEQUENCE."""

    def __init__(self) -> None:
        self.kept: dict[str, FeedItem] = {}

    def read(self, items: Iterable[FeedItem]) -> None:
        for one in items:
            known = self.kept.get(one.uid)
            if known is None or known.sequence < one.sequence:
                self.kept[one.uid] = one

    def stands(self) -> dict[str, Period]:
        return {uid: one.period for uid, one in self.kept.items() if one.state != "cancelled"}


def changes(draw: Random, ids: list[str]) -> c.Command[Any]:
    """Something that moves or ends."""
    rooms = draw.choice(("a", "a1", "a2", "b"))
    hour = draw.randrange(8, 18)
    day = DAY + timedelta(days=draw.choice((0, 1, 7, 300)))
    which = draw.randrange(8)
    if which < 2:
        return c.MoveSession("s", space_id=rooms, day=day, starts=time(hour), ends=time(hour + 1))
    if which == 2:
        return c.MoveSession("s", facilitator_ids=draw.choice(((), ("ada",), ("bea",), ("ada", "bea"))))
    if which == 3:
        return c.MoveSession("s", space_id=rooms, with_units=draw.choice(({}, {"projector": 1})))
    if which == 4:
        return c.CancelBooking(draw.choice(ids))
    when = period(hour, hour + 1, day) if draw.random() < 0.6 else None
    units = draw.choice((None, (), (("projector", 1),)))
    return c.MoveBooking(draw.choice(ids), space_id=rooms, period=when, with_units=units, override="the works")


def differences(house: House, calendars: dict[tuple[FeedKind, str], Merging], *, cancelled: bool = True) -> list[Any]:
    """Feeds of which a calendar that forgets nothing shows something else than what is there now."""
    found = []
    for (kind, id), calendar in calendars.items():
        items = house.cantine.read.feed(kind, id).items
        calendar.read(one for one in items if cancelled or one.state != "cancelled")
        now = {one.uid: one.period for one in items if one.state != "cancelled"}
        if calendar.stands() != now:
            found.append((kind, id))
    return found


@pytest.mark.parametrize("seed", range(3))
def test_a_calendar_that_forgets_nothing_is_right(seed: int) -> None:
    """Whatever moves and ends, a calendar that keeps each entry until it reads of a newer one shows what is there now.
    The control is a feed without what is cancelled: calendars that read it keep what is gone.
    """
    house, draw = furnished(), Random(seed)
    house.do(asked(10, 12, "b", id="s", facilitator_ids=("ada",)))
    house.do(c.Register(session_id="s", person_id="zoe"))
    ids = [booked(house, space_id, start).id for space_id, start in (("a", 14), ("a1", 16), ("b", 16))]
    good, bad = ({one: Merging() for one in FEEDS} for _ in range(2))
    wrong, done = 0, 0
    for _ in range(25):
        assert differences(house, good) == []
        wrong += bool(differences(house, bad, cancelled=False))
        try:
            house.do(changes(draw, ids))
            done += 1
        except CantineError:
            continue
        house.wait(minutes=1)
    assert done > 8
    assert wrong > 0
    sound(house)


def test_what_was_left_before_is_carried_on() -> None:
    """A move to another time in the same room counts no leaving; a return changes only when that was."""
    first, second = period(9, 10, DAY), period(10, 11, DAY)
    claim = m.Claim("x", first.start, first.end, 1)
    at = datetime(2026, 11, 24, tzinfo=UTC)
    here, there = (m.Placed(id, claim) for id in ("b", "a"))
    old = m.Meeting("x", *(None, None), period=first, placed=(here,))  # type: ignore[arg-type]
    left = left_by(old, second, (here,), at)
    assert set(left) == {m.Left(None, first, at), m.Left("b", first, at)}
    left = left_by(attrs.evolve(old, left=left, period=second), second, (there,), at + timedelta(hours=1))
    assert m.Left("b", second, at + timedelta(hours=1), 1, first) in left
    back = attrs.evolve(old, left=left, period=second, placed=(there,))
    later = at + timedelta(hours=2)
    assert m.Left("b", second, later, 1, first) in left_by(back, second, (here,), later)
