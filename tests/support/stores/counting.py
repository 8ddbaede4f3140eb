"""A store that counts what it is asked: round trips and rows."""

from __future__ import annotations

from collections import Counter
from typing import Any

from cantinekit.plugins.ports import Change, Page


class Counting:
    """A store around another that counts its calls, and the rows and entries that came back.

    ``rows`` has those that were found by kind, and all that were loaded by their keys as "loaded".
    """

    def __init__(self, inner: Any) -> None:
        self.inner = inner
        self.calls: Counter[str] = Counter()
        self.rows: Counter[str] = Counter()

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.inner, name)
        if name not in ("find_changed", "find_columns", "find_first"):
            return found

        def ask(kind: str, *which: Any) -> Any:
            answer = found(kind, *which)
            self.calls[f"{name} {kind}"] += 1
            self.rows[kind] += len(answer)
            return answer

        return ask

    def find_bodies(self, ranges: Any, keys: Any = ()) -> Any:
        found, bodies = self.inner.find_bodies(ranges, keys)
        self.calls["find_bodies"] += 1
        for (kind, *_), rows in zip(ranges, found, strict=True):
            self.rows[kind] += len(rows)
        self.rows["loaded"] += sum(body is not None for body in bodies)
        return found, bodies

    @property
    def find_mark(self) -> Any:
        """As of the store that is asked."""
        found = self.inner.find_mark

        def ask(*which: Any) -> Any:
            self.calls["find_mark"] += 1
            return found(*which)

        return ask

    @property
    def find_other_bodies(self) -> Any:
        """As of the store that is asked: one that cannot be asked so has none."""
        found = self.inner.find_other_bodies

        def ask(ranges: Any, keys: Any, known: str) -> Any:
            answer = found(ranges, keys, known)
            self.calls["find_other_bodies"] += 1
            self.rows["others"] += sum(map(len, answer[0])) + sum(map(bool, answer[1])) if answer else 0
            return answer

        return ask

    def find_newest(self, pages: Any, keys: Any = ()) -> Any:
        found, bodies = self.inner.find_newest(pages, keys)
        self.calls["find_newest"] += 1
        for (kind, *_), (rows, _) in zip(pages, found, strict=True):
            self.rows[kind] += len(rows)
        self.rows["loaded"] += sum(body is not None for body in bodies)
        return found, bodies

    def find(self, kind: str, field: str, **which: Any) -> Page:
        page: Page = self.inner.find(kind, field, **which)
        self.calls[f"find {kind}"] += 1
        self.rows[kind] += len(page.rows)
        return page

    def load(self, keys: Any) -> Any:
        self.calls["load"] += 1
        found = self.inner.load(keys)
        self.rows["loaded"] += sum(row is not None for row in found)
        return found

    def journal(self, **which: Any) -> Any:
        entries = self.inner.journal(**which)
        self.calls["journal"] += 1
        self.rows["journal"] += len(entries)
        return entries

    def apply(self, change: Change) -> None:
        self.calls["apply"] += 1
        self.inner.apply(change)

    @property
    def trips(self) -> int:
        """How many calls there were in all."""
        return sum(self.calls.values())

    def clear(self) -> None:
        self.calls.clear()
        self.rows.clear()
