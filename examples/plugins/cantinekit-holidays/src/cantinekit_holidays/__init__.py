"""Closure calendars for cantinekit: the public holidays of a country or a subdivision, and the French school holidays.

- ``public-CODE`` and ``public-CODE-PART``, such as ``public-de`` and ``public-de-by``: by the package ``holidays``.
- ``fr-school-a``, ``fr-school-b``, ``fr-school-c``: the zones of the ministry, from dated data.

This module only lists them: ``holidays`` is imported, and the data are read, when a calendar is asked for its days.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import partial

from cantinekit import hookimpl
from cantinekit.records import ClosedDays
from cantinekit.scheduling.opening import ClosureCalendar
from cantinekit_holidays._regions import regions

ZONES = ("a", "b", "c")
"""The zones of the French school holidays, in the small letters of the names."""


def public_days(country: str, part: str, first: date, last: date) -> Iterable[ClosedDays]:
    """The public holidays of a country, or of a part of it, from a day to another; ``part`` may be empty.

    Raises:
        UnknownDatesError: the package does not know all the days of these years.
    """
    from cantinekit_holidays._public import public_days

    return public_days(name_of(country, part), country, part, first, last)


def school_days(zone: str, first: date, last: date) -> Iterable[ClosedDays]:
    """The school holidays of a French zone that touch the days from one to another.

    Raises:
        UnknownDatesError: some of the days are outside the school years of the data.
    """
    from cantinekit_holidays._school import school_days

    return school_days(f"fr-school-{zone}", zone.upper(), first, last)


def name_of(country: str, part: str = "") -> str:
    """The name of a calendar of public holidays: small letters, and a hyphen for a space."""
    return "-".join(["public", country, *filter(None, [part])]).lower().replace(" ", "-")


@hookimpl
def cantinekit_closure_calendars() -> Iterable[ClosureCalendar]:
    """The calendars of this package."""
    for zone in ZONES:
        summary = f"school holidays of zone {zone.upper()} in France"
        yield ClosureCalendar(f"fr-school-{zone}", partial(school_days, zone), summary)
    for country, parts in regions().items():
        for part in ("", *parts):
            summary = f"public holidays of {country}{', ' if part else ''}{part}"
            yield ClosureCalendar(name_of(country, part), partial(public_days, country, part), summary)
