"""Admission: who may register for a workshop, and which questions they are asked."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import attrs

from cantinekit.common.fields import (
    Code,
    PublicText,
    are_ids,
    check_text,
    is_a,
    is_count,
    is_id,
    is_text,
    is_word,
    maybe,
    maybe_id,
    to_names,
)
from cantinekit.common.fields import to_ids as to_tuple
from cantinekit.errors import InputError

MAX_QUESTIONS = 50
"""How many questions a workshop may ask."""

MAX_CHOICES = 100
"""How many choices a question may give."""

MAX_ANSWER = 1000
"""How many characters an answer in words may have."""

Answer = str | int | bool
"""What is answered to a question: words or a choice, a count, yes or no."""

QuestionKind = Literal["text", "choice", "yes_no", "count"]
"""What a question is answered with: words, one of its choices, yes or no, or an integer from 0 to 10,000."""

_AGE = is_count(least=0, most=150)


@attrs.frozen
class Quota:
    """A part of the seats of a session: a percentage or a number, exactly one of both.

    Attributes:
        percent: per cent of the capacity of the session, 1 to 100, rounded down to whole seats.
        seats: a number of seats, 1 to 10,000.
    """

    percent: int | None = attrs.field(default=None, validator=maybe(is_count(most=100)))
    seats: int | None = attrs.field(default=None, validator=maybe(is_count()))

    def __attrs_post_init__(self) -> None:
        if (self.percent is None) == (self.seats is None):
            raise InputError("a quota is either a percentage or a number of seats")

    def of(self, capacity: int) -> int:
        """How many seats of a capacity the quota comes to, at most the capacity."""
        return capacity * self.percent // 100 if self.percent is not None else min(self.seats or 0, capacity)


@attrs.frozen
class RegistrationQuestion:
    """A question that is asked of everybody who registers.

    Attributes:
        key: names the question among those of its workshop; answers are kept under it.
        text_fr: the question in French, at most 500 characters.
        text_en: the question in English, at most 500 characters.
        kind: ``text``: words, at most 1000 characters; ``choice``: one of ``choices``; ``yes_no``; ``count``: an
            integer from 0 to 10,000.
        choices: what can be chosen, 1 to 100 different texts of at most 200 characters; none for other kinds.
        required: whether it has to be answered; blanks are no answer.
    """

    key: Code = attrs.field(validator=is_id)
    text_fr: PublicText = attrs.field(validator=is_text(500))
    text_en: PublicText = attrs.field(validator=is_text(500))
    kind: QuestionKind = attrs.field(default="text", validator=is_word(QuestionKind))
    choices: tuple[PublicText, ...] = attrs.field(default=(), converter=to_tuple)
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
    """Who may register for a workshop. It binds registrations that are made from then on.

    Attributes:
        audience: the groups of people, of which whoever registers is in one at least; empty: everybody. Which groups
            somebody is in, the host knows and says in ``Register``.
        youngest: the least completed years of age on the local day on which the session begins, 0 to 150; ``None``: no
            limit.
        oldest: the most completed years of age on that day; ``None``: no limit.
        members_of: products that sell passes: whoever registers holds a live pass of one of them, which covers the
            beginning of the session; empty: no pass is needed.
        bursaries: how many seats of a session are solidarity seats; ``None``: none.
        bursary_product_id: the product that solidarity seats are priced by, on the price list of the workshop;
            ``None``: they are free. It needs ``bursaries``.
        questions: what whoever registers is asked, at most 50 questions with different keys.
    """

    audience: frozenset[Code] = attrs.field(default=frozenset(), converter=to_names, validator=are_ids)
    youngest: int | None = attrs.field(default=None, validator=maybe(_AGE))
    oldest: int | None = attrs.field(default=None, validator=maybe(_AGE))
    members_of: tuple[Code, ...] = attrs.field(default=(), converter=to_tuple, validator=are_ids)
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
    "QuestionKind",
    "Quota",
    "RegistrationQuestion",
]
