"""The small records of a product: what it gives and needs, when it is not sold, how offers compete, what is held."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Literal

import attrs

from cantinekit.pricing.format.kinds import Amount, Count, Flag, Percent, Text, Texts, one_or_more
from cantinekit.pricing.format.kinds_time import Schema
from cantinekit.pricing.format.read import MAX_PRICE, TariffTable
from cantinekit.pricing.format.records import key, read_record, record_schema, write_record
from cantinekit.pricing.model._known import check_absent, check_declared, check_known, check_products
from cantinekit.pricing.model.conditions import Condition, When
from cantinekit.pricing.model.forms import SAYABLE
from cantinekit.pricing.model.once import check_once, once_key, times
from cantinekit.pricing.model.rules import PERIODS, Same
from cantinekit.pricing.terms import Length, parse_length

SELLS = ("grant", "plan", "membership", "fee")
SCOPED = ("merge", "measure", "choose")
"""The rules that may count over everything in a scope."""
PRICE_DATES = ("purchase", "use", "start", "renewal")


@attrs.frozen
class ProductGrant:
    """What a product gives when it is sold: ``units`` of ``unit``, kept in ``account``."""

    unit: str = key(Text(), "the unit")
    units: int | None = key(Count(1, MAX_PRICE), "how many units; left out: no limit", default=None)
    account: str = key(Text(), "the account; the product's id where it is left out", default="")
    when: When = key(Condition(), "only then", default=())
    renews: str = key(Text(PERIODS), "given again every period", default="")
    rollover: bool = key(Flag(), "what is left stays when it is given again", default=False)
    value: int | None = key(Amount(), "or an amount of money, of an account of vouchers", default=None)
    each: str = key(Text(), "so many for each of a fact that is a number", default="")

    def check(self, table: TariffTable) -> None:
        check_declared(table, self.each, "each", ("number",))
        if self.each and self.units is None and self.value is None:
            table.problem("'each' goes with 'units' or 'value'", "each")
        if self.value is not None and self.units is not None:
            table.problem("either 'units' or 'value'", "value")
        if self.rollover and not self.renews:
            table.problem("'rollover' without 'renews'", "rollover")


@attrs.frozen
class ProductNeed:
    """What the customer must hold; a missing product is added to the order, or the item is refused."""

    product: str = key(Text(), "the product that must be held", default="")
    one_of: tuple[str, ...] = key(Texts(), "or one of these", default=())
    when: When = key(Condition(), "only then", default=())
    add: bool = key(Flag(), "a missing one is added as a line of its own", default=False)
    per: str = key(Text(), "one for each of a fact that is a number", default="")

    @property
    def names(self) -> tuple[str, ...]:
        """The products of which one must be held."""
        return self.one_of or (self.product,)

    @property
    def label(self) -> str:
        return ", ".join(self.names)

    def check(self, table: TariffTable) -> None:
        if bool(self.product) == bool(self.one_of):
            table.problem("either 'product' or 'one_of'")
            return
        if len(self.one_of) == 1:
            table.problem("one of one: write product = ...", "one_of")
        if self.one_of:
            check_absent(table, ("add", "per"), "{} goes with one product: which of them would be added?")
        check_declared(table, self.per, "per", ("number",))
        if self.per and not self.add:
            table.problem("'per' says how many are added: add = true", "per")
        check_products(table, self.names, "product" if self.product else "one_of")


@attrs.frozen
class NeedsKind:
    """The kind of the key ``needs``: a product's name, or a table, or several."""

    def read(self, table: TariffTable, key: str) -> tuple[ProductNeed, ...] | None:
        value = table.data[key]
        rows = value if isinstance(value, list) else [value]
        named = [{"product": row} if isinstance(row, str) else row for row in rows]
        inner = TariffTable({key: named}, table.path, table.notes)
        found = [need for row in inner.tables(key) if (need := read_record(ProductNeed, row)) is not None]
        return tuple(found) or None

    def write(self, value: tuple[ProductNeed, ...], currency: str) -> list[dict[str, Any]]:
        return [write_record(need, currency) for need in value]

    def schema(self) -> Schema:
        return one_or_more({"anyOf": [{"type": "string"}, record_schema(ProductNeed)]})


@attrs.frozen
class StopCode(Text):
    """The kind of the refusal of what is not sold; what must be held is said by ``needs``."""

    choices: tuple[str, ...] = SAYABLE

    def read(self, table: TariffTable, key: str) -> str | None:
        if table.data[key] == "missing":
            table.problem("what must be held is written needs = { one_of = [...] }, and is then missing", key)
            return None
        return super().read(table, key)


@attrs.frozen
class Stop:
    """A case in which the product is not sold."""

    id: str = key(Text(), "a name for the explanation")
    when: When = key(Condition(), "in this case")
    refuse: str = key(StopCode(), "why")
    why: str = key(Text(), "the reason in words", default="")

    def check(self, table: TariffTable) -> None:
        if self.refuse in ("from", "about", "between"):
            table.problem("an item that is not sold has no amounts", "refuse")


@attrs.frozen
class Choose:
    """How offers compete."""

    take: str = key(Text(("cheapest", "dearest")), "which offer wins", default="cheapest")
    compare: str = key(
        Text(("rate", "gross", "final")), "by the amount of the list, with tax, or after adjustments", default="rate"
    )
    tie: str = key(Text(("first", "last")), "which one where they cost the same", default="first")
    same: tuple[str, ...] = key(Same(), "chosen for everything in this scope, not for each item", default=())


@attrs.frozen
class Rank:
    """The items of one scope are counted in their order; conditions may then ask for ``rank`` and ``size``."""

    same: tuple[str, ...] = key(Same(), "among whom")


MAX_BEFORE = 3660
"""The most days by which something is due before the first day."""
MAX_PARTS = 120
"""In how many parts a price may be due at most."""


ON_THE_DAY: Literal["on the day"] = "on the day"


@attrs.frozen
class Apart:
    """The kind of a length of the calendar: "1 month"; of one ``before`` the first day also "on the day"."""

    before: bool = False

    def read(self, table: TariffTable, key: str) -> Length | Literal["on the day"] | None:
        if self.before and table.data[key] == ON_THE_DAY:
            return ON_THE_DAY
        length = table.parsed(parse_length, table.data[key], key)
        if length is None:
            return None
        if length.days is None and length.months is None:
            what = "days, weeks or months" + (" before the first day" if self.before else "")
            table.problem(f"{what} are needed, such as '14 days'", key)
        elif (length.days or 0) > MAX_BEFORE or (length.months or 0) * 30 > MAX_BEFORE:
            table.problem(f"more than {MAX_BEFORE} days", key)
        else:
            return length
        return None

    def write(self, value: Length | Literal["on the day"], currency: str) -> str:
        return str(value)

    def schema(self) -> Schema:
        length = r"\d+ (day|week|month|year)s?"
        return {"type": "string", "pattern": rf"^({length}|on the day)$" if self.before else rf"^{length}$"}


def read_on(table: TariffTable, names: tuple[str, ...]) -> None:
    """Report a word that is neither a product nor a tag."""
    known = (*table.notes.words.products, *table.notes.words.tags)
    check_known(table, names, known, "on", "{} is neither a product nor a tag of one")


@attrs.frozen
class Deposit:
    """Money that is held and given back."""

    id: str = key(Text(), "a name")
    price: int | None = key(Amount(), "how much", default=None)
    percent: Fraction | None = key(Percent(0, 1000), "or this share of the price", default=None)
    per: str = key(Text(), "for each of a fact that is a number", default="")
    once_per: str = once_key()
    when: When = key(Condition(), "only then", default=())
    due: Length | Literal["on the day"] | None = key(
        Apart(before=True), "so long before the first day; left out: at once", default=None
    )

    def check(self, table: TariffTable) -> None:
        if (self.price is None) == (self.percent is None):
            table.problem("either 'price' or 'percent'")
        if self.per and self.price is None:
            table.problem("'per' goes with 'price'", "per")
        check_once(table, self.once_per, self.price)
        check_declared(table, self.per, "per")


@attrs.frozen
class DownPayment:
    """A part that is due at once; the first that fits. The rest is due later."""

    price: int | None = key(Amount(), "an amount that is due at once, at most what it is a part of", default=None)
    percent: Fraction | None = key(Percent(0, 100), "or this share", default=None)
    once_per: str = once_key()
    when: When = key(Condition(), "only then", default=())
    on: tuple[str, ...] = key(Texts(), "products or tags: a part of their lines only", default=())
    at_least: int = key(Amount(), "only where what it is a part of comes to this", name="from", default=0)
    rest: Length | Literal["on the day"] | None = key(
        Apart(before=True), "the rest is due so long before the first day", default=None
    )
    parts: int = key(Count(2, MAX_PARTS), "or all of it in so many equal parts, the first at once", default=0)
    every: Length | None = key(Apart(), "with parts: each so long after the one before", default=None)

    def check(self, table: TariffTable) -> None:
        if [self.price is None, self.percent is None, not self.parts].count(False) != 1:
            table.problem("one of 'price', 'percent' and 'parts'; price = 0 where nothing is due at once")
        if bool(self.parts) != (self.every is not None):
            table.problem("'parts' and 'every' go together: parts = 12, every = '1 month'")
        if self.parts and (self.on or self.rest is not None):
            table.problem("all of it is due in parts: leave 'on' and 'rest' out")
        check_once(table, self.once_per, self.price)
        read_on(table, self.on)

    def part_of(self, whole: int, pieces: int) -> Fraction:
        """How much of the amount of a number of pieces is due at once, exact."""
        if self.price is None:
            return whole * (self.percent or Fraction(0))
        return Fraction(min(self.price * times(self.once_per, pieces), whole))


@attrs.frozen
class Beyond:
    """What becomes of what nothing covers: ``rate``, ``refuse``, ``count only``, or a debt."""

    how: str
    product: str = ""

    def data(self) -> Any:
        return {"debt_at": self.product} if self.how == "debt" else self.how


@attrs.frozen
class BeyondKind:
    """The kind of the key ``beyond``."""

    def read(self, table: TariffTable, key: str) -> Beyond | None:
        if isinstance(table.data[key], dict):
            inner = table.table(key)
            inner.known(("debt_at",))
            name = inner.text("debt_at", required=True)
            check_products(inner, [name] if name else [], "debt_at")
            return Beyond("debt", name) if name else None
        how = table.text(key, one_of=("rate", "refuse", "count only"))
        return Beyond(how) if how else None

    def write(self, value: Beyond, currency: str) -> Any:
        return value.data()

    def schema(self) -> Schema:
        return {"anyOf": [{"enum": ["rate", "refuse", "count only"]}, {"type": "object", "required": ["debt_at"]}]}


@attrs.frozen
class Split:
    """A stay is cut where named bands of time begin and end; each part is counted and priced on its own."""

    bands: tuple[str, ...] = key(Texts(), "the bands of [bands]")
    outside: str = key(Text(), "the band of the time outside; left out: such time is not sold", default="")
    round: str = key(Text(("each part", "whole")), "what is counted: the whole stay, or each part of it", default="")

    def check(self, table: TariffTable) -> None:
        check_known(table, self.bands, table.notes.words.times, "bands", "no band {} in [bands]")
