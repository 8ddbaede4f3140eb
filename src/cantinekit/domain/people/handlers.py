"""People: added, changed, and forgotten in two steps that nothing new can slip between.

Whoever is to be forgotten is announced first: from then on every command that names the person refuses, because each
of them guards the person's row. Then it is looked at what stands in the way, and the person is forgotten or stays.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from hashlib import sha256

from cantinekit.clock import format_instant
from cantinekit.domain.adapter import adapt
from cantinekit.domain.attendance.records import Training
from cantinekit.domain.base import Subject, kinds_of_person
from cantinekit.domain.booking_series.records import BookingSeries
from cantinekit.domain.bookings.records import Booking
from cantinekit.domain.decision import Decision, Ids
from cantinekit.domain.documents.records import Addressee, Document
from cantinekit.domain.draft import Draft
from cantinekit.domain.operations.records import Request
from cantinekit.domain.passes.events import UnitsExpired
from cantinekit.domain.passes.records import Entitlement, Pass, Wallet
from cantinekit.domain.payments.records import Charge
from cantinekit.domain.people.commands import AddPerson, ChangePerson, ForgetPerson, SettleForgetting
from cantinekit.domain.people.events import (
    ForgettingAnnounced,
    ForgettingWithdrawn,
    PersonAdded,
    PersonChanged,
    PersonForgotten,
)
from cantinekit.domain.people.presence import present
from cantinekit.domain.people.records import EmailHolder, Erasure, Kept, Person
from cantinekit.domain.registrations.records import Answers, Registration
from cantinekit.domain.sessions.records import Session
from cantinekit.domain.spaces.records import Space
from cantinekit.domain.state import Find, Reads, State, Wish, fetch, refer, refuse_twice
from cantinekit.domain.visits.records import Visit
from cantinekit.errors import DuplicateError, NotOverError
from cantinekit.plugins.ports import Key

_LONGEST_SESSION = timedelta(days=2)
"""More than the longest session, which ends on the day after it began at the latest."""


def _email_key(email: str) -> str | None:
    return sha256(email.strip().casefold().encode()).hexdigest() if email.strip() else None


def _read_add(c: AddPerson, now: datetime) -> Reads:
    return (yield from fetch(State(), [(Person, c.id), (EmailHolder, _email_key(c.email))]))


def _add(state: State, c: AddPerson, now: datetime, ids: Ids) -> Decision:
    refuse_twice(state, Person, c.id)
    person = Person(c.id or ids("per"), c.name, c.email.strip(), c.lang)
    draft = Draft(state, now, ids)
    draft.add(PersonAdded(person.id))
    draft.keep([person, *_take_email(state, person)])
    return draft.decision(refer(person))


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


def _read_change(c: ChangePerson, now: datetime) -> Reads:
    state = yield from fetch(State(), [(Person, c.person_id)])
    person = state.need(Person, c.person_id)
    return (yield from fetch(state, [(EmailHolder, _email_key(email)) for email in (person.email, c.email or "")]))


def _change(state: State, c: ChangePerson, now: datetime, ids: Ids) -> Decision:
    old = present(state, c.person_id)
    name, email = old.name if c.name is None else c.name, old.email if c.email is None else c.email.strip()
    person = Person(old.id, name, email, c.lang or old.lang)
    draft = Draft(state, now, ids)
    if person != old:
        draft.add(PersonChanged(person.id))
        draft.keep([person, *_take_email(state, person)])
        before = _email_key(old.email)
        if before is not None and before != _email_key(email):
            draft.remove([Key(EmailHolder.kind, before)])
    return draft.decision(refer(person))


def _read_forget(c: ForgetPerson, now: datetime) -> Reads:
    return (yield from fetch(State(), [(Person, c.person_id)]))


def _announce(state: State, c: ForgetPerson, now: datetime, ids: Ids) -> Decision:
    person = present(state, c.person_id)
    draft = Draft(state, now, ids)
    draft.add(ForgettingAnnounced(person.id))
    draft.keep([Person(person.id, person.name, person.email, person.lang, "leaving", c.gives_up)])
    draft.later("forget", refer(person))
    return draft.decision(Subject(Erasure.kind, person.id))


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


def _read_settle(c: SettleForgetting, now: datetime) -> Reads:
    state = yield from fetch(State(), [(Person, c.person_id), (Wallet, c.person_id)])
    person = state.need(Person, c.person_id)
    if person.state != "leaving":
        return state
    found: list[Key] = []
    for kind in kinds_of_person():
        found += yield Find(kind.cls.kind, kind.person or "", f"{person.id}|", f"{person.id}}}")
    asked = yield Find(Request.kind, "person", f"{person.id}|", f"{person.id}}}")
    # What was begun before the announcement is among these, and nothing comes after it: they may change meanwhile.
    classes = {kind.cls.kind: kind.cls for kind in kinds_of_person()}
    spare: list[Wish] = [(classes[key.kind], key.id) for key in found if key.kind != Answers.kind]
    goes: list[Wish] = [(Answers, key.id) for key in found if key.kind == Answers.kind]
    keys: list[Wish] = [(EmailHolder, _email_key(person.email)), *((Request, key.id) for key in asked), *goes]
    state = yield from fetch(state, keys, spare)
    wishes: list[Wish] = [(Session, one.session_id) for one in _all(state, Registration)]
    for facilitator in _all(state, Space):
        since = f"{facilitator.id}|{format_instant(now - _LONGEST_SESSION)}"
        planned = yield Find(Session.kind, "facilitator", since, f"{facilitator.id}}}")
        wishes += [(Session, key.id) for key in planned]
    return (yield from fetch(state, [], wishes))


def _all(state: State, cls: type) -> list:  # type: ignore[type-arg]
    return [record for record in state.records.values() if isinstance(record, cls)]


def _in_the_way(state: State, person: Person, now: datetime) -> Iterable[Subject]:
    """What is not over yet: stays, seats and sessions to come, money owed, units that are left."""
    for booking in _all(state, Booking):
        if booking.state in ("requested", "held", "confirmed") and _runs(booking, now) and now < booking.period.end:
            yield refer(booking)
    for visit in _all(state, Visit):
        if visit.state in ("held", "open") and _runs(visit, now) and now < visit.until:
            yield refer(visit)
    for seat in _all(state, Registration):
        begun = seat.state in ("held", "confirmed", "waiting") and _runs(seat, now)
        if begun and now < state.need(Session, seat.session_id).period.end:
            yield refer(seat)
    facilitators = {facilitator.id for facilitator in _all(state, Space)}
    for session in _all(state, Session):
        if not facilitators.isdisjoint(session.facilitators(now)):
            yield refer(session)
    yield from (refer(charge) for charge in _all(state, Charge) if charge.state == "due")
    if not person.gives_up:
        yield from (refer(units) for units in _left(state, now))


def _runs(one: Booking | Visit | Registration, now: datetime) -> bool:
    """Whether it is no hold that has run out."""
    return one.expires is None or now < one.expires


def _left(state: State, now: datetime) -> list[Entitlement]:
    """The units that could still be used."""
    return [u for u in _all(state, Entitlement) if u.active and u.left and (u.expires is None or now < u.expires)]


def _settle(state: State, c: SettleForgetting, now: datetime, ids: Ids) -> Decision:
    person, draft = state.need(Person, c.person_id), Draft(state, now, ids)
    about = Subject(Erasure.kind, person.id)
    if person.state != "leaving":
        return draft.decision(about)
    open_yet = tuple(_in_the_way(state, person, now))
    if open_yet:
        draft.add(ForgettingWithdrawn(person.id))
        draft.keep([Person(person.id, person.name, person.email, person.lang)])
        draft.refusal = NotOverError(f"person {person.id}", open_yet)
        return draft.decision(about)
    for units in _left(state, now):
        draft.add(UnitsExpired(units.id, units.left))
    counts = Counter(key.kind for key, record in state.records.items() if record and key in state.spare)
    kept = tuple(
        Kept(kind, counts[kind], "legal duty" if kind == Addressee.kind else "names nobody")
        for kind in sorted((one.cls.kind for one in kinds_of_person()), key=_place_in_erasure)
        if counts[kind]
    )
    draft.add(PersonForgotten(Erasure(person.id, now, kept)))
    draft.keep([Person(person.id, "", state="forgotten")])
    email = _email_key(person.email)
    gone = [Key(cls.kind, one.id) for cls in (Request, Answers) for one in _all(state, cls)]
    draft.remove([*([Key(EmailHolder.kind, email)] if email else []), *gone])
    return draft.decision(about)


adapt(AddPerson, _read_add, _add)

adapt(ChangePerson, _read_change, _change)

adapt(ForgetPerson, _read_forget, _announce)

adapt(SettleForgetting, _read_settle, _settle)
