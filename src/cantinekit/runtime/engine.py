"""The unit of work around a decision: load what it reads, decide, store one atomic change, start again on a clash."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Literal, get_args

import attrs

from cantinekit.clock import Clock, instant
from cantinekit.commands import Command
from cantinekit.common.evolve import evolve
from cantinekit.common.fields import check_text
from cantinekit.common.telemetry import Step, step
from cantinekit.domain.base import index_field
from cantinekit.domain.catalogue.publication import Publication
from cantinekit.domain.decision import Decision, Ids, Prerequisite, PriceQuote
from cantinekit.domain.sales.comes_to import Afterwards
from cantinekit.domain.state import State, UnloadedError
from cantinekit.domain.unit_of_work import Uow
from cantinekit.errors import (
    CantineError,
    ContentionError,
    InputError,
    NotFoundError,
    RefusedError,
    RequestMismatchError,
    StaleVersionError,
    StorageError,
)
from cantinekit.errors.shown import shown
from cantinekit.events import RefundAsked
from cantinekit.plugins.ports import (
    Change,
    GatewayCapabilities,
    Guard,
    JoiningStorage,
    JournalEntry,
    Key,
    Row,
    RowLock,
    Storage,
)
from cantinekit.records import (
    Erasure,
    Organisation,
    Person,
    Record,
    Request,
    Space,
    StandingPage,
    Subject,
    Task,
    TaskWork,
)
from cantinekit.runtime import codec
from cantinekit.runtime.hot_rows import HotRowQueue
from cantinekit.runtime.loader import Loader, ReadSet, Replay
from cantinekit.runtime.prepared_change import PreparedChange

log = logging.getLogger("cantinekit.commands")
MAX_TRIES = 12
FIRST_PAUSE, LONGEST_PAUSE = 0.032, 1.0
"""In seconds. The backoff is of a random length up to a bound that doubles from try to try ("full jitter"), so that
commands that clashed at one moment do not try again at one moment."""
LEASE = timedelta(minutes=2)
"""The lease of a task: how long a worker has for it before another worker may take it over."""
Effects = Literal["payments", "all", "none"]
"""What a command carries out before it returns, of the tasks that it stored.

``payments``: all but messages, which wait for ``run_due``: a mail server that does not answer holds nobody up. ``all``:
messages too. ``none``: nothing; all waits for ``run_due``.
"""
_AT_ONCE: Mapping[Effects, frozenset[TaskWork]] = {
    "payments": frozenset(get_args(TaskWork)) - {"message"},
    "all": frozenset(get_args(TaskWork)),
    "none": frozenset(),
}
"""The kinds of work that a command carries out itself."""
MOST_INLINE = 25
"""How many tasks of one change its caller carries out; the others wait for ``run_due``, so that a call stays short."""
SECOND_STEPS: tuple[TaskWork, ...] = ("narrow", "forget")
"""Work that confirms or withdraws what a command announced."""
_ANNOUNCED = {StandingPage.kind: (Space.kind,), Erasure.kind: (Person.kind, Organisation.kind)}
"""The kind of record that a command with a second step gives, and the kinds that the second step may be about. The id
of the first begins with the id of the second."""
SYSTEM = "system"
"""The actor of what follows from what was stored."""


@attrs.frozen
class Committed:
    """What became of a command: the record that it is about, and what is to be carried out.

    Attributes:
        value: names the record that the command is about.
        charge_ids: the charges that it raised or changed.
        refund_ids: the refunds that it asked for.
        entries: the journal entries that were stored.
        tasks: the outbox entries that were stored.
        price: the price with its reasons; ``None`` where the command has none.
        replayed: whether the request was answered before, and nothing was stored now.
        before: what had to be ended first, because it had run out.
        records: what the command read or wrote, as it left them; of a replayed request there are none.
        afterwards: what it makes of something that was sold; ``None`` for other commands.
        publication: what the publication of a price list changes; ``None``: nothing was published now.
    """

    value: Subject
    charge_ids: tuple[str, ...] = ()
    refund_ids: tuple[str, ...] = ()
    entries: tuple[JournalEntry, ...] = ()
    tasks: tuple[Task, ...] = ()
    price: PriceQuote | None = None
    replayed: bool = False
    before: tuple[Committed, ...] = ()
    records: Mapping[Key, Record | None] = attrs.field(factory=dict, repr=False)
    afterwards: Afterwards | None = None
    publication: Publication | None = None


@attrs.frozen
class IdempotentRequest:
    """A request with its idempotency key.

    Attributes:
        id: the id of its row: a hash of the actor, the type of the command and the key.
        fingerprint: a hash of the content of the command.
        refusal: why it may not be carried out, before anything is read; it is answered where it was answered before.
    """

    id: str
    fingerprint: str
    refusal: RefusedError | None = None

    @classmethod
    def of(cls, command: Command[Any], actor: str, key: str) -> IdempotentRequest:
        """The request of an actor; its scope is the actor and the type of the command.

        Args:
            command: what is asked for.
            actor: who asks for it.
            key: the idempotency key, from 1 to 500 characters.

        Raises:
            InputError: the key is empty.
            TextError: the key is too long, or no text that a store can keep.
        """
        check_text(key, "idempotency_key", limit=500)
        if not key:
            raise InputError("an idempotency key must not be empty")
        scope = "\x1f".join((actor, type(command).__name__, key))
        return cls(sha256(scope.encode()).hexdigest(), codec.fingerprint(command, key))


class Engine:
    """Runs commands against a store. Thread-safe: it keeps nothing but immutable records that it has seen.

    Args:
        storage: the store.
        clock: gives the present instant.
        ids: makes new ids from a prefix.
        accounts: what the gateways can do, by the names of their accounts.
        channels: how many notifiers there are: each message is stored once for each.
        effects: which outbox entries that are due are leased to the caller, who carries them out.
        recorded: called with the journal entries of each change, once it is committed.

    Raises:
        InputError: ``effects`` is none of the words.
        StorageError: the store joins the host's transactions, and cannot tell when one is open.
    """

    def __init__(
        self,
        storage: Storage,
        clock: Clock,
        ids: Ids,
        accounts: Mapping[str, GatewayCapabilities],
        *,
        channels: int = 0,
        effects: Effects = "payments",
        recorded: Callable[[Sequence[JournalEntry]], None] = lambda entries: None,
    ) -> None:
        self.storage = storage
        self._host = _joining(storage)
        self.clock = clock
        self.ids = ids
        self.accounts = dict(accounts)
        self.channels = channels
        self.effects = _known(effects)
        self.recorded = recorded
        self._queue = HotRowQueue(storage)
        self._loader = Loader(storage, self._queue)

    def now(self) -> datetime:
        """The present instant."""
        return instant(self.clock.now())

    def get(self, cls: Any, id: str) -> Any:
        """A record as it is now, or ``None``.

        Args:
            cls: the class of the record.
            id: its id.
        """
        row = self.storage.load([Key(cls.kind, id)])[0]
        return None if row is None else self._loader.decode(row)

    def many(self, cls: Any, ids: Sequence[str]) -> list[Any]:
        """Records as they are now, in one batch; ``None`` for each that is not there.

        Args:
            cls: the class of the records.
            ids: their ids.
        """
        rows = self.storage.load([Key(cls.kind, id) for id in ids])
        return [None if row is None else self._loader.decode(row) for row in rows]

    def versioned(self, cls: Any, id: str) -> tuple[Any, int]:
        """A record, and the version of the row in which it was read.

        Args:
            cls: the class of the record.
            id: its id.

        Raises:
            NotFoundError: there is none.
        """
        row = self.storage.load([Key(cls.kind, id)])[0]
        if row is None:
            raise NotFoundError(cls.kind, id)
        return self._loader.decode(row), row.version

    def in_host_transaction(self) -> bool:
        """Whether what is stored now is the host's to commit or to roll back."""
        return self._host is not None and self._host.in_host_transaction()

    # --- running ---------------------------------------------------------------------------------------------------

    def run(
        self,
        command: Command[Any],
        actor: str,
        *,
        asked: IdempotentRequest | None = None,
        task: Task | None = None,
        before: list[Committed] | None = None,
    ) -> Committed:
        """Carry a command out.

        Args:
            command: what to do.
            actor: who asks for it.
            asked: the idempotent request that this answers; ``None`` without a key.
            task: the outbox entry that this finishes, in the same change.
            before: gets what had to be ended first. It is done, and has tasks, also where the command is refused then.

        Raises:
            RefusedError: understood and refused; nothing is stored.
            ContentionError: the rows kept changing.
            StaleVersionError: they changed inside a transaction of the host, which has to try again.
        """
        before = [] if before is None else before
        with step("command", log, command=type(command).__name__) as told:
            done = self._tried(command, actor, asked, task, before, told)
            told.note(outcome="replayed" if done.replayed else "done", stored=len(done.entries), tasks=len(done.tasks))
        return evolve(done, before=tuple(before))

    def _tried(
        self,
        command: Command[Any],
        actor: str,
        asked: IdempotentRequest | None,
        task: Task | None,
        before: list[Committed],
        told: Step,
    ) -> Committed:
        """Carry a command out, as often as rows change under it."""
        for attempt in range(MAX_TRIES):
            told.count("tries")
            try:
                with step("try") as one:
                    try:
                        return self._once(command, actor, asked, task, told, again=attempt > 0)
                    except (Prerequisite, StaleVersionError) as again:
                        one.note(outcome="stale" if isinstance(again, StaleVersionError) else "prerequisite")
                        raise
            except Prerequisite as first:
                before.extend(self.run(needed, SYSTEM) for needed in first.commands)
            except StaleVersionError as clash:
                if self.in_host_transaction():
                    raise
                if not self._queue.note(clash.keys) and attempt + 1 < MAX_TRIES:
                    time.sleep(random.uniform(0, min(LONGEST_PAUSE, FIRST_PAUSE * 2**attempt)))
        raise ContentionError(f"{type(command).__name__}: the rows kept changing in {MAX_TRIES} tries")

    def _once(
        self,
        command: Command[Any],
        actor: str,
        asked: IdempotentRequest | None,
        task: Task | None,
        told: Step,
        *,
        again: bool,
    ) -> Committed:
        with ExitStack() as held:
            first = ReadSet(self.storage, again=again)
            held.callback(lambda: told.count("batches", first.batches))
            ready = self._try(command, actor, asked, task, first, held)
            if isinstance(ready, Committed):
                return ready
            if not first.deferred:
                return self._store(ready, first.through, held)
            keys = tuple(ready.decision.rebases)
            lock = self._queue.take(keys or first.deferred, held, ready.change if keys else None)
            if lock is None:
                return self._store(ready, first.through, held)
            rebased = ready.rebased(lock, first.versions, self.now) if keys else None
            mine = rebased or self._try(command, actor, asked, task, ReadSet(lock), held)
            return mine if isinstance(mine, Committed) else self._store(mine, lock, held)

    def _try(
        self,
        command: Command[Any],
        actor: str,
        asked: IdempotentRequest | None,
        task: Task | None,
        seen: ReadSet,
        held: ExitStack,
    ) -> PreparedChange | Committed:
        """Decide, and make ready what is stored of it; a request that was answered before is done already."""
        try:
            decision, now = self._decide(command, actor, asked, seen, held)
        except Replay as replay:
            done = _replayed(replay.request, asked)
            self._check_settled(done.value, replay.request)
            self._confirm(seen, replay.request)
            return done
        except (CantineError, LookupError, Prerequisite) as refusal:
            # A refusal must not come from rows that changed between two batches: then it is looked at again.
            if not isinstance(refusal, StorageError) and seen.batches > 1 and (moved := self._moved(seen)):
                raise StaleVersionError(moved) from refusal
            raise
        return self._prepare(seen, decision, now, actor, asked, task)

    def _check_settled(self, value: Subject, request: Request) -> None:
        """A repeat is not told that what was announced holds while it may yet be withdrawn.

        Raises:
            ContentionError: it is still being looked at.
            StaleVersionError: it was withdrawn a moment ago, and the request is forgotten.
        """
        if value.kind not in _ANNOUNCED:
            return
        key, looks = Key(Request.kind, request.id), self._looks(value, request)
        if any(isinstance(task, Task) and task.state == "waiting" for task in looks):
            raise ContentionError(f"what was announced of {value.id} is still being looked at")
        if self.storage.load([key])[0] is None or self._looks(value, request) != looks:
            raise StaleVersionError([key])

    def _confirm(self, seen: ReadSet, request: Request) -> None:
        """Return once what a repeat is told is stored as durably as if it had been done just now.

        A row that can be read need not be: a primary that crashed and came back shows commits that its synchronous
        standby never got. A change that guards the row waits for the standby as any other does, hence for all before.

        Raises:
            StaleVersionError: the request was forgotten a moment ago.
        """
        key = Key(Request.kind, request.id)
        self.storage.apply(Change(guards=(Guard(key, seen.versions[key]),)))

    def _looks(self, value: Subject, request: Request) -> list[Record]:
        """The tasks that look whether what a request asks for can be had."""
        kinds = _ANNOUNCED[value.kind]
        return next((found for kind in kinds if (found := self._looks_at(kind, value, request))), [])

    def _looks_at(self, kind: str, value: Subject, request: Request) -> list[Record]:
        about, after = codec.composite(kind, value.id.rsplit("|", 1)[0]), None
        found: list[Record] = []
        while True:
            page = self.storage.find(Task.kind, index_field(Task.kind, "subject"), eq=about, after=after, limit=1000)
            found += [codec.decode(row) for row in page.rows if request.id in row.body]
            after = page.next
            if after is None:
                return found

    def _decide(
        self, command: Command[Any], actor: str, asked: IdempotentRequest | None, seen: ReadSet, held: ExitStack
    ) -> tuple[Decision[Any], datetime]:
        """What a command comes to, and the instant at which that was decided: when its rows were there.

        Reading may have waited for a connection or the row lock, and what a hold has left is judged after it. Where
        that instant needs other rows than were read, as after midnight, it is decided at the instant of reading: the
        handler is run again with a clock that stands there, and loads what it lacks.
        """
        began, empty = self.now(), State(actor=actor, accounts=self.accounts)
        uow = Uow(empty, began, self.ids)
        request = Key(Request.kind, asked.id) if asked else None
        if asked and asked.refusal:
            self._loader.look_up(request, seen)
            raise asked.refusal
        try:
            return self._loader.run(command, uow, request, seen, held, self.now), uow.now
        except UnloadedError:
            if uow.now == began:
                raise
        seen.rewind()
        request = None if request in seen.versions else request  # a repeat would not have come so far
        return self._loader.run(command, Uow(empty, began, self.ids), request, seen, held, lambda: began), began

    def _moved(self, seen: ReadSet) -> list[Key]:
        """The rows that were read and have another version now."""
        keys = list(seen.versions)
        rows = self.storage.load(keys)
        return [k for k, row in zip(keys, rows, strict=True) if (row.version if row else 0) != seen.versions[k]]

    def _prepare(
        self,
        seen: ReadSet,
        decision: Decision[Any],
        now: datetime,
        actor: str,
        asked: IdempotentRequest | None,
        task: Task | None,
    ) -> PreparedChange:
        tasks = self._outbox_entries(decision, now, asked)
        entries = tuple(
            codec.encode_event(event, now, actor, self._subjects(decision, number))
            for number, event in enumerate(decision.events)
        )
        return PreparedChange(decision, entries, tasks, self._change(seen, decision, entries, tasks, now, asked, task))

    def _store(self, ready: PreparedChange, through: RowLock, held: ExitStack) -> Committed:
        decision, entries, change = ready.decision, ready.entries, ready.change
        if change.rows or change.events or change.removes:
            through.apply(change)
            held.close()  # releases the row lock: nobody waits while observers are told
            if entries and self._host is not None:
                self._host.after_commit(lambda: self.recorded(entries))
            elif entries:
                self.recorded(entries)
        if decision.refusal is not None:
            raise decision.refusal
        records = {**decision.after.records, **{Key(one.kind, one.id): one for one in decision.private}}
        return Committed(
            decision.value,
            decision.charge_ids,
            _refund_ids(decision),
            entries,
            ready.tasks,
            decision.price,
            records=records,
            afterwards=decision.afterwards,
            publication=decision.publication,
        )

    # --- storing ---------------------------------------------------------------------------------------------------

    @staticmethod
    def _subjects(decision: Decision[Any], number: int) -> tuple[Key, ...]:
        named = decision.subjects[number]
        private = tuple(Key(r.kind, r.id) for r in decision.private if codec.KINDS[r.kind].named)
        return named or private or (Key(decision.value.kind, decision.value.id),)

    def _change(
        self,
        seen: ReadSet,
        decision: Decision[Any],
        entries: tuple[JournalEntry, ...],
        tasks: tuple[Task, ...],
        now: datetime,
        asked: IdempotentRequest | None,
        task: Task | None,
    ) -> Change:
        before, after = seen.records, decision.after.records
        changed = [(key, r) for key, r in after.items() if r is not None and r is not before.get(key)]
        changed += [(Key(r.kind, r.id), r) for r in decision.private]
        rows = [codec.encode(r, seen.versions.get(key, 0) + 1) for key, r in changed]
        rows += [codec.encode(one, 1) for one in tasks]
        # What was not there when it was read needs no removing. Where somebody removed it between two reads, the row
        # that led to it has changed too, and is among those that are written or guarded.
        removes = [Guard(key, version) for key in decision.removes if (version := seen.versions[key])]
        if asked is not None:
            answer = (decision.value, decision.charge_ids, _refund_ids(decision))
            request = Request(asked.id, asked.fingerprint, *answer, at=now)
            rows.append(codec.encode(request, 1))
        if task is not None:
            rows.append(self.finished(task))
            if decision.refusal is not None and task.request_id is not None:
                removes.extend(self._forget_request(task.request_id))
        written = {row.key for row in rows} | set(decision.removes)
        guards = tuple(
            Guard(key, seen.versions[key])
            for key, record in before.items()
            if record is not None
            and key not in written
            and key not in decision.after.spare
            and not codec.KINDS[key.kind].immutable
        )
        return Change(tuple(rows), entries, guards if rows else (), tuple(removes))

    def _forget_request(self, request_id: str) -> list[Guard]:
        """A refusal is not remembered: its request may be asked again. It may have been swept already."""
        row = self.storage.load([Key(Request.kind, request_id)])[0]
        return [Guard(row.key, row.version)] if row is not None else []

    def _outbox_entries(
        self, decision: Decision[Any], now: datetime, asked: IdempotentRequest | None
    ) -> tuple[Task, ...]:
        made: list[Task] = []
        leased, at_once = 0, _AT_ONCE[self.effects]
        for effect in decision.effects:
            channels = range(self.channels) if effect.work == "message" else range(1)
            for channel in channels:
                due = effect.due or now
                here = effect.work in at_once and due <= now and leased < MOST_INLINE
                leased += here
                made.append(
                    Task(
                        self.ids("tsk"),
                        effect.work,
                        effect.subject,
                        due,
                        tries=1 if here else 0,
                        leased_until=now + LEASE if here else None,
                        template=effect.template,
                        person_id=effect.person_id,
                        channel=channel,
                        request_id=asked.id if asked and effect.work in SECOND_STEPS else None,
                        start=effect.start,
                    )
                )
        return tuple(made)

    def finished(self, task: Task) -> Row:
        """The row of a task that is done. To store it is refused as stale where another worker has taken the task over.

        Args:
            task: the task as it was read.
        """
        done = evolve(task, state="done", leased_until=None, problem="", writes=task.writes + 1)
        return codec.encode(done, done.writes)

    def save_task(self, task: Task) -> Task:
        """Store a task as it is now.

        Args:
            task: the task, with the number of writes that it was read with.

        Returns:
            the task as it is stored.

        Raises:
            StaleVersionError: another worker has written it meanwhile.
        """
        return self.save_tasks([task])[0]

    def save_tasks(self, tasks: Sequence[Task]) -> list[Task]:
        """Store several tasks as they are now, all or none.

        Args:
            tasks: the tasks, with the numbers of writes that they were read with; none: nothing is stored.

        Returns:
            the tasks as they are stored.

        Raises:
            StaleVersionError: another worker has written one of them meanwhile.
        """
        saved = [evolve(task, writes=task.writes + 1) for task in tasks]
        if saved:
            self.storage.apply(Change(rows=tuple([codec.encode(one, one.writes) for one in saved])))
        return saved


def _known(effects: Effects) -> Effects:
    """Raise ``InputError`` for what is none of the words."""
    if effects not in _AT_ONCE:
        raise InputError(f"effects is one of {', '.join(_AT_ONCE)}, not {shown(effects)}")
    return effects


def _joining(storage: Storage) -> JoiningStorage | None:
    """The store, if it takes part in the transactions of its host.

    Raises:
        StorageError: it says that it does, and cannot tell when one is open.
    """
    if not storage.capabilities.joins_host_transaction:
        return None
    if not isinstance(storage, JoiningStorage):
        raise StorageError("the store joins the host's transactions, and lacks a method of JoiningStorage")
    return storage


def _refund_ids(decision: Decision[Any]) -> tuple[str, ...]:
    """The refunds that a decision asks for."""
    return tuple(event.refund.id for event in decision.events if isinstance(event, RefundAsked))


def _replayed(request: Request, asked: IdempotentRequest | None) -> Committed:
    if asked is None or request.fingerprint != asked.fingerprint:
        raise RequestMismatchError("the idempotency key was used for another request")
    assert request.result is not None
    return Committed(request.result, request.charge_ids, request.refund_ids, replayed=True)
