"""Telling: what a store says of a moment that has passed.

The journal up to that moment, folded, gives every domain record as it was then. With the people (private records are
never in the journal) these are put into a house in memory, whose clock stands at the moment. There

- everything is read by the same read API as in any house;
- a refusal, which stores nothing, is had again: the same command, previewed in the house as it was, is refused for the
  same reasons;
- a message, whose text is stored nowhere, is written again: its task, which the store keeps, is carried out once more
  in the house as it was, into a recorder.

So nothing that is told comes from the run that was played, and another process tells the same.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from functools import cache, cached_property
from typing import Any, TypeVar

import attrs

from cantinekit import Outcome
from cantinekit import records as m
from cantinekit.backends.memory import MemoryStorage
from cantinekit.backends.notices import RecordingNotifier
from cantinekit.cantine import Cantine, fold
from cantinekit.clock import ManualClock, local
from cantinekit.commands import Command
from cantinekit.demo._stage import DAY, PAYMENTS, ZONE, moment
from cantinekit.domain.state import State
from cantinekit.errors import CantineError, RefusedError
from cantinekit.events import DepositKept, OrganisationAdded, PersonAdded
from cantinekit.plugins.ports import Change, JournalEntry, Message
from cantinekit.plugins.registry import Registry
from cantinekit.pricing import Quote, Tariff
from cantinekit.reads import Reader
from cantinekit.runtime import codec

T = TypeVar("T")


@cache
def _built_in() -> Registry:
    """A house of the past needs no plug-in."""
    return Registry.load(entry_points=False)


@cache
def _tariff(text: str) -> Tariff:
    return Tariff.load(text)


class Past:
    """A house as it was at a moment."""

    def __init__(self, now: datetime, records: Sequence[m.Record], tasks: Sequence[m.Task]) -> None:
        self.now = now
        self._storage = MemoryStorage()
        self._storage.apply(Change(rows=tuple(codec.encode(record, 1) for record in records)))
        self._tasks = tuple(tasks)
        self._recorder = RecordingNotifier()
        self._cantine = Cantine.open(
            self._storage,
            payments=PAYMENTS,
            notify=[self._recorder],
            clock=ManualClock(now),
            registry=_built_in(),
        )
        self.read: Reader = self._cantine.read

    # --- what can be asked of any house ---

    def visit(self, place_id: str, person_id: str | None) -> m.Visit:
        """The visit of a person, or of nobody by name, at a place."""
        ids = [item.id for item in self.read.agenda(place_id, local(self.now, ZONE).date()) if item.kind == "visit"]
        found = [visit for visit in self.read.many(m.Visit, ids) if visit is not None]
        return _one(visit for visit in found if visit.person_id == person_id)

    def bookings(self, space_id: str) -> tuple[m.Booking, ...]:
        """All bookings of a space, also those that ended."""
        return tuple(self.read.find(m.Booking, "space", *codec.between(space_id)))

    def registration(self, session_id: str, person_id: str) -> m.Registration:
        """The registration of a person for a session."""
        found = self.read.find(m.Registration, "session", *codec.between(session_id))
        return _one(one for one in found if one.person_id == person_id)

    def prices(self, record: m.Record) -> tuple[Quote, ...]:
        """The prices that were made for a record, computed again from their inputs."""
        return self.read.explain(m.Subject(record.kind, record.id))

    def sale(self, record: m.Record) -> m.Sale:
        """The last sale of a record."""
        return list(self.read.find(m.Sale, "subject", *codec.between(f"{record.kind}|{record.id}")))[-1]

    def charge(self, id: str | None) -> m.Charge:
        """A charge."""
        return self.read.need(m.Charge, id or "none")

    def attempts(self, charge: m.Charge) -> tuple[m.Attempt, ...]:
        """The tries to take the money of a charge, in their order."""
        return tuple(one for one in self.read.many(m.Attempt, charge.attempt_ids) if one is not None)

    def passes(self, person_id: str) -> tuple[m.Pass, ...]:
        """All passes of a person, the one that was sold first at the beginning."""
        return tuple(self.read.find(m.Pass, "holder", *codec.between(person_id)))

    def product(self, id: str) -> str:
        """The name of a product that stands in a price list and in no catalogue."""
        pricelist, _, name = id.partition("/")
        version = self.read.need(m.PriceList, pricelist).version_at(self.now) or "none"
        return _tariff(self.read.need(m.TariffText, version).text).products[name].name

    def name(self, person_id: str | None) -> str:
        """The name of a person."""
        return self.read.need(m.Person, person_id or "none").name

    # --- what is stored nowhere ---

    def refusal(self, command: Command[Any]) -> RefusedError:
        """The refusal of a command in this house.

        Raises:
            CantineError: it is not refused.
        """
        try:
            self._cantine.preview(command, actor="replay")
        except RefusedError as refusal:
            return refusal
        raise CantineError(f"the store tells another day: {type(command).__name__} is not refused at {self.now}")

    def preview(self, command: Command[Any]) -> Outcome[Any]:
        """What a command would come to in this house; nothing is changed by asking."""
        return self._cantine.preview(command, actor="replay")

    def messages(self) -> tuple[Message, ...]:
        """The messages of this moment, written again."""
        waiting = (
            attrs.evolve(task, state="waiting", tries=0, leased_until=None, problem="", writes=1)
            for task in self._tasks
        )
        missing = [task for task in waiting if self.read.get(m.Task, task.id) is None]
        if missing:
            self._storage.apply(Change(rows=tuple(codec.encode(task, 1) for task in missing)))
            self._cantine.run_due()
        return self._recorder.messages


class Archive:
    """A store whose day is told, as far as it was played when it was first asked: its journal is read once.

    Time goes forward in a journal, so that what it came to at a moment is what it had come to before, and the entries
    since; each is folded once.
    """

    def __init__(self, read: Reader) -> None:
        self._read = read
        self._past: dict[datetime, Past] = {}
        self._folded: dict[int, State] = {0: fold(())}
        """What so many entries came to."""

    @cached_property
    def _journal(self) -> tuple[JournalEntry, ...]:
        return tuple(self._read.journal())

    def entries(self, until: datetime | None = None) -> tuple[JournalEntry, ...]:
        """The journal, as far as a moment."""
        count = len(self._journal) if until is None else bisect_right(self._journal, until, key=lambda entry: entry.at)
        return self._journal[:count]

    def whole(self, until: datetime) -> bool:
        """Whether the day was played as far as this moment, and nothing that was due by then is left undone."""
        played = any(entry.at >= until for entry in self._journal)
        return played and all(task.due > until for task in self._read.tasks())

    def at(self, hour: int, minute: int = 0, *, day: date = DAY) -> Past:
        """The house as it was at a moment of a day."""
        now = moment(hour, minute, day=day)
        if now not in self._past:
            folded = self.folded(now)
            self._past[now] = Past(now, [*folded, *self._parties, *self._addressees(folded)], self._messages(now))
        return self._past[now]

    def folded(self, now: datetime) -> tuple[m.Record, ...]:
        """The domain records of a moment, made from the journal alone."""
        entries = self.entries(now)
        known = max(count for count in self._folded if count <= len(entries))
        self._folded[len(entries)] = fold(entries[known:], self._folded[known])
        return tuple(record for record in self._folded[len(entries)].records.values() if record is not None)

    def differences(self, records: Sequence[m.Record]) -> int:
        """How many of these records are not exactly what the store has under their names now."""
        kinds: dict[type[m.Record], list[m.Record]] = {}
        for record in records:
            kinds.setdefault(type(record), []).append(record)
        stored = {cls: self._read.many(cls, [one.id for one in ours]) for cls, ours in kinds.items()}
        return sum(one != two for cls, ours in kinds.items() for one, two in zip(ours, stored[cls], strict=True))

    def sales(self, now: datetime) -> tuple[m.Sale, ...]:
        """All sales up to a moment, in their order."""
        made = [entry.subjects for entry in self.entries(now) if entry.type == "PriceMade"]
        ids = [key.id for subjects in made for key in subjects if key.kind == m.Sale.kind]
        return tuple(sale for sale in self._read.many(m.Sale, ids) if sale is not None)

    def kept(self, now: datetime) -> tuple[DepositKept, ...]:
        """What was kept of deposits up to a moment, in its order; the journal alone says why."""
        events = (codec.decode_event(entry) for entry in self.entries(now) if entry.type == "DepositKept")
        return tuple(event for event in events if isinstance(event, DepositKept))

    @cached_property
    def _parties(self) -> tuple[m.Person | m.Organisation, ...]:
        """People and organisations: who they are is in no journal."""
        kinds = ("PersonAdded", "OrganisationAdded")
        added = [codec.decode_event(entry) for entry in self._journal if entry.type in kinds]
        people = self._read.many(m.Person, [one.person_id for one in added if isinstance(one, PersonAdded)])
        organisations = [one.organisation_id for one in added if isinstance(one, OrganisationAdded)]
        return tuple(one for one in (*people, *self._read.many(m.Organisation, organisations)) if one is not None)

    def _addressees(self, records: Iterable[m.Record]) -> Iterator[m.Addressee]:
        """Whom documents are for: like people this is in no journal."""
        ids = [record.id for record in records if isinstance(record, m.Document)]
        return (one for one in self._read.many(m.Addressee, ids) if one is not None)

    @cached_property
    def _sent(self) -> tuple[m.Task, ...]:
        tasks = self._read.find(m.Task, "subject")
        return tuple(task for task in tasks if task.work == "message" and task.state == "done")

    def _messages(self, now: datetime) -> list[m.Task]:
        return sorted((task for task in self._sent if task.due == now), key=lambda task: task.id)


def _one(found: Iterable[T]) -> T:
    """The last of what was found.

    Raises:
        CantineError: there is none.
    """
    last = deque(found, maxlen=1)
    if not last:
        raise CantineError("the store tells another day: something that happened is missing")
    return last[0]
