"""What there is before the first row of a replay on Spark, as DataFrames whose rows the workers read and check."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import attrs

from cantinekit.common.extras import need
from cantinekit.errors import InputError, RowError
from cantinekit.pricing.replaying._columns import HIGH
from cantinekit.pricing.replaying._fold import Standing
from cantinekit.pricing.replaying._frames import Table, is_spark
from cantinekit.pricing.replaying._opening import (
    COLUMNS,
    INSTANTS,
    TEXTS,
    lots_of,
    meters_of,
    read_lots,
    read_meters,
    refuse_names,
)
from cantinekit.pricing.replaying._replay import lots_table, meters_table
from cantinekit.pricing.replaying._spark_groups import NUMBER, STATE
from cantinekit.pricing.values import Lot

BY = "cantinekit by"
"""By what a state is dealt: the hash of its customer, and of the meter where that is everybody's."""
_READERS: Mapping[str, Callable[[Table], Any]] = {"meters": read_meters, "lots": read_lots}
_PLACES = 2**33
"""In the numbers that Spark gives to rows the partition counts so many."""
_MISSING = {"priority": "0"}
"""What stands for a column that is left out; else null."""


@attrs.frozen(eq=False)
class Opening:
    """Meters or lots.

    Attributes:
        what: "meters" or "lots".
        frame: the DataFrame that was given.
        texts: its columns as texts, in the order of ``COLUMNS``.
        count: how many rows it has; ``None``: nobody has counted them.
    """

    what: str
    frame: Any
    texts: tuple[Any, ...]
    count: int | None

    def rows(self, *, numbered: bool) -> Any:
        """The rows as states, with ``BY``.

        Args:
            numbered: whether their numbers go along.
        """
        sql = need("pyspark.sql.functions")
        by = sql.xxhash64(self.texts[0])
        if self.what == "meters":
            by = sql.when(sql.coalesce(self.texts[0], sql.lit("")) == "", sql.xxhash64(self.texts[1])).otherwise(by)
        numbers = [sql.monotonically_increasing_id().alias(NUMBER)] if numbered else []
        state = sql.to_json(sql.array(sql.lit(self.what), *self.texts)).alias(STATE)
        return self.frame.select(state, by.alias(BY), *numbers)


def openings_of(
    session: Any, meters: Mapping[str, int] | Any, lots: Mapping[str, Iterable[Lot]] | Any, zone: str
) -> list[Opening]:
    """Meters and lots as DataFrames, as far as there are some.

    Args:
        session: the session of Spark.
        meters: what the meters have counted: by key, or a frame.
        lots: what customers hold: by customer, or a frame.
        zone: the zone of the tariff.

    Raises:
        InputError: no such kind of frame, a column is missing or there twice, or what is no state.
        RowError: a value of another type.
    """
    standing = Standing.of({} if is_spark(meters) else meters_of(meters), {} if is_spark(lots) else lots_of(lots), zone)
    tables = {"meters": meters_table(standing, ()), "lots": lots_table(standing)}
    found = []
    for what, given in (("meters", meters), ("lots", lots)):
        if is_spark(given):
            found.append(_checked(what, given))
        elif tables[what].num_rows:
            found.append(_checked(what, session.createDataFrame(tables[what]), tables[what]))
    return found


def _checked(what: str, frame: Any, own: Table | None = None) -> Opening:
    """A DataFrame whose types are those of meters or lots; a column of nulls may be of any type. ``own``: a table of
    ours that it was made of.
    """
    sql, kinds = need("pyspark.sql.functions"), need("pyarrow").types
    refuse_names(what, frame.columns)
    names = [name for name in COLUMNS[what] if name in frame.columns]
    refuse_alike(what, names, frame.columns)
    head = (frame.select(*names).limit(0).toArrow() if own is None else own).schema
    odd = {name: wrong for name in names if (wrong := _wrong(name, head.field(name).type)) is not None}
    if odd:
        _refuse(what, frame.select(*names, sql.monotonically_increasing_id().alias(NUMBER)), frame, odd)
    texts = []
    for name in COLUMNS[what]:
        column = sql.col(name)
        if name not in names or (name in odd and not kinds.is_decimal(head.field(name).type)):
            column = sql.lit(None if name in names else _MISSING.get(name))
        elif name in INSTANTS and not kinds.is_null(head.field(name).type):
            column = sql.unix_micros(column)
        texts.append(column.cast("string"))
    return Opening(what, frame, tuple(texts), None if own is None else own.num_rows)


def refuse_alike(what: str, read: Iterable[str], names: Iterable[str]) -> None:
    """Refuse a frame of which a column is read that Spark, which does not see capitals, cannot tell from another one.

    Args:
        what: "usages", "meters" or "lots".
        read: the columns that are read.
        names: all that it has.

    Raises:
        InputError: there are two such columns.
    """
    alike = Counter(map(str.lower, names))
    for name in read:
        if alike[name.lower()] > 1:
            raise InputError(f"two columns of {what} have the name {name!r}, capitals aside")


def _wrong(name: str, kind: Any) -> Any:
    """Where a column of this type has values of a type that it cannot have; ``None``: nowhere."""
    sql, kinds = need("pyspark.sql.functions"), need("pyarrow").types
    if name in INSTANTS:
        right = kinds.is_timestamp(kind) and kind.tz is not None
    elif name in TEXTS:
        right = kinds.is_string(kind) or kinds.is_large_string(kind) or (name == "customer" and kinds.is_integer(kind))
    elif kinds.is_decimal(kind) and kind.scale == 0:
        fits = kind.precision <= len(str(HIGH)) - 1
        return None if fits else ~sql.col(name).between(sql.lit(-HIGH - 1), sql.lit(HIGH))
    else:
        right = kinds.is_integer(kind)
    return None if right else sql.col(name).isNotNull()


def _refuse(what: str, numbered: Any, frame: Any, odd: Mapping[str, Any]) -> None:
    """Refuse the first row with a value of another type, as a frame of another kind would be refused."""
    sql = need("pyspark.sql.functions")
    condition = sql.lit(False)
    for one in odd.values():
        condition = condition | one
    found = numbered.where(condition).orderBy(NUMBER).limit(1).toArrow()
    if found.num_rows:
        try:
            _READERS[what](found)
        except RowError as error:
            message = str(error).removeprefix(f"row {error.row}, column {error.column!r}: ")
            place = place_of(frame, found[NUMBER][0].as_py())
            raise RowError(place, error.column, error.problem, message) from None


def place_of(frame: Any, number: int) -> int:
    """The place of a row in the order of the partitions.

    Args:
        frame: a DataFrame.
        number: the number that Spark gives to the row.
    """
    sql = need("pyspark.sql.functions")
    partition = sql.spark_partition_id().alias("partition")
    before = frame.select(partition).where(f"partition < {number // _PLACES}").count()
    return int(before + number % _PLACES)
