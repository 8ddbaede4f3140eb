"""All reads of a house: one class, made of the reads of each noun."""

from __future__ import annotations

from cantinekit.reads.agenda import AgendaReads
from cantinekit.reads.bills import BillReads
from cantinekit.reads.books import BookReads
from cantinekit.reads.calendar import CalendarReads
from cantinekit.reads.catalogue import CatalogueReads
from cantinekit.reads.clearing import ClearingReads
from cantinekit.reads.debits import DebitReads
from cantinekit.reads.desk import DeskReads
from cantinekit.reads.directory import DirectoryReads
from cantinekit.reads.documents import DocumentReads
from cantinekit.reads.facilitators import FacilitatorReads
from cantinekit.reads.feeds import FeedReads
from cantinekit.reads.figures import FigureReads
from cantinekit.reads.funders import FunderReads
from cantinekit.reads.gifts import GiftReads
from cantinekit.reads.grid import GridReads
from cantinekit.reads.holdings import HoldingReads
from cantinekit.reads.journal import JournalReads
from cantinekit.reads.members import MemberReads
from cantinekit.reads.month_end import MonthEndReads
from cantinekit.reads.names import NameReads
from cantinekit.reads.occupancy import OccupancyReads
from cantinekit.reads.orders import OrderReads
from cantinekit.reads.organisations import OrganisationReads
from cantinekit.reads.passes import PassReads
from cantinekit.reads.payments import PaymentReads
from cantinekit.reads.persons import PersonReads
from cantinekit.reads.places import PlaceReads
from cantinekit.reads.programme import ProgrammeReads
from cantinekit.reads.receivables import ReceivableReads
from cantinekit.reads.registrations import AdmissionReads
from cantinekit.reads.roles import RoleReads
from cantinekit.reads.session_page import SessionPageReads
from cantinekit.reads.session_series import ThemeReads
from cantinekit.reads.upgrades import UpgradeReads
from cantinekit.reads.usages import UsageReads


class Reader(
    AdmissionReads,
    MonthEndReads,
    BillReads,
    DebitReads,
    DirectoryReads,
    DocumentReads,
    FacilitatorReads,
    FeedReads,
    ThemeReads,
    CalendarReads,
    PlaceReads,
    DeskReads,
    AgendaReads,
    ProgrammeReads,
    OccupancyReads,
    OrderReads,
    OrganisationReads,
    RoleReads,
    SessionPageReads,
    CatalogueReads,
    HoldingReads,
    MemberReads,
    NameReads,
    PersonReads,
    PassReads,
    GiftReads,
    GridReads,
    UpgradeReads,
    FunderReads,
    PaymentReads,
    ReceivableReads,
    BookReads,
    ClearingReads,
    UsageReads,
    FigureReads,
    JournalReads,
):
    """Answers questions from the store. It changes nothing."""
