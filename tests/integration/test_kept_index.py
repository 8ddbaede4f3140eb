"""The busy index that is kept in a file: it is read at the next start, and made anew where it cannot be trusted."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from cantinekit import commands as c
from cantinekit.backends.memory import MemoryStorage
from cantinekit.domain.occupancy import kept_index
from cantinekit.errors import InputError
from cantinekit.reads import occupancy
from support.houses import small_house
from support.houses.small_house import period, utc


class Counted(MemoryStorage):
    """Counts the occupancy pages that are read."""

    pages = 0

    def find(self, kind: str, *args: Any, **kwargs: Any) -> Any:
        found = super().find(kind, *args, **kwargs)
        self.pages += len(found.rows) if kind == "occupancy" else 0
        return found


@pytest.fixture
def storage():
    return Counted()


@pytest.fixture
def house(storage):
    house = small_house.open_house(storage)
    book(house, 9)
    return house


@pytest.fixture
def file(tmp_path) -> Path:
    return tmp_path / "busy.json"


def book(house: small_house.House, hour: int) -> None:
    house.do(c.Book(space_id="b", product_id="room", period=period(hour, hour + 1), person_id="zoe", account="desk"))


def test_the_next_start_reads_no_page(house, storage, file):
    """With a file an index is made of the pages once. The next start reads the file, and the journal since: what was
    booked, cancelled and closed meanwhile is in it."""
    first = house.cantine.read.busy_index(keep=file)
    assert first == house.cantine.read.busy_index()
    book(house, 11)
    house.do(c.CancelBooking("bkg_1"))
    house.do(c.CloseSpace("a1", period=period(9, 10), reason="repair"))
    house.do(c.ChangeCapacity("open", capacity=2))
    storage.pages = 0
    again = house.cantine.read.busy_index(keep=file)
    assert storage.pages == 0
    assert again == house.cantine.read.busy_index()
    assert storage.pages > 0
    assert (again.peak("b", period(9, 10)), again.peak("b", period(11, 12))) == (0, 1)


def test_a_hold_runs_out_in_the_file_too(house, file):
    """A hold that was live when the file was written is over once its time is, as the store says."""
    house.do(c.HoldSpace(space_id="b", product_id="room", period=period(14, 15), minutes=10))
    assert house.cantine.read.busy_index(keep=file).peak("b", period(14, 15)) == 1
    house.wait(minutes=11)
    assert house.cantine.read.busy_index(keep=file).peak("b", period(14, 15)) == 0


def test_it_is_written_again_after_a_thousand_entries_only(house, file, monkeypatch):
    """Bringing an index up to date does not write the file each time."""
    index = house.cantine.read.busy_index(keep=file)
    before = file.read_text(encoding="utf-8")
    book(house, 12)
    house.cantine.read.busy_index(index, keep=file)
    assert file.read_text(encoding="utf-8") == before
    monkeypatch.setattr(occupancy, "KEPT_ENTRIES", 1)
    house.cantine.read.busy_index(index, keep=file)
    assert file.read_text(encoding="utf-8") != before
    assert [one.name for one in file.parent.iterdir()] == [file.name]


@pytest.mark.parametrize("how", ["cut", "changed", "no file", "another form", "no UTF-8"])
def test_a_file_that_cannot_be_trusted_is_made_anew(house, storage, file, monkeypatch, how):
    """A file that was cut or changed, or was written by another version of the library, is not used."""
    house.cantine.read.busy_index(keep=file)
    text = file.read_text(encoding="utf-8")
    if how == "no file":
        file.unlink()
    elif how == "no UTF-8":
        file.write_bytes(b"\xff" + text.encode())
    elif how == "another form":
        monkeypatch.setattr(kept_index, "FORMAT", kept_index.FORMAT + 1)
    else:
        file.write_text(text[:-9] if how == "cut" else text.replace(":1,", ":2,"), encoding="utf-8")
    storage.pages = 0
    assert house.cantine.read.busy_index(keep=file) == house.cantine.read.busy_index()
    assert storage.pages > 0


def test_a_file_of_another_store_or_of_a_backup_is_not_used(house, file):
    """A file whose last entry is not that of the journal is of another store, or of one that was put back from a
    backup: without the control by its mark it would say what was taken there."""
    index = house.cantine.read.busy_index(keep=file)
    other = small_house.open_house()
    for hour in (10, 13):  # so that its journal goes on beyond that entry
        book(other, hour)
    found = other.cantine.read.busy_index(keep=file)
    assert found == other.cantine.read.busy_index() != index
    young = small_house.open_house(furnished=False)
    assert young.cantine.read.busy_index(keep=file) == young.cantine.read.busy_index()


def test_a_file_that_begins_elsewhere_is_made_anew(house, storage, file):
    """A file that begins later than is wanted lacks pages; one that begins long before has pages that nobody wants."""
    read = house.cantine.read
    read.busy_index(since=utc(12), keep=file)
    storage.pages = 0
    assert read.busy_index(since=utc(12) + timedelta(days=3), keep=file).since == utc(12)
    assert storage.pages == 0
    late = utc(12) + timedelta(days=60)
    assert read.busy_index(since=late, keep=file).since == late
    assert read.busy_index(keep=file) == read.busy_index()


def test_a_file_that_cannot_be_written_is_told(house, tmp_path):
    """A folder that is not there is an error that names the parameter; nothing is left behind."""
    with pytest.raises(InputError, match="keep: the index cannot be written there"):
        house.cantine.read.busy_index(keep=tmp_path / "nowhere" / "busy.json")
    assert list(tmp_path.iterdir()) == []


def test_a_file_names_nobody(house, file):
    """It is readable by its owner only, and has ids of bookings and spaces, but no name and nobody's id."""
    house.cantine.read.busy_index(keep=file)
    text = file.read_text(encoding="utf-8")
    assert "bkg_1" in text
    assert not any(word in text for word in (*small_house.PERSONS, *small_house.CANARIES))
    assert file.stat().st_mode & 0o077 == 0
