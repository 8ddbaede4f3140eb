"""Frames of any kind as one Arrow table, and Arrow tables as frames of that kind."""

from __future__ import annotations

import os
from collections.abc import Callable, Container, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import attrs

from cantinekit.common.extras import arrow, compute, need
from cantinekit.common.parquet import unreadable
from cantinekit.errors import InputError, RowError
from cantinekit.errors.shown import cut, shown

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
        unused: the names of the columns that nobody wanted, and that were not read.
    """

    kind: str
    table: Table
    same: Callable[[Table], Any]
    unused: tuple[str, ...] = ()


def is_spark(usages: Any) -> bool:
    """Whether it is a DataFrame of Spark, whose rows are not read here."""
    return type(usages).__module__.startswith("pyspark.sql.") and type(usages).__name__ == "DataFrame"


def read(usages: Any, wanted: Container[str] | None = None, what: str = "usages") -> Frame:
    """The rows of a frame.

    Args:
        usages: a Polars or pandas frame, an Arrow table, a DuckDB relation, or the path of a Parquet file.
        wanted: the names of the columns that are read, as far as they are there. Nothing is asked of the others, which
            may be computed or converted at a price, or not at all. ``None``: all columns.
        what: what they are, for people.

    Raises:
        InputError: it is none of them, the file cannot be read, or what it is computed from, or the names of its
            columns are no texts.
        RowError: a column has values of several types.
    """
    if is_spark(usages):
        raise InputError("the rows of a DataFrame of Spark stay with the workers; those of few customers: .toArrow()")
    if isinstance(usages, (str, os.PathLike)):
        return _frame("parquet", *_parquet(usages, wanted), lambda table: table)
    home, name = type(usages).__module__.partition(".")[0], type(usages).__name__
    if isinstance(usages, arrow.Table):
        some = _some(usages.column_names, wanted)
        rows = usages if some is None else usages.select(some)
        return _frame("arrow", rows, usages.column_names, lambda table: table)
    if home in ("duckdb", "_duckdb") and name == "DuckDBPyRelation":
        names = computed(lambda: usages.columns, need("duckdb").Error)
        if what == "usages" and "id" not in names and not _in_order(usages):
            raise InputError("the column 'id' is missing: a connection that preserves no order cannot number the rows")
        apart = len({name.lower() for name in names}) == len(names)  # SQL does not tell them apart
        rows = _of_duckdb(usages, _some(names, wanted) if apart else None)
        return _frame("duckdb", rows, names, lambda table: _to_duckdb(usages, table))
    if home == "pandas" and name == "DataFrame":
        return _frame("pandas", _of_pandas(usages, wanted), usages.columns, _to_pandas)
    if home == "polars" and name in ("DataFrame", "LazyFrame"):
        frames = need("narwhals")
        wrong = need("polars").exceptions.PolarsError
        names = computed(usages.collect_schema, wrong).names()
        some = _some(names, wanted)
        rows = usages if some is None else usages.select(some)
        if name == "LazyFrame":
            collected = computed(rows.collect, wrong)
            return _frame("lazy", _of_polars(collected), names, lambda table: _to_polars(frames, table).lazy())
        return _frame("polars", _of_polars(rows), names, lambda table: _to_polars(frames, table))
    raise InputError(
        f"{what} are a Polars or pandas frame, an Arrow table, a DuckDB relation, the path of a Parquet file or a "
        f"DataFrame of Spark, not {type(usages).__name__}"
    )


def _frame(kind: str, table: Table, names: Sequence[str], same: Callable[[Table], Any]) -> Frame:
    """What was read of columns with these names."""
    there = frozenset(table.column_names)
    columns = computed(lambda: [_plain(column) for column in table.columns], arrow.ArrowException)
    rows = arrow.table(columns, names=table.column_names)
    return Frame(kind, rows, same, tuple(name for name in names if name not in there))


def _plain(column: Any) -> Any:
    """A column in a type with which all of Arrow computes."""
    if arrow.types.is_run_end_encoded(column.type):
        column = compute.run_end_decode(column)
    kind = _plain_type(column.type)
    return column if kind == column.type else column.cast(kind)


def _plain_type(kind: Any) -> Any:
    """A type without views, and lists without dictionaries in them."""
    kinds = arrow.types
    if kinds.is_string_view(kind):
        return arrow.large_string()
    if kinds.is_binary_view(kind):
        return arrow.large_binary()
    if kinds.is_dictionary(kind):
        return arrow.dictionary(kind.index_type, _plain_type(kind.value_type), kind.ordered)
    if kinds.is_list(kind) or kinds.is_large_list(kind):  # no list of views: Arrow makes lists of them that are none
        inner = _plain_type(kind.value_type)
        inner = inner.value_type if kinds.is_dictionary(inner) or kinds.is_run_end_encoded(inner) else inner
        return kind if inner == kind.value_type else arrow.large_list(inner)
    return kind


def _some(names: Sequence[str], wanted: Container[str] | None) -> list[str] | None:
    """The columns that are read; ``None``: all of them, also where two have one name, which their reader refuses."""
    some = [name for name in names if wanted is None or name in wanted]
    return some if len(some) < len(names) and len(set(names)) == len(names) else None


def _parquet(path: str | os.PathLike[str], wanted: Container[str] | None) -> tuple[Table, Sequence[str]]:
    try:
        file = need("pyarrow.parquet").ParquetDataset(path)
        names = file.schema.names
        return file.read(columns=_some(names, wanted)), names
    except (OSError, arrow.ArrowException) as error:
        raise unreadable(path, error) from None


def computed(compute: Callable[[], Any], wrong: type[Exception], ours: str | None = None) -> Any:
    """What a frame comes to that is computed only now.

    Args:
        compute: computes it.
        wrong: by what its library says that it cannot be.
        ours: a text in what the library says where the fault is ours, whose error is left as it is.

    Raises:
        InputError: it cannot be.
    """
    try:
        return compute()
    except wrong as error:
        if ours is not None and ours in str(error):
            raise
        raise InputError(f"the frame cannot be computed: {cut(' '.join(str(error).split()))}") from error


def _of_duckdb(relation: Any, some: Sequence[str] | None) -> Table:
    """The rows, read in batches: what was read of the texts is let go of with each of them."""
    names = relation.columns if some is None else some
    if not names:
        return arrow.table({})

    def batches() -> tuple[list[list[Any]], Any]:
        rows = relation
        if some is not None:
            rows = relation.project(", ".join('"' + name.replace('"', '""') + '"' for name in names))
        reader = (getattr(rows, "to_arrow_reader", None) or rows.fetch_arrow_reader)(_BATCH)
        read = [[coded(name, column) for name, column in zip(names, one.columns, strict=True)] for one in reader]
        return read, reader.schema

    found, schema = computed(batches, need("duckdb").Error)
    if not found:
        return schema.empty_table()
    return arrow.table([arrow.chunked_array(chunks) for chunks in zip(*found, strict=True)], names=names)


def _in_order(relation: Any) -> bool:
    """Whether the connection of a relation gives its rows in their order."""
    text = "select current_setting('preserve_insertion_order')"
    return bool(computed(lambda: relation.query("usages", text).fetchall(), need("duckdb").Error)[0][0])


def coded(name: str, column: Any) -> Any:
    """A column of texts by its different values; ids, and columns of other types, as they are, or as they were before
    somebody else put them by their different values.

    Args:
        name: its name.
        column: an Arrow array, with chunks or without.
    """
    kinds = arrow.types
    text = kinds.is_string(column.type) or kinds.is_large_string(column.type)
    if kinds.is_dictionary(column.type) and not kinds.is_unicode(column.type.value_type):
        return column.cast(column.type.value_type)
    return column.dictionary_encode() if text and name != "id" else column


def _of_polars(frame: Any) -> Table:
    names, columns = frame.columns, (_of_series(column) for column in frame.iter_columns())
    return arrow.table([coded(name, column) for name, column in zip(names, columns, strict=True)], names=names)


def _of_series(column: Any) -> Any:
    if column.dtype.is_integer() and str(column.dtype).endswith("128"):
        values = [None if value is None else Decimal(value) for value in column]
        return arrow.array(values, arrow.decimal256(76, 0))
    try:
        return column.to_arrow()
    except arrow.ArrowException:
        raise RowError(0, column.name, "type", f"a column of {column.dtype} cannot be read") from None


def _of_pandas(frame: Any, wanted: Container[str] | None) -> Table:
    columns: dict[str, Any] = {}
    names = frame.columns.tolist()
    for name in names:
        if not isinstance(name, str) or names.count(name) > 1:
            raise InputError(f"the names of columns are texts, each once, not {shown(name)}")
        if wanted is not None and name not in wanted:
            continue
        values = frame[name]
        try:
            columns[name] = arrow.array(values, from_pandas=True)
        except (arrow.ArrowException, OverflowError, TypeError, ValueError):
            raise RowError(_first_odd(values), name, "type", "the value is of another type") from None
        if values.dtype == object:
            _refuse_naive(name, values, columns[name].type)
    return arrow.table(columns)


def _refuse_naive(name: str, values: Any, kind: Any) -> None:
    """Refuse a time without a zone among others, which Arrow takes for one of UTC."""
    listed, nothing = arrow.types.is_list(kind), need("pandas").NaT
    kind = kind.value_type if listed else kind
    if not arrow.types.is_timestamp(kind) or kind.tz is None:
        return
    for row, value in enumerate(values):
        for one in value if listed and value is not None else (value,):
            if isinstance(one, datetime) and one is not nothing and one.tzinfo is None:
                raise RowError(row, name, "naive", f"{shown(one)} has no time zone; nobody knows which instant it is")


def _first_odd(values: Any) -> int:
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
    kinds: Mapping[Any, Any] = {arrow.int64(): need("pandas").Int64Dtype()}
    return table.to_pandas(types_mapper=kinds.get)


def _to_duckdb(usages: Any, table: Table) -> Any:
    """A relation in the connection of another one, which takes a table of its own before one of that name here."""

    def query(cantinekit_priced: Table = table) -> Any:  # is found by its name
        return usages.query("usages", "select * from cantinekit_priced")

    return computed(query, need("duckdb").Error)


def _to_polars(frames: Any, table: Table) -> Any:
    return frames.from_arrow(table, backend="polars").to_native()
