"""Generated source: from the integers of a program to a line, or to the whole quote."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from cantinekit.clock import zone
from cantinekit.pricing._quote import NO_UNITS, SEMANTICS, Granted, Line, Quote
from cantinekit.pricing.compiled._product import Compiled
from cantinekit.pricing.compiled._scopes import spend
from cantinekit.pricing.compiled._writer import Cents, Quantities, Source
from cantinekit.pricing.model._load import Parts
from cantinekit.pricing.model._product_parts import Grant


def end(out: Source, parts: Parts, compiled: Compiled, results: list[str]) -> None:
    """The line, the moves of meters and the units that are spent."""
    at, meters = 5, len(compiled.meters)
    out.add("moves = []" if meters else "moves = ()")
    for number in range(meters):
        out.add(f"if {results[at + number]}:")
        out.add(f"moves.append((k{number}, n{number}, {results[at + meters + number]}))", 2)
    at += 2 * meters
    spends = ", ".join(f"(l{number}, {results[at + number]})" for number in range(len(compiled.spends)))
    out.add(f"spends = ({spends}{',' if spends else ''})")
    out.add("if r3 < 0:")
    out.add("return None, moves, spends", 2)
    cents = out.const(Cents(parts.head.currency))
    for number, _ in enumerate(compiled.rates):
        out.add(f"if r1 == {number}:" if number + 1 < len(compiled.rates) else "if True:")
        _line(out, parts, compiled, number, cents)
        out.add("return line, moves, spends", 2)


def _line(out: Source, parts: Parts, compiled: Compiled, number: int, cents: str) -> None:
    """The line of a rate, and its ``total`` and ``net``."""
    priced, product = compiled.rates[number], compiled.product
    rate = priced.rate
    tax, basis = rate.tax or product.tax, rate.prices or product.prices or "incl"
    net = _tax(out, parts, tax, basis, cents)
    quantity = "r3"
    if priced.scale != 1:
        out.add(f"q = {out.const(Quantities(priced.scale))}[r3]", 2)
        quantity = "q"
    price = f"{cents}[r4] if r4 >= 0 else None" if priced.prints else "None"
    texts = [out.const(value) for value in (product.id, rate.name or product.name, priced.unit, tax)]
    tags = out.const((*product.tags, *rate.tags))
    out.add(f"net = {net}", 2)
    out.add(f"total = {cents}[r2]", 2)
    fields = {
        "item": "id", "product": texts[0], "text": texts[1], "quantity": quantity, "unit": texts[2],
        "unit_price": price, "amount": "total", "tax_class": texts[3], "kind": "'revenue'", "tags": tags, "net": "net",
        "basis": "'incl'",
    }  # fmt: skip
    _record(out, "line", Line, fields)


MORE = object()
"""The answer of ``quick`` where several meters move."""


def whole(out: Source, parts: Parts, version: str, compiled: Compiled, results: list[str], slow: Any) -> None:
    """The quote itself, in one go."""
    at, meters = 5, len(compiled.meters)
    more, none = out.const(MORE), out.const(())
    out.add(f"moved = {none}")
    out.add("after = state")
    out.add(f"uses = {none}")
    for number, spent in enumerate(compiled.spends):
        units = results[at + 2 * meters + number]
        out.add(f"if {units}:")
        out.add(f"used, lots = {out.const(spend)}(lots, l{number}, {out.const(spent.cover)}, {units}, id)", 2)
        out.add("uses += used", 2)
    if compiled.spends:
        out.add("if uses:")
        out.add("after = state.with_lots(lots)", 2)
    for number in range(meters):
        out.add(f"if {results[at + number]} and k{number}:")
        out.add(f"if moved: return {more}", 2)
        out.add(f"moved = ((k{number}, {results[at + meters + number]}),)", 2)
        out.add(f"after = state.counted(k{number}, {results[at + meters + number]}, lots)", 2)
    cents = out.const(Cents(parts.head.currency))
    grants = none
    if compiled.product.grant:
        out.add(f"grants = {out.const(_granted)}({out.const(compiled.product.grant)}, item.count)")
        grants = "grants"
    again = f"{out.const(partial)}({out.const(slow)}, {out.const(parts)}, {out.const(version)}, order, state)"
    out.add("if r3 < 0:")
    out.add(f"total = {cents}[0]", 2)
    _quote(out, parts, version, none, "total", grants, again)
    for number, _ in enumerate(compiled.rates):
        out.add(f"if r1 == {number}:" if number + 1 < len(compiled.rates) else "if True:")
        _line(out, parts, compiled, number, cents)
        _quote(out, parts, version, "(line,)", "net", grants, again)


def _record(out: Source, name: str, cls: type, fields: Mapping[str, str]) -> None:
    """An object of a frozen class from fields that are known to be right, made without its ``__init__``."""
    out.add(f"{name} = {out.const(object.__new__)}({out.const(cls)})", 2)
    pairs = ", ".join(f"{field!r}: {source}" for field, source in fields.items())
    out.add(f"{out.const(object.__setattr__)}({name}, '__dict__', {{{pairs}}})", 2)


def _quote(out: Source, parts: Parts, version: str, lines: str, net: str, grants: str, again: str) -> None:
    """A quote without refusals; its reasons are made by the phases once they are asked for."""
    none = out.const(())
    known = {
        "total": "total", "lines": lines if lines == "(line,)" else none, "uses": "uses", "meters": "moved",
        "state": "after", "tariff_id": out.const(parts.head.id), "tariff_version": out.const(version),
        "semantics": str(SEMANTICS), "refusals": none, "_trace": none, "_documents": none, "_net": net,
        "gross": "total", "due_now": "total", "in_units": out.const(NO_UNITS), "grants": grants, "pending": none,
        "_again": again, "_full": "None",
    }  # fmt: skip
    _record(out, "quote", Quote, known)
    out.add("return quote", 2)


def _granted(grants: tuple[Grant, ...], count: int) -> tuple[Granted, ...]:
    return tuple(granted(grant, count) for grant in grants)


def granted(grant: Grant, count: int) -> Granted:
    """What so many of a product give."""
    amount = grant.units if grant.value is None else grant.value
    units = None if amount is None else amount * count
    return Granted(grant.account, units, grant.unit, grant.renews, grant.rollover)


def _tax(out: Source, parts: Parts, tax: str, basis: str, cents: str) -> str:
    """What is due of a line that stands alone; the source of its net amount."""
    found = parts.taxes.get(tax)
    if tax == "unknown":
        if basis == "excl":
            out.add("return None", 2)
        return "None"
    if found is None or found.tax_class.kind == "not subject":
        return f"{cents}[r2]"
    cls, mode = found.tax_class, parts.head.rounding
    if cls.kind != "standard" or found.reverse or mode != "half_up":
        out.add("return None", 2)
        return "None"
    out.add("if day is None:", 2)
    out.stop_if("order.as_of is None", 3)
    out.add(f"day = order.as_of.astimezone({out.const(zone(parts.head.zone))}).date()", 3)
    out.add("o = day.toordinal()", 2)
    for row, (since, rate) in enumerate(reversed(cls.rates)):
        first = since.toordinal() if since else 0
        out.add(f"{'if' if not row else 'elif'} o >= {first}:", 2)
        p, q = rate.numerator, rate.denominator
        if not p:
            out.add("return None", 3)
        elif basis == "excl":
            out.add("net = r2", 3)
            out.add(f"r2 += (2 * r2 * {p} + {q}) // {2 * q}", 3)
        else:
            out.add(f"net = (2 * r2 * {q} + {p + q}) // {2 * (p + q)}", 3)
            out.add(f"if net + (2 * net * {p} + {q}) // {2 * q} != r2:", 3)
            for other in ("net - 1", "net + 1"):
                word = "if" if other == "net - 1" else "elif"
                out.add(f"{word} {other} + (2 * ({other}) * {p} + {q}) // {2 * q} == r2:", 4)
                out.add(f"net = {other}", 5)
            if parts.head.unreachable != "residual":
                out.add("else:", 4)
                out.add("return None", 5)
    out.add("else:", 2)
    out.add("return None", 3)
    return f"{cents}[net]"
