"""Playing: a house on a store, a clock that is set by hand, and the moments of the day that is played."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, time
from itertools import count
from typing import Any, TypeVar

from cantinekit import Outcome
from cantinekit.backends.notices import RecordingNotifier
from cantinekit.cantine import Cantine
from cantinekit.clock import ManualClock, Period, WallTime
from cantinekit.commands import Command
from cantinekit.errors import CantineError, RefusedError
from cantinekit.plugins.ports import Storage
from cantinekit.records import Lang

T = TypeVar("T")

DAY = date(2026, 11, 24)
"""The day that is played: a Tuesday."""
ZONE = "Europe/Paris"
SETTER = "cantinekit demo, edition 3"
"""The actor of the first entry in the journal of a demonstration; another edition tells another day."""
PAYMENTS = {
    "desk": "manual://",
    "card": "fake://?outcome=settled,settled,settled,declined,settled",
    "transfer": "manual://",
    "stored": "fake://?outcome=declined,settled",
}
"""The desk, a card gateway whose fourth charge is declined, transfers that staff find on the bank statement, and cards
that are stored, of which the first is declined.
"""


def moment(hour: int, minute: int = 0, *, day: date = DAY) -> datetime:
    """An instant by the wall clock of the network."""
    return WallTime(day, time(hour, minute), ZONE).instant


def between(start: tuple[int, int], end: tuple[int, int], *, day: date = DAY) -> Period:
    """A period of a day by the wall clock of the network."""
    return Period(moment(*start, day=day), moment(*end, day=day))


def counted() -> Callable[[str], str]:
    """Ids that count, so that each run of the demonstration has the same ones."""
    numbers = count(1)
    return lambda prefix: f"{prefix}_{next(numbers):04d}"


Follow = Callable[[str, Sequence[T]], Iterator[T]]
"""Hands out items one by one and shows how far it has come; the text says of what."""


def silent(label: str, items: Sequence[T]) -> Iterator[T]:
    """Hand out the items and show nothing."""
    return iter(items)


class DemoStage:
    """A house that the day is played in."""

    def __init__(self, storage: str | Storage, lang: Lang) -> None:
        self.lang = lang
        self.clock = ManualClock(moment(0))
        self.sent = RecordingNotifier()
        self.cantine = Cantine.open(
            storage, payments=PAYMENTS, notify=[self.sent], clock=self.clock, ids=counted(), effects="all"
        )
        self.follow: Follow[Command[Any]] = silent

    def at(self, now: datetime) -> None:
        """Set the clock."""
        self.clock.set(now)

    def do(self, now: datetime, actor: str, command: Command[Any]) -> Outcome[Any]:
        """Somebody gives a command at a moment."""
        self.at(now)
        return self.cantine.execute(command, actor=actor)

    def do_each(self, now: datetime, actor: str, label: str, commands: Sequence[Command[Any]]) -> list[Outcome[Any]]:
        """Somebody gives several commands, one after the other."""
        return [self.do(now, actor, command) for command in self.follow(label, commands)]

    def refuse(self, now: datetime, actor: str, command: Command[Any]) -> RefusedError:
        """Somebody gives a command that has to be refused.

        Raises:
            CantineError: it was not.
        """
        try:
            self.do(now, actor, command)
        except RefusedError as refusal:
            return refusal
        raise CantineError(f"{type(command).__name__} at {now.isoformat()} should have been refused")

    def wait_until(self, now: datetime) -> None:
        """Time passes, and what became due is carried out."""
        self.at(now)
        self.cantine.run_due()
