"""A series: one start, one length, the rules that repeat it, and what is different about single occurrences.

What is stored is wall time with its zone. Instants are worked out when they are asked for, by the tzdata of that day.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cached_property, lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

import attrs

from cantinekit.clock import MAX_INSTANT, Period, instant, zone
from cantinekit.common.fields import is_a, is_count, is_id, is_one_of, maybe_id
from cantinekit.errors import InputError, RuleError
from cantinekit.scheduling.recurrence._expand import Expansion
from cantinekit.scheduling.recurrence._length import Length
from cantinekit.scheduling.recurrence._rule import RecurrenceProblem, Rule
from cantinekit.scheduling.recurrence._starts import CEILING, MAX_DATES
from cantinekit.scheduling.recurrence._walls import local_of, seconds, shown, wall
from cantinekit.scheduling.recurrence.effort import Effort
from cantinekit.scheduling.recurrence.values import (
    MAX_SEQUENCE,
    STATUSES,
    Fields,
    Moment,
    Occurrence,
    Override,
    RDate,
    Status,
    check_moment,
    to_fields,
    to_rdates,
    wall_key,
)

Gap = Literal["shift", "skip"]
FIRST_YEAR, LAST_YEAR = 1000, 9997
MAX_RULES = 20
LIMIT = 10_000


def _to_rules(values: Iterable[Rule | str]) -> tuple[Rule, ...]:
    return tuple(value if isinstance(value, Rule) else Rule.parse(value) for value in values)


def _to_moments(values: Iterable[Moment]) -> tuple[Moment, ...]:
    return tuple(values)


def _to_overrides(values: Iterable[Override]) -> tuple[Override, ...]:
    return tuple(values)


def _to_start(value: Moment) -> Moment:
    """The start, in a zone with a name."""
    check_moment(value, "start")
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise InputError(f"a series starts in the years {FIRST_YEAR} to {LAST_YEAR}, not {value.year}")
    if not isinstance(value, datetime):
        return value
    if value.tzinfo is UTC:
        return value.replace(tzinfo=zone("UTC"))
    if not isinstance(value.tzinfo, ZoneInfo) or value.tzinfo.key is None:
        raise InputError(
            f"start needs a zone with an IANA name, which knows its clock changes, not {value.tzinfo!s:.60}"
        )
    if value.fold and value.utcoffset() != value.replace(fold=0).utcoffset():
        raise InputError(
            f"{value.isoformat()} is the second pass of an hour that comes twice, which a calendar cannot say "
            "(RFC 5545, section 3.3.5)"
        )
    return value.replace(fold=0)


@attrs.frozen
class Series:
    """An event that repeats.

    Its occurrences are those of all ``rules`` together and the ``rdates``, without those of ``exrules`` and
    ``exdates``; the start is one of them only if a rule has it, or there is no rule. Moments in other zones are
    converted to the wall clock of the series; a date stands for each start of that local day.

    Attributes:
        uid: identifies the series (UID).
        start: the first start (DTSTART): an aware datetime with a ``ZoneInfo`` (wall time, kept over clock changes), or
            a date for whole days.
        length: how long each occurrence lasts; left out: a day, or no time at all (RFC 5545, section 3.6.1).
        rules: RRULE: the rules whose occurrences are united.
        rdates: RDATE: extra dates.
        exdates: EXDATE: original starts that do not take place.
        exrules: EXRULE: rules whose occurrences do not take place.
        gap: what becomes of a time that a clock change skips: "shift" takes the offset before the gap (section 3.3.5),
            "skip" leaves it out and does not count it (section 3.3.10).
        sequence: SEQUENCE: the number of edits.
        overrides: what was changed for single occurrences.
        status: "confirmed", "tentative" or "cancelled".
        fields: (name, value) pairs of the event, such as its title.
        related_to: uid of the series that this one was split from (RELATED-TO).

    Raises:
        InputError: a value that is malformed, without a zone, or out of bounds; RuleError: a rule of whole days that
            repeats within a day.
    """

    uid: str = attrs.field(validator=is_id)
    start: Moment = attrs.field(converter=_to_start, eq=wall_key)
    length: Length = attrs.field(validator=is_a(Length))
    rules: tuple[Rule, ...] = attrs.field(default=(), converter=_to_rules)
    rdates: tuple[RDate, ...] = attrs.field(default=(), converter=to_rdates)
    exdates: tuple[Moment, ...] = attrs.field(
        default=(), converter=_to_moments, eq=lambda values: tuple(wall_key(value) for value in values)
    )
    exrules: tuple[Rule, ...] = attrs.field(default=(), converter=_to_rules)
    gap: Gap = attrs.field(default="shift", validator=is_one_of("shift", "skip"))
    sequence: int = attrs.field(default=0, validator=is_count(least=0, most=MAX_SEQUENCE))
    overrides: tuple[Override, ...] = attrs.field(default=(), converter=_to_overrides)
    status: Status = attrs.field(default="confirmed", validator=is_one_of(*STATUSES))
    fields: Fields = attrs.field(default=(), converter=to_fields)
    related_to: str | None = attrs.field(default=None, validator=maybe_id)

    @length.default
    def _usual_length(self) -> Length:
        return Length(1) if self.all_day else Length()

    def __attrs_post_init__(self) -> None:
        put = object.__setattr__
        self._lasts(self.length)
        if len(self.rules) + len(self.exrules) > MAX_RULES:
            raise RuleError(f"at most {MAX_RULES} rules, not {len(self.rules) + len(self.exrules)}")
        for name in ("rdates", "exdates", "overrides"):
            if len(getattr(self, name)) > MAX_DATES:
                raise InputError(f"at most {MAX_DATES} {name}, not {len(getattr(self, name))}")
        rdates = {wall_key(one.start): one for one in (self._rdate(one) for one in self.rdates)}
        put(self, "rdates", tuple(rdates[key] for key in sorted(rdates)))
        exdates = {wall_key(one): one for one in (self.own(check_moment(one, "exdates")) for one in self.exdates)}
        put(self, "exdates", tuple(exdates[key] for key in sorted(exdates)))
        put(self, "overrides", self._own_overrides())
        if self.rules or self.exrules:
            self._expansion("UTC")  # a rule that needs times is refused now

    def _rdate(self, one: RDate) -> RDate:
        start = self.own(one.start)
        if isinstance(start, datetime) != isinstance(self.start, datetime):
            raise InputError(f"an extra date of a series with times needs a time: {start.isoformat()}")
        self._lasts(one.length)
        return attrs.evolve(one, start=start)

    def _lasts(self, length: Length | None) -> None:
        if self.all_day and length is not None and (length.seconds or not length.days):
            raise InputError(f"a series of whole days lasts whole days, not {length}")

    def _own_overrides(self) -> tuple[Override, ...]:
        found: dict[tuple[str, str], Override] = {}
        for one in self.overrides:
            if not isinstance(one, Override):
                raise InputError(f"overrides are of the class Override, not {type(one).__name__}")
            if one.start is not None and isinstance(one.start, datetime) == self.all_day:
                raise InputError(f"an override keeps to {'whole days' if self.all_day else 'times'}: {one.start}")
            self._lasts(one.length)
            start = None if one.start is None else self.own(one.start)
            one = attrs.evolve(one, recurrence_id=self.own(one.recurrence_id), start=start)
            key = wall_key(one.recurrence_id)
            rank = (one.sequence, one.stamp is not None, one.stamp)
            other = found.get(key)
            if other is None or rank >= (other.sequence, other.stamp is not None, other.stamp):
                found[key] = one
        return tuple(found[key] for key in sorted(found))

    @property
    def all_day(self) -> bool:
        """Whether it is of whole days, which have no zone of their own."""
        return not isinstance(self.start, datetime)

    @property
    def zone(self) -> ZoneInfo | None:
        """The zone of its wall clock; None for whole days, which are meant wherever one is."""
        if isinstance(self.start, datetime):
            assert isinstance(self.start.tzinfo, ZoneInfo)
            return self.start.tzinfo
        return None

    def own(self, moment: Moment) -> Moment:
        """A moment on the wall clock of this series: in its zone, or as a date for whole days.

        A date stays a date in a series with times: it stands for each start of that local day.

        Args:
            moment: a datetime in any zone, or a date.
        """
        if not isinstance(moment, datetime):
            return moment
        if self.zone is None:
            return moment.date()
        found = moment.astimezone(self.zone)
        if found.fold and wall(self.zone).resolve(local_of(found))[1] != "fold":
            return found.replace(fold=0)  # there is no second pass: it is read as the wall shows it
        return found

    def between(
        self, window: Period, *, zone: str | None = None, limit: int = LIMIT, effort: Effort | None = None
    ) -> Iterator[Occurrence]:
        """The occurrences that overlap a window, by start, cancelled ones among them; one without length counts if it
        starts in it.

        The cost depends on what is in the window, not on how far away it is. What is looked at and does not take place
        in the window counts as well.

        Args:
            window: the period to look at.
            zone: IANA name of the zone of the place, needed for whole days only.
            limit: the most occurrences.
            effort: the steps that several questions share; ``None``: 100,000 for this one.

        Raises:
            InputError: whole days, and no zone. RuleError: more than ``limit`` occurrences, or too many steps.
        """
        lo, first, hi = _bounds(window)
        return self._expansion(zone).between(lo, hi, first, limit, effort or Effort())

    def starts(self, window: Period, *, zone: str | None = None) -> Iterator[Moment]:
        """The original starts in a window, without what is excluded and with what was moved: what identifies
        occurrences. Cheaper than the occurrences themselves.

        Args:
            window: the period to look at.
            zone: IANA name of the zone of the place, needed for whole days only.

        Raises:
            InputError: whole days, and no zone.
        """
        _, first, hi = _bounds(window)
        return self._expansion(zone).originals(first, hi)

    def after(self, moment: datetime, *, zone: str | None = None) -> Iterator[Occurrence]:
        """The occurrences that start at an instant or later, in order; without end where a rule has none.

        Args:
            moment: an aware datetime in any zone.
            zone: IANA name of the zone of the place, needed for whole days only.
        """
        return self._expansion(zone).after(_ceiling(instant(moment)))

    def occurrence(
        self, recurrence_id: Moment, *, zone: str | None = None, effort: Effort | None = None
    ) -> Occurrence | None:
        """The occurrence with an original start, wherever it was moved to; ``None`` if the series has none.

        Args:
            recurrence_id: the original start; a date in a series with times means the first one of that day.
            zone: IANA name of the zone of the place, needed for whole days only.
            effort: the steps that several questions share.

        Raises:
            InputError: whole days, and no zone. RuleError: too many steps.
        """
        name = self.own(check_moment(recurrence_id, "recurrence_id"))
        return self._expansion(zone).one(name, effort or Effort())

    def ends(self) -> datetime | None:
        """An instant at which all is over: nothing takes place at it or later; None if it goes on for ever.

        For whole days it is the instant at which they are over everywhere on earth.
        """
        found = self._expansion("UTC").ends()
        if found is None:
            return None
        return min(shown(min(found, CEILING), UTC) + timedelta(days=1), MAX_INSTANT)

    @property
    def has_empty_rule(self) -> bool:
        """Whether one of its rules has no occurrence at all, such as 30 February, or a Monday every seventh day from a
        Tuesday on.
        """
        return self._expansion("UTC").starts.has_empty_rule

    def lint(self) -> tuple[RecurrenceProblem, ...]:
        """What other programs read in another way, or not at all; empty for a series that is safe to send."""
        from cantinekit.scheduling.recurrence._lint import lint_series

        return lint_series(self)

    @cached_property
    def _expansions(self) -> dict[str | None, Expansion]:
        return {}

    def _expansion(self, place: str | None) -> Expansion:
        """The series on its own wall clock, or for whole days on that of a place."""
        own = self._expansions.get(None)
        if own is not None:
            return own
        if self.zone is not None:
            place = None
        elif place is None:
            raise InputError("whole days have no zone; say which zone the place is in")
        found = self._expansions.get(place)
        if found is None:
            found = self._expansions[place] = Expansion(self, wall(self.zone or zone(place or "")))
        return found


@lru_cache(maxsize=256)
def _bounds(window: Period) -> tuple[int, int, int]:
    """The window in seconds from the ordinal 0: its start, the same with a begun second counted, and its end."""
    return seconds(window.start), _ceiling(window.start), _ceiling(window.end)


def _ceiling(moment: datetime) -> int:
    """Seconds from the ordinal 0, a begun one counted."""
    return seconds(moment) + (moment.microsecond > 0)
