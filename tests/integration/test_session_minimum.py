"""A session with a minimum: decided at its instant, once, whoever comes first and whatever happens just then."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, time, timedelta

import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.backends.memory import MemoryStorage
from cantinekit.commands import DecideSession
from cantinekit.errors import InputError, TooLateError, UnsuitableError, WrongStateError
from cantinekit.money import Money
from cantinekit.runtime import engine as runtime_engine
from support.houses.small_house import START, TODAY, House, open_house
from support.laws import house_laws
from support.races import read_before
from support.races.two_at_once import both_at_once, eight_workers, later, run_all
from support.stores.around import Around, WithoutVersions

DAY = TODAY + timedelta(days=3)
DUE = START + timedelta(days=1)
GRACE = timedelta(minutes=15)


def add(house: House, workshop: str = "talk", minimum: int = 2, seats: int = 3, due: datetime = DUE) -> str:
    command = c.AddSession(
        workshop_id=workshop,
        day=DAY,
        starts=time(18),
        ends=time(20),
        seats=seats,
        space_id="b",
        id="ses",
        minimum=minimum,
        decide_at=due,
    )
    return house.do(command).value.id


def session(house: House) -> m.Session:
    return house.get(m.Session, "ses")


def told(house: House) -> list[tuple[str, str]]:
    """Who got which message about the session, but for that of the seat."""
    names = {house.get(m.Person, id).email: id for id in ("zoe", "bob", "eve", "ida")}
    sent = [(one.template, names[one.to]) for one in house.mail.messages if one.template.startswith("session")]
    return sorted(sent)


def sound(house: House) -> None:
    house_laws.hold(house.storage, house.clock.now())
    house_laws.settled(house.storage, house.clock.now())
    house_laws.folds(house.storage)


# --- decided by the task ---------------------------------------------------------------------------------------------


def test_reached_it_is_confirmed_and_who_has_a_seat_is_told():
    """With the minimum at its instant it is confirmed: who has a seat is told, once; who waits is not."""
    house = open_house()
    add(house, seats=2)
    for person in ("zoe", "bob", "eve"):
        house.do(c.Register(session_id="ses", person_id=person))
    house.clock.set(DUE - timedelta(seconds=1))
    run_all(house)
    assert session(house).state == "planned"
    for moment in (DUE, DUE + timedelta(hours=1)):
        house.clock.set(moment)
        run_all(house)
    assert (session(house).state, session(house).sequence) == ("confirmed", 1)
    assert told(house) == [("session confirmed", "bob"), ("session confirmed", "zoe")]
    house.do(c.CancelRegistration(house.cantine.read.registrations("ses")[0].id))
    run_all(house)
    assert session(house).state == "confirmed"
    sound(house)


def test_below_it_is_cancelled_and_everything_goes_back():
    """One too few: the room is free, money and units go back, everybody is told once that too few came."""
    house = open_house()
    add(house, "welding")
    house.do(c.SellPass(product_id="carnet", place_id="paris", holder_id="zoe", account="desk"))
    seat = house.do(c.Register(session_id="ses", person_id="zoe", option_ids=("materials",), account="card")).value
    for moment in (DUE, DUE + timedelta(hours=1)):
        house.clock.set(moment)
        run_all(house)
    assert (session(house).state, session(house).reason, session(house).placed) == ("cancelled", m.TOO_FEW, ())
    assert house.get(m.Registration, seat.id).state == "cancelled"
    assert house.get(m.Charge, seat.charge_id).held == Money(0, "EUR")
    assert house.cantine.read.balance("zoe")[0].left == 10
    assert told(house) == [("session below minimum", "zoe")]
    sound(house)


def decided_while_reading(minimum: int) -> House:
    """Somebody asks a moment before it is due, and its rows are there when it is. It needs no room."""
    house = open_house()
    house.do(
        c.AddSession(
            workshop_id="welding",
            day=DAY,
            starts=time(18),
            ends=time(20),
            seats=3,
            minimum=minimum,
            decide_at=DUE,
            id="ses",
        )
    )
    for person in ("zoe", "bob"):
        house.do(c.Register(session_id="ses", person_id=person, account="desk"))
    engine, clock = house.cantine._engine, house.clock
    clock.set(DUE)
    engine.clock = read_before.Waits(DUE - timedelta(milliseconds=1), DUE)
    engine.run(DecideSession("ses"), "system")
    engine.clock = clock
    house.wait(minutes=3)  # longer than what is to be done is leased
    run_all(house)
    return house


@pytest.mark.parametrize(("minimum", "state"), [(2, "confirmed"), (3, "cancelled")])
def test_due_while_its_rows_are_read_everybody_is_told(minimum, state):
    """Its instant comes between reading the clock and having the rows: whatever is decided then, everybody with a seat
    is told, and of one that does not take place the seats are ended and the money goes back."""
    house = decided_while_reading(minimum)
    assert session(house).state == state
    template = "session confirmed" if state == "confirmed" else "session below minimum"
    assert told(house) == [(template, "bob"), (template, "zoe")]
    assert {one.state for one in house.all(m.Registration)} == {state}
    assert {one.held.amount for one in house.all(m.Charge)} == {1000 if state == "confirmed" else 0}
    sound(house)


def test_where_only_what_is_due_is_read_nobody_is_told(monkeypatch):
    """Control: where people are read only of a session that is due already, it is cancelled, and they keep their seats
    and have paid."""
    read_before.only_when_due(monkeypatch)
    house = decided_while_reading(3)
    assert session(house).state == "cancelled"
    assert told(house) == []
    assert {(one.held.amount) for one in house.all(m.Charge)} == {1000}


def test_a_rank_is_no_seat():
    """Who waits does not make up the minimum: a session of two seats, one confirmed, with a seat that nobody took."""
    house = open_house()
    add(house, "welding", seats=2)
    house.do(c.Register(session_id="ses", person_id="zoe", account="desk"))
    house.do(c.Register(session_id="ses", person_id="bob"))
    for person in ("eve", "ida"):
        assert house.do(c.Register(session_id="ses", person_id=person)).value.state == "waiting"
    house.wait(minutes=16)
    run_all(house)  # Bob did not pay; the seat is offered to Eve, who does not answer
    house.clock.set(DUE + GRACE)
    run_all(house)
    assert session(house).state == "cancelled"
    assert {person for _, person in told(house)} >= {"zoe", "ida"}
    sound(house)


def test_a_session_without_a_minimum_is_never_decided():
    """Control: one that has no minimum stays as it is, and the command that decides does nothing to it."""
    house = open_house()
    assert house.cantine._engine.run(DecideSession("free"), "system").entries == ()
    house.clock.set(house.get(m.Session, "free").period.start)
    run_all(house)
    assert house.get(m.Session, "free").state == "planned"


# --- who is paying just then -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("pays", [True, False])
def test_who_is_paying_is_waited_for(pays):
    """One seat is confirmed and one is being paid: it is decided when that is paid or its time is over."""
    house = open_house()
    add(house, "welding")
    house.do(c.Register(session_id="ses", person_id="zoe", account="desk"))
    house.clock.set(DUE - timedelta(minutes=5))
    held = house.do(c.Register(session_id="ses", person_id="bob")).value
    house.clock.set(DUE)
    run_all(house)
    assert session(house).state == "planned"
    house.clock.set(DUE + timedelta(minutes=9))
    if pays:
        house.do(c.Pay(held.charge_id, account="desk"))
    house.clock.set(DUE + timedelta(minutes=10))
    run_all(house)
    assert session(house).state == ("confirmed" if pays else "cancelled")
    sound(house)


def test_an_offer_of_a_day_is_not_waited_for_longer_than_a_payment():
    """A seat that is offered for a day holds the decision up for fifteen minutes, no more."""
    house = open_house()
    add(house, "welding", seats=2)
    first = house.do(c.Register(session_id="ses", person_id="zoe", account="desk")).value
    house.do(c.Register(session_id="ses", person_id="bob", account="desk"))
    house.do(c.Register(session_id="ses", person_id="eve"))
    house.clock.set(DUE - timedelta(hours=1))
    house.do(c.CancelRegistration(first.id))
    house.clock.set(DUE)
    run_all(house)
    house.clock.set(DUE + GRACE - timedelta(seconds=1))
    run_all(house)
    assert session(house).state == "planned"
    house.clock.set(DUE + GRACE)
    run_all(house)
    assert session(house).state == "cancelled"
    assert told(house) == [("session below minimum", "bob"), ("session below minimum", "eve")]
    sound(house)


# --- decided by whoever comes ----------------------------------------------------------------------------------------


def test_a_late_worker_changes_nothing():
    """No task was run: who comes after the instant finds it decided by what there was, not by what they bring."""
    house = open_house()
    add(house)
    house.do(c.Register(session_id="ses", person_id="zoe"))
    house.clock.set(DUE + timedelta(hours=2))
    with pytest.raises(WrongStateError, match="session ses is cancelled"):
        house.do(c.Register(session_id="ses", person_id="bob"))
    assert session(house).state == "cancelled"
    house.wait(minutes=5)
    run_all(house)
    assert told(house) == [("session below minimum", "zoe")]
    sound(house)


@pytest.mark.parametrize("what", ["leaves", "fewer seats", "moved"])
def test_who_leaves_after_the_instant_leaves_a_confirmed_session(what):
    """No task was run: a seat given up, seats taken off and a move come after the decision, and do not change it."""
    house = open_house()
    add(house)
    seats = [house.do(c.Register(session_id="ses", person_id=person)).value.id for person in ("zoe", "bob")]
    house.clock.set(DUE)
    command = {
        "leaves": c.CancelRegistration(seats[0]),
        "fewer seats": c.ChangeSeats("ses", seats=2),
        "moved": c.MoveSession("ses", starts=time(17)),
    }[what]
    outcome = house.do(command)
    assert outcome.events[0].type == "SessionConfirmed"
    assert session(house).state == "confirmed"
    assert told(house)[:2] == [("session confirmed", "bob"), ("session confirmed", "zoe")]
    run_all(house)
    sound(house)


@pytest.mark.parametrize("after", [timedelta(0), timedelta(days=3)], ids=["at its beginning", "days after its end"])
@pytest.mark.parametrize("people", [(), ("zoe",), ("zoe", "bob")], ids=["nobody", "too few", "enough"])
def test_one_that_nobody_called_off_takes_place(people, after):
    """No task was run and nobody came between its instant and its beginning: people are there, so it is confirmed,
    however many they are; nobody is told of it any more, and seats and money stay."""
    house = open_house()
    add(house, "welding")
    for person in people:
        house.do(c.Register(session_id="ses", person_id=person, account="desk"))
    house.clock.set(session(house).period.start + after)
    run_all(house)
    assert (session(house).state, session(house).confirmed) == ("confirmed", len(people))
    assert told(house) == []
    assert [charge.held for charge in house.all(m.Charge)] == [Money(1000, "EUR")] * len(people)
    sound(house)


def test_just_before_its_beginning_it_is_cancelled():
    """The same a moment earlier, with too few: it is cancelled, and they are told."""
    house = open_house()
    add(house)
    house.do(c.Register(session_id="ses", person_id="zoe"))
    house.clock.set(session(house).period.start - timedelta(microseconds=1))
    run_all(house)
    assert session(house).state == "cancelled"
    assert told(house) == [("session below minimum", "zoe")]


# --- asking for it ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("minimum", "seats", "due"),
    [(2, 5, None), (0, 5, DUE), (6, 5, DUE), (-1, 5, DUE), (True, 5, DUE), (2, 5, datetime(2026, 11, 25, 9))],
)
def test_a_minimum_makes_sense(minimum, seats, due):
    """A minimum comes with an aware instant, and can be reached with the seats; anything else is no command."""
    with pytest.raises(InputError):
        c.AddSession(
            workshop_id="talk", day=DAY, starts=time(18), ends=time(20), seats=seats, minimum=minimum, decide_at=due
        )


def test_it_is_decided_before_it_begins_and_after_now():
    """An instant that is over, or so late that nobody could pay any more, is refused, when it is moved too."""
    house = open_house()
    begins = datetime(2026, 11, 27, 17, tzinfo=START.tzinfo)
    with pytest.raises(TooLateError, match="would have been decided"):
        add(house, due=START)
    for due in (begins - GRACE, begins):
        with pytest.raises(UnsuitableError, match="more than 15 minutes before"):
            add(house, due=due)
    add(house, due=begins - GRACE - timedelta(minutes=1))
    with pytest.raises(UnsuitableError, match="more than 15 minutes before"):
        house.do(c.MoveSession("ses", starts=time(17)))
    with pytest.raises(TooLateError):
        house.do(c.MoveSession("ses", decide_at=START))
    with pytest.raises(UnsuitableError, match="has no minimum"):
        house.do(c.MoveSession("free", decide_at=DUE))


@pytest.mark.parametrize("shift", [timedelta(hours=-2), timedelta(hours=2)])
def test_it_is_decided_at_another_instant(shift):
    """Earlier or later than was said first: decided then, and nobody is told of that change."""
    house = open_house()
    add(house)
    house.do(c.Register(session_id="ses", person_id="zoe"))
    changed = house.do(c.MoveSession("ses", decide_at=DUE + shift))
    assert (changed.value.decide_at, changed.value.sequence, changed.messages) == (DUE + shift, 0, ())
    house.clock.set(min(DUE, DUE + shift))
    run_all(house)
    assert session(house).state == ("cancelled" if shift < timedelta() else "planned")
    house.clock.set(DUE + shift)
    run_all(house)
    assert session(house).state == "cancelled"
    assert told(house) == [("session below minimum", "zoe")]


# --- once ------------------------------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def without_pauses(monkeypatch):
    """Whoever has to start again does so at once: the schedule says who goes on."""
    monkeypatch.setattr(runtime_engine, "FIRST_PAUSE", 0)


def one_short() -> MemoryStorage:
    """A session with a minimum of two for which one is registered."""
    storage = MemoryStorage()
    house = open_house(storage)
    add(house)
    house.do(c.Register(session_id="ses", person_id="zoe"))
    return storage


BEFORE, AT = DUE - START - timedelta(seconds=1), DUE - START
CLOCKS = (AT, BEFORE)
"""Whoever registers has a clock that is a second behind; with the same clock the decision always comes first."""


def wrong(store: Around) -> list[str]:
    """What is wrong once all that is due is done: decided twice, against the minimum, or somebody is left over."""
    house = later(store, AT + timedelta(minutes=20))
    run_all(house)
    found, state = [], session(house).state
    seats = [one for one in house.cantine.read.registrations("ses") if one.state == "confirmed"]
    if state != ("confirmed" if len(seats) >= 2 else "cancelled"):
        found.append(f"{state} with {len(seats)} seats")
    if state == "cancelled" and seats:
        found.append("a seat at a cancelled session")
    types = Counter(entry.type for entry in store.journal(limit=1000))
    if types["SessionConfirmed"] + types["SessionCancelled"] != 1:
        found.append(f"decided {types['SessionConfirmed'] + types['SessionCancelled']} times")
    return found


def test_a_registration_at_the_same_instant():
    """The second person registers while it is decided: in every order this one has a seat at a session that takes
    place, or is refused."""
    ends = Counter[str]()
    commands = [DecideSession("ses"), c.Register(session_id="ses", person_id="bob")]
    for schedule, (_, made), store in both_at_once(one_short(), commands, after=CLOCKS):
        assert isinstance(made, WrongStateError | runtime_engine.Committed), made
        assert wrong(store) == [], schedule.names
        ends[later(store).get(m.Session, "ses").state] += 1
    assert set(ends) == {"confirmed", "cancelled"}


def test_without_versions_it_is_decided_wrongly():
    """Control: on a store that forgets versions, some order leaves a seat at a cancelled session, or two decisions."""
    commands = [DecideSession("ses"), c.Register(session_id="ses", person_id="bob")]
    ends = both_at_once(one_short(), commands, WithoutVersions, after=CLOCKS)
    assert any(wrong(store) for _, _, store in ends)


def test_two_workers_decide_once():
    """Two workers are at one session: one decision, in every order; and the control, on a store without versions."""
    twice = [DecideSession("ses"), DecideSession("ses")]
    for schedule, results, store in both_at_once(one_short(), twice, after=(AT, AT)):
        assert not [one for one in results if isinstance(one, Exception)], schedule.names
        assert wrong(store) == [], schedule.names
    assert any(wrong(store) for _, _, store in both_at_once(one_short(), twice, WithoutVersions, after=(AT, AT)))


def test_several_workers_decide_each_session_once(tmp_path):
    """Eight workers and ten sessions, half of them below their minimum: each is decided once, each person told once."""
    house = open_house(f"sqlite:///{tmp_path / 'cantine.db'}", effects="none")
    for n in range(10):
        house.do(
            c.AddSession(
                workshop_id="talk",
                day=DAY,
                starts=time(18),
                ends=time(20),
                seats=3,
                space_id=None,
                id=f"ses{n}",
                minimum=2,
                decide_at=DUE,
            )
        )
        for person in ("zoe", "bob")[: 1 + n % 2]:
            house.do(c.Register(session_id=f"ses{n}", person_id=person))
    run_all(house)
    sent = len(house.mail.messages)
    house.clock.set(DUE)
    eight_workers(house)
    states = [house.get(m.Session, f"ses{n}").state for n in range(10)]
    assert states == ["cancelled", "confirmed"] * 5
    assert Counter(one.template for one in house.mail.messages[sent:]) == {
        "session below minimum": 5,
        "session confirmed": 10,
    }
    assert len(house.mail.received) == len(house.mail.messages)
    sound(house)
    house.cantine.close()


def test_a_refused_command_does_what_had_to_be_decided_first():
    """Who asks for a seat after the instant of the decision is refused, as the session is cancelled by it: who had a
    seat is told, and has the money back, at once and not when a worker comes by."""
    house = open_house()
    decide = house.clock.now() + timedelta(hours=2)
    house.do(
        c.AddSession(
            workshop_id="welding",
            day=DAY,
            starts=time(12),
            ends=time(15),
            seats=8,
            id="game",
            minimum=3,
            decide_at=decide,
        )
    )
    seat = house.do(c.Register(session_id="game", person_id="zoe", account="desk"))
    house.wait(hours=2)
    with pytest.raises(WrongStateError):
        house.do(c.Register(session_id="game", person_id="bob", account="desk"))
    assert house.get(m.Session, "game").confirmed == 0
    assert house.get(m.Registration, seat.value.id).state == "cancelled"
    assert house.get(m.Charge, seat.charges[0].id).held.amount == 0
    assert [one.template for one in house.mail.messages][-1] == "session below minimum"
    assert [task for task in house.cantine.read.tasks() if task.leased_until] == []
