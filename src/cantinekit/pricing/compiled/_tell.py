"""Generated source: the reasons of a quote, from the inputs of its program to one step for each declared rule."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs

from cantinekit.pricing.compiled._inputs import axis_values
from cantinekit.pricing.compiled._points import Point, telling
from cantinekit.pricing.compiled._prices import CompiledRate
from cantinekit.pricing.compiled._retold import Tell
from cantinekit.pricing.compiled._said import Account, Adjusted, AllowanceSaid, Cell, notes_as_data, notes_of
from cantinekit.pricing.compiled._steps import RuleHead, Values, Way, named
from cantinekit.pricing.compiled._writer import AmountTexts, ProgramSource, Quantities
from cantinekit.pricing.engine.cover import part_of
from cantinekit.pricing.engine.facts import moment_of
from cantinekit.pricing.engine.lines import plain as in_words
from cantinekit.pricing.kernel import RangeError, inline
from cantinekit.pricing.model.forms import Steps
from cantinekit.pricing.model.product import product_path
from cantinekit.pricing.model.rules import Adjust, Cover

if TYPE_CHECKING:
    from cantinekit.pricing.compiled._quote import Runner

Told = Mapping[str, str]
"""The source of each number that a point tells."""


def make_tell(runner: Runner, *, data: bool) -> Tell | None:
    """The function that tells, as plain ``data`` or as records; ``None`` where a bound cannot be proved."""
    compiled = runner.compiled
    told = telling(compiled.program, compiled.points)
    try:
        body = inline(told.program, [expr for mine in told.late for key, expr in mine.items() if key != "applied"])
    except RangeError:
        return None
    out = ProgramSource()
    out.rows.append("def tell(order, state, inputs):")
    inputs = [f"a{number}" for number in range(len(compiled.wanted))]
    keys = [f"k{number}" for number in range(len(compiled.meters))]
    out.add(f"{', '.join([*inputs, *keys, 'total'])}, = inputs")
    out.add("item = order.items[0]")
    out.program(body)
    out.add("now = 0")
    results, late = dict(zip(told.program.outputs, body.results, strict=True)), iter(body.late)
    work = _Telling(out, runner, data, AmountTexts(runner.parts.currency))
    for point, names, after in zip(compiled.points, told.names, told.late, strict=True):
        known = {key: results[name] for key, name in names.items()}
        work.tell(point, known | {key: next(late) for key in after if key != "applied"})
    work.end()
    return out.function("tell")  # type: ignore[no-any-return]


@attrs.define
class _Telling:
    """The source under construction; in it ``now`` is what the lines come to, and ``then`` behind the rule."""

    out: ProgramSource
    runner: Runner
    data: bool
    texts: AmountTexts
    steps: int = 0

    def tell(self, point: Point, told: Told) -> None:
        """The step of one rule, for each of its possible results."""
        parts, product = self.runner.parts, self.runner.compiled.product.id
        rule = f"{product_path(product)}.{point.path}"
        phase, _, id = parts.rules[product][rule]
        getattr(self, f"_{point.kind}")(point, told, self._head(phase, rule, id))
        self.steps += 1

    def _head(self, phase: str, rule: str, id: str) -> RuleHead:
        return RuleHead(self.runner.compiled.product.id, phase, rule, id, self.texts, self.data)

    def _held(self, point: Point, told: Told, head: RuleHead) -> None:
        self._step(Way(head, "applied", "held"))

    def _condition(self, point: Point, told: Told, head: RuleHead) -> None:
        self._step(Way(head, "not_applicable", "condition"))

    def _measured(self, point: Point, told: Told, head: RuleHead) -> None:
        unit, scale = self.runner.compiled.unit, self.runner.compiled.scale

        def values(_: int, __: int, quantity: int, count: int) -> dict[str, Any]:
            return {"count": count, "quantity": in_words(quantity * scale), "unit": unit}

        self._step(Way(head, "applied", "measured", values), told["quantity"], told["count"])

    def _beyond(self, point: Point, told: Told, head: RuleHead) -> None:
        covered = Way(head, "not_applicable", "all_covered")
        self._choose([(f"{told['rest']} <= 0", covered)], Way(head, "applied", "rest_at_rate"))

    def _cover(self, point: Point, told: Told, head: RuleHead) -> None:
        cover: Cover = point.rule
        numbers = [told["needed"], told["taken"], told["left"] if cover.free >= 0 else "None"]
        shown = Quantities(part_of(self.runner.parts, self.runner.compiled.product, cover), shown=True)
        values: Values = AllowanceSaid(cover, shown) if cover.free else Account(cover, shown)
        out, ways = self.out, [(f"not {told['holds']}", Way(head, "not_applicable", "condition"))]
        taken, idle = (Way(head, status, values.why, values) for status in ("applied", "not_applicable"))  # type: ignore[attr-defined]
        if cover.free:
            self._choose([*ways, (told["taken"], taken)], idle, "now", *numbers)
            return
        moment = f"{out.const(moment_of)}(item, order, {out.const(self.runner.parts.head.zone)})"
        notes = out.const(notes_as_data if self.data else notes_of)
        notes = f"{notes}({out.const(cover)}, state.lots, {told['taken']}, {moment}, {out.const(shown)})"
        numbers.append(told.get("limit", "None"))

        def with_lots(depth: int) -> None:
            out.add("if not state.lots:", depth)
            if self.data:
                self._no_lot(head, cover, told, depth + 1)
            else:
                self._step(idle, *numbers, "()", depth=depth + 1)
            for condition, way in ((f"elif {told['taken']}:", taken), ("else:", idle)):
                out.add(condition, depth)
                self._step(way, *numbers, notes, kept=False, depth=depth + 1)

        self._choose(ways, with_lots)

    def _no_lot(self, head: RuleHead, cover: Cover, told: Told, depth: int) -> None:
        out = self.out
        part = part_of(self.runner.parts, self.runner.compiled.product, cover)
        shown = f"{out.const(Quantities(part, shown=True))}[{{}}]" if part != 1 else "{}"
        values = {"account": out.const(cover.account), "left": "0"}
        values |= {"limit": shown.format(told["limit"])} if "limit" in told else {}
        values |= {"lots": "[]", "needed": shown.format(told["needed"])}
        values |= {"part": out.const(in_words(part))} if part != 1 else {}
        values |= {"unit": out.const(cover.unit), "units": "0"}
        why = f"'no_lot' if {told['needed']} else 'nothing_to_cover'"
        self._write(head, "not_applicable", why, "now", values, depth)

    def _rate(self, point: Point, told: Told, head: RuleHead) -> None:
        priced: CompiledRate = point.rule
        place = int(head.rule.rpartition("[")[2][:-1])
        ways: list[tuple[str, Way]] = []
        if self.runner.compiled.may_be_covered:
            ways.append((f"{told['rest']} <= 0", Way(head, "not_applicable", "all_covered")))
        if len(self.runner.compiled.rates) > 1 or priced.rate.when:
            ways.append((f"{told['rate']} > {place}", Way(head, "not_applicable", "condition")))
            ways.append((f"{told['rate']} < {place}", Way(head, "not_applicable", "earlier_rule")))
        axes = [name for name in told if name.startswith("axis ")]
        values = Cell(
            priced, self.texts, tuple(axis_values(self.runner.parts, name.removeprefix("axis ")) for name in axes)
        )
        sizes = ("size", "stays") if isinstance(priced.rate.lists[0][1], Steps) else ()
        numbers = [told[name] for name in ("quantity", "printed", "place", *sizes, *axes)]
        self._choose(ways, Way(head, "applied", "priced", values), told["after"], *numbers)

    def _adjust(self, point: Point, told: Told, head: RuleHead) -> None:
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
        if rule.kind == "refuse":  # a quote that there is was not refused
            self._choose(ways, lambda depth: self.out.add("return None", depth))
            return
        applied = Way(head, "applied", values.why, values)
        if not rule.same:
            self._choose(ways, applied, told["after"], *numbers)
        elif self.data:
            self._choose(ways, lambda depth: self._capped(head, rule, f"k{point.meter}", told, depth))
        else:
            self._choose(ways, applied, told["after"], *numbers, f"k{point.meter}", kept=False)

    def _capped(self, head: RuleHead, rule: Adjust, key: str, told: Told, depth: int) -> None:
        """A cap over a scope, as data: its numbers seldom come again."""
        out, texts = self.out, self.out.const(self.texts)
        out.add(f"then = {told['after']}", depth)
        values = {
            "limit": f"{texts}[{told['limit']}]",
            "meter": f"{key} or ''",
            "period": out.const(rule.period or ""),
            "used": f"{texts}[{told['used']}]",
        }
        why = f"('capped' if then < now else 'within') + ('' if {key} else '_alone')"
        self._write(head, "applied", why, "then", values, depth)
        out.add("now = then", depth)

    # --- writing ---

    def _choose(
        self,
        ways: Sequence[tuple[str, Way]],
        last: Way | Callable[[int], None],
        after: str = "now",
        *numbers: str,
        kept: bool = True,
    ) -> None:
        """The first way whose condition holds, else the last one, which comes to ``after`` and has the numbers.

        A way that has values has them as well.
        """
        for number, (condition, way) in enumerate(ways):
            self.out.add(f"{'elif' if number else 'if'} {condition}:")
            self._step(way, *(numbers if way.values_of is not None and numbers else ()), kept=kept, depth=2)
        if ways:
            self.out.add("else:")
        depth = 2 if ways else 1
        if not isinstance(last, Way):
            last(depth)
            return
        if after != "now":
            self.out.add(f"then = {after}", depth)
            self._step(last, *numbers, kept=kept, depth=depth, after="then")
            self.out.add("now = then", depth)
        else:
            self._step(last, *numbers, kept=kept, depth=depth)

    def _step(self, way: Way, *numbers: str, kept: bool = True, depth: int = 1, after: str = "now") -> None:
        """One step, from those that were made before where it is ``kept``."""
        name = f"s{self.steps}"
        key = ", ".join(["now", after, *numbers]) if numbers or after != "now" else "now"
        if kept or key == "now":
            self.out.add(f"{name} = {self.out.const(way)}[{key}]", depth)
        else:
            self.out.add(f"{name} = {self.out.const(way.make)}({key})", depth)

    def _write(self, head: RuleHead, status: str, why: str, after: str, values: Told, depth: int) -> None:
        """One step, as data, that is not kept."""
        out, name, texts = self.out, f"s{self.steps}", self.out.const(self.texts)
        template = Way(head, status, "").make(0, 0)
        out.add(f"{name} = {out.const(template)}.copy()", depth)
        out.add(f"{name}['why'] = {why}", depth)
        if after != "now":
            out.add(f"{name}['before'] = {texts}[now]", depth)
            out.add(f"{name}['after'] = {texts}[{after}]", depth)
        out.add(f"{name}['values'] = {{{', '.join(f'{key!r}: {source}' for key, source in values.items())}}}", depth)

    def end(self) -> None:
        """The list of the steps, with that of the tax where it changed the amount."""
        out = self.out
        out.add(f"steps = [{', '.join(f's{number}' for number in range(self.steps))}]")
        out.add("if total.amount != now:")
        out.add("then = total.amount", 2)
        rule = f"{product_path(self.runner.compiled.product.id)}.tax"
        self._step(Way(self._head("tax", rule, "tax"), "applied", "taxed"), depth=2, after="then")
        out.add(f"steps.append(s{self.steps})", 2)
        out.add("if item.id:")
        out.add(f"steps = [{out.const(named)}(step, item.id) for step in steps]", 2)
        out.add("return steps")
