"""What a house keeps of a sale, by the answers that a worked example may name.

Amounts are read from charges, attempts, documents and refunds, units from entitlements, days from passes; the list is
not asked again. Only what no record keeps (the steps of a price) is read from the price of the sale as the house
explains it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

import attrs

from cantinekit import commands as cmd
from cantinekit.domain.payments.records import VOUCHER
from cantinekit.errors import RefusedError, TaxUnknownError
from cantinekit.living.house import INVOICES, House
from cantinekit.money import Money
from cantinekit.pricing.answers import (
    codes_of,
    compared,
    refusal_answers,
    show_days,
    show_granted,
    show_units,
)
from cantinekit.pricing.format.kinds import show_number
from cantinekit.pricing.model.expected import UNSTATED
from cantinekit.records import Attempt, BilledTo, Charge, ChargeLine, Entitlement, Pass, Sale

_OF_DOCUMENTS = ("net", "tax")
_BILLED_TO = BilledTo("customer", ("2 street",), "FR")
_PRICE = ("revenue", "penalty")


@attrs.frozen
class Compared:
    """What an example expects, and what the house has of it.

    Attributes:
        expected: the answers of the example, in one line.
        got: those of the house, in one line.
        same: whether they are the same.
    """

    expected: str
    got: str
    same: bool


def compare(wanted: Mapping[str, Any], found: Mapping[str, str], currency: str) -> Compared:
    """Compare the answers of an example with those of a house.

    Args:
        wanted: the answers that the example names.
        found: what the house has, as texts; an answer that is missing is "nothing".
        currency: the currency of the list.
    """
    return Compared(*compared(wanted, found, currency))


def refused(error: RefusedError, wanted: Mapping[str, Any]) -> dict[str, str]:
    """The answers of a house that refused: the codes of the list, or the name of an error of its own.

    Args:
        error: the refusal.
        wanted: the answers that the example names.
    """
    refusals = getattr(error, "refusals", ())
    code = codes_of(refusals) or type(error).__name__
    out = dict.fromkeys(wanted, f"refused {code}")
    if "refused" in wanted:
        out["refused"] = code
        out |= refusal_answers(refusals, wanted)
    return out


@attrs.frozen
class Kept:
    """What a house keeps of what was bought in it since it was copied.

    Attributes:
        house: the house.
        product: the product that was bought, the first of several.
        units: the accounts that are units of the list that are no money.
        charges: the charges.
        passes: the passes that were bought.
        entitlements: all entitlements of the customer, those that were granted before too.
    """

    house: House
    product: str
    units: frozenset[str]
    charges: tuple[Charge, ...]
    passes: tuple[Pass, ...]
    entitlements: tuple[Entitlement, ...]

    @classmethod
    def of(cls, house: House, product: str, units: Iterable[str]) -> Kept:
        """Read it from a house.

        Args:
            house: the house.
            product: the product that was bought, the first of several.
            units: the accounts that are units of the list that are no money.
        """
        passes = tuple(one for one in house.every(Pass) if not one.given)
        return cls(house, product, frozenset(units), house.every(Charge), passes, house.every(Entitlement))

    def answers(self, wanted: Mapping[str, Any]) -> dict[str, str]:
        """The answers that an example names, as texts.

        Args:
            wanted: the answers that the example names; no others are looked up.
        """
        out = {name: find() for name, find in self._finders().items() if name in wanted}
        if "refused" in wanted:
            out["refused"] = f"gross {self._lines(*_PRICE)}"
        if any(name in wanted for name in _OF_DOCUMENTS) or wanted.get("refused") == "tax_unknown":
            out |= self._documented(wanted)
        if "granted" in wanted:
            out["granted"] = self._granted(one=[name for name, _ in wanted["granted"]] == [""])
        return out

    def _finders(self) -> dict[str, Callable[[], str]]:
        return {
            "gross": lambda: str(self._lines(*_PRICE)),
            "deposit": lambda: str(self._lines("held")),
            "debt": lambda: str(self._lines("debt")),
            "due_now": lambda: str(self._due_now()),
            "due_later": self._due_later,
            "paid": lambda: str(self._by_vouchers()),
            "units_used": lambda: str(show_number(sum(self._used(), Fraction(0)))),
            "value_used": self._value_used,
            "in_units": self._in_units,
            "valid_until": self._valid_until,
            "steps": self._steps,
        }

    # --- money -------------------------------------------------------------------------------------------------------

    @property
    def _zero(self) -> Money:
        return Money.zero(self.house.tariff.currency)

    def _sum(self, amounts: Iterable[Money]) -> Money:
        return sum(amounts, self._zero)

    def _every_line(self) -> list[ChargeLine]:
        return [line for charge in self.charges for line in charge.lines]

    def _lines(self, *kinds: str) -> Money:
        return self._sum(line.amount for line in self._every_line() if line.kind in kinds)

    def _by_vouchers(self) -> Money:
        attempts = (one for one in self.house.every(Attempt) if one.account == VOUCHER)
        return self._sum(Money(one.captured, one.amount.currency) for one in attempts)

    def _due_now(self) -> Money:
        """What was taken at the desk, without what is held of it."""
        taken = self._sum(charge.paid - charge.paid_deposit for charge in self.charges)
        return taken - self._by_vouchers()

    def _due_later(self) -> str:
        """What is due later, of the price and of what is held; a debt is told by itself."""
        amounts: dict[str, Money] = {}
        debt = self._lines("debt")
        for part in (part for charge in self.charges for part in charge.instalments):
            if debt and part.kind == "revenue" and part.amount == debt:
                debt = self._zero
                continue
            day = part.day.isoformat() if part.day else UNSTATED
            amounts[day] = amounts.get(day, self._zero) + part.amount
        return show_days(amounts)

    def _documented(self, wanted: Mapping[str, Any]) -> dict[str, str]:
        """Net and tax, as the invoices of the charges state them.

        Each invoice rounds its own tax (EN 16931 knows no sum of several), so several of them may be off the whole by
        less than one minor unit each.
        """
        try:
            priced = [one for one in self.charges if any(line.kind in _PRICE for line in one.lines)]
            documents = [self._invoice(charge) for charge in priced]
        except TaxUnknownError:
            return {"net": "refused tax_unknown", "tax": "refused tax_unknown", "refused": "tax_unknown"}
        out = dict[str, str]()
        for name in _OF_DOCUMENTS:
            whole = self._sum(getattr(one, name) for one in documents)
            rounded = name in wanted and abs(whole.amount - wanted[name]) < len(documents)
            out[name] = str(Money(wanted[name], whole.currency) if rounded else whole)
        return out

    def _invoice(self, charge: Charge) -> Any:
        return self.house.do(cmd.IssueDocument(charge_id=charge.id, series=INVOICES, addressee=_BILLED_TO)).value

    # --- units and days ----------------------------------------------------------------------------------------------

    def _size(self, one: Entitlement) -> Fraction:
        """What one of the units of an entitlement is, as the list writes units."""
        if one.money:
            return self.house.tariff.smallest.get(one.account, Fraction(1))
        return Fraction(one.smallest or 1)

    def _used(self) -> list[Fraction]:
        covers = (one for one in self.entitlements if one.account not in self.units and not one.money)
        return [one.used * self._size(one) for one in covers]

    def _value_used(self) -> str:
        used = [one for one in self.entitlements if one.used]
        if any(one.value is None for one in used):
            return "nothing"
        return str(Money(sum(one.used * (one.value or 0) for one in used), self.house.tariff.currency))

    def _in_units(self) -> str:
        sums: dict[str, Fraction] = {}
        for one in self.entitlements:
            if one.account in self.units and one.used:
                sums[one.account] = sums.get(one.account, Fraction(0)) + one.used * self._size(one)
        return show_units(sums.items())

    def _granted(self, *, one: bool) -> str:
        """What the bought passes give, by account; without its name where there is one account and one is expected."""
        bought = {held.id for held in self.passes}
        sums: dict[str, Fraction | None] = {}
        for units in (each for each in self.entitlements if each.pass_id in bought):
            sums[units.account] = (sums.get(units.account) or Fraction(0)) + units.bought * self._size(units)
        sums |= {account: None for held in self.passes for account in held.unlimited}
        named = [("", units) for units in sums.values()] if one and len(sums) == 1 else list(sums.items())
        return show_granted(named)

    def _valid_until(self) -> str:
        days = [held.last_day for held in self.passes if held.tariff_product == self.product and held.last_day]
        return str(days[0]) if days else "nothing"

    def _steps(self) -> str:
        """The sizes that the price was made of, as the house explains it."""
        subjects: Sequence[Any] = [sale.subject for sale in self.house.every(Sale)]
        prices = [price for subject in dict.fromkeys(subjects) for price in self.house.cantine.read.explain(subject)]
        return next(
            (step.values["steps"] for price in prices for step in price.trace if "steps" in step.values), "nothing"
        )
