"""What fields of addresses accept: their lines, and their country."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import attrs

from cantinekit.common.fields import check_text
from cantinekit.errors import InputError, TextError
from cantinekit.errors.shown import shown

_COUNTRY = re.compile(r"([A-Z]{2})?")

MAX_LINES = 10


def to_lines(value: Iterable[str]) -> tuple[str, ...]:
    """Convert to a tuple of lines of text; one text is not a list of them."""
    if isinstance(value, str | bytes) or not isinstance(value, Iterable):
        raise InputError(f"a list of lines is needed, not one {type(value).__name__}")
    return tuple(value)


def are_lines(_: Any, attribute: attrs.Attribute[Any], value: Any) -> None:
    """Validate at most ten lines of text, none of them empty."""
    if len(value) > MAX_LINES:
        raise InputError(f"{attribute.name} has {len(value)} lines, at most {MAX_LINES}")
    for line in value:
        check_text(line, attribute.name, limit=300)
        if not line.strip() or "\n" in line or "\r" in line:
            raise TextError(f"a line of {attribute.name} must not be empty and holds no line break")


def is_country(_: Any, attribute: attrs.Attribute[Any], value: Any) -> None:
    """Validate a country by its two letters (ISO 3166-1), or nothing."""
    check_text(value, attribute.name, limit=2)
    if not _COUNTRY.fullmatch(value):
        raise InputError(f"{attribute.name} is written with two capital letters, such as FR: {shown(value)}")
