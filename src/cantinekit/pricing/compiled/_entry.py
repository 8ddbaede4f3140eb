"""Generated source: from an item to the integers of a program, with the keys of its scopes, and through it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from fractions import Fraction
from typing import Any

from cantinekit.clock import zone
from cantinekit.pricing._values import Order, raw
from cantinekit.pricing.compiled._inputs import MOST_COUNT, MOST_MINUTES, MOST_NUMBER, MOST_UNITS, Wanted
from cantinekit.pricing.compiled._product import Compiled
from cantinekit.pricing.compiled._scopes import Meter
from cantinekit.pricing.compiled._writer import Source
from cantinekit.pricing.engine._ask import escape, fits, whole_minutes
from cantinekit.pricing.engine._order import is_held
from cantinekit.pricing.model._load import Parts
from cantinekit.pricing.model._rules import PERIODS


def through(
    out: Source, parts: Parts, compiled: Compiled, rare: Callable[..., int | None], usable: Callable[..., Any]
) -> list[str]:
    """From the item to the results of the program."""
    _begin(out, parts, compiled)
    places = {wanted.name: f"v{number}" for number, wanted in enumerate(compiled.wanted)}
    keys = _keys(out, parts, compiled)
    sold = frozenset(name for name in parts.products if is_held(parts, name))
    for number, wanted in enumerate(compiled.wanted):
        _input(out, compiled, wanted, number, rare, parts.head.seconds, sold)
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


def _begin(out: Source, parts: Parts, compiled: Compiled) -> None:
    """What no program knows, the facts, the local day and minute."""
    product = compiled.product
    sources = {wanted.source for wanted in compiled.wanted}
    out.stop_if("item.also or item.until is not None or item.minutes is not None")
    out.add(f"facts = {out.const(raw)}(item.facts)")
    out.stop_if(f"not {out.const(frozenset(parts.facts))}.issuperset(facts)")
    read = out.const(frozenset(wanted.of for wanted in compiled.wanted if wanted.source in ("axis", "number", "size")))
    out.add(f"if not {read}.issuperset(facts):")  # a wrong value of a fact that is read stops where it is read
    out.add("for name in facts:", 2)
    known = f"{out.const(fits)}(facts[name], {out.const(dict(parts.facts))}[name], {out.const(parts.currency)})"
    out.stop_if(f"name not in {read} and not {known}", 3)
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
    out: Source, compiled: Compiled, wanted: Wanted, number: int, rare: Callable[..., Any], seconds: str,
    sold: Collection[str],
) -> None:  # fmt: skip
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
    elif source == "held":
        out.add(f"{name} = {out.const(_held)}(order, {out.const(wanted.values)}, {out.const(sold)})")
        out.stop_if(f"{name} is None")
    elif source not in ("used", "left"):
        out.add(f"{name} = {out.const(rare)}({number}, item, order, id)")
        out.stop_if(f"not {name}" if source == "size" else f"{name} is None")


def _held(order: Order, names: Sequence[str], sold: Collection[str]) -> int | None:
    """Whether one of the names is held or bought in the order; ``None`` where nobody said what is held."""
    if order.holds is not None and not order.holds.isdisjoint(names):
        return 1
    if any(item.product in names and item.product in sold for item in order.items):
        return 1
    return None if order.holds is None else 0


def _fact_size(out: Source, compiled: Compiled, name: str) -> None:
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


def _keys(out: Source, parts: Parts, compiled: Compiled) -> list[str]:
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


def _key(out: Source, parts: Parts, meter: Meter, number: int) -> None:
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
