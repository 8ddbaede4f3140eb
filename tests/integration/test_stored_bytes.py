"""What is stored stays what it is, byte for byte: of every kind of record and every type of event.

``walk.jsonl.gz`` has all that the houses of ``stored_scenes`` had stored before. It is read and written again, made
from its journal again, and compared with what the same houses store today.
"""

from __future__ import annotations

import json
from functools import cache

import attrs
import pytest

from support.stores import stored
from support.stores.stored_scenes import WALK


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
