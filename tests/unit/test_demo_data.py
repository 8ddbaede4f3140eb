"""The data of the demonstration: its price list, its network, its texts."""

from __future__ import annotations

import re
import string
import tomllib
from pathlib import Path

import pytest

import cantinekit.demo
import cantinekit.records
from cantinekit import commands as cmd
from cantinekit.clock import ManualClock
from cantinekit.demo import _network, _stage, _texts
from cantinekit.money import Money
from cantinekit.pricing import Item, Tariff

PACKAGE = Path(cantinekit.demo.__file__).parent
NETWORK = tomllib.loads(_network.read_text("network.toml"))
TARIFF = Tariff.load(_network.read_text("tariff.toml"))
SOURCES = "".join(path.read_text(encoding="utf-8") for path in PACKAGE.glob("*.py"))


# --- the price list ---


@pytest.mark.parametrize("result", TARIFF.check(), ids=lambda result: result.id)
def test_worked_examples(result):
    """Each worked example in the price list of the demonstration comes out as it says."""
    assert result.ok, result.why


@pytest.mark.parametrize(("product", "price"), [("half-day", 700), ("day", 1000), ("day-nantes", 700)])
def test_published_prices(product, price):
    """A half-day, a day and a day in Nantes cost what was published in 2013."""
    assert TARIFF.quote(Item(product, day=_stage.DAY)).total == Money(price, "EUR")


def test_every_price_has_an_example():
    """Each product of the price list is in one of its worked examples."""
    asked = {product for example in tomllib.loads(TARIFF.source)["examples"]["list"] for product in _products(example)}
    assert asked == set(TARIFF.products)


def _products(example):
    return [one["product"] for one in example.get("buy", [example])]


def test_assumptions_are_stated():
    """The price list names its sources, and says of every price that was not published that it is an assumption."""
    text = _network.read_text("tariff.toml")
    head = text.partition("[tariff]")[0]
    assert "logement.gouv.fr" in head
    assert "Assumptions for the demonstration" in head
    for word in ("carnet", "80.00", "meeting room", "large room", "seat", "materials", "8.00", "desk"):
        assert word in head.partition("Assumptions")[2]


# --- the network ---


def test_cities():
    """The network is Paris, Toulouse, Nantes, Rennes, Toulon and Brest, run by at least three kinds of operators."""
    assert {place["name"] for place in NETWORK["place"]} == {"Paris", "Toulouse", "Nantes", "Rennes", "Toulon", "Brest"}
    operators = {entity["id"]: entity["name"] for entity in NETWORK["entity"]}
    assert {place["entity"] for place in NETWORK["place"]} == set(operators)
    for kind in ("association", "société", "régie"):
        assert any(kind in name for name in operators.values())


def test_catalogue_is_priced():
    """Every product that an entity sells is in the catalogue and on the price list."""
    catalogue = {product["id"] for product in NETWORK["product"]}
    for entity in NETWORK["entity"]:
        assert set(entity["products"]) <= catalogue
    assert catalogue == set(TARIFF.products)


def test_carnet_is_the_same_everywhere():
    """The carnet of each entity fills the one account, valid in every place, that the price list covers visits from."""
    sold = [c for c in _network.set_up(_stage.DAY, "fr") if isinstance(c, cmd.AddProduct) and c.sells == "pass"]
    assert len(sold) == len(NETWORK["entity"])
    assert {(product.pricelist_id, product.tariff_product, product.places) for product in sold} == {
        (TARIFF.id, "carnet", ())
    }
    (given,) = TARIFF.products["carnet"].grant
    assert (given.account, given.units, str(TARIFF.products["carnet"].valid.lasts)) == ("carnet", 10, "365 days")
    assert TARIFF.accounts(Item("day", day=_stage.DAY)) == ("carnet",)


def test_set_up_runs():
    """The commands that set the network up are accepted, in their order, by an empty house."""
    stage = _stage.DemoStage("memory://", "en")
    with stage.cantine:
        for command in _network.set_up(_stage.DAY, "en"):
            stage.do(_stage.moment(8), "test", command)
        assert stage.cantine.read.get(cantinekit.records.Place, "toulon").name == "Toulon"


def test_day():
    """The day that is played is a Tuesday, on which Paris is an hour ahead of UTC."""
    assert _stage.DAY.strftime("%A") == "Tuesday"
    assert _stage.moment(9, 5).isoformat() == "2026-11-24T08:05:00+00:00"
    assert ManualClock(_stage.moment(9)).now() == _stage.moment(9)


# --- the texts ---

NAMES = sorted(_texts.TEXTS)


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("name", NAMES)
def test_languages_say_the_same(name):
    """A text has the same values in French and in English."""
    english, french = _texts.TEXTS[name]["en"], _texts.TEXTS[name]["fr"]
    assert fields(english) == fields(french)
    assert english.strip()
    assert french.strip()


@pytest.mark.parametrize("name", NAMES)
def test_french_is_set_as_french(name):
    """French has typographic apostrophes, and no-break spaces before tall punctuation and inside quotation marks."""
    text = re.sub(r"\{.*?\}", "x", _texts.TEXTS[name]["fr"])
    assert "'" not in text
    text = re.sub(r"\d\d:\d\d", "x", text)
    assert not re.search(r"[^\u00a0][:;!?»]|«[^\u00a0]", text)


@pytest.mark.parametrize("name", NAMES)
def test_no_text_is_left_over(name):
    """Each text is used by the demonstration."""
    built = ("account ", "by ", "kind ", "later ", "falls due ", "ledger ")
    used = f'"{name}"' in SOURCES.replace(f'    "{name}": (', "", 1)
    assert used or name.startswith(built)
