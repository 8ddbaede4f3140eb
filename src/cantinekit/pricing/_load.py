"""From the data of a file to a tariff: the sections, in order, with every problem noted."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import Any

import attrs

from cantinekit.clock import zone
from cantinekit.errors import CurrencyError, InputError
from cantinekit.money import Rounding, exponent, parse_rate
from cantinekit.pricing._examples import RESERVED, Example, read_examples
from cantinekit.pricing._model import FactType, Grant, Head, Product, Tax
from cantinekit.pricing._read import MAX_ENTRIES, MAX_PRICE, Notes, Table, good_text
from cantinekit.pricing._rules import Words, ordered, read_adjusts, read_covers, read_measure, read_rates
from cantinekit.pricing._values import FrozenMap

NOT_SUBJECT = "not subject"
UNKNOWN = "unknown"
_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,79}")
_MODES: tuple[Rounding, ...] = ("half_up", "half_even", "up", "down")
_MAX_FACTS = 100
_DATES = ("purchase", "use")
_PRODUCT_KEYS = (
    *("name", "optional", "price_date", "prices", "tax", "sells", "grant"),
    *("measure", "cover", "beyond", "rate", "adjust"),
)


@attrs.frozen
class Parts:
    """The sections of a tariff after reading."""

    head: Head
    facts: Mapping[str, FactType]
    taxes: Mapping[str, Tax]
    products: Mapping[str, Product]
    examples: tuple[Example, ...]

    def data(self) -> dict[str, Any]:
        """The content in the TOML spelling; what ``dump`` writes and the version is the hash of."""
        out: dict[str, Any] = {"tariff": self.head.data()}
        if self.facts:
            out["facts"] = {k: list(v) if isinstance(v, tuple) else v for k, v in self.facts.items()}
        if self.taxes:
            out["tax"] = {key: tax.data() for key, tax in self.taxes.items()}
        out["product"] = {key: product.data(self.head.currency) for key, product in self.products.items()}
        if self.examples:
            out["examples"] = {"list": [example.data(self.head.currency) for example in self.examples]}
        return out


def read(data: dict[str, Any], notes: Notes) -> Parts:
    """The sections; what could not be read is noted in ``notes`` and left out."""
    top = Table(data, (), notes)
    top.known(("tariff", "facts", "tax", "product", "examples"))
    head_table = top.table("tariff")
    head = _head(head_table)
    notes.currency = head.currency
    facts = _facts(top.table("facts"))
    taxes = FrozenMap({name: _tax(name, table) for name, table in top.named("tax")})
    defaults = _Defaults.read(head_table, taxes)
    if len(top.table("product").data) > MAX_ENTRIES:
        top.problem(f"more than {MAX_ENTRIES} products", "product")
        top = attrs.evolve(top, data={**data, "product": {}})
    grants = {name: _grant_account(name, table) for name, table in top.named("product") if "grant" in table}
    words = Words(facts, grants)
    products = FrozenMap({name: _product(name, table, words, defaults) for name, table in top.named("product")})
    if not data.get("product"):
        top.problem("a tariff has at least one [product.<name>]")
    examples = read_examples(top.table("examples"), facts, products, head.zone)
    return Parts(head, facts, taxes, products, examples)


def _head(table: Table) -> Head:
    table.known(("id", "name", "currency", "timezone", "rounding", "prices", "price_date", "tax"))
    id = table.text("id", required=True)
    if id and not _ID.fullmatch(id):
        table.problem("an id has small letters, digits, '-', '_' and '.'", "id")
    currency = table.text("currency", required=True)
    try:
        exponent(currency)
    except CurrencyError as error:
        if "currency" in table:
            table.problem(str(error), "currency")
        currency = "EUR"
    name = table.text("timezone", required=True)
    try:
        zone(name)
    except InputError as error:
        if name:
            table.problem(str(error), "timezone")
        name = "UTC"
    mode = table.text("rounding", "half_up", one_of=_MODES)
    return Head(id, table.text("name", id), currency, name, next(m for m in _MODES if m == mode))


def _facts(table: Table) -> FrozenMap[FactType]:
    facts: dict[str, FactType] = {}
    if len(table.data) > _MAX_FACTS:
        table.problem(f"more than {_MAX_FACTS} facts")
        return FrozenMap()
    for name, value in table.data.items():
        if not good_text(name):
            table.problem("a name has 1 to 200 characters and no control characters", name)
        elif name in RESERVED:
            table.problem("this word has a meaning of its own and cannot name a fact", name)
        elif value in ("yes/no", "number"):
            facts[name] = str(value)
        elif isinstance(value, list) and value:
            facts[name] = table.texts(name)
        else:
            table.problem("a fact is 'yes/no', 'number' or a list of words", name)
    return FrozenMap(facts)


def _tax(name: str, table: Table) -> Tax:
    table.known(("mention",) if name == NOT_SUBJECT else ("rates", "mention"))
    rates: list[tuple[date, Fraction]] = []
    for row in table.tables("rates"):
        row.known(("from", "rate"))
        start, text = row.day("from"), row.text("rate", required=True)
        try:
            rate = parse_rate(text) if text else None
        except InputError as error:
            row.problem(str(error), "rate")
            continue
        if rate is not None and not 0 <= rate <= 1:
            row.problem("a tax rate is from 0% to 100%", "rate")
        elif start and rate is not None:
            rates.append((start, rate))
    ordered([start for start, _ in rates], table, "rates")
    if name == UNKNOWN:
        table.problem("'unknown' is the class of what states no tax, and cannot be described")
    if name != NOT_SUBJECT and not rates and not table.tables("rates"):
        table.problem("'rates' is needed: a list of { from, rate }")
    return Tax(name, tuple(rates), table.text("mention"))


@attrs.frozen
class _Defaults:
    """What ``[tariff]`` says for all products."""

    taxes: Mapping[str, Tax]
    price_date: str = ""
    prices: str = ""
    tax: str = UNKNOWN

    @classmethod
    def read(cls, table: Table, taxes: Mapping[str, Tax]) -> _Defaults:
        stated = cls(taxes).of(table)
        return cls(taxes, stated["price_date"], stated["prices"], stated["tax"])

    def of(self, table: Table) -> dict[str, str]:
        """The three keys in a table that may stand in ``[tariff]`` and in a product."""
        basis = table.text("prices", self.prices, one_of=("incl", "excl"))
        if basis == "excl" and "prices" in table:
            table.problem("prices without tax are not supported yet", "prices")
        tax = table.text("tax", self.tax)
        if tax not in (UNKNOWN, NOT_SUBJECT) and tax not in self.taxes:
            table.problem(
                f"no tax class {tax!r} in [tax]", "tax", table.notes.near(tax, [*self.taxes, UNKNOWN, NOT_SUBJECT])
            )
        when = table.data.get("price_date")
        if when == "start":
            table.problem("'start' is not supported yet", "price_date")
            return {"price_date": self.price_date, "prices": basis, "tax": tax}
        return {"price_date": table.text("price_date", self.price_date, one_of=_DATES), "prices": basis, "tax": tax}


def _grant_account(name: str, table: Table) -> str:
    account = table.table("grant").data.get("account")
    return account if isinstance(account, str) else name


def _grant(name: str, table: Table) -> Grant | None:
    sells = table.text("sells", "")
    if sells not in ("", "grant"):
        table.problem(f"{sells!r} is not supported yet", "sells")
    if "grant" not in table:
        if sells == "grant":
            table.problem("'grant' is needed: what is sold")
        return None
    if sells != "grant":
        table.problem("a product with a grant says sells = 'grant'", "grant")
    inner = table.table("grant")
    inner.known(("account", "units", "unit"))
    units = inner.count("units", 1, MAX_PRICE)
    if "units" not in inner:
        inner.problem("'units' is needed")
    return Grant(inner.text("account", name), units or 1, inner.text("unit", required=True))


def _product(name: str, table: Table, words: Words, defaults: _Defaults) -> Product:
    table.known(_PRODUCT_KEYS)
    stated = defaults.of(table)
    measure = read_measure(table)
    rates = read_rates(table, words, measure)
    covers, beyond = read_covers(table, words, measure, rates)
    adjusts = read_adjusts(table, words)
    if not stated["price_date"] and any(rule.dated for rule in (*rates, *adjusts) if hasattr(rule, "dated")):
        table.problem("it has dated prices: say which day picks the list, price_date = 'purchase' or 'use'")
    return Product(
        id=name,
        name=table.text("name", name),
        rates=rates,
        price_date=stated["price_date"] or None,
        tax=stated["tax"],
        measure=measure,
        covers=covers,
        beyond=beyond,
        adjusts=adjusts,
        prices=stated["prices"],
        optional=table.flag("optional"),
        grant=_grant(name, table),
    )
