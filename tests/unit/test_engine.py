"""The shell around decisions, over a store that does as it is told: clashes, guards, requests, what is kept."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from datetime import time as wall_time
from typing import Any

import attrs
import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.backends.memory import MemoryStorage
from cantinekit.common.recent import Recent
from cantinekit.domain.decision import Decision, Prerequisite
from cantinekit.domain.handling import HANDLERS, Handler, handler_of
from cantinekit.domain.state import UnloadedError
from cantinekit.domain.unit_of_work import Steps, Uow
from cantinekit.errors import (
    ClosedError,
    ConflictError,
    ContentionError,
    InputError,
    NotFoundError,
    OpenTransactionError,
    RequestMismatchError,
    StaleVersionError,
    StorageError,
    TooLateError,
)
from cantinekit.plugins.ports import Change, Key, Page, Row, RowLock, StorageCapabilities
from cantinekit.runtime import codec
from cantinekit.runtime import engine as engine_module
from cantinekit.runtime import loader as loader_module
from cantinekit.runtime.engine import (
    FIRST_PAUSE,
    LONGEST_PAUSE,
    MAX_TRIES,
    Committed,
    Effects,
    Engine,
    IdempotentRequest,
)
from cantinekit.runtime.loader import ReadSet
from support.houses.small_house import START, TODAY, House, journal, open_house, period, snapshot


class Scripted:
    """A store in memory that remembers what it was asked, and clashes, or lets others in between, on demand."""

    def __init__(self, *, joins: bool = False) -> None:
        self.beneath = MemoryStorage()
        self.joins = self.host_is_open = joins
        self.waiting: list[Callable[[], None]] = []
        self.clashes = 0
        self.before_apply: list[Callable[[], object]] = []
        self.before_load: dict[int, Callable[[], object]] = {}
        self.page_size: int | None = None
        self.forget()

    def forget(self) -> None:
        """Remember nothing of what was asked so far."""
        self.loads: list[dict[Key, Row | None]] = []
        self.changes: list[Change] = []
        self.tries = 0

    @property
    def capabilities(self) -> StorageCapabilities:
        return StorageCapabilities(joins_host_transaction=self.joins)

    def in_host_transaction(self) -> bool:
        return self.host_is_open

    def after_commit(self, work: Callable[[], None]) -> None:
        if self.host_is_open:
            self.waiting.append(work)
        else:
            work()

    @property
    def _rows(self) -> dict[Key, Row]:
        return self.beneath._rows

    def load(self, keys: Sequence[Key]) -> Sequence[Row | None]:
        between = self.before_load.pop(len(self.loads), None)
        if between is not None:
            between()
        rows = self.beneath.load(keys)
        self.loads.append(dict(zip(keys, rows, strict=True)))
        return rows

    def find(self, kind: str, field: str, *, limit: int = 100, **more: Any) -> Page:
        return self.beneath.find(kind, field, limit=min(limit, self.page_size or limit), **more)

    def apply(self, change: Change) -> None:
        self.tries += 1
        if self.before_apply:
            self.before_apply.pop(0)()
        if self.clashes:
            self.clashes -= 1
            raise StaleVersionError([change.rows[0].key])
        self.beneath.apply(change)
        self.changes.append(change)

    def journal(self, **more: Any) -> Any:
        return self.beneath.journal(**more)

    def close(self) -> None:
        self.beneath.close()


@pytest.fixture(autouse=True)
def naps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long the engine slept, without any sleeping. A thread that another test left behind sleeps as it would."""
    slept: list[float] = []
    here, sleep = threading.get_ident(), time.sleep
    monkeypatch.setattr(time, "sleep", lambda s: slept.append(s) if threading.get_ident() == here else sleep(s))
    return slept


@pytest.fixture
def store() -> Scripted:
    return Scripted()


@pytest.fixture
def house(store: Scripted) -> House:
    """A furnished house over the scripted store, which has forgotten how it was furnished."""
    made = open_house(store)
    store.forget()
    return made


def engine(house: House) -> Engine:
    return house.cantine._engine


def behind(store: Scripted) -> House:
    """Somebody else at the same store, whose calls are neither scripted nor counted."""
    return open_house(store.beneath, furnished=False, ids=lambda prefix: f"{prefix}_other")


def room(start: float = 9, end: float = 10, **more: Any) -> c.Book:
    return c.Book(space_id="b", product_id="room", period=period(start, end), **more)


# --- clashes ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("clashes", range(MAX_TRIES))
def test_a_clash_is_tried_again(house: House, store: Scripted, naps: list[float], clashes: int) -> None:
    """Up to eleven clashes are overcome; every try reads anew, after a random pause."""
    store.clashes = clashes
    done = house.do(c.MovePlace("paris", zone="Europe/London"))
    assert done.value.zone == "Europe/London"
    assert store.tries == clashes + 1
    assert sum(Key("place", "paris") in load for load in store.loads) >= clashes + 1
    assert len(naps) == clashes
    assert all(0 <= nap <= min(LONGEST_PAUSE, FIRST_PAUSE * 2**n) for n, nap in enumerate(naps))


def test_pauses_are_random_from_nothing_to_the_bound(
    house: House, store: Scripted, naps: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each pause is drawn from nothing up to its bound (full jitter); the bounds double up to the longest."""
    bounds: list[tuple[float, float]] = []
    monkeypatch.setattr(engine_module.random, "uniform", lambda low, high: bounds.append((low, high)) or high)
    store.clashes = MAX_TRIES
    with pytest.raises(ContentionError):
        house.do(c.MovePlace("paris", zone="Europe/London"))
    assert [low for low, _ in bounds] == [0] * (MAX_TRIES - 1)
    assert naps == [high for _, high in bounds] == [min(1.0, 0.032 * 2**n) for n in range(11)]


def test_after_twelve_clashes_it_is_given_up(house: House, store: Scripted, naps: list[float]) -> None:
    """The twelfth clash ends it without another pause; its error is retryable and names the command."""
    before, store.clashes = snapshot(store), MAX_TRIES
    with pytest.raises(ContentionError, match="MovePlace: the rows kept changing in 12 tries") as caught:
        house.do(c.MovePlace("paris", zone="Europe/London"))
    assert len(naps) == MAX_TRIES - 1
    assert caught.value.retryable
    assert (store.tries, store.clashes) == (MAX_TRIES, 0)
    assert snapshot(store) == before


def test_the_next_try_decides_from_what_the_other_has_stored(house: House, store: Scripted) -> None:
    """Whoever comes second sees the first: the room is not booked twice but refused."""
    store.before_apply.append(lambda: behind(store).do(room(person_id="zoe")))
    with pytest.raises(ConflictError):
        house.do(room(person_id="bob"))
    assert [one.person_id for one in house.all(m.Booking)] == ["zoe"]


def test_the_next_try_reads_the_clock_again(house: House, store: Scripted) -> None:
    """A try that comes late is decided at the instant at which it is made."""
    store.clashes = 1
    store.before_apply.append(lambda: house.wait(minutes=1))
    assert house.do(c.AddWorkshop(place_id="paris", title="Late", id="late")).events[0].at == START + timedelta(
        minutes=1
    )


def hold(house: House) -> m.Booking:
    return house.do(c.HoldSpace(space_id="b", product_id="room", period=period(10, 11))).value  # type: ignore[no-any-return]


def test_it_is_decided_when_its_rows_are_there(house: House, store: Scripted) -> None:
    """Reading waits, for a connection or for others: what runs out meanwhile has run out, and what is stored is dated
    after the wait."""
    held, long = (
        hold(house),
        house.do(c.HoldSpace(space_id="b", product_id="room", period=period(12, 13), minutes=60)).value,
    )
    store.forget()
    store.before_load = {1: lambda: house.wait(minutes=16)}
    with pytest.raises(TooLateError, match="the hold ended"):
        house.do(c.ConfirmBooking(held.id, account="desk"))
    store.forget()
    store.before_load = {1: lambda: house.wait(minutes=5)}
    done = house.do(c.ConfirmBooking(long.id, account="desk"))
    assert {event.at for event in done.events if event.type.startswith("Booking")} == {START + timedelta(minutes=21)}


def test_a_clock_that_steps_back_while_reading_is_not_followed(house: House, store: Scripted) -> None:
    """Rows that were read for an instant are not decided on at an earlier one."""
    store.before_load = {1: lambda: house.clock.set(START - timedelta(hours=1))}
    store.forget()
    assert house.do(c.HoldSpace(space_id="b", product_id="room", period=period(10, 11))).events[0].at == START


def test_where_the_later_instant_needs_other_rows_it_is_decided_at_the_earlier_one(
    house: House, store: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Midnight passes while rows are read, say: what was read is what the instant before needs. A decision that lacks
    rows for that one too is a fault."""
    handler, asked = HANDLERS[c.HoldSpace], []

    def other_rows(command: c.HoldSpace, uow: Uow) -> Steps[Decision]:
        decision = yield from handler.handle(command, uow)
        asked.append(uow.now)
        if uow.now > START:
            raise UnloadedError("page of tomorrow")
        return decision

    monkeypatch.setitem(HANDLERS, c.HoldSpace, Handler(other_rows))
    store.forget()
    store.before_load = {1: lambda: house.wait(seconds=20)}
    done = house.do(c.HoldSpace(space_id="b", product_id="room", period=period(10, 11)))
    assert (asked, done.events[0].at) == ([START + timedelta(seconds=20), START], START)
    with pytest.raises(UnloadedError):
        house.do(c.HoldSpace(space_id="b", product_id="room", period=period(12, 13)))


class Locking(Scripted):
    """A scripted store that lets one have the row lock, and counts how often it does."""

    locks = 0

    @contextmanager
    def row_lock(self, key: Key, patience: float, change: Change | None = None) -> Iterator[RowLock]:
        self.locks += 1
        yield self


def page_of(instant: datetime) -> Key:
    return Key("occupancy", f"b|{instant.date().isoformat()}")


def by_the_day(handler: Handler) -> Handler:
    """A handler that loads the page of the day in its second batch, and looks at the page of the day it began on."""

    def handle(command: c.HoldSpace, uow: Uow) -> Steps[Decision]:
        began = page_of(uow.now)
        yield from uow.need(m.Space, "b")
        yield from uow.get(m.OccupancyPage, page_of(uow.now).id)
        uow.state.need(m.OccupancyPage, began.id)
        return (yield from handler.handle(command, uow))

    return Handler(handle)


@pytest.mark.parametrize("rewound", [True, False])
def test_rows_that_are_chosen_by_the_instant_are_loaded_for_the_one_it_is_decided_at(
    rewound: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Midnight passes between two batches, and the second is that of another day: the rows of the day on which it
    began are loaded, with no second row lock, no second look at the request's key and no row read twice, and only
    they are guarded. Control: a handler that is run again as if nothing had been read does all that twice."""
    store = Locking()
    house = open_house(store)
    for day in (START, START + timedelta(days=1)):
        house.do(c.HoldSpace(space_id="b", product_id="room", period=period(10, 11, day.date()), minutes=7 * 24 * 60))
    monkeypatch.setitem(HANDLERS, c.HoldSpace, by_the_day(HANDLERS[c.HoldSpace]))
    if not rewound:
        forgetful = {"first": None, "versions": {}, "records": {}}
        monkeypatch.setattr(
            ReadSet, "rewind", lambda seen: [setattr(seen, name, value) for name, value in forgetful.items()]
        )
    engine(house)._queue.note([Key("space", "b")])
    store.forget()
    store.before_load = {0: lambda: house.wait(hours=24)}
    done = house.do(
        c.HoldSpace(space_id="b", product_id="room", period=period(10, 11, TODAY + timedelta(days=4))), key="k1"
    )
    assert {event.at for event in done.events} == {START}
    read = Counter(key for load in store.loads for key in load)
    assert {page_of(START), page_of(START + timedelta(days=1))} <= read.keys()
    assert (store.locks, read[Key("space", "b")], read[Key("request", store.changes[0].rows[-1].key.id)]) == (
        (1, 1, 1) if rewound else (2, 2, 2)
    )
    guarded = {guard.key for guard in store.changes[0].guards}
    assert page_of(START) in guarded
    assert page_of(START + timedelta(days=1)) not in guarded


def test_a_row_of_the_first_run_that_moved_meanwhile_makes_a_clash(
    house: House, store: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was read before midnight is guarded at the version that was read, however late the rest was loaded."""
    for day in (START, START + timedelta(days=1)):
        house.do(c.HoldSpace(space_id="b", product_id="room", period=period(10, 11, day.date()), minutes=7 * 24 * 60))
    monkeypatch.setitem(HANDLERS, c.HoldSpace, by_the_day(HANDLERS[c.HoldSpace]))

    def touch() -> None:
        row = store.beneath._rows[Key("space", "b")]
        store.beneath.apply(Change(rows=(attrs.evolve(row, version=row.version + 1),)))

    store.forget()
    store.before_load = {0: lambda: house.wait(hours=24), 2: touch}
    house.do(c.HoldSpace(space_id="b", product_id="room", period=period(10, 11, TODAY + timedelta(days=4))))
    assert store.tries == 2


def test_another_error_of_the_store_is_not_tried_again(house: House, store: Scripted) -> None:
    """Only clashes are tried again: an outage is the caller's to retry."""

    def outage() -> None:
        raise StorageError("down", retryable=True)

    store.before_apply.append(outage)
    with pytest.raises(StorageError, match="down"):
        house.do(c.MovePlace("paris", zone="Europe/London"))
    assert store.tries == 1


def late(house: House) -> c.Book:
    """A booking from 18:00 to 19:00 in Paris, where it is closed; in London it would be open."""
    return room(17, 18)


def test_a_refusal_from_rows_that_changed_meanwhile_is_looked_at_again(house: House, store: Scripted) -> None:
    """Rows of two batches may not fit together; a refusal that may come of that is decided anew."""
    store.before_load[1] = lambda: behind(store).do(c.MovePlace("paris", zone="Europe/London"))
    assert house.do(late(house)).value.state == "held"


def test_a_refusal_from_rows_that_stand_is_final(house: House, store: Scripted, naps: list[float]) -> None:
    """The control: where nothing moved it is refused at once, without a second try."""
    with pytest.raises(ClosedError):
        house.do(late(house))
    assert (naps, store.tries) == ([], 0)


def test_a_change_of_something_else_does_not_unsettle_a_refusal(house: House, store: Scripted) -> None:
    """Only rows that were read make a refusal doubtful."""
    store.before_load[1] = lambda: behind(store).do(c.MovePlace("nantes", zone="Europe/London"))
    loads = len(store.loads)
    with pytest.raises(ClosedError):
        house.do(late(house))
    read = sum(Key("place", "paris") in load for load in store.loads[loads:])
    assert read == 2, "once to decide, once to see whether it moved"


# --- guards ----------------------------------------------------------------------------------------------------------


def test_what_was_read_and_not_written_is_guarded(house: House, store: Scripted) -> None:
    """A change guards each row that it was decided from, at the version that was read, and nothing else."""
    house.do(room(person_id="zoe"))
    change = store.changes[0]
    read = {key: row.version for load in store.loads for key, row in load.items() if row is not None}
    written = {row.key for row in change.rows}
    spare = Key("occupancy", "b|2026-11-25")
    unguarded = {spare, *(key for key in read if codec.KINDS[key.kind].immutable), *written}
    assert spare in read, "a session is there tomorrow"
    expected = {key: version for key, version in read.items() if key not in unguarded}
    assert dict(change.guards) == expected
    assert {Key("space", "b"), Key("standing", "b|always"), Key("product", "room"), Key("place", "paris")} <= set(
        expected
    )
    assert not {guard.key for guard in change.guards} & written
    assert not any(guard.key.kind == "tariff" for guard in change.guards)


@pytest.mark.parametrize("kind", ["place", "standing", "product", "pricelist"])
def test_each_guarded_row_makes_a_clash_when_it_moves(house: House, store: Scripted, kind: str) -> None:
    """A row that was only read and is written by another before the store is reached costs a try."""
    key = {
        "place": Key("place", "paris"),
        "standing": Key("standing", "b|always"),
        "product": Key("product", "room"),
        "pricelist": Key("pricelist", "net"),
    }[kind]

    def touch() -> None:
        row = store.beneath._rows[key]
        store.beneath.apply(Change(rows=(attrs.evolve(row, version=row.version + 1),)))

    store.before_apply.append(touch)
    house.do(room(person_id="zoe"))
    assert store.tries >= 2
    store.before_apply.append(lambda: None)
    store.forget()
    house.do(room(11, 12, person_id="zoe"))
    assert len(store.changes) == store.tries, "the control: untouched, there is no clash"


def test_written_rows_are_one_version_on(house: House, store: Scripted) -> None:
    """A row that was read at a version is written as the next; a new one is the first."""
    house.do(room(person_id="zoe"))
    house.do(room(11, 12, person_id="zoe"))
    page = Key("occupancy", "b|2026-11-24")
    versions = [row.version for change in store.changes for row in change.rows if row.key == page]
    assert versions == list(range(1, len(versions) + 1))


def test_pages_that_were_only_looked_at_for_proposals_are_not_guarded(house: House, store: Scripted) -> None:
    """The pages of the days around a booking are spare: another booking there is no clash."""
    tomorrow = START.date() + timedelta(days=1)
    house.do(c.Book(space_id="b", product_id="room", period=period(9, 10, tomorrow), person_id="eve"))
    store.forget()
    store.before_apply.append(
        lambda: behind(store).do(
            c.HoldSpace(space_id="b", product_id="room", period=period(14, 15, tomorrow), person_id="bob")
        )
    )
    house.do(room(person_id="zoe"))
    spare = Key("occupancy", f"b|{tomorrow.isoformat()}")
    assert any(spare in load for load in store.loads), "it was read"
    assert all(guard.key != spare for change in store.changes for guard in change.guards)
    assert store.tries == len(store.changes), "and its change cost no try"


def test_a_command_that_changes_nothing_stores_nothing(house: House, store: Scripted) -> None:
    """Without a change there is no call of the store, and no guard alone."""
    house.do(c.MovePlace("paris", zone="Europe/Paris"))
    assert store.tries == 0


# --- what is kept in memory ------------------------------------------------------------------------------------------


def tariff_loads(store: Scripted) -> int:
    return sum(key.kind == "tariff" for load in store.loads for key in load)


def test_a_version_of_a_price_list_is_loaded_once(house: House, store: Scripted) -> None:
    """What never changes is kept: a second sale does not load the price list's text again."""
    house.do(room(person_id="zoe"))
    assert tariff_loads(store) == 1
    house.do(room(11, 12, person_id="zoe"))
    assert tariff_loads(store) == 1
    assert all(codec.KINDS[key.kind].immutable for key in engine(house)._loader._immutable._kept)


def test_a_price_list_that_comes_when_the_table_is_full_is_kept(
    house: House, store: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is kept is what was used last: a price list that comes late is loaded once. A table in which what came
    first stays for good (control) loads it for each command."""
    loader = engine(house)._loader
    loader._immutable = Recent(4)
    for number in range(4):
        loader._immutable.put(Key("tariff", f"other {number}"), object())  # type: ignore[arg-type]
    for hour in (9, 10, 11):
        house.do(room(hour, hour + 1, person_id="zoe"))
    assert tariff_loads(store) == 1
    assert len(loader._immutable) == 4
    store.forget()
    loader._immutable = Recent(4)
    for number in range(4):
        loader._immutable.put(Key("tariff", f"other {number}"), object())  # type: ignore[arg-type]
    monkeypatch.setattr(loader._immutable, "put", lambda key, value: None)
    for hour in (12, 13, 14):
        house.do(room(hour, hour + 1, person_id="zoe"))
    assert tariff_loads(store) == 3


def test_what_changes_is_loaded_each_time(house: House, store: Scripted) -> None:
    """The space, its pages and the catalogue are read for each command."""
    for start in (9, 10, 11):
        store.forget()
        house.do(room(start, start + 1, person_id="zoe"))
        assert any(Key("product", "room") in load for load in store.loads)


def test_in_a_transaction_of_the_host_nothing_is_kept() -> None:
    """The host may roll back what was read: then even what never changes is read again."""
    store = Scripted(joins=True)
    house = open_house(store)
    store.forget()
    house.do(room(person_id="zoe"))
    house.do(room(11, 12, person_id="zoe"))
    assert tariff_loads(store) == 2
    assert len(engine(house)._loader._immutable) == 0


# --- a host's transaction --------------------------------------------------------------------------------------------


def test_a_host_sees_the_clash(naps: list[float]) -> None:
    """In the host's transaction a clash is the host's to handle: one try, and the error with its keys."""
    store = Scripted(joins=True)
    house = open_house(store)
    store.forget()
    store.clashes = 1
    with pytest.raises(StaleVersionError) as caught:
        house.do(c.MovePlace("paris", zone="Europe/London"))
    assert caught.value.keys == (Key("place", "paris"),)
    assert (store.tries, naps) == (1, [])


def test_without_a_transaction_of_the_host_a_clash_is_tried_again(naps: list[float]) -> None:
    """A store that could join a transaction, and is in none, is treated as any other: the command starts again."""
    store = Scripted(joins=True)
    house = open_house(store)
    store.forget()
    store.host_is_open, store.clashes = False, 2
    assert house.do(c.MovePlace("paris", zone="Europe/London")).value.zone == "Europe/London"
    assert (store.tries, len(naps)) == (3, 2)


def test_observers_are_told_after_the_commit_of_the_host() -> None:
    """What the host may yet roll back is told to nobody; after the commit each entry is told once, in order."""
    store = Scripted(joins=True)
    house = open_house(store)
    heard: list[str] = []
    engine(house).recorded = lambda entries: heard.extend(entry.type for entry in entries)
    store.waiting.clear()
    house.do(room(person_id="zoe"))
    house.do(c.MovePlace("paris", zone="Europe/London"))
    assert heard == []
    assert len(store.waiting) == 2
    for work in store.waiting:
        work()
    assert [entry.type for entry in journal(store)][-len(heard) :] == heard
    store.host_is_open = False
    house.do(c.MovePlace("paris", zone="Europe/Paris"))
    assert heard[-1] == journal(store)[-1].type
    assert len(store.waiting) == 2


def test_a_store_that_says_too_much_is_refused() -> None:
    """A store that claims to join transactions, and cannot tell when one is open, opens no house."""

    class Claims(MemoryStorage):
        @property
        def capabilities(self) -> StorageCapabilities:
            return StorageCapabilities(joins_host_transaction=True)

    with pytest.raises(StorageError, match="JoiningStorage"):
        open_house(Claims())


@pytest.mark.parametrize("joins", [True, False])
def test_no_effect_before_the_host_has_committed(joins: bool) -> None:
    """Charges and messages wait for ``run_due`` where the host may still roll back; else the command does them."""
    store = Scripted(joins=joins)
    house = open_house(store)
    outcome = house.do(room(person_id="zoe", account="card"))
    assert outcome.value.state == ("held" if joins else "confirmed")
    assert bool(house.mail.received) is not joins
    tasks = [task for task in house.all(m.Task) if task.work == "charge"]
    assert [(task.state, task.tries) for task in tasks] == [("waiting", 0) if joins else ("done", 1)]
    store.host_is_open = False
    house.cantine.run_due()
    assert house.get(m.Booking, outcome.value.id).state == "confirmed"
    assert house.mail.received


def test_run_due_inside_a_transaction_of_the_host_is_refused() -> None:
    """Inside the host's transaction ``run_due`` raises, and takes nothing over, charges nothing and sends nothing."""
    store = Scripted(joins=True)
    house = open_house(store)
    house.do(room(person_id="zoe", account="card"))
    store.forget()
    before = snapshot(store)
    with pytest.raises(OpenTransactionError):
        house.cantine.run_due()
    assert (store.tries, snapshot(store), house.mail.received, house.card.charges) == (0, before, (), ())


# --- what has to be ended first --------------------------------------------------------------------------------------


def test_what_ran_out_is_ended_first(store: Scripted) -> None:
    """A decision that needs an expiry has it carried out by the system, then is made; both are in the outcome."""
    house = open_house(store, ("pending",))
    unpaid = house.do(c.CheckIn(place_id="paris", product_id="day", person_id="zoe", account="card")).value
    house.wait(minutes=16)
    done = engine(house).run(c.CheckIn(place_id="paris", product_id="day", person_id="zoe", account="desk"), "desk:ana")
    assert [one.value for one in done.before] == [m.Subject("visit", unpaid.id)]
    assert {entry.actor for one in done.before for entry in one.entries} == {"system"}
    assert house.get(m.Visit, unpaid.id).state == "lapsed"
    assert house.get(m.Visit, done.value.id).state == "open"


def scripted_decisions(
    monkeypatch: pytest.MonkeyPatch, raising: Callable[[c.Command], Prerequisite | None]
) -> list[str]:
    """Have decisions ask for something first; the names of the commands that were decided."""
    decided: list[str] = []

    def asking(command: c.Command) -> Handler:
        handler = handler_of(command)

        def handle(command: c.Command, uow: Uow) -> Steps[Decision]:
            decided.append(type(command).__name__)
            first = raising(command)
            if first is not None:
                raise first
            return (yield from handler.handle(command, uow))

        return handler._replace(handle=handle)

    monkeypatch.setattr(loader_module, "handler_of", asking)
    return decided


def test_prerequisites_run_in_order_and_once(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """What must come first is done in its order, by the system; then the command is decided again."""
    first = [Prerequisite(c.MovePlace("brest", zone="Europe/London"), c.MovePlace("nuit", zone="Europe/Rome"))]
    decided = scripted_decisions(
        monkeypatch, lambda command: first.pop() if isinstance(command, c.AddEntity) and first else None
    )
    done = engine(house).run(c.AddEntity(name="Third", id="third"), "desk:ana")
    assert decided == ["AddEntity", "MovePlace", "MovePlace", "AddEntity"]
    assert [one.value.id for one in done.before] == ["brest", "nuit"]
    assert [entry.actor for one in done.before for entry in one.entries] == ["system", "system"]
    assert done.entries[0].actor == "desk:ana"


def test_a_prerequisite_without_end_is_given_up(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A decision that keeps asking for more ends after twelve tries instead of never."""
    decided = scripted_decisions(
        monkeypatch,
        lambda command: (
            Prerequisite(c.MovePlace("brest", zone="Europe/Paris")) if isinstance(command, c.AddEntity) else None
        ),
    )
    with pytest.raises(ContentionError):
        engine(house).run(c.AddEntity(name="Third"), "desk:ana")
    assert decided.count("AddEntity") == MAX_TRIES


# --- requests --------------------------------------------------------------------------------------------------------


def test_a_repeat_is_answered_and_not_carried_out(house: House, store: Scripted) -> None:
    """The same key, actor and content: the first result, and the row is in the first change itself. A repeat changes
    nothing: it guards that row, so that what it is told is as durable as if it had been done just now."""
    command = room(person_id="zoe", account="card")
    first = house.do(command, key="k1")
    assert any(row.kind == "request" for row in store.changes[0].rows)
    store.forget()
    again = house.do(command, key="k1")
    assert (again.replayed, again.value, again.charges, again.events) == (True, first.value, first.charges, ())
    (change,) = store.changes
    assert (change.rows, change.events, change.removes) == ((), (), ())
    assert [(guard.key.kind, guard.version) for guard in change.guards] == [("request", 1)]
    assert len(house.all(m.Booking)) == 1


def test_a_key_with_other_content_is_refused(house: House) -> None:
    """The same key for another request is a mistake of the caller, and says so."""
    house.do(room(person_id="zoe"), key="k1")
    with pytest.raises(RequestMismatchError):
        house.do(room(11, 12, person_id="zoe"), key="k1")


def test_keys_belong_to_an_actor_and_a_type_of_command(house: House) -> None:
    """Another actor, or another command, may use the same key for something of its own."""
    ids = {
        IdempotentRequest.of(command, actor, key).id
        for command in (c.CancelBooking("x"), c.CancelPass("x"))
        for actor in ("ana", "bob")
        for key in ("k1", "k2")
    }
    assert len(ids) == 8
    assert IdempotentRequest.of(c.CancelPass("x"), "ana", "k") == IdempotentRequest.of(c.CancelPass("x"), "ana", "k")
    assert (
        IdempotentRequest.of(c.CancelPass("x"), "ana", "k").fingerprint
        != IdempotentRequest.of(c.CancelPass("y"), "ana", "k").fingerprint
    )


@pytest.mark.parametrize("key", ["", "x" * 501, "nul\0", "\ud800"])
def test_a_key_must_be_a_text_that_can_be_kept(house: House, key: str) -> None:
    """An empty, overlong or broken key is refused before anything is looked up."""
    with pytest.raises(InputError):
        house.do(room(), key=key)


def test_a_refusal_is_not_remembered(house: House, store: Scripted) -> None:
    """What was refused may be asked again with the same key, and may succeed then."""
    taken = house.do(room(person_id="bob")).value
    with pytest.raises(ConflictError):
        house.do(room(person_id="zoe"), key="k1")
    assert house.all(m.Request) == []
    house.do(c.CancelBooking(taken.id))
    assert house.do(room(person_id="zoe"), key="k1").replayed is False


def test_a_command_that_reads_nothing_looks_its_key_up_all_the_same(house: House, store: Scripted) -> None:
    """Also where no row is needed, a repeat makes nothing twice."""
    command = c.AddEntity(name="Third")
    first = house.do(command, key="k1").value
    assert house.do(command, key="k1").value == first
    assert [one.name for one in house.all(m.LegalEntity)].count("Third") == 1


def test_the_key_is_looked_up_with_the_first_batch(house: House, store: Scripted) -> None:
    """A key costs no round trip of its own."""
    house.do(c.AddWorkshop(place_id="paris", title="One"))
    plain = len(store.loads)
    store.forget()
    house.do(c.AddWorkshop(place_id="paris", title="Two"), key="k1")
    assert len(store.loads) == plain
    assert sum(key.kind == "request" for load in store.loads for key in load) == 1


def test_two_at_once_with_one_key_make_one(house: House, store: Scripted) -> None:
    """When the same request is stored by somebody else in between, the second is a replay of it."""
    command = c.AddEntity(name="Third")
    store.before_apply.append(lambda: behind(store).do(command, key="k1"))
    outcome = house.do(command, key="k1")
    assert (outcome.replayed, outcome.value.id) == (True, "ety_other")


# --- what follows ----------------------------------------------------------------------------------------------------


def made_tasks(house: House, *, channels: int, effects: Effects) -> tuple[m.Task, ...]:
    made = Engine(
        house.storage,
        house.clock,
        lambda prefix: f"{prefix}_{next(numbers)}",
        engine(house).accounts,
        channels=channels,
        effects=effects,
    )
    return made.run(room(person_id="zoe", account="desk"), "desk:ana").tasks


numbers = iter(range(1000))


@pytest.mark.parametrize("channels", [0, 1, 3])
def test_a_message_is_a_task_for_each_channel(house: House, channels: int) -> None:
    """Each notifier has a task of its own, so that one that fails does not hold the others up."""
    told = [task for task in made_tasks(house, channels=channels, effects="all") if task.work == "message"]
    assert [task.channel for task in told] == list(range(channels)) * (len(told) // channels if channels else 0)
    assert bool(told) is bool(channels)


@pytest.mark.parametrize("effects", ["all", "none"])
def test_what_is_done_at_once_is_leased_from_the_start(house: House, effects: Effects) -> None:
    """A worker leaves alone what the caller is about to do; else the task is anyone's."""
    now = [task for task in made_tasks(house, channels=1, effects=effects) if task.due <= START]
    assert now
    for task in now:
        assert (task.tries, task.leased_until) == ((1, START + engine_module.LEASE) if effects == "all" else (0, None))


def test_who_listens_is_told_after_the_commit_and_not_of_refusals(house: House, store: Scripted) -> None:
    """Entries are announced once they are stored; a clash announces nothing, a refusal nothing."""
    heard: list[tuple[str, int]] = []
    engine(house).recorded = lambda entries: heard.extend((entry.type, len(journal(store))) for entry in entries)
    stored = len(journal(store))
    store.clashes = 2
    house.do(c.MovePlace("paris", zone="Europe/London"))
    with pytest.raises(NotFoundError):
        house.do(c.MovePlace("nowhere", zone="Europe/London"))
    assert heard == [("PlaceMoved", stored + 1)]


def test_a_search_reads_all_its_pages(house: House, store: Scripted) -> None:
    """What an index finds is read to the last page: a booking far away stands in the way of a closure."""
    days = [START.date() + timedelta(days=n) for n in range(1, 8)]
    for day in days:
        house.do(c.HoldSpace(space_id="b", product_id="room", period=period(9, 10, day), minutes=7 * 24 * 60))
    store.page_size = 2
    whole = period(0, 8 * 24)
    with pytest.raises(ConflictError) as caught:
        house.do(c.CloseSpace("b", period=whole, reason="works"))
    assert {clash.start.date() for clash in caught.value.clashes} >= set(days[-1:])


def test_a_record_is_as_it_is_now_or_nothing(house: House) -> None:
    """``get`` reads the store each time; what is not there is ``None``."""
    assert engine(house).get(m.Place, "paris").zone == "Europe/Paris"
    house.do(c.MovePlace("paris", zone="Europe/London"))
    assert engine(house).get(m.Place, "paris").zone == "Europe/London"
    assert engine(house).get(m.Place, "nowhere") is None


def test_done_says_what_was_made(house: House) -> None:
    """The result of a run names its record and the charges that it raised."""
    done = engine(house).run(room(person_id="zoe"), "desk:ana")
    assert isinstance(done, Committed)
    assert done.value.kind == "booking"
    assert [house.get(m.Charge, id).subject for id in done.charge_ids] == [done.value]
    assert [entry.type for entry in done.entries][:1] == ["BookingMade"]


def test_what_is_read_each_time_comes_along(house: House, store: Scripted) -> None:
    """The second booking of a room reads all in one batch: what the first one asked for next comes with it."""
    house.do(room(person_id="zoe"))
    store.forget()
    house.do(room(11, 12, person_id="zoe"))
    assert len(store.loads) == 1
    assert Key("place", "paris") in store.loads[0]


def test_what_came_along_is_guarded_as_it_was_read(house: House, store: Scripted) -> None:
    """A price list that was read along with the first batch, and changed since, makes the booking stale."""
    house.do(room(person_id="zoe"))
    store.forget()
    house.do(room(11, 12, person_id="zoe"))
    guards = {guard.key.kind for guard in store.changes[-1].guards}
    assert {"place", "pricelist", "space", "product", "standing", "entity"} <= guards


def test_the_outcome_is_not_read_back(house: House, store: Scripted) -> None:
    """What was stored a moment ago is told from memory, and is what a reader finds."""
    house.do(room(person_id="zoe"))
    store.forget()
    outcome = house.do(room(12, 13, person_id="zoe"))
    assert len(store.loads) == 1
    assert outcome.value == house.get(type(outcome.value), outcome.value.id)
    assert list(outcome.charges) == [house.get(type(one), one.id) for one in outcome.charges]


def test_a_store_that_fails_is_not_asked_again_for_the_key(house: House, store: Scripted) -> None:
    """The first batch fails: its error is told at once. Looking the key up would wait for the same store once more."""
    asked: list[int] = []

    def fails() -> None:
        asked.append(len(store.loads))
        store.before_load[len(store.loads)] = fails
        raise StorageError("the store does not answer")

    store.forget()
    store.before_load = {0: fails}
    with pytest.raises(StorageError, match="does not answer"):
        house.do(room(person_id="zoe"), key="k1")
    assert asked == [0]
    store.before_load = {}
    assert house.do(room(person_id="zoe"), key="k1").replayed is False


def test_a_repeat_is_answered_where_its_handler_refuses_before_it_reads(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was answered once is answered again, also where it would be refused today before a row is read."""
    command = c.AddEntity(name="Third")
    first = house.do(command, key="k1").value

    def refuses(_: c.AddEntity, uow: Uow) -> Steps[Decision[m.LegalEntity]]:
        raise InputError("not today")
        yield from uow.fetch([])

    monkeypatch.setitem(HANDLERS, c.AddEntity, Handler(refuses))
    assert house.do(command, key="k1").value == first
    with pytest.raises(InputError, match="not today"):
        house.do(command, key="k2")


def test_forgetting_somebody_does_not_depend_on_sessions_that_change(house: House, store: Scripted) -> None:
    """The session of a seat is only looked at: a change of it by others is no reason to start again."""
    house.do(c.AddSession(workshop_id="talk", day=TODAY, starts=wall_time(18), ends=wall_time(19), seats=5, id="early"))
    house.do(c.Register(session_id="early", person_id="zoe"))
    house.wait(hours=48)
    store.forget()
    house.do(c.ForgetPerson("zoe", gives_up=True))
    assert any(key.kind == "session" for rows in store.loads for key in rows)
    assert not any(guard.key.kind == "session" for change in store.changes for guard in change.guards)
    assert house.get(m.Person, "zoe").state == "forgotten"
