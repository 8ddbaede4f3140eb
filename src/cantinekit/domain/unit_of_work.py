"""The unit of work of one command: it reads what the command needs, and collects what is decided."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from cantinekit.domain.base import Record, Subject
from cantinekit.domain.decision import Decision, Ids
from cantinekit.domain.draft import Draft
from cantinekit.domain.state import Find, Load, State, Wish, fetch, refer
from cantinekit.plugins.ports import Key

T = TypeVar("T")
R = TypeVar("R", bound=Record)
Steps = Generator[Load | Find, Mapping[Key, Record | None], T]
"""A generator that yields what to load or find, is sent it, and returns its result."""


class Uow(Draft):
    """What a handler works with.

    Each record that is read is guarded: what is decided is stored only if its version is still the same.

    Args:
        state: the records that are there before anything is read.
        now: the instant at which the rows that were read last were there; it moves on with each batch, and never back.
        ids: makes new ids from a prefix.
    """

    def __init__(self, state: State, now: datetime, ids: Ids) -> None:
        super().__init__(state, now, ids)

    def fetch(self, wishes: Iterable[Wish], spare: Iterable[Wish] = ()) -> Steps[None]:
        """Load in one batch those of the wanted records that are not there yet.

        Args:
            wishes: pairs of a class and an id; an id of ``None`` is no wish.
            spare: records that are only looked at to propose something, so that they are not guarded.
        """
        self.state = yield from fetch(self.state, wishes, spare)

    def get(self, cls: type[R], id: str, *also: Wish) -> Steps[R | None]:
        """Load a record, ``None`` where there is none, and others with it in the same batch."""
        yield from self.fetch([(cls, id), *also])
        return self.state.get(cls, id)

    def need(self, cls: type[R], id: str, *also: Wish) -> Steps[R]:
        """Load a record, and others with it in the same batch.

        Raises:
            NotFoundError: there is no such record.
        """
        yield from self.fetch([(cls, id), *also])
        return self.state.need(cls, id)

    def find(self, cls: type[Any], field: str, ge: str, lt: str) -> Steps[tuple[Key, ...]]:
        """The keys of the records of a class by an index field, from ``ge`` up to ``lt``, in order, each once.

        Keys only: to decide from a record, load it.
        """
        found = yield Find(cls.kind, field, ge, lt)
        return tuple(found)

    def done(self, value: Record | Subject, charge_ids: Iterable[str | None] = ()) -> Decision:
        """What was decided.

        Args:
            value: the record that the caller gets, or its kind and id.
            charge_ids: charges that belong to the answer beside those that were raised here.
        """
        return self.decision(value if isinstance(value, Subject) else refer(value), charge_ids)
