"""The adjust phases: what changes the lines of an item, or of an order, in the order of the file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

import attrs

from cantinekit.money import Money, Rounding
from cantinekit.pricing.engine.ask import PIECE, Ask, RefusedItem, incomplete
from cantinekit.pricing.engine.lines import WorkLine, concerned, rounded, settle, spread, total
from cantinekit.pricing.engine.rate import grid_cell, pick, stop
from cantinekit.pricing.format.kinds import show_percent
from cantinekit.pricing.model.conditions import InRange, atoms_of
from cantinekit.pricing.model.forms import Grid
from cantinekit.pricing.model.rules import Adjust, Group
from cantinekit.pricing.plugged import About, Plugged
from cantinekit.pricing.values import FrozenMap

_OF_A_SUM = ("at_least", "at_most", "replace", "round", "form")
"""Rules that hold an amount against what the lines come to."""
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


def _extra(rule: Adjust, like: WorkLine, amount: int, place: int) -> WorkLine:
    """A line of its own for what an adjustment adds, like the line that it is added to."""
    extra = attrs.evolve(like, text=rule.id, quantity=Fraction(1), unit="piece", exact=Fraction(amount))
    extra.unit_price, extra.floor, extra.part = None, False, place
    extra.tax, extra.tags = rule.added.tax or like.tax, rule.added.tags or like.tags
    return extra


@attrs.define
class Adjusting:
    """Lines under adjustment: of an item, whose ``parts`` may be looked at one by one, or of a whole order."""

    lines: list[WorkLine]
    ask: Ask
    owner: str
    price_date: str
    meters: Meters
    report: Report
    at: Callable[[Adjust], None] = lambda _: None
    """Called with the rule that is looked at next; what it raises belongs to that rule."""
    parts: Sequence[tuple[Ask, int]] = ()
    """The parts of the item, each with how many pieces it has; the item itself where none are named."""
    shared: bool = False
    """Whether the parts are stretches of the same pieces (bands of time), and not other pieces (ranks)."""
    empty: WorkLine | None = None
    """The line of an amount that is due although everything is covered."""
    left: Sequence[int] = ()
    """How many pieces of each part there are left to pay; all of them where nothing is said."""
    items: Mapping[str, tuple[int, int]] = FrozenMap()
    """Of an order: how many pieces each item has, and how many of them are left to pay."""
    asks: Mapping[str, Ask] = attrs.field(factory=dict)
    """Of an order its items by their ids: what a rule asks, it asks of those that it bears on."""

    def __attrs_post_init__(self) -> None:
        self.parts = self.parts or ((self.ask, self.ask.item.count),)
        self.left = self.left or [count for _, count in self.parts]

    def _pieces(self, places: Sequence[int], lines: Sequence[WorkLine], *, left: bool) -> int:
        """How many pieces some parts, or the items of some lines, have; or how many of them are ``left`` to pay.

        Of stretches of the same pieces they are counted once.
        """
        if self.items:
            return sum(self.items[id][left] for id in {line.item for line in lines})
        found = [self.left[place] if left else self.parts[place][1] for place in places]
        return max(found, default=0) if self.shared else sum(found)

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
        for place in (0,) if self.shared else range(len(self.parts)):
            settle(self._charged(range(len(self.parts)) if self.shared else (place,)), self.mode)

    def _charged(self, places: Sequence[int]) -> list[WorkLine]:
        """The lines of some parts."""
        alone = len(self.parts) == 1
        return [line for line in self.lines if line.charged and (alone or line.part in places)]

    def _group(self, group: Group) -> None:
        if group.together == "all in order":
            for rule in group.rules:
                self._apply_where(rule, self._fitting(rule), ())
            return
        fitting = {rule.id: self._fitting(rule) for rule in group.rules}
        taken: dict[str, list[int]] = {rule.id: [] for rule in group.rules}
        for place in range(len(self.parts)):
            holding = [rule for rule in group.rules if place in fitting[rule.id]]
            if group.together == "unstated" and len(holding) > 1:
                raise RefusedItem("unstated", ", ".join(rule.id for rule in holding))
            if group.together == "best for customer" and len(holding) > 1:
                holding = [self._best(holding, place)]
            elif group.together in ("first", "one of"):
                holding = holding[:1]
            for rule in holding:
                taken[rule.id].append(place)
        for rule in group.rules:
            others = [id for id, places in taken.items() if id != rule.id and set(places) & set(fitting[rule.id])]
            self._apply_where(rule, taken[rule.id], others)

    def _apply_where(self, rule: Adjust, places: Sequence[int], others: Sequence[str]) -> None:
        if places:
            self.apply(rule, places)
        elif others:
            self.report(rule, "not_applicable", "other_rule", {"other": others[0]})
        else:
            self.report(rule, "not_applicable", "condition", {})

    def _fitting(self, rule: Adjust) -> list[int]:
        """The parts for which its condition holds, with what the lines of all of them come to."""
        self.at(rule)
        lines = self._charged(range(len(self.parts)))
        if any(atom.name == "amount" for atom in atoms_of(InRange, rule.when)):
            one_basis(rule.id, lines, self.ask)
        amount = rounded(total(lines), self.mode)
        return [place for place in range(len(self.parts)) if self._holds(rule, place, amount)]

    def _holds(self, rule: Adjust, place: int, amount: int) -> bool:
        """Whether its condition holds for a part; what bears on no line asks for nothing that is not known."""
        missing: frozenset[str] = frozenset()
        for ask in self._asked(rule, place):
            found = attrs.evolve(ask, amount=amount).decide(rule.when)
            if not isinstance(found, frozenset):
                return found
            missing |= found
        due = rule.when_covered == "due" and self.empty is not None
        if due or (rule.kind == "refuse" and not rule.on) or concerned(rule.on, self._charged([place])):
            raise incomplete(*sorted(missing))
        return False

    def _asked(self, rule: Adjust, place: int) -> list[Ask]:
        """Who is asked: the part of an item, or of an order the items that a rule bears on."""
        lines = concerned(rule.on, self._charged([place])) if self.asks else ()
        return [self.asks[item] for item in dict.fromkeys(line.item for line in lines)] or [self.parts[place][0]]

    def _best(self, rules: Sequence[Adjust], place: int) -> Adjust:
        def after(rule: Adjust) -> Fraction:
            trial = attrs.evolve(
                self,
                lines=[attrs.evolve(line) for line in self.lines],
                meters=self.meters.copy(),
                report=lambda *_: None,
                at=lambda _: None,
            )
            trial.apply(rule, [place])
            return total([line for line in trial.lines if line.charged])

        return min(rules, key=after)

    # --- one rule ---

    def apply(self, rule: Adjust, places: Sequence[int]) -> None:
        """Carry out one rule for the parts for which its condition holds, and report it."""
        self.at(rule)
        found = pick(rule.lists, self.ask.price_day(self.price_date) if rule.dated else None)
        if found is None:
            self.report(rule, "not_applicable", "not_in_force", {})
            return
        value = found[1]
        for cell, mine in self._cells(rule, value, places):
            self._carry_out(rule, cell, mine)

    def _cells(self, rule: Adjust, value: Any, places: Sequence[int]) -> list[tuple[Any, list[int]]]:
        """What the rule says, for the parts for which it says the same."""
        if not isinstance(value, Grid):
            return [(value, list(places))]
        out: dict[int | Fraction, list[int]] = {}
        for place in places:
            asks = self._asked(rule, place)
            knows = [ask for ask in asks if not any(isinstance(ask.look(axis), frozenset) for axis in value.by)]
            out.setdefault(grid_cell(value, (knows or asks)[0], self.owner), []).append(place)
        return list(out.items())

    def _carry_out(self, rule: Adjust, value: Any, places: Sequence[int]) -> None:
        lines = concerned(rule.on, self._charged(places))
        if rule.kind == "refuse" and (lines or not rule.on):
            once = self.items and value.once_per != PIECE  # of an order, not of a piece
            raise stop(value, self.owner, self.currency, 1 if once else self._pieces(places, lines, left=True))
        if rule.kind in _OF_A_SUM or (rule.kind == "add" and (value < 0 or isinstance(value, Fraction))):
            one_basis(rule.id, lines, self.ask)
        if rule.when_covered == "due" and self.empty is not None:
            why, values = self._add(rule, value, places)
        elif lines and not (self._raises(rule, value) and all(line.beside for line in lines)):
            why, values = self._change(rule, value, lines, places)
        else:
            self.report(rule, "not_applicable", "no_lines", {})
            return
        self.report(rule, "applied", why, values)

    def _raises(self, rule: Adjust, value: Any) -> bool:
        """Whether it raises the price of an item that costs something; a covered item stays covered, whatever is beside
        it.
        """
        dearer = rule.kind in ("at_least", "replace") or (rule.kind == "add" and value >= 0)
        return dearer and rule.when_covered != "due" and self.empty is not None

    def _change(
        self, rule: Adjust, value: Any, lines: list[WorkLine], places: Sequence[int]
    ) -> tuple[str, dict[str, Any]]:
        if rule.kind == "percent":
            return self._percent(rule, value, lines)
        if rule.kind == "form":
            return self._form(value, rule, places)
        settle(lines, self.mode)
        if rule.kind == "add":
            return self._add(rule, value, places)
        if rule.kind in ("at_least", "at_most", "replace"):
            return self._bounds(rule, value, places)
        before = int(total(lines))
        if rule.kind == "round":
            mode: Rounding = rule.mode or self.mode  # type: ignore[assignment]
            spread(lines, value * rounded(Fraction(before, value), mode))
            return "rounded", {"step": str(Money(value, self.currency))}
        spread(lines, 0)
        return "free_of_charge", {}

    def _bounds(self, rule: Adjust, value: int, places: Sequence[int]) -> tuple[str, dict[str, Any]]:
        """A minimum, a cap or another amount: of the item, or of the pieces of each part that are left to pay."""
        if rule.same:
            return self._cap(rule, value, concerned(rule.on, self._charged(places)))
        by_piece = self._by_piece(rule)
        before, after, limit = 0, 0, 0
        for mine in [[place] for place in places] if by_piece and not self.shared else [list(places)]:
            lines = concerned(rule.on, self._charged(mine))
            if not lines or (self._raises(rule, value) and all(line.beside for line in lines)):
                continue
            often = self._pieces(mine, lines, left=True) if by_piece else self._times(rule)
            amount = rounded(Fraction(value * often), self.mode)
            was = int(total(lines))
            spread(lines, {"at_least": max(was, amount), "at_most": min(was, amount)}.get(rule.kind, amount))
            before, after, limit = before + was, after + int(total(lines)), limit + amount
        values = {"limit": str(Money(limit, self.currency))}
        if rule.kind == "at_most":
            return ("capped" if after < before else "within") + "_item", values
        return ("replaced" if rule.kind == "replace" else "raised" if after > before else "above"), values

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

    def _add(self, rule: Adjust, value: int | Fraction, places: Sequence[int]) -> tuple[str, dict[str, Any]]:
        """Once for the item; where it is due for each piece, once for each piece of these parts."""
        amount, by_piece, share = 0, self._by_piece(rule), isinstance(value, Fraction)
        for mine in [[place] for place in places] if by_piece and not self.shared else [list(places)]:
            lines = concerned(rule.on, self._charged(mine))
            uncovered = self.empty if rule.when_covered == "due" and not share else None
            first = lines[0] if lines else uncovered
            if first is None or (self._raises(rule, value) and all(line.beside for line in lines)):
                continue
            settle(lines, self.mode)
            if isinstance(value, Fraction):
                part = rounded(total(lines) * value, self.mode)
            else:
                often = self._pieces(mine, lines, left=False) if by_piece else self._times(rule)
                part = rounded(Fraction(value * often), self.mode)
            amount += part
            if part >= 0 or share:
                self.lines.append(_extra(rule, first, part, first.part if lines else mine[0]))
            else:
                spread(lines, max(0, int(total(lines)) + part))
        return "added", {"add": str(Money(amount, self.currency))}

    def _form(self, plugged: Plugged, rule: Adjust, places: Sequence[int]) -> tuple[str, dict[str, Any]]:
        """The amount that a plug-in gives for the item, or for each part that has pieces of its own."""
        for mine in [list(places)] if self.shared else [[place] for place in places]:
            lines = concerned(rule.on, self._charged(mine))
            if not lines:
                continue
            settle(lines, self.mode)
            ask, count = (self.ask, self.ask.item.count) if self.shared else self.parts[mine[0]]
            minutes = ask.minutes() if ask.timed else None
            about = About(self.owner, count, self.currency, minutes, ask.day, ask.rank, ask.item.facts)
            spread(lines, plugged.amount(int(total(lines)), about))
        return "form", {"form": plugged.rule.name, "version": plugged.rule.version}

    def _by_piece(self, rule: Adjust) -> bool:
        """Whether it is due for each piece; each is a person where the tariff knows no number of them."""
        return rule.once_per in ("piece", "unit") or (rule.once_per == "person" and not self._persons())

    def _persons(self) -> str:
        return next((name for name in ("person", "persons") if name in self.ask.parts.facts), "")

    def _about(self, rule: Adjust) -> Ask:
        """The item itself, or of an order the first one that a rule bears on."""
        return self._asked(rule, 0)[0] if self.asks else self.ask

    def _times(self, rule: Adjust) -> int | Fraction:
        ask, per = self._about(rule), rule.once_per
        if per == "day":
            ask.need_clock()
            return max(1, len({part.day for part in ask.slices()}))
        if per == "hour":
            return -(-ask.minutes() // 60)
        if per == "person":
            return int(ask.number(self._persons()))
        if rule.added.every is not None:
            return int(-(-ask.number(per) // rule.added.every.n))
        return ask.number(per) if per and per != "booking" else 1

    def _cap(self, rule: Adjust, limit: int, lines: list[WorkLine]) -> tuple[str, dict[str, Any]]:
        """A cap over a scope: what its meter still allows."""
        before = int(total(lines))
        meter, ask = rule.meter_of(self.owner), self._about(rule)
        key = ask.key("cap", *meter, rule.same)
        name = "/".join([*meter, *ask.scope(rule.same)])
        used = self.meters.used(key, name)
        values: dict[str, Any] = {"limit": str(Money(limit, self.currency)), "used": str(Money(used, self.currency))}
        values |= {"meter": key or "", "period": rule.period or ""}
        charged = min(before, max(0, limit - used)) if before >= 0 else before
        if charged < before:
            spread(lines, charged)
        self.meters.move(key, name, max(charged, -used))
        return ("capped" if charged < before else "within") + ("" if key else "_alone"), values


def one_basis(rule: str, lines: Sequence[WorkLine], ask: Ask) -> None:
    """An amount that is held against a sum needs lines that are all with tax, or all without it.

    Raises:
        RefusedItem: "unstated", where some are with tax and others without.
    """
    if len({line.basis for line in lines if is_taxed(line.tax, ask)}) > 1:
        raise RefusedItem("unstated", f"rule {rule}: of prices with tax, or without it")


def is_taxed(name: str, ask: Ask) -> bool:
    """Whether the amount with tax may be another than that without."""
    tax = ask.parts.taxes.get(name)
    return (tax.tax_class.kind if tax else name) in ("standard", "unknown")


def show_rate(rate: Fraction) -> str:
    """A percentage with its sign."""
    return ("+" if rate > 0 else "") + show_percent(rate)
