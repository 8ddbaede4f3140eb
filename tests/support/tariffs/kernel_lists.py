"""Random programs as price lists make them, their rows, and the fold of integers that says what is right."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import Any, get_args

import attrs
import numpy as np

from cantinekit.money import Rounding
from cantinekit.pricing.kernel import (
    Builder,
    Expr,
    Program,
    Scan,
    TableLookup,
    Var,
    emit_python,
    equal,
    maximum,
    minimum,
    rounded,
    when,
)

ROUNDINGS: tuple[Rounding, ...] = get_args(Rounding)
Table = dict[str, Any]
Seen = Counter[str]
DAY_BOUNDS, MINUTES, PERSONS, START = (0, 90), (1, 600), (1, 6), (0, 40)
LIMIT = 2**40


@attrs.frozen
class ListProgram:
    """A program like that of a price list.

    Attributes:
        program: the program.
        ties: the numerators and denominators of its roundings, by the let of the numerator.
        folded: whether a part of it depends on itself in another way than a limit does.
    """

    program: Program
    ties: dict[str, int]
    folded: bool


def a_list(random: Random, *, sums: bool) -> ListProgram:
    """Cover, price, discount, caps and tax, each in one of several ways.

    Args:
        random: where the ways come from.
        sums: whether scans add up what is wanted, of which limits are taken after it; else they add up what was given,
            as it is said of a price, and depend on themselves.
    """
    build, pick = Builder(), random.choice
    minutes, persons = build.input("minutes", *MINUTES), build.input("persons", *PERSONS)
    room = build.input("room", 0, 3)
    weekend = build.let("weekend", build.input("day", *DAY_BOUNDS) % 7 >= 5)
    build.input("start", *START)
    ties: dict[str, int] = {}

    def parted(name: str, number: Expr, by: int, how: Rounding | None = None) -> Expr:
        """A rounding, of which ties are counted."""
        ties[f"{name} number"] = by
        return build.let(
            name, rounded(build.let(f"{name} number", number), by, pick(ROUNDINGS) if how is None else how)
        )

    units = parted("units", minutes, pick([30, 60, 120]), "up") if random.random() < 0.7 else lift_table(minutes)
    needed = build.let("needed", units * persons)
    folded = random.random() < 0.25
    holds = equal(room, 0) | (weekend & equal(persons, 1)) if random.random() < 0.7 else Var("weekend")
    of = "wanted" if sums and not folded else "taken"
    left = build.scan(Scan("left", ("who",), of, "balance", "start", LIMIT))
    part = when(needed <= left, needed, 0) if folded else minimum(needed, left)
    always = random.random() < 0.2
    taken = build.let("taken", part if always else when(holds, part, 0))
    build.let("wanted", needed if always else when(holds, needed, 0))
    if random.random() < 0.3:
        build.let("came", when(holds, 1, 0))
        visits = build.scan(Scan("visits", ("who", "month"), "came", "count"))
        build.let("gift", (visits < 3) & holds)
    else:
        build.let("gift", equal(taken, needed))
    prices = tuple(random.randrange(0, 4_000) for _ in range(8))
    rest = build.let("rest", maximum(0, needed - taken))
    amount = build.let("amount", when(Var("gift"), 0, rest * TableLookup(prices, room * 2 + Var("weekend"))))
    percent = pick([5, 10, 25, 50, 95])
    cheaper = parted("cheaper", amount * (100 - percent), pick([100, 200]))
    amount = build.let("after", when(persons >= pick([2, 5]), cheaper, amount))
    for name, key, most in (("daily", ("who", "day"), 9_000), ("monthly", ("who", "month"), 40_000)):
        if random.random() < 0.8:
            amount = _capped(build, random, name, key, most, amount, sums=sums)
    build.let("gross", amount)
    net = parted("net", amount * 100, 100 + pick([5, 10, 20]))
    build.let("tax", amount - net)
    known = build.program()
    told = [name for name, _ in known.lets if name in ties or name.startswith(("reached", "used"))]
    outputs = ("taken", "left", "gross", "net", "tax", *told)
    return ListProgram(build.program(*outputs), ties, folded)


def lift_table(minutes: Expr) -> Expr:
    """A price by the length, as a table of steps."""
    return TableLookup(tuple(1 + length // 100 for length in range(MINUTES[1] + 1)), minutes)


def _capped(
    build: Builder, random: Random, name: str, key: tuple[str, ...], most: int, amount: Expr, *, sums: bool
) -> Expr:
    limit: Expr | int = random.choice([most, most // 3, 0])
    if name == "daily" and random.random() < 0.5:
        limit = when(Var("weekend"), most // 2, most)
    active = Var("room") < random.choice([3, 4])
    build.let(f"wanted {name}", when(active, amount, 0))
    prior = build.scan(Scan(name, key, f"wanted {name}" if sums else f"moved {name}", limit=LIMIT))
    used = build.let(f"used {name}", minimum(limit, prior) if sums else prior)
    capped = build.let(f"capped {name}", minimum(amount, maximum(0, limit - used)))
    build.let(f"moved {name}", when(active, capped, 0))
    build.let(f"reached {name}", active & (capped < amount))
    return when(active, capped, amount)


def rows_of(random: Random, length: int) -> Table:
    """Columns within the bounds, some of them at their ends; a customer has one start."""
    numbers = np.random.default_rng(random.randrange(2**32))
    customers = max(2, length // random.choice([5, 30, 200]))
    who = numbers.integers(0, customers, length)
    starts = numbers.choice([0, 3, 10, 40], customers)
    table: Table = {"who": who, "start": starts[who]}
    for name, (low, high) in (("day", DAY_BOUNDS), ("minutes", MINUTES), ("persons", PERSONS), ("room", (0, 3))):
        table[name] = numbers.integers(low, high + 1, length)
        ends = numbers.random(length) < 0.1
        table[name] = np.where(ends, numbers.choice([low, high], length), table[name])
    table["month"] = table["day"] // 30
    if random.random() < 0.5:
        order = np.lexsort((table["day"], table["who"]))
        table = {name: column[order] for name, column in table.items()}
    return table


def folded(program: Program, table: Table) -> dict[str, list[int]]:
    """The outputs, by integers of Python and a dict of what each key has left behind."""
    columns = {name: column.tolist() for name, column in table.items()}
    wide = attrs.evolve(program, outputs=(*program.outputs, *(scan.of for scan in program.scans)))
    kernel = emit_python(wide)
    out: dict[str, list[int]] = {name: [] for name in program.outputs}
    state: dict[tuple[Any, ...], int] = {}
    for row in range(len(table["who"])):
        places = [(scan.name, *(columns[name][row] for name in scan.key)) for scan in program.scans]
        values = kernel(*(columns[one.name][row] for one in program.inputs), *(state.get(at, 0) for at in places))
        for scan, at, value in zip(program.scans, places, values[len(program.outputs) :], strict=True):
            state[at] = state.get(at, 0) + (bool(value) if scan.kind == "count" else value)
        for name, value in zip(program.outputs, values[: len(program.outputs)], strict=True):
            out[name].append(value)
    return out


def count(of: ListProgram, table: Table, found: dict[str, list[int]], seen: Seen) -> None:
    """Count the hard cases of the rows."""
    arrays = {name: np.array(values) for name, values in found.items()}
    for name, by in of.ties.items():
        seen["rounding ties"] += int((2 * (arrays[name] % by) == by).sum())
    seen["covered in part"] += int(((arrays["taken"] > 0) & (arrays["gross"] > 0)).sum())
    seen["covered whole"] += int(((arrays["taken"] > 0) & (arrays["gross"] == 0)).sum())
    seen["zero"] += int((arrays["gross"] == 0).sum())
    for name in ("daily", "monthly"):
        seen[f"{name} cap reached"] += int(arrays.get(f"reached {name}", np.zeros(1)).sum())
    for name, (low, high) in (("minutes", MINUTES), ("persons", PERSONS), ("day", DAY_BOUNDS), ("start", START)):
        seen["at the bounds"] += int(((table[name] == low) | (table[name] == high)).sum())
    seen["rows"] += len(table["who"])
    seen["lists that need a fold"] += of.folded
