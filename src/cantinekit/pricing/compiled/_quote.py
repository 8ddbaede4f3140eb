"""A quote by programs: an order of one item goes the way of its product."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import Any

import attrs

from cantinekit.pricing.compiled._entry import through
from cantinekit.pricing.compiled._inputs import FIRST_DAY, LAST_DAY, NotCompiledError
from cantinekit.pricing.compiled._product import Compiled, compile_product
from cantinekit.pricing.compiled._result import whole
from cantinekit.pricing.compiled._retold import Tell
from cantinekit.pricing.compiled._scanned import TAX_DAY, ColumnProgram, scanned, tax_lets
from cantinekit.pricing.compiled._tell import make_tell
from cantinekit.pricing.compiled._writer import ProgramSource
from cantinekit.pricing.engine.cover import rank_of
from cantinekit.pricing.engine.held import with_needs
from cantinekit.pricing.kernel import Input, Plan, RangeError, make_plan, variables
from cantinekit.pricing.model.load import Parts
from cantinekit.pricing.quote import Quote
from cantinekit.pricing.values import Item, Lot, Order, State

Slow = Callable[[Parts, str, Order, State], Quote]
Quick = Callable[..., Any]
"""``quick(order, item, state)``: the whole quote of an order of this one item, ``None`` where the phases answer."""


class _Ways(dict[str, Quick]):
    """The quick way of each product; for a product without a program, to ask the phases."""

    def __init__(self, programs: Programs) -> None:
        super().__init__()
        self.programs = programs

    def __missing__(self, name: str) -> Quick:
        runner = self.programs.of(name) if self.programs.plain else None
        self[name] = way = runner.quick if runner is not None else _ask_the_phases
        return way


def _ask_the_phases(*_: Any) -> None:
    """There is no program that quotes, or that tells."""


@attrs.define(eq=False)
class Programs:
    """The programs of one tariff, each made when its product is first asked for.

    Attributes:
        parts: the sections of the tariff.
        version: hash of the content of the tariff.
        slow: prices an order by the phases.
        runners: the compiled products by id; ``None``: the phases have to answer.
        reasons: why a product has no program, by its id.
        column_programs: the programs over columns, by the ids of their products and how many lots they tell apart;
            ``None``: there is none.
        column_reasons: why products have no program over columns, by their ids.
    """

    parts: Parts
    version: str
    slow: Slow
    ways: _Ways = attrs.field(init=False, repr=False)
    """By product: ``way(order, item, state)`` is the quote, or ``None`` where the phases have to answer."""
    runners: dict[str, Runner | None] = attrs.field(factory=dict)
    reasons: dict[str, str] = attrs.field(factory=dict)
    column_programs: dict[tuple[tuple[str, ...], int], ColumnProgram | None] = attrs.field(factory=dict, repr=False)
    column_reasons: dict[tuple[str, ...], str] = attrs.field(factory=dict, repr=False)
    plain: bool = attrs.field(init=False)
    """Whether nothing is done across the items."""
    codes: frozenset[str] = attrs.field(init=False)
    """Codes that conditions of products ask for."""

    def __attrs_post_init__(self) -> None:
        order = self.parts.order
        self.plain = not order.adjust and not order.vouchers
        self.codes = self.parts.asked_codes.difference(self.parts.coupons)
        self.ways = _Ways(self)

    def __reduce__(self) -> tuple[type[Programs], tuple[Parts, str, Slow]]:
        """Generated functions cannot be sent to another process; they are made again there."""
        return Programs, (self.parts, self.version, self.slow)

    def of(self, name: str) -> Runner | None:
        """The program of a product; ``None`` where the phases answer.

        Args:
            name: id of the product.
        """
        if name in self.runners:
            return self.runners[name]
        runner = None
        product = self.parts.products.get(name)
        if product is not None:
            try:
                compiled = compile_product(self.parts, product)
                runner = Runner(self, compiled, _taxed(self.parts, compiled))
            except (NotCompiledError, RangeError) as error:
                self.reasons[name] = str(error)
        self.runners[name] = runner
        return runner

    def columns(self, *names: str, lots: int = 0) -> ColumnProgram | None:
        """The program over columns of products; ``None`` where there is none, and ``column_reasons`` says why.

        Args:
            names: ids of products that share accounts or pools; or of one.
            lots: how many lots of each account are told apart; 0: none are.
        """
        if (names, lots) not in self.column_programs:
            found, runners = None, [self.of(name) for name in names]
            if None in runners:
                name = names[runners.index(None)]
                missing = "" if name in self.parts.products else "the list has no such product"
                self.column_reasons[names] = self.reasons.get(name, missing)
            else:
                compiled = [runner.compiled for runner in runners if runner is not None]
                try:
                    found = scanned(self.parts, compiled, self.codes, lots)
                except (NotCompiledError, RangeError) as error:
                    self.column_reasons[names] = str(error)
            self.column_programs[names, lots] = found
        return self.column_programs[names, lots]

    def families(self, names: Iterable[str]) -> list[list[str]]:
        """The products that share accounts, pools or what they need: each sees what the others have used.

        Args:
            names: ids of products, of this list or not.
        """
        if not self.plain:
            return [list(names)]
        groups: list[tuple[set[str], list[str]]] = []
        for name in names:
            shared: set[str] = set()
            for one in with_needs(self.parts, name):
                product = self.parts.products[one]
                shared.add(f"product {one}")
                shared |= {f"account {cover.account}" for cover in product.cover if cover.account}
                shared |= {f"pool {rule.pool}" for rule in product.adjusts if rule.pool}
                shared |= {f"account {grant.account}" for grant in product.grant}
            mine = [name]
            for group in [group for group in groups if not group[0].isdisjoint(shared)]:
                groups.remove(group)
                shared |= group[0]
                mine = group[1] + mine
            groups.append((shared, mine))
        return [mine for _, mine in groups]

    def quote(self, order: Order, state: State) -> Quote | None:
        """The quote by programs; ``None`` where the phases have to answer.

        Args:
            order: what is asked for.
            state: what there was before.
        """
        items = order.items
        return self.ways[items[0].product](order, items[0], state) if len(items) == 1 else None

    def full(self, order: Order, state: State) -> Quote:
        """The quote by the phases.

        Args:
            order: what is asked for.
            state: what there was before.
        """
        return self.slow(self.parts, self.version, order, state)


@attrs.define(eq=False, slots=False)
class Runner:
    """One compiled product, and the functions that are generated of it.

    Attributes:
        programs: the programs of its tariff.
        compiled: the product.
        plan: its program with the tax of its line, as of a document of its own: what is due, the net amount (-1: not
            known), and whether both are sure, behind the other outputs. The day of the tax is the last input.
    """

    programs: Programs = attrs.field(repr=False)
    compiled: Compiled
    plan: Plan

    def __reduce__(self) -> tuple[Any, tuple[Programs, str]]:
        return Programs.of, (self.programs, self.compiled.product.id)

    @property
    def parts(self) -> Parts:
        return self.programs.parts

    @cached_property
    def quick(self) -> Quick:
        """The way of an order of this item alone: from the item to integers, and from integers to a quote."""
        out = ProgramSource()
        out.rows.append("def quick(order, item, state):")
        out.stop_if("state.earlier")
        out.add("id = item.id or '1'")
        out.add("meters = state.meters.plain")
        out.add("lots = state.lots")
        whole(out, self, through(out, self))
        return out.function("quick")  # type: ignore[no-any-return]

    @cached_property
    def tell(self) -> Tell:
        """The steps of a quote that the quick way made."""
        return make_tell(self, data=False) or _ask_the_phases

    @cached_property
    def tell_data(self) -> Tell:
        """The same as plain data."""
        return make_tell(self, data=True) or _ask_the_phases

    def rare(self, place: int, item: Item, order: Order, id: str) -> int | None:
        """An input that is seldom wanted; ``None`` where it is not known."""
        return self.compiled.decided(self.parts, self.compiled.wanted[place], item, order, id)

    def usable(self, place: int, lots: tuple[Lot, ...], item: Item) -> Sequence[Lot] | None:
        """The lots of an account that may be used, in their order; ``None`` where the day has to be known."""
        cover = self.compiled.spends[place].cover
        mine = [lot for lot in lots if lot.account == cover.account and lot.left]
        if any(lot.expires is not None for lot in mine):
            if item.period is None:
                return None
            moment = item.period.start
            mine = [lot for lot in mine if lot.expires is None or lot.expires > moment]
        if len(mine) > 1:
            mine.sort(key=lambda lot: rank_of(lot, cover))
        return mine


def _taxed(parts: Parts, compiled: Compiled) -> Plan:
    """The plan of a program with its tax.

    Raises:
        RangeError: an amount could leave 64 bits within the bounds of a question.
    """
    program, lets = compiled.program, tax_lets(parts, compiled)
    dated = any(TAX_DAY in variables(expr) for _, expr in lets)
    day = [Input(TAX_DAY, FIRST_DAY, LAST_DAY)] if dated else []
    inputs, outputs = (*program.inputs, *day), (*program.outputs, "gross", "net", "sure")
    return make_plan(attrs.evolve(program, inputs=inputs, lets=(*program.lets, *lets), outputs=outputs))
