"""Things that a price list prices as a whole with what was bought before: what joins a scope, and what leaves it. Pure.

What leaves a scope is worth what the others cost less without it: they are priced again from nothing, in the order in
which they were bought, each by the version of the price list that sold it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence

import attrs

from cantinekit import pricing
from cantinekit.common.evolve import evolve
from cantinekit.domain.catalogue.records import TariffText
from cantinekit.domain.passes.records import Entitlement, Spend
from cantinekit.domain.payments.records import Charge
from cantinekit.domain.sales.events import ScopeJoined
from cantinekit.domain.sales.item_moves import moves_by_item, owner_of
from cantinekit.domain.sales.past import agreed_sale, explain_sale, past_order
from cantinekit.domain.sales.question import from_earlier, read_tariff, to_earlier, to_lot
from cantinekit.domain.sales.records import (
    MeterMove,
    Sale,
    SaleEarlier,
    SaleFacts,
    Scope,
    ScopePart,
    ScopeUnits,
)
from cantinekit.domain.state import State, Wish


def joined(
    sale: Sale, price: pricing.Quote, tariff: pricing.Tariff, scopes: Mapping[str, str]
) -> tuple[ScopeJoined, ...]:
    """What a price puts into the scopes in which it was made.

    Args:
        sale: what was priced.
        price: the price.
        tariff: the price list.
        scopes: the keys of the scopes, by the ids of the items.
    """
    after = {one.key: from_earlier(one) for one in price.state.earlier}
    mine = [(id, key) for id, key in scopes.items() if key in after]
    moves = moves_by_item(sale, price, tariff) if mine else {}
    known = {lot.entitlement_id for lot in sale.lots}
    found: dict[str, list[ScopePart]] = {}
    for id, key in mine:
        amount = price_of(price, id)
        spends = tuple(ScopeUnits(lot, units) for lot, units in sorted(_used(price, id, known).items()))
        moved = moves.get(id, ())
        part = ScopePart(sale.id, id, sale.subject, sale.tariff_version, amount, amount, spends, moved)
        found.setdefault(key, []).append(part)
    return tuple(ScopeJoined(key, after[key], tuple(parts)) for key, parts in sorted(found.items()))


def price_of(price: pricing.Quote, item: str) -> int:
    """What an item of a price costs, without deposits, in minor units."""
    return sum(line.amount.amount for line in price.lines if line.item == item and line.kind in ("revenue", "penalty"))


def _used(price: pricing.Quote, item: str, known: Container[str]) -> Counter[str]:
    """The units that cover an item, by their lots, vouchers and what the order gives itself left out."""
    found: Counter[str] = Counter()
    for use in price.uses:
        if use.item == item and not use.money and use.lot in known:
            found[use.lot] += use.units
    return found


def joined_before(sale: Sale, tariff_text: str) -> list[tuple[str, ScopePart]]:
    """What a sale put into its scopes when it was made, each with the key of its scope.

    Args:
        sale: the sale, with all facts.
        tariff_text: the version of the price list that priced it.
    """
    price, tariff = explain_sale(sale, tariff_text), read_tariff(tariff_text)
    made = joined(sale, price, tariff, tariff.scopes(past_order(sale)))
    return [(one.scope_id, part) for one in made for part in one.parts]


# --- what it reads ---------------------------------------------------------------------------------------------------


def loaded_scopes(state: State) -> list[Scope]:
    """The scopes that are loaded, in the order of their keys."""
    return sorted((one for one in state.records.values() if isinstance(one, Scope)), key=lambda one: one.id)


def scope_parts(state: State) -> list[Wish]:
    """What it takes to price again what stands in the scopes that are loaded, and to give back what is left over."""
    wishes: list[Wish] = []
    for scope in loaded_scopes(state):
        for part in scope.parts:
            wishes += [(Sale, part.sale_id), (SaleFacts, part.sale_id), (TariffText, part.tariff_version)]
            wishes += [(Entitlement, one.entitlement_id) for one in part.spends]
            wishes += [(Charge, one.charge_id) for one in part.paid]
        wishes += [(Entitlement, one.entitlement_id) for one in scope.units]
        wishes += [(Charge, one.charge_id) for one in scope.left]
    return wishes


# --- what leaves -----------------------------------------------------------------------------------------------------


@attrs.frozen
class Gone:
    """Things that leave one scope.

    Attributes:
        scope: the scope as it was.
        parts: what leaves it.
        worth: what the others cost less without each of them, by its item, in minor units.
        rest: what stands in it then, with its new prices.
        earlier: what is charged in it then.
        stay: the units that what leaves has taken and that the others take from now on.
        back: the units of things that left before, which the others do not take any more.
        units: those of the latter, and of ``stay``, that the others take.
        moves: how much farther meters are moved then than the others say.
    """

    scope: Scope
    parts: tuple[ScopePart, ...]
    worth: Mapping[str, int]
    rest: tuple[ScopePart, ...]
    earlier: SaleEarlier
    stay: tuple[Spend, ...] = ()
    back: tuple[Spend, ...] = ()
    units: tuple[ScopeUnits, ...] = ()
    moves: tuple[MeterMove, ...] = ()


def find_gone(state: State, sale_id: str, items: Container[str] | None = None) -> list[Gone]:
    """What leaves the scopes that are loaded when things of a sale are called off.

    Args:
        state: the scopes, with all that ``scope_parts`` names.
        sale_id: the sale.
        items: the ids of the items that leave; ``None``: all of the sale.

    Raises:
        UnsuitableError: something that stays was priced from facts of a person who was forgotten.
    """
    found = []
    for scope in loaded_scopes(state):
        mine = [part for part in scope.parts if part.sale_id == sale_id and (items is None or part.item in items)]
        if mine:
            found.append(_without(state, scope, mine))
    return found


def _without(state: State, scope: Scope, leaving: Sequence[ScopePart]) -> Gone:
    """Take things out of a scope, the last that was bought first."""
    worth: dict[str, int] = {}
    parts, earlier, need, moved = scope.parts, scope.earlier, None, None
    for part in reversed(leaving):
        before = sum(one.price for one in parts)
        rest = tuple(_freed(one, part, parts) for one in parts if (one.sale_id, one.item) != (part.sale_id, part.item))
        again = price_again(state, scope.id, rest, scope_units(scope.parts, scope))
        if again is None:  # the list has no price for what stays: it stays at its price
            worth[part.item] = part.price
            parts = rest
            continue
        parts, earlier, need, moved = again.parts, again.earlier, again.spends, again.moves
        worth[part.item] = before - sum(one.price for one in parts)
    return _settled(Gone(scope, tuple(leaving), worth, parts, earlier), need, moved)


def _freed(part: ScopePart, gone: ScopePart, parts: Sequence[ScopePart]) -> ScopePart:
    """A thing that stays, which does not count any more what a thing before it counted."""
    names = [(one.sale_id, one.item) for one in parts]
    if not gone.moves or names.index((part.sale_id, part.item)) < names.index((gone.sale_id, gone.item)):
        return part
    sums = Counter({move.meter_id: move.delta for move in part.freed})
    for move in gone.moves:
        sums[move.meter_id] += move.delta
    return evolve(part, freed=_moves(sums))


def _settled(gone: Gone, need: Counter[str] | None, moved: Counter[str] | None) -> Gone:
    """Whose units the others take, and whose go back; and how far meters are moved."""
    scope, own, theirs = gone.scope, _spends(gone.rest), _spends(gone.parts)
    before = Counter({one.entitlement_id: one.units for one in scope.units})
    wanted = before if need is None else need - own
    from_before = before & wanted
    stay = (wanted - from_before) & theirs
    kept = from_before + stay
    moves = Counter({move.meter_id: move.delta for move in scope.moves})
    if moved is not None:
        moves = Counter(moved)
        for part in gone.rest:
            moves.subtract({move.meter_id: move.delta for move in part.moves})
    return evolve(
        gone,
        stay=_as_spends(stay),
        back=_as_spends(before - from_before),
        units=tuple(ScopeUnits(id, units) for id, units in sorted(kept.items())),
        moves=_moves(moves),
    )


def units_of_gone(need: Counter[str], parts: Iterable[ScopePart]) -> tuple[ScopeUnits, ...]:
    """The units that things take beyond those that they took when they were sold."""
    return tuple(ScopeUnits(id, units) for id, units in sorted((need - _spends(parts)).items()))


def units_less(before: Iterable[ScopeUnits], after: Iterable[ScopeUnits]) -> tuple[Spend, ...]:
    """The units that are not taken any more."""
    counted = Counter({one.entitlement_id: one.units for one in before})
    return _as_spends(counted - Counter({one.entitlement_id: one.units for one in after}))


def _spends(parts: Iterable[ScopePart]) -> Counter[str]:
    found: Counter[str] = Counter()
    for part in parts:
        found.update({one.entitlement_id: one.units for one in part.spends})
    return found


def _as_spends(units: Counter[str]) -> tuple[Spend, ...]:
    return tuple(Spend(id, number) for id, number in sorted(units.items()) if number > 0)


def _moves(sums: Mapping[str, int]) -> tuple[MeterMove, ...]:
    return tuple(MeterMove(id, delta) for id, delta in sorted(sums.items()) if delta)


def scope_units(parts: Iterable[ScopePart], scope: Scope) -> Counter[str]:
    """The units that things of a scope have taken, and those that are gone as far as others take theirs."""
    return _spends(parts) + Counter({one.entitlement_id: one.units for one in scope.units})


@attrs.frozen
class Again:
    """What stands in a scope, priced once more from nothing.

    Attributes:
        parts: with their prices then.
        earlier: what is charged in the scope then.
        spends: the units that they take.
        moves: how far they move meters.
    """

    parts: tuple[ScopePart, ...]
    earlier: SaleEarlier
    spends: Counter[str]
    moves: Counter[str]


def price_again(state: State, key: str, parts: Sequence[ScopePart], pool: Mapping[str, int]) -> Again | None:
    """Price things of a scope from nothing, in their order.

    They take no units but those that things of the scope took before, so that nobody's pass loses more.

    Args:
        state: their sales, with the facts of people and the versions of the price lists.
        key: the scope.
        parts: the things.
        pool: the units that may cover them.

    Returns:
        Their prices; ``None`` where the price list has none for them.
    """
    done: list[ScopePart] = []
    earlier, left = SaleEarlier(key), Counter(pool)
    taken, moved, counted = Counter[str](), Counter[str](), Counter[str]()
    for sale_id in dict.fromkeys(part.sale_id for part in parts):
        mine = [part for part in parts if part.sale_id == sale_id]
        sale, text = agreed_sale(state, sale_id)
        tariff, whole = read_tariff(text), past_order(sale)
        scopes, ids = tariff.scopes(whole), {owner_of(part.item) for part in mine}
        kept = [(id, item) for id, item in whole.named() if scopes.get(id) != key or id in ids]
        order = evolve(whole, items=tuple(evolve(item, id=id) for id, item in kept))
        alone = all(scopes.get(id) == key for id, _ in kept)
        more = {id: moved[id] - counted[id] for id in (*moved, *counted)}
        price = tariff.quote(order, _before(sale, mine[0], key, earlier, left if alone else None, more))
        after = {one.key: from_earlier(one) for one in price.state.earlier}
        if key not in after or any(owner_of(stop.item) in ids for stop in price.refusals):
            return None
        earlier = after[key]
        known = {lot.entitlement_id for lot in sale.lots}
        items = dict(zip((id for id, _ in whole.named()), sale.items, strict=True))
        standing = evolve(sale, items=tuple(evolve(items[id], label=id) for id, _ in kept))
        moves = moves_by_item(standing, price, tariff)
        for part in mine:
            used = _used(price, part.item, known)
            left, taken = left - used, taken + used
            moved.update({move.meter_id: move.delta for move in moves.get(part.item, ())})
            counted.update({move.meter_id: move.delta for move in part.moves})
            done.append(evolve(part, price=price_of(price, part.item)))
    order_of = {(part.sale_id, part.item): number for number, part in enumerate(parts)}
    done.sort(key=lambda part: order_of[part.sale_id, part.item])
    return Again(tuple(done), earlier, taken, moved)


def _before(
    sale: Sale,
    first: ScopePart,
    key: str,
    earlier: SaleEarlier,
    units: Mapping[str, int] | None,
    more: Mapping[str, int],
) -> pricing.State:
    """What a sale finds when its scope is priced again: the meters as they stood, without what is gone."""
    freed = {move.meter_id: move.delta for move in first.freed}
    meters = {
        one.meter_id: max(0, one.used - freed.get(one.meter_id, 0) + more.get(one.meter_id, 0)) for one in sale.meters
    }
    lots = sale.lots
    if units is not None:
        lots = tuple(evolve(lot, left=units.get(lot.entitlement_id, 0)) for lot in lots)
    others = [to_earlier(one) for one in sale.earlier if one.key != key]
    return pricing.State(meters=meters, lots=tuple(map(to_lot, lots)), earlier=(*others, to_earlier(earlier)))
