"""Reading the one form that a rate has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import pairwise

from cantinekit.pricing.combine import MAX_OFFERS, MAX_SETS
from cantinekit.pricing.format.kinds import Text
from cantinekit.pricing.format.kinds_time import Schema
from cantinekit.pricing.format.prices import UnitPrice, fine_price
from cantinekit.pricing.format.read import MAX_ENTRIES, TariffTable, kind
from cantinekit.pricing.format.records import key_names, read_record, record_schema
from cantinekit.pricing.model import forms
from cantinekit.pricing.model._known import check_declared
from cantinekit.pricing.model.conditions import Words

HOLE = "-"
"""What stands in a grid where the list has no price."""

FORMS = {
    "refuse": tuple(key_names(forms.Refuse)),
    "sets": ("sets", "cover", "columns", "rows"),
    "tiers": (*key_names(forms.Tiers), "columns", "rows"),
    "columns": ("columns", "rows"),
    "upto": tuple(key_names(forms.Upto)),
    "steps": tuple(key_names(forms.Steps)),
    "offered": tuple(key_names(forms.Offered)),
    "share": tuple(key_names(forms.AmountShare)),
    "price": ("price", "in_units"),
    "in_units": ("price", "in_units"),
}
"""The key that tells a form, in the order in which they are looked for, and the keys of the form."""

_RECORDS: Mapping[str, type[forms.Refuse | forms.Offered | forms.AmountShare]] = {
    "refuse": forms.Refuse,
    "offered": forms.Offered,
    "share": forms.AmountShare,
}
_ALL = frozenset(word for keys in FORMS.values() for word in keys)


def read_form(table: TariffTable, by: Sequence[str], beside: Sequence[str]) -> forms.Form | None:
    """The one form that the table has; ``beside`` are the keys that may stand next to it."""
    words: Words = table.notes.words
    found = [name for name in FORMS if name in table]
    if found[:1] in (["sets"], ["tiers"]):
        found = [name for name in found if name != "columns"]
    if found == ["price", "in_units"]:
        found = ["price"]
    inline = [name for name in table.data if name not in _ALL and name not in beside] if by and not found else []
    if len(found) > 1:
        table.problem(f"one form is needed, not several: {', '.join(found)}")
        return None
    if inline:
        return _inline(table, by, beside)
    if not found:
        table.known((*beside, *FORMS, "rows"))
        if not table.odd:
            table.problem("a price is needed: " + ", ".join(map(repr, FORMS)))
        return None
    form = found[0]
    table.known((*beside, *FORMS[form]))
    if by and form not in ("columns", "sets", "tiers", "refuse"):
        table.problem(f"'by' is for a grid; beside it stands {form!r}")
    inner = TariffTable(
        {k: v for k, v in table.data.items() if k in FORMS[form]}, table.path, table.notes, fine=table.fine
    )
    if form == "columns":
        return read_grid(inner, by)
    if form == "upto":
        return _upto(inner)
    if form == "steps":
        return _steps(inner)
    if form == "sets":
        return _sets(inner, by, words)
    if form == "tiers":
        return _tiers(inner, by)
    if form in _RECORDS:
        return read_record(_RECORDS[form], inner)
    price = read_record(forms.Price, inner)
    for unit, number in price.in_units if price else ():
        if unit not in words.units:
            table.problem(f"{unit!r} is not in [units]", "in_units", table.notes.near(unit, words.units))
        elif (number * 10 ** words.units[unit]).denominator != 1:
            table.problem(f"{unit!r} has {words.units[unit]} decimals", "in_units")
    return price


def _inline(table: TariffTable, by: Sequence[str], beside: Sequence[str]) -> forms.Grid | None:
    if len(by) != 1:
        table.problem("prices by more than one axis need 'columns' and 'rows'")
        return None
    values = table.notes.words.axis(by[0])
    table.known((*beside, *values))
    found: dict[tuple[str, ...], int | Fraction] = {
        (v,): minor for v in values if v in table and (minor := UnitPrice().read(table, v)) is not None
    }
    if not any(value in table for value in values):
        return None
    return forms.Grid(tuple(by), found, tuple(value for value in values if value in table), ((),))


def read_grid(table: TariffTable, by: Sequence[str], columns_of: Sequence[str] | None = None) -> forms.Grid | None:
    """A grid; ``columns_of`` are the words of its columns where they are no values of the last axis."""
    if not by and columns_of is None:
        table.problem("'by' is needed: the axes of the grid, the one of the columns last")
        return None
    words: Words = table.notes.words
    heads_by = list(by) if columns_of is not None else list(by[:-1])
    known = columns_of if columns_of is not None else words.axis(by[-1])
    columns, rows = table.texts("columns"), table.data.get("rows")
    for column in columns:
        if known and column not in known:
            table.problem(f"{column!r} is not a value of {by[-1]!r}", "columns", table.notes.near(column, known))
    if not columns or not isinstance(rows, list) or not 1 <= len(rows) <= MAX_ENTRIES:
        table.problem(f"'columns' and 'rows' are needed, neither empty nor above {MAX_ENTRIES}")
        return None
    if table.data["columns"] not in ([*columns], columns[0]):
        return None  # a column twice
    cells: dict[tuple[str, ...], int | Fraction] = {}
    heads: dict[tuple[str, ...], None] = {}
    for number, row in enumerate(rows):
        head = _row(table, number, row, heads_by, columns, cells)
        if head in heads:
            table.notes.add((*table.path, "rows", number), "this row is there twice")
        heads[head] = None
    places = [{value: n for n, value in enumerate(words.axis(name))} for name in heads_by]
    in_order = sorted(heads, key=lambda head: [spots.get(part, 0) for spots, part in zip(places, head, strict=False)])
    ordered = columns if columns_of is not None else tuple(column for column in known if column in columns)
    return forms.Grid(tuple(by), cells, ordered, tuple(in_order))


def _row(
    table: TariffTable,
    number: int,
    row: object,
    by: Sequence[str],
    columns: Sequence[str],
    cells: dict[tuple[str, ...], int | Fraction],
) -> tuple[str, ...]:
    """The head of one row; its prices go into ``cells``."""
    path, wide, notes = (*table.path, "rows", number), len(by), table.notes
    if not isinstance(row, list) or len(row) != wide + len(columns):
        notes.add(path, f"a row has {wide} names and {len(columns)} prices")
        return (f"\0{number}",)
    for name, part in zip(by, row, strict=False):
        values = notes.words.axis(name)
        if part not in values:
            said = repr(part) if isinstance(part, str) else kind(part)
            notes.add(path, f"{said} is not a value of {name!r}", notes.near(str(part), values))
    head = tuple(str(part) for part in row[:wide])
    for column, (place, cell) in zip(columns, enumerate(row[wide:], wide), strict=True):
        minor = None if cell == HOLE else fine_price(cell, (*path, place), notes, per=table.fine)
        if minor is not None:
            cells[(*head, column)] = minor
    return head


def _number_fact(table: TariffTable) -> str:
    name = table.text("of")
    check_declared(table, "" if name in ("count", "persons") else name, "of")
    return name


def _rising(parts: Sequence[TariffTable], bounds: Sequence[int | None], open_end: bool) -> None:
    for number, (part, bound) in enumerate(zip(parts, bounds, strict=True)):
        last = number == len(parts) - 1
        if open_end and (bound is None) != last and ("upto" not in part or bound is not None):
            part.problem("every row but the last has 'upto', and the last has none: it is open")
    for part, (before, after) in zip(parts[1:], pairwise(bounds), strict=True):
        if before is not None and after is not None and after <= before:
            part.problem("the bounds must rise", "upto" if "upto" in part else "size")


def _upto(table: TariffTable) -> forms.Upto | None:
    parts = table.tables("upto")
    for part in parts:
        part.fine = "per" in part
    rows = [read_record(forms.BracketRow, part) for part in parts]
    whole = [row for row in rows if row is not None]
    if not parts:
        table.problem("at least one row is needed", "upto")
    _rising(parts, [row.upto[0] if row and row.upto else None for row in rows], True)
    if len({row.upto[1] for row in whole if row.upto}) > 1:
        table.problem("lengths of time and numbers cannot be mixed", "upto")
    return forms.Upto(tuple(whole), _number_fact(table)) if whole and len(whole) == len(rows) else None


def _steps(table: TariffTable) -> forms.Steps | None:
    parts = table.tables("steps")
    if table.data["steps"] == []:
        table.problem("at least one row is needed", "steps")
    rows = [row for part in parts if (row := read_record(forms.StepRow, part)) is not None]
    combination = Text(forms.COMBINATIONS).read(table, "combination") if "combination" in table else None
    if "combination" not in table:
        table.problem(f"say how the sizes go together: combination = one of {', '.join(map(repr, forms.COMBINATIONS))}")
    if len({row.size[1] for row in rows}) > 1:
        table.problem("lengths of time and numbers cannot be mixed", "steps")
    if len(parts) > MAX_OFFERS:
        table.problem(f"more than {MAX_OFFERS} sizes cannot be put together", "steps")
    if combination == "first_then" and len(parts) > 2:
        table.problem("'first_then' has a first and a last size; a third would never be used", "steps")
    if len(rows) == len(parts):
        _rising(parts, [row.size[0] for row in rows], False)
    if combination in ("cheapest", "cheapest exact", "first_then") and any(row.price is None for row in rows):
        table.problem(f"{combination!r} needs the price of every size", "steps")
    return forms.Steps(tuple(rows), combination) if rows and combination and len(rows) == len(parts) else None


def _sets(table: TariffTable, by: Sequence[str], words: Words) -> forms.Sets | None:
    table.fine = False
    axis = table.text("sets", required=True)
    cover = table.text("cover", forms.SET_COVERS[0], one_of=forms.SET_COVERS)
    known = words.facts.get(axis)
    if axis != "session" and not words.sets(axis):
        table.problem(f"{axis!r} is neither 'session' nor a fact that is declared as a set", "sets")
        return None
    columns = table.texts("columns")
    if len(columns) > MAX_SETS:
        table.problem(f"more than {MAX_SETS} sets", "columns")
    values = known if isinstance(known, tuple) else ()
    for column in columns:
        parts = column.split("+")
        if len(set(parts)) != len(parts) or (values and any(part not in values for part in parts)):
            table.problem(f"{column!r} is no set of values of {axis!r}; they are joined by '+'", "columns")
    grid = read_grid(table, by, ())
    if grid is None:
        return None
    cells = {name: int(minor) for name, minor in grid.cells.items()}
    return forms.Sets(axis, cover, tuple(by), cells, grid.columns, grid.rows)


def _tiers(table: TariffTable, by: Sequence[str]) -> forms.Tiers | None:
    parts = table.tables("tiers")
    table.fine = table.data.get("mode") != "package"
    for part in parts:
        part.fine = table.fine
    if table.data["tiers"] == []:
        table.problem("at least one row is needed", "tiers")
    rows = [row for part in parts if (row := read_record(forms.TierRow, part)) is not None]
    mode = Text(forms.TIER_MODES).read(table, "mode") if "mode" in table else None
    if "mode" not in table:
        table.problem(f"say how the tiers are meant: mode = one of {', '.join(map(repr, forms.TIER_MODES))}")
    if len(rows) == len(parts):
        _rising(parts, [row.upto for row in rows], mode != "package")
    if mode == "package" and (len(rows) != 1 or rows[0].upto is None or rows[0].price is None):
        table.problem("a package has one row: so many units ('upto') for a 'price'", "tiers")
    grid = read_grid(table, by, ()) if "columns" in table else None
    for part, row in zip(parts, rows, strict=False):
        if row.column and (grid is None or row.column not in grid.columns):
            part.problem(f"there is no column {row.column!r}", "column")
    if by and "columns" not in table:
        table.problem("'by' is for a grid: 'columns' and 'rows' are needed")
    if not rows or not mode or len(rows) != len(parts):
        return None
    return forms.Tiers(tuple(rows), mode, _number_fact(table), grid)


def form_properties() -> Schema:
    """What a JSON Schema says of the keys of all forms."""
    out: Schema = {}
    for cls in (forms.Price, forms.Offered, forms.AmountShare, forms.Refuse):
        out |= record_schema(cls)["properties"]
    rows = {"type": "array", "items": {"type": "array", "items": {"type": ["string", "number"]}}}
    lists = {"upto": forms.BracketRow, "steps": forms.StepRow, "tiers": forms.TierRow}
    out |= {name: {"type": "array", "items": record_schema(cls)} for name, cls in lists.items()}
    out |= {"of": {"type": "string"}, "columns": {"type": "array", "items": {"type": "string"}}, "rows": rows}
    out |= {"combination": {"enum": list(forms.COMBINATIONS)}, "mode": {"enum": list(forms.TIER_MODES)}}
    return out | {"sets": {"type": "string"}, "cover": {"enum": list(forms.SET_COVERS)}}
