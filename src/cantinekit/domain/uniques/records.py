"""What may exist once at a time, as rows: two writers who both take it clash on its row."""

from __future__ import annotations

from typing import ClassVar

import attrs

from cantinekit.common.fields import Code, is_text
from cantinekit.domain.base import record


@record("domain", named=False)
@attrs.frozen
class Unique:
    """Something that may exist once at a time, and who has it.

    Attributes:
        id: what it is, as a key of several parts (``visit|zoe``), at most 500 characters.
        holder: the id of what has it, ``None`` when it is free again.
    """

    kind: ClassVar[str] = "unique"
    id: str = attrs.field(validator=is_text(500))
    holder: Code | None = None


__all__ = [
    "Unique",
]
