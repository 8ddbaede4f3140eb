"""Conditions: atoms about facts, the clock, what the customer holds; a table is AND, a list is OR, ``not`` negates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from fractions import Fraction
from typing import Any

import attrs

from cantinekit.pricing.format._kinds import Amount, Minutes, Number, OneOrMore, Texts
from cantinekit.pricing.format._kinds_time import ClockRange, Day, MonthDay, Schema, Weekdays
from cantinekit.pricing.format._read import Table, kind, listed

QUANTIFIERS = ("starts", "ends", "inside", "touches")
CLOCK_WORDS = ("weekday", "clock", "season", "date", "holiday")
RANGES = ("count", "minutes", "lead", "rank", "size", "amount")
"""Numbers that the engine knows itself: how many, how long, how long before, the how many-th, of how many, how much."""
WORDS = (*QUANTIFIERS, *CLOCK_WORDS, *RANGES, "holds", "lacks", "code", "band", "not")
_MAX_NOT = 4

FactType = tuple[str, ...] | str
"""The values of an axis, or "yes/no", "number", "decimal", "money", "text"; a set begins with "set"."""

NUMBERS = ("number", "decimal")


@attrs.frozen
class Words:
    """What rules may refer to. Axes are facts with a list of values, and those that are derived from others."""

    facts: Mapping[str, FactType]
    derived: Mapping[str, tuple[str, ...]]
    products: tuple[str, ...]
    accounts: Mapping[str, str]
    taxes: tuple[str, ...]
    bands: tuple[str, ...]
    units: Mapping[str, int]
    has_hours: bool
    has_holidays: bool
    tags: tuple[str, ...] = ()

    def axis(self, name: str) -> tuple[str, ...]:
        """The values of an axis; none where it is no axis."""
        if name == "band":
            return self.bands
        value = self.derived.get(name) or self.facts.get(name, ())
        return value if isinstance(value, tuple) else ()

    def sets(self, name: str) -> bool:
        """Whether a fact is a set of words."""
        return isinstance(self.facts.get(name), SetOf)


class SetOf(tuple[str, ...]):
    """The words of a fact of which a question may name several at once."""

    __slots__ = ()


@attrs.frozen
class IsOneOf:
    """A fact or an axis has one of the values."""

    name: str
    values: tuple[str | bool, ...]

    def data(self, currency: str) -> Any:
        return self.values[0] if isinstance(self.values[0], bool) else list(self.values)


@attrs.frozen
class InRange:
    """A number is at least ``low`` and, where there is one, at most ``high`` or below ``below``.

    Of money and lengths of time the numbers are minor units and minutes; of ``lead`` in days they are days.
    """

    name: str
    domain: str  # "number", "money", "minutes" or "days"
    low: Fraction | None = None
    below: Fraction | None = None
    high: Fraction | None = None

    def holds(self, value: Fraction | int) -> bool:
        return (
            (self.low is None or value >= self.low)
            and (self.below is None or value < self.below)
            and (self.high is None or value <= self.high)
        )

    def data(self, currency: str) -> Any:
        def show(value: Fraction) -> Any:
            if self.domain == "money":
                return Amount().write(int(value), currency)
            if self.domain == "minutes":
                return Minutes().write(int(value), currency)
            if self.domain in ("days", "months"):
                return f"{int(value)} {self.domain}"
            return Number().write(value, currency)

        pairs = {"from": self.low, "below": self.below, "upto": self.high}
        return {key: show(value) for key, value in pairs.items() if value is not None}


@attrs.frozen
class OnClock:
    """Something about the time: of the beginning, of the end, of all of it (``inside``), or of any of it."""

    quantifier: str
    what: str
    value: Any

    def data(self, currency: str) -> Any:
        return write_clock(self.what, self.value, currency)


def over_midnight(atoms: Iterable[OnClock]) -> bool:
    """Whether hours that begin on one day end on the next: the small ones then belong to the day before."""
    return any(high <= low for atom in atoms if atom.what == "clock" for low, high in atom.value)


@attrs.frozen
class Holds:
    """The customer holds one of these, or (``lacks``) none of them."""

    names: tuple[str, ...]
    lacks: bool = False

    @property
    def name(self) -> str:
        return "lacks" if self.lacks else "holds"

    def data(self, currency: str) -> Any:
        return list(self.names)


@attrs.frozen
class CodeGiven:
    """One of the codes is given."""

    codes: tuple[str, ...]
    name: str = "code"

    def data(self, currency: str) -> Any:
        return list(self.codes)


Atom = IsOneOf | InRange | OnClock | Holds | CodeGiven


@attrs.frozen
class Clause:
    """All of the atoms hold, and not all of what is in ``excluded``."""

    atoms: tuple[Atom, ...]
    excluded: Clause | None = None

    def data(self, currency: str) -> dict[str, Any]:
        out: dict[str, Any] = {}
        for atom in self.atoms:
            if isinstance(atom, OnClock):
                out.setdefault(atom.quantifier, {})[atom.what] = atom.data(currency)
            else:
                out[atom.name] = atom.data(currency)
        return out | ({"not": self.excluded.data(currency)} if self.excluded else {})


When = tuple[Clause, ...]
"""One of the clauses holds; none at all: always."""


def names_a_night(when: When) -> bool:
    """Whether it asks for hours over midnight of certain days."""
    clauses = list(when)
    for clause in clauses:
        clauses += [clause.excluded] if clause.excluded else []
        clocks = [atom for atom in clause.atoms if isinstance(atom, OnClock)]
        for quantifier in {atom.quantifier for atom in clocks}:
            mine = [atom for atom in clocks if atom.quantifier == quantifier]
            if len(mine) > 1 and over_midnight(mine):
                return True
    return False


@attrs.frozen
class Condition:
    """The kind of the key ``when``."""

    def read(self, table: Table, key: str) -> When | None:
        clauses = tuple(_clause(part, 0) for part in table.tables(key))
        if not clauses:
            table.problem("an empty condition; leave it out if it always holds", key)
        return clauses or None

    def write(self, value: When, currency: str) -> list[dict[str, Any]]:
        return [clause.data(currency) for clause in value]

    def schema(self) -> Schema:
        one: Schema = {"type": "object", "minProperties": 1, "properties": _condition_properties()}
        return {"anyOf": [one, {"type": "array", "items": one, "minItems": 1}]}


def _condition_properties() -> Schema:
    """The words that every tariff has; facts stand beside them."""
    bounds: Schema = {"type": "object", "minProperties": 1, "propertyNames": {"enum": ["from", "below", "upto"]}}
    day: Schema = Day().schema()
    dates: Schema = {"type": "object", "properties": {"from": day, "upto": day}, "additionalProperties": False}
    clock: Schema = {
        "weekday": Weekdays().schema(),
        "clock": OneOrMore(ClockRange()).schema(),
        "season": {"type": "array", "items": MonthDay().schema(), "minItems": 2, "maxItems": 2},
        "date": {"anyOf": [day, dates]},
        "holiday": {"type": "boolean"},
    }
    quantified: Schema = {"type": "object", "properties": clock, "additionalProperties": False, "minProperties": 1}
    out = clock | dict.fromkeys(QUANTIFIERS, quantified)
    out |= {name: {"anyOf": [{"type": ["number", "string"]}, bounds]} for name in RANGES}
    out |= {name: Texts().schema() for name in ("holds", "lacks", "code", "band")}
    return out | {"not": {"type": "object", "minProperties": 1}}


def _clause(table: Table, depth: int) -> Clause:
    words: Words = table.notes.words
    table.known([*WORDS, *words.facts, *words.derived], "neither a word of conditions nor declared in [facts]")
    if not table.data:
        table.problem("an empty condition; leave it out if it always holds")
    atoms: list[Atom] = []
    excluded: Clause | None = None
    for key in sorted(table.data):
        if key == "not":
            if depth >= _MAX_NOT:
                table.problem(f"'not' is nested deeper than {_MAX_NOT}", key)
            elif isinstance(table.data[key], dict):
                excluded = _clause(table.table(key), depth + 1)
            else:
                table.problem(f"a table is needed, not {kind(table.data[key])}", key)
        elif key in QUANTIFIERS:
            atoms += _quantified(table, key)
        elif key in CLOCK_WORDS:
            atoms += _on_clock(table, "starts", key)
        else:
            atoms += filter(None, [_atom(table, key, words)])
    found = [_place(atom) for atom in atoms]
    for place in sorted(set(found)):
        if found.count(place) > 1:
            table.problem(f"{' '.join(filter(None, place))!r} is said twice")
    return Clause(tuple(sorted(atoms, key=_place)), excluded)


def _place(atom: Atom) -> tuple[str, str]:
    """What an atom is about; of one clause each is about something else, and they stand in this order."""
    return (atom.quantifier, atom.what) if isinstance(atom, OnClock) else (atom.name, "")


def _atom(table: Table, key: str, words: Words) -> Atom | None:
    declared = words.facts.get(key)
    if key in ("holds", "lacks"):
        return Holds(Texts().read(table, key) or ("",), key == "lacks")
    if key == "code":
        return CodeGiven(Texts().read(table, key) or ("",))
    if key in RANGES:
        domain = {"minutes": "minutes", "lead": "lead", "amount": "money"}.get(key, "number")
        return read_range(table, key, domain)
    if words.axis(key):
        return _one_of(table, key, words.axis(key))
    if declared == "yes/no":
        if not isinstance(table.data[key], bool):
            table.problem(f"true or false is needed, not {kind(table.data[key])}", key)
        return IsOneOf(key, (bool(table.data[key]),))
    if declared in NUMBERS or declared == "money":
        return read_range(table, key, "money" if declared == "money" else "number")
    if declared == "text":
        return IsOneOf(key, Texts().read(table, key) or ("",))
    if key == "band":
        table.problem("there is no section [bands]", key)
    return None


def _one_of(table: Table, key: str, known: tuple[str, ...]) -> IsOneOf:
    values = table.texts(key)
    if table.data[key] == []:
        table.problem("no value at all: the condition would never hold", key)
    for value in values:
        if value not in known:
            table.problem(f"{value!r} is not one of {listed(known)}", key, table.notes.near(value, known))
    return IsOneOf(key, values or ("",))


def read_range(table: Table, key: str, domain: str) -> InRange | None:
    """A number, or a table with ``from``, ``below`` and ``upto``; of ``lead`` lengths of time or whole days."""
    if not isinstance(table.data[key], dict):
        exact = _bound(table, key, domain)
        return InRange(key, exact[1], exact[0], None, exact[0]) if exact else None
    inner = table.table(key)
    inner.known(("from", "below", "upto"))
    found = {name: _bound(inner, name, domain) for name in ("from", "below", "upto") if name in inner}
    if not found and not inner.odd:
        inner.problem("a bound is needed: 'from', 'below' or 'upto' (inclusive)")
    if {"below", "upto"} <= set(found):
        inner.problem("either 'below' or 'upto'", "upto")
    domains = {bound[1] for bound in found.values() if bound}
    if len(domains) > 1:
        inner.problem("days and lengths of time cannot be mixed")
    if not domains or None in found.values():
        return None
    bounds = {name: bound[0] for name, bound in found.items() if bound}
    top = bounds.get("below", bounds.get("upto"))
    if "from" in bounds and top is not None and (bounds["from"], "below" in bounds) >= (top, True):
        inner.problem("nothing lies between these bounds", "from")
    return InRange(key, domains.pop(), bounds.get("from"), bounds.get("below"), bounds.get("upto"))


def _bound(table: Table, key: str, domain: str) -> tuple[Fraction, str] | None:
    value: Any
    if domain == "money":
        value = Amount().read(table, key)
    elif domain == "minutes":
        value = table.span(key)
    elif domain == "lead":
        text = table.data[key]
        number, _, unit = text.partition(" ") if isinstance(text, str) else ("", "", "")
        if unit in ("day", "days", "month", "months") and number.isascii() and number.isdigit() and len(number) < 5:
            return Fraction(int(number)), "days" if unit.startswith("day") else "months"
        value, domain = table.span(key), "minutes"
    else:
        value = Number().read(table, key)
    return None if value is None else (Fraction(value), domain)


@attrs.frozen
class DateRange:
    """Days from ``first`` to ``last``, both counted; open where one is missing."""

    first: date | None = None
    last: date | None = None


def _quantified(table: Table, quantifier: str) -> list[Atom]:
    if not isinstance(table.data[quantifier], dict) or not table.data[quantifier]:
        table.problem("a table is needed, such as { weekday = ['sat', 'sun'] }", quantifier)
        return []
    inner = table.table(quantifier)
    inner.known(CLOCK_WORDS)
    return [atom for key in sorted(inner.data) if key in CLOCK_WORDS for atom in _on_clock(inner, quantifier, key)]


def _on_clock(table: Table, quantifier: str, what: str) -> list[Atom]:
    value: Any
    if what == "weekday":
        value = Weekdays().read(table, what)
    elif what == "clock":
        value = OneOrMore(ClockRange()).read(table, what)
    elif what == "season":
        value = _season(table)
    elif what == "date":
        value = _dates(table)
    else:
        value = table.flag(what)
        if not table.notes.words.has_holidays:
            table.problem("the tariff lists no holidays: [opening] holidays = [...]", what)
    return [] if value is None else [OnClock(quantifier, what, value)]


def _season(table: Table) -> tuple[tuple[int, int], tuple[int, int]] | None:
    texts = table.data["season"]
    if not isinstance(texts, list) or len(texts) != 2:
        table.problem("a season has a first and a last day, such as ['11-01', '03-31']", "season")
        return None
    found = OneOrMore(MonthDay()).read(table, "season")
    return (found[0], found[1]) if found and len(found) == 2 else None


def _dates(table: Table) -> DateRange | None:
    if not isinstance(table.data["date"], dict):
        day = Day().read(table, "date")
        return DateRange(day, day) if day else None
    inner = table.table("date")
    inner.known(("from", "upto"))
    first = Day().read(inner, "from") if "from" in inner else None
    last = Day().read(inner, "upto") if "upto" in inner else None
    if first and last and last < first:
        inner.problem("'upto' is before 'from'", "upto")
    return DateRange(first, last)


def write_clock(what: str, value: Any, currency: str) -> Any:
    """The value of an atom about the clock in the spelling of the file."""
    if what == "weekday":
        return list(value)
    if what == "clock":
        return [ClockRange().write(stretch, currency) for stretch in value]
    if what == "season":
        return [MonthDay().write(day, currency) for day in value]
    if what == "date":
        return {key: day for key, day in (("from", value.first), ("upto", value.last)) if day}
    return value
