"""Public holidays by the package ``holidays``, within the years that it knows whole."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from holidays import country_holidays

from cantinekit.errors import UnknownDatesError
from cantinekit.records import ClosedDays

FIRST_YEAR, LAST_YEAR = 2001, 2035
"""The years for which no country is short of days.

Outside of them ``holidays`` has no table of the Hindu festivals, and leaves these out without a word; the Islamic ones
end in 2077. Countries that it knows for fewer years say so themselves: Sri Lanka ends in 2026.
"""


def public_days(name: str, country: str, part: str, first: date, last: date) -> Iterable[ClosedDays]:
    """The public holidays from a day to another, in the language of the country.

    A day of a lunar calendar that depends on a sighting has "(estimated)" in its name, in that language; a day off in
    place of another has "(observed)".

    Raises:
        UnknownDatesError: some of the days are in years that are not known whole.
    """
    of = country_holidays(country, subdiv=part or None)
    known = max(FIRST_YEAR, of.start_year), min(LAST_YEAR, of.end_year)
    if first.year < known[0] or last.year > known[1]:
        raise UnknownDatesError(name, date(known[0], 1, 1), date(known[1], 12, 31))
    # Without a language the names would depend on the locale of the machine.
    years = range(first.year, last.year + 1)
    found = country_holidays(country, subdiv=part or None, years=years, language=of.default_language)
    return [ClosedDays.on("public holiday", text, day) for day, text in sorted(found.items()) if first <= day <= last]
