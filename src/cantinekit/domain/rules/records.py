"""Limits over several rows, kept as rows of their own: what exists once, and what a cap has used."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

import attrs

from cantinekit.clock import format_instant, instant
from cantinekit.common.fields import is_id, is_text
from cantinekit.domain.base import Subject, record
from cantinekit.domain.index import Index, composite


@record("domain", fields=("all", "subject"), immutable=True)
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

    def index(self) -> Index:
        yield "all", format_instant(self.at)
        yield "subject", composite(self.subject.kind, self.subject.id)


__all__ = [
    "Override",
]
