"""The house of the tests is set up once and copied; a copy is as good as one that was set up."""

from __future__ import annotations

import pytest

from cantinekit import commands as c
from cantinekit.backends.memory import MemoryStorage
from support.houses.small_house import open_house, rows, snapshot


@pytest.fixture(params=["memory://", "sqlite:///{}/house.db"])
def url(request, tmp_path):
    return request.param.format(tmp_path)


def test_a_copy_is_as_the_commands_leave_it(url):
    """Rows with their versions, the journal, and what is found by index: all as in a house that was set up."""
    copy, made = open_house(url), open_house(MemoryStorage())
    assert snapshot(copy.storage) == snapshot(made.storage)
    for kind, field, value in {(row.kind, *pair) for row in rows(made.storage).values() for pair in row.index}:
        found = [house.storage.find(kind, field, eq=value) for house in (copy, made)]
        assert found[0].rows == found[1].rows != ()


def test_ids_go_on_where_the_set_up_ended(url):
    """What is added to a copy has the id that it would have in a house that was set up."""
    added = [
        open_house(storage).do(c.AddPerson(name="Ann", email="ann@example.org")).value
        for storage in (url, MemoryStorage())
    ]
    assert added[0] == added[1]


def test_copies_share_nothing():
    """A change to one house is not seen in the next, in its rows, its journal or its ids."""
    before, house = snapshot(open_house().storage), open_house()
    house.do(c.AddPerson(name="Ann", email="ann@example.org"))
    assert snapshot(house.storage) != before
    assert snapshot(open_house().storage) == before
