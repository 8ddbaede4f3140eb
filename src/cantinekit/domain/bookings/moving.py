"""Moving a booking: what it has then, what that costs by what was agreed, and the difference."""

from __future__ import annotations

from datetime import datetime

import attrs

from cantinekit.domain.attendance.trainings import learnt_for, space_wishes
from cantinekit.domain.booking_series.records import BookingSeries
from cantinekit.domain.bookings.commands import MoveBooking
from cantinekit.domain.bookings.ending import (
    charged,
    dated_item,
    deposits_of,
    item_of,
    products_of,
    sale_of,
    shares_of,
    with_shares,
)
from cantinekit.domain.bookings.events import BookingMoved
from cantinekit.domain.bookings.records import Booking
from cantinekit.domain.bookings.selling import asked_again, booked_product, booking_question, confirm, price_booking
from cantinekit.domain.catalogue.finding import read_product
from cantinekit.domain.draft import Draft
from cantinekit.domain.occupancy.claims import page_wishes, read_pages
from cantinekit.domain.occupancy.leaving import left_by
from cantinekit.domain.passes.moving import MovedThing, fee_within, find_move, move_held, new_price, settle_move
from cantinekit.domain.passes.records import Wallet
from cantinekit.domain.payments.charging import (
    charge_parts,
    read_scopes,
    undo_wishes,
)
from cantinekit.domain.payments.differences import first_charge, payer_of
from cantinekit.domain.payments.records import Charge
from cantinekit.domain.payments.together import MovedOut, move_out
from cantinekit.domain.people.records import Person
from cantinekit.domain.places.records import LegalEntity, Place
from cantinekit.domain.rules.ahead import ahead_row, find_ahead, note_ahead, too_many
from cantinekit.domain.rules.in_a_row import neighbour_wishes, note_row, own_claims, row_wishes
from cantinekit.domain.rules.terms import (
    all_claims,
    asked_spaces,
    broken_rules,
    check_all_free,
    check_rules,
    note_overrides,
    split_claims,
)
from cantinekit.domain.sales.afterwards import stays_had
from cantinekit.domain.sales.comes_to import Afterwards
from cantinekit.domain.sales.past import agreement_of, as_sold, debt_of, sale_wishes
from cantinekit.domain.sales.prices import Priced
from cantinekit.domain.sales.question import Question, read_prices, read_tariff, sale_keys
from cantinekit.domain.sales.records import Sale, Scope
from cantinekit.domain.sales.scopes import scope_parts
from cantinekit.domain.spaces.records import Space
from cantinekit.domain.state import State, Wish, refer
from cantinekit.domain.unit_of_work import Steps, Uow
from cantinekit.errors import UnsuitableError
from cantinekit.money import Money

MOVED = "booking moved"
"""Why money goes back."""


def read_move(uow: Uow, c: MoveBooking) -> Steps[None]:
    """Load what it takes to move a booking: what it has, what it is to have, and how it was sold."""
    booking = yield from uow.need(Booking, c.booking_id, (Space, c.space_id))
    ids = dict.fromkeys([c.space_id or booking.space_id, *(id for id, _ in _extras(c, booking))])
    wishes: list[Wish] = [(Space, id) for id in ids]
    wishes += [(BookingSeries, booking.series_id), (Person, booking.person_id), (Wallet, booking.person_id)]
    wishes += [(Sale, booking.sale_id), (Person, c.payer_id), *((Scope, key) for key in booking.scopes)]
    wishes += undo_wishes(uow.state, booking.charges, booking.spends, booking.person_id, booking.meters)
    yield from read_product(uow, booking.product_id, booking.place_id, *wishes)
    spaces = [uow.state.need(Space, id) for id in ids]
    space, place = spaces[0], uow.state.need(Place, booking.place_id)
    wishes = [(LegalEntity, place.entity_id), *charge_parts(uow.state, booking.charges)]
    wishes += sale_keys(uow.state, [booked_product(uow.state, booking)], booking.person_id, c)
    wishes += [*space_wishes(spaces, booking.person_id), *row_wishes(space, booking.person_id)]
    wishes += [*ahead_row(space, booking.person_id), *sale_wishes(uow.state, [booking.sale_id])]
    wishes += yield from find_ahead(uow, space, booking.person_id)
    for one in booking.placed:
        wishes += page_wishes([one.space_id], one.claim.period)[0]
    leaves = dict.fromkeys(leaf for one in spaces for leaf in one.leaves)
    yield from read_pages(uow, leaves, c.period or booking.period, wishes)
    also = [*neighbour_wishes(uow.state, space, booking.person_id), *scope_parts(uow.state)]
    yield from read_prices(uow, _question(uow.state, booking, c), uow.now, also)
    yield from read_scopes(uow)


def _extras(c: MoveBooking, booking: Booking) -> tuple[tuple[str, int], ...]:
    return booking.with_units if c.with_units is None else c.with_units


def _question(state: State, booking: Booking, c: MoveBooking) -> Question:
    """What the price list is asked for the booking as it is to be: with what it was told when the booking was sold."""
    product = booked_product(state, booking)
    after = attrs.evolve(booking, period=c.period or booking.period, units=c.units or booking.units)
    if booking.sale_id is None:
        return asked_again(after, product, c)
    sale = state.need(Sale, booking.sale_id)
    item = item_of(sale, booking)
    mine = [one for one in sale.items if item is None or one.label == item]
    facts = tuple(sorted({**dict(mine[0].facts), **dict(c.facts)}.items()))
    codes = tuple(dict.fromkeys([*sale.codes, *c.codes]))
    extras = {one.tariff_product: one.count for one in mine[1:]} | dict(c.extras)
    product = as_sold(state, product, sale, mine[0])
    asked = booking_question(
        product, after.place_id, after.person_id, after.period, after.units, facts, codes, tuple(extras.items())
    )
    payer_id = c.payer_id or payer_of(state, first_charge(state, booking.charges))
    return attrs.evolve(asked, agreed=sale, payer_id=payer_id)


def move_booking_to(draft: Draft, c: MoveBooking) -> None:
    """Move a booking that may be moved, after all that may refuse it.

    Args:
        draft: all that ``read_move`` loads.
        c: what it is to have.
    """
    state, now = draft.state, draft.now
    before = state.need(Booking, c.booking_id)
    place, space = state.need(Place, before.place_id), state.need(Space, c.space_id or before.space_id)
    if space.place_id != place.id:
        raise UnsuitableError(f"{space.name} is not in {place.name}")
    period, units, extras = c.period or before.period, c.units or before.units, _extras(c, before)
    asked = asked_spaces(state, space, units, extras)
    mine = own_claims(state, space, before.person_id, now, [before.id])
    broken = []
    for one, _ in asked:
        learnt, ours = learnt_for(state, one, before.person_id, period, now), mine if one is space else ()
        many = too_many(state, space, before.person_id, now, but=[before.id]) if one is space else None
        asks = before.state == "requested"
        broken += broken_rules(place, one, period, c.groups, now, asks=asks, mine=ours, trainings=learnt, more=many)
    rules = list(check_rules(broken, c.override))
    expires = before.expires if before.state != "requested" else min(before.expires or period.end, period.end)
    parts = split_claims(asked, period, before.id, expires)
    check_all_free(state, place, parts, now, but=before.id, groups=c.groups)
    after = attrs.evolve(
        before,
        space_id=space.id,
        period=period,
        units=units,
        with_units=extras,
        expires=expires,
        placed=all_claims(parts),
        release_at=release_time(space, period.start, now),
        changed_at=now,
        left=left_by(before, period, all_claims(parts), now),
    )
    after, rules = _price(draft, before, after, c, rules)
    draft.add(BookingMoved(after, now))
    note_row(draft, space, before.person_id, before.id)
    note_ahead(draft, space, before.person_id, before.id)
    note_overrides(draft, rules, c.override, refer(before))
    draft.tell("booking moved", before.person_id, refer(before))
    charge = draft.state.need(Charge, after.charge_id) if after.charge_id is not None else None
    had = charge is None or charge.stands or charge.covered
    if before.state == "held" and after.sale_id is not None and had:
        confirm(draft, before.id)
    elif before.state == "confirmed" and after.release_at is not None:
        draft.later("expire", refer(before), after.release_at)
    elif before.state == "requested" and expires != before.expires:
        draft.later("expire", refer(before), expires)


def release_time(space: Space, start: datetime, now: datetime) -> datetime | None:
    """When a booking of a space is released if nobody has come; of one that has begun it is counted from now."""
    after = space.terms.release_after
    return None if after is None else max(start, now) + after


def _price(
    draft: Draft, before: Booking, after: Booking, c: MoveBooking, rules: list[str]
) -> tuple[Booking, list[str]]:
    """The booking with its new price, and the rules that are broken; the difference is charged or goes back."""
    asked = _question(draft.state, before, c)
    if before.state == "requested":
        price_booking(draft, after, asked, c.quote)  # it must be for sale, though nothing of it is sold yet
        return attrs.evolve(after, facts=asked.things[0].item.facts, codes=asked.codes), rules
    if before.state == "held" and before.charge_id is None:
        return after, rules
    place = draft.state.need(Place, before.place_id)
    thing = _thing(draft.state, before)
    if before.state == "held":
        priced, sold = move_held(draft, thing, asked, place, c)
        assert priced is not None
        after = _sold(after, priced)
        return after if sold is None else attrs.evolve(after, charge_id=sold.charge_id, spends=sold.spends), rules
    out = take_out(draft, before, place)
    priced = new_price(draft, thing, asked, c, out)
    assert priced is not None
    old = out.old - _not_again(draft.state, before, priced)
    total = priced.sale.total + priced.quote.price.debt
    told, broken = find_booking_move(draft, before, old, total, overridden=c.override is not None)
    shares = settle_move(draft, thing, priced, old, told, out, place, c)
    after = attrs.evolve(with_shares(after, shares), move_fees=before.move_fees + fee_within(told))
    return _sold(after, priced), [*rules, *broken]


def _thing(state: State, booking: Booking) -> MovedThing:
    """The booking as what is moved."""
    return MovedThing(
        refer(booking),
        booking.person_id,
        booking.product_id,
        booking.sale_id,
        booking.charge_id,
        shares_of(state, booking),
        booking.spends,
        booking.meters,
        MOVED,
        dated_item(state, booking),
        products_of(booking),
        tuple(deposits_of(state, booking)),
    )


def _not_again(state: State, before: Booking, priced: Priced) -> Money:
    """What passes came to that were had along with a booking, as far as they are not priced again: they stay had."""
    found = sale_of(state, before)
    if found is None or item_of(found[0], before) is not None:
        return Money.zero(priced.sale.total.currency)
    return stays_had(found, priced.agreed(state))


def agreed_price(state: State, booking: Booking, place: Place) -> Money:
    """What a booking that is confirmed costs by what was agreed."""
    found = sale_of(state, booking)
    if found is None:
        return charged(state, booking, place.currency)
    item = item_of(found[0], booking)
    debt = debt_of(*found, None if item is None else [item])
    return debt + (found[0].total if item is None else agreement_of(*found, item).total)


def take_out(draft: Draft, booking: Booking, place: Place) -> MovedOut:
    """Take a booking that is confirmed out of the scopes in which it was priced."""
    state = draft.state
    old, shares = agreed_price(state, booking, place), shares_of(state, booking)
    return move_out(draft, booking.sale_id, old, shares, MOVED, dated_item(state, booking))


def find_booking_move(
    draft: Draft, booking: Booking, old: Money, new: Money, *, overridden: bool
) -> tuple[Afterwards, list[str]]:
    """What moving a booking comes to, and the rules that are broken.

    Args:
        draft: what is decided so far.
        booking: the booking as it was.
        old: what it cost.
        new: what it costs at its new time.
        overridden: whether staff move it although the list does not let it be moved.

    Raises:
        NotForSaleError: the list does not let it be moved, and nobody overrides that.
    """
    found, silent = sale_of(draft.state, booking), True
    item = item_of(found[0], booking) if found is not None else None
    told, rules = find_move(found, draft.now, old, new, overridden=overridden, item=item)
    if found is not None:
        name = next(one.tariff_product for one in found[0].items if item is None or one.label == item)
        silent = read_tariff(found[1]).products[name].move is None
    if silent and booking.period.start <= draft.now:  # free until it starts, nothing afterwards
        told = attrs.evolve(told, refund=Money.zero(old.currency))
    return told, rules


def _sold(booking: Booking, priced: Priced) -> Booking:
    """The booking with a price."""
    return attrs.evolve(
        booking, spends=priced.spends, meters=priced.moves, sale_id=priced.sale.id, scopes=priced.scopes()
    )
