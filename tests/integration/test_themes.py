"""What a session is about: given at planning or later, and shown wherever the session is called by its title."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.backends.notices import RecordingNotifier
from cantinekit.clock import Period
from cantinekit.errors import InputError, NotFoundError, TooLateError, WrongStateError
from cantinekit.pictures import week_of
from cantinekit.runtime import codec
from cantinekit.scheduling.calendars import read_messages
from support.houses import small_house
from support.houses.small_house import TODAY, period

DAY = TODAY + timedelta(days=2)


class Inviting(RecordingNotifier):
    """Records, and wants invitations."""

    organizer: str | None = "agenda@cantine.example.org"


@pytest.fixture
def house():
    return small_house.open_house(notify=[Inviting()])


def last(house):
    return house.cantine._notifiers[0].received[-1]


def test_messages_and_invitations_say_title_and_theme(house):
    """In both languages, each with its own space before the colon; seats of a party are counted after it."""
    house.do(c.ChangeTheme("paid", theme="butt joints"))
    house.do(c.Register(session_id="paid", person_id="zoe", account="desk"))
    assert last(house).subject == "Seat confirmed: Soudure: butt joints"
    (found,), _ = read_messages(last(house).invitation.calendar, zone="Europe/Paris")
    assert dict(found.event.series.fields)["title"] == "Soudure: butt joints"
    house.do(c.CancelRegistration(house.cantine.read.registrations("paid")[0].id))
    house.do(c.ChangePerson("bob", lang="fr"))
    house.do(c.Register(session_id="paid", person_id="bob", account="desk", seats=2))
    assert "Soudure\u00a0: butt joints × 2" in last(house).subject


def test_the_agenda_a_picture_and_an_export_say_it_too(house):
    """Wherever a session is called by the title of its workshop."""
    house.do(c.ChangeTheme("paid", theme="butt joints"))
    house.do(c.Register(session_id="paid", person_id="zoe", account="desk"))
    labels = [item.label for item in house.cantine.read.agenda("paris", TODAY + timedelta(days=1))]
    assert labels == ["Conférence", "Soudure: butt joints"]
    data = house.cantine.export("zoe").data()
    assert data["names"]["session"] == {"paid": "Soudure: butt joints"}
    assert data["records"]["session"][0]["theme"] == "butt joints"
    for lang, shown in (("en", "Soudure: butt joints"), ("fr", "Soudure\u00a0: butt joints")):
        picture = week_of(house.cantine.read, "paris", TODAY, lang=lang)
        assert shown in picture.svg()


def test_a_sheet_and_a_certificate_say_it_too(house):
    """What somebody was at is its title and its theme."""
    house.do(c.ChangeTheme("paid", theme="butt joints"))
    seat = house.do(c.Register(session_id="paid", person_id="zoe", account="desk")).value
    house.clock.set(small_house.utc(17, day=TODAY + timedelta(days=1)))
    house.do(c.MarkAttendance(seat.id))
    assert house.cantine.read.sheet("paid").title == "Soudure: butt joints"
    house.wait(days=1)
    house.do(c.CloseSheet("paid"))
    assert house.cantine.read.certificate(seat.id).workshop == "Soudure: butt joints"


def test_without_a_theme_all_is_as_it_was(house):
    """A session without one is called by the title alone; its row says nothing of themes and series."""
    house.do(c.Register(session_id="paid", person_id="zoe", account="desk"))
    assert last(house).subject == "Seat confirmed: Soudure"
    row = codec.encode(house.get(m.Session, "paid"), 1)
    assert "theme" not in row.body
    assert "series_id" not in row.body


def test_a_theme_is_changed_until_the_session_begins(house):
    """Nobody is told; it can be taken away; of what began or is cancelled it stays."""
    house.do(c.Register(session_id="free", person_id="zoe"))
    done = house.do(c.ChangeTheme("free", theme="glazes"))
    assert (done.value.theme, done.messages, [one.type for one in done.events]) == ("glazes", (), ["ThemeChanged"])
    assert house.do(c.ChangeTheme("free", theme="glazes")).events == ()
    assert house.do(c.ChangeTheme("free", theme="")).value.theme == ""
    house.do(c.CancelSession("paid", reason="rain"))
    with pytest.raises(WrongStateError):
        house.do(c.ChangeTheme("paid", theme="glazes"))
    house.wait(days=2)
    with pytest.raises(TooLateError):
        house.do(c.ChangeTheme("free", theme="glazes"))
    with pytest.raises(NotFoundError):
        house.do(c.ChangeTheme("nothing", theme="glazes"))
    with pytest.raises(InputError):
        c.ChangeTheme("free", theme="x" * 301)


def test_the_programme_of_a_workshop_has_all_its_sessions(house):
    """Those of its series and those added by hand, in order, with what is cancelled or left out; or within a period."""
    house.do(
        c.Book(
            space_id="a",
            product_id="room",
            period=period(17, 18, DAY + timedelta(days=7)),
            account="desk",
            override="a wake",
        )
    )
    plan = c.PlanSessions(
        workshop_id="welding",
        day=DAY,
        starts=time(18),
        ends=time(20),
        seats=4,
        rule="FREQ=WEEKLY;COUNT=3",
        space_id="a",
        themes=["one", "two", "three"],
        skip=[DAY + timedelta(days=7)],
        id="s",
    )
    series = house.do(plan).value
    house.do(c.MoveSession(series.session_ids[0], day=DAY + timedelta(days=10)))
    house.do(c.CancelSession(series.session_ids[1], reason="rain"))
    found = house.cantine.read.themes("welding")
    assert [(one.day, one.theme, one.state, one.series_id) for one in found] == [
        (date(2026, 11, 25), "", "planned", None),
        (date(2026, 12, 3), "two", "skipped", "s"),
        (date(2026, 12, 6), "one", "planned", "s"),
        (date(2026, 12, 10), "three", "cancelled", "s"),
    ]
    assert house.cantine.read.themes("s") == found[1:]
    assert (found[1].period, found[1].session_id) == (None, None)
    within = Period(small_house.utc(0, day=date(2026, 12, 6)), small_house.utc(0, day=date(2026, 12, 7)))
    assert house.cantine.read.themes("welding", within) == found[2:3]
    assert house.cantine.read.themes("talk")[0].session_id == "free"
    with pytest.raises(NotFoundError):
        house.cantine.read.themes("nothing")


def test_a_course_is_in_a_programme_once(house):
    """However often it meets, it is one session with one theme."""
    days = [DAY + timedelta(weeks=n) for n in range(3)]
    course = house.do(
        c.AddCourse(workshop_id="welding", meetings=[(day, time(18), time(20)) for day in days], seats=4)
    ).value
    found = house.cantine.read.themes("welding")
    assert [one.session_id for one in found].count(course.id) == 1
    assert [one.id for one in house.cantine.read.find(m.Session, "place")].count(course.id) == 1
