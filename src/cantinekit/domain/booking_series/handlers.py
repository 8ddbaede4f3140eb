"""Carrying out the commands about series of bookings: book all dates, retry skipped dates, cancel dates."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cantinekit.domain.attendance.trainings import space_wishes
from cantinekit.domain.base import Subject
from cantinekit.domain.booking_series.asked_dates import AskedDates, dates_of_series, skipped_dates
from cantinekit.domain.booking_series.commands import BookSeries, CancelSeries, MoveBookingSeries, RetrySkipped
from cantinekit.domain.booking_series.ending import bookings_of, end_dates, read_series
from cantinekit.domain.booking_series.events import SeriesBooked, SkippedBooked
from cantinekit.domain.booking_series.moving import move_dates, moved_charges, read_series_move
from cantinekit.domain.booking_series.records import BookingSeries, SeriesDate
from cantinekit.domain.booking_series.selling import follow_up, look_at_dates, release_later, sell_dates
from cantinekit.domain.bookings.ending import find_afterwards, note_refund
from cantinekit.domain.bookings.records import Booking
from cantinekit.domain.bookings.selling import asked_product, check_sale
from cantinekit.domain.catalogue.finding import product_wishes, read_product
from cantinekit.domain.catalogue.records import PriceList, Product
from cantinekit.domain.dates.claims import read_series_pages
from cantinekit.domain.decision import Decision
from cantinekit.domain.handling import handles
from cantinekit.domain.passes.records import Wallet
from cantinekit.domain.payments.charging import PAYMENT_HOLD
from cantinekit.domain.people.presence import present
from cantinekit.domain.people.records import Person
from cantinekit.domain.places.records import LegalEntity
from cantinekit.domain.rules.ahead import ahead_row, find_ahead
from cantinekit.domain.rules.in_a_row import neighbour_wishes, row_wishes
from cantinekit.domain.sales.comes_to import sum_up
from cantinekit.domain.sales.question import read_prices, sale_keys
from cantinekit.domain.spaces.records import Space
from cantinekit.domain.state import Wish, refer
from cantinekit.domain.unit_of_work import Steps, Uow
from cantinekit.errors import SeriesClashError, TooLateError, WrongStateError


@handles(BookSeries)
def book_series(c: BookSeries, uow: Uow) -> Steps[Decision[BookingSeries]]:
    """Book all dates of a series that can be had, with consent to those that cannot."""
    wishes: list[Wish] = [(Space, c.space_id), (Person, c.person_id), (Wallet, c.person_id), (Person, c.payer_id)]
    wishes += product_wishes(uow.state, c.product_id, None, uow.now)
    yield from uow.fetch([*wishes, *((Space, id) for id, _ in c.with_units)])
    space = uow.state.need(Space, c.space_id)
    named = asked_product(space, c.product_id)
    known = uow.state.get(Product, named) if uow.state.knows(Product, named) else None
    wishes = [(LegalEntity, space.entity_id), *sale_keys(uow.state, [known] if known else [], c.person_id, c)]
    yield from read_product(uow, named, space.place_id, *wishes)
    asked = dates_of_series(uow.state, c)
    ahead = yield from find_ahead(uow, space, c.person_id)
    wishes = [(PriceList, asked.product.pricelist_id), *_rule_wishes(asked), *ahead]
    yield from read_series_pages(uow, asked.claims, wishes)
    yield from _read_prices(uow, asked)

    check_sale(uow.state, asked.product, asked.place, c.person_id)
    if all(period is not None and period.end <= uow.now for period in asked.times.values()):
        raise TooLateError("all dates of the series are over")
    expires = uow.now + PAYMENT_HOLD
    free, clashes, rules = look_at_dates(uow, asked, expires)
    if not free or {one.day for one in clashes} != set(c.skip):
        raise SeriesClashError(clashes, free, c.skip)
    subject = Subject(BookingSeries.kind, uow.ids("srs"))
    bookings, sold = sell_dates(uow, asked, subject, free, expires)
    had = {day: booking.id for day, booking in zip(free, bookings, strict=True)}
    why = {one.day: one.why for one in clashes}
    series = BookingSeries(
        id=subject.id,
        place_id=asked.place.id,
        space_id=asked.space.id,
        product_id=asked.product.id,
        zone=asked.place.zone,
        day=c.day,
        starts=c.starts,
        ends=c.ends,
        rule=c.rule,
        units=c.units,
        booked_at=uow.now,
        dates=tuple(
            SeriesDate(day, "booked", had[day]) if day in had else SeriesDate(day, "skipped", None, why[day])
            for day in asked.times
        ),
        state="confirmed" if sold.stands else "held",
        rdates=c.rdates,
        exdates=c.exdates,
        person_id=c.person_id,
        charge_id=sold.charge_id,
        with_units=asked.with_units,
        facts=asked.facts,
    )
    uow.add(SeriesBooked(series, bookings, uow.now))
    follow_up(uow, asked, subject, sold.stands, rules, expires)
    if sold.stands:
        release_later(uow, bookings)
    return uow.done_at(BookingSeries, subject.id)


@handles(RetrySkipped)
def retry_skipped(c: RetrySkipped, uow: Uow) -> Steps[Decision[BookingSeries]]:
    """Book skipped dates of a series, all that are asked for or none."""
    series = yield from uow.need(BookingSeries, c.series_id)
    wishes: list[Wish] = [(Space, series.space_id), (Person, series.person_id), (Wallet, series.person_id)]
    wishes += [(Space, id) for id, _ in series.with_units]
    yield from read_product(uow, series.product_id, series.place_id, *wishes, (Person, c.payer_id))
    asked = skipped_dates(uow.state, c, uow.now)
    wishes = [(LegalEntity, asked.space.entity_id), *sale_keys(uow.state, [asked.product], series.person_id, c)]
    wishes += yield from find_ahead(uow, asked.space, asked.person_id)
    yield from read_series_pages(uow, asked.claims, [*wishes, *_rule_wishes(asked)])
    yield from _read_prices(uow, asked)

    asked = skipped_dates(uow.state, c, uow.now)  # a date may be over by now
    check_sale(uow.state, asked.product, asked.place, asked.person_id)
    expires = uow.now + PAYMENT_HOLD
    free, clashes, rules = look_at_dates(uow, asked, expires)
    if clashes:
        raise SeriesClashError(clashes, free)
    subject = Subject(BookingSeries.kind, c.series_id)
    bookings, sold = sell_dates(uow, asked, subject, free, expires)
    uow.add(SkippedBooked(c.series_id, tuple(free), bookings, uow.now))
    follow_up(uow, asked, subject, sold.stands, rules, expires)
    if sold.stands:
        release_later(uow, bookings)
    return uow.done_at(BookingSeries, subject.id)


def _rule_wishes(asked: AskedDates) -> list[Wish]:
    """What the terms of the spaces look at beside their pages."""
    rows = [*row_wishes(asked.space, asked.person_id), *ahead_row(asked.space, asked.person_id)]
    return [*rows, *space_wishes((one for one, _ in asked.spaces), asked.person_id)]


def _read_prices(uow: Uow, asked: AskedDates) -> Steps[None]:
    """Load the price list and the meters of all dates, and the bookings on the pages that are loaded."""
    days = [day for day, period in asked.times.items() if period is not None]
    also = neighbour_wishes(uow.state, asked.space, asked.person_id)
    yield from read_prices(uow, asked.question(days), uow.now, also)


@handles(CancelSeries)
def cancel_series(c: CancelSeries, uow: Uow) -> Steps[Decision[BookingSeries]]:
    """End the dates of a series that are not over, from a day on."""
    yield from read_series(uow, c.series_id, uow.now)

    series = uow.state.need(BookingSeries, c.series_id)
    if series.state not in ("held", "confirmed"):
        raise WrongStateError(f"series {series.id}", state=series.state, wanted=["held", "confirmed"])
    asked = {one.day: one for one in series.dates if c.from_date is None or one.day >= c.from_date}
    named = {one.booking_id for one in asked.values() if one.state == "booked"}
    every = bookings_of(uow.state, series)
    found = [one for one in every if one.id in named and (one.state == "held" or one.period.end > uow.now)]
    _keep_whole(every, found)
    given_up = [one.day for one in asked.values() if one.state == "skipped"]
    if not found and not given_up:
        raise TooLateError(f"no date of series {series.id} is left to cancel")
    paid = [one for one in found if one.state == "confirmed"]
    told = {one.id: find_afterwards(uow, one, c.reason, refund=c.refund) for one in paid}
    if paid:
        uow.afterwards = sum_up(list(told.values()))
        note_refund(uow, c.refund, c.reason, refer(series))
    end_dates(uow, series, found, "cancelled", c.reason, given_up, told)
    return uow.done(series, dict.fromkeys(id for one in found for id in one.charges))


@handles(MoveBookingSeries)
def move_booking_series(c: MoveBookingSeries, uow: Uow) -> Steps[Decision[BookingSeries]]:
    """Move the dates of a series that have not begun, and settle the difference."""
    yield from read_series_move(uow, c)

    series = uow.state.need(BookingSeries, c.series_id)
    if series.state != "confirmed":
        raise WrongStateError(f"series {series.id}", state=series.state, wanted=["confirmed"])
    if series.person_id is not None:
        present(uow.state, series.person_id)
    move_dates(uow, c)
    return uow.done(series, moved_charges(uow, series.id))


def _keep_whole(every: Iterable[Booking], found: Sequence[Booking]) -> None:
    """Refuse to cancel a part of what waits for one payment.

    Raises:
        WrongStateError: some of its dates would go, and others stay.
    """
    chosen, due = {one.id for one in found}, {one.charge_id for one in found if one.state == "held"}
    left = [one.id for one in every if one.charge_id in due and one.state == "held" and one.id not in chosen]
    if left:
        raise WrongStateError(f"booking {left[0]}", state="one with the other dates until they are paid")
