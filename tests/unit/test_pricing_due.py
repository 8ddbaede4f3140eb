"""What is due at once and what later: down payments, the rest before the first day, deposits in parts."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from cantinekit.errors import TariffError
from cantinekit.money import Money
from cantinekit.pricing import Item, Lot, Order, State, Tariff

HEAD = """
tariff = { id = "t", currency = "EUR", timezone = "Europe/Paris", prices = "incl" }
facts = { block = "yes/no", hirer = ["resident", "other"] }
[product.linen]
tags = "linen"
rate = { price = 25.00 }
[product.hall]
tags = "hire"
rate = { price = 300.00 }
"""
DAY = date(2026, 6, 9)
EARLY = datetime(2026, 1, 5, 9, tzinfo=UTC)


def ask(
    body: str, as_of: datetime | None = EARLY, day: date | None = DAY, **facts: str | bool
) -> tuple[str, list[str]]:
    """What is due at once, and what later: amount, kind and day."""
    quote = Tariff.load(HEAD + body).quote(Order((Item("hall", day=day, facts=facts),), as_of=as_of))
    assert quote.ok, quote.refusals
    rows = [f"{row.amount} {row.kind} {row.day}" for row in quote.due_later]
    return str(quote.due_now), rows


@pytest.mark.parametrize(
    ("rule", "now", "later"),
    [
        ('{ price = 25.00, rest = "14 days" }', "25.00 EUR", ["275.00 EUR revenue 2026-05-26"]),
        ('{ percent = "10%", rest = "2 weeks" }', "30.00 EUR", ["270.00 EUR revenue 2026-05-26"]),
        ('{ price = 100.00, rest = "1 month" }', "100.00 EUR", ["200.00 EUR revenue 2026-05-09"]),
        ("{ price = 100.00 }", "100.00 EUR", ["200.00 EUR revenue None"]),
        ('{ price = 0, rest = "2 weeks" }', "0.00 EUR", ["300.00 EUR revenue 2026-05-26"]),
        ("{ price = 400.00 }", "300.00 EUR", []),
        ("{ price = 25.00, from = 300.01 }", "300.00 EUR", []),
        ('{ percent = "50%", on = "linen" }', "0.00 EUR", ["300.00 EUR revenue None"]),
    ],
    ids=["amount", "share", "a month", "no day", "nothing now", "never more than the price", "below", "other lines"],
)
def test_a_part_is_due_at_once_and_the_rest_before_the_day(rule: str, now: str, later: list[str]) -> None:
    """An amount or a share is due with the booking, never more than the price, and the rest on a day."""
    assert ask(f"down_payment = {rule}") == (now, later)


@pytest.mark.parametrize(
    ("rule", "day", "now", "later"),
    [
        ('{ parts = 3, every = "1 month" }', DAY, "100.00 EUR", ["100.00 2026-07-09", "100.00 2026-08-09"]),
        ('{ parts = 2, every = "2 weeks" }', date(2026, 1, 1), "150.00 EUR", ["150.00 2026-01-15"]),
        ('{ parts = 2, every = "1 day" }', date(2025, 1, 1), "300.00 EUR", []),
        ('{ parts = 2, every = "1 month", from = 301.00 }', DAY, "300.00 EUR", []),
        ('{ parts = 2, every = "1 month" }', None, "150.00 EUR", ["150.00 2026-02-05"]),
    ],
    ids=["months", "weeks", "over", "below", "from the purchase"],
)
def test_all_of_it_is_due_in_equal_parts(rule: str, day: date | None, now: str, later: list[str]) -> None:
    """The first part is due at once, the others follow from the first day on, or else from the purchase."""
    due, rows = ask(f"down_payment = {rule}", day=day)
    assert (due, [row.replace(" EUR revenue", "") for row in rows]) == (now, later)


def test_what_does_not_divide_is_in_the_first_part() -> None:
    """300.00 in 7 parts: 42.85 each, and 42.90 at once; on the 31st of a month that has 30, it is the 30th."""
    due, rows = ask('down_payment = { parts = 7, every = "1 month" }', day=date(2026, 8, 31))
    assert (due, {row.split()[0] for row in rows}) == ("42.90 EUR", {"42.85"})
    assert [row.rpartition(" ")[2] for row in rows[:3]] == ["2026-09-30", "2026-10-31", "2026-11-30"]


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("{ parts = 12 }", "'parts' and 'every' go together"),
        ('{ price = 1.00, every = "1 month" }', "'parts' and 'every' go together"),
        ('{ parts = 12, every = "1 month", price = 1.00 }', "one of 'price', 'percent' and 'parts'"),
        ('{ parts = 12, every = "1 month", rest = "1 day" }', "leave 'on' and 'rest' out"),
        ('{ parts = 12, every = "3 hours" }', "days, weeks or months are needed"),
        ('{ parts = 1, every = "1 month" }', "parts"),
    ],
)
def test_parts_that_say_too_little_or_too_much(rule: str, message: str) -> None:
    """Parts need to be told how far they are apart, and go with nothing else that is due at once or later."""
    with pytest.raises(TariffError, match=message):
        Tariff.load(f"{HEAD}down_payment = {rule}")


def test_the_first_that_fits_is_taken() -> None:
    """Block bookings pay nothing at once, residents a fixed amount, all others a share; without one all is due."""
    body = """
down_payment = [
  { when = { block = true }, price = 0 },
  { when = { hirer = "resident" }, price = 30.00 },
  { percent = "50%", from = 200.00 },
]
"""
    assert ask(body, block=True)[0] == "0.00 EUR"
    assert ask(body, block=False, hirer="resident")[0] == "30.00 EUR"
    assert ask(body, block=False, hirer="other")[0] == "150.00 EUR"
    assert ask("")[0] == "300.00 EUR"


def test_an_added_line_with_its_own_tags_is_no_part_of_it() -> None:
    """Half of the hire is due at once, and nothing of the linen that is added to it."""
    body = 'adjust = { id = "linen", add = 25.00, tags = "laundry" }\ndown_payment = { percent = "50%", on = "hire" }'
    assert ask(body) == ("150.00 EUR", ["175.00 EUR revenue None"])


def test_what_it_depends_on_is_asked_for() -> None:
    """A down payment, or a deposit, whose condition cannot be decided is no leak of an exception: the item says why."""
    for rule in ("down_payment = { when = { block = true }, price = 0 }",
                 "deposit = { id = 'k', price = 5, when = { block = true } }"):  # fmt: skip
        quote = Tariff.load(HEAD + rule).quote(Order((Item("hall", day=DAY), Item("linen")), as_of=EARLY))
        assert [(stop.code, stop.facets, stop.item) for stop in quote.refusals] == [("incomplete", ("block",), "1")]
        assert (str(quote.total), str(quote.due_now), quote.held) == ("25.00 EUR", "25.00 EUR", Money.zero("EUR"))


def test_a_day_that_is_over_is_now() -> None:
    """Who books later than the rest is due pays all at once; on the day before, nothing changes."""
    rule = 'down_payment = { price = 25.00, rest = "14 days" }\ndeposit = { id = "k", price = 50, due = "4 weeks" }'
    late = datetime(2026, 5, 26, 12, tzinfo=UTC)
    assert ask(rule, late) == ("300.00 EUR", [])
    assert ask(rule, late - timedelta(days=1)) == ("25.00 EUR", ["275.00 EUR revenue 2026-05-26"])
    assert ask(rule, None)[1] == ["50.00 EUR held 2026-05-12", "275.00 EUR revenue 2026-05-26"]


def test_without_a_day_nobody_knows_when() -> None:
    """The rest is due later all the same, on no known day."""
    assert ask('down_payment = { price = 25.00, rest = "14 days" }', day=None) == (
        "25.00 EUR",
        ["275.00 EUR revenue None"],
    )


def test_a_deposit_in_two_parts() -> None:
    """What is held is no part of what is due of the price; each part has its own day."""
    quote = Tariff.load(
        HEAD
        + """
deposit = [{ id = "at once", price = 50.00 }, { id = "the rest of it", price = 150.00, due = "4 weeks" }]
down_payment = { price = 0, rest = "2 weeks" }
"""
    ).quote(Order((Item("hall", day=DAY),), as_of=EARLY))
    assert [str(quote.held), str(quote.due_now)] == ["200.00 EUR", "0.00 EUR"]
    assert [(row.day, str(row.amount), row.kind) for row in quote.due_later] == [
        (date(2026, 5, 12), "150.00 EUR", "held"),
        (date(2026, 5, 26), "300.00 EUR", "revenue"),
    ]


@pytest.mark.parametrize(("cents", "now", "later"), [(2000, "5.00", "275.00"), (12500, "0.00", "175.00")])
def test_vouchers_pay_first_what_is_due_first(cents: int, now: str, later: str) -> None:
    """A voucher that is larger than the down payment pays a part of the rest."""
    text = HEAD + 'down_payment = { price = 25.00, rest = "14 days" }\n[order]\nvouchers = "gift"\n'
    lot = Lot("a", "gift", cents, EARLY - timedelta(days=9))
    quote = Tariff.load(text).quote(Order((Item("hall", day=DAY),), as_of=EARLY), State(lots=(lot,)))
    assert str(quote.due_now) == f"{now} EUR"
    assert [str(row.amount) for row in quote.due_later] == [f"{later} EUR"]


@pytest.mark.parametrize(
    ("rule", "path", "message"),
    [
        ("{ price = 5, percent = '5%' }", "product.hall.down_payment", "one of 'price', 'percent' and 'parts'"),
        ("{ rest = '2 weeks' }", "product.hall.down_payment", "price = 0 where nothing is due at once"),
        ("{ price = 5, rest = '48h' }", "product.hall.down_payment.rest", "days, weeks or months"),
        ("{ price = 5, rest = '9000 years' }", "product.hall.down_payment.rest", "more than 3660 days"),
        ("{ price = 5, rest = 14 }", "product.hall.down_payment.rest", "not a length"),
        ("{ price = 5, on = 'hier' }", "product.hall.down_payment.on", "did you mean 'hire'?"),
        ("[{ price = 5 }, { price = 6 }]", "product.hall.down_payment", "never reached beyond entry 0"),
        ("[]", "product.hall.down_payment", "at least one entry is needed"),
        ("{ price = 5, until = 1 }", "product.hall.down_payment.until", "unknown key"),
    ],
)
def test_mistakes_have_a_place(rule: str, path: str, message: str) -> None:
    """What cannot be meant is a problem with its path and its line."""
    with pytest.raises(TariffError) as caught:
        Tariff.load(HEAD + f"down_payment = {rule}\n")
    (problem,) = caught.value.problems
    assert problem.path == path
    assert problem.line == HEAD.count("\n") + 1
    assert message in str(problem)


def test_they_are_written_back() -> None:
    """Loading what was dumped gives the same tariff; one alone is written as it was, and keeps its version."""
    one = Tariff.load(HEAD + 'down_payment = { percent = "50%", from = 200.00 }')
    assert 'down_payment = { percent = "50%", from = 200.00 }\n' in one.dump()
    several = Tariff.load(
        HEAD + 'down_payment = [{ when = { block = true }, price = 0 }, { price = 5, rest = "2 weeks" }]'
    )
    for tariff in (one, several):
        assert Tariff.load(tariff.dump()) == tariff
    assert Tariff.load(HEAD + 'down_payment = [{ from = 200, percent = "50%" }]').version == one.version


def test_an_example_proves_it() -> None:
    """An example names what is due later by the day; a wrong day fails, and a mistake in it has a place."""
    body = 'down_payment = { price = 25.00, rest = "14 days" }\n[examples]\nlist = [{ id = "a", product = "hall", '
    body += "day = 2026-06-09, as_of = 2026-01-05, due_now = 25.00, due_later = { %s = 275.00 } }]\n"
    (right,) = Tariff.load(HEAD + body % "2026-05-26").check()
    (wrong,) = Tariff.load(HEAD + body % "2026-05-27").check()
    assert (right.ok, wrong.ok) == (True, False)
    assert wrong.got == "due_now 25.00 EUR, due_later 2026-05-26 275.00 EUR"
    assert Tariff.load(Tariff.load(HEAD + body % "2026-05-26").dump()).check()[0].ok
    with pytest.raises(TariffError, match="a day such as 2026-05-26"):
        Tariff.load(HEAD + body % "june")


def test_an_amount_from_is_that_of_the_item_alone() -> None:
    """Both cost "from": the free unit goes to neither, so that each names what it comes to with it."""
    text = """
tariff = { id = "t", currency = "EUR", timezone = "Europe/Paris", prices = "incl" }
[product.a]
cover = { id = "free", free = 1, unit = "piece", same = ["person", "day"] }
beyond = "rate"
rate = { price = 10.00, floor = true }
"""
    items = [Item("a", day=DAY, count=2, id=name) for name in "xyz"]
    quote = Tariff.load(text).quote(Order(items, customer="ann"))
    assert [(stop.item, str(stop.low)) for stop in quote.refusals] == [(name, "10.00 EUR") for name in "xyz"]


def test_vouchers_pay_nothing_that_is_held() -> None:
    """A voucher pays the price. A deposit is held and given back: it stays due in full, although it is due first."""
    text = HEAD + 'down_payment = { price = 0, rest = "2 weeks" }\n'
    text += 'deposit = { id = "k", price = 50.00, due = "4 weeks" }\n[order]\nvouchers = "gift"\n'
    lot = Lot("a", "gift", 2000, EARLY - timedelta(days=9))
    quote = Tariff.load(text).quote(Order((Item("hall", day=DAY),), as_of=EARLY), State(lots=(lot,)))
    assert [f"{row.amount} {row.kind}" for row in quote.due_later] == ["50.00 EUR held", "280.00 EUR revenue"]


def test_the_least_is_of_what_the_part_is_of() -> None:
    """A down payment on some lines, from a sum on, looks at those lines: the linen beside them does not count."""
    body = 'adjust = { id = "linen", add = 25.00, tags = "laundry" }\n'
    body += 'down_payment = { percent = "50%", on = "hire", from = 310.00 }'
    assert ask(body) == ("325.00 EUR", [])


def test_a_part_of_a_cent_is_rounded() -> None:
    """A share of the price that has a part of a cent is rounded as the tariff rounds, and the rest is what is left."""
    assert ask('adjust = { id = "less", add = -0.01 }\ndown_payment = { percent = "50%" }') == (
        "150.00 EUR",
        ["149.99 EUR revenue None"],
    )
