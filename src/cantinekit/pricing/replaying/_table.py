"""Columns of local days and minutes, priced as they stand: a replay in the order of the rows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import attrs

from cantinekit.calendar import MINUTES_A_DAY, wall_instant
from cantinekit.clock import day_bounds
from cantinekit.common.extras import arrow, np
from cantinekit.errors import InputError
from cantinekit.errors.shown import shown
from cantinekit.money import Money
from cantinekit.pricing.kernel import emit_numpy
from cantinekit.pricing.replaying._answers import PROGRAMS, WAYS, Answers
from cantinekit.pricing.replaying._batch import Batch
from cantinekit.pricing.replaying._columns import Array
from cantinekit.pricing.replaying._fold import Pricer, Standing, fold
from cantinekit.pricing.replaying._frames import Table
from cantinekit.pricing.replaying._usages import micros_of, usages_of
from cantinekit.pricing.values import Lot

if TYPE_CHECKING:
    from cantinekit.pricing.tariff import Tariff

OWN = ("product", "customer", "count", "day", "minute", "minutes", "bought")
"""The columns beside the facts."""
BOUGHT = datetime(1970, 1, 2, tzinfo=UTC)
NUMPY = WAYS.index("numpy")


@attrs.frozen(eq=False)
class PricedTable:
    """The rows with their prices, in columns of int64, minor units of the tariff's currency.

    ``amount`` is what the customer pays for the row, ``net`` that without tax; -1 where it is not known. ``used`` are
    the units that each account gave. ``priced`` is false where the row was refused: its amount is 0, it moved nothing,
    and ``Tariff.quote`` says why. ``columnar`` are the products that were computed by columns, not row by row.
    """

    amount: Any
    net: Any
    used: Mapping[str, Any]
    priced: Any
    columnar: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.amount)


def price_many(
    tariff: Tariff, table: Mapping[str, Any], meters: Mapping[str, int], balances: Mapping[tuple[str, str], int]
) -> PricedTable:
    """Price the rows in their order; each sees what the ones before it have used.

    Args:
        tariff: the price list.
        table: columns by name (``Tariff.price_many``).
        meters: what the meters have counted before the first row.
        balances: the units that are left by (customer, account).

    Raises:
        InputError: an unknown column, columns of different lengths, or one of a wrong type.
    """
    parts = tariff.parts
    rows = usages_of(_usages(tariff, table), parts)
    rows = attrs.evolve(rows, first=np.arange(rows.length))  # as they stand
    lots: dict[str, list[Lot]] = {}
    for (customer, account), left in balances.items():
        lots.setdefault(customer, []).append(Lot(f"balance {account}", account, left, BOUGHT))
    used: dict[str, Array] = {}

    def keep(account: str, row: Any, units: Any) -> None:
        used.setdefault(account, np.zeros(rows.length, np.int64))[row] += units

    standing, out = Standing.of(meters, lots, tariff.zone), Answers.of(parts, rows.length)
    standing.keep = keep
    Batch(tariff._programs, rows, standing, out, lambda program: (emit_numpy(program), NUMPY)).run()
    rest = np.flatnonzero(out.way < 0).tolist()
    fold(Pricer(tariff._programs, programs=True), rows, rest, standing, out)
    alone = {*rows.products.codes[out.priced & (out.way >= PROGRAMS)].tolist()}
    by_columns = {*rows.products.codes[out.way == NUMPY].tolist()} - alone
    columnar = tuple(name for code, name in enumerate(rows.products.values) if code in by_columns)
    net = np.where(out.priced, out.figures["net"], -1)
    return PricedTable(out.figures["gross"], net, used, out.priced, columnar)


def _usages(tariff: Tariff, table: Mapping[str, Any]) -> Table:
    """The columns as usages: a local day and a minute of it are an instant."""
    facts = tariff.parts.facts
    unknown = [name for name in table if name not in OWN and name not in facts]
    if unknown:
        raise InputError(f"no column {shown(unknown[0])}; there are {', '.join((*OWN, *facts))}")
    lengths = {len(column) for column in table.values() if not isinstance(column, str)} or {1}
    if len(lengths) > 1:
        raise InputError(f"columns of different lengths: {', '.join(map(str, sorted(lengths)))}")
    (length,) = lengths
    columns: dict[str, Any] = {}
    for name, column in table.items():
        values = [column] * length if isinstance(column, str) else column
        if name in ("day", "bought"):
            columns[name] = _days(values, name)
            continue
        if facts.get(name) == "money":
            values = [one.amount if isinstance(one, Money) else one for one in values]
        try:
            columns[name if name in OWN else f"fact.{name}"] = arrow.array(values)
        except (arrow.ArrowException, OverflowError, TypeError, ValueError):
            raise InputError(f"the column {shown(name)} has values of a wrong type") from None
    minute = columns.pop("minute", None)
    for needed in ("day", "minutes") if minute is not None else ():
        if needed not in columns:
            raise InputError(f"the column 'minute' says when a stay begins: it needs the column {needed!r}")
    if "day" in columns and "minutes" in columns:
        starts = _starts(columns.pop("day"), _minutes(minute, length), tariff.zone)
        columns["start"] = arrow.array(starts).cast(arrow.timestamp("us", "UTC"))
    return arrow.table(columns)


def _days(column: Any, name: str) -> Array:
    try:
        found = np.asarray(column, dtype="datetime64[D]")
    except (ValueError, TypeError):
        found = None
    if found is None or not all(isinstance(day, date) for day in np.unique(found).tolist()):
        raise InputError(f"the column {shown(name)} is no column of days")
    return found


def _minutes(column: Any, length: int) -> Array:
    """The minutes of the local day at which stays begin: midnight where nobody says it."""
    if column is None:
        return np.zeros(length, np.int64)
    found = column.to_numpy(zero_copy_only=False)
    if len(found) and (found.dtype.kind not in "iu" or found.min() < 0 or found.max() >= MINUTES_A_DAY):
        raise InputError("the column 'minute' is from 0 to 1439: the midnight after a day is minute 0 of the next one")
    return found.astype(np.int64)


def _starts(days: Array, minutes: Array, zone: str) -> Array:
    """The instant of each local minute, in microseconds of UTC since 1970."""
    found, places = np.unique(days, return_inverse=True)
    bounds = [day_bounds(day, zone) for day in found.tolist()]
    starts = np.array([micros_of(one.start) for one in bounds], np.int64)[places] + minutes * 60 * 10**6
    changing = np.array([one.length != timedelta(days=1) for one in bounds], bool)[places]
    for row in np.flatnonzero(changing).tolist():
        starts[row] = micros_of(wall_instant(days[row].item(), int(minutes[row]), zone))
    return starts
