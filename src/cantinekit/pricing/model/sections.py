"""The sections of a tariff beside its products."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import attrs

from cantinekit.clock import zone as check_zone
from cantinekit.money import Rounding, exponent
from cantinekit.pricing.format.kinds import Amount, Count, Flag, OneOrMore, Percent, Text, Texts
from cantinekit.pricing.format.kinds_time import HOURS, Day, Schema, Weekdays
from cantinekit.pricing.format.read import MAX_ENTRIES, TariffTable, good_text
from cantinekit.pricing.format.records import Sub, Subs, key, key_names, read_record, write_record
from cantinekit.pricing.model._known import check_products, check_reached
from cantinekit.pricing.model.conditions import (
    WORDS,
    Condition,
    DateRange,
    DatesKind,
    FactType,
    SeasonKind,
    SetOf,
    When,
    asked_names,
)
from cantinekit.pricing.model.product_parts import PRICE_DATES
from cantinekit.pricing.model.read_rules import Adjusts, ordered, own_keys, read_adjust
from cantinekit.pricing.model.rules import MODES, Adjust, Group, Limit
from cantinekit.pricing.tax import Mention, TaxClass, TaxError, Treatment
from cantinekit.pricing.values import FrozenMap

NOT_SUBJECT = "not subject"
UNKNOWN = "unknown"
PROSE = 2_000
"""The longest sentence about a price list."""
MAX_FACTS = 100
MAX_CHAIN = 50
"""Axes that refer to other axes are followed so deep."""
REVERSE = "Reverse charge"
FACT_WORDS = ("yes/no", "number", "decimal", "money", "text")
TAX_KINDS = ("standard", "exempt", "not subject", "outside scope", "reverse", "unknown")


@attrs.frozen
class TariffHead:
    """The table ``[tariff]``."""

    id: str = key(Text(), "small letters, digits, '-', '_' and '.'")
    currency: str = key(Text(), "ISO 4217")
    zone: str = key(Text(), "IANA name; days, weekdays and hours are those of this zone", name="timezone")
    name: str = key(Text(), "for people", default="")
    rounding: Rounding = key(Text(MODES), "how amounts are rounded, on the magnitude", default="half_up")
    seconds: str = key(Text(("up", "down", "nearest")), "how a length is brought to whole minutes", default="up")
    price_date: str = key(Text(PRICE_DATES), "which day picks a dated list", default="")
    prices: str = key(Text(("incl", "excl")), "whether prices are with tax", default="")
    tax: str = key(Text(), "the tax class of what states none", default=UNKNOWN)
    unreachable: str = key(
        Text(("residual", "adjust tax", "refuse")), "a price with tax that no net amount reaches", default="residual"
    )
    due: str = key(Text(), "when an invoice is due, such as '1 month'", default="")
    source: tuple[str, ...] = key(Texts(longest=PROSE), "where the prices are published", default=())
    uncertain: tuple[str, ...] = key(Texts(longest=PROSE), "what the source leaves open", default=())

    def data(self) -> dict[str, Any]:
        return write_record(attrs.evolve(self, name=self.name or self.id), self.currency) | {"rounding": self.rounding}

    def check(self, table: TariffTable) -> None:
        table.parsed(exponent, self.currency, "currency")
        table.parsed(check_zone, self.zone, "timezone")


@attrs.frozen
class Mentions:
    """The kind of the key ``mention``: a text, or tables with the day from which each holds."""

    def read(self, table: TariffTable, key: str) -> tuple[MentionRow, ...] | None:
        if isinstance(table.data[key], str):
            text = table.text(key)
            return (MentionRow(text),) if text else None
        return Subs(MentionRow).read(table, key)

    def write(self, value: tuple[MentionRow, ...], currency: str) -> Any:
        return [write_record(row, currency) for row in value]

    def schema(self) -> Schema:
        return {"anyOf": [{"type": "string"}, Subs(MentionRow).schema()]}


@attrs.frozen
class TaxRate:
    """A rate, and the day from which it holds."""

    start: date = key(Day(), "the first day", name="from")
    rate: Fraction = key(Percent(0, 100), "the rate")


@attrs.frozen
class MentionRow:
    """What the law wants on the bill, and the day from which it does."""

    text: str = key(Text(), "the words")
    start: date | None = key(Day(), "the first day", name="from", default=None)
    code: str = key(Text(), "a VATEX code", default="")
    source: str = key(Text(), "the law", default="")


@attrs.frozen
class TaxTable:
    """A tax class: its dated rates, or why there are none, and what stands on the bill."""

    kind: str = key(Text(TAX_KINDS), "what it is", default="")
    rates: tuple[TaxRate, ...] = key(Subs(TaxRate), "the rates by the day from which they hold", default=())
    mention: tuple[MentionRow, ...] = key(Mentions(), "what stands on the bill", default=())
    reverse: When = key(Condition(), "in these cases the customer owes the tax (reverse charge)", default=())
    reverse_mention: str = key(Text(), "what stands on the bill then", default=REVERSE)


@attrs.frozen
class Tax:
    """A tax class of a tariff, and when the customer owes the tax.

    Attributes:
        tax_class: its rates and mentions by day.
        reverse: the condition under which the customer owes the tax.
        reverse_mention: the sentence that a document then carries.
    """

    tax_class: TaxClass
    reverse: When = ()
    reverse_mention: str = REVERSE

    @property
    def id(self) -> str:
        return self.tax_class.id

    def rate_on(self, day: date) -> Fraction | None:
        """The rate of that day; ``None`` before the first one, and for a class without rates.

        Args:
            day: the local day.
        """
        return self.tax_class.rate_on(day)

    def treatment(self, day: date, reverse: bool) -> Treatment:
        """The treatment on a day.

        Args:
            day: the local day.
            reverse: whether the customer owes the tax.
        """
        found = self.tax_class.on(day)
        if not reverse or found.kind != "standard":
            return found
        return Treatment("reverse", "AE", Fraction(0), Mention(None, self.reverse_mention), found.rate)

    def data(self, currency: str) -> dict[str, Any]:
        """The tax class as a table of a file.

        Args:
            currency: ISO 4217 code of the tariff.
        """
        cls = self.tax_class
        rates = tuple(TaxRate(since or date.min, rate) for since, rate in cls.rates)
        mentions = tuple(MentionRow(row.text, row.since, row.code, row.source) for row in cls.mentions)
        kind = "" if cls.kind == (self.id if self.id in TAX_KINDS else "standard") else cls.kind
        return write_record(TaxTable(kind, rates, mentions, self.reverse, self.reverse_mention), currency)


def read_tax(name: str, table: TariffTable) -> Tax | None:
    """A tax class."""
    if name == UNKNOWN:
        table.problem("'unknown' is the class of what states no tax, and cannot be described")
        return None
    found = read_record(TaxTable, table)
    if found is None:
        return None
    if "reverse_mention" in table and "reverse" not in table:
        table.problem("'reverse_mention' goes with 'reverse': in which cases?", "reverse_mention")
    if "rates" in table:
        before = len(table.notes.problems)
        ordered([row.start for row in found.rates], table, "rates")
        if len(table.notes.problems) > before:
            return None
    default = name if name in TAX_KINDS else "standard"
    kind = found.kind or default
    rates = tuple((row.start, row.rate) for row in found.rates)
    mentions = tuple(Mention(row.start, row.text, row.code, row.source) for row in found.mention)
    try:
        return Tax(TaxClass(name, kind, rates, mentions=mentions), found.reverse, found.reverse_mention)  # type: ignore[arg-type]
    except TaxError as error:
        if "rates" not in table or found.rates:
            for problem in error.problems:
                table.problem(problem.removeprefix(f"{name}: "))
        return None


@attrs.frozen
class Fits:
    """One value of a derived axis, and when a question has it."""

    value: str = key(Text(), "the value", name="is")
    when: When = key(Condition(), "only then; the last one may have none", default=())


@attrs.frozen
class Band:
    """A band of time: days and hours."""

    weekday: tuple[str, ...] = key(Weekdays(), "the days", default=())
    season: tuple[tuple[int, int], ...] = key(SeasonKind(), "the part of every year", default=())
    date: DateRange | None = key(DatesKind(), "one day, or from one to another", default=None)
    clock: tuple[tuple[int, int], ...] = key(OneOrMore(HOURS), "the hours", default=())
    holiday: bool | None = key(Flag(), "only on holidays, or never on one", default=None)


@attrs.frozen
class Unit:
    """A unit that is not money."""

    name: str = key(Text(), "for people", default="")
    plural: str = key(Text(), "several of them, for people", default="")
    decimals: int = key(Count(0, 4), "how many decimals it has", default=0)


@attrs.frozen
class Coupon:
    """A code that changes the order once it is given."""

    rule: Adjust
    start: date | None = key(Day(), "the first day on which it may be used", name="from", default=None)
    until: date | None = key(Day(), "the last day on which it may be used", default=None)
    minimum: int = key(Amount(), "only where the order comes to this", default=0)
    larger: str = key(Text(("ignored", "to zero")), "what one does that is larger than the order", default="to zero")
    limit: Limit | None = key(Sub(Limit), "how often it may be used in a scope", default=None)

    def data(self, currency: str) -> dict[str, Any]:
        out = self.rule.data(currency) | write_record(self, currency)
        del out["id"]
        if "larger" in out:
            out["larger"] = out.pop("larger")  # it stands last
        return out


def read_coupon(code: str, table: TariffTable) -> Coupon | None:
    """A coupon: an adjustment with the days on which it may be used, a minimum, and what a too large one does."""
    own, more = own_keys(Coupon, table), tuple(key_names(Coupon))
    if "start" in own and "until" in own and own["until"] < own["start"]:
        table.problem("'until' is before 'from'", "until")
    taken_off = table.data.get("add")
    if "larger" in table and not (isinstance(taken_off, (int, Decimal)) and taken_off < 0):
        table.problem("'larger' goes with one amount that is taken off, such as add = -5.00", "larger")
    rest = TariffTable({k: v for k, v in table.data.items() if k not in more}, table.path, table.notes)
    rule = read_adjust(rest, ("id",))
    return Coupon(attrs.evolve(rule, id=code), **own) if rule else None


@attrs.frozen
class OrderRules:
    """The table ``[order]``: what is done across the items."""

    adjust: tuple[Group, ...] = key(Adjusts(), "what changes the lines of the order", default=())
    coupons: str = key(
        Text(("one of", "all in order", "best for customer", "unstated")), "several codes at once", default="unstated"
    )
    vouchers: tuple[str, ...] = key(Texts(), "accounts whose units are money and pay what is due", default=())


@attrs.frozen
class Offer:
    """One thing that may be bought for a need: a number of units, or a window of days."""

    product: str = key(Text(), "the product")
    count: int = key(Count(1, 100_000), "how many of it", default=1)
    units: int = key(Count(1, 100_000), "for so many units of the need", default=0)
    days: int = key(Count(1, 3660), "for all needs in so many days, the first one counted", default=0)
    at_most: int | None = key(Count(), "bought at most so often", default=None)

    def check(self, table: TariffTable) -> None:
        if bool(self.units) == bool(self.days):
            table.problem("an offer has 'units' or 'days'")
        check_products(table, [self.product])


@attrs.frozen
class AdviceSection:
    """The table ``[advice.<need>]``: what can be bought for a need."""

    unit: str = key(Text(), "what is needed: 'day', 'hour', 'month'")
    offers: tuple[Offer, ...] = key(Subs(Offer), "what can be bought")


def read_facts(table: TariffTable, reserved: frozenset[str]) -> FrozenMap[FactType]:
    """The section ``[facts]``: the words that a question may use."""
    facts: dict[str, FactType] = {}
    if len(table.data) > MAX_FACTS:
        table.problem(f"more than {MAX_FACTS} facts")
        return FrozenMap()
    for name in table.names():
        value = table.data[name]
        if name in reserved or name in WORDS:
            table.problem("this word has a meaning of its own and cannot name a fact", name)
        elif isinstance(value, str) and value in FACT_WORDS:
            facts[name] = value
        elif isinstance(value, list) and value:
            facts[name] = table.texts(name)
        elif isinstance(value, dict) and set(value) == {"set"}:
            facts[name] = SetOf(table.table(name).texts("set"))
        else:
            table.problem(f"a fact is a list of words, {{ set = [...] }} or one of {', '.join(FACT_WORDS)}", name)
    return FrozenMap(facts)


def derived_values(table: TariffTable) -> dict[str, tuple[str, ...]]:
    """The values of the derived axes, before their conditions can be read."""
    out: dict[str, tuple[str, ...]] = {}
    for name in table.data:
        rows = table.data[name]
        rows = [rows] if isinstance(rows, dict) else rows
        if isinstance(rows, list) and len(rows) <= MAX_ENTRIES:
            names = [row.get("is") for row in rows if isinstance(row, dict)]
            out[name] = tuple(dict.fromkeys(value for value in names if isinstance(value, str) and good_text(value)))
    return out


def read_derived(table: TariffTable, facts: Mapping[str, FactType]) -> FrozenMap[tuple[Fits, ...]]:
    """The section ``[derive]``: axes whose value follows from others; the first that fits."""
    out: dict[str, tuple[Fits, ...]] = {}
    for name in table.names():
        if name in facts or name in WORDS:
            taken = "there is a fact of this name" if name in facts else "this word has a meaning of its own"
            table.problem(f"{taken}; it cannot name an axis", name)
            continue
        out[name] = rows = Subs(Fits).read(table, name) or ()
        check_reached(table, [row.when for row in rows], name)
    _check_chains(out, table)
    return FrozenMap(out)


def _check_chains(axes: Mapping[str, tuple[Fits, ...]], table: TariffTable) -> None:
    """Note an axis that refers to itself, also by way of others, and chains of them that are too long."""
    refers = {name: asked_names(rows) & axes.keys() for name, rows in axes.items()}
    depth: dict[str, int] = {}
    while ready := [name for name in axes if name not in depth and refers[name] <= depth.keys()]:
        depth |= {name: 1 + max((depth[other] for other in refers[name]), default=0) for name in ready}
    left = [name for name in axes if name not in depth]
    if left:
        path = [left[0]]
        while path[-1] not in path[:-1]:
            path.append(next(name for name in left if name in refers[path[-1]]))
        circle = path[path.index(path[-1]) : -1]
        table.problem("it refers to itself: " + ", ".join(circle[:12]), min(circle, key=left.index))
    deepest = max(depth, key=lambda name: depth[name], default="")
    if deepest and depth[deepest] > MAX_CHAIN:
        table.problem(f"axes that refer to axes, more than {MAX_CHAIN} deep", deepest)
