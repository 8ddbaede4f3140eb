"""Stores whose process dies at one of its changes."""

from __future__ import annotations

import attrs

from cantinekit.plugins.ports import Change, Storage
from cantinekit.records import Task
from support.stores.around import Around


class Cut(BaseException):
    """The process is gone: no handler of exceptions goes on."""


class DiesAt(Around):
    """A store whose process dies before or after one of its changes: nothing that follows happens."""

    def __init__(self, inner: Storage, step: int | None = None, *, after: bool = False) -> None:
        super().__init__(inner)
        self.step, self.after, self.seen = step, after, 0

    def apply(self, change: Change) -> None:
        dies = self.seen == self.step
        self.seen += 1
        if dies and not self.after:
            raise Cut
        super().apply(change)
        if dies:
            raise Cut


class ForgetsTasks(DiesAt):
    """Keeps what happened, and not what is to be done later: the control."""

    def apply(self, change: Change) -> None:
        super().apply(attrs.evolve(change, rows=tuple(row for row in change.rows if row.kind != Task.kind)))
