"""Which rows have to be priced anew: those of the customers of late rows, and of all whose counts they share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import attrs

from cantinekit.common.extras import np
from cantinekit.pricing.replaying._batch import everybodys
from cantinekit.pricing.replaying._columns import Array, Coded
from cantinekit.pricing.replaying._fold import Standing
from cantinekit.pricing.replaying._late_rows import WITHDRAWN, LateRows
from cantinekit.pricing.replaying._shelf import named
from cantinekit.pricing.replaying._usages import Usages
from cantinekit.pricing.values import Lot

if TYPE_CHECKING:
    from cantinekit.pricing.tariff import Tariff

NOBODY = -1
"""The key of a row of nobody, which moves no other row."""


@attrs.frozen(eq=False)
class _Shared:
    """Two columns of texts by one numbering.

    Attributes:
        values: the different texts of both.
        before: the number of each row of before; -1: null.
        new: that of each usage of ``late``.
    """

    values: list[str]
    before: Array
    new: Array

    @classmethod
    def of(cls, before: Coded[str], new: Coded[str]) -> _Shared:
        numbers = {value: number for number, value in enumerate(before.values)}
        table = [numbers.setdefault(value, len(numbers)) for value in new.values]
        return cls(list(numbers), before.codes, np.array([*table, -1], np.int64)[new.codes])


@attrs.frozen(eq=False, slots=False)
class Keys:
    """The keys of the rows: a customer, or all together whose rows are counted for everybody. A key is priced anew as a
    whole or not at all. Arrays are of NumPy.

    Attributes:
        tariff: the price list.
        before: the usages that were priced.
        late: what changes.
    """

    tariff: Tariff
    before: Usages
    late: LateRows

    @cached_property
    def people(self) -> _Shared:
        """The customers."""
        return _Shared.of(self.before.customers, self.late.usages.customers)

    @cached_property
    def products(self) -> _Shared:
        """The products."""
        return _Shared.of(self.before.products, self.late.usages.products)

    @cached_property
    def changed(self) -> Array:
        """The rows of before that are corrected or withdrawn."""
        changed = np.zeros(self.before.length, bool)
        changed[self.late.at[self.late.at >= 0]] = True
        return changed

    @cached_property
    def _tied(self) -> tuple[Array, Array]:
        """The rows of before, and the usages of ``late``, that are counted for everybody."""
        shared, orders = everybodys(self.tariff), self.before.orders
        codes = [code for code, product in enumerate(self.products.values) if product in shared]
        tied = np.isin(self.products.before, codes)
        if self.before.several:  # the rows of an order are asked together
            tied |= (orders >= 0) & np.isin(orders, orders[tied & (orders >= 0)])
        return tied, np.isin(self.products.new, codes)

    @property
    def reported(self) -> Array:
        """The customers of the rows of ``late``, those of the rows that they correct or withdraw too."""
        customers = np.zeros(len(self.people.values) + 1, bool)  # the last place is that of nobody
        customers[self.people.before[self.changed]] = True
        customers[self.people.new] = True
        return customers[:-1]

    @cached_property
    def everybody(self) -> bool:
        """Whether what is counted for everybody may change."""
        tied, tied_new = self._tied
        return bool((self._rows_of(self.reported) & tied).any() or tied_new.any())

    @cached_property
    def customers(self) -> Array:
        """Whose rows are priced anew."""
        customers = np.append(self.reported, False)
        if self.everybody:
            customers[self.people.before[self._tied[0]]] = True
        return customers[:-1]

    @cached_property
    def touched(self) -> Array:
        """The rows of before that are priced anew, or are no more."""
        return self._rows_of(self.customers) | (self._tied[0] & self.everybody)

    def _rows_of(self, customers: Array) -> Array:
        """The rows of before of some customers, and those that are changed."""
        return self.changed | np.append(customers, False)[self.people.before]

    @cached_property
    def of_rows(self) -> tuple[Array, Array]:
        """The key of each row of before that is touched, and of each usage of ``late``."""
        people, (tied, tied_new) = self.people, self._tied
        joins = np.zeros(len(people.values) + 1, bool)
        joins[people.before[tied]] = True
        joins[people.new[tied_new]] = True
        joins[-1] = False
        together = len(people.values)
        before = np.where(tied | joins[people.before], together, people.before)
        return before, np.where(tied_new | joins[people.new], together, people.new)

    @cached_property
    def causes(self) -> Mapping[int, list[int]]:
        """The rows of ``late`` by the keys that they touch."""
        before, new = self.of_rows
        found: dict[int, list[int]] = {}
        usages = iter(new.tolist())
        for row, (change, at) in enumerate(zip(self.late.change.tolist(), self.late.at.tolist(), strict=True)):
            keys = {int(before[at])} if at >= 0 else set()
            if change != WITHDRAWN:
                keys.add(next(usages))
            for key in keys - {NOBODY}:
                found.setdefault(key, []).append(row)
        return found

    # --- what there is before the first row ---

    def meters(self, standing: Standing) -> dict[str, int]:
        """The meters of the keys that are priced anew."""
        return {
            key: used
            for who, key, used in standing.meters.all()
            if (self.everybody if named(who) is None else self._has(named(who)))
        }

    def lots(self, lots: Mapping[str, Iterable[Lot]]) -> dict[str, Iterable[Lot]]:
        """The lots of the customers who are priced anew."""
        return {who: held for who, held in lots.items() if self._has(who)}

    def _has(self, customer: Any) -> bool:
        number = self._numbers.get(customer)
        return number is not None and bool(self.customers[number])

    @cached_property
    def _numbers(self) -> Mapping[str, int]:
        return {value: number for number, value in enumerate(self.people.values)}
