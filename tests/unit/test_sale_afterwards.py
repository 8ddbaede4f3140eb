"""What becomes of a sale that is called off or moved: by the list that made it, or by staff; and sales of the past."""

from __future__ import annotations

from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cantinekit import pricing
from cantinekit import records as m
from cantinekit.domain.sales.afterwards import cancelling, moving, split_moves
from cantinekit.domain.sales.comes_to import Afterwards, check_refund_reason, split_units, to_refund
from cantinekit.domain.sales.past import agreement_of, agreements_of, explain_sale, past_order, whole_sale
from cantinekit.domain.sales.question import build_order, read_tariff
from cantinekit.errors import CurrencyError, InputError, NotForSaleError, UnsuitableError
from cantinekit.money import Money
from support.houses.list_house import HEAD, in_days
from support.houses.small_house import START, period
from support.houses.states_by_hand import BOUGHT, eur

TEXT = (
    HEAD
    + """
[product.membership]
sells = "membership"
rate = { price = 10.00 }
cancel = { delay = { unit = "day" }, keep = [{ from = 0, percent = "50%" }] }
[product.silent]
needs = { product = "membership", add = true }
rate = { price = 20.00, per = "1h" }
[product.plain]
rate = { price = 30.00 }
[product.studio]
rate = { price = 20.00, per = "1h" }
[product.studio.move]
delay = { unit = "day" }
rows = [{ from = 7, fee = 0.00 }, { from = 2, fee = 5.00 }, { from = 0, refuse = "not_at" }]
[product.studio.cancel]
delay = { unit = "hour" }
keep = [
  { from = 48, percent = "0%" },
  { from = 24, percent = "50%", fee = 3.00 },
  { from = 12, refuse = "on_quote", why = "ask the house" },
  { from = 0, percent = "100%" },
]
no_show = "100%"
"""
)
LISTED = read_tariff(TEXT)
BEGINS = START + timedelta(days=10)


def sold(*items: m.SaleItem, holds: tuple[str, ...] = (), **more: Any) -> m.Sale:
    """A sale of these items to Zoé, as the list prices them."""
    order = build_order(items, "zoe", START, holds=holds)
    price = LISTED.quote(order, pricing.State())
    assert price.ok, price.refusals
    return m.Sale(
        "sal", BOUGHT, "paris", LISTED.version, price.semantics, START, items, price.total, "zoe", holds=holds, **more
    )


def room(product: str, hours: float = 1, label: str = "") -> m.SaleItem:
    """An hour or more in ten days."""
    day = in_days(10)
    return m.SaleItem(product, period=period(8.5, 8.5 + hours, day), label=label)


def off(sale: m.Sale, before: timedelta, **more: Any) -> Afterwards:
    """What it comes to to call a sale off so long before it begins."""
    return cancelling(sale, TEXT, BEGINS - before, begins=BEGINS, **more)


def hours(number: float) -> timedelta:
    return timedelta(hours=number)


# --- a list that says nothing ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "back"), [(hours(1), 3000), (timedelta.resolution, 3000), (hours(0), 0), (hours(-1), 0)]
)
def test_where_the_list_is_silent_it_is_free_until_it_begins(before: timedelta, back: int) -> None:
    """All of it goes back up to the instant before the start, nothing of it from the start on."""
    found = off(sold(m.SaleItem("plain", day=in_days(10))), before)
    assert (found.refund, found.fee, found.why) == (eur(back), eur(3000 - back), "list silent")
    assert found.kept == (0 if back else 1)


def test_whoever_does_not_come_gets_nothing_of_a_silent_list() -> None:
    """Nobody called it off: all of it stays, however early that is noted."""
    found = off(sold(m.SaleItem("plain", day=in_days(10))), hours(5), came=False)
    assert (found.refund, found.kept) == (eur(0), 1)


# --- a list that says something --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "fee", "refund", "why"),
    [
        (hours(48), 0, 2000, "free"),
        (hours(47), 1300, 700, "kept"),
        (hours(24), 1300, 700, "kept"),
        (hours(1), 2000, 0, "kept"),
    ],
)
def test_the_list_says_what_stays(before: timedelta, fee: int, refund: int, why: str) -> None:
    """A percentage and a fee by how long before it is called off; the share that stays is of what was paid."""
    found = off(sold(room("studio")), before)
    assert (found.fee, found.refund, found.due, found.why) == (eur(fee), eur(refund), eur(0), why)
    assert found.kept == Fraction(2000 - refund, 2000)


def test_what_the_list_leaves_open_is_refused() -> None:
    """It has to be asked for: staff say what goes back, the house invents nothing."""
    with pytest.raises(NotForSaleError) as caught:
        off(sold(room("studio")), hours(13))
    assert [stop.code for stop in caught.value.refusals] == ["on_quote"]
    assert off(sold(room("studio")), hours(13), refund="all").refund == eur(2000)


def test_whoever_does_not_come_pays_what_the_list_says() -> None:
    """The no-show of the list, not the row of the moment in which it is noted."""
    assert off(sold(room("studio")), hours(72), came=False).refund == eur(0)


def test_several_items_are_called_off_each_by_its_own_rules() -> None:
    """A silent one is free before the start, the other keeps its half: the fees are added."""
    sale = sold(room("studio"), m.SaleItem("plain", day=in_days(10)))
    found = off(sale, hours(24))
    assert (found.fee, found.refund) == (eur(1300), eur(3700))
    assert found.kept == Fraction(13, 50)
    late = off(sale, hours(-1))
    assert (late.fee, late.refund) == (eur(5000), eur(0))


@pytest.mark.parametrize(("item", "refund"), [("a", 700), ("b", 2700)])
def test_one_item_of_several_is_called_off_alone(item: str, refund: int) -> None:
    """A date of a series: what it cost, by its own rules, and nothing of the others."""
    sale = sold(room("studio", label="a"), room("studio", 3, label="b"))
    assert sale.total == eur(8000)
    assert off(sale, hours(30), item=item).refund == eur(refund)


def test_what_was_given_to_hold_stays_when_the_rest_is_called_off() -> None:
    """The membership that a room needed is held on: its price is none of what goes back, nor of what staff give."""
    sale = sold(room("silent"))
    assert sale.total == eur(3000)
    assert off(sale, hours(1)).refund == eur(2000)
    assert off(sale, hours(1), refund="all").refund == eur(2000)
    with pytest.raises(InputError, match=r"more than the price of 20\.00"):
        off(sale, hours(1), refund=eur(2001))
    both = sold(m.SaleItem("plain", day=in_days(10)), m.SaleItem("membership", day=in_days(10)))
    assert off(both, hours(1)).refund == eur(3000)


def test_what_was_given_to_hold_is_called_off_by_itself() -> None:
    """By its own rules, though it was never asked for: half of the membership stays."""
    found = off(sold(room("silent")), hours(30), item="1+membership")
    assert (found.fee, found.refund, found.kept) == (eur(500), eur(500), Fraction(1, 2))
    alone = off(sold(m.SaleItem("membership", day=in_days(10))), hours(30), item="1")
    assert (alone.fee, alone.refund) == (eur(500), eur(500))


def test_what_was_free_counts_by_the_share_that_stays() -> None:
    """Of a room that units paid, half of the units stay where the list keeps half of the price."""
    covered = HEAD + (
        '[product.studio]\nrate = { price = 20.00 }\ncover = [{ by = "hours", unit = "entry", beyond = "rate" }]\n'
        'cancel = { delay = { unit = "hour" }, keep = [{ from = 0, percent = "50%" }] }\n'
    )
    listed = read_tariff(covered)
    item = m.SaleItem("studio", day=in_days(10), count=3)
    lot = m.SaleLot("e", "hours", 9, START)
    order = build_order([item], "zoe", START)
    price = listed.quote(order, pricing.State(lots=(pricing.Lot("e", "hours", 9, START),)))
    assert price.total == eur(0)
    sale = m.Sale(
        "s", BOUGHT, "paris", listed.version, price.semantics, START, (item,), price.total, "zoe", lots=(lot,)
    )
    found = cancelling(sale, covered, START, begins=BEGINS)
    assert (found.refund, found.kept) == (eur(0), Fraction(1, 2))
    assert split_units((m.Spend("e", 3),), found.kept) == ((m.Spend("e", 2),), (m.Spend("e", 1),))


# --- staff -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("refund", "back", "kept"),
    [
        ("all", 2000, Fraction(0)),
        ("nothing", 0, Fraction(1)),
        (eur(500), 500, Fraction(3, 4)),
        (eur(0), 0, Fraction(1)),
    ],
)
@pytest.mark.parametrize("before", [hours(100), hours(13), hours(-5)])
def test_staff_give_back_what_they_say(before: timedelta, refund: Any, back: int, kept: Fraction) -> None:
    """All, nothing or an amount, whatever the list says and whenever it is."""
    found = off(sold(room("studio")), before, refund=refund)
    assert (found.refund, found.fee, found.kept, found.why) == (eur(back), eur(2000 - back), kept, "staff")


def test_staff_give_back_no_more_than_it_cost() -> None:
    """Nor in another currency."""
    with pytest.raises(InputError, match="more than the price"):
        off(sold(room("studio")), hours(1), refund=eur(2001))
    with pytest.raises(CurrencyError):
        off(sold(room("studio")), hours(1), refund=Money(1, "GBP"))


@pytest.mark.parametrize("value", [None, "all", "nothing", eur(0), eur(5)])
def test_a_refund_is_all_nothing_or_an_amount(value: Any) -> None:
    """These are taken as they are; anything else is refused."""
    assert to_refund(value) == value
    for bad in ("some", "", 5, 5.0, True, eur(-1), ("all",)):
        with pytest.raises(InputError, match="refund"):
            to_refund(bad)


@pytest.mark.parametrize("reason", ["", "  ", "pass cancelled"])
def test_an_exception_of_staff_has_a_reason_of_its_own(reason: str) -> None:
    """The reason that stands where none is given does not do; without an exception any does."""
    with pytest.raises(InputError, match="reason"):
        check_refund_reason("all", reason, "pass cancelled")
    check_refund_reason(None, reason, "pass cancelled")
    check_refund_reason("nothing", "broke a lamp", "pass cancelled")


# --- moving ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "new", "fee", "refund", "due"),
    [(8, 2000, 0, 0, 0), (8, 3000, 0, 0, 1000), (8, 500, 0, 1500, 0), (3, 2000, 500, 0, 500), (3, 1000, 500, 500, 0)],
)
def test_moving_charges_the_difference_and_the_fee(days: int, new: int, fee: int, refund: int, due: int) -> None:
    """What it costs then, less what it cost, and what the list asks for the move."""
    sale = sold(room("studio"))
    found = moving(sale, TEXT, BEGINS - timedelta(days=days), total=eur(2000), new_total=eur(new))
    assert (found.fee, found.refund, found.due, found.why) == (eur(fee), eur(refund), eur(due), "moved")


def test_what_must_not_be_moved_is_refused() -> None:
    """The list says not at this time; one that says nothing lets it be moved for the difference."""
    with pytest.raises(NotForSaleError):
        moving(sold(room("studio")), TEXT, BEGINS - timedelta(days=1), total=eur(2000), new_total=eur(2000))
    silent = moving(sold(room("silent")), TEXT, BEGINS, total=eur(3000), new_total=eur(2500))
    assert (silent.fee, silent.refund) == (eur(0), eur(500))


# --- shares of units and meters --------------------------------------------------------------------------------------

shares = st.fractions(0, 1, max_denominator=60)


@given(st.lists(st.integers(1, 20), max_size=5), shares)
def test_units_are_split_by_the_share_that_stays(units: list[int], kept: Fraction) -> None:
    """What stays is rounded up to whole units, the first that were spent; together they are what was spent."""
    spends = tuple(m.Spend(f"e{number}", many) for number, many in enumerate(units))
    stay, back = split_units(spends, kept)
    total = sum(units)
    assert sum(one.units for one in stay) == -(-total * kept.numerator // kept.denominator)
    sums = {spend.entitlement_id: 0 for spend in spends}
    for one in (*stay, *back):
        sums[one.entitlement_id] += one.units
    assert sums == {spend.entitlement_id: spend.units for spend in spends}
    if stay and back:
        assert stay[-1].entitlement_id <= back[0].entitlement_id


@given(st.lists(st.integers(1, 5000), max_size=4), shares)
def test_meters_are_split_by_the_share_that_stays(deltas: list[int], kept: Fraction) -> None:
    """Each meter keeps its share, rounded up, so that no more room comes back than was taken."""
    moves = tuple(m.MeterMove(f"m{number}", delta) for number, delta in enumerate(deltas))
    stay, back = ({one.meter_id: one.delta for one in some} for some in split_moves(moves, kept))
    for move in moves:
        share = -(-move.delta * kept.numerator // kept.denominator)
        assert (stay.get(move.meter_id, 0), back.get(move.meter_id, 0)) == (share, move.delta - share)


# --- a sale of the past ----------------------------------------------------------------------------------------------


def test_a_past_sale_is_the_order_that_it_was_the_price_of() -> None:
    """Its items, what was held, the codes and the instant; and its price comes out again."""
    sale = sold(room("silent"), holds=("membership",), codes=())
    order = past_order(sale)
    assert (order.holds, order.as_of, order.customer) == (frozenset({"membership"}), START, "zoe")
    assert explain_sale(sale, TEXT).total == sale.total == eur(2000)


def test_a_sale_is_whole_with_the_facts_of_its_person() -> None:
    """They go to the items that were told them, beside those of the sale; one without any is whole as it is."""
    items = (m.SaleItem("plain", facts=(("b", 1),)), m.SaleItem("plain"))
    sale = attrs.evolve(sold(m.SaleItem("plain")), items=items, private_facts=True)
    private = m.SaleFacts("sal", "zoe", ((0, (("a", True), ("c", "x"))),))
    whole = whole_sale(sale, private)
    assert [item.facts for item in whole.items] == [(("a", True), ("b", 1), ("c", "x")), ()]
    public = attrs.evolve(sale, private_facts=False)
    assert whole_sale(public, None) is public
    with pytest.raises(UnsuitableError, match="forgotten"):
        whole_sale(sale, None)


def test_agreements_are_about_items_or_what_was_added_to_them() -> None:
    """All of a sale, one item of it, or the membership that came with it."""
    sale = sold(room("silent"), m.SaleItem("plain", day=in_days(10)))
    assert agreement_of(sale, TEXT).total == eur(5000), "what was added is none of the items"
    assert [one.total for one in agreements_of(sale, TEXT, ["1", "2", "1+membership"])] == [
        eur(2000),
        eur(3000),
        eur(1000),
    ]
    assert agreements_of(sale, TEXT, ["1+membership"])[0].item.product == "membership"
    with pytest.raises(InputError, match="no item"):
        agreements_of(sale, TEXT, ["3"])


def test_the_agreed_version_answers_whatever_is_in_force_now() -> None:
    """A sale is asked of the text that priced it: another one has another answer."""
    sale, at = sold(room("studio")), BEGINS - hours(30)
    stricter = TEXT.replace('{ from = 24, percent = "50%", fee = 3.00 }', '{ from = 24, percent = "90%" }')
    assert cancelling(sale, TEXT, at, begins=BEGINS).refund == eur(700)
    assert cancelling(sale, stricter, at, begins=BEGINS).refund == eur(200)


def test_the_start_is_told_where_the_item_has_none() -> None:
    """What lasts by the day begins with its first day: so long before that it is called off."""

    def at(instant: datetime) -> Afterwards:
        return cancelling(sold(m.SaleItem("membership", day=in_days(10))), TEXT, instant, begins=BEGINS)

    assert at(START).refund == eur(500)
    assert at(BEGINS + timedelta(days=3)).refund == eur(500), "what the row from 0 keeps, after the start too"
