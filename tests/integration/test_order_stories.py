"""Stories of the desk and of the basket: what is bought and used in one order, by one price list."""

from __future__ import annotations

import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import attrs
import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.backends.memory import MemoryStorage
from cantinekit.errors import NotForSaleError
from cantinekit.money import Money
from support.houses.edges import accounts
from support.houses.on_both_stores import on_both_stores
from support.houses.shop_house import open_shop
from support.houses.small_house import TODAY, House, period, snapshot
from support.run.soak import scaled
from support.stores.around import Around, Gathering, WithoutVersions

TOMORROW = TODAY + timedelta(days=1)
Line = c.SellLine


def eur(cents: int) -> Money:
    return Money(cents, "EUR")


shop = on_both_stores(open_shop)


def sell(house, *lines, person_id="zoe", account="desk", **more):
    done = house.cantine.sell(lines, place_id="paris", person_id=person_id, account=account, actor="desk:ana", **more)
    return done.value, done.charges


def parts(order):
    return [line.part.amount.amount for line in order.lines]


def held(house, person_id):
    return {one.tariff_product: (one.state, one.last_day) for one in house.all(m.Pass) if one.holder_id == person_id}


def test_a_membership_and_ten_tickets_at_its_price(shop):
    """The membership stands before the tickets: they cost a member's price. Bought in November it lasts through the
    next year, and the next day a ticket costs the same without another membership.
    """
    order, (charge,) = sell(shop, "membership", Line("member-ticket", count=10))
    assert (parts(order), charge.amount) == ([2000, 5000], eur(7000))
    assert held(shop, "zoe") == {"membership": ("active", TODAY.replace(year=2027, month=12, day=31))}
    shop.wait(days=300)
    assert sell(shop, "ticket")[1][0].amount == eur(500)


def test_a_ticket_that_needs_a_membership_gets_it(shop):
    """What the list adds is a part of its line, is charged once for ten tickets and a second line, and is held."""
    order, (charge,) = sell(shop, Line("ticket", count=10), "ticket")
    assert parts(order) == [7000, 500]
    assert [(line.product_id, line.quantity) for line in charge.lines] == [
        ("shop/ticket", 10),
        ("shop/membership", 1),
        ("shop/ticket", 1),
    ]
    (membership,) = shop.all(m.Pass)
    assert (membership.item, membership.with_order) == ("1+membership", m.Subject("order", order.id))
    shop.do(c.CancelOrder(order.id))
    assert held(shop, "zoe")["membership"][0] == "active"


def test_the_order_of_the_lines_counts(shop):
    """A membership that comes after the tickets was not held when they were priced."""
    assert parts(sell(shop, Line("member-ticket", count=2), "membership")[0]) == [1800, 2000]


def test_a_voucher_pays_for_what_comes_after_it(shop):
    """Bought and used at once: its money pays the lunches, 6.00 stay on it, and the desk takes the voucher alone."""
    order, (charge,) = sell(shop, "voucher", Line("lunch", count=2, day=TOMORROW))
    attempts = {one.account: one.amount for one in shop.all(m.Attempt)}
    assert (charge.amount, attempts) == (eur(5400), {"voucher": eur(2400), "desk": eur(3000)})
    assert [one.left for one in shop.cantine.read.balance("zoe")] == [600]
    assert accounts(shop)["account/desk"] == 3000
    shop.do(c.CancelOrder(order.id, line=2, refund="all", reason="no cook"))
    assert [one.left for one in shop.cantine.read.balance("zoe")] == [3000]
    done = shop.do(c.CancelOrder(order.id))
    assert (done.given_back, accounts(shop).get("account/desk", 0)) == (eur(3000), 0)


def test_ten_entries_are_used_at_once(shop):
    """Two of the ten entries that are bought cover the two that follow; cancelling all gives all back."""
    order, (charge,) = sell(shop, Line("ten entries", day=TODAY), Line("entry", count=2, day=TODAY))
    assert (parts(order), charge.amount) == ([8000, 0], eur(8000))
    assert [spend.units for spend in order.lines[1].spends] == [2]
    assert [one.left for one in shop.cantine.read.balance("zoe")] == [8]
    done = shop.do(c.CancelOrder(order.id, refund="all", reason="the wrong person"))
    assert (done.given_back, done.afterwards.units) == (eur(8000), ())  # nobody has the units of a pass that is over
    assert shop.cantine.read.balance("zoe") == ()


def test_ten_entries_of_tomorrow_cover_nothing_today(shop):
    """What begins tomorrow does not pay for today."""
    assert parts(sell(shop, Line("ten entries", day=TOMORROW), "entry")[0]) == [8000, 1000]


def test_a_place_that_accepts_the_units(shop):
    """A product of the catalogue whose units are for one place gives units for that place in a basket too."""
    shop.do(
        c.AddProduct(
            name="Ten in Brest", entity_id="asso", pricelist_id="shop", tariff_product="ten entries", sells="pass",
            places=("brest",), id="brest-ten",
        )
    )  # fmt: skip
    sell(shop, "brest-ten", "ten entries")
    assert sorted(one.places for one in shop.all(m.Entitlement)) == [(), ("brest",)]


def test_a_customer_says_what_to_pay(shop):
    """Prix libre: each line with its own amount, one that says nothing with the suggested one, too little refused."""
    gift = {"given": eur(700)}
    order, _ = sell(shop, Line("gift", facts=gift), "gift", Line("gift", facts={"given": eur(100)}), person_id=None)
    assert parts(order) == [700, 500, 100]
    with pytest.raises(NotForSaleError) as low:
        sell(shop, "coffee", Line("gift", facts={"given": eur(99)}))
    assert [refusal.code for refusal in low.value.refusals] == ["from"]


def test_facts_of_the_order_are_those_of_its_lines(shop):
    """A line's own fact wins over that of the order."""
    order, _ = sell(shop, Line("gift", facts={"given": eur(200)}), "gift", facts={"given": eur(300)}, person_id=None)
    assert parts(order) == [200, 300]


def test_coffee_a_locker_and_a_gift(shop):
    """One receipt's worth of small things; the key of the locker is held apart, and goes back with the key."""
    order, (charge,) = sell(shop, Line("coffee", count=2), "locker", Line("gift", facts={"given": eur(1000)}))
    assert (parts(order), charge.paid_deposit) == ([400, 3500, 1000], eur(2000))
    assert accounts(shop)["deposits"] == -2000
    shop.do(c.ReturnDeposit(charge.id))
    assert "deposits" not in accounts(shop)
    assert shop.do(c.CancelOrder(order.id, line=2, refund="all", reason="no locker")).given_back == eur(1500)


def test_a_cap_counts_lines_together(shop):
    """Six hours at a table, in two lines, cost what the day costs at most; the later line that is cancelled frees the
    cap for another.
    """
    order, _ = sell(shop, Line("table", period=period(9, 12)), Line("table", period=period(12, 15)))
    assert sum(parts(order)) == 1600
    shop.do(c.CancelOrder(order.id, line=2))
    assert sell(shop, Line("table", period=period(15, 18)))[1][0].amount == eur(400)


# --- codes -----------------------------------------------------------------------------------------------------------


def test_a_code_is_used_once(shop):
    """Its second use gives nothing off, until the order that used it is cancelled."""
    first, (charge,) = sell(shop, Line("coffee", count=3, day=TOMORROW), codes=("HALF",))
    assert charge.amount == eur(300)
    assert sell(shop, "coffee", codes=("HALF",), person_id="bob")[1][0].amount == eur(200)
    shop.do(c.CancelOrder(first.id))
    assert sell(shop, "coffee", codes=("HALF",), person_id="eve")[1][0].amount == eur(100)


THREADS = 16


def race_for_a_code(house: House) -> list[int]:
    """What each of many baskets cost that came with one code at once."""
    start = threading.Barrier(THREADS)

    def buy(number: int) -> int:
        start.wait(timeout=300)
        return sell(house, "coffee", "lunch", codes=("HALF",), person_id=None)[1][0].amount.amount

    with ThreadPoolExecutor(THREADS) as pool:
        return sorted(pool.map(buy, range(THREADS)))


def test_a_code_is_raced_for(shop):
    """Of many baskets at once exactly one gets the code that is for one; the meter says so."""
    assert race_for_a_code(shop) == [1300] + [1400] * (THREADS - 1)
    (meter,) = [one for one in shop.all(m.Meter) if one.id.startswith("coupon/")]
    assert meter.used == 1


def test_waiting_at_the_worst_moment_changes_nothing():
    """Where all baskets have decided before the first is stored, one of them still gets the code."""
    store = Gathering(MemoryStorage())
    house = open_shop(store)
    store.gather(THREADS)
    assert race_for_a_code(house).count(1300) == 1
    assert store.counts["stale"] >= THREADS - 1


def test_a_store_that_compares_nothing_gives_the_code_to_many():
    """The control: on a store without versions the same race is seen to sell too cheap."""
    store = Gathering(WithoutVersions(MemoryStorage()))
    house = open_shop(store)
    store.gather(THREADS)
    assert race_for_a_code(house).count(1300) > 1


TRIES = scaled(200)


def test_a_code_that_is_tried_again_and_again():
    """A wrong code is refused with the same words and the same work each time, however near it is to a right one, and
    nothing is kept of it; in a soak after ten thousand tries.
    """
    store = Around(MemoryStorage())
    house = open_shop(store)
    basket = c.Sell(["coffee"], place_id="paris", account="desk")
    tried(house, basket, "WARM")
    before, kept = snapshot(house.storage), work(house, store, basket, "WRONG")
    for number in range(TRIES):
        tried(house, basket, f"{number:05}")
    assert [work(house, store, basket, code) for code in ("WRONH", "HALG1", "00000", "HALFX")] == [kept] * 4
    assert snapshot(house.storage) == before


def tried(house: House, basket: c.Sell, code: str) -> str:
    """What a basket with a wrong code is answered with, but for the code."""
    with pytest.raises(NotForSaleError) as refused:
        house.do(attrs.evolve(basket, codes=(code,)))
    return str(refused.value).replace(code, "")


def work(house: House, store: Around, basket: c.Sell, code: str) -> tuple[str, int, int]:
    """The answer to a wrong code, how often the store is asked for it, and how many functions are called.

    The fewest calls of five: the interpreter may collect garbage in between, and call what waits for it.
    """
    return min(work_once(house, store, basket, code) for _ in range(5))


def work_once(house: House, store: Around, basket: c.Sell, code: str) -> tuple[str, int, int]:
    asked, calls = sum(store.counts.values()), [0]

    def count(frame, event, arg) -> None:
        calls[0] += event == "call"

    sys.setprofile(count)
    try:
        answer = tried(house, basket, code)
    finally:
        sys.setprofile(None)
    return answer, sum(store.counts.values()) - asked, calls[0]
