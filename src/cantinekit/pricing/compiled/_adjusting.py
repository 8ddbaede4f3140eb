"""Adjustments as integer arithmetic: exact between two rounding points, in the order of the file."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import attrs

from cantinekit.pricing.compiled._inputs import Lowering, NotCompiledError, both, dated, either
from cantinekit.pricing.compiled._prices import Priced, cells
from cantinekit.pricing.compiled._scopes import Scopes
from cantinekit.pricing.kernel import Const, Expr, Lookup, Var, lift, maximum, minimum, rounded, when
from cantinekit.pricing.model._forms import Grid
from cantinekit.pricing.model._product import Product
from cantinekit.pricing.model._rules import Adjust, Group, Rate

MOST_DENOMINATOR = 10**9


@attrs.define
class Exact:
    """An amount between two rounding points: a numerator, over a denominator that is known."""

    low: Lowering
    number: Expr
    den: int

    def times(self, factor: Fraction, active: Expr) -> None:
        if self.den * factor.denominator > MOST_DENOMINATOR:
            raise NotCompiledError("percentages that are too fine")
        share = when(active, factor.numerator, factor.denominator)
        self.number = self.low.let("number", self.number * share)
        self.den *= factor.denominator

    def whole(self) -> Expr:
        """A rounding point."""
        if self.den != 1:
            mode: Any = self.low.parts.head.rounding
            self.number = self.low.let("whole", rounded(self.number, self.den, mode))
            self.den = 1
        return self.number

    def set(self, amount: Expr) -> None:
        self.number, self.den = self.low.let("amount", amount), 1


def _plain(rule: Adjust, value: Any, active: Expr, exact: Exact) -> None:
    if rule.kind == "free":
        now = exact.whole()
        exact.set(when(active, 0, now))
        return
    mode: Any = rule.mode or exact.low.parts.head.rounding
    if rule.kind == "round":
        now = exact.whole()
        exact.set(when(active, rounded(now, value, mode) * int(value), now))
        return
    if not rule.rounds:
        exact.times(1 + value, active)
        return
    now = exact.whole()
    part = abs(value) if rule.rounds == "discount" else 1 + value
    share = rounded(now * part.numerator, part.denominator, mode)
    changed = share if rule.rounds == "result" else now + share if value > 0 else now - share
    exact.set(when(active, maximum(0, changed), now))


def _concerns(rule: Adjust, rate: Rate, product: Product) -> bool:
    tags = {*product.tags, *rate.tags, product.id}
    return not rule.on or not tags.isdisjoint(rule.on)


@attrs.define
class Adjusting:
    """The adjustments of a product over an amount; ``oks`` are what must hold for there to be a price."""

    low: Lowering
    product: Product
    scopes: Scopes
    rates: Sequence[Priced]
    has_line: Expr
    exact: Exact
    oks: list[Expr] = attrs.field(factory=list)

    def run(self) -> Expr:
        """The amount after all of them."""
        for group in self.product.adjust:
            self._group(group)
        return self.exact.whole()

    def _group(self, group: Group) -> None:
        if group.together == "best for customer":
            raise NotCompiledError("the best of several adjustments")
        taken: list[Expr] = []
        for rule in group.rules:
            needs_amount = any(getattr(atom, "name", "") == "amount" for clause in rule.when for atom in clause.atoms)
            holds = self._once(self.low.holds(rule.when, self.exact.whole() if needs_amount else None))
            for before in taken:
                if group.together == "unstated":
                    self.oks.append(~(before & holds))
                elif group.together != "all in order":
                    holds = self._once(both(holds, ~before))
            taken.append(holds)
            self._apply(rule, holds)

    def _apply(self, rule: Adjust, holds: Expr) -> None:
        low = self.low
        concerned = [_concerns(rule, priced.rate, self.product) for priced in self.rates]
        if not all(concerned):
            if rule.kind == "refuse" or any(concerned):
                raise NotCompiledError("an adjustment of some lines only")
            return
        day = low.price_day(self.product.price_date) if rule.dated else None
        place = dated(low, (start for start, _ in rule.lists), day)
        never = rule.lists[0][0] is not None
        in_force = both(holds, lift(0) < place if never else lift(1))
        if rule.kind == "refuse":
            self.oks.append(~in_force)
        elif rule.kind in ("percent", "free", "round"):
            if rule.dated:
                raise NotCompiledError("a dated percentage")
            _plain(rule, rule.lists[0][1], in_force, self.exact)
        elif rule.kind in ("at_least", "at_most", "replace", "add"):
            self._amount(rule, in_force, place, never)
        else:
            raise NotCompiledError(f"an adjustment of the kind {rule.kind}")

    def _amount(self, rule: Adjust, in_force: Expr, place: Expr, never: bool) -> None:
        """A rule with an amount of its own."""
        amount, known = self._worth(rule, place, never)
        active = self._once(in_force if rule.kind != "at_most" else both(in_force, self.has_line))
        if not isinstance(known, Const):
            self.oks.append(either(known, ~active))
        now = self.exact.whole()
        if rule.kind == "at_least":
            self.exact.set(when(active, maximum(now, amount), now))
        elif rule.kind == "replace":
            self.exact.set(when(active, amount, now))
        elif rule.kind == "add":
            if rule.once_per or _grids(rule) or any(value >= 0 for _, value in rule.lists):
                raise NotCompiledError("a surcharge, which is a line of its own")
            self.exact.set(when(active, maximum(0, now + amount), now))
        else:
            self._cap(rule, active, amount, now)

    def _cap(self, rule: Adjust, active: Expr, amount: Expr, now: Expr) -> None:
        used: Expr = lift(0)
        if rule.same:
            owner, name = rule.meter_of(self.product.id)
            used = self.scopes.meter("cap", name, rule.same, f"moved {rule.id}", active, owner)
        capped = self.low.let("capped", minimum(now, maximum(0, amount - used)))
        if rule.same:
            self.low.build.let(f"moved {rule.id}", when(active, capped, 0))
        self.exact.set(when(active, capped, now))

    def _once(self, condition: Expr) -> Expr:
        """A condition that is used more than once."""
        return condition if isinstance(condition, (Const, Var)) else self.low.let("holds", condition)

    def _worth(self, rule: Adjust, place: Expr, never: bool) -> tuple[Expr, Expr]:
        """The amount of a rule, and whether there is one."""
        if not _grids(rule):
            values = tuple(int(value) for _, value in rule.lists)
            return Lookup(((0, *values) if never else values), place), lift(1)
        grids = [value for _, value in rule.lists]
        if not all(isinstance(value, Grid) and value.by == grids[0].by for value in grids):
            raise NotCompiledError("grids over different axes")
        found = self.low.let("cell", cells(self.low, grids, place, never))
        return maximum(0, found), lift(0) <= found


def _grids(rule: Adjust) -> bool:
    return any(isinstance(value, Grid) for _, value in rule.lists)
