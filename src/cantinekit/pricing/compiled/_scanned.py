"""A product over columns: scans in place of what was used and what is left, and stages and tax beside it."""

from __future__ import annotations

import operator
from datetime import date
from fractions import Fraction
from functools import reduce

import attrs

from cantinekit.pricing.compiled._inputs import MOST_UNITS, NotCompiledError, ProgramInput, both
from cantinekit.pricing.compiled._product import Compiled
from cantinekit.pricing.compiled._result import may_miss
from cantinekit.pricing.compiled._scopes import ScopeMeter, Spent
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
    rounded,
    when,
)
from cantinekit.pricing.model.load import Parts
from cantinekit.pricing.model.product import Product
from cantinekit.pricing.model.rules import Cover
from cantinekit.pricing.model.sections import NOT_SUBJECT, UNKNOWN

FIGURES = ("base", "covered", "capped", "discounted", "gross", "net")
TAX_DAY = "tax day"
"""The input of the day that picks the rate of tax: that of use, else that of the purchase."""
_ELSEWHERE = {"bit": "a condition that is decided outside of columns"}


@attrs.frozen(eq=False)
class Balance:
    """An account that rows take units of: a scan, and the input that it starts from."""

    cover: Cover
    scan: str
    start: str


@attrs.frozen(eq=False)
class Meter:
    """A meter that rows move; ``opening`` is the column of where it stood before the first row."""

    scope: ScopeMeter
    opening: str


@attrs.frozen(eq=False)
class ColumnProgram:
    """A product as a program over columns.

    Its outputs are ``ok`` (0: the row has no price, and moves nothing), ``sure`` (0: only the phases know its tax), the
    ``FIGURES``, where each meter stands and what each account has left before a row, and by how much the row moves it.

    Attributes:
        product: the product.
        program: the program.
        wanted: where its inputs come from, but the starts of balances and the day of tax.
        meters: the meters, one for each scope.
        balances: the accounts.
        codes: codes that it knows; a row with others is asked of the phases.
        timed: whether a row needs a beginning and an end.
        pieces: whether a row must not have them.
    """

    product: Product
    program: Program
    wanted: tuple[ProgramInput, ...]
    meters: tuple[Meter, ...]
    balances: tuple[Balance, ...]
    codes: frozenset[str]
    timed: bool
    pieces: bool


def moved_by(name: str) -> str:
    """The output of by how much a row moves a meter or an account.

    Args:
        name: the input of the meter or account in the program of one question.
    """
    return f"moved by {name}"


def _constant(expr: Expr | None) -> int | None:
    """The number that an expression is in all rows; ``None`` where it may differ."""
    if isinstance(expr, TableLookup) and isinstance(expr.index, Const):
        return expr.table[expr.index.value]
    return expr.value if isinstance(expr, Const) else None


def scanned(parts: Parts, compiled: Compiled, codes: frozenset[str]) -> ColumnProgram:
    """The program over columns of a product.

    Args:
        parts: the tariff.
        compiled: the product as a program of one question.
        codes: codes that conditions of products ask for.

    Raises:
        NotCompiledError: columns cannot say it; the message is the reason.
        RangeError: an amount could leave 64 bits within the bounds of a question.
    """
    _refuse(parts, compiled)
    work = _Scanning()
    scopes: dict[str, list[ScopeMeter]] = {}
    for meter in compiled.meters:
        scopes.setdefault(meter.input, []).append(meter)
    meters = tuple(work.meter(name, mine) for name, mine in scopes.items())
    balances = tuple(map(work.balance, compiled.spends))
    counted = [*scopes, *(balance.scan for balance in balances)]
    lets = [*work.first, *compiled.program.lets, *work.last, *_stages(compiled), *_tax(parts, compiled)]
    day = Input(TAX_DAY, date(1970, 1, 1).toordinal(), date(9997, 12, 31).toordinal())
    kept = [one for one in compiled.program.inputs if one.name not in counted]
    outputs = ("ok", "sure", *FIGURES, *counted, *map(moved_by, counted))
    program = Program((*kept, *work.inputs, day), tuple(lets), outputs, tuple(work.scans))
    check(program)
    return ColumnProgram(
        compiled.product,
        program,
        tuple(one for one in compiled.wanted if one.source not in ("used", "left")),
        meters,
        balances,
        codes,
        compiled.timed,
        any(priced.pieces for priced in compiled.rates),
    )


@attrs.define
class _Scanning:
    """Scans under construction, with the inputs that they start from, and the lets before and behind the program."""

    scans: list[Scan] = attrs.field(factory=list)
    inputs: list[Input] = attrs.field(factory=list)
    first: list[tuple[str, Expr]] = attrs.field(factory=list)
    last: list[tuple[str, Expr]] = attrs.field(factory=list)

    def meter(self, name: str, mine: list[ScopeMeter]) -> Meter:
        """The scan of a meter: where its limit is one number, of what is wanted, which no other row's price changes."""
        moved = reduce(operator.add, (Var(meter.moved) for meter in mine))
        self.last.append((moved_by(name), when(Var("ok"), moved, 0)))
        key, wanted, limit = key_of(mine[0].same), mine[0].wanted, _constant(mine[0].limit)
        if len(mine) > 1 or wanted is None or limit is None:
            self.scans.append(Scan(name, key, moved_by(name)))
            return Meter(mine[0], name)
        before, total = Input(f"before {name}", 0, MOST_UNITS), Scan(f"sum {name}", key, f"wanted by {name}")
        self.inputs.append(before)
        self.scans.append(total)
        stands = minimum(limit, Var(before.name) + Var(total.name))
        self.first.append((name, maximum(Var(before.name), stands)))
        self.last.append((total.of, when(Var("ok"), wanted, 0)))
        return Meter(mine[0], before.name)

    def balance(self, spent: Spent) -> Balance:
        """The scan of an account: what is left is what it had less what was wanted, where all that is left is taken."""
        name, taken = spent.input, Var(spent.taken)
        start = Input(f"start {name}", 0, MOST_UNITS)
        self.inputs.append(start)
        self.last.append((moved_by(name), when(Var("ok"), taken, 0)))
        self.last.append((f"wanted by {name}", when(Var("ok"), taken if spent.wanted is None else spent.wanted, 0)))
        self.scans.append(Scan(name, key_of(("person",)), f"wanted by {name}", "balance", start.name))
        return Balance(spent.cover, name, start.name)


def key_of(same: tuple[str, ...]) -> tuple[str, ...]:
    """The key columns of a scope, the person first: rows of one person are folded together.

    Args:
        same: the scope as the tariff names it.
    """
    return tuple(f"scope {name}" for name in sorted(same, key=lambda name: (name != "person", name)))


def _refuse(parts: Parts, compiled: Compiled) -> None:
    product = compiled.product
    if parts.order.adjust or parts.order.vouchers:
        raise NotCompiledError("rules of the order, or vouchers")
    if product.grant:
        raise NotCompiledError("units that are given")
    if len({spent.cover.account for spent in compiled.spends}) < len(compiled.spends):
        raise NotCompiledError("two covers by one account")
    for wanted in compiled.wanted:
        if wanted.source in _ELSEWHERE:
            raise NotCompiledError(_ELSEWHERE[wanted.source])
        if wanted.source == "size" and (product.measure is None or not product.measure.fact):
            raise NotCompiledError("a measure by the calendar")


# --- stages ----------------------------------------------------------------------------------------------------------


def _stages(compiled: Compiled) -> list[tuple[str, Expr]]:
    """What the rates come to, what covers gave, and what caps and other adjustments took off.

    They are read off the points by which the program tells what became of each rule.
    """
    covered, capped, discounted = lift(0), lift(0), lift(0)
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
            lets.append((f"base {point.path}", Var(name)))
        now = Var(name)
    base = next((Var(name) for name, _ in reversed(lets) if name.startswith("base ")), lift(0))
    figures = {"base": base, "covered": covered, "capped": capped, "discounted": discounted}
    return [*lets, *figures.items()]


# --- tax -------------------------------------------------------------------------------------------------------------


@attrs.define
class _Taxed:
    """What is due, its net amount (-1: not known) and whether that is sure, as expressions."""

    due: Expr
    net: Expr
    sure: Expr


def _tax(parts: Parts, compiled: Compiled) -> list[tuple[str, Expr]]:
    """The amount due and its net: each row is a document of its own."""
    amount, empty = Var("amount"), Var("quantity") < 0
    taxed = _Taxed(amount, lift(-1), lift(1))
    lets: list[tuple[str, Expr]] = []
    for number in range(len(compiled.rates) - 1, -1, -1):
        found = _of_rate(parts, compiled, number, lets)
        if len(compiled.rates) == 1:
            taxed = found
            break
        mine = equal(Var("rate"), number)
        taxed = _Taxed(
            when(mine, found.due, taxed.due), when(mine, found.net, taxed.net), when(mine, found.sure, taxed.sure)
        )
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
    day = Var(TAX_DAY)
    found = _Taxed(amount, lift(-1), lift(0))  # before the first rate
    for place, (since, rate) in enumerate(tax.tax_class.rates):
        mine = _at(rate, excl, parts.head.unreachable == "residual", f"{number} {place}", lets)
        if since is None:
            found = mine
            continue
        later = lift(since.toordinal()) <= day
        found = _Taxed(
            when(later, mine.due, found.due), when(later, mine.net, found.net), when(later, mine.sure, found.sure)
        )
    return found


def _at(rate: Fraction, excl: bool, residual: bool, name: str, lets: list[tuple[str, Expr]]) -> _Taxed:
    """The tax at a rate: half up, or for a price with tax the neighbour whose tax comes to it exactly."""
    amount, p, q = Var("amount"), rate.numerator, rate.denominator
    if excl:
        return _Taxed(amount + rounded(amount * p, q), amount, lift(1))

    def let(word: str, expr: Expr) -> Expr:
        lets.append((f"{word} {name}", expr))
        return Var(f"{word} {name}")

    near = let("near", rounded(amount * q, p + q))
    if residual and not may_miss(rate):
        return _Taxed(amount, near, lift(1))

    def exact(net: Expr) -> Expr:
        return equal(net + rounded(net * p, q), amount)

    here = let("exact", exact(near))
    below = let("below", both(lift(1) <= near, exact(maximum(near - 1, 0))))
    above = let("above", exact(near + 1))
    net = when(here, near, when(below, near - 1, when(above, near + 1, near)))
    return _Taxed(amount, net, lift(1) if residual else here | below | above)
