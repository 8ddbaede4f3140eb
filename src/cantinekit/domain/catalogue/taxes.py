"""Prices of a list whose tax nobody knows: what the customer pays cannot be said, and the thing is not sold."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import attrs

from cantinekit.domain.catalogue.stated import PAID
from cantinekit.pricing import Problem, Tariff
from cantinekit.pricing.format.toml import Path
from cantinekit.pricing.model.forms import Price, Refuse
from cantinekit.pricing.model.product import Product
from cantinekit.pricing.model.rules import Rate
from cantinekit.pricing.model.sections import NOT_SUBJECT, UNKNOWN

_CURE = 'say the tax ("tax"), or print it with tax (prices = "incl")'
_Prices = list[tuple[Path, str]]


@attrs.frozen
class TaxesUnknown:
    """The prices of a list whose tax is not known.

    Attributes:
        problems: products that are never sold, and the list where none of its products is, each with path and line.
        notes: prices that refuse a sale where they are asked, beside others or units that do not; or until a day.
    """

    problems: tuple[Problem, ...]
    notes: tuple[Problem, ...]


def taxes_unknown(tariff: Tariff, since: date) -> TaxesUnknown:
    """The prices of a list that cannot be charged since their tax is not known.

    Args:
        tariff: the price list.
        since: the local day from which on it holds.
    """
    never: _Prices = []
    notes: _Prices = []
    whys: set[str] = set()
    for product in tariff.products.values():
        priced = [(path, _why(tariff, product, rate, since)) for path, rate in _rates(product)]
        mine = {why for _, why in priced}
        if mine == {_NEVER} and not product.cover:
            never.append((("product", product.id), f"it cannot be sold {_NEVER}: {_CURE}"))
        else:
            notes += [(path, f"it is not sold at this price {why}: {_CURE}") for path, why in priced if why]
        whys |= mine
    head = tariff.parts.head
    if len(never) > 1 and whys == {_NEVER} and head.prices == "excl" and head.tax == UNKNOWN:
        never, notes = [(("tariff", "prices"), f"nothing of it can be sold {_NEVER}: {_CURE}")], []
    return TaxesUnknown(tariff.problems(never), tariff.problems(notes))


_NEVER = "since its tax is not known"


def _rates(product: Product) -> Iterator[tuple[Path, Rate]]:
    """The prices of a product that are money and no refusal, each with its path."""
    for key in ("rate", "offer"):
        for number, rate in enumerate(getattr(product, key)):
            forms = [form for _, form in rate.lists if not isinstance(form, Refuse)]
            if any(not isinstance(form, Price) or form.minor is not None for form in forms):
                yield ("product", product.id, key, number), rate


def _why(tariff: Tariff, product: Product, rate: Rate, since: date) -> str:
    """Why a price cannot be charged; empty: it can."""
    if (rate.kind or product.kind) not in PAID:
        return ""
    name, without_tax = rate.tax or product.tax, (rate.prices or product.prices) == "excl"
    tax = tariff.parts.taxes.get(name)
    if tax is None:
        return _NEVER if without_tax and name != NOT_SUBJECT else ""
    rates = tax.tax_class.rates
    if tax.tax_class.kind == "reverse" and not rates:
        return "" if without_tax else _NEVER
    if not without_tax:
        return ""
    if tax.tax_class.kind == "unknown":
        return _NEVER
    first = rates[0][0] if rates else None
    return f"before {first}, when its tax is not known" if first is not None and first > since else ""


__all__ = ["TaxesUnknown", "taxes_unknown"]
