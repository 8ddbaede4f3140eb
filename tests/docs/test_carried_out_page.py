"""The page on what the house carries out has a row for every key of the format, and says of each what happens."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from cantinekit.domain.catalogue.unsupported import unsupported
from cantinekit.pricing import Tariff
from support.pages.format_keys import every_key

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "reference" / "what-the-house-carries-out.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| `([^`]+)` \| ([a-z ]+) \| `(.+)` \|$", TEXT, re.MULTILINE)
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
    """Each row says one of the two words."""
    assert {state for _, state, _ in ROWS} == {"carried out", "no sale"}


@pytest.mark.parametrize(("key", "_", "example"), ROWS, ids=[row[0] for row in ROWS])
def test_each_example_is_toml_of_its_key(key, _, example):
    """An example writes the key of its row."""
    assert list(tomllib.loads(example)) == [key.rpartition(".")[2]]


def test_what_lasts_is_carried_out():
    """A list that writes all that a contract can say has no problem."""
    assert unsupported(Tariff.load(HEAD)) == ()


@pytest.mark.parametrize("path", LISTS, ids=lambda path: path.stem)
def test_the_lists_of_the_tests_are_carried_out(path):
    """No list of the tests writes a key that the house does not carry out."""
    assert unsupported(Tariff.load(path.read_text(encoding="utf-8"))) == ()
