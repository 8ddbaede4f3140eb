"""What each command costs a store: the batches that it loads, the pages that it finds, and the rows of both.

``COSTS`` holds the figures of every command of the walk, counted at the storage port. A change that makes a command
read a batch or a row more, or less, has to change the line of that command.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import time, timedelta
from functools import cache
from itertools import count
from typing import NamedTuple

import attrs
import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.backends.memory import MemoryStorage
from cantinekit.plugins.ports import Change, PaymentGateway, Storage
from support.commands import examples
from support.houses import small_house
from support.houses.one_list import place, sell
from support.houses.scoped_house import HEAD, scoped_house
from support.houses.small_house import TODAY

ALL = (*c.COMMANDS, *c.SYSTEM_COMMANDS)
LEASES_OVER = 3
"""Minutes, after which ``run_due`` may take a task over from the call that has begun it."""


class Line(NamedTuple):
    """The costs of a command, each in ``load`` batches, ``find`` pages and rows; a key without a row counts as one.

    ``fresh``: what it reads before it stores, with an engine that has done nothing yet. ``warm``: the same, with an
    engine that has done such a command before. ``whole``: the whole call with that engine, with the payments and
    messages that follow, and the number of changes it stored. ``again``: the whole call that repeats it with the same
    idempotency key.

    A system command is done by ``run_due``: ``fresh`` and ``warm`` are what it reads after its task was taken over and
    before its result is stored, and there is no key.
    """

    fresh: tuple[int, int, int]
    warm: tuple[int, int, int]
    whole: tuple[int, int, int, int]
    again: tuple[int, int, int] | None = None


COSTS = {
    "AddEntity": Line((1, 0, 1), (1, 0, 1), (1, 0, 1, 1), (2, 0, 3)),
    "AddPlace": Line((1, 0, 2), (1, 0, 2), (1, 0, 2, 1), (2, 0, 4)),
    "MovePlace": Line((1, 0, 1), (1, 0, 1), (1, 0, 1, 1), (2, 0, 3)),
    "SetPlaceFacts": Line((1, 0, 1), (1, 0, 1), (1, 0, 1, 1), (2, 0, 3)),
    "SetReminders": Line((1, 0, 1), (1, 0, 1), (4, 3, 7, 2), (2, 0, 3)),
    "ChangeOpenings": Line((1, 0, 1), (1, 0, 1), (1, 0, 1, 1), (2, 0, 3)),
    "AddSpace": Line((1, 0, 5), (1, 0, 5), (1, 0, 5, 1), (2, 0, 7)),
    "ChangeTerms": Line((1, 0, 1), (1, 0, 1), (1, 0, 1, 1), (2, 0, 3)),
    "ChangeCapacity": Line((1, 0, 2), (1, 0, 2), (3, 1, 5, 2), (3, 2, 7)),
    "CloseSpace": Line((1, 0, 2), (1, 0, 2), (4, 1, 7, 2), (3, 2, 7)),
    "ReopenSpace": Line((1, 0, 2), (1, 0, 2), (1, 0, 2, 1), (3, 2, 7)),
    "AddProduct": Line((1, 0, 1), (1, 0, 1), (1, 0, 1, 1), (2, 0, 3)),
    "PublishTariff": Line((2, 3, 43), (2, 3, 42), (2, 3, 42, 1), (2, 0, 4)),
    "ChangeProduct": Line((3, 0, 3), (2, 0, 2), (2, 0, 2, 1), (2, 0, 3)),
    "RetireProduct": Line((1, 0, 1), (1, 0, 1), (1, 0, 1, 1), (2, 0, 3)),
    "RestoreProduct": Line((1, 0, 1), (1, 0, 1), (1, 0, 1, 1), (2, 0, 3)),
    "ChangeEntity": Line((2, 1, 10), (2, 1, 10), (2, 1, 10, 1), (2, 0, 4)),
    "ChangePlace": Line((1, 0, 2), (1, 0, 2), (1, 0, 2, 1), (2, 0, 4)),
    "ChangeSpace": Line((3, 0, 5), (1, 0, 4), (1, 0, 4, 1), (2, 0, 6)),
    "RetireSpace": Line((2, 0, 3), (1, 0, 3), (3, 2, 8, 2), (3, 2, 8)),
    "RestoreSpace": Line((1, 0, 2), (1, 0, 2), (1, 0, 2, 1), (2, 0, 4)),
    "ChangeWorkshop": Line((3, 0, 6), (2, 0, 5), (2, 0, 5, 1), (2, 0, 3)),
    "RetireWorkshop": Line((1, 0, 1), (1, 0, 1), (1, 0, 1, 1), (2, 0, 3)),
    "RestoreWorkshop": Line((1, 0, 1), (1, 0, 1), (1, 0, 1, 1), (2, 0, 3)),
    "AddPerson": Line((1, 0, 1), (1, 0, 1), (1, 0, 1, 1), (2, 0, 3)),
    "ChangePerson": Line((2, 0, 3), (2, 0, 3), (2, 0, 3, 1), (2, 0, 3)),
    "ForgetPerson": Line((1, 0, 1), (1, 0, 1), (4, 32, 5, 2), (3, 2, 6)),
    "SetFact": Line((1, 0, 1), (1, 0, 1), (1, 0, 1, 1), (2, 0, 3)),
    "PublishProfile": Line((1, 0, 3), (1, 0, 3), (1, 0, 3, 1), (2, 0, 5)),
    "WithdrawProfile": Line((1, 0, 2), (1, 0, 2), (1, 0, 2, 1), (2, 0, 4)),
    "ShareFeed": Line((1, 1, 2), (1, 1, 2), (1, 1, 2, 1), (2, 0, 4)),
    "RevokeFeed": Line((1, 0, 1), (1, 0, 1), (2, 0, 2, 1), (2, 0, 3)),
    "AddOrganisation": Line((1, 0, 2), (1, 0, 2), (1, 0, 2, 1), (2, 0, 4)),
    "ChangeOrganisation": Line((1, 0, 1), (1, 0, 1), (1, 0, 1, 1), (2, 0, 3)),
    "SetOrganisationFact": Line((1, 0, 1), (1, 0, 1), (1, 0, 1, 1), (2, 0, 3)),
    "ForgetOrganisation": Line((1, 0, 1), (1, 0, 1), (3, 33, 4, 2), (3, 4, 6)),
    "Affiliate": Line((1, 0, 3), (1, 0, 3), (1, 0, 3, 1), (2, 0, 5)),
    "EndAffiliation": Line((2, 0, 2), (2, 0, 2), (2, 0, 2, 1), (2, 0, 3)),
    "AgreeSponsorship": Line((2, 1, 15), (2, 1, 15), (2, 1, 15, 1), (2, 0, 9)),
    "EndSponsorship": Line((2, 0, 2), (2, 0, 2), (2, 0, 2, 1), (2, 0, 3)),
    "GiveRole": Line((1, 0, 3), (1, 0, 3), (1, 0, 3, 1), (2, 0, 5)),
    "EndRole": Line((1, 0, 1), (1, 0, 1), (1, 0, 1, 1), (2, 0, 3)),
    "AddFacilitator": Line((1, 0, 3), (1, 0, 3), (1, 0, 3, 1), (2, 0, 5)),
    "AddAccessCodes": Line((1, 0, 4), (1, 0, 4), (1, 0, 4, 1), (2, 0, 6)),
    "AddWorkshop": Line((1, 0, 3), (1, 0, 3), (1, 0, 3, 1), (2, 0, 5)),
    "ChangeAdmission": Line((2, 0, 3), (2, 0, 3), (2, 0, 3, 1), (2, 0, 3)),
    "AddSession": Line((3, 0, 11), (2, 0, 11), (2, 0, 11, 1), (2, 0, 7)),
    "AddCourse": Line((3, 0, 32), (2, 0, 32), (2, 0, 32, 1), (2, 0, 10)),
    "SellPass": Line((3, 0, 7), (2, 0, 6), (14, 0, 21, 3), (3, 0, 7)),
    "GrantPass": Line((3, 0, 6), (2, 0, 5), (6, 0, 9, 2), (2, 0, 6)),
    "GrantUnits": Line((2, 0, 5), (1, 0, 4), (7, 0, 10, 2), (2, 0, 6)),
    "ImportPass": Line((3, 0, 7), (2, 0, 6), (2, 0, 6, 1), (2, 0, 7)),
    "ImportUnits": Line((2, 0, 6), (1, 0, 5), (1, 0, 5, 1), (2, 0, 7)),
    "ImportPerson": Line((1, 0, 5), (1, 0, 5), (1, 0, 5, 1), (2, 0, 7)),
    "ImportOrganisation": Line((1, 0, 4), (1, 0, 4), (1, 0, 4, 1), (2, 0, 6)),
    "ImportAffiliation": Line((1, 0, 4), (1, 0, 4), (1, 0, 4, 1), (2, 0, 6)),
    "ImportBalance": Line((1, 0, 3), (1, 0, 3), (1, 0, 3, 1), (3, 0, 6)),
    "ImportBooking": Line((2, 0, 4), (1, 0, 4), (1, 0, 4, 1), (2, 0, 6)),
    "ContinueSeries": Line((1, 0, 2), (1, 0, 2), (1, 0, 2, 1), (2, 0, 4)),
    "CancelPass": Line((3, 0, 9), (3, 0, 7), (20, 0, 26, 4), (4, 0, 5)),
    "GiveNotice": Line((2, 0, 9), (2, 0, 7), (8, 0, 13, 2), (2, 0, 3)),
    "WithdrawNotice": Line((2, 0, 9), (2, 0, 7), (8, 0, 13, 2), (2, 0, 3)),
    "EndPass": Line((3, 0, 11), (3, 0, 9), (9, 0, 15, 2), (4, 0, 6)),
    "PausePass": Line((2, 0, 7), (2, 0, 5), (2, 0, 5, 1), (2, 0, 3)),
    "ResumePass": Line((2, 0, 7), (2, 0, 5), (2, 0, 5, 1), (2, 0, 3)),
    "ChangePass": Line((3, 0, 14), (3, 0, 12), (3, 0, 12, 1), (3, 0, 5)),
    "WithdrawPassChange": Line((2, 0, 11), (2, 0, 8), (2, 0, 8, 1), (2, 0, 3)),
    "ExtendPass": Line((2, 0, 9), (2, 0, 7), (2, 0, 7, 1), (2, 0, 3)),
    "TransferPass": Line((2, 0, 13), (2, 0, 11), (2, 0, 11, 1), (2, 0, 5)),
    "GiftPass": Line((3, 0, 7), (2, 0, 6), (23, 0, 31, 4), (3, 0, 7)),
    "ClaimPass": Line((3, 0, 9), (3, 0, 7), (13, 0, 17, 3), (2, 0, 5)),
    "RedirectGift": Line((2, 0, 4), (2, 0, 4), (8, 0, 10, 2), (2, 0, 3)),
    "WithdrawGift": Line((3, 0, 8), (3, 0, 6), (24, 0, 29, 4), (4, 0, 5)),
    "Sell": Line((3, 0, 10), (2, 0, 9), (13, 0, 24, 3), (3, 0, 10)),
    "CancelOrder": Line((3, 0, 11), (3, 0, 9), (18, 0, 26, 4), (4, 0, 5)),
    "MeasureOrder": Line((3, 0, 10), (3, 0, 8), (10, 0, 16, 2), (3, 0, 4)),
    "CheckIn": Line((3, 0, 14), (2, 0, 13), (11, 0, 32, 2), (3, 0, 9)),
    "UpgradeVisit": Line((4, 0, 14), (3, 0, 13), (3, 0, 13, 1), (2, 0, 4)),
    "CheckOut": Line((2, 0, 11), (2, 0, 11), (2, 0, 11, 1), (2, 0, 3)),
    "CorrectVisit": Line((4, 0, 19), (4, 0, 18), (4, 0, 18, 1), (3, 0, 5)),
    "CancelVisit": Line((4, 0, 17), (4, 0, 17), (17, 0, 32, 3), (4, 0, 5)),
    "ReopenVisit": Line((2, 0, 9), (2, 0, 9), (2, 0, 9, 1), (2, 0, 3)),
    "HoldSpace": Line((2, 0, 19), (2, 0, 19), (2, 0, 19, 1), (2, 0, 15)),
    "Book": Line((4, 0, 13), (2, 0, 12), (14, 0, 32, 3), (3, 0, 14)),
    "ConfirmBooking": Line((4, 0, 13), (3, 0, 12), (15, 0, 31, 3), (3, 0, 4)),
    "ApproveBooking": Line((4, 0, 13), (3, 0, 12), (19, 0, 35, 4), (3, 0, 4)),
    "DeclineBooking": Line((2, 0, 8), (2, 0, 8), (6, 0, 12, 2), (2, 0, 3)),
    "CancelBooking": Line((3, 0, 12), (3, 0, 10), (20, 0, 29, 4), (4, 0, 5)),
    "MoveBooking": Line((3, 0, 22), (3, 0, 20), (14, 0, 33, 3), (3, 0, 13)),
    "CheckInBooking": Line((1, 0, 1), (1, 0, 1), (1, 0, 1, 1), (2, 0, 3)),
    "UndoCheckIn": Line((1, 0, 1), (1, 0, 1), (1, 0, 1, 1), (2, 0, 3)),
    "UndoRelease": Line((4, 0, 14), (4, 0, 12), (4, 0, 12, 1), (3, 0, 4)),
    "RecordOverrun": Line((4, 0, 13), (4, 0, 11), (11, 0, 20, 2), (3, 0, 5)),
    "BookSeries": Line((4, 0, 34), (2, 0, 33), (15, 0, 59, 3), (3, 0, 12)),
    "RetrySkipped": Line((4, 0, 17), (3, 0, 16), (16, 0, 39, 3), (3, 0, 4)),
    "CancelSeries": Line((4, 0, 19), (4, 0, 17), (21, 0, 36, 4), (4, 0, 5)),
    "MoveBookingSeries": Line((4, 0, 35), (4, 0, 33), (15, 0, 46, 3), (3, 0, 5)),
    "Register": Line((3, 0, 11), (1, 0, 10), (15, 0, 28, 3), (3, 0, 13)),
    "TakeSeat": Line((4, 0, 10), (3, 0, 9), (17, 0, 27, 3), (3, 0, 4)),
    "CancelRegistration": Line((3, 0, 5), (3, 0, 5), (17, 0, 19, 3), (2, 0, 3)),
    "MoveRegistration": Line((3, 0, 18), (3, 0, 16), (9, 0, 22, 2), (3, 0, 11)),
    "ChangeSeats": Line((2, 0, 2), (2, 0, 2), (9, 0, 9, 2), (2, 0, 3)),
    "KeepSeats": Line((2, 0, 2), (2, 0, 2), (9, 0, 9, 2), (2, 0, 3)),
    "MoveSession": Line((4, 1, 19), (4, 1, 19), (25, 1, 40, 4), (2, 0, 8)),
    "CancelSession": Line((2, 1, 3), (2, 1, 3), (26, 1, 34, 5), (3, 0, 4)),
    "MoveMeeting": Line((4, 1, 19), (4, 1, 19), (36, 1, 51, 5), (2, 0, 8)),
    "CancelMeeting": Line((3, 1, 13), (3, 1, 13), (31, 1, 41, 5), (2, 0, 5)),
    "PlanSessions": Line((3, 0, 25), (2, 0, 25), (2, 0, 25, 1), (2, 0, 9)),
    "ExtendSessions": Line((4, 0, 14), (4, 0, 14), (4, 0, 14, 1), (2, 0, 3)),
    "PlanSkipped": Line((4, 0, 14), (4, 0, 14), (4, 0, 14, 1), (2, 0, 3)),
    "ChangeSessions": Line((4, 1, 21), (4, 1, 21), (11, 1, 28, 2), (2, 0, 9)),
    "CancelSessions": Line((4, 1, 13), (4, 1, 13), (17, 1, 30, 3), (3, 0, 4)),
    "ChangeTheme": Line((1, 0, 1), (1, 0, 1), (1, 0, 1, 1), (2, 0, 3)),
    "MarkAttendance": Line((3, 0, 5), (3, 0, 5), (3, 0, 5, 1), (2, 0, 3)),
    "CloseSheet": Line((1, 0, 1), (1, 0, 1), (1, 0, 1, 1), (2, 0, 3)),
    "ReopenSheet": Line((1, 0, 1), (1, 0, 1), (1, 0, 1, 1), (2, 0, 3)),
    "ChangePrerequisites": Line((1, 0, 2), (1, 0, 2), (1, 0, 2, 1), (2, 0, 4)),
    "GrantTraining": Line((1, 0, 3), (1, 0, 3), (1, 0, 3, 1), (2, 0, 5)),
    "RevokeTraining": Line((1, 0, 1), (1, 0, 1), (1, 0, 1, 1), (2, 0, 3)),
    "Pay": Line((4, 0, 6), (4, 0, 6), (16, 0, 21, 3), (3, 0, 4)),
    "RefundCharge": Line((2, 0, 3), (2, 0, 3), (15, 0, 18, 3), (4, 0, 5)),
    "RefundLines": Line((2, 0, 3), (2, 0, 3), (15, 0, 18, 3), (4, 0, 5)),
    "ReturnDeposit": Line((2, 0, 3), (2, 0, 3), (15, 0, 18, 3), (4, 0, 5)),
    "KeepDeposit": Line((2, 0, 2), (2, 0, 2), (2, 0, 2, 1), (3, 0, 4)),
    "PayOwed": Line((2, 1, 7), (2, 1, 7), (2, 1, 7, 1), (3, 0, 6)),
    "PayTogether": Line((2, 0, 4), (2, 0, 4), (2, 0, 4, 1), (3, 0, 6)),
    "PayBack": Line((2, 0, 3), (2, 0, 3), (2, 0, 3, 1), (2, 0, 3)),
    "WriteOff": Line((2, 0, 2), (2, 0, 2), (2, 0, 2, 1), (3, 0, 4)),
    "RecordRefund": Line((3, 0, 4), (3, 0, 4), (9, 0, 10, 2), (4, 0, 6)),
    "RecordChargeback": Line((3, 0, 4), (3, 0, 4), (3, 0, 4, 1), (3, 0, 5)),
    "DescribeEntity": Line((1, 0, 1), (1, 0, 1), (1, 0, 1, 1), (2, 0, 3)),
    "OpenSeries": Line((1, 0, 3), (1, 0, 3), (1, 0, 3, 1), (2, 0, 5)),
    "AutomateReceipts": Line((1, 0, 2), (1, 0, 2), (1, 0, 2, 1), (2, 0, 4)),
    "IssueDocument": Line((2, 1, 7), (2, 1, 5), (2, 1, 5, 1), (3, 0, 5)),
    "IssueCreditNote": Line((2, 1, 9), (2, 1, 7), (2, 1, 7, 1), (3, 0, 6)),
    "AgreeBillingTerms": Line((1, 0, 6), (1, 0, 6), (1, 0, 6, 1), (2, 0, 8)),
    "EndBillingTerms": Line((1, 0, 1), (1, 0, 1), (1, 0, 1, 1), (2, 0, 3)),
    "CloseBill": Line((3, 1, 15), (2, 1, 12), (4, 1, 14, 2), (3, 0, 5)),
    "SignMandate": Line((1, 0, 5), (1, 0, 5), (1, 0, 5, 1), (2, 0, 7)),
    "EndMandate": Line((1, 0, 1), (1, 0, 1), (1, 0, 1, 1), (2, 0, 3)),
    "CollectDebits": Line((2, 1, 7), (2, 1, 6), (4, 1, 8, 2), (4, 1, 5)),
    "RecordBankAnswer": Line((3, 0, 12), (3, 0, 12), (3, 0, 12, 1), (3, 0, 6)),
    "ClosePeriod": Line((2, 1, 9), (2, 1, 9), (5, 12, 24, 2), (2, 0, 3)),
    "MapAccounts": Line((1, 0, 2), (1, 0, 2), (1, 0, 2, 1), (2, 0, 4)),
    "AgreeClearing": Line((2, 1, 11), (2, 1, 11), (2, 1, 11, 1), (2, 0, 5)),
    "EndClearing": Line((2, 1, 10), (2, 1, 10), (2, 1, 10, 1), (2, 0, 4)),
    "CloseClearing": Line((3, 2, 16), (2, 2, 15), (2, 2, 15, 1), (2, 0, 8)),
    "DisputeClearing": Line((2, 0, 7), (2, 0, 6), (2, 0, 6, 1), (2, 0, 3)),
    "InvoiceClearing": Line((1, 0, 4), (1, 0, 4), (1, 0, 4, 1), (2, 0, 6)),
    "Expire": Line((2, 0, 8), (2, 0, 8), (7, 2, 14, 3)),
    "SettleNarrowing": Line((1, 1, 2), (1, 1, 2), (2, 3, 4, 2)),
    "SettleForgetting": Line((2, 32, 3), (2, 32, 3), (3, 34, 5, 2)),
    "SettleForgettingOrganisation": Line((3, 33, 5), (3, 33, 5), (4, 35, 7, 2)),
    "DecideSession": Line((3, 1, 7), (3, 1, 7), (11, 3, 16, 3)),
    "Remind": Line((2, 0, 2), (2, 0, 2), (8, 2, 9, 3)),
    "SealPeriod": Line((2, 11, 14), (2, 11, 14), (3, 13, 16, 2)),
    "ObserveCharge": Line((6, 0, 9), (6, 0, 9), (11, 2, 15, 3)),
    "ObserveJointAttempt": Line((8, 0, 14), (8, 0, 14), (9, 2, 16, 2)),
    "ObserveRefund": Line((4, 2, 7), (4, 2, 7), (11, 4, 15, 3)),
}


class Counting:
    """A store that counts what is asked of it. The store beneath can be exchanged while an engine runs on it.

    ``reads``: the costs of reading before the first change, between that and the second, and so on.
    """

    def __init__(self, inner: Storage) -> None:
        self.use(inner)

    def use(self, inner: Storage) -> None:
        """Pass calls on to this store from now on, and count from zero."""
        self.inner, self.reads = inner, [(0, 0, 0)]

    @property
    def whole(self) -> tuple[int, int, int]:
        batches, pages, rows = map(sum, zip(*self.reads, strict=True))
        return batches, pages, rows

    def __getattr__(self, name):
        return getattr(self.inner, name)

    def count(self, *more: int) -> None:
        self.reads[-1] = tuple(map(sum, zip(self.reads[-1], more, strict=True)))

    def load(self, keys):
        self.count(1, 0, len(keys))
        return self.inner.load(keys)

    def find(self, *args, **kwargs):
        page = self.inner.find(*args, **kwargs)
        self.count(0, 1, len(page.rows))
        return page

    def apply(self, change: Change):
        self.inner.apply(change)
        self.reads.append((0, 0, 0))


class Exchanged:
    """A gateway that can be exchanged for another while a house runs with it."""

    def __init__(self, inner: PaymentGateway) -> None:
        self.inner = inner

    def __getattr__(self, name):
        return getattr(self.inner, name)


@attrs.frozen
class Prepared:
    """A house that is ready for the example of a command, in a store of its own."""

    house: small_house.House
    ids: small_house.CountingIds
    command: c.Command

    @classmethod
    def of(cls, command: type[c.Command]) -> Prepared:
        ids = small_house.CountingIds()
        house = small_house.open_house(MemoryStorage(), ids=ids)
        return cls(house, ids, examples.EXAMPLES[command](house))


Around = Callable[[Storage], Storage]


class Measured:
    """A house on a counting store, which has done nothing yet; ``around`` is what stands between the two."""

    def __init__(self, first: Prepared, around: Around = lambda store: store) -> None:
        self.store, self.card = Counting(first.house.storage), Exchanged(first.house.card)
        self.house = small_house.open_house(
            around(self.store),
            card=self.card,
            notify=(first.house.mail,),
            now=first.house.clock.now(),
            furnished=False,
            ids=first.ids,
        )

    def run(self, on: Prepared, key: str | None = None) -> list[tuple[int, int, int]]:
        """Carry out the example in a house that is ready for it: the costs of reading before each change, and after."""
        self.store.use(on.house.storage)
        self.card.inner = on.house.card
        if isinstance(on.command, c.SystemCommand):
            self.house.clock.set(on.house.clock.now())
            self.house.wait(minutes=LEASES_OVER)
            self.house.cantine.run_due()
            return self.store.reads[1:]
        self.house.do(on.command, actor="ana", key=key)
        return self.store.reads


def measure(cls: type[c.Command], around: Around = lambda store: store) -> Line:
    """The costs of a command as they are."""
    first, second = Prepared.of(cls), Prepared.of(cls)
    assert first.command == second.command
    measured = Measured(first, around)
    fresh, warm = measured.run(first)[0], measured.run(second)[0]
    whole = (*measured.store.whole, len(measured.store.reads) - 1)
    return Line(fresh, warm, whole, None if isinstance(first.command, c.SystemCommand) else keyed(cls)[1])


@cache
def keyed(cls: type[c.Command]) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
    """What a command with an idempotency key reads before it stores, and what its repeat costs, both of one engine."""
    prepared = Prepared.of(cls)
    measured = Measured(prepared)
    before = measured.run(prepared, "k")[0]
    measured.run(prepared, "k")
    return before, measured.store.whole


def test_each_command_has_a_line():
    """Each class of command has its line in the table."""
    assert COSTS.keys() == {cls.__name__ for cls in ALL}


@pytest.mark.parametrize("cls", ALL, ids=lambda cls: cls.__name__)
def test_a_command_costs_what_its_line_says(cls):
    """A command asks a store for so many batches, pages and rows: no more, and where it gets less its line says so."""
    assert measure(cls) == COSTS[cls.__name__]


@pytest.mark.parametrize("cls", c.COMMANDS, ids=lambda cls: cls.__name__)
def test_a_key_costs_one_row_and_no_batch(cls):
    """The request of an idempotency key is looked up in the first batch of its command."""
    batches, pages, rows = COSTS[cls.__name__].fresh
    assert keyed(cls)[0] == (batches, pages, rows + 1)


# --- what a list prices together -------------------------------------------------------------------------------------

TOGETHER = (
    HEAD.format(id="scoped")
    + """
[product.hour]
choose = { take = "cheapest", compare = "rate", same = ["person", "day"] }
offer = [{ id = "time", price = 5.00, per = "1h" }, { id = "day", price = 12.00 }]
[product.voucher]
sells = "grant"
rate = { price = 20.00 }
grant = { account = "gifts", unit = "EUR", value = 90.00 }
[order]
vouchers = "gifts"
"""
)


def prepared_together(voucher: bool) -> tuple[Storage, str, str]:
    """A house with a booking beside a series that is priced together with it, which was moved and retried in part.

    Its money was taken by card, or by a voucher. Gives the store, the series, and the booking that was moved.
    """
    house = scoped_house(TOGETHER)
    if voucher:
        house.do(c.SellPass(product_id="scoped/voucher", place_id="paris", holder_id="zoe", account="desk"))
    tomorrow = TODAY + timedelta(days=1)
    asked = {"space_id": "open", "product_id": "s-hour", "person_id": "zoe", "account": "card"}
    house.do(c.Book(period=small_house.period(8, 9, tomorrow), **asked))
    taken = house.do(
        c.HoldSpace(space_id="open", product_id="s-hour", period=small_house.period(12, 13, tomorrow), units=3)
    )
    days = {"day": tomorrow, "starts": time(12), "ends": time(14), "rule": "FREQ=DAILY;COUNT=3"}
    series = house.do(c.BookSeries(**asked, **days, skip=(tomorrow,))).value
    house.do(c.CancelBooking(taken.value.id))
    house.do(c.RetrySkipped(series.id, account="card"))
    moved = small_house.period(15, 17, series.dates[1].day)
    house.do(c.MoveBooking(series.booking_ids[0], period=moved, account="card"))
    return house.storage, series.id, series.booking_ids[0]


@pytest.mark.parametrize("voucher", [False, True], ids=["card", "voucher"])
@pytest.mark.parametrize("name", ["cancel a series", "cancel a date", "move a date", "move a series"])
def test_what_is_priced_together_costs_five_batches(name, voucher):
    """Cancelling and moving what a list prices together with others takes five batches, however it was paid."""
    storage, id, date = prepared_together(voucher)
    store = Counting(storage)
    ids = count()
    house = small_house.open_house(store, furnished=False, ids=lambda prefix: f"{prefix}_later{next(ids)}")
    command = {
        "cancel a series": c.CancelSeries(id),
        "cancel a date": c.CancelBooking(date),
        "move a date": c.MoveBooking(date, period=small_house.period(10, 11), account="desk"),
        "move a series": c.MoveBookingSeries(id, starts=time(10), ends=time(11), account="desk"),
    }[name]
    house.do(command)
    batches, _, _ = store.reads[0]
    assert batches <= 5


SEATS = c.Sell(
    [
        c.Register(session_id="paid", person_id="zoe"),
        c.Register(session_id="paid", person_id="bob"),
        c.SellLine("materials", count=3),
    ],
    place_id="paris",
    person_id="zoe",
    account="card",
)


def test_an_order_with_seats_costs_few_batches():
    """An order of two registrations and three things is sold, and given up, by at most five batches each; with more
    seats there are more rows, and no more batches.
    """
    ids = small_house.CountingIds()
    house = small_house.open_house(MemoryStorage(), ids=ids)
    house.do(c.ChangeSeats("paid", seats=6))
    first = Prepared(house, ids, attrs.evolve(SEATS, account=None))
    measured = Measured(first)
    assert measured.run(first)[0] == (3, 0, 13)
    (order,) = house.all(m.Order)
    assert measured.run(Prepared(house, ids, c.CancelOrder(order.id)))[0] == (3, 0, 12)
    everybody = [c.Register(session_id="paid", person_id=id) for id in small_house.PERSONS]
    sold = measured.run(Prepared(house, ids, attrs.evolve(SEATS, lines=everybody)))[0]
    assert (sold[0], len(house.all(m.Registration))) == (2, 8)


DESK = """
[product.desk]
sells = "plan"
rate = { price = 60.00 }
term = { period = "1 month", minimum = 1, renewal = "monthly", ends = "period end" }
"""


@pytest.mark.parametrize(("organisations", "batches"), [(0, 2), (1, 3), (2, 3)])
def test_a_plan_of_somebody_who_belongs_is_renewed_by_one_batch_more(organisations, batches):
    """Whoever belongs to organisations shares what these hold: their wallets are one batch more, and none is read for
    somebody who belongs to none.
    """
    with place(DESK) as house:
        for number in range(organisations):
            house.do(c.AddOrganisation(name="Works", id=f"works{number}"))
            house.do(c.Affiliate(organisation_id=f"works{number}", person_id="zoe", role="member", first_day=TODAY))
        sold = sell(house, "desk", "zoe").value
        house.wait(days=31)
        store = Counting(house.storage)
        engine = small_house.open_house(store, furnished=False, now=house.clock.now(), ids=house.cantine._ids)
        engine.do(c.GiveNotice(sold.id))
        assert store.reads[0][0] == batches


# --- controls --------------------------------------------------------------------------------------------------------


class LooksOnceMore:
    """A store through which each command reads one row more before it stores: the first that it writes."""

    def __init__(self, inner: Storage) -> None:
        self.inner = inner

    def __getattr__(self, name):
        return getattr(self.inner, name)

    def apply(self, change: Change):
        self.inner.load([change.rows[0].key])
        self.inner.apply(change)


@pytest.mark.parametrize("cls", [c.AddEntity, c.Book, c.CheckOut, c.Expire], ids=lambda cls: cls.__name__)
def test_a_spare_batch_is_seen(cls):
    """The control: where a command reads one row once more, each figure is a batch and a row away from its line."""
    found, line = measure(cls, LooksOnceMore), COSTS[cls.__name__]
    assert [found.fresh, found.warm] == [(n + 1, pages, rows + 1) for n, pages, rows in (line.fresh, line.warm)]
    batches, pages, rows, changes = line.whole
    assert found.whole == (batches + changes, pages, rows + changes, changes)


def test_an_engine_that_keeps_nothing_is_seen():
    """The control: an engine that is fresh each time costs a warm booking two batches more than its line says."""
    line, fresh = COSTS["Book"], Prepared.of(c.Book)
    assert Measured(fresh).run(fresh)[0] == line.fresh
    assert line.fresh[0] == line.warm[0] + 2


# --- what a payer owes -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("many", [1, 4])
def test_what_a_payer_owes_is_read_side_by_side(many):
    """Holds, seats, passes and orders that wait, and charges on account: four batches and a page, however many."""
    ids = small_house.CountingIds()
    house = small_house.open_house(MemoryStorage(), ids=ids)
    for number in range(many):
        asked = c.Book(
            space_id="b", product_id="room", period=small_house.period(9 + number, 10 + number), person_id="zoe"
        )
        house.do(asked)
        house.do(attrs.evolve(asked, space_id="a1", on_account=True))
        house.do(c.SellPass(product_id="carnet", place_id="paris", holder_id="zoe"))
        house.do(c.Sell(["carnet"], place_id="paris", person_id="zoe"))
    house.do(c.Register(session_id="paid", person_id="zoe"))
    store = Counting(house.storage)
    again = small_house.open_house(store, card=house.card, furnished=False, now=house.clock.now(), ids=ids)
    owed = again.cantine.read.receivables("asso", TODAY)[0].total
    store.use(house.storage)
    paid = again.do(c.PayOwed(payer_id="zoe", place_id="paris", amount=owed, account="desk")).value
    batches, pages, _ = store.reads[0]
    assert (len(paid.parts), paid.credit) == (4 * many + 1, 0)
    assert (batches, pages) == (4, 1)
