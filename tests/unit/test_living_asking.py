"""A worked example becomes a plan: which command, when, who holds what, and what happens later."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from cantinekit.errors import InputError
from cantinekit.living.asking import Lasts, NoSale, Plan, plan
from cantinekit.pricing import Tariff

LIST = """
[tariff]
id = "house"
name = "The house"
currency = "EUR"
timezone = "Europe/Paris"
prices = "incl"

[facts]
who = ["student", "other"]
late = "yes/no"
meals = "number"

[opening]
hours = [{ days = ["mon", "tue", "wed", "thu", "fri"], open = ["08:00-20:00"] }]

[calendar.office]
weekdays = ["mon", "tue", "wed", "thu", "fri"]

[product.desk]
rate = { price = 2.00, per = "hour" }
merge = { same = ["person", "day"], gap = "30min" }

[product.room]
rate = { price = 10.00, per = "hour" }
cover = [{ by = "hours", unit = "hour" }]
beyond = "rate"
cancel = { delay = { unit = "hour" }, keep = [{ from = 24, percent = "0%" }, { from = 0, percent = "50%" }] }
move = { delay = { unit = "day" }, rows = [{ from = 1, fee = 1.00 }] }
overrun = { price = 5.00, per = "hour" }

[product.hall]
rate = { price = 80.00 }
cancel = [
  { when = { who = "student" }, delay = { unit = "day" }, keep = [
    { from = 2, price = 8.00 }, { from = 0, price = 16.00 },
  ] },
  { delay = { unit = "business day", notice_day = "counts", workdays = "office" }, keep = [
    { from = 2, price = 24.00 }, { from = 0, price = 32.00 },
  ] },
]

[product.lunch]
rate = { price = 12.00 }

[product.club]
sells = "membership"
rate = { price = 30.00 }
valid = { lasts = "1 year", ends = "the day before" }

[product.club.term]
period = "1 month"
minimum = 1
renewal = "monthly"
ends = "period end"
notice = "14 days"
notice_day = "counts"

[product.guest]
needs = "club"
rate = { price = 3.00 }

[advice.lunches]
unit = "meal"
offers = [{ product = "lunch", units = 1 }]

[examples]
defaults = { day = 2026-03-04 }
list = [
ROW
]
"""
PARIS = timedelta(hours=1)
"""How far the wall clock of the list is ahead of UTC in March."""


def planned(row: str) -> Plan | NoSale:
    """The plan of an example of the list."""
    tariff = Tariff.load(LIST.replace("ROW", f"  {row},"))
    (example,) = tariff.examples
    return plan(example, tariff)


def sale(row: str) -> Plan:
    """The plan of an example that asks for a sale."""
    found = planned(row)
    assert isinstance(found, Plan)
    return found


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """An instant of March 2026 by the wall clock of the list."""
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC) - PARIS


@pytest.mark.parametrize(
    ("row", "way"),
    [
        ('{ id = "x", product = "room", at = ["09:00-11:00"], gross = 20.00 }', "booking"),
        ('{ id = "x", product = "room", hours = 2, count = 3, gross = 60.00 }', "booking"),
        ('{ id = "x", product = "room", at = ["09:00-10:00+11:00-12:00"], gross = 20.00 }', "sale"),
        ('{ id = "x", product = "room", at = ["09:00-10:00", "11:00-12:00"], gross = 20.00 }', "sale"),
        ('{ id = "x", product = "desk", customer = "anna", at = ["09:00-11:00"], gross = 4.00 }', "visit"),
        (
            '{ id = "x", product = "desk", customer = "anna", at = ["09:00-10:00", "11:00-12:00"], gross = 4.00 }',
            "visit",
        ),
        ('{ id = "x", product = "lunch", gross = 12.00 }', "sale"),
        ('{ id = "x", product = "club", gross = 30.00 }', "pass"),
        ('{ id = "x", buy = [{ product = "lunch" }, { product = "club" }], gross = 42.00 }', "sale"),
    ],
)
def test_what_the_list_says_picks_the_command(row: str, way: str) -> None:
    """A stay that is priced with others is a visit, with a period a booking, what is held a pass, the rest a sale."""
    assert sale(row).way == way


@pytest.mark.parametrize(
    ("row", "bought"),
    [
        ('{ id = "x", product = "lunch", gross = 12.00 }', at(4, 12)),
        ('{ id = "x", product = "lunch", as_of = 2026-03-02, gross = 12.00 }', at(2, 12)),
        ('{ id = "x", product = "lunch", as_of = 2026-03-02T08:30:00, gross = 12.00 }', at(2, 8, 30)),
        ('{ id = "x", product = "room", at = ["14:00-15:00"], gross = 10.00 }', at(4, 12)),
        ('{ id = "x", product = "room", at = ["09:00-10:00"], gross = 10.00 }', at(4, 9)),
        ('{ id = "x", product = "room", at = ["09:00-10:00"], as_of = 2026-03-02, gross = 10.00 }', at(2, 12)),
    ],
)
def test_a_day_is_its_noon_but_not_after_it_has_begun(row: str, bought: datetime) -> None:
    """It is bought at the instant that is given, at noon of a day, or when it begins on the morning of that day."""
    assert sale(row).at == bought


@pytest.mark.parametrize(
    ("row", "what", "when"),
    [
        ('cancelled = 24, fee = 0.00, product = "room", at = ["09:00-10:00"]', "cancelled", at(3, 9)),
        ('cancelled = 0, fee = 5.00, product = "room", at = ["09:00-10:00"]', "cancelled", at(4, 8, 59)),
        ('moved = 2, fee = 1.00, product = "room", at = ["09:00-10:00"]', "moved", at(2, 9)),
        ('cancelled = "no show", fee = 5.00, product = "room", at = ["09:00-10:00"]', "no show", None),
        (
            'cancelled = "after the start", fee = 5.00, product = "room", at = ["09:00-10:00"]',
            "cancelled after the start",
            at(4, 9, 1),
        ),
        ('overrun = 30, fee = 5.00, product = "room", at = ["09:00-10:00"]', "overrun", None),
        ('cancelled = 2, fee = 24.00, product = "hall", who = "other", day = 2026-03-09', "cancelled", at(5, 9)),
        ('cancelled = 2, fee = 8.00, product = "hall", who = "student", day = 2026-03-09', "cancelled", at(7, 9)),
    ],
)
def test_what_happens_later_has_an_instant(row: str, what: str, when: datetime | None) -> None:
    """A delay becomes an instant that the rule of the list counts as this delay, in hours, days or business days."""
    found = sale(f'{{ id = "x", {row}, as_of = 2026-02-02 }}').later
    assert found is not None
    assert (found.what, found.at) == (what, when)


def test_what_is_called_off_before_its_day_is_bought_by_then() -> None:
    """Where the file does not say when it was bought, it is bought at the latest when it is called off."""
    assert sale('{ id = "x", product = "room", at = ["09:00-10:00"], cancelled = 48, fee = 0.00 }').at == at(2, 9)


def test_nothing_is_called_off_before_it_is_bought() -> None:
    """A purchase that the file says to be later than its cancellation cannot have been."""
    with pytest.raises(InputError, match="before it is bought"):
        planned('{ id = "x", product = "room", at = ["09:00-10:00"], as_of = 2026-03-04, cancelled = 48, fee = 0.00 }')


def test_a_day_that_is_called_off_begins_at_nine() -> None:
    """What is called off needs a beginning: a day is from 9 to 17 where that costs the same."""
    (item,) = sale('{ id = "x", product = "hall", who = "student", cancelled = 2, fee = 8.00 }').items
    assert item.period is not None
    assert (item.period.start, item.period.end) == (at(4, 9), at(4, 17))


def test_what_is_held_is_told_apart() -> None:
    """Products of the list are held, units are given."""
    found = sale(
        '{ id = "x", product = "guest", holds = "club", held = [{ account = "hours", units = 3 }], gross = 3.00 }'
    )
    assert (found.holds, found.learnt) == (("club",), ())
    assert [(one.account, one.units) for one in found.held] == [("hours", 3)]


def test_what_is_known_of_a_customer() -> None:
    """Of somebody in particular words and yes/no are known that hold for all that is bought; numbers are not."""
    lines = '[{ product = "lunch", who = "student", meals = 2 }, { product = "hall", who = "student", late = true }]'
    known = sale(f'{{ id = "x", customer = "anna", buy = {lines}, gross = 92.00 }}')
    assert known.facts == {"who": "student"}
    assert [dict(item.facts) for item in known.items] == [{"meals": 2}, {"late": True}]
    unknown = sale(f'{{ id = "x", buy = {lines}, gross = 92.00 }}')
    assert unknown.facts == {}
    assert [item.facts.get("who") for item in unknown.items] == ["student", "student"]


def test_a_house_always_knows_what_is_held() -> None:
    """An example in which nobody said what the customer holds, and the list has to know it, cannot be lived."""
    assert planned('{ id = "x", product = "guest", refused = "incomplete" }') == NoSale(
        "what a house always knows is not said"
    )
    assert isinstance(planned('{ id = "x", product = "guest", holds = "nothing", refused = "missing" }'), Plan)


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ('{ id = "x", need = "lunches", units = 2, gross = 24.00 }', "advice"),
        ('{ id = "x", product = "room", notice = 2026-04-01, earliest_end = 2027-03-03 }', "terms"),
        ('{ id = "x", product = "room", leaves = 2027-03-03, last_notice = 2027-02-03 }', "terms"),
    ],
)
def test_advice_and_terms_ask_for_no_sale(row: str, why: str) -> None:
    """What nobody buys, and terms of what nobody holds, are told apart."""
    assert planned(row) == NoSale(why)  # type: ignore[arg-type]


def test_terms_of_what_is_held_are_lived() -> None:
    """What is asked of the terms of a membership is asked of one that is bought."""
    notice = planned('{ id = "x", product = "club", notice = 2026-04-01, earliest_end = 2027-03-03 }')
    assert isinstance(notice, Plan)
    assert notice.lasts == Lasts(date(2026, 4, 1))
    leaves = planned('{ id = "x", product = "club", leaves = 2027-03-03, last_notice = 2027-02-03 }')
    assert isinstance(leaves, Plan)
    assert leaves.lasts == Lasts(leaves=date(2027, 3, 3))


def test_what_says_no_day_is_bought_on_any() -> None:
    """Where the price depends on no day, something of which only the length is said begins at nine of some day."""
    text = LIST.replace("defaults = { day = 2026-03-04 }\n", "")
    row = '{ id = "x", product = "room", hours = 2, gross = 20.00 }'
    tariff = Tariff.load(text.replace("ROW", f"  {row},"))
    found = plan(tariff.examples[0], tariff)
    assert isinstance(found, Plan)
    (item,) = found.items
    assert item.period is not None
    assert (found.way, found.at, item.period.length) == ("booking", item.period.start, timedelta(hours=2))


def test_what_is_saved_is_a_plan_beside() -> None:
    """What was bought instead is sold in another house."""
    found = sale('{ id = "x", product = "lunch", instead_of = [{ product = "room", hours = 2 }], saving = 8.00 }')
    assert found.instead is not None
    assert (found.way, found.instead.way) == ("sale", "booking")
