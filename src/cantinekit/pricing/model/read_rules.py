"""Reading rates and adjustments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from itertools import pairwise
from typing import Any

import attrs

from cantinekit.pricing.format.kinds import Amount, SpanKind, Text, one_or_more, show_span
from cantinekit.pricing.format.kinds_time import Day, Schema
from cantinekit.pricing.format.read import TariffTable, listed
from cantinekit.pricing.format.records import key_names, keys_of, record_schema, unique_ids
from cantinekit.pricing.model import rules
from cantinekit.pricing.model._known import check_absent, check_tax
from cantinekit.pricing.model._read_forms import FORMS, form_properties, read_form
from cantinekit.pricing.model._read_plugged import PLUGGED_KEYS, PLUGGED_SCHEMA, read_plugged
from cantinekit.pricing.model._units import read_unit
from cantinekit.pricing.model.added import ADDED_KEYS, countable, read_added, read_every
from cantinekit.pricing.model.conditions import NUMBERS, Condition, Words
from cantinekit.pricing.model.forms import Form, Grid, Price, Refuse, is_total
from cantinekit.pricing.model.product_parts import read_on

_RATE_KEYS = (*key_names(rules.Rate), "per", "every", "started", "first", "first_price", "by")
_ADJUST_KEYS = (*key_names(rules.Adjust), *ADDED_KEYS)
_REFUSE_KEYS = tuple(key_names(Refuse))
ONCE_PER = ("booking", "day", "person", "hour", "unit", "piece")


def ordered(days: Sequence[date], table: TariffTable, key: str) -> None:
    """Note lists whose lower bounds do not rise."""
    if any(after <= before for before, after in pairwise(days)):
        table.problem("each list begins after the one before it: 'from' must rise", key)


def read_dated(table: TariffTable, read: Callable[[TariffTable], Any]) -> list[tuple[date | None, Any]]:
    """What the table says itself, or its ``lists`` by the day from which each holds."""
    if "lists" not in table:
        found = read(table)
        return [(None, found)] if found is not None else []
    out: list[tuple[date | None, Any]] = []
    rows = table.tables("lists")
    for row in rows:
        always = row is rows[0] and "from" not in row and len(rows) > 1
        start = None if always else row.day("from")
        found = read(row)
        if (start is not None or always) and found is not None:
            out.append((start, found))
    if not table.tables("lists"):
        table.problem("a list is needed", "lists")
    ordered([day for day, _ in out if day], table, "lists")
    return out


def own_keys(cls: type, table: TariffTable, leave_out: Sequence[str] = ()) -> dict[str, Any]:
    """The fields of a rule that stand in its table, read each by its kind."""
    there = [(name, info) for name, info, _ in keys_of(cls) if info.name in table and info.name not in leave_out]
    return {name: value for name, info in there if (value := info.kind.read(table, info.name)) is not None}


@attrs.frozen
class Rates:
    """The kind of the keys ``rate`` and ``offer``."""

    offers: bool = False

    def read(self, table: TariffTable, key: str) -> tuple[rules.Rate, ...] | None:
        measure = table.data.get("measure")
        unit = measure.get("unit") if isinstance(measure, dict) else None
        measured = unit if isinstance(unit, str) else "minute"
        rows = table.tables(key)
        if table.data[key] == []:
            table.problem("at least one rate is needed", key)
        unique_ids(rows, "id")
        rates: list[rules.Rate] = []
        for row in rows:
            rate = _rate(row, measured)
            if rate is None:
                continue
            if not self.offers and any(not other.when for other in rates):
                row.problem(f"never reached: {key}[{len(rates) - 1}] has no condition")
            if self.offers and not rate.id:
                row.problem("an offer has an 'id', so that the explanation can name it")
            rates.append(rate)
        return tuple(rates) or None

    def write(self, value: tuple[rules.Rate, ...], currency: str) -> list[dict[str, Any]]:
        return [rate.data(currency) for rate in value]

    def schema(self) -> Schema:
        return one_or_more(rate_schema(), minItems=1)


def _rate(table: TariffTable, measured: str) -> rules.Rate | None:
    words: Words = table.notes.words
    by = read_by(table, words)
    if not by and "by" in table:
        return None
    dated = "lists" in table
    if dated:
        table.known((*_RATE_KEYS, "lists"))

    def read(part: TariffTable) -> Form | None:
        part.fine = "per" in table
        return read_form(part, by, ("from",) if dated else _RATE_KEYS)

    lists = read_dated(table, read)
    per = _per(table, measured, [form for _, form in lists])
    check_tax(table, table.text("tax"))
    if not lists:
        return None
    _check_each(table, [form for _, form in lists])
    return rules.Rate(tuple(lists), per=per, by=by, **own_keys(rules.Rate, table))


def read_by(table: TariffTable, words: Words) -> tuple[str, ...]:
    """Read the axes ``by`` of a table of values."""
    axes = table.texts("by")
    if table.data.get("by") == []:
        table.problem("at least one axis is needed", "by")
    good = True
    for axis in axes:
        if not words.axis(axis) or words.sets(axis):
            known = [name for name in (*words.facts, *words.derived) if words.axis(name)]
            table.problem(
                f"{axis!r} is not declared in [facts] as a list of values", "by", table.notes.near(axis, known)
            )
            good = False
    return axes if good else ()


def _per(table: TariffTable, measured: str, forms: Sequence[Form]) -> rules.Per | None:
    if "per" not in table:
        check_absent(table, ("started", "first", "first_price", "every"), "{} without 'per'")
        return None
    unit = table.text("per")
    words: Words = table.notes.words
    money = words.facts.get(unit) == "money"
    if money and "every" not in table:
        table.problem(f"{unit!r} is an amount: for how much of it is the price? every = 10.00", "per")
    minutes = None if money else read_unit(table, unit, "per")
    every = read_every(table, unit)
    if every and "first" in table:
        table.problem("'first' does not go with 'every'", "first")
    if minutes and measured != "minute":
        table.problem(f"the stay is measured in {measured!r}, not in time", "per", measured)
    if all(isinstance(form, Refuse) for form in forms) and forms:
        table.problem("'per' goes with a price; for a lowest price write the price and floor = true", "per")
    if any(map(is_total, forms)):
        said = "rows, steps, tiers, sets of sessions and offered amounts are totals; 'per' stands inside of a row"
        table.problem(said, "per")
    first = SpanKind().read(table, "first") if "first" in table else None
    if first and first[1] != bool(minutes):
        table.problem("'first' is a length where the price is for a length, else a number", "first")
    price = Amount().read(table, "first_price") if "first_price" in table else None
    if price is not None and not first:
        table.problem("'first_price' without 'first'", "first_price")
    unit = show_span(minutes) if minutes else unit
    return rules.Per(unit, minutes, table.flag("started"), first and first[0], price, every)


def _check_each(table: TariffTable, forms: Sequence[Form]) -> None:
    """Note what is no number that the question gives, by which the amount could be multiplied."""
    name = table.text("each")
    words: Words = table.notes.words
    if name and name not in words.numbers():
        known = [word for word, declared in words.facts.items() if declared in NUMBERS]
        table.problem(f"{name!r} is not declared in [facts] as a number", "each", table.notes.near(name, known))
    if name and not all(isinstance(form, (Price, Grid)) for form in forms):
        table.problem("'each' goes with a price for a unit, or a grid of them", "each")


# --- adjustments -----------------------------------------------------------------------------------------------------


@attrs.frozen
class Adjusts:
    """The kind of the key ``adjust``: rules in the order of the file; some of them grouped under ``together``."""

    def read(self, table: TariffTable, key: str) -> tuple[rules.Group, ...] | None:
        groups: list[rules.Group] = []
        rows: list[TariffTable] = []
        for entry in table.tables(key):
            if "rules" in entry or "together" in entry:
                entry.known(("together", "rules"))
                together = entry.text("together", one_of=rules.TOGETHER, required=True)
                inner = entry.tables("rules")
                grouped = [rule for row in inner if (rule := read_adjust(row)) is not None]
                rows += inner
                if not inner:
                    entry.problem("a group has 'rules'")
                if grouped and together:
                    groups.append(rules.Group(tuple(grouped), together))
                continue
            rows.append(entry)
            rule = read_adjust(entry)
            if rule is not None and groups and groups[-1].together == "all in order":
                groups[-1] = rules.Group((*groups[-1].rules, rule))
            elif rule is not None:
                groups.append(rules.Group((rule,)))
        unique_ids(rows, "id")
        return tuple(groups) or None

    def write(self, value: tuple[rules.Group, ...], currency: str) -> list[dict[str, Any]]:
        out: list[dict[str, Any]] = []
        for group in value:
            if group.together == "all in order":
                out += [rule.data(currency) for rule in group.rules]
            else:
                out.append(group.data(currency))
        return out

    def schema(self) -> Schema:
        rule = adjust_schema()
        group: Schema = {
            "type": "object",
            "properties": {"together": {"enum": list(rules.TOGETHER)}, "rules": {"type": "array", "items": rule}},
            "required": ["together", "rules"],
            "additionalProperties": False,
        }
        return one_or_more({"anyOf": [rule, group]})


def _does(kind: str, row: rules.Data) -> bool:
    """Whether a row has this key to say what it does; the least amount of a refusal is no minimum."""
    return kind in row and (kind == "refuse" or "refuse" not in row or kind not in _REFUSE_KEYS)


def _once_per(table: TariffTable, kind: str) -> str:
    """How often the amount of an adjustment is due; a refusal says it of the amounts that it prints."""
    if "once_per" not in table:
        return ""
    if kind == "refuse":
        if "lists" in table:
            table.problem("'once_per' stands beside the amount, in each of the lists", "once_per")
        return ""
    if kind not in rules.GRID_KINDS:
        table.problem(f"'once_per' goes with an amount: {listed(rules.GRID_KINDS)}", "once_per")
    elif "same" in table:
        table.problem("an amount for a scope is due once in it: 'once_per' does not go with 'same'", "once_per")
    return table.text("once_per", one_of=(*ONCE_PER, *countable(table)))


def _adjust_kind(table: TariffTable, beside: Sequence[str], *, dated: bool) -> str:
    """The one thing that an adjustment does; "" where it is none, or several, which is noted."""
    rows = [row.data for row in table.tables("lists")] if dated else [table.data]
    kinds = [kind for kind in rules.ADJUST_KINDS if any(_does(kind, row) for row in rows)]
    if len(kinds) == 1:
        return kinds[0]
    table.known((*_ADJUST_KEYS, *beside, *rules.ADJUST_KINDS, *PLUGGED_KEYS, "lists"))
    if not table.odd:
        said = f", not several: {listed(kinds)}" if kinds else f": {listed(rules.ADJUST_KINDS)}"
        table.problem(f"one thing that it does is needed{said}")
    return ""


def _adjust_value(part: TariffTable, kind: str, keys: Sequence[str]) -> Any:
    """What it does, in figures."""
    if kind == "refuse":
        inner = TariffTable({k: v for k, v in part.data.items() if k in keys}, part.path, part.notes)
        return read_form(inner, (), ())
    if kind == "form":
        return read_plugged(part)
    if kind in rules.GRID_KINDS and isinstance(part.data.get(kind), dict):
        inner = part.table(kind)
        by = read_by(inner, part.notes.words)
        return read_form(inner, by, ("by",)) if by else None
    return rules.ADJUST_KINDS[kind].read(part, kind) if kind in part else part.problem(f"{kind!r} is needed")


def _check_adjust(table: TariffTable, kind: str, values: Sequence[Any]) -> None:
    """Note what does not go with the kind of an adjustment, or with its values."""
    for key, needed in (("same", "at_most"), ("when_covered", "add"), ("rounds", "percent")):
        if key in table and kind != needed:
            table.problem(f"{key!r} goes with {needed!r}", key)
    if kind == "percent" and "mode" in table and "rounds" not in table:
        table.problem("say what is rounded: rounds = 'discount' or 'result'", "mode")
    elif kind not in ("percent", "round") and "mode" in table:
        table.problem("'mode' goes with 'round', or with 'rounds'", "mode")
    if kind == "round" and any(value == 0 for value in values):
        table.problem("a step to round to, such as 1.00 or 0.05, is needed", "round")
    if kind == "free" and any(value is False for value in values):
        table.problem("free = true, or no such rule", "free")
    if values and table.data.get("when_covered") == "due":
        if "on" in table:
            table.problem("where everything is covered there is no line that 'on' could name", "when_covered")
        if any(isinstance(value, int) and value < 0 for value in values):
            table.problem("where everything is covered nothing can be taken off", "when_covered")


def read_adjust(table: TariffTable, beside: Sequence[str] = ()) -> rules.Adjust | None:
    """One adjustment; ``beside`` are further keys that may stand in the table."""
    table.text("id", required="id" not in beside)
    dated = "lists" in table and isinstance(table.data["lists"], list)
    kind = _adjust_kind(table, beside, dated=dated)
    if not kind:
        return None
    keys = _REFUSE_KEYS if kind == "refuse" else PLUGGED_KEYS if kind == "form" else (kind,)
    table.known((*_ADJUST_KEYS, *beside, *(("lists",) if dated else keys)))

    def read(part: TariffTable) -> Any:
        if dated:
            part.known(("from", *keys))
        return _adjust_value(part, kind, keys)

    lists = read_dated(table, read)
    same = (rules.Same().read(table, "same") or ()) if "same" in table else ()
    once = _once_per(table, kind)
    if "pool" in table and not same:
        table.problem("'pool' goes with a scope, 'same'", "pool")
    _check_adjust(table, kind, [value for _, value in lists])
    if not lists:
        return None
    own = own_keys(rules.Adjust, table, ("same", "once_per"))
    read_on(table, own.get("on", ()))
    added = read_added(table, kind, once, [value for _, value in lists])
    return rules.Adjust(tuple(lists), kind, same=same, once_per=once, added=added, **own)


# --- schemas ---------------------------------------------------------------------------------------------------------


def rate_schema() -> Schema:
    """JSON Schema of a rate; prices by one axis stand under its values, so that beside 'by' other keys are amounts."""
    forms = form_properties()
    words: Schema = {key: {"type": "string"} for key in ("id", "name", "per", "each", "tax")}
    words |= {"when": Condition().schema(), "by": {"type": ["string", "array"]}, "tags": {"type": ["string", "array"]}}
    words |= {"started": {"type": "boolean"}, "floor": {"type": "boolean"}, "first": SpanKind().schema()}
    words |= {"every": Amount().schema(), "first_price": Amount().schema(), "flat": Amount().schema()}
    words |= {"prices": Text(("incl", "excl")).schema(), "kind": Text(rules.KINDS).schema()}
    cells = {"additionalProperties": Amount().schema()}
    dated: Schema = {"type": "object", "properties": {"from": Day().schema()} | forms, "required": ["from"]} | cells
    keys = words | forms | {"lists": {"type": "array", "items": dated}}
    form = {"anyOf": [{"required": [name]} for name in (*FORMS, "lists")]}
    plain = {"propertyNames": {"enum": list(keys)}} | form
    return {"type": "object", "properties": keys, "anyOf": [{"required": ["by"]}, plain]} | cells


def adjust_schema() -> Schema:
    """JSON Schema of an adjustment."""
    kinds: Schema = {name: kind.schema() for name, kind in rules.ADJUST_KINDS.items()}
    kinds |= record_schema(Refuse)["properties"]
    grid: Schema = {"type": "object", "required": ["by"]}
    kinds |= {name: {"anyOf": [kinds[name], grid]} for name in rules.GRID_KINDS} | PLUGGED_SCHEMA
    dated: Schema = {"type": "object", "properties": {"from": Day().schema()} | kinds, "required": ["from"]}
    own: Schema = {"id": {"type": "string"}, "when": Condition().schema(), "on": {"type": ["string", "array"]}}
    own |= {"same": {"type": ["string", "array"], "description": f"'person', facts, one of {', '.join(rules.PERIODS)}"}}
    own |= {"pool": {"type": "string", "description": "rules of one pool count together, in all products"}}
    own |= {"every": Amount().schema(), "tax": {"type": "string"}, "tags": {"type": ["string", "array"]}}
    own |= {"once_per": {"type": "string"}, "when_covered": Text(rules.WHEN_COVERED).schema()}
    own |= {"mode": Text(rules.MODES).schema(), "rounds": Text(rules.ROUNDED).schema()}
    own |= {"lists": {"type": "array", "items": dated}}
    return {"type": "object", "properties": kinds | own, "required": ["id"], "additionalProperties": False}
