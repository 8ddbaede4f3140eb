"""Records of registrations: a seat or a rank of a person at a session, and what they answered."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar, Literal

import attrs

from cantinekit.clock import instant
from cantinekit.common.fields import (
    Code,
    are_ids,
    check_text,
    is_a,
    is_count,
    is_id,
    is_word,
    maybe_id,
    maybe_instant,
    to_ids,
)
from cantinekit.domain.attendance.records import Mark
from cantinekit.domain.base import record
from cantinekit.domain.courses.records import Meeting
from cantinekit.domain.index import Index, composite
from cantinekit.domain.passes.records import Spend
from cantinekit.domain.payments.records import ChargePart, ChargeShare
from cantinekit.domain.sales.records import MeterMove
from cantinekit.domain.sessions.records import Session
from cantinekit.errors import InputError
from cantinekit.errors.shown import shown
from cantinekit.money import Money

RegistrationState = Literal["held", "confirmed", "waiting", "cancelled", "expired"]
"""``held``: a seat that is not paid yet, or that is offered; ``confirmed``: a seat for good; ``waiting``: a rank on the
waiting list; ``cancelled``: given up, or called off with the session; ``expired``: a hold or a wait that ran out."""

RegistrationEnd = Literal["cancelled", "expired"]
"""The states of a registration that is over."""

LIVE: tuple[RegistrationState, ...] = ("held", "confirmed", "waiting")
"""The states of a registration that is not over."""


@attrs.frozen
class Missed:
    """What it came to that nobody came to seats, so that it can be taken back.

    Attributes:
        at: when it was settled, in UTC.
        fee: what they cost all the same.
        due: what of that was charged beside the price.
        back: what was taken off their charges, of a debt too; what of it was paid went back.
        debt: what of that was of a debt; ``None``: nothing.
        kept: the units that stay spent; the others went back.
        meters: the moves of meters that stay.
        together: whether they left the scope in which they were priced with others.
    """

    at: datetime = attrs.field(converter=instant)
    fee: Money = attrs.field(validator=is_a(Money))
    due: Money = attrs.field(validator=is_a(Money))
    back: Money = attrs.field(validator=is_a(Money))
    debt: Money | None = None
    kept: tuple[Spend, ...] = ()
    meters: tuple[MeterMove, ...] = ()
    together: bool = attrs.field(default=False, validator=is_a(bool))


@record("domain", fields=("session", "person"), person="person")
@attrs.frozen
class Registration:
    """A person's seats at a session, or their rank on its waiting list.

    Attributes:
        id: its id.
        session_id: the session.
        place_id: the place of the session.
        person_id: the person.
        state: ``held`` while a seat awaits its payment or an answer, ``confirmed``, ``waiting`` for a seat,
            ``cancelled``, or ``expired`` where a hold or a wait ran out.
        asked_at: when the person asked for it, in UTC.
        expires: until when the seat is held, in UTC; ``None`` unless it is held.
        charge_id: its charge; ``None`` where nothing was owed.
        spends: the units of entitlements that paid for it.
        option_ids: the products that were asked for with each seat.
        seats: how many seats, for somebody who brings guests, whose names are not kept; 1 to 10,000.
        meeting_ids: the meetings of a course that the seat is for: those that were left when it was sold or given.
        kept: the units that stay spent, of a seat that was given up after its course had begun.
        marks: its attendance; at a course for each meeting.
        had: the ids of the meetings that had begun, of a seat at a course that was given up.
        bursary: whether they are solidarity seats.
        bursary_product_id: the product that solidarity seats are priced by; ``None``: they are free.
        meters: how far its price moved meters; of a seat that was given up, the part of that which stays.
        sale_id: the sale that priced it; ``None`` while it has no price.
        more: charges for it beside ``charge_id``, the oldest first: differences of moves, and the fee for its end.
        fee: what it cost all the same when it was given up; ``None``: nothing that was counted, or it is not over.
        moved_from: the ids of the sessions at which it was before it was moved, the oldest first.
        kept_for: the code of the seats that were kept for a group, of which it has some; ``None``: of none.
        order_id: the order with which it was sold; ``None``: with none.
        part: what of the charge of that order is for it, without deposits; ``None``: the whole charge is for it.
        items: which items of the sale of that order are for it; none: all of the sale are.
        move_fees: the fees of moves that were taken from what went back, in minor units: they stay in its charges.
        missed: what it came to by its price list that nobody came; ``None``: somebody did, or the list says nothing of
            that, or it is not known yet.
        changed_at: when it was last confirmed, moved or given up, in UTC; ``None``: it was not, or it is not known.

    Index:
        session: session id, asked at.
        person: person id, asked at.
    """

    kind: ClassVar[str] = "registration"
    id: str = attrs.field(validator=is_id)
    session_id: str = attrs.field(validator=is_id)
    place_id: str = attrs.field(validator=is_id)
    person_id: str = attrs.field(validator=is_id)
    state: RegistrationState = attrs.field(validator=is_word(RegistrationState))
    asked_at: datetime = attrs.field(converter=instant)
    expires: datetime | None = attrs.field(default=None, converter=maybe_instant)
    charge_id: str | None = attrs.field(default=None, validator=maybe_id)
    spends: tuple[Spend, ...] = ()
    option_ids: tuple[str, ...] = attrs.field(default=(), converter=to_ids, validator=are_ids)
    seats: int = attrs.field(default=1, validator=is_count())
    meeting_ids: tuple[str, ...] = attrs.field(default=(), converter=to_ids, validator=are_ids)
    kept: tuple[Spend, ...] = ()
    marks: tuple[Mark, ...] = ()
    had: tuple[Code, ...] = attrs.field(default=(), converter=to_ids, validator=are_ids)
    bursary: bool = attrs.field(default=False, validator=is_a(bool))
    bursary_product_id: str | None = attrs.field(default=None, validator=maybe_id)
    meters: tuple[MeterMove, ...] = ()
    sale_id: str | None = attrs.field(default=None, validator=maybe_id)
    more: tuple[ChargeShare, ...] = ()
    fee: Money | None = None
    moved_from: tuple[Code, ...] = attrs.field(default=(), converter=to_ids, validator=are_ids)
    kept_for: Code | None = attrs.field(default=None, validator=maybe_id)
    order_id: str | None = attrs.field(default=None, validator=maybe_id)
    part: ChargePart | None = None
    items: tuple[Code, ...] = attrs.field(default=(), converter=to_ids, validator=are_ids)
    move_fees: int = 0
    missed: Missed | None = None
    changed_at: datetime | None = attrs.field(default=None, converter=maybe_instant)

    @property
    def live(self) -> bool:
        """Whether it has not ended: it is held, confirmed or waiting. It is too once the session is over."""
        return self.state in LIVE

    @property
    def charges(self) -> tuple[str, ...]:
        """The ids of all charges for it, the oldest first."""
        first = () if self.charge_id is None else (self.charge_id,)
        return (*first, *(share.charge_id for share in self.more))

    @property
    def present(self) -> int:
        """How many of its seats are known to be there, at a session that meets once."""
        return sum(mark.seats for mark in self.marks if mark.meeting_id is None)

    def has(self, meeting: Meeting) -> bool:
        """Whether it is a seat at ``meeting``, planned or past. A seat that was given up is at those it had."""
        if meeting.state != "planned":
            return False
        if self.state != "confirmed":
            return meeting.id in self.had
        return meeting.id == self.session_id or meeting.id in self.meeting_ids

    def mark_at(self, meeting: Meeting) -> Mark | None:
        """Its attendance at ``meeting``, or at a session that meets once; ``None`` where it was not marked."""
        id = None if meeting.id == self.session_id else meeting.id
        return next((one for one in self.marks if one.meeting_id == id), None)

    def present_at(self, meeting: Meeting) -> int:
        """How many of its seats are known to be there at ``meeting``."""
        mark = self.mark_at(meeting)
        return mark.seats if mark is not None else 0

    def product_at(self, session: Session) -> str | None:
        """The id of the product that its seats at ``session`` are priced by; ``None`` where they are free."""
        return self.bursary_product_id if self.bursary else session.product_id

    def index(self) -> Index:
        yield "session", composite(self.session_id, self.asked_at)
        if self.person_id:
            yield "person", composite(self.person_id, self.asked_at)


def are_answers(_: Any, attribute: attrs.Attribute[Any], value: Any) -> None:
    """Validate pairs of a key and a text, an integer or a truth value, each key once. No refusal repeats an answer.

    How long a text may be depends on its question, so it is not looked at here.
    """
    for key, answer in value:
        check_text(key, f"a key of {attribute.name}", limit=200)
        if type(answer) is str:
            check_text(answer, f"the answer to {shown(key)}", limit=len(answer))
        elif type(answer) not in (int, bool) or abs(answer) >= 2**63:
            raise InputError(f"the answer to {shown(key)} must be a text, an integer of 64 bits or yes/no")
    if len({key for key, _ in value}) != len(value):
        raise InputError(f"{attribute.name} answer a question twice")


@record("private", fields=("session", "person"), person="person", named=False)
@attrs.frozen
class Answers:
    """What a person answered to the questions of a workshop. It is private: no event holds it.

    Attributes:
        id: the id of the registration.
        session_id: the session.
        person_id: the person.
        asked_at: when the person registered, in UTC.
        answers: pairs of the key of a question and its answer, in the order of the keys; blank answers are not kept.

    Index:
        session: session id, asked at.
        person: person id, asked at.
    """

    kind: ClassVar[str] = "answers"
    id: str = attrs.field(validator=is_id)
    session_id: str = attrs.field(validator=is_id)
    person_id: str = attrs.field(validator=is_id)
    asked_at: datetime = attrs.field(converter=instant)
    answers: tuple[tuple[str, str | int | bool], ...] = attrs.field(default=(), validator=are_answers, repr=False)

    def index(self) -> Index:
        yield "session", composite(self.session_id, self.asked_at)
        if self.person_id:
            yield "person", composite(self.person_id, self.asked_at)


__all__ = [
    "Answers",
    "Missed",
    "Registration",
    "RegistrationEnd",
    "RegistrationState",
]
