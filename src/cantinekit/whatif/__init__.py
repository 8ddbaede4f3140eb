"""What if? What was sold in a year under two price lists: the file of it, the comparison, and the report.

``write_visits`` and ``visits_of`` take what ``cantine.read.usages`` gives, ``read_visits`` reads such a file. The
packages that are needed are those of the extra "replay"; they are imported when they are.
"""

from cantinekit.whatif._visits import Visits, read_visits, visits_of, write_visits

__all__ = ["Visits", "read_visits", "visits_of", "write_visits"]
