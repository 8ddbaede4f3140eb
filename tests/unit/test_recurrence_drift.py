"""What a change of rule, of zone or of zone data moved."""

from __future__ import annotations

import io
import struct
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import attrs
import pytest

from cantinekit.clock import Period
from cantinekit.errors import InputError, RuleError
from cantinekit.scheduling.recurrence import (
    Change,
    Length,
    Override,
    RDate,
    Series,
    drift,
    edit_all,
    edit_following,
    with_zone,
)

PARIS = ZoneInfo("Europe/Paris")
BY = {"by": "ada", "at": datetime(2026, 1, 1, tzinfo=UTC), "why": ""}
YEAR = Period(datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))


def at(text, zone=PARIS):
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def weekly(zone=PARIS, **more):
    return Series("w", at("2026-01-06T18:00", zone), Length(0, 7200), ["FREQ=WEEKLY"], **more)


def made_up(*changes, key="Europe/Paris"):
    """Zone data of our own: from each instant on an offset in hours, as TZif (RFC 8536)."""
    data = b""
    for size, code in (("l", b"1"), ("q", b"2")):
        header = struct.pack(">4s1s15x6l", b"TZif", b"2", 0, 0, 0, len(changes), len(changes) + 1, 4)
        times = struct.pack(f">{len(changes)}{size}", *(int(moment.timestamp()) for moment, _ in changes))
        kinds = bytes(range(1, len(changes) + 1))
        offsets = (1, *(hours for _, hours in changes))
        data += (
            header + times + kinds + b"".join(struct.pack(">lbb", hours * 3600, 0, 0) for hours in offsets) + b"XXX\0"
        )
        del code
    return ZoneInfo.from_file(io.BytesIO(data + b"\n\n"), key=key)


def test_another_zone():
    """In another zone each occurrence is paired with itself, by its wall time."""
    done = edit_all(weekly(), Change(zone="America/New_York"), **BY)
    report = drift(weekly(), done.series, YEAR, edit=done.edit)
    assert (len(report.moved), report.added, report.removed, report.same) == (52, (), (), 0)
    assert {pair.by for pair in report.moved} == {timedelta(hours=6), timedelta(hours=5)}  # the changes differ by weeks
    assert all(pair.before.recurrence_id.time() == pair.after.recurrence_id.time() for pair in report.moved)
    assert report


def test_another_time():
    """A move by an hour moves each by an hour, over clock changes; what was excluded is in no list."""
    series = weekly(exdates=[at("2026-02-03T18:00")])
    done = edit_all(series, Change(start=at("2026-01-06T19:00")), **BY)
    report = drift(series, done.series, YEAR, edit=done.edit)
    assert [pair.by for pair in report.moved] == [timedelta(hours=1)] * 51
    assert (report.added, report.removed) == ((), ())


def test_a_split():
    """After a split both parts are compared with what was one."""
    done = edit_following(weekly(), at("2026-06-02T18:00"), Change(start=at("2026-06-02T20:00")), new_uid="n", **BY)
    report = drift(weekly(), done.edit.after, YEAR, edit=done.edit)
    assert report.same == 21
    assert {pair.by for pair in report.moved} == {timedelta(hours=2)}
    assert {pair.after.uid for pair in report.moved} == {"n"}
    assert (report.added, report.removed) == ((), ())


def test_another_rule():
    """What a new rule has and the old had not is added; what it has not any more is removed."""
    done = edit_all(weekly(), Change(rules=["FREQ=WEEKLY;BYDAY=TU,TH;INTERVAL=2"]), **BY)
    report = drift(weekly(), done.series, YEAR, edit=done.edit)
    assert {one.recurrence_id.weekday() for one in report.added} == {3}
    assert {one.recurrence_id.weekday() for one in report.removed} == {1}
    assert report.same + len(report.removed) == 52
    assert not report.moved


def test_other_zone_data():
    """Occurrences that were worked out with old zone data are compared with those of new data."""
    summer = datetime(2026, 3, 29, 1, tzinfo=UTC)
    old = weekly(made_up((summer, 2)))
    stored = list(old.between(YEAR))
    new = with_zone(old, made_up((summer, 1)))  # the summer time was called off
    report = drift(stored, new, YEAR)
    assert len(report.moved) == 40
    assert {pair.by for pair in report.moved} == {timedelta(hours=1)}
    assert report.same == 12
    assert drift(old, new, YEAR) == report
    assert not drift(stored, old, YEAR)
    assert old.start.replace(tzinfo=None) == new.start.replace(tzinfo=None)


def test_zone_data_with_everything():
    """Extra dates, exclusions and overrides keep their wall times in other zone data."""
    series = weekly(
        rdates=[RDate(at("2026-07-01T10:00"))],
        exdates=[at("2026-07-07T18:00"), date(2026, 8, 4)],
        overrides=[
            Override(at("2026-07-14T18:00"), at("2026-07-15T09:00")),
            Override(date(2026, 9, 1), status="cancelled"),
        ],
    )
    other = with_zone(series, ZoneInfo("Asia/Kolkata"))
    before = [one.recurrence_id.replace(tzinfo=None) for one in series.between(YEAR)]
    after = [one.recurrence_id.replace(tzinfo=None) for one in other.between(YEAR)]
    assert before == after
    assert with_zone(other, PARIS) == series
    with pytest.raises(InputError):
        with_zone(Series("d", date(2026, 1, 1)), PARIS)


def test_what_moves_over_the_edge_of_the_window():
    """What moves into the window, or out of it, is in the report, and is neither new nor gone."""
    night = Period(datetime(2026, 6, 2, 15, tzinfo=UTC), datetime(2026, 6, 2, 17, tzinfo=UTC))
    done = edit_all(weekly(), Change(start=at("2026-01-06T20:00")), **BY)
    assert len(drift(weekly(), done.series, night, edit=done.edit).moved) == 1
    back = edit_all(done.series, Change(start=at("2026-01-06T18:00")), **BY)
    report = drift(done.series, back.series, night, edit=back.edit)
    assert (len(report.moved), report.added, report.removed) == (1, (), ())
    far = attrs.evolve(weekly(), overrides=[Override(at("2026-06-02T18:00"), at("2029-06-02T18:00"))])
    (pair,) = drift(weekly(), far, night).moved
    assert pair.after.start.year == 2029


def test_cancelled_ones_do_not_take_place():
    """What is cancelled is removed for the report, what is confirmed again is added."""
    off = weekly(overrides=[Override(at("2026-06-02T18:00"), status="cancelled")])
    assert [one.recurrence_id for one in drift(weekly(), off, YEAR).removed] == [at("2026-06-02T18:00")]
    assert [one.recurrence_id for one in drift(off, weekly(), YEAR).added] == [at("2026-06-02T18:00")]


def test_whole_days_and_limits():
    """Whole days are compared in the zone of the place; too many occurrences are a typed error."""
    days = Series("d", date(2026, 1, 1), rules=["FREQ=WEEKLY"])
    longer = attrs.evolve(days, length=Length(2))
    assert len(drift(days, longer, YEAR, zone="Europe/Paris").moved) == 53
    with pytest.raises(RuleError, match="more than 10"):
        drift(weekly(), weekly(), YEAR, limit=10)
