"""A program over columns, for every engine that computes whole columns: its lets, and the order of its scans."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import attrs

from cantinekit.pricing.kernel._ir import Expr, Program, Scan
from cantinekit.pricing.kernel._plan import make_plan, reached, variables


@attrs.frozen
class ColumnPlan:
    """A program in names of our own.

    Attributes:
        arguments: the identifier of each input and of the prior of each scan, by its name.
        lets: the expression of each let by its identifier, in order.
        sources: the let that a scan adds up, by the name of the scan.
        results: the let of each output, by the name of the output.
        needs: the scans that the source of a scan depends on, by the name of the scan.
        order: the scans on which a result depends, in the order in which they can be computed; those that depend on
            each other together.
    """

    arguments: Mapping[str, str]
    lets: Mapping[str, Expr]
    sources: Mapping[str, str]
    results: Mapping[str, str]
    needs: Mapping[str, frozenset[str]]
    order: tuple[tuple[Scan, ...], ...]

    def depends(self, scans: tuple[Scan, ...]) -> bool:
        """Whether what these scans add up depends on what they have added up."""
        return len(scans) > 1 or scans[0].name in self.needs[scans[0].name]


def column_plan(program: Program) -> ColumnPlan:
    """Prove a program and prepare it for columns.

    Raises:
        RangeError: it cannot be proved.
    """
    plan = make_plan(program)
    identifiers = dict(zip(program.arguments, plan.arguments, strict=True))
    traced = dict(zip((name for name, _ in program.lets), plan.traced, strict=True))
    lets = dict(plan.lets)
    sources = {}
    for number, scan in enumerate(program.scans):
        sources[scan.name] = f"s{number}"
        lets[f"s{number}"] = traced[scan.of]
    results = {name: f"r{number}" for number, name in enumerate(dict.fromkeys(program.outputs))}
    lets.update(dict(zip((results[name] for name in program.outputs), plan.outputs, strict=True)))
    named = {identifiers[scan.name]: scan.name for scan in program.scans}

    def read_by(roots: Iterable[str]) -> set[str]:
        return {named[one] for let in reached(lets, roots) for one in variables(lets[let]) if one in named}

    needs = direct = {name: read_by([source]) for name, source in sources.items()}
    for _ in direct:
        needs = {name: set(found).union(*(needs[one] for one in found)) for name, found in needs.items()}
    read = read_by(results.values())
    live = read.union(*(needs[name] for name in read))
    order = tuple(scans for scans in _ordered(program, needs) if scans[0].name in live)
    return ColumnPlan(identifiers, lets, sources, results, {name: frozenset(one) for name, one in needs.items()}, order)


def _ordered(program: Program, needs: Mapping[str, set[str]]) -> list[tuple[Scan, ...]]:
    """The scans in the order in which they can be computed, those that depend on each other together."""
    together: list[tuple[Scan, ...]] = []
    for scan in program.scans:
        if not any(scan in them for them in together):
            mutual = {name for name in needs[scan.name] if scan.name in needs[name]} | {scan.name}
            together.append(tuple(one for one in program.scans if one.name in mutual))
    return sorted(together, key=lambda them: len(set().union(*({scan.name, *needs[scan.name]} for scan in them))))
