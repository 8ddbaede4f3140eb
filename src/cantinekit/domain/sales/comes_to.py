"""What a change of something that was sold comes to: what stays, what goes back, and why."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, Literal

import attrs

from cantinekit.domain.passes.records import Spend
from cantinekit.errors import InputError
from cantinekit.errors.shown import shown
from cantinekit.money import Money

RefundChoice = Literal["all", "nothing"] | Money | None
"""What staff give back: "all", "nothing" or an amount; ``None``: what the price list says."""
Why = Literal["kept", "free", "list silent", "staff", "moved", "unpaid"]
"""Why a change costs what it costs: the list keeps something, the list gives all back, the list says nothing, staff
decided, it was moved by the list, or nothing of it was paid or owed."""


def to_refund(value: Any) -> RefundChoice:
    """Convert what staff give back.

    Raises:
        InputError: it is neither "all", "nothing" nor ``Money`` of nothing or more.
    """
    if value is None or value in ("all", "nothing") or (isinstance(value, Money) and value.amount >= 0):
        return value  # type: ignore[no-any-return]
    raise InputError(f"refund is 'all', 'nothing' or an amount, not {shown(value)}")


def check_refund_reason(refund: RefundChoice, reason: str, default: str) -> None:
    """Refuse an exception of staff without a reason of its own.

    Raises:
        InputError: the reason is empty, or the one that stands where none is given.
    """
    if refund is not None and (not reason.strip() or reason == default):
        raise InputError("staff who give back more or less than the price list say why: give a reason")


@attrs.frozen
class Afterwards:
    """What a change of something that was sold comes to.

    Attributes:
        fee: what stays, or is charged for the change.
        refund: what of the price goes back, as if all of it had been paid.
        due: what is still to be paid beyond the price.
        kept: the share of the sale that stays, from 0 to 1: of its units and of what it counted the same share stays.
        why: the list keeps something ("kept"), gives all back ("free") or says nothing ("list silent"); staff decided
            ("staff"), it was moved by the list ("moved"), or nothing of it was paid or owed ("unpaid").
        units: the units of passes that come back.
    """

    fee: Money
    refund: Money
    due: Money
    kept: Fraction
    why: Why
    units: tuple[Spend, ...] = ()

    @classmethod
    def all_back(cls, total: Money, why: Why) -> Afterwards:
        """Nothing stays."""
        zero = Money.zero(total.currency)
        return cls(zero, total, zero, Fraction(0), why)

    @classmethod
    def all_kept(cls, total: Money, why: Why) -> Afterwards:
        """All of it stays."""
        zero = Money.zero(total.currency)
        return cls(total, zero, zero, Fraction(1), why)


def sum_up(several: Sequence[Afterwards]) -> Afterwards:
    """What changes of several things come to together; of the shares that stay the greatest."""
    currency = several[0].fee.currency
    return Afterwards(
        Money.sum((one.fee for one in several), currency),
        Money.sum((one.refund for one in several), currency),
        Money.sum((one.due for one in several), currency),
        max(one.kept for one in several),
        several[0].why,
        tuple(unit for one in several for unit in one.units),
    )


__all__ = [
    "Afterwards",
    "RefundChoice",
]
