"""The table of covers and rates in the recipes for price lists says what the loader does."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from cantinekit.errors import TariffError
from cantinekit.pricing import Item, Lot, Order, State, Tariff

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "recipes-for-price-lists.md"
DAY = date(2026, 11, 24)
RATES = {
    'a price, or a grid, `per = "1h"`': ['price = 10.00, per = "1h"', 'by = "who", a = 1.00, b = 2.00, per = "1h"'],
    "`upto`, rows of lengths": ['upto = [{ upto = "4h", price = 70.00 }, { price = 95.00 }]'],
    "`upto`, rows of numbers": ["upto = [{ upto = 1, price = 70.00 }, { price = 95.00 }]"],
    "`upto` `of` a fact": ['upto = [{ upto = 1, price = 70.00 }, { price = 95.00 }], of = "persons"'],
    "`steps` of lengths": [
        'steps = [{ size = "1h", price = 5 }, { size = "4h", price = 15 }], combination = "cheapest"'
    ],
    "`steps` of numbers": ['steps = [{ size = 1, price = 5 }, { size = 4, price = 15 }], combination = "cheapest"'],
    "`tiers`": ['tiers = [{ upto = 2, price = 9.00 }, { price = 8.00 }], mode = "graduated"'],
    'a price, or a grid, `per = "half-day"`': [
        'price = 20.00, per = "half-day"',
        'by = "who", a = 1.00, b = 2.00, per = "half-day"',
    ],
    "one price for the stay, or for each person": ["price = 95.00", 'price = 5.00, per = "person"'],
    "`refuse`": ['refuse = "not_sold"'],
}
"""The rates of each row of the table."""
MEASURE = 'measure = { unit = "half-day", every = "4h" }\n'
COVERS = {
    "1h": ("", "1h", ['by = "acc", partial = true', 'free = 2, same = ["person", "day"]']),
    "half-day": (MEASURE, "half-day", ['by = "acc", partial = true', 'free = 2, same = ["person", "day"]']),
}
WHOLE = ['by = "acc"', 'free = 2, same = ["person", "day"], partial = false', 'free = "all"']


def tariff(measure: str, cover: str, unit: str, rate: str) -> Tariff:
    return Tariff.load(
        'tariff = { id = "t", currency = "EUR", timezone = "Europe/Paris", prices = "incl" }\n'
        'facts = { who = ["a", "b"], persons = "number" }\n'
        'product.pack = { sells = "grant", rate.price = 9, '
        f'grant = {{ account = "acc", unit = "{unit}", units = 9 }} }}\n'
        f'[product.room]\n{measure}cover = {{ unit = "{unit}", {cover} }}\nbeyond = "rate"\nrate = {{ {rate} }}\n'
    )


def table() -> dict[str, list[str]]:
    """The rows of the table of the page: a rate, and whether it goes with each kind of cover."""
    text = PAGE.read_text().rpartition("## Which covers go with which rates")[2]
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ") and "|---" not in line]
    return {row[0]: [re.split(r"\W", cell)[0] for cell in row[1:]] for row in rows[1:]}


def test_the_table_has_a_row_for_each_rate() -> None:
    """The rates of the page are those that are tried here, and each says yes or no."""
    found = table()
    assert list(found) == list(RATES)
    assert {cell for row in found.values() for cell in row} == {"yes", "no"}


@pytest.mark.parametrize("place", range(2), ids=list(COVERS))
@pytest.mark.parametrize("name", RATES)
def test_a_cover_goes_with_the_rates_that_the_page_says(name: str, place: int) -> None:
    """ "yes" loads, and the rest of a stay has a price or the refusal of the list; "no" is refused by the loader."""
    measure, unit, covers = list(COVERS.values())[place]
    for cover in covers:
        for rate in RATES[name]:
            if table()[name][place] == "no":
                with pytest.raises(TariffError):
                    tariff(measure, cover, unit, rate)
                continue
            item = Item("room", day=DAY, minutes=900, facts={"who": "a", "persons": 2})
            lot = Lot("l", "acc", 2, datetime(2026, 1, 1, tzinfo=UTC))
            whole, part = (
                tariff(measure, cover, unit, rate).quote(Order((item,), "anna"), State(lots=lots))
                for lots in ((), (lot,))
            )
            if "refuse" in name:
                assert [stop.code for stop in part.refusals] == ["not_sold"]
            else:
                assert part.ok
                assert 0 < part.total.amount <= whole.total.amount
                assert [use.units for use in part.uses] == ([2] if "by" in cover else [])


@pytest.mark.parametrize("cover", WHOLE)
@pytest.mark.parametrize("name", RATES)
def test_a_cover_of_whole_stays_goes_with_every_rate_of_its_unit(name: str, cover: str) -> None:
    """All or nothing leaves no rest: whatever the rate is, if it counts what the stay is counted in."""
    for rate in RATES[name]:
        lengths = "h" in rate and any(word in rate for word in ('"1h"', '"4h"'))
        measure, unit = ("", "1h") if lengths else (MEASURE, "half-day")
        if "person" in rate and "per =" in rate:
            measure, unit = "", "stay"
        quote = tariff(measure, cover, unit, rate).quote(
            Order((Item("room", day=DAY, minutes=60, facts={"who": "a", "persons": 2}),), "anna"),
            State(lots=(Lot("l", "acc", 9, datetime(2026, 1, 1, tzinfo=UTC)),)),
        )
        assert (quote.ok, quote.total.amount) == (True, 0)
