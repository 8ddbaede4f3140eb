"""A machine that lives in a house: commands of all kinds in any order, a card that declines, hesitates and changes its
mind, time that passes, tasks that are late. After each step the laws of ``house_laws`` hold.

``seen`` counts the hard states over all runs of a machine class.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any, ClassVar

import attrs
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.clock import Period, local
from cantinekit.errors import CantineError, ConflictError, GatewayError, RefusedError, SoldOutError
from cantinekit.money import Money
from cantinekit.plugins.ports import ChargeRequest, ChargeResult, GatewayCapabilities, Observation, RefundRequest
from support.houses import small_house
from support.laws import house_laws
from support.laws.any_record import FACT, FACTS

ANY = st.integers(0, 999)
MINUTES = st.sampled_from([1, 1, 7, 7, 16, 16, 16, 50, 130, 1441])
SPACES = ("open", "open", "a1", "a2", "a", "a", "b", "n", "brest-open")
ACCOUNTS = st.sampled_from(["desk", "card", "card", "card", None])
PEOPLE = st.sampled_from(small_house.PERSONS)
MAYBE = st.one_of(st.none(), PEOPLE)


class Card:
    """A card gateway that does what it is told next, and whose charges may come to something later."""

    capabilities = GatewayCapabilities(redirects=True, webhooks=True)

    def __init__(self) -> None:
        self.next = "settled"
        self.next_refund = "settled"
        self.calls = 0
        self.known: dict[str, Observation] = {}
        self._refunds: dict[str, ChargeResult] = {}

    def charge(self, request: ChargeRequest) -> ChargeResult:
        self.calls += 1
        if self.next == "outage":
            raise GatewayError("no answer")
        if request.key not in self.known:
            captured = {"settled": request.amount.amount, "lost": request.amount.amount, "part": 1}.get(self.next, 0)
            self.known[request.key] = Observation(
                request.key,
                f"ref-{request.key}",
                f"{request.key}-1",
                request.amount.currency,
                request.amount.amount,
                captured,
                0,
                datetime(2026, 1, 1, tzinfo=UTC),
                declined="no" if self.next == "declined" else "",
            )
        if self.next in ("lost", "part"):
            raise GatewayError("the answer was lost")
        seen = self.known[request.key]
        if seen.captured:
            return ChargeResult("settled", seen.reference)
        return ChargeResult("declined", reason="no") if seen.declined else ChargeResult("pending", next_url="https://x")

    def refund(self, request: RefundRequest) -> ChargeResult:
        self.calls += 1
        if self.next_refund == "outage":
            raise GatewayError("no answer")
        return self._refunds.setdefault(request.key, ChargeResult(self.next_refund))  # type: ignore[arg-type]

    def lookup(self, key: str) -> Observation | None:
        return self.known.get(key)

    def read_webhook(self, body: bytes, headers: Mapping[str, str], now: datetime) -> Sequence[Observation]:
        return [self.known[body.decode()]]

    def pay(self, key: str) -> bytes:
        """The person pays after all. Gives the webhook that says so."""
        old = self.known[key]
        self.known[key] = attrs.evolve(old, captured=old.amount, declined="", event_id=f"{key}-2")
        return key.encode()


class Base(RuleBasedStateMachine):
    """A house, how commands are run in it, the laws, and the passage of time."""

    seen: ClassVar[Counter[str]]
    url: ClassVar[Callable[[], str]] = lambda: "memory://"

    def __init__(self) -> None:
        super().__init__()
        self.card = Card()
        self.ids = small_house.CountingIds()
        self.house = small_house.open_house(type(self).url(), card=self.card, ids=self.ids)
        self.lawful: object = None
        self.queues: dict[str, tuple[str, ...]] = {}
        self.capacities: dict[str, int] = {}

    @initialize(holders=st.sets(PEOPLE, min_size=1, max_size=4), outcome=st.sampled_from(["settled", "pending"]))
    def begin(self, holders: set[str], outcome: str) -> None:
        for holder in sorted(holders):
            self.run(
                c.SellPass(
                    product_id="mini" if holder < "f" else "carnet", place_id="paris", holder_id=holder, account="desk"
                )
            )
        self.run(c.AddOrganisation(name=small_house.CANARIES[0], id="works"))
        self.run(c.SellPass(product_id="mini", place_id="paris", holder_id="works", account="desk"))
        self.card.next = outcome

    # --- doing -----------------------------------------------------------------------------------------------------

    def run(self, command: c.Command) -> Any:
        """Preview it, then do it: both come to the same, and the preview leaves no trace."""
        house, calls = self.house, self.card.calls
        before, counts = small_house.snapshot(house.storage), Counter(self.ids.counts)
        shown = self._try(lambda: house.cantine.preview(command, actor="ana"))
        assert small_house.snapshot(house.storage) == before, "a preview left something"
        assert self.card.calls == calls
        self.ids.counts = counts
        done = self._try(lambda: house.do(command, actor="ana"))
        if isinstance(done, CantineError):
            self.count_refusal(done)
            assert repr(shown) == repr(done), (shown, done)
        elif self.card.calls == calls:
            assert shown == done
        self.watch_queues(command, done)
        return done

    @staticmethod
    def _try(call: Callable[[], Any]) -> Any:
        try:
            return call()
        except CantineError as error:
            return error

    def count_refusal(self, error: CantineError) -> None:
        assert isinstance(error, RefusedError | ValueError), error
        self.seen["refusal"] += 1
        if isinstance(error, ConflictError | SoldOutError):
            self.seen["clash or sold out"] += 1

    def pick(self, cls: type[Any], number: int, *states: str) -> Any:
        found = [one for one in self.house.all(cls) if not states or one.state in states]
        return found[number % len(found)] if found else None

    def watch_queues(self, command: Any = None, done: Any = None) -> None:
        """Who leaves a waiting list for a seat was before all who stay; nobody is put in front of anybody."""
        for session in self.house.all(m.Session):
            old, new = self.queues.get(session.id, ()), session.waiting
            most = max(1, min(session.capacity, self.capacities.get(session.id, session.capacity)))
            self.capacities[session.id] = session.capacity
            kept = [id for id in old if id in new]
            assert list(new[: len(kept)]) == kept, (old, new)
            for position, id in enumerate(old):
                if id in new:
                    continue
                registration = self.house.get(m.Registration, id)
                if registration.state in ("held", "confirmed"):
                    ahead = [self.house.get(m.Registration, other) for other in old[:position] if other in new]
                    assert not [other for other in ahead if other.seats <= most], (old, new)
                    self.seen["passed over"] += bool(ahead)
            self.queues[session.id] = new
        refused = isinstance(done, CantineError) or getattr(getattr(done, "value", None), "state", "") == "waiting"
        asked = command.lines if isinstance(command, c.Sell) else [command]
        for one in [] if refused else [one for one in asked if isinstance(one, c.Register)]:
            session = self.house.get(m.Session, one.session_id)
            ahead = [self.house.get(m.Registration, other) for other in session.waiting]
            assert not [one for one in ahead if one.seats <= max(1, session.capacity)], "somebody was overtaken"

    @rule(minutes=MINUTES)
    def wait(self, minutes: int) -> None:
        self.house.wait(minutes=minutes)

    @rule()
    def run_due(self) -> None:
        while self.house.cantine.run_due().done:
            pass
        self.watch_queues()
        self.laws_of_rest()

    # --- laws ------------------------------------------------------------------------------------------------------

    def laws_of_rest(self) -> None:
        house_laws.settled(self.house.storage, self.house.clock.now())

    @invariant()
    def laws(self) -> None:
        """Not where a step changed nothing: they held of the same rows at the same time."""
        found = small_house.rows(self.house.storage), self.house.clock.now()
        if found != self.lawful:
            house_laws.hold(self.house.storage, self.house.clock.now())
            self.lawful = found

    def teardown(self) -> None:
        house_laws.folds(self.house.storage)
        house_laws.keeps_private(self.house.storage, small_house.CANARIES)
        self.tally()
        self.house.cantine.close()

    def tally(self) -> None:
        for entry in small_house.journal(self.house.storage):
            for name, (event, part) in EVENTS.items():
                self.seen[name] += entry.type == event and part in entry.body


class Stays(Base):
    """Passes and visits."""

    @rule(product=st.sampled_from(["carnet", "mini", "local"]), person=PEOPLE, account=ACCOUNTS)
    def sell_pass(self, product: str, person: str, account: str | None) -> None:
        self.run(c.SellPass(product_id=product, place_id="paris", holder_id=person, account=account))

    @rule(person=PEOPLE, units=st.integers(1, 2), ends=st.booleans())
    def give_units(self, person: str, units: int, ends: bool) -> None:
        last = self.house.clock.now().date() if ends else None
        gift = c.GrantUnits(
            account="carnet",
            units=units,
            pricelist_id="net",
            place_id="paris",
            holder_id=person,
            reason="gift",
            last_day=last,
        )
        self.run(gift)

    @rule(product=st.sampled_from(["mini", "room"]), person=PEOPLE, with_units=st.booleans())
    def give_pass(self, product: str, person: str, with_units: bool) -> None:
        given = c.GrantPass(
            product_id=product, place_id="paris", holder_id=person, reason="gift", with_units=with_units
        )
        self.run(given)

    @rule(
        things=st.lists(
            st.sampled_from(["carnet", "mini", "materials", "seat", "seat", "desk"]), min_size=1, max_size=4
        ),
        days=st.integers(0, 2),
        person=MAYBE,
        account=ACCOUNTS,
    )
    def sell_order(self, things: Sequence[str], days: int, person: str | None, account: str | None) -> None:
        day = self.house.clock.now().date() + timedelta(days=days)
        lines = [
            c.SellLine(thing, period=small_house.period(12, 15, day)) if thing == "desk" else c.SellLine(thing, day=day)
            for thing in things
        ]
        self.run(c.Sell(lines, place_id="paris", person_id=person, account=account))

    @rule(number=ANY, line=st.sampled_from([None, 1, 1, 2]), all_back=st.booleans())
    def cancel_order(self, number: int, line: int | None, all_back: bool) -> None:
        if one := self.pick(m.Order, number):
            refund, reason = ("all", "goodwill") if all_back else (None, "order cancelled")
            self.run(c.CancelOrder(one.id, line=line, refund=refund, reason=reason))

    @rule(person=PEOPLE, gives_up=st.booleans(), twice=ANY)
    def forget(self, person: str, gives_up: bool, twice: int) -> None:
        if twice % 4 == 0:  # or soon everybody were forgotten
            self.run(c.ForgetPerson(person, gives_up=gives_up))

    @rule(person=PEOPLE, role=st.sampled_from(["admin", "admin", "member"]), most=st.sampled_from([None, None, 1, 2]))
    def affiliate(self, person: str, role: Any, most: int | None) -> None:
        belongs = c.Affiliate(
            organisation_id="works", person_id=person, role=role, first_day=small_house.TODAY, at_most=most
        )
        self.run(belongs)

    @rule(number=ANY, days=st.integers(-1, 2))
    def end_affiliation(self, number: int, days: int) -> None:
        if one := self.pick(m.Affiliation, number):
            self.run(c.EndAffiliation(one.id, last_day=self.house.clock.now().date() + timedelta(days=days)))

    @rule(person=MAYBE, orders=MAYBE, hour=st.integers(8, 16), on_account=st.booleans())
    def book_for_company(self, person: str | None, orders: str | None, hour: int, on_account: bool) -> None:
        asked = c.Book(
            space_id="b",
            product_id="room",
            period=small_house.period(hour, hour + 1, self.house.clock.now().date() + timedelta(days=1)),
            person_id=person,
            payer_id="works",
            ordered_by_id=orders,
            account=None if on_account else "desk",
            on_account=on_account,
        )
        self.run(asked)

    @rule(account=ACCOUNTS, product=st.sampled_from(["mini", "carnet"]))
    def sell_to_company(self, account: str | None, product: str) -> None:
        self.run(c.SellPass(product_id=product, place_id="paris", holder_id="works", account=account))

    @rule(gives_up=st.booleans(), twice=ANY)
    def forget_company(self, gives_up: bool, twice: int) -> None:
        if twice % 8 == 0:
            self.run(c.ForgetOrganisation("works", gives_up=gives_up))

    @rule(person=PEOPLE, number=st.integers(0, 2))
    def change_person(self, person: str, number: int) -> None:
        self.run(
            c.ChangePerson(
                person,
                name=f"{small_house.CANARIES[0]} {number}",
                email=f"{small_house.CANARIES[0]}.{number}@example.org",
            )
        )

    @rule(person=PEOPLE, value=FACT | st.none(), ends=st.booleans())
    def set_fact(self, person: str, value: Any, ends: bool) -> None:
        until = small_house.TODAY if ends and value is not None else None
        self.run(c.SetFact(person, name=small_house.CANARIES[0], value=value, until=until))

    @rule(number=ANY)
    def cancel_pass(self, number: int) -> None:
        if one := self.pick(m.Pass, number):
            self.run(c.CancelPass(one.id))

    @rule(
        place=st.sampled_from(["paris", "paris", "brest", "nantes", "nuit"]),
        product=st.sampled_from(["half-day", "half-day", "day"]),
        person=MAYBE,
        account=ACCOUNTS,
    )
    def check_in(self, place: str, product: str, person: str | None, account: str | None) -> None:
        if place == "nantes":
            product, account = "coop-day", account and "till"
        self.run(c.CheckIn(place_id=place, product_id=product, person_id=person, account=account))

    @rule(number=ANY, product=st.sampled_from(["day", "day", "half-day"]), account=ACCOUNTS)
    def upgrade(self, number: int, product: str, account: str | None) -> None:
        one = self.pick(m.Visit, number, "open") or self.pick(m.Visit, number, "held")
        if one is None:
            self.run(c.CheckIn(place_id="paris", product_id="half-day", account="desk"))
            one = self.pick(m.Visit, 0, "open")
        if one is not None:
            self.run(c.UpgradeVisit(one.id, product_id=product, account=account))

    @rule(number=ANY)
    def check_out(self, number: int) -> None:
        if one := self.pick(m.Visit, number):
            self.run(c.CheckOut(one.id))


class Rooms(Base):
    """Bookings, and what narrows a space."""

    def slot(self, day: int, start: int, length: int) -> Period:
        """A period in the opening hours of one of the next days, by half-hours; or, rarely, outside of them."""
        first = local(self.house.clock.now(), "Europe/Paris").date() + timedelta(days=day)
        begin = datetime.combine(first, time(8), UTC) + timedelta(minutes=30 * start)
        return Period(begin, begin + timedelta(minutes=30 * length))

    @rule(
        space=st.sampled_from(SPACES),
        day=st.integers(0, 2),
        start=st.integers(0, 16),
        length=st.integers(1, 7),
        units=st.sampled_from([1, 1, 1, 2, 3]),
        person=MAYBE,
        account=ACCOUNTS,
        override=st.sampled_from([None, None, "the mayor asks"]),
    )
    def book(self, space: str, day: int, start: int, length: int, units: int, override: str | None, **who: Any) -> None:
        product = "desk" if space.endswith("open") else "room"
        period = self.slot(day, start, length)
        self.run(
            c.Book(
                space_id=space,
                product_id=product,
                period=period,
                units=units,
                person_id=who["person"],
                account=who["account"],
                override=override,
            )
        )

    @rule(
        space=st.sampled_from(SPACES),
        day=st.integers(0, 1),
        start=st.integers(0, 16),
        length=st.integers(1, 4),
        person=MAYBE,
        minutes=st.sampled_from([5, 15, 600]),
    )
    def hold(self, space: str, day: int, start: int, length: int, person: str | None, minutes: int) -> None:
        product = "desk" if space.endswith("open") else "room"
        self.run(
            c.HoldSpace(
                space_id=space,
                product_id=product,
                period=self.slot(day, start, length),
                person_id=person,
                minutes=minutes,
            )
        )

    @rule(days=st.integers(30, 90))
    def book_for_long(self, days: int) -> None:
        begin = datetime.combine(self.house.clock.now().date() + timedelta(days=1), time(8), UTC)
        self.run(
            c.Book(space_id="n", product_id="room", period=Period(begin, begin + timedelta(days=days)), account="desk")
        )

    @rule(number=ANY, account=ACCOUNTS)
    def confirm(self, number: int, account: str | None) -> None:
        if one := self.pick(m.Booking, number, "held"):
            self.run(c.ConfirmBooking(one.id, account=account))

    @rule(number=ANY)
    def cancel_booking(self, number: int) -> None:
        if one := self.pick(m.Booking, number):
            self.run(c.CancelBooking(one.id))

    @rule(
        number=ANY,
        space=st.sampled_from([None, None, *SPACES]),
        day=st.integers(0, 1),
        start=st.integers(0, 16),
        length=st.integers(1, 4),
        account=ACCOUNTS,
        override=st.sampled_from([None, "a party"]),
    )
    def move_booking(
        self,
        number: int,
        space: str | None,
        day: int,
        start: int,
        length: int,
        account: str | None,
        override: str | None,
    ) -> None:
        if booking := self.pick(m.Booking, number, "held", "confirmed", "cancelled"):
            slot = self.slot(day, start, length)
            moved = c.MoveBooking(booking.id, period=slot, space_id=space, account=account, override=override)
            done = self.run(moved)
            if not isinstance(done, CantineError):
                self.seen[f"a {booking.state} booking moved"] += 1

    @rule(number=ANY, undo=st.booleans())
    def arrive(self, number: int, undo: bool) -> None:
        if booking := self.pick(m.Booking, number, "confirmed", "confirmed", "released"):
            self.run(c.CheckInBooking(booking.id))
            if undo:
                self.run(c.UndoCheckIn(booking.id))
                self.run(c.UndoRelease(booking.id))

    @rule(space=st.sampled_from(["a1", "b", "open"]), minutes=st.sampled_from([None, 15, 60]))
    def change_release(self, space: str, minutes: int | None) -> None:
        after = None if minutes is None else timedelta(minutes=minutes)
        self.run(c.ChangeTerms(space, terms=m.Terms(release_after=after)))

    @rule(space=st.sampled_from(["open", "brest-open", "a1"]), capacity=st.sampled_from([0, 1, 2, 2, 3, 3, 3]))
    def change_capacity(self, space: str, capacity: int) -> None:
        self.run(c.ChangeCapacity(space, capacity=capacity))

    @rule(space=st.sampled_from(["b", "a2", "brest-open"]), start=st.integers(0, 16), length=st.integers(1, 3))
    def close(self, space: str, start: int, length: int) -> None:
        self.run(c.CloseSpace(space, period=self.slot(0, start, length), reason="works"))

    @rule(facts=FACTS)
    def set_place_facts(self, facts: Any) -> None:
        self.run(c.SetPlaceFacts("paris", facts=facts))

    @rule(zone=st.sampled_from(["Europe/Paris", "Europe/Paris", "Indian/Reunion"]))
    def move(self, zone: str) -> None:
        self.run(c.MovePlace("brest", zone=zone))


class Seats(Base):
    """Sessions, registrations, waiting lists."""

    @rule(seats=st.integers(1, 2), workshop=st.sampled_from(["talk", "welding"]), space=st.sampled_from([None, "a"]))
    def add_session(self, seats: int, workshop: str, space: str | None) -> None:
        day = local(self.house.clock.now(), "Europe/Paris").date() + timedelta(days=1)
        self.run(
            c.AddSession(workshop_id=workshop, day=day, starts=time(18), ends=time(20), seats=seats, space_id=space)
        )

    @rule(people=st.integers(0, 2), paid=st.booleans(), often=ANY)
    def decide_a_session(self, people: int, paid: bool, often: int) -> None:
        """A session with a minimum, for which some register, and the instant at which it is decided."""
        if often % 4:
            return
        now, workshop = self.house.clock.now(), "welding" if paid else "talk"
        day = local(now, "Europe/Paris").date() + timedelta(days=2)
        due = now + timedelta(minutes=10)
        self.run(
            c.AddSession(
                workshop_id=workshop, day=day, starts=time(18), ends=time(20), seats=2, minimum=2, decide_at=due
            )
        )
        session = max(self.house.all(m.Session), key=lambda one: one.decide_at or now)
        for person in small_house.PERSONS[often % 5 :][:people]:
            self.run(c.Register(session_id=session.id, person_id=person, account="desk"))
        self.wait(10)

    @rule(
        number=ANY,
        person=PEOPLE,
        materials=st.booleans(),
        account=ACCOUNTS,
        seats=st.sampled_from([1, 1, 1, 2, 3]),
        bursary=st.sampled_from([False, False, False, True]),
    )
    def register(
        self, number: int, person: str, materials: bool, account: str | None, seats: int = 1, bursary: bool = False
    ) -> None:
        session = self.coming(number)
        options = ("materials",) if materials and session.option_ids else ()
        if bursary and self.house.get(m.Workshop, session.workshop_id).admission.bursaries is None:
            self.run(c.ChangeAdmission(session.workshop_id, admission=m.Admission(bursaries=m.Quota(percent=50))))
        self.run(
            c.Register(
                session_id=session.id,
                person_id=person,
                option_ids=options,
                account=account,
                seats=seats,
                bursary=bursary,
            )
        )

    def coming(self, number: int, *, paid: bool = False) -> m.Session:
        """A session that is to come, as long as there is one; ``paid``: of those whose seats cost something."""
        now = self.house.clock.now()
        every = [one for one in self.house.all(m.Session) if one.product_id is not None or not paid]
        found = [one for one in every if now < one.period.start and one.state != "cancelled"] or every
        return found[number % len(found)]

    @rule(
        numbers=st.lists(ANY, min_size=1, max_size=2),
        people=st.lists(PEOPLE, min_size=1, max_size=2, unique=True),
        buyer=MAYBE,
        materials=st.booleans(),
        things=st.integers(0, 1),
        account=ACCOUNTS,
    )
    def order_seats(
        self,
        numbers: Sequence[int],
        people: Sequence[str],
        buyer: str | None,
        materials: bool,
        things: int,
        account: str | None,
    ) -> None:
        """Seats for several people, at one session or two, with something else in one order."""
        sessions = dict.fromkeys(self.coming(number, paid=True).id for number in numbers)
        option_ids = ("materials",) if materials else ()
        lines: list[c.Register | str] = [
            c.Register(session_id=id, person_id=person, option_ids=option_ids) for id in sessions for person in people
        ]
        done = self.run(c.Sell([*lines, *(["materials"] * things)], place_id="paris", person_id=buyer, account=account))
        if not isinstance(done, CantineError):
            self.seen["seats ordered"] += 1

    @rule(number=ANY)
    def give_order_up(self, number: int) -> None:
        if one := self.pick(m.Order, number, "pending"):
            self.run(c.CancelOrder(one.id))

    @rule(number=ANY, account=ACCOUNTS, first=st.integers(0, 5))
    def crowd(self, number: int, account: str | None, first: int) -> None:
        """Everybody wants a seat at one session, and one of those who have one gives it up."""
        for person in (*small_house.PERSONS[first:], *small_house.PERSONS[:first]):
            self.register(number, person, False, account)
        if one := self.pick(m.Registration, number, "confirmed", "held"):
            self.run(c.CancelRegistration(one.id))

    @rule(number=ANY, materials=st.booleans(), account=ACCOUNTS)
    def take_seat(self, number: int, materials: bool, account: str | None) -> None:
        if one := self.pick(m.Registration, number, "held"):
            self.run(c.TakeSeat(one.id, option_ids=("materials",) if materials else (), account=account))

    @rule(number=ANY)
    def cancel_registration(self, number: int) -> None:
        if one := self.pick(m.Registration, number, "held", "confirmed", "waiting"):
            self.run(c.CancelRegistration(one.id))

    @rule(number=ANY, to=ANY, account=ACCOUNTS)
    def move_registration(self, number: int, to: int, account: str | None) -> None:
        one, session = self.pick(m.Registration, number, "held", "confirmed"), self.pick(m.Session, to)
        if one and session:
            moved = c.MoveRegistration(registration_id=one.id, session_id=session.id, account=account)
            done = self.run(moved)
            if not isinstance(done, CantineError):
                self.seen["a seat moved"] += 1

    @rule(number=ANY, seats=st.integers(0, 4))
    def change_seats(self, number: int, seats: int) -> None:
        self.run(c.ChangeSeats(self.pick(m.Session, number).id, seats=seats))

    @rule(number=ANY, hour=st.integers(10, 20), space=st.sampled_from([None, "a", "b"]), often=ANY)
    def move_session(self, number: int, hour: int, space: str | None, often: int) -> None:
        if often % 3 == 0:
            self.run(
                c.MoveSession(
                    self.pick(m.Session, number).id, day=None, starts=time(hour), ends=time(hour + 1), space_id=space
                )
            )

    @rule(number=ANY, often=ANY)
    def cancel_session(self, number: int, often: int) -> None:
        if often % 8 == 0:  # or soon none were left
            self.run(c.CancelSession(self.pick(m.Session, number).id, reason="the kiln is broken"))


class Cards(Base):
    """Payments that are made later, given back, or that the card makes difficult."""

    @rule(number=ANY, account=ACCOUNTS)
    def pay(self, number: int, account: str | None) -> None:
        if one := self.pick(m.Charge, number, "due"):
            self.run(c.Pay(one.id, account=account or "desk"))

    @rule(number=ANY, minutes=st.sampled_from([1, 16, 16, 1441]), tidy=st.booleans())
    def pay_late(self, number: int, minutes: int, tidy: bool) -> None:
        """Somebody begins to pay, and the money comes when the hold may be over."""
        self.card.next = "pending"
        self.pay(number, "card")
        self.wait(minutes)
        if tidy:
            self.run_due()
        self.money_arrives(number)

    @rule(number=ANY)
    def decline_first(self, number: int) -> None:
        """The card is declined, then taken."""
        if not self.pick(m.Charge, number, "due"):
            self.run(c.SellPass(product_id="carnet", place_id="paris", holder_id="zoe"))
        for self.card.next in ("declined", "settled"):
            self.pay(number, "card")

    @rule(number=ANY, cents=st.integers(1, 900))
    def give_back(self, number: int, cents: int) -> None:
        if one := self.pick(m.Charge, number):
            self.run(c.RefundCharge(one.id, amount=Money(cents, "EUR"), reason="goodwill"))

    @rule(number=ANY, cents=st.integers(0, 900))
    def bank_takes_back(self, number: int, cents: int) -> None:
        if one := self.pick(m.Attempt, number):
            self.run(c.RecordChargeback(one.id, lost=Money(cents, "EUR"), reason="dispute lost"))

    @rule(number=ANY, cents=st.integers(1, 900))
    def given_back_in_cash(self, number: int, cents: int) -> None:
        if one := self.pick(m.Attempt, number):
            self.run(c.RecordRefund(attempt_id=one.id, amount=Money(cents, "EUR"), reason="at the desk"))

    @rule(
        outcome=st.sampled_from(["settled", "declined", "pending", "pending", "pending", "outage", "lost", "part"]),
        refund=st.sampled_from(["settled", "settled", "declined", "pending", "outage"]),
    )
    def script_the_card(self, outcome: str, refund: str) -> None:
        self.card.next, self.card.next_refund = outcome, refund

    @rule(number=ANY)
    def money_arrives(self, number: int) -> None:
        """Somebody pays a pending charge on the pages of the gateway, or a declined one goes through after all."""
        open_ = sorted(key for key, seen in self.card.known.items() if seen.captured < seen.amount)
        if open_:
            self.house.cantine.receive("card", self.card.pay(open_[number % len(open_)]), {})
            self.watch_queues()


class House(Stays, Rooms, Seats, Cards):
    """Everything that a person can do to a house."""


class StaysAndCards(Stays, Cards):
    """Passes, visits, and payments."""


class RoomsAndCards(Rooms, Cards):
    """Bookings, narrowings, and payments."""


class SeatsAndCards(Seats, Cards):
    """Seats, waiting lists, and payments."""


STAYS = ("given", "upgrade", "upgrade held", "upgrade dropped", "units expired", "give-back", "units taken back")
ROOMS = ("hold expired", "narrowing confirmed", "narrowing withdrawn", "override", "cap given back")
SEATS = (
    "session moved",
    "session cancelled",
    "session confirmed",
    "session below its minimum",
    "seat expired",
    "promotion",
    "give-back",
    "late payment, seat had again",
    "seats ordered",
)
CARDS = (
    "refusal",
    "clash or sold out",
    "decline",
    "late payment sent back",
    "refund",
    "refund declined",
    "void charge",
    "chargeback",
)
EVENTS = {
    "given": ("PassSold", '"given":"gift"'),
    "upgrade": ("VisitUpgraded", ""),
    "upgrade held": ("UpgradeHeld", ""),
    "upgrade dropped": ("UpgradeDropped", ""),
    "units expired": ("UnitsExpired", ""),
    "give-back": ("UnitsReturned", ""),
    "units taken back": ("UnitsGivenBack", ""),
    "hold expired": ("BookingEnded", '"state":"expired"'),
    "narrowing confirmed": ("NarrowingConfirmed", ""),
    "narrowing withdrawn": ("NarrowingWithdrawn", ""),
    "override": ("OverrideUsed", ""),
    "cap given back": ("MetersMoved", '"delta":-'),
    "seat expired": ("SeatGivenUp", '"state":"expired"'),
    "promotion": ("SeatPromoted", ""),
    "session moved": ("SessionMoved", ""),
    "session cancelled": ("SessionCancelled", ""),
    "session confirmed": ("SessionConfirmed", ""),
    "session below its minimum": ("SessionCancelled", m.TOO_FEW),
    "late payment, seat had again": ("SeatRetaken", ""),
    "decline": ("AttemptObserved", '"state":"declined"'),
    "late payment sent back": ("RefundAsked", "paid after the hold had ended"),
    "refund": ("RefundAsked", ""),
    "chargeback": ("ChargedBack", ""),
    "void charge": ("ChargeVoided", ""),
    "series expired": ("SeriesEnded", '"state":"expired"'),
    "series cancelled": ("SeriesEnded", '"state":"cancelled"'),
    "series paid later": ("SeriesConfirmed", ""),
    "skipped dates booked": ("SkippedBooked", ""),
    "refund declined": ("RefundObserved", '"state":"declined"'),
}
"""The hard states that the journal shows: the type of an entry, and what its body holds."""
