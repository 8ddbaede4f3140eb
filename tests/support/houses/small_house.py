"""A small house for tests: two operators, four places, a network's price list, people, workshops.

``open_house()`` gives a ``House`` whose ids count up (``bkg_1``), whose clock stands at ``START`` until it is moved,
and whose card gateway follows a script. ``rows`` and ``snapshot`` see all that is stored in it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property, lru_cache
from typing import Any
from unittest import mock

import attrs

from cantinekit import Outcome
from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.backends.memory import MemoryStorage
from cantinekit.backends.notices import RecordingNotifier
from cantinekit.backends.payments import FakeGateway, ManualGateway
from cantinekit.cantine import Cantine
from cantinekit.clock import ManualClock, Period
from cantinekit.plugins.ports import Change, JournalEntry, Key, Notifier, PaymentGateway, Row, Storage
from cantinekit.plugins.registry import Registry
from cantinekit.runtime import codec
from cantinekit.runtime.engine import Effects
from support.races.steps import twin

START = datetime(2026, 11, 24, 8, 30, tzinfo=UTC)
"""A Tuesday; half past nine in Paris."""
TODAY = date(2026, 11, 24)

TARIFF = """
[tariff]
id = "net"
name = "Network"
currency = "EUR"
timezone = "Europe/Paris"
prices = "incl"
price_date = "purchase"

[product.half-day]
stay = "half-day"
rate = { price = 7.00 }
cover = [{ by = "carnet", unit = "entry", beyond = "rate" }]
[product.day]
rate = { price = 10.00 }
cover = [{ by = "carnet", unit = "entry", beyond = "rate" }]
[product.carnet]
rate = { price = 80.00 }
sells = "grant"
grant = { account = "carnet", units = 10, unit = "entry" }
valid = { lasts = "180 days", first_day = "counts" }
[product.mini]
rate = { price = 80.00 }
sells = "grant"
grant = { account = "carnet", units = 2, unit = "entry" }
valid = { lasts = "1 day", first_day = "counts" }
[product.local]
rate = { price = 80.00 }
sells = "grant"
grant = { account = "carnet", units = 1, unit = "entry" }
valid = { lasts = "30 days", first_day = "counts" }
[product.room]
rate = { price = 15.00, per = "1h" }
[product.desk]
rate = { price = 3.00, per = "1h" }
adjust = [{ id = "cap", at_most = 10.00, same = ["person", "day"] }]
[product.seat]
rate = { price = 10.00 }
cover = [{ by = "carnet", unit = "entry", beyond = "rate" }]
[product.materials]
rate = { price = 8.00 }
"""

PERSONS = ("zoe", "bob", "eve", "ida", "max", "lou")
CANARIES = tuple(f"Canary-{id.title()}" for id in PERSONS)
"""What the names and e-mail addresses of all persons contain, and nothing else may."""
PRODUCTS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("half-day", "visit", ()),
    ("day", "visit", ()),
    ("carnet", "pass", ()),
    ("mini", "pass", ()),
    ("local", "pass", ("brest",)),
    ("room", "booking", ()),
    ("desk", "booking", ()),
    ("seat", "seat", ()),
    ("materials", "option", ()),
)
HOURS = m.OpenHours.weekly(range(7), time(9), time(18))


class CountingIds:
    """Ids that count up, one counter for each prefix; ``counts`` can be put back, to make the same ids again."""

    def __init__(self, counts: Mapping[str, int] | Iterable[str] = ()) -> None:
        self.counts: Counter[str] = Counter(counts)

    def __call__(self, prefix: str) -> str:
        self.counts[prefix] += 1
        return f"{prefix}_{self.counts[prefix]}"


def utc(hour: int, minute: int = 0, day: date = TODAY) -> datetime:
    """An instant of a UTC day."""
    return datetime.combine(day, time(hour, minute), UTC)


def period(start: float, end: float, day: date = TODAY) -> Period:
    """A period of a UTC day, from one hour to another (9.5 is half past nine)."""
    midnight = utc(0, day=day)
    return Period(midnight + timedelta(hours=start), midnight + timedelta(hours=end))


def set_up(today: date = TODAY) -> Iterable[c.Command]:
    """The commands that set the house up. Its two sessions, ``free`` and ``paid``, are on the next day.

    ``asso`` runs Paris (3 desks, rooms a1 and a2 that make up a, room b), Brest (2 desks) and Nuit (always open, room
    n); ``coop`` runs Nantes with an account of its own, ``till``.
    """
    yield c.AddEntity(name="Asso", accounts=("desk", "card"), id="asso")
    yield c.AddEntity(name="Coop", accounts=("till",), id="coop")
    yield c.AddPlace(
        name="Paris",
        entity_id="asso",
        zone="Europe/Paris",
        currency="EUR",
        hours=HOURS,
        open_space_id="open",
        id="paris",
    )
    yield c.AddPlace(
        name="Brest",
        entity_id="asso",
        zone="Europe/Paris",
        currency="EUR",
        hours=HOURS,
        open_space_id="brest-open",
        id="brest",
    )
    yield c.AddPlace(name="Nuit", entity_id="asso", zone="Europe/Paris", currency="EUR", id="nuit")
    yield c.AddPlace(
        name="Nantes",
        entity_id="coop",
        zone="Europe/Paris",
        currency="EUR",
        hours=HOURS,
        open_space_id="nantes-open",
        id="nantes",
    )
    yield c.AddSpace(place_id="paris", name="Open space", use="desks", capacity=3, id="open")
    yield c.AddSpace(place_id="brest", name="Open space", use="desks", capacity=2, id="brest-open")
    yield c.AddSpace(place_id="nantes", name="Open space", use="desks", capacity=2, id="nantes-open")
    yield c.AddSpace(place_id="paris", name="Salle A1", id="a1")
    yield c.AddSpace(place_id="paris", name="Salle A2", id="a2")
    yield c.AddSpace(place_id="paris", name="Grande salle", parts=("a1", "a2"), id="a")
    yield c.AddSpace(place_id="paris", name="Salle B", id="b")
    yield c.AddSpace(place_id="nuit", name="Salle N", id="n")
    yield c.PublishTariff(TARIFF)
    for id, sells, places in PRODUCTS:
        yield c.AddProduct(
            name=id,
            entity_id="asso",
            pricelist_id="net",
            tariff_product=id,
            sells=sells,
            places=places,
            id=id,
        )
    yield c.AddProduct(
        name="coop day",
        entity_id="coop",
        pricelist_id="net",
        tariff_product="day",
        sells="visit",
        id="coop-day",
    )
    for id, canary in zip(PERSONS, CANARIES, strict=True):
        yield c.AddPerson(name=canary, email=f"{canary.lower()}@example.org", lang="en", id=id)
    yield c.AddAccessCodes(place_id="paris", codes=tuple(f"code-{n}" for n in range(50)))
    yield c.AddWorkshop(place_id="paris", title="Conférence", id="talk")
    yield c.AddWorkshop(place_id="paris", title="Soudure", product_id="seat", option_ids=("materials",), id="welding")
    yield c.AddSession(
        workshop_id="talk",
        day=today + timedelta(days=1),
        starts=time(12),
        ends=time(14),
        seats=2,
        space_id="b",
        id="free",
    )
    yield c.AddSession(
        workshop_id="welding", day=today + timedelta(days=1), starts=time(18), ends=time(20), seats=2, id="paid"
    )


@attrs.frozen
class House:
    """A cantine, and what a test does to it."""

    cantine: Cantine
    clock: ManualClock
    card: FakeGateway
    mail: RecordingNotifier
    storage: Storage

    def do(self, command: c.Command, *, actor: str = "desk:ana", key: str | None = None) -> Outcome:
        return self.cantine.execute(command, actor=actor, idempotency_key=key)

    def wait(self, **lapse: float) -> None:
        """Let time pass, without anything being carried out."""
        self.clock.advance(timedelta(**lapse))

    def get(self, cls: type[Any], id: str) -> Any:
        return self.cantine.read.need(cls, id)

    def all(self, cls: type[Any]) -> list[Any]:
        """All records of a class, by id."""
        found = (_decode(row) for key, row in rows(self.storage).items() if key.kind == cls.kind)
        return sorted(found, key=lambda record: record.id)


def open_house(
    storage: str | Storage = "memory://",
    outcomes: Sequence[Any] = ("settled",),
    *,
    refunds: Sequence[Any] = ("settled",),
    card: PaymentGateway | None = None,
    notify: Sequence[Notifier] = (),
    now: datetime = START,
    effects: Effects = "all",
    furnished: bool = True,
    ids: Callable[[str], str] | None = None,
) -> House:
    """Open a house; with ``furnished`` it is set up, else it opens what is in the store.

    A store that is named by its URL gets the rows of a house that was set up before; one that is passed in sees the
    commands.
    """
    clock = ManualClock(now)
    gateway = card if card is not None else FakeGateway(outcomes, refunds=refunds, clock=clock)
    mail = RecordingNotifier()
    payments: Mapping[str, PaymentGateway] = {"desk": ManualGateway(), "till": ManualGateway(), "card": gateway}
    counted = ids if isinstance(ids, CountingIds) else CountingIds() if ids is None else None
    copied = furnished and isinstance(storage, str) and counted is not None and not counted.counts
    model, counts = _furnished(now) if copied else (None, {})
    if counted is not None:
        counted.counts.update(counts)
    cantine = Cantine.open(
        twin(model) if model is not None and storage == "memory://" else storage,
        payments=payments,
        notify=notify or (mail,),
        clock=clock,
        ids=ids or counted,
        registry=installed(),
        effects=effects,
    )
    if model is not None and storage != "memory://":
        cantine._storage.apply(Change(tuple(model._rows.values()), tuple(model._journal)))
    elif furnished and model is None:
        furnish(cantine, now)
    return House(cantine, clock, gateway, mail, cantine._storage)  # type: ignore[arg-type]


def furnish(cantine: Cantine, now: datetime) -> None:
    """Set a house up by its commands."""
    for command in set_up(now.date()):
        cantine.execute(command, actor="setup")


@lru_cache(maxsize=1)
def installed() -> Registry:
    """What is installed, looked for once."""
    return Registry.load()


@lru_cache(maxsize=16)
def _furnished(now: datetime) -> tuple[MemoryStorage, Mapping[str, int]]:
    """A house that is set up, and how far its ids are counted."""
    storage, ids = MemoryStorage(), CountingIds()
    furnish(Cantine.open(storage, clock=ManualClock(now), ids=ids, registry=installed()), now)
    return storage, ids.counts


# --- all that is stored ----------------------------------------------------------------------------------------------


def rows(storage: Storage) -> dict[Key, Row]:
    """Every row of a store: memory, sqlite or postgresql, also beneath stores that are around it."""
    while hasattr(storage, "inner"):
        storage = storage.inner
    found = getattr(storage, "_rows", None)
    if found is not None:
        return dict(found)
    return {row.key: row for row in _all_rows(storage)}


def _all_rows(storage: Any) -> Iterable[Row]:
    """Behind the port: only a test may look at all keys of an SQL store at once."""
    table = f"{storage._schema}.record" if hasattr(storage, "_schema") else "record"
    keys = [Key(*key) for key in storage._call(lambda db: db.execute(f"SELECT kind, id FROM {table}").fetchall())]
    for start in range(0, len(keys), 10_000):
        yield from (row for row in storage.load(keys[start : start + 10_000]) if row is not None)


class Records(dict[Key, m.Record]):
    """Every record of a store, decoded."""

    @cached_property
    def by_kind(self) -> Mapping[str, list[m.Record]]:
        found: dict[str, list[m.Record]] = defaultdict(list)
        for key, record in self.items():
            found[key.kind].append(record)
        return found

    def of(self, cls: type[Any]) -> list[Any]:
        """The records of a class, in a list of the caller's own."""
        return list(self.by_kind.get(cls.kind, ()))


def records(storage: Storage) -> Records:
    """Every record of a store, decoded."""
    return Records((key, _decode(row)) for key, row in rows(storage).items())


_decode = lru_cache(maxsize=10_000)(codec.decode)
"""Records are frozen: a row that was seen before need not be read again."""


def decoded_once() -> AbstractContextManager[object]:
    """While this lasts, reads take what they decode from there too."""
    return mock.patch.object(codec, "decode", _decode)


def journal(storage: Storage) -> tuple[JournalEntry, ...]:
    """The whole journal."""
    found: list[JournalEntry] = []
    while entries := storage.journal(after=found[-1].number if found else 0, limit=1000):
        found.extend(entries)
    return tuple(found)


def snapshot(storage: Storage) -> tuple[dict[Key, Row], tuple[JournalEntry, ...]]:
    """All rows with their versions and all journal entries, to compare before with after."""
    return rows(storage), journal(storage)
