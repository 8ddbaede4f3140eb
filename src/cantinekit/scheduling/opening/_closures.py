"""Calendars of closed days that resolve to dates, and those of the French public holidays, which are known by rule."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from functools import partial

import attrs

from cantinekit.common.fields import MAX_COUNT
from cantinekit.domain.places.openings import ClosedDays
from cantinekit.errors import InputError, PluginError, UnknownDatesError
from cantinekit.errors.shown import shown

MAX_YEARS = 60
"""How far a calendar is resolved at once, in years."""


@attrs.frozen
class ClosureCalendar:
    """A calendar of closed days that has a name: the public holidays of a country, the school holidays of a zone.

    Attributes:
        name: the name by which a place refers to it.
        resolve: gives the closed days that touch the days from the first argument to the second, as plain dates. It is
            pure, or reads data of its own, and raises ``UnknownDatesError`` where these end. The result is stored with
            the place, so that when the place was open stays known.
        summary: one line about it, for a list of plug-ins.
        api: the version of this protocol that it was written for.
    """

    name: str
    resolve: Callable[[date, date], Iterable[ClosedDays]]
    summary: str = ""
    api: int = 1

    def closed(self, first: date, last: date) -> tuple[ClosedDays, ...]:
        """The closed days that touch a range of days, in order.

        Args:
            first: the first day.
            last: the last day, included.

        Raises:
            InputError: the days are in the wrong order, or too many.
            UnknownDatesError: the calendar has no data for some of them.
            PluginError: the calendar gave something else.
        """
        if last < first or last.year - first.year > MAX_YEARS:
            raise InputError(f"from a first day to a last one, at most {MAX_YEARS} years apart")
        try:
            found = tuple(self.resolve(first, last))
        except UnknownDatesError:
            raise
        except Exception as error:
            raise PluginError(
                f"the closure calendar {shown(self.name)} failed: {type(error).__name__}: {error}"
            ) from error
        if len(found) > MAX_COUNT or not all(isinstance(one, ClosedDays) for one in found):
            raise PluginError(f"the closure calendar {shown(self.name)} gave something else than ClosedDays")
        touching = {one for one in found if one.first <= last and first <= one.last}
        return tuple(sorted(touching, key=lambda one: (one.first, one.last, one.why, one.name)))


_FIXED = (
    (1, 1, "1er janvier"),
    (5, 1, "1er mai"),
    (5, 8, "8 mai"),
    (7, 14, "14 juillet"),
    (8, 15, "Assomption"),
    (11, 1, "Toussaint"),
    (11, 11, "11 novembre"),
    (12, 25, "Noël"),
)
_AFTER_EASTER = ((1, "lundi de Pâques"), (39, "Ascension"), (50, "lundi de Pentecôte"))
_ABOLITION = "abolition de l'esclavage"
_MORE: dict[str, tuple[tuple[int, int, str], ...]] = {
    "": (),
    "alsace-moselle": ((12, 26, "Saint-Étienne"),),
    "guadeloupe": ((5, 27, _ABOLITION),),
    "guyane": ((6, 10, _ABOLITION),),
    "martinique": ((5, 22, _ABOLITION),),
    "mayotte": ((4, 27, _ABOLITION),),
    "reunion": ((12, 20, _ABOLITION),),
    "saint-barthelemy": ((10, 9, _ABOLITION),),
    "saint-martin": ((5, 28, _ABOLITION),),
}


def french_holidays(first: date, last: date, region: str = "") -> tuple[ClosedDays, ...]:
    """The public holidays of France within a range of days, in order.

    The eleven of the code du travail, art. L3133-1. ``alsace-moselle`` adds Good Friday and 26 December (art. L3134-13;
    Good Friday only where there is a protestant church or a mixed one, which the host has to know). Overseas regions
    add the day of the abolition of slavery (art. L3422-2 and decree 83-1003 as amended).

    Args:
        first: the first day.
        last: the last day, included.
        region: "" for the metropole without Alsace-Moselle, "alsace-moselle", or an overseas region.

    Raises:
        InputError: an unknown region.
    """
    from dateutil.easter import easter  # here, so that whoever lists plug-ins does not import it

    if region not in _MORE:
        raise InputError(f"no region {shown(region)}; known: {', '.join(sorted(filter(None, _MORE)))}")
    found: set[ClosedDays] = set()
    for year in range(first.year, last.year + 1):
        sunday = easter(year)
        moving = _AFTER_EASTER if region != "alsace-moselle" else ((-2, "Vendredi saint"), *_AFTER_EASTER)
        days = [(sunday + timedelta(days=after), name) for after, name in moving]
        days += [(date(year, month, day), name) for month, day, name in (*_FIXED, *_MORE[region])]
        found.update(ClosedDays.on("public holiday", name, day) for day, name in days if first <= day <= last)
    return tuple(sorted(found, key=lambda one: (one.first, one.name)))


BUILT_IN: tuple[ClosureCalendar, ...] = tuple(
    ClosureCalendar(
        f"fr-{region}" if region else "fr",
        partial(french_holidays, region=region),
        f"public holidays of France{f', {region}' if region else ''}",
    )
    for region in _MORE
)
"""The calendars that the library brings."""
