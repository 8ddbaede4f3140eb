"""What a product gives for each of a number, what it needs one of, a stay by its days, and how examples say it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from cantinekit.clock import Period
from cantinekit.errors import InputError, TariffError
from cantinekit.pricing import Item, Order, Quote, State, Tariff

HEAD = """
tariff = { id = "t", currency = "EUR", timezone = "Europe/Paris", prices = "incl" }
[facts]
desks = "number"
more_desks = "number"
ratio = "decimal"
"""
DAY = date(2026, 6, 12)  # a Friday


def load(body: str) -> Tariff:
    return Tariff.load(HEAD + body)


def problems(body: str) -> list[tuple[str, int | None, str]]:
    with pytest.raises(TariffError) as caught:
        load(body)
    return [(problem.path, problem.line, str(problem)) for problem in caught.value.problems]


# --- grants ----------------------------------------------------------------------------------------------------------

OFFICE = """[product.office]
sells = "plan"
rate = { price = 500.00 }
grant = [
  { account = "credits", unit = "credit", units = 12, renews = "month" },
  { account = "credits", unit = "credit", units = 2, each = "more_desks", renews = "month" },
  { account = "prints", unit = "page", units = 100 },
]
[product.room]
cover = { by = "credits", unit = "room", takes = 6, partial = true }
beyond = "rate"
rate = { price = 20.00 }
"""


@pytest.mark.parametrize(("more", "count", "given"), [(0, 1, [12, 100]), (3, 1, [12, 6, 100]), (3, 2, [24, 12, 200])])
def test_so_many_for_each_of_a_number(more: int, count: int, given: list[int]) -> None:
    """Twelve credits, and two for each further desk; none of them where there is no further desk."""
    quote = load(OFFICE).quote(Item("office", count=count, day=DAY, facts={"more_desks": more}))
    assert [grant.units for grant in quote.grants] == given


@pytest.mark.parametrize(("more", "total"), [(3, "500.00"), (2, "520.00")])
def test_what_is_given_to_one_account_is_one_lot(more: int, total: str) -> None:
    """Of 18 credits three rooms of 6 are covered, of 16 two: none of two grants to one account is lost."""
    order = Order(
        (Item("office", day=DAY, facts={"more_desks": more}), Item("room", count=3, day=DAY)),
        as_of=datetime(2026, 6, 1, tzinfo=UTC),
    )
    quote = load(OFFICE).quote(order)
    assert str(quote.total) == f"{total} EUR"
    assert sum(use.units for use in quote.uses) == 18 - 6 * (more == 2)


def test_the_next_month_gives_both_again() -> None:
    """The units of the next period are those of all grants to the account that is renewed."""
    assert load(OFFICE).terms("office", DAY, facts={"more_desks": 3}, left=5).next_units == 18


BOTH = """[product.club]
sells = "plan"
rate = { price = 90.00 }
grant = [
  { account = "hours", unit = "hour", units = 10, renews = "month", rollover = true },
  { account = "prints", unit = "page", units = 100, renews = "month" },
]
"""


def test_each_account_that_is_filled_again_is_told() -> None:
    """Of two accounts that renew both are told; what is left goes over where the account lets it."""
    club = load(BOTH)
    terms = club.terms("club", DAY, left={"hours": 3, "prints": 7})
    assert terms.next_by_account == {"hours": 13, "prints": 100}
    assert terms.next_units == 13
    for nothing in (0, {}):
        assert club.terms("club", DAY, left=nothing).next_by_account == {"hours": 10, "prints": 100}
    office = load(OFFICE).terms("office", DAY, facts={"more_desks": 3}, left={"credits": 5})
    assert office.next_by_account == {"credits": 18}


@pytest.mark.parametrize(
    ("left", "said"),
    [
        (3, "which account: hours, prints"),
        ({"credits": 3}, "'credits', which is not filled again; known: hours, prints"),
        ({"hours": -1}, "from 0 on, not -1"),
        ({"hours": "3"}, "from 0 on, not '3'"),
        ({"hours": 10**5000}, "from 0 on"),
        ("3", "which account"),
        (None, "which account"),
    ],
)
def test_what_is_left_is_said_of_an_account(left: object, said: str) -> None:
    """A number where there are two accounts, an account that there is not, and what is no number are refused."""
    with pytest.raises(InputError, match=said):
        load(BOTH).terms("club", DAY, left=left)  # type: ignore[arg-type]


def test_the_number_is_asked_for() -> None:
    """Nobody assumes how many desks there are."""
    assert load(OFFICE).quote(Item("office", day=DAY)).refusals[0].facets == ("more_desks",)


@pytest.mark.parametrize(
    ("wanted", "ok"),
    [
        ("{ credits = 18, prints = 100 }", True),
        ("{ prints = 100, credits = 12 }", False),
        ("{ credits = 18 }", False),
        ("18", False),
    ],
)
def test_an_example_names_what_is_given_by_account(wanted: str, ok: bool) -> None:
    """Several accounts are all named; the grants to one of them are one number."""
    body = OFFICE + '[examples]\nlist = [{ id = "a", product = "office", more_desks = 3, granted = WANTED }]'
    body = body.replace("WANTED", wanted)
    (result,) = load(body).check()
    assert result.ok == ok
    assert (result.got == "granted credits 18, prints 100") or wanted == "18" or ok
    assert Tariff.load(load(body).dump()).check()[0].ok == ok


def test_one_account_is_one_number() -> None:
    """Where all is of one account its number is enough, and what has no limit says so."""
    body = OFFICE.replace('  { account = "prints", unit = "page", units = 100 },\n', "")
    body += '[product.free]\nsells = "plan"\nrate = { price = 1 }\ngrant = { unit = "day" }\n[examples]\nlist = [\n'
    body += '  { id = "a", product = "office", more_desks = 3, granted = 18 },\n'
    body += '  { id = "b", product = "free", granted = "no limit" },\n'
    body += '  { id = "c", product = "room", granted = 1 },\n]'
    assert [result.ok for result in load(body).check()] == [True, True, False]
    assert [result.got for result in load(body).check()][2] == "granted nothing"


# --- needs -----------------------------------------------------------------------------------------------------------

PLUS = """[product.full]
sells = "membership"
rate = { price = 35.00 }
[product.power]
sells = "membership"
rate = { price = 60.00 }
[product.plus]
rate = { price = 20.00 }
needs = { one_of = ["full", "power"] }
"""


@pytest.mark.parametrize("holds", ["full", "power"])
def test_one_of_several_is_enough(holds: str) -> None:
    """Who holds one of them, or buys it in the same order, may have it."""
    tariff = load(PLUS)
    assert tariff.quote(Order((Item("plus"),), holds=frozenset({holds}))).ok
    assert tariff.quote(Order((Item("plus"), Item(holds)), holds=frozenset())).ok


def test_without_any_it_is_missing() -> None:
    """The refusal names all of them; where nobody said what is held, that is asked first."""
    (stop,) = load(PLUS).quote(Order((Item("plus"),), holds=frozenset({"other"}))).refusals
    assert (stop.code, stop.what) == ("missing", "full, power")
    (stop,) = load(PLUS).quote(Item("plus")).refusals
    assert (stop.code, stop.facets) == ("incomplete", ("holds",))


def test_it_stands_beside_other_needs() -> None:
    """A list of needs wants each of its entries, and one entry may be one of several."""
    tariff = load(PLUS.replace("needs = {", 'needs = ["training", {').replace('"power"] }', '"power"] }]')
                  + "[product.training]\nsells = 'fee'\nrate = { price = 5 }\n")  # fmt: skip
    assert tariff.quote(Order((Item("plus"),), holds=frozenset({"full", "training"}))).ok
    assert tariff.quote(Order((Item("plus"),), holds=frozenset({"full"}))).refusals[0].what == "training"
    assert Tariff.load(tariff.dump()) == tariff


# --- a stay by its days ----------------------------------------------------------------------------------------------

HALL = """[bands]
we = { weekday = ["sat", "sun"] }
[product.hall]
measure = { unit = "day", days = true }
rate = { price = 80.00, per = "day", first = 1, first_price = 300.00 }
[product.rows]
measure = { unit = "day", days = true }
rate = { upto = [{ upto = 1, price = 300.00 }, { upto = 2, price = 380.00 }, { price = 460.00 }] }
[product.cut]
measure = { unit = "day", days = true }
split = { bands = ["we"], outside = "week" }
rate = { by = "band", per = "day", we = 150.00, week = 100.00 }
[product.bed]
measure = { unit = "night", nights = true }
rate = { price = 30.00, per = "night" }
adjust = { id = "Saturday", when = { touches = { weekday = "sat" } }, add = 5.00 }
"""


def days(product: str, last: date, body: str = HALL) -> Quote:
    return load(body).quote(Item(product, day=DAY, until=last))


@pytest.mark.parametrize(
    ("product", "totals"),
    [
        ("hall", ["300.00", "380.00", "460.00"]),
        ("rows", ["300.00", "380.00", "460.00"]),
        ("cut", ["100.00", "250.00", "400.00"]),
        ("bed", ["0.00", "35.00", "65.00"]),
    ],
)
def test_a_stay_by_its_first_and_last_day(product: str, totals: list[str]) -> None:
    """Both days count; weekends within are found; nights are one fewer. Hours give the same where they are known."""
    for number, total in enumerate(totals):
        quote = days(product, DAY + timedelta(days=number))
        assert quote.ok, quote.refusals
        assert str(quote.total) == f"{total} EUR"
        start = datetime(2026, 6, 12, 8, tzinfo=UTC)
        period = Period(start, start + timedelta(days=number, hours=1))
        timed = load(HALL).quote(Item(product, period))
        assert timed.total == quote.total


def test_hours_that_matter_are_asked_for() -> None:
    """A band of hours cannot be found from days alone, and a product that counts no days does not count them."""
    body = HALL.replace('{ weekday = ["sat", "sun"] }', '{ clock = "18:00-23:00" }')
    assert days("cut", DAY, body).refusals[0].facets == ("period",)
    hours = HALL.replace('{ unit = "day", days = true }', '{ unit = "day", every = "24h" }', 1)
    assert days("hall", DAY, hours).refusals[0].facets == ("period",)


def test_an_absurd_stay_is_an_error() -> None:
    """Nobody hires for a thousand years; the question is refused before the days are counted."""
    with pytest.raises(InputError, match="there may be 3660"):
        days("hall", date(9996, 1, 1))


# --- mistakes --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "path", "message"),
    [
        ('each = "more_desks"', 'each = "more_desk"', "product.office.grant[1].each", "not declared"),
        ('each = "more_desks"', 'each = "ratio"', "product.office.grant[1].each", "as a number"),
        ('units = 2, each = "more_desks"', 'each = "desks"', "product.office.grant[1].each", "goes with 'units'"),
        ("one_of = [", "product = 'full', one_of = [", "product.plus.needs[0]", "either 'product' or 'one_of'"),
        ('one_of = ["full", "power"]', 'one_of = ["full"]', "product.plus.needs[0].one_of", "one of one"),
        ('one_of = ["full", "power"]', 'one_of = ["full", "pover"]', "product.plus.needs[0].one_of", "'power'?"),
        ('one_of = ["full", "power"]', 'one_of = ["full", "plus"]', "product.plus.needs", "it needs itself"),
        ('"power"] }', '"power"], add = true }', "product.plus.needs[0].add", "which of them would be added?"),
        ('"power"] }', '"power"], per = "desks" }', "product.plus.needs[0].per", "which of them would be added?"),
        ('one_of = ["full", "power"]', "when = { desks = 1 }", "product.plus.needs[0]", "either 'product' or"),
        ('needs = { one_of = ["full", "power"] }',
         'eligible = { id = "x", when = { lacks = "full" }, refuse = "missing" }',
         "product.plus.eligible[0].refuse", "needs = { one_of = [...] }"),
    ],
)  # fmt: skip
def test_mistakes_have_a_place(old: str, new: str, path: str, message: str) -> None:
    """What cannot be meant is a problem with its path and its line, and says what to write."""
    body = OFFICE + PLUS
    assert body.count(old) == 1
    found = problems(body.replace(old, new))
    (line, text) = next((line, text) for place, line, text in found if place == path)
    assert message in text
    assert line is not None
    assert line > HEAD.count("\n")


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ("-1", "a number from 0"),
        ("{}", "by their"),
        ("'x'", "a number is needed"),
        ("{ credits = 1.00001 }", "four decimals"),
    ],
)
def test_a_wrong_number_of_units_has_a_place(wanted: str, message: str) -> None:
    """An example that expects no number of units is a problem in the example."""
    body = OFFICE + '[examples]\nlist = [{ id = "a", product = "office", more_desks = 3, granted = WANTED }]'
    body = body.replace("WANTED", wanted)
    (path, _, text) = problems(body)[0]
    assert path.startswith("examples.list[0].granted")
    assert message in text


# --- examples --------------------------------------------------------------------------------------------------------


def test_a_default_is_emptied() -> None:
    """What the customer of most examples holds, or a code, is taken away by an empty list."""
    body = """[product.room]
cover = { by = "credits", unit = "room" }
beyond = "rate"
rate = { price = 20.00 }
[coupon.HALF]
percent = "-50%"
[examples]
defaults = { product = "room", day = 2026-06-12, held = [{ account = "credits", units = 1 }], codes = "HALF" }
list = [
  { id = "covered", gross = 0, units_used = 1 },
  { id = "nothing held", held = [], gross = 10.00 },
  { id = "nothing at all", held = [], codes = [], gross = 20.00 },
]
"""
    tariff = load(body)
    assert [result.ok for result in tariff.check()] == [True, True, True]
    again = Tariff.load(tariff.dump())
    assert again == tariff
    assert [result.ok for result in again.check()] == [True, True, True]
    assert tariff.quote(Item("room", day=DAY), State()).total.amount == 2000
    assert problems(body.replace("held = []", "held = [{}]"))[0][0] == "examples.list[1].held[0]"


PASS = """[product.pass]
sells = "grant"
rate = { price = 60.00 }
grant = { account = "entries", unit = "entry", units = 3 }
[product.desk]
cover = { by = "entries", unit = "entry" }
beyond = "rate"
rate = { price = 9.00 }
"""


@pytest.mark.parametrize(
    ("used", "total"), [(date(2026, 6, 11), "69.00"), (DAY, "60.00"), (date(2026, 6, 20), "60.00")]
)
def test_what_is_given_has_a_first_day_without_a_last_one(used: date, total: str) -> None:
    """What is bought for a day covers nothing before that day, also where it never expires."""
    order = Order((Item("pass", day=DAY), Item("desk", day=used)), as_of=datetime(2026, 6, 1, tzinfo=UTC))
    assert str(load(PASS).quote(order).total) == f"{total} EUR"


def test_a_unit_that_is_given_has_its_worth() -> None:
    """What a unit was bought for is known of the items behind it, in the order itself too: 60.00 for three entries."""
    order = Order((Item("pass", day=DAY), Item("desk", day=DAY)), as_of=datetime(2026, 6, 1, tzinfo=UTC))
    (use,) = load(PASS).quote(order).uses
    assert (use.units, use.value) == (1, 2000)
    timed = PASS.replace(
        'cover = { by = "entries", unit = "entry" }', 'cover = { by = "entries", unit = "1h", smallest = "0.5" }'
    ).replace('unit = "entry", units = 3', 'unit = "1h", units = 3')
    start = datetime(2026, 6, 12, 9, tzinfo=UTC)
    order = Order(
        (Item("pass", day=DAY), Item("desk", Period(start, start + timedelta(hours=1)))),
        as_of=datetime(2026, 6, 1, tzinfo=UTC),
    )
    (use,) = load(timed).quote(order).uses
    assert (use.units, use.value) == (2, 1000)


@pytest.mark.parametrize(
    ("bought", "day", "used", "total"),
    [
        (date(2026, 6, 1), date(2026, 6, 12), date(2026, 6, 11), "69.00"),  # from its own day on, not that of purchase
        (date(2026, 6, 12), None, date(2026, 6, 11), "69.00"),  # without a day of its own, from that of purchase on
        (date(2026, 6, 12), None, date(2026, 6, 12), "60.00"),
    ],
)
def test_what_is_given_begins_on_its_day_or_that_of_purchase(
    bought: date, day: date | None, used: date, total: str
) -> None:
    """The day of the item comes first, then that of the purchase."""
    order = Order(
        (Item("pass", day=day), Item("desk", day=used)),
        as_of=datetime(bought.year, bought.month, bought.day, 8, tzinfo=UTC),
    )
    assert str(load(PASS).quote(order).total) == f"{total} EUR"
