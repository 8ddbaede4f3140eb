"""The meters and accounts that a price may depend on, named before it is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

import attrs

from cantinekit.pricing.engine.ask import Ask, RefusedItem
from cantinekit.pricing.engine.held import HeldProduct, is_held, with_needs
from cantinekit.pricing.model.conditions import When
from cantinekit.pricing.model.load import Parts
from cantinekit.pricing.model.product import Product
from cantinekit.pricing.values import Item, Order

_ON_THE_WAY = frozenset({"amount", "rank", "size", "period", "held"})
"""What is known only while the item is priced; the band of a part stands as "period", what is bought as "held"."""


def meters(parts: Parts, order: Order) -> tuple[str, ...]:
    """The keys of the meters that the price may depend on."""
    keys: dict[str | None, None] = {}
    asks = list(_asks(parts, order))
    for ask, product in asks:
        keys |= dict.fromkeys(_of_product(ask, product))
    for ask, _ in asks:
        for rule in (rule for group in parts.order.adjust for rule in group.rules if rule.same):
            keys[_key(ask, "cap", *rule.meter_of("order"), rule.same)] = None
        for code in order.codes:
            coupon = parts.coupons.get(code)
            if coupon is not None and coupon.limit is not None:
                keys[_key(ask, "coupon", "order", code, coupon.limit.same)] = None
    return tuple(key for key in keys if key)


@attrs.frozen
class FreeUnits:
    """Units that a price list gives for nothing to a customer, so many in a scope.

    Attributes:
        meter: the key of the meter that counts how many were used.
        product: the id of the product that is had for nothing.
        name: the name of the rule; "free" where it has none.
        unit: the unit, such as "day" or "1h".
        free: how many there are.
        same: the scope in which they are counted, such as "person" and "month".
    """

    meter: str
    product: str
    name: str
    unit: str
    free: int
    same: tuple[str, ...]


def free_units(parts: Parts, order: Order) -> tuple[FreeUnits, ...]:
    """What a price list gives for nothing to a customer, so many units in a scope, of what is asked for."""
    found = list[FreeUnits]()
    for ask, product in _asks(parts, order):
        for cover in product.cover:
            if cover.free > 0 and _may_hold(ask, cover.when):
                key = _key(ask, "free", product.id, cover.label, cover.same)
                found += [FreeUnits(key, product.id, cover.label, cover.unit, cover.free, cover.same)] if key else []
    return tuple(found)


def scopes(parts: Parts, order: Order) -> dict[str, str]:
    """The keys of the scopes that are priced as a whole, by the ids of the items that are priced in them."""
    found: dict[str, str] = {}
    for ask, product in _asks(parts, order):
        key = _key(ask, "stay", product.id, "scope", product.scope) if product.scope else None
        if key is not None:
            found[ask.id] = key
    return found


def accounts(parts: Parts, order: Order) -> tuple[str, ...]:
    """The accounts that could cover something, in the order of use."""
    covers = [cover.account for _, product in _asks(parts, order) for cover in product.cover if cover.account]
    return tuple(dict.fromkeys([*covers, *parts.order.vouchers]))


def _asks(parts: Parts, order: Order) -> Iterator[tuple[Ask, Product]]:
    """The items of the order, and those that may be added since they are needed."""
    queue, seen = list(order.named()), set[tuple[str, date | None]]()
    sold = _added(parts, order)
    sold += [item.product for item in order.items if is_held(parts, item.product)]
    while queue:
        id, item = queue.pop(0)
        product = parts.products.get(item.product)
        ask = Ask.of(id, item, parts, order, _others(sold, item.product) if sold else ())
        if product is None:
            continue
        yield ask, product
        for need in product.needs:
            if need.add and need.product not in ask.held and (need.product, ask.day) not in seen:
                seen.add((need.product, ask.day))
                queue.append((f"{id}+{need.product}", Item(need.product, day=ask.day, facts=item.facts)))


def _others(sold: Sequence[str], own: str) -> tuple[HeldProduct, ...]:
    """What the others sell, of which nobody knows yet whether it is sold and from when on."""
    others = list(sold)
    if own in others:
        others.remove(own)
    return tuple(HeldProduct(name, None, sure=False) for name in others)


def _added(parts: Parts, order: Order) -> list[str]:
    """What may be added to the order since its items need it, and since that needs it."""
    products = [parts.products[item.product] for item in order.items if item.product in parts.products]
    return with_needs(parts, *(need.product for product in products for need in product.needs if need.add))


def _of_product(ask: Ask, product: Product) -> Iterator[str | None]:
    scopes = [("cap", *rule.meter_of(product.id), rule.same, rule.when)
              for rule in product.adjusts if rule.kind == "at_most"]  # fmt: skip
    for cover in product.cover:
        same = cover.same or (cover.limit.same if cover.limit else ())
        scopes.append(("free" if cover.free else "limit", product.id, cover.label, same, cover.when))
    scopes += [("rank", product.id, "rank", product.rank.same, ())] if product.rank else []
    for kind, owner, rule_id, same, when in scopes:
        if same and _may_hold(ask, when):
            yield _key(ask, kind, owner, rule_id, same)


def _may_hold(ask: Ask, when: When) -> bool:
    """Whether the condition holds, or is decided only while the item is priced."""
    try:
        found = ask.decide(when)
    except RefusedItem:
        return False  # the quote says why
    return not found.isdisjoint(_ON_THE_WAY) if isinstance(found, frozenset) else found


def _key(ask: Ask, kind: str, owner: str, rule: str, same: tuple[str, ...]) -> str | None:
    try:
        return ask.key(kind, owner, rule, same)
    except RefusedItem:
        return None  # the quote says what is missing
