"""What decisions are made from: requests for rows, and the state that they give."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

import attrs

from cantinekit.domain.base import Record, Subject
from cantinekit.errors import DuplicateError, NotFoundError
from cantinekit.errors.shown import shown
from cantinekit.plugins.ports import GatewayCapabilities, Key

R = TypeVar("R", bound=Record)


@attrs.frozen
class Load:
    """Rows that are needed, in one batch.

    Attributes:
        keys: the rows. All of them are guarded: they must not have changed when the decision is stored.
        spare: rows among them that are only looked at to propose something, and are not guarded.
    """

    keys: tuple[Key, ...]
    spare: frozenset[Key] = frozenset()


@attrs.frozen
class Find:
    """Discover records by an index. The answer is keys only: to decide from a record, load it.

    Attributes:
        kind: the kind of the records.
        field: the name of the index field.
        ge: the least value, itself included.
        lt: the value below which all lie.
    """

    kind: str
    field: str
    ge: str
    lt: str


class UnloadedError(LookupError):
    """A decision looked at a row that was not loaded: a fault of the program, never of the input."""


@attrs.frozen
class State:
    """The records that a decision sees.

    Attributes:
        records: the records by their keys; ``None`` is a record that was looked for and is not there.
        actor: who asks for the command.
        accounts: what the gateways can do, by the names of their accounts.
        spare: records that are not guarded.
        complete: whether everything that exists is here (a fold of the whole journal), so that what is missing is
            absent.
    """

    records: Mapping[Key, Record | None] = attrs.field(factory=dict)
    actor: str = ""
    accounts: Mapping[str, GatewayCapabilities] = attrs.field(factory=dict)
    spare: frozenset[Key] = frozenset()
    complete: bool = False

    def get(self, cls: type[R], id: str) -> R | None:
        """The record, or ``None`` where there is none."""
        try:
            return self.records[cls.kind, id]  # type: ignore[index, return-value]  # a key is such a tuple
        except KeyError:
            if self.complete:
                return None
            raise UnloadedError(f"{cls.kind} {shown(id)} was not loaded") from None

    def need(self, cls: type[R], id: str) -> R:
        """The record.

        Raises:
            NotFoundError: there is none.
        """
        found = self.get(cls, id)
        if found is None:
            raise NotFoundError(cls.kind, id)
        return found

    def knows(self, cls: type[Any], id: str) -> bool:
        """Whether the record was looked for."""
        return self.complete or (cls.kind, id) in self.records

    def put(self, changed: Iterable[Record]) -> State:
        """This state, with these records as they are now."""
        return self.over({Key(r.kind, r.id): r for r in changed}, self.spare)

    def over(self, records: Mapping[Key, Record | None], spare: frozenset[Key]) -> State:
        """This state with more records, of which some are spare."""
        return State({**self.records, **records}, self.actor, self.accounts, spare, self.complete)


Wish = tuple[type[Any], str | None]
"""A record that may be needed: its class and its id; ``None`` is none."""


def refer(record: Record) -> Subject:
    """The kind and id of a record."""
    return Subject(record.kind, record.id)


def refuse_twice(state: State, cls: type[Record], id: str | None) -> None:
    """Refuse an id that is taken.

    Raises:
        DuplicateError: a record of this kind has it.
    """
    if id is not None and state.get(cls, id) is not None:
        raise DuplicateError(f"{cls.kind} {shown(id)}")
