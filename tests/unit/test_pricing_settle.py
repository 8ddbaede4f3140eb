"""What pays and what is held, what is counted across products, and what happens at the edge of a rule."""

from __future__ import annotations

import copy
import pickle
from datetime import UTC, date, datetime, timedelta

import pytest

from cantinekit.clock import Period
from cantinekit.errors import InputError
from cantinekit.money import Money
from cantinekit.pricing import Agreement, Cancel, EndNow, Item, Lot, Move, Need, Order, State, Tariff

HEAD = """
[tariff]
id = "t"
currency = "EUR"
timezone = "Europe/Paris"
prices = "incl"
"""
NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)


def load(body: str, head: str = HEAD) -> Tariff:
    return Tariff.load(head + body)


def euros(*amounts: str) -> list[Money]:
    return [Money.parse(f"{amount} EUR") for amount in amounts]


def stay(product: str, hours: int, start: datetime = NOW, count: int = 1) -> Item:
    return Item(product, Period(start, start + timedelta(hours=hours)), count)


# --- vouchers --------------------------------------------------------------------------------------------------------

VOUCHERS = """
[order]
vouchers = ["gift", "work"]
[product.ticket]
rate = { price = 15.00 }
"""


def voucher(id: str, cents: int, days: int | None = None, account: str = "gift") -> Lot:
    expires = None if days is None else NOW + timedelta(days=days)
    return Lot(id, account, cents, NOW - timedelta(days=9), expires)


@pytest.mark.parametrize(
    ("lots", "paid", "due", "left"),
    [
        ([voucher("a", 1000)], "10.00", "5.00", [0]),
        ([voucher("a", 2000)], "15.00", "0.00", [500]),
        ([voucher("a", 900, 9), voucher("b", 900, 2)], "15.00", "0.00", [300, 0]),
        ([voucher("a", 900, account="work"), voucher("b", 900)], "15.00", "0.00", [300, 0]),
        ([voucher("a", 900, 0), voucher("b", 100)], "1.00", "14.00", [900, 0]),
        ([voucher("a", 900, account="other")], "0.00", "15.00", [900]),
    ],
    ids=["a part", "the rest stays", "what expires first", "the first account first", "expired", "another account"],
)
def test_vouchers_pay_what_is_due(lots: list[Lot], paid: str, due: str, left: list[int]) -> None:
    """They pay the price and never more, in their order; the price itself is what it was."""
    quote = load(VOUCHERS).quote(Order((Item("ticket"),), as_of=NOW), State(lots=tuple(lots)))
    assert [quote.total, quote.paid, quote.due_now] == euros("15.00", paid, due)
    assert [lot.left for lot in quote.state.lots] == left
    assert sum(use.units for use in quote.uses) == sum(lot.left for lot in lots) - sum(left)


def test_a_refused_order_uses_no_voucher() -> None:
    """Nothing is due, so nothing is paid."""
    quote = load(VOUCHERS).quote(Order((Item("sauna"),), as_of=NOW), State(lots=(voucher("a", 900),)))
    assert (quote.uses, quote.state.lots[0].left) == ((), 900)


# --- what is counted across products and orders ----------------------------------------------------------------------


def test_a_coupon_is_used_so_often_only() -> None:
    """Once for each person: the second order has no discount, another person has it."""
    tariff = load(
        "[product.day]\nrate = { price = 10.00 }\n"
        '[coupon.HI]\npercent = "-20%"\nlimit = { at_most = 1, same = ["person"] }\n'
    )
    order = Order((Item("day"),), "ana", codes=("HI",))
    first = tariff.quote(order)
    again = tariff.quote(order, first.state)
    other = tariff.quote(Order((Item("day"),), "bob", codes=("HI",)), first.state)
    assert [first.total, again.total, other.total] == euros("8.00", "10.00", "8.00")
    assert [key for key, _ in first.meters] == list(tariff.meters(order))


POOL = """
[product.hour]
rate = { price = 4.00, per = "1h" }
adjust = { id = "hours", at_most = 15.00, same = ["person", "day"], pool = "day" }
[product.day]
rate = { price = 12.00 }
adjust = { id = "days", at_most = 15.00, same = ["person", "day"], pool = "day" }
"""


def test_caps_of_one_pool_count_together() -> None:
    """What one product has used of a pool is no more there for the other, in one order and in two."""
    tariff = load(POOL)
    items = (stay("hour", 2), Item("day", day=NOW.date()))
    whole = tariff.quote(Order(items, "ana"))
    first = tariff.quote(Order(items[:1], "ana"))
    second = tariff.quote(Order(items[1:], "ana"), first.state)
    assert [line.amount for line in whole.lines] == euros("8.00", "7.00")
    assert [first.total, second.total] == euros("8.00", "7.00")
    apart = load(POOL.replace(', pool = "day"', ""))
    assert apart.quote(Order(items, "ana")).total == euros("20.00")[0]


# --- conditions, needs, deposits -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bought", "used", "early"),
    [
        (date(2026, 6, 15), date(2026, 9, 15), True),
        (date(2026, 6, 16), date(2026, 9, 15), False),
        (date(2026, 11, 30), date(2027, 2, 28), True),
        (date(2026, 12, 1), date(2027, 2, 28), False),
    ],
)
def test_a_lead_in_months_is_read_from_the_calendar(bought: date, used: date, early: bool) -> None:
    """Three months before is the same day of the month, or the last one of a shorter month."""
    tariff = load(
        '[product.room]\nrate = [{ when = { lead = { from = "3 months" } }, price = 1.00 }, { price = 2.00 }]\n'
    )
    order = Order((Item("room", day=used),), as_of=datetime(bought.year, bought.month, bought.day, 12, tzinfo=UTC))
    assert tariff.quote(order).total == euros("1.00" if early else "2.00")[0]


def test_a_membership_for_each_person() -> None:
    """What is needed is added once for each of the number that it is needed for."""
    tariff = load(
        '[facts]\nseats = "number"\n[product.member]\nsells = "membership"\nrate = { price = 10.00 }\n'
        '[product.team]\nneeds = { product = "member", add = true, per = "seats" }\n'
        'rate = { price = 180.00, per = "seat" }\n'
    )
    order = Order((Item("team", facts={"seats": 3}),), holds=frozenset())
    assert [line.amount for line in tariff.quote(order).lines] == euros("540.00", "30.00")


def test_a_deposit_may_be_a_share_of_the_price() -> None:
    """A quarter of the price is held, and is no part of it."""
    quote = load('[product.hall]\nrate = { price = 80.00 }\ndeposit = { id = "key", percent = "25%" }\n').quote(
        Item("hall")
    )
    assert [quote.total, quote.held] == euros("80.00", "20.00")


def test_the_best_adjustment_for_the_customer() -> None:
    """Of several that hold the one that leaves the least is taken, wherever it stands."""
    rules = ['{ id = "little", percent = "-10%" }', '{ id = "much", add = -5.00 }']
    for order in (rules, rules[::-1]):
        group = f'adjust = {{ together = "best for customer", rules = [{", ".join(order)}] }}'
        assert load(f"[product.a]\nrate = {{ price = 20.00 }}\n{group}\n").quote(Item("a")).total == euros("15.00")[0]


# --- changes and advice ----------------------------------------------------------------------------------------------

LATER = """
[product.room]
rate = { price = 20.00, per = "1h" }
move = { fee = 5.00 }
end_early = { smaller_of = [{ periods = 2 }, { share = "50%" }] }
[product.room.cancel]
delay = { unit = "day" }
no_show = "100%"
keep = [{ from = 7, percent = "0%" }, { from = 0, percent = "50%" }]
"""


def agreement(tariff: Tariff, item: Item) -> Agreement:
    return Agreement.of(item, tariff.quote(item))


@pytest.mark.parametrize(("hours", "fee"), [(-24 * 8, "0.00"), (-24 * 7, "0.00"), (-24 * 6, "20.00"), (1, "40.00")])
def test_calling_off_late_and_not_at_all(hours: int, fee: str) -> None:
    """What is kept goes by the delay; who never came is another case than who called off at the last moment."""
    tariff = load(LATER)
    change = tariff.change(agreement(tariff, stay("room", 2)), Cancel(at=NOW + timedelta(hours=hours)))
    assert [change.fee, change.refund] == [euros(fee)[0], euros("40.00")[0] - euros(fee)[0]]


@pytest.mark.parametrize(("hours", "due", "refund"), [(2, "5.00", "0.00"), (3, "25.00", "0.00"), (1, "0.00", "15.00")])
def test_moving_costs_its_fee(hours: int, due: str, refund: str) -> None:
    """The fee and the difference of the prices are due, or what is left of it is given back."""
    tariff = load(LATER)
    start = NOW + timedelta(days=1)
    change = tariff.change(agreement(tariff, stay("room", 2)), Move(Period(start, start + timedelta(hours=hours))))
    assert [change.fee, change.due, change.refund] == euros("5.00", due, refund)


@pytest.mark.parametrize(("left", "fee"), [(0, "0.00"), (3, "60.00"), (4, "80.00"), (5, "80.00")])
def test_ending_early_costs_the_smaller_of_what_is_listed(left: int, fee: str) -> None:
    """Two periods, or half of what remains: the smaller of them, on either side of where they are equal."""
    tariff = load(LATER)
    change = tariff.change(agreement(tariff, stay("room", 2)), EndNow(left))
    assert [change.fee, change.due] == euros(fee, fee)


def test_an_agreement_belongs_to_its_version() -> None:
    """Another version of the list does not answer for it."""
    tariff = load(LATER)
    other = load(LATER.replace("20.00", "21.00"))
    with pytest.raises(InputError, match="was made under"):
        other.change(agreement(tariff, stay("room", 2)), Cancel(delay=1))


def test_a_net_price_is_an_agreement_too() -> None:
    """Where only the tax is not known the net amount was agreed, and a share of it is kept."""
    tariff = load(LATER, HEAD.replace("incl", "excl"))
    change = tariff.change(agreement(tariff, stay("room", 2)), Cancel(delay=1))
    assert [change.fee, change.refund] == euros("20.00", "20.00")


def test_a_refused_price_is_none() -> None:
    """Nothing was agreed where there was no price."""
    tariff = load("[product.room]\nrate = { price = 20.00, floor = true }\n")
    with pytest.raises(InputError, match="nothing was agreed"):
        Agreement.of(Item("room"), tariff.quote(Item("room")))


@pytest.mark.parametrize(("exact", "total"), [(False, "30.00"), (True, "32.00")])
def test_exact_advice_leaves_nothing_unused(exact: bool, total: str) -> None:
    """Four days: the pack of five is cheaper, unless nothing may be left."""
    tariff = load(
        "[product.day]\nrate = { price = 8.00 }\n[product.pack]\nrate = { price = 30.00 }\n"
        '[advice.days]\nunit = "day"\noffers = [{ product = "day", units = 1 }, { product = "pack", units = 5 }]\n'
    )
    assert tariff.advise(Need("days", 4, exact=exact)).total == euros(total)[0]


# --- sent to another process -----------------------------------------------------------------------------------------


def test_a_tariff_can_be_copied_and_sent_once_it_was_asked() -> None:
    """Programs that were made for questions do not stand in the way; the copy answers the same."""
    tariff = load(POOL)
    order = Order((stay("hour", 2),), "ana")
    quote = tariff.quote(order)
    for other in (pickle.loads(pickle.dumps(tariff)), copy.deepcopy(tariff)):
        assert other == tariff
        assert other.quote(order) == quote
    sent = pickle.loads(pickle.dumps(quote))
    assert sent == quote
    assert sent.trace == quote.trace


GIFT = """
[order]
vouchers = "gift"
[product.voucher]
sells = "grant"
rate = { price = 20.00 }
grant = { account = "gift", unit = "EUR", value = 20.00 }
[product.ticket]
rate = { price = 15.00 }
"""


def test_what_gives_a_voucher_is_not_paid_with_one() -> None:
    """Vouchers would never end otherwise: the voucher is paid with money, the ticket with the voucher that is there."""
    quote = load(GIFT).quote(
        Order((Item("voucher", day=NOW.date()), Item("ticket", day=NOW.date())), as_of=NOW),
        State(lots=(voucher("old", 3000),)),
    )
    assert [quote.total, quote.paid, quote.due_now] == euros("35.00", "15.00", "20.00")


@pytest.mark.parametrize(("day", "paid"), [(23, "0.00"), (24, "15.00")])
def test_a_voucher_of_the_order_pays_from_its_first_day(day: int, paid: str) -> None:
    """A voucher that begins on the 24th pays for nothing on the 23rd."""
    order = Order(
        (Item("voucher", day=date(2026, 11, 24)), Item("ticket", day=date(2026, 11, day))),
        as_of=NOW - timedelta(days=9),
    )
    assert load(GIFT).quote(order).paid == euros(paid)[0]
