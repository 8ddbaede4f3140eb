"""The commands: one frozen value for each thing that a person can do, and the few that the system does by itself.

Where a command takes an ``id``, it may be left out and is made. ``account`` names the gateway account that takes the
money; without it, what is owed stays due. ``quote`` is a price that was promised and must be the price charged.
"""

from __future__ import annotations

from cantinekit.commands._base import Command, Facts, PricePromise
from cantinekit.commands._documents import (
    AutomateReceipts,
    DescribeEntity,
    IssueCreditNote,
    IssueDocument,
    OpenSeries,
)
from cantinekit.commands._people import AddPerson, ChangePerson, ForgetPerson
from cantinekit.commands._seats import CancelRegistration, ChangeSeats, Pay, RefundCharge, Register, TakeSeat
from cantinekit.commands._sessions import AddSession, CancelSession, MoveSession
from cantinekit.commands._setup import (
    AddAccessCodes,
    AddEntity,
    AddPlace,
    AddProduct,
    AddSpace,
    AddWorkshop,
    ChangeCapacity,
    ChangeOpenings,
    CloseSpace,
    MovePlace,
    PublishTariff,
    ReopenSpace,
)
from cantinekit.commands._stays import (
    Book,
    CancelBooking,
    CancelPass,
    CheckIn,
    CheckOut,
    ConfirmBooking,
    HoldSpace,
    SellPass,
    UpgradeVisit,
)
from cantinekit.commands._system import (
    DecideSession,
    Expire,
    ObserveCharge,
    ObserveRefund,
    SettleForgetting,
    SettleNarrowing,
    SystemCommand,
)

COMMANDS: tuple[type[Command], ...] = (
    AddEntity,
    AddPlace,
    MovePlace,
    ChangeOpenings,
    AddSpace,
    ChangeCapacity,
    CloseSpace,
    ReopenSpace,
    AddProduct,
    PublishTariff,
    AddPerson,
    ChangePerson,
    ForgetPerson,
    AddAccessCodes,
    AddWorkshop,
    AddSession,
    SellPass,
    CancelPass,
    CheckIn,
    UpgradeVisit,
    CheckOut,
    HoldSpace,
    Book,
    ConfirmBooking,
    CancelBooking,
    Register,
    TakeSeat,
    CancelRegistration,
    ChangeSeats,
    MoveSession,
    CancelSession,
    Pay,
    RefundCharge,
    DescribeEntity,
    OpenSeries,
    AutomateReceipts,
    IssueDocument,
    IssueCreditNote,
)
"""All commands that a person can give."""

SYSTEM_COMMANDS: tuple[type[Command], ...] = (
    Expire,
    SettleNarrowing,
    SettleForgetting,
    DecideSession,
    ObserveCharge,
    ObserveRefund,
)
"""The commands that follow from what was stored."""

__all__ = [
    "COMMANDS",
    "SYSTEM_COMMANDS",
    "AddAccessCodes",
    "AddEntity",
    "AddPerson",
    "AddPlace",
    "AddProduct",
    "AddSession",
    "AddSpace",
    "AddWorkshop",
    "AutomateReceipts",
    "Book",
    "CancelBooking",
    "CancelPass",
    "CancelRegistration",
    "CancelSession",
    "ChangeCapacity",
    "ChangeOpenings",
    "ChangePerson",
    "ChangeSeats",
    "CheckIn",
    "CheckOut",
    "CloseSpace",
    "Command",
    "ConfirmBooking",
    "DecideSession",
    "DescribeEntity",
    "Expire",
    "Facts",
    "ForgetPerson",
    "HoldSpace",
    "IssueCreditNote",
    "IssueDocument",
    "MovePlace",
    "MoveSession",
    "ObserveCharge",
    "ObserveRefund",
    "OpenSeries",
    "Pay",
    "PricePromise",
    "PublishTariff",
    "RefundCharge",
    "Register",
    "ReopenSpace",
    "SellPass",
    "SettleForgetting",
    "SettleNarrowing",
    "SystemCommand",
    "TakeSeat",
    "UpgradeVisit",
]
