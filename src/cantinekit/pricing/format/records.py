"""Records: frozen classes whose fields say under which key and as which kind they stand in a file.

Reading, writing back and the schema for editors all follow from that one declaration.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from functools import cache
from typing import Any, Generic, TypeVar

import attrs

from cantinekit.pricing.format.kinds import ValueKind, one_or_more
from cantinekit.pricing.format.kinds_time import Schema
from cantinekit.pricing.format.read import TariffTable

R = TypeVar("R")
_KEY = "cantinekit.key"


@attrs.frozen
class FieldKey:
    """Under which key a field stands, as what, and what an editor says about it."""

    kind: ValueKind[Any]
    name: str
    doc: str
    required: bool


def key(kind: ValueKind[Any], doc: str, *, name: str = "", default: Any = attrs.NOTHING) -> Any:
    """A field that is read from a file; without a default the key is needed."""
    info = FieldKey(kind, name, doc, default is attrs.NOTHING)
    return attrs.field(default=default, metadata={_KEY: info})


def keys_of(cls: type[Any]) -> tuple[tuple[str, FieldKey, Any], ...]:
    """The fields of a record that stand in a file: attribute, key, default."""
    return _keys_of(cls)  # type: ignore[arg-type]  # a class can be hashed


@cache
def _keys_of(cls: Hashable) -> tuple[tuple[str, FieldKey, Any], ...]:
    out = []
    for field in attrs.fields(cls):  # type: ignore[arg-type]
        info = field.metadata.get(_KEY)
        if info is not None:
            out.append((field.name, attrs.evolve(info, name=info.name or field.name), field.default))
    return tuple(out)


def key_names(cls: type) -> Iterator[str]:
    """The keys that a record may have."""
    return (info.name for _, info, _ in keys_of(cls))


def read_record(cls: type[R], table: TariffTable, *, beside: Iterable[str] = ()) -> R | None:
    """A record from a table; ``None`` where a needed key is missing or wrong. Every problem is noted.

    A class with a method ``check(table)`` is asked to look for what does not go together; where a value is wrong, only
    one that has ``checks_parts`` is, and leaves out what follows from the keys in ``table.bad``.
    """
    table.known((*key_names(cls), *beside))
    values: dict[str, Any] = {}
    whole = True
    for attribute, info, _ in keys_of(cls):
        if info.name in table.data:
            before = len(table.notes.problems)
            value = info.kind.read(table, info.name)
            if len(table.notes.problems) > before:
                table.bad.add(info.name)
            if value is not None:
                values[attribute] = value
            whole &= value is not None or not info.required
        elif info.required:
            whole = False
            if not table.odd:
                table.problem(f"{info.name!r} is needed")
    if not whole:
        return None
    record = cls(**values)
    check = getattr(record, "check", None)
    if check is not None and (not table.bad or getattr(cls, "checks_parts", False)):
        check(table)
    return record


def write_record(record: Any, currency: str) -> dict[str, Any]:
    """The record in the spelling of the file; what is as its default is left out."""
    out: dict[str, Any] = {}
    for attribute, info, default in keys_of(type(record)):
        value = getattr(record, attribute)
        if value != default:
            out[info.name] = info.kind.write(value, currency)
    return out


def record_schema(cls: type) -> Schema:
    """JSON Schema of a record."""
    keys = keys_of(cls)
    out: Schema = {
        "type": "object",
        "description": (cls.__doc__ or "").split("\n\n", 1)[0].replace("\n", " ").strip(),
        "properties": {info.name: info.kind.schema() | {"description": info.doc} for _, info, _ in keys},
        "additionalProperties": False,
    }
    required = [info.name for _, info, _ in keys if info.required]
    return out | ({"required": required} if required else {})


@attrs.frozen
class Sub(Generic[R]):
    """A table inside the table."""

    cls: type[R]

    def read(self, table: TariffTable, key: str) -> R | None:
        inner = table.table(key)  # notes what is no table
        return read_record(self.cls, inner) if isinstance(table.data[key], dict) else None

    def write(self, value: R, currency: str) -> dict[str, Any]:
        return write_record(value, currency)

    def schema(self) -> Schema:
        return record_schema(self.cls)


@attrs.frozen
class Subs(Generic[R]):
    """A list of tables; one alone may stand as a table."""

    cls: type[R]
    unique: str = ""
    alone: bool = False
    """Whether one alone is a table, and written as one: what was no list once keeps its paths and its version."""
    empty: bool = False
    """Whether there may be none."""

    def read(self, table: TariffTable, key: str) -> tuple[R, ...] | None:
        rows = [table.table(key)] if self.alone and isinstance(table.data[key], dict) else table.tables(key)
        if not rows and self.empty and table.data[key] == []:
            return ()
        if not rows:
            table.problem("at least one entry is needed", key)
        out = [record for row in rows if (record := read_record(self.cls, row)) is not None]
        unique_ids(rows, self.unique)
        return tuple(out) or None

    def write(self, value: tuple[R, ...], currency: str) -> Any:
        if self.alone and len(value) == 1:
            return write_record(value[0], currency)
        return [write_record(record, currency) for record in value]

    def schema(self) -> Schema:
        return one_or_more(record_schema(self.cls))


def unique_ids(rows: Iterable[TariffTable], name: str) -> None:
    """Note what is there twice under a key that tells entries apart."""
    seen: set[str] = set()
    for row in rows if name else ():
        value = row.data.get(name)
        if isinstance(value, str):
            if value in seen:
                row.problem(f"the {name} {value!r} is there twice", name)
            seen.add(value)
