"""Seats that nobody came to: they cost what the price list says of that, and what they cost before if somebody did."""

from __future__ import annotations

from datetime import datetime

from cantinekit.domain.courses.prices import returned
from cantinekit.domain.draft import Draft
from cantinekit.domain.passes.events import UnitsSpent
from cantinekit.domain.passes.records import Entitlement, Spend
from cantinekit.domain.payments.charging import back_moves, return_meters, return_units
from cantinekit.domain.payments.differences import Shares, take_off
from cantinekit.domain.payments.records import Charge, LineKind, LineWord
from cantinekit.domain.payments.together import call_off, join_again
from cantinekit.domain.people.records import Person
from cantinekit.domain.registrations.absence import is_to_settle
from cantinekit.domain.registrations.events import SeatMissed, SeatNotMissed
from cantinekit.domain.registrations.giving_up import beside_first, charge_seat, products_of, seat_item, shares_of
from cantinekit.domain.registrations.records import Missed, Registration
from cantinekit.domain.sales.afterwards import called_off, cancelling, split_moves
from cantinekit.domain.sales.events import MetersMoved
from cantinekit.domain.sales.meters import net_moves
from cantinekit.domain.sales.past import agreed_sale
from cantinekit.domain.sales.prices import in_order_of_use
from cantinekit.domain.sales.question import read_tariff
from cantinekit.domain.sales.records import Sale
from cantinekit.domain.sessions.records import Session
from cantinekit.domain.state import State, refer
from cantinekit.errors import NotForSaleError, WrongStateError
from cantinekit.money import Money

NOBODY_CAME = "nobody came"
"""Why something of the price of a seat goes back that nobody came to."""
SOMEBODY_CAME = "somebody came after all"
"""Why the fee of a seat goes back that counted as missed."""


def settle_no_show(draft: Draft, one: Registration) -> None:
    """Let seats cost what their price list says of whether somebody came; nothing where they do already.

    What is held as a deposit stays held, and whoever is being forgotten is left alone.

    Args:
        draft: what is decided so far, with all that ``read_registration`` loads.
        one: the registration.

    Raises:
        WrongStateError: units that went back, since nobody had come, were spent meanwhile.
    """
    if not is_to_settle(draft.state.need(Session, one.session_id), one):
        return
    if draft.state.need(Person, one.person_id).state != "present":
        return
    if one.missed is None:
        _miss(draft, one)
    else:
        _take_back(draft, one, one.missed)


def _miss(draft: Draft, one: Registration) -> None:
    """Let seats be missed. A list that says nothing of it, or does not say what stays, keeps all of them."""
    sale, text = agreed_sale(draft.state, one.sale_id or "none")
    tariff = read_tariff(text)
    names = called_off(sale, tariff, _items(one)).values()
    if not any(tariff.products[name].cancel for name in names if name in tariff.products):
        return
    mine = shares_of(draft, one)
    try:
        told = call_off(
            draft, sale, text, draft.now, mine, NOBODY_CAME,
            begins=_begins(draft.state, sale, one), came=False, item=_items(one),
        )  # fmt: skip
    except NotForSaleError:
        return
    kept, back = told.split_units(in_order_of_use(draft.state, one.spends))
    moves, off = split_moves(one.meters, told.kept)
    less = Money.zero(told.fee.currency)
    if told.off:
        before = _earned(draft.state, mine, less)
        (mine,) = take_off(draft, [(mine, told.off)], NOBODY_CAME, [products_of(draft, one)])
        less = before - _earned(draft.state, mine, less)
    if told.due:
        mine = (*mine, charge_seat(draft, one, [("not come", told.due, "penalty")]))
    debt = min(told.debt, less) if told.debt is not None else None
    missed = Missed(draft.now, told.fee, told.due, less, debt or None, kept, moves, told.together)
    draft.add(SeatMissed(one.id, missed, beside_first(one, mine)))
    return_units(draft, back, refer(one))
    return_meters(draft, off)


def _take_back(draft: Draft, one: Registration, missed: Missed) -> None:
    """Let seats cost what they cost before they were missed: what went back is owed again, a fee is not."""
    back = returned(one.spends, missed.kept)
    spends = tuple(spend for spend in back if _goes_on(draft, spend))
    for spend in spends:
        if draft.state.need(Entitlement, spend.entitlement_id).left < spend.units:
            raise WrongStateError(f"the units of entitlement {spend.entitlement_id}", state="spent")
    if spends:
        draft.add(UnitsSpent(spends, refer(one)))
    moves = net_moves(one.meters, back_moves(missed.meters))
    if moves:
        draft.add(MetersMoved(moves))
    nothing = Money.zero(missed.fee.currency)
    owed, debt, mine = _owed_again(draft, one, missed), missed.debt or nothing, shares_of(draft, one)
    if owed < nothing:
        (mine,) = take_off(draft, [(mine, -owed)], SOMEBODY_CAME, [products_of(draft, one)])
    again: list[tuple[LineWord, Money, LineKind]] = [("came after all", owed, "revenue")] if owed > nothing else []
    again += [("came after all", debt, "debt")] if debt else []
    if again:
        mine = (*mine, charge_seat(draft, one, again))
    draft.add(SeatNotMissed(one.id, returned(one.spends, returned(back, spends)), beside_first(one, mine)))


def _goes_on(draft: Draft, spend: Spend) -> bool:
    """Whether a pass whose units went back can still be used: what was left of one that is over the house has taken."""
    one = draft.state.need(Entitlement, spend.entitlement_id)
    return one.active and not one.is_over(draft.now)


def _owed_again(draft: Draft, one: Registration, missed: Missed) -> Money:
    """What of the price of missed seats is owed again; below nothing: what they cost beyond it.

    What was priced together with others stands with them again, at what it costs there now.
    """
    if not missed.together:
        return missed.back - (missed.debt or Money.zero(missed.back.currency)) - missed.due
    sale, text = agreed_sale(draft.state, one.sale_id or "none")
    begins = _begins(draft.state, sale, one)
    told = cancelling(sale, text, draft.now, begins=begins, came=False, item=_items(one))
    return join_again(draft, sale.id, told.fee + told.refund - told.due, _items(one)) - missed.fee


def _items(one: Registration) -> tuple[str, ...] | None:
    """The items of the sale that are for a registration; ``None``: all of them."""
    return one.items or None


def _begins(state: State, sale: Sale, one: Registration) -> datetime:
    """When what a seat was priced for begins."""
    sold = seat_item(sale, one).period
    return sold.start if sold is not None else state.need(Session, one.session_id).period.start


def _earned(state: State, shares: Shares, nothing: Money) -> Money:
    """What stands as earned of charges."""
    return Money.sum((state.need(Charge, share.charge_id).earned for share in shares), nothing.currency)
