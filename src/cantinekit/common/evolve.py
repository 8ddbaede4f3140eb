"""Copies of frozen records with new values in some fields, without validating the fields that stay.

``attrs.evolve`` converts and validates every field again. A decision makes dozens of such copies, most of them with one
or two new values, of records that were validated when they were made.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import attrs

R = TypeVar("R")
_MAKERS: dict[tuple[Any, ...], Callable[..., Any]] = {}
"""By class and the names of the fields that get a new value."""


def evolve(record: R, /, **changes: Any) -> R:
    """A copy of a frozen attrs record with new values in some fields.

    New values are converted and validated, and so is what the class checks of the record as a whole. A validator of a
    field must look at its own value only: it does not run where another field changes.

    Args:
        record: the record to copy.
        **changes: the new values, by the names of their fields.

    Raises:
        TypeError: the class has no such field.
    """
    names = (type(record), *changes)
    make = _MAKERS.get(names)
    if make is None:
        make = _MAKERS[names] = _maker(type(record), frozenset(changes))
    copy: R = make(record, **changes)
    return copy


def _maker(cls: Any, names: frozenset[str]) -> Callable[..., Any]:
    """A function that copies: straight through the fields of the class, made from their names."""
    fields = attrs.fields(cls)
    for name in names - {field.name for field in fields if field.init and field.alias == field.name}:
        raise TypeError(f"{cls.__name__} has no field {name} that can be given")
    known: dict[str, Any] = {"_blank": cls.__new__, "_cls": cls}
    lines = [f"def make(_old, {', '.join(sorted(names))}):", "    _new = _blank(_cls)"]
    checks = []
    for number, field in enumerate(fields):
        value = f"_old.{field.name}"
        if field.name in names:
            value = field.name
            if field.converter is not None:
                known[f"_convert{number}"] = field.converter
                value = f"_convert{number}({value})"
            if field.validator is not None:
                known |= {f"_validate{number}": field.validator, f"_field{number}": field}
                checks.append(f"    _validate{number}(_new, _field{number}, _new.{field.name})")
        known[f"_put{number}"] = getattr(cls, field.name).__set__
        lines.append(f"    _put{number}(_new, {value})")
    if hasattr(cls, "__attrs_post_init__"):
        checks.append("    _new.__attrs_post_init__()")
    exec("\n".join([*lines, *checks, "    return _new"]), known)
    make: Callable[..., Any] = known["make"]
    return make
