"""From the data of a file to a tariff: the sections, in order, with every problem noted."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from fractions import Fraction
from functools import cached_property, partial
from math import gcd, lcm
from typing import Any, TypeVar

import attrs

from cantinekit.errors import CurrencyError, InputError
from cantinekit.money import exponent
from cantinekit.pricing.format.read import MAX_ENTRIES, Notes, TariffTable
from cantinekit.pricing.format.records import read_record, write_record
from cantinekit.pricing.model import sections
from cantinekit.pricing.model._declared import declared
from cantinekit.pricing.model._known import check_tax
from cantinekit.pricing.model._sure import check_product
from cantinekit.pricing.model.conditions import CodeCondition, FactType, Holds, asked_names, atoms_of
from cantinekit.pricing.model.examples import RESERVED, Example, read_examples
from cantinekit.pricing.model.product import Product
from cantinekit.pricing.model.product_parts import Beyond, BeyondKind
from cantinekit.pricing.terms import Opening, Week, Workdays, parse_length, read_opening, read_workdays
from cantinekit.pricing.values import FrozenMap

SECTIONS = (
    *("tariff", "units", "facts", "derive", "bands", "opening", "calendar", "tax"),
    *("product", "coupon", "order", "advice", "examples"),
)
NESTED = ("units", "bands", "calendar", "tax", "product", "coupon", "advice")
"""The sections that hold tables by name."""
V = TypeVar("V")
UNREAD = Opening(Week(), holidays=(date(1970, 1, 1),))
"""Stands for opening hours with a problem, so that nobody is told that there are none."""
_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,79}")


@attrs.frozen(slots=False)
class Parts:
    """The sections of a tariff after reading."""

    head: sections.TariffHead
    units: Mapping[str, sections.Unit]
    facts: Mapping[str, FactType]
    derived: Mapping[str, tuple[sections.Fits, ...]]
    bands: Mapping[str, sections.Band]
    opening: Opening | None
    calendars: Mapping[str, Workdays]
    taxes: Mapping[str, sections.Tax]
    products: Mapping[str, Product]
    coupons: Mapping[str, sections.Coupon]
    order: sections.OrderRules
    advice: Mapping[str, sections.AdviceSection]
    examples: tuple[Example, ...]
    written: Mapping[str, tuple[str, ...]] = attrs.field(eq=False, repr=False)
    """The names of each section in the order of the file. It is no content: tariffs that differ in it are equal."""

    @cached_property
    def counting(self) -> frozenset[str]:
        """The products whose price may depend on a meter: all of them where an order or a coupon may."""
        kept = [rule.same for group in self.order.adjust for rule in group.rules]
        if any(kept) or any(coupon.limit is not None for coupon in self.coupons.values()):
            return frozenset(self.products)
        found = {name for name, product in self.products.items() if any(_scopes_of(product))}
        adding = {name: {need.product for need in one.needs if need.add} for name, one in self.products.items()}
        while more := {name for name, added in adding.items() if not added.isdisjoint(found)} - found:
            found |= more
        return frozenset(found)

    @cached_property
    def scoped(self) -> bool:
        """Whether something of this list is priced as a whole with what was bought before."""
        return any(one.scope for one in self.products.values())

    def in_order(self, section: str, entries: Mapping[str, V]) -> list[tuple[str, V]]:
        """The entries of a section in the order of the file."""
        return [(name, entries[name]) for name in self.written.get(section, ()) if name in entries]

    @property
    def currency(self) -> str:
        return self.head.currency

    @cached_property
    def rules(self) -> dict[str, dict[str, tuple[str, str, str]]]:
        """The declared rules of each product by path: phase, path, id."""
        return {name: {rule[1]: rule for rule in product.rules()} for name, product in self.products.items()}

    @cached_property
    def names(self) -> FrozenMap[str]:
        """The names of the products by their ids, for people."""
        return FrozenMap({id: product.name for id, product in self.products.items()})

    @cached_property
    def asked_codes(self) -> frozenset[str]:
        """The codes that conditions ask for, wherever they stand."""
        places = (self.derived, self.taxes, self.products, self.coupons, self.order)
        return frozenset(code for atom in atoms_of(CodeCondition, places) for code in atom.codes)

    @cached_property
    def asked_holds(self) -> frozenset[str]:
        """What conditions and needs ask whether the customer holds it, wherever they stand."""
        places = (self.derived, self.taxes, self.products, self.coupons, self.order)
        needs = [need for one in self.products.values() for need in one.needs]
        named = {need.product for need in needs} | {name for need in needs for name in need.one_of}
        return frozenset(named | {name for atom in atoms_of(Holds, places) for name in atom.names}) - {""}

    @cached_property
    def asked_later(self) -> Mapping[str, frozenset[str]]:
        """The facts that decide what it costs to call a product off, by product; of most there are none."""
        every = {}
        for id, product in self.products.items():
            names = asked_names(product.cancel)
            while derived := names & self.derived.keys():
                names = names - derived | asked_names([self.derived[name] for name in derived])
            if found := names & self.facts.keys() - set(product.afterwards):
                every[id] = frozenset(found)
        return FrozenMap(every)

    @cached_property
    def money_accounts(self) -> frozenset[str]:
        """The accounts that hold money, counted in its minor units."""
        given = {grant.account for p in self.products.values() for grant in p.grant if grant.value is not None}
        return frozenset(given | set(self.order.vouchers))

    @cached_property
    def smallest(self) -> Mapping[str, Fraction]:
        """The smallest part of a unit that each account counts in, where it is not the whole unit."""
        cent = Fraction(1, 10 ** exponent(self.currency))
        parts = smallest_parts(self.products.values())
        found = {account: part for account, part in parts.items() if part != 1}
        return FrozenMap(dict.fromkeys(self.money_accounts, cent) | found)

    def data(self) -> dict[str, Any]:
        """The content in the TOML spelling; what ``dump`` writes and the version is the hash of."""
        currency = self.currency
        out: dict[str, Any] = {
            "tariff": self.head.data(),
            "units": _written(self.units, currency),
            "facts": {name: _fact_data(value) for name, value in self.facts.items()},
            "derive": {n: [write_record(row, currency) for row in rows] for n, rows in self.derived.items()},
            "bands": _written(self.bands, currency),
            "opening": self.opening.data() if self.opening else {},
            "calendar": {name: days.data() for name, days in self.calendars.items()},
            "tax": {name: tax.data(currency) for name, tax in self.taxes.items()},
            "product": {name: product.data(currency) for name, product in self.products.items()},
            "coupon": {code: coupon.data(currency) for code, coupon in self.coupons.items()},
            "order": write_record(self.order, currency),
            "advice": _written(self.advice, currency),
            "examples": {"list": [example.data(currency) for example in self.examples]} if self.examples else {},
        }
        return {name: section for name, section in out.items() if section}


def _written(records: Mapping[str, Any], currency: str) -> dict[str, Any]:
    return {name: write_record(record, currency) for name, record in records.items()}


def _scopes_of(product: Product) -> list[tuple[str, ...]]:
    """The scopes in which something of a product is counted; one that is empty counts nothing."""
    scopes = [cover.same or (cover.limit.same if cover.limit else ()) for cover in product.cover]
    scopes += [rule.same for rule in product.adjusts if rule.kind == "at_most"]
    return [*scopes, *([product.rank.same] if product.rank else [])]


def _fact_data(value: FactType) -> Any:
    if isinstance(value, str):
        return value
    return {"set": list(value)} if type(value).__name__ == "SetOf" else list(value)


def smallest_parts(products: Iterable[Product]) -> dict[str, Fraction]:
    """For each account that covers something, the largest fraction of a unit of which all its covers take whole
    numbers.
    """
    found: dict[str, Fraction] = {}
    for product in products:
        for cover in product.cover:
            if cover.account:
                part = cover.part(product.measure)
                known = found.get(cover.account, part)
                whole = lcm(part.denominator, known.denominator)
                found[cover.account] = Fraction(gcd(int(part * whole), int(known * whole)), whole)
    return found


def read(data: dict[str, Any], notes: Notes) -> Parts:
    """The sections; what could not be read is noted in ``notes`` and left out."""
    top = TariffTable(data, (), notes)
    top.known(SECTIONS)
    head = _head(top, notes)
    for section in ("product", "tax", "coupon", "advice", "derive", "bands", "units", "calendar"):
        if len(top.table(section).data) > MAX_ENTRIES:
            top.problem(f"more than {MAX_ENTRIES} entries", section)
            top = attrs.evolve(top, data={**top.data, section: {}})
    units = _named(top, "units", _record(sections.Unit))
    facts = sections.read_facts(top.table("facts"), RESERVED)
    opening, calendars = _opening(top), _calendars(top)
    notes.calendars = calendars
    notes.words = declared(top, facts, {name: unit.decimals for name, unit in units.items()}, opening)
    derived = sections.read_derived(top.table("derive"), facts)
    bands = _named(top, "bands", _record(sections.Band))
    taxes = _named(top, "tax", sections.read_tax)
    check_tax(top.table("tariff"), head.tax)
    products = _in_parts(_named(top, "product", partial(_product, head=head)))
    if not data.get("product"):
        top.problem("a tariff has at least one [product.<name>]")
    coupons = _named(top, "coupon", sections.read_coupon)
    order = read_record(sections.OrderRules, top.table("order")) or sections.OrderRules()
    if "coupons" in top.table("order") and not top.table("coupon").data:
        top.table("order").problem("there are no coupons: [coupon.<code>]", "coupons")
    _check_order(top, products, coupons, order)
    _check_pools(top, products, taxes)
    advice = _named(top, "advice", _record(sections.AdviceSection))
    examples = read_examples(top.table("examples")) if "examples" in top else ()
    return Parts(
        head,
        units,
        facts,
        derived,
        bands,
        opening,
        FrozenMap(calendars),
        taxes,
        products,
        coupons,
        order,
        advice,
        examples,
        FrozenMap({name: tuple(section) for name, section in data.items() if isinstance(section, dict)}),
    )


def _check_order(
    top: TariffTable,
    products: Mapping[str, Product],
    coupons: Mapping[str, sections.Coupon],
    order: sections.OrderRules,
) -> None:
    """Note units that are put into an account of money, and a rule of the order that waits for a cover."""
    for name, table in top.named("product"):
        for grant in products[name].grant if name in products else ():
            if grant.account in order.vouchers and grant.value is None:
                table.problem(f"the account {grant.account!r} pays what is due: say how much, value = ...", "grant")
    if any(rule.when_covered for group in order.adjust for rule in group.rules):
        top.table("order").problem("'when_covered' is for a rule of a product: an order is not covered", "adjust")
    for code, table in top.named("coupon"):
        if code in coupons and coupons[code].rule.when_covered:
            table.problem("a coupon bears on what there is to pay", "when_covered")


def _check_pools(top: TariffTable, products: Mapping[str, Product], taxes: Mapping[str, sections.Tax]) -> None:
    """Note a pool that would count prices with tax and prices without it as one sum."""
    bases: dict[str, str] = {}
    for name, table in top.named("product"):
        product = products.get(name)
        for rule in product.adjusts if product else ():
            assert product is not None
            tax = taxes.get(product.tax)
            if rule.pool and (tax.tax_class.kind if tax else product.tax) in ("standard", sections.UNKNOWN):
                basis = product.prices or "incl"
                if bases.setdefault(rule.pool, basis) != basis:
                    table.problem(f"the pool {rule.pool!r} counts prices with tax and prices without it", "adjust")


def _head(top: TariffTable, notes: Notes) -> sections.TariffHead:
    table = top.table("tariff")
    currency = table.data.get("currency")
    try:
        notes.currency = currency if isinstance(currency, str) and exponent(currency) >= 0 else "EUR"
    except CurrencyError:
        notes.currency = "EUR"
    head = read_record(sections.TariffHead, table)
    if head is None:
        return sections.TariffHead("none", "none", "EUR", "UTC")
    if not _ID.fullmatch(head.id):
        table.problem("an id has small letters, digits, '-', '_' and '.'", "id")
    if head.due:
        table.parsed(parse_length, head.due, "due")
    return attrs.evolve(head, name=head.name or head.id)


def _named(top: TariffTable, section: str, read_one: Callable[[str, TariffTable], V | None]) -> FrozenMap[V]:
    """The entries of a section by name, without those that could not be read."""
    found = {name: read_one(name, table) for name, table in top.named(section)}
    return FrozenMap({name: one for name, one in found.items() if one is not None})


def _record(cls: type[V]) -> Callable[[str, TariffTable], V | None]:
    return lambda _, table: read_record(cls, table)


def _opening(top: TariffTable) -> Opening | None:
    if "opening" not in top:
        return None
    table = top.table("opening")
    found = top.parsed(read_opening, table.data, "opening")
    return found or (UNREAD if "holidays" in table else attrs.evolve(UNREAD, holidays=()))


def _calendars(top: TariffTable) -> dict[str, Workdays]:
    out: dict[str, Workdays] = {}
    for name, table in top.named("calendar"):
        try:
            out[name] = read_workdays({"name": name} | table.data)
        except InputError as error:
            table.problem(str(error))
            out[name] = Workdays((0,), name=name)
    return out


def _product(name: str, table: TariffTable, head: sections.TariffHead) -> Product | None:
    product = read_record(Product, table)
    if product is None:
        return None
    tax = product.tax or head.tax
    check_tax(table, product.tax)
    product = attrs.evolve(
        product,
        id=name,
        name=product.name or name,
        tax=tax,
        price_date=product.price_date or head.price_date,
        prices=product.prices or head.prices,
        grant=tuple(attrs.evolve(grant, account=grant.account or name) for grant in product.grant),
        beyond=product.beyond or (None if "cover" in table.bad else _inner_beyond(table)),
    )
    dated = any(rate.dated for rate in product.rates) or any(rule.dated for rule in product.adjusts)
    if dated and not product.price_date and "price_date" not in table.bad:
        table.problem("it has dated prices: say which day picks the list, price_date = 'purchase' or 'use'")
    if not table.bad:
        check_product(product, table)
    return product


def _in_parts(products: Mapping[str, Product]) -> FrozenMap[Product]:
    """The products with their covers in the smallest parts in which each account is counted."""
    smallest, out = smallest_parts(products.values()), {}
    for name, product in products.items():
        covers = [cover.counted(product.measure, smallest.get(cover.account)) for cover in product.cover]
        out[name] = attrs.evolve(product, cover=tuple(covers))
    return FrozenMap(out)


def _inner_beyond(table: TariffTable) -> Beyond | None:
    """``beyond`` may stand in a source as well."""
    stated = {repr(row.data["beyond"]): row for row in table.tables("cover") if "beyond" in row}
    if len(stated) > 1:
        table.problem("'beyond' is stated twice and differently", "beyond")
    return next((BeyondKind().read(row, "beyond") for row in stated.values()), None)
