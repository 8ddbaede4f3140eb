"""Pricing rules of plug-ins that are really installed: proved, listed, and named by price lists in a house and on the
command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support.processes.installed import install, python

NTH = """
from cantinekit import hookimpl
from cantinekit.pricing import PricingRule


def read_n(params, complain):
    n = params.get("n")
    if type(n) is not int or n < 2:
        complain("a whole number from 2 up is needed", "n")
    for key in params.keys() - {"n"}:
        complain("unknown parameter", key)
    return n


def take_off(n, amount, about):
    return amount * (about.count - about.count // n) // about.count


@hookimpl
def cantinekit_pricing_rules():
    return [PricingRule("every nth free", 1, "adjust", read_n, take_off, "every nth piece for nothing")]
"""
SERIES = '''
from decimal import Decimal
from fractions import Fraction
from cantinekit import hookimpl
from cantinekit.money import round_ratio
from cantinekit.pricing import PricingRule


@hookimpl
def cantinekit_pricing_rules():
    """Each hour of a series costs a share of the hour before it; the functions are made anew with each call."""

    def read(params, complain):
        share = params.get("share")
        if type(share) is not Decimal or not 0 < share < 1:
            return complain("a share such as 0.90 is needed", "share")
        return Fraction(share)

    def apply(share, amount, about):
        hours = min(-(-(about.minutes or 60) // 60), 24)
        due = Fraction(amount, hours) * sum(share**hour for hour in range(hours))
        return round_ratio(due.numerator, due.denominator, "half_up")

    return [PricingRule("degressive series", 1, "adjust", read, apply)]
'''
LIST = """
tariff = { id = "hall", currency = "EUR", timezone = "Europe/Paris", prices = "incl" }
[product.visit]
rate = { price = 5.00 }
adjust = [{ id = "tenth free", form = "every nth free", version = 1, with = { n = 10 } }]
[examples]
list = [{ id = "ten", product = "visit", count = 10, gross = 45.00 }]
"""
ROOM = """
tariff = { id = "room", currency = "EUR", timezone = "Europe/Paris", prices = "incl" }
[product.room]
rate = { price = 20.00, per = "1h" }
adjust = [{ id = "series", form = "degressive series", version = 1, with = { share = 0.50 } }]
[examples]
list = [{ id = "three", product = "room", day = 2026-11-24, hours = 3, gross = 35.00 }]
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder in which both plug-ins are installed, with a price list for each."""
    install(tmp_path, "cantine-nth", NTH, version="1.2")
    install(tmp_path, "cantine-series", SERIES)
    (tmp_path / "hall.toml").write_text(LIST, encoding="utf-8")
    (tmp_path / "room.toml").write_text(ROOM, encoding="utf-8")
    return tmp_path


def command(site: Path, *argv: str):
    """The command in a fresh interpreter; the price lists are in the folder."""
    return python(site, "-m", "cantinekit", *(str(site / word) if word.endswith(".toml") else word for word in argv))


def test_check(site):
    """``check`` reads price lists with forms of installed plug-ins, and asks their examples."""
    result = command(site, "check", "hall.toml", "room.toml")
    assert (result.returncode, result.stderr) == (0, "")
    assert "2 files, 2 examples, 0 failures" in result.stdout


def test_check_without_the_plug_in(site):
    """Without the plug-in the form is a problem of the file, at its line; other lists are still checked."""
    for found in site.glob("cantine_nth*"):
        if found.is_dir():
            (found / "entry_points.txt").unlink()
    result = command(site, "check", "hall.toml", "room.toml")
    assert result.returncode == 1
    assert "hall.toml:5: product.visit.adjust[0].form: no plug-in brings the form 'every nth free'" in result.stdout
    assert "known: 'degressive series'" in result.stdout
    assert "1 unreadable" in result.stdout


def test_check_with_a_broken_plug_in(site):
    """A plug-in that is broken is told with its error, so that it is known why its form is missing."""
    (site / "cantine_nth_plugin.py").write_text("import a_library_that_nobody_has\n", encoding="utf-8")
    result = command(site, "check", "hall.toml")
    assert result.returncode == 1
    assert "left out: plug-in 'main' of cantine-nth 1.2: ModuleNotFoundError" in result.stderr
    assert "no plug-in brings the form 'every nth free'" in result.stdout


def test_a_list_without_forms_loads_no_plug_in(site):
    """Plug-ins cost nothing where a price list needs none: they are not even imported."""
    (site / "cantine_nth_plugin.py").write_text("print('imported')\n", encoding="utf-8")
    plain = LIST.replace('form = "every nth free", version = 1, with = { n = 10 }', 'percent = "-10%"')
    (site / "plain.toml").write_text(plain, encoding="utf-8")
    result = command(site, "check", "plain.toml")
    assert (result.returncode, result.stderr) == (0, "")
    assert "imported" not in result.stdout
    assert "imported" in command(site, "check", "hall.toml").stdout


def test_quote(site):
    """``quote`` prices with the form and says what it did."""
    result = command(site, "quote", "hall.toml", "--product", "visit", "--count", "20")
    assert result.returncode == 0, result.stderr
    assert "“every nth free” (version 1): 100.00 EUR becomes 90.00 EUR" in result.stdout


def test_diff(site):
    """``diff`` compares the parameters of a form, and the answers to the examples."""
    (site / "new.toml").write_text(LIST.replace("n = 10", "n = 5"), encoding="utf-8")
    result = command(site, "diff", "hall.toml", "new.toml")
    assert result.returncode == 0, result.stderr
    assert "version 1): { n = 10 } -> “every nth free” (a form of a plug-in, version 1): { n = 5 }" in result.stdout
    assert "45.00" in result.stdout
    assert "40.00" in result.stdout


def test_plugins(site):
    """``plugins`` lists the rules with version, phase and distribution, as a table and as data."""
    result = command(site, "plugins")
    table = result.stdout.partition("PRICING RULE")[2].splitlines()
    assert table[1].startswith("every nth free  ")
    assert "1        cantine-nth 1.2     adjust  every nth piece for nothing" in table[1]
    assert "degressive series" in table[2]
    assert (result.returncode, result.stderr) == (0, "")
    rules = json.loads(command(site, "plugins", "--json").stdout)["rules"]
    assert rules[0] == {
        "rule": {"name": "every nth free", "version": 1, "phase": "adjust", "summary": "every nth piece for nothing"},
        "distribution": "cantine-nth",
        "version": "1.2",
    }


def test_no_rules_no_table(tmp_path):
    """Where there are no rules, ``plugins`` has no table of them."""
    assert "PRICING RULE" not in command(tmp_path, "plugins").stdout


HOUSE = """
import sys
from datetime import UTC, datetime
from cantinekit import Cantine, Money, Period
from cantinekit import commands as c
from cantinekit.errors import TariffError
with Cantine.open(sys.argv[2]) as cantine:
    try:
        cantine.execute(c.PublishTariff(open(sys.argv[1]).read()), actor="desk")
    except TariffError as error:
        sys.exit(str(error))
    cantine.execute(c.AddEntity(name="Asso", accounts=("desk",), id="asso"), actor="desk")
    cantine.execute(
        c.AddPlace(name="Nuit", entity_id="asso", zone="Europe/Paris", currency="EUR", id="nuit"), actor="desk"
    )
    cantine.execute(c.AddSpace(place_id="nuit", name="Salle", id="n"), actor="desk")
    room = dict(entity_id="asso", pricelist_id="room", tariff_product="room", sells="booking", id="room")
    cantine.execute(c.AddProduct(name="Salle", **room), actor="desk")
    cantine.execute(c.AddPerson(name="Zoe", id="zoe"), actor="desk")
with Cantine.open(sys.argv[2]) as cantine:
    start = cantine.now().replace(hour=9, minute=0, second=0, microsecond=0, year=cantine.now().year + 1)
    booked = cantine.book("n", Period(start, start.replace(hour=12)), product_id="room", actor="desk", person_id="zoe")
    print(booked.quote.total, *(charge.amount for charge in booked.charges))
"""


def test_in_a_house(site):
    """A house publishes a price list with a form, sells by it, and again after it was closed and opened."""
    result = python(site, "-c", HOUSE, str(site / "room.toml"), f"sqlite:///{site / 'house.db'}")
    assert (result.stdout, result.stderr) == ("35.00 EUR 35.00 EUR\n", "")


def test_in_a_house_without_the_plug_in(site, tmp_path_factory):
    """A house without the plug-in refuses the price list, and says which form nobody brings."""
    other = tmp_path_factory.mktemp("other")
    result = python(other, "-c", HOUSE, str(site / "room.toml"), "memory://")
    assert result.returncode == 1
    assert result.stderr.endswith("no plug-in brings the form 'degressive series'; no plug-in with forms is loaded\n")


KIT = """
import sys
from decimal import Decimal
from cantinekit.plugins.registry import Registry
from cantinekit.testing import check_pricing_rule
params = {"every nth free": {"n": 10}, "degressive series": {"share": Decimal("0.90")}}
for row in Registry.load(strict=True).rules:
    results = check_pricing_rule(row.rule, params[row.rule.name], refused=[{}, {"n": 1, "share": Decimal(2)}])
    print(row.rule.name, [result.problem for result in results if not result.ok])
"""


def test_kit(site):
    """Both plug-ins keep the promises of a pricing rule, as their authors would show it."""
    result = python(site, "-c", KIT)
    assert (result.stdout, result.stderr) == ("every nth free []\ndegressive series []\n", "")


def test_clash(site):
    """Two distributions with one rule are an error that names both, in every command that loads plug-ins."""
    install(site, "other-nth", NTH, version="0.4")
    for argv in (["plugins"], ["check", "hall.toml"], ["quote", "hall.toml", "--product", "visit"]):
        result = command(site, *argv)
        assert result.returncode == 2
        assert "two pricing rules are 'every nth free' (version 1): cantine-nth 1.2 and other-nth 0.4" in result.stderr


@pytest.mark.parametrize(
    ("returned", "words"),
    [
        ("7", "cantinekit_pricing_rules returned int, not a list of PricingRule"),
        ("[7]", "cantinekit_pricing_rules returned a int where a PricingRule is needed"),
        ("[PricingRule('x', 1, 'rate', read_n, take_off)]", "no rule is carried out in 'rate', only in 'adjust'"),
        ("[PricingRule('Nth', 1, 'adjust', read_n, take_off)]", "'Nth' is no name of a pricing rule"),
    ],
)
def test_broken_rules(tmp_path, returned, words):
    """A plug-in whose rules are not what the hook asks for is left out and listed with the reason."""
    head = NTH.rpartition("    return")[0]
    install(tmp_path, "cantine-nth", f"{head}    return {returned}\n")
    result = command(tmp_path, "plugins")
    assert result.returncode == 1
    assert "left out: plug-in 'main' of cantine-nth 1.0: cantine-nth 1.0: cantinekit_pricing_rules" in result.stdout
    assert words in result.stdout


def test_pricing_alone(site):
    """The engine by itself looks for no plug-in: without a registry the form is not known, and pluggy not imported."""
    program = """
import sys
from cantinekit.errors import TariffError
from cantinekit.pricing import Tariff
try:
    Tariff.load(sys.argv[1])
except TariffError as error:
    print(len(error.problems), "pluggy" in sys.modules)
"""
    assert python(site, "-c", program, str(site / "hall.toml")).stdout == "1 False\n"
