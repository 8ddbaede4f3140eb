"""The cost of cancelling: shares and amounts by the delay before the start, for one case or for several."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import attrs

from cantinekit.pricing.format.kinds import Amount, Count, Percent, Text, one_or_more
from cantinekit.pricing.format.kinds_time import Schema
from cantinekit.pricing.format.read import TariffTable
from cantinekit.pricing.format.records import Subs, key, key_names, read_record, record_schema, write_record
from cantinekit.pricing.model._calendars import DELAY
from cantinekit.pricing.model._known import check_reached, check_refusal
from cantinekit.pricing.model.conditions import Condition, When
from cantinekit.pricing.model.once import check_once, once_key
from cantinekit.pricing.terms import Delay, parse_length

MOST = 10_000
NO_ANSWER = ("unstated", "on_quote")
"""The refusals of a row: the list does not say, or it has to be asked for."""


@attrs.frozen
class Delays:
    """The kind of the key ``delay``: one way to count, or days and business days beside one another."""

    def read(self, table: TariffTable, key: str) -> tuple[Delay, ...] | None:
        rows = table.data[key]
        if not isinstance(rows, list):
            found = DELAY.read(table, key)
            return None if found is None else (found,)
        parts = [DELAY.read_from(row, table, key) for row in rows]
        out = tuple(delay for delay in parts if delay is not None)
        if len(out) != len(rows):
            return None
        if [delay.unit for delay in out] not in (["day"], ["business day"], ["hour"], ["day", "business day"]):
            table.problem(
                "one way to count is needed, or two: { unit = 'day' } and then { unit = 'business day', ... }", key
            )
            return None
        return out

    def write(self, value: tuple[Delay, ...], currency: str) -> Any:
        return value[0].data() if len(value) == 1 else [delay.data() for delay in value]

    def schema(self) -> Schema:
        return one_or_more(DELAY.schema(), minItems=1, maxItems=2)


AFTER_START = "after the start"


@attrs.frozen
class Ahead:
    """So long before the start, in a unit of its own or (``""``) in that of the table; -1 is after the start."""

    n: int
    unit: str = ""

    @property
    def is_after(self) -> bool:
        """Whether it is after the start."""
        return self.n < 0

    def __str__(self) -> str:
        if self.is_after:
            return AFTER_START
        return f"{self.n} {self.unit}" + ("s" if self.n != 1 else "")


AFTER = Ahead(-1)


@attrs.frozen
class AheadKind:
    """The kind of the key ``from``: a number in the unit of the delay, or a length in words, "10 business days"."""

    late: bool = True
    """Whether it may be after the start."""

    def read(self, table: TariffTable, key: str) -> Ahead | None:
        if not isinstance(table.data[key], str):
            number = table.count(key, 0, MOST)
            return None if number is None else Ahead(number)
        if table.data[key] == AFTER_START and self.late:
            return AFTER
        length = table.parsed(parse_length, table.data[key], key)
        if length is None:
            return None
        if length.unit not in ("day", "week", "business day", "hour") or length.n > MOST:
            table.problem("hours, days, weeks or business days before the start are needed, at most 10000", key)
            return None
        return Ahead(length.days, "day") if length.days is not None else Ahead(length.n, length.unit)

    def write(self, value: Ahead, currency: str) -> int | str:
        return str(value) if value.unit or value.is_after else value.n

    def schema(self) -> Schema:
        words: Schema = {"type": "string", "pattern": r"^\d+ ?(h|(business )?days?|weeks?|hours?)$"}
        return {"anyOf": [Count(0, MOST).schema(), words, *([{"const": AFTER_START}] if self.late else [])]}


@attrs.frozen
class Keep:
    """From this delay on, so much is kept."""

    delay: Ahead = key(AheadKind(), "at least so long before the start", name="from")
    percent: Fraction | None = key(Percent(0, 100), "the share of the price that is kept", default=None)
    price: int | None = key(Amount(), "or an amount of it, at most the price", default=None)
    fee: int | None = key(Amount(), "a fee beside it, in this row only", default=None)
    once_per: str = once_key()
    refuse: str = key(Text(NO_ANSWER), "or the list does not say how much", default="")
    why: str = key(Text(), "why it does not, in words", default="")

    @property
    def keeps(self) -> bool:
        return bool(self.percent or self.price)

    def check(self, table: TariffTable) -> None:
        if [self.percent is None, self.price is None, not self.refuse].count(False) != 1:
            table.problem("one of 'percent', 'price' and 'refuse': how much of the price is kept?")
        check_refusal(table, self.refuse, ["fee"])
        check_once(table, self.once_per, self.price, self.fee)


@attrs.frozen
class NoShowKind:
    """The kind of the key ``no_show``: a share, or a row without ``from``."""

    def read(self, table: TariffTable, key: str) -> Keep | None:
        if not isinstance(table.data[key], dict):
            percent = Percent(0, 100).read(table, key)
            return None if percent is None else Keep(Ahead(0), percent)
        inner = table.table(key)
        inner.known([name for name in key_names(Keep) if name != "from"])
        data = {name: value for name, value in inner.data.items() if name != "from"} | {"from": 0}
        return None if inner.odd else read_record(Keep, TariffTable(data, inner.path, inner.notes))

    def write(self, value: Keep, currency: str) -> Any:
        row = {name: part for name, part in write_record(value, currency).items() if name != "from"}
        return row["percent"] if list(row) == ["percent"] else row

    def schema(self) -> Schema:
        row = record_schema(Keep)
        del row["properties"]["from"], row["required"]
        return {"anyOf": [Percent(0, 100).schema(), row]}


@attrs.frozen
class CancelCost:
    """The cost of cancelling: how much is kept, by the delay before the start."""

    delay: tuple[Delay, ...] = key(Delays(), "how the delay before the start is counted")
    keep: tuple[Keep, ...] = key(Subs(Keep), "what is kept, by the delay")
    when: When = key(Condition(), "only then; the first table that fits is taken", default=())
    free: When = key(Condition(), "in these cases nothing is kept", default=())
    fee: int = key(Amount(), "a fee beside what is kept, where something is kept", default=0)
    once_per: str = once_key()
    no_show: Keep | None = key(NoShowKind(), "what is kept where nobody came and nobody called off", default=None)

    def unit_of(self, row: Keep) -> str:
        return row.delay.unit or self.delay[0].unit

    @property
    def mixed(self) -> bool:
        """Whether its rows count in days and in business days: then the first one that is reached is taken."""
        return len({self.unit_of(row) for row in self.keep if not row.delay.is_after}) > 1

    def after_start(self, *, came: bool) -> Keep | None:
        """The row for a cancellation after the start, or for a no-show (``came`` is false).

        Where the list has only one of the two, it holds for both; ``None`` where it has neither.
        """
        row = next((row for row in self.keep if row.delay.is_after), None)
        return (row or self.no_show) if came else (self.no_show or row)

    def check(self, table: TariffTable) -> None:
        known = [delay.unit for delay in self.delay]
        check_once(table, self.once_per, self.fee or None)
        rows = table.tables("keep")
        strange = [at for row, at in zip(self.keep, rows, strict=True) if self.unit_of(row) not in known]
        for at in strange:
            table.notes.add((*at.path, "from"), f"the delay is counted in {known[0]}s; {_HOW}")
        if self.fee and not any(row.keeps for row in (*self.keep, *filter(None, [self.no_show]))):
            table.problem("a fee beside what is kept, and nothing is kept: write it in the row, fee = ...", "fee")
        if strange:
            return
        if len(known) > 1 and not any(self.unit_of(row) == known[1] for row in self.keep):
            table.problem("no row is in business days: from = '10 business days'", "delay")
        bounds = [(self.unit_of(row), row.delay.n) for row in self.keep]
        late = [row.delay.is_after for row in self.keep]
        if len(set(bounds)) != len(bounds):
            table.problem("two rows begin at the same delay", "keep")
        elif 0 not in [n for _, n in bounds]:
            table.problem("no row from = 0: what is kept at the last moment?", "keep")
        elif self.mixed:
            for number, at in enumerate(rows):
                if not late[number] and not all(self._reached(number, weekday) for weekday in range(7)):
                    at.problem(
                        f"{bounds[number][1]} {bounds[number][0]}s before: who is so early may have reached a row "
                        "above. Rows in days and in business days stand from the longest to the shortest; where their "
                        "order depends on the weekday write all of them in one unit",
                        "from",
                    )

    def _reached(self, number: int, weekday: int) -> bool:
        """Whether somebody can come to a row and to none above, for a start on a weekday and without holidays."""
        row = self.keep[number]
        days = row.delay.n if self.unit_of(row) == "day" else self._least(row.delay.n, weekday)
        for above in self.keep[:number]:
            if self.unit_of(above) == "day" and days >= above.delay.n:
                return False
            if self.unit_of(above) != "day" and days >= self._least(above.delay.n, weekday):
                return False
        return True

    def _least(self, n: int, weekday: int) -> int:
        """The fewest days before a start on a weekday with so many business days in them."""
        rule = self.delay[-1]
        works = rule.workdays.weekdays if rule.workdays else ()
        if not n or not works:
            return 0
        weeks, left = divmod(n - 1, len(works))
        days, left = 7 * weeks, left + 1
        while left:
            days += 1
            left -= (weekday - days) % 7 in works
        return days + (rule.notice_day != "counts")


_HOW = "say how the others are: delay = [{ unit = 'day' }, { unit = 'business day', notice_day = ..., workdays = ... }]"


@attrs.frozen
class Cancels(Subs[CancelCost]):
    """The kind of the key ``cancel``: a table, or several of which the first that fits is taken."""

    cls: type[CancelCost] = CancelCost
    alone: bool = True

    def read(self, table: TariffTable, key: str) -> tuple[CancelCost, ...] | None:
        found = super().read(table, key)
        check_reached(table, [rule.when for rule in found or ()], key)
        return None if found is None else tuple(map(_plain, found))


def _plain(rule: CancelCost) -> CancelCost:
    """A row in the unit of the table has its number alone, however it was written."""
    unit = rule.delay[0].unit
    rows = [attrs.evolve(row, delay=Ahead(row.delay.n)) if row.delay.unit == unit else row for row in rule.keep]
    return attrs.evolve(rule, keep=tuple(rows))
