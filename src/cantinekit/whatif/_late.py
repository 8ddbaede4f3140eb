"""Late rows as they are handed over: what is to bill and to credit in a few lines, and a folder of tables."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cantinekit.pricing import LateReplay
from cantinekit.whatif._page import listed
from cantinekit.whatif._report import aligned, prepare, table, write_files
from cantinekit.whatif._visits import Visits
from cantinekit.whatif._words import Words

LINES = "differences"
_TABLES = (LINES, "customers", "products")
LATE_FILES = (*(f"{name}.csv" for name in _TABLES), f"{LINES}.parquet")
"""The names of the files that say what late rows change."""
SHOWN = 20
"""So many customers are told of in the text, those with the largest amounts."""


def late_summary(found: LateReplay, visits: Visits, currency: str, lang: str) -> list[str]:
    """What late rows change, in a few lines.

    Args:
        found: what they change, as Arrow tables.
        visits: what was sold before.
        currency: ISO 4217 code of the price list.
        lang: "fr" or "en".

    Raises:
        InputError: no such language, or a sum is beyond 64 bits.
    """
    words, report = Words(lang, currency), found.report
    lines = [
        words("late about", **report.changes),
        words("late rows", customers=report.customers, untouched=report.untouched, rows=len(visits.table)),
    ]
    if report.everybody:
        lines.append(words("late everybody"))
    sums = [row for row in found.customers.to_pylist() if row["gross"]]
    sums.sort(key=lambda row: (-abs(row["gross"]), row["customer"] or ""))
    for name, mine in (
        ("to bill", [row for row in sums if row["gross"] > 0]),
        ("to credit", [row for row in sums if row["gross"] < 0]),
    ):
        if mine:
            lines += ["", f"{words(name)}{words('colon')}{words.money(abs(sum(row['gross'] for row in mine)))}"]
            lines += aligned([_customer(row, words) for row in mine[:SHOWN]])
        if len(mine) > SHOWN:
            more = len(mine) - SHOWN
            lines.append(words.of(more, "late more", more=more))
    total = f"{words('together')}{words('colon')}{words.change(report.gross)}"
    lines += ["", words("late nothing") if not report.lines else total]
    lines += _refused(found, words)
    if report.unused:
        lines.append(words("late unused", columns=listed(report.unused)))
    odd = _otherwise(found, visits)
    return [*lines, words("late odd", rows=odd)] if odd else lines


def _refused(found: LateReplay, words: Words) -> list[str]:
    columns = found.differences.select(["id", "now_refused"]).to_pydict()
    refused = [(id, codes) for id, codes in zip(*columns.values(), strict=True) if codes is not None]
    if not refused:
        return []
    first, codes = refused[0]
    return [words("late refused", lines=len(refused), first=str(first), codes=codes)]


def _customer(row: Mapping[str, Any], words: Words) -> Sequence[str]:
    who = row["customer"] or words("late nobody")
    return who, words.change(row["gross"]), words("late lines", lines=row["lines"])


def _otherwise(found: LateReplay, visits: Visits) -> int:
    """How many rows with a line were charged another amount than the list came to."""
    charged = visits.column("charged")
    if charged is None:
        return 0
    columns = found.differences.select(["id", "was_gross"]).to_pydict()
    was = {str(id): gross for id, gross in zip(*columns.values(), strict=True) if gross is not None}
    ids = map(str, visits.column("id") or ())
    return sum(one is not None and was.get(id, one) != one for id, one in zip(ids, charged, strict=True))


def write_late(found: LateReplay, folder: str | os.PathLike[str]) -> tuple[Path, ...]:
    """Write what late rows change to a folder: the difference lines as CSV and Parquet, and their sums by customer and
    by month and product as CSV, amounts in minor units.

    Args:
        found: what they change, as Arrow tables.
        folder: the folder; it is made where it is not there.

    Returns:
        The files.

    Raises:
        InputError: they cannot be written, or a package is missing.
    """
    where = prepare(folder)
    files = {f"{name}.csv": _csv(getattr(found, name)) for name in _TABLES}
    return write_files(where, files, f"{LINES}.parquet", found.differences)


def _csv(rows: Any) -> bytes:
    cells = ([_cell(value) for value in row.values()] for row in rows.to_pylist())
    return table(rows.column_names, cells)


def _cell(value: Any) -> Any:
    return " ".join(value) if isinstance(value, list) else value
