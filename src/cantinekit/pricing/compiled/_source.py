"""The door of a program as generated Python: from an item to integers, and from integers to a line.

Only integers and names that are made here stand in the source; every text of a tariff is a constant beside it.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import partial
from typing import Any

import attrs

from cantinekit.clock import zone
from cantinekit.money import Money
from cantinekit.pricing._quote import Granted, quick_line, quick_quote_of
from cantinekit.pricing._values import Order, State, raw
from cantinekit.pricing.compiled._inputs import MOST_COUNT, MOST_MINUTES, MOST_NUMBER, MOST_UNITS, Wanted
from cantinekit.pricing.compiled._product import Compiled, Meter
from cantinekit.pricing.engine._ask import escape, whole_minutes
from cantinekit.pricing.format._kinds import show_number
from cantinekit.pricing.model._load import Parts
from cantinekit.pricing.model._product import Grant
from cantinekit.pricing.model._rules import PERIODS

Door = Callable[..., Any]
"""``door(id, item, order, meters, alone, lots)``: the line or ``None``, the moves, and the units that are spent.

It gives ``None`` in all where the phases have to answer.
"""

MOST_MONEY = 4096


class Cents(dict[int, Money]):
    """Amounts that were made before."""

    def __init__(self, currency: str) -> None:
        super().__init__()
        self.currency = currency

    def __missing__(self, minor: int) -> Money:
        if len(self) > MOST_MONEY:
            self.clear()
        self[minor] = found = Money(minor, self.currency)
        return found


@attrs.define
class _Source:
    """Lines of source, and the constants that they name."""

    rows: list[str] = attrs.field(factory=list)
    names: dict[str, Any] = attrs.field(factory=dict)

    def add(self, row: str, depth: int = 1) -> None:
        self.rows.append("    " * depth + row)

    def const(self, value: Any) -> str:
        name = f"c{len(self.names)}"
        self.names[name] = value
        return name

    def function(self, name: str) -> Any:
        """The function that the source defines; of the builtins it sees only what it is given here."""
        names = {"__builtins__": {}, "type": type, "int": int, "len": len, **self.names}
        exec(compile("\n".join(self.rows), "<door>", "exec"), names)  # noqa: S102 (integers and names made here)
        return names[name]

    def stop_if(self, condition: str, depth: int = 1) -> None:
        self.add(f"if {condition}:", depth)
        self.add("return None", depth + 1)


def make_door(parts: Parts, compiled: Compiled, rare: Callable[..., int | None], usable: Callable[..., Any]) -> Door:
    """The door of a compiled product.

    ``rare(place, item, order, id)`` gives an input that is seldom wanted, or ``None``; ``usable(place, lots, item)`` the
    lots of an account in their order.
    """
    out = _Source()
    out.rows.append("def door(id, item, order, meters, alone, lots):")
    results = _through(out, parts, compiled, rare, usable)
    _end(out, parts, compiled, results)
    return out.function("door")


def make_quick(
    parts: Parts, version: str, compiled: Compiled, rare: Callable[..., int | None], usable: Callable[..., Any], slow: Any
) -> Callable[[Order, State], Any]:
    """``quick(order, state)``: the whole quote of an order of one item.

    It gives ``None`` where the phases have to answer, and ``MORE`` where the door has to: units are spent.
    """
    out = _Source()
    out.rows.append("def quick(order, state):")
    out.add("item = order.items[0]")
    out.add("id = item.id or '1'")
    out.add(f"meters = {out.const(raw)}(state.meters)")
    out.add("alone = meters")
    out.add("lots = state.lots")
    results = _through(out, parts, compiled, rare, usable)
    _whole(out, parts, version, compiled, results, slow)
    return out.function("quick")  # type: ignore[no-any-return]


def _through(
    out: _Source, parts: Parts, compiled: Compiled, rare: Callable[..., int | None], usable: Callable[..., Any]
) -> list[str]:
    """From the item to the results of the program."""
    _begin(out, parts, compiled)
    places = {wanted.name: f"v{number}" for number, wanted in enumerate(compiled.wanted)}
    keys = _keys(out, parts, compiled)
    for number, wanted in enumerate(compiled.wanted):
        _input(out, compiled, wanted, number, rare, parts.head.seconds)
    inputs: set[str] = set()
    for number, meter in enumerate(compiled.meters):
        if meter.input in inputs:
            continue
        inputs.add(meter.input)
        used = f"(meters.get({keys[number]}, 0) if {keys[number]} else alone.get(n{number}, 0))"
        out.add(f"{places[meter.input]} = {used}")
        out.stop_if(f"{places[meter.input]} > {MOST_UNITS}")
    for number, spent in enumerate(compiled.spends):
        out.add(f"l{number} = ()")
        out.add(f"{places[spent.input]} = 0")
        out.add("if lots:")
        out.add(f"l{number} = {out.const(usable)}({number}, lots, item)", 2)
        out.stop_if(f"l{number} is None", 2)
        out.add(f"for lot in l{number}:", 2)
        out.add(f"{places[spent.input]} += lot.left", 3)
        out.stop_if(f"{places[spent.input]} > {MOST_UNITS}", 2)
    results = [f"r{number}" for number in range(len(compiled.outputs))]
    call = ", ".join(places[wanted.name] for wanted in compiled.wanted)
    out.add(f"{', '.join(results)}, = {out.const(compiled.kernel)}({call})")
    out.stop_if("not r0")
    return results


def _begin(out: _Source, parts: Parts, compiled: Compiled) -> None:
    """What no program knows, the facts, the local day and minute."""
    product = compiled.product
    sources = {wanted.source for wanted in compiled.wanted}
    out.stop_if("item.also or item.until is not None")
    out.add(f"facts = {out.const(raw)}(item.facts)")
    out.stop_if(f"not {out.const(frozenset(parts.facts))}.issuperset(facts)")
    for name in product.asks:
        out.stop_if(f"{out.const(name)} not in facts")
    for need in product.needs:
        name = out.const(need.product)
        out.stop_if(f"{name} not in (order.holds or ())")
    out.add("period = item.period")
    out.add("day = item.day")
    pieces = any(priced.pieces for priced in compiled.rates)
    if product.timed or sources & {"minutes", "minute"}:
        out.stop_if("period is None")
    out.add("if period is not None:")
    if pieces:
        out.add("return None", 2)
    else:
        out.add(f"start = period.start.astimezone({out.const(zone(parts.head.zone))})", 2)
        out.stop_if("day is not None and day != start.date()", 2)
        out.add("day = start.date()", 2)


def _input(
    out: _Source, compiled: Compiled, wanted: Wanted, number: int, rare: Callable[..., Any], seconds: str
) -> None:
    source, name = wanted.source, f"v{number}"
    if source == "axis":
        table = {value: place for place, value in enumerate(wanted.values)}
        out.add(f"{name} = {out.const(table)}[facts[{out.const(wanted.of)}]]")
    elif source == "count":
        out.add(f"{name} = item.count")
        out.stop_if(f"{name} > {MOST_COUNT}")
    elif source == "day":
        out.stop_if("day is None")
        out.add(f"{name} = day.toordinal()")
    elif source == "minute":
        out.add(f"{name} = start.hour * 60 + start.minute")
    elif source == "minutes":
        out.add(f"{name} = {out.const(whole_minutes)}(period, {out.const(seconds)})")
        out.stop_if(f"{name} > {MOST_MINUTES}")
    elif source == "number":
        out.add(f"{name} = facts[{out.const(wanted.of)}]")
        out.stop_if(f"type({name}) is not int or {name} > {MOST_NUMBER}")
    elif source == "size" and compiled.product.measure is not None and compiled.product.measure.fact:
        _fact_size(out, compiled, name)
    elif source == "code":
        codes = out.const(frozenset(wanted.values))
        out.add(f"{name} = 0 if {codes}.isdisjoint(order.codes) else 1")
    elif source not in ("used", "left"):
        out.add(f"{name} = {out.const(rare)}({number}, item, order, id)")
        out.stop_if(f"{name} is None")


def _fact_size(out: _Source, compiled: Compiled, name: str) -> None:
    """A whole number of the smallest units; a part of one is a matter of the phases."""
    rule = compiled.product.measure
    assert rule is not None
    smallest = rule.smallest or Fraction(1)
    out.add(f"{name} = facts[{out.const(rule.fact)}]")
    out.stop_if(f"type({name}) is not int or {name} > {MOST_NUMBER}")
    if smallest.denominator != 1:
        out.add(f"{name} *= {smallest.denominator}")
    if smallest.numerator != 1:
        out.stop_if(f"{name} % {smallest.numerator}")
        out.add(f"{name} //= {smallest.numerator}")
    if rule.every:
        out.add(f"{name} = -(-{name} // {rule.every[0]})")
    out.stop_if(f"not 0 < {name} <= {MOST_COUNT}")


# --- scopes ----------------------------------------------------------------------------------------------------------


def _keys(out: _Source, parts: Parts, compiled: Compiled) -> list[str]:
    """The key of each meter, and its name within the order where the customer is not known."""
    if compiled.meters:
        out.add("who = order.customer")
        out.add("if who is not None and not who.isalnum():")
        out.add(f"who = {out.const(escape)}(who)", 2)
    scopes: dict[tuple[str, str, str, tuple[str, ...]], str] = {}
    found = []
    for number, meter in enumerate(compiled.meters):
        same = (meter.kind, meter.owner, meter.rule, meter.same)
        if same in scopes:
            out.add(f"k{number}, n{number} = k{scopes[same]}, n{scopes[same]}")
        else:
            _key(out, parts, meter, number)
            scopes[same] = str(number)
        found.append(f"k{number}")
    return found


def _key(out: _Source, parts: Parts, meter: Meter, number: int) -> None:
    tail = []
    for name in meter.same:
        if name == "person":
            continue
        if name in PERIODS:
            out.stop_if("day is None")
            tail.append(f"'/{name}=' + " + _PERIOD[name])
        else:
            declared = parts.facts.get(name)
            label = out.const(f"/{name}=")
            if isinstance(declared, tuple) and type(declared) is tuple:
                table = {value: escape(value) for value in declared}
                tail.append(f"{label} + {out.const(table)}[facts[{out.const(name)}]]")
            else:
                text = out.const(_text)
                tail.append(f"{label} + {text}(facts[{out.const(name)}])")
    head = "/".join([meter.kind, parts.head.id, escape(meter.owner), escape(meter.rule)])
    scope = " + ".join(tail) or "''"
    out.add(f"s = {scope}")
    short = out.const(f"{meter.owner}/{meter.rule}")
    if "person" in meter.same:
        out.add(f"k{number} = None if who is None else {out.const(head + '/person=')} + who + s")
    else:
        out.add(f"k{number} = {out.const(head)} + s")
    out.add(f"n{number} = None if k{number} else {short} + s")


_PERIOD = {
    "day": "day.isoformat()",
    "month": "day.isoformat()[:7]",
    "year": "day.isoformat()[:4]",
    "week": "'%04d-W%02d' % day.isocalendar()[:2]",
}


def _text(value: Any) -> str:
    return escape("+".join(value) if isinstance(value, tuple) else str(value))


# --- the line --------------------------------------------------------------------------------------------------------


def _end(out: _Source, parts: Parts, compiled: Compiled, results: list[str]) -> None:
    at, meters = 5, len(compiled.meters)
    out.add("moves = []" if meters else "moves = ()")
    for number in range(meters):
        out.add(f"if {results[at + number]}:")
        out.add(f"moves.append((k{number}, n{number}, {results[at + meters + number]}))", 2)
    at += 2 * meters
    spends = ", ".join(f"(l{number}, {results[at + number]})" for number in range(len(compiled.spends)))
    out.add(f"spends = ({spends}{',' if spends else ''})")
    out.add("if not r3:")
    out.add("return None, moves, spends", 2)
    cents = out.const(Cents(parts.head.currency))
    line = out.const(quick_line)
    for number, _ in enumerate(compiled.rates):
        out.add(f"if r1 == {number}:" if number + 1 < len(compiled.rates) else "if True:")
        _line(out, parts, compiled, number, cents, line)


def _line(out: _Source, parts: Parts, compiled: Compiled, number: int, cents: str, line: str) -> None:
    fields = _fields(out, parts, compiled, number, cents)
    out.add(f"return {line}({', '.join(fields)}), moves, spends", 2)


def _fields(out: _Source, parts: Parts, compiled: Compiled, number: int, cents: str) -> list[str]:
    """The source of the fields of a line: those of ``quick_line``, in its order."""
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
    return ["id", texts[0], texts[1], quantity, texts[2], price, f"{cents}[r2]", texts[3], tags, net]


MORE = object()
"""The answer of ``quick`` where units are spent, or several meters move."""


def _whole(out: _Source, parts: Parts, version: str, compiled: Compiled, results: list[str], slow: Any) -> None:
    """The quote itself, in one go."""
    at, meters = 5, len(compiled.meters)
    more, none = out.const(MORE), out.const(())
    out.add(f"moved = {none}")
    out.add("after = state")
    for number in range(len(compiled.spends)):
        out.add(f"if {results[at + 2 * meters + number]}:")
        out.add(f"return {more}", 2)
    for number in range(meters):
        out.add(f"if {results[at + number]} and k{number}:")
        out.add(f"if moved: return {more}", 2)
        out.add(f"moved = ((k{number}, {results[at + meters + number]}),)", 2)
        out.add(f"after = state.counted(k{number}, {results[at + meters + number]})", 2)
    cents = out.const(Cents(parts.head.currency))
    grants = none
    if compiled.product.grant:
        out.add(f"grants = {out.const(_granted)}({out.const(compiled.product.grant)}, item.count)")
        grants = "grants"
    again = f"{out.const(partial)}({out.const(slow)}, {out.const(parts)}, {out.const(version)}, order, state)"
    tail = f"{out.const(parts.head.id)}, {out.const(version)}"
    make = out.const(quick_quote_of)
    out.add("if not r3:")
    out.add(f"return {make}({cents}[0], {none}, {none}, moved, after, {tail}, {cents}[0], {grants}, {again})", 2)
    line = out.const(quick_line)
    for number, _ in enumerate(compiled.rates):
        out.add(f"if r1 == {number}:" if number + 1 < len(compiled.rates) else "if True:")
        fields = _fields(out, parts, compiled, number, cents)
        out.add(f"net = {fields[-1]}", 2)
        out.add("total = " + fields[6], 2)
        fields[6], fields[-1] = "total", "net"
        out.add(f"line = {line}({', '.join(fields)})", 2)
        out.add(f"return {make}(total, (line,), {none}, moved, after, {tail}, net, {grants}, {again})", 2)


def _granted(grants: tuple[Grant, ...], count: int) -> tuple[Granted, ...]:
    return tuple(granted(grant, count) for grant in grants)


def granted(grant: Grant, count: int) -> Granted:
    """What so many of a product give."""
    amount = grant.units if grant.value is None else grant.value
    units = None if amount is None else amount * count
    return Granted(grant.account, units, grant.unit, grant.renews, grant.rollover)


class Quantities(dict[int, Any]):
    """Quantities by size, where a size is a part of a unit."""

    def __init__(self, scale: Fraction) -> None:
        super().__init__()
        self.scale = scale

    def __missing__(self, size: int) -> Any:
        if len(self) > MOST_MONEY:
            self.clear()
        self[size] = found = show_number(size * self.scale)
        return found


def _tax(out: _Source, parts: Parts, tax: str, basis: str, cents: str) -> str:
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
