"""What a command asks for on dates of a series: all dates of a new series, or skipped dates of one that is there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

import attrs

from cantinekit.clock import Period
from cantinekit.domain.booking_series.commands import BookSeries, MoveBookingSeries, RetrySkipped
from cantinekit.domain.booking_series.records import BookingSeries
from cantinekit.domain.bookings.selling import asked_product
from cantinekit.domain.catalogue.finding import found_product, sold_product
from cantinekit.domain.catalogue.records import Product
from cantinekit.domain.dates.claims import Times
from cantinekit.domain.dates.repeats import find_days, period_of
from cantinekit.domain.places.records import Place
from cantinekit.domain.rules.terms import asked_spaces
from cantinekit.domain.sales.question import Question, wanted
from cantinekit.domain.sales.values import Facts
from cantinekit.domain.spaces.records import Space
from cantinekit.domain.state import State
from cantinekit.errors import InputError, TooLateError, WrongStateError


@attrs.frozen
class AskedDates:
    """What is asked for on some dates.

    Attributes:
        space: the space.
        product: the product by which it is sold.
        place: the place of the space.
        units: how many units of the space each date has.
        person_id: who has it; ``None``: nobody in particular.
        times: from when until when the dates are, by their local days.
        command: the command that asks for them.
        with_units: the pools of equipment that go with each date, by their ids, each with its number of units.
        spaces: the space and these pools, each with its number of units.
        facts: what the price list asks to know.
    """

    space: Space
    product: Product
    place: Place
    units: int
    person_id: str | None
    times: Times
    command: BookSeries | RetrySkipped | MoveBookingSeries
    with_units: tuple[tuple[str, int], ...]
    spaces: tuple[tuple[Space, int], ...]
    facts: Facts

    @property
    def claims(self) -> list[tuple[Sequence[str], Period | None]]:
        """For each date the leaves of all spaces, each once, and when the date is."""
        leaves = list(dict.fromkeys(leaf for space, _ in self.spaces for leaf in space.leaves))
        return [(leaves, period) for period in self.times.values()]

    def question(self, days: Iterable[date]) -> Question:
        """What these dates ask of the price list, each named by its day."""
        things = tuple(
            wanted(self.product, period=self.times[day], count=self.units, facts=self.facts, label=day.isoformat())
            for day in days
        )
        c = self.command
        return Question(things, self.place.id, self.person_id, c.codes, payer_id=c.payer_id)


def dates_of_series(state: State, c: BookSeries) -> AskedDates:
    """All dates of a new series.

    Raises:
        RuleError: the rule cannot be read or does not do for a series.
        InputError: no date is left, or days are named that are no dates of the series.
        UnsuitableError: the space or the equipment cannot be booked like that.
    """
    space = state.need(Space, c.space_id)
    place = state.need(Place, space.place_id)
    times = {day: period_of(day, c.starts, c.ends, place.zone) for day in find_days(c, place.zone, skip=c.skip)}
    spaces = asked_spaces(state, space, c.units, c.with_units)
    product = sold_product(state, asked_product(space, c.product_id), place, "booking")
    return AskedDates(space, product, place, c.units, c.person_id, times, c, c.with_units, spaces, c.facts)


def skipped_dates(state: State, c: RetrySkipped, now: datetime) -> AskedDates:
    """The dates that are named, or all that were skipped and are not over.

    Raises:
        WrongStateError: the series is not confirmed, a date that is named is not skipped, or none is skipped.
        InputError: a day that is named is no date of the series.
        TooLateError: all that was skipped is over.
    """
    series = state.need(BookingSeries, c.series_id)
    if series.state != "confirmed":
        raise WrongStateError(f"series {series.id}", state=series.state, wanted=["confirmed"])
    by_day = {one.day: one for one in series.dates}
    for day in c.dates:
        if day not in by_day:
            raise InputError(f"dates names {day.isoformat()}, which is no date of the series")
        if by_day[day].state != "skipped":
            raise WrongStateError(f"the date {day.isoformat()}", state=by_day[day].state)
    days = c.dates or tuple(one.day for one in series.of_state("skipped"))
    times = {day: period_of(day, series.starts, series.ends, series.zone) for day in days}
    if not c.dates:
        if not times:
            raise WrongStateError(f"series {series.id}", state="without skipped dates")
        times = {day: period for day, period in times.items() if period is None or period.end > now}
        if not times:
            raise TooLateError("all skipped dates are over")
    space, place, extras = state.need(Space, series.space_id), state.need(Place, series.place_id), series.with_units
    product = found_product(state, series.product_id, place, "booking")
    spaces = asked_spaces(state, space, series.units, extras)
    facts = tuple(sorted({**dict(series.facts), **dict(c.facts)}.items()))
    return AskedDates(space, product, place, series.units, series.person_id, times, c, extras, spaces, facts)
