"""Views of the kinds in SQLite. Instants and days are texts as in the body, yes and no are 1 and 0, lists are JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence

from cantinekit.plugins.sql import Column, Session, View, literal, unlisted, with_default


def replace_views(db: Session, views: Sequence[View]) -> None:
    """Make these the views, inside a transaction that is open. A view of SQLite cannot be written to."""
    there = [name for (name,) in db.rows("SELECT name FROM sqlite_schema WHERE type = 'view'")]
    for name in (*unlisted(there, views), *(view.name for view in views if view.name in there)):
        db.execute(f'DROP VIEW "{name}"')
    for view in views:
        columns = ", ".join(f'{_expression(column)} AS "{column.name}"' for column in view.columns)
        db.execute(f'CREATE VIEW "{view.name}" AS SELECT {columns} FROM record WHERE kind = {literal(view.kind)}')


def _expression(column: Column) -> str:
    path, within = _path(column.path), _path(column.within)
    if column.type == "json":
        found, default = f"(body -> '{path}')", literal(json.dumps(column.default))
    else:
        found, default = f"json_extract(body, '{path}')", literal(column.default)
    return with_default(found, column, default, f"json_type(body, '{within}') = 'object'")


def _path(path: Sequence[str | int]) -> str:
    return "$" + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
