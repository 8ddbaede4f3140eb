"""Laws of edits: nothing is lost, nothing comes back, and a history folds to what is there."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import attrs
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from cantinekit.clock import Period
from cantinekit.errors import InputError, RuleError
from cantinekit.scheduling.recurrence import (
    Change,
    Length,
    Occurrence,
    Override,
    RDate,
    Series,
    drift,
    edit_all,
    edit_following,
    edit_one,
    fold,
)
from support.calendars.recurrence_rules import ZONES, weekly_series
from support.run.soak import half

NOW = datetime(2026, 11, 26, 9, tzinfo=UTC)
BY: dict[str, Any] = {"by": "host", "at": NOW, "why": "a law"}
ERA = datetime(2000, 1, 1, tzinfo=UTC)
FAR = 60
SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


def many(examples: int) -> Any:
    return settings(max_examples=half(examples // 2), deadline=None, suppress_health_check=SLOW)


def first(series: Series, number: int = FAR) -> list[Occurrence]:
    return list(islice(series.after(ERA), number))


def shown(occurrences: list[Occurrence]) -> list[tuple[datetime, datetime, str, object]]:
    """All that a reader sees, without the names."""
    return [(one.start, one.end, one.status, one.fields) for one in occurrences]


@st.composite
def edited_series(draw: st.DrawFn) -> Series:
    """A series with exclusions, overrides and extra dates."""
    series = draw(weekly_series())
    there = first(series, 25)
    assume(len(there) > 3)
    out = draw(st.lists(st.sampled_from(there), max_size=3, unique_by=lambda one: one.start))
    series = attrs.evolve(series, exdates=[one.recurrence_id for one in out])
    for one in draw(st.lists(st.sampled_from(first(series, 20)), max_size=3, unique_by=lambda one: one.start)):
        change = draw(
            st.one_of(
                st.builds(Change, fields=st.just({"title": "another"})),
                st.builds(Change, status=st.just("cancelled")),
                st.builds(
                    Change, start=st.just(one.start + draw(st.sampled_from((timedelta(hours=3), timedelta(days=2)))))
                ),
                st.builds(Change, length=st.just(Length(0, 600))),
            )
        )
        series = edit_one(series, one.recurrence_id, change, **BY).series
    plain = [one for one in first(series, 15) if one.override is None]
    if plain and draw(st.integers(0, 3)) == 0:  # one that goes on
        one = draw(st.sampled_from(plain))
        patch = Override(one.recurrence_id, one.start + timedelta(minutes=45), following=True)
        series = attrs.evolve(series, overrides=(*series.overrides, patch))
    if draw(st.booleans()):
        base = draw(st.sampled_from(there)).start + timedelta(minutes=draw(st.sampled_from((45, 1441))))
        series = attrs.evolve(series, rdates=[RDate(base, draw(st.one_of(st.none(), st.just(Length(0, 300)))))])
    return series


def test_a_split_alone_changes_nothing() -> None:
    """Where a series is cut and the later part gets a new title, all occurrences are there as before, once."""
    met: Counter[str] = Counter()

    @many(150)
    @given(edited_series(), st.integers(0, 18))
    def law(series: Series, place: int) -> None:
        there = first(series)
        assume(place < len(there))
        cut = sorted(there, key=lambda one: one.recurrence_id)[place]
        done = edit_following(series, cut.recurrence_id, Change(fields={"part": "two"}), new_uid="t", **BY)
        parts = first(done.series) + (first(done.new) if done.new else [])
        parts.sort(key=lambda one: (one.start, one.end))
        wanted = sorted(there, key=lambda one: (one.start, one.end))
        bare = [(one.start, one.end, one.status, dict(one.fields).get("title")) for one in parts]
        assert bare[: len(wanted)] == [
            (one.start, one.end, one.status, dict(one.fields).get("title")) for one in wanted
        ]
        assert not done.edit.dropped
        second = [one for one in parts if dict(one.fields).get("part") == "two"]
        assert {one.uid for one in second} == {done.new.uid if done.new else series.uid}
        assert all(one.recurrence_id >= cut.recurrence_id for one in second)
        for one in there:  # what hangs on an occurrence finds it under its new name
            uid, name = done.edit.now(one.uid, one.recurrence_id)
            home = done.new if done.new is not None and uid == "t" else done.series
            moved = home.occurrence(name)
            assert moved is not None
            assert (moved.start, moved.end, moved.status) == (one.start, one.end, one.status)
        met["split" if done.new else "whole"] += 1
        met["count"] += bool(done.new and any(rule.count for rule in done.new.rules))

    law()
    assert min(met["split"], met["whole"], met["count"]) > 0


def moved(series: Series, by: timedelta) -> list[tuple[datetime, datetime]]:
    """Where the occurrences without an override are after a move on the wall clock, their days counted anew."""
    found = []
    for one in first(series):
        if one.override is None and one.uid == series.uid:
            wall = one.recurrence_id + by
            again = attrs.evolve(series, start=wall.replace(fold=0), rules=[], rdates=[], exdates=[], overrides=[])
            only = next(again.after(ERA))
            found.append((only.start, only.recurrence_id))
    return found


def test_all_move_together() -> None:
    """A series that is moved by hours or days has each occurrence as much later on the wall, and its exceptions too."""
    met: Counter[str] = Counter()

    @many(150)
    @given(
        edited_series(),
        st.sampled_from((timedelta(hours=1), timedelta(minutes=-30), timedelta(days=1), timedelta(0, 7200))),
    )
    def law(series: Series, by: timedelta) -> None:
        assume(not series.rdates)
        try:
            done = edit_all(series, Change(start=series.start + by), **BY)
        except RuleError:
            met["refused"] += 1
            return
        wanted = moved(series, by)
        there = {one.recurrence_id: one for one in first(done.series)}
        for start, name in wanted[: FAR - 5]:
            assert there[name].start == start
        assert len(done.series.exdates) + len(done.series.overrides) + len(done.edit.dropped) == len(
            series.exdates
        ) + len(series.overrides)
        assert not done.edit.dropped
        window = Period(ERA, first(series)[-1].end + timedelta(seconds=1))
        report = drift(series, done.series, window, edit=done.edit, limit=10_000)
        assert not report.added
        assert not report.removed
        met["moved"] += 1

    law()
    assert min(met["moved"], met["refused"]) > 0


@many(150)
@given(edited_series(), st.integers(1, 10), st.sampled_from((timedelta(hours=1), timedelta(hours=-2))), st.data())
def test_edits_compose(series: Series, place: int, by: timedelta, data: Any) -> None:
    """This and following, then all of the new part, then one of it: a history that folds to what is there."""
    there = sorted((one for one in first(series, 30) if one.override is None), key=lambda one: one.recurrence_id)
    assume(place < len(there))
    cut = there[place].recurrence_id
    try:
        one = edit_following(series, cut, Change(start=cut + by), new_uid="t", **BY)
        assume(one.new is not None and not series.rdates)
        two = edit_all(one.new, Change(start=one.new.start + by), **BY)
    except RuleError:  # over midnight, with a rule that names its days
        assume(False)
    later = first(two.series)
    target = data.draw(st.sampled_from(later))
    three = edit_one(two.series, target.recurrence_id, Change(removed=True), **BY)
    history = [one.edit, two.edit, three.edit]
    state = fold([series], history)
    assert state == {series.uid: one.series, "t": three.series}
    assert [edit.sequence for edit in history] == [series.sequence, series.sequence + 1, series.sequence + 2]
    left = {name.recurrence_id for name in first(three.series)}
    assert target.recurrence_id not in left
    assert {name.recurrence_id for name in later[:40]} - {target.recurrence_id} <= left
    expected = [occurrence.recurrence_id.replace(tzinfo=None) + 2 * by for occurrence in there[place:]]
    names = {name.recurrence_id.replace(tzinfo=None) for name in later}
    assert set(expected) <= names
    assert all(name.recurrence_id < cut for name in first(one.series))


@many(100)
@given(edited_series(), st.sampled_from(ZONES))
def test_another_zone_keeps_the_wall(series: Series, zone: str) -> None:
    """In another zone each occurrence shows the same time on the wall, and all exceptions come along."""
    done = edit_all(series, Change(zone=zone), **BY)
    assert not done.edit.dropped
    before = [one.recurrence_id.replace(tzinfo=None) for one in first(series)]
    after = [one.recurrence_id.replace(tzinfo=None) for one in first(done.series)]
    both = set(before) & set(after)
    # A day that one of the zones left out may shift or take out one of them.
    assert len(both) >= min(len(before), len(after)) - 2
    assert str(done.series.zone) == zone


@many(100)
@given(edited_series(), st.data())
def test_taken_out_and_brought_back(series: Series, data: Any) -> None:
    """What is taken out is gone and nothing else is; brought back, it is there again."""
    there = first(series, 20)
    one = data.draw(st.sampled_from(there))
    out = edit_one(series, one.recurrence_id, Change(removed=True), **BY)
    assert out.series.occurrence(one.recurrence_id) is None
    assert shown(first(out.series, 19)) == shown(
        [other for other in first(series, 20) if other is not one and other.recurrence_id != one.recurrence_id]
    )
    back = edit_one(out.series, one.recurrence_id, Change(removed=False), **BY)
    assert {other.recurrence_id for other in first(back.series, 20)} == {other.recurrence_id for other in there}


def test_a_change_of_nothing_is_refused() -> None:
    """A change that changes nothing is a mistake."""
    try:
        Change()
    except InputError:
        return
    raise AssertionError
