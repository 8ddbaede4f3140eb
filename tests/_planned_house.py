"""A weekly workshop with themes, five Thursdays long, and what tests ask of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import time

import _laws
from _house import House, open_house
from _two_at_once import run_all
from _weekly import THURSDAY
from cantinekit import commands as c
from cantinekit import records as m

THEMES = ("one", "two", "three", "four", "five")
PLAN = c.PlanSessions(
    "welding", THURSDAY, time(18), time(20), 4, "FREQ=WEEKLY;COUNT=5", space_id="a", themes=THEMES, id="thu"
)


def planned() -> Iterator[House]:
    """The house with the workshop planned; in the end all that is due is done, and the laws hold."""
    house = open_house()
    house.do(PLAN)
    yield house
    run_all(house)
    _laws.hold(house.storage, house.clock.now())
    _laws.settled(house.storage, house.clock.now())
    _laws.folds(house.storage)


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
    return [house.do(c.Register(id, person, account="desk")).value for person in people]
