"""The kinds of values that are rules of the calendar: how long something lasts, contracts, delays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs

from cantinekit.pricing.format.kinds_time import Schema
from cantinekit.pricing.format.read import TariffTable
from cantinekit.pricing.terms import Delay, Term, Validity, read_delay, read_term, read_validity


@attrs.frozen
class Calendar:
    """The kind of a rule of the calendar; its own room reads it and says what is wrong."""

    parse: Callable[[Any, Any], Any]
    cls: type
    more: tuple[str, ...] = ()
    """Keys beside the fields of the class."""

    def read(self, table: TariffTable, key: str) -> Any:
        return self.read_from(table.data[key], table, key)

    def read_from(self, data: Any, table: TariffTable, key: str | None = None) -> Any:
        """The rule that ``data`` says; what is wrong with it is noted at a key of the table, or at the table itself."""
        return table.parsed(lambda part: self.parse(part, table.notes.calendars), data, key)

    def write(self, value: Any, currency: str) -> Any:
        return value.data()

    def schema(self) -> Schema:
        names = [*(field.name for field in attrs.fields(self.cls)), *self.more]
        return {"type": "object", "properties": {name: {} for name in names}, "additionalProperties": False}


VALIDITY = Calendar(read_validity, Validity, ("covers",))
TERM = Calendar(read_term, Term)
DELAY = Calendar(read_delay, Delay)
