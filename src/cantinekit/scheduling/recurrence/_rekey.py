"""Moving a series so that each occurrence keeps what belongs to it: exclusions, overrides, extra dates.

An occurrence is known by its original start. When that moves, everything that is keyed by it moves by the same stretch
of wall clock; what then belongs to no occurrence is taken out and named, so that nothing comes back as a ghost.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo

import attrs

from cantinekit.clock import zone as zone_of
from cantinekit.errors import InputError, RuleError
from cantinekit.scheduling.recurrence._length import DAY
from cantinekit.scheduling.recurrence._rule import ByDay, Rule, Until
from cantinekit.scheduling.recurrence._starts import CEILING, FLOOR, starts_of
from cantinekit.scheduling.recurrence._walls import local_of, shown, wall
from cantinekit.scheduling.recurrence.effort import Effort
from cantinekit.scheduling.recurrence.series import Series
from cantinekit.scheduling.recurrence.values import Moment, Override, RDate


@attrs.frozen
class Rekeyed:
    """A series whose original starts moved by ``shift``, and the ids of what no occurrence has any more."""

    series: Series
    shift: timedelta = timedelta()
    dropped: tuple[Moment, ...] = ()


def moved_by(moment: Moment, shift: timedelta, zone: tzinfo | None) -> Moment:
    """A moment moved on the wall clock, and put in a zone with the numbers that it shows."""
    if not isinstance(moment, datetime):
        return moment + shift
    bare = moment.replace(tzinfo=None)
    return (bare + shift).replace(tzinfo=zone, fold=0 if shift else moment.fold)


def rekeyed(
    series: Series,
    anchor: Moment,
    start: Moment | None,
    zone: str | None,
    rules: tuple[Rule, ...] | None,
    add: Sequence[RDate],
) -> Rekeyed:
    """A series in which the occurrence with the original start ``anchor`` begins at ``start``, and all others as much
    later or earlier; in another zone, with other rules, or with more extra dates.
    """
    if zone is not None and series.all_day:
        raise InputError("whole days have no zone")
    place = series.zone if zone is None else zone_of(zone)
    shift = timedelta() if start is None else _shift(anchor, start, place)
    moves = bool(shift) or zone is not None
    new = attrs.evolve(
        series,
        start=moved_by(series.start, shift, place),
        rules=(),
        exrules=(),
        rdates=tuple(attrs.evolve(one, start=moved_by(one.start, shift, place)) for one in series.rdates),
        exdates=(),
        overrides=(),
    )
    new = attrs.evolve(
        new,
        rules=rules if rules is not None else _moved_rules(series, series.rules, new) if moves else series.rules,
        exrules=_moved_rules(series, series.exrules, new) if moves else series.exrules,
        rdates=(*new.rdates, *add),
    )
    if rules is not None and len(rules) == 1:
        first = next(starts_of(new).of_rule(rules[0], FLOOR, CEILING), None)
        new = new if first is None else attrs.evolve(new, start=starts_of(new).named(first[1]))
    there = starts_of(new)
    pairs = [(one, moved_by(one, shift, place)) for one in series.exdates]
    patches = [(one, moved_by(one.recurrence_id, shift, place)) for one in series.overrides]
    effort = Effort()
    exdates: list[Moment] = []
    overrides: list[Override] = []
    dropped: list[Moment] = []
    for one, moved in pairs:
        if there.original(moved, effort) is None:
            dropped.append(one)
        else:
            exdates.append(moved)
    for patch, moved in patches:
        if there.original(moved, effort) is None:
            dropped.append(patch.recurrence_id)
        else:
            begin = None if patch.start is None else moved_by(patch.start, timedelta(), place)
            overrides.append(attrs.evolve(patch, recurrence_id=moved, start=begin))
    return Rekeyed(attrs.evolve(new, exdates=exdates, overrides=overrides), shift, tuple(dropped))


def _shift(anchor: Moment, start: Moment, place: tzinfo | None) -> timedelta:
    """How far the wall clock moves from one original start to a new one."""
    if isinstance(start, datetime) and isinstance(anchor, datetime):
        return start.astimezone(place).replace(tzinfo=None, fold=0) - anchor.replace(tzinfo=None, fold=0)
    if isinstance(start, datetime) or isinstance(anchor, datetime):
        raise InputError("a series keeps to times or to whole days")
    return start - anchor


def _moved_rules(old: Series, rules: tuple[Rule, ...], new: Series) -> tuple[Rule, ...]:
    """The rules of the old series, moved to where the new one starts."""
    whole = starts_of(old)
    before, after = local_of(old.start), local_of(new.start)
    days = after // DAY - before // DAY
    found = []
    for rule in rules:
        if (after - before) % DAY and (rule.byhour or rule.byminute or rule.bysecond):
            raise RuleError(f"say the times of {rule!s:.200} anew: it names hours, minutes or seconds")
        moved = _moved_days(rule, days, old.start) if days else rule
        if rule.until is not None:
            final = whole.latest(rule)  # a rule that ends before it begins still does
            moved = attrs.evolve(moved, until=_until(new, after - DAY if final is None else final + after - before))
        found.append(moved)
    return tuple(found)


def _until(series: Series, local: int) -> Until:
    """UNTIL for a last instance at a local second."""
    if series.zone is None:
        return Until(date.fromordinal(local // DAY))
    return Until.instant(shown(wall(series.zone).resolve(local)[0], UTC))


def _stay_in_month(day: int, moved: int) -> bool:
    """Whether a day of the month and what it is moved to are in every month, counted from the same end."""
    low, high = sorted((day, moved))
    return 1 <= low <= high <= 28 or -28 <= low <= high <= -1


def _moved_days(rule: Rule, days: int, start: Moment) -> Rule:
    """The rule, moved by a number of days, where a rule can express that."""
    parts = rule.byyearday or rule.byweekno or rule.bymonth or rule.bysetpos
    if not parts and not rule.bymonthday:
        if rule.freq == "WEEKLY":
            rotated = [ByDay(0, (day.weekday + days) % 7) for day in rule.byday]
            weeks = rule.interval > 1 and rule.byday
            return attrs.evolve(rule, byday=rotated, wkst=(rule.wkst + days) % 7 if weeks else rule.wkst)
        if not rule.byday and (rule.freq == "DAILY" or rule.is_sub_daily):
            return rule
    if rule.freq in ("MONTHLY", "YEARLY") and not (rule.byyearday or rule.byweekno or rule.byday):
        if rule.bysetpos:
            raise RuleError(f"say {rule!s:.200} anew: it cannot be moved by {days} days")
        spoken = rule.bymonthday or (start.day,)
        moved = tuple(day + days for day in spoken)
        if all(map(_stay_in_month, spoken, moved)):
            return attrs.evolve(rule, bymonthday=moved if rule.bymonthday else ())
    raise RuleError(f"say {rule!s:.200} anew: it cannot be moved by {days} days")
