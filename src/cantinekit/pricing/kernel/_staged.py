"""A program in stages, as an engine of columns computes it: what comes before each scan, the scan, and the rest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import attrs

from cantinekit.errors import TariffError
from cantinekit.pricing.kernel._ir import Const, Expr, Program, Scan
from cantinekit.pricing.kernel._plan import cut, inlined, make_plan, reached, variables


class WindowError(TariffError):
    """A program with a scan that depends on itself: no window over columns can compute it.

    Args:
        name: the name of the scan.
    """

    def __init__(self, name: str) -> None:
        super().__init__([f"{name!r}: what it adds up depends on itself, which no window can compute"])


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

    def constants(self) -> dict[str, int]:
        """The outputs that are one number in all rows."""
        found: dict[str, int] = {}
        for name, result in self.results.items():
            expr = self.lets[result]
            if isinstance(expr, Const):
                found[name] = expr.value
        return found

    def shallow(self) -> Staged:
        """The same with lets that are nested less deep, for engines that parse or plan them."""
        lets: dict[str, Expr] = {}
        for name, expr in self.lets.items():
            cut(name, expr, lets.__setitem__)
        return attrs.evolve(self, lets=lets)

    def windows(self) -> list[Scan]:
        """The scans in the order in which windows compute them.

        Raises:
            WindowError: one of them depends on itself.
        """
        for group in self.groups:
            if group.folds:
                raise WindowError(group.scans[0].name)
        return [group.scans[0] for group in self.groups]

    def levels(self, known: Iterable[str], wanted: Iterable[str]) -> list[list[str]]:
        """The lets that are needed for some others: those that need only what is known, then those that need these too.

        Args:
            known: what there is already.
            wanted: the lets that are asked for.
        """
        places: dict[str, int] = {}
        levels: list[list[str]] = []
        for name in reached(self.lets, wanted, known):
            place = max((places[one] + 1 for one in variables(self.lets[name]) if one in places), default=0)
            places[name] = place
            levels += [[]] if place == len(levels) else []
            levels[place].append(name)
        return levels


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
    direct = {
        name: {named[one] for let in reached(lets, [source]) for one in variables(lets[let]) if one in named}
        for name, source in sources.items()
    }
    needs = {name: set(found) for name, found in direct.items()}
    for _ in needs:
        needs = {name: set(found).union(*(needs[one] for one in found)) for name, found in needs.items()}
    live = _live(results.values(), lets, direct, named)
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


def _live(
    results: Iterable[str], lets: Mapping[str, Expr], direct: Mapping[str, set[str]], named: Mapping[str, str]
) -> set[str]:
    """The scans on which a result depends."""
    found: set[str] = set()
    queue = [named[one] for let in reached(lets, results) for one in variables(lets[let]) if one in named]
    while queue:
        if (name := queue.pop()) not in found:
            found.add(name)
            queue.extend(direct[name])
    return found
