"""Things that were priced together with others leave their scope: what goes back is what the others cost less.

What stays charged in a scope is what the others cost, and the fees. Where what leaves was charged less than goes back,
the rest is taken off the charges of those that left before, as far as these pay for the others, then off the charges of
those that stand. What is left over even so stays with the scope, and goes back as soon as more leaves it.
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
from cantinekit.domain.sales.events import MetersMoved, ScopeJoined, ScopePaid, ScopePriced
from cantinekit.domain.sales.meters import net_moves
from cantinekit.domain.sales.past import Which, agreed_sale, ids_of
from cantinekit.domain.sales.prices import Priced
from cantinekit.domain.sales.question import read_tariff
from cantinekit.domain.sales.records import MeterMove, Sale, SaleEarlier, SaleFacts, Scope, ScopeCharge, ScopePart
from cantinekit.domain.sales.scopes import (
    Gone,
    find_gone,
    joined_before,
    loaded_scopes,
    price_again,
    scope_units,
    units_less,
    units_of_gone,
)
from cantinekit.domain.state import State
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
    item: Which = None,
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
        item: the item of the sale, or several; ``None``: all of them.
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
    left = _leave(draft, gone, fees[1:], shares, reason)
    back = max(0, alone - fees[0]) + left.own + left.more
    return _together(told, gone, Money(back, currency), Money(left.more, currency))


def _together(told: Afterwards, gone: Sequence[Gone], refund: Money, elsewhere: Money) -> Afterwards:
    taken = tuple(spend for one in gone for spend in one.stay)
    return attrs.evolve(told, refund=refund, elsewhere=elsewhere, together=True, taken=taken)


def undo_together(
    draft: Draft, sale_id: str | None, shares: Shares, reason: str, item: Which = None
) -> Afterwards | None:
    """What it comes to that something never stood which was priced together with others; ``None`` where it was not.

    What of its charge the others cost by now stays owed.

    Args:
        draft: what is decided so far; the scopes of the sale are loaded, with all that ``read_scopes`` loads.
        sale_id: its sale; ``None``: it has no price.
        shares: what of its charges is for it, the oldest first.
        reason: why; refunds say it.
        item: the item of the sale, or several; ``None``: all of them.
    """
    gone = find_gone(draft.state, sale_id, ids_of(item)) if sale_id is not None else []
    if sale_id is None or not gone:
        return None
    zero = Money.zero(draft.state.need(Sale, sale_id).total.currency)
    whole, charged = Money.sum((share.amount for share in shares), zero.currency), _charged(gone)
    left = _leave(draft, gone, [0] * len(gone), shares, reason)
    for share in shares:
        charge = draft.state.need(Charge, share.charge_id)
        if charge.state == "due" and not charge.stands:
            drop_along(draft, charge.pass_ids)
        if charged > left.own and not charge.stands:
            draft.add(ChargeStood(charge.id))
    refund = whole + Money(left.own + left.more - charged - _given(gone), zero.currency)
    return _together(Afterwards.all_back(zero, "unpaid"), gone, refund, Money(left.more, zero.currency))


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
        paid: the charges that pay for it, the oldest first.
        given: what it got back before, when others went, in minor units.
        more: what went back of the charges of others, in minor units.
    """

    old: Money
    taken: tuple[Spend, ...] = ()
    paid: tuple[ScopeCharge, ...] = ()
    given: int = 0
    more: int = 0

    def told(self, told: Afterwards) -> Afterwards:
        """What moving it comes to, with what went back of the charges of others."""
        if not self.more:
            return told
        more = Money(self.more, self.old.currency)
        return attrs.evolve(
            told, refund=told.refund + more, elsewhere=more + (told.elsewhere or Money.zero(more.currency))
        )

    def returned(self, spends: Sequence[Spend]) -> tuple[Spend, ...]:
        """Those of its units that come back."""
        return Afterwards(self.old, self.old, self.old, Fraction(0), "moved", taken=self.taken).split_units(spends)[1]


def move_out(
    draft: Draft, sale_id: str | None, old: Money, shares: Shares, reason: str, item: Which = None
) -> MovedOut:
    """Take something out of the scopes in which it was priced, so that it can be priced at another time.

    Args:
        draft: what is decided so far; the scopes of the sale are loaded, with all that ``read_scopes`` loads.
        sale_id: its sale; ``None``: it was sold before this was kept.
        old: what it came to when it was sold.
        shares: what of its charges is for it, the oldest first.
        reason: why; refunds say it.
        item: the item of the sale, or several; ``None``: all of them.
    """
    gone = find_gone(draft.state, sale_id, ids_of(item)) if sale_id is not None else []
    if sale_id is None or not gone:
        return MovedOut(old)
    ids = [part.item for one in gone for part in one.parts]
    sold = sold_for(*agreed_sale(draft.state, sale_id), ids)
    left = _leave(draft, gone, [0] * len(gone), shares, reason)
    taken = tuple(spend for one in gone for spend in one.stay)
    return MovedOut(old + Money(left.own - sold, old.currency), taken, left.rest, _given(gone), left.more)


def moved_in(draft: Draft, priced: Priced, out: MovedOut, more: ChargeShare | None, item: str | None = None) -> None:
    """Note which charges pay for something that was moved.

    Args:
        draft: what is decided so far.
        priced: its new price, which is entered.
        out: what ``move_out`` says of it.
        more: the charge of the difference; ``None``: nothing was due.
        item: the item of the price; ``None``: all of them.
    """
    rest = [*out.paid, *([ScopeCharge(more.charge_id, more.amount.amount)] if more is not None else [])]
    note_paid(draft, priced.joins, rest, out.given, item)


def note_paid(
    draft: Draft, joins: Sequence[ScopeJoined], paid: Sequence[ScopeCharge], given: int = 0, item: str | None = None
) -> None:
    """Note which charges pay for things that were priced in scopes.

    Args:
        draft: what is decided so far.
        joins: what was priced in which scope.
        paid: the charges, the oldest first, with what of them pays for these things.
        given: what the things got back before, when others went.
        item: the item of the price; ``None``: all of them.
    """
    rest = list(paid)
    for join in joins:
        parts = list[ScopePart]()
        for part in (part for part in join.parts if item is None or part.item == item):
            mine, rest = _first(rest, part.charged)
            parts += [evolve(part, paid=tuple(mine), given=given)] if mine or given else []
            given = 0
        if parts:
            draft.add(ScopePaid(join.scope_id, tuple(parts)))


def _charged(gone: Sequence[Gone]) -> int:
    return sum(part.charged for one in gone for part in one.parts)


def _given(gone: Sequence[Gone]) -> int:
    return sum(part.given for one in gone for part in one.parts)


@attrs.frozen
class _Left:
    """What became of charges when things left their scopes.

    Attributes:
        own: what goes back of their own charges, in minor units.
        more: what went back of the charges of others.
        rest: what is left of their own charges that pays for nothing in these scopes, the oldest first.
    """

    own: int
    more: int
    rest: tuple[ScopeCharge, ...]


def _leave(draft: Draft, gone: Sequence[Gone], fees: Sequence[int], shares: Shares, reason: str) -> _Left:
    """Take things out of their scopes.

    Args:
        draft: what is decided so far.
        gone: what leaves each scope.
        fees: what of its worth is kept, for each scope in minor units.
        shares: what of their charges is for them, the oldest first.
        reason: why; refunds say it.
    """
    owned = [ScopeCharge(share.charge_id, share.amount.amount) for share in shares]
    _, rest = _first(owned, _given(gone))
    rest = [_standing(draft, one) for one in rest]
    whole, others = 0, 0
    for one, fee in zip(gone, fees, strict=True):
        scope, charged = one.scope, sum(part.charged for part in one.parts)
        wanted = max(0, sum(one.worth.values()) - fee + scope.over)
        own = min(wanted, charged)
        left, more = _off(draft, scope.left, wanted - own, reason)
        standing = list(one.rest)
        for place in reversed(range(len(standing))):
            standing[place], cut = _lowered(draft, standing[place], wanted - own - more, reason)
            more += cut
        mine, rest = _first(rest, max(0, charged - own - fee))
        after = Scope(scope.id, one.earlier, tuple(standing), (*left, *mine), one.units, one.moves)
        draft.add(ScopePriced(evolve(after, beside=wanted - own - more - after.over)))
        return_units(draft, one.back, one.parts[0].subject)
        _move(draft, net_moves(one.moves, back_moves(scope.moves)))
        whole, others = whole + own, others + more
    return _Left(whole, others, tuple(rest))


def _standing(draft: Draft, one: ScopeCharge) -> ScopeCharge:
    """What can be left of a part of a charge: what was taken off the charge before pays for nothing."""
    return evolve(one, amount=min(one.amount, max(0, draft.state.need(Charge, one.charge_id).earned.amount)))


def _move(draft: Draft, moves: tuple[MeterMove, ...]) -> None:
    if moves:
        draft.add(MetersMoved(moves))


def _lowered(draft: Draft, part: ScopePart, amount: int, reason: str) -> tuple[ScopePart, int]:
    """Give back up to an amount of what a thing that stands was charged: the thing, and how much it was.

    What it still waits for to be paid stays as it is.
    """
    charges = {one.charge_id: draft.state.need(Charge, one.charge_id) for one in part.paid}
    if amount <= 0 or any(charge.state == "due" and not charge.stands for charge in charges.values()):
        return part, 0
    cuts, rest = _first(part.paid, amount)
    for one in cuts:
        lower_charge(draft, one.charge_id, Money(one.amount, charges[one.charge_id].amount.currency), reason)
    cut = sum(one.amount for one in cuts)
    return evolve(part, charged=part.charged - cut, given=part.given + cut, paid=tuple(rest)), cut


def _off(draft: Draft, left: Sequence[ScopeCharge], amount: int, reason: str) -> tuple[tuple[ScopeCharge, ...], int]:
    """Take up to an amount off charges, the latest first: what is left of them, and how much it was."""
    cuts, rest = _first(left[::-1], amount)
    for one in cuts:
        currency = draft.state.need(Charge, one.charge_id).amount.currency
        lower_charge(draft, one.charge_id, Money(one.amount, currency), reason)
    return tuple(rest[::-1]), sum(one.amount for one in cuts)


def _first(charges: Sequence[ScopeCharge], amount: int) -> tuple[list[ScopeCharge], list[ScopeCharge]]:
    """The first of these charges that come to an amount, and what is left of them."""
    found, rest = list[ScopeCharge](), list[ScopeCharge]()
    for one in charges:
        part = max(0, min(amount, one.amount))
        amount -= part
        found += [ScopeCharge(one.charge_id, part)] if part else []
        rest += [ScopeCharge(one.charge_id, one.amount - part)] if one.amount > part else []
    return found, rest


# --- what comes back -------------------------------------------------------------------------------------------------


def join_again(draft: Draft, sale_id: str, price: Money, item: Which = None) -> Money:
    """Let something that left its scopes stand in them again, as the last that was bought.

    Args:
        draft: what is decided so far; the scopes of the sale are loaded, with all that ``read_scopes`` loads.
        sale_id: its sale.
        price: what it came to when it was sold.
        item: the item of the sale, or several; ``None``: all of them.

    Returns:
        What it costs now.
    """
    sale, text = agreed_sale(draft.state, sale_id)
    found, ids = joined_before(sale, text), ids_of(item)
    for scope_id, part in ((key, part) for key, part in found if ids is None or part.item in ids):
        scope = draft.state.need(Scope, scope_id)
        again = price_again(draft.state, scope.id, (*scope.parts, part), scope_units([*scope.parts, part], scope))
        if again is None:
            continue
        # What stands keeps its price, also where the list has things of one sale in another order: it is paid.
        more = max(0, sum(one.price for one in again.parts) - sum(one.price for one in scope.parts))
        parts = (*scope.parts, evolve(again.parts[-1], price=more, charged=more))
        units = units_of_gone(again.spends, parts)
        draft.add(ScopePriced(evolve(scope, earlier=again.earlier, parts=parts, units=units)))
        return_units(draft, units_less(scope.units, units), part.subject)
        price += Money(more - part.price, price.currency)
    return price


@attrs.frozen
class Anew:
    """Something in a scope that has another price, since it was measured, and the others with what they cost then.

    Attributes:
        scope: the scope as it was.
        number: its place in the scope, from 0.
        parts: what stands in the scope then.
        earlier: what is charged in it then.
    """

    scope: Scope
    number: int
    parts: tuple[ScopePart, ...]
    earlier: SaleEarlier

    @property
    def more(self) -> int:
        """What all of them cost more than before, in minor units; below 0: less."""
        return sum(part.price for part in self.parts) - sum(part.price for part in self.scope.parts)


def find_anew(state: State, before: Sale, item: str, sale: Sale, private: SaleFacts | None) -> Anew | None:
    """What it comes to in its scope that something was measured; ``None`` where it is in none.

    Args:
        state: the scopes of the sale, with all that ``read_scopes`` loads, and the sale that prices it now.
        before: the sale that priced it before.
        item: how that sale calls it.
        sale: the sale that prices it now, with a price of its own.
        private: the facts of the person from which it was made; ``None``: none.
    """
    state = state.put([private]) if private is not None else state
    for scope in loaded_scopes(state):
        parts = list(scope.parts)
        place = next((n for n, one in enumerate(parts) if (one.sale_id, one.item) == (before.id, item)), None)
        if place is not None:
            parts[place] = evolve(parts[place], sale_id=sale.id, price=sale.total.amount)
            again = price_again(state, scope.id, parts, scope_units(parts, scope))
            if again is None:  # the list has no price for those after it: they stay at theirs
                return Anew(scope, place, tuple(parts), scope.earlier)
            return Anew(scope, place, again.parts, again.earlier)
    return None


def stand_anew(draft: Draft, anew: Anew, charged: int, more: ChargeShare | None, reason: str) -> None:
    """Let things stand in a scope at the prices that they have since one of them was measured.

    What those after it cost more was charged with it. What they cost less goes back of its charges, then of those of
    what left before, then of theirs, the last bought first.

    Args:
        draft: what is decided so far.
        anew: the scope.
        charged: what was charged more for what was measured, and with it; below 0: what went back of its charges.
        more: the charge of that; ``None``: nothing was charged.
        reason: why; refunds say it.
    """
    standing, scope = list(anew.parts), anew.scope
    mine = standing[anew.number]
    paid = [*mine.paid, *([ScopeCharge(more.charge_id, more.amount.amount)] if more is not None else [])]
    if charged < 0:
        paid = _first(paid[::-1], -charged)[1][::-1]
    standing[anew.number] = evolve(mine, charged=mine.charged + charged, paid=tuple(paid))
    over = max(0, evolve(scope, parts=tuple(standing)).over)
    left, back = _off(draft, scope.left, over, reason)
    for place in reversed(range(len(standing))):
        if place != anew.number:
            standing[place], cut = _lowered(draft, standing[place], over - back, reason)
            back += cut
    after = evolve(scope, parts=tuple(standing), earlier=anew.earlier, left=left)
    draft.add(ScopePriced(evolve(after, beside=after.beside + max(0, -after.over))))
