"""Tuples that do something whenever a store comes to one of their items: what happens in the middle of ``apply``."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar

from cantinekit.plugins.ports import JournalEntry

T = TypeVar("T")


class Stepping(tuple[T, ...]):
    """Rows or journal entries that take a step before and behind each item, whenever a store goes through them."""

    step: Callable[[], None]

    def __new__(cls, items: Iterable[T], step: Callable[[], None]) -> Any:
        """The items, and what to do at each step; it may raise, wait, or end the process."""
        made = super().__new__(cls, items)
        made.step = step
        return made

    def __iter__(self) -> Iterator[T]:
        for item in super().__iter__():
            self.step()
            yield item
            self.step()

    def like(self, items: Iterable[T]) -> Stepping[T]:
        """Other items with the same steps."""
        made: Stepping[T] = Stepping(items, self.step)
        return made


class SlowEvents(Stepping[JournalEntry]):
    """Journal entries that take their time: the writer stalls inside ``apply``."""

    def __new__(cls, items: Iterable[JournalEntry]) -> Any:
        return super().__new__(cls, items, _a_moment)

    def like(self, items: Iterable[JournalEntry]) -> SlowEvents:
        made: SlowEvents = SlowEvents(items)
        return made


def mapped(items: Sequence[T], work: Callable[[T], T]) -> tuple[T, ...]:
    """The items after the work, without a step; they take the steps of the items before."""
    done = [work(item) for item in (tuple.__iter__(items) if isinstance(items, tuple) else items)]
    return items.like(done) if isinstance(items, Stepping) else tuple(done)


def at_step(number: int, work: Callable[[], None]) -> Callable[[], None]:
    """Steps of which only the one with this number, counted from 1, does the work."""
    taken = 0

    def step() -> None:
        nonlocal taken
        taken += 1
        if taken == number:
            work()

    return step


def lingering(items: Iterable[T]) -> Stepping[T]:
    """Items at which a store lets others in, so that a gap between comparing and writing is wide."""
    made: Stepping[T] = Stepping(items, _linger)
    return made


def _linger() -> None:
    time.sleep(0.0001)


def _a_moment() -> None:
    time.sleep(0.005)
