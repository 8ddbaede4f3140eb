"""Views of the kinds in PostgreSQL: timestamptz, date, time, bigint, boolean, jsonb."""

from __future__ import annotations

import json
from collections.abc import Sequence

import psycopg

from cantinekit.backends.postgres._line import TimedConnection
from cantinekit.plugins.sql import Column, View, literal, unlisted, with_default

_TYPES = {
    "text": "text",
    "integer": "bigint",
    "boolean": "boolean",
    "instant": "timestamptz",
    "date": "date",
    "time": "time",
    "json": "jsonb",
}


def replace_views(db: TimedConnection, schema: str, views: Sequence[View]) -> None:
    """Make these the views, in one transaction. Rights that were granted on one stay, unless its columns changed.

    Nothing can be written through them: a view of two tables, of which the second is one constant row, takes no writes.
    """
    with db.transaction():
        there = db.execute("SELECT viewname FROM pg_views WHERE schemaname = %s ORDER BY 1", (schema,)).fetchall()
        for name in unlisted([name for (name,) in there], views):
            db.execute(f'DROP VIEW "{schema}"."{name}"'.encode())
        for view in views:
            columns = ", ".join(f'{_expression(column)} AS "{column.name}"' for column in view.columns)
            source = f'"{schema}".record AS r, (VALUES (true)) AS read_only'
            select = f"SELECT {columns} FROM {source} WHERE r.kind = {literal(view.kind)}"
            try:
                with db.transaction():
                    db.execute(f'CREATE OR REPLACE VIEW "{schema}"."{view.name}" AS {select}'.encode())
            except psycopg.errors.InvalidTableDefinition:
                db.execute(f'DROP VIEW "{schema}"."{view.name}"'.encode())
                db.execute(f'CREATE VIEW "{schema}"."{view.name}" AS {select}'.encode())


def _expression(column: Column) -> str:
    type, path = _TYPES[column.type], _path(column.path)
    if column.type == "json":
        found, default = f"nullif(r.body #> {path}, 'null')", literal(json.dumps(column.default))
    else:
        found, default = f"(r.body #>> {path})::{type}", literal(column.default)
    there = f"jsonb_typeof(r.body #> {_path(column.within)}) = 'object'"
    return with_default(found, column, f"{default}::{type}", there)


def _path(path: Sequence[str | int]) -> str:
    return "'{" + ",".join(map(str, path)) + "}'"
