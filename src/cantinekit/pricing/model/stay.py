"""How long a visit lasts that a product sells at a fixed price."""

from __future__ import annotations

from typing import Literal

import attrs

from cantinekit.calendar import format_clock, minute_of
from cantinekit.pricing.format.kinds import show_span
from cantinekit.pricing.format.kinds_time import Schema
from cantinekit.pricing.format.read import TariffTable, span

StayWord = Literal["half-day", "day", "length", "cut"]
"""``half-day``: half of the opening hours of the day. ``day``: until closing. ``length``: so many minutes. ``cut``:
until a time of the day, or until closing for who comes later."""
_WHOLE: tuple[StayWord, ...] = ("half-day", "day")


@attrs.frozen
class Stay:
    """How long a visit lasts that is paid when it begins.

    Attributes:
        word: which of the ways to say it.
        minutes: of a length its minutes, of a cut the minute of the day; else 0.
    """

    word: StayWord
    minutes: int = 0


@attrs.frozen
class StayKind:
    """The kind of a stay: ``"half-day"``, ``"day"``, a length ``"4h"``, or the time that cuts the day, ``"13:00"``."""

    def read(self, table: TariffTable, key: str) -> Stay | None:
        text = table.text(key)
        for word in _WHOLE:
            if text == word:
                return Stay(word)
        if (minutes := span(text)) is not None:
            return Stay("length", minutes)
        if (minute := minute_of(text)) is not None:
            return Stay("cut", minute)
        if text:
            table.problem("a stay is 'half-day', 'day', a length such as '4h', or a time such as '13:00'", key)
        return None

    def write(self, value: Stay, currency: str) -> str:
        if value.word in _WHOLE:
            return value.word
        return show_span(value.minutes) if value.word == "length" else format_clock(value.minutes)

    def schema(self) -> Schema:
        return {"anyOf": [{"enum": list(_WHOLE)}, {"type": "string", "pattern": r"^(\d.*|minute|hour)$"}]}
