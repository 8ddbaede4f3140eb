"""The command about who may register for a workshop, and what a registration says for it."""

from __future__ import annotations

from collections.abc import ItemsView, Mapping
from datetime import date, datetime
from typing import Any

import attrs

from cantinekit.common.fields import are_ids, is_a, is_count, is_id, is_text, maybe_id, maybe_text, to_ids
from cantinekit.domain.base import KEYED, LEFT_OUT, Command, command
from cantinekit.domain.registrations.records import Registration, are_answers
from cantinekit.domain.rules.values import is_reason
from cantinekit.domain.sales.values import Facts, PricePromise, to_facts, to_promise
from cantinekit.domain.sessions.records import Session
from cantinekit.domain.workshops.admission import Answer
from cantinekit.errors import InputError


def to_answers(value: Any) -> tuple[tuple[str, Answer], ...]:
    """Take answers as a mapping of keys to texts, integers or yes/no.

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
@attrs.frozen
class Register(Command[Registration]):
    """Ask for a seat at a session: a seat, or a rank on the waiting list.

    ``seats``: how many, for whoever brings guests. All of them are had, or waited for, together; each has its options.
    ``at_door``: whoever is there already, from an hour before the session begins until its sheet is closed. The seats
    must be free, what they cost is paid at once, and they are marked present.

    For the admission of the workshop: ``groups`` are those that the person is in, which is the host's to know.
    ``born`` is the date of birth, which is looked at and not stored. ``bursary`` asks for solidarity seats. ``answers``
    are those to its questions, by their keys. ``override`` is the reason for which staff register somebody against
    what it asks of audience, age or membership, or who has not learnt what comes before the workshop. ``facts`` are
    those that the price list asks for.
    """

    session_id: str = attrs.field(validator=is_id)
    person_id: str = attrs.field(validator=is_id)
    option_ids: tuple[str, ...] = attrs.field(default=(), converter=to_ids, validator=are_ids)
    account: str | None = attrs.field(default=None, validator=maybe_id)
    return_url: str | None = attrs.field(default=None, validator=maybe_text(2000))
    quote: PricePromise | None = attrs.field(default=None, converter=to_promise)
    seats: int = attrs.field(default=1, validator=is_count())
    override: str | None = attrs.field(default=None, validator=is_reason)
    at_door: bool = attrs.field(default=False, validator=is_a(bool))
    groups: tuple[str, ...] = attrs.field(default=(), converter=to_ids, validator=are_ids)
    born: date | None = attrs.field(default=None, validator=is_born, repr=False, metadata=LEFT_OUT)
    bursary: bool = attrs.field(default=False, validator=is_a(bool))
    answers: tuple[tuple[str, str | int | bool], ...] = attrs.field(
        default=(), converter=to_answers, validator=are_answers, repr=False, metadata=KEYED
    )
    facts: Facts = attrs.field(default=(), converter=to_facts)


@command
@attrs.frozen
class TakeSeat(Command[Registration]):
    """Take a seat that was offered from the waiting list; without ``option_ids`` with those that were asked for."""

    registration_id: str = attrs.field(validator=is_id)
    option_ids: tuple[str, ...] | None = attrs.field(
        default=None,
        converter=attrs.converters.optional(to_ids),
        validator=attrs.validators.optional(are_ids),
    )
    account: str | None = attrs.field(default=None, validator=maybe_id)
    return_url: str | None = attrs.field(default=None, validator=maybe_text(2000))
    quote: PricePromise | None = attrs.field(default=None, converter=to_promise)
    facts: Facts = attrs.field(default=(), converter=to_facts)


@command
@attrs.frozen
class CancelRegistration(Command[Registration]):
    """Give a seat or a rank up before the session starts: what was spent and paid goes back, the next is promoted.

    At a course it can be given up until the last meeting begins. Once one of the meetings that were paid for has begun,
    nothing goes back by itself; ``RefundCharge`` gives back what staff decide.
    """

    registration_id: str = attrs.field(validator=is_id)
    reason: str = attrs.field(default="registration cancelled", validator=is_text(500))


@command
@attrs.frozen
class ChangeSeats(Command[Session]):
    """Change the seats of a session: more promotes who waits, fewer than are taken is refused."""

    session_id: str = attrs.field(validator=is_id)
    seats: int = attrs.field(validator=is_count(least=0))


__all__ = [
    "CancelRegistration",
    "ChangeSeats",
    "Register",
    "TakeSeat",
]
