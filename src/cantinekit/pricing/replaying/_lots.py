"""The lots of customers under a program over columns: as one sum, or each with its own time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs

from cantinekit.common.extras import np
from cantinekit.pricing.engine.cover import rank_of
from cantinekit.pricing.replaying._columns import Array
from cantinekit.pricing.replaying._fold import Standing
from cantinekit.pricing.replaying._inputs import ProgramColumns
from cantinekit.pricing.replaying._shelf import HeldLot
from cantinekit.pricing.replaying._usages import Usages, micros_of
from cantinekit.pricing.values import Lot

if TYPE_CHECKING:
    from cantinekit.pricing.compiled._scanned import Balance

MOST_UNITS = 10**9
MOST_LOTS = 6
"""So many lots of an account are told apart by columns; who has more is left to the fold."""
_NEVER = 2**62


@attrs.frozen(eq=False)
class Account:
    """The lots of all customers in one account.

    Attributes:
        usages: all rows.
        standing: what there is before them.
        balance: the account in a program.
    """

    usages: Usages
    standing: Standing
    balance: Balance

    def held(self, customer: str | None) -> list[HeldLot]:
        """The lots of a customer, in the order of use; of nobody none."""
        held = self.standing.lots.get(customer) if customer is not None else None
        if not held:
            return []
        mine = [one for one in held.values() if one.lot.account == self.balance.cover.account]
        return sorted(mine, key=lambda one: rank_of(one.lot, self.balance.cover)) if len(mine) > 1 else mine

    def known(self, columns: ProgramColumns) -> dict[str, Array]:
        """The inputs of the account."""
        customers = self.usages.customers
        codes = customers.codes[columns.rows]
        lowest = max(int(codes.min()), 0)
        here = customers.values[lowest : int(codes.max()) + 1]
        codes = np.where(codes < 0, -1, codes - lowest)
        some = self.standing.lots
        held = [[one for one in self.held(who) if one.lot.left] if who in some else [] for who in here]
        if not self.balance.lots:
            left = [sum(one.lot.left for one in mine) for mine in held]
            return {self.balance.start: np.array([*left, 0], np.int64)[codes]}
        starts, days = self.usages.starts[columns.rows], self.usages.days[columns.rows]
        out: dict[str, Array] = {}
        for place, scan in enumerate(self.balance.lots):
            mine = [lots[place] if place < len(lots) else None for lots in held]
            left = [0 if one is None else one.lot.left for one in mine]
            expires = [_NEVER if one is None or one.lot.expires is None else micros_of(one.lot.expires) for one in mine]
            first = [0 if one is None else one.first for one in mine]
            bought = [0 if one is None else one.bought_at for one in mine]
            out[scan.start] = np.array([*left, 0], np.int64)[codes]
            usable = np.array([*expires, 0], np.int64)[codes] > starts
            usable &= np.array([*first, 0], np.int64)[codes] <= days
            usable &= np.array([*bought, 0], np.int64)[codes] < self.usages.places[columns.rows]
            out[scan.usable] = usable.astype(np.int64)
        return out

    def before(self, row: int, place: int, known: Mapping[str, Array], found: Mapping[str, Array]) -> Sequence[Lot]:
        """The lots that a row saw.

        Args:
            row: the row.
            place: its place in the columns.
            known: the inputs.
            found: the outputs.
        """
        held = self.held(self.usages.customers[row])
        if not self.balance.lots:
            spent = int(known[self.balance.start][place] - found[self.balance.scan][place])
            return [lot.spent(units) for lot, units in _taken(held, spent)]
        left = iter([int(found[scan.scan][place]) for scan in self.balance.lots])
        lots = [one.lot.spent(one.lot.left - next(left)) if one.lot.left else one.lot for one in held]
        day = int(self.usages.days[row])
        here = int(self.usages.places[row])
        return [lot for lot, one in zip(lots, held, strict=True) if one.first <= day and one.bought_at < here]

    def spend(self, columns: ProgramColumns, found: Mapping[str, Array]) -> None:
        """Take what all rows have used of the lots."""
        if self.standing.keep is not None:
            self.standing.keep(self.balance.cover.account, columns.rows, found[f"moved by {self.balance.scan}"])
        scans = [scan.scan for scan in self.balance.lots] or [self.balance.scan]
        used = [self._used(columns, found[f"moved by {scan}"]) for scan in scans]
        for code in np.flatnonzero(sum(used)).tolist():
            mine = self.held(self.usages.customers.values[code])
            if self.balance.lots:
                full = [one for one in mine if one.lot.left]
                for one, units in zip(full, used, strict=False):
                    one.lot = one.lot.spent(int(units[code]))
            else:
                taken = _taken(mine, int(used[0][code]))
                for one, (lot, units) in zip(mine, taken, strict=True):
                    one.lot = lot.spent(units)

    def _used(self, columns: ProgramColumns, moved: Array) -> Any:
        """How many units each customer has used."""
        customers = self.usages.customers
        used = np.zeros(len(customers.values) + 1, np.int64)
        np.add.at(used, customers.codes[columns.rows], moved)
        return used[:-1]


def _taken(held: Sequence[HeldLot], units: int) -> list[tuple[Lot, int]]:
    """How much of each lot is gone after so many units."""
    out = []
    for one in held:
        taken = min(units, one.lot.left)
        units -= taken
        out.append((one.lot, taken))
    return out
