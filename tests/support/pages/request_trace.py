"""Which files of the package one request enters, in the order of first entry. Prints it when it is run."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).parents[3] / "docs" / "examples"))

from house import open_house

import cantinekit
from cantinekit import commands as c
from cantinekit.backends.payments import FakeGateway, ManualGateway
from cantinekit.plugins.ports import Change

PACKAGE = str(Path(cantinekit.__file__).parent) + "/"


def entered(request: Callable[[], Any]) -> tuple[Any, list[str], int]:
    """What a request gives, the files in which a function was called, and how often the flow went to another file."""
    order: dict[str, None] = {}
    last, changes = "", 0

    def profile(frame: FrameType, event: str, argument: object) -> None:
        nonlocal last, changes
        if event == "call" and (file := frame.f_code.co_filename).startswith(PACKAGE):
            order.setdefault(file.removeprefix(PACKAGE))
            changes += file != last
            last = file

    sys.setprofile(profile)
    try:
        given = request()
    finally:
        sys.setprofile(None)
    return given, list(order), changes


class Walked(NamedTuple):
    """One request, traced.

    Attributes:
        files: the files that it enters, in the order of first entry.
        turns: how often the flow goes from one file to another.
        batches: how often rows are loaded before the first change is stored.
        change: the first change.
    """

    files: list[str]
    turns: int
    batches: int
    change: Change


class Watched:
    """A store in whose place it stands, and what was asked of it."""

    def __init__(self, store: Any) -> None:
        self.calls: list[tuple[str, Any]] = []
        self._load, self._apply = store.load, store.apply
        store.load, store.apply = self.load, self.apply

    def load(self, keys: Any) -> Any:
        self.calls.append(("load", keys))
        return self._load(keys)

    def apply(self, change: Change) -> Any:
        self.calls.append(("apply", change))
        return self._apply(change)


def walk() -> dict[str, Walked]:
    """A seat at a paid workshop: one entry of a carnet, materials by card; declined, then settled, then cancelled."""
    card = FakeGateway(["declined", "settled"])
    cantine, _, _ = open_house(payments={"desk": ManualGateway(), "card": card})
    cantine.sell_pass("carnet", "paris", holder_id="zoe", account="desk", actor="desk:ana")
    register = c.Register(session_id="wednesday", person_id="zoe", option_ids=("materials",), account="card")
    cantine.preview(register, actor="web")  # so that what is read once for all has been read
    watched = Watched(cantine._storage)

    def traced(command: c.Command[Any]) -> tuple[Any, Walked]:
        watched.calls.clear()
        given, files, turns = entered(lambda: cantine.execute(command, actor="web"))
        stored = next(at for at, (name, _) in enumerate(watched.calls) if name == "apply")
        return given, Walked(files, turns, stored, watched.calls[stored][1])

    seat, registered = traced(register)
    assert (seat.value.state, seat.charges[0].state) == ("held", "due")
    paid, settled = traced(c.Pay(seat.charges[0].id, account="card"))
    assert (paid.value.state, paid.charges[0].state) == ("confirmed", "settled")
    back, undone = traced(c.CancelRegistration(seat.value.id))
    assert (back.value.state, str(back.given_back)) == ("cancelled", "8.00 EUR")
    return {"register": registered, "pay": settled, "cancel": undone}


if __name__ == "__main__":
    for name, one in walk().items():
        print(f"{name}: {len(one.files)} files, {one.turns} changes of file")
        for number, file in enumerate(one.files, 1):
            print(f"  {number:2} {file}")
