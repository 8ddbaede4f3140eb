"""The rows that were taken over from another system, each once."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar

import attrs

from cantinekit.clock import format_instant, instant
from cantinekit.common.fields import Code, is_a, is_id, is_text
from cantinekit.domain.base import Subject, record
from cantinekit.domain.index import Index, composite


@record("domain", fields=("at",))
@attrs.frozen
class Imported:
    """A row of another system that was taken over. The same row again changes nothing.

    Attributes:
        id: where it is from: the key of the row, such as "old 2026-11, row 17".
        day: the local day as of which the other system said so.
        fingerprint: a hash of its content.
        made: what was made of it, or changed by it.
        at: when it was taken over, in UTC.

    Index:
        at: at.
    """

    kind: ClassVar[str] = "imported"
    id: str = attrs.field(validator=is_id)
    day: date = attrs.field()
    fingerprint: Code = attrs.field(validator=is_text(64))
    made: Subject = attrs.field(validator=is_a(Subject))
    at: datetime = attrs.field(converter=instant)

    def index(self) -> Index:
        yield "at", format_instant(self.at)


@record("private", fields=("person",), person="person", named=False)
@attrs.frozen
class ImportedWho:
    """A hash of what a row said of who a person or an organisation is, so that another content is seen. It goes with
    them: the row of somebody who was forgotten changes nothing.

    Attributes:
        id: where it is from: the key of the row.
        person_id: the person, or the organisation.
        fingerprint: the hash.

    Index:
        person: id of the person or the organisation, key of the row.
    """

    kind: ClassVar[str] = "imported_who"
    id: str = attrs.field(validator=is_id)
    person_id: str = attrs.field(validator=is_id)
    fingerprint: Code = attrs.field(validator=is_text(64))

    def index(self) -> Index:
        yield "person", composite(self.person_id, self.id)


__all__ = [
    "Imported",
    "ImportedWho",
]
