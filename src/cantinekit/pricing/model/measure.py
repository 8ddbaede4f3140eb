"""The measure of a stay, and which stays count as one."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import attrs

from cantinekit.pricing.format.kinds import Flag, Minutes, Number, SpanKind, Text
from cantinekit.pricing.format.kinds_time import CLOCK, HOURS, Schema
from cantinekit.pricing.format.read import TariffTable, good_text, span
from cantinekit.pricing.format.records import key
from cantinekit.pricing.model._known import check_declared
from cantinekit.pricing.model._scope import Same


@attrs.frozen
class SessionTimes:
    """Sessions by name, ``{ am = "09:00-12:00", pm = "13:00-17:00" }``, in minutes after midnight."""

    def read(self, table: TariffTable, key: str) -> tuple[tuple[str, tuple[int, int]], ...] | None:
        inner = table.table(key)
        out = [(name, found) for name in inner.data if good_text(name) and (found := HOURS.read(inner, name))]
        if not out or any(end <= start for _, (start, end) in out):
            table.problem("sessions such as { am = '09:00-12:00' } are needed; none goes over midnight", key)
            return None
        out.sort(key=lambda entry: entry[1])
        if any(after[1][0] < before[1][1] for before, after in pairwise(out)):
            table.problem("two sessions overlap", key)
        return tuple(out)

    def write(self, value: tuple[tuple[str, tuple[int, int]], ...], currency: str) -> dict[str, str]:
        return {name: HOURS.write(stretch, currency) for name, stretch in value}

    def schema(self) -> Schema:
        return {"type": "object", "additionalProperties": HOURS.schema()}


@attrs.frozen
class Merge:
    """Stays of one scope that lie close together are one stay, from the first arrival to the last departure."""

    same: tuple[str, ...] = key(Same(), "whose stays, and of which day")
    gap: int = key(Minutes(), "the longest absence that does not end the stay")


@attrs.frozen
class Measure:
    """How a stay is counted: minutes, blocks, halves, sessions, days, nights, or a number that is measured."""

    unit: str = key(Text(), "the name of what is counted; 'minute' for time")
    every: tuple[int, bool] | None = key(SpanKind(), "the length of a block (or so many of the fact)", default=None)
    cut: int | None = key(CLOCK, "a time of the day that cuts it in halves; each half touched counts", default=None)
    sessions: tuple[tuple[str, tuple[int, int]], ...] = key(
        SessionTimes(), "sessions of the day; each one touched counts", default=()
    )
    gap: str = key(Text(("refuse", "previous", "next")), "what time between the sessions is", default="refuse")
    days: bool = key(Flag(), "each local day that is touched counts", default=False)
    nights: bool = key(Flag(), "each midnight inside counts", default=False)
    share: Fraction | None = key(
        Number(), "a stay of up to this share of the opening hours is one, a longer one two", default=None
    )
    fact: str = key(Text(), "a fact that gives the number", default="")
    smallest: Fraction | None = key(Number(), "the smallest part of the unit that is counted", default=None)
    step: tuple[int, bool] | None = key(SpanKind(), "rounded up to this", default=None)
    minimum: tuple[int, bool] | None = key(SpanKind(), "at least this", default=None)
    at_most: tuple[int, bool] | None = key(SpanKind(), "at most this", default=None)
    same: tuple[str, ...] = key(Same(), "counted over everything in this scope, not each for itself", default=())

    @property
    def timed(self) -> bool:
        """Whether it needs the beginning and the end of the stay."""
        return not self.fact

    def check(self, table: TariffTable) -> None:
        ways = [name for name in ("cut", "sessions", "days", "nights", "share", "fact") if name in table]
        if self.every and not self.fact:
            ways.append("every")
        if len(ways) > 1:
            table.problem(f"one way of counting is needed, not several: {', '.join(ways)}")
        if self.unit == "minute" and ways:
            table.problem("minutes are counted as they are", ways[0])
        if self.unit != "minute" and not ways:
            table.problem(f"say how {self.unit!r} is counted: 'every', 'cut', 'sessions', 'days', 'share' or 'fact'")
        if self.unit != "minute" and span(self.unit):
            table.problem("a length of time; the unit is 'minute' or a word such as 'half-day'", "unit")
        check_declared(table, self.fact, "fact")
        if self.share is not None and not table.notes.words.has_hours:
            table.problem("a share of the opening hours needs the section [opening]", "share")
        if self.every and self.every[1] != (not self.fact):
            table.problem("'every' is a length of time, or a number where a fact is counted", "every")
        for name in ("step", "minimum", "at_most"):
            value = getattr(self, name)
            if value and value[1] != (self.unit == "minute"):
                table.problem("a length of time for minutes, else a number of units", name)
        if self.smallest == 0:
            table.problem("a part above 0 is needed, such as '0.5'", "smallest")
        if self.minimum and self.at_most and self.minimum[0] > self.at_most[0]:
            table.problem("'minimum' is above 'at_most'", "minimum")
