"""A weekly workshop with themes, five Thursdays long, and what tests ask of it."""

from __future__ import annotations

from collections import Counter
from datetime import date, time, timedelta

import pytest

import _house
from _house import TODAY
from cantinekit import commands as c
from cantinekit import model as m
from cantinekit.errors import SeriesClashError

THURSDAY = TODAY + timedelta(days=2)
THEMES = ("one", "two", "three", "four", "five")
PLAN = c.PlanSessions(
    "welding", THURSDAY, time(18), time(20), 4, "FREQ=WEEKLY;COUNT=5", space_id="a", themes=THEMES, id="thu"
)


def week(number: int) -> date:
    """The Thursday of a week, counted from the first date."""
    return THURSDAY + timedelta(weeks=number)


def refused(house, command, error=SeriesClashError):
    """The refusal of a command, by a preview and for good; nothing is stored by either."""
    before = _house.snapshot(house.storage)
    with pytest.raises(error) as shown:
        house.cantine.preview(command, actor="ana")
    with pytest.raises(error) as caught:
        house.do(command)
    assert type(caught.value) is error
    assert str(shown.value) == str(caught.value)
    assert _house.snapshot(house.storage) == before
    return caught.value


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
