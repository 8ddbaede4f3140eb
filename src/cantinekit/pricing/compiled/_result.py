"""Generated source: from the integers of a program to the quote."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cantinekit.pricing.compiled._retold import Retold
from cantinekit.pricing.compiled._scopes import spend
from cantinekit.pricing.compiled._writer import ProgramSource, Quantities
from cantinekit.pricing.engine.grants import grants_of
from cantinekit.pricing.quote import NO_UNITS, SEMANTICS, Line, Quote
from cantinekit.pricing.values import FrozenMap, State

if TYPE_CHECKING:
    from cantinekit.pricing.compiled._quote import Runner


def _lines(out: ProgramSource, runner: Runner, results: list[str]) -> None:
    """The ``line`` of the rate that was taken, ``None`` where all is covered; before it ``total`` and ``net``."""
    gross, net, sure = results[-3:]
    cents = out.money(runner.parts.currency)
    out.stop_if(f"not {sure}")
    out.add(f"total = {cents}[{gross}]")
    out.add(f"net = {cents}[{net}] if {net} >= 0 else None")
    cases: list[tuple[str, int | None]] = [(f"{results[3]} < 0", None)] if runner.compiled.may_be_covered else []
    rates = range(len(runner.compiled.rates))
    cases += [(f"{results[1]} == {number}", number) for number in rates[:-1]]
    for place, (condition, number) in enumerate([*cases, ("", rates[-1])]):
        if cases:
            out.add("else:" if not condition else f"{'elif' if place else 'if'} {condition}:")
        if number is not None:
            _line(out, runner, number, results, 2 if cases else 1)
        else:
            out.add("line = None", 2)


def _line(out: ProgramSource, runner: Runner, number: int, results: list[str], depth: int) -> None:
    """The line of a rate."""
    compiled, cents = runner.compiled, out.money(runner.parts.currency)
    priced, product = compiled.rates[number], compiled.product
    rate = priced.rate
    quantity = results[3] if priced.scale == 1 else f"{out.const(Quantities(priced.scale))}[{results[3]}]"
    price = f"{cents}[{results[4]}] if {results[4]} >= 0 else None" if priced.prints else "None"
    fields = {
        "item": "id", "product": out.const(product.id), "text": out.const(rate.name or product.name),
        "quantity": quantity, "unit": out.const(priced.unit), "unit_price": price, "amount": "total",
        "tax_class": out.const(rate.tax or product.tax), "kind": "'revenue'",
        "tags": out.const((*product.tags, *rate.tags)), "net": "net", "basis": "'incl'",
    }  # fmt: skip
    out.record("line", Line, fields, depth)


def whole(out: ProgramSource, runner: Runner, results: list[str]) -> None:
    """The quote itself, in one go."""
    compiled = runner.compiled
    at, meters, none = 5, len(compiled.meters), out.const(())
    out.add(f"moved = uses = {none}")
    for number, spent in enumerate(compiled.spends):
        units = results[at + 2 * meters + number]
        out.add(f"if {units}:")
        out.add(f"used, lots = {out.const(spend)}(lots, l{number}, {out.const(spent.cover)}, {units}, id)", 2)
        out.add("uses += used", 2)
    for number in range(meters):
        out.add(f"if {results[at + number]} and k{number}:")
        _move(out, number, results[at + meters + number])
    _after(out, runner)
    grants = none
    if compiled.product.grant:
        out.add(f"grants = {out.const(grants_of)}({out.const(compiled.product.grant)}, item.count, id)")
        grants = "grants"
    _lines(out, runner, results)
    _quote(out, runner, f"(line,) if line is not None else {none}" if compiled.may_be_covered else "(line,)", grants)


def _move(out: ProgramSource, number: int, moved: str) -> None:
    """A meter moves: ``counts`` are the meters afterwards, in the order of their keys."""
    key = f"k{number}"
    if number:
        out.stop_if(f"{key} in [one for one, _ in moved]", 2)
    out.add("if not moved:", 2)
    out.add("counts = meters.copy()", 3)
    out.add(f"moved += (({key}, {moved}),)", 2)
    out.add(f"if {key} in counts:", 2)
    out.add(f"counts[{key}] += {moved}", 3)
    out.add("else:", 2)
    out.add(f"counts[{key}] = {moved}", 3)
    out.add("if len(counts) > 1:", 3)
    out.add(f"counts = {out.const(in_order)}(counts)", 4)


def _after(out: ProgramSource, runner: Runner) -> None:
    """The state ``after`` the quote."""
    cases = [("moved", "counted")] if runner.compiled.meters else []
    cases += [("uses", "state.meters")] if runner.compiled.spends else []
    for number, (condition, counted) in enumerate(cases):
        out.add(f"{'elif' if number else 'if'} {condition}:")
        if condition == "moved":
            out.add(f"counted = {out.const(object.__new__)}({out.const(FrozenMap)})", 2)
            out.add("counted.plain = counts", 2)
        out.record("after", State, {"meters": counted, "lots": "lots", "earlier": "state.earlier"}, 2)
    if cases:
        out.add("else:")
    out.add("after = state", 2 if cases else 1)


def in_order(counts: dict[str, int]) -> dict[str, int]:
    """The meters in the order of their keys."""
    return dict(sorted(counts.items()))


def _quote(out: ProgramSource, runner: Runner, lines: str, grants: str) -> None:
    """A quote without refusals; its reasons are told once they are asked for."""
    none, head = out.const(()), runner.parts.head
    inputs = "".join(f"a{number}, " for number in range(len(runner.compiled.wanted)))
    keys = "".join(f"k{number}, " for number in range(len(runner.compiled.meters)))
    reasons = f"{out.const(Retold)}(({out.const(runner)}, order, state, ({inputs}{keys}total)))"
    known = {
        "total": "total", "lines": lines, "uses": "uses", "meters": "moved", "state": "after",
        "tariff_id": out.const(head.id), "tariff_version": out.const(runner.programs.version),
        "semantics": str(SEMANTICS), "refusals": none, "net": "net", "gross": "total", "due_now": "total",
        "in_units": out.const(NO_UNITS), "grants": grants, "pending": none, "reasons": reasons,
    }  # fmt: skip
    out.record("quote", Quote, known)
    out.add("return quote")
