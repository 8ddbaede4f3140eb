"""Reading a form that a plug-in brings: its name and version, and the parameters that its rule reads."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from cantinekit.pricing.format.kinds_time import Schema
from cantinekit.pricing.format.read import MAX_ENTRIES, Notes, TariffTable, good_text, kind, listed
from cantinekit.pricing.format.toml import NotPlain, Path, canonical
from cantinekit.pricing.plugged import Plugged, PricingRule, Rules, said
from cantinekit.pricing.values import MAX_TEXT, FrozenMap

PLUGGED_KEYS = ("form", "version", "with")
PLUGGED_SCHEMA: Schema = {"version": {"type": "integer", "minimum": 1}, "with": {"type": "object"}}
_MAX_NUMBER = 10**15


def read_plugged(table: TariffTable) -> Plugged | None:
    """A form of a plug-in with its parameters, read by its own rule; every problem is noted."""
    if table.path[:1] != ("product",):
        table.problem("a form of a plug-in stands among the rules of a product", "form")
        return None
    before = len(table.notes.problems)
    name = table.text("form", required=True)
    version = table.count("version")
    if "version" not in table:
        table.problem("'version' is needed: the version of the form that this list was made for")
    given = table.table("with")
    params = _frozen(given.data, given.path, table.notes)
    rule = _find(table, name, version) if name and version else None
    if rule is None or len(table.notes.problems) > before:
        return None
    return _read(rule, params, given)


def _find(table: TariffTable, name: str, version: int) -> PricingRule | None:
    rules: Rules = table.notes.rules
    found = rules.get((name, version))
    if found is not None:
        return found
    versions = sorted(each for known, each in rules if known == name)
    if versions:
        there = " and ".join(map(str, versions))
        table.problem(f"the form {name!r} is there in version {there}, not in {version}", "version")
        return None
    names = sorted({known for known, _ in rules})
    there = f"known: {listed(names)}" if names else "no plug-in with forms is loaded"
    table.problem(f"no plug-in brings the form {name!r}; {there}", "form", table.notes.near(name, names))
    return None


def _read(rule: PricingRule, params: FrozenMap[Any], given: TariffTable) -> Plugged | None:
    before = len(given.notes.problems)

    def complain(message: str, key: str | None = None) -> None:
        given.problem(f"{rule.name}: {message}", key)

    try:
        settings = rule.read(params, complain)
    except Exception as error:
        given.problem(f"the pricing rule {rule} failed: {said(error)}")
        return None
    if len(given.notes.problems) > before:
        return None
    if settings is None:
        given.problem(f"{rule.name}: these parameters are not for it")
        return None
    content = canonical({"form": rule.name, "version": rule.version, "with": params})
    return Plugged(rule, params, settings, content)


def _frozen(value: Any, path: Path, notes: Notes) -> Any:
    """A value of the file that nobody can change; what could not be written back is noted."""
    if isinstance(value, (dict, list)) and len(value) > MAX_ENTRIES:
        notes.add(path, f"more than {MAX_ENTRIES} entries")
    elif isinstance(value, dict):
        for key in value:
            if not good_text(key):
                notes.add((*path, key), f"a name has 1 to {MAX_TEXT} characters and no control characters")
        return FrozenMap({key: _frozen(part, (*path, key), notes) for key, part in value.items()})
    elif isinstance(value, list):
        return tuple(_frozen(part, (*path, number), notes) for number, part in enumerate(value))
    elif isinstance(value, str):
        if value and not good_text(value):
            notes.add(path, f"a text of at most {MAX_TEXT} characters without control characters is needed")
    elif isinstance(value, (int, Decimal)):
        if not -_MAX_NUMBER <= value <= _MAX_NUMBER:
            notes.add(path, "this number is absurdly large")
    elif isinstance(value, NotPlain):
        notes.add(path, f"{value.text} is written in a way that is not read here; write it out, such as 7.5")
    elif not isinstance(value, date):
        notes.add(path, f"a text, a number, a date, a list or a table is needed, not {kind(value)}")
    return value
