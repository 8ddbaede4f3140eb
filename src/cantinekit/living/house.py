"""A house in memory for a price list: built once, copied for each example, with a clock of its own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TypeVar

import attrs

from cantinekit import commands as cmd
from cantinekit.backends.memory import MemoryStorage
from cantinekit.backends.payments import ManualGateway
from cantinekit.calendar import wall_instant
from cantinekit.cantine import Cantine
from cantinekit.clock import ManualClock
from cantinekit.commands import Command
from cantinekit.domain.catalogue.stated import stated_from
from cantinekit.domain.spaces.terms import Terms
from cantinekit.pricing import Tariff
from cantinekit.records import Record
from cantinekit.runtime.outcome import Outcome

R = TypeVar("R")
T = TypeVar("T", bound=Record)

ACTOR = "check"
CUSTOMER = "customer"
DESK = "desk"
ENTITY = "operator"
PLACE = "place"
ROOM = "room"
OPEN_SPACE = "open space"
INVOICES = "invoices"
BUILT = datetime(1971, 1, 1, tzinfo=UTC)
"""When each house was built: before anything that an example may ask."""
UNITS = 10_000
RELEASED_AFTER = timedelta(minutes=30)
"""How long after its start a booking is released to which nobody came."""
MAX_JOURNAL = 10_000
"""More entries than the journal of such a house has."""


class _Counted:
    """Ids that are counted, so that the same example gives the same records."""

    def __init__(self) -> None:
        self._last = 0

    def __call__(self, prefix: str) -> str:
        self._last += 1
        return f"{prefix}_{self._last:06}"


@attrs.frozen
class House:
    """A house with one place, at which everything of one price list is sold.

    Attributes:
        tariff: the price list.
        cantine: the house.
        clock: its clock.
        storage: its store, to be copied.
        begun: the last number of the journal when it was copied.
    """

    tariff: Tariff
    cantine: Cantine
    clock: ManualClock
    storage: MemoryStorage
    begun: int = 0

    @classmethod
    def build(cls, tariff: Tariff) -> House:
        """A house in which a price list is published, and nobody has been yet.

        Args:
            tariff: the price list.

        Raises:
            RefusedError: the house does not take the list.
        """
        house = cls.over(tariff, MemoryStorage(), BUILT)
        house.do(cmd.AddEntity(name="operator", accounts=(DESK,), id=ENTITY))
        house.do(cmd.DescribeEntity(ENTITY, address=("1 place",), country="FR", registration="1", vat_number="FR1"))
        house.do(cmd.OpenSeries(entity_id=ENTITY, name=INVOICES, documents="invoice", prefix="F", zone=tariff.zone))
        house.do(
            cmd.AddPlace(
                name="place",
                entity_id=ENTITY,
                zone=tariff.zone,
                currency=tariff.currency,
                open_space_id=OPEN_SPACE,
                id=PLACE,
            )
        )
        house.do(cmd.AddSpace(place_id=PLACE, name="room", capacity=UNITS, id=ROOM))
        house.do(cmd.ChangeTerms(ROOM, terms=Terms(release_after=RELEASED_AFTER)))
        house.do(cmd.AddSpace(place_id=PLACE, name="open space", use="desks", capacity=UNITS, id=OPEN_SPACE))
        first = stated_from(tariff)
        since = max(BUILT, wall_instant(first, 0, tariff.zone)) if first is not None else BUILT
        house.do(cmd.PublishTariff(tariff.source, since=since, override="its worked examples are lived"))
        return house

    @classmethod
    def over(cls, tariff: Tariff, storage: MemoryStorage, now: datetime) -> House:
        """A house over a store.

        Args:
            tariff: the price list.
            storage: the store.
            now: what its clock shows first.
        """
        clock = ManualClock(now)
        cantine = Cantine(storage, gateways={DESK: ManualGateway()}, clock=clock, ids=_Counted())
        return cls(tariff, cantine, clock, storage)

    def copy(self, now: datetime) -> House:
        """A house with the same rows, in which others can live.

        Args:
            now: what its clock shows first.
        """
        begun = len(self.storage.journal(limit=MAX_JOURNAL))
        return attrs.evolve(House.over(self.tariff, self.storage.copy(), now), begun=begun)

    def every(self, cls: type[T]) -> tuple[T, ...]:
        """The records of a class that something has happened to since the house was copied, as they are now.

        Args:
            cls: a class of ``cantinekit.records``.
        """
        entries = self.storage.journal(after=self.begun, limit=MAX_JOURNAL)
        ids = dict.fromkeys(key.id for entry in entries for key in entry.subjects if key.kind == cls.kind)
        return tuple(one for one in self.cantine.read.many(cls, list(ids)) if one is not None)

    def product(self, name: str) -> str:
        """The id by which a product of the list is sold.

        Args:
            name: its name in the list.
        """
        return f"{self.tariff.id}/{name}"

    def do(self, command: Command[R]) -> Outcome[R]:
        """Carry a command out, as the desk gives it.

        Args:
            command: the command.

        Raises:
            RefusedError: the house refuses.
        """
        return self.cantine.execute(command, actor=ACTOR)

    def wait(self, until: datetime) -> None:
        """Let the clock run, and do what has become due.

        Args:
            until: the instant that the clock shows then.
        """
        self.clock.set(until)
        self.cantine.run_due()
