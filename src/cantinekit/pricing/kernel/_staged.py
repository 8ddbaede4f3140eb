"""A program in stages, as an engine of columns computes it: what comes before each scan, the scan, and the rest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import attrs

from cantinekit.pricing.kernel._ir import Expr, Program, Scan
from cantinekit.pricing.kernel._plan import inlined, make_plan, reached, variables


@attrs.frozen(eq=False)
class ScanGroup:
    """Scans that are computed at one time: one, or several that depend on each other.

    Attributes:
        scans: the scans.
        folds: whether what they add up depends on themselves; else a running sum will do.
    """

    scans: tuple[Scan, ...]
    folds: bool


@attrs.frozen(eq=False)
class Staged:
    """A program in identifiers of our own.

    Attributes:
        inputs: the identifier of each input.
        priors: the identifier of what each scan has added up before a row.
        sources: the let that each scan adds up.
        results: the let of each output.
        lets: the lets that are needed, in order; what is used once stands where it is used.
        groups: the scans in an order in which they can be computed.
    """

    inputs: Mapping[str, str]
    priors: Mapping[str, str]
    sources: Mapping[str, str]
    results: Mapping[str, str]
    lets: Mapping[str, Expr]
    groups: tuple[ScanGroup, ...]


def staged(program: Program) -> Staged:
    """Prove a program, and bring it into stages.

    Raises:
        RangeError: it cannot be proved safe.
    """
    plan = make_plan(program)
    identifiers = dict(zip(program.arguments, plan.arguments, strict=True))
    priors = {scan.name: identifiers[scan.name] for scan in program.scans}
    traced = dict(zip((name for name, _ in program.lets), plan.traced, strict=True))
    lets = dict(plan.lets)
    sources = {}
    for number, scan in enumerate(program.scans):
        sources[scan.name] = f"s{number}"
        lets[f"s{number}"] = traced[scan.of]
    results = {name: f"r{number}" for number, name in enumerate(dict.fromkeys(program.outputs))}
    lets.update(dict(zip((results[name] for name in program.outputs), plan.outputs, strict=True)))
    named = {prior: name for name, prior in priors.items()}

    def scans_of(roots: Iterable[str]) -> set[str]:
        """The scans that some lets read."""
        return {named[one] for let in reached(lets, roots) for one in variables(lets[let]) if one in named}

    needs = {name: scans_of([source]) for name, source in sources.items()}
    for _ in needs:
        needs = {name: found.union(*(needs[one] for one in found)) for name, found in needs.items()}
    live = scans_of(results.values())
    live = live.union(*(needs[name] for name in live))
    lets = inlined(lets, [*results.values(), *(sources[scan.name] for scan in program.scans if scan.name in live)])
    groups = tuple(
        ScanGroup(scans, len(scans) > 1 or scans[0].name in needs[scans[0].name])
        for scans in _ordered(program, needs)
        if scans[0].name in live
    )
    inputs = {one.name: identifiers[one.name] for one in program.inputs}
    return Staged(inputs, priors, sources, results, lets, groups)


def _ordered(program: Program, needs: Mapping[str, set[str]]) -> list[tuple[Scan, ...]]:
    """The scans in the order in which they can be computed, those that depend on each other together."""
    together: list[tuple[Scan, ...]] = []
    for scan in program.scans:
        if not any(scan in them for them in together):
            mutual = {name for name in needs[scan.name] if scan.name in needs[name]} | {scan.name}
            together.append(tuple(one for one in program.scans if one.name in mutual))
    return sorted(together, key=lambda them: len(set().union(*({scan.name, *needs[scan.name]} for scan in them))))
