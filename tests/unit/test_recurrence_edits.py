"""Edits of a series, one by one: what becomes of it, and what is kept of who, when and why."""

from __future__ import annotations

import pickle
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import attrs
import pytest

from cantinekit.clock import Period
from cantinekit.errors import InputError, NotFoundError, RuleError, WrongStateError
from cantinekit.scheduling.recurrence import (
    Change,
    Length,
    Override,
    RDate,
    Series,
    edit_all,
    edit_following,
    edit_one,
    fold,
)

PARIS = ZoneInfo("Europe/Paris")
ERA = datetime(2000, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 11, 1, 9, tzinfo=UTC)
BY = {"by": "ada", "at": NOW, "why": "the teacher is ill"}


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=PARIS)


def weekly(rule="FREQ=WEEKLY;COUNT=6", **more):
    return Series("w", at("2026-11-24T18:00"), Length(0, 7200), [rule], **more)


def walls(series, count=10):
    return [one.start.astimezone(PARIS).strftime("%m-%d %H:%M") for one in islice(series.after(ERA), count)]


def test_one_is_a_patch():
    """Changing one occurrence stores what is different, keyed by its original start, and a fact."""
    done = edit_one(weekly(), at("2026-12-01T18:00"), Change(start=at("2026-12-02T19:00")), **BY)
    assert walls(done.series, 3) == ["11-24 18:00", "12-02 19:00", "12-08 18:00"]
    (patch,) = done.series.overrides
    assert (patch.recurrence_id, patch.length, patch.fields, patch.sequence) == (at("2026-12-01T18:00"), None, (), 1)
    edit = done.edit
    assert (edit.kind, edit.uid, edit.sequence, edit.by, edit.at, edit.why) == ("one", "w", 0, *BY.values())
    assert edit.after == (done.series,)
    assert done.series.sequence == 1
    assert done.new is None
    assert pickle.loads(pickle.dumps(edit)) == edit


def test_one_after_the_other():
    """A second patch is laid over the first, and what it does not say stays."""
    name = at("2026-12-01T18:00")
    one = edit_one(weekly(fields={"title": "Yoga"}), name, Change(fields={"title": "Dance", "room": "B"}), **BY)
    two = edit_one(one.series, name, Change(length=Length(0, 60), fields={"room": None}), **BY)
    found = two.series.occurrence(name)
    assert (dict(found.fields), found.period.minutes) == ({"title": "Dance"}, 1)
    three = edit_one(two.series, name, Change(status="cancelled"), **BY)
    assert three.series.occurrence(name).cancelled
    assert fold([weekly(fields={"title": "Yoga"})], [one.edit, two.edit, three.edit]) == {"w": three.series}


def test_an_occurrence_can_be_named_in_any_zone():
    """The occurrence is found by instant or by day, and stored by its own name."""
    for name in (datetime(2026, 12, 1, 17, tzinfo=UTC), date(2026, 12, 1)):
        done = edit_one(weekly(), name, Change(removed=True), **BY)
        assert done.series.exdates == (at("2026-12-01T18:00"),)
        assert done.edit.recurrence_id == at("2026-12-01T18:00")


def test_unknown_occurrences():
    """What is no occurrence cannot be changed."""
    for name in (at("2026-12-02T18:00"), at("2027-12-07T18:00"), date(2026, 12, 2)):
        with pytest.raises(NotFoundError):
            edit_one(weekly(), name, Change(removed=True), **BY)
        with pytest.raises(NotFoundError):
            edit_following(weekly(), name, Change(removed=True), new_uid="n", **BY)


@pytest.mark.parametrize(
    "change",
    [
        {"rules": ["FREQ=DAILY"]},
        {"zone": "UTC"},
        {"add": [at("2026-12-02T18:00")]},
        {"removed": True, "fields": {"a": "b"}},
    ],
)
def test_changes_that_are_not_of_one(change):
    """Rules, zones and extra dates belong to a series; what is taken out has nothing else to change."""
    with pytest.raises(InputError):
        edit_one(weekly(), at("2026-12-01T18:00"), Change(**change), **BY)


def test_following_splits():
    """From the third on at 19:00: the old part ends before it, the new one has what is left of the count."""
    done = edit_following(weekly(), at("2026-12-08T18:00"), Change(start=at("2026-12-08T19:00")), new_uid="n", **BY)
    assert walls(done.series) == ["11-24 18:00", "12-01 18:00"]
    assert walls(done.new) == ["12-08 19:00", "12-15 19:00", "12-22 19:00", "12-29 19:00"]
    assert str(done.series.rules[0]) == "FREQ=WEEKLY;UNTIL=20261208T165959Z"
    assert done.new.rules[0].count == 4
    assert (done.new.uid, done.new.related_to, done.new.sequence, done.series.sequence) == ("n", "w", 1, 1)
    assert done.edit.shift == timedelta(hours=1)
    assert done.edit.after == (done.series, done.new)
    assert done.edit.now("w", at("2026-12-15T18:00")) == ("n", at("2026-12-15T19:00"))
    assert done.edit.now("w", at("2026-12-01T18:00")) == ("w", at("2026-12-01T18:00"))
    assert done.edit.now("other", at("2026-12-15T18:00")) == ("other", at("2026-12-15T18:00"))


def test_following_takes_along_what_belongs_to_it():
    """Exclusions, overrides and extra dates go where their occurrences go, under their new names."""
    series = weekly(
        exdates=[at("2026-12-01T18:00"), at("2026-12-22T18:00")],
        overrides=[
            Override(at("2026-11-24T18:00"), fields={"title": "opening"}),
            Override(at("2026-12-15T18:00"), fields={"title": "guest"}),
        ],
        rdates=[RDate(at("2026-11-26T10:00")), RDate(at("2026-12-17T10:00"), Length(0, 60))],
    )
    done = edit_following(series, at("2026-12-08T18:00"), Change(start=at("2026-12-08T20:00")), new_uid="n", **BY)
    assert walls(done.series) == ["11-24 18:00", "11-26 10:00"]
    assert walls(done.new) == ["12-08 20:00", "12-15 20:00", "12-17 12:00", "12-29 20:00"]
    assert done.new.exdates == (at("2026-12-22T20:00"),)
    assert dict(done.new.occurrence(at("2026-12-15T20:00")).fields) == {"title": "guest"}
    assert not done.edit.dropped


def test_following_from_the_first_changes_all():
    """At the first occurrence there is nothing to split."""
    done = edit_following(weekly(), at("2026-11-24T18:00"), Change(fields={"title": "x"}), new_uid="n", **BY)
    assert done.new is None
    assert (done.series.uid, len(walls(done.series))) == ("w", 6)
    with pytest.raises(InputError, match="nothing would be left"):
        edit_following(weekly(), at("2026-11-24T18:00"), Change(removed=True), new_uid="n", **BY)


def test_following_can_end_the_series():
    """Taken out from one on, the series just ends."""
    done = edit_following(weekly(), at("2026-12-08T18:00"), Change(removed=True), new_uid="n", **BY)
    assert walls(done.series) == ["11-24 18:00", "12-01 18:00"]
    assert done.new is None
    assert fold([weekly()], [done.edit]) == {"w": done.series}


def test_following_with_an_override_that_goes_on():
    """An override of the old part that goes on is laid on the new part too."""
    series = weekly(overrides=[Override(at("2026-12-01T18:00"), at("2026-12-01T20:00"), following=True)])
    done = edit_following(series, at("2026-12-15T18:00"), Change(fields={"title": "two"}), new_uid="n", **BY)
    assert walls(done.series) + walls(done.new) == walls(series)


def test_following_with_another_rule():
    """With other rules the new part begins with the first occurrence that they have."""
    change = Change(rules=["FREQ=WEEKLY;BYDAY=TH;COUNT=2"])
    done = edit_following(weekly(exdates=[at("2026-12-15T18:00")]), at("2026-12-08T18:00"), change, new_uid="n", **BY)
    assert walls(done.new) == ["12-10 18:00", "12-17 18:00"]
    assert done.new.start == at("2026-12-10T18:00")
    assert done.edit.dropped == (at("2026-12-15T18:00"),)


def test_a_window_ends_before_its_end():
    """An occurrence that was moved to the instant at which a window ends is in the next window, and in one only."""
    series = weekly(overrides=[Override(at("2026-12-01T18:00"), at("2026-12-02T09:00"))])
    moved, day = at("2026-12-02T09:00").astimezone(UTC), timedelta(days=1)
    before, after = Period(moved - day, moved), Period(moved, moved + day)
    assert [one.start for one in series.between(before)] == []
    assert [one.start for one in series.between(after)] == [moved]


def test_all_move():
    """All at 19:00: what was excluded stays excluded, what was moved by hand stays where it was put."""
    series = weekly(
        exdates=[at("2026-12-01T18:00")], overrides=[Override(at("2026-12-08T18:00"), at("2026-12-09T09:00"))]
    )
    done = edit_all(series, Change(start=at("2026-11-24T19:00")), **BY)
    assert walls(done.series) == ["11-24 19:00", "12-09 09:00", "12-15 19:00", "12-22 19:00", "12-29 19:00"]
    assert done.edit.now("w", at("2026-12-15T18:00")) == ("w", at("2026-12-15T19:00"))


@pytest.mark.parametrize(
    ("rule", "moved"),
    [
        ("FREQ=WEEKLY;BYDAY=TU,SU;COUNT=4", "FREQ=WEEKLY;COUNT=4;BYDAY=MO,WE"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;COUNT=4", "FREQ=WEEKLY;COUNT=4;INTERVAL=2;BYDAY=MO,WE;WKST=TU"),
        ("FREQ=MONTHLY;COUNT=4", "FREQ=MONTHLY;COUNT=4"),
        ("FREQ=MONTHLY;BYMONTHDAY=24,1", "FREQ=MONTHLY;BYMONTHDAY=2,25"),
        ("FREQ=DAILY;INTERVAL=3", "FREQ=DAILY;INTERVAL=3"),
    ],
)
def test_a_day_later(rule, moved):
    """Moved by a day, the rule says the next day, where it can, and the weeks of an interval stay as they are."""
    series = weekly(rule)
    before = [one.recurrence_id for one in islice(series.after(ERA), 4)]
    done = edit_all(series, Change(start=at("2026-11-25T18:00")), **BY)
    assert str(done.series.rules[0]) == moved
    assert [one.recurrence_id for one in islice(done.series.after(ERA), 4)] == [
        one + timedelta(days=1) for one in before
    ]


@pytest.mark.parametrize(
    ("rule", "days", "hours"),
    [
        ("FREQ=MONTHLY;BYDAY=4TU", 1, 0),
        ("FREQ=MONTHLY;BYMONTHDAY=24,31", 1, 0),
        ("FREQ=MONTHLY;BYMONTHDAY=-1,24", 1, 0),
        ("FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=-1", 1, 0),
        ("FREQ=YEARLY;BYMONTH=11", 7, 0),
        ("FREQ=DAILY;BYHOUR=9,18", 0, 1),
    ],
)
def test_what_must_be_said_anew(rule, days, hours):
    """A rule that cannot be moved by days or hours is not guessed at."""
    start = at("2026-11-24T18:00") + timedelta(days=days, hours=hours)
    with pytest.raises(RuleError, match="anew"):
        edit_all(weekly(rule), Change(start=start), **BY)
    assert edit_all(weekly(rule), Change(start=start, rules=["FREQ=WEEKLY"]), **BY).series.start == start


def test_the_end_moves_with_the_series():
    """UNTIL in UTC is put so that the last occurrence is still the last, over a clock change and in another zone."""
    series = Series("w", at("2026-03-03T00:30"), Length(0, 60), ["FREQ=WEEKLY;UNTIL=20260406T223000Z"])
    assert walls(series)[-1] == "04-07 00:30"
    for change in (
        Change(start=at("2026-03-02T23:30")),
        Change(zone="America/New_York"),
        Change(start=at("2026-03-03T09:00")),
    ):
        assert len(walls(edit_all(series, change, **BY).series)) == len(walls(series))


def test_extra_dates_are_added():
    """Extra dates are added to what is there."""
    done = edit_all(weekly(), Change(add=[at("2026-11-30T10:00")]), **BY)
    assert walls(done.series, 3) == ["11-24 18:00", "11-30 10:00", "12-01 18:00"]


def test_a_series_can_stop_repeating():
    """With no rules at all only the start is left, and the extra dates."""
    done = edit_all(weekly(), Change(rules=[]), **BY)
    assert walls(done.series) == ["11-24 18:00"]


def test_one_of_those_that_an_override_goes_on_for():
    """What is changed about one of them is laid over what goes on, and goes on for the others only."""
    series = weekly(overrides=[Override(at("2026-12-01T18:00"), at("2026-12-01T20:00"), following=True)])
    before = walls(series)
    for name in ("2026-12-01T18:00", "2026-12-15T18:00"):
        done = edit_one(series, at(name), Change(fields={"title": "x"}), **BY)
        assert walls(done.series) == before
        assert [dict(one.fields).get("title") for one in done.series.after(ERA)].count("x") == 1
        assert dict(done.series.occurrence(at(name)).fields) == {"title": "x"}
        gone = edit_one(series, at(name), Change(removed=True), **BY)
        assert walls(gone.series) == [wall for wall in before if not wall.startswith(name[5:10])]
        last = edit_one(done.series, at(name), Change(start=at(f"{name[:10]}T09:00")), **BY)
        assert walls(last.series) == [f"{w[:5]} 09:00" if w[:5] == name[5:10] else w for w in before]


def test_a_length_of_nothing_is_a_length():
    """No time at all can be said of one, of all, and of an extra date."""
    one = edit_one(weekly(), at("2026-12-01T18:00"), Change(length=Length()), **BY).series
    assert [found.end == found.start for found in one.after(ERA)] == [False, True, False, False, False, False]
    assert {
        found.end == found.start for found in edit_all(weekly(), Change(length=Length()), **BY).series.after(ERA)
    } == {True}
    extra = edit_all(weekly(), Change(add=[RDate(at("2026-11-25T10:00"), Length())]), **BY).series
    assert [found.end == found.start for found in extra.after(ERA)][:3] == [False, True, False]
    both = edit_one(extra, at("2026-11-25T10:00"), Change(fields={"a": "b"}), **BY).series
    assert [found.end == found.start for found in both.after(ERA)][:3] == [False, True, False]


def test_a_series_that_ends_before_it_begins():
    """Moved, it still has no occurrence."""
    empty = weekly("FREQ=WEEKLY;UNTIL=20261101T000000Z")
    assert walls(empty) == []
    for change in (
        Change(start=at("2026-11-23T18:00")),
        Change(zone="Asia/Kolkata"),
        Change(start=at("2026-10-06T18:00")),
    ):
        assert walls(edit_all(empty, change, **BY).series) == []


def test_an_override_of_a_file_is_replaced():
    """A patch has a higher sequence than the one that it replaces, whatever that was."""
    series = weekly(overrides=[Override(at("2026-12-01T18:00"), status="tentative", sequence=7)])
    done = edit_one(series, at("2026-12-01T18:00"), Change(fields={"title": "x"}), **BY)
    (patch,) = done.series.overrides
    assert (patch.sequence, patch.status) == (8, "tentative")


def test_whole_days_are_edited_too():
    """A series of whole days is moved, cut and patched by dates."""
    series = Series("d", date(2026, 11, 24), rules=["FREQ=WEEKLY;COUNT=4"], exdates=[date(2026, 12, 1)])
    done = edit_following(series, date(2026, 12, 8), Change(start=date(2026, 12, 9)), new_uid="n", **BY)
    days = [one.recurrence_id.isoformat()[5:] for one in done.series.after(ERA, zone="UTC")]
    assert days == ["11-24"]
    assert [one.recurrence_id.isoformat()[5:] for one in done.new.after(ERA, zone="UTC")] == ["12-09", "12-16"]
    assert str(done.series.rules[0]) == "FREQ=WEEKLY;UNTIL=20261207"
    with pytest.raises(InputError):
        edit_all(series, Change(start=at("2026-11-24T10:00")), **BY)
    with pytest.raises(InputError):
        edit_all(series, Change(zone="UTC"), **BY)
    with pytest.raises(InputError):
        edit_all(weekly(), Change(start=date(2026, 11, 24)), **BY)


def test_rules_that_would_fall_out_of_step():
    """Of several rules with intervals one may not be cut where another is between two of its weeks."""
    series = Series(
        "u", at("2026-11-24T18:00"), Length(0, 60), ["FREQ=WEEKLY;INTERVAL=2", "FREQ=WEEKLY;INTERVAL=3;BYDAY=TH"]
    )
    there = [one.recurrence_id for one in islice(series.after(ERA), 12)]
    with pytest.raises(RuleError, match="out of step"):
        edit_following(series, there[2], Change(fields={"a": "b"}), new_uid="n", **BY)
    plain = Series("u", at("2026-11-24T18:00"), Length(0, 60), ["FREQ=WEEKLY", "FREQ=MONTHLY;BYMONTHDAY=3;BYHOUR=9"])
    there = [one.recurrence_id for one in islice(plain.after(ERA), 12)]
    for cut in there[1:6]:
        done = edit_following(plain, cut, Change(fields={"a": "b"}), new_uid="n", **BY)
        both = [*done.series.after(ERA), *islice(done.new.after(ERA), 12)]
        assert [one.recurrence_id for one in both][:12] == there


def test_exclusions_by_rule_are_kept_or_refused():
    """EXRULE goes on in the new part where it stays in step, else the cut is refused."""
    series = weekly("FREQ=WEEKLY", exrules=["FREQ=WEEKLY;INTERVAL=2"])
    there = [one.recurrence_id for one in islice(series.after(ERA), 6)]
    with pytest.raises(RuleError, match="out of step"):
        edit_following(series, there[2], Change(fields={"a": "b"}), new_uid="n", **BY)
    daily = weekly("FREQ=DAILY", exrules=["FREQ=DAILY;BYDAY=SA,SU"])
    there = [one.recurrence_id for one in islice(daily.after(ERA), 12)]
    done = edit_following(daily, there[4], Change(fields={"a": "b"}), new_uid="n", **BY)
    both = [*done.series.after(ERA), *islice(done.new.after(ERA), 12)]
    assert [one.recurrence_id for one in both][:12] == there


def test_a_history_out_of_order_is_noticed():
    """An edit folds only onto the state that it was made from."""
    one = edit_all(weekly(), Change(fields={"title": "a"}), **BY)
    two = edit_all(one.series, Change(fields={"title": "b"}), **BY)
    assert fold([weekly()], [one.edit, two.edit])["w"].fields == (("title", "b"),)
    for history in ([two.edit], [one.edit, one.edit], [two.edit, one.edit]):
        with pytest.raises(WrongStateError):
            fold([weekly()], history)
    with pytest.raises(WrongStateError, match="absent"):
        fold([], [one.edit])


def test_edits_that_cannot_be():
    """The new series has a uid of its own; a series is cancelled by its status."""
    with pytest.raises(InputError, match="uid of its own"):
        edit_following(weekly(), at("2026-12-08T18:00"), Change(length=Length(1)), new_uid="w", **BY)
    with pytest.raises(InputError):
        edit_following(weekly(), at("2026-12-08T18:00"), Change(removed=False), new_uid="n", **BY)
    with pytest.raises(InputError):
        edit_all(weekly(), Change(removed=True), **BY)
    with pytest.raises(InputError, match="changes something"):
        Change()
    with pytest.raises(InputError):
        Change(zone="Nowhere/City")
    done = edit_all(weekly(), Change(status="cancelled"), **BY)
    assert {one.status for one in done.series.after(ERA)} == {"cancelled"}
    assert attrs.evolve(done.series, status="confirmed", sequence=0) == weekly()
