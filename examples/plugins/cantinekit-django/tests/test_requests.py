"""A view that books: with ATOMIC_REQUESTS what it did is undone when it fails; real requests through a real URLconf."""

from __future__ import annotations

import threading

import pytest
from django.db import connections
from django.test import Client

import host
from cantinekit.plugins.ports import Change, StorageCapabilities
from cantinekit.plugins.sql import PlannedChange
from cantinekit_django.store import DjangoStorage


@pytest.fixture
def serve(monkeypatch):
    """Have the views serve a house on this store."""

    def serve(storage: DjangoStorage, alias: str) -> host.House:
        monkeypatch.setattr(host, "houses", [host.open_house(storage, alias)])
        return host.houses[0]

    return serve


def post(where: str, **data: object) -> object:
    return Client(raise_request_exception=False).post(f"/{where}/", data)


@pytest.mark.parametrize("atomic", [True, False], ids=["atomic-requests", "autocommit"])
def test_a_view_that_succeeds(fresh, database, serve, atomic):
    """The booking is stored, and charged and told once, when the answer is there."""
    alias = fresh(database, ATOMIC_REQUESTS=atomic)
    house = serve(DjangoStorage(alias), alias)
    answer = post("book", turn=0)
    assert (answer.status_code, answer.json()["state"]) == (200, "held")
    assert (house.bookings, len(house.card.charges), house.told) == (["confirmed"], 1, 1)


def test_a_view_that_fails(fresh, database, serve):
    """With ATOMIC_REQUESTS a view that raises after booking leaves nothing: no row, no entry, no charge, no message."""
    alias = fresh(database, ATOMIC_REQUESTS=True)
    house = serve(DjangoStorage(alias), alias)
    before = host.stored(house)
    assert post("book_and_fail", turn=0).status_code == 500
    assert host.stored(house) == before
    house.cantine.run_due()
    assert (house.bookings, house.card.charges, house.told) == ([], (), 0)
    assert post("book", turn=0).status_code == 200


def test_a_view_that_fails_without_atomic_requests(fresh, database, serve):
    """The control: without ATOMIC_REQUESTS the view that raises has booked, and has charged."""
    alias = fresh(database)
    house = serve(DjangoStorage(alias), alias)
    assert post("book_and_fail", turn=0).status_code == 500
    assert (house.bookings, len(house.card.charges), house.told) == (["confirmed"], 1, 1)


def test_a_view_that_fails_on_a_store_that_hides_the_transaction(fresh, database, serve):
    """The control: a store that says nothing of the transaction has charged for a booking that is not stored."""

    class Hiding(DjangoStorage):
        capabilities = StorageCapabilities()

    alias = fresh(database, ATOMIC_REQUESTS=True)
    house = serve(Hiding(alias), alias)
    assert post("book_and_fail", turn=0).status_code == 500
    assert (house.bookings, len(house.card.charges), house.told) == ([], 1, 1)


def test_a_view_that_fails_on_a_store_with_a_connection_of_its_own(fresh, serve):
    """The control: a store on another connection than that of the request has booked and charged."""
    alias = fresh("postgresql", ATOMIC_REQUESTS=True)
    own = f"{alias}_own"
    connections.settings[own] = {**connections.settings[alias], "ATOMIC_REQUESTS": False}
    try:
        house = serve(DjangoStorage(own), own)
        assert post("book_and_fail", turn=0).status_code == 500
        assert (house.bookings, len(house.card.charges), house.told) == (["confirmed"], 1, 1)
    finally:
        connections[own].close()
        del connections[own], connections.settings[own]


# --- races ---


def race(house: host.House, session: str) -> list[str]:
    """Two people ask for the one seat at the same moment, in two requests; the states that they are told."""
    start, told = threading.Barrier(2), []

    def ask(person: str) -> None:
        try:
            start.wait(30)
            answer = post("register", session=session, person=person)
            told.append(answer.json().get("state", answer.json().get("refused")))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=ask, args=(person,)) for person in ("zoe", "malo")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    return sorted(told)


class Together(DjangoStorage):
    """Both threads have decided before either writes: the worst case, each time."""

    def __init__(self, alias: str) -> None:
        super().__init__(alias)
        self.seen: set[int] = set()
        self.both: threading.Barrier | None = None

    def apply(self, change: Change) -> None:
        if self.both is not None and threading.get_ident() not in self.seen:
            self.seen.add(threading.get_ident())
            self.both.wait(30)
        super().apply(change)


def sell(house: host.House, storage: Together | None = None) -> int:
    """Race for each session; how many were sold twice."""
    double = 0
    for n in range(host.SESSIONS):
        if storage is not None:
            storage.seen.clear()
            storage.both = threading.Barrier(2)
        told = race(house, f"ses{n}")
        sold = house.confirmed(f"ses{n}")
        assert sold >= 1
        if sold == 1:
            assert told == ["confirmed", "waiting"]
        double += sold > 1
    return double


def test_the_last_seat_in_transactions_of_the_host(fresh, database, serve):
    """Two requests with ATOMIC_REQUESTS race for the last seat: each time one gets it and the other waits."""
    alias = fresh(database, ATOMIC_REQUESTS=True)
    house = serve(DjangoStorage(alias), alias)
    assert sell(house) == 0


def test_the_last_seat_when_both_have_decided(fresh, database, serve):
    """Both requests have decided before either writes: the later one clashes, looks again, and waits.

    With ATOMIC_REQUESTS the clash is raised to the view, which goes on in its transaction. On SQLite two transactions
    cannot be at that point at once, so there each request is in autocommit, and the library looks again by itself.
    """
    alias = fresh(database, ATOMIC_REQUESTS=database == "postgresql")
    storage = Together(alias)
    host.clashes.clear()
    assert sell(serve(storage, alias), storage) == 0
    assert host.clashes == (["StaleVersionError"] * host.SESSIONS if database == "postgresql" else [])


def test_the_last_seat_without_the_versions(fresh, database, serve, monkeypatch):
    """The control: where versions are not compared every last seat is sold twice."""
    monkeypatch.setattr(PlannedChange, "check", lambda planned, held: None)
    alias = fresh(database, ATOMIC_REQUESTS=database == "postgresql")
    storage = Together(alias)
    assert sell(serve(storage, alias), storage) == host.SESSIONS
