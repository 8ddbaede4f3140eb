"""Which files of the package one request enters, in the order of first entry. Prints it when it is run."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[3] / "docs" / "examples"))

from house import open_house

import cantinekit
from cantinekit import commands as c
from cantinekit.backends.payments import FakeGateway, ManualGateway

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


def walk() -> dict[str, tuple[list[str], int]]:
    """A seat at a paid workshop: one entry of a carnet, materials by card; declined, then settled, then cancelled."""
    card = FakeGateway(["declined", "settled"])
    cantine, _, _ = open_house(payments={"desk": ManualGateway(), "card": card})
    cantine.sell_pass("carnet", "paris", holder_id="zoe", account="desk", actor="desk:ana")
    register = c.Register(session_id="wednesday", person_id="zoe", option_ids=("materials",), account="card")
    cantine.preview(register, actor="web")  # so that what is read once for all has been read
    seat, *asked = entered(lambda: cantine.execute(register, actor="web"))
    assert (seat.value.state, seat.charges[0].state) == ("held", "due")
    paid, *settled = entered(lambda: cantine.execute(c.Pay(seat.charges[0].id, account="card"), actor="web"))
    assert (paid.value.state, paid.charges[0].state) == ("confirmed", "settled")
    back, *undone = entered(lambda: cantine.execute(c.CancelRegistration(seat.value.id), actor="web"))
    assert (back.value.state, str(back.given_back)) == ("cancelled", "8.00 EUR")
    return {"register": tuple(asked), "pay": tuple(settled), "cancel": tuple(undone)}


if __name__ == "__main__":
    for name, (files, changes) in walk().items():
        print(f"{name}: {len(files)} files, {changes} changes of file")
        for number, file in enumerate(files, 1):
            print(f"  {number:2} {file}")
