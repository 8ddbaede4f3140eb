"""A tariff after loading: products and their rules, as frozen data. ``data()`` gives each back in the TOML spelling."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import attrs

from cantinekit.money import Rounding, exponent
from cantinekit.pricing._values import FrozenMap

Data = dict[str, Any]


def _decimal(minor: int, currency: str) -> Decimal | int:
    digits = exponent(currency)
    return Decimal((0, tuple(map(int, str(minor))), -digits)) if digits else minor


def show_span(minutes: int) -> str:
    """A length of time in one spelling: "30min", "1h", "1h30"."""
    hours, rest = divmod(minutes, 60)
    return f"{rest}min" if not hours else f"{hours}h" + (f"{rest:02}" if rest else "")


def _percent(rate: Fraction) -> str:
    billionths = rate * 100 * 10**9  # a printed rate has at most nine decimals
    whole, part = divmod(int(billionths), 10**9)
    return f"{whole}" + (f".{part:09}".rstrip("0") if part else "") + "%"


def _given(**keys: Any) -> Data:
    return {key.rstrip("_"): value for key, value in keys.items() if value not in (None, "", (), [], False)}


# --- conditions ------------------------------------------------------------------------------------------------------


@attrs.frozen
class Atom:
    """``name`` is a declared fact, or "weekday"; it holds if the value is one of ``values``."""

    name: str
    values: tuple[str | bool, ...]

    def data(self) -> Any:
        return self.values[0] if isinstance(self.values[0], bool) else list(self.values)


@attrs.frozen
class Clause:
    """All of the atoms hold, and not all of what is in ``excluded``."""

    atoms: tuple[Atom, ...]
    excluded: Clause | None = None

    def data(self) -> Data:
        out = {atom.name: atom.data() for atom in self.atoms}
        return out | ({"not": self.excluded.data()} if self.excluded else {})


When = tuple[Clause, ...]
"""One of the clauses holds; none at all: always."""


def _when(when: When) -> Data:
    return {"when": [clause.data() for clause in when]} if when else {}


# --- prices ----------------------------------------------------------------------------------------------------------


@attrs.frozen
class Price:
    """A printed price, in minor units."""

    minor: int

    def data(self, currency: str) -> Data:
        return {"price": _decimal(self.minor, currency)}


@attrs.frozen
class Grid:
    """Prices by the values of declared axes. What is not in ``cells`` is a hole: no price, never 0."""

    by: tuple[str, ...]
    cells: Mapping[tuple[str, ...], int] = attrs.field(hash=False)
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def data(self, currency: str) -> Data:
        def cell(key: tuple[str, ...]) -> Any:
            return _decimal(self.cells[key], currency) if key in self.cells else "-"

        rows = [[*row, *(cell((*row, column)) for column in self.columns)] for row in self.rows]
        return {"by": list(self.by), "columns": list(self.columns), "rows": rows}


@attrs.frozen
class Upto:
    """The whole length of a stay picks the row: ``(minutes, minor)``, printed bounds, inclusive; the last is open."""

    rows: tuple[tuple[int | None, int], ...]

    def data(self, currency: str) -> Data:
        return {
            "upto": [
                _given(upto=bound and show_span(bound)) | {"price": _decimal(minor, currency)}
                for bound, minor in self.rows
            ]
        }


@attrs.frozen
class Refuse:
    """The tariff itself says that there is no price here."""

    code: str
    why: str = ""
    low: int | None = None
    high: int | None = None

    def data(self, currency: str) -> Data:
        out: Data = {"refuse": self.code} | _given(why=self.why)
        names = {"from": ("at_least", ""), "about": ("amount", ""), "between": ("low", "high")}.get(self.code, ("", ""))
        for name, minor in zip(names, (self.low, self.high), strict=True):
            if name and minor is not None:
                out[name] = _decimal(minor, currency)
        return out


Prices = Price | Grid | Upto | Refuse


@attrs.frozen
class Per:
    """What a price is for: a named unit, or a length ("1h") that is so many ``minutes``.

    ``started``: a begun length counts in full.
    """

    unit: str
    minutes: int | None = None
    started: bool = False

    def data(self) -> Data:
        return {"per": self.unit} | _given(started=self.started)


@attrs.frozen
class Rate:
    """One way to price: the condition, what the price is for, and the prices by the day from which each holds."""

    id: str
    lists: tuple[tuple[date | None, Prices], ...]
    when: When = ()
    per: Per | None = None

    @property
    def dated(self) -> bool:
        return self.lists[0][0] is not None

    def data(self, currency: str) -> Data:
        out = _given(id=self.id) | _when(self.when) | (self.per.data() if self.per else {})
        if not self.dated:
            return out | self.lists[0][1].data(currency)
        rows = [{"from": day} | prices.data(currency) for day, prices in self.lists]
        return out | {"lists": rows}


# --- rules -----------------------------------------------------------------------------------------------------------


@attrs.frozen
class Measure:
    """How a stay is counted: in minutes, or in started blocks of ``every`` minutes that are called ``unit``.

    ``step``, ``minimum`` and ``at_most`` are in minutes for the unit "minute", else in units.
    """

    unit: str
    every: int | None = None
    step: int | None = None
    minimum: int | None = None
    at_most: int | None = None

    def data(self) -> Data:
        show = show_span if self.every is None else int
        out: Data = {"unit": self.unit} | _given(every=self.every and show_span(self.every))
        bounds = {"step": self.step, "minimum": self.minimum, "at_most": self.at_most}
        return out | {name: show(value) for name, value in bounds.items() if value is not None}


@attrs.frozen
class Cover:
    """An account whose units may cover the item, in ``unit`` (``minutes`` long where it is a length of time)."""

    account: str
    unit: str
    minutes: int | None = None
    partial: bool = False

    def data(self) -> Data:
        return {"by": self.account, "unit": self.unit} | _given(partial=self.partial)


@attrs.frozen
class Cap:
    """At most this much, over everything with the same customer, facts and period; of the item alone without them."""

    id: str
    lists: tuple[tuple[date | None, int], ...]
    when: When = ()
    facts: tuple[str, ...] = ()
    period: str | None = None

    @property
    def dated(self) -> bool:
        return self.lists[0][0] is not None

    def data(self, currency: str) -> Data:
        out: Data = {"id": self.id} | _when(self.when)
        if self.dated:
            out["lists"] = [{"from": day, "at_most": _decimal(minor, currency)} for day, minor in self.lists]
        else:
            out["at_most"] = _decimal(self.lists[0][1], currency)
        return out | ({"same": ["person", *self.facts, self.period]} if self.period else {})


@attrs.frozen
class Stop:
    """A case for which the tariff has no price, whatever the rate gave."""

    id: str
    refuse: Refuse
    when: When = ()

    def data(self, currency: str) -> Data:
        return {"id": self.id} | _when(self.when) | self.refuse.data(currency)


Adjust = Cap | Stop


@attrs.frozen
class Grant:
    """What a product gives when it is sold: ``units`` of ``unit``, kept in ``account``."""

    account: str
    units: int
    unit: str

    def data(self) -> Data:
        return {"account": self.account, "units": self.units, "unit": self.unit}


@attrs.frozen
class Product:
    """One thing in the catalogue, with its rules in the order of the phases."""

    id: str
    name: str
    rates: tuple[Rate, ...]
    price_date: str | None
    tax: str
    measure: Measure | None = None
    covers: tuple[Cover, ...] = ()
    beyond: str | None = None
    adjusts: tuple[Adjust, ...] = ()
    prices: str = ""
    optional: bool = False
    grant: Grant | None = None

    @property
    def timed(self) -> bool:
        """Whether the length of the stay is needed."""
        return self.measure is not None or any(
            (rate.per is not None and rate.per.minutes) or any(isinstance(p, Upto) for _, p in rate.lists)
            for rate in self.rates
        )

    def rules(self) -> Iterator[tuple[str, str, str]]:
        """Every declared rule: phase, path in the tariff, id."""
        path = f"product.{quoted(self.id)}"
        if self.measure:
            yield "measure", f"{path}.measure", "measure"
        for number, cover in enumerate(self.covers):
            yield "cover", f"{path}.cover[{number}]", cover.account
        if self.beyond:
            yield "cover", f"{path}.beyond", "beyond"
        for number, rate in enumerate(self.rates):
            yield "rate", f"{path}.rate[{number}]", rate.id
        for number, rule in enumerate(self.adjusts):
            yield "adjust", f"{path}.adjust[{number}]", rule.id

    def data(self, currency: str) -> Data:
        out = _given(name=self.name, optional=self.optional, price_date=self.price_date, prices=self.prices)
        out["tax"] = self.tax
        if self.grant:
            out |= {"sells": "grant", "grant": self.grant.data()}
        if self.measure:
            out["measure"] = self.measure.data()
        if self.covers:
            out |= {"cover": [cover.data() for cover in self.covers], "beyond": self.beyond}
        out["rate"] = [rate.data(currency) for rate in self.rates]
        if self.adjusts:
            out["adjust"] = [rule.data(currency) for rule in self.adjusts]
        return out


def quoted(key: str) -> str:
    """A key as a TOML path writes it."""
    bare = key and all(c.isascii() and (c.isalnum() or c in "-_") for c in key)
    return key if bare else '"' + key.replace("\\", "\\\\").replace('"', '\\"') + '"'


@attrs.frozen
class Tax:
    """A tax class: its rate by the day from which it holds, or a mention instead of a rate ("not subject")."""

    id: str
    rates: tuple[tuple[date, Fraction], ...] = ()
    mention: str = ""

    def rate_on(self, day: date) -> Fraction | None:
        """The rate of that day; ``None`` before the first one, and for a class without rates."""
        return next((rate for start, rate in reversed(self.rates) if start <= day), None)

    def data(self) -> Data:
        rows = [{"from": day, "rate": _percent(rate)} for day, rate in self.rates]
        return ({"rates": rows} if rows else {}) | _given(mention=self.mention)


@attrs.frozen
class Head:
    """The table ``[tariff]``."""

    id: str
    name: str
    currency: str
    zone: str
    rounding: Rounding

    def data(self) -> Data:
        out = {"id": self.id, "name": self.name, "currency": self.currency, "timezone": self.zone}
        return out | {"rounding": self.rounding}


FactType = tuple[str, ...] | str
"""The values of an axis, or "yes/no", or "number"."""
Facts = FrozenMap[FactType]
