"""What a front desk shows of a day: who comes and who is here, what each owes, and the money of any days."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

import attrs
import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.backends.sqlite import SqliteStorage
from cantinekit.clock import Period
from cantinekit.errors import InputError, NotFoundError
from cantinekit.money import Money
from cantinekit.plugins.ports import Change, Key
from cantinekit.reads import Reader
from cantinekit.reads.charges import is_owed, owed_and_due
from cantinekit.runtime import codec
from support.houses import small_house
from support.houses.small_house import HOURS, START, TODAY, period, utc
from support.stores.counting import Counting
from support.stores.plain import Plain

TOMORROW = TODAY + timedelta(days=1)
READS = ("desk", "agenda")


def day_of_work(house: Any) -> None:
    """A day with something of everything: a paid booking and one on account, a series, visits, sessions, a course."""
    do = house.do
    do(c.AddFacilitator(person_id="lou", place_id="brest", hours=HOURS, id="lou-hours"))
    do(c.CheckIn(place_id="paris", product_id="day", person_id="bob", account="desk"))
    do(c.CheckIn(place_id="paris", product_id="half-day", account="desk"))
    do(c.Book(space_id="b", product_id="room", period=period(13, 14), person_id="zoe", account="desk"))
    do(c.Book(space_id="b", product_id="room", period=period(14, 16), person_id="eve", on_account=True))
    do(
        c.BookSeries(
            space_id="a1", product_id="room", day=TODAY, starts=time(11), ends=time(12), rule="FREQ=DAILY;COUNT=2",
            person_id="ida", account="desk",
        )
    )  # fmt: skip
    do(
        c.AddSession(
            workshop_id="welding", day=TODAY, starts=time(15), ends=time(17), seats=3, space_id="a2",
            facilitator_ids=("lou-hours",), id="today",
        )
    )  # fmt: skip
    do(c.Register(session_id="today", person_id="bob", account="desk"))
    do(c.Register(session_id="today", person_id="max"))
    do(c.Register(session_id="free", person_id="max"))


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def house(request, tmp_path):
    """That day in each kind of store."""
    url = {"memory": "memory://", "sqlite": f"sqlite:///{tmp_path}/house.db"}.get(request.param)
    house = small_house.open_house(url or request.getfixturevalue("pg_url"))
    day_of_work(house)
    yield house
    house.cantine.close()


def named(house: Any, person_id: str | None) -> str:
    """The name of a person."""
    return house.get(m.Person, person_id).name if person_id else ""


def charges_of(house: Any, kind: str, id: str) -> list[m.Charge]:
    """The charges for something, which the reads of one thing at a time find."""
    found = house.get({"booking": m.Booking, "visit": m.Visit, "registration": m.Registration}[kind], id)
    ids = found.charge_ids if kind == "visit" else found.charges
    return [house.get(m.Charge, one) for one in ids]


def owed(charges: list[m.Charge]) -> int:
    """What is owed of them, in cents."""
    return sum(one.outstanding.amount for one in charges)


# --- the desk --------------------------------------------------------------------------------------------------------


def test_a_desk_has_the_agenda_with_names_and_what_each_owes(house):
    """Each item is that of the agenda; its names are those of the records, what is owed and due that of its charges."""
    read = house.cantine.read
    desk, agenda = read.desk("paris", TODAY), read.agenda("paris", TODAY)
    shared = [one.name for one in attrs.fields(type(agenda[0]))]
    assert [[getattr(one, name) for name in shared] for one in desk.items] == [
        [getattr(one, name) for name in shared] for one in agenda
    ]
    assert [(one.kind, one.person_id) for one in agenda] == [
        ("visit", None),
        ("visit", "bob"),
        ("booking", "ida"),
        ("booking", "zoe"),
        ("booking", "eve"),
        ("session", None),
    ]
    for one in desk.items:
        if one.kind != "session":
            assert one.person == named(house, one.person_id)
            charges = charges_of(house, one.kind, one.id)
            assert one.owed.amount == owed(charges)
            assert one.due.amount == sum(each.due_by(TODAY).amount for each in charges)
            assert one.charge_ids == tuple(each.id for each in charges if each.outstanding.amount)
    by_person = {one.person_id: one for one in desk.items if one.kind == "booking"}
    assert by_person["zoe"].owed.amount == 0
    assert (by_person["eve"].owed.amount, by_person["eve"].due.amount) == (3000, 0)
    assert by_person["eve"].charge_ids


def test_what_is_owed_is_seen_by_the_body_of_a_charge(house):
    """Paid, in part, on account, written off in part, void and given back: the body says what the record says, however
    a store writes it."""
    part = house.do(
        c.Book(space_id="b", product_id="room", period=period(16, 17), person_id="max", on_account=True)
    ).charges[0]
    house.do(c.WriteOff(part.id, amount=Money(400, "EUR"), reason="kind"))
    house.do(c.CancelBooking(next(one.id for one in house.all(m.Booking) if one.person_id == "eve")))
    paid = next(one.id for one in house.all(m.Charge) if one.state == "settled")
    house.do(c.RefundCharge(paid, amount=Money(100, "EUR"), reason="kind"))
    charges = house.all(m.Charge)
    assert {one.state for one in charges} == {"due", "settled", "void"}
    bodies = {id: house.storage.load([Key("charge", id)])[0].body for id in (one.id for one in charges)}
    assert [is_owed(bodies[one.id]) for one in charges] == [one.outstanding.amount > 0 for one in charges]
    assert len({is_owed(body) for body in bodies.values()}) == 2
    assert [owed_and_due(one.id, bodies[one.id], TODAY) for one in charges] == [
        (one.outstanding.amount, one.due_by(TODAY).amount) if one.outstanding.amount > 0 else (0, 0) for one in charges
    ]


def test_what_is_due_of_instalments_is_seen_by_the_record():
    """What is due of a charge with instalments, and of one that is on account, depends on the day."""
    euros = [Money(amount, "EUR") for amount in (900, 0, 900, 200)]
    subject, later = m.Subject("booking", "bkg_1"), m.Instalment(TOMORROW, euros[3], "revenue")
    one = m.Charge("chg_1", "asso", "paris", subject, euros[0], (), START, "v1", *euros[1:2] * 2, euros[2], "due")
    parts, account = attrs.evolve(one, instalments=(later,)), attrs.evolve(one, on_account=True, due_on=TOMORROW)
    for charge, today, tomorrow in ((one, 900, 900), (parts, 700, 900), (account, 0, 900)):
        body = codec.encode(charge, 1).body
        assert owed_and_due("chg_1", body, TODAY) == (900, today)
        assert owed_and_due("chg_1", body, TOMORROW) == (900, tomorrow)
    late = attrs.evolve(one, state="void", billed=euros[1], paid=euros[0])
    assert owed_and_due("chg_1", codec.encode(late, 1).body, TODAY) == (0, 0), "what came too late owes nothing less"


def test_a_session_of_a_desk_has_its_people(house):
    """Who registered, in their order, with names, what they owe and who is there; and who facilitates, by name."""
    (item,) = (one for one in house.cantine.read.desk("paris", TODAY).items if one.kind == "session")
    assert [(one.person, one.state, one.owed.amount) for one in item.seats] == [
        (named(house, "bob"), "confirmed", 0), (named(house, "max"), "held", 1000),
    ]  # fmt: skip
    assert (item.organiser_ids, item.organisers) == (("lou-hours",), (named(house, "lou"),))
    assert (item.owed.amount, item.charge_ids) == (1000, item.seats[1].charge_ids)
    house.wait(hours=6)
    house.do(c.MarkAttendance(item.seats[0].registration_id))
    house.cantine.run_due(limit=500)
    (item,) = (one for one in house.cantine.read.desk("paris", TODAY).items if one.kind == "session")
    assert [(one.person_id, one.present) for one in item.seats] == [("bob", 1)], "the hold of the other ran out"


def test_a_desk_says_who_is_here_whatever_the_day(house):
    """Who is here has names, as ``here`` says; a day of before or after shows the same, and the takings of its own."""
    read = house.cantine.read
    here = read.here("paris")
    assert [(one.person_id, one.person) for one in here] == [("bob", named(house, "bob")), (None, "")]
    assert {(one.space_id, one.space) for one in here} == {("open", "Open space")}
    for day in (TODAY - timedelta(days=9), TODAY, TOMORROW):
        desk = read.desk("paris", day)
        assert desk.here == here
        assert desk.takings == read.takings("paris", day)
        assert desk.period == read.day("paris", day)
    assert [one.id for one in read.here("paris", "open")] == [one.id for one in here]
    assert read.here("paris", "b") == ()
    house.wait(hours=12)
    assert read.here("paris") == read.desk("paris", TODAY).here == ()


@pytest.fixture
def quiet():
    """A house in memory on whose day nothing happens yet."""
    house = small_house.open_house()
    yield house
    house.cantine.close()


def test_a_day_has_what_goes_on_from_the_morning_before(quiet):
    """A session of 23 hours that began the morning before is on the pages of both of its days, and of no other."""
    quiet.do(c.AddSession(workshop_id="talk", day=TODAY, starts=time(10), ends=time(9), seats=3, id="long"))
    read = quiet.cantine.read
    for at, there in ((-1, False), (0, True), (1, True), (2, False)):
        day = TODAY + timedelta(days=at)
        assert ("long" in [one.id for one in read.agenda("paris", day)]) == there
        assert ("long" in [one.id for one in read.desk("paris", day).items]) == there
        assert ("long" in [one.id for one in read.programme("paris", read.day("paris", day))]) == there


def test_what_ended_or_ran_out_is_on_no_page(quiet):
    """A visit that was cancelled is not, nor are the holds of a room and of a seat whose time is over, also before the
    work that ends them has run."""
    quiet.do(c.AddSession(workshop_id="welding", day=TODAY, starts=time(15), ends=time(17), seats=3, id="today"))
    came = quiet.do(c.CheckIn(place_id="paris", product_id="day", person_id="bob", account="desk")).value
    quiet.do(c.CancelVisit(came.id, reason="a mistake"))
    waits = quiet.do(c.CheckIn(place_id="paris", product_id="day", person_id="eve")).value
    held = quiet.do(c.HoldSpace(space_id="b", product_id="room", period=period(13, 14), person_id="zoe")).value
    seat = quiet.do(c.Register(session_id="today", person_id="max")).value
    assert (waits.state, held.state, seat.state) == ("held", "held", "held")

    def shown() -> list[tuple[str, list[str], datetime | None]]:
        items = quiet.cantine.read.desk("paris", TODAY).items
        assert [one.id for one in items] == [one.id for one in quiet.cantine.read.agenda("paris", TODAY)]
        return [(one.id, [seat.registration_id for seat in one.seats], one.arrived_at) for one in items]

    assert shown() == [(waits.id, [], None), (held.id, [], None), ("today", [seat.id], None)]
    quiet.clock.advance(max(one.expires for one in (held, seat)) - START)
    assert shown() == [(waits.id, [], None), ("today", [], None)]
    assert quiet.get(m.Booking, held.id).state == quiet.get(m.Registration, seat.id).state == "held"


def test_a_meeting_of_a_course_has_those_who_come_to_it(quiet):
    """Who joined after the first meeting is not among the people of that one."""
    meetings = [(day, time(14), time(16), "b") for day in (TODAY, TOMORROW)]
    quiet.do(c.AddCourse(workshop_id="talk", meetings=meetings, seats=5, id="crs", late_joiners=True))
    quiet.do(c.Register(session_id="crs", person_id="zoe"))
    quiet.wait(hours=6)
    quiet.do(c.Register(session_id="crs", person_id="max"))
    found = [quiet.cantine.read.desk("paris", day).items for day in (TODAY, TOMORROW)]
    people = [[seat.person_id for seat in one.seats] for items in found for one in items if one.id == "crs"]
    assert people == [["zoe"], ["zoe", "max"]]


def test_a_charge_that_several_share_is_owed_once_in_all(house):
    """Two visits of a day and a charge of two dates: the desk owes each charge once, however many items show it."""
    house.do(
        c.BookSeries(
            space_id="a2", product_id="room", day=TODAY, starts=time(12), ends=time(13), rule="FREQ=DAILY;COUNT=2",
            person_id="max", on_account=True,
        )
    )  # fmt: skip
    (series,) = house.all(m.BookingSeries)[-1:]
    first = house.cantine.read.desk("paris", TODAY)
    every = {id for item in first.items for id in (*item.charge_ids, *(id for s in item.seats for id in s.charge_ids))}
    assert first.owed.amount == owed([house.get(m.Charge, id) for id in every])
    assert first.due.amount == sum(house.get(m.Charge, id).due_by(TODAY).amount for id in every)
    assert series.id


def test_somebody_who_was_forgotten_has_no_name(house):
    """What they booked stays on the page of its day, without a name; those who are there still have theirs."""
    house.wait(days=2)
    house.cantine.run_due(limit=500)
    for charge in house.all(m.Charge):
        if charge.payer_id == "eve" and charge.outstanding.amount:
            house.do(c.Pay(charge.id, account="desk"))
    house.do(c.ForgetPerson("zoe"))
    house.do(c.ForgetPerson("lou", gives_up=True))
    house.cantine.run_due(limit=500)
    assert house.get(m.Person, "zoe").state == house.get(m.Person, "lou").state == "forgotten"
    for name in READS:
        found = getattr(house.cantine.read, name)("paris", TODAY)
        items = {one.person_id: one for one in (found.items if name == "desk" else found)}
        assert items["zoe"].person == ""
        assert items["eve"].person == named(house, "eve")
        assert items[None].organisers == (house.get(m.Space, "lou-hours").name,)
        assert small_house.CANARIES[5] not in items[None].organisers


@pytest.mark.parametrize("name", READS)
def test_a_day_that_cannot_be(house, name):
    """A place that is not there, and a day out of range, are refused."""
    ask = getattr(house.cantine.read, name)
    with pytest.raises(NotFoundError):
        ask("nowhere", TODAY)
    with pytest.raises(NotFoundError):
        ask("", TODAY)
    for day in (date.min, date.max):
        with pytest.raises(InputError):
            ask("paris", day)


# --- what it costs ---------------------------------------------------------------------------------------------------


@pytest.fixture
def counted(tmp_path):
    """That day in a SQLite store that counts."""
    store = Counting(SqliteStorage(tmp_path / "house.db"))
    house = small_house.open_house(store)
    day_of_work(house)
    yield house, store
    house.cantine.close()


def ask_all(read: Any) -> dict[str, Any]:
    """All pages about people and days, by name."""
    return {
        "desk": read.desk("paris", TODAY),
        "agenda": read.agenda("paris", TODAY),
        "here": read.here("paris"),
        "takings_of": read.takings_of("paris", TODAY, TOMORROW),
        "attendance_of": read.attendance_of("paris", TODAY, TOMORROW),
    }


def costs(house: Any, store: Counting) -> dict[str, tuple[int, int]]:
    """The round trips and the rows of each of these pages."""
    found = {}
    for name, args in {
        "desk": ("paris", TODAY),
        "agenda": ("paris", TODAY),
        "here": ("paris",),
        "takings_of": ("paris", TODAY, TOMORROW),
        "attendance_of": ("paris", TODAY, TOMORROW),
    }.items():
        read = Reader(store, house.cantine.now)  # nothing is kept of another look
        store.clear()
        getattr(read, name)(*args)
        found[name] = store.calls.total(), store.rows.total()
    return found


def filled(store: Counting, number: int) -> None:
    """Write other days, other places and other people, past all commands: nothing that the pages show."""
    records: list[Any] = []
    for at in range(number):
        start = START + timedelta(days=40, minutes=10 * at)
        short = Period(start, start + timedelta(minutes=5))
        records += [
            m.Person(f"other{at}", f"Other {at}"),
            m.Booking(f"other{at}", "paris", "b", "room", short, 1, "confirmed", "zoe"),
            m.Visit(f"other{at}", "paris", "open", "day", start, start + timedelta(hours=1), "bob"),
            m.Visit(f"brest{at}", "brest", "brest-open", "day", START, START + timedelta(hours=9), "bob"),
            m.Registration(f"other{at}", "free", "paris", "zoe", "confirmed", start),
            m.LedgerEntry(f"other{at}", "asso", "paris", start, "raised", m.Subject("charge", "chg_1"), "EUR", ()),
        ]
    store.inner.apply(Change(rows=tuple(codec.encode(one, 1) for one in records)))


def test_a_page_takes_at_most_five_round_trips_and_grows_with_what_it_shows(counted):
    """Each page is five calls of the store or fewer, and the same calls and rows once the house has hundreds of other
    bookings, visits, people, entries and places. Twice the bookings of the day are as many calls and more rows."""
    house, store = counted
    before = costs(house, store)
    assert {name: calls <= 5 for name, (calls, _) in before.items()} == dict.fromkeys(before, True)
    filled(store, 150)
    after = costs(house, store)
    registered = after.pop("attendance_of")
    assert (before.pop("attendance_of")[0], registered[0]) == (3, 3)
    assert after == before
    for hour in (9, 10, 11, 12, 16):
        house.do(
            c.Book(space_id="b", product_id="room", period=period(hour, hour + 1), person_id="bob", account="desk",
                   override="busy")
        )  # fmt: skip
    grown = costs(house, store)
    assert grown["desk"][0] == before["desk"][0] <= 5
    assert grown["desk"][1] > before["desk"][1]
    assert grown["here"] == before["here"]


def test_a_row_is_read_once(counted, monkeypatch):
    """No row is looked at twice for a desk, and none but sessions, registrations and charges that owe is made into a
    record."""
    house, _ = counted
    decoded, peeked = [], []
    monkeypatch.setattr(codec, "decode", noted(codec.decode, decoded))
    monkeypatch.setattr(codec, "peek", noted(codec.peek, peeked))
    house.cantine.read.desk("paris", TODAY)
    assert {key.kind for key in decoded} == {"place", "session", "registration", "charge"}
    kept = [key for key in peeked if key.kind not in ("charge", "visit", *{key.kind for key in decoded})]
    assert len(kept) == len(set(kept))
    assert len(decoded) == len(set(decoded))


def noted(real: Any, keys: list[Any]) -> Any:
    """A function of the codec that notes what it was given."""

    def note(row: Any) -> Any:
        keys.append(row.key)
        return real(row)

    return note


def test_a_store_that_finds_one_range_at_a_time_answers_alike(counted):
    """A store of somebody else, which has none of the questions that a store may answer, gives the same pages."""
    house, store = counted
    other = small_house.open_house(Plain(store.inner), furnished=False)
    assert ask_all(other.cantine.read) == ask_all(house.cantine.read)


# --- any days --------------------------------------------------------------------------------------------------------


def test_the_money_of_any_days_is_that_of_each(house):
    """Each day is what ``takings`` says of it, and all together are their sum, also over a change of the clock."""
    house.wait(days=1)
    house.do(c.Book(space_id="b", product_id="room", period=period(13, 14, TOMORROW), person_id="bob", account="desk"))
    read = house.cantine.read
    first, last = date(2026, 10, 20), TODAY + timedelta(days=3)
    found = read.takings_of("paris", first, last)
    days = [first + timedelta(days=at) for at in range((last - first).days + 1)]
    assert list(found.days) == [read.takings("paris", day) for day in days]
    assert found.total.period == Period(found.days[0].period.start, found.days[-1].period.end)
    assert found.total.total == Money.sum((one.total for one in found.days), "EUR") != Money(0, "EUR")
    assert sum(one.total.amount != 0 for one in found.days) == 2
    columns = ("taken", "refunded", "earned", "lost", "deposits")
    for column in columns:
        sums: dict[str, int] = {}
        for one in found.days:
            for name, amount in getattr(one, column):
                sums[name] = sums.get(name, 0) + amount.amount
        assert {name: amount.amount for name, amount in getattr(found.total, column)} == sums


def test_who_came_on_any_days_counts_each_person_once(house):
    """Each day is what ``attendance`` says of it; in all, who came on two days is one visitor."""
    house.wait(days=1)
    house.do(c.CheckIn(place_id="paris", product_id="day", person_id="bob", account="desk"))
    read = house.cantine.read
    first, last = TODAY - timedelta(days=40), TODAY + timedelta(days=3)
    found = read.attendance_of("paris", first, last)
    days = [first + timedelta(days=at) for at in range((last - first).days + 1)]
    assert list(found.days) == [read.attendance("paris", day) for day in days]
    assert sum(one.unique_visitors for one in found.days) == 3
    assert (found.total.visits, found.total.unique_visitors, found.total.walk_ins) == (3, 2, 1)
    assert found.total.sessions == sum(one.sessions for one in found.days) == 3
    assert found.total.seats_taken == sum(one.seats_taken for one in found.days)


@pytest.mark.parametrize("name", ["takings_of", "attendance_of"])
def test_days_in_the_wrong_order_or_too_many_are_refused(house, name):
    """The last day is not before the first one, and at most 366 days later; a day on the edge of time is out of
    range."""
    ask = getattr(house.cantine.read, name)
    for first, last in ((TODAY, TODAY - timedelta(days=1)), (TODAY, TODAY + timedelta(days=367)), (date.max, date.max)):
        with pytest.raises(InputError):
            ask("paris", first, last)
    assert len(ask("paris", TODAY, TODAY + timedelta(days=366)).days) == 367
    with pytest.raises(NotFoundError):
        ask("nowhere", TODAY, TODAY)


def test_a_day_that_a_zone_skipped_is_left_out():
    """Samoa had no 30 December 2011: three days are two, and that day alone cannot be asked for."""
    house = small_house.open_house()
    house.do(c.AddPlace(name="Apia", entity_id="asso", zone="Pacific/Apia", currency="EUR", id="apia"))
    read, day = house.cantine.read, date(2011, 12, 30)
    assert len(read.takings_of("apia", day - timedelta(days=1), day + timedelta(days=1)).days) == 2
    with pytest.raises(InputError):
        read.takings("apia", day)


def test_the_seats_that_were_marked_are_counted_by_day(house):
    """Seats that are marked, and walk-ins of closed sheets, count on the day of their session."""
    house.wait(hours=6)
    (seat,) = [one for one in house.all(m.Registration) if one.session_id == "today" and one.state == "confirmed"]
    house.do(c.MarkAttendance(seat.id))
    house.clock.set(utc(18))
    house.do(c.CloseSheet("today", walk_ins=2))
    found = house.cantine.read.attendance_of("paris", TODAY, TOMORROW)
    assert [one.seats_present for one in found.days] == [3, 0]
    assert found.total.seats_present == 3
