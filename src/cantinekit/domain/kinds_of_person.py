"""The records: frozen values, each with its kind and its id. Domain records are made by folding events only."""

from __future__ import annotations

from typing import Any

from cantinekit.domain.attendance.records import Training
from cantinekit.domain.booking_series.records import BookingSeries
from cantinekit.domain.bookings.records import Booking
from cantinekit.domain.documents.records import Addressee, Document
from cantinekit.domain.passes.records import Entitlement, Pass
from cantinekit.domain.payments.records import Charge
from cantinekit.domain.registrations.records import Answers, Registration
from cantinekit.domain.spaces.records import Space
from cantinekit.domain.visits.records import Visit

KINDS_OF_PERSON: tuple[tuple[type[Any], str], ...] = (
    (Pass, "holder"),
    (Entitlement, "holder"),
    (Visit, "person"),
    (Booking, "person"),
    (BookingSeries, "person"),
    (Registration, "person"),
    (Training, "person"),
    (Answers, "person"),
    (Space, "person"),
    (Charge, "payer"),
    (Document, "payer"),
    (Addressee, "person"),
)
"""The kinds of records that are about a person, each with the index field that begins with the person's id."""

__all__ = [
    "KINDS_OF_PERSON",
]
