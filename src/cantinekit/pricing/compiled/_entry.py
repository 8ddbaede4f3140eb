"""Generated source: from an item to the integers of a program, with the keys of its scopes, and through it."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from cantinekit.clock import zone
from cantinekit.pricing.compiled._inputs import MOST_COUNT, MOST_MINUTES, MOST_NUMBER, MOST_UNITS, ProgramInput
from cantinekit.pricing.compiled._product import Compiled
from cantinekit.pricing.compiled._scopes import ScopeMeter
from cantinekit.pricing.compiled._writer import Offsets, PeriodKeys, ProgramSource
from cantinekit.pricing.engine.facts import escape, fact_key, fits, whole_minutes
from cantinekit.pricing.kernel import inline
from cantinekit.pricing.model.load import Parts
from cantinekit.pricing.model.rules import PERIODS

if TYPE_CHECKING:
    from cantinekit.pricing.compiled._quote import Runner


def through(out: ProgramSource, runner: Runner) -> list[str]:
    """From the item to the results of the program; the inputs are ``a0`` and so on, in the order of the program.

    There is no other item, so that a scope of nobody has counted nothing.
    """
    parts, compiled = runner.parts, runner.compiled
    body = inline(runner.plan)
    _begin(out, parts, compiled, runner.programs.codes)
    places = dict(zip(compiled.program.arguments, body.arguments, strict=False))
    if len(body.arguments) > len(places):
        _tax_day(out, body.arguments[-1], parts.head.zone)
    keys = _keys(out, parts, compiled)
    for number, wanted in enumerate(compiled.wanted):
        _input(out, compiled, wanted, number, runner.rare, parts.head.seconds)
    inputs: set[str] = set()
    for number, meter in enumerate(compiled.meters):
        if meter.input not in inputs:
            inputs.add(meter.input)
            used = places[meter.input]
            out.add(f"{used} = meters.get({keys[number]}, 0) if {keys[number]} else 0")
            out.stop_if(f"{used} > {MOST_UNITS}")
    for number, spent in enumerate(compiled.spends):
        _lots(out, number, places[spent.input], spent.cover.account, runner.usable)
    out.program(body)
    out.stop_if(f"not {body.results[0]}")
    return list(body.results)


def _tax_day(out: ProgramSource, name: str, zone_name: str) -> None:
    """The day that picks the rate of tax: that of use, else that of the purchase."""
    out.add(f"{name} = day")
    out.add("if day is None:")
    out.stop_if("order.as_of is None", 2)
    out.add(f"{name} = order.as_of.astimezone({out.const(zone(zone_name))}).toordinal()", 2)


def _lots(out: ProgramSource, number: int, left: str, account: str, usable: Callable[..., Any]) -> None:
    """The lots that may be used, and how much they have."""
    out.add(f"l{number} = ()")
    out.add(f"{left} = 0")
    out.add("if lots:")
    out.add("lot = lots[0]", 2)
    out.add("if len(lots) == 1 and lot.expires is None:", 2)
    out.add(f"if lot.account == {out.const(account)} and lot.left:", 3)
    out.add(f"l{number} = lots", 4)
    out.add(f"{left} = lot.left", 4)
    out.add("else:", 2)
    out.add(f"l{number} = {out.const(usable)}({number}, lots, item)", 3)
    out.stop_if(f"l{number} is None", 3)
    out.add(f"for lot in l{number}:", 3)
    out.add(f"{left} += lot.left", 4)
    out.stop_if(f"{left} > {MOST_UNITS}", 2)


def _read(parts: Parts, compiled: Compiled) -> frozenset[str]:
    """The facts that are looked up whatever the question is, so that a missing or a wrong one is noticed there."""
    product = compiled.product
    found = {wanted.of for wanted in compiled.wanted if wanted.source in ("axis", "number")}
    if any(wanted.source == "size" for wanted in compiled.wanted) and product.measure and product.measure.fact:
        found.add(product.measure.fact)
    return frozenset(found & parts.facts.keys())


_LOCAL = (
    "start = period.start",
    "today = start.toordinal()",
    "minute = {offsets}[today]",
    "if minute is not None:",
    "    minute += start.hour * 60 + start.minute",
    "    if minute >= 1440:",
    "        minute -= 1440",
    "        today += 1",
    "    elif minute < 0:",
    "        minute += 1440",
    "        today -= 1",
    "else:",
    "    start = start.astimezone({zone})",
    "    today = start.toordinal()",
    "    minute = start.hour * 60 + start.minute",
)
"""From the beginning in UTC to the local day and minute, by the clocks of that day where they do not change."""


def _begin(out: ProgramSource, parts: Parts, compiled: Compiled, codes: frozenset[str]) -> None:
    """What no program knows, the facts, the codes, the local day (its ordinal) and minute."""
    product = compiled.product
    out.stop_if("item.also or item.until is not None or item.minutes is not None or item.sold is not None")
    out.add("facts = item.facts.plain")
    read = _read(parts, compiled)
    out.add(f"if len(facts) != {len(read)}:")
    out.stop_if(f"not {out.const(frozenset(parts.facts))}.issuperset(facts)", 2)
    out.add("for name in facts:", 2)
    known = f"{out.const(fits)}(facts[name], {out.const(dict(parts.facts))}[name], {out.const(parts.currency)})"
    out.stop_if(f"name not in {out.const(read)} and not {known}", 3)
    for name in product.asks:
        if name not in read:
            out.stop_if(f"{out.const(name)} not in facts")
    for need in product.needs:
        out.stop_if(f"{out.const(need.product)} not in (order.holds or ())")
    _codes(out, compiled, codes)
    out.add("period = item.period")
    out.add("day = item.day")
    if compiled.timed:
        out.stop_if("period is None")
    out.add("if day is not None:")
    out.add("day = day.toordinal()", 2)
    out.add("if period is not None:")
    if compiled.pieces:
        out.add("return None", 2)
        return
    for row in _LOCAL:
        out.add(row.format(offsets=out.const(Offsets(parts.head.zone)), zone=out.const(zone(parts.head.zone))), 2)
    out.stop_if("day is not None and day != today", 2)
    out.add("day = today", 2)


def _codes(out: ProgramSource, compiled: Compiled, known: frozenset[str]) -> None:
    """The codes that conditions ask for; any other code is left to the phases."""
    wanted = [(number, one) for number, one in enumerate(compiled.wanted) if one.source == "code"]
    out.add("codes = order.codes")
    for number, _ in wanted:
        out.add(f"a{number} = 0")
    out.add("if codes:")
    out.stop_if(f"not {out.const(known)}.issuperset(codes)", 2)
    for number, one in wanted:
        out.add(f"if not {out.const(frozenset(one.values))}.isdisjoint(codes):", 2)
        out.add(f"a{number} = 1", 3)


def _input(
    out: ProgramSource, compiled: Compiled, wanted: ProgramInput, number: int, rare: Callable[..., Any], seconds: str
) -> None:
    source, name = wanted.source, f"a{number}"
    if source == "axis":
        table = {value: place for place, value in enumerate(wanted.values)}
        out.add(f"{name} = {out.const(table)}[facts[{out.const(wanted.of)}]]")
    elif source == "count":
        out.add(f"{name} = item.count")
        out.stop_if(f"{name} > {MOST_COUNT}")
    elif source == "day":
        if not compiled.timed:
            out.stop_if("day is None")
        out.add(f"{name} = day")
    elif source == "minute":
        out.add(f"{name} = minute")
    elif source == "minutes":
        out.add(f"{name} = {out.const(whole_minutes)}(period, {out.const(seconds)})")
        out.stop_if(f"{name} > {MOST_MINUTES}")
    elif source == "number":
        out.add(f"{name} = facts[{out.const(wanted.of)}]")
        out.stop_if(f"type({name}) is not int or {name} > {MOST_NUMBER}")
    elif source == "size" and compiled.product.measure is not None and compiled.product.measure.fact:
        _fact_size(out, compiled, name)
    elif source == "held":
        out.stop_if("order.holds is None")
        out.add(f"{name} = 0 if order.holds.isdisjoint({out.const(wanted.values)}) else 1")
    elif source not in ("used", "left", "code"):
        out.add(f"{name} = {out.const(rare)}({number}, item, order, id)")
        out.stop_if(f"not {name}" if source == "size" else f"{name} is None")


def _fact_size(out: ProgramSource, compiled: Compiled, name: str) -> None:
    """A whole number of the smallest units; a fraction of one is left to the phases."""
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


def _keys(out: ProgramSource, parts: Parts, compiled: Compiled) -> list[str]:
    """The key of each meter; none where the customer is not known."""
    if any("person" in meter.same for meter in compiled.meters):
        out.add("who = order.customer")
        out.add("if who is not None and not who.isalnum():")
        out.add(f"who = {out.const(escape)}(who)", 2)
    periods = {name for meter in compiled.meters for name in meter.same} & set(PERIODS)
    if periods and not compiled.timed:
        out.stop_if("day is None")
    scopes: dict[tuple[str, str, str, tuple[str, ...]], int] = {}
    for number, meter in enumerate(compiled.meters):
        first = scopes.setdefault((meter.kind, meter.owner, meter.rule, meter.same), number)
        if first == number:
            _key(out, parts, meter, number)
        else:
            out.add(f"k{number} = k{first}")
    return [f"k{number}" for number in range(len(compiled.meters))]


def _key(out: ProgramSource, parts: Parts, meter: ScopeMeter, number: int) -> None:
    tail = ""
    for name in meter.same:
        if name == "person":
            continue
        if name in PERIODS:
            tail += f"/{name}={{{out.const(PeriodKeys(name))}[day]}}"
            continue
        declared, fact = parts.facts.get(name), out.const(name)
        if isinstance(declared, tuple) and type(declared) is tuple:
            table = {value: f"/{name}={escape(value)}" for value in declared}
            tail += f"{{{out.const(table)}[facts[{fact}]]}}"
        else:
            tail += f"{{{out.const(f'/{name}=')}}}{{{out.const(fact_key)}(facts[{fact}])}}"
    head = "/".join([meter.kind, parts.head.id, escape(meter.owner), escape(meter.rule)])
    known = head if "person" not in meter.same else head + "/person="
    who = "{who}" if "person" in meter.same else ""
    key = f'f"{{{out.const(known)}}}{who}{tail}"'
    out.add(f"k{number} = {key} if who is not None else None" if who else f"k{number} = {key}")
