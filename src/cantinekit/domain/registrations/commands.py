"""Commands about registrations: asking for a seat, taking an offered one, giving it up, changing how many there are."""

from __future__ import annotations

from collections.abc import ItemsView, Iterable, Mapping
from datetime import date, datetime
from typing import Any

import attrs

from cantinekit.common.fields import are_ids, is_a, is_count, is_id, is_text, to_ids
from cantinekit.domain.base import KEYED, LEFT_OUT, Command, command
from cantinekit.domain.registrations.records import Registration, are_answers
from cantinekit.domain.rules.values import is_reason
from cantinekit.domain.sales.comes_to import RefundChoice, check_refund_reason, to_refund
from cantinekit.domain.sales.selling import SellingCommand
from cantinekit.domain.sessions.records import Session
from cantinekit.domain.workshops.admission import Answer
from cantinekit.domain.workshops.quotas import to_quotas
from cantinekit.errors import InputError

CANCELLED = "registration cancelled"
"""The reason of a cancellation for which nobody gives one."""


def to_answers(value: Mapping[str, Answer] | Iterable[tuple[str, Answer]]) -> tuple[tuple[str, Answer], ...]:
    """Convert a mapping of the keys of questions to texts, integers or truth values.

    Raises:
        InputError: it is no such mapping.
    """
    pairs = value.items() if isinstance(value, Mapping) else value
    if not isinstance(pairs, tuple | list | ItemsView) or any(not isinstance(p, tuple) or len(p) != 2 for p in pairs):
        raise InputError("answers are keys of questions with what is answered")
    if any(type(key) is not str for key, _ in pairs):
        raise InputError("the key of an answer is a text")
    return tuple(sorted(pairs, key=lambda pair: pair[0]))


def is_born(_: Any, attribute: attrs.Attribute[Any], value: Any) -> None:
    """Validate a date of birth, or ``None``. The refusal does not repeat it."""
    if value is not None and (isinstance(value, datetime) or not isinstance(value, date)):
        raise InputError(f"{attribute.name} must be a date, not {type(value).__name__}")


@command
@attrs.frozen(kw_only=True)
class Register(SellingCommand[Registration]):
    """Ask for seats at a session: the person gets them, or a rank on the waiting list where they are too few.

    A seat that is not paid at once is held for 15 minutes, and no longer than people can register. With the code of a
    group (``codes``) it is one of those that ``KeepSeats`` keeps for it. An option that has seats of its own needs one
    of these.

    It may be a line of ``Sell``, which says for all of its lines how they are paid and which codes are given; then
    nobody gets a rank on the waiting list.

    Attributes:
        session_id: the session.
        person_id: the person who registers.
        option_ids: products of the workshop that are bought with each seat.
        seats: how many seats, 1 to 10,000. All of them are had, or waited for, together.
        override: why staff register somebody in spite of the audience, the ages, the membership or the prerequisites
            of the workshop; at most 1000 characters. ``None``: none of these rules is overridden.
        at_door: the person is there already, from an hour before the session begins until its sheet is closed. The
            seats must be free and are paid at once, and they are marked present.
        groups: the groups that the person is in, which the host knows.
        born: the date of birth, where the workshop asks for an age. It is looked at and not stored.
        bursary: whether solidarity seats are asked for.
        answers: a mapping of the keys of the questions of the workshop to texts, integers or truth values.

    Raises:
        NotFoundError: there is no such session, person or product.
        WrongStateError: the session is cancelled, or its sheet is closed; or the person is being forgotten.
        TooLateError: people cannot register any more.
        TooEarlyError: at the door, it is more than an hour before the session begins.
        DuplicateError: the person has a registration for the session.
        UnsuitableError: an option does not go with the workshop, extras are bought along with a seat that has no price
            list, the session or an option has fewer seats in all, or a seat at the door is not paid at once.
        TrainingError: the person lacks a prerequisite, and there is no override.
        AdmissionError: the admission of the workshop does not let the person register.
        AnswersError: the answers do not fit the questions.
        SoldOutError: at the door, too few seats are free; or too few of those that are kept for a group.
    """

    session_id: str = attrs.field(validator=is_id)
    person_id: str = attrs.field(validator=is_id)
    option_ids: tuple[str, ...] = attrs.field(default=(), converter=to_ids, validator=are_ids)
    seats: int = attrs.field(default=1, validator=is_count())
    override: str | None = attrs.field(default=None, validator=is_reason)
    at_door: bool = attrs.field(default=False, validator=is_a(bool))
    groups: tuple[str, ...] = attrs.field(default=(), converter=to_ids, validator=are_ids)
    born: date | None = attrs.field(default=None, validator=is_born, repr=False, metadata=LEFT_OUT)
    bursary: bool = attrs.field(default=False, validator=is_a(bool))
    answers: tuple[tuple[str, str | int | bool], ...] = attrs.field(
        default=(), converter=to_answers, validator=are_answers, repr=False, metadata=KEYED
    )


@command
@attrs.frozen(kw_only=True)
class TakeSeat(SellingCommand[Registration]):
    """Take a seat that was offered from the waiting list, and pay it.

    Attributes:
        registration_id: the registration to which the seat was offered.
        option_ids: products of the workshop that are bought with each seat; ``None``: those that were asked for.

    Raises:
        NotFoundError: there is no such registration.
        WrongStateError: no seat is offered, or it has its charge already; the session is cancelled; or the person is
            being forgotten.
        TooLateError: people cannot register any more, or the offer has ended.
        UnsuitableError: an option does not go with the workshop, or is one with seats of its own that was not asked
            for; or extras are bought along with a seat that has no price list.
    """

    registration_id: str = attrs.field(validator=is_id, kw_only=False)
    option_ids: tuple[str, ...] | None = attrs.field(
        default=None,
        converter=attrs.converters.optional(to_ids),
        validator=attrs.validators.optional(are_ids),
    )


@command
@attrs.frozen(kw_only=True)
class CancelRegistration(Command[Registration]):
    """Give a seat or a rank up before the session starts; the next is promoted.

    What was paid, spent and counted goes back as the price list says that it was sold by. Where the list says nothing,
    all of it goes back until the session starts. A seat at a course can be given up until its last meeting begins; once
    one of the meetings that were paid for has begun, nothing goes back by itself. ``Outcome.afterwards`` says what it
    comes to, of a preview too.

    Attributes:
        registration_id: the registration.
        reason: why, at most 500 characters.
        refund: what staff give back in place of what the price list says: ``"all"``, ``"nothing"`` or an amount;
            ``None``: as the price list says. It is recorded as an override, and needs a reason of its own.

    Raises:
        NotFoundError: there is no such registration.
        WrongStateError: the registration is over, or waits for the payment of its order; or the session is cancelled.
        TooLateError: the session has begun, or the last meeting of the course.
        NotForSaleError: the price list does not let it be cancelled, and staff do not say what goes back.
        InputError: staff give something else back and say no reason for it, or more than the seat costs.
        CurrencyError: the amount is in another currency than the seat.
    """

    registration_id: str = attrs.field(validator=is_id, kw_only=False)
    reason: str = attrs.field(default=CANCELLED, validator=is_text(500))
    refund: RefundChoice = attrs.field(default=None, converter=to_refund)

    def __attrs_post_init__(self) -> None:
        check_refund_reason(self.refund, self.reason, CANCELLED)


@command
@attrs.frozen(kw_only=True)
class MoveRegistration(SellingCommand[Registration]):
    """Move somebody's seats to another session of the same workshop; who waits for the old seats is promoted.

    It is one change: the old seats are free and the new ones taken, or nothing is changed. Seats that are confirmed are
    priced anew by the version of the price list that they were sold by. The difference is charged or goes back, with
    the fee that the list asks for moving; the move stands whether it is paid or not. Seats that wait for their payment
    wait for that of their new price. ``Outcome.afterwards`` says what it comes to. The admission of the workshop is not
    asked again, but for its prerequisites and its solidarity seats.

    See docs/how-to/move-a-booking.md.

    Attributes:
        registration_id: the registration.
        session_id: the session to which it is moved.
        override: why staff move them although a prerequisite is missing or the list does not let them be moved, at most
            1000 characters; ``None``: none of these rules is overridden.

    Raises:
        NotFoundError: there is no such registration or session.
        WrongStateError: the registration is no seat, is being paid, alone or with its order, or somebody was marked
            present; a session is cancelled; or the person is being forgotten.
        TooLateError: the old session has begun, people cannot register for the new one any more, or the hold is over.
        UnsuitableError: it is the same session or one of another workshop, or an option does not go with it.
        DuplicateError: the person has a registration for the new session.
        SoldOutError: too few seats are free there, or others wait for them.
        TrainingError: the person lacks a prerequisite, and there is no override.
        AdmissionError: too few solidarity seats are left there.
    """

    registration_id: str = attrs.field(validator=is_id)
    session_id: str = attrs.field(validator=is_id)
    override: str | None = attrs.field(default=None, validator=is_reason)


@command
@attrs.frozen(kw_only=True)
class ChangeSeats(Command[Session]):
    """Change how many seats a session has. More seats go to those who wait.

    Attributes:
        session_id: the session.
        seats: how many seats it has from now on, 0 to 10,000.
        quotas: how many of them there are for some of the options that have seats of their own: a mapping of the ids of
            options to 0 to 10,000 seats, or pairs. The other options keep what they have.

    Raises:
        NotFoundError: there is no such session.
        WrongStateError: more seats are taken or kept for groups, or the session is cancelled.
        TooLateError: people cannot register any more.
        UnsuitableError: an option has no seats of its own.
    """

    session_id: str = attrs.field(validator=is_id, kw_only=False)
    seats: int = attrs.field(validator=is_count(least=0))
    quotas: tuple[tuple[str, int], ...] = attrs.field(default=(), converter=to_quotas)


@command
@attrs.frozen(kw_only=True)
class KeepSeats(Command[Session]):
    """Keep seats of a session for a group: for those who give its code when they register, and for nobody else.

    The same code again says how many there are from now on. With 0 the seats that nobody of the group has are given up:
    they go to those who wait, or are free. Who has one keeps it. A seat that somebody of the group gives up is kept for
    the group again.

    Attributes:
        session_id: the session.
        code: the code of the group, which is given as one of the ``codes`` of ``Register``; the price list need not
            know it.
        seats: how many seats are kept, 0 to 10,000, those that somebody of the group has among them.

    Raises:
        NotFoundError: there is no such session.
        WrongStateError: the session is cancelled.
        TooLateError: people cannot register any more.
        SoldOutError: fewer seats are free, or others wait for them.
        InputError: seats are kept for more than 50 groups.
    """

    session_id: str = attrs.field(validator=is_id, kw_only=False)
    code: str = attrs.field(validator=is_id)
    seats: int = attrs.field(validator=is_count(least=0))


__all__ = [
    "CancelRegistration",
    "ChangeSeats",
    "KeepSeats",
    "MoveRegistration",
    "Register",
    "TakeSeat",
]
