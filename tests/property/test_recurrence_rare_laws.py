"""Laws of rules that seldom come about, or never: that is arithmetic, and python-dateutil finds the same by walking.

A third of the rules that are tried has no date, or its first one after more than four years. python-dateutil walks to
the year 9999 where a rule finds nothing. So most are asked from 7,600 years later on, and one of 500 all the way; and
a few rules without dates are walked day by day through all periods of 400 years that their interval meets.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from random import Random

import attrs
import icalendar
import pytest
from dateutil.rrule import rrulestr

from cantinekit.scheduling.calendars import read_programme
from cantinekit.scheduling.recurrence import ByDay, Rule, Series, Until, _frame
from support.calendars.recurrence_oracle import contested, has_day, period
from support.run.soak import SOAK, scaled

RULES = 5_000
FEW, SAMPLE = 4, 3
LAST_TURN = 24 * 400
LATE = timedelta(days=4 * 365 + 1)
PERIODS = {"DAILY": 146_097, "WEEKLY": 20_871, "MONTHLY": 4_800, "YEARLY": 400}
SEVENS = (7, 14, 21, 28, 49, 63, 70, 7 * 773)


def _numbers(random: Random, most: int, size: int = 2) -> tuple[int, ...]:
    return tuple({random.choice((1, 1, 1, -1)) * random.randint(1, most) for _ in range(random.randint(1, size))})


def _weekdays(random: Random) -> tuple[ByDay, ...]:
    return tuple(ByDay(0, day) for day in random.sample(range(7), random.choice((1, 1, 2))))


def _sevens(random: Random) -> Rule:
    return Rule("DAILY", interval=random.choice(SEVENS), byday=_weekdays(random), bymonth=_months(random, 0.3))


def _months(random: Random, often: float) -> tuple[int, ...]:
    return tuple(random.sample(range(1, 13), random.choice((1, 2)))) if random.random() < often else ()


def _days_of_months(random: Random) -> Rule:
    days = random.choice(((29,), (30,), (31,), (-31,), (-30,), (29, 30), (31, 5)))
    return Rule(
        random.choice(("MONTHLY", "MONTHLY", "YEARLY")),
        interval=random.choice((1, 5, 11, 12, 24, 36, 48)),
        bymonthday=days,
        bymonth=_months(random, 0.5) or (2,),
        byday=_weekdays(random) if random.random() < 0.4 else (),
    )


def _leap_days(random: Random) -> Rule:
    return Rule(
        random.choice(("YEARLY", "YEARLY", "MONTHLY", "DAILY", "WEEKLY")),
        interval=random.choice((1, 2, 3, 4, 8, 11, 12, 28, 40)),
        bymonth=(2,),
        bymonthday=(29,),
        byday=_weekdays(random) if random.random() < 0.7 else (),
    )


def _weeks_apart(random: Random) -> Rule:
    return Rule(
        "WEEKLY",
        interval=random.choice((1, 2, 3, 9, 13, 27, 52, 53, 773, 2319, 20_871)),
        byday=_weekdays(random),
        bymonth=_months(random, 0.6),
        bymonthday=_numbers(random, 31, 1) if random.random() < 0.6 else (),
        wkst=random.choice((0, 0, 6)),
    )


def _days_of_years(random: Random) -> Rule:
    return Rule(
        random.choice(("YEARLY", "YEARLY", "DAILY")),
        interval=random.choice((1, 2, 4, 6, 10, 20)),
        byyearday=random.choice(((366,), (-366,), _numbers(random, 366))),
        byday=_weekdays(random) if random.random() < 0.5 else (),
    )


def _hours(random: Random) -> Rule:
    freq, most = random.choice((("HOURLY", 24), ("MINUTELY", 60)))
    times = {"byhour": (random.randrange(24),)} if freq == "HOURLY" else {"byminute": (random.randrange(60),)}
    interval = random.choice((1, 2, 3, most // 2, most, 7 * most, 7))
    return Rule(freq, interval=interval, byday=_weekdays(random) if random.random() < 0.4 else (), **times)


def _usual(random: Random) -> Rule:
    freq = random.choice(("DAILY", "WEEKLY", "MONTHLY", "YEARLY"))
    numbered = freq in ("MONTHLY", "YEARLY") and random.random() < 0.5
    days = tuple(attrs.evolve(day, nth=random.choice((1, 2, 5, -1)) if numbered else 0) for day in _weekdays(random))
    return Rule(
        freq,
        interval=random.choice((1, 1, 2, 3, 5, 6, 10)),
        byday=days if random.random() < 0.7 else (),
        bymonth=_months(random, 0.3),
        bymonthday=_numbers(random, 31) if random.random() < 0.3 else (),
        bysetpos=random.choice(((), (), (1,), (-1,), (6,))) if days and freq == "MONTHLY" else (),
    )


SHAPES = (_sevens, _days_of_months, _leap_days, _weeks_apart, _days_of_years, _hours, *[_usual] * 5)


def drawn(number: int, seed: int, shapes: Sequence[Callable[[Random], Rule]]) -> Iterator[tuple[Rule, datetime]]:
    """So many rules, each with a start, on which python-dateutil reads RFC 5545 as we do."""
    random = Random(seed)
    while number:
        rule = random.choice(shapes)(random)
        start = datetime(2020, 1, 1, random.randrange(24), tzinfo=UTC) + timedelta(days=random.randrange(4_000))
        start = later(start, 400 * random.randrange(4))  # a wrong turn of the calendar shows after some of them
        if not contested(rule):
            number -= 1
            yield rule, start


def peer(rule: Rule, start: datetime, years: int) -> list[datetime]:
    """The first dates by python-dateutil. It walks to the year 9999 where it finds nothing: that is not far from some
    years later on, which are whole turns of the calendar. Of some rules it says itself that they are empty.
    """
    try:
        found = list(islice(rrulestr(str(rule), dtstart=later(start, years)), FEW))
    except ValueError as error:
        assert "empty" in str(error)  # noqa: PT017
        return []
    return [later(one, -years) for one in found]


def later(moment: datetime, years: int) -> datetime:
    return moment.replace(year=moment.year + years)


def imported(rule: Rule, start: datetime) -> list[datetime]:
    """The first dates of an event that the package icalendar wrote."""
    event = icalendar.Event()
    event.add("uid", "s")
    event.add("dtstart", start)
    event.add("rrule", icalendar.vRecur.from_ical(str(rule)))
    calendar = icalendar.Calendar()
    calendar.add_component(event)
    (read,) = read_programme(calendar.to_ical(), zone="UTC").events
    return [one.start for one in islice(read.series.after(start), FEW)]


def is_had(rule: Rule, start: datetime, found: datetime) -> bool:
    """Whether a day is one of the rule, by itself."""
    between = period(rule, found.date()) - period(rule, start.date())
    return has_day(rule, found.date(), start.date()) and (rule.is_sub_daily or between % rule.interval == 0)


def is_nowhere(rule: Rule, start: date) -> bool:
    """Whether no day of 400 years is in a period that the interval meets in its turns through them."""
    size, first = PERIODS[rule.freq], period(rule, start)
    met = {(first + turn * rule.interval) % size for turn in range(size)}
    days = (date(2000, 1, 1) + timedelta(days=number) for number in range(146_097))
    return not any(period(rule, day) % size in met and has_day(rule, day, start) for day in days)


def check(number: int, seed: int, shapes: Sequence[Callable[[Random], Rule]] = SHAPES) -> Counter[str]:
    """Compare so many rules, and count what they were."""
    met: Counter[str] = Counter()
    for place, (rule, start) in enumerate(drawn(number, seed, shapes)):
        said = f"{rule} from {start}"
        ours = [one.start for one in islice(Series("s", start, rules=[rule]).after(start), FEW)]
        years = LAST_TURN - start.year // 400 * 400 if place % 500 else 0
        assert [one for one in ours if one.year + years < 10_000] == peer(rule, start, years), said
        assert all(is_had(rule, start, one) for one in ours), said
        kind = "empty" if not ours else "sparse" if ours[0] > start + LATE else "usual"
        met[kind] += 1
        if place % 5 == 0:
            assert imported(rule, start) == ours, said
            counted = Series("s", start, rules=[attrs.evolve(rule, count=2)])
            assert [one.start for one in counted.after(start)] == ours[:2], said
            until = Series("s", start, rules=[attrs.evolve(rule, until=Until.instant(start + LATE))])
            assert [one.start for one in islice(until.after(start), FEW)] == [
                one for one in ours if one <= start + LATE
            ], said
        if kind == "empty" and not rule.is_sub_daily and not rule.bysetpos and met["walked"] < scaled(SAMPLE):
            assert is_nowhere(rule, start.date()), said
            met["walked"] += 1
    return met


@pytest.mark.timeout(7200 if SOAK else 300)
def test_rare_dates_are_those_of_dateutil() -> None:
    """Of 5,000 rules, a third of them without a date for four years or for ever, the first dates are those of
    python-dateutil, and those of an event that the package icalendar wrote; none is searched for in vain.
    """
    met = check(scaled(RULES), 1)
    assert met["empty"] + met["sparse"] >= scaled(RULES) / 3
    assert min(met["empty"], met["sparse"]) >= scaled(RULES) / 10


@pytest.mark.parametrize(
    ("freq", "shape"),
    [("DAILY", _sevens), ("WEEKLY", _weeks_apart), ("MONTHLY", _days_of_months), ("YEARLY", _days_of_years)],
)
def test_a_wrong_modulus_is_found(freq: str, shape: Callable[[Random], Rule], monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: with a calendar that repeats one period too early the dates are not those of python-dateutil."""
    monkeypatch.setitem(_frame.CYCLES, freq, _frame.CYCLES[freq] - 1)
    with pytest.raises(AssertionError, match=f"FREQ={freq}"):
        check(400, 1, [shape])
