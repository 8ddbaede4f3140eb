"""Bookings on PostgreSQL by hand: columns, an exclusion constraint, a conditional update, one transaction for each.

A request is two round trips: one statement that reads all it needs, and one transaction whose statements travel
together (psycopg's pipeline); a seat waits once more, for the answer of its conditional update. Statements are prepared
after a few uses, as psycopg does by itself.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import psycopg
from psycopg.types.range import TimestamptzRange

from peers.bookings import (
    ACCOUNT,
    CLOSES,
    ENTITY,
    OPENS,
    PLACE,
    ROOM_CENTS,
    SEAT_CENTS,
    ZONE,
    Answer,
    OtherRequestError,
    Prices,
    Sold,
    TakenError,
    check_hours,
    fingerprint,
    journal_body,
    new_id,
    now,
    price_of_room,
    sell,
)

T = TypeVar("T")
SCHEMA = Path(__file__).with_suffix(".sql").read_text()
TRIES = 3

READ_ROOM = """
    SELECT p.id, p.entity_id, p.zone, p.opens, p.closes, e.accounts, c.cents, c.version,
        (SELECT name FROM person WHERE id = %(person)s),
        (SELECT ARRAY[fingerprint, result] FROM request
         WHERE actor = %(actor)s AND command = %(command)s AND key = %(key)s)
    FROM space AS s JOIN place AS p ON p.id = s.place_id JOIN entity AS e ON e.id = p.entity_id, price AS c
    WHERE s.id = %(about)s AND c.product = %(product)s
"""
READ_SESSION = READ_ROOM.replace("FROM space AS s", "FROM session AS s")
REQUEST = "INSERT INTO request (actor, command, key, fingerprint, result, at) VALUES (%s, %s, %s, %s, %s, %s)"
BOOKING = """
    INSERT INTO booking (id, place_id, space_id, product, person_id, during, units, state, charge_id)
    VALUES (%s, %s, %s, %s, %s, %s, 1, 'confirmed', %s)
"""
CLAIM = "INSERT INTO claim (booking_id, space_id, during) VALUES (%s, %s, %s)"
SEAT = "UPDATE session SET taken = taken + 1 WHERE id = %s AND taken < capacity"
REGISTRATION = """
    INSERT INTO registration (id, session_id, place_id, person_id, state, asked_at, charge_id)
    VALUES (%s, %s, %s, %s, 'confirmed', %s, %s)
"""
SALE = f"INSERT INTO sale VALUES ({', '.join(['%s'] * 10)})"
CHARGE = f"INSERT INTO charge VALUES ({', '.join(['%s'] * 15)})"
ATTEMPT = f"INSERT INTO attempt VALUES ({', '.join(['%s'] * 9)})"
ENTRIES = f"INSERT INTO ledger_entry VALUES {', '.join(['(' + ', '.join(['%s'] * 8) + ')'] * 2)}"
LINES = f"INSERT INTO ledger_line VALUES {', '.join(['(%s, %s, %s)'] * 4)}"
OUTBOX = "INSERT INTO outbox (id, work, subject_kind, subject_id, template, person_id, due) VALUES (%s, %s, %s, %s, %s, %s, %s)"  # noqa: E501
JOURNAL = """
    WITH told AS (INSERT INTO journal (type, at, actor, body) VALUES (%s, %s, %s, %s) RETURNING number)
    INSERT INTO journal_subject (kind, id, number)
    SELECT kind, id, number FROM told, unnest(%s::text[], %s::text[]) AS about (kind, id)
"""


class PostgresBookings:
    """A connection of one client to the house in a schema."""

    def __init__(self, dsn: str, schema: str, *, few: bool = False) -> None:
        self.db = psycopg.connect(dsn, autocommit=True, options=f"-c search_path={schema},public")
        self.few = few

    @staticmethod
    def set_up(dsn: str, schema: str, rooms: int, people: int) -> None:
        with psycopg.connect(dsn) as db:
            db.execute(f"CREATE SCHEMA {schema}")  # type: ignore[arg-type]
            db.execute(f"SET search_path TO {schema}, public")  # type: ignore[arg-type]
            db.execute(SCHEMA)
            db.execute("INSERT INTO entity VALUES (%s, 'Asso', %s)", (ENTITY, [ACCOUNT]))
            db.execute("INSERT INTO place VALUES (%s, %s, 'Paris', %s, %s, %s)", (PLACE, ENTITY, ZONE, OPENS, CLOSES))
            db.execute("INSERT INTO price VALUES ('room', %s, 'v1'), ('seat', %s, 'v1')", (ROOM_CENTS, SEAT_CENTS))
            spaces = [(f"room{n}", PLACE, f"Room {n}") for n in range(rooms)]
            persons = [(f"p{n}", f"Person {n}", f"p{n}@example.org") for n in range(people)]
            with db.cursor() as cursor:
                cursor.executemany("INSERT INTO space VALUES (%s, %s, %s)", spaces)
                cursor.executemany("INSERT INTO person VALUES (%s, %s, %s)", persons)

    def add_session(self, id: str, starts: datetime, ends: datetime, seats: int) -> None:
        values = (id, PLACE, starts, ends, seats)
        self.db.execute(
            "INSERT INTO session (id, place_id, starts, ends, capacity) VALUES (%s, %s, %s, %s, %s)", values
        )

    def book(self, key: str, actor: str, room: str, person: str, start: datetime, end: datetime) -> Answer:
        """Book a room and pay at the desk.

        Raises:
            TakenError: somebody has it.
        """
        hashed = fingerprint("book", room, person, start, end)
        known = self._read(READ_ROOM, actor, "book", key, hashed, room, "room", person)
        if isinstance(known, Answer):
            return known
        check_hours(known, start, end)
        id, at, during = new_id("bkg"), now(), TimestamptzRange(start, end)
        item = {"product": "room", "start": start.isoformat(), "end": end.isoformat()}
        sold = sell(known, "booking", id, "room", item, person, price_of_room(known, start, end), at)

        def write() -> None:
            with self.db.pipeline(), self.db.transaction():
                self.db.execute(REQUEST, (actor, "book", key, hashed, id, at))
                self.db.execute(CLAIM, (id, room, during))
                self.db.execute(BOOKING, (id, known.place_id, room, "room", person, during, sold.charge[0]))
                self._write_sale(sold, {"booking": id, "room": room, "person": person, **item}, at, actor, "booked")

        return self._again(write, id, (READ_ROOM, actor, "book", key, hashed, room, "room", person))

    def register(self, key: str, actor: str, session: str, person: str) -> Answer:
        """Take a seat at a session and pay at the desk.

        Raises:
            TakenError: there is none left, or the person has one.
        """
        hashed = fingerprint("register", session, person)
        known = self._read(READ_SESSION, actor, "register", key, hashed, session, "seat", person)
        if isinstance(known, Answer):
            return known
        id, at = new_id("reg"), now()
        sold = sell(known, "registration", id, "seat", {"product": "seat"}, person, known.cents, at)

        def write() -> None:
            with self.db.pipeline() as pipeline, self.db.transaction():
                seat = self.db.execute(SEAT, (session,))
                self.db.execute(REQUEST, (actor, "register", key, hashed, id, at))
                self.db.execute(REGISTRATION, (id, session, known.place_id, person, at, sold.charge[0]))
                body = {"registration": id, "session": session, "person": person}
                self._write_sale(sold, body, at, actor, "registered")
                pipeline.sync()
                if seat.rowcount != 1:
                    raise TakenError

        return self._again(write, id, (READ_SESSION, actor, "register", key, hashed, session, "seat", person))

    def _read(
        self, statement: str, actor: str, command: str, key: str, hashed: str, about: str, product: str, person: str
    ) -> Prices | Answer:
        given = {"about": about, "product": product, "person": person, "actor": actor, "command": command, "key": key}
        found = self.db.execute(statement, given).fetchone()
        if found is None:
            raise LookupError(about)
        *known, name, answered = found
        if answered is not None:
            if answered[0] != hashed:
                raise OtherRequestError(key)
            return Answer(answered[1], replayed=True)
        if name is None:
            raise LookupError(person)
        return Prices(*known)

    def _write_sale(self, sold: Sold, request: dict[str, str], at: datetime, actor: str, type: str) -> None:
        if not self.few:
            self.db.execute(SALE, sold.sale)
            self.db.execute(CHARGE, sold.charge)
            self.db.execute(ATTEMPT, sold.attempt)
        self.db.execute(ENTRIES, (*sold.entries[0], *sold.entries[1]))
        self.db.execute(LINES, tuple(value for line in sold.lines for value in line))
        self.db.execute(OUTBOX, sold.message)
        kinds, ids = zip(*sold.subjects, strict=True)
        self.db.execute(JOURNAL, (type, at, actor, journal_body(request, sold), list(kinds), list(ids)))

    def _again(self, write: Callable[[], None], id: str, asked: tuple[Any, ...]) -> Answer:
        """Run the transaction, again after a deadlock; a key that was used meanwhile is answered from its row."""
        for attempt in range(TRIES):
            try:
                write()
                return Answer(id)
            except psycopg.errors.ExclusionViolation:
                raise TakenError from None
            except psycopg.errors.UniqueViolation as error:
                if error.diag.table_name != "request":
                    raise TakenError from None
                known = self._read(*asked)
                assert isinstance(known, Answer)
                return known
            except (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure):
                if attempt + 1 == TRIES:
                    raise
                time.sleep(random.uniform(0, 0.005) * 2**attempt)
        raise AssertionError

    def wrong(self, acknowledged: int) -> list[str]:
        """What does not hold in the tables after so many requests were acknowledged."""
        checks = {
            "rooms booked twice": """
                SELECT count(*) FROM claim AS a JOIN claim AS b
                ON a.space_id = b.space_id AND a.during && b.during AND a.booking_id < b.booking_id
            """,
            "sessions oversold": """
                SELECT count(*) FROM session AS s
                WHERE taken > capacity OR taken <> (SELECT count(*) FROM registration WHERE session_id = s.id)
            """,
            "ledger entries that do not balance": """
                SELECT count(*) FROM (SELECT 1 FROM ledger_line GROUP BY entry_id HAVING sum(amount) <> 0) AS off
            """,
        }
        found = {what: self._count(statement) for what, statement in checks.items()}
        sold = self._count("SELECT (SELECT count(*) FROM booking) + (SELECT count(*) FROM registration)")
        found["bookings without a claim"] = self._count(
            "SELECT (SELECT count(*) FROM booking) - (SELECT count(*) FROM claim)"
        )
        found["acknowledged, but not there"] = acknowledged - sold
        once = (
            ("outbox", "request", "journal")
            if self.few
            else ("outbox", "request", "journal", "sale", "charge", "attempt")
        )
        for table in once:
            found[f"{table} rows too few or too many"] = self._count(f"SELECT count(*) FROM {table}") - sold
        found["ledger entries too few or too many"] = self._count("SELECT count(*) FROM ledger_entry") - 2 * sold
        return [f"{number} {what}" for what, number in found.items() if number]

    def _count(self, statement: str) -> int:
        found = self.db.execute(statement).fetchone()  # type: ignore[arg-type]
        assert found is not None
        return int(found[0])

    def close(self) -> None:
        self.db.close()
