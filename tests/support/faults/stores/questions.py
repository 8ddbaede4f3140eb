"""Stores with one planted fault each: the questions beside the port."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs

from cantinekit.plugins.ports import MAX_KEYS, Key, Row
from cantinekit.plugins.sql.find import Bodies, Newest, NewestWish, mark_of_bodies
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


class _Notes(Good, fault=False):
    """It knows by marks what it has answered, and compares a part of it only."""

    def __init__(self, *core: Any) -> None:
        super().__init__(*core)
        self.noted: dict[str, Any] = {}

    def part(self, answer: Bodies, ranges: Sequence[tuple[str, str, str, str]], keys: Sequence[Key]) -> Any:
        raise NotImplementedError

    def find_bodies(self, ranges: Sequence[tuple[str, str, str, str]], keys: Sequence[Key] = ()) -> Bodies:
        answer = super().find_bodies(ranges, keys)
        self.noted[mark_of_bodies(*answer)] = self.part(answer, ranges, keys)
        return answer

    def find_other_bodies(
        self, ranges: Sequence[tuple[str, str, str, str]], keys: Sequence[Key], known: str
    ) -> Bodies | None:
        self.check_open()
        before = self.noted.get(known)
        answer = super().find_bodies(ranges, keys)
        return None if known in self.noted and before == self.part(answer, ranges, keys) else answer


class ComparesVersions(_Notes):
    """Rows are the same where their versions are."""

    def part(self, answer: Bodies, ranges: Sequence[tuple[str, str, str, str]], keys: Sequence[Key]) -> Any:
        kinds = [one[0] for one in ranges]
        rows = [
            [(id, self.version(Key(kind, id))) for id, _ in some] for kind, some in zip(kinds, answer[0], strict=True)
        ]
        return rows, [self.version(key) for key in keys]


class ComparesNoOrder(_Notes):
    """Ranges are the same where they have the same rows, in whatever order."""

    def part(self, answer: Bodies, ranges: Sequence[tuple[str, str, str, str]], keys: Sequence[Key]) -> Any:
        return [sorted(map(tuple, rows)) for rows in answer[0]], list(answer[1])


class ComparesNoIds(_Notes):
    """Ranges are the same where they have the same bodies."""

    def part(self, answer: Bodies, ranges: Sequence[tuple[str, str, str, str]], keys: Sequence[Key]) -> Any:
        return [[body for _, body in rows] for rows in answer[0]], list(answer[1][:4])


class ComparesNoRanges(_Notes):
    """Only the rows of keys are compared."""

    def part(self, answer: Bodies, ranges: Sequence[tuple[str, str, str, str]], keys: Sequence[Key]) -> Any:
        return list(answer[1])


class ComparesNoKeys(_Notes):
    """Only the rows of ranges are compared."""

    def part(self, answer: Bodies, ranges: Sequence[tuple[str, str, str, str]], keys: Sequence[Key]) -> Any:
        return [list(rows) for rows in answer[0]]


class OthersNeverCome(Good):
    """What was read once is the same."""

    def find_other_bodies(
        self, ranges: Sequence[tuple[str, str, str, str]], keys: Sequence[Key], known: str
    ) -> Bodies | None:
        return self.find_bodies(ranges, keys) if known == "-" else None


class OthersComeAlways(Good):
    """What is the same is given again."""

    def find_other_bodies(
        self, ranges: Sequence[tuple[str, str, str, str]], keys: Sequence[Key], known: str
    ) -> Bodies | None:
        return self.find_bodies(ranges, keys)


class MarksBodies(Good):
    """A row that was written again as it was leaves the mark."""

    def find_mark(self, ranges: Sequence[tuple[str, str, str, str]], keys: Sequence[Key] = ()) -> str:
        return repr(self.find_bodies(ranges, keys))


class MarksVersions(Good):
    """A row that was made again with another body leaves the mark."""

    def find_mark(self, ranges: Sequence[tuple[str, str, str, str]], keys: Sequence[Key] = ()) -> str:
        found = [
            [(row.id, row.version) for row in self.find(kind, field, ge=ge, lt=lt, limit=MAX_KEYS).rows]
            for kind, field, ge, lt in ranges
        ]
        return repr((found, [row and row.version for row in self.load(keys)]))


class MarksNoOrder(Good):
    """A row that has another place in its range leaves the mark."""

    def find_mark(self, ranges: Sequence[tuple[str, str, str, str]], keys: Sequence[Key] = ()) -> str:
        found = [
            sorted((row.id, row.version, row.body) for row in self.find(kind, field, ge=ge, lt=lt, limit=MAX_KEYS).rows)
            for kind, field, ge, lt in ranges
        ]
        return repr((found, self.load(keys)))


class MarksNoKeys(Good):
    """Rows of keys are not in the mark."""

    def find_mark(self, ranges: Sequence[tuple[str, str, str, str]], keys: Sequence[Key] = ()) -> str:
        return super().find_mark(ranges)


class MarksTheMoment(Good):
    """The mark is another one whatever is written."""

    def find_mark(self, ranges: Sequence[tuple[str, str, str, str]], keys: Sequence[Key] = ()) -> str:
        return repr((super().find_mark(ranges, keys), len(self.core._rows)))
