"""No function is harder to follow than it has to be: cognitive complexity at most 25, with named exceptions.

Cognitive complexity as SonarSource defines it (G. Ann Campbell, "Cognitive Complexity", 2018): one for each break in
the flow of reading (a condition, a loop, an ``except``, a ``match``, a conditional expression, a run of equal logical
operators, a recursion), and one more for each level at which it is nested. ``else`` and ``elif`` cost one, however
deep. A function within a function is read with it, a level deeper. Comprehensions cost nothing.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "cantinekit"
LIMIT = 25
EXCEPTIONS = {
    "scheduling/availability/_index.py:BusyIndex.first_free": "it bisects arrays: no call for each room",
    "scheduling/availability/_index.py:BusyIndex.firsts": "the same, and on from the last window",
    "scheduling/calendars/_lines.py:unfolded": "one pass over the octets of a file, of which no line is held twice",
    "testing/_storage_base.py:read_along": "a race, its readers and what they saw, in the order in which it happens",
}
"""Functions over the limit, and why each of them is one function."""
Function = ast.FunctionDef | ast.AsyncFunctionDef


def complexities(tree: ast.AST, prefix: str = "") -> Iterator[tuple[str, int]]:
    """Each function and method of a module, by its qualified name, with its complexity."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, Function):
            yield f"{prefix}{node.name}", sum(_cost(child, 0, node.name) for child in node.body)
        elif isinstance(node, ast.ClassDef):
            yield from complexities(node, f"{prefix}{node.name}.")
        else:
            yield from complexities(node, prefix)


def of_folder(folder: Path) -> Iterator[tuple[str, int]]:
    """The functions of all modules under a folder: ``"pricing/quote.py:Quote.explanation"``."""
    for path in sorted(folder.rglob("*.py")):
        for name, found in complexities(ast.parse(path.read_text(encoding="utf-8"))):
            yield f"{path.relative_to(folder).as_posix()}:{name}", found


def _cost(node: ast.AST, depth: int, name: str) -> int:
    """What a statement or an expression adds with all that is in it, ``depth`` levels deep in the function ``name``."""
    if isinstance(node, ast.If):
        return 1 + depth + _inside([node.test], depth, name) + _branches(node, depth, name)
    if isinstance(node, ast.For | ast.AsyncFor | ast.While):
        head = [node.test] if isinstance(node, ast.While) else [node.target, node.iter]
        rest = bool(node.orelse) + _inside([*node.body, *node.orelse], depth + 1, name)
        return 1 + depth + _inside(head, depth, name) + rest
    if isinstance(node, ast.ExceptHandler | ast.match_case | Function | ast.Lambda | ast.IfExp | ast.Match):
        breaks = isinstance(node, ast.ExceptHandler | ast.IfExp | ast.Match)
        deeper = not isinstance(node, ast.Match)  # its cases are
        return breaks * (1 + depth) + _inside(ast.iter_child_nodes(node), depth + deeper, name)
    own = 0
    if isinstance(node, ast.BoolOp):
        own = 1
    elif isinstance(node, ast.Call):
        own = isinstance(node.func, ast.Name) and node.func.id == name
    return own + _inside(ast.iter_child_nodes(node), depth, name)


def _branches(node: ast.If, depth: int, name: str) -> int:
    """The body of a condition, and its ``elif`` and ``else``."""
    found = _inside(node.body, depth + 1, name)
    if len(node.orelse) == 1 and isinstance(node.orelse[0], ast.If) and node.orelse[0].col_offset == node.col_offset:
        other = node.orelse[0]
        return found + 1 + _inside([other.test], depth, name) + _branches(other, depth, name)
    return found + bool(node.orelse) + _inside(node.orelse, depth + 1, name)


def _inside(nodes: Iterable[ast.AST], depth: int, name: str) -> int:
    return sum(_cost(node, depth, name) for node in nodes)


def measured(text: str) -> dict[str, int]:
    return dict(complexities(ast.parse(text)))


def test_functions_are_simple_enough() -> None:
    """No function is over the limit but the named ones."""
    over = {name: found for name, found in of_folder(SOURCE) if found > LIMIT}
    assert {name: found for name, found in over.items() if name not in EXCEPTIONS} == {}


def test_exceptions_are_needed() -> None:
    """Each exception is a function that is there, and over the limit."""
    found = dict(of_folder(SOURCE))
    assert [name for name in EXCEPTIONS if found.get(name, 0) <= LIMIT] == []


@pytest.mark.parametrize(
    ("body", "cost"),
    [
        ("return a", 0),
        ("return a if b else c", 1),
        ("return a and b and c", 1),
        ("return a and b or c", 2),
        ("return not a", 0),
        ("return f(a)", 1),
        ("return [b for b in a if b]", 0),
        ("return lambda: a if b else c", 2),
        ("if a:\n  b", 1),
        ("if a:\n  b\nelse:\n  c", 2),
        ("if a:\n  b\nelif c:\n  d\nelse:\n  e", 3),
        ("if a:\n  b\nelse:\n  if c:\n    d", 4),
        ("for a in b:\n  if c:\n    d", 3),
        ("while a and b:\n  pass\nelse:\n  c", 3),
        ("for a in b:\n  for c in d:\n    if e:\n      f", 6),
        ("try:\n  a\nexcept E:\n  if b:\n    c", 3),
        ("try:\n  a\nfinally:\n  if b:\n    c", 1),
        ("with a:\n  if b:\n    c", 1),
        ("match a:\n  case 1:\n    if b:\n      c\n  case 2:\n    d", 3),
        ("def g():\n  if a:\n    b\nreturn g", 2),
        ("for a in b:\n  if c:\n    continue", 3),
    ],
)
def test_costs(body: str, cost: int) -> None:
    """What each construct costs, by the definition."""
    text = "def f(a):\n" + "\n".join(f"  {line}" for line in body.splitlines())
    assert measured(text) == {"f": cost}


def test_methods_are_named_by_their_class() -> None:
    """A method is found by its class, in a class within a class too; what is in a function is part of it."""
    text = (
        "class A:\n  class B:\n    async def c(self):\n      def d():\n        return 1 if self else 2\n      return d"
    )
    assert measured(text) == {"A.B.c": 2}


def test_a_planted_function_is_found(tmp_path: Path) -> None:
    """Control: a function over the limit is found by its name."""
    nested = "\n".join(f"{'  ' * depth}if a:" for depth in range(1, 8))
    (tmp_path / "deep.py").write_text(f"def deep(a):\n{nested}\n{'  ' * 8}pass\n", encoding="utf-8")
    assert dict(of_folder(tmp_path)) == {"deep.py:deep": 28}
