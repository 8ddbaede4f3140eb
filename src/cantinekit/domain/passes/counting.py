"""Numbers of units as people write them, in the smallest part in which their account counts."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from cantinekit import pricing
from cantinekit.domain.sales.answers import GivenUnits, part_of, show_part
from cantinekit.errors import InputError, UnsuitableError
from cantinekit.money import exponent


def size_of(tariff: pricing.Tariff, account: str) -> Fraction:
    """What part of its unit the smallest part of an account is: of money the minor unit.

    Args:
        tariff: the price list.
        account: the account.
    """
    if account in tariff.parts.money_accounts:
        return Fraction(1, 10 ** exponent(tariff.currency))
    return part_of(tariff, account)


def counted_units(tariff: pricing.Tariff, account: str, units: int | Decimal) -> GivenUnits:
    """So many units of an account of a price list.

    Args:
        tariff: the price list.
        account: one of its accounts, or one of its units that are no money.
        units: how many, in the unit of the price list.

    Raises:
        UnsuitableError: the list has no such account.
        InputError: they are no whole number of the smallest part in which the account counts.
    """
    accounts = {cover.account: "" for product in tariff.products.values() for cover in product.cover if cover.account}
    accounts |= {grant.account: grant.unit for product in tariff.products.values() for grant in product.grant}
    accounts |= {unit: unit for unit in tariff.parts.units}
    if account not in accounts:
        raise UnsuitableError(f"the price list {tariff.id} has no account {account}")
    size = size_of(tariff, account)
    parts = Fraction(units) / size
    if parts.denominator != 1:
        raise InputError(f"units: {units} is no whole number of {size}, in which {account} counts")
    money = account in tariff.parts.money_accounts
    return GivenUnits(account, int(parts), accounts[account], "" if money else show_part(size), None, money)
