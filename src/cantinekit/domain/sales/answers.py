"""What a customer gets by a price: what they hold, from which day to which, and the units that they may spend."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from fractions import Fraction

import attrs

from cantinekit import pricing
from cantinekit.clock import local
from cantinekit.domain.passes.records import Entitlement, Lasting, plain
from cantinekit.domain.sales.question import to_lot
from cantinekit.domain.sales.records import SaleLot
from cantinekit.domain.state import State
from cantinekit.errors import NoEntitlementError
from cantinekit.pricing.terms import last_day


@attrs.frozen
class GivenUnits:
    """Units that a product gives.

    Attributes:
        account: the account that they are on.
        units: how many of the smallest part in which the account counts, or of minor units of money.
        unit: the name of the unit in the price list.
        smallest: what part of that unit one of them is, such as "1/2"; empty: a whole one.
        value: what was paid for one of them, in minor units, rounded down.
        money: whether they are minor units of money.
        renews: the period after which they are given again ("day", "week", "month", "year"); empty: once.
        rollover: whether what is left of them stays when they are given again.
        last_day: the last local day on which they can be spent, where that is not the last day of what gives them.
    """

    account: str
    units: int
    unit: str
    smallest: str
    value: int | None
    money: bool
    renews: str = ""
    rollover: bool = False
    last_day: date | None = None


@attrs.frozen
class Given:
    """What a product that was sold gives: something that is held, and units.

    Attributes:
        item: the item that gives it; of a product that was bought along with it ``item+product``.
        tariff_product: the product in the price list.
        product_id: the product, as ``Product.id``.
        sells: what the price list says that it sells; empty: units only.
        count: how many pieces.
        first_day: the first local day on which it is held.
        last_day: the last one, included; ``None``: it has no end.
        units: the units.
        unlimited: the accounts on which it gives units without a limit.
        paid: what the item costs, in minor units.
        product_id: the product as the lines of the charge name it; empty where nothing is charged for it.
    """

    item: str
    tariff_product: str
    product_id: str
    sells: Lasting
    count: int
    first_day: date
    last_day: date | None
    units: tuple[GivenUnits, ...] = ()
    unlimited: tuple[str, ...] = ()
    paid: int = 0


def product_id_of(tariff: pricing.Tariff, product: str, known: Mapping[str, str]) -> str:
    """The id of a product of a price list: of the catalogue where it is known there, else ``"<list>/<product>"``."""
    return known.get(product) or f"{tariff.id}/{product}"


def gives_of(
    tariff: pricing.Tariff, order: pricing.Order, price: pricing.Quote, known: Mapping[str, str]
) -> tuple[Given, ...]:
    """What each item of a priced order gives, and each product that was added to it.

    Args:
        tariff: the price list.
        order: the order, with its instant.
        price: its price, without refusals.
        known: ids in the catalogue of products of the price list.
    """
    names = {*(item.product for item in order.items), *(line.product for line in price.lines)}
    if not price.grants and not any(tariff.products[name].sells for name in names):
        return ()
    found = []
    for id, item in _sold(order, price):
        product = tariff.products[item.product]
        grants = [grant for grant in price.grants if grant.item == id]
        if not product.sells and not grants:
            continue
        first = _first_day(tariff, order, item)
        last = item.until or (last_day(product.valid, first) if product.valid is not None else None)
        lines = [line for line in price.lines if line.item == id and line.kind in ("revenue", "penalty")]
        paid = sum(line.amount.amount for line in lines)
        found.append(
            Given(
                id,
                item.product,
                product_id_of(tariff, item.product, known),
                product.sells,  # type: ignore[arg-type]
                item.count,
                first,
                last,
                given_units(tariff, grants, paid),
                tuple(dict.fromkeys(grant.account for grant in grants if grant.units is None)),
                paid,
            )
        )
    return tuple(found)


def _sold(order: pricing.Order, price: pricing.Quote) -> Iterator[tuple[str, pricing.Item]]:
    """The items of an order, and after each the products that were added since it needs them, with how many."""
    for id, item in order.named():
        yield id, item
        added = {line.item: line for line in price.lines if line.item.startswith(f"{id}+") and line.kind != "held"}
        for name, line in added.items():
            count = line.quantity if isinstance(line.quantity, int) else 1
            yield name, attrs.evolve(item, product=line.product, count=count, until=None)


def _first_day(tariff: pricing.Tariff, order: pricing.Order, item: pricing.Item) -> date:
    if item.period is not None:
        return local(item.period.start, tariff.zone).date()
    if item.day is not None:
        return item.day
    assert order.as_of is not None
    return local(order.as_of, tariff.zone).date()


def part_of(tariff: pricing.Tariff, account: str) -> Fraction:
    """The part of a unit in which an account counts: the smallest that its covers take, else the last decimal of a unit
    of ``[units]``. Money is counted in minor units as it is.
    """
    if account in tariff.parts.money_accounts:
        return Fraction(1)
    if any(cover.account == account for product in tariff.products.values() for cover in product.cover):
        return tariff.smallest.get(account, Fraction(1))
    unit = tariff.parts.units.get(account)
    return Fraction(1, 10**unit.decimals) if unit is not None else Fraction(1)


def show_part(part: Fraction) -> str:
    """A part of a unit as an entitlement keeps it; empty: a whole one."""
    return "" if part == 1 else f"{part.numerator}/{part.denominator}"


def given_units(tariff: pricing.Tariff, grants: Sequence[pricing.Granted], paid: int) -> tuple[GivenUnits, ...]:
    """Units by account and by how they are given again, each with what was paid for one.

    Args:
        tariff: the price list.
        grants: what a product gives.
        paid: what was paid for all of it, in minor units; it is shared over the units of each account.
    """
    sums: dict[tuple[str, str], int] = {}
    totals: dict[str, int] = {}
    names: dict[str, str] = {}
    for grant in grants:
        if grant.units is not None:
            key = grant.account, grant.renews
            sums[key] = sums.get(key, 0) + grant.units
            totals[grant.account] = totals.get(grant.account, 0) + grant.units
            names.setdefault(grant.account, grant.unit)
    kept = {grant.account for grant in grants if grant.renews and grant.rollover}
    out: list[GivenUnits] = []
    for (account, renews), units in sums.items():
        money = account in tariff.parts.money_accounts
        size = part_of(tariff, account)
        value = int(paid * size / totals[account])
        rolls = bool(renews) and account in kept
        out.append(GivenUnits(account, int(units / size), names[account], show_part(size), value, money, renews, rolls))
    return tuple(out)


def units_due(state: State, price: pricing.Quote, tariff: pricing.Tariff, lots: Sequence[SaleLot]) -> dict[str, int]:
    """What is due in units that are no money, taken from the entitlements on the account of each unit.

    Args:
        state: the entitlements of the customer.
        price: the price.
        tariff: its price list.
        lots: the units that the customer may spend.

    Raises:
        NoEntitlementError: the customer has too few of them.
    """
    if not price.in_units:
        return {}
    taken: dict[str, int] = {}
    used: dict[str, int] = {}
    for use in price.uses:
        used[use.lot] = used.get(use.lot, 0) + use.units
    for unit, number in price.in_units.items():
        mine = [lot for lot in lots if lot.account == unit]
        rest = Fraction(number)
        for lot in sorted(mine, key=lambda lot: to_lot(lot).rank):
            size = Fraction(state.need(Entitlement, lot.entitlement_id).smallest or 1)
            parts = min(lot.left - used.get(lot.entitlement_id, 0), int(rest / size))
            if parts > 0:
                taken[lot.entitlement_id] = taken.get(lot.entitlement_id, 0) + parts
                rest -= parts * size
        if rest > 0:
            considered = tuple((lot.entitlement_id, lot.account) for lot in mine)
            raise NoEntitlementError(f"{number} {unit}: the customer has {plain(rest)} too few", considered=considered)
    return taken
