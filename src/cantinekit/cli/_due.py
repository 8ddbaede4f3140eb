"""``cantinekit due HOUSE``: carry out what is due, with a bar that shows how far it is."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from cantinekit.cantine import Cantine
    from cantinekit.runtime.outbox import DueReport

WIDTH = 40
"""How many characters the bar has."""
AT_ONCE = 1000
"""The most tasks that are looked at before it is asked anew what is due."""


def add(subparsers: Any) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "due",
        help="carry out what is due: bills of the month, renewals, charges, messages",
        description=(
            "Carries out what is due until nothing is, such as the bills of the first of the month, and shows how far "
            "it is. It may be ended and started again at any time, and several may run at once: nothing is done twice. "
            "The house is opened by your own code, so that it has its gateways and notifiers."
        ),
    )
    parser.add_argument(
        "house", metavar="MODULE:NAME", help="what opens the house: a function of yours without arguments, or a Cantine"
    )
    parser.add_argument("--quiet", action="store_true", help="show no bar")
    return parser


def run(args: argparse.Namespace) -> int:
    with open_house(args.house) as house:
        looked_at = sys.stderr.isatty() and not args.quiet
        bar = Bar(sys.stderr, waiting(house) if looked_at else 0)
        sums = {"done": 0, "retried": 0, "dead": 0}

        def told(now: DueReport) -> None:
            bar.show(sum(sums.values()) + now.done + now.retried + now.dead)

        while True:
            report = house.run_due(limit=AT_ONCE, told=told)
            for name in sums:
                sums[name] += getattr(report, name)
            if not report.done and report.retried + report.dead < AT_ONCE:  # else others are due behind what failed
                break
        bar.end()
    print(f"{sums['done']} done, {sums['retried']} to be tried again, {sums['dead']} given up")
    return 1 if sums["dead"] else 0


def open_house(name: str) -> Cantine:
    """Open the house that code of the host names.

    Args:
        name: the module and what is in it, such as ``place.house:open_house``.

    Raises:
        InputError: there is no such module or name, or it opens no house.
    """
    from cantinekit.cantine import Cantine
    from cantinekit.cli._named import named
    from cantinekit.errors import InputError

    found = named(name, "house")
    house = found() if not isinstance(found, Cantine) and callable(found) else found
    if not isinstance(house, Cantine):
        raise InputError(f"{name} opens no house: it is a {type(house).__name__}")
    return house


def waiting(house: Cantine) -> int:
    """How many tasks are due now."""
    now = house.now()
    return sum((task.leased_until or task.due) <= now for task in house.read.tasks())


class Bar:
    """How far a run is, on one line that is written over; nothing where nothing is due.

    Args:
        stream: where it is shown.
        total: how many tasks were due at the beginning; what follows from them makes it more.
    """

    def __init__(self, stream: TextIO, total: int) -> None:
        self._stream = stream
        self._total = total
        self._shown = ""

    def show(self, count: int) -> None:
        """Show that so many tasks were carried out.

        Args:
            count: how many, since the beginning.
        """
        if not self._total:
            return
        self._total = max(self._total, count)
        part = count * WIDTH // self._total
        line = f"\r[{'#' * part}{'.' * (WIDTH - part)}] {count}/{self._total}"
        if line != self._shown:
            self._shown = line
            self._stream.write(line)
            self._stream.flush()

    def end(self) -> None:
        """Leave the line."""
        if self._shown:
            self._stream.write("\n")
