"""Bookings on SQLite by hand: ``BEGIN IMMEDIATE``, a look for what overlaps, a conditional update, one commit for each.

All reads are inside of the transaction: nothing can change between looking and writing. ``settings`` are the PRAGMAs of
the durability that is compared.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Mapping
from datetime import datetime, time
from pathlib import Path

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

SCHEMA = """
CREATE TABLE entity (id TEXT PRIMARY KEY, name TEXT NOT NULL, accounts TEXT NOT NULL) STRICT;
CREATE TABLE place (
    id TEXT PRIMARY KEY, entity_id TEXT NOT NULL, name TEXT NOT NULL, zone TEXT NOT NULL, opens TEXT NOT NULL,
    closes TEXT NOT NULL
) STRICT;
CREATE TABLE space (id TEXT PRIMARY KEY, place_id TEXT NOT NULL, name TEXT NOT NULL) STRICT;
CREATE TABLE person (id TEXT PRIMARY KEY, name TEXT NOT NULL, email TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE price (product TEXT PRIMARY KEY, cents INTEGER NOT NULL, version TEXT NOT NULL) STRICT;
CREATE TABLE session (
    id TEXT PRIMARY KEY, place_id TEXT NOT NULL, starts TEXT NOT NULL, ends TEXT NOT NULL, capacity INTEGER NOT NULL,
    taken INTEGER NOT NULL DEFAULT 0 CHECK (taken <= capacity)
) STRICT;

CREATE TABLE booking (
    id TEXT PRIMARY KEY, place_id TEXT NOT NULL, space_id TEXT NOT NULL, product TEXT NOT NULL,
    person_id TEXT NOT NULL, starts TEXT NOT NULL, ends TEXT NOT NULL, units INTEGER NOT NULL, state TEXT NOT NULL,
    charge_id TEXT NOT NULL
) STRICT;
CREATE INDEX booking_of_place ON booking (place_id, starts);
CREATE INDEX booking_of_person ON booking (person_id, starts);
CREATE TABLE claim (booking_id TEXT NOT NULL, space_id TEXT NOT NULL, starts TEXT NOT NULL, ends TEXT NOT NULL) STRICT;
CREATE INDEX claim_of_space ON claim (space_id, starts);
CREATE TABLE registration (
    id TEXT PRIMARY KEY, session_id TEXT NOT NULL, place_id TEXT NOT NULL, person_id TEXT NOT NULL,
    state TEXT NOT NULL, asked_at TEXT NOT NULL, charge_id TEXT NOT NULL, UNIQUE (session_id, person_id)
) STRICT;
CREATE INDEX registration_of_person ON registration (person_id, asked_at);

CREATE TABLE sale (
    id TEXT PRIMARY KEY, subject_kind TEXT NOT NULL, subject_id TEXT NOT NULL, place_id TEXT NOT NULL,
    tariff_version TEXT NOT NULL, at TEXT NOT NULL, items TEXT NOT NULL, total INTEGER NOT NULL,
    currency TEXT NOT NULL, customer_id TEXT
) STRICT;
CREATE INDEX sale_of_subject ON sale (subject_kind, subject_id);
CREATE TABLE charge (
    id TEXT PRIMARY KEY, entity_id TEXT NOT NULL, place_id TEXT NOT NULL, subject_kind TEXT NOT NULL,
    subject_id TEXT NOT NULL, amount INTEGER NOT NULL, currency TEXT NOT NULL, lines TEXT NOT NULL,
    raised_at TEXT NOT NULL, tariff_version TEXT NOT NULL, paid INTEGER NOT NULL, refunded INTEGER NOT NULL,
    billed INTEGER NOT NULL, state TEXT NOT NULL, payer_id TEXT
) STRICT;
CREATE INDEX charge_of_place ON charge (place_id, raised_at);
CREATE INDEX charge_of_subject ON charge (subject_kind, subject_id);
CREATE INDEX charge_of_payer ON charge (payer_id, raised_at);
CREATE TABLE attempt (
    id TEXT PRIMARY KEY, charge_id TEXT NOT NULL, entity_id TEXT NOT NULL, account TEXT NOT NULL,
    amount INTEGER NOT NULL, currency TEXT NOT NULL, started_at TEXT NOT NULL, state TEXT NOT NULL,
    captured INTEGER NOT NULL
) STRICT;
CREATE INDEX attempt_of_charge ON attempt (charge_id);
CREATE TABLE ledger_entry (
    id TEXT PRIMARY KEY, entity_id TEXT NOT NULL, place_id TEXT NOT NULL, at TEXT NOT NULL, what TEXT NOT NULL,
    subject_kind TEXT NOT NULL, subject_id TEXT NOT NULL, currency TEXT NOT NULL
) STRICT;
CREATE INDEX entry_of_place ON ledger_entry (place_id, at);
CREATE TABLE ledger_line (entry_id TEXT NOT NULL, account TEXT NOT NULL, amount INTEGER NOT NULL) STRICT;
CREATE INDEX line_of_entry ON ledger_line (entry_id);

CREATE TABLE outbox (
    id TEXT PRIMARY KEY, work TEXT NOT NULL, subject_kind TEXT NOT NULL, subject_id TEXT NOT NULL,
    template TEXT NOT NULL, person_id TEXT, due TEXT NOT NULL, done INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX outbox_due ON outbox (due) WHERE NOT done;
CREATE TABLE request (
    actor TEXT NOT NULL, command TEXT NOT NULL, key TEXT NOT NULL, fingerprint TEXT NOT NULL, result TEXT NOT NULL,
    at TEXT NOT NULL, PRIMARY KEY (actor, command, key)
) STRICT;
CREATE TABLE journal (
    number INTEGER PRIMARY KEY AUTOINCREMENT, type TEXT NOT NULL, at TEXT NOT NULL, actor TEXT NOT NULL,
    body TEXT NOT NULL
) STRICT;
CREATE TABLE journal_subject (
    kind TEXT NOT NULL, id TEXT NOT NULL, number INTEGER NOT NULL, PRIMARY KEY (kind, id, number)
) STRICT, WITHOUT ROWID;
"""
READ_ROOM = """
    SELECT p.id, p.entity_id, p.zone, p.opens, p.closes, e.accounts, c.cents, c.version,
        (SELECT name FROM person WHERE id = :person)
    FROM space AS s JOIN place AS p ON p.id = s.place_id JOIN entity AS e ON e.id = p.entity_id, price AS c
    WHERE s.id = :about AND c.product = :product
"""
READ_SESSION = READ_ROOM.replace("FROM space AS s", "FROM session AS s")


def stamp(moment: datetime) -> str:
    """A moment as text whose order is the order in time."""
    return moment.isoformat(timespec="microseconds")


class SqliteBookings:
    """A connection of one client to the house in a file."""

    def __init__(self, path: str | Path, settings: Mapping[str, str | int], *, few: bool = False) -> None:
        self.db = sqlite3.connect(path, isolation_level=None, timeout=30)
        for name, value in settings.items():
            self.db.execute(f"PRAGMA {name} = {value}").fetchall()
        self.few = few

    @staticmethod
    def set_up(path: str | Path, settings: Mapping[str, str | int], rooms: int, people: int) -> None:
        house = SqliteBookings(path, settings)
        db = house.db
        db.executescript(SCHEMA)
        db.execute("BEGIN IMMEDIATE")
        db.execute("INSERT INTO entity VALUES (?, 'Asso', ?)", (ENTITY, json.dumps([ACCOUNT])))
        values = (PLACE, ENTITY, ZONE, OPENS.isoformat(), CLOSES.isoformat())
        db.execute("INSERT INTO place VALUES (?, ?, 'Paris', ?, ?, ?)", values)
        db.execute("INSERT INTO price VALUES ('room', ?, 'v1'), ('seat', ?, 'v1')", (ROOM_CENTS, SEAT_CENTS))
        db.executemany("INSERT INTO space VALUES (?, ?, ?)", [(f"room{n}", PLACE, f"Room {n}") for n in range(rooms)])
        persons = [(f"p{n}", f"Person {n}", f"p{n}@example.org") for n in range(people)]
        db.executemany("INSERT INTO person VALUES (?, ?, ?)", persons)
        db.execute("COMMIT")
        house.close()

    def add_session(self, id: str, starts: datetime, ends: datetime, seats: int) -> None:
        values = (id, PLACE, stamp(starts), stamp(ends), seats)
        self.db.execute("INSERT INTO session (id, place_id, starts, ends, capacity) VALUES (?, ?, ?, ?, ?)", values)

    def book(self, key: str, actor: str, room: str, person: str, start: datetime, end: datetime) -> Answer:
        """Book a room and pay at the desk.

        Raises:
            TakenError: somebody has it.
        """
        hashed = fingerprint("book", room, person, start, end)

        def work() -> Answer:
            if (answered := self._answered(actor, "book", key, hashed)) is not None:
                return answered
            known = self._known(READ_ROOM, room, "room", person)
            check_hours(known, start, end)
            overlap = "SELECT 1 FROM claim WHERE space_id = ? AND starts < ? AND ends > ? AND starts > ? LIMIT 1"
            day_before = stamp(start.replace(hour=0, minute=0))
            if self.db.execute(overlap, (room, stamp(end), stamp(start), day_before)).fetchone():
                raise TakenError
            id, at = new_id("bkg"), now()
            item = {"product": "room", "start": stamp(start), "end": stamp(end)}
            sold = sell(known, "booking", id, "room", item, person, price_of_room(known, start, end), at)
            values = (
                id,
                known.place_id,
                room,
                "room",
                person,
                stamp(start),
                stamp(end),
                1,
                "confirmed",
                sold.charge[0],
            )
            self.db.execute("INSERT INTO booking VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", values)
            self.db.execute("INSERT INTO claim VALUES (?, ?, ?, ?)", (id, room, stamp(start), stamp(end)))
            body = {"booking": id, "room": room, "person": person, **item}
            return self._finish(sold, body, at, actor, "book", key, hashed, id)

        return self._in_transaction(work)

    def register(self, key: str, actor: str, session: str, person: str) -> Answer:
        """Take a seat at a session and pay at the desk.

        Raises:
            TakenError: there is none left, or the person has one.
        """
        hashed = fingerprint("register", session, person)

        def work() -> Answer:
            if (answered := self._answered(actor, "register", key, hashed)) is not None:
                return answered
            known = self._known(READ_SESSION, session, "seat", person)
            taken = "UPDATE session SET taken = taken + 1 WHERE id = ? AND taken < capacity"
            if self.db.execute(taken, (session,)).rowcount != 1:
                raise TakenError
            id, at = new_id("reg"), now()
            sold = sell(known, "registration", id, "seat", {"product": "seat"}, person, known.cents, at)
            values = (id, session, known.place_id, person, "confirmed", stamp(at), sold.charge[0])
            try:
                self.db.execute("INSERT INTO registration VALUES (?, ?, ?, ?, ?, ?, ?)", values)
            except sqlite3.IntegrityError:
                raise TakenError from None
            body = {"registration": id, "session": session, "person": person}
            return self._finish(sold, body, at, actor, "register", key, hashed, id)

        return self._in_transaction(work)

    def _in_transaction(self, work: Callable[[], Answer]) -> Answer:
        self.db.execute("BEGIN IMMEDIATE")
        try:
            answer = work()
            self.db.execute("COMMIT")
        except BaseException:
            self.db.execute("ROLLBACK")
            raise
        return answer

    def _answered(self, actor: str, command: str, key: str, hashed: str) -> Answer | None:
        found = self.db.execute(
            "SELECT fingerprint, result FROM request WHERE actor = ? AND command = ? AND key = ?", (actor, command, key)
        ).fetchone()
        if found is None:
            return None
        if found[0] != hashed:
            raise OtherRequestError(key)
        return Answer(found[1], replayed=True)

    def _known(self, statement: str, about: str, product: str, person: str) -> Prices:
        found = self.db.execute(statement, {"about": about, "product": product, "person": person}).fetchone()
        if found is None or found[-1] is None:
            raise LookupError(about)
        place, entity, zone, opens, closes, accounts, cents, version, _ = found
        hours = time.fromisoformat(opens), time.fromisoformat(closes)
        return Prices(place, entity, zone, *hours, json.loads(accounts), cents, version)

    def _finish(
        self, sold: Sold, body: dict[str, str], at: datetime, actor: str, command: str, key: str, hashed: str, id: str
    ) -> Answer:
        def plain(rows: tuple[object, ...]) -> list[object]:
            return [stamp(value) if isinstance(value, datetime) else value for value in rows]

        db = self.db
        if not self.few:
            db.execute(f"INSERT INTO sale VALUES ({', '.join('?' * 10)})", plain(sold.sale))
            db.execute(f"INSERT INTO charge VALUES ({', '.join('?' * 15)})", plain(sold.charge))
            db.execute(f"INSERT INTO attempt VALUES ({', '.join('?' * 9)})", plain(sold.attempt))
        db.executemany(f"INSERT INTO ledger_entry VALUES ({', '.join('?' * 8)})", map(plain, sold.entries))
        db.executemany("INSERT INTO ledger_line VALUES (?, ?, ?)", sold.lines)
        db.execute(f"INSERT INTO outbox VALUES ({', '.join('?' * 7)}, 0)", plain(sold.message))
        db.execute("INSERT INTO request VALUES (?, ?, ?, ?, ?, ?)", (actor, command, key, hashed, id, stamp(at)))
        told = db.execute(
            "INSERT INTO journal (type, at, actor, body) VALUES (?, ?, ?, ?)",
            (command, stamp(at), actor, journal_body(body, sold)),
        )
        subjects = [(kind, one, told.lastrowid) for kind, one in sold.subjects]
        db.executemany("INSERT INTO journal_subject VALUES (?, ?, ?)", subjects)
        return Answer(id)

    def wrong(self, acknowledged: int) -> list[str]:
        """What does not hold in the tables after so many requests were acknowledged."""
        checks = {
            "rooms booked twice": """
                SELECT count(*) FROM claim AS a CROSS JOIN claim AS b
                ON a.space_id = b.space_id AND b.starts >= a.starts AND b.starts < a.ends AND a.rowid <> b.rowid
            """,
            "sessions oversold": """
                SELECT count(*) FROM session AS s
                WHERE taken > capacity OR taken <> (SELECT count(*) FROM registration WHERE session_id = s.id)
            """,
            "ledger entries that do not balance": """
                SELECT count(*) FROM (SELECT 1 FROM ledger_line GROUP BY entry_id HAVING sum(amount) <> 0)
            """,
            "bookings without a claim": "SELECT (SELECT count(*) FROM booking) - (SELECT count(*) FROM claim)",
        }
        found = {what: self._count(statement) for what, statement in checks.items()}
        sold = self._count("SELECT (SELECT count(*) FROM booking) + (SELECT count(*) FROM registration)")
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
        return int(self.db.execute(statement).fetchone()[0])

    def close(self) -> None:
        self.db.close()
