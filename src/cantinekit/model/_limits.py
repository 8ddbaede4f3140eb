"""Limits over several rows, kept as rows of their own: what exists once, and what a cap has used."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

import attrs

from cantinekit.clock import instant
from cantinekit.model._fields import is_id, is_text
from cantinekit.model._payments import Subject


@attrs.frozen
class Unique:
    """Something that may exist once, and who has it at present; ``holder`` is ``None`` when it is free again."""

    kind: ClassVar[str] = "unique"
    id: str = attrs.field(validator=is_text(500))
    holder: str | None = None


@attrs.frozen
class Meter:
    """What was used of a cap, an allowance or a quota in one scope and period, in minor units or units."""

    kind: ClassVar[str] = "meter"
    id: str = attrs.field(validator=is_text(500))
    used: int = 0


@attrs.frozen
class Override:
    """A rule that was knowingly broken: which one, for what, by whom, and why."""

    kind: ClassVar[str] = "override"
    id: str = attrs.field(validator=is_id)
    rule: str = attrs.field(validator=is_text(100))
    reason: str = attrs.field(validator=is_text(1000))
    subject: Subject = attrs.field()
    actor: str = attrs.field(validator=is_text(200))
    at: datetime = attrs.field(converter=instant)
