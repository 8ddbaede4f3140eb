"""Edges of prices: what a line is of, whose membership counts, how long an offer may be, how a period begins."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

import pytest

from cantinekit.errors import TariffError
from cantinekit.money import Money
from cantinekit.pricing import Agreement, Cancel, Item, Need, Order, State, Tariff
from cantinekit.pricing.engine import order as phases
from cantinekit.pricing.terms import Length, Term, nth_end, nth_start
from cantinekit.pricing.values import MAX_LENGTH

HEAD = 'tariff = { id = "t", currency = "EUR", timezone = "Europe/Paris", prices = "incl" }\n'
DAY = date(2026, 5, 20)


def test_a_line_says_how_much_it_is_of_where_the_first_part_has_its_own_price() -> None:
    """Three prints of 100 g are a line of 300 g, by the phases and by the programs."""
    rate = "rate = { price = 0.08, per = 'gram', first = 50, first_price = 6.00 }"
    tariff = Tariff.load(f"{HEAD}facts = {{ grams = 'decimal' }}\n[product.print]\n{rate}\n")
    order = Order((Item("print", count=3, facts={"grams": 100}),))
    for quote in (tariff.quote(order), phases.quote(tariff.parts, tariff.version, order, State())):
        assert [(line.quantity, line.amount) for line in quote.lines] == [(Fraction(300), Money(3000, "EUR"))]


def test_what_stands_behind_and_is_needed_counts_for_calling_off() -> None:
    """A locker needs the membership that is bought behind it: as a member's it is called off, wherever that stands."""
    text = """
[product.member]
sells = "membership"
rate = { price = 10.00 }
[product.locker]
needs = "member"
rate = { price = 20.00 }
[[product.locker.cancel]]
when = { holds = "member" }
delay = { unit = "day" }
keep = [{ from = 0, percent = "10%" }]
[[product.locker.cancel]]
delay = { unit = "day" }
keep = [{ from = 0, percent = "100%" }]
"""
    tariff, locker, member = Tariff.load(HEAD + text), Item("locker", day=DAY, id="l"), Item("member", day=DAY)
    for items in ((locker, member), (member, locker)):
        order = Order(items, holds=frozenset())
        change = tariff.change(Agreement.of(order, tariff.quote(order), "l"), Cancel(delay=3))
        assert change.fee == Money(200, "EUR")


def test_an_offer_of_the_longest_stay_is_priced_and_a_longer_one_is_not() -> None:
    """A need of hours prices a room for as long as a stay may be; where it is longer there is no such length."""
    room = "product.room.rate = { price = 10.00, per = '1h' }\n"
    longest = MAX_LENGTH // 60
    for units, total in ((longest, Money(longest * 1000, "EUR")), (longest + 1, None)):
        offer = f"advice.hours = {{ unit = 'hour', offers = [{{ product = 'room', units = {units} }}] }}\n"
        assert Tariff.load(HEAD + room + offer).advise(Need("hours", units, day=DAY)).total == total


def test_periods_of_a_stub_begin_with_the_months() -> None:
    """Where the rest of the first month comes before the first period, who begins on a first has no such rest; where
    it counts, the second period begins a whole period after the first of the month of the start.
    """
    before = Term(Length(1, "month"), 2, "monthly", "month end", stub="does not count")
    assert [nth_start(before, date(2026, 4, 1), n) for n in range(3)] == [
        *(date(2026, 4, 1), date(2026, 5, 1), date(2026, 6, 1))
    ]
    assert [nth_start(before, date(2026, 3, 22), n) for n in range(3)] == [
        *(date(2026, 3, 22), date(2026, 4, 1), date(2026, 5, 1))
    ]
    assert (nth_end(before, date(2026, 4, 1), 0), nth_end(before, date(2026, 3, 22), 0)) == (
        *(date(2026, 5, 31), date(2026, 5, 31)),
    )
    counts = Term(Length(1, "month"), 2, "monthly", "month end", stub="counts")
    assert [nth_start(counts, date(2026, 3, 22), n) for n in range(3)] == [
        *(date(2026, 3, 22), date(2026, 4, 1), date(2026, 5, 1))
    ]
    assert nth_end(counts, date(2026, 3, 22), 0) == date(2026, 4, 30)
    assert nth_start(counts, date(2026, 3, 22), 1) == nth_end(counts, date(2026, 3, 22), 0).replace(day=1)
    assert nth_end(counts, date(2026, 3, 1), 1) - timedelta(days=30) == date(2026, 5, 1)


def test_a_rule_that_bears_on_nothing_asks_nothing() -> None:
    """Where everything is covered, whoever did not say whether they are students is told 0.00: a tenth off nothing
    depends on no answer. What is due all the same is asked for, and so is a tenth off what is paid.
    """
    text = """facts = { student = "yes/no" }
[product.plan]
sells = "plan"
rate = { price = 90.00 }
[product.room]
cover = { id = "plan", free = "all", unit = "stay", when = { holds = "plan" } }
beyond = "rate"
rate = { price = 10.00 }
adjust = { id = "students", when = { student = true }, %s }
"""
    off, due = (Tariff.load(HEAD + text % what) for what in ('percent = "-10%"', 'add = 2.00, when_covered = "due"'))
    for tariff, holds, asked in ((off, ("plan",), ()), (off, (), ("student",)), (due, ("plan",), ("student",))):
        order = Order((Item("room", day=DAY),), holds=frozenset(holds))
        for quote in (tariff.quote(order), phases.quote(tariff.parts, tariff.version, order, State())):
            assert [name for stop in quote.refusals for name in stop.facets] == list(asked), (holds, asked)
            assert quote.ok is not bool(asked)
    paid = Order((Item("room", day=DAY, facts={"student": True}),), holds=frozenset({"plan"}))
    assert (off.quote(paid).total, due.quote(paid).total) == (Money(0, "EUR"), Money(200, "EUR"))


REFUSING = """facts = { public = "yes/no" }
[product.plan]
sells = "plan"
rate = { price = 90.00 }
[product.room]
cover = { id = "plan", free = "all", unit = "stay", when = { holds = "plan" } }
beyond = "rate"
rate = { price = 10.00 }
adjust = { id = "closed doors", when = { public = false }, refuse = "unpublished" }
[product.parcel]
rate = { price = 3.00 }
[product.book]
rate = { price = 7.00 }
[order]
adjust = { id = "abroad", on = "parcel", when = { code = "ABROAD" }, refuse = "not_for" }
"""


def test_a_refusal_that_bears_on_some_products_refuses_no_order_without_them() -> None:
    """No parcels abroad: a book alone is sold with the code, a book with a parcel is not."""
    tariff = Tariff.load(HEAD + REFUSING)
    for items, codes in ((("book",), ()), (("book", "parcel"), ("not_for",))):
        order = Order(tuple(Item(name, day=DAY) for name in items), holds=frozenset(), codes=("ABROAD",))
        for quote in (tariff.quote(order), phases.quote(tariff.parts, tariff.version, order, State())):
            assert tuple(dict.fromkeys(stop.code for stop in quote.refusals)) == codes


def test_a_refusal_of_all_lines_is_asked_for_where_everything_is_covered() -> None:
    """What is refused behind closed doors is refused to who has a plan too, so that it has to be said."""
    tariff = Tariff.load(HEAD + REFUSING)
    for facts, codes in (({}, ["incomplete"]), ({"public": False}, ["unpublished"]), ({"public": True}, [])):
        order = Order((Item("room", day=DAY, facts=facts),), holds=frozenset({"plan"}))
        for quote in (tariff.quote(order), phases.quote(tariff.parts, tariff.version, order, State())):
            assert [stop.code for stop in quote.refusals] == codes


def test_units_that_are_left_stay_where_one_grant_of_the_account_keeps_them() -> None:
    """Five credits that are lost and two that are kept fill one account: what is left of it stays."""
    grants = ", ".join(
        f"{{ account = 'credits', unit = 'credit', units = {units}, renews = 'month'{kept} }}"
        for units, kept in ((5, ""), (2, ", rollover = true"))
    )
    tariff = Tariff.load(f"{HEAD}product.plan = {{ sells = 'plan', rate = {{ price = 9.00 }}, grant = [{grants}] }}\n")
    assert tariff.terms("plan", DAY, left=3).next_units == 10


def test_one_row_for_any_length_is_a_price_for_the_whole() -> None:
    """95.00 however long leaves no price for a part of the stay: an account may not cover one."""
    room = "[product.room]\ncover = { by = 'hours', unit = '1h', partial = true }\nbeyond = 'rate'\n"
    with pytest.raises(TariffError, match="a part of the stay may be covered"):
        Tariff.load(f"{HEAD}{room}rate = {{ upto = [{{ price = 95.00 }}] }}\n")
    Tariff.load(f"{HEAD}{room}rate = {{ upto = [{{ price = 95.00, per = '1h' }}] }}\n")  # the control
