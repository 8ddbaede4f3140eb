"""The slow evaluator that is plainly right: it walks the tree with exact integers and knows no 64 bits."""

from __future__ import annotations

from collections.abc import Mapping

from cantinekit.errors import InputError
from cantinekit.money import round_ratio
from cantinekit.pricing.kernel import Const, Expr, Op, Program, TableLookup, Var


def evaluate(expr: Expr, values: Mapping[str, int]) -> int:
    """The exact value of an expression.

    Args:
        expr: the expression.
        values: the value of each variable in it.

    Raises:
        ZeroDivisionError, IndexError, KeyError: what the range proof would have refused.
    """
    if isinstance(expr, Const):
        return expr.value
    if isinstance(expr, Var):
        return values[expr.name]
    if isinstance(expr, TableLookup):
        at = evaluate(expr.index, values)
        if at < 0:
            raise IndexError(f"index {at} of a table")
        return expr.table[at]
    if not isinstance(expr, Op):
        raise InputError(f"not an expression: {type(expr).__name__}")
    args = [evaluate(arg, values) for arg in expr.args]
    match expr.kind:
        case "+":
            return args[0] + args[1]
        case "-":
            return args[0] - args[1]
        case "*":
            return args[0] * args[1]
        case "//":
            return args[0] // args[1]
        case "%":
            return args[0] % args[1]
        case "min":
            return min(args)
        case "max":
            return max(args)
        case "if":
            return args[1] if args[0] else args[2]
        case "==":
            return int(args[0] == args[1])
        case "<":
            return int(args[0] < args[1])
        case "<=":
            return int(args[0] <= args[1])
        case "and":
            return int(bool(args[0]) and bool(args[1]))
        case "or":
            return int(bool(args[0]) or bool(args[1]))
        case "not":
            return int(not args[0])
    return round_ratio(args[0], args[1], expr.kind)


def reference(program: Program, row: Mapping[str, int]) -> dict[str, int]:
    """The values of all inputs, scans and lets, by name.

    Args:
        program: the program.
        row: the value of each input, and the prior of each scan.
    """
    values = {one.name: row[one.name] for one in program.inputs}
    for scan in program.scans:
        prior = row[scan.name]
        values[scan.name] = prior if scan.start is None else max(values[scan.start] - prior, 0)
    for name, expr in program.lets:
        values[name] = evaluate(expr, values)
    return values
