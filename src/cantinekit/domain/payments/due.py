"""On which day what is owed is due."""

from __future__ import annotations

from datetime import date, timedelta

from cantinekit.clock import local
from cantinekit.domain.catalogue.records import TariffText
from cantinekit.domain.draft import Draft
from cantinekit.domain.places.records import Place
from cantinekit.domain.sales.question import read_tariff
from cantinekit.pricing.terms import Length, add, parse_length


def began_before(draft: Draft, first_day: date | None, place: Place) -> date | None:
    """The first local day of what is entered after it began; ``None``: it begins today or later, or has no such day.

    Args:
        draft: what is decided so far.
        first_day: the day.
        place: the place on whose calendar it is.
    """
    return first_day if first_day is not None and first_day < local(draft.now, place.zone).date() else None


def due_on(draft: Draft, tariff_version: str, place: Place, since: date | None = None) -> date | None:
    """The day on which an invoice is due by the price list (``[tariff] due``); ``None``: it does not say.

    Args:
        draft: what is decided so far; the version of the price list is loaded.
        tariff_version: the id of the version.
        place: the place, on whose calendar the days are counted.
        since: the local day from which they are counted; ``None``: today.
    """
    head = read_tariff(draft.state.need(TariffText, tariff_version).text).parts.head
    if not head.due:
        return None
    length, today = parse_length(head.due), since or local(draft.now, place.zone).date()
    if length.unit == "hour":
        return add(today, Length(-(-length.n // 24), "day"))
    if length.unit == "business day":
        return _working_day(today, length.n)
    return add(today, length)


def _working_day(day: date, count: int) -> date:
    """The day that is so many days from Monday to Friday after a day."""
    while count:
        day += timedelta(days=1)
        count -= day.weekday() < 5
    return day
