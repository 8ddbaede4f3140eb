"""What reads and sweeping cost: counted in calls of the store and in rows, not in seconds."""

from __future__ import annotations

import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import attrs
import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.backends.memory import MemoryStorage
from cantinekit.backends.sqlite import SqliteStorage
from cantinekit.clock import Period
from cantinekit.domain.occupancy.journal_index import JournalIndex
from cantinekit.errors import InputError
from cantinekit.plugins.ports import Change, Key, Storage
from cantinekit.plugins.sql.find import find_condition
from cantinekit.plugins.store_checks import decode_cursor
from cantinekit.reads import occupancy
from cantinekit.reads.status import last_entry
from cantinekit.runtime import codec
from support.houses import small_house
from support.stores.counting import Counting

SECOND = timedelta(seconds=1)
ABOUT = m.Subject("booking", "bkg")


@pytest.fixture
def store():
    """A store that counts."""
    return Counting(MemoryStorage())


@pytest.fixture
def house(store):
    """A furnished house on that store."""
    return small_house.open_house(store)


def put(store: Any, records: list[Any]) -> None:
    """Write records past all commands, a thousand at a time."""
    for at in range(0, len(records), 1000):
        store.inner.apply(Change(rows=tuple(codec.encode(one, 1) for one in records[at : at + 1000])))


def done(number: int, state: str = "done") -> m.Task:
    return m.Task(f"old{number:05d}", "message", ABOUT, small_house.START + number * SECOND, state)


def asked(number: int) -> m.Request:
    return m.Request(f"old{number:05d}", "f", ABOUT, at=small_house.START + number * SECOND)


# --- sweeping --------------------------------------------------------------------------------------------------------


def test_a_sweep_reads_of_requests_only_what_goes(house, store):
    """Of 3,000 requests of which 500 are over it reads the 500, and removes them in one change."""
    cantine = house.cantine
    cantine.sweep(before=small_house.START + timedelta(days=1))
    put(store, [asked(number) for number in range(3000)])
    store.clear()
    assert cantine.sweep(before=small_house.START + 500 * SECOND) == 500
    assert store.rows[m.Request.kind] == 500
    assert store.calls["apply"] == 1


def test_a_sweep_removes_in_changes_of_a_page(house, store, monkeypatch):
    """2,000 done tasks go in four changes, which read each row once and make no record of it."""
    cantine = house.cantine
    cantine.sweep(before=small_house.START + timedelta(days=1))
    put(store, [done(number) for number in range(2000)])
    kept = store.inner.find(m.Task.kind, "subject", limit=30_000).rows
    store.clear()
    decoded = counted(monkeypatch)
    assert cantine.sweep(before=small_house.START + timedelta(days=1)) == 2000
    assert store.calls["apply"] == 4
    assert store.rows[m.Task.kind] == len(kept)
    assert not decoded


def test_what_changes_during_a_sweep_stays_and_keeps_nothing_else(house, store):
    """A row that somebody writes between reading and removing is left; the others of its page go at once."""
    cantine = house.cantine
    cantine.sweep(before=small_house.START + timedelta(days=1))
    put(store, [done(number) for number in range(10)])
    once = iter([True])

    def apply(change: Change) -> None:
        if next(once, False):
            again = attrs.evolve(done(3), state="waiting", writes=2)
            store.inner.apply(Change(rows=(codec.encode(again, 2),)))
        store.inner.apply(change)

    store.apply = apply
    assert cantine.sweep(before=small_house.START + timedelta(days=1)) == 9
    assert house.get(m.Task, "old00003").state == "waiting"


# --- reading page by page ---------------------------------------------------------------------------------------------


def counted(monkeypatch) -> Counter[str]:
    """Counts from now on which records are made of rows."""
    found: Counter[str] = Counter()
    decode = codec.decode

    def counting(row: Any) -> Any:
        found[row.kind] += 1
        return decode(row)

    monkeypatch.setattr(codec, "decode", counting)
    return found


def test_takings_cost_a_look_at_each_entry_of_the_day(house, store, monkeypatch):
    """2,500 entries of a day among 5,000 come in three pages, and no record is made of any of them."""
    lines = (m.LedgerLine("account/desk", 100), m.LedgerLine("receivable", -100))
    put(
        store,
        [
            m.LedgerEntry(
                f"led{n:04d}", "asso", "paris", small_house.utc(0) + n * 34 * SECOND, "taken", ABOUT, "EUR", lines
            )
            for n in range(5000)
        ],
    )
    store.clear()
    decoded = counted(monkeypatch)
    takings = house.cantine.read.takings("paris", small_house.TODAY + timedelta(days=1))
    entries = len([n for n in range(5000) if 23 * 3600 <= n * 34 < 47 * 3600])
    assert takings.total.amount == 100 * entries
    assert store.calls["find ledger"] == -(-entries // 1000)
    assert store.rows["ledger"] == entries
    assert decoded["ledger"] == 0


@pytest.mark.parametrize("reverse", [False, True])
def test_a_page_begins_where_the_last_one_ended(tmp_path, reverse):
    """SQLite goes straight to the place of a page: its index is searched from there, not from the bound before it."""
    store = SqliteStorage(tmp_path / "pages.db")
    put(Counting(store), [asked(number) for number in range(20)])
    first = asked(0).at, asked(19).at
    bounds = {"ge": codec.composite(first[0]), "lt": codec.composite(first[1])}
    page = store.find(m.Request.kind, "at", limit=10, reverse=reverse, **bounds)
    rest = store.find(m.Request.kind, "at", limit=10, reverse=reverse, after=page.next, **bounds)
    every = [f"old{number:05d}" for number in range(19)]
    assert [row.id for row in (*page.rows, *rest.rows)] == (every[::-1] if reverse else every)
    place = "(value,id)" + ("<" if reverse else ">") + "(?,?)"
    assert place in plan(store, bounds, decode_cursor(page.next), reverse)
    beyond = ("0", "") if not reverse else ("9", "")
    assert place not in plan(store, bounds, beyond, reverse), "a bound beside the place is what SQLite begins at"
    store.close()


def test_a_place_outside_the_bounds_is_kept_within_them(tmp_path):
    """A cursor of another question does not lead out of the range that is asked for."""
    store = SqliteStorage(tmp_path / "pages.db")
    put(Counting(store), [asked(number) for number in range(20)])
    early = store.find(m.Request.kind, "at", limit=2).next
    late = store.find(m.Request.kind, "at", limit=2, reverse=True).next
    ge, lt = codec.composite(asked(10).at), codec.composite(asked(15).at)
    ahead = store.find(m.Request.kind, "at", ge=ge, lt=lt, after=early)
    back = store.find(m.Request.kind, "at", ge=ge, lt=lt, after=late, reverse=True)
    ids = [f"old{number:05d}" for number in range(10, 15)]
    assert [row.id for row in ahead.rows] == ids
    assert [row.id for row in back.rows] == ids[::-1]
    store.close()


def plan(store: SqliteStorage, bounds: dict[str, str], position: tuple[str, str], reverse: bool) -> str:
    """How SQLite finds the entries of a page, in its own words."""
    condition, values = find_condition("?", "request", "at", eq=None, position=position, reverse=reverse, **bounds)
    statement = f"EXPLAIN QUERY PLAN SELECT i.id FROM record_index AS i WHERE {condition}"
    return str(store._call(lambda db: db.execute(statement, values).fetchall()))


def test_an_agenda_looks_once_for_each_name(house, store):
    """Nine bookings of one room cost no more looks than two: its name is looked up once."""
    costs = []
    for hours in (range(8, 10), range(10, 17)):
        for hour in hours:
            house.do(
                c.Book(
                    space_id="b",
                    product_id="room",
                    period=small_house.period(hour + 1, hour + 2),
                    account="desk",
                    override="all day",
                )
            )
        store.clear()
        assert house.cantine.read.agenda("paris", small_house.TODAY)
        costs.append(store.calls["load"])
    assert costs[0] == costs[1]


# --- a person --------------------------------------------------------------------------------------------------------


def booking(number: int) -> m.Booking:
    start = small_house.START + timedelta(hours=number)
    return m.Booking(f"b{number:05d}", "paris", "b", "room", Period(start, start + SECOND), 1, "confirmed", "zoe")


def test_an_export_costs_two_looks_for_each_booking(house, store):
    """Twice the bookings, twice the calls: a look for the prices of each, and one for its messages."""
    costs = []
    for first in (0, 500):
        put(store, [booking(number) for number in range(first, first + 500)])
        store.clear()
        export = house.cantine.export("zoe")
        assert len(export.records["booking"]) == first + 500
        assert (store.calls["find sale"], store.calls["find task"]) == (first + 500, first + 500)
        costs.append(store.calls.total())
    assert costs[1] - costs[0] <= 2 * 500 + 2


def test_more_records_by_id_than_one_load_may_ask_for(house, store, monkeypatch):
    """``many`` asks for them in several loads, and gives them in the order of the ids."""
    monkeypatch.setattr("cantinekit.reads.records.MAX_KEYS", 4)
    ids = ["zoe", "bob", "nobody", "eve", "ida", "zoe", "max", "lou", "nobody"]
    found = house.cantine.read.many(m.Person, ids)
    assert [one and one.id for one in found] == [None if id == "nobody" else id for id in ids]


def test_the_bench_of_reads_runs(capsys):
    """``bench/reads.py`` prints a line for each kind of work."""
    sys.path.insert(0, str(Path(__file__).parents[2] / "bench"))
    import reads

    assert reads.main(["--rows", "20"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 2 + 2 * len(reads.WORK)


# --- the busy index --------------------------------------------------------------------------------------------------


def lived_in(house) -> None:
    """Bookings, a visit that was made longer, holds, a session, a narrowing."""
    for day in range(3):
        date = small_house.TODAY + timedelta(days=day)
        for hour in (10, 12, 14):
            done = house.do(
                c.Book(
                    space_id="a2", product_id="room", period=small_house.period(hour, hour + 1, date), account="desk"
                )
            )
            if hour == 12:
                house.do(c.CancelBooking(done.value.id))
    visit = house.do(c.CheckIn(place_id="paris", product_id="half-day", person_id="zoe", account="desk")).value
    house.do(c.UpgradeVisit(visit.id, product_id="day", account="desk"))
    house.do(c.HoldSpace(space_id="a1", product_id="room", period=small_house.period(15, 16)))
    house.do(c.ChangeCapacity("open", capacity=2))


def test_an_index_is_made_without_the_journal(house, store):
    """A new index reads the pages, and of the journal a few single entries, however many there are."""
    lived_in(house)
    for number in range(300):
        house.do(c.AddPerson(name=f"Canary {number}"))
    every = house.cantine.read.busy_index(JournalIndex())
    length = len(small_house.journal(store.inner))
    store.clear()
    index = house.cantine.read.busy_index()
    assert index == every
    assert index.entry == length
    assert store.rows["journal"] <= store.calls["journal"] <= 2 * length.bit_length() + 2
    assert store.rows["occupancy"] == len(store.inner.find("occupancy", "space", limit=1000).rows)


def test_an_index_from_an_instant_on_reads_no_page_of_before(house, store):
    """With ``since`` the pages of days before are not read, and from then on it says the same."""
    lived_in(house)
    read = house.cantine.read
    later = small_house.utc(0, day=small_house.TODAY + timedelta(days=2))
    every = read.busy_index()
    store.clear()
    index = read.busy_index(since=later)
    ahead = [row for row in store.inner.find("occupancy", "space", limit=1000).rows if row.id[-10:] >= "2026-11-26"]
    assert store.rows["occupancy"] == len(ahead)
    for hour in range(24):
        slot = small_house.period(hour, hour + 1, later.date())
        assert index.free(slot) == every.free(slot)
    assert index.peak("a2", small_house.period(10, 11)) == 0
    with pytest.raises(InputError, match="since"):
        read.busy_index(index, since=later)


def test_what_is_written_while_an_index_is_made_is_in_it(house, store, monkeypatch):
    """Between the look at the journal and the pages a visit ends, a booking goes, another comes: the index has it."""
    lived_in(house)
    read = house.cantine.read
    visit = read.visits("zoe")[0]
    booked = store.inner.find("booking", "place", limit=1).rows[0].id

    def meanwhile(storage: Storage) -> int:
        found = last_entry(storage)
        house.do(c.CheckOut(visit.id))
        house.do(c.CancelBooking(booked))
        house.do(c.Book(space_id="b", product_id="room", period=small_house.period(16, 17), account="desk"))
        house.do(c.ChangeCapacity("open", capacity=5))
        return found

    monkeypatch.setattr(occupancy, "last_entry", meanwhile)
    index = read.busy_index()
    monkeypatch.undo()
    assert index == read.busy_index(JournalIndex())
    assert index.leaf("open").capacity == 5
    assert index.peak("b", small_house.period(16, 17)) == 1


def test_the_last_entry_is_found_over_gaps(store):
    """Numbers may have gaps of any size, as those of PostgreSQL have."""
    house = small_house.open_house(store, furnished=False)
    assert last_entry(house.storage) == 0
    for last in (1, 2, 3, 65_536, 65_537, 2**48 + 5, 2**62 + 3):
        numbers = sorted({1, 2, 3, 65_536, 65_537, 2**48 + 5, 2**62 + 3, last})
        numbers = [number for number in numbers if number <= last]
        entries = [attrs.evolve(_entry(), number=number) for number in numbers]
        store.inner._journal = entries
        assert last_entry(house.storage) == last


def _entry() -> Any:
    from cantinekit.events import PersonAdded

    return codec.encode_event(PersonAdded("zoe"), small_house.START, "ana", (Key("person", "zoe"),))


def test_receivables_read_what_is_owed(house, store):
    """Of 40 charges of which two are owed the rows of these two are read, once each."""
    for number in range(40):
        day = small_house.TODAY + timedelta(days=1 + number)
        booked = c.Book(space_id="b", product_id="room", period=small_house.period(10, 11, day), account="desk")
        house.do(booked if number < 38 else attrs.evolve(booked, account=None, person_id="zoe", on_account=True))
    store.clear()
    (found,) = house.cantine.read.receivables("asso", small_house.TODAY)
    assert (found.payer_id, found.total.amount > 0) == ("zoe", True)
    assert store.rows[m.Charge.kind] == 2


def test_a_statement_reads_the_entries_about_its_payer(house, store):
    """Of the entries of 30 walk-ins it reads none: two of the one charge of the payer, and the row of what is owed."""
    for number in range(30):
        day = small_house.TODAY + timedelta(days=1 + number)
        booked = c.Book(space_id="b", product_id="room", period=small_house.period(10, 11, day), account="desk")
        house.do(booked)
    house.do(attrs.evolve(booked, space_id="a1", person_id="zoe"))
    store.clear()
    found = house.cantine.read.payer_statement("zoe", "asso", small_house.TODAY, small_house.TODAY)
    assert len(found.lines) == store.rows[m.LedgerEntry.kind] == 2
    assert store.rows[m.Charge.kind] == 0
