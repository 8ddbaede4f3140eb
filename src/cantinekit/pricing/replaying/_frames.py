"""Frames of any kind as one Arrow table, and Arrow tables as frames of that kind."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import attrs

from cantinekit.common.extras import need
from cantinekit.errors import InputError, RowError
from cantinekit.errors.shown import shown

Table = Any
"""An Arrow table; pyarrow is an extra, and imported by who reads or writes one."""
_BATCH = 100_000
"""So many rows of a relation are read at once."""


@attrs.frozen(eq=False)
class Frame:
    """What was given: its rows as an Arrow table, and how to give another table in the same kind.

    Attributes:
        kind: "arrow", "polars", "lazy" (Polars, not collected), "pandas", "duckdb" or "parquet".
        table: the rows.
        same: makes a frame of the same kind of an Arrow table.
    """

    kind: str
    table: Table
    same: Callable[[Table], Any]


def is_spark(usages: Any) -> bool:
    """Whether it is a DataFrame of Spark, whose rows are not read here.

    Args:
        usages: anything.
    """
    return type(usages).__module__.startswith("pyspark.sql.") and type(usages).__name__ == "DataFrame"


def read(usages: Any, what: str = "usages") -> Frame:
    """The rows of a frame.

    Args:
        usages: a Polars or pandas frame, an Arrow table, a DuckDB relation, or the path of a Parquet file.
        what: what they are, for people.

    Raises:
        InputError: it is none of them, or the file cannot be read.
        RowError: a column has values of several types.
    """
    arrow = need("pyarrow")
    if is_spark(usages):
        raise InputError("the rows of a DataFrame of Spark stay with the workers; those of few customers: .toArrow()")
    if isinstance(usages, (str, os.PathLike)):
        return Frame("parquet", _parquet(arrow, usages), lambda table: table)
    home, name = type(usages).__module__.partition(".")[0], type(usages).__name__
    if isinstance(usages, arrow.Table):
        return Frame("arrow", usages, lambda table: table)
    if home in ("duckdb", "_duckdb") and name == "DuckDBPyRelation":
        return Frame("duckdb", _of_duckdb(arrow, usages), lambda table: _to_duckdb(usages, table))
    if home == "pandas" and name == "DataFrame":
        return Frame("pandas", _of_pandas(arrow, usages), _to_pandas)
    if home == "polars" and name in ("DataFrame", "LazyFrame"):
        frames = need("narwhals")
        if name == "LazyFrame":
            return Frame("lazy", _of_polars(arrow, usages.collect()), lambda table: _to_polars(frames, table).lazy())
        return Frame("polars", _of_polars(arrow, usages), lambda table: _to_polars(frames, table))
    raise InputError(
        f"{what} are a Polars or pandas frame, an Arrow table, a DuckDB relation, the path of a Parquet file or a "
        f"DataFrame of Spark, not {type(usages).__name__}"
    )


def _parquet(arrow: Any, path: str | os.PathLike[str]) -> Table:
    try:
        return need("pyarrow.parquet").read_table(path)
    except (OSError, arrow.ArrowException) as error:
        raise InputError(f"the file {shown(os.fspath(path))} cannot be read: {shown(str(error))}") from None


def _of_duckdb(arrow: Any, relation: Any) -> Table:
    """The rows, read in batches: what was read of the texts is let go of with each of them."""
    reader = getattr(relation, "to_arrow_reader", None) or relation.fetch_arrow_reader
    batches, names = reader(_BATCH), relation.columns
    found = [[coded(name, column) for name, column in zip(names, batch.columns, strict=True)] for batch in batches]
    if not found:
        return batches.schema.empty_table()
    return arrow.table([arrow.chunked_array(chunks) for chunks in zip(*found, strict=True)], names=names)


def coded(name: str, column: Any) -> Any:
    """A column of texts by its different values; ids, and columns of other types, as they are.

    Args:
        name: its name.
        column: an Arrow array, with chunks or without.
    """
    kinds = need("pyarrow").types
    text = kinds.is_string(column.type) or kinds.is_large_string(column.type)
    return column.dictionary_encode() if text and name != "id" else column


def _of_polars(arrow: Any, frame: Any) -> Table:
    names, columns = frame.columns, (_of_series(arrow, column) for column in frame.iter_columns())
    return arrow.table([coded(name, column) for name, column in zip(names, columns, strict=True)], names=names)


def _of_series(arrow: Any, column: Any) -> Any:
    if column.dtype.is_integer() and str(column.dtype).endswith("128"):
        values = [None if value is None else Decimal(value) for value in column]
        return arrow.array(values, arrow.decimal256(76, 0))
    try:
        return column.to_arrow()
    except arrow.ArrowException:
        raise RowError(0, column.name, "type", f"a column of {column.dtype} cannot be read") from None


def _of_pandas(arrow: Any, frame: Any) -> Table:
    columns: dict[str, Any] = {}
    for name in frame.columns:
        if not isinstance(name, str) or name in columns:
            raise InputError(f"the names of columns are texts, each once, not {shown(name)}")
        values = frame[name]
        try:
            columns[name] = arrow.array(values, from_pandas=True)
        except (arrow.ArrowException, OverflowError, TypeError, ValueError):
            raise RowError(_first_odd(arrow, values), name, "type", "the value is of another type") from None
    return arrow.table(columns)


def _first_odd(arrow: Any, values: Any) -> int:
    """The row up to which a column cannot be read, although it can without that row."""
    low, high = 0, len(values)
    while low < high - 1:
        middle = (low + high) // 2
        try:
            arrow.array(values.iloc[:middle], from_pandas=True)
        except (arrow.ArrowException, OverflowError, TypeError, ValueError):
            high = middle
        else:
            low = middle
    return high - 1


def _to_pandas(table: Table) -> Any:
    """A pandas frame whose integers stay integers where some are not known."""
    arrow, pandas = need("pyarrow"), need("pandas")
    kinds: Mapping[Any, Any] = {arrow.int64(): pandas.Int64Dtype()}
    return table.to_pandas(types_mapper=kinds.get)


def _to_duckdb(usages: Any, priced: Table) -> Any:
    """A relation in the connection of another one, which finds ``priced`` by its name."""
    return usages.query("usages", "select * from priced")


def _to_polars(frames: Any, table: Table) -> Any:
    return frames.from_arrow(table, backend="polars").to_native()
