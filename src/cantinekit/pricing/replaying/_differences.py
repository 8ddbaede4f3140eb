"""What late rows change: a line for each row whose answer is another, and the sums of the lines."""

from __future__ import annotations

from typing import Any

import attrs

from cantinekit.common.extras import arrow, compute, np
from cantinekit.errors import InputError
from cantinekit.pricing.replaying._columns import EPOCH, HIGH, Array, texts_at
from cantinekit.pricing.replaying._frames import Table
from cantinekit.pricing.replaying._late_keys import Keys
from cantinekit.pricing.replaying._late_rows import CHANGES, CORRECTED, LATE, MOVED, WITHDRAWN
from cantinekit.pricing.replaying._usages import Usages

FIGURES = ("base", "covered", "capped", "discounted", "gross", "net", "tax")
NAMED = 20
"""So many of the rows that moved another one are named."""
_NONE = -1


@attrs.frozen(eq=False)
class Lines:
    """The lines, as places in the rows of before that are touched, and in those that are priced anew; -1: in none."""

    was: Array
    now: Array
    change: Array


def differences(keys: Keys, was: Table, now: Table) -> Table:
    """The lines.

    Args:
        keys: which rows are priced anew.
        was: the answers to the rows of before that are touched, in their order.
        now: the answers to those that stay, in their order, and to the usages of ``late``.
    """
    old, stay = np.flatnonzero(keys.touched), np.flatnonzero(keys.touched & ~keys.changed)
    was, now = (_plain(table) for table in (was, now))
    beside = _beside(keys, old, stay)
    lines = _lines(keys, was, now, beside, old, stay)
    sides = [table.take(_places(places)) for table, places in ((was, lines.was), (now, lines.now))]
    ids = [side.column("id") for side, table in zip(sides, (was, now), strict=True) if table.num_rows]
    places = np.where(lines.now >= 0, lines.now + len(old), lines.was)
    person, product, day, key = (column[places] for column in beside)
    columns: dict[str, Any] = {
        "id": compute.coalesce(*ids) if ids else now.column("id"),
        "customer": texts_at(keys.people.values, person),
        "product": texts_at(keys.products.values, product),
        "day": arrow.array(np.maximum(day - EPOCH, 0), arrow.int32(), mask=day < 0).cast(arrow.date32()),
        "change": texts_at(CHANGES, lines.change),
        **_causes(keys, np.where(lines.change == MOVED, key, _NONE)),
    }
    for name in FIGURES:
        columns[name] = _difference(name, *sides)
    for prefix, side in zip(("was", "now"), sides, strict=True):
        columns |= {f"{prefix}_{name}": side.column(name) for name in (*FIGURES, "refused")}
    table = arrow.table(columns)
    by = [(name, "ascending") for name in ("customer", "day", "id")]
    return table.take(compute.sort_indices(table, sort_keys=by))


def _plain(table: Table) -> Table:
    """The columns of answers that lines speak of; refusals as texts."""
    refused = table.column("refused").cast(arrow.large_string())
    return table.select(["id", *FIGURES]).append_column("refused", refused)


# --- which lines there are -------------------------------------------------------------------------------------------


def _beside(keys: Keys, old: Array, stay: Array) -> tuple[Array, ...]:
    """Numbers of the customer, the product, the day and the key of the rows of before that are touched, then of those
    that are priced anew.
    """
    before, new = keys.of_rows
    days = _days(keys.before), _days(keys.late.usages)
    people, products = keys.people, keys.products
    columns = ((people.before, people.new), (products.before, products.new), days, (before, new))
    return tuple(np.concatenate([one[old], one[stay], two]) for one, two in columns)


def _days(usages: Usages) -> Array:
    """The local day of use, else of the purchase, as ordinals; -1: not known."""
    return np.where(usages.days >= 0, usages.days, usages.bought_days)


def _lines(keys: Keys, was: Table, now: Table, beside: tuple[Array, ...], old: Array, stay: Array) -> Lines:
    late = keys.late
    at = np.full(keys.before.length, _NONE)
    at[old] = np.arange(len(old))
    new = late.change[late.places]
    usages = np.arange(len(new)) + len(stay)
    corrected = new == CORRECTED
    ones, twos = at[late.at[late.places[corrected]]], usages[corrected]
    same = np.ones(len(ones), bool)
    for column in beside[:3]:
        same &= column[ones] == column[twos + len(old)]
    pairs = [(at[stay], np.arange(len(stay)), MOVED), (ones[same], twos[same], CORRECTED)]
    differ = [_differ(was.take(one), now.take(two)) for one, two, _ in pairs]
    pairs = [(one[wrong], two[wrong], change) for (one, two, change), wrong in zip(pairs, differ, strict=True)]
    ones, twos = ones[~same], twos[~same]  # another customer, product or day has another sum
    gone = at[late.at[late.change == WITHDRAWN]]
    more = usages[new == LATE]
    for one, change in ((ones, CORRECTED), (gone, WITHDRAWN)):
        pairs.append((one, np.full(len(one), _NONE), change))
    for two, change in ((twos, CORRECTED), (more, LATE)):
        pairs.append((np.full(len(two), _NONE), two, change))
    changes = [np.full(len(one), change) for one, _, change in pairs]
    return Lines(*(np.concatenate(one) for one in (*zip(*(pair[:2] for pair in pairs), strict=True), changes)))


def _differ(one: Table, two: Table) -> Array:
    """Which rows have another answer."""
    found = np.zeros(one.num_rows, bool)
    for name in (*FIGURES, "refused"):
        a, b = one.column(name), two.column(name)
        other = compute.coalesce(compute.not_equal(a, b), compute.xor(compute.is_null(a), compute.is_null(b)))
        found |= other.to_numpy()
    return found


# --- what stands in a line -------------------------------------------------------------------------------------------


def _places(places: Array) -> Any:
    return arrow.array(places, arrow.int64(), mask=places < 0)


def _difference(name: str, was: Table, now: Table) -> Any:
    """How much more it is; null where the amount of a row that has a price is not known."""
    one, two = (compute.fill_null(side.column(name), 0) for side in (was, now))
    found = compute.subtract_checked(two, one)
    for side in (was, now) if name in ("net", "tax") else ():
        unknown = compute.and_(compute.is_null(side.column(name)), compute.is_valid(side.column("gross")))
        found = compute.if_else(unknown, arrow.scalar(None, arrow.int64()), found)
    return found


def _causes(keys: Keys, key: Array) -> dict[str, Any]:
    """Which rows moved a row, and how many they are; null and 0 where it is what was reported itself."""
    found, inverse = np.unique(key, return_inverse=True)
    rows = [keys.causes.get(one, []) for one in found.tolist()]
    ids = [None if not one else [keys.late.names[row] for row in one[:NAMED]] for one in rows]
    return {
        "by": arrow.array(ids, arrow.list_(arrow.string())).take(arrow.array(inverse, arrow.int64())),
        "causes": arrow.array(np.array([len(one) for one in rows], np.int64)[inverse], arrow.int64()),
    }


# --- sums ------------------------------------------------------------------------------------------------------------


def by_customer(keys: Keys, lines: Table) -> Table:
    """The sums of each customer who was priced anew, and of nobody."""
    people = keys.people
    rows = np.concatenate([people.before[keys.touched & ~keys.changed], people.new])
    counts = np.bincount(np.where(rows >= 0, rows, len(people.values)), minlength=len(people.values) + 1)
    wanted = np.flatnonzero(np.append(keys.customers, counts[-1] > 0))
    zeros = arrow.array(np.zeros(len(wanted), np.int64))
    everybody = {
        "customer": texts_at(people.values, np.where(wanted < len(people.values), wanted, _NONE)),
        "rows": arrow.array(counts[wanted], arrow.int64()),
        **dict.fromkeys(("lines", *_SUMS), zeros),
    }
    mine = {"customer": lines.column("customer"), "rows": _whole(lines, 0), "lines": _whole(lines, 1)}
    mine |= {name: lines.column(name) for name in _SUMS}
    return _summed(arrow.concat_tables([arrow.table(everybody), arrow.table(mine)]), ["customer"])


def by_product(lines: Table) -> Table:
    """The sums of each month and product."""
    columns = {
        "month": compute.strftime(lines.column("day"), "%Y-%m"),
        "product": lines.column("product"),
        "lines": _whole(lines, 1),
    }
    return _summed(arrow.table(columns | {name: lines.column(name) for name in _SUMS}), ["month", "product"])


_SUMS = ("gross", "net", "tax")


def _whole(lines: Table, number: int) -> Any:
    return arrow.repeat(number, lines.num_rows)


def _summed(table: Table, keys: list[str]) -> Table:
    """The sums by keys, in their order; of an amount that is not known everywhere null.

    Raises:
        InputError: a sum is beyond 64 bits.
    """
    names = [name for name in table.column_names if name not in keys]
    for name in names:
        most = compute.max(compute.abs(compute.fill_null(table.column(name), 0))).as_py() or 0
        if most * table.num_rows > HIGH:
            raise InputError(f"the sums of {name!r} may not fit into 64 bits")
    how = compute.ScalarAggregateOptions(skip_nulls=False)
    found = table.group_by(keys).aggregate([(name, "sum", how) for name in names])
    found = found.select([*keys, *(f"{name}_sum" for name in names)]).rename_columns([*keys, *names])
    return found.take(compute.sort_indices(found, sort_keys=[(name, "ascending") for name in keys]))
