"""The comparison sees what it looks for: each damage is planted once, on a single server, and told."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import attrs
import pytest

from support.high_availability import comparison
from support.high_availability.clients import Answer, ask, prepare
from support.postgres.cluster import Cluster, folder
from support.races.house_races import open_house

ROWS = "INSERT INTO cantinekit.record SELECT kind, {id}, version, {body}, pairs FROM cantinekit.record WHERE id = %s"
SERIES = "UPDATE cantinekit.record SET body = jsonb_set(body, '{{{}}}', {}) WHERE id = 'asso|receipts'"


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
        prepare(house, 2)
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
    checks = (comparison.lost, comparison.double, *comparison.CHECKS)
    return {check.__name__: len(found) for check in checks if (found := check(db, answers))}


def test_nothing_is_wrong(cluster, told):
    """Control: as it is, no check finds anything, and the rooms were contended for."""
    db, answers = told
    assert len(answers) == 20
    assert len(comparison.booked(answers)) == 15
    assert len(comparison.issued(answers)) == comparison.stored(db) == 15 + 6  # receipts and invoices
    assert wrong(db, answers) == {}
    assert comparison.finish(cluster.url("deadline=20")) == []


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
    made = comparison.booked(answers)[0].booking
    db.execute(ROWS.format(id="'twice'", body="body"), [made])
    assert wrong(db, answers) == {"double": 1, "each_request_once": 1, "money": 1, "told_once": 1}


def test_two_that_were_told_the_same(told):
    """A room that two were told they have is double, also where only one of them is stored."""
    db, answers = told
    (refused, *_) = (one for one in answers if one.said != "booked")
    other = attrs.evolve(refused, said="booked", booking="never")
    assert wrong(db, [*answers, other]) == {"lost": 1, "double": 1}
    same = attrs.evolve(comparison.booked(answers)[0], key="again", documents=())
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


def receipt(db: Any, number: int) -> str:
    """The printed number of a receipt, which is there."""
    printed = f"R2026-{number:06}"
    assert db.execute(f"SELECT FROM ({comparison.DOCUMENTS}) AS d WHERE printed = %s", [printed]).rowcount == 1
    return printed


@pytest.mark.parametrize("number", [1, 7, 15])
def test_a_gap(told, number):
    """A receipt that is gone, the first, one in the middle or the last, is a gap, and was acknowledged."""
    db, answers = told
    db.execute("DELETE FROM cantinekit.record WHERE id = %s", [f"asso|{receipt(db, number)}"])
    assert comparison.numbers(db, answers) == [f"0 documents have number {number} of asso|receipts in 2026"]
    assert wrong(db, answers) == {"numbers": 1, "documents_kept": 1}


def test_a_gap_in_a_year_that_is_over(told):
    """A number that a series gave in a year before, and that no document has, is a gap."""
    db, answers = told
    db.execute(SERIES.format("ended", "'[[2025, 1]]'"))
    assert comparison.numbers(db, answers) == ["0 documents have number 1 of asso|receipts in 2025"]


def test_a_repeat(told):
    """A number that two documents have is told, also where both are of the charge that was asked for."""
    db, answers = told
    seventh = receipt(db, 7)
    db.execute(ROWS.format(id="'twice'", body="body"), [f"asso|{seventh}"])
    assert comparison.numbers(db, answers)[0] == "2 documents have number 7 of asso|receipts in 2026"
    assert wrong(db, answers) == {"numbers": 2}  # nor is the one later than the other


def test_a_number_that_was_never_given(told):
    """A series that was set back has documents with numbers that it will give again."""
    db, answers = told
    db.execute(SERIES.format("last", "'14'"))
    found = ["a document has number 15 of asso|receipts in 2026, which was never given"]
    assert comparison.numbers(db, answers) == found
    assert wrong(db, answers) == {"numbers": 1}


@pytest.mark.parametrize("earlier", ["0 s", "1 day"])
def test_numbers_out_of_order(told, earlier):
    """A document that is dated before the one with the number before it, or at the same instant, is told."""
    db, answers = told
    then = f"SELECT to_jsonb(issued - interval '{earlier}') FROM ({comparison.DOCUMENTS}) AS d WHERE printed = %s"
    move = f"UPDATE cantinekit.record SET body = jsonb_set(body, '{{issued_at}}', ({then})) WHERE id = %s"
    db.execute(move, [receipt(db, 6), f"asso|{receipt(db, 7)}"])
    assert comparison.numbers(db, answers) == ["R2026-000007 is not later than the number before it"]
    assert wrong(db, answers) == {"numbers": 1}


def test_an_acknowledged_number_is_missing(told):
    """Where the last ones are lost and the series goes back with them there is no gap: only who was told knows."""
    db, answers = told
    db.execute("DELETE FROM cantinekit.record WHERE id = %s", [f"asso|{receipt(db, 15)}"])
    db.execute(SERIES.format("last", "'14'"))
    assert comparison.documents_kept(db, answers) == ["R2026-000015 was acknowledged and is not there"]
    assert wrong(db, answers) == {"documents_kept": 1}


def test_a_number_is_another_documents(told):
    """A number on the document of another charge, two that were exchanged, and one of another series are told."""
    db, answers = told
    first = next(one for one in answers if one.documents)
    elsewhere = attrs.evolve(first, documents=tuple(attrs.evolve(one, series="credits") for one in first.documents))
    rest = [one for one in answers if one is not first]
    assert wrong(db, [elsewhere, *rest]) == {"documents_as_told": len(first.documents)}
    one, other = [document for document in comparison.issued(answers) if document.series == "receipts"][:2]
    change = "UPDATE cantinekit.record SET body = jsonb_set(body, '{charge_id}', to_jsonb(%s::text)) WHERE id = %s"
    db.execute(change, [other.charge, f"asso|{one.printed}"])
    assert wrong(db, answers) == {"documents_as_told": 1}
    db.execute(change, [one.charge, f"asso|{other.printed}"])
    assert wrong(db, answers) == {"documents_as_told": 2}


def test_documents_of_nobody_and_of_two(told):
    """A document that nobody was told of, one that two were told of, and one that was refused are told."""
    db, answers = told
    first = next(one for one in answers if one.documents)
    rest = [one for one in answers if one is not first]
    (one, *more) = first.documents
    refused = attrs.evolve(one, said="NotFoundError", printed="")
    for documents, found in (
        (more, {"each_document_once": 1}),
        ([one, one, *more], {"each_document_once": 1}),
        ([one, *more, refused], {"no_document_refused": 1}),
    ):
        assert wrong(db, [attrs.evolve(first, documents=tuple(documents)), *rest]) == found


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
        found = comparison.copies(nodes, 1.0)
        assert found == (["copies: nodes with other rows than the primary: copy"] if damage else [])
