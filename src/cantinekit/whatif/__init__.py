"""What if? What was sold in a year under two price lists: the file of it, the comparison, and the report.

``write_visits`` and ``visits_of`` take what ``cantine.read.usages`` gives, ``read_visits`` reads such a file,
``compare`` replays it under two price lists, ``write_report`` writes what they come to, and ``show`` gives it to a page
of a host. ``write_late`` writes what rows that are reported afterwards change. The packages that are needed are those
of the extra "replay"; they are imported when they are.
"""

from cantinekit.whatif._compare import (
    STAGES,
    ChangedMember,
    ChangedRows,
    Check,
    Comparison,
    Difference,
    Member,
    Refused,
    Shares,
    Sums,
    compare,
)
from cantinekit.whatif._late import LATE_FILES, late_summary, write_late
from cantinekit.whatif._report import REPORT_FILES, Shown, prepare, show, summary, write_report
from cantinekit.whatif._visits import Visits, read_visits, save_visits, table_of, visits_of, write_visits

__all__ = [
    "LATE_FILES",
    "REPORT_FILES",
    "STAGES",
    "ChangedMember",
    "ChangedRows",
    "Check",
    "Comparison",
    "Difference",
    "Member",
    "Refused",
    "Shares",
    "Shown",
    "Sums",
    "Visits",
    "compare",
    "late_summary",
    "prepare",
    "read_visits",
    "save_visits",
    "show",
    "summary",
    "table_of",
    "visits_of",
    "write_late",
    "write_report",
    "write_visits",
]
