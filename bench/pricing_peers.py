"""What one quote of the tariff of ``peers.workload`` costs by hand and on other packages, in CPU time.

Every implementation prices the same rows with the same states; a table is printed only if all amounts are equal.
Timings are interleaved: each round runs all of them, and a ratio is the median of the ratios inside the rounds.
A peer whose package is absent is named as not installed.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import statistics
import sys
import time
from collections.abc import Iterable, Sequence
from typing import Any

from attrs import frozen
from peers.hand_int import quote
from peers.workload import Call, PeerQuote, Variant, disagreements, fold, usages

# Module of bench/peers -> the package that it needs, "" for none.
PEERS = {"hand_int": "", "with_decimal": "", "with_prices": "prices", "with_zen": "zen"}
KERNEL = "hand int, kernel"
QUOTE = "hand int, quote"


@frozen
class Timing:
    """CPU microseconds for one row, one for each round."""

    variant: Variant
    rounds: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.rounds)

    def ratio(self, other: Timing) -> float:
        """The median of the ratios to the other, round by round."""
        return statistics.median(mine / theirs for mine, theirs in zip(self.rounds, other.rounds, strict=True))


def load(peers: dict[str, str]) -> tuple[list[Variant], list[str]]:
    """The variants of the peers whose package is installed, and the names of the packages that are not."""
    found: list[Variant] = []
    missing = []
    for module, package in peers.items():
        try:
            found += importlib.import_module(f"peers.{module}").variants()
        except ModuleNotFoundError as error:
            if not package or error.name != package:
                raise
            missing.append(package)
    return found, missing


def wrong(variants: Iterable[Variant], calls: Sequence[Call], quotes: Sequence[PeerQuote]) -> dict[str, str]:
    """For each variant that differs from the quotes: how often, and the first difference."""
    found = {}
    for variant in variants:
        if differences := disagreements(calls, quotes, variant):
            call, wanted, got = differences[0]
            found[variant.name] = f"{len(differences)} of {len(calls)}, first {call}: {wanted}, not {got}"
    return found


def spend(variant: Variant, arguments: list[tuple[Any, ...]]) -> float:
    """CPU microseconds for one row."""
    run = variant.run
    gc.collect()
    gc.disable()
    try:
        begun = time.process_time()
        if variant.batch:
            run(arguments)
        else:
            for given in arguments:
                run(*given)
        spent = time.process_time() - begun
    finally:
        gc.enable()
    return spent / len(arguments) * 1e6


def measure(variants: Sequence[Variant], calls: Sequence[Call], rounds: int) -> list[Timing]:
    """Interleaved, after a first round that is thrown away; each round begins with another variant."""
    prepared = [[variant.arguments(call) for call in calls] for variant in variants]
    spent: list[list[float]] = [[] for _ in variants]
    order = list(range(len(variants)))
    for number in range(rounds + 1):
        for place in order[number % len(order) :] + order[: number % len(order)]:
            cost = spend(variants[place], prepared[place])
            if number:
                spent[place].append(cost)
    return [Timing(variant, tuple(costs)) for variant, costs in zip(variants, spent, strict=True)]


def table(timings: Sequence[Timing]) -> list[str]:
    """Lines of text: one for each timing, with its ratio to the bare kernel and, for a whole quote, to that by hand."""
    by_name = {timing.variant.name: timing for timing in timings}
    rows = [f"{'':<26}{'us':>9}{'x kernel':>10}{'x quote':>9}   {'published us':<13} {'x kernel'}"]
    for timing in timings:
        name = timing.variant.name
        whole = f"{timing.ratio(by_name[QUOTE]):9.2f}" if ", quote" in name else " " * 9
        cost, ratio = timing.variant.published
        row = f"{name:<26}{timing.median:9.2f}{timing.ratio(by_name[KERNEL]):10.2f}{whole}   {cost:<13} {ratio}"
        rows.append(row.rstrip())
    return rows


def main(arguments: Sequence[str] | None = None) -> int:
    """0, or 1 when implementations disagree."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=4000)
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args(arguments)
    variants, missing = load(PEERS)
    calls, quotes = fold(usages(options.rows), quote)
    faults = wrong(variants, calls, quotes)
    for name, text in faults.items():
        print(f"{name} disagrees: {text}")
    if faults:
        return 1
    print(
        f"Python {sys.version.split()[0]}, {options.rows} rows, median of {options.rounds} interleaved rounds, CPU time"
    )
    print(f"all {len(variants)} implementations give the same amounts on every row")
    print("\n".join(table(measure(variants, calls, options.rounds))))
    for package in missing:
        print(f"{package}: not installed")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
