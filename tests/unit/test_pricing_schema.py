"""The JSON Schema of a tariff: what is right validates, what is wrong does not."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from cantinekit.errors import TariffError
from cantinekit.pricing import Tariff
from cantinekit.pricing.format.records import key_names
from cantinekit.pricing.model.load import SECTIONS
from cantinekit.pricing.model.product import Product
from cantinekit.pricing.schema import DIALECT, tariff_schema
from support.tariffs.files import FILES, HOUSE

SCHEMA = tariff_schema()
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER)


def plain(value: Any) -> Any:
    """The data of a TOML file as an editor gives it to a validator: dates are texts."""
    if isinstance(value, dict):
        return {key: plain(part) for key, part in value.items()}
    if isinstance(value, list):
        return [plain(part) for part in value]
    return value.isoformat() if isinstance(value, date) else value


def errors(text: str) -> list[str]:
    return [error.message for error in VALIDATOR.iter_errors(plain(tomllib.loads(text)))]


def test_it_is_a_schema_of_the_dialect_that_it_names() -> None:
    """The schema itself is valid, says which draft it is of, and survives JSON."""
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == DIALECT
    assert json.loads(json.dumps(SCHEMA)) == SCHEMA


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_price_list_validates(path: Path) -> None:
    """Every price list that can be loaded validates, as it is written and as it is dumped."""
    text = path.read_text(encoding="utf-8")
    assert errors(text) == []
    assert errors(Tariff.load(text).dump()) == []


def test_the_small_price_list_validates() -> None:
    """The price list that the mistakes below are made in is right before they are."""
    assert errors(HOUSE) == []
    assert Tariff.load(HOUSE).id == "house"


PARTS = """
tariff = { id = "t", currency = "EUR", timezone = "Europe/Paris", prices = "incl" }
calendar.week = { weekdays = ["mon", "tue", "wed", "thu", "fri"] }
facts = { who = ["a", "b"], kwh = "decimal", gift = "money", desks = "number" }
[product.hall]
measure = { unit = "day", days = true }
rate = { price = 80.00, per = "day" }
deposit = { id = "key", price = 50.00, due = "4 weeks" }
down_payment = [
  { when = { who = "a" }, price = 0, rest = "14 days" },
  { percent = "50%", on = "hall", rest = "1 month" },
]
adjust = [{ id = "cleaning", add = "12.5%", tags = "x" }, { id = "fee", add = 1, once_per = "gift", every = 10.00 }]
[[product.hall.cancel]]
when = { who = "a" }
delay = { unit = "day" }
keep = [{ from = "2 weeks", percent = "0%", fee = 5 }, { from = 0, price = 70.00 }]
no_show = { price = 80.00 }
[[product.hall.cancel]]
delay = [{ unit = "day" }, { unit = "business day", notice_day = "counts", workdays = "week" }]
keep = [{ from = 30, percent = "0%" }, { from = "10 business days", price = 10.00 }, { from = 0, percent = "50%" }]
no_show = "100%"
[product.plan]
sells = "plan"
rate = { price = 0.059, per = "kwh", every = 100 }
grant = [{ account = "a", unit = "day", units = 2, each = "desks" }, { account = "b", unit = "page" }]
[product.locker]
needs = ["hall", { one_of = ["plan", "hall"] }]
rate = { price = 5 }
[examples]
defaults = { day = 2026-06-09, held = { account = "a", units = 1 } }
list = [
  { id = "a", product = "hall", who = "a", until = 2026-06-10, held = [], cancelled = "no show", fee = 80.00 },
  { id = "b", product = "plan", kwh = 1, desks = 2, codes = [], granted = { a = 4, b = "no limit" } },
  { id = "c", product = "hall", who = "b", until = 2026-06-10, due_later = { unstated = 1.00, 2026-05-09 = 2.00 } },
]
"""


def test_payments_cancellations_and_grants_validate() -> None:
    """What is due when, what calling off costs, lines of their own and grants by account: as written and as dumped."""
    assert errors(PARTS) == []
    assert errors(Tariff.load(PARTS).dump()) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('rest = "14 days"', "rest = 14"),
        ('rest = "14 days"', 'rest = "48h"'),
        ('due = "4 weeks"', 'due = "soon"'),
        ('add = "12.5%"', 'add = "-12.5%"'),
        ('from = "2 weeks"', 'from = "2 months"'),
        ("from = 0, price = 70.00", "price = 70.00"),
        ("no_show = { price = 80.00 }", "no_show = { from = 0 }"),
        ('cancelled = "no show"', 'cancelled = "no-show"'),
        ("granted = { a = 4", "granted = { a = -4"),
    ],
)
def test_mistakes_in_them_do_not_validate(old: str, new: str) -> None:
    """An editor marks what the reader would refuse."""
    assert PARTS.count(old) == 1
    assert errors(PARTS.replace(old, new))


def swap(old: str, new: str) -> str:
    assert HOUSE.count(old) >= 1, old
    return HOUSE.replace(old, new, 1)


MISTAKES = {
    "no id": swap('id = "house"\n', ""),
    "an unknown section": HOUSE + "\n[products]\nx = 1\n",
    "an unknown key in the head": swap("timezone =", 'zone = "x"\ntimezone ='),
    "another word for with tax": swap('prices = "incl"', 'prices = "ttc"'),
    "a fact that is no list": swap('note = "text"', 'note = "words"'),
    "a price as a text": swap("price = 10.00", 'price = "10.00"'),
    "a negative price": swap("price = 10.00", "price = -10.00"),
    "a percentage as a number": swap('rate = "20%"', "rate = 20"),
    "a percentage without its sign": swap('percent = "-10%"', 'percent = "-10"'),
    "a misspelt product key": swap("measure = {", "mesure = {"),
    "a misspelt rate key": swap('price = 10.00, per = "half-day"', 'price = 10.00, pre = "half-day"'),
    "no price at all": swap('price = 10.00, per = "half-day"', 'per = "half-day"'),
    "a length that is none": swap('every = "5h"', 'every = "five"'),
    "a weekday that is none": swap('weekday = ["sat"]', 'weekday = ["saturday"]'),
    "an unknown word about the clock": swap("starts = { weekday", "starts = { day"),
    "an adjustment without a name": swap('{ id = "day", at_most', "{ at_most"),
    "a refusal that is none": swap('refuse = "on_quote"', 'refuse = "ask"'),
    "something else that is sold": swap('sells = "plan"', 'sells = "month"'),
    "a day that is none": swap("until = 2026-06-30", 'until = "2026-06-31"'),
    "an example without a name": swap('{ id = "one half", product', "{ product"),
    "hours that are none": swap('open = ["09:00-19:00"]', 'open = ["9 to 19"]'),
    "a table instead of a list": swap('days = ["mon", "tue", "wed"]', "days = { mon = true }"),
    "a count of nothing": swap("units = 10", "units = 0"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_does_not_validate(name: str) -> None:
    """Each of these mistakes is found by the schema, and by loading."""
    assert errors(MISTAKES[name])
    with pytest.raises(TariffError):
        Tariff.load(MISTAKES[name])


def nodes(part: Any) -> Iterator[dict[str, Any]]:
    if isinstance(part, dict):
        yield part
        for entry in part.values():
            yield from nodes(entry)
    elif isinstance(part, list):
        for entry in part:
            yield from nodes(entry)


def test_references_lead_somewhere_and_each_is_used() -> None:
    """Every reference names a definition, and no definition is there for nothing."""
    named = {node["$ref"].removeprefix("#/$defs/") for node in nodes(SCHEMA) if "$ref" in node}
    assert named == set(SCHEMA["$defs"])


def test_the_sections_and_keys_are_those_that_are_read() -> None:
    """The schema is built from the records: it has every section, and every key of a product with its description."""
    assert tuple(SCHEMA["properties"]) == SECTIONS
    product = SCHEMA["properties"]["product"]["additionalProperties"]["properties"]
    assert set(product) == set(key_names(Product))
    assert all(key["description"] for key in product.values())


def test_it_is_not_imported_with_the_engine() -> None:
    """Importing the engine imports neither the schema nor the price list in words nor the comparison."""
    program = (
        "import sys, cantinekit.pricing as p; [getattr(p, name) for name in p.__all__];"
        "print([m for m in sys.modules if m.startswith(p.__name__)])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    for room in ("schema", "diff", "_diff_cells", "listing"):
        assert f"cantinekit.pricing.{room}" not in done.stdout
    assert "cantinekit.pricing.tariff" in done.stdout
