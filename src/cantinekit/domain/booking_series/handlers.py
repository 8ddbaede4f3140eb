"""Bookings that repeat: all dates as one, with consent to what is left out; and what was left out, later.

Each date is a booking of its own, so that all that looks at bookings sees it, with its part of the charge that they
share. What is not paid yet is one unit: it is confirmed, cancelled or expires whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

import attrs

from cantinekit.clock import Period
from cantinekit.domain.adapter import adapt
from cantinekit.domain.attendance.trainings import learnt_for, space_wishes
from cantinekit.domain.base import Subject
from cantinekit.domain.booking_series.commands import BookSeries, RetrySkipped
from cantinekit.domain.booking_series.events import SeriesBooked, SkippedBooked
from cantinekit.domain.booking_series.money import name_lines, split_price
from cantinekit.domain.booking_series.records import BookingSeries, DateClash, SeriesDate
from cantinekit.domain.bookings.handlers import check_sale, priced_booking
from cantinekit.domain.bookings.records import Booking
from cantinekit.domain.catalogue.records import Product, TariffText
from cantinekit.domain.dates.claims import Times, fetch_series_pages, look
from cantinekit.domain.dates.repeats import find_days, period_of
from cantinekit.domain.decision import Decision, Ids
from cantinekit.domain.draft import Draft
from cantinekit.domain.occupancy.claims import check_free, nearest_free
from cantinekit.domain.occupancy.records import Placed
from cantinekit.domain.passes.records import Wallet
from cantinekit.domain.payments.charging import PAYMENT_HOLD, raise_charge, take
from cantinekit.domain.people.records import Person
from cantinekit.domain.places.records import LegalEntity, Place
from cantinekit.domain.rules.in_a_row import neighbour_wishes, note_row, own_claims, row_wishes
from cantinekit.domain.rules.terms import (
    Part,
    all_claims,
    asked_spaces,
    broken_rules,
    check_rules,
    note_overrides,
    split_claims,
)
from cantinekit.domain.sales.prices import Wanted, fetch_tariff, make_price, sale_keys
from cantinekit.domain.sales.values import Facts
from cantinekit.domain.spaces.records import Space
from cantinekit.domain.state import Reads, State, Wish, fetch
from cantinekit.errors import InputError, SeriesClashError, TooLateError, WrongStateError


@attrs.frozen
class Asked:
    """What is asked for on some dates, by whichever command."""

    space: Space
    product: Product
    place: Place
    units: int
    person_id: str | None
    times: Times
    command: BookSeries | RetrySkipped
    with_units: tuple[tuple[str, int], ...]
    spaces: tuple[tuple[Space, int], ...]
    """The space and the equipment that goes with it, each with its units."""
    facts: Facts

    @property
    def claims(self) -> list[tuple[Sequence[str], Period | None]]:
        """The leaves of all of these, each once, and when, for each date."""
        leaves = list(dict.fromkeys(leaf for space, _ in self.spaces for leaf in space.leaves))
        return [(leaves, period) for period in self.times.values()]

    def wanted(self, days: Iterable[date]) -> list[Wanted]:
        """What these dates ask of the price list, each named by its day."""
        found = []
        for day in days:
            period = self.times[day]
            assert period is not None
            one = priced_booking(self.product, period, self.units, self.facts)
            found.append(attrs.evolve(one, item=attrs.evolve(one.item, label=day.isoformat())))
        return found


def _read_book(c: BookSeries, now: datetime) -> Reads:
    keys: list[Wish] = [(Space, c.space_id), (Product, c.product_id), (Person, c.person_id), (Wallet, c.person_id)]
    state = yield from fetch(State(), [*keys, *((Space, id) for id, _ in c.with_units)])
    space, product = state.need(Space, c.space_id), state.need(Product, c.product_id)
    wishes: list[Wish] = [(Place, space.place_id), (LegalEntity, space.entity_id)]
    state = yield from fetch(state, [*wishes, *sale_keys(state, [product], c.person_id)])
    asked = _asked_series(state, c)
    rows = [*row_wishes(space, c.person_id), *space_wishes((one for one, _ in asked.spaces), c.person_id)]
    state = yield from fetch_series_pages(state, asked.claims, rows)
    return (yield from _fetch_price(state, asked, now))


def _fetch_price(state: State, asked: Asked, now: datetime) -> Reads:
    days = [day for day, period in asked.times.items() if period is not None]
    also = neighbour_wishes(state, asked.space, asked.person_id)
    return (yield from fetch_tariff(state, asked.wanted(days), asked.person_id, now, also))


def _asked_series(state: State, c: BookSeries) -> Asked:
    space = state.need(Space, c.space_id)
    place = state.need(Place, space.place_id)
    times = {day: period_of(day, c.starts, c.ends, place.zone) for day in find_days(c, place.zone, skip=c.skip)}
    spaces = asked_spaces(state, space, c.units, c.with_units)
    product = state.need(Product, c.product_id)
    return Asked(space, product, place, c.units, c.person_id, times, c, c.with_units, spaces, c.facts)


def _read_retry(c: RetrySkipped, now: datetime) -> Reads:
    state = yield from fetch(State(), [(BookingSeries, c.series_id)])
    series = state.need(BookingSeries, c.series_id)
    keys: list[Wish] = [(Space, series.space_id), (Product, series.product_id), (Place, series.place_id)]
    keys += [(Space, id) for id, _ in series.with_units]
    state = yield from fetch(state, [*keys, (Person, series.person_id), (Wallet, series.person_id)])
    asked = _asked_again(state, c, now)
    wishes = [(LegalEntity, asked.space.entity_id), *sale_keys(state, [asked.product], series.person_id)]
    wishes += row_wishes(asked.space, series.person_id)
    wishes += space_wishes((one for one, _ in asked.spaces), series.person_id)
    state = yield from fetch_series_pages(state, asked.claims, wishes)
    return (yield from _fetch_price(state, asked, now))


def _asked_again(state: State, c: RetrySkipped, now: datetime) -> Asked:
    """The dates that are named, or all that were skipped and are not over.

    Raises:
        WrongStateError: the series is held or over, or a date was not skipped.
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
    space, product = state.need(Space, series.space_id), state.need(Product, series.product_id)
    place, extras = state.need(Place, series.place_id), series.with_units
    spaces = asked_spaces(state, space, series.units, extras)
    facts = series.facts if c.facts is None else c.facts
    return Asked(space, product, place, series.units, series.person_id, times, c, extras, spaces, facts)


def _look(draft: Draft, asked: Asked, expires: datetime) -> tuple[list[date], list[DateClash], tuple[str, ...]]:
    """Which dates can be had, why each other cannot, and which rules are broken with an override for those that can."""
    c, rules = asked.command, dict[str, None]()
    mine = own_claims(draft.state, asked.space, asked.person_id, draft.now)
    last = dict[date, Part]()  # what was looked at last on each date: where it is refused, for whose sake

    def claim(state: State, day: date, period: Period) -> tuple[Placed, ...]:
        parts = split_claims(asked.spaces, period, day.isoformat(), expires)
        last[day], broken = parts[0], list[str]()
        if period.end <= draft.now:
            raise TooLateError(f"the period ended at {period.end.isoformat()}")
        for part in parts:
            last[day], own = part, mine if part is parts[0] else ()
            learnt = learnt_for(state, part.space, asked.person_id, period, draft.now)
            found = broken_rules(asked.place, part.space, period, c.groups, draft.now, mine=own, trainings=learnt)
            broken += check_rules(found, c.override)
        for part in parts:
            last[day] = part
            check_free(state, part.space, asked.place, part.placed, draft.now, beside=part.others, groups=c.groups)
        mine.append(parts[0].placed[0].claim)
        rules.update(dict.fromkeys(broken))
        return all_claims(parts)

    def nearest(state: State, day: date, period: Period) -> tuple[Period, ...]:
        part = last[day]
        return nearest_free(state, part.space, asked.place, part.placed, draft.now, part.others, c.groups)

    free, found = look(draft.state, asked.times, draft.now, claim, nearest)
    clashes = [attrs.evolve(one, space_id=last[one.day].space.id) if one.day in last else one for one in found]
    return list(free), clashes, tuple(rules)


def _book(state: State, c: BookSeries, now: datetime, ids: Ids) -> Decision:
    draft, asked = Draft(state, now, ids), _asked_series(state, c)
    check_sale(state, asked.product, asked.place, c.person_id)
    if all(period is not None and period.end <= now for period in asked.times.values()):
        raise TooLateError("all dates of the series are over")
    expires = now + PAYMENT_HOLD
    free, clashes, rules = _look(draft, asked, expires)
    if not free or {one.day for one in clashes} != set(c.skip):
        raise SeriesClashError(clashes, free, c.skip)
    id = ids("srs")
    subject = Subject(BookingSeries.kind, id)
    bookings, paid = _sell(draft, asked, subject, free, expires)
    had = {day: booking.id for day, booking in zip(free, bookings, strict=True)}
    why = {one.day: one.why for one in clashes}
    dates = tuple(
        SeriesDate(day, "booked", had[day]) if day in had else SeriesDate(day, "skipped", None, why[day])
        for day in asked.times
    )
    series = BookingSeries(
        id=id,
        place_id=asked.place.id,
        space_id=asked.space.id,
        product_id=asked.product.id,
        zone=asked.place.zone,
        day=c.day,
        starts=c.starts,
        ends=c.ends,
        rule=c.rule,
        units=c.units,
        booked_at=now,
        dates=dates,
        state="confirmed" if paid else "held",
        rdates=c.rdates,
        exdates=c.exdates,
        person_id=c.person_id,
        charge_id=bookings[0].charge_id,
        with_units=asked.with_units,
        facts=asked.facts,
    )
    draft.add(SeriesBooked(series, bookings, now))
    _follow(draft, asked, subject, paid, rules, expires)
    return draft.decision(subject)


def _retry(state: State, c: RetrySkipped, now: datetime, ids: Ids) -> Decision:
    draft, asked = Draft(state, now, ids), _asked_again(state, c, now)
    check_sale(state, asked.product, asked.place, asked.person_id)
    expires = now + PAYMENT_HOLD
    free, clashes, rules = _look(draft, asked, expires)
    if clashes:
        raise SeriesClashError(clashes, free)
    subject = Subject(BookingSeries.kind, c.series_id)
    bookings, paid = _sell(draft, asked, subject, free, expires)
    draft.add(SkippedBooked(c.series_id, tuple(free), bookings, now))
    _follow(draft, asked, subject, paid, rules, expires)
    return draft.decision(subject)


def _sell(
    draft: Draft, asked: Asked, subject: Subject, days: Sequence[date], expires: datetime
) -> tuple[tuple[Booking, ...], bool]:
    """Price these dates together and take what they cost: their bookings, and whether nothing is due any more."""
    state, c = draft.state, asked.command
    priced = make_price(
        state,
        asked.wanted(days),
        subject=subject,
        place=asked.place,
        customer_id=asked.person_id,
        now=draft.now,
        ids=draft.ids,
        promise=c.quote,
    )
    draft.price = priced.quote
    draft.add(*priced.events())
    priced = name_lines(priced)
    charge = raise_charge(draft, priced, subject, asked.place, asked.person_id) if priced.due else None
    paid = charge is None or bool(c.account and take(draft, charge.id, c.account, c.return_url))
    shares = split_price(priced, state.need(TariffText, priced.sale.tariff_version).text)
    bookings = []
    for day, share in zip(days, shares, strict=True):
        id, period = draft.ids("bkg"), asked.times[day]
        assert period is not None
        until = None if paid else expires
        bookings.append(
            Booking(
                id=id,
                place_id=asked.place.id,
                space_id=asked.space.id,
                product_id=asked.product.id,
                period=period,
                units=asked.units,
                state="confirmed" if paid else "held",
                person_id=asked.person_id,
                expires=until,
                charge_id=charge.id if charge else None,
                spends=share.spends,
                placed=all_claims(split_claims(asked.spaces, period, id, until)),
                series_id=subject.id,
                part=share.part if charge else None,
                with_units=asked.with_units,
                meters=share.moves,
            )
        )
    return tuple(bookings), paid


def _follow(
    draft: Draft, asked: Asked, subject: Subject, paid: bool, broken: tuple[str, ...], expires: datetime
) -> None:
    """What comes after dates were booked: overrides are noted; one message, or the end of the hold."""
    note_row(draft, asked.space, asked.person_id, subject.id)
    note_overrides(draft, broken, asked.command.override, subject)
    if paid:
        draft.tell("series booked", asked.person_id, subject)
    else:
        draft.later("expire", subject, expires)


adapt(BookSeries, _read_book, _book)

adapt(RetrySkipped, _read_retry, _retry)
