"""The plug-in as it is installed: found by its entry point, listed without importing what it needs, used by a house."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime, time, timedelta
from importlib import metadata

import cantinekit_holidays
from cantinekit import Cantine, ManualClock, Period, Registry
from cantinekit import commands as c
from cantinekit.records import OpenHours, Openings, Place
from cantinekit.scheduling.opening import OpeningCalendar

NOW = datetime(2026, 11, 24, 8, 30, tzinfo=UTC)


def test_it_is_found():
    """The registry finds the plug-in by its entry point, with its name and version, beside the calendars built in."""
    registry = Registry.load(allow=["cantinekit-holidays"], strict=True)
    mine = [one for one in registry.calendars if one.distribution == "cantinekit-holidays"]
    assert {one.version for one in mine} == {metadata.version("cantinekit-holidays")}
    names = {one.calendar.name for one in mine}
    assert names >= {
        "fr-school-a",
        "fr-school-b",
        "fr-school-c",
        "public-fr",
        "public-de-by",
        "public-nz-south-canterbury",
    }
    assert len(names) == len(mine) > 800


def test_listing_imports_nothing():
    """Who has the plug-in installed and does not ask it pays for its names alone."""
    program = """
import sys
from cantinekit import Registry
Registry.load(allow=["cantinekit-holidays"], strict=True)
print(sorted({"holidays", "tomllib", "cantinekit_holidays"} & set(sys.modules)))
"""
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout == "['cantinekit_holidays']\n"


def test_names_beside_those_built_in():
    """No name of the plug-in is one of the library's: nobody wins, each is asked for by its own name."""
    built_in = {one.calendar.name for one in Registry.load(entry_points=False).calendars}
    assert "fr" in built_in
    assert not built_in & {one.name for one in cantinekit_holidays.cantinekit_closure_calendars()}


def test_a_place_takes_the_days():
    """A place that takes a zone's school holidays and a country's public holidays is closed on them, and says why."""
    registry = Registry.load(allow=["cantinekit-holidays"], strict=True)
    year = date(2026, 11, 1), date(2027, 7, 2)
    closed = [day for name in ("public-fr", "fr-school-b") for day in registry.closure_calendar(name).closed(*year)]
    hours = OpenHours.weekly(range(7), time(8), time(20))
    with Cantine.open("memory://", clock=ManualClock(NOW), registry=registry) as cantine:
        cantine.execute(c.AddEntity(name="Asso", id="asso"), actor="setup")
        cantine.execute(
            c.AddPlace(name="Rennes", entity_id="asso", zone="Europe/Paris", currency="EUR", hours=hours, id="rennes"),
            actor="setup",
        )
        cantine.execute(c.AddSpace(place_id="rennes", name="Studio", id="studio"), actor="setup")
        cantine.execute(
            c.ChangeOpenings(place_id="rennes", hours=hours, openings=Openings(closed=closed)), actor="setup"
        )
        calendar = OpeningCalendar.of(cantine.read.need(Place, "rennes"))
        for day, why in [
            (date(2026, 12, 25), "public holiday: Noël"),
            (date(2027, 2, 22), "school holidays: vacances d'hiver, zone B"),
            (date(2027, 5, 6), "public holiday: Ascension"),
            (date(2027, 2, 19), None),
        ]:
            ten = datetime(day.year, day.month, day.day, 10, tzinfo=UTC)
            morning = Period(ten, ten + timedelta(hours=1))
            assert cantine.availability("studio", morning) == (() if why else (morning,))
            assert why is None or str(calendar.at(ten)) == why
