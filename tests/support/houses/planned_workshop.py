"""A weekly workshop with themes, five Thursdays long, and what tests ask of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import time

from cantinekit import commands as c
from cantinekit import records as m
from support.houses.small_house import House, open_house
from support.houses.thursdays import THURSDAY
from support.laws import house_laws
from support.races.two_at_once import run_all

THEMES = ("one", "two", "three", "four", "five")
PLAN = c.PlanSessions(
    workshop_id="welding",
    day=THURSDAY,
    starts=time(18),
    ends=time(20),
    seats=4,
    rule="FREQ=WEEKLY;COUNT=5",
    space_id="a",
    themes=THEMES,
    id="thu",
)


def planned() -> Iterator[House]:
    """The house with the workshop planned; in the end all that is due is done, and the laws hold."""
    house = open_house()
    house.do(PLAN)
    yield house
    run_all(house)
    house_laws.hold(house.storage, house.clock.now())
    house_laws.settled(house.storage, house.clock.now())
    house_laws.folds(house.storage)


def sessions(house):
    return [house.get(m.Session, id) for id in house.get(m.SessionSeries, "thu").session_ids]


def when(house):
    """The day, the hour and the room of each session."""
    return [(one.starts.day, one.starts.at.hour, one.space_id) for one in sessions(house)]


def told(house):
    """How often each template went to each person."""
    return Counter((one.template, one.to.partition("@")[0]) for one in house.mail.messages)


def seat(house, number, *people):
    """People with a paid seat at a session, counted from the first."""
    id = sessions(house)[number].id
    return [house.do(c.Register(session_id=id, person_id=person, account="desk")).value for person in people]
