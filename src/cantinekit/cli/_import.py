"""``cantinekit import FILE URL``: takes rows of another system over, or says all that is wrong with them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cantinekit.taking_over import FileRow, ImportReport

KINDS = ("people", "organisations", "affiliations", "passes", "units", "balances", "bookings", "series")
EVERY = 100
"""After how many rows it is said how far it has come."""


def add(subparsers: Any) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "import",
        help="take over what another system knows",
        description=(
            "Takes over the rows of a file, each once: people, organisations and who belongs to them, passes, units, "
            "balances, bookings that took place, numbers of series. With --dry-run it stores nothing and says all that "
            "is wrong. Rows that were taken over before change nothing, so that whoever was interrupted gives the same "
            "command again."
        ),
    )
    parser.add_argument("file", metavar="FILE", help="CSV with heads, or JSON lines (.jsonl); passes.csv, units.csv...")
    parser.add_argument("url", metavar="URL", help="the store, for example sqlite:///cantine.db")
    parser.add_argument("--kind", choices=KINDS, help="what the rows are of, where the name of the file does not say")
    parser.add_argument("--dry-run", action="store_true", help="store nothing, and say all that is wrong")
    parser.add_argument("--actor", default="import", help="who takes them over, for the journal; default: import")
    return parser


def run(args: argparse.Namespace) -> int:
    from cantinekit.backends.sqlite import read_sqlite_url
    from cantinekit.cantine import Cantine
    from cantinekit.errors import StorageError
    from cantinekit.taking_over import kind_of_file, read_rows
    from cantinekit.urls import BackendUrl

    url = BackendUrl.parse(args.url)
    if url.scheme == "sqlite" and not read_sqlite_url(url).path.exists():  # opening it would make a new store
        raise StorageError(f"there is no file {read_sqlite_url(url).path}")
    path = Path(args.file)
    kind = args.kind or (None if path.suffix == ".jsonl" else kind_of_file(path))
    with Cantine.open(args.url) as cantine:
        if args.dry_run:
            report = cantine.imports.check(_told(read_rows(path)), kind=kind, actor=args.actor)
        else:
            report = cantine.imports.run(_told(read_rows(path)), kind=kind, actor=args.actor)
    for problem in report.problems:
        print(problem)
    print(_line(report, dry=args.dry_run))
    return 1 if report.problems else 0


def _told(rows: Iterator[FileRow]) -> Iterator[FileRow]:
    """The rows; at a terminal it is said how many there were so far."""
    shows = sys.stderr.isatty()
    for number, row in enumerate(rows, 1):
        if shows and number % EVERY == 0:
            print(f"\r{number} rows", end="", file=sys.stderr, flush=True)
        yield row
    if shows:
        print("\r\033[K", end="", file=sys.stderr, flush=True)


def _line(report: ImportReport, *, dry: bool) -> str:
    taken = "would be taken over" if dry else "taken over"
    wrong = len({problem.row for problem in report.problems})
    return f"{report.rows} rows: {report.taken} {taken}, {report.known} known, {wrong} with problems"
