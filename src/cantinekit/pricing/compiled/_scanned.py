"""Products over columns: scans in place of what was used and what is left, and stages and tax beside the price."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from functools import reduce

import attrs

from cantinekit.pricing.compiled._inputs import MOST_UNITS, NotCompiledError, ProgramInput, first
from cantinekit.pricing.compiled._product import Compiled
from cantinekit.pricing.compiled._scopes import ScopeMeter
from cantinekit.pricing.kernel import (
    Const,
    Expr,
    Input,
    Program,
    Scan,
    TableLookup,
    Var,
    check,
    equal,
    lift,
    maximum,
    minimum,
    rebuild,
    rounded,
    variables,
    when,
)
from cantinekit.pricing.model.load import Parts
from cantinekit.pricing.model.product import Product
from cantinekit.pricing.model.rules import Cover
from cantinekit.pricing.model.sections import NOT_SUBJECT, UNKNOWN

FIGURES = ("base", "covered", "capped", "discounted", "gross", "net")
TAX_DAY = "tax day"
"""The input of the day that picks the rate of tax, where one does: that of use, else that of the purchase."""
WHICH = "which product"
"""The input of whose row it is: the place of its product among the members."""


@attrs.frozen(eq=False)
class LotScan:
    """One lot of an account: a scan, the input that it starts from, and the input of whether a row may use it."""

    scan: str
    start: str
    usable: str


@attrs.frozen(eq=False)
class Balance:
    """An account that rows take units of: a scan, and the input that it starts from.

    ``one_order``: whether all of its products use the lots in the order of ``cover``. ``lots``: the scan of each lot,
    in the order of use; then ``scan`` is no scan, but what those lots have left that the row may use. Empty: it does
    not matter which lot is used.
    """

    cover: Cover
    scan: str
    start: str
    one_order: bool
    lots: tuple[LotScan, ...] = ()


@attrs.frozen(eq=False)
class Meter:
    """A meter that rows move; ``opening`` is the column of where it stood before the first row."""

    scope: ScopeMeter
    opening: str


@attrs.frozen(eq=False)
class Member:
    """A product of a program over columns.

    ``wanted`` are its inputs by their names in that program.
    """

    compiled: Compiled
    wanted: tuple[tuple[str, ProgramInput], ...]

    @property
    def product(self) -> Product:
        return self.compiled.product


@attrs.frozen(eq=False)
class ColumnProgram:
    """A program over columns: of one product, or of several that share accounts or pools.

    Its outputs are ``ok`` (0: the row has no price, and moves nothing), ``sure`` (0: only the phases know its tax), the
    ``FIGURES``, where each meter stands and what each account has left before a row, and by how much the row moves it.

    Attributes:
        members: its products.
        program: the program.
        meters: the meters, one for each scope.
        balances: the accounts.
        codes: codes that it knows; a row with others is asked of the phases.
    """

    members: tuple[Member, ...]
    program: Program
    meters: tuple[Meter, ...]
    balances: tuple[Balance, ...]
    codes: frozenset[str]


def moved_by(name: str) -> str:
    """The output of by how much a row moves a meter or an account."""
    return f"moved by {name}"


def _constant(expr: Expr | None) -> int | None:
    """The number that an expression is in all rows; ``None`` where it may differ."""
    if isinstance(expr, TableLookup) and isinstance(expr.index, Const):
        return expr.table[expr.index.value]
    return expr.value if isinstance(expr, Const) else None


def scanned(parts: Parts, compiled: Sequence[Compiled], codes: frozenset[str], lots: int = 0) -> ColumnProgram:
    """The program over columns of products; each row is of one of them.

    Args:
        parts: the tariff.
        compiled: the products as programs of one question.
        codes: codes that conditions of products ask for.
        lots: how many lots of each account are told apart, each with its own time; 0: none are.

    Raises:
        NotCompiledError: columns cannot say it; the message is the reason.
        RangeError: an amount could leave 64 bits within the bounds of a question.
    """
    for one in compiled:
        _refuse(parts, one)
    work = _Joining([_Renamed(parts, one, place) for place, one in enumerate(compiled)], lots)
    meters, balances = work.meters(), work.balances()
    counted = [*(meter.scope.input for meter in meters), *(balance.scan for balance in balances)]
    members = tuple(map(work.member, work.products))
    told = [lot.scan for balance in balances for lot in balance.lots]
    outputs = ("ok", "sure", *FIGURES, *counted, *map(moved_by, counted), *told, *map(moved_by, told))
    lets = work.lets()
    if not any(TAX_DAY in variables(expr) for _, expr in lets):
        work.inputs.pop(TAX_DAY)
    program = Program(tuple(work.inputs.values()), lets, outputs, tuple(work.scans))
    check(program)
    return ColumnProgram(members, program, meters, balances, codes)


@attrs.define(eq=False)
class _Renamed:
    """One product, whose names are its own: what it only reads and what it counts is shared with the others."""

    parts: Parts
    compiled: Compiled
    place: int
    shared: dict[str, str] = attrs.field(factory=dict)

    def __attrs_post_init__(self) -> None:
        self.shared |= {meter.input: meter.input for meter in self.compiled.meters}
        self.shared |= {spent.input: f"left {spent.cover.account}" for spent in self.compiled.spends}
        self.shared |= {TAX_DAY: TAX_DAY}

    def name(self, name: str) -> str:
        return self.shared.get(name, f"{self.place}: {name}")

    def expr(self, expr: Expr) -> Expr:
        return Var(self.name(expr.name)) if isinstance(expr, Var) else rebuild(expr, self.expr)

    def of_scope(self, expr: Expr, same: tuple[str, ...]) -> Expr | None:
        """An expression over the inputs that all rows of a scope share; ``None`` where it needs others."""
        shared = {
            given.name
            for given in self.compiled.wanted
            if (given.source in ("axis", "flag", "number") and given.of in same)
            or (given.source == "day" and "day" in same)
        }
        found = self.inlined(expr)
        return self.expr(found) if shared.issuperset(variables(found)) else None

    def inlined(self, expr: Expr) -> Expr:
        """An expression over the inputs of the product alone."""
        known = dict(self.compiled.program.lets).get(expr.name) if isinstance(expr, Var) else None
        return rebuild(expr, self.inlined) if known is None else self.inlined(known)

    def lets(self) -> list[tuple[str, Expr]]:
        """Its price, its stages and its tax."""
        found = [*self.compiled.program.lets, *_stages(self.compiled), *tax_lets(self.parts, self.compiled)]
        return [(self.name(name), self.expr(expr)) for name, expr in found]

    def moves(self, expr: Expr) -> Expr:
        """What a row of it moves something by: nothing where it has no price."""
        return when(Var(self.name("ok")), self.expr(expr), 0)


@attrs.define(eq=False)
class _Joining:
    """A program of several products under construction."""

    products: list[_Renamed]
    told: int = 0
    inputs: dict[str, Input] = attrs.field(factory=dict)
    scans: list[Scan] = attrs.field(factory=list)
    first: list[tuple[str, Expr]] = attrs.field(factory=list)
    last: list[tuple[str, Expr]] = attrs.field(factory=list)

    def __attrs_post_init__(self) -> None:
        if len(self.products) > 1:
            self._input(Input(WHICH, 0, len(self.products) - 1))
        self._input(Input(TAX_DAY, date(1970, 1, 1).toordinal(), date(9997, 12, 31).toordinal()))
        for one in self.products:
            for given in one.compiled.program.inputs:
                if given.name not in one.shared:  # its bounds are those of its name
                    one.shared[given.name] = given.name
                    self._input(given)

    def _input(self, given: Input) -> None:
        self.inputs[given.name] = given

    def of_its_product(self, values: Sequence[tuple[_Renamed, Expr]], otherwise: Expr) -> Expr:
        """The value of the product whose row it is."""
        if len(self.products) == 1:
            return values[0][1] if values else otherwise
        return first([(equal(Var(WHICH), one.place), value) for one, value in values], otherwise)

    def lets(self) -> tuple[tuple[str, Expr], ...]:
        """What stands before all products, the products, and what is said of each row."""
        mine = [let for one in self.products for let in one.lets()]
        results = [
            (name, self.of_its_product([(one, Var(one.name(name))) for one in self.products], lift(0)))
            for name in ("ok", "sure", *FIGURES)
        ]
        return (*self.first, *mine, *self.last, *results)

    def member(self, one: _Renamed) -> Member:
        """What a product takes."""
        wanted = [given for given in one.compiled.wanted if given.source not in ("used", "left")]
        return Member(one.compiled, tuple((one.shared[given.name], given) for given in wanted))

    def _sum(self, name: str, values: Sequence[tuple[_Renamed, Expr]]) -> str:
        """A let of what a row of each product moves something by."""
        self.last.append((name, self.of_its_product([(one, one.moves(value)) for one, value in values], lift(0))))
        return name

    def meters(self) -> tuple[Meter, ...]:
        """The scans of the meters: where the limit is one number, of what is wanted, which no other price changes."""
        names = dict.fromkeys(each.input for one in self.products for each in one.compiled.meters)
        return tuple(map(self._meter, names))

    def _meter(self, name: str) -> Meter:
        each_of = [(one, [each for each in one.compiled.meters if each.input == name]) for one in self.products]
        by_product = [(one, mine) for one, mine in each_of if mine]
        scope = by_product[0][1][0]
        moved = [(one, reduce(operator.add, (Var(each.moved) for each in mine))) for one, mine in by_product]
        self._sum(moved_by(name), moved)
        limit = self._limit([(one, each) for one, mine in by_product for each in mine])
        wanted = [(one, mine[0].wanted) for one, mine in by_product if mine[0].wanted is not None and len(mine) == 1]
        if limit is None or len(wanted) < len(by_product):
            self.scans.append(Scan(name, key_of(scope.same), moved_by(name)))
            return Meter(scope, name)
        before, total = Input(f"before {name}", 0, MOST_UNITS), f"sum {name}"
        self._input(before)
        self.scans.append(Scan(total, key_of(scope.same), self._sum(f"wanted by {name}", wanted)))
        stands = minimum(limit, Var(before.name) + Var(total))
        self.first.append((name, maximum(Var(before.name), stands)))
        return Meter(scope, before.name)

    def _limit(self, counted: Sequence[tuple[_Renamed, ScopeMeter]]) -> Expr | None:
        """The limit up to which all rows of a scope may come; ``None`` where rows of one scope have different ones.

        A row of a product that does not count in it knows a constant alone.
        """
        found: dict[str, Expr] = {}
        for one, meter in counted:
            limit = None if meter.limit is None else one.of_scope(meter.limit, meter.same)
            if limit is None:
                return None
            constant = _constant(limit)
            limit = limit if constant is None else lift(constant)
            found[repr(limit)] = limit
        (limit, *others) = found.values()
        everybody = len({one.place for one, _ in counted}) == len(self.products)
        return limit if not others and (everybody or isinstance(limit, Const)) else None

    def balances(self) -> tuple[Balance, ...]:
        """The scans of the accounts: what is left is what was there less what was wanted, where all of it is taken."""
        names = dict.fromkeys(one.shared[spent.input] for one in self.products for spent in one.compiled.spends)
        return tuple(map(self._balance, names))

    def _balance(self, name: str) -> Balance:
        each_of = [(one, spent) for one in self.products for spent in one.compiled.spends]
        spends = [(one, spent) for one, spent in each_of if one.shared[spent.input] == name]
        taken: list[tuple[_Renamed, Expr]] = [(one, Var(spent.taken)) for one, spent in spends]
        wanted = [(one, spent.wanted) for one, spent in spends if spent.wanted is not None]
        self._sum(moved_by(name), taken)
        one_order = len({spent.cover.order for _, spent in spends}) == 1
        if self.told:
            return Balance(spends[0][1].cover, name, "", one_order, self._lots(name))
        start = Input(f"start {name}", 0, MOST_UNITS)
        self._input(start)
        of = self._sum(f"wanted by {name}", wanted if len(wanted) == len(spends) else taken)
        self.scans.append(Scan(name, key_of(("person",)), of, "balance", start.name))
        return Balance(spends[0][1].cover, name, start.name, one_order)

    def _lots(self, name: str) -> tuple[LotScan, ...]:
        """The scans of the lots of an account: what a row takes comes off those that it may use, in their order."""
        found: list[LotScan] = []
        left, rest = lift(0), Var(moved_by(name))
        for place in range(self.told):
            lot = LotScan(f"{name} lot {place}", f"start {name} lot {place}", f"usable {name} lot {place}")
            self._input(Input(lot.start, 0, MOST_UNITS))
            self._input(Input(lot.usable, 0, 1))
            there = when(Var(lot.usable), Var(lot.scan), 0)
            self.last.append((moved_by(lot.scan), minimum(rest, there)))
            self.last.append((f"rest behind {lot.scan}", maximum(rest - Var(moved_by(lot.scan)), 0)))
            self.scans.append(Scan(lot.scan, key_of(("person",)), moved_by(lot.scan), "balance", lot.start))
            left, rest = left + there, Var(f"rest behind {lot.scan}")
            found.append(lot)
        self.first.append((name, minimum(left, MOST_UNITS)))
        return tuple(found)


def key_of(same: tuple[str, ...]) -> tuple[str, ...]:
    """The key columns of a scope, the person first: rows of one person are folded together."""
    return tuple(f"scope {name}" for name in sorted(same, key=lambda name: (name != "person", name)))


def _refuse(parts: Parts, compiled: Compiled) -> None:
    product = compiled.product
    if parts.order.adjust or parts.order.vouchers:
        raise NotCompiledError("rules of the order, or vouchers")
    if product.grant and (compiled.spends or compiled.meters):
        raise NotCompiledError("units that are given for what rows move")
    if len({spent.cover.account for spent in compiled.spends}) < len(compiled.spends):
        raise NotCompiledError("two covers by one account")


# --- stages ----------------------------------------------------------------------------------------------------------


def _stages(compiled: Compiled) -> list[tuple[str, Expr]]:
    """What the rates come to, what covers gave, and what caps and other adjustments took off.

    They are read off the points by which the program tells what became of each rule.
    """
    base, covered, capped, discounted = lift(0), lift(0), lift(0), lift(0)
    now: Expr = lift(0)
    lets: list[tuple[str, Expr]] = []
    for point in compiled.points:
        if point.kind == "cover":
            covered = covered + point.exprs["taken"]
        if point.after is None or point.applied is None:
            continue
        name = f"after {point.path}"
        lets.append((name, when(point.applied, point.after, now)))
        if point.kind == "adjust":
            moved = now - Var(name)
            if point.rule.kind == "at_most":
                capped = capped + moved
            else:
                discounted = discounted + moved
        elif point.kind == "rate":
            base = Var(name)
        now = Var(name)
    figures = {"base": base, "covered": covered, "capped": capped, "discounted": discounted}
    return [*lets, *figures.items()]


# --- tax -------------------------------------------------------------------------------------------------------------


@attrs.define
class _Taxed:
    """What is due, its net amount (-1: not known) and whether that is sure, as expressions."""

    due: Expr
    net: Expr
    sure: Expr

    @classmethod
    def first(cls, cases: Sequence[tuple[Expr, _Taxed]], otherwise: _Taxed) -> _Taxed:
        """That of the first condition that holds."""

        def of(name: str) -> Expr:
            return first([(case, getattr(one, name)) for case, one in cases], getattr(otherwise, name))

        return cls(of("due"), of("net"), of("sure"))


def tax_lets(parts: Parts, compiled: Compiled) -> list[tuple[str, Expr]]:
    """The amount due and its net: each row is a document of its own."""
    amount, empty = Var("amount"), Var("quantity") < 0
    lets: list[tuple[str, Expr]] = []
    rates = [_of_rate(parts, compiled, number, lets) for number in range(len(compiled.rates))]
    cases = [(equal(Var("rate"), number), rate) for number, rate in enumerate(rates)]
    taxed = rates[0] if len(rates) == 1 else _Taxed.first(cases, _Taxed(amount, lift(-1), lift(1)))
    lets += [
        ("gross", when(empty, 0, taxed.due)),
        ("net", when(empty, 0, taxed.net)),
        ("sure", when(empty, 1, taxed.sure)),
    ]
    return lets


def _of_rate(parts: Parts, compiled: Compiled, number: int, lets: list[tuple[str, Expr]]) -> _Taxed:
    """The tax of one rate; where only the phases know it, it is not sure."""
    amount, priced, product = Var("amount"), compiled.rates[number], compiled.product
    name = priced.rate.tax or product.tax
    excl = (priced.rate.prices or product.prices) == "excl"
    if name == UNKNOWN:
        return _Taxed(amount, lift(-1), lift(int(not excl)))
    tax = parts.taxes.get(name)
    if tax is None or tax.tax_class.kind == NOT_SUBJECT:
        return _Taxed(amount, amount, lift(1))
    if tax.tax_class.kind != "standard" or tax.reverse or parts.head.rounding != "half_up":
        return _Taxed(amount, lift(-1), lift(0))
    found = _Taxed(amount, lift(-1), lift(0))  # before the first rate
    for place, (since, rate) in enumerate(tax.tax_class.rates):
        mine = _at(rate, excl, parts.head.unreachable == "residual", f"{number} {place}", lets)
        later = None if since is None else lift(since.toordinal()) <= Var(TAX_DAY)
        found = mine if later is None else _Taxed.first([(later, mine)], found)
    return found


def _at(rate: Fraction, excl: bool, residual: bool, name: str, lets: list[tuple[str, Expr]]) -> _Taxed:
    """The tax at a rate, half up; a price with tax is reached by the nearest net amount, or by none.

    An amount whose tax comes to the price is less than half a unit from the price divided by 1 + rate.
    """
    amount, p, q = Var("amount"), rate.numerator, rate.denominator
    if excl:
        return _Taxed(amount + rounded(amount * p, q), amount, lift(1))
    lets.append((f"near {name}", rounded(amount * q, p + q)))
    near = Var(f"near {name}")
    return _Taxed(amount, near, lift(1) if residual else equal(near + rounded(near * p, q), amount))
