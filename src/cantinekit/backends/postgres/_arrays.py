"""Rows as arrays, one for each column, and rows of the tables as ours."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from psycopg.pq.abc import PGresult


def columns(rows: Iterable[Sequence[Any]], width: int) -> list[str]:
    """Rows as columns, each the text of one array."""
    return [array(column) for column in zip(*rows, strict=True)] or ["{}"] * width


def array(values: Sequence[str | int]) -> str:
    """An array as PostgreSQL reads it. (psycopg looks at each value of a list; this takes a fraction of its time.)"""
    if isinstance(values[0], int):
        return f"{{{','.join(map(str, values))}}}"
    escaped = "\x00".join(values).replace("\\", "\\\\").replace('"', '\\"')  # type: ignore[arg-type]
    return '{"' + escaped.replace("\x00", '","') + '"}'


def read_rows(answer: PGresult) -> Iterator[tuple[int, int, str, list[list[str]]]]:
    """The position, version, body and index of rows, as libpq gives them; one by one, since the garbage collector looks
    through all that is there at once.
    """
    for number in range(answer.ntuples):
        position, version, body, stored = [answer.get_value(number, column) or b"" for column in range(4)]
        yield int(position), int(version), body.decode(), json.loads(stored)


def pairs(stored: Sequence[Sequence[str]]) -> tuple[tuple[str, str], ...]:
    """The index of a row."""
    return tuple((field, value) for field, value in stored)
