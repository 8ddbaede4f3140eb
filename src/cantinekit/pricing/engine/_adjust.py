"""The adjust phases: what changes the lines of an item, or of an order, in the order of the file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

import attrs

from cantinekit.money import Money, Rounding
from cantinekit.pricing._plugged import About, Plugged
from cantinekit.pricing.engine._ask import Ask, RefusedItem
from cantinekit.pricing.engine._lines import WorkLine, concerned, rounded, settle, spread, total
from cantinekit.pricing.engine._rate import grid_cell, pick, stop
from cantinekit.pricing.format._kinds import show_percent
from cantinekit.pricing.model._forms import Grid
from cantinekit.pricing.model._rules import Adjust, Group

Report = Callable[[Adjust, str, str, Mapping[str, Any]], None]
"""Called for each rule: rule, status, why, values; after its change was made."""


@attrs.define
class Meters:
    """What is counted in scopes: where it stands, and how far this quote has moved it."""

    stand: dict[str, int]
    moves: dict[str, int] = attrs.field(factory=dict)
    alone: dict[str, int] = attrs.field(factory=dict)
    """Scopes of a person, where no customer is known: they hold within the order only."""

    def copy(self) -> Meters:
        return Meters(dict(self.stand), dict(self.moves), dict(self.alone))

    def used(self, key: str | None, name: str) -> int:
        return self.stand.get(key, 0) if key else self.alone.get(name, 0)

    def move(self, key: str | None, name: str, amount: int) -> None:
        if key:
            self.stand[key] = self.stand.get(key, 0) + amount
            self.moves[key] = self.moves.get(key, 0) + amount
        else:
            self.alone[name] = self.alone.get(name, 0) + amount


@attrs.define
class Adjusting:
    """Lines under adjustment. ``settled``: whether the amounts are whole, so that nothing is left to round."""

    lines: list[WorkLine]
    ask: Ask
    owner: str
    price_date: str
    meters: Meters
    report: Report
    at: Callable[[Adjust], None] = lambda _: None
    """Called with the rule that is looked at next; what it raises belongs to that rule."""
    count: int | None = None
    """For how many pieces the lines are, where that is not the count of the item."""

    @property
    def mode(self) -> Rounding:
        return self.ask.parts.head.rounding

    @property
    def currency(self) -> str:
        return self.ask.parts.currency

    def run(self, groups: Sequence[Group]) -> None:
        """All groups, then the rounding point at the end."""
        for group in groups:
            self._group(group)
        self.settle()

    def settle(self) -> None:
        settle([line for line in self.lines if line.charged], self.mode)

    def _group(self, group: Group) -> None:
        if group.together == "all in order":
            for rule in group.rules:
                if self._holds(rule):
                    self.apply(rule)
            return
        holding = fitting = [rule for rule in group.rules if self._holds(rule, quiet=True)]
        if group.together == "unstated" and len(holding) > 1:
            raise RefusedItem("unstated", ", ".join(rule.id for rule in holding))
        if group.together == "best for customer" and len(holding) > 1:
            holding = [self._best(holding)]
        elif group.together in ("first", "one of"):
            holding = holding[:1]
        for rule in group.rules:
            if rule in holding:
                self.apply(rule)
            elif rule in fitting:
                self.report(rule, "not_applicable", "other_rule", {"other": holding[0].id})
            else:
                self.report(rule, "not_applicable", "condition", {})

    def _holds(self, rule: Adjust, *, quiet: bool = False) -> bool:
        self.at(rule)
        charged = [line for line in self.lines if line.charged]
        ask = attrs.evolve(self.ask, amount=rounded(total(charged), self.mode))
        if ask.holds(rule.when):
            return True
        if not quiet:
            self.report(rule, "not_applicable", "condition", {})
        return False

    def _best(self, rules: Sequence[Adjust]) -> Adjust:
        def after(rule: Adjust) -> Fraction:
            trial = attrs.evolve(
                self,
                lines=[attrs.evolve(line) for line in self.lines],
                meters=self.meters.copy(),
                report=lambda *_: None,
                at=lambda _: None,
            )
            trial.apply(rule)
            return total([line for line in trial.lines if line.charged])

        return min(rules, key=after)

    # --- one rule ---

    def apply(self, rule: Adjust) -> None:
        """Carry out one rule whose condition holds, and report it."""
        self.at(rule)
        found = pick(rule.lists, self.ask.price_day(self.price_date) if rule.dated else None)
        if found is None:
            self.report(rule, "not_applicable", "not_in_force", {})
            return
        value = found[1]
        if isinstance(value, Grid):
            value = grid_cell(value, self.ask, self.owner)
        if rule.kind == "refuse":
            raise stop(value, self.owner, self.currency)
        lines = concerned(rule.on, self.lines)
        if not lines:
            self.report(rule, "not_applicable", "no_lines", {})
            return
        why, values = self._change(rule, value, lines)
        self.report(rule, "applied", why, values)

    def _change(self, rule: Adjust, value: Any, lines: list[WorkLine]) -> tuple[str, dict[str, Any]]:
        if rule.kind == "percent":
            return self._percent(rule, value, lines)
        settle(lines, self.mode)
        if rule.kind == "at_most":
            return self._cap(rule, value, lines)
        if rule.kind == "add":
            return self._add(rule, value, lines)
        if rule.kind == "form":
            return self._form(value, lines)
        before = int(total(lines))
        if rule.kind == "round":
            mode: Rounding = rule.mode or self.mode  # type: ignore[assignment]
            spread(lines, value * rounded(Fraction(before, value), mode))
            return "rounded", {"step": str(Money(value, self.currency))}
        target = {"at_least": max(before, int(value)), "free": 0}.get(rule.kind, int(value))
        spread(lines, target)
        why = {"at_least": "raised" if target > before else "above", "free": "free_of_charge"}.get(
            rule.kind, "replaced"
        )
        return why, {"limit": str(Money(int(value), self.currency))} if rule.kind != "free" else {}

    def _percent(self, rule: Adjust, rate: Fraction, lines: list[WorkLine]) -> tuple[str, dict[str, Any]]:
        values = {"percent": show_rate(rate)}
        if not rule.rounds:
            for line in lines:
                line.exact *= 1 + rate
            return "percent", values
        settle(lines, self.mode)
        mode: Rounding = rule.mode or self.mode  # type: ignore[assignment]
        before = total(lines)
        if rule.rounds == "discount":
            spread(lines, int(before + (1 if rate > 0 else -1) * rounded(before * abs(rate), mode)))
        else:
            spread(lines, rounded(before * (1 + rate), mode))
        return "percent", values

    def _add(self, rule: Adjust, value: int | Fraction, lines: list[WorkLine]) -> tuple[str, dict[str, Any]]:
        share = isinstance(value, Fraction)
        amount = rounded(total(lines) * value, self.mode) if share else int(value) * self._times(rule)
        first, added = lines[0], rule.added
        if amount >= 0 or share:
            extra = attrs.evolve(first, text=rule.id, quantity=Fraction(1), unit="piece", exact=Fraction(amount))
            extra.unit_price, extra.floor = None, False
            extra.tax, extra.tags = added.tax or first.tax, added.tags or first.tags
            self.lines.append(extra)
        else:
            spread(lines, max(0, int(total(lines)) + amount))
        return "added", {"add": str(Money(amount, self.currency))}

    def _form(self, plugged: Plugged, lines: list[WorkLine]) -> tuple[str, dict[str, Any]]:
        before = int(total(lines))
        values = {"form": plugged.rule.name, "version": plugged.rule.version}
        ask = self.ask
        minutes = ask.minutes() if ask.stretches else None
        count = ask.item.count if self.count is None else self.count
        about = About(self.owner, count, self.currency, minutes, ask.day, ask.rank, ask.item.facts)
        spread(lines, plugged.amount(before, about))
        return "form", values

    def _times(self, rule: Adjust) -> int:
        ask, per = self.ask, rule.once_per
        if per == "day":
            return max(1, len(ask.slices()))
        if per == "hour":
            return -(-ask.minutes() // 60)
        if per == "person":
            name = next((name for name in ("person", "persons") if name in ask.parts.facts), "count")
            return int(ask.number(name))
        if per in ("piece", "unit"):
            return ask.item.count
        if rule.added.every is not None:
            return int(-(-ask.number(per) // rule.added.every.n))
        return int(ask.number(per)) if per and per != "booking" else 1

    def _cap(self, rule: Adjust, limit: int, lines: list[WorkLine]) -> tuple[str, dict[str, Any]]:
        before = int(total(lines))
        values: dict[str, Any] = {"limit": str(Money(limit, self.currency))}
        used, key, name = 0, None, ""
        if rule.same:
            meter = rule.meter_of(self.owner)
            key = self.ask.key("cap", *meter, rule.same)
            name = "/".join([*meter, *self.ask.scope(rule.same)])
            used = self.meters.used(key, name)
            values |= {"used": str(Money(used, self.currency)), "meter": key or "", "period": rule.period or ""}
        charged = min(before, max(0, limit - used)) if before >= 0 else before
        if charged < before:
            spread(lines, charged)
        if rule.same:
            self.meters.move(key, name, max(charged, -used))
        scope = "_item" if not rule.same else "" if key else "_alone"
        return ("capped" if charged < before else "within") + scope, values


def show_rate(rate: Fraction) -> str:
    """A percentage with its sign."""
    return ("+" if rate > 0 else "") + show_percent(rate)
