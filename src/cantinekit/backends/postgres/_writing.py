"""Applying a change on one connection: lock, compare, write and commit in one round trip."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from typing import Any

import attrs
import psycopg
from psycopg.pq.abc import PGresult

from cantinekit.backends.postgres import _statements
from cantinekit.backends.postgres._arrays import columns, read_rows
from cantinekit.backends.postgres._line import TimedConnection
from cantinekit.clock import format_instant
from cantinekit.errors import StaleVersionError, StorageError
from cantinekit.plugins.ports import Change, Key, Row
from cantinekit.plugins.sql import pairs_text
from cantinekit.plugins.store_checks import check_change, expected_versions


class ElsewhereError(StorageError):
    """The connection leads to another server than it did, or to another session; or it has to be written otherwise."""

    def __init__(self) -> None:
        super().__init__("the server is another one than a moment ago", retryable=True)


Wanted = tuple[str, str, str, int, str, str]
"""What is to become of a row: its kind and id; ``write``, ``guard`` or ``remove``; the version; the body, the index."""


@attrs.frozen
class StatementChange:
    """A change as the statement takes it: its keys in their order, what becomes of each row, and the journal
    entries.
    """

    change: Change
    keys: tuple[Key, ...]
    wanted: tuple[Wanted, ...]
    told: tuple[str, ...]

    @classmethod
    def of(cls, change: Change) -> StatementChange:
        """Raises what ``check_change`` raises."""
        check_change(change)
        expected = expected_versions(change)
        written = {row.key: row for row in change.rows}
        removed = {Key(*guard.key) for guard in change.removes}
        keys = tuple(sorted(expected))
        wanted = tuple(_wanted(key, expected[key], written.get(key), removed) for key in keys)
        events = [(e.type, format_instant(e.at), e.actor, pairs_text(e.subjects), e.body) for e in change.events]
        about = [(*key, position) for position, e in enumerate(change.events, 1) for key in dict.fromkeys(e.subjects)]
        return cls(change, keys, wanted, (*columns(events, 5), *columns(about, 3)))

    def become(self, change: Change) -> StatementChange:
        """Prepare another change, reusing what is the same where the two differ only in some rows. Raises what
        ``check_change`` raises.
        """
        mine = self.change
        same = change.events is mine.events and change.guards is mine.guards and change.removes is mine.removes
        if not same or [row.key for row in change.rows] != [row.key for row in mine.rows]:
            return self.of(change)
        others = {row.key: row for row, old in zip(change.rows, mine.rows, strict=True) if row is not old}
        check_change(Change(tuple(others.values())))
        wanted = (
            _wanted(key, others[key].version - 1, others[key], ()) if key in others else old
            for key, old in zip(self.keys, self.wanted, strict=True)
        )
        return StatementChange(change, self.keys, tuple(wanted), self.told)

    @property
    def values(self) -> list[str]:
        """What fills the statement."""
        return [*columns(self.wanted, 6), *self.told]

    @property
    def created(self) -> list[Wanted]:
        """What is new of it, which nobody else can want."""
        return [one for one in self.wanted if one[2] == "write" and one[3] == 0]

    @property
    def others(self) -> list[Wanted]:
        """The rest of it: what it guards, and rows that are there."""
        return [one for one in self.wanted if one[2] != "write" or one[3] > 0]

    def may_be_staged(self) -> bool:
        """Whether its new rows can be written before the others."""
        written = any(one[2] == "write" for one in self.others)
        return bool(self.created) and written and not self.change.removes and len(self.keys) <= _statements.USUAL

    def ends(self, staged: StatementChange) -> bool:
        """Whether what is new of this was written as that of another."""
        return self.told is staged.told and self.keys is staged.keys and self.created == staged.created


class ChangeWriter:
    """Writes changes into a schema.

    In seconds: ``timeout`` is how long a change waits for a lock, ``deadline`` how long a statement may take.
    """

    def __init__(self, schema: str, timeout: float, deadline: float | None) -> None:
        self._schema = schema
        self._timeout, self._deadline = timeout, deadline
        self._of_transaction = self._settings(timeout, "true").encode()
        self._of_session = (self._settings(timeout, "false") + _statements.ALONE).encode()

    def _settings(self, timeout: float, local: str) -> str:
        text = _statements.SETTINGS + ("" if self._deadline is None else _statements.LIMITS)
        return text.format(timeout=_milliseconds(timeout), deadline=_milliseconds(self._deadline or 0), local=local)

    def stage(self, db: TimedConnection, change: StatementChange, wait: float) -> None:
        """Begin a transaction and write the new rows of a change. ``finish`` writes the rest and the journal entries.

        Raises:
            psycopg.Error: a row is there already; or anything else.
        """
        self._set_up(db)
        patience = _statements.PATIENCE.format(wait=_milliseconds(wait))
        before = [text.encode() for text in (_statements.BEGIN, patience, _statements.FROZEN)]
        values = columns(((kind, id, body, index) for kind, id, _, _, body, index in change.created), 4)
        db.kept(_statements.filled(_statements.STAGE, self._schema), values, before=before)

    def finish(self, db: TimedConnection, change: StatementChange) -> int:
        """Write the rest of a change whose new rows were staged, and commit all of it; the last journal number.

        Raises:
            StaleVersionError: rows are not at the versions that the change expects; nothing is stored.
            ElsewhereError: a row gets another index.
            psycopg.Error: anything else.
        """
        try:
            values, before = [*columns(change.others, 6), *change.told], [_statements.SAVEPOINT.encode()]
            answer = db.kept(self._statement(_statements.FINISH), values, before=before, commit=True)
            return int(answer.get_value(0, 0) or b"0")
        except psycopg.Error as error:
            if error.sqlstate != _statements.REFUSED:
                raise
            refusal = _refusal(error, [Key(*one[:2]) for one in change.others])
        raise refusal

    def _statement(self, text: str) -> bytes:
        return _statements.filled(text, self._schema, lock=_statements.LOCK, journal=_statements.ENTRIES)

    def begin_locked(
        self, db: TimedConnection, key: Key, wait: float, values: Sequence[str], begun: bool
    ) -> Iterator[Any]:
        """Begin the transaction that locks a row, and read rows in it: one message.

        ``wait``: for how many seconds. ``begun``: the transaction was begun by staging.

        Raises:
            psycopg.Error: the lock was not free in time.
        """
        name = sha256("\x1f".join((self._schema, *key)).encode()).digest()
        queue = _statements.QUEUE.format(name=int.from_bytes(name[:8], "big", signed=True))
        begin = [] if begun else [_statements.BEGIN, _statements.FROZEN]
        load = _statements.filled(_statements.LOAD, self._schema)
        if db.prepares:
            self._set_up(db)
            before = [*begin, _statements.PATIENCE.format(wait=_milliseconds(wait)), queue]
            return read_rows(db.kept(load, values, before=[text.encode() for text in before]))
        escape = psycopg.pq.Escaping(db.pgconn).escape_literal
        filled = load.replace(b"%s", b"%b") % tuple(bytes(escape(value.encode())) for value in values)
        return read_rows(db.say("; ".join([*begin, self._settings(wait, "true"), queue, ""]).encode() + filled))

    def write(self, db: TimedConnection, change: StatementChange, *, begun: bool = False) -> int:
        """Apply it and commit; ``begun``: in the transaction that was begun. The last journal number, 0 without one.

        Raises:
            StaleVersionError: rows are not at the versions that the change expects; nothing is stored.
            ElsewhereError: as it says.
            StorageError: the tables were altered by another hand.
            psycopg.Error: anything else.
        """
        keys, values = change.keys, change.values
        statement = self._statement(_statements.WRITE)
        return last_number(keys, lambda: self._run(db, statement, values, begun, len(keys) <= _statements.USUAL))

    def _run(
        self, db: TimedConnection, statement: bytes, values: list[str], begun: bool, usual: bool
    ) -> tuple[list[int], int]:
        """The positions of what is stale, and the last number of the journal."""
        if db.prepares and usual:
            if not begun:
                self._set_up(db)
            return answer_of(db.kept(statement, values, commit=begun))
        with self._transaction(db, begun):
            found = db.execute(statement, values, prepare=False)
        ((positions, number),) = found.fetchall()
        return positions or [], int(number)

    def _set_up(self, db: TimedConnection) -> None:
        if not db.set_up:
            db.execute(self._of_session)
            db.set_up = True

    @contextmanager
    def _transaction(self, db: TimedConnection, begun: bool) -> Iterator[None]:
        """One statement as a transaction: by itself in a session that is set up for it, else with all that it needs."""
        if db.prepares and not begun:
            self._set_up(db)
            yield
            return
        with db.pipeline():
            if not begun:
                db.execute(_statements.BEGIN)
                db.execute(self._of_transaction)
            yield
            self._commit(db)

    def _commit(self, db: TimedConnection) -> None:
        """Let what was written be stored; it is on its way together with this."""
        db.execute("COMMIT")


def answer_of(answer: PGresult) -> tuple[list[int], int]:
    """The positions of what is stale, and the last number of the journal, as libpq gives them."""
    stale, last = answer.get_value(0, 0) or b"{}", answer.get_value(0, 1) or b"0"
    return [int(position) for position in stale[1:-1].split(b",") if position], int(last)


def last_number(keys: Sequence[Key], ask: Callable[[], tuple[list[int], int]]) -> int:
    """The last journal number of a change, 0 without one.

    ``ask`` gives the positions of what is stale, and that number.

    Raises:
        StaleVersionError: rows are not at the versions that the change expects; nothing is stored.
        ElsewhereError: as it says.
        StorageError: the tables were altered by another hand.
        psycopg.Error: anything else.
    """
    try:
        stale, last = ask()
    except psycopg.Error as error:
        if error.sqlstate != _statements.REFUSED:
            raise
        refusal = _refusal(error, keys)
    else:
        if not stale:
            return last
        refusal = StaleVersionError([keys[position - 1] for position in stale])
    raise refusal


def _refusal(error: psycopg.Error, keys: Sequence[Key]) -> StorageError:
    """What the server found of a change that it did not store; psycopg's text is left behind."""
    why = error.diag.message_primary
    if why == "taken":
        return StaleVersionError([keys[int(one) - 1] for one in (error.diag.message_detail or "").split()])
    if why in ("elsewhere", "unset", "whole"):
        return ElsewhereError()
    if why == "full":
        return StorageError("at most 65535 journal entries in one transaction of the host")
    return StorageError("the index of a row is not what the row says: the tables were altered by another hand")


def _wanted(key: Key, expected: int, row: Row | None, removed: Collection[Key]) -> Wanted:
    """What is to become of the row of a key, as the statement takes it."""
    if row is not None:
        return *key, "write", expected, row.body, pairs_text(row.index)
    return *key, "remove" if key in removed else "guard", expected, "{}", "[]"


def _milliseconds(seconds: float) -> str:
    """A time as the server takes it: 1 ms at least, for 0 would be without end."""
    return f"{max(1, round(seconds * 1000))}ms"
