"""Sessions that are moved or cancelled: their room, their people, their money, and who else is at it."""

from __future__ import annotations

from collections import Counter
from datetime import date, time, timedelta

import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.backends.memory import MemoryStorage
from cantinekit.clock import WallTime
from cantinekit.commands import Expire
from cantinekit.errors import ClosedError, ConflictError, InputError, TooLateError, UnsuitableError, WrongStateError
from cantinekit.money import Money
from cantinekit.runtime import engine
from cantinekit.scheduling.availability import BusyIndex
from support.houses import small_house
from support.houses.small_house import START, House, open_house, period, utc
from support.laws import house_laws
from support.races.two_at_once import both_at_once, eight_workers, later, run_all
from support.stores.around import Around, WithoutVersions

TOMORROW = date(2026, 11, 25)
NEXT = TOMORROW + timedelta(days=1)
BROKEN = "the kiln is broken"
PEOPLE = ("zoe", "bob", "eve", "ida", "max")


def session(house: House, id: str = "free") -> m.Session:
    return house.get(m.Session, id)


def told(house: House, template: str) -> Counter[str]:
    """How often each person got a message."""
    return Counter(one.to for one in house.mail.messages if one.template == template)


def address(house: House, person_id: str) -> str:
    return house.get(m.Person, person_id).email


def sound(house: House) -> None:
    house_laws.hold(house.storage, house.clock.now())
    house_laws.settled(house.storage, house.clock.now())
    house_laws.folds(house.storage)


def busy_agrees(house: House) -> None:
    """The index that the journal feeds has what the pages have."""
    leaves = {one.id for one in house.all(m.Space) if one.leaves == (one.id,)}
    standing = [one for one in house.all(m.StandingPage) if one.space_id in leaves]
    pages = BusyIndex.from_pages(standing, house.all(m.OccupancyPage), house.clock.now())
    assert house.cantine.read.busy_index() == pages


def seated(house: House) -> dict[str, m.Registration]:
    """The paid session with two seats: one paid by an entry and at the desk, one by card; two wait."""
    house.do(c.SellPass(product_id="carnet", place_id="paris", holder_id="zoe", account="desk"))
    house.do(c.Register(session_id="paid", person_id="zoe", option_ids=("materials",), account="desk"))
    house.do(c.Register(session_id="paid", person_id="bob", account="card"))
    for person in ("eve", "ida"):
        house.do(c.Register(session_id="paid", person_id=person))
    return {one.person_id: one for one in house.cantine.read.registrations("paid")}


# --- cancelling ------------------------------------------------------------------------------------------------------


def test_everybody_gets_everything_back_and_is_told_once():
    """Money goes back the way it came, units to their carnet, and each who had a seat or waited is told once, why."""
    house = open_house()
    made = seated(house)
    assert [one.state for one in made.values()] == ["confirmed", "confirmed", "waiting", "waiting"]
    outcome = house.do(c.CancelSession("paid", reason=BROKEN))
    assert (outcome.value.state, outcome.value.reason, outcome.value.sequence) == ("cancelled", BROKEN, 1)
    assert {charge.id for charge in outcome.charges} == {made["zoe"].charge_id, made["bob"].charge_id}
    assert [charge.held for charge in outcome.charges] == [Money(0, "EUR")] * 2
    assert house.cantine.read.balance("zoe")[0].left == 10
    for _ in range(3):
        run_all(house)
        house.wait(days=1)
    assert told(house, "session cancelled") == {address(house, person): 1 for person in made}
    assert not told(house, "seat cancelled")
    assert not told(house, "seat promoted") + told(house, "seat offered") + told(house, "waiting list closed")
    (mail,) = [one for one in house.mail.messages if one.to == address(house, "eve") and "cancelled" in one.template]
    assert BROKEN in mail.text
    assert [house.get(m.Registration, one.id).state for one in made.values()] == ["cancelled"] * 4
    sound(house)


def test_a_preview_shows_what_goes_back():
    """Before it is done, the preview shows the charges with what they would give back, and who is told."""
    house = open_house()
    seated(house)
    before, sent = small_house.snapshot(house.storage), len(house.mail.messages)
    shown = house.cantine.preview(c.CancelSession("paid", reason=BROKEN), actor="ana")
    assert [str(charge.refunded) for charge in shown.charges] == ["8.00 EUR", "10.00 EUR"]
    assert Counter(template for template, _ in shown.messages)["session cancelled"] == 4
    assert (small_house.snapshot(house.storage), len(house.mail.messages)) == (before, sent)


def test_the_room_is_free_at_once():
    """Both halves of the large room can be booked as soon as the session in it is cancelled."""
    house = open_house()
    talk = house.do(
        c.AddSession(workshop_id="talk", day=TOMORROW, starts=time(15), ends=time(17), seats=5, space_id="a")
    ).value
    booking = c.Book(space_id="a1", product_id="room", period=period(14, 15, TOMORROW), account="desk")
    with pytest.raises(ConflictError):
        house.do(booking)
    busy_agrees(house)
    house.do(c.CancelSession(talk.id, reason=BROKEN))
    assert house.do(booking).value.state == "confirmed"
    busy_agrees(house)
    sound(house)


def test_nothing_is_done_with_a_cancelled_session():
    """Nobody gets a seat at it or a rank, takes an offer, gives one up, changes its seats, moves or cancels it."""
    house = open_house(effects="none")
    house.do(c.ChangeSeats("paid", seats=0))
    waiting = house.do(c.Register(session_id="paid", person_id="zoe")).value
    house.do(c.ChangeSeats("paid", seats=1))
    house.do(c.CancelSession("paid", reason=BROKEN))
    after = small_house.snapshot(house.storage)
    for command in (
        c.Register(session_id="paid", person_id="bob"),
        c.TakeSeat(waiting.id, account="desk"),
        c.CancelRegistration(waiting.id),
        c.ChangeSeats("paid", seats=5),
        c.MoveSession("paid", day=TOMORROW + timedelta(days=1)),
        c.CancelSession("paid", reason="again"),
    ):
        with pytest.raises(WrongStateError, match="session paid is cancelled"):
            house.do(command)
    assert small_house.snapshot(house.storage) == after
    run_all(house)
    assert told(house, "session cancelled") == {address(house, "zoe"): 1}
    assert not told(house, "seat expired")
    sound(house)


def test_until_it_ends():
    """A session can be cancelled while it runs (nobody came to give it), and not once it is over."""
    house = open_house()
    house.do(c.Register(session_id="free", person_id="zoe"))
    for _ in range(2):
        house.do(c.Register(session_id="free", person_id="bob" if _ else "eve"))
    end = session(house).period.end
    house.clock.set(end)
    with pytest.raises(TooLateError, match="ended at"):
        house.do(c.CancelSession("free", reason=BROKEN))
    house.clock.set(end - timedelta(seconds=1))
    house.do(c.CancelSession("free", reason=BROKEN))
    run_all(house)
    assert told(house, "session cancelled") == {address(house, person): 1 for person in ("zoe", "eve", "bob")}
    sound(house)


@pytest.mark.parametrize("reason", ["", "  \n", "x" * 501, None, "a\x00b"], ids=ascii)
def test_a_reason_is_told_so_there_is_one(reason):
    """A session is not cancelled without a reason that can be told."""
    with pytest.raises(InputError):
        c.CancelSession("free", reason=reason)


@pytest.mark.parametrize("late", [False, True])
def test_money_that_comes_for_a_cancelled_session_goes_back(late):
    """Somebody pays on the pages of the gateway while the session is cancelled, before or after the seat is ended."""
    house = open_house(outcomes=("pending",))
    seat = house.do(c.Register(session_id="paid", person_id="zoe", account="card")).value
    attempt = house.all(m.Attempt)[0]
    house.cantine._engine.run(c.CancelSession("paid", reason=BROKEN), "ana")
    if late:
        run_all(house)
        house.wait(minutes=3)
        run_all(house)
    assert house.cantine._outbox.observe("card", house.card.settle(attempt.id)) == "recorded"
    house.wait(minutes=3)
    run_all(house)
    assert house.get(m.Registration, seat.id).state == "cancelled"
    charge = house.get(m.Charge, seat.charge_id)
    assert (charge.paid, charge.refunded, charge.held) == (Money(1000, "EUR"), Money(1000, "EUR"), Money(0, "EUR"))
    assert told(house, "session cancelled") == {address(house, "zoe"): 1}
    assert told(house, "paid too late") == {address(house, "zoe"): 1}
    house_laws.hold(house.storage, house.clock.now())
    house_laws.folds(house.storage)


def test_a_cancelled_session_is_shown_and_not_counted():
    """The programme and the agenda still show it, as cancelled; the attendance counts it no more."""
    house = open_house()
    house.do(c.Register(session_id="free", person_id="zoe"))
    house.do(c.CancelSession("free", reason=BROKEN))
    assert [(one.id, one.state) for one in house.cantine.read.programme("paris", period(0, 24, TOMORROW))] == [
        ("free", "cancelled"),
        ("paid", "planned"),
    ]
    assert {one.id: one.state for one in house.cantine.read.agenda("paris", TOMORROW)}["free"] == "cancelled"
    figures = house.cantine.read.attendance("paris", TOMORROW)
    assert (figures.sessions, figures.seats_taken) == (1, 0)


# --- a large session -------------------------------------------------------------------------------------------------


def crowd(house: House, seats: int, people: int) -> None:
    house.do(c.ChangeSeats("free", seats=seats))
    for n in range(people):
        house.do(c.AddPerson(name=f"Canary-Zoe {n}", email=f"canary-zoe.{n}@example.org", id=f"p{n}"))
        house.do(c.Register(session_id="free", person_id=f"p{n}"))


def test_a_session_of_500_seats():
    """One change cancels it; the call ends the first seats, tasks end the others, and each person is told once."""
    house = open_house()
    crowd(house, 500, 520)
    before = len(small_house.journal(house.storage))
    outcome = house.do(c.CancelSession("free", reason=BROKEN))
    ended = sum(entry.type == "SeatGivenUp" for entry in outcome.events)
    assert ended == engine.MOST_INLINE
    assert outcome.events[0].type == "SessionCancelled"
    assert (outcome.value.confirmed, len(outcome.value.waiting)) == (500 - ended, 20)
    run_all(house)
    assert set(told(house, "session cancelled").values()) == {1}
    assert len(told(house, "session cancelled")) == 520
    entries = Counter(entry.type for entry in small_house.journal(house.storage)[before:])
    assert (entries["SeatGivenUp"], entries["SessionCancelled"], entries["SeatPromoted"]) == (520, 1, 0)
    sound(house)


class Failing(Around):
    """Fails for good after so many changes, as if the program had ended there."""

    left = 1_000_000

    def apply(self, change) -> None:
        if self.left <= 0:
            raise KeyboardInterrupt
        self.left -= 1
        super().apply(change)


@pytest.mark.parametrize("effects", ["all", "none"])
def test_wherever_it_stops_the_rest_is_done_later(effects):
    """Cut before each change from the cancellation on: a new process ends every seat, and tells everybody once."""
    cuts = 0
    for cut in range(1, 200):
        storage = Failing(MemoryStorage())
        house = open_house(storage, effects=effects)
        seated(house)
        run_all(house)
        storage.left = cut
        try:
            house.do(c.CancelSession("paid", reason=BROKEN))
            run_all(house)
        except KeyboardInterrupt:
            cuts += 1
        else:
            break
        storage.left = 1_000_000
        again = later(storage, card=house.card)
        run_all(again)
        both = told(house, "session cancelled") + told(again, "session cancelled")
        assert set(both) == {address(house, person) for person in ("zoe", "bob", "eve", "ida")}
        keys = {one.key for one in (*house.mail.messages, *again.mail.messages) if "session" in one.template}
        assert len(keys) == 4, "somebody is told by two messages, which no notifier can tell apart"
        assert again.get(m.Registration, "reg_1").state == "cancelled"
        assert [charge.held.amount for charge in again.all(m.Charge) if charge.subject.kind == "registration"] == [0, 0]
        house_laws.hold(storage, again.clock.now())
        house_laws.folds(storage)
    assert cuts >= 10


def test_several_workers_end_each_seat_once(tmp_path):
    """Eight workers on one store empty a session: each seat is ended once, and each person is told once."""
    house = open_house(f"sqlite:///{tmp_path / 'cantine.db'}", effects="none")
    crowd(house, 10, 12)
    run_all(house)
    house.do(c.CancelSession("free", reason=BROKEN))
    eight_workers(house)
    assert set(told(house, "session cancelled").values()) == {1}
    assert len(told(house, "session cancelled")) == 12
    sound(house)
    house.cantine.close()


# --- at the same instant ---------------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def without_pauses(monkeypatch):
    """Whoever has to start again does so at once: the schedule says who goes on."""
    monkeypatch.setattr(engine, "FIRST_PAUSE", 0)


def left_over(store: Around) -> list[str]:
    """Who still has a seat at a cancelled session, once all that is due is done."""
    house = later(store)
    run_all(house)
    ours = house.cantine.read.registrations("free")
    return [one.id for one in ours if one.state in ("held", "confirmed", "waiting")]


def full_house() -> MemoryStorage:
    storage = MemoryStorage()
    house = open_house(storage, effects="none")
    house.do(c.Register(session_id="free", person_id="zoe"))
    run_all(house)
    return storage


@pytest.mark.parametrize("seats", [2, 1], ids=["a seat", "a rank"])
def test_in_no_order_has_anybody_a_seat_at_a_cancelled_session(seats):
    """Somebody registers while the session is cancelled: refused, or ended and told, in every order."""
    base = full_house()
    later(base).do(c.ChangeSeats("free", seats=seats))
    answers = Counter[str]()
    for schedule, (cancelled, made), store in both_at_once(
        base, [c.CancelSession("free", reason=BROKEN), c.Register(session_id="free", person_id="bob")]
    ):
        assert not isinstance(cancelled, Exception), schedule.names
        assert left_over(store) == [], schedule.names
        assert isinstance(made, WrongStateError | engine.Committed), made
        answers["refused" if isinstance(made, WrongStateError) else "ended"] += 1
    assert len(answers) == 2, answers


def test_without_versions_somebody_keeps_a_seat():
    """Control: on a store that forgets versions, somebody has a seat at a session that does not take place."""
    commands: list[c.Command] = [c.CancelSession("free", reason=BROKEN), c.Register(session_id="free", person_id="bob")]
    assert any(left_over(store) for _, _, store in both_at_once(full_house(), commands, WithoutVersions))


def test_who_leaves_while_it_is_cancelled_is_told_one_thing():
    """Somebody gives a seat up at the same instant: one of the two ends it, and there is one message."""
    base, ends = full_house(), Counter[str]()
    for schedule, (_, left), store in both_at_once(
        base, [c.CancelSession("free", reason=BROKEN), c.CancelRegistration("reg_1")]
    ):
        house = later(store)
        run_all(house)
        templates = [one.template for one in house.mail.messages]
        assert templates in (["session cancelled"], ["seat cancelled"]), (schedule.names, templates)
        assert isinstance(left, WrongStateError) == (templates == ["session cancelled"])
        ends[templates[0]] += 1
    assert len(ends) == 2, ends


def buffered(house: House, days: int = 0) -> None:
    """Room b is not to be had for half an hour before and after what takes place there, or for so many days."""
    span = timedelta(days=days) if days else timedelta(minutes=30)
    house.do(c.ChangeTerms("b", terms=m.Terms(before=span, after=span)))


# --- moving ----------------------------------------------------------------------------------------------------------


def test_it_moves_with_its_room_and_its_people():
    """Another day, time and room: the old room is free, the new one taken, seats and ranks stay, each is told once."""
    house = open_house()
    talk = house.do(
        c.AddSession(workshop_id="talk", day=TOMORROW, starts=time(15), ends=time(17), seats=1, space_id="a")
    ).value
    seat, rank = [house.do(c.Register(session_id=talk.id, person_id=person)).value for person in ("zoe", "bob")]
    later = TOMORROW + timedelta(days=2)
    moved = house.do(c.MoveSession(talk.id, day=later, starts=time(10), ends=time(12), space_id="b")).value
    assert moved.period == period(9, 11, later)
    assert (moved.space_id, moved.sequence, moved.confirmed, moved.waiting) == ("b", 1, 1, (rank.id,))
    assert {one.space_id for one in moved.placed} == {"b"}
    house.do(c.Book(space_id="a", product_id="room", period=period(14, 16, TOMORROW), account="desk"))
    with pytest.raises(ConflictError):
        house.do(c.Book(space_id="b", product_id="room", period=period(10, 11, later), account="desk"))
    assert told(house, "session moved") == {address(house, person): 1 for person in ("zoe", "bob")}
    assert "2026-11-27 10:00" in house.mail.messages[-1].text or "27/11/2026 10:00" in house.mail.messages[-1].text
    assert house.get(m.Registration, seat.id) == seat
    busy_agrees(house)
    sound(house)


def test_what_is_not_said_stays():
    """Only the end, only the day, only the room: the rest is as it was; nothing new is no move, and nobody is told."""
    house = open_house()
    house.do(c.Register(session_id="free", person_id="zoe"))
    before = session(house)
    assert house.do(c.MoveSession("free", ends=time(15))).value.period == period(11, 14, TOMORROW)
    assert house.do(c.MoveSession("free", day=TOMORROW + timedelta(days=1))).value.period == period(
        11, 14, TOMORROW + timedelta(days=1)
    )
    now = house.do(c.MoveSession("free", space_id="a")).value
    assert (now.starts, now.ends) == (WallTime(TOMORROW + timedelta(days=1), time(12), "Europe/Paris"), now.ends)
    assert (now.space_id, now.sequence, now.capacity) == ("a", 3, before.capacity)
    sent, after = len(house.mail.messages), small_house.snapshot(house.storage)
    assert house.do(c.MoveSession("free", starts=time(12), space_id="a")).events == ()
    assert house.do(c.MoveSession("free")).value == now
    assert (len(house.mail.messages), small_house.snapshot(house.storage)) == (sent, after)
    busy_agrees(house)


def test_it_is_not_in_its_own_way():
    """A session moves by half an hour in its own room, and from the large room to one of its halves."""
    house = open_house()
    talk = house.do(
        c.AddSession(workshop_id="talk", day=TOMORROW, starts=time(15), ends=time(17), seats=1, space_id="a")
    ).value
    assert house.do(c.MoveSession(talk.id, starts=time(15, 30))).value.period == period(14.5, 16, TOMORROW)
    assert house.do(c.MoveSession(talk.id, space_id="a2")).value.space_id == "a2"
    house.do(c.Book(space_id="a1", product_id="room", period=period(15, 16, TOMORROW), account="desk"))
    with pytest.raises(ConflictError) as caught:
        house.do(c.MoveSession(talk.id, space_id="a"))
    assert caught.value.clashes == (period(15, 16, TOMORROW),)
    assert session(house, talk.id).space_id == "a2"
    busy_agrees(house)
    sound(house)


def test_the_buffers_of_a_room_go_with_it():
    """The time that a room asks for before and after is claimed and freed with the session."""
    house = open_house()
    buffered(house)
    talk = house.do(
        c.AddSession(workshop_id="talk", day=NEXT, starts=time(10), ends=time(12), seats=5, space_id="b")
    ).value
    just_after = c.Book(space_id="b", product_id="room", period=period(11, 11.5, NEXT), account="desk")
    with pytest.raises(ConflictError):
        house.do(just_after)
    house.do(c.MoveSession(talk.id, starts=time(10, 15)))
    busy_agrees(house)
    house.do(c.MoveSession(talk.id, space_id="a1"))
    assert [one.claim.before for one in session(house, talk.id).placed] == [timedelta(0)]
    house.do(just_after)
    with pytest.raises(ConflictError):
        house.do(c.MoveSession(talk.id, space_id="b"))
    busy_agrees(house)
    sound(house)


def test_a_room_with_a_month_of_buffers_is_freed_too():
    """Buffers may make the claim of a session longer than a page of days holds; it comes and goes all the same."""
    house = open_house()
    buffered(house, days=31)
    talk = house.do(
        c.AddSession(workshop_id="talk", day=date(2027, 3, 1), starts=time(10), ends=time(12), seats=5, space_id="b")
    ).value
    busy_agrees(house)
    house.do(c.MoveSession(talk.id, day=date(2027, 3, 3)))
    house.do(c.CancelSession(talk.id, reason=BROKEN))
    assert house.get(m.StandingPage, "b|always").claims == ()
    busy_agrees(house)
    sound(house)


def test_another_instant_of_decision_claims_nothing_anew():
    """The terms of a room changed since: a session that keeps its time and room keeps its claim as it was made."""
    house = open_house()
    due = START + timedelta(hours=2)
    talk = house.do(
        c.AddSession(
            workshop_id="talk",
            day=NEXT,
            starts=time(10),
            ends=time(12),
            seats=5,
            space_id="b",
            id=None,
            minimum=2,
            decide_at=due,
        )
    ).value
    house.do(c.Book(space_id="b", product_id="room", period=period(11, 12, NEXT), account="desk"))
    buffered(house)
    moved = house.do(c.MoveSession(talk.id, decide_at=due + timedelta(hours=1))).value
    assert (moved.placed, moved.sequence) == (talk.placed, 0)
    sound(house)


def test_where_it_cannot_go():
    """Not into the past, a room of another place, by the desk, too small, or closed; and not once it has begun."""
    house = open_house()
    house.do(c.AddSpace(place_id="paris", name="Small", seats=1, id="tiny"))
    house.do(c.CloseSpace("a2", period=period(8, 18, TOMORROW), reason="works"))
    before = small_house.snapshot(house.storage)
    refusals = {
        c.MoveSession("free", day=date(2026, 11, 24), starts=time(9), ends=time(10)): TooLateError,
        c.MoveSession("free", space_id="n"): UnsuitableError,
        c.MoveSession("free", space_id="open"): UnsuitableError,
        c.MoveSession("free", space_id="tiny"): UnsuitableError,
        c.MoveSession("free", space_id="a"): ClosedError,
    }
    for command, error in refusals.items():
        with pytest.raises(error):
            house.do(command)
    assert small_house.snapshot(house.storage) == before
    house.clock.set(session(house).period.start)
    with pytest.raises(TooLateError, match="began at"):
        house.do(c.MoveSession("free", day=TOMORROW + timedelta(days=1)))


@pytest.mark.parametrize("day", [TOMORROW + timedelta(days=3), date(2026, 11, 24)], ids=["later", "earlier"])
def test_the_waiting_list_closes_at_the_new_beginning(day):
    """Who waits when a moved session begins is told so then, once: not at the beginning of before, and not never."""
    house = open_house()
    for person in ("zoe", "bob"):
        house.do(c.Register(session_id="free", person_id=person))
    rank = house.do(c.Register(session_id="free", person_id="eve")).value
    old = session(house).period.start
    new = house.do(c.MoveSession("free", day=day, starts=time(18), ends=time(19))).value.period.start
    house.clock.set(min(old, new) - timedelta(seconds=1))
    run_all(house)
    assert house.get(m.Registration, rank.id).state == "waiting"
    house.clock.set(new - timedelta(seconds=1))
    run_all(house)
    assert house.get(m.Registration, rank.id).state == "waiting"
    house.clock.set(new)
    run_all(house)
    assert house.get(m.Registration, rank.id).state == "expired"
    house.clock.set(max(old, new) + timedelta(hours=1))
    run_all(house)
    assert told(house, "waiting list closed") == {address(house, "eve"): 1}


def test_a_seat_that_is_given_up_after_a_move_goes_to_who_waits():
    """A session that was moved later is alive at its beginning of before: seats and offers go on."""
    house = open_house()
    seats = [house.do(c.Register(session_id="free", person_id=person)).value for person in ("zoe", "bob", "eve")]
    old = session(house).period.start
    house.do(c.MoveSession("free", day=TOMORROW + timedelta(days=3)))
    house.clock.set(old + timedelta(hours=1))
    run_all(house)
    house.do(c.CancelRegistration(seats[0].id))
    assert house.get(m.Registration, seats[2].id).state == "confirmed"
    sound(house)


def room_race():
    """A session that moves to a room, and somebody who books it."""
    storage = MemoryStorage()
    house = open_house(storage, effects="none")
    talk = house.do(
        c.AddSession(workshop_id="talk", day=TOMORROW, starts=time(15), ends=time(17), seats=1, space_id="b")
    ).value
    book = c.Book(space_id="a1", product_id="room", period=period(14, 15, TOMORROW), account="desk")
    return storage, house, [c.MoveSession(talk.id, space_id="a1"), book]


def test_a_move_against_a_booking_of_the_room():
    """Somebody books the room to which a session is moved: in every order one of the two has it, never both."""
    storage, house, commands = room_race()
    answers = Counter[str]()
    for number, (schedule, (moved, booked), store) in enumerate(both_at_once(storage, commands, kinds=())):
        assert isinstance(moved, ConflictError) != isinstance(booked, ConflictError), schedule.names
        answers["booked" if isinstance(moved, ConflictError) else "moved"] += 1
        if number % 20 == 0:
            house_laws.hold(store, house.clock.now())
    assert len(answers) == 2, answers


def test_without_versions_a_move_and_a_booking_have_one_room():
    """Control: on a store that forgets versions both are told that the room is theirs, in some order."""
    storage, _, commands = room_race()
    ends = both_at_once(storage, commands, WithoutVersions, kinds=())
    assert any(not isinstance(one, Exception) and not isinstance(two, Exception) for _, (one, two), _ in ends)


def test_an_expire_of_a_session_that_takes_place_ends_nobody():
    """Control: the task that ends the seats of a cancelled session does nothing to those of any other."""
    house = open_house()
    seat = house.do(c.Register(session_id="free", person_id="zoe")).value
    done = house.cantine._engine.run(Expire(m.Subject("registration", seat.id)), "system")
    assert done.entries == ()
    assert house.get(m.Registration, seat.id).state == "confirmed"
    assert utc(8, 30) == house.clock.now()
