"""A store that an earlier version wrote is read, given back and carried on by this one.

``counted-on-charges.sql.gz`` is the dump of an SQLite file by the last version that kept on a charge, and on the part
of a date, what a sale had counted. In it are bookings, a hold, a request, a series, a seat, passes, a stay with a
longer one that waits for its payment; sales that were free, whose counts that version kept nowhere; and two charges by
card that the provider took and whose answers were lost, of which one was given up and replayed: its tries are at 0.
"""

from __future__ import annotations

import gzip
import sqlite3
from pathlib import Path

import attrs
import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.money import Money
from cantinekit.plugins.ports import Change, ChargeRequest, Row
from cantinekit.runtime import codec
from cantinekit.runtime.outbox import Outbox
from support.houses.counting_house import counted
from support.houses.small_house import START, CountingIds, open_house, snapshot
from support.laws import house_laws
from support.payments.keyless import Forgets
from support.stores.stored import Stored, but_for_new_index, written_again

STORED = Path(__file__).parent.parent / "data" / "counted-on-charges.sql.gz"
FREE = {
    "free/counted/card/cards/person=bob": 1,
    "free/counted/card/cards/person=zoe": 1,
    "free/counted/room/hours/person=zoe/month=2026-11": 5,
    "free/counted/seat/seats/person=zoe/month=2026-11": 2,
    "free/counted/stay/stays/person=eve/day=2026-11-24": 1,
    "rank/counted/room/rank/person=zoe/month=2026-11": 1,
    "rank/counted/seat/rank/person=zoe/month=2026-11": 2,
}
"""What the sales counted that cost nothing: it stays, since that version did not keep whose it was."""
TAKEN = ("pay_1", "pay_7")
"""The attempts by which the provider took 12.00 each."""


class Later(CountingIds):
    """Ids that no earlier version gave."""

    def __call__(self, prefix: str) -> str:
        return super().__call__(prefix).replace("_", "_new_")


@pytest.fixture
def house(tmp_path):
    """A house that opens what was stored; its provider knows no keys, and has taken the two charges."""
    path = tmp_path / "before.db"
    with sqlite3.connect(path) as db:
        db.executescript(gzip.decompress(STORED.read_bytes()).decode())
    db.close()
    opened = open_house(f"sqlite:///{path}", card=Forgets(), furnished=False, now=START, ids=Later())
    opened.card._clock = opened.clock
    for attempt in TAKEN:
        opened.card.charge(ChargeRequest(attempt, Money(1200, "EUR"), "chg", "asso"))
    yield opened
    opened.cantine.close()


def give_all_back(house):
    dates = house.get(m.BookingSeries, "srs_1").booking_ids
    for command in (
        c.CancelBooking("bkg_2"),
        c.DeclineBooking("bkg_4", reason="no"),
        c.CancelBooking(dates[1]),
        c.CancelSeries("srs_1"),
        c.CancelRegistration("reg_3"),
        *(c.CancelPass(one.id) for one in house.all(m.Pass) if one.product_id == "c-card" and one.charge_id),
    ):
        house.do(command)
    house.wait(minutes=20)  # the hold and the longer stay are not paid
    house.cantine.run_due(limit=500)


def test_what_was_stored_before_is_what_its_journal_says(house):
    """Every row is read, and the journal of that version, told by the rules of this one, comes to the same rows."""
    house_laws.folds(house.storage)
    assert {attempt.state for attempt in house.all(m.Attempt)} >= {"settled", "started"}


def test_what_was_stored_before_is_written_again_as_it_was(house):
    """Each row and entry of that version is written again byte for byte, and so is what its journal makes; but for
    products that said what a pass gives or how long a visit lasts, which is in the price list now; what is owed is
    found as such from the next change of its charge on, and people by name from their next one on."""
    stored = Stored(*snapshot(house.storage))
    every = (*stored.rows.values(), *stored.journal)
    others = [one for one in every if but_for_new_index(written_again(one)) != one]
    owed = [one for one in every if written_again(one) != one and one not in others]
    assert {one.kind for one in owed} == {"charge", "person"}
    assert others
    assert all('"grant":{' in one.body or '"stay":"' in one.body for one in others)
    assert {one.kind if isinstance(one, Row) else one.type for one in others} == {"product", "ProductAdded"}
    changed = [one for one in (*others, *owed) if getattr(one, "kind", "person") != "person"]
    given = {one.key: written_again(one) for one in changed}
    assert stored.folded() == {**stored.of_journal(), **given}


@pytest.mark.parametrize("read", [True, False])
def test_what_was_sold_before_is_given_back(house, read):
    """Whatever was sold with a charge and ends now gives back what it had counted, once: what was free stays counted.

    The control: where the moves on the charges and parts are passed over, the counts stay.
    """
    if not read:
        forget_moves(house)
    give_all_back(house)
    assert (counted(house)[0] == FREE) is read
    if read:
        house_laws.folds(house.storage)
    states = {one.id: one.state for one in house.all(m.Booking)}
    assert {state for id, state in states.items() if id != "bkg_1"} == {"cancelled", "expired", "declined"}
    assert house.get(m.Visit, "vis_2").upgrade is None
    assert [one.id for one in house.all(m.Charge) if one.state == "due"] == []
    kept = {one.subject.id: one.kept.amount for one in house.all(m.Charge) if one.kept.amount}
    assert kept == {"vis_2": 800}
    assert house.card.sums() == (2400, 2400)  # of passes that were cancelled before anybody knew that they were paid


def test_a_longer_stay_that_waited_can_be_paid(house):
    """The longer stay is paid and counts as it did, on its charge; one that is longer still counts in its place."""
    before = counted(house)[0]
    (charge_id,) = [one.id for one in house.all(m.Charge) if one.state == "due" and one.subject.id == "vis_2"]
    house.do(c.Pay(charge_id, account="desk"))
    stay = house.get(m.Visit, "vis_2")
    assert (stay.product_id, stay.upgrade) == ("c-long", None)
    assert counted(house)[0] == before
    house.do(
        c.AddProduct(
            name="other",
            entity_id="asso",
            pricelist_id="counted",
            tariff_product="card",
            sells="visit",
            id="c-other",
        )
    )
    house.do(c.UpgradeVisit("vis_2", product_id="c-other", account="desk"))
    assert not [id for id in counted(house)[0] if id.startswith("rank/counted/long")]
    house_laws.folds(house.storage)


@pytest.mark.parametrize("mended", [True, False])
def test_a_charge_that_was_replayed_before_is_looked_up(house, mended, monkeypatch):
    """What the provider took before is found, whatever the tries of the task say: both passes are had, 24.00 are taken.

    The control: where the tries alone decide, the one with its tries at 0 is taken once more.
    """
    if not mended:
        monkeypatch.setattr(Outbox, "_may_be_asked", lambda self, task, begun: task.tries > 1)
    tries = {one.subject.id: one.tries for one in house.cantine.read.tasks() if one.work == "charge"}
    assert tries == {"pay_1": 0, "pay_7": 1}
    house.wait(minutes=5)
    house.cantine.run_due(limit=500)
    assert house.card.sums() == (2400 if mended else 3600, 0)
    paid = [one for one in house.all(m.Attempt) if one.account == "card"]
    assert [one.captured for one in paid] == [1200, 1200]
    assert {house.get(m.Charge, one.charge_id).state for one in paid} == {"settled"}


def test_people_of_before_are_found_by_name_once_their_index_is_made(house):
    """That version kept no index of names: after ``index_people`` its people are found by each of their words."""
    people, read = house.all(m.Person), house.cantine.read
    assert people
    assert read.people().items == ()
    assert house.cantine.index_people() == len(people)
    assert {one.id for one in read.people(limit=200).items} == {one.id for one in people}
    for one in people:
        assert all(one in read.people(word, limit=200).items for word in one.name.split())


def forget_moves(house):
    """Store charges and dates without what they had moved, as who does not know these fields would read them."""
    rows = []
    for record in (*house.all(m.Charge), *house.all(m.Booking)):
        if isinstance(record, m.Charge):
            less = attrs.evolve(record, meters=())
        else:
            less = attrs.evolve(record, part=record.part and attrs.evolve(record.part, meters=()))
        if less != record:
            (row,) = house.storage.load([codec.key_of(m.Subject(record.kind, record.id))])
            rows.append(codec.encode(less, row.version + 1))
    house.storage.apply(Change(rows=tuple(rows)))
