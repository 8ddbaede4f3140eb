"""A machine that lives in a house like the others, and books on many dates at once."""

from __future__ import annotations

from datetime import time, timedelta

import attrs
from hypothesis import strategies as st
from hypothesis.stateful import rule

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.clock import Period, WallTime, local
from cantinekit.errors import CantineError, SeriesClashError
from support.laws.house_machine import ACCOUNTS, ANY, MAYBE, SPACES, Cards, Rooms

DATES = ("series expired", "series cancelled", "series paid later", "skipped dates booked", "refusal", "refund")


class DatesAndCards(Rooms, Cards):
    """Series of bookings between single ones, closures, and payments."""

    @rule(
        space=st.sampled_from(SPACES),
        day=st.integers(0, 2),
        start=st.integers(9, 17),
        length=st.integers(1, 3),
        count=st.integers(1, 4),
        person=MAYBE,
        account=ACCOUNTS,
        agrees=st.booleans(),
    )
    def book_series(
        self,
        space: str,
        day: int,
        start: int,
        length: int,
        count: int,
        person: str | None,
        account: str | None,
        agrees: bool,
    ) -> None:
        """Some days from one of the next on; whoever agrees leaves out what the preview names."""
        product = "desk" if space.endswith("open") else "room"
        first = local(self.house.clock.now(), "Europe/Paris").date() + timedelta(days=day)
        command = c.BookSeries(
            space_id=space,
            product_id=product,
            day=first,
            starts=time(start),
            ends=time(start + length),
            rule=f"FREQ=DAILY;COUNT={count}",
            person_id=person,
            account=account,
        )
        if agrees:
            try:
                self.house.cantine.preview(command, actor="ana")
            except SeriesClashError as clash:
                command = attrs.evolve(command, skip=clash.skip)
            except CantineError:
                pass
        self.run(command)

    @rule(number=ANY, day=st.integers(0, 3))
    def cancel_series(self, number: int, day: int) -> None:
        if found := self.house.all(m.BookingSeries):
            one = found[number % len(found)]
            self.run(c.CancelSeries(one.id, from_date=one.dates[day % len(one.dates)].day if day else None))

    @rule(number=ANY, account=ACCOUNTS, every=st.booleans())
    def retry(self, number: int, account: str | None, every: bool) -> None:
        found = [one for one in self.house.all(m.BookingSeries) if one.of_state("skipped")]
        if found:
            one = found[number % len(found)]
            days = () if every else (one.of_state("skipped")[0].day,)
            self.run(c.RetrySkipped(one.id, dates=days, account=account))

    @rule(space=st.sampled_from(["a1", "b"]), start=st.integers(9, 15), person=MAYBE, account=ACCOUNTS)
    def come_free(self, space: str, start: int, person: str | None, account: str | None) -> None:
        """One date of a series is in the way of nobody any more, and is tried again."""
        day = local(self.house.clock.now(), "Europe/Paris").date() + timedelta(days=2)
        begin = WallTime(day, time(start), "Europe/Paris").instant
        self.run(
            c.Book(space_id=space, product_id="room", period=Period(begin, begin + timedelta(hours=1)), account="desk")
        )
        taken = [one for one in self.house.all(m.Booking) if one.period.start == begin and one.space_id == space]
        self.book_series(space, 1, start, 1, 3, person, "desk", True)
        for one in taken:
            self.run(c.CancelBooking(one.id))
        self.retry(0, account, False)

    @rule(number=ANY)
    def cancel_date(self, number: int) -> None:
        found = [one for one in self.house.all(m.Booking) if one.series_id and one.state == "confirmed"]
        if found:
            self.run(c.CancelBooking(found[number % len(found)].id))
