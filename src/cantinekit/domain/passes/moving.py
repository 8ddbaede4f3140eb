"""Pricing something that was sold at another time, whatever it is: what it costs then, and the difference."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from fractions import Fraction

import attrs

from cantinekit.domain.base import Subject
from cantinekit.domain.draft import Draft
from cantinekit.domain.passes.giving import Sold, sell_priced
from cantinekit.domain.passes.records import Spend
from cantinekit.domain.payments.charging import (
    lower_to,
    return_meters,
    return_units,
    take,
    undo_charge,
)
from cantinekit.domain.payments.differences import (
    Shares,
    charge_more,
    check_unpaid,
    difference,
    first_charge,
    last_parts,
    move_instalments,
    return_deposits,
    take_off,
)
from cantinekit.domain.payments.records import Charge
from cantinekit.domain.payments.together import MovedOut, moved_in, undo_shares, undo_together
from cantinekit.domain.places.records import Place
from cantinekit.domain.sales.afterwards import held_of, moving
from cantinekit.domain.sales.comes_to import Afterwards
from cantinekit.domain.sales.past import Which, agreed_sale, debt_of
from cantinekit.domain.sales.prices import Priced, make_price, more_held
from cantinekit.domain.sales.question import Question
from cantinekit.domain.sales.records import MeterMove, Sale
from cantinekit.domain.sales.selling import SellingCommand
from cantinekit.errors import NotForSaleError, WrongStateError
from cantinekit.money import Money

MOVING = "moving"
"""The name of the rule that staff break who move what the price list does not let be moved."""


@attrs.frozen
class MovedThing:
    """Something that is moved, as it was sold.

    Attributes:
        subject: its kind and id.
        person_id: whom it was sold to; ``None``: nobody in particular.
        product_id: the product by which it is sold.
        sale_id: the sale that priced it; ``None``: it has no price.
        charge_id: its first charge; ``None``: nothing was due for it.
        shares: what of its charges is for it, the oldest first.
        spends: the units that it took.
        meters: how far it moved meters.
        reason: why money goes back.
        item: the item of its sale, or several; ``None``: the sale is its own.
        products: the products whose lines lose what goes back; ``None``: all but the passes that were had along.
        deposits: its charges, the oldest first, each with what of its deposit is for it and still stands.
    """

    subject: Subject
    person_id: str | None
    product_id: str
    sale_id: str | None
    charge_id: str | None
    shares: Shares
    spends: tuple[Spend, ...]
    meters: tuple[MeterMove, ...]
    reason: str
    item: Which = None
    products: frozenset[str] | None = None
    deposits: tuple[tuple[str, int], ...] = ()


def find_move(
    agreed: tuple[Sale, str] | None, at: datetime, old: Money, new: Money, *, overridden: bool, item: str | None = None
) -> tuple[Afterwards, list[str]]:
    """What moving something comes to, and the rules that are broken.

    Args:
        agreed: its sale with all facts, and its version of the price list; ``None``: it was sold before this was kept.
        at: when the move is asked for.
        old: what it cost.
        new: what it costs at its new time.
        overridden: whether staff move it although the list does not let it be moved.
        item: the item of its sale; ``None``: the sale is its own.

    Raises:
        NotForSaleError: the list does not let it be moved, and nobody overrides that.
    """
    nothing = Money.zero(new.currency)
    plain = Afterwards(nothing, max(nothing, old - new), max(nothing, new - old), Fraction(1), "moved")
    if agreed is None:
        return plain, []
    try:
        return moving(*agreed, at, total=old, new_total=new, item=item), []
    except NotForSaleError:
        if not overridden:
            raise
        return attrs.evolve(plain, why="staff"), [MOVING]


def units_back(before: Sequence[Spend], after: Sequence[Spend]) -> tuple[Spend, ...]:
    """The units that come back, where others are spent instead."""
    taken = {one.entitlement_id: one.units for one in after}
    back = [(one.entitlement_id, one.units - taken.get(one.entitlement_id, 0)) for one in before]
    return tuple(Spend(id, number) for id, number in back if number > 0)


def new_price(
    draft: Draft, thing: MovedThing, asked: Question, c: SellingCommand[object], out: MovedOut
) -> Priced | None:
    """Give back the units and the count of the old price, and make the new one; ``None`` where nothing is priced.

    Args:
        draft: what is decided so far.
        thing: what is moved.
        asked: what the price list is asked.
        c: the command.
        out: what it leaves in the scopes in which it was priced.
    """
    priced = _priced(draft, thing, asked, c, out.returned(thing.spends))
    if priced is not None:
        draft.price = priced.quote
        priced.enter(draft)
    return priced


def settle_move(
    draft: Draft,
    thing: MovedThing,
    priced: Priced | None,
    old: Money,
    told: Afterwards,
    out: MovedOut,
    place: Place,
    c: SellingCommand[object],
) -> Shares:
    """Charge the difference, or give it back: what of its charges is for the thing then.

    The fee of the move stays when the thing is called off later.

    Args:
        draft: what is decided so far.
        thing: what is moved.
        priced: its new price, which is entered; ``None``: it has none.
        old: what it cost.
        told: what moving it comes to.
        out: what it left in the scopes in which it was priced.
        place: its place.
        c: the command, which says how a difference is paid.
    """
    told, share, shares = attrs.evolve(told, units=_units_back(thing, priced)), None, thing.shares
    if told.refund:
        (shares,) = take_off(draft, [(shares, told.refund)], thing.reason, [thing.products])
    before, held = _held(draft, thing, priced)
    if held < before:
        shares = return_deposits(draft, thing.deposits, before - held, shares, thing.reason)
    charges = [draft.state.need(Charge, one.charge_id) for one in thing.shares]
    own = [charge.id for charge in charges if charge.subject == thing.subject]
    later = move_instalments(draft, own, priced.later if priced is not None else (), place)
    new = priced.lines if priced is not None else ()
    debt = _debt(draft, thing, old)
    lines = difference(new, thing.product_id, old - debt, told.fee, debt) if told.due else ()
    if lines := (*lines, *more_held(new, before)):
        version = priced.sale.tariff_version if priced is not None else "unknown"
        more = Money(max(0, held - before), place.currency)
        parts, _ = last_parts(later, {"revenue": max(more * 0, told.due - told.fee), "held": more})
        fee = min(told.fee, told.due)
        first = first_charge(draft.state, (one.charge_id for one in shares))
        share = charge_more(
            draft, lines, version, thing.subject, place, thing.person_id, c, first=first, later=parts, fee=fee
        )
        shares = (*shares, share)
    if priced is not None:
        moved_in(draft, priced, out, share)
    draft.afterwards = out.told(told)
    return shares


def fee_within(told: Afterwards) -> int:
    """What of the fee of a move is taken from what went back, in minor units: it stays in the charges that there were.

    Args:
        told: what moving something comes to.
    """
    return max(0, (told.fee - told.due).amount)


def _debt(draft: Draft, thing: MovedThing, old: Money) -> Money:
    """What was owed before beside the price, such as for units that were used and not there."""
    if thing.sale_id is None:
        return old * 0
    items = (thing.item,) if isinstance(thing.item, str) else thing.item
    return debt_of(*agreed_sale(draft.state, thing.sale_id), items)


def _held(draft: Draft, thing: MovedThing, priced: Priced | None) -> tuple[int, int]:
    """What the price list asked for as a deposit before, and what it asks for now, in minor units."""
    before = 0
    if thing.sale_id is not None:
        before = held_of(*agreed_sale(draft.state, thing.sale_id), thing.item)
    return before, sum(line.amount.amount for line in priced.lines if line.kind == "held") if priced is not None else 0


def move_held(
    draft: Draft, thing: MovedThing, asked: Question, place: Place, c: SellingCommand[object]
) -> tuple[Priced | None, Sold | None]:
    """Price something again that waits for its payment: the charge stays where what is due is the same, and where some
    of it is paid and it costs less: what is paid beyond that goes back.

    Args:
        draft: what is decided so far.
        thing: what is moved, which has a charge.
        asked: what the price list is asked.
        place: its place.
        c: the command, which says how it is paid.

    Returns:
        its new price, ``None`` where nothing is priced; and what its sale came to, ``None`` where the charge stays.

    Raises:
        WrongStateError: it is being paid, or something that is held was bought along with it.
    """
    check_unpaid(draft, thing.charge_id)
    assert thing.charge_id is not None
    charge, nothing = draft.state.need(Charge, thing.charge_id), Money.zero(place.currency)
    undone = undo_together(draft, thing.sale_id, thing.shares, thing.reason, thing.item)
    units = thing.spends if undone is None else undone.split_units(thing.spends)[1]
    priced = _priced(draft, thing, asked, c, units)
    due = priced.due if priced is not None else nothing
    draft.afterwards = Afterwards(nothing, charge.kept, due, Fraction(1), "moved", _units_back(thing, priced))
    same = due == charge.billed and (undone is None or undone.off == due) and _at_once_as(priced, charge)
    if priced is not None and (same or (undone is None and _pays_less(priced, charge))):
        held = Money(sum(line.amount.amount for line in priced.lines if line.kind == "held"), due.currency)
        back, owed = max(nothing, charge.kept - due), max(nothing, due - charge.kept)
        draft.afterwards = attrs.evolve(draft.afterwards, refund=back, due=owed)
        if not same:
            lower_to(draft, charge.id, due - held, held, thing.reason)
        move_instalments(draft, [charge.id], priced.later, place)
        draft.price = priced.quote
        priced.enter(draft)
        charge = draft.state.need(Charge, charge.id)
        rest = charge.at_once - charge.kept if charge.instalments else charge.outstanding
        if c.account is not None and rest.amount > 0:
            take(draft, charge.id, c.account, c.return_url, amount=rest)
        return priced, None
    if charge.pass_ids:
        about = f"{thing.subject.kind} {thing.subject.id}"
        raise WrongStateError(about, state="one with which passes are bought; pay it first")
    if undone is None:
        undo_charge(draft, charge.id, thing.reason)
    else:
        undo_shares(draft, thing.shares, undone, thing.reason)
    if priced is None:
        return None, None
    return priced, sell_priced(draft, priced, thing.subject, place, thing.person_id, c, first=charge)


def _at_once_as(priced: Priced | None, charge: Charge) -> bool:
    """Whether as much of a price is due at once as of a charge."""
    if priced is None or not (priced.later or charge.instalments):
        return True
    return priced.due - Money.sum((part.amount for part in priced.later), priced.due.currency) == charge.at_once


def _pays_less(priced: Priced, charge: Charge) -> bool:
    """Whether a charge, of which some is paid and all is due at once, can be lowered to a price."""
    held = sum(line.amount.amount for line in priced.lines if line.kind == "held")
    if charge.kept.amount <= 0 or charge.pass_ids or charge.instalments or priced.later:
        return False
    return held <= charge.deposit and priced.due.amount - held <= charge.earned.amount


def _priced(
    draft: Draft, thing: MovedThing, asked: Question, c: SellingCommand[object], units: tuple[Spend, ...]
) -> Priced | None:
    return_units(draft, units, thing.subject)
    return_meters(draft, thing.meters)
    if not asked.things:
        return None
    return make_price(draft.state, asked, subject=thing.subject, now=draft.now, ids=draft.ids, promise=c.quote)


def _units_back(thing: MovedThing, priced: Priced | None) -> tuple[Spend, ...]:
    return units_back(thing.spends, priced.spends if priced is not None else ())
