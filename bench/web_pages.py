"""What pages cost beside SQL that was written by hand for the same page, on the same data, in one run.

50 rooms, 2,000 persons, a year of bookings. The library reads its rows, the SQL tables of its own, as somebody would
lay them out who writes one application. Both sides make the same page, which is compared; they are asked by turns, each
time for another day. What is printed is CPU time, its ratio, and the round trips of the library; on PostgreSQL the time
of this process, and beside it that of both ends.

What the library keeps of a page makes the next look at it cheaper: so a desk and the figures of a month are looked at
for the first time, again when nothing of them has changed, and after something was sold on that day. The SQL keeps
nothing.
"""

from __future__ import annotations

import argparse
import gc
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

import attrs

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
sys.path.insert(0, str(Path(__file__).parent))

from funder import with_server, write
from peers import pages_by_hand as hand

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.backends.sqlite import SqliteStorage
from cantinekit.calendar import month_end
from cantinekit.clock import Period, day_bounds
from cantinekit.domain.spaces.terms import Terms
from cantinekit.money import Money
from cantinekit.plugins.registry import Registry
from cantinekit.reads import Reader
from support.houses import small_house

ZONE, PLACE, ENTITY, MEMBER = "Europe/Paris", "hive", "hive-coop", "per-00001"
FIRST = date(2026, 1, 1)
HOUR = timedelta(hours=1)
NOW = datetime(2026, 1, 1, 6, tzinfo=UTC)
GOAL, TRIPS = 3.0, 5
"""The most that a page may cost, in times of what it costs by hand; and the most round trips."""

RATES = {"small": 800, "medium": 1500, "large": 2400}
LIST = """
[tariff]
id = "hive"
name = "Hive"
currency = "EUR"
timezone = "Europe/Paris"
prices = "incl"
price_date = "use"
""" + "".join(
    f"""
[product.{name}]
rate = {{ price = {cents / 100:.2f}, per = "1h" }}
[[product.{name}.adjust]]
id = "evening"
when = {{ clock = "18:00-24:00" }}
percent = "-20%"
"""
    for name, cents in RATES.items()
)
KINDS: Sequence[tuple[str, dict[str, Any]]] = (
    ("small", {}),
    ("medium", {"after": timedelta(minutes=30)}),
    ("large", {"before": timedelta(minutes=30), "after": timedelta(minutes=30), "notice": 24 * HOUR}),
    ("small", {"grid": HOUR}),
    ("medium", {"audience": ["members"]}),
)


@attrs.frozen
class Data:
    """What both sides have.

    Attributes:
        rooms: the ids of the rooms, each with its product and its terms.
        persons: the ids of the persons.
        bookings: room, person, start and end, by their start.
        visits: person, start and end, by their start.
    """

    rooms: Sequence[tuple[str, str, Terms]]
    persons: Sequence[str]
    bookings: Sequence[tuple[str, str, datetime, datetime]]
    visits: Sequence[tuple[str, datetime, datetime]]


def make_data(rooms: int, persons: int, days: int) -> Data:
    """A year: each room has one to four bookings a day, none of which is in the way of another."""
    random = Random(1)
    kinds = [KINDS[number % len(KINDS)] for number in range(rooms)]
    every = [(f"room-{n:03d}", product, Terms(**terms)) for n, (product, terms) in enumerate(kinds)]
    people, found = [f"per-{n:05d}" for n in range(persons)], list[tuple[str, str, datetime, datetime]]()
    visits = list[tuple[str, datetime, datetime]]()
    for day in range(days):
        opens = day_bounds(FIRST + timedelta(days=day), ZONE).start + 8 * HOUR
        for id, _, _ in every:
            at = 0
            while (at := at + random.choice((0, 1, 2, 3))) < 11:
                length = random.choice((1, 1, 2, 3))
                if at + length > 12:
                    break
                found.append((id, random.choice(people), opens + at * HOUR, opens + (at + length) * HOUR))
                at += length + 1
        for _ in range(15):
            came = opens + random.randrange(600) * timedelta(minutes=1)
            visits.append((random.choice(people), came, came + random.randrange(20, 120) * timedelta(minutes=1)))
    found.sort(key=lambda one: (one[2], one[0]))
    return Data(every, people, found, sorted(visits, key=lambda one: (one[1], one[0])))


def cents_of(product: str, period: Period) -> int:
    """What a booking was sold for."""
    return RATES[product] * (period.length // HOUR)


def owes(number: int) -> bool:
    """Whether a booking is still to be paid: one of ten."""
    return number % 10 == 0


def records(data: Data) -> Iterator[m.Record]:
    """The rows of the library: persons, bookings, and the pages on which they are."""
    for id in data.persons:
        yield m.Person(id, name=f"Person {id}")
    terms, pages = {id: (product, terms) for id, product, terms in data.rooms}, dict[str, list[m.Claim]]()
    for number, (room, person, start, end) in enumerate(data.bookings):
        product, of = terms[room]
        claim = m.Claim(f"b{number:07d}", start - of.before, end + of.after, 1, None, of.before, of.after)
        placed, period = (m.Placed(room, claim),), Period(start, end)
        charge_id = f"c{number:07d}"
        yield m.Booking(
            claim.id, PLACE, room, f"hive/{product}", period, 1, "confirmed", person, charge_id=charge_id, placed=placed
        )
        amount, paid = cents_of(product, period), 0 if owes(number) else cents_of(product, period)
        money, about = Money(amount, "EUR"), m.Subject("charge", charge_id)
        line = m.ChargeLine(f"hive/{product}", product, 1, money)
        yield m.Charge(
            charge_id,
            ENTITY,
            PLACE,
            m.Subject("booking", claim.id),
            money,
            (line,),
            start,
            "v1",
            Money(paid, "EUR"),
            Money(0, "EUR"),
            money,
            "settled" if paid else "due",
            payer_id=person,
        )
        raised = (m.LedgerLine("receivable", amount), m.LedgerLine(f"revenue/hive/{product}", -amount))
        yield m.LedgerEntry(f"l{number:07d}r", ENTITY, PLACE, start, "raised", about, "EUR", raised)
        if paid:
            taken = (m.LedgerLine("account/desk", amount), m.LedgerLine("receivable", -amount))
            yield m.LedgerEntry(f"l{number:07d}t", ENTITY, PLACE, start, "taken", about, "EUR", taken)
        for day in claim.period.days():
            pages.setdefault(m.page_id(room, day), []).append(claim)
    for number, (person, came, went) in enumerate(data.visits):
        yield m.Visit(f"v{number:07d}", PLACE, "room-000", "hive/small", came, went, person, "closed", went)
    for id, claims in pages.items():
        room, _, day = id.rpartition("|")
        yield m.OccupancyPage(id, room, date.fromisoformat(day), tuple(claims))


def furnish(house: small_house.House, data: Data) -> None:
    """The place, its rooms and its price list, by commands; and the rest as rows."""
    house.do(c.AddEntity(name="Hive", accounts=("desk",), id=ENTITY))
    hours = m.OpenHours.weekly(range(7), clock_time(8), clock_time(20))
    house.do(c.PublishTariff(LIST))
    house.do(c.AddPlace(name="Hive", entity_id=ENTITY, zone=ZONE, currency="EUR", hours=hours, id=PLACE))
    for id, product, terms in data.rooms:
        house.do(c.AddSpace(place_id=PLACE, name=id, seats=8, product_id=f"hive/{product}", id=id))
        house.do(c.ChangeTerms(id, terms=terms))
    write(house.storage, records(data))


@attrs.frozen
class Page:
    """A page that both sides make.

    Attributes:
        name: what it is called.
        ours: makes it with the library, of a day: what is on it, to be compared.
        by_hand: makes it with SQL.
    """

    name: str
    ours: Callable[[Any, date], Any]
    by_hand: Callable[[Any, date], Any]


def our_grid(house: Any, day: date) -> Any:
    """The booking grid: room by room each half hour of the day, with its price or why it is not free."""
    grid = house.cantine.read.grid(PLACE, day, length=HOUR, person_id=MEMBER, begun=True)
    return [
        (row.space.name, [(cell.period.start, cell.why or cell.price.amount) for cell in row.cells])
        for row in grid.rows
    ]


def our_desk(house: Any, day: date) -> Any:
    """The front desk of a day: who has which room and who comes, what each owes, and what was taken."""
    desk = house.cantine.read.desk(PLACE, day)
    items = [(one.period.start, one.period.end, one.label, one.person, one.owed.amount) for one in desk.items]
    return sorted(items), desk.owed.amount, [(name, money.amount) for name, money in desk.takings.taken]


def our_month(house: Any, day: date) -> Any:
    """The figures of a month, day by day: what was taken and earned, and how many came."""
    first, last = day.replace(day=1), month_end(day)
    takings = house.cantine.read.takings_of(PLACE, first, last)
    came = house.cantine.read.attendance_of(PLACE, first, last)
    money = [(sum(amount.amount for _, amount in one.taken), _earned(one)) for one in takings.days]
    people = [(one.visits, one.unique_visitors) for one in came.days]
    return money, people, (came.total.visits, came.total.unique_visitors)


def _earned(one: Any) -> list[tuple[str, int]]:
    return [(name, amount.amount) for name, amount in one.earned]


PAGES = (
    Page("booking grid", our_grid, lambda db, day: hand.grid(db, MEMBER, day, NOW)),
    Page("front desk", our_desk, hand.desk),
    Page("month figures", our_month, hand.month),
)


class Counting:
    """A store that counts how often it is read."""

    def __init__(self, inner: Any) -> None:
        self.inner, self.trips = inner, 0

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.inner, name)
        if name not in (
            "load",
            "find",
            "journal",
            "find_columns",
            "find_first",
            "find_bodies",
            "find_changed",
            "find_mark",
            "find_other_bodies",
        ):
            return found

        def counted(*args: Any, **kwargs: Any) -> Any:
            self.trips += 1
            return found(*args, **kwargs)

        return counted


@contextmanager
def stores(backend: str) -> Iterator[tuple[Any, Any, Callable[[], float] | None]]:
    """An empty store, a plain connection for the tables by hand, and the clock of both ends where there are two."""
    if backend == "sqlite":
        with tempfile.TemporaryDirectory() as folder:
            db = sqlite3.connect(Path(folder) / "hand.db")
            yield SqliteStorage(Path(folder) / "house.db"), db, None
            db.close()
        return
    from billing import books

    from support.postgres import postgres_server

    url = postgres_server.fresh_url()
    db = books.connect(url)[0]
    yield Registry.load().storage(url), db, with_server(db)
    db.close()
    postgres_server.drop(url)


def agree(page: Page, house: Any, db: Any, days: Sequence[date]) -> list[str]:
    """What is wrong where the page is not the same on both sides."""
    wrong = list[str]()
    for day in (days[0], days[-1]):
        ours, other = page.ours(house, day), page.by_hand(db, day)
        if ours != other:
            unlike = next((pair for pair in zip(ours, other, strict=False) if pair[0] != pair[1]), "their length")
            wrong.append(f"{page.name} of {day}: they do not agree: {str(unlike)[:500]}")
    return wrong


def first_look(page: Page, house: Any, day: date, days: int) -> None:
    """Let the process know nothing of the day, but of the place what another month has."""
    house.cantine.read = Reader(house.storage, house.cantine.now)
    page.ours(house, FIRST + (day - FIRST + timedelta(days=45)) % timedelta(days=days))


def look_again(page: Page, house: Any, day: date, days: int) -> None:
    """Let the process have looked at the page of the day, as often as it takes until it is kept."""
    for _ in range(3):
        page.ours(house, day)


def after_a_sale(page: Page, house: Any, day: date, days: int) -> None:
    """Let something be sold at the desk on a day that the process has looked at."""
    look_again(page, house, day, days)
    at = day_bounds(day, ZONE).start + 13 * HOUR
    id, about = f"sold-{page.name}-{day}-{next(SOLD)}", m.Subject("charge", "c0000000")
    lines = (m.LedgerLine("account/desk", 800), m.LedgerLine("revenue/hive/small", -800))
    visit = m.Visit(id, PLACE, "room-000", "hive/small", at, at + HOUR, MEMBER, "closed", at + HOUR)
    write(house.storage, iter((visit, m.LedgerEntry(id, ENTITY, PLACE, at, "taken", about, "EUR", lines))))


SOLD = count()
Before = Callable[[Page, Any, date, int], None]
LOOKS: Mapping[str, Sequence[tuple[str, Before]]] = {
    "booking grid": (("", look_again),),
    "front desk": (("first", first_look), ("again", look_again), ("after a sale", after_a_sale)),
    "month figures": (("first", first_look), ("again", look_again), ("after a sale", after_a_sale)),
}
"""The looks at each page: what was before them."""


def measure(
    page: Page, look: str, before: Before, house: Any, db: Any, days: Sequence[date], both: Callable[[], float] | None
) -> list[str]:
    """Print what a look at a page costs on both sides; what is wrong with it."""
    trips = list[int]()
    spent = [[0.0] * len(days), [0.0] * len(days)]
    ends = [0.0, 0.0]
    sides = ((0, lambda day: page.ours(house, day)), (1, lambda day: page.by_hand(db, day)))
    gc.collect()
    gc.disable()
    for turn, day in enumerate(days):
        before(page, house, day, (max(days) - FIRST).days + 1)
        for side, make in sides if turn % 2 else sides[::-1]:
            began, read = time.process_time(), house.storage.trips
            make(day)
            spent[side][turn] = time.process_time() - began
            if side == 0:
                trips.append(house.storage.trips - read)
    for turn, day in enumerate(days if both is not None else ()):
        before(page, house, day, (max(days) - FIRST).days + 1)
        for side, make in sides if turn % 2 else sides[::-1]:
            assert both is not None
            at = both()
            make(day)
            ends[side] += (both() - at) / len(days)
    gc.enable()
    ours, other = (statistics.median(times) for times in spent)
    ratio = ours / other
    late = "" if ratio <= GOAL and max(trips) <= TRIPS else "   MISSED"
    print(
        f"{page.name:<14} {look:<12} {ours * 1e3:>6.2f} ms, by hand {other * 1e3:>6.2f} ms: {ratio:>5.2f} times (at "
        f"most {GOAL}), {max(trips)} round trips (at most {TRIPS}){late}",
        flush=True,
    )
    if both is not None:
        print(f"{'':<27} both ends: {ends[0] * 1e3:.1f} ms, by hand {ends[1] * 1e3:.1f} ms", flush=True)
    return [f"{page.name} {look}: missed"] if late else []


def compare(backend: str, args: Any) -> list[str]:
    """Measure every page on a backend; what is wrong."""
    data = make_data(args.rooms, args.persons, args.days)
    with stores(backend) as (storage, db, both):
        house = small_house.open_house(Counting(storage), now=NOW, furnished=False)
        furnish(house, data)
        hand.write(db, backend, data, RATES)
        if backend != "sqlite":
            db.execute("ANALYZE")
        random = Random(2)
        ahead = [FIRST + timedelta(days=1 + random.randrange(args.days - 1)) for _ in range(args.pages)]
        print(
            f"{backend}: {args.rooms} rooms, {args.persons} persons, {len(data.bookings)} bookings, medians of CPU time"
        )
        wrong = [one for page in PAGES for one in agree(page, house, db, ahead)]
        for page in PAGES:
            for look, before in LOOKS[page.name]:
                wrong += measure(page, look, before, house, db, ahead, both)
        storage.close()
    return wrong


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures; 1 where a page is not the same, or misses its goal."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rooms", type=int, default=50)
    parser.add_argument("--persons", type=int, default=2_000)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--pages", type=int, default=60, help="how many pages of each kind are asked for")
    parser.add_argument("--backends", nargs="*", default=["sqlite", "postgresql"], choices=["sqlite", "postgresql"])
    args = parser.parse_args(arguments)
    wrong = [one for backend in args.backends for one in compare(backend, args)]
    print("\n".join(wrong))
    return bool(wrong)


if __name__ == "__main__":
    raise SystemExit(main())
