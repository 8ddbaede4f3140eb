"""The lots that rows have bought: there from the first day of what was bought to the end of its validity."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from fractions import Fraction
from typing import Any

import attrs

from cantinekit.clock import day_bounds
from cantinekit.common.extras import np
from cantinekit.errors import InputError, RowError
from cantinekit.errors.shown import shown
from cantinekit.pricing.engine.facts import moment_of
from cantinekit.pricing.engine.grants import grants_of
from cantinekit.pricing.model.product import Product
from cantinekit.pricing.quote import Granted, Quote
from cantinekit.pricing.replaying._columns import Array
from cantinekit.pricing.replaying._shelf import HeldLot
from cantinekit.pricing.replaying._usages import Usages, instant_of
from cantinekit.pricing.terms import last_day
from cantinekit.pricing.values import Lot, Order


@attrs.frozen(eq=False)
class Giving:
    """Where lots go that rows buy.

    Attributes:
        usages: all rows.
        lots: the lots of each customer by id.
        not_given: grants that gave no lot, by why: "unlimited", "nobody" or "no day".
    """

    usages: Usages
    lots: dict[str, dict[str, HeldLot]]
    not_given: Counter[str]

    def by_quote(self, rows: Sequence[int], order: Order, answer: Quote, days: Sequence[date | None]) -> None:
        """Give what a quote grants; what the order itself has used of it is gone.

        Args:
            rows: the row of each item of the order.
            order: what was asked for.
            answer: its quote.
            days: the day of use of each row, else that of the purchase.
        """
        usages = self.usages
        for (item, account), grants in _by_account(answer.grants).items():
            place = int(item.partition("+")[0]) - 1
            row, start = rows[place], int(usages.starts[rows[place]])
            bought = order.as_of
            if bought is None:
                bought = (
                    instant_of(start) if start >= 0 else moment_of(order.items[place], order, usages.parts.head.zone)
                )
            product = usages.parts.products[item.partition("+")[2] or order.items[place].product]
            paid = sum(line.amount.amount for line in answer.lines if line.item == item and line.kind == "revenue")
            used = sum(use.units for use in answer.uses if use.lot == f"item {item}, {account}")
            self._give(row, product, grants, bought, days[place], paid, used)

    def by_columns(self, product: Product, rows: Array, paid: Array) -> None:
        """Give what rows grant that columns have answered.

        Args:
            product: their product.
            rows: the rows that have a price, in the order in which they are folded.
            paid: what is paid for each.
        """
        usages = self.usages
        days = np.where(usages.days >= 0, usages.days, usages.bought_days)[rows].tolist()
        for row, ordinal, amount in zip(rows.tolist(), days, paid.tolist(), strict=True):
            first, day = int(usages.first[row]), None if ordinal < 0 else date.fromordinal(ordinal)
            bought = None if first < 0 else instant_of(first)
            for grants in _by_account(grants_of(product.grant, int(usages.counts[row]), "1")).values():
                self._give(row, product, grants, bought, day, amount, 0)

    def _give(
        self,
        row: int,
        product: Product,
        grants: Sequence[Granted],
        bought: datetime | None,
        today: date | None,
        paid: int,
        used: int,
    ) -> None:
        """Give the units of one account that a row has bought."""
        usages, (item, account) = self.usages, (grants[0].item, grants[0].account)
        parts, customer = usages.parts, usages.customers[row]
        given = [one.units for one in grants if one.units is not None]
        if len(given) < len(grants) or customer is None or bought is None or today is None:
            why = "unlimited" if len(given) < len(grants) else "nobody" if customer is None else "no day"
            self.not_given[why] += 1
            return
        size = Fraction(1) if account in parts.money_accounts else parts.smallest.get(account, Fraction(1))
        try:
            ends = _ends(product.valid, today, parts.head.zone)
        except InputError as error:
            raise RowError(row, "", "value", str(error)) from None
        id, left, value = f"{usages.ids[row].as_py()}, {item}, {account}", int(sum(given) / size) - used, paid * size
        lot = Lot(id, account, left, bought, ends, value=int(value / sum(given)))
        mine = self.lots.setdefault(customer, {})
        if id in mine and mine[id].bought_at < 0:
            message = f"the lot {shown(id)} that this row gives was held by its customer before the first row"
            raise RowError(row, "id", "duplicate", message)
        mine[id] = HeldLot(lot, today.toordinal(), int(usages.places[row]))


def _by_account(grants: Iterable[Granted]) -> dict[tuple[str, str], list[Granted]]:
    """What is granted of each account, by item and account."""
    groups: dict[tuple[str, str], list[Granted]] = {}
    for one in grants:
        groups.setdefault((one.item, one.account), []).append(one)
    return groups


def _ends(validity: Any, day: date, zone: str) -> datetime | None:
    return None if validity is None else day_bounds(last_day(validity, day), zone).end
