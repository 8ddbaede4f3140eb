"""Members over time: how many stay, month after month, and the revenue that renews.

Both are counted from passes, which keep the id of their holder when that is forgotten: the figures stay the same. They
are for the house itself. Small ones are shown, so they are not to be published.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from fractions import Fraction
from typing import Literal

import attrs

from cantinekit import records as m
from cantinekit.calendar import add_months, month_end
from cantinekit.clock import MIN_INSTANT, day_bounds, local
from cantinekit.common.arguments import checked
from cantinekit.errors import InputError, UnsuitableError
from cantinekit.errors.shown import shown
from cantinekit.money import Money
from cantinekit.reads.ledger import LedgerReads
from cantinekit.reads.passes import PassReads
from cantinekit.runtime import codec

Held = Literal["membership", "plan"]
MAX_MONTHS = 120
"""The most months of one question."""
_DAY = timedelta(days=1)
_UNEVEN = 3
"""So many days a whole month may be shorter than another."""


@attrs.frozen
class MonthOfMembers:
    """The members of a month. ``held`` is that of the month before, and ``new`` and ``returned``, less ``ended``.

    Attributes:
        month: the first day of the month.
        held: how many are members at its end; of a month that is not over, today.
        new: those of them who were none at the end of the month before, and never earlier.
        returned: those who were none at the end of the month before, and had been earlier.
        ended: who was a member at the end of the month before and is none any more.
    """

    month: date
    held: int
    new: int
    returned: int
    ended: int


@attrs.frozen
class Cohort:
    """Those who became members in a month.

    Attributes:
        month: the first day of the month.
        people: how many, those who left in the same month among them.
        held: how many of them are members at the end of that month and of each that follows, up to the last one.
    """

    month: date
    people: int
    held: tuple[int, ...]


@attrs.frozen
class Retention:
    """How many members stay.

    Attributes:
        months: the months, in order.
        cohorts: those who became members in each of them, in order.
    """

    months: tuple[MonthOfMembers, ...]
    cohorts: tuple[Cohort, ...]


@attrs.frozen
class RecurringRevenue:
    """The revenue of a legal entity that renews each month, and what became of that of the month before.

    ``total`` is ``before`` and ``new``, ``returned``, ``resumed`` and ``expansion``, less ``contraction``, ``paused``
    and ``churned``. Each holder is in one of them.

    Attributes:
        month: the first day of the month.
        total: what renews at its end; of a month that is not over, today.
        before: what renewed at the end of the month before.
        new: of holders who never had a contract before.
        returned: of holders who had none, and had one earlier.
        resumed: of holders whose contracts were all paused.
        expansion: what it is more of holders who had one.
        contraction: what it is less of holders who have one still.
        paused: of holders whose contracts are all paused or ended, and one of them paused.
        churned: of holders who have none any more.
        contracts: how many contracts make the total.
        unknown: how many contracts are left out because nobody knows any more what was agreed, as after their holder
            was forgotten.
    """

    month: date
    total: Money
    before: Money
    new: Money
    returned: Money
    resumed: Money
    expansion: Money
    contraction: Money
    paused: Money
    churned: Money
    contracts: int
    unknown: int = 0


@attrs.define
class _AtDay:
    """What the holders of contracts have on a day."""

    amounts: dict[str, int] = attrs.field(factory=lambda: defaultdict(int))
    paused: set[str] = attrs.field(factory=set)
    had: set[str] = attrs.field(factory=set)
    contracts: int = 0
    unknown: int = 0


class MemberReads(PassReads, LedgerReads):
    """Answers questions about members over time."""

    @checked
    def retention(
        self, entity_id: str, first_month: date, last_month: date, *, sells: Held = "membership"
    ) -> Retention:
        """How many members of a legal entity stay, month after month, and by the month in which they began.

        Whoever holds a pass on the last day of a month is a member at its end, also while it is paused. It looks at all
        passes that were sold up to then.

        Args:
            entity_id: the legal entity.
            first_month: a day of the first month.
            last_month: a day of the last one, at most 120 months later, which has begun.
            sells: "membership", or "plan" for those who have a plan.

        Raises:
            NotFoundError: there is no such legal entity.
            InputError: the months are in the wrong order, too many or to come.
        """
        if sells not in ("membership", "plan"):
            raise InputError(f"members have a membership or a plan, not {shown(sells)}")
        months = self._months(entity_id, first_month, last_month)
        ends = [self._last_day(entity_id, month) for month in (add_months(months[0], -1), *months)]
        firsts = dict[str, date]()
        held: list[set[str]] = [set() for _ in ends]
        for one, zone in self._sold(entity_id, ends[-1]):
            if one.sells != sells or one.holder_id is None or one.first_day is None or not _was_had(one):
                continue
            last = _last_of(one, zone)
            if last is not None and last < one.first_day:
                continue
            firsts[one.holder_id] = min(one.first_day, firsts.get(one.holder_id, one.first_day))
            for at, day in enumerate(ends):
                if one.first_day <= day and (last is None or day <= last):
                    held[at].add(one.holder_id)
        return Retention(
            tuple(_month(month, held[at], held[at + 1], firsts) for at, month in enumerate(months)),
            tuple(_cohort(month, held[at + 1 :], firsts) for at, month in enumerate(months)),
        )

    @checked
    def mrr(self, entity_id: str, month: date) -> RecurringRevenue:
        """The revenue that renews each month: what the contracts of a legal entity come to that are held at its end.

        A contract counts with the price of the period that it is in, by the month: a twelfth of what a year costs. A
        first period that is shorter than those that follow counts with the price of the next one. A contract that is
        paused renews nothing. What is sold for a time and not renewed is none. What each contract comes to by the
        month is rounded, and then added up.

        Args:
            entity_id: the legal entity.
            month: a day of the month, which has begun.

        Raises:
            NotFoundError: there is no such legal entity.
            InputError: the month is to come.
            UnsuitableError: the legal entity has no place, or places in several currencies.
        """
        (first,) = self._months(entity_id, month, month)
        currencies = {place.currency for place in self._places(entity_id)}
        if len(currencies) != 1:
            raise UnsuitableError(f"entity {entity_id} has {len(currencies)} currencies: there is no one revenue")
        (currency,) = currencies
        days = self._last_day(entity_id, add_months(first, -1)), self._last_day(entity_id, first)
        then, now = _AtDay(), _AtDay()
        for one, zone in self._sold(entity_id, days[1]):
            if one.contract and one.holder_id is not None and one.first_day is not None and _was_had(one):
                for day, at in zip(days, (then, now), strict=True):
                    self._add(one, one.holder_id, _last_of(one, zone), day, at)
        return _moved(first, then, now, currency)

    def _add(self, one: m.Pass, holder_id: str, last: date | None, day: date, at: _AtDay) -> None:
        """Add a contract to what its holder has on a day."""
        assert one.first_day is not None
        if one.first_day > day or (last is not None and last < one.first_day):
            return
        at.had.add(holder_id)
        if last is not None and last < day:
            return
        if one.paused_on(day):
            at.paused.add(holder_id)
            return
        amount = self._by_month(one, day)
        if amount is None:
            at.unknown += 1
        else:
            at.amounts[holder_id] += amount
            at.contracts += 1

    def _by_month(self, one: m.Pass, day: date) -> int | None:
        """What a contract costs a month, on a day on which it is held; ``None``: nobody knows any more."""
        periods = list(enumerate(one.periods, start=1))
        begun = [(number, period) for number, period in periods if period.first_day <= day and period.price is not None]
        if begun:
            number, period = begun[-1]
            assert period.price is not None
            return _monthly(period.price, _days(one, number, period.first_day, period.last_day))
        assert one.first_day is not None
        try:
            told = self.timeline(one.id, add_months(one.first_day, 13)).periods
        except UnsuitableError:
            return None
        lengths = [_days(one, of.number, of.first_day, of.last_day) if of.last_day else 0 for of in told[:2]]
        is_short = len(told) > 1 and told[1].price is not None and lengths[0] + _UNEVEN < lengths[1]
        at = 1 if is_short else 0
        price = told[at].price
        return None if price is None else _monthly(price, lengths[at])

    # --- passes and months -----------------------------------------------------------------------------------------

    def _months(self, entity_id: str, first: date, last: date) -> list[date]:
        """The first days of months that have begun.

        Raises:
            NotFoundError: there is no such legal entity.
            InputError: they are in the wrong order, too many or to come.
        """
        self._there(m.LegalEntity, entity_id)
        month, end = first.replace(day=1), last.replace(day=1)
        if end < month or end > self._today(entity_id):
            raise InputError("the months begin with the first one, and the last one has begun")
        found = [month]
        while found[-1] < end:
            found.append(add_months(found[-1], 1))
            if len(found) > MAX_MONTHS:
                raise InputError(f"at most {MAX_MONTHS} months can be asked for")
        return found

    def _today(self, entity_id: str) -> date:
        """The local day of the place of a legal entity where it is latest."""
        days = [local(self._now(), place.zone).date() for place in self._places(entity_id)]
        return max(days, default=self._now().date())

    def _last_day(self, entity_id: str, month: date) -> date:
        return min(month_end(month), self._today(entity_id))

    def _sold(self, entity_id: str, until: date) -> Iterator[tuple[m.Pass, str]]:
        """The passes that were sold up to the end of a day, each with the zone of its place."""
        for place in self._places(entity_id):
            end = day_bounds(until, place.zone).end
            for one in self._found(m.Pass, "place", *codec.between(place.id, MIN_INSTANT, end)):
                if one.entity_id == entity_id:
                    yield one, place.zone


def _was_had(one: m.Pass) -> bool:
    """Whether a pass was had at some time: it was paid, and it is known until when."""
    return one.state == "active" or (one.state in ("superseded", "cancelled") and one.ended_at is not None)


def _last_of(one: m.Pass, zone: str) -> date | None:
    """The last local day on which a pass is had, pauses or not; ``None``: it goes on."""
    ended = None if one.ended_at is None else local(one.ended_at, zone).date() - _DAY
    return min((day for day in (one.held_until, ended) if day is not None), default=None)


def _month(month: date, before: set[str], held: set[str], firsts: Mapping[str, date]) -> MonthOfMembers:
    came = held - before
    new = sum(firsts[id] >= month for id in came)
    return MonthOfMembers(month, len(held), new, len(came) - new, len(before - held))


def _cohort(month: date, held: Iterable[set[str]], firsts: Mapping[str, date]) -> Cohort:
    people = {id for id, first in firsts.items() if month <= first < add_months(month, 1)}
    return Cohort(month, len(people), tuple(len(people & some) for some in held))


def _days(one: m.Pass, number: int, first: date, last: date) -> int:
    """How many days a period has, without pauses in it and days that were given on top."""
    free = sum(free.days for free in one.free if free.period == number)
    return (last - first).days + 1 - free - sum(pause.shared(first, last) for pause in one.pauses)


def _of_months(days: int) -> int:
    """The months that so many days are next to; 0 for less than half of one."""
    return (24 * days + 365) // 730


def _monthly(price: Money, days: int) -> int:
    """What a period costs by the month: periods of months by their number, shorter ones by 365 days a year."""
    months = _of_months(days)
    return round(Fraction(price.amount, months) if months else Fraction(price.amount * 365, 12 * max(1, days)))


def _moved(month: date, then: _AtDay, now: _AtDay, currency: str) -> RecurringRevenue:
    """What became of the revenue of the month before, holder by holder."""
    sums: dict[str, int] = defaultdict(int)
    for id in {*then.amounts, *now.amounts}:
        was, is_now = then.amounts.get(id, 0), now.amounts.get(id, 0)
        sums[_move(id, was, is_now, then, now)] += abs(is_now - was)
    names = ("new", "returned", "resumed", "expansion", "contraction", "paused", "churned")
    moves = {name: Money(sums[name], currency) for name in names}
    before, total = (Money(sum(at.amounts.values()), currency) for at in (then, now))
    return RecurringRevenue(month, total, before, contracts=now.contracts, unknown=now.unknown, **moves)


def _move(id: str, before: int, after: int, then: _AtDay, now: _AtDay) -> str:
    """Which of the moves the difference of a holder is."""
    if before and after:
        return "expansion" if after > before else "contraction"
    if after:
        return "resumed" if id in then.paused else "returned" if id in then.had else "new"
    return "paused" if id in now.paused else "churned"
