"""What a change of something that was sold comes to: what stays, what goes back, and why."""

from __future__ import annotations

import math
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
Why = Literal["kept", "free", "list silent", "staff", "moved", "unpaid", "notice", "ended early", "another plan"]
"""Why a change costs what it costs: the list keeps something, the list gives all back, the list says nothing, staff
decided, it was moved by the list, nothing of it was paid or owed, it runs on until a notice is over, it was ended by
the list before its end, or its plan is another one."""


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

    While it is decided ``refund`` is what would go back if all had been paid; the answer tells it as it happens.

    Attributes:
        fee: what stays of the price, or is charged for the change.
        refund: what of the price goes back, in money. A deposit goes back beside it.
        due: what is still to be paid for the change: the difference of a move, or what of the fee is not paid yet. Of a
            charge that is for several things, as that of a series or an order is, the charge says what is owed.
        kept: the share of the sale that stays, from 0 to 1: of its units and of what it counted the same share stays.
        why: the list keeps something ("kept"), gives all back ("free") or says nothing ("list silent"); staff decided
            ("staff"), it was moved by the list ("moved"), nothing of it was paid or owed ("unpaid"), it runs on until a
            notice is over ("notice"), it was ended by the list before its end ("ended early"), or its plan is another
            one ("another plan").
        units: the units of passes that come back to who had them; of a pass that is over nothing does.
        together: whether it was priced together with others, which may cost more without it: ``refund`` is what all of
            them cost less.
        elsewhere: what of the refund is taken off the charges of others that were called off before.
        taken: its units that the others take from now on.
        debt: what falls away of a debt, such as of units that were used and not there; ``None``: nothing. It is beside
            the price.
        dropped: what of the price was never paid, and is owed no more; ``None``: nothing.
    """

    fee: Money
    refund: Money
    due: Money
    kept: Fraction
    why: Why
    units: tuple[Spend, ...] = ()
    together: bool = False
    elsewhere: Money | None = None
    taken: tuple[Spend, ...] = ()
    debt: Money | None = None
    dropped: Money | None = None

    @property
    def off(self) -> Money:
        """What is taken off its own charges: of the price, and of a debt."""
        nothing = Money.zero(self.refund.currency)
        return self.refund + (self.dropped or nothing) + (self.debt or nothing) - (self.elsewhere or nothing)

    @property
    def keeps(self) -> bool:
        """Whether something of it may stay."""
        return bool(self.fee) or self.kept > 0 or self.together

    def split_units(self, spends: Sequence[Spend]) -> tuple[tuple[Spend, ...], tuple[Spend, ...]]:
        """The units that stay spent, a share of them rounded up, and those that return. What others take is neither.

        Args:
            spends: the units that it took, in the order of their use.
        """
        taken = {one.entitlement_id: one.units for one in self.taken}
        free = [Spend(one.entitlement_id, left) for one in spends if (left := _beyond(one, taken)) > 0]
        return split_units(free, self.kept)

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


def _beyond(spend: Spend, taken: dict[str, int]) -> int:
    """How many units are left of a spend once others took some; what they took is noted as had."""
    had = min(spend.units, taken.get(spend.entitlement_id, 0))
    taken[spend.entitlement_id] = taken.get(spend.entitlement_id, 0) - had
    return spend.units - had


def split_units(spends: Sequence[Spend], kept: Fraction) -> tuple[tuple[Spend, ...], tuple[Spend, ...]]:
    """The units that stay spent where a share of a sale stays, rounded up, the first of them; and those that return."""
    rest = math.ceil(sum(spend.units for spend in spends) * kept)
    stay: list[Spend] = []
    back: list[Spend] = []
    for spend in spends:
        units = min(rest, spend.units)
        rest -= units
        stay += [Spend(spend.entitlement_id, units)] if units else []
        back += [Spend(spend.entitlement_id, spend.units - units)] if spend.units > units else []
    return tuple(stay), tuple(back)


def sum_up(several: Sequence[Afterwards]) -> Afterwards:
    """What changes of several things come to together; of the shares that stay the greatest."""
    currency = several[0].fee.currency
    elsewhere = [one.elsewhere for one in several if one.elsewhere is not None]
    debts = [one.debt for one in several if one.debt is not None]
    return Afterwards(
        Money.sum((one.fee for one in several), currency),
        Money.sum((one.refund for one in several), currency),
        Money.sum((one.due for one in several), currency),
        max(one.kept for one in several),
        several[0].why,
        tuple(unit for one in several for unit in one.units),
        any(one.together for one in several),
        Money.sum(elsewhere, currency) if elsewhere else None,
        debt=Money.sum(debts, currency) if debts else None,
    )


__all__ = [
    "Afterwards",
    "RefundChoice",
]
