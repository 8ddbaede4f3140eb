"""Generated source: the reasons of a quote, from the inputs of its program to one step for each declared rule."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs

from cantinekit.money import Money
from cantinekit.pricing._quote import Step, plain
from cantinekit.pricing._values import FrozenMap, Item, Lot
from cantinekit.pricing.combine import Step as Size
from cantinekit.pricing.combine import combine
from cantinekit.pricing.compiled._entry import Host
from cantinekit.pricing.compiled._inputs import axis_values
from cantinekit.pricing.compiled._points import Point, telling
from cantinekit.pricing.compiled._prices import Priced
from cantinekit.pricing.compiled._writer import Quantities, Source, Texts
from cantinekit.pricing.engine._adjust import show_rate
from cantinekit.pricing.engine._cover import lots_of, take, why_covered, why_free
from cantinekit.pricing.format._kinds import show_span
from cantinekit.pricing.kernel import RangeError, inline
from cantinekit.pricing.model._forms import Steps
from cantinekit.pricing.model._load import Parts
from cantinekit.pricing.model._rules import Adjust, Cover

Tell = Callable[..., Any]
"""``tell(order, state, inputs)``: the steps, or ``None`` where the phases have to tell."""
Values = Mapping[str, str]
"""The source of each value of a step."""


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
    out.add("id = item.id or '1'")
    out.program(body)
    results = dict(zip(told.program.outputs, body.results, strict=True))
    work = _Telling(out, host, data)
    out.add(f"x = {work.amounts}[0]")
    for point, names in zip(compiled.points, told.names, strict=True):
        work.tell(point, {key: results[name] for key, name in names.items()})
    work.end()
    return out.function("tell")  # type: ignore[no-any-return]


@attrs.define
class _Telling:
    """The source under construction. ``m`` is what the lines come to, ``x`` the same as it is shown."""

    out: Source
    host: Host
    data: bool
    steps: int = 0
    now: str = "0"

    @property
    def amounts(self) -> str:
        return self.texts if self.data else self.out.money(self.host.parts.currency)

    @property
    def texts(self) -> str:
        return self.out.texts(self.host.parts.currency)

    def tell(self, point: Point, told: Values) -> None:
        """The step of one rule, in all the ways in which it may end."""
        path = f"{self.host.parts.rules_path(self.host.compiled.product.id)}.{point.path}"
        phase, rule, id = self.host.parts.rules[self.host.compiled.product.id][path]
        head = {"phase": phase, "rule": rule, "id": id}
        getattr(self, f"_{point.kind}")(point, told, head)
        self.steps += 1

    def _held(self, point: Point, told: Values, head: dict[str, str]) -> None:
        self._step(head, "applied", "held")

    def _condition(self, point: Point, told: Values, head: dict[str, str]) -> None:
        self._step(head, "not_applicable", "condition")

    def _measured(self, point: Point, told: Values, head: dict[str, str]) -> None:
        unit = self.out.const(self.host.compiled.unit)
        self._step(head, "applied", "measured", values={**told, "unit": unit})

    def _beyond(self, point: Point, told: Values, head: dict[str, str]) -> None:
        with_rest = ("applied", "rest_at_rate")
        self._choose([(f"{told['rest']} <= 0", ("not_applicable", "all_covered"), {}), ("", with_rest, {})], head)

    def _cover(self, point: Point, told: Values, head: dict[str, str]) -> None:
        cover, out = point.rule, self.out
        taken, needed = told["taken"], told["needed"]
        values = {"unit": out.const(cover.unit), "needed": needed, "units": taken, "account": out.const(cover.label)}
        if cover.free:
            why = f"{out.const(why_free)}({needed}, {taken})"
            values["free"] = told["left"] if cover.free > 0 else "None"
        else:
            limit = told.get("limit", "None")
            notes = _notes_as_data if self.data else _notes
            out.add(f"if {told['holds']}:")
            out.add(f"notes = {out.const(notes)}({out.const(cover)}, state.lots, {taken}, item)", 2)
            left, out_limit = told["left"], {"limit": limit} if "limit" in told else {}
            why = f"{out.const(_why)}({needed}, {taken}, {left}, {limit}, notes)"
            values |= {"left": left, "lots": "notes", **out_limit}
        out.add(f"if not {told['holds']}:")
        self._step(head, "not_applicable", "condition", depth=2)
        out.add("else:")
        self._step(head, f"'applied' if {taken} else 'not_applicable'", why, values=values, depth=2, known=False)

    def _rate(self, point: Point, told: Values, head: dict[str, str]) -> None:
        priced: Priced = point.rule
        place = int(head["rule"].rpartition("[")[2][:-1])
        values = _priced(self.out, self.host.parts, priced, told, self.texts)
        ways: list[tuple[str, tuple[str, str], Values]] = []
        if self.host.compiled.may_be_covered:
            ways.append((f"{told['rest']} <= 0", ("not_applicable", "all_covered"), {}))
        if len(self.host.compiled.rates) > 1 or priced.rate.when:
            ways.append((f"{told['rate']} > {place}", ("not_applicable", "condition"), {}))
            ways.append((f"{told['rate']} < {place}", ("not_applicable", "earlier_rule"), {}))
        amount = f"{self.texts}[{told['after']}]"
        ways.append(("", ("applied", "priced"), {**values, "amount": amount}))
        self._choose(ways, head, told["after"])

    def _adjust(self, point: Point, told: Values, head: dict[str, str]) -> None:
        rule: Adjust = point.rule
        ways: list[tuple[str, tuple[str, str], Values]] = []
        if told["fits"] != "1":
            ways.append((f"not {told['fits']}", ("not_applicable", "condition"), {}))
        for number, (id, _) in enumerate(point.rivals):
            other = {"other": self.out.const(id)}
            ways.append((told[f"rival {number}"], ("not_applicable", "other_rule"), other))
        if "force" in told:
            ways.append((f"not {told['force']}", ("not_applicable", "not_in_force"), {}))
        if told["line"] != "1":
            ways.append((f"not {told['line']}", ("not_applicable", "no_lines"), {}))
        ways.append(("", ("applied", ""), {}))
        self._choose(ways, head, told["after"], lambda depth: self._applied(rule, point, told, head, depth))

    def _applied(self, rule: Adjust, point: Point, told: Values, head: dict[str, str], depth: int) -> None:
        out, after, value = self.out, told["after"], rule.lists[0][1]
        plain_whys = {"percent": "percent", "free": "free_of_charge", "round": "rounded", "add": "added"}
        if rule.kind == "at_most":
            values = {"limit": f"{self.texts}[{told['limit']}]"}
            scope = "'_item'"
            if rule.same:
                key = f"k{point.meter}"
                values |= {"used": f"{self.texts}[{told['used']}]", "meter": f"{key} or ''"}
                values["period"] = out.const(rule.period or "")
                scope = f"('' if {key} else '_alone')"
            why = f"('capped' if {after} < {self.now} else 'within') + {scope}"
            self._step(head, "applied", why, after, values, depth, known=False)
            return
        if rule.kind == "at_least":
            values = {"limit": f"{self.texts}[{told['limit']}]"}
            why = f"'raised' if {after} > {self.now} else 'above'"
            self._step(head, "'applied'", why, after, values, depth, known=False)
            return
        if rule.kind == "percent":
            values = {"percent": out.const(show_rate(value))}
        elif rule.kind == "free":
            values = {}
        elif rule.kind == "round":
            values = {"step": out.const(str(Money(value, self.host.parts.currency)))}
        else:
            values = {"add" if rule.kind == "add" else "limit": f"{self.texts}[{told['limit']}]"}
        self._step(head, "applied", plain_whys.get(rule.kind, "replaced"), after, values, depth)

    # --- writing ---

    def _choose(
        self,
        ways: Sequence[tuple[str, tuple[str, str], Values]],
        head: dict[str, str],
        after: str | None = None,
        last: Callable[[int], None] | None = None,
    ) -> None:
        """The first way whose condition holds; the last one has none, and may change the amount."""
        for number, (condition, (status, why), values) in enumerate(ways):
            final, depth = number + 1 == len(ways), 1 if len(ways) == 1 else 2
            if len(ways) > 1:
                self.out.add("else:" if final else f"{'elif' if number else 'if'} {condition}:")
            if final and last is not None:
                last(depth)
            else:
                self._step(head, status, why, after if final else None, values, depth)
        if after is not None:
            self.now = after

    def _step(
        self,
        head: Mapping[str, str],
        status: str,
        why: str,
        after: str | None = None,
        values: Values | None = None,
        depth: int = 1,
        *,
        known: bool = True,
    ) -> None:
        """One step; ``known``: status and why are words, else they are source. ``after`` is the amount behind it."""
        out, name, product = self.out, f"s{self.steps}", self.host.compiled.product.id
        sorted_values = dict(sorted((values or {}).items()))
        pairs = ", ".join(f"'{key}': {source}" for key, source in sorted_values.items())
        if after is not None:
            out.add(f"y = {self.amounts}[{after}]", depth)
        shown = "x" if after is None else "y"
        status_source = out.const(status) if known or status == "applied" else status
        why_source = out.const(why) if known else why
        if not self.data:
            made = f"{out.const(FrozenMap.wrap)}({{{pairs}}})" if pairs else out.const(_NOTHING)
            fields = {
                "item": "id", "product": out.const(product), **{key: out.const(text) for key, text in head.items()},
                "status": status_source, "why": why_source, "before": "x", "after": shown, "values": made,
            }  # fmt: skip
            out.record(name, Step, fields, depth)
        else:
            template = {
                "item": "1", "product": product, **head, "status": status if known else "applied",
                "why": why if known else "", "before": "", "after": "", "amount": Texts(self.host.parts.currency)[0],
                "values": None,
            }  # fmt: skip
            out.add(f"{name} = {out.const(template)}.copy()", depth)
            if not known:
                out.add(f"{name}['status'] = {status_source}", depth)
                out.add(f"{name}['why'] = {why_source}", depth)
            out.add(f"{name}['before'] = x", depth)
            out.add(f"{name}['after'] = {shown}", depth)
            if after is not None:
                out.add(f"{name}['amount'] = {self.texts}[{after} - {self.now}]", depth)
            out.add(f"{name}['values'] = {{{pairs}}}", depth)
        if after is not None:
            out.add("x = y", depth)

    def end(self) -> None:
        """The list of the steps, with that of the tax where it changed the amount."""
        out = self.out
        product = self.host.compiled.product.id
        out.add(f"steps = [{', '.join(f's{number}' for number in range(self.steps))}]")
        out.add(f"if total.amount != {self.now}:")
        head = {"phase": "tax", "rule": f"{self.host.parts.rules_path(product)}.tax", "id": "tax"}
        self._step(head, "applied", "taxed", "total.amount", depth=2)
        out.add(f"steps.append(s{self.steps})", 2)
        if self.data:
            out.add("if id != '1':")
            out.add("for step in steps:", 2)
            out.add("step['item'] = id", 3)
        out.add("return steps")


_NOTHING: FrozenMap[Any] = FrozenMap()


def _priced(out: Source, parts: Parts, priced: Priced, told: Values, texts: str) -> dict[str, str]:
    """What is said of a price: the quantity, the printed price, its cell and since when the list is in force."""
    rate = priced.rate
    values = {"unit": out.const(priced.unit)}
    values["quantity"] = told["quantity"]
    if priced.scale != 1:
        values["quantity"] = f"{out.const(Quantities(priced.scale, shown=True))}[{told['quantity']}]"
    printed = told["printed"]
    values["printed"] = f"({texts}[{printed}] if {printed} >= 0 else '')" if priced.prints else "''"
    never = rate.lists[0][0] is not None
    days = [day.isoformat() if day else "" for day, _ in rate.lists]
    if any(days):
        values["since"] = f"{out.const(tuple([''] * never + days))}[{told['place']}]"
    axes = [name for name in told if name.startswith("axis ")]
    if axes:
        values["cell"] = f"{out.const(', ')}.join(({', '.join(_axis(out, parts, name, told) for name in axes)},))"
    form = rate.lists[0][1]
    if isinstance(form, Steps):
        values["steps"] = f"{out.const(_used)}({out.const(form)}, {told['size']}, {told['stays']})"
        values["combination"] = out.const(form.combination)
    return values


def _axis(out: Source, parts: Parts, name: str, told: Values) -> str:
    return f"{out.const(axis_values(parts, name.removeprefix('axis ')))}[{told[name]}]"


def _used(form: Steps, size: int, stays: int) -> str:
    """The sizes that were put together."""
    found = combine([Size(row.size[0], row.price or 0) for row in form.rows], size, form.combination)  # type: ignore[arg-type]
    assert found is not None
    timed = form.rows[0].size[1]
    used = [show_span(step.size) if timed else str(step.size) for step in found.steps] * stays
    return "+".join(used[:50])


def _notes(cover: Cover, lots: tuple[Lot, ...], taken: int, item: Item) -> tuple[FrozenMap[Any], ...]:
    """What became of each lot of the account."""
    moment = None if item.period is None else item.period.start
    return tuple(take(cover, lots_of(cover, lots), taken, moment, "")[1])


def _notes_as_data(cover: Cover, lots: tuple[Lot, ...], taken: int, item: Item) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = plain(_notes(cover, lots, taken, item))
    return found


def _why(needed: int, taken: int, left: int, limit: int | None, notes: Sequence[Any]) -> str:
    return why_covered(needed, taken, left, limit, any_lot=bool(notes))
