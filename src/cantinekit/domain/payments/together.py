"""Things that were priced together with others leave their scope: what goes back is what the others cost less.

What stays charged in a scope is what the others cost, and the fees. Where what leaves was charged less than goes back,
the rest is taken off the charges of those that left before, as far as these pay for the others. What is left over even
so stays with the scope, and goes back as soon as more leaves it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from fractions import Fraction

import attrs

from cantinekit.common.evolve import evolve
from cantinekit.domain.draft import Draft
from cantinekit.domain.passes.along import drop_along
from cantinekit.domain.passes.records import Spend
from cantinekit.domain.payments.charging import back_moves, lower_charge, return_deposit, return_units
from cantinekit.domain.payments.differences import Shares, take_off
from cantinekit.domain.payments.events import ChargeStood
from cantinekit.domain.payments.records import Charge, ChargeShare
from cantinekit.domain.sales.afterwards import called_off, cancelling, sold_for
from cantinekit.domain.sales.comes_to import Afterwards, RefundChoice
from cantinekit.domain.sales.events import MetersMoved, ScopePriced
from cantinekit.domain.sales.meters import net_moves
from cantinekit.domain.sales.past import agreed_sale
from cantinekit.domain.sales.question import read_tariff
from cantinekit.domain.sales.records import MeterMove, Sale, Scope, ScopeCharge
from cantinekit.domain.sales.scopes import Gone, find_gone, joined_before, price_again, scope_units
from cantinekit.money import Money, allocate


def call_off(
    draft: Draft,
    sale: Sale,
    tariff_text: str,
    at: datetime,
    shares: Shares,
    reason: str,
    *,
    begins: datetime,
    came: bool = True,
    item: str | None = None,
    refund: RefundChoice = None,
) -> Afterwards:
    """What calling something off comes to, as ``cancelling`` says, and what it does to its scopes.

    Args:
        draft: what is decided so far; the scopes of the sale are loaded, with all that ``read_scopes`` loads.
        sale: its sale, with all facts.
        tariff_text: the version of the price list that priced it.
        at: when it is called off.
        shares: what of its charges is for it, the oldest first.
        reason: why; refunds say it.
        begins: when it begins.
        came: ``False``: nobody came, and nobody called it off.
        item: the item of the sale; ``None``: all of them.
        refund: what staff give back instead.

    Raises:
        NotForSaleError: the list does not say what stays.
        InputError: staff give back more than it costs.
        CurrencyError: what staff give back is in another currency.
        UnsuitableError: something that stays was priced from facts of a person who was forgotten.
    """
    gone = find_gone(draft.state, sale.id, called_off(sale, read_tariff(tariff_text), item))
    worth = {id: amount for one in gone for id, amount in one.worth.items()}
    told = cancelling(sale, tariff_text, at, begins=begins, came=came, item=item, refund=refund, worth=worth)
    if not gone:
        return told
    total, currency = (told.refund - told.due + told.fee).amount, sale.total.currency
    alone = max(0, total - sum(worth.values()))
    weights = [alone, *(max(0, sum(one.worth.values())) for one in gone)]
    fee = min(told.fee.amount, max(0, total))
    fees = allocate(fee, weights) if any(weights) else [0] * len(weights)
    own, more = _leave(draft, gone, fees[1:], shares, reason)
    back = max(0, alone - fees[0]) + own + more
    return _together(told, gone, Money(back, currency), Money(more, currency))


def _together(told: Afterwards, gone: Sequence[Gone], refund: Money, elsewhere: Money) -> Afterwards:
    taken = tuple(spend for one in gone for spend in one.stay)
    return attrs.evolve(told, refund=refund, elsewhere=elsewhere, together=True, taken=taken)


def undo_together(
    draft: Draft, sale_id: str | None, shares: Shares, reason: str, item: str | None = None
) -> Afterwards | None:
    """What it comes to that something never stood which was priced together with others; ``None`` where it was not.

    What of its charge the others cost by now stays owed.

    Args:
        draft: what is decided so far; the scopes of the sale are loaded, with all that ``read_scopes`` loads.
        sale_id: its sale; ``None``: it has no price.
        shares: what of its charges is for it, the oldest first.
        reason: why; refunds say it.
        item: the item of the sale; ``None``: all of them.
    """
    gone = find_gone(draft.state, sale_id, None if item is None else [item]) if sale_id is not None else []
    if sale_id is None or not gone:
        return None
    zero = Money.zero(draft.state.need(Sale, sale_id).total.currency)
    whole, charged = Money.sum((share.amount for share in shares), zero.currency), _charged(gone)
    own, more = _leave(draft, gone, [0] * len(gone), shares, reason)
    for share in shares:
        charge = draft.state.need(Charge, share.charge_id)
        if charge.state == "due" and not charge.stands:
            drop_along(draft, charge.pass_ids)
            draft.add(*([ChargeStood(charge.id)] if charged > own else []))
    refund = whole + Money(own + more - charged, zero.currency)
    return _together(Afterwards.all_back(zero, "unpaid"), gone, refund, Money(more, zero.currency))


def undo_shares(draft: Draft, shares: Shares, told: Afterwards, reason: str) -> None:
    """Take off the charges of something that never stood what goes back of them, and drop or return their deposits.

    Args:
        draft: what is decided so far.
        shares: all of its charges.
        told: what ``undo_together`` says of it.
        reason: why; refunds say it.
    """
    take_off(draft, [(shares, told.off)], reason)
    for share in shares:
        charge = draft.state.need(Charge, share.charge_id)
        if charge.deposit:
            return_deposit(draft, charge.id, Money(charge.deposit, charge.amount.currency), reason)


@attrs.frozen
class MovedOut:
    """What something that is moved leaves in the scopes in which it was.

    Attributes:
        old: what it has cost: its price, as far as the others do not cost more without it.
        taken: its units that the others take from now on.
    """

    old: Money
    taken: tuple[Spend, ...] = ()

    def returned(self, spends: Sequence[Spend]) -> tuple[Spend, ...]:
        """Those of its units that come back."""
        return Afterwards(self.old, self.old, self.old, Fraction(0), "moved", taken=self.taken).split_units(spends)[1]


def move_out(draft: Draft, sale_id: str | None, old: Money, shares: Shares, item: str | None = None) -> MovedOut:
    """Take something out of the scopes in which it was priced, so that it can be priced at another time.

    Args:
        draft: what is decided so far; the scopes of the sale are loaded, with all that ``read_scopes`` loads.
        sale_id: its sale; ``None``: it was sold before this was kept.
        old: what it came to when it was sold.
        shares: what of its charges is for it, the oldest first.
        item: the item of the sale; ``None``: all of them.
    """
    gone = find_gone(draft.state, sale_id, None if item is None else [item]) if sale_id is not None else []
    if sale_id is None or not gone:
        return MovedOut(old)
    ids = [part.item for one in gone for part in one.parts]
    sold = sold_for(*agreed_sale(draft.state, sale_id), ids)
    own, _ = _leave(draft, gone, [0] * len(gone), shares, "", elsewhere=False)
    taken = tuple(spend for one in gone for spend in one.stay)
    return MovedOut(old + Money(own - sold, old.currency), taken)


def _charged(gone: Sequence[Gone]) -> int:
    return sum(part.charged for one in gone for part in one.parts)


def _leave(
    draft: Draft,
    gone: Sequence[Gone],
    fees: Sequence[int],
    shares: Shares,
    reason: str,
    *,
    elsewhere: bool = True,
) -> tuple[int, int]:
    """Take things out of their scopes.

    Args:
        draft: what is decided so far.
        gone: what leaves each scope.
        fees: what of its worth is kept, for each scope in minor units.
        shares: what of their charges is for them, the oldest first.
        reason: why; refunds say it.
        elsewhere: whether more than they were charged may go back.

    Returns:
        What goes back of their own charges, and what went back of those of things that left before, in minor units.
    """
    sums, rest = (0, 0), list(shares)
    for one, fee in zip(gone, fees, strict=True):
        scope, charged = one.scope, sum(part.charged for part in one.parts)
        wanted = max(0, sum(one.worth.values()) - fee + scope.over)
        own = min(wanted, charged)
        more = min(wanted - own, sum(left.amount for left in scope.left)) if elsewhere else 0
        left = _off(draft, scope.left, more, reason)
        mine, rest = _first(rest, max(0, charged - own - fee))
        after = Scope(scope.id, one.earlier, one.rest, (*left, *mine), one.units, one.moves)
        draft.add(ScopePriced(evolve(after, beside=wanted - own - more - after.over)))
        return_units(draft, one.back, one.parts[0].subject)
        _move(draft, net_moves(one.moves, back_moves(scope.moves)))
        sums = sums[0] + own, sums[1] + more
    return sums


def _move(draft: Draft, moves: tuple[MeterMove, ...]) -> None:
    if moves:
        draft.add(MetersMoved(moves))


def _off(draft: Draft, left: Sequence[ScopeCharge], amount: int, reason: str) -> tuple[ScopeCharge, ...]:
    """Take an amount off charges, the latest first."""
    kept = list[ScopeCharge]()
    for one in reversed(left):
        cut = min(amount, one.amount)
        amount -= cut
        if cut:
            currency = draft.state.need(Charge, one.charge_id).amount.currency
            lower_charge(draft, one.charge_id, Money(cut, currency), reason)
        kept += [ScopeCharge(one.charge_id, one.amount - cut)] if one.amount > cut else []
    return tuple(reversed(kept))


def _first(shares: Sequence[ChargeShare], amount: int) -> tuple[list[ScopeCharge], list[ChargeShare]]:
    """So much of shares, the oldest first, and what is left of them."""
    found, rest = list[ScopeCharge](), list[ChargeShare]()
    for share in shares:
        part = min(amount, share.amount.amount)
        amount -= part
        found += [ScopeCharge(share.charge_id, part)] if part > 0 else []
        rest.append(ChargeShare(share.charge_id, share.amount - Money(part, share.amount.currency)))
    return found, rest


# --- what comes back -------------------------------------------------------------------------------------------------


def join_again(draft: Draft, sale_id: str, price: Money, item: str | None = None) -> Money:
    """Let something that left its scopes stand in them again, as the last that was bought.

    Args:
        draft: what is decided so far; the scopes of the sale are loaded, with all that ``read_scopes`` loads.
        sale_id: its sale.
        price: what it came to when it was sold.
        item: the item of the sale; ``None``: all of them.

    Returns:
        What it costs now.
    """
    sale, text = agreed_sale(draft.state, sale_id)
    found = joined_before(sale, text)
    for scope_id, part in ((key, part) for key, part in found if item is None or part.item == item):
        scope = draft.state.need(Scope, scope_id)
        again = price_again(draft.state, scope.id, (*scope.parts, part), scope_units([*scope.parts, part], scope))
        if again is None:
            continue
        last = again.parts[-1]
        parts = (*scope.parts, evolve(last, charged=last.price))
        draft.add(ScopePriced(evolve(scope, earlier=again.earlier, parts=parts)))
        price += Money(last.price - part.price, price.currency)
    return price
