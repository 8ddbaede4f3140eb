"""Stores with one planted fault each: the questions beside the port."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs

from cantinekit.plugins.ports import Key, Row
from cantinekit.plugins.sql.find import Bodies, Newest, NewestWish
from support.faults.stores.good_store import Good


class FirstOfAll(Good):
    """A range without rows has the first row after it."""

    def find_first(self, kind: str, field: str, ranges: Sequence[tuple[str, str]]) -> Sequence[Row | None]:
        return super().find_first(kind, field, [(ge, "\U0010ffff") for ge, _ in ranges])


class LeavesOutEmptyRanges(Good):
    """The first rows are those that there are."""

    def find_first(self, kind: str, field: str, ranges: Sequence[tuple[str, str]]) -> Sequence[Row | None]:
        return list(filter(None, super().find_first(kind, field, ranges)))


class FirstWithoutPairs(Good):
    """The first rows come without their index pairs."""

    def find_first(self, kind: str, field: str, ranges: Sequence[tuple[str, str]]) -> Sequence[Row | None]:
        return [row and attrs.evolve(row, index=()) for row in super().find_first(kind, field, ranges)]


class ColumnsOnce(Good):
    """Fields of a row come once, however many of its values are in the range."""

    def find_columns(self, kind: str, field: str, ge: str, lt: str, names: Sequence[str]) -> Sequence[Sequence[Any]]:
        return list({row[0]: row for row in super().find_columns(kind, field, ge, lt, names)}.values())


class ColumnsAsTexts(Good):
    """Fields come as texts, numbers too."""

    def find_columns(self, kind: str, field: str, ge: str, lt: str, names: Sequence[str]) -> Sequence[Sequence[Any]]:
        rows = super().find_columns(kind, field, ge, lt, names)
        return [[str(value) if isinstance(value, int) else value for value in row] for row in rows]


class NoneIsEmpty(Good):
    """A field that a body has not is an empty text."""

    def find_columns(self, kind: str, field: str, ge: str, lt: str, names: Sequence[str]) -> Sequence[Sequence[Any]]:
        rows = super().find_columns(kind, field, ge, lt, names)
        return [["" if value is None else value for value in row] for row in rows]


class BodiesOfAnyKind(Good):
    """A range is looked for in the kind of the first one."""

    def find_bodies(self, ranges: Sequence[tuple[str, str, str, str]], keys: Sequence[Key] = ()) -> Bodies:
        return super().find_bodies([(ranges[0][0], *rest) for _, *rest in ranges], keys)  # type: ignore[misc]


class LeavesOutAbsentBodies(Good):
    """The bodies of keys are those that there are."""

    def find_bodies(self, ranges: Sequence[tuple[str, str, str, str]], keys: Sequence[Key] = ()) -> Bodies:
        rows, bodies = super().find_bodies(ranges, keys)
        return rows, list(filter(None, bodies))


class NewestForwards(Good):
    """The last rows come in the order of the list."""

    def find_newest(self, pages: Sequence[NewestWish], keys: Sequence[Key] = ()) -> Newest:
        found, bodies = super().find_newest(pages, keys)
        return [(rows[::-1], after) for rows, after in found], bodies


class NewestGoesOnForEver(Good):
    """A list with as many rows as are wanted has more."""

    def find_newest(self, pages: Sequence[NewestWish], keys: Sequence[Key] = ()) -> Newest:
        found, bodies = super().find_newest(pages, keys)
        return [(rows, after or (str(rows[-1][0]) if rows else None)) for rows, after in found], bodies


class MarksByCount(Good):
    """The mark of a range is how many rows it has."""

    def mark(self, rows: Sequence[Sequence[Any]]) -> str:
        return str(len(rows))


class MarksNeverChange(Good):
    """A range that was read once has not changed."""

    def mark(self, rows: Sequence[Sequence[Any]]) -> str:
        return "read"
