"""The days of what lasts, of contracts by hand: periods, units, and ends."""

from __future__ import annotations

from datetime import date
from itertools import islice, pairwise

import attrs
import pytest

from cantinekit.clock import MIN_INSTANT
from cantinekit.domain.base import Subject
from cantinekit.domain.catalogue.records import PriceList
from cantinekit.domain.passes.course import Course
from cantinekit.domain.passes.records import FreeDays, Pass, Pause
from cantinekit.domain.passes.timeline import Agreed, step, timeline
from cantinekit.domain.sales.records import Sale, SaleItem
from cantinekit.errors import InputError, NotForSaleError
from cantinekit.money import Money
from cantinekit.pricing import Tariff
from cantinekit.pricing.terms import read_term, read_validity
from support.houses.clock_house import local

MONTHLY = {"period": "1 month", "minimum": 1, "renewal": "monthly", "ends": "period end"}
HEAD = '[tariff]\nid = "t"\ncurrency = "EUR"\ntimezone = "Europe/Paris"\nprices = "incl"\n'
TERM = '{ period = "1 month", minimum = 2, renewal = "monthly", ends = "period end" }'


def course(first: date, term=None, valid=None, again=(), last=None) -> Course:
    """The days of something that begins on a day."""
    return Course(
        first,
        read_term(term) if term else None,
        read_validity(valid) if valid else None,
        last,
        frozenset(again),
    )


@pytest.mark.parametrize(
    ("first", "term", "valid", "starts"),
    [
        (date(2028, 1, 31), MONTHLY, None, [date(2028, 1, 31), date(2028, 2, 29), date(2028, 3, 31)]),
        (date(2028, 2, 29), {**MONTHLY, "period": "1 year"}, None,
         [date(2028, 2, 29), date(2029, 2, 28), date(2030, 2, 28)]),
        (date(2026, 3, 16), MONTHLY, {"month": "calendar"}, [date(2026, 3, 16), date(2026, 4, 1), date(2026, 5, 1)]),
        (date(2026, 3, 16), MONTHLY, {"lasts": "2 weeks", "first_day": "counts"},
         [date(2026, 3, 16), date(2026, 3, 30), date(2026, 4, 13)]),
        (date(2026, 3, 16), {**MONTHLY, "ends": "month end", "stub": "does not count"}, None,
         [date(2026, 3, 16), date(2026, 4, 1), date(2026, 5, 1)]),
    ],
)  # fmt: skip
def test_periods(first, term, valid, starts):
    """A period is what ``valid`` says, else that of the contract; each begins on the day after the one before."""
    found = list(islice(course(first, term, valid).periods(), 4))
    assert [begins for _, begins, _ in found][:3] == starts
    for (_, _, last), (_, begins, _) in pairwise(found):
        assert (begins - last).days == 1


@pytest.mark.parametrize(
    ("first", "word", "term", "days"),
    [
        (date(2028, 1, 31), "month", MONTHLY, [date(2028, 2, 29), date(2028, 3, 31)]),
        (date(2026, 3, 16), "month", {**MONTHLY, "ends": "month end", "stub": "does not count"},
         [date(2026, 4, 1), date(2026, 5, 1)]),
        (date(2026, 3, 16), "week", {**MONTHLY, "ends": "month end", "stub": "does not count"},
         [date(2026, 3, 23), date(2026, 3, 30)]),
        (date(2028, 2, 29), "year", MONTHLY, [date(2029, 2, 28), date(2030, 2, 28)]),
        (date(2026, 3, 28), "day", MONTHLY, [date(2026, 3, 29), date(2026, 3, 30)]),
    ],
)  # fmt: skip
def test_units_are_given_again(first, word, term, days):
    """Counted in one go from the first day; months and years of a calendar contract from the first of a month."""
    found = course(first, term, again=(word,))
    assert list(islice(found.given_again(word), 2)) == days
    assert found.next_after(first) == min(days[0], found.period(1)[0])


def test_what_has_no_contract_has_one_period():
    """It lasts as it was sold, and nothing comes after it."""
    once = course(date(2026, 3, 16), last=date(2026, 5, 1))
    assert list(once.periods()) == [(0, date(2026, 3, 16), date(2026, 5, 1))]
    assert (once.next_after(date(2026, 3, 16)), once.end) == (None, date(2026, 5, 1))
    with pytest.raises(InputError):
        once.period(1)


def test_the_end_of_the_calendar_is_the_end():
    """A contract of years ends with the calendar, and not with an error."""
    long = course(date(9990, 1, 1), {**MONTHLY, "period": "1 year"}, again=("year",))
    assert len(list(long.periods())) < 10
    assert long.next_after(date(9999, 12, 30)) is None


def agreed(rate: str, more: str = "", **changed) -> Agreed:
    """A plan that was sold on 31 January 2028."""
    text = f'{HEAD}[product.plan]\nsells = "plan"\n{rate}\nterm = {TERM}\n{more}'
    tariff, first = Tariff.load(text), date(2028, 1, 31)
    at = local(10, day=first)
    item = SaleItem("plan", day=first)
    sale = Sale("sal", Subject("pass", "p"), "paris", tariff.version, 5, at, (item,), Money(3000, "EUR"), "zoe")
    sold = Pass(
        "p", "t/plan", "paris", "asso", "zoe", sold_at=at, tariff_version=tariff.version, sells="plan",
        pricelist_id="t", tariff_product="plan", first_day=first, last_day=date(2028, 2, 28), sale_id="sal",
        item="1", contract=True, **changed,
    )  # fmt: skip
    return Agreed(sold, sale, {tariff.version: text}, PriceList("t", "EUR"), "Europe/Paris")


def test_a_timeline_says_periods_and_ends():
    """Each period with its price, the last cut by the end; what is owed; by when notice is due."""
    found = timeline(agreed("rate = { price = 30.00 }"), today=date(2028, 2, 1), until=date(2028, 4, 15))
    assert [(one.first_day, one.price) for one in found.periods] == [
        (day, Money(3000, "EUR")) for day in (date(2028, 1, 31), date(2028, 2, 29), date(2028, 3, 31))
    ]
    assert (found.end, found.earliest_end, found.last_notice) == (None, date(2028, 3, 30), date(2028, 3, 30))
    assert found.owed(date(2028, 1, 31), date(2028, 3, 31)) == Money(6000, "EUR")
    assert found.owed(date(2028, 3, 31), date(2028, 4, 1)) is None
    assert found.on(date(2028, 3, 30)) == found.periods[1]
    assert found.on(date(2028, 1, 30)) is None
    ended = timeline(
        agreed("rate = { price = 30.00 }", end=date(2028, 4, 3)), today=date(2028, 2, 1), until=date(2029, 1, 1)
    )
    assert (ended.end, ended.periods[-1].last_day, ended.deadlines) == (date(2028, 4, 3), date(2028, 4, 3), ())


def test_a_period_without_a_price_says_why_and_is_not_carried_out():
    """A list that has no price for who holds it already nor for who does not: the timeline says so, a step refuses."""
    rate = (
        'rate = [{ when = { date = { upto = 2028-02-01 } }, price = 30.00 }, { refuse = "unpublished", why = "later" }]'
    )
    found = agreed(rate)
    told = timeline(found, today=date(2028, 2, 1), until=date(2028, 3, 1)).periods[1]
    assert (told.price, [stop.code for stop in told.refusals]) == (None, ["unpublished"])
    with pytest.raises(NotForSaleError):
        step(found, date(2028, 2, 29))


def test_a_pass_that_was_cancelled_has_no_more_periods():
    """Nothing comes after it was taken back."""
    over = agreed("rate = { price = 30.00 }", state="cancelled", ended_at=MIN_INSTANT.replace(year=2028, month=2))
    assert len(timeline(over, today=date(2028, 2, 1), until=date(2029, 1, 1)).periods) == 1


def test_a_pause_among_free_days():
    """Ten days on top of March, and a pause of ten days among them: units of the month come with the next period."""
    pause = Pause(date(2028, 4, 5), date(2028, 4, 14), date(2028, 4, 2))
    free = FreeDays(0, 10, date(2028, 3, 20))
    days = attrs.evolve(course(date(2028, 3, 1), MONTHLY, again=("month",)), pauses=(pause,), free=(free,))
    assert list(islice(days.periods(), 2)) == [
        (0, date(2028, 3, 1), date(2028, 4, 20)),
        (1, date(2028, 4, 21), date(2028, 5, 20)),
    ]
    assert next(days.given_again("month")) == date(2028, 4, 21)
    open_ended = attrs.evolve(days, pauses=(attrs.evolve(pause, last_day=None),))
    assert list(open_ended.periods()) == [(0, date(2028, 3, 1), date(2028, 4, 10))]
    assert (list(open_ended.given_again("month")), open_ended.earliest_end(date(2028, 4, 1))) == ([], None)
