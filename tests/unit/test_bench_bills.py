"""The bench of bills: the SQL by hand stores what the library stores, and what is missing or there twice is noticed."""

from __future__ import annotations

import json
import shutil
import sqlite3
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "bench"))

from billing import books, stores
from peers.bills_by_hand import BillsByHand

PAYERS, CHARGES = 3, 4


@pytest.fixture(scope="module")
def billed(tmp_path_factory):
    """Two stores that were set up alike, billed by the library and by SQL."""
    folder = tmp_path_factory.mktemp("bills")
    url = f"sqlite:///{folder}/ours.db"
    stores.prepare(url, PAYERS, CHARGES)
    shutil.copy(folder / "ours.db", folder / "theirs.db")
    house = stores.reopen(url)
    while house.run_due().done:
        pass
    house.close()
    db, backend = books.connect(f"sqlite:///{folder}/theirs.db")
    assert BillsByHand(db, backend, stores.DUE).run(100) == PAYERS
    db.close()
    return folder


@pytest.fixture
def copy(billed, tmp_path):
    """A copy of the store of the library, to spoil."""
    shutil.copy(billed / "ours.db", tmp_path / "copy.db")
    return tmp_path / "copy.db"


def test_both_store_the_same(billed):
    """The same rows, lines of the index and journal, byte by byte but for ids at random; and both are right."""
    ours, theirs = (f"sqlite:///{billed}/{name}.db" for name in ("ours", "theirs"))
    assert books.rows(ours) == books.rows(theirs)
    for url in (ours, theirs):
        assert books.wrong(url, PAYERS, CHARGES) == []
        assert len(books.bodies(url, "document")) == PAYERS + 1


SPOILT = {
    "one is missing": "DELETE FROM record WHERE kind = 'document' AND id LIKE '%000003'",
    "one is there twice": "INSERT INTO record SELECT kind, id || '-', version, "
    "replace(body, '\"number\":3', '\"number\":9'), pairs FROM record WHERE kind = 'document' AND id LIKE '%000003'",
    "a number is left out": "UPDATE record SET body = replace(body, '\"number\":4', '\"number\":5') "
    "WHERE kind = 'document' AND id LIKE '%000004'",
    "a charge is not marked": "UPDATE record SET body = json_remove(body, '$.invoice_id') "
    "WHERE kind = 'charge' AND id = 'c-p000001-2'",
    "a charge is of another": "UPDATE record SET body = json_set(body, '$.payer_id', 'p000002') "
    "WHERE kind = 'charge' AND id = 'c-p000001-2'",
    "an amount is another": "UPDATE record SET body = json_set(body, '$.gross[0]', 1) "
    "WHERE kind = 'document' AND id LIKE '%000003'",
    "the journal lacks one": "DELETE FROM journal WHERE number = (SELECT max(number) - 1 FROM journal)",
    "a run of a payer has no end": "DELETE FROM journal WHERE number = (SELECT max(number) FROM journal)",
}


@pytest.mark.parametrize("what", SPOILT)
def test_what_is_spoilt_is_noticed(copy, what):
    """The control: each way in which a store can be wrong is told."""
    with sqlite3.connect(copy) as db:
        assert db.execute(SPOILT[what]).rowcount == 1
    assert books.wrong(f"sqlite:///{copy}", PAYERS, CHARGES)


def test_another_byte_is_noticed(billed, copy):
    """The control of the comparison: one blank in one body, one line of the index."""
    ours = books.rows(f"sqlite:///{billed}/ours.db")
    with sqlite3.connect(copy) as db:
        db.execute(
            'UPDATE record SET body = replace(body, \'"text":"room"\', \'"text":"Room"\') WHERE kind = \'document\''
        )
        db.execute("DELETE FROM record_index WHERE kind = 'document' AND field = 'payer'")
    spoilt = books.rows(f"sqlite:///{copy}")
    assert [one == other for one, other in zip(ours, spoilt, strict=True)] == [False, False, True]


def test_every_charge_has_a_payer_and_a_sale_of_its_own(billed):
    """What is billed was set up: each payer with charges of all three products, each with its sale."""
    charges = [one for one in books.bodies(f"sqlite:///{billed}/ours.db", "charge") if one["payer_id"] != "works"]
    sales = {one["id"] for one in books.bodies(f"sqlite:///{billed}/ours.db", "sale")}
    assert len({one["sale_id"] for one in charges} & sales) == PAYERS * CHARGES
    assert len({json.dumps(one["amount"]) for one in charges}) == len(stores.PRODUCTS)
