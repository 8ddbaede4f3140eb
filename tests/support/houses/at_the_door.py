"""A session and its door, for the tests of attendance."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from cantinekit import commands as c
from cantinekit import records as m
from support.houses import small_house
from support.houses.small_house import House

SESSION = "free"
"""A free session of the workshop ``talk``, with two seats, on the day after today from 12 to 14 in Paris."""


def starts(house: House, session: str = SESSION) -> datetime:
    return house.get(m.Session, session).period.start


def at_door(house: House, session: str = SESSION, minutes: int = -30) -> None:
    """So many minutes after a session begins."""
    house.clock.set(starts(house, session) + timedelta(minutes=minutes))


def over(house: House, session: str = SESSION) -> None:
    house.clock.set(house.get(m.Session, session).period.end)


def seated(*people: str, seats: int = 1, session: str = SESSION) -> tuple[House, list[str]]:
    """A house in which these people have confirmed seats, and the ids of their registrations."""
    house = small_house.open_house()
    account = None if session == SESSION else "desk"
    ids = [
        house.do(c.Register(session_id=session, person_id=one, account=account, seats=seats)).value.id for one in people
    ]
    return house, ids


def trained(house: House, person: str, workshop: str = "talk") -> bool:
    """Whether there is a training."""
    return workshop in [one.workshop_id for one in house.cantine.read.trainings(person)]


def nothing_stored(house: House, command: c.Command, error: type[Exception], match: str | None = None) -> Any:
    """The refusal of a command, which leaves everything that is stored as it was."""
    before = small_house.snapshot(house.storage)
    with pytest.raises(error, match=match) as caught:
        house.do(command)
    assert small_house.snapshot(house.storage) == before
    return caught.value
