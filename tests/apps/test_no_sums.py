"""The application holds no sum, no right and no date of its own: arithmetic and comparisons by size are looked for in
its modules and templates."""

from __future__ import annotations

import ast
from pathlib import Path

import jinja2
import pytest
from jinja2 import nodes

APP = Path(__file__).parents[2] / "examples" / "apps" / "tiers-lieu" / "src" / "tiers_lieu"
MODULES = sorted(APP.rglob("*.py"))
TEMPLATES = sorted(APP.rglob("*.html"))

COUNTING = {"sum", "round", "divmod", "pow", "min", "max", "abs"}
"""Functions that compute with amounts or instants."""
DATES = {"timedelta", "relativedelta", "Decimal", "Fraction", "Money"}
"""Types whose values are made by who computes with them."""
METHODS = {"total_seconds", "toordinal", "fromordinal", "timestamp", "fromtimestamp", "utcnow", "now", "today", "times"}
"""Methods by which dates are computed, or by which a clock of its own is read; the clock of the house is asked."""
CLOCKS = {("house", "now"), ("clock", "now"), ("read", "today"), ("page", "today"), ("self", "today")}
"""Whose ``now`` and whose ``today`` it is: that of the house, or of the clock that it was given."""
WRITES = {("words", "times")}
"""What has the name of a method that computes, and writes: from when to when."""
ORDERS = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
"""What compares by size: whether something is over, whether enough is left, is said by the house."""
FILTERS = {"sum", "round", "abs", "int", "float", "min", "max"}
"""Filters of templates that compute."""
SIZES = {"lt", "lteq", "gt", "gteq"}
"""Comparisons by size in templates."""
SUMS = (nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Mod, nodes.Pow, nodes.Neg)


def is_text(node: ast.expr) -> bool:
    """Whether an operand is written as a text, or as a tuple or a list: joining these is no sum."""
    return isinstance(node, ast.JoinedStr | ast.List | ast.Tuple) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


def owner(node: ast.Attribute) -> str:
    """What stands before the dot, in its last word."""
    value = node.value
    return value.attr if isinstance(value, ast.Attribute) else value.id if isinstance(value, ast.Name) else ""


def computes(node: ast.AST) -> bool:
    """Whether a piece of a module computes."""
    match node:
        case ast.BinOp():
            return not isinstance(node.op, ast.BitOr) and not is_text(node.left)
        case ast.Compare():
            return any(isinstance(op, ORDERS) for op in node.ops)
        case ast.AugAssign():
            return not isinstance(node.op, ast.BitOr)
        case ast.UnaryOp():
            return isinstance(node.op, ast.USub) and not isinstance(node.operand, ast.Constant)
        case ast.Call(func=ast.Name(id="timedelta")) if all(
            isinstance(one.value, ast.Constant) for one in node.keywords
        ):
            return bool(node.args)  # a length that people may choose, such as an hour, is no sum
        case ast.Call(func=ast.Name(id=name)):
            return name in COUNTING | DATES
        case ast.Attribute():
            return node.attr in METHODS and (owner(node), node.attr) not in CLOCKS | WRITES
    return False


def arithmetic(source: str) -> list[str]:
    """What computes in a module, as "line: what"."""
    tree = ast.parse(source)
    return [f"{node.lineno}: {ast.unparse(node)}" for node in ast.walk(tree) if computes(node)]


def computing(source: str) -> list[str]:
    """What computes in a template, as "line: what"."""
    tree = jinja2.Environment().parse(source)
    sums = [f"{node.lineno}: {type(node).__name__}" for node in tree.find_all(SUMS)]
    sums += [f"{node.lineno}: {node.op}" for node in tree.find_all(nodes.Operand) if node.op in SIZES]
    return sums + [f"{node.lineno}: {node.name}" for node in tree.find_all(nodes.Filter) if node.name in FILTERS]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(APP).as_posix())
def test_modules_compute_nothing(path):
    """No module of the application adds, subtracts, multiplies or rounds, makes a length of time, or reads a clock."""
    assert arithmetic(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.relative_to(APP).as_posix())
def test_templates_compute_nothing(path):
    """No template of the application computes."""
    assert computing(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "source",
    [
        "total = price * seats",
        "left = charge.amount - charge.paid",
        "total += line.amount",
        "tomorrow = day + timedelta(days=1)",
        "lasts = timedelta(hours=count)",
        "lasts = timedelta(2)",
        "due = sum(one.amount for one in charges)",
        "price = round(amount, 2)",
        "now = datetime.now(UTC)",
        "today = date.today()",
        "debt = -charge.amount",
        "fee = Money(500, currency)",
        "seconds = (end - start).total_seconds()",
        "over = session.closes <= now",
        "late = charge.due_on < day",
        "twice = price.times(2)",
    ],
)
def test_what_computes_is_found(source):
    """What must not stand in a module is found where it stands."""
    assert arithmetic(source)


@pytest.mark.parametrize(
    "source",
    [
        "{{ price * seats }}",
        "{{ a.paid - a.due }}",
        "{{ lines | sum(attribute='amount') }}",
        "{% set n = n + 1 %}",
        "{{ -fee }}",
        "{% if period.end > now %}over{% endif %}",
    ],
)
def test_what_computes_in_a_template_is_found(source):
    """What must not stand in a template is found where it stands."""
    assert computing(source)


@pytest.mark.parametrize("path", [*MODULES, *TEMPLATES], ids=lambda path: path.relative_to(APP).as_posix())
def test_a_planted_sum_is_found(path):
    """The check bites in each file: a sum at its end is found, and nothing else in it."""
    source = path.read_text(encoding="utf-8")
    lines = len(source.splitlines())
    if path.suffix == ".py":
        assert arithmetic(f"{source}\ntotal = charge.amount + fee\n") == [f"{lines + 2}: charge.amount + fee"]
    else:
        assert computing(f"{source}\n{{{{ charge.amount + fee }}}}\n") == [f"{lines + 2}: Add"]


def test_all_files_are_looked_at():
    """The files of the application are found where they are."""
    assert {"web.py", "member.py", "desk.py", "admin.py"} <= {path.name for path in MODULES}
    assert {"me.html", "desk.html", "_macros.html"} <= {path.name for path in TEMPLATES}


@pytest.mark.parametrize(
    "source",
    [
        'url = "/pay/" + id',
        "maybe: int | None = None",
        "HOUR = timedelta(hours=1)",
        "day = -1",
        "x = house.now()",
        "x = words.times(period, zone, lang)",
        "s = f'{a}{b}'",
    ],
)
def test_what_does_not_compute_is_left_alone(source):
    """Texts are joined, types are alternatives, and the clock of the house is asked."""
    assert arithmetic(source) == []
