"""Admission: who may register for a workshop, and what they are asked."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from cantinekit.common.fields import (
    are_ids,
    check_text,
    is_a,
    is_count,
    is_id,
    is_one_of,
    is_text,
    maybe,
    maybe_id,
    to_names,
)
from cantinekit.common.fields import to_ids as to_tuple
from cantinekit.errors import InputError

MAX_QUESTIONS = 50

MAX_CHOICES = 100

MAX_ANSWER = 1000
"""How many characters an answer in words may have."""

_AGE = is_count(least=0, most=150)

Answer = str | int | bool


@attrs.frozen
class Quota:
    """A part of the seats of a session: ``percent`` of its capacity, rounded down, or a number of ``seats``."""

    percent: int | None = attrs.field(default=None, validator=maybe(is_count(most=100)))
    seats: int | None = attrs.field(default=None, validator=maybe(is_count()))

    def __attrs_post_init__(self) -> None:
        if (self.percent is None) == (self.seats is None):
            raise InputError("a quota is either a percentage or a number of seats")

    def of(self, capacity: int) -> int:
        """How many seats that is of so many; never more than there are."""
        return capacity * self.percent // 100 if self.percent is not None else min(self.seats or 0, capacity)


@attrs.frozen
class RegistrationQuestion:
    """Something that whoever registers is asked, in French and in English.

    ``kind`` is ``text`` (of at most 1000 characters), ``choice`` (one of ``choices``), ``yes_no`` or ``count`` (an
    integer from 0 to 10,000). A ``required`` one has to be answered; blanks are no answer.
    """

    key: str = attrs.field(validator=is_id)
    text_fr: str = attrs.field(validator=is_text(500))
    text_en: str = attrs.field(validator=is_text(500))
    kind: str = attrs.field(default="text", validator=is_one_of("text", "choice", "yes_no", "count"))
    choices: tuple[str, ...] = attrs.field(default=(), converter=to_tuple)
    required: bool = attrs.field(default=False, validator=is_a(bool))

    def __attrs_post_init__(self) -> None:
        if (self.kind == "choice") != bool(self.choices):
            raise InputError(f"{self.key}: a choice has choices, no other question has any")
        for choice in self.choices:
            if not check_text(choice, f"a choice of {self.key}", limit=200).strip():
                raise InputError(f"{self.key}: a choice must not be blank")
        if len(self.choices) > MAX_CHOICES or len(set(self.choices)) != len(self.choices):
            raise InputError(f"{self.key}: each choice is named once, at most {MAX_CHOICES} of them")


def _to_questions(values: Iterable[RegistrationQuestion]) -> tuple[RegistrationQuestion, ...]:
    """Convert to a tuple of questions, each with a key of its own.

    Raises:
        InputError: something else is among them, a key is there twice, or they are too many.
    """
    found = tuple(values) if isinstance(values, Iterable) else (None,)
    if any(not isinstance(one, RegistrationQuestion) for one in found):
        raise InputError("questions are values of RegistrationQuestion")
    if len(found) > MAX_QUESTIONS or len({one.key for one in found}) != len(found):
        raise InputError(f"each question has a key of its own, and there are at most {MAX_QUESTIONS}")
    return found


@attrs.frozen
class Admission:
    """Who may register for a workshop. It binds registrations made from then on; what is registered stays.

    - ``audience``: groups, of which one is needed; none: everybody. Who is in which group is the host's to know.
    - ``youngest``, ``oldest``: completed years of age on the local day on which the session begins.
    - ``members_of``: products that sell passes, of one of which a live pass is needed that covers the beginning.
    - ``bursaries``: how many seats at a session are solidarity seats. They are priced by ``bursary_product_id``, on the
      price list of the workshop, in place of its own product; without one they are free.
    - ``questions``: what whoever registers is asked.
    """

    audience: frozenset[str] = attrs.field(default=frozenset(), converter=to_names, validator=are_ids)
    youngest: int | None = attrs.field(default=None, validator=maybe(_AGE))
    oldest: int | None = attrs.field(default=None, validator=maybe(_AGE))
    members_of: tuple[str, ...] = attrs.field(default=(), converter=to_tuple, validator=are_ids)
    bursaries: Quota | None = attrs.field(default=None, validator=maybe(is_a(Quota)))
    bursary_product_id: str | None = attrs.field(default=None, validator=maybe_id)
    questions: tuple[RegistrationQuestion, ...] = attrs.field(default=(), converter=_to_questions)

    def __attrs_post_init__(self) -> None:
        if self.youngest is not None and self.oldest is not None and self.oldest < self.youngest:
            raise InputError("nobody could register: the oldest is younger than the youngest")
        if self.bursary_product_id is not None and self.bursaries is None:
            raise InputError("a product for bursary seats needs a quota of them")


__all__ = [
    "Admission",
    "Quota",
    "RegistrationQuestion",
]
