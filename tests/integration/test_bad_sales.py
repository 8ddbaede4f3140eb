"""Sales with bad input through the front door: each is a typed refusal that stores nothing, or a promise that holds."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.errors import (
    CantineError,
    CurrencyError,
    IncompleteError,
    InputError,
    NotForSaleError,
    NotFoundError,
    PriceChangedError,
    QuoteExpiredError,
    WrongStateError,
)
from cantinekit.money import Money
from support.houses import list_house, small_house
from support.houses.list_house import HEAD, book, costs, in_days, sell, selling
from support.houses.small_house import TODAY, House, period
from support.laws import house_laws
from support.run.soak import scaled

LIST = """
[facts]
category = ["visitor", "member"]
night = "yes/no"
persons = "number"
weight = "decimal"
gift = "money"
word = "text"
tools = { set = ["saw", "drill"] }
[product.category]
rate = [{ when = { category = "member" }, price = 1.00 }, { price = 9.00 }]
[product.night]
rate = [{ when = { night = true }, price = 1.00 }, { price = 9.00 }]
[product.persons]
rate = [{ when = { persons = { from = 3 } }, price = 1.00 }, { price = 9.00 }]
[product.weight]
rate = [{ when = { weight = { from = 1 } }, price = 1.00 }, { price = 9.00 }]
[product.gift]
rate = { offered = "gift", at_least = 1.00 }
[product.word]
rate = [{ when = { word = "x" }, price = 1.00 }, { price = 9.00 }]
[product.tools]
rate = [{ when = { tools = "saw" }, price = 1.00 }, { price = 9.00 }]
[product.coffee]
rate = { price = 2.00 }
[product.room]
rate = { price = 9.00 }
[product.million]
rate = { price = 9999999999.99, per = "1h" }
[product.pack]
sells = "grant"
rate = { price = 5.00 }
grant = { account = "entries", unit = "entry", units = 1000000000 }
[product.entry]
rate = { price = 3.00 }
cover = [{ by = "entries", unit = "entry", beyond = "rate" }]
[product.student]
asks = ["category"]
rate = [{ when = { category = "member" }, price = 1.00 }, { price = 9.00 }]
[coupon.HALF]
percent = "-50%"
limit = { at_most = 1, same = ["person"] }
"""
RIGHT: dict[str, Any] = {
    "category": "member",
    "night": True,
    "persons": 3,
    "weight": Decimal("1.5"),
    "gift": Money(100, "EUR"),
    "word": "x",
    "tools": ("saw",),
}
"""A fact of each declared type, with which each product costs one euro."""
ODD: tuple[Any, ...] = (
    "nobody", 1, True, Decimal("0.5"), Money(5, "EUR"), Money(5, "USD"), Money(-5, "EUR"), ("saw",), ("nothing",),
    -1, 10**12, 2**63, 1.5, None, b"x", "x" * 1000, [["saw"]], {"a": 1},
)  # fmt: skip
FITS = {"word": ("nobody",), "persons": (1,), "night": (True,), "weight": (1, Decimal("0.5")), "gift": ()}
"""The odd values that a type takes."""


@pytest.fixture
def house() -> House:
    return selling(LIST)


def refused(house: House, do: Any) -> CantineError:
    """The refusal of something that must leave nothing."""
    before = small_house.snapshot(house.storage)
    with pytest.raises(CantineError) as found:
        do()
    assert small_house.snapshot(house.storage) == before
    assert len(str(found.value)) < 1000
    return found.value


@pytest.mark.parametrize("name", RIGHT)
def test_a_fact_of_the_wrong_type_is_refused_and_nothing_is_stored(house, name):
    """By each way of selling: a value that is none of the declared type is an input error, as is one beyond bounds; the
    right one sells."""
    ways = (
        lambda facts: book(house, name, 9, facts=facts),
        lambda facts: house.do(c.Sell([f"own/{name}"], place_id="paris", person_id="zoe", facts=facts, account="desk")),
        lambda facts: house.do(
            c.Sell([c.SellLine(f"own/{name}", facts=facts)], place_id="paris", person_id="zoe", account="desk")
        ),
    )
    for value in ODD:
        if value in FITS.get(name, ()) or (name == "tools" and value == ("saw",)):
            continue
        if name == "gift" and isinstance(value, Money) and value == Money(5, "EUR"):
            continue
        for way in ways:
            assert isinstance(refused(house, lambda way=way, value=value: way({name: value})), InputError), value
    for way in ways:
        assert costs(way({name: RIGHT[name]})) == Money(100, "EUR")


def test_what_is_not_declared_is_refused(house):
    """A fact that the list does not know, too many facts, and the same one twice."""
    assert isinstance(refused(house, lambda: book(house, "room", 9, facts={"colour": "red"})), InputError)
    many = {f"fact {number}": 1 for number in range(101)}
    assert isinstance(refused(house, lambda: book(house, "room", 9, facts=many)), InputError)
    twice = (("night", True), ("night", False))
    assert isinstance(refused(house, lambda: book(house, "night", 9, facts=twice)), InputError)
    assert isinstance(refused(house, lambda: book(house, "night", 9)), IncompleteError)


@pytest.mark.parametrize(
    "codes", [("x" * 1000,), ("x" * 201,), tuple(f"c{n}" for n in range(21)), ("",), ("a|b",), ("HALF\n",), (1,)]
)
def test_what_is_no_code_is_refused(house, codes):
    """Of 1,000 characters, empty, of several lines, no text, or more than 20."""
    assert isinstance(refused(house, lambda: book(house, "room", 9, codes=codes)), InputError)


def test_a_wrong_code_is_as_much_work_as_a_right_one(house, monkeypatch):
    """Guessing stores nothing however often it is tried, reads no more than the right code does, and never more."""
    loads: list[int] = []
    real = house.storage.load
    monkeypatch.setattr(house.storage, "load", lambda keys, *a, **m: loads.append(len(keys)) or real(keys, *a, **m))
    asked: dict[str, Any] = {"space_id": "a1", "product_id": "own/room", "period": period(9, 10), "person_id": "zoe"}
    before = small_house.snapshot(house.storage)
    work: dict[str, set[tuple[int, ...]]] = {"HALF": set(), "HALG": set()}
    for number in range(scaled(200)):
        for code in work:
            loads.clear()
            shown = c.Book(**asked, codes=(code,))
            if code == "HALF":
                assert house.cantine.preview(shown, actor=f"guest {number}").charges[0].amount == Money(450, "EUR")
            else:
                with pytest.raises(NotForSaleError):
                    house.cantine.preview(shown, actor=f"guest {number}")
            work[code].add((len(loads), sum(loads)))
    assert small_house.snapshot(house.storage) == before
    assert all(max(each) <= (5, 30) for each in work.values()), work
    assert max(work["HALG"]) <= max(work["HALF"])
    for number in range(scaled(50)):
        with pytest.raises(NotForSaleError):
            house.do(c.Book(**asked, codes=(f"HALF{number}",), account="desk"))
    assert small_house.snapshot(house.storage) == before


def test_a_wrong_code_that_were_stored_is_seen(house):
    """Control: the comparison of what is stored sees a single entry."""

    def guess():
        house.do(c.AddPerson(name="guess", id="guess"))
        raise InputError("no")

    with pytest.raises(AssertionError):
        refused(house, guess)


def test_extras_that_do_not_exist_are_refused(house):
    """Of no list, of another list, or not a number of them."""
    for name in ("nothing", "half-day", "net/half-day", "own/coffee"):
        assert isinstance(refused(house, lambda name=name: book(house, "room", 9, extras={name: 1})), NotForSaleError)
    for count in (0, -1, 10**12, 2**63, 1.5, True, "2"):
        assert isinstance(refused(house, lambda n=count: book(house, "room", 9, extras={"coffee": n})), InputError)
    assert costs(book(house, "room", 9, extras={"coffee": 10_000})) == Money(2_000_900, "EUR")


def test_amounts_beyond_bounds_are_refused(house):
    """A price, an offer, a payment, a refund: beyond what money may be, negative, or of another currency."""
    for amount in (2**63, -(2**63), 10**30):
        with pytest.raises(InputError):
            Money(amount, "EUR")
    lines = [c.SellLine("own/million", count=10_000, period=period(9, 15))] * 200
    assert isinstance(refused(house, lambda: house.do(c.Sell(lines, place_id="paris", account="desk"))), InputError)
    assert costs(book(house, "gift", 9, facts={"gift": Money(10**12, "EUR")})) == Money(10**12, "EUR")
    sold = book(house, "room", 11)
    for back in (Money(901, "EUR"), Money(10**15, "EUR")):
        cancel = c.CancelBooking(sold.value.id, refund=back, reason="x")
        assert isinstance(refused(house, lambda cancel=cancel: house.do(cancel)), InputError)
    cancel = c.CancelBooking(sold.value.id, refund=Money(1, "USD"), reason="x")
    assert isinstance(refused(house, lambda: house.do(cancel)), CurrencyError)
    with pytest.raises(InputError):
        c.CancelBooking(sold.value.id, refund=Money(-1, "EUR"), reason="x")
    owed = book(house, "room", 13, account=None, on_account=True).charges[0]
    for amount in (Money(901, "EUR"), Money(10**12, "EUR")):
        pay = c.Pay(owed.id, account="desk", amount=amount)
        assert isinstance(refused(house, lambda pay=pay: house.do(pay)), InputError | WrongStateError)


def test_a_billion_units_are_counted_and_more_are_refused(house):
    """A list may give a billion units: they are sold, spent and given back one by one. Two billion in one pass are
    refused when they are sold, and nothing is stored."""
    sold = sell(house, "pack").value
    (units,) = [one for one in house.all(m.Entitlement) if one.pass_id == sold.id]
    assert units.left == 10**9
    entry = book(house, "entry", 9)
    assert (costs(entry), house.get(m.Entitlement, units.id).left) == (None, 10**9 - 1)
    house.do(c.CancelBooking(entry.value.id))
    assert house.get(m.Entitlement, units.id).left == 10**9
    assert isinstance(refused(house, lambda: sell(house, "pack", count=2)), InputError)
    assert isinstance(refused(house, lambda: sell(house, "pack", count=10_000)), InputError)
    house.do(c.CancelPass(sold.id))
    house_laws.hold(house.storage, house.clock.now())


def test_who_was_forgotten_pays_nothing(house):
    """A payer that is not there, is being forgotten or was is refused by each command that sells, also on account."""
    house.do(c.ForgetPerson("bob", gives_up=True))
    for payer, error in (("bob", WrongStateError), ("nobody", NotFoundError)):
        ways = (
            lambda p: book(house, "room", 9, payer_id=p),
            lambda p: book(house, "room", 9, payer_id=p, account=None, on_account=True),
            lambda p: sell(house, "pack", payer_id=p),
            lambda p: house.do(c.Sell(["own/coffee"], place_id="paris", payer_id=p, on_account=True)),
            lambda p: house.do(c.Register(session_id="paid", person_id="zoe", payer_id=p, account="desk")),
            lambda p: house.do(
                c.CheckIn(place_id="paris", product_id="half-day", person_id="zoe", payer_id=p, account="desk")
            ),
        )
        for way in ways:
            assert isinstance(refused(house, lambda way=way, payer=payer: way(payer)), error)


# --- a price list that changes meanwhile -----------------------------------------------------------------------------

DEARER = LIST.replace("[product.room]\nrate = { price = 9.00 }", "[product.room]\nrate = { price = 11.00 }")
SAME = LIST + "\n[product.tea]\nrate = { price = 1.00 }\n"


def asked_of(house: House) -> c.Book:
    return c.Book(space_id="a1", product_id="own/room", period=period(9, 10), person_id="zoe", account="desk")


@pytest.mark.parametrize(("text", "holds"), [(DEARER, False), (SAME, True)])
def test_a_promise_holds_or_the_price_has_changed(house, text, holds):
    """A list that is published while a quote is open: the promised price where it is still the price, else a refusal
    that names both; and after a quarter of an hour the promise is over."""
    command = asked_of(house)
    quote = house.cantine.quote(command)
    house.do(c.PublishTariff(HEAD + text))
    carried = c.Book(space_id="a1", product_id="own/room", period=period(9, 10), person_id="zoe", account="desk",
                     quote=quote)  # fmt: skip
    if holds:
        assert costs(house.do(carried)) == Money(900, "EUR")
        return
    error = refused(house, lambda: house.do(carried))
    assert isinstance(error, PriceChangedError)
    assert (error.old, error.new) == (Money(900, "EUR"), Money(1100, "EUR"))
    house.wait(minutes=15)
    assert isinstance(refused(house, lambda: house.do(carried)), QuoteExpiredError)
    assert costs(house.do(command)) == Money(1100, "EUR")


def test_an_open_basket_keeps_its_price():
    """A basket waits for its payment while a dearer list is published: it is paid and called off at the old price."""
    house = list_house.selling(LIST, outcomes=("pending",))
    lines = [c.SellLine("own/room", period=period(9, 10, in_days(3))), "own/coffee"]
    order = house.do(c.Sell(lines, place_id="paris", person_id="zoe", account="card"))
    house.do(c.PublishTariff(HEAD + DEARER))
    house.card.settle(house.card.charges[0].key)
    house.cantine.run_due()
    house.wait(minutes=5)
    house.cantine.run_due()
    (charge,) = [one for one in house.all(m.Charge) if one.id == order.charges[0].id]
    assert (charge.amount, charge.paid) == (Money(1100, "EUR"), Money(1100, "EUR"))
    told = house.do(c.CancelOrder(order.value.id, line=1)).afterwards
    assert told.refund == Money(900, "EUR")


# --- midnight --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("day", [date(2027, 3, 28), date(2027, 10, 31), TODAY])
def test_a_fact_ends_at_midnight_where_clocks_change(day):
    """Somebody is a member up to a day: until its last minute by the clock of the place they pay the price of members,
    and from the next minute on they are not known to be one, however long the day was."""
    house = selling(LIST)
    house.do(c.SetFact("zoe", name="category", value="member", until=day))
    seen: Counter[str] = Counter()
    for minutes in (-24 * 60, -60, -1, 0, 1, 60):
        at = midnight_after(day) + timedelta(minutes=minutes)
        if at < house.clock.now():
            continue
        house.clock.set(at)
        sale = c.Sell(["own/student"], place_id="paris", person_id="zoe", account="desk")
        if minutes < 0:
            assert costs(house.do(sale)) == Money(100, "EUR")
        else:
            assert isinstance(refused(house, lambda sale=sale: house.do(sale)), IncompleteError)
        seen["before" if minutes < 0 else "after"] += 1
    assert seen["before"] >= 2
    assert seen["after"] == 3


def midnight_after(day: date) -> datetime:
    """The first instant of the day after one in Paris, which is one or two hours ahead of UTC."""
    after = datetime.combine(day + timedelta(days=1), time(), UTC)
    summer = date(2027, 3, 28) <= day < date(2027, 10, 31)
    return after - timedelta(hours=2 if summer else 1)


def test_the_right_hour_is_looked_at():
    """Control: an hour off, as by a clock that did not change, and a member would be one too long or too short."""
    house = selling(LIST)
    house.do(c.SetFact("zoe", name="category", value="member", until=date(2027, 3, 28)))
    wrong = datetime(2027, 3, 28, 23, tzinfo=UTC)  # midnight in winter
    house.clock.set(wrong - timedelta(minutes=1))
    sale = c.Sell(["own/student"], place_id="paris", person_id="zoe", account="desk")
    assert isinstance(refused(house, lambda: house.do(sale)), IncompleteError)
