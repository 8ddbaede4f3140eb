"""Ways to change one key of a price list, and where that key stands in the published schema."""

from __future__ import annotations

import re
from collections.abc import Iterator
from copy import deepcopy
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from cantinekit.pricing.schema import tariff_schema

Data = dict[str, Any]
Path = tuple[str | int, ...]
Node = tuple[str, Data]
"""A part of the schema with its name: "product.*.cancel", "$rate.per"."""

SCHEMA = tariff_schema()
TOP: list[Node] = [("", SCHEMA)]
_ENUMS: dict[str, tuple[str, ...]] = {
    "valid.ends": ("same day", "the day before", "month end"),
    "valid.first_day": ("counts", "does not count"),
    "valid.year": ("calendar", "school"),
    "valid.month": ("calendar",),
    "term.renewal": ("tacit, same period", "monthly", "none"),
    "term.ends": ("period end", "month end"),
    "term.notice_day": ("counts", "does not count"),
    "cover.beyond": ("rate", "refuse", "count only"),
    "delay.unit": ("day", "business day", "hour"),
    "delay.notice_day": ("counts", "does not count"),
}
"""Words of the rules of the calendar, which the schema does not list."""
_SPELLINGS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"[-+]?[\d.]+%", ("11%", "-12%")),
    (r"\d+ \w+( \w+)?", ("9 days", "9 months", "9 business days", "9 weeks")),
    (r"(\d+h)?(\d+(min)?)?", ("45min", "9h")),
    (r"0\.\d+", ("0.4", "0.25")),
    (r"\d\d-\d\d", ("02-03",)),
    (r"\d\d:\d\d", ("07:07",)),
    (r"\d\d:\d\d-\d\d:\d\d", ("07:07-07:08", "20:20-20:21")),
)


def branches(nodes: list[Node]) -> Iterator[Node]:
    """The parts of the schema without references and choices."""
    for name, node in nodes:
        if "$ref" in node:
            label = node["$ref"].rpartition("/")[2]
            yield from branches([(f"${label}", SCHEMA["$defs"][label])])
        elif "anyOf" in node and "properties" not in node:
            yield from branches([(name, part) for part in node["anyOf"]])
        else:
            yield name, node


def inside(nodes: list[Node], key: str | int) -> list[Node]:
    """What the schema says of a key of a table, or of the entries of a list."""
    out: list[Node] = []
    for name, node in branches(nodes):
        if isinstance(key, int):
            out += [(name, node["items"])] if isinstance(node.get("items"), dict) else []
        elif key in node.get("properties", ()):
            out.append((f"{name}.{key}".lstrip("."), node["properties"][key]))
        elif isinstance(node.get("additionalProperties"), dict):
            out.append((f"{name}.*", node["additionalProperties"]))
    return out


def names_of(value: Any, nodes: list[Node]) -> set[str]:
    """The names of a place and of all that is in it, with the words that stand there."""
    found = {name for name, _ in nodes if name}
    found |= {f"{name} = {value}" for name, _ in nodes} if value in words_of(nodes) else set()
    for path, inner in leaves(value, nodes):
        part = at(value, path)
        found |= {name for name, _ in inner}
        found |= {f"{name} = {part}" for name, _ in inner} if part in words_of(inner) else set()
    return found


def above(path: Path) -> set[str]:
    """The names of the tables that a place is in."""
    nodes, found = TOP, set()
    for key in path[:-1]:
        nodes = inside(nodes, key)
        found |= {name for name, _ in nodes}
    return found


def nodes_at(path: Path) -> list[Node]:
    """What the schema says of a place."""
    nodes = TOP
    for key in path:
        nodes = inside(nodes, key)
    return nodes


def words_of(nodes: list[Node]) -> tuple[str, ...]:
    """The words of which a key has one."""
    found: dict[str, None] = {}
    for name, node in branches(nodes):
        found |= dict.fromkeys(word for word in node.get("enum", ()) if isinstance(word, str))
        for end, words in _ENUMS.items():
            found |= dict.fromkeys(words) if name.endswith(end) else {}
        if isinstance(node.get("const"), str):
            found[node["const"]] = None
    return tuple(found)


def schema_keys() -> dict[str, tuple[str, ...]]:
    """Every key of the schema by its name, with the words of which it has one."""
    out: dict[str, tuple[str, ...]] = {}
    todo, seen = list(branches(TOP)), set()
    while todo:
        name, node = todo.pop()
        keys = [*node.get("properties", ()), *([""] if isinstance(node.get("additionalProperties"), dict) else ())]
        for key in keys:
            nodes = inside([(name, node)], key)
            if key and nodes[0][0] not in seen:
                seen.add(nodes[0][0])
            if key:
                out[nodes[0][0]] = tuple(dict.fromkeys((*out.get(nodes[0][0], ()), *words_of(nodes))))
            todo += _new(nodes, seen)
        if isinstance(node.get("items"), dict):
            todo += _new([(name, node["items"])], seen)
    return out


def _new(nodes: list[Node], seen: set[Any]) -> list[Node]:
    found = [node for node in branches(nodes) if (node[0], id(node[1])) not in seen]
    seen |= {(name, id(node)) for name, node in found}
    return found


def leaves(
    value: Any, nodes: list[Node], leave_out: tuple[Any, ...] = (), path: Path = ()
) -> Iterator[tuple[Path, list[Node]]]:
    """Every place of a price list, with what the schema says of it; ``leave_out`` are parts that are not looked at."""
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in parts:
        if part not in leave_out:
            found = inside(nodes, key)
            yield (*path, key), found
            yield from leaves(part, found, leave_out, (*path, key))


def others(value: Any, nodes: list[Node], known: tuple[tuple[str, ...], ...]) -> list[Any]:
    """Other values that a place might have; they need not make sense."""
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, (int, Decimal)):
        return [value + 1, value * 1000, "all"] if value else [1]
    if isinstance(value, date):
        return [value + timedelta(days=1)]
    if not isinstance(value, str):
        return []
    words = [word for word in words_of(nodes) if word != value]
    if words:
        return words
    near = [other for form, found in _SPELLINGS if re.fullmatch(form, value) for other in found]
    return near or _instead(value, known)


def names_in(data: Data) -> tuple[tuple[str, ...], ...]:
    """Words that may stand in one another's place."""
    sections = [tuple(data.get(name, ())) for name in ("facts", "product", "tax", "calendar", "units", "bands")]
    bands = (*data.get("bands", ()), "eve")
    return (*sections, bands, ("a", "b"), ("saw", "drill"), (*data.get("facts", ()), "person"), ("day", "week"))


def _instead(value: str, known: tuple[tuple[str, ...], ...]) -> list[str]:
    words = [word for group in known if value in group for word in group]
    return [word for word in dict.fromkeys((*words, "zzz", "1h", "CHF", "Europe/London")) if word != value]


def without(data: Data, path: Path) -> Data:
    """The same data without one place."""
    out = deepcopy(data)
    del _at(out, path[:-1])[path[-1]]
    return out


def with_other(data: Data, path: Path, value: Any) -> Data:
    """The same data with another value in one place."""
    out = deepcopy(data)
    _at(out, path[:-1])[path[-1]] = value
    return out


def at(data: Data, path: Path) -> Any:
    """What stands in a place."""
    return _at(data, path)


def _at(data: Any, path: Path) -> Any:
    for key in path:
        data = data[key]
    return data
