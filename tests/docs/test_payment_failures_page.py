"""The page on failing payments names tests that exist, for each of the seventeen cases."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from cantinekit.testing import payment_promises

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "reference" / "payment-failures.md").read_text(encoding="utf-8")
NAMED = re.findall(r"^\| (\d+) \| `([^`:]+)::(\w+)` \|$", PAGE, re.MULTILINE)
CASES = re.findall(r"^\| (\d+) \| ([^|`]+) \| (gateway|house|gateway, house) \| ([^|]+) \|$", PAGE, re.MULTILINE)


def test_every_case_is_there():
    """There are seventeen cases, each with whose it is and at least one test."""
    assert [int(number) for number, *_ in CASES] == list(range(1, 18))
    assert {number for number, _, _ in NAMED} == {number for number, *_ in CASES}


@pytest.mark.parametrize(("number", "path", "name"), NAMED)
def test_the_named_tests_exist(number, path, name):
    """Each test that the page names is a function of that file; of the kit, one of the promises."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    assert name in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    if path.startswith("src/"):
        assert name in dict(payment_promises())


@pytest.mark.parametrize(("number", "what", "whose", "done"), CASES)
def test_whose_it_is(number, what, whose, done):
    """What is the gateway's is held by a promise or a test of a gateway; what is the house's by one of a house."""
    paths = {path for of, path, _ in NAMED if of == number}
    if "gateway" in whose:
        assert any(path.startswith("src/cantinekit/testing/") or "stripe" in path for path in paths)
    if "house" in whose:
        assert any(path.startswith("tests/integration/") for path in paths)
