"""Money in integer minor units, and exact rates. No float, no ambient rounding.

``Money(700, "EUR")`` is 7.00 euros, ``Money(700, "JPY")`` 700 yen, ``Money(700, "TND")`` 0.700 dinars: how many digits
a currency has is data (ISO 4217). Amounts of two currencies never meet in one sum.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Literal

import attrs

from cantinekit.errors import CurrencyError, InputError
from cantinekit.errors.shown import MAX_SHOWN, cut, shown
from cantinekit.money._currencies import EXPONENTS

MAX_MINOR = 2**62
"""No amount is larger than this many minor units; a sum that would be is an error, never a wrong number."""

Rounding = Literal["half_up", "half_even", "up", "down"]
_NUMBER = re.compile(r"(?P<sign>[+-]?)(?P<whole>[0-9]{1,19})(?:\.(?P<part>[0-9]{1,9}))?")
_PERCENT = re.compile(r"(?P<number>[+-]?[0-9]{1,9}(?:\.[0-9]{1,9})?)\s?%")


def exponent(currency: str) -> int:
    """The number of decimals of a currency (ISO 4217).

    Args:
        currency: ISO 4217 code in capitals.

    Raises:
        CurrencyError: no such currency.
    """
    try:
        return EXPONENTS[currency]
    except (KeyError, TypeError):
        raise CurrencyError(f"unknown currency {shown(currency)}; an ISO 4217 code such as 'EUR' is needed") from None


def round_ratio(numerator: int, denominator: int, mode: Rounding = "half_up") -> int:
    """Round an exact quotient to an integer. The mode works on the magnitude, so that a refund mirrors its charge.

    Args:
        numerator: an integer of any size and sign.
        denominator: an integer other than 0.
        mode: "half_up" rounds halves away from zero, "half_even" to the even neighbour, "up" away from zero, "down"
            towards it.

    Raises:
        InputError: an argument is no integer, the denominator is 0, or the mode is unknown.
    """
    if type(numerator) is not int or type(denominator) is not int:
        raise InputError("a quotient is rounded from two integers")
    if denominator == 0:
        raise InputError("division by zero")
    sign = -1 if (numerator < 0) != (denominator < 0) else 1
    n, d = abs(numerator), abs(denominator)
    whole, rest = divmod(n, d)
    if mode == "half_up":
        whole += 2 * rest >= d
    elif mode == "half_even":
        whole += 2 * rest > d or (2 * rest == d and whole % 2 == 1)
    elif mode == "up":
        whole += rest > 0
    elif mode != "down":
        raise InputError(f"unknown rounding mode {shown(mode)}")
    return sign * whole


def parse_rate(text: str) -> Fraction:
    """An exact rate from its printed form: ``"20%"``, ``"5.5 %"``, ``"-30%"``.

    Args:
        text: a percentage with at most nine digits before and after the point; blanks around it are ignored.

    Raises:
        InputError: the text is no percentage.
    """
    match = _PERCENT.fullmatch(text.strip()) if isinstance(text, str) else None
    if match is None:
        raise InputError(f"not a rate: {shown(text)}; write it as printed, for example '5.5%'")
    return Fraction(match["number"]) / 100


def allocate(total: int, weights: Sequence[int]) -> list[int]:
    """Split an integer by weights so that the parts sum to it exactly: largest remainder, ties to the first.

    Args:
        total: the integer to split; it may be negative.
        weights: one integer of 0 or more for each part, not all 0; only their ratios count.

    Raises:
        InputError: no weights, one that is negative or no integer, or all zero.
    """
    if type(total) is not int or any(type(w) is not int for w in weights):
        raise InputError("the total and the weights are integers")
    if not weights or any(w < 0 for w in weights) or sum(weights) == 0:
        raise InputError("weights must be given, none negative and not all zero")
    sign, magnitude, whole = (-1 if total < 0 else 1), abs(total), sum(weights)
    parts = [magnitude * w // whole for w in weights]
    order = sorted(range(len(weights)), key=lambda i: (-(magnitude * weights[i] % whole), i))
    for i in order[: magnitude - sum(parts)]:
        parts[i] += 1
    return [sign * part for part in parts]


@attrs.frozen(order=False)
class Money:
    """An amount in minor units of a currency.

    Attributes:
        amount: whole number of minor units of the currency (cents for EUR, yen for JPY), from -2**62 to 2**62; negative
            for money that goes back.
        currency: ISO 4217 code in capitals, such as "EUR".

    Raises:
        InputError: the amount is no integer (a bool or a float is none) or is absurdly large.
        CurrencyError: the currency is unknown, or two currencies are mixed.
    """

    amount: int
    currency: str

    def __attrs_post_init__(self) -> None:
        if type(self.amount) is not int:
            raise InputError(f"an amount is an integer of minor units, not {type(self.amount).__name__}")
        if abs(self.amount) > MAX_MINOR:
            raise InputError("amount out of range")
        exponent(self.currency)

    @classmethod
    def zero(cls, currency: str) -> Money:
        """Nothing, in a currency.

        Args:
            currency: ISO 4217 code in capitals.
        """
        return cls(0, currency)

    @classmethod
    def parse(cls, text: str, currency: str | None = None) -> Money:
        """Read ``"7.00 EUR"``, or ``"7.00"`` with the currency beside it; exact, never rounded.

        Args:
            text: a number with a point, optionally followed by a blank and the currency.
            currency: ISO 4217 code; ``None``: the text has it.

        Raises:
            InputError: no number, or more decimals than the currency has.
        """
        if not isinstance(text, str):
            raise InputError(f"a text is needed, not {type(text).__name__}")
        number, _, code = text.strip().partition(" ")
        code = code.strip() or currency or ""
        match, digits = _NUMBER.fullmatch(number), exponent(code)
        if currency is not None and code != currency:
            raise CurrencyError(f"{shown(text)} is not in {cut(currency, MAX_SHOWN)}")
        if match is None or len(match["part"] or "") > digits:
            raise InputError(f"not an amount of {code}: {shown(text)} (at most {digits} decimals)")
        minor = int(match["whole"] + (match["part"] or "").ljust(digits, "0"))
        return cls(-minor if match["sign"] == "-" else minor, code)

    @classmethod
    def sum(cls, amounts: Iterable[Money], currency: str) -> Money:
        """The sum, in this currency also when there is nothing to add.

        Args:
            amounts: amounts in this currency.
            currency: ISO 4217 code of the sum.
        """
        nothing = cls(0, currency)
        total = sum(map(nothing._same, amounts))
        return cls(total, currency) if total else nothing

    def _same(self, other: Money) -> int:
        if not isinstance(other, Money):
            raise InputError(f"money and {type(other).__name__} do not mix")
        if other.currency != self.currency:
            raise CurrencyError(f"{self.currency} and {other.currency} do not mix")
        return other.amount

    def __add__(self, other: Money) -> Money:
        return Money(self.amount + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.amount - self._same(other), self.currency)

    def __mul__(self, count: int) -> Money:
        if type(count) is not int:
            raise InputError(f"money is multiplied by an integer, not by {type(count).__name__}; see Money.times")
        return Money(self.amount * count, self.currency)

    __rmul__ = __mul__

    def __neg__(self) -> Money:
        return Money(-self.amount, self.currency)

    def __abs__(self) -> Money:
        return Money(abs(self.amount), self.currency)

    def __bool__(self) -> bool:
        return self.amount != 0

    def __lt__(self, other: Money) -> bool:
        return self.amount < self._same(other)

    def __le__(self, other: Money) -> bool:
        return self.amount <= self._same(other)

    def __gt__(self, other: Money) -> bool:
        return self.amount > self._same(other)

    def __ge__(self, other: Money) -> bool:
        return self.amount >= self._same(other)

    def times(self, rate: Fraction, mode: Rounding) -> Money:
        """The amount times an exact rate, rounded once.

        Args:
            rate: a fraction of any size and sign.
            mode: how to round; see ``round_ratio``.
        """
        if not isinstance(rate, Fraction):
            raise InputError(f"a rate is a Fraction, not {type(rate).__name__}")
        return Money(round_ratio(self.amount * rate.numerator, rate.denominator, mode), self.currency)

    def allocate(self, weights: Sequence[int]) -> list[Money]:
        """Split by weights; the parts sum to the amount exactly (largest remainder, ties to the first).

        Args:
            weights: one integer of 0 or more for each part, not all 0.
        """
        return [Money(part, self.currency) for part in allocate(self.amount, weights)]

    def format(self) -> str:
        """``"7.00"``: the number alone, with the decimals of the currency."""
        digits = exponent(self.currency)
        text = str(abs(self.amount)).rjust(digits + 1, "0")
        sign = "-" if self.amount < 0 else ""
        return sign + (f"{text[:-digits]}.{text[-digits:]}" if digits else text)

    def localized(self, lang: str) -> str:
        """The amount as people of that language write it: ``"7,00 €"``. Needs the extra ``cantinekit[babel]``.

        Nothing is rounded away, also where people use fewer decimals than ISO 4217 gives the currency.

        Args:
            lang: a language or locale that Babel knows, such as "fr" or "fr_CH".
        """
        from decimal import Decimal

        from babel.numbers import format_currency

        return format_currency(Decimal(self.format()), self.currency, locale=lang, decimal_quantization=False)

    def __str__(self) -> str:
        return f"{self.format()} {self.currency}"
