"""The keys of the format of price lists, from its schema: where each may stand, named once.

What stands in several places with one meaning has one name: the rules of ``coupon`` are those of ``adjust``, a list of
``lists`` has the keys of its rule, the moments of a condition (``starts``, ``ends``, ``inside``, ``touches``) those of
a condition, and what ``buy`` and ``instead_of`` ask for is asked for as in an example.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cantinekit.pricing.schema import tariff_schema

_MOMENTS = ("starts", "ends", "inside", "touches")
_SCHEMA = tariff_schema()
_ADJUST = _SCHEMA["$defs"]["adjust"]["properties"]


def named(path: tuple[str, ...]) -> str | None:
    """The name of a key by its path without the names of tables; ``None``: it has the name of another."""
    if path[:1] == ("coupon",) and len(path) > 1 and path[1] in _ADJUST:
        return named(("adjust", *path[1:]))
    if path[:1] in (("rate",), ("adjust",)) and path[1:2] == ("lists",) and len(path) > 2:
        return named((path[0], *path[2:]))
    if path[:1] == ("condition",) and path[1:2] and path[1] in _MOMENTS and len(path) > 2:
        return named(("condition", *path[2:]))
    if path[:2] == ("examples", "list") and path[2:3] in (("buy",), ("instead_of",)) and len(path) > 3:
        return named(("examples", "list", *path[3:]))
    return ".".join(path)


def every_key() -> tuple[str, ...]:
    """The names of all keys, each once, in the order of the schema."""
    found: dict[str, None] = {}
    _walk(_SCHEMA, (), found)
    for name, node in _SCHEMA["$defs"].items():
        _walk(node, (name,), found)
    return tuple(found)


def _parts(node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for name in ("anyOf", "oneOf", "allOf"):
        yield from (one for one in node.get(name, ()) if isinstance(one, dict))
    yield from (one for one in (node.get("items"), node.get("additionalProperties")) if isinstance(one, dict))


def _walk(node: Mapping[str, Any], path: tuple[str, ...], found: dict[str, None]) -> None:
    if "$ref" in node:
        return
    for name, inner in node.get("properties", {}).items():
        key = named((*path, name))
        assert key is not None
        found.setdefault(key)
        if isinstance(inner, dict):
            _walk(inner, (*path, name), found)
    for part in _parts(node):
        _walk(part, path, found)


def keys_in(data: Mapping[str, Any]) -> dict[str, list[Any]]:
    """The keys that a price list uses, by their names, each with its values.

    Args:
        data: the data of its TOML text.
    """
    found: dict[str, list[Any]] = {}
    _use(data, _SCHEMA, (), found)
    return found


def _use(value: Any, node: Mapping[str, Any], path: tuple[str, ...], found: dict[str, list[Any]]) -> None:
    if "$ref" in node:
        name = node["$ref"].rpartition("/")[2]
        _use(value, _SCHEMA["$defs"][name], (name,), found)
        return
    if isinstance(value, list):
        for one in value:
            for part in (node, *_parts(node)):
                if not isinstance(one, list):
                    _use(one, part, path, found)
        return
    if not isinstance(value, dict):
        return
    known = node.get("properties", {})
    for name, inner in value.items():
        if name in known:
            key = named((*path, name))
            assert key is not None
            found.setdefault(key, []).append(inner)
            if isinstance(known[name], dict):
                _use(inner, known[name], (*path, name), found)
        elif isinstance(node.get("additionalProperties"), dict):
            _use(inner, node["additionalProperties"], path, found)
    for name in ("anyOf", "oneOf", "allOf"):
        for part in node.get(name, ()):
            if isinstance(part, dict):
                _use(value, part, path, found)
