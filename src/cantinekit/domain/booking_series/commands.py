"""Commands about bookings that repeat: booking them as one, booking what was left out, cancelling what is to come."""

from __future__ import annotations

from datetime import date, time

import attrs

from cantinekit.common.fields import are_ids, is_count, is_id, is_text, maybe, maybe_id, maybe_text, to_ids
from cantinekit.domain.base import Command, command
from cantinekit.domain.booking_series.records import BookingSeries
from cantinekit.domain.dates.fields import are_days, is_day, is_wall_time, to_days
from cantinekit.domain.rules.values import is_reason
from cantinekit.domain.sales.values import Facts, PricePromise, to_facts, to_promise
from cantinekit.domain.spaces.equipment import to_units


@command
@attrs.frozen
class BookSeries(Command[BookingSeries]):
    """Book a space on many dates as one: the first ``day``, those of the ``rule`` (RFC 5545) and ``rdates``.

    Times are of the wall clock of the place; an end at or before the start is on the next day. ``exdates`` are no dates
    of the series. ``skip`` names exactly the dates that cannot be had and are left out. ``override``, ``groups`` and
    ``with_units`` are as in ``Book``: the terms of the space hold for each date, and equipment goes with each.
    """

    space_id: str = attrs.field(validator=is_id)
    product_id: str = attrs.field(validator=is_id)
    day: date = attrs.field(validator=is_day)
    starts: time = attrs.field(validator=is_wall_time)
    ends: time = attrs.field(validator=is_wall_time)
    rule: str | None = attrs.field(default=None, validator=maybe_text(1000))
    rdates: tuple[date, ...] = attrs.field(default=(), converter=to_days, validator=are_days)
    exdates: tuple[date, ...] = attrs.field(default=(), converter=to_days, validator=are_days)
    skip: tuple[date, ...] = attrs.field(default=(), converter=to_days, validator=are_days)
    units: int = attrs.field(default=1, validator=is_count())
    person_id: str | None = attrs.field(default=None, validator=maybe_id)
    account: str | None = attrs.field(default=None, validator=maybe_id)
    facts: Facts = attrs.field(default=(), converter=to_facts)
    override: str | None = attrs.field(default=None, validator=is_reason)
    return_url: str | None = attrs.field(default=None, validator=maybe_text(2000))
    quote: PricePromise | None = attrs.field(default=None, converter=to_promise)
    groups: tuple[str, ...] = attrs.field(default=(), converter=to_ids, validator=are_ids)
    with_units: tuple[tuple[str, int], ...] = attrs.field(default=(), converter=to_units)


@command
@attrs.frozen
class RetrySkipped(Command[BookingSeries]):
    """Book dates of a series that were left out, all of ``dates`` or none; without any, all that are to come.

    They are priced by themselves, and have a charge of their own. The equipment of the series goes with them too, and
    its ``facts``, where no others are given.
    """

    series_id: str = attrs.field(validator=is_id)
    dates: tuple[date, ...] = attrs.field(default=(), converter=to_days, validator=are_days)
    account: str | None = attrs.field(default=None, validator=maybe_id)
    facts: Facts | None = attrs.field(default=None, converter=attrs.converters.optional(to_facts))
    override: str | None = attrs.field(default=None, validator=is_reason)
    return_url: str | None = attrs.field(default=None, validator=maybe_text(2000))
    quote: PricePromise | None = attrs.field(default=None, converter=to_promise)
    groups: tuple[str, ...] = attrs.field(default=(), converter=to_ids, validator=are_ids)


@command
@attrs.frozen
class CancelSeries(Command[BookingSeries]):
    """Cancel the dates of a series that are not over, from ``from_date`` on or all: what each cost goes back.

    Dates that were left out are given up too. What is not paid yet is one unit and is cancelled whole.
    """

    series_id: str = attrs.field(validator=is_id)
    from_date: date | None = attrs.field(default=None, validator=maybe(is_day))
    reason: str = attrs.field(default="series cancelled", validator=is_text(500))


__all__ = [
    "BookSeries",
    "CancelSeries",
    "RetrySkipped",
]
