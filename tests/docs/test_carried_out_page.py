"""The page on what the house carries out has a row for every key of the format, and says of each what happens."""

from __future__ import annotations

import re
import tomllib
from decimal import Decimal
from pathlib import Path

import pytest

from cantinekit.domain.catalogue.unsupported import unsupported
from cantinekit.pricing import Tariff
from support.pages.format_keys import every_key, keys_in

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "reference" / "what-the-house-carries-out.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| `([^`]+)` \| ([a-z ]+) \| `(.+)` \|$", TEXT, re.MULTILINE)
REFUSED = {key for key, state, _ in ROWS if state == "refused"}
LISTS = sorted(ROOT.glob("tests/tariffs*/*.toml"))
HEAD = """
[tariff]
id = "one"
currency = "EUR"
timezone = "Europe/Paris"
prices = "incl"
[product.more]
rate = { price = 5.00, per = "1h" }
[product.desk]
rate = { price = 100.00 }
sells = "plan"
term = { period = "1 month", minimum = 1, renewal = "monthly", ends = "period end" }
end_early = { smaller_of = [{ periods = 2 }, { share = "50%" }] }
grant = [{ unit = "hour", units = 10, renews = "month", rollover = true }]
"""


def test_every_key_has_one_row():
    """No key of the format is without a row, and no row is of a key that the format has not."""
    keys = [key for key, _, _ in ROWS]
    assert sorted(keys) == sorted(every_key())


def test_states_are_those_that_are_explained():
    """Each row says one of the three words."""
    assert {state for _, state, _ in ROWS} == {"carried out", "refused", "no sale"}


@pytest.mark.parametrize(("key", "_", "example"), ROWS, ids=[row[0] for row in ROWS])
def test_each_example_is_toml_of_its_key(key, _, example):
    """An example writes the key of its row."""
    assert list(tomllib.loads(example)) == [key.rpartition(".")[2]]


def _names(problems) -> set[str]:
    """The keys that problems are about, as the page names them."""
    told = {re.sub(r"\[\d+\]", "", problem.path) for problem in problems}
    return {re.sub(r"^product\.(\"[^\"]*\"|[^.]+)", "product", path) for path in told}


def test_what_is_refused_is_refused():
    """A list that writes all keys that are refused has a problem for each, with its line."""
    tariff = Tariff.load(HEAD)
    problems = unsupported(tariff)
    outermost = {key for key in REFUSED if not any(key.startswith(f"{other}.") for other in REFUSED)}
    assert _names(problems) == outermost
    lines = HEAD.splitlines()
    for problem in problems:
        assert problem.line is not None
        assert re.sub(r"\[\d+\]", "", problem.path).rpartition(".")[2] in lines[problem.line - 1]


@pytest.mark.parametrize("path", LISTS, ids=lambda path: path.stem)
def test_a_list_has_problems_where_it_writes_what_is_refused(path):
    """Of each list of the tests the problems are about the keys that the page calls refused, and about all of them."""
    text = path.read_text(encoding="utf-8")
    written = keys_in(tomllib.loads(text, parse_float=Decimal))
    used = {key for key, values in written.items() if key in REFUSED and any(values)}
    outermost = {key for key in used if not any(key.startswith(f"{other}.") for other in used)}
    assert _names(unsupported(Tariff.load(text))) == outermost
