"""Rows that are reported late, corrected or withdrawn: which rows they are, and the table with them in their places."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import attrs

from cantinekit.common.extras import arrow, compute, np
from cantinekit.errors import InputError, RowError
from cantinekit.errors.shown import shown
from cantinekit.pricing.model.load import Parts
from cantinekit.pricing.replaying._columns import Array, Column
from cantinekit.pricing.replaying._frames import Table
from cantinekit.pricing.replaying._usages import Usages, columns_asked, usages_of

CHANGES = ("late", "corrected", "withdrawn", "moved")
"""Why a row has another answer; the last one: other rows moved it."""
LATE, CORRECTED, WITHDRAWN, MOVED = range(len(CHANGES))
_CHANGE = "change"
"""The column that says what becomes of a row."""


@attrs.frozen(eq=False)
class LateRows:
    """The rows of ``late``. Arrays are of NumPy.

    Attributes:
        names: the ids as texts.
        change: ``LATE``, ``CORRECTED`` or ``WITHDRAWN``.
        at: the row of ``before`` with the same id; -1: there is none.
        places: which of the rows are usages: all but the withdrawn ones.
        table: these usages.
        usages: the same, read.
    """

    names: list[str]
    change: Array
    at: Array
    places: Array
    table: Table
    usages: Usages


@contextmanager
def rows_of(name: str, places: Array | None = None) -> Iterator[None]:
    """Say of an error in which of the frames it is.

    Args:
        name: the parameter that has the frame.
        places: the rows of the frame that are looked at; ``None``: all of them.

    Raises:
        RowError: the one inside, with the row of the frame.
        InputError: likewise.
    """
    try:
        yield
    except RowError as error:
        where = f", column {error.column!r}" if error.column else ""
        message = str(error).removeprefix(f"row {error.row}{where}: ")
        row = error.row if places is None else int(places[error.row])
        raise RowError(row, error.column, error.problem, f"{message} (in {name!r})") from None
    except InputError as error:
        raise InputError(f"{error} (in {name!r})") from None


def read_late(late: Table, before: Usages, parts: Parts) -> LateRows:
    """The rows of ``late``.

    Raises:
        InputError: a column is missing, or the ids are of another type than those of before.
        RowError: a row is no usage, or its id does not fit what is said of it.
    """
    with rows_of("late"):
        if len(set(late.column_names)) != len(late.column_names):
            raise InputError("two columns have one name")
        if "id" not in late.column_names:
            raise InputError("the column 'id' is missing")
        some = arrow.repeat(arrow.scalar("any", arrow.string()), late.num_rows)
        ids = usages_of(arrow.table({"id": late.column("id"), "product": some}), parts).ids
        at = places_of(ids, before.ids)
        change = _change(late, at)
        for wrong, problem, message in (
            ((change == LATE) & (at >= 0), "duplicate", "is the id of a row that is there already"),
            ((change != LATE) & (at < 0), "value", "is the id of no row that is there"),
        ):
            for row in np.flatnonzero(wrong)[:1].tolist():
                raise RowError(row, "id", problem, f"{CHANGES[change[row]]}, but {shown(ids[row].as_py())} {message}")
    places = np.flatnonzero(change != WITHDRAWN)
    table = late.drop_columns([_CHANGE]) if _CHANGE in late.column_names else late
    table = table.take(arrow.array(places)) if len(places) else arrow.table({"product": arrow.array([], "string")})
    with rows_of("late", places):
        return LateRows([str(one) for one in ids.to_pylist()], change, at, places, table, usages_of(table, parts))


def places_of(ids: Array, among: Array) -> Array:
    """The places of ids among others, as an array of NumPy; -1: it is not there.

    Args:
        ids: an Arrow array of the ids of a frame.
        among: the ids of another frame.

    Raises:
        InputError: one of them has texts and the other whole numbers.
    """
    if not len(ids) or not len(among):
        return np.full(len(ids), -1, np.int64)
    if ids.equals(among):  # as answers stand beside their usages
        return np.arange(len(ids))
    if ids.type != among.type:
        raise InputError(f"the ids are {ids.type}, and those of 'before' {among.type}")
    found = compute.index_in(ids, value_set=among)
    return compute.fill_null(found, -1).to_numpy(zero_copy_only=False).astype(np.int64)


def _change(late: Table, at: Array) -> Array:
    """What becomes of each row; where nothing is said, the id says whether it is there already."""
    found = np.where(at >= 0, CORRECTED, LATE)
    if _CHANGE not in late.column_names or not late.num_rows:
        return found
    said = Column(_CHANGE, late.column(_CHANGE).combine_chunks()).one_of(CHANGES[:MOVED])
    codes = compute.index_in(said, value_set=arrow.array(CHANGES[:MOVED], said.type))
    codes = compute.fill_null(codes, -1).to_numpy(zero_copy_only=False)
    return np.where(codes >= 0, codes, found)


# --- one table of two ------------------------------------------------------------------------------------------------


def joined(one: Table, two: Table, parts: Parts) -> Table:
    """The usages of two tables, those of the first one first, with the columns that the tariff asks for.

    Args:
        one: usages.
        two: others, whose ids are of the same type.
        parts: the tariff.

    Raises:
        InputError: a column is of two types that do not go together.
    """
    known = columns_asked(parts) - {"currency"}  # which was looked at
    names = [name for name in dict.fromkeys([*one.column_names, *two.column_names]) if name in known]
    return arrow.table({name: _column(name, one, two) for name in names})


def orders_of(table: Table) -> Array:
    """The order of each row as a text, as an Arrow array of chunks; null where it is a question of its own."""
    text = arrow.large_string()
    found = _plain("order", table).cast(text)
    return compute.if_else(compute.equal(found, ""), arrow.scalar(None, text), found)


def _column(name: str, one: Table, two: Table) -> Any:
    kinds = arrow.types
    columns = [_plain(name, table) for table in (one, two)]
    first, second = (column.type for column in columns)
    if kinds.is_null(first) or kinds.is_null(second):
        wanted = second if kinds.is_null(first) else first
    elif all(kinds.is_decimal(kind) or kinds.is_integer(kind) for kind in (first, second)) and first != second:
        wanted = arrow.decimal256(76, max(getattr(kind, "scale", 0) for kind in (first, second)))
    elif first == second:
        wanted = first
    else:
        raise InputError(f"the column {shown(name)} is {first} in 'before' and {second} in 'late'")
    return arrow.chunked_array([chunk for column in columns for chunk in column.cast(wanted).chunks], wanted)


def _plain(name: str, table: Table) -> Any:
    """A column in the one type for what it says; of nulls where it is empty, or missing."""
    kinds = arrow.types
    if name not in table.column_names:
        rest = arrow.repeat(1, table.num_rows) if name == "count" else arrow.nulls(table.num_rows)
        return arrow.chunked_array([rest])
    column = table.column(name)
    if column.null_count == len(column):
        return arrow.chunked_array([arrow.nulls(len(column))])
    kind = column.type.value_type if kinds.is_dictionary(column.type) else column.type
    if name in ("customer", "order") or kinds.is_string(kind) or kinds.is_string_view(kind):
        kind = arrow.large_string()
    elif kinds.is_integer(kind) or (kinds.is_decimal(kind) and not kind.scale):
        kind = arrow.int64()
    elif kinds.is_date(kind) or (kinds.is_timestamp(kind) and kind.tz is None):
        kind = arrow.date32()
    elif kinds.is_timestamp(kind):
        kind = arrow.timestamp("us", "UTC")
    elif kinds.is_list(kind) or kinds.is_large_list(kind):
        kind = arrow.large_list(arrow.timestamp("us", "UTC") if name == "also" else arrow.large_string())
    return column.cast(kind, safe=False)
