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
from cantinekit.domain.sales.selling import SellingCommand
from cantinekit.domain.sessions.records import Session
from cantinekit.domain.workshops.admission import Answer
from cantinekit.errors import InputError


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

    A seat that is not paid at once is held for 15 minutes, and no longer than people can register.

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
            list, the session has fewer seats in all, or a seat at the door is not paid at once.
        TrainingError: the person lacks a prerequisite, and there is no override.
        AdmissionError: the admission of the workshop does not let the person register.
        AnswersError: the answers do not fit the questions.
        SoldOutError: at the door, too few seats are free.
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
        UnsuitableError: an option does not go with the workshop, or extras are bought along with a seat that has no
            price list.
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
    """Give a seat or a rank up before the session starts: what was spent and paid goes back, the next is promoted.

    A seat at a course can be given up until its last meeting begins. Once one of the meetings that were paid for has
    begun, nothing goes back by itself; ``RefundCharge`` gives back what staff decide.

    Attributes:
        registration_id: the registration.
        reason: why, at most 500 characters.

    Raises:
        NotFoundError: there is no such registration.
        WrongStateError: the registration is over, or the session is cancelled.
        TooLateError: the session has begun, or the last meeting of the course.
    """

    registration_id: str = attrs.field(validator=is_id, kw_only=False)
    reason: str = attrs.field(default="registration cancelled", validator=is_text(500))


@command
@attrs.frozen(kw_only=True)
class ChangeSeats(Command[Session]):
    """Change how many seats a session has. More seats go to those who wait.

    Attributes:
        session_id: the session.
        seats: how many seats it has from now on, 0 to 10,000.

    Raises:
        NotFoundError: there is no such session.
        WrongStateError: more seats are taken, or the session is cancelled.
        TooLateError: people cannot register any more.
    """

    session_id: str = attrs.field(validator=is_id, kw_only=False)
    seats: int = attrs.field(validator=is_count(least=0))


__all__ = [
    "CancelRegistration",
    "ChangeSeats",
    "Register",
    "TakeSeat",
]
