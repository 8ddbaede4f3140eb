"""Reading the prices of a rate: one price, a grid, rows by length, or a refusal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cantinekit.pricing._model import FactType, Grid, Price, Prices, Refuse, Upto
from cantinekit.pricing._read import MAX_ENTRIES, Table, amount, kind

SAYABLE = ("on_quote", "from", "about", "between", "unpublished", "not_for", "not_at")
"""The refusals that a tariff may state; the others come out of a question."""

HOLE = "-"
"""What stands in a grid where the list has no price."""

_WORDS = frozenset(
    {"id", "when", "per", "started", "by", "from", "price", "columns", "rows", "upto", "refuse", "lists"}
)


def read_prices(table: Table, by: Sequence[str], facts: Mapping[str, FactType], beside: Sequence[str]) -> Prices | None:
    """The one form that the table has; ``beside`` are the keys that may stand next to it."""
    forms = [key for key in ("price", "columns", "upto", "refuse") if key in table]
    if "rows" in table and "columns" not in table:
        forms.append("columns")
    inline = [key for key in table.data if key not in _WORDS] if by and not forms else []
    if len(forms) > 1:
        table.problem(f"one form is needed, not several: {', '.join(forms)}")
        return None
    if not forms and not inline:
        table.known((*beside, "price", "columns", "rows", "upto", "refuse"))
        if table.odd:
            return None
        table.problem("a price is needed: 'price', 'columns' and 'rows', 'upto' or 'refuse'")
        return None
    if inline:
        return _inline(table, by, facts, beside)
    if forms == ["columns"]:
        return _grid(table, by, facts, beside)
    if by and forms != ["refuse"]:
        table.problem(f"'by' is for a grid; beside it stands {forms[0]!r}")
    if forms == ["price"]:
        table.known((*beside, "price"))
        minor = table.money("price")
        return Price(minor) if minor is not None else None
    return _upto(table, beside) if forms == ["upto"] else _refuse(table, beside)


def _axis(name: str, facts: Mapping[str, FactType]) -> tuple[str, ...]:
    values = facts.get(name, ())
    return values if isinstance(values, tuple) else ()


def _inline(table: Table, by: Sequence[str], facts: Mapping[str, FactType], beside: Sequence[str]) -> Grid | None:
    if len(by) != 1:
        table.problem("prices by more than one axis need 'columns' and 'rows'")
        return None
    values = _axis(by[0], facts)
    table.known((*beside, *values))
    cells: dict[tuple[str, ...], int | None] = {(v,): table.money(v) for v in values if v in table}
    if not cells:
        return None
    found = {key: minor for key, minor in cells.items() if minor is not None}
    return Grid(tuple(by), found, tuple(value for value in values if value in table), ((),))


def _grid(table: Table, by: Sequence[str], facts: Mapping[str, FactType], beside: Sequence[str]) -> Grid | None:
    table.known((*beside, "columns", "rows"))
    if not by:
        table.problem("'by' is needed: the axes of the grid, the one of the columns last")
        return None
    axes = [_axis(name, facts) for name in by]
    columns, rows = table.texts("columns"), table.data.get("rows")
    for column in columns:
        if column not in axes[-1]:
            table.problem(f"{column!r} is not a value of {by[-1]!r}", "columns", table.notes.near(column, axes[-1]))
    if not columns or not isinstance(rows, list) or not 1 <= len(rows) <= MAX_ENTRIES:
        table.problem(f"'columns' and 'rows' are needed, neither empty nor above {MAX_ENTRIES}")
        return None
    if table.data["columns"] not in ([*columns], columns[0]):
        return None  # a column twice
    cells: dict[tuple[str, ...], int] = {}
    heads: dict[tuple[str, ...], None] = {}
    wide = len(by) - 1
    for number, row in enumerate(rows):
        path = (*table.path, "rows", number)
        if not isinstance(row, list) or len(row) != wide + len(columns):
            table.notes.add(path, f"a row has {wide} names and {len(columns)} prices")
            continue
        strange = [(name, part) for name, values, part in zip(by[:wide], axes, row, strict=False) if part not in values]
        for name, part in strange:
            said = repr(part) if isinstance(part, str) else kind(part)
            table.notes.add(path, f"{said} is not a value of {name!r}", table.notes.near(str(part), _axis(name, facts)))
        head = tuple(str(part) for part in row[:wide])
        if head in heads:
            table.notes.add(path, "this row is there twice")
        heads[head] = None
        for column, (place, cell) in zip(columns, enumerate(row[wide:], wide), strict=True):
            minor = None if cell == HOLE else amount(cell, (*path, place), table.notes)
            if minor is not None:
                cells[(*head, column)] = minor
    order = [{value: n for n, value in enumerate(axis)} for axis in axes]
    in_order = sorted(heads, key=lambda head: [places.get(part, 0) for places, part in zip(order, head, strict=False)])
    return Grid(tuple(by), cells, tuple(column for column in axes[-1] if column in columns), tuple(in_order))


def _upto(table: Table, beside: Sequence[str]) -> Upto | None:
    table.known((*beside, "upto"))
    rows: list[tuple[int | None, int]] = []
    parts = table.tables("upto")
    for number, part in enumerate(parts):
        part.known(("upto", "price"))
        bound, minor = part.span("upto"), part.money("price", required=True)
        if (bound is None) != (number == len(parts) - 1) and ("upto" not in part or bound is not None):
            part.problem("every row but the last has 'upto', and the last has none: it is open")
        if rows and bound is not None and rows[-1][0] is not None and bound <= rows[-1][0]:
            part.problem("the bounds must rise", "upto")
        rows.append((bound, minor or 0))
    if not rows:
        table.problem("at least one row is needed", "upto")
        return None
    return Upto(tuple(rows))


def _refuse(table: Table, beside: Sequence[str]) -> Refuse | None:
    names = {"from": ("at_least",), "about": ("amount",), "between": ("low", "high")}
    code = table.data.get("refuse")
    if not isinstance(code, str):
        table.problem(f"the code of a refusal is needed, not {kind(code)}", "refuse")
        return None
    keys = names.get(code, ())
    table.known((*beside, "refuse", "why", *keys))
    table.text("refuse", one_of=SAYABLE)
    amounts = [table.money(key, required=True) for key in keys] + [None, None]
    low, high = amounts[0], amounts[1]
    if low is not None and high is not None and low > high:
        table.problem("'low' is above 'high'", "low")
    return Refuse(code, table.text("why"), low, high)
