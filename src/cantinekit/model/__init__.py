"""The records: frozen values, each with its kind and its id. Domain records are made by folding events only."""

from __future__ import annotations

from typing import Any, Protocol

from cantinekit.model._admission import Admission, Answers, Quota, RegistrationQuestion
from cantinekit.model._attendance import Learnt, Mark, Sheet, Training, training_id
from cantinekit.model._bookings import Booking
from cantinekit.model._catalogue import Grant, ListVersion, PriceList, Product, TariffText
from cantinekit.model._courses import MAX_MEETINGS, Meeting
from cantinekit.model._documents import (
    DOCUMENTS,
    Addressee,
    BilledTo,
    ChargeDocuments,
    Credit,
    Document,
    DocumentLine,
    DocumentTax,
    NumberSeries,
    Seller,
    series_id,
)
from cantinekit.model._limits import Meter, Override, Unique
from cantinekit.model._occupancy import (
    LONG_CLAIM_DAYS,
    MAX_BOOKING_DAYS,
    WHOLE,
    Claim,
    Closure,
    Narrowing,
    OccupancyPage,
    Placed,
    StandingPage,
    page_id,
    standing_id,
)
from cantinekit.model._openings import (
    CLOSED_FOR,
    MINUTES_A_DAY,
    ClosedDays,
    ExtraOpening,
    OpenHours,
    Openings,
    Season,
)
from cantinekit.model._operations import Quarantined, Request, Task
from cantinekit.model._passes import Entitlement, Pass, Spend, Wallet
from cantinekit.model._payments import (
    Attempt,
    Charge,
    ChargeLine,
    LedgerEntry,
    LedgerLine,
    MeterMove,
    Refund,
    Subject,
)
from cantinekit.model._people import EmailHolder, Erasure, Kept, Person
from cantinekit.model._places import FACILITATOR, LegalEntity, Place, Space
from cantinekit.model._planned import MAX_THEME, PlannedDate, SessionSeries, titled
from cantinekit.model._sales import Sale, SaleItem, SaleLot, SaleMeter
from cantinekit.model._series import (
    MAX_SERIES_DATES,
    BookingSeries,
    ChargePart,
    DateClash,
    SeriesDate,
)
from cantinekit.model._slots import FixedSlot
from cantinekit.model._terms import Terms
from cantinekit.model._visits import CodePool, Upgrade, Visit
from cantinekit.model._workshops import TOO_FEW, HeldSeat, Party, Registration, Session, Workshop


class Record(Protocol):
    """What every record has: the kind of its class and its own id."""

    @property
    def kind(self) -> str: ...

    @property
    def id(self) -> str: ...


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
    "CLOSED_FOR",
    "DOCUMENTS",
    "FACILITATOR",
    "KINDS_OF_PERSON",
    "LONG_CLAIM_DAYS",
    "MAX_BOOKING_DAYS",
    "MAX_MEETINGS",
    "MAX_SERIES_DATES",
    "MAX_THEME",
    "MINUTES_A_DAY",
    "TOO_FEW",
    "WHOLE",
    "Addressee",
    "Admission",
    "Answers",
    "Attempt",
    "BilledTo",
    "Booking",
    "BookingSeries",
    "Charge",
    "ChargeDocuments",
    "ChargeLine",
    "ChargePart",
    "Claim",
    "ClosedDays",
    "Closure",
    "CodePool",
    "Credit",
    "DateClash",
    "Document",
    "DocumentLine",
    "DocumentTax",
    "EmailHolder",
    "Entitlement",
    "Erasure",
    "ExtraOpening",
    "FixedSlot",
    "Grant",
    "HeldSeat",
    "Kept",
    "Learnt",
    "LedgerEntry",
    "LedgerLine",
    "LegalEntity",
    "ListVersion",
    "Mark",
    "Meeting",
    "Meter",
    "MeterMove",
    "Narrowing",
    "NumberSeries",
    "OccupancyPage",
    "OpenHours",
    "Openings",
    "Override",
    "Party",
    "Pass",
    "Person",
    "Place",
    "Placed",
    "PlannedDate",
    "PriceList",
    "Product",
    "Quarantined",
    "Quota",
    "Record",
    "Refund",
    "Registration",
    "RegistrationQuestion",
    "Request",
    "Sale",
    "SaleItem",
    "SaleLot",
    "SaleMeter",
    "Season",
    "Seller",
    "SeriesDate",
    "Session",
    "SessionSeries",
    "Sheet",
    "Space",
    "Spend",
    "StandingPage",
    "Subject",
    "TariffText",
    "Task",
    "Terms",
    "Training",
    "Unique",
    "Upgrade",
    "Visit",
    "Wallet",
    "Workshop",
    "page_id",
    "series_id",
    "standing_id",
    "titled",
    "training_id",
]
