"""Read-only SQL views for reports: one for each kind of record, made from the fields that its class declares.

A field is a column; an amount of money is two (``_minor``, in minor units, and ``_currency``), a period two (``_start``
and ``_end``), a length of time a number of microseconds, a value of several fields one for each of them, and a list is
JSON.
"""

from __future__ import annotations

import types
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import attrs

from cantinekit.clock import Period
from cantinekit.domain.base import KINDS, Kind
from cantinekit.errors import StorageError
from cantinekit.money import Money
from cantinekit.plugins.ports import Storage
from cantinekit.plugins.sql.views import Column, ColumnType, HasViews, View
from cantinekit.runtime.codec import to_json

__all__ = ["Column", "View", "create_views", "view_of"]

_LEAVES: dict[Any, ColumnType] = {
    str: "text",
    int: "integer",
    bool: "boolean",
    datetime: "instant",
    date: "date",
    time: "time",
    timedelta: "integer",
    Any: "json",
}
_PAIRS: dict[Any, tuple[tuple[str, ColumnType], tuple[str, ColumnType]]] = {
    Money: (("_minor", "integer"), ("_currency", "text")),
    Period: (("_start", "instant"), ("_end", "instant")),
}
Path = tuple[str | int, ...]


def create_views(storage: Storage, *, private: bool = False) -> tuple[View, ...]:
    """Create the views in the database of the store, or replace them.

    Args:
        storage: the store; it must have SQL.
        private: whether private kinds (people) have views too; without it views of them are dropped.

    Returns:
        the views that there are now.

    Raises:
        StorageError: the store has no SQL.
    """
    if not isinstance(storage, HasViews):
        raise StorageError("views need a store in SQLite or PostgreSQL")
    specs = [spec for spec in KINDS.values() if private or spec.kind_class != "private"]
    views = tuple(view_of(spec) for spec in specs)
    storage.replace_views(views)
    return views


def view_of(spec: Kind) -> View:
    """The view of a kind of record.

    Args:
        spec: the kind.
    """
    return View(spec.cls.kind, tuple(_fields(spec.cls, "", (), (), None)))


def _fields(cls: Any, prefix: str, path: Path, within: Path, known: Any) -> Iterator[Column]:
    """The columns of a class; ``known`` is a value that stands where the field with this class is left out."""
    hints = get_type_hints(cls)
    for field in attrs.fields(cls):
        if field.init:
            default = getattr(known, field.name) if known is not None else field.default
            default = None if default is attrs.NOTHING else default
            yield from _columns(hints[field.name], prefix + field.name, (*path, field.name), within, default)


def _columns(hint: Any, name: str, path: Path, within: Path, default: Any) -> Iterator[Column]:
    plain = _without_none(hint)
    if plain is not hint and default is not None:
        raise TypeError(f"{name} is optional and has a default: the view could not tell one from the other")
    if plain in _PAIRS:
        values = (None, None) if default is None else _pair(default)
        for at, ((suffix, type), value) in enumerate(zip(_PAIRS[plain], values, strict=True)):
            yield Column(name + suffix, type, (*path, at), value, within)
    elif attrs.has(plain):
        inner = path if plain is not hint else within
        yield from _fields(plain, f"{name}_", path, inner, default)
    elif (leaf := str if get_origin(plain) is Literal else plain) in _LEAVES:  # the words of a Literal are texts
        yield Column(name, _LEAVES[leaf], path, _text(default), within)
    else:
        yield Column(name, "json", path, _list(default), within)


def _without_none(hint: Any) -> Any:
    """The type beside ``None``, where a field may be either; a union of several stays one."""
    if get_origin(hint) in (Union, types.UnionType):
        some = [arg for arg in get_args(hint) if arg is not types.NoneType]
        return some[0] if len(some) == 1 else hint
    return hint


def _pair(value: Any) -> tuple[Any, Any]:
    first, second = to_json(value)
    return first, second


def _text(value: Any) -> Any:
    return to_json(value) if isinstance(value, datetime | date | time | timedelta) else value


def _list(value: Any) -> Any:
    """A default that is a list; none has entries."""
    if value not in (None, (), frozenset()):
        raise TypeError(f"a list that is left out must be empty, not {value!r}")
    return None if value is None else []
