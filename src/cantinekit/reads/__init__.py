"""What pages and reports ask, by noun; ``Cantine.read`` is a ``Reader``."""

from __future__ import annotations

from cantinekit.domain.bookings.grid import Grid, GridBar, GridCell, GridRow
from cantinekit.domain.occupancy.journal_index import JournalIndex
from cantinekit.domain.passes.timeline import HeldChange, HeldPeriod, HeldUnits, Timeline
from cantinekit.domain.payments.owing import OwedPart
from cantinekit.reads.agenda import AgendaItem
from cantinekit.reads.attendance import AttendanceSheet, Certificate, NoShow, SheetRow
from cantinekit.reads.bills import BillPreview, UnpaidBill
from cantinekit.reads.books import CheckedClosing
from cantinekit.reads.calendar import Days
from cantinekit.reads.catalogue import Offer
from cantinekit.reads.clearing import Clearing, ClearingPosition
from cantinekit.reads.debits import RefusedDebit
from cantinekit.reads.desk import Coming, Desk, DeskItem, DeskSeat
from cantinekit.reads.directory import DirectoryPage
from cantinekit.reads.documents import Numbering
from cantinekit.reads.entries import AccountingEntry, AccountingLine
from cantinekit.reads.facilitators import Facilitation
from cantinekit.reads.fec import FecFile
from cantinekit.reads.feeds import FeedItem, HouseFeed
from cantinekit.reads.figures import Attendance, MonthOfEvents, PeriodAttendance
from cantinekit.reads.funders import FunderFigures, FunderReport, PublicCount
from cantinekit.reads.holdings import Allowance, HeldBooking, HeldPass, HeldSeats, Holdings, UnitsLeft
from cantinekit.reads.members import Cohort, MonthOfMembers, RecurringRevenue, Retention
from cantinekit.reads.month_end import MonthEnd
from cantinekit.reads.organisations import OrganisationAccount
from cantinekit.reads.paging import Listing
from cantinekit.reads.passes import Balance
from cantinekit.reads.payment_page import PaymentPage
from cantinekit.reads.payments import PeriodTakings, Takings
from cantinekit.reads.people import OrganisationExport, PersonExport
from cantinekit.reads.places import ClosedSpace
from cantinekit.reads.programme import ProgrammeItem
from cantinekit.reads.reader import Reader
from cantinekit.reads.receivables import AgedPayer, PayerStatement, StatementLine
from cantinekit.reads.registrations import AnsweredRow
from cantinekit.reads.roles import Regular
from cantinekit.reads.session_page import SessionPage
from cantinekit.reads.session_series import Themed
from cantinekit.reads.sessions import Drifted
from cantinekit.reads.status import Status, TaskCount, prometheus
from cantinekit.reads.upgrades import StayOffer
from cantinekit.reads.usages import PastUsages
from cantinekit.reads.visits import Here, Presence

__all__ = [
    "AccountingEntry",
    "AccountingLine",
    "AgedPayer",
    "AgendaItem",
    "Allowance",
    "AnsweredRow",
    "Attendance",
    "AttendanceSheet",
    "Balance",
    "BillPreview",
    "Certificate",
    "CheckedClosing",
    "Clearing",
    "ClearingPosition",
    "ClosedSpace",
    "Cohort",
    "Coming",
    "Days",
    "Desk",
    "DeskItem",
    "DeskSeat",
    "DirectoryPage",
    "Drifted",
    "Facilitation",
    "FecFile",
    "FeedItem",
    "FunderFigures",
    "FunderReport",
    "Grid",
    "GridBar",
    "GridCell",
    "GridRow",
    "HeldBooking",
    "HeldChange",
    "HeldPass",
    "HeldPeriod",
    "HeldSeats",
    "HeldUnits",
    "Here",
    "Holdings",
    "HouseFeed",
    "JournalIndex",
    "Listing",
    "MonthEnd",
    "MonthOfEvents",
    "MonthOfMembers",
    "NoShow",
    "Numbering",
    "Offer",
    "OrganisationAccount",
    "OrganisationExport",
    "OwedPart",
    "PastUsages",
    "PayerStatement",
    "PaymentPage",
    "PeriodAttendance",
    "PeriodTakings",
    "PersonExport",
    "Presence",
    "ProgrammeItem",
    "PublicCount",
    "Reader",
    "RecurringRevenue",
    "RefusedDebit",
    "Regular",
    "Retention",
    "SessionPage",
    "SheetRow",
    "StatementLine",
    "Status",
    "StayOffer",
    "Takings",
    "TaskCount",
    "Themed",
    "Timeline",
    "UnitsLeft",
    "UnpaidBill",
    "prometheus",
]
