"""How a seat or a rank ends: what goes back of what was paid, spent and counted, and who is promoted."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from cantinekit.domain.attendance.door import take_mark_back, taken_back_wishes
from cantinekit.domain.courses.prices import TookPlace, had_ids, has_begun_for, returned
from cantinekit.domain.draft import Draft
from cantinekit.domain.passes.records import Entitlement, Spend, Wallet
from cantinekit.domain.payments.charging import (
    back_moves,
    own_deposit,
    read_charge_parts,
    return_deposit_of,
    return_meters,
    return_units,
    undo_charge,
    undo_part,
    undo_wishes,
)
from cantinekit.domain.payments.differences import Shares, charge_more, first_charge, share_of, take_all_off, take_off
from cantinekit.domain.payments.records import Charge, ChargeShare, LineKind, LineWord
from cantinekit.domain.payments.together import call_off, undo_together
from cantinekit.domain.people.records import Person
from cantinekit.domain.places.records import Place
from cantinekit.domain.registrations.absence import is_to_settle
from cantinekit.domain.registrations.events import SeatGivenUp
from cantinekit.domain.registrations.promotion import next_waiting, promote
from cantinekit.domain.registrations.records import Registration, RegistrationEnd
from cantinekit.domain.registrations.seats import not_waiting, seat_key, unseated
from cantinekit.domain.sales.afterwards import held_of, split_moves
from cantinekit.domain.sales.comes_to import Afterwards, RefundChoice
from cantinekit.domain.sales.meters import net_moves
from cantinekit.domain.sales.past import agreed_sale, sale_wishes, tax_class_of
from cantinekit.domain.sales.prices import in_order_of_use
from cantinekit.domain.sales.records import MeterMove, Sale, SaleItem
from cantinekit.domain.sales.said_lines import said_line
from cantinekit.domain.sessions.records import TOO_FEW, Session
from cantinekit.domain.state import State, Wish, refer
from cantinekit.domain.uniques.events import UniqueFreed
from cantinekit.domain.uniques.records import Unique
from cantinekit.domain.unit_of_work import Steps, Uow
from cantinekit.money import Money


def read_registration(uow: Uow, registration_id: str, *, by_list: bool = False) -> Steps[None]:
    """Load what it takes to confirm a seat, to give it up and promote those who wait, or to settle that nobody came.

    With ``by_list`` comes what its price list says of that.

    Raises:
        NotFoundError: there is no such registration.
    """
    one = yield from uow.need(Registration, registration_id)
    wishes = undo_wishes(uow.state, one.charges, one.spends, one.person_id, one.meters)
    by_list = by_list or one.part is not None  # its sale says what of a deposit is for it
    if by_list:
        wishes.append((Sale, one.sale_id))
    once = seat_key(one.session_id, one.person_id)
    session = yield from uow.need(Session, one.session_id, (Unique, once), *wishes)
    waiting = next_waiting(unseated(not_waiting(session, one.id), one), uow.now)
    text: list[Wish] = []
    if by_list and one.sale_id is not None:
        text = [*sale_wishes(uow.state, [one.sale_id]), (Place, one.place_id)]
    settles = is_to_settle(session, one)
    if settles:
        text += [(Sale, one.sale_id), (Person, one.person_id), (Place, one.place_id)]
    if one.order_id is not None:  # it may have been bought by somebody else, with their units
        text += [(Wallet, uow.state.need(Entitlement, spend.entitlement_id).holder_id) for spend in one.spends]
    yield from uow.fetch([*waiting, *taken_back_wishes(one, session), *text])
    yield from read_charge_parts(uow, one.charges, sale_wishes(uow.state, [one.sale_id]) if settles else [])


def find_afterwards(draft: Draft, one: Registration, reason: str, refund: RefundChoice = None) -> Afterwards | None:
    """What it comes to that somebody gives a seat up; ``None`` where it is free or was sold before this was kept.

    It leaves the scopes in which it was priced.

    Args:
        draft: what is decided so far; the sale and its price list are loaded.
        one: the registration, which is confirmed.
        reason: why; refunds say it.
        refund: what staff give back; ``None``: as the price list says.

    Raises:
        NotForSaleError: the price list does not allow it, and staff do not say what goes back.
        InputError: staff give back more than it costs.
        CurrencyError: what staff give back is in another currency.
    """
    if one.sale_id is None:
        return None
    state, session = draft.state, draft.state.need(Session, one.session_id)
    sale, text = agreed_sale(state, one.sale_id)
    begins = [meeting.period.start for meeting in session.planned_meetings if meeting.id in one.meeting_ids]
    start = min(begins, default=session.last_start if session.meetings else session.period.start)
    sold = seat_item(sale, one).period
    at, since = (draft.now, start) if sold is None else (draft.now - (start - sold.start), sold.start)
    shares, items = shares_of(draft, one), one.items or None  # at: as long before as it is now
    told = call_off(draft, sale, text, at, shares, reason, begins=since, item=items, refund=refund)
    return attrs.evolve(told, units=told.split_units(in_order_of_use(state, one.spends))[1])


def shares_of(draft: Draft, one: Registration) -> Shares:
    """The charges of a registration, the oldest first."""
    if one.charge_id is None:
        return one.more
    first = share_of(draft.state.need(Charge, one.charge_id))
    return (first if one.part is None else attrs.evolve(first, amount=one.part.amount), *one.more)


def seat_item(sale: Sale, one: Registration) -> SaleItem:
    """The item of a sale that is for the seats of a registration, without their options."""
    return next(item for item in sale.items if not one.items or item.label in one.items)


def customer_of(state: State, one: Registration) -> str | None:
    """Whom seats were sold to: their person, or whom the order was for with which they were sold.

    Seats are priced for them, and they owe what the seats cost more unless somebody else paid.
    """
    if one.order_id is None or one.sale_id is None:
        return one.person_id
    return state.need(Sale, one.sale_id).customer_id


def products_of(draft: Draft, one: Registration) -> frozenset[str] | None:
    """The products of which its share of a charge is: in an order its own; ``None``: all but the passes had along."""
    if one.order_id is None:
        return None
    product_id = one.product_at(draft.state.need(Session, one.session_id))
    return frozenset({*one.option_ids, *([product_id] if product_id else [])})


def deposits_of(draft: Draft, one: Registration) -> list[tuple[str, int]]:
    """The charges of a registration, the oldest first, each with what of its deposit is for it and still stands."""
    state, found = draft.state, [(share.charge_id, share.deposit) for share in one.more]
    charge = state.need(Charge, one.charge_id) if one.charge_id is not None else None
    if charge is not None and charge.deposit:
        held = own_deposit(state, charge)
        if one.part is not None:
            asked = held_of(*agreed_sale(state, one.sale_id), one.items or None) if one.sale_id is not None else 0
            held = max(0, asked - sum(deposit for _, deposit in found))
        found = [(charge.id, held), *found]
    return [(id, min(held, state.need(Charge, id).deposit)) for id, held in found]


def _return_deposits(draft: Draft, one: Registration, reason: str) -> None:
    """Return what is held for a registration, as far as it stands; of that of an order what is for its own items."""
    for charge_id, held in deposits_of(draft, one):
        return_deposit_of(draft, charge_id, held, reason)


def give_up(
    draft: Draft, registration_id: str, ended: RegistrationEnd, reason: str, told: Afterwards | None = None
) -> None:
    """End a registration, give back what is not kept, have the person told, and promote those who wait.

    What was paid goes back as the price list says. Where it says nothing all of it goes back, but for that of a course
    that has begun: where the person gives the seat up all of it stays, and where the course is called off the share of
    the meetings that took place.

    Args:
        draft: what is decided.
        registration_id: the registration, with all that ``read_registration`` loads.
        ended: the state in which it is over; of a cancelled session it is ``cancelled``.
        reason: why, for refunds.
        told: what it comes to by the price list; ``None``: as above.
    """
    one = draft.state.need(Registration, registration_id)
    session, template = draft.state.need(Session, one.session_id), f"seat {ended}"
    if session.state == "cancelled":  # whatever ends the registration, the person is told of the session, once
        ended, reason = "cancelled", session.reason
        template = "session below minimum" if reason == TOO_FEW else "session cancelled"
    had = had_ids(session, one, draft.now)
    take_mark_back(draft, one, had)
    took_place = TookPlace.of(session, one)
    begun = one.state == "confirmed" and session.state != "cancelled" and has_begun_for(session, one, draft.now)
    stays = begun and told is None
    cut = one.state == "confirmed" and session.state == "cancelled" and took_place.any() and _was_paid(one)
    if told is None and not (stays or cut):
        told = undo_together(draft, one.sale_id, shares_of(draft, one), reason, one.items or None)
    if told is not None and (told.keeps or one.more or one.move_fees or one.part is not None):
        units = told.split_units(in_order_of_use(draft.state, one.spends))[0]
        moves = split_moves(one.meters, told.kept)[0]
        _end_seat(draft, one, ended, units, had, moves, told.fee, _settle(draft, one, told, reason), told.taken)
    elif stays:
        _end_seat(draft, one, ended, one.spends, had, one.meters)  # what was paid stays; staff may give some of it back
    elif cut:
        template = "course cut short"
        units = took_place.kept_units(in_order_of_use(draft.state, one.spends))
        _end_seat(draft, one, ended, units, had, took_place.kept_moves(one.meters))
        _give_rest_back(draft, one, took_place, reason)
    else:
        _end_seat(draft, one, ended, had=had)
        _give_all_back(draft, one, reason)
    draft.tell(template, one.person_id, refer(one))
    promote(draft, one.session_id)


def _give_rest_back(draft: Draft, one: Registration, took_place: TookPlace, reason: str) -> None:
    """Give back what was paid for the meetings of a course that did not take place."""
    if one.part is not None:
        off = one.part.amount.amount - took_place.share(one.part.amount.amount)
        take_off(draft, [(shares_of(draft, one), Money(off, one.part.amount.currency))], reason)
        return
    charge = draft.state.need(Charge, one.charge_id) if one.charge_id else None
    undo_part(draft, one.charge_id, took_place.part_back(charge) if charge else None, reason)


def _give_all_back(draft: Draft, one: Registration, reason: str) -> None:
    """Give back all that was paid for a registration, its deposits among it."""
    if one.part is not None:
        take_all_off(draft, shares_of(draft, one), reason)
        _return_deposits(draft, one, reason)
        return
    take_all_off(draft, one.more, reason)
    for charge_id, held in deposits_of(draft, attrs.evolve(one, charge_id=None)):
        return_deposit_of(draft, charge_id, held, reason)
    undo_charge(draft, one.charge_id, reason)


def _settle(draft: Draft, one: Registration, told: Afterwards, reason: str) -> Shares:
    """Give back what goes back, or charge what is due: the charges of the registration beside its first one."""
    after = shares_of(draft, one)
    if told.off:
        (after,) = take_off(draft, [(after, told.off)], reason, [products_of(draft, one)])
    _return_deposits(draft, one, reason)
    if told.due:
        after = (*after, charge_seat(draft, one, [("cancelled", told.due, "penalty")]))
    return beside_first(one, after)


def charge_seat(draft: Draft, one: Registration, owed: Sequence[tuple[LineWord, Money, LineKind]]) -> ChargeShare:
    """Charge what comes to be owed for the seats of a registration after they were sold.

    Args:
        draft: what is decided so far; the sale, its price list and the place are loaded.
        one: the registration.
        owed: for each line what it says, the amount, and what it counts as.
    """
    place, session = draft.state.need(Place, one.place_id), draft.state.need(Session, one.session_id)
    sale, text = agreed_sale(draft.state, one.sale_id or "none")
    item = seat_item(sale, one)
    product = one.product_at(session) or item.tariff_product
    tax = tax_class_of(sale, text, item.label or None)
    lines = [said_line(said, product, amount, tax, kind) for said, amount, kind in owed]
    first, customer_id = first_charge(draft.state, one.charges), customer_of(draft.state, one)
    return charge_more(draft, lines, sale.tariff_version, refer(one), place, customer_id, first=first)


def beside_first(one: Registration, shares: Shares) -> Shares:
    """The charges of a registration beside its first one."""
    return tuple(share for share in shares if share.charge_id != one.charge_id)


def _was_paid(one: Registration) -> bool:
    return one.charge_id is not None or bool(one.spends or one.meters)


def _end_seat(
    draft: Draft,
    one: Registration,
    ended: RegistrationEnd,
    kept: tuple[Spend, ...] = (),
    had: tuple[str, ...] = (),
    moved: tuple[MeterMove, ...] = (),
    fee: Money | None = None,
    more: tuple[ChargeShare, ...] | None = None,
    taken: tuple[Spend, ...] = (),
) -> None:
    """Free a seat or rank; units that are not ``kept``, nor ``taken`` by others, go back, and meters but for what stays
    ``moved``.
    """
    over = SeatGivenUp(one.id, ended, kept, had, moved, fee, more, draft.now)
    draft.add(over, UniqueFreed(seat_key(one.session_id, one.person_id)))
    return_units(draft, returned(returned(one.spends, taken), kept), refer(one))
    return_meters(draft, net_moves(one.meters, back_moves(moved)))


def leave_waiting_list(draft: Draft, one: Registration) -> None:
    """End the wait of somebody for whom no seat came free in time, and have them told."""
    draft.add(SeatGivenUp(one.id, "expired", at=draft.now), UniqueFreed(seat_key(one.session_id, one.person_id)))
    draft.tell("waiting list closed", one.person_id, refer(one))
