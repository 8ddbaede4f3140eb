"""Days and weeks as they stand in an address: "2026-11-24" and "2026-W48". The calendar of the library counts them."""

from __future__ import annotations

from datetime import date, datetime

import attrs

from cantinekit import Cantine, Period
from cantinekit.calendar import add_days
from cantinekit.records import Place
from tiers_lieu import shown


@attrs.frozen
class Days:
    """A day or a week at a place, with those before and after it.

    Attributes:
        first: its first day.
        last: its last day, which of a day is the same.
        name: it, as it stands in an address.
        before: the one before, as it stands in an address.
        after: the one after, as it stands in an address.
        period: from when until when.
    """

    first: date
    last: date
    name: str
    before: str
    after: str
    period: Period


def today(house: Cantine, place: Place) -> date:
    """The present day at a place."""
    return shown.day_of(house.now(), place.zone)


def read_day(text: str, otherwise: date) -> date:
    """A day of an address; another one where the text is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return otherwise


def day_at(house: Cantine, place: Place, text: str) -> Days:
    """The day of an address at a place, the present one where there is none."""
    day = read_day(text, today(house, place))
    before, after = add_days(day, -1).isoformat(), add_days(day, 1).isoformat()
    return Days(day, day, day.isoformat(), before, after, house.read.day(place.id, day))


def week_at(house: Cantine, place: Place, text: str) -> Days:
    """The week of an address at a place, the present one where there is none."""
    name = f"{today(house, place):%G-W%V}"
    try:
        monday = datetime.strptime(f"{text}-1", "%G-W%V-%u").date()
        name = text
    except ValueError:
        monday = datetime.strptime(f"{name}-1", "%G-W%V-%u").date()
    sunday = add_days(monday, 6)
    period = Period(house.read.day(place.id, monday).start, house.read.day(place.id, sunday).end)
    return Days(monday, sunday, name, f"{add_days(monday, -7):%G-W%V}", f"{add_days(monday, 7):%G-W%V}", period)
