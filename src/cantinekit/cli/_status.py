"""``cantinekit status URL``: how a house is, for people, for monitoring and for Prometheus."""

from __future__ import annotations

import argparse
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cantinekit.reads.status import Status


def add(subparsers: Any) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "status",
        help="say how a house is: its store, what waits and what is stuck",
        description=(
            "Says whether the store of a house answers, how far its journal is, what waits to be carried out, how late "
            "it is, and what is stuck. It changes nothing and needs neither gateways nor notifiers. It exits with 1 "
            "where somebody should look: the store does not answer, a task was given up or is late, or an observation "
            "of a gateway fits nothing."
        ),
    )
    parser.add_argument("url", metavar="URL", help="the store, for example postgresql://localhost/cantine")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="one JSON object")
    form.add_argument("--prometheus", action="store_true", help="a text that Prometheus reads; it exits with 0")
    parser.add_argument(
        "--late", metavar="MINUTES", type=_minutes, default=15, help="how late a task may be; default 15 minutes"
    )
    return parser


def run(args: argparse.Namespace) -> int:
    from cantinekit.reads.status import prometheus

    status = _asked(args.url)
    problems = status.problems(timedelta(minutes=args.late))
    if args.prometheus:
        print(prometheus(status), end="")
        return 0
    if args.json:
        print(json.dumps({**status.data(), "problems": list(problems)}, ensure_ascii=False))
    else:
        print("\n".join([*_lines(status), *(f"! {one}" for one in problems)]))
    return 1 if problems else 0


def _asked(url: str) -> Status:
    """The status of a house; a store that cannot be opened is one that does not answer."""
    from cantinekit.backends.sqlite import read_sqlite_url
    from cantinekit.cantine import Cantine
    from cantinekit.clock import SystemClock
    from cantinekit.errors import BackendError, StorageError
    from cantinekit.plugins.sql import only_looking
    from cantinekit.reads.status import Status
    from cantinekit.urls import BackendUrl

    parsed = BackendUrl.parse(url)
    try:
        if parsed.scheme == "sqlite" and not read_sqlite_url(parsed).path.exists():  # opening would make a new store
            raise StorageError("there is no such file")
        with only_looking(), Cantine.open(url, effects="none") as house:
            return house.status()
    except BackendError as error:
        return Status(SystemClock().now(), reachable=False, problem=str(error))


def _lines(status: Status) -> list[str]:
    more = " (and more)" if status.more else ""
    lines = [f"store       {'answers' if status.reachable else 'does not answer'}"]
    if status.reachable:
        lines.append(f"journal     {status.journal}")
        lines.append(f"tasks       {status.due} due, {status.waiting} waiting, {status.dead} given up{more}")
        lines += [f"  {one.work:<10}{one.due} due, {one.waiting} waiting, {one.dead} given up" for one in status.tasks]
        lines.append(f"quarantine  {status.quarantine}")
    return lines


def _minutes(text: str) -> int:
    number = int(text)
    if not 0 <= number <= 60 * 24 * 365:
        raise argparse.ArgumentTypeError("minutes of up to a year")
    return number
