"""The read-only SQL views of a store: the columns of a kind, and where they are in the body of a row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal, Protocol, runtime_checkable

import attrs

PREFIX = "report_"

ColumnType = Literal["text", "integer", "boolean", "instant", "date", "time", "json"]


@attrs.frozen
class Column:
    """One column of a view. Names and paths are those of fields in this library's classes, never a user's text.

    Attributes:
        name: the name of the column.
        type: the type of its values.
        path: the keys and positions that lead to the value in the body.
        default: the value where the body leaves the field out.
        within: the path of the optional value that has the field; the default applies only where that value is present.
    """

    name: str
    type: ColumnType
    path: tuple[str | int, ...]
    default: Any = None
    within: tuple[str | int, ...] = ()


@attrs.frozen
class View:
    """The view of one kind; its name is ``report_`` and the kind.

    Attributes:
        kind: the kind of the records.
        columns: its columns, in order.
    """

    kind: str
    columns: tuple[Column, ...]

    @property
    def name(self) -> str:
        """The name of the view."""
        return PREFIX + self.kind


@runtime_checkable
class HasViews(Protocol):
    """A store that can make views of its rows."""

    def replace_views(self, views: Sequence[View]) -> None:
        """Make these the views of the store, in one step; others that were made before go.

        Args:
            views: all that there are to be.
        """
        ...


def literal(value: Any) -> str:
    """A constant of a class's field as a literal of SQL.

    Args:
        value: a boolean, an integer or a text; never a user's text.
    """
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int):
        return str(value)
    return "'" + str(value).replace("'", "''") + "'"


def with_default(expression: str, column: Column, default: str, there: str) -> str:
    """The expression of a column, or its default where the field is left out.

    Args:
        expression: the SQL that reads the field from the body; NULL where it is left out.
        column: the column.
        default: the SQL of its default.
        there: the SQL that says whether the value that has the field is there.
    """
    if column.default is None:
        return expression
    found = f"coalesce({expression}, {default})"
    return f"CASE WHEN {there} THEN {found} END" if column.within else found


def unlisted(names: Sequence[str], views: Sequence[View]) -> Iterator[str]:
    """Which of the views that are there are reports, and not among those that there are to be.

    Args:
        names: the names of the views that are there.
        views: those that there are to be.
    """
    wanted = {view.name for view in views}
    return (name for name in names if name.startswith(PREFIX) and name not in wanted)
