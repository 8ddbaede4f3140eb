"""Adjustments as integer arithmetic: exact between two rounding points, in the order of the file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import lcm
from typing import Any

import attrs

from cantinekit.pricing.compiled._inputs import Lowering, NotCompiledError, both, dated, either, first
from cantinekit.pricing.compiled._points import Point
from cantinekit.pricing.compiled._prices import CompiledRate, cells, without_holes
from cantinekit.pricing.compiled._scopes import Scopes
from cantinekit.pricing.kernel import Const, Expr, TableLookup, Var, lift, maximum, minimum, rounded, when
from cantinekit.pricing.model.conditions import InRange, atoms_of
from cantinekit.pricing.model.forms import Grid
from cantinekit.pricing.model.once import BOOKING
from cantinekit.pricing.model.product import Product
from cantinekit.pricing.model.rules import Adjust, Group, Rate

MOST_DENOMINATOR = 10**9


@attrs.define
class ExactAmount:
    """An amount between two rounding points: a numerator, over a denominator that is known."""

    low: Lowering
    number: Expr
    den: int
    _whole: Expr | None = None

    def times(self, factors: Sequence[tuple[Expr, Fraction]]) -> None:
        """The factor of the first condition that holds, if one does."""
        den = lcm(*(factor.denominator for _, factor in factors))
        if self.den * den > MOST_DENOMINATOR:
            raise NotCompiledError("percentages that are too fine")
        share = first([(active, int(factor * den)) for active, factor in factors], den)
        self.number, self._whole = self.low.let("number", self.number * share), None
        self.den *= den

    def whole(self) -> Expr:
        """What it would be if it were rounded here."""
        if self.den == 1:
            return self.number
        if self._whole is None:
            mode: Any = self.low.parts.head.rounding
            self._whole = self.low.let("whole", rounded(self.number, self.den, mode))
        return self._whole

    def shown(self) -> Expr:
        """The same, for the explanation alone."""
        mode: Any = self.low.parts.head.rounding
        return rounded(self.number, self.den, mode)

    def set(self, amount: Expr, active: Expr, *, last: bool) -> None:
        """A rounding point, where the rule is carried out; elsewhere the value stays exact.

        ``last``: no share of it is taken any more, so that it may be rounded in any case.
        """
        if last or self.den == 1 or isinstance(active, Const):
            self.number, self.den = self.low.let("amount", when(active, amount, self.whole())), 1
        else:
            self.number = self.low.let("amount", when(active, amount * self.den, self.number))
        self._whole = None


def _plain(rule: Adjust, value: Any, active: Expr, exact: ExactAmount, *, last: bool) -> None:
    if rule.kind == "free":
        exact.set(lift(0), active, last=last)
        return
    mode: Any = rule.mode or exact.low.parts.head.rounding
    if not rule.rounds and rule.kind == "percent":
        exact.times([(active, 1 + value)])
        return
    now = exact.whole()
    if rule.kind == "round":
        exact.set(rounded(now, value, mode) * int(value), active, last=last)
        return
    part = abs(value) if rule.rounds == "discount" else 1 + value
    share = rounded(now * part.numerator, part.denominator, mode)
    changed = share if rule.rounds == "result" else now + share if value > 0 else now - share
    exact.set(maximum(0, changed), active, last=last)


def _concerns(rule: Adjust, rate: Rate, product: Product) -> bool:
    tags = {*product.tags, *rate.tags, product.id}
    return not rule.on or not tags.isdisjoint(rule.on)


@attrs.define
class CompiledAdjusting:
    """The adjustments of a product over an amount; ``oks`` are what must hold for there to be a price."""

    low: Lowering
    product: Product
    scopes: Scopes
    rates: Sequence[CompiledRate]
    has_line: Expr
    exact: ExactAmount
    oks: list[Expr] = attrs.field(factory=list)
    points: list[Point] = attrs.field(factory=list)
    _number: int = 0

    def run(self) -> Expr:
        """The amount after all of them."""
        for group in self.product.adjust:
            self._group(group)
        return self.exact.whole()

    def _group(self, group: Group) -> None:
        if group.together == "best for customer":
            raise NotCompiledError("the best of several adjustments")
        exclusive = group.together in ("first", "one of")
        if exclusive and all(map(self._is_factor, group.rules)):
            factors = [(self._holds(rule), 1 + rule.lists[0][1]) for rule in group.rules]
            self.exact.times(factors)
            rivals: list[tuple[str, Expr]] = []
            for rule, (fits, _) in zip(group.rules, factors, strict=True):
                self._tell(rule, fits, {}, self._beside(fits, rivals), rivals)
                rivals.append((rule.id, fits))
            return
        taken: list[tuple[str, Expr]] = []
        before_all = [self._holds(rule) for rule in group.rules] if group.together != "all in order" else []
        for place, rule in enumerate(group.rules):
            fits = before_all[place] if before_all else self._holds(rule)
            if group.together == "unstated":
                self.oks += [~(before & fits) for _, before in taken]
            holds = self._beside(fits, taken) if exclusive else fits
            self._apply(rule, fits, holds, taken if exclusive else [])
            taken.append((rule.id, fits))

    def _beside(self, fits: Expr, before: Sequence[tuple[str, Expr]]) -> Expr:
        """Whether a rule fits and none before it does."""
        holds = fits
        for _, other in before:
            holds = both(holds, ~other)
        return self._once(holds)

    def _tell(
        self,
        rule: Adjust,
        fits: Expr,
        exprs: Mapping[str, Expr],
        applied: Expr,
        rivals: Sequence[tuple[str, Expr]],
        meter: int | None = None,
    ) -> None:
        known = {"fits": fits, "line": self.has_line, **exprs}
        path, after = f"adjust[{self._number}]", self.exact.shown()
        self.points.append(
            Point(path, "adjust", rule, known, both(applied, self.has_line), after, tuple(rivals), meter)
        )
        self._number += 1

    def _is_factor(self, rule: Adjust) -> bool:
        """Whether it is a percentage of all lines that is not rounded."""
        alone = rule.kind == "percent" and not rule.rounds and not rule.dated
        return alone and all(_concerns(rule, priced.rate, self.product) for priced in self.rates)

    def _holds(self, rule: Adjust) -> Expr:
        """Whether its condition holds, with what the lines come to at this point."""
        needs_amount = any(atom.name == "amount" for atom in atoms_of(InRange, rule.when))
        return self._once(self.low.holds(rule.when, self.exact.whole() if needs_amount else None))

    def _last(self, rule: Adjust) -> bool:
        """Whether no later rule takes a share of the exact amount."""
        rules = [rule for group in self.product.adjust for rule in group.rules]
        later = rules[next(place for place, each in enumerate(rules) if each is rule) + 1 :]
        return not any(each.kind == "percent" and not each.rounds for each in later)

    def _apply(self, rule: Adjust, fits: Expr, holds: Expr, rivals: Sequence[tuple[str, Expr]]) -> None:
        low = self.low
        concerned = [_concerns(rule, priced.rate, self.product) for priced in self.rates]
        if not all(concerned) and (rule.kind == "refuse" or any(concerned)):
            raise NotCompiledError("an adjustment of some lines only")
        day = low.price_day(self.product.price_date) if rule.dated else None
        place = dated(low, (start for start, _ in rule.lists), day)
        never = rule.lists[0][0] is not None
        force = lift(0) < place if never else lift(1)
        in_force = both(holds, force)
        exprs: dict[str, Expr] = {"force": force} if never else {}
        meter = None
        if not all(concerned):
            if _grids(rule):
                raise NotCompiledError("a grid that concerns no line")
            exprs["line"] = lift(0)
            in_force = lift(0)
        elif rule.kind == "refuse":
            self.oks.append(~in_force)
        elif rule.kind in ("percent", "free", "round"):
            if rule.dated:
                raise NotCompiledError("a dated percentage")
            _plain(rule, rule.lists[0][1], in_force, self.exact, last=self._last(rule))
        elif rule.kind in ("at_least", "at_most", "replace", "add"):
            more, meter = self._amount(rule, in_force, place, never)
            exprs |= more
        else:
            raise NotCompiledError(f"an adjustment of the kind {rule.kind}")
        self._tell(rule, fits, exprs, in_force, rivals, meter)

    def _amount(self, rule: Adjust, in_force: Expr, place: Expr, never: bool) -> tuple[dict[str, Expr], int | None]:
        """A rule with an amount of its own; what is told of it, and the number of its scope."""
        if rule.once_per not in ("", BOOKING):
            raise NotCompiledError("an amount that is due more than once")
        amount, known = self._worth(rule, place, never)
        active = self._once(both(in_force, self.has_line))
        if not isinstance(known, Const):
            self.oks.append(either(known, ~in_force))
        now, last = self.exact.whole(), self._last(rule)
        if rule.kind == "at_least":
            self.exact.set(maximum(now, amount), active, last=last)
        elif rule.kind == "replace":
            self.exact.set(amount, active, last=last)
        elif rule.kind == "add":
            if _grids(rule) or any(value >= 0 for _, value in rule.lists):
                raise NotCompiledError("a surcharge, which is a line of its own")
            self.exact.set(maximum(0, now + amount), active, last=last)
        else:
            capped, used, meter = self._cap(rule, active, amount, now)
            self.exact.set(capped, active, last=last)
            return {"limit": amount, "used": used}, meter
        return {"limit": amount}, None

    def _cap(self, rule: Adjust, active: Expr, amount: Expr, now: Expr) -> tuple[Expr, Expr, int | None]:
        used: Expr = lift(0)
        meter = None
        if rule.same:
            owner, name = rule.meter_of(self.product.id)
            used = self.scopes.meter(
                "cap", name, rule.same, f"moved {rule.id}", active, owner, wanted=when(active, now, 0), limit=amount
            )
            meter = len(self.scopes.meters) - 1
        capped = self.low.let("capped", minimum(now, maximum(0, amount - used)))
        if rule.same:
            self.low.build.let(f"moved {rule.id}", when(active, capped, 0))
        return capped, used, meter

    def _once(self, condition: Expr) -> Expr:
        """A condition that is used more than once."""
        return condition if isinstance(condition, (Const, Var)) else self.low.let("holds", condition)

    def _worth(self, rule: Adjust, place: Expr, never: bool) -> tuple[Expr, Expr]:
        """The amount of a rule, and whether there is one."""
        if not _grids(rule):
            values = tuple(int(value) for _, value in rule.lists)
            return TableLookup(((0, *values) if never else values), place), lift(1)
        grids = [value for _, value in rule.lists]
        if not all(isinstance(value, Grid) and value.by == grids[0].by for value in grids):
            raise NotCompiledError("grids over different axes")
        found = cells(self.low, grids, place, never)
        size = len(found.table) // (len(grids) + never)
        if min(found.table[size * never :]) >= 0:  # no hole but before the first list, where the rule is not in force
            return self.low.let("cell", attrs.evolve(found, table=tuple(max(0, cell) for cell in found.table))), lift(1)
        return without_holes(self.low, found)


def _grids(rule: Adjust) -> bool:
    return any(isinstance(value, Grid) for _, value in rule.lists)
