"""Amounts as Stripe counts them: its smallest units are not those of ISO 4217 for every currency.

The lists are those of Stripe's documentation (Currencies: zero-decimal, three-decimal, special cases), November 2026.
"""

from __future__ import annotations

from cantinekit.errors import GatewayError
from cantinekit.money import Money, exponent

_NO_DECIMALS = frozenset(
    ["BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"]
)
_THREE_DECIMALS = frozenset(["BHD", "JOD", "KWD", "OMR", "TND"])
# ISK and UGX have no decimals, and all the same are told in hundredths: they are among the rest here.


def to_stripe(money: Money) -> tuple[int, str]:
    """The amount and the currency as Stripe wants them.

    Raises:
        GatewayError: not retryable; Stripe does not take so small a part of this currency.
    """
    amount, by = money.amount, _shift(money.currency)
    if by < 0 and amount % 10**-by:
        raise GatewayError(f"stripe:// takes no parts of {money.currency}", retryable=False)
    amount = amount * 10**by if by >= 0 else amount // 10**-by
    if money.currency in _THREE_DECIMALS and amount % 10:
        raise GatewayError(f"stripe:// takes {money.currency} to two decimals only", retryable=False)
    return amount, money.currency.lower()


def from_stripe(amount: int, currency: str) -> int:
    """Minor units of the currency, of an amount as Stripe tells it."""
    by = _shift(currency.upper())
    return amount // 10**by if by >= 0 else int(amount * 10**-by)


def _shift(currency: str) -> int:
    """How many decimals more Stripe has than ISO 4217."""
    if currency in _NO_DECIMALS:
        theirs = 0
    elif currency in _THREE_DECIMALS:
        theirs = 3
    else:
        theirs = 2
    return theirs - exponent(currency)
