"""A product over columns: scans in place of what was used and what is left, and stages and tax beside it."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import attrs

from cantinekit.pricing.compiled._inputs import MOST_UNITS, NotCompiledError, ProgramInput, both
from cantinekit.pricing.compiled._product import Compiled
from cantinekit.pricing.compiled._result import may_miss
from cantinekit.pricing.compiled._scopes import ScopeMeter
from cantinekit.pricing.kernel import (
    Expr,
    Input,
    Plan,
    Program,
    Scan,
    Var,
    equal,
    lift,
    make_plan,
    maximum,
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
class ColumnProgram:
    """A product as a program over columns.

    Its outputs are ``ok`` (0: the row has no price, and moves nothing), ``sure`` (0: only the phases know its tax), the
    ``FIGURES``, the value of each scan, and what each row adds to it.

    Attributes:
        product: the product.
        program: the program.
        plan: the same, proved and simplified for the emitters.
        wanted: where its inputs come from, but the starts of balances and the day of tax.
        scopes: the meters, one for each sum.
        balances: the accounts.
        codes: codes that it knows; a row with others is asked of the phases.
        timed: whether a row needs a beginning and an end.
        pieces: whether a row must not have them.
    """

    product: Product
    program: Program
    plan: Plan = attrs.field(repr=False)
    wanted: tuple[ProgramInput, ...]
    scopes: tuple[ScopeMeter, ...]
    balances: tuple[Balance, ...]
    codes: frozenset[str]
    timed: bool
    pieces: bool


def moved_by(scan: str) -> str:
    """The output of what a row adds to a scan.

    Args:
        scan: the name of the scan.
    """
    return f"moved by {scan}"


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
    product = compiled.product
    _refuse(parts, compiled)
    lets = list(compiled.program.lets)
    ok = Var("ok")
    scans: list[Scan] = []
    scopes: dict[str, list[ScopeMeter]] = {}
    for meter in compiled.meters:
        scopes.setdefault(meter.input, []).append(meter)
    for name, mine in scopes.items():
        moved: Expr = Var(mine[0].moved)
        for meter in mine[1:]:
            moved = moved + Var(meter.moved)
        lets.append((moved_by(name), when(ok, moved, 0)))
        scans.append(Scan(name, key_of(mine[0].same), moved_by(name), fixed=_fixed(compiled, mine[0].same)))
    balances = []
    for spent in compiled.spends:
        balance = Balance(spent.cover, spent.input, f"start {spent.input}")
        balances.append(balance)
        lets.append((moved_by(spent.input), when(ok, Var(spent.taken), 0)))
        start = balance.start
        scans.append(Scan(spent.input, key_of(("person",)), moved_by(spent.input), "balance", start, fixed=(start,)))
    starts = [Input(balance.start, 0, MOST_UNITS) for balance in balances]
    day = Input(TAX_DAY, date(1970, 1, 1).toordinal(), date(9997, 12, 31).toordinal())
    lets += _stages(compiled)
    lets += _tax(parts, compiled)
    kept = [one for one in compiled.program.inputs if one.name not in {scan.name for scan in scans}]
    outputs = ("ok", "sure", *FIGURES, *(scan.name for scan in scans), *(moved_by(scan.name) for scan in scans))
    program = Program((*kept, *starts, day), tuple(lets), outputs, tuple(scans))
    return ColumnProgram(
        product,
        program,
        make_plan(program),
        tuple(one for one in compiled.wanted if one.source not in ("used", "left")),
        tuple(mine[0] for mine in scopes.values()),
        tuple(balances),
        codes,
        compiled.timed,
        any(priced.pieces for priced in compiled.rates),
    )


def key_of(same: tuple[str, ...]) -> tuple[str, ...]:
    """The key columns of a scope, the person first: rows of one person are folded together.

    Args:
        same: the scope as the tariff names it.
    """
    return tuple(f"scope {name}" for name in sorted(same, key=lambda name: (name != "person", name)))


def _fixed(compiled: Compiled, same: tuple[str, ...]) -> tuple[str, ...]:
    """The inputs that are the same in all rows of a scope: its day, and the facts that part it."""
    facts = ("axis", "flag", "number")
    return tuple(
        wanted.name
        for wanted in compiled.wanted
        if (wanted.source == "day" and "day" in same) or (wanted.source in facts and wanted.of in same)
    )


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
