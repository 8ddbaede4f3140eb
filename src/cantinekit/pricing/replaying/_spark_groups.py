"""What a worker of Spark does: it prices the groups of a partition by the columns of NumPy, and packs what it answers.

A table is kept as Arrow streams of at most ``PIECE`` rows, each one value of Spark: that costs Spark nothing to
keep, where a column would cost it a value a row; who asks for the rows or the state has them unpacked by the workers.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

import attrs

from cantinekit.common.extras import arrow, compute, np
from cantinekit.errors import InputError, RowError, TariffError
from cantinekit.pricing.replaying._answers import FIGURES
from cantinekit.pricing.replaying._frames import Table
from cantinekit.pricing.replaying._opening import COLUMNS, INSTANTS, TEXTS, read_lots, read_meters
from cantinekit.pricing.replaying._replay import Replay, replay_read
from cantinekit.pricing.replaying._usages import usages_of
from cantinekit.pricing.tariff import Tariff
from cantinekit.pricing.values import Lot

NUMBER, GROUP, STATE, HASH = "cantinekit number", "cantinekit group", "cantinekit state", "cantinekit hash"
"""The columns beside those of the usages; no fact has a blank in its name.

A state is a JSON list of texts, where a usage has null: "meters" or "lots", and the columns of such a row
(``COLUMNS``), instants in microseconds since 1970. One column of texts costs a usage next to nothing, where lists that
are null took most of the time (decision 0125).
"""
ROWS, METERS, LOTS, IDS, TOLD = range(5)
"""What a row of the answers is: a packed table, 64 bits of each id, or counts; the driver takes the last ones."""
ANSWERS = "kind tinyint, bucket int, told string, data binary"
"""The answers of a group; ``told`` is a JSON text."""
PIECE = 100_000
Batches = Iterable[Any]
"""Batches of Arrow, of which a partition has any number."""


@attrs.frozen
class Job:
    """What each group is told.

    Attributes:
        source: the text of the price list.
        version: the version that it has on the driver.
        columns: the names of the columns, since Spark takes a point in a name for a part of a structure.
        whole: whether ids are whole numbers; else ``HASH`` has 64 bits of each.
        buckets: into how many parts ids are dealt, so that one that comes twice is found; 0: there is but one group.
    """

    source: str
    version: str
    columns: tuple[str, ...]
    whole: bool
    buckets: int


def price(job: Job, batches: Batches) -> Iterator[Any]:
    """Price the groups of a partition, one after the other, by NumPy and what it leaves to others.

    Args:
        job: what all groups are told.
        batches: the rows with their groups, and with their numbers where it matters which of them is wrong, and the
            states of their customers.

    Yields:
        rows, meters, lots, ids and counts, or what is wrong; each count names its group, which is whole where no other
        partition names it.
    """
    found = [batch for batch in batches if batch.num_rows]
    if not found:
        return
    table = arrow.Table.from_batches(found).rename_columns(list(job.columns))
    groups = compute.unique(table[GROUP]).to_pylist()
    for group in groups:
        mine = table if len(groups) == 1 else table.filter(compute.equal(table[GROUP], group))
        yield from _price_group(job, group, mine)


def _price_group(job: Job, group: int, table: Table) -> Iterator[Any]:
    told: dict[str, Any] = {"group": group}
    if NUMBER in job.columns:  # of several rows that are none the first is told
        table = table.sort_by(NUMBER)
    parts = _parts(job, table)
    usages = parts["usages"]
    try:
        tariff = _tariff(job.source, job.version)
        answer = _replayed(tariff, usages, read_meters(parts["meters"]), read_lots(parts["lots"]))
    except RowError as error:
        where = f", column {error.column!r}" if error.column else ""
        message = str(error).removeprefix(f"row {error.row}{where}: ")
        mine: Table = parts.get(error.column.partition(".")[0], usages)  # "lots.left" is no column of usages
        number = mine[NUMBER][error.row].as_py() if NUMBER in job.columns else 0
        told["wrong"] = (number, error.column, error.problem, message)
    except (InputError, TariffError) as error:
        told["wrong"] = (0, "", "", str(error))
    else:
        report = answer.report
        counts = (report.refused, report.ways, report.why, report.not_given)
        told |= zip(("refused", "ways", "why", "not_given"), map(dict, counts), strict=True)
        told |= {"rows": usages.num_rows, "orders": report.orders}
        yield from _packed(job, usages, answer)
    yield _batch(TOLD, told=[json.dumps(told)])


def _parts(job: Job, table: Table) -> dict[str, Table]:
    """The usages of a group, and the opening meters and lots, which are empty where there are none."""
    if STATE not in job.columns:
        table = table.append_column(STATE, arrow.nulls(table.num_rows, arrow.string()))
    states = table.filter(compute.is_valid(table[STATE]))
    found = {"usages": table.filter(compute.is_null(table[STATE])) if states.num_rows else table}
    rows: dict[str, list[Any]] = {what: [] for what in COLUMNS}
    numbers = states[NUMBER].to_pylist() if NUMBER in job.columns else [0] * states.num_rows
    for text, number in zip(states[STATE].to_pylist(), numbers, strict=True):
        what, *values = json.loads(text)
        rows[what].append((*values, number))
    for what, names in COLUMNS.items():
        columns = dict(zip((*names, NUMBER), zip(*rows[what], strict=True), strict=True)) if rows[what] else {}
        arrays = {NUMBER: arrow.array(columns.get(NUMBER, ()), arrow.int64())}
        for name in names:
            texts = arrow.array(columns.get(name, ()), arrow.string())
            arrays[name] = texts if name in TEXTS else texts.cast(arrow.int64())
            if name in INSTANTS:
                arrays[name] = arrays[name].cast(arrow.timestamp("us", "UTC"))
        found[what] = arrow.table(arrays)
    return found


@lru_cache(8)
def _tariff(source: str, version: str) -> Tariff:
    found = Tariff.load(source + "\n")
    if found.version != version:
        raise InputError("a worker reads another price list: its cantinekit is of another version")
    return found


def _replayed(tariff: Tariff, table: Table, meters: Mapping[str, int], lots: Mapping[str, Iterable[Lot]]) -> Replay:
    own = [name for name in table.column_names if name in (NUMBER, GROUP, STATE, HASH)]
    usages = table.drop_columns(own)
    if not table.num_rows:  # a column of nothing has no type
        usages = arrow.table({"product": arrow.array([], "string")})
    return replay_read(tariff, usages_of(usages, tariff.parts), "numpy", meters, lots)


# --- packed and unpacked ---------------------------------------------------------------------------------------------


def _packed(job: Job, table: Table, answer: Replay) -> Iterator[Any]:
    for kind, one in ((ROWS, answer.rows.drop_columns(["version"])), (METERS, answer.meters), (LOTS, answer.lots)):
        if one.num_rows and (kind != ROWS or table.num_rows):
            for start in range(0, one.num_rows, PIECE):
                yield _batch(kind, data=[_stream(one.slice(start, PIECE))])
    if job.buckets and table.num_rows:
        ids = (answer.rows["id"] if job.whole else table[HASH]).to_numpy()
        buckets = ids % job.buckets
        parts = [ids] if job.buckets == 1 else [ids[buckets == one] for one in range(job.buckets)]
        filled = [place for place, part in enumerate(parts) if len(part)]
        yield _batch(IDS, bucket=filled, data=[np.ascontiguousarray(parts[place]).tobytes() for place in filled])


def _stream(table: Table) -> bytes:
    sink = arrow.BufferOutputStream()
    options = arrow.ipc.IpcWriteOptions(compression="lz4")
    with arrow.ipc.new_stream(sink, table.schema, options=options) as writer:
        writer.write_table(table)
    found: bytes = sink.getvalue().to_pybytes()
    return found


def _batch(kind: int, **columns: list[Any]) -> Any:
    kinds = {"kind": arrow.int8(), "bucket": arrow.int32(), "told": arrow.string(), "data": arrow.binary()}
    length = len(next(iter(columns.values())))
    values = {"kind": [kind] * length} | columns
    return arrow.record_batch({name: arrow.array(values.get(name, [None] * length), kinds[name]) for name in kinds})


def columns_of(kind: int, whole: bool) -> dict[str, str]:
    """The columns of a packed table and their types, which Arrow and Spark call alike.

    Args:
        kind: ``ROWS``, ``METERS`` or ``LOTS``.
        whole: whether ids are whole numbers.
    """
    if kind == ROWS:
        figures = dict.fromkeys((*FIGURES, "tax"), "bigint")
        return {"id": "bigint" if whole else "string", **figures, "refused": "string", "way": "string"}
    if kind == METERS:
        return {"customer": "string", "meter": "string", "used": "bigint"}
    return {name: "string" if name in TEXTS else "bigint" for name in COLUMNS["lots"]}


def unpack(columns: Mapping[str, str], batches: Batches) -> Iterator[Any]:
    """The rows of packed tables.

    Args:
        columns: what ``columns_of`` says of them.
        batches: the packed tables, in their first column.
    """
    kinds = {"bigint": arrow.int64(), "string": arrow.string()}
    schema = arrow.schema([(name, kinds[kind]) for name, kind in columns.items()])
    for batch in batches:
        for one in batch.column(0):
            yield from arrow.ipc.open_stream(one.as_buffer()).read_all().cast(schema).to_batches()


def find_twice(batches: Batches) -> Iterator[Any]:
    """A row where 64 bits of two ids are the same, of which groups have told.

    Args:
        batches: the ids of one bucket or several, in the second column.
    """
    parts = [np.frombuffer(one.as_buffer(), np.int64) for batch in batches for one in batch.column(1)]
    if parts:
        ids = np.sort(np.concatenate(parts))
        if (ids[1:] == ids[:-1]).any():
            yield arrow.record_batch({"twice": arrow.array([True])})
