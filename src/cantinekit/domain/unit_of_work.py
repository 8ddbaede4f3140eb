"""The unit of work of one command: it reads what the command needs, and collects what is decided."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping
from typing import Any, TypeVar

from cantinekit.domain.base import Record, Subject
from cantinekit.domain.decision import Decision
from cantinekit.domain.draft import Draft
from cantinekit.domain.state import Find, Load, State, Wish, refer
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

    def fetch(self, wishes: Iterable[Wish], spare: Iterable[Wish] = ()) -> Steps[None]:
        """Load in one batch those of the wanted records that are not there yet.

        Args:
            wishes: pairs of a class and an id; an id of ``None`` is no wish.
            spare: records that are only looked at to propose something, so that they are not guarded.
        """
        known = self.state.records.keys()
        wanted = {Key(cls.kind, id) for cls, id in wishes if id is not None}
        extra = {Key(cls.kind, id) for cls, id in spare if id is not None} - wanted - known
        missing = wanted - known
        found: Mapping[Key, Record | None] = {}
        if missing or extra:
            found = yield Load(tuple(sorted(missing | extra)), frozenset(extra))
        self.state = self.state.over(found, (self.state.spare | extra) - wanted)

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

    def side_by_side(self, readings: Iterable[Steps[None]]) -> Steps[None]:
        """Run readings at the same time: what they want next is loaded in one batch for all of them.

        Args:
            readings: readings of this unit of work, which do not depend on each other.
        """
        wanted = [(one, wish) for one in readings if (wish := next(one, None)) is not None]
        while wanted:
            loads = [wish for _, wish in wanted if isinstance(wish, Load)]
            known = self.state.records
            keys = {key for wish in loads for key in wish.keys} - known.keys()
            guarded = {key for wish in loads for key in set(wish.keys) - wish.spare}
            found = dict((yield Load(tuple(sorted(keys)), frozenset(keys - guarded))) if keys else {})
            after = list[tuple[Steps[None], Load | Find]]()
            for one, wish in wanted:
                if isinstance(wish, Find):
                    mine: Mapping[Key, Record | None] = yield wish
                else:  # what another one has loaded meanwhile is not read again
                    mine = {key: found[key] if key in found else known[key] for key in wish.keys}
                try:
                    after.append((one, one.send(mine)))
                except StopIteration:
                    continue
            wanted = after

    def begin_again(self, read: Mapping[Key, Record | None]) -> None:
        """Forget what was decided, and keep what was read: the handler is run again from its first line.

        Args:
            read: all records that were read for it.
        """
        first = State({}, self.state.actor, self.state.accounts, complete=self.state.complete)
        self.__init__(first.over(read, self.state.spare), self.now, self.ids)  # type: ignore[misc]

    def done(self, value: R, charge_ids: Iterable[str | None] = ()) -> Decision[R]:
        """What was decided.

        Args:
            value: the record that the caller gets.
            charge_ids: charges that belong to the answer beside those that were raised here.
        """
        return self.decision(refer(value), charge_ids)

    def done_at(self, cls: type[R], id: str) -> Decision[R]:
        """What was decided, where the record that the caller gets is known by its class and id."""
        return self.decision(Subject(cls.kind, id))

    def done_with(self, value: Subject, charge_ids: Iterable[str | None] = ()) -> Decision[Any]:
        """What was decided of something that may be of any class: what a charge is for, or what ran out."""
        return self.decision(value, charge_ids)
