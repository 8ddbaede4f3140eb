"""The forms of a price: one amount, a grid, rows, steps, sets, tiers, an offered amount, or a refusal."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import attrs

from cantinekit.pricing.combine import POLICIES
from cantinekit.pricing.format.kinds import Amount, Count, Flag, Percent, SpanKind, Text, decimal_of
from cantinekit.pricing.format.prices import UnitAmounts, UnitPrice
from cantinekit.pricing.format.read import TariffTable
from cantinekit.pricing.format.records import Subs, key, write_record
from cantinekit.pricing.model._known import check_declared, check_refusal
from cantinekit.pricing.model._units import read_unit
from cantinekit.pricing.model.once import PIECE, check_once, once_key

Data = dict[str, Any]

SAYABLE = (
    "on_quote",
    "from",
    "about",
    "between",
    "unpublished",
    "not_for",
    "not_at",
    "over_capacity",
    "not_sold",
    "unstated",
)
"""The refusals that a tariff may state; the others come out of a question."""

COMBINATIONS = POLICIES
SET_COVERS = ("exact parts, cheapest", "smallest superset")
TIER_MODES = ("graduated", "volume", "package")


@attrs.frozen
class FormRecord:
    """A form whose keys are those of a record."""

    def data(self, currency: str) -> Data:
        return write_record(self, currency)


@attrs.frozen
class Price(FormRecord):
    """A printed price in minor units, in other units, or in both."""

    minor: int | Fraction | None = key(UnitPrice(), "the printed price", name="price", default=None)
    in_units: tuple[tuple[str, Fraction], ...] = key(UnitAmounts(), "the price in units of [units]", default=())


@attrs.frozen
class Grid:
    """Prices by the values of declared axes. What is not in ``cells`` is a hole: no price, never 0."""

    by: tuple[str, ...]
    cells: Mapping[tuple[str, ...], int | Fraction] = attrs.field(hash=False)
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def data(self, currency: str) -> Data:
        def cell(name: tuple[str, ...]) -> Any:
            return decimal_of(self.cells[name], currency) if name in self.cells else "-"

        rows = [[*row, *(cell((*row, column)) for column in self.columns)] for row in self.rows]
        return {"columns": list(self.columns), "rows": rows}


@attrs.frozen
class Refuse(FormRecord):
    """The tariff itself says that there is no price here."""

    code: str = key(Text(SAYABLE), "why there is no price", name="refuse")
    why: str = key(Text(), "the reason in words", default="")
    at_least: int | None = key(Amount(), "with 'from': the least amount", default=None)
    about: int | None = key(Amount(), "with 'about': the amount", name="amount", default=None)
    low: int | None = key(Amount(), "with 'between'", default=None)
    high: int | None = key(Amount(), "with 'between'", default=None)
    once_per: str = once_key(PIECE)

    @property
    def bounds(self) -> tuple[int | None, int | None]:
        """The amounts that the tariff prints, lower and upper."""
        return {"from": (self.at_least, None), "about": (self.about, None)}.get(self.code, (self.low, self.high))

    def check(self, table: TariffTable) -> None:
        needed = {"from": ("at_least",), "about": ("amount",), "between": ("low", "high")}.get(self.code, ())
        for name in ("at_least", "amount", "low", "high"):
            if (name in table) != (name in needed):
                has = "needs" if name in needed else "has no"
                table.problem(f"the refusal {self.code!r} {has} {name!r}", name if name in table else None)
        if self.low is not None and self.high is not None and self.low > self.high:
            table.problem("'low' is above 'high'", "low")
        check_once(table, self.once_per, *self.bounds)


@attrs.frozen
class BracketRow:
    """One row by length or number: up to a printed bound, which is counted in; the last row has none."""

    upto: tuple[int, bool] | None = key(SpanKind(), "the bound, counted in: a length or a number", default=None)
    price: int | Fraction | None = key(UnitPrice(), "the price", default=None)
    per: str = key(Text(), "what the price is for; left out: the whole", default="")
    started: bool = key(Flag(), "a begun unit counts in full", default=False)
    refuse: str = key(Text(SAYABLE), "no price in this row", default="")
    why: str = key(Text(), "the reason in words", default="")

    def check(self, table: TariffTable) -> None:
        if (self.price is None) == (not self.refuse):
            table.problem("a row has a 'price' or a 'refuse'")
        if self.refuse in ("from", "about", "between"):
            table.problem("a refusal with amounts stands as a rate of its own", "refuse")
        minutes = read_unit(table, self.per, "per")
        if self.started and minutes is None:
            table.problem("'started' is for a length of time: per = '1h'", "started")
        check_refusal(table, self.refuse, ("per", "started"), "a price")


@attrs.frozen
class Upto(FormRecord):
    """The whole length, count or number picks the row."""

    rows: tuple[BracketRow, ...] = key(Subs(BracketRow), "the rows, by their bounds", name="upto")
    of: str = key(Text(), "the number that picks the row; left out: the length or the count", default="")


@attrs.frozen
class StepRow:
    """A published size with its price."""

    size: tuple[int, bool] = key(SpanKind(), "a length, or a number of units")
    price: int | None = key(Amount(), "the price of this size; left out: not published", default=None)


@attrs.frozen
class Steps(FormRecord):
    """Published sizes, and how they may be put together."""

    rows: tuple[StepRow, ...] = key(Subs(StepRow), "the sizes", name="steps")
    combination: str = key(Text(COMBINATIONS), "how they may be put together")


@attrs.frozen
class Sets:
    """Prices of sets of sessions, rooms or other words; a wanted set is cut into published ones."""

    axis: str
    cover: str
    by: tuple[str, ...]
    cells: Mapping[tuple[str, ...], int] = attrs.field(hash=False)
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def data(self, currency: str) -> Data:
        grid = Grid(self.by, self.cells, self.columns, self.rows).data(currency)
        return {"sets": self.axis, "cover": self.cover} | grid


@attrs.frozen
class TierRow:
    """Units up to a bound, counted in, and the price of one of them (of the block, for a package)."""

    upto: int | None = key(Count(), "the last unit of this tier", default=None)
    price: int | Fraction | None = key(UnitPrice(), "the price of a unit of this tier", default=None)
    column: str = key(Text(), "the column of the grid that holds in this tier", default="")

    def check(self, table: TariffTable) -> None:
        if (self.price is None) == (not self.column):
            table.problem("a tier has a 'price' or a 'column'")


@attrs.frozen
class Tiers(FormRecord):
    """Prices by how many: each tier its own units, the total picks one tier, or blocks."""

    rows: tuple[TierRow, ...] = key(Subs(TierRow), "the tiers, by their bounds", name="tiers")
    mode: str = key(Text(TIER_MODES), "how the tiers are meant")
    of: str = key(Text(), "the number that is counted", default="")
    grid: Grid | None = None

    def data(self, currency: str) -> Data:
        return super().data(currency) | (self.grid.data(currency) if self.grid else {})


@attrs.frozen
class Offered(FormRecord):
    """The customer says what to pay; nothing said means the suggestion."""

    fact: str = key(Text(), "the fact of money that the customer offers", name="offered")
    at_least: int = key(Amount(), "the floor", default=0)
    suggestion: int | None = key(Amount(), "what is charged where nothing is offered", default=None)

    def check(self, table: TariffTable) -> None:
        check_declared(table, self.fact, "offered", ("money",))


@attrs.frozen
class AmountShare(FormRecord):
    """A share of an amount that the question names."""

    share: Fraction = key(Percent(0, 1000), "the share")
    of: str = key(Text(), "the fact of money that it is a share of")

    def check(self, table: TariffTable) -> None:
        check_declared(table, self.of, "of", ("money",))


def of_sessions(form: object) -> bool:
    """Whether a form has prices of sets of sessions: those that are touched have one price."""
    return isinstance(form, Sets) and form.axis == "session"


def is_total(form: object) -> bool:
    """Whether a form prices all of it, and no unit."""
    return isinstance(form, (Upto, Steps, Tiers, Offered, AmountShare)) or of_sessions(form)


Form = Price | Grid | Upto | Steps | Sets | Tiers | Offered | AmountShare | Refuse
