"""``cantinekit export URL ENTITY``: the entries of a legal entity for its accountant, as a FEC or as CSV."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cantinekit.cantine import Cantine


def add(subparsers: Any) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "export",
        help="write the entries of a legal entity for its accountant",
        description=(
            "Writes the entries of a legal entity from a day to a day, with the codes of its accounts: as the French "
            "fichier des écritures comptables (FEC) or as CSV. People are ids unless --names asks for their names."
        ),
    )
    parser.add_argument("url", metavar="URL", help="the store, for example sqlite:///cantine.db")
    parser.add_argument("entity", metavar="ENTITY", help="id of the legal entity")
    parser.add_argument("--from", dest="first", metavar="DAY", required=True, type=as_day, help="first day: 2025-01-01")
    parser.add_argument("--until", metavar="DAY", required=True, type=as_day, help="last day: 2025-12-31")
    parser.add_argument("--as", dest="form", choices=("fec", "csv"), default="fec", help="fec (the default) or csv")
    parser.add_argument("--to", metavar="DIRECTORY", default=".", help="where the file is written; default: here")
    parser.add_argument("--opening", action="store_true", help="the balances of the day before come first (à-nouveaux)")
    parser.add_argument("--names", action="store_true", help="names of people, in place of their ids")
    return parser


def as_day(text: str) -> date:
    """Read a day of the command line."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"no day such as 2025-12-31: {text}") from None


def open_store(address: str) -> Cantine:
    """Open the house of a store that is there.

    Raises:
        StorageError: there is no such file.
    """
    from cantinekit.backends.sqlite import read_sqlite_url
    from cantinekit.cantine import Cantine
    from cantinekit.errors import StorageError
    from cantinekit.urls import BackendUrl

    url = BackendUrl.parse(address)
    if url.scheme == "sqlite" and not read_sqlite_url(url).path.exists():  # opening it would make a new store
        raise StorageError(f"there is no file {read_sqlite_url(url).path}")
    return Cantine.open(address)


def run(args: argparse.Namespace) -> int:
    with open_store(args.url) as cantine:
        asked = (args.entity, args.first, args.until)
        if args.form == "fec":
            fec = cantine.read.fec(*asked, names=args.names, opening=args.opening)
            name, lines = fec.name, fec.lines
        else:
            name = f"{args.first:%Y%m%d}-{args.until:%Y%m%d}.csv"
            lines = cantine.read.accounting_csv(*asked, names=args.names, opening=args.opening)
        print(write_file(Path(args.to) / name, lines))
    return 0


def write_file(path: Path, lines: Iterable[str]) -> Path:
    """Write a file line by line; where that fails, nothing of it is left.

    Raises:
        InputError: it cannot be written.
    """
    from cantinekit.errors import InputError

    part = path.with_name(f"{path.name}.part")
    try:
        with part.open("w", encoding="utf-8", newline="") as file:
            file.writelines(lines)
        os.replace(part, path)
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}") from error
    finally:
        part.unlink(missing_ok=True)
    return path
