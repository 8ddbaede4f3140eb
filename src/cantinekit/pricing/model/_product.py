"""A product of the catalogue with its rules in the order of the phases."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any, ClassVar

import attrs

from cantinekit.pricing.format._kinds import Amount, Count, Flag, Percent, Schema, Text, Texts
from cantinekit.pricing.format._read import MAX_PRICE, Table
from cantinekit.pricing.format._records import Sub, Subs, key, read_record, record_schema, write_record
from cantinekit.pricing.format._toml import quoted
from cantinekit.pricing.model._conditions import NUMBERS, Condition, When, Words
from cantinekit.pricing.model._forms import SAYABLE, Offered, Price, Refuse, Sets, Share, Steps, Tiers, Upto
from cantinekit.pricing.model._later import Later
from cantinekit.pricing.model._read_rules import Adjusts, Rates
from cantinekit.pricing.model._rules import KINDS, PERIODS, Adjust, Cover, Covers, Group, Measure, Merge, Rate, Same

SELLS = ("grant", "plan", "membership", "fee")
SCOPED = ("merge", "measure", "choose")
"""The rules that may count over everything in a scope."""
PRICE_DATES = ("purchase", "use", "start", "renewal")


@attrs.frozen
class Grant:
    """What a product gives when it is sold: ``units`` of ``unit``, kept in ``account``."""

    unit: str = key(Text(), "the unit")
    units: int | None = key(Count(1, MAX_PRICE), "how many units; left out: no limit", default=None)
    account: str = key(Text(), "the account; the product's id where it is left out", default="")
    when: When = key(Condition(), "only then", default=())
    renews: str = key(Text(PERIODS), "given again every period", default="")
    rollover: bool = key(Flag(), "what is left stays when it is given again", default=False)
    value: int | None = key(Amount(), "or an amount of money, of an account of vouchers", default=None)

    def check(self, table: Table) -> None:
        if self.value is not None and self.units is not None:
            table.problem("either 'units' or 'value'", "value")
        if self.rollover and not self.renews:
            table.problem("'rollover' without 'renews'", "rollover")


@attrs.frozen
class Need:
    """What the customer must hold; where it is missing it is added to the order, or the item is refused."""

    product: str = key(Text(), "the product that must be held")
    when: When = key(Condition(), "only then", default=())
    add: bool = key(Flag(), "a missing one is added as a line of its own", default=False)
    per: str = key(Text(), "one for each of a fact that is a number", default="")

    def check(self, table: Table) -> None:
        words: Words = table.notes.words
        if self.per and words.facts.get(self.per) != "number":
            table.problem(f"{self.per!r} is not declared in [facts] as a number", "per")
        if self.product not in words.products:
            table.problem(f"no product {self.product!r}", "product", table.notes.near(self.product, words.products))


@attrs.frozen
class Needs:
    """The kind of the key ``needs``: a product's name, or a table, or several."""

    def read(self, table: Table, key: str) -> tuple[Need, ...] | None:
        value = table.data[key]
        rows = value if isinstance(value, list) else [value]
        named = [{"product": row} if isinstance(row, str) else row for row in rows]
        inner = Table({key: named}, table.path, table.notes)
        found = [need for row in inner.tables(key) if (need := read_record(Need, row)) is not None]
        return tuple(found) or None

    def write(self, value: tuple[Need, ...], currency: str) -> list[dict[str, Any]]:
        return [write_record(need, currency) for need in value]

    def schema(self) -> Schema:
        one = {"anyOf": [{"type": "string"}, record_schema(Need)]}
        return {"anyOf": [one, {"type": "array", "items": one}]}


@attrs.frozen
class Stop:
    """A case in which the product is not sold."""

    id: str = key(Text(), "a name for the explanation")
    when: When = key(Condition(), "in this case")
    refuse: str = key(Text(SAYABLE), "why")
    why: str = key(Text(), "the reason in words", default="")

    def check(self, table: Table) -> None:
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


@attrs.frozen
class Deposit:
    """Money that is held and given back."""

    id: str = key(Text(), "a name")
    price: int | None = key(Amount(), "how much", default=None)
    percent: Fraction | None = key(Percent(0, 1000), "or this share of the price", default=None)
    per: str = key(Text(), "for each of a fact that is a number", default="")
    when: When = key(Condition(), "only then", default=())

    def check(self, table: Table) -> None:
        if (self.price is None) == (self.percent is None):
            table.problem("either 'price' or 'percent'")
        if self.per and self.price is None:
            table.problem("'per' goes with 'price'", "per")
        if self.per and table.notes.words.facts.get(self.per) not in NUMBERS:
            table.problem(f"{self.per!r} is not declared in [facts] as a number", "per")


@attrs.frozen
class DownPayment:
    """A part that is due at once."""

    percent: Fraction = key(Percent(0, 100), "the share that is due now")
    at_least: int = key(Amount(), "only where the price is at least this", name="from", default=0)


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

    def read(self, table: Table, key: str) -> Beyond | None:
        if isinstance(table.data[key], dict):
            inner = table.table(key)
            inner.known(("debt_at",))
            name = inner.text("debt_at", required=True)
            known = table.notes.words.products
            if name and name not in known:
                inner.problem(f"no product {name!r}", "debt_at", table.notes.near(name, known))
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
    round: str = key(Text(("each part", "whole")), "what is rounded up to steps", default="each part")

    def check(self, table: Table) -> None:
        words: Words = table.notes.words
        for name in (*self.bands, *filter(None, [self.outside])):
            if name not in words.bands:
                table.problem(f"no band {name!r} in [bands]", "bands", table.notes.near(name, words.bands))


@attrs.frozen
class Product(Later):
    """One thing in the catalogue: how it is counted, covered, rated and adjusted; each product on its own."""

    name: str = key(Text(), "the text of the line; the id where it is left out", default="")
    optional: bool = key(Flag(), "an extra beside something else", default=False)
    price_date: str = key(Text(PRICE_DATES), "which day picks a dated list", default="")
    prices: str = key(Text(("incl", "excl")), "whether prices are with tax", default="")
    tax: str = key(Text(), "the tax class", default="")
    kind: str = key(Text(KINDS), "what the money is", default="revenue")
    tags: tuple[str, ...] = key(Texts(), "words that adjustments of the order may name", default=())
    sells: str = key(Text(SELLS), "what is sold, where it is no use", default="")
    grant: tuple[Grant, ...] = key(Subs(Grant), "what it gives", default=())
    asks: tuple[str, ...] = key(Texts(), "facts without which there is no price", default=())
    needs: tuple[Need, ...] = key(Needs(), "what the customer must hold", default=())
    eligible: tuple[Stop, ...] = key(Subs(Stop, "id"), "cases in which it is not sold", default=())
    opening: str = key(Text(("refuse",)), "time outside of [opening] is refused", default="")
    merge: Merge | None = key(Sub(Merge), "stays that are one stay", default=None)
    split: Split | None = key(Sub(Split), "cut at bands of time", default=None)
    rank: Rank | None = key(Sub(Rank), "count items of one scope", default=None)
    measure: Measure | None = key(Sub(Measure), "how a stay is counted", default=None)
    cover: tuple[Cover, ...] = key(Covers(), "what may cover it", default=())
    beyond: Beyond | None = key(BeyondKind(), "what becomes of what nothing covers", default=None)
    rate: tuple[Rate, ...] = key(Rates(), "the price", default=())
    offer: tuple[Rate, ...] = key(Rates(offers=True), "prices that compete", default=())
    choose: Choose | None = key(Sub(Choose), "how offers compete", default=None)
    adjust: tuple[Group, ...] = key(Adjusts(), "what changes the price", default=())
    deposit: tuple[Deposit, ...] = key(Subs(Deposit, "id"), "money that is held", default=())
    down_payment: DownPayment | None = key(Sub(DownPayment), "what is due at once", default=None)

    id: str = attrs.field(default="", kw_only=True)

    checks_parts: ClassVar[bool] = True

    @property
    def rates(self) -> tuple[Rate, ...]:
        """All the ways to price it, whether the first that fits is taken or they compete."""
        return self.rate or self.offer

    @property
    def adjusts(self) -> tuple[Adjust, ...]:
        """All adjustments, in order."""
        return tuple(rule for group in self.adjust for rule in group.rules)

    @property
    def conditional(self) -> tuple[Rate | Adjust | Cover | Stop, ...]:
        """All rules that may have a condition about the item."""
        return (*self.rates, *self.adjusts, *self.cover, *self.eligible)

    @property
    def timed(self) -> bool:
        """Whether the length of the stay is needed."""
        if self.measure is not None:
            return self.measure.timed
        if any(cover.minutes for cover in self.cover):
            return True
        return any(rate.per is not None and rate.per.minutes for rate in self.rates) or any(
            _has_length(form) for rate in self.rates for _, form in rate.lists
        )

    def rules(self) -> Iterator[tuple[str, str, str]]:
        """Every declared rule: phase, path in the tariff, id."""
        path = f"product.{quoted(self.id)}"
        for number, need in enumerate(self.needs):
            yield "eligible", f"{path}.needs[{number}]", need.product
        for number, stop in enumerate(self.eligible):
            yield "eligible", f"{path}.eligible[{number}]", stop.id
        if self.merge:
            yield "gather", f"{path}.merge", "merge"
        if self.split:
            yield "gather", f"{path}.split", "split"
        if self.measure:
            yield "measure", f"{path}.measure", "measure"
        for number, cover in enumerate(self.cover):
            yield "cover", f"{path}.cover[{number}]", cover.label
        if self.beyond:
            yield "cover", f"{path}.beyond", "beyond"
        for name in ("rate", "offer"):
            for number, rate in enumerate(getattr(self, name)):
                yield "rate", f"{path}.{name}[{number}]", rate.id
        for name in SCOPED:
            if getattr(getattr(self, name), "same", ()):
                yield "rate", f"{path}.{name}.same", "same"
        if self.prorate:
            yield "rate", f"{path}.prorate", "prorate"
        for number, rule in enumerate(self.adjusts):
            yield "adjust", f"{path}.adjust[{number}]", rule.id

    def data(self, currency: str) -> dict[str, Any]:
        return write_record(attrs.evolve(self, name=self.name or self.id), currency)

    def check(self, table: Table) -> None:
        super().check(table)
        words: Words = table.notes.words
        bad = table.bad
        if "rate" in table and "offer" in table:
            table.problem("either 'rate' or 'offer'")
        elif "rate" not in table and "offer" not in table and not table.odd:
            table.problem("'rate' is needed")
        elif "choose" in table and "offer" not in table:
            table.problem("'choose' is for offers", "choose")
        elif "offer" in table and "choose" not in table and not table.odd:
            table.problem("offers compete: say how, choose = { take = 'cheapest' }", "offer")
        for name in self.asks:
            if name not in words.facts:
                table.problem(f"no fact {name!r}", "asks", table.notes.near(name, words.facts))
        if self.opening and not words.has_hours:
            table.problem("there is no section [opening]", "opening")
        if "grant" in table and self.sells not in ("grant", "plan", "membership") and "sells" not in bad:
            table.problem("a product with a grant says sells = 'grant' or 'plan'", "grant")
        if self.sells == "grant" and "grant" not in table:
            table.problem("'grant' is needed: what is sold")
        if any(need.product == table.path[-1] for need in self.needs):
            table.problem("it needs itself", "needs")
        if self.split and self.merge:
            table.problem("'split' and 'merge' do not go together", "split")
        scoped = next((name for name in SCOPED if getattr(getattr(self, name), "same", ())), "")
        for name in ("split", "rank"):
            if scoped and getattr(self, name) and (name, scoped) != ("split", "merge"):
                table.problem(f"{name!r} and a scope of {scoped!r} do not go together: what is priced as a whole is not cut", name)
        if not bad & {"cover", "beyond"}:
            _check_covers(self, table)
        if not bad & {"rate", "offer", "measure", "cover"}:
            _check_units(self, table)
            _check_sessions(self, table)
        if "rank" not in table and _mentions(self, ("rank", "size")):
            table.problem("a condition asks for 'rank' or 'size': say among whom, rank = { same = [...] }")


def _has_length(form: object) -> bool:
    if isinstance(form, Upto):
        return not form.of and any(row.upto is None or row.upto[1] for row in form.rows) and (
            len(form.rows) == 1 or any(row.upto and row.upto[1] for row in form.rows)
        )
    return isinstance(form, Steps) and form.rows[0].size[1]


def _mentions(product: Product, names: tuple[str, ...]) -> bool:
    whens = [rule.when for rule in product.conditional]
    return any(getattr(atom, "name", "") in names for when in whens for clause in when for atom in clause.atoms)


def _check_covers(product: Product, table: Table) -> None:
    rows = table.tables("cover") if "cover" in table else []
    inner = [row for row in rows if "beyond" in row]
    if inner and product.beyond:
        table.problem("'beyond' is stated twice", "beyond")
    if product.cover and not product.beyond and not inner and not all(cover.free < 0 for cover in product.cover):
        table.problem("say what happens beyond the cover: beyond = 'rate' or 'refuse'")
    if "beyond" in table and not product.cover:
        table.problem("'beyond' without 'cover'", "beyond")
    for cover, row in zip(product.cover, rows, strict=False):
        measure = product.measure
        facts = table.notes.words.facts
        if any(facts.get(name) in NUMBERS for name in (cover.unit, cover.unit + "s")) and not (
            measure and cover.unit == measure.unit
        ):
            row.problem("a cover counts stays, lengths or what is measured, not a fact", "unit")
        if measure and measure.unit != "minute" and not cover.minutes and cover.unit != measure.unit:
            row.problem(f"the stay is measured in {measure.unit!r}", "unit", measure.unit)
        elif cover.minutes and cover.partial and not measure and "measure" not in table.bad:
            lengths = all((rate.per and rate.per.minutes) or _no_price(rate) for rate in product.rates)
            if not lengths:
                row.problem("a part of the time is covered, but a rate is for the whole: say partial = false", "partial")


def _no_price(rate: Rate) -> bool:
    return all(isinstance(form, Refuse) for _, form in rate.lists)


def _check_units(product: Product, table: Table) -> None:
    measure = product.measure
    for name in ("rate", "offer"):
        for rate, row in zip(getattr(product, name), table.tables(name) if name in table else [], strict=False):
            per = rate.per
            if per and measure and not per.minutes and per.unit != measure.unit and per.unit not in _other(table):
                row.problem(f"the stay is measured in {measure.unit!r}", "per", measure.unit)
            if per and per.started and not per.minutes and not (measure and per.unit == measure.unit):
                if per.unit not in _other(table, ("decimal",)):
                    row.problem("'started' is for a length of time or a measured number", "started")
            for _, form in rate.lists:
                if isinstance(form, (Steps, Upto, Tiers)) and rate.flat is not None:
                    row.problem("'flat' goes with a price for a unit", "flat")
                if isinstance(form, (Offered, Share)) and product.cover:
                    row.problem("an offered amount cannot be covered")
                if isinstance(form, Price) and form.minor is None and rate.floor:
                    row.problem("'floor' is for money", "floor")
                if isinstance(form, Refuse) and rate.floor:
                    row.problem("'floor' is for a price", "floor")


def _other(table: Table, types: tuple[str, ...] = NUMBERS) -> tuple[str, ...]:
    """Units that the question itself gives: persons and pieces, and facts that are numbers."""
    facts = table.notes.words.facts
    names = [name for name, declared in facts.items() if declared in types]
    whole = ("person", "persons", "piece") if types == NUMBERS else ()
    return (*whole, *names, *(name[:-1] for name in names if name.endswith("s")))


def _check_sessions(product: Product, table: Table) -> None:
    for rate in product.rates:
        for _, form in rate.lists:
            if isinstance(form, Sets) and form.axis == "session" and not (product.measure and product.measure.sessions):
                table.problem("sets of sessions need a measure with 'sessions'")
            elif isinstance(form, Sets) and form.axis == "session" and product.measure:
                names = {name for name, _ in product.measure.sessions}
                for column in form.columns:
                    if not set(column.split("+")) <= names:
                        table.problem(f"{column!r} names a session that the measure does not have")
