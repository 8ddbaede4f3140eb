"""Cutting a series in two so that each part means what it meant, and has what belongs to its occurrences."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import attrs

from cantinekit.errors import RuleError
from cantinekit.scheduling.recurrence._expand import move
from cantinekit.scheduling.recurrence._length import DAY
from cantinekit.scheduling.recurrence._rekey import moved_by
from cantinekit.scheduling.recurrence._rule import ByDay, Rule, Until
from cantinekit.scheduling.recurrence._starts import CEILING, FLOOR, Starts, starts_of
from cantinekit.scheduling.recurrence._walls import local_of, shown
from cantinekit.scheduling.recurrence.effort import Effort
from cantinekit.scheduling.recurrence.series import Series
from cantinekit.scheduling.recurrence.values import Moment, Override


@attrs.frozen
class SeriesParts:
    """A series cut in two; ``old`` is None where nothing lies before the cut."""

    old: Series | None
    new: Series


def split(series: Series, at: Moment, new_uid: str) -> SeriesParts:
    """A series before an original start, and the same from it on.

    Raises:
        RuleError: rules of which one would fall out of step.
    """
    whole = starts_of(series)
    cut = whole.instant(at)
    if next(whole.between(FLOOR, cut - 1, Effort()), None) is None:
        return SeriesParts(None, series)
    firsts = {rule: first for rule in series.rules if (first := _first(whole, rule, cut)) is not None}
    begin = min(firsts.values(), default=local_of(at))
    before = tuple(
        _ended(series, rule, cut) if rule in firsts else rule
        for rule in series.rules
        if next(whole.of_rule(rule, FLOOR, cut - 1), None) is not None
    )
    after = tuple(_begun(series, whole, rule, first, begin) for rule, first in firsts.items())
    if series.exrules and not (before and all(whole.in_step(rule, begin) for rule in series.exrules)):
        raise RuleError("the exclusions by a rule would fall out of step; exclude dates instead")
    early, late = _sorted_out(series, whole, cut)
    old, new = (
        attrs.evolve(series, rules=before, **early),
        attrs.evolve(series, uid=new_uid, start=whole.named(begin), rules=after, related_to=series.uid, **late),
    )
    if series.rules and not before:  # only extra dates lie before the cut
        old = attrs.evolve(old, start=min((one.start for one in old.rdates), key=whole.instant))
    return SeriesParts(old, _going_on(series, new, whole, cut))


def _first(whole: Starts, rule: Rule, cut: int) -> int | None:
    """The first local second, on the wall, of an instance that does not lie before the cut."""
    found = next(whole.of_rule(rule, cut, CEILING), None)
    if found is None:
        return None
    return min(one[1] for one in whole.of_rule(rule, found[0], found[0] + 1 + (found[2] != "exact") * DAY))


def _ended(series: Series, rule: Rule, cut: int) -> Rule:
    """The rule up to the cut, which it does not have any more."""
    until = Until(date.fromordinal(cut // DAY - 1)) if series.all_day else Until.instant(shown(cut - 1, UTC))
    return attrs.evolve(rule, count=None, until=until)


def _begun(series: Series, whole: Starts, rule: Rule, first: int, begin: int) -> Rule:
    """The rule from a start on, where its own first instance is ``first``."""
    count = None if rule.count is None else rule.count - whole.steps(rule)[0].count_before(first)
    found = rule
    if not whole.in_step(rule, begin):
        found = _explicit(rule, series.start)
        if not whole.in_step(found, begin):
            raise RuleError(f"{rule!s:.200} would fall out of step; change the rules of the series apart")
    return attrs.evolve(found, count=count)


def _explicit(rule: Rule, start: Moment) -> Rule:
    """The rule with all that it takes from its start."""
    values: dict[str, Any] = {}
    if not (rule.byday or rule.bymonthday or rule.byyearday):
        if rule.freq == "WEEKLY" or (rule.freq == "YEARLY" and rule.byweekno):
            values["byday"] = (ByDay(0, start.weekday()),)
        elif rule.freq in ("YEARLY", "MONTHLY") and not rule.byweekno:
            values["bymonthday"] = (start.day,)
    if rule.freq == "YEARLY" and not (rule.bymonth or rule.byday or rule.byyearday or rule.byweekno):
        values["bymonth"] = (start.month,)
    if isinstance(start, datetime):
        names = {"MINUTELY": 1, "HOURLY": 2, "SECONDLY": 0}.get(rule.freq, 3)
        for name in ("second", "minute", "hour")[:names]:
            if not getattr(rule, f"by{name}"):
                values[f"by{name}"] = (getattr(start, name),)
    return attrs.evolve(rule, **values)


def _sorted_out(series: Series, whole: Starts, cut: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """Extra dates, exclusions and overrides before the cut, and from it on."""
    keys: dict[str, Callable[[Any], Moment]] = {
        "rdates": lambda one: one.start,
        "exdates": lambda one: one,
        "overrides": lambda one: one.recurrence_id,
    }
    early, late = {}, {}
    for name, key in keys.items():
        values = getattr(series, name)
        early[name] = tuple(one for one in values if whole.instant(key(one)) < cut)
        late[name] = tuple(one for one in values if whole.instant(key(one)) >= cut)
    return early, late


def _going_on(series: Series, new: Series, whole: Starts, cut: int) -> Series:
    """The new part, with the old part's change for all later dates applied from the first occurrence that has none."""
    patch = _before(series, whole, cut)
    if patch is None:
        return new
    own = {whole.instant(one.recurrence_id): one for one in new.overrides}
    for start in whole.between(cut, CEILING, Effort()):
        known = own.get(start[0])
        if known is not None and known.following:
            break
        if known is None:
            begin = whole.named(start[1])
            moved = moved_by(begin, timedelta(seconds=move(patch)), new.zone) if patch.start is not None else None
            carried = attrs.evolve(patch, recurrence_id=begin, start=moved)
            return attrs.evolve(new, overrides=(*new.overrides, carried))
    return new


def _before(series: Series, whole: Starts, cut: int) -> Override | None:
    """The override from before an instant that goes on at it."""
    earlier = [one for one in series.overrides if one.following and whole.instant(one.recurrence_id) < cut]
    return max(earlier, key=lambda one: whole.instant(one.recurrence_id), default=None)


def taken_out(series: Series, recurrence_id: Moment) -> tuple[tuple[Override, ...], Override | None]:
    """The overrides without that of an occurrence, and the change that applies to the occurrence: its own, or one for
    all later dates.

    A change for all later dates then begins at the next occurrence.
    """
    whole = starts_of(series)
    at = whole.instant(recurrence_id)
    own = next((one for one in series.overrides if whole.instant(one.recurrence_id) == at), None)
    others = tuple(one for one in series.overrides if one is not own)
    if own is not None and not own.following:
        return others, own
    goes_on = own or _before(series, whole, at)
    if goes_on is None:
        return others, None
    if own is not None:
        others = _going_on(series, attrs.evolve(series, overrides=others), whole, at + 1).overrides
    start = None if goes_on.start is None else moved_by(recurrence_id, timedelta(seconds=move(goes_on)), series.zone)
    return others, attrs.evolve(goes_on, recurrence_id=recurrence_id, start=start, following=False)
