"""Stores with one planted fault each: find."""

from __future__ import annotations

import json
import unicodedata
from typing import Any

import attrs

from cantinekit.backends.memory import MemoryStorage
from cantinekit.errors import InputError
from cantinekit.plugins.ports import MAX_KEYS, Change, Key, Page, Row
from cantinekit.plugins.store_checks import check_find
from support.faults.stores.good_store import Good


class Naive(Good, fault=False):
    """Find goes through all rows; the order, the cursor and the page are open to faults."""

    def order(self, item: tuple[str, str, Row]) -> Any:
        return item[:2]

    def arranged(self, items: list[tuple[str, str, Row]], reverse: bool) -> list[tuple[str, str, Row]]:
        return sorted(items, key=self.order, reverse=reverse)

    def rest(self, items: list[tuple[str, str, Row]], after: str) -> list[tuple[str, str, Row]]:
        keys = [self.cursor(items, at) for at in range(len(items))]
        return items[keys.index(after) + 1 :] if after in keys else items

    def cursor(self, items: list[tuple[str, str, Row]], at: int) -> str:
        return json.dumps(items[at][:2])

    def pairs(self, row: Row) -> set[tuple[str, str]]:
        return set(row.index)

    def find(self, kind: str, field: str, **how: Any) -> Page:
        self.check_open()
        eq, ge, lt, after, limit, reverse = (how.get(n) for n in ("eq", "ge", "lt", "after", "limit", "reverse"))
        limit = 100 if limit is None else limit
        check_find(kind, field, eq=eq, ge=ge, lt=lt, after=None, limit=limit)
        rows = [row for key, row in list(self.core._rows.items()) if key.kind == kind]
        items = [(value, row.id, row) for row in rows for name, value in self.pairs(row) if name == field]
        items = [
            item
            for item in items
            if (eq is None or item[0] == eq) and (ge is None or item[0] >= ge) and (lt is None or item[0] < lt)
        ]
        items = self.arranged(items, bool(reverse))
        left = items if after is None else self.rest(items, after)
        more = len(left) > limit
        return Page(
            tuple(row for *_, row in left[:limit]), self.cursor(items, items.index(left[limit - 1])) if more else None
        )


class PrefixFind(Good):
    """Find by a value gives the values that begin with it too."""

    def find(self, kind: str, field: str, *, eq: str | None = None, **how: Any) -> Page:
        if eq is None:
            return super().find(kind, field, **how)
        return super().find(kind, field, **{**how, "ge": eq, "lt": eq + "\U0010ffff"})


class InclusiveEnd(Good):
    """The end of a range belongs to it."""

    def find(self, kind: str, field: str, *, lt: str | None = None, **how: Any) -> Page:
        return super().find(kind, field, lt=None if lt is None else lt + "\x01", **how)


class FindsOldBodies(Good):
    """Find gives rows as they were when they were created."""

    def __init__(self, core: MemoryStorage | None = None) -> None:
        super().__init__(core)
        self.first: dict[Key, Row] = {}

    def apply(self, change: Change) -> None:
        super().apply(change)
        self.first.update({row.key: row for row in change.rows if row.version == 1})

    def find(self, kind: str, field: str, **how: Any) -> Page:
        page = super().find(kind, field, **how)
        return attrs.evolve(page, rows=tuple(self.first.get(row.key, row) for row in page.rows))


class OrderOfIds(Naive):
    """Rows come in the order of their ids only."""

    def order(self, item: tuple[str, str, Row]) -> Any:
        return item[1]


class OrderOfALocale(Naive):
    """Values are ordered as in a dictionary: case and accents last."""

    def order(self, item: tuple[str, str, Row]) -> Any:
        return tuple((unicodedata.normalize("NFKD", text).casefold(), text) for text in item[:2])


class OrderOfUtf16(Naive):
    """Texts are ordered by their UTF-16 units, so four-byte characters come before some of three."""

    def order(self, item: tuple[str, str, Row]) -> Any:
        return tuple(text.encode("utf-16-be") for text in item[:2])


class IgnoresReverse(Naive):
    """Reverse does nothing."""

    def arranged(self, items: list[tuple[str, str, Row]], reverse: bool) -> list[tuple[str, str, Row]]:
        return super().arranged(items, False)


class ReversesValuesOnly(Naive):
    """Reverse turns the values around, and not the ids among equal values."""

    def arranged(self, items: list[tuple[str, str, Row]], reverse: bool) -> list[tuple[str, str, Row]]:
        return sorted(super().arranged(items, False), key=lambda item: item[0], reverse=reverse)


class IgnoresLimit(Good):
    """A page has all rows."""

    def find(self, kind: str, field: str, **how: Any) -> Page:
        page = super().find(kind, field, **how)
        return super().find(kind, field, **{**how, "limit": MAX_KEYS}) if page.next else page


class CursorOnLastPage(Naive):
    """A full last page has a cursor, and an empty page follows."""

    def find(self, kind: str, field: str, **how: Any) -> Page:
        page = super().find(kind, field, **how)
        full = page.rows and len(page.rows) == how.get("limit", 100) and page.next is None
        return attrs.evolve(page, next="end") if full else page

    def rest(self, items: list[tuple[str, str, Row]], after: str) -> list[tuple[str, str, Row]]:
        return [] if after == "end" else super().rest(items, after)


class CursorLosesEqualValues(Naive):
    """The cursor is the value, so the rest of the rows with that value is lost."""

    def rest(self, items: list[tuple[str, str, Row]], after: str) -> list[tuple[str, str, Row]]:
        value = json.loads(after)[0]
        last = max(at for at, item in enumerate(items) if item[0] == value)
        return items[last + 1 :]


class CursorRepeats(Naive):
    """A page begins with the last row of the page before."""

    def rest(self, items: list[tuple[str, str, Row]], after: str) -> list[tuple[str, str, Row]]:
        done = len(items) - len(super().rest(items, after))
        return items[max(0, done - 1) :]


class CursorCounts(Naive):
    """The cursor is a number of rows to skip."""

    def cursor(self, items: list[tuple[str, str, Row]], at: int) -> str:
        return str(at + 1)

    def rest(self, items: list[tuple[str, str, Row]], after: str) -> list[tuple[str, str, Row]]:
        return items[int(after) :]


class CursorWithBars(Naive):
    """The cursor is value and id with a bar between them."""

    def cursor(self, items: list[tuple[str, str, Row]], at: int) -> str:
        return "|".join(items[at][:2])

    def rest(self, items: list[tuple[str, str, Row]], after: str) -> list[tuple[str, str, Row]]:
        value, _, id = after.partition("|")
        return items[[item[:2] for item in items].index((value, id)) + 1 :]


class OneValueAField(Naive):
    """A row is found by the last value of each field."""

    def pairs(self, row: Row) -> set[tuple[str, str]]:
        return set(dict(row.index).items())


class LenientFind(Good):
    """What makes no sense in find is put right without a word."""

    def find(self, kind: str, field: str, **how: Any) -> Page:
        how["limit"] = min(max(1, how.get("limit", 100)), MAX_KEYS)
        try:
            return super().find(kind, field, **how)
        except InputError:
            return super().find(kind, field, eq=how.get("eq"), limit=how["limit"])
