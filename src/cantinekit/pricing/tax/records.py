"""The lines that go into a tax document, and the document that comes out. Amounts are minor units of one currency."""

from __future__ import annotations

from fractions import Fraction
from typing import Literal

import attrs

from cantinekit.errors.shown import shown
from cantinekit.money import MAX_MINOR, Rounding
from cantinekit.pricing.tax._classes import Mention, TaxError, Treatment

Basis = Literal["incl", "excl"]
Role = Literal["line", "allowance"]


@attrs.frozen
class TaxedLine:
    """One line of a document.

    In an invoice lines are not negative and allowances (BG-20: what is taken off) not positive; in a credit note all
    signs are reversed.

    Attributes:
        id: its name, unique in the document.
        amount: in minor units, with tax or without as ``basis`` says.
        basis: "incl" or "excl".
        tax: its tax class on the day.
        role: "line" or "allowance".
        quantity: how many units; it is only stated, the tax goes by the amount.
        unit_price: price of one unit in minor units, in the same basis; it is only stated, too.

    Raises:
        TaxError: a value of the wrong type, or an amount out of range.
    """

    id: str
    amount: int
    basis: Basis
    tax: Treatment
    role: Role = "line"
    quantity: Fraction | None = None
    unit_price: Fraction | None = None

    def __attrs_post_init__(self) -> None:
        found = [] if isinstance(self.id, str) and self.id else ["a line has an id"]
        if type(self.amount) is not int or abs(self.amount) > MAX_MINOR:
            found.append("an amount is an integer of minor units, and no larger than money can be")
        if self.basis not in ("incl", "excl"):
            found.append(f"the basis is 'incl' or 'excl', not {shown(self.basis)}")
        if self.role not in ("line", "allowance"):
            found.append(f"the role is 'line' or 'allowance', not {shown(self.role)}")
        typed: tuple[tuple[str, object, type], ...] = (
            ("tax", self.tax, Treatment),
            ("quantity", self.quantity, Fraction),
            ("unit price", self.unit_price, Fraction),
        )
        for name, value, wanted in typed:
            if not isinstance(value, wanted) and (value is not None or wanted is Treatment):
                found.append(f"the {name} of a line is a {wanted.__name__}, not {type(value).__name__}")
        if found:
            raise TaxError(found)


@attrs.frozen
class TaxGroup:
    """All lines of one category and rate (BG-23): ``net + tax + residual == gross``. Amounts are in minor units.

    Attributes:
        category: VAT category code (BT-118).
        rate: the rate as a fraction (BT-119).
        net: taxable amount (BT-116).
        tax: tax amount (BT-117).
        gross: what the customer pays for it.
        residual: what rounding leaves over.
        adjusted: whether the tax is the difference of gross and net, one minor unit away from the rounded share of the
            net.
        mentions: what the document must say about it.
    """

    category: str
    rate: Fraction
    net: int
    tax: int
    gross: int
    residual: int = 0
    adjusted: bool = False
    mentions: tuple[Mention, ...] = ()


@attrs.frozen
class Untaxed:
    """An amount that bears no tax and has no rate.

    Attributes:
        category: "E" (not subject) or "O" (outside the scope).
        amount: in minor units.
        mentions: what the document must say about it.
    """

    category: str
    amount: int
    mentions: tuple[Mention, ...] = ()


@attrs.frozen
class TaxDocument:
    """A document with its tax: ``net + tax + residual == gross``. Amounts are in minor units.

    A credit note has all amounts negative; a writer of documents with the type 381 prints their magnitudes. ``None`` is
    an amount that cannot be known, because nobody said the tax: ``net`` where the price includes it, ``gross`` where it
    does not, ``tax`` always.

    Attributes:
        groups: the breakdown by category and rate (BG-23).
        untaxed: amounts without a rate, by category.
        line_nets: the net amount of each line, in order (BT-131; allowances BT-92 with their sign).
        line_total: sum of the lines (BT-106).
        allowance_total: sum of the allowances (BT-107), positive in an invoice.
        net: total without tax (BT-109).
        tax: total tax (BT-110).
        gross: what the customer pays (BT-115, nothing being paid yet).
        residual: rounding amount (BT-114).
        mentions: what the document must say.
        credit: whether it is a credit note.
        mode: how it was rounded.
    """

    groups: tuple[TaxGroup, ...]
    untaxed: tuple[Untaxed, ...]
    line_nets: tuple[int | None, ...]
    line_total: int | None
    allowance_total: int | None
    net: int | None
    tax: int | None
    gross: int | None
    residual: int
    mentions: tuple[Mention, ...]
    credit: bool
    mode: Rounding

    @property
    def tax_unknown(self) -> bool:
        """Whether some line has a tax that nobody said; ``net`` or ``gross`` may still be known."""
        return self.tax is None

    @property
    def total(self) -> int | None:
        """The amount with tax before the residual (BT-112)."""
        return None if self.net is None or self.tax is None else self.net + self.tax

    @property
    def breakdown(self) -> tuple[TaxGroup, ...]:
        """The groups as EN 16931 requires them (BG-23): what is not subject in E, what is outside the scope in O at
        0.
        """
        rows = {(group.category, group.rate): group for group in self.groups}
        for each in self.untaxed:
            key = (each.category, Fraction(0))
            old = rows.get(key, TaxGroup(*key, 0, 0, 0))
            mentions = old.mentions + tuple(m for m in each.mentions if m not in old.mentions)
            amount = old.net + each.amount
            rows[key] = attrs.evolve(old, net=amount, gross=amount, mentions=mentions)
        return tuple(rows[key] for key in sorted(rows))
