"""The worked examples in a tariff: read with it, and answered through the same door as any question."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import attrs

from cantinekit.clock import MAX_INSTANT, MIN_INSTANT, Period, WallTime
from cantinekit.errors import InputError
from cantinekit.money import Money
from cantinekit.pricing._model import Data, FactType, Product, _decimal, _given
from cantinekit.pricing._quote import REFUSAL_CODES, Quote
from cantinekit.pricing._read import Table, kind
from cantinekit.pricing._values import MAX_COUNT, Fact, FrozenMap, Item, Lot, Order, State

_ASKED = ("product", "at", "day", "count")
_ORDER = ("id", "buy", "customer", "as_of", "held")
_EXPECTED = ("gross", "refused", "units_used")
RESERVED = frozenset((*_ASKED, *_ORDER, *_EXPECTED, "weekday", "not", "person", "month", "week", "year", "account"))
"""Words that cannot name a fact, because they mean something else beside it."""

_HOURS = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])-([01][0-9]|2[0-4]):([0-5][0-9])")


@attrs.frozen
class Asked:
    """One product in an example: for each stretch of the clock in ``at`` an item, or one without a period."""

    product: str
    at: tuple[str, ...]
    day: date | None
    count: int
    facts: Mapping[str, Fact]

    def items(self, zone: str) -> list[Item]:
        if not self.at or self.day is None:
            return [Item(self.product, None, self.count, self.day, self.facts)]
        return [Item(self.product, _period(self.day, text, zone), self.count, None, self.facts) for text in self.at]

    def data(self) -> Data:
        out = {"product": self.product} | _given(at=list(self.at), day=self.day)
        return out | {"count": self.count} | dict(self.facts)


@attrs.frozen
class Held:
    """Units that the customer of an example holds."""

    account: str
    units: int
    expires: date | None = None

    def data(self) -> Data:
        return {"account": self.account, "units": self.units} | _given(expires=self.expires)


@attrs.frozen
class Example:
    """A question with the answer that the writer of the tariff expects."""

    id: str
    buy: tuple[Asked, ...]
    customer: str = ""
    as_of: date | None = None
    held: tuple[Held, ...] = ()
    gross: int | None = None
    refused: str = ""
    units_used: int | None = None

    def order(self, zone: str) -> tuple[Order, State]:
        """The question. Where no ``as_of`` is given the day of use is the day of purchase; both at noon."""
        items = [item for asked in self.buy for item in asked.items(zone)]
        day = self.as_of or next((asked.day for asked in self.buy if asked.day), None)
        bought = WallTime(day, time(12), zone).instant if day else None
        lots = [
            Lot(
                id=f"held {number}",
                account=held.account,
                left=held.units,
                bought=datetime(1970, 1, 2, tzinfo=UTC) + timedelta(days=number),
                expires=WallTime(held.expires, time(), zone).instant if held.expires else None,
            )
            for number, held in enumerate(self.held, 1)
        ]
        return Order(items, self.customer or None, bought), State(lots=tuple(lots))

    def data(self, currency: str) -> Data:
        out: Data = {"id": self.id, "buy": [asked.data() for asked in self.buy]}
        out |= _given(customer=self.customer, as_of=self.as_of, held=[held.data() for held in self.held])
        out |= {} if self.gross is None else {"gross": _decimal(self.gross, currency)}
        return out | _given(refused=self.refused) | ({} if self.units_used is None else {"units_used": self.units_used})


@attrs.frozen
class ExampleResult:
    """What became of a worked example. ``expected`` and ``got`` are texts such as "gross 7.00 EUR"."""

    id: str
    expected: str
    got: str
    ok: bool
    why: str = ""


def run(example: Example, currency: str, zone: str, ask: Callable[[Order, State], Quote]) -> ExampleResult:
    """Ask the example and compare each result that it names."""
    expected, got = [], []
    try:
        quote = ask(*example.order(zone))
    except (InputError, OverflowError) as error:
        return ExampleResult(example.id, "an answer", "an error", False, str(error))
    codes = ", ".join(refusal.code for refusal in quote.refusals)
    if example.refused:
        expected.append(f"refused {example.refused}")
        got.append(f"refused {codes}" if codes else f"gross {quote.total}")
    if example.gross is not None:
        expected.append(f"gross {Money(example.gross, currency)}")
        got.append(f"refused {codes}" if codes else f"gross {quote.total}")
    if example.units_used is not None:
        expected.append(f"units_used {example.units_used}")
        got.append(f"units_used {sum(use.units for use in quote.uses)}")
    same = expected == got
    return ExampleResult(example.id, ", ".join(expected), ", ".join(got), same, "" if same else quote.explain("en"))


# --- reading ---------------------------------------------------------------------------------------------------------


def _period(day: date, text: str, zone: str) -> Period:
    """A stretch of the clock on a day; "24:00" is the midnight after it."""
    match = _HOURS.fullmatch(text)
    if match is None:
        raise InputError(f"not a stretch of the clock: {text!r}")
    first, last = int(match[1]) * 60 + int(match[2]), int(match[3]) * 60 + int(match[4])
    if last > 24 * 60:
        raise InputError(f"not a stretch of the clock: {text!r}")
    ends = WallTime(day + timedelta(days=last // 1440), time(last % 1440 // 60, last % 60), zone)
    return Period(WallTime(day, time(first // 60, first % 60), zone).instant, ends.instant)


def read_examples(
    table: Table, facts: Mapping[str, FactType], products: Mapping[str, Product], zone: str
) -> tuple[Example, ...]:
    """The section ``[examples]``: ``defaults``, and ``list`` with one example an entry."""
    table.known(("defaults", "list"))
    defaults = table.table("defaults")
    defaults.known((*_ASKED, "customer", "as_of", *facts))
    out: list[Example] = []
    for entry in table.tables("list"):
        example = _example(entry, defaults.data, facts, products, zone)
        if example.id and example.id in {other.id for other in out}:
            entry.problem(f"the id {example.id!r} is there twice", "id")
        out.append(example)
    return tuple(out)


def _example(
    table: Table, defaults: Mapping[str, Any], facts: Mapping[str, FactType], products: Mapping[str, Product], zone: str
) -> Example:
    table.known((*_ORDER, *_EXPECTED, *(() if "buy" in table else (*_ASKED, *facts))))
    asked = {key: value for key, value in defaults.items() if key in _ASKED or key in facts}
    rows = table.tables("buy") if "buy" in table else [table]
    if not rows:
        table.problem("an example asks for something", "buy")
    buy = []
    for row in rows:
        if row is not table:
            row.known((*_ASKED, *facts))
        own = {key: value for key, value in row.data.items() if key in _ASKED or key in facts}
        buy.append(_asked(attrs.evolve(row, data=asked | own), facts, products, zone))
    if not any(key in table for key in _EXPECTED):
        table.problem(f"an example names what it expects: {', '.join(_EXPECTED)}")
    if "refused" in table and "gross" in table:
        table.problem("either an amount or a refusal is expected", "refused")
    shared = attrs.evolve(table, data={k: v for k, v in defaults.items() if k in ("customer", "as_of")} | table.data)
    held = []
    for row in table.tables("held"):
        row.known(("account", "units", "expires"))
        units = row.count("units", 0)
        ends = row.day("expires") if "expires" in row else None
        held.append(Held(row.text("account", required=True), units or 0, ends))
    return Example(
        id=table.text("id", required=True),
        buy=tuple(buy),
        customer=shared.text("customer"),
        as_of=shared.day("as_of") if "as_of" in shared else None,
        held=tuple(held),
        gross=table.money("gross"),
        refused=table.text("refused", one_of=REFUSAL_CODES),
        units_used=table.count("units_used", 0),
    )


def _asked(table: Table, facts: Mapping[str, FactType], products: Mapping[str, Product], zone: str) -> Asked:
    product = table.text("product", required=True)
    if product and product not in products:
        table.problem(f"no product {product!r}", "product", table.notes.near(product, products))
    day = table.day("day") if "day" in table else None
    at = table.texts("at")
    if day is not None and not MIN_INSTANT.year <= day.year < MAX_INSTANT.year:
        table.problem("the day is out of range (1970 to 9997)", "day")
        day = None
    elif at and day is None:
        table.problem("'at' needs 'day'", "at")
    for text in at if day else ():
        try:
            _period(day or date(2000, 1, 1), text, zone)
        except InputError as error:
            table.problem(str(error), "at")
    given: dict[str, Fact] = {}
    for name, declared in facts.items():
        if name not in table:
            continue
        value = table.data[name]
        good = type(value) is bool if declared == "yes/no" else type(value) is int and 0 <= value <= MAX_COUNT
        if not isinstance(declared, str):
            good = isinstance(value, str) and value in declared
        if good:
            given[name] = value
        else:
            table.problem(f"not a value of this fact: {kind(value) if not isinstance(value, str) else value!r}", name)
    return Asked(product, at, day, table.count("count", 1, MAX_COUNT) or 1, FrozenMap(given))
