"""Rules that are meant to hurt: each is refused or bounded, counted in steps and not in seconds."""

from __future__ import annotations

import sys
import tracemalloc
from datetime import UTC, date, datetime
from itertools import islice
from zoneinfo import ZoneInfo

import attrs
import pytest

from cantinekit.clock import Period
from cantinekit.errors import RuleError
from cantinekit.scheduling.recurrence import (
    Change,
    Effort,
    Length,
    Override,
    RDate,
    Rule,
    Series,
    _steps,
    edit_all,
    edit_following,
    effort,
)

PARIS = ZoneInfo("Europe/Paris")
START = datetime(2026, 11, 24, 18, tzinfo=PARIS)
ERA = datetime(2000, 1, 1, tzinfo=UTC)
WEEK = Period(datetime(2076, 11, 23, tzinfo=UTC), datetime(2076, 11, 30, tzinfo=UTC))
CENTURY = Period(datetime(2026, 1, 1, tzinfo=UTC), datetime(2126, 1, 1, tzinfo=UTC))
BY = {"by": "ada", "at": ERA, "why": ""}


class TooManyStepsError(BaseException):
    """Not an Exception, so that nothing catches it on the way."""


class Steps:
    """Counts the calls of functions, ours and the interpreter's, and stops at a budget."""

    def __init__(self, budget):
        self.left = budget

    def __enter__(self):
        sys.setprofile(self)
        return self

    def __exit__(self, *_):
        sys.setprofile(None)

    def __call__(self, frame, event, argument):
        if event in ("call", "c_call"):
            self.left -= 1
            if self.left < 0:
                sys.setprofile(None)
                raise TooManyStepsError


def series(rule, **more):
    return Series("x", START, Length(0, 60), [rule], **more)


def test_the_counter_counts():
    """The control: a walk over a whole millennium is more than the budget."""
    with pytest.raises(TooManyStepsError), Steps(300_000):
        for _ in series("FREQ=DAILY").after(ERA):
            pass


ALL_DAYS = ",".join(
    f"{sign}{number}{day}"
    for number in range(1, 54)
    for sign in ("", "-")
    for day in ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
)
NEVER = [
    "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
    "FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30,31",
    "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=-30",
    "FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30",
    "FREQ=YEARLY;BYMONTH=1;BYYEARDAY=300",
    "FREQ=YEARLY;BYWEEKNO=1;BYMONTH=7",
    "FREQ=MONTHLY;BYDAY=6MO",
    "FREQ=MONTHLY;BYDAY=5MO;BYMONTHDAY=1",
    "FREQ=WEEKLY;BYMONTH=4;BYMONTHDAY=31",
    "FREQ=YEARLY;BYWEEKNO=53;BYYEARDAY=100",
]


@pytest.mark.parametrize("rule", NEVER)
def test_days_that_no_year_has(rule):
    """A rule that no day of any year can meet has no occurrence, and leaves extra dates as they are."""
    extra = START.replace(year=2027)
    with Steps(300_000):
        assert next(series(rule).after(ERA), None) is None
        assert [one.recurrence_id for one in series(rule, rdates=[extra]).after(ERA)] == [extra]
        assert [one.code for one in series(rule).lint()].count("empty") == 1


EMPTY = [
    "FREQ=YEARLY;INTERVAL=4;BYMONTH=2;BYMONTHDAY=29",  # from 2026 on: never a leap year
    "FREQ=MONTHLY;INTERVAL=12;BYMONTHDAY=31",
    "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=300",
    "FREQ=WEEKLY;BYSETPOS=-2",
    "FREQ=DAILY;INTERVAL=7;BYDAY=MO",
    "FREQ=DAILY;BYSETPOS=2",
    "FREQ=DAILY;INTERVAL=1000000000;BYMONTH=2",
    "FREQ=YEARLY;INTERVAL=1000000000;BYMONTH=2",
    "FREQ=MONTHLY;INTERVAL=1000000000;BYMONTHDAY=1",
    "FREQ=HOURLY;INTERVAL=24;BYHOUR=3",
    "FREQ=MINUTELY;INTERVAL=60;BYMINUTE=31",
    "FREQ=SECONDLY;INTERVAL=60;BYSECOND=7",
    "FREQ=SECONDLY;INTERVAL=1000000000;BYSECOND=7",
    "FREQ=SECONDLY;BYSETPOS=2",
]


@pytest.mark.parametrize("rule", EMPTY)
def test_rules_that_find_nothing(rule):
    """A rule that misses every period it meets has no occurrence, with COUNT and UNTIL as well: that is told without a
    search, and it is over when it begins.
    """
    with Steps(400_000):
        for more in ("", ";COUNT=10000", ";UNTIL=99971231T000000Z"):
            one = series(rule + more)
            assert list(one.between(WEEK)) == []
            assert next(one.after(ERA), None) is None
            assert one.occurrence(START) is None
            assert one.ends().year == 2026


def test_a_count_that_is_never_reached():
    """A rule with COUNT that finds nothing ends all the same, and is over when it begins."""
    one = series("FREQ=MONTHLY;INTERVAL=12;BYMONTHDAY=31;COUNT=1000")
    with Steps(300_000):
        assert next(one.after(ERA), None) is None
        assert one.ends().year == 2026


@pytest.mark.parametrize("rule", ["FREQ=SECONDLY", "FREQ=MINUTELY", "FREQ=SECONDLY;BYDAY=MO,TU,WE,TH,FR,SA,SU"])
def test_windows_full_of_occurrences(rule):
    """A window with more occurrences than the limit is a typed error, and what comes first can be read without it."""
    with Steps(1_000_000), pytest.raises(RuleError, match="more than 10000 occurrences"):
        list(series(rule).between(CENTURY))
    with Steps(2_000):
        assert len(list(islice(series(rule).between(CENTURY), 20))) == 20
    patched = series(rule, overrides=[Override(START, fields={"a": "b"})])
    with Steps(3_000_000), pytest.raises(RuleError, match="more than 500 occurrences"):
        list(patched.between(CENTURY, limit=500))


def test_the_limit_is_the_callers():
    """Exactly as many as the limit are no error."""
    window = Period(START.astimezone(UTC), START.astimezone(UTC).replace(hour=18))
    assert len(list(series("FREQ=MINUTELY").between(window, limit=60))) == 60
    with pytest.raises(RuleError):
        list(series("FREQ=MINUTELY").between(window, limit=59))


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY;COUNT=10000",
        "FREQ=WEEKLY;COUNT=10000;BYDAY=MO,TU,WE,TH,FR",
        "FREQ=SECONDLY;COUNT=10000",
        "FREQ=MINUTELY;COUNT=10000;INTERVAL=1000",
    ],
)
def test_counts_are_arithmetic(rule):
    """The largest COUNT of a simple rule costs what a small one does."""
    with Steps(3_000):
        one = series(rule)
        list(one.between(WEEK))
        one.ends()


@pytest.mark.parametrize(
    "rule", ["FREQ=MONTHLY;COUNT=10000", "FREQ=DAILY;BYMONTH=1,2;COUNT=10000", "FREQ=YEARLY;COUNT=10000"]
)
def test_counts_are_counted_once(rule):
    """Where COUNT has to be counted it is counted once, up to the window, and bounded."""
    one = series(rule)
    with Steps(3_000_000):
        list(one.between(WEEK))
    with Steps(2_000):
        list(one.between(WEEK))


def test_dense_lists():
    """Lists as long as they can be are read, asked and written in bounded steps and memory."""
    text = f"FREQ=YEARLY;BYDAY={ALL_DAYS};BYMONTHDAY={','.join(map(str, range(1, 32)))}"
    days = ",".join(str(number) for number in range(-366, 367) if number)
    texts = [text, f"FREQ=YEARLY;BYYEARDAY={days};BYSETPOS={days}", f"FREQ=DAILY;BYYEARDAY={days};COUNT=1"]
    tracemalloc.start()
    try:
        with Steps(2_000_000):
            for text in texts:
                rule = Rule.parse(text)
                assert Rule.parse(str(rule)) == rule
                list(series(rule).between(WEEK))
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


def test_times_of_a_day_are_bounded():
    """A day has at most 5,000 times; a rule of each second is HOURLY or finer, and is not spread out."""
    every = {"HOUR": range(24), "MINUTE": range(60), "SECOND": range(60)}
    parts = ";".join(f"BY{name}={','.join(map(str, numbers))}" for name, numbers in every.items())
    with pytest.raises(RuleError, match="86400 times a day"):
        Rule.parse(f"FREQ=YEARLY;{parts}")
    with Steps(100_000):
        assert len(list(islice(series(f"FREQ=MINUTELY;{parts}").after(ERA), 100))) == 100
    hours = (
        "FREQ=YEARLY;BYMONTH=1,2,3,4,5,6,7,8,9,10,11,12;BYMONTHDAY=1,2,3,4,5,6,7,8,9,10;BYHOUR=1,2,3;BYMINUTE="
        + ",".join(map(str, range(60)))
    )
    tracemalloc.start()
    try:
        assert len(list(islice(series(hours).after(ERA), 100))) == 100
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


def test_as_many_exceptions_as_there_can_be():
    """A series with ten thousand of each kind of exception answers a window without looking at all of them."""
    daily = series("FREQ=DAILY")
    names = [one.recurrence_id for one in islice(daily.after(ERA), 10_000)]
    full = series(
        "FREQ=DAILY",
        rdates=[name.replace(hour=9) for name in names],
        exdates=[name for name in names if name.day == 1],
        overrides=[Override(name, name.replace(hour=20), following=name.day % 2 == 0) for name in names],
    )
    list(full.between(WEEK))
    month = Period(datetime(2030, 1, 1, tzinfo=UTC), datetime(2030, 2, 1, tzinfo=UTC))
    with Steps(30_000):
        assert len(list(full.between(month))) == 61
        assert full.occurrence(names[5_000]) is not None


def test_edits_of_hostile_series_are_bounded():
    """Cutting and moving a series that goes on for ever looks at no more than it must."""
    endless = series("FREQ=SECONDLY;INTERVAL=7")
    later = [one.recurrence_id for one in islice(endless.after(ERA), 5)][-1]
    with Steps(100_000):
        edit_following(endless, later, Change(fields={"a": "b"}), new_uid="n", **BY)
        edit_all(endless, Change(start=START.replace(hour=20)), **BY)
    until = series("FREQ=SECONDLY;UNTIL=99971231T000000Z")
    with Steps(100_000):
        edit_all(until, Change(start=START.replace(hour=20)), **BY)


def test_the_end_of_the_calendar():
    """At the end of the years that are looked at there is an end, not an error of the interpreter."""
    last = Series("l", datetime(9997, 12, 30, 18, tzinfo=PARIS), Length(0, 60), ["FREQ=DAILY"])
    assert len(list(last.after(ERA))) == 2
    for rule in ("FREQ=YEARLY", "FREQ=MONTHLY", "FREQ=WEEKLY", "FREQ=HOURLY;INTERVAL=5", "FREQ=YEARLY;BYWEEKNO=1"):
        found = list(Series("l", datetime(9997, 1, 1, 18, tzinfo=PARIS), Length(0, 60), [rule]).after(ERA))
        assert all(one.start.year <= 9997 for one in found)
    for length in (Length(3_660), Length(0, 3_660 * 86_400), Length(3_660, 3_660 * 86_400)):
        long = Series("l", datetime(9997, 1, 1, 18, tzinfo=PARIS), length, ["FREQ=DAILY"])
        list(islice(long.after(ERA), 400))
        list(long.between(Period(datetime(9997, 12, 1, tzinfo=UTC), datetime(9997, 12, 2, tzinfo=UTC))))
        patched = attrs.evolve(long, overrides=[Override(START.replace(year=9997), START.replace(year=9998), length)])
        list(islice(patched.after(ERA), 400))
        assert patched.ends() is None
        for rule in ("FREQ=DAILY;COUNT=9", "FREQ=DAILY;UNTIL=99971231"):
            assert attrs.evolve(long, rules=[rule]).ends() == datetime(9998, 1, 1, tzinfo=UTC)
    far = series("FREQ=YEARLY", overrides=[Override(START, START.replace(year=9998), following=True)])
    assert len(list(islice(far.after(ERA), 3))) <= 3
    whole = Series("l", date(9997, 12, 28), rules=["FREQ=DAILY"])
    assert len(list(whole.after(ERA, zone="UTC"))) == 4
    assert series("FREQ=DAILY;UNTIL=99991231T235959Z").ends() is not None
    assert Series("f", datetime(1000, 1, 1, tzinfo=PARIS), rules=["FREQ=YEARLY"]).occurrence(
        datetime(2026, 1, 1, tzinfo=PARIS)
    )


HOUR = Period(datetime(2026, 11, 24, 17, tzinfo=UTC), datetime(2026, 11, 24, 18, tzinfo=UTC))
ALL_GONE = [
    {"exrules": ["FREQ=SECONDLY"]},
    {"exrules": ["FREQ=MINUTELY;BYSECOND=" + ",".join(map(str, range(60)))]},
    {"exrules": ["FREQ=SECONDLY"], "overrides": [Override(START, fields={"a": "b"})]},
    {"exrules": ["FREQ=SECONDLY"], "rdates": [START.replace(year=2027)]},
    {"rdates": [RDate(START, Length(3_660))], "exrules": ["FREQ=SECONDLY;UNTIL=20270101T000000Z"]},
    {"overrides": [Override(START, START.replace(year=2030), following=True)], "exrules": ["FREQ=SECONDLY"]},
]


@pytest.mark.parametrize("more", ALL_GONE)
def test_a_rule_whose_occurrences_are_all_left_out(more, monkeypatch):
    """What is left out counts: a window, the next occurrence, the starts and a date that stands for a day of them are
    a typed error after a bounded number of steps.
    """
    monkeypatch.setattr(effort, "MAX_STEPS", 5_000)
    one = series("FREQ=SECONDLY", **more)
    for ask in (
        lambda: list(one.between(CENTURY, limit=10)),
        lambda: next(one.after(datetime(2030, 6, 1, tzinfo=UTC)), None),
        lambda: next(one.starts(CENTURY), None),
        lambda: one.occurrence(date(2026, 11, 26)),
    ):
        with Steps(300_000):
            try:
                ask()
            except RuleError as error:
                assert "searched for long" in str(error) or "more than 10 occ" in str(error)  # noqa: PT017


def test_what_is_left_out_costs_what_it_says():
    """The control: without a bound the same question is over the budget, with it it is not; an hour is answered."""
    one = series("FREQ=SECONDLY", exrules=["FREQ=SECONDLY"])
    with Steps(4_000_000), pytest.raises(RuleError, match="searched for long"):
        list(one.between(CENTURY, limit=10))
    with Steps(300_000):
        assert list(one.between(HOUR, limit=10)) == []
    with pytest.raises(TooManyStepsError), Steps(4_000_000):
        list(one.between(CENTURY, limit=10, effort=Effort(10**9)))


def test_the_effort_is_shared():
    """Questions that share an effort may take so many steps together; what is found costs none of them."""
    one, effort = series("FREQ=SECONDLY", exrules=["FREQ=SECONDLY"]), Effort(5_000)
    list(one.between(HOUR, effort=effort))
    with pytest.raises(RuleError, match="searched for long: 5000 steps"):
        list(one.between(HOUR, effort=effort))
    assert len(list(series("FREQ=MINUTELY").between(HOUR, effort=Effort(1)))) == 60  # the one before it is looked at


def test_one_long_occurrence_among_many(monkeypatch):
    """One that lasts ten years among those of every second: what is looked at in vain counts."""
    monkeypatch.setattr(effort, "MAX_STEPS", 5_000)
    for more in (
        {"overrides": [Override(START, length=Length(3_660))]},
        {"rdates": [RDate(START, Length(3_660))]},
        {"overrides": [Override(START, START.replace(year=2925), following=True)]},
    ):
        one = Series("x", START, Length(0, 1), ["FREQ=SECONDLY"], **more)
        later = Period(datetime(2031, 1, 1, tzinfo=UTC), datetime(2031, 1, 1, 0, 0, 5, tzinfo=UTC))
        with Steps(300_000), pytest.raises(RuleError, match="searched for long"):
            list(one.between(later, limit=10))


@pytest.mark.parametrize("rule", ["FREQ=SECONDLY", "FREQ=MINUTELY", "FREQ=DAILY"])
def test_the_next_of_many_with_an_override(rule):
    """The next occurrence costs no more where something is overridden than where nothing is."""
    one = series(rule, overrides=[Override(START, START.replace(hour=20))])
    with Steps(150_000):
        assert next(one.after(datetime(2050, 1, 1, tzinfo=UTC))).start.year == 2050
    crowd = [Override(START.replace(minute=n % 60, second=n // 60), START.replace(hour=22)) for n in range(3_000)]
    crowded = series("FREQ=SECONDLY", overrides=crowd)
    assert sum(1 for _ in islice(crowded.after(START.replace(hour=22)), 3_001)) == 3_001


def test_a_skipped_hour_full_of_starts(monkeypatch):
    """Starts that a clock change leaves out count as well, and a rule of nothing else has an end."""
    monkeypatch.setattr(effort, "MAX_STEPS", 5_000)
    times = f"BYHOUR=2;BYMINUTE={','.join(map(str, range(60)))};BYSECOND={','.join(map(str, range(0, 60, 2)))}"
    one = series(f"FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU;{times}", gap="skip")
    with Steps(300_000), pytest.raises(RuleError, match="searched for long"):
        next(one.after(ERA), None)


@pytest.mark.parametrize("rule", ["SECONDLY;INTERVAL=86399;BYHOUR=0;BYMINUTE=0;BYSECOND=0", "WEEKLY;BYSETPOS=-2"])
def test_a_count_that_takes_for_ever(rule, monkeypatch):
    """Where COUNT has to be counted, what is passed over on the way counts: in a window, and for the end of it all."""
    monkeypatch.setattr(effort, "MAX_STEPS", 5_000)
    monkeypatch.setattr(_steps, "MAX_COUNTING", 50_000)
    one = series(f"FREQ={rule};COUNT=10000")
    for ask in (lambda: list(one.between(WEEK)), one.ends):
        with Steps(700_000):
            try:
                ask()
            except RuleError as error:
                assert "searched for long" in str(error)  # noqa: PT017
