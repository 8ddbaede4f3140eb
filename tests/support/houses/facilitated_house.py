"""A house with two facilitators, three projectors and the calls of the tests about them."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Any

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.plugins.ports import Storage
from support.houses import small_house
from support.houses.small_house import House

DAY = date(2026, 11, 26)
"""A Thursday, two days after the house opens."""
WEEK = m.OpenHours.weekly(range(5), time(8), time(20))


def furnished(storage: str | Storage = "memory://", **options: Any) -> House:
    """Ada of Paris and Bea of Brest, who are Zoé and Bob; three projectors in Paris; a workshop in Paris and Brest."""
    house = small_house.open_house(storage, **options)
    for command in (
        c.AddFacilitator(person_id="zoe", place_id="paris", id="ada", hours=WEEK),
        c.AddFacilitator(person_id="bob", place_id="brest", id="bea", hours=WEEK),
        c.AddSpace(place_id="paris", name="Projectors", use="equipment", capacity=3, id="projector"),
        c.AddSpace(place_id="brest", name="Atelier", id="atelier"),
        c.AddWorkshop(place_id="brest", title="Voile", id="sail"),
    ):
        house.do(command)
    return house


def asked(starts: int, ends: int, space_id: str | None = None, **more: Any) -> c.AddSession:
    """A session of the day, from one hour of the wall clock to another, with five seats."""
    more = {"workshop_id": "talk", "day": DAY, **more}
    return c.AddSession(starts=time(starts), ends=time(ends), seats=5, space_id=space_id, **more)


def spot(starts: float, ends: float) -> Any:
    """A period of the day by the wall clock of Paris."""
    return small_house.period(starts - 1, ends - 1, DAY)


def claimed(house: House) -> dict[str, list[tuple[Any, Any, int]]]:
    """What is on the pages of each space that has any claim of a session."""
    found: dict[str, set[tuple[Any, Any, int]]] = {}
    for page in house.all(m.OccupancyPage):
        for claim in page.claims:
            found.setdefault(page.space_id, set()).add((claim.start, claim.end, claim.units))
    return {space_id: sorted(claims) for space_id, claims in found.items()}


BUFFERS = m.Terms(before=timedelta(minutes=30), after=timedelta(minutes=30))
