"""Limits over several rows, kept as rows of their own: what exists once, and what a cap has used."""

from __future__ import annotations

from typing import ClassVar

import attrs

from cantinekit.common.fields import is_text
from cantinekit.domain.base import record


@record("domain", named=False)
@attrs.frozen
class Unique:
    """Something that may exist once, and who has it at present; ``holder`` is ``None`` when it is free again."""

    kind: ClassVar[str] = "unique"
    id: str = attrs.field(validator=is_text(500))
    holder: str | None = None


__all__ = [
    "Unique",
]
