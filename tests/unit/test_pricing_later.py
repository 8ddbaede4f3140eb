"""What happens later: fees have the tax of what they are about, and an agreement about several items is one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from cantinekit.clock import Period
from cantinekit.errors import InputError
from cantinekit.money import Money
from cantinekit.pricing import Agreement, Cancel, EndNow, Item, MeasuredNow, Move, Order, Overstay, Tariff

NOON = datetime(2026, 6, 9, 10, tzinfo=UTC)
FEES = """
[product.room]
rate = { price = 200.00 }
cancel = { delay = { unit = "day" }, keep = KEEP, fee = 75.00 }
move = { fee = 10.00 }
overrun = { price = 20.00, per = "30min" }
"""
KEEP = '[{ from = 30, percent = "0%" }, { from = 20, percent = "50%" }, { from = 0, percent = "100%" }]'
TAXES = """
[tax.standard]
rates = [{ from = 2011-01-04, rate = "20%" }]
[tax.abroad]
rates = [{ from = 2011-01-04, rate = "20%" }]
reverse = { country = "FR" }
[tax.exempt]
mention = "exempt"
"""


def head(prices: str, tax: str) -> str:
    facts = 'facts = { country = "text" }\n'
    return f'tariff = {{ id = "t", currency = "GBP", timezone = "Europe/London", prices = "{prices}"{tax} }}\n{facts}'


def room(tariff: Tariff, country: str = "GB") -> Agreement:
    item = Item("room", Period(NOON, NOON + timedelta(hours=3)), facts={"country": country})
    return Agreement.of(item, tariff.quote(item))


def pounds(*amounts: str) -> list[Money]:
    return [Money.parse(f"{amount} GBP") for amount in amounts]


@pytest.mark.parametrize(
    ("prices", "tax", "kept", "moved", "longer"),
    [
        ("excl", ', tax = "standard"', "210.00", "12.00", "24.00"),
        ("incl", ', tax = "standard"', "175.00", "10.00", "20.00"),
        ("excl", ', tax = "exempt"', "175.00", "10.00", "20.00"),
        ("excl", ', tax = "not subject"', "175.00", "10.00", "20.00"),
        ("excl", ', tax = "abroad"', "210.00", "12.00", "24.00"),
        ("excl", "", "175.00", "10.00", "20.00"),
    ],
)
def test_fees_have_the_basis_and_the_tax_of_the_product(
    prices: str, tax: str, kept: str, moved: str, longer: str
) -> None:
    """Half of the price and the fee, the fee for moving, the time beyond: printed like the price, taxed like it."""
    tariff = Tariff.load(head(prices, tax) + FEES.replace("KEEP", KEEP) + TAXES)
    agreement = room(tariff)
    assert [tariff.change(agreement, event).fee for event in (Cancel(delay=25), Move(), Overstay(20))] == pounds(
        kept, moved, longer
    )
    assert tariff.change(agreement, Cancel(delay=25)).refund == agreement.total - pounds(kept)[0]
    later = Period(NOON + timedelta(days=1), NOON + timedelta(days=1, hours=3))
    change = tariff.change(agreement, Move(to=later))
    assert (change.due == pounds(moved)[0]) if tax else (change.refusals[0].code == "tax_unknown")


def test_the_customer_owes_the_tax_of_a_fee_too() -> None:
    """Under reverse charge neither the price nor the fee has tax, in either kind of list."""
    for prices, fee in (("excl", "10.00"), ("incl", "8.33")):
        tariff = Tariff.load(head(prices, ', tax = "abroad"') + FEES.replace("KEEP", KEEP) + TAXES)
        assert tariff.change(room(tariff, "FR"), Move()).fee == pounds(fee)[0]


def test_the_product_decides_and_not_the_head() -> None:
    """A product with its own class and basis has fees of that class and basis."""
    body = FEES.replace("KEEP", KEEP).replace("rate =", 'prices = "excl"\ntax = "standard"\nrate =', 1)
    tariff = Tariff.load(head("incl", "") + body + TAXES)
    assert tariff.change(room(tariff), Move()).fee == pounds("12.00")[0]


@pytest.mark.parametrize(("delay", "fee", "refund", "due"), [(40, "0", "200", "0"), (3, "275", "0", "75")])
def test_the_fee_stands_beside_every_share(delay: int, fee: str, refund: str, due: str) -> None:
    """It is due where nothing else is kept, and where everything is."""
    tariff = Tariff.load(head("incl", "") + FEES.replace("KEEP", KEEP))
    change = tariff.change(room(tariff), Cancel(delay=delay))
    assert [change.fee, change.refund, change.due] == pounds(f"{fee}.00", f"{refund}.00", f"{due}.00")


# --- several items ---------------------------------------------------------------------------------------------------

SEVERAL = """
tariff = { id = "t", currency = "GBP", timezone = "Europe/London", prices = "incl" }
facts = { grams = "decimal", member = "yes/no" }
product.room = { rate = { price = 200.00 }, move = { fee = 5.00 }, overrun = { price = 9.00, per = "1h" }, cancel = { delay = { unit = "day" }, keep = [{ from = 7, percent = "0%" }, { from = 0, percent = "50%" }] } }
product.lunch = { rate = { price = 10.00 }, move = { fee = 2.00 }, cancel = { delay = { unit = "day" }, free = { member = true }, keep = [{ from = 2, percent = "0%" }, { from = 0, percent = "100%" }] } }
product.deposit = { rate = { price = 20.00 }, cancel = { delay = { unit = "day" }, keep = [{ from = 0, percent = "0%", fee = 30.00 }] } }
product.ticket.rate = { price = 3.00 }
product.print = { rate = { price = 1.00, per = "gram" }, afterwards = "grams" }
product.membership = { sells = "membership", rate = { price = 10.00 } }
product.desk = { move = { fee = 1.00 }, rate = [{ when = { holds = "membership" }, price = 5.00 }, { price = 8.00 }] }
"""  # noqa: E501


def order(*items: Item, holds: frozenset[str] | None = None) -> Order:
    return Order(items, holds=holds)


def agreed(tariff: Tariff, order: Order, item: str | None = None) -> Agreement:
    return Agreement.of(order, tariff.quote(order), item)


LUNCH = Item("lunch", count=10, facts={"member": False})
ROOM = Item("room", id="the room")


@pytest.mark.parametrize(
    ("delay", "fee", "refund"), [(9, "0.00", "300.00"), (5, "100.00", "200.00"), (1, "200.00", "100.00")]
)
def test_an_order_is_called_off_whole(delay: int, fee: str, refund: str) -> None:
    """Each item by its own table, and the sum, whichever stands first."""
    tariff = Tariff.load(SEVERAL)
    for items in ((ROOM, LUNCH), (LUNCH, ROOM)):
        agreement = agreed(tariff, order(*items))
        change = tariff.change(agreement, Cancel(delay=delay))
        assert agreement.total == pounds("300.00")[0]
        assert [change.fee, change.refund, change.due] == pounds(fee, refund, "0.00")
        assert [part.item.product for part in agreement.parts] == [item.product for item in items]
        assert sum(part.fee.amount for part in change.parts) == change.fee.amount
        assert change.values == {"items": 2}


def test_one_item_of_an_order_can_be_named() -> None:
    """Then it alone is called off."""
    tariff = Tariff.load(SEVERAL)
    change = tariff.change(agreed(tariff, order(ROOM, LUNCH), "2"), Cancel(delay=1))
    assert [change.fee, change.refund] == pounds("100.00", "0.00")
    with pytest.raises(InputError, match="no item '1'"):
        agreed(tariff, order(ROOM, LUNCH), "1")


def test_what_one_item_owes_is_taken_from_what_another_gives_back() -> None:
    """A fee above the price of its item is due; it lowers what is given back for the others."""
    tariff = Tariff.load(SEVERAL)
    change = tariff.change(agreed(tariff, order(Item("deposit"), ROOM)), Cancel(delay=9))
    assert [change.fee, change.refund, change.due] == pounds("30.00", "190.00", "0.00")
    alone = tariff.change(agreed(tariff, order(Item("deposit"))), Cancel(delay=9))
    assert [alone.refund, alone.due] == pounds("0.00", "10.00")


def test_what_is_free_is_free_beside_what_is_not() -> None:
    """The reason is that of the items for which something is kept, and "free" where there are none."""
    tariff = Tariff.load(SEVERAL)
    lunch = Item("lunch", facts={"member": True})
    change = tariff.change(agreed(tariff, order(lunch, ROOM)), Cancel(delay=1))
    assert (change.fee, change.why) == (pounds("100.00")[0], "kept")
    assert tariff.change(agreed(tariff, order(lunch, lunch)), Cancel(delay=1)).why == "free"


def test_an_order_with_an_item_of_which_nothing_is_said_is_refused() -> None:
    """No part of an order is called off in silence: the refusal names the item."""
    tariff = Tariff.load(SEVERAL)
    change = tariff.change(agreed(tariff, order(ROOM, Item("ticket"))), Cancel(delay=5))
    assert [(stop.code, stop.item) for stop in change.refusals] == [("unstated", "2")]
    assert [change.fee, change.refund] == pounds("0.00", "0.00")


def test_several_items_are_moved_for_the_sum_of_their_fees() -> None:
    """Where nobody says to which time; to which time has to be said of each."""
    tariff = Tariff.load(SEVERAL)
    agreement = agreed(tariff, order(ROOM, LUNCH))
    assert tariff.change(agreement, Move(delay=3)).due == pounds("7.00")[0]
    later = Period(NOON, NOON + timedelta(hours=1))
    for event in (Move(to=later), Overstay(20), MeasuredNow({"grams": 3}), EndNow(2, pounds("5.00")[0])):
        change = tariff.change(agreement, event)
        assert [(stop.code, stop.facets) for stop in change.refusals] == [("incomplete", ("item",))]
        assert "which item" in change.refusals[0].text("en")
        assert "quel article" in change.refusals[0].text("fr")


def test_nothing_is_agreed_about_an_order_of_which_a_part_was_refused() -> None:
    """The part that has a price is to be named."""
    tariff = Tariff.load(SEVERAL)
    asked = order(ROOM, Item("sauna"))
    with pytest.raises(InputError, match="nothing was agreed"):
        agreed(tariff, asked)
    assert agreed(tariff, asked, "the room").total == pounds("200.00")[0]


def test_who_bought_a_membership_is_a_member_when_the_rest_is_moved() -> None:
    """An item is priced again for a customer who has what was bought with it."""
    tariff = Tariff.load(SEVERAL)
    desk = Item("desk", Period(NOON, NOON + timedelta(hours=1)))
    agreement = agreed(tariff, order(Item("membership"), desk, holds=frozenset()), "2")
    later = Period(NOON + timedelta(days=1), NOON + timedelta(days=1, hours=1))
    change = tariff.change(agreement, Move(to=later))
    assert [agreement.total, change.fee, change.due] == pounds("5.00", "1.00", "1.00")


def test_a_booking_of_a_length_or_of_several_stretches_is_moved_to_one_time() -> None:
    """What is moved has the new time alone: no length, no day and no further stretches of the old one."""
    tariff = Tariff.load(
        head("incl", "") + '[product.desk]\nrate = { price = 5.00, per = "1h" }\nmove = { fee = 1.00 }\n'
    )
    hour = timedelta(hours=1)
    split = Item("desk", Period(NOON, NOON + hour), also=(Period(NOON + 2 * hour, NOON + 3 * hour),))
    later = Period(NOON + 24 * hour, NOON + 26 * hour)
    for item in (split, Item("desk", minutes=120), Item("desk", minutes=120, day=NOON.date())):
        change = tariff.change(Agreement.of(item, tariff.quote(item)), Move(to=later))
        assert change.ok, change.refusals
        assert [change.fee, change.due, change.refund] == pounds("1.00", "1.00", "0.00")


def test_staying_longer_is_asked_for_once() -> None:
    """What is sold for the time beyond the end is for that time: further stretches are not in it again."""
    tariff = Tariff.load(
        head("incl", "") + '[product.desk]\nrate = { price = 5.00, per = "1h" }\noverrun = { product = "late" }\n'
        '[product.late]\nrate = { price = 9.00, per = "1h" }\n'
    )
    hour = timedelta(hours=1)
    item = Item("desk", Period(NOON, NOON + hour), also=(Period(NOON + 2 * hour, NOON + 3 * hour),))
    change = tariff.change(Agreement.of(item, tariff.quote(item)), Overstay(60))
    assert [change.fee, change.due] == pounds("9.00", "9.00")
