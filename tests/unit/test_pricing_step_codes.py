"""The codes of steps in the source of the engine, held against the sentences that explain them."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

import pytest

import cantinekit.pricing
from cantinekit.pricing import REFUSAL_CODES, texts

ROOMS = Path(cantinekit.pricing.__file__).parent
SOURCES = sorted([*(ROOMS / "engine").glob("*.py"), *(ROOMS / "compiled").glob("*.py")])
PLACE = {"step": 1, "report": 2, "Step": 6, "Way": 2}
"""Which argument of a call is the code of the step."""


def values(node: ast.expr, names: Mapping[str, ast.expr] = MappingProxyType({})) -> Iterator[str]:
    """The texts that an expression may come to: both ends of a choice, the values of a table and its default."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from values(node.body)
        yield from values(node.orelse)
    elif isinstance(node, ast.Name) and node.id in names:
        yield from values(names[node.id])
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        yield from (left + right for left in values(node.left, names) for right in values(node.right, names))
    elif isinstance(node, ast.Dict):
        for entry in node.values:
            yield from values(entry)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get":
        yield from values(node.func.value)
        yield from values(node.args[1])


def called(node: ast.Call) -> str:
    """The name of what is called."""
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


def is_name(node: ast.AST) -> bool:
    """Whether a name is given a value."""
    return isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)


def is_why(node: ast.FunctionDef) -> bool:
    """Whether a function gives the code of a step."""
    return node.name == "why" or node.name.startswith("why_")


def step_codes(source: str) -> set[str]:
    """The codes that a module gives to steps: directly, in a name ``why``, or as the first of what a change returns."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and called(node) in PLACE:
            place = PLACE[called(node)]
            found |= set(values(node.args[place])) if len(node.args) > place else set()
        elif isinstance(node, ast.Assign) and any(isinstance(to, ast.Name) and to.id == "why" for to in node.targets):
            found |= set(values(node.value))
        elif isinstance(node, ast.FunctionDef) and is_why(node):
            names = {each.targets[0].id: each.value for each in ast.walk(node) if is_name(each)}
            for inner in ast.walk(node):
                if isinstance(inner, ast.Return) and inner.value is not None:
                    found |= set(values(inner.value, names))
        elif (
            isinstance(node, ast.FunctionDef)
            and node.returns
            and ast.unparse(node.returns).startswith("tuple[str, dict")
        ):
            names = {each.targets[0].id: each.value for each in ast.walk(node) if is_name(each)}
            for inner in ast.walk(node):
                if isinstance(inner, ast.Return) and isinstance(inner.value, ast.Tuple):
                    found |= set(values(inner.value.elts[0], names))
    return found - {""}


def lot_codes(source: str) -> set[str]:
    """The codes that the cover phase gives to lots."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef) and is_why(node):
            continue
        if isinstance(node, ast.FunctionDef) and ast.unparse(node.returns or ast.Constant(0)) == "str":
            for inner in ast.walk(node):
                if isinstance(inner, ast.Return) and inner.value is not None:
                    found |= set(values(inner.value))
        elif isinstance(node, ast.Assign) and any(isinstance(to, ast.Name) and to.id == "state" for to in node.targets):
            found |= set(values(node.value))
    return found - {"usable"}


def test_every_code_of_a_step_has_a_sentence() -> None:
    """What the engine can say of a rule has a text in both languages, and no text is there for nothing."""
    codes = set().union(*(step_codes(path.read_text(encoding="utf-8")) for path in SOURCES))
    assert codes - set(REFUSAL_CODES) == set(texts._STEPS)


def test_every_code_of_a_lot_has_a_sentence() -> None:
    """What the engine can say of a lot has a text in both languages."""
    codes = lot_codes((ROOMS / "engine" / "cover.py").read_text(encoding="utf-8"))
    assert codes == set(texts._LOTS)


@pytest.mark.parametrize(
    "line",
    [
        'run.step("applied", "brand_new")',
        'run.step("applied", "priced" if fast else "brand_new", before)',
        'self.report(rule, "applied", "brand_new", {})',
        'Step(item, product, phase, path, id, "applied", "brand_new", before, after)',
        'Way(head, "applied", "brand_new")',
        'def why_free(taken) -> str:\n    return "free" if taken else "brand_new"',
        'why = {"free": "priced"}.get(kind, "brand_new")',
        'def change() -> tuple[str, dict[str, Any]]:\n    return "brand_new", {}',
        'def change() -> tuple[str, dict[str, Any]]:\n    end = "new" if x else ""\n    return "brand_" + end, {}',
    ],
)
def test_a_code_without_a_sentence_would_be_found(line: str) -> None:
    """A new code is seen in each of the ways in which the engine gives one."""
    assert "brand_new" in step_codes(line)
