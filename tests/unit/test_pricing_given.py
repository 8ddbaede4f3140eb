"""What is bought in an order and used in it: from which day to which, and vouchers that pay; parts of a period."""

from __future__ import annotations

from datetime import date

import attrs
import pytest

from cantinekit.errors import TariffError
from cantinekit.money import Money
from cantinekit.pricing import Tariff

HEAD = 'tariff = { id = "t", currency = "EUR", timezone = "Europe/Paris", prices = "incl" }\n'


def tariff(body: str, examples: str, defaults: str = "day = 2026-01-15") -> Tariff:
    return Tariff.load(f"{HEAD}{body}\n[examples]\ndefaults = {{ {defaults} }}\nlist = [\n{examples}\n]\n")


def wrong_ones(loaded: Tariff) -> list[str]:
    """The worked examples that do not come out."""
    found = loaded.check()
    assert found
    return [f"{result.id}: {result.got} {result.why}" for result in found if not result.ok]


# --- packs -----------------------------------------------------------------------------------------------------------

CARD = """
[product.card]
sells = "grant"
rate = { price = 60.00 }
grant = { account = "card", unit = "entry", units = 10 }
VALID
[product.entry]
cover = { by = "card", unit = "entry" }
beyond = "rate"
rate = { price = 8.00 }
"""
DAY_BEFORE = 'valid = { lasts = "3 months", ends = "the day before" }'
SAME_DAY = 'valid = { lasts = "3 months", ends = "same day" }'


@pytest.mark.parametrize(
    ("valid", "day", "gross"),
    [
        (DAY_BEFORE, "2026-01-15", 60),
        (DAY_BEFORE, "2026-04-14", 60),
        (DAY_BEFORE, "2026-04-15", 68),
        (DAY_BEFORE, "2026-12-15", 68),
        (SAME_DAY, "2026-04-15", 60),
        (SAME_DAY, "2026-04-16", 68),
        (DAY_BEFORE, "2026-01-14", 68),
        ("", "2026-12-15", 60),
        ("", "2026-01-14", 68),
    ],
)
def test_a_pack_covers_in_its_order_what_it_covers_later(valid: str, day: str, gross: int) -> None:
    """A use before the first day of the pack, or after its last one, is paid, also where both are bought at once."""
    buy = f'buy = [{{ product = "card" }}, {{ product = "entry", day = {day} }}]'
    examples = f'{{ id = "both", as_of = 2026-01-15, {buy}, gross = {gross} }}'
    assert wrong_ones(tariff(CARD.replace("VALID", valid), examples)) == []


def test_a_pack_begins_on_its_own_day() -> None:
    """Bought in January for February it covers nothing in January, and lasts from the day of the item."""
    examples = ", ".join(
        f'{{ id = "{day}", as_of = 2026-01-15, buy = [{{ product = "card", day = 2026-02-01 }}, '
        f'{{ product = "entry", day = {day} }}], gross = {gross} }}'
        for day, gross in (("2026-01-31", 68), ("2026-02-01", 60), ("2026-04-30", 60), ("2026-05-01", 68))
    )
    assert wrong_ones(tariff(CARD.replace("VALID", DAY_BEFORE), examples)) == []


def test_the_explanation_says_that_a_pack_is_not_valid_yet() -> None:
    """Why a lot of the order was not used stands in the trace, in both languages."""
    examples = '{ id = "a", buy = [{ product = "card" }, { product = "entry", day = 2026-01-14 }], gross = 68 }'
    loaded = tariff(CARD.replace("VALID", DAY_BEFORE), examples)
    quote = loaded.quote(loaded.examples[0].order(loaded.zone)[0])
    assert "not valid yet" in quote.explain("en")
    assert "pas encore valable" in quote.explain("fr")


def test_a_pack_whose_last_day_nobody_knows_is_refused_beside_a_use() -> None:
    """Business days beyond the listed holidays: alone it has a price, with a use the list would have to be guessed."""
    valid = """valid = { lasts = "4 business days", first_day = "counts", workdays = "days" }"""
    calendar = 'calendar.days = { weekdays = ["mon", "tue"], holidays = [2025-05-01] }\n'
    examples = """
    { id = "alone", product = "card", gross = 60 },
    { id = "with a use", buy = [{ product = "card" }, { product = "entry" }], refused = "unstated" },
    """
    assert wrong_ones(tariff(calendar + CARD.replace("VALID", valid), examples)) == []


# --- money -----------------------------------------------------------------------------------------------------------

VOUCHERS = """
order.vouchers = "gifts"
[product.voucher]
sells = "grant"
rate = { price = 50.00 }
grant = { account = "gifts", unit = "EUR", value = 60.00 }
valid = { lasts = "1 year", ends = "same day" }
[product.desk]
rate = { price = 20.00 }
[product.plan]
sells = "plan"
rate = { price = 100.00 }
grant = { account = "gifts", unit = "EUR", value = 15.50, renews = "month", rollover = true }
"""


def test_money_that_is_given_is_written_as_it_is_printed() -> None:
    """``granted``, ``left`` and ``next_units`` of an account of money are amounts, as ``held`` is."""
    examples = """
    { id = "a voucher", product = "voucher", granted = 60 },
    { id = "two of them", product = "voucher", count = 2, granted = 120.00 },
    { id = "a plan", product = "plan", granted = 15.50, left = 4.25, next_units = 19.75 },
    { id = "held", product = "desk", held = [{ account = "gifts", units = 12.50 }], paid = 12.50, due_now = 7.50 },
    """
    loaded = tariff(VOUCHERS, examples)
    assert wrong_ones(loaded) == []
    assert [grant.units for grant in loaded.quote(loaded.examples[0].order(loaded.zone)[0]).grants] == [6000]
    without = tariff(
        VOUCHERS.replace('order.vouchers = "gifts"\n', ""), '{ id = "a", product = "voucher", granted = 60 }'
    )
    assert wrong_ones(without) == []


def test_other_units_stay_whole() -> None:
    """Of an account of entries nothing changes; a part of one that is left is a mistake of the example."""
    body = (
        '[product.plan]\nsells = "plan"\nrate = { price = 1 }\ngrant = { unit = "entry", units = 5, renews = "month" }'
    )
    assert wrong_ones(tariff(body, '{ id = "a", product = "plan", granted = 5, left = 3, next_units = 5 }')) == []
    (wrong,) = wrong_ones(tariff(body, '{ id = "a", product = "plan", left = 0.5, next_units = 5 }'))
    assert "whole units" in wrong


@pytest.mark.parametrize(
    ("buy", "paid"),
    [
        ('{ product = "voucher" }, { product = "desk" }', "20"),
        ('{ product = "desk" }, { product = "voucher" }', "0"),
        ('{ product = "desk" }, { product = "voucher" }, { product = "desk" }', "20"),
        ('{ product = "voucher" }, { product = "desk", count = 4 }', "60"),
        ('{ product = "voucher" }, { product = "voucher" }', "0"),
        ('{ product = "voucher" }, { product = "desk", day = 2027-01-16 }', "0"),
        ('{ product = "voucher" }, { product = "desk", day = 2027-01-15 }', "20"),
        ('{ product = "voucher" }, { product = "desk", day = 2026-01-14 }', "0"),
        ('{ product = "voucher" }, { product = "plan" }', "60"),
    ],
)
def test_a_voucher_that_is_bought_pays_for_the_items_after_it(buy: str, paid: str) -> None:
    """Like units of a pack: from its first to its last day, and for no voucher."""
    assert wrong_ones(tariff(VOUCHERS, f'{{ id = "a", as_of = 2026-01-15, buy = [{buy}], paid = {paid} }}')) == []


def test_a_voucher_does_not_buy_vouchers() -> None:
    """What is held pays for the desk of an order and not for the voucher in it."""
    held = 'held = [{ account = "gifts", units = 90.00 }]'
    examples = f"""
    {{ id = "alone", product = "voucher", {held}, paid = 0, due_now = 50 }},
    {{ id = "beside", buy = [{{ product = "voucher" }}, {{ product = "desk" }}], {held}, paid = 20, due_now = 50 }},
    """
    assert wrong_ones(tariff(VOUCHERS, examples)) == []


def test_vouchers_pay_what_there_is_and_no_more() -> None:
    """A held and a bought one together pay each item once; what is left of the held one stays in the state."""
    examples = """
    { id = "a", held = [{ account = "gifts", units = 30.00, expires = 2026-02-01 }],
      buy = [{ product = "desk" }, { product = "voucher" }, { product = "desk", count = 5 }], paid = 90, due_now = 80 },
    """
    assert wrong_ones(tariff(VOUCHERS, examples.replace("\n      ", " "))) == []


def test_an_account_of_money_is_not_filled_with_units() -> None:
    """Ten units of what? A grant into an account that pays says how much."""
    with pytest.raises(TariffError, match="say how much, value"):
        Tariff.load(HEAD + VOUCHERS.replace("value = 60.00", "units = 10"))


# --- a part of a period ----------------------------------------------------------------------------------------------


def test_a_calendar_month_that_has_begun_is_a_part_of_one() -> None:
    """What lasts to the end of the month costs the rest of it, whether or not the last day is said."""
    body = """
    product.both = { sells = "plan", rate = { price = 310.00 }, valid = { month = "calendar" }, prorate = { rule = "both ends", of = "days of the month" } }
    product.open = { rate = { price = 310.00 }, valid = { month = "calendar" }, prorate = { rule = "last day not counted", of = "days of the month" } }
    product.own = { rate = { price = 310.00 }, valid = { lasts = "1 month", ends = "the day before" }, prorate = { rule = "both ends", of = "days of the period" } }
    """  # noqa: E501
    examples = """
    { id = "the rest", product = "both", day = 2026-03-22, gross = 100 },
    { id = "the same", product = "both", day = 2026-03-22, until = 2026-03-31, gross = 100 },
    { id = "a shorter part", product = "both", day = 2026-03-22, until = 2026-03-26, gross = 50 },
    { id = "all of it", product = "both", day = 2026-03-01, gross = 310 },
    { id = "until when?", product = "open", day = 2026-03-22, refused = "incomplete" },
    { id = "all of it, open", product = "open", day = 2026-03-01, gross = 310 },
    { id = "a month of its own is whole", product = "own", day = 2026-03-22, gross = 310 },
    """
    loaded = tariff(body, examples, 'holds = "nothing"')
    assert wrong_ones(loaded) == []
    without_day = loaded.quote(attrs.evolve(loaded.examples[0].buy[0].items(loaded.zone)[0], day=None))
    assert without_day.refusals[0].facets == ("day",)


def test_what_is_owed_is_not_told_from_a_first_month_that_is_not_whole() -> None:
    """The price of the part is no price of a period: no number is better than a wrong one."""
    body = """
    [product.desk]
    sells = "plan"
    rate = { price = 310.00 }
    valid = { month = "calendar" }
    prorate = { rule = "both ends", of = "days of the month" }
    term = { period = "1 month", minimum = 1, renewal = "monthly", ends = "month end" }
    """
    loaded = tariff(body, '{ id = "a", product = "desk", day = 2026-03-01, leaves = 2026-03-10, owed = 310 }')
    assert wrong_ones(loaded) == []
    terms = loaded.terms("desk", date(2026, 3, 22), leaves=date(2026, 5, 10))
    assert terms.owed is None
    assert [stop.code for stop in terms.refusals] == ["unstated"]
    assert loaded.terms("desk", date(2026, 3, 1), leaves=date(2026, 3, 10)).owed == Money.parse("310.00 EUR")
