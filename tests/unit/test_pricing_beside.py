"""What rules bear on where a part of an item is covered, and how many units a stay takes that is cut at bands."""

from __future__ import annotations

from datetime import date

import pytest

from cantinekit.money import Money
from cantinekit.pricing import Item, Order, State, Tariff
from cantinekit.pricing.engine import order as engine
from cantinekit.pricing.listing import price_list

HEAD = """
tariff = { id = "t", currency = "EUR", timezone = "Europe/Paris", prices = "incl", price_date = "use" }
[product.hall]
beyond = "rate"
"""
FREE_FIRST = 'cover = { free = 1, unit = "hire", same = ["person", "year"] }\n'
HEATING = '{ id = "heating", add = 50.00, once_per = "piece", when_covered = "due" }'
RANKED = 'rank = { same = ["person"] }\nrate = [{ when = { rank = 1 }, price = 100.00 }, { price = 80.00 }]\n'


def proves(body: str, *examples: str) -> Tariff:
    """The worked examples come out."""
    defaults = 'defaults = { product = "hall", customer = "anna", day = 2026-06-09 }'
    tariff = Tariff.load(f"{HEAD}{body}\n[examples]\n{defaults}\nlist = [{', '.join(examples)}]\n")
    assert [f"{result.id}: {result.got}" for result in tariff.check() if not result.ok] == []
    return tariff


def test_an_amount_is_not_due_for_a_piece_that_is_covered() -> None:
    """Of two hires one is free, and only its heating is due: a licence for each piece is due for the other one alone,
    since the line of the heating is no price of the first."""
    licence = '{ id = "licence", add = 12.00, once_per = "piece" }'
    proves(
        f"{RANKED}{FREE_FIRST}adjust = [{HEATING}, {licence}]",
        '{ id = "one", gross = 50 }',
        '{ id = "two: 50, and 80 + 50 + 12", count = 2, gross = 192 }',
    )


def test_a_share_of_nothing_is_no_line() -> None:
    """A share that is due beside what is covered has nothing to be a share of: there is no line of nothing. Of the
    heating it is a share."""
    share = '{ id = "service", add = "10%", when_covered = "due" }'
    tariff = proves(f"rate = {{ price = 70.00 }}\n{FREE_FIRST}adjust = [{share}]", '{ id = "free", gross = 0 }')
    assert tariff.quote(Order((Item("hall", day=date(2026, 6, 9)),), "anna")).lines == ()
    proves(
        f"rate = {{ price = 70.00 }}\n{FREE_FIRST}adjust = [{HEATING}, {share}]",
        '{ id = "heating and its service", gross = 55 }',
        '{ id = "the second pays all", count = 2, gross = 187 }',
    )


@pytest.mark.parametrize("unit", ["piece", "hire"])
def test_a_stay_that_is_cut_is_one_piece(unit: str) -> None:
    """A ticket covers a stay with all the bands that it is cut at, also where the unit is a piece, which is what such
    a product counts."""
    body = 'split = { bands = "day", outside = "evening" }\nrate = { by = "band", day = 20.00, evening = 30.00 }\n'
    cover = f'cover = {{ by = "card", unit = "{unit}" }}\n'
    held = "held = [{ account = 'card', units = %d }]"
    proves(
        f'{body}{cover}[bands.day]\nclock = "08:00-18:00"',
        f'{{ id = "one", at = ["17:00-19:00"], {held % 1}, units_used = 1, gross = 0 }}',
        f'{{ id = "two", at = ["17:00-19:00"], count = 2, {held % 3}, units_used = 2, gross = 0 }}',
        f'{{ id = "none", at = ["17:00-19:00"], {held % 0}, units_used = 0, gross = 50 }}',
    )


def test_all_lists_of_a_dated_code_are_printed() -> None:
    """A code has a line for each of its lists, the first of them with what else is said of the code."""
    lists = 'lists = [{ percent = "-10%" }, { from = 2026-07-01, percent = "-20%" }]'
    tariff = Tariff.load(f"{HEAD}rate = {{ price = 70.00 }}\n{FREE_FIRST}[coupon.SUN]\n{lists}\nuntil = 2026-12-31\n")
    printed = price_list(tariff).splitlines()
    at = printed.index("Codes")
    assert printed[at + 1 : at + 3] == ["  SUN: -10% (at first), until 2026-12-31", "  SUN: -20% (from 2026-07-01)"]


LATE = """
tariff = { id = "t", currency = "EUR", timezone = "Europe/Paris", prices = "incl" }
facts.who = ["a", "b"]
[product.floor]
rate = { price = 70.00, floor = true }
cover = { by = "card", unit = "stay", when = { who = "b" } }
beyond = "rate"
deposit = { id = "key", price = 5.00, due = "2 weeks" }
down_payment = { percent = "50%", rest = "1 week" }
[product.unsure]
rate = { price = 30.00 }
deposit = { id = "key", price = 5.00, due = "2 weeks" }
down_payment = [{ when = { who = "a" }, price = 10.00, rest = "1 week" }, { percent = "10%" }]
adjust = { id = "cap", at_most = 25.00, same = ["person", "year"] }
[order]
adjust = [
  { id = "all", at_most = 40.00, same = ["person", "year"] },
  { id = "no", when = { code = "NO" }, refuse = "on_quote" },
]
"""


@pytest.mark.parametrize(
    ("product", "facts", "codes", "refused"),
    [
        ("floor", {"who": "a"}, (), "from"),
        ("unsure", {}, (), "incomplete"),
        ("unsure", {}, ("NO",), "on_quote"),
        ("floor", {"who": "a"}, ("NO",), "on_quote"),
    ],
)
def test_an_item_that_is_refused_late_leaves_nothing(
    product: str, facts: dict[str, str], codes: tuple[str, ...], refused: str
) -> None:
    """What is refused only after all items (by the order, by what is due when, as a price "from") has no line, holds
    nothing, owes nothing later and moves no meter."""
    tariff = Tariff.load(LATE)
    order = Order((Item(product, day=date(2026, 6, 9), facts=facts),), "anna", codes=codes)
    quote = engine.quote(tariff.parts, tariff.version, order, State())
    assert [stop.code for stop in quote.refusals] == [refused]
    assert (quote.lines, quote.uses, quote.meters, quote.state, quote.due_later) == ((), (), (), State(), ())
    assert (quote.total, quote.due_now) == (Money(0, "EUR"), Money(0, "EUR"))
