"""From a product to a program: measure, cover, rate and adjust as integer arithmetic."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import reduce
from math import lcm

import attrs

from cantinekit.pricing.compiled._adjusting import MOST_DENOMINATOR, CompiledAdjusting, ExactAmount
from cantinekit.pricing.compiled._inputs import (
    MOST_COUNT,
    MOST_UNITS,
    Lowering,
    NotCompiledError,
    ProgramInput,
    both,
    chosen,
    either,
    first,
)
from cantinekit.pricing.compiled._points import Point
from cantinekit.pricing.compiled._prices import CompiledRate, Rest, price
from cantinekit.pricing.compiled._scopes import ScopeMeter, Scopes, Spent
from cantinekit.pricing.engine.ask import MINUTE, PIECE, Ask
from cantinekit.pricing.engine.measure import count
from cantinekit.pricing.kernel import (
    Expr,
    Program,
    Var,
    equal,
    lift,
    maximum,
    minimum,
    when,
)
from cantinekit.pricing.model.conditions import When, names_a_night
from cantinekit.pricing.model.forms import Grid
from cantinekit.pricing.model.load import Parts
from cantinekit.pricing.model.product import Product
from cantinekit.pricing.model.rules import Cover
from cantinekit.pricing.model.sections import Fits
from cantinekit.pricing.values import Item, Order


@attrs.frozen(eq=False)
class Compiled:
    """A product as a program.

    Attributes:
        product: the product.
        program: the program.
        wanted: where each input of the program comes from.
        bits: the condition behind each input that is true or false, by the name of the input.
        meters: the scopes that the program reads and moves.
        spends: the accounts that the program takes units of.
        rates: the rates of the product, each as expressions.
        points: the declared rules, and how to tell what became of each.
        scale: the smallest part of a unit that is measured: a size of 1 in the program is so much of a unit.
        unit: the name of the unit of the line.
    """

    product: Product
    program: Program
    wanted: tuple[ProgramInput, ...]
    bits: dict[str, When]
    meters: tuple[ScopeMeter, ...]
    spends: tuple[Spent, ...]
    rates: tuple[CompiledRate, ...]
    points: tuple[Point, ...]
    scale: Fraction
    unit: str

    @property
    def timed(self) -> bool:
        """Whether it needs to be known when a stay begins, or how long it is."""
        return self.product.timed or any(wanted.source in ("minutes", "minute") for wanted in self.wanted)

    @property
    def pieces(self) -> bool:
        """Whether a stay with a beginning and an end cannot be counted."""
        return any(priced.pieces for priced in self.rates)

    @property
    def may_be_covered(self) -> bool:
        """Whether there may be nothing left to price."""
        return bool(self.product.cover)

    def decided(self, parts: Parts, wanted: ProgramInput, item: Item, order: Order, id: str) -> int | None:
        """An input that is decided outside of the program: a condition of calendar or texts, or a measured size.

        Args:
            parts: the sections of the tariff.
            wanted: the input.
            item: what is asked for.
            order: the order that it is in.
            id: names the item in the order.

        Returns:
            the number; ``None`` where it is not known.

        Raises:
            RefusedItem: something has to be known first.
        """
        if wanted.source == "flag":
            value = item.facts[wanted.of]
            return int(value) if type(value) is bool else None
        ask = Ask.of(id, item, parts, order)
        if wanted.source == "bought":
            bought = ask.bought()
            return None if bought is None else bought.toordinal()
        if wanted.source == "bit":
            answer = ask.decide(self.bits[wanted.of])
            return None if isinstance(answer, frozenset) else int(answer)
        assert self.product.measure is not None
        size = count(self.product.measure, ask)[0]
        return size if size <= MOST_COUNT else None


def compile_product(parts: Parts, product: Product) -> Compiled:
    """The program of a product.

    Args:
        parts: the sections of the tariff.
        product: a product of it.

    Raises:
        NotCompiledError: the phases have to answer; the message says what a program cannot do.
    """
    low = Lowering(parts)
    return _CompileWork(low, product, Scopes(low, product.id)).compile()


def _needed(cover: Cover, rest: Rest, *, by_size: bool, timed: bool) -> Expr:
    """The units of a cover that would cover all that is left."""
    if by_size:
        return rest.total * cover.takes
    if not rest.whole:
        raise NotCompiledError("a cover after a partial one in another unit")
    if timed:
        length = cover.minutes or 1
        return (rest.size + (length - 1)) // length * rest.stays * cover.takes
    return rest.stays * cover.takes


def _wanted(cover: Cover, needed: Expr, holds: Expr) -> Expr | None:
    """What a cover would take if there were no end of it, where it takes all that there is, to the last unit."""
    return when(holds, needed, 0) if cover.in_part and cover.takes == 1 and not cover.limit else None


@attrs.define
class _CompileWork:
    low: Lowering
    product: Product
    scopes: Scopes
    spends: list[Spent] = attrs.field(factory=list)
    oks: list[Expr] = attrs.field(factory=list)
    points: list[Point] = attrs.field(factory=list)
    unit: str = PIECE
    scale: Fraction = Fraction(1)

    def compile(self) -> Compiled:
        product, low = self.product, self.low
        _refuse_what_is_not_compiled(product, [fits for rows in low.parts.derived.values() for fits in rows])
        self.points += [Point(f"needs[{number}]", "held") for number, _ in enumerate(product.needs)]
        for number, stop in enumerate(product.eligible):
            self.oks.append(~low.holds(stop.when))
            self.points.append(Point(f"eligible[{number}]", "condition"))
        rest = self._measure()
        if product.measure is not None:
            self.points.append(Point("measure", "measured", exprs={"quantity": rest.size, "count": low.count()}))
        for number, cover in enumerate(product.cover):
            rest = self._cover(number, cover, rest)
        if product.beyond and product.beyond.how == "refuse":
            self.oks.append(rest.total <= 0)
        if product.beyond:
            self.points.append(Point("beyond", "beyond", exprs={"rest": rest.total}))
        has_line: Expr = low.let("line", lift(0) < rest.total) if product.cover else lift(1)
        rates, amount, den = self._rate(rest, has_line)
        exact = ExactAmount(low, amount, den)
        self._tell_rates(rates, rest, exact, has_line)
        adjusting = CompiledAdjusting(low, product, self.scopes, rates, has_line, exact, self.oks, self.points)
        amount = adjusting.run()
        low.build.let("amount", when(has_line, amount, 0))
        ok = reduce(both, self.oks, lift(1))
        low.build.let("ok", ok)
        outputs = ["ok", "rate", "amount", "quantity", "printed"]
        outputs += [meter.applied for meter in self.scopes.meters] + [meter.moved for meter in self.scopes.meters]
        outputs += [spent.taken for spent in self.spends]
        program = low.build.program(*outputs)
        return Compiled(
            product, program, tuple(low.wanted.values()), low.bits, tuple(self.scopes.meters),
            tuple(self.spends), tuple(rates), tuple(self.points), self.scale, self.unit,
        )  # fmt: skip

    def _tell_rates(self, rates: list[CompiledRate], rest: Rest, exact: ExactAmount, has_line: Expr) -> None:
        for number, priced in enumerate(rates):
            applied = both(has_line, equal(Var("rate"), number))
            exprs = {
                "rest": rest.total, "rate": Var("rate"), "quantity": Var("quantity"), "printed": Var("printed"),
                "size": rest.size, "stays": rest.stays, "place": priced.place,
            }  # fmt: skip
            if any(isinstance(form, Grid) for _, form in priced.rate.lists):
                exprs |= {f"axis {axis}": self.low.axis(axis) for axis in priced.rate.by}
            self.points.append(Point(f"rate[{number}]", "rate", priced, exprs, applied, exact.shown()))

    # --- measure ---

    def _measure(self) -> Rest:
        product, low = self.product, self.low
        rule, count = product.measure, low.count()
        if rule is None:
            if not product.timed:
                return Rest(lift(1), count, count)
            self.unit, size = MINUTE, low.minutes()
        else:
            self.unit = rule.unit
            if rule.sessions or rule.same:
                raise NotCompiledError("sessions, or a count over a scope")
            if rule.fact:
                self.scale = rule.smallest or Fraction(1)
                size = low.want("size", rule.fact, MOST_COUNT, low=1)
            elif rule.unit == "minute":
                size = low.minutes()
            elif rule.every:
                size = (low.minutes() + (rule.every[0] - 1)) // rule.every[0]
            else:
                size = low.want("size", "measure", MOST_COUNT, low=1)
            step = rule.step[0] if rule.step else 1
            size = (size + (step - 1)) // step * step
            if rule.minimum:
                size = maximum(size, rule.minimum[0])
            if rule.at_most:
                size = minimum(size, rule.at_most[0])
            size = low.let("size", size)
        return Rest(size, count, low.let("total", size * count))

    # --- cover ---

    def _left(self, number: int, cover: Cover, needed: Expr, holds: Expr) -> tuple[Expr, Expr]:
        """What a cover has left to give, and its limit (0 where it has none)."""
        low = self.low
        if cover.free < 0:
            return needed, lift(0)
        if cover.free:
            wanted, free = _wanted(cover, needed, holds), lift(cover.free)
            used = self.scopes.meter(
                "free", cover.label, cover.same, f"taken {number}", holds, wanted=wanted, limit=free
            )
            return maximum(0, lift(cover.free) - used), lift(0)
        left = low.want("left", f"{number}", MOST_UNITS)
        if not cover.limit:
            return left, lift(0)
        used = self.scopes.meter("limit", cover.label, cover.limit.same, f"taken {number}", holds)
        limit = low.let("limit", maximum(0, lift(cover.limit.at_most) - used))
        return minimum(left, limit), limit

    def _cover(self, number: int, cover: Cover, rest: Rest) -> Rest:
        low = self.low
        if cover.in_part and (cover.minutes or 1) != 1:
            raise NotCompiledError("a partial cover in large units")
        counted = not cover.minutes and cover.unit == self.unit
        timed = bool(cover.minutes) and self.unit == MINUTE
        if cover.minutes and not timed:
            raise NotCompiledError("a cover by length of what is not counted in minutes")
        by_size = counted or (timed and cover.minutes == 1)
        needed = low.let("needed", _needed(cover, rest, by_size=by_size, timed=timed))
        holds = low.let("holds", low.holds(cover.when))
        left, limit = self._left(number, cover, needed, holds)
        part = cover.in_part or cover.free < 0
        most: Expr = minimum(needed, left)
        some = most // cover.takes * cover.takes if part else when(needed <= left, needed, 0)
        taken: Expr = when(holds, some, 0)
        taken = low.build.let(f"taken {number}", taken)
        exprs = {"holds": holds, "needed": needed, "left": left, "taken": taken}
        if cover.limit and not cover.free:
            exprs |= {"left": low.want("left", f"{number}", MOST_UNITS), "limit": limit}
        self.points.append(Point(f"cover[{number}]", "cover", cover, exprs))
        if cover.account:
            self.spends.append(Spent(cover, f"left {number}", f"taken {number}", _wanted(cover, needed, holds)))
        if by_size:
            total = low.let("total", maximum(0, rest.total - taken // cover.takes))
            if part:
                return Rest(rest.size, rest.stays, total, whole=False)
            stays = low.let("stays", when(total <= 0, 0, rest.stays))
            return Rest(rest.size, stays, total, rest.whole)
        stays = rest.stays - taken // cover.takes if not timed else when(taken <= 0, rest.stays, 0)
        if timed and part:
            raise NotCompiledError("a partial cover in large units")
        stays = low.let("stays", maximum(0, stays))
        return Rest(rest.size, stays, low.let("total", rest.size * stays))

    # --- rate ---

    def _rate(self, rest: Rest, has_line: Expr) -> tuple[list[CompiledRate], Expr, int]:
        """The rates, which one is taken, and its amount as a fraction over one denominator."""
        low, product = self.low, self.product
        rates = [price(low, product, rate, rest, self.unit, self.scale) for rate in product.rate]
        den = lcm(*(rate.den for rate in rates))
        if den > MOST_DENOMINATOR:
            raise NotCompiledError("prices for lengths that have no common measure")
        cases = [(low.holds(rate.when), place) for place, rate in enumerate(product.rate)]
        index = low.build.let("rate", first(cases, len(rates)))
        columns: list[tuple[Expr, ...]] = [
            (rate.number * (den // rate.den), rate.quantity, rate.printed, rate.ok) for rate in rates
        ]
        number, quantity, printed, fine = (chosen(index, values, 0) for values in zip(*columns, strict=True))
        low.build.let("quantity", when(has_line, quantity, -1))
        low.build.let("printed", printed)
        self.oks.append(either(fine, ~has_line))
        return rates, low.let("number", maximum(0, number)), den


def _refuse_what_is_not_compiled(product: Product, derived: Sequence[Fits]) -> None:
    reasons = {
        "opening hours": product.opening, "merged stays": product.merge,
        "bands of time": product.split, "ranks": product.rank, "offers": product.offer,
        "needs on a condition": any(need.when for need in product.needs),
        "needs of one of several": any(need.one_of for need in product.needs),
        "grants on a condition": any(grant.when for grant in product.grant),
        "grants for each of a number": any(grant.each for grant in product.grant),
        "deposits": product.deposit, "a down payment": product.down_payment,
        "what is measured afterwards": product.afterwards,
        "a part of a period": product.prorate,
        "hours over midnight of certain days": any(
            names_a_night(rule.when) for rule in (*product.conditional, *derived)
        ),
    }  # fmt: skip
    for reason, value in reasons.items():
        if value:
            raise NotCompiledError(reason)
    if product.beyond and product.beyond.how in ("debt", "count only"):
        raise NotCompiledError("debts, and what is only counted")
    if product.kind != "revenue" or any(rate.kind not in ("", "revenue") for rate in product.rate):
        raise NotCompiledError("money that is not revenue")
