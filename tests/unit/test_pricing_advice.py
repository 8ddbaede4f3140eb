"""Advice where purchases need a membership: it is paid once, and the cheapest purchase is that of the whole order."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import product as every
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cantinekit.errors import InputError, TariffError
from cantinekit.money import Money
from cantinekit.pricing import AddedOnce, Advised, Bought, Item, Need, Order, Tariff

HEAD = 'tariff = { id = "t", currency = "EUR", timezone = "Europe/Paris", prices = "incl" }\n'
NEEDS = "needs = { product = '%s', add = true }"
MEMBER = "product.membership = { sells = 'membership', rate = { price = 10.00 } }\n"
MONTH = datetime(2026, 3, 1, tzinfo=UTC)
DAY = date(2026, 3, 2)


def euros(amount: int) -> Money:
    return Money(amount * 100, "EUR")


def tariff(*offers: tuple[str, int, str, int], members: str = MEMBER) -> Tariff:
    """Products by name, price, the membership that they need, and units."""
    text = HEAD + members
    rows = []
    for name, price, member, units in offers:
        needs = NEEDS % member + ", " if member else ""
        text += f"product.{name} = {{ {needs}rate = {{ price = {price}.00 }} }}\n"
        rows.append(f"{{ product = '{name}', units = {units} }}")
    return Tariff.load(text + f"advice.days = {{ unit = 'day', offers = [{', '.join(rows)}] }}\n")


def asked(list_: Tariff, units: int, *holds: str) -> Advised:
    return list_.advise(Need("days", units, order=Order((Item("-"),), holds=frozenset(holds), as_of=MONTH)))


def ordered(list_: Tariff, bought: tuple[Bought, ...], *holds: str) -> Money:
    """What an order of these purchases costs."""
    items = [Item(each.product, count=each.count) for each in bought for _ in range(each.times)]
    total = list_.quote(Order(tuple(items), holds=frozenset(holds), as_of=MONTH)).gross
    assert total is not None
    return total


CLUB = tariff(("day", 20, "membership", 1), ("pack", 70, "membership", 5))


def test_a_membership_is_paid_once() -> None:
    """Seven days are a pack and two days with one membership: what an order of them costs."""
    found = asked(CLUB, 7)
    assert found.purchases == (Bought("day", 1, 2), Bought("pack", 1, 1))
    assert found.added == (AddedOnce("membership", euros(10)),)
    assert found.total == ordered(CLUB, found.purchases) == euros(120)
    assert found.saving == euros(7 * 20 + 10 - 120)


def test_a_member_pays_none() -> None:
    """Who holds the membership is advised without it."""
    found = asked(CLUB, 7, "membership")
    assert (found.total, found.added, found.saving) == (euros(110), (), euros(30))


def test_a_membership_that_is_not_worth_it() -> None:
    """The membership is a cost of the whole: for one day the dear ticket without it, for ten the cheap one with it."""
    list_ = tariff(("dear", 25, "", 1), ("cheap", 20, "membership", 1))
    assert [(each.product, each.times) for each in asked(list_, 1).purchases] == [("dear", 1)]
    many = asked(list_, 10)
    assert [(each.product, each.times) for each in many.purchases] == [("cheap", 10)]
    assert (many.total, many.saving) == (euros(210), euros(0))


def test_a_membership_that_is_an_offer_itself() -> None:
    """What is bought anyhow is not added once more."""
    members = "product.membership = { sells = 'membership', rate = { price = 10.00 } }\n"
    text = HEAD + members + "product.day = { " + NEEDS % "membership" + ", rate = { price = 20.00 } }\n"
    rows = "{ product = 'membership', units = 1, at_most = 1 }, { product = 'day', units = 1 }"
    list_ = Tariff.load(text + f"advice.days = {{ unit = 'day', offers = [{rows}] }}\n")
    found = asked(list_, 3)
    assert (found.total, found.added) == (ordered(list_, found.purchases), ())
    assert found.total == euros(50)


def test_what_is_added_has_needs_of_its_own() -> None:
    """A membership of a club that needs one of the association: both, once each."""
    members = (
        MEMBER + "product.club = { sells = 'membership', " + NEEDS % "membership" + ", rate = { price = 5.00 } }\n"
    )
    list_ = tariff(("day", 20, "club", 1), ("pack", 30, "membership", 2), members=members)
    found = asked(list_, 3)
    assert found.total == ordered(list_, found.purchases) == euros(5 + 10 + 30 + 20)
    assert {each.product for each in found.added} == {"club", "membership"}


def test_a_window_shares_it_too() -> None:
    """A week and a day outside of it have one membership."""
    text = HEAD + MEMBER + "product.day = { " + NEEDS % "membership" + ", rate = { price = 20.00 } }\n"
    text += "product.week = { " + NEEDS % "membership" + ", rate = { price = 50.00 } }\n"
    rows = "{ product = 'day', units = 1 }, { product = 'week', days = 7 }"
    list_ = Tariff.load(text + f"advice.days = {{ unit = 'day', offers = [{rows}] }}\n")
    days = [date(2026, 3, day) for day in (2, 3, 4, 5, 20)]
    found = list_.advise(Need("days", dates=tuple(days), order=Order((Item("-"),), holds=frozenset(), as_of=MONTH)))
    assert (found.total, found.added) == (euros(50 + 20 + 10), (AddedOnce("membership", euros(10)),))


def test_the_number_of_products_that_are_added_is_bounded() -> None:
    """Each set of them is a search: more than a few are an error, not a wait."""
    names = [f"m{number}" for number in range(6)]
    members = "".join(f"product.{name} = {{ sells = 'membership', rate = {{ price = 1.00 }} }}\n" for name in names)
    list_ = tariff(*((f"p{name}", 9, name, 1) for name in names), members=members)
    with pytest.raises(InputError, match="at most 5 products that offers need"):
        asked(list_, 2)


def _purchases(list_: Tariff, units: int) -> Iterator[tuple[Bought, ...]]:
    """Every purchase that is enough, by brute force."""
    offers = list_.parts.advice["days"].offers
    for times in every(range(units + 1), repeat=len(offers)):
        if sum(n * offer.units for n, offer in zip(times, offers, strict=True)) >= units:
            bought = [Bought(offer.product, 1, n) for n, offer in zip(times, offers, strict=True) if n]
            yield tuple(bought)


@given(
    st.lists(st.tuples(st.integers(1, 30), st.sampled_from(["", "membership", "other"]), st.integers(1, 4)), min_size=1,
             max_size=3),
    st.integers(1, 4),
    st.integers(0, 40),
)  # fmt: skip
def test_no_order_is_cheaper(rows: list[tuple[int, str, int]], units: int, other: int) -> None:
    """Law: the advice costs what an order of its purchases costs, and no other order that is enough costs less."""
    members = MEMBER + f"product.other = {{ sells = 'membership', rate = {{ price = {other}.00 }} }}\n"
    list_ = tariff(*((f"p{n}", price, need, many) for n, (price, need, many) in enumerate(rows)), members=members)
    found = asked(list_, units)
    assert found.total == ordered(list_, found.purchases)
    assert found.total.amount == min(ordered(list_, bought).amount for bought in _purchases(list_, units))


OPEN = """
tariff = { id = "t", currency = "EUR", timezone = "Europe/Paris", prices = "excl", tax = "standard" }
facts = { student = "yes/no" }
tax.standard.rates = [{ from = 2014-01-01, rate = "20%" }]
product.day = { rate = [{ when = { student = true }, price = 1.00 }, { price = 10.00 }] }
product.week = { rate = { price = 39.00 } }
product.odd = { tax = "unknown", rate = { price = 35.00 } }
product.gone = { rate = { refuse = "not_sold" } }
[advice]
days = { unit = "day", offers = [{ product = "day", units = 1 }, { product = "week", days = 7 }] }
weeks = { unit = "week", offers = [{ product = "week", units = 1, at_most = 2 }, { product = "gone", units = 3 }] }
mixed = { unit = "week", offers = [{ product = "week", units = 1 }, { product = "odd", units = 1 }] }
odd = { unit = "week", offers = [{ product = "odd", units = 1 }] }
"""


def test_nothing_is_advised_before_all_is_asked() -> None:
    """An offer that cannot be priced yet might be the cheapest: nothing is advised, and what is missing is named."""
    found = Tariff.load(OPEN).advise(Need("days", dates=(DAY, DAY + timedelta(1))))
    assert (found.total, found.gross, found.net, found.tax, found.purchases) == (None, None, None, None, ())
    assert [stop.facets for stop in found.refusals if stop.code == "incomplete"] == [("student",)]
    known = Tariff.load(OPEN).advise(Need("days", dates=(DAY, DAY + timedelta(1)), facts={"student": False}))
    assert known.gross == Money(2400, "EUR")


def test_what_has_no_price_is_left_out_and_told() -> None:
    """An offer that is not sold is no reason to advise nothing; it is named beside the advice."""
    found = Tariff.load(OPEN).advise(Need("weeks", 2, day=DAY))
    assert (found.net, found.tax, found.gross) == tuple(Money(n, "EUR") for n in (7800, 1560, 9360))
    assert [stop.code for stop in found.refusals] == ["not_sold"]


@pytest.mark.parametrize(("units", "exact"), [(3, False), (7, True)])
def test_a_need_that_nothing_serves_is_refused(units: int, exact: bool) -> None:
    """Where too little is sold, or nothing fits exactly, the refusal names the need and how much of it was asked."""
    text = OPEN if not exact else OPEN.replace("units = 1, at_most = 2", "units = 2")
    found = Tariff.load(text).advise(Need("weeks", units, exact=exact, day=DAY))
    assert found.total is None
    assert (found.refusals[-1].code, found.refusals[-1].what) == ("not_sold", f"weeks, {units}")


def test_a_price_with_tax_is_not_compared_with_one_whose_tax_nobody_knows() -> None:
    """35.00 and a tax that nobody knows may be more or less than 46.80 with it: there is no advice."""
    found = Tariff.load(OPEN).advise(Need("mixed", 1, day=DAY))
    assert found.total is None
    assert [stop.code for stop in found.refusals] == ["tax_unknown"]
    alone = Tariff.load(OPEN).advise(Need("odd", 1, day=DAY))
    assert (alone.total, alone.gross) == (Money(3500, "EUR"), None)


@pytest.mark.parametrize("more", [{}, {"units": 2, "dates": (DAY,)}])
def test_a_need_has_units_or_dates_and_not_both(more: dict[str, Any]) -> None:
    """Units beside dates would be ignored, and without either nothing is needed: both are refused."""
    with pytest.raises(InputError, match="has units, or the dates"):
        Need("days", **more)
    assert Need("days", 2).dates == ()


def test_single_units_that_are_sold_just_often_enough_are_what_is_saved_against() -> None:
    """Four days alone, at most four of them, cost 40 and not 35; five days alone are not sold."""
    text = HEAD + "product.day.rate = { price = 10.00 }\nproduct.pack.rate = { price = 35.00 }\n"
    text += "advice.days = { unit = 'day', offers = [{ product = 'day', units = 1, at_most = 4 }, "
    list_ = Tariff.load(text + "{ product = 'pack', units = 5 }] }\n")
    assert list_.advise(Need("days", 4)).saving == euros(5)
    assert list_.advise(Need("days", 5)).saving is None


def test_an_example_of_an_advice_asks_for_nothing_else() -> None:
    """A product or a length beside 'need' would change nothing: it is refused with its place."""
    line = (
        "[examples]\nlist = [{ id = 'a', need = 'odd', units = 1, day = 2026-05-02, product = 'day', net = 35.00 }]\n"
    )
    with pytest.raises(TariffError) as info:
        Tariff.load(OPEN + line)
    assert [problem.path for problem in info.value.problems] == ["examples.list[0].product"]
