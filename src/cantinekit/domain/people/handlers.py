"""People: added, changed, and forgotten in two steps that nothing new can slip between.

Whoever is to be forgotten is announced first: from then on every command that names the person refuses, because each
of them guards the person's row. Then it is looked at what stands in the way, and the person is forgotten or stays.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TypeVar

from cantinekit.clock import format_instant
from cantinekit.common.evolve import evolve
from cantinekit.domain.attendance.records import Training
from cantinekit.domain.base import KINDS, Record, Subject, kinds_of_person
from cantinekit.domain.booking_series.records import BookingSeries
from cantinekit.domain.bookings.records import Booking
from cantinekit.domain.decision import Decision
from cantinekit.domain.documents.records import Addressee, Document
from cantinekit.domain.handling import handles
from cantinekit.domain.operations.records import Request
from cantinekit.domain.orders.records import Order, OrderLine
from cantinekit.domain.passes.events import UnitsExpired
from cantinekit.domain.passes.records import Entitlement, Pass, Wallet
from cantinekit.domain.payments.records import Charge
from cantinekit.domain.people.commands import AddPerson, ChangePerson, ForgetPerson, SetFact, SettleForgetting
from cantinekit.domain.people.events import (
    ForgettingAnnounced,
    ForgettingWithdrawn,
    PersonAdded,
    PersonChanged,
    PersonFactsChanged,
    PersonForgotten,
)
from cantinekit.domain.people.facts import with_fact
from cantinekit.domain.people.presence import present
from cantinekit.domain.people.records import EmailHolder, Erasure, Kept, Person
from cantinekit.domain.registrations.records import Answers, Registration
from cantinekit.domain.sales.records import SaleFacts
from cantinekit.domain.sales.values import MAX_FACTS
from cantinekit.domain.sessions.records import Session
from cantinekit.domain.spaces.records import Space
from cantinekit.domain.state import State, Wish, refer, refuse_twice
from cantinekit.domain.unit_of_work import Steps, Uow
from cantinekit.domain.visits.records import Visit
from cantinekit.errors import DuplicateError, NotOverError, UnsuitableError
from cantinekit.plugins.ports import Key

T = TypeVar("T")
_LONGEST_SESSION = timedelta(days=2)
"""More than the longest session, which ends on the day after it began at the latest."""


def _email_key(email: str) -> str | None:
    return sha256(email.strip().casefold().encode()).hexdigest() if email.strip() else None


@handles(AddPerson)
def add_person(c: AddPerson, uow: Uow) -> Steps[Decision[Person]]:
    """Add somebody; an e-mail address is one person's."""
    yield from uow.fetch([(Person, c.id), (EmailHolder, _email_key(c.email))])

    refuse_twice(uow.state, Person, c.id)
    person = Person(c.id or uow.ids("per"), c.name, c.email.strip(), c.lang)
    uow.add(PersonAdded(person.id))
    uow.keep([person, *_take_email(uow.state, person)])
    return uow.done(person)


def _take_email(state: State, person: Person) -> tuple[EmailHolder, ...]:
    """The record that makes an address the person's, where it is not yet.

    Raises:
        DuplicateError: it is somebody else's.
    """
    key = _email_key(person.email)
    if key is None:
        return ()
    taken = state.get(EmailHolder, key)
    if taken is None:
        return (EmailHolder(key, person.id),)
    if taken.person_id != person.id:
        raise DuplicateError("a person with this e-mail address", taken.person_id)
    return ()


@handles(ChangePerson)
def change_person(c: ChangePerson, uow: Uow) -> Steps[Decision[Person]]:
    """Change what is known of somebody: name, e-mail address, language."""
    person = yield from uow.need(Person, c.person_id)
    yield from uow.fetch((EmailHolder, _email_key(email)) for email in (person.email, c.email or ""))

    old = present(uow.state, c.person_id)
    name, email = old.name if c.name is None else c.name, old.email if c.email is None else c.email.strip()
    person = evolve(old, name=name, email=email, lang=c.lang or old.lang)
    if person != old:
        uow.add(PersonChanged(person.id))
        uow.keep([person, *_take_email(uow.state, person)])
        before = _email_key(old.email)
        if before is not None and before != _email_key(email):
            uow.remove([Key(EmailHolder.kind, before)])
    return uow.done(person)


@handles(SetFact)
def set_fact(c: SetFact, uow: Uow) -> Steps[Decision[Person]]:
    """Say something of somebody that price lists may ask to know, or take it away; what is so already stays."""
    yield from uow.fetch([(Person, c.person_id)])

    old = present(uow.state, c.person_id)
    person = evolve(old, facts=with_fact(old.facts, c.name, c.value, c.until, c.proof, uow.now))
    if len(person.facts) > MAX_FACTS:
        raise UnsuitableError(f"person {person.id} has {MAX_FACTS} facts: take one away first")
    if person.facts is not old.facts:
        uow.add(PersonFactsChanged(person.id))
        uow.keep([person])
    return uow.done(person)


# --- forgetting ------------------------------------------------------------------------------------------------------


@handles(ForgetPerson)
def forget_person(c: ForgetPerson, uow: Uow) -> Steps[Decision[Erasure]]:
    """Announce that somebody is to be forgotten: nothing new can name the person from now on."""
    yield from uow.fetch([(Person, c.person_id)])

    person = present(uow.state, c.person_id)
    uow.add(ForgettingAnnounced(person.id))
    uow.keep([evolve(person, state="leaving", gives_up=c.gives_up)])
    uow.later("forget", refer(person))
    return uow.done_at(Erasure, person.id)


@handles(SettleForgetting)
def settle_forgetting(c: SettleForgetting, uow: Uow) -> Steps[Decision[Erasure]]:
    """Forget somebody who was announced, or withdraw it where something of the person is not over."""
    person = yield from uow.need(Person, c.person_id, (Wallet, c.person_id))
    if person.state == "leaving":
        yield from _read_all_of(uow, person)

    state = uow.state
    if person.state != "leaving":
        return uow.done_at(Erasure, person.id)
    if open_yet := tuple(_in_the_way(state, person, uow.now)):
        uow.add(ForgettingWithdrawn(person.id))
        uow.keep([evolve(person, state="present", gives_up=False)])
        uow.refusal = NotOverError(f"person {person.id}", open_yet)
        return uow.done_at(Erasure, person.id)
    for units in _left(state, uow.now):
        uow.add(UnitsExpired(units.id, units.left))
    uow.add(PersonForgotten(Erasure(person.id, uow.now, _kept(state))))
    uow.keep([Person(person.id, "", state="forgotten")])
    email = _email_key(person.email)
    requests = (Key(Request.kind, one.id) for one in _all(state, Request))
    goes: list[Record] = [*_all(state, Answers), *_all(state, SaleFacts)]
    uow.remove(
        [*([Key(EmailHolder.kind, email)] if email else []), *requests, *(Key(one.kind, one.id) for one in goes)]
    )
    return uow.done_at(Erasure, person.id)


def _read_all_of(uow: Uow, person: Person) -> Steps[None]:
    """Load all that is about a person, and the sessions to come of a facilitator."""
    theirs: list[Key] = []
    for kind in kinds_of_person():
        theirs += yield from uow.find(kind.cls, kind.person or "", f"{person.id}|", f"{person.id}}}")
    asked = yield from uow.find(Request, "person", f"{person.id}|", f"{person.id}}}")
    # What was begun before the announcement is among these, and nothing comes after it: they may change meanwhile.
    kinds = {cls.kind for cls in _GO}
    spare: list[Wish] = [(KINDS[key.kind].cls, key.id) for key in theirs if key.kind not in kinds]
    goes: list[Wish] = [(KINDS[key.kind].cls, key.id) for key in theirs if key.kind in kinds]
    yield from uow.fetch([(EmailHolder, _email_key(person.email)), *((Request, key.id) for key in asked), *goes], spare)
    sessions: list[Wish] = [(Session, one.session_id) for one in _all(uow.state, Registration)]
    for facilitator in _all(uow.state, Space):
        since = f"{facilitator.id}|{format_instant(uow.now - _LONGEST_SESSION)}"
        planned = yield from uow.find(Session, "facilitator", since, f"{facilitator.id}}}")
        sessions += [(Session, key.id) for key in planned]
    yield from uow.fetch([], sessions)


_GO = (Answers, SaleFacts)
"""The private records that go with a person."""
_ERASURE_ORDER = (
    Pass.kind,
    Entitlement.kind,
    Visit.kind,
    Booking.kind,
    BookingSeries.kind,
    Registration.kind,
    Training.kind,
    Answers.kind,
    Space.kind,
    Charge.kind,
    Document.kind,
    Addressee.kind,
)
"""The order in which erasures have always listed what is kept; stored bodies stay the same. Others follow by name."""


def _place_in_erasure(kind: str) -> tuple[int, str]:
    return (_ERASURE_ORDER.index(kind) if kind in _ERASURE_ORDER else len(_ERASURE_ORDER), kind)


def _kept(state: State) -> tuple[Kept, ...]:
    """How many records of each kind stay that were about the person."""
    counts = Counter(key.kind for key, record in state.records.items() if record and key in state.spare)
    return tuple(
        Kept(kind, counts[kind], "legal duty" if kind == Addressee.kind else "names nobody")
        for kind in sorted((one.cls.kind for one in kinds_of_person()), key=_place_in_erasure)
        if counts[kind]
    )


def _all(state: State, cls: type[T]) -> list[T]:
    return [record for record in state.records.values() if isinstance(record, cls)]


def _in_the_way(state: State, person: Person, now: datetime) -> Iterable[Subject]:
    """What is not over yet: stays, seats and sessions to come, money owed, units that are left."""
    for booking in _all(state, Booking):
        if booking.state in ("requested", "held", "confirmed") and _runs(booking, now) and now < booking.period.end:
            yield refer(booking)
    for visit in _all(state, Visit):
        if visit.state in ("held", "open") and _runs(visit, now) and now < visit.until:
            yield refer(visit)
    for order in _all(state, Order):
        if order.state == "sold" and any(_is_to_come(line, now) for line in order.lines):
            yield refer(order)
    for seat in _all(state, Registration):
        begun = seat.state in ("held", "confirmed", "waiting") and _runs(seat, now)
        if begun and now < state.need(Session, seat.session_id).period.end:
            yield refer(seat)
    facilitators = {facilitator.id for facilitator in _all(state, Space)}
    for session in _all(state, Session):
        if not facilitators.isdisjoint(session.facilitators(now)):
            yield refer(session)
    yield from (refer(charge) for charge in _all(state, Charge) if charge.state == "due")
    yield from (refer(sold) for sold in _all(state, Pass) if _goes_on(sold, now))
    if not person.gives_up:
        yield from (refer(units) for units in _left(state, now))


def _goes_on(sold: Pass, now: datetime) -> bool:
    """Whether a pass is a contract that would be renewed. It is a local day as long as it is so anywhere."""
    if sold.state != "active" or not sold.contract:
        return False
    return sold.end is None or sold.end > (now - timedelta(days=1)).date()


def _is_to_come(line: OrderLine, now: datetime) -> bool:
    """Whether a line of an order stands and is not over; of a local day as long as it is that day anywhere.

    Of what was sold as a booking or a registration, that says it.
    """
    if line.state != "sold" or line.is_apart:
        return False
    if line.period is not None:
        return now < line.period.end
    return line.day is not None and line.day > (now - timedelta(days=1)).date()


def _runs(one: Booking | Visit | Registration, now: datetime) -> bool:
    """Whether it is no hold that has run out."""
    return one.expires is None or now < one.expires


def _left(state: State, now: datetime) -> list[Entitlement]:
    """The units that could still be used."""
    return [u for u in _all(state, Entitlement) if u.active and u.left and not u.is_over(now)]
