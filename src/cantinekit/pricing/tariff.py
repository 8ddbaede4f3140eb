"""``Tariff``: a price list as data, loaded whole or refused with everything that is wrong with it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import attrs

from cantinekit.errors import InputError, TariffError
from cantinekit.errors.shown import shown
from cantinekit.pricing.values import Fact, FrozenMap, Item, Order, State

if TYPE_CHECKING:
    from cantinekit.pricing._answers import ExampleResult
    from cantinekit.pricing.calls.advise import Advised, Need
    from cantinekit.pricing.calls.change import Agreement, Change, Event
    from cantinekit.pricing.calls.terms import Terms
    from cantinekit.pricing.compiled import Programs
    from cantinekit.pricing.engine.reads import FreeUnits
    from cantinekit.pricing.format.read import Problem
    from cantinekit.pricing.format.toml import Path
    from cantinekit.pricing.model.conditions import FactType
    from cantinekit.pricing.model.examples import Example
    from cantinekit.pricing.model.load import Parts
    from cantinekit.pricing.model.product import Product
    from cantinekit.pricing.model.sections import Tax
    from cantinekit.pricing.plugged import PricingRule
    from cantinekit.pricing.quote import Quote
    from cantinekit.pricing.replaying._table import PricedTable
    from cantinekit.pricing.tax import Treatment
    from cantinekit.pricing.terms import Term


def _programs(tariff: Tariff) -> Programs:
    """The programs of a tariff; the compiler is imported with the first one."""
    from cantinekit.pricing.compiled import Programs
    from cantinekit.pricing.engine.order import quote

    return Programs(tariff.parts, tariff.version, quote)


@attrs.frozen
class Tariff:
    """A price list. Two tariffs are equal if their content is: comments and layout do not count.

    Attributes:
        parts: the sections of the tariff.
        version: hash of the content.
        source: the text that it was loaded from.
    """

    parts: Parts = attrs.field(repr=False)
    version: str
    source: str = attrs.field(eq=False, repr=False)
    _programs: Programs = attrs.field(
        default=attrs.Factory(_programs, takes_self=True), init=False, eq=False, repr=False
    )

    @classmethod
    def load(cls, source: str | os.PathLike[str], rules: Iterable[PricingRule] | None = None) -> Tariff:
        """Read a tariff from a file or from TOML text.

        Args:
            source: a path, or TOML text: a ``str`` with a line break in it is text.
            rules: the forms of plug-ins that it may name; ``None``: those that are registered in this process.

        Raises:
            TariffError: it cannot be read; ``problems`` lists everything that is wrong, each with path and line.
            InputError: two different rules have one name and one version.
        """
        from cantinekit.pricing.format import toml
        from cantinekit.pricing.format.read import Notes, Problem
        from cantinekit.pricing.model.load import read
        from cantinekit.pricing.plugged import registered_rules, rules_by_name

        text = source if isinstance(source, str) and "\n" in source else _file(source)
        try:
            data, lines = toml.parse(text)
        except toml.TomlError as error:
            raise TariffError([Problem("", error.line, str(error))]) from None
        notes = Notes(lines, rules=registered_rules() if rules is None else rules_by_name(rules))
        parts = read(data, notes)
        if notes.problems:
            raise TariffError(sorted(notes.problems, key=lambda p: (p.line or 0, p.path)))
        content = toml.canonical(parts.data())
        return cls(parts, "sha256-" + hashlib.sha256(content.encode()).hexdigest(), text)

    def dump(self) -> str:
        """The tariff as TOML, written in one way; loading it again gives an equal tariff."""
        from cantinekit.pricing.format.toml import write
        from cantinekit.pricing.model.load import NESTED

        return write(self.parts.data(), NESTED)

    @property
    def id(self) -> str:
        return self.parts.head.id

    @property
    def name(self) -> str:
        return self.parts.head.name

    @property
    def currency(self) -> str:
        return self.parts.head.currency

    @property
    def zone(self) -> str:
        """The IANA name of the zone in which days and hours are meant."""
        return self.parts.head.zone

    @property
    def products(self) -> Mapping[str, Product]:
        return self.parts.products

    @property
    def names(self) -> Mapping[str, str]:
        """The names of the products by their ids, for people."""
        return self.parts.names

    @property
    def facts(self) -> Mapping[str, FactType]:
        """The words that a question may use: a tuple of values, "yes/no" or "number"."""
        return self.parts.facts

    @property
    def taxes(self) -> Mapping[str, Tax]:
        return self.parts.taxes

    @property
    def examples(self) -> tuple[Example, ...]:
        return self.parts.examples

    def tax_rate(self, tax_class: str, day: date) -> Fraction | None:
        """The declared rate of a tax class on a day; ``None`` where the tariff declares none.

        Args:
            tax_class: the tax class as the tariff names it.
            day: the local day.
        """
        tax = self.parts.taxes.get(tax_class)
        return tax.rate_on(day) if tax else None

    def quote(self, what: Item | Order, state: State = State()) -> Quote:  # noqa: B008 (frozen)
        """The price, or typed refusals. Pure: the same tariff, question and state give the same quote.

        Args:
            what: one item, or several that are priced together.
            state: what meters, lots and earlier stays there are; left out: none.

        Raises:
            InputError: a fact that the tariff does not declare, a day that is not the period's, an absurd total.
        """
        order = what if isinstance(what, Order) else Order((what,))
        found = self._programs.quote(order, state)
        return found if found is not None else self._programs.full(order, state)

    def price_many(
        self,
        table: Mapping[str, Any],
        *,
        meters: Mapping[str, int] = FrozenMap(),
        balances: Mapping[tuple[str, str], int] | None = None,
    ) -> PricedTable:
        """Price the rows of a table in their order, each a question of its own. Needs the extra "replay".

        Row by row the answer is that of ``quote``, folded with the state; units that a row buys are there for the rows
        behind it.

        Args:
            table: columns by name: ``product``, ``customer``, ``count``, ``day`` and ``bought`` (local days),
                ``minute`` (of the local day, at which a stay begins), ``minutes`` (its length), and the facts of the
                tariff.
            meters: what the meters have counted before the first row.
            balances: the units that are left by (customer, account).

        Raises:
            InputError: an unknown column, columns of different lengths, or one of a wrong type.
        """
        from cantinekit.pricing.replaying._table import price_many

        return price_many(self, table, meters, balances or {})

    def treatments(self, what: Item | Order, quote: Quote) -> tuple[Treatment, ...]:
        """How each line of its quote is taxed: on which day, at which rate, or why there is none.

        Args:
            what: what was asked for.
            quote: the answer to it.

        Raises:
            InputError: the quote is of another order.
        """
        from cantinekit.pricing.calls.taxes import line_treatments

        return line_treatments(self.parts, _order(what), quote)

    def treatments_alone(self, what: Item | Order, tax_classes: Sequence[str]) -> tuple[Treatment, ...] | None:
        """How lines of tax classes are taxed for the only item that was asked for, without its quote.

        Args:
            what: what was asked for.
            tax_classes: the tax class of each line.

        Returns:
            the treatments; ``None`` where it takes a quote to know them: of several items, of a product that may need
            another one, and where no day is known.
        """
        from cantinekit.pricing.calls.taxes import treatments_alone

        return treatments_alone(self.parts, _order(what), tax_classes)

    @property
    def counts(self) -> bool:
        """Whether a price of this list may depend on a meter."""
        return bool(self.parts.counting)

    def counts_for(self, products: Iterable[str]) -> bool:
        """Whether a price of these products may depend on a meter.

        Args:
            products: ids of products of this list.
        """
        return self.counts and not self.parts.counting.isdisjoint(products)

    @property
    def scoped(self) -> bool:
        """Whether something of this list is priced as a whole with what was bought before (``State.earlier``)."""
        return self.parts.scoped

    @property
    def asked_holds(self) -> frozenset[str]:
        """The names of what a customer may hold on which a price of this list may depend."""
        return self.parts.asked_holds

    def asked_later(self, product: str) -> frozenset[str]:
        """The facts that decide what it costs to call a product off, whether its price depends on them or not.

        Args:
            product: the name of the product.
        """
        return self.parts.asked_later.get(product, frozenset())

    def takes_fact(self, name: str, value: Fact) -> bool:
        """Whether a fact is one that this list declares, and its value one that it knows.

        Args:
            name: the name of the fact.
            value: its value.
        """
        from cantinekit.pricing.engine.facts import fits

        return name in self.facts and fits(value, self.facts[name], self.currency)

    @property
    def asked_codes(self) -> frozenset[str]:
        """The codes that this list knows: its coupons, and those that conditions ask for."""
        return self.parts.asked_codes | self.parts.coupons.keys()

    @property
    def asked_trainings(self) -> frozenset[str]:
        """Those of ``asked_holds`` that are no products of this list: what is learnt, or sold elsewhere."""
        return self.parts.asked_holds - self.parts.products.keys()

    def meters(self, what: Item | Order) -> tuple[str, ...]:
        """The keys of the meters that a price depends on; none where the customer is not named.

        Args:
            what: what is asked for.
        """
        from cantinekit.pricing.engine.reads import meters

        return meters(self.parts, _order(what))

    def free_units(self, what: Item | Order) -> tuple[FreeUnits, ...]:
        """What a customer has for nothing, so many units in a scope, such as eight days a month of a plan; in the order
        of the list. The meters say how many of them were used.

        What is for nothing without a limit is none of it, nor what is only so for whom the list does not say yet.

        Args:
            what: what is asked for, with its day, and what the customer holds.
        """
        from cantinekit.pricing.engine.reads import free_units

        return free_units(self.parts, _order(what))

    def scopes(self, what: Item | Order) -> Mapping[str, str]:
        """The keys of the scopes that are priced as a whole (``Earlier.key``), by the ids of the items in them.

        An item is in none where its product has no such rule, or where its scope is a person's and the customer is not
        named.

        Args:
            what: what is asked for.
        """
        from cantinekit.pricing.engine.reads import scopes

        return FrozenMap(scopes(self.parts, _order(what)))

    def accounts(self, what: Item | Order) -> tuple[str, ...]:
        """The accounts of entitlements that could cover an item or an order, in the order of use.

        Args:
            what: what is asked for.
        """
        from cantinekit.pricing.engine.reads import accounts

        return accounts(self.parts, _order(what))

    def change(self, agreement: Agreement, event: Event) -> Change:
        """The fee and the refund of cancelling, moving, ending early, staying longer or measuring afterwards.

        Args:
            agreement: what was agreed before.
            event: what happens.

        Raises:
            InputError: the agreement was made under another version: ask that one.
        """
        from cantinekit.pricing.calls.change import find_change

        if agreement.tariff_version != self.version:
            raise InputError(f"the agreement was made under {agreement.tariff_version}, not {self.version}")
        return find_change(self.parts, self.quote, agreement, event)

    def terms(
        self,
        product: str,
        start: date,
        *,
        facts: Mapping[str, Fact] = FrozenMap(),
        notice: date | None = None,
        leaves: date | None = None,
        left: int | Mapping[str, int] = 0,
        count: int = 1,
        holds: frozenset[str] | None = None,
    ) -> Terms:
        """First and last day, notice, renewal and what is owed, for something that begins on a day.

        Args:
            product: id of the product.
            start: its first day.
            facts: the facts with which it is priced.
            notice: the day on which notice is given; ``None``: that is not asked.
            leaves: the last day of use; ``None``: that is not asked.
            left: the units that are left when they are given again, by account; a number where one account is filled.
            count: how many pieces, 1 or more.
            holds: ids of what the customer has; ``None``: not known.

        Raises:
            InputError: no such product, days that cannot be, or units left of an account that is not filled again.
        """
        from cantinekit.pricing.calls.terms import find_terms

        self._check_sold(product)
        order = Order((Item(product, day=start, count=count, facts=facts),), holds=holds)
        return find_terms(self.parts, self.quote, order, start, notice, leaves, left)

    def _check_sold(self, product: str) -> None:
        if product not in self.parts.products:
            raise InputError(f"the tariff has no product {shown(product)}")

    def term_of(self, what: Item | Order) -> Term | None:
        """How a contract runs; ``None`` where the product says of none, or of none in this case.

        Args:
            what: the product with its facts; of an order its first item.

        Raises:
            InputError: the list has no such product, or something has to be known first.
        """
        from cantinekit.pricing.calls.terms import find_term
        from cantinekit.pricing.engine.ask import RefusedItem

        order = _order(what)
        self._check_sold(order.items[0].product)
        try:
            return find_term(self.parts, order)
        except RefusedItem as missing:
            raise InputError(f"{order.items[0].product}: {missing.code} {missing.what}") from None

    def advise(self, need: Need) -> Advised:
        """The cheapest purchase for what is needed.

        Args:
            need: what is needed.

        Raises:
            InputError: the tariff has no such need, or the search would be too large.
        """
        from cantinekit.pricing.calls.advise import find_advice

        return find_advice(self.parts, self.quote, need)

    @property
    def smallest(self) -> Mapping[str, Fraction]:
        """The smallest part of a unit that each account counts in, where it is not the whole unit."""
        return self.parts.smallest

    def check(self) -> list[ExampleResult]:
        """Ask every worked example of the file."""
        from cantinekit.pricing._answers import run

        return [run(example, self) for example in self.parts.examples]

    def problems(self, found: Iterable[tuple[Path, str]]) -> tuple[Problem, ...]:
        """What is wrong at some places of the file, in the form in which ``load`` tells it: with paths and lines.

        Args:
            found: a path from the top of the file, such as ``("product", "desk", "term")``, and what is wrong there.

        Returns:
            the problems in the order of their lines; a line is ``None`` where the file has nothing at that path.
        """
        from cantinekit.pricing.format import toml
        from cantinekit.pricing.format.read import Problem, show

        rows = list(found)
        lines = toml.parse(self.source)[1] if rows else {}
        told = [Problem(show(path), toml.line_of(lines, path), message) for path, message in rows]
        return tuple(sorted(told, key=lambda one: (one.line or 0, one.path)))


def _order(what: Item | Order) -> Order:
    return what if isinstance(what, Order) else Order((what,))


def _file(source: str | os.PathLike[str]) -> str:
    from cantinekit.pricing.format.read import Problem
    from cantinekit.pricing.format.toml import MAX_BYTES

    try:
        with open(source, "rb") as file:
            raw = file.read(MAX_BYTES + 1)
        return raw.decode("utf-8-sig")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "it is not UTF-8 text"
        raise TariffError([Problem("", None, f"the file cannot be read: {reason}")]) from None
