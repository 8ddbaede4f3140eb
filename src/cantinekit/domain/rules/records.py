"""The record of an override: a rule that staff broke knowingly."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

import attrs

from cantinekit.clock import format_instant, instant
from cantinekit.common.fields import Code, PublicText, is_id, is_text
from cantinekit.domain.base import Subject, record
from cantinekit.domain.index import Index, composite


@record("domain", fields=("all", "subject"), immutable=True)
@attrs.frozen
class Override:
    """A rule that was broken knowingly: which one, for what, by whom, and why.

    Attributes:
        id: the id of the override.
        rule: the name of the rule: ``opening hours``, or the code of a term of a space; at most 100 characters.
        reason: why it was broken, at most 1,000 characters.
        subject: the record for which it was broken, such as a booking or a visit.
        actor: who broke it, as the host names them, at most 200 characters.
        at: when.

    Index:
        all: at.
        subject: kind, id.
    """

    kind: ClassVar[str] = "override"
    id: str = attrs.field(validator=is_id)
    rule: Code = attrs.field(validator=is_text(100))
    reason: PublicText = attrs.field(validator=is_text(1000))
    subject: Subject = attrs.field()
    actor: Code = attrs.field(validator=is_text(200))
    at: datetime = attrs.field(converter=instant)

    def index(self) -> Index:
        yield "all", format_instant(self.at)
        yield "subject", composite(self.subject.kind, self.subject.id)


__all__ = [
    "Override",
]
