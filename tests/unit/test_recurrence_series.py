"""Series: wall time over clock changes, whole days, ends, exclusions, overrides, and what cannot be."""

from __future__ import annotations

import pickle
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import islice
from zoneinfo import ZoneInfo

import attrs
import pytest

from cantinekit.clock import Period, day_bounds
from cantinekit.errors import InputError, NaiveDatetimeError, RuleError, TextError
from cantinekit.scheduling.recurrence import Length, Override, RDate, Rule, Series

PARIS, APIA, LONDON = ZoneInfo("Europe/Paris"), ZoneInfo("Pacific/Apia"), ZoneInfo("Europe/London")
ERA = datetime(2000, 1, 1, tzinfo=UTC)
TWO_HOURS = Length(0, 7200)


def at(text, zone=PARIS):
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def weekly(start="2026-11-24T18:00", rule="FREQ=WEEKLY", **more):
    return Series("w", at(start), TWO_HOURS, [rule], **more)


def between(series, first, last, **more):
    return list(series.between(Period(utc(first), utc(last)), **more))


def starts(series, count=10, **more):
    return [one.start for one in islice(series.after(ERA, **more), count)]


# --- wall time -----------------------------------------------------------------------------------------------------


def test_the_wall_clock_is_kept():
    """A workshop at 18:00 is at 18:00 in winter and in summer."""
    found = between(weekly("2026-03-24T18:00"), "2026-03-20", "2026-04-10")
    assert [one.start for one in found] == [utc("2026-03-24T17:00"), utc("2026-03-31T16:00"), utc("2026-04-07T16:00")]
    assert {one.recurrence_id.time().isoformat() for one in found} == {"18:00:00"}
    assert {one.resolution for one in found} == {"exact"}
    assert found[0].period == Period(utc("2026-03-24T17:00"), utc("2026-03-24T19:00"))


def test_a_time_that_is_skipped_is_read_with_the_offset_before():
    """02:30 on the night of the change becomes 03:30, and says so; its name stays 02:30 (RFC 5545, 3.3.5)."""
    series = Series("n", at("2026-03-28T02:30"), TWO_HOURS, ["FREQ=DAILY;COUNT=3"])
    found = list(series.after(ERA))
    assert [one.start for one in found] == [utc("2026-03-28T01:30"), utc("2026-03-29T01:30"), utc("2026-03-30T00:30")]
    assert [one.gap for one in found] == [False, True, False]
    assert found[1].recurrence_id == at("2026-03-29T02:30")
    assert found[1].recurrence_id.isoformat()[:16] == "2026-03-29T02:30"
    assert series.occurrence(utc("2026-03-29T01:30")) == found[1]


def test_a_time_that_is_skipped_can_be_left_out():
    """With gap="skip" it is not there and not counted (RFC 5545, 3.3.10)."""
    series = Series("n", at("2026-03-28T02:30"), TWO_HOURS, ["FREQ=DAILY;COUNT=3"], gap="skip")
    assert starts(series) == [utc("2026-03-28T01:30"), utc("2026-03-30T00:30"), utc("2026-03-31T00:30")]
    assert series.occurrence(at("2026-03-29T02:30")) is None


def test_a_time_that_comes_twice_is_the_first():
    """02:30 on the night of the other change is the first of the two, and says so."""
    series = Series("n", at("2026-10-24T02:30"), TWO_HOURS, ["FREQ=DAILY;COUNT=3"])
    found = list(series.after(ERA))
    assert [one.start for one in found] == [utc("2026-10-24T00:30"), utc("2026-10-25T00:30"), utc("2026-10-26T01:30")]
    assert [one.fold for one in found] == [False, True, False]


def test_what_a_gap_moves_stays_in_order_and_is_there_once():
    """Of two starts that fall on one instant only one is there, and what was moved comes in its turn."""
    series = Series("h", at("2026-03-29T01:30"), Length(0, 60), ["FREQ=MINUTELY;INTERVAL=30;COUNT=7"])
    found = list(series.after(ERA))
    assert [one.start for one in found] == sorted({one.start for one in found})
    assert [one.recurrence_id.isoformat()[11:16] for one in found] == ["01:30", "03:00", "03:30", "04:00", "04:30"]
    lonely = Series("h", at("2026-03-28T02:15"), Length(0, 60), ["FREQ=DAILY;BYHOUR=2,3;BYMINUTE=0,15,40;COUNT=12"])
    found = [one for one in lonely.after(ERA) if one.start >= utc("2026-03-29T00:00")]
    assert [one.start for one in found] == sorted({one.start for one in found})


def test_days_are_nominal_and_seconds_exact():
    """A day from Saturday noon ends on Sunday noon, 24 hours do not, when the clock changes between (3.3.6)."""
    day = Series("d", at("2026-03-28T12:00"), Length(1))
    hours = Series("h", at("2026-03-28T12:00"), Length(0, 86_400))
    assert next(day.after(ERA)).end == utc("2026-03-29T10:00")
    assert next(hours.after(ERA)).end == utc("2026-03-29T11:00")
    night = Series("n", at("2026-03-28T22:00"), Length(0, 6 * 3600))
    assert next(night.after(ERA)).period.length == timedelta(hours=6)


def test_a_day_that_was_left_out():
    """Samoa had no 30 December 2011: what was at that time falls on the next day's, and is there once."""
    series = Series("a", at("2011-12-28T18:00", APIA), TWO_HOURS, ["FREQ=DAILY;COUNT=4"])
    found = list(series.after(ERA))
    assert [one.recurrence_id.date().day for one in found] == [28, 29, 31]
    whole = Series("d", date(2011, 12, 28), rules=["FREQ=DAILY;COUNT=4"])
    assert [one.recurrence_id.day for one in whole.after(ERA, zone="Pacific/Apia")] == [28, 29, 31]
    assert [one.recurrence_id.day for one in whole.after(ERA, zone="UTC")] == [28, 29, 30, 31]


# --- whole days ----------------------------------------------------------------------------------------------------


def test_whole_days_are_those_of_the_place():
    """A whole day is from midnight to midnight on the wall of the place, 23 to 25 hours."""
    series = Series("d", date(2026, 3, 28), rules=["FREQ=DAILY;COUNT=3"])
    for zone in ("Europe/Paris", "Asia/Kolkata", "Pacific/Auckland"):
        found = list(series.after(ERA, zone=zone))
        assert [one.period for one in found] == [day_bounds(one.recurrence_id, zone) for one in found]
    assert [one.period.length.total_seconds() / 3600 for one in series.after(ERA, zone="Europe/Paris")] == [24, 23, 24]
    window = Period(utc("2026-03-28T23:30"), utc("2026-03-29T08:00"))  # the 29th in Paris
    assert [one.recurrence_id.day for one in series.between(window, zone="Europe/Paris")] == [29]
    assert list(series.starts(window, zone="Europe/Paris")) == []


def test_whole_days_need_a_zone_to_become_instants():
    """Without the zone of a place there is no instant; with a zone of its own there are no whole days."""
    series = Series("d", date(2026, 3, 28))
    with pytest.raises(InputError, match="which zone"):
        list(series.after(ERA))
    with pytest.raises(InputError, match="time zone"):
        list(series.after(ERA, zone="../etc"))
    assert series.length == Length(1)
    assert series.zone is None
    assert series.all_day
    for length in (Length(), Length(0, 3600), Length(1, 1)):
        with pytest.raises(InputError, match="whole days"):
            Series("d", date(2026, 3, 28), length)
    with pytest.raises(RuleError, match="time of day"):
        Series("d", date(2026, 3, 28), rules=["FREQ=HOURLY"])


# --- ends ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("until", "count"),
    [
        ("20261208T170000Z", 3),
        ("20261208T165959Z", 2),
        ("20261208T180000", 3),
        ("20261208T175959", 2),
        ("20261208", 3),
        ("20261207", 2),
        ("20261001", 0),
    ],
)
def test_until(until, count):
    """UNTIL is included: as an instant, as a wall time of the series, as a whole local day."""
    assert len(starts(weekly(rule=f"FREQ=WEEKLY;UNTIL={until}"))) == count


def test_until_of_whole_days_is_not_moved_by_zones():
    """For whole days UNTIL is a date, also where it was written with a time."""
    for until in ("20260330", "20260330T000000Z", "20260330T235959"):
        series = Series("d", date(2026, 3, 28), rules=[f"FREQ=DAILY;UNTIL={until}"])
        for zone in ("Pacific/Auckland", "America/Los_Angeles"):
            assert [one.recurrence_id.day for one in series.after(ERA, zone=zone)] == [28, 29, 30]


def test_count_is_of_the_rule():
    """COUNT counts before exclusions are taken out; an exclusion does not make the series longer."""
    series = weekly(rule="FREQ=WEEKLY;COUNT=4", exdates=[at("2026-12-01T18:00")])
    assert starts(series) == [utc("2026-11-24T17:00"), utc("2026-12-08T17:00"), utc("2026-12-15T17:00")]


@pytest.mark.parametrize(("rule", "days"), [("BYHOUR=19", [24, 26, 28]), ("BYHOUR=9", [26, 28, 30])])
def test_count_where_the_rule_has_another_time_than_the_start(rule, days):
    """A count of days begins with the first instance, not with the start."""
    series = weekly(rule=f"FREQ=DAILY;INTERVAL=2;COUNT=3;{rule}")
    assert [one.recurrence_id.day for one in series.after(ERA)] == days


def test_ends():
    """A series with an end has an instant at which all is over; one without has none."""
    assert weekly().ends() is None
    for rule in ("FREQ=WEEKLY;COUNT=4", "FREQ=WEEKLY;UNTIL=20261215T170000Z", "FREQ=MONTHLY;BYDAY=2TU;COUNT=3"):
        series = weekly(rule=rule)
        last = starts(series)[-1]
        assert last < series.ends() < last + timedelta(days=9)
    moved = weekly(rule="FREQ=WEEKLY;COUNT=2", overrides=[Override(at("2026-12-01T18:00"), at("2027-06-01T18:00"))])
    assert moved.ends() > utc("2027-06-01T18:00")
    assert Series("d", date(2026, 3, 28)).ends() >= utc("2026-03-29T12:00")


def test_a_far_window_is_like_a_near_one():
    """An infinite series answers for next week, in fifty years and at the end of the calendar that is looked at."""
    for year in (2026, 2076, 2226, 9000, 9996):
        found = between(weekly(), f"{year}-12-01", f"{year}-12-15")
        assert len(found) == 2
        assert {one.recurrence_id.weekday() for one in found} == {1}
    assert between(weekly("1999-12-28T18:00"), "2026-12-01", "2026-12-08")[0].start == utc("2026-12-01T17:00")
    assert len(list(islice(weekly().after(utc("9997-12-20")), 5))) == 2


def test_the_start_is_there_only_if_a_rule_has_it():
    """A start that its rule does not produce is no occurrence, does not count, and is linted."""
    series = weekly(rule="FREQ=WEEKLY;BYDAY=TH;COUNT=2")
    assert starts(series) == [utc("2026-11-26T17:00"), utc("2026-12-03T17:00")]
    assert "start" in {problem.code for problem in series.lint()}
    assert weekly().lint() == ()


def test_without_a_rule():
    """Without a rule the start is the one occurrence, with extra dates beside it."""
    one = Series("o", at("2026-11-24T18:00"), TWO_HOURS)
    assert starts(one) == [utc("2026-11-24T17:00")]
    more = attrs.evolve(one, rdates=[at("2026-11-26T18:00"), RDate(at("2026-11-25T18:00"), Length(0, 60))])
    assert starts(more) == [utc("2026-11-24T17:00"), utc("2026-11-25T17:00"), utc("2026-11-26T17:00")]
    assert [one.period.minutes for one in more.after(ERA)] == [120, 1, 120]


def test_several_rules_are_a_union():
    """Occurrences of several rules are there once each; EXRULE takes out."""
    series = Series("u", at("2026-11-23T18:00"), TWO_HOURS, ["FREQ=WEEKLY;BYDAY=MO,WE", "FREQ=WEEKLY;BYDAY=WE,FR"])
    days = [one.recurrence_id.strftime("%a") for one in islice(series.after(ERA), 6)]
    assert days == ["Mon", "Wed", "Fri"] * 2
    less = attrs.evolve(series, exrules=["FREQ=WEEKLY;INTERVAL=2;BYDAY=WE"])
    assert [one.recurrence_id.strftime("%a") for one in islice(less.after(ERA), 5)] == [
        "Mon",
        "Fri",
        "Mon",
        "Wed",
        "Fri",
    ]
    assert {"exrule", "several-rules"} <= {problem.code for problem in less.lint()}


def test_plain_and_numbered_weekdays_are_a_union():
    """MONTHLY;BYDAY=MO,2TU is every Monday and the second Tuesday, where dateutil finds nothing."""
    series = Series("m", at("2026-11-02T18:00"), TWO_HOURS, ["FREQ=MONTHLY;BYDAY=MO,2TU"])
    assert [one.recurrence_id.day for one in islice(series.after(ERA), 6)] == [2, 9, 10, 16, 23, 30]


# --- exclusions and overrides --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "excluded",
    [at("2026-12-01T18:00"), utc("2026-12-01T17:00"), at("2026-12-01T17:00", LONDON), date(2026, 12, 1)],
    ids=["own zone", "UTC", "London", "date"],
)
def test_exclusions_match_in_any_zone(excluded):
    """An exclusion means an instant, in whatever zone it is written; a date means what is on that local day."""
    series = weekly(exdates=[excluded])
    assert starts(series, 2) == [utc("2026-11-24T17:00"), utc("2026-12-08T17:00")]


def test_both_passes_of_an_hour():
    """Extra dates and exclusions tell the two passes of an hour that comes twice apart."""
    first, second = utc("2026-10-25T00:30"), utc("2026-10-25T01:30")
    series = Series("n", at("2026-10-24T02:30"), TWO_HOURS, ["FREQ=DAILY;COUNT=2"], rdates=[second, first])
    found = list(series.after(ERA))
    assert [one.start for one in found] == [utc("2026-10-24T00:30"), first, second]
    assert [one.recurrence_id.fold for one in found] == [0, 0, 1]
    assert [series.occurrence(one.recurrence_id) for one in found] == found
    assert [series.occurrence(one.start) for one in found] == found
    assert starts(attrs.evolve(series, exdates=[second])) == [utc("2026-10-24T00:30"), first]
    assert starts(attrs.evolve(series, exdates=[first])) == [utc("2026-10-24T00:30"), second]
    assert starts(attrs.evolve(series, exdates=[first, second])) == [utc("2026-10-24T00:30")]
    assert len(list(series.starts(Period(utc("2026-10-24"), utc("2026-10-26"))))) == 3


def test_overrides_patch():
    """An override changes what it says and nothing else."""
    series = weekly(
        fields={"title": "Yoga", "room": "A"},
        overrides=[
            Override(at("2026-12-01T18:00"), fields={"title": "Pilates", "room": None}),
            Override(at("2026-12-08T18:00"), at("2026-12-10T20:00"), Length(0, 3600)),
            Override(utc("2026-12-15T17:00"), status="cancelled"),
        ],
    )
    one, two, three, four = islice(series.after(ERA), 4)
    assert (dict(one.fields), one.override) == ({"title": "Yoga", "room": "A"}, None)
    assert (dict(two.fields), two.start, two.moved) == ({"title": "Pilates"}, utc("2026-12-01T17:00"), False)
    assert (three.start, three.period.minutes, three.moved) == (utc("2026-12-10T19:00"), 60, True)
    assert three.recurrence_id == at("2026-12-08T18:00")
    assert (four.status, four.cancelled, four.start) == ("cancelled", True, utc("2026-12-15T17:00"))


def test_overrides_move_into_a_window_and_out_of_it():
    """A moved occurrence is found where it is, and not where it was, however far that is."""
    series = weekly(overrides=[Override(at("2026-12-08T18:00"), at("2031-07-01T09:00"))])
    assert between(series, "2026-12-07", "2026-12-10") == []
    (found,) = between(series, "2031-07-01T06:00", "2031-07-01T10:00")
    assert found.recurrence_id == at("2026-12-08T18:00")
    assert series.occurrence(at("2026-12-08T18:00")) == found
    assert list(series.starts(Period(utc("2026-12-07"), utc("2026-12-10")))) == [at("2026-12-08T18:00")]


def test_an_override_of_nothing_is_no_ghost():
    """An override whose original start the series does not have, or that is excluded, shows nothing."""
    ghost = weekly(overrides=[Override(at("2026-12-02T18:00"), at("2026-12-03T18:00"))])
    assert between(ghost, "2026-12-02", "2026-12-05") == []
    both = weekly(
        exdates=[at("2026-12-01T18:00")], overrides=[Override(at("2026-12-01T18:00"), at("2026-12-02T18:00"))]
    )
    assert between(both, "2026-11-30", "2026-12-05") == []


def test_of_two_overrides_the_later_counts():
    """The highest sequence counts, then the latest stamp, in whatever order they come."""
    name = at("2026-12-01T18:00")
    old = Override(name, fields={"title": "old"}, sequence=1, stamp=utc("2026-11-02"))
    new = Override(name, fields={"title": "new"}, sequence=2, stamp=utc("2026-11-01"))
    late = Override(name, fields={"title": "late"}, sequence=2, stamp=utc("2026-11-03"))
    for overrides in ([old, new, late], [late, new, old], [new, late, old]):
        series = weekly(overrides=overrides)
        assert [one.fields for one in series.overrides] == [(("title", "late"),)]


def test_this_and_future_is_read():
    """An override that goes on moves all later occurrences by as much, but those with one of their own (3.8.4.4)."""
    series = weekly(
        overrides=[
            Override(at("2026-12-01T18:00"), at("2026-12-02T19:00"), following=True),
            Override(at("2026-12-15T18:00"), fields={"title": "own"}),
        ]
    )
    found = starts(series, 5)
    assert found == [
        utc("2026-11-24T17:00"),
        utc("2026-12-02T18:00"),
        utc("2026-12-09T18:00"),
        utc("2026-12-15T17:00"),
        utc("2026-12-23T18:00"),
    ]
    assert [one.start for one in between(series, "2036-12-02", "2036-12-04")] == [utc("2036-12-03T18:00")]


def test_overlap_is_half_open():
    """What ends when a window begins is not in it; what has no length is in it if it starts in it."""
    series = weekly()
    assert between(series, "2026-11-24T19:00", "2026-11-24T20:00") == []
    assert between(series, "2026-11-24T16:00", "2026-11-24T17:00") == []
    assert len(between(series, "2026-11-24T18:59:59", "2026-11-24T20:00")) == 1
    point = Series("p", at("2026-11-24T18:00"))
    assert len(between(point, "2026-11-24T17:00", "2026-11-24T18:00")) == 1
    assert between(point, "2026-11-24T16:00", "2026-11-24T17:00") == []
    assert between(point, "2026-11-24T17:00:00.5", "2026-11-24T18:00") == []
    with pytest.raises(InputError):
        next(point.after(ERA)).period  # noqa: B018  # a period is never empty


def test_long_occurrences_are_found_from_within():
    """What began weeks ago and is not over is in the window."""
    series = Series("l", at("2026-11-01T00:00"), Length(20), ["FREQ=MONTHLY"])
    assert [one.recurrence_id.month for one in between(series, "2027-02-15", "2027-02-16")] == [2]


# --- values --------------------------------------------------------------------------------------------------------


def test_a_series_is_a_value():
    """Equal series are equal and have one hash, cross to another process, and know which zone they are in."""
    series = weekly(exdates=[utc("2026-12-01T17:00")], overrides=[Override(date(2026, 12, 8), status="cancelled")])
    same = weekly(exdates=[at("2026-12-01T18:00")], overrides=[Override(date(2026, 12, 8), status="cancelled")])
    starts(series)
    assert series == same
    assert hash(series) == hash(same)
    again = pickle.loads(pickle.dumps(series))
    assert again == series
    assert starts(again, 5) == starts(series, 5)
    london = Series("w", at("2026-11-24T17:00", LONDON), TWO_HOURS, ["FREQ=WEEKLY"])
    assert london != weekly()
    assert starts(london, 2) == starts(weekly(), 2)


@pytest.mark.parametrize(
    ("start", "error"),
    [
        (datetime(2026, 11, 24, 18), NaiveDatetimeError),
        (datetime(2026, 11, 24, 18, tzinfo=timezone(timedelta(hours=1))), InputError),
        (at("2026-11-24T18:00:00.5"), InputError),
        (at("0900-11-24T18:00"), InputError),
        (at("9998-11-24T18:00"), InputError),
        (at("2026-10-25T02:30").replace(fold=1), InputError),
        ("2026-11-24", InputError),
    ],
)
def test_starts_that_cannot_be(start, error):
    """A start has a zone with a name, whole seconds, and is one that a calendar can say."""
    with pytest.raises(error):
        Series("s", start)


def test_utc_is_a_zone():
    """A start in UTC is in the zone of that name."""
    series = Series("s", utc("2026-11-24T18:00"), TWO_HOURS, ["FREQ=DAILY;COUNT=2"])
    assert str(series.zone) == "UTC"
    assert len(starts(series)) == 2


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"rules": ["FREQ=DAILY"] * 21}, RuleError),
        ({"rdates": [date(2026, 12, 1)]}, InputError),
        ({"rdates": ["2026-12-01"]}, InputError),
        ({"exdates": [datetime(2026, 12, 1)]}, NaiveDatetimeError),
        ({"exdates": [datetime(1, 1, 1, tzinfo=UTC)]}, InputError),
        ({"exdates": [datetime(9999, 12, 31, 23, 59, tzinfo=UTC)]}, InputError),
        ({"rdates": [datetime(9999, 12, 31, 23, 59, tzinfo=UTC)]}, InputError),
        ({"exdates": [date(2026, 12, 1)] * 10_001}, InputError),
        ({"overrides": ["x"]}, InputError),
        ({"overrides": [Override(date(2026, 12, 1), date(2026, 12, 2))]}, InputError),
        ({"gap": "jump"}, InputError),
        ({"status": "maybe"}, InputError),
        ({"sequence": -1}, InputError),
        ({"fields": {"title": "a\x00b"}}, TextError),
        ({"fields": {str(number): "" for number in range(201)}}, InputError),
        ({"length": None}, InputError),
        ({"uid": ""}, TextError),
    ],
)
def test_series_that_cannot_be(values, error):
    """Every field is checked when the series is made."""
    with pytest.raises(error):
        Series(**{"uid": "s", "start": at("2026-11-24T18:00"), **values})


def test_rules_can_be_texts_or_rules():
    """Rules may be given as texts, and are then read."""
    assert weekly(rule=Rule.parse("FREQ=WEEKLY")) == weekly()


@pytest.mark.parametrize(("days", "minute"), [(1, 59), (-1, -59)])
def test_what_goes_on_is_moved_over_a_clock_change(days, minute):
    """An occurrence that an override of later dates moves over a clock change is in each window that it overlaps, as a
    day is 25 hours long then.
    """
    start = datetime(2026, 10, 17, 18, tzinfo=PARIS)
    patch = Override(start, start + timedelta(days=days), following=True)
    series = Series(
        "x", start, Length(0, 3600), ["FREQ=WEEKLY;BYDAY=SA" if days > 0 else "FREQ=DAILY"], overrides=[patch]
    )
    begin = datetime(2026, 10, 25 if days > 0 else 24, 18, tzinfo=PARIS).astimezone(UTC)
    first = begin + timedelta(minutes=minute)
    (one,) = series.between(Period(first, first + timedelta(hours=1)))
    assert one.start == begin
    assert one.recurrence_id == datetime(2026, 10, 24 if days > 0 else 25, 18, tzinfo=PARIS)


def test_a_date_from_which_on_a_series_is_later_names_the_first_start_of_its_day() -> None:
    """RANGE=THISANDFUTURE with a date, in a series at 8 and 20: both starts of that day and of all later ones are an
    hour later, and not both at nine.
    """
    later = Override(date(2026, 5, 5), following=True, start=datetime(2026, 5, 5, 9, tzinfo=PARIS))
    series = Series(
        *("s", datetime(2026, 5, 4, 8, tzinfo=PARIS), Length(0, 3600), ["FREQ=DAILY;BYHOUR=8,20;COUNT=6"]),
        overrides=[later],
    )
    found = series.between(Period(datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)))
    shown = [one.start.astimezone(PARIS).strftime("%d %H") for one in found]
    assert shown == ["04 08", "04 20", "05 09", "05 21", "06 09", "06 21"]
