"""Generated source: the reasons of a quote, from the inputs of its program to one step for each declared rule."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

import attrs

from cantinekit.pricing.compiled._entry import Host
from cantinekit.pricing.compiled._inputs import axis_values
from cantinekit.pricing.compiled._points import Point, telling
from cantinekit.pricing.compiled._prices import Priced
from cantinekit.pricing.compiled._retold import Tell
from cantinekit.pricing.compiled._said import Account, Adjusted, Cell, Free, notes_as_data, notes_of
from cantinekit.pricing.compiled._steps import Head, Values, Way, named
from cantinekit.pricing.compiled._writer import Quantities, Source, Texts
from cantinekit.pricing.engine._facts import moment_of
from cantinekit.pricing.engine._lines import plain as in_words
from cantinekit.pricing.kernel import RangeError, inline
from cantinekit.pricing.model._forms import Steps
from cantinekit.pricing.model._product import product_path
from cantinekit.pricing.model._rules import Adjust, Cover

Told = Mapping[str, str]
"""The source of each number that a point tells."""


def make_tell(host: Host, *, data: bool) -> Tell | None:
    """The function that tells, as plain ``data`` or as records; ``None`` where a bound cannot be proved."""
    compiled = host.compiled
    told = telling(compiled.program, compiled.points)
    try:
        body = inline(told.program)
    except RangeError:
        return None
    out = Source()
    out.rows.append("def tell(order, state, inputs):")
    inputs = [f"a{number}" for number in range(len(compiled.wanted))]
    keys = [f"k{number}" for number in range(len(compiled.meters))]
    out.add(f"{', '.join([*inputs, *keys, 'total'])}, = inputs")
    out.add("item = order.items[0]")
    out.program(body)
    results = dict(zip(told.program.outputs, body.results, strict=True))
    work = _Telling(out, host, data, Texts(host.parts.currency))
    for point, names in zip(compiled.points, told.names, strict=True):
        work.tell(point, {key: results[name] for key, name in names.items()})
    work.end()
    return out.function("tell")  # type: ignore[no-any-return]


@attrs.define
class _Telling:
    """The source under construction; ``now`` is what the lines come to at this point."""

    out: Source
    host: Host
    data: bool
    texts: Texts
    steps: int = 0
    now: str = "0"

    def tell(self, point: Point, told: Told) -> None:
        """The step of one rule, in all the ways in which it may end."""
        parts, product = self.host.parts, self.host.compiled.product.id
        rule = f"{product_path(product)}.{point.path}"
        phase, _, id = parts.rules[product][rule]
        getattr(self, f"_{point.kind}")(point, told, self._head(phase, rule, id))
        self.steps += 1

    def _head(self, phase: str, rule: str, id: str) -> Head:
        return Head(self.host.compiled.product.id, phase, rule, id, self.texts, self.data)

    def _held(self, point: Point, told: Told, head: Head) -> None:
        self._step(Way(head, "applied", "held"))

    def _condition(self, point: Point, told: Told, head: Head) -> None:
        self._step(Way(head, "not_applicable", "condition"))

    def _measured(self, point: Point, told: Told, head: Head) -> None:
        unit, scale = self.host.compiled.unit, self.host.compiled.scale

        def values(_: int, __: int, quantity: int, count: int) -> dict[str, Any]:
            return {"count": count, "quantity": in_words(quantity * scale), "unit": unit}

        self._step(Way(head, "applied", "measured", values), "0", "0", told["quantity"], told["count"])

    def _beyond(self, point: Point, told: Told, head: Head) -> None:
        covered = Way(head, "not_applicable", "all_covered")
        self._choose([(f"{told['rest']} <= 0", covered)], Way(head, "applied", "rest_at_rate"))

    def _cover(self, point: Point, told: Told, head: Head) -> None:
        cover: Cover = point.rule
        numbers = [told["needed"], told["taken"], told["left"] if cover.free >= 0 else "None"]
        shown = Quantities(self._part(cover), shown=True)
        values: Values = Free(cover, shown) if cover.free else Account(cover, shown)
        out, ways = self.out, [(f"not {told['holds']}", Way(head, "not_applicable", "condition"))]
        taken, idle = (Way(head, status, values.why, values) for status in ("applied", "not_applicable"))  # type: ignore[attr-defined]
        if cover.free:
            self._choose([*ways, (told["taken"], taken)], idle, "0", "0", *numbers)
            return
        moment = f"{out.const(moment_of)}(item, order, {out.const(self.host.parts.head.zone)})"
        notes = out.const(notes_as_data if self.data else notes_of)
        notes = f"{notes}({out.const(cover)}, state.lots, {told['taken']}, {moment}, {out.const(shown)})"
        numbers.append(told.get("limit", "None"))

        def with_lots(depth: int) -> None:
            out.add("if not state.lots:", depth)
            if self.data:
                self._no_lot(head, cover, told, depth + 1)
            else:
                self._step(idle, "0", "0", *numbers, "()", depth=depth + 1)
            for condition, way in ((f"elif {told['taken']}:", taken), ("else:", idle)):
                out.add(condition, depth)
                self._step(way, "0", "0", *numbers, notes, kept=False, depth=depth + 1)

        self._choose(ways, with_lots)

    def _part(self, cover: Cover) -> Fraction:
        """What one unit of a cover is worth in the words of the tariff."""
        compiled = self.host.compiled
        if not cover.free:
            return self.host.parts.smallest.get(cover.account, Fraction(1))
        return compiled.scale if not cover.minutes and cover.unit == compiled.unit else Fraction(1)

    def _no_lot(self, head: Head, cover: Cover, told: Told, depth: int) -> None:
        out = self.out
        part = self._part(cover)
        shown = f"{out.const(Quantities(part, shown=True))}[{{}}]" if part != 1 else "{}"
        values = {"account": out.const(cover.account), "left": "0"}
        values |= {"limit": shown.format(told["limit"])} if "limit" in told else {}
        values |= {"lots": "[]", "needed": shown.format(told["needed"])}
        values |= {"part": out.const(in_words(part))} if part != 1 else {}
        values |= {"unit": out.const(cover.unit), "units": "0"}
        why = f"'no_lot' if {told['needed']} else 'nothing_to_cover'"
        self._write(head, "not_applicable", why, self.now, values, depth)

    def _rate(self, point: Point, told: Told, head: Head) -> None:
        priced: Priced = point.rule
        place = int(head.rule.rpartition("[")[2][:-1])
        ways: list[tuple[str, Way]] = []
        if self.host.compiled.may_be_covered:
            ways.append((f"{told['rest']} <= 0", Way(head, "not_applicable", "all_covered")))
        if len(self.host.compiled.rates) > 1 or priced.rate.when:
            ways.append((f"{told['rate']} > {place}", Way(head, "not_applicable", "condition")))
            ways.append((f"{told['rate']} < {place}", Way(head, "not_applicable", "earlier_rule")))
        axes = [name for name in told if name.startswith("axis ")]
        values = Cell(
            priced, self.texts, tuple(axis_values(self.host.parts, name.removeprefix("axis ")) for name in axes)
        )
        sizes = ("size", "stays") if isinstance(priced.rate.lists[0][1], Steps) else ()
        numbers = [told[name] for name in ("quantity", "printed", "place", *sizes, *axes)]
        self._choose(ways, Way(head, "applied", "priced", values), self.now, told["after"], *numbers)

    def _adjust(self, point: Point, told: Told, head: Head) -> None:
        rule: Adjust = point.rule
        ways: list[tuple[str, Way]] = []
        if told["fits"] != "1":
            ways.append((f"not {told['fits']}", Way(head, "not_applicable", "condition")))
        for number, (id, _) in enumerate(point.rivals):
            other = Way(head, "not_applicable", "other_rule", lambda *_, id=id: {"other": id})
            ways.append((told[f"rival {number}"], other))
        if "force" in told:
            ways.append((f"not {told['force']}", Way(head, "not_applicable", "not_in_force")))
        if told["line"] != "1":
            ways.append((f"not {told['line']}", Way(head, "not_applicable", "no_lines")))
        numbers = [told[name] for name in ("limit", "used") if name in told]
        values = Adjusted(rule, self.texts)
        applied = None if rule.kind == "refuse" else Way(head, "applied", values.why, values)
        if not rule.same or applied is None:
            self._choose(ways, applied, self.now, told["after"], *numbers)
        elif self.data:
            self._choose(ways, lambda depth: self._capped(head, rule, f"k{point.meter}", told, depth))
            self.now = told["after"]
        else:
            self._choose(ways, applied, self.now, told["after"], *numbers, f"k{point.meter}", kept=False)

    def _capped(self, head: Head, rule: Adjust, key: str, told: Told, depth: int) -> None:
        """A cap over a scope, as data: its numbers seldom come again."""
        out, after, texts = self.out, told["after"], self.out.const(self.texts)
        values = {
            "limit": f"{texts}[{told['limit']}]",
            "meter": f"{key} or ''",
            "period": out.const(rule.period or ""),
            "used": f"{texts}[{told['used']}]",
        }
        why = f"('capped' if {after} < {self.now} else 'within') + ('' if {key} else '_alone')"
        self._write(head, "applied", why, after, values, depth)

    # --- writing ---

    def _choose(
        self,
        ways: Sequence[tuple[str, Way]],
        last: Way | Callable[[int], None] | None,
        *numbers: str,
        kept: bool = True,
    ) -> None:
        """The first way whose condition holds, else the last one, which has the numbers; there may be none.

        A way that has values has them as well.
        """
        for number, (condition, way) in enumerate(ways):
            self.out.add(f"{'elif' if number else 'if'} {condition}:")
            self._step(way, *(numbers if way.values_of is not None and len(numbers) > 2 else ()), kept=kept, depth=2)
        if ways:
            self.out.add("else:")
        depth = 2 if ways else 1
        if last is None:  # a quote that there is was not refused
            self.out.add("return None", depth)
        elif isinstance(last, Way):
            self._step(last, *numbers, kept=kept, depth=depth)
        else:
            last(depth)
        if len(numbers) > 1 and last is not None:
            self.now = numbers[1]

    def _step(self, way: Way, *numbers: str, kept: bool = True, depth: int = 1) -> None:
        """One step, from those that were made before where it is ``kept``."""
        name, key = f"s{self.steps}", ", ".join(numbers) or self.now
        if kept or not numbers:
            self.out.add(f"{name} = {self.out.const(way)}[{key}]", depth)
        else:
            self.out.add(f"{name} = {self.out.const(way.make)}({key})", depth)

    def _write(self, head: Head, status: str, why: str, after: str, values: Told, depth: int) -> None:
        """One step, as data, that is not kept."""
        out, name, texts = self.out, f"s{self.steps}", self.out.const(self.texts)
        template = Way(head, status, "").make(0, 0)
        out.add(f"{name} = {out.const(template)}.copy()", depth)
        out.add(f"{name}['why'] = {why}", depth)
        if self.now != "0" or after != "0":
            out.add(f"{name}['before'] = {texts}[{self.now}]", depth)
            out.add(f"{name}['after'] = {texts}[{after}]", depth)
        out.add(f"{name}['values'] = {{{', '.join(f'{key!r}: {source}' for key, source in values.items())}}}", depth)

    def end(self) -> None:
        """The list of the steps, with that of the tax where it changed the amount."""
        out = self.out
        out.add(f"steps = [{', '.join(f's{number}' for number in range(self.steps))}]")
        out.add(f"if total.amount != {self.now}:")
        rule = f"{product_path(self.host.compiled.product.id)}.tax"
        self._step(Way(self._head("tax", rule, "tax"), "applied", "taxed"), self.now, "total.amount", depth=2)
        out.add(f"steps.append(s{self.steps})", 2)
        out.add("if item.id:")
        out.add(f"steps = [{out.const(named)}(step, item.id) for step in steps]", 2)
        out.add("return steps")
