"""Pages by SQL that was written by hand, on tables of its own: what an application would have that needs just these.

Instants are seconds since 1970. The same statements run on SQLite and on PostgreSQL but for how a parameter is written.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Paris")
HOUR, STEP = 3600, 1800

TABLES = """
CREATE TABLE hand_room (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, seats INTEGER NOT NULL, cents INTEGER NOT NULL, opens INTEGER NOT NULL,
    closes INTEGER NOT NULL, before INTEGER NOT NULL, after INTEGER NOT NULL, notice INTEGER NOT NULL,
    grid INTEGER, audience TEXT
);
CREATE TABLE hand_person (id TEXT PRIMARY KEY, name TEXT NOT NULL, state TEXT NOT NULL);
CREATE TABLE hand_booking (
    id INTEGER PRIMARY KEY, room_id TEXT NOT NULL, person_id TEXT NOT NULL, starts BIGINT NOT NULL,
    ends BIGINT NOT NULL, blocked_from BIGINT NOT NULL, blocked_until BIGINT NOT NULL, state TEXT NOT NULL,
    cents INTEGER NOT NULL
);
CREATE INDEX hand_booking_times ON hand_booking (blocked_from, blocked_until);
CREATE INDEX hand_booking_starts ON hand_booking (starts, ends);
CREATE TABLE hand_visit (
    id INTEGER PRIMARY KEY, person_id TEXT NOT NULL, day TEXT NOT NULL, came BIGINT NOT NULL, went BIGINT NOT NULL
);
CREATE INDEX hand_visit_days ON hand_visit (day);
CREATE TABLE hand_sale (
    id INTEGER PRIMARY KEY, booking_id INTEGER NOT NULL, day TEXT NOT NULL, product TEXT NOT NULL,
    cents INTEGER NOT NULL, paid INTEGER NOT NULL, account TEXT NOT NULL
);
CREATE INDEX hand_sale_days ON hand_sale (day);
CREATE INDEX hand_sale_bookings ON hand_sale (booking_id);
"""
BLOCKED = """
SELECT room_id, blocked_from, blocked_until FROM hand_booking
WHERE blocked_from >= {0} AND blocked_from < {0} AND blocked_until > {0} AND state = 'confirmed'
"""
MEMBER = "SELECT state FROM hand_person WHERE id = {0}"
ROOMS = """
SELECT id, name, cents, opens, closes, before, after, notice, grid, audience FROM hand_room ORDER BY name, id
"""


BOOKED = """
SELECT b.starts, b.ends, r.name, p.name, s.cents - s.paid FROM hand_booking AS b
JOIN hand_room AS r ON r.id = b.room_id JOIN hand_person AS p ON p.id = b.person_id
JOIN hand_sale AS s ON s.booking_id = b.id
WHERE b.starts >= {0} AND b.starts < {0} AND b.ends > {0} AND b.state = 'confirmed'
"""
CAME = """
SELECT v.came, v.went, p.name FROM hand_visit AS v JOIN hand_person AS p ON p.id = v.person_id WHERE v.day = {0}
"""
TAKEN = "SELECT account, sum(paid) FROM hand_sale WHERE day = {0} AND paid > 0 GROUP BY account ORDER BY account"
MONEY = """
SELECT day, product, sum(paid), sum(cents) FROM hand_sale WHERE day BETWEEN {0} AND {0} GROUP BY day, product
ORDER BY day, product
"""
PEOPLE = """
SELECT day, count(*), count(DISTINCT person_id) FROM hand_visit WHERE day BETWEEN {0} AND {0} GROUP BY day
"""
EVERYBODY = "SELECT count(*), count(DISTINCT person_id) FROM hand_visit WHERE day BETWEEN {0} AND {0}"


def _mark(db: Any) -> str:
    return "?" if type(db).__module__.startswith("sqlite3") else "%s"


def write(db: Any, backend: str, data: Any, rates: dict[str, int]) -> None:
    """Make the tables, and fill them with the same data."""
    for statement in TABLES.split(";")[:-1]:
        db.execute(statement)
    cursor, mark = db.cursor(), _mark(db)
    rooms = []
    for id, product, terms in data.rooms:
        spans = [_seconds(span) for span in (terms.before, terms.after, terms.notice)]
        grid = None if terms.grid is None else _seconds(terms.grid)
        audience = ",".join(sorted(terms.audience)) or None
        rooms.append((id, id, 8, rates[product], 8 * HOUR, 20 * HOUR, *spans, grid, audience))
    by_id = {room[0]: room for room in rooms}
    _many(cursor, "hand_room", rooms, mark)
    _many(cursor, "hand_person", [(id, f"Person {id}", "present") for id in data.persons], mark)
    bookings = []
    for number, (room, person, start, end) in enumerate(data.bookings):
        begins, ends, of = int(start.timestamp()), int(end.timestamp()), by_id[room]
        cents = of[3] * (ends - begins) // HOUR
        about = (begins, ends, begins - of[6], ends + of[7], "confirmed", cents)
        bookings.append((number, room, person, *about))
    _many(cursor, "hand_booking", bookings, mark)
    products = {id: product for id, product, _ in data.rooms}
    sales = []
    for number, room, _, begins, *_, cents in bookings:
        paid = 0 if number % 10 == 0 else cents
        sales.append((number, number, _day(begins), f"hive/{products[room]}", cents, paid, "desk"))
    _many(cursor, "hand_sale", sales, mark)
    seconds = [(who, int(came.timestamp()), int(went.timestamp())) for who, came, went in data.visits]
    _many(cursor, "hand_visit", [(n, who, _day(came), came, went) for n, (who, came, went) in enumerate(seconds)], mark)
    if backend == "sqlite":
        db.execute("ANALYZE")
        db.commit()


def _day(at: int) -> str:
    return datetime.fromtimestamp(at, ZONE).date().isoformat()


def _seconds(span: timedelta) -> int:
    return span // timedelta(seconds=1)


def _many(cursor: Any, table: str, rows: Iterable[tuple[Any, ...]], mark: str) -> None:
    rows = list(rows)
    cursor.executemany(f"INSERT INTO {table} VALUES ({', '.join([mark] * len(rows[0]))})", rows)


def grid(db: Any, person: str, day: date, now: datetime) -> list[tuple[str, list[tuple[datetime, Any]]]]:
    """The booking grid of a day: room by room each half hour, with its price for an hour or why it is not free."""
    mark = _mark(db)
    midnight = datetime.combine(day, time(), ZONE)
    first, last = int(midnight.timestamp()), int((midnight + timedelta(days=1)).timestamp())
    present = int(now.timestamp())
    (state,) = db.execute(MEMBER.format(mark), (person,)).fetchone()
    if state != "present":
        raise LookupError(person)
    blocked: dict[str, list[tuple[int, int]]] = {}
    for room, start, end in db.execute(BLOCKED.format(mark), (first - 86_400, last + HOUR, first)).fetchall():
        blocked.setdefault(room, []).append((start, end))
    found = []
    for id, name, cents, opens, closes, before, after, notice, step, audience in db.execute(ROOMS).fetchall():
        cells: list[tuple[datetime, Any]] = []
        taken = blocked.get(id, ())
        evening = first + 18 * HOUR
        for start in range(first + opens, first + closes, STEP):
            if step is not None and (start - first) % step:
                continue
            end = start + HOUR
            said: Any
            if end <= present:
                said = "over"
            elif audience is not None:
                said = "not yours"
            elif start < present + notice:
                said = "notice"
            elif end > first + closes:
                said = "closed"
            elif any(start - before < ends and begins < end + after for begins, ends in taken):
                said = "taken"
            else:
                said = cents if start < evening else cents * 80 // 100
            cells.append((datetime.fromtimestamp(start, UTC), said))
        found.append((name, cells))
    return found


def desk(db: Any, day: date) -> Any:
    """The front desk of a day: who has which room and who comes, what each owes, and what was taken."""
    mark = _mark(db)
    midnight = datetime.combine(day, time(), ZONE)
    first, last = int(midnight.timestamp()), int((midnight + timedelta(days=1)).timestamp())
    items = [
        (datetime.fromtimestamp(start, UTC), datetime.fromtimestamp(end, UTC), room, person, owed)
        for start, end, room, person, owed in db.execute(BOOKED.format(mark), (first - 86_400, last, first)).fetchall()
    ]
    owed = sum(one[4] for one in items)
    items += [
        (datetime.fromtimestamp(came, UTC), datetime.fromtimestamp(went, UTC), "hive/small", person, 0)
        for came, went, person in db.execute(CAME.format(mark), (day.isoformat(),)).fetchall()
    ]
    taken = [(name, int(cents)) for name, cents in db.execute(TAKEN.format(mark), (day.isoformat(),)).fetchall()]
    return sorted(items), owed, taken


def month(db: Any, day: date) -> Any:
    """The figures of a month, day by day: what was taken and earned, and how many came."""
    mark, first = _mark(db), day.replace(day=1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    days = [(first + timedelta(days=n)).isoformat() for n in range(last.day)]
    bounds = (days[0], days[-1])
    taken, earned = dict.fromkeys(days, 0), {one: list[tuple[str, int]]() for one in days}
    for at, product, paid, cents in db.execute(MONEY.format(mark), bounds).fetchall():
        taken[at] += int(paid)
        earned[at].append((product, int(cents)))
    came = {at: (visits, people) for at, visits, people in db.execute(PEOPLE.format(mark), bounds).fetchall()}
    everybody = tuple(db.execute(EVERYBODY.format(mark), bounds).fetchone())
    return [(taken[at], earned[at]) for at in days], [came.get(at, (0, 0)) for at in days], everybody
