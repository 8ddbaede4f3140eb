"""Laws of recurrence: what the engine finds is what a calendar shows that is looked at day by day."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice, takewhile
from typing import Any
from zoneinfo import ZoneInfo

import attrs
import pytest
from dateutil.rrule import rrulestr
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from cantinekit.clock import Period, WallTime
from cantinekit.scheduling.recurrence import Rule, Series, Until
from support.calendars.recurrence_oracle import contested, expand
from support.calendars.recurrence_rules import ZONES, lengths, rules, starts, weekly_series
from support.run.soak import scaled, until_seen

SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


def many(examples: int) -> Any:
    return settings(max_examples=scaled(examples // 2), deadline=None, suppress_health_check=SLOW)


def instants(walls: list[datetime], zone: str) -> list[tuple[datetime, datetime]]:
    """Instants with the wall times that they come from, in order; of two at one instant the one that exists."""
    found: dict[datetime, tuple[str, datetime]] = {}
    for wall in walls:
        moment, resolution = WallTime(wall.date(), wall.time(), zone).resolve()
        if moment not in found or found[moment][0] == "gap":
            found[moment] = resolution, wall
    return sorted((moment, wall) for moment, (_, wall) in found.items())


def seen(series: Series, window: Period) -> list[tuple[datetime, datetime]]:
    """The same from the engine."""
    return [
        (one.start, one.recurrence_id.replace(tzinfo=None))
        for one in series.between(window, limit=100_000)
        if one.start >= window.start
    ]


def window_of(first: date, last: date) -> Period:
    return Period(datetime.combine(first, time(), UTC), datetime.combine(last, time(), UTC))


@pytest.mark.parametrize("freqs", [("DAILY", "WEEKLY"), ("MONTHLY",), ("YEARLY",)], ids=lambda one: one[-1])
def test_day_by_day(freqs: tuple[str, ...]) -> None:
    """For any rule, start, zone, end and policy for gaps, the occurrences are those of a day-by-day walk."""
    met: Counter[str] = Counter()
    days = {"WEEKLY": 400, "MONTHLY": 1_200, "YEARLY": 2_200}[freqs[-1]]

    def law(draw: Any) -> None:
        @draw
        @given(rules(freqs), st.sampled_from(ZONES), st.data(), st.sampled_from(("shift", "skip")))
        def one(rule: Rule, zone: str, data: Any, gap: str) -> None:
            start = data.draw(starts(zone))
            end = start.date() + timedelta(days=days)
            until = None
            if rule.count is None and data.draw(st.booleans()):
                day = start.date() + timedelta(days=data.draw(st.integers(-2, days)))
                until = Until(day, data.draw(st.sampled_from((None, start.time(), time(2, 45)))))
                if until.at is not None and data.draw(st.booleans()):
                    until = attrs.evolve(until, utc=True)
                rule = attrs.evolve(rule, until=until)
            series = Series("s", start.replace(tzinfo=ZoneInfo(zone)), rules=[rule], gap=gap)

            def exists(wall: datetime) -> bool:
                return gap == "shift" or WallTime(wall.date(), wall.time(), zone).resolve()[1] != "gap"

            walls = expand(rule, start, end, exists)
            if until is not None and not until.utc:
                last = datetime.combine(until.day, until.at or time(23, 59, 59))
                walls = [wall for wall in walls if wall <= last]
            wanted = instants(walls, zone)
            if until is not None and until.moment is not None:
                wanted = [one for one in wanted if one[0] <= until.moment]
            edge = datetime.combine(end - timedelta(days=3), time(), UTC)
            window = Period(datetime.combine(start.date() - timedelta(days=3), time(), UTC), edge)
            assert seen(series, window) == [one for one in wanted if one[0] < edge], str(rule)
            met["some" if wanted else "none"] += 1
            met["gap"] += any(WallTime(w.date(), w.time(), zone).resolve()[1] == "gap" for w in walls)
            met["fold"] += any(WallTime(w.date(), w.time(), zone).resolve()[1] == "fold" for w in walls)

        one()

    kinds = ("some", "none", "gap", "fold") if "DAILY" in freqs else ("some", "none")
    until_seen(law, many(250), met, kinds)


def test_minute_by_minute() -> None:
    """HOURLY and MINUTELY rules too are what a walk over every minute finds."""
    met: Counter[str] = Counter()

    @many(60)
    @given(rules(("HOURLY", "MINUTELY")), st.sampled_from(ZONES), st.data())
    def law(rule: Rule, zone: str, data: Any) -> None:
        start = data.draw(starts(zone))
        end = start.date() + timedelta(days=6)
        walls = expand(rule, start, end)
        series = Series("s", start.replace(tzinfo=ZoneInfo(zone)), rules=[rule])
        edge = datetime.combine(end - timedelta(days=2), time(), UTC)
        window = Period(datetime.combine(start.date() - timedelta(days=3), time(), UTC), edge)
        wanted = [one for one in instants(walls, zone) if one[0] < edge]
        assert seen(series, window) == wanted, str(rule)
        met["some" if wanted else "none"] += 1

    law()
    assert min(met["some"], met["none"]) > 0


def test_a_window_is_a_cut_of_the_whole() -> None:
    """What is in a window, near or two hundred years away, is what the whole expansion has there."""
    met: Counter[int] = Counter()

    @many(150)
    @given(rules(ends=False), st.sampled_from(ZONES), st.data(), lengths())
    def law(rule: Rule, zone: str, data: Any, length: Any) -> None:
        start = data.draw(starts(zone)).replace(tzinfo=ZoneInfo(zone))
        count = data.draw(st.one_of(st.none(), st.integers(1, 4_000)))
        series = Series("s", start, length, [attrs.evolve(rule, count=count)])
        dense = rule.freq in ("DAILY", "WEEKLY")
        years = data.draw(st.sampled_from((0, 1, 7) if dense else (7, 50, 200)))
        begin = start.astimezone(UTC) + timedelta(days=years * 365 + data.draw(st.integers(-3, 400)))
        window = Period(
            begin, begin + timedelta(days=data.draw(st.sampled_from((1, 7, 31, 200) if dense else (31, 400, 4_000))))
        )
        whole = list(takewhile(lambda one: one.start < window.end, series.after(datetime(2000, 1, 1, tzinfo=UTC))))
        cut = [one for one in whole if one.end > window.start or (one.start == one.end and one.start >= window.start)]
        assert list(series.between(window, limit=100_000)) == cut
        met[years] += bool(cut)

    law()
    assert min(met[0] + met[1], met[7], met[50] + met[200]) > 0


def test_like_dateutil() -> None:
    """On all that is not contested, the instances are those of python-dateutil."""
    met: Counter[str] = Counter()

    def law(draw: Any) -> None:
        @draw
        @given(rules(("YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY")), st.data())
        def one(rule: Rule, data: Any) -> None:
            start = data.draw(starts("Asia/Kolkata"))
            assume(not contested(rule))
            begin = start.replace(tzinfo=UTC)
            end = begin + timedelta(days=10 if rule.is_sub_daily else 4_000)
            series = Series("s", begin, rules=[rule])
            ours = [one.start for one in islice(series.between(Period(begin, end)), 200)]
            try:
                theirs = list(islice(rrulestr(str(rule), dtstart=begin), len(ours)))  # for more it may search for hours
            except ValueError as error:
                theirs = []
                met["refused"] += "empty set" in str(error)
            assert ours == theirs, str(rule)
            met[rule.freq] += bool(ours)

        one()

    until_seen(law, many(500), met, ("YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY"))


@many(400)
@given(rules(("YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY", "SECONDLY")))
def test_a_rule_is_what_it_is_written_as(rule: Rule) -> None:
    """Reading the text of a rule gives the rule, and the text is the same when it is written again."""
    again = Rule.parse(str(rule))
    assert again == rule
    assert str(again) == str(rule)
    assert again.notes == ()


@many(200)
@given(weekly_series(), st.integers(0, 60), st.integers(1, 20))
def test_each_occurrence_is_found_by_its_name(series: Series, skip: int, take: int) -> None:
    """An original start names one occurrence, on whatever clock it is written."""
    for one in islice(series.after(datetime(2000, 1, 1, tzinfo=UTC)), skip, skip + take):
        assert series.occurrence(one.recurrence_id) == one
        assert series.occurrence(one.start) == one
        assert series.occurrence(one.start + timedelta(seconds=1)) is None
