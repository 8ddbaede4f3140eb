"""A product of the catalogue with its rules in the order of the phases."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property, lru_cache
from typing import Any, ClassVar

import attrs

from cantinekit.pricing.format.kinds import Flag, Text, Texts
from cantinekit.pricing.format.read import TariffTable, span
from cantinekit.pricing.format.records import Sub, Subs, key, write_record
from cantinekit.pricing.format.toml import quoted
from cantinekit.pricing.model._covering import check_cover, check_rows
from cantinekit.pricing.model._known import check_facts, check_reached
from cantinekit.pricing.model._units import PEOPLE
from cantinekit.pricing.model.conditions import NUMBERS
from cantinekit.pricing.model.forms import AmountShare, Offered, Price, Refuse, Sets, Steps, Tiers, Upto, of_sessions
from cantinekit.pricing.model.later import Later
from cantinekit.pricing.model.measure import Measure, Merge
from cantinekit.pricing.model.product_parts import (
    PRICE_DATES,
    SCOPED,
    SELLS,
    Beyond,
    BeyondKind,
    Choose,
    Deposit,
    DownPayment,
    NeedsKind,
    ProductGrant,
    ProductNeed,
    Rank,
    Split,
    Stop,
)
from cantinekit.pricing.model.read_rules import Adjusts, Rates
from cantinekit.pricing.model.rules import KINDS, Adjust, Cover, Covers, Group, Per, Rate
from cantinekit.pricing.model.stay import Stay, StayKind

WHOLE = ("stay", "booking")
"""What a cover calls a whole stay that is measured in something else."""

_PHASES = (
    *(("eligible", "needs"), ("eligible", "eligible"), ("gather", "merge"), ("gather", "split")),
    *(("measure", "measure"), ("cover", "cover"), ("cover", "beyond"), ("rate", "rate"), ("rate", "offer")),
)
"""The keys of a product that hold rules, each with the phase in which they count."""


@lru_cache(maxsize=1024)
def product_path(id: str) -> str:
    """Where a product stands in a price list."""
    return f"product.{quoted(id)}"


@attrs.frozen
class Product(Later):
    """One thing in the catalogue: how it is counted, covered, rated and adjusted; each product on its own.

    The fields are the keys of a product in a file; each carries its own description, which editors show.

    Attributes:
        id: the name of its table in the file.
    """

    name: str = key(Text(), "the text of the line; the id where it is left out", default="")
    optional: bool = key(Flag(), "an extra beside something else", default=False)
    price_date: str = key(Text(PRICE_DATES), "which day picks a dated list", default="")
    prices: str = key(Text(("incl", "excl")), "whether prices are with tax", default="")
    tax: str = key(Text(), "the tax class", default="")
    kind: str = key(Text(KINDS), "what the money is", default="revenue")
    tags: tuple[str, ...] = key(Texts(), "words that adjustments of the order may name", default=())
    sells: str = key(Text(SELLS), "what is sold, where it is no use", default="")
    grant: tuple[ProductGrant, ...] = key(Subs(ProductGrant), "what it gives", default=())
    asks: tuple[str, ...] = key(Texts(), "facts without which there is no price", default=())
    needs: tuple[ProductNeed, ...] = key(NeedsKind(), "what the customer must hold", default=())
    eligible: tuple[Stop, ...] = key(Subs(Stop, "id"), "cases in which it is not sold", default=())
    opening: str = key(Text(("refuse",)), "time outside of [opening] is refused", default="")
    stay: Stay | None = key(StayKind(), "how long a visit lasts that is paid when it begins", default=None)
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
    down_payment: tuple[DownPayment, ...] = key(Subs(DownPayment, alone=True), "what is due at once", default=())

    id: str = attrs.field(default="", kw_only=True)

    checks_parts: ClassVar[bool] = True

    @property
    def rates(self) -> tuple[Rate, ...]:
        """All the ways to price it, whether the first that fits is taken or they compete."""
        return self.rate or self.offer

    @cached_property
    def adjusts(self) -> tuple[Adjust, ...]:
        """All adjustments, in order."""
        return tuple(rule for group in self.adjust for rule in group.rules)

    @property
    def conditional(self) -> tuple[Rate | Adjust | Cover | Stop, ...]:
        """All rules that may have a condition about the item."""
        return (*self.rates, *self.adjusts, *self.cover, *self.eligible)

    @cached_property
    def timed(self) -> bool:
        """Whether the length of the stay is needed."""
        if self.measure is not None:
            return self.measure.timed
        if any(cover.minutes for cover in self.cover):
            return True
        return any(rate.per is not None and rate.per.minutes for rate in self.rates) or any(
            _has_length(form) for rate in self.rates for _, form in rate.lists
        )

    @cached_property
    def scope(self) -> tuple[str, ...]:
        """Over what it is priced as a whole, such as a person and a day; empty: each item is priced for itself."""
        return next((same for name in SCOPED if (same := getattr(getattr(self, name), "same", ()))), ())

    @property
    def by_clock(self) -> bool:
        """Whether a visit is priced when it ends: its price depends on the length, and no ``stay`` fixes that.

        What counts the local days that it touches is no such product: a visit is on one day.
        """
        by_days = self.measure is not None and self.measure.days
        return self.stay is None and not self.sells and self.timed and not by_days

    def rules(self) -> Iterator[tuple[str, str, str]]:
        """Every declared rule: phase, path in the tariff, id."""
        path = product_path(self.id)
        for phase, name in _PHASES:
            found = getattr(self, name)
            if not isinstance(found, tuple):
                yield from [(phase, f"{path}.{name}", name)] if found else []
                continue
            for number, rule in enumerate(found):
                label = rule.label if isinstance(rule, (ProductNeed, Cover)) else rule.id
                yield phase, f"{path}.{name}[{number}]", label
        for name in SCOPED:
            if getattr(getattr(self, name), "same", ()):
                yield "rate", f"{path}.{name}.same", "same"
        if self.prorate:
            yield "rate", f"{path}.prorate", "prorate"
        for number, rule in enumerate(self.adjusts):
            yield "adjust", f"{path}.adjust[{number}]", rule.id

    def data(self, currency: str) -> dict[str, Any]:
        """The product as a table of a file.

        Args:
            currency: ISO 4217 code of the tariff.
        """
        return write_record(attrs.evolve(self, name=self.name or self.id), currency)

    def check(self, table: TariffTable) -> None:
        """Report what is wrong with the product as a whole.

        Args:
            table: the table that it was read from, which collects the problems.
        """
        super().check(table)
        bad = table.bad
        _check_rates(table)
        check_facts(table, self.asks, "asks")
        if self.opening and not table.notes.words.has_hours:
            table.problem("there is no section [opening]", "opening")
        _check_sold(self, table)
        if any(table.path[-1] in need.names for need in self.needs):
            table.problem("it needs itself", "needs")
        fits = [part.when or part.at_least for part in self.down_payment]
        check_reached(table, fits, "down_payment", "always fits")
        _check_cuts(self, table)
        if not bad & {"cover", "beyond"}:
            _check_covers(self, table)
        if not bad & {"rate", "offer", "measure", "cover"}:
            _check_units(self, table)
            _check_sessions(self, table)
        if "rank" not in table and _mentions(self, ("rank", "size")):
            table.problem("a condition asks for 'rank' or 'size': say among whom, rank = { same = [...] }")


def _has_length(form: object) -> bool:
    if isinstance(form, Upto):
        return any(span(row.per) for row in form.rows if row.per) or (
            not form.of
            and any(row.upto is None or row.upto[1] for row in form.rows)
            and (len(form.rows) == 1 or any(row.upto and row.upto[1] for row in form.rows))
        )
    return isinstance(form, Steps) and form.rows[0].size[1]


def _mentions(product: Product, names: tuple[str, ...]) -> bool:
    whens = [rule.when for rule in product.conditional]
    return any(getattr(atom, "name", "") in names for when in whens for clause in when for atom in clause.atoms)


def _check_covers(product: Product, table: TariffTable) -> None:
    rows = table.tables("cover")
    inner = [row for row in rows if "beyond" in row]
    if inner and product.beyond:
        table.problem("'beyond' is stated twice", "beyond")
    if product.cover and not product.beyond and not inner and not all(cover.free < 0 for cover in product.cover):
        table.problem("say what happens beyond the cover: beyond = 'rate' or 'refuse'")
    if "beyond" in table and not product.cover:
        table.problem("'beyond' without 'cover'", "beyond")
    measure = product.measure
    for cover, row in zip(product.cover, rows, strict=False):
        if cover.unit in table.notes.words.numbers() and not (measure and cover.unit == measure.unit):
            row.problem("a cover counts stays, lengths or what is measured, not a fact", "unit")
        if measure and measure.unit != "minute" and not cover.minutes and cover.unit not in (measure.unit, *WHOLE):
            said = f"the stay is measured in {measure.unit!r}; a whole one, however long, is unit = 'stay'"
            row.problem(said, "unit", measure.unit)
        elif measure and cover.unit == measure.unit and cover.in_part and any(_sessions(product)):
            said = "a set of sessions has one price: which of them would be covered? A whole stay is unit = 'stay'"
            row.problem(said, "free" if cover.free else "partial")
        elif "measure" not in table.bad and _beyond(product, inner) in ("rate", "debt"):
            check_cover(cover, row, product.rates, measure)


def _beyond(product: Product, inner: list[TariffTable]) -> str:
    """What becomes of what nothing covers."""
    if product.beyond is not None:
        return product.beyond.how
    said = inner[0].data["beyond"] if inner else ""
    return said if isinstance(said, str) else "debt"


def _sessions(product: Product) -> list[Sets]:
    """The prices of sets of sessions."""
    forms = (form for rate in product.rates for _, form in rate.lists)
    return [form for form in forms if isinstance(form, Sets) and of_sessions(form)]


def _check_rates(table: TariffTable) -> None:
    """Whether there is one way to a price: rates, or offers and how they compete."""
    if "rate" in table and "offer" in table:
        table.problem("either 'rate' or 'offer'")
    elif "rate" not in table and "offer" not in table and not table.odd:
        table.problem("'rate' is needed")
    elif "choose" in table and "offer" not in table:
        table.problem("'choose' is for offers", "choose")
    elif "offer" in table and "choose" not in table and not table.odd:
        table.problem("offers compete: say how, choose = { take = 'cheapest' }", "offer")


def _check_sold(product: Product, table: TariffTable) -> None:
    if "grant" in table and product.sells not in ("grant", "plan", "membership") and "sells" not in table.bad:
        table.problem("a product with a grant says sells = 'grant' or 'plan'", "grant")
    if product.stay and product.sells:
        table.problem("a stay is of a visit; this product is no use", "stay")
    if product.stay and product.merge:
        table.problem("'merge' is about visits whose length is known when they end, 'stay' fixes it before", "stay")
    if product.sells == "grant" and "grant" not in table:
        table.problem("'grant' is needed: what is sold")


def _check_cuts(product: Product, table: TariffTable) -> None:
    """What is priced as a whole is not cut into parts or ranks."""
    if product.split and product.merge:
        table.problem("'split' and 'merge' do not go together", "split")
    scoped = next((name for name in SCOPED if getattr(getattr(product, name), "same", ())), "")
    for name in ("split", "rank"):
        if scoped and getattr(product, name) and (name, scoped) != ("split", "merge"):
            table.problem(
                f"{name!r} and a scope of {scoped!r} do not go together: what is priced as a whole is not cut", name
            )


def _check_units(product: Product, table: TariffTable) -> None:
    measure = product.measure
    for name in ("rate", "offer"):
        for rate, row in zip(getattr(product, name), table.tables(name), strict=False):
            if rate.per is not None:
                _check_per(rate.per, rate, row, product, table)
            check_rows(rate, row, measure, timed=product.timed)
            _check_forms(rate, row, covered=bool(product.cover))


def _check_per(per: Per, rate: Rate, row: TariffTable, product: Product, table: TariffTable) -> None:
    """What a price is for, beside what the stay is measured in."""
    measure = product.measure
    given = per.every is not None or per.unit in _other(table)
    counted = measure and per.unit == measure.unit
    if measure and not per.minutes and not counted:
        if not given:
            row.problem(f"the stay is measured in {measure.unit!r}", "per", measure.unit)
        elif measure.unit != "minute" and not any(isinstance(form, Sets) for _, form in rate.lists):
            hint = f"per = '{measure.unit}', each = '{per.unit}'"
            row.problem(f"the price leaves out the {measure.unit!r} that the stay is measured in; write {hint}", "per")
    begun = per.minutes or counted or per.every or per.unit in _other(table, ("decimal",))
    if per.started and not begun:
        row.problem("'started' is for a length of time or a measured number", "started")
    pieces = not per.minutes and not counted and per.unit not in table.notes.words.numbers()
    if per.first is not None and product.rank and pieces:
        row.problem("'first' of pieces that 'rank' tells apart: among which of them?", "first")


def _check_forms(rate: Rate, row: TariffTable, *, covered: bool) -> None:
    """What does not go with the form of a price."""
    for _, form in rate.lists:
        if isinstance(form, (Steps, Upto, Tiers)) and rate.flat is not None:
            row.problem("'flat' goes with a price for a unit", "flat")
        if isinstance(form, (Offered, AmountShare)) and covered:
            row.problem("an offered amount cannot be covered")
        if isinstance(form, Price) and form.minor is None and rate.floor:
            row.problem("'floor' is for money", "floor")
        if isinstance(form, Refuse) and rate.floor:
            row.problem("'floor' is for a price", "floor")


def _other(table: TariffTable, types: tuple[str, ...] = NUMBERS) -> tuple[str, ...]:
    """Units that the question itself gives: persons and pieces, and facts that are numbers."""
    return (*(PEOPLE if types == NUMBERS else ()), *table.notes.words.numbers(types))


def _check_sessions(product: Product, table: TariffTable) -> None:
    names = {name for name, _ in product.measure.sessions} if product.measure else set()
    for form in _sessions(product):
        if not names:
            table.problem("sets of sessions need a measure with 'sessions'")
        for column in form.columns if names else ():
            if not set(column.split("+")) <= names:
                table.problem(f"{column!r} names a session that the measure does not have")
