"""Amounts of money as people write them."""

from __future__ import annotations

from cantinekit.money import Money, exponent, round_ratio


def shown(amount: Money, lang: str) -> str:
    """An amount as people write it: with a comma and the sign of the euro in French."""
    return _signed(amount.format(), amount.currency, lang)


def each(amount: Money, count: int, lang: str) -> str:
    """The amount of one of several, with two more decimals where it does not come out even."""
    if amount.amount % count == 0:
        return shown(Money(amount.amount // count, amount.currency), lang)
    digits = exponent(amount.currency) + 2
    text = str(round_ratio(abs(amount.amount) * 100, count)).rjust(digits + 1, "0")
    sign = "-" if amount.amount < 0 else ""
    return _signed(f"{sign}{text[:-digits]}.{text[-digits:]}", amount.currency, lang)


def _signed(number: str, currency: str, lang: str) -> str:
    if lang != "fr":
        return f"{number} {currency}"
    return f"{number.replace('.', ',')}\u00a0{'€' if currency == 'EUR' else currency}"
