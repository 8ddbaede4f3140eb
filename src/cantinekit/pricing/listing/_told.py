"""A record in words, field by field: what has no words yet is printed as the file has it, so that nothing is lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import attrs

from cantinekit.pricing.format.records import keys_of
from cantinekit.pricing.format.toml import value as toml
from cantinekit.pricing.listing._words import Say

Part = Callable[[Any, Say], str]
Parts = Mapping[str, Part | None]
"""How each key of a record is told; ``None`` where the sentence of the record says it."""


def told(record: Any, parts: Parts, say: Say) -> list[str]:
    """A part for each key that is there and is not as its default."""
    out: list[str] = []
    for name, value, written in _entries(record, say.currency):
        if name not in parts:
            out.append(f"{name} = {written()}")
        elif part := parts[name]:
            out.append(part(value, say))
    return [text for text in out if text]


def _entries(record: Any, currency: str) -> Iterator[tuple[str, Any, Callable[[], str]]]:
    """The keys that are there: name, value, and the value as a file spells it."""
    keyed = keys_of(type(record))
    for attribute, info, default in keyed:
        value = getattr(record, attribute)
        if value != default:
            yield info.name, value, lambda info=info, value=value: toml(info.kind.write(value, currency))  # type: ignore[misc]
    for field in () if keyed else attrs.fields(type(record)):
        value = getattr(record, field.name)
        if field.init and value != field.default:
            yield field.name, value, lambda value=value: str(value)  # type: ignore[misc]


def behind(parts: list[str]) -> str:
    """Parts behind a sentence."""
    return "".join(f", {part}" for part in parts)


def in_brackets(parts: list[str]) -> str:
    """Parts in brackets behind a sentence; "" where there are none."""
    return f" ({', '.join(parts)})" if parts else ""


def word(name: str) -> Part:
    """The words of the value itself: "rounding up"."""
    return lambda value, say: say(f"{name} {value}")


def flag(name: str) -> Part:
    """Words that are there where the key is true."""
    return lambda value, say: say(name)
