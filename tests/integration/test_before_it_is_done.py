"""What a page shows before somebody decides: what a plan costs later on, what a text of a price list changes."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from cantinekit import Cantine
from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.errors import InputError, NotFoundError, PublicationError, TariffError, UnsuitableError
from support.houses import small_house
from support.houses.clock_house import local
from support.houses.one_list import HEAD, place
from support.stores.counting import Counting

PLANS = """
[product.plan]
sells = "plan"
valid = { month = "calendar" }
prorate = { rule = "both ends", of = "days of the month" }
term = { period = "1 month", minimum = 1, renewal = "monthly", ends = "month end", stub = "does not count" }
rate = { price = 120.00 }
[product.badge]
sells = "grant"
grant = { account = "badge", unit = "entry", units = 1 }
rate = { price = 5.00 }
"""
PLAN = c.SellPass(product_id="list/plan", place_id="paris", holder_id="zoe", account="desk")


def told(timeline: Any, most: int = 3) -> list[tuple[date, str]]:
    return [(one.first_day, str(one.price)) for one in timeline.periods[:most]]


def test_a_shop_says_what_a_plan_costs_after_its_first_days():
    """On the last day of a month its price is that of a day, and then of a month each month: the page says so before
    anybody buys, and what is bought then is just that. Nothing is stored by asking."""
    with place(PLANS, local(9, day=date(2026, 11, 30))) as house:
        wanted = [(date(2026, 11, 30), "4.00 EUR"), (date(2026, 12, 1), "120.00 EUR"), (date(2027, 1, 1), "120.00 EUR")]
        before = small_house.rows(house.storage)
        for account in ("desk", "card", None):
            asked = c.SellPass(product_id="list/plan", place_id="paris", holder_id="zoe", account=account)
            assert told(house.cantine.preview_timeline(asked)) == wanted
        assert small_house.rows(house.storage) == before
        sold = house.do(PLAN).value
        assert told(house.cantine.read.timeline(sold.id)) == wanted
        ending = house.cantine.preview_timeline(c.GiveNotice(sold.id), until=date(2027, 6, 1))
        assert told(ending, 9) != told(house.cantine.read.timeline(sold.id, date(2027, 6, 1)), 9)
        assert house.get(m.Pass, sold.id).notice_day is None


def test_a_page_that_has_read_its_rows_previews_with_them():
    """With what a reader for one page has read a timeline is the same, and most of it is asked of the store no more.
    What a reader has not read is asked for."""
    with place(PLANS) as house:
        storage = Counting(house.storage)
        cantine = Cantine.open(storage, payments={"card": "fake://"}, clock=house.clock)
        house.do(c.ChangePlace("paris", pricelist_id="list"))
        read = cantine.read.once()
        plan = next(one for one in read.prices("paris", person_id="zoe") if one.product.id == "list/plan")
        asked = c.SellPass(product_id=plan.product.id, place_id="paris", holder_id="zoe", account="card")
        trips = []
        found = []
        for known in (None, {}, read.known()):
            storage.clear()
            found.append(told(cantine.preview_timeline(asked, known=known)))
            trips.append(storage.trips)
        assert found[0] == found[1] == found[2]
        assert trips[2] <= 1 < trips[1] <= trips[0]


def test_what_is_no_plan_has_no_time_to_come():
    """A command about something else is an InputError; what is sold once has the one period; who is not there cannot
    buy."""
    with place(PLANS) as house:
        with pytest.raises(InputError, match="AddPerson"):
            house.cantine.preview_timeline(c.AddPerson(name="Eve", email="e@example.org", lang="en"))  # type: ignore[arg-type]
        with pytest.raises(NotFoundError):
            house.cantine.preview_timeline(c.SellPass(product_id="list/plan", place_id="paris", holder_id="nobody"))
        badge = house.cantine.preview_timeline(c.SellPass(product_id="list/badge", place_id="paris", holder_id="zoe"))
        assert [str(one.price) for one in badge.periods] == ["5.00 EUR"]
        given = c.GrantPass(product_id="list/badge", place_id="paris", holder_id="zoe", reason="a gift")
        with pytest.raises(UnsuitableError):
            house.cantine.preview_timeline(given)


# --- the text of a price list ----------------------------------------------------------------------------------------


@pytest.fixture
def house():
    return small_house.open_house()


def test_a_text_that_can_be_published(house):
    """No problem, each worked example with what became of it, and what the publication would change, for how many live
    passes. Nothing is stored."""
    house.do(c.SellPass(product_id="carnet", place_id="paris", holder_id="zoe", account="desk"))
    text = small_house.TARIFF.replace("price = 80.00 }\nsells", "price = 85.00 }\nsells", 1) + EXAMPLE
    before = small_house.rows(house.storage)
    found = house.cantine.check_tariff(text)
    assert (found.ok, found.problems, [(one.id, one.ok) for one in found.examples]) == (True, (), [("a day", True)])
    assert found.publication is not None
    assert [(one.product, one.fate, one.passes) for one in found.publication.products] == [("carnet", "changed", 1)]
    assert found.publication == house.cantine.preview(c.PublishTariff(text), actor="ana").publication
    assert small_house.rows(house.storage) == before


EXAMPLE = """
[examples]
list = [{ id = "a day", product = "day", gross = 10.00 }]
"""


def test_a_text_that_cannot_be_published_says_why_and_what_it_would_change(house):
    """An example that does not come out, and a product in use that vanishes, are problems with their places, those of
    the refusal; what would change is told all the same."""
    text = small_house.TARIFF.split("[product.materials]")[0] + EXAMPLE.replace("10.00", "11.00")
    found = house.cantine.check_tariff(text)
    assert not found.ok
    assert [one.ok for one in found.examples] == [False]
    with pytest.raises(PublicationError) as refused:
        house.do(c.PublishTariff(text))
    assert found.problems == tuple(refused.value.problems)
    assert all(one.line for one in found.problems if one.path)
    assert found.publication is not None
    assert found.publication.of_fate("vanished") == ("materials",)


@pytest.mark.parametrize(
    "text", ["", "x = [", "[tariff]\nid = 5\n", HEAD + "[product.a]\nrat = { price = 1 }\n", "/etc/hosts"]
)
def test_a_text_that_is_no_price_list_is_told_line_by_line(house, text):
    """What is no TOML, and what is none of ours, is no error: each fault is a problem, those of ``PublishTariff``. What
    looks like the name of a file is a text."""
    found = house.cantine.check_tariff(text)
    with pytest.raises(TariffError) as refused:
        house.do(c.PublishTariff(text))
    assert found.problems == tuple(refused.value.problems)
    assert (found.ok, found.examples, found.publication) == (False, (), None)


def test_a_text_in_another_currency_is_told(house):
    """The currency of a price list cannot change: a problem at its line. Only a text without end is refused."""
    found = house.cantine.check_tariff(small_house.TARIFF.replace('"EUR"', '"CHF"'))
    assert [(one.path, one.line) for one in found.problems] == [("tariff.currency", 5)]
    assert found.publication is None
    with pytest.raises(InputError, match="262144"):
        house.cantine.check_tariff("#" * 300_000)


# --- a price under a text that is not published ---


def test_what_something_would_cost_under_a_text(house):
    """The text says the price, with what the person holds and has; the list in force says it no longer. Nothing is
    stored, and what it says is what the published text says."""
    house.do(c.SellPass(product_id="carnet", place_id="paris", holder_id="zoe", account="desk"))
    day = date(2026, 11, 24)
    text = small_house.TARIFF.replace("10.00", "12.50") + "\n[product.coffee]\nrate = { price = 1.50 }\n"
    before = small_house.rows(house.storage)
    asked = house.cantine.price_under
    assert asked(text, "day", "paris", day=day).total.localized("en") == "€12.50"
    assert house.cantine.read.price("day", "paris", day=day).total.localized("en") == "€10.00"  # the control
    assert asked(text, f"{house.cantine.read.need(m.Product, 'day').pricelist_id}/coffee", "paris").total.amount == 150
    covered = asked(text, "day", "paris", day=day, person_id="zoe")
    assert (covered.total.amount, [(one.account, one.units) for one in covered.uses]) == (0, [("carnet", 1)])
    assert small_house.rows(house.storage) == before
    house.do(c.PublishTariff(text))
    assert house.cantine.read.price("day", "paris", day=day).price == asked(text, "day", "paris", day=day)


def test_what_has_no_price_under_a_text_says_why(house):
    """A text that is none says its problems; what it does not have, and what it must know first, is said as by the
    price of now. A worked example that does not come out speaks against its publication only."""
    asked = house.cantine.price_under
    with pytest.raises(TariffError, match="line"):
        asked(small_house.TARIFF.replace("price = 10.00", "prise = 10.00"), "day", "paris")
    with pytest.raises(NotFoundError):
        asked(small_house.TARIFF, "nothing", "paris")
    wrong = small_house.TARIFF + EXAMPLE.replace("10.00", "11.00")
    assert not house.cantine.check_tariff(wrong).ok
    assert asked(wrong, "day", "paris", day=date(2026, 11, 24)).total.localized("en") == "€10.00"
