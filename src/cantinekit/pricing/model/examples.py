"""The worked examples in a tariff: questions, and the answers that the writer of the tariff expects."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import attrs

from cantinekit.calendar import MINUTES_A_DAY, wall_instant
from cantinekit.clock import Period
from cantinekit.errors import InputError
from cantinekit.errors.shown import shown
from cantinekit.money import Money
from cantinekit.pricing.format.kinds import (
    Amount,
    Count,
    Flag,
    Number,
    OneOrMore,
    Text,
    Texts,
    ValueKind,
    decimal_of,
    one_or_more,
)
from cantinekit.pricing.format.kinds_time import Day, Moment, Schema, moment
from cantinekit.pricing.format.read import TariffTable, kind
from cantinekit.pricing.format.records import Subs, key, key_names, read_record, record_schema, unique_ids, write_record
from cantinekit.pricing.model._known import check_absent, check_products
from cantinekit.pricing.model.cancel import AFTER_START
from cantinekit.pricing.model.conditions import FactType, SetOf, Words
from cantinekit.pricing.model.expected import Expected
from cantinekit.pricing.values import MAX_COUNT, Fact, FrozenMap, Item, Lot, Order, State

_HOURS = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])-([01][0-9]|2[0-4]):([0-5][0-9])")
NO_SHOW = "no show"
BEGINS = 9 * 60
"""When a stay begins of which only the length is given, in minutes after midnight."""


@attrs.frozen
class Asked:
    """One product in an example: for each stretch of the clock in ``at`` an item, or one without a period.

    Stretches that are joined by "+" belong to one item.
    """

    product: str = key(Text(), "the product")
    at: tuple[str, ...] = key(Texts(), "stretches of the clock: '09:00-12:30', '09:00-12:00+14:00-16:00'", default=())
    hours: Fraction | None = key(Number(), "the length, where the clock does not matter", default=None)
    minutes: int | None = key(Count(1, 366 * 1440), "the length in minutes", default=None)
    day: date | None = key(Day(), "the day of use, or of beginning", default=None)
    until: date | None = key(Day(), "the last day of something that lasts", default=None)
    count: int = key(Count(1, MAX_COUNT), "how many", default=1)

    facts: Mapping[str, Fact] = attrs.field(factory=FrozenMap, kw_only=True)

    def items(self, zone: str) -> list[Item]:
        more: dict[str, Any] = {"count": self.count, "facts": self.facts, "until": self.until}
        if self.at and self.day is not None:
            out = []
            for text in self.at:
                first, *also = [_period(self.day, part, zone) for part in text.split("+")]
                out.append(Item(self.product, first, also=tuple(also), **more))
            return out
        length = self.minutes if self.hours is None else self.hours * 60
        if length is not None and self.day is not None:
            start = wall_instant(self.day, BEGINS, zone)
            return [Item(self.product, Period(start, start + timedelta(minutes=int(length))), **more)]
        return [Item(self.product, None, day=self.day, minutes=None if length is None else int(length), **more)]

    def check(self, table: TariffTable) -> None:
        check_products(table, [self.product])
        if len([name for name in ("at", "hours", "minutes") if name in table]) > 1:
            table.problem("one of 'at', 'hours' and 'minutes' says how long it is")
        if "at" in table and self.day is None:
            table.problem("'at' needs 'day'", "at")
        if self.hours is not None and ((self.hours * 60).denominator != 1 or not self.hours):
            table.problem("a length of whole minutes, above 0, is needed", "hours")
        for part in (part for text in self.at if self.day for part in text.split("+")):
            table.parsed(lambda text: _period(self.day or date(2000, 1, 1), text, "UTC"), part, "at")

    def data(self, currency: str) -> dict[str, Any]:
        facts = {name: _fact_data(value, currency) for name, value in self.facts.items()}
        return write_record(self, currency) | facts


@attrs.frozen
class Held:
    """Units that the customer of an example holds."""

    account: str = key(Text(), "the account")
    units: Fraction = key(Number(), "how many are left")
    expires: date | None = key(Day(), "the day from which they are not used", default=None)
    paid: int | None = key(Amount(), "what was paid for one", default=None)

    def check(self, table: TariffTable) -> None:
        words: Words = table.notes.words
        if self.account not in words.spent:
            meant = words.accounts.get(self.account) or table.notes.near(self.account, words.spent)
            table.problem(f"{self.account!r} is no account: nothing is covered or paid by it", "account", meant)


@attrs.frozen
class Setting:
    """What is so around the question."""

    customer: str = key(Text(), "who asks", default="")
    as_of: date | None = key(
        Moment(), "the purchase: a day is its noon; the day of use where it is left out", default=None
    )
    holds: tuple[str, ...] | None = key(
        OneOrMore(Text()), "plans and memberships of the customer; 'nothing' for none", default=None
    )
    codes: tuple[str, ...] = key(Texts(empty=True), "codes that are given", default=())
    held: tuple[Held, ...] = key(Subs(Held, empty=True), "units that the customer has", default=())

    def check(self, table: TariffTable) -> None:
        words: Words = table.notes.words
        for name in self.holds or ():
            if name not in (*words.products, *table.notes.asked, "nothing"):
                said = f"no product {shown(name)}, and no condition asks whether it is held"
                table.problem(said, "holds", table.notes.near(name, words.products))


@attrs.frozen
class Cancelled(ValueKind[int | str]):
    """A delay before the start, "after the start", or "no show": nobody came, and nobody called off."""

    def read(self, table: TariffTable, key: str) -> int | str | None:
        if isinstance(table.data[key], str):
            return table.text(key, one_of=(AFTER_START, NO_SHOW)) or None
        return table.count(key, 0, 10_000)

    def schema(self) -> Schema:
        return {"anyOf": [Count(0, 10_000).schema(), {"enum": [AFTER_START, NO_SHOW]}]}


@attrs.frozen
class LaterExample:
    """What happens afterwards, where that is the question."""

    cancelled: int | str | None = key(Cancelled(), "called off so long before the start", default=None)
    periods_left: int | None = key(Count(0, 1200), "ended with so many periods left", default=None)
    moved: int | None = key(Count(0, 10_000), "moved so long before the start", default=None)
    overrun: int | None = key(Count(1, 100_000), "stayed so many minutes longer", default=None)
    leaves: date | None = key(Day(), "the last day of the customer", default=None)
    notice: date | None = key(Day(), "the day on which notice is given", default=None)
    left: Fraction | None = key(Number(), "units that are left at the end of the period", default=None)
    need: str = key(Text(), "a need of [advice]", default="")
    units: int | None = key(Count(), "so many units are needed", default=None)
    dates: tuple[date, ...] = key(OneOrMore(Day()), "needed on these days", default=())
    exact: bool = key(Flag(), "nothing may be left unused", default=False)


_CHANGES = ("cancelled", "moved", "overrun", "periods_left")
_OF_A_NEED = ("units", "dates", "exact")
_OF_NO_ADVICE = "an advice is asked by 'need', 'units' or 'dates': {} would change nothing"
_ANSWERED = dict.fromkeys(_CHANGES, ("fee", "refund", "refused")) | {
    "notice": ("earliest_end", "refused"),
    "leaves": ("last_notice", "owed", "refused"),
    "left": ("next_units",),
}
"""The answers that depend on what happens later."""
_CONTEXT = tuple(key_names(Setting))
_LATER = tuple(key_names(LaterExample))
_ANSWERS = tuple(key_names(Expected))
_ITEM = tuple(key_names(Asked))
RESERVED = frozenset(
    (
        *(*_ITEM, *_CONTEXT, *_LATER, *_ANSWERS),
        *("id", "buy", "instead_of", "person", "month", "week", "year", "account", "session"),
    )
) - {"tax", "units", "steps", "dates", "left", "need", "notice", "exact"}
"""Words that cannot name a fact, because they mean something else beside it."""


@attrs.frozen
class Example:
    """A question with the answer that the writer of the tariff expects."""

    id: str
    buy: tuple[Asked, ...]
    setting: Setting
    later: LaterExample
    expected: Expected
    instead_of: tuple[Asked, ...] = ()
    facts: Mapping[str, Fact] = FrozenMap()
    """What an advice is asked with."""
    day: date | None = None
    """The day for which an advice is asked."""

    def order(self, zone: str, asked: tuple[Asked, ...] | None = None) -> tuple[Order, State]:
        """The question. Where no ``as_of`` is given the day of use is that of the purchase; a day is its noon."""
        buy = self.buy if asked is None else asked
        items = [item for one in buy for item in one.items(zone)]
        setting = self.setting
        day = setting.as_of or next((one.day for one in buy if one.day), None)
        bought = moment(day, zone) if day else None
        return Order(items, setting.customer or None, bought, self.holds, setting.codes), State()

    def asker(self, zone: str) -> Order:
        """Who asks and when, where nothing in particular is bought."""
        day = self.setting.as_of or min(self.later.dates, default=self.day)
        bought = moment(day, zone) if day else None
        return Order((Item("nothing"),), self.setting.customer or None, bought, self.holds, self.setting.codes)

    @property
    def holds(self) -> frozenset[str] | None:
        holds = self.setting.holds
        return None if holds is None else frozenset(holds) - {"nothing"}

    def lots(self, zone: str, smallest: Mapping[str, Fraction]) -> tuple[Lot, ...]:
        """What the customer holds, in the smallest units of the accounts."""
        return lots_of(self.setting.held, zone, smallest)

    def data(self, currency: str) -> dict[str, Any]:
        out: dict[str, Any] = {"id": self.id}
        if self.buy:
            out["buy"] = [asked.data(currency) for asked in self.buy]
        if self.instead_of:
            out["instead_of"] = [asked.data(currency) for asked in self.instead_of]
        out |= {} if self.day is None else {"day": self.day}
        out |= {name: _fact_data(value, currency) for name, value in self.facts.items()}
        for record in (self.setting, self.later, self.expected):
            out |= write_record(record, currency)
        return out


def lots_of(all_held: Sequence[Held], zone: str, smallest: Mapping[str, Fraction]) -> tuple[Lot, ...]:
    """What is held as lots, in the smallest units of the accounts; what stands first was bought first."""
    out = []
    for number, held in enumerate(all_held, 1):
        size = smallest.get(held.account, Fraction(1))
        units = held.units / size
        if units.denominator != 1:
            raise InputError(f"{held.account}: {held.units} is no number of the smallest units")
        value = None if held.paid is None else held.paid * size
        if value is not None and value.denominator != 1:
            raise InputError(f"{held.account}: what was paid cannot be divided into the smallest units")
        out.append(
            Lot(
                id=f"held {number}",
                account=held.account,
                left=int(units),
                bought=datetime(1970, 1, 2, tzinfo=UTC) + timedelta(days=number),
                expires=wall_instant(held.expires, 0, zone) if held.expires else None,
                value=None if value is None else int(value),
            )
        )
    return tuple(out)


def _fact_data(value: Fact, currency: str) -> Any:
    if isinstance(value, Money):
        return decimal_of(value.amount, currency)
    return list(value) if isinstance(value, tuple) else value


def _period(day: date, text: str, zone: str) -> Period:
    """A stretch of the clock on a day, perhaps over midnight; "24:00" is the midnight after it."""
    match = _HOURS.fullmatch(text)
    if match is None:
        raise InputError(f"not a stretch of the clock: {shown(text)}")
    first, last = int(match[1]) * 60 + int(match[2]), int(match[3]) * 60 + int(match[4])
    if last > MINUTES_A_DAY or last == first:
        raise InputError(f"not a stretch of the clock: {shown(text)}")
    last += MINUTES_A_DAY * (last < first)
    return Period(wall_instant(day, first, zone), wall_instant(day, last, zone))


def read_examples(table: TariffTable) -> tuple[Example, ...]:
    """The section ``[examples]``: ``defaults``, and ``list`` with one example an entry."""
    words: Words = table.notes.words
    table.known(("defaults", "list"))
    defaults = table.table("defaults")
    defaults.known((*_ITEM, *_CONTEXT, *words.facts))
    found = [(entry, _example(entry, defaults.data, words)) for entry in table.tables("list")]
    unique_ids([entry for entry, example in found if example is not None], "id")
    return tuple(example for _, example in found if example is not None)


def _pick(table: TariffTable, data: Mapping[str, Any], keys: tuple[str, ...]) -> TariffTable:
    return TariffTable({name: value for name, value in data.items() if name in keys}, table.path, table.notes)


def _example(table: TariffTable, defaults: Mapping[str, Any], words: Words) -> Example | None:
    item_keys = (*_ITEM, *words.facts)
    own = item_keys if "buy" not in table else tuple(name for name in item_keys if name != "product")
    table.known(("id", "buy", "instead_of", *_CONTEXT, *_LATER, *_ANSWERS, *own))
    rows = table.tables("buy") if "buy" in table else [table] if "need" not in table else []
    if not rows and "need" not in table:
        table.problem("an example asks for something", "buy")
    if not any(name in table for name in _ANSWERS) and not table.odd:
        table.problem(f"an example names what it expects: {', '.join(_ANSWERS)}")
    if table.data.get("refused", "tax_unknown") != "tax_unknown" and any(name in table for name in ("gross", "net")):
        table.problem("either an amount or a refusal is expected", "refused")
    taken = {name for name in words.facts if name in (*_ANSWERS, *_LATER)}
    answers = _pick(table, table.data, tuple(name for name in _ANSWERS if name not in taken))
    later = _pick(table, table.data, tuple(name for name in _LATER if name not in taken))
    setting = _pick(table, {**defaults, **table.data}, _CONTEXT)
    shared = {name: value for name, value in defaults.items() if name in item_keys}
    about = {name: value for name, value in table.data.items() if name == "day" or name in words.facts}
    if "buy" in table:
        shared |= {name: value for name, value in table.data.items() if name in own}
    buy = [_asked(row, shared, words, row is table) for row in rows]
    instead = [_asked(row, shared | about, words, False) for row in table.tables("instead_of")]
    facts, day = FrozenMap[Fact](), None
    if "need" in table:
        asking = [name for name in ("buy", "instead_of", *_ITEM) if name not in ("day", *words.facts)]
        check_absent(table, asking, _OF_NO_ADVICE)
        asked_with = TariffTable(shared | about, table.path, table.notes)
        facts = _facts(asked_with, words)
        day = Day().read(asked_with, "day") if "day" in asked_with else None
    _check_later(table, later, words)
    context, after = read_record(Setting, setting), read_record(LaterExample, later)
    expected = read_record(Expected, answers)
    id = table.text("id", required=True)
    if context is None or after is None or expected is None or None in buy or None in instead or not id:
        return None
    asked, other = tuple(filter(None, buy)), tuple(filter(None, instead))
    return Example(id, asked, context, after, expected, other, facts, day)


def _check_later(table: TariffTable, later: TariffTable, words: Words) -> None:
    """Note what no answer depends on, and a need that is asked for in no way or in two."""
    changes = [name for name in _CHANGES if name in later]
    for name in changes[1:]:
        table.problem(f"one of {', '.join(changes)} happens", name)
    if "need" in later:
        check_absent(later, _ANSWERED, _OF_NO_ADVICE)
        check_absent(table, ["held"], _OF_NO_ADVICE)
        if ("units" in later) == ("dates" in later):
            name = "dates" if "dates" in later else "need"
            table.problem("a need has 'units', or the 'dates' on which one is needed", name)
        return
    check_absent(later, _OF_A_NEED, "{} goes with 'need'")
    for name, answers in _ANSWERED.items():
        if name in later and not any(answer in table and answer not in words.facts for answer in answers):
            table.problem(f"{name!r} would change nothing but {', '.join(answers)}: name one of these", name)


_WAYS = ("at", "hours", "minutes")


def _asked(row: TariffTable, defaults: Mapping[str, Any], words: Words, inline: bool) -> Asked | None:
    if not inline:
        row.known((*_ITEM, *words.facts))
    mine = dict(defaults)
    if any(name in row for name in _WAYS):
        mine = {name: value for name, value in mine.items() if name not in _WAYS}
    mine |= {name: value for name, value in row.data.items() if name in _ITEM or name in words.facts}
    found = read_record(Asked, _pick(row, mine, _ITEM))
    given = _facts(TariffTable(mine, row.path, row.notes), words)
    return attrs.evolve(found, facts=given) if found else None


def _facts(table: TariffTable, words: Words) -> FrozenMap[Fact]:
    """The facts of a question that stand in a table."""
    given = {name: fact_value(table, name, declared) for name, declared in words.facts.items() if name in table}
    return FrozenMap({name: value for name, value in given.items() if value is not None})


def fact_value(table: TariffTable, name: str, declared: FactType) -> Fact | None:
    """The value of a fact in an example."""
    value = table.data[name]
    if declared == "money":
        minor = table.money(name)
        return None if minor is None else Money(minor, table.notes.currency)
    if isinstance(declared, SetOf):
        words = table.texts(name)
        if words and set(words) <= set(declared):
            return tuple(sorted(words))
    elif isinstance(declared, tuple):
        if isinstance(value, str) and value in declared:
            return value
    elif declared == "yes/no":
        if type(value) is bool:
            return value
    elif declared == "text":
        return table.text(name) or None
    elif type(value) is int and 0 <= value <= MAX_COUNT:
        return value
    elif declared == "decimal" and isinstance(value, Decimal) and 0 <= value <= MAX_COUNT:
        return int(value) if value == int(value) else value.normalize()
    table.problem(f"not a value of this fact: {kind(value) if not isinstance(value, str) else value!r}", name)
    return None


def examples_schema() -> Schema:
    """JSON Schema of the section; facts of the tariff may stand in a question, so that other keys are allowed."""
    asked = record_schema(Asked) | {"additionalProperties": True}
    row: Schema = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}}
    for cls in (Setting, LaterExample, Expected, Asked):
        row["properties"] |= record_schema(cls)["properties"]
    row["properties"] |= {"buy": one_or_more(asked), "instead_of": one_or_more(asked)}
    return {
        "type": "object",
        "properties": {"defaults": {"type": "object"}, "list": {"type": "array", "items": row}},
        "additionalProperties": False,
    }
