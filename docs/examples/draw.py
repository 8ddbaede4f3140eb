"""The pictures of the documentation: a week, a month and an occupancy of an invented place, out of plain values.

``python draw.py FOLDER`` writes them anew. A test holds the files to what this draws.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import date, time, timedelta
from pathlib import Path

from cantinekit import Period, WallTime
from cantinekit.pictures import Block, Picture, Shut, SpaceRow, SpaceUse, heat_map, month_agenda, week_agenda
from cantinekit.records import CLOSED_FOR, ClosedDays, OpenHours, Openings
from cantinekit.scheduling.opening import OpeningCalendar

ZONE, PLACE = "Europe/Paris", "La Cantine de Brest"
MONDAY, FIRST = date(2026, 11, 9), date(2026, 11, 1)
NAMES = ("Open space", "Salle Belle-Île", "Salle Groix", "Atelier", "Petit bureau")


def at(day: date, start: str, end: str, later: int = 0) -> Period:
    """From one wall time to another, which may be some days later."""
    ends = WallTime(day + timedelta(days=later), time.fromisoformat(end), ZONE)
    return Period(WallTime(day, time.fromisoformat(start), ZONE).instant, ends.instant)


def spaces() -> list[SpaceRow]:
    """The rooms, with the openings of the place, its closed days, and a room that is painted."""
    hours = OpenHours.weekly(range(5), time(8, 30), time(19)) + OpenHours.weekly([5], time(10), time(17))
    closed = [
        ClosedDays.on("public holiday", "11 novembre", date(2026, 11, 11)),
        ClosedDays("closure", "inventaire", date(2026, 11, 20), date(2026, 11, 21)),
    ]
    calendar = OpeningCalendar(ZONE, hours, Openings(closed=closed))
    month = at(FIRST - timedelta(days=1), "00:00", "00:00", 32)
    shut = tuple(
        Shut(one.period, one.verdict.name) for one in calendar.explain(month) if one.verdict.rule in CLOSED_FOR
    )
    painted = Shut(at(date(2026, 11, 12), "08:00", "19:00", 1), "peinture")
    opened = calendar.open(month)
    return [SpaceRow(name, name, opened, (*shut, painted) if name == NAMES[4] else shut) for name in NAMES]


def blocks() -> Iterator[Block]:
    """A busy week, and some days around it."""
    desks, belle, groix, workshop, office = NAMES
    monday, tuesday, wednesday, thursday, friday, saturday, _ = (MONDAY + timedelta(days=n) for n in range(7))
    yield Block(at(monday, "09:00", "12:00"), "", (desks,), note="× 3")
    yield Block(at(monday, "09:30", "17:00"), "", (desks,))
    yield Block(at(monday, "14:00", "18:00"), "", (desks,))
    yield Block(at(monday, "10:00", "11:30"), "", (belle,))
    yield Block(at(monday, "14:00", "14:30"), "", (belle,))
    yield Block(at(monday, "14:30", "15:00"), "", (belle,), held=True)
    title = "Initiation à la soudure et à la réparation d’appareils électroniques"
    yield Block(at(monday, "18:30", "20:30"), title, (workshop,), "session", note="7/12 places")
    yield Block(at(tuesday, "09:00", "18:00"), "Conseil d’administration", (belle, groix), where="Grande salle")
    yield Block(at(tuesday, "10:15", "10:45"), "", (office,))
    yield Block(at(tuesday, "12:00", "13:00"), "", (office,), held=True)
    yield Block(at(wednesday, "19:00", "21:00"), "", (belle,))
    for start, end in (("09:00", "10:00"), ("10:00", "11:00"), ("11:00", "11:15"), ("11:15", "11:30")):
        yield Block(at(thursday, start, end), "", (belle,))
    yield Block(at(thursday, "18:00", "20:00"), "Couture", (workshop,), "session", held=True, note="4/8 places")
    yield Block(
        at(friday, "20:00", "01:00", 1), "Nuit du jeu", (belle, groix), "session", False, "31/40 places", "Grande salle"
    )
    yield Block(at(saturday, "10:00", "12:00"), "Réparation de vélos", (workshop,), "session", note="5/6 places")
    for n in range(40):
        day = FIRST + timedelta(days=n * 7 % 30)
        if day.weekday() < 5 and not MONDAY <= day <= saturday and day.day != 20:
            start = 9 + n * 5 % 8
            label, kind = (("", "booking"), ("Conseil de quartier", "booking"), ("Couture", "session"))[n % 3]
            period = at(day, f"{start:02d}:00", f"{start + 1 + n % 2:02d}:30")
            yield Block(period, label, (NAMES[n % 5],), kind, n % 7 == 6)  # type: ignore[arg-type]


def week() -> Picture:
    """The week of the ninth of November."""
    return week_agenda(spaces(), blocks(), MONDAY, ZONE, place=PLACE)


def month() -> Picture:
    """November."""
    return month_agenda(spaces(), blocks(), FIRST, ZONE, place=PLACE)


def occupancy() -> Picture:
    """How much of the desks and rooms was taken in November; the open space has six desks."""
    taken = [(block, name) for block in blocks() for name in block.spaces]
    uses = [
        SpaceUse(
            row.name,
            6 if row.name == NAMES[0] else 1,
            row.open or (),
            tuple((block.period, 3 if block.note == "× 3" else 1) for block, name in taken if name == row.name),
        )
        for row in spaces()
    ]
    return heat_map(uses, FIRST, date(2026, 11, 30), ZONE, place=PLACE)


def clock_change() -> Picture:
    """A night on which the clock goes back: two o'clock comes twice."""
    day = date(2026, 10, 24)
    rows = [SpaceRow("hall", "Halle", (at(day, "18:00", "08:00", 1), at(day, "10:00", "18:00", 1)))]
    night = Block(at(day, "21:00", "06:00", 1), "Nuit du code", ("hall",), "session", note="24/30 places")
    twice = Block(at(day + timedelta(days=1), "01:30", "03:00"), "Sieste", ("hall",))
    return week_agenda(rows, [night, twice], day, ZONE, place="La Halle", days=2)


PICTURES = {"week": week, "month": month, "occupancy": occupancy, "clock-change": clock_change}

if __name__ == "__main__":
    for name, draw in PICTURES.items():
        (Path(sys.argv[1]) / f"{name}.svg").write_text(draw().svg(), encoding="utf-8")
