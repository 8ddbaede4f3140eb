"""How long a visit lasts, whether it is priced by the clock, and on which tab: pure functions of the price list."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import attrs
import pytest

from cantinekit import records as m
from cantinekit.domain.catalogue.unsupported import unsupported
from cantinekit.domain.visits.stays import stay_ends, stay_of, stay_until, tab_period
from cantinekit.domain.visits.tabs import add_lines, likely_tabs, minus, tab_id
from cantinekit.errors import TariffError
from cantinekit.pricing import Tariff
from cantinekit.scheduling.opening import OpeningCalendar, last_end, stay_end

PARIS = ZoneInfo("Europe/Paris")
DAY = date(2026, 11, 24)
HEAD = """
tariff = { id = "t", currency = "EUR", timezone = "Europe/Paris", prices = "incl" }
opening = { hours = [{ days = "mon-sun", open = "08:00-18:00" }] }
facts = { n = "number", k = "yes/no" }
"""
HOURLY = 'rate = { price = 4.00, per = "1h" }\n'
OPEN = OpeningCalendar("Europe/Paris", m.OpenHours.weekly(range(7), time(9), time(18)))


def at(hour: int, minute: int = 0, day: date = DAY) -> datetime:
    return datetime.combine(day, time(hour, minute), PARIS)


def load(product: str, more: str = "") -> Tariff:
    return Tariff.load(f"{HEAD}[product.desk]\n{product}\n{more}\n")


@pytest.mark.parametrize(
    ("product", "expected"),
    [
        ("rate = { price = 7.00 }", "day"),
        ('stay = "day"\nrate = { price = 7.00 }', "day"),
        ('stay = "half-day"\nrate = { price = 7.00 }', "half-day"),
        ('stay = "4h"\nrate = { price = 7.00 }', "length"),
        ('stay = "13:00"\nrate = { price = 7.00 }', "cut"),
        ('stay = "4h"\nrate = { price = 7.00, per = "1h" }', "length"),
        ('rate = { price = 7.00, per = "1h" }', "clock"),
        ('rate = { upto = [{ upto = "4h", price = 7.00 }, { price = 12.00 }] }', "clock"),
        ('rate = { steps = [{ size = "1h", price = 4.00 }], combination = "cheapest" }', "clock"),
        ('measure = { unit = "half-day", cut = "13:00" }\nrate = { price = 7.00, per = "half-day" }', "clock"),
        ('measure = { unit = "half-day", share = "0.5" }\nrate = { price = 7.00, per = "half-day" }', "clock"),
        ('measure = { unit = "s", sessions = { am = "08:00-12:00" } }\nrate = { price = 7.00, per = "s" }', "clock"),
        ('measure = { unit = "day", days = true }\nrate = { price = 7.00, per = "day" }', "day"),
        ('measure = { unit = "day", fact = "n" }\nrate = { price = 7.00, per = "day" }', "day"),
        ('cover = { by = "desk", unit = "1h", beyond = "rate" }\nsells = "grant"\ngrant = { unit = "1h", units = 9 }\n'
         'rate = { price = 7.00 }', "day"),
        ('choose = { take = "cheapest" }\noffer = [{ id = "h", price = 4.00, per = "1h" }, { id = "d", price = 9.00 }]',
         "clock"),
    ],
)  # fmt: skip
def test_the_list_says_which_visits_are_by_the_clock(product, expected):
    """What has a stay lasts as long; what has none is by the clock where its price depends on the length, else until
    closing. What is sold to be held, and what counts days or a fact, is no visit by the clock."""
    assert stay_of(load(product), "desk") == expected


def test_what_the_list_does_not_have_lasts_until_closing():
    """A product that is no more in the list is refused by its price, not by how long it lasts."""
    assert stay_of(load("rate = { price = 1.00 }"), "nothing") == "day"


@pytest.mark.parametrize(
    ("stay", "expected"),
    [("day", 18), ("half-day", 14.5), ("4h", 14), ("9h", 18), ("13:00", 13), ("20:00", 18), ("10:20", 18)],
)
def test_until_when_a_visit_lasts(stay, expected):
    """From ten o'clock, with nine hours of opening."""
    tariff = load(f'stay = "{stay}"\nrate = {{ price = 7.00 }}')
    product = m.Product("desk", "Desk", "asso", "t", "desk", "visit")
    until = at(0) + timedelta(hours=expected)
    assert stay_ends(OPEN, tariff, product, at(10)) == stay_until(OPEN, tariff, product, at(10)) == until
    assert stay_ends(OPEN, tariff, product, at(19)) is None
    assert stay_until(OPEN, tariff, product, at(19)) == at(0, day=DAY + timedelta(days=1))


@pytest.mark.parametrize("wrong", ['"noon"', '"25:00"', '""', "4", '"0min"'])
def test_a_stay_is_one_of_four(wrong):
    """Anything else is a problem of the list, with its place."""
    with pytest.raises(TariffError, match="stay"):
        load(f"stay = {wrong}\nrate = {{ price = 7.00 }}")


@pytest.mark.parametrize(
    "beside", ['sells = "plan"', 'merge = { same = ["person", "day"], gap = "2h" }\nmeasure = { unit = "minute" }']
)
def test_what_a_stay_does_not_go_with(beside):
    """What is held, and visits that are merged by the time that was spent, have no length that is fixed before."""
    with pytest.raises(TariffError, match="stay"):
        load(f'{beside}\nstay = "4h"\nrate = {{ price = 7.00 }}')


def test_a_list_with_a_stay_is_written_again_as_it_was():
    """Each spelling comes back: two words, a length, a time."""
    for stay in ("day", "half-day", "4h", "13:00"):
        tariff = load(f'stay = "{stay}"\nrate = {{ price = 7.00 }}')
        assert f'stay = "{stay}"' in tariff.dump()
        assert Tariff.load(tariff.dump()) == tariff


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25)], ids=str)
def test_stays_on_days_on_which_the_clock_changes(day):
    """A length is elapsed time, a cut is wall clock."""
    always = OpeningCalendar("Europe/Paris", ())
    start = at(0, 30, day).astimezone(UTC)
    assert stay_end(always, start, "length", 240) == start + timedelta(hours=4)
    assert stay_end(always, start, "cut", 13 * 60) == at(13, day=day)


def test_until_when_somebody_may_be_there():
    """Until closing; through the night where it is open; a day at most where it never closes."""
    assert last_end(OPEN, at(10)) == at(18)
    assert last_end(OPEN, at(8)) is None
    assert last_end(OpeningCalendar("Europe/Paris", ()), at(10)) == at(10, day=DAY + timedelta(days=1))
    night = OpeningCalendar("Europe/Paris", m.OpenHours.weekly([1], time(20), time(3)))
    assert last_end(night, at(22)) == at(3, day=DAY + timedelta(days=1))


@pytest.mark.parametrize(
    ("product", "more", "period"),
    [
        (HOURLY, "", "day"),
        (f'{HOURLY}adjust = {{ id = "c", at_most = 9.00, same = ["person", "month"] }}', "", "month"),
        (f'{HOURLY}cover = {{ free = 2, unit = "1h", same = ["person", "week"] }}\nbeyond = "rate"', "", "week"),
        (f'{HOURLY}adjust = {{ id = "c", at_most = 9.00, same = ["person"] }}', "", ""),
        ('rate = { price = 4.00 }\nadjust = { id = "c", at_most = 9.00, same = ["person", "year"] }', "", "day"),
        (f'{HOURLY}merge = {{ same = ["person", "day"], gap = "1h" }}',
         f'[product.lab]\n{HOURLY}measure = {{ unit = "minute", same = ["person", "year"] }}', "year"),
    ],
)  # fmt: skip
def test_the_longest_period_in_which_visits_count_together(product, more, period):
    """Of all products by the clock of the list: what has a fixed price counts for itself."""
    assert tab_period(load(product, more)) == period


def test_visits_that_several_people_share_are_a_problem_of_the_list():
    """A scope without the person would price the visits of several people as one: it is refused when published."""
    shared = load(f'{HOURLY}merge = {{ same = ["n", "day"], gap = "1h" }}')
    assert [problem.path for problem in unsupported(shared)] == ["product.desk.merge.same"]
    assert unsupported(load(f'{HOURLY}merge = {{ same = ["person", "day"], gap = "1h" }}')) == ()


@pytest.mark.parametrize(
    ("period", "name"),
    [("day", "2026-12-31"), ("week", "2026-W53"), ("month", "2026-12"), ("year", "2026"), ("", "")],
)
def test_the_tab_of_a_visit(period, name):
    """By person, entity, list and local period; likely tabs have it among them; a walk-in has one for each visit."""
    clocked = m.Clocked("-", "asso", "t", "desk", period, "Europe/Paris")
    opened = at(23, 30, date(2026, 12, 31))
    assert tab_id("zoe", "vis", clocked, opened) == f"zoe|asso|t|{name}"
    assert tab_id(None, "vis", clocked, opened) == "visit|vis"
    product = m.Product("desk", "Desk", "asso", "t", "desk", "visit")
    place = m.Place("paris", "Paris", "asso", "Europe/Paris", "EUR")
    assert f"zoe|asso|t|{name}" in likely_tabs("zoe", product, place, opened)
    assert likely_tabs(None, product, place, opened) == []
    assert attrs.evolve(clocked, tab_id="x").tab_id == "x"


def test_lines_of_a_tab_add_up():
    """By product, tax class and kind; what comes to nothing is left out."""
    one, two = m.TabLine("a", "std", 500), m.TabLine("a", "std", 300, "debt")
    assert add_lines([one, two], [one]) == (m.TabLine("a", "std", 300, "debt"), m.TabLine("a", "std", 1000))
    assert add_lines([one, two], minus([one])) == (two,)
