"""Answers that a process keeps, and shows again while the rows that they were made of are the same.

A page such as a front desk is looked at again and again, and little of it changes. To make it takes several times what
it takes a database to say that nothing has changed. So an answer is kept with what was asked for it, and with the mark
of what came. The next time the store is asked whether the same would come: then the same answer would be made of it.
What depends on the time of day has an end: an answer is made anew once a hold has run out or somebody's stay is over.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Hashable, Iterable, Sequence
from datetime import datetime
from typing import Any, Generic, TypeVar

import attrs

from cantinekit.common.recent import Recent
from cantinekit.domain.base import index_field
from cantinekit.plugins.ports import MAX_KEYS, Key, Storage
from cantinekit.plugins.sql.find import FindsMark, FindsOtherBodies, mark_of_bodies
from cantinekit.reads.records import Found, Range, RecordReads

A = TypeVar("A")
MAX_ANSWERS = 16
"""How many answers of a kind a reader keeps: a house has few desks, and few days are looked at there."""
MAX_SUMS = 64
"""How many sums of a kind a reader keeps: the months of a few places."""
NO_MARK = "-"


@attrs.frozen(eq=False)
class Question:
    """All that was asked for an answer, and the mark of what came.

    Attributes:
        ranges: the ranges of index fields.
        keys: the keys of rows, in order: those of a kind are looked for together.
        mark: the mark.
    """

    ranges: tuple[Range, ...]
    keys: tuple[Key, ...]
    mark: str

    def ask(self, storage: FindsOtherBodies, *, anyway: bool = False) -> Came | None:
        """What comes now; ``None``: the same as before. It is one round trip.

        Args:
            storage: the store.
            anyway: whether it is wanted where it is the same too.
        """
        answer = storage.find_other_bodies(_asked(self.ranges), self.keys, NO_MARK if anyway else self.mark)
        if answer is None:
            return None
        found, bodies = answer
        return Came(
            {one: dict(rows) for one, rows in zip(self.ranges, found, strict=True)},
            dict(zip(self.keys, bodies, strict=True)),
        )


@attrs.frozen(eq=False)
class Came:
    """What has come from a store.

    Attributes:
        found: the bodies of the rows of ranges.
        bodies: the bodies of rows by their keys, ``None`` of what is not there.
    """

    found: dict[Range, Found] = attrs.field(factory=dict)
    bodies: dict[Key, str | None] = attrs.field(factory=dict)


class Asking:
    """What is asked for one answer, noted with what came.

    Args:
        read: what reads rows.
        ahead: what was read ahead, which is not asked for again; ``None``: nothing was.
    """

    def __init__(self, read: RecordReads, ahead: Came | None = None) -> None:
        self._read = read
        self._ahead = ahead or Came()
        self._came = Came()

    def look(self, ranges: Sequence[Range], keys: Iterable[Key] = ()) -> tuple[list[Found], dict[Key, str]]:
        """The bodies of the rows of ranges, and those of keys without what is not there; at most one round trip.

        Args:
            ranges: ranges of index fields.
            keys: keys of rows.
        """
        ahead, came, every = self._ahead, self._came, list(dict.fromkeys(keys))
        asked = [one for one in ranges if one not in ahead.found]
        wanted = [key for key in every if key not in ahead.bodies]
        found, bodies = self._read._look(asked, wanted)
        came.found.update(zip(asked, found, strict=True))
        came.found.update((one, ahead.found[one]) for one in ranges if one in ahead.found)
        came.bodies.update(dict.fromkeys(wanted) | bodies)
        came.bodies.update((key, ahead.bodies[key]) for key in every if key in ahead.bodies)
        return [came.found[one] for one in ranges], {key: body for key in every if (body := came.bodies[key])}

    def question(self) -> Question:
        """All that was asked, and the mark of what came."""
        came, keys = self._came, sorted(self._came.bodies)
        mark = mark_of_bodies((found.items() for found in came.found.values()), (came.bodies[key] for key in keys))
        return Question(tuple(came.found), tuple(keys), mark)


@attrs.frozen(eq=False)
class Answer(Generic[A]):
    """An answer that is kept.

    Attributes:
        value: the answer.
        question: what it was made of.
        since: when it was made; by a clock that was set back it holds no more.
        until: the first instant at which it is another one though no row has changed.
    """

    value: A
    question: Question
    since: datetime
    until: datetime


class Answers(Generic[A]):
    """The answers of a reader that were looked at last. Threads can share it, and so can readers for one page.

    Names may be in them: ``forget_answers`` drops all that there are in the process.
    """

    def __init__(self) -> None:
        self._kept: Recent[Hashable, Answer[A]] = Recent(MAX_ANSWERS)
        self.cleared = 0
        """How often all was dropped."""
        with _EVERY_LOCK:
            _EVERY.add(self)

    def __len__(self) -> int:
        return len(self._kept)

    def look(self, storage: Storage, asked: Hashable, now: datetime) -> tuple[Answer[A] | None, Came | None]:
        """The answer that was kept, where it still holds; else what it was made of as that is now, so that another one
        is made of it without asking for all of it again. It is one round trip, and none where nothing is kept.

        Args:
            storage: the store.
            asked: what is asked for.
            now: the present instant.
        """
        kept = self._kept.get(asked)
        if kept is None or not isinstance(storage, FindsOtherBodies):
            return None, None
        came = kept.question.ask(storage, anyway=not kept.since <= now < kept.until)
        return (kept, None) if came is None else (None, came)

    def keep(self, storage: Storage, asked: Hashable, answer: Callable[[], Answer[A]], *, cleared: int) -> None:
        """Keep an answer, unless the store cannot be asked whether the rows are the same, or not in one question.

        Args:
            storage: the store.
            asked: what is asked for.
            answer: gives the answer with its question.
            cleared: how often all had been dropped before its first row was read: where it was since, a name of
                somebody who was forgotten meanwhile may be in it.
        """
        if not isinstance(storage, FindsOtherBodies):
            return
        made = answer()
        if _is_one_question(made.question):
            self._kept.put(asked, made)
        if self.cleared != cleared:
            self._kept.clear()

    def clear(self) -> None:
        """Keep nothing, nor what is being made."""
        self.cleared += 1
        self._kept.clear()


@attrs.frozen
class Rows:
    """The rows that an answer depends on.

    Attributes:
        keys: the keys of rows.
        ranges: ranges of rows.
    """

    keys: tuple[Key, ...]
    ranges: tuple[Range, ...]

    def mark(self, storage: FindsMark) -> str:
        """Their mark; one round trip.

        Args:
            storage: the store.
        """
        return storage.find_mark(_asked(self.ranges), self.keys)


@attrs.frozen(eq=False)
class _Sum(Generic[A]):
    """An answer of figures; without a mark it is not known yet whether it is still so."""

    value: A
    rows: Rows
    mark: str | None
    since: datetime
    until: datetime


class Sums(Generic[A]):
    """Answers that add many rows up, such as who came in a month, and have no names in them. Threads can share it.

    An answer is kept from the second time on: only then is it known beforehand of which rows to ask the mark, before
    any of them is read. What is written in between has a later version, so that the next mark is another one.
    """

    def __init__(self) -> None:
        self._kept: Recent[Hashable, _Sum[A]] = Recent(MAX_SUMS)

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, storage: Storage, asked: Hashable, now: datetime, add: Callable[[], tuple[A, Rows, datetime]]) -> A:
        """The answer, that which is kept where it still holds; it is one round trip more where it does not.

        Args:
            storage: the store; of one that gives no marks nothing is kept.
            asked: what is asked for.
            now: the present instant.
            add: gives the answer, the rows that it depends on, and the first instant at which it is another one though
                no row has changed.
        """
        if not isinstance(storage, FindsMark):
            return add()[0]
        kept = self._kept.get(asked)
        mark = None if kept is None else kept.rows.mark(storage)
        if kept is not None and kept.mark == mark and kept.since <= now < kept.until:
            return kept.value
        value, rows, until = add()
        known = kept is not None and kept.rows == rows
        if _is_one_question(rows):
            self._kept.put(asked, _Sum(value, rows, mark if known else None, now, until))
        return value


def _is_one_question(asked: Question | Rows) -> bool:
    """Whether a store takes so many ranges and keys at once."""
    return len(asked.ranges) <= MAX_KEYS and len(asked.keys) <= MAX_KEYS


def _asked(ranges: Iterable[Range]) -> list[tuple[str, str, str, str]]:
    return [(cls.kind, index_field(cls.kind, field), ge, lt) for cls, field, ge, lt in ranges]


_EVERY: weakref.WeakSet[Answers[Any]] = weakref.WeakSet()
_EVERY_LOCK = threading.Lock()


def forget_answers() -> None:
    """Drop all answers that this process keeps: somebody was forgotten whose name may be in them. Another process does
    not show it either, since the row of the person is another one; it drops what it keeps when that page is asked for.
    """
    with _EVERY_LOCK:
        every = list(_EVERY)
    for one in every:
        one.clear()
