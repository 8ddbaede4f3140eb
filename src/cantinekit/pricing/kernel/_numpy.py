"""A program over columns of int64: the same plan as in scalar Python, written with vector operations.

A scan whose ``of`` does not depend on the scan is a running sum per group. Scans that depend on themselves, or on each
other, are folded rank by rank: the first rows of all groups, then the second ones. A group is then what has the same
values in the key columns that these scans have in common; a table with few, long groups takes as many steps.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib import import_module
from typing import Any

from cantinekit.pricing.kernel._cache import cached
from cantinekit.pricing.kernel._fold import ColumnTable, ScanStep, Stage, fold, prefix
from cantinekit.pricing.kernel._groups import Array
from cantinekit.pricing.kernel._ir import Const, Expr, Op, Program
from cantinekit.pricing.kernel._plan import is_truth, reached, variables
from cantinekit.pricing.kernel._python import Writer, compiled
from cantinekit.pricing.kernel._staged import staged
from cantinekit.pricing.kernel._table import ColumnKernel, Columns, Given


class _Vectors(Writer):
    """Writes the same expressions for columns; a condition is a column of bools, of which nothing is lazy."""

    def value(self, expr: Expr) -> str:
        return f"as_int({self.truth(expr)})" if is_truth(expr) else super().value(expr)

    def truth(self, expr: Expr) -> str:
        if not isinstance(expr, Op) or not is_truth(expr):
            return f"({self.value(expr)} != 0)"
        if expr.kind in ("and", "or"):
            return f"({self.truth(expr.args[0])} {'&' if expr.kind == 'and' else '|'} {self.truth(expr.args[1])})"
        if expr.kind == "not":
            return f"(~{self.truth(expr.args[0])})"
        return super().truth(expr)

    def _operation(self, op: Op) -> str:
        if op.kind == "if":
            return f"where({self.truth(op.args[0])}, {self.value(op.args[1])}, {self.value(op.args[2])})"
        if op.kind in ("min", "max", "half_even") or (op.kind == "half_up" and not isinstance(op.args[1], Const)):
            return f"{op.kind}({self.value(op.args[0])}, {self.value(op.args[1])})"
        return super()._operation(op)


def _half_even(n: Array, d: Array) -> Array:
    quotient = n // d
    rest = n - quotient * d
    return quotient + ((rest > d - rest) | ((rest == d - rest) & (quotient % 2 == 1)))


def _stage(
    np: Any, lets: Mapping[str, Expr], given: Iterable[str], wanted: Iterable[str], *, scalar: bool = False
) -> Stage:
    known, gives = set(given), tuple(dict.fromkeys(wanted))
    steps, writer = reached(lets, gives, known), Writer() if scalar else _Vectors()
    for name in steps:
        writer.let(name, lets[name])
    used = [*gives, *(name for step in steps for name in variables(lets[step]))]
    takes = tuple(name for name in dict.fromkeys(used) if name in known)
    body = "".join(f"    {line}\n" for line in writer.lines)
    source = f"def stage({', '.join(takes)}):\n{body}    return ({''.join(f'{name}, ' for name in gives)})\n"
    if scalar:
        return Stage(takes, gives, compiled("stage", source, {name: table for table, name in writer.tables.items()}))
    tables = {name: np.array(table, dtype=np.int64) for table, name in writer.tables.items()}
    helpers = {
        "where": np.where,
        "min": np.minimum,
        "max": np.maximum,
        "as_int": lambda truth: truth.astype(np.int64),
        "half_up": lambda n, d: (n + d // 2) // d,
        "half_even": _half_even,
    }
    return Stage(takes, gives, compiled("stage", source, {**helpers, **tables}))


@cached
def emit_numpy(program: Program) -> ColumnKernel:
    """Compile to a function of columns; needs NumPy.

    The function takes a mapping with a column of integers for each input, all of one length, the rows in the order in
    which they are folded, and optionally a second mapping with the key columns (a key that is not there is looked for
    among the first). The first may hold a column named like a scan: what its key had left behind before these rows. It
    returns the outputs by name and raises InputError where a column is missing, is not of integers, or leaves its
    bounds, or a scan grows beyond its limit.

    Args:
        program: the program.

    Raises:
        RangeError: the program cannot be proved safe.
    """
    np = import_module("numpy")
    stages = staged(program)
    priors, sources, results, lets = stages.priors, stages.sources, stages.results, stages.lets
    known = set(stages.inputs.values())
    steps: list[ScanStep] = []
    for scans, folds in ((one.scans, one.folds) for one in stages.groups):
        mine, roots = {priors[scan.name] for scan in scans}, [sources[scan.name] for scan in scans]
        if not folds:
            before, together, singly = _before(np, lets, known, roots), None, None
        else:
            cone = reached(lets, roots, known)
            tied = _tied(lets, cone, mine)
            wanted = {name for let in tied for name in variables(lets[let]) if name in cone and name not in tied}
            before = _before(np, lets, known, sorted(wanted))
            given = known | set(before.gives) | mine
            together = _stage(np, lets, given, roots)
            singly = _stage(np, lets, given, roots, scalar=True)
        known |= set(before.gives) | mine
        steps.append(ScanStep(scans, before, together, singly))
    last = _stage(np, lets, known, results.values())

    def kernel(columns: Columns, keys: Columns | None = None) -> dict[str, Array]:
        given = Given.of(np, program, columns, keys)
        found = {stages.inputs[name]: column for name, column in given.inputs.items()}
        table = ColumnTable(np, given.rows, found, {**columns, **(keys or {})}, given.opening)
        for step in steps:
            table.run(step.before)
            if step.together is None:
                prefix(table, step.scans[0], priors, sources)
            else:
                fold(table, step, priors, sources)
        table.run(last)
        return {name: table.full(table.known[result]) for name, result in results.items()}

    return kernel


def _tied(lets: Mapping[str, Expr], cone: Iterable[str], priors: set[str]) -> set[str]:
    """The lets of the cone that depend on one of the priors."""
    tied: set[str] = set(priors)
    for name in cone:
        if tied.intersection(variables(lets[name])):
            tied.add(name)
    return tied - priors


def _before(np: Any, lets: Mapping[str, Expr], known: set[str], wanted: list[str]) -> Stage:
    """The stage that computes what is wanted, and gives as well what later stages can use of it."""
    steps = set(reached(lets, wanted, known))
    others = {name for let, expr in lets.items() if let not in steps for name in variables(expr)}
    return _stage(np, lets, known, [*wanted, *sorted((steps & others) - set(wanted))])
