"""Who was forgotten is nowhere: not in the files of an SQLite store, not in a dump of a PostgreSQL one.

A person is forgotten, and an organisation to which she belonged.
"""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256

import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.backends.postgres import open_postgres
from cantinekit.backends.sqlite import SqliteStorage, _connect
from cantinekit.cantine import random_ids
from cantinekit.urls import BackendUrl
from support.houses import small_house
from support.houses.small_house import period
from support.postgres.cluster import Cluster, folder, tool

FACT, PROOF = "canary-disabled", "canary-card seen by ana"
NAMES = ("Canary-Olga-One", "canary-olga@example.org", "Canary-Olga-Two", "canary-two@example.org")
WORKS = ("Canary-Works-One", "Canary-Works-Two", "7 canary-quai", "canary-bills@example.org", "FR40303265045")
KNOWN = {*WORKS[1:], "canary-tier"}
"""What a store has of the organisation before it is forgotten, beside her."""
CANARIES = (
    *NAMES,
    FACT,
    PROOF,
    *WORKS,
    "canary-tier",
    *(sha256(address.encode()).hexdigest() for address in NAMES if "@" in address),
)


def lived(storage) -> small_house.House:
    """Olga came, booked, paid, was written to, changed her name and her address; all of it is over."""
    house = small_house.open_house(storage)
    house.do(c.AddPerson(name=NAMES[0], email=NAMES[1], id="olga"), key="k-1")
    house.do(c.SellPass(product_id="carnet", place_id="paris", holder_id="olga", account="card"), key="k-2")
    house.do(c.CheckIn(place_id="paris", product_id="half-day", person_id="olga"))
    house.do(c.ChangePerson("olga", name=NAMES[2], email=NAMES[3]), key="k-3")
    house.do(c.SetFact("olga", name=FACT, value=True, proof=PROOF), key="k-4")
    works = c.AddOrganisation(name=WORKS[0], address=(WORKS[2],), country="FR", vat_number=WORKS[4], id="works")
    house.do(works, key="k-5")
    house.do(c.ChangeOrganisation("works", name=WORKS[1], email=WORKS[3]), key="k-6")
    house.do(c.SetOrganisationFact("works", name="canary-tier", value=True), key="k-7")
    belongs = c.Affiliate(organisation_id="works", person_id="olga", role="admin", first_day=small_house.TODAY)
    house.do(belongs)
    house.do(c.SellPass(product_id="carnet", place_id="paris", holder_id="works", account="desk"))
    booked = house.do(
        c.Book(space_id="b", product_id="room", period=period(10, 11), person_id="olga", account="card")
    ).value
    house.do(c.CancelBooking(booked.id))
    assert {message.to for message in house.mail.messages} == {NAMES[1], NAMES[3], WORKS[3]}
    house.wait(days=2)
    return house


def forget(house: small_house.House) -> None:
    """Forget her and the organisation, and sweep what is over; nobody else is touched."""
    house.do(c.ForgetOrganisation("works", gives_up=True))
    erasure = house.cantine.forget("olga", actor="ana", gives_up=True).value
    assert {one.kind for one in erasure.kept} >= {"pass", "visit", "booking", "charge"}
    house.cantine.sweep(before=house.clock.now() + timedelta(days=1))
    assert house.get(m.Person, "zoe").name == "Canary-Zoe"


def seen(text: bytes) -> set[str]:
    return {canary for canary in CANARIES if canary.encode() in text}


WAYS = {"delete": ("sqlite3", False), "wal": ("apsw", True)}


@pytest.fixture(params=WAYS)
def sqlite(request, tmp_path):
    driver, wal = WAYS[request.param]
    return lambda: SqliteStorage(tmp_path / "cantine.db", driver=driver, wal=wal)


def in_files(path) -> set[str]:
    return seen(b"".join(file.read_bytes() for file in path.iterdir() if file.is_file()))


def test_no_file_of_an_sqlite_store_knows_her(sqlite, tmp_path):
    """Names, addresses and their hashes are in the files before (old ones overwritten), and in none after."""
    house = lived(sqlite())
    house.cantine.close()
    assert in_files(tmp_path) == {NAMES[2], NAMES[3], FACT, PROOF, CANARIES[-1], *KNOWN}
    house = small_house.open_house(sqlite(), now=house.clock.now(), furnished=False, ids=random_ids)
    forget(house)
    house.cantine.close()
    assert in_files(tmp_path) == set()
    assert b"Canary-Zoe" in (tmp_path / "cantine.db").read_bytes()


def test_without_secure_delete_a_file_knows_her_still(sqlite, tmp_path, monkeypatch):
    """The control: the store's rows have forgotten her, the file has not."""
    monkeypatch.setitem(_connect._SETTINGS, "secure_delete", 0)
    house = lived(sqlite())
    forget(house)
    house.cantine.close()
    assert in_files(tmp_path)


def test_no_dump_of_a_postgresql_store_knows_her():
    """Names, addresses and their hashes are in a dump before, and in none after."""
    with folder() as place, Cluster.made(place / "data") as cluster:

        def dump() -> set[str]:
            at = ["-h", "127.0.0.1", "-U", "postgres", "-d", "postgres", "-p", cluster.port]
            return seen(tool("pg_dump", *at, "-n", "cantinekit").encode())

        house = lived(open_postgres(BackendUrl.parse(cluster.url("deadline=10"))))
        assert dump() == {NAMES[2], NAMES[3], FACT, PROOF, CANARIES[-1], *KNOWN}
        forget(house)
        assert dump() == set()
        house.cantine.close()
