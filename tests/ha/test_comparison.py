"""The comparison sees what it looks for: each damage is planted once, on a single server, and told."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import attrs
import pytest

import _comparison
from _bookings import Answer, ask
from _cluster import Cluster, folder
from _race_house import open_house, set_up

ROWS = "INSERT INTO cantinekit.record SELECT kind, {id}, version, {body}, pairs FROM cantinekit.record WHERE id = %s"


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with folder() as place, Cluster.made(place / "a") as one:
        yield one


@pytest.fixture
def answers(cluster) -> list[Answer]:
    """What two clients were told to ten requests each."""
    url = cluster.url("deadline=20")
    with cluster.connect() as db:
        db.execute("DROP SCHEMA IF EXISTS cantinekit CASCADE")
    with open_house(url) as house:
        set_up(house, 2)
        told: list[Answer] = []
        both = [threading.Thread(target=lambda n=n: told.extend(ask(house, n, i) for i in range(10))) for n in (0, 1)]
        for one in both:
            one.start()
        for one in both:
            one.join()
    return told


@pytest.fixture
def told(cluster, answers) -> Iterator[tuple[Any, list[Answer]]]:
    """A connection in a transaction that is rolled back, and the answers."""
    with cluster.connect() as db, db.transaction(force_rollback=True):
        yield db, answers


@attrs.frozen
class Copy:
    """A node as ``copies`` sees one: here another database of the same server."""

    name: str
    cluster: Cluster

    def connect(self, dbname):
        return self.cluster.connect(self.name)


@attrs.frozen
class Copies:
    nodes: tuple[Copy, ...]

    def leader(self):
        return self.nodes[0]


def wrong(db: Any, answers: list[Answer]) -> dict[str, int]:
    """How many findings each check has, where it has any."""
    checks = (_comparison.lost, _comparison.double, *_comparison.CHECKS)
    return {check.__name__: len(found) for check in checks if (found := check(db, answers))}


def test_nothing_is_wrong(cluster, told):
    """Control: as it is, no check finds anything, and the rooms were contended for."""
    db, answers = told
    assert len(answers) == 20
    assert len(_comparison.booked(answers)) == 15
    assert wrong(db, answers) == {}
    assert _comparison.finish(cluster.url("deadline=20")) == []


def test_what_is_lost(told):
    """A booking that is gone, one that was moved and one that is cancelled are lost; so is the money for two."""
    db, answers = told
    gone, moved, off = [one.booking for one in answers if one.space == "box0"][:3]
    db.execute("DELETE FROM cantinekit.record WHERE id = %s", [gone])
    move = "UPDATE cantinekit.record SET body = jsonb_set(body, '{{{0}}}', '\"{1}\"') WHERE id = %s"
    db.execute(move.format("space_id", "small"), [moved])
    db.execute(move.format("state", "cancelled"), [off])
    assert wrong(db, answers) == {"lost": 3, "told_once": 1, "money": 1}


def test_what_is_double(told):
    """A second booking of the same room and hour is an overlap, and nobody's, unpaid, and not in the journal."""
    db, answers = told
    made = _comparison.booked(answers)[0].booking
    db.execute(ROWS.format(id="'twice'", body="body"), [made])
    assert wrong(db, answers) == {"double": 1, "each_request_once": 1, "money": 1, "told_once": 1}


def test_two_that_were_told_the_same(told):
    """A room that two were told they have is double, also where only one of them is stored."""
    db, answers = told
    (refused, *_) = (one for one in answers if one.said != "booked")
    other = attrs.evolve(refused, said="booked", booking="never")
    assert wrong(db, [*answers, other]) == {"lost": 1, "double": 1}
    same = attrs.evolve(_comparison.booked(answers)[0], key="again")
    assert wrong(db, [*answers, same]) == {"each_request_once": 1}


def test_refusals(told):
    """A refusal of another kind, and one of a room that is free, are told."""
    db, answers = told
    (refused, *_) = (one for one in answers if one.said != "booked")
    assert wrong(db, [*answers, attrs.evolve(refused, said="ClosedError")]) == {"refusals": 1}
    assert wrong(db, [*answers, attrs.evolve(refused, space="small")]) == {"refusals": 1}


def test_money_and_journal(told):
    """An entry that does not sum to zero, and a booking that the journal tells of twice, are told."""
    db, answers = told
    db.execute("""
        UPDATE cantinekit.record SET body = jsonb_set(body, '{lines,0,amount}', '1499')
        WHERE (kind, id) = (SELECT kind, id FROM cantinekit.record
            WHERE kind = 'ledger' AND body->'lines'->0->>'account' = 'account/desk' LIMIT 1)
    """)
    assert wrong(db, answers) == {"money": 2}
    db.execute("""
        INSERT INTO cantinekit.journal SELECT number + 1000000, type, at, actor, subjects, body FROM cantinekit.journal
        WHERE type = 'BookingConfirmed' LIMIT 1
    """)
    assert wrong(db, answers) == {"money": 2, "told_once": 1}


def test_copies_that_differ(cluster, answers):
    """A node with another row, or another journal, than the primary is told."""
    nodes = Copies(tuple(Copy(name, cluster) for name in ("postgres", "copy")))
    for damage in (
        "",
        "UPDATE cantinekit.record SET version = version + 1 WHERE kind = 'place'",
        "DELETE FROM cantinekit.journal WHERE number = (SELECT max(number) FROM cantinekit.journal)",
    ):
        with cluster.connect() as db:
            db.execute("DROP DATABASE IF EXISTS copy")
            db.execute("CREATE DATABASE copy TEMPLATE postgres STRATEGY file_copy")
        with cluster.connect("copy") as db:
            db.execute(damage)
        found = _comparison.copies(nodes, 1.0)
        assert found == (["copies: nodes with other rows than the primary: copy"] if damage else [])
