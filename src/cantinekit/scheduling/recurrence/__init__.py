"""The recurrence engine: rules of RFC 5545, series on a wall clock, and edits that keep their history. Pure."""

from cantinekit.scheduling.recurrence._drift import Drift, Moved, drift, with_zone
from cantinekit.scheduling.recurrence._edits import (
    Change,
    Edit,
    Edited,
    edit_all,
    edit_following,
    edit_one,
    fold,
)
from cantinekit.scheduling.recurrence._length import Length
from cantinekit.scheduling.recurrence._rule import ByDay, RecurrenceProblem, Rule, Until
from cantinekit.scheduling.recurrence.effort import Effort
from cantinekit.scheduling.recurrence.series import Series
from cantinekit.scheduling.recurrence.values import Occurrence, Override, RDate

__all__ = [
    "ByDay",
    "Change",
    "Drift",
    "Edit",
    "Edited",
    "Effort",
    "Length",
    "Moved",
    "Occurrence",
    "Override",
    "RDate",
    "RecurrenceProblem",
    "Rule",
    "Series",
    "Until",
    "drift",
    "edit_all",
    "edit_following",
    "edit_one",
    "fold",
    "with_zone",
]
