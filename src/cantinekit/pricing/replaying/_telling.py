"""Why rows of a replay come to what they come to: their quotes with all reasons, with the state of the rows before."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import attrs

from cantinekit.pricing.quote import Quote
from cantinekit.pricing.replaying._answers import Answers
from cantinekit.pricing.replaying._batch import everybodys
from cantinekit.pricing.replaying._fold import Pricer, Standing, fold
from cantinekit.pricing.replaying._usages import read_usages
from cantinekit.pricing.values import FrozenMap, Lot, Order, State

if TYPE_CHECKING:
    from cantinekit.pricing.tariff import Tariff


@attrs.define(eq=False)
class _Keeping(Pricer):
    """Keeps each answer to a question of some customers, in the order in which they are asked."""

    customers: Collection[str | None]
    kept: list[Quote | None] = attrs.field(factory=list)

    def ask(self, order: Order, state: State) -> tuple[Quote, int]:
        answer, way = super().ask(order, state)
        self.kept.append(answer if order.customer in self.customers else None)
        return answer, way


def replay_quotes(
    tariff: Tariff,
    usages: Any,
    customers: Collection[str | None],
    *,
    meters: Mapping[str, int] = FrozenMap(),
    lots: Mapping[str, Iterable[Lot]] = FrozenMap(),
) -> dict[str | int, Quote]:
    """The quotes of the rows of some customers, which say why ``replay`` has the amounts of these rows. Needs the extra
    "replay".

    It costs by the rows of these customers; where the list counts something for everybody together, by all rows.

    Args:
        tariff: the price list.
        usages: what ``replay`` was given.
        customers: whose rows are explained; ``None`` among them: those of nobody.
        meters: what ``replay`` was given.
        lots: what ``replay`` was given.

    Returns:
        The quotes by the ids of the rows, in the order in which the rows are priced; all rows of an order have that of
        the order.

    Raises:
        InputError: no such kind of frame, a column that is missing, or a package that is not installed.
        RowError: a row that is no usage, with the row, the column and what is wrong.
    """
    _, rows = read_usages(usages, tariff.parts)
    wanted = frozenset(customers)
    shared = bool(everybodys(tariff))
    order = [row for row in rows.order.tolist() if shared or rows.customers[row] in wanted]
    asked = [row for row in order if rows.together.get(row, (row,))]
    pricer = _Keeping(tariff._programs, wanted, programs=True)
    fold(pricer, rows, order, Standing.of(meters, lots, tariff.zone), Answers.of(tariff.parts, rows.length))
    return {
        rows.ids[one].as_py(): quote
        for row, quote in zip(asked, pricer.kept, strict=True)
        if quote is not None
        for one in rows.together.get(row, (row,))
    }
