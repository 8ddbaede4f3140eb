"""What a recurrence rule means, day by day and minute by minute: slow, and short enough to be seen to be right.

Every day (or minute) from the start on is looked at by itself: does each part have it, and which period is it in?
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import groupby

from cantinekit.scheduling.recurrence import Rule

DAY = timedelta(days=1)


def week_start(day: date, wkst: int) -> date:
    """The day on which the week of a day begins."""
    while day.weekday() != wkst:
        day -= DAY
    return day


def middle(day: date, wkst: int) -> date:
    """The fourth day of the week: the week belongs to its year, for then it has at least four days there."""
    return week_start(day, wkst) + 3 * DAY


@lru_cache(maxsize=50_000)
def week_numbers(day: date, wkst: int) -> tuple[int, int]:
    """The number of the week in its year, from the front and from the end."""
    fourth = middle(day, wkst)
    last = date(fourth.year, 12, 31)
    while middle(last, wkst).year != fourth.year:
        last -= DAY
    number = (fourth.timetuple().tm_yday - 1) // 7 + 1
    total = (middle(last, wkst).timetuple().tm_yday - 1) // 7 + 1
    return number, number - total - 1


@lru_cache(maxsize=50_000)
def month_end(day: date) -> date:
    while (day + DAY).month == day.month:
        day += DAY
    return day


def has_weekday(rule: Rule, day: date) -> bool:
    """Whether BYDAY has the day: as a plain weekday, or by its number in the month or the year."""
    numbered = rule.freq in ("MONTHLY", "YEARLY")
    first, last = date(day.year, 1, 1), date(day.year, 12, 31)
    if rule.freq == "MONTHLY" or rule.bymonth:
        first, last = day.replace(day=1), month_end(day)
    from_front = (day - first).days // 7 + 1
    from_end = -((last - day).days // 7 + 1)
    return any(
        day.weekday() == one.weekday and (not one.nth or not numbered or one.nth in (from_front, from_end))
        for one in rule.byday
    )


def contested(rule: Rule) -> bool:
    """Where dateutil reads RFC 5545 differently; docs/explanation/recurrence.md names each."""
    days = rule.byday or rule.byyearday
    return (
        (rule.freq in ("MONTHLY", "YEARLY") and {bool(day.nth) for day in rule.byday} == {True, False})
        or (rule.freq == "YEARLY" and bool(rule.bymonthday) and not (rule.bymonth or days or rule.byweekno))
        or (rule.freq == "YEARLY" and bool(rule.byweekno))
        or (rule.freq == "WEEKLY" and bool(rule.bysetpos))
    )


def has_day(rule: Rule, day: date, start: date) -> bool:
    """Whether all parts about days have it; what the rule does not say is taken from the start."""
    month, monthday = rule.bymonth, rule.bymonthday
    weekdays = bool(rule.byday)
    said = bool(rule.byday or rule.bymonthday or rule.byyearday or rule.byweekno)
    if rule.freq == "WEEKLY" and not said and day.weekday() != start.weekday():
        return False
    if rule.freq in ("MONTHLY", "YEARLY") and not said:
        monthday = (start.day,)
    if rule.freq == "YEARLY":
        if rule.byweekno and not (rule.byday or rule.bymonthday or rule.byyearday):
            if day.weekday() != start.weekday():
                return False
        elif monthday and not (rule.byday or rule.byyearday or rule.byweekno):
            month = month or (start.month,)
    year_days = date(day.year, 12, 31).timetuple().tm_yday
    number = day.timetuple().tm_yday
    return (
        (not month or day.month in month)
        and (not monthday or day.day in monthday or day.day - month_end(day).day - 1 in monthday)
        and (not rule.byyearday or number in rule.byyearday or number - year_days - 1 in rule.byyearday)
        and (not rule.byweekno or any(one in rule.byweekno for one in week_numbers(day, rule.wkst)))
        and (not weekdays or has_weekday(rule, day))
    )


def period(rule: Rule, day: date) -> int:
    """The number of the period that a day is in, all periods counted."""
    if rule.freq == "DAILY":
        return day.toordinal()
    if rule.freq == "WEEKLY":
        return week_start(day, rule.wkst).toordinal() // 7
    if rule.freq == "MONTHLY":
        return day.year * 12 + day.month
    return middle(day, rule.wkst).year if rule.byweekno else day.year


def daily_or_longer(rule: Rule, start: datetime, end: date) -> Iterator[datetime]:
    times = [
        time(hour, minute, second)
        for hour in rule.byhour or (start.hour,)
        for minute in rule.byminute or (start.minute,)
        for second in rule.bysecond or (start.second,)
    ]
    first = start.date() - timedelta(days=400)
    days = (first + timedelta(days=number) for number in range((end - first).days))
    for number, group in groupby(days, key=lambda day: period(rule, day)):
        if (number - period(rule, start.date())) % rule.interval:
            continue
        chosen = [datetime.combine(day, at) for day in group if has_day(rule, day, start.date()) for at in times]
        yield from at_positions(rule, chosen)


def at_positions(rule: Rule, chosen: list[datetime]) -> list[datetime]:
    size = len(chosen)
    return [
        one
        for place, one in enumerate(chosen)
        if not rule.bysetpos or place + 1 in rule.bysetpos or place - size in rule.bysetpos
    ]


def within_days(rule: Rule, start: datetime, end: date) -> Iterator[datetime]:
    """HOURLY and MINUTELY, where nothing has seconds: minute by minute."""
    minutes = 60 if rule.freq == "HOURLY" else 1
    midnight = stamp = datetime.combine(start.date(), time())
    begin = (start - midnight) // timedelta(minutes=minutes)
    before, chosen = 0, []
    while stamp.date() < end:
        number = (stamp - midnight) // timedelta(minutes=minutes)
        if number != before:
            yield from at_positions(rule, chosen)
            before, chosen = number, []
        minute = rule.byminute or ((start.minute,) if rule.freq == "HOURLY" else ())
        if (
            (number - begin) % rule.interval == 0
            and has_day(rule, stamp.date(), start.date())
            and (not rule.byhour or stamp.hour in rule.byhour)
            and (not minute or stamp.minute in minute)
        ):
            chosen.append(stamp)
        stamp += timedelta(minutes=1)
    yield from at_positions(rule, chosen)


def expand(
    rule: Rule, start: datetime, end: date, exists: Callable[[datetime], bool] = lambda wall: True
) -> list[datetime]:
    """The instances on the wall from the start on, before a day; UNTIL is not looked at, COUNT is."""
    walk = within_days if rule.freq in ("HOURLY", "MINUTELY") else daily_or_longer
    margin = timedelta(days=1 if walk is within_days else 400)  # the last period is looked at as a whole
    found = [one for one in walk(rule, start, end + margin) if one >= start and exists(one)]
    return [one for one in found[: rule.count] if one.date() < end]
