"""Reading the rules of a product: conditions, measure, cover, rates, adjustments."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import Any

import attrs

from cantinekit.pricing._grids import read_prices
from cantinekit.pricing._model import (
    Adjust,
    Atom,
    Cap,
    Clause,
    Cover,
    FactType,
    Measure,
    Per,
    Prices,
    Rate,
    Refuse,
    Stop,
    When,
    show_span,
)
from cantinekit.pricing._read import Table, kind, listed, span

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
PERIODS = ("day", "week", "month", "year")
_MAX_NOT = 4


@attrs.frozen
class Words:
    """What the rules may refer to: the facts, and the accounts that products of this tariff fill (by product)."""

    facts: Mapping[str, FactType]
    grants: Mapping[str, str]


def ordered(days: Sequence[date], table: Table, key: str) -> None:
    """Note lists whose lower bounds do not rise."""
    if any(after <= before for before, after in pairwise(days)):
        table.problem("each list begins after the one before it: 'from' must rise", key)


def _dated(table: Table, read: Callable[[Table], Any]) -> list[tuple[date | None, Any]]:
    """What the table says itself, or its ``lists`` by the day from which each holds."""
    if "lists" not in table:
        found = read(table)
        return [(None, found)] if found is not None else []
    out: list[tuple[date | None, Any]] = []
    for row in table.tables("lists"):
        start, found = row.day("from"), read(row)
        if start is not None and found is not None:
            out.append((start, found))
    if not table.tables("lists"):
        table.problem("a list is needed", "lists")
    ordered([day for day, _ in out if day], table, "lists")
    return out


# --- conditions ------------------------------------------------------------------------------------------------------


def read_when(table: Table, words: Words) -> When:
    """The key ``when``: a table (all of it holds) or a list of tables (one of them holds)."""
    clauses = tuple(_clause(part, words, 0) for part in table.tables("when"))
    if "when" in table and not clauses:
        table.problem("an empty condition; leave 'when' out if it always holds", "when")
    return clauses


def _clause(table: Table, words: Words, depth: int) -> Clause:
    atoms: list[Atom] = []
    excluded: Clause | None = None
    table.known(["not", "weekday", *words.facts])
    for key in sorted(table.data):
        declared = words.facts.get(key)
        if key == "not":
            if depth >= _MAX_NOT:
                table.problem(f"'not' is nested deeper than {_MAX_NOT}", key)
            else:
                excluded = _clause(table.table(key), words, depth + 1)
        elif key == "weekday":
            atoms.append(_values(table, key, WEEKDAYS))
        elif declared == "yes/no":
            if not isinstance(table.data[key], bool):
                table.problem(f"true or false is needed, not {kind(table.data[key])}", key)
            atoms.append(Atom(key, (bool(table.data[key]),)))
        elif isinstance(declared, str):  # a number
            table.problem("a condition on a number is not supported yet", key)
        elif declared is not None:
            atoms.append(_values(table, key, declared))
    if not table.data:
        table.problem("an empty condition; leave it out if it always holds")
    return Clause(tuple(atoms), excluded)


def _values(table: Table, key: str, known: Sequence[str]) -> Atom:
    values = table.texts(key)
    if table.data[key] == []:
        table.problem("no value at all: the condition would never hold", key)
    for value in values:
        if value not in known:
            table.problem(f"{value!r} is not one of {listed(known)}", key, table.notes.near(value, known))
    return Atom(key, values or ("",))


# --- measure and cover -----------------------------------------------------------------------------------------------


def read_measure(table: Table) -> Measure | None:
    """The key ``measure``: minutes, or started blocks of a length."""
    if "measure" not in table:
        return None
    inner = table.table("measure")
    unit = inner.text("unit", required=True)
    if unit == "minute":
        inner.known(("unit", "step", "minimum", "at_most"))
        measure = Measure(unit, None, inner.span("step"), inner.span("minimum"), inner.span("at_most"))
    else:
        inner.known(("unit", "every", "minimum", "at_most"))
        if span(unit):
            inner.problem("a length of time; the unit of a measure is 'minute' or a word such as 'half-day'", "unit")
        if "every" not in inner:
            inner.problem("'every' is needed: the length of a block")
        every = inner.span("every") or 1
        measure = Measure(unit, every, None, inner.count("minimum"), inner.count("at_most"))
    if measure.minimum and measure.at_most and measure.minimum > measure.at_most:
        inner.problem("'minimum' is above 'at_most'", "minimum")
    return measure


def read_covers(
    table: Table, words: Words, measure: Measure | None, rates: Sequence[Rate]
) -> tuple[tuple[Cover, ...], str | None]:
    """The keys ``cover`` and ``beyond``; the latter may stand in a source as well."""
    covers: list[Cover] = []
    stated: dict[str, None] = {}
    for source in [table, *table.tables("cover")]:
        if "beyond" in source:
            if isinstance(source.data["beyond"], dict) or source.data["beyond"] == "count only":
                source.problem("only 'rate' and 'refuse' are supported yet", "beyond")
            else:
                stated |= dict.fromkeys(filter(None, [source.text("beyond", one_of=("rate", "refuse"))]))
    for source in table.tables("cover"):
        source.known(("by", "unit", "partial", "beyond"))
        by, unit = source.text("by", required=True), source.text("unit", required=True)
        minutes = span(unit)
        cover = Cover(
            words.grants.get(by, by), show_span(minutes) if minutes else unit, minutes, source.flag("partial")
        )
        if cover.account in {other.account for other in covers}:
            source.problem(f"the account {cover.account!r} is there twice", "by")
        if any(words.facts.get(name) == "number" for name in (unit, unit + "s")):
            source.problem("a cover that counts a fact is not supported yet", "unit")
        covers.append(cover)
        _units_agree(source, cover, measure, rates)
    if len(stated) > 1:
        table.problem("'beyond' is stated twice and differently", "beyond")
    if covers and not any("beyond" in source for source in [table, *table.tables("cover")]):
        table.problem("say what happens beyond the cover: beyond = 'rate' or 'refuse'")
    if "beyond" in table and not table.tables("cover"):
        table.problem("'beyond' without 'cover'", "beyond")
    return tuple(covers), (next(iter(stated), "rate") or "rate") if covers else None


def _units_agree(source: Table, cover: Cover, measure: Measure | None, rates: Sequence[Rate]) -> None:
    """Cover and rate must count the same thing, or what is left over has no price."""
    if measure and measure.every:
        if cover.unit != measure.unit:
            source.problem(f"the stay is measured in {measure.unit!r}; another unit is not supported yet", "unit")
    elif cover.minutes and cover.partial:
        lengths = all((rate.per and rate.per.minutes) or isinstance(p, Refuse) for rate in rates for _, p in rate.lists)
        if not lengths:
            source.problem("a part of the time is covered, but a rate is for the whole: say partial = false", "partial")


# --- rates -----------------------------------------------------------------------------------------------------------


def read_rates(table: Table, words: Words, measure: Measure | None) -> tuple[Rate, ...]:
    """The key ``rate``: one form, or several of which the first whose condition holds is taken."""
    if "rate" not in table:
        table.problem("'rate' is needed")
    if isinstance(table.data.get("rate"), dict) and "rules" in table.table("rate"):
        table.table("rate").known(())
        return ()
    rates: list[Rate] = []
    for number, inner in enumerate(table.tables("rate")):
        rate = _rate(inner, words, measure)
        if rate is None:
            continue
        if rate.id and rate.id in {other.id for other in rates}:
            inner.problem(f"the id {rate.id!r} is there twice", "id")
        if any(not other.when for other in rates):
            inner.problem(f"never reached: rate[{number - 1}] has no condition")
        rates.append(rate)
    if "rate" in table and isinstance(table.data["rate"], list) and not table.data["rate"]:
        table.problem("at least one rate is needed", "rate")
    return tuple(rates)


def _rate(table: Table, words: Words, measure: Measure | None) -> Rate | None:
    outer = ("id", "when", "per", "started", "by")
    by = _by(table, words)
    if not by and "by" in table:
        return None
    if "lists" in table:
        table.known((*outer, "lists"))

    def read(part: Table) -> Prices | None:
        return read_prices(part, by, words.facts, ("from",) if "lists" in table else outer)

    lists = _dated(table, read)
    per = _per(table, measure, words)
    if per and per.minutes is None and measure is None and per.started:
        table.problem("'started' is for a length of time", "started")
    if per and any(type(prices).__name__ == "Upto" for _, prices in lists):
        table.problem("'upto' gives totals; 'per' beside it is not supported yet", "per")
    if not lists:
        return None
    return Rate(table.text("id"), tuple(lists), read_when(table, words), per)


def _by(table: Table, words: Words) -> tuple[str, ...]:
    axes = table.texts("by")
    if table.data.get("by") == []:
        table.problem("at least one axis is needed", "by")
    for axis in axes:
        if not isinstance(words.facts.get(axis), tuple):
            known = [name for name, values in words.facts.items() if isinstance(values, tuple)]
            table.problem(
                f"{axis!r} is not declared in [facts] as a list of values", "by", table.notes.near(axis, known)
            )
    return axes if all(isinstance(words.facts.get(axis), tuple) for axis in axes) else ()


def _per(table: Table, measure: Measure | None, words: Words) -> Per | None:
    started = table.flag("started")
    if "per" not in table:
        if "started" in table:
            table.problem("'started' without 'per'", "started")
        return None
    unit = table.text("per")
    minutes = span(unit)
    if minutes is None and unit[:1].isdigit():
        table.problem("a length of time such as '1h', '30min' or '1h30', or the name of a unit, is needed", "per")
    if minutes and measure and measure.every:
        table.problem(f"the stay is measured in {measure.unit!r}, not in time", "per", measure.unit)
    if not minutes and measure and unit != measure.unit:
        table.problem(f"the stay is measured in {measure.unit!r}", "per", measure.unit)
    return Per(show_span(minutes) if minutes else unit, minutes, started)


# --- adjustments -----------------------------------------------------------------------------------------------------


def read_adjusts(table: Table, words: Words) -> tuple[Adjust, ...]:
    """The key ``adjust``: rules that are carried out in the order of the file."""
    if isinstance(table.data.get("adjust"), dict) and "rules" in table.table("adjust"):
        table.table("adjust").known(())
        return ()
    rules: list[Adjust] = []
    for inner in table.tables("adjust"):
        id = inner.text("id", required=True)
        if id and id in {rule.id for rule in rules}:
            inner.problem(f"the id {id!r} is there twice", "id")
        when = read_when(inner, words)
        if "refuse" in inner:
            found = read_prices(inner, (), words.facts, ("id", "when"))
            if isinstance(found, Refuse):
                rules.append(Stop(id, found, when))
            continue
        inner.known(("id", "when", "same") + (("lists",) if "lists" in inner else ("at_most",)))
        lists = _dated(inner, lambda part: _cap(part, "lists" in inner.data))  # noqa: B023 (called at once)
        facts, period = _same(inner, words)
        if lists:
            rules.append(Cap(id, tuple(lists), when, facts, period))
    return tuple(rules)


def _cap(part: Table, listed: bool) -> int | None:
    if listed:
        part.known(("from", "at_most"))
    return part.money("at_most", required=not part.odd)


def _same(table: Table, words: Words) -> tuple[tuple[str, ...], str | None]:
    """The scope of a cap: the person, the period, and facts that must be the same."""
    if "same" not in table:
        return (), None
    names = table.texts("same")
    periods = [name for name in names if name in PERIODS]
    facts = tuple(sorted(name for name in names if name in words.facts))
    known = ("person", *PERIODS, *words.facts)
    for name in names:
        if name not in known:
            later = name in ("visit", "booking", "member", "household", "organisation", "network", "place")
            word = "is not supported yet" if later else "is neither 'person', a period nor a declared fact"
            table.problem(f"{name!r} {word}", "same", None if later else table.notes.near(name, known))
    if "person" not in names or len(periods) != 1:
        table.problem("a scope names 'person' and one of 'day', 'week', 'month' and 'year'", "same")
        return (), None
    return facts, periods[0]
