"""What is stored stays what it is, byte for byte: of every kind of record and every type of event.

``walk.jsonl.gz`` has all that the houses of ``stored_scenes`` had stored before. It is read and written again, made
from its journal again, and compared with what the same houses store today. ``walk-before.jsonl.gz`` has what the
version before stored of the houses that it had.
"""

from __future__ import annotations

import json
from functools import cache

import attrs
import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.backends.memory import MemoryStorage
from cantinekit.cantine import fold
from cantinekit.errors import WrongStateError
from cantinekit.plugins.ports import Change
from cantinekit.runtime import codec
from support.houses.small_house import CountingIds, House, open_house
from support.laws import house_laws
from support.stores import stored
from support.stores.stored_scenes import WALK


class Later(CountingIds):
    """Ids that no earlier version gave."""

    def __call__(self, prefix: str) -> str:
        return super().__call__(prefix).replace("_", "_new_")


@cache
def before() -> dict[str, stored.Stored]:
    """The houses of the file."""
    return stored.read()


def everything() -> set:
    """All rows and journal entries of the file."""
    return {one for stored in before().values() for one in (*stored.rows.values(), *stored.journal)}


def test_the_file_has_all_that_is_stored():
    """The file has each field of each kind and of each type of event with a value, but those that ``UNUSED`` names."""
    assert before().keys() == WALK.keys()
    assert stored.unused(before().values()) == stored.UNUSED


def test_what_was_stored_is_written_again_as_it_was():
    """Each row and each journal entry is read, and written again with the same body, index and subjects."""
    changed = [(one, stored.written_again(one)) for one in everything() if stored.written_again(one) != one]
    assert not changed


@pytest.mark.parametrize("name", WALK)
def test_the_journal_of_before_makes_the_rows_of_before(name):
    """The journal that was stored makes the rows that were stored with it, byte for byte."""
    stored = before()[name]
    assert stored.folded() == stored.of_journal()


@pytest.mark.parametrize("name", WALK)
def test_what_is_done_again_is_stored_as_before(name):
    """The same commands, at the same time and with the same ids, store the same rows and journal entries."""
    assert stored.walked(name).differs(before()[name]) == []


# --- what the version before stored -----------------------------------------------------------------------------------


@cache
def version_before() -> dict[str, stored.Stored]:
    """The houses as the version before stored them."""
    return stored.read(stored.BEFORE)


def test_what_the_version_before_stored_is_read():
    """Each row and entry of the version before is read. Written again it is what it was, but for products: they said
    what a pass gives and how long a visit lasts, which is in the price list now; where units are accepted stays. What
    is owed is found as such from the next change of its charge on, and people by name from their next one on."""
    found = {one for each in version_before().values() for one in (*each.rows.values(), *each.journal)}
    others = [one for one in found if stored.but_for_new_index(stored.written_again(one)) != one]
    assert {getattr(one, "kind", None) or one.type for one in others} == {"product", "ProductAdded"}
    for one in others:
        old, new = json.loads(one.body), json.loads(stored.written_again(one).body)
        kept, now = old.get("product", old), new.get("product", new)
        stay, grant = kept.pop("stay", ""), kept.pop("grant", {})
        assert stay or grant
        assert now == kept | ({"places": grant["places"]} if grant.get("places") else {})
        assert stored.written_again(stored.written_again(one)) == stored.written_again(one)
    assert {json.loads(one.body).get("grant", {}).get("account") for one in others} >= {"carnet", "mini"}


def test_the_journal_of_the_version_before_makes_its_rows():
    """The journal of the version before makes the records that its rows hold, in each house."""
    for each in version_before().values():
        rows = {key: codec.decode(row) for key, row in each.of_journal().items()}
        assert {key: one for key, one in fold(each.journal).records.items() if one is not None} == rows


def test_a_pass_of_the_version_before_is_spent_and_cancelled():
    """A carnet of the version before pays for a visit; one that is whole goes back, one that was used does not."""
    sold = version_before()["SellPass"]
    house = reopened(sold)
    (carnet,) = house.all(m.Pass)
    assert (carnet.sale_id, carnet.sells, carnet.first_day) == (None, "", None)
    visit = house.do(c.CheckIn(place_id="paris", product_id="half-day", person_id="zoe")).value
    assert [spend.units for spend in visit.spends] == [1]
    with pytest.raises(WrongStateError, match="used"):
        house.do(c.CancelPass(carnet.id))
    house = reopened(sold)
    house.do(c.CancelPass(carnet.id))
    assert house.get(m.Pass, carnet.id).state == "cancelled"
    assert [asked.amount for asked in house.all(m.Refund)] == [house.all(m.Charge)[0].amount]
    house_laws.hold(house.storage, house.clock.now())
    house_laws.folds(house.storage)


def reopened(one: stored.Stored) -> House:
    """A house that opens what was stored; nobody asks its provider for anything."""
    base = MemoryStorage()
    base.apply(Change(tuple(attrs.evolve(row, version=1) for row in one.rows.values()), one.journal))
    return open_house(base, furnished=False, ids=Later())


# --- controls --------------------------------------------------------------------------------------------------------


def test_a_file_comes_back_as_it_was_written(tmp_path, monkeypatch):
    """What is written to a file is read from it."""
    monkeypatch.setattr(stored, "PATH", tmp_path / "walk.gz")
    some = {name: before()[name] for name in ("Book", "ForgetPerson")}
    stored.write(some)
    assert stored.read() == some


def test_a_byte_is_seen():
    """The control: a body with its default written out, in another order or with other spaces is not as it was."""
    row = next(row for key, row in before()["Book"].rows.items() if key.kind == "booking")
    fields = json.loads(row.body)
    others = ({**fields, "facts": []}, dict(reversed(fields.items())), fields)
    for other in others:
        changed = attrs.evolve(row, body=json.dumps(other, ensure_ascii=False))
        assert changed != row
        assert stored.written_again(changed) == row
    moved = attrs.evolve(row, index=row.index[1:])
    assert stored.written_again(moved) != moved


def test_an_entry_that_is_missing_is_seen():
    """The control: a journal without its last entry about a booking makes other rows."""
    stored = before()["CancelBooking"]
    last = next(entry for entry in reversed(stored.journal) if entry.type == "BookingEnded")
    shorter = attrs.evolve(stored, journal=tuple(entry for entry in stored.journal if entry != last))
    assert shorter.folded() != shorter.of_journal()


def test_what_is_done_otherwise_is_seen():
    """The control: another house stores something else, and each difference is told."""
    book, hold = stored.walked("Book"), before()["HoldSpace"]
    told = {getattr(one, "kind", None) or one.type for one in book.differs(hold)}
    assert {"charge", "attempt", "BookingMade", "ChargeRaised"} <= told
