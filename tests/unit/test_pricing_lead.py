"""How long before its beginning something was bought: in lengths, days, months, and delays of a named calendar."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from cantinekit.clock import Period
from cantinekit.errors import TariffError
from cantinekit.pricing import Agreement, Cancel, Item, Order, State, Tariff
from cantinekit.pricing.engine import order as engine
from cantinekit.pricing.listing import price_list

PARIS = ZoneInfo("Europe/Paris")
HEAD = """
tariff = { id = "t", currency = "EUR", timezone = "Europe/Paris", prices = "incl" }
calendar.office = { weekdays = ["mon", "tue", "wed", "thu", "fri"], holidays = [2026-05-01, 2026-12-25] }
"""
DELAY = '{ unit = "business day", notice_day = "does not count", workdays = "office" }'


def tariff(lead: str, more: str = "") -> Tariff:
    """A room that costs 80 where the lead holds, and else 100."""
    rates = f"[{{ when = {{ lead = {lead} }}, price = 80 }}, {{ price = 100 }}]"
    return Tariff.load(f"{HEAD}product.room = {{ rate = {rates} {more} }}\n")


def price(list_: Tariff, begins: datetime | date, bought: datetime) -> int | str:
    """What the room costs, in euros, or the code of the refusal; the programs and the phases say the same."""
    item = Item("room", day=begins) if not isinstance(begins, datetime) else Item(
        "room", Period(begins, begins.replace(hour=begins.hour + 1))
    )  # fmt: skip
    order = Order((item,), as_of=bought)
    quote = list_.quote(order)
    assert quote == engine.quote(list_.parts, list_.version, order, State())
    return quote.refusals[0].code if quote.refusals else quote.total.amount // 100


def paris(month: int, day: int, hour: int = 12, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, tzinfo=PARIS)


@pytest.mark.parametrize(
    ("bought", "expected"),
    [
        (paris(4, 30), 80),  # Thursday; Friday is a holiday, then a weekend; Monday, Tuesday and Wednesday count
        (paris(5, 1), 80),
        (paris(5, 3), 80),
        (paris(5, 4), 100),  # Monday itself does not count
        (paris(5, 8), 100),  # afterwards
    ],
)
def test_business_days_of_a_named_calendar(bought: datetime, expected: int) -> None:
    """A lead of three business days leaves out weekends and the holidays of the calendar that it names."""
    found = tariff(f"{{ delay = {DELAY}, from = 3 }}")
    assert price(found, paris(5, 7), bought) == expected
    assert price(found, date(2026, 5, 7), bought) == expected


def test_whether_the_day_of_the_order_counts() -> None:
    """As for a change, the delay says whether the day on which it is ordered is one of them."""
    counted = tariff(f"{{ delay = {DELAY.replace('does not count', 'counts')}, from = 3 }}")
    assert (price(counted, paris(5, 7), paris(5, 4)), price(counted, paris(5, 7), paris(5, 5))) == (80, 100)


def test_the_end_of_the_day() -> None:
    """A delay in days may say when the day ends: after it an order counts for the next day."""
    found = tariff('{ delay = { unit = "day", day_ends = "17:00" }, from = 1 }')
    assert (price(found, paris(5, 7), paris(5, 6, 17)), price(found, paris(5, 7), paris(5, 6, 18))) == (80, 100)


@pytest.mark.parametrize(
    ("bounds", "expected"),
    [("from = 2, below = 3", 80), ("upto = 1", 100), ("below = 2", 100), ("from = 3", 100), ("upto = 2", 80)],
)
def test_bounds_of_a_delay(bounds: str, expected: int) -> None:
    """The bounds are those of any range, as whole numbers of the unit; here there are two business days between."""
    assert price(tariff(f"{{ delay = {DELAY}, {bounds} }}"), paris(5, 7), paris(5, 4)) == expected


def test_a_delay_in_hours_needs_the_beginning() -> None:
    """Hours are counted from the beginning; where only the day is known, it is asked for."""
    found = tariff('{ delay = { unit = "hour" }, from = 24 }')
    assert (price(found, paris(5, 7), paris(5, 6)), price(found, paris(5, 7), paris(5, 6, 13))) == (80, 100)
    quote = found.quote(Order((Item("room", day=date(2026, 5, 7)),), as_of=paris(5, 1)))
    assert [stop.facets for stop in quote.refusals] == [("period",)]


def test_what_is_asked_for() -> None:
    """Without the moment of purchase, or without the day, it is said what is missing."""
    found = tariff(f"{{ delay = {DELAY}, from = 3 }}")
    assert found.quote(Item("room", day=date(2026, 5, 7))).refusals[0].facets == ("as_of",)
    assert found.quote(Order((Item("room"),), as_of=paris(5, 1))).refusals[0].facets == ("day",)


def test_a_year_whose_holidays_are_not_listed() -> None:
    """A list of holidays says nothing of other years: the price is refused as unstated, and so is calling off."""
    cancel = (
        f", cancel = {{ delay = {DELAY}, keep = [{{ from = 2, percent = '0%' }}, {{ from = 0, percent = '100%' }}] }}"
    )
    found = tariff(f"{{ delay = {DELAY}, from = 3 }}", cancel)
    assert price(found, paris(5, 7, year=2027), paris(5, 3, year=2027)) == "unstated"
    order = Order((Item("room", Period(paris(5, 7), paris(5, 7, 13))),), as_of=paris(4, 1))
    agreement = Agreement.of(order, found.quote(order), "1")
    assert found.change(agreement, Cancel(paris(5, 5))).fee.amount == 8000
    assert found.change(agreement, Cancel(paris(5, 4))).fee.amount == 0
    assert found.change(agreement, Cancel(datetime(2025, 5, 4, tzinfo=UTC))).refusals[0].code == "unstated"


@pytest.mark.parametrize(
    ("lead", "path", "said"),
    [
        ('"3 business days"', "lead", "{ delay = { unit = 'business day'"),
        ('{ from = "3 working days" }', "lead.from", "{ delay = { unit = 'business day'"),
        ('{ delay = { unit = "business day", notice_day = "counts" }, from = 3 }', "lead.delay", "which days are"),
        (
            '{ delay = { unit = "business day", workdays = "office" }, from = 3 }',
            "lead.delay",
            "does the day of the notice",
        ),
        ('{ delay = { unit = "day", workdays = "offise" }, from = 3 }', "lead.delay", "no calendar 'offise'"),
        ('{ delay = { unit = "day" } }', "lead", "a bound is needed"),
        ('{ delay = { unit = "day" }, from = "3 days" }', "lead.from", "a whole number"),
        ('{ delay = { unit = "weeks" }, from = 3 }', "lead.delay", "unit"),
    ],
)
def test_a_delay_that_cannot_be_read(lead: str, path: str, said: str) -> None:
    """What is wrong with a lead has its place, and business days in words get the way to write them."""
    with pytest.raises(TariffError) as error:
        tariff(lead)
    found = {problem.path.partition("when[0].")[2]: problem.message for problem in error.value.problems}
    assert said in found[path]


def test_it_is_written_back_and_printed() -> None:
    """The delay is part of the content, loads again, and stands in the printed list with its calendar."""
    found = tariff(f"{{ delay = {DELAY}, from = 3 }}")
    assert Tariff.load(found.dump()) == found
    assert found.version != tariff(f"{{ delay = {DELAY.replace('does not count', 'counts')}, from = 3 }}").version
    assert "from 3 business days (calendar office, the day on which it is said does not count)" in price_list(found)
    assert "à partir de 3 jours ouvrés (calendrier office, le jour de la demande ne compte pas)" in price_list(
        found, "fr"
    )
    assert "asked so long before: from 2 months" in price_list(tariff('{ from = "2 months" }'))
    assert "asked so long before: from 1 day" in price_list(tariff('{ from = "1 day" }'))


@pytest.mark.parametrize(
    ("text", "same"), [("12 weeks", "84 days"), ("1 week", "7 days"), ("2 years", "24 months"), ("1 year", "12 months")]
)
def test_weeks_and_years_are_days_and_months(text: str, same: str) -> None:
    """A lead in weeks or years is the same list as one in days or months."""
    assert tariff(f'{{ from = "{text}" }}') == tariff(f'{{ from = "{same}" }}')
    with pytest.raises(TariffError):
        tariff('{ from = "12345 weeks" }')
