"""Admission to a workshop: one rule answers questions and decides registrations. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import ClassVar

import attrs

from cantinekit.calendar import months_between
from cantinekit.common.fields import MAX_COUNT
from cantinekit.common.typography import Lang
from cantinekit.domain.workshops.admission import MAX_ANSWER, Admission, Answer, RegistrationQuestion
from cantinekit.scheduling.availability import NotYours, Reason


@attrs.frozen
class NoBirthDate(Reason):
    """The age is limited, and no date of birth is given, or one after the day of the session."""

    code: ClassVar[str] = "no birth date"

    def __str__(self) -> str:
        return "a date of birth is needed"


@attrs.frozen
class TooYoung(Reason):
    """The person is too young for the workshop.

    Attributes:
        youngest: the least permitted age, in completed years on the day of the session.
    """

    code: ClassVar[str] = "too young"
    youngest: int

    def __str__(self) -> str:
        return f"it is for people from {self.youngest} years on"


@attrs.frozen
class TooOld(Reason):
    """The person is too old for the workshop.

    Attributes:
        oldest: the greatest permitted age, in completed years on the day of the session.
    """

    code: ClassVar[str] = "too old"
    oldest: int

    def __str__(self) -> str:
        return f"it is for people of {self.oldest} years at most"


@attrs.frozen
class NotAMember(Reason):
    """The person holds no live pass of these products that covers the beginning of the session.

    Attributes:
        members_of: ids of the products of which one pass is required.
    """

    code: ClassVar[str] = "not a member"
    members_of: tuple[str, ...]

    def __str__(self) -> str:
        return f"it is for holders of a pass that is valid then: {', '.join(self.members_of)}"


@attrs.frozen
class NoBursaries(Reason):
    """The workshop has no solidarity seats."""

    code: ClassVar[str] = "no bursaries"

    def __str__(self) -> str:
        return "it has no solidarity seats"


@attrs.frozen
class BursariesGone(Reason):
    """Fewer solidarity seats are left of the quota than are wanted.

    Attributes:
        quota: the number of solidarity seats of a session.
        left: how many of them are left.
        wanted: how many are wanted.
    """

    code: ClassVar[str] = "bursaries gone"
    quota: int
    left: int
    wanted: int

    def __str__(self) -> str:
        return f"solidarity seats: {self.wanted} wanted, {self.left} of {self.quota} left"


OVERRIDABLE = (NotYours, NoBirthDate, TooYoung, TooOld, NotAMember)
"""The reasons that staff may override."""


def age_on(born: date, day: date) -> int:
    """Completed years of age on a day; below zero before the birth.

    A person born on 29 February completes a year on the last day of February: circulaire NOR INTA1317573C of 25 July
    2013 of the French ministry of the interior, in line with the code de procédure civile, article 641, on periods.

    Args:
        born: the date of birth.
        day: the day to look at.
    """
    return months_between(born, day) // 12


def why_not(
    admission: Admission,
    day: date,
    *,
    groups: Collection[str] = (),
    born: date | None = None,
    passes: Collection[str] = (),
    bursary: bool = False,
    seats: int = 1,
    capacity: int = 0,
    given: int = 0,
) -> tuple[Reason, ...]:
    """Every reason against a registration; none: the person may register.

    Args:
        admission: the rules of the workshop.
        day: the local day on which the session begins.
        groups: the person's groups as the host knows them, checked against the audience.
        born: the date of birth; ``None``: not known, which an age limit refuses.
        passes: ids of the products of which the person holds a live pass that covers the beginning.
        bursary: whether the seats are to be solidarity seats.
        seats: how many seats are wanted.
        capacity: the seats of the session.
        given: how many solidarity seats of the session are taken.
    """
    found: list[Reason] = []
    if admission.audience and admission.audience.isdisjoint(groups):
        found.append(NotYours(tuple(sorted(admission.audience))))
    found += _age(admission, day, born)
    if admission.members_of and not set(admission.members_of) & set(passes):
        found.append(NotAMember(admission.members_of))
    if bursary and admission.bursaries is None:
        found.append(NoBursaries())
    elif bursary and admission.bursaries is not None:
        quota = admission.bursaries.of(capacity)
        if given + seats > quota:
            found.append(BursariesGone(quota, max(0, quota - given), seats))
    return tuple(found)


def _age(admission: Admission, day: date, born: date | None) -> Iterable[Reason]:
    if admission.youngest is None and admission.oldest is None:
        return
    age = -1 if born is None else age_on(born, day)
    if age < 0:
        yield NoBirthDate()
    elif admission.youngest is not None and age < admission.youngest:
        yield TooYoung(admission.youngest)
    elif admission.oldest is not None and age > admission.oldest:
        yield TooOld(admission.oldest)


@attrs.frozen
class BadAnswer:
    """A problem with the answer to a question; it does not hold the answer itself.

    Attributes:
        key: the key of the question.
        why: "unknown" (there is no such question), "missing", "wrong kind", "no such choice" or "too long".
    """

    key: str
    why: str

    def __str__(self) -> str:
        return f"{self.key!r}: {self.why}"

    def text(self, lang: Lang = "en", names: Mapping[str, str] | None = None) -> str:
        """The problem as a clause for a visitor.

        Args:
            lang: "fr" or "en".
            names: the texts of the questions by their keys; without one the key is shown; ``None``: none are known.

        Raises:
            InputError: there are no texts in this language.
        """
        from cantinekit.scheduling import reasons

        return reasons.of_answer(self, lang, names or {})


def bad_answers(questions: Iterable[RegistrationQuestion], answers: Mapping[str, Answer]) -> tuple[BadAnswer, ...]:
    """All answers that are not acceptable, each key once: first in the order of the questions, then those to no
    question.

    Args:
        questions: what the workshop asks.
        answers: what was answered, by the key of the question.
    """
    asked = {one.key: one for one in questions}
    found = [(key, _wrong(one, answers.get(key))) for key, one in asked.items()]
    found += [(key, "unknown") for key in answers if key not in asked]
    return tuple(BadAnswer(key, why) for key, why in found if why is not None)


def _wrong(question: RegistrationQuestion, answer: Answer | None) -> str | None:
    if answer is None or (isinstance(answer, str) and not answer.strip()):
        return "missing" if question.required else None
    if question.kind == "yes_no":
        return None if type(answer) is bool else "wrong kind"
    if question.kind == "count":
        return None if type(answer) is int and 0 <= answer <= MAX_COUNT else "wrong kind"
    if type(answer) is not str:
        return "wrong kind"
    if question.kind == "choice":
        return None if answer in question.choices else "no such choice"
    return "too long" if len(answer) > MAX_ANSWER else None


__all__ = [
    "OVERRIDABLE",
    "BadAnswer",
    "BursariesGone",
    "NoBirthDate",
    "NoBursaries",
    "NotAMember",
    "TooOld",
    "TooYoung",
    "age_on",
    "bad_answers",
    "why_not",
]
