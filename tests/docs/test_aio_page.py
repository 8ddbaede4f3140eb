"""The reference of the calls that are awaited has what the facade adds, with the exact signatures."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap

import pytest

from cantinekit import aio
from cantinekit.aio import house
from support.pages.reference import page, section, titles

PAGE = page("aio.md")
METHODS = {
    "Cantine": aio.Cantine.__init__,
    "Opening.sized": aio.Opening.sized,
    "Cantine.aclose": aio.Cantine.aclose,
    "Cantine.call": aio.Cantine.call,
}


def test_every_method_is_there():
    """What the facade has of its own has a section; the rest is that of the house."""
    assert [title for title in titles(PAGE) if title != "Cantine.open"] == list(METHODS)


@pytest.mark.parametrize("name", METHODS)
def test_signature(name):
    """The signature on the page is that of the code: names, kinds, annotations, defaults, and what comes back."""
    block = re.search(r"```text\n(.*?)\n```", section(PAGE, name), re.DOTALL)[1]
    written = ast.parse(block.replace(name, "def f", 1) + ": ...").body[0]
    code = ast.parse(textwrap.dedent(inspect.getsource(METHODS[name]))).body[0]
    del code.args.args[0]
    assert ast.unparse(written.args) == ast.unparse(code.args)
    assert ast.unparse(written.returns) == ast.unparse(code.returns)


def test_defaults():
    """The page says the defaults in figures."""
    text = section(PAGE, "Cantine")
    assert f"The default is {house.THREADS}." in text
    assert f"The default is {house.WAITING}." in text
    assert f"The default is {house.LONGEST_WAIT.seconds} seconds." in text
