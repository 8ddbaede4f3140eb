"""The tariff of ``peers.workload`` as data, beside the same tariff by hand and on other packages.

All of them price the same rows with the same states, and the amounts are compared before anything is timed. The goals
are ratios in one run: the program of a product against integers by hand, a whole quote against the other packages and
against the phases, which are what the programs mean.
"""

from __future__ import annotations

import argparse
import gc
import operator
import statistics
import sys
import time
import tomllib
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import attrs
from peers.hand_int import quote as by_hand
from peers.workload import CATEGORIES, PRODUCTS, ROOMS, TARIFF, Call, PeerQuote, Variant, fold, usages
from pricing_peers import KERNEL, PEERS, Timing, load, measure, table, wrong

from cantinekit.clock import Period
from cantinekit.money import Money
from cantinekit.pricing import SEMANTICS, Item, Line, Lot, Order, Quote, State, Tariff, Use
from cantinekit.pricing.compiled import Compiled, compile_product
from cantinekit.pricing.compiled._points import telling
from cantinekit.pricing.compiled._writer import ProgramSource
from cantinekit.pricing.kernel import Expr, Var, emit_python, inline

FILE = Path(__file__).with_name("realistic.toml")
BOUGHT = datetime(2024, 1, 1, tzinfo=UTC)
PARTS = 2
"""A half-day is the smallest part of a day that the tariff counts, so an entry has two of the smallest units."""
CODES = tuple(code["id"] for code in TARIFF["codes"])
NAMES = ("day", "minute", "product", "room", "category", "quantity", "persons", "code", "left", "spent")
PAGE = 25_000
"""The prices of one page: a year of days, of rooms and of categories."""
ZEN, TRACED = "the fastest of zen", "the fastest of zen with trace"
GOALS = (
    ("cantinekit, kernel", KERNEL, 1.25, "at most"),
    ("cantinekit, kernel + trace", KERNEL, 1.6, "at most"),
    ("cantinekit, quote", ZEN, 1 / 4, "at most"),
    ("cantinekit, quote", "prices, quote", 1 / 1.5, "at most"),
    ("cantinekit, quote", "zen, as Quote", 1 / 4, "at most"),
    ("cantinekit, quote", "prices, as Quote", 1 / 1.5, "at most"),
    ("cantinekit, quote", "cantinekit, phases", 1 / 20, "at most"),
    ("cantinekit, quote + reasons", TRACED, 1 / 8, "at most"),
    ("cantinekit, quote + reasons", "zen + trace, as Quote", 1 / 8, "at most"),
)


def order_of(call: Call) -> tuple[Order, State]:
    """A row as the question of the public API."""
    usage = call.usage
    day = date.fromordinal(usage.day)
    start = datetime(day.year, day.month, day.day, usage.minute // 60, usage.minute % 60, tzinfo=UTC)
    facts: dict[str, Any] = {"room": ROOMS[usage.room], "category": CATEGORIES[usage.category]}
    item = Item(
        PRODUCTS[usage.product],
        Period(start, start + timedelta(minutes=30)),
        facts=facts | {"persons": usage.persons, "units": usage.quantity},
    )
    codes = (TARIFF["codes"][usage.code - 1]["id"],) if usage.code else ()
    customer = f"m{usage.member}"
    key = f"cap/realistic/pool/day/person={customer}/room={ROOMS[usage.room]}/day={day}"
    lots = (Lot("carnet", "carnet", call.left * PARTS, BOUGHT),) if call.left else ()
    return Order((item,), customer, codes=codes), State({key: call.spent} if call.spent else {}, lots)


def figures(answer: Quote) -> tuple[int, int, int]:
    """Total, net and units that are used."""
    assert answer.net is not None
    return answer.total.amount, answer.net.amount, sum(use.units for use in answer.uses) // PARTS


def read(result: Any) -> tuple[int, int, int]:
    """The figures of a quote, with its reasons or without."""
    return figures(result[0] if isinstance(result, tuple) else result)


def ours(tariff: Tariff) -> list[Variant]:
    """What is timed of this library."""
    programs = {name: compile_product(tariff.parts, product) for name, product in tariff.products.items()}
    kernels = {name: emit_python(compiled.program) for name, compiled in programs.items()}
    traced = {name: with_trace(one)[0] for name, one in programs.items()}

    def ints(call: Call) -> tuple[Any, ...]:
        usage, name = call.usage, PRODUCTS[call.usage.product]
        known = {
            "count": 1, "size units": usage.quantity * (2 if name == "day" else 1), "day": usage.day,
            "minute": usage.minute, "axis room": usage.room, "axis category": usage.category,
            "number persons": usage.persons, "left 0": call.left * PARTS,
        }  # fmt: skip
        known |= {f"code {code['id']}": int(usage.code == n) for n, code in enumerate(TARIFF["codes"], 1)}
        return tuple(known.get(one.name, call.spent) for one in programs[name].program.inputs)

    def chosen(by: dict[str, Callable[..., Any]]) -> Callable[[Call], tuple[Any, ...]]:
        return lambda call: (by[PRODUCTS[call.usage.product]], *ints(call))

    def with_reasons(order: Order, state: State) -> Any:
        answer = tariff.quote(order, state)
        return answer, answer.explanation()

    return [
        Variant("cantinekit, kernel", chosen(kernels), operator.call, lambda result: result[2]),
        Variant("cantinekit, kernel + trace", chosen(traced), operator.call, lambda result: result[2]),
        Variant("cantinekit, quote", order_of, tariff.quote, read),
        Variant("cantinekit, quote + reasons", order_of, with_reasons, read),
        Variant("cantinekit, phases", order_of, tariff._programs.full, read),
    ]


def differing(variant: Variant, calls: Sequence[Call], quotes: Sequence[PeerQuote]) -> int:
    """On how many rows this library gives other amounts than the integers by hand."""
    found = 0
    for call, quote in zip(calls, quotes, strict=True):
        got = variant.read(variant.run(*variant.arguments(call)))
        used = sum(units for _, units in quote.uses)
        found += got != ((quote.total, quote.net, used) if isinstance(got, tuple) else quote.total)
    return found


def compile_cost(rounds: int = 15) -> str:
    """Loading and compiling the whole tariff, against parsing its text alone, in turns."""
    text = FILE.read_text()

    def spent(work: Callable[[], Any]) -> float:
        gc.collect()
        begun = time.process_time()
        work()
        return (time.process_time() - begun) * 1e3

    def whole() -> None:
        tariff = Tariff.load(text)
        for product in tariff.products:
            tariff._programs.ways[product]  # the generated function that quotes it

    whole()
    both = [(spent(whole), spent(lambda: tomllib.loads(text))) for _ in range(rounds)]
    ratio = statistics.median(load / parse for load, parse in both)
    load, parse = (statistics.median(costs) for costs in zip(*both, strict=True))
    return f"load and compile: {load:.1f} ms, {ratio:.1f} times tomllib.loads ({parse:.1f} ms); goal 10"


def with_trace(compiled: Compiled) -> tuple[Callable[..., tuple[Any, ...]], tuple[str, ...]]:
    """The program with its trace behind its results, and the paths of the rules of the trace.

    It has what each rule brought, as the reasons say it: the units that a cover took, or the amount behind a rate or an
    adjustment; ``None`` for a rule that did not act.
    """
    told = telling(compiled.program, compiled.points)
    rules: dict[str, tuple[Expr, Expr]] = {}
    for point, names, late in zip(compiled.points, told.names, told.late, strict=True):
        if point.kind == "cover":
            rules[point.path] = Var(names["taken"]), Var(names["taken"])
        elif "applied" in late:
            rules[point.path] = late["applied"], late["after"]
    body = inline(compiled.program, [expr for pair in rules.values() for expr in pair])
    out = ProgramSource()
    out.rows.append(f"def kernel({', '.join(body.arguments)}):")
    out.program(body)
    brought = zip(body.late[::2], body.late[1::2], strict=True)
    trace = [value if condition == "1" else f"{value} if {condition} else None" for condition, value in brought]
    out.add(f"return ({', '.join([*body.results, *trace])})")
    return out.function("kernel"), tuple(rules)


def untold(tariff: Tariff, calls: Sequence[Call]) -> int:
    """On how many rows a trace says something else than the reasons of the quote."""
    traced = {name: with_trace(compile_product(tariff.parts, product)) for name, product in tariff.products.items()}
    arguments = ours(tariff)[1].arguments
    found = 0
    for call in calls:
        order, state = order_of(call)
        product, answer = order.items[0].product, tariff.quote(order, state)
        kernel, rules = traced[product]
        trace = kernel(*arguments(call)[1:])[-len(rules) :]
        said = {
            step.rule.removeprefix(f"product.{product}."): step for step in answer.trace if step.status == "applied"
        }
        used = sum(use.units for use in answer.uses)
        for rule, brought in zip(rules, trace, strict=True):
            step = said.get(rule)
            wanted = None if step is None else used if step.phase == "cover" else step.after.amount
            if (brought or None) != (wanted or None):
                found += 1
                break
    return found


def as_quotes(tariff: Tariff) -> list[Variant]:
    """The kernels of the peers behind the same question, with the same answer: a ``Quote`` with its line."""

    def of(figures: Callable[..., tuple[int, int, int, int, int, int]]) -> Callable[[Order, State], Quote]:
        def quote(order: Order, state: State) -> Quote:
            item = order.items[0]
            facts, period = item.facts, item.period
            assert period is not None
            start, product, room = period.start.astimezone(UTC), item.product, facts["room"]
            codes = order.codes
            key = f"cap/realistic/pool/day/person={order.customer}/room={room}/day={start.date()}"
            left, spent = sum(lot.left for lot in state.lots) // PARTS, state.meters.get(key, 0)
            _, due, total, net, _, used = figures(
                start.toordinal(), start.hour * 60 + start.minute, PRODUCTS.index(product), ROOMS.index(room),
                CATEGORIES.index(facts["category"]), facts["units"], facts["persons"],
                CODES.index(codes[0]) + 1 if codes else 0, left, spent,
            )  # fmt: skip
            lots, uses = state.lots, ()
            if used:
                lot = lots[0]
                uses = (Use(lot.id, lot.account, used * PARTS, "1", "last_usable"),)
                lots = (attrs.evolve(lot, left=lot.left - used * PARTS),)
            amount, without = Money(total, "EUR"), Money(net, "EUR")
            line = Line("1", product, product, facts["units"], product, None, amount, "standard", net=without)
            return Quote(
                amount, (line,), uses, ((key, due),), State({**state.meters, key: spent + due}, lots), tariff.id,
                tariff.version, SEMANTICS, (), net=without, gross=amount, due_now=amount,
            )  # fmt: skip

        return quote

    found = []
    try:
        from peers import with_zen

        def zen(*ints: int) -> Any:
            given = dict(zip(NAMES, ints, strict=True))
            return with_zen.figures(with_zen.evaluate_flat(given))

        def zen_traced(*ints: int) -> Any:
            answer = with_zen.evaluate_traced(dict(zip(NAMES, ints, strict=True)))
            traces.append(answer["trace"])
            return with_zen.figures(answer)

        traces: list[Any] = []
        plain, traced = of(zen), of(zen_traced)
        found.append(Variant("zen, as Quote", order_of, plain, figures))
        found.append(Variant("zen + trace, as Quote", order_of, lambda *asked: (traced(*asked), traces.pop()), read))
    except ModuleNotFoundError:
        pass
    try:
        from peers import with_prices

        def prices(*ints: int) -> Any:
            *others, spent = ints
            return with_prices.cents(with_prices.kernel(*others, with_prices.Money(Decimal(spent) / 100, "EUR")))

        found.append(Variant("prices, as Quote", order_of, of(prices), figures))
    except ModuleNotFoundError:
        pass
    return found


def rival(name: str, by_name: dict[str, Timing]) -> Timing | None:
    """The timing that a goal is held against."""
    if name not in (ZEN, TRACED):
        return by_name.get(name)
    zen = [one for each, one in by_name.items() if each.startswith("zen") and "Quote" not in each]
    mine = [one for one in zen if ("trace" in one.variant.name) == (name == TRACED)]
    return min(mine, key=lambda timing: timing.median, default=None)


def goals(timings: Sequence[Timing]) -> list[str]:
    """Each goal with what was measured."""
    by_name = {timing.variant.name: timing for timing in timings}
    out = []
    for mine, other, most, word in GOALS:
        theirs = rival(other, by_name)
        if theirs is not None:
            ratio = by_name[mine].ratio(theirs)
            verdict = "met" if ratio <= most else "not met"
            out.append(f"{mine} / {theirs.variant.name}: {ratio:.3f}, goal {word} {most:.3f}: {verdict}")
    return out


def page(timings: Sequence[Timing]) -> str:
    """What a page of prices takes in either way."""
    cost = {timing.variant.name: timing.median * PAGE / 1e6 for timing in timings}
    quick, slow = cost["cantinekit, quote"], cost["cantinekit, phases"]
    return f"a page of {PAGE:,} prices: {quick:.2f} s by programs, {slow:.2f} s by phases"


def main(arguments: Sequence[str] | None = None) -> int:
    """0, or 1 when implementations disagree."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args(arguments)
    calls, quotes = fold(usages(options.rows), by_hand)
    peers, missing = load(PEERS)
    tariff = Tariff.load(FILE)
    mine = [*ours(tariff), *as_quotes(tariff)]
    faults = wrong(peers, calls, quotes)
    faults |= {one.name: f"{n} rows" for one in mine if (n := differing(one, calls, quotes))}
    if rows := untold(tariff, calls):
        faults["cantinekit, kernel + trace"] = f"other reasons on {rows} rows"
    for name, text in faults.items():
        print(f"{name} disagrees: {text}")
    if faults:
        return 1
    print(f"Python {sys.version.split()[0]}, {options.rows} rows, median of {options.rounds} rounds, CPU time")
    print("all implementations give the same amounts on every row")
    timings = measure([*peers, *mine], calls, options.rounds)
    print("\n".join([*table(timings), "", *goals(timings), page(timings), compile_cost()]))
    for package in missing:
        print(f"{package}: not installed")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
