"""Cancelling a pass: what is left is taken back; its price list or the staff say what goes back of the price."""

from __future__ import annotations

from datetime import datetime

from cantinekit.clock import day_bounds
from cantinekit.domain.catalogue.records import TariffText
from cantinekit.domain.draft import Draft
from cantinekit.domain.passes.commands import CancelPass
from cantinekit.domain.passes.events import PassEnded, UnitsGivenBack
from cantinekit.domain.passes.life_cycle import has_ended, take_pass_back
from cantinekit.domain.passes.records import Entitlement, Pass
from cantinekit.domain.payments.charging import lower_charge, return_deposit_of, return_meters, return_units
from cantinekit.domain.payments.differences import Shares, as_it_stands, share_of
from cantinekit.domain.payments.records import Charge
from cantinekit.domain.payments.together import call_off
from cantinekit.domain.places.records import Place
from cantinekit.domain.rules.terms import note_overrides
from cantinekit.domain.sales.afterwards import split_moves
from cantinekit.domain.sales.comes_to import Afterwards, RefundChoice
from cantinekit.domain.sales.past import whole_sale
from cantinekit.domain.sales.question import read_tariff
from cantinekit.domain.sales.records import Sale, SaleFacts
from cantinekit.domain.state import State, refer
from cantinekit.errors import UnsuitableError, WrongStateError

REFUND = "refund by the price list"
"""The name of the rule that staff override who give back more or less than the price list says."""


def check_cancel(state: State, sold: Pass, now: datetime) -> None:
    """Refuse to cancel a pass that has ended, or that is cancelled or ended otherwise.

    Args:
        state: has its units and its place.
        sold: the pass.
        now: the instant.

    Raises:
        WrongStateError: it is over; or it was used, and is that of a stay, or an earlier version sold it.
        UnsuitableError: it is a line of an order, or was bought along with something that is not paid yet; or it is a
            contract that was renewed, or whose plan was changed.
    """
    check_live(sold)
    _check_by_itself(state, sold)
    if sold.state == "active":
        _check_had(state, sold, now)


def check_live(sold: Pass) -> None:
    """Refuse a pass that has ended.

    Raises:
        WrongStateError: it has.
    """
    if not sold.live:
        raise WrongStateError(f"pass {sold.id}", state=sold.state, wanted=["pending", "active"])


def _check_by_itself(state: State, sold: Pass) -> None:
    """Refuse a stay that was used, and what is cancelled with what it was bought with.

    Raises:
        WrongStateError: it was used, and is that of a stay, or an earlier version sold it.
        UnsuitableError: it is a line of an order, or was bought along with something that is not paid yet.
    """
    units = [state.need(Entitlement, id) for id in sold.entitlement_ids]
    if not (sold.sells or sold.given) and any(one.used for one in units):  # a stay, or sold by an earlier version
        raise WrongStateError(f"pass {sold.id}", state="used", wanted=["unused"])
    if sold.with_order is not None and sold.with_order.kind == "order" and "+" not in sold.item:
        raise UnsuitableError(f"pass {sold.id} is a line of order {sold.with_order.id}: cancel that line (CancelOrder)")
    if sold.state == "pending" and sold.with_order is not None:
        order = f"{sold.with_order.kind} {sold.with_order.id}"
        raise UnsuitableError(f"pass {sold.id} is bought along with {order} and not paid yet: cancel that")


def _check_had(state: State, sold: Pass, now: datetime) -> None:
    """Refuse a pass that is over, and a contract that is ended otherwise.

    Raises:
        WrongStateError: it is over.
        UnsuitableError: it is a contract that was renewed, or whose plan was changed.
    """
    if sold.periods:
        raise UnsuitableError(f"pass {sold.id} is a contract that was renewed: give notice of it, or end it")
    if sold.changes:
        raise UnsuitableError(f"pass {sold.id} is a contract whose plan was changed: give notice of it, or end it")
    if has_ended(state, sold, now):
        raise WrongStateError(f"pass {sold.id}", state="expired", wanted=["active"])


def cancel_pass_by_list(draft: Draft, sold: Pass, c: CancelPass) -> None:
    """Take a pass back that is pending or active.

    Args:
        draft: what is decided so far.
        sold: the pass, with its sale, its version of the price list, its place and all that ``read_pass`` loads.
        c: the reason, and what staff give back instead.

    Raises:
        WrongStateError: it is over; or it was used, and is that of a stay, or an earlier version sold it.
        UnsuitableError: it is a line of an order, or was bought along with something that is not paid yet.
    """
    _check_by_itself(draft.state, sold)
    if sold.state == "pending":
        take_pass_back(draft, sold, c.reason)
        return
    shares = (share_of(draft.state.need(Charge, sold.charge_id)),) if sold.charge_id is not None else ()
    found = end_pass_by_list(draft, sold, shares, c.reason, c.refund)
    if found is None:
        return
    return_units(draft, found.split_units(sold.spends)[1], refer(sold))
    return_meters(draft, split_moves(sold.meters, found.kept)[1])
    if sold.charge_id is not None:
        lower_charge(draft, sold.charge_id, found.off, c.reason, [({sold.product_id}, found.off.amount)])
        _return_deposit(draft, sold, sold.charge_id, c.reason)
    own = [sold.charge_id] if sold.charge_id is not None else []
    draft.afterwards = as_it_stands(draft, found, refer(sold), own)
    if c.refund is not None:
        note_overrides(draft, [REFUND], c.reason, refer(sold))


def _return_deposit(draft: Draft, sold: Pass, charge_id: str, reason: str) -> None:
    """Return the deposit of a pass, as far as it stands; that of what was bought with it stays."""
    lines = draft.state.need(Charge, charge_id).lines
    held = sum(one.amount.amount for one in lines if one.kind == "held" and one.product_id == sold.product_id)
    return_deposit_of(draft, charge_id, held, reason)


def end_pass_by_list(draft: Draft, sold: Pass, shares: Shares, reason: str, refund: RefundChoice) -> Afterwards | None:
    """End a pass that is active, with the units that are left of it. Nothing goes back of its price yet.

    It leaves the scopes in which it was priced.

    Args:
        draft: what is decided so far, with the sale of the pass, its version of the price list, its place and units.
        sold: the pass.
        shares: what of its charges is for it, the oldest first.
        reason: why; refunds say it.
        refund: what staff give back instead of what the price list says.

    Returns:
        what goes back of its price; ``None`` for a pass that was given.

    Raises:
        WrongStateError: it is over.
        NotForSaleError: the price list does not say what goes back.
        UnsuitableError: it is a contract that was renewed, or staff name a refund of what was given.
    """
    _check_had(draft.state, sold, draft.now)
    units = [draft.state.need(Entitlement, id) for id in sold.entitlement_ids]
    found = _comes_to(draft, sold, units, shares, reason, refund)
    for one in units:
        if one.left:
            draft.add(UnitsGivenBack(one.id, one.left))
    spends = found.split_units(sold.spends)[0] if found is not None else ()
    meters = split_moves(sold.meters, found.kept)[0] if found is not None else ()
    draft.add(PassEnded(sold.id, "cancelled", draft.now, spends, meters))
    return found


def _comes_to(
    draft: Draft, sold: Pass, units: list[Entitlement], shares: Shares, reason: str, refund: RefundChoice
) -> Afterwards | None:
    """What goes back of the price; ``None`` for a pass that was given.

    Raises:
        UnsuitableError: staff name a refund of what was given.
    """
    sale = draft.state.get(Sale, sold.sale_id) if sold.sale_id else None
    if sold.given or (sale is None and sold.charge_id is None):
        if refund is not None:
            raise UnsuitableError(f"pass {sold.id} was given: there is nothing to refund")
        return None
    if sale is None:
        return _of_before(draft, sold)
    whole = whole_sale(sale, draft.state.get(SaleFacts, sale.id))
    text, place = draft.state.need(TariffText, sold.tariff_version).text, draft.state.need(Place, sold.place_id)
    assert sold.first_day is not None
    begins = day_bounds(sold.first_day, place.zone).start
    listed = read_tariff(text).products.get(sold.tariff_product)
    if listed is not None and not listed.cancel and units and all(one.left == one.bought for one in units):
        begins = draft.now.max.replace(tzinfo=draft.now.tzinfo)  # nothing of it was used: it has not begun
    item = sold.item or None
    return call_off(draft, whole, text, draft.now, shares, reason, begins=begins, item=item, refund=refund)


def _of_before(draft: Draft, sold: Pass) -> Afterwards:
    """A pass that an earlier version of this library sold, of which nothing was used: all goes back."""
    assert sold.charge_id is not None
    return Afterwards.all_back(draft.state.need(Charge, sold.charge_id).billed, "list silent")
