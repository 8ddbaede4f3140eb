"""What can be asked of series of bookings: to book all dates as one, to retry skipped dates, to cancel dates."""

from __future__ import annotations

from datetime import date, time

import attrs

from cantinekit.common.fields import are_ids, is_count, is_id, is_text, maybe, maybe_id, maybe_text, to_ids
from cantinekit.domain.base import Command, command
from cantinekit.domain.booking_series.records import BookingSeries
from cantinekit.domain.dates.fields import are_days, is_day, is_wall_time, to_days
from cantinekit.domain.rules.values import is_reason
from cantinekit.domain.sales.comes_to import RefundChoice, check_refund_reason, to_refund
from cantinekit.domain.sales.selling import SellingCommand
from cantinekit.domain.spaces.equipment import to_units
from cantinekit.errors import InputError
from cantinekit.money import Money

CANCELLED = "series cancelled"
"""The reason of a cancellation for which nobody gives one."""


@command
@attrs.frozen(kw_only=True)
class BookSeries(SellingCommand[BookingSeries]):
    """Book a space on many dates as one, at most 400 within ten years.

    The dates are priced together and share a charge. They are confirmed at once where nothing is due or the money is in
    hand. Else all are held for 15 minutes for their payment, and confirmed, cancelled or expired as one.

    Attributes:
        space_id: the space; no facilitator. A series is not requested: where terms ask for approval, staff book it with
            an override.
        product_id: the product by which it is sold, of the catalogue or of a price list; it must sell bookings, for the
            operator of the place. ``None``: that of the space.
        day: the first local day; a rule must name it too.
        starts: the time at which each date starts, on the wall clock of the place, in whole seconds.
        ends: the time at which each date ends; one at or before ``starts`` is on the next day.
        rule: the recurrence rule (RFC 5545) that gives the days, such as ``FREQ=WEEKLY;COUNT=10``, at most 1,000
            characters. It needs an end and has no times of its own. ``None``: only ``day`` and ``rdates``.
        rdates: extra days beside those of the rule, none before ``day``.
        exdates: days of the rule that are no dates of the series.
        skip: exactly the dates that cannot be had, which are skipped by consent; ``SeriesClashError.skip`` tells them.
        units: how many units of the space each date has, from 1 to 10,000; a space made of parts is one unit.
        person_id: who has it and pays; ``None``: nobody in particular, who has no passes and is sent no messages.
        override: why staff book outside the opening hours or against the terms of the space, at most 1,000 characters;
            ``None``: nobody may break these rules.
        groups: the groups of the requester as the host knows them, checked against the audience of the space.
        with_units: the pools of equipment of the place that go with each date, with the units of each: a mapping or
            pairs of an id and a number, at most 50 pools.

    Raises:
        RuleError: the rule cannot be read or does not do for a series.
        InputError: no date is left, or days are named that are no dates of the series.
        NotFoundError: there is no such space, product, person or pool of equipment.
        UnsuitableError: no product is named, and the space has none; the product is not for bookings, or not for those
            of this place; or the space, its units or the equipment cannot be booked like that.
        TooLateError: all dates are over.
        SeriesClashError: dates cannot be had that ``skip`` does not name, or can be had although it names them.
        WrongStateError: the person is being forgotten, or was; or the product is retired.
    """

    space_id: str = attrs.field(validator=is_id)
    product_id: str | None = attrs.field(default=None, validator=maybe_id)
    day: date = attrs.field(validator=is_day)
    starts: time = attrs.field(validator=is_wall_time)
    ends: time = attrs.field(validator=is_wall_time)
    rule: str | None = attrs.field(default=None, validator=maybe_text(1000))
    rdates: tuple[date, ...] = attrs.field(default=(), converter=to_days, validator=are_days)
    exdates: tuple[date, ...] = attrs.field(default=(), converter=to_days, validator=are_days)
    skip: tuple[date, ...] = attrs.field(default=(), converter=to_days, validator=are_days)
    units: int = attrs.field(default=1, validator=is_count())
    person_id: str | None = attrs.field(default=None, validator=maybe_id)
    override: str | None = attrs.field(default=None, validator=is_reason)
    groups: tuple[str, ...] = attrs.field(default=(), converter=to_ids, validator=are_ids)
    with_units: tuple[tuple[str, int], ...] = attrs.field(default=(), converter=to_units)


@command
@attrs.frozen(kw_only=True)
class RetrySkipped(SellingCommand[BookingSeries]):
    """Book dates of a confirmed series that were skipped, with the equipment of the series: all of them, or none.

    They are priced together, apart from the rest of the series, and have a charge of their own. Where that is not paid
    within 15 minutes, they are skipped again.

    Attributes:
        series_id: the series.
        dates: the skipped dates, by their local days; empty: all that are not over.
        override: why staff book outside the opening hours or against the terms of the space, at most 1,000 characters;
            ``None``: nobody may break these rules.
        groups: the groups of the requester as the host knows them, checked against the audience of the space.

    Raises:
        NotFoundError: there is no such series.
        WrongStateError: the series is not confirmed, a date is not skipped, none is, or the person was forgotten.
        InputError: a day is no date of the series.
        TooLateError: all skipped dates are over.
        SeriesClashError: a date still cannot be had.
    """

    series_id: str = attrs.field(validator=is_id, kw_only=False)
    dates: tuple[date, ...] = attrs.field(default=(), converter=to_days, validator=are_days)
    override: str | None = attrs.field(default=None, validator=is_reason)
    groups: tuple[str, ...] = attrs.field(default=(), converter=to_ids, validator=are_ids)


@command
@attrs.frozen(kw_only=True)
class CancelSeries(Command[BookingSeries]):
    """Cancel the dates of a series that are not over.

    Of each date goes back what the price list says, as ``CancelBooking`` does; ``Outcome.afterwards`` says the sum.
    Skipped dates are given up too. Dates that wait for one payment are cancelled together, and all of it goes back.

    Attributes:
        series_id: the series.
        from_date: the first local day that is cancelled; ``None``: all dates.
        reason: why, at most 500 characters; the refunds say it.
        refund: what staff give back of each date in place of what the price list says: ``"all"`` or ``"nothing"``;
            ``None``: as the price list says. It is recorded as an override, and needs a reason of its own.

    Raises:
        NotFoundError: there is no such series.
        WrongStateError: the series is over already; or of dates that wait for one payment some would stay.
        TooLateError: no date is left to cancel.
        NotForSaleError: the price list does not let a date be cancelled, and staff do not say what goes back.
        InputError: staff give something else back and say no reason for it, or name an amount.
    """

    series_id: str = attrs.field(validator=is_id, kw_only=False)
    from_date: date | None = attrs.field(default=None, validator=maybe(is_day))
    reason: str = attrs.field(default=CANCELLED, validator=is_text(500))
    refund: RefundChoice = attrs.field(default=None, converter=to_refund)

    def __attrs_post_init__(self) -> None:
        check_refund_reason(self.refund, self.reason, CANCELLED)
        if isinstance(self.refund, Money):
            raise InputError("of a series staff give back 'all' or 'nothing'; RefundCharge gives back an amount")


@command
@attrs.frozen(kw_only=True)
class MoveBookingSeries(SellingCommand[BookingSeries]):
    """Move the dates of a series that have not begun to another time of day or to another space, all of them or none.

    Each date stays on its day and keeps its id. The dates are priced together anew by the version of the price list
    that they were sold by, and the difference is charged or goes back, with the fee that the list asks for moving. One
    date is moved by ``MoveBooking``. ``Outcome.afterwards`` says what it comes to.

    See docs/how-to/move-a-booking.md.

    Attributes:
        series_id: the series.
        from_date: the first local day that is moved; ``None``: all dates that have not begun.
        starts: the time at which each date starts then, on the wall clock of the place; ``None``: as the series says.
        ends: the time at which each date ends then; one at or before ``starts`` is on the next day; ``None``: as the
            series says.
        space_id: the space that they are in then, of the same place; ``None``: as it is.
        units: how many units of the space each date has then, from 1 to 10,000; ``None``: as it is.
        override: why staff move them against opening hours, terms or what the list says of moving, at most 1,000
            characters; ``None``: nobody may break these rules.
        groups: the groups of the requester as the host knows them, checked against the audience of the space.

    Raises:
        NotFoundError: there is no such series or space.
        WrongStateError: the series is not confirmed, dates of it wait for their payment, or the person was forgotten.
        TooLateError: no date is left that has not begun.
        SeriesClashError: a date cannot be had then.
        UnsuitableError: the space is of another place, or the space or its units cannot be booked so; or something is
            to be bought along.
        InputError: nothing is named that changes.
    """

    series_id: str = attrs.field(validator=is_id, kw_only=False)
    from_date: date | None = attrs.field(default=None, validator=maybe(is_day))
    starts: time | None = attrs.field(default=None, validator=maybe(is_wall_time))
    ends: time | None = attrs.field(default=None, validator=maybe(is_wall_time))
    space_id: str | None = attrs.field(default=None, validator=maybe_id)
    units: int | None = attrs.field(default=None, validator=maybe(is_count()))
    override: str | None = attrs.field(default=None, validator=is_reason)
    groups: tuple[str, ...] = attrs.field(default=(), converter=to_ids, validator=are_ids)

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        if (self.starts, self.ends, self.space_id, self.units) == (None, None, None, None):
            raise InputError("name what changes: starts, ends, space_id or units")


__all__ = [
    "BookSeries",
    "CancelSeries",
    "MoveBookingSeries",
    "RetrySkipped",
]
