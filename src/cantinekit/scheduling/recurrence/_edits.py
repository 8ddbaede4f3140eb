"""Edits of a series: one occurrence, this and all following ones, or all. Each is a fact with who, when and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Literal

import attrs

from cantinekit.clock import instant, zone
from cantinekit.common.fields import check_id, is_count, is_id, is_one_of, is_text, maybe
from cantinekit.errors import InputError, NotFoundError, WrongStateError
from cantinekit.scheduling.recurrence._cut import split, taken_out
from cantinekit.scheduling.recurrence._length import Length
from cantinekit.scheduling.recurrence._rekey import Rekeyed, moved_by, rekeyed
from cantinekit.scheduling.recurrence._rule import Rule
from cantinekit.scheduling.recurrence.exact import exact
from cantinekit.scheduling.recurrence.series import Series
from cantinekit.scheduling.recurrence.values import (
    MAX_SEQUENCE,
    STATUSES,
    Fields,
    Moment,
    Override,
    RDate,
    Status,
    is_moment,
    maybe_wall_key,
    merged_patch,
    to_fields,
    to_rdates,
    wall_key,
)

Kind = Literal["one", "following", "all"]


def _rules(values: Iterable[Rule | str] | None) -> tuple[Rule, ...] | None:
    if values is None:
        return None
    return tuple(value if isinstance(value, Rule) else Rule.parse(value) for value in values)


@attrs.frozen
class Change:
    """What is to be different; a field that is left out stays as it is.

    Attributes:
        start: the new start of the occurrence, or of the first occurrence that changes.
        length: the new length.
        status: the new status.
        fields: (name, value) pairs to set; a value of ``None`` removes the field.
        rules: rules that replace the old ones.
        zone: IANA name of another zone: the wall times stay, the zone changes.
        add: extra dates.
        removed: true excludes one occurrence, or ends the series before it; false restores an excluded one.
    """

    start: Moment | None = attrs.field(default=None, validator=maybe(is_moment), eq=maybe_wall_key)
    length: Length | None = None
    status: Status | None = attrs.field(default=None, validator=maybe(is_one_of(*STATUSES)))
    fields: Fields = attrs.field(default=(), converter=to_fields)
    rules: tuple[Rule, ...] | None = attrs.field(default=None, converter=_rules)
    zone: str | None = None
    add: tuple[RDate, ...] = attrs.field(default=(), converter=to_rdates)
    removed: bool | None = None

    def __attrs_post_init__(self) -> None:
        if self.zone is not None:
            zone(self.zone)
        if self.rules is None and all(value in (None, ()) for value in attrs.astuple(self, recurse=False)):
            raise InputError("a change changes something")


@attrs.frozen
class Edit:
    """A fact: what somebody changed about a series, when, why, and with what result.

    Attributes:
        kind: "one", "following" or "all".
        uid: uid of the series that was changed.
        sequence: its sequence before the edit.
        recurrence_id: the original start of the first occurrence that changed; ``None``: all did.
        change: what was to be different.
        by: who changed it, as the host names them.
        at: when.
        why: the reason, at most 2,000 characters.
        after: the series as it is now; after a split the part before the cut and then the new one.
        shift: how far the original starts moved on the wall clock, from ``recurrence_id`` on where there is one.
        dropped: original starts of exclusions and overrides that match no occurrence any more.
    """

    kind: Kind
    uid: str = attrs.field(validator=is_id)
    sequence: int = attrs.field(validator=is_count(least=0, most=MAX_SEQUENCE))
    recurrence_id: Moment | None = attrs.field(eq=maybe_wall_key)
    change: Change
    by: str = attrs.field(validator=is_text(200))
    at: datetime = attrs.field(converter=instant)
    why: str = attrs.field(validator=is_text(2_000))
    after: tuple[Series, ...]
    shift: timedelta = timedelta()
    dropped: tuple[Moment, ...] = attrs.field(default=(), eq=lambda values: tuple(wall_key(value) for value in values))

    def now(self, uid: str, recurrence_id: Moment) -> tuple[str, Moment]:
        """The uid and original start that identify an occurrence since this edit; bookings that refer to it move with
        it.

        Args:
            uid: uid of the series before the edit.
            recurrence_id: original start of the occurrence before the edit.
        """
        if uid != self.uid or self.kind == "one":
            return uid, recurrence_id
        last = self.after[-1]
        if self.kind == "following" and self.recurrence_id is not None and _before(recurrence_id, self.recurrence_id):
            return uid, recurrence_id
        return last.uid, moved_by(recurrence_id, self.shift, last.zone)


def _before(one: Moment, other: Moment) -> bool:
    if isinstance(one, datetime) and isinstance(other, datetime):
        return one.astimezone(UTC) < other.astimezone(UTC)
    return one < other


@attrs.frozen
class Edited:
    """The result of an edit.

    Attributes:
        series: the series after it.
        edit: the fact.
        new: the series that was split off; ``None`` if none was.
    """

    series: Series
    edit: Edit
    new: Series | None = None


def edit_one(series: Series, recurrence_id: Moment, change: Change, *, by: str, at: datetime, why: str = "") -> Edited:
    """Change one occurrence: an override, or an exclusion where it is removed.

    Args:
        series: the series as it is.
        recurrence_id: the original start of the occurrence.
        change: what is to be different.
        by: who changes it, as the host names them.
        at: when.
        why: the reason.

    Raises:
        NotFoundError: the series has no such occurrence. InputError: a change that is not one of a single occurrence.
    """
    if change.rules is not None or change.zone is not None or change.add:
        raise InputError("rules, zone and extra dates belong to all occurrences, not to one")
    series = exact(series)
    recurrence_id = _known(series, recurrence_id, change.removed is False)
    key = wall_key(recurrence_id)
    sequence = series.sequence + 1
    others, old = taken_out(series, recurrence_id)
    exdates = tuple(one for one in series.exdates if wall_key(one) != key)
    if change.removed:
        if change != Change(removed=True):
            raise InputError("an occurrence that is taken out has nothing else to change")
        exdates = (*exdates, recurrence_id)
    elif change != Change(removed=False):
        old = old or Override(recurrence_id)
        patch = attrs.evolve(
            old,
            start=old.start if change.start is None else change.start,
            length=old.length if change.length is None else change.length,
            status=change.status or old.status,
            fields=merged_patch(old.fields, change.fields),
            sequence=max(sequence, old.sequence + 1),
            stamp=at,
        )
        others = (*others, patch)
    elif old is not None:
        others = (*others, old)
    after = attrs.evolve(series, exdates=exdates, overrides=others, sequence=sequence)
    edit = Edit("one", series.uid, series.sequence, recurrence_id, change, by, at, why, (after,))
    return Edited(after, edit)


def edit_following(
    series: Series, recurrence_id: Moment, change: Change, *, new_uid: str, by: str, at: datetime, why: str = ""
) -> Edited:
    """Change an occurrence and all later ones: the series ends before it, and a new series goes on.

    The old part gets UNTIL; in the new one COUNT is what was left, and extra dates, exclusions and overrides go where
    their occurrences go. At the first occurrence nothing is split: all of the series changes.

    Args:
        series: the series as it is.
        recurrence_id: the original start of the first occurrence that changes.
        change: what is to be different.
        new_uid: uid of the new series.
        by: who changes it, as the host names them.
        at: when.
        why: the reason.

    Raises:
        NotFoundError: the series has no such occurrence. RuleError: rules that cannot be moved or cut like that without
        being said anew.
    """
    check_id(new_uid, "new_uid")
    if new_uid == series.uid:
        raise InputError("the new series needs a uid of its own")
    if change.removed is False:
        raise InputError("only single occurrences are brought back")
    series = exact(series)
    recurrence_id = _known(series, recurrence_id)
    parts = split(series, recurrence_id, new_uid)
    sequence = series.sequence + 1
    if change.removed:
        if parts.old is None:
            raise InputError("nothing would be left; cancel the series instead")
        after = attrs.evolve(parts.old, sequence=sequence)
        edit = Edit("following", series.uid, series.sequence, recurrence_id, change, by, at, why, (after,))
        return Edited(after, edit)
    found = _changed(series if parts.old is None else parts.new, recurrence_id, change)
    if parts.old is None:
        after = attrs.evolve(found.series, sequence=sequence)
        facts: tuple[Series, ...] = (after,)
    else:
        after = attrs.evolve(parts.old, sequence=sequence)
        facts = (after, attrs.evolve(found.series, sequence=sequence))
    edit = Edit(
        "following",
        series.uid,
        series.sequence,
        recurrence_id,
        change,
        by,
        at,
        why,
        facts,
        shift=found.shift,
        dropped=found.dropped,
    )
    return Edited(after, edit, facts[1] if len(facts) > 1 else None)


def edit_all(series: Series, change: Change, *, by: str, at: datetime, why: str = "") -> Edited:
    """Change all occurrences. Exclusions and overrides follow the occurrences that they belong to.

    Changes of a single occurrence stay as they were made: one that was moved to Thursday 20:00 is still then.

    Args:
        series: the series as it is.
        change: what is to be different.
        by: who changes it, as the host names them.
        at: when.
        why: the reason.

    Raises:
        RuleError: rules that cannot be moved like that without being said anew.
    """
    if change.removed is not None:
        raise InputError("a series is cancelled by its status, not taken out")
    series = exact(series)
    found = _changed(series, series.start, change)
    after = attrs.evolve(found.series, sequence=series.sequence + 1)
    edit = Edit(
        "all",
        series.uid,
        series.sequence,
        None,
        change,
        by,
        at,
        why,
        (after,),
        shift=found.shift,
        dropped=found.dropped,
    )
    return Edited(after, edit)


def _known(series: Series, recurrence_id: Moment, removed: bool = False) -> Moment:
    """The original start as the series says it.

    Raises:
        NotFoundError: it has none like that.
    """
    looked_at = attrs.evolve(series, exdates=()) if removed else series
    found = looked_at.occurrence(recurrence_id, zone=None if series.zone else "UTC")
    if found is None:
        raise NotFoundError("occurrence", f"{series.uid} {recurrence_id.isoformat()}")
    return found.recurrence_id


def _changed(series: Series, anchor: Moment, change: Change) -> Rekeyed:
    """All occurrences of a series changed, where ``anchor`` is the original start that ``change.start`` replaces."""
    found = rekeyed(series, anchor, change.start, change.zone, change.rules, change.add)
    patched = attrs.evolve(
        found.series,
        length=series.length if change.length is None else change.length,
        status=change.status or series.status,
        fields=tuple((name, text) for name, text in merged_patch(series.fields, change.fields) if text is not None),
    )
    return attrs.evolve(found, series=patched)


def fold(series: Iterable[Series], edits: Iterable[Edit]) -> Mapping[str, Series]:
    """The series by uid, after a history of edits.

    Args:
        series: the series before the first edit.
        edits: the edits, in order.

    Raises:
        WrongStateError: an edit of a series that is not there, or of another state of it.
    """
    state = {one.uid: one for one in series}
    for edit in edits:
        known = state.get(edit.uid)
        if known is None or known.sequence != edit.sequence:
            found = "absent" if known is None else f"at sequence {known.sequence}"
            raise WrongStateError(f"series {edit.uid}", state=found, wanted=(f"at sequence {edit.sequence}",))
        state.update((one.uid, one) for one in edit.after)
    return state
