"""A desk that is kept in the process is the desk that is made of what is stored now, and costs two round trips."""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, time, timedelta
from itertools import pairwise
from random import Random
from typing import Any

import attrs
import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.backends.memory import MemoryStorage
from cantinekit.clock import ManualClock
from cantinekit.domain.registrations.records import LIVE
from cantinekit.errors import CantineError
from cantinekit.money import Money
from cantinekit.plugins.ports import Change, Guard, Key
from cantinekit.plugins.sql.find import Bodies, FindsOtherBodies, mark_of_bodies
from cantinekit.reads import Reader
from cantinekit.reads.day import DayOfPlace
from cantinekit.reads.kept import MAX_ANSWERS, Answers, forget_answers
from cantinekit.runtime import codec
from support.houses import small_house
from support.houses.small_house import PERSONS, START, TODAY, period
from support.run.soak import scaled
from support.stores.counting import Counting
from support.stores.plain import Plain

TOMORROW = TODAY + timedelta(days=1)
PAGES = (("paris", TODAY, "en"), ("paris", TODAY, "fr"), ("paris", TOMORROW, "en"), ("brest", TODAY, "en"))


@pytest.fixture
def house():
    """A house in memory."""
    house = small_house.open_house()
    yield house
    house.cantine.close()


def desks(read: Any) -> list[Any]:
    """Several desks."""
    return [read.desk(place, day, lang=lang) for place, day, lang in PAGES]


def figures(read: Any) -> tuple[Any, Any]:
    """The money of some days, and who came on them."""
    return read.takings_of("paris", TODAY - timedelta(days=1), TOMORROW), who_came(read)


def who_came(read: Any) -> Any:
    """Who came on some days."""
    return read.attendance_of("paris", TODAY - timedelta(days=1), TOMORROW)


def fresh(house: Any, storage: Any = None) -> Reader:
    """A reader that keeps nothing yet."""
    return Reader(house.storage if storage is None else storage, house.cantine.now)


# --- the law ---------------------------------------------------------------------------------------------------------


def step(house: Any, random: Random) -> str:
    """Something that may change a desk: a command, also one that is refused, or the time."""
    do, pick, who = house.do, random.choice, random.choice(PERSONS)

    def one(cls: type[Any]) -> Any:
        return pick(house.all(cls))

    hour = random.randrange(9, 17)
    day = pick((TODAY, TODAY, TOMORROW))
    way: dict[str, Any] = pick(({"account": "desk"}, {"on_account": True}, {}))
    steps: dict[str, Callable[[], Any]] = {
        "book": lambda: do(
            c.Book(
                space_id=pick(("a1", "b")), product_id="room", period=period(hour, hour + 1, day), person_id=who, **way
            )
        ),
        "hold": lambda: do(
            c.HoldSpace(space_id="a2", product_id="room", period=period(hour, hour + 1, day), person_id=who)
        ),
        "cancel": lambda: do(c.CancelBooking(one(m.Booking).id)),
        "move": lambda: do(c.MoveBooking(one(m.Booking).id, period=period(hour, hour + 2, day))),
        "check in": lambda: do(
            c.CheckIn(place_id="paris", product_id=pick(("day", "half-day")), person_id=pick((who, None)), **way)
        ),
        "check out": lambda: do(c.CheckOut(one(m.Visit).id)),
        "undo": lambda: do(c.CancelVisit(one(m.Visit).id, reason="a mistake")),
        "upgrade": lambda: do(c.UpgradeVisit(one(m.Visit).id, product_id="day", account="desk")),
        "plan": lambda: do(
            c.AddSession(workshop_id="welding", day=day, starts=time(hour), ends=time(hour + 2), seats=2)
        ),
        "register": lambda: do(c.Register(session_id=one(m.Session).id, person_id=who, **way)),
        "give up": lambda: do(c.CancelRegistration(one(m.Registration).id)),
        "mark": lambda: do(c.MarkAttendance(one(m.Registration).id)),
        "pay": lambda: do(c.Pay(one(m.Charge).id, account="desk")),
        "refund": lambda: do(c.RefundCharge(one(m.Charge).id, amount=Money(100, "EUR"), reason="kind")),
        "write off": lambda: do(c.WriteOff(one(m.Charge).id, reason="kind")),
        "rename somebody": lambda: do(c.ChangePerson(who, name=f"Somebody {random.randrange(99)}")),
        "rename a room": lambda: do(c.ChangeSpace(pick(("a1", "b", "open")), name=f"Room {random.randrange(99)}")),
        "rename a workshop": lambda: do(c.ChangeWorkshop("welding", title=f"Work {random.randrange(99)}")),
        "forget": lambda: do(c.ForgetPerson(who)),
        "wait a little": lambda: house.wait(minutes=random.randrange(1, 30)),
        "wait": lambda: house.wait(hours=random.randrange(1, 9)),
        "carry on": lambda: house.cantine.run_due(limit=50),
    }
    name = pick([*steps, "book", "hold", "check in", "register", "wait a little"])
    try:
        steps[name]()
    except (CantineError, IndexError):
        return f"{name}: refused"
    return name


def differs(house: Any, random: Random, steps: int) -> list[str]:
    """After which steps a page was another one than that of a reader that keeps nothing."""
    kept, wrong = house.cantine.read, list[str]()
    for _ in range(steps):
        done = step(house, random)
        mine, its = ([*desks(read), figures(read)] for read in (kept, fresh(house)))
        if mine != its or figures(kept) != its[-1]:
            wrong.append(done)
    return wrong


@pytest.mark.parametrize("seed", range(scaled(3)))
def test_a_desk_that_was_kept_is_one_that_is_made_now(house, seed):
    """After each of many commands, and whatever time passes, a house shows what another one shows that has just been
    opened: desks, and figures of several days."""
    assert differs(house, Random(seed), 45) == []


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_desk_in_a_database_is_kept_as_well(kind, request, tmp_path):
    """The same in the stores that people use."""
    url = f"sqlite:///{tmp_path}/house.db" if kind == "sqlite" else request.getfixturevalue("pg_url")
    house = small_house.open_house(url)
    assert differs(house, Random(8), 10) == []
    house.cantine.close()


class Careless:
    """A store that does not see that some rows are others.

    Args:
        inner: the store that is asked.
        blind: the kind of rows that it does not look at; ``None``: it looks at versions only.
    """

    def __init__(self, inner: MemoryStorage, blind: str | None) -> None:
        self.inner, self.blind = inner, blind
        self.seen: dict[str, Any] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def seen_of(self, ranges: Sequence[Any], keys: Sequence[Key], answer: Bodies) -> Any:
        if self.blind is None:
            rows = [[Key(one[0], id) for id, _ in found] for one, found in zip(ranges, answer[0], strict=True)]
            return [[(key, self.inner._version(key)) for key in some] for some in (*rows, keys)]
        found = [rows for one, rows in zip(ranges, answer[0], strict=True) if one[0] != self.blind]
        return found, [body for key, body in zip(keys, answer[1], strict=True) if key.kind != self.blind]

    def find_other_bodies(self, ranges: Sequence[Any], keys: Sequence[Key], known: str) -> Bodies | None:
        answer = self.inner.find_bodies(ranges, keys)
        about = repr((known, ranges, keys))
        seen = self.seen_of(ranges, keys, answer)
        if mark_of_bodies(*answer) == known:
            self.seen[about] = seen
            return None
        return None if self.seen.get(about) == seen else answer


def counted_house(inner: Any) -> tuple[Any, Counting]:
    """A day with one of everything, in a store that counts."""
    store = Counting(inner)
    house = small_house.open_house(store)
    house.do(c.AddSession(workshop_id="welding", day=TODAY, starts=time(15), ends=time(17), seats=3, id="today"))
    house.do(c.Register(session_id="today", person_id="max"))
    house.do(c.Book(space_id="b", product_id="room", period=period(13, 14), person_id="zoe", account="desk"))
    house.do(c.CheckIn(place_id="paris", product_id="day", person_id="bob", account="desk"))
    return house, store


CHANGES: dict[type[Any], dict[str, Any]] = {
    m.Booking: {"arrived_at": START},
    m.Charge: {"paid": Money(0, "EUR"), "state": "due"},
    m.OccupancyPage: {"claims": ()},
    m.Person: {"name": "Somebody"},
    m.Place: {"currency": "XPF"},
    m.Product: {"name": "Something"},
    m.Registration: {"seats": 2},
    m.Session: {"capacity": 9},
    m.Space: {"name": "Somewhere"},
    m.Visit: {"until": START + timedelta(minutes=7)},
    m.Workshop: {"title": "Something"},
}
"""A change of a record of each kind that a desk is made of."""


@pytest.mark.parametrize("cls", CHANGES, ids=lambda cls: cls.kind)
def test_a_change_of_any_row_is_another_desk(cls):
    """Whatever row changes, past all commands, the desk is another one; and as a control, a store that does not look at
    rows of this kind has the old one shown."""
    for blind in ("nothing", cls.kind):
        store = Careless(MemoryStorage(), blind)
        house, _ = counted_house(store)
        read = Reader(store, house.cantine.now)
        first = read.desk("paris", TODAY)
        assert read.desk("paris", TODAY) is first
        for one in house.all(cls):
            row = store.load([Key(cls.kind, one.id)])[0]
            store.apply(Change(rows=(codec.encode(attrs.evolve(one, **CHANGES[cls]), row.version + 1),)))
        assert fresh(house).desk("paris", TODAY) != first
        assert (read.desk("paris", TODAY) == fresh(house).desk("paris", TODAY)) == (blind == "nothing")


def test_versions_would_not_tell_the_rows():
    """Control: a row that was removed and made again has the version of before, and another body."""
    answers = []
    for blind in (None, "nothing"):
        store = Careless(MemoryStorage(), blind)
        house = small_house.open_house(store)
        read, visit = house.cantine.read, at_nine("vis_9")
        for one in (visit, attrs.evolve(visit, person_id="eve")):
            store.inner.apply(Change(rows=(codec.encode(one, 1),)))
            answers += [[of.person_id for of in read.desk("paris", TODAY).items] for _ in range(2)]
            store.inner.apply(Change(removes=(Guard(Key("visit", "vis_9"), 1),)))
    assert answers == [["bob"], ["bob"], ["bob"], ["bob"], ["bob"], ["bob"], ["eve"], ["eve"]]


def at_nine(id: str) -> m.Visit:
    """A visit that began at nine and is over."""
    at = period(7.5, 8.4)
    return m.Visit(id, "paris", "open", "day", at.start, at.end, "bob", "closed", at.end)


def test_a_desk_without_an_end_would_show_what_is_over(house, monkeypatch):
    """Control: a hold runs out though no row changes."""
    house.do(c.HoldSpace(space_id="b", product_id="room", period=period(13, 14), person_id="zoe"))
    shown = []
    for until in (DayOfPlace.until, lambda found: found.now + timedelta(days=9)):
        monkeypatch.setattr(DayOfPlace, "until", until)
        read = fresh(house)
        house.clock.set(START)
        before = read.desk("paris", TODAY)
        house.wait(minutes=20)
        shown.append((len(before.items), len(read.desk("paris", TODAY).items)))
    assert shown == [(1, 0), (1, 1)]


# --- time ------------------------------------------------------------------------------------------------------------


def test_each_instant_at_which_a_desk_is_another_ends_it(house):
    """Looked at each quarter of an hour for two days, a desk that nobody writes to is what one made then is: a hold and
    an offered seat run out, a visit ends, one begins, what is on account falls due."""
    house.do(c.AddSession(workshop_id="welding", day=TODAY, starts=time(15), ends=time(17), seats=1, id="today"))
    house.do(c.HoldSpace(space_id="b", product_id="room", period=period(13, 14), person_id="zoe", minutes=40))
    house.do(c.Register(session_id="today", person_id="max"))
    house.do(c.CheckIn(place_id="paris", product_id="half-day", person_id="bob", account="desk"))
    house.do(c.Book(space_id="b", product_id="room", period=period(14, 16), person_id="eve", on_account=True))
    soon = attrs.evolve(
        at_nine("soon"), opened_at=START + timedelta(minutes=100), until=START + timedelta(hours=5), state="open",
        closed_at=None,
    )  # fmt: skip
    house.storage.apply(Change(rows=(codec.encode(soon, 1),)))
    kept, seen = house.cantine.read, []
    for _ in range(4 * 48):
        desk = kept.desk("paris", TODAY)
        assert desk == fresh(house).desk("paris", TODAY)
        if not seen or seen[-1] != desk:
            seen.append(desk)
        house.wait(minutes=15)
    assert len(seen) >= 6
    assert len({len(one.here) for one in seen}) == 3
    assert {one.state for one in house.all(m.Registration)} <= set(LIVE)


def test_a_clock_that_is_set_back_shows_what_was_then(house):
    """A desk that was made later is not shown earlier."""
    read = house.cantine.read
    house.do(c.HoldSpace(space_id="b", product_id="room", period=period(13, 14), person_id="zoe"))
    before = read.desk("paris", TODAY)
    house.wait(minutes=20)
    assert len(read.desk("paris", TODAY).items) == len(before.items) - 1
    earlier = ManualClock(START)
    late = fresh(house)
    late._now = lambda: house.cantine.now()
    late.desk("paris", TODAY)
    late._now = earlier.now
    assert late.desk("paris", TODAY) == before


# --- what it costs ---------------------------------------------------------------------------------------------------


def test_a_desk_that_has_not_changed_takes_two_round_trips_and_no_row():
    """The first look takes five at most; the next ones take one to say that the rows are the same, and one for the
    money. After a sale it is five again at most: the rows that were known come in one of them."""
    house, store = counted_house(MemoryStorage())
    read, trips = house.cantine.read, list[int]()

    def look() -> Any:
        store.clear()
        desk = read.desk("paris", TODAY)
        trips.append(store.trips)
        return desk, store.rows.total()

    first, rows = look()
    again, none = look()
    assert again is first
    assert none < rows
    house.do(c.Book(space_id="a1", product_id="room", period=period(10, 11), person_id="ida", account="desk"))
    house.do(c.CheckIn(place_id="paris", product_id="day", person_id="eve", account="desk"))
    other, _ = look()
    assert other == fresh(house).desk("paris", TODAY) != first
    house.wait(minutes=16)  # the hold of a seat is over
    look()
    assert trips[0] <= 5
    assert trips[1] == 2
    assert max(trips) <= 5


def test_what_is_written_elsewhere_leaves_a_desk_as_it_is():
    """Other days, other places and other people are nothing to it: the very same desk is shown."""
    house, _ = counted_house(MemoryStorage())
    read = house.cantine.read
    first = read.desk("paris", TODAY)
    house.do(c.HoldSpace(space_id="b", product_id="room", period=period(13, 14, TOMORROW), person_id="eve"))
    house.do(c.CheckIn(place_id="brest", product_id="day", person_id="eve", account="desk"))
    house.do(c.ChangePerson("lou", name="Somebody"))
    assert read.desk("paris", TODAY) is first


def test_money_alone_is_added_up_anew():
    """What is taken for something else on the day changes the takings, and the items are those that were kept."""
    house, _ = counted_house(MemoryStorage())
    read = house.cantine.read
    first = read.desk("paris", TODAY)
    house.do(c.SellPass(place_id="paris", product_id="carnet", holder_id="bob", account="desk"))
    other = read.desk("paris", TODAY)
    assert other.items is first.items
    assert other.takings == read.takings("paris", TODAY) != first.takings


def test_a_store_without_the_question_keeps_none():
    """A store of somebody else is asked for all of it each time, and shows the same."""
    house, store = counted_house(MemoryStorage())
    plain = Plain(store.inner)
    assert not isinstance(plain, FindsOtherBodies)
    read = Reader(plain, house.cantine.now)
    assert [read.desk("paris", TODAY) for _ in range(2)] == [house.cantine.read.desk("paris", TODAY)] * 2
    assert len(read._desks) == 0


def test_few_desks_are_kept(house):
    """One more than are kept drops the one that was looked at longest ago."""
    read = house.cantine.read
    for at in range(MAX_ANSWERS + 3):
        read.desk("paris", TODAY + timedelta(days=at))
    assert len(read._desks) == MAX_ANSWERS


# --- figures ---------------------------------------------------------------------------------------------------------


class Unmarked:
    """A store whose marks leave something out.

    Args:
        inner: the store that is asked.
        part: what is left out: rows of a kind; nothing of what is "nothing".
    """

    def __init__(self, inner: MemoryStorage, part: str) -> None:
        self.inner, self.part = inner, part

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def find_mark(self, ranges: Sequence[Any], keys: Sequence[Key]) -> str:
        return self.inner.find_mark(*([of for of in some if of[0] != self.part] for some in (ranges, keys)))


EVENTS: dict[str, Callable[[Any], Any]] = {
    "place": lambda house: evolved(house, m.Place, zone="Europe/London"),
    "registration": lambda house: evolved(house, m.Registration, state="confirmed", expires=None, marks=MARKS),
    "session": lambda house: evolved(house, m.Session, confirmed=2),
    "visit": lambda house: evolved(house, m.Visit, person_id=None),
}
MARKS = (m.Mark(1, START),)


def evolved(house: Any, cls: type[Any], **changes: Any) -> None:
    """Write all records of a class again, past all commands."""
    for one in house.all(cls):
        row = house.storage.load([Key(cls.kind, one.id)])[0]
        house.storage.apply(Change(rows=(codec.encode(attrs.evolve(one, **changes), row.version + 1),)))


@pytest.mark.parametrize("kind", EVENTS)
def test_figures_are_kept_while_each_of_their_rows_is_the_same(kind):
    """From the third look on the same figures are shown as they are, and others once any row has changed; as a control,
    a store whose marks leave rows of that kind out has the old ones shown."""
    for part in ("nothing", kind):
        house, _ = counted_house(Unmarked(MemoryStorage(), part))
        read = house.cantine.read
        before = [who_came(read) for _ in range(4)]
        assert before[1] is before[3]
        EVENTS[kind](house)
        assert who_came(fresh(house)) != before[3]
        assert (who_came(read) == who_came(fresh(house))) == (part == "nothing")


def test_what_is_written_while_figures_are_added_up_is_seen_the_next_time(house):
    """A visit that comes between the mark and the rows leaves no old figures; as a control, with a mark that is taken
    afterwards it does."""
    storage, seen, real = house.storage, [], house.storage.find

    def meanwhile(kind: str, *args: Any, **how: Any) -> Any:
        found = real(kind, *args, **how)
        if kind == "visit":
            storage.apply(Change(rows=(codec.encode(at_nine(f"vis_{len(seen)}"), 1),)))
        return found

    for late in (False, True):
        read = fresh(house)
        who_came(read)
        storage.find = meanwhile
        who_came(read)
        storage.find = real
        if late:
            asked, kept = read._came._kept._kept.popitem()
            read._came._kept.put(asked, attrs.evolve(kept, mark=kept.rows.mark(storage)))
        seen.append(who_came(read) == who_came(fresh(house)))
    assert seen == [True, False]


def test_days_that_are_asked_for_again_take_a_round_trip():
    """The first look takes no more than it did, the second one more, and then each a single one."""
    house, store = counted_house(MemoryStorage())
    trips = list[int]()
    for _ in range(4):
        store.clear()
        who_came(house.cantine.read)
        trips.append(store.trips)
    house.do(c.CheckIn(place_id="paris", product_id="day", person_id="eve", account="desk"))
    store.clear()
    who_came(house.cantine.read)
    assert trips == [3, 4, 1, 1]
    assert store.trips == 4


def test_a_reader_for_one_page_keeps_no_figures(house):
    """It may have read the place a while ago: what it adds up is not kept for others."""
    read = house.cantine.read
    for _ in range(3):
        who_came(read.once())
    assert len(read._came) == 0


def test_money_of_days_that_are_the_same_is_shown_as_it_was_made(tmp_path):
    """The same money is the same value, and another one once an entry came to one of its days, or the place changed."""
    house = small_house.open_house(f"sqlite:///{tmp_path}/house.db")
    house.do(c.CheckIn(place_id="paris", product_id="day", account="desk"))
    read, found = house.cantine.read, list[Any]()
    for change in (None, None, c.CheckIn(place_id="paris", product_id="day", account="desk"), None):
        if change is not None:
            house.do(change)
        found.append(read.takings_of("paris", TODAY, TOMORROW))
    evolved(house, m.Place, currency="XPF")
    assert [mine is its for mine, its in pairwise(found)] == [True, False, True]
    assert read.takings_of("paris", TODAY, TOMORROW).total.currency == "XPF"
    house.cantine.close()


# --- who shows it ----------------------------------------------------------------------------------------------------


def kept_names() -> set[str]:
    """The names in all desks that are kept in this process."""
    gc.collect()
    every = [one for one in gc.get_objects() if type(one) is Answers]  # what stands for something may answer for it
    return {item.person for one in every for kept in one._kept._kept.values() for item in kept.value.desk.items}


def test_somebody_who_is_forgotten_is_in_no_desk_that_is_kept(house):
    """Their name is not shown afterwards, and is in the memory of no house of the process; a dry run drops nothing."""
    other = small_house.open_house(house.storage, furnished=False)
    name = house.get(m.Person, "zoe").name
    house.do(c.Book(space_id="b", product_id="room", period=period(13, 14), person_id="zoe", account="desk"))
    house.wait(days=2)
    house.cantine.run_due(limit=500)
    other.clock.set(house.clock.now())
    reads = (house.cantine.read, other.cantine.read)
    assert [[one.person for one in read.desk("paris", TODAY).items] for read in reads] == [[name]] * 2
    house.cantine.preview(c.ForgetPerson("zoe"), actor="desk:ana")
    assert name in kept_names()
    house.do(c.ForgetPerson("zoe"))
    assert house.get(m.Person, "zoe").state == "forgotten"
    assert kept_names() == set()
    assert [[one.person for one in read.desk("paris", TODAY).items] for read in reads] == [[""]] * 2


def test_a_desk_that_is_being_made_while_somebody_is_forgotten_is_not_kept(house, monkeypatch):
    """It may have been read before: it is shown once, and not kept; as a control, another one is."""
    read, until = house.cantine.read, DayOfPlace.until
    read.desk("paris", TOMORROW)
    assert len(read._desks) == 1

    def meanwhile(found: DayOfPlace) -> datetime:
        forget_answers()
        return until(found)

    monkeypatch.setattr(DayOfPlace, "until", meanwhile)
    read.desk("paris", TODAY)
    assert len(read._desks) == 0


def test_a_desk_of_more_rows_than_one_question_has_is_not_kept(house, monkeypatch):
    """It is made anew each time, as it is asked for in several questions."""
    monkeypatch.setattr("cantinekit.reads.kept.MAX_KEYS", 3)
    read = house.cantine.read
    for _ in range(3):
        assert read.desk("paris", TODAY) == fresh(house).desk("paris", TODAY)
        assert who_came(read) == who_came(fresh(house))
    assert len(read._desks) == 0


def test_two_houses_and_readers_for_one_page_show_their_own(house):
    """Two houses in a process have each its desks; a reader for one page shares those of its house."""
    other = small_house.open_house()
    other.do(c.CheckIn(place_id="paris", product_id="day", person_id="bob", account="desk"))
    for _ in range(2):
        assert [len(one.cantine.read.desk("paris", TODAY).items) for one in (house, other)] == [0, 1]
    read = other.cantine.read
    assert read.once().desk("paris", TODAY) is read.desk("paris", TODAY)
    other.do(c.ChangePerson("bob", name="Robert"))
    assert read.once().desk("paris", TODAY).items[0].person == "Robert"


def test_a_copy_of_the_store_that_is_put_back_shows_its_own(house):
    """A store whose rows are those of another day, at the same versions, is another desk."""
    read, storage = house.cantine.read, house.storage
    copy = storage.copy()
    names = []
    for who in ("bob", "eve"):
        storage._rows, storage._index = dict(copy._rows), {key: list(one) for key, one in copy._index.items()}
        storage.apply(Change(rows=(codec.encode(attrs.evolve(at_nine("vis_9"), person_id=who), 1),)))
        names.append([one.person_id for one in read.desk("paris", TODAY).items])
    assert names == [["bob"], ["eve"]]


def test_a_transaction_of_the_host_that_is_rolled_back_leaves_no_desk(pg_url):
    """Within the connection of a host a desk shows what was written there; after a rollback neither house does, and
    what is written in its place, at the same versions, is shown."""
    from support.postgres import postgres_server

    house = small_house.open_house(pg_url)
    connection = postgres_server.connect()
    connection.autocommit = False
    joined = house.cantine.within(connection)
    reads, seen = (joined.read, house.cantine.read), []

    def shown() -> list[list[str | None]]:
        return [[one.person_id for one in read.desk("paris", TODAY).items] for read in reads]

    for who in ("bob", "eve"):
        seen.append(shown())
        joined.execute(c.CheckIn(place_id="paris", product_id="day", person_id=who, account="desk"), actor="desk")
        seen += [shown(), shown()]
        connection.rollback()
    assert seen == [[[], []], [["bob"], []], [["bob"], []], [[], []], [["eve"], []], [["eve"], []]]
    assert shown() == [[], []]
    connection.close()
    house.cantine.close()


def test_threads_that_look_at_one_desk_show_what_is_stored(house):
    """While one thread sells, others look: each desk has all that was sold before they asked."""
    read, sold = house.cantine.read, [0]

    def look(_: int) -> bool:
        least = sold[0]
        return len(read.desk("paris", TODAY).items) >= least

    def sell(number: int) -> bool:
        at = period(9 + number, 10 + number)
        house.do(c.Book(space_id="b", product_id="room", period=at, person_id="bob", account="desk"))
        sold[0] += 1
        return True

    with ThreadPoolExecutor(4) as threads:
        asked = [threads.submit(sell if at % 8 == 0 else look, at // 8) for at in range(64)]
        assert all(one.result() for one in asked)
    assert read.desk("paris", TODAY) == fresh(house).desk("paris", TODAY)


def test_the_end_of_a_desk_is_an_instant_to_come(house):
    """A desk holds for a while, and never beyond the day of the place."""
    house.clock.set(datetime.combine(TODAY, time(22, 30), START.tzinfo))
    read = house.cantine.read
    read.desk("paris", TODAY)
    (kept,) = read._desks._kept._kept.values()
    assert kept.since == house.clock.now() < kept.until == START.replace(hour=23, minute=0)
