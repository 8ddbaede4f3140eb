"""Conditions: atoms about facts, the clock, what the customer holds; a table is AND, a list is OR, ``not`` negates."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cache
from operator import attrgetter
from typing import Any, TypeVar

import attrs

from cantinekit.pricing.format.kinds import Flag, OneOrMore, Texts, ValueKind, one_or_more
from cantinekit.pricing.format.kinds_time import HOURS, MONTH_DAY, Day, Schema, Weekdays
from cantinekit.pricing.format.read import TariffTable, listed
from cantinekit.pricing.model._ranges import InRange as InRange
from cantinekit.pricing.model._ranges import range_schema, read_range

QUANTIFIERS = ("starts", "ends", "inside", "touches")
CLOCK_WORDS = ("weekday", "clock", "season", "date", "holiday")
RANGES = ("count", "minutes", "lead", "rank", "size", "amount")
"""Numbers that the engine knows itself: how many, how long, how long before, the how many-th, of how many, how much."""
WORDS = (*QUANTIFIERS, *CLOCK_WORDS, *RANGES, "holds", "lacks", "code", "band", "not")
_MAX_NOT = 4
A = TypeVar("A")

FactType = tuple[str, ...] | str
"""The values of an axis, or "yes/no", "number", "decimal", "money", "text"; a set begins with "set"."""

NUMBERS = ("number", "decimal")


@attrs.frozen
class DateRange:
    """Days from ``first`` to ``last``, both counted; open where one is missing."""

    first: date | None = None
    last: date | None = None


@attrs.frozen
class SeasonKind(OneOrMore[Any]):
    """The kind of a part of every year: its first and its last day, both counted."""

    of: ValueKind[Any] = MONTH_DAY

    def read(self, table: TariffTable, key: str) -> tuple[Any, ...] | None:
        texts = table.data[key]
        if not isinstance(texts, list) or len(texts) != 2:
            table.problem("a season has a first and a last day, such as ['11-01', '03-31']", key)
            return None
        return super().read(table, key)

    def schema(self) -> Schema:
        return {"type": "array", "items": MONTH_DAY.schema(), "minItems": 2, "maxItems": 2}


@attrs.frozen
class DatesKind:
    """The kind of a day, or of the days from one to another."""

    def read(self, table: TariffTable, key: str) -> DateRange | None:
        if not isinstance(table.data[key], dict):
            day = Day().read(table, key)
            return DateRange(day, day) if day else None
        inner = table.table(key)
        inner.known(("from", "upto"))
        first = Day().read(inner, "from") if "from" in inner else None
        last = Day().read(inner, "upto") if "upto" in inner else None
        if first and last and last < first:
            inner.problem("'upto' is before 'from'", "upto")
        return DateRange(first, last)

    def write(self, value: DateRange, currency: str) -> dict[str, date]:
        return {key: day for key, day in (("from", value.first), ("upto", value.last)) if day}

    def schema(self) -> Schema:
        day: Schema = Day().schema()
        dates: Schema = {"type": "object", "properties": {"from": day, "upto": day}, "additionalProperties": False}
        return {"anyOf": [day, dates]}


ON_CLOCK: Mapping[str, ValueKind[Any]] = {
    "weekday": Weekdays(),
    "clock": OneOrMore(HOURS),
    "season": SeasonKind(),
    "date": DatesKind(),
    "holiday": Flag(),
}
"""What may be said of a moment."""


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
    times: tuple[str, ...] = ()
    """The bands of [bands], without the names of what lies outside of them."""
    counted: tuple[str, ...] = ()
    """Units of measures and of grants."""
    codes: tuple[str, ...] = ()
    """Coupons, and codes that worked examples give."""
    held: tuple[str, ...] = ()
    """What worked examples hold."""
    filled: tuple[str, ...] = ()
    """Accounts that grants fill, or that worked examples hold units of."""
    spent: tuple[str, ...] = ()
    """Accounts that cover or pay something, or that grants fill."""

    def axis(self, name: str) -> tuple[str, ...]:
        """The values of an axis; none where it is no axis."""
        if name == "band":
            return self.bands
        value = self.derived.get(name) or self.facts.get(name, ())
        return value if isinstance(value, tuple) else ()

    def numbers(self, types: tuple[str, ...] = NUMBERS) -> tuple[str, ...]:
        """The facts that are numbers; one in the plural also in the singular."""
        names = [name for name, declared in self.facts.items() if declared in types]
        return (*names, *(name[:-1] for name in names if name.endswith("s")))

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
class OnClock:
    """Something about the time: of the beginning, of the end, of all of it (``inside``), or of any of it."""

    quantifier: str
    what: str
    value: Any

    def data(self, currency: str) -> Any:
        return ON_CLOCK[self.what].write(self.value, currency)


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
class CodeCondition:
    """One of the codes is given."""

    codes: tuple[str, ...]
    name: str = "code"

    def data(self, currency: str) -> Any:
        return list(self.codes)


Atom = IsOneOf | InRange | OnClock | Holds | CodeCondition


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


_ATOMLESS = frozenset({str, int, bool, Fraction, Decimal, date, type(None)})
"""What holds no condition, of which a price list has most."""


@cache
def _fields_of(cls: Hashable) -> Callable[[Any], tuple[Any, ...]] | None:
    """What gives the values of a record; ``None`` for what is none."""
    names = [field.name for field in getattr(cls, "__attrs_attrs__", ())]
    if len(names) < 2:  # of one name there is no tuple
        return (lambda record: tuple([getattr(record, name) for name in names])) if names else None
    return attrgetter(*names)


def atoms_of(kind: type[A], value: Any) -> list[A]:
    """Every atom of a kind, in all conditions anywhere in a record, a mapping or a list."""
    found: list[A] = []
    waiting = [value]
    while waiting:
        part = waiting.pop()
        if isinstance(part, kind):
            found.append(part)
            continue
        fields = _fields_of(type(part))  # type: ignore[arg-type]  # a class can be hashed
        if fields is not None:
            inner: Iterable[Any] = fields(part)
        elif isinstance(part, (tuple, list)):
            inner = part
        else:
            inner = part.values() if isinstance(part, Mapping) else ()
        waiting += reversed([each for each in inner if type(each) not in _ATOMLESS])
    return found


def asked_names(value: Any) -> set[str]:
    """The facts, the axes and the numbers of the engine that the conditions in a value ask for."""
    atoms: list[IsOneOf | InRange] = [*atoms_of(IsOneOf, value), *atoms_of(InRange, value)]
    return {atom.name for atom in atoms}


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

    def read(self, table: TariffTable, key: str) -> When | None:
        clauses = tuple(_clause(part, 0) for part in table.tables(key))
        if not clauses:
            table.problem("an empty condition; leave it out if it always holds", key)
        return clauses or None

    def write(self, value: When, currency: str) -> list[dict[str, Any]]:
        return [clause.data(currency) for clause in value]

    def schema(self) -> Schema:
        one: Schema = {"type": "object", "minProperties": 1, "properties": _condition_properties()}
        return one_or_more(one, minItems=1)


def _condition_properties() -> Schema:
    """The words that every tariff has; facts stand beside them."""
    clock: Schema = {what: kind.schema() for what, kind in ON_CLOCK.items()}
    quantified: Schema = {"type": "object", "properties": clock, "additionalProperties": False, "minProperties": 1}
    out = clock | dict.fromkeys(QUANTIFIERS, quantified)
    out |= {name: range_schema(name) for name in RANGES}
    out |= {name: Texts().schema() for name in ("holds", "lacks", "code", "band")}
    return out | {"not": {"type": "object", "minProperties": 1}}


def _clause(table: TariffTable, depth: int) -> Clause:
    words: Words = table.notes.words
    table.known([*WORDS, *words.facts, *words.derived], "neither a word of conditions nor declared in [facts]")
    if not table.data and not table.odd:
        table.problem("an empty condition; leave it out if it always holds")
    atoms: list[Atom] = []
    excluded: Clause | None = None
    for key in sorted(table.data):
        if key == "not":
            if depth >= _MAX_NOT:
                table.problem(f"'not' is nested deeper than {_MAX_NOT}", key)
            else:
                excluded = _clause(table.table(key), depth + 1)
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


def _atom(table: TariffTable, key: str, words: Words) -> Atom | None:
    declared = words.facts.get(key)
    if key in ("holds", "lacks"):
        return Holds(_held(table, key, words), key == "lacks")
    if key == "code":
        codes = Texts().read(table, key) or ("",)
        for code in codes:
            table.like(code, words.codes, key, "another code has to be given in a worked example")
        return CodeCondition(codes)
    if key in RANGES:
        domain = {"minutes": "minutes", "lead": "lead", "amount": "money"}.get(key, "number")
        return read_range(table, key, domain)
    if words.axis(key):
        return _one_of(table, key, words.axis(key))
    if declared == "yes/no":
        return IsOneOf(key, (table.flag(key),))
    if declared in NUMBERS or declared == "money":
        return read_range(table, key, "money" if declared == "money" else "number")
    if declared == "text":
        return IsOneOf(key, Texts().read(table, key) or ("",))
    if key == "band":
        table.problem("there is no section [bands]", key)
    return None


def _held(table: TariffTable, key: str, words: Words) -> tuple[str, ...]:
    """What is sold here; something else is known by a worked example that holds it."""
    names = Texts().read(table, key) or ("",)
    for name in filter(None, names):
        if name not in words.products and name not in words.held:
            said = f"no product {name!r}; what is sold elsewhere has to be held in a worked example"
            table.problem(said, key, table.notes.near(name, words.products))
    table.notes.asked |= {*names}
    return names


def _one_of(table: TariffTable, key: str, known: tuple[str, ...]) -> IsOneOf:
    values = table.texts(key)
    if table.data[key] == []:
        table.problem("no value at all: the condition would never hold", key)
    for value in values:
        if value not in known:
            table.problem(f"{value!r} is not one of {listed(known)}", key, table.notes.near(value, known))
    return IsOneOf(key, values or ("",))


def _quantified(table: TariffTable, quantifier: str) -> list[Atom]:
    if not isinstance(table.data[quantifier], dict) or not table.data[quantifier]:
        table.problem("a table is needed, such as { weekday = ['sat', 'sun'] }", quantifier)
        return []
    inner = table.table(quantifier)
    inner.known(CLOCK_WORDS)
    return [atom for key in sorted(inner.data) if key in CLOCK_WORDS for atom in _on_clock(inner, quantifier, key)]


def _on_clock(table: TariffTable, quantifier: str, what: str) -> list[Atom]:
    value: Any = ON_CLOCK[what].read(table, what)
    if what == "holiday" and not table.notes.words.has_holidays:
        table.problem("the tariff lists no holidays: [opening] holidays = [...]", what)
    return [] if value is None else [OnClock(quantifier, what, value)]
