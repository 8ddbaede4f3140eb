"""Selling dates of a series together: which of them can be had, what they cost, and the booking of each.

Each date is a booking of its own, so that whatever looks at bookings sees it, with its part of the charge that the
dates share.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

import attrs

from cantinekit.clock import Period
from cantinekit.domain.attendance.trainings import learnt_for
from cantinekit.domain.base import Subject
from cantinekit.domain.booking_series.asked_dates import AskedDates
from cantinekit.domain.booking_series.commands import MoveBookingSeries
from cantinekit.domain.bookings.moving import release_time
from cantinekit.domain.bookings.records import Booking
from cantinekit.domain.catalogue.records import TariffText
from cantinekit.domain.dates.claims import look
from cantinekit.domain.dates.records import DateClash
from cantinekit.domain.draft import Draft
from cantinekit.domain.occupancy.claims import check_free, nearest_free
from cantinekit.domain.occupancy.pages import drop_claims
from cantinekit.domain.occupancy.records import Placed
from cantinekit.domain.passes.giving import Sold, sell_priced
from cantinekit.domain.rules.ahead import note_ahead, too_many
from cantinekit.domain.rules.in_a_row import note_row, own_claims
from cantinekit.domain.rules.terms import Part, all_claims, broken_rules, check_rules, note_overrides, split_claims
from cantinekit.domain.sales.prices import make_price
from cantinekit.domain.sales.shares import name_lines, split_price
from cantinekit.domain.state import State, refer
from cantinekit.errors import TooLateError, UnsuitableError


def look_at_dates(
    draft: Draft, asked: AskedDates, expires: datetime | None, moved: Sequence[Booking] = ()
) -> tuple[list[date], list[DateClash], tuple[str, ...]]:
    """Find out which dates can be had, why each other cannot, and which rules the former break with an override.

    The bookings that are ``moved`` are in nobody's way.
    """
    c, rules, but = asked.command, dict[str, None](), [one.id for one in moved]
    free_of = draft.state.put(drop_claims(draft.state, [placed for one in moved for placed in one.placed]))
    mine = own_claims(draft.state, asked.space, asked.person_id, draft.now, but)
    had = list[date]()
    last = dict[date, Part]()  # the space that was looked at last on each date: where it is refused, that one's refusal

    def claim(state: State, day: date, period: Period) -> tuple[Placed, ...]:
        parts = split_claims(asked.spaces, period, day.isoformat(), expires)
        last[day], broken = parts[0], list[str]()
        if period.end <= draft.now:
            raise TooLateError(f"the period ended at {period.end.isoformat()}")
        for part in parts:
            last[day], own = part, mine if part is parts[0] else ()
            learnt = learnt_for(state, part.space, asked.person_id, period, draft.now)
            many = None
            if part is parts[0]:
                many = too_many(draft.state, part.space, asked.person_id, draft.now, but=but, also=len(had))
            found = broken_rules(
                asked.place, part.space, period, c.groups, draft.now, mine=own, trainings=learnt, more=many
            )
            broken += check_rules(found, c.override)
        for part in parts:
            last[day] = part
            check_free(state, part.space, asked.place, part.placed, draft.now, beside=part.others, groups=c.groups)
        mine.append(parts[0].placed[0].claim)
        had.append(day)
        rules.update(dict.fromkeys(broken))
        return all_claims(parts)

    def nearest(state: State, day: date, period: Period) -> tuple[Period, ...]:
        part = last[day]
        return nearest_free(state, part.space, asked.place, part.placed, draft.now, part.others, c.groups)

    free, found = look(free_of, asked.times, draft.now, claim, nearest)
    clashes = [attrs.evolve(one, space_id=last[one.day].space.id) if one.day in last else one for one in found]
    return list(free), clashes, tuple(rules)


def sell_dates(
    draft: Draft, asked: AskedDates, subject: Subject, days: Sequence[date], expires: datetime
) -> tuple[tuple[Booking, ...], Sold]:
    """Price dates together and take what they cost: the booking of each, and what the sale came to.

    Raises:
        UnsuitableError: something is bought along with them.
    """
    state, c = draft.state, asked.command
    assert not isinstance(c, MoveBookingSeries)
    if c.extras:
        raise UnsuitableError("extras go with one booking: sell them by themselves, or book the dates one by one")
    priced = make_price(state, asked.question(days), subject=subject, now=draft.now, ids=draft.ids, promise=c.quote)
    priced = name_lines(priced)
    sold = sell_priced(draft, priced, subject, asked.place, asked.person_id, c)
    shares = split_price(priced, state.need(TariffText, priced.sale.tariff_version).text)
    bookings = []
    for day, share in zip(days, shares, strict=True):
        id, period = draft.ids("bkg"), asked.times[day]
        assert period is not None
        until = None if sold.stands else expires
        bookings.append(
            Booking(
                id=id,
                place_id=asked.place.id,
                space_id=asked.space.id,
                product_id=asked.product.id,
                period=period,
                units=asked.units,
                state="confirmed" if sold.stands else "held",
                person_id=asked.person_id,
                expires=until,
                charge_id=sold.charge_id,
                spends=share.spends,
                placed=all_claims(split_claims(asked.spaces, period, id, until)),
                series_id=subject.id,
                part=share.part if sold.charge_id else None,
                with_units=asked.with_units,
                meters=share.moves,
                sale_id=priced.sale.id,
                scopes=share.scopes,
                release_at=release_time(asked.space, period.start, draft.now),
                changed_at=draft.now,
            )
        )
    return tuple(bookings), sold


def release_later(draft: Draft, bookings: Sequence[Booking]) -> None:
    """Have each of the bookings released when it is time and nobody has come."""
    for one in bookings:
        if one.release_at is not None:
            draft.later("expire", refer(one), one.release_at)


def follow_up(
    draft: Draft, asked: AskedDates, subject: Subject, paid: bool, rules: tuple[str, ...], expires: datetime
) -> None:
    """Note the overrides of dates that were booked; tell the person, or end the hold when it expires."""
    note_row(draft, asked.space, asked.person_id, subject.id)
    note_ahead(draft, asked.space, asked.person_id, subject.id)
    note_overrides(draft, rules, asked.command.override, subject)
    if paid:
        draft.tell("series booked", asked.person_id, subject)
    else:
        draft.later("expire", subject, expires)
