"""The days of what lasts: its periods, the days on which units are given again, and those on which it can end.

Pauses and free days break the course: the period in which they are is longer, or begins later, and the next one begins
on the day after it. Nothing else moves a day.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from functools import cached_property, partial
from itertools import count, islice, takewhile

import attrs

from cantinekit import pricing
from cantinekit.calendar import add_days
from cantinekit.domain.passes.records import FreeDays, Pass, Pause
from cantinekit.domain.sales.answers import GivenUnits
from cantinekit.errors import InputError
from cantinekit.pricing import Order
from cantinekit.pricing.terms import (
    Length,
    Term,
    Validity,
    add,
    earliest_end,
    first_end,
    latest_notice,
    notice_over,
    nth_end,
    nth_period,
    nth_start,
)

_A_MONTH = ("month", "year")
Stretch = tuple[int, date, date | None]
"""A period: its number, from 0, its first day and its last one."""
Told = tuple[int, date, date | None, date | None]
"""The same, and the last day before those that were given on top."""
Plan = Callable[[date, int], tuple[date, date | None]]
"""The n-th period in a row that begins on a day, as if nothing broke it."""


class Remembered:
    """What an iterator says, as far as anybody asked; it is asked once.

    Args:
        told: the iterator.
    """

    def __init__(self, told: Iterator[Told]) -> None:
        self._told, self._known = told, list[Told]()

    def __iter__(self) -> Iterator[Told]:
        for number in count():
            if number == len(self._known):
                following = next(self._told, None)
                if following is None:
                    return
                self._known.append(following)
            yield self._known[number]


@attrs.frozen(slots=False)
class Course:
    """The days of something that lasts, whoever has it.

    Attributes:
        first_day: its first local day.
        term: how its contract runs; ``None``: there is none.
        validity: how long what is sold lasts; ``None``: the list does not say.
        last: the last day that was agreed when it was sold, of what has no contract with its pauses and free days;
            ``None``: none was.
        again: the periods after which units are given again: "day", "week", "month", "year".
        pauses: its pauses, in order.
        free: the days that were given on top.
    """

    first_day: date
    term: Term | None
    validity: Validity | None
    last: date | None
    again: frozenset[str]
    pauses: tuple[Pause, ...] = ()
    free: tuple[FreeDays, ...] = ()

    @property
    def end(self) -> date | None:
        """The last day of all, as it was agreed at the sale; ``None``: it goes on until notice is given."""
        ends = first_end(self.term, self.first_day) if self.term and self.term.renewal == "none" else None
        return self.last if ends is None or (self.last is not None and self.last < ends) else ends

    @property
    def planned(self) -> Course:
        """The same without pauses and free days."""
        return attrs.evolve(self, pauses=(), free=())

    @property
    def more(self) -> int:
        """By how many days it is longer for its pauses and free days, as far as that is known."""
        return sum(one.days for one in self.pauses) + sum(one.days for one in self.free)

    # --- periods -----------------------------------------------------------------------------------------------------

    def period(self, number: int) -> tuple[date, date | None]:
        """The first and the last day of a period, without regard to the end.

        What is sold lasts as ``valid`` says, and is sold again when that is over; without it a period is that of the
        contract.

        Raises:
            InputError: there is no such period, or the calendar ends before; or a pause comes before it of which nobody
                knows the end.
        """
        if self.term is None:
            if number:
                raise InputError("what has no contract has one period")
            return self.first_day, self.last
        if not self.pauses and not self.free:
            return self._planned(self.first_day, number)
        found = next(islice(self.periods(), number, None), None)
        if found is None:
            raise InputError(f"there is no period {number}: the calendar ends, or a pause has no end")
        return found[1:]

    def periods(self) -> Iterator[Stretch]:
        """All periods with their numbers, from the first on, without regard to the end."""
        if self.term is None:
            yield 0, self.first_day, self.last
            return
        yield from ((number, first, last) for number, first, last, _ in self._broken)

    def number_on(self, day: date) -> int:
        """The number of the period that a day is in or after."""
        return [number for number, _, _ in takewhile(lambda one: one[1] <= day, self.periods())][-1]

    def as_planned(self, number: int, day: date) -> date | None:
        """The last day that would have been had of a period by a day, if nothing broke it.

        Args:
            number: the number of the period.
            day: the day; the days of a pause until it do not count.

        Returns:
            that day, the one before the period where none was had; ``None``: all of its days.
        """
        first, last = self.period(number)
        paused = sum(one.shared(first, day) for one in self.pauses)
        had = add_days(day, -paused)
        free = sum(one.days for one in self.free if one.period == number)
        if last is None:
            return had
        within = sum(one.shared(first, last) for one in self.pauses)
        return had if had < add_days(last, -within - free) else None

    def _planned(self, first_day: date, number: int) -> tuple[date, date | None]:
        """The n-th period in a row that begins on a day, as if nothing broke it."""
        assert self.term is not None
        if self.validity is None:
            return nth_start(self.term, first_day, number), add_days(nth_start(self.term, first_day, number + 1), -1)
        first, last = nth_period(self.validity, first_day, number)
        return (first if number else first_day), last

    @cached_property
    def _broken(self) -> Remembered:
        """All periods."""
        free: dict[int, int] = {}
        for one in self.free:
            free[one.period] = free.get(one.period, 0) + one.days

        def longer(number: int, last: date) -> int:
            return free.pop(number, 0)

        return Remembered(_stretches(self.first_day, self._planned, self.pauses, longer))

    def _free_days(self) -> list[tuple[date, int]]:
        """The days after which days were given on top, each with how many."""
        if not self.free:
            return []
        total: dict[int, int] = {}
        for one in self.free:
            total[one.period] = total.get(one.period, 0) + one.days
        if self.term is None:
            gaps = sum(one.days for one in self.pauses)
            return [(add_days(self.last, -gaps - total[0]), total[0])] if self.last is not None else []
        highest = max(total)
        found = takewhile(lambda one: one[0] <= highest, self._broken)
        return [(before, total[number]) for number, _, _, before in found if before is not None and number in total]

    # --- units -------------------------------------------------------------------------------------------------------

    def given_again(self, word: str) -> Iterator[date]:
        """The days on which units are given again after so long; counted in one go, so that no day drifts."""
        yield from (first for number, first, _, _ in self._rounds(word) if number)

    @cached_property
    def _known_rounds(self) -> dict[str, Remembered]:
        return {}

    def _rounds(self, word: str) -> Remembered:
        """The stretches for which units are given that are given again after so long."""
        if word not in self._known_rounds:
            self._known_rounds[word] = Remembered(self._rounds_of(word))
        return self._known_rounds[word]

    def _rounds_of(self, word: str) -> Iterator[Told]:
        length = Length(1, word)  # type: ignore[arg-type]
        whole_months = (self.term is not None and self.term.stub) or (self.validity is not None and self.validity.month)

        def plan(first_day: date, number: int) -> tuple[date, date | None]:
            start = first_day.replace(day=1) if whole_months and word in _A_MONTH else first_day
            return (add(start, length, number) if number else first_day), add_days(add(start, length, number + 1), -1)

        free = self._free_days()

        def longer(number: int, last: date) -> int:
            return free.pop(0)[1] if free and free[0][0] <= last else 0

        return _stretches(self.first_day, plan, self.pauses, longer)

    def round_on(self, word: str, day: date) -> date:
        """The first day of the stretch that has a day, for which units are given that are given again after so long.

        Args:
            word: after how long; empty: once, on the first day.
            day: the day, not before the first one.
        """
        if not word:
            return self.first_day
        return [first for _, first, _, _ in takewhile(lambda one: one[1] <= day, self._rounds(word))][-1]

    def next_after(self, day: date) -> date | None:
        """The next day on which a period begins or units are given again; ``None``: there is none."""
        streams: list[Iterable[date]] = [self.given_again(word) for word in sorted(self.again)]
        if self.term is not None:
            streams.append(first for _, first, _ in self.periods())
        found = [next((one for one in stream if one > day), None) for stream in streams]
        return min((one for one in found if one is not None), default=None)

    def last_of(self, given: GivenUnits, day: date, end: date | None) -> date | None:
        """The last day of units that are given on a day: before they are given again, or the end of all."""
        if not given.renews or given.rollover:
            return end
        last = next((last for _, _, last, _ in self._rounds(given.renews) if last is None or last >= day), None)
        return min((one for one in (last, end) if one is not None), default=None)

    def giving(self, units: Iterable[GivenUnits], day: date, end: date | None) -> tuple[GivenUnits, ...]:
        """Those of the units that are given on a day, each with its last day."""
        if day != self.first_day:
            words = {word for word in self.again if day in takewhile(lambda one: one <= day, self.given_again(word))}
            units = [one for one in units if one.renews in words]
        return tuple(attrs.evolve(one, last_day=self.last_of(one, day, end)) for one in units)

    # --- ends --------------------------------------------------------------------------------------------------------

    def ends(self) -> Iterator[date]:
        """The days on which the contract can end, in order.

        The price list counts them in periods; where pauses and free days break the course, each is as near the end of
        its period as it was planned. None is told beyond a pause of which nobody knows the end.
        """
        assert self.term is not None
        planned = self.planned
        unknown = self.pauses[-1].first_day if self.pauses and self.pauses[-1].last_day is None else None
        for number in count():
            try:
                end = nth_end(self.term, self.first_day, number)
                end = self._as_planned(planned, end) if self.pauses or self.free else end
            except InputError:
                return
            if unknown is not None and end >= unknown:
                return
            yield end

    def _as_planned(self, planned: Course, day: date) -> date:
        """The day that a day of the course without breaks is here: as far from the end of its period."""
        number = planned.number_on(day)
        (_, before), (first, last) = planned.period(number), self.period(number)
        assert before is not None
        assert last is not None
        return max(first, add_days(last, -(before - day).days))

    def earliest_end(self, given: date) -> date | None:
        """The last day of the contract if notice is given on a day; ``None``: nobody knows, since it is paused.

        Raises:
            InputError: the calendar ends before, or holidays of a year are not known.
        """
        assert self.term is not None
        if not self.pauses and not self.free:
            return earliest_end(self.term, self.first_day, given)
        over = given if self.term.renewal == "none" else notice_over(self.term, given)
        found = self.ends()
        return next(found, None) if self.term.renewal == "none" else next((one for one in found if one >= over), None)

    def last_notice(self, end: date) -> date:
        """The last day on which notice can be given for an end."""
        assert self.term is not None
        return end if self.term.renewal == "none" else latest_notice(self.term, end)

    # --- what breaks it ----------------------------------------------------------------------------------------------

    def follow(self, other: Course, day: date, since: date) -> date:
        """The day that a day of this course is in another one, which is broken otherwise from a day on.

        The last day of a period is that of the same period there; any other day moves by the days of the break.

        Args:
            other: the other course.
            day: the day.
            since: the first day from which on they differ.
        """
        if day < since:
            return day
        if self.term is None:
            return add_days(day, other.more - self.more)
        number = self.number_on(day)
        if day != self.period(number)[1]:
            return add_days(day, other.more - self.more)
        last = other.period(number)[1]
        assert last is not None
        return last


def _stretches(
    first_day: date, plan: Plan, pauses: Iterable[Pause], longer: Callable[[int, date], int]
) -> Iterator[Told]:
    """Periods in a row that are broken: the number of each, its first day, its last one, and that before days on top.

    A pause makes the period longer that had begun when it was said; one that had not begins after it. A period that was
    broken is followed by one that begins on the day after it, from which on the days are counted anew.

    Args:
        first_day: the first day of the first one.
        plan: the periods as if nothing broke them.
        pauses: the pauses, in order. Nothing comes after one of which nobody knows the end.
        longer: by how many days a period is longer, by its number and its last day so far; it is asked again until it
            says 0.
    """
    waiting, begins, step = list(pauses), first_day, 0
    for number in count():
        try:
            first, last = plan(begins, step)
            while number and waiting and waiting[0].said < waiting[0].first_day <= first:
                pause = waiting.pop(0)
                if pause.last_day is None:
                    return
                begins, step = add_days(pause.last_day, 1), 0
                first, last = plan(begins, 0)
            planned = last
            last, before = _broken(last, waiting, partial(longer, number))
            yield number, first, last, before
            if last is None or (waiting and waiting[0].first_day <= last):
                return
            begins, step = (begins, step + 1) if last == planned else (add_days(last, 1), 0)
        except InputError:
            return


def _broken(last: date | None, waiting: list[Pause], longer: Callable[[date], int]) -> tuple[date | None, date | None]:
    """The last day of a period with its pauses, which are taken from those that wait, and that before days on top.

    Args:
        last: its last day as it was planned; ``None``: it has no end.
        waiting: the pauses that are to come, in order.
        longer: by how many days it is longer, by its last day so far.
    """
    before: date | None = None
    while last is not None:
        if waiting and waiting[0].first_day <= last and waiting[0].last_day is not None:
            last = add_days(last, waiting.pop(0).days)
        elif more := longer(last):
            before, last = before or last, add_days(last, more)
        else:
            break
    return last, before or last


def course(tariff: pricing.Tariff, order: Order, first_day: date, last: date | None, again: Iterable[str]) -> Course:
    """The days of what was sold, as if nothing broke them.

    Args:
        tariff: the version of the price list that sold it.
        order: the order, whose first item it is.
        first_day: its first local day.
        last: the last day that was agreed, or that ``valid`` gives what has no contract; ``None``: none.
        again: the periods after which it gives units again; empty words say nothing.
    """
    item = order.items[0]
    return Course(
        first_day, tariff.term_of(order), tariff.products[item.product].valid, last, frozenset(again) - frozenset(("",))
    )


def course_of_gift(sold: Pass) -> Course:
    """The days of what was given and not sold: it lasts as it was given."""
    assert sold.first_day is not None
    return Course(sold.first_day, None, None, sold.last_day, frozenset(), sold.pauses, sold.free)
