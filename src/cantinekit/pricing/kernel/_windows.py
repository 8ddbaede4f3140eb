"""A program for engines that know running sums and no folds: data frames and SQL.

What depends on what it has added up itself is refused, and left to a fold.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType
from typing import Literal

import attrs

from cantinekit.errors import InputError, TariffError
from cantinekit.errors.shown import shown
from cantinekit.pricing.kernel._carried import fewest
from cantinekit.pricing.kernel._check import Span, entries, op_span
from cantinekit.pricing.kernel._ir import (
    DIVISIONS,
    HIGH,
    Const,
    Expr,
    Op,
    Program,
    Scan,
    TableLookup,
    Var,
    equal,
    lift,
    rebuild,
    when,
)
from cantinekit.pricing.kernel._plan import counted_in, cut, inlined, is_truth, reached, variables
from cantinekit.pricing.kernel._staged import Staged, staged
from cantinekit.pricing.kernel._zeros import Asking

EXACT, DOUBLE = 2**63 - 1, 2**53 - 1
"""The greatest integer that an engine computes with exactly: where it divides integers, and where doubles."""
Reason = Literal["fold", "range"]


class WindowError(TariffError):
    """A program that an engine of windows cannot compute exactly; NumPy can.

    Args:
        name: the scan or let for which it cannot.
        reason: "fold": what the scan adds up depends on itself; "range": an intermediate can leave what the engine
            computes exactly.
        problem: the same in words.

    Attributes:
        name: as above.
        reason: as above.
    """

    def __init__(self, name: str, reason: Reason, problem: str) -> None:
        super().__init__([f"{name!r}: {problem}"])
        self.name = name
        self.reason = reason


@attrs.frozen
class RunningSum:
    """The prior of a scan: the sum over the earlier rows of the key.

    Attributes:
        scan: the scan.
        prior: the identifier of the prior.
        opening: the identifier of what the key had left behind before all rows, where that is given.
        gain: the let that is added up; never negative.
        most: the greatest gain.
    """

    scan: Scan
    prior: str
    opening: str
    gain: str
    most: int


@attrs.frozen
class WindowStage:
    """Lets, and the running sums that are made of them.

    Attributes:
        levels: the lets: those of what is known, then those that need these too, and so on.
        sums: the running sums, which do not depend on each other; none in the last stage.
        kept: what has to be carried past them, for later stages.
    """

    levels: tuple[tuple[str, ...], ...]
    sums: tuple[RunningSum, ...]
    kept: tuple[str, ...]


@attrs.frozen
class WindowPlan:
    """A program as lets and running sums.

    Attributes:
        program: the program.
        inputs: the identifier of each input.
        keys: the identifier of each key column that is needed.
        lets: expressions without roundings, by identifier, in order.
        sums: the running sums; those that do not depend on each other together.
        results: the let of each output.
        asked: lets of which it is only asked whether they hold: they need not become 1 or 0.
        largest: the largest intermediate, as far as it is from 0 (below 0 by one less), running sums apart.
        spans: the bounds of inputs, priors and lets.
    """

    program: Program
    inputs: Mapping[str, str]
    keys: Mapping[str, str]
    lets: Mapping[str, Expr]
    sums: tuple[tuple[RunningSum, ...], ...]
    results: Mapping[str, str]
    asked: frozenset[str]
    largest: int
    spans: Mapping[str, Span]

    @property
    def each(self) -> tuple[RunningSum, ...]:
        """All running sums."""
        return tuple(one for group in self.sums for one in group)

    def key_of(self, one: RunningSum) -> tuple[str, ...]:
        """The identifiers of the key columns of a running sum."""
        return tuple(self.keys[name] for name in one.scan.key)

    def hold(self, rows: int) -> None:
        """Refuse more rows than a running sum has room for within 64 bits.

        Raises:
            InputError: there are more.
        """
        for one in self.each:
            if rows * one.most + one.scan.limit > HIGH:
                raise InputError(f"scan {shown(one.scan.name)}: the sum over {rows} rows can leave 64 bits")

    def stages(
        self, given: Collection[str], same: Mapping[str, str] = MappingProxyType({}), *, apart: bool = False
    ) -> list[WindowStage]:
        """The stages of an engine, in which as little as possible is carried past running sums; the rest is made again.

        Args:
            given: the identifiers of the columns that there are.
            same: the column that stands for another one.
            apart: whether running sums are made apart from the table, so that what is given is there for nothing.
        """
        free = set(given) if apart else set[str]()
        reads = {name: [same.get(one, one) for one in variables(expr)] for name, expr in self.lets.items()}
        known, left, out = set(given), [*self.each], list[WindowStage]()
        for sums in self.sums:
            left = [one for one in left if one not in sums]
            later = {*self.results.values(), *(one.gain for one in left)}
            made = _made(reads, known)
            after = [name for name in reached(reads, later, known, of=iter) if name not in made]
            read = made.intersection({*later, *(part for name in after for part in reads[name])})
            paid = {name: [part for part in parts if part not in free] for name, parts in reads.items()}
            carried = fewest(paid, known - free, sorted(read - free)) | free
            now, by = (
                {same.get(name, name) for one in some for name in (*self.key_of(one), one.opening)}.intersection(given)
                for some in (sums, left)
            )
            kept = carried | by
            levels = _levels(reads, known, {*kept, *now, *(one.gain for one in sums)})
            out.append(WindowStage(levels, sums, tuple(sorted(kept))))
            known = {*kept, *(one.prior for one in sums)}
        return [*out, WindowStage(_levels(reads, known, self.results.values()), (), ())]


def window_plan(program: Program, limit: int = EXACT) -> WindowPlan:
    """Prove a program for an engine of columns without folds.

    Args:
        program: the program.
        limit: the greatest integer that the engine computes with exactly.

    Raises:
        RangeError: the program cannot be proved safe.
        WindowError: the engine cannot compute it.
    """
    plan = staged(program)
    lets, bounds = dict(plan.lets), _Bounds.of(program, plan)
    sums: list[RunningSum] = []
    for number, group in enumerate(plan.groups):
        scan, gain = group.scans[0], f"g{number}"
        if group.folds:
            raise WindowError(scan.name, "fold", "what it adds up depends on itself, which no window can compute")
        of = Var(plan.sources[scan.name])
        lets[gain] = when(of, 1, 0) if scan.kind == "count" else of
        sums.append(RunningSum(scan, plan.priors[scan.name], f"o{number}", gain, bounds.of_expr(lets[gain]).high))
    roots = [*plan.results.values(), *(one.gain for one in sums)]
    whole = _Lowering(bounds, limit).plain(inlined(Asking(bounds.of_expr).all(lets), roots))
    if bounds.largest > limit:
        problem = f"it can reach {bounds.largest}, and the engine is exact up to {limit}"
        raise WindowError(_named(program, plan, sums).get(bounds.at, bounds.at), "range", problem)
    keys = {name: f"k{number}" for number, name in enumerate(dict.fromkeys(n for s in sums for n in s.scan.key))}
    asked, grouped = _asked(whole, roots), _grouped(whole, sums)
    return WindowPlan(program, plan.inputs, keys, whole, grouped, plan.results, asked, bounds.largest, bounds.spans)


def _grouped(lets: Mapping[str, Expr], sums: Iterable[RunningSum]) -> tuple[tuple[RunningSum, ...], ...]:
    """The running sums; those that do not depend on each other together."""
    place = dict[str, int]()
    groups: list[list[RunningSum]] = []
    for one in sums:
        reads = {part for name in reached(lets, [one.gain]) for part in variables(lets[name])}
        place[one.prior] = mine = 1 + max((place[name] for name in reads if name in place), default=-1)
        groups += [[]] if mine == len(groups) else []
        groups[mine].append(one)
    return tuple(map(tuple, groups))


def _made(reads: Mapping[str, Collection[str]], known: Collection[str]) -> set[str]:
    """All that can be computed of what is known, and that."""
    made = set(known)
    for name, parts in reads.items():
        if made.issuperset(parts):
            made.add(name)
    return made


def _levels(
    reads: Mapping[str, Collection[str]], known: Collection[str], wanted: Iterable[str]
) -> tuple[tuple[str, ...], ...]:
    """The lets that are needed for some others: those of what is known, then those that need these too."""
    there, todo, levels = set(known), reached(reads, wanted, known, of=iter), list[tuple[str, ...]]()
    while todo:
        levels.append(tuple(name for name in todo if there.issuperset(reads[name])))
        there.update(levels[-1])
        todo = [name for name in todo if name not in there]
    return tuple(levels)


def _asked(lets: Mapping[str, Expr], roots: Iterable[str]) -> frozenset[str]:
    """The lets that are comparisons or made of them, and with whose integer nothing is computed."""
    counted = set(roots).union(*map(counted_in, lets.values()))
    return frozenset(name for name, expr in lets.items() if is_truth(expr) and name not in counted)


def _named(program: Program, plan: Staged, sums: Iterable[RunningSum]) -> dict[str, str]:
    """What the program calls what is computed by a let."""
    found = {f"v{number}": name for number, (name, _) in enumerate(program.lets)}
    found |= {one.gain: one.scan.name for one in sums}
    return found | {identifier: name for name, identifier in plan.results.items()}


# --- bounds ----------------------------------------------------------------------------------------------------------


@attrs.define
class _Bounds:
    """The bounds of all names.

    Attributes:
        spans: the bounds by identifier.
        largest: the largest intermediate of what is emitted, as far as it is from 0; below 0 by one less.
        at: the let that has it.
    """

    spans: dict[str, Span]
    largest: int = 0
    at: str = ""

    @classmethod
    def of(cls, program: Program, plan: Staged) -> _Bounds:
        spans = {plan.inputs[one.name]: Span(one.low, one.high) for one in program.inputs}
        spans |= {plan.priors[scan.name]: Span(0, scan.limit) for scan in program.scans}
        found = cls(spans)
        for name, expr in plan.lets.items():
            spans[name] = found.of_expr(expr)
        return found

    def of_expr(self, expr: Expr) -> Span:
        """The bounds of an expression, which may leave 64 bits."""
        return self._walked(expr, [])

    def note(self, name: str, expr: Expr, of: str) -> None:
        """Something that is emitted, as a part of a let."""
        seen: list[Span] = []
        self.spans[name] = self._walked(expr, seen)
        most = max(max(-span.low - 1, span.high) for span in seen)
        if most > self.largest:
            self.largest, self.at = most, of

    def _walked(self, expr: Expr, seen: list[Span]) -> Span:
        if isinstance(expr, Var):
            span = self.spans[expr.name]
        elif isinstance(expr, Const):
            span = Span(expr.value, expr.value)
        elif isinstance(expr, TableLookup):
            span = entries(expr, self._walked(expr.index, seen), "")
        else:
            assert isinstance(expr, Op)
            span = op_span(expr.kind, [self._walked(arg, seen) for arg in expr.args])
        seen.append(span)
        return span


# --- plain arithmetic ------------------------------------------------------------------------------------------------


@attrs.define
class _Lowering:
    """Writes roundings as integer divisions, and what they read twice as lets of their own."""

    bounds: _Bounds
    limit: int
    lets: dict[str, Expr] = attrs.field(factory=dict, init=False)
    _names: dict[Expr, Var] = attrs.field(factory=dict, init=False)
    _of: str = attrs.field(default="", init=False)

    def plain(self, lets: Mapping[str, Expr]) -> dict[str, Expr]:
        """The lets without roundings, none of them nested deep."""
        for name, expr in lets.items():
            self._of = name
            cut(name, self._lower(expr), self._emit)
        return self.lets

    def _emit(self, name: str, expr: Expr) -> None:
        self.bounds.note(name, expr, self._of)
        self.lets[name] = expr

    def _once(self, expr: Expr) -> Expr:
        """A name or a constant for an expression; the same one for the same expression."""
        if isinstance(expr, Const | Var):
            return expr
        if expr not in self._names:
            name = f"w{len(self._names)}"
            cut(name, expr, self._emit)
            self._names[expr] = Var(name)
        return self._names[expr]

    def _lower(self, expr: Expr) -> Expr:
        expr = rebuild(expr, self._lower)
        if isinstance(expr, TableLookup):
            return self._run(expr)
        if not isinstance(expr, Op) or expr.kind not in DIVISIONS:
            return expr
        n, d = expr.args
        match expr.kind:
            case "down":
                return self._once(n // d)
            case "half_up":
                d = self._once(d)
                return self._once((n + (d.value // 2 if isinstance(d, Const) else d // 2)) // d)
            case "up":
                if isinstance(d, Const) and self.bounds.of_expr(n).high + d.value - 1 <= self.limit:
                    return self._once((n + (d.value - 1)) // d)
                n, d = self._once(n), self._once(d)
                return self._once(n // d) + (lift(0) < self._once(n % d))
            case "half_even":
                n, d = self._once(n), self._once(d)
                quotient, rest = self._once(n // d), self._once(n % d)
                other = d - rest
                return quotient + ((other < rest) | (equal(other, rest) & equal(quotient % 2, 1)))
        return self._once(expr)

    def _run(self, lookup: TableLookup) -> Expr:
        """An entry of a table of 0 and 1; as a comparison, where the ones stand side by side."""
        table, index = lookup.table, lookup.index
        first = table.index(1) if 1 in table else len(table)
        last = first + sum(table) - 1
        if table != tuple(int(first <= place <= last) for place in range(len(table))):
            return lookup
        if first == last:
            return equal(index, first)
        if last == len(table) - 1:
            return lift(first) <= index
        return index <= last if not first else (lift(first) <= self._once(index)) & (self._once(index) <= last)
