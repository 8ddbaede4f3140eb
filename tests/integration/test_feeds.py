"""Feeds of places, spaces, facilitators, workshops and members: what calendars read back, and what nobody may see."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta

import attrs
import icalendar
import pytest
from ical.calendar_stream import IcsCalendarStream

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.errors import InputError, NotFoundError, UnsuitableError, WrongStateError
from cantinekit.feeds import PUBLIC_KINDS, answer_feed
from cantinekit.plugins.ports import Change, Key
from cantinekit.runtime import codec
from cantinekit.scheduling.calendars import read_programme
from support.houses import facilitated_house, small_house
from support.houses.small_house import CANARIES, open_house, period
from support.houses.tuesday_course import DAYS, course_house, ids, tuesdays
from support.stores.counting import Counting

TOMORROW = date(2026, 11, 25)


def book(house, space="b", person="zoe", hours=(14, 16), day=TOMORROW, **more):
    command = c.Book(
        space_id=space, product_id="room", person_id=person, period=period(*hours, day), account="desk", **more
    )
    return house.do(command).value


def read(body):
    """The events of a feed by their UID, as a parser of others reads them."""
    found = icalendar.Calendar.from_ical(body)
    assert found.errors == []
    IcsCalendarStream.calendar_from_ics(body.decode())  # a second one, which is stricter
    return {str(one["UID"]): one for one in found.walk("VEVENT")}


def said(one):
    """When an event is, its SEQUENCE, its state, and when it was changed."""
    start = one["DTSTART"].dt.astimezone(UTC)
    return start, int(one["SEQUENCE"]), str(one["STATUS"]), one["LAST-MODIFIED"].dt


def ics(house, kind, id, **more):
    return read(house.cantine.read.feed(kind, id, **more).ical())


# --- what is in them ---


def test_a_place_shows_its_programme():
    """The feed of a place has its sessions with title, room and link, and no booking; another place has its own."""
    house = open_house()
    book(house)
    feed = house.cantine.read.feed("place", "paris", link="https://cantine.example.org/{kind}/{id}", domain="x.example")
    found = read(feed.ical())
    assert sorted(found) == ["session-free@x.example", "session-paid@x.example"]
    free = found["session-free@x.example"]
    assert (str(free["SUMMARY"]), str(free["LOCATION"])) == ("Conférence", "Salle B, Paris")
    assert str(free["URL"]) == "https://cantine.example.org/session/free"
    assert free["DTSTART"].dt.tzinfo.key == "Europe/Paris"
    assert said(free) == (datetime(2026, 11, 25, 11, tzinfo=UTC), 0, "CONFIRMED", small_house.START)
    assert (feed.name, feed.zone, feed.secret) == ("Paris", "Europe/Paris", False)
    assert house.cantine.read.feed("place", "brest").items == ()


@pytest.mark.parametrize(
    ("id", "written"),
    [
        ("séance 1", "s%C3%A9ance%201"),
        ("a/../b?c#d", "a%2F..%2Fb%3Fc%23d"),
        ('"<b>', "%22%3Cb%3E"),
        ("{kind}", "%7Bkind%7D"),
    ],
)
def test_a_link_holds_any_id(id, written):
    """An id that a host chose is written into the link as a part of a URL, and leaves all formats as they should be."""
    house = open_house()
    house.do(c.AddSession(workshop_id="talk", day=TOMORROW, starts=time(16), ends=time(17), seats=2, id=id))
    feed = house.cantine.read.feed("place", "paris", link="https://x.example/{kind}s/{id}/")
    wanted = f"https://x.example/sessions/{written}/"
    assert str(read(feed.ical())[f"session-{id}"]["URL"]) == wanted
    assert wanted in [one["url"] for one in feed.json_ld()]
    assert wanted in [one["url"] for one in json.loads(feed.json())]


def test_a_session_that_moves_stays_the_same_entry():
    """UID stays; SEQUENCE and LAST-MODIFIED rise with each move, and with nothing that is no change of the entry."""
    house = open_house()
    first = said(ics(house, "place", "paris")["session-free"])
    house.wait(hours=1)
    house.do(c.Register(session_id="free", person_id="zoe"))
    assert said(ics(house, "place", "paris")["session-free"]) == first
    house.do(c.MoveSession(session_id="free", starts=time(15), ends=time(16)))
    moved = said(ics(house, "place", "paris")["session-free"])
    assert moved == (datetime(2026, 11, 25, 14, tzinfo=UTC), 1, "CONFIRMED", small_house.START + timedelta(hours=1))
    house.wait(hours=1)
    house.do(c.CancelSession("free", reason="ill"))
    assert said(ics(house, "place", "paris")["session-free"]) == (
        moved[0],
        2,
        "CANCELLED",
        small_house.START + timedelta(hours=2),
    )


def test_a_theme_changes_the_entry():
    """The title has the theme, and LAST-MODIFIED says when it was changed."""
    house = open_house()
    house.wait(minutes=5)
    house.do(c.ChangeTheme(session_id="free", theme="laine"))
    entry = ics(house, "place", "paris", lang="fr")["session-free"]
    assert str(entry["SUMMARY"]).startswith("Conférence")
    assert str(entry["SUMMARY"]).endswith("laine")
    assert entry["LAST-MODIFIED"].dt == small_house.START + timedelta(minutes=5)


def test_a_session_that_is_not_decided_is_tentative():
    """One with a minimum is tentative until it is confirmed, which raises SEQUENCE."""
    house = open_house()
    decide = datetime(2026, 11, 26, 8, tzinfo=UTC)
    house.do(
        c.AddSession(
            workshop_id="talk", day=date(2026, 11, 27), starts=time(10), ends=time(11), seats=5, id="maybe", minimum=1,
            decide_at=decide,
        )
    )  # fmt: skip
    assert said(ics(house, "workshop", "talk")["session-maybe"])[1:3] == (0, "TENTATIVE")
    house.do(c.Register(session_id="maybe", person_id="zoe"))
    house.clock.set(decide)
    house.cantine.run_due()
    assert said(ics(house, "workshop", "talk")["session-maybe"])[1:] == (1, "CONFIRMED", decide)


def test_a_course_has_an_entry_for_each_meeting():
    """Each meeting has its UID for ever; one that moves or is cancelled changes alone, and stays in the feed."""
    house = course_house()
    house.do(tuesdays(days=DAYS[:3]))
    one, two, three = (f"session-crs-{id}" for id in ids(house))
    house.wait(hours=2)
    house.do(c.MoveMeeting(session_id="crs", meeting_id=ids(house)[1], starts=time(9), ends=time(10), space_id="a"))
    house.do(c.CancelMeeting(session_id="crs", meeting_id=ids(house)[2], reason="ill"))
    found, later = ics(house, "workshop", "pottery"), small_house.START + timedelta(hours=2)
    assert [said(found[uid])[1:] for uid in (one, two, three)] == [
        (0, "CONFIRMED", small_house.START),
        (1, "CONFIRMED", later),
        (1, "CANCELLED", later),
    ]
    assert str(found[two]["LOCATION"]) == "Grande salle, Paris"
    house.clock.set(datetime(2027, 1, 5, tzinfo=UTC))
    assert three in ics(house, "workshop", "pottery")
    house.clock.set(datetime(2027, 1, 20, tzinfo=UTC))
    assert three not in ics(house, "workshop", "pottery")


def test_an_entry_of_an_earlier_version_has_no_time_of_change():
    """What was stored without an instant of change has no LAST-MODIFIED, and the DTSTAMP that each must have is the day
    of the feed; once it changes, it has both.
    """
    house = open_house()
    row = small_house.rows(house.storage)[Key("session", "free")]
    before = attrs.evolve(codec.decode(row), changed_at=None)
    house.storage.apply(Change(rows=(codec.encode(before, row.version + 1),)))
    house.wait(hours=30)
    entry = ics(house, "place", "paris")["session-free"]
    assert "LAST-MODIFIED" not in entry
    assert entry["DTSTAMP"].dt == datetime(2026, 11, 25, tzinfo=UTC)
    house = open_house()
    house.storage.apply(Change(rows=(codec.encode(before, row.version + 1),)))
    house.wait(hours=2)
    house.do(c.MoveSession(session_id="free", starts=time(15), ends=time(16)))
    entry = ics(house, "place", "paris")["session-free"]
    assert entry["LAST-MODIFIED"].dt == entry["DTSTAMP"].dt == house.clock.now()


def test_a_space_says_when_it_is_booked():
    """Bookings of a room, and of what shares it, are busy time without any text; a session in it is shown in full."""
    house = open_house()
    mine, whole = book(house, "a1"), book(house, "a", "bob", (16, 17))
    book(house, "a2", "eve", (10, 11))
    session = c.AddSession(workshop_id="talk", day=TOMORROW, starts=time(12), ends=time(13), seats=2, space_id="a1")
    house.do(session)
    feed = house.cantine.read.feed("space", "a1")
    busy = [one for one in feed.items if one.busy_only]
    assert [one.period for one in busy] == [mine.period, whole.period]
    entries = [one for one in read(feed.ical()).values() if "SUMMARY" not in one]
    assert [(one["DTSTART"].dt, str(one["CLASS"])) for one in entries] == [
        (mine.period.start, "PRIVATE"),
        (whole.period.start, "PRIVATE"),
    ]
    assert all(mine.id not in str(one) and whole.id not in str(one) for one in entries)
    assert feed.name == "Salle A1, Paris"
    house.do(c.CancelBooking(mine.id))
    again = read(house.cantine.read.feed("space", "a1").ical())
    assert str(again[busy[0].uid]["STATUS"]) == "CANCELLED"
    assert int(again[busy[0].uid]["SEQUENCE"]) > busy[0].sequence


def test_a_hold_that_ends_leaves_no_trace_for_others():
    """A hold is tentative while it lasts; what was never booked is not shown as cancelled."""
    house = open_house()
    house.do(c.HoldSpace(space_id="b", product_id="room", period=period(14, 15, TOMORROW), person_id="zoe"))
    (held,) = house.cantine.read.feed("space", "b").items[1:]
    assert (held.state, held.busy_only) == ("tentative", True)
    house.wait(hours=3)
    assert [one.id for one in house.cantine.read.feed("space", "b").items] == ["free"]
    house.cantine.run_due()
    assert [one.id for one in house.cantine.read.feed("space", "b").items] == ["free"]


def test_a_facilitator_shows_what_they_lead():
    """The feed of a facilitator has their sessions at any place, and does not name them."""
    house = facilitated_house.furnished()
    house.do(facilitated_house.asked(10, 12, "b", facilitator_ids=("ada",), id="led"))
    house.do(facilitated_house.asked(14, 15, "b", id="other"))
    feed = house.cantine.read.feed("facilitator", "ada")
    assert [one.id for one in feed.items] == ["led"]
    assert not any(canary in feed.ical().decode() + feed.name for canary in CANARIES)
    with pytest.raises(NotFoundError):
        house.cantine.read.feed("facilitator", "b")


def test_a_member_sees_bookings_and_seats():
    """Bookings with their room, held ones tentative, and seats with their title; nothing of others, and no rank."""
    house = open_house()
    mine = book(house)
    book(house, "b", "bob", (16, 17))
    house.do(c.HoldSpace(space_id="a", product_id="room", period=period(14, 15, TOMORROW), person_id="zoe", id="held"))
    seat = house.do(c.Register(session_id="free", person_id="zoe")).value
    found = ics(house, "member", "zoe")
    assert sorted(found) == [f"booking-{mine.id}", "booking-held", f"seat-{seat.id}-free"]
    assert str(found[f"booking-{mine.id}"]["SUMMARY"]) == "Salle B"
    assert str(found[f"seat-{seat.id}-free"]["SUMMARY"]) == "Conférence"
    assert (said(found["booking-held"])[2], said(found[f"booking-{mine.id}"])[2]) == ("TENTATIVE", "CONFIRMED")
    house.do(c.Register(session_id="free", person_id="bob"))
    house.do(c.Register(session_id="free", person_id="eve"))  # no seat is left
    assert ics(house, "member", "eve") == {}


def test_what_a_member_moves_or_gives_up():
    """A booking that moves keeps its UID, with a higher SEQUENCE and a new LAST-MODIFIED; so does one that ends."""
    house = open_house()
    mine, seat = book(house), house.do(c.Register(session_id="free", person_id="zoe")).value
    uids = f"booking-{mine.id}", f"seat-{seat.id}-free"
    before = [said(ics(house, "member", "zoe")[uid]) for uid in uids]
    house.wait(hours=1)
    house.do(c.MoveBooking(mine.id, period=period(9, 11, TOMORROW), account="desk"))
    house.do(c.MoveSession(session_id="free", starts=time(15), ends=time(16)))
    moved = [said(ics(house, "member", "zoe")[uid]) for uid in uids]
    later = small_house.START + timedelta(hours=1)
    assert [(start.hour, state, changed) for start, _, state, changed in moved] == [
        (9, "CONFIRMED", later),
        (14, "CONFIRMED", later),
    ]
    assert all(new[1] > old[1] for new, old in zip(moved, before, strict=True))
    house.wait(hours=1)
    house.do(c.CancelBooking(mine.id))
    house.do(c.CancelRegistration(seat.id))
    gone = [said(ics(house, "member", "zoe")[uid]) for uid in uids]
    assert [one[2] for one in gone] == ["CANCELLED", "CANCELLED"]
    assert all(new[1] > old[1] for new, old in zip(gone, moved, strict=True))
    assert [one[3] for one in gone] == [later + timedelta(hours=1)] * 2


def test_a_seat_at_a_course():
    """A member has an entry for each meeting; a seat that moves to another session leaves its old ones cancelled."""
    house = course_house()
    house.do(tuesdays("choir", days=DAYS[:2]))
    house.do(
        c.AddSession(
            workshop_id="choir", day=date(2026, 12, 3), starts=time(9), ends=time(10), seats=3, space_id="b", id="one"
        )
    )
    seat = house.do(c.Register(session_id="crs", person_id="zoe")).value
    first, second = (f"seat-{seat.id}-crs-{id}" for id in ids(house))
    assert sorted(ics(house, "member", "zoe")) == sorted([first, second])
    house.wait(hours=1)
    house.do(c.MoveRegistration(registration_id=seat.id, session_id="one"))
    found = ics(house, "member", "zoe")
    assert {said(one)[3] for one in found.values()} == {small_house.START + timedelta(hours=1)}
    assert {uid: said(one)[2] for uid, one in found.items()} == {
        first: "CANCELLED",
        second: "CANCELLED",
        f"seat-{seat.id}-one": "CONFIRMED",
    }


def test_a_series_that_is_booked_moved_and_ended():
    """Each date of a series of bookings is an entry of its own, with its own LAST-MODIFIED."""
    house = open_house()
    command = c.BookSeries(
        space_id="b",
        product_id="room",
        day=date(2026, 12, 1),
        starts=time(10),
        ends=time(11),
        rdates=(date(2026, 12, 8),),
        person_id="zoe",
        account="desk",
    )
    series = house.do(command).value
    assert [one.changed_at for one in house.cantine.read.feed("member", "zoe").items] == [small_house.START] * 2
    house.wait(hours=1)
    house.do(c.MoveBookingSeries(series.id, starts=time(12), ends=time(13)))
    house.wait(hours=1)
    house.do(c.CancelSeries(series.id))
    items = house.cantine.read.feed("member", "zoe").items
    assert [(one.state, one.changed_at) for one in items] == [
        ("cancelled", small_house.START + timedelta(hours=2)),
    ] * 2


def test_the_hour_that_comes_twice():
    """An entry in the second pass of an hour is read at its instant."""
    house = open_house(now=datetime(2027, 10, 20, tzinfo=UTC))
    at = datetime(2027, 10, 31, 1, 15, tzinfo=UTC)
    found = house.do(
        c.Book(space_id="n", product_id="room", person_id="zoe", period=small_house.period(1.25, 1.75, at.date()))
    ).value
    entry = ics(house, "member", "zoe")[f"booking-{found.id}"]
    assert said(entry)[0] == at


def test_a_seat_that_comes_free():
    """Who moves up the waiting list has an entry from then on, which says when that was."""
    house = open_house()
    for person in ("zoe", "bob", "eve"):
        house.do(c.Register(session_id="free", person_id=person))
    assert ics(house, "member", "eve") == {}
    house.wait(hours=1)
    house.do(c.CancelRegistration(house.cantine.read.registrations("free")[0].id))
    (entry,) = ics(house, "member", "eve").values()
    assert said(entry)[2:] == ("CONFIRMED", small_house.START + timedelta(hours=1))


# --- other forms ---


def test_events_of_schema_org():
    """Search engines find name, start, place and state; busy time is no event, and nothing ends a script."""
    house = open_house()
    house.do(c.AddWorkshop(place_id="paris", title="</script><b>", id="evil"))
    session = c.AddSession(workshop_id="evil", day=TOMORROW, starts=time(9), ends=time(10), seats=2, space_id="b")
    house.do(session)
    book(house)
    feed = house.cantine.read.feed("space", "b", link="https://x.example/{id}")
    text = feed.json_ld_text()
    assert "</script" not in text
    first, second = json.loads(text)
    assert {key: second[key] for key in ("@type", "name", "startDate", "url", "eventStatus")} == {
        "@type": "Event",
        "name": "Conférence",
        "startDate": "2026-11-25T12:00:00+01:00",
        "url": "https://x.example/free",
        "eventStatus": "https://schema.org/EventScheduled",
    }
    assert second["location"]["name"] == "Salle B, Paris"
    assert first["name"] == "</script><b>"
    assert len(json.loads(house.cantine.read.feed("member", "zoe").json_ld_text())) == 1


def test_a_plain_list():
    """The list has each entry as values; busy time has when, and nothing else."""
    house = open_house()
    book(house)
    free, busy = json.loads(house.cantine.read.feed("space", "b").json())
    assert (free["kind"], free["id"], free["title"], free["start"]) == (
        "session",
        "free",
        "Conférence",
        "2026-11-25T12:00:00+01:00",
    )
    assert {key for key, value in busy.items() if value} == {"uid", "kind", "start", "end", "zone", "state"}
    assert busy["kind"] == "busy"


def test_what_is_written_is_read_back_here_too():
    """This library reads its own feed without a problem, entry by entry."""
    house = course_house()
    house.do(tuesdays())
    found = read_programme(house.cantine.read.feed("place", "paris").ical(), zone="Europe/Paris")
    assert (found.problems, found.refused, len(found.events)) == ((), 0, 10)


@pytest.mark.parametrize(
    "wrong",
    [
        {"weeks_ahead": 0},
        {"weeks_before": -1},
        {"weeks_ahead": 105},
        {"domain": "a b"},
        {"link": "/{kind}s/{id}"},
        {"link": "javascript:open/{id}"},
        {"link": "https://x.example/{slug}"},
    ],
)
def test_what_is_no_feed(wrong):
    """Weeks out of range, a domain that is none and a link that leads nowhere are refused, whatever is in the feed."""
    house = open_house()
    with pytest.raises(InputError):
        house.cantine.read.feed("place", "paris", **wrong)


@pytest.mark.parametrize("kind", ["place", "space", "facilitator", "workshop", "member"])
def test_what_is_not_there(kind):
    """A feed of nothing is no empty feed."""
    with pytest.raises(NotFoundError):
        open_house().cantine.read.feed(kind, "none")


@pytest.mark.parametrize(
    ("kind", "id", "most"),
    [
        ("place", "paris", 3),
        ("workshop", "talk", 3),
        ("facilitator", "ada", 3),
        ("space", "b", 5),
        ("member", "zoe", 5),
    ],
)
def test_what_a_feed_costs(kind, id, most):
    """At most five round trips, however many entries there are; the control has twice as many, and costs the same."""
    house = facilitated_house.furnished()
    counted, costs = Counting(house.storage), []
    for hour in (9, 11):
        for day in (DAYS[0], DAYS[1]):
            book(house, hours=(hour, hour + 1), day=day)
            asked = facilitated_house.asked(14, 15, "a", day=day, facilitator_ids=("ada",)) if hour == 9 else None
            session = house.do(asked).value if asked else None
            if session is not None:
                house.do(c.Register(session_id=session.id, person_id="zoe"))
        counted.clear()
        shown = type(house.cantine.read)(counted, house.clock.now).feed(kind, id).items
        costs.append((counted.trips, len(shown)))
    assert costs[0][0] == costs[1][0] <= most
    assert costs[0][1] > 0


# --- over HTTP ---


def served(house, path, **headers):
    return answer_feed(house.cantine, path, {name.replace("_", "-"): value for name, value in headers.items()})


def test_a_feed_is_served():
    """Each form has its media type and an ETag; the ETag in any case of the header gets 304 without a body."""
    house = open_house()
    types = {}
    for ending in (".ics", ".jsonld", ".json", ""):
        answer = served(house, f"/place/paris{ending}")
        types[ending] = dict(answer.headers)["Content-Type"].partition(";")[0]
        tag = dict(answer.headers)["ETag"]
        again = served(house, f"place/paris{ending}", if_none_match=f'"x", {tag}')
        assert (answer.status, again.status, again.body, dict(again.headers)["ETag"]) == (200, 304, b"", tag)
    assert types == {
        ".ics": "text/calendar",
        ".jsonld": "application/ld+json",
        ".json": "application/json",
        "": "text/calendar",
    }
    assert "public" in dict(answer.headers)["Cache-Control"]


def test_a_change_changes_the_etag():
    """A client that has an older feed gets the new one; what is no change of the feed leaves the ETag, all day."""
    house = open_house()
    tag = dict(served(house, "place/paris.ics").headers)["ETag"]
    house.wait(hours=4)
    house.do(c.Register(session_id="free", person_id="zoe"))
    book(house, "a")
    assert served(house, "place/paris.ics", If_None_Match=tag).status == 304
    house.do(c.MoveSession(session_id="free", starts=time(15), ends=time(16)))
    answer = served(house, "place/paris.ics", If_None_Match=tag)
    assert answer.status == 200
    assert b"T150000" in answer.body


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "place/",
        "place/none.ics",
        "person/zoe.ics",
        "member/zoe.ics",
        "ckf_x",
        "place/a|b",
        "place/\x00",
        "x" * 999,
    ],
)
def test_what_is_served_to_nobody(path):
    """What is not there is 404; the feed of a member is not had by an id."""
    answer = served(open_house(), path)
    assert (answer.status, answer.body) == (404, b"there is no such feed\n")
    assert "member" not in PUBLIC_KINDS


def test_a_secret_address():
    """The token opens the feed of that person alone, until it is revoked; nothing that is stored is the token."""
    house = open_house()
    mine = book(house)
    shared = house.cantine.share_feed("zoe", actor="zoe")
    answer = served(house, f"{shared.token}.ics")
    assert answer.status == 200
    assert [*read(answer.body)] == [f"booking-{mine.id}"]
    headers = dict(answer.headers)
    assert (headers["Cache-Control"], headers["Referrer-Policy"]) == ("private, no-cache", "no-referrer")
    secret = shared.token.rpartition("_")[2]
    rows, journal = small_house.snapshot(house.storage)
    assert not any(secret in row.body + repr(row.index) for row in rows.values())
    assert not any(secret in entry.body for entry in journal)
    assert shared.token not in repr(shared) + repr(answer) + repr(shared.link)
    assert house.cantine.read.feed_links("zoe") == (shared.link,)
    other = house.cantine.share_feed("bob", actor="bob")
    assert read(served(house, f"{other.token}.ics").body) == {}
    mixed = shared.token.rpartition("_")[0] + "_" + other.token.rpartition("_")[2]
    assert served(house, mixed).status == 404
    assert served(house, shared.token, if_none_match=headers["ETag"]).status == 304
    house.do(c.RevokeFeed(shared.link.id))
    assert served(house, f"{shared.token}.ics").status == 404
    assert served(house, f"{shared.token}.ics", if_none_match=headers["ETag"]).status == 404
    assert served(house, other.token).status == 200
    with pytest.raises(NotFoundError):
        house.do(c.RevokeFeed(shared.link.id))


def test_addresses_are_few():
    """A person has at most 20 secret addresses; revoking one makes room."""
    house = open_house()
    links = [house.cantine.share_feed("zoe", actor="zoe").link for _ in range(20)]
    with pytest.raises(UnsuitableError):
        house.cantine.share_feed("zoe", actor="zoe")
    house.do(c.RevokeFeed(links[0].id))
    house.cantine.share_feed("zoe", actor="zoe")
    house.cantine.share_feed("bob", actor="bob")


def test_who_is_forgotten_has_no_feed():
    """Forgetting somebody removes each secret address: the token opens nothing, and none is made any more."""
    house = open_house()
    shared = house.cantine.share_feed("zoe", actor="zoe")
    assert "feed_link" in house.cantine.export("zoe").records
    house.cantine.forget("zoe", actor="zoe")
    assert house.all(m.FeedLink) == []
    assert served(house, shared.token).status == 404
    with pytest.raises(WrongStateError):
        house.cantine.share_feed("zoe", actor="zoe")


@pytest.mark.parametrize("path", ["place/paris", "space/b", "space/a1", "facilitator/ada", "workshop/talk"])
@pytest.mark.parametrize("ending", [".ics", ".json", ".jsonld"])
def test_no_public_feed_names_anybody(path, ending):
    """No name, address or id of a person is in a public feed, and no id of a booking or a seat."""
    house = facilitated_house.furnished()
    made = [book(house), book(house, "a1"), house.do(c.Register(session_id="free", person_id="zoe")).value]
    house.do(facilitated_house.asked(10, 12, "b", facilitator_ids=("ada",), id="led"))
    body = served(house, path + ending).body.decode()
    assert not any(word in body for word in (*CANARIES, *(one.id for one in made), "example.org", "zoe"))
