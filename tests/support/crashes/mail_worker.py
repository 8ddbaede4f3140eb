"""A process that sells and sends until it is killed.

As a program: ``python tests/support crashes.mail_worker FILE PORT MINUTES [hasty|eager]``.

Each line that it prints is a charge whose sale was acknowledged. Its clock is so many minutes ahead, so that what a
killed process had leased is due. ``hasty`` calls a message done before it is sent, ``eager`` sends before the commit.
"""

from __future__ import annotations

import sys
from datetime import datetime, timedelta
from typing import Any

from cantinekit import commands as c
from cantinekit.backends.notices import Sender, SmtpNotifier
from cantinekit.backends.sqlite import SqliteStorage
from cantinekit.cantine import Cantine
from cantinekit.clock import SystemClock
from cantinekit.plugins.ports import Change, Message
from cantinekit.records import Task
from cantinekit.runtime import codec

SALE = c.SellPass(product_id="carnet", place_id="paris", holder_id="zoe", account="desk")
SENDER = Sender("bonjour@cantine.example.org")


class Ahead:
    """The time of the machine, and some minutes more."""

    def __init__(self, minutes: int) -> None:
        self.more = timedelta(minutes=minutes)

    def now(self) -> datetime:
        return SystemClock().now() + self.more


def notifier(port: int) -> SmtpNotifier:
    return SmtpNotifier("localhost", SENDER, port=port, tls="none", timeout=10)


class Eager:
    """A store whose house sends the messages of a change before it is stored."""

    def __init__(self, inner: SqliteStorage, port: int) -> None:
        self.inner = inner
        self.port = port

    def apply(self, change: Change) -> None:
        for row in change.rows:
            if row.kind == Task.kind and row.version == 1 and codec.decode(row).work == "message":
                notifier(self.port).send(Message(row.id, "zoe@example.org", "x", "y"))
        self.inner.apply(change)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


def open_worker(path: str, port: int, minutes: int, *options: str) -> Cantine:
    storage: Any = SqliteStorage(path, timeout=60)
    if "eager" in options:
        storage = Eager(storage, port)
    house = Cantine.open(
        storage, notify=[notifier(port)], payments={"desk": "manual://"}, clock=Ahead(minutes), effects="all"
    )
    if "hasty" in options:
        tasks = house._outbox

        def hasty(task: Task) -> None:
            tasks._finish(task)
            tasks.post.send(task)

        tasks._work["message"] = hasty
    return house


def main(path: str, port: str, minutes: str, *options: str) -> None:
    """Sell and send, until killed."""
    house = open_worker(path, int(port), int(minutes), *options)
    while True:
        sold = house.execute(SALE, actor="desk:ana")
        print(sold.charges[0].id, flush=True)
        house.run_due(limit=3)


if __name__ == "__main__":
    main(*sys.argv[1:])
