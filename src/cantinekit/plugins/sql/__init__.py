"""A toolbox for authors of stores on SQL databases: such a store costs its SQL, and what its driver says.

``SqlStore`` is a whole store: it takes a ``Database``, a subclass of which says how a connection is opened, what the
codes of errors mean, and the few statements that differ between databases. What it is made of can be taken alone:

- ``Pool`` and ``Limits``: connections that are lent out, bounded, first come first served; ``FairSemaphore`` below it;
- ``Failure`` and ``ErrorCodes``: what the errors of a driver mean;
- ``migrate``, ``Migration``, ``read_migrations``, ``pending``, ``split_statements``, ``Migrates``, ``only_looking``:
  numbered steps of a schema, each run once;
- ``PlannedChange`` and ``record_lines``: what ``apply`` checks, in which order, and the lines that it writes;
- ``find_condition``, ``page_of``, ``rows_of``, ``entry_of``, ``pairs_text``, ``read_pairs``: what is read;
- ``FindsBodies``, ``FindsChanged``, ``FindsColumns``, ``FindsFirst``, ``FindsMark``, ``FindsNewest``,
  ``FindsOtherBodies``: questions by which pages and reports are read faster, where a store answers them; ``mark_of``,
  ``mark_of_bodies`` and ``mark_of_lines`` for some of them;
- ``View``, ``Column``, ``HasViews``, ``literal``, ``with_default``, ``unlisted``: read-only views for reports.
"""

from cantinekit.plugins.sql.change import IndexLine, JournalLine, PlannedChange, RecordLine, SubjectLine, record_lines
from cantinekit.plugins.sql.database import Database, Session
from cantinekit.plugins.sql.failures import ErrorCodes, Failure
from cantinekit.plugins.sql.fair import FairSemaphore
from cantinekit.plugins.sql.find import (
    FindsBodies,
    FindsChanged,
    FindsColumns,
    FindsFirst,
    FindsMark,
    FindsNewest,
    FindsOtherBodies,
    find_condition,
    mark_of,
    mark_of_bodies,
    mark_of_lines,
)
from cantinekit.plugins.sql.migrations import (
    Migrates,
    Migration,
    migrate,
    only_looking,
    pending,
    read_migrations,
    split_statements,
)
from cantinekit.plugins.sql.pool import Limits, Pool
from cantinekit.plugins.sql.rows import entry_of, page_of, pairs_text, read_pairs, rows_of
from cantinekit.plugins.sql.statements import Statements, statements_of
from cantinekit.plugins.sql.store import SqlStore, write_change
from cantinekit.plugins.sql.views import Column, ColumnType, HasViews, View, literal, unlisted, with_default

__all__ = [
    "Column",
    "ColumnType",
    "Database",
    "ErrorCodes",
    "Failure",
    "FairSemaphore",
    "FindsBodies",
    "FindsChanged",
    "FindsColumns",
    "FindsFirst",
    "FindsMark",
    "FindsNewest",
    "FindsOtherBodies",
    "HasViews",
    "IndexLine",
    "JournalLine",
    "Limits",
    "Migrates",
    "Migration",
    "PlannedChange",
    "Pool",
    "RecordLine",
    "Session",
    "SqlStore",
    "Statements",
    "SubjectLine",
    "View",
    "entry_of",
    "find_condition",
    "literal",
    "mark_of",
    "mark_of_bodies",
    "mark_of_lines",
    "migrate",
    "only_looking",
    "page_of",
    "pairs_text",
    "pending",
    "read_migrations",
    "read_pairs",
    "record_lines",
    "rows_of",
    "split_statements",
    "statements_of",
    "unlisted",
    "with_default",
    "write_change",
]
