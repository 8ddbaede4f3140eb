"""A new edition of the zone data while bookings and sessions are stored: nothing is lost from sight, nothing collides.

The new edition gives Paris the offset of Algiers, UTC+1 all year: as if the clock changes were given up.
"""

from __future__ import annotations

import importlib.resources
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import attrs
import pytest

from cantinekit import clock
from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.cantine import Cantine
from cantinekit.clock import ManualClock, Period
from cantinekit.errors import ConflictError
from cantinekit.reads.reader import Drifted
from support.houses import small_house
from support.laws import house_laws

SUMMER = date(2027, 7, 6)
WINTER = date(2027, 1, 12)
HOUR = timedelta(hours=1)


def at(day, hour):
    """An hour of a day, in UTC."""
    return datetime.combine(day, time(), UTC) + hour * HOUR


@pytest.fixture(params=["memory", "sqlite"])
def house(request, tmp_path):
    """A room with a session on a summer evening and on a winter evening, and a booking before the one in summer."""
    made = small_house.open_house("memory://" if request.param == "memory" else f"sqlite:///{tmp_path}/cantine.db")
    made.do(c.AddSpace(place_id="paris", name="Salle C", id="c"))
    made.do(c.AddWorkshop(place_id="paris", title="Voile", id="sail"))
    made.do(
        c.AddSession(workshop_id="sail", day=SUMMER, starts=time(18), ends=time(20), seats=5, space_id="c", id="summer")
    )
    made.do(
        c.AddSession(workshop_id="sail", day=WINTER, starts=time(18), ends=time(20), seats=5, space_id="c", id="winter")
    )
    made.do(
        c.Book(
            space_id="c",
            product_id="room",
            period=Period(at(SUMMER, 8), at(SUMMER, 9)),
            person_id="zoe",
            account="desk",
        )
    )
    yield made
    made.cantine.close()


@pytest.fixture
def new_edition(monkeypatch):
    """Puts the new edition in place of the old one."""
    file = importlib.resources.files("tzdata.zoneinfo.Africa") / "Algiers"
    kept = clock._zone

    def zone(name):
        if name != "Europe/Paris":
            return kept(name)
        with file.open("rb") as data:
            return ZoneInfo.from_file(data, key=name)

    return lambda: monkeypatch.setattr(clock, "_zone", zone)


def again(house):
    """The same store, opened by a process that starts with the zone data of now."""
    clock_ = ManualClock(house.clock.now())
    opened = Cantine(house.storage, gateways=house.cantine._gateways, clock=clock_, ids=house.cantine._ids)
    return attrs.evolve(house, cantine=opened)


def refused(house, period):
    with pytest.raises(ConflictError) as caught:
        house.do(c.Book(space_id="c", product_id="room", period=period, account="desk", override="new zone data"))
    return caught.value.clashes


def test_nothing_is_lost_from_sight(house, new_edition):
    """What was stored stands at its instants, is listed on its day, keeps others out, and can be given up; the time on
    the wall that is free now can be had."""
    booking, stored = house.all(m.Booking)[0], small_house.snapshot(house.storage)
    new_edition()
    house = again(house)
    assert small_house.snapshot(house.storage) == stored
    listed = [(item.kind, item.period.start) for item in house.cantine.read.agenda("paris", SUMMER)]
    assert listed == [("booking", at(SUMMER, 8)), ("session", at(SUMMER, 16))]
    assert refused(house, Period(at(SUMMER, 8.5), at(SUMMER, 9.5))) == (booking.period,)
    assert refused(house, Period(at(SUMMER, 17.5), at(SUMMER, 18.5))) == (Period(at(SUMMER, 16), at(SUMMER, 18)),)
    free = house.cantine.availability("c", Period(at(SUMMER, 0), at(SUMMER, 24)))
    assert not [one for one in free if one.overlaps(booking.period)]
    house.do(c.Book(space_id="c", product_id="room", period=Period(at(SUMMER, 9), at(SUMMER, 10)), account="desk"))
    house.do(c.CancelBooking(booking.id))
    house.do(c.Book(space_id="c", product_id="room", period=booking.period, account="desk"))
    house_laws.hold(house.storage, house.clock.now())
    house_laws.folds(house.storage)


def test_what_drifted_is_told(house, new_edition):
    """Sessions that the wall puts at another time now are told with that time; with the old edition there are none."""
    year = Period(at(WINTER, 0), at(SUMMER, 24))
    assert house.cantine.read.drifted("paris", year) == ()
    new_edition()
    (summer,) = [one for one in house.all(m.Session) if one.id == "summer"]
    assert again(house).cantine.read.drifted("paris", year) == (Drifted(summer, at(SUMMER, 17), at(SUMMER, 19)),)
