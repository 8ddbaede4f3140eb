"""Index values of records: a store finds rows by them, in the order of their bytes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from cantinekit.clock import format_instant

Index = Iterable[tuple[str, str]]
"""Names of index fields with values; a record may have several values of one field."""


def composite(*parts: str | datetime) -> str:
    """An index value of several parts whose byte order is the order of the parts; ids hold no ``|``."""
    return "|".join(format_instant(part) if isinstance(part, datetime) else part for part in parts)


def between(prefix: str, start: datetime | None = None, end: datetime | None = None) -> tuple[str, str]:
    """The range of composite values that begin with a prefix, from one instant up to another."""
    return (
        composite(prefix, start) if start else f"{prefix}|",
        composite(prefix, end) if end else f"{prefix}}}",  # "}" is the character after "|"
    )
