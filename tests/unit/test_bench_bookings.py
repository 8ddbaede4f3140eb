"""The hand-written SQL that the bench compares with: it refuses what is taken, and its check finds what is wrong."""

from __future__ import annotations

import sys
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from support.postgres import postgres_server

sys.path.insert(0, str(Path(__file__).parents[2] / "bench"))

from peers.bookings import OtherRequestError, TakenError
from peers.bookings_postgres import PostgresBookings
from peers.bookings_sqlite import SqliteBookings

NINE = datetime(2027, 1, 4, 8, tzinfo=UTC)
TEN, ELEVEN = NINE + timedelta(hours=1), NINE + timedelta(hours=2)


@pytest.fixture(params=["sqlite", "postgresql"])
def house(request, tmp_path):
    """A house of two rooms and three people, with a session of one seat."""
    if request.param == "sqlite":
        settings = {"journal_mode": "wal", "synchronous": 3}
        SqliteBookings.set_up(tmp_path / "peer.db", settings, 2, 3)
        found = SqliteBookings(tmp_path / "peer.db", settings)
    else:
        dsn, schema = request.getfixturevalue("pg_server"), f"peer_{uuid.uuid4().hex}"
        PostgresBookings.set_up(dsn, schema, 2, 3)
        found = PostgresBookings(dsn, schema)
    found.add_session("ses", NINE + timedelta(hours=9), NINE + timedelta(hours=11), 1)
    yield found
    found.close()
    if request.param == "postgresql":
        with postgres_server.connect() as db:
            db.execute(f"DROP SCHEMA {schema} CASCADE")


@pytest.mark.filterwarnings("ignore:error ignored")
def test_what_is_taken_is_refused(house):
    """A room is booked once for an hour, a seat sold once; what is refused leaves nothing behind."""
    house.book("a", "bench", "room0", "p0", NINE, ELEVEN)
    with pytest.raises(TakenError):
        house.book("b", "bench", "room0", "p1", TEN, ELEVEN)
    house.book("c", "bench", "room0", "p1", ELEVEN, ELEVEN + timedelta(hours=1))
    house.book("d", "bench", "room1", "p1", TEN, ELEVEN)
    house.register("e", "bench", "ses", "p0")
    with pytest.raises(TakenError):
        house.register("f", "bench", "ses", "p1")
    assert house.wrong(4) == []


def test_a_repeat_is_answered_from_its_row(house):
    """The same key gives the same booking; with another content it is refused."""
    first = house.book("a", "bench", "room0", "p0", NINE, TEN)
    again = house.book("a", "bench", "room0", "p0", NINE, TEN)
    assert (again.id, again.replayed, first.replayed) == (first.id, True, False)
    with pytest.raises(OtherRequestError):
        house.book("a", "bench", "room0", "p1", NINE, TEN)
    assert house.wrong(1) == []


def test_outside_the_opening_hours(house):
    """The hours of the place are kept."""
    with pytest.raises(ValueError, match="opening hours"):
        house.book("a", "bench", "room0", "p0", NINE - timedelta(hours=1), NINE)


def test_the_check_finds_what_is_wrong(house):
    """Control: a line less in the ledger and a booking more than was acknowledged are found."""
    house.book("a", "bench", "room0", "p0", NINE, TEN)
    assert house.wrong(2) == ["1 acknowledged, but not there"]
    house.db.execute("DELETE FROM ledger_line WHERE amount > 0 AND account = 'receivable'")
    assert house.wrong(1) == ["1 ledger entries that do not balance"]
