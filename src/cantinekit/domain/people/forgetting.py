"""Forgetting: what is about a person or an organisation, what of it stands in the way, and what goes or is kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TypeVar

from cantinekit.clock import format_instant
from cantinekit.domain.attendance.records import Training
from cantinekit.domain.base import KINDS, Record, Subject, kinds_of_person
from cantinekit.domain.bills.records import BillingAddress
from cantinekit.domain.booking_series.records import BookingSeries
from cantinekit.domain.bookings.records import Booking
from cantinekit.domain.debits.records import Debit, MandateAccount
from cantinekit.domain.directory.records import Profile
from cantinekit.domain.documents.records import Addressee, Document
from cantinekit.domain.draft import Draft
from cantinekit.domain.feeds.records import FeedLink
from cantinekit.domain.gifts.records import GiftNote
from cantinekit.domain.imports.records import ImportedWho
from cantinekit.domain.operations.records import Request
from cantinekit.domain.orders.records import Order, OrderLine
from cantinekit.domain.organisations.events import AffiliationEnded
from cantinekit.domain.organisations.records import Affiliation
from cantinekit.domain.passes.events import UnitsExpired
from cantinekit.domain.passes.records import Entitlement, Pass
from cantinekit.domain.payments.records import Charge, PayerCredit
from cantinekit.domain.people.records import Kept
from cantinekit.domain.registrations.records import Answers, Registration
from cantinekit.domain.roles.events import RoleEnded
from cantinekit.domain.roles.records import Roles
from cantinekit.domain.sales.records import SaleFacts
from cantinekit.domain.sessions.records import Session
from cantinekit.domain.spaces.records import Space
from cantinekit.domain.state import State, Wish, refer
from cantinekit.domain.unit_of_work import Steps, Uow
from cantinekit.domain.visits.records import Visit
from cantinekit.plugins.ports import Key

T = TypeVar("T")
_LONGEST_SESSION = timedelta(days=2)
"""More than the longest session, which ends on the day after it began at the latest."""


def read_all_of(uow: Uow, id: str, also: Iterable[Wish] = ()) -> Steps[None]:
    """Load all that is about a person or an organisation, and the sessions to come of a facilitator.

    Args:
        uow: the unit of work.
        id: the id of the person, or of the organisation.
        also: what is loaded with it.
    """
    theirs: list[Key] = []
    for kind in kinds_of_person():
        theirs += yield from uow.find(kind.cls, kind.person or "", f"{id}|", f"{id}}}")
    asked = yield from uow.find(Request, "person", f"{id}|", f"{id}}}")
    # What was begun before the announcement is among these, and nothing comes after it: they may change meanwhile.
    kinds = {cls.kind for cls in _GO}
    spare: list[Wish] = [(KINDS[key.kind].cls, key.id) for key in theirs if key.kind not in kinds]
    goes: list[Wish] = [(KINDS[key.kind].cls, key.id) for key in theirs if key.kind in kinds]
    yield from uow.fetch([*also, *((Request, key.id) for key in asked), *goes], spare)
    sessions: list[Wish] = [(Session, one.session_id) for one in all_of(uow.state, Registration)]
    for facilitator in all_of(uow.state, Space):
        since = f"{facilitator.id}|{format_instant(uow.now - _LONGEST_SESSION)}"
        planned = yield from uow.find(Session, "facilitator", since, f"{facilitator.id}}}")
        sessions += [(Session, key.id) for key in planned]
    yield from uow.fetch([], sessions)


_GO = (Answers, BillingAddress, FeedLink, GiftNote, ImportedWho, MandateAccount, Profile, SaleFacts)
"""The private records that go with a person or an organisation."""
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


def kept_of(state: State) -> tuple[Kept, ...]:
    """How many records of each kind stay that were about the person or the organisation."""
    counts = Counter(key.kind for key, record in state.records.items() if record and key in state.spare)
    return tuple(
        Kept(kind, counts[kind], "legal duty" if kind == Addressee.kind else "names nobody")
        for kind in sorted((one.cls.kind for one in kinds_of_person()), key=_place_in_erasure)
        if counts[kind]
    )


def what_goes(state: State) -> tuple[Key, ...]:
    """The requests and the private records that go with the person or the organisation."""
    goes: list[Record] = [*all_of(state, Request)]
    goes += [one for one in state.records.values() if isinstance(one, _GO)]
    return tuple(Key(one.kind, one.id) for one in goes)


def end_what_is_left(draft: Draft) -> None:
    """Let the units expire that are left, and end from today on what somebody belongs to and which roles they have."""
    for units in _left(draft.state, draft.now):
        draft.add(UnitsExpired(units.id, units.left))
    today = draft.now.date()
    for one in all_of(draft.state, Affiliation):
        last = max(today, one.first_day - timedelta(days=1))
        if one.last_day is None or one.last_day > last:
            draft.add(AffiliationEnded(one.id, last))
    for roles in all_of(draft.state, Roles):
        for role in roles.given:
            last = max(today, role.first_day - timedelta(days=1))
            if role.last_day is None or role.last_day > last:
                draft.add(RoleEnded(roles.entity_id, roles.person_id, role.role, role.first_day, last))


def all_of(state: State, cls: type[T]) -> list[T]:
    """The records of a class among those that were loaded."""
    return [record for record in state.records.values() if isinstance(record, cls)]


def in_the_way(state: State, now: datetime, *, gives_up: bool) -> Iterable[Subject]:
    """What is not over yet: stays, seats and sessions to come, money owed either way, direct debits that the bank has
    not answered, units that are left.

    Args:
        state: has all that is about the person or the organisation.
        now: the instant of the decision.
        gives_up: whether units that are left are given up.
    """
    for booking in all_of(state, Booking):
        if booking.state in ("requested", "held", "confirmed") and _runs(booking, now) and now < booking.period.end:
            yield refer(booking)
    for visit in all_of(state, Visit):
        if visit.state in ("held", "open") and _runs(visit, now) and now < visit.until:
            yield refer(visit)
    for order in all_of(state, Order):
        if order.state == "sold" and any(_is_to_come(line, now) for line in order.lines):
            yield refer(order)
    for seat in all_of(state, Registration):
        begun = seat.state in ("held", "confirmed", "waiting") and _runs(seat, now)
        if begun and now < state.need(Session, seat.session_id).period.end:
            yield refer(seat)
    facilitators = {facilitator.id for facilitator in all_of(state, Space)}
    for session in all_of(state, Session):
        if not facilitators.isdisjoint(session.facilitators(now)):
            yield refer(session)
    yield from (refer(charge) for charge in all_of(state, Charge) if charge.state == "due")
    yield from (refer(credit) for credit in all_of(state, PayerCredit) if credit.amount.amount)
    yield from (refer(debit) for debit in all_of(state, Debit) if debit.state == "pending")
    yield from (refer(sold) for sold in all_of(state, Pass) if _goes_on(sold, now))
    if not gives_up:
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
    return [u for u in all_of(state, Entitlement) if u.active and u.left and not u.is_over(now)]
