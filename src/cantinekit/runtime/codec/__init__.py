"""Records and events to rows and journal entries, and back.

A body is a JSON object with a schema number ``v``. An older schema is read through its upcasters, a newer one is
refused.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any, TypeVar, get_type_hints

import attrs

from cantinekit.domain.base import KINDS, Command, Kind
from cantinekit.domain.index import between, composite
from cantinekit.errors import CodecError
from cantinekit.errors.shown import shown
from cantinekit.events import EVENTS, Event
from cantinekit.plugins.ports import JournalEntry, Key, Row
from cantinekit.plugins.sql.rows import read_json
from cantinekit.plugins.store_checks import WrittenBody
from cantinekit.records import Record, Subject
from cantinekit.runtime.codec._convert import converters
from cantinekit.runtime.codec._upcasts import UPCASTS

EVENT_SCHEMA = 1
T = TypeVar("T")


def _dump(value: Any, schema: int) -> str:
    """The body of a record or event: its text, with the schema number in front."""
    text = dump(value)
    return WrittenBody(f'{{"v":{schema},{text[1:]}' if text != "{}" else f'{{"v":{schema}}}')


def _parse(name: str, body: str, schema: int) -> dict[str, Any]:
    try:
        data = read_json(body)
    except (ValueError, RecursionError):
        raise CodecError(f"the body of a {name} is no JSON") from None
    found = data.pop("v", None) if isinstance(data, dict) else None
    if type(found) is not int or found < 1:
        raise CodecError(f"the body of a {name} has no schema number")
    if found > schema:
        raise CodecError(f"a {name} of schema {found} was written by a newer version; this one reads up to {schema}")
    while found < schema:
        try:
            data = UPCASTS[name, found](data)
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            raise CodecError(f"a {name} of schema {found} cannot be read: {type(error).__name__}") from None
        found += 1
    return dict(data)


def encode(record: Record, version: int) -> Row:
    """The row of a record at a version.

    Args:
        record: the record.
        version: the version after the write, 1 or more.
    """
    spec = KINDS[record.kind]
    return Row(record.kind, record.id, version, _dump(record, spec.schema), tuple(spec.index(record)))


def decode(row: Row) -> Record:
    """The record of a row.

    Args:
        row: the row as it is stored.

    Raises:
        CodecError: an unknown kind, a newer schema, or a damaged body.
    """
    record: Record = converters(_spec(row.kind).cls)[1](peek(row))
    if record.id != row.id:
        raise CodecError(f"a {row.kind} is stored under another id than its own")
    return record


def peek(row: Row) -> dict[str, Any]:
    """The fields of a row as JSON data of today's schema, without the record that they make.

    For reads that look at many rows and want little of each. A field that has its default may be missing.

    Args:
        row: the row as it is stored.

    Raises:
        CodecError: an unknown kind, a newer schema, or a body that is no JSON object.
    """
    return peek_body(row.kind, row.body)


def peek_body(kind: str, body: str) -> dict[str, Any]:
    """The fields of a body as JSON data of today's schema; see ``peek``.

    Args:
        kind: the kind of the record.
        body: the body as it is stored.

    Raises:
        CodecError: an unknown kind, a newer schema, or a body that is no JSON object.
    """
    return _parse(kind, body, _spec(kind).schema)


def peek_bodies(rows: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
    """The fields of several bodies; see ``peek``. They are read as one text, which takes half the time.

    Args:
        rows: the kind of each record, and the body as it is stored.

    Raises:
        CodecError: as ``peek_body``.
    """
    try:
        found = read_json(f"[{','.join([body for _, body in rows])}]")
    except (ValueError, RecursionError):
        found = ()
    specs = [_spec(kind).schema for kind, _ in rows]
    if len(found) == len(rows) and all(map(_has_schema, found, specs)):
        return list(found)
    return [_parse(kind, body, schema) for (kind, body), schema in zip(rows, specs, strict=True)]


def _has_schema(data: Any, schema: int) -> bool:
    """Whether it is a body of a schema, whose number is taken out."""
    found = data.pop("v", None) if type(data) is dict else None
    return type(found) is int and found == schema


def _spec(kind: str) -> Kind:
    spec = KINDS.get(kind)
    if spec is None:
        raise CodecError(f"unknown kind {shown(kind)}")
    return spec


def encode_event(event: Event, at: datetime, actor: str, subjects: tuple[Key, ...]) -> JournalEntry:
    """The journal entry of an event.

    Args:
        event: the event.
        at: when it happened.
        actor: who asked for the change.
        subjects: the records that it is about.
    """
    name = type(event).__name__
    return JournalEntry(name, at, actor, subjects, _dump(event, EVENT_SCHEMA))


def decode_event(entry: JournalEntry) -> Event:
    """The event of a journal entry.

    Args:
        entry: the journal entry as it is stored.

    Raises:
        CodecError: an unknown type, a newer schema, or a damaged body.
    """
    cls = EVENTS.get(entry.type)
    if cls is None:
        raise CodecError(f"unknown event {shown(entry.type)}")
    event: Event = converters(cls)[1](_parse(entry.type, entry.body, EVENT_SCHEMA))
    return event


def to_json(value: Any) -> Any:
    """Any attrs value of the library as plain JSON data, by the types of its fields. Fields that have their default may
    be left out.

    Args:
        value: a record, an event, a command, or a value in one.
    """
    return json.loads(dump(value))


def to_whole_json(record: Any) -> dict[str, Any]:
    """A record as plain JSON data with all its fields, also those that have their default.

    Args:
        record: the record.
    """
    hints = get_type_hints(type(record))
    fields = [field.name for field in attrs.fields(type(record))]
    return {name: json.loads(converters(hints[name])[0](getattr(record, name))) for name in fields}


def dump(value: Any) -> str:
    """The JSON text of any attrs value of the library.

    Args:
        value: a record, an event, a command, or a value in one.
    """
    text: str = converters(type(value))[0](value)
    return text


def parse(cls: type[T], text: str) -> T:
    """Read what ``dump`` wrote.

    Args:
        cls: the class of the value.
        text: the JSON text.
    """
    value: T = converters(cls)[1](json.loads(text))
    return value


def key_of(subject: Subject) -> Key:
    """The key of the row that a subject names.

    Args:
        subject: the kind and the id of a record.
    """
    return Key(subject.kind, subject.id)


def fingerprint(value: Any, key: str = "") -> str:
    """A hash of a command's content: the same content, the same hash.

    A field that is marked as left out is no part of it. One that is marked as keyed is hashed together with the key,
    which is stored nowhere, so that its value cannot be found by trying. So it is of commands that are lines of it.

    Args:
        value: the command.
        key: the idempotency key.
    """
    return _hash([type(value).__name__, _marked(value, to_json(value), key)])


def _marked(command: Any, data: dict[str, Any], key: str) -> dict[str, Any]:
    """The fields of a command as JSON data, without what is left out of a fingerprint, and what is keyed as a hash."""
    for field in attrs.fields(type(command)):
        mark = field.metadata.get("fingerprint")
        found = data.pop(field.name, None) if mark else None
        if mark == "keyed" and found is not None:
            data[field.name] = _hash([key, found])
        inner = getattr(command, field.name)
        for place, one in enumerate(inner) if isinstance(inner, tuple) and not mark else ():
            if isinstance(one, Command):
                ((_, content),) = data[field.name][place].items()
                _marked(one, content, key)
    return data


_sorted_text = json.JSONEncoder(ensure_ascii=False, sort_keys=True).encode


def _hash(data: list[Any]) -> str:
    return sha256(_sorted_text(data).encode()).hexdigest()


__all__ = [
    "EVENT_SCHEMA",
    "KINDS",
    "UPCASTS",
    "between",
    "composite",
    "decode",
    "decode_event",
    "dump",
    "encode",
    "encode_event",
    "fingerprint",
    "key_of",
    "parse",
    "peek",
    "peek_bodies",
    "peek_body",
    "to_json",
    "to_whole_json",
]
