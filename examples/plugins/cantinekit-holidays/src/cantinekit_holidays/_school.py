"""The French school holidays of the zones A, B and C, from the dated data beside this module."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from functools import lru_cache
from importlib import resources
from itertools import pairwise

import attrs

from cantinekit.errors import UnknownDatesError
from cantinekit.records import ClosedDays

_DAY = timedelta(days=1)


@attrs.frozen
class SchoolYear:
    """A school year: where its dates are from, its first day of school, its summer holidays' first day, and the others.

    ``holidays``: by name, then by zone (or ``all``), the first and the last day without school.
    """

    name: str
    source: str
    starts: date
    summer: date
    holidays: Mapping[str, Mapping[str, tuple[date, date]]]


@lru_cache(maxsize=1)
def school_years() -> tuple[SchoolYear, ...]:
    """The school years of the data, one after the other."""
    text = resources.files(__package__).joinpath("school.toml").read_text(encoding="utf-8")
    return tuple(SchoolYear(**year) for year in tomllib.loads(text)["year"])


def known() -> tuple[date, date]:
    """The first and the last day of which the data say whether there is school."""
    years = school_years()
    return years[0].starts, years[-1].summer - _DAY


def school_days(name: str, zone: str, first: date, last: date) -> Iterable[ClosedDays]:
    """The school holidays of a zone that touch the days from one to another, in order.

    Raises:
        UnknownDatesError: some of the days are outside of the data.
    """
    begin, end = known()
    if first < begin or last > end:
        raise UnknownDatesError(name, begin, end)
    return [days for days in _of(zone) if days.first <= last and first <= days.last]


@lru_cache(maxsize=3)
def _of(zone: str) -> tuple[ClosedDays, ...]:
    years = school_years()
    found = [
        ClosedDays("school holidays", f"{name}, zone {zone}", *(by_zone.get(zone) or by_zone["all"]))
        for year in years
        for name, by_zone in year.holidays.items()
    ]
    found += [
        ClosedDays("school holidays", f"vacances d'été, zone {zone}", year.summer, following.starts - _DAY)
        for year, following in pairwise(years)
    ]
    return tuple(sorted(found, key=lambda days: days.first))
