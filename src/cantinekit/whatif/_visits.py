"""What was sold as a Parquet file: a row for each usage, and in the metadata what customers and meters had before."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from cantinekit.clock import format_instant, parse_instant
from cantinekit.common.extras import need
from cantinekit.common.facts import MAX_PLACES
from cantinekit.common.parquet import unreadable
from cantinekit.errors import InputError
from cantinekit.money import Money
from cantinekit.pricing import FrozenMap, Lot

if TYPE_CHECKING:
    from cantinekit.reads.usages import PastUsage, PastUsages

Table = Any
"""An Arrow table."""
GROUP = 50_000
"""How many rows a row group has."""
BESIDE = ("charged", "version", "kind", "subject", "place", "notes")
"""The columns that no price list is told: what was charged, and where the row comes from."""
_HOW = {"compression": "zstd"}
_BEFORE = b"cantinekit.before"
"""The key of the metadata under which the units and meters of before stand."""


@attrs.frozen(eq=False)
class Visits:
    """What was sold, and what there was before it.

    Attributes:
        table: the usages as ``cantinekit.pricing.replay`` reads them, with the columns of ``BESIDE`` as far as they are
            known.
        lots: what customers had before, or were given, by customer.
        meters: what meters had counted before, by their keys.
    """

    table: Table
    lots: Mapping[str, Sequence[Lot]] = FrozenMap()
    meters: Mapping[str, int] = FrozenMap()

    @property
    def usages(self) -> Table:
        """The columns that a price list may be told."""
        return self.table.drop_columns([name for name in BESIDE if name in self.table.column_names])

    def column(self, name: str) -> list[Any] | None:
        """The values of a column; ``None`` where there is no such column.

        Args:
            name: its name; a fact may stand under ``fact.`` and its name.
        """
        for one in (f"fact.{name}", name):
            if one in self.table.column_names:
                return list(self.table.column(one).to_pylist())
        return None


def write_visits(usages: PastUsages, path: str | os.PathLike[str], told: Callable[[int], None] | None = None) -> int:
    """Write what was sold to a Parquet file, row group by row group. Needs the extra "replay".

    Args:
        usages: what was sold, of ``cantine.read.usages``.
        path: the file. It is there once all of it is written.
        told: is called with the number of rows that are written.

    Returns:
        How many rows it has.

    Raises:
        InputError: it cannot be written.
    """
    count = 0
    with written(Path(path)) as part, need("pyarrow.parquet").ParquetWriter(part, _schema(usages), **_HOW) as writer:
        for batch in _batches(usages):
            writer.write_batch(batch)
            count += batch.num_rows
            if told is not None:
                told(count)
        writer.add_key_value_metadata({_BEFORE: _before(usages)})
    return count


def part_of(final: Path) -> Path:
    """The path of a file as long as it is not yet whole.

    Args:
        final: the path at which it is once it is.
    """
    return final.with_name(f"{final.name}.part")


@contextmanager
def written(final: Path) -> Iterator[Path]:
    """A file beside the one that is written, in whose place it is put once all is well.

    Args:
        final: the one that is written.

    Raises:
        InputError: it cannot be written.
    """
    part = part_of(final)
    try:
        yield part
        os.replace(part, final)
    except OSError as error:
        raise InputError(f"{final} cannot be written: {os.strerror(error.errno) if error.errno else error}") from error
    finally:
        part.unlink(missing_ok=True)


def visits_of(usages: PastUsages) -> Visits:
    """What was sold, in memory.

    Args:
        usages: what was sold, of ``cantine.read.usages``.
    """
    table = need("pyarrow").Table.from_batches(list(_batches(usages)), _schema(usages))
    return Visits(table, usages.lots(), usages.meters())


def table_of(rows: Sequence[Mapping[str, Any]]) -> Table:
    """Usages as a table.

    Args:
        rows: values by the names of columns: those that a replay has of its own, with money in minor units, and
            facts that are texts.

    Raises:
        InputError: a package is missing.
    """
    arrow = need("pyarrow")
    known = {**_own(), "charged": arrow.int64(), "notes": arrow.list_(arrow.string())}
    known["also"] = arrow.list_(arrow.timestamp("us", "UTC"))
    names = list(dict.fromkeys(name for row in rows for name in row))
    schema = arrow.schema([(name, known.get(name, arrow.string())) for name in names])
    return arrow.Table.from_pylist(list(rows), schema)


def save_visits(visits: Visits, path: str | os.PathLike[str]) -> None:
    """Write a table to a Parquet file. Nobody had units or meters before it.

    Args:
        visits: the table.
        path: the file.

    Raises:
        InputError: it cannot be written.
    """
    with (
        written(Path(path)) as part,
        need("pyarrow.parquet").ParquetWriter(part, visits.table.schema, **_HOW) as writer,
    ):
        writer.write_table(visits.table, row_group_size=GROUP)


def read_visits(path: str | os.PathLike[str]) -> Visits:
    """Read such a file, or another Parquet file with the columns of a replay.

    Args:
        path: the file.

    Raises:
        InputError: it cannot be read, or two columns have one name.
    """
    arrow = need("pyarrow")
    try:
        with need("pyarrow.parquet").ParquetFile(path) as file:
            table, metadata = file.read(), file.metadata.metadata or {}
    except (OSError, arrow.ArrowException) as error:
        raise unreadable(path, error) from None
    if len(set(table.column_names)) != len(table.column_names):
        raise InputError("two columns have one name")
    before = metadata.get(_BEFORE)
    if before is None:
        return Visits(table)
    lots, meters = _read_before(before)
    return Visits(table, lots, meters)


# --- columns ---------------------------------------------------------------------------------------------------------


def _own() -> dict[str, Any]:
    """The types of the columns that a replay has of its own, but for the facts."""
    arrow = need("pyarrow")
    text, words, instant = arrow.string(), arrow.list_(arrow.string()), arrow.timestamp("us", "UTC")
    return {
        "id": text,
        "customer": text,
        "product": text,
        "count": arrow.int64(),
        "start": instant,
        "end": instant,
        "day": arrow.date32(),
        "until": arrow.date32(),
        "bought": instant,
        "holds": words,
        "codes": words,
        "currency": text,
    }


def _schema(usages: PastUsages) -> Any:
    arrow = need("pyarrow")
    text, words = arrow.string(), arrow.list_(arrow.string())
    kinds = {
        "text": text,
        "yes/no": arrow.bool_(),
        "number": arrow.int64(),
        "money": arrow.int64(),
        "decimal": arrow.decimal128(18, MAX_PLACES),
        "words": words,
    }
    return arrow.schema(
        [
            *_own().items(),
            *((f"fact.{name}", kinds[kind]) for name, kind in usages.facts.items()),
            ("charged", arrow.int64()),
            ("version", text),
            ("kind", text),
            ("subject", text),
            ("place", text),
            ("notes", words),
        ]
    )


def _batches(usages: PastUsages) -> Iterator[Any]:
    arrow, schema = need("pyarrow"), _schema(usages)
    page: list[dict[str, Any]] = []
    for one in usages.rows():
        page.append(_row(one, usages.facts))
        if len(page) == GROUP:
            yield arrow.RecordBatch.from_pylist(page, schema)
            page = []
    if page:
        yield arrow.RecordBatch.from_pylist(page, schema)


def _row(one: PastUsage, facts: Iterable[str]) -> dict[str, Any]:
    return {
        "id": one.id,
        "customer": one.customer_id,
        "product": one.product,
        "count": one.count,
        "start": one.period.start if one.period is not None else None,
        "end": one.period.end if one.period is not None else None,
        "day": one.day,
        "until": one.until,
        "bought": one.bought,
        "holds": list(one.holds),
        "codes": list(one.codes),
        "currency": one.currency,
        **{f"fact.{name}": _fact(one.facts.get(name)) for name in facts},
        "charged": one.charged,
        "version": one.version,
        "kind": one.kind,
        "subject": one.subject_id,
        "place": one.place_id,
        "notes": list(one.notes),
    }


def _fact(value: Any) -> Any:
    if isinstance(value, Money):
        return value.amount
    if isinstance(value, Decimal):
        return value.quantize(Decimal(1).scaleb(-MAX_PLACES))
    return list(value) if isinstance(value, tuple) else value


# --- what there was before -------------------------------------------------------------------------------------------


def _before(usages: PastUsages) -> bytes:
    lots = {
        customer: [
            {
                "id": lot.id,
                "account": lot.account,
                "left": lot.left,
                "bought": format_instant(lot.bought),
                "expires": None if lot.expires is None else format_instant(lot.expires),
                "priority": lot.priority,
                "value": lot.value,
            }
            for lot in held
        ]
        for customer, held in usages.lots().items()
    }
    return json.dumps({"lots": lots, "meters": usages.meters()}, sort_keys=True).encode()


def _read_before(text: bytes) -> tuple[dict[str, tuple[Lot, ...]], dict[str, int]]:
    try:
        data = json.loads(text)
        return {who: tuple(map(_lot, held)) for who, held in data["lots"].items()}, dict(data["meters"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError("what customers had before cannot be read from the metadata of the file") from error


def _lot(data: Mapping[str, Any]) -> Lot:
    expires = data["expires"]
    return Lot(
        data["id"],
        data["account"],
        data["left"],
        parse_instant(data["bought"]),
        None if expires is None else parse_instant(expires),
        data["priority"],
        value=data["value"],
    )
