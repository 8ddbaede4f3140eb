"""Python source from a plan: one function of integers. It holds identifiers and integers of our own making only."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from itertools import zip_longest
from typing import Any

import attrs

from cantinekit.pricing.kernel._blocks import ConditionSplit, StatementBlock, blocks, used
from cantinekit.pricing.kernel._cache import cached
from cantinekit.pricing.kernel._ir import Const, Expr, Op, Program, TableLookup, Var
from cantinekit.pricing.kernel._plan import NESTED, Inliner, Plan, counted_in, cut, is_truth, make_plan, variables


class Writer:
    """Writes expressions; collects the tables that they read, and gives out names for what is used twice."""

    def __init__(self, asked: Collection[str] = ()) -> None:
        """``asked`` are lets of which it is only asked whether they hold: they need not become 1 or 0."""
        self.asked = asked
        self.tables: dict[tuple[int, ...], str] = {}
        self.lines: list[str] = []
        self._temps = 0

    def let(self, name: str, expr: Expr, indent: str = "") -> None:
        """Write a let as a line, or as several where it is nested too deep."""
        written = self.truth if name in self.asked else self.value

        def line(part: str, value: Expr) -> None:
            self.lines.append(f"{indent}{part} = {written(value) if part == name else self.value(value)}")

        cut(name, expr, line)

    def table(self, table: tuple[int, ...]) -> str:
        return self.tables.setdefault(table, f"t{len(self.tables)}")

    def _temp(self) -> str:
        self._temps += 1
        return f"w{self._temps}"

    def _twice(self, expr: Expr) -> tuple[str, str]:
        """The text where a value is first used, and where it is used again."""
        text = self.value(expr)
        if isinstance(expr, Const | Var):
            return text, text
        return f"({(temp := self._temp())} := {text})", temp

    def value(self, expr: Expr) -> str:
        """The text of the integer."""
        match expr:
            case Const():
                return str(expr.value) if expr.value >= 0 else f"({expr.value})"
            case Var():
                return expr.name
            case TableLookup():
                return f"{self.table(expr.table)}[{self.value(expr.index)}]"
            case Op() if is_truth(expr):
                return f"(1 if {self.truth(expr)} else 0)"
            case Op():
                return self._operation(expr)
        raise TypeError(type(expr).__name__)

    def truth(self, expr: Expr) -> str:
        """The text of what counts as true or false."""
        if not isinstance(expr, Op) or not is_truth(expr):
            return self.value(expr)
        if expr.kind in ("and", "or"):
            return f"({self.truth(expr.args[0])} {expr.kind} {self.truth(expr.args[1])})"
        if expr.kind == "not":
            return f"(not {self.truth(expr.args[0])})"
        return f"({self.value(expr.args[0])} {expr.kind} {self.value(expr.args[1])})"

    def _operation(self, op: Op) -> str:
        a, b = op.args[-2:]
        match op.kind:
            case "if":
                return f"({self.value(a)} if {self.truth(op.args[0])} else {self.value(b)})"
            case "min" | "max":
                (first, again), (second, second_again) = self._twice(a), self._twice(b)
                return f"({again} if {first} {'<=' if op.kind == 'min' else '>='} {second} else {second_again})"
            case "half_up" if isinstance(b, Const):
                return f"(({self.value(a)} + {b.value // 2}) // {b.value})"
            case "half_up":
                first, again = self._twice(b)
                return f"(({self.value(a)} + {first} // 2) // {again})"
            case "up":
                return f"(-(-{self.value(a)} // {self.value(b)}))"
            case "half_even":
                (n, n_again), (d, d_again) = self._twice(a), self._twice(b)
                q, r = self._temp(), self._temp()
                left = f"({r} := {n_again} - {q} * {d_again}) > {d_again} - {r}"
                return f"(({q} := {n} // {d}) + (1 if {left} or ({r} == {d_again} - {r} and {q} % 2) else 0))"
            case "down":
                return f"({self.value(a)} // {self.value(b)})"
        return f"({self.value(a)} {op.kind} {self.value(b)})"


def compiled(name: str, source: str, namespace: Mapping[str, Any]) -> Callable[..., Any]:
    """The function of that name from generated source, which sees nothing but what is given."""
    scope: dict[str, Any] = {"__builtins__": {}, **namespace}
    exec(compile(source, "<cantinekit kernel>", "exec"), scope)
    function: Callable[..., Any] = scope[name]
    return function


def _tuple(texts: Iterable[str]) -> str:
    return f"({''.join(f'{text}, ' for text in texts)})"


def _write(
    writer: Writer, block: StatementBlock, inliner: Inliner, names: Collection[str] = (), indent: str = ""
) -> None:
    """Write a block; ``names`` are what the condition around it sets."""
    decided: tuple[str, Expr] | None = None
    """A let that the condition of the next statement asks for: it is 1 in one way, and 0 in the other."""
    for statement, following in zip_longest(block.statements, block.statements[1:]):
        let = statement.single if isinstance(statement, ConditionSplit) else statement
        if let is not None:
            name, expr = let[0], inliner.put(let[1])
            if name not in names and inliner.waits(name, expr):
                continue
            asked = (
                isinstance(following, ConditionSplit) and following.single is None and following.condition == Var(name)
            )
            if asked and isinstance(expr, Op) and is_truth(expr) and expr.depth <= NESTED:
                decided = name, expr
                continue
            writer.let(name, expr, indent)
            continue
        assert isinstance(statement, ConditionSplit)
        name, condition = decided or ("", inliner.put(statement.condition))
        decided = None
        writer.lines.append(f"{indent}if {writer.truth(condition)}:")
        for ways, value in ((statement.then, 1), (statement.otherwise, 0)):
            writer.lines += [f"{indent}else:"] if not value else []
            writer.lines += [f"{indent}    {name} = {value}"] if name else []
            _write(writer, ways, inliner, statement.names, indent + "    ")


def _statements(plan: Plan) -> tuple[Writer, list[Expr]]:
    """The statements that the outputs need, and those that are asked for late, with what is used there alone."""
    names = [name for one in plan.outputs for name in variables(one)]
    late = [name for expr in plan.late for name in variables(expr)]
    counted = {*names, *(name for expr in plan.lets.values() for name in counted_in(expr))}
    counted.update(name for expr in plan.late if not isinstance(expr, Var) for name in counted_in(expr))
    asked = {name for name, expr in plan.lets.items() if is_truth(expr) and name not in counted}
    whole, writer = blocks(plan.lets, [*names, *late]), Writer(asked)
    inliner = Inliner.of(names, [*used(whole), *late])
    _write(writer, whole, inliner)
    return writer, [inliner.put(expr) for expr in plan.late]


@attrs.frozen
class Inline:
    """A program as statements of a function.

    Attributes:
        arguments: the names of the arguments that the function must have.
        lines: the statements.
        results: the texts of the outputs.
        tables: what the statements refer to by name.
        late: the texts of the late expressions, each computed where its text stands; a comparison, or a let that is
            one, counts as true or false.
    """

    arguments: tuple[str, ...]
    lines: tuple[str, ...]
    results: tuple[str, ...]
    tables: dict[str, tuple[int, ...]]
    late: tuple[str, ...] = ()


def inline(program: Program | Plan, late: Iterable[Expr] = ()) -> Inline:
    """The program as statements, to be written into a function.

    Args:
        program: a program, or a plan, which has been proved.
        late: expressions over the names of the program, which may be needed after it or not.

    Raises:
        RangeError: the program cannot be proved safe.
    """
    plan = program if isinstance(program, Plan) else make_plan(program, late)
    writer, after = _statements(plan)
    results, late_texts = tuple(map(writer.value, plan.outputs)), tuple(map(writer.truth, after))
    tables = {name: table for table, name in writer.tables.items()}
    return Inline(plan.arguments, tuple(writer.lines), results, tables, late_texts)


def python_source(program: Program) -> tuple[str, dict[str, tuple[int, ...]]]:
    """The source of the kernel, and its tables by identifier.

    Args:
        program: the program.
    """
    body = inline(program)
    lines = [*body.lines, f"return {_tuple(body.results)}"]
    source = f"def kernel({', '.join(body.arguments)}):\n" + "".join(f"    {line}\n" for line in lines)
    return source, body.tables


@cached
def emit_python(program: Program) -> Callable[..., tuple[int, ...]]:
    """Compile to a function that takes ``program.arguments`` by position and returns the outputs.

    It computes with exact integers and does not check whether the arguments are within their bounds.

    Args:
        program: the program.

    Raises:
        RangeError: the program cannot be proved safe.
    """
    return compiled("kernel", *python_source(program))
