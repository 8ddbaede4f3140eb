"""The rule by itself, in the price list that comes with it, and in a process that finds it by its entry point."""

from __future__ import annotations

import subprocess
import sys
from decimal import Decimal
from fractions import Fraction
from importlib import metadata, resources
from itertools import pairwise

import pytest

from cantinekit import Registry
from cantinekit.errors import InputError, TariffError
from cantinekit.pricing import About, Item, Tariff
from cantinekit_sliding_scale import SLIDING_SCALE, Scale, apply_scale

TEXT = resources.files("cantinekit_sliding_scale").joinpath("price-list.toml").read_text(encoding="utf-8")
SCALE = Scale("quotient", ((Fraction(400), Fraction(3, 10)), (Fraction(1600), Fraction(1))))


def test_it_is_found():
    """The registry finds the rule by its entry point, with the name and version of the distribution."""
    (row,) = Registry.load(allow=["cantinekit-sliding-scale"], strict=True).rules
    assert row.rule == SLIDING_SCALE
    assert (row.distribution, row.version) == ("cantinekit-sliding-scale", metadata.version("cantinekit-sliding-scale"))


def test_the_price_list():
    """Every worked example of the price list comes out as it says."""
    results = Tariff.load(TEXT, [SLIDING_SCALE]).check()
    assert [result for result in results if not result.ok] == []
    assert len(results) == 14


def test_the_command(tmp_path):
    """``cantinekit check`` reads the price list, finds the rule and asks the examples; ``quote`` says what it did."""
    path = tmp_path / "list.toml"
    path.write_text(TEXT, encoding="utf-8")
    command = [sys.executable, "-m", "cantinekit"]
    told = subprocess.run([*command, "check", str(path)], capture_output=True, text=True, check=False)
    assert (told.returncode, told.stderr) == (0, "")
    assert "1 file, 14 examples, 0 failures" in told.stdout
    asked = ["quote", str(path), "--product", "workshop", "--fact", "quotient=845"]
    told = subprocess.run([*command, *asked], capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr
    assert "13.43" in told.stdout
    assert "sliding scale" in told.stdout


def test_a_wrong_example_is_found(tmp_path):
    """The control: an example that is wrong by a cent makes the command fail and say so."""
    path = tmp_path / "list.toml"
    path.write_text(TEXT.replace("quotient = 845, gross = 13.43", "quotient = 845, gross = 13.42"), encoding="utf-8")
    command = [sys.executable, "-m", "cantinekit", "check", str(path)]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    assert told.returncode == 1
    assert "1 failure" in told.stdout


@pytest.mark.parametrize("amount", [0, 1, 99, 2_400, 10**12])
def test_no_step_and_no_way_down(amount):
    """With every number more the amount rises, and by no more than its part of the slope, rounded."""
    asked = [About("x", 1, "EUR", facts={"quotient": value}) for value in range(350, 1_700)]
    found = [apply_scale(SCALE, amount, about) for about in asked]
    slope = Fraction(7, 10) * amount / 1_200
    assert all(0 <= after - before <= slope + 1 for before, after in pairwise(found))
    assert found[-1] == amount


@pytest.mark.parametrize("value", [None, "845", True, ("a",)])
def test_a_fact_that_is_no_number(value):
    """Without the fact, or where it is no number, there is no price, and the error names the fact."""
    facts = {} if value is None else {"quotient": value}
    with pytest.raises(InputError, match="'quotient' must be a number"):
        apply_scale(SCALE, 100, About("x", 1, "EUR", facts=facts))


def test_an_exact_share():
    """The share is a fraction, and rounded once: a third of three times the price is the price."""
    third = Scale("part", ((Fraction(0), Fraction(0)), (Fraction(3), Fraction(1))))
    assert [apply_scale(third, 300, About("x", 1, "EUR", facts={"part": Decimal(n)})) for n in (1, 2)] == [100, 200]
    assert apply_scale(third, 1, About("x", 1, "EUR", facts={"part": Decimal("1.5")})) == 1  # half a cent, up


def test_wrong_parameters_in_a_price_list():
    """A price list with wrong parameters cannot be loaded, and the problem stands at its place with what is wrong."""
    with pytest.raises(TariffError) as caught:
        Tariff.load(TEXT.replace("[[400, 0.30], [1600, 1]]", "[[400, 0.30]]"), [SLIDING_SCALE])
    (problem,) = map(str, caught.value.problems)
    assert "product.workshop.adjust[0].with.points" in problem
    assert "from 2 to 100 points are needed" in problem


def test_a_price_list_asks_for_it():
    """A question without the number is incomplete, and says which is missing; the rule is not asked."""
    quote = Tariff.load(TEXT, [SLIDING_SCALE]).quote(Item("workshop"))
    (refusal,) = quote.refusals
    assert (refusal.code, refusal.facets) == ("incomplete", ("quotient",))
