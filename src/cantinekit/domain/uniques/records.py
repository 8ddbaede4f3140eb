"""Limits over several rows, kept as rows of their own: what exists once, and what a cap has used."""

from __future__ import annotations

from typing import ClassVar

import attrs

from cantinekit.common.fields import is_text
from cantinekit.domain.base import record


@record("domain", named=False)
@attrs.frozen
class Unique:
    """Something that may exist once.

    Attributes:
        id: what it is, such as an open visit of a person.
        holder: id of the record that has it; ``None``: it is free.
    """

    kind: ClassVar[str] = "unique"
    id: str = attrs.field(validator=is_text(500))
    holder: str | None = None


__all__ = [
    "Unique",
]
