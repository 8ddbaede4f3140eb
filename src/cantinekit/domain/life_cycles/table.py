"""What becomes of what is sold: each noun declares how its records await a payment, are had, lapse and expire."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from cantinekit.domain.base import Subject
from cantinekit.domain.draft import Draft
from cantinekit.domain.unit_of_work import Steps, Uow


def _never(draft: Draft, subject: Subject, _: str) -> bool:
    return False


def _nothing(draft: Draft, subject: Subject, _: str = "") -> None:
    pass


class LifeCycle(NamedTuple):
    """The life cycle of one kind of records that are paid for, or that expire.

    Attributes:
        read: loads what the others need, by the id of the record.
        expire: ends the record where its time is over.
        awaits: whether the record can still be had for this charge, by the charge's id.
        fulfil: the charge of this id is settled: the record is had.
        lapse: the record will not be had, for this reason.
        owed: whether the record was had although this charge, by its id, is not paid, so that it is a debt.
    """

    read: Callable[[Uow, str], Steps[None]]
    expire: Callable[[Draft, Subject], None] = _nothing
    awaits: Callable[[Draft, Subject, str], bool] = _never
    fulfil: Callable[[Draft, Subject, str], None] = _nothing
    lapse: Callable[[Draft, Subject, str], None] = _nothing
    owed: Callable[[Draft, Subject, str], bool] = _never


LIFE_CYCLES: dict[str, LifeCycle] = {}
"""The life cycles by kind of record. Payments look a record up here and know nothing else of it."""
