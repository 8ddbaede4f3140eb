"""Laws of the calendar of tariffs, over generated rules and days, against slow readings of them."""

from __future__ import annotations

import re
import tomllib
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import attrs
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cantinekit.calendar import add_months, month_end
from cantinekit.errors import InputError
from cantinekit.pricing.terms import (
    Length,
    Opening,
    Season,
    TermsError,
    Validity,
    Week,
    add,
    business_days_between,
    delay_before,
    earliest_end,
    first_end,
    last_day,
    last_notice,
    next_deadlines,
    nth_end,
    nth_last_day,
    nth_period,
    parse_length,
    parse_month_day,
    period,
    periods_owed,
    pick,
    prorate,
    read_delay,
    read_opening,
    read_term,
    read_validity,
    read_workdays,
)
from support.tariffs.terms import (
    DAY,
    counts,
    days,
    delays,
    in_months,
    lengths,
    month_days,
    openings,
    slow_add,
    slow_business_days,
    slow_ends,
    slow_months,
    slow_over,
    starts,
    terms,
    validities,
    workdays,
    works,
)


def attempt(read, data):
    """What was read, or why it was not."""
    try:
        return read(data), None
    except InputError as error:
        return None, error


RENEWED = ("tacit, same period", "monthly")
PARIS = ZoneInfo("Europe/Paris")

# --- lengths ---


@given(lengths)
def test_a_length_survives_its_text(length):
    """What a length is written as is read as the same length."""
    assert parse_length(str(length)) == length


@given(month_days)
def test_a_month_day_survives_its_text(day):
    """What a day of the year is written as is read as the same day."""
    assert parse_month_day(str(day)) == day


@given(starts, st.integers(-60, 60))
def test_months_against_a_slow_reading(day, months):
    """Adding months is what walking from month to month gives."""
    assert add_months(day, months) == slow_months(day, months)


@given(starts, st.integers(0, 60))
def test_months_back_and_forth(day, months):
    """Months there and back lead to the same month, never to a later day in it."""
    back = add_months(add_months(day, months), -months)
    assert (back.year, back.month) == (day.year, day.month)
    assert back <= day


@given(st.text(max_size=20) | st.integers() | st.none())
def test_any_text_is_a_length_or_an_error(text):
    """No text makes the reader fail in another way than by saying that it is no length."""
    found, error = attempt(parse_length, text)
    assert (found is not None and found.n >= 1) or "length" in str(error)


# --- validities ---


@given(validities, starts, st.integers(1, 40))
def test_a_later_start_never_ends_earlier(rule, start, later):
    """Who buys later never has it for less long."""
    assert last_day(rule, start) <= last_day(rule, start + later * DAY)


@given(validities, starts, st.integers(0, 5))
def test_periods_tile(rule, start, n):
    """Periods follow each other without a gap and without an overlap, and none is empty."""
    found = [nth_period(rule, start, number) for number in range(n, n + 4)]
    assert all(first <= last for first, last in found)
    assert all(after[0] == before[1] + DAY for before, after in pairwise(found))


@given(validities, starts)
def test_the_first_period_holds_the_start(rule, start):
    """The first period begins on the start, or with the calendar month that the start is in."""
    first, last = period(rule, start)
    assert first == (start.replace(day=1) if rule.month else start)
    assert first <= start <= last == last_day(rule, start)


@given(in_months, starts, st.integers(0, 20))
def test_lengths_of_months_against_a_slow_reading(length, start, n):
    """Each of the three ends of months is found from the day of purchase, however many periods later."""
    anniversary = slow_add(start, length, n + 1)
    assert nth_last_day(Validity(lasts=length, ends="same day"), start, n) == anniversary
    assert nth_last_day(Validity(lasts=length, ends="the day before"), start, n) == anniversary - DAY
    end = nth_last_day(Validity(lasts=length, ends="month end"), start, n)
    assert end == month_end(anniversary - DAY)
    assert (end + DAY).day == 1


@given(starts, st.integers(1, 12))
def test_no_drift_over_ten_years(start, months):
    """For ten years the anniversaries are on the day of the start, or on the last day of a shorter month."""
    rule = Validity(lasts=Length(months, "month"), ends="same day")
    for n in range(120 // months):
        day = nth_last_day(rule, start, n)
        assert day.day == start.day or (day.day < start.day and day == month_end(day))


@given(st.integers(1, 40), counts, workdays, starts)
def test_business_days_of_a_validity(n, counted, work, start):
    """A validity of n business days holds exactly n of them, and ends on one."""
    last = last_day(Validity(lasts=Length(n, "business day"), first_day=counted, workdays=work), start)
    assert works(last, work)
    assert slow_business_days(start, last + DAY, work, counted == "counts") == n


two_days = st.lists(month_days, min_size=2, max_size=2, unique=True)


@given(two_days, st.booleans(), starts)
def test_a_school_year_ends_before_it_begins(two, has_turn, start):
    """A school year ends on the day before one begins, within a year, or within two where the turn has come."""
    begins, turn = two[0], two[1] if has_turn else None
    last = last_day(Validity(year="school", begins=begins, bought_from=turn), start)
    assert last + DAY == begins.on((last + DAY).year)
    plain = last_day(Validity(year="school", begins=begins), start)
    assert (plain - start).days < 367
    if turn is None or last == plain:
        assert last == plain
    else:
        assert last + DAY == begins.on((plain + DAY).year + 1)


@given(two_days, starts)
def test_the_turn_of_a_year(two, start):
    """The next year is covered if and only if the day of the turn has come since the year began."""
    begins, turn = two
    rule = Validity(year="school", begins=begins, bought_from=turn)
    plain = last_day(attrs.evolve(rule, bought_from=None), start)
    year_began = begins.on((plain + DAY).year - 1)
    so_far = [year_began + n * DAY for n in range((start - year_began).days + 1)]
    come = any(turn.on(day.year) == day for day in so_far)
    assert (last_day(rule, start) > plain) == come


@given(validities)
def test_a_validity_survives_its_table(rule):
    """The table of a rule is read as the same rule."""
    assert read_validity(rule.data()) == rule


# --- contracts ---


@given(terms(), starts)
def test_ends_against_a_slow_reading(term, start):
    """The possible ends are those of a slow reading, in the same order and without end, or with one end."""
    slow = list(islice(slow_ends(term, start), 6))
    assert [nth_end(term, start, n) for n in range(len(slow))] == slow
    assert slow[0] == first_end(term, start)
    assert all(before < after for before, after in pairwise(slow))
    if len(slow) == 1:
        with pytest.raises(InputError, match="it ends once"):
            nth_end(term, start, 1)


@given(terms(RENEWED), starts, st.integers(0, 400))
def test_the_earliest_end_against_a_slow_reading(term, start, later):
    """The earliest end is the first one by which the notice is over, and not before the minimum."""
    given_on = start + later * DAY
    over = slow_over(term, given_on)
    end = earliest_end(term, start, given_on)
    assert end == next(day for day in slow_ends(term, start) if day >= over)
    assert end >= first_end(term, start)
    assert given_on <= last_notice(term, start, end)


@given(terms(RENEWED), starts, st.integers(0, 4))
def test_the_last_day_of_notice_is_the_last(term, start, n):
    """Notice on the deadline is in time for the end, notice on the next day is not."""
    end = nth_end(term, start, n)
    deadline = last_notice(term, start, end)
    assert slow_over(term, deadline) <= end < slow_over(term, deadline + DAY)
    assert earliest_end(term, start, deadline) <= end
    assert earliest_end(term, start, deadline + DAY) >= nth_end(term, start, n + 1)


@given(terms(RENEWED), starts, st.integers(0, 200))
def test_later_notice_never_ends_earlier(term, start, later):
    """Who gives notice later, or begins later, never leaves earlier."""
    given_on = start + later * DAY
    assert earliest_end(term, start, given_on) <= earliest_end(term, start, given_on + DAY)
    assert first_end(term, start) <= first_end(term, start + DAY)


@given(terms(RENEWED), starts, st.integers(0, 200))
def test_deadlines_are_the_next(term, start, later):
    """Deadlines come in order, from today on, each with the end that notice on it brings about."""
    today = start + later * DAY
    found = next_deadlines(term, start, today, 4)
    assert len(found) == 4
    assert today <= found[0][0]
    assert all(a[0] < b[0] and a[1] < b[1] for a, b in pairwise(found))
    for deadline, end in found:
        assert earliest_end(term, start, deadline) == end
        assert last_notice(term, start, end) == deadline
        assert earliest_end(term, start, deadline + DAY) > end
    assert earliest_end(term, start, today) == found[0][1]


@given(terms(("none",)), starts, st.integers(0, 500))
def test_without_renewal_there_is_one_end(term, start, later):
    """A contract without renewal ends with its minimum, whatever is said and when."""
    today = start + later * DAY
    end = first_end(term, start)
    assert earliest_end(term, start, today) == end
    assert next_deadlines(term, start, today, 3) == (((end, end),) if today <= end else ())


@given(terms(), starts, st.integers(0, 600))
def test_periods_owed_against_a_slow_reading(term, start, later):
    """Owed are the periods that have begun by the end that leaving on a day comes to."""
    leave = start + later * DAY
    slow = slow_ends(term, start)
    end = next(slow) if term.renewal == "none" else next(day for day in slow if day >= leave)
    owed = 0
    while slow_add(start, term.period, owed) <= end:
        owed += 1
    assert periods_owed(term, start, leave) == owed
    assert owed >= (term.minimum if isinstance(term.minimum, int) else 1)


@given(terms(RENEWED), starts, st.integers(1, 100))
def test_what_is_no_end_has_no_deadline(term, start, later):
    """For a day on which the contract cannot end there is no day of notice."""
    day = first_end(term, start) + later * DAY
    assume(day not in list(islice(slow_ends(term, start), 101)))
    with pytest.raises(InputError, match="cannot end on"):
        last_notice(term, start, day)


@given(terms())
def test_a_term_survives_its_table(term):
    """The table of a contract is read as the same contract."""
    assert read_term(term.data()) == term


# --- proration ---


@given(starts, st.data())
def test_the_parts_of_a_split_month_are_one(day, data):
    """However a month is cut in two, its parts add up to 1, by each rule and each base."""
    first, last = day.replace(day=1), month_end(day)
    of = data.draw(st.sampled_from(["days of the month", "days of the period"]))
    cut = data.draw(st.integers(0, (last - first).days - 1)) * DAY
    both = [
        prorate(first, last, first, first + cut, rule="both ends", of=of),
        prorate(first, last, first + cut + DAY, last, rule="both ends", of=of),
    ]
    assert sum(both) == 1
    after = last + DAY
    open_end = [
        prorate(first, after, first, first + cut, rule="last day not counted", of=of),
        prorate(first, after, first + cut, after, rule="last day not counted", of=of),
    ]
    assert sum(open_end) == 1


@given(starts, st.integers(1, 400), st.data())
def test_proration_against_a_slow_reading(first, length, data):
    """A part is the sum of its days, each one a share of its month or of the period."""
    last = first + length * DAY
    a = data.draw(st.integers(0, length))
    b = data.draw(st.integers(a, length))
    rule = data.draw(st.sampled_from(["both ends", "last day not counted"]))
    more = rule == "both ends"
    counted = [first + n * DAY for n in range(a, b + more)]
    bounds = (first, last, first + a * DAY, first + b * DAY)
    by_month = sum((Fraction(1, month_end(day).day) for day in counted), Fraction(0))
    assert prorate(*bounds, rule=rule, of="days of the month") == by_month
    assert prorate(*bounds, rule=rule, of="days of the period") == Fraction(len(counted), length + more)


@given(starts, st.integers(1, 200), st.data())
def test_the_parts_of_any_period_are_one(first, length, data):
    """The parts of a period of any length add up to 1 where its own days are the base."""
    last = first + length * DAY
    cut = data.draw(st.integers(0, length - 1)) * DAY
    parts = [(first, first + cut), (first + cut + DAY, last)]
    assert sum(prorate(first, last, *part, rule="both ends", of="days of the period") for part in parts) == 1


# --- business days ---


@given(days, st.integers(-10, 400), workdays, st.booleans())
def test_business_days_against_a_slow_loop(first, length, work, count_first):
    """The count is that of a loop over all the days."""
    last = first + length * DAY
    found = business_days_between(first, last, work, count_first=count_first)
    assert found == slow_business_days(first, last, work, count_first)


@given(days, workdays)
def test_whether_a_day_works(day, work):
    """A business day is a working weekday that is not in the list."""
    assert (work.step(day, 1) == day) == works(day, work)


@given(days, st.integers(1, 60), workdays)
def test_steps_are_undone(day, n, work):
    """From a business day n days on, and n back, is the same day; the count agrees."""
    begin = work.step(day, 1)
    end = work.step(begin, n)
    assert work.step(end, -n) == begin
    assert work.count(begin, end + DAY) == n


@given(workdays)
def test_workdays_survive_their_table(work):
    """The table of a calendar is read as the same calendar."""
    assert read_workdays(work.data()) == work


# --- opening hours ---


@given(openings(), days)
def test_open_minutes_against_a_slow_count(opening, day):
    """A day has as many open minutes as there are minutes in its stretches."""
    minutes = [any(opens <= minute < closes for opens, closes in opening.stretches(day)) for minute in range(1440)]
    assert opening.open_minutes(day) == sum(minutes)


@given(openings(), days)
def test_which_hours_hold(opening, day):
    """A holiday goes before a season, a season before the week."""
    if day in opening.holidays:
        assert opening.stretches(day) == opening.on_holidays
    elif opening.seasons and opening.seasons[0].has(day):
        assert opening.stretches(day) == opening.seasons[0].hours.days[day.weekday()]
    else:
        assert opening.stretches(day) == opening.hours.days[day.weekday()]


@given(month_days, month_days, days)
def test_a_season_is_a_walk_through_the_year(first, last, day):
    """A day is in a season if walking from the last beginning of it does not pass its end before the day."""
    begin = day
    while begin != first.on(begin.year):
        begin -= DAY
    inside = True
    while begin < day:
        inside = inside and begin != last.on(begin.year)
        begin += DAY
    assert Season(first, last).has(day) == inside


@given(openings())
def test_opening_hours_survive_their_table(opening):
    """The table of opening hours is read as the same hours."""
    assert read_opening(opening.data()) == opening


# --- delays ---

moments = st.datetimes(datetime(2015, 1, 2), datetime(2034, 12, 1), timezones=st.just(UTC))


@given(delays, moments, st.integers(-5_000, 100_000))
def test_delays_against_a_slow_reading(rule, start, minutes):
    """The delay is that of a slow reading of the wall clock, or of the hours that pass."""
    begins = start.astimezone(PARIS)
    at = start - timedelta(minutes=minutes)
    delay = delay_before(begins, at, rule)
    wall = at.astimezone(PARIS)
    midnight = wall.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    late = rule.day_ends is not None and wall.replace(tzinfo=None) - midnight > timedelta(minutes=rule.day_ends)
    day = wall.date() + late * DAY
    if at > start:
        assert delay == -1
    elif rule.unit == "hour":
        assert delay == minutes // 60
    elif rule.unit == "day":
        assert delay == max(0, (begins.date() - day).days)
    else:
        assert delay == slow_business_days(day, begins.date(), rule.workdays, rule.notice_day == "counts")


@given(delays, moments, st.integers(0, 50_000), st.integers(0, 5_000))
def test_earlier_notice_is_never_later(rule, start, minutes, more):
    """Who calls off earlier never has the shorter delay."""
    begins = start.astimezone(PARIS)
    at = start - timedelta(minutes=minutes)
    assert delay_before(begins, at, rule) <= delay_before(begins, at - timedelta(minutes=more), rule)


@given(delays)
def test_a_delay_survives_its_table(rule):
    """The table of a delay is read as the same delay."""
    assert read_delay(rule.data()) == rule


@given(st.dictionaries(st.integers(0, 30), st.integers()), st.integers(-1, 40), st.randoms())
def test_rows_are_picked_by_their_lower_bound(table, delay, random):
    """The row is the one with the greatest bound that the delay reaches, in whatever order the rows stand."""
    rows = list(table.items())
    random.shuffle(rows)
    reached = [low for low in table if low <= delay]
    assert pick(rows, delay) == (table[max(reached)] if reached else None)


# --- reading ---

WORDS = (
    "lasts", "ends", "first_day", "year", "begins", "bought_from", "month", "workdays", "period",
    "minimum", "notice", "notice_day", "renewal", "unit", "day_ends", "hours", "holidays", "seasons",
    "on_holidays", "weekdays", "name", "days", "open", "from", "to", "covers",
)  # fmt: skip
words = st.sampled_from(WORDS)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | days | st.floats()
    | st.sampled_from(["1 month", "7 days", "same day", "counts", "calendar", "school", "11-01", "monthly", "none",
                       "period end", "month end", "day", "business day", "17:00", "09:00-12:00", "mon"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@given(st.dictionaries(words, values, max_size=6) | values)
def test_reading_anything_gives_a_rule_or_problems(data):
    """Whatever stands in a file is a rule or a list of problems with paths; nothing else is raised."""
    for read in READERS:
        rule, error = attempt(read, data)
        if rule is not None:
            assert read(rule.data()) == rule
        elif isinstance(error, TermsError):
            assert error.problems
            assert all(problem.text for problem in error.problems)
        else:
            assert isinstance(data, str)  # the name of a calendar that is not there


READERS = (read_validity, read_term, read_opening, read_delay, read_workdays)
tables = st.one_of(
    st.tuples(st.just(read_validity), validities),
    st.tuples(st.just(read_term), terms()),
    st.tuples(st.just(read_opening), openings()),
    st.tuples(st.just(read_delay), delays),
    st.tuples(st.just(read_workdays), workdays),
)


@given(tables, st.data())
def test_one_wrong_value_in_a_good_table(table, data):
    """A good table with one value replaced is a rule, or the problem has a path into that table."""
    read, rule = table
    written = rule.data()
    key = data.draw(st.sampled_from(sorted(written)))
    written[key] = data.draw(values)
    found, error = attempt(read, written)
    if found is not None:
        assert read(found.data()) == found
    else:
        assert isinstance(error, TermsError)
        assert all(problem.path == "" or re.split(r"[.\[]", problem.path)[0] in WORDS for problem in error.problems)


@given(tables, st.data())
def test_a_good_table_without_one_key(table, data):
    """A good table that lacks one of its keys is another rule, or a problem; the rule is never the same."""
    read, rule = table
    written = rule.data()
    key = data.draw(st.sampled_from(sorted(written)))
    del written[key]
    found, error = attempt(read, written)
    assert isinstance(error, TermsError) or (found != rule) == (key != "covers")


@given(validities)
def test_a_table_is_toml(rule):
    """The table of a rule can stand in a file: texts, numbers, days and arrays of them."""
    data = rule.data()
    data.pop("workdays", None)
    text = "\n".join(f'{key} = "{value}"' for key, value in data.items())
    assert tomllib.loads(text) == data


def test_the_end_of_the_calendar_is_an_error():
    """A negative control of the laws: near the last day of all they do not hold, and that is said."""
    from datetime import date

    with pytest.raises(InputError, match="beyond the calendar"):
        add(date(9999, 12, 31), Length(1, "day"))


@given(st.lists(st.tuples(month_days, month_days), min_size=2, max_size=3))
def test_no_day_is_in_two_seasons(ends):
    """Seasons are refused exactly if some day of a common year or a leap year is in two of them; the first such day is
    named."""
    seasons = tuple(Season(first, last) for first, last in ends)
    year = (date(2023, 1, 1) + timedelta(days=offset) for offset in range(365 + 366))
    twice = next((day for day in year if sum(season.has(day) for season in seasons) > 1), None)
    if twice is None:
        assert Opening(Week(), seasons=seasons).seasons == seasons
        return
    with pytest.raises(TermsError, match=f"two seasons hold {twice:%m-%d}"):
        Opening(Week(), seasons=seasons)
