"""Advice before a purchase: the known answers, the ties, windows and packs together, and what is refused."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta

import pytest

from cantinekit.errors import InputError
from cantinekit.pricing.combine import (
    MAX_DATES,
    MAX_OFFERS,
    MAX_UNITS,
    Advice,
    Pack,
    Purchase,
    Window,
    advise,
)

TICKETS = [
    Pack(f"{units} days", price, units)
    for units, price in [(1, 20), (5, 70), (10, 120), (20, 220), (30, 270), (40, 320), (60, 420)]
]
MONTHS = [Pack("month", 50, 1), Pack("quarter", 132, 3), Pack("half-year", 225, 6)]
DAY, WEEK = Pack("day", 10, 1), Window("week", 39, 7)
MONDAY = date(2025, 6, 2)


def on(*days: int, units: int = 1) -> list[tuple[date, int]]:
    """Needs on these days, counted from a Monday."""
    return [(MONDAY + timedelta(day), units) for day in days]


def bought(advice: Advice | None) -> dict[str, int]:
    assert advice is not None
    counted: Counter[str] = Counter()
    for purchase in advice.purchases:
        counted[purchase.id] += purchase.count
    return dict(counted)


# --- a count of units ---


def test_a_pack_with_a_unit_unused():
    """Four days at 20 cost 80, the carnet of five 70: the carnet, one ticket unused, 10 saved."""
    assert advise(4, TICKETS) == Advice((Purchase("5 days", 1),), 70, 1, 10)


def test_a_larger_pack_than_needed():
    """25 days: 20 and 5 cost 290, the carnet of 30 costs 270."""
    assert advise(25, TICKETS) == Advice((Purchase("30 days", 1),), 270, 5, 230)


def test_exact_purchase():
    """Exactly 15 tickets are a carnet of ten and one of five, 190; exactly 4 are four single ones."""
    assert advise(15, TICKETS, exact=True) == Advice((Purchase("5 days", 1), Purchase("10 days", 1)), 190, 0, 110)
    assert advise(4, TICKETS, exact=True) == Advice((Purchase("1 days", 4),), 80, 0, 0)


@pytest.mark.parametrize(
    ("months", "price", "packs"),
    [
        (5, 225, {"half-year": 1}),
        (9, 357, {"quarter": 1, "half-year": 1}),
        (2, 100, {"month": 2}),
        (3, 132, {"quarter": 1}),
    ],
)
def test_months_of_membership(months, price, packs):
    """Five months cost less as six; nine are six and three."""
    found = advise(months, MONTHS)
    assert found.price == price
    assert bought(found) == packs


def test_a_year_for_eight_months():
    """Eight months at 5 cost 40, the year costs 35."""
    found = advise(8, [Pack("month", 5, 1), Pack("year", 35, 12)])
    assert (found.price, found.unused, found.saving) == (35, 4, 5)


def test_saving_of_a_year():
    """The year for 100 saves 20 over twelve months at 10."""
    assert advise(12, [Pack("month", 10, 1), Pack("year", 100, 12)]).saving == 20


def test_group_price_that_is_sold_once():
    """Sixteen seats at 25 cost 400, the group price of up to 20 seats 350; it is sold once."""
    offers = [Pack("seat", 25, 1), Pack("group", 350, 20, at_most=1)]
    assert advise(16, offers).price == 350
    assert bought(advise(40, offers)) == {"seat": 20, "group": 1}


def test_at_most_is_kept():
    """A pack is not advised more often than it is sold, for 0, for 5 and where nothing else is left."""
    assert bought(advise(9, [Pack("single", 10, 1), Pack("offer", 1, 1, at_most=5)])) == {"single": 4, "offer": 5}
    assert bought(advise(2, [Pack("single", 10, 1), Pack("gone", 1, 1, at_most=0)])) == {"single": 2}
    assert advise(3, [Pack("only", 1, 1, at_most=2)]) is None


@pytest.mark.parametrize("needed", range(1, 14))
def test_every_count_up_to_at_most(needed):
    """A pack that is sold ten times can be bought once, twice, and so on up to ten times."""
    found = advise(needed, [Pack("single", 10, 1), Pack("offer", 1, 1, at_most=10)])
    assert found.price == min(needed, 10) + 10 * max(needed - 10, 0)


@pytest.mark.parametrize("times", range(11))
def test_every_count_below_at_most(times):
    """Beside another pack, a pack that is sold ten times can be bought any number of times up to ten."""
    offers = [Pack("three", 1, 3, at_most=10), Pack("rest", 1, 40 - 3 * times, at_most=1)]
    found = advise(40, offers, exact=True)
    assert bought(found) == ({"three": times, "rest": 1} if times else {"rest": 1})
    assert found.price == times + 1


def test_no_offer_no_advice():
    """What the offers cannot serve has no advice: no offers, or no exact sum."""
    assert advise(1, []) is None
    assert advise(on(0), []) is None
    assert advise(7, [Pack("pair", 3, 2)], exact=True) is None
    assert advise(on(0, 1, 2), [Pack("pair", 3, 2)], exact=True) is None


def test_nothing_needed():
    """No need, nothing bought, nothing saved."""
    assert advise(0, TICKETS) == Advice((), 0, 0, 0)
    assert advise([], TICKETS, [WEEK], exact=True) == Advice((), 0, 0, 0)


def test_saving_needs_a_single_unit():
    """Without a single unit that is sold as often as needed, no saving is named."""
    assert advise(4, TICKETS[1:]).saving is None
    assert advise(4, [Pack("single", 20, 1, at_most=3), Pack("five", 70, 5)]).saving is None
    assert advise(3, [Pack("single", 20, 1, at_most=3), Pack("three", 50, 3)]).saving == 10


# --- dated needs ---


def test_five_days_of_one_week():
    """Five days of one week at 10 each are sold as the week for 39, which begins on the first of them."""
    assert advise(on(0, 1, 2, 3, 4), [DAY], [WEEK]) == Advice((Purchase("week", 1, MONDAY),), 39, 0, 11)


def test_five_mondays_are_no_week():
    """Five Mondays cost five single days; so does a count of five that names no days."""
    assert advise(on(0, 7, 14, 21, 28), [DAY], [WEEK]) == Advice((Purchase("day", 5),), 50, 0, 0)
    assert advise(5, [DAY], [WEEK]) == Advice((Purchase("day", 5),), 50, 0, 0)


def test_the_first_day_of_a_window_counts():
    """Seven days from Monday end on Sunday: the Monday after is not in the week."""
    assert bought(advise(on(0, 1, 2, 3, 6), [DAY], [WEEK])) == {"week": 1}
    assert bought(advise(on(0, 1, 2, 3, 7), [DAY], [WEEK])) == {"week": 1, "day": 1}


@pytest.mark.parametrize(
    ("days", "price", "offers"),
    [
        (range(1), 12, {"day": 1}),
        (range(3), 36, {"day": 3}),
        (range(4), 45, {"week": 1}),
        (range(5), 45, {"week": 1}),
        (range(8), 57, {"week": 1, "day": 1}),
        (range(11), 90, {"week": 2}),
        (range(15), 102, {"week": 2, "day": 1}),
        (range(19), 130, {"month": 1}),
        (range(30), 130, {"month": 1}),
        (range(31), 142, {"month": 1, "day": 1}),
        (range(0, 21, 7), 36, {"day": 3}),
        ((0, 3, 4, 6, 7), 57, {"week": 1, "day": 1}),
    ],
)
def test_a_hot_desk_by_day_week_and_month(days, price, offers):
    """At 12 a day, 45 a week and 130 a month, the days decide which of them are cheapest together."""
    found = advise(on(*days), [Pack("day", 12, 1)], [Window("week", 45, 7), Window("month", 130, 30)])
    assert found.price == price
    assert bought(found) == offers


def test_a_bundle_of_hours():
    """Seven hours at 8 cost 56, the bundle of eight 50: as advice the bundle, one hour unused."""
    found = advise(7, [Pack("hour", 8, 1), Pack("eight hours", 50, 8)])
    assert (found.price, found.unused, found.saving) == (50, 1, 6)


def test_ten_for_the_price_of_nine():
    """The card of ten for 135 saves 15 over ten single tickets at 15, and nothing for nine of them."""
    card = [Pack("single", 15, 1), Pack("card", 135, 10)]
    assert advise(10, card).saving == 15
    assert advise(9, card).saving == 0
    assert bought(advise(9, card)) == {"single": 9}


def test_packs_and_windows_together():
    """Two busy weeks, one day between them: two weeks and a day; the week begins on the first day that it serves."""
    found = advise(on(0, 1, 2, 3, 4, 9, 16, 17, 18, 19, 20), [DAY], [WEEK])
    assert found.purchases == (
        Purchase("day", 1),
        Purchase("week", 1, MONDAY),
        Purchase("week", 1, MONDAY + timedelta(16)),
    )
    assert (found.price, found.saving) == (88, 22)


def test_a_window_does_not_begin_on_the_calendar_week():
    """Wednesday to Tuesday is one rolling week."""
    assert advise(on(2, 3, 4, 7, 8), [DAY], [WEEK]).purchases == (Purchase("week", 1, MONDAY + timedelta(2)),)


def test_unlimited_windows_serve_all_units_of_a_day():
    """A window without limit serves five units on one day; rows of one day add up, in any order."""
    assert bought(advise(on(0, units=5), [DAY], [WEEK])) == {"week": 1}
    assert bought(advise([*on(1, units=2), *on(0), *on(1, units=2)], [DAY], [WEEK])) == {"week": 1}


def test_limited_windows_lend_so_many_units():
    """Ten visits within 30 days: the eleventh, and one after the last day, need something else."""
    visits = Window("ten in thirty days", 60, 30, 10)
    assert bought(advise(on(*range(0, 20, 2)), [DAY], [visits])) == {visits.id: 1}
    assert bought(advise(on(*range(0, 22, 2)), [DAY], [visits])) == {visits.id: 1, "day": 1}
    late = advise(on(*range(9), 30), [DAY], [visits])
    assert bought(late) == {visits.id: 1, "day": 1}
    assert late.unused == 1


def test_several_limited_windows_run_at_once():
    """Two limited windows begin on one day where the day needs the units of both."""
    both = advise(on(0, units=4), [], [Window("pair", 5, 7, 2)])
    assert both.purchases == (Purchase("pair", 2, MONDAY),)


def test_a_short_window_inside_a_long_one():
    """A long window keeps its units for its last days while a short one serves the busy week in between."""
    long, short = Window("three in thirty", 20, 30, 3), Window("five in seven", 25, 7, 5)
    found = advise(on(0, 8, 9, 10, 11, 12, 28, 29), [Pack("day", 30, 1)], [long, short])
    assert found.price == 45
    assert found.purchases == (Purchase(long.id, 1, MONDAY), Purchase(short.id, 1, MONDAY + timedelta(8)))


def test_exact_windows():
    """An exact purchase leaves no unit of a limited window unused; an unlimited window has no such units."""
    visits = Window("three", 5, 7, 3)
    assert bought(advise(on(0, 1), [DAY], [visits])) == {"three": 1}
    assert bought(advise(on(0, 1), [DAY], [visits], exact=True)) == {"day": 2}
    assert advise(on(0, 1), [], [visits], exact=True) is None
    assert bought(advise(on(0, 1), [], [WEEK], exact=True)) == {"week": 1}


def test_exact_purchase_may_need_the_dearer_window():
    """One day in a pass of its own leaves two for the pair; the cheaper pass of two days would leave one unused."""
    passes = [Window("one day", 12, 1), Window("two days", 10, 2)]
    needs = [*on(0, units=4), *on(1, 20)]
    found = advise(needs, [Pack("pair", 1, 2, at_most=1)], passes, exact=True)
    assert found.price == 13
    assert bought(found) == {"one day": 1, "pair": 1}
    assert advise(needs, [Pack("pair", 1, 2, at_most=1)], passes).price == 11


# --- ties ---


def test_ties():
    """Equal prices: less unused, then fewer purchases, then the offer that comes first in the file."""
    assert bought(advise(4, [Pack("five", 20, 5), Pack("single", 5, 1)])) == {"single": 4}
    assert bought(advise(4, [Pack("single", 5, 1), Pack("pair", 10, 2)])) == {"pair": 2}
    assert bought(advise(3, [Pack("a", 5, 1), Pack("b", 5, 1)])) == {"a": 3}
    assert bought(advise(3, [Pack("b", 5, 1), Pack("a", 5, 1)])) == {"b": 3}
    assert bought(advise(on(0), [DAY], [Window("pass", 10, 1)])) == {"day": 1}
    assert bought(advise(on(0), [], [Window("x", 10, 2), Window("y", 10, 9)])) == {"x": 1}


def test_offers_without_a_price_are_not_piled_up():
    """What costs nothing is bought as often as it serves, not more often."""
    assert bought(advise(2, [Pack("trial", 0, 1), Pack("gift", 0, 10)])) == {"trial": 2}
    assert bought(advise(on(0, 1), [], [Window("trial", 0, 7)])) == {"trial": 1}


# --- bounds ---


def test_a_year_of_days_ends_soon():
    """MAX_DATES days with weeks and months beside tickets are within the bounds: thirteen months and a week."""
    month = Window("month", 120, 30)
    found = advise(on(*range(MAX_DATES - 6)), [Pack("day", 10, 1), Pack("ten", 95, 10)], [WEEK, month])
    assert bought(found) == {"month": 13, "week": 1}


def test_many_persons_on_each_day():
    """Twenty-five units on each of MAX_DATES days are within the bounds, where windows are limited by nothing."""
    found = advise(on(*range(0, 2 * MAX_DATES, 2), units=25), [Pack("day", 10, 1)], [Window("week", 999, 7)])
    assert found.price == 100 * 999
    assert found.saving == 100


def test_too_large_a_search_is_refused():
    """A search that would look at too many states ends with an error, not after an hour."""
    limited = [Window(f"w{n}", 40 + 7 * n, 9 + 5 * n, 3 + n) for n in range(3)]
    needs = [(MONDAY + timedelta(2 * n), 1 + n * 7 % 13) for n in range(200)]
    with pytest.raises(InputError, match="shorter period"):
        advise(needs, [Pack("day", 10, 1), Pack("ten", 70, 10)], limited)


NOON = datetime(2025, 6, 2, 12)


@pytest.mark.parametrize(
    ("needs", "packs", "windows", "message"),
    [
        (-1, TICKETS, [], "needed units"),
        (MAX_UNITS + 1, TICKETS, [], "needed units"),
        (True, TICKETS, [], "whole number"),
        (on(0, units=0), TICKETS, [], "the units needed on 2025-06-02"),
        (on(0, 1, units=MAX_UNITS), TICKETS, [], "sum of the needed"),
        (on(*range(MAX_DATES + 1)), TICKETS, [], "days are advised"),
        ([(NOON, 1)], TICKETS, [], "on a date"),
        ([("2025-06-02", 1)], TICKETS, [], "on a date"),
        (1, [DAY, DAY], [], "one id"),
        (1, [DAY], [Window("day", 1, 1)], "one id"),
        (1, [Pack(str(n), 1, 1) for n in range(MAX_OFFERS)], [WEEK], "are compared"),
    ],
)
def test_refused_needs(needs, packs, windows, message):
    """Needs that are no count and no dates, and lists out of bounds, are malformed."""
    with pytest.raises(InputError, match=message):
        advise(needs, packs, windows)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Pack("", 1, 1),
        lambda: Pack(7, 1, 1),
        lambda: Pack("p", -1, 1),
        lambda: Pack("p", 1.5, 1),
        lambda: Pack("p", 1, 0),
        lambda: Pack("p", 1, 1, -1),
        lambda: Window("", 1, 1),
        lambda: Window("w", -1, 1),
        lambda: Window("w", 1, 0),
        lambda: Window("w", 1, 100_000),
        lambda: Window("w", 1, 7, 0),
    ],
)
def test_refused_offers(make):
    """An offer has a name, a price that is not negative, and at least one unit or day."""
    with pytest.raises(InputError):
        make()
