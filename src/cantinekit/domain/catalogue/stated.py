"""What a price list sells and no document may state: a tax whose rate or whose reason is not said, or begins later.

A document is wanted once the money is there. So what EN 16931 forbids to issue is looked for at publication.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import attrs

from cantinekit.pricing import Problem, Tariff
from cantinekit.pricing.format.toml import Path
from cantinekit.pricing.model.product import Product
from cantinekit.pricing.model.rules import Group, Rate
from cantinekit.pricing.model.sections import NOT_SUBJECT
from cantinekit.pricing.tax import TaxClass

PAID = ("revenue", "penalty")
"""The kinds of money that are taxed; what is held or owed is not, and no document states it."""
_OUTSIDE = "outside scope"


def unstated(tariff: Tariff, since: date) -> tuple[Problem, ...]:
    """Everything that a price list sells and no document may state, each with its path and its line.

    Args:
        tariff: the price list.
        since: the local day from which on it holds.
    """
    return tariff.problems([*_without_reason(tariff), *_said_later(tariff, since), *_beside_outside(tariff)])


def stated_from(tariff: Tariff) -> date | None:
    """The first day on which each tax of a price list is said, with its rate or its reason; ``None``: on all days.

    Args:
        tariff: the price list.
    """
    return max((first for *_, first in _firsts(tariff)), default=None)


@attrs.frozen
class _Use:
    """A tax class of what is paid for: where it is used, and whether its prices are without tax."""

    tax: str
    path: Path
    without: bool


def _used(tariff: Tariff) -> Iterator[_Use]:
    """The tax classes of what is paid for, each with where it is used."""
    for one in tariff.products.values():
        path: Path = ("product", one.id)
        without = one.prices == "excl"
        for rate in _rates(one):
            yield _Use(rate.tax or one.tax, (*path, "tax"), (rate.prices or one.prices) == "excl")
        for number, group in enumerate(one.adjust if one.kind in PAID else ()):
            yield from (_Use(name, (*path, "adjust", number), without) for name in _added(group))
    for number, group in enumerate(tariff.parts.order.adjust):
        without = tariff.parts.head.prices == "excl"
        yield from (_Use(name, ("order", "adjust", number), without) for name in _added(group))


def _rates(product: Product) -> Iterator[Rate]:
    yield from (one for one in (*product.rate, *product.offer) if (one.kind or product.kind) in PAID)


def _of_rates(product: Product) -> set[str]:
    return {one.tax or product.tax for one in _rates(product)}


def _added(group: Group) -> Iterator[str]:
    yield from (rule.added.tax for rule in group.rules if rule.added.tax)


def _without_reason(tariff: Tariff) -> Iterator[tuple[Path, str]]:
    """What is not subject to tax where the list does not describe that class: it says no reason."""
    if NOT_SUBJECT in tariff.parts.taxes:
        return
    cure = f'say why in [tax."{NOT_SUBJECT}"], mention = "..." (EN 16931, BR-E-10)'
    places = [use.path for use in _used(tariff) if use.tax == NOT_SUBJECT]
    for path in dict.fromkeys([("tariff", "tax")] if places and tariff.parts.head.tax == NOT_SUBJECT else places):
        yield path, f"no document may state what bears no tax without the reason: {cure}"


def _firsts(tariff: Tariff) -> Iterator[tuple[TaxClass, str, date]]:
    """The tax classes that are used and whose rate or mention begins on a day, with that day.

    What is printed without tax is not sold before it has a rate; what is printed with tax is.
    """
    uses = list(_used(tariff))
    for name in dict.fromkeys(use.tax for use in uses):
        if (tax := tariff.parts.taxes.get(name)) is None:
            continue
        found, sold = tax.tax_class, any(use.tax == name and not use.without for use in uses)
        if found.mentions and found.mentions[0].since is not None:
            yield found, "mention", found.mentions[0].since
        if found.kind == "standard" and sold and found.rates[0][0] is not None:
            yield found, "rates", found.rates[0][0]


def _said_later(tariff: Tariff, since: date) -> Iterator[tuple[Path, str]]:
    for one, key, first in _firsts(tariff):
        if first > since:
            what = "which rate it has" if key == "rates" else f"why it bears no tax (EN 16931, BR-{one.category}-10)"
            yield ("tax", one.id, key), f"before {first} no document may state it: nothing says {what}"


def _beside_outside(tariff: Tariff) -> Iterator[tuple[Path, str]]:
    """What is outside the scope of VAT and is charged along with what is not."""
    told = "what is outside the scope of VAT needs a document of its own, and is charged with what is not (BR-O-11)"
    every = {_is_outside(tariff, use.tax) for use in _used(tariff)}
    for one in tariff.products.values():
        own = {_is_outside(tariff, name) for name in _of_rates(one)}
        for number, group in enumerate(one.adjust):
            if own and not own.issuperset(_is_outside(tariff, name) for name in _added(group)):
                yield ("product", one.id, "adjust", number), told
        needed = [tariff.products[name] for need in one.needs if need.add for name in need.names]
        if own and any(not own.issuperset(_is_outside(tariff, name) for name in _of_rates(other)) for other in needed):
            yield ("product", one.id, "needs"), told
    for number, group in enumerate(tariff.parts.order.adjust):
        if len(every) > 1 and any(True for _ in _added(group)):
            yield ("order", "adjust", number), told


def _is_outside(tariff: Tariff, name: str) -> bool:
    tax = tariff.parts.taxes.get(name)
    return tax is not None and tax.tax_class.kind == _OUTSIDE


__all__ = ["PAID", "stated_from", "unstated"]
